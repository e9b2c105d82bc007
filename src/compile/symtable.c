// Building and analysing the symbol table.
#include "compile/symtable.h"

#include "compile/depth.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "syntax/ast.h"

typedef struct Directive {
    Object *name;
    int line, column, end_line, end_column;
    struct Directive *next;
} Directive;

typedef struct Builder {
    Arena *arena;
    Object *filename;
    Scope *top, *current;
    Object *top_globals;  // the module's symbols
    int future_flags;
} Builder;

typedef struct Place {
    int line, column, end_line, end_column;
} Place;
#define PLACE(node) \
    ((Place){ (node)->lineno, (node)->col_offset, (node)->end_lineno, (node)->end_col_offset })

static int fail(Builder *b, Place place, const char *format, Object *name) {
    Object *message = name ? str_format(format, name) : str_from_cstring(format);
    if (message) {
        raise_syntax_error_at(message, b->filename, place.line, place.column + 1, place.end_line,
                              place.end_column + 1);
    }
    return -1;
}

// ---- symbols

Object *mangle_name(Object *class_name, Object *name, Arena *arena) {
    ssize_t length = str_length(name);
    if (!class_name || length < 2 || str_read(name, 0) != '_' || str_read(name, 1) != '_') {
        return name;
    }
    if ((str_read(name, length - 1) == '_' && str_read(name, length - 2) == '_') ||
        str_find_char(name, '.', 0, length, 1) >= 0) {
        return name;
    }
    ssize_t start = 0, class_length = str_length(class_name);
    while (start < class_length && str_read(class_name, start) == '_') {
        start++;
    }
    if (start == class_length) {
        return name;
    }
    Object *stem = str_substring(class_name, start, class_length);
    Object *mangled = stem ? str_format("_%U%U", stem, name) : NULL;
    mangled = mangled ? str_intern(mangled) : NULL;
    return mangled && arena_keep(arena, mangled) == 0 ? mangled : NULL;
}

int64_t symbol_flags(const Scope *scope, Object *mangled) {
    Object *flags = dict_get_str(scope->symbols, mangled);
    int overflow;
    return flags ? int_as_i64(flags, &overflow) : 0;
}

static int set_flags(Object *symbols, Object *name, int64_t flags) {
    Object *value = int_from_i64(flags);
    return value ? dict_set(symbols, name, value) : -1;
}

static int64_t flags_in(Object *symbols, Object *name) {
    Object *flags = dict_get_str(symbols, name);
    int overflow;
    return flags ? int_as_i64(flags, &overflow) : 0;
}

static int add_symbol_to(Builder *b, Scope *scope, Object *name, int64_t flag, Place place) {
    Object *mangled = mangle_name(scope->class_name, name, b->arena);
    if (!mangled) {
        return -1;
    }
    int64_t flags = symbol_flags(scope, mangled);
    if ((flag & DEF_PARAM) && (flags & DEF_PARAM)) {
        return fail(b, place, "duplicate argument '%U' in function definition", name);
    }
    flags |= flag;
    if (scope->iterating_target) {
        // The iteration variable of a comprehension cannot be declared or rebound.
        if (flags & (DEF_GLOBAL | DEF_NONLOCAL)) {
            return fail(b, place, "comprehension inner loop cannot rebind assignment expression target '%U'",
                        name);
        }
        flags |= DEF_COMP_ITER;
    }
    if (set_flags(scope->symbols, mangled, flags) < 0) {
        return -1;
    }
    if (flag & DEF_PARAM) {
        return list_append(scope->varnames, mangled);
    }
    if (flag & DEF_GLOBAL) {
        return set_flags(b->top_globals, mangled, flags_in(b->top_globals, mangled) | flag);
    }
    return 0;
}

static int add_symbol(Builder *b, Object *name, int64_t flag, Place place) {
    return add_symbol_to(b, b->current, name, flag, place);
}

// ---- blocks

static int enter(Builder *b, Object *name, ScopeKind kind, const void *node, Place place) {
    Scope *scope = arena_alloc(b->arena, sizeof *scope), *parent = b->current;
    if (!scope) {
        return -1;
    }
    // Each is kept before the next allocation: a collection does not see what only the scope refers to.
    scope->symbols = dict_new();
    if (!scope->symbols || arena_keep(b->arena, scope->symbols) < 0) {
        return -1;
    }
    scope->varnames = list_new(0);
    if (!scope->varnames || arena_keep(b->arena, scope->varnames) < 0) {
        return -1;
    }
    scope->kind = kind;
    scope->name = name;
    scope->node = node;
    scope->parent = parent;
    scope->line = place.line;
    scope->column = place.column;
    scope->end_line = place.end_line;
    scope->end_column = place.end_column;
    if (parent) {
        scope->class_name = parent->class_name;
        scope->nested = parent->nested || parent->kind == SCOPE_FUNCTION;
        scope->in_iterable = parent->in_iterable;
        // The block of a postponed annotation only catches errors: it is no child.
        if (kind != SCOPE_ANNOTATION) {
            if (parent->last_child) {
                parent->last_child->next = scope;
            } else {
                parent->first_child = scope;
            }
            parent->last_child = scope;
        }
    }
    b->current = scope;
    return 0;
}

