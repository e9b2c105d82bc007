// The `builtins` module: the built-in functions. What they do to an object lies with the object
// (objects/abstract.h); here are their argument rules and what needs the running program.

#include "modules/builtins.h"

#include "compile/compile.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/sequence_types.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "syntax/syntax.h"
#include "vm/frame.h"
#include "vm/generator.h"
#include "vm/interactive.h"
#include "vm/interpreter.h"
#include "vm/runtime.h"

#include <unistd.h>

static Object *b_abs(Object *module, Object *x) {
    return number_absolute(x);
}

static Object *b_aiter(Object *module, Object *iterable) {
    UnaryFn aiter = slots_of(iterable)->aiter;
    if (!aiter) {
        return raise_error(&exc_TypeError, "'%.200s' object is not an async iterable", iterable->type->name);
    }
    Object *iterator = aiter(iterable);
    if (iterator && !slots_of(iterator)->anext) {
        return raise_error(&exc_TypeError, "aiter() returned not an async iterator of type '%.200s'",
                           iterator->type->name);
    }
    return iterator;
}

static Object *b_anext(Object *module, Object *iterator, Object *otherwise) {
    UnaryFn anext = slots_of(iterator)->anext;
    if (!anext) {
        return raise_error(&exc_TypeError, "'%.200s' object is not an async iterator", iterator->type->name);
    }
    Object *awaitable = anext(iterator);
    return awaitable && otherwise ? anext_awaitable_new(awaitable, otherwise) : awaitable;
}

