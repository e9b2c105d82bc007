// The part of a test module that is written in Python.
#include "native.h"

#include "modules/test_modules.h"
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "vm/runtime.h"

int python_part(Object *module, const char *name) {
    Object *path = str_format(NATIVE_LIBRARY "/%s.py", name), *open = import_get_attr("io", "open");
    Object *compile = import_get_attr("builtins", "compile"), *exec = import_get_attr("builtins", "exec");
    if (!path || !open || !compile || !exec) {
        return -1;
    }
    Object *stream = call1(open, path);
    Object *text = stream ? call_method0(stream, names.read) : NULL;
    if (!text || !call_method0(stream, names.close)) {
        return -1;
    }
    // The file takes itself out of sys.modules by its name.
    if (dict_set(sys_modules, ((Module *)module)->name, module) < 0) {
        return -1;
    }
    Object *code = call3(compile, text, path, str_from_cstring("exec"));
    return code && call2(exec, code, module_dict(module)) ? 0 : -1;
}

int native_add_functions(Object *module, BuiltinDef *table) {
    for (BuiltinDef *def = table; def->name; def++) {
        if (module_add(module, def->name, builtin_function_new(def, module, ((Module *)module)->name)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int testinternalcapi_exec(Object *module) {
    return python_part(module, "_testinternalcapi");
}

const ModuleSpec module_testinternalcapi = { "_testinternalcapi", NULL, NULL, testinternalcapi_exec };
