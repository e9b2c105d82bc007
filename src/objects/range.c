// range: immutable arithmetic progressions of ints of any size, and the two iterators: over C longs
// and over large ints.
#include "objects/abstract.h"
#include "objects/containers.h"

Type range_type, range_iterator_type, long_range_iterator_type;

typedef struct LongRangeIterator {
    Object base;
    Object *start, *step, *length;  // of what is left
    uintptr_t lock;
} LongRangeIterator;

static void range_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Range *)self)->start, 4);
}

// The number of items of start, stop, step, an int.
static Object *compute_length(Object *start, Object *stop, Object *step) {
    int o1, o2, o3;
    int64_t a = int_as_i64(start, &o1), b = int_as_i64(stop, &o2), s = int_as_i64(step, &o3);
    if (!o1 && !o2 && !o3) {
        uint64_t n = 0;
        if (s > 0 && a < b) {
            n = ((uint64_t)b - (uint64_t)a - 1) / (uint64_t)s + 1;
        } else if (s < 0 && a > b) {
            n = ((uint64_t)a - (uint64_t)b - 1) / (0 - (uint64_t)s) + 1;
        }
        if (n) {
            return int_from_u64(n);
        }
        return int_from_i64(0);
    }
    Object *low = start, *high = stop;
    if (int_sign(step) < 0) {
        low = stop;
        high = start;
        step = int_negative(step);
    }
    if (!step) {
        return NULL;
    }
    if (int_compare(low, high) >= 0) {
        return int_from_i64(0);
    }
    Object *one = int_from_i64(1), *n = int_subtract(high, low);
    n = n ? int_subtract(n, one) : NULL;
    n = n ? int_floor_divide(n, step) : NULL;
    return n ? int_add(n, one) : NULL;
}

static Object *range_make(Object *start, Object *stop, Object *step) {
    Object *length = compute_length(start, stop, step);
    Range *range = length ? (Range *)object_alloc(&range_type) : NULL;
    if (!range) {
        return NULL;
    }
    gc_init(&range->start, start);
    gc_init(&range->stop, stop);
    gc_init(&range->step, step);
    gc_init(&range->length, length);
    return (Object *)range;
}

// An int proper: of a bool or an instance of a subclass the plain value.
static Object *plain_int(Object *o) {
    Object *index = number_index(o);
    return !index || int_check_exact(index) ? index : int_type.info->slots.positive(index);
}

static Object *range_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("range", kwnames) < 0 || arguments_check_count("range", nargs, 1, 3) < 0) {
        return NULL;
    }
    Object *start = nargs == 1 ? int_from_i64(0) : plain_int(args[0]);
    Object *stop = start ? plain_int(args[nargs == 1 ? 0 : 1]) : NULL;
    Object *step = !stop ? NULL : nargs == 3 ? plain_int(args[2]) : int_from_i64(1);
    if (!step) {
        return NULL;
    }
    if (int_sign(step) == 0) {
        return raise_error(&exc_ValueError, "range() arg 3 must not be zero");
    }
    return range_make(start, stop, step);
}

static Object *range_repr(Object *self) {
    Range *range = (Range *)self;
    if (int_check(range->step) && int_is_compact(range->step) && int_compact_value(range->step) == 1) {
        return str_format("range(%R, %R)", range->start, range->stop);
    }
    return str_format("range(%R, %R, %R)", range->start, range->stop, range->step);
}

static ssize_t range_length(Object *self) {
    return int_to_ssize(((Range *)self)->length);
}

static int range_to_bool(Object *self) {
    return int_sign(((Range *)self)->length) != 0;
}

// start + i * step
static Object *item_at(Range *range, Object *i) {
    Object *product = int_multiply(i, range->step);
    return product ? int_add(range->start, product) : NULL;
}

static Object *range_item(Range *range, Object *index) {
    Object *i = int_sign(index) < 0 ? int_add(index, range->length) : index;
    if (!i) {
        return NULL;
    }
    if (int_sign(i) < 0 || int_compare(i, range->length) >= 0) {
        return raise_error(&exc_IndexError, "range object index out of range");
    }
    return item_at(range, i);
}

