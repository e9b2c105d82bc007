// posix: what file systems know beyond names: extended attributes, special files, limits, capacity.
#include "modules/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "vm/runtime.h"

static Object *none_or_path_error(int status, const Path *path) {
    return status < 0 ? path_error(path) : NONE;
}
static Object *none_or_error(int status) {
    return status < 0 ? posix_error() : NONE;
}

// ---- extended attributes

// Converts the path of an xattr function; -1 with an exception.
static int xattr_path(Path *path, Object *o, Object *follow, int *follows) {
    *follows = follow ? object_is_true(follow) : 1;
    if (*follows < 0 || path_convert(path, o) < 0) {
        return -1;
    }
    if (path->fd >= 0 && !*follows) {
        raise_error(&exc_ValueError, "%s: cannot use fd and follow_symlinks together", path->function);
        return -1;
    }
    return 0;
}

static ssize_t xattr_get(const Path *path, const char *name, void *data, size_t size, bool follows) {
    return path->fd >= 0 ? fgetxattr(path->fd, name, data, size)
           : follows     ? getxattr(path->text, name, data, size)
                         : lgetxattr(path->text, name, data, size);
}

static Object *posix_getxattr(Object *m, Object *o, Object *attribute, Object *follow) {
    Path path = PATH("getxattr", "path", false, true), name = PATH("getxattr", "attribute");
    int follows;
    if (xattr_path(&path, o, follow, &follows) < 0 || path_convert(&name, attribute) < 0 ||
        audit("os.getxattr", "OO", path.object, name.object) < 0) {
        return NULL;
    }
    for (size_t size = 128;; size = XATTR_SIZE_MAX) {
        Object *bytes = bytes_new((ssize_t)size);
        ssize_t n = bytes ? xattr_get(&path, name.text, bytes_data(bytes), size, follows) : -1;
        if (!bytes) {
            return NULL;
        }
        if (n >= 0) {
            return bytes_shorten(bytes, n);
        }
        if (errno != ERANGE || size == XATTR_SIZE_MAX) {
            return path_error(&path);
        }
    }
}

