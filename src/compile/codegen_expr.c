// Generating code for expressions, and the warnings about suspicious ones.
#include <limits.h>

#include "compile/codegen.h"

#include "compile/depth.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/types.h"

// ---- operators

int emit_compare(Generator *g, CmpOp op) {
    static const int arguments[] = {
        [CMPOP_Lt] = 0, [CMPOP_LtE] = 1, [CMPOP_Eq] = 2, [CMPOP_NotEq] = 3, [CMPOP_Gt] = 4, [CMPOP_GtE] = 5,
    };
    switch (op) {
    case CMPOP_Is:
    case CMPOP_IsNot: return emit_arg(g, IS_OP, op == CMPOP_IsNot);
    case CMPOP_In:
    case CMPOP_NotIn: return emit_arg(g, CONTAINS_OP, op == CMPOP_NotIn);
    default: return emit_arg(g, COMPARE_OP, arguments[op]);
    }
}

int emit_binary(Generator *g, Operator op, bool in_place) {
    // Numbers of BINARY_OP: alphabetical; 13 more for the in-place forms.
    static const int arguments[] = {
        [OPERATOR_Add] = 0,     [OPERATOR_BitAnd] = 1, [OPERATOR_FloorDiv] = 2, [OPERATOR_LShift] = 3,
        [OPERATOR_MatMult] = 4, [OPERATOR_Mult] = 5,   [OPERATOR_Mod] = 6,      [OPERATOR_BitOr] = 7,
        [OPERATOR_Pow] = 8,     [OPERATOR_RShift] = 9, [OPERATOR_Sub] = 10,     [OPERATOR_Div] = 11,
        [OPERATOR_BitXor] = 12,
    };
    return emit_arg(g, BINARY_OP, arguments[op] + (in_place ? 13 : 0));
}

static int generate_unary(Generator *g, Expr *e) {
    static const int opcodes[] = {
        [UNARYOP_Invert] = UNARY_INVERT,
        [UNARYOP_Not] = UNARY_NOT,
        [UNARYOP_UAdd] = UNARY_POSITIVE,
        [UNARYOP_USub] = UNARY_NEGATIVE,
    };
    return generate_expr(g, e->v.UnaryOp.operand) < 0 ? -1 : emit(g, opcodes[e->v.UnaryOp.op]);
}

// The attribute's name, not the start of the expression, is where an attribute access over lines is.
void locate_attribute(Generator *g, Expr *attribute) {
    if (attribute->lineno == attribute->end_lineno) {
        return;
    }
    Location *where = &g->current->where;
    int length = (int)str_length(attribute->v.Attribute.attr);
    where->line = attribute->end_lineno;
    if (length <= attribute->end_col_offset) {
        where->column = attribute->end_col_offset - length;
    } else {
        where->column = where->end_column = -1;
    }
}

static int generate_bool(Generator *g, Expr *e) {
    ExprSeq *values = e->v.BoolOp.values;
    int opcode = e->v.BoolOp.op == BOOLOP_And ? JUMP_IF_FALSE_OR_POP : JUMP_IF_TRUE_OR_POP;
    Block *end = new_block(g);
    if (!end) {
        return -1;
    }
    for (ssize_t i = 0; i < values->count; i++) {
        if (generate_expr(g, values->items[i]) < 0 ||
            (i + 1 < values->count && emit_jump(g, opcode, end) < 0)) {
            return -1;
        }
    }
    use_block(g, end);
    return 0;
}

// ---- warnings

static bool is_plain_constant(Expr *e) {
    if (e->kind != EXPR_Constant) {
        return false;
    }
    Object *value = e->v.Constant.value;
    return value != (Object *)NONE && value != TRUE_OBJECT && value != FALSE_OBJECT && value != ELLIPSIS;
}

static int check_compare(Generator *g, Expr *e) {
    bool left = is_plain_constant(e->v.Compare.left);
    for (ssize_t i = 0; i < e->v.Compare.ops->count; i++) {
        CmpOp op = e->v.Compare.ops->items[i];
        bool right = is_plain_constant(e->v.Compare.comparators->items[i]);
        if ((op == CMPOP_Is || op == CMPOP_IsNot) && (left || right)) {
            return compile_warn(g,
                                op == CMPOP_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                               : "\"is not\" with a literal. Did you mean \"!=\"?",
                                NULL, NULL);
        }
        left = right;
    }
    return 0;
}

