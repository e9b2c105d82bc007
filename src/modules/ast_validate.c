#include "modules/ast_validate.h"

#include "compile/depth.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/types.h"

static int check_stmts(StmtSeq *statements);
static int check_expr(Expr *e, ExprContext context);
static int check_pattern(Pattern *p, bool star_ok);

static int fail(const char *text) {
    raise_error(&exc_ValueError, "%s", text);
    return -1;
}

static int check_place(int line, int column, int end_line, int end_column) {
    if (line > end_line) {
        raise_error(&exc_ValueError, "AST node line range (%d, %d) is not valid", line, end_line);
        return -1;
    }
    if ((line < 0 && end_line != line) || (column < 0 && column != end_column)) {
        raise_error(&exc_ValueError, "AST node column range (%d, %d) for line range (%d, %d) is not valid",
                    column, end_column, line, end_line);
        return -1;
    }
    if (line == end_line && column > end_column) {
        raise_error(&exc_ValueError, "line %d, column %d-%d is not a valid range", line, column, end_column);
        return -1;
    }
    return 0;
}
#define CHECK_PLACE(node) \
    check_place((node)->lineno, (node)->col_offset, (node)->end_lineno, (node)->end_col_offset)

static int check_name(Object *name) {
    static const char *const forbidden[] = { "None", "True", "False" };
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        if (str_equal_cstring(name, forbidden[i])) {
            raise_error(&exc_ValueError, "identifier field can't represent '%s' constant", forbidden[i]);
            return -1;
        }
    }
    return 0;
}

static int check_not_empty(ssize_t count, const char *what, const char *owner) {
    if (count) {
        return 0;
    }
    raise_error(&exc_ValueError, "empty %s on %s", what, owner);
    return -1;
}

static int check_exprs(ExprSeq *expressions, ExprContext context, bool null_ok) {
    for (ssize_t i = 0; i < expressions->count; i++) {
        if (expressions->items[i]) {
            if (check_expr(expressions->items[i], context) < 0) {
                return -1;
            }
        } else if (!null_ok) {
            return fail("None disallowed in expression list");
        }
    }
    return 0;
}

static int check_targets(ExprSeq *targets, const char *owner, ExprContext context) {
    return check_not_empty(targets->count, "targets", owner) < 0 ? -1 : check_exprs(targets, context, false);
}

static int check_body(StmtSeq *body, const char *owner) {
    return check_not_empty(body->count, "body", owner) < 0 ? -1 : check_stmts(body);
}

static int check_optional(Expr *e) {
    return e ? check_expr(e, CTX_Load) : 0;
}

static int check_keywords(KeywordSeq *keywords) {
    for (ssize_t i = 0; i < keywords->count; i++) {
        if (CHECK_PLACE(keywords->items[i]) < 0 || check_expr(keywords->items[i]->value, CTX_Load) < 0) {
            return -1;
        }
    }
    return 0;
}

static int check_args(ArgSeq *args) {
    for (ssize_t i = 0; i < args->count; i++) {
        if (CHECK_PLACE(args->items[i]) < 0 || check_optional(args->items[i]->annotation) < 0) {
            return -1;
        }
    }
    return 0;
}

static int check_arguments(Arguments *a) {
    if (check_args(a->posonlyargs) < 0 || check_args(a->args) < 0 ||
        (a->vararg && check_optional(a->vararg->annotation) < 0) || check_args(a->kwonlyargs) < 0 ||
        (a->kwarg && check_optional(a->kwarg->annotation) < 0)) {
        return -1;
    }
    if (a->defaults->count > a->posonlyargs->count + a->args->count) {
        return fail("more positional defaults than args on arguments");
    }
    if (a->kw_defaults->count != a->kwonlyargs->count) {
        return fail("length of kwonlyargs is not the same as kw_defaults on arguments");
    }
    return check_exprs(a->defaults, CTX_Load, false) < 0 ? -1 : check_exprs(a->kw_defaults, CTX_Load, true);
}

