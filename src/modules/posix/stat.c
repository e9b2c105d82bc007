// Paths, stat, and directories.
#include "modules/posix/posix.h"

#include "modules/io/writers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "objects/struct_sequence.h"
#include "vm/runtime.h"

// ---- arguments

Object *posix_fspath(Object *module, Object *path) {
    if (str_check(path) || bytes_check(path)) {
        return path;
    }
    Object *method;
    int found = object_lookup_special(path, names.__fspath__, &method);
    if (found < 0) {
        return NULL;
    }
    if (!found) {
        return raise_error(&exc_TypeError, "expected str, bytes or os.PathLike object, not %T", path);
    }
    Object *result = call0(method);
    if (result && !str_check(result) && !bytes_check(result)) {
        return raise_error(&exc_TypeError, "expected %T.__fspath__() to return str or bytes, not %T", path,
                           result);
    }
    return result;
}

int fd_convert(Object *o) {
    if (!int_check(o)) {
        Object *method;
        int found = object_getattr_optional(o, names.fileno, &method);
        if (found < 0) {
            return -1;
        }
        if (!found) {
            raise_error(&exc_TypeError, "argument must be an int, or have a fileno() method.");
            return -1;
        }
        o = call0(method);
        if (!o) {
            return -1;
        }
        if (!int_check(o)) {
            raise_error(&exc_TypeError, "fileno() returned a non-integer");
            return -1;
        }
    }
    int fd = int_to_c_int(o);
    if (fd < 0 && !error_occurred()) {
        raise_error(&exc_ValueError, "file descriptor cannot be a negative integer (%i)", fd);
    }
    return fd < 0 ? -1 : fd;
}

static int plain_fd(Object *o) {
    Object *index = number_index(o);
    int overflow;
    int64_t value = index ? int_as_i64(index, &overflow) : -1;
    if (!index) {
        return -1;
    }
    if (overflow > 0 || value > INT_MAX) {
        raise_error(&exc_OverflowError, "fd is greater than maximum");
        return -1;
    }
    if (overflow < 0 || value < INT_MIN) {
        raise_error(&exc_OverflowError, "fd is less than minimum");
        return -1;
    }
    return (int)value;
}

int dir_fd_convert(Object *o, int *fd) {
    *fd = AT_FDCWD;
    if (!o || o == NONE) {
        return 0;
    }
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, "argument should be integer or None, not %T", o);
        return -1;
    }
    *fd = plain_fd(o);
    return *fd == -1 && error_occurred() ? -1 : 0;
}

int path_convert(Path *path, Object *o) {
    path->fd = -1;
    path->text = NULL;
    path->object = o;
    path->is_bytes = false;
    if ((!o || o == NONE) && path->nullable) {
        path->object = NONE;
        path->text = NULL;
        return 0;
    }
    Object *name = o;
    if (!str_check(o) && !bytes_check(o)) {
        Object *method;
        int found = object_lookup_special(o, names.__fspath__, &method);
        if (found < 0) {
            return -1;
        }
        if (found) {
            name = posix_fspath(NULL, o);
            if (!name) {
                return -1;
            }
        } else if (path->allow_fd && number_check_index(o)) {
            path->fd = plain_fd(o);
            return path->fd == -1 && error_occurred() ? -1 : 0;
        } else if (buffer_check(o)) {
            if (warn(&exc_DeprecationWarning, 1, "%s: %s should be string, bytes%s, not %T", path->function,
                     path->argument,
                     path->allow_fd && path->nullable ? ", os.PathLike, integer or None"
                     : path->allow_fd                 ? ", os.PathLike or integer"
                     : path->nullable                 ? ", os.PathLike or None"
                                                      : " or os.PathLike",
                     o) < 0) {
                return -1;
            }
            name = bytes_from_object(o);
            if (!name) {
                return -1;
            }
        } else {
            raise_error(&exc_TypeError, "%s: %s should be string, bytes%s, not %T", path->function,
                        path->argument,
                        path->allow_fd && path->nullable ? ", os.PathLike, integer or None"
                        : path->allow_fd                 ? ", os.PathLike or integer"
                        : path->nullable                 ? ", os.PathLike or None"
                                                         : " or os.PathLike",
                        o);
            return -1;
        }
    }
    path->is_bytes = bytes_check(name);
    path->bytes = path->is_bytes ? name : str_encode_fs(name);
    if (!path->bytes) {
        return -1;
    }
    if (memchr(bytes_data(path->bytes), 0, (size_t)bytes_length(path->bytes))) {
        raise_error(&exc_ValueError, "embedded null byte");
        return -1;
    }
    path->text = bytes_data(path->bytes);
    return 0;
}

