// posix: moving bytes between descriptors, and making special ones (pipes, terminals, memory, events).
//
// What can block goes through posix_call: the system call itself, detached from the collector, with
// EINTR handled as PEP 475 has it.
#include "modules/fields.h"
#include "modules/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utmp.h>

#include "vm/runtime.h"

typedef struct SystemCall {
    long number, a[6], result;
    int error;
} SystemCall;

static void *run_call(void *context) {
    SystemCall *c = context;
    c->result = syscall(c->number, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4], c->a[5]);
    c->error = errno;
    return NULL;
}

long posix_call(long number, long a, long b, long c, long d, long e, long f) {
    SystemCall s = { .number = number, .a = { a, b, c, d, e, f } };
    while (true) {
        blocking_call(run_call, &s);
        if (s.result >= 0) {
            return s.result;
        }
        if (s.error != EINTR) {
            errno = s.error;
            posix_error();
            return -1;
        }
        safepoint_request(thread_current);
        if (safepoint() < 0) {
            return -1;
        }
    }
}

int posix_int(Object *o, int *value) {
    *value = int_to_c_int(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}

int posix_offset(Object *o, int64_t *value) {
    Object *index = number_index(o);
    int overflow = 0;
    *value = index ? int_as_i64(index, &overflow) : -1;
    if (overflow) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C long");
    }
    return index && !overflow ? 0 : -1;
}

