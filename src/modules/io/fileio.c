// FileIO: a file descriptor.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/io/io.h"
#include "vm/runtime.h"

typedef struct FileIO {
    IoHead head;
    int fd;
    bool created, readable, writable, appending, closefd, finalizing;
    unsigned int block_size;
    signed char seekable;  // -1: not known yet
    Object *name;
} FileIO;

static Object *closed_error(void) {
    return raise_error(&exc_ValueError, "I/O operation on closed file");
}

static inline FileIO *file_of(Object *o) {
    return (FileIO *)o;
}

static void fileio_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
}

typedef struct SystemCall {
    int fd, flags, error, whence;
    const char *path;
    void *data;
    size_t size;
    off_t offset;
    ssize_t result;
} SystemCall;

static void *do_read(void *context) {
    SystemCall *c = context;
    c->result = read(c->fd, c->data, c->size);
    c->error = errno;
    return NULL;
}
static void *do_write(void *context) {
    SystemCall *c = context;
    c->result = write(c->fd, c->data, c->size);
    c->error = errno;
    return NULL;
}
static void *do_open(void *context) {
    SystemCall *c = context;
    c->result = open(c->path, c->flags, 0666);
    c->error = errno;
    return NULL;
}
static void *do_close(void *context) {
    SystemCall *c = context;
    c->result = close(c->fd);
    c->error = errno;
    return NULL;
}

// Repeats after EINTR once signal handlers have run. -1 with an exception, -2: would block.
static ssize_t retried(void *(*function)(void *), SystemCall *c) {
    while (true) {
        blocking_call(function, c);
        if (c->result >= 0) {
            return c->result;
        }
        if (c->error == EINTR) {
            safepoint_request(thread_current);
            if (safepoint() < 0) {
                return -1;
            }
            continue;
        }
        if (c->error == EAGAIN) {
            return -2;
        }
        raise_os_error(c->error, NULL, NULL);
        return -1;
    }
}

ssize_t fileio_read_raw(Object *self, void *data, size_t size) {
    SystemCall c = { .fd = file_of(self)->fd, .data = data, .size = size_min(size, INT32_MAX) };
    if (c.fd < 0) {
        closed_error();
        return -1;
    }
    return retried(do_read, &c);
}

ssize_t fileio_write_raw(Object *self, const void *data, size_t size) {
    SystemCall c = { .fd = file_of(self)->fd,
                     .data = (void *)(uintptr_t)data,
                     .size = size_min(size, INT32_MAX) };
    if (c.fd < 0) {
        closed_error();
        return -1;
    }
    return retried(do_write, &c);
}

static Object *fileio_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = object_alloc(type);
    if (self) {
        file_of(self)->fd = -1;
        file_of(self)->closefd = true;
        file_of(self)->seekable = -1;
    }
    return self;
}

static int close_fd(Object *self) {
    SystemCall c = { .fd = file_of(self)->fd };
    file_of(self)->fd = -1;
    if (c.fd < 0) {
        return 0;
    }
    blocking_call(do_close, &c);
    if (c.result < 0 && c.error != EINTR) {
        raise_os_error(c.error, NULL, NULL);
        return -1;
    }
    return 0;
}

// After an exception in fileio_setup: a descriptor that was given stays open, and is not the object's.
static int let_go(FileIO *f, bool given) {
    if (!given) {
        close(f->fd);
    }
    f->fd = -1;
    return -1;
}

