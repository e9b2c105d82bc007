// `_warnings`: filters, registries, and issuing warnings from C and Python.
//
// The filter list, the default action and the once-registry are the module's own attributes, which
// `warnings.py` shares; a program may replace them there. Showing a warning is `warnings._showwarnmsg`
// once that module is imported.
#include <stdarg.h>

#include "modules/fields.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/frame.h"
#include "vm/runtime.h"

enum { OWN_DICT, FILTERS, DEFAULT_ACTION, ONCE_REGISTRY, WARNINGS_ROOTS };
static Object *warnings_state[WARNINGS_ROOTS];  // the module's dict, and what was last in force
static int64_t filters_version;

// The attribute of the Python module `warnings` if that is imported and has it, else what it was when it
// was last looked at, which begins with what this module made.
static Object *warnings_attribute(int which) {
    static const char *const attributes[] = { "", "filters", "defaultaction", "onceregistry" };
    Object *module = sys_modules ? dict_get_cstring(sys_modules, "warnings") : NULL, *value = NULL;
    if (module && module_check(module)) {
        value = dict_get_cstring(module_dict(module), attributes[which]);
    }
    if (!value) {
        return warnings_state[which];
    }
    __atomic_store_n(&warnings_state[which], value, __ATOMIC_RELEASE);
    return value;
}

// Whether `text` matches a filter's field: None, an exact str, or a compiled pattern.
static int field_matches(Object *field, Object *text) {
    if (field == NONE) {
        return 1;
    }
    if (str_check_exact(field)) {
        return str_compare(field, text) == 0;
    }
    Object *match = object_getattr_cstring(field, "match");
    Object *result = match ? call1(match, text) : NULL;
    return result ? object_is_true(result) : -1;
}

// The action for a warning, and in *item the filter that gave it (or None). NULL with an exception.
static Object *find_action(Type *category, Object *text, int line, Object *module, Object **item) {
    Object *filters = warnings_attribute(FILTERS);
    if (!filters || !list_check(filters)) {
        return raise_error(&exc_ValueError, "_warnings.filters must be a list");
    }
    for (ssize_t i = 0; i < list_size(filters); i++) {
        Object *filter = list_read(filters, i);
        if (!filter || filter->type != &tuple_type || tuple_size(filter) != 5) {
            return raise_error(&exc_ValueError, "_warnings.filters item %zd isn't a 5-tuple", i);
        }
        Object *action = tuple_get(filter, 0);
        if (!str_check(action)) {
            return raise_error(&exc_TypeError, "action must be a string, not '%.200s'", action->type->name);
        }
        int good = field_matches(tuple_get(filter, 1), text);
        if (good > 0) {
            good = object_is_subclass_of((Object *)category, tuple_get(filter, 2));
        }
        if (good > 0) {
            good = field_matches(tuple_get(filter, 3), module);
        }
        if (good > 0) {
            Object *wanted = tuple_get(filter, 4);
            if (!int_check(wanted)) {
                return raise_error(&exc_TypeError, "an integer is required");
            }
            ssize_t filter_line = number_to_ssize(wanted);
            if (filter_line == -1 && error_occurred()) {
                return NULL;
            }
            good = filter_line == 0 || filter_line == line;
        }
        if (good < 0) {
            return NULL;
        }
        if (good) {
            *item = filter;
            return action;
        }
    }
    *item = NONE;
    Object *action = warnings_attribute(DEFAULT_ACTION);
    if (action && !str_check(action)) {
        return raise_error(&exc_TypeError, "_warnings.defaultaction must be a string, not '%.200s'",
                           action->type->name);
    }
    return action ? action : raise_error(&exc_ValueError, "_warnings.defaultaction not found");
}

