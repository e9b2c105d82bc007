// posix: starting programs without fork in between (posix_spawn), and waiting for children.
#include "modules/fields.h"
#include "modules/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/io/writers.h"
#include "vm/runtime.h"

// ---- arguments and environment of a new program

char **posix_string_array(Object *sequence, Object **keep) {
    Object *list = sequence_list(sequence);
    ssize_t n = list ? list_size(list) : 0;
    char **result = list ? heap_alloc(((size_t)n + 1) * sizeof(char *), CELL_BYTES) : NULL;
    for (ssize_t i = 0; result && i < n; i++) {
        Object *item = list_read(list, i), *bytes = item ? posix_fs_bytes(item) : NULL;
        if (!bytes || list_set(list, i, bytes) < 0) {
            return NULL;
        }
        result[i] = bytes_data(bytes);
    }
    if (result) {
        result[n] = NULL;
    }
    *keep = list;
    return result;
}

// os.fspath(o) in file system bytes, without NULs.
Object *posix_fs_bytes(Object *o) {
    Object *path = posix_fspath(NULL, o);
    Object *bytes = !path ? NULL : bytes_check(path) ? path : str_encode_fs(path);
    if (bytes && memchr(bytes_data(bytes), 0, (size_t)bytes_length(bytes))) {
        return raise_error(&exc_ValueError, "embedded null byte");
    }
    return bytes;
}

char **posix_environment(const char *function, Object *env, Object **keep) {
    if (!mapping_check(env)) {
        raise_error(&exc_TypeError, "%s: environment must be a mapping object", function);
        return NULL;
    }
    Object *keys = call_method0(env, names.keys), *values = keys ? call_method0(env, names.values) : NULL;
    keys = values ? sequence_list(keys) : NULL;
    values = keys ? sequence_list(values) : NULL;
    Object *list = values ? list_new(0) : NULL, *equal = bytes_from("=", 1);
    ssize_t n = list ? list_size(keys) : 0;
    for (ssize_t i = 0; list && i < n; i++) {
        Object *key = list_read(keys, i), *value = i < list_size(values) ? list_read(values, i) : NULL;
        key = key && value ? posix_fs_bytes(key) : NULL;
        value = key ? posix_fs_bytes(value) : NULL;
        if (!value) {
            return NULL;
        }
        if (!bytes_length(key) || strchr(bytes_data(key) + 1, '=')) {
            raise_error(&exc_ValueError, "illegal environment variable name");
            return NULL;
        }
        Object *line = equal ? bytes_concat(key, equal) : NULL;
        line = line ? bytes_concat(line, value) : NULL;
        if (!line || list_append(list, line) < 0) {
            return NULL;
        }
    }
    return list && equal ? posix_string_array(list, keep) : NULL;
}

char **posix_arguments(const char *function, Object *argv, Object **keep) {
    bool execv = !strcmp(function, "execv");
    if (!list_check(argv) && !tuple_check(argv)) {
        raise_error(&exc_TypeError,
                    execv ? "execv() arg 2 must be a tuple or list" : "%s: argv must be a tuple or list",
                    function);
        return NULL;
    }
    if (!object_length(argv)) {
        raise_error(&exc_ValueError, execv ? "execv() arg 2 must not be empty" : "%s: argv must not be empty",
                    function);
        return NULL;
    }
    char **args = posix_string_array(argv, keep);
    if (args && !args[0][0]) {
        raise_error(&exc_ValueError,
                    execv ? "execv() arg 2 first element cannot be empty"
                          : "%s: argv first element cannot be empty",
                    function);
        return NULL;
    }
    return args;
}

// ---- posix_spawn

