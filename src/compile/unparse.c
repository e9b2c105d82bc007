// Source text of an expression, as annotations keep it under `from __future__ import annotations` (PEP 563).
#include "compile/codegen.h"
#include "compile/depth.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/types.h"

typedef enum Precedence {  // how tightly an expression binds, loosest first
    P_TUPLE,
    P_TEST,
    P_OR,
    P_AND,
    P_NOT,
    P_COMPARE,
    P_OR_BITS,
    P_XOR,
    P_AND_BITS,
    P_SHIFT,
    P_SUM,
    P_TERM,
    P_FACTOR,
    P_POWER,
    P_AWAIT,
    P_ATOM,
} Precedence;

static int write_expr(StrBuilder *b, Expr *e, int level);

static int write_text(StrBuilder *b, const char *text) {
    return str_builder_cstring(b, text);
}

static int open_if(StrBuilder *b, bool condition) {
    return condition ? write_text(b, "(") : 0;
}

static int close_if(StrBuilder *b, bool condition) {
    return condition ? write_text(b, ")") : 0;
}

static int write_list(StrBuilder *b, ExprSeq *expressions, const char *separator, int level) {
    for (ssize_t i = 0; i < expressions->count; i++) {
        if ((i && write_text(b, separator) < 0) || write_expr(b, expressions->items[i], level) < 0) {
            return -1;
        }
    }
    return 0;
}

static int write_bool(StrBuilder *b, Expr *e, int level) {
    bool and = e->v.BoolOp.op == BOOLOP_And;
    int own = and ? P_AND : P_OR;
    return open_if(b, level > own) < 0 ||
                   write_list(b, e->v.BoolOp.values, and? " and " : " or ", own + 1) < 0
               ? -1
               : close_if(b, level > own);
}

static int write_binary(StrBuilder *b, Expr *e, int level) {
    static const struct {
        const char *text;
        int level;
    } operators[] = {
        [OPERATOR_Add] = { " + ", P_SUM },         [OPERATOR_Sub] = { " - ", P_SUM },
        [OPERATOR_Mult] = { " * ", P_TERM },       [OPERATOR_MatMult] = { " @ ", P_TERM },
        [OPERATOR_Div] = { " / ", P_TERM },        [OPERATOR_Mod] = { " % ", P_TERM },
        [OPERATOR_LShift] = { " << ", P_SHIFT },   [OPERATOR_RShift] = { " >> ", P_SHIFT },
        [OPERATOR_BitOr] = { " | ", P_OR_BITS },   [OPERATOR_BitXor] = { " ^ ", P_XOR },
        [OPERATOR_BitAnd] = { " & ", P_AND_BITS }, [OPERATOR_FloorDiv] = { " // ", P_TERM },
        [OPERATOR_Pow] = { " ** ", P_POWER },
    };
    Operator op = e->v.BinOp.op;
    int own = operators[op].level;
    bool from_right = op == OPERATOR_Pow;
    return open_if(b, level > own) < 0 || write_expr(b, e->v.BinOp.left, own + from_right) < 0 ||
                   write_text(b, operators[op].text) < 0 ||
                   write_expr(b, e->v.BinOp.right, own + !from_right) < 0
               ? -1
               : close_if(b, level > own);
}

static int write_unary(StrBuilder *b, Expr *e, int level) {
    static const char *const texts[] = {
        [UNARYOP_Invert] = "~",
        [UNARYOP_Not] = "not ",
        [UNARYOP_UAdd] = "+",
        [UNARYOP_USub] = "-",
    };
    int own = e->v.UnaryOp.op == UNARYOP_Not ? P_NOT : P_FACTOR;
    return open_if(b, level > own) < 0 || write_text(b, texts[e->v.UnaryOp.op]) < 0 ||
                   write_expr(b, e->v.UnaryOp.operand, own) < 0
               ? -1
               : close_if(b, level > own);
}

// ---- lambda

