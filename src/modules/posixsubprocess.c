// `_posixsubprocess`: fork and exec for `subprocess`.
//
// All that the child needs is made before the fork: between fork and exec it only makes system calls
// (unless there is a preexec_fn, which is Python code).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heap/thread.h"
#include "modules/posix/posix.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/runtime.h"

typedef struct Child {
    char **arguments, **executables, **environment;  // NULL-terminated; environment NULL: inherited
    const char *directory;                           // NULL: stay
    int read_input, write_input, read_output, write_output, read_error, write_error, pipe_read, pipe_write;
    bool close_fds, restore_signals, new_session;
    const int *kept;                                 // sorted descriptors
    ssize_t kept_count;
    pid_t group;                                     // -1: none
    gid_t *groups;
    ssize_t group_count;                             // -1: leave them
    bool set_gid, set_uid;
    gid_t gid;
    uid_t uid;
    int umask;                                       // -1: leave it
    Object *preexec;
} Child;

// NULL-terminated C strings of a sequence of bytes or paths; *keep holds them. The array is a byte cell: what
// it points into are no cells' starts, as the collector expects them in cells of pointers.
static char **string_array(Object *sequence, bool convert, Object **keep) {
    Object *list = sequence_list(sequence);
    ssize_t count = list ? list_size(list) : 0;
    char **result = list ? heap_alloc(((size_t)count + 1) * sizeof(char *), CELL_BYTES) : NULL;
    for (ssize_t i = 0; result && i < count; i++) {
        Object *item = list_read(list, i);
        Object *bytes = convert ? path_to_bytes(item) : item;
        if (!bytes || !bytes_check(bytes)) {
            return bytes ? (char **)raise_error(&exc_TypeError, "expected bytes, %.200s found",
                                                item->type->name)
                         : NULL;
        }
        if (strlen(bytes_data(bytes)) != (size_t)bytes_length(bytes)) {
            return (char **)raise_error(&exc_ValueError, "embedded null byte");
        }
        if (list_set(list, i, bytes) < 0) {
            return NULL;
        }
        result[i] = bytes_data(bytes);
    }
    if (result) {
        result[count] = NULL;
    }
    *keep = list;
    return result;
}

// A sorted tuple of distinct non-negative descriptors. NULL with ValueError.
static int *descriptor_array(Object *tuple, ssize_t *count) {
    *count = tuple_size(tuple);
    int *result = heap_alloc(((size_t)*count + 1) * sizeof(int), CELL_BYTES);
    for (ssize_t i = 0; result && i < *count; i++) {
        int overflow = 1;
        Object *item = tuple_get(tuple, i);
        int64_t fd = int_check(item) ? int_as_i64(item, &overflow) : -1;
        if (overflow || fd < 0 || fd > INT32_MAX || (i && fd <= result[i - 1])) {
            return (int *)raise_error(&exc_ValueError, "bad value(s) in fds_to_keep");
        }
        result[i] = (int)fd;
    }
    return result;
}

// ---- in the child: system calls only

// Closes descriptors from 3 on, but for the kept ones: the gaps between them.
static void close_others(const Child *c) {
    int start = 3;
    for (ssize_t i = 0; i <= c->kept_count; i++) {
        int end = i < c->kept_count ? c->kept[i] : INT32_MAX;
        if (end > start && close_range((unsigned)start, end == INT32_MAX ? ~0U : (unsigned)end - 1, 0) < 0) {
            long most = sysconf(_SC_OPEN_MAX);
            for (int fd = start; fd < end && fd < (most > 0 ? most : 256); fd++) {
                close(fd);
            }
        }
        if (end >= start) {
            start = end + 1;
        }
        if (end == INT32_MAX) {
            break;
        }
    }
}

