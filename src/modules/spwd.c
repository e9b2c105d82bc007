// spwd: the shadow password database.
#include <errno.h>
#include <shadow.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/struct_sequence.h"
#include "objects/type.h"

static Object *entry_type;
static Mutex database;  // getspent keeps one position for the process

enum { VISIBLE = 9, ALL = 11 };
static const StructField fields[] = {
    { "sp_namp", "login name" },
    { "sp_pwdp", "encrypted password" },
    { "sp_lstchg", "date of last change" },
    { "sp_min", "min #days between changes" },
    { "sp_max", "max #days between changes" },
    { "sp_warn", "#days before pw expires to warn user about it" },
    { "sp_inact", "#days after pw expires until account is disabled" },
    { "sp_expire", "#days since 1970-01-01 when account expires" },
    { "sp_flag", "reserved" },
    { "sp_nam", "login name; deprecated" },
    { "sp_pwd", "encrypted password; deprecated" },
    { NULL, NULL },
};
static const StructSpec spec = { "spwd.struct_spwd", NULL, fields, VISIBLE };

static Object *entry(const struct spwd *s) {
    Object *name = struct_sequence_text(s->sp_namp), *password = struct_sequence_text(s->sp_pwdp);
    Object *values[ALL] = {
        name,
        password,
        int_from_i64(s->sp_lstchg),
        int_from_i64(s->sp_min),
        int_from_i64(s->sp_max),
        int_from_i64(s->sp_warn),
        int_from_i64(s->sp_inact),
        int_from_i64(s->sp_expire),
        int_from_i64((int64_t)s->sp_flag),
        name,
        password,
    };
    return struct_sequence_of((Type *)entry_type, values, ALL);
}

static Object *spwd_getspnam(Object *module, Object *name) {
    (void)module;
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "getspnam() argument must be str, not %K", name);
    }
    Object *bytes = path_to_bytes(name);
    if (!bytes) {
        return NULL;
    }
    for (size_t size = 4096; size <= (size_t)1 << 24; size *= 4) {
        char *room = malloc(size);
        if (!room) {
            return raise_memory_error();
        }
        struct spwd s, *found = NULL;
        int error = getspnam_r(bytes_data(bytes), &s, room, size, &found);
        Object *result = found ? entry(&s) : NULL;
        free(room);
        if (error == ERANGE) {
            continue;
        }
        if (found) {
            return result;
        }
        return error == EACCES || error == EPERM ? raise_os_error(error, NULL, NULL)
                                                 : raise_error(&exc_KeyError, "getspnam(): name not found");
    }
    return raise_memory_error();
}

static Object *spwd_getspall(Object *module) {
    (void)module;
    Object *list = list_new(0);
    struct spwd *s;
    mutex_lock(&database);
    setspent();
    while (list && (s = getspent())) {
        Object *item = entry(s);
        if (!item || list_append(list, item) < 0) {
            list = NULL;
        }
    }
    endspent();
    mutex_unlock(&database);
    return list;
}

static BuiltinDef functions[] = {
    BUILTIN("getspnam", spwd_getspnam, "($module, arg, /)", 0, NULL),
    BUILTIN("getspall", spwd_getspall, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int spwd_exec(Object *module) {
    if (warn(&exc_DeprecationWarning, 7, "'spwd' is deprecated and slated for removal in Python 3.13") < 0) {
        return -1;
    }
    if (!entry_type) {
        heap_add_root(&entry_type, 1);
        entry_type = (Object *)struct_sequence_type_new(&spec);
    }
    return entry_type ? module_add(module, "struct_spwd", entry_type) : -1;
}

const ModuleSpec module_spwd = { "spwd", NULL, functions, spwd_exec };
