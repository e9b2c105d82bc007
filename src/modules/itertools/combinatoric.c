// itertools: product, permutations, combinations and combinations_with_replacement.
//
// Fields: a the pools (product: a tuple of tuples; else one tuple), b NULL before the first
// result, n the length of a result, `indices` which element of its pool each position shows
// (permutations: n of the pool's size, then the cycles), `stopped` at the end. A step runs no Python
// code and is made under the lock.
#include "modules/itertools/itertools.h"

extern Type product_type, permutations_type, combinations_type, combinations_with_replacement_type;

ssize_t *indices_new(ssize_t count) {
    if ((size_t)count > SSIZE_LIMIT / sizeof(ssize_t) - 2) {
        raise_memory_error();
        return NULL;
    }
    ssize_t *indices = heap_alloc((size_t)(count + 1) * sizeof(ssize_t), CELL_BYTES);
    if (indices) {
        memset(indices, 0, (size_t)(count + 1) * sizeof(ssize_t));
    }
    return indices;
}

Object *indices_tuple(const ssize_t *indices, ssize_t count) {
    Object *tuple = tuple_new(count);
    for (ssize_t i = 0; tuple && i < count; i++) {
        Object *index = int_from_ssize(indices[i]);
        if (!index) {
            return NULL;
        }
        tuple_init(tuple, i, index);
    }
    return tuple;
}

int indices_from(Object *tuple, ssize_t *indices, ssize_t count, ssize_t least, ssize_t limit) {
    for (ssize_t i = 0; i < count; i++) {
        ssize_t index = int_to_ssize(tuple_get(tuple, i));
        if (index == -1 && error_occurred()) {
            return -1;
        }
        indices[i] = index < least ? least : index > limit ? limit : index;
    }
    return 0;
}

static inline Object *pool_of(Iter *it, ssize_t position) {
    return it->flag ? tuple_get(it->a, position) : it->a;
}

// The result that the indices show. Its items are the tuple's first: no allocation lies between.
__attribute__((always_inline)) static inline Object *show_in(Iter *it, bool many) {
    ssize_t n = it->n;
    Object *const *pool = tuple_items(it->a), *result = tuple_recycled(&it->spare, n);
    const ssize_t *indices = it->indices;
    if (result) {
        for (ssize_t i = 0; i < n; i++) {
            tuple_init(result, i, many ? tuple_items(pool[i])[indices[i]] : pool[indices[i]]);
        }
        tuple_recycled_done(result);
        return result;
    }
    if (UNLIKELY(!(result = tuple_new(n)))) {
        return NULL;
    }
    Object **items = tuple_items(result);
    for (ssize_t i = 0; i < n; i++) {
        gc_init(&items[i], many ? tuple_items(pool[i])[indices[i]] : pool[indices[i]]);
    }
    return result;
}

static Object *show(Iter *it) {
    return it->flag ? show_in(it, true) : show_in(it, false);
}

// Runs `advance` unless this is the first step; it returns false at the end.
__attribute__((always_inline)) static inline Object *step(Object *self, bool (*advance)(Iter *it),
                                                          bool many) {
    if (UNLIKELY(safepoint() < 0)) {  // loops in C over what never ends can be interrupted here
        return NULL;
    }
    Iter *it = iter_of(self);
    object_lock(&it->lock);
    Object *result = NULL;
    if (!it->stopped) {
        if (it->b && !advance(it)) {
            it->stopped = true;
        } else {
            result = show_in(it, many);
            if (UNLIKELY(!it->b) && result) {
                gc_store(it, &it->b, it->a);
            }
        }
    }
    object_unlock(&it->lock);
    return result;
}

// The same many times, without a look at signals between.
__attribute__((always_inline)) static inline ssize_t take_many(Object *self, Object **items, ssize_t most,
                                                               bool (*advance)(Iter *it), bool many) {
    Iter *it = iter_of(self);
    ssize_t count = 0;
    if (!it->b) {
        return 0; // the first one is for `next`
    }
    for (; count < most && !it->stopped; count++) {
        if (!advance(it)) {
            it->stopped = true;
            break;
        }
        if (items && UNLIKELY(!(items[count] = show_in(it, many)))) {
            return -1;
        }
    }
    return count;
}

static Object *make(Type *type, Object *pool, ssize_t n, ssize_t extra, bool many) {
    ssize_t *indices = indices_new(n + extra);
    Iter *it = indices ? iter_alloc(type, pool, NULL) : NULL;
    if (!it) {
        return NULL;
    }
    gc_store(it, &it->indices, indices);
    it->n = n;
    it->flag = many;
    return (Object *)it;
}

