// zip, map and filter.
#include "objects/containers.h"
#include "objects/function.h"

Type zip_type, map_type, filter_type;

typedef struct Zip {
    Object base;
    ssize_t count;
    Object *iterators;  // a tuple
    Object *spare;      // a result that came back
    bool strict;
    Ownership ownership;
} Zip;

typedef struct Map {
    Object base;
    Object *iterators, *function;
    bool keeps_nothing;  // of its only iterator's items, the function
} Map;

typedef struct Filter {
    Object base;
    Object *function, *iterator;
} Filter;

static Object *iterator_self(Object *self) {
    return self;
}

static Object *iterators_of(Object *const *args, size_t nargs) {
    Object *tuple = tuple_new((ssize_t)nargs);
    for (size_t i = 0; tuple && i < nargs; i++) {
        Object *iterator = object_iter(args[i]);
        if (!iterator) {
            return NULL;
        }
        tuple_init(tuple, (ssize_t)i, iterator);
    }
    return tuple;
}

// ---- zip

static void zip_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Zip *)self)->iterators);
    trace_cell(tracer, ((Zip *)self)->spare);
}

static Object *zip_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    int strict = 0;
    if (kwnames && tuple_size(kwnames)) {
        if (tuple_size(kwnames) == 1 && str_equal_cstring(tuple_get(kwnames, 0), "strict")) {
            strict = object_is_true(args[nargs]);
            if (strict < 0) {
                return NULL;
            }
        } else if (type == &zip_type || type->info->slots.init == zip_type.info->slots.init) {
            if (tuple_size(kwnames) > 1) {
                return raise_error(&exc_TypeError, "zip() takes at most 1 keyword argument (%zd given)",
                                   tuple_size(kwnames));
            }
            return raise_error(&exc_TypeError, "'%U' is an invalid keyword argument for zip()",
                               tuple_get(kwnames, 0));
        }
    }
    Object *iterators = tuple_new((ssize_t)nargs);
    for (size_t i = 0; iterators && i < nargs; i++) {
        Object *iterator = object_iter(args[i]);
        if (!iterator) {
            return NULL;
        }
        tuple_init(iterators, (ssize_t)i, iterator);
    }
    Zip *zip = iterators ? (Zip *)object_alloc(type) : NULL;
    if (!zip) {
        return NULL;
    }
    zip->count = (ssize_t)nargs;
    zip->strict = strict;
    zip->ownership.owner = thread_current;
    gc_init(&zip->iterators, iterators);
    return (Object *)zip;
}

// strict=True and iterator `i` is exhausted: an error unless all are.
static Object *zip_check_lengths(Zip *zip, ssize_t i) {
    if (i) {
        return raise_error(&exc_ValueError, "zip() argument %zd is shorter than argument%s%zd", i + 1,
                           i == 1 ? " " : "s 1-", i);
    }
    for (i = 1; i < zip->count; i++) {
        if (iterator_step(tuple_get(zip->iterators, i))) {
            return raise_error(&exc_ValueError, "zip() argument %zd is longer than argument%s%zd", i + 1,
                               i == 1 ? " " : "s 1-", i);
        }
        if (error_occurred()) {
            return NULL;
        }
    }
    return NULL;
}

static bool runs_code(const Zip *zip) {
    for (ssize_t i = 0; i < zip->count; i++) {
        if (iterator_runs_code(tuple_get(zip->iterators, i))) {
            return true;
        }
    }
    return false;
}

// The next item of iterator `i`, or NULL at the end of the zip.
__attribute__((always_inline)) static inline Object *take_from(Zip *zip, ssize_t i) {
    Object *iterator = tuple_get(zip->iterators, i), *item = list_iterator_quick(iterator);
    if (LIKELY(item != NULL) || LIKELY((item = iterator_slot_next(iterator)) != NULL)) {
        return item;
    }
    return zip->strict && (!error_occurred() || error_clear_if(&exc_StopIteration))
               ? zip_check_lengths(zip, i)
               : NULL;
}