static int check_constant(Object *value) {
    if (value == (Object *)NONE || value == ELLIPSIS || value->type == &int_type ||
        value->type == &float_type || value->type == &complex_type || value->type == &bool_type ||
        value->type == &str_type || value->type == &bytes_type) {
        return 0;
    }
    if (value->type != &tuple_type && value->type != &frozenset_type) {
        raise_error(&exc_TypeError, "got an invalid type in Constant: %s", value->type->name);
        return -1;
    }
    Object *items = compile_enter() < 0 ? NULL : sequence_list(value);
    int status = items ? 0 : -1;
    for (ssize_t i = 0; status == 0 && i < list_size(items); i++) {
        status = check_constant(list_read(items, i));
    }
    if (items) {
        compile_leave();
    }
    return status;
}

static int check_comprehensions(ComprehensionSeq *clauses) {
    if (!clauses->count) {
        return fail("comprehension with no generators");
    }
    for (ssize_t i = 0; i < clauses->count; i++) {
        Comprehension *clause = clauses->items[i];
        if (check_expr(clause->target, CTX_Store) < 0 || check_expr(clause->iter, CTX_Load) < 0 ||
            check_exprs(clause->ifs, CTX_Load, false) < 0) {
            return -1;
        }
    }
    return 0;
}

static const char *context_name(ExprContext context) {
    return context == CTX_Load ? "Load" : context == CTX_Store ? "Store" : "Del";
}

static int check_context(Expr *e, ExprContext wanted) {
    ExprContext context = CTX_Load;
    switch (e->kind) {
    case EXPR_Attribute: context = e->v.Attribute.ctx; break;
    case EXPR_Subscript: context = e->v.Subscript.ctx; break;
    case EXPR_Starred: context = e->v.Starred.ctx; break;
    case EXPR_Name:
        if (check_name(e->v.Name.id) < 0) {
            return -1;
        }
        context = e->v.Name.ctx;
        break;
    case EXPR_List: context = e->v.List.ctx; break;
    case EXPR_Tuple: context = e->v.Tuple.ctx; break;
    default:
        if (wanted != CTX_Load) {
            raise_error(&exc_ValueError, "expression which can't be assigned to in %s context",
                        context_name(wanted));
            return -1;
        }
        return 0;
    }
    if (context != wanted) {
        raise_error(&exc_ValueError, "expression must have %s context but has %s instead",
                    context_name(wanted), context_name(context));
        return -1;
    }
    return 0;
}

