// Making static types ready: from a TypeSpec to a type with slots, flags, a dict of descriptors, bases
// and MRO. Two steps, because descriptors and dicts are objects of types themselves: type_prepare
// touches no heap, type_finish fills the dict.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

enum { STATIC_TYPES_MOST = 4096 };
static Type *static_types[STATIC_TYPES_MOST];
static size_t static_type_count;
static bool static_types_stored = true;  // to a field that is traced here, since the last collection

void type_stored(const Type *type) {
    __atomic_store_n(&static_types_stored, true, __ATOMIC_RELAXED);
}

// Static types have no cards, and there are hundreds of them: a minor collection looks at them only when one was
// stored to (type_stored); else all that they refer to is old.
static void trace_static_types(Tracer *tracer) {
    if (tracer_marks(tracer)) {
        if (!static_types_stored && !heap_collection_is_full()) {
            return;
        }
        static_types_stored = false;
    }
    size_t count = __atomic_load_n(&static_type_count, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < count; i++) {
        Type *t = static_types[i];
        trace_cell(tracer, t->dict);
        trace_cell(tracer, t->bases);
        trace_cell(tracer, t->mro);
        trace_cell(tracer, t->subclasses);
        trace_cell(tracer, t->info->root_shape);
        trace_range(tracer, (void *const *)t->info->private_slots, 8);
    }
}

TypeInfo *type_info_new(Type *owner) {
    TypeInfo *info = heap_alloc(sizeof(TypeInfo), CELL_BYTES);
    if (info) {
        memset(info, 0, sizeof *info);
        gc_store(owner, &owner->info, info);
    }
    return info;
}

enum : unsigned long {
    INHERITED_FLAGS = TF_INT | TF_LIST | TF_TUPLE | TF_BYTES | TF_STR | TF_DICT | TF_EXCEPTION | TF_TYPE |
                      TF_SEQUENCE | TF_MAPPING | TF_MATCH_SELF | TF_GC,
};

int type_prepare(Type *type, const TypeSpec *spec) {
    static bool registered;
    if (!registered) {
        registered = true;
        heap_add_root_tracer(trace_static_types);
    }
    TypeInfo *info = calloc(1, sizeof(TypeInfo));
    if (!info || static_type_count == STATIC_TYPES_MOST) {
        raise_memory_error();
        return -1;
    }
    Type *base = spec->base ? spec->base : type == &object_type ? NULL : &object_type;
    type->var.base.refcount = REFCOUNT_INITIAL;
    if (!type->var.base.type) {
        type->var.base.type = base && base->var.base.type ? base->var.base.type : &type_type;
    }
    type->name = spec->name;
    type->base = base;
    type->basic_size = spec->basic_size ? spec->basic_size
                       : base           ? base->basic_size
                                        : (ssize_t)sizeof(Object);
    type->item_size = spec->item_size ? spec->item_size : base ? base->item_size : 0;
    type->dict_offset = spec->dict_offset ? spec->dict_offset : base ? base->dict_offset : 0;
    type->weaklist_offset = spec->weaklist_offset ? spec->weaklist_offset : base ? base->weaklist_offset : 0;
    type->tp_vectorcall_offset = spec->vectorcall_offset ? spec->vectorcall_offset
                                 : base                  ? base->tp_vectorcall_offset
                                                         : 0;
    type->doc = spec->doc;
    type->flags |= spec->flags | (base ? base->flags & INHERITED_FLAGS : 0);
    if (!doc_is_known(spec->name, "(mutable)")) {
        type->flags |= TF_IMMUTABLE;
    }
    type->info = info;
    info->spec = spec;
    info->instance_size = size_max((size_t)type->basic_size, spec->instance_size);
    if (base && !spec->instance_size && type->basic_size == base->basic_size) {
        info->instance_size = base->info->instance_size;
    }
    info->hidden_size = info->instance_size - (size_t)type->basic_size;
    info->lock_offset = spec->lock_offset ? spec->lock_offset : base ? base->info->lock_offset : 0;
    info->is_sequence = spec->is_sequence || (base && base->info->is_sequence);
    info->slots = spec->slots;
    info->trace = spec->trace ? spec->trace : base ? base->info->trace : NULL;
    info->native_trace = info->trace;
    if (base) {
        type_inherit_slots(type, base);
        if (!info->slots.new && !(type->flags & TF_DISALLOW_INSTANTIATION) && base != &object_type) {
            info->slots.new = base->info->slots.new;
        }
        if (!info->slots.hash && info->slots.compare) {
            info->slots.hash = object_hash_not_implemented;
        }
    }
    if (!info->slots.new) {
        type->flags |= TF_DISALLOW_INSTANTIATION;
    }
    info->has_finalizer = info->slots.finalize != NULL;
    type_stored(type);
    static_types[static_type_count] = type;
    __atomic_store_n(&static_type_count, static_type_count + 1, __ATOMIC_RELEASE);
    return 0;
}

