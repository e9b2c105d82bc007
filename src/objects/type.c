// Looking up names along the MRO: the version-tagged cache, type versions, subclasses, and keeping
// slots up to date when a class changes.
//
// A version is given to a type on its first look-up and taken away (from it and all that derives from
// it) when an attribute changes; numbers are never used twice, so that an entry of the cache, keyed by
// version and name, is never wrong, only forgotten. An entry's sequence number lets readers notice a
// writer; a writer that finds another one at work simply does not cache.
#include "objects/type.h"

#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type_internal.h"
#include "objects/weakref.h"

static Mutex type_mutex;
static uint32_t next_version = 1;

enum { CACHE_SIZE = 4096 };
typedef struct CacheEntry {
    uint64_t tag;  // version << 32 | sequence number; odd while it is being written
    Object *name, *value;
    uint64_t reserved;
} CacheEntry;
static CacheEntry cache[CACHE_SIZE];

static inline CacheEntry *cache_entry(uint32_t version, const Object *name) {
    return &cache[(version * 0x9E3779B1u ^ (uint32_t)((uintptr_t)name >> 4)) % CACHE_SIZE];
}

// The entries with names and values that may be young: a minor collection looks at no others.
enum { CACHE_RECENT = 256 };
static uint32_t cache_recent[CACHE_RECENT];
static size_t cache_recent_count;

// Names might die, and another take the address. A value dies while its version is still the type's when a collection comes
// between the store of another one and type_modified.
static void cache_forget(void) {
    bool all = heap_collection_is_full() || cache_recent_count > CACHE_RECENT;
    size_t count = all ? CACHE_SIZE : cache_recent_count;
    for (size_t i = 0; i < count; i++) {
        CacheEntry *e = &cache[all ? i : cache_recent[i]];
        if (e->name && (heap_is_dead(e->name) || (e->value && heap_is_dead(e->value)))) {
            *e = (CacheEntry){};
        }
    }
    cache_recent_count = 0;
}

static void cache_store(uint32_t version, Object *name, Object *value) {
    static bool ready;
    if (UNLIKELY(!__atomic_exchange_n(&ready, true, __ATOMIC_ACQ_REL))) {
        heap_add_cache(cache_forget);
    }
    CacheEntry *e = cache_entry(version, name);
    uint64_t tag = __atomic_load_n(&e->tag, __ATOMIC_RELAXED);
    if (tag & 1 || !__atomic_compare_exchange_n(&e->tag, &tag, (tag & 0xFFFFFFFF) | 1, false,
                                                __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        return;
    }
    __atomic_store_n(&e->name, name, __ATOMIC_RELAXED);
    __atomic_store_n(&e->value, value, __ATOMIC_RELAXED);
    uint32_t sequence = (uint32_t)tag + 2;
    size_t recent = __atomic_fetch_add(&cache_recent_count, 1, __ATOMIC_RELAXED);
    if (recent < CACHE_RECENT) {
        __atomic_store_n(&cache_recent[recent], (uint32_t)(e - cache), __ATOMIC_RELAXED);
    }
    __atomic_store_n(&e->tag, (uint64_t)version << 32 | sequence, __ATOMIC_RELEASE);
}

static uint32_t assign_version(Type *type) {
    if (type->info->private_slots[0]) {
        return 0; // an MRO of its own making may hold classes that are no bases
    }
    if (type->version_tag || next_version == UINT32_MAX) {
        return type->version_tag;
    }
    // A version means that every base has one, so that taking it away can stop early.
    Object *bases = type->bases;
    for (ssize_t i = 0; bases && i < tuple_size(bases); i++) {
        Object *base = tuple_get(bases, i);
        if (type_check(base) && !assign_version((Type *)base)) {
            return 0;
        }
    }
    __atomic_store_n(&type->version_tag, next_version++, __ATOMIC_RELEASE);
    return type->version_tag;
}

uint32_t type_version(Type *type) {
    uint32_t version = __atomic_load_n(&type->version_tag, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!version) && (type->flags & TF_READY)) {
        mutex_lock(&type_mutex);
        version = assign_version(type);
        mutex_unlock(&type_mutex);
    }
    return version;
}

