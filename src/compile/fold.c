// The AST optimizer.
#include "compile/fold.h"

#include "compile/depth.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "syntax/ast.h"

typedef struct Folder {
    Arena *arena;
    int optimize;
    bool keep_annotations;  // they are not evaluated
} Folder;

enum { // what a folded constant may cost: bits of an int, elements of a tuple, of all tuples in it, characters
    MOST_BITS = 128,
    MOST_ELEMENTS = 256,
    MOST_TOTAL_ELEMENTS = 1024,
    MOST_CHARACTERS = 4096,
};

static int fold_expr(Folder *f, Expr *e);
static int fold_stmts(Folder *f, StmtSeq *statements);

// Turns a node into a constant; when the value could not be computed the node stays as it is.
static int become_constant(Folder *f, Expr *e, Object *value) {
    if (!value) {
        if (error_matches(&exc_KeyboardInterrupt)) {
            return -1;
        }
        error_clear();
        return 0;
    }
    if (arena_keep(f->arena, value) < 0) {
        return -1;
    }
    e->kind = EXPR_Constant;
    e->v.Constant.value = value;
    e->v.Constant.kind = NULL;
    return 0;
}

// ---- operators

static int fold_unary(Folder *f, Expr *e) {
    Expr *operand = e->v.UnaryOp.operand;
    if (operand->kind == EXPR_Constant) {
        Object *value = operand->v.Constant.value;
        switch (e->v.UnaryOp.op) {
        case UNARYOP_Invert: return become_constant(f, e, number_invert(value));
        case UNARYOP_UAdd: return become_constant(f, e, number_positive(value));
        case UNARYOP_USub: return become_constant(f, e, number_negative(value));
        case UNARYOP_Not: {
            int truth = object_is_true(value);
            return become_constant(f, e, truth < 0 ? NULL : truth ? FALSE_OBJECT : TRUE_OBJECT);
        }
        }
    }
    // `not a in b` is `a not in b`; not so for == and <, which objects may define at odds with each other.
    if (e->v.UnaryOp.op == UNARYOP_Not && operand->kind == EXPR_Compare &&
        operand->v.Compare.ops->count == 1) {
        CmpOp *op = &operand->v.Compare.ops->items[0];
        switch (*op) {
        case CMPOP_Is: *op = CMPOP_IsNot; break;
        case CMPOP_IsNot: *op = CMPOP_Is; break;
        case CMPOP_In: *op = CMPOP_NotIn; break;
        case CMPOP_NotIn: *op = CMPOP_In; break;
        default: return 0;
        }
        *e = *operand;
    }
    return 0;
}

// What is left of `limit` after the elements of nested tuples and frozensets; negative: too many.
static ssize_t total_elements(Object *o, ssize_t limit) {
    if (tuple_check(o)) {
        limit -= tuple_size(o);
        for (ssize_t i = 0; limit >= 0 && i < tuple_size(o); i++) {
            limit = total_elements(tuple_get(o, i), limit);
        }
    } else if (o->type == &frozenset_type) {
        limit -= set_size(o);
    }
    return limit;
}

// Whether count * sequence is small. `count` is an int.
static bool repeat_is_small(Object *sequence, Object *count) {
    int overflow;
    int64_t times = int_as_i64(count, &overflow);
    if (overflow) {
        return false;
    }
    ssize_t size = tuple_check(sequence) ? tuple_size(sequence)
                   : str_check(sequence) ? str_length(sequence)
                                         : bytes_length(sequence);
    if (!size) {
        return true;
    }
    if (tuple_check(sequence)) {
        return times >= 0 && times <= MOST_ELEMENTS / size &&
               (!times || total_elements(sequence, MOST_TOTAL_ELEMENTS / times) >= 0);
    }
    return times >= 0 && times <= MOST_CHARACTERS / size;
}

static bool is_sequence(Object *o) {
    return tuple_check(o) || str_check(o) || bytes_check(o);
}

static Object *safe_multiply(Object *a, Object *b) {
    bool small = true;
    if (int_check(a) && int_check(b)) {
        small = !int_sign(a) || !int_sign(b) || int_bit_length(a) + int_bit_length(b) <= MOST_BITS;
    } else if (int_check(a) && is_sequence(b)) {
        small = repeat_is_small(b, a);
    } else if (int_check(b) && is_sequence(a)) {
        small = repeat_is_small(a, b);
    }
    return small ? number_multiply(a, b) : NULL;
}