static void leave(Builder *b) {
    b->current = b->current->parent;
}

Scope *symtable_find(Scope *parent, const void *node) {
    for (Scope *child = parent->first_child; child; child = child->next) {
        if (child->node == node) {
            return child;
        }
    }
    return NULL;
}

// ---- the first pass

static int visit_expr(Builder *b, Expr *e);
static int visit_stmts(Builder *b, StmtSeq *statements);

static int visit_exprs(Builder *b, ExprSeq *expressions) {
    for (ssize_t i = 0; i < expressions->count; i++) {
        if (expressions->items[i] && visit_expr(b, expressions->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_optional(Builder *b, Expr *e) {
    return e ? visit_expr(b, e) : 0;
}

static int visit_keywords(Builder *b, KeywordSeq *keywords) {
    for (ssize_t i = 0; i < keywords->count; i++) {
        if (visit_expr(b, keywords->items[i]->value) < 0) {
            return -1;
        }
    }
    return 0;
}

static int add_parameter(Builder *b, Arg *arg) {
    return arg ? add_symbol(b, arg->arg, DEF_PARAM, PLACE(arg)) : 0;
}

static int add_parameters(Builder *b, Arguments *a) {
    ArgSeq *groups[] = { a->posonlyargs, a->args, a->kwonlyargs };
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        for (ssize_t i = 0; i < groups[g]->count; i++) {
            if (add_parameter(b, groups[g]->items[i]) < 0) {
                return -1;
            }
        }
    }
    b->current->varargs = a->vararg != NULL;
    b->current->varkeywords = a->kwarg != NULL;
    return add_parameter(b, a->vararg) < 0 ? -1 : add_parameter(b, a->kwarg);
}

// With `from __future__ import annotations` the names in an annotation are of no concern.
static int visit_annotation(Builder *b, Expr *annotation) {
    bool postponed = (b->future_flags & CO_FUTURE_ANNOTATIONS) != 0;
    if (postponed) {
        Object *name = str_intern_cstring("_annotation");
        if (!name || arena_keep(b->arena, name) < 0 ||
            enter(b, name, SCOPE_ANNOTATION, annotation, PLACE(annotation)) < 0) {
            return -1;
        }
    }
    int status = visit_expr(b, annotation);
    if (postponed) {
        leave(b);
    }
    return status;
}

static int visit_annotations(Builder *b, Arguments *a, Expr *returns) {
    ArgSeq *groups[] = { a->posonlyargs, a->args, a->kwonlyargs };
    for (size_t g = 0; g < 2; g++) {
        for (ssize_t i = 0; i < groups[g]->count; i++) {
            Expr *annotation = groups[g]->items[i]->annotation;
            if (annotation && visit_annotation(b, annotation) < 0) {
                return -1;
            }
        }
    }
    if ((a->vararg && a->vararg->annotation && visit_annotation(b, a->vararg->annotation) < 0) ||
        (a->kwarg && a->kwarg->annotation && visit_annotation(b, a->kwarg->annotation) < 0)) {
        return -1;
    }
    for (ssize_t i = 0; i < a->kwonlyargs->count; i++) {
        Expr *annotation = a->kwonlyargs->items[i]->annotation;
        if (annotation && visit_annotation(b, annotation) < 0) {
            return -1;
        }
    }
    return returns ? visit_annotation(b, returns) : 0;
}

static int visit_function(Builder *b, Stmt *s, Object *name, Arguments *args, StmtSeq *body,
                          ExprSeq *decorators, Expr *returns, bool is_async) {
    if (add_symbol(b, name, DEF_LOCAL, PLACE(s)) < 0 || visit_exprs(b, args->defaults) < 0 ||
        visit_exprs(b, args->kw_defaults) < 0 || visit_annotations(b, args, returns) < 0 ||
        visit_exprs(b, decorators) < 0 || enter(b, name, SCOPE_FUNCTION, s, PLACE(s)) < 0) {
        return -1;
    }
    b->current->coroutine = is_async;
    if (add_parameters(b, args) < 0 || visit_stmts(b, body) < 0) {
        return -1;
    }
    leave(b);
    return 0;
}

static int visit_class(Builder *b, Stmt *s) {
    Object *name = s->v.ClassDef.name;
    if (add_symbol(b, name, DEF_LOCAL, PLACE(s)) < 0 || visit_exprs(b, s->v.ClassDef.bases) < 0 ||
        visit_keywords(b, s->v.ClassDef.keywords) < 0 || visit_exprs(b, s->v.ClassDef.decorator_list) < 0 ||
        enter(b, name, SCOPE_CLASS, s, PLACE(s)) < 0) {
        return -1;
    }
    b->current->class_name = name;
    if (visit_stmts(b, s->v.ClassDef.body) < 0) {
        return -1;
    }
    leave(b);
    return 0;
}

// `global` and `nonlocal`.
static int visit_declaration(Builder *b, Stmt *s, IdentifierSeq *list, bool global) {
    for (ssize_t i = 0; i < list->count; i++) {
        Object *name = list->items[i];
        Object *mangled = mangle_name(b->current->class_name, name, b->arena);
        if (!mangled) {
            return -1;
        }
        int64_t flags = symbol_flags(b->current, mangled);
        if (flags & (DEF_PARAM | DEF_LOCAL | DEF_USE | DEF_ANNOT)) {
            const char *text = flags & DEF_PARAM   ? global ? "name '%U' is parameter and global"
                                                            : "name '%U' is parameter and nonlocal"
                               : flags & DEF_USE   ? global ? "name '%U' is used prior to global declaration"
                                                            : "name '%U' is used prior to nonlocal declaration"
                               : flags & DEF_ANNOT ? global ? "annotated name '%U' can't be global"
                                                            : "annotated name '%U' can't be nonlocal"
                               : global            ? "name '%U' is assigned to before global declaration"
                                                   : "name '%U' is assigned to before nonlocal declaration";
            return fail(b, PLACE(s), text, name);
        }
        Directive *directive = arena_alloc(b->arena, sizeof *directive);
        if (!directive || add_symbol(b, name, global ? DEF_GLOBAL : DEF_NONLOCAL, PLACE(s)) < 0) {
            return -1;
        }
        *directive = (Directive){ mangled,       s->lineno,         s->col_offset,
                                  s->end_lineno, s->end_col_offset, b->current->directives };
        b->current->directives = directive;
    }
    return 0;
}

static int visit_alias(Builder *b, Alias *alias) {
    Object *name = alias->asname ? alias->asname : alias->name;
    if (str_equal_cstring(name, "*")) {
        return b->current->kind == SCOPE_MODULE
                   ? 0
                   : fail(b, PLACE(alias), "import * only allowed at module level", NULL);
    }
    ssize_t dot = str_find_char(name, '.', 0, str_length(name), 1);
    if (dot >= 0) {
        name = str_substring(name, 0, dot);
        name = name ? str_intern(name) : NULL;
        if (!name || arena_keep(b->arena, name) < 0) {
            return -1;
        }
    }
    return add_symbol(b, name, DEF_IMPORT, PLACE(alias));
}

static int visit_pattern(Builder *b, Pattern *p);

static int visit_patterns(Builder *b, PatternSeq *patterns) {
    for (ssize_t i = 0; i < patterns->count; i++) {
        if (visit_pattern(b, patterns->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_pattern_inner(Builder *b, Pattern *p) {
    switch (p->kind) {
    case PATTERN_MatchValue: return visit_expr(b, p->v.MatchValue.value);
    case PATTERN_MatchSingleton: return 0;
    case PATTERN_MatchSequence: return visit_patterns(b, p->v.MatchSequence.patterns);
    case PATTERN_MatchMapping:
        if (visit_exprs(b, p->v.MatchMapping.keys) < 0 || visit_patterns(b, p->v.MatchMapping.patterns) < 0) {
            return -1;
        }
        return p->v.MatchMapping.rest ? add_symbol(b, p->v.MatchMapping.rest, DEF_LOCAL, PLACE(p)) : 0;
    case PATTERN_MatchClass:
        return visit_expr(b, p->v.MatchClass.cls) < 0 || visit_patterns(b, p->v.MatchClass.patterns) < 0
                   ? -1
                   : visit_patterns(b, p->v.MatchClass.kwd_patterns);
    case PATTERN_MatchStar:
        return p->v.MatchStar.name ? add_symbol(b, p->v.MatchStar.name, DEF_LOCAL, PLACE(p)) : 0;
    case PATTERN_MatchAs:
        if (p->v.MatchAs.pattern && visit_pattern(b, p->v.MatchAs.pattern) < 0) {
            return -1;
        }
        return p->v.MatchAs.name ? add_symbol(b, p->v.MatchAs.name, DEF_LOCAL, PLACE(p)) : 0;
    case PATTERN_MatchOr: return visit_patterns(b, p->v.MatchOr.patterns);
    }
    return 0;
}

static int visit_pattern(Builder *b, Pattern *p) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = visit_pattern_inner(b, p);
    compile_leave();
    return status;
}

static int visit_handlers(Builder *b, ExceptHandlerSeq *handlers) {
    for (ssize_t i = 0; i < handlers->count; i++) {
        ExceptHandler *handler = handlers->items[i];
        if (visit_optional(b, handler->v.ExceptHandler.type) < 0 ||
            (handler->v.ExceptHandler.name &&
             add_symbol(b, handler->v.ExceptHandler.name, DEF_LOCAL, PLACE(handler)) < 0) ||
            visit_stmts(b, handler->v.ExceptHandler.body) < 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_with_items(Builder *b, WithItemSeq *items) {
    for (ssize_t i = 0; i < items->count; i++) {
        if (visit_expr(b, items->items[i]->context_expr) < 0 ||
            visit_optional(b, items->items[i]->optional_vars) < 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_annotated(Builder *b, Stmt *s) {
    Expr *target = s->v.AnnAssign.target;
    if (target->kind == EXPR_Name) {
        Object *name = target->v.Name.id;
        Object *mangled = mangle_name(b->current->class_name, name, b->arena);
        int64_t flags = mangled ? symbol_flags(b->current, mangled) : 0;
        if (!mangled) {
            return -1;
        }
        if ((flags & (DEF_GLOBAL | DEF_NONLOCAL)) && b->current->symbols != b->top_globals &&
            s->v.AnnAssign.simple) {
            return fail(b, PLACE(s),
                        flags & DEF_GLOBAL ? "annotated name '%U' can't be global"
                                           : "annotated name '%U' can't be nonlocal",
                        name);
        }
        if (s->v.AnnAssign.simple) {
            if (add_symbol(b, name, DEF_ANNOT | DEF_LOCAL, PLACE(target)) < 0) {
                return -1;
            }
        } else if (s->v.AnnAssign.value && add_symbol(b, name, DEF_LOCAL, PLACE(target)) < 0) {
            return -1;
        }
    } else if (visit_expr(b, target) < 0) {
        return -1;
    }
    return visit_annotation(b, s->v.AnnAssign.annotation) < 0 ? -1 : visit_optional(b, s->v.AnnAssign.value);
}

static int visit_stmt_inner(Builder *b, Stmt *s) {
    switch (s->kind) {
    case STMT_FunctionDef:
        return visit_function(b, s, s->v.FunctionDef.name, s->v.FunctionDef.args, s->v.FunctionDef.body,
                              s->v.FunctionDef.decorator_list, s->v.FunctionDef.returns, false);
    case STMT_AsyncFunctionDef:
        return visit_function(b, s, s->v.AsyncFunctionDef.name, s->v.AsyncFunctionDef.args,
                              s->v.AsyncFunctionDef.body, s->v.AsyncFunctionDef.decorator_list,
                              s->v.AsyncFunctionDef.returns, true);
    case STMT_ClassDef: return visit_class(b, s);
    case STMT_Return:
        if (s->v.Return.value) {
            b->current->returns_value = true;
        }
        return visit_optional(b, s->v.Return.value);
    case STMT_Delete: return visit_exprs(b, s->v.Delete.targets);
    case STMT_Assign: return visit_exprs(b, s->v.Assign.targets) < 0 ? -1 : visit_expr(b, s->v.Assign.value);
    case STMT_AugAssign:
        return visit_expr(b, s->v.AugAssign.target) < 0 ? -1 : visit_expr(b, s->v.AugAssign.value);
    case STMT_AnnAssign: return visit_annotated(b, s);
    case STMT_For:
        return visit_expr(b, s->v.For.target) < 0 || visit_expr(b, s->v.For.iter) < 0 ||
                       visit_stmts(b, s->v.For.body) < 0
                   ? -1
                   : visit_stmts(b, s->v.For.orelse);
    case STMT_AsyncFor:
        return visit_expr(b, s->v.AsyncFor.target) < 0 || visit_expr(b, s->v.AsyncFor.iter) < 0 ||
                       visit_stmts(b, s->v.AsyncFor.body) < 0
                   ? -1
                   : visit_stmts(b, s->v.AsyncFor.orelse);
    case STMT_While:
        return visit_expr(b, s->v.While.test) < 0 || visit_stmts(b, s->v.While.body) < 0
                   ? -1
                   : visit_stmts(b, s->v.While.orelse);
    case STMT_If:
        return visit_expr(b, s->v.If.test) < 0 || visit_stmts(b, s->v.If.body) < 0
                   ? -1
                   : visit_stmts(b, s->v.If.orelse);
    case STMT_With: return visit_with_items(b, s->v.With.items) < 0 ? -1 : visit_stmts(b, s->v.With.body);
    case STMT_AsyncWith:
        return visit_with_items(b, s->v.AsyncWith.items) < 0 ? -1 : visit_stmts(b, s->v.AsyncWith.body);
    case STMT_Match:
        if (visit_expr(b, s->v.Match.subject) < 0) {
            return -1;
        }
        for (ssize_t i = 0; i < s->v.Match.cases->count; i++) {
            MatchCase *match_case = s->v.Match.cases->items[i];
            if (visit_pattern(b, match_case->pattern) < 0 || visit_optional(b, match_case->guard) < 0 ||
                visit_stmts(b, match_case->body) < 0) {
                return -1;
            }
        }
        return 0;
    case STMT_Raise: return visit_optional(b, s->v.Raise.exc) < 0 ? -1 : visit_optional(b, s->v.Raise.cause);
    case STMT_Try:
        return visit_stmts(b, s->v.Try.body) < 0 || visit_stmts(b, s->v.Try.orelse) < 0 ||
                       visit_handlers(b, s->v.Try.handlers) < 0
                   ? -1
                   : visit_stmts(b, s->v.Try.finalbody);
    case STMT_TryStar:
        return visit_stmts(b, s->v.TryStar.body) < 0 || visit_stmts(b, s->v.TryStar.orelse) < 0 ||
                       visit_handlers(b, s->v.TryStar.handlers) < 0
                   ? -1
                   : visit_stmts(b, s->v.TryStar.finalbody);
    case STMT_Assert: return visit_expr(b, s->v.Assert.test) < 0 ? -1 : visit_optional(b, s->v.Assert.msg);
    case STMT_Import:
    case STMT_ImportFrom: {
        AliasSeq *aliases = s->kind == STMT_Import ? s->v.Import.names : s->v.ImportFrom.names;
        for (ssize_t i = 0; i < aliases->count; i++) {
            if (visit_alias(b, aliases->items[i]) < 0) {
                return -1;
            }
        }
        return 0;
    }
    case STMT_Global: return visit_declaration(b, s, s->v.Global.names, true);
    case STMT_Nonlocal: return visit_declaration(b, s, s->v.Nonlocal.names, false);
    case STMT_Expr: return visit_expr(b, s->v.Expr.value);
    case STMT_Pass:
    case STMT_Break:
    case STMT_Continue: return 0;
    }
    return 0;
}

static int visit_stmts(Builder *b, StmtSeq *statements) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = 0;
    for (ssize_t i = 0; status == 0 && i < statements->count; i++) {
        status = visit_stmt_inner(b, statements->items[i]);
    }
    compile_leave();
    return status;
}

// ---- expressions

// An assignment expression in a comprehension binds in the block around all comprehensions.
static int extend_named_scope(Builder *b, Expr *e) {
    Object *name = e->v.Name.id;
    for (Scope *scope = b->current; scope; scope = scope->parent) {
        Object *mangled = mangle_name(scope->class_name, name, b->arena);
        if (!mangled) {
            return -1;
        }
        int64_t flags = symbol_flags(scope, mangled);
        if (scope->comprehension) {
            if (flags & DEF_COMP_ITER) {
                return fail(b, PLACE(e),
                            "assignment expression cannot rebind comprehension iteration variable "
                            "'%U'",
                            name);
            }
            continue;
        }
        if (scope->kind == SCOPE_FUNCTION) {
            int64_t use = flags & DEF_GLOBAL ? DEF_GLOBAL : DEF_NONLOCAL;
            return add_symbol(b, name, use, PLACE(e)) < 0
                       ? -1
                       : add_symbol_to(b, scope, name, DEF_LOCAL, PLACE(e));
        }
        if (scope->kind == SCOPE_MODULE) {
            return add_symbol(b, name, DEF_GLOBAL, PLACE(e)) < 0
                       ? -1
                       : add_symbol_to(b, scope, name, DEF_GLOBAL, PLACE(e));
        }
        if (scope->kind == SCOPE_CLASS) {
            return fail(b, PLACE(e),
                        "assignment expression within a comprehension cannot be used in a class body", NULL);
        }
    }
    return 0;
}

static int visit_named(Builder *b, Expr *e) {
    if (b->current->in_iterable) {
        return fail(b, PLACE(e),
                    "assignment expression cannot be used in a comprehension iterable expression", NULL);
    }
    if (b->current->comprehension && extend_named_scope(b, e->v.NamedExpr.target) < 0) {
        return -1;
    }
    return visit_expr(b, e->v.NamedExpr.value) < 0 ? -1 : visit_expr(b, e->v.NamedExpr.target);
}

static int visit_comprehension(Builder *b, Expr *e, const char *scope_name, ComprehensionKind kind,
                               ComprehensionSeq *generators, Expr *element, Expr *value) {
    Comprehension *outermost = generators->items[0];
    bool outer_iterable = b->current->in_iterable;
    b->current->in_iterable = true;
    int status = visit_expr(b, outermost->iter);
    b->current->in_iterable = outer_iterable;
    Object *name = str_intern_cstring(scope_name);
    if (status < 0 || !name || arena_keep(b->arena, name) < 0 ||
        enter(b, name, SCOPE_FUNCTION, e, PLACE(e)) < 0) {
        return -1;
    }
    Scope *scope = b->current;
    scope->comprehension = kind;
    scope->coroutine = outermost->is_async;
    scope->generator = kind == GENERATOR_EXPRESSION;
    Object *argument = str_intern_cstring(".0");
    if (!argument || add_symbol(b, argument, DEF_PARAM, PLACE(e)) < 0) {
        return -1;
    }
    scope->iterating_target = true;
    status = visit_expr(b, outermost->target);
    scope->iterating_target = false;
    if (status < 0 || visit_exprs(b, outermost->ifs) < 0) {
        return -1;
    }
    for (ssize_t i = 1; i < generators->count; i++) {
        Comprehension *inner = generators->items[i];
        scope->coroutine |= inner->is_async != 0;
        scope->iterating_target = true;
        status = visit_expr(b, inner->target);
        scope->iterating_target = false;
        bool iterable = scope->in_iterable;
        scope->in_iterable = true;
        if (status == 0) {
            status = visit_expr(b, inner->iter);
        }
        scope->in_iterable = iterable;
        if (status < 0 || visit_exprs(b, inner->ifs) < 0) {
            return -1;
        }
    }
    if ((value && visit_expr(b, value) < 0) || visit_expr(b, element) < 0) {
        return -1;
    }
    leave(b);
    // An asynchronous comprehension makes the function around it a coroutine.
    if (scope->coroutine && kind != GENERATOR_EXPRESSION && b->current->kind == SCOPE_FUNCTION) {
        b->current->coroutine = true;
    }
    return 0;
}

static int reject_in_block(Builder *b, Expr *e, const char *what) {
    if (b->current->kind == SCOPE_ANNOTATION) {
        Object *name = str_from_cstring(what);
        return name ? fail(b, PLACE(e), "'%U' can not be used within an annotation", name) : -1;
    }
    return 0;
}

static int visit_yield(Builder *b, Expr *e, Expr *value) {
    if (reject_in_block(b, e, "yield expression") < 0 || visit_optional(b, value) < 0) {
        return -1;
    }
    b->current->generator = true;
    switch (b->current->comprehension) {
    case LIST_COMPREHENSION: return fail(b, PLACE(e), "'yield' inside list comprehension", NULL);
    case SET_COMPREHENSION: return fail(b, PLACE(e), "'yield' inside set comprehension", NULL);
    case DICT_COMPREHENSION: return fail(b, PLACE(e), "'yield' inside dict comprehension", NULL);
    case GENERATOR_EXPRESSION: return fail(b, PLACE(e), "'yield' inside generator expression", NULL);
    case NOT_COMPREHENSION: return 0;
    }
    return 0;
}

static int visit_name(Builder *b, Expr *e) {
    if (add_symbol(b, e->v.Name.id, e->v.Name.ctx == CTX_Load ? DEF_USE : DEF_LOCAL, PLACE(e)) < 0) {
        return -1;
    }
    // super() without arguments needs the class's cell.
    if (e->v.Name.ctx == CTX_Load && b->current->kind == SCOPE_FUNCTION &&
        str_equal_cstring(e->v.Name.id, "super")) {
        return add_symbol(b, names.__class__, DEF_USE, PLACE(e));
    }
    return 0;
}

static int visit_lambda(Builder *b, Expr *e) {
    Arguments *args = e->v.Lambda.args;
    Object *name = str_intern_cstring("lambda");
    if (!name || arena_keep(b->arena, name) < 0 || visit_exprs(b, args->defaults) < 0 ||
        visit_exprs(b, args->kw_defaults) < 0 || enter(b, name, SCOPE_FUNCTION, e, PLACE(e)) < 0 ||
        add_parameters(b, args) < 0 || visit_expr(b, e->v.Lambda.body) < 0) {
        return -1;
    }
    leave(b);
    return 0;
}

static int visit_expr_inner(Builder *b, Expr *e) {
    switch (e->kind) {
    case EXPR_BoolOp: return visit_exprs(b, e->v.BoolOp.values);
    case EXPR_NamedExpr: return reject_in_block(b, e, "named expression") < 0 ? -1 : visit_named(b, e);
    case EXPR_BinOp: return visit_expr(b, e->v.BinOp.left) < 0 ? -1 : visit_expr(b, e->v.BinOp.right);
    case EXPR_UnaryOp: return visit_expr(b, e->v.UnaryOp.operand);
    case EXPR_Lambda: return visit_lambda(b, e);
    case EXPR_IfExp:
        return visit_expr(b, e->v.IfExp.test) < 0 || visit_expr(b, e->v.IfExp.body) < 0
                   ? -1
                   : visit_expr(b, e->v.IfExp.orelse);
    case EXPR_Dict: return visit_exprs(b, e->v.Dict.keys) < 0 ? -1 : visit_exprs(b, e->v.Dict.values);
    case EXPR_Set: return visit_exprs(b, e->v.Set.elts);
    case EXPR_ListComp:
        return visit_comprehension(b, e, "listcomp", LIST_COMPREHENSION, e->v.ListComp.generators,
                                   e->v.ListComp.elt, NULL);
    case EXPR_SetComp:
        return visit_comprehension(b, e, "setcomp", SET_COMPREHENSION, e->v.SetComp.generators,
                                   e->v.SetComp.elt, NULL);
    case EXPR_DictComp:
        return visit_comprehension(b, e, "dictcomp", DICT_COMPREHENSION, e->v.DictComp.generators,
                                   e->v.DictComp.key, e->v.DictComp.value);
    case EXPR_GeneratorExp:
        return visit_comprehension(b, e, "genexpr", GENERATOR_EXPRESSION, e->v.GeneratorExp.generators,
                                   e->v.GeneratorExp.elt, NULL);
    case EXPR_Await:
        if (reject_in_block(b, e, "await expression") < 0 || visit_expr(b, e->v.Await.value) < 0) {
            return -1;
        }
        b->current->coroutine = true;
        return 0;
    case EXPR_Yield: return visit_yield(b, e, e->v.Yield.value);
    case EXPR_YieldFrom: return visit_yield(b, e, e->v.YieldFrom.value);
    case EXPR_Compare:
        return visit_expr(b, e->v.Compare.left) < 0 ? -1 : visit_exprs(b, e->v.Compare.comparators);
    case EXPR_Call:
        return visit_expr(b, e->v.Call.func) < 0 || visit_exprs(b, e->v.Call.args) < 0
                   ? -1
                   : visit_keywords(b, e->v.Call.keywords);
    case EXPR_FormattedValue:
        return visit_expr(b, e->v.FormattedValue.value) < 0
                   ? -1
                   : visit_optional(b, e->v.FormattedValue.format_spec);
    case EXPR_JoinedStr: return visit_exprs(b, e->v.JoinedStr.values);
    case EXPR_Constant: return 0;
    case EXPR_Attribute: return visit_expr(b, e->v.Attribute.value);
    case EXPR_Subscript:
        return visit_expr(b, e->v.Subscript.value) < 0 ? -1 : visit_expr(b, e->v.Subscript.slice);
    case EXPR_Starred: return visit_expr(b, e->v.Starred.value);
    case EXPR_Name: return visit_name(b, e);
    case EXPR_List: return visit_exprs(b, e->v.List.elts);
    case EXPR_Tuple: return visit_exprs(b, e->v.Tuple.elts);
    case EXPR_Slice:
        return visit_optional(b, e->v.Slice.lower) < 0 || visit_optional(b, e->v.Slice.upper) < 0
                   ? -1
                   : visit_optional(b, e->v.Slice.step);
    }
    return 0;
}

static int visit_expr(Builder *b, Expr *e) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = visit_expr_inner(b, e);
    compile_leave();
    return status;
}

// ---- the second pass. Sets of names are dicts with None as values.

static int include(Object *set, Object *name) {
    return dict_set(set, name, NONE);
}

static bool includes(Object *set, Object *name) {
    return set && dict_get_str(set, name) != NULL;
}

static int fail_at_directive(Builder *b, Scope *scope, Object *name, const char *format) {
    const Directive *first = NULL;  // the newest one stands at the head
    for (const Directive *d = scope->directives; d; d = d->next) {
        if (str_equal(d->name, name)) {
            first = d;
        }
    }
    if (first) {
        return fail(b, (Place){ first->line, first->column, first->end_line, first->end_column }, format,
                    name);
    }
    return fail(b, (Place){ scope->line, scope->column, scope->end_line, scope->end_column }, format, name);
}

// What `name` is in `scope`. `bound` (or NULL) are the names bound in enclosing functions, `global` those
// declared global there; `local`, `free` are filled.
static int analyze_name(Builder *b, Scope *scope, Object *scopes, Object *name, int64_t flags, Object *bound,
                        Object *local, Object *free_names, Object *global) {
    SymbolScope result;
    if (flags & DEF_GLOBAL) {
        if (flags & DEF_NONLOCAL) {
            return fail_at_directive(b, scope, name, "name '%U' is nonlocal and global");
        }
        result = SYMBOL_GLOBAL_EXPLICIT;
        if (include(global, name) < 0 || (bound && dict_delete_optional(bound, name) < 0)) {
            return -1;
        }
    } else if (flags & DEF_NONLOCAL) {
        if (!bound) {
            return fail_at_directive(b, scope, name, "nonlocal declaration not allowed at module level");
        }
        if (!includes(bound, name)) {
            return fail_at_directive(b, scope, name, "no binding for nonlocal '%U' found");
        }
        result = SYMBOL_FREE;
        scope->has_free = true;
        if (include(free_names, name) < 0) {
            return -1;
        }
    } else if (flags & DEF_BOUND) {
        result = SYMBOL_LOCAL;
        if (include(local, name) < 0 || dict_delete_optional(global, name) < 0) {
            return -1;
        }
    } else if (includes(bound, name)) {
        result = SYMBOL_FREE;
        scope->has_free = true;
        if (include(free_names, name) < 0) {
            return -1;
        }
    } else {
        if (!includes(global, name) && scope->nested) {
            scope->has_free = true;
        }
        result = SYMBOL_GLOBAL_IMPLICIT;
    }
    return set_flags(scopes, name, result);
}

// Writes the scopes into the flags, and enters the free names that only pass through.
static int update_symbols(Scope *scope, Object *scopes, Object *bound, Object *free_names) {
    Object *keys = dict_keys_list(scope->symbols);
    for (ssize_t i = 0; keys && i < list_size(keys); i++) {
        Object *name = list_read(keys, i);
        if (set_flags(scope->symbols, name,
                      symbol_flags(scope, name) | flags_in(scopes, name) << SYMBOL_SCOPE_SHIFT) < 0) {
            return -1;
        }
    }
    Object *passing = keys ? dict_keys_list(free_names) : NULL;
    for (ssize_t i = 0; passing && i < list_size(passing); i++) {
        Object *name = list_read(passing, i);
        int64_t flags = symbol_flags(scope, name);
        if (flags) {
            if (scope->kind == SCOPE_CLASS && (flags & (DEF_BOUND | DEF_GLOBAL)) &&
                set_flags(scope->symbols, name, flags | DEF_FREE_CLASS) < 0) {
                return -1;
            }
            continue;
        }
        if (bound && !includes(bound, name)) {
            continue;
        }
        if (set_flags(scope->symbols, name, (int64_t)SYMBOL_FREE << SYMBOL_SCOPE_SHIFT) < 0) {
            return -1;
        }
    }
    return passing ? 0 : -1;
}

static int include_all(Object *set, Object *other) {
    return other ? dict_merge(set, other, 1) : 0;
}

static int analyze_block(Builder *b, Scope *scope, Object *bound, Object *free_names, Object *global) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = -1;
    Object *local = dict_new(), *scopes = dict_new();
    Object *new_global = dict_new(), *new_free = dict_new(), *new_bound = dict_new();
    if (!local || !scopes || !new_global || !new_free || !new_bound) {
        goto done;
    }
    // A class passes what its own surroundings bind; its own names are not seen inside of its functions.
    if (scope->kind == SCOPE_CLASS &&
        (include_all(new_global, global) < 0 || include_all(new_bound, bound) < 0)) {
        goto done;
    }
    Object *keys = dict_keys_list(scope->symbols);
    for (ssize_t i = 0; keys && i < list_size(keys); i++) {
        Object *name = list_read(keys, i);
        if (analyze_name(b, scope, scopes, name, symbol_flags(scope, name), bound, local, free_names,
                         global) < 0) {
            goto done;
        }
    }
    if (!keys) {
        goto done;
    }
    if (scope->kind != SCOPE_CLASS) {
        if ((scope->kind == SCOPE_FUNCTION && include_all(new_bound, local) < 0) ||
            include_all(new_bound, bound) < 0 || include_all(new_global, global) < 0) {
            goto done;
        }
    } else if (include(new_bound, names.__class__) < 0) {
        goto done;
    }
    for (Scope *child = scope->first_child; child; child = child->next) {
        // Each child works on its own copies; what it finds free is added up.
        Object *child_bound = dict_copy(new_bound), *child_free = dict_new();
        Object *child_global = dict_copy(new_global);
        if (!child_bound || !child_free || !child_global ||
            analyze_block(b, child, child_bound, child_free, child_global) < 0 ||
            include_all(new_free, child_free) < 0) {
            goto done;
        }
        scope->child_free |= child->has_free || child->child_free;
    }
    if (scope->kind == SCOPE_FUNCTION) {
        // A local name that is free in a child is a cell, and free no further out.
        Object *local_keys = dict_keys_list(local);
        for (ssize_t i = 0; local_keys && i < list_size(local_keys); i++) {
            Object *name = list_read(local_keys, i);
            if (includes(new_free, name) &&
                (set_flags(scopes, name, SYMBOL_CELL) < 0 || dict_delete_optional(new_free, name) < 0)) {
                goto done;
            }
        }
        if (!local_keys) {
            goto done;
        }
    } else if (scope->kind == SCOPE_CLASS) {
        int dropped = dict_delete_optional(new_free, names.__class__);
        if (dropped < 0) {
            goto done;
        }
        scope->needs_class_closure = dropped;
    }
    if (update_symbols(scope, scopes, scope->kind == SCOPE_MODULE ? NULL : bound, new_free) < 0 ||
        include_all(free_names, new_free) < 0) {
        goto done;
    }
    status = 0;
done:
    compile_leave();
    return status;
}

// ---- entry

// Whether the module begins (behind its doc string) with `from __future__ import annotations`.
static bool annotations_postponed(StmtSeq *body) {
    for (ssize_t i = 0; i < body->count; i++) {
        Stmt *s = body->items[i];
        if (s->kind == STMT_Expr && s->v.Expr.value->kind == EXPR_Constant && i == 0) {
            continue;
        }
        if (s->kind != STMT_ImportFrom || !s->v.ImportFrom.module ||
            !str_equal_cstring(s->v.ImportFrom.module, "__future__")) {
            return false;
        }
        for (ssize_t k = 0; k < s->v.ImportFrom.names->count; k++) {
            if (str_equal_cstring(s->v.ImportFrom.names->items[k]->name, "annotations")) {
                return true;
            }
        }
    }
    return false;
}

Scope *symtable_build(Mod *mod, Object *filename, int future_flags, Arena *arena) {
    Builder builder = { .arena = arena, .filename = filename, .future_flags = future_flags };
    Builder *b = &builder;
    Object *name = str_intern_cstring("top");
    if (!name || arena_keep(arena, name) < 0 || enter(b, name, SCOPE_MODULE, mod, (Place){ 0 }) < 0) {
        return NULL;
    }
    Scope *top = b->current;
    b->top = top;
    b->top_globals = top->symbols;
    StmtSeq *statements = mod->kind == MOD_Module        ? mod->v.Module.body
                          : mod->kind == MOD_Interactive ? mod->v.Interactive.body
                                                         : NULL;
    if (statements && annotations_postponed(statements)) {
        b->future_flags |= CO_FUTURE_ANNOTATIONS;
    }
    int status = 0;
    switch (mod->kind) {
    case MOD_Module: status = visit_stmts(b, mod->v.Module.body); break;
    case MOD_Interactive: status = visit_stmts(b, mod->v.Interactive.body); break;
    case MOD_Expression: status = visit_expr(b, mod->v.Expression.body); break;
    case MOD_FunctionType:
        raise_error(&exc_RuntimeError, "this compiler does not handle FunctionTypes");
        status = -1;
        break;
    }
    if (status < 0) {
        return NULL;
    }
    Object *free_names = dict_new(), *global = dict_new();
    return free_names && global && analyze_block(b, top, NULL, free_names, global) == 0 ? top : NULL;
}
