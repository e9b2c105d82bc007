// functools.lru_cache's wrapper.
//
// An unbounded cache is a dict of the results. That of a bounded one leads to Links, which never change; the order of their
// use is a ring of numbers beside it, with places 0 .. used: place 0 is the ring's beginning, and links[i] the Link at place i.
// A hit is a lookup without a lock and, unless the Link is the newest already, six stores of numbers under one: no pointer
// is stored, so no card gets dirty. What is made when the cache is full takes the place of the oldest.
//
// A Link enters the dict first and the ring then, and leaves them the other way round. So a Link that is in neither or in
// the dict alone belongs to a call that is amid either; one that is in the ring alone (after cache_clear at that moment)
// leaves it as the oldest. A thread that loses a race computes the value once more, and the number of entries never
// exceeds the bound for longer than one call. Counters are atomic.
#include "modules/functools.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/function.h"
#include "objects/type.h"

typedef struct Neighbours {
    uint32_t older, newer;
} Neighbours;

typedef struct LruCache {
    Object base;
    Object *function, *cache, *info_type, *mark, *dict, *weaklist;
    ssize_t most; // -1: unbounded, 0: no caching
    ssize_t hits, misses;
    bool typed;
    // For bounded ones:
    uintptr_t lock; // of what follows
    uint32_t used, room; // places behind place 0: taken, there
    struct Link **links; // a CELL_POINTERS cell
    Neighbours *ring; // a CELL_BYTES cell
} LruCache;

typedef struct Link {
    Object base;
    Object *key, *result;
    hash_t hash;
    uint32_t place; // 0: not in the ring yet; once set it stays
} Link;

Type lru_cache_wrapper_type;
static Type link_type;

static LruCache *lru(Object *self) {
    return (LruCache *)self;
}

static void lru_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&lru(self)->function, 5);
    trace_range(tracer, (void *const *)&lru(self)->links, 2);
}

static void link_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Link *)self)->key, 2);
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

static void count(LruCache *self, ssize_t *counter) {
    if (object_is_mine(&self->lock)) {
        __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
        return;
    }
    bool shared = object_is_shared(&self->lock);
    if (!shared) {
        object_lock(&self->lock);
    }
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
    if (!shared) {
        object_unlock(&self->lock);
    }
}

// ---- the ring (its lock is held)

// `older` of place 0, the newest, is read without the lock.
static void set_older(Neighbours *ring, uint32_t place, uint32_t older) {
    __atomic_store_n(&ring[place].older, older, __ATOMIC_RELAXED);
}

static void ring_take(Neighbours *ring, uint32_t place) {
    Neighbours at = ring[place];
    ring[at.older].newer = at.newer;
    set_older(ring, at.newer, at.older);
}

// Before place 0: the ring is closed.
static void ring_put_newest(Neighbours *ring, uint32_t place) {
    uint32_t newest = ring[0].older;
    set_older(ring, place, newest);
    ring[place].newer = 0;
    ring[newest].newer = place;
    set_older(ring, 0, place);
}

// Room for one more place. -1 with an exception.
static int ring_reserve(LruCache *self) {
    uint32_t room = self->room ? self->room * 2 + 1 : 7;
    struct Link **links = heap_alloc((room + 1) * sizeof(Link *), CELL_POINTERS);
    Neighbours *ring = links ? heap_alloc((room + 1) * sizeof(Neighbours), CELL_BYTES) : NULL;
    if (!ring) {
        return -1;
    }
    if (self->room) {
        memcpy(ring, self->ring, (self->used + 1) * sizeof *ring);
        for (uint32_t i = 1; i <= self->used; i++) {
            gc_store(links, &links[i], self->links[i]);
        }
    } else {
        ring[0] = (Neighbours){ 0, 0 };
    }
    gc_store(self, &self->links, links);
    gc_store(self, &self->ring, ring);
    self->room = room;
    return 0;
}