static int write_arg(StrBuilder *b, Arg *arg, Expr *default_value, const char *prefix, bool *first) {
    if ((!*first && write_text(b, ", ") < 0) || write_text(b, prefix) < 0 ||
        str_builder_str(b, arg->arg) < 0) {
        return -1;
    }
    *first = false;
    if (arg->annotation && (write_text(b, ": ") < 0 || write_expr(b, arg->annotation, P_TEST) < 0)) {
        return -1;
    }
    return default_value && (write_text(b, "=") < 0 || write_expr(b, default_value, P_TEST) < 0) ? -1 : 0;
}

static int write_arguments(StrBuilder *b, Arguments *a) {
    bool first = true;
    ssize_t positional = a->posonlyargs->count, count = positional + a->args->count;
    for (ssize_t i = 0; i < count; i++) {
        Arg *arg = i < positional ? a->posonlyargs->items[i] : a->args->items[i - positional];
        ssize_t k = i - (count - a->defaults->count);
        if (write_arg(b, arg, k >= 0 ? a->defaults->items[k] : NULL, "", &first) < 0 ||
            (positional && i + 1 == positional && write_text(b, ", /") < 0)) {
            return -1;
        }
    }
    if (a->vararg) {
        if (write_arg(b, a->vararg, NULL, "*", &first) < 0) {
            return -1;
        }
    } else if (a->kwonlyargs->count) {
        if (write_text(b, first ? "*" : ", *") < 0) {
            return -1;
        }
        first = false;
    }
    for (ssize_t i = 0; i < a->kwonlyargs->count; i++) {
        if (write_arg(b, a->kwonlyargs->items[i], a->kw_defaults->items[i], "", &first) < 0) {
            return -1;
        }
    }
    return a->kwarg ? write_arg(b, a->kwarg, NULL, "**", &first) : 0;
}

static int write_lambda(StrBuilder *b, Expr *e, int level) {
    Arguments *a = e->v.Lambda.args;
    bool any = a->posonlyargs->count || a->args->count || a->vararg || a->kwonlyargs->count || a->kwarg;
    return open_if(b, level > P_TEST) < 0 || write_text(b, any ? "lambda " : "lambda") < 0 ||
                   write_arguments(b, a) < 0 || write_text(b, ": ") < 0 ||
                   write_expr(b, e->v.Lambda.body, P_TEST) < 0
               ? -1
               : close_if(b, level > P_TEST);
}

static int write_conditional(StrBuilder *b, Expr *e, int level) {
    return open_if(b, level > P_TEST) < 0 || write_expr(b, e->v.IfExp.body, P_TEST + 1) < 0 ||
                   write_text(b, " if ") < 0 || write_expr(b, e->v.IfExp.test, P_TEST + 1) < 0 ||
                   write_text(b, " else ") < 0 || write_expr(b, e->v.IfExp.orelse, P_TEST) < 0
               ? -1
               : close_if(b, level > P_TEST);
}

// ---- displays, comprehensions, calls

static int write_dict(StrBuilder *b, Expr *e) {
    if (write_text(b, "{") < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < e->v.Dict.values->count; i++) {
        Expr *key = e->v.Dict.keys->items[i], *value = e->v.Dict.values->items[i];
        if ((i && write_text(b, ", ") < 0) ||
            (key ? write_expr(b, key, P_TEST) < 0 || write_text(b, ": ") < 0 ||
                       write_expr(b, value, P_TEST) < 0
                 : write_text(b, "**") < 0 || write_expr(b, value, P_OR_BITS) < 0)) {
            return -1;
        }
    }
    return write_text(b, "}");
}

