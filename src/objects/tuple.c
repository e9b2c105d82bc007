// tuple and its iterator. A tuple never changes once published, so nothing here locks.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/list.h"
#include "objects/type.h"

#include <stdarg.h>

Type tuple_type;
Type tuple_iterator_type;

static Tuple empty_tuple = { .var = { .base = { REFCOUNT_INITIAL, &tuple_type }, .size = 0 } };

static void tuple_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)tuple_items(self), (size_t)tuple_size(self));
}

Object *tuple_empty(void) {
    return (Object *)&empty_tuple;
}

Object *tuple_new(ssize_t size) {
    if (size == 0) {
        return (Object *)&empty_tuple;
    }
    if ((size_t)size > (SSIZE_LIMIT - sizeof(Tuple)) / sizeof(Object *)) {
        return raise_memory_error();
    }
    Tuple *tuple = heap_alloc(sizeof(VarObject) + (size_t)size * sizeof(Object *), CELL_OBJECT);
    if (!tuple) {
        return NULL;
    }
    tuple->var.base.refcount = REFCOUNT_INITIAL;
    tuple->var.size = size;
    tuple->var.base.type = &tuple_type;
    return (Object *)tuple;
}

Object *tuple_from_array(Object *const *items, ssize_t size) {
    Tuple *tuple = (Tuple *)tuple_new(size);
    if (!tuple) {
        return NULL;
    }
    for (ssize_t i = 0; i < size; i++) {
        gc_init(&tuple->items[i], items[i]);
    }
    return (Object *)tuple;
}

Object *tuple_pack(size_t size, ...) {
    Tuple *tuple = (Tuple *)tuple_new((ssize_t)size);
    if (!tuple) {
        return NULL;
    }
    va_list arguments;
    va_start(arguments, size);
    for (size_t i = 0; i < size; i++) {
        gc_init(&tuple->items[i], va_arg(arguments, Object *));
    }
    va_end(arguments);
    return (Object *)tuple;
}

Object *tuple_slice(Object *tuple, ssize_t start, ssize_t end) {
    ssize_t size = tuple_size(tuple);
    start = start < 0 ? 0 : start;
    end = end > size ? size : end;
    if (start == 0 && end == size && tuple->type == &tuple_type) {
        return tuple;
    }
    return end <= start ? tuple_empty() : tuple_from_array(tuple_items(tuple) + start, end - start);
}

// ---- slots

static Object *tuple_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &tuple_type, "tuple", kwnames) < 0 ||
        arguments_check_count("tuple", nargs, 0, 1) < 0) {
        return NULL;
    }
    Object *tuple = nargs ? sequence_tuple(args[0]) : tuple_empty();
    if (!tuple || type == &tuple_type) {
        return tuple;
    }
    ssize_t size = tuple_size(tuple);
    Tuple *result = (Tuple *)object_alloc_var(type, size);
    if (!result) {
        return NULL;
    }
    for (ssize_t i = 0; i < size; i++) {
        gc_init(&result->items[i], tuple_get(tuple, i));
    }
    return (Object *)result;
}

static Object *tuple_repr(Object *self) {
    ssize_t size = tuple_size(self);
    if (size == 0) {
        return str_from_cstring("()");
    }
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("(...)");
    }
    StrBuilder builder;
    str_builder_init(&builder, 3 * size);
    bool ok = str_builder_char(&builder, '(') == 0;
    for (ssize_t i = 0; ok && i < size; i++) {
        Object *text = object_repr(tuple_get(self, i));
        ok = text && (i == 0 || str_builder_bytes(&builder, ", ", 2) == 0) &&
             str_builder_str(&builder, text) == 0 && safepoint() == 0;
    }
    ok = ok && str_builder_bytes(&builder, size == 1 ? ",)" : ")", size == 1 ? 2 : 1) == 0;
    repr_leave(&guard);
    return ok ? str_builder_finish(&builder) : NULL;
}

static inline hash_t item_hash(Object *o) {
    if (o->type == &int_type && int_is_compact(o)) {
        int64_t value = int_compact_value(o);
        return value == -1 ? -2 : value;
    }
    if (o->type == &str_type) {
        return str_hash(o);
    }
    return object_hash(o);
}

// xxHash's mixing, as CPython's tuple hash: programs can see the value.
__attribute__((always_inline)) static inline hash_t hash_of_items(Object *self, HashFn hash_of) {
    static const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u, p5 = 2870177450012600261u;
    ssize_t size = tuple_size(self);
    uint64_t acc = p5;
    for (ssize_t i = 0; i < size; i++) {
        hash_t lane = hash_of(tuple_get(self, i));
        if (lane == -1) {
            return -1;
        }
        acc += (uint64_t)lane * p2;
        acc = (acc << 31) | (acc >> 33);
        acc *= p1;
    }
    acc += (uint64_t)size ^ (p5 ^ 3527539u);
    return acc == (uint64_t)-1 ? 1546275796 : (hash_t)acc;
}

