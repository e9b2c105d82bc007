// BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair.
//
// One structure serves the three: `data` holds either what was read ahead (from `at` to `end`) or
// what is still to be written (from 0 to `dirty`), never both. The raw stream stands behind what was
// read ahead, so that the position that a program sees is the raw one minus the unread bytes, plus
// the dirty ones. A mutex keeps other threads out for a whole operation, a system call included; the
// owner is known, so that a signal handler that comes back in gets an error and no deadlock.
#include <errno.h>

#include "modules/io/io.h"

typedef struct Buffered {
    IoHead head;
    Object *raw;
    char *data;
    size_t size, at, end, dirty;
    bool readable, writable, ready, detached;
    Mutex mutex;
    Thread *owner;
} Buffered;

static inline Buffered *buf_of(Object *o) { return (Buffered *)o; }

static void buffered_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
    trace_cell(tracer, buf_of(self)->raw);
    trace_cell(tracer, buf_of(self)->data);
}

static int enter(Object *self) {
    Buffered *b = buf_of(self);
    if (!b->ready) {
        raise_error(&exc_ValueError, b->detached ? "raw stream has been detached"
                                                 : "I/O operation on uninitialized object");
        return -1;
    }
    if (__atomic_load_n(&b->owner, __ATOMIC_RELAXED) == thread_current) {
        raise_error(&exc_RuntimeError, "reentrant call inside %R", self);
        return -1;
    }
    mutex_lock(&b->mutex);
    __atomic_store_n(&b->owner, thread_current, __ATOMIC_RELAXED);
    return 0;
}

static void leave(Object *self) {
    __atomic_store_n(&buf_of(self)->owner, NULL, __ATOMIC_RELAXED);
    mutex_unlock(&buf_of(self)->mutex);
}

static int check_open(Object *self, const char *what) {
    Buffered *b = buf_of(self);
    if (!b->ready) {
        raise_error(&exc_ValueError, b->detached ? "raw stream has been detached"
                                                 : "I/O operation on uninitialized object");
        return -1;
    }
    int closed = io_is_closed(b->raw);
    if (closed > 0) {
        raise_error(&exc_ValueError, "%s of closed file", what);
    }
    return closed ? -1 : 0;
}

// ---- the raw stream: counts, -1 with an exception, -2: would block

static ssize_t raw_read(Buffered *b, char *data, size_t size) {
    if (b->raw->type == &fileio_type) {
        return fileio_read_raw(b->raw, data, size);
    }
    Object *target = bytearray_from("", 0);
    if (!target || bytearray_resize(target, (ssize_t)size) < 0) {
        return -1;
    }
    Object *count = call_method1(b->raw, names.readinto, target);
    if (!count) {
        return -1;
    }
    if (count == NONE) {
        return -2;
    }
    ssize_t n = number_as_ssize(count, &exc_ValueError);
    if (n == -1 && error_occurred()) {
        raise_from_cause(&exc_OSError, "raw readinto() failed");
        return -1;
    }
    if (n < 0 || n > (ssize_t)size) {
        raise_error(&exc_OSError, "raw readinto() returned invalid length %zd (should have been between 0 "
                                  "and %zd)", n, (ssize_t)size);
        return -1;
    }
    memcpy(data, ((ByteArray *)target)->start, (size_t)n);
    return n;
}

static ssize_t raw_write(Buffered *b, const char *data, size_t size) {
    if (b->raw->type == &fileio_type) {
        return fileio_write_raw(b->raw, data, size);
    }
    Object *bytes = bytes_from(data, (ssize_t)size);
    Object *count = bytes ? call_method1(b->raw, names.write, bytes) : NULL;
    if (!count) {
        return -1;
    }
    if (count == NONE) {
        return -2;
    }
    ssize_t n = number_as_ssize(count, &exc_ValueError);
    if (n == -1 && error_occurred()) {
        return -1;
    }
    if (n < 0 || n > (ssize_t)size) {
        raise_error(&exc_OSError, "raw write() returned invalid length %zd (should have been between 0 and "
                                  "%zd)", n, (ssize_t)size);
        return -1;
    }
    return n;
}

