// How a list's items are stored; for the files of list (list.c, list_sort.c, list_iterators.c) and heapq.c.
//
//   list.items ──► [capacity][item 0][item 1] ... [item capacity-1]
//                   └ start of the cell
#pragma once

#include "objects/list.h"

typedef struct ListArray {
    size_t capacity;  // grows only, and not beyond the cell
    Object *items[1];
} ListArray;

// Never written to: its capacity is 0.
extern const ListArray list_empty_array;

// What extensions see: too many to append within, and to pop from. The lower half is the lock.
#define LIST_ALLOCATED ((uintptr_t)SSIZE_LIMIT & ~(uintptr_t)UINT32_MAX)

static inline Object **list_empty_items(void) {
    return (Object **)(uintptr_t)list_empty_array.items;
}
static inline ListArray *list_array(Object **items) {
    return (ListArray *)((size_t *)items - 1);
}
static inline size_t list_capacity(const List *list) {
    return ((size_t *)list->items)[-1];
}
static inline void list_store_item(Object **items, ssize_t i, Object *item) {
    gc_store(list_array(items), &items[i], item);
}
static inline void list_store_size(List *list, ssize_t size) {
    __atomic_store_n(&list->var.size, size, __ATOMIC_RELEASE);
}

// An unpublished array of `capacity` NULLs: its items. NULL with MemoryError.
Object **list_array_new(ssize_t capacity);
// Replaces the array by a larger one that has room for `needed` items. The lock is held.
int list_grow(List *list, ssize_t needed);
Object *list_iter(Object *list);
Object *list_reversed_method(Object *list);
