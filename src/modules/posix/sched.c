// posix: how the kernel schedules processes, and the user and group ids they run under.
#include "modules/fields.h"
#include "modules/posix/posix.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include "objects/set.h"
#include "vm/runtime.h"

static Object *none_or_error(int status) {
    return status < 0 ? posix_error() : NONE;
}

// ---- scheduling

static Object *sched_param_type;
static const StructField sched_param_fields[] = { { "sched_priority", NULL }, { NULL, NULL } };
static const StructSpec sched_param_spec = { "posix.sched_param", NULL, sched_param_fields, 1 };

static Object *sched_param_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *priority;
    if (signature_bind(&signature, "sched_param", "|(sched_priority)", args, nargs, kwnames, &priority) < 0) {
        return NULL;
    }
    Object *result = struct_sequence_new(type);
    if (result) {
        struct_sequence_set(result, 0, priority);
    }
    return result;
}

int posix_sched_param_convert(Object *o, struct sched_param *parameters) {
    if (o->type != (Type *)sched_param_type) {
        raise_error(&exc_TypeError, "must have a sched_param object");
        return -1;
    }
    Object *index = number_index(tuple_get(o, 0));
    int overflow = 0;
    int64_t value = index ? int_as_i64(index, &overflow) : 0;
    if (!index) {
        return -1;
    }
    if (overflow) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C long");
        return -1;
    }
    if (value > INT32_MAX || value < INT32_MIN) {
        raise_error(&exc_OverflowError, "sched_priority out of range");
        return -1;
    }
    parameters->sched_priority = (int)value;
    return 0;
}

static Object *posix_sched_getparam(Object *m, Object *o) {
    pid_t pid;
    struct sched_param parameters;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    if (sched_getparam(pid, &parameters) < 0) {
        return posix_error();
    }
    Object *result = struct_sequence_new((Type *)sched_param_type);
    Object *priority = result ? int_from_i64(parameters.sched_priority) : NULL;
    if (priority) {
        struct_sequence_set(result, 0, priority);
    }
    return priority ? result : NULL;
}
static Object *posix_sched_setparam(Object *m, Object *o, Object *value) {
    pid_t pid;
    struct sched_param parameters;
    return int_field(o, &pid) < 0 || posix_sched_param_convert(value, &parameters) < 0
               ? NULL
               : none_or_error(sched_setparam(pid, &parameters));
}
static Object *posix_sched_getscheduler(Object *m, Object *o) {
    pid_t pid;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    int policy = sched_getscheduler(pid);
    return policy < 0 ? posix_error() : int_from_i64(policy);
}
static Object *posix_sched_setscheduler(Object *m, Object *o, Object *kind, Object *value) {
    pid_t pid;
    int policy;
    struct sched_param parameters;
    return int_field(o, &pid) < 0 || int_field(kind, &policy) < 0 ||
                   posix_sched_param_convert(value, &parameters) < 0
               ? NULL
               : none_or_error(sched_setscheduler(pid, policy, &parameters));
}
static Object *posix_sched_rr_get_interval(Object *m, Object *o) {
    pid_t pid;
    struct timespec interval;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    return sched_rr_get_interval(pid, &interval) < 0
               ? posix_error()
               : float_from_double((double)interval.tv_sec + 1e-9 * (double)interval.tv_nsec);
}

enum { CPUS_MOST = 1 << 16 };

static Object *posix_sched_getaffinity(Object *m, Object *o) {
    pid_t pid;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    for (size_t count = 1024; count <= CPUS_MOST; count *= 2) {
        size_t size = CPU_ALLOC_SIZE(count);
        cpu_set_t *set = heap_alloc(size, CELL_BYTES);
        if (!set) {
            return NULL;
        }
        if (sched_getaffinity(pid, size, set) < 0) {
            if (errno == EINVAL) {
                continue;  // this kernel knows more processors
            }
            return posix_error();
        }
        Object *result = set_new(NULL);
        for (size_t cpu = 0; result && cpu < count; cpu++) {
            if (CPU_ISSET_S(cpu, size, set)) {
                Object *number = int_from_u64(cpu);
                if (!number || set_add(result, number) < 0) {
                    return NULL;
                }
            }
        }
        return result;
    }
    errno = EINVAL;
    return posix_error();
}

