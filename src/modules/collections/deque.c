// collections.deque: a ring of items behind a capacity word, in a cell of its own. Every access takes
// the lock; comparisons run without it and look at the change counter afterwards.
//
//   ring ──► [capacity][...][head ... ][...]     item i is ring[(head + i) & (capacity - 1)]
#include "modules/collections/collections.h"
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/list.h"
#include "objects/type.h"

typedef struct Deque {
    VarObject var;  // size: number of items
    Object **ring;  // NULL: no room yet
    size_t head;
    ssize_t maxlen;  // -1: unbounded
    size_t changes;
    uintptr_t lock;
    char rest[208 - 64];
    Object *weaklist;
} Deque;

typedef struct DequeIterator {
    Object base;
    Object *deque;
    ssize_t left;
    ssize_t index;
    size_t changes;
    uintptr_t rest;
} DequeIterator;

Type deque_type, deque_iterator_type, deque_reverse_iterator_type;

static Deque *deque(Object *o) {
    return (Deque *)o;
}

static void deque_trace(Object *self, Tracer *tracer) {
    if (deque(self)->ring) {
        trace_cell(tracer, (size_t *)deque(self)->ring - 1);
    }
}

static inline size_t capacity(Deque *d) {
    return d->ring ? ((size_t *)d->ring)[-1] : 0;
}
static inline Object **place(Deque *d, ssize_t i) {
    return &d->ring[(d->head + (size_t)i) & (capacity(d) - 1)];
}
static inline void put(Deque *d, ssize_t i, Object *item) {
    gc_store((size_t *)d->ring - 1, place(d, i), item);
}
static inline ssize_t size_of(Object *o) {
    return cursor_read(&deque(o)->var.size);
}

// Room for `more` items; the lock is held.
static int reserve(Deque *d, ssize_t more) {
    size_t old = capacity(d), wanted = old ? old : 8;
    ssize_t n = d->var.size;
    if ((size_t)(n + more) <= old) {
        return 0;
    }
    while (wanted < (size_t)(n + more)) {
        wanted *= 2;
    }
    size_t *cell = heap_alloc((wanted + 1) * sizeof(size_t), CELL_POINTERS);
    if (!cell) {
        return -1;
    }
    cell[0] = wanted;
    Object **ring = (Object **)(cell + 1);
    for (ssize_t i = 0; i < n; i++) {
        ring[i] = *place(d, i);
    }
    d->head = 0;
    gc_store(d, &d->ring, ring);
    return 0;
}

// Length and changes are read without the lock.
static inline size_t changes_of(const Deque *d) {
    return __atomic_load_n(&d->changes, __ATOMIC_RELAXED);
}
static void count_items(Deque *d, ssize_t more) {
    __atomic_store_n(&d->var.size, d->var.size + more, __ATOMIC_RELAXED);
}
static void note_change(Deque *d) {
    __atomic_store_n(&d->changes, d->changes + 1, __ATOMIC_RELAXED);
}

static Object *take_left_locked(Deque *d) {
    Object **slot = place(d, 0), *item = *slot;
    *slot = NULL;
    d->head = (d->head + 1) & (capacity(d) - 1);
    count_items(d, -1);
    note_change(d);
    return item;
}
static Object *take_right_locked(Deque *d) {
    Object **slot = place(d, d->var.size - 1), *item = *slot;
    *slot = NULL;
    count_items(d, -1);
    note_change(d);
    return item;
}

static int add(Deque *d, Object *item, bool left) {
    object_lock(&d->lock);
    int result = d->maxlen == 0 ? 1 : reserve(d, 1);
    if (result == 0) {
        if (d->maxlen > 0 && d->var.size >= d->maxlen) {
            left ? take_right_locked(d) : take_left_locked(d);
        }
        if (left) {
            d->head = (d->head - 1) & (capacity(d) - 1);
            count_items(d, 1);
            put(d, 0, item);
        } else {
            put(d, d->var.size, item);
            count_items(d, 1);
        }
        note_change(d);
    }
    object_unlock(&d->lock);
    return result < 0 ? -1 : 0;
}