static int64_t raw_seek(Buffered *b, int64_t offset, int whence) {
    Object *at = int_from_i64(offset), *how = int_from_i64(whence), *name = str_intern_cstring("seek");
    Object *result = at && how && name ? call_method2(b->raw, name, at, how) : NULL;
    if (!result) {
        return -1;
    }
    int64_t n = int_to_i64(result);
    if (n < 0 && !error_occurred()) {
        raise_error(&exc_OSError, "Raw stream returned invalid position %lld", (long long)n);
    }
    return n;
}

static void *blocking_error(size_t written) {
    Object *args[3] = { int_from_i64(EAGAIN),
                        str_from_cstring("write could not complete without blocking"),
                        int_from_ssize((ssize_t)written) };
    Object *error = call((Object *)&exc_BlockingIOError, args, 3, NULL);
    return error ? raise_exception(error) : NULL;
}

// Writes what is dirty. The lock is held.
static int flush_dirty(Buffered *b) {
    size_t done = 0;
    while (done < b->dirty) {
        ssize_t n = raw_write(b, b->data + done, b->dirty - done);
        if (n < 0) {
            memmove(b->data, b->data + done, b->dirty - done);
            b->dirty -= done;
            if (n == -2) {
                blocking_error(0);
            }
            return -1;
        }
        done += (size_t)n;
        if (done < b->dirty && safepoint() < 0) {
            memmove(b->data, b->data + done, b->dirty - done);
            b->dirty -= done;
            return -1;
        }
    }
    b->dirty = 0;
    return 0;
}

// Puts the raw position back to where the program thinks it is.
static int drop_read_ahead(Buffered *b) {
    size_t unread = b->end - b->at;
    b->at = b->end = 0;
    return unread && raw_seek(b, -(int64_t)unread, 1) < 0 ? -1 : 0;
}

static ssize_t fill(Buffered *b) {
    if (b->dirty && flush_dirty(b) < 0) {
        return -1;
    }
    b->at = b->end = 0;
    ssize_t n = raw_read(b, b->data, b->size);
    if (n > 0) {
        b->end = (size_t)n;
    }
    return n;
}

// ---- construction

static Object *buffered_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int setup(Object *self, Object *raw, Object *size, bool reads, bool writes) {
    Buffered *b = buf_of(self);
    b->ready = b->detached = false;
    ssize_t n = size ? number_as_ssize(size, &exc_OverflowError) : IO_BUFFER_SIZE;
    if (n == -1 && error_occurred()) {
        return -1;
    }
    if ((reads && !io_call(raw, "_checkReadable")) ||
        (writes && !io_call(raw, "_checkWritable")) ||
        (reads && writes && !io_call(raw, "_checkSeekable"))) {
        return -1;
    }
    if (n <= 0) {
        raise_error(&exc_ValueError, "buffer size must be strictly positive");
        return -1;
    }
    char *data = heap_alloc((size_t)n, CELL_BYTES);
    if (!data) {
        return -1;
    }
    gc_store(self, &b->data, data);
    gc_store(self, &b->raw, raw);
    b->size = (size_t)n;
    b->at = b->end = b->dirty = 0;
    b->readable = reads;
    b->writable = writes;
    b->ready = true;
    return 0;
}

static int bind(const char *name, Object *const *args, size_t nargs, Object *kwnames, Object **b) {
    static struct Signature *signature;
    return signature_bind(&signature, name, "|(raw, buffer_size=DEFAULT_BUFFER_SIZE)", args, nargs, kwnames, b);
}
static int reader_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *b[2];
    return bind("BufferedReader", args, nargs, kwnames, b) < 0 ? -1 : setup(self, b[0], b[1], true, false);
}
static int writer_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *b[2];
    return bind("BufferedWriter", args, nargs, kwnames, b) < 0 ? -1 : setup(self, b[0], b[1], false, true);
}
static int random_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *b[2];
    return bind("BufferedRandom", args, nargs, kwnames, b) < 0 ? -1 : setup(self, b[0], b[1], true, true);
}

