// pwd: the password database.
#include <errno.h>
#include <pwd.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/struct_sequence.h"
#include "objects/type.h"

static Object *passwd_type;
static Mutex database;  // getpwent keeps one position for the process

static const StructField fields[] = {
    { "pw_name", "user name" },      { "pw_passwd", "password" },
    { "pw_uid", "user id" },         { "pw_gid", "group id" },
    { "pw_gecos", "real name" },     { "pw_dir", "home directory" },
    { "pw_shell", "shell program" }, { NULL, NULL },
};
static const StructSpec spec = { "pwd.struct_passwd", NULL, fields, 7 };

static Object *entry(const struct passwd *p) {
    Object *values[7] = { struct_sequence_text(p->pw_name),  struct_sequence_text(p->pw_passwd),
                          int_from_i64(p->pw_uid),           int_from_i64(p->pw_gid),
                          struct_sequence_text(p->pw_gecos), struct_sequence_text(p->pw_dir),
                          struct_sequence_text(p->pw_shell) };
    return struct_sequence_of((Type *)passwd_type, values, 7);
}

static Object *pwd_getpwuid(Object *m, Object *o) {
    int overflow;
    char room[16384];
    struct passwd p, *found = NULL;
    Object *index = number_index(o);
    if (!index) {
        return NULL;
    }
    int64_t uid = int_as_i64(index, &overflow);
    if (!overflow && uid >= -1 && uid <= UINT32_MAX) {
        getpwuid_r((uid_t)uid, &p, room, sizeof(room), &found);
    }
    return found ? entry(found) : raise_error(&exc_KeyError, "getpwuid(): uid not found: %S", index);
}

static Object *pwd_getpwnam(Object *m, Object *name) {
    char room[16384];
    struct passwd p, *found = NULL;
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "getpwnam() argument must be str, not %K", name);
    }
    Object *bytes = path_to_bytes(name);
    if (!bytes) {
        return NULL;
    }
    Object *result = NULL;
    const char *bytes_text = str_utf8(name, NULL);
    if (bytes_text) {
        getpwnam_r(bytes_text, &p, room, sizeof(room), &found);
        result = found ? entry(found) : raise_error(&exc_KeyError, "getpwnam(): name not found: %R", name);
    }
    return result;
}

static Object *pwd_getpwall(Object *m) {
    Object *list = list_new(0);
    mutex_lock(&database);
    setpwent();
    for (struct passwd *p; list && (p = getpwent());) {
        Object *e = entry(p);
        if (!e || list_append(list, e) < 0) {
            list = NULL;
        }
    }
    endpwent();
    mutex_unlock(&database);
    return list;
}

static BuiltinDef functions[] = {
    BUILTIN("getpwuid", pwd_getpwuid, "($module, uidobj, /)", 0, NULL),
    BUILTIN("getpwnam", pwd_getpwnam, "($module, name, /)", 0, NULL),
    BUILTIN("getpwall", pwd_getpwall, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int pwd_exec(Object *module) {
    if (!passwd_type) {
        heap_add_root(&passwd_type, 1);
        passwd_type = (Object *)struct_sequence_type_new(&spec);
    }
    return module_add(module, "struct_passwd", passwd_type);
}

const ModuleSpec module_pwd = { "pwd", NULL, functions, pwd_exec };
