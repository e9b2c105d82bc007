// `import` as the interpreter sees it: what is in sys.modules at once, the rest by importlib.
#include "vm/import.h"

#include <unistd.h>

#include "base/os_memory.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/config.h"
#include "vm/frame.h"
#include "vm/runtime.h"

Object *importlib_module;

static Object *importlib_call(Object *name, Object *const *args, size_t nargs) {
    if (!importlib_module) {
        return raise_error(&exc_ImportError, "__import__ not found");
    }
    Object *function = object_getattr(importlib_module, name);
    return function ? call(function, args, nargs, NULL) : NULL;
}

// The package that a relative import starts from, by the rules of PEP 328 and 451.
static Object *resolve_name(Object *name, Object *globals, int level) {
    if (!globals) {
        return raise_error(&exc_KeyError, "'__name__' not in globals");
    }
    Object *package = dict_get_str(globals, names.__package__);
    Object *spec = dict_get_str(globals, names.__spec__);
    if (package && package != NONE) {
        if (!str_check(package)) {
            return raise_error(&exc_TypeError, "package must be a string");
        }
        if (spec && spec != NONE) {
            Object *parent = object_getattr(spec, names.parent);
            if (!parent) {
                return NULL;
            }
            int equal = object_compare_bool(package, parent, CMP_EQ);
            if (equal < 0 || (!equal && warn(&exc_ImportWarning, 1, "__package__ != __spec__.parent") < 0)) {
                return NULL;
            }
        }
    } else if (spec && spec != NONE) {
        package = object_getattr(spec, names.parent);
        if (!package) {
            return NULL;
        }
        if (!str_check(package)) {
            return raise_error(&exc_TypeError, "__spec__.parent must be a string");
        }
    } else {
        if (warn(&exc_ImportWarning, 1,
                 "can't resolve package from __spec__ or __package__, falling "
                 "back on __name__ and __path__") < 0) {
            return NULL;
        }
        package = dict_get_str(globals, names.__name__);
        if (!package) {
            return raise_error(&exc_KeyError, "'__name__' not in globals");
        }
        if (!str_check(package)) {
            return raise_error(&exc_TypeError, "__name__ must be a string");
        }
        if (!dict_get_str(globals, names.__path__)) {
            ssize_t dot = str_find_char(package, '.', 0, str_length(package), -1);
            package = dot < 0 ? str_empty() : str_substring(package, 0, dot);
        }
    }
    if (!package) {
        return NULL;
    }
    if (!str_length(package)) {
        return raise_error(&exc_ImportError, "attempted relative import with no known parent package");
    }
    ssize_t last = str_length(package);
    for (int i = 1; i < level; i++) {
        last = str_find_char(package, '.', 0, last, -1);
        if (last < 0) {
            return raise_error(&exc_ImportError, "attempted relative import beyond top-level package");
        }
    }
    Object *base = str_substring(package, 0, last);
    return base && str_length(name) ? str_format("%U.%U", base, name) : base;
}

// Waits until a module that another thread is importing is ready.
static int wait_until_ready(Object *module, Object *name) {
    Object *spec;
    if (object_getattr_optional(module, names.__spec__, &spec) <= 0) {
        error_clear();
        return 0;
    }
    Object *initializing = NULL;
    if (spec == NONE || object_getattr_optional(spec, names._initializing, &initializing) <= 0) {
        error_clear();
        return 0;
    }
    int busy = object_is_true(initializing);
    if (busy > 0 && !importlib_call(names._lock_unlock_module, &name, 1)) {
        return -1;
    }
    return busy < 0 ? -1 : 0;
}

static bool in_importlib(const Traceback *entry) {
    Object *filename = frame_object_code(entry->frame)->filename;
    return str_equal_cstring(filename, "<frozen importlib._bootstrap>") ||
           str_equal_cstring(filename, "<frozen importlib._bootstrap_external>");
}

// Takes importlib's own frames out of the traceback of a failed import: all of them from an ImportError,
// else those through which it ran the module's code.
static void hide_importlib(void) {
    if (config.verbose) {
        return;
    }
    Object *exception = error_take();
    bool all = type_is_subtype(exception->type, &exc_ImportError);
    BaseException *e = (BaseException *)exception;
    void *owner = e, **place = (void **)&e->traceback, *outer_owner = NULL, **outer = NULL;
    bool inside = false;
    for (Traceback *entry = (Traceback *)e->traceback; entry && (Object *)entry != NONE;) {
        Traceback *next = entry->next;
        bool importlib = in_importlib(entry);
        if (importlib && !inside) {
            outer_owner = owner;
            outer = place;
        }
        inside = importlib;
        if (importlib &&
            (all || str_equal_cstring(frame_object_code(entry->frame)->name, "_call_with_frames_removed"))) {
            gc_store(outer_owner, outer, next);
            owner = outer_owner;
            place = outer;
        } else {
            owner = entry;
            place = (void **)&entry->next;
        }
        entry = next;
    }
    error_restore(exception);
}

// -X importtime: a line for each import that had to look for its module, after those that it did itself.
static Object *find_and_load_timed(Object *const *args) {
    static _Thread_local int level;
    static _Thread_local uint64_t nested;  // ns spent in the imports within the present one
    static bool headed;
    if (!__atomic_exchange_n(&headed, true, __ATOMIC_RELAXED)) {
        fprintf(stderr, "import time: self [us] | cumulative | imported package\n");
    }
    uint64_t outer = nested, start = os_clock_ns();
    nested = 0;
    level++;
    Object *module = importlib_call(names._find_and_load, args, 2);
    level--;
    uint64_t total = os_clock_ns() - start;
    const char *name = str_check(args[0]) ? str_utf8(args[0], NULL) : NULL;
    fprintf(stderr, "import time: %9llu | %10llu | %*s%s\n",
            (unsigned long long)(total - (nested < total ? nested : total)) / 1000,
            (unsigned long long)total / 1000, level * 2, "", name ? name : "?");
    nested = outer + total;
    return module;
}

