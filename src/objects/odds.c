// Small types: mappingproxy, SimpleNamespace, capsule, and X | Y.
#include "objects/generic_alias.h"
#include "objects/odds.h"

#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

// ---- mappingproxy

typedef struct MappingProxy {
    Object base;
    Object *mapping;
} MappingProxy;

static inline Object *mapping_of(Object *o) {
    return ((MappingProxy *)o)->mapping;
}
Object *mappingproxy_mapping(Object *proxy) {
    return mapping_of(proxy);
}
Object *mappingproxy_new(Object *mapping) {
    MappingProxy *p = (MappingProxy *)object_alloc(&mappingproxy_type);
    if (p) {
        gc_init(&p->mapping, mapping);
    }
    return (Object *)p;
}
static void proxy_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, mapping_of(o));
}
static Object *proxy_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *b[1];
    if (signature_bind(&cache, "mappingproxy", "(mapping)", args, nargs, kwnames, b) < 0) {
        return NULL;
    }
    if (!mapping_check(b[0]) || list_check(b[0]) || tuple_check(b[0])) {
        return raise_error(&exc_TypeError, "mappingproxy() argument must be a mapping, not %s",
                           b[0]->type->name);
    }
    return mappingproxy_new(b[0]);
}
static Object *proxy_repr(Object *o) {
    return str_format("mappingproxy(%R)", mapping_of(o));
}
static Object *proxy_str(Object *o) {
    return object_str(mapping_of(o));
}
static Object *proxy_compare(Object *a, Object *b, CompareOp op) {
    return object_compare(mapping_of(a), b, op);
}
static Object *proxy_iter(Object *o) {
    return object_iter(mapping_of(o));
}
static Object *unproxy(Object *o) {
    return o->type == &mappingproxy_type ? mapping_of(o) : o;
}
static Object *proxy_or(Object *a, Object *b) {
    if (!c_stack_suffices()) {  // a proxy of a proxy of a proxy
        return NULL;
    }
    return number_binary(unproxy(a), unproxy(b), 7);  // NB_OR
}
static Object *proxy_ior(Object *a, Object *b) {
    return raise_error(&exc_TypeError, "'|=' is not supported by %s; use '|' instead", a->type->name);
}
static ssize_t proxy_length(Object *o) {
    return object_length(mapping_of(o));
}
static Object *proxy_getitem(Object *o, Object *key) {
    return object_getitem(mapping_of(o), key);
}
static int proxy_contains(Object *o, Object *key) {
    return dict_check_exact(mapping_of(o)) ? dict_contains(mapping_of(o), key)
                                           : sequence_contains(mapping_of(o), key);
}
static Object *proxy_get(Object *o, Object *key, Object *otherwise) {
    return call_method2(mapping_of(o), names.get, key, otherwise ? otherwise : NONE);
}
static Object *proxy_keys(Object *o) {
    return call_method0(mapping_of(o), names.keys);
}
static Object *proxy_values(Object *o) {
    return call_method0(mapping_of(o), names.values);
}
static Object *proxy_items(Object *o) {
    return call_method0(mapping_of(o), names.items);
}
static Object *proxy_copy(Object *o) {
    return call_method0(mapping_of(o), names.copy);
}
static Object *proxy_reversed(Object *o) {
    return call_method0(mapping_of(o), names.__reversed__);
}
static Object *proxy_class_getitem(Object *cls, Object *item) {
    return generic_alias_new(cls, item);
}
static BuiltinDef proxy_methods[] = {
    BUILTIN("get", proxy_get, "-($self, key, default=None, /)", 0, NULL),
    BUILTIN("keys", proxy_keys, "-($self, /)", 0, NULL),
    BUILTIN("values", proxy_values, "-($self, /)", 0, NULL),
    BUILTIN("items", proxy_items, "-($self, /)", 0, NULL),
    BUILTIN("copy", proxy_copy, "-($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", proxy_class_getitem, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN("__reversed__", proxy_reversed, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type mappingproxy_type;
const TypeSpec mappingproxy_spec = {
    .name = "mappingproxy",
    .basic_size = sizeof(MappingProxy),
    .flags = TF_GC | TF_MAPPING,
    .methods = proxy_methods,
    .trace = proxy_trace,
    .slots = { .repr = proxy_repr,
               .str = proxy_str,
               .hash = object_hash_not_implemented,
               .getattr = object_generic_getattr,
               .compare = proxy_compare,
               .iter = proxy_iter,
               .or = proxy_or,
               .inplace_or = proxy_ior,
               .length = proxy_length,
               .getitem = proxy_getitem,
               .contains = proxy_contains,
               .new = proxy_new },
};

// ---- SimpleNamespace

typedef struct Namespace {
    Object base;
    Object *dict;
} Namespace;

static void namespace_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((Namespace *)o)->dict);
}
Object *simple_namespace_new(Object *dict) {
    Namespace *n = (Namespace *)object_alloc(&simple_namespace_type);
    Object *own = !n ? NULL : dict ? dict_copy(dict) : dict_new();
    if (!own) {
        return NULL;
    }
    gc_store(n, &n->dict, own);
    return &n->base;
}
static Object *namespace_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Namespace *n = (Namespace *)object_alloc(type);
    Object *dict = n ? dict_new() : NULL;
    if (!dict) {
        return NULL;
    }
    gc_store(n, &n->dict, dict);
    return &n->base;
}
static int namespace_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs) {
        raise_error(&exc_TypeError, "no positional arguments expected");
        return -1;
    }
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        if (dict_set(((Namespace *)self)->dict, tuple_get(kwnames, i), args[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
static Object *namespace_repr(Object *o) {
    const char *name = o->type == &simple_namespace_type ? "namespace" : o->type->name;
    ReprGuard guard;
    if (repr_enter(&guard, o)) {
        return str_format("%s(...)", name);
    }
    Object *parts = list_new(0), *key, *value, *dict = dict_copy(((Namespace *)o)->dict);
    ssize_t position = 0;
    while (parts && dict && dict_next(dict, &position, &key, &value, NULL)) {
        if (str_check(key) && str_length(key)) {
            Object *text = str_format("%U=%R", key, value);
            if (!text || list_append(parts, text) < 0) {
                parts = NULL;
            }
        }
    }
    repr_leave(&guard);
    if (!parts || !dict) {
        return NULL;
    }
    Object *joined = str_join(str_from_cstring(", "), parts);
    return joined ? str_format("%s(%U)", name, joined) : NULL;
}
static Object *namespace_compare(Object *a, Object *b, CompareOp op) {
    if (object_is_instance(a, &simple_namespace_type) && object_is_instance(b, &simple_namespace_type)) {
        return object_compare(((Namespace *)a)->dict, ((Namespace *)b)->dict, op);
    }
    return NOT_IMPLEMENTED;
}
static Object *namespace_reduce(Object *o) {
    Object *args = tuple_empty();
    return args ? tuple_pack(3, (Object *)o->type, args, ((Namespace *)o)->dict) : NULL;
}
static BuiltinDef namespace_methods[] = { BUILTIN("__reduce__", namespace_reduce, "-($self, /)", 0, NULL),
                                          BUILTIN_END };
static MemberDef namespace_members[] = {
    { "__dict__", MEMBER_OBJECT, offsetof(Namespace, dict), MEMBER_READONLY, NULL }, {}
};
Type simple_namespace_type;
const TypeSpec simple_namespace_spec = {
    .name = "types.SimpleNamespace",
    .basic_size = sizeof(Namespace),
    .dict_offset = offsetof(Namespace, dict),
    .flags = TF_GC | TF_BASE,
    .methods = namespace_methods,
    .members = namespace_members,
    .trace = namespace_trace,
    .slots = { .repr = namespace_repr,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr,
               .compare = namespace_compare,
               .init = namespace_init,
               .new = namespace_new },
};

// ---- capsules

typedef struct Capsule {
    Object base;
    void *pointer;
    const char *name;
    void *context;
    void (*destroy)(Object *capsule);
} Capsule;
Object *capsule_new(void *pointer, const char *name, void (*destroy)(Object *capsule)) {
    if (!pointer) {
        return raise_error(&exc_ValueError, "PyCapsule_New called with null pointer");
    }
    Capsule *c = (Capsule *)object_alloc(&capsule_type);
    if (c) {
        c->pointer = pointer;
        c->name = name;
        c->destroy = destroy;
    }
    return (Object *)c;
}
void *capsule_pointer(Object *capsule, const char *name) {
    Capsule *c = (Capsule *)capsule;
    if (!capsule || capsule->type != &capsule_type || !c->pointer) {
        return raise_error(&exc_ValueError, "PyCapsule_GetPointer called with invalid PyCapsule object");
    }
    if (!(name == c->name || (name && c->name && !strcmp(name, c->name)))) {
        return raise_error(&exc_ValueError, "PyCapsule_GetPointer called with incorrect name");
    }
    return c->pointer;
}
static Object *capsule_repr(Object *o) {
    Capsule *c = (Capsule *)o;
    const char *quote = c->name ? "\"" : "";
    return str_format("<capsule object %s%s%s at %p>", quote, c->name ? c->name : "NULL", quote, o);
}
static void capsule_finalize(Object *o) {
    Capsule *c = (Capsule *)o;
    if (c->destroy) {
        c->destroy(o);
    }
}
Type capsule_type;
const TypeSpec capsule_spec = {
    .name = "PyCapsule",
    .basic_size = sizeof(Capsule),
    .flags = TF_DISALLOW_INSTANTIATION,
    .slots = { .repr = capsule_repr, .finalize = capsule_finalize },
};

// ---- unions

typedef struct Union {
    Object base;
    Object *args, *parameters;
} Union;

static void union_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((Union *)o)->args);
    trace_cell(tracer, ((Union *)o)->parameters);
}

static int add_member(Object *list, Object *o) {
    if (o == NONE) {
        o = (Object *)&none_type;
    }
    if (o->type == &union_type) {
        Object *args = ((Union *)o)->args;
        for (ssize_t i = 0; i < tuple_size(args); i++) {
            if (add_member(list, tuple_get(args, i)) < 0) {
                return -1;
            }
        }
        return 0;
    }
    for (ssize_t i = 0; i < list_size(list); i++) {
        Object *present = list_read(list, i);
        bool alias = present->type == &generic_alias_type || o->type == &generic_alias_type;
        if (present == o || !alias ||
            (present->type == &generic_alias_type && o->type == &generic_alias_type)) {
            int equal = present == o ? 1 : object_compare_bool(present, o, CMP_EQ);
            if (equal) {
                return equal < 0 ? -1 : 0;
            }
        }
    }
    return list_append(list, o);
}

static bool is_unionable(Object *o) {
    return o == NONE || type_check(o) || object_is_instance(o, &generic_alias_type) || o->type == &union_type;
}

static Object *union_make(Object *list) {
    if (list_size(list) == 1) {
        return list_read(list, 0);
    }
    Union *u = (Union *)object_alloc(&union_type);
    Object *args = u ? list_to_tuple(list) : NULL;
    if (!args) {
        return NULL;
    }
    gc_store(u, &u->args, args);
    return &u->base;
}

Object *union_or(Object *left, Object *right) {
    if (!is_unionable(left) || !is_unionable(right)) {
        return NOT_IMPLEMENTED;
    }
    Object *list = list_new(2);
    return list && add_member(list, left) == 0 && add_member(list, right) == 0 ? union_make(list) : NULL;
}

static Object *union_repr(Object *o) {
    Object *args = ((Union *)o)->args, *parts = list_new(tuple_size(args));
    for (ssize_t i = 0; parts && i < tuple_size(args); i++) {
        Object *item = tuple_get(args, i);
        Object *text = item == (Object *)&none_type ? str_from_cstring("None") : type_expression_repr(item);
        if (!text || list_append(parts, text) < 0) {
            return NULL;
        }
    }
    return parts ? str_join(str_from_cstring(" | "), parts) : NULL;
}
static hash_t union_hash(Object *o) {
    Object *set = frozenset_new(((Union *)o)->args);
    return set ? object_hash(set) : -1;
}
static Object *union_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || a->type != &union_type || b->type != &union_type) {
        return NOT_IMPLEMENTED;
    }
    Object *x = set_new(((Union *)a)->args), *y = x ? set_new(((Union *)b)->args) : NULL;
    return y ? object_compare(x, y, op) : NULL;
}
static Object *union_parameters(Object *o, void *closure) {
    Union *u = (Union *)o;
    if (!u->parameters) {
        Object *found = generic_parameters(u->args);
        if (!found) {
            return NULL;
        }
        gc_store(u, &u->parameters, found);
    }
    return u->parameters;
}
static Object *union_getitem(Object *o, Object *item) {
    Object *parameters = union_parameters(o, NULL);
    Object *args = parameters ? generic_substitute(o, ((Union *)o)->args, parameters, item) : NULL;
    if (!args) {
        return NULL;
    }
    Object *result = tuple_get(args, 0);
    for (ssize_t i = 1; result && i < tuple_size(args); i++) {
        result = number_binary(result, tuple_get(args, i), 7);
    }
    return result;
}
// A union says of itself what its class says: typing looks for the module.
static Object *union_getattr(Object *o, Object *name) {
    return name == names.__module__ ? object_getattr((Object *)o->type, name)
                                    : object_generic_getattr(o, name);
}
static MemberDef union_members[] = {
    { "__args__", MEMBER_OBJECT, offsetof(Union, args), MEMBER_READONLY, NULL }, {}
};
static GetSetDef union_getsets[] = { { "__parameters__", union_parameters, NULL, NULL, NULL }, {} };
Type union_type;
const TypeSpec union_spec = {
    .name = "types.UnionType",
    .basic_size = sizeof(Union),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .members = union_members,
    .getsets = union_getsets,
    .trace = union_trace,
    .slots = { .repr = union_repr,
               .hash = union_hash,
               .getattr = union_getattr,
               .compare = union_compare,
               .or = union_or,
               .getitem = union_getitem },
};
