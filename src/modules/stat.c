// _stat: file modes.
#include <sys/stat.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str.h"

static const struct {
    const char *name;
    int64_t value;
} table[] = {
    { "SF_APPEND", 0x40000 },    { "SF_ARCHIVED", 0x10000 },  { "SF_IMMUTABLE", 0x20000 },
    { "SF_NOUNLINK", 0x100000 }, { "SF_SNAPSHOT", 0x200000 }, { "ST_ATIME", 0x7 },
    { "ST_CTIME", 0x9 },         { "ST_DEV", 0x2 },           { "ST_GID", 0x5 },
    { "ST_INO", 0x1 },           { "ST_MODE", 0x0 },          { "ST_MTIME", 0x8 },
    { "ST_NLINK", 0x3 },         { "ST_SIZE", 0x6 },          { "ST_UID", 0x4 },
    { "S_ENFMT", 0x400 },        { "S_IEXEC", 0x40 },         { "S_IFBLK", 0x6000 },
    { "S_IFCHR", 0x2000 },       { "S_IFDIR", 0x4000 },       { "S_IFDOOR", 0x0 },
    { "S_IFIFO", 0x1000 },       { "S_IFLNK", 0xa000 },       { "S_IFPORT", 0x0 },
    { "S_IFREG", 0x8000 },       { "S_IFSOCK", 0xc000 },      { "S_IFWHT", 0x0 },
    { "S_IREAD", 0x100 },        { "S_IRGRP", 0x20 },         { "S_IROTH", 0x4 },
    { "S_IRUSR", 0x100 },        { "S_IRWXG", 0x38 },         { "S_IRWXO", 0x7 },
    { "S_IRWXU", 0x1c0 },        { "S_ISGID", 0x400 },        { "S_ISUID", 0x800 },
    { "S_ISVTX", 0x200 },        { "S_IWGRP", 0x10 },         { "S_IWOTH", 0x2 },
    { "S_IWRITE", 0x80 },        { "S_IWUSR", 0x80 },         { "S_IXGRP", 0x8 },
    { "S_IXOTH", 0x1 },          { "S_IXUSR", 0x40 },         { "UF_APPEND", 0x4 },
    { "UF_COMPRESSED", 0x20 },   { "UF_HIDDEN", 0x8000 },     { "UF_IMMUTABLE", 0x2 },
    { "UF_NODUMP", 0x1 },        { "UF_NOUNLINK", 0x10 },     { "UF_OPAQUE", 0x8 },
};

static int mode_of(Object *o, mode_t *mode) {
    if (!int_check(o)) {
        raise_error(&exc_TypeError, "an integer is required");
        return -1;
    }
    uint64_t value = int_to_u64(o);
    if (error_occurred()) {
        return -1;
    }
    if (value != (mode_t)value) {
        raise_error(&exc_OverflowError, "mode out of range");
        return -1;
    }
    *mode = (mode_t)value;
    return 0;
}

#define PREDICATE(name, test) \
    static Object *name(Object *module, Object *o) { \
        mode_t mode; \
        return mode_of(o, &mode) < 0 ? NULL : bool_from(test); \
    }
PREDICATE(is_dir, S_ISDIR(mode))
PREDICATE(is_chr, S_ISCHR(mode))
PREDICATE(is_blk, S_ISBLK(mode))
PREDICATE(is_reg, S_ISREG(mode))
PREDICATE(is_fifo, S_ISFIFO(mode))
PREDICATE(is_lnk, S_ISLNK(mode))
PREDICATE(is_sock, S_ISSOCK(mode))
PREDICATE(is_door, false)
PREDICATE(is_port, false)
PREDICATE(is_wht, false)

static Object *s_imode(Object *module, Object *o) {
    mode_t mode;
    return mode_of(o, &mode) < 0 ? NULL : int_from_i64(mode & 07777);
}

static Object *s_ifmt(Object *module, Object *o) {
    mode_t mode;
    return mode_of(o, &mode) < 0 ? NULL : int_from_i64(mode & S_IFMT);
}

static Object *filemode(Object *module, Object *o) {
    mode_t m;
    if (mode_of(o, &m) < 0) {
        return NULL;
    }
    char text[11] = "----------";
    text[0] = S_ISREG(m)    ? '-'
              : S_ISDIR(m)  ? 'd'
              : S_ISLNK(m)  ? 'l'
              : S_ISBLK(m)  ? 'b'
              : S_ISCHR(m)  ? 'c'
              : S_ISFIFO(m) ? 'p'
              : S_ISSOCK(m) ? 's'
                            : '?';
    for (int i = 0; i < 9; i++) {
        if (m >> (8 - i) & 1) {
            text[1 + i] = "rwx"[i % 3];
        }
    }
    if (m & S_ISUID) {
        text[3] = m & S_IXUSR ? 's' : 'S';
    }
    if (m & S_ISGID) {
        text[6] = m & S_IXGRP ? 's' : 'S';
    }
    if (m & S_ISVTX) {
        text[9] = m & S_IXOTH ? 't' : 'T';
    }
    return str_from_cstring(text);
}

static int stat_exec(Object *module) {
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (module_add_int(module, table[i].name, table[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

static BuiltinDef functions[] = {
    BUILTIN("S_ISDIR", is_dir, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISCHR", is_chr, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISBLK", is_blk, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISREG", is_reg, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISFIFO", is_fifo, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISLNK", is_lnk, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISSOCK", is_sock, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISDOOR", is_door, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISPORT", is_port, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_ISWHT", is_wht, "-($module, mode, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("S_IMODE", s_imode, "-($module, mode, /)", 0, NULL),
    BUILTIN("S_IFMT", s_ifmt, "-($module, mode, /)", 0, NULL),
    BUILTIN("filemode", filemode, "-($module, mode, /)", 0, NULL),
    BUILTIN_END,
};
const ModuleSpec module_stat = { "_stat", NULL, functions, stat_exec };