static int check_inside(Expr *e, ExprContext context) {
    switch (e->kind) {
    case EXPR_BoolOp:
        if (e->v.BoolOp.values->count < 2) {
            return fail("BoolOp with less than 2 values");
        }
        return check_exprs(e->v.BoolOp.values, CTX_Load, false);
    case EXPR_BinOp:
        return check_expr(e->v.BinOp.left, CTX_Load) < 0 ? -1 : check_expr(e->v.BinOp.right, CTX_Load);
    case EXPR_UnaryOp: return check_expr(e->v.UnaryOp.operand, CTX_Load);
    case EXPR_Lambda:
        return check_arguments(e->v.Lambda.args) < 0 ? -1 : check_expr(e->v.Lambda.body, CTX_Load);
    case EXPR_IfExp:
        return check_expr(e->v.IfExp.test, CTX_Load) < 0 || check_expr(e->v.IfExp.body, CTX_Load) < 0
                   ? -1
                   : check_expr(e->v.IfExp.orelse, CTX_Load);
    case EXPR_Dict:
        if (e->v.Dict.keys->count != e->v.Dict.values->count) {
            return fail("Dict doesn't have the same number of keys as values");
        }
        return check_exprs(e->v.Dict.keys, CTX_Load, true) < 0
                   ? -1
                   : check_exprs(e->v.Dict.values, CTX_Load, false);
    case EXPR_Set: return check_exprs(e->v.Set.elts, CTX_Load, false);
    case EXPR_ListComp:
    case EXPR_SetComp:
    case EXPR_GeneratorExp:  // the same fields
        return check_comprehensions(e->v.ListComp.generators) < 0 ? -1
                                                                  : check_expr(e->v.ListComp.elt, CTX_Load);
    case EXPR_DictComp:
        return check_comprehensions(e->v.DictComp.generators) < 0 ||
                       check_expr(e->v.DictComp.key, CTX_Load) < 0
                   ? -1
                   : check_expr(e->v.DictComp.value, CTX_Load);
    case EXPR_Yield: return check_optional(e->v.Yield.value);
    case EXPR_YieldFrom:
    case EXPR_Await: return check_expr(e->v.Await.value, CTX_Load);
    case EXPR_Compare:
        if (!e->v.Compare.comparators->count) {
            return fail("Compare with no comparators");
        }
        if (e->v.Compare.comparators->count != e->v.Compare.ops->count) {
            return fail("Compare has a different number of comparators and operands");
        }
        return check_exprs(e->v.Compare.comparators, CTX_Load, false) < 0
                   ? -1
                   : check_expr(e->v.Compare.left, CTX_Load);
    case EXPR_Call:
        return check_expr(e->v.Call.func, CTX_Load) < 0 || check_exprs(e->v.Call.args, CTX_Load, false) < 0
                   ? -1
                   : check_keywords(e->v.Call.keywords);
    case EXPR_Constant: return check_constant(e->v.Constant.value);
    case EXPR_JoinedStr: return check_exprs(e->v.JoinedStr.values, CTX_Load, false);
    case EXPR_FormattedValue:
        return check_expr(e->v.FormattedValue.value, CTX_Load) < 0
                   ? -1
                   : check_optional(e->v.FormattedValue.format_spec);
    case EXPR_Attribute: return check_expr(e->v.Attribute.value, CTX_Load);
    case EXPR_Subscript:
        return check_expr(e->v.Subscript.slice, CTX_Load) < 0 ? -1
                                                              : check_expr(e->v.Subscript.value, CTX_Load);
    case EXPR_Starred: return check_expr(e->v.Starred.value, context);
    case EXPR_Slice:
        return check_optional(e->v.Slice.lower) < 0 || check_optional(e->v.Slice.upper) < 0
                   ? -1
                   : check_optional(e->v.Slice.step);
    case EXPR_List: return check_exprs(e->v.List.elts, context, false);
    case EXPR_Tuple: return check_exprs(e->v.Tuple.elts, context, false);
    case EXPR_NamedExpr: return check_expr(e->v.NamedExpr.value, CTX_Load);
    case EXPR_Name: return 0;
    }
    return fail("unexpected expression");
}

static int check_expr(Expr *e, ExprContext context) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = CHECK_PLACE(e) < 0 || check_context(e, context) < 0 ? -1 : check_inside(e, context);
    compile_leave();
    return status;
}

// ---- patterns

// A value in a pattern: a number (perhaps negative or complex), a string, or a dotted name.
static int check_pattern_value(Expr *e) {
    if (check_expr(e, CTX_Load) < 0) {
        return -1;
    }
    switch (e->kind) {
    case EXPR_Constant: {
        // Ellipsis and the singletons are no values of patterns.
        Object *value = e->v.Constant.value;
        if (value == ELLIPSIS) {
            return fail("unexpected constant inside of a literal pattern");
        }
        if (value->type == &int_type || value->type == &float_type || value->type == &bytes_type ||
            value->type == &complex_type || value->type == &str_type) {
            return 0;
        }
        return fail("unexpected constant inside of a literal pattern");
    }
    case EXPR_Attribute: return 0;
    case EXPR_UnaryOp:
        // -1
        if (e->v.UnaryOp.op == UNARYOP_USub && e->v.UnaryOp.operand->kind == EXPR_Constant) {
            const Type *type = e->v.UnaryOp.operand->v.Constant.value->type;
            if (type == &int_type || type == &float_type || type == &complex_type) {
                return 0;
            }
        }
        break;
    case EXPR_BinOp: {
        // 1 - 2j
        Expr *left = e->v.BinOp.left, *right = e->v.BinOp.right;
        bool sum = e->v.BinOp.op == OPERATOR_Add || e->v.BinOp.op == OPERATOR_Sub;
        if (left->kind == EXPR_UnaryOp && left->v.UnaryOp.op == UNARYOP_USub) {
            left = left->v.UnaryOp.operand;
        }
        if (sum && left->kind == EXPR_Constant && right->kind == EXPR_Constant &&
            (left->v.Constant.value->type == &int_type || left->v.Constant.value->type == &float_type) &&
            right->v.Constant.value->type == &complex_type) {
            return 0;
        }
        break;
    }
    case EXPR_JoinedStr: return 0;  // the parser makes an error of it
    default: break;
    }
    return fail("patterns may only match literals and attribute lookups");
}

