// Shapes: immutable, shared maps from attribute names to slot numbers, and the instances that use
// them. See shape.h for the layout.
//
// A chain of shapes shares one table: the table holds the names of the longest shape of the chain, and
// a shorter shape ignores the numbers that it has not reached. A branch copies. Tables are only ever
// appended to (under the lock below; number first, then the name), so that readers take no lock. A shape from which a name
// was taken has a table of its own, with fewer names than the shape has slots: its children copy.
//
// Overflow segments are [next][slots], of 8, 16, 32 ... slots; the instance's trace function looks
// into them, so that the instance is the owner of every store.
#include "objects/shape.h"

#include "objects/abstract.h"
#include "objects/damage.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/type.h"
#include "objects/type_internal.h"

// An instance that gets and loses attributes time and again turns into a dict at last.
enum { ATTRIBUTES_MOST = 128, CHILDREN_MOST = 128, REMOVALS_MOST = 8 };

typedef struct ShapeEntry {
    Object *name;
    uintptr_t number;
} ShapeEntry;

struct ShapeTable { // a CELL_POINTERS cell
    uintptr_t mask, used;
    ShapeEntry entries[];
};

static Mutex shape_mutex;

static inline size_t name_hash(const Object *name) {
    return ((uintptr_t)name >> 4) * 0x9E3779B97F4A7C15ull >> 40;
}

int shape_find(Shape *shape, Object *name) {
    ShapeTable *table = shape->table;
    if (UNLIKELY(!table)) {
        return -1;
    }
    size_t mask = table->mask;
    for (size_t i = name_hash(name) & mask;; i = (i + 1) & mask) {
        Object *found = __atomic_load_n(&table->entries[i].name, __ATOMIC_ACQUIRE);
        if (found == name) {
            uintptr_t number = table->entries[i].number;
            return number < shape->count ? (int)number : -1;
        }
        if (!found) {
            return -1;
        }
    }
}

static void shape_trace(Object *o, Tracer *tracer) {
    Shape *shape = (Shape *)o;
    trace_cell(tracer, shape->parent);
    trace_cell(tracer, shape->name);
    trace_cell(tracer, shape->table);
    trace_cell(tracer, shape->children);
}

Type shape_type;
const TypeSpec shape_spec = {
    .name = "shape",
    .is_internal = true,
    .basic_size = sizeof(Shape),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = shape_trace,
};

Shape *shape_root_new(size_t offset, uint32_t inline_count) {
    Shape *shape = (Shape *)object_alloc(&shape_type);
    if (shape) {
        shape->inline_count = inline_count;
        shape->start = (uint32_t)offset + 16;
    }
    return shape;
}

static void table_insert(ShapeTable *table, Object *name, size_t number) {
    size_t i = name_hash(name) & table->mask;
    while (table->entries[i].name) {
        i = (i + 1) & table->mask;
    }
    table->entries[i].number = number;
    gc_store(table, &table->entries[i].name, name);
    __atomic_store_n(&table->used, table->used + 1, __ATOMIC_RELEASE);
}

static Shape *find_child(void **children, Object *name) {
    if (children) {
        size_t count = (size_t)children[0];
        for (size_t i = 0; i < count; i++) {
            if (children[1 + 2 * i] == name) {
                return children[2 + 2 * i];
            }
        }
    }
    return NULL;
}

