// itertools: the module and the iterators over one or several iterables. Products, permutations and
// combinations are in combinatoric.c; groupby and tee in grouping.c.
#include "modules/itertools/itertools.h"

void iter_trace(Object *self, Tracer *tracer) {
    Iter *it = iter_of(self);
    trace_range(tracer, (void *const *)&it->a, 5);
    trace_cell(tracer, it->indices);
}

Object *iter_self(Object *self) {
    return self;
}

Iter *iter_alloc(Type *type, Object *a, Object *b) {
    Iter *it = (Iter *)object_alloc(type);
    if (it) {
        gc_init(&it->a, a);
        gc_init(&it->b, b);
        it->ownership.owner = thread_current;
    }
    return it;
}

int keywords_refused(Type *type, Type *exact, const char *name, Object *kwnames) {
    return no_keywords_for(type, exact, name, kwnames);
}

static Object *class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

// Sets a boolean or None state: the shape that most __setstate__ here share.
static Object *state_flag(Object *self, Object *state) {
    int flag = object_is_true(state);
    if (flag < 0) {
        return NULL;
    }
    flag_set(iter_of(self), flag);
    return NONE;
}

// ---- accumulate: a iterator, b function or NULL, c total or NULL, d initial or NULL

extern Type accumulate_type, chain_type, compress_type, count_type, cycle_type, dropwhile_type,
    filterfalse_type, islice_type, pairwise_type, repeat_type, starmap_type, takewhile_type, zip_longest_type;

static Object *accumulate_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[3];
    if (signature_bind(&signature, "accumulate", "(iterable, func=None, *, initial=None)", args, nargs,
                       kwnames, bound) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(bound[0]);
    Iter *it = iterator ? iter_alloc(type, iterator, bound[1] == NONE ? NULL : bound[1]) : NULL;
    if (it && bound[2] != NONE) {
        gc_store(it, &it->d, bound[2]);
    }
    return (Object *)it;
}

static Object *accumulate_step(Object *self) {
    Iter *it = iter_of(self);
    Object *initial = field_read(&it->d);
    if (initial) {
        iter_set(it, &it->d, NULL);
        iter_set(it, &it->c, initial);
        return initial;
    }
    Object *item = inner_next(it->a);
    if (!item) {
        return NULL;
    }
    Object *total = field_read(&it->c);
    if (total) {
        item = it->b ? call2(it->b, total, item) : number_add(total, item);
        if (!item) {
            return NULL;
        }
    }
    iter_set(it, &it->c, item);
    return item;
}
static Object *accumulate_next(Object *self) {
    return iter_step_alone(self, self, accumulate_step);
}

static Object *accumulate_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *function = it->b ? it->b : NONE, *total = it->c;
    if (it->d || total == NONE) {
        Object *first = tuple_pack(1, it->d ? it->d : total);
        Object *both = first ? tuple_pack(2, first, it->a) : NULL;
        Object *chain = both ? call((Object *)&chain_type, tuple_items(both), 2, NULL) : NULL;
        if (!chain) {
            return NULL;
        }
        if (it->d) {
            Object *arguments = tuple_pack(2, chain, function);
            return arguments ? tuple_pack(3, self->type, arguments, NONE) : NULL;
        }
        Object *inner = call2((Object *)&accumulate_type, chain, function);
        Object *arguments = inner ? tuple_pack(3, inner, int_from_i64(1), NONE) : NULL;
        return arguments ? tuple_pack(2, &islice_type, arguments) : NULL;
    }
    Object *arguments = tuple_pack(2, it->a, function);
    return arguments ? tuple_pack(3, self->type, arguments, total ? total : NONE) : NULL;
}

static Object *accumulate_setstate_method(Object *self, Object *state) {
    gc_store(self, &iter_of(self)->c, state);
    return NONE;
}