static int check_patterns(PatternSeq *patterns, bool star_ok) {
    for (ssize_t i = 0; i < patterns->count; i++) {
        if (!patterns->items[i]) {
            return fail("None disallowed in pattern list");
        }
        if (check_pattern(patterns->items[i], star_ok) < 0) {
            return -1;
        }
    }
    return 0;
}

static int check_capture(Object *name) {
    if (str_equal_cstring(name, "_")) {
        return fail("can't capture name '_' in patterns");
    }
    return check_name(name);
}

static int check_mapping_pattern(Pattern *p) {
    ExprSeq *keys = p->v.MatchMapping.keys;
    if (keys->count != p->v.MatchMapping.patterns->count) {
        return fail("MatchMapping doesn't have the same number of keys as patterns");
    }
    if (p->v.MatchMapping.rest && check_capture(p->v.MatchMapping.rest) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < keys->count; i++) {
        Expr *key = keys->items[i];
        if (!key) {
            return fail("None disallowed in expression list");
        }
        if (key->kind == EXPR_Constant) {
            Object *value = key->v.Constant.value;
            if (value == (Object *)NONE || value == TRUE_OBJECT || value == FALSE_OBJECT) {
                continue;
            }
        }
        if (check_pattern_value(key) < 0) {
            return -1;
        }
    }
    return check_patterns(p->v.MatchMapping.patterns, false);
}

static int check_class_pattern(Pattern *p) {
    if (p->v.MatchClass.kwd_attrs->count != p->v.MatchClass.kwd_patterns->count) {
        return fail("MatchClass doesn't have the same number of keyword attributes as patterns");
    }
    if (check_expr(p->v.MatchClass.cls, CTX_Load) < 0) {
        return -1;
    }
    Expr *class = p->v.MatchClass.cls;
    while (class->kind == EXPR_Attribute) {
        class = class->v.Attribute.value;
    }
    if (class->kind != EXPR_Name) {
        return fail("MatchClass cls field can only contain Name or Attribute nodes.");
    }
    for (ssize_t i = 0; i < p->v.MatchClass.kwd_attrs->count; i++) {
        if (check_name(p->v.MatchClass.kwd_attrs->items[i]) < 0) {
            return -1;
        }
    }
    return check_patterns(p->v.MatchClass.patterns, false) < 0
               ? -1
               : check_patterns(p->v.MatchClass.kwd_patterns, false);
}

static int check_pattern_inside(Pattern *p, bool star_ok) {
    switch (p->kind) {
    case PATTERN_MatchValue: return check_pattern_value(p->v.MatchValue.value);
    case PATTERN_MatchSingleton: {
        Object *value = p->v.MatchSingleton.value;
        if (value != (Object *)NONE && value != TRUE_OBJECT && value != FALSE_OBJECT) {
            return fail("MatchSingleton can only contain True, False and None");
        }
        return 0;
    }
    case PATTERN_MatchSequence: return check_patterns(p->v.MatchSequence.patterns, true);
    case PATTERN_MatchMapping: return check_mapping_pattern(p);
    case PATTERN_MatchClass: return check_class_pattern(p);
    case PATTERN_MatchStar:
        if (!star_ok) {
            return fail("can't use MatchStar here");
        }
        return p->v.MatchStar.name ? check_capture(p->v.MatchStar.name) : 0;
    case PATTERN_MatchAs:
        if (p->v.MatchAs.name && check_capture(p->v.MatchAs.name) < 0) {
            return -1;
        }
        if (!p->v.MatchAs.pattern) {
            return 0;
        }
        if (!p->v.MatchAs.name) {
            return fail("MatchAs must specify a target name if a pattern is given");
        }
        return check_pattern(p->v.MatchAs.pattern, false);
    case PATTERN_MatchOr:
        if (p->v.MatchOr.patterns->count < 2) {
            return fail("MatchOr requires at least 2 patterns");
        }
        return check_patterns(p->v.MatchOr.patterns, false);
    }
    return fail("unexpected pattern");
}