// A shape that has `name` goes on to one that lacks it, any other one to one that has it: the name says which.
static Shape *transition(Shape *shape, Object *name, bool removes) {
    for (;;) {
        void **children = __atomic_load_n(&shape->children, __ATOMIC_ACQUIRE);
        Shape *child = find_child(children, name);
        if (LIKELY(child != NULL)) {
            return child;
        }
        size_t count = children ? (size_t)children[0] : 0;
        if (count >= CHILDREN_MOST ||
            (removes ? shape->removals >= REMOVALS_MOST : shape->count >= ATTRIBUTES_MOST)) {
            return NULL;
        }
        // Everything is allocated before the lock is taken; who comes second starts anew.
        ShapeTable *old = shape->table, *table = old;
        bool append = old && !removes && __atomic_load_n(&old->used, __ATOMIC_ACQUIRE) == shape->count &&
                      (old->used + 1) * 3 <= (old->mask + 1) * 2;
        if (!append) {
            size_t capacity = 8;
            while ((shape->count + 2) * 3 > capacity * 2) {
                capacity *= 2;
            }
            table = heap_alloc(sizeof(ShapeTable) + capacity * sizeof(ShapeEntry), CELL_POINTERS);
            if (!table) {
                return NULL;
            }
            table->mask = capacity - 1;
            for (size_t i = 0; old && i <= old->mask; i++) {
                Object *entry = __atomic_load_n(&old->entries[i].name, __ATOMIC_ACQUIRE);
                if (entry && old->entries[i].number < shape->count && !(removes && entry == name)) {
                    table_insert(table, entry, old->entries[i].number);
                }
            }
            if (!removes) {
                table_insert(table, name, shape->count);
            }
        }
        child = (Shape *)object_alloc(&shape_type);
        void **list = child ? heap_alloc((1 + 2 * (count + 1)) * sizeof(void *), CELL_POINTERS) : NULL;
        if (!list) {
            return NULL;
        }
        gc_store(child, &child->parent, shape);
        gc_store(child, &child->name, name);
        gc_store(child, &child->table, table);
        child->count = shape->count + !removes;
        child->removes = removes;
        child->removals = (uint8_t)(shape->removals + removes);
        child->inline_count = shape->inline_count;
        child->start = shape->start;
        if (count) {
            gc_store_range(list, list + 1, children + 1, 2 * count);
        }
        list[0] = (void *)(count + 1);
        gc_store(list, &list[1 + 2 * count], name);
        gc_store(list, &list[2 + 2 * count], child);
        mutex_lock(&shape_mutex);
        bool current = shape->children == children && (!append || old->used == shape->count);
        if (current) {
            if (append) {
                table_insert(table, name, shape->count);
            }
            gc_store(shape, &shape->children, list);
        }
        mutex_unlock(&shape_mutex);
        if (current) {
            return child;
        }
    }
}

Shape *shape_transition(Shape *shape, Object *name) {
    return transition(shape, name, false);
}

Shape *shape_without(Shape *shape, Object *name) {
    return transition(shape, name, true);
}

// ---- instances

static inline uintptr_t *shape_word(const Object *o) {
    return (uintptr_t *)((char *)(uintptr_t)o + o->type->info->inline_offset);
}

static inline void **overflow_word(const Object *o, const Shape *shape) {
    return (void **)((char *)(uintptr_t)o + shape->start - 8);
}

Object **shape_slot_overflow(Object *o, Shape *shape, int number) {
    size_t index = (size_t)number - shape->inline_count, size = SHAPE_SEGMENT_FIRST;
    void **segment = __atomic_load_n(overflow_word(o, shape), __ATOMIC_ACQUIRE);
    while (index >= size) {
        index -= size;
        size *= 2;
        segment = __atomic_load_n((void **)&segment[0], __ATOMIC_ACQUIRE);
    }
    return (Object **)&segment[1 + index];
}

