// _weakref: what weakref.py is built on.
#include "objects/weakref.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"

static Object *weakref_getweakrefcount(Object *module, Object *object) {
    return int_from_ssize(weakref_count(object));
}

static Object *weakref_getweakrefs(Object *module, Object *object) {
    return weakref_list(object);
}

static Object *weakref_proxy(Object *module, Object *object, Object *callback) {
    return weakref_proxy_new(object, callback);
}

// Deletes dct[key] if it is a weak reference that is dead.
static Object *weakref_remove_dead(Object *module, Object *dict, Object *key) {
    if (!dict_check(dict)) {
        return raise_error(&exc_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %K", dict);
    }
    Object *value = dict_get(dict, key);
    if (!value) {
        return error_occurred() ? NULL : NONE;
    }
    if (!weakref_check(value)) {
        return raise_error(&exc_TypeError, "not a weakref");
    }
    // Another thread may have stored a living one meanwhile.
    if (!weakref_get(value) && dict_delete_value(dict, key, value) < 0) {
        return NULL;
    }
    return NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("_remove_dead_weakref", weakref_remove_dead, "($module, dct, key, /)", 0, NULL),
    BUILTIN("getweakrefcount", weakref_getweakrefcount, "($module, object, /)", 0, NULL),
    BUILTIN("getweakrefs", weakref_getweakrefs, "($module, object, /)", 0, NULL),
    BUILTIN("proxy", weakref_proxy, "($module, object, callback=None, /)", 0, NULL),
    BUILTIN_END,
};

static int weakref_exec(Object *module) {
    return module_add(module, "ref", (Object *)&weakref_type) < 0 ||
                   module_add(module, "ReferenceType", (Object *)&weakref_type) < 0 ||
                   module_add(module, "ProxyType", (Object *)&weakref_proxy_type) < 0 ||
                   module_add(module, "CallableProxyType", (Object *)&weakref_callable_proxy_type) < 0
               ? -1
               : 0;
}

const ModuleSpec module_weakref = { "_weakref", NULL, functions, weakref_exec };