static int write_comprehension(StrBuilder *b, const char *open, Expr *element, Expr *value,
                               ComprehensionSeq *clauses, const char *close) {
    if (write_text(b, open) < 0 || write_expr(b, element, P_TEST) < 0 ||
        (value && (write_text(b, ": ") < 0 || write_expr(b, value, P_TEST) < 0))) {
        return -1;
    }
    for (ssize_t i = 0; i < clauses->count; i++) {
        Comprehension *clause = clauses->items[i];
        if (write_text(b, clause->is_async ? " async for " : " for ") < 0 ||
            write_expr(b, clause->target, P_TUPLE) < 0 || write_text(b, " in ") < 0 ||
            write_expr(b, clause->iter, P_TEST + 1) < 0) {
            return -1;
        }
        for (ssize_t k = 0; k < clause->ifs->count; k++) {
            if (write_text(b, " if ") < 0 || write_expr(b, clause->ifs->items[k], P_TEST + 1) < 0) {
                return -1;
            }
        }
    }
    return write_text(b, close);
}

static int write_compare(StrBuilder *b, Expr *e, int level) {
    static const char *const texts[] = {
        [CMPOP_Eq] = " == ", [CMPOP_NotEq] = " != ",     [CMPOP_Lt] = " < ",  [CMPOP_LtE] = " <= ",
        [CMPOP_Gt] = " > ",  [CMPOP_GtE] = " >= ",       [CMPOP_Is] = " is ", [CMPOP_IsNot] = " is not ",
        [CMPOP_In] = " in ", [CMPOP_NotIn] = " not in ",
    };
    if (open_if(b, level > P_COMPARE) < 0 || write_expr(b, e->v.Compare.left, P_COMPARE + 1) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < e->v.Compare.ops->count; i++) {
        if (write_text(b, texts[e->v.Compare.ops->items[i]]) < 0 ||
            write_expr(b, e->v.Compare.comparators->items[i], P_COMPARE + 1) < 0) {
            return -1;
        }
    }
    return close_if(b, level > P_COMPARE);
}

static int write_call(StrBuilder *b, Expr *e) {
    ExprSeq *args = e->v.Call.args;
    KeywordSeq *keywords = e->v.Call.keywords;
    if (write_expr(b, e->v.Call.func, P_ATOM) < 0) {
        return -1;
    }
    if (args->count == 1 && !keywords->count && args->items[0]->kind == EXPR_GeneratorExp) {
        return write_expr(b, args->items[0], P_ATOM);
    }
    if (write_text(b, "(") < 0 || write_list(b, args, ", ", P_TEST) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < keywords->count; i++) {
        Keyword *keyword = keywords->items[i];
        if (((i || args->count) && write_text(b, ", ") < 0) ||
            (keyword->arg ? str_builder_str(b, keyword->arg) < 0 || write_text(b, "=") < 0
                          : write_text(b, "**") < 0) ||
            write_expr(b, keyword->value, P_TEST) < 0) {
            return -1;
        }
    }
    return write_text(b, ")");
}

// ---- constants and f-strings

static int write_constant_value(StrBuilder *b, Object *value);

static int write_constant_tuple(StrBuilder *b, Object *tuple) {
    if (write_text(b, "(") < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < tuple_size(tuple); i++) {
        if ((i && write_text(b, ", ") < 0) || write_constant_value(b, tuple_get(tuple, i)) < 0) {
            return -1;
        }
    }
    return write_text(b, tuple_size(tuple) == 1 ? ",)" : ")");
}

static int write_constant_value(StrBuilder *b, Object *value) {
    if (value == ELLIPSIS) {
        return write_text(b, "...");
    }
    if (value->type == &tuple_type) {
        return write_constant_tuple(b, value);
    }
    Object *text = object_repr(value);
    if (text && (value->type == &float_type || value->type == &complex_type)) {
        // An infinity has no literal but this.
        Object *infinity = str_from_cstring("inf"), *huge = str_from_cstring("1e309");
        text = infinity && huge ? str_replace(text, infinity, huge, -1) : NULL;
    }
    return text ? str_builder_str(b, text) : -1;
}

static int write_formatted_part(StrBuilder *b, Expr *e);