static int to_size(Object *o, ssize_t *value) {
    *value = number_to_ssize(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}

static Object *result_or_null(long result) {
    return result < 0 ? NULL : int_from_i64(result);
}
static Object *none_or_null(long result) {
    return result < 0 ? NULL : NONE;
}
static Object *none_or_error(int status) {
    return status < 0 ? posix_error() : NONE;
}

// ---- reading and writing at a place

static Object *posix_pread(Object *m, Object *o, Object *length, Object *offset) {
    int fd;
    ssize_t n;
    int64_t at;
    if (posix_int(o, &fd) < 0 || to_size(length, &n) < 0 || posix_offset(offset, &at) < 0) {
        return NULL;
    }
    if (n < 0) {
        errno = EINVAL;
        return posix_error();
    }
    Object *bytes = bytes_new(n);
    long got = bytes ? posix_call(SYS_pread64, fd, (long)bytes_data(bytes), n, at, 0, 0) : -1;
    return got < 0 ? NULL : bytes_shorten(bytes, got);
}

static Object *posix_pwrite(Object *m, Object *o, Object *data, Object *offset) {
    int fd;
    int64_t at;
    Buffer view;
    if (posix_int(o, &fd) < 0 || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    long put = posix_offset(offset, &at) < 0
                   ? -1
                   : posix_call(SYS_pwrite64, fd, (long)view.data,
                                (long)size_min((size_t)view.length, INT_MAX), at, 0, 0);
    buffer_release(&view);
    return result_or_null(put);
}

// The buffers of a sequence, while a vectored call runs.
typedef struct Vector {
    struct iovec *pieces;  // in byte cells
    Buffer *views;
    ssize_t count;
} Vector;

static void vector_release(Vector *v) {
    for (ssize_t i = 0; i < v->count; i++) {
        buffer_release(&v->views[i]);
    }
}

static int vector_fill(Vector *v, Object *sequence, const char *function, int flags) {
    *v = (Vector){ 0 };
    if (!sequence_check(sequence)) {
        raise_error(&exc_TypeError, "%s() arg 2 must be a sequence", function);
        return -1;
    }
    // The views point to their exporters: pointers are looked for in a cell of words.
    ssize_t n = object_length(sequence);
    if (n < 0 || n > 1 << 20) {
        if (n > 0) {
            raise_memory_error();
        }
        return -1;
    }
    v->views = heap_alloc(size_max((size_t)n, 1) * sizeof(Buffer), CELL_POINTERS);
    v->pieces = v->views ? heap_alloc(size_max((size_t)n, 1) * sizeof(struct iovec), CELL_BYTES) : NULL;
    if (!v->pieces) {
        return -1;
    }
    for (ssize_t i = 0; i < n; i++) {
        Object *item = sequence_getitem(sequence, i);
        if (!item || object_get_buffer(item, &v->views[i], flags) < 0) {
            vector_release(v);
            return -1;
        }
        gc_dirty(v->views);
        v->pieces[i] = (struct iovec){ v->views[i].data, (size_t)v->views[i].length };
        v->count++;
    }
    return 0;
}

static Object *vectored(long number, const char *function, Object *o, Object *buffers, Object *offset,
                        Object *flags, bool writes) {
    int fd, options = 0;
    int64_t at = 0;
    Vector v;
    if (posix_int(o, &fd) < 0 || (offset && posix_offset(offset, &at) < 0) ||
        (flags && posix_int(flags, &options) < 0) ||
        vector_fill(&v, buffers, function, writes ? BUFFER_SIMPLE : BUFFER_WRITABLE) < 0) {
        return NULL;
    }
    long done = posix_call(number, fd, (long)v.pieces, v.count, at, 0, options);
    vector_release(&v);
    return result_or_null(done);
}
static Object *posix_readv(Object *m, Object *fd, Object *buffers) {
    return vectored(SYS_readv, "readv", fd, buffers, NULL, NULL, false);
}
static Object *posix_writev(Object *m, Object *fd, Object *buffers) {
    return vectored(SYS_writev, "writev", fd, buffers, NULL, NULL, true);
}
static Object *posix_preadv(Object *m, Object *fd, Object *buffers, Object *offset, Object *flags) {
    return vectored(SYS_preadv2, "preadv2", fd, buffers, offset, flags, false);
}
static Object *posix_pwritev(Object *m, Object *fd, Object *buffers, Object *offset, Object *flags) {
    return vectored(SYS_pwritev2, "pwritev2", fd, buffers, offset, flags, true);
}

// ---- from one descriptor to another

static Object *posix_sendfile(Object *m, Object *to, Object *from, Object *offset, Object *count) {
    int out, in;
    int64_t at = 0;
    ssize_t n;
    if (posix_int(to, &out) < 0 || posix_int(from, &in) < 0 || to_size(count, &n) < 0 ||
        (offset != NONE && posix_offset(offset, &at) < 0)) {
        return NULL;
    }
    return result_or_null(posix_call(SYS_sendfile, out, in, offset == NONE ? 0 : (long)&at, n, 0, 0));
}

static Object *between(long number, Object *src, Object *dst, Object *count, Object *src_at, Object *dst_at,
                       Object *flags) {
    int from, to, options = 0;
    int64_t x = 0, y = 0;
    ssize_t n;
    bool has_x = src_at && src_at != NONE, has_y = dst_at && dst_at != NONE;
    if (posix_int(src, &from) < 0 || posix_int(dst, &to) < 0 || to_size(count, &n) < 0) {
        return NULL;
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "negative value for 'count' not allowed");
    }
    if ((has_x && posix_offset(src_at, &x) < 0) || (has_y && posix_offset(dst_at, &y) < 0) ||
        (flags && posix_int(flags, &options) < 0)) {
        return NULL;
    }
    return result_or_null(
        posix_call(number, from, has_x ? (long)&x : 0, to, has_y ? (long)&y : 0, n, options));
}
static Object *posix_splice(Object *m, Object *src, Object *dst, Object *count, Object *x, Object *y,
                            Object *flags) {
    return between(SYS_splice, src, dst, count, x, y, flags);
}
static Object *posix_copy_file_range(Object *m, Object *src, Object *dst, Object *count, Object *x,
                                     Object *y) {
    return between(SYS_copy_file_range, src, dst, count, x, y, NULL);
}

static Object *posix_fsync(Object *m, Object *o) {
    int fd = fd_convert(o);
    return fd < 0 ? NULL : none_or_null(posix_call(SYS_fsync, fd, 0, 0, 0, 0, 0));
}
static Object *posix_fdatasync(Object *m, Object *o) {
    int fd = fd_convert(o);
    return fd < 0 ? NULL : none_or_null(posix_call(SYS_fdatasync, fd, 0, 0, 0, 0, 0));
}
static Object *posix_sync(Object *m) {
    return none_or_null(posix_call(SYS_sync, 0, 0, 0, 0, 0, 0));
}

static Object *posix_fadvise_(Object *m, Object *o, Object *offset, Object *length, Object *advice) {
    int fd, kind;
    int64_t at, n;
    if (posix_int(o, &fd) < 0 || posix_offset(offset, &at) < 0 || posix_offset(length, &n) < 0 ||
        posix_int(advice, &kind) < 0) {
        return NULL;
    }
    return none_or_null(posix_call(SYS_fadvise64, fd, at, n, kind, 0, 0));
}

typedef struct Allocation {
    int fd, error;
    int64_t at, length;
} Allocation;
static void *do_allocate(void *context) {
    Allocation *a = context;
    a->error = posix_fallocate(a->fd, a->at, a->length);
    return NULL;
}
static Object *posix_fallocate_(Object *m, Object *o, Object *offset, Object *length) {
    Allocation a;
    if (posix_int(o, &a.fd) < 0 || posix_offset(offset, &a.at) < 0 || posix_offset(length, &a.length) < 0) {
        return NULL;
    }
    while (blocking_call(do_allocate, &a), a.error == EINTR) {
        if (safepoint() < 0) {
            return NULL;
        }
    }
    errno = a.error;
    return a.error ? posix_error() : NONE;
}

typedef struct Lock {
    int fd, command, status, error;
    int64_t length;
} Lock;
static void *do_lock(void *context) {
    Lock *l = context;
    l->status = lockf(l->fd, l->command, l->length);
    l->error = errno;
    return NULL;
}
static Object *posix_lockf(Object *m, Object *o, Object *command, Object *length) {
    Lock l;
    if (posix_int(o, &l.fd) < 0 || posix_int(command, &l.command) < 0 ||
        posix_offset(length, &l.length) < 0 ||
        audit("os.lockf", "iin", l.fd, l.command, (ssize_t)l.length) < 0) {
        return NULL;
    }
    if (heap_before_blocking() < 0) {
        return NULL;
    }
    blocking_call(do_lock, &l);
    errno = l.error;
    return none_or_error(l.status);
}

// ---- special descriptors

static Object *pair(int a, int b) {
    Object *x = int_from_i64(a), *y = int_from_i64(b);
    return x && y ? tuple_pack(2, x, y) : NULL;
}

static Object *posix_pipe2(Object *m, Object *flags) {
    int options, fds[2];
    if (posix_int(flags, &options) < 0) {
        return NULL;
    }
    return pipe2(fds, options) < 0 ? posix_error() : pair(fds[0], fds[1]);
}

static Object *posix_closerange(Object *m, Object *low, Object *high) {
    int from, to;
    if (posix_int(low, &from) < 0 || posix_int(high, &to) < 0) {
        return NULL;
    }
    from = from < 0 ? 0 : from;
    if (to > from) {
        posix_call(SYS_close_range, from, to - 1, 0, 0, 0, 0);
        error_clear();
    }
    return NONE;
}

static Object *posix_fchdir(Object *m, Object *o) {
    int fd = fd_convert(o);
    if (fd < 0 || audit("os.chdir", "i", fd) < 0) {
        return NULL;
    }
    return none_or_null(posix_call(SYS_fchdir, fd, 0, 0, 0, 0, 0));
}

static Object *posix_memfd_create(Object *m, Object *name, Object *flags) {
    int options = MFD_CLOEXEC;
    Object *path = str_check(name) || bytes_check(name) ? name : posix_fspath(NULL, name);
    Object *bytes = !path ? NULL : bytes_check(path) ? path : str_encode_fs(path);
    if (!bytes || (flags && posix_int(flags, &options) < 0)) {
        return NULL;
    }
    if (strlen(bytes_data(bytes)) != (size_t)bytes_length(bytes)) {
        return raise_error(&exc_ValueError, "embedded null byte");
    }
    int fd = memfd_create(bytes_data(bytes), (unsigned)options);
    return fd < 0 ? posix_error() : int_from_i64(fd);
}

// An unsigned argument in CPython's words; -1 with an exception.
static int to_unsigned(Object *o, uint64_t *value, bool is_int) {
    if (!int_check(o)) {
        if (!number_check_index(o)) {
            raise_error(&exc_TypeError, "an integer is required");
            return -1;
        }
        o = number_index(o);
        if (!o) {
            return -1;
        }
    }
    if (int_sign(o) < 0) {
        raise_error(&exc_ValueError, "value must be positive");
        return -1;
    }
    *value = int_to_u64(o);
    if (error_occurred()) {
        error_clear();
        raise_error(&exc_OverflowError,
                    is_int ? "Python int too large for C unsigned int" : "int too big to convert");
        return -1;
    }
    if (is_int && *value > UINT_MAX) {
        raise_error(&exc_OverflowError, "Python int too large for C unsigned int");
        return -1;
    }
    return 0;
}

static Object *posix_eventfd(Object *m, Object *initial, Object *flags) {
    uint64_t value;
    int options = EFD_CLOEXEC;
    if (to_unsigned(initial, &value, true) < 0 || (flags && posix_int(flags, &options) < 0)) {
        return NULL;
    }
    int fd = eventfd((unsigned)value, options);
    return fd < 0 ? posix_error() : int_from_i64(fd);
}
static Object *posix_eventfd_read(Object *m, Object *o) {
    uint64_t value;
    int fd = fd_convert(o);
    return fd < 0 || posix_call(SYS_read, fd, (long)&value, sizeof(value), 0, 0, 0) < 0 ? NULL
                                                                                        : int_from_u64(value);
}
static Object *posix_eventfd_write(Object *m, Object *o, Object *v) {
    uint64_t value;
    int fd = fd_convert(o);
    if (fd < 0 || to_unsigned(v, &value, false) < 0) {
        return NULL;
    }
    return none_or_null(posix_call(SYS_write, fd, (long)&value, sizeof(value), 0, 0, 0));
}

static Object *posix_getrandom(Object *m, Object *size, Object *flags) {
    ssize_t n;
    int options = 0;
    if (to_size(size, &n) < 0 || (flags && posix_int(flags, &options) < 0)) {
        return NULL;
    }
    if (n < 0) {
        errno = EINVAL;
        return posix_error();
    }
    Object *bytes = bytes_new(n);
    long got = bytes ? posix_call(SYS_getrandom, (long)bytes_data(bytes), n, options, 0, 0, 0) : -1;
    return got < 0 ? NULL : bytes_shorten(bytes, got);
}

static Object *posix_pidfd_open(Object *m, Object *process, Object *flags) {
    pid_t pid;
    unsigned options = 0;
    if (int_field(process, &pid) < 0) {
        return NULL;
    }
    if (flags) {
        uint64_t bits = int_to_u64_mask(flags);
        if (error_occurred()) {
            return NULL;
        }
        options = (unsigned)bits;
    }
    return result_or_null(posix_call(SYS_pidfd_open, pid, options, 0, 0, 0, 0));
}

// ---- terminals

static Object *posix_openpty(Object *m) {
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
        return posix_error();
    }
    fcntl(master, F_SETFD, FD_CLOEXEC);
    fcntl(slave, F_SETFD, FD_CLOEXEC);
    return pair(master, slave);
}

