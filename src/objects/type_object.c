// `type` itself: attribute access on classes, calling them, and type's methods and attributes.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/runtime.h"

const char *type_short_name(const Type *type) {
    if (type->flags & TF_HEAP) {
        return type->name;
    }
    const char *dot = strrchr(type->name, '.');
    return dot ? dot + 1 : type->name;
}

Object *type_name_object(Type *type) {
    return type->flags & TF_HEAP ? ((HeapType *)type)->name : str_intern_cstring(type_short_name(type));
}

Object *type_qualname(Type *type) {
    return type->flags & TF_HEAP ? ((HeapType *)type)->qualname : type_name_object(type);
}

Object *type_module(Type *type) {
    if (type->flags & TF_HEAP) {
        Object *module = dict_get(type->dict, names.__module__);
        if (module || error_occurred()) {
            return module;
        }
        return raise_error(&exc_AttributeError, "__module__");
    }
    const char *dot = strrchr(type->name, '.');
    return dot ? str_intern(str_from_utf8(type->name, dot - type->name)) : names.builtins;
}

Object *type_getattr(Object *self, Object *name) {
    Type *type = (Type *)self, *meta = self->type;
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "attribute name must be string, not '%s'", name->type->name);
    }
    Object *meta_attribute = type_lookup(meta, name);
    DescrGetFn meta_get = NULL;
    if (meta_attribute) {
        meta_get = meta_attribute->type->info->slots.descr_get;
        if (meta_get && descr_is_data(meta_attribute)) {
            return meta_get(meta_attribute, self, (Object *)meta);
        }
    }
    Object *attribute = type_lookup(type, name);
    if (attribute) {
        DescrGetFn get = attribute->type->info->slots.descr_get;
        return get ? get(attribute, NULL, self) : attribute;
    }
    if (meta_get) {
        return meta_get(meta_attribute, self, (Object *)meta);
    }
    if (meta_attribute) {
        return meta_attribute;
    }
    raise_error(&exc_AttributeError, "type object '%s' has no attribute '%U'", type->name, name);
    Object *exception = thread_current->exception;
    if (exception && exception->type == &exc_AttributeError) {
        gc_store(exception, &((AttributeError *)exception)->object, self);
        gc_store(exception, &((AttributeError *)exception)->name, name);
    }
    return NULL;
}

int type_setattr(Object *self, Object *name, Object *value) {
    Type *type = (Type *)self;
    if (!str_check(name)) {
        raise_error(&exc_TypeError, "attribute name must be string, not '%s'", name->type->name);
        return -1;
    }
    if (type->flags & TF_IMMUTABLE) {
        raise_error(&exc_TypeError, "cannot set %R attribute of immutable type '%s'", name, type->name);
        return -1;
    }
    if (!(name = str_intern(name))) {
        return -1;
    }
    Object *descr = type_lookup(self->type, name);
    if (descr) {
        DescrSetFn set = descr->type->info->slots.descr_set;
        if (set) {
            int result = set(descr, self, value);
            if (!result) {
                type_modified(type, name);
            }
            return result;
        }
    }
    if (value) {
        if (dict_set(type->dict, name, value) < 0) {
            return -1;
        }
    } else {
        int deleted = dict_delete_optional(type->dict, name);
        if (deleted <= 0) {
            if (!deleted) {
                raise_error(&exc_AttributeError, "type object '%s' has no attribute '%U'", type->name, name);
            }
            return -1;
        }
    }
    type_modified(type, name);
    return 0;
}