static Object *safe_power(Object *a, Object *b) {
    if (int_check(a) && int_check(b) && int_sign(a) && int_sign(b) > 0) {
        int overflow;
        int64_t exponent = int_as_i64(b, &overflow);
        if (overflow || (int64_t)int_bit_length(a) > MOST_BITS / exponent) {
            return NULL;
        }
    }
    return number_power(a, b, NULL);
}

static Object *safe_shift_left(Object *a, Object *b) {
    if (int_check(a) && int_check(b) && int_sign(a) && int_sign(b)) {
        int overflow;
        int64_t places = int_as_i64(b, &overflow);
        if (overflow || places < 0 || places > MOST_BITS || (int64_t)int_bit_length(a) > MOST_BITS - places) {
            return NULL;
        }
    }
    return number_binary(a, b, 3);
}

static Object *binary_value(Operator op, Object *a, Object *b) {
    switch (op) {
    case OPERATOR_Add: return number_add(a, b);
    case OPERATOR_Sub: return number_subtract(a, b);
    case OPERATOR_Mult: return safe_multiply(a, b);
    case OPERATOR_Div: return number_true_divide(a, b);
    case OPERATOR_FloorDiv: return number_floor_divide(a, b);
    case OPERATOR_Mod: return str_check(a) || bytes_check(a) ? NULL : number_remainder(a, b);
    case OPERATOR_Pow: return safe_power(a, b);
    case OPERATOR_LShift: return safe_shift_left(a, b);
    case OPERATOR_RShift: return number_binary(a, b, 9);
    case OPERATOR_BitOr: return number_binary(a, b, 7);
    case OPERATOR_BitXor: return number_binary(a, b, 12);
    case OPERATOR_BitAnd: return number_binary(a, b, 1);
    default: return NULL;
    }
}

// ---- "..." % (...)

typedef struct Format {
    Object *text;
    ssize_t position;
} Format;

static Expr *constant_at(Folder *f, Object *value, const Expr *place) {
    if (!value || arena_keep(f->arena, value) < 0) {
        return NULL;
    }
    return ast_Constant(value, NULL, place->lineno, place->col_offset, place->end_lineno,
                        place->end_col_offset, f->arena);
}

// The text up to the next directive, with %% made one %; NULL without an exception when it is empty.
static Object *read_literal(Format *format) {
    ssize_t start = format->position, length = str_length(format->text);
    bool percents = false;
    while (format->position < length) {
        if (str_read(format->text, format->position) != '%') {
            format->position++;
        } else if (format->position + 1 < length && str_read(format->text, format->position + 1) == '%') {
            percents = true;
            format->position += 2;
        } else {
            break;
        }
    }
    if (format->position == start) {
        return NULL;
    }
    Object *literal = str_substring(format->text, start, format->position);
    if (literal && percents) {
        Object *two = str_from_cstring("%%"), *one = str_from_cstring("%");
        literal = two && one ? str_replace(literal, two, one, -1) : NULL;
    }
    return literal;
}

static uint32_t next_char(Format *format) {
    return format->position < str_length(format->text) ? str_read(format->text, format->position++) : 0;
}

// Up to three digits (fewer than three, rather: three are refused). -1: no digits; -2: too many.
static int read_number(Format *format, uint32_t *c) {
    int value = -1;
    for (int digits = 0; *c >= '0' && *c <= '9'; *c = next_char(format)) {
        value = (value < 0 ? 0 : value) * 10 + (int)(*c - '0');
        if (++digits >= 3) {
            return -2;
        }
    }
    return value;
}

// %s, %r and %a with width and precision, as a FormattedValue of `argument`. NULL: another directive, or an
// exception.
static Expr *read_directive(Folder *f, Format *format, Expr *argument) {
    format->position++;
    uint32_t c = next_char(format);
    bool left = false;
    while (c == '-' || c == '+' || c == ' ' || c == '#' || c == '0') {
        left |= c == '-';
        c = next_char(format);
    }
    int width = read_number(format, &c), precision = -1;
    if (c == '.') {
        c = next_char(format);
        precision = read_number(format, &c);
        precision = precision == -1 ? 0 : precision;
    }
    if (width == -2 || precision == -2 || (c != 's' && c != 'r' && c != 'a')) {
        return NULL;
    }
    char spec[40];
    int length = 0;
    if (!left && width > 0) {
        spec[length++] = '>';
    }
    if (width >= 0) {
        length += snprintf(spec + length, sizeof spec - (size_t)length, "%d", width);
    }
    if (precision >= 0) {
        length += snprintf(spec + length, sizeof spec - (size_t)length, ".%d", precision);
    }
    spec[length] = 0;
    Expr *format_spec = NULL;
    if (length) {
        format_spec = constant_at(f, str_from_cstring(spec), argument);
        if (!format_spec) {
            return NULL;
        }
    }
    return ast_FormattedValue(argument, (int)c, format_spec, argument->lineno, argument->col_offset,
                              argument->end_lineno, argument->end_col_offset, f->arena);
}