static const char accumulate_doc[] = "accumulate(iterable, func=None, *, initial=None)\n--\n\n";
static BuiltinDef accumulate_methods[] = {
    BUILTIN("__reduce__", accumulate_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", accumulate_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(accumulate, 48, accumulate_new, accumulate_next, NULL)

// ---- chain: a iterator of iterables (NULL at the end), b the active iterator or NULL

static Object *chain_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (keywords_refused(type, &chain_type, "chain", kwnames) < 0) {
        return NULL;
    }
    Object *all = tuple_from_array(args, (ssize_t)nargs);
    Object *source = all ? object_iter(all) : NULL;
    return source ? (Object *)iter_alloc(type, source, NULL) : NULL;
}

static Object *chain_from_iterable_method(Object *type, Object *iterable) {
    Object *source = object_iter(iterable);
    return source ? (Object *)iter_alloc((Type *)type, source, NULL) : NULL;
}

static Object *chain_step(Object *self) {
    Iter *it = iter_of(self);
    for (;;) {
        Object *active = field_read(&it->b);
        if (active) {
            Object *item = inner_next(active);
            if (item) {
                return item;
            }
            if (error_occurred() && !error_clear_if(&exc_StopIteration)) {
                return NULL;
            }
            if (field_read(&it->b) == active) {
                iter_set(it, &it->b, NULL);
            }
            continue;
        }
        Object *source = field_read(&it->a);
        if (!source) {
            return NULL;
        }
        Object *iterable = inner_next(source);
        active = iterable ? object_iter(iterable) : NULL;
        if (!active) {
            iter_set(it, &it->a, NULL);
            return NULL;
        }
        iter_set(it, &it->b, active);
    }
}
static Object *chain_next(Object *self) {
    return iter_step_alone(self, self, chain_step);
}

static bool runs_no_code(const Object *iterator) {
    return iterator->type == &list_iterator_type || iterator->type == &tuple_iterator_type;
}

static ssize_t chain_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self);
    ssize_t count = 0;
    for (;;) {
        if (it->b) {
            ssize_t more = iterator_take_many(it->b, items + count, most - count);
            count += more;
            if (more < 0) {
                return -1;
            }
            // A list that had some may have more when these are appended to it.
            if (count == most || !runs_no_code(it->b) || (more && it->b->type == &list_iterator_type)) {
                return count;
            }
        }
        // That one is at its end. Going on to the next may run Python code, but not with lists and tuples of such.
        Object *iterable;
        if (!it->a || !runs_no_code(it->a) || !iterator_take_many(it->a, &iterable, 1)) {
            return count;
        }
        if (iterable->type != &list_type && iterable->type != &tuple_type) {
            ((SeqIterator *)it->a)->index--;
            return count;
        }
        Object *active = object_iter(iterable);
        if (!active) {
            return -1;
        }
        iter_set(it, &it->b, active);
    }
}

static Object *chain_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *source = field_read(&it->a), *active = field_read(&it->b);
    if (!source) {
        return tuple_pack(2, self->type, tuple_empty());
    }
    Object *state = active ? tuple_pack(2, source, active) : tuple_pack(1, source);
    return state ? tuple_pack(3, self->type, tuple_empty(), state) : NULL;
}

