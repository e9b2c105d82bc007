// property, staticmethod, classmethod.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

static void property_trace(Object *o, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Property *)o)->get, 5);
}

static Object *property_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int property_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *b[4];
    if (signature_bind(&cache, "property", "(fget=None, fset=None, fdel=None, doc=None)", args, nargs,
                       kwnames, b) < 0) {
        return -1;
    }
    Property *p = (Property *)self;
    for (int i = 0; i < 4; i++) {
        if (b[i] == NONE) {
            b[i] = NULL;
        }
    }
    gc_store(p, &p->get, b[0]);
    gc_store(p, &p->set, b[1]);
    gc_store(p, &p->delete, b[2]);
    gc_store(p, &p->doc, b[3]);
    gc_store(p, &p->name, NULL);
    p->getter_doc = 0;
    Object *doc = b[3];
    if (!doc && b[0]) {
        int found = object_getattr_optional(b[0], names.__doc__, &doc);
        if (found < 0) {
            return -1;
        }
        if (found && doc != NONE) {
            if (self->type == &property_type) {
                gc_store(p, &p->doc, doc);
            }
            p->getter_doc = 1;
        } else {
            doc = NULL;
        }
    }
    if (self->type != &property_type) {
        if (doc || !b[3]) {
            int result = doc ? object_setattr(self, names.__doc__, doc) : 0;
            if (!doc) {
                result = object_setattr(self, names.__doc__, NONE);
            }
            if (result < 0 && doc && !b[3]) {
                return -1;
            }
            if (result < 0 && !error_clear_if(&exc_AttributeError)) {
                return -1;
            }
        }
    }
    return 0;
}

static Object *property_get(Object *self, Object *instance, Object *owner) {
    Property *p = (Property *)self;
    if (!instance) {
        return self;
    }
    if (!p->get) {
        Object *qualname = type_qualname(instance->type);
        return p->name ? raise_error(&exc_AttributeError, "property %R of %R object has no getter", p->name,
                                     qualname)
                       : raise_error(&exc_AttributeError, "property of %R object has no getter", qualname);
    }
    return call1(p->get, instance);
}

static int property_set(Object *self, Object *instance, Object *value) {
    Property *p = (Property *)self;
    Object *function = value ? p->set : p->delete;
    if (!function) {
        const char *what = value ? "setter" : "deleter";
        Object *qualname = type_qualname(instance->type);
        if (p->name) {
            raise_error(&exc_AttributeError, "property %R of %R object has no %s", p->name, qualname, what);
        } else {
            raise_error(&exc_AttributeError, "property of %R object has no %s", qualname, what);
        }
        return -1;
    }
    return (value ? call2(function, instance, value) : call1(function, instance)) ? 0 : -1;
}

static Object *property_copy(Object *self, Object *get, Object *set, Object *delete) {
    Property *p = (Property *)self;
    get = get && get != NONE ? get : p->get ? p->get : NONE;
    set = set && set != NONE ? set : p->set ? p->set : NONE;
    delete = delete && delete != NONE ? delete : p->delete ? p->delete : NONE;
    Object *doc = p->getter_doc && get != NONE ? NONE : p->doc ? p->doc : NONE;
    Object *result = call((Object *)self->type, (Object *[]){ get, set, delete, doc }, 4, NULL);
    if (result && object_is_instance(result, &property_type)) {
        gc_store(result, &((Property *)result)->name, p->name);
    }
    return result;
}
static Object *property_getter(Object *self, Object *function) {
    return property_copy(self, function, NULL, NULL);
}
static Object *property_setter(Object *self, Object *function) {
    return property_copy(self, NULL, function, NULL);
}
static Object *property_deleter(Object *self, Object *function) {
    return property_copy(self, NULL, NULL, function);
}
static Object *property_set_name(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("property.__set_name__", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 2) {
        return raise_error(&exc_TypeError, "__set_name__() takes 2 positional arguments but %zu were given",
                           nargs);
    }
    gc_store(self, &((Property *)self)->name, args[1]);
    return NONE;
}
static Object *property_abstract(Object *self, void *closure) {
    Property *p = (Property *)self;
    Object *const parts[] = { p->get, p->set, p->delete };
    for (int i = 0; i < 3; i++) {
        int abstract = object_is_abstract(parts[i]);
        if (abstract) {
            return abstract < 0 ? NULL : TRUE_OBJECT;
        }
    }
    return FALSE_OBJECT;
}
static BuiltinDef property_methods[] = {
    BUILTIN("getter", property_getter, "-($self, fget, /)", 0, NULL),
    BUILTIN("setter", property_setter, "-($self, fset, /)", 0, NULL),
    BUILTIN("deleter", property_deleter, "-($self, fdel, /)", 0, NULL),
    BUILTIN("__set_name__", property_set_name, NULL, 0, NULL),
    BUILTIN_END,
};
static MemberDef property_members[] = {
    { "fget", MEMBER_OBJECT, offsetof(Property, get), MEMBER_READONLY, NULL },
    { "fset", MEMBER_OBJECT, offsetof(Property, set), MEMBER_READONLY, NULL },
    { "fdel", MEMBER_OBJECT, offsetof(Property, delete), MEMBER_READONLY, NULL },
    { "__doc__", MEMBER_OBJECT, offsetof(Property, doc), 0, NULL },
    {},
};
static GetSetDef property_getsets[] = { { "__isabstractmethod__", property_abstract, NULL, NULL, NULL }, {} };
Type property_type;
const TypeSpec property_spec = {
    .name = "property",
    .basic_size = sizeof(Property),
    .flags = TF_GC | TF_BASE,
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\n",
    .methods = property_methods,
    .members = property_members,
    .getsets = property_getsets,
    .trace = property_trace,
    .slots = { .getattr = object_generic_getattr,
               .descr_get = property_get,
               .descr_set = property_set,
               .init = property_init,
               .new = property_new },
};