// A format string with a tuple display becomes an f-string, if all directives are plain ones.
static int fold_format(Folder *f, Expr *e, Object *text, ExprSeq *arguments) {
    Format format = { text, 0 };
    ssize_t count = 0, used = 0;
    ExprSeq *parts = seq_new(2 * arguments->count + 1, f->arena);
    if (!parts) {
        return -1;
    }
    for (;;) {
        Object *literal = read_literal(&format);
        if (literal) {
            static const Expr nowhere = {
                .lineno = -1, .col_offset = -1, .end_lineno = -1, .end_col_offset = -1
            };
            Expr *part = constant_at(f, literal, &nowhere);
            if (!part) {
                return -1;
            }
            parts->items[count++] = part;
        } else if (error_occurred()) {
            return -1;
        }
        if (format.position >= str_length(text)) {
            break;
        }
        if (used >= arguments->count) {
            return 0;
        }
        Expr *part = read_directive(f, &format, arguments->items[used]);
        if (!part) {
            return error_occurred() ? -1 : 0;
        }
        used++;
        parts->items[count++] = part;
    }
    if (used < arguments->count) {
        return 0;
    }
    parts->count = count;
    e->kind = EXPR_JoinedStr;
    e->v.JoinedStr.values = parts;
    return 0;
}

static bool has_starred(const ExprSeq *elements) {
    for (ssize_t i = 0; i < elements->count; i++) {
        if (elements->items[i]->kind == EXPR_Starred) {
            return true;
        }
    }
    return false;
}

static int fold_binary(Folder *f, Expr *e) {
    Expr *left = e->v.BinOp.left, *right = e->v.BinOp.right;
    if (left->kind != EXPR_Constant) {
        return 0;
    }
    if (e->v.BinOp.op == OPERATOR_Mod && right->kind == EXPR_Tuple && str_check(left->v.Constant.value) &&
        !has_starred(right->v.Tuple.elts)) {
        return fold_format(f, e, left->v.Constant.value, right->v.Tuple.elts);
    }
    if (right->kind != EXPR_Constant) {
        return 0;
    }
    return become_constant(f, e,
                           binary_value(e->v.BinOp.op, left->v.Constant.value, right->v.Constant.value));
}

// ---- sequences

// The tuple of constant elements; NULL (perhaps with an exception) when there are others.
static Object *constant_tuple(ExprSeq *elements) {
    for (ssize_t i = 0; i < elements->count; i++) {
        if (elements->items[i]->kind != EXPR_Constant) {
            return NULL;
        }
    }
    Object *tuple = tuple_new(elements->count);
    for (ssize_t i = 0; tuple && i < elements->count; i++) {
        tuple_init(tuple, i, elements->items[i]->v.Constant.value);
    }
    return tuple;
}

static int fold_tuple(Folder *f, Expr *e) {
    return e->v.Tuple.ctx == CTX_Load ? become_constant(f, e, constant_tuple(e->v.Tuple.elts)) : 0;
}

// What is only iterated over, or searched, need not be mutable.
static int fold_iterable(Folder *f, Expr *e) {
    if (e->kind == EXPR_List) {
        if (has_starred(e->v.List.elts)) {
            return 0;
        }
        ExprSeq *elements = e->v.List.elts;
        ExprContext context = e->v.List.ctx;
        e->kind = EXPR_Tuple;
        e->v.Tuple.elts = elements;
        e->v.Tuple.ctx = context;
        return fold_tuple(f, e);
    }
    if (e->kind == EXPR_Set) {
        Object *tuple = constant_tuple(e->v.Set.elts);
        return become_constant(f, e, tuple ? frozenset_new(tuple) : NULL);
    }
    return 0;
}

// ---- the walk