static int add_file_action(posix_spawn_file_actions_t *actions, Object *action, Object *keep) {
    int kind, fd, other, flags;
    if (!tuple_check(action) || !tuple_size(action)) {
        raise_error(&exc_TypeError, "Each file_actions element must be a non-empty tuple");
        return -1;
    }
    ssize_t n = tuple_size(action);
    if (posix_int(tuple_get(action, 0), &kind) < 0) {
        return -1;
    }
    switch (kind) {
    case 0: {  // POSIX_SPAWN_OPEN
        if (n != 5) {
            raise_error(&exc_TypeError, "A open file_action tuple must have 5 elements");
            return -1;
        }
        Object *path;
        if (posix_int(tuple_get(action, 1), &fd) < 0 || !(path = posix_fs_bytes(tuple_get(action, 2))) ||
            posix_int(tuple_get(action, 3), &flags) < 0 || list_append(keep, path) < 0) {
            return -1;
        }
        uint64_t mode = int_to_u64_mask(tuple_get(action, 4));
        if (error_occurred()) {
            return -1;
        }
        errno = posix_spawn_file_actions_addopen(actions, fd, bytes_data(path), flags, (mode_t)mode);
        break;
    }
    case 1:  // POSIX_SPAWN_CLOSE
        if (n != 2) {
            raise_error(&exc_TypeError, "A close file_action tuple must have 2 elements");
            return -1;
        }
        if (posix_int(tuple_get(action, 1), &fd) < 0) {
            return -1;
        }
        errno = posix_spawn_file_actions_addclose(actions, fd);
        break;
    case 2:  // POSIX_SPAWN_DUP2
        if (n != 3) {
            raise_error(&exc_TypeError, "A dup2 file_action tuple must have 3 elements");
            return -1;
        }
        if (posix_int(tuple_get(action, 1), &fd) < 0 || posix_int(tuple_get(action, 2), &other) < 0) {
            return -1;
        }
        errno = posix_spawn_file_actions_adddup2(actions, fd, other);
        break;
    default: raise_error(&exc_TypeError, "Unknown file_actions identifier"); return -1;
    }
    if (errno) {
        posix_error();
        return -1;
    }
    return 0;
}

static int add_file_actions(posix_spawn_file_actions_t *actions, Object *sequence, Object *keep) {
    Object *list = sequence_fast(sequence, "file_actions must be a sequence or None");
    if (!list) {
        return -1;
    }
    for (ssize_t i = 0; i < object_length(list); i++) {
        Object *action = sequence_getitem(list, i);
        if (!action || add_file_action(actions, action, keep) < 0) {
            return -1;
        }
    }
    return 0;
}

// A set of signal numbers from an iterable.
static int signals_convert(Object *iterable, sigset_t *set) {
    sigemptyset(set);
    Object *iterator = object_iter(iterable), *item;
    if (!iterator) {
        return -1;
    }
    while ((item = iter_next(iterator))) {
        int number;
        if (posix_int(item, &number) < 0) {
            return -1;
        }
        if (number < 1 || number > 64) {
            raise_error(&exc_ValueError, "signal number %d out of range [1; 64]", number);
            return -1;
        }
        sigaddset(set, number);  // 32 and 33 belong to the C library, which ignores them
    }
    return error_occurred() ? -1 : 0;
}

