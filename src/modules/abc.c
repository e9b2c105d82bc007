// _abc: what abc.ABCMeta is made of. Registries and caches are sets of weak references; the data of a
// class hangs in its `_abc_impl` attribute. The sets are ordinary sets, whose operations are atomic;
// a cache is replaced as a whole when another class has been registered since.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "objects/weakref.h"

typedef struct AbcData {
    Object base;
    Object *registry, *cache, *negative_cache;  // sets of weak references, or NULL
    uint64_t negative_version;
} AbcData;

static uint64_t invalidation_counter;
static Type abc_data_type;

static void abc_data_trace(Object *o, Tracer *tracer) {
    AbcData *d = (AbcData *)o;
    trace_cell(tracer, d->registry);
    trace_cell(tracer, d->cache);
    trace_cell(tracer, d->negative_cache);
}
static Object *abc_data_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    AbcData *d = (AbcData *)object_alloc(type);
    if (d) {
        d->negative_version = __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE);
    }
    return (Object *)d;
}
static const TypeSpec abc_data_spec = {
    .name = "_abc._abc_data",
    .basic_size = sizeof(AbcData),
    .flags = TF_GC,
    .trace = abc_data_trace,
    .doc = "Internal state held by ABC machinery.",
    .slots = { .new = abc_data_new },
};

static AbcData *abc_data_of(Object *cls) {
    Object *data = object_getattr(cls, names._abc_impl);
    if (data && data->type != &abc_data_type) {
        raise_error(&exc_TypeError, "_abc_impl is set to a wrong type");
        return NULL;
    }
    return (AbcData *)data;
}

// Without a callback: dead references are dropped when the set is looked through.
static int weak_add(AbcData *owner, Object **slot, Object *o) {
    Object *set = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!set) {
        set = set_new(NULL);
        if (!set) {
            return -1;
        }
        set = gc_publish(owner, slot, set);
    }
    Object *reference = weakref_new(o, NULL);
    return reference ? set_add(set, reference) : -1;
}

static int weak_contains(Object *const *slot, Object *o) {
    Object *set = field_read(slot);
    if (!set || !set_size(set)) {
        return 0;
    }
    Object *reference = weakref_new(o, NULL);
    if (!reference) {
        return error_clear_if(&exc_TypeError) ? 0 : -1;
    }
    return set_contains(set, reference);
}

static Object *abc_get_cache_token(Object *module) {
    return int_from_u64(__atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE));
}

static int is_abstract(Object *o) {
    Object *value;
    int found = object_getattr_optional(o, names.__isabstractmethod__, &value);
    return found <= 0 ? found : object_is_true(value);
}

static int compute_abstract_methods(Object *self) {
    Object *abstracts = set_new(NULL), *dict = object_getattr(self, names.__dict__);
    Object *items_view = dict ? call_method0(dict, names.items) : NULL;
    Object *items = items_view ? sequence_list(items_view) : NULL;
    if (!abstracts || !items) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(items); i++) {
        // `__dict__`, and what its items are, may be anything.
        Object *pair = sequence_fast(list_read(items, i), "items() returned non-iterable");
        Object *both = pair ? sequence_tuple(pair) : NULL;
        if (!both) {
            return -1;
        }
        if (tuple_size(both) != 2) {
            raise_error(&exc_TypeError, "items() returned item which size is not 2");
            return -1;
        }
        int abstract = is_abstract(tuple_get(both, 1));
        if (abstract < 0 || (abstract && set_add(abstracts, tuple_get(both, 0)) < 0)) {
            return -1;
        }
    }
    Object *bases = object_getattr(self, names.__bases__);
    if (!bases) {
        return -1;
    }
    if (!tuple_check(bases)) {
        raise_error(&exc_TypeError, "__bases__ is not tuple");
        return -1;
    }
    for (ssize_t i = 0; i < tuple_size(bases); i++) {
        Object *inherited;
        int found = object_getattr_optional(tuple_get(bases, i), names.__abstractmethods__, &inherited);
        if (found < 0) {
            return -1;
        }
        Object *list = found ? sequence_list(inherited) : NULL;
        if (found && !list) {
            return -1;
        }
        for (ssize_t j = 0; list && j < list_size(list); j++) {
            Object *name = list_read(list, j), *value;
            int has = object_getattr_optional(self, name, &value);
            int abstract = has > 0 ? is_abstract(value) : has;
            if (abstract < 0 || (abstract && set_add(abstracts, name) < 0)) {
                return -1;
            }
        }
    }
    Object *frozen = frozenset_new(abstracts);
    return frozen ? object_setattr(self, names.__abstractmethods__, frozen) : -1;
}

