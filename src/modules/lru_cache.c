// functools.lru_cache's wrapper.
//
// The results stand in a dict whose order is the order of use: a hit makes its entry the last one
// (only when the cache is bounded), an eviction takes out the oldest. Each is one step
// on the dict, which is safe for threads; a thread that loses a race computes the value once more, and
// the number of entries never exceeds the bound for longer than one call. Counters are atomic.
#include "modules/functools.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/function.h"
#include "objects/type.h"

typedef struct LruCache {
    Object base;
    Object *function, *cache, *info_type, *mark, *dict, *weaklist;
    ssize_t most;  // -1: unbounded, 0: no caching
    ssize_t hits, misses;
    bool typed;
} LruCache;

Type lru_cache_wrapper_type;

static LruCache *lru(Object *self) {
    return (LruCache *)self;
}

static void lru_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&lru(self)->function, 5);
}

static Object *lru_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[4];
    if (signature_bind(&signature, "lru_cache", "(user_function, maxsize, typed, cache_info_type)", args,
                       nargs, kwnames, bound) < 0) {
        return NULL;
    }
    if (!object_callable(bound[0])) {
        return raise_error(&exc_TypeError, "the first argument must be callable");
    }
    ssize_t most = -1;
    if (bound[1] != NONE) {
        if (!number_check_index(bound[1])) {
            return raise_error(&exc_TypeError, "maxsize should be integer or None");
        }
        most = number_as_ssize(bound[1], &exc_OverflowError);
        if (most == -1 && error_occurred()) {
            return NULL;
        }
        most = most < 0 ? 0 : most;
    }
    int typed = object_is_true(bound[2]);
    Object *cache = typed < 0 ? NULL : dict_new(), *mark = cache ? object_alloc(&object_type) : NULL;
    LruCache *self = mark ? (LruCache *)object_alloc(type) : NULL;
    if (!self) {
        return NULL;
    }
    gc_init(&self->function, bound[0]);
    gc_init(&self->cache, cache);
    gc_init(&self->info_type, bound[3]);
    gc_init(&self->mark, mark);
    self->most = most;
    self->typed = typed;
    return (Object *)self;
}

// The key of a call: the sole argument itself if it is an int or str, else a tuple of the arguments,
// and behind a mark the keywords, and the types when they matter.
static Object *make_key(LruCache *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t named = kwnames ? tuple_size(kwnames) : 0;
    if (!self->typed && !named && nargs == 1 && (str_check_exact(args[0]) || int_check_exact(args[0]))) {
        return args[0];
    }
    ssize_t n = (ssize_t)nargs, size = n + (named ? 1 + 2 * named : 0) + (self->typed ? n + named : 0);
    Object *key = tuple_new(size);
    if (!key) {
        return NULL;
    }
    ssize_t k = 0;
    for (ssize_t i = 0; i < n; i++) {
        tuple_init(key, k++, args[i]);
    }
    if (named) {
        tuple_init(key, k++, self->mark);
        for (ssize_t i = 0; i < named; i++) {
            tuple_init(key, k++, tuple_get(kwnames, i));
            tuple_init(key, k++, args[n + i]);
        }
    }
    for (ssize_t i = 0; self->typed && i < n + named; i++) {
        tuple_init(key, k++, (Object *)args[i]->type);
    }
    return key;
}

static void count(ssize_t *counter) {
    if (LIKELY(!runtime_multithreaded)) {
        ++*counter;
    } else {
        __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
    }
}