static void renew(LruCache *self, Link *link) {
    uint32_t place = __atomic_load_n(&link->place, __ATOMIC_ACQUIRE); // after the ring that has it
    if (!place) {
        return; // not in the ring yet
    }
    Neighbours *ring = __atomic_load_n(&self->ring, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&ring[0].older, __ATOMIC_RELAXED) == place) {
        return;
    }
    object_lock(&self->lock);
    if (place <= self->used && self->links[place] == link) { // else it was the oldest meanwhile
        ring = self->ring;
        ring_take(ring, place);
        ring_put_newest(ring, place);
    }
    object_unlock(&self->lock);
}

// Adds a result to a bounded cache, and takes out the oldest if there are too many. 0, or -1 with an exception.
static int keep(LruCache *self, Object *key, Object *result, hash_t hash) {
    Link *link = heap_alloc_cell(&link_type, sizeof(Link));
    if (!link) {
        return -1;
    }
    gc_init(&link->key, key);
    gc_init(&link->result, result);
    link->hash = hash;
    Object *present = dict_set_default_hashed(self->cache, key, &link->base, hash);
    if (present != &link->base) {
        return present ? 0 : -1; // the function itself, or another thread, has called with the same arguments
    }
    Link *oldest = NULL;
    object_lock(&self->lock);
    uint32_t place;
    if (self->used >= self->most || self->used >= (uint32_t)1 << 30) {
        place = self->ring[0].newer;
        oldest = self->links[place];
        ring_take(self->ring, place);
    } else if (self->used < self->room || ring_reserve(self) == 0) {
        place = ++self->used;
    } else {
        object_unlock(&self->lock);
        Object *saved = error_take();
        dict_delete_value_hashed(self->cache, key, &link->base, hash);
        error_restore(saved);
        return -1;
    }
    ring_put_newest(self->ring, place);
    gc_store(self->links, &self->links[place], link);
    __atomic_store_n(&link->place, place, __ATOMIC_RELEASE);
    object_unlock(&self->lock);
    return oldest && dict_delete_value_hashed(self->cache, oldest->key, &oldest->base, oldest->hash) < 0 ? -1
                                                                                                         : 0;
}

static Object *lru_call(Object *o, Object *const *args, size_t nargs, Object *kwnames) {
    LruCache *self = lru(o);
    if (self->most == 0) {
        count(self, &self->misses);
        return call(self->function, args, nargs, kwnames);
    }
    // What is looked for may lie on the C stack: nothing refers to it later. What is kept is made when it is.
    enum { NEAR = 4 };
    struct {
        VarObject var;
        Object *items[NEAR];
    } near;
    bool is_near = nargs - 1 <= NEAR - 1 && !self->typed && !(kwnames && tuple_size(kwnames)) &&
                   !(nargs == 1 && (str_check_exact(args[0]) || int_check_exact(args[0])));
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
    Object *result = dict_get_hashed(cache, key, hash);
    if (result) {
        count(self, &self->hits);
        if (self->most > 0) {
            Link *link = (Link *)result;
            result = link->result;
            renew(self, link);
        }
        return result;
    }
    if (error_occurred()) {
        return NULL;
    }
    count(self, &self->misses);
    result = call(self->function, args, nargs, kwnames);
    key = is_near ? tuple_from_array(args, (ssize_t)nargs) : key;
    if (!result || !key) {
        return NULL;
    }
    int kept = self->most > 0 ? keep(self, key, result, hash) : dict_set_hashed(cache, key, result, hash);
    return kept < 0 ? NULL : result;
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
    object_lock(&self->lock);
    __atomic_store_n(&self->hits, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&self->misses, 0, __ATOMIC_RELAXED);
    if (self->room) {
        memset(self->links, 0, (self->used + 1) * sizeof(Link *));
        set_older(self->ring, 0, 0);
        self->ring[0].newer = 0;
        self->used = 0;
    }
    object_unlock(&self->lock);
    // After the ring: what is added between is in the ring alone, and leaves it in its turn.
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

static const TypeSpec link_spec = {
    .name = "functools._lru_list_elem",
    .basic_size = 56,
    .instance_size = sizeof(Link),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = link_trace,
};

int functools_add_lru_cache(Object *module) {
    if (type_ready(&link_type, &link_spec) < 0) {
        return -1;
    }
    return module_add_type(module, &lru_cache_wrapper_type, &lru_spec);
}