Object *posix_error(void) {
    return raise_os_error(errno, NULL, NULL);
}
Object *path_error(const Path *path) {
    return raise_os_error(errno, path->text || path->fd >= 0 ? path->object : NULL, NULL);
}
Object *path_result(const Path *like, const char *text, ssize_t length) {
    return like->is_bytes ? bytes_from(text, length) : str_decode_fs(text, length);
}

// ---- stat_result

static Object *stat_result_type;

static const StructField stat_fields[] = {
    { "st_mode", "protection bits" },
    { "st_ino", "inode" },
    { "st_dev", "device" },
    { "st_nlink", "number of hard links" },
    { "st_uid", "user ID of owner" },
    { "st_gid", "group ID of owner" },
    { "st_size", "total size, in bytes" },
    { "-", "integer time of last access" },
    { "-", "integer time of last modification" },
    { "-", "integer time of last change" },
    { "st_atime", "time of last access" },
    { "st_mtime", "time of last modification" },
    { "st_ctime", "time of last change" },
    { "st_atime_ns", "time of last access in nanoseconds" },
    { "st_mtime_ns", "time of last modification in nanoseconds" },
    { "st_ctime_ns", "time of last change in nanoseconds" },
    { "st_blksize", "blocksize for filesystem I/O" },
    { "st_blocks", "number of blocks allocated" },
    { "st_rdev", "device type (if inode device)" },
    { NULL, NULL },
};
static const StructSpec stat_spec = { "os.stat_result", NULL, stat_fields, 10 };

static Object *nanoseconds(const struct timespec *t) {
    if (t->tv_sec < 9000000000 && t->tv_sec > -9000000000) {
        return int_from_i64(t->tv_sec * 1000000000 + t->tv_nsec);
    }
    Object *seconds = int_from_i64(t->tv_sec), *factor = int_from_i64(1000000000),
           *rest = int_from_i64(t->tv_nsec);
    Object *product = seconds && factor ? int_multiply(seconds, factor) : NULL;
    return product && rest ? int_add(product, rest) : NULL;
}

static Object *stat_result_new(const struct stat *s) {
    const struct timespec *times[3] = { &s->st_atim, &s->st_mtim, &s->st_ctim };
    Object *v[19] = {
        int_from_u64(s->st_mode),  int_from_u64(s->st_ino), int_from_u64(s->st_dev),
        int_from_u64(s->st_nlink), int_from_u64(s->st_uid), int_from_u64(s->st_gid),
        int_from_i64(s->st_size),
    };
    for (int i = 0; i < 3; i++) {
        v[7 + i] = int_from_i64(times[i]->tv_sec);
        v[10 + i] = float_from_double((double)times[i]->tv_sec + 1e-9 * (double)times[i]->tv_nsec);
        v[13 + i] = nanoseconds(times[i]);
    }
    v[16] = int_from_i64(s->st_blksize);
    v[17] = int_from_i64(s->st_blocks);
    v[18] = int_from_u64(s->st_rdev);
    return struct_sequence_of((Type *)stat_result_type, v, 19);
}

static Object *do_stat(Path *path, Object *dir_fd, bool follow) {
    int dir;
    struct stat s;
    if (dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    if (path->fd >= 0 && dir != AT_FDCWD) {
        return raise_error(&exc_ValueError, "%s: can't specify dir_fd without matching path", path->function);
    }
    if (path->fd >= 0 && !follow) {
        return raise_error(&exc_ValueError, "%s: cannot use fd and follow_symlinks together", path->function);
    }
    if (path->text && dir == AT_FDCWD) {
        io_flush_path(path->text);  // for the size
    }
    int status = path->fd >= 0 ? fstat(path->fd, &s)
                               : fstatat(dir, path->text, &s, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    return status < 0 ? path_error(path) : stat_result_new(&s);
}

Object *posix_stat(Object *module, Object *o, Object *dir_fd, Object *follow) {
    Path path = PATH("stat", "path", false, true);
    int follows = follow ? object_is_true(follow) : 1;
    return follows < 0 || path_convert(&path, o) < 0 ? NULL : do_stat(&path, dir_fd, follows);
}

Object *posix_lstat(Object *module, Object *o, Object *dir_fd) {
    Path path = PATH("lstat", "path");
    return path_convert(&path, o) < 0 ? NULL : do_stat(&path, dir_fd, false);
}

Object *posix_fstat(Object *module, Object *o) {
    struct stat s;
    int fd = int_to_c_int(o);
    if (fd == -1 && error_occurred()) {
        return NULL;
    }
    return fstat(fd, &s) < 0 ? posix_error() : stat_result_new(&s);
}

// ---- scandir

typedef struct DirEntry {
    Object base;
    Object *name, *path, *stat, *lstat;
    uint64_t inode;
    uint8_t kind;
    bool is_bytes;
    int dir_fd;
} DirEntry;

static inline DirEntry *entry_of(Object *o) {
    return (DirEntry *)o;
}

static void entry_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, entry_of(self)->name);
    trace_cell(tracer, entry_of(self)->path);
    trace_cell(tracer, entry_of(self)->stat);
    trace_cell(tracer, entry_of(self)->lstat);
}