static Object *type_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    Type *type = (Type *)callable;
    if (UNLIKELY(type == &type_type)) {
        if (nargs == 1 && (!kwnames || !tuple_size(kwnames))) {
            return (Object *)args[0]->type;
        }
        if (nargs != 3) {
            return raise_error(&exc_TypeError, "type() takes 1 or 3 arguments");
        }
    }
    NewFn new = type->info->slots.new;
    if (UNLIKELY(!new)) {
        return raise_error(&exc_TypeError, "cannot create '%s' instances", type->name);
    }
    Object *o = new (type, args, nargs, kwnames);
    if (UNLIKELY(!o) || (o->type != type && !object_is_instance(o, type))) {
        return o;
    }
    InitFn init = o->type->info->slots.init;
    if (init == object_init_slot && o->type->info->slots.new != object_new_slot) {
        return o; // it has only refused what __new__ should have taken
    }
    if (init && init(o, args, nargs, kwnames) < 0) {
        return NULL;
    }
    return o;
}

static int type_init_slot(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs == 1 && kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "type.__init__() takes no keyword arguments");
        return -1;
    }
    if (nargs != 1 && nargs != 3) {
        raise_error(&exc_TypeError, "type.__init__() takes 1 or 3 arguments");
        return -1;
    }
    return 0;
}

static Object *type_repr(Object *self) {
    Type *type = (Type *)self;
    Object *module = type_module(type), *name = type_qualname(type);
    if (!module) {
        error_clear();
    }
    if (!name) {
        return NULL;
    }
    if (module && str_check(module) && !str_equal(module, names.builtins)) {
        return str_format("<class '%U.%U'>", module, name);
    }
    return type->flags & TF_HEAP && !(module && str_check(module)) ? str_format("<class '%s'>", type->name)
                                                                   : str_format("<class '%U'>", name);
}

static void type_trace(Object *o, Tracer *tracer) {
    Type *t = (Type *)o;
    trace_cell(tracer, t->dict);
    trace_cell(tracer, t->bases);
    trace_cell(tracer, t->mro);
    trace_cell(tracer, t->base);
    trace_cell(tracer, t->subclasses);
    if (t->info) {
        trace_cell(tracer, t->info);
        trace_cell(tracer, t->info->root_shape);
        trace_range(tracer, (void *const *)t->info->private_slots, 8);
    }
    if (t->flags & TF_HEAP) {
        HeapType *h = (HeapType *)t;
        trace_cell(tracer, h->name);
        trace_cell(tracer, h->slots);
        trace_cell(tracer, h->qualname);
        trace_cell(tracer, h->module);
    }
}

// ---- attributes

// What is part of the type itself, not of its dict, can be set only where there is room for it.
static bool can_set(Type *type, Object *value, const char *name) {
    if ((type->flags & TF_IMMUTABLE) || !(type->flags & TF_HEAP)) {
        raise_error(&exc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name, type->name);
        return false;
    }
    if (!value) {
        raise_error(&exc_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name, type->name);
        return false;
    }
    return true;
}

static Object *get_name(Object *o, void *closure) {
    return type_name_object((Type *)o);
}
static int set_name(Object *o, Object *value, void *closure) {
    Type *type = (Type *)o;
    if (!can_set(type, value, "__name__") || audit("object.__setattr__", "OsO", o, "__name__", value) < 0) {
        return -1;
    }
    if (!str_check(value)) {
        raise_error(&exc_TypeError, "can only assign string to %s.__name__, not '%s'", type->name,
                    value->type->name);
        return -1;
    }
    ssize_t length;
    const char *utf8 = str_utf8(value, &length);
    if (!utf8) {
        return -1;
    }
    if (strlen(utf8) != (size_t)length) {
        raise_error(&exc_ValueError, "type name must not contain null characters");
        return -1;
    }
    gc_store(type, &((HeapType *)type)->name, value);
    type->name = utf8;
    return 0;
}
static Object *get_qualname(Object *o, void *closure) {
    return type_qualname((Type *)o);
}
static int set_qualname(Object *o, Object *value, void *closure) {
    Type *type = (Type *)o;
    if (!can_set(type, value, "__qualname__")) {
        return -1;
    }
    if (!str_check(value)) {
        raise_error(&exc_TypeError, "can only assign string to %s.__qualname__, not '%s'", type->name,
                    value->type->name);
        return -1;
    }
    gc_store(type, &((HeapType *)type)->qualname, value);
    return 0;
}
static Object *get_module(Object *o, void *closure) {
    return type_module((Type *)o);
}
static int set_module(Object *o, Object *value, void *closure) {
    if (!can_set((Type *)o, value, "__module__")) {
        return -1;
    }
    return dict_set(((Type *)o)->dict, names.__module__, value);
}
static Object *get_bases(Object *o, void *closure) {
    Object *bases = ((Type *)o)->bases;
    return bases ? bases : NONE;
}