static Object *chain_setstate_method(Object *self, Object *state) {
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state is not a tuple");
    }
    ssize_t n = tuple_size(state);
    if (n < 1 || n > 2) {
        return raise_error(&exc_TypeError, "function takes %s %d argument%s (%zd given)",
                           n < 1 ? "at least" : "at most", n < 1 ? 1 : 2, n < 1 ? "" : "s", n);
    }
    Object *active = n == 2 ? tuple_get(state, 1) : NULL;
    if (!iter_check(tuple_get(state, 0)) || (active && !iter_check(active))) {
        return raise_error(&exc_TypeError, "Arguments must be iterators.");
    }
    gc_store(self, &iter_of(self)->a, tuple_get(state, 0));
    gc_store(self, &iter_of(self)->b, active);
    return NONE;
}
#define chain_class_getitem_method class_getitem_method
#define chain_doc NULL
static BuiltinDef chain_methods[] = {
    BUILTIN("from_iterable", chain_from_iterable_method, "($type, iterable, /)", BUILTIN_CLASS, NULL),
    BUILTIN("__reduce__", chain_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", chain_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__class_getitem__", chain_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
ITER_TYPE_MANY(chain, 32, chain_new, chain_next, chain_take_many)

// ---- compress: a data, b selectors

static Object *compress_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "compress", "(data, selectors)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *data = object_iter(bound[0]), *selectors = data ? object_iter(bound[1]) : NULL;
    return selectors ? (Object *)iter_alloc(type, data, selectors) : NULL;
}

static Object *compress_step(Object *self) {
    Iter *it = iter_of(self);
    for (;;) {
        Object *item = inner_next(it->a), *selector = item ? inner_next(it->b) : NULL;
        int good = selector ? object_is_true(selector) : -1;
        if (good) {
            return good > 0 ? item : NULL;
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
}
static Object *compress_next(Object *self) {
    return iter_step_alone(self, self, compress_step);
}

static Object *pair_reduce(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = tuple_pack(2, it->a, it->b);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
#define compress_reduce_method pair_reduce
static const char compress_doc[] = "compress(data, selectors)\n--\n\n";
static BuiltinDef compress_methods[] = {
    BUILTIN("__reduce__", compress_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(compress, 32, compress_new, compress_next, NULL)

// ---- count: i the next value while `flag` (C mode), else a value, b step

static Object *count_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "count", "(start=0, step=1)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *start = bound[0] ? bound[0] : int_from_i64(0);
    Object *step = bound[1] ? bound[1] : int_from_i64(1);
    for (int i = 0; i < 2; i++) {
        Object *o = i ? step : start;
        const Slots *slots = slots_of(o);
        if (!slots->to_int && !slots->to_float && !slots->to_index && o->type != &complex_type &&
            !object_is_instance(o, &complex_type)) {
            return raise_error(&exc_TypeError, "a number is required");
        }
    }
    Iter *it = iter_alloc(type, start, step);
    if (!it) {
        return NULL;
    }
    if (int_check_exact(start) && int_check_exact(step) && int_is_compact(step) &&
        int_compact_value(step) == 1) {
        int overflow;
        it->i = int_as_i64(start, &overflow);
        it->flag = !overflow && it->i < SSIZE_LIMIT - (1l << 40);
    }
    return (Object *)it;
}

static Object *count_next(Object *self) {
    if (UNLIKELY(safepoint() < 0)) { // loops in C over what never ends can be interrupted here
        return NULL;
    }
    Iter *it = iter_of(self);
    if (LIKELY(flag_is_set(it))) {
        // The last 2**40 values are counted with ints: no thread can run past the end in between.
        ssize_t value = cursor_take(&it->i);
        if (UNLIKELY(value >= SSIZE_LIMIT - (1l << 39))) {
            flag_set(it, false);
            gc_store(it, &it->a, int_from_ssize(value));
        } else {
            return int_from_ssize(value);
        }
    }
    for (;;) {
        Object *value = field_read(&it->a), *next = number_add(value, it->b);
        if (!next) {
            return NULL;
        }
        if (__atomic_compare_exchange_n(&it->a, &value, next, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            gc_dirty(it);
            return value;
        }
    }
}

static ssize_t count_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self);
    ssize_t count = 0;
    for (; count < most && it->flag && it->i < SSIZE_LIMIT - (1l << 40); count++, it->i++) {
        if (UNLIKELY(!(items[count] = int_from_ssize(it->i)))) {
            return -1;
        }
    }
    return count;
}

static Object *count_value(Iter *it) {
    return flag_is_set(it) ? int_from_ssize(cursor_read(&it->i)) : field_read(&it->a);
}

static bool count_plain_step(Iter *it) {
    return int_check_exact(it->b) && int_is_compact(it->b) && int_compact_value(it->b) == 1;
}

static Object *count_repr(Object *self) {
    Iter *it = iter_of(self);
    return count_plain_step(it)
               ? str_format("%s(%R)", type_short_name(self->type), count_value(it))
               : str_format("%s(%R, %R)", type_short_name(self->type), count_value(it), it->b);
}

static Object *count_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = count_plain_step(it) ? tuple_pack(1, count_value(it))
                                             : tuple_pack(2, count_value(it), it->b);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
static BuiltinDef count_methods[] = {
    BUILTIN("__reduce__", count_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type count_type;
const TypeSpec count_spec = {
    .name = "itertools.count",
    .basic_size = 40,
    .instance_size = sizeof(Iter),
    .flags = TF_GC | TF_BASE,
    .doc = "count(start=0, step=1)\n--\n\n",
    .take_many = count_take_many,
    .methods = count_methods,
    .trace = iter_trace,
    .slots = { .new = count_new,
               .repr = count_repr,
               .iter = iter_self,
               .next = count_next,
               .getattr = object_generic_getattr },
};

// ---- cycle: a iterator (NULL when exhausted), b the list of what was seen, i position

static Object *cycle_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (keywords_refused(type, &cycle_type, "cycle", kwnames) < 0 ||
        arguments_check_count("cycle", nargs, 1, 1) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(args[0]), *saved = iterator ? list_new(0) : NULL;
    return saved ? (Object *)iter_alloc(type, iterator, saved) : NULL;
}

static Object *cycle_step(Object *self) {
    if (UNLIKELY(safepoint() < 0)) { // loops in C over what never ends can be interrupted here
        return NULL;
    }
    Iter *it = iter_of(self);
    Object *iterator = field_read(&it->a);
    if (iterator) {
        Object *item = inner_next(iterator);
        if (item) {
            return flag_is_set(it) ? item : list_append(it->b, item) < 0 ? NULL : item;
        }
        if (error_occurred() && !error_clear_if(&exc_StopIteration)) {
            return NULL;
        }
        iter_set(it, &it->a, NULL);
    }
    ssize_t size = list_size(it->b);
    if (size == 0) {
        return NULL;
    }
    ssize_t i = cursor_read(&it->i);
    if (LIKELY(!runtime_multithreaded)) {
        it->i = i + 1 >= size ? 0 : i + 1;
    } else {
        while (!__atomic_compare_exchange_n(&it->i, &i, i + 1 >= size ? 0 : i + 1, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED)) {
        }
    }
    Object *item = list_read(it->b, i < size ? i : 0);
    if (LIKELY(item != NULL)) {
        return item;
    }
    return list_get(it->b, i < size ? i : 0);
}
static Object *cycle_next(Object *self) {
    return iter_step_alone(self, self, cycle_step);
}

static ssize_t cycle_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self);
    ssize_t size = list_size(it->b), count = 0;
    if (it->a) {
        count = iterator_take_many(it->a, items, most);
        return count > 0 && !it->flag && list_extend_array(it->b, items, count) < 0 ? -1 : count;
    }
    if (it->i >= size) {
        return 0;
    }
    while (count < most) {
        ssize_t left = size - it->i, wanted = most - count, part = left < wanted ? left : wanted;
        memcpy(items + count, ((List *)it->b)->items + it->i, (size_t)part * sizeof *items);
        count += part;
        it->i = part == left ? 0 : it->i + part;
    }
    return count;
}

static Object *cycle_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *iterator = field_read(&it->a), *state = NULL;
    if (!iterator) {
        iterator = object_iter(it->b);
        Object *position = iterator ? int_from_ssize(cursor_read(&it->i)) : NULL;
        if (!position || !call_method1(iterator, names.__setstate__, position)) {
            return NULL;
        }
        state = tuple_pack(2, it->b, TRUE_OBJECT);
    } else {
        state = tuple_pack(2, it->b, flag_is_set(it) ? TRUE_OBJECT : FALSE_OBJECT);
    }
    Object *arguments = state ? tuple_pack(1, iterator) : NULL;
    return arguments ? tuple_pack(3, self->type, arguments, state) : NULL;
}

static Object *cycle_setstate_method(Object *self, Object *state) {
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state is not a tuple");
    }
    if (tuple_size(state) != 2 || !list_check(tuple_get(state, 0))) {
        return raise_error(&exc_TypeError, "state is not a (list, bool) tuple");
    }
    int first_pass = int_to_c_int(tuple_get(state, 1));
    if (first_pass == -1 && error_occurred()) {
        return NULL;
    }
    gc_store(self, &iter_of(self)->b, tuple_get(state, 0));
    flag_set(iter_of(self), first_pass);
    iter_of(self)->i = 0;
    return NONE;
}
#define cycle_doc NULL
static BuiltinDef cycle_methods[] = {
    BUILTIN("__reduce__", cycle_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", cycle_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_MANY(cycle, 48, cycle_new, cycle_next, cycle_take_many)

// ---- dropwhile, takewhile, filterfalse, starmap: a function, b iterator

static Object *function_and_iterator(Type *type, Type *exact, const char *name, Object *const *args,
                                     size_t nargs, Object *kwnames) {
    if (keywords_refused(type, exact, name, kwnames) < 0 || arguments_check_count(name, nargs, 2, 2) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(args[1]);
    return iterator ? (Object *)iter_alloc(type, args[0], iterator) : NULL;
}

static Object *flagged_reduce(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = tuple_pack(2, it->a, it->b);
    return arguments ? tuple_pack(3, self->type, arguments, int_from_i64(flag_is_set(it))) : NULL;
}

static Object *dropwhile_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return function_and_iterator(type, &dropwhile_type, "dropwhile", args, nargs, kwnames);
}
// What a predicate says: 1, 0, -1 with an exception.
static inline int verdict_on(Object *predicate, Object *item) {
    Object *verdict = predicate == (Object *)&bool_type ? item : call1(predicate, item);
    return verdict ? object_truth(verdict) : -1;
}

static Object *dropwhile_next(Object *self) {
    Iter *it = iter_of(self);
    for (;;) {
        Object *item = inner_next(it->b);
        if (!item || flag_is_set(it)) {
            return item;
        }
        int good = verdict_on(it->a, item);
        if (good < 0) {
            return NULL;
        }
        if (!good) {
            flag_set(it, true);
            return item;
        }
    }
}
#define dropwhile_reduce_method flagged_reduce
#define dropwhile_setstate_method state_flag
#define dropwhile_doc "dropwhile(predicate, iterable, /)\n--\n\n"
static BuiltinDef dropwhile_methods[] = {
    BUILTIN("__reduce__", dropwhile_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", dropwhile_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(dropwhile, 40, dropwhile_new, dropwhile_next, NULL)

static Object *takewhile_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return function_and_iterator(type, &takewhile_type, "takewhile", args, nargs, kwnames);
}
static Object *takewhile_next(Object *self) {
    Iter *it = iter_of(self);
    Object *item = flag_is_set(it) ? NULL : inner_next(it->b);
    if (!item) {
        return NULL;
    }
    int good = verdict_on(it->a, item);
    if (good == 0) {
        flag_set(it, true);
    }
    return good > 0 ? item : NULL;
}
#define takewhile_reduce_method flagged_reduce
#define takewhile_setstate_method state_flag
#define takewhile_doc "takewhile(predicate, iterable, /)\n--\n\n"
static BuiltinDef takewhile_methods[] = {
    BUILTIN("__reduce__", takewhile_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", takewhile_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(takewhile, 40, takewhile_new, takewhile_next, NULL)

static Object *filterfalse_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return function_and_iterator(type, &filterfalse_type, "filterfalse", args, nargs, kwnames);
}
static Object *filterfalse_next(Object *self) {
    Iter *it = iter_of(self);
    bool plain = it->a == NONE || it->a == (Object *)&bool_type;
    for (;;) {
        Object *item = inner_next(it->b);
        Object *verdict = !item || plain ? item : call1(it->a, item);
        int good = verdict ? object_is_true(verdict) : -1;
        if (good <= 0) {
            return good == 0 ? item : NULL;
        }
    }
}
#define filterfalse_reduce_method pair_reduce
#define filterfalse_doc "filterfalse(function, iterable, /)\n--\n\n"
static BuiltinDef filterfalse_methods[] = {
    BUILTIN("__reduce__", filterfalse_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(filterfalse, 32, filterfalse_new, filterfalse_next, NULL)

static Object *starmap_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return function_and_iterator(type, &starmap_type, "starmap", args, nargs, kwnames);
}
static Object *starmap_next(Object *self) {
    Iter *it = iter_of(self);
    size_t showings = __atomic_load_n(&heap_showings, __ATOMIC_RELAXED);
    Object *item = inner_next(it->b);
    Object *arguments = !item || tuple_check(item) ? item : sequence_tuple(item);
    if (!arguments) {
        return NULL;
    }
    Object *result = call(it->a, tuple_items(arguments), (size_t)tuple_size(arguments), NULL);
    if (result && showings == __atomic_load_n(&heap_showings, __ATOMIC_RELAXED)) {
        iterator_take_back(it->b, item);
    }
    return result;
}
#define starmap_reduce_method pair_reduce
#define starmap_doc "starmap(function, iterable, /)\n--\n\n"
static BuiltinDef starmap_methods[] = {
    BUILTIN("__reduce__", starmap_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(starmap, 32, starmap_new, starmap_next, NULL)

// ---- islice: a iterator (NULL at the end), i the count so far, n next, step, d stop as indices[0]

static int islice_bound(Object *o, ssize_t *value) {
    if (o == NONE) {
        return 0;
    }
    *value = number_check_index(o) ? number_as_ssize(o, &exc_OverflowError) : -1;
    if (*value == -1) {
        error_clear();
    }
    return *value < 0 ? -1 : 0;
}

static Object *islice_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (keywords_refused(type, &islice_type, "islice", kwnames) < 0 ||
        arguments_check_count("islice", nargs, 2, 4) < 0) {
        return NULL;
    }
    ssize_t start = 0, stop = -1, step = 1;
    if (nargs == 2) {
        if (islice_bound(args[1], &stop) < 0) {
            return raise_error(&exc_ValueError, "Stop argument for islice() must be None or an "
                                                "integer: 0 <= x <= sys.maxsize.");
        }
    } else {
        if (islice_bound(args[2], &stop) < 0) {
            return raise_error(&exc_ValueError, "Stop argument for islice() must be None or an "
                                                "integer: 0 <= x <= sys.maxsize.");
        }
        if (islice_bound(args[1], &start) < 0) {
            return raise_error(&exc_ValueError, "Indices for islice() must be None or an integer: "
                                                "0 <= x <= sys.maxsize.");
        }
        if (nargs == 4 && (islice_bound(args[3], &step) < 0 || step < 1)) {
            return raise_error(&exc_ValueError, "Step for islice() must be a positive integer or None.");
        }
    }
    Object *iterator = object_iter(args[0]);
    ssize_t *bound = iterator ? indices_new(1) : NULL;
    Iter *it = bound ? iter_alloc(type, iterator, NULL) : NULL;
    if (!it) {
        return NULL;
    }
    bound[0] = stop;
    gc_store(it, &it->indices, bound);
    it->n = start;
    it->step = step;
    return (Object *)it;
}

static Object *islice_step(Object *self) {
    Iter *it = iter_of(self);
    Object *iterator = field_read(&it->a), *item;
    if (!iterator) {
        return NULL;
    }
    ssize_t stop = it->indices[0];
    while (it->i < it->n) {
        enum { SKIP_MOST = 1 << 14 };
        ssize_t skipped = iterator_skip(iterator, it->n - it->i < SKIP_MOST ? it->n - it->i : SKIP_MOST);
        if (!skipped) {
            if (!inner_next(iterator)) {
                goto end;
            }
            skipped = 1;
        }
        it->i += skipped;
        if (safepoint() < 0) {
            return NULL;
        }
    }
    if (stop != -1 && it->i >= stop) {
        goto end;
    }
    item = inner_next(iterator);
    if (!item) {
        goto end;
    }
    it->i++;
    ssize_t next;
    if (__builtin_add_overflow(it->n, it->step, &next) || (stop != -1 && next > stop)) {
        next = stop == -1 ? SSIZE_LIMIT : stop;
    }
    it->n = next;
    return item;
end:
    iter_set(it, &it->a, NULL);
    return NULL;
}
static Object *islice_next(Object *self) {
    return iter_step_alone(self, self, islice_step);
}

static ssize_t islice_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self);
    if (!it->a || it->step != 1 || it->i != it->n) {
        return 0;
    }
    ssize_t stop = it->indices[0] == -1 ? SSIZE_LIMIT : it->indices[0];
    if (most > stop - it->i) {
        most = stop - it->i;
    }
    ssize_t count = most > 0 ? iterator_take_many(it->a, items, most) : 0;
    if (count > 0) {
        it->i += count;
        it->n += count;
    }
    return count;
}

static Object *islice_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    if (!field_read(&it->a)) {
        Object *list = list_new(0), *empty = list ? object_iter(list) : NULL;
        Object *arguments = empty ? tuple_pack(2, empty, int_from_i64(0)) : NULL;
        return arguments ? tuple_pack(3, self->type, arguments, int_from_i64(0)) : NULL;
    }
    ssize_t stop = it->indices[0];
    Object *arguments = tuple_pack(4, it->a, int_from_ssize(it->n), stop == -1 ? NONE : int_from_ssize(stop),
                                   int_from_ssize(it->step));
    return arguments ? tuple_pack(3, self->type, arguments, int_from_ssize(it->i)) : NULL;
}
static Object *islice_setstate_method(Object *self, Object *state) {
    ssize_t i = iterator_position(state);
    if (i == -1 && error_occurred()) {
        return NULL;
    }
    iter_of(self)->i = i;
    return NONE;
}
#define islice_doc NULL
static BuiltinDef islice_methods[] = {
    BUILTIN("__reduce__", islice_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", islice_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_MANY(islice, 56, islice_new, islice_next, islice_take_many)

// ---- pairwise: a iterator, b the previous item

static Object *pairwise_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (keywords_refused(type, &pairwise_type, "pairwise", kwnames) < 0 ||
        arguments_check_count("pairwise", nargs, 1, 1) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(args[0]);
    return iterator ? (Object *)iter_alloc(type, iterator, NULL) : NULL;
}
static Object *pairwise_step(Object *self) {
    Iter *it = iter_of(self);
    Object *iterator = field_read(&it->a), *old = field_read(&it->b);
    if (!iterator) {
        return NULL;
    }
    if (!old) {
        old = inner_next(iterator);
        if (!old) {
            iter_set(it, &it->a, NULL);
            return NULL;
        }
        iter_set(it, &it->b, old);
        if (!(iterator = field_read(&it->a))) {
            return NULL;
        }
    }
    Object *item = inner_next(iterator);
    if (!item) {
        iter_set(it, &it->a, NULL);
        iter_set(it, &it->b, NULL);
        return NULL;
    }
    iter_set(it, &it->b, item);
    return tuple_pair_recycling(&it->spare, old, item);
}
static Object *pairwise_next(Object *self) {
    return iter_step_alone(self, self, pairwise_step);
}
#define pairwise_doc "pairwise(iterable, /)\n--\n\n"
static BuiltinDef pairwise_methods[] = {
    BUILTIN_END,
};
ITER_TYPE_FRESH(pairwise, 32, pairwise_new, pairwise_next, NULL)

// ---- repeat: a object, i what is left, -1 for ever

static Object *repeat_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "repeat", "(object, times=0)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    ssize_t times = -1;
    if (bound[1]) {
        times = number_to_ssize(bound[1]);
        if (times == -1 && error_occurred()) {
            return NULL;
        }
        times = times < 0 ? 0 : times;
    }
    Iter *it = iter_alloc(type, bound[0], NULL);
    if (it) {
        it->i = times;
    }
    return (Object *)it;
}
static Object *repeat_next(Object *self) {
    if (UNLIKELY(safepoint() < 0)) { // loops in C over what never ends can be interrupted here
        return NULL;
    }
    Iter *it = iter_of(self);
    ssize_t left = cursor_read(&it->i);
    if (LIKELY(!runtime_multithreaded)) {
        it->i = left > 0 ? left - 1 : left;
        return left ? it->a : NULL;
    }
    while (left > 0 &&
           !__atomic_compare_exchange_n(&it->i, &left, left - 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return left ? it->a : NULL;
}
static ssize_t repeat_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self);
    ssize_t count = it->i < 0 || it->i > most ? most : it->i;
    for (ssize_t i = 0; i < count; i++) {
        items[i] = it->a;
    }
    it->i -= it->i < 0 ? 0 : count;
    return count;
}
static Object *repeat_repr(Object *self) {
    Iter *it = iter_of(self);
    const char *name = type_short_name(self->type);
    return it->i < 0 ? str_format("%s(%R)", name, it->a) : str_format("%s(%R, %zd)", name, it->a, it->i);
}
static Object *repeat_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = it->i < 0 ? tuple_pack(1, it->a) : tuple_pack(2, it->a, int_from_ssize(it->i));
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
static Object *repeat_length_hint_method(Object *self) {
    ssize_t left = cursor_read(&iter_of(self)->i);
    return left < 0 ? raise_error(&exc_TypeError, "len() of unsized object") : int_from_ssize(left);
}
static BuiltinDef repeat_methods[] = {
    BUILTIN("__length_hint__", repeat_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", repeat_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type repeat_type;
const TypeSpec repeat_spec = {
    .name = "itertools.repeat",
    .basic_size = 32,
    .instance_size = sizeof(Iter),
    .flags = TF_GC | TF_BASE,
    .take_many = repeat_take_many,
    .methods = repeat_methods,
    .trace = iter_trace,
    .slots = { .new = repeat_new,
               .repr = repeat_repr,
               .iter = iter_self,
               .next = repeat_next,
               .getattr = object_generic_getattr },
};

// ---- zip_longest: a tuple of iterators (None where exhausted), b fill value, i how many are active

static Object *zip_longest_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *fill = NONE;
    if (kwnames && tuple_size(kwnames)) {
        if (tuple_size(kwnames) > 1 || !str_equal_cstring(tuple_get(kwnames, 0), "fillvalue")) {
            return raise_error(&exc_TypeError, "zip_longest() got an unexpected keyword argument");
        }
        fill = args[nargs];
    }
    Object *iterators = list_new((ssize_t)nargs);
    for (size_t i = 0; iterators && i < nargs; i++) {
        Object *iterator = object_iter(args[i]);
        if (!iterator || list_append(iterators, iterator) < 0) {
            return NULL;
        }
    }
    Iter *it = iterators ? iter_alloc(type, iterators, fill) : NULL;
    if (it) {
        it->i = it->n = (ssize_t)nargs;
    }
    return (Object *)it;
}
static Object *zip_longest_step(Object *self) {
    Iter *it = iter_of(self);
    if (it->n == 0 || cursor_read(&it->i) <= 0) {
        return NULL;
    }
    ssize_t n = it->n;
    Object *few[FRESH_TUPLE_MOST], *result = NULL;
    if (n > (ssize_t)COUNT_OF(few) && !(result = tuple_new(n))) {
        return NULL;
    }
    for (ssize_t i = 0; i < n; i++) {
        Object *iterator = list_read(it->a, i), *item = it->b;
        if (iterator != NONE) {
            item = inner_next(iterator);
            if (!item) {
                bool failed = error_occurred() && !error_clear_if(&exc_StopIteration);
                if (failed || cursor_take_down(&it->i) <= 1) {
                    it->i = 0;
                    return NULL;
                }
                list_set(it->a, i, NONE);
                item = it->b;
            }
        }
        if (LIKELY(!result)) {
            few[i] = item;
        } else {
            tuple_init(result, i, item);
        }
    }
    return result   ? result
           : n == 2 ? tuple_pair_recycling(&it->spare, few[0], few[1])
                    : tuple_from_array_recycling(&it->spare, few, n);
}
static Object *zip_longest_next(Object *self) {
    return iter_step_alone(self, self, zip_longest_step);
}
static Object *zip_longest_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = tuple_new(it->n);
    for (ssize_t i = 0; arguments && i < it->n; i++) {
        Object *iterator = list_get(it->a, i);
        tuple_init(arguments, i, iterator == NONE ? tuple_empty() : iterator);
    }
    return arguments ? tuple_pack(3, self->type, arguments, it->b) : NULL;
}
static Object *zip_longest_setstate_method(Object *self, Object *state) {
    gc_store(self, &iter_of(self)->b, state);
    return NONE;
}
#define zip_longest_doc NULL
static BuiltinDef zip_longest_methods[] = {
    BUILTIN("__reduce__", zip_longest_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", zip_longest_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE_FRESH(zip_longest, 48, zip_longest_new, zip_longest_next, NULL)

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("tee", itertools_tee_function, "($module, iterable, n=2, /)", 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    static const struct {
        Type *type;
        const TypeSpec *spec;
    } types[] = {
        { &accumulate_type, &accumulate_spec },
        { &chain_type, &chain_spec },
        { &compress_type, &compress_spec },
        { &count_type, &count_spec },
        { &cycle_type, &cycle_spec },
        { &dropwhile_type, &dropwhile_spec },
        { &filterfalse_type, &filterfalse_spec },
        { &islice_type, &islice_spec },
        { &pairwise_type, &pairwise_spec },
        { &repeat_type, &repeat_spec },
        { &starmap_type, &starmap_spec },
        { &takewhile_type, &takewhile_spec },
        { &zip_longest_type, &zip_longest_spec },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (module_add_type(module, types[i].type, types[i].spec) < 0) {
            return -1;
        }
    }
    return itertools_add_combinatoric(module) < 0 || itertools_add_grouping(module) < 0 ? -1 : 0;
}

const ModuleSpec module_itertools = { "itertools", NULL, functions, exec };
