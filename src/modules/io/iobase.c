// The abstract bases: _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase.
#include "modules/io/io.h"
#include "objects/bytes_private.h"
#include "vm/runtime.h"

Object *io_unsupported;

void io_trace_head(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((IoHead *)self)->dict);
}

Object *raise_unsupported(const char *what) {
    Object *text = str_from_cstring(what);
    return text ? raise_with((Type *)io_unsupported, text) : NULL;
}

Object *raise_closed(void) {
    return raise_error(&exc_ValueError, "I/O operation on closed file.");
}

Object *io_call(Object *o, Object *method) {
    return call_method0(o, method);
}

Object *io_call1(Object *o, Object *method, Object *argument) {
    return call_method1(o, method, argument);
}

int io_is_closed(Object *o) {
    Object *closed = object_getattr(o, names.closed);
    return closed ? object_is_true(closed) : -1;
}

ssize_t io_size_argument(Object *o) {
    ssize_t n = -1;
    return number_optional_ssize(o, &n) < 0 ? -2 : n < 0 ? -1 : n;
}

int io_writable_buffer(Object *target, Buffer *view, const char *function) {
    if (object_get_buffer(target, view, BUFFER_WRITABLE) == 0) {
        return 0;
    }
    error_clear();
    raise_error(&exc_TypeError, "%s() argument must be read-write bytes-like object, not %s", function,
                type_name_or_none(target));
    return -1;
}

Object *io_get_dict(Object *self, void *closure) {
    return instance_dict(self);
}

void io_finalize(Object *self) {
    // These hold nothing but memory, and closing one means asking whether its buffer is exported.
    if (self->type == &bytesio_type || self->type == &stringio_type) {
        return;
    }
    Object *saved = error_take();
    int closed = io_is_closed(self);
    if (closed < 0) {
        error_clear();
    }
    if (closed == 0) {
        // So that close() knows that it is the collector who calls, and warns.
        if (object_setattr(self, names._finalizing, TRUE_OBJECT) < 0) {
            error_clear();
        }
        if (!call_method0(self, names.close)) {
            if (config.dev_mode) {
                error_unraisable(self);
            }
            error_clear();
        }
    }
    error_restore(saved);
}

int io_finalizer_rank(Object *o) {
    Object *inner = o;
    int rank = 3;
    if (inner->type == &textio_type && (inner = io_text_buffer(inner))) {
        rank = 1;
    }
    if (inner && (inner->type == &buffered_reader_type || inner->type == &buffered_writer_type ||
                  inner->type == &buffered_random_type)) {
        if (inner == o && io_buffered_was_closed(o)) {
            return 0;
        }
        inner = io_buffered_raw(inner);
        rank = inner && rank > 2 ? 2 : rank;
    }
    if (inner && inner->type == &fileio_type) {
        return fileio_is_closed(inner) || (inner == o && !fileio_owns_descriptor(o)) ? 0 : rank;
    }
    return o->type == &bytesio_type || o->type == &stringio_type ? 0 : 1;
}

int io_check_ability(Object *o, Object *method, const char *message) {
    Object *result = io_call(o, method);
    if (result && result != TRUE_OBJECT) {
        raise_unsupported(message);
        result = NULL;
    }
    return result ? 0 : -1;
}

static Object *unsupported(const char *what) {
    return raise_unsupported(what);
}

static Object *base_seek(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return unsupported("seek");
}
static Object *base_tell(Object *self) {
    Object *zero = int_from_i64(0), *one = int_from_i64(1), *name = names.seek;
    return call_method2(self, name, zero, one);
}
static Object *base_truncate(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return unsupported("truncate");
}
static Object *base_fileno(Object *self) {
    return unsupported("fileno");
}

static bool marked_closed(Object *self) {
    Object *value;
    Object *name = names.__IOBase_closed;
    int found = name ? object_getattr_optional(self, name, &value) : -1;
    if (found < 0) {
        error_clear();
    }
    return found > 0;
}

// What is marked as closed needs no finalizer, unless its class has one of its own or says otherwise.
static void forget_if_closed(Object *self) {
    if (self->type->info->slots.finalize == io_finalize &&
        type_lookup(self->type, names.closed) == type_lookup(&iobase_type, names.closed)) {
        heap_forget_finalizer(self);
    }
}