static int set_inheritable(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

static int make_standard(int fd, int target) {
    if (fd == target) {
        return set_inheritable(fd);
    }
    return fd == -1 ? 0 : dup2(fd, target);
}

// Everything up to exec. Returns on failure: with errno, or with *preexec_failed.
static void run_child(Child *c, bool *preexec_failed, bool *before_exec) {
    *before_exec = true;
    for (ssize_t i = 0; i < c->kept_count; i++) {
        if (c->kept[i] != c->pipe_write && set_inheritable(c->kept[i]) < 0 && errno != EBADF) {
            return;
        }
    }
    int unused[] = { c->write_input, c->read_output, c->read_error, c->pipe_read };
    for (size_t i = 0; i < COUNT_OF(unused); i++) {
        if (unused[i] != -1) {
            close(unused[i]);
        }
    }
    // The pipes' ends must not stand where the standard descriptors go.
    if (c->write_output == 0 && (c->write_output = dup(c->write_output)) < 0) {
        return;
    }
    while (c->write_error == 0 || c->write_error == 1) {
        if ((c->write_error = dup(c->write_error)) < 0) {
            return;
        }
    }
    if (make_standard(c->read_input, 0) < 0 || make_standard(c->write_output, 1) < 0 ||
        make_standard(c->write_error, 2) < 0) {
        return;
    }
    if (c->directory && chdir(c->directory) < 0) {
        return;
    }
    if (c->umask >= 0) {
        umask((mode_t)c->umask);
    }
    if (c->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if (c->new_session) {
        setsid();
    }
    if ((c->group >= 0 && setpgid(0, c->group) < 0) ||
        (c->group_count >= 0 && setgroups((size_t)c->group_count, c->groups) < 0) ||
        (c->set_gid && setregid(c->gid, c->gid) < 0) || (c->set_uid && setreuid(c->uid, c->uid) < 0)) {
        return;
    }
    if (c->preexec != NONE) {
        Object *result = call0(c->preexec);
        if (!result) {
            *preexec_failed = true;
            errno = 0;
            return;
        }
    }
    if (c->close_fds) {
        close_others(c);
    }
    *before_exec = false;
    int saved = 0;
    for (size_t i = 0; c->executables[i]; i++) {
        if (c->environment) {
            execve(c->executables[i], c->arguments, c->environment);
        } else {
            execv(c->executables[i], c->arguments);
        }
        if (errno != ENOENT && errno != ENOTDIR && !saved) {
            saved = errno;
        }
    }
    if (saved) {
        errno = saved;
    }
}

static void tell(int fd, const char *text, size_t length) {
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0) {
            return;
        }
        text += written;
        length -= (size_t)written;
    }
}

static void report(const Child *c, int error, bool preexec_failed, bool before_exec) {
    if (error) {
        char digits[16];
        int at = sizeof digits;
        for (unsigned left = (unsigned)error; left; left >>= 4) {
            digits[--at] = "0123456789ABCDEF"[left & 15];
        }
        tell(c->pipe_write, "OSError:", 8);
        tell(c->pipe_write, digits + at, sizeof digits - (size_t)at);
        tell(c->pipe_write, ":", 1);
        if (before_exec) {
            tell(c->pipe_write, "noexec", 6);
        }
    } else {
        tell(c->pipe_write, "SubprocessError:0:", 18);
        if (preexec_failed) {
            tell(c->pipe_write, "Exception occurred in preexec_fn.", 33);
        }
    }
}

// ---- the call

static int get_int(Object *o, int *value) {
    *value = int_to_c_int(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}

static int get_id(Object *o, bool *given, uint32_t *id, bool is_group) {
    *given = o != NONE;
    return !*given ? 0 : is_group ? posix_gid(o, id) : posix_uid(o, id);
}

static int get_groups(Object *o, Child *c) {
    c->group_count = -1;
    if (o == NONE) {
        return 0;
    }
    if (!list_check(o)) {
        raise_error(&exc_TypeError, "setgroups argument must be a list");
        return -1;
    }
    ssize_t count = list_size(o);
    if (count > 65536) {
        raise_error(&exc_ValueError, "too many extra_groups");
        return -1;
    }
    c->groups = heap_alloc((size_t)(count + 1) * sizeof(gid_t), CELL_BYTES);
    for (ssize_t i = 0; c->groups && i < count; i++) {
        Object *item = list_read(o, i);
        bool given;
        if (!item || !int_check(item)) {
            raise_error(&exc_TypeError, "extra_groups elements must be integers");
            return -1;
        }
        if (get_id(item, &given, &c->groups[i], true) < 0) {
            error_clear();
            raise_error(&exc_ValueError, "invalid group id");
            return -1;
        }
    }
    c->group_count = count;
    return c->groups ? 0 : -1;
}

// No handler of ours may run in a child that shares its parent's memory, and exec takes them away anyway.
static void forget_handlers(void) {
    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        struct sigaction action;
        if (sigaction(signal_number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
            action.sa_handler != SIG_IGN) {
            signal(signal_number, SIG_DFL);
        }
    }
}

typedef struct Fork {
    Child *child;
    sigset_t signals; // the caller's mask
    pid_t pid;
} Fork;

// Makes the child on this thread's own stack, without a copy of the address space: the thread sleeps until the child has
// called exec, detached, as others go on. *child is the child's to change.
NOINLINE static void *run_vfork(void *context) {
    Fork *f = context;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &f->signals);
    // posix_spawn can neither change folders nor close all files. NOLINTNEXTLINE(bugprone-unsafe-functions)
    f->pid = vfork();
    if (f->pid == 0) {
        bool preexec_failed = false, before_exec = true;
        forget_handlers();
        sigprocmask(SIG_SETMASK, &f->signals, NULL);
        run_child(f->child, &preexec_failed, &before_exec);
        report(f->child, errno, false, before_exec);
        _exit(255);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &f->signals, NULL);
    errno = error;
    return NULL;
}