static Object *range_getitem(Object *self, Object *key) {
    Range *range = (Range *)self;
    if (number_check_index(key)) {
        Object *index = number_index(key);
        return index ? range_item(range, index) : NULL;
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "range indices must be integers or slices, not %T", key);
    }
    Object *bounds = call_method1(key, str_intern_cstring("indices"), range->length);
    if (!bounds) {
        return NULL;
    }
    Object *step = int_multiply(range->step, tuple_get(bounds, 2));
    Object *start = step ? item_at(range, tuple_get(bounds, 0)) : NULL;
    Object *stop = start ? item_at(range, tuple_get(bounds, 1)) : NULL;
    return stop ? range_make(start, stop, step) : NULL;
}

// The index of an int in the range, or -1 as NULL without an exception.
static Object *index_of(Range *range, Object *value, int *found) {
    *found = 0;
    bool up = int_sign(range->step) > 0;
    if (up ? int_compare(value, range->start) < 0 || int_compare(value, range->stop) >= 0
           : int_compare(value, range->start) > 0 || int_compare(value, range->stop) <= 0) {
        return NULL;
    }
    Object *distance = int_subtract(value, range->start);
    Object *rest = distance ? int_remainder(distance, range->step) : NULL;
    if (!rest) {
        *found = -1;
        return NULL;
    }
    if (int_sign(rest)) {
        return NULL;
    }
    *found = 1;
    return int_floor_divide(distance, range->step);
}

static int range_contains(Object *self, Object *item) {
    if (int_check_exact(item) || bool_check(item)) {
        int found;
        index_of((Range *)self, item, &found);
        return found;
    }
    Object *iterator = object_iter(self), *other;
    if (!iterator) {
        return -1;
    }
    while ((other = iterator_step(iterator))) {
        int same = object_compare_bool(other, item, CMP_EQ);
        if (same) {
            return same;
        }
    }
    return error_occurred() ? -1 : 0;
}

// (length, start, step) with None where they do not matter: what equality and hash look at.
static Object *range_identity(Range *range) {
    bool one = int_is_compact(range->length) && int_compact_value(range->length) == 1;
    return tuple_pack(3, range->length, int_sign(range->length) ? range->start : NONE,
                      int_sign(range->length) && !one ? range->step : NONE);
}

