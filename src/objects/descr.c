// Descriptors of built-in types: methods, class methods, slot wrappers, attributes by functions
// (getset) and by offset (member); and the bound slot wrapper.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/runtime.h"

// ---- doc strings

// Where the text after "name(signature)\n--\n\n" begins; *open: the signature, NULL without one.
static const char *skip_signature(const char *name, const char *doc, const char **open) {
    *open = NULL;
    size_t n = strlen(name);
    if (doc && !strncmp(doc, name, n) && doc[n] == '(') {
        const char *end = strstr(doc, ")\n--\n\n");
        const char *blank = strstr(doc, "\n\n");
        if (end && (!blank || blank > end)) {
            *open = doc + n;
            return end + 6;
        }
    }
    return doc;
}

Object *doc_object(const char *name, const char *doc) {
    const char *open, *text = doc ? skip_signature(name, doc, &open) : NULL;
    return text && *text ? str_from_cstring(text) : NONE;
}

Object *doc_signature(const char *name, const char *doc) {
    const char *open;
    const char *text = doc ? skip_signature(name, doc, &open) : NULL;
    return text && open ? str_from_utf8(open, text - 5 - open) : NONE;
}

const char *descr_doc_owner(Type *type, const char *name) {
    while ((type->flags & TF_HEAP) && type->base) {
        type = type->base;
    }
    // A method of a base is documented there.
    for (Type *t = type; t; t = t->base) {
        if (doc_is_known(t->name, name)) {
            return t->name;
        }
    }
    return type->name;
}

Object *import_getattr_builtin(void) {
    return import_get_attr("builtins", "getattr");
}

int object_is_abstract(Object *o) {
    if (!c_stack_suffices()) {
        return -1;
    }
    Object *value;
    int found = o ? object_getattr_optional(o, names.__isabstractmethod__, &value) : 0;
    return found <= 0 ? found : object_is_true(value);
}

// ---- what they share

static void descr_trace(Object *o, Tracer *tracer) {
    Descr *d = (Descr *)o;
    trace_cell(tracer, d->type);
    trace_cell(tracer, d->name);
    trace_cell(tracer, d->qualname);
}

static Descr *descr_new(Type *kind, Type *type, const char *name) {
    Object *interned = str_intern_cstring(name);
    Descr *d = interned ? (Descr *)object_alloc(kind) : NULL;
    if (d) {
        gc_store(d, &d->type, type);
        gc_store(d, &d->name, interned);
    }
    return d;
}

static Object *descr_qualname(Object *o, void *closure) {
    Descr *d = (Descr *)o;
    if (!d->qualname) {
        Object *type_name = object_getattr((Object *)d->type, names.__qualname__);
        if (!type_name) {
            return NULL;
        }
        if (!str_check(type_name)) {
            return raise_error(&exc_TypeError,
                               "<descriptor>.__objclass__.__qualname__ is not a unicode object");
        }
        Object *text = str_format("%S.%S", type_name, d->name);
        if (!text) {
            return NULL;
        }
        gc_store(d, &d->qualname, text);
    }
    return d->qualname;
}

static Object *descr_reduce(Object *o) {
    Object *function = import_getattr_builtin();
    Object *pair = tuple_pack(2, (Object *)((Descr *)o)->type, ((Descr *)o)->name);
    return function && pair ? tuple_pack(2, function, pair) : NULL;
}

static bool descr_check(Descr *d, Object *o) {
    if (UNLIKELY(!object_is_instance(o, d->type))) {
        raise_error(&exc_TypeError, "descriptor '%U' for '%s' objects doesn't apply to a '%s' object",
                    d->name, d->type->name, o->type->name);
        return false;
    }
    return true;
}

#define DESCR_REPR(function, format) \
    static Object *function(Object *o) { \
        return str_format(format, ((Descr *)o)->name, ((Descr *)o)->type->name); \
    }
DESCR_REPR(method_repr, "<method '%U' of '%s' objects>")
DESCR_REPR(wrapper_repr, "<slot wrapper '%U' of '%s' objects>")
DESCR_REPR(getset_repr, "<attribute '%U' of '%s' objects>")
DESCR_REPR(member_repr, "<member '%U' of '%s' objects>")

