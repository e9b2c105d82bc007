// Generating code: functions, lambdas and classes, their parameters, defaults, annotations and decorators.
#include "compile/codegen.h"

#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"

int check_parameters(Generator *g, Arguments *a) {
    ArgSeq *groups[] = { a->posonlyargs, a->args, a->kwonlyargs };
    for (size_t k = 0; k < COUNT_OF(groups); k++) {
        for (ssize_t i = 0; i < groups[k]->count; i++) {
            if (check_name(g, groups[k]->items[i]->arg, CTX_Store) < 0) {
                return -1;
            }
        }
    }
    return (a->vararg && check_name(g, a->vararg->arg, CTX_Store) < 0) ||
                   (a->kwarg && check_name(g, a->kwarg->arg, CTX_Store) < 0)
               ? -1
               : 0;
}

void count_parameters(Scoped *scoped, Arguments *args) {
    scoped->unit.argcount = (int)(args->posonlyargs->count + args->args->count);
    scoped->unit.posonlyargcount = (int)args->posonlyargs->count;
    scoped->unit.kwonlyargcount = (int)args->kwonlyargs->count;
}

static int generate_keyword_defaults(Generator *g, Arguments *args) {
    Object *keys = list_new(0);
    if (!keys || arena_keep(g->arena, keys) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < args->kwonlyargs->count; i++) {
        Expr *value = args->kw_defaults->items[i];
        if (value) {
            Object *mangled = mangle_name(g->current->class_name, args->kwonlyargs->items[i]->arg, g->arena);
            if (!mangled || list_append(keys, mangled) < 0 || generate_expr(g, value) < 0) {
                return -1;
            }
        }
    }
    int count = (int)list_size(keys);
    if (count && (emit_constant(g, list_to_tuple(keys)) < 0 || emit_arg(g, BUILD_CONST_KEY_MAP, count) < 0)) {
        return -1;
    }
    return count ? 2 : 0;
}

int generate_defaults(Generator *g, Arguments *args) {
    int flags = 0;
    if (args->defaults->count) {
        flags = 1;
        if (generate_exprs(g, args->defaults) < 0 ||
            emit_arg(g, BUILD_TUPLE, (int)args->defaults->count) < 0) {
            return -1;
        }
    }
    int more = generate_keyword_defaults(g, args);
    return more < 0 ? -1 : flags | more;
}

int generate_annotation_value(Generator *g, Expr *annotation) {
    if (g->flags & CO_FUTURE_ANNOTATIONS) {
        Object *text = expr_unparse(annotation, g->arena);
        return text ? emit_constant(g, text) : -1;
    }
    return generate_expr(g, annotation);
}

static int generate_annotation(Generator *g, Object *name, Expr *annotation, int *count) {
    if (!annotation) {
        return 0;
    }
    Object *mangled = mangle_name(g->current->class_name, name, g->arena);
    if (!mangled || emit_constant(g, mangled) < 0) {
        return -1;
    }
    *count += 2;
    if (!(g->flags & CO_FUTURE_ANNOTATIONS) && annotation->kind == EXPR_Starred) {
        // *args: *Ts
        return generate_expr(g, annotation->v.Starred.value) < 0 ? -1 : emit_arg(g, UNPACK_SEQUENCE, 1);
    }
    return generate_annotation_value(g, annotation);
}

static int generate_arg_annotations(Generator *g, ArgSeq *args, int *count) {
    for (ssize_t i = 0; i < args->count; i++) {
        if (generate_annotation(g, args->items[i]->arg, args->items[i]->annotation, count) < 0) {
            return -1;
        }
    }
    return 0;
}

