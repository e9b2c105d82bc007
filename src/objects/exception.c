// The built-in exception types, but for groups (exception_groups.c).
#include "objects/exception_internal.h"

#include <errno.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/docs.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

#define EXCEPTION(name, base, layout, doc) Type exc_##name;
#include "objects/exceptions.def"
#undef EXCEPTION

static inline BaseException *base_of(Object *o) {
    return (BaseException *)o;
}

// ---- BaseException

Object *exception_new_simple(Type *type, Object *args) {
    Object *self = object_alloc(type);
    if (self) {
        gc_store(self, &base_of(self)->args, args);
    }
    return self;
}

static Object *base_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *tuple = tuple_from_array(args, (ssize_t)nargs);
    return tuple ? exception_new_simple(type, tuple) : NULL;
}

static int no_keywords(Object *self, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "%T() takes no keyword arguments", self);
        return -1;
    }
    return 0;
}

static int set_args(Object *self, Object *const *args, size_t nargs) {
    Object *tuple = tuple_from_array(args, (ssize_t)nargs);
    if (!tuple) {
        return -1;
    }
    gc_store(self, &base_of(self)->args, tuple);
    return 0;
}

static int base_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return no_keywords(self, kwnames) < 0 ? -1 : set_args(self, args, nargs);
}

static Object *base_str(Object *self) {
    Object *args = base_of(self)->args;
    ssize_t n = args ? tuple_size(args) : 0;
    return n == 0 ? str_empty() : object_str(n == 1 ? tuple_get(args, 0) : args);
}

static Object *base_repr(Object *self) {
    Object *args = base_of(self)->args;
    const char *name = type_short_name(self->type);
    if (args && tuple_size(args) == 1) {
        return str_format("%s(%R)", name, tuple_get(args, 0));
    }
    return str_format("%s%R", name, args);
}

static Object *base_reduce(Object *self) {
    Object *args = base_of(self)->args, *dict = base_of(self)->dict;
    return dict ? tuple_pack(3, self->type, args, dict) : tuple_pack(2, self->type, args);
}

static Object *base_setstate(Object *self, Object *state) {
    if (state != NONE) {
        if (!dict_check(state)) {
            return raise_error(&exc_TypeError, "state is not a dictionary");
        }
        ssize_t position = 0;
        Object *key, *value;
        while (dict_next(state, &position, &key, &value, NULL)) {
            if (object_setattr(self, key, value) < 0) {
                return NULL;
            }
        }
    }
    return NONE;
}

static int set_traceback(Object *self, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "__traceback__ may not be deleted");
        return -1;
    }
    if (value != NONE && value->type != &traceback_type) {
        raise_error(&exc_TypeError, "__traceback__ must be a traceback or None");
        return -1;
    }
    gc_store(self, &base_of(self)->traceback, value == NONE ? NULL : value);
    return 0;
}

static Object *with_traceback(Object *self, Object *tb) {
    return set_traceback(self, tb, NULL) < 0 ? NULL : self;
}

static Object *add_note(Object *self, Object *note) {
    if (!str_check(note)) {
        return raise_error(&exc_TypeError, "note must be a str, not '%T'", note);
    }
    Object *name = str_intern_cstring("__notes__"), *notes;
    if (!name || object_getattr_optional(self, name, &notes) < 0) {
        return NULL;
    }
    if (!notes) {
        notes = list_new(1);
        if (!notes || object_setattr(self, name, notes) < 0) {
            return NULL;
        }
    } else if (!list_check(notes)) {
        return raise_error(&exc_TypeError, "Cannot add note: __notes__ is not a list");
    }
    return list_append(notes, note) < 0 ? NULL : NONE;
}

static Object *get_dict(Object *self, void *closure) {
    return instance_dict(self);
}

static int set_dict(Object *self, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!dict_check(value)) {
        raise_error(&exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", value);
        return -1;
    }
    gc_store(self, &base_of(self)->dict, value);
    return 0;
}

static Object *get_args(Object *self, void *closure) {
    return or_none(base_of(self)->args);
}

static int set_args_attribute(Object *self, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "args may not be deleted");
        return -1;
    }
    Object *tuple = sequence_tuple(value);
    if (!tuple) {
        return -1;
    }
    gc_store(self, &base_of(self)->args, tuple);
    return 0;
}