// What is changed goes to `undo`, each class with the mro it had (None: none yet).
static int update_mro_below(Type *type, Object *undo) {
    Object *before = tuple_pack(2, (Object *)type, type->mro ? type->mro : NONE);
    if (!before || list_append(undo, before) < 0 || mro_update(type) < 0) {
        return -1;
    }
    Object *list = type_subclasses_list(type);
    for (ssize_t i = 0; list && i < list_size(list); i++) {
        if (update_mro_below((Type *)list_read(list, i), undo) < 0) {
            return -1;
        }
    }
    return list ? 0 : -1;
}

// Both are read without a lock.
static void store_bases(Type *type, Object *bases, Type *base) {
    bool stop = runtime_multithreaded;
    if (stop) {
        world_stop();
    }
    gc_store(type, &type->bases, bases);
    type_stored(type);
    gc_store(type, &type->base, base);
    if (stop) {
        world_start();
    }
}

static int assign_bases(Type *type, Object *value);

// One after the other, whatever the class: their subclasses may be the same. A custom mro() lets others in.
static int set_bases(Object *o, Object *value, void *closure) {
    CriticalSection section;
    critical_section_begin(&section, &type_type);
    int result = assign_bases((Type *)o, value);
    critical_section_end(&section);
    return result;
}

static int assign_bases(Type *type, Object *value) {
    Object *o = (Object *)type;
    if (!can_set(type, value, "__bases__") || audit("object.__setattr__", "OsO", o, "__bases__", value) < 0) {
        return -1;
    }
    if (!tuple_check(value)) {
        raise_error(&exc_TypeError, "can only assign tuple to %s.__bases__, not %s", type->name,
                    value->type->name);
        return -1;
    }
    if (!tuple_size(value)) {
        raise_error(&exc_TypeError, "can only assign non-empty tuple to %s.__bases__, not ()", type->name);
        return -1;
    }
    for (ssize_t i = 0; i < tuple_size(value); i++) {
        Object *base = tuple_get(value, i);
        if (!type_check(base)) {
            raise_error(&exc_TypeError, "%s.__bases__ must be tuple of classes, not '%s'", type->name,
                        base->type->name);
            return -1;
        }
        bool cycle = type_is_subtype((Type *)base, type);
        for (Type *t = (Type *)base; t && !cycle; t = t->base) {
            cycle = t == type;  // also while a custom mro() is still running
        }
        if (cycle) {
            raise_error(&exc_TypeError, "a __bases__ item causes an inheritance cycle");
            return -1;
        }
    }
    Type *best = type_best_base(value);
    if (!best || !type_same_layout(type->base, best, "__bases__")) {
        return -1;
    }
    Object *old_bases = type->bases;
    Type *old_base = type->base;
    store_bases(type, value, best);
    Object *undo = list_new(0);
    if (!undo || update_mro_below(type, undo) < 0) {
        Object *failure = error_take();
        if (type->bases == value) {
            // No mro() is asked again: it may be what failed.
            store_bases(type, old_bases, old_base);
            for (ssize_t i = undo ? list_size(undo) : 0; i-- > 0;) {
                Object *before = list_read(undo, i);
                Type *changed = (Type *)tuple_get(before, 0);
                Object *mro = tuple_get(before, 1);
                type_store_mro(changed, mro == NONE ? NULL : mro);
                if (mro != NONE) {
                    type_changed_entirely(changed);
                }
            }
            error_clear();
        }
        error_restore(failure);
        return -1;
    }
    if (type->bases != value) {
        return 0;  // a custom mro() has assigned other bases meanwhile, and finished that
    }
    for (ssize_t i = 0; i < tuple_size(old_bases); i++) {
        type_remove_subclass((Type *)tuple_get(old_bases, i), type);
    }
    for (ssize_t i = 0; i < tuple_size(value); i++) {
        if (type_add_subclass((Type *)tuple_get(value, i), type) < 0) {
            return -1;
        }
    }
    type_changed_entirely(type);
    return 0;
}