// The type that an expression certainly has, or NULL.
static const Type *certain_type(Expr *e) {
    switch (e->kind) {
    case EXPR_Tuple: return &tuple_type;
    case EXPR_List:
    case EXPR_ListComp: return &list_type;
    case EXPR_Dict:
    case EXPR_DictComp: return &dict_type;
    case EXPR_Set:
    case EXPR_SetComp: return &set_type;
    case EXPR_GeneratorExp: return &generator_type;
    case EXPR_Lambda: return &function_type;
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: return &str_type;
    case EXPR_Constant: return e->v.Constant.value->type;
    default: return NULL;
    }
}

int check_caller(Generator *g, Expr *e) {
    switch (e->kind) {
    case EXPR_Constant:
    case EXPR_Tuple:
    case EXPR_List:
    case EXPR_ListComp:
    case EXPR_Dict:
    case EXPR_DictComp:
    case EXPR_Set:
    case EXPR_SetComp:
    case EXPR_GeneratorExp:
    case EXPR_JoinedStr:
    case EXPR_FormattedValue:
        return compile_warn(g, "'%.200s' object is not callable; perhaps you missed a comma?",
                            certain_type(e)->name, NULL);
    default: return 0;
    }
}

static int check_subscripted(Generator *g, Expr *e) {
    switch (e->kind) {
    case EXPR_Constant: {
        Object *value = e->v.Constant.value;
        if (!(value == (Object *)NONE || value == ELLIPSIS || int_check(value) ||
              value->type == &float_type || value->type == &complex_type || value->type == &frozenset_type)) {
            return 0;
        }
        break;
    }
    case EXPR_Set:
    case EXPR_SetComp:
    case EXPR_GeneratorExp:
    case EXPR_Lambda: break;
    default: return 0;
    }
    return compile_warn(g, "'%.200s' object is not subscriptable; perhaps you missed a comma?",
                        certain_type(e)->name, NULL);
}

static int check_index(Generator *g, Expr *e, Expr *index) {
    const Type *index_type = certain_type(index);
    if (!index_type || index_type == &int_type || index_type == &bool_type || index_type == &slice_type) {
        return 0;
    }
    switch (e->kind) {
    case EXPR_Constant: {
        Object *value = e->v.Constant.value;
        if (!str_check(value) && !bytes_check(value) && !tuple_check(value)) {
            return 0;
        }
        break;
    }
    case EXPR_Tuple:
    case EXPR_List:
    case EXPR_ListComp:
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: break;
    default: return 0;
    }
    return compile_warn(g,
                        "%.200s indices must be integers or slices, not %.200s; perhaps you missed a comma?",
                        certain_type(e)->name, index_type->name);
}

// ---- comparisons and conditions