static Object *range_compare(Object *self, Object *other, CompareOp op) {
    if (other->type != &range_type || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    Object *a = range_identity((Range *)self), *b = range_identity((Range *)other);
    return a && b ? object_compare(a, b, op) : NULL;
}

static hash_t range_hash(Object *self) {
    Object *identity = range_identity((Range *)self);
    return identity ? object_hash(identity) : -1;
}

// An iterator over start, start + step, ... of the given length.
static Object *iterator_over(Object *start, Object *step, Object *length) {
    int o1, o2, o3;
    int64_t a = int_as_i64(start, &o1), s = int_as_i64(step, &o2), n = int_as_i64(length, &o3);
    int64_t span, last;
    if (!o1 && !o2 && !o3 && !__builtin_mul_overflow(n, s, &span) &&
        !__builtin_add_overflow(a, span, &last)) {
        RangeIterator *it = (RangeIterator *)object_alloc(&range_iterator_type);
        if (it) {
            it->index = 0;
            it->start = a;
            it->step = s;
            it->length = n;
            it->bias = step_bias_new();
        }
        return (Object *)it;
    }
    LongRangeIterator *it = (LongRangeIterator *)object_alloc(&long_range_iterator_type);
    if (it) {
        gc_init(&it->start, start);
        gc_init(&it->step, step);
        gc_init(&it->length, length);
    }
    return (Object *)it;
}

static Object *range_iter(Object *self) {
    Range *range = (Range *)self;
    return iterator_over(range->start, range->step, range->length);
}

static Object *range_reversed_method(Object *self) {
    Range *range = (Range *)self;
    Object *last = int_subtract(range->length, int_from_i64(1));
    Object *start = last ? item_at(range, last) : NULL, *step = start ? int_negative(range->step) : NULL;
    return step ? iterator_over(start, step, range->length) : NULL;
}

// Whatever it is called with.
static Object *range_reduce_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    if (arguments_no_keywords("range.__reduce__", kwnames) < 0) {
        return NULL;
    }
    Range *range = (Range *)self;
    Object *arguments = tuple_pack(3, range->start, range->stop, range->step);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static Object *range_count_method(Object *self, Object *value) {
    if (int_check_exact(value) || bool_check(value)) {
        int found = range_contains(self, value);
        return found < 0 ? NULL : int_from_i64(found);
    }
    Object *iterator = object_iter(self), *other;
    ssize_t count = 0;
    while (iterator && (other = iterator_step(iterator))) {
        int same = object_compare_bool(other, value, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        count += same;
    }
    return error_occurred() ? NULL : int_from_ssize(count);
}

static Object *range_index_method(Object *self, Object *value) {
    if (int_check_exact(value) || bool_check(value)) {
        int found;
        Object *index = index_of((Range *)self, value, &found);
        return found ? index : raise_error(&exc_ValueError, "%R is not in range", value);
    }
    Object *iterator = object_iter(self), *other;
    for (ssize_t i = 0; iterator && (other = iterator_step(iterator)); i++) {
        int same = object_compare_bool(other, value, CMP_EQ);
        if (same) {
            return same < 0 ? NULL : int_from_ssize(i);
        }
    }
    return error_occurred() ? NULL : raise_error(&exc_ValueError, "sequence.index(x): x not in sequence");
}

static BuiltinDef range_methods[] = {
    BUILTIN("__reversed__", range_reversed_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", range_reduce_method, "-($self, /, *args)", 0, NULL),
    BUILTIN("count", range_count_method, "-($self, value, /)", 0, NULL),
    BUILTIN("index", range_index_method, "-($self, value, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef range_members[] = {
    { "start", MEMBER_OBJECT_EX, offsetof(Range, start), MEMBER_READONLY, NULL },
    { "stop", MEMBER_OBJECT_EX, offsetof(Range, stop), MEMBER_READONLY, NULL },
    { "step", MEMBER_OBJECT_EX, offsetof(Range, step), MEMBER_READONLY, NULL },
    { NULL },
};

const TypeSpec range_spec = {
    .name = "range",
    .basic_size = sizeof(Range),
    .is_sequence = true,
    .flags = TF_SEQUENCE,
    .methods = range_methods,
    .members = range_members,
    .trace = range_trace,
    .slots = { .new = range_new_slot,
               .repr = range_repr,
               .hash = range_hash,
               .compare = range_compare,
               .iter = range_iter,
               .length = range_length,
               .getitem = range_getitem,
               .contains = range_contains,
               .to_bool = range_to_bool,
               .getattr = object_generic_getattr },
};

// ---- the iterator over longs

static Object *iterator_self(Object *self) {
    return self;
}

static Object *range_iterator_next(Object *self) {
    if (UNLIKELY(safepoint() < 0)) {  // loops in C over what never ends can be interrupted here
        return NULL;
    }
    RangeIterator *it = (RangeIterator *)self;
    ssize_t i = cursor_read(&it->index);
    if (i >= it->length) {
        return NULL;
    }
    i = cursor_take_biased(&it->index, &it->bias);
    if (UNLIKELY(i >= it->length)) {
        __atomic_store_n(&it->index, it->length, __ATOMIC_RELAXED);
        return NULL;
    }
    return int_from_i64(it->start + i * it->step);
}

static Object *range_iterator_length_hint_method(Object *self) {
    RangeIterator *it = (RangeIterator *)self;
    ssize_t left = it->length - cursor_read(&it->index);
    return int_from_ssize(left > 0 ? left : 0);
}

static Object *range_iterator_reduce_method(Object *self) {
    RangeIterator *it = (RangeIterator *)self;
    Object *start = int_from_i64(it->start), *step = int_from_i64(it->step);
    Object *stop = int_from_i64(it->start + it->length * it->step);
    Object *range = start && step && stop ? range_make(start, stop, step) : NULL;
    return range ? reduce_iter_at(range, cursor_read(&it->index)) : NULL;
}

static Object *range_iterator_setstate_method(Object *self, Object *state) {
    RangeIterator *it = (RangeIterator *)self;
    int64_t index = int_to_i64(state);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    index = index < 0 ? 0 : index > it->length ? it->length : index;
    cursor_claim(&it->bias);
    __atomic_store_n(&it->index, index, __ATOMIC_RELAXED);
    return NONE;
}

static BuiltinDef range_iterator_methods[] = {
    BUILTIN("__length_hint__", range_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", range_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", range_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

static ssize_t range_iterator_take_many(Object *self, Object **items, ssize_t most) {
    RangeIterator *it = (RangeIterator *)self;
    ssize_t count = 0;
    for (; count < most && it->index < it->length; count++, it->index++) {
        long value = (long)((unsigned long)it->start + (unsigned long)it->index * (unsigned long)it->step);
        if (UNLIKELY(!(items[count] = int_from_i64(value)))) {
            return -1;
        }
    }
    return count;
}

const TypeSpec range_iterator_spec = {
    .name = "range_iterator",
    .basic_size = RANGE_ITERATOR_SIZE,
    .instance_size = sizeof(RangeIterator),
    .methods = range_iterator_methods,
    .take_many = range_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = range_iterator_next },
};

// ---- the iterator over large ints: `start`, `length` are what is left

static void long_range_iterator_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((LongRangeIterator *)self)->start, 3);
}

static Object *long_range_iterator_next(Object *self) {
    LongRangeIterator *it = (LongRangeIterator *)self;
    object_lock(&it->lock);
    Object *item = NULL;
    if (int_sign(it->length) > 0) {
        Object *next = int_add(it->start, it->step);
        Object *left = next ? int_subtract(it->length, int_from_i64(1)) : NULL;
        if (left) {
            item = it->start;
            gc_store(it, &it->start, next);
            gc_store(it, &it->length, left);
        }
    }
    object_unlock(&it->lock);
    return item;
}

static Object *long_range_iterator_length_hint_method(Object *self) {
    return ((LongRangeIterator *)self)->length;
}

static Object *long_range_iterator_reduce_method(Object *self) {
    LongRangeIterator *it = (LongRangeIterator *)self;
    Object *span = int_multiply(it->length, it->step);
    Object *stop = span ? int_add(it->start, span) : NULL;
    Object *range = stop ? range_make(it->start, stop, it->step) : NULL;
    return range ? reduce_iter_at(range, 0) : NULL;
}

static Object *long_range_iterator_setstate_method(Object *self, Object *state) {
    LongRangeIterator *it = (LongRangeIterator *)self;
    if (!int_check(state)) {
        return raise_error(&exc_TypeError, "an integer is required");
    }
    Object *skip = int_sign(state) < 0 ? int_from_i64(0) : state;
    if (int_compare(skip, it->length) > 0) {
        skip = it->length;
    }
    Object *span = int_multiply(skip, it->step);
    Object *start = span ? int_add(it->start, span) : NULL;
    Object *left = start ? int_subtract(it->length, skip) : NULL;
    if (!left) {
        return NULL;
    }
    gc_store(it, &it->start, start);
    gc_store(it, &it->length, left);
    return NONE;
}

static BuiltinDef long_range_iterator_methods[] = {
    BUILTIN("__length_hint__", long_range_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", long_range_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", long_range_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec long_range_iterator_spec = {
    .name = "longrange_iterator",
    .basic_size = sizeof(LongRangeIterator),
    .flags = TF_GC,
    .methods = long_range_iterator_methods,
    .trace = long_range_iterator_trace,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = long_range_iterator_next },
};
