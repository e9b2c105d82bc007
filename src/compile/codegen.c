// Generating code: scopes, names, and the statements that are neither functions and classes
// (codegen_function.c) nor control flow (codegen_flow.c). What belongs to which node is the language reference's;
// the order of instructions is CPython 3.11's, so that the bytes are the same.
#include "compile/codegen.h"

#include "compile/depth.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "compile/fold.h"

// ---- emitting

Block *new_block(Generator *g) {
    return block_new(&g->current->unit);
}

void use_block(Generator *g, Block *block) {
    g->current->block->next = block;
    g->current->block = block;
}

static int emit_at(Generator *g, int opcode, int argument, Block *target, Location where) {
    Scoped *s = g->current;
    if (s->block->count) {
        int last = s->block->instructions[s->block->count - 1].opcode;
        if (opcode_is_jump(last) || block_ends(s->block)) {
            Block *next = new_block(g);
            if (!next) {
                return -1;
            }
            use_block(g, next);
        }
    }
    return block_add(&s->unit, s->block, opcode, argument, target, where);
}

int emit(Generator *g, int opcode) {
    return emit_at(g, opcode, 0, NULL, g->current->where);
}

int emit_no_line(Generator *g, int opcode) {
    return emit_at(g, opcode, 0, NULL, NO_LOCATION);
}

int emit_arg(Generator *g, int opcode, int argument) {
    return emit_at(g, opcode, argument, NULL, g->current->where);
}

int emit_jump(Generator *g, int opcode, Block *target) {
    return target ? emit_at(g, opcode, 0, target, g->current->where) : -1;
}

int emit_jump_no_line(Generator *g, int opcode, Block *target) {
    return target ? emit_at(g, opcode, 0, target, NO_LOCATION) : -1;
}

int emit_constant(Generator *g, Object *value) {
    int number = value ? unit_add_constant(&g->current->unit, value) : -1;
    return number < 0 ? -1 : emit_arg(g, LOAD_CONST, number);
}

// The number of a name in one of the unit's dicts; new names get the next one.
Object *name_number(Generator *g, Object *dict, Object *name) {
    Object *number = dict_get_str(dict, name);
    if (!number) {
        number = int_from_i64(dict_size(dict));
        if (!number || dict_set(dict, name, number) < 0) {
            return NULL;
        }
    }
    return number;
}

static int emit_numbered(Generator *g, int opcode, Object *dict, Object *name) {
    Object *number = name_number(g, dict, name);
    int overflow;
    return number ? emit_arg(g, opcode, (int)int_as_i64(number, &overflow)) : -1;
}

int emit_name(Generator *g, int opcode, Object *name) {
    Object *mangled = mangle_name(g->current->class_name, name, g->arena);
    return mangled ? emit_numbered(g, opcode, g->current->unit.names, mangled) : -1;
}

int emit_yield_from(Generator *g, bool await) {
    Block *start = new_block(g), *resume = new_block(g), *exit = new_block(g);
    if (!start || !resume || !exit) {
        return -1;
    }
    use_block(g, start);
    if (emit_jump(g, SEND, exit) < 0) {
        return -1;
    }
    use_block(g, resume);
    if (emit(g, YIELD_VALUE) < 0 || emit_arg(g, RESUME, await ? 3 : 2) < 0 ||
        emit_jump(g, JUMP_NO_INTERRUPT, start) < 0) {
        return -1;
    }
    use_block(g, exit);
    return 0;
}

int emit_await(Generator *g, int argument) {
    return emit_arg(g, GET_AWAITABLE, argument) < 0 || emit_constant(g, (Object *)NONE) < 0
               ? -1
               : emit_yield_from(g, true);
}

int emit_yield(Generator *g) {
    const Scope *scope = g->current->scope;
    if (scope->generator && scope->coroutine && emit(g, ASYNC_GEN_WRAP) < 0) {
        return -1;
    }
    return emit(g, YIELD_VALUE) < 0 ? -1 : emit_arg(g, RESUME, 1);
}

// ---- errors