static int fileio_setup(Object *self, Object *file, const char *mode, bool closefd, Object *opener) {
    FileIO *f = file_of(self);
    if (f->fd >= 0 && f->closefd && close_fd(self) < 0) {
        return -1;
    }
    f->fd = -1;
    f->created = f->readable = f->writable = f->appending = false;
    int flags = 0, kinds = 0;
    bool plus = false;
    for (const char *m = mode; *m; m++) {
        switch (*m) {
        case 'x':
            f->created = f->writable = true;
            flags |= O_EXCL | O_CREAT;
            kinds++;
            break;
        case 'r':
            f->readable = true;
            kinds++;
            break;
        case 'w':
            f->writable = true;
            flags |= O_CREAT | O_TRUNC;
            kinds++;
            break;
        case 'a':
            f->writable = f->appending = true;
            flags |= O_APPEND | O_CREAT;
            kinds++;
            break;
        case 'b': break;
        case '+':
            if (plus) {
                kinds = 9;
            }
            plus = true;
            break;
        default: raise_error(&exc_ValueError, "invalid mode: %s", mode); return -1;
        }
    }
    if (kinds != 1) {
        raise_error(&exc_ValueError, "Must have exactly one of create/read/write/append mode and at most "
                                     "one plus");
        return -1;
    }
    if (plus) {
        f->readable = f->writable = true;
    }
    flags |= f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY;
    flags |= O_CLOEXEC;
    int fd = -1;
    if (!bool_check(file) && number_check_index(file)) {
        fd = int_to_c_int(file);
        if (fd == -1 && error_occurred()) {
            error_clear();  // it is no path either, which is what the error says
        } else if (fd < 0) {
            raise_error(&exc_ValueError, "negative file descriptor");
            return -1;
        }
    } else if (bool_check(file)) {
        fd = file == TRUE_OBJECT;
    }
    f->closefd = closefd;
    f->seekable = -1;
    bool given = fd >= 0;
    if (audit("open", "Osi", file, mode, flags) < 0) {
        return -1;
    }
    if (!given && !closefd) {
        raise_error(&exc_ValueError, "Cannot use closefd=False with file name");
        return -1;
    }
    if (given) {
        f->fd = fd;
    } else {
        if (opener && opener != NONE) {
            Object *o = call2(opener, file, int_from_i64(flags));
            if (!o) {
                return -1;
            }
            if (!int_check(o)) {
                raise_error(&exc_TypeError, "expected integer from opener");
                return -1;
            }
            fd = int_to_c_int(o);
            if (fd < 0) {
                if (!error_occurred()) {
                    raise_error(&exc_ValueError, "opener returned %d", fd);
                }
                return -1;
            }
            f->fd = fd;
        } else {
            Object *path = path_to_bytes(file);
            if (!path) {
                return -1;
            }
            SystemCall c = { .path = bytes_data(path), .flags = flags };
            io_flush_path(c.path);
            for (bool collected = false;;) {
                blocking_call(do_open, &c);
                if (c.result >= 0) {
                    break;
                }
                if (c.error == EINTR) {
                    if (safepoint() < 0) {
                        return -1;
                    }
                    continue;
                }
                // Out of descriptors: what the program has dropped gives some back.
                if (c.error == EMFILE && !collected) {
                    collected = true;
                    if (heap_collect() < 0) {
                        return -1;
                    }
                    continue;
                }
                raise_os_error(c.error, file, NULL);
                return -1;
            }
            f->fd = (int)c.result;
        }
    }
    struct stat status;
    f->block_size = IO_BUFFER_SIZE;
    if (fstat(f->fd, &status) < 0) {
        if (errno == EBADF) {
            int error = errno;
            f->fd = -1;
            raise_os_error(error, NULL, NULL);
            return -1;
        }
    } else if (S_ISDIR(status.st_mode)) {
        raise_os_error(EISDIR, file, NULL);
        return let_go(f, given);
    }
    if (status.st_blksize > 1) {
        f->block_size = (unsigned int)status.st_blksize;
    }
    if (object_setattr(self, names.name, file) < 0) {
        return let_go(f, given);
    }
    if (f->appending && lseek(f->fd, 0, SEEK_END) < 0 && errno != ESPIPE) {
        raise_os_error(errno, NULL, NULL);
        return let_go(f, given);
    }
    return 0;
}

const char *type_name_or_none(Object *o) {
    return o == NONE ? "None" : o->type->name;
}

// The text of a mode argument. NULL with an exception.
const char *mode_text_of(Object *o) {
    ssize_t length;
    const char *text = str_utf8(o, &length);
    if (text && strlen(text) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        return NULL;
    }
    return text;
}

static int fileio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[4];
    if (signature_bind(&signature, "FileIO", "|(file, mode='r', closefd=True, opener=None)", args, nargs,
                       kwnames, b) < 0) {
        return -1;
    }
    const char *mode = "r";
    if (b[1]) {
        if (!str_check(b[1])) {
            raise_error(&exc_TypeError, "FileIO() argument 'mode' must be str, not %s",
                        type_name_or_none(b[1]));
            return -1;
        }
        mode = mode_text_of(b[1]);
    }
    int closefd = b[2] ? object_is_true(b[2]) : 1;
    return !mode || closefd < 0 ? -1 : fileio_setup(self, b[0], mode, closefd, b[3]);
}

Object *fileio_open(Object *file, const char *mode, bool closefd, Object *opener) {
    Object *self = fileio_new(&fileio_type, NULL, 0, NULL);
    return self && fileio_setup(self, file, mode, closefd, opener) == 0 ? self : NULL;
}

static Object *need_mode(const char *action) {
    Object *text = str_format("File not open for %s", action);
    return text ? raise_with((Type *)io_unsupported, text) : NULL;
}