Object *type_lookup_uncached(Type *type, Object *name) {
    Object *mro = __atomic_load_n(&type->mro, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!mro)) {
        return type->dict ? dict_get_str(type->dict, name) : NULL;
    }
    ssize_t count = tuple_size(mro);
    for (ssize_t i = 0; i < count; i++) {
        Type *t = (Type *)tuple_get(mro, i);
        Object *value = t->dict ? dict_get_str(t->dict, name) : NULL;
        if (value) {
            return value;
        }
    }
    return NULL;
}

static NOINLINE Object *lookup_miss(Type *type, Object *name, uint32_t *version_out) {
    uint32_t version = type_version(type);
    Object *value = type_lookup_uncached(type, name);
    if (version && str_is_interned(name)) {
        cache_store(version, name, value);
    }
    *version_out = version;
    return value;
}

static inline Object *lookup_cached(Type *type, Object *name, uint32_t *version_out) {
    uint32_t version = __atomic_load_n(&type->version_tag, __ATOMIC_ACQUIRE);
    if (LIKELY(version)) {
        CacheEntry *e = cache_entry(version, name);
        uint64_t tag = __atomic_load_n(&e->tag, __ATOMIC_ACQUIRE);
        if (LIKELY(tag >> 32 == version && !(tag & 1))) {
            Object *found = __atomic_load_n(&e->name, __ATOMIC_RELAXED);
            Object *value = __atomic_load_n(&e->value, __ATOMIC_RELAXED);
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (LIKELY(found == name && __atomic_load_n(&e->tag, __ATOMIC_RELAXED) == tag)) {
                *version_out = version;
                return value;
            }
        }
    }
    return lookup_miss(type, name, version_out);
}

Object *type_lookup(Type *type, Object *name) {
    uint32_t version;
    return lookup_cached(type, name, &version);
}

Object *type_lookup_version(Type *type, Object *name, uint32_t *version) {
    return lookup_cached(type, name, version);
}

bool type_is_subtype(const Type *type, const Type *ancestor) {
    if (type == ancestor) {
        return true;
    }
    Object *mro = __atomic_load_n(&type->mro, __ATOMIC_ACQUIRE);
    if (mro) {
        ssize_t count = tuple_size(mro);
        for (ssize_t i = 1; i < count; i++) {
            if (tuple_get(mro, i) == (Object *)ancestor) {
                return true;
            }
        }
        return count > 0 && tuple_get(mro, 0) == (Object *)ancestor; // of a class with its own mro()
    }
    for (const Type *t = type; t; t = t->base) {
        if (t == ancestor) {
            return true;
        }
    }
    return ancestor == &object_type;
}

// ---- subclasses: a dict from address to the class (built-in types, which live for ever) or a weak
// reference to it

static Object *subclasses_of(const Type *type) {
    return __atomic_load_n(&type->subclasses, __ATOMIC_ACQUIRE);
}

int type_add_subclass(Type *base, Type *type) {
    Object *dict = subclasses_of(base), *fresh = dict ? dict : dict_new();
    Object *key = int_from_u64((uint64_t)(uintptr_t)type);
    Object *value = type->flags & TF_HEAP ? weakref_new((Object *)type, NULL) : (Object *)type;
    if (!fresh || !key || !value) {
        return -1;
    }
    mutex_lock(&type_mutex);
    if (!base->subclasses) {
        gc_store(base, &base->subclasses, fresh);
        type_stored(base);
    }
    mutex_unlock(&type_mutex);
    return dict_set(subclasses_of(base), key, value);
}

void type_remove_subclass(Type *base, Type *type) {
    Object *dict = subclasses_of(base), *key = dict ? int_from_u64((uint64_t)(uintptr_t)type) : NULL;
    if (key) {
        dict_delete_optional(dict, key);
    }
    error_clear();
}

static Type *subclass_of_entry(Object *value) {
    return (Type *)(value && weakref_check(value) ? weakref_get(value) : value);
}

Object *type_subclasses_list(Type *type) {
    Object *list = list_new(0), *dict = subclasses_of(type), *key, *value;
    ssize_t position = 0;
    while (list && dict && dict_next(dict, &position, &key, &value, NULL)) {
        Type *subclass = subclass_of_entry(value);
        if (subclass && subclass != (Type *)NONE && list_append(list, (Object *)subclass) < 0) {
            return NULL;
        }
    }
    return list;
}