// ---- reading

static Object *read_all(Buffered *b) {
    if (b->dirty && flush_dirty(b) < 0) {
        return NULL;
    }
    Object *head = bytes_from(b->data + b->at, (ssize_t)(b->end - b->at));
    b->at = b->end = 0;
    Object *rest = head ? call_method0(b->raw, names.readall) : NULL;
    if (!rest) {
        return NULL;
    }
    if (rest == NONE) {
        return bytes_length(head) ? head : NONE;
    }
    if (!bytes_check(rest)) {
        return raise_error(&exc_TypeError, "readall() should return bytes");
    }
    return bytes_length(head) ? bytes_concat(head, rest) : rest;
}

// `size` bytes, with as many raw reads as it takes (`once`: at most one).
static Object *read_some(Buffered *b, size_t size, bool once) {
    size_t ready = b->end - b->at;
    if (ready >= size || (once && ready)) {
        size = size_min(size, ready);
        Object *result = bytes_from(b->data + b->at, (ssize_t)size);
        b->at += size;
        return result;
    }
    Object *result = bytes_new((ssize_t)size);
    if (!result || (b->dirty && flush_dirty(b) < 0)) {
        return NULL;
    }
    char *out = bytes_data(result);
    size_t done = ready;
    memcpy(out, b->data + b->at, ready);
    b->at = b->end = 0;
    while (done < size) {
        ssize_t n;
        if (size - done >= b->size || (once && size >= b->size)) {
            n = raw_read(b, out + done, once ? size - done : (size - done) / b->size * b->size);
            if (n > 0) {
                done += (size_t)n;
            }
        } else {
            n = fill(b);
            if (n > 0) {
                size_t take = size_min(size - done, (size_t)n);
                memcpy(out + done, b->data, take);
                b->at = take;
                done += take;
            }
        }
        if (n == -1) {
            return NULL;
        }
        if (n == -2 && !done) {
            return NONE;
        }
        if (n <= 0 || once) {
            break;
        }
    }
    return bytes_shorten(result, (ssize_t)done);
}

static Object *buffered_read(Object *self, Object *size) {
    ssize_t n = size && size != NONE ? number_as_ssize(size, &exc_OverflowError) : -1;
    if (n == -1 && error_occurred()) {
        return NULL;
    }
    if (n < -1) {
        return raise_error(&exc_ValueError, "read length must be non-negative or -1");
    }
    if (check_open(self, "read") < 0 || enter(self) < 0) {
        return NULL;
    }
    Object *result = n < 0 ? read_all(buf_of(self)) : read_some(buf_of(self), (size_t)n, false);
    leave(self);
    return result;
}

static Object *buffered_read1(Object *self, Object *size) {
    ssize_t n = size ? number_as_ssize(size, &exc_OverflowError) : -1;
    if ((n == -1 && error_occurred()) || check_open(self, "read") < 0 || enter(self) < 0) {
        return NULL;
    }
    Object *result = read_some(buf_of(self), n < 0 ? buf_of(self)->size : (size_t)n, true);
    leave(self);
    return result == NONE ? bytes_from("", 0) : result;
}

static Object *readinto(Object *self, Object *target, bool once) {
    Buffer view;
    if (check_open(self, "readinto") < 0 || object_get_buffer(target, &view, BUFFER_WRITABLE) < 0) {
        return NULL;
    }
    Object *data = NULL;
    if (enter(self) == 0) {
        data = read_some(buf_of(self), (size_t)view.length, once);
        leave(self);
    }
    if (data && data != NONE) {
        memcpy(view.data, bytes_data(data), (size_t)bytes_length(data));
    }
    buffer_release(&view);
    return !data || data == NONE ? data : int_from_ssize(bytes_length(data));
}
static Object *buffered_readinto(Object *self, Object *target) { return readinto(self, target, false); }
static Object *buffered_readinto1(Object *self, Object *target) { return readinto(self, target, true); }