static Object *take(Deque *d, bool left) {
    object_lock(&d->lock);
    Object *item = !d->var.size ? NULL : left ? take_left_locked(d) : take_right_locked(d);
    object_unlock(&d->lock);
    return item ? item : raise_error(&exc_IndexError, "pop from an empty deque");
}

// Item i at this moment, or NULL without an exception.
static Object *at(Object *self, ssize_t i) {
    Deque *d = deque(self);
    object_lock(&d->lock);
    Object *item = (size_t)i < (size_t)d->var.size ? *place(d, i) : NULL;
    object_unlock(&d->lock);
    return item;
}

static Object *deque_alloc(Type *type) {
    Deque *d = (Deque *)object_alloc(type);
    if (d) {
        d->maxlen = -1;
    }
    return (Object *)d;
}

// The items from i on, up to where the ring ends; the lock is held.
static inline Object **stretch(Deque *d, ssize_t i, ssize_t count, ssize_t *found) {
    Object **first = place(d, i);
    ssize_t to_end = d->ring + capacity(d) - first;
    *found = count < to_end ? count : to_end;
    return first;
}

static Object *deque_items_list(Object *self) {
    Deque *d = deque(self);
    Object *list = list_new(size_of(self));
    bool ok = list;
    object_lock(&d->lock);
    for (ssize_t i = 0, found; ok && i < d->var.size; i += found) {
        Object **items = stretch(d, i, d->var.size - i, &found);
        ok = list_extend_array(list, items, found) == 0;
    }
    object_unlock(&d->lock);
    return ok ? list : NULL;
}

// Appends items that lie in an array, or those that the lengths allow: a full deque loses its first ones.
static int add_many_locked(Deque *d, Object *const *items, ssize_t count) {
    if (d->maxlen >= 0 && count > d->maxlen) {
        items += count - d->maxlen;
        count = d->maxlen;
    }
    ssize_t over = d->maxlen >= 0 ? d->var.size + count - d->maxlen : 0;
    while (over-- > 0) {
        take_left_locked(d);
    }
    if (!count) {
        return 0;
    }
    if (reserve(d, count) < 0) {
        return -1;
    }
    for (ssize_t done = 0, found; done < count; done += found) {
        Object **target = stretch(d, d->var.size, count - done, &found);
        gc_store_range((size_t *)d->ring - 1, target, items + done, (size_t)found);
        count_items(d, found);
    }
    note_change(d);
    return 0;
}

static int add_many(Deque *d, Object *const *items, ssize_t count) {
    object_lock(&d->lock);
    int result = add_many_locked(d, items, count);
    object_unlock(&d->lock);
    return result;
}

// Runs an iterator to its end.
static NOINLINE ssize_t consume_many(Object *iterator) {
    enum { SKIP_MOST = 1 << 14 };
    Object *piece[64];
    ssize_t skipped = iterator_skip(iterator, SKIP_MOST);
    return skipped ? skipped : iterator_take_many(iterator, piece, COUNT_OF(piece));
}

static int consume(Object *iterator) {
    UnaryFn next = slots_of(iterator)->next;
    const TypeSpec *spec = iterator->type->info->spec;
    bool fresh = spec && spec->fresh_tuples &&
                 spec->slots.next == next; // made for each step: in the same memory
    if (stack_guard() < 0) {
        return -1;
    }
    bool gives_many = (!fresh || spec->skips) && iterator_gives_many(iterator);
    for (;;) {
        if (UNLIKELY(safepoint() < 0)) {
            return -1;
        }
        ssize_t many = gives_many && iterator_gives_many(iterator) ? consume_many(iterator) : 0;
        if (many < 0) {
            return -1;
        }
        if (many) {
            continue;
        }
        Object *item = next(iterator);
        if (!item) {
            break;
        }
        if (fresh && !runtime_multithreaded && item->type == &tuple_type && tuple_size(item) &&
            tuple_size(item) <= FRESH_TUPLE_MOST) {
            tuple_give_back(item);
        }
    }
    return error_occurred() && !error_clear_if(&exc_StopIteration) ? -1 : 0;
}

