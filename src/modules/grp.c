// grp: the group database.
#include <errno.h>
#include <grp.h>

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

static Object *group_type;
static Mutex database;  // getgrent keeps one position for the process

static const StructField fields[] = {
    { "gr_name", "group name" },
    { "gr_passwd", "password" },
    { "gr_gid", "group id" },
    { "gr_mem", "group members" },
    { NULL, NULL },
};
static const StructSpec spec = { "grp.struct_group", NULL, fields, 4 };

static Object *entry(const struct group *g) {
    Object *members = list_new(0);
    for (char **member = g->gr_mem; members && *member; member++) {
        Object *name = struct_sequence_text(*member);
        if (!name || list_append(members, name) < 0) {
            return NULL;
        }
    }
    Object *values[4] = { struct_sequence_text(g->gr_name), struct_sequence_text(g->gr_passwd),
                          int_from_i64(g->gr_gid), members };
    return struct_sequence_of((Type *)group_type, values, 4);
}

// The buffer for the members grows until they fit.
static Object *look_up(int (*get)(const void *key, struct group *g, char *room, size_t size,
                                  struct group **found),
                       const void *key, bool *absent) {
    for (size_t size = 4096; size <= (size_t)1 << 24; size *= 4) {
        char *room = malloc(size);
        struct group g, *found = NULL;
        if (!room) {
            return raise_memory_error();
        }
        int error = get(key, &g, room, size, &found);
        if (error == ERANGE) {
            free(room);
            continue;
        }
        Object *result = found ? entry(&g) : NULL;
        free(room);
        *absent = !found;
        return result;
    }
    return raise_memory_error();
}

static int by_id(const void *key, struct group *g, char *room, size_t size, struct group **found) {
    return getgrgid_r(*(const gid_t *)key, g, room, size, found);
}

static int by_name(const void *key, struct group *g, char *room, size_t size, struct group **found) {
    return getgrnam_r(key, g, room, size, found);
}

static Object *grp_getgrgid(Object *module, Object *id) {
    (void)module;
    Object *index = number_index(id);
    if (!index) {
        return NULL;
    }
    int overflow;
    int64_t value = int_as_i64(index, &overflow);
    bool absent = true;
    gid_t gid = (gid_t)value;
    Object *result = overflow || value < -1 || value > UINT32_MAX ? NULL : look_up(by_id, &gid, &absent);
    return !absent || error_occurred() ? result
                                       : raise_error(&exc_KeyError, "getgrgid(): gid not found: %S", index);
}

static Object *grp_getgrnam(Object *module, Object *name) {
    (void)module;
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "getgrnam() argument must be str, not %K", name);
    }
    Object *bytes = path_to_bytes(name);
    bool absent = true;
    Object *result = bytes ? look_up(by_name, bytes_data(bytes), &absent) : NULL;
    return !absent || error_occurred() ? result
                                       : raise_error(&exc_KeyError, "getgrnam(): name not found: %R", name);
}

static Object *grp_getgrall(Object *module) {
    (void)module;
    Object *list = list_new(0);
    struct group *g;
    mutex_lock(&database);
    setgrent();
    while (list && (g = getgrent())) {
        Object *item = entry(g);
        if (!item || list_append(list, item) < 0) {
            list = NULL;
        }
    }
    endgrent();
    mutex_unlock(&database);
    return list;
}

static BuiltinDef functions[] = {
    BUILTIN("getgrgid", grp_getgrgid, "($module, /, id)", 0, NULL),
    BUILTIN("getgrnam", grp_getgrnam, "($module, /, name)", 0, NULL),
    BUILTIN("getgrall", grp_getgrall, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int grp_exec(Object *module) {
    if (!group_type) {
        heap_add_root(&group_type, 1);
        group_type = (Object *)struct_sequence_type_new(&spec);
    }
    return module_add(module, "struct_group", group_type);
}

const ModuleSpec module_grp = { "grp", NULL, functions, grp_exec };
