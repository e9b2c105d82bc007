// types.GenericAlias: list[int], and the substitution of type variables (PEP 585, PEP 646).
#include "objects/generic_alias.h"

#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/runtime.h"

typedef struct Alias {
    Object base;
    Object *origin, *args, *parameters, *weaklist;
    bool starred;
    void *vectorcall;
} Alias;

static void alias_trace(Object *o, Tracer *tracer) {
    Alias *a = (Alias *)o;
    trace_cell(tracer, a->origin);
    trace_cell(tracer, a->args);
    trace_cell(tracer, a->parameters);
}

Object *generic_alias_new(Object *origin, Object *arguments) {
    Object *args = tuple_check(arguments) ? arguments : tuple_pack(1, arguments);
    Alias *a = args ? (Alias *)object_alloc(&generic_alias_type) : NULL;
    if (a) {
        gc_store(a, &a->origin, origin);
        gc_store(a, &a->args, args);
    }
    return (Object *)a;
}

Object *type_expression_repr(Object *o) {
    if (o == ELLIPSIS) {
        return str_from_cstring("...");
    }
    Object *value, *qualname, *module;
    int has_origin = object_getattr_optional(o, names.__origin__, &value);
    int has_args = has_origin > 0 ? object_getattr_optional(o, names.__args__, &value) : has_origin;
    if (has_args < 0) {
        return NULL;
    }
    if (!has_args) {
        int named = object_getattr_optional(o, names.__qualname__, &qualname);
        if (named > 0) {
            named = object_getattr_optional(o, names.__module__, &module);
        }
        if (named < 0) {
            return NULL;
        }
        if (named && module != NONE) {
            return str_check(module) && str_equal(module, names.builtins)
                       ? object_str(qualname)
                       : str_format("%S.%S", module, qualname);
        }
    }
    return object_repr(o);
}

static Object *alias_repr(Object *o) {
    Alias *a = (Alias *)o;
    Object *parts = list_new(tuple_size(a->args)), *origin = type_expression_repr(a->origin);
    for (ssize_t i = 0; parts && i < tuple_size(a->args); i++) {
        Object *item = tuple_get(a->args, i), *text;
        if (list_check(item)) {  // a parameter list of a ParamSpec
            Object *inner = list_new(0), *each;
            for (ssize_t j = 0; inner && (each = list_read(item, j)); j++) {
                Object *part = type_expression_repr(each);
                if (!part || list_append(inner, part) < 0) {
                    return NULL;
                }
            }
            Object *joined = inner ? str_join(str_from_cstring(", "), inner) : NULL;
            text = joined ? str_format("[%U]", joined) : NULL;
        } else {
            text = type_expression_repr(item);
        }
        if (!text || list_append(parts, text) < 0) {
            return NULL;
        }
    }
    Object *joined = parts && origin ? str_join(str_from_cstring(", "), parts) : NULL;
    return joined ? str_format("%s%U[%U]", a->starred ? "*" : "", origin,
                               tuple_size(a->args) ? joined : str_from_cstring("()"))
                  : NULL;
}

static int add_unique(Object *list, Object *o) {
    for (ssize_t i = 0; i < list_size(list); i++) {
        if (list_read(list, i) == o) {
            return 0;
        }
    }
    return list_append(list, o);
}

Object *generic_parameters(Object *args) {
    Object *found = list_new(0);
    for (ssize_t i = 0; found && i < tuple_size(args); i++) {
        Object *item = tuple_get(args, i), *value;
        if (type_check(item)) {
            continue;
        }
        Object *subst = type_lookup(item->type, names.__typing_subst__);
        if (subst) {
            if (add_unique(found, item) < 0) {
                return NULL;
            }
            continue;
        }
        int has = object_getattr_optional(item, names.__parameters__, &value);
        if (has < 0) {
            return NULL;
        }
        if (has && tuple_check(value)) {
            for (ssize_t j = 0; j < tuple_size(value); j++) {
                if (add_unique(found, tuple_get(value, j)) < 0) {
                    return NULL;
                }
            }
        }
    }
    return found ? list_to_tuple(found) : NULL;
}