static MemberDef descr_members[] = {
    { "__objclass__", MEMBER_OBJECT, offsetof(Descr, type), MEMBER_READONLY, NULL },
    { "__name__", MEMBER_OBJECT, offsetof(Descr, name), MEMBER_READONLY, NULL },
    {},
};
static BuiltinDef descr_methods[] = { BUILTIN("__reduce__", descr_reduce, "-($self, /)", 0, NULL),
                                      BUILTIN_END };

// ---- methods

Object *method_descr_new(Type *type, BuiltinDef *def) {
    if (def->flags & BUILTIN_STATIC) {
        Object *function = builtin_function_new(def, (Object *)type, NULL);
        return function ? call1((Object *)&staticmethod_type, function) : NULL;
    }
    MethodDescr *d = (MethodDescr *)descr_new(def->flags & BUILTIN_CLASS ? &classmethod_descriptor_type
                                                                         : &method_descriptor_type,
                                              type, def->name);
    if (d) {
        d->def = def;
    }
    return (Object *)d;
}

static Object *method_descr_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    MethodDescr *d = (MethodDescr *)callable;
    if (UNLIKELY(!nargs)) {
        Object *qualname = descr_qualname(callable, NULL);
        return qualname ? raise_error(&exc_TypeError, "unbound method %U() needs an argument", qualname)
                        : NULL;
    }
    if (UNLIKELY(!descr_check(&d->head, args[0]))) {
        return NULL;
    }
    return builtin_call(d->def, type_short_name(d->head.type), args[0], args + 1, nargs - 1, kwnames);
}

static Object *method_descr_get(Object *self, Object *instance, Object *owner) {
    MethodDescr *d = (MethodDescr *)self;
    if (!instance) {
        return self;
    }
    return descr_check(&d->head, instance) ? builtin_function_new(d->def, instance, NULL) : NULL;
}

static Object *classmethod_descr_get(Object *self, Object *instance, Object *owner) {
    MethodDescr *d = (MethodDescr *)self;
    Object *type = owner ? owner : instance ? (Object *)instance->type : NULL;
    if (!type) {
        return raise_error(&exc_TypeError, "descriptor '%U' for type '%s' needs either an object or a type",
                           d->head.name, d->head.type->name);
    }
    if (!type_check(type)) {
        return raise_error(&exc_TypeError, "descriptor '%U' for type '%s' needs a type, not a '%s' as arg 2",
                           d->head.name, d->head.type->name, type->type->name);
    }
    if (!type_is_subtype((Type *)type, d->head.type)) {
        return raise_error(&exc_TypeError, "descriptor '%U' requires a subtype of '%s' but received '%s'",
                           d->head.name, d->head.type->name, ((Type *)type)->name);
    }
    return builtin_function_new(d->def, type, NULL);
}

static Object *classmethod_descr_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    MethodDescr *d = (MethodDescr *)callable;
    if (!nargs) {
        return raise_error(&exc_TypeError, "descriptor '%U' of '%s' object needs an argument", d->head.name,
                           d->head.type->name);
    }
    Object *bound = classmethod_descr_get(callable, NULL, args[0]);
    return bound ? call(bound, args + 1, nargs - 1, kwnames) : NULL;
}

static const char *method_doc(const MethodDescr *d) {
    return d->def->doc ? d->def->doc : doc_lookup(descr_doc_owner(d->head.type, d->def->name), d->def->name);
}
static Object *method_descr_doc(Object *o, void *closure) {
    MethodDescr *d = (MethodDescr *)o;
    return doc_object(d->def->name, method_doc(d));
}
static Object *method_descr_signature(Object *o, void *closure) {
    MethodDescr *d = (MethodDescr *)o;
    return builtin_text_signature(d->def, method_doc(d));
}
static GetSetDef method_descr_getsets[] = {
    { "__doc__", method_descr_doc, NULL, NULL, NULL },
    { "__qualname__", descr_qualname, NULL, NULL, NULL },
    { "__text_signature__", method_descr_signature, NULL, NULL, NULL },
    {},
};