static Object *base_flush(Object *self) {
    return marked_closed(self) ? raise_closed() : NONE;
}

static Object *base_close(Object *self) {
    if (marked_closed(self)) {
        return NONE;
    }
    Object *result = call_method0(self, names.flush), *error = error_take();
    if (object_setattr(self, names.__IOBase_closed, TRUE_OBJECT) == 0) {
        forget_if_closed(self);
    }
    if (error) {
        error_chain_context(NULL);
        error_restore(error);
    }
    return result ? NONE : NULL;
}

static Object *base_closed(Object *self, void *closure) {
    return bool_from(marked_closed(self));
}

static Object *base_false(Object *self) {
    return FALSE_OBJECT;
}

static Object *check_closed(Object *self) {
    int closed = io_is_closed(self);
    return closed < 0 ? NULL : closed ? raise_closed() : NONE;
}

static Object *check(Object *self, Object *method, const char *message) {
    Object *result = io_call(self, method);
    if (!result) {
        return NULL;
    }
    return result == TRUE_OBJECT ? TRUE_OBJECT : raise_unsupported(message);
}
static Object *check_seekable(Object *self) {
    return check(self, names.seekable, "File or stream is not seekable.");
}
static Object *check_readable(Object *self) {
    return check(self, names.readable, "File or stream is not readable.");
}
static Object *check_writable(Object *self) {
    return check(self, names.writable, "File or stream is not writable.");
}
static Object *base_isatty(Object *self) {
    return check_closed(self) ? FALSE_OBJECT : NULL;
}
static Object *base_enter(Object *self) {
    return check_closed(self) ? self : NULL;
}
static Object *base_exit(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("_IOBase.__exit__", kwnames) < 0) {
        return NULL;
    }
    return call_method0(self, names.close);
}
static Object *base_iter(Object *self) {
    return check_closed(self) ? self : NULL;
}

static Object *base_next(Object *self) {
    Object *line = call_method0(self, names.readline);
    if (!line) {
        return NULL;
    }
    ssize_t n = object_length(line);
    return n > 0 ? line : NULL;
}

static Object *base_readline(Object *self, Object *size) {
    ssize_t limit = io_size_argument(size);
    if (limit == -2) {
        return NULL;
    }
    BytesBuilder line = { 0 };
    Object *one = int_from_i64(1), *peek;
    int has_peek = object_getattr_optional(self, names.peek, &peek);
    if (has_peek < 0) {
        return NULL;
    }
    while (limit < 0 || (ssize_t)line.length < limit) {
        Object *want = one;
        if (has_peek) {
            Object *ahead = call1(peek, one);
            if (!ahead) {
                return NULL;
            }
            if (bytes_check(ahead) && bytes_length(ahead) > 0) {
                const char *found = memchr(bytes_data(ahead), '\n', (size_t)bytes_length(ahead));
                ssize_t n = found ? found - bytes_data(ahead) + 1 : bytes_length(ahead);
                if (limit >= 0 && n > limit - (ssize_t)line.length) {
                    n = limit - (ssize_t)line.length;
                }
                want = int_from_ssize(n);
            }
        }
        Object *data = want ? call_method1(self, names.read, want) : NULL;
        if (!data) {
            return NULL;
        }
        if (!bytes_check(data)) {
            return raise_error(&exc_OSError, "read() should have returned a bytes object, not '%T'", data);
        }
        ssize_t n = bytes_length(data);
        if (!n) {
            break;
        }
        if (bytes_builder_add(&line, bytes_data(data), (size_t)n) < 0) {
            return NULL;
        }
        if (bytes_data(data)[n - 1] == '\n') {
            break;
        }
    }
    return bytes_builder_finish(&line);
}

static Object *base_readlines(Object *self, Object *hint) {
    ssize_t limit = io_size_argument(hint), total = 0;
    Object *list = limit == -2 ? NULL : list_new(0), *iterator = list ? object_iter(self) : NULL, *line;
    if (!iterator) {
        return NULL;
    }
    while ((line = iter_next(iterator))) {
        if (list_append(list, line) < 0) {
            return NULL;
        }
        ssize_t n = object_length(line);
        if (n < 0) {
            return NULL;
        }
        total += n;
        if (limit > 0 && total >= limit) {
            break;
        }
    }
    return error_occurred() ? NULL : list;
}