static Object *abc_init(Object *module, Object *self) {
    if (compute_abstract_methods(self) < 0) {
        return NULL;
    }
    Object *data = abc_data_new(&abc_data_type, NULL, 0, NULL);
    if (!data || object_setattr(self, names._abc_impl, data) < 0) {
        return NULL;
    }
    if (type_check(self)) {
        Object *flags = dict_get_cstring(((Type *)self)->dict, "__abc_tpflags__");
        if (flags && int_check(flags)) {
            unsigned long value = (unsigned long)int_to_u64_mask(flags) & (TF_SEQUENCE | TF_MAPPING);
            if (value == (TF_SEQUENCE | TF_MAPPING)) {
                return raise_error(
                    &exc_TypeError,
                    "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
            }
            ((Type *)self)->flags |= value;
            Object *key = str_intern_cstring("__abc_tpflags__");
            if (!key || dict_delete_optional(((Type *)self)->dict, key) < 0) {
                return NULL;
            }
        }
    }
    return NONE;
}

static void set_collection_flags(Type *type, unsigned long flags) {
    Object *children = type_subclasses_list(type);
    if (!(type->flags & TF_IMMUTABLE)) {
        type->flags = (type->flags & ~(TF_SEQUENCE | TF_MAPPING)) | flags;
    }
    for (ssize_t i = 0; children && i < list_size(children); i++) {
        set_collection_flags((Type *)list_read(children, i), flags);
    }
}

static Object *abc_register(Object *module, Object *self, Object *subclass) {
    if (!type_check(subclass)) {
        return raise_error(&exc_TypeError, "Can only register classes");
    }
    int already = object_is_subclass_of(subclass, self);
    if (already) {
        return already < 0 ? NULL : subclass;
    }
    int cycle = object_is_subclass_of(self, subclass);
    if (cycle) {
        return cycle < 0 ? NULL : raise_error(&exc_RuntimeError, "Refusing to create an inheritance cycle");
    }
    AbcData *data = abc_data_of(self);
    if (!data || weak_add(data, &data->registry, subclass) < 0) {
        return NULL;
    }
    __atomic_fetch_add(&invalidation_counter, 1, __ATOMIC_ACQ_REL);
    if (type_check(self)) {
        unsigned long flags = ((Type *)self)->flags & (TF_SEQUENCE | TF_MAPPING);
        if (flags) {
            set_collection_flags((Type *)subclass, flags);
            error_clear();
        }
    }
    return subclass;
}

static Object *abc_subclasscheck(Object *module, Object *self, Object *subclass) {
    if (!type_check(subclass)) {
        return raise_error(&exc_TypeError, "issubclass() arg 1 must be a class");
    }
    AbcData *data = abc_data_of(self);
    if (!data) {
        return NULL;
    }
    int found = weak_contains(&data->cache, subclass);
    if (found) {
        return found < 0 ? NULL : TRUE_OBJECT;
    }
    uint64_t now = __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&data->negative_version, __ATOMIC_ACQUIRE) < now) {
        gc_store(data, &data->negative_cache, NULL);
        __atomic_store_n(&data->negative_version, now, __ATOMIC_RELEASE);
    } else {
        found = weak_contains(&data->negative_cache, subclass);
        if (found) {
            return found < 0 ? NULL : FALSE_OBJECT;
        }
    }
    Object *verdict = call_method1(self, names.__subclasshook__, subclass);
    if (!verdict) {
        return NULL;
    }
    int result = -1;
    if (verdict == TRUE_OBJECT) {
        result = 1;
    } else if (verdict == FALSE_OBJECT) {
        result = 0;
    } else if (verdict != NOT_IMPLEMENTED) {
        return raise_error(&exc_AssertionError,
                           "__subclasshook__ must return either False, True, or NotImplemented");
    }
    if (result < 0 && type_check(self) && type_is_subtype((Type *)subclass, (Type *)self)) {
        result = 1;
    }
    Object *registry = field_read(&data->registry);
    if (result < 0 && registry) {
        Object *references = sequence_list(registry);
        for (ssize_t i = 0; references && result < 0 && i < list_size(references); i++) {
            Object *registered = weakref_get(list_read(references, i));
            if (registered) {
                int is = object_is_subclass_of(subclass, registered);
                if (is < 0) {
                    return NULL;
                }
                result = is ? 1 : -1;
            } else if (set_discard(registry, list_read(references, i)) < 0) {
                error_clear();
            }
        }
        if (!references) {
            return NULL;
        }
    }
    if (result < 0) {
        Object *children = call_method0(self, str_intern_cstring("__subclasses__"));
        if (!children) {
            return NULL;
        }
        if (!list_check(children)) {
            return raise_error(&exc_TypeError, "__subclasses__() must return a list");
        }
        Object *child;
        for (ssize_t i = 0; result < 0 && (child = list_read(children, i)); i++) {
            int is = object_is_subclass_of(subclass, child);
            if (is < 0) {
                return NULL;
            }
            result = is ? 1 : -1;
        }
    }
    if (weak_add(data, result > 0 ? &data->cache : &data->negative_cache, subclass) < 0) {
        return NULL;
    }
    return bool_from(result > 0);
}

