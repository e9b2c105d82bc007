// _collections: defaultdict, the field getters of named tuples, and Counter's counting loop.
#include "modules/collections/collections.h"
#include "modules/modules.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/type.h"

// ---- defaultdict

typedef struct DefaultDict {
    Dict dict;
    Object *factory;
} DefaultDict;

Type defaultdict_type;

static Object **factory_of(Object *self) {
    return &((DefaultDict *)self)->factory;
}

static void defaultdict_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Dict *)self)->table);
    trace_cell(tracer, *factory_of(self));
}

static int defaultdict_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *factory = NULL;
    if (nargs) {
        factory = args[0];
        if (factory != NONE && !object_callable(factory)) {
            raise_error(&exc_TypeError, "first argument must be callable or None");
            return -1;
        }
        args++;
        nargs--;
    }
    gc_store(self, factory_of(self), factory == NONE ? NULL : factory);
    return dict_type.info->slots.init(self, args, nargs, kwnames);
}

static Object *defaultdict_missing_method(Object *self, Object *key) {
    Object *factory = field_read(factory_of(self));
    if (!factory || factory == NONE) {
        return raise_with(&exc_KeyError, tuple_pack(1, key));
    }
    // What another thread stores while the factory is called, stays.
    int present = runtime_multithreaded ? dict_contains(self, key) : 1;
    Object *value = present < 0 ? NULL : call0(factory);
    if (value && !present) {
        return dict_set_default(self, key, value);
    }
    return value && dict_set(self, key, value) == 0 ? value : NULL;
}

static Object *defaultdict_copy_method(Object *self) {
    Object *factory = field_read(factory_of(self));
    return call2((Object *)self->type, factory ? factory : NONE, self);
}

static Object *defaultdict_reduce_method(Object *self) {
    Object *factory = field_read(factory_of(self));
    Object *arguments = factory ? tuple_pack(1, factory) : tuple_empty();
    Object *items = arguments ? call_method0(self, names.items) : NULL;
    Object *iterator = items ? object_iter(items) : NULL;
    return iterator ? tuple_pack(5, self->type, arguments, NONE, NONE, iterator) : NULL;
}

static Object *defaultdict_repr(Object *self) {
    Object *base = dict_type.info->slots.repr(self), *factory = field_read(factory_of(self));
    if (!base) {
        return NULL;
    }
    Object *text = NULL;
    ReprGuard guard;
    // The factory may be a method of this very dict.
    if (!factory) {
        text = str_from_cstring("None");
    } else if (repr_enter(&guard, factory)) {
        text = str_from_cstring("...");
    } else {
        text = object_repr(factory);
        repr_leave(&guard);
    }
    return text ? str_format("%s(%U, %U)", type_short_name(self->type), text, base) : NULL;
}

static Object *defaultdict_or(Object *left, Object *right) {
    Object *self = object_is_instance(left, &defaultdict_type) ? left : right;
    if (!dict_check(left) || !dict_check(right)) {
        return NOT_IMPLEMENTED;
    }
    Object *factory = field_read(factory_of(self));
    Object *result = call2((Object *)self->type, factory ? factory : NONE, left);
    return result && dict_update(result, right) == 0 ? result : NULL;
}

static Object *defaultdict_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static MemberDef defaultdict_members[] = {
    { "default_factory", MEMBER_OBJECT, offsetof(DefaultDict, factory), 0, NULL },
    { NULL },
};
static BuiltinDef defaultdict_methods[] = {
    BUILTIN("__missing__", defaultdict_missing_method, "-($self, key, /)", 0, NULL),
    BUILTIN("copy", defaultdict_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("__copy__", defaultdict_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", defaultdict_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", defaultdict_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS,
            NULL),
    BUILTIN_END,
};
static const TypeSpec defaultdict_spec = {
    .name = "collections.defaultdict",
    .base = &dict_type,
    .basic_size = sizeof(DefaultDict),
    .lock_offset = offsetof(Dict, lock),
    .flags = TF_GC | TF_BASE | TF_DICT | TF_MAPPING,
    .methods = defaultdict_methods,
    .members = defaultdict_members,
    .trace = defaultdict_trace,
    .slots = { .init = defaultdict_init,
               .repr = defaultdict_repr,
               .or = defaultdict_or,
               .getattr = object_generic_getattr },
};

// ---- _tuplegetter

typedef struct TupleGetter {
    Object base;
    ssize_t index;
    Object *doc;
} TupleGetter;

static Type tuplegetter_type;

static void tuplegetter_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((TupleGetter *)self)->doc);
}