static Object *base_writelines(Object *self, Object *lines) {
    if (!check_closed(self)) {
        return NULL;
    }
    Object *iterator = object_iter(lines), *line;
    if (!iterator) {
        return NULL;
    }
    while ((line = iter_next(iterator))) {
        if (!call_method1(self, names.write, line)) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : NONE;
}

static BuiltinDef base_methods[] = {
    BUILTIN("seek", base_seek, NULL, 0, NULL),
    BUILTIN("tell", base_tell, "($self, /)", 0, NULL),
    BUILTIN("truncate", base_truncate, NULL, 0, NULL),
    BUILTIN("flush", base_flush, "($self, /)", 0, NULL),
    BUILTIN("close", base_close, "($self, /)", 0, NULL),
    BUILTIN("seekable", base_false, "($self, /)", 0, NULL),
    BUILTIN("readable", base_false, "($self, /)", 0, NULL),
    BUILTIN("writable", base_false, "($self, /)", 0, NULL),
    BUILTIN("_checkClosed", check_closed, "-($self, /)", 0, NULL),
    BUILTIN("_checkSeekable", check_seekable, "-($self, /)", 0, NULL),
    BUILTIN("_checkReadable", check_readable, "-($self, /)", 0, NULL),
    BUILTIN("_checkWritable", check_writable, "-($self, /)", 0, NULL),
    BUILTIN("fileno", base_fileno, "($self, /)", 0, NULL),
    BUILTIN("isatty", base_isatty, "($self, /)", 0, NULL),
    BUILTIN("__enter__", base_enter, "-($self, /)", 0, NULL),
    BUILTIN("__exit__", base_exit, NULL, 0, NULL),
    BUILTIN("readline", base_readline, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readlines", base_readlines, "($self, hint=-1, /)", 0, NULL),
    BUILTIN("writelines", base_writelines, "($self, lines, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef base_getsets[] = {
    { "__dict__", io_get_dict, NULL, NULL, NULL },
    { "closed", base_closed, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static Object *base_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type); // whatever it is given: __init__ of a subclass knows
}

Type iobase_type;
const TypeSpec iobase_spec = {
    .name = "_io._IOBase",
    .basic_size = sizeof(IoHead),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = base_methods,
    .getsets = base_getsets,
    .trace = io_trace_head,
    .slots = { .new = base_new, .iter = base_iter, .next = base_next, .finalize = io_finalize },
};

// ---- _RawIOBase

static Object *raw_readall(Object *self) {
    Object *list = list_new(0), *size = int_from_i64(IO_BUFFER_SIZE);
    while (list && size) {
        Object *data = call_method1(self, names.read, size);
        if (!data) {
            return NULL;
        }
        if (data == NONE) {
            if (!list_size(list)) {
                return NONE;
            }
            break;
        }
        if (!bytes_check(data)) {
            return raise_error(&exc_TypeError, "read() should return bytes");
        }
        if (!bytes_length(data)) {
            break;
        }
        if (list_append(list, data) < 0) {
            return NULL;
        }
    }
    Object *empty = bytes_from("", 0);
    return list && empty ? bytes_join(empty, list) : NULL;
}

static Object *raw_read(Object *self, Object *size) {
    ssize_t n = size ? number_to_ssize(size) : -1;
    if (n == -1 && error_occurred()) {
        return NULL;
    }
    if (n < 0) {
        return call_method0(self, names.readall);
    }
    Object *buffer = bytearray_from(NULL, 0);
    if (!buffer || bytearray_resize(buffer, n) < 0) {
        return NULL;
    }
    Object *count = call_method1(self, names.readinto, buffer);
    if (!count || count == NONE) {
        return count;
    }
    ssize_t got = number_as_ssize(count, &exc_ValueError);
    if (got == -1 && error_occurred()) {
        return NULL;
    }
    BytesView filled; // it may have another size now
    bytes_view_self(buffer, &filled);
    if (got < 0 || got > filled.length) {
        return raise_error(&exc_ValueError, "readinto returned %zd outside buffer size %zd", got, n);
    }
    return bytes_from(filled.data, got);
}

static Object *raw_missing(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return raise_with(&exc_NotImplementedError, NULL);
}

static BuiltinDef raw_methods[] = {
    BUILTIN("read", raw_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readall", raw_readall, "($self, /)", 0, NULL),
    BUILTIN("readinto", raw_missing, NULL, 0, NULL),
    BUILTIN("write", raw_missing, NULL, 0, NULL),
    BUILTIN_END,
};
Type rawiobase_type;
const TypeSpec rawiobase_spec = {
    .name = "_io._RawIOBase",
    .base = &iobase_type,
    .basic_size = sizeof(IoHead),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = raw_methods,
    .trace = io_trace_head,
};

// ---- _BufferedIOBase

static Object *no_detach(Object *self) {
    return unsupported("detach");
}
static Object *no_read(Object *self, Object *const *a, size_t n, Object *k) {
    return unsupported("read");
}
static Object *no_read1(Object *self, Object *const *a, size_t n, Object *k) {
    return unsupported("read1");
}
static Object *no_write(Object *self, Object *const *a, size_t n, Object *k) {
    return unsupported("write");
}
static Object *no_readline(Object *self, Object *const *a, size_t n, Object *k) {
    return unsupported("readline");
}

static Object *readinto_by(Object *self, Object *target, Object *method) {
    Buffer view;
    if (io_writable_buffer(target, &view, method == names.read1 ? "readinto1" : "readinto") < 0) {
        return NULL;
    }
    Object *size = int_from_ssize(view.length), *data = size ? io_call1(self, method, size) : NULL;
    Object *result = NULL;
    if (data && !bytes_check(data)) {
        raise_error(&exc_TypeError, "read() should return bytes");
    } else if (data && bytes_length(data) > view.length) {
        raise_error(&exc_ValueError, "read() returned too much data: %zd bytes requested, %zd returned",
                    view.length, bytes_length(data));
    } else if (data) {
        memcpy(view.data, bytes_data(data), (size_t)bytes_length(data));
        result = int_from_ssize(bytes_length(data));
    }
    buffer_release(&view);
    return result;
}
static Object *buffered_readinto(Object *self, Object *target) {
    return readinto_by(self, target, names.read);
}
static Object *buffered_readinto1(Object *self, Object *target) {
    return readinto_by(self, target, names.read1);
}

static BuiltinDef buffered_methods[] = {
    BUILTIN("detach", no_detach, "($self, /)", 0, NULL),
    BUILTIN("read", no_read, NULL, 0, NULL),
    BUILTIN("read1", no_read1, NULL, 0, NULL),
    BUILTIN("readinto", buffered_readinto, "($self, buffer, /)", 0, NULL),
    BUILTIN("readinto1", buffered_readinto1, "($self, buffer, /)", 0, NULL),
    BUILTIN("write", no_write, NULL, 0, NULL),
    BUILTIN_END,
};
Type bufferediobase_type;
const TypeSpec bufferediobase_spec = {
    .name = "_io._BufferedIOBase",
    .base = &iobase_type,
    .basic_size = sizeof(IoHead),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = buffered_methods,
    .trace = io_trace_head,
};

// ---- _TextIOBase

static Object *text_none(Object *self, void *closure) {
    return NONE;
}
static BuiltinDef text_methods[] = {
    BUILTIN("detach", no_detach, "-($self, /)", 0, NULL),
    BUILTIN("read", no_read, NULL, 0, NULL),
    BUILTIN("readline", no_readline, NULL, 0, NULL),
    BUILTIN("write", no_write, NULL, 0, NULL),
    BUILTIN_END,
};
static GetSetDef text_getsets[] = {
    { "encoding", text_none, NULL, NULL, NULL },
    { "newlines", text_none, NULL, NULL, NULL },
    { "errors", text_none, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type textiobase_type;
const TypeSpec textiobase_spec = {
    .name = "_io._TextIOBase",
    .base = &iobase_type,
    .basic_size = sizeof(IoHead),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = text_methods,
    .getsets = text_getsets,
    .trace = io_trace_head,
};
