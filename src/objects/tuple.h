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
            if (LIKELY(size == 48)) { // pairs and threes, without a call
                memset(tuple, 0, 48);
            } else {
                memset(tuple, 0, size);
            }
            run->cursor = (char *)tuple;
        }
    }
}

// Result tuples that nobody kept. What makes one in each step has a slot for the last; who took it and passed it to
// something that keeps nothing lays it there (iterator_take_back), and the next is made in the same cell. In the slot it has
// no type: no program can find it, and its items are not traced.

// The tuple in the slot if there is one of `size`, which must be filled (tuple_init) and get its type before anything
// is allocated; or NULL.
static inline Object *tuple_recycled(Object **spare, ssize_t size) {
    Object *tuple = __atomic_load_n(spare, __ATOMIC_RELAXED);
    if (LIKELY(!tuple)) {
        return NULL;
    }
    if (LIKELY(!runtime_multithreaded)) {
        *spare = NULL;
    } else {
        tuple = __atomic_exchange_n(spare, NULL, __ATOMIC_ACQUIRE);
    }
    return tuple && ((VarObject *)tuple)->size == size ? tuple : NULL;
}

static inline void tuple_recycled_done(Object *tuple) {
    __atomic_store_n(&tuple->type, &tuple_type, __ATOMIC_RELEASE);
}

// tuple_from_array for such a maker.
static inline Object *tuple_from_array_recycling(Object **spare, Object *const *items, ssize_t size) {
    Object *tuple = tuple_recycled(spare, size);
    if (LIKELY(!tuple)) {
        return tuple_from_array(items, size);
    }
    for (ssize_t i = 0; i < size; i++) {
        tuple_init(tuple, i, items[i]);
    }
    tuple_recycled_done(tuple);
    return tuple;
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

// tuple_pair for a maker of result tuples.
static inline Object *tuple_pair_recycling(Object **spare, Object *a, Object *b) {
    Object *tuple = tuple_recycled(spare, 2);
    if (LIKELY(!tuple)) {
        return tuple_pair(a, b);
    }
    tuple_init(tuple, 0, a);
    tuple_init(tuple, 1, b);
    tuple_recycled_done(tuple);
    return tuple;
}
