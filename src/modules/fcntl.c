// fcntl: fcntl, ioctl, flock, lockf.
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "modules/posix/posix.h"
#include "vm/runtime.h"

typedef struct Call {
    int fd, error;
    unsigned long code;
    void *data;
    int result;
} Call;

static void *do_fcntl(void *p) {
    Call *c = p;
    c->result = fcntl(c->fd, (int)c->code, c->data);
    c->error = errno;
    return NULL;
}
static void *do_ioctl(void *p) {
    Call *c = p;
    c->result = ioctl(c->fd, c->code, c->data);
    c->error = errno;
    return NULL;
}
static void *do_flock(void *p) {
    Call *c = p;
    c->result = flock(c->fd, (int)c->code);
    c->error = errno;
    return NULL;
}

static int run(void *(*function)(void *), Call *c) {
    while (true) {
        blocking_call(function, c);
        if (c->result >= 0) {
            return 0;
        }
        if (c->error != EINTR) {
            raise_os_error(c->error, NULL, NULL);
            return -1;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
}

// A str, bytes or buffer argument goes in and comes back as bytes; an int is passed by value.
static Object *control(void *(*function)(void *), const char *name, Object *fd, Object *code,
                       Object *argument, Object *mutate) {
    Call c = { .fd = fd_convert(fd) };
    if (c.fd < 0) {
        return NULL;
    }
    c.code = (unsigned int)int_to_u64_mask(code);
    if (error_occurred()) {
        return NULL;
    }
    if (!argument || number_check_index(argument)) {
        c.data = argument ? (void *)(uintptr_t)(uint32_t)int_to_u64_mask(argument) : NULL;
        return error_occurred() || run(function, &c) < 0 ? NULL : int_from_i64(c.result);
    }
    char buffer[1024 + 1] = { 0 };
    Buffer view;
    bool in_place = mutate && object_is_true(mutate) == 1;
    if (str_check(argument)) {
        argument = str_encode(argument, "utf-8", NULL);
        in_place = false;
    }
    if (!argument || object_get_buffer(argument, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    in_place &= !view.readonly;
    if (view.length > 1024 && !in_place) {
        buffer_release(&view);
        return raise_error(&exc_ValueError, "%s argument 3 is too long", name);
    }
    size_t size = size_min((size_t)view.length, 1024);
    memcpy(buffer, view.data, size);
    c.data = in_place && view.length > 1024 ? view.data : buffer;
    int status = run(function, &c);
    if (status == 0 && in_place && c.data == buffer) {
        memcpy(view.data, buffer, size);
    }
    buffer_release(&view);
    return status < 0 ? NULL : in_place ? int_from_i64(c.result) : bytes_from(buffer, (ssize_t)size);
}

static Object *fcntl_fcntl(Object *m, Object *fd, Object *cmd, Object *arg) {
    return control(do_fcntl, "fcntl", fd, cmd, arg, NULL);
}
static Object *fcntl_ioctl(Object *m, Object *fd, Object *request, Object *arg, Object *mutate) {
    return control(do_ioctl, "ioctl", fd, request, arg, mutate ? mutate : TRUE_OBJECT);
}
static Object *fcntl_flock(Object *m, Object *fd, Object *operation) {
    Call c = { .fd = fd_convert(fd) };
    if (c.fd < 0) {
        return NULL;
    }
    c.code = (unsigned long)int_to_c_int(operation);
    return error_occurred() || heap_before_blocking() < 0 || run(do_flock, &c) < 0 ? NULL : NONE;
}
static Object *fcntl_lockf(Object *m, Object *fd, Object *cmd, Object *length, Object *start,
                           Object *whence) {
    Call c = { .fd = fd_convert(fd) };
    int code = c.fd < 0 ? -1 : int_to_c_int(cmd);
    if (error_occurred()) {
        return NULL;
    }
    struct flock lock = { 0 };
    if (code == LOCK_UN) {
        lock.l_type = F_UNLCK;
    } else if (code & LOCK_SH) {
        lock.l_type = F_RDLCK;
    } else if (code & LOCK_EX) {
        lock.l_type = F_WRLCK;
    } else {
        return raise_error(&exc_ValueError, "unrecognized lockf argument");
    }
    lock.l_len = length ? int_to_i64(length) : 0;
    lock.l_start = start ? int_to_i64(start) : 0;
    lock.l_whence = whence ? (short)int_to_c_int(whence) : 0;
    c.code = code & LOCK_NB ? F_SETLK : F_SETLKW;
    c.data = &lock;
    return error_occurred() || heap_before_blocking() < 0 || run(do_fcntl, &c) < 0 ? NULL : NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("fcntl", fcntl_fcntl, "($module, fd, cmd, arg=0, /)", 0, NULL),
    BUILTIN("ioctl", fcntl_ioctl, "($module, fd, request, arg=0, mutate_flag=True, /)", 0, NULL),
    BUILTIN("flock", fcntl_flock, "($module, fd, operation, /)", 0, NULL),
    BUILTIN("lockf", fcntl_lockf, "($module, fd, cmd, len=0, start=0, whence=0, /)", 0, NULL),
    BUILTIN_END,
};
static const PosixConstant constants[] = {
    { "DN_ACCESS", 0x1 },
    { "DN_ATTRIB", 0x20 },
    { "DN_CREATE", 0x4 },
    { "DN_DELETE", 0x8 },
    { "DN_MODIFY", 0x2 },
    { "DN_MULTISHOT", 0x80000000 },
    { "DN_RENAME", 0x10 },
    { "FASYNC", 0x2000 },
    { "FD_CLOEXEC", 0x1 },
    { "F_ADD_SEALS", 0x409 },
    { "F_DUPFD", 0x0 },
    { "F_DUPFD_CLOEXEC", 0x406 },
    { "F_EXLCK", 0x4 },
    { "F_GETFD", 0x1 },
    { "F_GETFL", 0x3 },
    { "F_GETLEASE", 0x401 },
    { "F_GETLK", 0x5 },
    { "F_GETLK64", 0x5 },
    { "F_GETOWN", 0x9 },
    { "F_GETPIPE_SZ", 0x408 },
    { "F_GETSIG", 0xb },
    { "F_GET_SEALS", 0x40a },
    { "F_NOTIFY", 0x402 },
    { "F_OFD_GETLK", 0x24 },
    { "F_OFD_SETLK", 0x25 },
    { "F_OFD_SETLKW", 0x26 },
    { "F_RDLCK", 0x0 },
    { "F_SEAL_GROW", 0x4 },
    { "F_SEAL_SEAL", 0x1 },
    { "F_SEAL_SHRINK", 0x2 },
    { "F_SEAL_WRITE", 0x8 },
    { "F_SETFD", 0x2 },
    { "F_SETFL", 0x4 },
    { "F_SETLEASE", 0x400 },
    { "F_SETLK", 0x6 },
    { "F_SETLK64", 0x6 },
    { "F_SETLKW", 0x7 },
    { "F_SETLKW64", 0x7 },
    { "F_SETOWN", 0x8 },
    { "F_SETPIPE_SZ", 0x407 },
    { "F_SETSIG", 0xa },
    { "F_SHLCK", 0x8 },
    { "F_UNLCK", 0x2 },
    { "F_WRLCK", 0x1 },
    { "LOCK_EX", 0x2 },
    { "LOCK_MAND", 0x20 },
    { "LOCK_NB", 0x4 },
    { "LOCK_READ", 0x40 },
    { "LOCK_RW", 0xc0 },
    { "LOCK_SH", 0x1 },
    { "LOCK_UN", 0x8 },
    { "LOCK_WRITE", 0x80 },
    { NULL, 0 },
};

static int fcntl_exec(Object *module) {
    for (const PosixConstant *c = constants; c->name; c++) {
        if (module_add_int(module, c->name, c->value) < 0) {
            return -1;
        }
    }
    return 0;
}

const ModuleSpec module_fcntl = { "fcntl", NULL, functions, fcntl_exec };