static Object *buffered_peek(Object *self, Object *size) {
    Buffered *b = buf_of(self);
    if (check_open(self, "peek") < 0 || enter(self) < 0) {
        return NULL;
    }
    Object *result = NULL;
    if (b->at < b->end || fill(b) != -1) {
        result = bytes_from(b->data + b->at, (ssize_t)(b->end - b->at));
    }
    leave(self);
    return result;
}

static Object *read_line(Object *self, ssize_t limit) {
    Buffered *b = buf_of(self);
    if (check_open(self, "readline") < 0 || enter(self) < 0) {
        return NULL;
    }
    Object *result = NULL, *pieces = NULL;
    while (true) {
        size_t ready = b->end - b->at;
        if (limit >= 0) {
            ready = size_min(ready, (size_t)limit);
        }
        char *found = memchr(b->data + b->at, '\n', ready);
        size_t take = found ? (size_t)(found - b->data) - b->at + 1 : ready;
        Object *piece = bytes_from(b->data + b->at, (ssize_t)take);
        if (!piece) {
            break;
        }
        b->at += take;
        if (limit >= 0) {
            limit -= (ssize_t)take;
        }
        ssize_t more = found || limit == 0 ? 0 : fill(b);
        if (more == -1) {
            break;
        }
        if (!pieces && more <= 0) {
            result = piece;
            break;
        }
        if ((!pieces && !(pieces = list_new(4))) || list_append(pieces, piece) < 0) {
            break;
        }
        if (more <= 0) {
            Object *empty = bytes_from("", 0);
            result = empty ? bytes_join(empty, pieces) : NULL;
            break;
        }
    }
    leave(self);
    return result;
}

static Object *buffered_readline(Object *self, Object *size) {
    ssize_t limit = io_size_argument(size);
    return limit == -2 ? NULL : read_line(self, limit);
}

static Object *buffered_next(Object *self) {
    if (self->type != &buffered_reader_type && self->type != &buffered_random_type) {
        return iobase_spec.slots.next(self);
    }
    Object *line = read_line(self, -1);
    return line && bytes_length(line) ? line : NULL;
}

// ---- writing

static ssize_t write_bytes(Buffered *b, const char *data, size_t size) {
    if (b->end && drop_read_ahead(b) < 0) {
        return -1;
    }
    if (size <= b->size - b->dirty) {
        memcpy(b->data + b->dirty, data, size);
        b->dirty += size;
        return (ssize_t)size;
    }
    if (flush_dirty(b) < 0) {
        return -1;
    }
    size_t done = 0;
    while (size - done >= b->size) {
        ssize_t n = raw_write(b, data + done, size - done);
        if (n == -2) {
            size_t keep = size_min(b->size, size - done);
            memcpy(b->data, data + done, keep);
            b->dirty = keep;
            if (done + keep < size) {
                blocking_error(done + keep);
                return -1;
            }
            return (ssize_t)size;
        }
        if (n < 0) {
            return -1;
        }
        done += (size_t)n;
        if (safepoint() < 0) {
            return -1;
        }
    }
    memcpy(b->data, data + done, size - done);
    b->dirty = size - done;
    return (ssize_t)size;
}

static Object *buffered_write(Object *self, Object *data) {
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    ssize_t n = -1;
    if (check_open(self, "write") == 0 && enter(self) == 0) {
        n = write_bytes(buf_of(self), view.data, (size_t)view.length);
        leave(self);
    }
    buffer_release(&view);
    return n < 0 ? NULL : int_from_ssize(n);
}

static Object *buffered_flush(Object *self) {
    Buffered *b = buf_of(self);
    if (check_open(self, "flush") < 0 || enter(self) < 0) {
        return NULL;
    }
    int status = b->dirty ? flush_dirty(b) : 0;
    if (status == 0 && b->writable && b->end) {
        status = drop_read_ahead(b);
    }
    leave(self);
    return status < 0 ? NULL : NONE;
}

