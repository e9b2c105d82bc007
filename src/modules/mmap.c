// mmap: memory-mapped files and anonymous memory.
//
// Every access happens under the object's lock: another thread may close or resize the mapping at any
// time. What is exported as a buffer can be neither closed nor resized.
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/search.h"
#include "modules/fields.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/sequence_types.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

typedef enum Access { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY } Access;

typedef struct Mapping {
    Object base;
    char *data;  // NULL: closed
    ssize_t size, position;
    int64_t offset;
    ssize_t exports;
    int fd;      // -1: anonymous memory
    Object *weaklist;
    int access;
    uintptr_t lock;  // beyond CPython's fields
    ssize_t
        most; // what the system gave it, if it is anonymous and shared: more would be there and fault; else 0
    bool viewed; // a buffer of it was exported once
    bool ended; // it was finalized while one was: who gives back the last one unmaps it
} Mapping;

static Type mmap_type;

static Object *closed_error(void) {
    return raise_error(&exc_ValueError, "mmap closed or invalid");
}

// Takes the lock; false with ValueError when the mapping is closed.
static bool enter(Mapping *m) {
    object_lock(&m->lock);
    if (m->data) {
        return true;
    }
    object_unlock(&m->lock);
    closed_error();
    return false;
}
static void leave(Mapping *m) {
    object_unlock(&m->lock);
}
static bool is_open(Mapping *m) {
    if (!enter(m)) {
        return false;
    }
    leave(m);
    return true;
}

static bool check_writable(const Mapping *m) {
    if (m->access != ACCESS_READ) {
        return true;
    }
    raise_error(&exc_TypeError, "mmap can't modify a readonly memory map.");
    return false;
}

static int size_argument(Object *o, ssize_t *value) {
    if (o) {
        *value = number_to_ssize(o);
        return *value == -1 && error_occurred() ? -1 : 0;
    }
    return 0;
}

// ---- making and closing

static Object *mmap_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "fileno", "length", "flags", "prot", "access", "offset" };
    static const FieldFormat format = { NULL, field_names, "iOiiiO", 2, 6 };
    enum { FD, LENGTH, FLAGS, PROT, ACCESS, OFFSET };
    int f[6] = { [FLAGS] = MAP_SHARED, [PROT] = PROT_READ | PROT_WRITE, [ACCESS] = ACCESS_DEFAULT };
    Object *objects[6] = {};
    ssize_t size = 0, offset = 0;
    if (fields_bind(&format, args, nargs, kwnames, f, objects) < 0 ||
        size_argument(objects[LENGTH], &size) < 0 || size_argument(objects[OFFSET], &offset) < 0) {
        return NULL;
    }
    if (size < 0 || offset < 0) {
        return raise_error(&exc_OverflowError, size < 0 ? "memory mapped length must be positive"
                                                        : "memory mapped offset must be positive");
    }
    if (f[ACCESS] != ACCESS_DEFAULT && (f[FLAGS] != MAP_SHARED || f[PROT] != (PROT_READ | PROT_WRITE))) {
        return raise_error(&exc_ValueError, "mmap can't specify both access and flags, prot.");
    }
    switch (f[ACCESS]) {
    case ACCESS_READ: f[PROT] = PROT_READ; break;
    case ACCESS_WRITE: break;
    case ACCESS_COPY: f[FLAGS] = MAP_PRIVATE; break;
    case ACCESS_DEFAULT:
        if (!(f[PROT] & PROT_WRITE)) {
            f[ACCESS] = ACCESS_READ;
        } else if (!(f[PROT] & PROT_READ)) {
            f[ACCESS] = ACCESS_WRITE;
        }
        break;
    default: return raise_error(&exc_ValueError, "mmap invalid access parameter.");
    }
    if (audit_active() && audit("mmap.__new__", "inin", f[FD], size, f[ACCESS], offset) < 0) {
        return NULL;
    }
    struct stat status;
    if (f[FD] != -1 && fstat(f[FD], &status) == 0 && S_ISREG(status.st_mode)) {
        if (size == 0) {
            if (status.st_size == 0) {
                return raise_error(&exc_ValueError, "cannot mmap an empty file");
            }
            if (offset >= status.st_size) {
                return raise_error(&exc_ValueError, "mmap offset is greater than file size");
            }
            size = status.st_size - offset;
        } else if (offset > status.st_size || status.st_size - offset < size) {
            return raise_error(&exc_ValueError, "mmap length is greater than file size");
        }
    }
    Mapping *m = (Mapping *)object_alloc(type);
    if (!m) {
        return NULL;
    }
    m->fd = -1;
    m->access = f[ACCESS];
    m->offset = offset;
    if (f[FD] == -1) {
        f[FLAGS] |= MAP_ANONYMOUS;
    } else {
        m->fd = fcntl(f[FD], F_DUPFD_CLOEXEC, 0);
        if (m->fd < 0) {
            return raise_os_error(errno, NULL, NULL);
        }
    }
    void *data = mmap(NULL, (size_t)size, f[PROT], f[FLAGS], f[FD], offset);
    if (data == MAP_FAILED) {
        int error = errno;
        if (m->fd >= 0) {
            close(m->fd);
            m->fd = -1;
        }
        return raise_os_error(error, NULL, NULL);
    }
    m->size = size;
    m->data = data;
    m->most = f[FLAGS] & MAP_ANONYMOUS && f[FLAGS] & MAP_SHARED ? (ssize_t)round_up((size_t)size, 4096) : 0;
    heap_count_external(size);
    return &m->base;
}

