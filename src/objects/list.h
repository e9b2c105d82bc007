// list: CPython's layout on the outside (40 bytes). The items lie behind a capacity word in a cell of
// their own: [capacity, immutable][items ...]; `items` points behind the word. An empty list has a
// static array, never NULL.
//
// Readers take no lock: load `items`, check the index against `size` and the array's own capacity,
// load the item; NULL means "take the locked path". Writers hold the lock in the lower half of
// `allocated`. Unused slots are NULL; a replaced array is never written again; only the collector
// trims.
#pragma once

#include "objects/object.h"

typedef struct List {
    VarObject var;
    Object **items;
    uintptr_t allocated;  // what extensions see as a huge capacity; lower half: the lock
} List;

static inline bool list_check(const Object *o) {
    return (o->type->flags & TF_LIST) != 0;
}
static inline ssize_t list_size(const Object *o) {
    return __atomic_load_n(&((const List *)o)->var.size, __ATOMIC_RELAXED);
}
// The item at `i`, or NULL (without an exception) when there is none at that moment. Takes no lock.
static inline Object *list_read(const Object *o, ssize_t i) {
    Object **items = __atomic_load_n(&((const List *)o)->items, __ATOMIC_ACQUIRE);
    size_t limit = size_min((size_t)list_size(o), __atomic_load_n(&((size_t *)items)[-1], __ATOMIC_RELAXED));
    return (size_t)i < limit ? __atomic_load_n(&items[i], __ATOMIC_ACQUIRE) : NULL;
}

// Appends when there is room and no other thread may do so; false: nothing was done.
static inline bool list_append_in_place(Object *o, Object *item) {
    List *list = (List *)o;
    if (!object_is_mine(&list->allocated)) {
        return false;
    }
    Object **items = list->items;
    ssize_t size = list->var.size;
    if ((size_t)size >= ((size_t *)items)[-1]) {
        return false;
    }
    gc_store(items - 1, &items[size], item);
    __atomic_store_n(&list->var.size, size + 1, __ATOMIC_RELEASE);
    return true;
}

Object *list_new(ssize_t capacity);  // empty
Object *list_from_array(Object *const *items, ssize_t size);
Object *list_get(Object *list, ssize_t i);  // IndexError
int list_set(Object *list, ssize_t i, Object *item);
int list_append(Object *list, Object *item);
// Appends `count` items that lie in an array of the caller's.
int list_extend_array(Object *list, Object *const *items, ssize_t count);
int list_insert(Object *list, ssize_t i, Object *item);
int list_extend(Object *list, Object *iterable);
Object *list_pop(Object *list, ssize_t i);
Object *list_slice(Object *list, ssize_t start, ssize_t end);
int list_set_slice(Object *list, ssize_t start, ssize_t end, Object *values);  // values NULL: delete
int list_clear(Object *list);
int list_reverse(Object *list);
int list_sort(Object *list, Object *key, bool reverse);  // key NULL: none
Object *list_to_tuple(Object *list);
Object *list_copy(Object *list);
