// `_pickle`: what the package pickle has in C.
#include "modules/modules.h"
#include "modules/pickle/pickle.h"
#include "objects/exception.h"
#include "objects/module.h"

PickleState pickle_state;

static BuiltinDef functions[] = {
    BUILTIN("dump", pickle_dump,
            "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)", 0,
            NULL),
    BUILTIN("dumps", pickle_dumps,
            "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)", 0, NULL),
    BUILTIN("load", pickle_load,
            "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())", 0,
            NULL),
    BUILTIN("loads", pickle_loads,
            "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())",
            0, NULL),
    BUILTIN_END,
};

static int pickle_exec(Object *module) {
    PickleState *s = &pickle_state;
    if (!s->error) {
        static const struct {
            const char *module, *name;
            size_t offset;
            bool dict;
        } imports[] = {
            { "copyreg", "dispatch_table", offsetof(PickleState, dispatch_table), true },
            { "copyreg", "_extension_registry", offsetof(PickleState, extension_registry), true },
            { "copyreg", "_inverted_registry", offsetof(PickleState, inverted_registry), true },
            { "copyreg", "_extension_cache", offsetof(PickleState, extension_cache), true },
            { "_compat_pickle", "NAME_MAPPING", offsetof(PickleState, name_mapping), true },
            { "_compat_pickle", "IMPORT_MAPPING", offsetof(PickleState, import_mapping), true },
            { "_compat_pickle", "REVERSE_NAME_MAPPING", offsetof(PickleState, reverse_name_mapping), true },
            { "_compat_pickle", "REVERSE_IMPORT_MAPPING", offsetof(PickleState, reverse_import_mapping),
              true },
            { "codecs", "encode", offsetof(PickleState, encode), false },
            { "functools", "partial", offsetof(PickleState, partial), false },
            { "builtins", "getattr", offsetof(PickleState, getattr), false },
        };
        heap_add_library_root(s, sizeof(*s) / sizeof(Object *));
        for (size_t i = 0; i < COUNT_OF(imports); i++) {
            Object *value = import_get_attr(imports[i].module, imports[i].name);
            if (!value) {
                return -1;
            }
            if (imports[i].dict && !dict_check_exact(value)) {
                raise_error(&exc_RuntimeError, "%s.%s should be a dict, not %.200s", imports[i].module,
                            imports[i].name, value->type->name);
                return -1;
            }
            *(Object **)((char *)s + imports[i].offset) = value;
        }
        static const struct {
            Type *type;
            const TypeSpec *spec;
        } types[] = { { &pickle_memo_table_type, &pickle_memo_table_spec },
                      { &pickle_load_memo_type, &pickle_load_memo_spec },
                      { &pickler_memo_type, &pickler_memo_spec },
                      { &unpickler_memo_type, &unpickler_memo_spec } };
        for (size_t i = 0; i < COUNT_OF(types); i++) {
            if (type_ready(types[i].type, types[i].spec) < 0) {
                return -1;
            }
        }
        Object *error = exception_class_new("_pickle.PickleError", &exc_Exception);
        if (!error || !(s->pickling_error = exception_class_new("_pickle.PicklingError", (Type *)error)) ||
            !(s->unpickling_error = exception_class_new("_pickle.UnpicklingError", (Type *)error))) {
            return -1;
        }
        s->error = error;
    }
    return module_add_type(module, &pickler_type, &pickler_spec) < 0 ||
                   module_add_type(module, &unpickler_type, &unpickler_spec) < 0 ||
                   module_add_type(module, &pickle_buffer_type, &pickle_buffer_spec) < 0 ||
                   module_add(module, "PickleError", s->error) < 0 ||
                   module_add(module, "PicklingError", s->pickling_error) < 0 ||
                   module_add(module, "UnpicklingError", s->unpickling_error) < 0
               ? -1
               : 0;
}

const ModuleSpec module_pickle = { "_pickle", NULL, functions, pickle_exec };