static Object *simple_flush(Object *self) {
    return check_open(self, "flush") < 0 ? NULL : call_method0(buf_of(self)->raw, names.flush);
}

static Object *buffered_close(Object *self) {
    Buffered *b = buf_of(self);
    if (!b->ready) {
        return check_open(self, "close") < 0 ? NULL : NONE;
    }
    int closed = io_is_closed(b->raw);
    if (closed) {
        return closed < 0 ? NULL : NONE;
    }
    Object *flushed = call_method0(self, names.flush), *error = error_take();
    Object *result = call_method0(b->raw, names.close);
    gc_store(self, &b->data, NULL);
    b->at = b->end = b->dirty = b->size = 0;
    if (error) {
        if (!result) {
            Object *second = error_take();
            gc_store(second, &((BaseException *)second)->context, error);
            error_restore(second);
        } else {
            error_restore(error);
        }
        return NULL;
    }
    return flushed ? result : NULL;
}

static void buffered_finalize(Object *self) {
    if (buf_of(self)->ready) {
        io_finalize(self);
    }
}

static Object *buffered_seek(Object *self, Object *target, Object *whence) {
    Buffered *b = buf_of(self);
    int how = whence ? int_to_c_int(whence) : 0;
    if (how == -1 && error_occurred()) {
        return NULL;
    }
    if (how < 0 || how > 4) {
        return raise_error(&exc_ValueError, "whence value %d unsupported", how);
    }
    if (check_open(self, "seek") < 0 || !io_call(b->raw, "_checkSeekable")) {
        return NULL;
    }
    int64_t offset = int_to_i64(target);
    if ((offset == -1 && error_occurred()) || enter(self) < 0) {
        return NULL;
    }
    int64_t at = -1;
    if (b->dirty == 0 || flush_dirty(b) == 0) {
        if (how == 1) {
            offset -= (int64_t)(b->end - b->at);
        }
        b->at = b->end = 0;
        at = raw_seek(b, offset, how);
    }
    leave(self);
    return at < 0 ? NULL : int_from_i64(at);
}

static Object *buffered_tell(Object *self) {
    Buffered *b = buf_of(self);
    if (check_open(self, "tell") < 0) {
        return NULL;
    }
    int64_t at = raw_seek(b, 0, 1);
    return at < 0 ? NULL : int_from_i64(at - (int64_t)(b->end - b->at) + (int64_t)b->dirty);
}

static Object *buffered_truncate(Object *self, Object *size) {
    Buffered *b = buf_of(self);
    if (check_open(self, "truncate") < 0) {
        return NULL;
    }
    if (!b->writable) {
        return raise_unsupported("truncate");
    }
    if (enter(self) < 0) {
        return NULL;
    }
    Object *result = NULL;
    if (flush_dirty(b) == 0 && drop_read_ahead(b) == 0) {
        result = io_call1(b->raw, "truncate", size ? size : NONE);
    }
    leave(self);
    return result;
}

static Object *buffered_detach(Object *self) {
    Buffered *b = buf_of(self);
    if (check_open(self, "detach") < 0 || !call_method0(self, names.flush)) {
        return NULL;
    }
    Object *raw = b->raw;
    gc_store(self, &b->raw, NULL);
    b->ready = false;
    b->detached = true;
    return raw;
}