static Object *tuplegetter_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("_tuplegetter", kwnames) < 0 ||
        arguments_check_count("_tuplegetter", nargs, 2, 2) < 0) {
        return NULL;
    }
    ssize_t index = number_to_ssize(args[0]);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    TupleGetter *getter = (TupleGetter *)object_alloc(type);
    if (getter) {
        getter->index = index;
        gc_init(&getter->doc, args[1]);
    }
    return (Object *)getter;
}

static Object *tuplegetter_get(Object *self, Object *instance, Object *owner) {
    ssize_t index = ((TupleGetter *)self)->index;
    if (!instance) {
        return self;
    }
    if (!tuple_check(instance)) {
        if (instance == NONE) {
            return self;
        }
        return raise_error(&exc_TypeError,
                           "descriptor for index '%zd' for tuple subclasses doesn't "
                           "apply to '%T' object",
                           index, instance);
    }
    if ((size_t)index >= (size_t)tuple_size(instance)) {
        return raise_error(&exc_IndexError, "tuple index out of range");
    }
    return tuple_get(instance, index);
}

static int tuplegetter_set(Object *self, Object *instance, Object *value) {
    raise_error(&exc_AttributeError, value ? "can't set attribute" : "can't delete attribute");
    return -1;
}

static Object *tuplegetter_repr(Object *self) {
    return str_format("%s(%zd, %R)", type_short_name(self->type), ((TupleGetter *)self)->index,
                      ((TupleGetter *)self)->doc);
}

static Object *tuplegetter_reduce_method(Object *self) {
    Object *doc = field_read(&((TupleGetter *)self)->doc);
    if (!doc) { // deleted
        return raise_error(&exc_SystemError, "NULL object passed to Py_BuildValue");
    }
    Object *index = int_from_ssize(((TupleGetter *)self)->index);
    Object *arguments = index ? tuple_pack(2, index, doc) : NULL;
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static MemberDef tuplegetter_members[] = {
    { "__doc__", MEMBER_OBJECT, offsetof(TupleGetter, doc), 0, NULL },
    { NULL },
};
static BuiltinDef tuplegetter_methods[] = {
    BUILTIN("__reduce__", tuplegetter_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static const TypeSpec tuplegetter_spec = {
    .name = "_collections._tuplegetter",
    .basic_size = sizeof(TupleGetter),
    .flags = TF_GC,
    .methods = tuplegetter_methods,
    .members = tuplegetter_members,
    .trace = tuplegetter_trace,
    .slots = { .new = tuplegetter_new,
               .repr = tuplegetter_repr,
               .descr_get = tuplegetter_get,
               .descr_set = tuplegetter_set },
};

// ---- _count_elements

static Object *count_elements(Object *mapping, Object *iterable) {
    Object *iterator = object_iter_whole(iterable), *key, *one = int_from_i64(1);
    if (!iterator || !one) {
        return NULL;
    }
    // The dict's own methods are used when a subclass has not replaced them.
    Object *setter = names.__setitem__;
    bool direct = dict_check(mapping) &&
                  type_lookup(mapping->type, names.get) == type_lookup(&dict_type, names.get) &&
                  type_lookup(mapping->type, setter) == type_lookup(&dict_type, setter);
    Object *get = direct ? NULL : object_getattr(mapping, names.get);
    if (!direct && !get) {
        return NULL;
    }
    while ((key = iterator_step(iterator))) {
        Object *old = direct ? dict_get(mapping, key) : call2(get, key, int_from_i64(0));
        if (!old && error_occurred()) {
            return NULL;
        }
        Object *new = old ? number_add(old, one) : one;
        if (!new || (direct ? dict_set(mapping, key, new) : object_setitem(mapping, key, new)) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : NONE;
}

static Object *collections_count_elements_function(Object *module, Object *mapping, Object *iterable) {
    CriticalSection section;
    critical_section_begin(&section, mapping);
    Object *result = count_elements(mapping, iterable);
    critical_section_end(&section);
    return result;
}

static BuiltinDef functions[] = {
    BUILTIN("_count_elements", collections_count_elements_function, "($module, mapping, iterable, /)", 0,
            NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    return collections_add_deque(module) < 0 || collections_add_ordered_dict(module) < 0 ||
                   module_add_type(module, &defaultdict_type, &defaultdict_spec) < 0 ||
                   module_add_type(module, &tuplegetter_type, &tuplegetter_spec) < 0
               ? -1
               : 0;
}

const ModuleSpec module_collections = { "_collections", NULL, functions, exec };