static Object *get_abstract_methods(Object *o, void *closure) {
    Object *value = (Type *)o == &type_type ? NULL : dict_get(((Type *)o)->dict, names.__abstractmethods__);
    return value || error_occurred() ? value : raise_error(&exc_AttributeError, "__abstractmethods__");
}
// Others read the flags without a lock.
static void set_abstract(Type *type, bool abstract) {
    if (abstract == !!(type->flags & TF_ABSTRACT)) {
        return;
    }
    bool stop = runtime_multithreaded;
    if (stop) {
        world_stop();
    }
    type->flags = abstract ? type->flags | TF_ABSTRACT : type->flags & ~TF_ABSTRACT;
    if (stop) {
        world_start();
    }
}

static int set_abstract_methods(Object *o, Object *value, void *closure) {
    Type *type = (Type *)o;
    if (value) {
        int abstract = object_is_true(value);
        if (abstract < 0 || dict_set(type->dict, names.__abstractmethods__, value) < 0) {
            return -1;
        }
        set_abstract(type, abstract);
        return 0;
    }
    int deleted = dict_delete_optional(type->dict, names.__abstractmethods__);
    if (!deleted) {
        raise_error(&exc_AttributeError, "__abstractmethods__");
    }
    set_abstract(type, false);
    return deleted > 0 ? 0 : -1;
}
static Object *get_dict(Object *o, void *closure) {
    return mappingproxy_new(((Type *)o)->dict);
}
static Object *get_doc(Object *o, void *closure) {
    Type *type = (Type *)o;
    if (!(type->flags & TF_HEAP)) {
        const char *doc = type->doc, *end = doc ? strstr(doc, ")\n--\n\n") : NULL;
        if (!doc || (end && !end[6])) {
            const char *found = doc_lookup(type->name, NULL);
            doc = found ? found : doc;
        }
        if (doc) {
            return doc_object(type_short_name(type), doc);
        }
    }
    Object *value = dict_get(type->dict, names.__doc__);
    if (!value) {
        return error_occurred() ? NULL : NONE;
    }
    DescrGetFn get = value->type->info->slots.descr_get;
    return get ? get(value, NULL, o) : value;
}
static int set_doc(Object *o, Object *value, void *closure) {
    return can_set((Type *)o, value, "__doc__") ? dict_set(((Type *)o)->dict, names.__doc__, value) : -1;
}
static Object *get_text_signature(Object *o, void *closure) {
    Type *type = (Type *)o;
    if (type->flags & TF_HEAP) {
        Object *doc = dict_get(type->dict, names.__doc__);
        const char *text = doc && str_check(doc) ? str_utf8(doc, NULL) : NULL;
        return error_occurred() ? NULL : doc_signature(type->name, text);
    }
    const TypeSpec *spec = type->info->spec;
    Object *own = doc_signature(type_short_name(type), spec->doc);
    return own == NONE ? doc_signature(type_short_name(type), doc_lookup(type->name, NULL)) : own;
}
static Object *get_annotations(Object *o, void *closure) {
    Type *type = (Type *)o;
    if (!(type->flags & TF_HEAP)) {
        return raise_error(&exc_AttributeError, "type object '%s' has no attribute '__annotations__'",
                           type->name);
    }
    Object *value = dict_get(type->dict, names.__annotations__);
    if (value) {
        DescrGetFn get = value->type->info->slots.descr_get;
        return get ? get(value, NULL, o) : value;
    }
    if (error_occurred() || !(value = dict_new()) || dict_set(type->dict, names.__annotations__, value) < 0) {
        return NULL;
    }
    type_modified(type, names.__annotations__);
    return value;
}
static int set_annotations(Object *o, Object *value, void *closure) {
    Type *type = (Type *)o;
    if ((type->flags & TF_IMMUTABLE) || !(type->flags & TF_HEAP)) {
        raise_error(&exc_TypeError, "cannot set '__annotations__' attribute of immutable type '%s'",
                    type->name);
        return -1;
    }
    if (value) {
        return dict_set(type->dict, names.__annotations__, value);
    }
    int deleted = dict_delete_optional(type->dict, names.__annotations__);
    if (!deleted) {
        raise_error(&exc_AttributeError, "__annotations__");
    }
    return deleted > 0 ? 0 : -1;
}