static Object *get_traceback(Object *self, void *closure) {
    return or_none(base_of(self)->traceback);
}

static Object *get_context(Object *self, void *closure) {
    return or_none(base_of(self)->context);
}

static Object *get_cause(Object *self, void *closure) {
    return or_none(base_of(self)->cause);
}

static int check_link(Object *value, const char *what) {
    if (!value) {
        raise_error(&exc_TypeError, "__%s__ may not be deleted", what);
        return -1;
    }
    if (value != NONE && !exception_check(value)) {
        raise_error(&exc_TypeError, "exception %s must be None or derive from BaseException", what);
        return -1;
    }
    return 0;
}

static int set_context_attribute(Object *self, Object *value, void *closure) {
    if (check_link(value, "context") < 0) {
        return -1;
    }
    gc_store(self, &base_of(self)->context, value == NONE ? NULL : value);
    return 0;
}

static int set_cause_attribute(Object *self, Object *value, void *closure) {
    if (check_link(value, "cause") < 0) {
        return -1;
    }
    gc_store(self, &base_of(self)->cause, value == NONE ? NULL : value);
    base_of(self)->suppress_context = 1;
    return 0;
}

static BuiltinDef base_methods[] = {
    BUILTIN("__reduce__", base_reduce, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", base_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN("with_traceback", with_traceback, "-($self, tb, /)", 0, NULL),
    BUILTIN("add_note", add_note, "-($self, note, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef base_members[] = {
    { "__suppress_context__", MEMBER_BOOL, offsetof(BaseException, suppress_context), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};
static GetSetDef base_getsets[] = {
    { "__dict__", get_dict, set_dict, NULL, NULL },
    { "args", get_args, set_args_attribute, NULL, NULL },
    { "__traceback__", get_traceback, set_traceback, NULL, NULL },
    { "__context__", get_context, set_context_attribute, NULL, NULL },
    { "__cause__", get_cause, set_cause_attribute, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

// ---- tracing: the words of an exception are object pointers but for a few

static void trace_fields(Object *self, Tracer *tracer, size_t first, size_t end) {
    for (size_t at = first; at < end; at += sizeof(Object *)) {
        trace_cell(tracer, *(Object **)((char *)self + at));
    }
}

static void trace_BaseException(Object *self, Tracer *tracer) {
    trace_fields(self, tracer, offsetof(BaseException, dict), offsetof(BaseException, suppress_context));
}

#define PLAIN_LAYOUT(layout) \
    static void trace_##layout(Object *self, Tracer *tracer) { \
        trace_BaseException(self, tracer); \
        trace_fields(self, tracer, sizeof(BaseException), sizeof(layout)); \
    }
PLAIN_LAYOUT(ExceptionGroup)
PLAIN_LAYOUT(SyntaxError)
PLAIN_LAYOUT(ImportError)
PLAIN_LAYOUT(SystemExit)
PLAIN_LAYOUT(StopIteration)
PLAIN_LAYOUT(NameError)
PLAIN_LAYOUT(AttributeError)
#undef PLAIN_LAYOUT

static void trace_UnicodeError(Object *self, Tracer *tracer) {
    UnicodeError *e = (UnicodeError *)self;
    trace_BaseException(self, tracer);
    trace_cell(tracer, e->encoding);
    trace_cell(tracer, e->object);
    trace_cell(tracer, e->reason);
}

static void trace_OSError(Object *self, Tracer *tracer) {
    trace_BaseException(self, tracer);
    trace_fields(self, tracer, sizeof(BaseException), offsetof(OSError, written));
}

#define MEMBER(name, layout, field) { name, MEMBER_OBJECT, offsetof(layout, field), 0, NULL }
#define MEMBER_LAST { NULL, 0, 0, 0, NULL }

// ---- StopIteration, SystemExit

static int stop_iteration_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0) {
        return -1;
    }
    gc_store(self, &((StopIteration *)self)->value, nargs ? args[0] : NONE);
    return 0;
}
static MemberDef stop_iteration_members[] = { MEMBER("value", StopIteration, value), MEMBER_LAST };

Object *exception_stop_value(Object *exception) {
    return or_none(((StopIteration *)exception)->value);
}

static int system_exit_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0) {
        return -1;
    }
    Object *code = nargs == 1 ? args[0] : nargs ? base_of(self)->args : NONE;
    gc_store(self, &((SystemExit *)self)->code, code);
    return 0;
}
static MemberDef system_exit_members[] = { MEMBER("code", SystemExit, code), MEMBER_LAST };

