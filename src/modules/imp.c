// `_imp`: what importlib needs from the runtime: built-in modules, the modules that CPython freezes
// into its executable, the import lock, and (when they can be loaded) extension modules.
//
// "Frozen" modules are the library's own files, compiled: their .pyc beside them is used when it is
// valid for this library, else the source is compiled. Their code carries the name <frozen ...>.
#include "modules/imp.h"

#include <sys/stat.h>

#include "base/hash.h"
#include "compile/compile.h"
#include "modules/marshal.h"
#include "modules/modules.h"
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

typedef struct Frozen {
    const char *name, *path;  // path below the library
    const char *origin;       // the module's own name, for aliases
    bool package;
} Frozen;

static const Frozen frozen_modules[] = {
    { "_frozen_importlib", "importlib/_bootstrap", "importlib._bootstrap", false },
    { "_frozen_importlib_external", "importlib/_bootstrap_external", "importlib._bootstrap_external",
      false },
    { "zipimport", "zipimport", "zipimport", false },
};

static const Frozen *frozen_find(Object *name) {
    for (size_t i = 0; str_check(name) && i < COUNT_OF(frozen_modules); i++) {
        if (str_equal_cstring(name, frozen_modules[i].name)) {
            return &frozen_modules[i];
        }
    }
    return NULL;
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "re");
    struct stat status;
    if (!file) {
        return NULL;
    }
    uint8_t *data = NULL;
    if (fstat(fileno(file), &status) == 0 && status.st_size < INT32_MAX) {
        *size = (size_t)status.st_size;
        data = malloc(*size + 1);
        if (data && fread(data, 1, *size, file) != *size) {
            free(data);
            data = NULL;
        }
    }
    fclose(file);
    return data;
}

int code_rename(Object *object, Object *filename) {
    Code *code = (Code *)object;
    if (recursion_enter(" while renaming a code object") < 0) {
        return -1;
    }
    int status = 0;
    gc_store(code, &code->filename, filename);
    for (ssize_t i = 0; status == 0 && i < tuple_size(code->consts); i++) {
        Object *constant = tuple_get(code->consts, i);
        if (constant->type == &code_type) {
            status = code_rename(constant, filename);
        }
    }
    recursion_leave();
    return status;
}

// The .pyc's code when its header says that it was made from the source as it is now.
static Object *code_from_pyc(const char *source_path, const char *pyc_path) {
    struct stat source;
    size_t size;
    uint8_t *data = read_file(pyc_path, &size);
    Object *code = NULL;
    if (data && size > 16 && stat(source_path, &source) == 0) {
        uint32_t header[4];
        memcpy(header, data, 16);
        bool current = header[0] == PYC_MAGIC &&
                       ((header[1] == 0 && header[2] == (uint32_t)source.st_mtime &&
                         header[3] == (uint32_t)source.st_size) ||
                        header[1] == 1);
        if (current) {
            code = marshal_loads(data + 16, size - 16);
            if (!code || code->type != &code_type) {
                error_clear();
                code = NULL;
            }
        }
    }
    free(data);
    return code;
}

static Object *frozen_code(const Frozen *frozen) {
    char *source_path = NULL, *pyc_path = NULL;
    const char *base = strrchr(frozen->path, '/');
    int directory = base ? (int)(base - frozen->path) + 1 : 0;
    Object *code = NULL;
    if (asprintf(&source_path, "%s/%s.py", paths.stdlib, frozen->path) < 0 ||
        asprintf(&pyc_path, "%s/%.*s__pycache__/%s.cpython-311%s.pyc", paths.stdlib, directory,
                 frozen->path, frozen->path + directory,
                 config.optimize == 0 ? "" : config.optimize == 1 ? ".opt-1" : ".opt-2") < 0) {
        return raise_memory_error();
    }
    Object *filename = str_format("<frozen %s>", frozen->origin);
    if (filename) {
        code = code_from_pyc(source_path, pyc_path);
        if (!code) {
            size_t size;
            uint8_t *source = read_file(source_path, &size);
            if (source) {
                code = compile_source((const char *)source, size, filename, PARSE_FILE, 0,
                                      config.optimize, 11);
            } else {
                raise_error(&exc_ImportError, "cannot read the standard library's %s", source_path);
            }
            free(source);
        }
    }
    free(source_path);
    free(pyc_path);
    return code && code_rename(code, filename) == 0 ? code : NULL;
}

Object *frozen_import(const char *name) {
    Object *name_object = str_intern_cstring(name);
    const Frozen *frozen = name_object ? frozen_find(name_object) : NULL;
    Object *code = frozen ? frozen_code(frozen) : NULL;
    Object *module = code ? module_new(name_object) : NULL;
    if (!module || dict_set(sys_modules, name_object, module) < 0 ||
        module_add(module, "__builtins__", builtins_module) < 0 ||
        module_add_string(module, "__origname__", frozen->origin) < 0) {
        return NULL;
    }
    Object *dict = module_dict(module);
    return eval_code(code, dict, dict, NULL) ? module : NULL;
}

static Object *imp_is_frozen(Object *module, Object *name) {
    return bool_from(frozen_find(name) != NULL);
}

static Object *no_frozen(Object *name) {
    Object *message = str_format("No such frozen object named %R", name);
    return message ? raise_import_error(&exc_ImportError, message, name, NULL) : NULL;
}

static Object *imp_is_frozen_package(Object *module, Object *name) {
    const Frozen *frozen = frozen_find(name);
    return frozen ? bool_from(frozen->package) : no_frozen(name);
}

static Object *imp_find_frozen(Object *module, Object *name, Object *withdata) {
    const Frozen *frozen = frozen_find(name);
    if (!frozen) {
        return NONE;
    }
    Object *origin = str_from_cstring(frozen->origin);
    return origin ? tuple_pack(3, NONE, bool_from(frozen->package), origin) : NULL;
}

static Object *imp_get_frozen_object(Object *module, Object *name, Object *data) {
    if (data && data != NONE) {
        Buffer view;
        if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
            return NULL;
        }
        Object *code = marshal_loads(view.data, (size_t)view.length);
        buffer_release(&view);
        return code;
    }
    const Frozen *frozen = frozen_find(name);
    return frozen ? frozen_code(frozen) : no_frozen(name);
}

static Object *imp_init_frozen(Object *module, Object *name) {
    const Frozen *frozen = frozen_find(name);
    return frozen ? frozen_import(frozen->name) : NONE;
}

static Object *imp_frozen_module_names(Object *module) {
    Object *list = list_new(COUNT_OF(frozen_modules));
    for (size_t i = 0; list && i < COUNT_OF(frozen_modules); i++) {
        Object *name = str_intern_cstring(frozen_modules[i].name);
        if (!name || list_append(list, name) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *imp_override_frozen(Object *module, Object *override) {
    return NONE;  // the three modules above are always there, as with CPython's override
}

// ---- built-in modules

static Object *imp_is_builtin(Object *module, Object *name) {
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "is_builtin() argument must be str, not %.50s",
                           name->type->name);
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
    BUILTIN("_override_frozen_modules_for_tests", imp_override_frozen, "($module, override, /)", 0,
            NULL),
    BUILTIN("acquire_lock", imp_acquire_lock, "($module, /)", 0, NULL),
    BUILTIN("create_builtin", imp_create_builtin, "($module, spec, /)", 0, NULL),
    BUILTIN("create_dynamic", imp_create_dynamic, "($module, spec, file=<unrepresentable>, /)", 0,
            NULL),
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
