// Calling Python functions: binding arguments to parameters, with CPython's errors.
#include "vm/generator.h"
#include "vm/interpreter.h"

static Object *parameter_name(const Code *code, ssize_t i) {
    return tuple_get(code->localsplusnames, i);
}

// "'a'", "'a' and 'b'", "'a', 'b', and 'c'".
static Object *quoted_names(Object *list) {
    ssize_t n = list_size(list);
    Object *text = object_repr(list_read(list, 0));
    for (ssize_t i = 1; text && i < n; i++) {
        const char *format = i < n - 1 ? "%U, %R" : n == 2 ? "%U and %R" : "%U, and %R";
        text = str_format(format, text, list_read(list, i));
    }
    return text;
}

static int missing(const Function *f, const Code *code, Object **locals, ssize_t from, ssize_t to,
                   Object *kwdefaults, const char *kind) {
    Object *list = list_new(0);
    if (!list) {
        return -1;
    }
    for (ssize_t i = from; i < to; i++) {
        if (!locals[i] && list_append(list, parameter_name(code, i)) < 0) {
            return -1;
        }
    }
    Object *text = quoted_names(list);
    if (text) {
        raise_error(&exc_TypeError, "%U() missing %zd required %s argument%s: %U", f->qualname,
                    list_size(list), kind, list_size(list) == 1 ? "" : "s", text);
    }
    return -1;
}

static int too_many(const Function *f, const Code *code, size_t given, Object **locals) {
    ssize_t keyword_only = 0, count = code->argcount;
    for (ssize_t i = count; i < count + code->kwonlyargcount; i++) {
        keyword_only += locals[i] != NULL;
    }
    Object *tuple = __atomic_load_n(&f->defaults, __ATOMIC_ACQUIRE);
    ssize_t defaults = tuple ? tuple_size(tuple) : 0;
    bool plural = defaults || count != 1;
    Object *signature = defaults ? str_format("from %zd to %zd", count - defaults, count)
                                 : str_format("%zd", count);
    Object *extra = keyword_only
                        ? str_format(" positional argument%s (and %zd keyword-only argument%s)",
                                     given != 1 ? "s" : "", keyword_only, keyword_only != 1 ? "s" : "")
                        : str_empty();
    if (signature && extra) {
        raise_error(&exc_TypeError, "%U() takes %U positional argument%s but %zd%U %s given", f->qualname,
                    signature, plural ? "s" : "", (ssize_t)given, extra,
                    given == 1 && !keyword_only ? "was" : "were");
    }
    return -1;
}

// 1 when an error was raised because of it.
static int positional_only_as_keyword(const Function *f, const Code *code, Object *kwnames) {
    Object *list = list_new(0);
    if (!list) {
        return 1;
    }
    for (ssize_t i = 0; i < code->posonlyargcount; i++) {
        for (ssize_t k = 0; k < tuple_size(kwnames); k++) {
            Object *name = parameter_name(code, i);
            if (name == tuple_get(kwnames, k) || str_equal(name, tuple_get(kwnames, k))) {
                if (list_append(list, name) < 0) {
                    return 1;
                }
            }
        }
    }
    if (list_size(list) == 0) {
        return 0;
    }
    Object *separator = str_from_cstring(", ");
    Object *joined = separator ? str_join(separator, list) : NULL;
    if (joined) {
        raise_error(&exc_TypeError,
                    "%U() got some positional-only arguments passed as keyword arguments: '%U'", f->qualname,
                    joined);
    }
    return 1;
}

// The parameter that `name` names, -1 none.
static ssize_t find_parameter(const Code *code, Object *name) {
    ssize_t total = code->argcount + code->kwonlyargcount;
    for (ssize_t i = code->posonlyargcount; i < total; i++) {
        if (parameter_name(code, i) == name) {
            return i;
        }
    }
    for (ssize_t i = code->posonlyargcount; i < total; i++) {
        if (str_equal(parameter_name(code, i), name)) {
            return i;
        }
    }
    return -1;
}

static int bind_keywords(const Function *f, const Code *code, Object **locals, Object *const *values,
                         Object *kwnames, Object *extra) {
    for (ssize_t k = 0; k < tuple_size(kwnames); k++) {
        Object *name = tuple_get(kwnames, k);
        if (!str_check(name)) {
            raise_error(&exc_TypeError, "%U() keywords must be strings", f->qualname);
            return -1;
        }
        ssize_t i = find_parameter(code, name);
        if (i >= 0) {
            if (locals[i]) {
                raise_error(&exc_TypeError, "%U() got multiple values for argument '%S'", f->qualname, name);
                return -1;
            }
            locals[i] = values[k];
        } else if (extra) {
            if (dict_set(extra, name, values[k]) < 0) {
                return -1;
            }
        } else {
            if (!(code->posonlyargcount && positional_only_as_keyword(f, code, kwnames))) {
                raise_error(&exc_TypeError, "%U() got an unexpected keyword argument '%S'", f->qualname,
                            name);
            }
            return -1;
        }
    }
    return 0;
}

