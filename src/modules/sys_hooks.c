// The hooks of `sys`: displayhook, excepthook, unraisablehook, breakpointhook, and audit hooks.
#include <stdarg.h>

#include "modules/sys.h"
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/print_exception.h"
#include "vm/runtime.h"

// ---- audit hooks

// A cell of pointers, [count, hook ...], that no program can see; NULL while there are none. It never changes: adding a
// hook makes another one.
static uintptr_t *audit_hooks;

bool audit_active(void) {
    return __atomic_load_n(&audit_hooks, __ATOMIC_ACQUIRE) != NULL;
}

static int run_audit_hooks(Object *event, Object *arguments) {
    // Also the hooks that a hook adds see the event.
    uintptr_t *hooks;
    for (size_t i = 1; (hooks = __atomic_load_n(&audit_hooks, __ATOMIC_ACQUIRE)) && i <= hooks[0]; i++) {
        Object *hook = (Object *)hooks[i], *traced = NULL;
        // A hook is not traced, unless it asks for it.
        if (object_getattr_optional(hook, names.__cantrace__, &traced) < 0) {
            return -1;
        }
        int visible = traced ? object_is_true(traced) : 0;
        if (visible < 0) {
            return -1;
        }
        Thread *ts = thread_current;
        ts->tracing += !visible;
        Object *result = call2(hook, event, arguments);
        ts->tracing -= !visible;
        if (!result) {
            return -1;
        }
    }
    return 0;
}

int audit(const char *event, const char *format, ...) {
    if (LIKELY(!audit_active())) {
        return 0;
    }
    Object *name = str_intern_cstring(event), *list = list_new(4);
    va_list values;
    va_start(values, format);
    for (const char *f = format ? format : ""; list && *f; f++) {
        Object *value = NULL;
        if (*f == 'O') {
            value = va_arg(values, Object *);
            value = value ? value : NONE;
        } else if (*f == 's') {
            const char *text = va_arg(values, const char *);
            value = text ? str_from_cstring(text) : NONE;
        } else if (*f == 'i') {
            value = int_from_i64(va_arg(values, int));
        } else if (*f == 'n') {
            value = int_from_ssize(va_arg(values, ssize_t));
        }
        if (!value || list_append(list, value) < 0) {
            list = NULL;
        }
    }
    va_end(values);
    Object *arguments = name && list ? list_to_tuple(list) : NULL;
    return arguments ? run_audit_hooks(name, arguments) : -1;
}

Object *sys_audit(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("audit", kwnames) < 0) {
        return NULL;
    }
    if (!nargs) {
        return raise_error(&exc_TypeError, "audit() missing 1 required positional argument: 'event'");
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "expected str for argument 'event', not %.200s",
                           args[0]->type->name);
    }
    if (!audit_active()) {
        return NONE;
    }
    Object *arguments = tuple_from_array(args + 1, (ssize_t)nargs - 1);
    return arguments && run_audit_hooks(args[0], arguments) == 0 ? NONE : NULL;
}