static Object *posix_sched_setaffinity(Object *m, Object *o, Object *mask) {
    pid_t pid;
    if (int_field(o, &pid) < 0) {
        return NULL;
    }
    size_t size = CPU_ALLOC_SIZE(CPUS_MOST), used = CPU_ALLOC_SIZE(64);
    cpu_set_t *set = heap_alloc(size, CELL_BYTES);
    Object *iterator = set ? object_iter(mask) : NULL, *item;
    if (!iterator) {
        return NULL;
    }
    CPU_ZERO_S(size, set);
    while ((item = iter_next(iterator))) {
        if (!int_check(item)) {
            return raise_error(&exc_TypeError, "expected an iterator of ints, but iterator yielded %R",
                               item->type);
        }
        int overflow;
        int64_t cpu = int_as_i64(item, &overflow);
        if (overflow < 0 || (!overflow && cpu < 0)) {
            return raise_error(&exc_ValueError, "negative CPU number");
        }
        if (overflow || cpu > INT32_MAX - 1) {
            return raise_error(&exc_OverflowError, "CPU number too large");
        }
        if (cpu < CPUS_MOST) {
            CPU_SET_S((size_t)cpu, size, set);
            used = size_max(used, CPU_ALLOC_SIZE((size_t)cpu + 1));
        }
    }
    return error_occurred() ? NULL : none_or_error(sched_setaffinity(pid, used, set));
}

// ---- ids