static int bind_defaults(const Function *f, const Code *code, Object **locals, size_t nargs) {
    ssize_t count = code->argcount;
    Object *defaults = __atomic_load_n(&f->defaults, __ATOMIC_ACQUIRE);
    Object *kwdefaults = __atomic_load_n(&f->kwdefaults, __ATOMIC_ACQUIRE);
    if ((ssize_t)nargs < count) {
        ssize_t ndefaults = defaults ? tuple_size(defaults) : 0, required = count - ndefaults;
        for (ssize_t i = (ssize_t)nargs; i < required; i++) {
            if (!locals[i]) {
                return missing(f, code, locals, i, required, NULL, "positional");
            }
        }
        for (ssize_t i = required > 0 ? required : 0; i < count; i++) {
            if (!locals[i]) {
                locals[i] = tuple_get(defaults, i - required);
            }
        }
    }
    ssize_t total = count + code->kwonlyargcount;
    bool absent = false;
    for (ssize_t i = count; i < total; i++) {
        if (!locals[i] && kwdefaults) {
            locals[i] = dict_get(kwdefaults, parameter_name(code, i));
            if (!locals[i] && error_occurred()) {
                return -1;
            }
        }
        absent |= !locals[i];
    }
    return absent ? missing(f, code, locals, count, total, kwdefaults, "keyword-only") : 0;
}

static int bind(const Function *f, const Code *code, Object **locals, Object *const *args, size_t nargs,
                Object *kwnames) {
    size_t count = (size_t)code->argcount, total = count + (size_t)code->kwonlyargcount;
    size_t direct = size_min(nargs, count);
    for (size_t i = 0; i < direct; i++) {
        locals[i] = args[i];
    }
    Object *extra = NULL;
    if (code->flags & CO_VARKEYWORDS) {
        extra = dict_new();
        if (!extra) {
            return -1;
        }
        locals[total + !!(code->flags & CO_VARARGS)] = extra;
    }
    if (code->flags & CO_VARARGS) {
        Object *rest = nargs > count ? tuple_from_array(args + count, (ssize_t)(nargs - count))
                                     : tuple_empty();
        if (!rest) {
            return -1;
        }
        locals[total] = rest;
    }
    if (kwnames && bind_keywords(f, code, locals, args + nargs, kwnames, extra) < 0) {
        return -1;
    }
    if (nargs > count && !(code->flags & CO_VARARGS)) {
        return too_many(f, code, nargs, locals);
    }
    return bind_defaults(f, code, locals, nargs);
}

Frame *frame_push_general(Thread *ts, Function *function, Object *const *args, size_t nargs,
                          Object *kwnames) {
    if (!thread_handled(ts) || thread_descend(ts) < 0) {
        return NULL;
    }
    Twin *twin = code_twin((Code *)function->code);
    Frame *frame = twin ? frame_allocate(ts, twin) : NULL;
    if (!frame) {
        ts->recursion_left++;
        return NULL;
    }
    frame_init(frame, twin, function, ts->frame);
    frame->flags |= FRAME_INCOMPLETE;
    if (UNLIKELY(!(twin->code->flags & CO_OPTIMIZED))) {
        frame->names = function->globals;  // a module's code made a function: run_with_names knows better
    }
    memset(frame->locals, 0, twin->stack_offset * sizeof(Object *));
    memset(frame->locals + twin->stack_offset, 0, (size_t)twin->code->stacksize * sizeof(Object *));
    ts->frame = frame;
    if (bind(function, twin->code, frame->locals, args, nargs, kwnames) < 0) {
        ts->frame = frame->back;
        ts->recursion_left++;
        frame_free(frame, ts);
        return NULL;
    }
    frame->flags &= (uint16_t)~FRAME_INCOMPLETE;
    if (prefer_traced(ts) && (twin_traced(twin) || twin_make_traced(twin) == 0)) {
        frame->ip = twin_traced(twin);
    }
    return frame;
}

// Fills the parameters by keywords that are the very same strings, and by defaults; other keywords go to `extra`
// (or NULL). False when that does not do; nothing is raised then, but MemoryError may be.
static bool bind_simply(const Function *f, const Code *code, Object **locals, Object *const *args,
                        size_t nargs, Object *kwnames, Object *extra) {
    ssize_t count = code->argcount, total = count + code->kwonlyargcount;
    ssize_t keywords = kwnames ? tuple_size(kwnames) : 0;
    size_t direct = size_min(nargs, (size_t)count);
    if (nargs > direct && !(code->flags & CO_VARARGS)) {
        return false;
    }
    Object *const *names_of = tuple_items(code->localsplusnames);
    for (size_t i = 0; i < direct; i++) {
        locals[i] = args[i];
    }
    for (ssize_t k = 0; k < keywords; k++) {
        Object *name = tuple_get(kwnames, k);
        ssize_t i = code->posonlyargcount;
        while (i < total && names_of[i] != name) {
            i++;
        }
        if (i == total) {
            // An interned string that is none of the names, which are interned, equals none of them.
            if (!extra || !str_check_exact(name) || !str_is_interned(name) ||
                dict_set(extra, name, args[(ssize_t)nargs + k]) < 0) {
                return false;
            }
            continue;
        }
        if (locals[i]) {
            return false;
        }
        locals[i] = args[(ssize_t)nargs + k];
    }
    Object *defaults = __atomic_load_n(&f->defaults, __ATOMIC_ACQUIRE);
    Object *kwdefaults = __atomic_load_n(&f->kwdefaults, __ATOMIC_ACQUIRE);
    ssize_t required = count - (defaults ? tuple_size(defaults) : 0);
    for (ssize_t i = (ssize_t)direct; i < count; i++) {
        if (!locals[i]) {
            if (i < required) {
                return false;
            }
            locals[i] = tuple_get(defaults, i - required);
        }
    }
    for (ssize_t i = count; i < total; i++) {
        if (!locals[i] && (!kwdefaults || !(locals[i] = dict_get(kwdefaults, names_of[i])))) {
            return false;
        }
    }
    return true;
}