Type method_descriptor_type, classmethod_descriptor_type;
const TypeSpec method_descriptor_spec = {
    .name = "method_descriptor",
    .basic_size = sizeof(MethodDescr),
    .vectorcall_offset = offsetof(MethodDescr, vectorcall),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION | TF_METHOD_DESCRIPTOR | TF_HAVE_VECTORCALL,
    .methods = descr_methods,
    .getsets = method_descr_getsets,
    .members = descr_members,
    .trace = descr_trace,
    .slots = { .repr = method_repr,
               .call = method_descr_call,
               .getattr = object_generic_getattr,
               .descr_get = method_descr_get },
};
const TypeSpec classmethod_descriptor_spec = {
    .name = "classmethod_descriptor",
    .basic_size = sizeof(MethodDescr),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .getsets = method_descr_getsets,
    .members = descr_members,
    .trace = descr_trace,
    .slots = { .repr = method_repr,
               .call = classmethod_descr_call,
               .getattr = object_generic_getattr,
               .descr_get = classmethod_descr_get },
};

// ---- slot wrappers

typedef struct MethodWrapper {
    Object base;
    WrapperDescr *descr;
    Object *self;
} MethodWrapper;

Object *wrapper_descr_new(Type *type, WrapperBase *slot, void *wrapped) {
    WrapperDescr *d = (WrapperDescr *)descr_new(&wrapper_descriptor_type, type, slot->name);
    if (d) {
        d->slot = slot;
        d->wrapped = wrapped;
    }
    return (Object *)d;
}

static Object *wrapper_descr_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    WrapperDescr *d = (WrapperDescr *)callable;
    if (!nargs) {
        return raise_error(&exc_TypeError, "descriptor '%U' of '%s' object needs an argument", d->head.name,
                           d->head.type->name);
    }
    if (!object_is_instance(args[0], d->head.type)) {
        return raise_error(&exc_TypeError, "descriptor '%U' requires a '%s' object but received a '%s'",
                           d->head.name, d->head.type->name, args[0]->type->name);
    }
    return d->slot->wrapper(args[0], args + 1, nargs - 1, kwnames, d->wrapped, d->slot);
}

static Object *wrapper_descr_get(Object *self, Object *instance, Object *owner) {
    if (!instance) {
        return self;
    }
    WrapperDescr *d = (WrapperDescr *)self;
    if (!descr_check(&d->head, instance)) {
        return NULL;
    }
    MethodWrapper *w = (MethodWrapper *)object_alloc(&method_wrapper_type);
    if (w) {
        gc_init(&w->descr, self);
        gc_init(&w->self, instance);
    }
    return (Object *)w;
}

static Object *wrapper_doc(WrapperDescr *d) {
    const char *text = doc_lookup(descr_doc_owner(d->head.type, d->slot->name), d->slot->name);
    return doc_object(d->slot->name, text);
}
static Object *wrapper_signature(WrapperDescr *d) {
    return d->slot->signature ? str_from_cstring(d->slot->signature) : NONE;
}
static Object *wrapper_descr_doc(Object *o, void *closure) {
    return wrapper_doc((WrapperDescr *)o);
}
static Object *wrapper_descr_signature(Object *o, void *closure) {
    return wrapper_signature((WrapperDescr *)o);
}
static GetSetDef wrapper_descr_getsets[] = {
    { "__doc__", wrapper_descr_doc, NULL, NULL, NULL },
    { "__qualname__", descr_qualname, NULL, NULL, NULL },
    { "__text_signature__", wrapper_descr_signature, NULL, NULL, NULL },
    {},
};
Type wrapper_descriptor_type, method_wrapper_type;
const TypeSpec wrapper_descriptor_spec = {
    .name = "wrapper_descriptor",
    .basic_size = sizeof(WrapperDescr),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION | TF_METHOD_DESCRIPTOR,
    .methods = descr_methods,
    .getsets = wrapper_descr_getsets,
    .members = descr_members,
    .trace = descr_trace,
    .slots = { .repr = wrapper_repr,
               .call = wrapper_descr_call,
               .getattr = object_generic_getattr,
               .descr_get = wrapper_descr_get },
};