// ---- staticmethod and classmethod: one layout

static void wrapper_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((MethodWrapping *)o)->callable);
    trace_cell(tracer, ((MethodWrapping *)o)->dict);
}

// Takes over what functools.wraps would: the attributes that tools look at.
static int wrapper_init_named(Object *self, const char *name, Object *const *args, size_t nargs,
                              Object *kwnames) {
    if (arguments_no_keywords(name, kwnames) < 0 || arguments_check_count(name, nargs, 1, 1) < 0) {
        return -1;
    }
    gc_store(self, &((MethodWrapping *)self)->callable, args[0]);
    Object *const copied[] = { names.__module__, names.__name__, names.__qualname__, names.__doc__,
                               names.__annotations__ };
    for (size_t i = 0; i < COUNT_OF(copied); i++) {
        Object *value;
        int found = object_getattr_optional(args[0], copied[i], &value);
        if (found < 0 || (found && instance_set(self, copied[i], value) < 0)) {
            return -1;
        }
    }
    return 0;
}
static int staticmethod_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return wrapper_init_named(self, "staticmethod", args, nargs, kwnames);
}
static int classmethod_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return wrapper_init_named(self, "classmethod", args, nargs, kwnames);
}
static Object *wrapper_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}
static Object *staticmethod_get(Object *self, Object *instance, Object *owner) {
    Object *callable = ((MethodWrapping *)self)->callable;
    return callable ? callable : raise_error(&exc_RuntimeError, "uninitialized staticmethod object");
}
// A call in the last place would take no C stack: one that wraps itself (`c.__init__(c)`) would be asked for ever.
[[clang::disable_tail_calls]] static Object *classmethod_get(Object *self, Object *instance, Object *owner) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Object *callable = ((MethodWrapping *)self)->callable;
    if (!callable) {
        return raise_error(&exc_RuntimeError, "uninitialized classmethod object");
    }
    if (!owner) {
        owner = (Object *)instance->type;
    }
    DescrGetFn get = callable->type->info->slots.descr_get;
    return get ? get(callable, owner, owner) : method_new(callable, owner);
}
// Counts, because a call in the last place takes no C stack: one that wraps itself (`s.__init__(s)`) would be called for ever.
static Object *staticmethod_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *callable = ((MethodWrapping *)self)->callable;
    if (!callable) {
        return raise_error(&exc_RuntimeError, "uninitialized staticmethod object");
    }
    if (recursion_enter(" while calling a Python object") < 0) {
        return NULL;
    }
    Object *result = call(callable, args, nargs, kwnames);
    recursion_leave();
    return result;
}
static Object *staticmethod_repr(Object *self) {
    return str_format("<staticmethod(%R)>", ((MethodWrapping *)self)->callable);
}
static Object *classmethod_repr(Object *self) {
    return str_format("<classmethod(%R)>", ((MethodWrapping *)self)->callable);
}
static Object *wrapper_abstract(Object *self, void *closure) {
    int abstract = object_is_abstract(((MethodWrapping *)self)->callable);
    return abstract < 0 ? NULL : bool_from(abstract);
}
static Object *wrapper_get_dict(Object *self, void *closure) {
    return instance_dict(self);
}
static int wrapper_set_dict(Object *self, Object *value, void *closure) {
    return instance_set_dict(self, value);
}
static MemberDef wrapper_members[] = {
    { "__func__", MEMBER_OBJECT, offsetof(MethodWrapping, callable), MEMBER_READONLY, NULL },
    { "__wrapped__", MEMBER_OBJECT, offsetof(MethodWrapping, callable), MEMBER_READONLY, NULL },
    {},
};
static GetSetDef wrapper_getsets[] = {
    { "__isabstractmethod__", wrapper_abstract, NULL, NULL, NULL },
    { "__dict__", wrapper_get_dict, wrapper_set_dict, NULL, NULL },
    {},
};
Type staticmethod_type, classmethod_type;
const TypeSpec staticmethod_spec = {
    .name = "staticmethod",
    .basic_size = sizeof(MethodWrapping),
    .dict_offset = offsetof(MethodWrapping, dict),
    .flags = TF_GC | TF_BASE,
    .members = wrapper_members,
    .getsets = wrapper_getsets,
    .trace = wrapper_trace,
    .slots = { .repr = staticmethod_repr,
               .call = staticmethod_call,
               .descr_get = staticmethod_get,
               .init = staticmethod_init,
               .new = wrapper_new },
};
const TypeSpec classmethod_spec = {
    .name = "classmethod",
    .basic_size = sizeof(MethodWrapping),
    .dict_offset = offsetof(MethodWrapping, dict),
    .flags = TF_GC | TF_BASE,
    .members = wrapper_members,
    .getsets = wrapper_getsets,
    .trace = wrapper_trace,
    .slots = { .repr = classmethod_repr,
               .descr_get = classmethod_get,
               .init = classmethod_init,
               .new = wrapper_new },
};