// ---- keyword arguments of ImportError, NameError, AttributeError

// Stores the keywords `allowed[0]`, `allowed[1]` at the given fields.
static int take_keywords(Object *self, Object *const *values, Object *kwnames, const char *const *allowed,
                         const size_t *offsets, const char *function) {
    ssize_t given = kwnames ? tuple_size(kwnames) : 0, most = allowed[1] ? 2 : 1;
    if (given > most) {
        raise_error(&exc_TypeError, "%s() takes at most %zd keyword argument%s (%zd given)", function, most,
                    most == 1 ? "" : "s", given);
        return -1;
    }
    for (ssize_t i = 0; i < given; i++) {
        Object *name = tuple_get(kwnames, i);
        int k = 0;
        while (k < 2 && !(allowed[k] && str_equal_cstring(name, allowed[k]))) {
            k++;
        }
        if (k == 2) {
            raise_error(&exc_TypeError, "'%U' is an invalid keyword argument for %s()", name, function);
            return -1;
        }
        gc_store(self, (char *)self + offsets[k], values[i]);
    }
    return 0;
}

static int import_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const allowed[2] = { "name", "path" };
    static const size_t offsets[2] = { offsetof(ImportError, name), offsetof(ImportError, path) };
    gc_store(self, &((ImportError *)self)->name, NULL);
    gc_store(self, &((ImportError *)self)->path, NULL);
    if (set_args(self, args, nargs) < 0 ||
        take_keywords(self, args + nargs, kwnames, allowed, offsets, "ImportError") < 0) {
        return -1;
    }
    gc_store(self, &((ImportError *)self)->message, nargs == 1 ? args[0] : NULL);
    return 0;
}

static Object *import_error_str(Object *self) {
    Object *message = ((ImportError *)self)->message;
    return message && str_check_exact(message) ? message : base_str(self);
}

static Object *import_error_reduce(Object *self) {
    ImportError *e = (ImportError *)self;
    Object *dict = field_read(&e->head.dict), *name = field_read(&e->name), *path = field_read(&e->path);
    if (name || path) {
        dict = dict ? dict_copy(dict) : dict_new();
        if (!dict || (name && dict_set(dict, names.name, name) < 0) ||
            (path && dict_set(dict, names.path, path) < 0)) {
            return NULL;
        }
    }
    return dict ? tuple_pack(3, self->type, e->head.args, dict) : tuple_pack(2, self->type, e->head.args);
}
static BuiltinDef import_error_methods[] = {
    BUILTIN("__reduce__", import_error_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef import_error_members[] = {
    MEMBER("msg", ImportError, message),
    MEMBER("name", ImportError, name),
    MEMBER("path", ImportError, path),
    MEMBER_LAST,
};

static int name_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const allowed[2] = { "name", NULL };
    static const size_t offsets[2] = { offsetof(NameError, name), 0 };
    return set_args(self, args, nargs) < 0
               ? -1
               : take_keywords(self, args + nargs, kwnames, allowed, offsets, "NameError");
}
static MemberDef name_error_members[] = { MEMBER("name", NameError, name), MEMBER_LAST };

static int attribute_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const allowed[2] = { "name", "obj" };
    static const size_t offsets[2] = { offsetof(AttributeError, name), offsetof(AttributeError, object) };
    return set_args(self, args, nargs) < 0
               ? -1
               : take_keywords(self, args + nargs, kwnames, allowed, offsets, "AttributeError");
}
static MemberDef attribute_error_members[] = {
    MEMBER("name", AttributeError, name),
    MEMBER("obj", AttributeError, object),
    MEMBER_LAST,
};

// ---- KeyError

static Object *key_error_str(Object *self) {
    Object *args = base_of(self)->args;
    return args && tuple_size(args) == 1 ? object_repr(tuple_get(args, 0)) : base_str(self);
}

// ---- SyntaxError

