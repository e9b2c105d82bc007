// `_imp`: what importlib needs from the runtime: built-in modules, the modules that CPython freezes
// into its executable, the import lock, and (when they can be loaded) extension modules.
#include "modules/imp.h"

#include "base/hash.h"
#include "modules/frozen.h"
#include "modules/frozen_table.h"
#include "modules/marshal.h"
#include "modules/modules.h"
#include "modules/sys.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/frame.h"
#include "vm/paths.h"
#include "vm/runtime.h"

// ---- frozen modules

static int check_name(const char *function, Object *name) {
    if (str_check(name)) {
        return 0;
    }
    raise_error(&exc_TypeError, "%s must be str, not %.50s", function, name->type->name);
    return -1;
}

static Object *import_frozen(const Frozen *frozen, Object *name) {
    Object *code = frozen_code(frozen), *module = code ? module_new(name) : NULL;
    Object *origin = !module ? NULL : frozen->origin ? str_from_cstring(frozen->origin) : NONE;
    if (!origin || dict_set(sys_modules, name, module) < 0 ||
        module_add(module, "__builtins__", builtins_module) < 0 ||
        module_add(module, "__origname__", origin) < 0) {
        return NULL;
    }
    Object *dict = module_dict(module);
    if (frozen->package) {
        Object *path = list_new(0);
        if (!path || module_add(module, "__path__", path) < 0) {
            return NULL;
        }
    }
    if (!eval_code(code, dict, dict, NULL)) {
        dict_delete_optional(sys_modules, name);
        return NULL;
    }
    return dict_get(sys_modules, name);
}

Object *frozen_import(const char *name) {
    Object *name_object = str_intern_cstring(name);
    const Frozen *frozen = name_object ? frozen_find(name_object) : NULL;
    return frozen ? import_frozen(frozen, name_object) : NULL;
}

static Object *imp_is_frozen(Object *module, Object *name) {
    return check_name("is_frozen() argument", name) < 0 ? NULL : bool_from(frozen_find(name) != NULL);
}

static Object *no_frozen(Object *name) {
    Object *message = str_format("No such frozen object named %R", name);
    return message ? raise_import_error(&exc_ImportError, message, name, NULL) : NULL;
}

static Object *imp_is_frozen_package(Object *module, Object *name) {
    if (check_name("is_frozen_package() argument", name) < 0) {
        return NULL;
    }
    const Frozen *frozen = frozen_find(name);
    return frozen ? bool_from(frozen->package) : no_frozen(name);
}

// (data, is_package, origin). python3.11's code lies in its executable as objects, so that the data is
// empty there; nobody but get_frozen_object could use it.
static Object *imp_find_frozen(Object *module, Object *name, Object *withdata) {
    int with_data = withdata ? object_is_true(withdata) : 0;
    if (with_data < 0 || check_name("find_frozen() argument 1", name) < 0) {
        return NULL;
    }
    const Frozen *frozen = frozen_find(name);
    if (!frozen) {
        return NONE;
    }
    Object *data = NONE;
    if (with_data) {
        Object *empty = bytes_from("", 0);
        data = empty ? call1((Object *)&memoryview_type, empty) : NULL;
    }
    Object *origin = frozen->origin ? str_from_cstring(frozen->origin) : NONE;
    return data && origin ? tuple_pack(3, data, bool_from(frozen->package), origin) : NULL;
}

static Object *imp_get_frozen_object(Object *module, Object *name, Object *data) {
    if (check_name("get_frozen_object() argument 1", name) < 0) {
        return NULL;
    }
    Buffer view;
    if (data && data != NONE) {
        if (!buffer_check(data)) {
            return raise_error(&exc_TypeError, "get_frozen_object() argument 2 must be bytes, not %.50s",
                               data->type->name);
        }
        if (object_get_steady_buffer(data, &view) < 0) {
            return NULL;
        }
        Object *message = view.length ? NULL : str_format("Frozen object named %R is invalid", name);
        Object *code = view.length ? marshal_loads(view.data, (size_t)view.length)
                       : message   ? raise_import_error(&exc_ImportError, message, name, NULL)
                                   : NULL;
        buffer_release(&view);
        return !code || code->type == &code_type
                   ? code
                   : raise_error(&exc_TypeError, "frozen object %R is not a code object", name);
    }
    const Frozen *frozen = frozen_find(name);
    return frozen ? frozen_code(frozen) : no_frozen(name);
}