static int write_formatted(StrBuilder *b, Expr *e) {
    StrBuilder inner;
    str_builder_init(&inner, 0);
    if (write_expr(&inner, e->v.FormattedValue.value, P_TEST + 1) < 0) {
        return -1;
    }
    Object *text = str_builder_finish(&inner);
    // {{ would be an escaped brace.
    if (!text || write_text(b, str_length(text) && str_read(text, 0) == '{' ? "{ " : "{") < 0 ||
        str_builder_str(b, text) < 0) {
        return -1;
    }
    int conversion = e->v.FormattedValue.conversion;
    if (conversion > 0 && (write_text(b, "!") < 0 || str_builder_char(b, (uint32_t)conversion) < 0)) {
        return -1;
    }
    Expr *spec = e->v.FormattedValue.format_spec;
    return (spec && (write_text(b, ":") < 0 || write_formatted_part(b, spec) < 0)) ? -1 : write_text(b, "}");
}

static int write_formatted_part(StrBuilder *b, Expr *e) {
    switch (e->kind) {
    case EXPR_Constant: {
        Object *text = e->v.Constant.value;
        for (ssize_t i = 0; i < str_length(text); i++) {
            uint32_t c = str_read(text, i);
            if (str_builder_char(b, c) < 0 || ((c == '{' || c == '}') && str_builder_char(b, c) < 0)) {
                return -1;
            }
        }
        return 0;
    }
    case EXPR_JoinedStr:
        for (ssize_t i = 0; i < e->v.JoinedStr.values->count; i++) {
            if (write_formatted_part(b, e->v.JoinedStr.values->items[i]) < 0) {
                return -1;
            }
        }
        return 0;
    case EXPR_FormattedValue: return write_formatted(b, e);
    default: raise_error(&exc_SystemError, "unknown expression kind inside f-string"); return -1;
    }
}

static int write_joined(StrBuilder *b, Expr *e) {
    StrBuilder inner;
    str_builder_init(&inner, 0);
    if (write_formatted_part(&inner, e) < 0) {
        return -1;
    }
    Object *body = str_builder_finish(&inner), *text = body ? object_repr(body) : NULL;
    return !text || write_text(b, "f") < 0 ? -1 : str_builder_str(b, text);
}

// ---- the rest

static int write_attribute(StrBuilder *b, Expr *e) {
    Expr *value = e->v.Attribute.value;
    // `1.real` would begin a float.
    bool number = value->kind == EXPR_Constant && int_check_exact(value->v.Constant.value);
    return write_expr(b, value, P_ATOM) < 0 || write_text(b, number ? " ." : ".") < 0
               ? -1
               : str_builder_str(b, e->v.Attribute.attr);
}

static int write_slice(StrBuilder *b, Expr *e) {
    return (e->v.Slice.lower && write_expr(b, e->v.Slice.lower, P_TEST) < 0) || write_text(b, ":") < 0 ||
                   (e->v.Slice.upper && write_expr(b, e->v.Slice.upper, P_TEST) < 0) ||
                   (e->v.Slice.step && (write_text(b, ":") < 0 || write_expr(b, e->v.Slice.step, P_TEST) < 0))
               ? -1
               : 0;
}

static int write_tuple(StrBuilder *b, Expr *e, int level) {
    ExprSeq *elements = e->v.Tuple.elts;
    if (!elements->count) {
        return write_text(b, "()");
    }
    return open_if(b, level > P_TUPLE) < 0 || write_list(b, elements, ", ", P_TEST) < 0 ||
                   (elements->count == 1 && write_text(b, ",") < 0)
               ? -1
               : close_if(b, level > P_TUPLE);
}

static int write_prefixed(StrBuilder *b, const char *prefix, Expr *e, int level, const char *suffix) {
    return write_text(b, prefix) < 0 || (e && write_expr(b, e, level) < 0) ? -1 : write_text(b, suffix);
}