static int syntax_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0) {
        return -1;
    }
    SyntaxError *e = (SyntaxError *)self;
    if (nargs >= 1) {
        gc_store(self, &e->message, args[0]);
    }
    if (nargs != 2) {
        return 0;
    }
    Object *info = sequence_tuple(args[1]);
    if (!info) {
        return -1;
    }
    ssize_t n = tuple_size(info);
    if (n < 4 || n > 6) {
        raise_error(&exc_TypeError, "function takes at %s %d arguments (%zd given)", n < 4 ? "least" : "most",
                    n < 4 ? 4 : 6, n);
        return -1;
    }
    Object **fields[6] = { &e->filename, &e->lineno, &e->offset, &e->text, &e->end_lineno, &e->end_offset };
    for (ssize_t i = 0; i < 6; i++) {
        gc_store(self, fields[i], i < n ? tuple_get(info, i) : NULL);
    }
    if (n == 5) {
        raise_error(&exc_TypeError, "end_offset must be provided when end_lineno is provided");
        return -1;
    }
    return 0;
}

static Object *syntax_error_str(Object *self) {
    SyntaxError *e = (SyntaxError *)self;
    Object *file = field_read(&e->filename), *line = field_read(&e->lineno);
    file = file && str_check(file) ? file : NULL;
    bool has_line = line && int_check_exact(line);
    if (file) {
        ssize_t slash = str_find_char(file, '/', 0, str_length(file), -1);
        file = str_substring(file, slash + 1, str_length(file));
        if (!file) {
            return NULL;
        }
    }
    Object *message = or_none(e->message);
    if (!file && !has_line) {
        return object_str(message);
    }
    if (file && has_line) {
        return str_format("%S (%U, line %S)", message, file, line);
    }
    return file ? str_format("%S (%U)", message, file) : str_format("%S (line %S)", message, line);
}
static MemberDef syntax_error_members[] = {
    MEMBER("msg", SyntaxError, message),
    MEMBER("filename", SyntaxError, filename),
    MEMBER("lineno", SyntaxError, lineno),
    MEMBER("offset", SyntaxError, offset),
    MEMBER("text", SyntaxError, text),
    MEMBER("end_lineno", SyntaxError, end_lineno),
    MEMBER("end_offset", SyntaxError, end_offset),
    MEMBER("print_file_and_line", SyntaxError, print_file_and_line),
    MEMBER_LAST,
};

// ---- OSError

static Type *os_error_class(int error) {
    switch (error) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS: return &exc_BlockingIOError;
    case EPIPE:
    case ESHUTDOWN: return &exc_BrokenPipeError;
    case ECHILD: return &exc_ChildProcessError;
    case ECONNABORTED: return &exc_ConnectionAbortedError;
    case ECONNREFUSED: return &exc_ConnectionRefusedError;
    case ECONNRESET: return &exc_ConnectionResetError;
    case EEXIST: return &exc_FileExistsError;
    case ENOENT: return &exc_FileNotFoundError;
    case EISDIR: return &exc_IsADirectoryError;
    case ENOTDIR: return &exc_NotADirectoryError;
    case EINTR: return &exc_InterruptedError;
    case EACCES:
    case EPERM: return &exc_PermissionError;
    case ESRCH: return &exc_ProcessLookupError;
    case ETIMEDOUT: return &exc_TimeoutError;
    default: return &exc_OSError;
    }
}

static int os_error_fill(Object *self, Object *const *args, size_t nargs) {
    OSError *e = (OSError *)self;
    size_t kept = nargs;
    e->written = -1;
    if (nargs >= 2 && nargs <= 5) {
        gc_store(self, &e->error_number, args[0]);
        gc_store(self, &e->strerror, args[1]);
        if (nargs >= 3 && args[2] != NONE) {
            if (type_is_subtype(self->type, &exc_BlockingIOError) && number_check_index(args[2])) {
                e->written = number_as_ssize(args[2], &exc_ValueError);
                if (e->written == -1 && error_occurred()) {
                    return -1;
                }
            } else {
                gc_store(self, &e->filename, args[2]);
                if (nargs == 5 && args[4] != NONE) {
                    gc_store(self, &e->filename2, args[4]);
                }
                kept = 2;
            }
        }
    }
    return set_args(self, args, kept);
}