static void method_wrapper_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((MethodWrapper *)o)->descr);
    trace_cell(tracer, ((MethodWrapper *)o)->self);
}
static Object *method_wrapper_call(Object *o, Object *const *args, size_t nargs, Object *kwnames) {
    MethodWrapper *w = (MethodWrapper *)o;
    return w->descr->slot->wrapper(w->self, args, nargs, kwnames, w->descr->wrapped, w->descr->slot);
}
static Object *method_wrapper_repr(Object *o) {
    MethodWrapper *w = (MethodWrapper *)o;
    return str_format("<method-wrapper '%s' of %s object at %p>", w->descr->slot->name, w->self->type->name,
                      w->self);
}
static hash_t method_wrapper_hash(Object *o) {
    MethodWrapper *w = (MethodWrapper *)o;
    hash_t hash = pointer_hash(w->self) ^ pointer_hash(w->descr);
    return hash == -1 ? -2 : hash;
}
static Object *method_wrapper_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || a->type != &method_wrapper_type ||
        b->type != &method_wrapper_type) {
        return NOT_IMPLEMENTED;
    }
    MethodWrapper *x = (MethodWrapper *)a, *y = (MethodWrapper *)b;
    return bool_from((x->descr == y->descr && x->self == y->self) == (op == CMP_EQ));
}
static Object *method_wrapper_reduce(Object *o) {
    MethodWrapper *w = (MethodWrapper *)o;
    Object *function = import_getattr_builtin();
    Object *pair = tuple_pack(2, w->self, w->descr->head.name);
    return function && pair ? tuple_pack(2, function, pair) : NULL;
}
static Object *method_wrapper_get(Object *o, void *closure) {
    WrapperDescr *d = ((MethodWrapper *)o)->descr;
    switch ((int)(intptr_t)closure) {
    case 0: return (Object *)d->head.type;
    case 1: return d->head.name;
    case 2: return descr_qualname((Object *)d, NULL);
    case 3: return wrapper_doc(d);
    default: return wrapper_signature(d);
    }
}
static GetSetDef method_wrapper_getsets[] = {
    { "__objclass__", method_wrapper_get, NULL, NULL, (void *)0 },
    { "__name__", method_wrapper_get, NULL, NULL, (void *)1 },
    { "__qualname__", method_wrapper_get, NULL, NULL, (void *)2 },
    { "__doc__", method_wrapper_get, NULL, NULL, (void *)3 },
    { "__text_signature__", method_wrapper_get, NULL, NULL, (void *)4 },
    {},
};
static MemberDef method_wrapper_members[] = {
    { "__self__", MEMBER_OBJECT, offsetof(MethodWrapper, self), MEMBER_READONLY, NULL }, {}
};
static BuiltinDef method_wrapper_methods[] = {
    BUILTIN("__reduce__", method_wrapper_reduce, "-($self, /)", 0, NULL), BUILTIN_END
};
const TypeSpec method_wrapper_spec = {
    .name = "method-wrapper",
    .basic_size = sizeof(MethodWrapper),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = method_wrapper_methods,
    .getsets = method_wrapper_getsets,
    .members = method_wrapper_members,
    .trace = method_wrapper_trace,
    .slots = { .repr = method_wrapper_repr,
               .hash = method_wrapper_hash,
               .call = method_wrapper_call,
               .getattr = object_generic_getattr,
               .compare = method_wrapper_compare },
};

// ---- getset