static Object *imp_init_frozen(Object *module, Object *name) {
    if (check_name("init_frozen() argument", name) < 0) {
        return NULL;
    }
    const Frozen *frozen = frozen_find(name);
    return frozen ? import_frozen(frozen, name) : NONE;
}

static Object *imp_frozen_module_names(Object *module) {
    Object *list = list_new((ssize_t)frozen_table_size);
    for (size_t i = 0; list && i < frozen_table_size; i++) {
        Object *name = str_intern_cstring(frozen_table[i].name);
        if (!name || list_append(list, name) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *imp_override_frozen(Object *module, Object *override) {
    int value = int_to_c_int(override);
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    frozen_override = value;
    return NONE;
}

// ---- built-in modules

static Object *imp_is_builtin(Object *module, Object *name) {
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "is_builtin() argument must be str, not %.50s", name->type->name);
    }
    if (str_equal_cstring(name, "sys") || str_equal_cstring(name, "builtins")) {
        return int_from_i64(-1);
    }
    return int_from_i64(builtin_module_find(name) != NULL);
}

static Object *imp_create_builtin(Object *module, Object *spec) {
    Object *name = object_getattr(spec, names.name);
    if (!name) {
        return NULL;
    }
    Object *present = dict_get(sys_modules, name);
    if (present || error_occurred()) {
        return present;
    }
    const ModuleSpec *found = str_check(name) ? builtin_module_find(name) : NULL;
    if (!found) {
        return NONE;
    }
    if (found == &module_sys) {
        return sys_import_again();
    }
    Object *made = module_from_spec(found);
    if (made && found->exec && found->exec(made) < 0) {
        return NULL;
    }
    return made;
}

static Object *imp_exec_builtin(Object *module, Object *mod) {
    return int_from_i64(0);  // made complete by create_builtin
}

// ---- extension modules

static Object *imp_extension_suffixes(Object *module) {
    return list_new(0);  // none can be loaded: src/capi is not there yet
}

static Object *imp_create_dynamic(Object *module, Object *spec, Object *file) {
    Object *name = object_getattr(spec, names.name), *path = object_getattr(spec, names.origin);
    if (!name || !path) {
        return NULL;
    }
    if (!str_check(name) || !str_check(path)) {
        return raise_error(&exc_TypeError, "bad argument type for built-in operation");
    }
    Object *message = str_format("extension modules cannot be loaded yet: %U", name);
    return message ? raise_import_error(&exc_ImportError, message, name, path) : NULL;
}

static Object *imp_exec_dynamic(Object *module, Object *mod) {
    return raise_error(&exc_ImportError, "extension modules cannot be loaded yet");
}

// ---- the import lock: one lock, held by a thread, counted

static Mutex import_mutex;
static uint64_t import_owner;
static int import_depth;

static Object *imp_acquire_lock(Object *module) {
    uint64_t self = thread_current->serial;
    if (__atomic_load_n(&import_owner, __ATOMIC_RELAXED) != self) {
        mutex_lock(&import_mutex);
        __atomic_store_n(&import_owner, self, __ATOMIC_RELAXED);
    }
    import_depth++;
    return NONE;
}

static Object *imp_release_lock(Object *module) {
    if (__atomic_load_n(&import_owner, __ATOMIC_RELAXED) != thread_current->serial) {
        return raise_error(&exc_RuntimeError, "not holding the import lock");
    }
    if (--import_depth == 0) {
        __atomic_store_n(&import_owner, 0, __ATOMIC_RELAXED);
        mutex_unlock(&import_mutex);
    }
    return NONE;
}

void imp_before_fork(void) {
    imp_acquire_lock(NULL);
}

// The forking thread may have been importing itself; then it goes on holding the lock in the child, where
// mutexes were reset.
void imp_after_fork(bool child) {
    imp_release_lock(NULL);
    if (child) {
        import_mutex.state = import_depth ? 1 : 0;
    }
}

static Object *imp_lock_held(Object *module) {
    return bool_from(__atomic_load_n(&import_owner, __ATOMIC_RELAXED) != 0);
}

// ---- odds

static Object *imp_fix_co_filename(Object *module, Object *code, Object *path) {
    if (code->type != &code_type) {
        return raise_error(&exc_TypeError, "_fix_co_filename() argument 1 must be code, not %.50s",
                           code->type->name);
    }
    if (!str_check(path)) {
        return raise_error(&exc_TypeError, "_fix_co_filename() argument 2 must be str, not %.50s",
                           path->type->name);
    }
    if (str_equal(((Code *)code)->filename, path)) {
        return NONE;
    }
    return code_rename(code, path) == 0 ? NONE : NULL;
}

// What .pyc files by source hash hold: SipHash under importlib's own key, not the process's.
static Object *imp_source_hash(Object *module, Object *key, Object *source) {
    Object *index = number_index(key);
    if (!index) {
        return NULL;
    }
    int overflow;
    int64_t number = int_as_i64(index, &overflow);
    if (overflow) {
        return raise_error(&exc_OverflowError, "Python int too large to convert to C long");
    }
    Buffer view;
    if (object_get_buffer(source, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    uint64_t hash = siphash13((uint64_t)number, 0, view.data, (size_t)view.length);
    buffer_release(&view);
    return bytes_from(&hash, sizeof hash);
}

static BuiltinDef functions[] = {
    BUILTIN("_fix_co_filename", imp_fix_co_filename, "($module, code, path, /)", 0, NULL),
    BUILTIN("_frozen_module_names", imp_frozen_module_names, "($module, /)", 0, NULL),
    BUILTIN("_override_frozen_modules_for_tests", imp_override_frozen, "($module, override, /)", 0, NULL),
    BUILTIN("acquire_lock", imp_acquire_lock, "($module, /)", 0, NULL),
    BUILTIN("create_builtin", imp_create_builtin, "($module, spec, /)", 0, NULL),
    BUILTIN("create_dynamic", imp_create_dynamic, "($module, spec, file=<unrepresentable>, /)", 0, NULL),
    BUILTIN("exec_builtin", imp_exec_builtin, "($module, mod, /)", 0, NULL),
    BUILTIN("exec_dynamic", imp_exec_dynamic, "($module, mod, /)", 0, NULL),
    BUILTIN("extension_suffixes", imp_extension_suffixes, "($module, /)", 0, NULL),
    BUILTIN("find_frozen", imp_find_frozen, "($module, name, /, *, withdata=False)", 0, NULL),
    BUILTIN("get_frozen_object", imp_get_frozen_object, "($module, name, data=None, /)", 0, NULL),
    BUILTIN("init_frozen", imp_init_frozen, "($module, name, /)", 0, NULL),
    BUILTIN("is_builtin", imp_is_builtin, "($module, name, /)", 0, NULL),
    BUILTIN("is_frozen", imp_is_frozen, "($module, name, /)", 0, NULL),
    BUILTIN("is_frozen_package", imp_is_frozen_package, "($module, name, /)", 0, NULL),
    BUILTIN("lock_held", imp_lock_held, "($module, /)", 0, NULL),
    BUILTIN("release_lock", imp_release_lock, "($module, /)", 0, NULL),
    BUILTIN("source_hash", imp_source_hash, "($module, /, key, source)", 0, NULL),
    BUILTIN_END,
};

static int imp_exec(Object *module) {
    return module_add_string(module, "check_hash_based_pycs",
                             config.check_hash_pycs ? config.check_hash_pycs : "default");
}

const ModuleSpec module_imp = { "_imp", NULL, functions, imp_exec };