static Object *take_from_all(Zip *zip) {
    // A short tuple is made when its items are there (see TypeSpec.fresh_tuples).
    Object *few[FRESH_TUPLE_MOST] = { 0 }, *result = NULL;
    if (zip->count > FRESH_TUPLE_MOST && !(result = tuple_new(zip->count))) {
        return NULL;
    }
    for (ssize_t i = 0; i < zip->count; i++) {
        Object *item = take_from(zip, i);
        if (!item) {
            return NULL;
        }
        if (LIKELY(!result)) {
            few[i] = item;
        } else {
            tuple_init(result, i, item);
        }
    }
    return result ? result : tuple_from_array_recycling(&zip->spare, few, zip->count);
}

static Object *zip_next(Object *self) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Zip *zip = (Zip *)self;
    if (zip->count == 0) {
        return NULL;
    }
    if (zip->count == 2) {
        Object *first, *second;
        return zip_pair_step(self, &first, &second) ? tuple_pair_recycling(&zip->spare, first, second) : NULL;
    }
    if (LIKELY(!runtime_multithreaded) || runs_code(zip)) {
        return take_from_all(zip);
    }
    CriticalSection section;
    owned_section_begin(&section, &zip->ownership, zip);
    Object *result = take_from_all(zip);
    owned_section_end(&section, &zip->ownership);
    return result;
}

bool zip_makes_pairs(const Object *self) {
    return ((const Zip *)self)->count == 2;
}

static bool take_pair(Zip *zip, Object **first, Object **second) {
    return (*first = take_from(zip, 0)) && (*second = take_from(zip, 1));
}

bool zip_pair_step(Object *self, Object **first, Object **second) {
    Zip *zip = (Zip *)self;
    if (zip->count != 2) {
        Object *result = zip_next(self);
        if (result) {
            raise_error(&exc_ValueError,
                        zip->count < 2 ? "not enough values to unpack (expected 2, got %zd)"
                                       : "too many values to unpack (expected 2)",
                        zip->count);
        }
        return false;
    }
    if (LIKELY(!runtime_multithreaded) || runs_code(zip)) {
        return take_pair(zip, first, second);
    }
    CriticalSection section;
    owned_section_begin(&section, &zip->ownership, zip);
    bool found = take_pair(zip, first, second);
    owned_section_end(&section, &zip->ownership);
    return found;
}

static Object *zip_reduce_method(Object *self) {
    Zip *zip = (Zip *)self;
    return zip->strict ? tuple_pack(3, self->type, zip->iterators, TRUE_OBJECT)
                       : tuple_pack(2, self->type, zip->iterators);
}

static Object *zip_setstate_method(Object *self, Object *state) {
    int strict = object_is_true(state);
    if (strict < 0) {
        return NULL;
    }
    ((Zip *)self)->strict = strict;
    return NONE;
}

static BuiltinDef zip_methods[] = {
    BUILTIN("__reduce__", zip_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", zip_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec zip_spec = {
    .name = "zip",
    .basic_size = offsetof(Zip, ownership),
    .instance_size = sizeof(Zip),
    .flags = TF_GC | TF_BASE,
    .methods = zip_methods,
    .trace = zip_trace,
    .fresh_tuples = true,
    .spare_offset = offsetof(Zip, spare),
    .slots = { .new = zip_new_slot,
               .iter = iterator_self,
               .next = zip_next,
               .getattr = object_generic_getattr },
};

// ---- map

static void map_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Map *)self)->iterators);
    trace_cell(tracer, ((Map *)self)->function);
}

static Object *map_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &map_type, "map", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 2) {
        return raise_error(&exc_TypeError, "map() must have at least two arguments.");
    }
    Object *iterators = iterators_of(args + 1, nargs - 1);
    Map *map = iterators ? (Map *)object_alloc(type) : NULL;
    if (!map) {
        return NULL;
    }
    gc_init(&map->iterators, iterators);
    gc_init(&map->function, args[0]);
    map->keeps_nothing = nargs == 2 && callable_keeps_nothing(args[0]);
    return (Object *)map;
}

bool callable_keeps_nothing(const Object *callable) {
    if (callable->type == &builtin_function_type) {
        return ((const BuiltinFunction *)callable)->def->flags & EFFECT_KEEPS_NOTHING;
    }
    const TypeSpec *spec = callable->type == &type_type ? ((const Type *)callable)->info->spec : NULL;
    if (spec && spec->making_keeps_nothing) {
        return true;
    }
    spec = callable->type->info->spec;
    return spec && spec->calling_keeps_nothing && spec->calling_keeps_nothing(callable);
}