Object *getset_descr_new(Type *type, GetSetDef *def) {
    GetSetDescr *d = (GetSetDescr *)descr_new(&getset_descriptor_type, type, def->name);
    if (d) {
        d->def = def;
    }
    return (Object *)d;
}
static Object *getset_get(Object *self, Object *instance, Object *owner) {
    GetSetDescr *d = (GetSetDescr *)self;
    if (!instance) {
        return self;
    }
    if (!descr_check(&d->head, instance)) {
        return NULL;
    }
    return d->def->get ? d->def->get(instance, d->def->closure)
                       : raise_error(&exc_AttributeError, "attribute '%U' of '%s' objects is not readable",
                                     d->head.name, d->head.type->name);
}
static int getset_set(Object *self, Object *instance, Object *value) {
    GetSetDescr *d = (GetSetDescr *)self;
    if (!object_is_instance(instance, d->head.type)) {
        raise_error(&exc_TypeError, "descriptor '%U' for '%s' objects doesn't apply to a '%s' object",
                    d->head.name, d->head.type->name, instance->type->name);
        return -1;
    }
    if (!d->def->set) {
        raise_error(&exc_AttributeError, "attribute '%U' of '%s' objects is not writable", d->head.name,
                    d->head.type->name);
        return -1;
    }
    return d->def->set(instance, value, d->def->closure);
}
static Object *getset_doc(Object *o, void *closure) {
    GetSetDescr *d = (GetSetDescr *)o;
    return doc_object(d->def->name,
                      d->def->doc ? d->def->doc
                                  : doc_lookup(descr_doc_owner(d->head.type, d->def->name), d->def->name));
}
static GetSetDef getset_getsets[] = { { "__doc__", getset_doc, NULL, NULL, NULL },
                                      { "__qualname__", descr_qualname, NULL, NULL, NULL },
                                      {} };
Type getset_descriptor_type, member_descriptor_type;
const TypeSpec getset_descriptor_spec = {
    .name = "getset_descriptor",
    .basic_size = sizeof(GetSetDescr),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .getsets = getset_getsets,
    .members = descr_members,
    .trace = descr_trace,
    .slots = { .repr = getset_repr,
               .getattr = object_generic_getattr,
               .descr_get = getset_get,
               .descr_set = getset_set },
};

// ---- member

Object *member_descr_new(Type *type, MemberDef *def) {
    MemberDescr *d = (MemberDescr *)descr_new(&member_descriptor_type, type, def->name);
    if (d) {
        d->def = def;
    }
    return (Object *)d;
}

Object *member_get(Object *o, const MemberDef *def) {
    char *at = (char *)o + def->offset;
    switch (def->kind) {
    case MEMBER_SHORT: return int_from_i64(*(short *)at);
    case MEMBER_INT: return int_from_i64(*(int *)at);
    case MEMBER_LONG:
    case MEMBER_LONGLONG:
    case MEMBER_SSIZE: return int_from_i64(*(int64_t *)at);
    case MEMBER_FLOAT: return float_from_double(*(float *)at);
    case MEMBER_DOUBLE: return float_from_double(*(double *)at);
    case MEMBER_STRING: return *(char **)at ? str_from_cstring(*(char **)at) : NONE;
    case MEMBER_STRING_INPLACE: return str_from_cstring(at);
    case MEMBER_OBJECT: {
        Object *value = __atomic_load_n((Object **)at, __ATOMIC_ACQUIRE);
        return value ? value : NONE;
    }
    case MEMBER_OBJECT_EX: {
        Object *value = __atomic_load_n((Object **)at, __ATOMIC_ACQUIRE);
        if (!value) {
            Object *name = str_intern_cstring(def->name);
            return name ? raise_attribute_error(o, name) : NULL;
        }
        return value;
    }
    case MEMBER_CHAR: return str_from_utf8(at, 1);
    case MEMBER_BYTE: return int_from_i64(*(int8_t *)at);
    case MEMBER_UBYTE: return int_from_i64(*(uint8_t *)at);
    case MEMBER_USHORT: return int_from_i64(*(uint16_t *)at);
    case MEMBER_UINT: return int_from_i64(*(uint32_t *)at);
    case MEMBER_ULONG:
    case MEMBER_ULONGLONG: return int_from_u64(*(uint64_t *)at);
    case MEMBER_BOOL: return bool_from(*at != 0);
    case MEMBER_NONE: return NONE;
    default: return raise_error(&exc_SystemError, "bad memberdescr type for %s", def->name);
    }
}