static void each_subclass(Type *type, void (*visit)(Type *subclass, void *context), void *context) {
    Object *dict = subclasses_of(type), *key, *value;
    ssize_t position = 0;
    while (dict && dict_next(dict, &position, &key, &value, NULL)) {
        Type *subclass = subclass_of_entry(value);
        if (subclass && subclass != (Type *)NONE) {
            visit(subclass, context);
        }
    }
}

static void drop_version(Type *type, void *context) {
    if (type->version_tag) {
        __atomic_store_n(&type->version_tag, 0, __ATOMIC_RELEASE);
        each_subclass(type, drop_version, NULL);
    }
}

static void update_slots_below(Type *type, void *name) {
    type_update_slots(type, name);
    each_subclass(type, update_slots_below, name);
}

// Whether some slot is what a class has under this name.
static bool slot_is_named(const Object *name) {
    for (size_t i = 0; i < slot_table_size; i++) {
        if (slot_table[i].name_object == name) {
            return true;
        }
    }
    return false;
}

static bool is_dunder(Object *name) {
    ssize_t n = str_length(name);
    return n > 4 && str_read(name, 0) == '_' && str_read(name, 1) == '_' && str_read(name, n - 1) == '_';
}

void type_modified(Type *type, Object *name) {
    bool special = !name || is_dunder(name);
    if (special && name && !str_is_interned(name)) {
        name = str_intern(name);
    }
    // A class that becomes a descriptor changes what its instances mean as attributes of any class.
    bool anywhere = !name || name == names.__get__ || name == names.__set__ || name == names.__delete__;
    Type *top = anywhere ? &object_type : type;
    if (!special || (name && !slot_is_named(name))) {
        mutex_lock(&type_mutex);
        drop_version(top, NULL);
        mutex_unlock(&type_mutex);
        return;
    }
    // Slots are read without a lock, and who asks for a version and then for slots must not get old ones.
    bool stop = runtime_multithreaded;
    if (stop) {
        world_stop();
    }
    drop_version(top, NULL);
    update_slots_below(type, name);
    if (stop) {
        world_start();
    }
}

void type_changed_entirely(Type *type) {
    type_modified(type, NULL);
}

// ---- MRO

