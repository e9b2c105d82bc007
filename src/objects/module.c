// Modules.
#include "objects/module.h"

#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/runtime.h"

static int module_fill(Module *m, Object *name, Object *doc) {
    if (!m->dict) {
        Object *dict = dict_new();
        if (!dict) {
            return -1;
        }
        gc_store(m, &m->dict, dict);
    }
    gc_store(m, &m->name, name);
    Object *d = m->dict;
    return dict_set(d, names.__name__, name) < 0 || dict_set(d, names.__doc__, doc) < 0 ||
                   dict_set(d, names.__package__, NONE) < 0 || dict_set(d, names.__loader__, NONE) < 0 ||
                   dict_set(d, names.__spec__, NONE) < 0
               ? -1
               : 0;
}

Object *module_new(Object *name) {
    Module *m = (Module *)object_alloc(&module_type);
    return m && module_fill(m, name, NONE) == 0 ? &m->base : NULL;
}

Object *module_from_spec(const ModuleSpec *spec) {
    Object *name = str_intern_cstring(spec->name);
    Object *module = name ? module_new(name) : NULL;
    if (!module) {
        return NULL;
    }
    ((Module *)module)->def = (void *)(uintptr_t)spec;
    Object *doc = doc_object(spec->name, spec->doc ? spec->doc : doc_lookup(spec->name, NULL));
    if (!doc || dict_set(module_dict(module), names.__doc__, doc) < 0) {
        return NULL;
    }
    for (BuiltinDef *def = spec->functions; def && def->name; def++) {
        if (module_add(module, def->name, builtin_function_new(def, module, name)) < 0) {
            return NULL;
        }
    }
    return module;
}

int module_add(Object *module, const char *name, Object *value) {
    Object *key = value ? str_intern_cstring(name) : NULL;
    return key ? dict_set(module_dict(module), key, value) : -1;
}
int module_add_int(Object *module, const char *name, int64_t value) {
    return module_add(module, name, int_from_i64(value));
}
int module_add_string(Object *module, const char *name, const char *utf8) {
    return module_add(module, name, str_from_cstring(utf8));
}

static void module_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((Module *)o)->dict);
    trace_cell(tracer, ((Module *)o)->name);
}

static Object *module_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Module *m = (Module *)object_alloc(type);
    Object *dict = m ? dict_new() : NULL;
    if (!dict) {
        return NULL;
    }
    gc_store(m, &m->dict, dict);
    return &m->base;
}

static int module_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *b[2];
    if (signature_bind(&cache, "module", "(name, doc=None)", args, nargs, kwnames, b) < 0) {
        return -1;
    }
    if (!str_check(b[0])) {
        raise_error(&exc_TypeError, "module() argument 'name' must be str, not %K", b[0]);
        return -1;
    }
    return module_fill((Module *)self, b[0], b[1] ? b[1] : NONE);
}

static bool is_initializing(Object *dict) {
    Object *spec = dict_get_str(dict, names.__spec__), *value;
    if (!spec || spec == NONE) {
        return false;
    }
    int found = object_getattr_optional(spec, names._initializing, &value);
    int truth = found > 0 ? object_is_true(value) : 0;
    error_clear();
    return truth > 0;
}

// True when `name` is a submodule whose import has begun and not ended.
static bool is_uninitialized_submodule(Object *dict, Object *name) {
    Object *spec = dict_get_str(dict, names.__spec__), *submodules;
    if (!spec || spec == NONE ||
        object_getattr_optional(spec, names._uninitialized_submodules, &submodules) <= 0) {
        error_clear();
        return false;
    }
    int found = sequence_contains(submodules, name);
    error_clear();
    return found > 0;
}

// Most attributes are in the dict, and none of the type's data descriptors is named like them.
int module_find(Object *module, Object *name, Object **value) {
    Object *dict = ((Module *)module)->dict;
    if (module->type != &module_type || !dict || type_lookup(&module_type, name)) {
        return -1;
    }
    *value = dict_get_str(dict, name);
    if (LIKELY(*value != NULL)) {
        return 1;
    }
    bool decided = !error_occurred() && !dict_get_str(dict, names.__getattr__) && !error_occurred();
    error_clear();
    return decided ? 0 : -1;
}

