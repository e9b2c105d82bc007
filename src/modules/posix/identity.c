// posix: sessions, process groups, user and group ids, priorities. None of these block.
#include "modules/fields.h"
#include "modules/posix/posix.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vm/runtime.h"

// The C int `o`; -1 with an exception.
static int to_int(Object *o, int *value) {
    *value = int_to_c_int(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}
static Object *none_or_error(int status) {
    return status < 0 ? posix_error() : NONE;
}

static Object *three(uint32_t a, uint32_t b, uint32_t c) {
    Object *x = int_from_i64(a), *y = int_from_i64(b), *z = int_from_i64(c);
    return x && y && z ? tuple_pack(3, x, y, z) : NULL;
}
Object *posix_getresuid(Object *module) {
    uid_t real, effective, saved;
    return getresuid(&real, &effective, &saved) < 0 ? posix_error() : three(real, effective, saved);
}
Object *posix_getresgid(Object *module) {
    gid_t real, effective, saved;
    return getresgid(&real, &effective, &saved) < 0 ? posix_error() : three(real, effective, saved);
}

Object *posix_setsid(Object *module) {
    return none_or_error(setsid() < 0 ? -1 : 0);
}
Object *posix_getsid(Object *module, Object *o) {
    int pid;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    pid_t result = getsid(pid);
    return result < 0 ? posix_error() : int_from_i64(result);
}
Object *posix_getpgid(Object *module, Object *o) {
    int pid;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    pid_t result = getpgid(pid);
    return result < 0 ? posix_error() : int_from_i64(result);
}
Object *posix_setpgid(Object *module, Object *o, Object *group) {
    int pid, pgrp;
    return int_field(o, &pid) < 0 || int_field(group, &pgrp) < 0 ? NULL : none_or_error(setpgid(pid, pgrp));
}
Object *posix_tcgetpgrp(Object *module, Object *o) {
    int fd;
    if (to_int(o, &fd) < 0) {
        return NULL;
    }
    pid_t result = tcgetpgrp(fd);
    return result < 0 ? posix_error() : int_from_i64(result);
}
Object *posix_tcsetpgrp(Object *module, Object *o, Object *group) {
    int fd, pgrp;
    return int_field(o, &fd) < 0 || int_field(group, &pgrp) < 0 ? NULL : none_or_error(tcsetpgrp(fd, pgrp));
}
Object *posix_killpg(Object *module, Object *group, Object *signal) {
    int pgrp, number;
    if (int_field(group, &pgrp) < 0 || int_field(signal, &number) < 0 ||
        audit("os.killpg", "ii", pgrp, number) < 0) {
        return NULL;
    }
    return none_or_error(killpg(pgrp, number));
}

// -1 is a valid priority: only errno tells it from a failure.
Object *posix_nice(Object *module, Object *o) {
    int increment;
    if (to_int(o, &increment) < 0) {
        return NULL;
    }
    errno = 0;
    int value = nice(increment);
    return value == -1 && errno ? posix_error() : int_from_i64(value);
}
Object *posix_getpriority(Object *module, Object *which, Object *who) {
    int kind, id;
    if (to_int(which, &kind) < 0 || to_int(who, &id) < 0) {
        return NULL;
    }
    errno = 0;
    int value = getpriority((__priority_which_t)kind, (id_t)id);
    return value == -1 && errno ? posix_error() : int_from_i64(value);
}
Object *posix_setpriority(Object *module, Object *which, Object *who, Object *priority) {
    int kind, id, value;
    if (to_int(which, &kind) < 0 || to_int(who, &id) < 0 || to_int(priority, &value) < 0) {
        return NULL;
    }
    return none_or_error(setpriority((__priority_which_t)kind, (id_t)id, value));
}
Object *posix_sched_get_priority_max(Object *module, Object *o) {
    int policy;
    if (to_int(o, &policy) < 0) {
        return NULL;
    }
    int value = sched_get_priority_max(policy);
    return value < 0 ? posix_error() : int_from_i64(value);
}
Object *posix_sched_get_priority_min(Object *module, Object *o) {
    int policy;
    if (to_int(o, &policy) < 0) {
        return NULL;
    }
    int value = sched_get_priority_min(policy);
    return value < 0 ? posix_error() : int_from_i64(value);
}

Object *posix_getloadavg(Object *module) {
    double load[3];
    if (getloadavg(load, 3) != 3) {
        return raise_error(&exc_OSError, "Load averages are unobtainable");
    }
    Object *a = float_from_double(load[0]), *b = float_from_double(load[1]), *c = float_from_double(load[2]);
    return a && b && c ? tuple_pack(3, a, b, c) : NULL;
}