// The slot for a new attribute; makes the segment it lies in. NULL with MemoryError, and without one when `o` no longer
// has the shape: another thread may have made it a dict in any allocation, and from then on its segments are nobody's.
static Object **slot_reserve(Object *o, Shape *shape, size_t number) {
    if (number < shape->inline_count) {
        return (Object **)((char *)o + shape->start) + number;
    }
    size_t index = number - shape->inline_count, size = SHAPE_SEGMENT_FIRST;
    void **link = overflow_word(o, shape);
    for (;;) {
        if (shape_of(o) != shape) {
            return NULL;
        }
        void **segment = __atomic_load_n((void ***)link, __ATOMIC_ACQUIRE);
        if (!segment) {
            // Pointers, so that a store into it makes the next collection look at it.
            void **fresh = heap_alloc((1 + size) * sizeof(void *), CELL_POINTERS);
            if (!fresh || shape_of(o) != shape) {
                return NULL;
            }
            void *expected = NULL;
            if (__atomic_compare_exchange_n(link, &expected, (void *)fresh, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE)) {
                gc_store(o, link, fresh); // for the card: the link may lie in an old segment, not in `o`
                segment = fresh;
            } else {
                segment = expected;
            }
        }
        if (index < size) {
            return (Object **)&segment[1 + index];
        }
        index -= size;
        size *= 2;
        link = segment;
    }
}

void shape_trace_instance(Object *o, Tracer *tracer) {
    uintptr_t word = *shape_word(o);
    if (!(word & 1)) {
        trace_cell(tracer, (void *)word);
        return;
    }
    Shape *shape = (Shape *)(word - 1);
    trace_cell(tracer, shape);
    trace_range(tracer, (void *const *)((char *)o + shape->start), shape->inline_count);
    trace_cell(tracer, *overflow_word(o, shape)); // its segments point to each other
}

Object **instance_dict_slot(Object *o) {
    Type *type = o->type;
    ssize_t offset = type->dict_offset;
    if (!offset || type->info->inline_offset) {
        return NULL;
    }
    if (offset < 0) {
        ssize_t size = ((VarObject *)o)->size;
        size_t count = (size_t)(size < 0 ? -size : size);
        offset += (ssize_t)round_up((size_t)type->basic_size + count * (size_t)type->item_size, 8);
    }
    return (Object **)((char *)o + offset);
}

bool type_has_instance_dict(const Type *type) {
    return type->info->inline_offset || type->dict_offset;
}

// `dict_get_str` wants a str; attribute names of subclasses of str were made exact before.
static inline Object *interned(Object *name) {
    return LIKELY(str_is_interned(name)) ? name : str_intern(name);
}

Object *instance_get(Object *o, Object *name) {
    if (o->type->info->inline_offset) {
        name = interned(
            name); // first: from the load of the shape to that of the slot the world must not stop
        if (!name) {
            return NULL;
        }
        uintptr_t word = __atomic_load_n(shape_word(o), __ATOMIC_ACQUIRE);
        if (LIKELY(word & 1)) {
            Shape *shape = (Shape *)(word - 1);
            int number = shape_find(shape, name);
            return number < 0 ? NULL : __atomic_load_n(shape_slot(o, shape, number), __ATOMIC_ACQUIRE);
        }
        return word ? dict_get_str((Object *)word, name) : NULL;
    }
    Object **slot = instance_dict_slot(o);
    Object *dict = slot ? __atomic_load_n(slot, __ATOMIC_ACQUIRE) : NULL;
    return dict ? dict_get_str(dict, name) : NULL;
}