// The chain a < b < c: each step but the last keeps its right operand for the next one.
static int generate_chain(Generator *g, Expr *e, int jump, Block *cleanup) {
    ExprSeq *comparators = e->v.Compare.comparators;
    if (generate_expr(g, e->v.Compare.left) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < comparators->count; i++) {
        bool last = i + 1 == comparators->count;
        if (generate_expr(g, comparators->items[i]) < 0 ||
            (!last && (emit_arg(g, SWAP, 2) < 0 || emit_arg(g, COPY, 2) < 0)) ||
            emit_compare(g, e->v.Compare.ops->items[i]) < 0 || (!last && emit_jump(g, jump, cleanup) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int generate_compare(Generator *g, Expr *e) {
    Block *cleanup = new_block(g);
    if (!cleanup || check_compare(g, e) < 0 || generate_chain(g, e, JUMP_IF_FALSE_OR_POP, cleanup) < 0) {
        return -1;
    }
    if (e->v.Compare.ops->count == 1) {
        return 0;
    }
    Block *end = new_block(g);
    if (!end || emit_jump_no_line(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    if (emit_arg(g, SWAP, 2) < 0 || emit(g, POP_TOP) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

static int jump_if_bool(Generator *g, Expr *e, Block *target, bool condition) {
    ExprSeq *values = e->v.BoolOp.values;
    bool decides = e->v.BoolOp.op == BOOLOP_Or;  // the truth value that decides early
    Block *early = decides == condition ? target : new_block(g);
    if (!early) {
        return -1;
    }
    for (ssize_t i = 0; i < values->count; i++) {
        bool last = i + 1 == values->count;
        if (generate_jump_if(g, values->items[i], last ? target : early, last ? condition : decides) < 0) {
            return -1;
        }
    }
    if (early != target) {
        use_block(g, early);
    }
    return 0;
}

static int jump_if_conditional(Generator *g, Expr *e, Block *target, bool condition) {
    Block *end = new_block(g), *next = new_block(g);
    if (!end || !next || generate_jump_if(g, e->v.IfExp.test, next, false) < 0 ||
        generate_jump_if(g, e->v.IfExp.body, target, condition) < 0 || emit_jump_no_line(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, next);
    if (generate_jump_if(g, e->v.IfExp.orelse, target, condition) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

static int jump_if_chain(Generator *g, Expr *e, Block *target, bool condition) {
    Block *cleanup = new_block(g), *end = NULL;
    // The order in which blocks are made is the order in which exits are copied: `end` comes after the jump.
    if (!cleanup || check_compare(g, e) < 0 || generate_chain(g, e, POP_JUMP_IF_FALSE, cleanup) < 0 ||
        emit_jump(g, condition ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE, target) < 0 || !(end = new_block(g)) ||
        emit_jump_no_line(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    if (emit(g, POP_TOP) < 0 || (!condition && emit_jump_no_line(g, JUMP, target) < 0)) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

// Jumps to `target` when the expression's truth is `condition`, else falls through.
int generate_jump_if(Generator *g, Expr *e, Block *target, bool condition) {
    if (compile_enter() < 0) {
        return -1;
    }
    if (e->kind == EXPR_Compare) {
        set_location(g, LOCATION(e)); // the jump, and what follows, belongs to the comparison
    }
    int status;
    if (e->kind == EXPR_UnaryOp && e->v.UnaryOp.op == UNARYOP_Not) {
        status = generate_jump_if(g, e->v.UnaryOp.operand, target, !condition);
    } else if (e->kind == EXPR_BoolOp) {
        status = jump_if_bool(g, e, target, condition);
    } else if (e->kind == EXPR_IfExp) {
        status = jump_if_conditional(g, e, target, condition);
    } else if (e->kind == EXPR_Compare && e->v.Compare.ops->count > 1) {
        status = jump_if_chain(g, e, target, condition);
    } else {
        status = generate_expr(g, e);
        status = status < 0 ? -1 : emit_jump(g, condition ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE, target);
    }
    compile_leave();
    return status;
}

static int generate_conditional(Generator *g, Expr *e) {
    Block *end = new_block(g), *next = new_block(g);
    if (!end || !next || generate_jump_if(g, e->v.IfExp.test, next, false) < 0 ||
        generate_expr(g, e->v.IfExp.body) < 0 || emit_jump_no_line(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, next);
    if (generate_expr(g, e->v.IfExp.orelse) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

// ---- f-strings

static int generate_joined(Generator *g, Expr *e) {
    ExprSeq *values = e->v.JoinedStr.values;
    if (values->count <= STACK_USE_GUIDELINE) {
        return generate_exprs(g, values) < 0 ? -1
               : values->count == 1          ? 0
                                             : emit_arg(g, BUILD_STRING, (int)values->count);
    }
    if (emit_constant(g, str_empty()) < 0 || emit_name(g, LOAD_METHOD, names.join) < 0 ||
        emit_arg(g, BUILD_LIST, 0) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < values->count; i++) {
        if (generate_expr(g, values->items[i]) < 0 || emit_arg(g, LIST_APPEND, 1) < 0) {
            return -1;
        }
    }
    return emit_arg(g, PRECALL, 1) < 0 ? -1 : emit_arg(g, CALL, 1);
}

static int generate_formatted(Generator *g, Expr *e) {
    int argument;
    if (generate_expr(g, e->v.FormattedValue.value) < 0) {
        return -1;
    }
    switch (e->v.FormattedValue.conversion) {
    case 's': argument = 1; break;
    case 'r': argument = 2; break;
    case 'a': argument = 3; break;
    case -1: argument = 0; break;
    default:
        raise_error(&exc_SystemError, "Unrecognized conversion character %d", e->v.FormattedValue.conversion);
        return -1;
    }
    if (e->v.FormattedValue.format_spec) {
        if (generate_expr(g, e->v.FormattedValue.format_spec) < 0) {
            return -1;
        }
        argument |= 4;
    }
    return emit_arg(g, FORMAT_VALUE, argument);
}

// ---- the rest

static int generate_yield(Generator *g, Expr *e) {
    Expr *value = e->v.Yield.value;
    if (!in_function(g)) {
        return compile_error(g, "'yield' outside function", NULL);
    }
    return (value ? generate_expr(g, value) : emit_constant(g, (Object *)NONE)) < 0 ? -1 : emit_yield(g);
}

static int generate_yield_from(Generator *g, Expr *e) {
    if (!in_function(g)) {
        return compile_error(g, "'yield' outside function", NULL);
    }
    if (g->current->kind == IN_ASYNC_FUNCTION) {
        return compile_error(g, "'yield from' inside async function", NULL);
    }
    return generate_expr(g, e->v.YieldFrom.value) < 0 || emit(g, GET_YIELD_FROM_ITER) < 0 ||
                   emit_constant(g, (Object *)NONE) < 0
               ? -1
               : emit_yield_from(g, false);
}

static int generate_await(Generator *g, Expr *e) {
    if (top_level_await(g)) {
        g->current->scope->coroutine = true;
    } else {
        if (!in_function(g)) {
            return compile_error(g, "'await' outside function", NULL);
        }
        if (g->current->kind != IN_ASYNC_FUNCTION && g->current->kind != IN_COMPREHENSION) {
            return compile_error(g, "'await' outside async function", NULL);
        }
    }
    return generate_expr(g, e->v.Await.value) < 0 ? -1 : emit_await(g, 0);
}

static int generate_attribute(Generator *g, Expr *e) {
    static const int opcodes[] = {
        [CTX_Load] = LOAD_ATTR,
        [CTX_Store] = STORE_ATTR,
        [CTX_Del] = DELETE_ATTR,
    };
    ExprContext context = e->v.Attribute.ctx;
    if (generate_expr(g, e->v.Attribute.value) < 0) {
        return -1;
    }
    locate_attribute(g, e);
    return check_name(g, e->v.Attribute.attr, context) < 0
               ? -1
               : emit_name(g, opcodes[context], e->v.Attribute.attr);
}

static int generate_subscript(Generator *g, Expr *e) {
    Expr *value = e->v.Subscript.value, *slice = e->v.Subscript.slice;
    if (e->v.Subscript.ctx == CTX_Load &&
        (check_subscripted(g, value) < 0 || check_index(g, value, slice) < 0)) {
        return -1;
    }
    static const int opcodes[] = {
        [CTX_Load] = BINARY_SUBSCR,
        [CTX_Store] = STORE_SUBSCR,
        [CTX_Del] = DELETE_SUBSCR,
    };
    return generate_expr(g, value) < 0 || generate_expr(g, slice) < 0 ? -1
                                                                      : emit(g, opcodes[e->v.Subscript.ctx]);
}

static int generate_slice(Generator *g, Expr *e) {
    Expr *bounds[] = { e->v.Slice.lower, e->v.Slice.upper };
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        if ((bounds[i] ? generate_expr(g, bounds[i]) : emit_constant(g, (Object *)NONE)) < 0) {
            return -1;
        }
    }
    if (e->v.Slice.step && generate_expr(g, e->v.Slice.step) < 0) {
        return -1;
    }
    return emit_arg(g, BUILD_SLICE, e->v.Slice.step ? 3 : 2);
}

// Targets of an unpacking assignment.
static int generate_targets(Generator *g, ExprSeq *targets) {
    bool star = false;
    ssize_t count = targets->count;
    for (ssize_t i = 0; i < count; i++) {
        if (targets->items[i]->kind != EXPR_Starred) {
            continue;
        }
        if (star) {
            return compile_error(g, "multiple starred expressions in assignment", NULL);
        }
        if (i >= 1 << 8 || count - i - 1 >= INT_MAX >> 8) {
            return compile_error(g, "too many expressions in star-unpacking assignment", NULL);
        }
        if (emit_arg(g, UNPACK_EX, (int)(i + ((count - i - 1) << 8))) < 0) {
            return -1;
        }
        star = true;
    }
    if (!star && emit_arg(g, UNPACK_SEQUENCE, (int)count) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < count; i++) {
        Expr *target = targets->items[i];
        if (generate_expr(g, target->kind == EXPR_Starred ? target->v.Starred.value : target) < 0) {
            return -1;
        }
    }
    return 0;
}

static int generate_list_or_tuple(Generator *g, ExprSeq *elements, ExprContext context, SequenceKind kind) {
    switch (context) {
    case CTX_Store: return generate_targets(g, elements);
    case CTX_Load: return generate_sequence(g, elements, 0, kind);
    default: return generate_exprs(g, elements);
    }
}

static int generate_at_location(Generator *g, Expr *e) {
    switch (e->kind) {
    case EXPR_NamedExpr:
        return generate_expr(g, e->v.NamedExpr.value) < 0 || emit_arg(g, COPY, 1) < 0
                   ? -1
                   : generate_expr(g, e->v.NamedExpr.target);
    case EXPR_BoolOp: return generate_bool(g, e);
    case EXPR_BinOp:
        return generate_expr(g, e->v.BinOp.left) < 0 || generate_expr(g, e->v.BinOp.right) < 0
                   ? -1
                   : emit_binary(g, e->v.BinOp.op, false);
    case EXPR_UnaryOp: return generate_unary(g, e);
    case EXPR_Lambda: return generate_lambda(g, e);
    case EXPR_IfExp: return generate_conditional(g, e);
    case EXPR_Dict: return generate_dict(g, e);
    case EXPR_Set: return generate_sequence(g, e->v.Set.elts, 0, SEQUENCE_SET);
    case EXPR_ListComp:
    case EXPR_SetComp:
    case EXPR_DictComp:
    case EXPR_GeneratorExp: return generate_comprehension(g, e);
    case EXPR_Yield: return generate_yield(g, e);
    case EXPR_YieldFrom: return generate_yield_from(g, e);
    case EXPR_Await: return generate_await(g, e);
    case EXPR_Compare: return generate_compare(g, e);
    case EXPR_Call: return generate_call(g, e);
    case EXPR_FormattedValue: return generate_formatted(g, e);
    case EXPR_JoinedStr: return generate_joined(g, e);
    case EXPR_Constant: return emit_constant(g, e->v.Constant.value);
    case EXPR_Attribute: return generate_attribute(g, e);
    case EXPR_Subscript: return generate_subscript(g, e);
    case EXPR_Starred:
        return compile_error(g,
                             e->v.Starred.ctx == CTX_Store
                                 ? "starred assignment target must be in a list or tuple"
                                 : "can't use starred expression here",
                             NULL);
    case EXPR_Name: return generate_name(g, e->v.Name.id, e->v.Name.ctx);
    case EXPR_List: return generate_list_or_tuple(g, e->v.List.elts, e->v.List.ctx, SEQUENCE_LIST);
    case EXPR_Tuple: return generate_list_or_tuple(g, e->v.Tuple.elts, e->v.Tuple.ctx, SEQUENCE_TUPLE);
    case EXPR_Slice: return generate_slice(g, e);
    }
    return 0;
}

int generate_expr(Generator *g, Expr *e) {
    if (compile_enter() < 0) {
        return -1;
    }
    Scoped *scoped = g->current;
    Location where = scoped->where;
    scoped->where = LOCATION(e);
    int status = generate_at_location(g, e);
    if (status == 0) {
        scoped->where = where;
    }
    compile_leave();
    return status;
}

int generate_exprs(Generator *g, ExprSeq *expressions) {
    for (ssize_t i = 0; i < expressions->count; i++) {
        if (generate_expr(g, expressions->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
