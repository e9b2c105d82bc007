// BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair.
//
// One structure serves the three: `data` holds either what was read ahead (from `at` to `end`) or
// what is still to be written (from 0 to `dirty`), never both. The raw stream stands behind what was
// read ahead, so that the position that a program sees is the raw one minus the unread bytes, plus
// the dirty ones. A mutex keeps other threads out for a whole operation, a system call included; the
// owner is known, so that a signal handler that comes back in gets an error and no deadlock.
#include <errno.h>

#include "modules/io/io.h"
#include "objects/containers.h"

typedef struct Buffered {
    IoHead head;
    Object *raw;
    char *data;  // NULL: closed
    size_t size, at, end, dirty;
    int64_t position;  // where the raw stream stands; -1: not known
    bool readable, writable, ready, detached, finalizing;
    uint8_t wrappers;  // text streams that were put around it and not detached: none, one, more
    Mutex mutex;
    Thread *owner;
    IoWriter writer;
    Object *room; // bytes of `size`, which nobody sees but raw.readinto(), which fills them; NULL: not made
} Buffered;

static inline Buffered *buf_of(Object *o) {
    return (Buffered *)o;
}

static void buffered_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
    trace_cell(tracer, buf_of(self)->raw);
    trace_cell(tracer, buf_of(self)->data);
    trace_cell(tracer, buf_of(self)->room);
}

// The stream below, or NULL with ValueError. Who is not inside (enter) looks once: another thread may take it away.
static Object *ready_raw(Object *self) {
    Buffered *b = buf_of(self);
    Object *raw = __atomic_load_n(&b->raw, __ATOMIC_ACQUIRE);
    return b->ready && raw ? raw
                           : raise_error(&exc_ValueError, b->detached || (b->ready && !raw)
                                                              ? "raw stream has been detached"
                                                              : "I/O operation on uninitialized object");
}

static int check_ready(Object *self) {
    return ready_raw(self) ? 0 : -1;
}

static int enter(Object *self) {
    Buffered *b = buf_of(self);
    if (__atomic_load_n(&b->owner, __ATOMIC_RELAXED) == thread_current) {
        raise_error(&exc_RuntimeError, "reentrant call inside %R", self);
        return -1;
    }
    if (!mutex_lock_at_end(&b->mutex)) {
        raise_error(&exc_RuntimeError,
                    "could not acquire lock for %R at interpreter shutdown, possibly due to daemon threads",
                    self);
        return -1;
    }
    __atomic_store_n(&b->owner, thread_current, __ATOMIC_RELAXED);
    return 0;
}

static void leave(Object *self) {
    __atomic_store_n(&buf_of(self)->owner, NULL, __ATOMIC_RELAXED);
    mutex_unlock(&buf_of(self)->mutex);
}

static int check_not_closed(Object *self, const char *message) {
    Object *raw = ready_raw(self);
    if (!raw) {
        return -1;
    }
    int closed = !buf_of(self)->data         ? 1
                 : raw->type == &fileio_type ? fileio_is_closed(raw)
                                             : io_is_closed(raw);
    if (closed > 0) {
        raise_error(&exc_ValueError, "%s", message);
    }
    return closed ? -1 : 0;
}

// Ready, open, and ours alone: what every operation begins with.
static int enter_open(Object *self, const char *message) {
    if (check_ready(self) < 0 || check_not_closed(self, message) < 0 || enter(self) < 0) {
        return -1;
    }
    // Another thread may have closed or detached it while this one waited.
    if (check_ready(self) < 0 || check_not_closed(self, message) < 0) {
        leave(self);
        return -1;
    }
    return 0;
}

// ---- the raw stream: counts, -1 with an exception, -2: would block