#define FORWARD(name)                                                                          \
    static Object *buffered_##name(Object *self) {                                             \
        return buf_of(self)->ready ? io_call(buf_of(self)->raw, #name)                         \
                                   : (check_open(self, #name) < 0 ? NULL : NONE);              \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)
#undef FORWARD

static Object *raw_attribute(Object *self, void *name) {
    if (!buf_of(self)->ready) {
        return raise_error(&exc_ValueError, buf_of(self)->detached ? "raw stream has been detached"
                                                                   : "I/O operation on uninitialized object");
    }
    return object_getattr_cstring(buf_of(self)->raw, name);
}
static Object *get_raw(Object *self, void *closure) {
    return buf_of(self)->raw ? buf_of(self)->raw : NONE;
}

static Object *buffered_repr(Object *self) {
    Object *name = NULL;
    if (!buf_of(self)->ready || object_getattr_optional(self, names.name, &name) < 0) {
        error_clear();
        name = NULL;
    }
    return name ? str_format("<%s name=%R>", self->type->name, name) : str_format("<%s>", self->type->name);
}

#define SHARED                                                          \
    BUILTIN("detach", buffered_detach, "($self, /)", 0, NULL),          \
    BUILTIN("close", buffered_close, "($self, /)", 0, NULL),            \
    BUILTIN("seekable", buffered_seekable, "($self, /)", 0, NULL),      \
    BUILTIN("fileno", buffered_fileno, "($self, /)", 0, NULL),          \
    BUILTIN("isatty", buffered_isatty, "($self, /)", 0, NULL),          \
    BUILTIN("seek", buffered_seek, "($self, target, whence=0, /)", 0, NULL), \
    BUILTIN("tell", buffered_tell, "($self, /)", 0, NULL),              \
    BUILTIN("truncate", buffered_truncate, "($self, pos=None, /)", 0, NULL)
#define READING                                                         \
    BUILTIN("read", buffered_read, "($self, size=-1, /)", 0, NULL),     \
    BUILTIN("peek", buffered_peek, "($self, size=0, /)", 0, NULL),      \
    BUILTIN("read1", buffered_read1, "($self, size=-1, /)", 0, NULL),   \
    BUILTIN("readinto", buffered_readinto, "($self, buffer, /)", 0, NULL), \
    BUILTIN("readinto1", buffered_readinto1, "($self, buffer, /)", 0, NULL), \
    BUILTIN("readline", buffered_readline, "($self, size=-1, /)", 0, NULL)

static BuiltinDef reader_methods[] = {
    SHARED, READING, BUILTIN("flush", simple_flush, "($self, /)", 0, NULL),
    BUILTIN("readable", buffered_readable, "($self, /)", 0, NULL), BUILTIN_END,
};
static BuiltinDef writer_methods[] = {
    SHARED, BUILTIN("flush", buffered_flush, "($self, /)", 0, NULL),
    BUILTIN("writable", buffered_writable, "($self, /)", 0, NULL),
    BUILTIN("write", buffered_write, "($self, buffer, /)", 0, NULL), BUILTIN_END,
};
static BuiltinDef random_methods[] = {
    SHARED, READING, BUILTIN("flush", buffered_flush, "($self, /)", 0, NULL),
    BUILTIN("readable", buffered_readable, "($self, /)", 0, NULL),
    BUILTIN("writable", buffered_writable, "($self, /)", 0, NULL),
    BUILTIN("write", buffered_write, "($self, buffer, /)", 0, NULL), BUILTIN_END,
};
static GetSetDef getsets[] = {
    { "raw", get_raw, NULL, NULL, NULL }, { "closed", raw_attribute, NULL, NULL, "closed" },
    { "name", raw_attribute, NULL, NULL, "name" }, { "mode", raw_attribute, NULL, NULL, "mode" },
    { NULL, NULL, NULL, NULL, NULL },
};

#define BUFFERED(c_name, python_name, its_methods, its_init)                                          \
    Type c_name##_type;                                                                               \
    const TypeSpec c_name##_spec = {                                                                  \
        .name = "_io." python_name, .base = &bufferediobase_type, .basic_size = sizeof(Buffered),     \
        .dict_offset = offsetof(IoHead, dict), .weaklist_offset = offsetof(IoHead, weaklist),         \
        .flags = TF_BASE | TF_GC, .methods = its_methods, .getsets = getsets, .trace = buffered_trace, \
        .slots = { .repr = buffered_repr, .new = buffered_new, .init = its_init,                      \
                   .next = buffered_next, .finalize = buffered_finalize },                            \
    };
BUFFERED(buffered_reader, "BufferedReader", reader_methods, reader_init)
BUFFERED(buffered_writer, "BufferedWriter", writer_methods, writer_init)
BUFFERED(buffered_random, "BufferedRandom", random_methods, random_init)

// ---- BufferedRWPair

typedef struct Pair {
    IoHead head;
    Object *reader, *writer;
} Pair;

static void pair_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
    trace_cell(tracer, ((Pair *)self)->reader);
    trace_cell(tracer, ((Pair *)self)->writer);
}

static int pair_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("BufferedRWPair", kwnames) < 0 ||
        arguments_check_count("BufferedRWPair", nargs, 2, 3) < 0 || !io_call(args[0], "_checkReadable") ||
        !io_call(args[1], "_checkWritable")) {
        return -1;
    }
    Object *size = nargs > 2 ? args[2] : int_from_i64(IO_BUFFER_SIZE);
    Object *reader = size ? call2((Object *)&buffered_reader_type, args[0], size) : NULL;
    Object *writer = reader ? call2((Object *)&buffered_writer_type, args[1], size) : NULL;
    if (!writer) {
        return -1;
    }
    gc_store(self, &((Pair *)self)->reader, reader);
    gc_store(self, &((Pair *)self)->writer, writer);
    return 0;
}