// 1 when the registry has seen `key` already; with `add`, enters it.
static int already_warned(Object *registry, Object *key, bool add) {
    Object *version = dict_get_cstring(registry, "version");
    int overflow;
    if (!version || !int_check(version) || int_as_i64(version, &overflow) != filters_version) {
        dict_clear(registry);
        if (dict_set_cstring(registry, "version", int_from_i64(filters_version)) < 0) {
            return -1;
        }
    } else {
        Object *present = dict_get(registry, key);
        if (present) {
            int truth = object_is_true(present);
            if (truth) {
                return truth;
            }
        } else if (error_occurred()) {
            return -1;
        }
    }
    return add ? dict_set(registry, key, TRUE_OBJECT) : 0;
}

// Prints "file:line: Category: text" and the source line, for a program without warnings.py.
static int show_plainly(Object *filename, int line, Object *text, Type *category) {
    Object *errors = sys_get("stderr");
    if (!errors || errors == NONE) {
        return 0;
    }
    Object *name = type_name_object(category);
    Object *message = name ? str_format("%S:%d: %U: %U\n", filename, line, name, text) : NULL;
    if (!message || !call_method1(errors, names.write, message)) {
        error_clear();
        return 0;
    }
    return traceback_print_source_line(errors, filename, line, 2);
}

static int show(Object *filename, int line, Object *text, Type *category, Object *message, Object *source) {
    Object *module = sys_modules ? dict_get_cstring(sys_modules, "warnings") : NULL;
    Object *show_message = NULL;
    if (!module && source) {
        module = import_module("warnings");
        if (!module) {
            error_clear();
        }
    }
    if (module && object_getattr_optional(module, str_intern_cstring("_showwarnmsg"), &show_message) < 0) {
        return -1;
    }
    if (!show_message) {
        return show_plainly(filename, line, text, category);
    }
    if (!object_callable(show_message)) {
        raise_error(&exc_TypeError, "warnings._showwarnmsg() must be set to a callable");
        return -1;
    }
    Object *make = object_getattr_cstring(module, "WarningMessage");
    if (!make) {
        return -1;
    }
    Object *line_object = int_from_i64(line);
    Object *args[] = {
        message, (Object *)category, filename, line_object, NONE, NONE, source ? source : NONE
    };
    Object *record = line_object ? call(make, args, 7, NULL) : NULL;
    return record && call1(show_message, record) ? 0 : -1;
}

static int issue(Type *category, Object *message, Object *filename, int line, Object *module,
                 Object *registry, Object *source) {
    if (module == NONE) {
        return 0;
    }
    if (registry && registry != NONE && !dict_check(registry)) {
        raise_error(&exc_TypeError, "'registry' must be a dict or None");
        return -1;
    }
    if (!module) {
        // Named for the file.
        ssize_t length = str_length(filename);
        if (!length) {
            module = str_from_cstring("<unknown>");
        } else if (length >= 3 && str_read(filename, length - 3) == '.' &&
                   str_read(filename, length - 2) == 'p' && str_read(filename, length - 1) == 'y') {
            module = str_substring(filename, 0, length - 3);
        } else {
            module = filename;
        }
    }
    Object *text, *instance;
    if (object_is_instance(message, &exc_Warning)) {
        text = object_str(message);
        category = message->type;
        instance = message;
    } else {
        text = message;
        instance = call1((Object *)category, message);
    }
    Object *line_object = int_from_i64(line);
    if (!module || !text || !instance || !line_object) {
        return -1;
    }
    Object *key = tuple_pack(3, text, (Object *)category, line_object);
    if (!key) {
        return -1;
    }
    if (registry && registry != NONE) {
        int warned = already_warned(registry, key, false);
        if (warned) {
            return warned < 0 ? -1 : 0;
        }
    }
    Object *item;
    Object *action = find_action(category, text, line, module, &item);
    if (!action) {
        return -1;
    }
    if (str_equal_cstring(action, "error")) {
        raise_exception(instance);
        return -1;
    }
    if (str_equal_cstring(action, "ignore")) {
        return 0;
    }
    int warned = 0;
    if (!str_equal_cstring(action, "always")) {
        if (registry && registry != NONE && dict_set(registry, key, TRUE_OBJECT) < 0) {
            return -1;
        }
        if (str_equal_cstring(action, "once")) {
            if (!registry || registry == NONE) {
                registry = warnings_attribute(ONCE_REGISTRY);
                if (registry && !dict_check(registry)) {
                    raise_error(&exc_TypeError, "_warnings.onceregistry must be a dict, not '%.200s'",
                                registry->type->name);
                    return -1;
                }
            }
            Object *once_key = tuple_pack(2, text, (Object *)category);
            warned = registry && once_key ? already_warned(registry, once_key, true) : -1;
        } else if (str_equal_cstring(action, "module")) {
            Object *module_key = tuple_pack(2, text, (Object *)category);
            warned = registry && registry != NONE && module_key ? already_warned(registry, module_key, true)
                                                                : 0;
        } else if (!str_equal_cstring(action, "default")) {
            raise_error(&exc_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action,
                        item);
            return -1;
        }
    }
    if (warned) {
        return warned < 0 ? -1 : 0;
    }
    return show(filename, line, text, category, instance, source);
}