static ssize_t raw_read(Buffered *b, char *data, size_t size) {
    ssize_t n;
    if (b->raw->type == &fileio_type) {
        n = fileio_read_raw(b->raw, data, size);
    } else {
        size = size_min(size, (size_t)1 << 22); // what is asked for may be far more than there is
        // As in CPython, a view that a raw stream keeps sees what is read later.
        Object *target = size == b->size ? b->room : NULL;
        if (!target || ((VarObject *)target)->size != (ssize_t)size) {
            target = bytes_new((ssize_t)size);
            if (!target) {
                return -1;
            }
            memset(bytes_data(target), 0, size);
            if (size == b->size) {
                gc_store(b, &b->room, target);
            }
        }
        Object *view = memoryview_from_memory(bytes_data(target), (ssize_t)size, false, target),
               *count = view ? call_method1(b->raw, names.readinto, view) : NULL;
        if (!count) {
            return -1;
        }
        if (count == NONE) {
            return -2;
        }
        n = number_as_ssize(count, &exc_ValueError);
        if (n == -1 && error_occurred()) {
            raise_from_cause(&exc_OSError, "raw readinto() failed");
            return -1;
        }
        if (n < 0 || n > (ssize_t)size) {
            raise_error(&exc_OSError,
                        "raw readinto() returned invalid length %zd (should have been between 0 "
                        "and %zd)",
                        n, (ssize_t)size);
            return -1;
        }
        memcpy(data, bytes_data(target), (size_t)n);
    }
    if (n > 0 && b->position != -1) {
        b->position += n;
    }
    return n;
}

static ssize_t raw_write(Buffered *b, const char *data, size_t size) {
    ssize_t n;
    if (b->raw->type == &fileio_type) {
        n = fileio_write_raw(b->raw, data, size);
    } else {
        Object *bytes = bytes_from(data, (ssize_t)size), *view = bytes ? memoryview_new(bytes) : NULL;
        Object *count = view ? call_method1(b->raw, names.write, view) : NULL;
        if (!count) {
            return -1;
        }
        if (count == NONE) {
            return -2;
        }
        n = number_as_ssize(count, &exc_ValueError);
        if (n == -1 && error_occurred()) {
            return -1;
        }
        if (n < 0 || n > (ssize_t)size) {
            raise_error(&exc_OSError,
                        "raw write() returned invalid length %zd (should have been between 0 and "
                        "%zd)",
                        n, (ssize_t)size);
            return -1;
        }
    }
    if (n > 0 && b->position != -1) {
        b->position += n;
    }
    return n;
}

static int64_t raw_position(Buffered *b, Object *result) {
    if (!result) {
        return -1;
    }
    int64_t n = int_to_i64(result);
    if (n < 0) {
        if (!error_occurred()) {
            raise_error(&exc_OSError, "Raw stream returned invalid position %lld", (long long)n);
        }
        return -1;
    }
    return b->position = n;
}

static int64_t raw_seek(Buffered *b, int64_t offset, int whence) {
    Object *at = int_from_i64(offset), *how = int_from_i64(whence), *name = names.seek;
    b->position = -1;
    return raw_position(b, at && how && name ? call_method2(b->raw, name, at, how) : NULL);
}

static int64_t raw_tell(Buffered *b) {
    b->position = -1;
    return raw_position(b, io_call(b->raw, names.tell));
}

static void *blocking_error(size_t written) {
    Object *args[3] = { int_from_i64(EAGAIN), str_from_cstring("write could not complete without blocking"),
                        int_from_ssize((ssize_t)written) };
    Object *error = call((Object *)&exc_BlockingIOError, args, 3, NULL);
    return error ? raise_exception(error) : NULL;
}

// Writes what is dirty. The lock is held. -1 with an exception, which is a BlockingIOError when
// *would_block is set.
static int flush_dirty_until(Buffered *b, bool *would_block) {
    size_t done = 0;
    while (done < b->dirty) {
        ssize_t n = raw_write(b, b->data + done, b->dirty - done);
        if (n >= 0) {
            done += (size_t)n;
            // Signal handlers run between two writes; what is in the buffer stays consistent for them.
            if (done == b->dirty || safepoint() == 0) {
                continue;
            }
        }
        memmove(b->data, b->data + done, b->dirty - done);
        b->dirty -= done;
        if (n == -2) {
            *would_block = true;
            blocking_error(0);
        }
        return -1;
    }
    b->dirty = 0;
    return 0;
}