static Object *new_wrapper(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Type *type = (Type *)self;
    if (!nargs) {
        return raise_error(&exc_TypeError, "%s.__new__(): not enough arguments", type->name);
    }
    Object *first = args[0];
    if (!type_check(first)) {
        return raise_error(&exc_TypeError, "%s.__new__(X): X is not a type object (%s)", type->name,
                           first->type->name);
    }
    Type *wanted = (Type *)first;
    if (!type_is_subtype(wanted, type)) {
        return raise_error(&exc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", type->name,
                           wanted->name, wanted->name, type->name);
    }
    // The most derived built-in type must be the one whose __new__ is called, for layout's sake.
    Type *native = wanted;
    while (native && native->info->slots.new == dispatch_new) {
        native = native->base;
    }
    if (native && native->info->slots.new != type->info->slots.new) {
        return raise_error(&exc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()", type->name,
                           wanted->name, native->name);
    }
    return type->info->slots.new(wanted, args + 1, nargs - 1, kwnames);
}

BuiltinDef *new_wrapper_def(void) {
    static BuiltinDef def = { "__new__",
                              NULL,
                              0,
                              "Create and return a new object.  See help(type) for accurate signature.",
                              (void *)new_wrapper,
                              "($type, *args, **kwargs)",
                              NULL };
    return &def;
}

static int fill_dict(Type *type, const TypeSpec *spec) {
    Object *dict = type->dict;
    if (spec->slots.new) {
        Object *function = builtin_function_new(new_wrapper_def(), (Object *)type, NULL);
        if (!function || dict_set(dict, names.__new__, function) < 0) {
            return -1;
        }
    }
    for (BuiltinDef *def = spec->methods; def && def->name; def++) {
        if (def->flags & BUILTIN_COEXIST) {
            Object *descr = method_descr_new(type, def), *name = str_intern_cstring(def->name);
            if (!descr || !name || dict_set(dict, name, descr) < 0) {
                return -1;
            }
        }
    }
    Slots own = spec->slots;
    if (!own.hash && type->info->slots.hash == object_hash_not_implemented && own.compare) {
        own.hash = object_hash_not_implemented;
    }
    if (type_add_wrappers(type, &own) < 0) {
        return -1;
    }
    for (BuiltinDef *def = spec->methods; def && def->name; def++) {
        Object *name = str_intern_cstring(def->name);
        if (!name) {
            return -1;
        }
        int present = dict_contains(dict, name);
        if (present < 0) {
            return -1;
        }
        if (!present) {
            Object *descr = method_descr_new(type, def);
            if (!descr || dict_set(dict, name, descr) < 0) {
                return -1;
            }
        }
    }
    for (MemberDef *def = spec->members; def && def->name; def++) {
        Object *descr = member_descr_new(type, def), *name = str_intern_cstring(def->name);
        if (!descr || !name || !dict_set_default(dict, name, descr)) {
            return -1;
        }
    }
    for (GetSetDef *def = spec->getsets; def && def->name; def++) {
        Object *descr = getset_descr_new(type, def), *name = str_intern_cstring(def->name);
        if (!descr || !name || !dict_set_default(dict, name, descr)) {
            return -1;
        }
    }
    if (doc_is_known(spec->name, "(module in its dict)")) {
        Object *module = type_module(type);
        if (!module || dict_set(dict, names.__module__, module) < 0) {
            return -1;
        }
    }
    int present = dict_contains(dict, names.__doc__);
    if (present) {
        return present < 0 ? -1 : 0;
    }
    const char *doc = spec->doc;
    const char *signature_end = doc ? strstr(doc, ")\n--\n\n") : NULL;
    if (!doc || (signature_end && !signature_end[6])) {
        const char *found = doc_lookup(spec->name, NULL);
        doc = found ? found : doc;
    }
    Object *text = doc_object(type_short_name(type), doc);
    return text ? dict_set(dict, names.__doc__, text) : -1;
}

int type_finish(Type *type) {
    const TypeSpec *spec = type->info->spec;
    Object *dict = dict_new();
    Object *bases = type->base ? tuple_pack(1, (Object *)type->base) : tuple_empty();
    if (!dict || !bases) {
        return -1;
    }
    gc_store(type, &type->dict, dict);
    gc_store(type, &type->bases, bases);
    type_stored(type);
    Object *mro = type->base ? mro_compute(type) : tuple_pack(1, (Object *)type);
    if (!mro) {
        return -1;
    }
    gc_store(type, &type->mro, mro);
    type_stored(type);
    if (fill_dict(type, spec) < 0 ||
        (type->base && !spec->is_internal && type_add_subclass(type->base, type) < 0)) {
        return -1;
    }
    __atomic_or_fetch(&type->flags, TF_READY, __ATOMIC_RELEASE);
    return 0;
}

// Some types are made ready when they are first needed, perhaps by several threads at once.
int type_ready(Type *type, const TypeSpec *spec) {
    static Mutex mutex;
    if (__atomic_load_n(&type->flags, __ATOMIC_ACQUIRE) & TF_READY) {
        return 0;
    }
    mutex_lock(&mutex);
    int status = type->flags & TF_READY ? 0 : type_prepare(type, spec) < 0 ? -1 : type_finish(type);
    mutex_unlock(&mutex);
    return status;
}

int module_add_type(Object *module, Type *type, const TypeSpec *spec) {
    if (type_ready(type, spec) < 0) {
        return -1;
    }
    return module_add(module, type_short_name(type), (Object *)type);
}