// Appends what a list or tuple holds now, under one lock and with room made once; 0: the rest, from *done on,
// is to be added one by one.
static int extend_at_once(Deque *d, Object *sequence, ssize_t *done) {
    bool is_list = sequence->type == &list_type;
    ssize_t count = is_list ? list_size(sequence) : tuple_size(sequence), i = 0;
    if (!runtime_multithreaded) {
        *done = count;
        return add_many(d, is_list ? ((List *)sequence)->items : tuple_items(sequence), count);
    }
    object_lock(&d->lock);
    int result = reserve(d, count);
    size_t mask = capacity(d) - 1, at = d->head + (size_t)d->var.size;
    void *cell = (size_t *)d->ring - 1;
    for (; result == 0 && i < count; i++) {
        Object *item = is_list ? list_read(sequence, i) : tuple_get(sequence, i);
        if (UNLIKELY(!item)) {
            break;
        }
        gc_store(cell, &d->ring[at++ & mask], item);
    }
    count_items(d, i);
    note_change(d);
    object_unlock(&d->lock);
    *done = i;
    return result;
}

// Appends what another deque holds now.
static int extend_deque(Deque *d, Deque *other) {
    int result = 0;
    object_lock_two(&d->lock, &other->lock);
    ssize_t count = other->var.size;
    if (d->maxlen < 0) {
        result = reserve(d, count);
    }
    for (ssize_t i = 0, found; result == 0 && i < count; i += found) {
        Object **items = stretch(other, i, count - i, &found);
        result = add_many_locked(d, items, found);
    }
    object_unlock_two(&d->lock, &other->lock);
    return result;
}