// Memory goes away between these two: no other thread is amid a memoryview's access then, which looks whether the view was
// released and goes on without a safepoint.
static bool views_stop(const Mapping *m) {
    bool stop = runtime_multithreaded && m->viewed;
    if (stop) {
        world_stop();
    }
    return stop;
}
static void views_go_on(bool stopped) {
    if (stopped) {
        world_start();
    }
}

// False when a buffer is exported.
static bool unmap(Mapping *m) {
    object_lock(&m->lock);
    if (exports_read(&m->exports) > 0) {
        object_unlock(&m->lock);
        return false;
    }
    char *data = m->data;
    ssize_t size = m->size;
    int fd = m->fd;
    m->data = NULL;
    m->fd = -1;
    object_unlock(&m->lock);
    if (fd >= 0) {
        close(fd);
    }
    if (data) {
        bool stopped = views_stop(m);
        munmap(data, (size_t)size);
        views_go_on(stopped);
        heap_count_external(-size);
    }
    return true;
}

// True when no buffer is exported any more: views that nobody uses are released first.
static bool is_released(Mapping *m) {
    if (exports_read(&m->exports) > 0) {
        heap_collect();
        error_clear();
    }
    return exports_read(&m->exports) <= 0;
}

static Object *mmap_close(Object *self) {
    Mapping *m = (Mapping *)self;
    // Another thread may have exported a buffer since the look.
    return is_released(m) && unmap(m) ? NONE
                                      : raise_error(&exc_BufferError, "cannot close exported pointers exist");
}

static void mmap_finalize(Object *self) {
    Mapping *m = (Mapping *)self;
    // A view that died with it may have been brought back by another finalizer.
    __atomic_store_n(&m->ended, true, __ATOMIC_SEQ_CST);
    unmap(m);
}

static Object *mmap_enter(Object *self) {
    return is_open((Mapping *)self) ? self : NULL;
}

static Object *mmap_exit(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return mmap_close(self);
}

// ---- searching