// Frames of importlib do not count for the stack level.
static bool is_internal_frame(Frame *frame) {
    Object *filename = frame->code->filename;
    Object *first = str_from_cstring("importlib"), *second = str_from_cstring("_bootstrap");
    return first && second && str_contains(filename, first) > 0 && str_contains(filename, second) > 0;
}

static Frame *next_external(Frame *frame) {
    do {
        frame = frame_back(frame);
    } while (frame && is_internal_frame(frame));
    return frame;
}

static int warn_at_level(Type *category, Object *message, ssize_t stack_level, Object *source) {
    Frame *frame = thread_python_frame(thread_current);
    if (stack_level <= 0 || (frame && is_internal_frame(frame))) {
        while (frame && --stack_level > 0) {
            frame = frame_back(frame);
        }
    } else {
        while (frame && --stack_level > 0) {
            frame = next_external(frame);
        }
    }
    Object *globals, *filename;
    int line;
    if (frame) {
        globals = frame->globals;
        filename = frame->code->filename;
        line = frame_line(frame);
    } else {
        globals = module_dict(sys_module);
        filename = str_intern_cstring("sys");
        line = 1;
    }
    Object *registry = dict_get_str(globals, names.__warningregistry__);
    if (!registry) {
        registry = dict_new();
        if (!registry || dict_set(globals, names.__warningregistry__, registry) < 0) {
            return -1;
        }
    }
    Object *module = dict_get_str(globals, names.__name__);
    if (!module || !str_check(module)) {
        module = str_from_cstring("<string>");
    }
    if (!module || !filename) {
        return -1;
    }
    return issue(category, message, filename, line, module, registry, source);
}

int warn(Type *category, ssize_t stack_level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Object *message = str_format_va(format, arguments);
    va_end(arguments);
    if (!message) {
        return -1;
    }
    return warnings_state[OWN_DICT] ? warn_at_level(category, message, stack_level, NULL) : 0;
}

int warn_source(Type *category, ssize_t stack_level, Object *source, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Object *message = str_format_va(format, arguments);
    va_end(arguments);
    if (!message) {
        return -1;
    }
    return warnings_state[OWN_DICT] ? warn_at_level(category, message, stack_level, source) : 0;
}

int warn_explicit(Type *category, Object *message, Object *filename, int line, Object *module,
                  Object *registry) {
    return warnings_state[OWN_DICT] ? issue(category, message, filename, line, module, registry, NULL) : 0;
}

// ---- the module

static Type *check_category(Object *message, Object *category) {
    Object *cls = object_is_instance(message, &exc_Warning) ? (Object *)message->type
                  : !category || category == NONE           ? (Object *)&exc_UserWarning
                                                            : category;
    if (!type_check(cls) || !type_is_subtype((Type *)cls, &exc_Warning)) {
        raise_error(&exc_TypeError, "category must be a Warning subclass, not '%s'", cls->type->name);
        return NULL;
    }
    return (Type *)cls;
}