static Object *posix_forkpty(Object *m) {
    int master = -1;
    if (audit("os.forkpty", "") < 0) {
        return NULL;
    }
    posix_before_fork();
    pid_t pid = forkpty(&master, NULL, NULL, NULL);
    int error = errno;
    posix_after_fork(pid == 0);
    errno = error;
    return pid < 0 ? posix_error() : pair(pid, master);
}

static Object *posix_login_tty(Object *m, Object *o) {
    int fd = fd_convert(o);
    return fd < 0 ? NULL : none_or_error(login_tty(fd));
}

static Object *posix_ttyname(Object *m, Object *o) {
    int fd;
    char name[256];
    if (posix_int(o, &fd) < 0) {
        return NULL;
    }
    errno = ttyname_r(fd, name, sizeof(name));
    return errno ? posix_error() : str_decode_fs(name, (ssize_t)strlen(name));
}

static Object *posix_ctermid(Object *m) {
    char name[L_ctermid];
    ctermid(name);
    return str_decode_fs(name, (ssize_t)strlen(name));
}

BuiltinDef posix_transfer_functions[] = {
    BUILTIN("pread", posix_pread, "($module, fd, length, offset, /)", 0, NULL),
    BUILTIN("pwrite", posix_pwrite, "($module, fd, buffer, offset, /)", 0, NULL),
    BUILTIN("readv", posix_readv, "($module, fd, buffers, /)", 0, NULL),
    BUILTIN("writev", posix_writev, "($module, fd, buffers, /)", 0, NULL),
    BUILTIN("preadv", posix_preadv, "($module, fd, buffers, offset, flags=0, /)", 0, NULL),
    BUILTIN("pwritev", posix_pwritev, "($module, fd, buffers, offset, flags=0, /)", 0, NULL),
    BUILTIN("sendfile", posix_sendfile, "($module, /, out_fd, in_fd, offset, count)", 0, NULL),
    BUILTIN("splice", posix_splice,
            "($module, /, src, dst, count, offset_src=None, offset_dst=None,\n       flags=0)", 0, NULL),
    BUILTIN("copy_file_range", posix_copy_file_range,
            "($module, /, src, dst, count, offset_src=None,\n                offset_dst=None)", 0, NULL),
    BUILTIN("fsync", posix_fsync, "($module, /, fd)", 0, NULL),
    BUILTIN("fdatasync", posix_fdatasync, "($module, /, fd)", 0, NULL),
    BUILTIN("sync", posix_sync, "($module, /)", 0, NULL),
    BUILTIN("posix_fadvise", posix_fadvise_, "($module, fd, offset, length, advice, /)", 0, NULL),
    BUILTIN("posix_fallocate", posix_fallocate_, "($module, fd, offset, length, /)", 0, NULL),
    BUILTIN("lockf", posix_lockf, "($module, fd, command, length, /)", 0, NULL),
    BUILTIN("pipe2", posix_pipe2, "($module, flags, /)", 0, NULL),
    BUILTIN("closerange", posix_closerange, "($module, fd_low, fd_high, /)", 0, NULL),
    BUILTIN("fchdir", posix_fchdir, "($module, /, fd)", 0, NULL),
    BUILTIN("memfd_create", posix_memfd_create, "($module, /, name, flags=MFD_CLOEXEC)", 0, NULL),
    BUILTIN("eventfd", posix_eventfd, "($module, /, initval, flags=EFD_CLOEXEC)", 0, NULL),
    BUILTIN("eventfd_read", posix_eventfd_read, "($module, /, fd)", 0, NULL),
    BUILTIN("eventfd_write", posix_eventfd_write, "($module, /, fd, value)", 0, NULL),
    BUILTIN("getrandom", posix_getrandom, "($module, /, size, flags=0)", 0, NULL),
    BUILTIN("pidfd_open", posix_pidfd_open, "($module, /, pid, flags=0)", 0, NULL),
    BUILTIN("openpty", posix_openpty, "($module, /)", 0, NULL),
    BUILTIN("forkpty", posix_forkpty, "($module, /)", 0, NULL),
    BUILTIN("login_tty", posix_login_tty, "($module, fd, /)", 0, NULL),
    BUILTIN("ttyname", posix_ttyname, "($module, fd, /)", 0, NULL),
    BUILTIN("ctermid", posix_ctermid, "($module, /)", 0, NULL),
    BUILTIN_END,
};