static int check_pattern(Pattern *p, bool star_ok) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = CHECK_PLACE(p) < 0 ? -1 : check_pattern_inside(p, star_ok);
    compile_leave();
    return status;
}

// ---- statements

static int check_function(StmtSeq *body, Arguments *args, ExprSeq *decorators, Expr *returns,
                          const char *owner) {
    return check_body(body, owner) < 0 || check_arguments(args) < 0 ||
                   check_exprs(decorators, CTX_Load, false) < 0
               ? -1
               : check_optional(returns);
}

static int check_with(WithItemSeq *items, StmtSeq *body, const char *owner) {
    if (check_not_empty(items->count, "items", owner) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < items->count; i++) {
        if (check_expr(items->items[i]->context_expr, CTX_Load) < 0 ||
            (items->items[i]->optional_vars && check_expr(items->items[i]->optional_vars, CTX_Store) < 0)) {
            return -1;
        }
    }
    return check_body(body, owner);
}

static int check_try(Stmt *s, const char *owner) {
    if (check_body(s->v.Try.body, owner) < 0) {
        return -1;
    }
    if (!s->v.Try.handlers->count && !s->v.Try.finalbody->count) {
        raise_error(&exc_ValueError, "%s has neither except handlers nor finalbody", owner);
        return -1;
    }
    if (!s->v.Try.handlers->count && s->v.Try.orelse->count) {
        raise_error(&exc_ValueError, "%s has orelse but no except handlers", owner);
        return -1;
    }
    for (ssize_t i = 0; i < s->v.Try.handlers->count; i++) {
        ExceptHandler *handler = s->v.Try.handlers->items[i];
        if (CHECK_PLACE(handler) < 0 || check_optional(handler->v.ExceptHandler.type) < 0 ||
            check_body(handler->v.ExceptHandler.body, "ExceptHandler") < 0) {
            return -1;
        }
    }
    return check_stmts(s->v.Try.finalbody) < 0 ? -1 : check_stmts(s->v.Try.orelse);
}

static int check_match(Stmt *s) {
    if (check_expr(s->v.Match.subject, CTX_Load) < 0 ||
        check_not_empty(s->v.Match.cases->count, "cases", "Match") < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < s->v.Match.cases->count; i++) {
        MatchCase *m = s->v.Match.cases->items[i];
        if (check_pattern(m->pattern, false) < 0 || check_optional(m->guard) < 0 ||
            check_body(m->body, "match_case") < 0) {
            return -1;
        }
    }
    return 0;
}

