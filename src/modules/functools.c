// _functools: reduce, cmp_to_key and partial. lru_cache is in lru_cache.c.
#include "modules/functools.h"
#include "modules/modules.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/type.h"

// ---- partial: CPython's layout

typedef struct Partial {
    Object base;
    Object *function, *args, *keywords, *dict, *weaklist;
    void *vectorcall;
} Partial;

Type partial_type;

static Partial *partial(Object *self) {
    return (Partial *)self;
}

static void partial_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&partial(self)->function, 4);
}

static Object *partial_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 1) {
        return raise_error(&exc_TypeError, "type 'partial' takes at least one argument");
    }
    Object *function = args[0], *inner_args = NULL, *inner_keywords = NULL;
    if (object_is_instance(function, &partial_type) && type == &partial_type &&
        function->type == &partial_type && !partial(function)->dict) {
        inner_args = partial(function)->args;
        inner_keywords = partial(function)->keywords;
        function = partial(function)->function;
    }
    if (!object_callable(function)) {
        return raise_error(&exc_TypeError, "the first argument must be callable");
    }
    Object *positional = tuple_from_array(args + 1, (ssize_t)nargs - 1);
    if (positional && inner_args) {
        positional = sequence_concat(inner_args, positional);
    }
    Object *keywords = !positional ? NULL : inner_keywords ? dict_copy(inner_keywords) : dict_new();
    for (ssize_t i = 0; keywords && kwnames && i < tuple_size(kwnames); i++) {
        if (dict_set(keywords, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
            return NULL;
        }
    }
    Partial *p = keywords ? (Partial *)object_alloc(type) : NULL;
    if (!p) {
        return NULL;
    }
    gc_init(&p->function, function);
    gc_init(&p->args, positional);
    gc_init(&p->keywords, keywords);
    return (Object *)p;
}

enum { KEYWORDS_NEAR = 8 };

static Object *partial_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Partial *p = partial(self);
    Object *first = p->args, *keywords = p->keywords;
    size_t n = (size_t)tuple_size(first), named = kwnames ? (size_t)tuple_size(kwnames) : 0;
    if (!dict_size(keywords)) {
        // Everything in one array, on the stack when it is short.
        size_t total = n + nargs + named;
        Object *near[vector_room(total)], **all = near;
        near[COUNT_OF(near) - 1] = NULL;
        if (total > COUNT_OF(near)) {
            Object *holder = tuple_new((ssize_t)total);
            if (!holder) {
                return NULL;
            }
            all = tuple_items(holder);
            gc_store_range(holder, all, tuple_items(first), n);
            gc_store_range(holder, all + n, args, nargs + named);
        } else {
            memcpy(all, tuple_items(first), n * sizeof *all);
            if (nargs + named) {
                memcpy(all + n, args, (nargs + named) * sizeof *all);
            }
        }
        return call(p->function, all, n + nargs, kwnames);
    }
    if (!named && n + nargs + (size_t)dict_size(keywords) <= KEYWORDS_NEAR && !runtime_multithreaded) {
        Object *all[KEYWORDS_NEAR] = { NULL }, *key_names = tuple_new(dict_size(keywords)), *key, *value;
        if (!key_names) {
            return NULL;
        }
        memcpy(all, tuple_items(first), n * sizeof *all);
        if (nargs) {
            memcpy(all + n, args, nargs * sizeof *all);
        }
        ssize_t position = 0, i = 0;
        while (i < tuple_size(key_names) && dict_next(keywords, &position, &key, &value, NULL) &&
               str_check_exact(key)) {
            tuple_init(key_names, i, key);
            all[n + nargs + (size_t)i++] = value;
        }
        if (i == tuple_size(key_names)) {
            return call(p->function, all, n + nargs, key_names);
        }
    }
    Object *merged = dict_copy(keywords);
    for (size_t i = 0; merged && i < named; i++) {
        if (dict_set(merged, tuple_get(kwnames, (ssize_t)i), args[nargs + i]) < 0) {
            return NULL;
        }
    }
    Object *positional = merged ? tuple_from_array(args, (ssize_t)nargs) : NULL;
    positional = positional ? sequence_concat(first, positional) : NULL;
    return positional ? call_tuple_dict(p->function, positional, merged) : NULL;
}

static Object *partial_repr(Object *self) {
    // __setstate__ may exchange them while the items are shown.
    Object *function = field_read(&partial(self)->function), *args = field_read(&partial(self)->args);
    Object *keywords = field_read(&partial(self)->keywords);
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("...");
    }
    Object *name = self->type == &partial_type ? str_from_cstring("functools.partial")
                                               : type_name_object(self->type);
    Object *text = name ? str_format("%U(%R", name, function) : NULL;
    for (ssize_t i = 0; text && i < tuple_size(args); i++) {
        text = str_format("%U, %R", text, tuple_get(args, i));
    }
    ssize_t position = 0;
    Object *key, *value;
    while (text && dict_next(keywords, &position, &key, &value, NULL)) {
        text = str_format("%U, %S=%R", text, key, value);
    }
    repr_leave(&guard);
    return text ? str_format("%U)", text) : NULL;
}

static Object *partial_reduce_method(Object *self) {
    Partial *p = partial(self);
    Object *arguments = tuple_pack(1, p->function);
    Object *state = arguments ? tuple_pack(4, p->function, p->args, p->keywords, p->dict ? p->dict : NONE)
                              : NULL;
    return state ? tuple_pack(3, self->type, arguments, state) : NULL;
}

