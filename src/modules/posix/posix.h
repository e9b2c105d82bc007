// What the files of `posix` share.
#pragma once

#include <sys/types.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

typedef struct PosixConstant {
    const char *name;
    int64_t value;
} PosixConstant;
extern const PosixConstant posix_constants[], posix_sysconf_names[], posix_confstr_names[];
extern const PosixConstant posix_pathconf_names[];
extern const char *const posix_have_functions[];

// A path argument: a file name, or a descriptor where `function` allows one.
typedef struct Path {
    const char *function, *argument;
    bool nullable, allow_fd;
    const char *text;  // NULL: not given, or a descriptor
    int fd;            // -1: none
    Object *object;    // as given, for errors
    Object *bytes;     // keeps `text`
    bool is_bytes;     // results are bytes, too
} Path;
int path_convert(Path *path, Object *o);
#define PATH(function, argument, ...) { function, argument, ##__VA_ARGS__ }
// dir_fd=: AT_FDCWD when it was not given. -1 with an exception.
int dir_fd_convert(Object *o, int *fd);
int fd_convert(Object *o);  // an int or an object with fileno(); -1 with an exception
Object *posix_error(void);
// The functions of os.register_at_fork.
void posix_before_fork(void);
void posix_after_fork(bool child);
Object *path_error(const Path *path);
Object *path_result(const Path *like, const char *text, ssize_t length);

// A C int, an off_t, a user id, a group id: -1 with an exception. Functions that take pids use int_field
// for all their ints: its errors are worded differently.
int posix_int(Object *o, int *value);
int posix_offset(Object *o, int64_t *value);
int posix_uid(Object *o, uid_t *uid);
int posix_gid(Object *o, gid_t *gid);
struct sched_param;
int posix_sched_param_convert(Object *o, struct sched_param *parameters);
// The number that `name` (a str, or an int as it is) has in `table`.
int posix_configuration_name(Object *name, const PosixConstant *table, int *number);

// The system call of that number, detached, again after EINTR. -1 with OSError.
long posix_call(long number, long a, long b, long c, long d, long e, long f);

Object *posix_fs_bytes(Object *o);  // os.fspath(o) as bytes without NULs
// What execve() takes, in byte cells; *keep holds what they point into. NULL with an exception.
char **posix_string_array(Object *sequence, Object **keep);
char **posix_arguments(const char *function, Object *argv, Object **keep);
char **posix_environment(const char *function, Object *env, Object **keep);

extern BuiltinDef posix_functions[], posix_transfer_functions[], posix_filesystem_functions[];
extern BuiltinDef posix_sched_functions[], posix_spawn_functions[];
int posix_filesystem_init(Object *module);
int posix_sched_init(Object *module);
int posix_spawn_init(Object *module);
int posix_stat_init(Object *module);
Object *posix_scandir(Object *module, Object *path);
Object *posix_stat(Object *module, Object *path, Object *dir_fd, Object *follow);
Object *posix_lstat(Object *module, Object *path, Object *dir_fd);
Object *posix_fstat(Object *module, Object *fd);
Object *posix_fspath(Object *module, Object *path);

// identity.c
Object *posix_getresuid(Object *module);
Object *posix_getresgid(Object *module);
Object *posix_setsid(Object *module);
Object *posix_getsid(Object *module, Object *pid);
Object *posix_getpgid(Object *module, Object *pid);
Object *posix_setpgid(Object *module, Object *pid, Object *pgrp);
Object *posix_tcgetpgrp(Object *module, Object *fd);
Object *posix_tcsetpgrp(Object *module, Object *fd, Object *pgid);
Object *posix_killpg(Object *module, Object *pgid, Object *signal);
Object *posix_nice(Object *module, Object *increment);
Object *posix_getpriority(Object *module, Object *which, Object *who);
Object *posix_setpriority(Object *module, Object *which, Object *who, Object *priority);
Object *posix_sched_get_priority_max(Object *module, Object *policy);
Object *posix_sched_get_priority_min(Object *module, Object *policy);
Object *posix_getloadavg(Object *module);