static Object *find(Object *self, Object *what, Object *start_object, Object *end_object, bool reverse) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m)) {
        return NULL;
    }
    ssize_t start = __atomic_load_n(&m->position, __ATOMIC_RELAXED), end = m->size;
    Buffer view;
    if (object_get_buffer(what, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    if (size_argument(start_object, &start) < 0 || size_argument(end_object, &end) < 0 || !enter(m)) {
        buffer_release(&view);
        return NULL;
    }
    ssize_t *bounds[2] = { &start, &end };
    for (int i = 0; i < 2; i++) {
        ssize_t b = *bounds[i];
        b = b < 0 ? b + m->size : b;
        *bounds[i] = b < 0 ? 0 : b > m->size ? m->size : b;
    }
    ssize_t at = start > end
                     ? -1
                     : search_text(1, m->data + start, end - start, view.data, view.length, reverse ? -1 : 1);
    leave(m);
    buffer_release(&view);
    return int_from_ssize(at < 0 ? -1 : start + at);
}

static Object *mmap_find(Object *self, Object *what, Object *start, Object *end) {
    return find(self, what, start, end, false);
}
static Object *mmap_rfind(Object *self, Object *what, Object *start, Object *end) {
    return find(self, what, start, end, true);
}

// ---- reading and writing at the position

// A copy of `count` bytes from the position on; called with the lock held, which it gives back.
static Object *take(Mapping *m, ssize_t count) {
    Object *result = bytes_from(m->data + m->position, count);
    m->position += result ? count : 0;
    leave(m);
    return result;
}

static ssize_t remaining(const Mapping *m) {
    return m->position < m->size ? m->size - m->position : 0;
}

static Object *mmap_read(Object *self, Object *count_object) {
    Mapping *m = (Mapping *)self;
    ssize_t count = -1;
    if (!is_open(m)) {
        return NULL;
    }
    if (number_optional_ssize(count_object, &count) < 0 || !enter(m)) {
        return NULL;
    }
    ssize_t rest = remaining(m);
    return take(m, count < 0 || count > rest ? rest : count);
}

static Object *mmap_readline(Object *self) {
    Mapping *m = (Mapping *)self;
    if (!enter(m)) {
        return NULL;
    }
    ssize_t rest = remaining(m);
    char *start = m->data + m->position, *newline = rest ? memchr(start, '\n', (size_t)rest) : NULL;
    return take(m, newline ? newline + 1 - start : rest);
}

static Object *mmap_read_byte(Object *self) {
    Mapping *m = (Mapping *)self;
    if (!enter(m)) {
        return NULL;
    }
    int byte = remaining(m) ? (uint8_t)m->data[m->position++] : -1;
    leave(m);
    return byte < 0 ? raise_error(&exc_ValueError, "read byte out of range") : int_from_i64(byte);
}

static Object *mmap_write(Object *self, Object *data) {
    Mapping *m = (Mapping *)self;
    Buffer view;
    if (!is_open(m) || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    if (!check_writable(m) || !enter(m)) {
        buffer_release(&view);
        return NULL;
    }
    bool fits = m->position <= m->size && m->size - m->position >= view.length;
    if (fits) {
        memmove(m->data + m->position, view.data, (size_t)view.length);
        m->position += view.length;
    }
    leave(m);
    ssize_t written = view.length;
    buffer_release(&view);
    return fits ? int_from_ssize(written) : raise_error(&exc_ValueError, "data out of range");
}

static Object *mmap_write_byte(Object *self, Object *value) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m)) {
        return NULL;
    }
    Object *index = number_index(value);
    int64_t byte = index ? int_to_i64(index) : -1;
    if (byte == -1 && error_occurred()) {
        return NULL;
    }
    if (byte < 0 || byte > 255) {
        return raise_error(&exc_OverflowError, byte < 0 ? "unsigned byte integer is less than minimum"
                                                        : "unsigned byte integer is greater than maximum");
    }
    if (!check_writable(m) || !enter(m)) {
        return NULL;
    }
    bool fits = remaining(m) > 0;
    if (fits) {
        m->data[m->position++] = (char)byte;
    }
    leave(m);
    return fits ? NONE : raise_error(&exc_ValueError, "write byte out of range");
}

static Object *mmap_seek(Object *self, Object *distance_object, Object *whence_object) {
    Mapping *m = (Mapping *)self;
    ssize_t distance = 0, where;
    int whence = 0;
    if (!is_open(m) || size_argument(distance_object, &distance) < 0 ||
        (whence_object && int_field(whence_object, &whence) < 0)) {
        return NULL;
    }
    if (whence < 0 || whence > 2) {
        return raise_error(&exc_ValueError, "unknown seek type");
    }
    if (!enter(m)) {
        return NULL;
    }
    ssize_t from = whence == 0 ? 0 : whence == 1 ? m->position : m->size;
    bool valid = !__builtin_add_overflow(from, distance, &where) && where >= 0 && where <= m->size;
    if (valid) {
        m->position = where;
    }
    leave(m);
    return valid ? NONE : raise_error(&exc_ValueError, "seek out of range");
}