static Object *entry_fetch(Object *self, bool follow) {
    DirEntry *e = entry_of(self);
    Object *path = e->dir_fd >= 0 ? e->name : e->path, *fd = e->dir_fd >= 0 ? int_from_i64(e->dir_fd) : NULL;
    return posix_stat(NULL, path, fd, bool_from(follow));
}

static Object *entry_lstat(Object *self) {
    DirEntry *e = entry_of(self);
    if (!e->lstat) {
        Object *s = entry_fetch(self, false);
        if (!s) {
            return NULL;
        }
        gc_store(self, &e->lstat, s);
    }
    return e->lstat;
}

static Object *entry_stat(Object *self, Object *follow) {
    DirEntry *e = entry_of(self);
    int follows = follow ? object_is_true(follow) : 1;
    if (follows < 0) {
        return NULL;
    }
    if (!follows) {
        return entry_lstat(self);
    }
    if (!e->stat) {
        Object *s = e->kind != DT_LNK && e->kind != DT_UNKNOWN ? entry_lstat(self) : entry_fetch(self, true);
        if (!s) {
            return NULL;
        }
        gc_store(self, &e->stat, s);
    }
    return e->stat;
}

static int entry_test(Object *self, bool follow, mode_t mode, uint8_t kind) {
    DirEntry *e = entry_of(self);
    if (e->kind != DT_UNKNOWN && !(follow && e->kind == DT_LNK)) {
        return e->kind == kind;
    }
    Object *s = entry_stat(self, bool_from(follow));
    if (!s) {
        return error_clear_if(&exc_FileNotFoundError) ? 0 : -1;
    }
    int64_t bits = int_to_i64(tuple_get(s, 0));
    return ((mode_t)bits & S_IFMT) == mode;
}

static Object *entry_is(Object *self, Object *follow, mode_t mode, uint8_t kind) {
    int follows = follow ? object_is_true(follow) : 1;
    int result = follows < 0 ? -1 : entry_test(self, follows, mode, kind);
    return result < 0 ? NULL : bool_from(result);
}
static Object *entry_is_dir(Object *self, Object *follow) {
    return entry_is(self, follow, S_IFDIR, DT_DIR);
}
static Object *entry_is_file(Object *self, Object *follow) {
    return entry_is(self, follow, S_IFREG, DT_REG);
}
static Object *entry_is_symlink(Object *self) {
    return entry_is(self, FALSE_OBJECT, S_IFLNK, DT_LNK);
}
static Object *entry_inode(Object *self) {
    return int_from_u64(entry_of(self)->inode);
}
static Object *entry_fspath(Object *self) {
    return entry_of(self)->path;
}
static Object *entry_repr(Object *self) {
    return str_format("<DirEntry %R>", entry_of(self)->name);
}
static Object *class_getitem(Object *cls, Object *item) {
    Object *generic_alias_new(Object *, Object *);
    return generic_alias_new(cls, item);
}

