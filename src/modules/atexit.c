// atexit: functions to call at exit, in a list of (function, args, kwargs), last registered first.
#include "modules/atexit.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/tuple.h"

static Object *callbacks;  // a list

static Object *atexit_register(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs == 0) {
        return raise_error(&exc_TypeError, "register() takes at least 1 argument (0 given)");
    }
    if (!object_callable(args[0])) {
        return raise_error(&exc_TypeError, "the first argument must be callable");
    }
    Object *positional = tuple_from_array(args + 1, (ssize_t)nargs - 1), *keywords = NONE;
    if (!positional) {
        return NULL;
    }
    if (kwnames && tuple_size(kwnames)) {
        if (!(keywords = dict_new())) {
            return NULL;
        }
        for (ssize_t i = 0; i < tuple_size(kwnames); i++) {
            if (dict_set(keywords, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
                return NULL;
            }
        }
    }
    Object *entry = tuple_pack(3, args[0], positional, keywords);
    return entry && list_append(callbacks, entry) == 0 ? args[0] : NULL;
}

void atexit_run(void) {
    while (callbacks && list_size(callbacks) > 0) {
        Object *entry = list_pop(callbacks, -1);
        if (!entry) {
            error_clear();  // another thread emptied it
            return;
        }
        Object *keywords = tuple_get(entry, 2);
        if (!call_tuple_dict(tuple_get(entry, 0), tuple_get(entry, 1), keywords == NONE ? NULL : keywords)) {
            error_unraisable_message("Exception ignored in atexit callback", tuple_get(entry, 0));
        }
    }
}

static Object *atexit_run_exitfuncs(Object *module) {
    atexit_run();
    return NONE;
}

static Object *atexit_clear(Object *module) {
    return list_clear(callbacks) < 0 ? NULL : NONE;
}

static Object *atexit_ncallbacks(Object *module) {
    return int_from_ssize(list_size(callbacks));
}

// The comparison runs Python code, which may register or unregister: the list is copied first.
static Object *atexit_unregister(Object *module, Object *function) {
    Object *copy = list_copy(callbacks), *kept = list_new(0);
    if (!copy || !kept) {
        return NULL;
    }
    for (ssize_t i = 0; i < list_size(copy); i++) {
        Object *entry = list_read(copy, i);
        int same = object_compare_bool(tuple_get(entry, 0), function, CMP_EQ);
        if (same < 0 || (!same && list_append(kept, entry) < 0)) {
            return NULL;
        }
    }
    return list_set_slice(callbacks, 0, list_size(copy), kept) < 0 ? NULL : NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("_clear", atexit_clear, "-($module, /)", 0, NULL),
    BUILTIN("_ncallbacks", atexit_ncallbacks, "-($module, /)", 0, NULL),
    BUILTIN("_run_exitfuncs", atexit_run_exitfuncs, "-($module, /)", 0, NULL),
    BUILTIN("register", atexit_register, NULL, 0, NULL),
    BUILTIN("unregister", atexit_unregister, "-($module, func, /)", 0, NULL),
    BUILTIN_END,
};

static int atexit_exec(Object *module) {
    if (!callbacks) {
        heap_add_root(&callbacks, 1);
        if (!(callbacks = list_new(0))) {
            return -1;
        }
    }
    return 0;
}

const ModuleSpec module_atexit = { "atexit", NULL, functions, atexit_exec };