static ssize_t index_of(Object *tuple, Object *o) {
    for (ssize_t i = 0; i < tuple_size(tuple); i++) {
        if (tuple_get(tuple, i) == o) {
            return i;
        }
    }
    return -1;
}

// list[int][...]: arguments that are themselves unpacked tuples are spread out.
static Object *unpack_arguments(Object *item) {
    Object *list = list_new(0);
    ssize_t n = tuple_check(item) ? tuple_size(item) : 1;
    for (ssize_t i = 0; list && i < n; i++) {
        Object *o = tuple_check(item) ? tuple_get(item, i) : item, *value;
        if (!type_check(o)) {
            int has = object_getattr_optional(o, names.__typing_unpacked_tuple_args__, &value);
            if (has < 0) {
                return NULL;
            }
            if (has && value != NONE && tuple_check(value) &&
                !(tuple_size(value) && tuple_get(value, tuple_size(value) - 1) == ELLIPSIS)) {
                if (list_extend(list, value) < 0) {
                    return NULL;
                }
                continue;
            }
        }
        if (list_append(list, o) < 0) {
            return NULL;
        }
    }
    return list ? list_to_tuple(list) : NULL;
}

static Object *substitute_one(Object *o, Object *parameters, Object *items) {
    if (type_check(o)) {
        return o;
    }
    Object *subst = NULL, *inner;
    if (object_lookup_special(o, names.__typing_subst__, &subst) < 0) {
        return NULL;
    }
    if (subst) {
        ssize_t at = index_of(parameters, o);
        return at < 0 ? o : call1(subst, tuple_get(items, at));
    }
    int has = object_getattr_optional(o, names.__parameters__, &inner);
    if (has <= 0) {
        return has ? NULL : o;
    }
    if (!tuple_check(inner) || !tuple_size(inner)) {
        return o;
    }
    Object *list = list_new(0);
    for (ssize_t i = 0; list && i < tuple_size(inner); i++) {
        Object *parameter = tuple_get(inner, i);
        ssize_t at = index_of(parameters, parameter);
        Object *value = at < 0 ? parameter : tuple_get(items, at);
        bool variadic = type_lookup(parameter->type, names.__typing_is_unpacked_typevartuple__) ||
                        str_equal_cstring(type_name_object(parameter->type), "TypeVarTuple");
        if (at >= 0 && variadic && tuple_check(value) ? list_extend(list, value) < 0
                                                      : list_append(list, value) < 0) {
            return NULL;
        }
    }
    Object *tuple = list ? list_to_tuple(list) : NULL;
    return tuple ? object_getitem(o, tuple) : NULL;
}

Object *generic_substitute(Object *self, Object *args, Object *parameters, Object *item) {
    ssize_t count = tuple_size(parameters);
    if (!count) {
        return raise_error(&exc_TypeError, "%R is not a generic class", self);
    }
    Object *items = unpack_arguments(item);
    for (ssize_t i = 0; items && i < count; i++) {
        Object *prepare, *parameter = tuple_get(parameters, i);
        int has = object_getattr_optional(parameter, names.__typing_prepare_subst__, &prepare);
        if (has < 0) {
            return NULL;
        }
        if (has && prepare != NONE) {
            items = call2(prepare, self, items);
            if (items && !tuple_check(items)) {
                items = sequence_tuple(items);
            }
        }
    }
    if (!items) {
        return NULL;
    }
    if (tuple_size(items) != count) {
        return raise_error(&exc_TypeError, "Too %s arguments for %R; actual %zd, expected %zd",
                           tuple_size(items) > count ? "many" : "few", self, tuple_size(items), count);
    }
    Object *result = list_new(tuple_size(args));
    for (ssize_t i = 0; result && i < tuple_size(args); i++) {
        Object *o = tuple_get(args, i);
        Object *value = substitute_one(o, parameters, items), *flag;
        if (!value) {
            return NULL;
        }
        int unpacked = type_check(o)
                           ? 0
                           : object_getattr_optional(o, names.__typing_is_unpacked_typevartuple__, &flag);
        if (unpacked > 0) {
            unpacked = object_is_true(flag);
        }
        if (unpacked < 0 ||
            (unpacked && tuple_check(value) ? list_extend(result, value) : list_append(result, value)) < 0) {
            return NULL;
        }
    }
    return result ? list_to_tuple(result) : NULL;
}

