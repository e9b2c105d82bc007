// What the files of `posix` share.
#pragma once

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

extern BuiltinDef posix_functions[];
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