// The numbers that CPython reports: without what instances have beyond its layout.
static Object *get_size(Object *o, void *closure) {
    Type *type = (Type *)o;
    ssize_t hidden = type->flags & TF_HEAP ? (ssize_t)type->info->hidden_size : 0, value;
    switch ((int)(intptr_t)closure) {
    case 0: value = type_reported_size(type); break;
    default:
        value = type->weaklist_offset ? type->weaklist_offset - (type->weaklist_offset > hidden ? hidden : 0)
                                      : 0;
        break;
    }
    return int_from_ssize(value);
}
static MemberDef type_members[] = {
    { "__itemsize__", MEMBER_SSIZE, offsetof(Type, item_size), MEMBER_READONLY, NULL },
    { "__flags__", MEMBER_ULONG, offsetof(Type, flags), MEMBER_READONLY, NULL },
    { "__base__", MEMBER_OBJECT, offsetof(Type, base), MEMBER_READONLY, NULL },
    { "__dictoffset__", MEMBER_SSIZE, offsetof(Type, dict_offset), MEMBER_READONLY, NULL },
    { "__mro__", MEMBER_OBJECT, offsetof(Type, mro), MEMBER_READONLY, NULL },
    {},
};
static GetSetDef type_getsets[] = {
    { "__basicsize__", get_size, NULL, NULL, (void *)0 },
    { "__weakrefoffset__", get_size, NULL, NULL, (void *)3 },
    { "__name__", get_name, set_name, NULL, NULL },
    { "__qualname__", get_qualname, set_qualname, NULL, NULL },
    { "__bases__", get_bases, set_bases, NULL, NULL },
    { "__module__", get_module, set_module, NULL, NULL },
    { "__abstractmethods__", get_abstract_methods, set_abstract_methods, NULL, NULL },
    { "__dict__", get_dict, NULL, NULL, NULL },
    { "__doc__", get_doc, set_doc, NULL, NULL },
    { "__text_signature__", get_text_signature, NULL, NULL, NULL },
    { "__annotations__", get_annotations, set_annotations, NULL, NULL },
    {},
};

// ---- methods

static Object *type_mro_method(Object *self) {
    Object *mro = mro_compute((Type *)self);
    return mro ? sequence_list(mro) : NULL;
}
static Object *type_subclasses(Object *self) {
    return type_subclasses_list((Type *)self);
}
static Object *type_prepare_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return dict_new();
}

static Object *abstract_bases(Object *cls) {
    Object *bases;
    if (object_getattr_optional(cls, names.__bases__, &bases) <= 0) {
        return NULL;
    }
    return tuple_check(bases) ? bases : NULL;
}

static int abstract_issubclass(Object *derived, Object *cls) {
    for (;;) {
        if (derived == cls) {
            return 1;
        }
        Object *bases = abstract_bases(derived);
        if (!bases) {
            return error_occurred() ? -1 : 0;
        }
        ssize_t n = tuple_size(bases);
        if (n == 1) {
            derived = tuple_get(bases, 0);
            continue;
        }
        if (recursion_enter(" in __issubclass__") < 0) {
            return -1;
        }
        int result = 0;
        for (ssize_t i = 0; i < n && !result; i++) {
            result = abstract_issubclass(tuple_get(bases, i), cls);
        }
        recursion_leave();
        return result;
    }
}

