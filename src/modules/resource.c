// resource: limits and usage of the process.
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

static Object *usage_type;  // registered root

static const StructField fields[] = {
    { "ru_utime", "user time used" },
    { "ru_stime", "system time used" },
    { "ru_maxrss", "max. resident set size" },
    { "ru_ixrss", "shared memory size" },
    { "ru_idrss", "unshared data size" },
    { "ru_isrss", "unshared stack size" },
    { "ru_minflt", "page faults not requiring I/O" },
    { "ru_majflt", "page faults requiring I/O" },
    { "ru_nswap", "number of swap outs" },
    { "ru_inblock", "block input operations" },
    { "ru_oublock", "block output operations" },
    { "ru_msgsnd", "IPC messages sent" },
    { "ru_msgrcv", "IPC messages received" },
    { "ru_nsignals", "signals received" },
    { "ru_nvcsw", "voluntary context switches" },
    { "ru_nivcsw", "involuntary context switches" },
    { NULL, NULL },
};
static const StructSpec spec = { "resource.struct_rusage", NULL, fields, 16 };

static int resource_number(Object *o) {
    int number = int_to_c_int(o);
    if (number == -1 && error_occurred()) {
        return -1;
    }
    if (number < 0 || number >= RLIMIT_NLIMITS) {
        raise_error(&exc_ValueError, "invalid resource specified");
        return -1;
    }
    return number;
}

static Object *limit_tuple(const struct rlimit *limit) {
    Object *soft = int_from_i64((int64_t)limit->rlim_cur), *hard = int_from_i64((int64_t)limit->rlim_max);
    return soft && hard ? tuple_pack(2, soft, hard) : NULL;
}

static int parse_limits(Object *o, struct rlimit *limit) {
    Object *tuple = sequence_tuple(o);
    if (!tuple) {
        return -1;
    }
    if (tuple_size(tuple) != 2) {
        raise_error(&exc_ValueError, "expected a tuple of 2 integers");
        return -1;
    }
    rlim_t *places[] = { &limit->rlim_cur, &limit->rlim_max };
    for (int i = 0; i < 2; i++) {
        Object *number = number_index(tuple_get(tuple, i));
        int64_t value = number ? int_to_i64(number) : -1;
        if (value == -1 && error_occurred()) {
            return -1;
        }
        *places[i] = (rlim_t)value;
    }
    return 0;
}

static Object *limit_error(void) {
    return errno == EINVAL  ? raise_error(&exc_ValueError, "current limit exceeds maximum limit")
           : errno == EPERM ? raise_error(&exc_ValueError, "not allowed to raise maximum limit")
                            : raise_os_error(errno, NULL, NULL);
}

static Object *resource_getrlimit(Object *module, Object *which) {
    (void)module;
    int number = resource_number(which);
    struct rlimit limit;
    return number < 0                                              ? NULL
           : getrlimit((enum __rlimit_resource)number, &limit) < 0 ? raise_os_error(errno, NULL, NULL)
                                                                   : limit_tuple(&limit);
}

static Object *resource_setrlimit(Object *module, Object *which, Object *limits) {
    (void)module;
    int number = resource_number(which);
    struct rlimit limit;
    if (number < 0 || audit("resource.setrlimit", "iO", number, limits) < 0 ||
        parse_limits(limits, &limit) < 0) {
        return NULL;
    }
    return setrlimit((enum __rlimit_resource)number, &limit) < 0 ? limit_error() : NONE;
}

static Object *resource_prlimit(Object *module, Object *pid_object, Object *which, Object *limits) {
    (void)module;
    int pid = int_to_c_int(pid_object), number;
    if ((pid == -1 && error_occurred()) || (number = resource_number(which)) < 0) {
        return NULL;
    }
    struct rlimit wanted, old;
    bool set = limits && limits != NONE;
    if ((set && parse_limits(limits, &wanted) < 0) ||
        audit("resource.prlimit", "iiO", pid, number, set ? limits : NONE) < 0) {
        return NULL;
    }
    if (prlimit(pid, (enum __rlimit_resource)number, set ? &wanted : NULL, &old) < 0) {
        return errno == EINVAL ? limit_error() : raise_os_error(errno, NULL, NULL);
    }
    return limit_tuple(&old);
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static Object *resource_getrusage(Object *module, Object *who_object) {
    (void)module;
    int who = int_to_c_int(who_object);
    struct rusage u;
    if (who == -1 && error_occurred()) {
        return NULL;
    }
    if (getrusage((enum __rusage_who)who, &u) < 0) {
        return errno == EINVAL ? raise_error(&exc_ValueError, "invalid who parameter")
                               : raise_os_error(errno, NULL, NULL);
    }
    long numbers[] = { u.ru_maxrss, u.ru_ixrss,    u.ru_idrss,   u.ru_isrss,   u.ru_minflt,
                       u.ru_majflt, u.ru_nswap,    u.ru_inblock, u.ru_oublock, u.ru_msgsnd,
                       u.ru_msgrcv, u.ru_nsignals, u.ru_nvcsw,   u.ru_nivcsw };
    Object *result = struct_sequence_new((Type *)usage_type);
    for (ssize_t i = 0; result && i < 16; i++) {
        Object *value = i < 2 ? float_from_double(seconds(i ? u.ru_stime : u.ru_utime))
                              : int_from_i64(numbers[i - 2]);
        if (!value) {
            return NULL;
        }
        struct_sequence_set(result, i, value);
    }
    return result;
}

static Object *resource_getpagesize(Object *module) {
    (void)module;
    return int_from_i64(sysconf(_SC_PAGESIZE));
}

static BuiltinDef functions[] = {
    BUILTIN("getrusage", resource_getrusage, "($module, who, /)", 0, NULL),
    BUILTIN("getrlimit", resource_getrlimit, "($module, resource, /)", 0, NULL),
    BUILTIN("prlimit", resource_prlimit, "-($module, pid, resource, limits=None, /)", 0, NULL),
    BUILTIN("setrlimit", resource_setrlimit, "($module, resource, limits, /)", 0, NULL),
    BUILTIN("getpagesize", resource_getpagesize, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int resource_exec(Object *module) {
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {
        { "RLIMIT_CPU", RLIMIT_CPU },         { "RLIMIT_FSIZE", RLIMIT_FSIZE },
        { "RLIMIT_DATA", RLIMIT_DATA },       { "RLIMIT_STACK", RLIMIT_STACK },
        { "RLIMIT_CORE", RLIMIT_CORE },       { "RLIMIT_NOFILE", RLIMIT_NOFILE },
        { "RLIMIT_OFILE", RLIMIT_OFILE },     { "RLIMIT_AS", RLIMIT_AS },
        { "RLIMIT_RSS", RLIMIT_RSS },         { "RLIMIT_NPROC", RLIMIT_NPROC },
        { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK }, { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
        { "RLIMIT_NICE", RLIMIT_NICE },       { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
        { "RLIMIT_RTTIME", RLIMIT_RTTIME },   { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
        { "RUSAGE_SELF", RUSAGE_SELF },       { "RUSAGE_CHILDREN", RUSAGE_CHILDREN },
        { "RUSAGE_THREAD", RUSAGE_THREAD },   { "RLIM_INFINITY", -1 },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (!usage_type) {
        heap_add_root(&usage_type, 1);
        usage_type = (Object *)struct_sequence_type_new(&spec);
    }
    return module_add(module, "error", (Object *)&exc_OSError) < 0
               ? -1
               : module_add(module, "struct_rusage", usage_type);
}

const ModuleSpec module_resource = { "resource", NULL, functions, resource_exec };