static int id_convert(Object *o, const char *what, uint32_t *id) {
    Object *index = number_check_index(o) ? number_index(o) : NULL;
    if (!index) {
        if (!error_occurred()) {
            raise_error(&exc_TypeError, "%s should be integer, not %T", what, o);
        }
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(index, &overflow);
    if (overflow > 0) {
        raise_error(&exc_OverflowError, "%s is greater than maximum", what);
        return -1;
    }
    if (overflow < 0 || value < -1 || value > UINT32_MAX) {
        raise_error(&exc_OverflowError, "%s is less than minimum", what);
        return -1;
    }
    *id = (uint32_t)value;
    return 0;
}
int posix_uid(Object *o, uid_t *uid) {
    return id_convert(o, "uid", uid);
}
int posix_gid(Object *o, gid_t *gid) {
    return id_convert(o, "gid", gid);
}

static Object *posix_setuid(Object *m, Object *o) {
    uid_t id;
    return posix_uid(o, &id) < 0 ? NULL : none_or_error(setuid(id));
}
static Object *posix_seteuid(Object *m, Object *o) {
    uid_t id;
    return posix_uid(o, &id) < 0 ? NULL : none_or_error(seteuid(id));
}
static Object *posix_setgid(Object *m, Object *o) {
    gid_t id;
    return posix_gid(o, &id) < 0 ? NULL : none_or_error(setgid(id));
}
static Object *posix_setegid(Object *m, Object *o) {
    gid_t id;
    return posix_gid(o, &id) < 0 ? NULL : none_or_error(setegid(id));
}
static Object *posix_setreuid(Object *m, Object *a, Object *b) {
    uid_t x, y;
    return posix_uid(a, &x) < 0 || posix_uid(b, &y) < 0 ? NULL : none_or_error(setreuid(x, y));
}
static Object *posix_setregid(Object *m, Object *a, Object *b) {
    gid_t x, y;
    return posix_gid(a, &x) < 0 || posix_gid(b, &y) < 0 ? NULL : none_or_error(setregid(x, y));
}
static Object *posix_setresuid(Object *m, Object *a, Object *b, Object *c) {
    uid_t x, y, z;
    return posix_uid(a, &x) < 0 || posix_uid(b, &y) < 0 || posix_uid(c, &z) < 0
               ? NULL
               : none_or_error(setresuid(x, y, z));
}
static Object *posix_setresgid(Object *m, Object *a, Object *b, Object *c) {
    gid_t x, y, z;
    return posix_gid(a, &x) < 0 || posix_gid(b, &y) < 0 || posix_gid(c, &z) < 0
               ? NULL
               : none_or_error(setresgid(x, y, z));
}
static Object *posix_setpgrp(Object *m) {
    return none_or_error(setpgid(0, 0));
}

// ---- groups

enum { GROUPS_MOST = 65536 };

static Object *group_object(gid_t gid) {
    return gid == (gid_t)-1 ? int_from_i64(-1) : int_from_u64(gid);
}
static Object *group_list(const gid_t *groups, int count) {
    Object *list = list_new(0);
    for (int i = 0; list && i < count; i++) {
        Object *id = group_object(groups[i]);
        if (!id || list_append(list, id) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *posix_getgroups(Object *m) {
    gid_t *groups = heap_alloc(GROUPS_MOST * sizeof(gid_t), CELL_BYTES);
    int count = groups ? getgroups(GROUPS_MOST, groups) : 0;
    return !groups ? NULL : count < 0 ? posix_error() : group_list(groups, count);
}

static Object *posix_setgroups(Object *m, Object *sequence) {
    if (!sequence_check(sequence)) {
        return raise_error(&exc_TypeError, "setgroups argument must be a sequence");
    }
    ssize_t n = object_length(sequence);
    if (n < 0) {
        return NULL;
    }
    if (n > GROUPS_MOST) {
        return raise_error(&exc_ValueError, "too many groups");
    }
    gid_t *groups = heap_alloc(size_max((size_t)n, 1) * sizeof(gid_t), CELL_BYTES);
    for (ssize_t i = 0; groups && i < n; i++) {
        Object *item = sequence_getitem(sequence, i);
        if (!item) {
            return NULL;
        }
        if (!int_check(item)) {
            return raise_error(&exc_TypeError, "groups must be integers");
        }
        if (posix_gid(item, &groups[i]) < 0) {
            return NULL;
        }
    }
    return groups ? none_or_error(setgroups((size_t)n, groups)) : NULL;
}

typedef struct Membership {
    const char *user;
    gid_t group, *groups;
    int count, status, error;
    bool set;
} Membership;
static void *ask_membership(void *context) {
    Membership *a = context;
    a->status = a->set ? initgroups(a->user, a->group)
                       : getgrouplist(a->user, a->group, a->groups, &a->count);
    a->error = errno;
    return NULL;
}

static Object *posix_getgrouplist(Object *m, Object *user, Object *group) {
    if (!str_check(user)) {
        return raise_error(&exc_TypeError, "getgrouplist() argument 1 must be str, not %s",
                           user == NONE ? "None" : user->type->name);
    }
    Membership a = { .user = str_utf8(user, NULL), .count = GROUPS_MOST };
    if (!a.user || posix_gid(group, &a.group) < 0 ||
        !(a.groups = heap_alloc(GROUPS_MOST * sizeof(gid_t), CELL_BYTES))) {
        return NULL;
    }
    blocking_call(ask_membership, &a);
    errno = a.error;
    return a.status < 0 ? posix_error() : group_list(a.groups, a.count);
}

static Object *posix_initgroups(Object *m, Object *user, Object *group) {
    Object *name = posix_fs_bytes(user);
    Membership a = { .set = true };
    if (!name || posix_gid(group, &a.group) < 0) {
        return NULL;
    }
    a.user = bytes_data(name);
    blocking_call(ask_membership, &a);
    errno = a.error;
    return none_or_error(a.status);
}

static Object *posix_getlogin(Object *m) {
    char name[256];
    errno = getlogin_r(name, sizeof(name));
    return errno ? posix_error() : str_decode_fs(name, (ssize_t)strlen(name));
}

BuiltinDef posix_sched_functions[] = {
    BUILTIN("sched_getparam", posix_sched_getparam, "($module, pid, /)", 0, NULL),
    BUILTIN("sched_setparam", posix_sched_setparam, "($module, pid, param, /)", 0, NULL),
    BUILTIN("sched_getscheduler", posix_sched_getscheduler, "($module, pid, /)", 0, NULL),
    BUILTIN("sched_setscheduler", posix_sched_setscheduler, "($module, pid, policy, param, /)", 0, NULL),
    BUILTIN("sched_rr_get_interval", posix_sched_rr_get_interval, "($module, pid, /)", 0, NULL),
    BUILTIN("sched_getaffinity", posix_sched_getaffinity, "($module, pid, /)", 0, NULL),
    BUILTIN("sched_setaffinity", posix_sched_setaffinity, "($module, pid, mask, /)", 0, NULL),
    BUILTIN("setuid", posix_setuid, "($module, uid, /)", 0, NULL),
    BUILTIN("seteuid", posix_seteuid, "($module, euid, /)", 0, NULL),
    BUILTIN("setgid", posix_setgid, "($module, gid, /)", 0, NULL),
    BUILTIN("setegid", posix_setegid, "($module, egid, /)", 0, NULL),
    BUILTIN("setreuid", posix_setreuid, "($module, ruid, euid, /)", 0, NULL),
    BUILTIN("setregid", posix_setregid, "($module, rgid, egid, /)", 0, NULL),
    BUILTIN("setresuid", posix_setresuid, "($module, ruid, euid, suid, /)", 0, NULL),
    BUILTIN("setresgid", posix_setresgid, "($module, rgid, egid, sgid, /)", 0, NULL),
    BUILTIN("setpgrp", posix_setpgrp, "($module, /)", 0, NULL),
    BUILTIN("getgroups", posix_getgroups, "($module, /)", 0, NULL),
    BUILTIN("setgroups", posix_setgroups, "($module, groups, /)", 0, NULL),
    BUILTIN("getgrouplist", posix_getgrouplist, "($module, user, group, /)", 0, NULL),
    BUILTIN("initgroups", posix_initgroups, "($module, username, gid, /)", 0, NULL),
    BUILTIN("getlogin", posix_getlogin, "($module, /)", 0, NULL),
    BUILTIN_END,
};

int posix_sched_init(Object *module) {
    if (!sched_param_type) {
        heap_add_root(&sched_param_type, 1);
        Type *type = struct_sequence_type_new(&sched_param_spec);
        if (!type) {
            return -1;
        }
        type->info->slots.new = sched_param_new;
        sched_param_type = (Object *)type;
    }
    return module_add(module, "sched_param", sched_param_type);
}