// What the keyword arguments say. -1 with an exception.
static int set_attributes(posix_spawnattr_t *attributes, Object **b) {
    short flags = 0;
    Object *setpgroup = b[4], *resetids = b[5], *setsid_flag = b[6], *mask = b[7], *defaults = b[8],
           *scheduler = b[9];
    sigset_t set;
    if (setpgroup) {
        pid_t group;
        if (int_field(setpgroup, &group) < 0) {
            return -1;
        }
        flags |= POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setpgroup(attributes, group);
    }
    int on = 0;
    if (resetids && posix_int(resetids, &on) < 0) {
        return -1;
    }
    flags |= on ? POSIX_SPAWN_RESETIDS : 0;
    on = 0;
    if (setsid_flag && posix_int(setsid_flag, &on) < 0) {
        return -1;
    }
    flags |= on ? POSIX_SPAWN_SETSID : 0;
    if (mask) {
        if (signals_convert(mask, &set) < 0) {
            return -1;
        }
        flags |= POSIX_SPAWN_SETSIGMASK;
        posix_spawnattr_setsigmask(attributes, &set);
    }
    if (defaults) {
        if (signals_convert(defaults, &set) < 0) {
            return -1;
        }
        flags |= POSIX_SPAWN_SETSIGDEF;
        posix_spawnattr_setsigdefault(attributes, &set);
    }
    if (scheduler) {
        struct sched_param parameters;
        int policy;
        if (!tuple_check(scheduler)) {
            raise_error(&exc_SystemError, "new style getargs format but argument is not a tuple");
            return -1;
        }
        if (tuple_size(scheduler) != 2) {
            raise_error(&exc_TypeError, "A scheduler tuple must have two elements");
            return -1;
        }
        if (tuple_get(scheduler, 0) != NONE) {
            if (posix_int(tuple_get(scheduler, 0), &policy) < 0) {
                return -1;
            }
            flags |= POSIX_SPAWN_SETSCHEDULER;
            posix_spawnattr_setschedpolicy(attributes, policy);
        }
        if (posix_sched_param_convert(tuple_get(scheduler, 1), &parameters) < 0) {
            return -1;
        }
        flags |= POSIX_SPAWN_SETSCHEDPARAM;
        posix_spawnattr_setschedparam(attributes, &parameters);
    }
    posix_spawnattr_setflags(attributes, flags);
    return 0;
}