Frame *frame_push_bound(Thread *ts, Function *function, Object *const *args, size_t nargs, Object *kwnames) {
    const Code *code = (const Code *)function->code;
    Twin *twin = __atomic_load_n((Twin **)&code->extra, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!twin || !(code->flags & CO_OPTIMIZED) || ts->recursion_left <= 0 || ts->use_tracing)) {
        return frame_push_general(ts, function, args, nargs, kwnames);
    }
    Object *rest = NULL, *extra = NULL;
    size_t count = (size_t)code->argcount;
    if (code->flags & CO_VARARGS) {
        rest = nargs > count ? tuple_from_array(args + count, (ssize_t)(nargs - count)) : tuple_empty();
        if (UNLIKELY(!rest)) {
            return NULL;
        }
    }
    if (code->flags & CO_VARKEYWORDS && UNLIKELY(!(extra = dict_new()))) {
        return NULL;
    }
    Frame *frame = frame_allocate(ts, twin);
    if (UNLIKELY(!frame)) {
        return NULL;
    }
    memset(frame->locals, 0, twin->stack_offset * sizeof(Object *));
    // Nothing else may hold a default that was found any more while the next one is looked up.
    frame_init(frame, twin, function, ts->frame);
    frame->flags |= FRAME_INCOMPLETE;
    ts->frame = frame;
    if (UNLIKELY(!bind_simply(function, code, frame->locals, args, nargs, kwnames, extra))) {
        ts->frame = frame->back;
        frame_free(frame, ts);
        return ts->exception ? NULL : frame_push_general(ts, function, args, nargs, kwnames);
    }
    Object **behind = frame->locals + count + code->kwonlyargcount;
    if (rest) {
        *behind++ = rest;
    }
    if (extra) {
        *behind = extra;
    }
    ts->recursion_left--;
    frame->flags &= (uint16_t)~FRAME_INCOMPLETE;
    return frame;
}

Object *function_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    Thread *ts = thread_current;
    if (UNLIKELY(ts->recursion_left <= 0 || (char *)__builtin_frame_address(0) < ts->c_stack_limit)) {
        if (recursion_enter("") < 0) {
            return NULL;
        }
        ts->recursion_left++;
    }
    Frame *frame = frame_push(ts, (Function *)callable, args, nargs, kwnames);
    if (!frame) {
        return NULL;
    }
    frame->flags |= FRAME_ENTRY;
    return interpreter_run(frame, ts);
}

// Runs `function` with its namespace: module bodies and class bodies.
static Object *run_with_names(Function *function, Object *space) {
    Thread *ts = thread_current;
    if (recursion_enter("") < 0) {
        return NULL;
    }
    ts->recursion_left++;
    Frame *frame = frame_push_general(ts, function, NULL, 0, NULL);
    if (!frame) {
        return NULL;
    }
    if (!(frame->code->flags & CO_OPTIMIZED)) {
        frame->names = space;
    }
    frame->flags |= FRAME_ENTRY;
    return interpreter_run(frame, ts);
}

Object *function_call_with_names(Object *function, Object *space) {
    return run_with_names((Function *)function, space);
}

Object *eval_code(Object *code, Object *globals, Object *locals, Object *closure) {
    Function *function = (Function *)function_new(code, globals, NULL);
    if (!function) {
        return NULL;
    }
    if (closure) {
        gc_store(function, &function->closure, closure);
    }
    return run_with_names(function, locals ? locals : globals);
}

Object *callable_description(Object *callable) {
    Object *qualname, *module;
    int found = object_getattr_optional(callable, names.__qualname__, &qualname);
    if (found < 0) {
        return NULL;
    }
    if (!found) {
        return object_str(callable);
    }
    found = object_getattr_optional(callable, names.__module__, &module);
    if (found < 0) {
        return NULL;
    }
    if (found && module != NONE && !(str_check(module) && str_equal_cstring(module, "builtins"))) {
        return str_format("%S.%S()", module, qualname);
    }
    return str_format("%S()", qualname);
}