// The MAKE_FUNCTION flag for annotations, or -1.
static int generate_annotations(Generator *g, Arguments *args, Expr *returns) {
    int count = 0;
    if (generate_arg_annotations(g, args->args, &count) < 0 ||
        generate_arg_annotations(g, args->posonlyargs, &count) < 0 ||
        (args->vararg && generate_annotation(g, args->vararg->arg, args->vararg->annotation, &count) < 0) ||
        generate_arg_annotations(g, args->kwonlyargs, &count) < 0 ||
        (args->kwarg && generate_annotation(g, args->kwarg->arg, args->kwarg->annotation, &count) < 0) ||
        generate_annotation(g, names.return_, returns, &count) < 0) {
        return -1;
    }
    return !count ? 0 : emit_arg(g, BUILD_TUPLE, count) < 0 ? -1 : 4;
}

static int apply_decorators(Generator *g, ExprSeq *decorators) {
    Location where = g->current->where;
    for (ssize_t i = decorators->count - 1; i >= 0; i--) {
        set_location(g, LOCATION(decorators->items[i]));
        if (emit_arg(g, PRECALL, 0) < 0 || emit_arg(g, CALL, 0) < 0) {
            return -1;
        }
    }
    set_location(g, where);
    return 0;
}

// The docstring of a body, or NULL.
static Object *docstring(StmtSeq *body) {
    if (!body->count || body->items[0]->kind != STMT_Expr) {
        return NULL;
    }
    Expr *e = body->items[0]->v.Expr.value;
    return e->kind == EXPR_Constant && str_check_exact(e->v.Constant.value) ? e->v.Constant.value : NULL;
}

int generate_function(Generator *g, Stmt *s, bool is_async) {
    // Both kinds of definition have the same fields.
    Arguments *args = s->v.FunctionDef.args;
    StmtSeq *body = s->v.FunctionDef.body;
    ExprSeq *decorators = s->v.FunctionDef.decorator_list;
    if (check_parameters(g, args) < 0 || generate_exprs(g, decorators) < 0) {
        return -1;
    }
    int line = decorators->count ? decorators->items[0]->lineno : s->lineno;
    int flags = generate_defaults(g, args);
    int annotations = flags < 0 ? -1 : generate_annotations(g, args, s->v.FunctionDef.returns);
    Scoped scoped;
    if (annotations < 0 || scoped_enter(g, &scoped, s->v.FunctionDef.name,
                                        is_async ? IN_ASYNC_FUNCTION : IN_FUNCTION, s, line) < 0) {
        return -1;
    }
    // The first constant is the docstring, or None.
    Object *doc = docstring(body), *first = doc && g->optimize < 2 ? doc : (Object *)NONE;
    if (unit_add_constant(&scoped.unit, first) < 0) {
        return -1;
    }
    count_parameters(&scoped, args);
    if (generate_stmts(g, body, doc && g->optimize < 2 ? 1 : 0) < 0) {
        return -1;
    }
    Object *code = scoped_leave(g, true);
    if (!code || generate_closure(g, code, flags | annotations) < 0 || apply_decorators(g, decorators) < 0) {
        return -1;
    }
    return generate_name(g, s->v.FunctionDef.name, CTX_Store);
}

int generate_lambda(Generator *g, Expr *e) {
    Arguments *args = e->v.Lambda.args;
    int flags = check_parameters(g, args) < 0 ? -1 : generate_defaults(g, args);
    Scoped scoped;
    if (flags < 0 || scoped_enter(g, &scoped, names.lambda_, IN_LAMBDA, e, e->lineno) < 0) {
        return -1;
    }
    // None is the first constant: a lambda has no docstring.
    if (unit_add_constant(&scoped.unit, (Object *)NONE) < 0) {
        return -1;
    }
    count_parameters(&scoped, args);
    if (generate_expr(g, e->v.Lambda.body) < 0 || (!scoped.scope->generator && emit(g, RETURN_VALUE) < 0)) {
        return -1;
    }
    Object *code = scoped_leave(g, !scoped.scope->generator);
    return code ? generate_closure(g, code, flags) : -1;
}

