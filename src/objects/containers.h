// What the files of the containers share: index arguments, shared cursors, the guard that makes
// repr() of a container inside itself end, and the pieces of pickling support.
#pragma once

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/object.h"
#include "objects/odds.h"
#include "objects/sequence_types.h"
#include "objects/str.h"
#include "objects/tuple.h"

// The integer value of a subscript: an int that fits, else by __index__; IndexError when it does not
// fit. -1 with an exception set (check error_occurred), and may run Python code.
static inline ssize_t index_value(Object *key) {
    if (LIKELY(int_check_exact(key) && int_is_compact(key))) {
        return (ssize_t)int_compact_value(key);
    }
    return number_as_ssize(key, &exc_IndexError);
}

// A slice bound as list.index(), insert() and their like take it: clipped, never an error for size.
// NULL or None (where `allow_none`) leaves *value alone. 0, or -1 with an exception.
int slice_bound(Object *o, bool allow_none, ssize_t *value);

// Cursors of iterators are shared when threads share the iterator: each index is handed out once.
static inline ssize_t cursor_take(ssize_t *cursor) {
    if (LIKELY(!runtime_multithreaded)) {
        return (*cursor)++;
    }
    return __atomic_fetch_add(cursor, 1, __ATOMIC_RELAXED);
}
static inline ssize_t cursor_take_down(ssize_t *cursor) {
    if (LIKELY(!runtime_multithreaded)) {
        return (*cursor)--;
    }
    return __atomic_fetch_sub(cursor, 1, __ATOMIC_RELAXED);
}
// Of an iterator that is biased (heap/thread.h) to the thread that made it, as a rule. What moves the cursor
// otherwise has to call cursor_claim first.
static inline void cursor_claim(uint32_t *bias) {
    if (UNLIKELY(runtime_multithreaded)) {
        step_claim(bias);
    }
}
static inline ssize_t cursor_take_biased(ssize_t *cursor, uint32_t *bias) {
    if (UNLIKELY(!step_is_mine(bias))) {
        step_claim(bias);
        return __atomic_fetch_add(cursor, 1, __ATOMIC_RELAXED);
    }
    ssize_t i = *cursor;
    __atomic_store_n(cursor, i + 1, __ATOMIC_RELAXED);
    return i;
}
static inline ssize_t cursor_read(const ssize_t *cursor) {
    return __atomic_load_n(cursor, __ATOMIC_RELAXED);
}
static inline void cursor_set(ssize_t *cursor, ssize_t value) {
    __atomic_store_n(cursor, value, __ATOMIC_RELAXED);
}

// A pointer field that other threads may replace.
static inline Object *field_read(Object *const *slot) {
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}
// What programs see of a field: None when it is empty.
static inline Object *or_none(Object *o) {
    return o ? o : NONE;
}
static inline void *field_address(const void *slot) {
    return __atomic_load_n((void *const *)slot, __ATOMIC_ACQUIRE);
}

// The next item of an iterator over a list, if no other thread may take it meanwhile; NULL: ask `next`.
__attribute__((always_inline)) static inline Object *list_iterator_quick(Object *iterator) {
    SeqIterator *it = (SeqIterator *)iterator;
    if (LIKELY(iterator->type == &list_iterator_type) && LIKELY(step_is_mine(&it->bias))) {
        Object *item = it->sequence ? list_read(it->sequence, it->index) : NULL;
        __atomic_store_n(&it->index, it->index + (item != NULL), __ATOMIC_RELAXED);
        return item;
    }
    return NULL;
}

// The next item, or NULL as the type's slot gives it, perhaps with StopIteration in flight.
static inline Object *iterator_slot_next(Object *iterator) {
    return stack_guard() < 0 ? NULL : slots_of(iterator)->next(iterator);
}

// `item` came from `iterator`, and nobody but the caller can refer to it now, unless heap_showings has changed since
// it was asked for: the caller has to look. What makes result tuples may use it again.
static inline void iterator_take_back(Object *iterator, Object *item) {
    const TypeSpec *spec = iterator->type->info->spec;
    if (spec && spec->spare_offset && item->type == &tuple_type &&
        slots_of(iterator)->next == spec->slots.next && tuple_size(item) - 1 < FRESH_TUPLE_MOST &&
        tuple_size(item)) {
        __atomic_store_n(&item->type, NULL, __ATOMIC_RELAXED);
        gc_store(iterator, (char *)iterator + spec->spare_offset, item);
    }
}

// Whether calling it with one argument lets nobody get hold of that (EFFECT_KEEPS_NOTHING).
bool callable_keeps_nothing(const Object *callable);

// Whether advancing it surely runs Python code: then a critical section around it excludes nobody.
static inline bool iterator_runs_code(const Object *iterator) {
    return (iterator->type->flags & TF_HEAP) || iterator->type == &generator_type;
}

// The next item of a consumed iterator. NULL without an exception at the end: a StopIteration that
// a slot left in flight is cleared.
static inline Object *iterator_step(Object *iterator) {
    Object *item = list_iterator_quick(iterator);
    if (item) {
        return safepoint() < 0 ? NULL : item;
    }
    item = iterator_slot_next(iterator);
    if (UNLIKELY(!item)) {
        if (error_occurred()) {
            error_clear_if(&exc_StopIteration);
        }
        return NULL;
    }
    return safepoint() < 0 ? NULL : item; // so that an endless loop in C can be interrupted
}