// Extension modules cannot be loaded yet. When that is why `full` was not found, the error in flight says so;
// it stays a ModuleNotFoundError, for which libraries have fallbacks.
static void explain_extension(Object *full) {
    static const char *const suffixes[] = { ".cpython-311-x86_64-linux-gnu.so", ".abi3.so" };
    if (!error_matches(&exc_ModuleNotFoundError) || !str_check(full)) {
        return;
    }
    Object *exception = error_take(), *path = NULL, *tail = full, *found = NULL;
    ssize_t dot = str_find_char(full, '.', 0, str_length(full), -1);
    if (dot < 0) {
        path = sys_get("path");
    } else {
        Object *parent = str_substring(full, 0, dot), *module = parent ? dict_get(sys_modules, parent) : NULL;
        tail = str_substring(full, dot + 1, str_length(full));
        if (module && object_getattr_optional(module, names.__path__, &path) < 0) {
            path = NULL;
        }
    }
    for (ssize_t i = 0; tail && path && list_check(path) && i < list_size(path) && !found; i++) {
        Object *entry = list_read(path, i);
        for (size_t k = 0; entry && str_check(entry) && k < COUNT_OF(suffixes) && !found; k++) {
            Object *file = str_format("%U/%U%s", entry, tail, suffixes[k]),
                   *bytes = file ? path_to_bytes(file) : NULL;
            found = bytes && access(bytes_data(bytes), F_OK) == 0 ? file : NULL;
        }
    }
    Object *name;
    if (found && object_getattr_optional(exception, names.name, &name) > 0 && str_check(name) &&
        str_equal(name, full)) {
        Object *message = str_format(
            "No module named %R (%U is an extension module; Coluber does not load these yet)", full, found);
        if (message) {
            raise_import_error(&exc_ModuleNotFoundError, message, full, NULL);
            return;
        }
    }
    error_restore(exception);
}

Object *import_name(Object *name, Object *globals, Object *locals, Object *fromlist, int level) {
    if (level < 0) {
        return raise_error(&exc_ValueError, "level must be >= 0");
    }
    if (globals && !dict_check(globals)) {
        if (level > 0) {
            return raise_error(&exc_TypeError, "globals must be a dict");
        }
        globals = NULL;
    }
    Object *full = name;
    if (level > 0) {
        full = resolve_name(name, globals, level);
        if (!full) {
            return NULL;
        }
    } else if (!str_length(name)) {
        return raise_error(&exc_ValueError, "Empty module name");
    }
    Object *modules = sys_module ? dict_get_str(module_dict(sys_module), names.modules) : NULL;
    Object *module = modules
                         ? dict_check_exact(modules) ? dict_get(modules, full) : object_getitem(modules, full)
                         : NULL;
    if (!module && error_occurred() && !error_clear_if(&exc_KeyError)) {
        return NULL;
    }
    if (module && module != NONE) {
        if (wait_until_ready(module, full) < 0) {
            return NULL;
        }
    } else {
        Object *importer = module_dict(builtins_module)
                               ? dict_get_str(module_dict(builtins_module), names.__import__)
                               : NULL;
        Object *args[] = { full, importer ? importer : NONE };
        module = config.import_time ? find_and_load_timed(args)
                                    : importlib_call(names._find_and_load, args, 2);
        if (!module) {
            explain_extension(full);
            hide_importlib();
            return NULL;
        }
    }
    int has_from = fromlist && fromlist != NONE ? object_is_true(fromlist) : 0;
    if (has_from < 0) {
        return NULL;
    }
    if (has_from) {
        Object *path;
        int is_package = object_getattr_optional(module, names.__path__, &path);
        if (is_package <= 0) {
            return is_package < 0 ? NULL : module;
        }
        Object *importer = dict_get_str(module_dict(builtins_module), names.__import__);
        Object *result = importlib_call(names._handle_fromlist,
                                        (Object *[]){ module, fromlist, importer ? importer : NONE }, 3);
        if (!result) {
            hide_importlib();
        }
        return result;
    }
    ssize_t dot = str_find_char(name, '.', 0, str_length(name), 1);
    if (dot < 0) {
        return module;
    }
    // `import a.b.c` gives a; with a level, the part of the full name that corresponds to it.
    Object *front;
    if (level == 0) {
        front = str_substring(name, 0, dot);
        return front ? import_name(front, NULL, NULL, NULL, 0) : NULL;
    }
    front = str_substring(full, 0, str_length(full) - (str_length(name) - dot));
    Object *result = front ? dict_get(sys_modules, front) : NULL;
    return result || error_occurred()
               ? result
               : raise_error(&exc_KeyError, "%R not in sys.modules as expected", front);
}

Object *import_module(const char *name) {
    Object *name_object = str_intern_cstring(name);
    if (!name_object) {
        return NULL;
    }
    if (!import_name(name_object, NULL, NULL, NULL, 0)) {
        return NULL;
    }
    Object *module = dict_get(sys_modules, name_object);
    return module || error_occurred() ? module
                                      : raise_error(&exc_ImportError, "import of %U failed", name_object);
}

Object *import_get_attr(const char *module, const char *attribute) {
    Object *imported = import_module(module);
    return imported ? object_getattr_cstring(imported, attribute) : NULL;
}