static Object *spawn(const char *function, Object **b, bool search) {
    Path path = PATH(function, "path");
    Object *keep_args, *keep_env, *keep = list_new(0);
    if (!keep || path_convert(&path, b[0]) < 0) {
        return NULL;
    }
    char **args = posix_arguments(function, b[1], &keep_args);
    char **variables = args ? posix_environment(function, b[2], &keep_env) : NULL;
    if (!variables) {
        return NULL;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    Object *result = NULL;
    if ((!b[3] || b[3] == NONE || add_file_actions(&actions, b[3], keep) == 0) &&
        set_attributes(&attributes, b) == 0 && audit("os.posix_spawn", "OOO", path.object, b[1], b[2]) == 0) {
        pid_t pid;
        // The program may read what a dropped file still holds.
        if (!io_any_dirty() || heap_before_blocking() == 0) {
            errno = search ? posix_spawnp(&pid, path.text, &actions, &attributes, args, variables)
                           : posix_spawn(&pid, path.text, &actions, &attributes, args, variables);
            result = errno ? path_error(&path) : int_from_i64(pid);
        }
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}
static Object *posix_posix_spawn(Object *m, Object **b) {
    return spawn("posix_spawn", b, false);
}
static Object *posix_posix_spawnp(Object *m, Object **b) {
    return spawn("posix_spawnp", b, true);
}

// ---- waiting

static Object *waitid_type;
static const StructField waitid_fields[] = {
    { "si_pid", NULL },    { "si_uid", NULL },  { "si_signo", NULL },
    { "si_status", NULL }, { "si_code", NULL }, { NULL, NULL },
};
static const StructSpec waitid_spec = { "posix.waitid_result", NULL, waitid_fields, 5 };

typedef struct Wait {
    pid_t pid, result;
    int options, status, error;
    bool by_id;
    idtype_t id_type;
    id_t id;
    siginfo_t info;
    struct rusage usage;
} Wait;

static void *do_wait(void *context) {
    Wait *w = context;
    w->result = w->by_id ? waitid(w->id_type, w->id, &w->info, w->options)
                         : wait4(w->pid, &w->status, w->options, &w->usage);
    w->error = errno;
    return NULL;
}

static int wait_for(Wait *w) {
    if (heap_before_blocking() < 0) {
        return -1;
    }
    while (true) {
        blocking_call(do_wait, w);
        if (w->result >= 0) {
            return 0;
        }
        if (w->error != EINTR) {
            errno = w->error;
            posix_error();
            return -1;
        }
        safepoint_request(thread_current);
        if (safepoint() < 0) {
            return -1;
        }
    }
}

static Object *seconds(const struct timeval *t) {
    return float_from_double((double)t->tv_sec + (double)t->tv_usec * 1e-6);
}

static Object *wait_result(const Wait *w) {
    Object *make = import_get_attr("resource", "struct_rusage");
    const struct rusage *u = &w->usage;
    const long counts[] = { u->ru_maxrss, u->ru_ixrss,    u->ru_idrss,   u->ru_isrss,   u->ru_minflt,
                            u->ru_majflt, u->ru_nswap,    u->ru_inblock, u->ru_oublock, u->ru_msgsnd,
                            u->ru_msgrcv, u->ru_nsignals, u->ru_nvcsw,   u->ru_nivcsw };
    Object *usage = make ? struct_sequence_new((Type *)make) : NULL;
    if (!usage) {
        return NULL;
    }
    for (size_t i = 0; i < 2 + COUNT_OF(counts); i++) {
        Object *value = i == 0   ? seconds(&u->ru_utime)
                        : i == 1 ? seconds(&u->ru_stime)
                                 : int_from_i64(counts[i - 2]);
        if (!value) {
            return NULL;
        }
        struct_sequence_set(usage, (ssize_t)i, value);
    }
    Object *pid = int_from_i64(w->result), *status = int_from_i64(w->status);
    return pid && status ? tuple_pack(3, pid, status, usage) : NULL;
}

static Object *posix_wait3(Object *m, Object *options) {
    Wait w = { .pid = -1 };
    return posix_int(options, &w.options) < 0 || wait_for(&w) < 0 ? NULL : wait_result(&w);
}
static Object *posix_wait4(Object *m, Object *pid, Object *options) {
    Wait w = { 0 };
    return int_field(pid, &w.pid) < 0 || int_field(options, &w.options) < 0 || wait_for(&w) < 0
               ? NULL
               : wait_result(&w);
}

static Object *posix_waitid(Object *m, Object *type, Object *id, Object *options) {
    Wait w = { .by_id = true };
    int kind, number;
    if (int_field(type, &kind) < 0 || int_field(id, &number) < 0 || int_field(options, &w.options) < 0) {
        return NULL;
    }
    w.id_type = (idtype_t)kind;
    w.id = (id_t)number;
    if (wait_for(&w) < 0) {
        return NULL;
    }
    if (!w.info.si_pid) {
        return NONE;
    }
    Object *result = struct_sequence_new((Type *)waitid_type);
    const int64_t values[] = { w.info.si_pid, w.info.si_uid, w.info.si_signo, w.info.si_status,
                               w.info.si_code };
    for (size_t i = 0; result && i < COUNT_OF(values); i++) {
        Object *value = int_from_i64(values[i]);
        if (!value) {
            return NULL;
        }
        struct_sequence_set(result, (ssize_t)i, value);
    }
    return result;
}

#define SPAWN_SIGNATURE(indent) \
    "($module, path, argv, env, /, *, file_actions=(),\n" indent \
    "setpgroup=<unrepresentable>, resetids=False, setsid=False,\n" indent \
    "setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)"

BuiltinDef posix_spawn_functions[] = {
    BUILTIN("posix_spawn", posix_posix_spawn, SPAWN_SIGNATURE("            "), 0, NULL),
    BUILTIN("posix_spawnp", posix_posix_spawnp, SPAWN_SIGNATURE("             "), 0, NULL),
    BUILTIN("wait3", posix_wait3, "($module, /, options)", 0, NULL),
    BUILTIN("wait4", posix_wait4, "($module, /, pid, options)", 0, NULL),
    BUILTIN("waitid", posix_waitid, "($module, idtype, id, options, /)", 0, NULL),
    BUILTIN_END,
};

int posix_spawn_init(Object *module) {
    if (!waitid_type) {
        heap_add_root(&waitid_type, 1);
        waitid_type = (Object *)struct_sequence_type_new(&waitid_spec);
    }
    return module_add(module, "waitid_result", waitid_type);
}