static Object *pair_call(Object *self, Object *half, const char *method, Object *const *args, size_t nargs) {
    if (!half) {
        return raise_error(&exc_ValueError, "I/O operation on uninitialized object");
    }
    Object *function = object_getattr_cstring(half, method);
    return function ? call(function, args, nargs, NULL) : NULL;
}
#define PAIR(name, half)                                                                             \
    static Object *pair_##name(Object *self, Object *const *args, size_t nargs, Object *kwnames) {   \
        return pair_call(self, ((Pair *)self)->half, #name, args, nargs);                            \
    }
PAIR(read, reader)
PAIR(peek, reader)
PAIR(read1, reader)
PAIR(readinto, reader)
PAIR(readinto1, reader)
PAIR(readable, reader)
PAIR(write, writer)
PAIR(flush, writer)
PAIR(writable, writer)
#undef PAIR

static Object *pair_close(Object *self) {
    Object *first = pair_call(self, ((Pair *)self)->writer, "close", NULL, 0), *error = error_take();
    Object *second = pair_call(self, ((Pair *)self)->reader, "close", NULL, 0);
    if (error) {
        error_restore(error);
    }
    return first && second ? NONE : NULL;
}
static Object *pair_closed(Object *self, void *closure) {
    Object *writer = ((Pair *)self)->writer;
    return writer ? object_getattr(writer, names.closed)
                  : raise_error(&exc_RuntimeError, "the BufferedRWPair object is being garbage-collected");
}
static BuiltinDef pair_methods[] = {
    BUILTIN("read", pair_read, NULL, 0, NULL), BUILTIN("peek", pair_peek, NULL, 0, NULL),
    BUILTIN("read1", pair_read1, NULL, 0, NULL), BUILTIN("readinto", pair_readinto, NULL, 0, NULL),
    BUILTIN("readinto1", pair_readinto1, NULL, 0, NULL), BUILTIN("write", pair_write, NULL, 0, NULL),
    BUILTIN("flush", pair_flush, NULL, 0, NULL), BUILTIN("readable", pair_readable, NULL, 0, NULL),
    BUILTIN("writable", pair_writable, NULL, 0, NULL), BUILTIN("close", pair_close, "($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef pair_getsets[] = {
    { "closed", pair_closed, NULL, NULL, NULL }, { NULL, NULL, NULL, NULL, NULL },
};
Type buffered_rwpair_type;
const TypeSpec buffered_rwpair_spec = {
    .name = "_io.BufferedRWPair", .base = &bufferediobase_type, .basic_size = sizeof(Pair),
    .dict_offset = offsetof(IoHead, dict), .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC, .methods = pair_methods, .getsets = pair_getsets, .trace = pair_trace,
    .slots = { .new = buffered_new, .init = pair_init },
};