static Object *abc_instancecheck(Object *module, Object *self, Object *instance) {
    AbcData *data = abc_data_of(self);
    Object *subclass = data ? object_getattr(instance, names.__class__) : NULL;
    if (!subclass) {
        return NULL;
    }
    int found = weak_contains(&data->cache, subclass);
    if (found) {
        return found < 0 ? NULL : TRUE_OBJECT;
    }
    Object *subtype = (Object *)instance->type, *check = str_intern_cstring("__subclasscheck__");
    if (subtype == subclass && __atomic_load_n(&data->negative_version, __ATOMIC_ACQUIRE) ==
                                   __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE)) {
        found = weak_contains(&data->negative_cache, subclass);
        if (found) {
            return found < 0 ? NULL : FALSE_OBJECT;
        }
    }
    Object *result = call_method1(self, check, subclass);
    if (!result || subtype == subclass) {
        return result;
    }
    int truth = object_is_true(result);
    return truth ? truth < 0 ? NULL : result : call_method1(self, check, subtype);
}

static Object *abc_reset_registry(Object *module, Object *self) {
    AbcData *data = abc_data_of(self);
    if (data) {
        gc_store(data, &data->registry, NULL);
    }
    return data ? NONE : NULL;
}
static Object *abc_reset_caches(Object *module, Object *self) {
    AbcData *data = abc_data_of(self);
    if (data) {
        gc_store(data, &data->cache, NULL);
        gc_store(data, &data->negative_cache, NULL);
    }
    return data ? NONE : NULL;
}
static Object *abc_get_dump(Object *module, Object *self) {
    AbcData *data = abc_data_of(self);
    if (!data) {
        return NULL;
    }
    Object *a = set_new(field_read(&data->registry)), *b = set_new(field_read(&data->cache)),
           *c = set_new(field_read(&data->negative_cache));
    Object *version = int_from_u64(__atomic_load_n(&data->negative_version, __ATOMIC_ACQUIRE));
    return a && b && c && version ? tuple_pack(4, a, b, c, version) : NULL;
}

static BuiltinDef abc_functions[] = {
    BUILTIN("get_cache_token", abc_get_cache_token, "($module, /)", 0, NULL),
    BUILTIN("_abc_init", abc_init, "($module, self, /)", 0, NULL),
    BUILTIN("_reset_registry", abc_reset_registry, "($module, self, /)", 0, NULL),
    BUILTIN("_reset_caches", abc_reset_caches, "($module, self, /)", 0, NULL),
    BUILTIN("_get_dump", abc_get_dump, "($module, self, /)", 0, NULL),
    BUILTIN("_abc_register", abc_register, "($module, self, subclass, /)", 0, NULL),
    BUILTIN("_abc_instancecheck", abc_instancecheck, "($module, self, instance, /)", 0, NULL),
    BUILTIN("_abc_subclasscheck", abc_subclasscheck, "($module, self, subclass, /)", 0, NULL),
    BUILTIN_END,
};

static int abc_exec(Object *module) {
    return type_ready(&abc_data_type, &abc_data_spec);
}
const ModuleSpec module_abc = { "_abc", NULL, abc_functions, abc_exec };