// A step of a map that gives what its function did not keep back to the iterator.
static Object *map_next_returning(Map *map) {
    Object *iterator = tuple_get(map->iterators, 0), *item, *result;
    size_t showings = __atomic_load_n(&heap_showings, __ATOMIC_RELAXED);
    if (!(item = list_iterator_quick(iterator)) && !(item = slots_of(iterator)->next(iterator))) {
        return NULL;
    }
    if (!(result = call1(map->function, item))) {
        return NULL;
    }
    if (result != item && showings == __atomic_load_n(&heap_showings, __ATOMIC_RELAXED)) {
        iterator_take_back(iterator, item);
    }
    return result;
}

// A step of a map over one iterator.
static Object *map_next_of_one(Map *map) {
    Object *iterator = tuple_get(map->iterators, 0), *item = list_iterator_quick(iterator);
    if (!item && !(item = slots_of(iterator)->next(iterator))) {
        return NULL;
    }
    if (map->function == (Object *)&bool_type) {
        int truth = object_truth(item);
        return truth < 0 ? NULL : bool_from(truth);
    }
    return call1(map->function, item);
}

static Object *map_next(Object *self) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Map *map = (Map *)self;
    if (map->keeps_nothing) {
        return map_next_returning(map);
    }
    ssize_t count = tuple_size(map->iterators);
    if (LIKELY(count == 1)) {
        return map_next_of_one(map);
    }
    Object **iterators = tuple_items(map->iterators), *few[8], **items = few;
    if (count > (ssize_t)COUNT_OF(few)) {
        Object *holder = tuple_new(count);
        if (!holder) {
            return NULL;
        }
        items = tuple_items(holder);
    }
    for (ssize_t i = 0; i < count; i++) {
        Object *item = iterator_slot_next(iterators[i]);
        if (!item) {
            return NULL;
        }
        items[i] = item;
        if (items != few) {
            gc_dirty((char *)items - offsetof(Tuple, items));
        }
    }
    return call(map->function, items, (size_t)count, NULL);
}

static Object *map_reduce_method(Object *self) {
    Map *map = (Map *)self;
    Object *function = tuple_pack(1, map->function);
    Object *arguments = function ? sequence_concat(function, map->iterators) : NULL;
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static BuiltinDef map_methods[] = {
    BUILTIN("__reduce__", map_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec map_spec = {
    .name = "map",
    .basic_size = offsetof(Map, keeps_nothing),
    .instance_size = sizeof(Map),
    .flags = TF_GC | TF_BASE,
    .methods = map_methods,
    .trace = map_trace,
    .slots = { .new = map_new_slot,
               .iter = iterator_self,
               .next = map_next,
               .getattr = object_generic_getattr },
};

// ---- filter

static void filter_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Filter *)self)->function);
    trace_cell(tracer, ((Filter *)self)->iterator);
}

static Object *filter_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &filter_type, "filter", kwnames) < 0 ||
        arguments_check_count("filter", nargs, 2, 2) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(args[1]);
    Filter *filter = iterator ? (Filter *)object_alloc(type) : NULL;
    if (!filter) {
        return NULL;
    }
    gc_init(&filter->function, args[0]);
    gc_init(&filter->iterator, iterator);
    return (Object *)filter;
}

static Object *filter_next(Object *self) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Filter *filter = (Filter *)self;
    bool plain = filter->function == NONE || filter->function == (Object *)&bool_type;
    for (;;) {
        Object *item = list_iterator_quick(filter->iterator);
        if (!item && !(item = slots_of(filter->iterator)->next(filter->iterator))) {
            return NULL;
        }
        Object *verdict = plain ? item : call1(filter->function, item);
        int good = verdict ? object_truth(verdict) : -1;
        if (good) {
            return good > 0 ? item : NULL;
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
}

static Object *filter_reduce_method(Object *self) {
    Filter *filter = (Filter *)self;
    Object *arguments = tuple_pack(2, filter->function, filter->iterator);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static BuiltinDef filter_methods[] = {
    BUILTIN("__reduce__", filter_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec filter_spec = {
    .name = "filter",
    .basic_size = sizeof(Filter),
    .flags = TF_GC | TF_BASE,
    .methods = filter_methods,
    .trace = filter_trace,
    .slots = { .new = filter_new_slot,
               .iter = iterator_self,
               .next = filter_next,
               .getattr = object_generic_getattr },
};