static int check_stmt_inside(Stmt *s) {
    switch (s->kind) {
    case STMT_FunctionDef:
        return check_function(s->v.FunctionDef.body, s->v.FunctionDef.args, s->v.FunctionDef.decorator_list,
                              s->v.FunctionDef.returns, "FunctionDef");
    case STMT_AsyncFunctionDef:
        return check_function(s->v.FunctionDef.body, s->v.FunctionDef.args, s->v.FunctionDef.decorator_list,
                              s->v.FunctionDef.returns, "AsyncFunctionDef");
    case STMT_ClassDef:
        return check_body(s->v.ClassDef.body, "ClassDef") < 0 ||
                       check_exprs(s->v.ClassDef.bases, CTX_Load, false) < 0 ||
                       check_keywords(s->v.ClassDef.keywords) < 0
                   ? -1
                   : check_exprs(s->v.ClassDef.decorator_list, CTX_Load, false);
    case STMT_Return: return check_optional(s->v.Return.value);
    case STMT_Delete: return check_targets(s->v.Delete.targets, "Delete", CTX_Del);
    case STMT_Assign:
        return check_targets(s->v.Assign.targets, "Assign", CTX_Store) < 0
                   ? -1
                   : check_expr(s->v.Assign.value, CTX_Load);
    case STMT_AugAssign:
        return check_expr(s->v.AugAssign.target, CTX_Store) < 0 ? -1
                                                                : check_expr(s->v.AugAssign.value, CTX_Load);
    case STMT_AnnAssign:
        if (s->v.AnnAssign.target->kind != EXPR_Name && s->v.AnnAssign.simple) {
            raise_error(&exc_TypeError, "AnnAssign with simple non-Name target");
            return -1;
        }
        return check_expr(s->v.AnnAssign.target, CTX_Store) < 0 || check_optional(s->v.AnnAssign.value) < 0
                   ? -1
                   : check_expr(s->v.AnnAssign.annotation, CTX_Load);
    case STMT_For:
    case STMT_AsyncFor:
        return check_expr(s->v.For.target, CTX_Store) < 0 || check_expr(s->v.For.iter, CTX_Load) < 0 ||
                       check_body(s->v.For.body, s->kind == STMT_For ? "For" : "AsyncFor") < 0
                   ? -1
                   : check_stmts(s->v.For.orelse);
    case STMT_While:
        return check_expr(s->v.While.test, CTX_Load) < 0 || check_body(s->v.While.body, "While") < 0
                   ? -1
                   : check_stmts(s->v.While.orelse);
    case STMT_If:
        return check_expr(s->v.If.test, CTX_Load) < 0 || check_body(s->v.If.body, "If") < 0
                   ? -1
                   : check_stmts(s->v.If.orelse);
    case STMT_With: return check_with(s->v.With.items, s->v.With.body, "With");
    case STMT_AsyncWith: return check_with(s->v.With.items, s->v.With.body, "AsyncWith");
    case STMT_Match: return check_match(s);
    case STMT_Raise:
        if (s->v.Raise.exc) {
            return check_expr(s->v.Raise.exc, CTX_Load) < 0 ? -1 : check_optional(s->v.Raise.cause);
        }
        return s->v.Raise.cause ? fail("Raise with cause but no exception") : 0;
    case STMT_Try: return check_try(s, "Try");
    case STMT_TryStar: return check_try(s, "TryStar");
    case STMT_Assert:
        return check_expr(s->v.Assert.test, CTX_Load) < 0 ? -1 : check_optional(s->v.Assert.msg);
    case STMT_Import: return check_not_empty(s->v.Import.names->count, "names", "Import");
    case STMT_ImportFrom:
        if (s->v.ImportFrom.level < 0) {
            return fail("Negative ImportFrom level");
        }
        return check_not_empty(s->v.ImportFrom.names->count, "names", "ImportFrom");
    case STMT_Global: return check_not_empty(s->v.Global.names->count, "names", "Global");
    case STMT_Nonlocal: return check_not_empty(s->v.Nonlocal.names->count, "names", "Nonlocal");
    case STMT_Expr: return check_expr(s->v.Expr.value, CTX_Load);
    case STMT_Pass:
    case STMT_Break:
    case STMT_Continue: return 0;
    }
    return fail("unexpected statement");
}

static int check_stmts(StmtSeq *statements) {
    for (ssize_t i = 0; i < statements->count; i++) {
        Stmt *s = statements->items[i];
        if (!s) {
            return fail("None disallowed in statement list");
        }
        if (compile_enter() < 0) {
            return -1;
        }
        int status = CHECK_PLACE(s) < 0 ? -1 : check_stmt_inside(s);
        compile_leave();
        if (status < 0) {
            return -1;
        }
    }
    return 0;
}

int ast_validate(Mod *mod) {
    switch (mod->kind) {
    case MOD_Module: return check_stmts(mod->v.Module.body);
    case MOD_Interactive: return check_stmts(mod->v.Interactive.body);
    case MOD_Expression: return check_expr(mod->v.Expression.body, CTX_Load);
    case MOD_FunctionType:
        return check_exprs(mod->v.FunctionType.argtypes, CTX_Load, false) < 0
                   ? -1
                   : check_expr(mod->v.FunctionType.returns, CTX_Load);
    }
    return fail("impossible module node");
}