// state must be a tuple of `count` ints: error as CPython's.
static bool state_is_good(Object *state, ssize_t count) {
    if (!tuple_check(state) || tuple_size(state) != count) {
        raise_error(&exc_ValueError, "invalid arguments");
        return false;
    }
    return true;
}

static Object *sizeof_iter(Object *self) {
    return int_from_ssize(type_reported_size(self->type) + iter_of(self)->n * (ssize_t)sizeof(ssize_t));
}

// ---- product

static Object *product_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t repeat = 1;
    if (kwnames && tuple_size(kwnames)) {
        if (tuple_size(kwnames) > 1 || !str_equal_cstring(tuple_get(kwnames, 0), "repeat")) {
            if (tuple_size(kwnames) > 1) {
                return raise_error(&exc_TypeError, "product() takes at most 1 keyword argument (%zd given)",
                                   tuple_size(kwnames));
            }
            return raise_error(&exc_TypeError, "'%U' is an invalid keyword argument for product()",
                               tuple_get(kwnames, 0));
        }
        repeat = int_to_ssize(args[nargs]);
        if (repeat == -1 && error_occurred()) {
            return NULL;
        }
        if (repeat < 0) {
            return raise_error(&exc_ValueError, "repeat argument cannot be negative");
        }
    }
    ssize_t n = repeat ? (ssize_t)nargs : 0;
    if (n && repeat > SSIZE_LIMIT / 16 / n) {
        return raise_error(&exc_OverflowError, "repeat argument too large");
    }
    Object *pools = tuple_new(n * repeat);
    bool none = false;
    for (ssize_t i = 0; pools && i < n; i++) {
        Object *pool = sequence_tuple(args[i]);
        if (!pool) {
            return NULL;
        }
        none |= tuple_size(pool) == 0;
        for (ssize_t k = 0; k < repeat; k++) {
            tuple_init(pools, k * n + i, pool);
        }
    }
    Object *self = pools ? make(type, pools, n * repeat, 0, true) : NULL;
    if (self) {
        iter_of(self)->stopped = none;
    }
    return self;
}

static bool product_advance(Iter *it) {
    for (ssize_t i = it->n - 1; i >= 0; i--) {
        if (++it->indices[i] < tuple_size(tuple_get(it->a, i))) {
            return true;
        }
        it->indices[i] = 0;
    }
    return false;
}
static Object *product_next(Object *self) {
    return step(self, product_advance, true);
}
static ssize_t product_take_many(Object *self, Object **items, ssize_t most) {
    return take_many(self, items, most, product_advance, true);
}

static Object *product_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    if (it->stopped) {
        Object *empty = tuple_pack(1, tuple_empty());
        return empty ? tuple_pack(2, self->type, empty) : NULL;
    }
    if (!it->b) {
        return tuple_pack(2, self->type, it->a);
    }
    Object *state = indices_tuple(it->indices, it->n);
    return state ? tuple_pack(3, self->type, it->a, state) : NULL;
}