static Object *mmap_tell(Object *self) {
    Mapping *m = (Mapping *)self;
    return is_open(m) ? int_from_ssize(__atomic_load_n(&m->position, __ATOMIC_RELAXED)) : NULL;
}

static Object *mmap_move(Object *self, Object *to_object, Object *from_object, Object *count_object) {
    Mapping *m = (Mapping *)self;
    ssize_t to, from, count;
    if (!is_open(m) || size_argument(to_object, &to) < 0 || size_argument(from_object, &from) < 0 ||
        size_argument(count_object, &count) < 0 || !check_writable(m) || !enter(m)) {
        return NULL;
    }
    bool valid = to >= 0 && from >= 0 && count >= 0 && m->size - to >= count && m->size - from >= count;
    if (valid) {
        memmove(m->data + to, m->data + from, (size_t)count);
    }
    leave(m);
    return valid ? NONE : raise_error(&exc_ValueError, "source, destination, or count out of range");
}

// ---- the mapping as a whole

static Object *mmap_size(Object *self) {
    Mapping *m = (Mapping *)self;
    struct stat status;
    if (!is_open(m)) {
        return NULL;
    }
    return fstat(m->fd, &status) < 0 ? raise_os_error(errno, NULL, NULL) : int_from_i64(status.st_size);
}

static Object *mmap_resize(Object *self, Object *size_object) {
    Mapping *m = (Mapping *)self;
    ssize_t size;
    if (!is_open(m) || size_argument(size_object, &size) < 0) {
        return NULL;
    }
    if (!is_released(m)) {
        return raise_error(&exc_BufferError, "mmap can't resize with extant buffers exported.");
    }
    if (m->access == ACCESS_READ || m->access == ACCESS_COPY) {
        return raise_error(&exc_TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
    }
    if (size < 0 || SSIZE_LIMIT - size < m->offset) {
        return raise_error(&exc_ValueError, "new size out of range");
    }
    if (size == 0) {
        // Such a mapping cannot exist; truncating the file first would leave one that faults.
        return raise_os_error(EINVAL, NULL, NULL);
    }
    if (m->most && size > m->most) { // python3.11 dies at the first access
        return raise_error(&exc_ValueError, "mmap: can't expand a shared anonymous mapping on Linux");
    }
    int error = 0;
    bool stopped = views_stop(m);
    object_lock(&m->lock);
    bool open = m->data != NULL;
    if (!open) {
    } else if (exports_read(&m->exports) > 0) {
        error = EBUSY;
    } else if (m->fd >= 0 && ftruncate(m->fd, m->offset + size) < 0) {
        error = errno;
    } else {
        void *data = mremap(m->data, (size_t)m->size, (size_t)size, MREMAP_MAYMOVE);
        if (data == MAP_FAILED) {
            error = errno;
        } else {
            heap_count_external(size - m->size);
            m->data = data;
            m->size = size;
        }
    }
    leave(m);
    views_go_on(stopped);
    return !open ? closed_error() : error ? raise_os_error(error, NULL, NULL) : NONE;
}

typedef struct Sync {
    char *start;
    size_t size;
    int error;
} Sync;

static void *do_sync(void *context) {
    Sync *sync = context;
    sync->error = msync(sync->start, sync->size, MS_SYNC) < 0 ? errno : 0;
    return NULL;
}

static Object *mmap_flush(Object *self, Object *offset_object, Object *size_object) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m)) {
        return NULL;
    }
    ssize_t offset = 0, size = m->size;
    if (size_argument(offset_object, &offset) < 0 || size_argument(size_object, &size) < 0) {
        return NULL;
    }
    if (size < 0 || offset < 0 || m->size - offset < size) {
        return raise_error(&exc_ValueError, "flush values out of range");
    }
    if (m->access == ACCESS_READ || m->access == ACCESS_COPY) {
        return NONE;
    }
    if (!enter(m)) {
        return NULL;
    }
    // A mapping that is closed meanwhile makes msync fail, nothing worse.
    Sync sync = { m->data + offset, (size_t)size, 0 };
    leave(m);
    blocking_call(do_sync, &sync);
    return sync.error ? raise_os_error(sync.error, NULL, NULL) : NONE;
}