// Goes on while the items have the truth `!stop_at`, and surely.
static int skip_plain(Object *iterator, bool stop_at) {
    PeekedItems peeked;
    while (iterator_peek(iterator, &peeked)) {
        for (ssize_t i = 0; i < peeked.count; i++) {
            if (object_plain_truth(peeked.items[i]) != !stop_at) {
                iterator_rewind(iterator, &peeked, i);
                return 0;
            }
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static Object *any_or_all(Object *iterable, bool stop_at) {
    enum { SINGLY = 8 };
    Object *iterator = object_iter_whole(iterable);
    if (!iterator) {
        return NULL;
    }
    int steps = 0;
    for (Object *item; (item = iterator_step(iterator));) {
        if (++steps == SINGLY && skip_plain(iterator, stop_at) < 0) {
            return NULL;
        }
        int truth = object_truth(item);
        if (truth < 0) {
            return NULL;
        }
        if (truth == stop_at) {
            return bool_from(stop_at);
        }
    }
    return error_occurred() ? NULL : bool_from(!stop_at);
}

// Of what has EFFECT_DROPS: its result.
static Object *drop(Object *iterable, Object *result) {
    generator_dropped(iterable);
    return result;
}

static Object *b_all(Object *module, Object *iterable) {
    return drop(iterable, any_or_all(iterable, false));
}

static Object *b_any(Object *module, Object *iterable) {
    return drop(iterable, any_or_all(iterable, true));
}

static Object *b_ascii(Object *module, Object *o) {
    return object_ascii(o);
}

static Object *in_base(Object *number, int base, const char *prefix) {
    Object *index = number_index(number);
    if (!index) {
        return NULL;
    }
    bool negative = int_sign(index) < 0;
    int overflow, shift = base == 16 ? 4 : base == 8 ? 3 : 1;
    int64_t value = int_as_i64(index, &overflow);
    if (LIKELY(!overflow)) {
        char text[72], *p = text + sizeof text;
        uint64_t rest = negative ? -(uint64_t)value : (uint64_t)value;
        do {
            *--p = "0123456789abcdef"[rest & (uint64_t)(base - 1)];
            rest >>= shift;
        } while (rest);
        *--p = prefix[1];
        *--p = prefix[0];
        if (negative) {
            *--p = '-';
        }
        return str_from_ascii(p, text + sizeof text - p);
    }
    Object *digits = int_to_str(negative ? int_negative(index) : index, base);
    return digits ? str_format("%s%s%U", negative ? "-" : "", prefix, digits) : NULL;
}

static Object *b_bin(Object *module, Object *number) {
    return in_base(number, 2, "0b");
}

static Object *b_oct(Object *module, Object *number) {
    return in_base(number, 8, "0o");
}

static Object *b_hex(Object *module, Object *number) {
    return in_base(number, 16, "0x");
}

static Object *b_breakpoint(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    Object *hook = sys_get("breakpointhook");
    if (!hook) {
        return raise_error(&exc_RuntimeError, "lost sys.breakpointhook");
    }
    if (audit("builtins.breakpoint", "O", hook) < 0) {
        return NULL;
    }
    if (recursion_enter(" while calling a Python object") < 0) {  // the hook may be this function
        return NULL;
    }
    Object *result = call(hook, args, nargs, kwnames);
    recursion_leave();
    return result;
}

static Object *b_callable(Object *module, Object *o) {
    return bool_from(object_callable(o));
}

static Object *b_chr(Object *module, Object *i) {
    Object *index = number_index(i);
    if (!index) {
        return NULL;
    }
    int64_t c = int_to_c_int(index);
    if (c == -1 && error_occurred()) {
        return NULL;
    }
    if (c < 0 || c > 0x10ffff) {
        return raise_error(&exc_ValueError, "chr() arg not in range(0x110000)");
    }
    return str_from_char((uint32_t)c);
}

static Object *b_ord(Object *module, Object *c) {
    ssize_t size;
    if (str_check(c)) {
        size = str_length(c);
        if (size == 1) {
            return int_from_i64(str_read(c, 0));
        }
    } else if (bytes_check(c)) {
        size = bytes_length(c);
        if (size == 1) {
            return int_from_i64((uint8_t)bytes_data(c)[0]);
        }
    } else if (bytearray_check(c)) {
        ByteArray *array = (ByteArray *)c;
        size = array->var.size;
        if (size == 1) {
            return int_from_i64((uint8_t)array->start[0]);
        }
    } else {
        return raise_error(&exc_TypeError, "ord() expected string of length 1, but %.200s found",
                           c->type->name);
    }
    return raise_error(&exc_TypeError, "ord() expected a character, but string of length %zd found", size);
}

// ---- compile, eval, exec

enum {
    FUTURE_FLAGS = CO_FUTURE_DIVISION | CO_FUTURE_ABSOLUTE_IMPORT | CO_FUTURE_WITH_STATEMENT |
                   CO_FUTURE_PRINT_FUNCTION | CO_FUTURE_UNICODE_LITERALS | CO_FUTURE_BARRY_AS_BDFL |
                   CO_FUTURE_GENERATOR_STOP | CO_FUTURE_ANNOTATIONS,
    COMPILE_FLAGS = PARSE_DONT_IMPLY_DEDENT | PARSE_ONLY_AST | PARSE_IGNORE_COOKIE | PARSE_TYPE_COMMENTS |
                    PARSE_TOP_LEVEL_AWAIT | PARSE_INCOMPLETE_INPUT,
};

static int inherited_flags(void) {
    Frame *frame = thread_python_frame(thread_current);
    return frame ? frame->code->flags & FUTURE_FLAGS : 0;
}

// The text of a source argument: UTF-8 (then *flags gets PARSE_IGNORE_COOKIE) or raw bytes. NULL with
// an exception when it is neither, or contains NUL bytes. *keep must stay on the caller's stack.
static const char *source_text(Object *source, const char *function, const char *what, int *flags,
                               ssize_t *length, Object **keep) {
    const char *text;
    Buffer view;
    if (str_check(source)) {
        *flags |= PARSE_IGNORE_COOKIE;
        text = str_utf8(source, length);
        *keep = source;
        if (!text) {
            return NULL;
        }
    } else if (!bytes_check(source) && object_get_buffer(source, &view, BUFFER_SIMPLE) == 0) {
        *keep = bytes_from(view.data, view.length);
        buffer_release(&view);
        if (!*keep) {
            return NULL;
        }
        text = bytes_data(*keep);
        *length = bytes_length(*keep);
    } else if (bytes_check(source)) {
        *keep = source;
        text = bytes_data(source);
        *length = bytes_length(source);
    } else {
        error_clear();
        raise_error(&exc_TypeError, "%s() arg 1 must be a %s object", function, what);
        return NULL;
    }
    if (memchr(text, 0, (size_t)*length)) {
        raise_error(&exc_ValueError, "source code string cannot contain null bytes");
        return NULL;
    }
    return text;
}

Object *filename_argument(Object *argument) {
    Object *name = argument;
    if (!str_check(name) && !bytes_check(name)) {
        if (buffer_check(name)) {
            if (warn(&exc_DeprecationWarning, 1, "path should be string, bytes, or os.PathLike, not %.200s",
                     name->type->name) < 0) {
                return NULL;
            }
            name = bytes_from_object(name);
        } else {
            Object *path = import_get_attr("os", "fspath");
            name = path ? call1(path, name) : NULL;
        }
        if (!name) {
            return NULL;
        }
    }
    if (!str_check(name) && !(name = str_decode_fs(bytes_data(name), bytes_length(name)))) {
        return NULL;
    }
    if (str_find_char(name, 0, 0, str_length(name), 1) >= 0) {
        return raise_error(&exc_ValueError, "embedded null character");
    }
    return name;
}

// The event of a source that is about to be parsed.
static int audit_compile(const char *text, ssize_t length, Object *filename) {
    if (!audit_active()) {
        return 0;
    }
    Object *source = bytes_from(text, length);
    return source ? audit("compile", "OO", source, filename) : -1;
}

static Object *b_compile(Object *module, Object **bound) {
    Object *source = bound[0], *filename = bound[1], *mode_object = bound[2];
    int flags = 0, dont_inherit = 0, optimize = -1, feature_version = -1;
    filename = filename_argument(filename);
    if (!filename) {
        return NULL;
    }
    if (!str_check(mode_object)) {
        return raise_error(&exc_TypeError, "compile() argument 'mode' must be str, not %.50s",
                           mode_object == NONE ? "None" : mode_object->type->name);
    }
    struct {
        Object *argument;
        int *value;
    } integers[] = {
        { bound[3], &flags },
        { bound[5], &optimize },
        { bound[6], &feature_version },
    };
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        if (integers[i].argument) {
            Object *index = number_index(integers[i].argument);
            *integers[i].value = index ? int_to_c_int(index) : -1;
            if (*integers[i].value == -1 && error_occurred()) {
                return NULL;
            }
        }
    }
    if (bound[4] && (dont_inherit = object_is_true(bound[4])) < 0) {
        return NULL;
    }
    if (flags & ~(FUTURE_FLAGS | COMPILE_FLAGS | 0x10)) {
        return raise_error(&exc_ValueError, "compile(): unrecognised flags");
    }
    if (optimize < -1 || optimize > 2) {
        return raise_error(&exc_ValueError, "compile(): invalid optimize value");
    }
    if (!dont_inherit) {
        flags |= inherited_flags();
    }
    ParseMode mode;
    if (str_equal_cstring(mode_object, "exec")) {
        mode = PARSE_FILE;
    } else if (str_equal_cstring(mode_object, "eval")) {
        mode = PARSE_EVAL;
    } else if (str_equal_cstring(mode_object, "single")) {
        mode = PARSE_SINGLE;
    } else if (str_equal_cstring(mode_object, "func_type")) {
        if (!(flags & PARSE_ONLY_AST)) {
            return raise_error(&exc_ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
        }
        mode = PARSE_FUNC_TYPE;
    } else {
        return raise_error(&exc_ValueError,
                           flags & PARSE_ONLY_AST
                               ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                               : "compile() mode must be 'exec', 'eval' or 'single'");
    }
    if (optimize < 0) {
        optimize = config.optimize;
    }
    if (ast_object_check(source)) {
        if (flags & PARSE_ONLY_AST) {
            return source;
        }
        if (audit("compile", "OO", source, NULL) < 0) {
            return NULL;
        }
        Arena *arena = arena_new();
        if (!arena) {
            return NULL;
        }
        struct Mod *mod = ast_from_object(source, mode, arena);
        Object *code = mod ? compile_ast(mod, filename, flags, optimize, arena) : NULL;
        arena_free(arena);
        return code;
    }
    if (error_occurred()) {
        return NULL;
    }
    ssize_t length;
    Object *keep;
    const char *text = source_text(source, "compile", "string, bytes or AST", &flags, &length, &keep);
    if (!text) {
        return NULL;
    }
    if (audit_compile(text, length, filename) < 0) {
        return NULL;
    }
    if (feature_version < 0 || !(flags & PARSE_ONLY_AST)) {
        feature_version = 11;
    }
    Object *result;
    if (flags & PARSE_ONLY_AST) {
        Arena *arena = arena_new();
        if (!arena) {
            return NULL;
        }
        struct Mod *mod = parse_source(text, (size_t)length, filename, mode, flags, feature_version, arena);
        result = mod ? ast_to_object(mod) : NULL;
        arena_free(arena);
    } else {
        result = compile_source(text, (size_t)length, filename, mode, flags, optimize, feature_version);
    }
    __asm__ volatile("" : : "r"(keep) : "memory");
    return result;
}

// Fills in what eval() and exec() take when namespaces are missing. -1 with an exception.
static int namespaces(const char *function, Object **globals, Object **locals) {
    if (*globals == NONE) {
        *globals = NULL;
    }
    if (*locals == NONE) {
        *locals = NULL;
    }
    if (!*globals) {
        Frame *frame = thread_python_frame(thread_current);
        if (!frame) {
            raise_error(&exc_SystemError, "globals and locals cannot be NULL");
            return -1;
        }
        *globals = frame->globals;
        if (!*locals && !(*locals = frame_locals(frame))) {
            return -1;
        }
    } else if (!*locals) {
        *locals = *globals;
    }
    return 0;
}

static int ensure_builtins(Object *globals) {
    int present = dict_contains(globals, names.__builtins__);
    if (present) {
        return present < 0 ? -1 : 0;
    }
    Frame *frame = thread_python_frame(thread_current);
    return dict_set(globals, names.__builtins__, frame ? frame->builtins : module_dict(builtins_module));
}

static Object *b_eval(Object *module, Object *source, Object *globals, Object *locals) {
    if (locals && locals != NONE && !mapping_check(locals)) {
        return raise_error(&exc_TypeError, "locals must be a mapping");
    }
    if (globals && globals != NONE && !dict_check(globals)) {
        return raise_error(&exc_TypeError, mapping_check(globals)
                                               ? "globals must be a real dict; try eval(code, {}, mapping)"
                                               : "globals must be a dict");
    }
    globals = globals ? globals : NONE;
    locals = locals ? locals : NONE;
    if (namespaces("eval", &globals, &locals) < 0 || ensure_builtins(globals) < 0) {
        return NULL;
    }
    if (source->type == &code_type) {
        if (audit("exec", "O", source) < 0) {
            return NULL;
        }
        if (((Code *)source)->nfreevars > 0) {
            return raise_error(&exc_TypeError, "code object passed to eval() may not contain free variables");
        }
        return eval_code(source, globals, locals, NULL);
    }
    int flags = inherited_flags();
    ssize_t length;
    Object *keep;
    const char *text = source_text(source, "eval", "string, bytes or code", &flags, &length, &keep);
    if (!text) {
        return NULL;
    }
    while (length && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    Object *filename = str_intern_cstring("<string>");
    if (!filename) {
        return NULL;
    }
    if (audit_compile(text, length, filename) < 0) {
        return NULL;
    }
    Object *code = compile_source(text, (size_t)length, filename, PARSE_EVAL, flags, config.optimize, 11);
    __asm__ volatile("" : : "r"(keep) : "memory");
    return code && audit("exec", "O", code) == 0 ? eval_code(code, globals, locals, NULL) : NULL;
}

static Object *b_exec(Object *module, Object *source, Object *globals, Object *locals, Object *closure) {
    globals = globals ? globals : NONE;
    locals = locals ? locals : NONE;
    if (globals != NONE && !dict_check(globals)) {
        return raise_error(&exc_TypeError, "exec() globals must be a dict, not %.100s", globals->type->name);
    }
    if (locals != NONE && !mapping_check(locals)) {
        return raise_error(&exc_TypeError, "locals must be a mapping or None, not %.100s",
                           locals->type->name);
    }
    if (namespaces("exec", &globals, &locals) < 0 || ensure_builtins(globals) < 0) {
        return NULL;
    }
    if (closure == NONE) {
        closure = NULL;
    }
    if (source->type == &code_type) {
        int free_count = ((Code *)source)->nfreevars;
        if (!free_count) {
            if (closure) {
                return raise_error(&exc_TypeError, "cannot use a closure with this code object");
            }
        } else {
            bool fits = closure && closure->type == &tuple_type && tuple_size(closure) == free_count;
            for (ssize_t i = 0; fits && i < free_count; i++) {
                fits = tuple_get(closure, i)->type == &cell_type;
            }
            if (!fits) {
                return raise_error(&exc_TypeError, "code object requires a closure of exactly length %d",
                                   free_count);
            }
        }
        if (audit("exec", "O", source) < 0) {
            return NULL;
        }
        return eval_code(source, globals, locals, closure) ? NONE : NULL;
    }
    if (closure) {
        return raise_error(&exc_TypeError, "closure can only be used when source is a code object");
    }
    int flags = inherited_flags();
    ssize_t length;
    Object *keep;
    const char *text = source_text(source, "exec", "string, bytes or code", &flags, &length, &keep);
    if (!text) {
        return NULL;
    }
    Object *filename = str_intern_cstring("<string>");
    if (!filename) {
        return NULL;
    }
    if (audit_compile(text, length, filename) < 0) {
        return NULL;
    }
    Object *code = compile_source(text, (size_t)length, filename, PARSE_FILE, flags, config.optimize, 11);
    __asm__ volatile("" : : "r"(keep) : "memory");
    return code && audit("exec", "O", code) == 0 && eval_code(code, globals, locals, NULL) ? NONE : NULL;
}

// ---- attributes and namespaces

static Object *attribute_name(Object *name, const char *function) {
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "attribute name must be string, not '%.200s'", name->type->name);
    }
    return name;
}

static Object *b_delattr(Object *module, Object *o, Object *name) {
    return object_setattr(o, name, NULL) < 0 ? NULL : NONE;
}

static Object *b_setattr(Object *module, Object *o, Object *name, Object *value) {
    return object_setattr(o, name, value) < 0 ? NULL : NONE;
}

static Object *b_getattr(Object *module, Object *o, Object *name, Object *otherwise) {
    if (!attribute_name(name, "getattr")) {
        return NULL;
    }
    if (!otherwise) {
        return object_getattr(o, name);
    }
    Object *value;
    int found = object_getattr_optional(o, name, &value);
    return found < 0 ? NULL : found ? value : otherwise;
}

static Object *b_hasattr(Object *module, Object *o, Object *name) {
    if (!attribute_name(name, "hasattr")) {
        return NULL;
    }
    Object *value;
    int found = object_getattr_optional(o, name, &value);
    return found < 0 ? NULL : bool_from(found);
}

static Object *b_dir(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("dir", kwnames) < 0 || arguments_check_count("dir", nargs, 0, 1) < 0) {
        return NULL;
    }
    if (nargs) {
        return object_dir(args[0]);
    }
    Frame *frame = thread_python_frame(thread_current);
    if (!frame) {
        return raise_error(&exc_SystemError, "frame does not exist");
    }
    Object *locals = frame_locals(frame);
    Object *keys = locals ? call_method0(locals, names.keys) : NULL;
    Object *result = keys ? sequence_list(keys) : NULL;
    return result && list_sort(result, NULL, false) == 0 ? result : NULL;
}

static Object *b_globals(Object *module) {
    Frame *frame = thread_python_frame(thread_current);
    return frame ? frame->globals : NONE;
}

static Object *b_locals(Object *module) {
    Frame *frame = thread_python_frame(thread_current);
    return frame ? frame_locals(frame) : raise_error(&exc_SystemError, "frame does not exist");
}

static Object *b_vars(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("vars", kwnames) < 0 || arguments_check_count("vars", nargs, 0, 1) < 0) {
        return NULL;
    }
    if (!nargs) {
        return b_locals(module);
    }
    Object *dict;
    int found = object_getattr_optional(args[0], names.__dict__, &dict);
    if (found == 0) {
        return raise_error(&exc_TypeError, "vars() argument must have __dict__ attribute");
    }
    return found < 0 ? NULL : dict;
}

