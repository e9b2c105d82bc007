// tuple: CPython's layout, immutable once published.
#pragma once

#include "objects/object.h"

typedef struct Tuple {
    VarObject var;
    Object *items[1];
} Tuple;

static inline bool tuple_check(const Object *o) {
    return (o->type->flags & TF_TUPLE) != 0;
}
static inline ssize_t tuple_size(const Object *o) {
    return ((const Tuple *)o)->var.size;
}
static inline Object *tuple_get(const Object *o, ssize_t i) {
    return ((const Tuple *)o)->items[i];
}
static inline Object **tuple_items(const Object *o) {
    return ((Tuple *)(uintptr_t)o)->items;
}

Object *tuple_empty(void);
Object *tuple_new(ssize_t size);  // items NULL; fill with tuple_init before publishing
static inline void tuple_init(Object *tuple, ssize_t i, Object *item) {
    gc_store(tuple, &((Tuple *)tuple)->items[i], item);
}
Object *tuple_from_array(Object *const *items, ssize_t size);
Object *tuple_pack(size_t size, ...);  // `size` objects
Object *tuple_slice(Object *tuple, ssize_t start, ssize_t end);

// Takes the memory of a tuple back that nobody refers to any more, if it is what this thread allocated last of its
// size. Only for one that was not in use at any safepoint or allocation.
static inline void tuple_give_back(Object *tuple) {
    size_t size = (sizeof(VarObject) + (size_t)tuple_size(tuple) * sizeof(Object *) + 15) & ~(size_t)15;
    if (size - 1 < HEAP_EXACT_MOST) {
        FreeRun *run = &thread_heap.runs[CELL_OBJECT][(size - 1) >> 4];
        if (run->cursor == (char *)tuple + size) {
            memset(tuple, 0, size);
            run->cursor = (char *)tuple;
        }
    }
}

// A tuple of two, without the general case's loop. NULL with MemoryError.
static inline Object *tuple_pair(Object *a, Object *b) {
    Tuple *pair = heap_alloc(sizeof(VarObject) + 2 * sizeof(Object *), CELL_OBJECT);
    if (UNLIKELY(!pair)) {
        return NULL;
    }
    pair->var.base.refcount = REFCOUNT_INITIAL;
    pair->var.size = 2;
    gc_init(&pair->items[0], a);
    gc_init(&pair->items[1], b);
    pair->var.base.type = &tuple_type;
    return (Object *)pair;
}