static int os_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames);

// Like CPython, the fields are filled by __new__ unless a subclass overrides __init__ alone.
static bool os_error_uses_init(Type *type) {
    return type->info->slots.init != os_error_init && type->info->slots.new == exc_OSError.info->slots.new;
}

static Object *os_error_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    bool late = os_error_uses_init(type);
    if (!late) {
        if (kwnames && tuple_size(kwnames)) {
            return raise_error(&exc_TypeError, "%N() takes no keyword arguments", type);
        }
        if (type == &exc_OSError && nargs >= 2 && nargs <= 5 && int_check(args[0])) {
            int overflow;
            int64_t number = int_as_i64(args[0], &overflow);
            if (!overflow && number == (int)number) {
                type = os_error_class((int)number);
            }
        }
    }
    Object *self = exception_new_simple(type, tuple_empty());
    if (!self) {
        return NULL;
    }
    ((OSError *)self)->written = -1;
    return late || os_error_fill(self, args, nargs) == 0 ? self : NULL;
}

static int os_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (!os_error_uses_init(self->type)) {
        return 0;
    }
    return no_keywords(self, kwnames) < 0 ? -1 : os_error_fill(self, args, nargs);
}

static Object *os_error_str(Object *self) {
    OSError *e = (OSError *)self;
    Object *number = field_read(&e->error_number), *text = field_read(&e->strerror);
    Object *first = field_read(&e->filename), *second = field_read(&e->filename2);
    if (first) {
        return second ? str_format("[Errno %S] %S: %R -> %R", or_none(number), or_none(text), first, second)
                      : str_format("[Errno %S] %S: %R", or_none(number), or_none(text), first);
    }
    if (number && text) {
        return str_format("[Errno %S] %S", number, text);
    }
    return base_str(self);
}

static Object *os_error_reduce(Object *self) {
    OSError *e = (OSError *)self;
    Object *args = field_read(&e->head.args), *dict = field_read(&e->head.dict);
    Object *first = field_read(&e->filename), *second = field_read(&e->filename2);
    if (tuple_size(args) == 2 && first) {
        args = second ? tuple_pack(5, tuple_get(args, 0), tuple_get(args, 1), first, NONE, second)
                      : tuple_pack(3, tuple_get(args, 0), tuple_get(args, 1), first);
        if (!args) {
            return NULL;
        }
    }
    return dict ? tuple_pack(3, self->type, args, dict) : tuple_pack(2, self->type, args);
}

static Object *get_written(Object *self, void *closure) {
    ssize_t written = ((OSError *)self)->written;
    return written == -1 ? raise_error(&exc_AttributeError, "characters_written") : int_from_ssize(written);
}

static int set_written(Object *self, Object *value, void *closure) {
    OSError *e = (OSError *)self;
    if (!value) {
        if (e->written == -1) {
            raise_error(&exc_AttributeError, "characters_written");
            return -1;
        }
        e->written = -1;
        return 0;
    }
    ssize_t n = number_as_ssize(value, &exc_ValueError);
    if (n == -1 && error_occurred()) {
        return -1;
    }
    e->written = n;
    return 0;
}
static BuiltinDef os_error_methods[] = {
    BUILTIN("__reduce__", os_error_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef os_error_members[] = {
    MEMBER("errno", OSError, error_number),
    MEMBER("strerror", OSError, strerror),
    MEMBER("filename", OSError, filename),
    MEMBER("filename2", OSError, filename2),
    MEMBER_LAST,
};
static GetSetDef os_error_getsets[] = {
    { "characters_written", get_written, set_written, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

// ---- UnicodeError's three

static int unicode_error_fill(Object *self, Object *encoding, Object *object, Object *start, Object *end,
                              Object *reason) {
    UnicodeError *e = (UnicodeError *)self;
    e->start = number_to_ssize(start);
    if (e->start == -1 && error_occurred()) {
        return -1;
    }
    e->end = number_to_ssize(end);
    if (e->end == -1 && error_occurred()) {
        return -1;
    }
    if (!str_check(reason)) {
        raise_error(&exc_TypeError, "argument %d must be str, not %T", encoding ? 5 : 4, reason);
        return -1;
    }
    gc_store(self, &e->encoding, encoding);
    gc_store(self, &e->object, object);
    gc_store(self, &e->reason, reason);
    return 0;
}

static int need_count(size_t nargs, size_t count) {
    if (nargs != count) {
        raise_error(&exc_TypeError, "function takes exactly %zu arguments (%zu given)", count, nargs);
        return -1;
    }
    return 0;
}

static int need_str(Object *o, int position) {
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "argument %d must be str, not %T", position, o);
        return -1;
    }
    return 0;
}

static int decode_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0 || need_count(nargs, 5) < 0 || need_str(args[0], 1) < 0) {
        return -1;
    }
    Object *object = args[1];
    if (!bytes_check(object)) {
        Buffer view;
        if (object_get_buffer(object, &view, BUFFER_SIMPLE) < 0) {
            return -1;
        }
        object = bytes_from(view.data, view.length);
        buffer_release(&view);
        if (!object) {
            return -1;
        }
    }
    return unicode_error_fill(self, args[0], object, args[2], args[3], args[4]);
}

