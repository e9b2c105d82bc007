// `_json`: what the package json has in C.
#include "modules/json/json.h"

#include "modules/modules.h"
#include "objects/module.h"

static BuiltinDef functions[] = {
    BUILTIN("scanstring", json_scanstring, NULL, 0, NULL),
    BUILTIN("encode_basestring", json_encode_basestring, "-($module, string, /)", 0, NULL),
    BUILTIN("encode_basestring_ascii", json_encode_basestring_ascii, "-($module, string, /)", 0, NULL),
    BUILTIN_END,
};

static int json_exec(Object *module) {
    if (type_ready(&json_scanner_type, &json_scanner_spec) < 0 ||
        type_ready(&json_encoder_type, &json_encoder_spec) < 0) {
        return -1;
    }
    return module_add(module, "make_scanner", (Object *)&json_scanner_type) < 0
               ? -1
               : module_add(module, "make_encoder", (Object *)&json_encoder_type);
}

const ModuleSpec module_json = { "_json", NULL, functions, json_exec };
