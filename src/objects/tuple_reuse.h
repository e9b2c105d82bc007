// Result tuples that are used again, as CPython's iterators do when nobody else has a reference.
//
// There are no counts here, but sometimes it is known: `map` calls a pure built-in function with a tuple that zip, enumerate
// or an iterator of itertools made for it, and the result is no container. Then the map keeps the tuple and lends it to the
// next step of that iterator. What walks through all objects (gc.get_objects) may have found the tuple meanwhile: it counts
// its walks, and a tuple from before one is left alone. A map that several threads use has no spare tuple.
#pragma once

#include "heap/thread.h"
#include "objects/tuple.h"

typedef struct SpareTuple {
    Object *tuple; // or NULL; its owner traces it
    uint64_t walks; // heap_walks when it was made
    const Thread *thread; // that may use it
} SpareTuple;

// Says that the `next` of these iterators gives tuples that it keeps no reference to.
void tuple_reuse_add(const Type *type);

// Before a step of an iterator: lends it the spare tuple. Returns heap_walks.
uint64_t tuple_reuse_lend(SpareTuple *spare);
// After `function` was called with `item`, which came from `iterator`, and gave `result`: keeps the tuple when nothing else
// can refer to it.
void tuple_reuse_keep(Object *owner, SpareTuple *spare, uint64_t walks, const Object *iterator, Object *item,
                      const Object *function, const Object *result);

// A tuple of that size to be used again: it may be old, so that all its items are stored with tuple_init. NULL without an
// exception when none was lent.
extern _Thread_local Object *tuple_lent;
Object *tuple_reuse_take_lent(ssize_t size);
static inline Object *tuple_reuse_take(ssize_t size) {
    return LIKELY(!tuple_lent) ? NULL : tuple_reuse_take_lent(size);
}