static int encode_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0 || need_count(nargs, 5) < 0 || need_str(args[0], 1) < 0 ||
        need_str(args[1], 2) < 0) {
        return -1;
    }
    return unicode_error_fill(self, args[0], args[1], args[2], args[3], args[4]);
}

static int translate_error_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (base_init(self, args, nargs, kwnames) < 0 || need_count(nargs, 4) < 0 || need_str(args[0], 1) < 0) {
        return -1;
    }
    return unicode_error_fill(self, NULL, args[0], args[1], args[2], args[3]);
}

static Object *bad_character(uint32_t c) {
    return c <= 0xff     ? str_format("\\x%02x", c)
           : c <= 0xffff ? str_format("\\u%04x", c)
                         : str_format("\\U%08x", c);
}

static Object *unicode_error_str(Object *self) {
    UnicodeError *e = (UnicodeError *)self;
    Object *object = field_read(&e->object), *reason = field_read(&e->reason);
    if (!object || !reason) {
        return str_empty();
    }
    // The character that is shown is one of this object's, whatever another thread makes of the fields meanwhile.
    Object *encoding = field_read(&e->encoding);
    ssize_t start = __atomic_load_n(&e->start, __ATOMIC_RELAXED),
            end = __atomic_load_n(&e->end, __ATOMIC_RELAXED);
    bool decode = type_is_subtype(self->type, &exc_UnicodeDecodeError);
    bool translate = type_is_subtype(self->type, &exc_UnicodeTranslateError);
    ssize_t length = decode ? (bytes_check(object) ? bytes_length(object) : 0)
                            : (str_check(object) ? str_length(object) : 0);
    bool one = start >= 0 && start < length && end == start + 1;
    if (decode) {
        return one ? str_format("'%S' codec can't decode byte 0x%02x in position %zd: %S", encoding,
                                (uint8_t)bytes_data(object)[start], start, reason)
                   : str_format("'%S' codec can't decode bytes in position %zd-%zd: %S", encoding, start,
                                end - 1, reason);
    }
    Object *bad = one ? bad_character(str_read(object, start)) : NONE;
    if (!bad) {
        return NULL;
    }
    if (translate) {
        return one ? str_format("can't translate character '%U' in position %zd: %S", bad, start, reason)
                   : str_format("can't translate characters in position %zd-%zd: %S", start, end - 1, reason);
    }
    return one ? str_format("'%S' codec can't encode character '%U' in position %zd: %S", encoding, bad,
                            start, reason)
               : str_format("'%S' codec can't encode characters in position %zd-%zd: %S", encoding, start,
                            end - 1, reason);
}
static MemberDef unicode_error_members[] = {
    MEMBER("encoding", UnicodeError, encoding),
    MEMBER("object", UnicodeError, object),
    { "start", MEMBER_SSIZE, offsetof(UnicodeError, start), 0, NULL },
    { "end", MEMBER_SSIZE, offsetof(UnicodeError, end), 0, NULL },
    MEMBER("reason", UnicodeError, reason),
    MEMBER_LAST,
};

// ---- making them ready