static int fold_exprs(Folder *f, ExprSeq *expressions) {
    for (ssize_t i = 0; i < expressions->count; i++) {
        if (expressions->items[i] && fold_expr(f, expressions->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fold_optional(Folder *f, Expr *e) {
    return e ? fold_expr(f, e) : 0;
}

static int fold_clauses(Folder *f, ComprehensionSeq *clauses) {
    for (ssize_t i = 0; i < clauses->count; i++) {
        Comprehension *clause = clauses->items[i];
        if (fold_expr(f, clause->target) < 0 || fold_expr(f, clause->iter) < 0 ||
            fold_exprs(f, clause->ifs) < 0 || fold_iterable(f, clause->iter) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fold_keywords(Folder *f, KeywordSeq *keywords) {
    for (ssize_t i = 0; i < keywords->count; i++) {
        if (fold_expr(f, keywords->items[i]->value) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fold_arg(Folder *f, Arg *arg) {
    return arg && !f->keep_annotations ? fold_optional(f, arg->annotation) : 0;
}

static int fold_arguments(Folder *f, Arguments *a) {
    ArgSeq *groups[] = { a->posonlyargs, a->args, a->kwonlyargs };
    for (size_t k = 0; k < COUNT_OF(groups); k++) {
        for (ssize_t i = 0; i < groups[k]->count; i++) {
            if (fold_arg(f, groups[k]->items[i]) < 0) {
                return -1;
            }
        }
    }
    return fold_arg(f, a->vararg) < 0 || fold_arg(f, a->kwarg) < 0 || fold_exprs(f, a->kw_defaults) < 0
               ? -1
               : fold_exprs(f, a->defaults);
}

static int fold_compare(Folder *f, Expr *e) {
    if (fold_expr(f, e->v.Compare.left) < 0 || fold_exprs(f, e->v.Compare.comparators) < 0) {
        return -1;
    }
    ssize_t last = e->v.Compare.ops->count - 1;
    CmpOp op = e->v.Compare.ops->items[last];
    return op == CMPOP_In || op == CMPOP_NotIn ? fold_iterable(f, e->v.Compare.comparators->items[last]) : 0;
}

static int fold_subscript(Folder *f, Expr *e) {
    Expr *value = e->v.Subscript.value, *slice = e->v.Subscript.slice;
    if (fold_expr(f, value) < 0 || fold_expr(f, slice) < 0) {
        return -1;
    }
    if (e->v.Subscript.ctx != CTX_Load || value->kind != EXPR_Constant || slice->kind != EXPR_Constant) {
        return 0;
    }
    return become_constant(f, e, object_getitem(value->v.Constant.value, slice->v.Constant.value));
}

static int fold_node(Folder *f, Expr *e) {
    switch (e->kind) {
    case EXPR_BoolOp: return fold_exprs(f, e->v.BoolOp.values);
    case EXPR_NamedExpr: return fold_expr(f, e->v.NamedExpr.value);
    case EXPR_BinOp:
        return fold_expr(f, e->v.BinOp.left) < 0 || fold_expr(f, e->v.BinOp.right) < 0 ? -1
                                                                                       : fold_binary(f, e);
    case EXPR_UnaryOp: return fold_expr(f, e->v.UnaryOp.operand) < 0 ? -1 : fold_unary(f, e);
    case EXPR_Lambda: return fold_arguments(f, e->v.Lambda.args) < 0 ? -1 : fold_expr(f, e->v.Lambda.body);
    case EXPR_IfExp:
        return fold_expr(f, e->v.IfExp.test) < 0 || fold_expr(f, e->v.IfExp.body) < 0
                   ? -1
                   : fold_expr(f, e->v.IfExp.orelse);
    case EXPR_Dict: return fold_exprs(f, e->v.Dict.keys) < 0 ? -1 : fold_exprs(f, e->v.Dict.values);
    case EXPR_Set: return fold_exprs(f, e->v.Set.elts);
    case EXPR_ListComp:
    case EXPR_SetComp:
    case EXPR_GeneratorExp: // the same fields
        return fold_expr(f, e->v.ListComp.elt) < 0 ? -1 : fold_clauses(f, e->v.ListComp.generators);
    case EXPR_DictComp:
        return fold_expr(f, e->v.DictComp.key) < 0 || fold_expr(f, e->v.DictComp.value) < 0
                   ? -1
                   : fold_clauses(f, e->v.DictComp.generators);
    case EXPR_Await:
    case EXPR_YieldFrom: return fold_expr(f, e->v.Await.value);
    case EXPR_Yield: return fold_optional(f, e->v.Yield.value);
    case EXPR_Compare: return fold_compare(f, e);
    case EXPR_Call:
        return fold_expr(f, e->v.Call.func) < 0 || fold_exprs(f, e->v.Call.args) < 0
                   ? -1
                   : fold_keywords(f, e->v.Call.keywords);
    case EXPR_FormattedValue:
        return fold_expr(f, e->v.FormattedValue.value) < 0
                   ? -1
                   : fold_optional(f, e->v.FormattedValue.format_spec);
    case EXPR_JoinedStr: return fold_exprs(f, e->v.JoinedStr.values);
    case EXPR_Constant: return 0;
    case EXPR_Attribute: return fold_expr(f, e->v.Attribute.value);
    case EXPR_Subscript: return fold_subscript(f, e);
    case EXPR_Starred: return fold_expr(f, e->v.Starred.value);
    case EXPR_Name:
        return e->v.Name.ctx == CTX_Load && str_equal_cstring(e->v.Name.id, "__debug__")
                   ? become_constant(f, e, f->optimize ? FALSE_OBJECT : TRUE_OBJECT)
                   : 0;
    case EXPR_List: return fold_exprs(f, e->v.List.elts);
    case EXPR_Tuple: return fold_exprs(f, e->v.Tuple.elts) < 0 ? -1 : fold_tuple(f, e);
    case EXPR_Slice:
        return fold_optional(f, e->v.Slice.lower) < 0 || fold_optional(f, e->v.Slice.upper) < 0
                   ? -1
                   : fold_optional(f, e->v.Slice.step);
    }
    return 0;
}

static int fold_expr(Folder *f, Expr *e) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = fold_node(f, e);
    compile_leave();
    return status;
}

static int fold_pattern(Folder *f, Pattern *p);

static int fold_patterns(Folder *f, PatternSeq *patterns) {
    for (ssize_t i = 0; i < patterns->count; i++) {
        if (fold_pattern(f, patterns->items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fold_pattern_node(Folder *f, Pattern *p) {
    switch (p->kind) {
    case PATTERN_MatchValue: return fold_expr(f, p->v.MatchValue.value);
    case PATTERN_MatchSingleton:
    case PATTERN_MatchStar: return 0;
    case PATTERN_MatchSequence:
    case PATTERN_MatchOr: return fold_patterns(f, p->v.MatchSequence.patterns);
    case PATTERN_MatchMapping:
        return fold_exprs(f, p->v.MatchMapping.keys) < 0 ? -1 : fold_patterns(f, p->v.MatchMapping.patterns);
    case PATTERN_MatchClass:
        return fold_expr(f, p->v.MatchClass.cls) < 0 || fold_patterns(f, p->v.MatchClass.patterns) < 0
                   ? -1
                   : fold_patterns(f, p->v.MatchClass.kwd_patterns);
    case PATTERN_MatchAs: return p->v.MatchAs.pattern ? fold_pattern(f, p->v.MatchAs.pattern) : 0;
    }
    return 0;
}

static int fold_pattern(Folder *f, Pattern *p) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = fold_pattern_node(f, p);
    compile_leave();
    return status;
}

static bool starts_with_string(const StmtSeq *body) {
    if (!body->count || body->items[0]->kind != STMT_Expr) {
        return false;
    }
    const Expr *e = body->items[0]->v.Expr.value;
    return e->kind == EXPR_Constant && str_check_exact(e->v.Constant.value);
}

// A body with a docstring. An expression that only folding made a string is none: it stays an f-string.
static int fold_body(Folder *f, StmtSeq *body) {
    bool docstring = starts_with_string(body);
    if (fold_stmts(f, body) < 0) {
        return -1;
    }
    if (docstring || !starts_with_string(body)) {
        return 0;
    }
    Stmt *s = body->items[0];
    ExprSeq *values = seq_new(1, f->arena);
    if (!values) {
        return -1;
    }
    values->items[0] = s->v.Expr.value;
    s->v.Expr.value = ast_JoinedStr(values, s->lineno, s->col_offset, s->end_lineno, s->end_col_offset,
                                    f->arena);
    return s->v.Expr.value ? 0 : -1;
}

static int fold_for(Folder *f, Stmt *s) { // both kinds have the same fields
    return fold_expr(f, s->v.For.target) < 0 || fold_expr(f, s->v.For.iter) < 0 ||
                   fold_stmts(f, s->v.For.body) < 0 || fold_stmts(f, s->v.For.orelse) < 0
               ? -1
               : fold_iterable(f, s->v.For.iter);
}

static int fold_with(Folder *f, Stmt *s) {
    for (ssize_t i = 0; i < s->v.With.items->count; i++) {
        WithItem *item = s->v.With.items->items[i];
        if (fold_expr(f, item->context_expr) < 0 || fold_optional(f, item->optional_vars) < 0) {
            return -1;
        }
    }
    return fold_stmts(f, s->v.With.body);
}

static int fold_try(Folder *f, Stmt *s) {
    if (fold_stmts(f, s->v.Try.body) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < s->v.Try.handlers->count; i++) {
        ExceptHandler *handler = s->v.Try.handlers->items[i];
        if (fold_optional(f, handler->v.ExceptHandler.type) < 0 ||
            fold_stmts(f, handler->v.ExceptHandler.body) < 0) {
            return -1;
        }
    }
    return fold_stmts(f, s->v.Try.orelse) < 0 ? -1 : fold_stmts(f, s->v.Try.finalbody);
}

static int fold_match(Folder *f, Stmt *s) {
    if (fold_expr(f, s->v.Match.subject) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < s->v.Match.cases->count; i++) {
        MatchCase *m = s->v.Match.cases->items[i];
        if (fold_pattern(f, m->pattern) < 0 || fold_optional(f, m->guard) < 0 || fold_stmts(f, m->body) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fold_statement(Folder *f, Stmt *s) {
    switch (s->kind) {
    case STMT_FunctionDef:
    case STMT_AsyncFunctionDef: // the same fields
        return fold_arguments(f, s->v.FunctionDef.args) < 0 || fold_body(f, s->v.FunctionDef.body) < 0 ||
                       fold_exprs(f, s->v.FunctionDef.decorator_list) < 0
                   ? -1
               : f->keep_annotations ? 0
                                     : fold_optional(f, s->v.FunctionDef.returns);
    case STMT_ClassDef:
        return fold_exprs(f, s->v.ClassDef.bases) < 0 || fold_keywords(f, s->v.ClassDef.keywords) < 0 ||
                       fold_body(f, s->v.ClassDef.body) < 0
                   ? -1
                   : fold_exprs(f, s->v.ClassDef.decorator_list);
    case STMT_Return: return fold_optional(f, s->v.Return.value);
    case STMT_Delete: return fold_exprs(f, s->v.Delete.targets);
    case STMT_Assign: return fold_exprs(f, s->v.Assign.targets) < 0 ? -1 : fold_expr(f, s->v.Assign.value);
    case STMT_AugAssign:
        return fold_expr(f, s->v.AugAssign.target) < 0 ? -1 : fold_expr(f, s->v.AugAssign.value);
    case STMT_AnnAssign:
        return fold_expr(f, s->v.AnnAssign.target) < 0 ||
                       (!f->keep_annotations && fold_expr(f, s->v.AnnAssign.annotation) < 0)
                   ? -1
                   : fold_optional(f, s->v.AnnAssign.value);
    case STMT_For:
    case STMT_AsyncFor: return fold_for(f, s);
    case STMT_While:
    case STMT_If:
        return fold_expr(f, s->v.While.test) < 0 || fold_stmts(f, s->v.While.body) < 0
                   ? -1
                   : fold_stmts(f, s->v.While.orelse);
    case STMT_With:
    case STMT_AsyncWith: return fold_with(f, s);
    case STMT_Match: return fold_match(f, s);
    case STMT_Raise: return fold_optional(f, s->v.Raise.exc) < 0 ? -1 : fold_optional(f, s->v.Raise.cause);
    case STMT_Try:
    case STMT_TryStar: return fold_try(f, s);
    case STMT_Assert: return fold_expr(f, s->v.Assert.test) < 0 ? -1 : fold_optional(f, s->v.Assert.msg);
    case STMT_Expr: return fold_expr(f, s->v.Expr.value);
    default: return 0;
    }
}

static int fold_stmts(Folder *f, StmtSeq *statements) {
    if (compile_enter() < 0) {
        return -1;
    }
    int status = 0;
    for (ssize_t i = 0; status == 0 && i < statements->count; i++) {
        status = fold_statement(f, statements->items[i]);
    }
    compile_leave();
    return status;
}

int ast_fold(Mod *mod, int optimize, int future_flags, Arena *arena) {
    Folder f = { arena, optimize, (future_flags & CO_FUTURE_ANNOTATIONS) != 0 };
    switch (mod->kind) {
    case MOD_Module: return fold_body(&f, mod->v.Module.body);
    case MOD_Interactive: return fold_stmts(&f, mod->v.Interactive.body);
    case MOD_Expression: return fold_expr(&f, mod->v.Expression.body);
    default: return 0;
    }
}