// Takes up to `most` items of an iterator into an array on the C stack. It need not be at its end when 0 come: ask `next`.
static inline bool iterator_gives_many(const Object *iterator) {
    const TypeSpec *spec = iterator->type->info->spec;
    return !runtime_multithreaded && spec && spec->take_many && slots_of(iterator)->next == spec->slots.next;
}
static inline ssize_t iterator_take_many(Object *iterator, Object **items, ssize_t most) {
    // An iterator over an iterator over an iterator ...: `next` raises the error.
    bool deep = (char *)__builtin_frame_address(0) < thread_current->c_stack_limit;
    return !deep && iterator_gives_many(iterator)
               ? iterator->type->info->spec->take_many(iterator, items, most)
               : 0;
}

// The next items of an iterator, to be looked at before anything is done with them. What runs Python code for an item
// first puts the iterator back to there (iterator_rewind): that code may look at it, or change what it goes through.
typedef struct PeekedItems {
    Object *items[64];
    ssize_t count;
    char state[64]; // of the iterator, before
} PeekedItems;
static inline bool iterator_peek(Object *iterator, PeekedItems *peeked) {
    const TypeSpec *spec = iterator->type->info->spec;
    if (runtime_multithreaded || !spec || !spec->rewinds ||
        spec->basic_size > (ssize_t)sizeof peeked->state) {
        return false;
    }
    memcpy(peeked->state, iterator, (size_t)spec->basic_size);
    peeked->count = iterator_take_many(iterator, peeked->items, COUNT_OF(peeked->items));
    return peeked->count > 0;
}
// As if only the first `used` had been taken.
static inline void iterator_rewind(Object *iterator, PeekedItems *peeked, ssize_t used) {
    memcpy((char *)iterator + sizeof(Object), peeked->state + sizeof(Object),
           (size_t)iterator->type->info->spec->basic_size - sizeof(Object));
    Object *again[COUNT_OF(peeked->items)];
    if (used) {
        iterator_take_many(iterator, again, used);
    }
}

// Goes up to `most` steps on without making what nobody would see. 0 says nothing: ask `next`. -1 with MemoryError.
static inline ssize_t iterator_skip(Object *iterator, ssize_t most) {
    const TypeSpec *spec = iterator->type->info->spec;
    return spec && spec->skips ? iterator_take_many(iterator, NULL, most) : 0;
}

// The truth of what needs no code to tell it, else -1; the truth of anything.
static inline int object_plain_truth(const Object *o) {
    return o == TRUE_OBJECT                 ? 1
           : o == FALSE_OBJECT || o == NONE ? 0
           : o->type == &int_type || o->type == &str_type || o->type == &tuple_type || o->type == &bytes_type
               ? ((const VarObject *)o)->size != 0
           : o->type == &float_type ? float_value(o) != 0.0
                                    : -1;
}
static inline int object_truth(Object *o) {
    int truth = object_plain_truth(o);
    return LIKELY(truth >= 0) ? truth : object_is_true(o);
}

// Objects whose repr() is being made by this thread, innermost first; lies on the C stack.
typedef struct ReprGuard {
    Object *object;
    struct ReprGuard *outer;
} ReprGuard;
extern _Thread_local ReprGuard *repr_guard_innermost;

// True when `object` is already being shown (nothing was entered); else enters it.
static inline bool repr_enter(ReprGuard *guard, Object *object) {
    for (ReprGuard *g = repr_guard_innermost; g; g = g->outer) {
        if (g->object == object) {
            return true;
        }
    }
    *guard = (ReprGuard){ object, repr_guard_innermost };
    repr_guard_innermost = guard;
    return false;
}
static inline void repr_leave(ReprGuard *guard) {
    repr_guard_innermost = guard->outer;
}

// `name` of the module builtins, for __reduce__ methods. NULL with AttributeError.
Object *builtins_attribute(Object *name);
// (iter, (argument,)) and (iter, (argument,), index): how iterators pickle.
Object *reduce_iter(Object *argument);
Object *reduce_iter_at(Object *argument, ssize_t index);
Object *reduce_iter_empty_list(void); // (iter, ([],))
Object *reduce_iter_empty_tuple(void); // (iter, ((),))
// The argument of an iterator's __setstate__, which is an int. -1 with TypeError or OverflowError.
ssize_t iterator_position(Object *state);
// __length_hint__, __setstate__ and __reduce__ of a SeqIterator over `type`, a built-in sequence; the last
// for those that pickle as iter(()) when exhausted.
Object *seq_iterator_left(Object *self, const Type *type);
Object *seq_iterator_move(Object *self, Object *state, const Type *type);
Object *seq_iterator_reduced(Object *self);
void seq_iterator_trace(Object *self, Tracer *tracer);
// For `__class_getitem__` of all containers.
Object *class_getitem(Object *type, Object *item);
// For `__new__`: TypeError "name() takes no keyword arguments" when there are some and no `__init__` of
// a subclass of `exact` that might want them.
int no_keywords_for(Type *type, Type *exact, const char *name, Object *kwnames);