static int extend(Object *self, Object *iterable, bool left) {
    if (iterable == self) {
        iterable = sequence_list(iterable);
        if (!iterable) {
            return -1;
        }
    }
    if (!left && deque(self)->maxlen < 0 && (iterable->type == &list_type || iterable->type == &tuple_type)) {
        ssize_t done;
        if (extend_at_once(deque(self), iterable, &done) < 0) {
            return -1;
        }
        // Another thread has changed the list meanwhile.
        for (; iterable->type == &list_type && done < list_size(iterable); done++) {
            Object *item = list_get(iterable, done);
            if (!item) {
                return error_clear_if(&exc_IndexError) ? 0 : -1;
            }
            if (add(deque(self), item, false) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (!left && iterable->type == &deque_type) {
        return extend_deque(deque(self), deque(iterable));
    }
    Object *iterator = object_iter_whole(iterable), *item;
    if (!iterator) {
        return -1;
    }
    if (deque(self)->maxlen == 0) {
        return consume(iterator);
    }
    // Not where an iterator over this deque could be in it, which says after the first item that the deque has changed.
    bool many = !left && (iterator != iterable || !size_of(self));
    while (many && iterator_gives_many(iterator)) {
        Object *piece[64];
        ssize_t count = iterator_take_many(iterator, piece, COUNT_OF(piece));
        if (count < 0 || (count && add_many(deque(self), piece, count) < 0)) {
            return -1;
        }
        if (!count) {
            break;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    while ((item = iterator_step(iterator))) {
        if (add(deque(self), item, left) < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static void clear(Object *self) {
    Deque *d = deque(self);
    object_lock(&d->lock);
    count_items(d, -d->var.size);
    d->head = 0;
    note_change(d);
    gc_store(d, &d->ring, NULL);
    object_unlock(&d->lock);
}

static Object *deque_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return deque_alloc(type);
}

static int deque_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "deque", "(iterable=(), maxlen=None)", args, nargs, kwnames, bound) < 0) {
        return -1;
    }
    ssize_t maxlen = -1;
    if (bound[1] && bound[1] != NONE) {
        if (!int_check(bound[1])) {
            raise_error(&exc_TypeError, "an integer is required");
            return -1;
        }
        maxlen = int_to_ssize(bound[1]);
        if (maxlen == -1 && error_occurred()) {
            return -1;
        }
        if (maxlen < 0) {
            raise_error(&exc_ValueError, "maxlen must be non-negative");
            return -1;
        }
    }
    object_lock(&deque(self)->lock); // under which others count on it
    deque(self)->maxlen = maxlen;
    object_unlock(&deque(self)->lock);
    if (size_of(self)) {
        clear(self);
    }
    return bound[0] ? extend(self, bound[0], false) : 0;
}

static Object *maxlen_object(Object *self) {
    return deque(self)->maxlen < 0 ? NONE : int_from_ssize(deque(self)->maxlen);
}

static Object *deque_copy_method(Object *self) {
    if (self->type == &deque_type) {
        Object *copy = deque_alloc(&deque_type);
        if (!copy) {
            return NULL;
        }
        deque(copy)->maxlen = deque(self)->maxlen;
        return extend(copy, self, false) < 0 ? NULL : copy;
    }
    Object *copy = deque(self)->maxlen < 0 ? call1((Object *)self->type, self)
                                           : call2((Object *)self->type, self, maxlen_object(self));
    if (copy && !object_is_instance(copy, &deque_type)) {
        return raise_error(&exc_TypeError, "%N() must return a deque, not %T", self->type, copy);
    }
    return copy;
}

static Object *deque_repr(Object *self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("[...]");
    }
    Object *list = sequence_list(self);
    const char *name = type_short_name(self->type);
    Object *text = !list ? NULL
                   : deque(self)->maxlen >= 0
                       ? str_format("%s(%R, maxlen=%zd)", name, list, deque(self)->maxlen)
                       : str_format("%s(%R)", name, list);
    repr_leave(&guard);
    return text;
}

static Object *deque_compare(Object *self, Object *other, CompareOp op) {
    if (!object_is_instance(self, &deque_type) || !object_is_instance(other, &deque_type)) {
        return NOT_IMPLEMENTED;
    }
    if (size_of(self) != size_of(other) && (op == CMP_EQ || op == CMP_NE)) {
        return bool_from(op == CMP_NE);
    }
    Object *a = sequence_list(self), *b = a ? sequence_list(other) : NULL;
    return b ? object_compare(a, b, op) : NULL;
}

static ssize_t deque_length(Object *self) {
    return size_of(self);
}

static bool to_index(Object *self, Object *key, ssize_t *i) {
    if (!number_check_index(key)) {
        raise_error(&exc_TypeError, "sequence index must be integer, not '%T'", key);
        return false;
    }
    *i = index_value(key);
    if (*i == -1 && error_occurred()) {
        return false;
    }
    if (*i < 0) {
        *i += size_of(self);
    }
    return true;
}

static Object *deque_getitem(Object *self, Object *key) {
    ssize_t i;
    if (!to_index(self, key, &i)) {
        return NULL;
    }
    Object *item = at(self, i);
    return item ? item : raise_error(&exc_IndexError, "deque index out of range");
}

// Removes item i; the lock is held and it exists. The shorter side is moved.
static void remove_locked(Deque *d, ssize_t i) {
    ssize_t n = d->var.size;
    if (i < n / 2) {
        for (; i > 0; i--) {
            put(d, i, *place(d, i - 1));
        }
        take_left_locked(d);
    } else {
        for (; i < n - 1; i++) {
            put(d, i, *place(d, i + 1));
        }
        take_right_locked(d);
    }
}

static int deque_setitem(Object *self, Object *key, Object *value) {
    ssize_t i;
    if (!to_index(self, key, &i)) {
        return -1;
    }
    Deque *d = deque(self);
    object_lock(&d->lock);
    bool ok = (size_t)i < (size_t)d->var.size;
    if (ok && value) {
        put(d, i, value);
    } else if (ok) {
        remove_locked(d, i);
    }
    object_unlock(&d->lock);
    if (!ok) {
        raise_error(&exc_IndexError, "deque index out of range");
    }
    return ok ? 0 : -1;
}

static const char mutated[] = "deque mutated during iteration";

// The first item in [start, stop) that equals `value`, into *found: its index, -1 or -2 with an exception,
// `error` when the comparison changes the deque.
static ssize_t search(Object *self, Object *value, ssize_t start, ssize_t stop, Type *error, Object **found) {
    Deque *d = deque(self);
    if (UNLIKELY(runtime_multithreaded)) {
        // In one step as far as no Python code has to compare: what other threads do is no mutation then.
        bool same = false, simple = true;
        ssize_t i = start;
        object_lock(&d->lock);
        for (; simple && !same && i < stop && i < d->var.size; i++) {
            *found = *place(d, i);
            same = *found == value;
            simple = same || keys_compare_simple(*found, value, &same);
        }
        object_unlock(&d->lock);
        if (simple) {
            return same ? i - 1 : -1;
        }
    }
    size_t changes = changes_of(d);
    for (ssize_t i = start; i < stop && (*found = at(self, i)); i++) {
        int same = object_compare_bool(*found, value, CMP_EQ);
        if (same < 0) {
            return -2;
        }
        if (changes_of(d) != changes) {
            raise_error(error, mutated);
            return -2;
        }
        if (same) {
            return i;
        }
    }
    return -1;
}

static int deque_contains(Object *self, Object *item) {
    Object *found;
    ssize_t i = search(self, item, 0, SSIZE_LIMIT, &exc_RuntimeError, &found);
    return i == -2 ? -1 : i >= 0;
}

static Object *deque_concat(Object *self, Object *other) {
    if (!object_is_instance(other, &deque_type)) {
        return raise_error(&exc_TypeError, "can only concatenate deque (not \"%T\") to deque", other);
    }
    Object *copy = deque_copy_method(self);
    return copy && extend(copy, other, false) == 0 ? copy : NULL;
}
static Object *deque_inplace_concat(Object *self, Object *other) {
    return extend(self, other, false) < 0 ? NULL : self;
}
static Object *deque_inplace_repeat(Object *self, ssize_t count) {
    Object *list = sequence_list(self);
    if (!list || count == 1) {
        return list ? self : NULL;
    }
    ssize_t n = list_size(list);
    if (count <= 0 || n == 0) {
        clear(self);
        return self;
    }
    ssize_t maxlen = deque(self)->maxlen;
    if (maxlen >= 0 && n * (count - 1) > maxlen + n) {
        count = maxlen / n + 2; // only the last ones will stay
    }
    if (count > SSIZE_LIMIT / 8 / n) {
        return raise_memory_error();
    }
    for (ssize_t i = 1; i < count; i++) {
        if (extend(self, list, false) < 0) {
            return NULL;
        }
    }
    return self;
}
static Object *deque_repeat(Object *self, ssize_t count) {
    Object *copy = deque_copy_method(self);
    return copy ? deque_inplace_repeat(copy, count) : NULL;
}

// ---- methods

static Object *deque_append_method(Object *self, Object *item) {
    return add(deque(self), item, false) < 0 ? NULL : NONE;
}
static Object *deque_appendleft_method(Object *self, Object *item) {
    return add(deque(self), item, true) < 0 ? NULL : NONE;
}
static Object *deque_pop_method(Object *self) {
    return take(deque(self), false);
}
static Object *deque_popleft_method(Object *self) {
    return take(deque(self), true);
}
static Object *deque_extend_method(Object *self, Object *iterable) {
    return extend(self, iterable, false) < 0 ? NULL : NONE;
}
static Object *deque_extendleft_method(Object *self, Object *iterable) {
    return extend(self, iterable, true) < 0 ? NULL : NONE;
}
static Object *deque_clear_method(Object *self) {
    clear(self);
    return NONE;
}
static Object *deque_count_method(Object *self, Object *value) {
    if (UNLIKELY(runtime_multithreaded)) { // what other threads do meanwhile is no mutation
        Object *list = deque_items_list(self);
        ssize_t found = list ? sequence_count(list, value) : -1;
        return found < 0 ? NULL : int_from_ssize(found);
    }
    size_t changes = changes_of(deque(self));
    ssize_t count = 0;
    Object *item;
    for (ssize_t i = 0; (item = at(self, i)); i++) {
        int same = object_compare_bool(item, value, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        count += same;
        if (changes_of(deque(self)) != changes) {
            return raise_error(&exc_RuntimeError, mutated);
        }
    }
    return int_from_ssize(count);
}
static Object *deque_index_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t start = 0, stop = SSIZE_LIMIT, n = size_of(self);
    if (arguments_no_keywords("deque.index", kwnames) < 0 ||
        arguments_check_count("index", nargs, 1, 3) < 0 ||
        (nargs > 1 && slice_bound(args[1], false, &start) < 0) ||
        (nargs > 2 && slice_bound(args[2], false, &stop) < 0)) {
        return NULL;
    }
    start = start < 0 ? (start + n < 0 ? 0 : start + n) : start;
    stop = stop < 0 ? (stop + n < 0 ? 0 : stop + n) : stop > n ? n : stop;
    Object *found;
    ssize_t i = search(self, args[0], start, stop, &exc_RuntimeError, &found);
    return i == -2  ? NULL
           : i >= 0 ? int_from_ssize(i)
                    : raise_error(&exc_ValueError, "%R is not in deque", args[0]);
}
static Object *deque_insert_method(Object *self, Object *index, Object *item) {
    ssize_t i = number_to_ssize(index);
    if (i == -1 && error_occurred()) {
        return NULL;
    }
    Deque *d = deque(self);
    object_lock(&d->lock);
    ssize_t n = d->var.size;
    if (d->maxlen >= 0 && n >= d->maxlen) {
        object_unlock(&d->lock);
        return raise_error(&exc_IndexError, "deque already at its maximum size");
    }
    if (i < 0) {
        i = i + n < 0 ? 0 : i + n;
    }
    i = i > n ? n : i;
    int result = reserve(d, 1);
    if (result == 0) {
        count_items(d, 1);
        for (ssize_t k = n; k > i; k--) {
            put(d, k, *place(d, k - 1));
        }
        put(d, i, item);
        note_change(d);
    }
    object_unlock(&d->lock);
    return result < 0 ? NULL : NONE;
}
static Object *deque_remove_method(Object *self, Object *value) {
    Deque *d = deque(self);
    for (;;) {
        Object *found;
        ssize_t i = search(self, value, 0, SSIZE_LIMIT, &exc_IndexError, &found);
        if (i == -2) {
            return NULL;
        }
        if (i < 0) {
            return raise_error(&exc_ValueError, "%R is not in deque", value);
        }
        object_lock(&d->lock);
        bool there = i < d->var.size && *place(d, i) == found;
        if (there) {
            remove_locked(d, i);
        }
        object_unlock(&d->lock);
        if (there) {
            return NONE;
        }
    }
}
static Object *deque_reverse_method(Object *self) {
    Deque *d = deque(self);
    object_lock(&d->lock);
    size_t mask = capacity(d) - 1, left = d->head, right = d->head + (size_t)d->var.size - 1;
    for (ssize_t n = d->var.size / 2; n > 0; n--, left++, right--) {
        Object **a = &d->ring[left & mask], **b = &d->ring[right & mask], *item = *a;
        __atomic_store_n(a, *b, __ATOMIC_RELAXED);
        __atomic_store_n(b, item, __ATOMIC_RELAXED);
    }
    if (d->ring) { // which items are young is where it was not
        gc_dirty((size_t *)d->ring - 1);
    }
    object_unlock(&d->lock);
    return NONE;
}
static Object *deque_rotate_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t steps = 1;
    if (arguments_no_keywords("deque.rotate", kwnames) < 0 ||
        arguments_check_count("deque.rotate", nargs, 0, 1) < 0) {
        return NULL;
    }
    if (nargs && (steps = number_to_ssize(args[0])) == -1 && error_occurred()) {
        return NULL;
    }
    Deque *d = deque(self);
    object_lock(&d->lock);
    ssize_t n = d->var.size;
    if (n > 1) {
        steps %= n;
        if (steps < 0) {
            steps += n;
        }
        if (steps > n / 2) {
            for (ssize_t i = n - steps; i > 0; i--) { // to the left
                Object *item = take_left_locked(d);
                put(d, d->var.size, item);
                count_items(d, 1);
            }
        } else {
            for (; steps > 0; steps--) {
                Object *item = take_right_locked(d);
                d->head = (d->head - 1) & (capacity(d) - 1);
                count_items(d, 1);
                put(d, 0, item);
            }
        }
        note_change(d);
    }
    object_unlock(&d->lock);
    return NONE;
}
static Object *deque_reduce_method(Object *self) {
    Object *state = call_method0(self, names.__getstate__);
    Object *iterator = state ? object_iter_whole(self) : NULL;
    Object *arguments = !iterator                 ? NULL
                        : deque(self)->maxlen < 0 ? tuple_empty()
                                                  : tuple_pack(2, tuple_empty(), maxlen_object(self));
    return arguments ? tuple_pack(4, self->type, arguments, state, iterator) : NULL;
}
static Object *deque_sizeof_method(Object *self) {
    // The number of CPython's blocks of 64 items between two links, as after making the deque from an iterable.
    enum { ITEMS = 64, BLOCK = (ITEMS + 2) * sizeof(Object *) };
    return int_from_ssize(type_reported_size(self->type) + (1 + deque(self)->var.size / ITEMS) * BLOCK);
}
static Object *deque_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}
static Object *deque_maxlen(Object *self, void *closure) {
    return maxlen_object(self);
}

// ---- iterators

static void deque_iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((DequeIterator *)self)->deque);
}
static Object *iterator_for(Type *type, Object *self) {
    DequeIterator *it = (DequeIterator *)object_alloc(type);
    if (it) {
        it->left = size_of(self);
        it->changes = changes_of(deque(self));
        gc_init(&it->deque, self);
    }
    return (Object *)it;
}
static Object *deque_iter(Object *self) {
    return iterator_for(&deque_iterator_type, self);
}
static Object *deque_reversed_method(Object *self) {
    return iterator_for(&deque_reverse_iterator_type, self);
}
static Object *iterator_self(Object *self) {
    return self;
}
static Object *step(Object *self, bool backward) {
    DequeIterator *it = (DequeIterator *)self;
    Deque *d = deque(it->deque);
    ssize_t left = cursor_read(&it->left);
    if (backward && left <= 0) {
        return NULL; // at its end it does not look whether the deque has changed; the other one does
    }
    if (changes_of(d) != it->changes) {
        __atomic_store_n(&it->left, 0, __ATOMIC_RELAXED);
        return raise_error(&exc_RuntimeError, mutated);
    }
    if (left <= 0) {
        return NULL;
    }
    if (LIKELY(!runtime_multithreaded)) {
        ssize_t next = it->index++;
        it->left--;
        return *place(d, backward ? d->var.size - 1 - next : next);
    }
    ssize_t i = cursor_take(&it->index);
    cursor_take_down(&it->left);
    return at(it->deque, backward ? size_of(it->deque) - 1 - i : i);
}
static ssize_t deque_iterator_take_many(Object *self, Object **items, ssize_t most) {
    DequeIterator *it = (DequeIterator *)self;
    Deque *d = deque(it->deque);
    if (changes_of(d) != it->changes || it->left <= 0) {
        return 0;
    }
    ssize_t found;
    Object **first = stretch(d, it->index, most < it->left ? most : it->left, &found);
    memcpy(items, first, (size_t)found * sizeof *items);
    it->index += found;
    it->left -= found;
    return found;
}
static ssize_t deque_reverse_iterator_take_many(Object *self, Object **items, ssize_t most) {
    DequeIterator *it = (DequeIterator *)self;
    Deque *d = deque(it->deque);
    if (changes_of(d) != it->changes || it->left <= 0) {
        return 0;
    }
    ssize_t count = most < it->left ? most : it->left, last = d->var.size - 1 - it->index;
    for (ssize_t i = 0; i < count; i++) {
        items[i] = *place(d, last - i);
    }
    it->index += count;
    it->left -= count;
    return count;
}
static Object *deque_iterator_next(Object *self) {
    return step(self, false);
}
static Object *deque_reverse_iterator_next(Object *self) {
    return step(self, true);
}
static Object *iterator_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 1 || nargs > 2) {
        return raise_error(&exc_TypeError, "function takes %s (%zu given)",
                           nargs ? "at most 2 arguments" : "at least 1 argument", nargs);
    }
    if (!object_is_instance(args[0], &deque_type)) {
        return raise_error(&exc_TypeError, "argument 1 must be collections.deque, not %K", args[0]);
    }
    Object *it = iterator_for(type, args[0]);
    ssize_t skip = 0;
    if (nargs > 1 && (skip = number_to_ssize(args[1])) == -1 && error_occurred()) {
        return NULL;
    }
    for (ssize_t i = 0; it && i < skip; i++) {
        if (!iterator_slot_next(it)) {
            return error_occurred() ? NULL : it;
        }
    }
    return it;
}
static Object *deque_iterator_length_hint_method(Object *self) {
    ssize_t left = cursor_read(&((DequeIterator *)self)->left);
    return int_from_ssize(left > 0 ? left : 0);
}
static Object *deque_iterator_reduce_method(Object *self) {
    DequeIterator *it = (DequeIterator *)self;
    Object *arguments = tuple_pack(2, it->deque, int_from_ssize(size_of(it->deque) - it->left));
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
static BuiltinDef iterator_methods[] = {
    BUILTIN("__length_hint__", deque_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", deque_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static const TypeSpec deque_iterator_spec = {
    .name = "_collections._deque_iterator",
    .basic_size = sizeof(DequeIterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = deque_iterator_trace,
    .take_many = deque_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr,
               .new = iterator_new,
               .iter = iterator_self,
               .next = deque_iterator_next },
};
static const TypeSpec deque_reverse_iterator_spec = {
    .name = "_collections._deque_reverse_iterator",
    .basic_size = sizeof(DequeIterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = deque_iterator_trace,
    .take_many = deque_reverse_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr,
               .new = iterator_new,
               .iter = iterator_self,
               .next = deque_reverse_iterator_next },
};

static GetSetDef deque_getsets[] = {
    { "maxlen", deque_maxlen, NULL, NULL, NULL },
    { NULL },
};
static BuiltinDef deque_methods[] = {
    BUILTIN("append", deque_append_method, "-($self, object, /)", 0, NULL),
    BUILTIN("appendleft", deque_appendleft_method, "-($self, object, /)", 0, NULL),
    BUILTIN("clear", deque_clear_method, "-($self, /)", 0, NULL),
    BUILTIN("__copy__", deque_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("copy", deque_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("count", deque_count_method, "-($self, object, /)", 0, NULL),
    BUILTIN("extend", deque_extend_method, "-($self, object, /)", 0, NULL),
    BUILTIN("extendleft", deque_extendleft_method, "-($self, object, /)", 0, NULL),
    BUILTIN("index", deque_index_method, NULL, 0, NULL),
    BUILTIN("insert", deque_insert_method, "-|($self, index, object, /)", 0, NULL),
    BUILTIN("pop", deque_pop_method, "-($self, /)", 0, NULL),
    BUILTIN("popleft", deque_popleft_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", deque_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("remove", deque_remove_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__reversed__", deque_reversed_method, "-($self, /)", 0, NULL),
    BUILTIN("reverse", deque_reverse_method, "-($self, /)", 0, NULL),
    BUILTIN("rotate", deque_rotate_method, NULL, 0, NULL),
    BUILTIN("__sizeof__", deque_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", deque_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static const TypeSpec deque_spec = {
    .name = "collections.deque",
    .basic_size = sizeof(Deque),
    .weaklist_offset = offsetof(Deque, weaklist),
    .lock_offset = offsetof(Deque, lock),
    .is_sequence = true,
    .is_no_mapping = true,
    .flags = TF_GC | TF_BASE | TF_SEQUENCE,
    .methods = deque_methods,
    .getsets = deque_getsets,
    .trace = deque_trace,
    .slots = { .new = deque_new_slot,
               .init = deque_init,
               .repr = deque_repr,
               .compare = deque_compare,
               .iter = deque_iter,
               .length = deque_length,
               .getitem = deque_getitem,
               .setitem = deque_setitem,
               .contains = deque_contains,
               .concat = deque_concat,
               .inplace_concat = deque_inplace_concat,
               .repeat = deque_repeat,
               .inplace_repeat = deque_inplace_repeat,
               .getattr = object_generic_getattr },
    .snapshot = deque_items_list,
};

int collections_add_deque(Object *module) {
    return module_add_type(module, &deque_type, &deque_spec) < 0 ||
                   module_add_type(module, &deque_iterator_type, &deque_iterator_spec) < 0 ||
                   module_add_type(module, &deque_reverse_iterator_type, &deque_reverse_iterator_spec) < 0
               ? -1
               : 0;
}
