// `_symtable`: the compiler's symbol table as objects, for the `symtable` module.
#include "compile/symtable.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/type.h"
#include "modules/builtins.h"

typedef struct Entry {
    Object base;
    Object *id, *name, *symbols, *varnames, *children;
    int nested, type, line;
} Entry;

static void entry_trace(Object *self, Tracer *tracer) {
    Entry *entry = (Entry *)self;
    trace_range(tracer, (void *const *)&entry->id, 5);
}

static Object *entry_repr(Object *self) {
    Entry *entry = (Entry *)self;
    return str_format("<symtable entry %U(%S), line %d>", entry->name, entry->id, entry->line);
}

static MemberDef entry_members[] = {
    { "id", MEMBER_OBJECT, offsetof(Entry, id), MEMBER_READONLY, NULL },
    { "name", MEMBER_OBJECT, offsetof(Entry, name), MEMBER_READONLY, NULL },
    { "symbols", MEMBER_OBJECT, offsetof(Entry, symbols), MEMBER_READONLY, NULL },
    { "varnames", MEMBER_OBJECT, offsetof(Entry, varnames), MEMBER_READONLY, NULL },
    { "children", MEMBER_OBJECT, offsetof(Entry, children), MEMBER_READONLY, NULL },
    { "nested", MEMBER_INT, offsetof(Entry, nested), MEMBER_READONLY, NULL },
    { "type", MEMBER_INT, offsetof(Entry, type), MEMBER_READONLY, NULL },
    { "lineno", MEMBER_INT, offsetof(Entry, line), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

static Type entry_type;
static const TypeSpec entry_spec = {
    .name = "symtable entry",
    .basic_size = sizeof(Entry),
    .members = entry_members,
    .trace = entry_trace,
    .slots = { .repr = entry_repr },
};

static Object *entry_new(const Scope *scope) {
    if (recursion_enter(" during compilation") < 0) {
        return NULL;
    }
    Entry *entry = (Entry *)object_alloc(&entry_type);
    Object *children = list_new(0), *id = int_from_u64((uintptr_t)scope);
    for (const Scope *child = scope->first_child; entry && children && child; child = child->next) {
        Object *child_entry = entry_new(child);
        if (!child_entry || list_append(children, child_entry) < 0) {
            children = NULL;
        }
    }
    recursion_leave();
    if (!entry || !children || !id) {
        return NULL;
    }
    gc_store(entry, &entry->id, id);
    gc_store(entry, &entry->name, scope->name);
    gc_store(entry, &entry->symbols, scope->symbols);
    gc_store(entry, &entry->varnames, scope->varnames);
    gc_store(entry, &entry->children, children);
    entry->nested = scope->nested;
    entry->type = (int)scope->kind;
    entry->line = scope->line;
    return (Object *)entry;
}

static Object *symtable_symtable(Object *module, Object *source, Object *filename, Object *start) {
    ssize_t length;
    const char *text;
    int flags = 0;
    if (str_check(source)) {
        text = str_utf8(source, &length);
        flags = PARSE_IGNORE_COOKIE;
    } else if (bytes_check(source)) {
        text = bytes_data(source);
        length = bytes_length(source);
    } else {
        return raise_error(&exc_TypeError, "symtable() arg 1 must be a string or bytes object");
    }
    if (!text) {
        return NULL;
    }
    if (memchr(text, 0, (size_t)length)) {
        return raise_error(&exc_ValueError, "source code string cannot contain null bytes");
    }
    filename = filename_argument(filename);
    if (!filename) {
        return NULL;
    }
    if (!str_check(start)) {
        return raise_error(&exc_TypeError, "symtable() argument 3 must be str, not %.50s", start->type->name);
    }
    ParseMode mode;
    if (str_equal_cstring(start, "exec")) {
        mode = PARSE_FILE;
    } else if (str_equal_cstring(start, "eval")) {
        mode = PARSE_EVAL;
    } else if (str_equal_cstring(start, "single")) {
        mode = PARSE_SINGLE;
    } else {
        return raise_error(&exc_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    }
    Arena *arena = arena_new();
    if (!arena) {
        return NULL;
    }
    struct Mod *mod = parse_source(text, (size_t)length, filename, mode, flags, 11, arena);
    Scope *scope = mod ? symtable_build(mod, filename, 0, arena) : NULL;
    Object *result = scope ? entry_new(scope) : NULL;
    arena_free(arena);
    return result;
}

static BuiltinDef functions[] = {
    BUILTIN("symtable", symtable_symtable, "($module, source, filename, startstr, /)", 0, NULL),
    BUILTIN_END,
};

static int symtable_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        { "USE", DEF_USE },
        { "DEF_GLOBAL", DEF_GLOBAL },
        { "DEF_NONLOCAL", DEF_NONLOCAL },
        { "DEF_LOCAL", DEF_LOCAL },
        { "DEF_PARAM", DEF_PARAM },
        { "DEF_FREE", DEF_FREE },
        { "DEF_FREE_CLASS", DEF_FREE_CLASS },
        { "DEF_IMPORT", DEF_IMPORT },
        { "DEF_BOUND", DEF_BOUND },
        { "DEF_ANNOT", DEF_ANNOT },
        { "TYPE_FUNCTION", SCOPE_FUNCTION },
        { "TYPE_CLASS", SCOPE_CLASS },
        { "TYPE_MODULE", SCOPE_MODULE },
        { "LOCAL", SYMBOL_LOCAL },
        { "GLOBAL_EXPLICIT", SYMBOL_GLOBAL_EXPLICIT },
        { "GLOBAL_IMPLICIT", SYMBOL_GLOBAL_IMPLICIT },
        { "FREE", SYMBOL_FREE },
        { "CELL", SYMBOL_CELL },
        { "SCOPE_OFF", SYMBOL_SCOPE_SHIFT },
        { "SCOPE_MASK", SYMBOL_SCOPE_MASK },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    return type_ready(&entry_type, &entry_spec);
}

const ModuleSpec module_symtable = { "_symtable", NULL, functions, symtable_exec };