static int check_class(Object *cls, const char *message) {
    if (!abstract_bases(cls)) {
        if (!error_occurred()) {
            raise_error(&exc_TypeError, "%s", message);
        }
        return -1;
    }
    return 0;
}

// Whether asking `o` for its `__class__` gives its type, as nearly always.
static bool class_is_type(const Object *o) {
    TypeInfo *info = o->type->info;
    uint32_t version = __atomic_load_n(&o->type->version_tag, __ATOMIC_ACQUIRE);
    if (LIKELY(version && __atomic_load_n(&info->plain_class, __ATOMIC_RELAXED) == version)) {
        return true;
    }
    Object *descriptor = type_lookup_version(o->type, names.__class__, &version);
    if (slots_of(o)->getattr != object_generic_getattr ||
        descriptor != type_lookup(&object_type, names.__class__)) {
        return false;
    }
    __atomic_store_n(&info->plain_class, version, __ATOMIC_RELAXED);
    return true;
}

static int plain_isinstance(Object *o, Object *cls) {
    if (type_check(cls)) {
        if (object_is_instance(o, (Type *)cls)) {
            return 1;
        }
        if (class_is_type(o)) {
            return 0;
        }
        Object *claimed;
        int found = object_getattr_optional(o, names.__class__, &claimed);
        if (found <= 0) {
            return found;
        }
        return claimed != (Object *)o->type && type_check(claimed) &&
               type_is_subtype((Type *)claimed, (Type *)cls);
    }
    if (check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0) {
        return -1;
    }
    Object *claimed;
    int found = object_getattr_optional(o, names.__class__, &claimed);
    return found <= 0 ? found : abstract_issubclass(claimed, cls);
}

static int plain_issubclass(Object *derived, Object *cls) {
    if (type_check(cls) && type_check(derived)) {
        return type_is_subtype((Type *)derived, (Type *)cls);
    }
    if (check_class(derived, "issubclass() arg 1 must be a class") < 0 ||
        check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0) {
        return -1;
    }
    return abstract_issubclass(derived, cls);
}

static int check_through(Object *o, Object *info, Object *hook, int (*plain)(Object *, Object *),
                         bool instance) {
    if (instance && (Object *)o->type == info) {
        return 1;
    }
    if (info->type == &type_type) {
        return !instance && o == info ? 1 : plain(o, info);
    }
    if (info->type == &union_type) {
        info = object_getattr(info, names.__args__);
        if (!info) {
            return -1;
        }
    }
    if (tuple_check(info)) {
        if (recursion_enter(instance ? " in __instancecheck__" : " in __subclasscheck__") < 0) {
            return -1;
        }
        int result = 0;
        for (ssize_t i = 0; i < tuple_size(info) && !result; i++) {
            result = check_through(o, tuple_get(info, i), hook, plain, instance);
        }
        recursion_leave();
        return result;
    }
    Object *method;
    int found = object_lookup_special(info, hook, &method);
    if (found < 0) {
        return -1;
    }
    if (found) {
        if (recursion_enter(instance ? " in __instancecheck__" : " in __subclasscheck__") < 0) {
            return -1;
        }
        Object *result = call1(method, o);
        recursion_leave();
        return result ? object_is_true(result) : -1;
    }
    return plain(o, info);
}

int object_is_instance_of(Object *o, Object *classinfo) {
    return check_through(o, classinfo, names.__instancecheck__, plain_isinstance, true);
}
int object_is_subclass_of(Object *cls, Object *classinfo) {
    return check_through(cls, classinfo, names.__subclasscheck__, plain_issubclass, false);
}