int compile_error(Generator *g, const char *format, Object *argument) {
    Location where = g->current->where;
    Object *message = argument ? str_format(format, argument) : str_from_cstring(format);
    if (message) {
        raise_syntax_error(&exc_SyntaxError, message, g->filename, where.line, where.column + 1,
                           where.end_line, where.end_column + 1,
                           source_line_from_file(g->filename, where.line, NULL));
    }
    return -1;
}

int compile_warn(Generator *g, const char *format, const char *a, const char *b) {
    Object *message = str_format(format, a, b);
    if (!message) {
        return -1;
    }
    if (warn_explicit(&exc_SyntaxWarning, message, g->filename, g->current->where.line, NULL, NULL) < 0) {
        if (error_clear_if(&exc_SyntaxWarning)) {
            // A filter made it an error: it gets the position of one.
            return compile_error(g, "%U", message);
        }
        return -1;
    }
    return 0;
}

int check_name(Generator *g, Object *name, ExprContext context) {
    if (context == CTX_Load || !str_equal_cstring(name, "__debug__")) {
        return 0;
    }
    return compile_error(g, context == CTX_Store ? "cannot assign to __debug__" : "cannot delete __debug__",
                         NULL);
}

// ---- scopes

bool in_function(const Generator *g) {
    return g->current->scope->kind == SCOPE_FUNCTION;
}

bool top_level_await(const Generator *g) {
    return (g->flags & PARSE_TOP_LEVEL_AWAIT) && g->current->kind == IN_MODULE;
}

int check_async(Generator *g, const char *message) {
    if (top_level_await(g)) {
        g->current->scope->coroutine = true;
        return 0;
    }
    return g->current->kind == IN_ASYNC_FUNCTION ? 0 : compile_error(g, message, NULL);
}