static bool statement_has_annotations(Stmt *s) {
    switch (s->kind) {
    case STMT_AnnAssign: return true;
    case STMT_For: return has_annotations(s->v.For.body) || has_annotations(s->v.For.orelse);
    case STMT_AsyncFor: return has_annotations(s->v.AsyncFor.body) || has_annotations(s->v.AsyncFor.orelse);
    case STMT_While: return has_annotations(s->v.While.body) || has_annotations(s->v.While.orelse);
    case STMT_If: return has_annotations(s->v.If.body) || has_annotations(s->v.If.orelse);
    case STMT_With: return has_annotations(s->v.With.body);
    case STMT_AsyncWith: return has_annotations(s->v.AsyncWith.body);
    case STMT_Match:
        for (ssize_t i = 0; i < s->v.Match.cases->count; i++) {
            if (has_annotations(s->v.Match.cases->items[i]->body)) {
                return true;
            }
        }
        return false;
    case STMT_Try:
    case STMT_TryStar:  // the same fields
        for (ssize_t i = 0; i < s->v.Try.handlers->count; i++) {
            if (has_annotations(s->v.Try.handlers->items[i]->v.ExceptHandler.body)) {
                return true;
            }
        }
        return has_annotations(s->v.Try.body) || has_annotations(s->v.Try.orelse) ||
               has_annotations(s->v.Try.finalbody);
    default: return false;
    }
}

bool has_annotations(StmtSeq *statements) {
    for (ssize_t i = 0; i < statements->count; i++) {
        if (statement_has_annotations(statements->items[i])) {
            return true;
        }
    }
    return false;
}

// The body of a module or class: annotations' dict, docstring, statements.
int generate_body(Generator *g, StmtSeq *body) {
    if (g->current->kind == IN_MODULE && body->count) {
        set_location(g, LOCATION(body->items[0]));
    }
    if (has_annotations(body) && emit(g, SETUP_ANNOTATIONS) < 0) {
        return -1;
    }
    ssize_t first = 0;
    if (g->optimize < 2 && docstring(body)) {
        first = 1;
        if (generate_expr(g, body->items[0]->v.Expr.value) < 0) {
            return -1;
        }
        set_location(g, NO_LOCATION);
        if (generate_name(g, names.__doc__, CTX_Store) < 0) {
            return -1;
        }
    }
    return generate_stmts(g, body, first);
}

int generate_class(Generator *g, Stmt *s) {
    ExprSeq *decorators = s->v.ClassDef.decorator_list;
    if (generate_exprs(g, decorators) < 0) {
        return -1;
    }
    int line = decorators->count ? decorators->items[0]->lineno : s->lineno;
    Object *name = s->v.ClassDef.name;
    Scoped scoped;
    if (scoped_enter(g, &scoped, name, IN_CLASS, s, line) < 0 ||
        generate_name(g, names.__name__, CTX_Load) < 0 || generate_name(g, names.__module__, CTX_Store) < 0 ||
        emit_constant(g, scoped.unit.qualname) < 0 || generate_name(g, names.__qualname__, CTX_Store) < 0 ||
        generate_body(g, s->v.ClassDef.body) < 0) {
        return -1;
    }
    set_location(g, NO_LOCATION);
    if (scoped.scope->needs_class_closure) {
        // The cell's number is 0: it is the only one.
        if (emit_arg(g, LOAD_CLOSURE, 0) < 0 || emit_arg(g, COPY, 1) < 0 ||
            generate_name(g, names.__classcell__, CTX_Store) < 0) {
            return -1;
        }
    } else if (emit_constant(g, (Object *)NONE) < 0) {
        return -1;
    }
    if (emit(g, RETURN_VALUE) < 0) {
        return -1;
    }
    Object *code = scoped_leave(g, true);
    if (!code || emit(g, PUSH_NULL) < 0 || emit(g, LOAD_BUILD_CLASS) < 0 ||
        generate_closure(g, code, 0) < 0 || emit_constant(g, name) < 0 ||
        generate_arguments(g, 2, s->v.ClassDef.bases, s->v.ClassDef.keywords) < 0 ||
        apply_decorators(g, decorators) < 0) {
        return -1;
    }
    return generate_name(g, name, CTX_Store);
}