static Object *fork_exec(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    enum {
        ARGUMENTS,
        EXECUTABLES,
        CLOSE_FDS,
        PASS_FDS,
        DIRECTORY,
        ENVIRONMENT,
        FIRST_FD,
        LAST_FD = 13,
        RESTORE_SIGNALS,
        NEW_SESSION,
        GROUP,
        GID,
        GROUPS,
        UID,
        UMASK,
        PREEXEC,
        VFORK,
        COUNT
    };
    if (arguments_no_keywords("fork_exec", kwnames) < 0) {
        return NULL;
    }
    if (nargs != COUNT) {
        return raise_error(&exc_TypeError, "fork_exec() takes exactly %d arguments (%zu given)", COUNT,
                           nargs);
    }
    Child c = { .preexec = args[PREEXEC] };
    int *descriptors[] = { &c.read_input, &c.write_input, &c.read_output, &c.write_output,
                           &c.read_error, &c.write_error, &c.pipe_read,   &c.pipe_write };
    for (int i = 0; i < 8; i++) {
        if (get_int(args[FIRST_FD + i], descriptors[i]) < 0) {
            return NULL;
        }
    }
    int close_fds = object_is_true(args[CLOSE_FDS]), restore = object_is_true(args[RESTORE_SIGNALS]),
        session = object_is_true(args[NEW_SESSION]), may_share = object_is_true(args[VFORK]);
    int group, mask;
    uint32_t gid = 0, uid = 0;
    if (close_fds < 0 || restore < 0 || session < 0 || may_share < 0 || get_int(args[GROUP], &group) < 0 ||
        get_int(args[UMASK], &mask) < 0 || get_id(args[GID], &c.set_gid, &gid, true) < 0 ||
        get_id(args[UID], &c.set_uid, &uid, false) < 0 || get_groups(args[GROUPS], &c) < 0) {
        return NULL;
    }
    c.close_fds = close_fds;
    c.restore_signals = restore;
    c.new_session = session;
    c.group = group;
    c.umask = mask;
    c.gid = gid;
    c.uid = uid;
    if (c.close_fds && c.pipe_write < 3) {
        return raise_error(&exc_ValueError, "errpipe_write must be >= 3");
    }
    if (!tuple_check(args[PASS_FDS])) {
        return raise_error(&exc_TypeError, "fork_exec() argument 4 must be tuple, not %.50s",
                           args[PASS_FDS]->type->name);
    }
    Object *kept_arguments, *kept_executables, *kept_environment = NULL, *directory = NULL;
    c.kept = descriptor_array(args[PASS_FDS], &c.kept_count);
    c.executables = c.kept ? string_array(args[EXECUTABLES], false, &kept_executables) : NULL;
    if (!c.executables) {
        return NULL;
    }
    c.arguments = string_array(args[ARGUMENTS], true, &kept_arguments);
    if (!c.arguments) {
        return NULL;
    }
    if (args[ENVIRONMENT] != NONE &&
        !(c.environment = string_array(args[ENVIRONMENT], false, &kept_environment))) {
        return NULL;
    }
    if (args[DIRECTORY] != NONE) {
        directory = path_to_bytes(args[DIRECTORY]);
        if (!directory) {
            return NULL;
        }
        c.directory = bytes_data(directory);
    }
    bool hooks = c.preexec != NONE;
    if (hooks) {
        posix_before_fork();
    }
    pid_t pid = -1;
    // The C library changes users and groups for all threads of a process, which it finds in memory.
    if (may_share > 0 && !hooks && !c.set_uid && !c.set_gid && c.group_count < 0) {
        Child copy = c;
        Fork f = { .child = &copy };
        blocking_call(run_vfork, &f);
        pid = f.pid;
    }
    if (pid < 0) { // also where the system does not have the other
        pid = fork();
    }
    if (pid == 0) {
        if (hooks) {
            posix_after_fork(true);
        }
        bool preexec_failed = false, before_exec = true;
        run_child(&c, &preexec_failed, &before_exec);
        report(&c, preexec_failed ? 0 : errno, preexec_failed, before_exec);
        _exit(255);
    }
    int error = errno;
    if (hooks) {
        posix_after_fork(false);
    }
    __asm__ volatile(""
                     :
                     : "r"(kept_arguments), "r"(kept_executables), "r"(kept_environment), "r"(directory)
                     : "memory");
    if (pid < 0) {
        errno = error;
        return posix_error();
    }
    return int_from_i64(pid);
}

static BuiltinDef functions[] = {
    BUILTIN("fork_exec", fork_exec, NULL, 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_posixsubprocess = { "_posixsubprocess", NULL, functions, NULL };