// The names of a scope that have this scope or this flag, sorted, numbered from `first` on.
static int number_symbols(Generator *g, Object *numbers, const Scope *scope, SymbolScope which, int64_t flag,
                          ssize_t first) {
    Object *found = list_new(0), *name, *value;
    if (!found) {
        return -1;
    }
    ssize_t position = 0;
    hash_t hash;
    while (dict_next(scope->symbols, &position, &name, &value, &hash)) {
        int overflow;
        int64_t flags = int_as_i64(value, &overflow);
        if ((symbol_scope(flags) == which || (flags & flag)) && list_append(found, name) < 0) {
            return -1;
        }
    }
    if (list_sort(found, NULL, false) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(found); i++) {
        Object *number = int_from_i64(first + i);
        if (!number || dict_set(numbers, list_read(found, i), number) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *kept_dict(Generator *g) {
    Object *dict = dict_new();
    return dict && arena_keep(g->arena, dict) == 0 ? dict : NULL;
}

static Object *qualified_name(Generator *g, Scoped *scoped) {
    Scoped *parent = scoped->parent;
    if (!parent || parent->kind == IN_MODULE) {
        return scoped->unit.name;
    }
    bool function_like = scoped->kind == IN_FUNCTION || scoped->kind == IN_ASYNC_FUNCTION;
    if (function_like || scoped->kind == IN_CLASS) {
        Object *mangled = mangle_name(parent->class_name, scoped->unit.name, g->arena);
        if (!mangled) {
            return NULL;
        }
        if (symbol_scope(symbol_flags(parent->scope, mangled)) == SYMBOL_GLOBAL_EXPLICIT) {
            return scoped->unit.name;
        }
    }
    bool locals = parent->kind == IN_FUNCTION || parent->kind == IN_ASYNC_FUNCTION ||
                  parent->kind == IN_LAMBDA;
    Object *name = str_format(locals ? "%U.<locals>.%U" : "%U.%U", parent->unit.qualname, scoped->unit.name);
    return name && arena_keep(g->arena, name) == 0 ? name : NULL;
}

int scoped_enter(Generator *g, Scoped *scoped, Object *name, ScopedKind kind, const void *node, int line) {
    Scoped *parent = g->current;
    *scoped = (Scoped){ .kind = kind,
                        .parent = parent,
                        .class_name = parent ? parent->class_name : NULL,
                        .scope = parent ? symtable_find(parent->scope, node) : g->top,
                        .where = { line, line, 0, 0 } };
    Unit *unit = &scoped->unit;
    Scope *scope = scoped->scope;
    *unit = (Unit){
        .arena = g->arena, .name = name, .filename = g->filename, .firstlineno = line, .merged = g->merged
    };
    unit->constants = list_new(0);
    if (!scope) {
        raise_error(&exc_SystemError, "the symbol table lacks a block");
        return -1;
    }
    if (!unit->constants || arena_keep(g->arena, unit->constants) < 0 ||
        !(unit->constant_index = kept_dict(g)) || !(unit->names = kept_dict(g)) ||
        !(unit->varnames = kept_dict(g)) || !(unit->cellvars = kept_dict(g)) ||
        !(unit->freevars = kept_dict(g))) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(scope->varnames); i++) {
        if (!name_number(g, unit->varnames, list_read(scope->varnames, i))) {
            return -1;
        }
    }
    if (number_symbols(g, unit->cellvars, scope, SYMBOL_CELL, 0, 0) < 0 ||
        (scope->needs_class_closure && !name_number(g, unit->cellvars, names.__class__)) ||
        number_symbols(g, unit->freevars, scope, SYMBOL_FREE, DEF_FREE_CLASS, dict_size(unit->cellvars)) <
            0) {
        return -1;
    }
    unit->qualname = qualified_name(g, scoped);
    unit->entry = scoped->block = block_new(unit);
    if (!unit->qualname || !unit->entry) {
        return -1;
    }
    if (kind == IN_CLASS) {
        scoped->class_name = name;
    }
    g->current = scoped;
    g->depth++;
    if (kind == IN_MODULE) {
        scoped->where = (Location){ 0, 1, 0, 0 };
    }
    int status = emit_arg(g, RESUME, 0);
    if (kind == IN_MODULE) {
        scoped->where = NO_LOCATION;
    }
    return status;
}

static int code_flags(Generator *g, const Scoped *scoped) {
    const Scope *scope = scoped->scope;
    int flags = g->flags & (CO_FUTURE_DIVISION | CO_FUTURE_ABSOLUTE_IMPORT | CO_FUTURE_WITH_STATEMENT |
                            CO_FUTURE_PRINT_FUNCTION | CO_FUTURE_UNICODE_LITERALS | CO_FUTURE_BARRY_AS_BDFL |
                            CO_FUTURE_GENERATOR_STOP | CO_FUTURE_ANNOTATIONS);
    if (scope->kind == SCOPE_FUNCTION) {
        flags |= CO_NEWLOCALS | CO_OPTIMIZED | (scope->nested ? CO_NESTED : 0) |
                 (scope->varargs ? CO_VARARGS : 0) | (scope->varkeywords ? CO_VARKEYWORDS : 0);
        flags |= scope->generator   ? scope->coroutine ? CO_ASYNC_GENERATOR : CO_GENERATOR
                 : scope->coroutine ? CO_COROUTINE
                                    : 0;
    }
    if (scoped->kind == IN_MODULE && (g->flags & PARSE_TOP_LEVEL_AWAIT) && scope->coroutine) {
        flags |= CO_COROUTINE;
    }
    return flags;
}

Object *scoped_leave(Generator *g, bool return_none) {
    Scoped *scoped = g->current;
    Block *last = scoped->block;
    Object *code = NULL;
    if (!last->count || last->instructions[last->count - 1].opcode != RETURN_VALUE) {
        set_location(g, NO_LOCATION);
        if ((return_none && emit_constant(g, (Object *)NONE) < 0) || emit(g, RETURN_VALUE) < 0) {
            return NULL;
        }
    }
    scoped->unit.flags = code_flags(g, scoped);
    code = unit_assemble(&scoped->unit);
    g->current = scoped->parent;
    g->depth--;
    return code;
}

int push_frame_block(Generator *g, FrameBlock block) {
    Scoped *s = g->current;
    if (s->frame_block_count >= MOST_FRAME_BLOCKS) {
        return compile_error(g, "too many statically nested blocks", NULL);
    }
    s->frame_blocks[s->frame_block_count++] = block;
    return 0;
}

void pop_frame_block(Generator *g) {
    g->current->frame_block_count--;
}

// ---- names

int generate_name(Generator *g, Object *name, ExprContext context) {
    Scoped *s = g->current;
    Object *mangled = check_name(g, name, context) < 0 ? NULL : mangle_name(s->class_name, name, g->arena);
    if (!mangled) {
        return -1;
    }
    static const int opcodes[4][3] = {
        { LOAD_FAST, STORE_FAST, DELETE_FAST },
        { LOAD_DEREF, STORE_DEREF, DELETE_DEREF },
        { LOAD_GLOBAL, STORE_GLOBAL, DELETE_GLOBAL },
        { LOAD_NAME, STORE_NAME, DELETE_NAME },
    };
    enum { FAST, DEREF, GLOBAL, NAME } how = NAME;
    Object *dict = s->unit.names;
    bool function = in_function(g);
    switch (symbol_scope(symbol_flags(s->scope, mangled))) {
    case SYMBOL_FREE:
        how = DEREF;
        dict = s->unit.freevars;
        break;
    case SYMBOL_CELL:
        how = DEREF;
        dict = s->unit.cellvars;
        break;
    case SYMBOL_LOCAL:
        if (function) {
            how = FAST;
            dict = s->unit.varnames;
        }
        break;
    case SYMBOL_GLOBAL_IMPLICIT: how = function ? GLOBAL : NAME; break;
    case SYMBOL_GLOBAL_EXPLICIT: how = GLOBAL; break;
    default: break;
    }
    int opcode = opcodes[how][context - CTX_Load];
    if (opcode == LOAD_DEREF && s->scope->kind == SCOPE_CLASS) {
        opcode = LOAD_CLASSDEREF;
    }
    return emit_numbered(g, opcode, dict, mangled);
}

int generate_closure(Generator *g, Object *code_object, int flags) {
    Code *code = (Code *)code_object;
    Object *free = code ? code_freevars(code) : NULL;
    if (!free) {
        return -1;
    }
    for (ssize_t i = 0; i < tuple_size(free); i++) {
        Object *name = tuple_get(free, i);
        Scoped *s = g->current;
        bool cell = symbol_scope(symbol_flags(s->scope, name)) == SYMBOL_CELL ||
                    (s->kind == IN_CLASS && name == names.__class__);
        Object *number = dict_get_str(cell ? s->unit.cellvars : s->unit.freevars, name);
        int overflow;
        if (!number) {
            raise_error(&exc_SystemError, "no cell for the free variable '%U'", name);
            return -1;
        }
        if (emit_arg(g, LOAD_CLOSURE, (int)int_as_i64(number, &overflow)) < 0) {
            return -1;
        }
    }
    if (tuple_size(free)) {
        flags |= 8;
        if (emit_arg(g, BUILD_TUPLE, (int)tuple_size(free)) < 0) {
            return -1;
        }
    }
    return emit_constant(g, code_object) < 0 ? -1 : emit_arg(g, MAKE_FUNCTION, flags);
}

Object *kept_tuple(Generator *g, Object *const *items, ssize_t count) {
    Object *tuple = tuple_from_array(items, count);
    return tuple && arena_keep(g->arena, tuple) == 0 ? tuple : NULL;
}

// ---- imports

static Object *kept_substring(Generator *g, Object *str, ssize_t start, ssize_t end) {
    Object *part = str_substring(str, start, end);
    part = part ? str_intern(part) : NULL;
    return part && arena_keep(g->arena, part) == 0 ? part : NULL;
}

// `import a.b.c as d` binds d to the module at the path's end.
static int bind_import_as(Generator *g, Object *path, Object *target) {
    ssize_t length = str_length(path), dot = str_find_char(path, '.', 0, length, 1);
    if (dot < 0) {
        return generate_name(g, target, CTX_Store);
    }
    while (dot >= 0) {
        ssize_t start = dot + 1;
        dot = str_find_char(path, '.', start, length, 1);
        Object *part = kept_substring(g, path, start, dot < 0 ? length : dot);
        if (!part || emit_name(g, IMPORT_FROM, part) < 0 ||
            (dot >= 0 && (emit_arg(g, SWAP, 2) < 0 || emit(g, POP_TOP) < 0))) {
            return -1;
        }
    }
    return generate_name(g, target, CTX_Store) < 0 ? -1 : emit(g, POP_TOP);
}

static int generate_import(Generator *g, Stmt *s) {
    for (ssize_t i = 0; i < s->v.Import.names->count; i++) {
        Alias *alias = s->v.Import.names->items[i];
        if (emit_constant(g, int_from_i64(0)) < 0 || emit_constant(g, (Object *)NONE) < 0 ||
            emit_name(g, IMPORT_NAME, alias->name) < 0) {
            return -1;
        }
        if (alias->asname) {
            if (bind_import_as(g, alias->name, alias->asname) < 0) {
                return -1;
            }
            continue;
        }
        ssize_t length = str_length(alias->name), dot = str_find_char(alias->name, '.', 0, length, 1);
        Object *top = dot < 0 ? alias->name : kept_substring(g, alias->name, 0, dot);
        if (!top || generate_name(g, top, CTX_Store) < 0) {
            return -1;
        }
    }
    return 0;
}

static int generate_import_from(Generator *g, Stmt *s) {
    AliasSeq *aliases = s->v.ImportFrom.names;
    Object *module = s->v.ImportFrom.module, *imported = tuple_new(aliases->count);
    if (!imported || emit_constant(g, int_from_i64(s->v.ImportFrom.level)) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < aliases->count; i++) {
        tuple_init(imported, i, aliases->items[i]->name);
    }
    if (module && s->lineno > g->future_line && str_equal_cstring(module, "__future__")) {
        return compile_error(g, "from __future__ imports must occur at the beginning of the file", NULL);
    }
    if (emit_constant(g, imported) < 0 || emit_name(g, IMPORT_NAME, module ? module : str_empty()) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < aliases->count; i++) {
        Alias *alias = aliases->items[i];
        if (i == 0 && str_equal_cstring(alias->name, "*")) {
            return emit(g, IMPORT_STAR);
        }
        if (emit_name(g, IMPORT_FROM, alias->name) < 0 ||
            generate_name(g, alias->asname ? alias->asname : alias->name, CTX_Store) < 0) {
            return -1;
        }
    }
    return emit(g, POP_TOP);
}

// ---- simple statements

static int generate_assert(Generator *g, Stmt *s) {
    Expr *test = s->v.Assert.test;
    bool tuple = (test->kind == EXPR_Tuple && test->v.Tuple.elts->count) ||
                 (test->kind == EXPR_Constant && tuple_check(test->v.Constant.value) &&
                  tuple_size(test->v.Constant.value));
    if (tuple && compile_warn(g, "assertion is always true, perhaps remove parentheses?", NULL, NULL) < 0) {
        return -1;
    }
    if (g->optimize) {
        return 0;
    }
    Block *end = new_block(g);
    if (!end || generate_jump_if(g, test, end, true) < 0 || emit(g, LOAD_ASSERTION_ERROR) < 0 ||
        (s->v.Assert.msg && (generate_expr(g, s->v.Assert.msg) < 0 || emit_arg(g, PRECALL, 0) < 0 ||
                             emit_arg(g, CALL, 0) < 0)) ||
        emit_arg(g, RAISE_VARARGS, 1) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

static int generate_assign(Generator *g, Stmt *s) {
    ExprSeq *targets = s->v.Assign.targets;
    if (generate_expr(g, s->v.Assign.value) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < targets->count; i++) {
        if ((i + 1 < targets->count && emit_arg(g, COPY, 1) < 0) || generate_expr(g, targets->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int generate_augmented(Generator *g, Stmt *s) {
    Expr *e = s->v.AugAssign.target;
    set_location(g, LOCATION(e));
    int status;
    switch (e->kind) {
    case EXPR_Attribute:
        if (generate_expr(g, e->v.Attribute.value) < 0 || emit_arg(g, COPY, 1) < 0) {
            return -1;
        }
        locate_attribute(g, e);
        status = emit_name(g, LOAD_ATTR, e->v.Attribute.attr);
        break;
    case EXPR_Subscript:
        status = generate_expr(g, e->v.Subscript.value) < 0 || generate_expr(g, e->v.Subscript.slice) < 0 ||
                         emit_arg(g, COPY, 2) < 0 || emit_arg(g, COPY, 2) < 0
                     ? -1
                     : emit(g, BINARY_SUBSCR);
        break;
    case EXPR_Name: status = generate_name(g, e->v.Name.id, CTX_Load); break;
    default:
        raise_error(&exc_SystemError, "invalid node type (%d) for augmented assignment", (int)e->kind);
        return -1;
    }
    set_location(g, LOCATION(s));
    if (status < 0 || generate_expr(g, s->v.AugAssign.value) < 0 ||
        emit_binary(g, s->v.AugAssign.op, true) < 0) {
        return -1;
    }
    set_location(g, LOCATION(e));
    switch (e->kind) {
    case EXPR_Attribute:
        locate_attribute(g, e);
        return check_name(g, e->v.Attribute.attr, CTX_Store) < 0 || emit_arg(g, SWAP, 2) < 0
                   ? -1
                   : emit_name(g, STORE_ATTR, e->v.Attribute.attr);
    case EXPR_Subscript:
        return emit_arg(g, SWAP, 3) < 0 || emit_arg(g, SWAP, 2) < 0 ? -1 : emit(g, STORE_SUBSCR);
    default: return generate_name(g, e->v.Name.id, CTX_Store);
    }
}

// Evaluates an expression for its effects.
static int generate_discarded(Generator *g, Expr *e) {
    return generate_expr(g, e) < 0 ? -1 : emit(g, POP_TOP);
}

static int generate_discarded_subscript(Generator *g, Expr *e) {
    if (e->kind == EXPR_Slice) {
        Expr *parts[] = { e->v.Slice.lower, e->v.Slice.upper, e->v.Slice.step };
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            if (parts[i] && generate_discarded(g, parts[i]) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (e->kind == EXPR_Tuple) {
        for (ssize_t i = 0; i < e->v.Tuple.elts->count; i++) {
            if (generate_discarded_subscript(g, e->v.Tuple.elts->items[i]) < 0) {
                return -1;
            }
        }
        return 0;
    }
    return generate_discarded(g, e);
}

static int generate_annotated(Generator *g, Stmt *s) {
    Expr *target = s->v.AnnAssign.target, *value = s->v.AnnAssign.value,
         *annotation = s->v.AnnAssign.annotation;
    bool kept = g->current->kind == IN_MODULE || g->current->kind == IN_CLASS;
    if (value && (generate_expr(g, value) < 0 || generate_expr(g, target) < 0)) {
        return -1;
    }
    switch (target->kind) {
    case EXPR_Name:
        if (check_name(g, target->v.Name.id, CTX_Store) < 0) {
            return -1;
        }
        if (s->v.AnnAssign.simple && kept) {
            Object *mangled = mangle_name(g->current->class_name, target->v.Name.id, g->arena);
            if (!mangled || generate_annotation_value(g, annotation) < 0 ||
                emit_name(g, LOAD_NAME, names.__annotations__) < 0 || emit_constant(g, mangled) < 0 ||
                emit(g, STORE_SUBSCR) < 0) {
                return -1;
            }
        }
        break;
    case EXPR_Attribute:
        if (check_name(g, target->v.Attribute.attr, CTX_Store) < 0 ||
            (!value && generate_discarded(g, target->v.Attribute.value) < 0)) {
            return -1;
        }
        break;
    case EXPR_Subscript:
        if (!value && (generate_discarded(g, target->v.Subscript.value) < 0 ||
                       generate_discarded_subscript(g, target->v.Subscript.slice) < 0)) {
            return -1;
        }
        break;
    default:
        raise_error(&exc_SystemError, "invalid node type (%d) for annotated assignment", (int)target->kind);
        return -1;
    }
    // Without a simple name the annotation is only evaluated, and that not in functions.
    if (!s->v.AnnAssign.simple && kept && !(g->flags & CO_FUTURE_ANNOTATIONS)) {
        return generate_discarded(g, annotation);
    }
    return 0;
}

static int generate_expression_statement(Generator *g, Expr *value) {
    if (g->interactive && g->depth <= 1) {
        return generate_expr(g, value) < 0 ? -1 : emit(g, PRINT_EXPR);
    }
    if (value->kind == EXPR_Constant) {
        return emit(g, NOP);
    }
    if (generate_expr(g, value) < 0) {
        return -1;
    }
    set_location(g, NO_LOCATION);
    return emit(g, POP_TOP);
}

static int generate_raise(Generator *g, Stmt *s) {
    int count = 0;
    if (s->v.Raise.exc) {
        if (generate_expr(g, s->v.Raise.exc) < 0) {
            return -1;
        }
        count++;
        if (s->v.Raise.cause) {
            if (generate_expr(g, s->v.Raise.cause) < 0) {
                return -1;
            }
            count++;
        }
    }
    return emit_arg(g, RAISE_VARARGS, count);
}

static int generate_stmt(Generator *g, Stmt *s) {
    set_location(g, LOCATION(s));
    switch (s->kind) {
    case STMT_FunctionDef: return generate_function(g, s, false);
    case STMT_AsyncFunctionDef: return generate_function(g, s, true);
    case STMT_ClassDef: return generate_class(g, s);
    case STMT_Return: return generate_return(g, s);
    case STMT_Delete: return generate_exprs(g, s->v.Delete.targets);
    case STMT_Assign: return generate_assign(g, s);
    case STMT_AugAssign: return generate_augmented(g, s);
    case STMT_AnnAssign: return generate_annotated(g, s);
    case STMT_For: return generate_for(g, s);
    case STMT_AsyncFor:
        return check_async(g, "'async for' outside async function") < 0 ? -1 : generate_async_for(g, s);
    case STMT_While: return generate_while(g, s);
    case STMT_If: return generate_if(g, s);
    case STMT_With: return generate_with(g, s, 0, false);
    case STMT_AsyncWith: return generate_with(g, s, 0, true);
    case STMT_Match: return generate_match(g, s);
    case STMT_Raise: return generate_raise(g, s);
    case STMT_Try:
    case STMT_TryStar: return generate_try(g, s);
    case STMT_Assert: return generate_assert(g, s);
    case STMT_Import: return generate_import(g, s);
    case STMT_ImportFrom: return generate_import_from(g, s);
    case STMT_Global:
    case STMT_Nonlocal: return 0;
    case STMT_Expr: return generate_expression_statement(g, s->v.Expr.value);
    case STMT_Pass: return emit(g, NOP);
    case STMT_Break: return generate_break(g, false);
    case STMT_Continue: return generate_break(g, true);
    }
    return 0;
}

int generate_stmts(Generator *g, StmtSeq *statements, ssize_t from) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = 0;
    for (ssize_t i = from; status == 0 && i < statements->count; i++) {
        status = generate_stmt(g, statements->items[i]);
    }
    compile_leave();
    return status;
}

// ---- a module

static Object *generate_module(Generator *g, Mod *mod) {
    Scoped scoped;
    if (scoped_enter(g, &scoped, names.module_in_brackets, IN_MODULE, mod, 1) < 0) {
        return NULL;
    }
    int status;
    switch (mod->kind) {
    case MOD_Module: status = generate_body(g, mod->v.Module.body); break;
    case MOD_Interactive:
        g->interactive = true;
        set_location(g, (Location){ 1, 1, 0, 0 });
        status = has_annotations(mod->v.Interactive.body) ? emit(g, SETUP_ANNOTATIONS) : 0;
        status = status < 0 ? -1 : generate_stmts(g, mod->v.Interactive.body, 0);
        break;
    case MOD_Expression: status = generate_expr(g, mod->v.Expression.body); break;
    default:
        raise_error(&exc_SystemError, "module kind %d should not be possible", (int)mod->kind);
        status = -1;
    }
    return status < 0 ? NULL : scoped_leave(g, mod->kind != MOD_Expression);
}

Object *compile_ast(Mod *mod, Object *filename, int flags, int optimize, Arena *arena) {
    Generator g = {
        .arena = arena, .merged = dict_new(), .filename = filename, .optimize = optimize, .future_line = -1
    };
    if (!g.merged) {
        return NULL;
    }
    int features = future_features(mod, filename, &g.future_line);
    if (features < 0) {
        return NULL;
    }
    g.flags = flags | features;
    if (ast_fold(mod, optimize, g.flags, arena) < 0) {
        return NULL;
    }
    g.top = symtable_build(mod, filename, g.flags, arena);
    return g.top ? generate_module(&g, mod) : NULL;
}
