// super: attribute look-up that goes on after a class in the MRO.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/frame.h"

static void super_trace(Object *o, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Super *)o)->type, 3);
}

static Object *super_repr(Object *o) {
    Super *s = (Super *)o;
    const Type *type = __atomic_load_n(&s->type, __ATOMIC_RELAXED);
    const Type *start = __atomic_load_n(&s->object_type, __ATOMIC_RELAXED);
    const char *name = type ? type->name : "NULL";
    return start ? str_format("<super: <class '%s'>, <%s object>>", name, start->name)
                 : str_format("<super: <class '%s'>, NULL>", name);
}

Object *super_lookup(Type *type, Type *start, Object *name) {
    Object *mro = start->mro;
    if (!mro || str_equal(name, names.__class__)) {
        return NULL;
    }
    ssize_t n = tuple_size(mro), i = 0;
    while (i < n && tuple_get(mro, i) != (Object *)type) {
        i++;
    }
    for (i++; i < n; i++) {
        Object *value = dict_get_str(((Type *)tuple_get(mro, i))->dict, name);
        if (value) {
            return value;
        }
    }
    return NULL;
}

static Object *super_getattr(Object *self, Object *name) {
    Super *s = (Super *)self;
    Type *start = s->object_type;
    if (start && str_check(name)) {
        if (!str_is_interned(name) && str_check_exact(name) && !(name = str_intern(name))) {
            return NULL;
        }
        Object *value = super_lookup(s->type, start, name);
        if (value) {
            DescrGetFn get = value->type->info->slots.descr_get;
            return get ? get(value, s->object == (Object *)start ? NULL : s->object, (Object *)start) : value;
        }
    }
    return object_generic_getattr(self, name);
}

Object *super_of_instance(Type *type, Object *o) {
    Super *s = (Super *)object_alloc(&super_type);
    if (s) {
        gc_init(&s->type, type);
        gc_init(&s->object, o);
        gc_init(&s->object_type, o->type);
    }
    return (Object *)s;
}

static Type *super_check(Type *type, Object *o) {
    if (type_check(o) && type_is_subtype((Type *)o, type)) {
        return (Type *)o;
    }
    if (object_is_instance(o, type)) {
        return o->type;
    }
    Object *cls;
    int found = object_getattr_optional(o, names.__class__, &cls);
    if (found < 0) {
        return NULL;
    }
    if (found && type_check(cls) && cls != (Object *)o->type && type_is_subtype((Type *)cls, type)) {
        return (Type *)cls;
    }
    raise_error(&exc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

static Object *super_get(Object *self, Object *instance, Object *owner) {
    Super *s = (Super *)self;
    if (!instance || instance == NONE || s->object) {
        return self;
    }
    if (self->type != &super_type) {
        return s->type ? call2((Object *)self->type, (Object *)s->type, instance)
                       : call0((Object *)self->type);
    }
    Type *type = super_check(s->type, instance);
    Super *bound = type ? (Super *)object_alloc(&super_type) : NULL;
    if (bound) {
        gc_store(bound, &bound->type, s->type);
        gc_store(bound, &bound->object, instance);
        gc_store(bound, &bound->object_type, type);
    }
    return (Object *)bound;
}

// super() without arguments: __class__ from the function's closure, and its first argument.
static int super_from_frame(Type **type, Object **object) {
    Frame *frame = thread_python_frame(thread_current);
    if (!frame) {
        raise_error(&exc_RuntimeError, "super(): no current frame");
        return -1;
    }
    Code *code = frame->code;
    if (!code->argcount) {
        raise_error(&exc_RuntimeError, "super(): no arguments");
        return -1;
    }
    Object *first = frame->locals[0];
    const uint8_t *kinds = (const uint8_t *)code->localspluskinds + 32;  // the bytes' data
    if (first && (kinds[0] & CO_FAST_CELL) && first->type == &cell_type) {
        first = ((Cell *)first)->value;
    }
    if (!first) {
        raise_error(&exc_RuntimeError, "super(): arg[0] deleted");
        return -1;
    }
    int base = code->nlocalsplus - code->nfreevars;
    for (int i = base; i < code->nlocalsplus; i++) {
        if (str_equal(tuple_get(code->localsplusnames, i), names.__class__)) {
            Object *cell = frame->locals[i];
            if (!cell || cell->type != &cell_type) {
                // COPY_FREE_VARS has not run yet: take it from the closure.
                cell = frame->function && frame->function->closure
                           ? tuple_get(frame->function->closure, i - base)
                           : NULL;
            }
            if (!cell) {
                raise_error(&exc_RuntimeError, "super(): bad __class__ cell");
                return -1;
            }
            Object *cls = ((Cell *)cell)->value;
            if (!cls) {
                raise_error(&exc_RuntimeError, "super(): empty __class__ cell");
                return -1;
            }
            if (!type_check(cls)) {
                raise_error(&exc_RuntimeError, "super(): __class__ is not a type (%s)", cls->type->name);
                return -1;
            }
            *type = (Type *)cls;
            *object = first;
            return 0;
        }
    }
    raise_error(&exc_RuntimeError, "super(): __class__ cell not found");
    return -1;
}

static int super_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("super", kwnames) < 0 || arguments_check_count("super()", nargs, 0, 2) < 0) {
        return -1;
    }
    Type *type;
    Object *object = nargs > 1 ? args[1] : NULL;
    if (!nargs) {
        if (super_from_frame(&type, &object) < 0) {
            return -1;
        }
    } else {
        if (!type_check(args[0])) {
            raise_error(&exc_TypeError, "super() argument 1 must be a type, not %s", args[0]->type->name);
            return -1;
        }
        type = (Type *)args[0];
    }
    if (object == NONE) {
        object = NULL;
    }
    Type *object_type_found = NULL;
    if (object && !(object_type_found = super_check(type, object))) {
        return -1;
    }
    Super *s = (Super *)self;
    gc_store(s, &s->type, type);
    gc_store(s, &s->object, object);
    gc_store(s, &s->object_type, object_type_found);
    return 0;
}
static Object *super_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}
static MemberDef super_members[] = {
    { "__thisclass__", MEMBER_OBJECT, offsetof(Super, type), MEMBER_READONLY, NULL },
    { "__self__", MEMBER_OBJECT, offsetof(Super, object), MEMBER_READONLY, NULL },
    { "__self_class__", MEMBER_OBJECT, offsetof(Super, object_type), MEMBER_READONLY, NULL },
    {},
};
Type super_type;
const TypeSpec super_spec = {
    .name = "super",
    .basic_size = sizeof(Super),
    .flags = TF_GC | TF_BASE,
    .members = super_members,
    .trace = super_trace,
    .slots = { .repr = super_repr,
               .getattr = super_getattr,
               .descr_get = super_get,
               .init = super_init,
               .new = super_new },
};