static hash_t tuple_hash(Object *self) {
    return hash_of_items(self, item_hash);
}

static inline hash_t item_plain_hash(Object *o) {
    return o->type == &str_type || (o->type == &int_type && int_is_compact(o)) ? item_hash(o)
           : tuple_check(o)                                                    ? -1
                                                                               : object_plain_hash(o);
}

// Of short tuples without others in them.
static hash_t tuple_plain_hash(Object *self) {
    enum { PARTS_MOST = 8 };
    return tuple_size(self) > PARTS_MOST ? -1 : hash_of_items(self, item_plain_hash);
}

static inline bool in_order(int64_t a, int64_t b, CompareOp op) {
    return op == CMP_LT   ? a < b
           : op == CMP_LE ? a <= b
           : op == CMP_EQ ? a == b
           : op == CMP_NE ? a != b
           : op == CMP_GT ? a > b
                          : a >= b;
}

static Object *tuple_compare(Object *self, Object *other, CompareOp op) {
    if (!tuple_check(self) || !tuple_check(other)) {
        return NOT_IMPLEMENTED;
    }
    ssize_t a = tuple_size(self), b = tuple_size(other), shorter = a < b ? a : b, i = 0;
    for (; i < shorter; i++) {
        Object *x = tuple_get(self, i), *y = tuple_get(other, i);
        if (x == y) {
            continue;
        }
        if (x->type == &int_type && y->type == &int_type && int_is_compact(x) && int_is_compact(y)) {
            int64_t m = int_compact_value(x), n = int_compact_value(y);
            if (m != n) {
                return bool_from(in_order(m, n, op));
            }
            continue;
        }
        int same = object_compare_bool(x, y, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        if (!same) {
            break;
        }
    }
    if (i >= shorter) {
        return bool_from(in_order(a, b, op));
    }
    if (op == CMP_EQ) {
        return FALSE_OBJECT;
    }
    if (op == CMP_NE) {
        return TRUE_OBJECT;
    }
    return object_compare(tuple_get(self, i), tuple_get(other, i), op);
}

static ssize_t tuple_length(Object *self) {
    return tuple_size(self);
}

static Object *tuple_getitem(Object *self, Object *key) {
    ssize_t size = tuple_size(self);
    if (LIKELY(int_check_exact(key) || number_check_index(key))) {
        ssize_t i = index_value(key);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        if (i < 0) {
            i += size;
        }
        if ((size_t)i >= (size_t)size) {
            return raise_error(&exc_IndexError, "tuple index out of range");
        }
        return tuple_get(self, i);
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "tuple indices must be integers or slices, not %T", key);
    }
    ssize_t start, stop, step, count = slice_resolve(key, size, &start, &stop, &step);
    if (count < 0) {
        return NULL;
    }
    if (count == 0) {
        return tuple_empty();
    }
    if (step == 1) {
        return tuple_slice(self, start, start + count);
    }
    Tuple *result = (Tuple *)tuple_new(count);
    if (!result) {
        return NULL;
    }
    for (ssize_t i = 0; i < count; i++) {
        gc_init(&result->items[i], tuple_get(self, start + i * step));
    }
    return (Object *)result;
}