#define exc_object object_type
static TypeSpec specs[] = {
#define EXCEPTION(name_, base_, layout, doc_) \
    { .name = #name_, \
      .base = &exc_##base_, \
      .basic_size = sizeof(layout), \
      .dict_offset = offsetof(BaseException, dict), \
      .flags = TF_BASE | TF_GC | TF_EXCEPTION, \
      .doc = doc_, \
      .trace = trace_##layout },
#include "objects/exceptions.def"
#undef EXCEPTION
};
static Type *const types[] = {
#define EXCEPTION(name, base, layout, doc) &exc_##name,
#include "objects/exceptions.def"
#undef EXCEPTION
};

static TypeSpec *spec_of(const Type *type) {
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (types[i] == type) {
            return &specs[i];
        }
    }
    return NULL;
}

int exceptions_init(void) {
    TypeSpec *s = spec_of(&exc_BaseException);
    s->methods = base_methods;
    s->members = base_members;
    s->getsets = base_getsets;
    s->slots = (Slots){ .new = base_new,
                        .init = base_init,
                        .str = base_str,
                        .repr = base_repr,
                        .getattr = object_generic_getattr,
                        .setattr = object_generic_setattr };
    s = spec_of(&exc_StopIteration);
    s->members = stop_iteration_members;
    s->slots.init = stop_iteration_init;
    s = spec_of(&exc_SystemExit);
    s->members = system_exit_members;
    s->slots.init = system_exit_init;
    s = spec_of(&exc_ImportError);
    s->methods = import_error_methods;
    s->members = import_error_members;
    s->slots.init = import_error_init;
    s->slots.str = import_error_str;
    s = spec_of(&exc_NameError);
    s->members = name_error_members;
    s->slots.init = name_error_init;
    s->slots.str = base_str;
    s = spec_of(&exc_AttributeError);
    s->members = attribute_error_members;
    s->slots.init = attribute_error_init;
    s->slots.str = base_str;
    spec_of(&exc_KeyError)->slots.str = key_error_str;
    s = spec_of(&exc_SyntaxError);
    s->members = syntax_error_members;
    s->slots.init = syntax_error_init;
    s->slots.str = syntax_error_str;
    s = spec_of(&exc_OSError);
    s->methods = os_error_methods;
    s->members = os_error_members;
    s->getsets = os_error_getsets;
    s->slots.new = os_error_new;
    s->slots.init = os_error_init;
    s->slots.str = os_error_str;
    static const struct {
        Type *type;
        InitFn init;
    } unicode[] = {
        { &exc_UnicodeDecodeError, decode_error_init },
        { &exc_UnicodeEncodeError, encode_error_init },
        { &exc_UnicodeTranslateError, translate_error_init },
    };
    for (size_t i = 0; i < COUNT_OF(unicode); i++) {
        s = spec_of(unicode[i].type);
        s->members = unicode_error_members;
        s->slots.init = unicode[i].init;
        s->slots.str = unicode_error_str;
    }
    exception_groups_init(spec_of(&exc_BaseExceptionGroup));
    // Each class shows an __init__ of its own, and those without fields of their own show a __new__, but for
    // KeyError.
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const TypeSpec *base = spec_of(specs[i].base);
        Slots *slots = &specs[i].slots;
        if (base && !slots->init) {
            slots->init = base->slots.init;
        }
        bool is_unicode_error = slots->str == unicode_error_str;
        if (!slots->new && types[i] != &exc_KeyError &&
            (specs[i].basic_size == sizeof(BaseException) || is_unicode_error)) {
            slots->new = base_new;
        }
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (type_ready(types[i], &specs[i]) < 0) {
            return -1;
        }
    }
    return errors_init() < 0 ? -1 : exception_groups_finish();
}

Object *exception_class_new(const char *name, Type *base) {
    const char *dot = strrchr(name, '.');
    Object *module = str_from_utf8(name, dot - name), *text = str_from_cstring(dot + 1);
    Object *bases = tuple_pack(1, (Object *)base), *dict = dict_new();
    if (!module || !text || !bases || !dict || dict_set(dict, names.__module__, module) < 0) {
        return NULL;
    }
    const char *doc = doc_lookup(name, NULL);
    Object *doc_text = doc ? str_from_cstring(doc) : NONE;
    if (!doc_text || dict_set(dict, names.__doc__, doc_text) < 0) {
        return NULL;
    }
    return call3((Object *)&type_type, text, bases, dict);
}