// C3: merges the bases' MROs and the list of bases.
Object *mro_compute(Type *type) {
    Object *bases = type->bases;
    ssize_t count = tuple_size(bases);
    for (ssize_t i = 0; i < count; i++) {
        Type *base = (Type *)tuple_get(bases, i);
        if (!base->mro) { // its own mro() is still running
            return raise_error(&exc_TypeError, "Cannot extend an incomplete type '%s'", base->name);
        }
    }
    if (count == 1) {
        Object *base_mro = ((Type *)tuple_get(bases, 0))->mro;
        ssize_t n = tuple_size(base_mro);
        Object *result = tuple_new(n + 1);
        if (!result) {
            return NULL;
        }
        tuple_init(result, 0, (Object *)type);
        for (ssize_t i = 0; i < n; i++) {
            tuple_init(result, i + 1, tuple_get(base_mro, i));
        }
        return result;
    }
    for (ssize_t i = 0; i < count; i++) {
        for (ssize_t j = i + 1; j < count; j++) {
            if (tuple_get(bases, i) == tuple_get(bases, j)) {
                Object *name = type_name_object((Type *)tuple_get(bases, i));
                return name ? raise_error(&exc_TypeError, "duplicate base class %U", name) : NULL;
            }
        }
    }
    Object *result = list_new(count + 2), *sequences = tuple_new(count + 1);
    size_t *heads = calloc((size_t)count + 1, sizeof(size_t));
    if (!result || !sequences || !heads || list_append(result, (Object *)type) < 0) {
        free(heads);
        return NULL;
    }
    for (ssize_t i = 0; i < count; i++) {
        tuple_init(sequences, i, ((Type *)tuple_get(bases, i))->mro);
    }
    tuple_init(sequences, count, bases);
    for (;;) {
        ssize_t exhausted = 0;
        Object *candidate = NULL;
        for (ssize_t i = 0; i <= count && !candidate; i++) {
            Object *s = tuple_get(sequences, i);
            if ((ssize_t)heads[i] >= tuple_size(s)) {
                exhausted++;
                continue;
            }
            candidate = tuple_get(s, (ssize_t)heads[i]);
            for (ssize_t j = 0; j <= count && candidate; j++) {
                Object *other = tuple_get(sequences, j);
                for (ssize_t k = (ssize_t)heads[j] + 1; k < tuple_size(other); k++) {
                    if (tuple_get(other, k) == candidate) {
                        candidate = NULL;
                        break;
                    }
                }
            }
        }
        if (!candidate) {
            if (exhausted == count + 1) {
                break;
            }
            Object *text = str_empty();
            for (ssize_t i = 0; i <= count && text; i++) {
                Object *s = tuple_get(sequences, i);
                if ((ssize_t)heads[i] < tuple_size(s)) {
                    Object *head = tuple_get(s, (ssize_t)heads[i]), *name = type_name_object((Type *)head);
                    bool seen = false;
                    for (ssize_t j = 0; j < i; j++) {
                        Object *t = tuple_get(sequences, j);
                        seen |= (ssize_t)heads[j] < tuple_size(t) && tuple_get(t, (ssize_t)heads[j]) == head;
                    }
                    if (!seen) {
                        text = name ? str_format("%U%s %U", text, str_length(text) ? "," : "", name) : NULL;
                    }
                }
            }
            free(heads);
            return text ? raise_error(&exc_TypeError,
                                      "Cannot create a consistent method resolution\norder (MRO) for bases%U",
                                      text)
                        : NULL;
        }
        if (list_append(result, candidate) < 0) {
            free(heads);
            return NULL;
        }
        for (ssize_t i = 0; i <= count; i++) {
            Object *s = tuple_get(sequences, i);
            if ((ssize_t)heads[i] < tuple_size(s) && tuple_get(s, (ssize_t)heads[i]) == candidate) {
                heads[i]++;
            }
        }
    }
    free(heads);
    return list_to_tuple(result);
}

int mro_update(Type *type) {
    Object *mro = NULL,
           *custom = type->var.base.type == &type_type ? NULL : type_lookup(type->var.base.type, names.mro);
    if (custom && custom->type != &method_descriptor_type) {
        Object *method;
        if (object_lookup_special((Object *)type, names.mro, &method) < 0) {
            return -1;
        }
        Object *result = call0(method);
        mro = result ? sequence_tuple(result) : NULL;
        if (!mro) {
            return -1;
        }
        if (tuple_size(mro) == 0) {
            raise_error(&exc_TypeError, "type MRO must not be empty");
            return -1;
        }
        for (ssize_t i = 0; i < tuple_size(mro); i++) {
            Object *entry = tuple_get(mro, i);
            if (!type_check(entry)) {
                raise_error(&exc_TypeError, "mro() returned a non-class ('%s')", entry->type->name);
                return -1;
            }
            Type *native = type->base, *theirs = (Type *)entry;
            while (native && (native->flags & TF_HEAP)) {
                native = native->base;
            }
            while (theirs && (theirs->flags & TF_HEAP)) {
                theirs = theirs->base;
            }
            if (native && theirs && !type_is_subtype(native, theirs)) {
                raise_error(&exc_TypeError, "mro() returned base with unsuitable layout ('%s')",
                            ((Type *)entry)->name);
                return -1;
            }
        }
        gc_store(type, &type->info->private_slots[0], mro);
        type_stored(type);
        gc_dirty(type); // the slot lies in a cell that only the type traces
    } else {
        mro = mro_compute(type);
        if (!mro) {
            return -1;
        }
    }
    type_store_mro(type, mro);
    return 0;
}

void type_store_mro(Type *type, Object *mro) {
    bool stop = runtime_multithreaded && type->mro; // a new type is known to nobody else
    if (stop) {
        world_stop();
    }
    gc_store(type, &type->mro, mro);
    type_stored(type);
    if (stop) {
        world_start();
    }
}