static Object *module_getattr(Object *self, Object *name) {
    Module *m = (Module *)self;
    if (check_attribute_name(name) < 0) {
        return NULL;
    }
    Object *value;
    if (LIKELY(module_find(self, name, &value) > 0)) {
        return value;
    }
    value = object_generic_getattr(self, name);
    if (value || !error_matches(&exc_AttributeError)) {
        return value;
    }
    error_clear();
    if (m->dict) {
        Object *hook = dict_get_str(m->dict, names.__getattr__);
        if (hook) {
            return call1(hook, name);
        }
        Object *own_name = dict_get_str(m->dict, names.__name__);
        if (own_name && str_check(own_name)) {
            if (!is_initializing(m->dict) && is_uninitialized_submodule(m->dict, name)) {
                return raise_error(&exc_AttributeError,
                                   "cannot access submodule '%U' of module '%U' (most likely "
                                   "due to a circular import)",
                                   name, own_name);
            }
            raise_error(&exc_AttributeError,
                        is_initializing(m->dict) ? "partially initialized module '%U' has no attribute '%U' "
                                                   "(most likely due to a circular import)"
                                                 : "module '%U' has no attribute '%U'",
                        own_name, name);
            return NULL;
        }
    }
    return raise_error(&exc_AttributeError, "module has no attribute '%U'", name);
}

static Object *module_repr(Object *self) {
    Object *function = import_get_attr("_frozen_importlib", "_module_repr");
    if (!function) {  // before there is an import system
        error_clear();
        return str_format("<module %R>", ((Module *)self)->name ? ((Module *)self)->name : names.__main__);
    }
    return call1(function, self);
}

static Object *module_dir(Object *self) {
    Object *dict = object_getattr(self, names.__dict__);
    if (!dict) {
        return NULL;
    }
    if (!dict_check(dict)) {
        return raise_error(&exc_TypeError, "%R.__dict__ is not a dictionary", self);
    }
    Object *hook = dict_get_str(dict, names.__dir__);
    return hook ? call0(hook) : dict_keys_list(dict);
}

static Object *module_get_annotations(Object *self, void *closure) {
    Object *dict = module_dict(self), *value = dict_get_str(dict, names.__annotations__);
    if (!value) {
        value = dict_new();
        if (!value || dict_set(dict, names.__annotations__, value) < 0) {
            return NULL;
        }
    }
    return value;
}
static int module_set_annotations(Object *self, Object *value, void *closure) {
    if (value) {
        return dict_set(module_dict(self), names.__annotations__, value);
    }
    int deleted = dict_delete_optional(module_dict(self), names.__annotations__);
    if (!deleted) {
        raise_error(&exc_AttributeError, "__annotations__");
    }
    return deleted > 0 ? 0 : -1;
}

static BuiltinDef module_methods[] = { BUILTIN("__dir__", module_dir, "-($self, /)", 0, NULL), BUILTIN_END };
static MemberDef module_members[] = {
    { "__dict__", MEMBER_OBJECT, offsetof(Module, dict), MEMBER_READONLY, NULL }, {}
};
static GetSetDef module_getsets[] = {
    { "__annotations__", module_get_annotations, module_set_annotations, NULL, NULL }, {}
};
Type module_type;
const TypeSpec module_spec = {
    .name = "module",
    .basic_size = sizeof(Module),
    .dict_offset = offsetof(Module, dict),
    .weaklist_offset = offsetof(Module, weaklist),
    .flags = TF_GC | TF_BASE,
    .doc = "module(name, doc=None)\n--\n\n",
    .methods = module_methods,
    .members = module_members,
    .getsets = module_getsets,
    .trace = module_trace,
    .slots = { .repr = module_repr,
               .getattr = module_getattr,
               .setattr = object_generic_setattr,
               .init = module_init,
               .new = module_new_slot },
};