static Object *lru_call(Object *o, Object *const *args, size_t nargs, Object *kwnames) {
    LruCache *self = lru(o);
    if (self->most == 0) {
        count(&self->misses);
        return call(self->function, args, nargs, kwnames);
    }
    // What is looked for may lie on the C stack: nothing refers to it later. What is kept is made when it is.
    enum { NEAR = 4 };
    struct {
        VarObject var;
        Object *items[NEAR];
    } near;
    bool is_near = nargs - 2 <= NEAR - 2 && !self->typed && !(kwnames && tuple_size(kwnames));
    Object *key;
    if (is_near) {
        near.var = (VarObject){ { REFCOUNT_INITIAL, &tuple_type }, (ssize_t)nargs };
        for (size_t i = 0; i < NEAR; i++) {
            near.items[i] = i < nargs ? args[i] : NULL;
        }
        key = &near.var.base;
    } else {
        key = make_key(self, args, nargs, kwnames);
    }
    hash_t hash = key ? object_hash(key) : -1;
    if (hash == -1) {
        return NULL;
    }
    Object *cache = self->cache;
    Object *result = self->most > 0 ? dict_get_renewed(cache, key, hash) : dict_get_hashed(cache, key, hash);
    if (result) {
        count(&self->hits);
        return result;
    }
    if (error_occurred()) {
        return NULL;
    }
    count(&self->misses);
    result = call(self->function, args, nargs, kwnames);
    key = is_near ? tuple_from_array(args, (ssize_t)nargs) : key;
    if (!result || !key || dict_set_hashed(cache, key, result, hash) < 0) {
        return NULL;
    }
    while (self->most > 0 && dict_size(cache) > self->most) {
        if (!dict_drop_oldest(cache)) {
            break;
        }
    }
    return result;
}

static Object *lru_get(Object *self, Object *instance, Object *owner) {
    return !instance || instance == NONE ? self : method_new(self, instance);
}

static Object *lru_cache_info_method(Object *o) {
    LruCache *self = lru(o);
    Object *args[] = { int_from_ssize(cursor_read(&self->hits)), int_from_ssize(cursor_read(&self->misses)),
                       self->most < 0 ? NONE : int_from_ssize(self->most),
                       int_from_ssize(dict_size(self->cache)) };
    return call(self->info_type, args, 4, NULL);
}

static Object *lru_cache_clear_method(Object *o) {
    LruCache *self = lru(o);
    __atomic_store_n(&self->hits, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&self->misses, 0, __ATOMIC_RELAXED);
    dict_clear(self->cache);
    return NONE;
}

static Object *lru_reduce_method(Object *self) {
    return object_getattr(self, names.__qualname__);
}
// Whatever they are called with.
static Object *lru_copy_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    return arguments_no_keywords("_lru_cache_wrapper.__copy__", kwnames) < 0 ? NULL : self;
}
static Object *lru_deepcopy_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    return arguments_no_keywords("_lru_cache_wrapper.__deepcopy__", kwnames) < 0 ? NULL : self;
}

static Object *lru_dict(Object *self, void *closure) {
    Object **slot = &lru(self)->dict, *dict = field_read(slot);
    if (dict || !(dict = dict_new())) {
        return dict;
    }
    return gc_publish(self, slot, dict);
}
static int lru_set_dict(Object *self, Object *value, void *closure) {
    if (!value || !dict_check(value)) {
        raise_error(&exc_TypeError, "__dict__ must be set to a dictionary");
        return -1;
    }
    gc_store(self, &lru(self)->dict, value);
    return 0;
}

static GetSetDef lru_getsets[] = {
    { "__dict__", lru_dict, lru_set_dict, NULL, NULL },
    { NULL },
};
static BuiltinDef lru_methods[] = {
    BUILTIN("cache_info", lru_cache_info_method, "-($self, /)", 0, NULL),
    BUILTIN("cache_clear", lru_cache_clear_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", lru_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__copy__", lru_copy_method, "-($self, /, *args)", 0, NULL),
    BUILTIN("__deepcopy__", lru_deepcopy_method, "-($self, /, *args)", 0, NULL),
    BUILTIN_END,
};
static const TypeSpec lru_spec = {
    .name = "functools._lru_cache_wrapper",
    .basic_size = 128,
    .instance_size = sizeof(LruCache),
    .dict_offset = offsetof(LruCache, dict),
    .weaklist_offset = offsetof(LruCache, weaklist),
    .flags = TF_GC | TF_METHOD_DESCRIPTOR,
    .methods = lru_methods,
    .getsets = lru_getsets,
    .trace = lru_trace,
    .slots = { .new = lru_new,
               .call = lru_call,
               .descr_get = lru_get,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr },
};

int functools_add_lru_cache(Object *module) {
    return module_add_type(module, &lru_cache_wrapper_type, &lru_spec);
}
