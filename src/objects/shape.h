// Where an instance keeps its attributes.
//
//   B      shape (low bit set), or a real dict (or NULL: none yet)
//   B+8    overflow segment
//   B+16   attribute slots in line
//
// with B = TypeInfo.inline_offset. A shape is an immutable, shared map from names to slot numbers; it
// never names a type. A slot never moves and its number is never used again for another name: growth
// chains a further segment. Writing a new attribute stores the slot first, then the shape (release);
// a reader loads the shape, then the slot. A store to an existing slot takes no lock.
//
// A transition may also take a name away: its slot is emptied and stays as it is. While several threads run an instance
// that loses an attribute becomes a dict instead.
#pragma once

#include "objects/object.h"

typedef struct ShapeTable ShapeTable;
typedef struct Shape {
    Object base;
    struct Shape *parent;
    Object *name; // what the last transition added (or took away, if `removes`); NULL in a root
    ShapeTable *table; // names to slot numbers, shared along a chain of transitions
    void **children; // [count][name, shape] ...: replaced as a whole, never changed
    uint32_t count; // slots in use
    uint32_t inline_count; // of them, how many lie in the object
    uint32_t start; // where these begin in the object: B + 16
    bool removes;
    uint8_t removals; // how many transitions up to here took a name away
} Shape;

// Slots in the first overflow segment; the next ones are twice as large each. A segment is a cell of pointers:
// the next segment, then the slots. Once a shape counts a slot its segment exists.
enum { SHAPE_SEGMENT_FIRST = 8 };

// The shape of `o`, or NULL when it has a real dict (or its type no shapes).
static inline Shape *shape_of(const Object *o) {
    size_t offset = o->type->info->inline_offset;
    if (!offset) {
        return NULL;
    }
    uintptr_t word = __atomic_load_n((uintptr_t *)((char *)(uintptr_t)o + offset), __ATOMIC_ACQUIRE);
    return word & 1 ? (Shape *)(word - 1) : NULL;
}

// The slot number of `name` (interned), -1 when absent.
int shape_find(Shape *shape, Object *name);
// Where slot `number` of `o` lies now. Whether in line or in an overflow segment, the owner for
// gc_store is the object itself.
Object **shape_slot_overflow(Object *o, Shape *shape, int number);
static inline Object **shape_slot(Object *o, Shape *shape, int number) {
    if (LIKELY((uint32_t)number < shape->inline_count)) {
        return (Object **)((char *)o + shape->start) + number;
    }
    return shape_slot_overflow(o, shape, number);
}

// The shape that has `name` (interned) in addition, as slot `shape->count`. NULL without an exception
// when the instance should turn into a dict instead (too many attributes), NULL with MemoryError.
Shape *shape_transition(Shape *shape, Object *name);
// The shape that lacks `name`, which `shape` has. NULL as above.
Shape *shape_without(Shape *shape, Object *name);
// Gives `o`, which has shape `from`, the attribute that `to` = shape_transition(from, …) adds. False
// when `o` no longer has `from`: start anew. `to` must fit in line, or the segment must exist already
// (instance_set takes care of both).
static inline bool instance_add(Object *o, Shape *from, Shape *to, Object **slot, Object *value) {
    uintptr_t *word = (uintptr_t *)((char *)o + from->start - 16);
    if (LIKELY(!runtime_multithreaded)) {
        gc_store(o, slot, value);
        gc_store(o, word, (char *)to + 1);
        return true;
    }
    // The empty slot is the lock: who fills it may publish the next shape.
    Object *expected = NULL;
    if (!__atomic_compare_exchange_n(slot, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        return false;
    }
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != (uintptr_t)from + 1) {
        // Another attribute was added, or it became a dict, before the slot was taken: give it back,
        // unless the object's present shape counts it as its own by now.
        __atomic_store_n(slot, NULL, __ATOMIC_RELEASE);
        return false;
    }
    gc_store(o, slot, value); // once more, for the card: the slot may lie in a segment
    gc_store(o, word, (char *)to + 1);
    return true;
}

// The root shape for instances whose attribute words begin at `offset` (B).
Shape *shape_root_new(size_t offset, uint32_t inline_count);
// Reports the shape words, in-line slots and segments of a shaped instance.
void shape_trace_instance(Object *o, Tracer *tracer);
// A dict with the present attributes of `o`, which stays as it is. Empty when it has none.
Object *instance_dict_copy(Object *o);
// The address of the pointer to a real dict in instances of types with a dict offset, or NULL.
Object **instance_dict_slot(Object *o);
// Attribute access on instances, whatever they hold at B: NULL without an exception when absent.
Object *instance_get(Object *o, Object *name);
int instance_set(Object *o, Object *name, Object *value); // value NULL: delete, 1 when absent
Object *instance_dict(Object *o); // `__dict__`, made on demand
int instance_set_dict(Object *o, Object *dict);
// True when the type's instances can have a __dict__ (shaped, or a dict slot).
bool type_has_instance_dict(const Type *type);
