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
#pragma once

#include "objects/object.h"

typedef struct Shape Shape;

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
// Where slot `number` of `o` lies now.
Object **shape_slot(Object *o, Shape *shape, int number);
// Attribute access on instances, whatever they hold at B: NULL without an exception when absent.
Object *instance_get(Object *o, Object *name);
int instance_set(Object *o, Object *name, Object *value);  // value NULL: delete, 1 when absent
Object *instance_dict(Object *o);                          // `__dict__`, made on demand
int instance_set_dict(Object *o, Object *dict);
// True when the type's instances can have a __dict__ (shaped, or a dict slot).
bool type_has_instance_dict(const Type *type);