static int flush_dirty(Buffered *b) {
    bool would_block = false;
    return flush_dirty_until(b, &would_block);
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

// ---- writers that are still dirty when somebody looks at the file, or at exit

static int buffered_flush_idle(Object *self) {
    Buffered *b = buf_of(self);
    uint32_t expected = 0;
    Object *raw = __atomic_load_n(&b->raw, __ATOMIC_ACQUIRE);
    if (!b->ready || !b->dirty || !b->data || !raw || (raw->type == &fileio_type && fileio_is_closed(raw)) ||
        __atomic_load_n(&b->owner, __ATOMIC_RELAXED) == thread_current ||
        __atomic_load_n(&b->mutex.state, __ATOMIC_RELAXED) != expected || enter(self) < 0) {
        return 0;
    }
    int status = b->ready && b->raw && b->dirty && b->data ? flush_dirty(b) : 0;
    leave(self);
    return status;
}

static bool buffered_is_dirty(Object *self) {
    return buf_of(self)->dirty > 0;
}
static bool is_exact(Object *o) {
    return o->type == &buffered_writer_type || o->type == &buffered_reader_type ||
           o->type == &buffered_random_type;
}
bool io_buffered_is_dirty(Object *o) {
    return is_exact(o) && buf_of(o)->dirty > 0;
}
int io_stream_is_closed(Object *o) {
    Object *raw = is_exact(o) ? __atomic_load_n(&buf_of(o)->raw, __ATOMIC_ACQUIRE) : NULL;
    if (raw && buf_of(o)->ready) {
        return raw->type == &fileio_type ? fileio_is_closed(raw) : io_is_closed(raw);
    }
    return io_is_closed(o);
}
static Object *buffered_file(Object *self) {
    return buf_of(self)->raw;
}
Object *io_buffered_raw(Object *buffered) {
    return buf_of(buffered)->raw;
}
bool io_buffered_was_closed(Object *buffered) {
    return buf_of(buffered)->ready && !buf_of(buffered)->data;
}
static const IoWriterKind buffered_kind = { buffered_is_dirty, buffered_flush_idle, buffered_file,
                                            offsetof(Buffered, writer) };

// ---- construction

static Object *buffered_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int setup_entered(Object *self, Object *raw, Object *size, bool reads, bool writes) {
    Buffered *b = buf_of(self);
    b->ready = b->detached = false;
    ssize_t n = size ? number_to_ssize(size) : IO_BUFFER_SIZE;
    if (n == -1 && error_occurred()) {
        return -1;
    }
    if ((reads && writes && io_check_ability(raw, names.seekable, "File or stream is not seekable.") < 0) ||
        (reads && io_check_ability(raw, names.readable, "File or stream is not readable.") < 0) ||
        (writes && io_check_ability(raw, names.writable, "File or stream is not writable.") < 0)) {
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
    if (raw->type == &fileio_type) {
        b->position = -1; // asked for when it is needed
    } else if (raw_tell(b) < 0) {
        error_clear();
    }
    if (writes && io_writer_add(self, &buffered_kind) < 0) {
        return -1;
    }
    b->ready = true;
    return 0;
}

static int setup(Object *self, Object *raw, Object *size, bool reads, bool writes) {
    if (enter(self) < 0) {
        return -1;
    }
    int status = setup_entered(self, raw, size, reads, writes);
    leave(self);
    return status;
}

static int bind(const char *name, Object *const *args, size_t nargs, Object *kwnames, Object **b) {
    static struct Signature *signature;
    return signature_bind(&signature, name, "|(raw, buffer_size=DEFAULT_BUFFER_SIZE)", args, nargs, kwnames,
                          b);
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
    b->position = -1;
    Object *readall;
    int found = head ? object_getattr_optional(b->raw, names.readall, &readall) : -1;
    if (found < 0) {
        return NULL;
    }
    if (found) {
        Object *rest = call0(readall);
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
    Object *pieces = list_new(1);
    if (!pieces || (bytes_length(head) && list_append(pieces, head) < 0)) {
        return NULL;
    }
    while (true) {
        Object *data = call_method0(b->raw, names.read);
        if (!data) {
            return NULL;
        }
        if (data != NONE && !bytes_check(data)) {
            return raise_error(&exc_TypeError, "read() should return bytes");
        }
        if (data == NONE || !bytes_length(data)) {
            if (!list_size(pieces)) {
                return data;
            }
            Object *empty = bytes_from("", 0);
            return empty ? bytes_join(empty, pieces) : NULL;
        }
        if (list_append(pieces, data) < 0) {
            return NULL;
        }
    }
}

// Exactly `size` bytes, with as many raw reads as it takes.
static Object *read_some(Buffered *b, size_t size) {
    size_t ready = b->end - b->at;
    if (ready >= size) {
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
        if (size - done >= b->size) {
            n = raw_read(b, out + done, (size - done) / b->size * b->size);
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
        if (n <= 0) {
            break;
        }
    }
    return bytes_shorten(result, (ssize_t)done);
}

static Object *buffered_read(Object *self, Object *size) {
    ssize_t n = -1;
    if (number_optional_ssize(size, &n) < 0 || check_ready(self) < 0) {
        return NULL;
    }
    if (n < -1) {
        return raise_error(&exc_ValueError, "read length must be non-negative or -1");
    }
    if (enter_open(self, "read of closed file") < 0) {
        return NULL;
    }
    Object *result = n < 0 ? read_all(buf_of(self)) : read_some(buf_of(self), (size_t)n);
    leave(self);
    return result;
}

// At most one raw read, and none when there is something in the buffer.
static Object *buffered_read1(Object *self, Object *size) {
    Buffered *b = buf_of(self);
    ssize_t n = size ? number_to_ssize(size) : -1;
    if ((n == -1 && error_occurred()) || enter_open(self, "read of closed file") < 0) {
        return NULL;
    }
    size_t want = n < 0 ? b->size : (size_t)n, ready = b->end - b->at;
    Object *result = NULL;
    if (ready || !want) {
        want = size_min(want, ready);
        result = bytes_from(b->data + b->at, (ssize_t)want);
        b->at += want;
    } else if (!b->dirty || flush_dirty(b) == 0) {
        b->at = b->end = 0;
        result = bytes_new((ssize_t)want);
        ssize_t got = result ? raw_read(b, bytes_data(result), want) : -1;
        result = got == -1 ? NULL : bytes_shorten(result, got == -2 ? 0 : got);
    }
    leave(self);
    return result;
}

static Object *readinto_entered(Buffered *b, char *out, size_t size, bool once) {
    size_t done = 0, ready = b->end - b->at;
    if (ready) {
        done = size_min(size, ready);
        memcpy(out, b->data + b->at, done);
        b->at += done;
        if (done == size) {
            return int_from_ssize((ssize_t)done);
        }
    }
    if (b->dirty && flush_dirty(b) < 0) {
        return NULL;
    }
    b->at = b->end = 0;
    while (done < size) {
        ssize_t n;
        if (size - done > b->size) {
            n = raw_read(b, out + done, size - done);
            if (n > 0) {
                done += (size_t)n;
            }
        } else if (once && done) {
            break;
        } else {
            n = fill(b);
            if (n > 0) {
                b->at = size_min(size - done, (size_t)n);
                memcpy(out + done, b->data, b->at);
                done += b->at;
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
    return int_from_ssize((ssize_t)done);
}

static Object *readinto(Object *self, Object *target, bool once) {
    Buffer view;
    if (check_ready(self) < 0 || io_writable_buffer(target, &view, once ? "readinto1" : "readinto") < 0) {
        return NULL;
    }
    Object *result = NULL;
    if (enter_open(self, "readinto of closed file") == 0) {
        result = readinto_entered(buf_of(self), view.data, (size_t)view.length, once);
        leave(self);
    }
    buffer_release(&view);
    return result;
}
static Object *buffered_readinto(Object *self, Object *target) {
    return readinto(self, target, false);
}
static Object *buffered_readinto1(Object *self, Object *target) {
    return readinto(self, target, true);
}

static Object *buffered_peek(Object *self, Object *size) {
    Buffered *b = buf_of(self);
    if ((size && number_to_ssize(size) == -1 && error_occurred()) ||
        enter_open(self, "peek of closed file") < 0) {
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
    if (enter_open(self, "readline of closed file") < 0) {
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
    return limit == -2 || check_ready(self) < 0 ? NULL : read_line(self, limit);
}

static Object *buffered_next(Object *self) {
    if (check_ready(self) < 0) {
        return NULL;
    }
    if (self->type == &buffered_reader_type || self->type == &buffered_random_type) {
        Object *line = read_line(self, -1);
        return line && bytes_length(line) ? line : NULL;
    }
    Object *line = call_method0(self, names.readline);
    if (line && !bytes_check(line)) {
        return raise_error(&exc_OSError, "readline() should have returned a bytes object, not '%T'", line);
    }
    return line && bytes_length(line) ? line : NULL;
}

// ---- writing

// Keeps as much of `data` as fits behind what is dirty; raises BlockingIOError when that is not all.
static ssize_t keep_or_block(Buffered *b, const char *data, size_t size, size_t written) {
    size_t room = size_min(b->size - b->dirty, size);
    memcpy(b->data + b->dirty, data, room);
    b->dirty += room;
    if (room == size) {
        return (ssize_t)(written + size);
    }
    blocking_error(written + room);
    return -1;
}

static ssize_t write_bytes(Buffered *b, const char *data, size_t size) {
    if (b->end && drop_read_ahead(b) < 0) {
        return -1;
    }
    if (size <= b->size - b->dirty) {
        memcpy(b->data + b->dirty, data, size);
        b->dirty += size;
        return (ssize_t)size;
    }
    bool would_block = false;
    if (flush_dirty_until(b, &would_block) < 0) {
        if (!would_block) {
            return -1;
        }
        error_clear();
        return keep_or_block(b, data, size, 0);
    }
    size_t done = 0;
    while (size - done > b->size) {
        ssize_t n = raw_write(b, data + done, size - done);
        if (n == -2) {
            return keep_or_block(b, data + done, size - done, done);
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
    if (check_ready(self) < 0 || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    ssize_t n = -1;
    if (enter(self) == 0) {
        if (check_ready(self) == 0 && check_not_closed(self, "write to closed file") == 0) {
            n = write_bytes(buf_of(self), view.data, (size_t)view.length);
        }
        leave(self);
    }
    buffer_release(&view);
    return n < 0 ? NULL : int_from_ssize(n);
}

static Object *buffered_flush(Object *self) {
    Buffered *b = buf_of(self);
    if (enter_open(self, "flush of closed file") < 0) {
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
    Object *raw = ready_raw(self);
    return raw ? call_method0(raw, names.flush) : NULL;
}

static Object *buffered_dealloc_warn(Object *self, Object *source) {
    Object *raw = __atomic_load_n(&buf_of(self)->raw, __ATOMIC_ACQUIRE);
    if (buf_of(self)->ready && raw && !io_call1(raw, names._dealloc_warn, source)) {
        error_clear();
    }
    return NONE;
}

static Object *buffered_close(Object *self) {
    Buffered *b = buf_of(self);
    if (check_ready(self) < 0 || enter(self) < 0) {
        return NULL;
    }
    int closed = !b->raw ? 1 : io_is_closed(b->raw);
    if (closed) {
        leave(self);
        return closed < 0 ? NULL : NONE;
    }
    if (b->finalizing) {
        buffered_dealloc_warn(self, self);
    }
    // flush() is looked up, and takes the lock itself.
    leave(self);
    Object *error = call_method0(self, names.flush) ? NULL : error_take();
    if (enter(self) < 0) {
        return NULL;
    }
    Object *result = b->raw ? call_method0(b->raw, names.close) : NONE;
    gc_store(self, &b->data, NULL);
    b->at = b->end = b->dirty = b->size = 0;
    io_writer_remove(self, &buffered_kind);
    if (error) {
        if (result) {
            error_restore(error);
        } else {
            error_chain_context(error);
        }
        result = NULL;
    }
    leave(self);
    return result;
}

static Object *buffered_seek(Object *self, Object *target, Object *whence) {
    Buffered *b = buf_of(self);
    int how = whence ? int_to_c_int(whence) : 0;
    Object *stream = how == -1 && error_occurred() ? NULL : ready_raw(self);
    if (!stream) {
        return NULL;
    }
    if (how < 0 || how > 4) {
        return raise_error(&exc_ValueError, "whence value %d unsupported", how);
    }
    if (check_not_closed(self, "seek of closed file") < 0 ||
        io_check_ability(stream, names.seekable, "File or stream is not seekable.") < 0) {
        return NULL;
    }
    Object *index = number_index(target);
    int overflow = 0;
    int64_t offset = index ? int_as_i64(index, &overflow) : -1;
    if (overflow) {
        return raise_error(&exc_ValueError, "cannot fit '%T' into an offset-sized integer", target);
    }
    if ((offset == -1 && error_occurred()) || enter_open(self, "seek of closed file") < 0) {
        return NULL;
    }
    int64_t at = -1;
    // A target inside of what was read ahead needs no system call.
    if (how < 2 && b->readable && b->end && !b->dirty) {
        int64_t raw = b->position >= 0 ? b->position : raw_tell(b), unread = (int64_t)(b->end - b->at);
        int64_t delta = how == 0 ? offset - (raw - unread) : offset;
        if (raw < 0) {
            leave(self);
            return NULL;
        }
        if (unread > 0 && delta >= -(int64_t)b->at && delta <= unread) {
            b->at += (size_t)delta;
            leave(self);
            return int_from_i64(raw - unread + delta);
        }
    }
    if (b->dirty == 0 || flush_dirty(b) == 0) {
        if (how == 1) {
            offset -= (int64_t)(b->end - b->at);
        }
        at = raw_seek(b, offset, how);
        if (at >= 0) {
            b->at = b->end = 0;
        }
    }
    leave(self);
    return at < 0 ? NULL : int_from_i64(at);
}

static Object *buffered_tell(Object *self) {
    Buffered *b = buf_of(self);
    if (check_ready(self) < 0) {
        return NULL;
    }
    int64_t at = raw_tell(b);
    return at < 0 ? NULL : int_from_i64(at - (int64_t)(b->end - b->at) + (int64_t)b->dirty);
}

static Object *buffered_truncate(Object *self, Object *size) {
    Buffered *b = buf_of(self);
    if (check_ready(self) < 0 || check_not_closed(self, "truncate of closed file") < 0) {
        return NULL;
    }
    if (!b->writable) {
        return raise_unsupported("truncate");
    }
    if (enter_open(self, "truncate of closed file") < 0) {
        return NULL;
    }
    Object *result = NULL;
    if (flush_dirty(b) == 0 && drop_read_ahead(b) == 0) {
        result = io_call1(b->raw, names.truncate, size ? size : NONE);
        Object *error = error_take();
        if (result && raw_tell(b) < 0) {
            error_clear();
        }
        error_restore(error);
    }
    leave(self);
    return result;
}

static Object *buffered_detach(Object *self) {
    Buffered *b = buf_of(self);
    if (check_ready(self) < 0 || !call_method0(self, names.flush) || enter(self) < 0) {
        return NULL;
    }
    Object *raw = b->ready ? b->raw : NULL;
    if (raw) {
        gc_store(self, &b->raw, NULL);
        b->ready = false;
        b->detached = true;
        io_writer_remove(self, &buffered_kind);
    } else {
        check_ready(self);
    }
    leave(self);
    return raw;
}

#define FORWARD(name) \
    static Object *buffered_##name(Object *self) { \
        Object *raw = ready_raw(self); \
        return raw ? io_call(raw, names.name) : NULL; \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)
#undef FORWARD

static Object *raw_attribute(Object *self, void *name) {
    Object *raw = ready_raw(self);
    return raw ? object_getattr_cstring(raw, name) : NULL;
}

// Of several text streams around it one may have been dropped, and with reference counts have closed it by now: loops that
// read standard input through a new text stream each time until `sys.stdin.closed` end by that.
static Object *get_closed(Object *self, void *name) {
    bool shared = __atomic_load_n(&buf_of(self)->wrappers, __ATOMIC_RELAXED) > 1;
    return shared && heap_before_blocking() < 0 ? NULL : raw_attribute(self, name);
}

void io_buffered_wrapped(Object *buffered, bool gone) {
    if (is_exact(buffered)) {
        uint8_t *wrappers = &buf_of(buffered)->wrappers, before = __atomic_load_n(wrappers, __ATOMIC_RELAXED);
        __atomic_store_n(wrappers, gone ? 0 : before ? 2 : 1, __ATOMIC_RELAXED);
    }
}

static Object *buffered_sizeof(Object *self) {
    return int_from_ssize(type_reported_size(self->type) +
                          (buf_of(self)->data ? (ssize_t)buf_of(self)->size : 0));
}

static Object *buffered_repr(Object *self) {
    Object *name = NULL;
    if (object_getattr_optional(self, names.name, &name) < 0) {
        if (!error_clear_if(&exc_ValueError)) {
            return NULL;
        }
        name = NULL;
    }
    if (!name) {
        return str_format("<%s>", self->type->name);
    }
    // A raw stream whose name is this object (or leads back to it) must not recurse for ever.
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return raise_error(&exc_RuntimeError, "reentrant call inside %s.__repr__", self->type->name);
    }
    Object *text = str_format("<%s name=%R>", self->type->name, name);
    repr_leave(&guard);
    return text;
}

#define SHARED \
    BUILTIN("detach", buffered_detach, "-($self, /)", 0, NULL), \
        BUILTIN("close", buffered_close, "-($self, /)", 0, NULL), \
        BUILTIN("seekable", buffered_seekable, "-($self, /)", 0, NULL), \
        BUILTIN("fileno", buffered_fileno, "-($self, /)", 0, NULL), \
        BUILTIN("isatty", buffered_isatty, "-($self, /)", 0, NULL), \
        BUILTIN("_dealloc_warn", buffered_dealloc_warn, "-($self, source, /)", 0, NULL), \
        BUILTIN("__sizeof__", buffered_sizeof, "-($self, /)", 0, NULL), \
        BUILTIN("seek", buffered_seek, "($self, target, whence=0, /)", 0, NULL), \
        BUILTIN("tell", buffered_tell, "-($self, /)", 0, NULL), \
        BUILTIN("truncate", buffered_truncate, "($self, pos=None, /)", 0, NULL)
#define READING \
    BUILTIN("read", buffered_read, "($self, size=-1, /)", 0, NULL), \
        BUILTIN("peek", buffered_peek, "($self, size=0, /)", 0, NULL), \
        BUILTIN("read1", buffered_read1, "($self, size=-1, /)", 0, NULL), \
        BUILTIN("readinto", buffered_readinto, "($self, buffer, /)", 0, NULL), \
        BUILTIN("readinto1", buffered_readinto1, "($self, buffer, /)", 0, NULL), \
        BUILTIN("readline", buffered_readline, "($self, size=-1, /)", 0, NULL)

static BuiltinDef reader_methods[] = {
    SHARED,
    READING,
    BUILTIN("flush", simple_flush, "-($self, /)", 0, NULL),
    BUILTIN("readable", buffered_readable, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef writer_methods[] = {
    SHARED,
    BUILTIN("flush", buffered_flush, "-($self, /)", 0, NULL),
    BUILTIN("writable", buffered_writable, "-($self, /)", 0, NULL),
    BUILTIN("write", buffered_write, "($self, buffer, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef random_methods[] = {
    SHARED,
    READING,
    BUILTIN("flush", buffered_flush, "-($self, /)", 0, NULL),
    BUILTIN("readable", buffered_readable, "-($self, /)", 0, NULL),
    BUILTIN("writable", buffered_writable, "-($self, /)", 0, NULL),
    BUILTIN("write", buffered_write, "($self, buffer, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef getsets[] = {
    { "closed", get_closed, NULL, NULL, "closed" },
    { "name", raw_attribute, NULL, NULL, "name" },
    { "mode", raw_attribute, NULL, NULL, "mode" },
    { NULL, NULL, NULL, NULL, NULL },
};

static MemberDef members[] = {
    { "raw", MEMBER_OBJECT, offsetof(Buffered, raw), MEMBER_READONLY, NULL },
    { "_finalizing", MEMBER_BOOL, offsetof(Buffered, finalizing), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};

#define BUFFERED(c_name, python_name, its_methods, its_init, its_next) \
    Type c_name##_type; \
    const TypeSpec c_name##_spec = { \
        .name = "_io." python_name, \
        .base = &bufferediobase_type, \
        .basic_size = 152, \
        .instance_size = sizeof(Buffered), \
        .members = members, \
        .dict_offset = offsetof(IoHead, dict), \
        .weaklist_offset = offsetof(IoHead, weaklist), \
        .flags = TF_BASE | TF_GC, \
        .methods = its_methods, \
        .getsets = getsets, \
        .trace = buffered_trace, \
        .slots = { .repr = buffered_repr, .new = buffered_new, .init = its_init, .next = its_next }, \
    };
BUFFERED(buffered_reader, "BufferedReader", reader_methods, reader_init, buffered_next)
BUFFERED(buffered_writer, "BufferedWriter", writer_methods, writer_init, NULL)
BUFFERED(buffered_random, "BufferedRandom", random_methods, random_init, buffered_next)

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
        arguments_check_count("BufferedRWPair", nargs, 2, 3) < 0 ||
        (nargs > 2 && number_to_ssize(args[2]) == -1 && error_occurred()) ||
        io_check_ability(args[0], names.readable, "File or stream is not readable.") < 0 ||
        io_check_ability(args[1], names.writable, "File or stream is not writable.") < 0) {
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
#define PAIR(name, half) \
    static Object *pair_##name(Object *self, Object *const *args, size_t nargs, Object *kwnames) { \
        return pair_call(self, ((Pair *)self)->half, #name, args, nargs); \
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
    error_chain_context(error);
    return first && second ? NONE : NULL;
}
// True when either half is a terminal.
static Object *pair_isatty(Object *self) {
    Object *result = pair_call(self, ((Pair *)self)->writer, "isatty", NULL, 0);
    return !result || result != FALSE_OBJECT ? result
                                             : pair_call(self, ((Pair *)self)->reader, "isatty", NULL, 0);
}
static Object *pair_closed(Object *self, void *closure) {
    Object *writer = ((Pair *)self)->writer;
    return writer ? object_getattr(writer, names.closed)
                  : raise_error(&exc_RuntimeError, "the BufferedRWPair object is being garbage-collected");
}
static BuiltinDef pair_methods[] = {
    BUILTIN("read", pair_read, NULL, 0, NULL),
    BUILTIN("peek", pair_peek, NULL, 0, NULL),
    BUILTIN("read1", pair_read1, NULL, 0, NULL),
    BUILTIN("readinto", pair_readinto, NULL, 0, NULL),
    BUILTIN("readinto1", pair_readinto1, NULL, 0, NULL),
    BUILTIN("write", pair_write, NULL, 0, NULL),
    BUILTIN("flush", pair_flush, NULL, 0, NULL),
    BUILTIN("readable", pair_readable, NULL, 0, NULL),
    BUILTIN("writable", pair_writable, NULL, 0, NULL),
    BUILTIN("close", pair_close, "-($self, /)", 0, NULL),
    BUILTIN("isatty", pair_isatty, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef pair_getsets[] = {
    { "closed", pair_closed, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type buffered_rwpair_type;
const TypeSpec buffered_rwpair_spec = {
    .name = "_io.BufferedRWPair",
    .base = &bufferediobase_type,
    .basic_size = sizeof(Pair),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = pair_methods,
    .getsets = pair_getsets,
    .trace = pair_trace,
    .slots = { .new = buffered_new, .init = pair_init },
};