static int tuple_contains(Object *self, Object *item) {
    ssize_t size = tuple_size(self);
    for (ssize_t i = 0; i < size; i++) {
        Object *other = tuple_get(self, i);
        int same = item == other ? 1 : object_compare_bool(other, item, CMP_EQ);
        if (same) {
            return same;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *tuple_concat(Object *self, Object *other) {
    if (!tuple_check(other)) {
        return raise_error(&exc_TypeError, "can only concatenate tuple (not \"%T\") to tuple", other);
    }
    ssize_t a = tuple_size(self), b = tuple_size(other);
    if (a == 0 && other->type == &tuple_type) {
        return other;
    }
    if (b == 0 && self->type == &tuple_type) {
        return self;
    }
    if (a > SSIZE_LIMIT - b) {
        return raise_memory_error();
    }
    Tuple *result = (Tuple *)tuple_new(a + b);
    if (!result) {
        return NULL;
    }
    for (ssize_t i = 0; i < a; i++) {
        gc_init(&result->items[i], tuple_get(self, i));
    }
    for (ssize_t i = 0; i < b; i++) {
        gc_init(&result->items[a + i], tuple_get(other, i));
    }
    return (Object *)result;
}

static Object *tuple_repeat(Object *self, ssize_t count) {
    ssize_t size = tuple_size(self);
    if ((size == 0 || count == 1) && self->type == &tuple_type) {
        return self;
    }
    if (size == 0 || count <= 0) {
        return tuple_empty();
    }
    if (count > SSIZE_LIMIT / size) {
        return raise_memory_error();
    }
    Tuple *result = (Tuple *)tuple_new(size * count);
    if (!result) {
        return NULL;
    }
    for (ssize_t i = 0, n = size * count, k = 0; i < n; i++) {
        gc_init(&result->items[i], tuple_get(self, k));
        k = k + 1 == size ? 0 : k + 1;
    }
    return (Object *)result;
}

static Object *tuple_iter(Object *self) {
    SeqIterator *it = (SeqIterator *)object_alloc(&tuple_iterator_type);
    if (!it) {
        return NULL;
    }
    gc_init(&it->sequence, self);
    it->bias = step_bias_new();
    return (Object *)it;
}

// ---- methods

static Object *tuple_getnewargs_method(Object *self) {
    Object *copy = tuple_from_array(tuple_items(self), tuple_size(self));
    return copy ? tuple_pack(1, copy) : NULL;
}

static Object *tuple_index_method(Object *self, Object *value, Object *start_arg, Object *stop_arg) {
    ssize_t start = 0, stop = SSIZE_LIMIT, size = tuple_size(self);
    if (slice_bound(start_arg, false, &start) < 0 || slice_bound(stop_arg, false, &stop) < 0) {
        return NULL;
    }
    if (start < 0) {
        start = start + size < 0 ? 0 : start + size;
    }
    if (stop < 0) {
        stop += size;
    } else if (stop > size) {
        stop = size;
    }
    for (ssize_t i = start; i < stop; i++) {
        Object *item = tuple_get(self, i);
        int same = item == value ? 1 : object_compare_bool(item, value, CMP_EQ);
        if (same) {
            return same < 0 ? NULL : int_from_ssize(i);
        }
    }
    return raise_error(&exc_ValueError, "tuple.index(x): x not in tuple");
}

static Object *tuple_count_method(Object *self, Object *value) {
    ssize_t count = 0, size = tuple_size(self);
    for (ssize_t i = 0; i < size; i++) {
        Object *item = tuple_get(self, i);
        int same = item == value ? 1 : object_compare_bool(item, value, CMP_EQ);
        if (same < 0 || safepoint() < 0) {
            return NULL;
        }
        count += same;
    }
    return int_from_ssize(count);
}

static Object *tuple_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static BuiltinDef tuple_methods[] = {
    BUILTIN("__getnewargs__", tuple_getnewargs_method, "($self, /)", 0, NULL),
    BUILTIN("index", tuple_index_method, "($self, value, start=0, stop=sys.maxsize, /)", 0, NULL),
    BUILTIN("count", tuple_count_method, "($self, value, /)", 0, NULL),
    BUILTIN("__class_getitem__", tuple_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

const TypeSpec tuple_spec = {
    .name = "tuple",
    .basic_size = sizeof(VarObject),
    .item_size = sizeof(Object *),
    .flags = TF_GC | TF_BASE | TF_TUPLE | TF_SEQUENCE | TF_MATCH_SELF,
    .is_sequence = true,
    .doc = "tuple(iterable=(), /)\n--\n\n",
    .methods = tuple_methods,
    .trace = tuple_trace,
    .plain_hash = tuple_plain_hash,
    .slots = {
        .new = tuple_new_slot,
        .repr = tuple_repr,
        .hash = tuple_hash,
        .compare = tuple_compare,
        .iter = tuple_iter,
        .length = tuple_length,
        .getitem = tuple_getitem,
        .contains = tuple_contains,
        .concat = tuple_concat,
        .repeat = tuple_repeat,
        .getattr = object_generic_getattr,
    },
};

// ---- the iterator

static Object *tuple_iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return NULL;
    }
    ssize_t i = cursor_take_biased(&it->index, &it->bias);
    if (LIKELY(i < tuple_size(sequence))) {
        return tuple_get(sequence, i);
    }
    gc_store(it, &it->sequence, NULL);
    return NULL;
}

static Object *tuple_iterator_iter(Object *self) {
    return self;
}

static Object *tuple_iterator_length_hint_method(Object *self) {
    return seq_iterator_left(self, &tuple_type);
}

static Object *tuple_iterator_setstate_method(Object *self, Object *state) {
    return seq_iterator_move(self, state, &tuple_type);
}

static BuiltinDef tuple_iterator_methods[] = {
    BUILTIN("__length_hint__", tuple_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", seq_iterator_reduced, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", tuple_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

static ssize_t tuple_iterator_take_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    if (!it->sequence) {
        return 0;
    }
    ssize_t left = tuple_size(it->sequence) - it->index, count = left < most ? left : most;
    if (count <= 0) {
        return 0;
    }
    memcpy(items, tuple_items(it->sequence) + it->index, (size_t)count * sizeof *items);
    it->index += count;
    return count;
}

const TypeSpec tuple_iterator_spec = {
    .name = "tuple_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .instance_size = sizeof(SeqIterator),
    .flags = TF_GC,
    .methods = tuple_iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = tuple_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = tuple_iterator_iter, .next = tuple_iterator_next },
};