// ---- arithmetic and comparison

static Object *b_divmod(Object *module, Object *x, Object *y) {
    return number_divmod(x, y);
}

static Object *b_format(Object *module, Object *value, Object *spec) {
    if (spec && !str_check(spec)) {
        return raise_error(&exc_TypeError, "format() argument 2 must be str, not %.50s",
                           spec == NONE ? "None" : spec->type->name);
    }
    return object_format(value, spec);
}

static Object *b_hash(Object *module, Object *o) {
    hash_t hash = object_hash(o);
    return hash == -1 && error_occurred() ? NULL : int_from_i64(hash);
}

static Object *b_id(Object *module, Object *o) {
    if (audit_active() && audit("builtins.id", "O", int_from_u64((uintptr_t)o)) < 0) {
        return NULL;
    }
    return int_from_u64((uintptr_t)o);
}

static Object *b_isinstance(Object *module, Object *o, Object *cls) {
    int result = object_is_instance_of(o, cls);
    return result < 0 ? NULL : bool_from(result);
}

static Object *b_issubclass(Object *module, Object *sub, Object *cls) {
    int result = object_is_subclass_of(sub, cls);
    return result < 0 ? NULL : bool_from(result);
}

static Object *b_len(Object *module, Object *o) {
    ssize_t length = object_length(o);
    return length < 0 ? NULL : int_from_ssize(length);
}

