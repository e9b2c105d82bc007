// One layout serves all iterators of itertools, so that one trace function does. What the fields mean
// is said where a type is declared.
//
// Threads: a field that is a pointer is replaced whole. Where several fields change together and no
// Python code runs between, the lock is held; inner iterators are called without it. A step that takes items from inner
// iterators and changes fields for each is a critical section (iter_step_alone).
#pragma once

#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/list.h"
#include "objects/tuple.h"
#include "objects/type.h"

typedef struct Iter {
    Object base;
    Object *a, *b, *c, *d;
    Object *spare; // a result that came back (tuple_recycled)
    ssize_t *indices; // a CELL_BYTES cell, or NULL
    ssize_t i, n, step;
    bool flag, stopped;
    uintptr_t lock;
    Object *weaklist;
    Ownership ownership;
} Iter;

// What several threads may ask and set without a lock.
static inline bool flag_is_set(const Iter *it) {
    return __atomic_load_n(&it->flag, __ATOMIC_RELAXED);
}
static inline void flag_set(Iter *it, bool flag) {
    __atomic_store_n(&it->flag, flag, __ATOMIC_RELAXED);
}

static inline Iter *iter_of(Object *self) {
    return (Iter *)self;
}
static inline Object *inner_next(Object *iterator) {
    Object *item = list_iterator_quick(iterator);
    if (item) {
        return item;
    }
    if (!c_stack_suffices()) {
        return NULL;
    }
    return slots_of(iterator)->next(iterator);
}
static inline void iter_set(Iter *it, Object **slot, Object *value) {
    gc_store(it, slot, value);
}

void iter_trace(Object *self, Tracer *tracer);
Object *iter_self(Object *self);
Iter *iter_alloc(Type *type, Object *a, Object *b);
ssize_t *indices_new(ssize_t count);
// tuple of `count` ints; and back, each clipped to 0 ... limit. -1 with an exception.
Object *indices_tuple(const ssize_t *indices, ssize_t count);
int indices_from(Object *tuple, ssize_t *indices, ssize_t count, ssize_t least, ssize_t limit);
int keywords_refused(Type *type, Type *exact, const char *name, Object *kwnames);

int itertools_add_combinatoric(Object *module);
int itertools_add_grouping(Object *module);
Object *itertools_tee_function(Object *module, Object *iterable, Object *n);

// step(self) as a critical section for `object`, whose `a` it advances.
static inline Object *iter_step_alone(Object *self, Object *object, UnaryFn step) {
    Object *inner = field_read(&iter_of(object)->a);
    if (LIKELY(!runtime_multithreaded) || (inner && iterator_runs_code(inner))) {
        return step(self);
    }
    CriticalSection section;
    owned_section_begin(&section, &iter_of(object)->ownership, object);
    Object *item = step(self);
    owned_section_end(&section, &iter_of(object)->ownership);
    return item;
}

#define ITER_TYPE(c_name, size, new_fn, next_fn, getset) \
    ITER_TYPE_OF(c_name, size, new_fn, next_fn, getset, false, NULL)
// Those that can give many items at once.
#define ITER_TYPE_MANY(c_name, size, new_fn, next_fn, many_fn) \
    ITER_TYPE_OF(c_name, size, new_fn, next_fn, NULL, false, many_fn)
// Those whose `next` makes a tuple as the last thing it does, and whose `many_fn`, if there is one, can do without.
#define ITER_TYPE_FRESH(c_name, size, new_fn, next_fn, many_fn) \
    ITER_TYPE_OF(c_name, size, new_fn, next_fn, NULL, true, many_fn)
#define ITER_TYPE_OF(c_name, size, new_fn, next_fn, getset, fresh, many_fn) \
    Type c_name##_type; \
    const TypeSpec c_name##_spec = { \
        .name = "itertools." #c_name, \
        .basic_size = size, \
        .instance_size = sizeof(Iter), \
        .lock_offset = offsetof(Iter, lock), \
        .flags = TF_GC | TF_BASE, \
        .doc = c_name##_doc, \
        .methods = c_name##_methods, \
        .getsets = getset, \
        .trace = iter_trace, \
        .fresh_tuples = fresh, \
        .take_many = many_fn, \
        .skips = (fresh) && (many_fn) != NULL, \
        .spare_offset = (fresh) ? offsetof(Iter, spare) : 0, \
        .slots = { .new = new_fn, .iter = iter_self, .next = next_fn, .getattr = object_generic_getattr }, \
    };