static Object *warnings_warn(Object *module, Object *message, Object *category, Object *stacklevel,
                             Object *source) {
    ssize_t level = 1;
    if (stacklevel) {
        level = number_to_ssize(stacklevel);
        if (level == -1 && error_occurred()) {
            return NULL;
        }
    }
    Type *cls = check_category(message, category);
    return cls && warn_at_level(cls, message, level, source == NONE ? NULL : source) == 0 ? NONE : NULL;
}

static Object *warnings_warn_explicit(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *bound[8];
    if (signature_bind(&cache, "warn_explicit",
                       "(message, category, filename, lineno, module=None, registry=None, "
                       "module_globals=None, source=None)",
                       args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    if (bound[6] && bound[6] != NONE && !dict_check(bound[6])) {
        return raise_error(&exc_TypeError, "module_globals must be a dict, not '%.200s'",
                           bound[6]->type->name);
    }
    if (!str_check(bound[2])) {
        return raise_error(&exc_TypeError, "warn_explicit() argument 3 must be str, not %.50s",
                           bound[2] == NONE ? "None" : bound[2]->type->name);
    }
    int line;
    if (int_field(bound[3], &line) < 0) {
        return NULL;
    }
    Object *category = bound[1];
    bool given = object_is_instance(bound[0], &exc_Warning);
    if (!given && !type_check(category)) {
        // What makes the warning may be anything that can be called, up to the search for a filter.
        return call1(category, bound[0]) ? raise_error(&exc_TypeError, "issubclass() arg 1 must be a class")
                                         : NULL;
    }
    return issue(given ? bound[0]->type : (Type *)category, bound[0], bound[2], line, bound[4], bound[5],
                 bound[7] == NONE ? NULL : bound[7]) < 0
               ? NULL
               : NONE;
}

static Object *warnings_filters_mutated(Object *module) {
    __atomic_add_fetch(&filters_version, 1, __ATOMIC_RELAXED);
    return NONE;
}

static Object *default_filter(const char *action, Type *category, const char *module) {
    Object *module_object = module ? str_intern_cstring(module) : NONE;
    Object *action_object = str_intern_cstring(action), *zero = int_from_i64(0);
    return module_object && action_object && zero
               ? tuple_pack(5, action_object, NONE, (Object *)category, module_object, zero)
               : NULL;
}

static int warnings_exec(Object *module) {
    heap_add_root(warnings_state, COUNT_OF(warnings_state));
    warnings_state[OWN_DICT] = module_dict(module);
    Object *filters = list_new(5);
    struct {
        const char *action;
        Type *category;
        const char *module;
    } defaults[] = {
        { "default", &exc_DeprecationWarning, "__main__" }, { "ignore", &exc_DeprecationWarning, NULL },
        { "ignore", &exc_PendingDeprecationWarning, NULL }, { "ignore", &exc_ImportWarning, NULL },
        { "ignore", &exc_ResourceWarning, NULL },
    };
    for (size_t i = 0; filters && i < COUNT_OF(defaults); i++) {
        Object *filter = default_filter(defaults[i].action, defaults[i].category, defaults[i].module);
        if (!filter || list_append(filters, filter) < 0) {
            return -1;
        }
    }
    Object *registry = dict_new(), *action = str_from_cstring("default");
    if (module_add(module, "filters", filters) < 0 || module_add(module, "_onceregistry", registry) < 0 ||
        module_add(module, "_defaultaction", action) < 0) {
        return -1;
    }
    // In force until the Python module says otherwise, and still when the teardown has emptied this one.
    warnings_state[FILTERS] = filters;
    warnings_state[DEFAULT_ACTION] = action;
    warnings_state[ONCE_REGISTRY] = registry;
    return 0;
}

static BuiltinDef functions[] = {
    BUILTIN("_filters_mutated", warnings_filters_mutated, "-($module, /)", 0, NULL),
    BUILTIN("warn", warnings_warn, "($module, /, message, category=None, stacklevel=1, source=None)", 0,
            NULL),
    BUILTIN("warn_explicit", warnings_warn_explicit, NULL, 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_warnings = { "_warnings", NULL, functions, warnings_exec };