static Object *product_setstate_method(Object *self, Object *state) {
    Iter *it = iter_of(self);
    if (!state_is_good(state, it->n)) {
        return NULL;
    }
    for (ssize_t i = 0; i < it->n; i++) {
        ssize_t size = tuple_size(pool_of(it, i)), index = int_to_ssize(tuple_get(state, i));
        if (index == -1 && error_occurred()) {
            return NULL;
        }
        if (size == 0) {
            it->stopped = true;
            return NONE;
        }
        it->indices[i] = index < 0 ? 0 : index > size - 1 ? size - 1 : index;
    }
    Object *result = show(it);
    if (result) {
        gc_store(it, &it->b, it->a);
    }
    return result ? NONE : NULL;
}
#define product_sizeof_method sizeof_iter
#define product_doc NULL
static BuiltinDef product_methods[] = {
    BUILTIN("__reduce__", product_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", product_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__sizeof__", product_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_FRESH(product, 48, product_new, product_next, product_take_many)

// ---- the three over one pool

static Object *pool_and_length(const char *name, const char *text, struct Signature **signature,
                               Object *const *args, size_t nargs, Object *kwnames, ssize_t *r) {
    Object *bound[2];
    if (signature_bind(signature, name, text, args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    // permutations looks at its r (which may be None) behind the pool, the others before it.
    bool optional = text[strlen(text) - 2] == 'e';
    if (!optional) {
        *r = number_to_ssize(bound[1]);
        if (*r == -1 && error_occurred()) {
            return NULL;
        }
    }
    Object *pool = sequence_tuple(bound[0]);
    if (!pool) {
        return NULL;
    }
    if (optional) {
        *r = tuple_size(pool);
        if (bound[1] && bound[1] != NONE) {
            if (!int_check(bound[1])) {
                return raise_error(&exc_TypeError, "Expected int as r");
            }
            *r = number_to_ssize(bound[1]);
            if (*r == -1 && error_occurred()) {
                return NULL;
            }
        }
    }
    if (*r < 0) {
        return raise_error(&exc_ValueError, "r must be non-negative");
    }
    return pool;
}

static Object *pool_reduce(Object *self, bool permuting) {
    Iter *it = iter_of(self);
    Object *r = int_from_ssize(it->n);
    if (it->stopped && it->b) {
        Object *empty = tuple_pack(2, tuple_empty(), r);
        return empty ? tuple_pack(2, self->type, empty) : NULL;
    }
    Object *arguments = tuple_pack(2, it->a, r);
    if (!arguments || !it->b) {
        return arguments ? tuple_pack(2, self->type, arguments) : NULL;
    }
    Object *state = indices_tuple(it->indices, permuting ? tuple_size(it->a) : it->n);
    if (permuting && state) {
        Object *cycles = indices_tuple(it->indices + tuple_size(it->a), it->n);
        state = cycles ? tuple_pack(2, state, cycles) : NULL;
    }
    return state ? tuple_pack(3, self->type, arguments, state) : NULL;
}

static Object *shown(Iter *it) {
    Object *result = show(it);
    if (result) {
        gc_store(it, &it->b, it->a);
    }
    return result ? NONE : NULL;
}

// ---- permutations

static Object *permutations_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    ssize_t r;
    Object *pool = pool_and_length("permutations", "(iterable, r=None)", &signature, args, nargs, kwnames,
                                   &r);
    if (!pool) {
        return NULL;
    }
    ssize_t n = tuple_size(pool);
    if (r > n) {
        Object *self = make(type, pool, 0, 0, false);
        if (self) {
            iter_of(self)->stopped = true;
            iter_of(self)->n = r;
        }
        return self;
    }
    Object *self = make(type, pool, n + r, 0, false);
    if (!self) {
        return NULL;
    }
    Iter *it = iter_of(self);
    it->n = r;
    for (ssize_t i = 0; i < n; i++) {
        it->indices[i] = i;
    }
    for (ssize_t i = 0; i < r; i++) {
        it->indices[n + i] = n - i;
    }
    return self;
}

static bool permutations_advance(Iter *it) {
    ssize_t n = tuple_size(it->a), *indices = it->indices, *cycles = indices + n;
    for (ssize_t i = it->n - 1; i >= 0; i--) {
        if (--cycles[i] == 0) {
            ssize_t first = indices[i];
            memmove(indices + i, indices + i + 1, (size_t)(n - 1 - i) * sizeof *indices);
            indices[n - 1] = first;
            cycles[i] = n - i;
        } else {
            ssize_t j = n - cycles[i], t = indices[i];
            indices[i] = indices[j];
            indices[j] = t;
            return true;
        }
    }
    return false;
}
static Object *permutations_next(Object *self) {
    return step(self, permutations_advance, false);
}
static ssize_t permutations_take_many(Object *self, Object **items, ssize_t most) {
    return take_many(self, items, most, permutations_advance, false);
}
static Object *permutations_reduce_method(Object *self) {
    return pool_reduce(self, true);
}
static Object *permutations_setstate_method(Object *self, Object *state) {
    Iter *it = iter_of(self);
    ssize_t n = tuple_size(it->a);
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state is not a tuple");
    }
    if (tuple_size(state) != 2) {
        return raise_error(&exc_TypeError, "function takes exactly 2 arguments (%zd given)",
                           tuple_size(state));
    }
    if (!tuple_check(tuple_get(state, 0)) || !tuple_check(tuple_get(state, 1)) || it->n > n) {
        return raise_error(&exc_ValueError, "invalid arguments");
    }
    Object *indices = tuple_get(state, 0), *cycles = tuple_get(state, 1);
    if (tuple_size(indices) != n || tuple_size(cycles) != it->n) {
        return raise_error(&exc_ValueError, "invalid arguments");
    }
    if (indices_from(indices, it->indices, n, 0, n - 1) < 0) {
        return NULL;
    }
    for (ssize_t i = 0; i < it->n; i++) {
        ssize_t cycle = int_to_ssize(tuple_get(cycles, i));
        if (cycle == -1 && error_occurred()) {
            return NULL;
        }
        it->indices[n + i] = cycle < 1 ? 1 : cycle > n - i ? n - i : cycle;
    }
    return shown(it);
}
static Object *permutations_sizeof_method(Object *self) {
    ssize_t words = tuple_size(iter_of(self)->a) + iter_of(self)->n;
    return int_from_ssize(type_reported_size(self->type) + words * (ssize_t)sizeof(ssize_t));
}
#define permutations_doc "permutations(iterable, r=None)\n--\n\n"
static BuiltinDef permutations_methods[] = {
    BUILTIN("__reduce__", permutations_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", permutations_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__sizeof__", permutations_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_FRESH(permutations, 64, permutations_new, permutations_next, permutations_take_many)

// ---- combinations

static Object *combinations_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    ssize_t r;
    Object *pool = pool_and_length("combinations", "(iterable, r)", &signature, args, nargs, kwnames, &r);
    Object *self = pool ? make(type, pool, r > tuple_size(pool) ? 0 : r, 0, false) : NULL;
    if (!self) {
        return NULL;
    }
    Iter *it = iter_of(self);
    it->stopped = r > tuple_size(pool);
    for (ssize_t i = 0; i < it->n; i++) {
        it->indices[i] = i;
    }
    it->n = r;
    return self;
}
static bool combinations_advance(Iter *it) {
    ssize_t n = tuple_size(it->a), r = it->n, i = r - 1;
    while (i >= 0 && it->indices[i] == i + n - r) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    it->indices[i]++;
    for (ssize_t j = i + 1; j < r; j++) {
        it->indices[j] = it->indices[j - 1] + 1;
    }
    return true;
}
static Object *combinations_next(Object *self) {
    return step(self, combinations_advance, false);
}
static ssize_t combinations_take_many(Object *self, Object **items, ssize_t most) {
    return take_many(self, items, most, combinations_advance, false);
}
static Object *combinations_reduce_method(Object *self) {
    return pool_reduce(self, false);
}
static Object *combinations_setstate_method(Object *self, Object *state) {
    Iter *it = iter_of(self);
    ssize_t n = tuple_size(it->a);
    if (it->n > n || !state_is_good(state, it->n)) {
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "invalid arguments");
    }
    for (ssize_t i = 0; i < it->n; i++) {
        ssize_t index = int_to_ssize(tuple_get(state, i)), most = i + n - it->n;
        if (index == -1 && error_occurred()) {
            return NULL;
        }
        it->indices[i] = index < 0 ? 0 : index > most ? most : index;
    }
    return shown(it);
}
#define combinations_sizeof_method sizeof_iter
#define combinations_doc "combinations(iterable, r)\n--\n\n"
static BuiltinDef combinations_methods[] = {
    BUILTIN("__reduce__", combinations_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", combinations_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__sizeof__", combinations_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_FRESH(combinations, 56, combinations_new, combinations_next, combinations_take_many)

// ---- combinations_with_replacement

static Object *cwr_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    ssize_t r;
    Object *pool = pool_and_length("combinations_with_replacement", "(iterable, r)", &signature, args, nargs,
                                   kwnames, &r);
    Object *self = pool ? make(type, pool, r, 0, false) : NULL;
    if (self) {
        iter_of(self)->stopped = tuple_size(pool) == 0 && r > 0;
    }
    return self;
}
static bool cwr_advance(Iter *it) {
    ssize_t n = tuple_size(it->a), i = it->n - 1;
    while (i >= 0 && it->indices[i] == n - 1) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    ssize_t index = it->indices[i] + 1;
    for (; i < it->n; i++) {
        it->indices[i] = index;
    }
    return true;
}
static Object *cwr_next(Object *self) {
    return step(self, cwr_advance, false);
}
static ssize_t cwr_take_many(Object *self, Object **items, ssize_t most) {
    return take_many(self, items, most, cwr_advance, false);
}
static Object *combinations_with_replacement_reduce_method(Object *self) {
    return pool_reduce(self, false);
}
static Object *combinations_with_replacement_setstate_method(Object *self, Object *state) {
    Iter *it = iter_of(self);
    ssize_t n = tuple_size(it->a);
    if (!state_is_good(state, it->n) || (n == 0 && it->n)) {
        return error_occurred() ? NULL : NONE;
    }
    return indices_from(state, it->indices, it->n, 0, n - 1) < 0 ? NULL : shown(it);
}
#define combinations_with_replacement_sizeof_method sizeof_iter
#define combinations_with_replacement_doc "combinations_with_replacement(iterable, r)\n--\n\n"
static BuiltinDef combinations_with_replacement_methods[] = {
    BUILTIN("__reduce__", combinations_with_replacement_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", combinations_with_replacement_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__sizeof__", combinations_with_replacement_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_FRESH(combinations_with_replacement, 56, cwr_new, cwr_next, cwr_take_many)

int itertools_add_combinatoric(Object *module) {
    return module_add_type(module, &product_type, &product_spec) < 0 ||
                   module_add_type(module, &permutations_type, &permutations_spec) < 0 ||
                   module_add_type(module, &combinations_type, &combinations_spec) < 0 ||
                   module_add_type(module, &combinations_with_replacement_type,
                                   &combinations_with_replacement_spec) < 0
               ? -1
               : 0;
}