Object *sys_addaudithook(Object *module, Object *hook) {
    if (audit("sys.addaudithook", NULL) < 0) {
        return error_clear_if(&exc_RuntimeError) ? NONE : NULL;
    }
    static bool registered;
    uintptr_t *seen, *more;
    do {
        seen = __atomic_load_n(&audit_hooks, __ATOMIC_ACQUIRE);
        size_t count = seen ? seen[0] : 0;
        more = heap_alloc((count + 2) * sizeof(uintptr_t), CELL_POINTERS);
        if (!more) {
            return NULL;
        }
        more[0] = count + 1;
        for (size_t i = 1; i <= count; i++) {
            gc_init(&more[i], (void *)seen[i]);
        }
        gc_init(&more[count + 1], hook);
        if (!__atomic_exchange_n(&registered, true, __ATOMIC_ACQ_REL)) {
            heap_add_root(&audit_hooks, 1);
        }
    } while (
        !__atomic_compare_exchange_n(&audit_hooks, &seen, more, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return NONE;
}

// ---- hooks that print

static Object *write_or_escape(Object *file, Object *text) {
    Object *done = call_method1(file, names.write, text);
    if (done || !error_matches(&exc_UnicodeEncodeError)) {
        return done;
    }
    error_clear();
    Object *encoding = object_getattr(file, names.encoding);
    const char *name = encoding && str_check(encoding) ? str_utf8(encoding, NULL) : NULL;
    Object *bytes = name ? str_encode(text, name, "backslashreplace") : NULL;
    Object *decode = bytes ? object_getattr_cstring(bytes, "decode") : NULL;
    Object *escaped = decode ? call2(decode, encoding, str_from_cstring("strict")) : NULL;
    return escaped ? call_method1(file, names.write, escaped) : NULL;
}

Object *sys_forget_displayed(Object *hook) {
    Object *builtins = dict_get_cstring(sys_modules, "builtins"), *underscore = str_intern_cstring("_");
    if (hook->type != &builtin_function_type || ((BuiltinFunction *)hook)->def->function != sys_displayhook ||
        !builtins || builtins->type != &module_type || !underscore) {
        return NULL;
    }
    Object *displayed = dict_get_str(((Module *)builtins)->dict, underscore);
    return displayed && object_setattr(builtins, underscore, NONE) == 0 ? displayed : NULL;
}

Object *sys_displayhook(Object *module, Object *value) {
    Object *builtins = dict_get_cstring(sys_modules, "builtins");
    if (!builtins) {
        return raise_error(&exc_RuntimeError, "lost builtins module");
    }
    if (value == NONE) {
        return NONE;
    }
    Object *underscore = str_intern_cstring("_");
    if (!underscore || object_setattr(builtins, underscore, NONE) < 0) {
        return NULL;
    }
    Object *output = sys_get("stdout");
    if (!output || output == NONE) {
        return raise_error(&exc_RuntimeError, "lost sys.stdout");
    }
    Object *text = object_repr(value);
    if (!text || !write_or_escape(output, text) || !call_method1(output, names.write, str_from_char('\n')) ||
        object_setattr(builtins, underscore, value) < 0) {
        return NULL;
    }
    return NONE;
}

Object *sys_excepthook(Object *module, Object *type, Object *value, Object *traceback) {
    Object *errors = sys_get("stderr");
    if (!errors || errors == NONE) {
        return NONE;
    }
    if (!exception_check(value)) {
        Object *text = str_format("TypeError: print_exception(): Exception expected for value, %s "
                                  "found\n",
                                  value->type->name);
        return text && call_method1(errors, names.write, text) ? NONE : NULL;
    }
    BaseException *exception = (BaseException *)value;
    if (traceback != NONE && traceback->type == &traceback_type &&
        (!exception->traceback || exception->traceback == NONE)) {
        gc_store(exception, &exception->traceback, traceback);
    }
    Object *output = sys_get("stdout");
    if (output && output != NONE && !call_method0(output, names.flush)) {
        error_clear();
    }
    if (exception_print(errors, value) < 0) {
        return NULL;
    }
    if (!call_method0(errors, names.flush)) {
        error_clear();
    }
    return NONE;
}

Object *sys_unraisablehook(Object *module, Object *arguments) {
    Type *expected = unraisable_args_type();
    if (!expected) {
        return NULL;
    }
    if (arguments->type != expected) {
        return raise_error(&exc_TypeError, "sys.unraisablehook argument type must be UnraisableHookArgs");
    }
    Object *errors = sys_get("stderr");
    if (!errors || errors == NONE) {
        return NONE;
    }
    Object *type = object_getattr_cstring(arguments, "exc_type");
    Object *traceback = type ? object_getattr_cstring(arguments, "exc_traceback") : NULL;
    Object *value = traceback ? object_getattr_cstring(arguments, "exc_value") : NULL;
    Object *message = value ? object_getattr_cstring(arguments, "err_msg") : NULL;
    Object *where = message ? object_getattr_cstring(arguments, "object") : NULL;
    if (!where) {
        return NULL;
    }
    if (where != NONE) {
        Object *head = message != NONE ? object_str(message) : str_from_cstring("Exception ignored in");
        Object *what = object_repr(where);
        if (!what) {
            error_clear();
            what = str_from_cstring("<object repr() failed>");
        }
        if (!head || !call_method1(errors, names.write, str_format("%U: %U\n", head, what))) {
            return NULL;
        }
    } else if (message != NONE) {
        if (!call_method1(errors, names.write, str_format("%S:\n", message))) {
            return NULL;
        }
    }
    if (exception_print_alone(errors, type, value, traceback) < 0) {
        return NULL;
    }
    if (!call_method0(errors, names.flush)) {
        error_clear();
    }
    return NONE;
}

// breakpoint(): calls what PYTHONBREAKPOINT names, "0" nothing, by default pdb.set_trace.
Object *sys_breakpointhook(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    const char *variable = config.ignore_environment ? NULL : getenv("PYTHONBREAKPOINT");
    if (!variable || !*variable) {
        variable = "pdb.set_trace";
    }
    if (strcmp(variable, "0") == 0) {
        return NONE;
    }
    const char *dot = strrchr(variable, '.');
    char *module_name = dot ? strndup(variable, (size_t)(dot - variable)) : strdup("builtins");
    Object *target = NULL;
    if (module_name && *module_name) {
        Object *imported = import_module(module_name);
        target = imported ? object_getattr_cstring(imported, dot ? dot + 1 : variable) : NULL;
    }
    free(module_name);
    if (!target) {
        error_clear();
        return warn(&exc_RuntimeWarning, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", variable) < 0
                   ? NULL
                   : NONE;
    }
    return call(target, args, nargs, kwnames);
}