static Object *fileio_readall(Object *self) {
    FileIO *f = file_of(self);
    if (f->fd < 0) {
        return closed_error();
    }
    struct stat status;
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    size_t capacity = IO_BUFFER_SIZE;
    if (fstat(f->fd, &status) == 0 && at >= 0 && status.st_size >= at &&
        status.st_size - at < SSIZE_LIMIT / 2) {
        capacity = (size_t)(status.st_size - at) + 1;
    }
    Object *result = bytes_new((ssize_t)capacity);
    size_t length = 0;
    while (result) {
        if (length == capacity) {
            capacity += capacity / 2 + IO_BUFFER_SIZE;
            Object *larger = bytes_new((ssize_t)capacity);
            if (!larger) {
                return NULL;
            }
            memcpy(bytes_data(larger), bytes_data(result), length);
            result = larger;
        }
        ssize_t n = fileio_read_raw(self, bytes_data(result) + length, capacity - length);
        if (n == -1) {
            return NULL;
        }
        if (n == -2) {
            if (!length) {
                return NONE;
            }
            break;
        }
        if (!n) {
            break;
        }
        length += (size_t)n;
    }
    return result ? bytes_shorten(result, (ssize_t)length) : NULL;
}

static Object *fileio_read(Object *self, Object *size) {
    FileIO *f = file_of(self);
    if (f->fd < 0) {
        return closed_error();
    }
    if (!f->readable) {
        return need_mode("reading");
    }
    ssize_t n = io_size_argument(size);
    if (n == -2) {
        return NULL;
    }
    if (n < 0) {
        return fileio_readall(self);
    }
    Object *result = bytes_new(n);
    ssize_t got = result ? fileio_read_raw(self, bytes_data(result), (size_t)n) : -1;
    return got == -1 ? NULL : got == -2 ? NONE : bytes_shorten(result, got);
}

static Object *fileio_readinto(Object *self, Object *target) {
    Buffer view;
    if (file_of(self)->fd < 0) {
        return closed_error();
    }
    if (!file_of(self)->readable) {
        return need_mode("reading");
    }
    if (io_writable_buffer(target, &view, "readinto") < 0) {
        return NULL;
    }
    ssize_t n = fileio_read_raw(self, view.data, (size_t)view.length);
    buffer_release(&view);
    return n == -1 ? NULL : n == -2 ? NONE : int_from_ssize(n);
}

static Object *fileio_write(Object *self, Object *data) {
    Buffer view;
    if (file_of(self)->fd < 0) {
        return closed_error();
    }
    if (!file_of(self)->writable) {
        return need_mode("writing");
    }
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    ssize_t n = fileio_write_raw(self, view.data, (size_t)view.length);
    buffer_release(&view);
    return n == -1 ? NULL : n == -2 ? NONE : int_from_ssize(n);
}

static Object *fileio_seek(Object *self, Object *position, Object *whence) {
    int how = whence ? int_to_c_int(whence) : 0;
    if (how == -1 && error_occurred()) {
        return NULL;
    }
    if (file_of(self)->fd < 0) {
        return closed_error();
    }
    int64_t offset = int_to_i64(position);
    if (offset == -1 && error_occurred()) {
        return NULL;
    }
    off_t result = lseek(file_of(self)->fd, offset, how);
    return result < 0 ? raise_os_error(errno, NULL, NULL) : int_from_i64(result);
}

static Object *fileio_tell(Object *self) {
    if (file_of(self)->fd < 0) {
        return closed_error();
    }
    off_t result = lseek(file_of(self)->fd, 0, SEEK_CUR);
    return result < 0 ? raise_os_error(errno, NULL, NULL) : int_from_i64(result);
}

static Object *fileio_truncate(Object *self, Object *size) {
    if (file_of(self)->fd < 0) {
        return closed_error();
    }
    if (!file_of(self)->writable) {
        return need_mode("writing");
    }
    Object *at = size && size != NONE ? size : fileio_tell(self);
    int64_t length = at ? int_to_i64(at) : -1;
    if (length == -1 && error_occurred()) {
        return NULL;
    }
    return ftruncate(file_of(self)->fd, length) < 0 ? raise_os_error(errno, NULL, NULL) : at;
}

bool fileio_owns_descriptor(Object *self) {
    return file_of(self)->closefd;
}

bool fileio_is_closed(Object *self) {
    return file_of(self)->fd < 0;
}
int fileio_block_size(Object *self) {
    return (int)file_of(self)->block_size;
}
int fileio_descriptor(Object *self) {
    return file_of(self)->fd;
}

static Object *fileio_dealloc_warn(Object *self, Object *source) {
    if (file_of(self)->fd >= 0 && file_of(self)->closefd) {
        Object *saved = error_take();
        // An exception that the filters make of the warning goes nowhere else.
        if (warn_source(&exc_ResourceWarning, 1, source, "unclosed file %R", source) < 0 &&
            error_matches(&exc_Warning)) {
            error_unraisable(self);
        }
        error_restore(saved);
    }
    return NONE;
}