static Object *alias_parameters(Object *o, void *closure) {
    Alias *a = (Alias *)o;
    if (!a->parameters) {
        Object *found = generic_parameters(a->args);
        if (!found) {
            return NULL;
        }
        gc_store(a, &a->parameters, found);
    }
    return a->parameters;
}

static Object *alias_getitem(Object *o, Object *item) {
    Alias *a = (Alias *)o;
    Object *parameters = alias_parameters(o, NULL);
    Object *args = parameters ? generic_substitute(o, a->args, parameters, item) : NULL;
    Object *result = args ? generic_alias_new(a->origin, args) : NULL;
    if (result) {
        ((Alias *)result)->starred = a->starred;
    }
    return result;
}

static hash_t alias_hash(Object *o) {
    hash_t x = object_hash(((Alias *)o)->origin), y = x == -1 ? -1 : object_hash(((Alias *)o)->args);
    return x == -1 || y == -1 ? -1 : (x ^ y) == -1 ? -2 : x ^ y;
}

static Object *alias_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !object_is_instance(a, &generic_alias_type) ||
        !object_is_instance(b, &generic_alias_type)) {
        return NOT_IMPLEMENTED;
    }
    Alias *x = (Alias *)a, *y = (Alias *)b;
    int equal = x->starred == y->starred;
    if (equal) {
        equal = object_compare_bool(x->origin, y->origin, CMP_EQ);
    }
    if (equal > 0) {
        equal = object_compare_bool(x->args, y->args, CMP_EQ);
    }
    return equal < 0 ? NULL : bool_from(equal == (op == CMP_EQ));
}

static Object *alias_call(Object *o, Object *const *args, size_t nargs, Object *kwnames) {
    Object *result = call(((Alias *)o)->origin, args, nargs, kwnames);
    if (result && object_setattr(result, names.__orig_class__, o) < 0 &&
        !error_clear_if(&exc_AttributeError) && !error_clear_if(&exc_TypeError)) {
        return NULL;
    }
    return result;
}

static const char *const own_attributes[] = {
    "__class__",
    "__bases__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
};

static Object *alias_getattr(Object *o, Object *name) {
    if (str_check(name)) {
        bool own = false;
        for (size_t i = 0; i < COUNT_OF(own_attributes) && !own; i++) {
            own = str_equal_cstring(name, own_attributes[i]);
        }
        if (!own) {
            return object_getattr(((Alias *)o)->origin, name);
        }
    }
    return object_generic_getattr(o, name);
}

static Object *alias_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("GenericAlias", kwnames) < 0 ||
        arguments_check_count("GenericAlias", nargs, 2, 2) < 0) {
        return NULL;
    }
    Object *list = tuple_check(args[1]) ? args[1] : tuple_pack(1, args[1]);
    Alias *a = list ? (Alias *)object_alloc(type) : NULL;
    if (a) {
        gc_store(a, &a->origin, args[0]);
        gc_store(a, &a->args, list);
    }
    return (Object *)a;
}

static Object *alias_or(Object *a, Object *b) {
    return union_or(a, b);
}

// Iterating over list[int] gives *list[int], once.
typedef struct AliasIterator {
    Object base;
    Object *alias;
} AliasIterator;
static void alias_iterator_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((AliasIterator *)o)->alias);
}
static Object *alias_iter(Object *o) {
    AliasIterator *it = (AliasIterator *)object_alloc(&generic_alias_iterator_type);
    if (it) {
        gc_init(&it->alias, o);
    }
    return (Object *)it;
}
static Object *alias_iterator_next(Object *o) {
    Object *alias = __atomic_exchange_n(&((AliasIterator *)o)->alias, NULL, __ATOMIC_ACQ_REL);
    if (!alias) {
        return NULL;
    }
    Object *starred = generic_alias_new(((Alias *)alias)->origin, ((Alias *)alias)->args);
    if (starred) {
        ((Alias *)starred)->starred = true;
    }
    return starred;
}
static Object *alias_iterator_self(Object *o) {
    return o;
}
static Object *alias_iterator_reduce(Object *o) {
    Object *iter = import_get_attr("builtins", "iter"), *alias = ((AliasIterator *)o)->alias;
    Object *args = tuple_pack(1, alias ? alias : tuple_empty());
    return iter && args ? tuple_pack(2, iter, args) : NULL;
}