static Object *mmap_madvise(Object *self, Object *option_object, Object *start_object,
                            Object *length_object) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m)) {
        return NULL;
    }
    int option;
    ssize_t start = 0, length = m->size;
    if (int_field(option_object, &option) < 0 || size_argument(start_object, &start) < 0 ||
        size_argument(length_object, &length) < 0) {
        return NULL;
    }
    if (start < 0 || start >= m->size) {
        return raise_error(&exc_ValueError, "madvise start out of bounds");
    }
    if (length < 0) {
        return raise_error(&exc_ValueError, "madvise length invalid");
    }
    if (SSIZE_LIMIT - start < length) {
        return raise_error(&exc_OverflowError, "madvise length too large");
    }
    if (!enter(m)) {
        return NULL;
    }
    length = length > m->size - start ? m->size - start : length;
    int error = length > 0 && madvise(m->data + start, (size_t)length, option) < 0 ? errno : 0;
    leave(m);
    return error ? raise_os_error(error, NULL, NULL) : NONE;
}

static Object *get_closed(Object *self, void *closure) {
    (void)closure;
    return bool_from(!((Mapping *)self)->data);
}

static Object *mmap_repr(Object *self) {
    static const char *const names_of[] = { "ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY" };
    Mapping *m = (Mapping *)self;
    if (!m->data) {
        return str_format("<%s closed=True>", self->type->name);
    }
    return str_format("<%s closed=False, access=%s, length=%zd, pos=%zd, offset=%zd>", self->type->name,
                      names_of[m->access], m->size, m->position, (ssize_t)m->offset);
}

// ---- as a sequence

static ssize_t mmap_length(Object *self) {
    Mapping *m = (Mapping *)self;
    return is_open(m) ? m->size : -1;
}

static ssize_t index_of(Mapping *m, Object *key) {
    ssize_t i = number_as_ssize(key, &exc_IndexError);
    return i < 0 && !error_occurred() ? i + m->size : i;
}

static Object *index_error(void) {
    return raise_error(&exc_IndexError, "mmap index out of range");
}

static Object *mmap_getitem(Object *self, Object *key) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m)) {
        return NULL;
    }
    if (number_check_index(key)) {
        ssize_t i = index_of(m, key);
        if (error_occurred() || !enter(m)) {
            return NULL;
        }
        int byte = i >= 0 && i < m->size ? (uint8_t)m->data[i] : -1;
        leave(m);
        return byte < 0 ? index_error() : int_from_i64(byte);
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "mmap indices must be integers");
    }
    ssize_t start, stop, step;
    if (slice_unpack(key, &start, &stop, &step) < 0 || !enter(m)) {
        return NULL;
    }
    ssize_t count = slice_adjust(m->size, &start, &stop, step);
    Object *result = bytes_new(count < 0 ? 0 : count);
    if (result && step == 1) {
        memcpy(bytes_data(result), m->data + start, (size_t)count);
    } else if (result) {
        for (ssize_t i = 0, at = start; i < count; i++, at += step) {
            bytes_data(result)[i] = m->data[at];
        }
    }
    leave(m);
    return result;
}