static Object *type_instancecheck(Object *self, Object *o) {
    int result = plain_isinstance(o, self);
    return result < 0 ? NULL : bool_from(result);
}
static Object *type_subclasscheck(Object *self, Object *o) {
    int result = plain_issubclass(o, self);
    return result < 0 ? NULL : bool_from(result);
}

static int merge_class_dict(Object *dict, Object *cls) {
    Object *own, *bases;
    int found = object_getattr_optional(cls, names.__dict__, &own);
    if (found < 0 || (found && dict_update(dict, own) < 0)) {
        return -1;
    }
    found = object_getattr_optional(cls, names.__bases__, &bases);
    if (found <= 0) {
        return found;
    }
    ssize_t n = tuple_check(bases) ? tuple_size(bases) : 0;
    for (ssize_t i = 0; i < n; i++) {
        if (merge_class_dict(dict, tuple_get(bases, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *type_dir(Object *self) {
    Object *dict = dict_new();
    return dict && merge_class_dict(dict, self) == 0 ? dict_keys_list(dict) : NULL;
}

Object *object_dir_default(Object *self) {
    Object *own = NULL, *dict = NULL, *cls;
    if (shape_of(self)) {
        dict = instance_dict_copy(self);
    } else {
        int found = object_getattr_optional(self, names.__dict__, &own);
        if (found < 0) {
            return NULL;
        }
        dict = found && dict_check(own) ? dict_copy(own) : dict_new();
    }
    if (!dict) {
        return NULL;
    }
    int found = object_getattr_optional(self, names.__class__, &cls);
    if (found < 0 || (found && merge_class_dict(dict, cls) < 0)) {
        return NULL;
    }
    return dict_keys_list(dict);
}

static Object *type_sizeof(Object *self) {
    // CPython's numbers; a class whose instances have a __dict__ holds a table of keys that they share.
    enum { STATIC_TYPE = 408, HEAP_TYPE = 904, SHARED_KEYS = 768 };
    unsigned long flags = ((Type *)self)->flags;
    return int_from_ssize(!(flags & TF_HEAP)        ? STATIC_TYPE
                          : flags & TF_MANAGED_DICT ? HEAP_TYPE + SHARED_KEYS
                                                    : HEAP_TYPE);
}

static bool unionable(Object *o) {
    return o == NONE || type_check(o) || object_is_instance(o, &generic_alias_type) || o->type == &union_type;
}
static Object *type_or(Object *left, Object *right) {
    return unionable(left) && unionable(right) ? union_or(left, right) : NOT_IMPLEMENTED;
}

static BuiltinDef type_methods[] = {
    BUILTIN("mro", type_mro_method, "($self, /)", 0, NULL),
    BUILTIN("__subclasses__", type_subclasses, "($self, /)", 0, NULL),
    BUILTIN("__prepare__", type_prepare_method, NULL, BUILTIN_CLASS, NULL),
    BUILTIN("__instancecheck__", type_instancecheck, "($self, instance, /)", 0, NULL),
    BUILTIN("__subclasscheck__", type_subclasscheck, "($self, subclass, /)", 0, NULL),
    BUILTIN("__dir__", type_dir, "($self, /)", 0, NULL),
    BUILTIN("__sizeof__", type_sizeof, "($self, /)", 0, NULL),
    BUILTIN_END,
};

Type type_type;
const TypeSpec type_spec = {
    .name = "type",
    .basic_size = sizeof(HeapType),
    .item_size = 40,
    .dict_offset = offsetof(Type, dict),
    .weaklist_offset = offsetof(Type, weaklist),
    .flags = TF_BASE | TF_GC | TF_TYPE | TF_HAVE_VECTORCALL,
    .methods = type_methods,
    .getsets = type_getsets,
    .members = type_members,
    .trace = type_trace,
    .slots = { .repr = type_repr,
               .call = type_call,
               .getattr = type_getattr,
               .setattr = type_setattr,
               .init = type_init_slot,
               .new = type_new_slot,
               .or = type_or },
};