static Object *posix_setxattr(Object *m, Object *o, Object *attribute, Object *value, Object *flags,
                              Object *follow) {
    Path path = PATH("setxattr", "path", false, true), name = PATH("setxattr", "attribute");
    int follows, options = 0;
    Buffer view;
    if (xattr_path(&path, o, follow, &follows) < 0 || path_convert(&name, attribute) < 0 ||
        object_get_buffer(value, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    int status = -1;
    if ((!flags || posix_int(flags, &options) == 0) &&
        audit("os.setxattr", "OOOi", path.object, name.object, value, options) == 0) {
        size_t n = (size_t)view.length;
        status = path.fd >= 0 ? fsetxattr(path.fd, name.text, view.data, n, options)
                 : follows    ? setxattr(path.text, name.text, view.data, n, options)
                              : lsetxattr(path.text, name.text, view.data, n, options);
        if (status < 0) {
            path_error(&path);
        }
    }
    buffer_release(&view);
    return status < 0 ? NULL : NONE;
}

static Object *posix_removexattr(Object *m, Object *o, Object *attribute, Object *follow) {
    Path path = PATH("removexattr", "path", false, true), name = PATH("removexattr", "attribute");
    int follows;
    if (xattr_path(&path, o, follow, &follows) < 0 || path_convert(&name, attribute) < 0 ||
        audit("os.removexattr", "OO", path.object, name.object) < 0) {
        return NULL;
    }
    return none_or_path_error(path.fd >= 0 ? fremovexattr(path.fd, name.text)
                              : follows    ? removexattr(path.text, name.text)
                                           : lremovexattr(path.text, name.text),
                              &path);
}

static Object *posix_listxattr(Object *m, Object *o, Object *follow) {
    Path path = PATH("listxattr", "path", true, true);
    int follows;
    if (xattr_path(&path, o, follow, &follows) < 0 || audit("os.listxattr", "O", path.object) < 0) {
        return NULL;
    }
    const char *text = path.text ? path.text : ".";
    for (size_t size = 256;; size = XATTR_LIST_MAX) {
        char *names_list = heap_alloc(size, CELL_BYTES);
        if (!names_list) {
            return NULL;
        }
        ssize_t n = path.fd >= 0 ? flistxattr(path.fd, names_list, size)
                    : follows    ? listxattr(text, names_list, size)
                                 : llistxattr(text, names_list, size);
        if (n >= 0) {
            Object *list = list_new(0);
            for (ssize_t at = 0; list && at < n;) {
                size_t length = strnlen(names_list + at, (size_t)(n - at));
                Object *name = str_decode_fs(names_list + at, (ssize_t)length);
                if (!name || list_append(list, name) < 0) {
                    return NULL;
                }
                at += (ssize_t)length + 1;
            }
            return list;
        }
        if (errno != ERANGE || size == XATTR_LIST_MAX) {
            return path_error(&path);
        }
    }
}

// ---- capacity and limits

static Object *statvfs_type;
static const StructField statvfs_fields[] = {
    { "f_bsize", NULL },  { "f_frsize", NULL },  { "f_blocks", NULL }, { "f_bfree", NULL },
    { "f_bavail", NULL }, { "f_files", NULL },   { "f_ffree", NULL },  { "f_favail", NULL },
    { "f_flag", NULL },   { "f_namemax", NULL }, { "f_fsid", NULL },   { NULL, NULL },
};
static const StructSpec statvfs_spec = { "os.statvfs_result", NULL, statvfs_fields, 10 };

static Object *statvfs_result(const struct statvfs *s) {
    Object *result = struct_sequence_new((Type *)statvfs_type);
    const uint64_t values[] = { s->f_bsize, s->f_frsize, s->f_blocks, s->f_bfree,   s->f_bavail, s->f_files,
                                s->f_ffree, s->f_favail, s->f_flag,   s->f_namemax, s->f_fsid };
    for (size_t i = 0; result && i < COUNT_OF(values); i++) {
        Object *value = int_from_u64(values[i]);
        if (!value) {
            return NULL;
        }
        struct_sequence_set(result, (ssize_t)i, value);
    }
    return result;
}

typedef struct Capacity {
    const char *path;
    int fd, status, error;
    struct statvfs values;
} Capacity;
static void *ask_capacity(void *context) {
    Capacity *c = context;
    c->status = c->path ? statvfs(c->path, &c->values) : fstatvfs(c->fd, &c->values);
    c->error = errno;
    return NULL;
}
static Object *posix_statvfs(Object *m, Object *o) {
    Path path = PATH("statvfs", "path", false, true);
    if (path_convert(&path, o) < 0) {
        return NULL;
    }
    Capacity c = { path.text, path.fd };
    blocking_call(ask_capacity, &c);
    errno = c.error;
    return c.status < 0 ? path_error(&path) : statvfs_result(&c.values);
}
static Object *posix_fstatvfs(Object *m, Object *o) {
    Capacity c = { 0 };
    if (posix_int(o, &c.fd) < 0) {
        return NULL;
    }
    blocking_call(ask_capacity, &c);
    errno = c.error;
    return c.status < 0 ? posix_error() : statvfs_result(&c.values);
}

static Object *posix_pathconf(Object *m, Object *o, Object *name) {
    Path path = PATH("pathconf", "path", false, true);
    int number;
    if (path_convert(&path, o) < 0 || posix_configuration_name(name, posix_pathconf_names, &number) < 0) {
        return NULL;
    }
    errno = 0;
    long limit = path.fd >= 0 ? fpathconf(path.fd, number) : pathconf(path.text, number);
    if (limit == -1 && errno) {
        return errno == EINVAL ? posix_error() : path_error(&path);
    }
    return int_from_i64(limit);
}
static Object *posix_fpathconf(Object *m, Object *o, Object *name) {
    int number, fd = fd_convert(o);
    if (fd < 0 || posix_configuration_name(name, posix_pathconf_names, &number) < 0) {
        return NULL;
    }
    errno = 0;
    long limit = fpathconf(fd, number);
    return limit == -1 && errno ? posix_error() : int_from_i64(limit);
}
static Object *posix_confstr(Object *m, Object *name) {
    int number;
    char text[4096];
    if (posix_configuration_name(name, posix_confstr_names, &number) < 0) {
        return NULL;
    }
    errno = 0;
    size_t n = confstr(number, text, sizeof(text));
    if (!n) {
        return errno ? posix_error() : NONE;
    }
    return str_decode_fs(text, (ssize_t)size_min(n, sizeof(text)) - 1);
}

// ---- special files, owners

static Object *posix_mkfifo(Object *m, Object *o, Object *mode, Object *dir_fd) {
    Path path = PATH("mkfifo", "path");
    int bits = 0666, dir;
    if (path_convert(&path, o) < 0 || (mode && posix_int(mode, &bits) < 0) ||
        dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    return none_or_error(mkfifoat(dir, path.text, (mode_t)bits));
}

// A device number: any integer, modulo 2**64.
static int device_convert(Object *o, dev_t *device) {
    if (!int_check(o) && !number_check_index(o)) {
        raise_error(&exc_TypeError, "an integer is required");
        return -1;
    }
    Object *index = number_index(o);
    if (index && int_sign(index) < 0) {
        raise_error(&exc_OverflowError, "can't convert negative int to unsigned");
        return -1;
    }
    *device = index ? int_to_u64(index) : 0;
    if (index && error_occurred()) {
        error_clear();
        raise_error(&exc_OverflowError, "int too big to convert");
        return -1;
    }
    return index ? 0 : -1;
}

static Object *posix_mknod(Object *m, Object *o, Object *mode, Object *device, Object *dir_fd) {
    Path path = PATH("mknod", "path");
    int bits = 0600, dir;
    dev_t number = 0;
    if (path_convert(&path, o) < 0 || (mode && posix_int(mode, &bits) < 0) ||
        (device && device_convert(device, &number) < 0) || dir_fd_convert(dir_fd, &dir) < 0) {
        return NULL;
    }
    return none_or_error(mknodat(dir, path.text, (mode_t)bits, number));
}
static Object *posix_major(Object *m, Object *o) {
    dev_t device;
    return device_convert(o, &device) < 0 ? NULL : int_from_u64(major(device));
}
static Object *posix_minor(Object *m, Object *o) {
    dev_t device;
    return device_convert(o, &device) < 0 ? NULL : int_from_u64(minor(device));
}
static Object *posix_makedev(Object *m, Object *a, Object *b) {
    int high, low;
    return posix_int(a, &high) < 0 || posix_int(b, &low) < 0
               ? NULL
               : int_from_i64((int64_t)makedev((unsigned)high, (unsigned)low));
}

static Object *posix_chroot(Object *m, Object *o) {
    Path path = PATH("chroot", "path");
    return path_convert(&path, o) < 0 ? NULL : none_or_path_error(chroot(path.text), &path);
}
static Object *posix_lchown(Object *m, Object *o, Object *uid, Object *gid) {
    Path path = PATH("lchown", "path");
    uid_t user;
    gid_t group;
    if (path_convert(&path, o) < 0 || posix_uid(uid, &user) < 0 || posix_gid(gid, &group) < 0 ||
        audit("os.chown", "Oiii", path.object, (int)user, (int)group, -1) < 0) {
        return NULL;
    }
    return none_or_path_error(lchown(path.text, user, group), &path);
}
static Object *posix_fchown(Object *m, Object *o, Object *uid, Object *gid) {
    int fd;
    uid_t user;
    gid_t group;
    if (posix_int(o, &fd) < 0 || posix_uid(uid, &user) < 0 || posix_gid(gid, &group) < 0 ||
        audit("os.chown", "iiii", fd, (int)user, (int)group, -1) < 0) {
        return NULL;
    }
    return none_or_error(fchown(fd, user, group));
}

BuiltinDef posix_filesystem_functions[] = {
    BUILTIN("getxattr", posix_getxattr, "($module, /, path, attribute, *, follow_symlinks=True)", 0, NULL),
    BUILTIN("setxattr", posix_setxattr,
            "($module, /, path, attribute, value, flags=0, *,\n         follow_symlinks=True)", 0, NULL),
    BUILTIN("removexattr", posix_removexattr, "($module, /, path, attribute, *, follow_symlinks=True)", 0,
            NULL),
    BUILTIN("listxattr", posix_listxattr, "($module, /, path=None, *, follow_symlinks=True)", 0, NULL),
    BUILTIN("statvfs", posix_statvfs, "($module, /, path)", 0, NULL),
    BUILTIN("fstatvfs", posix_fstatvfs, "($module, fd, /)", 0, NULL),
    BUILTIN("pathconf", posix_pathconf, "($module, /, path, name)", 0, NULL),
    BUILTIN("fpathconf", posix_fpathconf, "($module, fd, name, /)", 0, NULL),
    BUILTIN("confstr", posix_confstr, "($module, name, /)", 0, NULL),
    BUILTIN("mkfifo", posix_mkfifo, "($module, /, path, mode=438, *, dir_fd=None)", 0, NULL),
    BUILTIN("mknod", posix_mknod, "($module, /, path, mode=384, device=0, *, dir_fd=None)", 0, NULL),
    BUILTIN("major", posix_major, "($module, device, /)", 0, NULL),
    BUILTIN("minor", posix_minor, "($module, device, /)", 0, NULL),
    BUILTIN("makedev", posix_makedev, "($module, major, minor, /)", 0, NULL),
    BUILTIN("chroot", posix_chroot, "($module, /, path)", 0, NULL),
    BUILTIN("lchown", posix_lchown, "($module, /, path, uid, gid)", 0, NULL),
    BUILTIN("fchown", posix_fchown, "($module, /, fd, uid, gid)", 0, NULL),
    BUILTIN_END,
};

int posix_filesystem_init(Object *module) {
    if (!statvfs_type) {
        heap_add_root(&statvfs_type, 1);
        statvfs_type = (Object *)struct_sequence_type_new(&statvfs_spec);
    }
    return module_add(module, "statvfs_result", statvfs_type);
}