int member_set(Object *o, const MemberDef *def, Object *value) {
    char *at = (char *)o + def->offset;
    if ((def->flags & MEMBER_READONLY) || def->kind == MEMBER_STRING || def->kind == MEMBER_STRING_INPLACE) {
        raise_error(def->flags & MEMBER_READONLY ? &exc_AttributeError : &exc_TypeError,
                    "readonly attribute");
        return -1;
    }
    if (!value) {
        if (def->kind == MEMBER_OBJECT_EX) {
            if (!*(Object **)at) {
                Object *name = str_intern_cstring(def->name);
                raise_attribute_error(o, name);
                return -1;
            }
        } else if (def->kind != MEMBER_OBJECT) {
            raise_error(&exc_TypeError, "can't delete numeric/char attribute");
            return -1;
        }
        gc_store(o, at, NULL);
        return 0;
    }
    switch (def->kind) {
    case MEMBER_OBJECT:
    case MEMBER_OBJECT_EX: gc_store(o, at, value); return 0;
    case MEMBER_BOOL:
        if (!bool_check(value)) {
            raise_error(&exc_TypeError, "attribute value type must be bool");
            return -1;
        }
        *at = value == TRUE_OBJECT;
        return 0;
    case MEMBER_FLOAT:
    case MEMBER_DOUBLE: {
        double number = float_as_double(value);
        if (number == -1.0 && error_occurred()) {
            return -1;
        }
        if (def->kind == MEMBER_FLOAT) {
            *(float *)at = (float)number;
        } else {
            *(double *)at = number;
        }
        return 0;
    }
    case MEMBER_CHAR:
        if (!str_check(value) || str_length(value) != 1 || !str_is_ascii(value)) {
            raise_error(&exc_TypeError, "readonly attribute");
            return -1;
        }
        *at = (char)str_read(value, 0);
        return 0;
    default: break;
    }
    if (!int_check(value) && !(value = number_index(value))) {
        return -1;
    }
    int64_t number = (int64_t)int_to_u64_mask(value);
    switch (def->kind) {
    case MEMBER_BYTE:
    case MEMBER_UBYTE: *(int8_t *)at = (int8_t)number; return 0;
    case MEMBER_SHORT:
    case MEMBER_USHORT: *(int16_t *)at = (int16_t)number; return 0;
    case MEMBER_INT:
    case MEMBER_UINT: *(int32_t *)at = (int32_t)number; return 0;
    default:
        if (def->kind != MEMBER_ULONG && def->kind != MEMBER_ULONGLONG) {
            number = int_to_i64(value);
            if (number == -1 && error_occurred()) {
                return -1;
            }
        }
        *(int64_t *)at = number;
        return 0;
    }
}

static Object *member_descr_get(Object *self, Object *instance, Object *owner) {
    MemberDescr *d = (MemberDescr *)self;
    if (!instance) {
        return self;
    }
    return descr_check(&d->head, instance) ? member_get(instance, d->def) : NULL;
}
static int member_descr_set(Object *self, Object *instance, Object *value) {
    MemberDescr *d = (MemberDescr *)self;
    return descr_check(&d->head, instance) ? member_set(instance, d->def, value) : -1;
}
static Object *member_doc(Object *o, void *closure) {
    MemberDescr *d = (MemberDescr *)o;
    const char *doc = d->def->doc;
    if (!doc && !(d->head.type->flags & TF_HEAP)) {
        doc = doc_lookup(d->head.type->name, d->def->name);
    }
    return doc ? str_from_cstring(doc) : NONE;
}
static GetSetDef member_getsets[] = { { "__doc__", member_doc, NULL, NULL, NULL },
                                      { "__qualname__", descr_qualname, NULL, NULL, NULL },
                                      {} };
const TypeSpec member_descriptor_spec = {
    .name = "member_descriptor",
    .basic_size = sizeof(MemberDescr),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = descr_methods,
    .getsets = member_getsets,
    .members = descr_members,
    .trace = descr_trace,
    .slots = { .repr = member_repr,
               .getattr = object_generic_getattr,
               .descr_get = member_descr_get,
               .descr_set = member_descr_set },
};