static BuiltinDef entry_methods[] = {
    BUILTIN("is_dir", entry_is_dir, "($self, /, *, follow_symlinks=True)", 0, NULL),
    BUILTIN("is_file", entry_is_file, "($self, /, *, follow_symlinks=True)", 0, NULL),
    BUILTIN("is_symlink", entry_is_symlink, "($self, /)", 0, NULL),
    BUILTIN("stat", entry_stat, "($self, /, *, follow_symlinks=True)", 0, NULL),
    BUILTIN("inode", entry_inode, "($self, /)", 0, NULL),
    BUILTIN("__fspath__", entry_fspath, "($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", class_getitem, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static MemberDef entry_members[] = {
    { "name", MEMBER_OBJECT_EX, offsetof(DirEntry, name), MEMBER_READONLY, NULL },
    { "path", MEMBER_OBJECT_EX, offsetof(DirEntry, path), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};
static Type entry_type;
static const TypeSpec entry_spec = {
    .name = "posix.DirEntry",
    .basic_size = sizeof(DirEntry),
    .flags = TF_DISALLOW_INSTANTIATION | TF_GC,
    .methods = entry_methods,
    .members = entry_members,
    .trace = entry_trace,
    .slots = { .repr = entry_repr },
};

typedef struct ScandirIterator {
    Object base;
    DIR *stream;
    Object *path;  // as given, or NULL for a descriptor
    Object *path_bytes;
    bool is_bytes;
    int fd;
    uintptr_t lock;
} ScandirIterator;

static inline ScandirIterator *scan_of(Object *o) {
    return (ScandirIterator *)o;
}

static void scan_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, scan_of(self)->path);
    trace_cell(tracer, scan_of(self)->path_bytes);
}

static void scan_end(Object *self) {
    object_lock(&scan_of(self)->lock);
    DIR *stream = scan_of(self)->stream;
    scan_of(self)->stream = NULL;
    if (stream) {
        if (scan_of(self)->fd >= 0) {
            rewinddir(stream);
        }
        closedir(stream);
    }
    object_unlock(&scan_of(self)->lock);
}

static Object *scan_next(Object *self) {
    ScandirIterator *s = scan_of(self);
    char name[NAME_MAX + 1];
    uint64_t inode = 0;
    uint8_t kind = 0;
    int error = 0;
    bool found = false;
    object_lock(&s->lock);
    while (s->stream) {
        errno = 0;
        struct dirent *d = readdir(s->stream);
        if (!d) {
            error = errno;
            break;
        }
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            snprintf(name, sizeof(name), "%s", d->d_name);
            inode = d->d_ino;
            kind = d->d_type;
            found = true;
            break;
        }
    }
    object_unlock(&s->lock);
    if (!found) {
        scan_end(self);
        return error ? raise_os_error(error, s->path, NULL) : NULL;
    }
    Object *o = object_alloc(&entry_type);
    if (!o) {
        return NULL;
    }
    DirEntry *e = entry_of(o);
    e->inode = inode;
    e->kind = kind;
    e->is_bytes = s->is_bytes;
    e->dir_fd = s->fd;
    size_t n = strlen(name);
    Path like = { .is_bytes = s->is_bytes };
    Object *text = path_result(&like, name, (ssize_t)n), *whole = text;
    if (text && s->fd < 0) {
        const char *base = s->path_bytes ? bytes_data(s->path_bytes) : ".";
        size_t length = strlen(base);
        char *joined = heap_alloc(length + n + 2, CELL_BYTES);
        if (!joined) {
            return NULL;
        }
        memcpy(joined, base, length);
        if (length && base[length - 1] != '/') {
            joined[length++] = '/';
        }
        memcpy(joined + length, name, n);
        whole = path_result(&like, joined, (ssize_t)(length + n));
    }
    if (!whole) {
        return NULL;
    }
    gc_store(o, &e->name, text);
    gc_store(o, &e->path, whole);
    return o;
}

static void scan_finalize(Object *self) {
    if (scan_of(self)->stream) {
        Object *saved = error_take();
        if (warn(&exc_ResourceWarning, 1, "unclosed scandir iterator %R", self) < 0 &&
            error_matches(&exc_Warning)) {
            error_unraisable(self);
        }
        scan_end(self);
        error_restore(saved);
    }
}
static Object *scan_self(Object *self) {
    return self;
}
static Object *scan_close(Object *self) {
    scan_end(self);
    return NONE;
}
static Object *scan_exit(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return scan_close(self);
}

static BuiltinDef scan_methods[] = {
    BUILTIN("__enter__", scan_self, "-($self, /)", 0, NULL),
    BUILTIN("__exit__", scan_exit, NULL, 0, NULL),
    BUILTIN("close", scan_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static Type scan_type;
static const TypeSpec scan_spec = {
    .name = "posix.ScandirIterator",
    .basic_size = sizeof(ScandirIterator),
    .flags = TF_DISALLOW_INSTANTIATION | TF_GC,
    .methods = scan_methods,
    .trace = scan_trace,
    .slots = { .iter = scan_self, .next = scan_next, .finalize = scan_finalize },
};

Object *posix_scandir(Object *module, Object *o) {
    Path path = PATH("scandir", "path", true, true);
    if (path_convert(&path, o) < 0 || audit("os.scandir", "O", o ? o : NONE) < 0) {
        return NULL;
    }
    Object *self = object_alloc(&scan_type);
    if (!self) {
        return NULL;
    }
    ScandirIterator *s = scan_of(self);
    s->fd = path.fd;
    s->is_bytes = path.is_bytes;
    if (path.text) {
        gc_store(self, &s->path, path.object);
        gc_store(self, &s->path_bytes, path.bytes);
    }
    if (path.fd >= 0) {
        int fd = fcntl(path.fd, F_DUPFD_CLOEXEC, 0);
        s->stream = fd < 0 ? NULL : fdopendir(fd);
    } else {
        s->stream = opendir(path.text ? path.text : ".");
    }
    return s->stream ? self : path.fd >= 0 ? posix_error() : path_error(&path);
}

int posix_stat_init(Object *module) {
    if (!stat_result_type) {
        heap_add_root(&stat_result_type, 1);
        stat_result_type = (Object *)struct_sequence_type_new(&stat_spec);
        if (!stat_result_type || type_ready(&scan_type, &scan_spec) < 0) {
            return -1;
        }
    }
    return module_add(module, "stat_result", stat_result_type) < 0
               ? -1
               : module_add_type(module, &entry_type, &entry_spec);
}
