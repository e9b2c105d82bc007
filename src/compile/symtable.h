// The symbol table: for each block of code (module, class, function, comprehension) what its names are.
//
// Built in two passes: the first walks the AST and notes how each name is used; the second decides for
// each name of each block whether it is local, a cell, free, or global (the language reference,
// "Naming and binding"). All of it lives in the compilation's arena.
#pragma once

#include "objects/object.h"
#include "syntax/syntax.h"

typedef enum ScopeKind { SCOPE_FUNCTION, SCOPE_CLASS, SCOPE_MODULE, SCOPE_ANNOTATION } ScopeKind;

enum {  // flags of a symbol; `_symtable` shows them
    DEF_GLOBAL = 1,
    DEF_LOCAL = 2,
    DEF_PARAM = 4,
    DEF_NONLOCAL = 8,
    DEF_USE = 0x10,
    DEF_FREE = 0x20,
    DEF_FREE_CLASS = 0x40,
    DEF_IMPORT = 0x80,
    DEF_ANNOT = 0x100,
    DEF_COMP_ITER = 0x200,
    DEF_BOUND = DEF_LOCAL | DEF_PARAM | DEF_IMPORT,
    SYMBOL_SCOPE_SHIFT = 11,
    SYMBOL_SCOPE_MASK = 15,
};
typedef enum SymbolScope {  // bits 11 and up of a symbol
    SYMBOL_LOCAL = 1,
    SYMBOL_GLOBAL_EXPLICIT,
    SYMBOL_GLOBAL_IMPLICIT,
    SYMBOL_FREE,
    SYMBOL_CELL,
} SymbolScope;
typedef enum ComprehensionKind {
    NOT_COMPREHENSION,
    LIST_COMPREHENSION,
    DICT_COMPREHENSION,
    SET_COMPREHENSION,
    GENERATOR_EXPRESSION
} ComprehensionKind;

typedef struct Scope {
    ScopeKind kind;
    ComprehensionKind comprehension;
    Object *name;
    Object *symbols;        // dict: mangled name → flags
    Object *varnames;       // list of parameter names
    const void *node;       // the AST node that the block belongs to
    struct Scope *parent, *first_child, *last_child, *next;
    Object *class_name;     // for mangling, or NULL
    bool nested, generator, coroutine, has_free, child_free, varargs, varkeywords, returns_value;
    bool needs_class_closure, iterating_target, in_iterable;
    int line, column, end_line, end_column;
    struct Directive *directives;
} Scope;

// NULL with SyntaxError, RecursionError or MemoryError.
Scope *symtable_build(struct Mod *mod, Object *filename, int future_flags, Arena *arena);
// The scope that `node` opens in `parent`; NULL when there is none.
Scope *symtable_find(Scope *parent, const void *node);
// A symbol's flags (0: not there), and what they say of its scope.
int64_t symbol_flags(const Scope *scope, Object *mangled);
static inline SymbolScope symbol_scope(int64_t flags) {
    return (SymbolScope)((flags >> SYMBOL_SCOPE_SHIFT) & SYMBOL_SCOPE_MASK);
}
// __name inside of class C becomes _C__name. `class_name` may be NULL.
Object *mangle_name(Object *class_name, Object *name, Arena *arena);