static Object *fileio_close(Object *self) {
    FileIO *f = file_of(self);
    Object *result = NONE, *marked;
    Object *name = names.__IOBase_closed;
    // What _RawIOBase.close does: flush(), which subclasses and instances may override.
    if (!name || (!object_getattr_optional(self, name, &marked) && !call_method0(self, names.flush))) {
        result = NULL;
    }
    Object *error = error_take();
    if (name) {
        object_setattr(self, name, TRUE_OBJECT);
        error_clear();
    }
    if (!f->closefd) {
        f->fd = -1;
        if (error) {
            error_restore(error);
        }
        return result;
    }
    if (f->finalizing) {
        fileio_dealloc_warn(self, self);
    }
    if (close_fd(self) < 0) {
        result = NULL;
    }
    error_chain_context(error);
    return result;
}

static Object *flag(Object *self, bool value) {
    return file_of(self)->fd < 0 ? closed_error() : bool_from(value);
}
static Object *fileio_readable(Object *self) {
    return flag(self, file_of(self)->readable);
}
static Object *fileio_writable(Object *self) {
    return flag(self, file_of(self)->writable);
}
static Object *fileio_seekable(Object *self) {
    FileIO *f = file_of(self);
    if (f->fd >= 0 && f->seekable < 0) {
        f->seekable = lseek(f->fd, 0, SEEK_CUR) >= 0;
    }
    return flag(self, f->seekable > 0);
}
static Object *fileio_fileno(Object *self) {
    return file_of(self)->fd < 0 ? closed_error() : int_from_i64(file_of(self)->fd);
}
static Object *fileio_isatty(Object *self) {
    return file_of(self)->fd < 0 ? closed_error() : bool_from(isatty(file_of(self)->fd));
}
static Object *get_closed(Object *self, void *closure) {
    return bool_from(file_of(self)->fd < 0);
}
static Object *get_closefd(Object *self, void *closure) {
    return bool_from(file_of(self)->closefd);
}
static const char *mode_text(FileIO *f) {
    return f->created     ? f->readable ? "xb+" : "xb"
           : f->appending ? f->readable ? "ab+" : "ab"
           : f->readable  ? f->writable ? "rb+" : "rb"
                          : "wb";
}
static Object *get_mode(Object *self, void *closure) {
    return str_from_cstring(mode_text(file_of(self)));
}

static Object *fileio_repr(Object *self) {
    FileIO *f = file_of(self);
    if (f->fd < 0) {
        return str_from_cstring("<_io.FileIO [closed]>");
    }
    Object *name;
    if (object_getattr_optional(self, names.name, &name) < 0) {
        error_clear();
        name = NULL;
    }
    const char *closefd = f->closefd ? "True" : "False";
    return name ? str_format("<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(f), closefd)
                : str_format("<_io.FileIO fd=%d mode='%s' closefd=%s>", f->fd, mode_text(f), closefd);
}

static BuiltinDef methods[] = {
    BUILTIN("read", fileio_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readall", fileio_readall, "($self, /)", 0, NULL),
    BUILTIN("readinto", fileio_readinto, "($self, buffer, /)", 0, NULL),
    BUILTIN("write", fileio_write, "($self, b, /)", 0, NULL),
    BUILTIN("seek", fileio_seek, "($self, pos, whence=0, /)", 0, NULL),
    BUILTIN("tell", fileio_tell, "($self, /)", 0, NULL),
    BUILTIN("truncate", fileio_truncate, "($self, size=None, /)", 0, NULL),
    BUILTIN("close", fileio_close, "($self, /)", 0, NULL),
    BUILTIN("seekable", fileio_seekable, "($self, /)", 0, NULL),
    BUILTIN("readable", fileio_readable, "($self, /)", 0, NULL),
    BUILTIN("writable", fileio_writable, "($self, /)", 0, NULL),
    BUILTIN("fileno", fileio_fileno, "($self, /)", 0, NULL),
    BUILTIN("isatty", fileio_isatty, "($self, /)", 0, NULL),
    BUILTIN("_dealloc_warn", fileio_dealloc_warn, "-($self, source, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef getsets[] = {
    { "closed", get_closed, NULL, NULL, NULL },
    { "closefd", get_closefd, NULL, NULL, NULL },
    { "mode", get_mode, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
static MemberDef members[] = {
    { "_blksize", MEMBER_UINT, offsetof(FileIO, block_size), 0, NULL },
    { "_finalizing", MEMBER_BOOL, offsetof(FileIO, finalizing), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};

Type fileio_type;
const TypeSpec fileio_spec = {
    .name = "_io.FileIO",
    .base = &rawiobase_type,
    .basic_size = 48,
    .instance_size = sizeof(FileIO),
    .members = members,
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = methods,
    .getsets = getsets,
    .trace = fileio_trace,
    .slots = { .getattr = object_generic_getattr,
               .repr = fileio_repr,
               .new = fileio_new,
               .init = fileio_init },
};