// Fills `dict` with what the slots of `o` hold; the order is that of the shape. 1 when `o` no longer has the shape.
static int copy_slots(Object *o, Shape *shape, Object *dict) {
    uint32_t count = shape->count;
    Object *attribute_names[count + 1], *values[count + 1];
    uint32_t named = count;
    for (Shape *s = shape; named > 0; s = s->parent) {
        if (!s->removes) {
            attribute_names[--named] = s->name;
        }
    }
    // A store into the dict may allocate, and meanwhile another thread stop the world to clear the slots.
    if (shape_of(o) != shape) {
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = __atomic_load_n(shape_slot(o, shape, (int)i), __ATOMIC_ACQUIRE);
    }
    for (uint32_t i = 0; i < count; i++) {
        // What was taken away has another slot by now, or none.
        bool there = values[i] && (!shape->removals || shape_find(shape, attribute_names[i]) == (int)i);
        if (there && dict_set(dict, attribute_names[i], values[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static void clear_slots(Object *o, Shape *shape) {
    memset((char *)o + shape->start, 0, shape->inline_count * sizeof(Object *));
    *overflow_word(o, shape) = NULL;
}

// Replaces the shape of `o` by `dict`; when that is NULL by a dict of its attributes.
static int instance_become_dict(Object *o, Object *dict) {
    uintptr_t *word = shape_word(o);
    for (;;) {
        uintptr_t before = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if (!(before & 1)) {
            if (!dict && before) {
                return 0;
            }
            Object *fresh = dict ? dict : dict_new();
            if (!fresh) {
                return -1;
            }
            if (__atomic_compare_exchange_n(word, &before, (uintptr_t)fresh, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED)) {
                gc_dirty(o);
                return 0;
            }
            continue;
        }
        Shape *shape = (Shape *)(before - 1);
        Object *filled = dict;
        if (!filled) {
            enum { SHARED_MOST = 30 };
            filled = dict_new_sized(shape->count ? (ssize_t)shape->count : 1);
            int copied = filled ? copy_slots(o, shape, filled) : -1;
            if (copied < 0) {
                return -1;
            }
            if (copied) {
                continue;
            }
            dict_table_of(filled)->of_instance = shape->count < SHARED_MOST;
        }
        bool stop = runtime_multithreaded;
        if (stop) {
            world_stop();
        }
        bool same = *word == before;
        int result = 0;
        if (same) {
            // Values may have been stored since; the keys exist, so this allocates nothing.
            if (stop && !dict) {
                result = copy_slots(o, shape, filled);
            }
            if (!result) {
                gc_store(o, word, filled);
                clear_slots(o, shape);
            }
        }
        if (stop) {
            world_start();
        }
        if (same) {
            return result;
        }
    }
}

int instance_set(Object *o, Object *name, Object *value) {
    TypeInfo *info = o->type->info;
    if (!info->inline_offset) {
        Object **slot = instance_dict_slot(o);
        if (!slot) {
            return 1;
        }
        Object *dict = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        if (!dict) {
            if (!value) {
                return 1;
            }
            Object *fresh = dict_new();
            if (!fresh) {
                return -1;
            }
            dict = gc_publish(o, slot, fresh);
        }
        if (value) {
            return dict_set(dict, name, value);
        }
        int deleted = dict_delete_optional(dict, name);
        return deleted < 0 ? -1 : !deleted;
    }
    name = interned(name);
    if (!name) {
        return -1;
    }
    for (;;) {
        uintptr_t *word = shape_word(o);
        uintptr_t before = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if (UNLIKELY(!before)) {
            if (!value) {
                return 1;
            }
            __atomic_compare_exchange_n(word, &before, (uintptr_t)info->root_shape | 1, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
            gc_dirty(o);
            continue;
        }
        if (!(before & 1)) {
            Object *dict = (Object *)before;
            if (value) {
                return dict_set(dict, name, value);
            }
            int deleted = dict_delete_optional(dict, name);
            return deleted < 0 ? -1 : !deleted;
        }
        Shape *shape = (Shape *)(before - 1);
        int number = shape_find(shape, name);
        if (number >= 0) {
            if (value) {
                gc_store(o, shape_slot(o, shape, number), value);
                return 0;
            }
            Shape *less = runtime_multithreaded ? NULL : shape_without(shape, name);
            if (less) {
                gc_store(o, shape_slot(o, shape, number), NULL);
                gc_store(o, word, (char *)less + 1);
                return 0;
            }
            if (error_occurred() || instance_become_dict(o, NULL) < 0) {
                return -1;
            }
            continue;
        }
        if (!value) {
            return 1;
        }
        Shape *to = shape_transition(shape, name);
        if (!to) {
            if (error_occurred() || instance_become_dict(o, NULL) < 0) {
                return -1;
            }
            continue;
        }
        Object **slot = slot_reserve(o, shape, shape->count);
        if (!slot && error_occurred()) {
            return -1;
        }
        if (slot && instance_add(o, shape, to, slot, value)) {
            return 0;
        }
    }
}

Object *instance_dict(Object *o) {
    if (o->type->info->inline_offset) {
        if (instance_become_dict(o, NULL) < 0) {
            return NULL;
        }
        return (Object *)__atomic_load_n(shape_word(o), __ATOMIC_ACQUIRE);
    }
    Object **slot = instance_dict_slot(o);
    if (!slot) {
        return raise_error(&exc_AttributeError, "This object has no __dict__");
    }
    Object *dict = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!dict) {
        Object *fresh = dict_new();
        if (!fresh) {
            return NULL;
        }
        dict = gc_publish(o, slot, fresh);
    }
    return dict;
}

Object *instance_dict_copy(Object *o) {
    for (Shape *shape; (shape = shape_of(o));) {
        Object *dict = dict_new_sized((ssize_t)shape->count);
        int copied = dict ? copy_slots(o, shape, dict) : -1;
        if (copied <= 0) {
            return copied < 0 ? NULL : dict;
        }
    }
    Object *dict = instance_dict(o);
    return dict ? dict_copy(dict) : NULL;
}

int instance_set_dict(Object *o, Object *dict) {
    if (dict && !dict_check(dict)) {
        raise_error(&exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", dict);
        return -1;
    }
    if (!dict) {
        dict = dict_new();
        if (!dict) {
            return -1;
        }
    }
    if (!o->type->info->inline_offset) {
        Object **slot = instance_dict_slot(o);
        if (!slot) {
            raise_error(&exc_AttributeError, "This object has no __dict__");
            return -1;
        }
        gc_store(o, slot, dict);
        return 0;
    }
    for (;;) {
        uintptr_t *word = shape_word(o), before = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if (before & 1) {
            return instance_become_dict(o, dict);
        }
        if (__atomic_compare_exchange_n(word, &before, (uintptr_t)dict, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            gc_dirty(o);
            return 0;
        }
    }
}

#ifdef COLUBER_VERIFY
static const char *shape_damage(const Shape *shape) {
    if (!shape->count) {
        return shape->name ? "a root shape has a name" : NULL;
    }
    const Shape *parent = shape->parent;
    if (!parent || parent->base.type != &shape_type || parent->count + !shape->removes != shape->count ||
        parent->start != shape->start || parent->inline_count != shape->inline_count) {
        return "a shape does not continue its parent";
    }
    if (!shape->name || !str_check_exact(shape->name)) {
        return "a shape without a name";
    }
    // One that is being made, or that another thread's was faster than, need not stand in the table that it shares.
    return find_child(parent->children, shape->name) != shape ||
                   shape_find((Shape *)(uintptr_t)shape, shape->name) ==
                       (shape->removes ? -1 : (int)shape->count - 1)
               ? NULL
               : "a shape does not find its own name";
}

const char *instance_damage(const Object *object) {
    if (object->type == &shape_type) {
        return shape_damage((const Shape *)object);
    }
    const Shape *shape = object->type->info ? shape_of(object) : NULL;
    if (!shape) {
        return NULL;
    }
    if (shape->base.type != &shape_type || shape->start != object->type->info->inline_offset + 16) {
        return "an instance's shape is none, or of another layout";
    }
    size_t room = shape->inline_count, size = SHAPE_SEGMENT_FIRST;
    void **segment = *overflow_word(object, shape);
    for (; room < shape->count; room += size, size *= 2, segment = segment[0]) {
        if (!segment || heap_cell_size(segment) < (1 + size) * sizeof(void *)) {
            return "an instance lacks a segment for attributes that its shape counts";
        }
        if (room + size >= shape->count) {
            break;
        }
    }
    return NULL;
}
#endif