static Object *b_repr(Object *module, Object *o) {
    return object_repr(o);
}

static Object *b_pow(Object *module, Object *base, Object *exponent, Object *modulus) {
    return number_power(base, exponent, modulus == NONE ? NULL : modulus);
}

static Object *b_round(Object *module, Object *number, Object *digits) {
    Object *method;
    int found = object_lookup_special(number, names.__round__, &method);
    if (found <= 0) {
        return found < 0 ? NULL
                         : raise_error(&exc_TypeError, "type %.100s doesn't define __round__ method",
                                       number->type->name);
    }
    return !digits || digits == NONE ? call0(method) : call1(method, digits);
}

// Adds to *sum the ints that an iterator over a list or tuple gives next, while there are some and they fit.
static int sum_ints(Object *iterator, int64_t *sum) {
    enum { POLLED = 1 << 16 };
    bool is_list = iterator->type == &list_iterator_type;
    if (runtime_multithreaded || (!is_list && iterator->type != &tuple_iterator_type)) {
        return 0;
    }
    SeqIterator *it = (SeqIterator *)iterator;
    for (Object *item = it->sequence; item;) {
        Object *sequence = it->sequence;
        ssize_t i = it->index, end = is_list ? list_size(sequence) : tuple_size(sequence);
        end = end - i > POLLED ? i + POLLED : end;
        int64_t total = *sum;
        for (item = NULL; i < end; i++) {
            item = is_list ? list_read(sequence, i) : tuple_get(sequence, i);
            if (!item || item->type != &int_type || !int_is_compact(item) ||
                __builtin_add_overflow(total, int_compact_value(item), &total)) {
                item = NULL;
                break;
            }
            *sum = total;
        }
        it->index = i;
        if (safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

// The same for iterators over other containers, made here.
static int sum_peeked_ints(Object *iterator, int64_t *sum) {
    PeekedItems peeked;
    while (iterator_peek(iterator, &peeked)) {
        int64_t total = *sum;
        for (ssize_t i = 0; i < peeked.count; i++) {
            Object *item = peeked.items[i];
            if (item->type != &int_type || !int_is_compact(item) ||
                __builtin_add_overflow(total, int_compact_value(item), &total)) {
                iterator_rewind(iterator, &peeked, i);
                return 0;
            }
            *sum = total;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}
static int sum_peeked_floats(Object *iterator, double *sum) {
    PeekedItems peeked;
    while (iterator_peek(iterator, &peeked)) {
        double total = *sum;
        for (ssize_t i = 0; i < peeked.count; i++) {
            Object *item = peeked.items[i];
            if (item->type == &float_type) {
                total += float_value(item);
            } else if (item->type == &int_type && int_is_compact(item)) {
                total += (double)int_compact_value(item);
            } else {
                *sum = total;
                iterator_rewind(iterator, &peeked, i);
                return 0;
            }
        }
        *sum = total;
        if (safepoint() < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static Object *sum_of(Object *iterable, Object *start) {
    Object *iterator = object_iter_whole(iterable);
    if (!iterator) {
        return NULL;
    }
    Object *total = start;
    if (!total) {
        total = int_from_i64(0);
    } else if (str_check(total)) {
        return raise_error(&exc_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    } else if (bytes_check(total)) {
        return raise_error(&exc_TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
    } else if (bytearray_check(total)) {
        return raise_error(&exc_TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
    }
    Object *item = NULL;
    // Machine integers and doubles are added without objects as long as they last.
    if (int_check_exact(total)) {
        int overflow;
        int64_t value = int_as_i64(total, &overflow);
        bool exact = !overflow;
        if (exact && sum_peeked_ints(iterator, &value) < 0) {
            return NULL;
        }
        while (exact && sum_ints(iterator, &value) == 0 && (item = iterator_step(iterator))) {
            int64_t more;
            if (LIKELY(item->type == &int_type && int_is_compact(item) &&
                       !__builtin_add_overflow(value, int_compact_value(item), &more))) {
                value = more;
                continue;
            }
            int64_t next = int_check_exact(item) || bool_check(item) ? int_as_i64(item, &overflow) : 0,
                    result;
            if (!(int_check_exact(item) || bool_check(item)) || overflow ||
                __builtin_add_overflow(value, next, &result)) {
                total = int_from_i64(value);
                exact = false;
            } else {
                value = result;
            }
        }
        if (exact) {
            return error_occurred() ? NULL : int_from_i64(value);
        }
        if (item && total) {
            total = number_add(total, item);
        }
        if (!total) {
            return NULL;
        }
    }
    if (total->type == &float_type) {
        double value = float_value(total);
        if (sum_peeked_floats(iterator, &value) < 0) {
            return NULL;
        }
        while ((item = iterator_step(iterator))) {
            if (item->type == &float_type) {
                value += float_value(item);
            } else if (int_check(item) && int_is_compact(item)) {
                value += (double)int_compact_value(item);
            } else {
                break;
            }
        }
        total = float_from_double(value);
        if (!item || !total) {
            return error_occurred() ? NULL : total;
        }
        total = number_add(total, item);
    }
    while (total && (item = iterator_step(iterator))) {
        total = number_add(total, item);
    }
    return error_occurred() ? NULL : total;
}

static Object *b_sum(Object *module, Object *iterable, Object *start) {
    return drop(iterable, sum_of(iterable, start));
}

// Whether a is less (CMP_LT) or more (CMP_GT) than b; -1 with an exception.
static inline int is_better(Object *a, Object *b, CompareOp op) {
    if (a->type == b->type) {
        if (a->type == &int_type && int_is_compact(a) && int_is_compact(b)) {
            int64_t order = int_compact_value(a) - int_compact_value(b);
            return op == CMP_LT ? order < 0 : order > 0;
        }
        if (a->type == &float_type) {
            return op == CMP_LT ? float_value(a) < float_value(b) : float_value(a) > float_value(b);
        }
        if (a->type == &str_type) {
            int order = a == b ? 0 : str_compare(a, b);
            return op == CMP_LT ? order < 0 : order > 0;
        }
        if (a->type == &bytes_type) {
            ssize_t m = bytes_length(a), n = bytes_length(b);
            int order = memcmp(bytes_data(a), bytes_data(b), (size_t)(m < n ? m : n));
            return op == CMP_LT ? order < 0 || (!order && m < n) : order > 0 || (!order && m > n);
        }
    }
    return object_compare_bool(a, b, op);
}

// Goes on while the items are ints, floats or texts like *best.
static int best_of_plain(Object *iterator, Object **best, CompareOp op) {
    const Type *type = (*best)->type;
    PeekedItems peeked;
    if (type != &int_type && type != &float_type && type != &str_type && type != &bytes_type) {
        return 0;
    }
    while (iterator_peek(iterator, &peeked)) {
        for (ssize_t i = 0; i < peeked.count; i++) {
            Object *item = peeked.items[i];
            if (item->type != type) {
                iterator_rewind(iterator, &peeked, i);
                return 0;
            }
            int better = is_better(item, *best, op);
            if (better < 0) {
                return -1;
            }
            *best = better ? item : *best;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static Object *min_or_max(const char *name, CompareOp op, Object *const *args, size_t nargs,
                          Object *kwnames) {
    Object *key = NULL, *otherwise = NULL;
    bool positional = nargs > 1;
    if (!nargs) {
        return raise_error(&exc_TypeError, "%s expected at least 1 argument, got 0", name);
    }
    if (kwnames && tuple_size(kwnames) > 2) {
        return raise_error(&exc_TypeError, "%s() takes at most 2 keyword arguments (%zd given)", name,
                           tuple_size(kwnames));
    }
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        Object *keyword = tuple_get(kwnames, i), *value = args[nargs + (size_t)i];
        if (str_equal_cstring(keyword, "key")) {
            key = value == NONE ? NULL : value;
        } else if (str_equal_cstring(keyword, "default")) {
            otherwise = value;
        } else {
            return raise_error(&exc_TypeError, "'%S' is an invalid keyword argument for %s()", keyword, name);
        }
    }
    if (positional && otherwise) {
        return raise_error(&exc_TypeError,
                           "Cannot specify a default for %s() with multiple positional arguments", name);
    }
    if (!positional && !kwnames && !runtime_multithreaded &&
        (args[0]->type == &set_type || args[0]->type == &frozenset_type)) {
        Object *best = set_extreme_int((Set *)args[0], op == CMP_GT);
        if (best) {
            return best;
        }
    }
    Object *iterator = NULL, *list = NULL;
    if (!positional && args[0]->type == &list_type && !runtime_multithreaded) {
        list = args[0];
    } else if (!positional && !(iterator = object_iter_whole(args[0]))) {
        return NULL;
    }
    Object *best = NULL, *best_key = NULL;
    for (size_t i = 0;; i++) {
        if (i == 1 && iterator && !key && best_of_plain(iterator, &best, op) < 0) {
            return NULL;
        }
        best_key = i == 1 && !key ? best : best_key;
        Object *item = positional ? (i < nargs ? args[i] : NULL)
                       : list     ? (safepoint() < 0 ? NULL : list_read(list, (ssize_t)i))
                                  : iterator_step(iterator);
        if (!item) {
            break;
        }
        Object *item_key = key ? call1(key, item) : item;
        if (!item_key) {
            return NULL;
        }
        if (best) {
            int better = is_better(item_key, best_key, op);
            if (better < 0) {
                return NULL;
            }
            if (!better) {
                continue;
            }
        }
        best = item;
        best_key = item_key;
    }
    if (error_occurred()) {
        return NULL;
    }
    if (!best) {
        return otherwise ? otherwise : raise_error(&exc_ValueError, "%s() arg is an empty sequence", name);
    }
    return best;
}

static Object *b_min(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    Object *least = min_or_max("min", CMP_LT, args, nargs, kwnames);
    return nargs ? drop(args[0], least) : NULL;
}

static Object *b_max(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    Object *greatest = min_or_max("max", CMP_GT, args, nargs, kwnames);
    return nargs ? drop(args[0], greatest) : NULL;
}

// ---- iteration

static Object *b_iter(Object *module, Object *o, Object *sentinel) {
    if (!sentinel) {
        return object_iter(o);
    }
    if (!object_callable(o)) {
        return raise_error(&exc_TypeError, "iter(v, w): v must be callable");
    }
    return callable_iterator_new(o, sentinel);
}

static Object *b_next(Object *module, Object *iterator, Object *otherwise) {
    if (!iter_check(iterator)) {
        return raise_error(&exc_TypeError, "'%.200s' object is not an iterator", iterator->type->name);
    }
    Object *item = iterator_slot_next(iterator);
    if (item) {
        return drop(iterator, item);
    }
    if (otherwise) {
        if (error_occurred() && !error_clear_if(&exc_StopIteration)) {
            return NULL;
        }
        return otherwise;
    }
    return error_occurred() ? NULL : raise_stop_iteration(NULL);
}

static Object *b_sorted(Object *module, Object *iterable, Object *key, Object *reverse) {
    Object *list = sequence_list(iterable);
    if (!list) {
        return NULL;
    }
    int backward = 0;
    if (reverse) {
        Object *index = number_index(reverse);
        backward = index ? int_to_c_int(index) : -1;
        if (backward == -1 && error_occurred()) {
            return NULL;
        }
    }
    return list_sort(list, key == NONE ? NULL : key, backward != 0) == 0 ? list : NULL;
}

// ---- input and output

static Object *b_import(Object *module, Object *name, Object *globals, Object *locals, Object *fromlist,
                        Object *level) {
    int64_t depth = 0;
    if (level) {
        Object *index = number_index(level);
        depth = index ? int_to_c_int(index) : -1;
        if (depth == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "module name must be a string");
    }
    return import_name(name, globals, locals, fromlist, (int)depth);
}

static Object *b_print(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    Object *separator = NULL, *end = NULL, *file = NULL;
    int flush = 0;
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        Object *keyword = tuple_get(kwnames, i), *value = args[nargs + (size_t)i];
        if (str_equal_cstring(keyword, "sep")) {
            separator = value;
        } else if (str_equal_cstring(keyword, "end")) {
            end = value;
        } else if (str_equal_cstring(keyword, "file")) {
            file = value;
        } else if (str_equal_cstring(keyword, "flush")) {
            if ((flush = object_is_true(value)) < 0) {
                return NULL;
            }
        } else {
            return raise_error(&exc_TypeError, "'%S' is an invalid keyword argument for print()", keyword);
        }
    }
    if (!file || file == NONE) {
        file = sys_get("stdout");
        if (!file) {
            return raise_error(&exc_RuntimeError, "lost sys.stdout");
        }
        if (file == NONE) {
            return NONE;
        }
    }
    separator = separator == NONE ? NULL : separator;
    end = end == NONE ? NULL : end;
    if (separator && !str_check(separator)) {
        return raise_error(&exc_TypeError, "sep must be None or a string, not %.200s", separator->type->name);
    }
    if (end && !str_check(end)) {
        return raise_error(&exc_TypeError, "end must be None or a string, not %.200s", end->type->name);
    }
    Object *write = object_getattr(file, names.write);
    if (!write) {
        return NULL;
    }
    for (size_t i = 0; i < nargs; i++) {
        if (i > 0 && !call1(write, separator ? separator : str_from_char(' '))) {
            return NULL;
        }
        Object *text = object_str(args[i]);
        if (!text || !call1(write, text)) {
            return NULL;
        }
    }
    if (!call1(write, end ? end : str_from_char('\n'))) {
        return NULL;
    }
    return flush && !call_method0(file, names.flush) ? NULL : NONE;
}

static int standard_descriptor(Object *file, int expected) {
    Object *fileno = call_method0(file, names.fileno);
    if (!fileno || !int_check(fileno)) {
        error_clear();
        return 0;
    }
    int overflow;
    return int_as_i64(fileno, &overflow) == expected && isatty(expected);
}

static Object *b_input(Object *module, Object *prompt) {
    Object *input = sys_get("stdin"), *output = sys_get("stdout"), *errors = sys_get("stderr");
    Object *files[] = { input, output, errors };
    const char *file_names[] = { "stdin", "stdout", "stderr" };
    for (size_t i = 0; i < 3; i++) {
        if (!files[i] || files[i] == NONE) {
            return raise_error(&exc_RuntimeError, "input(): lost sys.%s", file_names[i]);
        }
    }
    if (audit("builtins.input", "O", prompt ? prompt : NONE) < 0) {
        return NULL;
    }
    if (!call_method0(errors, names.flush)) {
        error_clear();
    }
    Object *line;
    if (standard_descriptor(input, 0) && standard_descriptor(output, 1)) {
        line = interactive_read_line(input, output, prompt);
    } else {
        if (prompt) {
            Object *text = object_str(prompt);
            if (!text || !call_method1(output, names.write, text)) {
                return NULL;
            }
        }
        if (!call_method0(output, names.flush)) {
            error_clear();
        }
        line = call_method0(input, names.readline);
    }
    if (!line) {
        return NULL;
    }
    if (!str_check(line)) {
        return raise_error(&exc_TypeError, "object.readline() returned non-string");
    }
    ssize_t length = str_length(line);
    if (!length) {
        return raise_error(&exc_EOFError, "EOF when reading a line");
    }
    if (str_read(line, length - 1) == '\n') {
        line = str_substring(line, 0, length - 1);
    }
    if (line && audit("builtins.input/result", "O", line) < 0) {
        return NULL;
    }
    return line;
}

static BuiltinDef functions[] = {
    BUILTIN("__build_class__", build_class, NULL, 0, NULL),
    BUILTIN("__import__", b_import,
            "($module, /, name, globals=None, locals=None, fromlist=(),\n           level=0)", 0, NULL),
    BUILTIN("abs", b_abs, "($module, x, /)", 0, NULL),
    BUILTIN("aiter", b_aiter, "($module, async_iterable, /)", 0, NULL),
    BUILTIN("all", b_all, "($module, iterable, /)", EFFECT_KEEPS_NOTHING | EFFECT_DROPS, NULL),
    BUILTIN("anext", b_anext, "($module, aiterator, default=<unrepresentable>, /)", 0, NULL),
    BUILTIN("any", b_any, "($module, iterable, /)", EFFECT_KEEPS_NOTHING | EFFECT_DROPS, NULL),
    BUILTIN("ascii", b_ascii, "($module, obj, /)", 0, NULL),
    BUILTIN("bin", b_bin, "($module, number, /)", 0, NULL),
    BUILTIN("breakpoint", b_breakpoint, NULL, 0, NULL),
    BUILTIN("callable", b_callable, "($module, obj, /)", 0, NULL),
    BUILTIN("chr", b_chr, "($module, i, /)", 0, NULL),
    BUILTIN("compile", b_compile,
            "($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, optimize=-1, "
            "*, _feature_version=-1)",
            0, NULL),
    BUILTIN("delattr", b_delattr, "($module, obj, name, /)", 0, NULL),
    BUILTIN("dir", b_dir, NULL, 0, NULL),
    BUILTIN("divmod", b_divmod, "($module, x, y, /)", 0, NULL),
    BUILTIN("eval", b_eval, "($module, source, globals=None, locals=None, /)", 0, NULL),
    BUILTIN("exec", b_exec, "($module, source, globals=None, locals=None, /, *, closure=None)", 0, NULL),
    BUILTIN("format", b_format, "($module, value, format_spec='', /)", 0, NULL),
    BUILTIN("getattr", b_getattr, "-($module, object, name, default=None, /)", 0, NULL),
    BUILTIN("globals", b_globals, "($module, /)", 0, NULL),
    BUILTIN("hasattr", b_hasattr, "($module, obj, name, /)", 0, NULL),
    BUILTIN("hash", b_hash, "($module, obj, /)", EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("hex", b_hex, "($module, number, /)", 0, NULL),
    BUILTIN("id", b_id, "($module, obj, /)", EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("input", b_input, "($module, prompt='', /)", 0, NULL),
    BUILTIN("isinstance", b_isinstance, "($module, obj, class_or_tuple, /)", INLINE_ISINSTANCE, NULL),
    BUILTIN("issubclass", b_issubclass, "($module, cls, class_or_tuple, /)", 0, NULL),
    BUILTIN("iter", b_iter, "-($module, object, sentinel=None, /)", 0, NULL),
    BUILTIN("len", b_len, "($module, obj, /)", INLINE_LEN | EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("locals", b_locals, "($module, /)", 0, NULL),
    BUILTIN("max", b_max, NULL, EFFECT_KEEPS_NOTHING | EFFECT_DROPS, NULL),
    BUILTIN("min", b_min, NULL, EFFECT_KEEPS_NOTHING | EFFECT_DROPS, NULL),
    BUILTIN("next", b_next, "-($module, iterator, default=None, /)", EFFECT_DROPS, NULL),
    BUILTIN("oct", b_oct, "($module, number, /)", 0, NULL),
    BUILTIN("ord", b_ord, "($module, c, /)", 0, NULL),
    BUILTIN("pow", b_pow, "($module, /, base, exp, mod=None)", 0, NULL),
    BUILTIN("print", b_print, "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)", 0, NULL),
    BUILTIN("repr", b_repr, "($module, obj, /)", EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("round", b_round, "($module, /, number, ndigits=None)", 0, NULL),
    BUILTIN("setattr", b_setattr, "($module, obj, name, value, /)", 0, NULL),
    BUILTIN("sorted", b_sorted, "=($module, iterable, /, *, key=None, reverse=False)", EFFECT_KEEPS_NOTHING,
            NULL),
    BUILTIN("sum", b_sum, "($module, iterable, /, start=0)", EFFECT_KEEPS_NOTHING | EFFECT_DROPS, NULL),
    BUILTIN("vars", b_vars, NULL, 0, NULL),
    BUILTIN_END,
};

static int builtins_exec(Object *module) {
    static const struct {
        const char *name;
        Type *type;
    } types[] = {
        { "bool", &bool_type },
        { "bytearray", &bytearray_type },
        { "bytes", &bytes_type },
        { "classmethod", &classmethod_type },
        { "complex", &complex_type },
        { "dict", &dict_type },
        { "enumerate", &enumerate_type },
        { "filter", &filter_type },
        { "float", &float_type },
        { "frozenset", &frozenset_type },
        { "int", &int_type },
        { "list", &list_type },
        { "map", &map_type },
        { "memoryview", &memoryview_type },
        { "object", &object_type },
        { "property", &property_type },
        { "range", &range_type },
        { "reversed", &reversed_type },
        { "set", &set_type },
        { "slice", &slice_type },
        { "staticmethod", &staticmethod_type },
        { "str", &str_type },
        { "super", &super_type },
        { "tuple", &tuple_type },
        { "type", &type_type },
        { "zip", &zip_type },
#define EXCEPTION(name, base, layout, doc) { #name, &exc_##name },
#include "objects/exceptions.def"
#undef EXCEPTION
        { "EnvironmentError", &exc_OSError },
        { "IOError", &exc_OSError },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (module_add(module, types[i].name, (Object *)types[i].type) < 0) {
            return -1;
        }
    }
    struct {
        const char *name;
        Object *value;
    } values[] = {
        { "None", NONE },
        { "True", TRUE_OBJECT },
        { "False", FALSE_OBJECT },
        { "Ellipsis", ELLIPSIS },
        { "NotImplemented", NOT_IMPLEMENTED },
        { "ExceptionGroup", (Object *)exc_ExceptionGroup },
        { "__debug__", bool_from(!config.optimize) },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (module_add(module, values[i].name, values[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

const ModuleSpec module_builtins = { "builtins", NULL, functions, builtins_exec };