static Object *alias_mro_entries(Object *o, Object *bases) {
    return tuple_pack(1, ((Alias *)o)->origin);
}
static Object *alias_instancecheck(Object *o, Object *instance) {
    return raise_error(&exc_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}
static Object *alias_subclasscheck(Object *o, Object *cls) {
    return raise_error(&exc_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}
static Object *alias_reduce(Object *o) {
    Alias *a = (Alias *)o;
    if (a->starred) {
        Object *next = import_get_attr("builtins", "next"), *plain = generic_alias_new(a->origin, a->args);
        Object *iterator = plain ? alias_iter(plain) : NULL,
               *args = iterator ? tuple_pack(1, iterator) : NULL;
        return next && args ? tuple_pack(2, next, args) : NULL;
    }
    Object *args = tuple_pack(2, a->origin, a->args);
    return args ? tuple_pack(2, (Object *)&generic_alias_type, args) : NULL;
}
static Object *alias_dir(Object *o) {
    Object *list = object_dir(((Alias *)o)->origin);
    for (size_t i = 0; list && i < COUNT_OF(own_attributes); i++) {
        Object *name = str_intern_cstring(own_attributes[i]);
        int present = name ? sequence_contains(list, name) : -1;
        if (present < 0 || (!present && list_append(list, name) < 0)) {
            return NULL;
        }
    }
    return list;
}
static Object *alias_unpacked_args(Object *o, void *closure) {
    Alias *a = (Alias *)o;
    return a->starred && a->origin == (Object *)&tuple_type ? a->args : NONE;
}
static BuiltinDef alias_methods[] = {
    BUILTIN("__mro_entries__", alias_mro_entries, "-($self, bases, /)", 0, NULL),
    BUILTIN("__instancecheck__", alias_instancecheck, "-($self, instance, /)", 0, NULL),
    BUILTIN("__subclasscheck__", alias_subclasscheck, "-($self, cls, /)", 0, NULL),
    BUILTIN("__reduce__", alias_reduce, "-($self, /)", 0, NULL),
    BUILTIN("__dir__", alias_dir, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef alias_members[] = {
    { "__origin__", MEMBER_OBJECT, offsetof(Alias, origin), MEMBER_READONLY, NULL },
    { "__args__", MEMBER_OBJECT, offsetof(Alias, args), MEMBER_READONLY, NULL },
    { "__unpacked__", MEMBER_BOOL, offsetof(Alias, starred), MEMBER_READONLY, NULL },
    {},
};
static GetSetDef alias_getsets[] = {
    { "__parameters__", alias_parameters, NULL, NULL, NULL },
    { "__typing_unpacked_tuple_args__", alias_unpacked_args, NULL, NULL, NULL },
    {},
};
Type generic_alias_type, generic_alias_iterator_type;
const TypeSpec generic_alias_spec = {
    .name = "types.GenericAlias",
    .basic_size = sizeof(Alias),
    .weaklist_offset = offsetof(Alias, weaklist),
    .vectorcall_offset = offsetof(Alias, vectorcall),
    .flags = TF_GC | TF_BASE | TF_HAVE_VECTORCALL,
    .methods = alias_methods,
    .members = alias_members,
    .getsets = alias_getsets,
    .trace = alias_trace,
    .slots = { .repr = alias_repr,
               .hash = alias_hash,
               .call = alias_call,
               .getattr = alias_getattr,
               .compare = alias_compare,
               .iter = alias_iter,
               .or = alias_or,
               .getitem = alias_getitem,
               .new = alias_new },
};
static BuiltinDef alias_iterator_methods[] = {
    BUILTIN("__reduce__", alias_iterator_reduce, "-($self, /)", 0, NULL), BUILTIN_END
};
const TypeSpec generic_alias_iterator_spec = {
    .name = "generic_alias_iterator",
    .basic_size = sizeof(AliasIterator),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = alias_iterator_methods,
    .trace = alias_iterator_trace,
    .slots = { .iter = alias_iterator_self, .next = alias_iterator_next },
};
