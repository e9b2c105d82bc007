// posix: files, processes, the environment.
#include "modules/fields.h"
#include "modules/posix/posix.h"
#include "modules/timestamp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/imp.h"
#include "modules/io/writers.h"
#include "objects/struct_sequence.h"
#include "vm/runtime.h"

// ---- system calls that block

typedef struct Call {
    int fd, flags, mode, error;
    const char *path;
    void *data;
    size_t size;
    pid_t pid;
    ssize_t result;
    struct rusage *usage;
} Call;

static void *do_open(void *p) {
    Call *c = p;
    c->result = openat(c->fd, c->path, c->flags, c->mode);
    c->error = errno;
    return NULL;
}
static void *do_read(void *p) {
    Call *c = p;
    c->result = read(c->fd, c->data, c->size);
    c->error = errno;
    return NULL;
}
static void *do_write(void *p) {
    Call *c = p;
    c->result = write(c->fd, c->data, c->size);
    c->error = errno;
    return NULL;
}
static void *do_waitpid(void *p) {
    Call *c = p;
    c->result = waitpid(c->pid, &c->mode, c->flags);
    c->error = errno;
    return NULL;
}

// 0, or -1 with an exception; EINTR runs the signal handlers and tries again.
static int run(void *(*function)(void *), Call *c, const Path *path) {
    while (true) {
        blocking_call(function, c);
        if (c->result >= 0) {
            return 0;
        }
        if (c->error != EINTR) {
            errno = c->error;
            path ? path_error(path) : posix_error();
            return -1;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
}

static int int_argument(Object *o, int otherwise, int *value) {
    *value = otherwise;
    if (!o) {
        return 0;
    }
    *value = int_to_c_int(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}

static Object *done(int status) {
    return status < 0 ? posix_error() : NONE;
}
static Object *done_path(int status, const Path *path) {
    return status < 0 ? path_error(path) : NONE;
}

// ---- files

static Object *posix_open(Object *module, Object *o, Object *flags, Object *mode, Object *dir_fd) {
    Path path = PATH("open", "path");
    Call c = { 0 };
    if (path_convert(&path, o) < 0 || int_argument(flags, 0, &c.flags) < 0 ||
        int_argument(mode, 0777, &c.mode) < 0 || dir_fd_convert(dir_fd, &c.fd) < 0 ||
        audit("open", "OOi", o, NONE, c.flags) < 0) {
        return NULL;
    }
    c.path = path.text;
    c.flags |= O_CLOEXEC;
    return run(do_open, &c, &path) < 0 ? NULL : int_from_i64(c.result);
}

static Object *posix_close(Object *module, Object *o) {
    int fd;
    if (int_argument(o, 0, &fd) < 0) {
        return NULL;
    }
    return close(fd) < 0 && errno != EINTR ? posix_error() : NONE;
}

static Object *posix_read(Object *module, Object *o, Object *length) {
    Call c = { 0 };
    ssize_t n = number_to_ssize(length);
    if (int_argument(o, 0, &c.fd) < 0 || (n == -1 && error_occurred())) {
        return NULL;
    }
    if (n < 0) {
        errno = EINVAL;
        return posix_error();
    }
    Object *result = bytes_new(n);
    if (!result) {
        return NULL;
    }
    c.data = bytes_data(result);
    c.size = size_min((size_t)n, INT32_MAX);
    return heap_before_reading(c.fd) < 0 || run(do_read, &c, NULL) < 0 ? NULL
                                                                       : bytes_shorten(result, c.result);
}

static Object *posix_write(Object *module, Object *o, Object *data) {
    Call c = { 0 };
    Buffer view;
    if (int_argument(o, 0, &c.fd) < 0 || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    c.data = view.data;
    c.size = size_min((size_t)view.length, INT32_MAX);
    int status = run(do_write, &c, NULL);
    buffer_release(&view);
    return status < 0 ? NULL : int_from_i64(c.result);
}

static Object *posix_lseek(Object *module, Object *o, Object *position, Object *whence) {
    int fd, how;
    int64_t offset = int_to_i64(position);
    if ((offset == -1 && error_occurred()) || int_argument(o, 0, &fd) < 0 ||
        int_argument(whence, 0, &how) < 0) {
        return NULL;
    }
    off_t result = lseek(fd, offset, how);
    return result < 0 ? posix_error() : int_from_i64(result);
}

static Object *posix_isatty(Object *module, Object *o) {
    int fd;
    return int_argument(o, 0, &fd) < 0 ? NULL : bool_from(isatty(fd));
}
static Object *posix_dup(Object *module, Object *o) {
    int fd;
    if (int_argument(o, 0, &fd) < 0) {
        return NULL;
    }
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? posix_error() : int_from_i64(fd);
}
static Object *posix_dup2(Object *module, Object *a, Object *b, Object *inheritable) {
    int from, to, keep = inheritable ? object_is_true(inheritable) : 1;
    if (keep < 0 || int_argument(a, 0, &from) < 0 || int_argument(b, 0, &to) < 0) {
        return NULL;
    }
    int result = keep || from == to ? dup2(from, to) : dup3(from, to, O_CLOEXEC);
    return result < 0 ? posix_error() : int_from_i64(result);
}
static Object *posix_pipe(Object *module) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        return posix_error();
    }
    Object *a = int_from_i64(fds[0]), *b = int_from_i64(fds[1]);
    return a && b ? tuple_pack(2, a, b) : NULL;
}
static Object *posix_ftruncate(Object *module, Object *o, Object *length) {
    int fd;
    int64_t n = int_to_i64(length);
    return error_occurred() || int_argument(o, 0, &fd) < 0 ? NULL : done(ftruncate(fd, n));
}
static Object *posix_truncate(Object *module, Object *o, Object *length) {
    Path path = PATH("truncate", "path", false, true);
    int64_t n = int_to_i64(length);
    if (error_occurred() || path_convert(&path, o) < 0) {
        return NULL;
    }
    if (audit("os.truncate", "On", path.object, (ssize_t)n) < 0) {
        return NULL;
    }
    return path.fd >= 0 ? done(ftruncate(path.fd, n)) : done_path(truncate(path.text, n), &path);
}
static Object *posix_get_inheritable(Object *module, Object *o) {
    int fd, flags;
    if (int_argument(o, 0, &fd) < 0) {
        return NULL;
    }
    flags = fcntl(fd, F_GETFD);
    return flags < 0 ? posix_error() : bool_from(!(flags & FD_CLOEXEC));
}
static Object *posix_set_inheritable(Object *module, Object *o, Object *value) {
    int fd, on, flags;
    if (int_argument(o, 0, &fd) < 0 || int_argument(value, 0, &on) < 0 || (flags = fcntl(fd, F_GETFD)) < 0) {
        return error_occurred() ? NULL : posix_error();
    }
    return done(fcntl(fd, F_SETFD, on ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC));
}
static Object *posix_get_blocking(Object *module, Object *o) {
    int fd, flags;
    if (int_argument(o, 0, &fd) < 0) {
        return NULL;
    }
    flags = fcntl(fd, F_GETFL);
    return flags < 0 ? posix_error() : bool_from(!(flags & O_NONBLOCK));
}
static Object *posix_set_blocking(Object *module, Object *o, Object *value) {
    int fd, on, flags;
    if (int_argument(o, 0, &fd) < 0 || int_argument(value, 0, &on) < 0 || (flags = fcntl(fd, F_GETFL)) < 0) {
        return error_occurred() ? NULL : posix_error();
    }
    return done(fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
}

// ---- names

static Object *posix_access(Object *module, Object *o, Object *mode, Object *dir_fd, Object *effective,
                            Object *follow) {
    Path path = PATH("access", "path");
    int bits, dir, flags = 0, ids = effective ? object_is_true(effective) : 0;
    int follows = follow ? object_is_true(follow) : 1;
    if (ids < 0 || follows < 0 || path_convert(&path, o) < 0 || int_argument(mode, 0, &bits) < 0 ||
        dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    flags |= ids ? AT_EACCESS : 0;
    flags |= follows ? 0 : AT_SYMLINK_NOFOLLOW;
    return bool_from(faccessat(dir, path.text, bits, flags) == 0);
}

static Object *posix_mkdir(Object *module, Object *o, Object *mode, Object *dir_fd) {
    Path path = PATH("mkdir", "path");
    int bits, dir;
    if (path_convert(&path, o) < 0 || int_argument(mode, 0777, &bits) < 0 ||
        dir_fd_convert(dir_fd, &dir) < 0 ||
        audit("os.mkdir", "Oii", o, bits, dir == AT_FDCWD ? -1 : dir) < 0) {
        return NULL;
    }
    return done_path(mkdirat(dir, path.text, (mode_t)bits), &path);
}

static Object *unlink_as(Object *o, Object *dir_fd, const char *function, const char *event, int flags) {
    Path path = PATH(function, "path");
    int dir;
    if (path_convert(&path, o) < 0 || dir_fd_convert(dir_fd, &dir) < 0 ||
        audit(event, "Oi", o, dir == AT_FDCWD ? -1 : dir) < 0) {
        return NULL;
    }
    return done_path(unlinkat(dir, path.text, flags), &path);
}
static Object *posix_unlink(Object *m, Object *o, Object *d) {
    return unlink_as(o, d, "unlink", "os.remove", 0);
}
static Object *posix_remove(Object *m, Object *o, Object *d) {
    return unlink_as(o, d, "remove", "os.remove", 0);
}
static Object *posix_rmdir(Object *m, Object *o, Object *d) {
    return unlink_as(o, d, "rmdir", "os.rmdir", AT_REMOVEDIR);
}

static Object *rename_as(const char *function, Object *a, Object *b, Object *a_dir, Object *b_dir) {
    Path from = PATH(function, "src"), to = PATH(function, "dst");
    int x, y;
    if (path_convert(&from, a) < 0 || path_convert(&to, b) < 0 || dir_fd_convert(a_dir, &x) < 0 ||
        dir_fd_convert(b_dir, &y) < 0 ||
        audit("os.rename", "OOii", a, b, x == AT_FDCWD ? -1 : x, y == AT_FDCWD ? -1 : y) < 0) {
        return NULL;
    }
    return renameat(x, from.text, y, to.text) < 0 ? raise_os_error(errno, a, b) : NONE;
}
static Object *posix_rename(Object *m, Object *a, Object *b, Object *x, Object *y) {
    return rename_as("rename", a, b, x, y);
}
static Object *posix_replace(Object *m, Object *a, Object *b, Object *x, Object *y) {
    return rename_as("replace", a, b, x, y);
}

static Object *posix_link(Object *m, Object *a, Object *b, Object *a_dir, Object *b_dir, Object *follow) {
    Path from = PATH("link", "src"), to = PATH("link", "dst");
    int x, y, follows = follow ? object_is_true(follow) : 1;
    if (follows < 0 || path_convert(&from, a) < 0 || path_convert(&to, b) < 0 ||
        dir_fd_convert(a_dir, &x) < 0 || dir_fd_convert(b_dir, &y) < 0) {
        return NULL;
    }
    return linkat(x, from.text, y, to.text, follows ? AT_SYMLINK_FOLLOW : 0) < 0 ? raise_os_error(errno, a, b)
                                                                                 : NONE;
}

static Object *posix_symlink(Object *m, Object *a, Object *b, Object *is_directory, Object *dir_fd) {
    Path from = PATH("symlink", "src"), to = PATH("symlink", "dst");
    int dir;
    if (path_convert(&from, a) < 0 || path_convert(&to, b) < 0 || dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    return symlinkat(from.text, dir, to.text) < 0 ? raise_os_error(errno, a, b) : NONE;
}

static Object *posix_readlink(Object *m, Object *o, Object *dir_fd) {
    Path path = PATH("readlink", "path");
    int dir;
    char target[PATH_MAX + 1];
    if (path_convert(&path, o) < 0 || dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    ssize_t n = readlinkat(dir, path.text, target, sizeof(target));
    return n < 0 ? path_error(&path) : path_result(&path, target, n);
}

static Object *posix_chmod(Object *m, Object *o, Object *mode, Object *dir_fd, Object *follow) {
    Path path = PATH("chmod", "path", false, true);
    int bits, dir, follows = follow ? object_is_true(follow) : 1;
    if (follows < 0 || path_convert(&path, o) < 0 || int_argument(mode, 0, &bits) < 0 ||
        dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    if (audit("os.chmod", "Oii", path.object, bits, dir == AT_FDCWD ? -1 : dir) < 0) {
        return NULL;
    }
    if (path.fd >= 0) {
        return done_path(fchmod(path.fd, (mode_t)bits), &path);
    }
    int status = fchmodat(dir, path.text, (mode_t)bits, follows ? 0 : AT_SYMLINK_NOFOLLOW);
    if (status < 0 && !follows && (errno == ENOTSUP || errno == EOPNOTSUPP)) {
        return dir != AT_FDCWD
                   ? raise_error(&exc_ValueError, "chmod: cannot use dir_fd and follow_symlinks together")
                   : raise_error(&exc_NotImplementedError,
                                 "chmod: follow_symlinks unavailable on this platform");
    }
    return done_path(status, &path);
}
static Object *posix_fchmod(Object *m, Object *o, Object *mode) {
    int fd, bits;
    return int_argument(o, 0, &fd) < 0 || int_argument(mode, 0, &bits) < 0 ? NULL
                                                                           : done(fchmod(fd, (mode_t)bits));
}

static Object *posix_chown(Object *m, Object *o, Object *uid, Object *gid, Object *dir_fd, Object *follow) {
    Path path = PATH("chown", "path", false, true);
    int dir, follows = follow ? object_is_true(follow) : 1;
    uid_t u;
    gid_t g;
    if (follows < 0 || path_convert(&path, o) < 0 || posix_uid(uid, &u) < 0 || posix_gid(gid, &g) < 0 ||
        dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    if (path.fd >= 0 && dir != AT_FDCWD) {
        return raise_error(&exc_ValueError, "chown: can't specify both dir_fd and fd");
    }
    if (path.fd >= 0 && !follows) {
        return raise_error(&exc_ValueError, "chown: cannot use fd and follow_symlinks together");
    }
    if (audit("os.chown", "Oiii", path.object, (int)u, (int)g, dir == AT_FDCWD ? -1 : dir) < 0) {
        return NULL;
    }
    int status = path.fd >= 0 ? fchown(path.fd, u, g)
                              : fchownat(dir, path.text, u, g, follows ? 0 : AT_SYMLINK_NOFOLLOW);
    return done_path(status, &path);
}

static int seconds_to_timespec(Object *o, struct timespec *t) {
    return timestamp_to_parts(o, ROUND_FLOOR, NS_PER_SECOND, &t->tv_sec, &t->tv_nsec);
}

static Object *posix_utime(Object *m, Object *o, Object *times, Object *ns, Object *dir_fd, Object *follow) {
    Path path = PATH("utime", "path", false, true);
    int dir, follows = follow ? object_is_true(follow) : 1;
    struct timespec t[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
    if (times == NONE) {
        times = NULL;
    }
    if (times && ns) {
        return raise_error(&exc_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    }
    if (follows < 0 || path_convert(&path, o) < 0 || dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    if (times && (!tuple_check(times) || tuple_size(times) != 2)) {
        return raise_error(&exc_TypeError, "utime: 'times' must be either a tuple of two ints or None");
    }
    if (ns && (!tuple_check(ns) || tuple_size(ns) != 2)) {
        return raise_error(&exc_TypeError, "utime: 'ns' must be a tuple of two ints");
    }
    for (int i = 0; i < 2; i++) {
        if (times && seconds_to_timespec(tuple_get(times, i), &t[i]) < 0) {
            return NULL;
        }
        if (ns) {
            Object *billion = int_from_i64(1000000000);
            Object *parts = billion ? number_divmod(tuple_get(ns, i), billion) : NULL;
            if (!parts) {
                return NULL;
            }
            if (!tuple_check(parts) || tuple_size(parts) != 2) {
                return raise_error(&exc_TypeError, "%T.__divmod__() must return a 2-tuple, not %T",
                                   tuple_get(ns, i), parts);
            }
            t[i].tv_sec = int_to_i64(tuple_get(parts, 0));
            if (error_clear_if(&exc_OverflowError)) {
                raise_error(&exc_OverflowError, "timestamp out of range for platform time_t");
            }
            t[i].tv_nsec = error_occurred() ? 0 : int_to_i64(tuple_get(parts, 1));
            if (error_occurred()) {
                return NULL;
            }
        }
    }
    if (path.fd >= 0 && dir != AT_FDCWD) {
        return raise_error(&exc_ValueError, "utime: can't specify dir_fd without matching path");
    }
    if (path.fd >= 0 && !follows) {
        return raise_error(&exc_ValueError, "utime: cannot use fd and follow_symlinks together");
    }
    if (audit("os.utime", "OOOi", path.object, times ? times : NONE, ns ? ns : NONE,
              dir == AT_FDCWD ? -1 : dir) < 0) {
        return NULL;
    }
    if (path.text) {
        io_flush_path(path.text);  // data written later would change the times again
    }
    int status = path.fd >= 0 ? futimens(path.fd, t)
                              : utimensat(dir, path.text, t, follows ? 0 : AT_SYMLINK_NOFOLLOW);
    return done(status);
}

static Object *posix_listdir(Object *m, Object *o) {
    Path path = PATH("listdir", "path", true, true);
    if (path_convert(&path, o) < 0 || audit("os.listdir", "O", o ? o : NONE) < 0) {
        return NULL;
    }
    int fd = path.fd >= 0 ? fcntl(path.fd, F_DUPFD_CLOEXEC, 0) : -1;
    DIR *stream = path.fd >= 0 ? (fd < 0 ? NULL : fdopendir(fd)) : opendir(path.text ? path.text : ".");
    if (!stream) {
        return path.fd >= 0 ? posix_error() : path_error(&path);
    }
    Object *list = list_new(0);
    struct dirent *d;
    while (list && (errno = 0, d = readdir(stream))) {
        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")) {
            continue;
        }
        Object *name = path_result(&path, d->d_name, (ssize_t)strlen(d->d_name));
        if (!name || list_append(list, name) < 0) {
            list = NULL;
        }
    }
    int error = errno;
    if (path.fd >= 0) {
        rewinddir(stream);
    }
    closedir(stream);
    if (list && error) {
        errno = error;
        return path_error(&path);
    }
    return list;
}

static Object *current_directory(bool as_bytes) {
    char *text = getcwd(NULL, 0);
    if (!text) {
        return posix_error();
    }
    Path like = { .is_bytes = as_bytes };
    Object *result = path_result(&like, text, (ssize_t)strlen(text));
    free(text);
    return result;
}
static Object *posix_getcwd(Object *m) {
    return current_directory(false);
}
static Object *posix_getcwdb(Object *m) {
    return current_directory(true);
}

static Object *posix_chdir(Object *m, Object *o) {
    Path path = PATH("chdir", "path", false, true);
    if (path_convert(&path, o) < 0) {
        return NULL;
    }
    return done_path(path.fd >= 0 ? fchdir(path.fd) : chdir(path.text), &path);
}

static Object *posix_umask(Object *m, Object *o) {
    int mask;
    return int_argument(o, 0, &mask) < 0 ? NULL : int_from_i64(umask((mode_t)mask));
}

// posixpath.normpath's work.
static Object *path_normpath(Object *m, Object *path) {
    if (!str_check(path)) {
        return raise_error(&exc_TypeError, "_path_normpath() argument 'path' must be str, not %K", path);
    }
    ssize_t n = str_length(path);
    if (!n) {
        return str_from_cstring(".");
    }
    ssize_t slashes = str_read(path, 0) != '/'                                                    ? 0
                      : n > 1 && str_read(path, 1) == '/' && !(n > 2 && str_read(path, 2) == '/') ? 2
                                                                                                  : 1;
    Object *parts = list_new(0), *slash = str_from_cstring("/");
    for (ssize_t i = 0; parts && slash && i <= n;) {
        ssize_t end = str_find_char(path, '/', i, n, 1);
        end = end < 0 ? n : end;
        Object *part = str_substring(path, i, end);
        i = end + 1;
        if (!part || !str_length(part) || str_equal_cstring(part, ".")) {
            if (!part) {
                return NULL;
            }
            continue;
        }
        ssize_t count = list_size(parts);
        if (str_equal_cstring(part, "..")) {
            if (count && !str_equal_cstring(list_read(parts, count - 1), "..")) {
                list_pop(parts, count - 1);
                continue;
            }
            if (!count && slashes) {
                continue;
            }
        }
        if (list_append(parts, part) < 0) {
            return NULL;
        }
    }
    Object *joined = str_join(slash, parts);
    if (joined && slashes) {
        Object *head = str_from_cstring(slashes == 2 ? "//" : "/");
        joined = head ? str_concat(head, joined) : NULL;
    }
    return joined && !str_length(joined) ? str_from_cstring(".") : joined;
}

// ---- the environment

static Object *posix_putenv(Object *m, Object *name, Object *value) {
    Object *n = posix_fs_bytes(name), *v = n ? posix_fs_bytes(value) : NULL;
    if (!v || audit("os.putenv", "OO", n, v) < 0) {
        return NULL;
    }
    if (strchr(bytes_data(n), '=')) {
        return raise_error(&exc_ValueError, "illegal environment variable name");
    }
    return done(setenv(bytes_data(n), bytes_data(v), 1));
}
static Object *posix_unsetenv(Object *m, Object *name) {
    Object *n = posix_fs_bytes(name);
    return !n || audit("os.unsetenv", "O", n) < 0 ? NULL : done(unsetenv(bytes_data(n)));
}

static Object *make_environ(void) {
    Object *dict = dict_new();
    for (char **e = environ; dict && e && *e; e++) {
        const char *equal = strchr(*e, '=');
        if (!equal) {
            continue;
        }
        Object *key = bytes_from(*e, equal - *e), *value = bytes_from_cstring(equal + 1);
        if (!key || !value || !dict_set_default(dict, key, value)) {
            return NULL;
        }
    }
    return dict;
}

// ---- processes

#define ID(name) \
    static Object *posix_##name(Object *m) { \
        return int_from_i64((int64_t)name()); \
    }
ID(getpid)
ID(getppid)
ID(getuid)
ID(geteuid)
ID(getgid)
ID(getegid)
ID(getpgrp)
#undef ID

static Object *posix_kill(Object *m, Object *pid, Object *number) {
    int p;
    if (int_field(pid, &p) < 0) {
        return NULL;
    }
    ssize_t wide = number_to_ssize(number);
    int s = (int)wide;
    if ((wide == -1 && error_occurred()) || audit("os.kill", "ii", p, s) < 0) {
        return NULL;
    }
    if (kill(p, s) < 0) {
        return posix_error();
    }
    return safepoint() < 0 ? NULL : NONE;
}

static Object *posix__exit(Object *m, Object *status) {
    int code;
    if (int_argument(status, 0, &code) < 0) {
        return NULL;
    }
    _exit(code);
}

static Object *posix_abort(Object *m) {
    abort();
}

static Object *posix_waitpid(Object *m, Object *pid, Object *options) {
    Call c = { 0 };
    int p;
    if (int_field(pid, &p) < 0 || int_field(options, &c.flags) < 0) {
        return NULL;
    }
    c.pid = p;
    if (heap_before_blocking() < 0 || run(do_waitpid, &c, NULL) < 0) {
        return NULL;
    }
    Object *a = int_from_i64(c.result), *b = int_from_i64(c.mode);
    return a && b ? tuple_pack(2, a, b) : NULL;
}

static Object *posix_wait(Object *m) {
    Object *any = int_from_i64(-1), *zero = int_from_i64(0);
    return any && zero ? posix_waitpid(m, any, zero) : NULL;
}

#define STATUS(name, convert) \
    static Object *posix_##name(Object *m, Object *status) { \
        int s; \
        return int_argument(status, 0, &s) < 0 ? NULL : convert(name(s)); \
    }
STATUS(WIFEXITED, bool_from)
STATUS(WIFSIGNALED, bool_from)
STATUS(WIFSTOPPED, bool_from)
STATUS(WIFCONTINUED, bool_from)
STATUS(WCOREDUMP, bool_from)
STATUS(WEXITSTATUS, int_from_i64)
STATUS(WTERMSIG, int_from_i64)
STATUS(WSTOPSIG, int_from_i64)
#undef STATUS

static Object *posix_waitstatus_to_exitcode(Object *m, Object *status) {
    int s;
    if (int_argument(status, 0, &s) < 0) {
        return NULL;
    }
    if (WIFEXITED(s)) {
        return int_from_i64(WEXITSTATUS(s));
    }
    if (WIFSIGNALED(s)) {
        return int_from_i64(-WTERMSIG(s));
    }
    if (WIFSTOPPED(s)) {
        return raise_error(&exc_ValueError, "process stopped by delivery of signal %i", WSTOPSIG(s));
    }
    return raise_error(&exc_ValueError, "invalid wait status: %i", s);
}

// Functions of os.register_at_fork: before, in the parent, in the child.
static Object *fork_hooks[3];
static const char *const fork_hook_names[3] = { "before", "after_in_parent", "after_in_child" };

static Object *register_at_fork(Object *m, Object *before, Object *in_child, Object *in_parent) {
    Object *given[3] = { before, in_parent, in_child };
    if (!before && !in_child && !in_parent) {
        return raise_error(&exc_TypeError, "At least one argument is required.");
    }
    for (int i = 0; i < 3; i++) {
        if (given[i] && !object_callable(given[i])) {
            return raise_error(&exc_TypeError, "'%s' must be callable, not %T", fork_hook_names[i], given[i]);
        }
        if (given[i] && list_append(fork_hooks[i], given[i]) < 0) {
            return NULL;
        }
    }
    return NONE;
}

static void run_fork_hooks(int which, bool reversed) {
    ssize_t n = list_size(fork_hooks[which]);
    for (ssize_t i = 0; i < n; i++) {
        Object *f = list_read(fork_hooks[which], reversed ? n - 1 - i : i);
        if (f && !call0(f)) {
            error_unraisable(f);
        }
    }
}
// The import lock is held across the fork, so that the child sees no half-imported module.
void posix_before_fork(void) {
    run_fork_hooks(0, true);
    imp_before_fork();
}
void posix_after_fork(bool child) {
    imp_after_fork(child);
    run_fork_hooks(child ? 2 : 1, false);
}

static Object *posix_fork(Object *m) {
    if (audit("os.fork", "") < 0) {
        return NULL;
    }
    posix_before_fork();
    pid_t pid = fork();
    int error = errno;
    posix_after_fork(pid == 0);
    errno = error;
    return pid < 0 ? posix_error() : int_from_i64(pid);
}

static Object *execute(const char *function, Object *o, Object *argv, Object *env) {
    Path path = PATH(function, "path", false, env != NULL);
    Object *keep_args, *keep_env;
    if (path_convert(&path, o) < 0) {
        return NULL;
    }
    char **args = posix_arguments(function, argv, &keep_args), **variables = environ;
    if (!args || (env && !(variables = posix_environment(function, env, &keep_env))) ||
        audit("os.exec", "OOO", path.object, argv, env ? env : NONE) < 0) {
        return NULL;
    }
    if (path.fd >= 0) {
        fexecve(path.fd, args, variables);
    } else {
        execve(path.text, args, variables);
    }
    return env ? path_error(&path) : posix_error();
}
static Object *posix_execve(Object *m, Object *path, Object *argv, Object *env) {
    return execute("execve", path, argv, env);
}
static Object *posix_execv(Object *m, Object *path, Object *argv) {
    return execute("execv", path, argv, NULL);
}

static void *do_system(void *p) {
    Call *c = p;
    c->result = system(c->path);
    return NULL;
}
static Object *posix_system(Object *m, Object *command) {
    Object *bytes = posix_fs_bytes(command);
    if (!bytes || audit("os.system", "O", bytes) < 0) {
        return NULL;
    }
    Call c = { .path = bytes_data(bytes) };
    if (io_any_dirty() &&
        heap_before_blocking() < 0) { // the program may read what a dropped file still holds
        return NULL;
    }
    blocking_call(do_system, &c);
    return int_from_i64(c.result);
}

// ---- the system

static Object *posix_strerror(Object *m, Object *code) {
    int n;
    return int_argument(code, 0, &n) < 0 ? NULL : str_from_cstring(strerror(n));
}
static Object *posix_cpu_count(Object *m) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? int_from_i64(n) : NONE;
}
static Object *posix_urandom(Object *m, Object *size) {
    ssize_t n = number_to_ssize(size);
    if (n == -1 && error_occurred()) {
        return NULL;
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "negative argument not allowed");
    }
    Object *result = bytes_new(n);
    for (ssize_t at = 0; result && at < n;) {
        ssize_t got = getrandom(bytes_data(result) + at, (size_t)(n - at), 0);
        if (got < 0 && errno != EINTR) {
            return posix_error();
        }
        at += got > 0 ? got : 0;
    }
    return result;
}
static Object *posix_sched_yield(Object *m) {
    return done(sched_yield());
}
static Object *posix_device_encoding(Object *m, Object *o) {
    int fd;
    if (int_argument(o, 0, &fd) < 0) {
        return NULL;
    }
    if (!isatty(fd)) {
        return NONE;
    }
    const char *codeset = config.utf8_mode ? "utf-8" : nl_langinfo(CODESET);
    return str_from_cstring(codeset && *codeset ? codeset : "UTF-8");
}

int posix_configuration_name(Object *name, const PosixConstant *table, int *number) {
    if (int_check(name)) {
        return posix_int(name, number);
    }
    if (!str_check(name)) {
        raise_error(&exc_TypeError, "configuration names must be strings or integers");
        return -1;
    }
    for (; table->name; table++) {
        if (str_equal_cstring(name, table->name)) {
            *number = (int)table->value;
            return 0;
        }
    }
    raise_error(&exc_ValueError, "unrecognized configuration name");
    return -1;
}
static Object *posix_sysconf(Object *m, Object *name) {
    int number;
    if (posix_configuration_name(name, posix_sysconf_names, &number) < 0) {
        return NULL;
    }
    errno = 0;
    long value = sysconf(number);
    return value == -1 && errno ? posix_error() : int_from_i64(value);
}

static Object *terminal_size_type, *uname_type, *times_type;
static const StructField terminal_fields[] = { { "columns", NULL }, { "lines", NULL }, { NULL, NULL } };
static const StructSpec terminal_spec = { "os.terminal_size", NULL, terminal_fields, 2 };
static const StructField uname_fields[] = {
    { "sysname", NULL }, { "nodename", NULL }, { "release", NULL },
    { "version", NULL }, { "machine", NULL },  { NULL, NULL },
};
static const StructSpec uname_spec = { "posix.uname_result", NULL, uname_fields, 5 };
static const StructField times_fields[] = {
    { "user", NULL },    { "system", NULL }, { "children_user", NULL }, { "children_system", NULL },
    { "elapsed", NULL }, { NULL, NULL },
};
static const StructSpec times_spec = { "posix.times_result", NULL, times_fields, 5 };

static Object *posix_get_terminal_size(Object *m, Object *o) {
    int fd;
    struct winsize w;
    if (int_argument(o, STDOUT_FILENO, &fd) < 0) {
        return NULL;
    }
    if (ioctl(fd, TIOCGWINSZ, &w) < 0) {
        return posix_error();
    }
    Object *values[2] = { int_from_i64(w.ws_col), int_from_i64(w.ws_row) };
    return struct_sequence_of((Type *)terminal_size_type, values, 2);
}
static Object *posix_uname(Object *m) {
    struct utsname u;
    if (uname(&u) < 0) {
        return posix_error();
    }
    Object *values[5] = { str_from_cstring(u.sysname), str_from_cstring(u.nodename),
                          str_from_cstring(u.release), str_from_cstring(u.version),
                          str_from_cstring(u.machine) };
    return struct_sequence_of((Type *)uname_type, values, 5);
}
static Object *posix_times(Object *m) {
    struct tms t;
    clock_t elapsed = times(&t);
    double ticks = (double)sysconf(_SC_CLK_TCK);
    Object *values[5] = {
        float_from_double((double)t.tms_utime / ticks),  float_from_double((double)t.tms_stime / ticks),
        float_from_double((double)t.tms_cutime / ticks), float_from_double((double)t.tms_cstime / ticks),
        float_from_double((double)elapsed / ticks),
    };
    return struct_sequence_of((Type *)times_type, values, 5);
}

BuiltinDef posix_functions[] = {
    BUILTIN("stat", posix_stat, "($module, /, path, *, dir_fd=None, follow_symlinks=True)", 0, NULL),
    BUILTIN("lstat", posix_lstat, "($module, /, path, *, dir_fd=None)", 0, NULL),
    BUILTIN("fstat", posix_fstat, "($module, /, fd)", 0, NULL),
    BUILTIN("scandir", posix_scandir, "($module, /, path=None)", 0, NULL),
    BUILTIN("listdir", posix_listdir, "($module, /, path=None)", 0, NULL),
    BUILTIN("fspath", posix_fspath, "($module, /, path)", 0, NULL),
    BUILTIN("open", posix_open, "($module, /, path, flags, mode=511, *, dir_fd=None)", 0, NULL),
    BUILTIN("close", posix_close, "($module, /, fd)", 0, NULL),
    BUILTIN("read", posix_read, "($module, fd, length, /)", 0, NULL),
    BUILTIN("write", posix_write, "($module, fd, data, /)", 0, NULL),
    BUILTIN("lseek", posix_lseek, "($module, fd, position, how, /)", 0, NULL),
    BUILTIN("isatty", posix_isatty, "($module, fd, /)", 0, NULL),
    BUILTIN("dup", posix_dup, "($module, fd, /)", 0, NULL),
    BUILTIN("dup2", posix_dup2, "($module, /, fd, fd2, inheritable=True)", 0, NULL),
    BUILTIN("pipe", posix_pipe, "($module, /)", 0, NULL),
    BUILTIN("ftruncate", posix_ftruncate, "($module, fd, length, /)", 0, NULL),
    BUILTIN("truncate", posix_truncate, "($module, /, path, length)", 0, NULL),
    BUILTIN("get_inheritable", posix_get_inheritable, "($module, fd, /)", 0, NULL),
    BUILTIN("set_inheritable", posix_set_inheritable, "($module, fd, inheritable, /)", 0, NULL),
    BUILTIN("get_blocking", posix_get_blocking, "($module, fd, /)", 0, NULL),
    BUILTIN("set_blocking", posix_set_blocking, "($module, fd, blocking, /)", 0, NULL),
    BUILTIN("access", posix_access,
            "($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       follow_symlinks=True)", 0,
            NULL),
    BUILTIN("mkdir", posix_mkdir, "($module, /, path, mode=511, *, dir_fd=None)", 0, NULL),
    BUILTIN("unlink", posix_unlink, "($module, /, path, *, dir_fd=None)", 0, NULL),
    BUILTIN("remove", posix_remove, "($module, /, path, *, dir_fd=None)", 0, NULL),
    BUILTIN("rmdir", posix_rmdir, "($module, /, path, *, dir_fd=None)", 0, NULL),
    BUILTIN("rename", posix_rename, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", 0, NULL),
    BUILTIN("replace", posix_replace, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", 0, NULL),
    BUILTIN("link", posix_link,
            "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n     follow_symlinks=True)", 0,
            NULL),
    BUILTIN("symlink", posix_symlink, "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)", 0,
            NULL),
    BUILTIN("readlink", posix_readlink, "($module, /, path, *, dir_fd=None)", 0, NULL),
    BUILTIN("chmod", posix_chmod, "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)", 0, NULL),
    BUILTIN("fchmod", posix_fchmod, "($module, /, fd, mode)", 0, NULL),
    BUILTIN("chown", posix_chown, "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)", 0,
            NULL),
    BUILTIN(
        "utime", posix_utime,
        "($module, /, path, times=None, *, ns=<unrepresentable>,\n      dir_fd=None, follow_symlinks=True)",
        0, NULL),
    BUILTIN("getcwd", posix_getcwd, "($module, /)", 0, NULL),
    BUILTIN("getcwdb", posix_getcwdb, "($module, /)", 0, NULL),
    BUILTIN("chdir", posix_chdir, "($module, /, path)", 0, NULL),
    BUILTIN("umask", posix_umask, "($module, mask, /)", 0, NULL),
    BUILTIN("_path_normpath", path_normpath, "($module, /, path)", 0, NULL),
    BUILTIN("putenv", posix_putenv, "($module, name, value, /)", 0, NULL),
    BUILTIN("unsetenv", posix_unsetenv, "($module, name, /)", 0, NULL),
    BUILTIN("getpid", posix_getpid, "($module, /)", 0, NULL),
    BUILTIN("getppid", posix_getppid, "($module, /)", 0, NULL),
    BUILTIN("getuid", posix_getuid, "($module, /)", 0, NULL),
    BUILTIN("geteuid", posix_geteuid, "($module, /)", 0, NULL),
    BUILTIN("getgid", posix_getgid, "($module, /)", 0, NULL),
    BUILTIN("getegid", posix_getegid, "($module, /)", 0, NULL),
    BUILTIN("getpgrp", posix_getpgrp, "($module, /)", 0, NULL),
    BUILTIN("kill", posix_kill, "($module, pid, signal, /)", 0, NULL),
    BUILTIN("_exit", posix__exit, "($module, /, status)", 0, NULL),
    BUILTIN("abort", posix_abort, "($module, /)", 0, NULL),
    BUILTIN("wait", posix_wait, "($module, /)", 0, NULL),
    BUILTIN("waitpid", posix_waitpid, "($module, pid, options, /)", 0, NULL),
    BUILTIN("WIFEXITED", posix_WIFEXITED, "($module, /, status)", 0, NULL),
    BUILTIN("WIFSIGNALED", posix_WIFSIGNALED, "($module, /, status)", 0, NULL),
    BUILTIN("WIFSTOPPED", posix_WIFSTOPPED, "($module, /, status)", 0, NULL),
    BUILTIN("WIFCONTINUED", posix_WIFCONTINUED, "($module, /, status)", 0, NULL),
    BUILTIN("WCOREDUMP", posix_WCOREDUMP, "($module, status, /)", 0, NULL),
    BUILTIN("WEXITSTATUS", posix_WEXITSTATUS, "($module, /, status)", 0, NULL),
    BUILTIN("WTERMSIG", posix_WTERMSIG, "($module, /, status)", 0, NULL),
    BUILTIN("WSTOPSIG", posix_WSTOPSIG, "($module, /, status)", 0, NULL),
    BUILTIN("waitstatus_to_exitcode", posix_waitstatus_to_exitcode, "($module, /, status)", 0, NULL),
    BUILTIN("register_at_fork", register_at_fork,
            "($module, /, *, before=<unrepresentable>,\n                 after_in_child=<unrepresentable>,\n"
            "                 after_in_parent=<unrepresentable>)",
            0, NULL),
    BUILTIN("fork", posix_fork, "($module, /)", 0, NULL),
    BUILTIN("execv", posix_execv, "($module, path, argv, /)", 0, NULL),
    BUILTIN("execve", posix_execve, "($module, /, path, argv, env)", 0, NULL),
    BUILTIN("system", posix_system, "($module, /, command)", 0, NULL),
    BUILTIN("strerror", posix_strerror, "($module, code, /)", 0, NULL),
    BUILTIN("cpu_count", posix_cpu_count, "($module, /)", 0, NULL),
    BUILTIN("urandom", posix_urandom, "($module, size, /)", 0, NULL),
    BUILTIN("sched_yield", posix_sched_yield, "($module, /)", 0, NULL),
    BUILTIN("device_encoding", posix_device_encoding, "($module, /, fd)", 0, NULL),
    BUILTIN("sysconf", posix_sysconf, "($module, name, /)", 0, NULL),
    BUILTIN("get_terminal_size", posix_get_terminal_size, "($module, fd=<unrepresentable>, /)", 0, NULL),
    BUILTIN("uname", posix_uname, "($module, /)", 0, NULL),
    BUILTIN("times", posix_times, "($module, /)", 0, NULL),
    BUILTIN("getresuid", posix_getresuid, "($module, /)", 0, NULL),
    BUILTIN("getresgid", posix_getresgid, "($module, /)", 0, NULL),
    BUILTIN("setsid", posix_setsid, "($module, /)", 0, NULL),
    BUILTIN("getsid", posix_getsid, "($module, pid, /)", 0, NULL),
    BUILTIN("getpgid", posix_getpgid, "($module, /, pid)", 0, NULL),
    BUILTIN("setpgid", posix_setpgid, "|($module, pid, pgrp, /)", 0, NULL),
    BUILTIN("tcgetpgrp", posix_tcgetpgrp, "($module, fd, /)", 0, NULL),
    BUILTIN("tcsetpgrp", posix_tcsetpgrp, "($module, fd, pgid, /)", 0, NULL),
    BUILTIN("killpg", posix_killpg, "($module, pgid, signal, /)", 0, NULL),
    BUILTIN("nice", posix_nice, "($module, increment, /)", 0, NULL),
    BUILTIN("getpriority", posix_getpriority, "($module, /, which, who)", 0, NULL),
    BUILTIN("setpriority", posix_setpriority, "($module, /, which, who, priority)", 0, NULL),
    BUILTIN("sched_get_priority_max", posix_sched_get_priority_max, "($module, /, policy)", 0, NULL),
    BUILTIN("sched_get_priority_min", posix_sched_get_priority_min, "($module, /, policy)", 0, NULL),
    BUILTIN("getloadavg", posix_getloadavg, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static Object *constants_dict(const PosixConstant *table) {
    Object *dict = dict_new();
    for (; dict && table->name; table++) {
        Object *value = int_from_i64(table->value);
        if (!value || dict_set_cstring(dict, table->name, value) < 0) {
            return NULL;
        }
    }
    return dict;
}

static int posix_exec(Object *module) {
    if (!fork_hooks[0]) {
        heap_add_root(fork_hooks, 3);
        heap_add_root(&terminal_size_type, 1);
        heap_add_root(&uname_type, 1);
        heap_add_root(&times_type, 1);
        for (int i = 0; i < 3; i++) {
            if (!(fork_hooks[i] = list_new(0))) {
                return -1;
            }
        }
        terminal_size_type = (Object *)struct_sequence_type_new(&terminal_spec);
        uname_type = (Object *)struct_sequence_type_new(&uname_spec);
        times_type = (Object *)struct_sequence_type_new(&times_spec);
    }
    BuiltinDef *const more[] = { posix_transfer_functions, posix_filesystem_functions, posix_sched_functions,
                                 posix_spawn_functions };
    Object *module_name = str_intern_cstring("posix");
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        for (BuiltinDef *def = more[i]; def->name; def++) {
            if (module_add(module, def->name, builtin_function_new(def, module, module_name)) < 0) {
                return -1;
            }
        }
    }
    if (posix_filesystem_init(module) < 0 || posix_sched_init(module) < 0 || posix_spawn_init(module) < 0) {
        return -1;
    }
    Object *functions = list_new(0);
    for (const char *const *n = posix_have_functions; functions && *n; n++) {
        Object *name = str_from_cstring(*n);
        if (!name || list_append(functions, name) < 0) {
            return -1;
        }
    }
    for (const PosixConstant *c = posix_constants; c->name; c++) {
        if (module_add_int(module, c->name, c->value) < 0) {
            return -1;
        }
    }
    return module_add(module, "environ", make_environ()) < 0 ||
                   module_add(module, "_have_functions", functions) < 0 ||
                   module_add(module, "sysconf_names", constants_dict(posix_sysconf_names)) < 0 ||
                   module_add(module, "confstr_names", constants_dict(posix_confstr_names)) < 0 ||
                   module_add(module, "pathconf_names", constants_dict(posix_pathconf_names)) < 0 ||
                   module_add(module, "error", (Object *)&exc_OSError) < 0 ||
                   module_add(module, "terminal_size", terminal_size_type) < 0 ||
                   module_add(module, "uname_result", uname_type) < 0 ||
                   module_add(module, "times_result", times_type) < 0
               ? -1
               : posix_stat_init(module);
}

const ModuleSpec module_posix = { "posix", NULL, posix_functions, posix_exec };