static Object *partial_setstate_method(Object *self, Object *state) {
    Partial *p = partial(self);
    if (!tuple_check(state) || tuple_size(state) != 4) {
        return raise_error(&exc_TypeError, "invalid partial state");
    }
    Object *function = tuple_get(state, 0), *args = tuple_get(state, 1);
    Object *keywords = tuple_get(state, 2), *dict = tuple_get(state, 3);
    if (!object_callable(function) || !tuple_check(args) || (keywords != NONE && !dict_check(keywords))) {
        return raise_error(&exc_TypeError, "invalid partial state");
    }
    if (args->type != &tuple_type) {
        args = tuple_from_array(tuple_items(args), tuple_size(args));
    }
    if (keywords == NONE) {
        keywords = dict_new();
    } else if (keywords->type != &dict_type) {
        keywords = dict_copy(keywords);
    }
    if (!args || !keywords) {
        return NULL;
    }
    gc_store(p, &p->function, function);
    gc_store(p, &p->args, args);
    gc_store(p, &p->keywords, keywords);
    gc_store(p, &p->dict, dict == NONE ? NULL : dict);
    return NONE;
}

static Object *partial_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static Object *dict_attribute(Object *self, void *closure) {
    Object **slot = (Object **)((char *)self + (size_t)closure), *dict = field_read(slot);
    if (!dict) {
        dict = dict_new();
        dict = dict ? gc_publish(self, slot, dict) : NULL;
    }
    return dict;
}
static int dict_attribute_set(Object *self, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!dict_check(value)) {
        raise_error(&exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", value);
        return -1;
    }
    gc_store(self, (char *)self + (size_t)closure, value);
    return 0;
}

static GetSetDef partial_getsets[] = {
    { "__dict__", dict_attribute, dict_attribute_set, NULL, (void *)offsetof(Partial, dict) },
    { NULL },
};
static MemberDef partial_members[] = {
    { "func", MEMBER_OBJECT, offsetof(Partial, function), MEMBER_READONLY, NULL },
    { "args", MEMBER_OBJECT, offsetof(Partial, args), MEMBER_READONLY, NULL },
    { "keywords", MEMBER_OBJECT, offsetof(Partial, keywords), MEMBER_READONLY, NULL },
    { NULL },
};
static BuiltinDef partial_methods[] = {
    BUILTIN("__reduce__", partial_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", partial_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__class_getitem__", partial_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static const TypeSpec partial_spec = {
    .name = "functools.partial",
    .basic_size = sizeof(Partial),
    .dict_offset = offsetof(Partial, dict),
    .weaklist_offset = offsetof(Partial, weaklist),
    .flags = TF_GC | TF_BASE,
    .methods = partial_methods,
    .getsets = partial_getsets,
    .members = partial_members,
    .trace = partial_trace,
    .slots = { .new = partial_new,
               .call = partial_call,
               .repr = partial_repr,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr },
};

// ---- cmp_to_key

typedef struct Key {
    Object base;
    Object *compare, *object;
} Key;

static Type key_type;

static void key_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Key *)self)->compare, 2);
}

static Object *key_new(Object *compare, Object *object) {
    Key *key = (Key *)object_alloc(&key_type);
    if (key) {
        gc_init(&key->compare, compare);
        gc_init(&key->object, object);
    }
    return (Object *)key;
}

static Object *key_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[1];
    return signature_bind(&signature, "K", "(obj)", args, nargs, kwnames, bound) < 0
               ? NULL
               : key_new(((Key *)self)->compare, bound[0]);
}

static Object *key_compare(Object *self, Object *other, CompareOp op) {
    if (other->type != &key_type) {
        return raise_error(&exc_TypeError, "other argument must be K instance");
    }
    Object *x = ((Key *)self)->object, *y = ((Key *)other)->object;
    if (!x || !y) {
        return raise_error(&exc_AttributeError, "object");
    }
    Object *order = call2(((Key *)self)->compare, x, y);
    return order ? object_compare(order, int_from_i64(0), op) : NULL;
}

static MemberDef key_members[] = {
    { "obj", MEMBER_OBJECT, offsetof(Key, object), 0, NULL },
    { NULL },
};
static const TypeSpec key_spec = {
    .name = "functools.KeyWrapper",
    .basic_size = sizeof(Key),
    .flags = TF_GC,
    .members = key_members,
    .trace = key_trace,
    .slots = { .call = key_call, .compare = key_compare, .getattr = object_generic_getattr },
};

static Object *functools_cmp_to_key_function(Object *module, Object *compare) {
    return key_new(compare, NULL);
}

// ---- reduce

static Object *functools_reduce_function(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("reduce", kwnames) < 0 || arguments_check_count("reduce", nargs, 2, 3) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(args[1]), *result = nargs > 2 ? args[2] : NULL, *item;
    if (!iterator) {
        if (error_clear_if(&exc_TypeError)) {
            raise_error(&exc_TypeError, "reduce() arg 2 must support iteration");
        }
        return NULL;
    }
    while ((item = iterator_step(iterator))) {
        result = result ? call2(args[0], result, item) : item;
        if (!result) {
            return NULL;
        }
    }
    if (error_occurred()) {
        return NULL;
    }
    return result ? result : raise_error(&exc_TypeError, "reduce() of empty iterable with no initial value");
}

static BuiltinDef functions[] = {
    BUILTIN("cmp_to_key", functools_cmp_to_key_function, "-($module, /, mycmp)", 0, NULL),
    BUILTIN("reduce", functools_reduce_function, NULL, 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    return type_ready(&key_type, &key_spec) < 0 ||
                   module_add_type(module, &partial_type, &partial_spec) < 0 ||
                   functools_add_lru_cache(module) < 0
               ? -1
               : 0;
}

const ModuleSpec module_functools = { "_functools", NULL, functions, exec };