static int set_slice(Mapping *m, Object *key, Object *value) {
    ssize_t start, stop, step;
    if (slice_unpack(key, &start, &stop, &step) < 0) {
        return -1;
    }
    if (!value) {
        raise_error(&exc_TypeError, "mmap object doesn't support slice deletion");
        return -1;
    }
    Buffer view;
    if (object_get_buffer(value, &view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    if (!enter(m)) {
        buffer_release(&view);
        return -1;
    }
    ssize_t count = slice_adjust(m->size, &start, &stop, step);
    bool fits = view.length == count;
    if (fits && step == 1) {
        memmove(m->data + start, view.data, (size_t)count);
    } else if (fits) {
        for (ssize_t i = 0, at = start; i < count; i++, at += step) {
            m->data[at] = ((char *)view.data)[i];
        }
    }
    leave(m);
    buffer_release(&view);
    if (!fits) {
        raise_error(&exc_IndexError, "mmap slice assignment is wrong size");
    }
    return fits ? 0 : -1;
}

static int mmap_setitem(Object *self, Object *key, Object *value) {
    Mapping *m = (Mapping *)self;
    if (!is_open(m) || !check_writable(m)) {
        return -1;
    }
    if (key->type == &slice_type) {
        return set_slice(m, key, value);
    }
    if (!number_check_index(key)) {
        raise_error(&exc_TypeError, "mmap indices must be integer");
        return -1;
    }
    ssize_t i = index_of(m, key);
    if (error_occurred()) {
        return -1;
    }
    if (i < 0 || i >= m->size) {
        index_error();
        return -1;
    }
    if (!value || !number_check_index(value)) {
        raise_error(&exc_TypeError,
                    value ? "mmap item value must be an int" : "mmap doesn't support item deletion");
        return -1;
    }
    ssize_t byte = number_as_ssize(value, &exc_TypeError);
    if (byte == -1 && error_occurred()) {
        return -1;
    }
    if (byte < 0 || byte > 255) {
        raise_error(&exc_ValueError, "mmap item value must be in range(0, 256)");
        return -1;
    }
    if (!enter(m)) {
        return -1;
    }
    bool fits = i < m->size;
    if (fits) {
        m->data[i] = (char)byte;
    }
    leave(m);
    if (!fits) {
        index_error();
    }
    return fits ? 0 : -1;
}

// Iteration gives bytes of length one, where indexing gives ints: CPython's two protocols differ so.
static Object *byte_at(Object *self, ssize_t i) {
    Mapping *m = (Mapping *)self;
    if (!enter(m)) {
        return NULL;
    }
    bool valid = i < m->size;
    char byte = valid ? m->data[i] : 0;
    leave(m);
    return valid ? bytes_from(&byte, 1) : index_error();
}

// ---- buffers

static int mmap_get_buffer(Object *self, Buffer *view, int flags) {
    Mapping *m = (Mapping *)self;
    if (!enter(m)) {
        return -1;
    }
    char *data = m->data;
    ssize_t size = m->size;
    exports_add(&m->exports);
    m->viewed = true;
    leave(m);
    int status = buffer_fill(view, self, data, size, m->access == ACCESS_READ, flags);
    if (status < 0) {
        exports_drop(&m->exports);
    }
    return status;
}

static void mmap_release_buffer(Object *self, Buffer *view) {
    (void)view;
    Mapping *m = (Mapping *)self;
    exports_drop(&m->exports);
    if (__atomic_load_n(&m->ended, __ATOMIC_SEQ_CST)) {
        unmap(m);
    }
}

// ---- the module

static BuiltinDef mmap_methods[] = {
    BUILTIN("close", mmap_close, "-($self, /)", 0, NULL),
    BUILTIN("find", mmap_find, "-|($self, sub, start=0, end=0, /)", 0, NULL),
    BUILTIN("rfind", mmap_rfind, "-|($self, sub, start=0, end=0, /)", 0, NULL),
    BUILTIN("flush", mmap_flush, "-|($self, offset=0, size=0, /)", 0, NULL),
    BUILTIN("madvise", mmap_madvise, "-|($self, option, start=0, length=0, /)", 0, NULL),
    BUILTIN("move", mmap_move, "-|($self, dest, src, count, /)", 0, NULL),
    BUILTIN("read", mmap_read, "-|($self, n=None, /)", 0, NULL),
    BUILTIN("read_byte", mmap_read_byte, "-($self, /)", 0, NULL),
    BUILTIN("readline", mmap_readline, "-($self, /)", 0, NULL),
    BUILTIN("resize", mmap_resize, "-|($self, newsize, /)", 0, NULL),
    BUILTIN("seek", mmap_seek, "-|($self, pos, whence=0, /)", 0, NULL),
    BUILTIN("size", mmap_size, "-($self, /)", 0, NULL),
    BUILTIN("tell", mmap_tell, "-($self, /)", 0, NULL),
    BUILTIN("write", mmap_write, "-|($self, data, /)", 0, NULL),
    BUILTIN("write_byte", mmap_write_byte, "-|($self, byte, /)", 0, NULL),
    BUILTIN("__enter__", mmap_enter, "-($self, /)", 0, NULL),
    BUILTIN("__exit__", mmap_exit, NULL, 0, NULL),
    BUILTIN_END,
};

static GetSetDef mmap_getsets[] = { { "closed", get_closed, NULL, NULL, NULL }, { 0 } };

static const TypeSpec mmap_spec = {
    .name = "mmap.mmap", .basic_size = 80, .instance_size = sizeof(Mapping),
    .weaklist_offset = offsetof(Mapping, weaklist), .lock_offset = offsetof(Mapping, lock), .flags = TF_BASE | TF_GC,
    .is_sequence = true, .methods = mmap_methods, .getsets = mmap_getsets,
    .slots = {
        .new = mmap_new, .repr = mmap_repr, .finalize = mmap_finalize, .length = mmap_length, .getitem = mmap_getitem,
        .item = byte_at, .setitem = mmap_setitem, .get_buffer = mmap_get_buffer,
        .release_buffer = mmap_release_buffer,
    },
};

static const struct {
    const char *name;
    int value;
} constants[] = {
    { "PROT_EXEC", PROT_EXEC },           { "PROT_READ", PROT_READ },
    { "PROT_WRITE", PROT_WRITE },         { "MAP_SHARED", MAP_SHARED },
    { "MAP_PRIVATE", MAP_PRIVATE },       { "MAP_DENYWRITE", MAP_DENYWRITE },
    { "MAP_EXECUTABLE", MAP_EXECUTABLE }, { "MAP_ANON", MAP_ANON },
    { "MAP_ANONYMOUS", MAP_ANONYMOUS },   { "MAP_POPULATE", MAP_POPULATE },
    { "MAP_STACK", MAP_STACK },           { "ACCESS_DEFAULT", ACCESS_DEFAULT },
    { "ACCESS_READ", ACCESS_READ },       { "ACCESS_WRITE", ACCESS_WRITE },
    { "ACCESS_COPY", ACCESS_COPY },       { "MADV_NORMAL", MADV_NORMAL },
    { "MADV_RANDOM", MADV_RANDOM },       { "MADV_SEQUENTIAL", MADV_SEQUENTIAL },
    { "MADV_WILLNEED", MADV_WILLNEED },   { "MADV_DONTNEED", MADV_DONTNEED },
    { "MADV_REMOVE", MADV_REMOVE },       { "MADV_DONTFORK", MADV_DONTFORK },
    { "MADV_DOFORK", MADV_DOFORK },       { "MADV_HWPOISON", MADV_HWPOISON },
    { "MADV_MERGEABLE", MADV_MERGEABLE }, { "MADV_UNMERGEABLE", MADV_UNMERGEABLE },
    { "MADV_HUGEPAGE", MADV_HUGEPAGE },   { "MADV_NOHUGEPAGE", MADV_NOHUGEPAGE },
    { "MADV_DONTDUMP", MADV_DONTDUMP },   { "MADV_DODUMP", MADV_DODUMP },
    { "MADV_FREE", MADV_FREE },
};

static int mmap_exec(Object *module) {
    int page = (int)sysconf(_SC_PAGESIZE);
    if (module_add(module, "error", (Object *)&exc_OSError) < 0 ||
        module_add_type(module, &mmap_type, &mmap_spec) < 0 || module_add_int(module, "PAGESIZE", page) < 0 ||
        module_add_int(module, "ALLOCATIONGRANULARITY", page) < 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

const ModuleSpec module_mmap = { "mmap", NULL, NULL, mmap_exec };