static int write_node(StrBuilder *b, Expr *e, int level) {
    switch (e->kind) {
    case EXPR_BoolOp: return write_bool(b, e, level);
    case EXPR_BinOp: return write_binary(b, e, level);
    case EXPR_UnaryOp: return write_unary(b, e, level);
    case EXPR_Lambda: return write_lambda(b, e, level);
    case EXPR_IfExp: return write_conditional(b, e, level);
    case EXPR_Dict: return write_dict(b, e);
    case EXPR_Set:
        return write_text(b, "{") < 0 || write_list(b, e->v.Set.elts, ", ", P_TEST) < 0 ? -1
                                                                                        : write_text(b, "}");
    case EXPR_GeneratorExp:
        return write_comprehension(b, "(", e->v.GeneratorExp.elt, NULL, e->v.GeneratorExp.generators, ")");
    case EXPR_ListComp:
        return write_comprehension(b, "[", e->v.ListComp.elt, NULL, e->v.ListComp.generators, "]");
    case EXPR_SetComp:
        return write_comprehension(b, "{", e->v.SetComp.elt, NULL, e->v.SetComp.generators, "}");
    case EXPR_DictComp:
        return write_comprehension(b, "{", e->v.DictComp.key, e->v.DictComp.value, e->v.DictComp.generators,
                                   "}");
    case EXPR_Yield:
        return e->v.Yield.value ? write_prefixed(b, "(yield ", e->v.Yield.value, P_TEST, ")")
                                : write_text(b, "(yield)");
    case EXPR_YieldFrom: return write_prefixed(b, "(yield from ", e->v.YieldFrom.value, P_TEST, ")");
    case EXPR_Await:
        return write_prefixed(b, level > P_AWAIT ? "(await " : "await ", e->v.Await.value, P_ATOM,
                              level > P_AWAIT ? ")" : "");
    case EXPR_Compare: return write_compare(b, e, level);
    case EXPR_Call: return write_call(b, e);
    case EXPR_Constant:
        return e->v.Constant.kind && str_builder_str(b, e->v.Constant.kind) < 0
                   ? -1
                   : write_constant_value(b, e->v.Constant.value);
    case EXPR_JoinedStr: return write_joined(b, e);
    case EXPR_FormattedValue: return write_formatted(b, e);
    case EXPR_Attribute: return write_attribute(b, e);
    case EXPR_Starred: return write_prefixed(b, "*", e->v.Starred.value, P_OR_BITS, "");
    case EXPR_Name: return str_builder_str(b, e->v.Name.id);
    case EXPR_List:
        return write_text(b, "[") < 0 || write_list(b, e->v.List.elts, ", ", P_TEST) < 0 ? -1
                                                                                         : write_text(b, "]");
    case EXPR_Tuple: return write_tuple(b, e, level);
    case EXPR_Subscript:
        return write_expr(b, e->v.Subscript.value, P_ATOM) < 0
                   ? -1
                   : write_prefixed(b, "[", e->v.Subscript.slice, P_TUPLE, "]");
    case EXPR_Slice: return write_slice(b, e);
    case EXPR_NamedExpr:
        return open_if(b, level > P_TUPLE) < 0 || write_expr(b, e->v.NamedExpr.target, P_ATOM) < 0 ||
                       write_text(b, " := ") < 0 || write_expr(b, e->v.NamedExpr.value, P_ATOM) < 0
                   ? -1
                   : close_if(b, level > P_TUPLE);
    }
    return 0;
}

static int write_expr(StrBuilder *b, Expr *e, int level) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = write_node(b, e, level);
    compile_leave();
    return status;
}

Object *expr_unparse(Expr *e, Arena *arena) {
    StrBuilder b;
    str_builder_init(&b, 0);
    if (write_expr(&b, e, P_TEST) < 0) {
        return NULL;
    }
    Object *text = str_builder_finish(&b);
    return text && arena_keep(arena, text) == 0 ? text : NULL;
}
