// The actions of python.gram: small pieces of tree building.
#include "syntax/actions.h"

#include "objects/code.h"
#include "objects/float.h"

void *check_version(Parser *p, int version, const char *what, void *node) {
    if (!node) {
        p->error = true;
        return NULL;
    }
    if (p->feature_version < version) {
        return raise_here(p, &exc_SyntaxError, "%s only supported in Python 3.%i and greater", what, version);
    }
    return node;
}

Object *new_type_comment(Parser *p, Token *token) {
    if (!token) {
        return NULL;
    }
    Object *text = str_decode_utf8(token->start, token->length, NULL);
    if (!text || arena_keep(p->arena, text) < 0) {
        p->error = true;
        return NULL;
    }
    return text;
}

const char *token_text(Parser *p, const Token *token) {
    char *text = arena_alloc(p->arena, token->length + 1);
    return text ? memcpy(text, token->start, token->length) : "";
}

Mod *action_make_module(Parser *p, void *statements) {
    TypeIgnoreSeq *ignores = seq_new((ssize_t)p->ignore_count, p->arena);
    for (size_t i = 0; ignores && i < p->ignore_count; i++) {
        TypeIgnoreLine *line = &p->ignores[i];
        Object *tag = str_decode_utf8(line->start, line->end - line->start, NULL);
        if (!tag || arena_keep(p->arena, tag) < 0 ||
            !(ignores->items[i] = ast_TypeIgnore(line->lineno, tag, p->arena))) {
            return NULL;
        }
    }
    return ignores ? ast_Module(statements, ignores, p->arena) : NULL;
}

void *action_interactive_exit(Parser *p) {
    p->at_end = p->tokenizer->interactive;
    return NULL;
}

void *action_singleton_seq(Parser *p, void *element) {
    AnySeq *seq = seq_new(1, p->arena);
    if (seq) {
        seq->items[0] = element;
    }
    return seq;
}

void *action_seq_flatten(Parser *p, void *seqs) {
    AnySeq *all = seqs;
    ssize_t count = 0;
    for (ssize_t i = 0; i < all->count; i++) {
        count += ((AnySeq *)all->items[i])->count;
    }
    AnySeq *flat = seq_new(count, p->arena);
    for (ssize_t i = 0, n = 0; flat && i < all->count; i++) {
        AnySeq *part = all->items[i];
        memcpy(flat->items + n, part->items, (size_t)part->count * sizeof(void *));
        n += part->count;
    }
    return flat;
}

void *action_seq_insert_in_front(Parser *p, void *element, void *seq) {
    AnySeq *rest = seq ? seq : &seq_empty, *result = seq_new(rest->count + 1, p->arena);
    if (result) {
        result->items[0] = element;
        memcpy(result->items + 1, rest->items, (size_t)rest->count * sizeof(void *));
    }
    return result;
}

void *action_seq_append_to_end(Parser *p, void *seq, void *element) {
    AnySeq *before = seq ? seq : &seq_empty, *result = seq_new(before->count + 1, p->arena);
    if (result) {
        memcpy(result->items, before->items, (size_t)before->count * sizeof(void *));
        result->items[before->count] = element;
    }
    return result;
}

void *action_join_sequences(Parser *p, void *a, void *b) {
    AnySeq *x = a ? a : &seq_empty, *y = b ? b : &seq_empty;
    AnySeq *result = seq_new(x->count + y->count, p->arena);
    if (result) {
        memcpy(result->items, x->items, (size_t)x->count * sizeof(void *));
        memcpy(result->items + x->count, y->items, (size_t)y->count * sizeof(void *));
    }
    return result;
}

int action_seq_count_dots(void *tokens) {
    AnySeq *seq = tokens;
    int dots = 0;
    for (ssize_t i = 0; seq && i < seq->count; i++) {
        dots += ((Token *)seq->items[i])->kind == TOK_ELLIPSIS ? 3 : 1;
    }
    return dots;
}

// A copy of `expr`, and of what is a target inside it, in another context.
Expr *action_set_expr_context(Parser *p, Expr *expr, ExprContext context) {
    Expr *copy = arena_alloc(p->arena, sizeof(Expr));
    if (!copy) {
        return NULL;
    }
    *copy = *expr;
    ExprSeq *elts;
    switch (expr->kind) {
    case EXPR_Name: copy->v.Name.ctx = context; return copy;
    case EXPR_Attribute: copy->v.Attribute.ctx = context; return copy;
    case EXPR_Subscript: copy->v.Subscript.ctx = context; return copy;
    case EXPR_Starred:
        copy->v.Starred.ctx = context;
        copy->v.Starred.value = action_set_expr_context(p, expr->v.Starred.value, context);
        return copy->v.Starred.value ? copy : NULL;
    case EXPR_Tuple:
    case EXPR_List:
        elts = expr->kind == EXPR_Tuple ? expr->v.Tuple.elts : expr->v.List.elts;
        ExprSeq *changed = seq_new(elts->count, p->arena);
        for (ssize_t i = 0; changed && i < elts->count; i++) {
            if (!(changed->items[i] = action_set_expr_context(p, elts->items[i], context))) {
                return NULL;
            }
        }
        if (expr->kind == EXPR_Tuple) {
            copy->v.Tuple.elts = changed;
            copy->v.Tuple.ctx = context;
        } else {
            copy->v.List.elts = changed;
            copy->v.List.ctx = context;
        }
        return changed ? copy : NULL;
    default: return expr;
    }
}

AugOperator *action_augoperator(Parser *p, Operator kind) {
    AugOperator *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        result->kind = kind;
    }
    return result;
}

void *action_map_names_to_ids(Parser *p, void *names) {
    ExprSeq *from = names;
    IdentifierSeq *result = seq_new(from->count, p->arena);
    for (ssize_t i = 0; result && i < from->count; i++) {
        result->items[i] = from->items[i]->v.Name.id;
    }
    return result;
}

Alias *action_alias_for_star(Parser *p, int lineno, int col_offset, int end_lineno, int end_col_offset,
                             Arena *arena) {
    Object *star = identifier(p, "*", 1);
    return star ? ast_alias(star, NULL, lineno, col_offset, end_lineno, end_col_offset, arena) : NULL;
}

Expr *action_join_names_with_dot(Parser *p, Expr *first, Expr *second) {
    Object *joined = str_format("%U.%U", first->v.Name.id, second->v.Name.id);
    if (!joined || !(joined = str_intern(joined)) || arena_keep(p->arena, joined) < 0) {
        return NULL;
    }
    return ast_Name(joined, CTX_Load, first->lineno, first->col_offset, second->end_lineno,
                    second->end_col_offset, p->arena);
}

Stmt *action_class_def_decorators(Parser *p, void *decorators, Stmt *class_def) {
    class_def->v.ClassDef.decorator_list = decorators;
    return class_def;
}

Stmt *action_function_def_decorators(Parser *p, void *decorators, Stmt *function_def) {
    if (function_def->kind == STMT_AsyncFunctionDef) {
        function_def->v.AsyncFunctionDef.decorator_list = decorators;
    } else {
        function_def->v.FunctionDef.decorator_list = decorators;
    }
    return function_def;
}

// ---- parameters

static ArgSeq *names_of_pairs(Parser *p, AnySeq *pairs) {
    ArgSeq *result = seq_new(pairs ? pairs->count : 0, p->arena);
    for (ssize_t i = 0; result && pairs && i < pairs->count; i++) {
        result->items[i] = ((NameDefaultPair *)pairs->items[i])->arg;
    }
    return result;
}

static ExprSeq *values_of_pairs(Parser *p, AnySeq *pairs) {
    ExprSeq *result = seq_new(pairs ? pairs->count : 0, p->arena);
    for (ssize_t i = 0; result && pairs && i < pairs->count; i++) {
        result->items[i] = ((NameDefaultPair *)pairs->items[i])->value;
    }
    return result;
}

Arguments *action_make_arguments(Parser *p, void *slash_without_default, SlashWithDefault *slash_with_default,
                                 void *plain_names, void *names_with_default, StarEtc *star_etc) {
    void *posonlyargs = slash_without_default, *defaults = NULL;
    if (slash_with_default) {
        ArgSeq *defaulted = names_of_pairs(p, slash_with_default->defaulted);
        posonlyargs = defaulted ? action_join_sequences(p, slash_with_default->plain, defaulted) : NULL;
        defaults = values_of_pairs(p, slash_with_default->defaulted);
        if (!posonlyargs || !defaults) {
            return NULL;
        }
    }
    ArgSeq *with_default = names_of_pairs(p, names_with_default);
    ExprSeq *more_defaults = values_of_pairs(p, names_with_default);
    if (!with_default || !more_defaults) {
        return NULL;
    }
    void *args = action_join_sequences(p, plain_names, with_default);
    void *all_defaults = action_join_sequences(p, defaults, more_defaults);
    void *kwonlyargs = names_of_pairs(p, star_etc ? star_etc->kwonlyargs : NULL);
    void *kw_defaults = values_of_pairs(p, star_etc ? star_etc->kwonlyargs : NULL);
    if (!args || !all_defaults || !kwonlyargs || !kw_defaults) {
        return NULL;
    }
    return ast_arguments(posonlyargs, args, star_etc ? star_etc->vararg : NULL, kwonlyargs, kw_defaults,
                         star_etc ? star_etc->kwarg : NULL, all_defaults, p->arena);
}

Arguments *action_empty_arguments(Parser *p) {
    return ast_arguments(NULL, NULL, NULL, NULL, NULL, NULL, NULL, p->arena);
}

SlashWithDefault *action_slash_with_default(Parser *p, ArgSeq *plain, void *defaulted) {
    SlashWithDefault *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        *result = (SlashWithDefault){ plain, defaulted };
    }
    return result;
}

StarEtc *action_star_etc(Parser *p, Arg *vararg, void *kwonlyargs, Arg *kwarg) {
    StarEtc *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        *result = (StarEtc){ vararg, kwonlyargs, kwarg };
    }
    return result;
}

Arg *action_add_type_comment_to_arg(Parser *p, Arg *arg, Token *comment) {
    if (!comment) {
        return arg;
    }
    Object *text = new_type_comment(p, comment);
    return text ? ast_arg(arg->arg, arg->annotation, text, arg->lineno, arg->col_offset, arg->end_lineno,
                          arg->end_col_offset, p->arena)
                : NULL;
}

NameDefaultPair *action_name_default_pair(Parser *p, Arg *arg, Expr *value, Token *comment) {
    NameDefaultPair *result = arena_alloc(p->arena, sizeof *result);
    arg = action_add_type_comment_to_arg(p, arg, comment);
    if (!result || !arg) {
        return NULL;
    }
    *result = (NameDefaultPair){ arg, value };
    return result;
}

// ---- patterns, dictionaries, comparisons

Expr *action_ensure_real(Parser *p, Expr *expr) {
    if (expr->v.Constant.value->type == &complex_type) {
        return raise_at(p, &exc_SyntaxError, expr->lineno, expr->col_offset, expr->end_lineno,
                        expr->end_col_offset, "real number required in complex literal");
    }
    return expr;
}

Expr *action_ensure_imaginary(Parser *p, Expr *expr) {
    if (expr->v.Constant.value->type != &complex_type) {
        return raise_at(p, &exc_SyntaxError, expr->lineno, expr->col_offset, expr->end_lineno,
                        expr->end_col_offset, "imaginary number required in complex literal");
    }
    return expr;
}

// The three kinds of pairs are two pointers each (CmpopExprPair's first is an enum).
static void *new_pair(Parser *p, void *a, void *b) {
    KeyValuePair *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        *result = (KeyValuePair){ a, b };
    }
    return result;
}
static void *parts_of_pairs(Parser *p, void *pairs, bool second) {
    AnySeq *from = pairs ? pairs : &seq_empty, *result = seq_new(from->count, p->arena);
    for (ssize_t i = 0; result && i < from->count; i++) {
        KeyValuePair *pair = from->items[i];
        result->items[i] = second ? pair->value : pair->key;
    }
    return result;
}
KeyPatternPair *action_key_pattern_pair(Parser *p, Expr *key, Pattern *pattern) {
    return new_pair(p, key, pattern);
}
void *action_get_pattern_keys(Parser *p, void *pairs) {
    return parts_of_pairs(p, pairs, false);
}
void *action_get_patterns(Parser *p, void *pairs) {
    return parts_of_pairs(p, pairs, true);
}
KeyValuePair *action_key_value_pair(Parser *p, Expr *key, Expr *value) {
    return new_pair(p, key, value);
}
void *action_get_keys(Parser *p, void *pairs) {
    return parts_of_pairs(p, pairs, false);
}
void *action_get_values(Parser *p, void *pairs) {
    return parts_of_pairs(p, pairs, true);
}
CmpopExprPair *action_cmpop_expr_pair(Parser *p, CmpOp cmpop, Expr *expr) {
    CmpopExprPair *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        *result = (CmpopExprPair){ cmpop, expr };
    }
    return result;
}
void *action_get_cmpops(Parser *p, void *pairs) {
    AnySeq *from = pairs;
    CmpOpSeq *result = int_seq_new(from->count, p->arena);
    for (ssize_t i = 0; result && i < from->count; i++) {
        result->items[i] = ((CmpopExprPair *)from->items[i])->cmpop;
    }
    return result;
}
void *action_get_exprs(Parser *p, void *pairs) {
    return parts_of_pairs(p, pairs, true);
}

// True when "!=" and "<>" is not the spelling that this source must use (PEP 401).
bool action_check_barry_as_flufl(Parser *p, Token *token) {
    if (p->flags & CO_FUTURE_BARRY_AS_BDFL) {
        if (token->start[0] != '<') {
            raise_here(p, &exc_SyntaxError, "with Barry as BDFL, use '<>' instead of '!='");
            return true;
        }
        return false;
    }
    return token->start[0] != '!';
}

bool action_check_legacy_stmt(Parser *p, Expr *name) {
    return name->kind == EXPR_Name &&
           (str_equal_cstring(name->v.Name.id, "print") || str_equal_cstring(name->v.Name.id, "exec"));
}

Expr *action_concatenate_strings(Parser *p, AnySeq *tokens) {
    return concatenate_strings(p, tokens);
}

// ---- calls

Expr *action_dummy_name(Parser *p) {
    if (!p->dummy_name) {
        Object *empty = identifier(p, "", 0);
        p->dummy_name = empty ? ast_Name(empty, CTX_Load, 1, 0, 1, 0, p->arena) : NULL;
    }
    return p->dummy_name;
}

KeywordOrStarred *action_keyword_or_starred(Parser *p, void *element, int is_keyword) {
    KeywordOrStarred *result = arena_alloc(p->arena, sizeof *result);
    if (result) {
        *result = (KeywordOrStarred){ element, is_keyword };
    }
    return result;
}

static void *select_kind(Parser *p, void *keywords, int is_keyword) {
    AnySeq *from = keywords;
    ssize_t count = 0;
    for (ssize_t i = 0; i < from->count; i++) {
        count += ((KeywordOrStarred *)from->items[i])->is_keyword == is_keyword;
    }
    if (!count) {
        return NULL;
    }
    AnySeq *result = seq_new(count, p->arena);
    for (ssize_t i = 0, n = 0; result && i < from->count; i++) {
        KeywordOrStarred *item = from->items[i];
        if (item->is_keyword == is_keyword) {
            result->items[n++] = item->element;
        }
    }
    return result;
}
void *action_seq_extract_starred_exprs(Parser *p, void *keywords) {
    return select_kind(p, keywords, 0);
}
void *action_seq_delete_starred_exprs(Parser *p, void *keywords) {
    return select_kind(p, keywords, 1);
}

Expr *action_collect_call_seqs(Parser *p, ExprSeq *args, void *keywords, int lineno, int col_offset,
                               int end_lineno, int end_col_offset, Arena *arena) {
    Expr *function = action_dummy_name(p);
    if (!function) {
        return NULL;
    }
    void *all = args, *named = NULL;
    if (keywords) {
        void *starred = check_null_allowed(p, select_kind(p, keywords, 0));
        named = check_null_allowed(p, select_kind(p, keywords, 1));
        if (starred && !(all = action_join_sequences(p, args, starred))) {
            return NULL;
        }
    }
    return ast_Call(function, all, named, lineno, col_offset, end_lineno, end_col_offset, arena);
}

// ---- what error messages need

const char *action_get_expr_name(Expr *e) {
    switch (e->kind) {
    case EXPR_Attribute: return "attribute";
    case EXPR_Subscript: return "subscript";
    case EXPR_Starred: return "starred";
    case EXPR_Name: return "name";
    case EXPR_List: return "list";
    case EXPR_Tuple: return "tuple";
    case EXPR_Lambda: return "lambda";
    case EXPR_Call: return "function call";
    case EXPR_BoolOp:
    case EXPR_BinOp:
    case EXPR_UnaryOp: return "expression";
    case EXPR_GeneratorExp: return "generator expression";
    case EXPR_Yield:
    case EXPR_YieldFrom: return "yield expression";
    case EXPR_Await: return "await expression";
    case EXPR_ListComp: return "list comprehension";
    case EXPR_SetComp: return "set comprehension";
    case EXPR_DictComp: return "dict comprehension";
    case EXPR_Dict: return "dict literal";
    case EXPR_Set: return "set display";
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: return "f-string expression";
    case EXPR_Constant: {
        Object *value = e->v.Constant.value;
        return value == NONE           ? "None"
               : value == FALSE_OBJECT ? "False"
               : value == TRUE_OBJECT  ? "True"
               : value == ELLIPSIS     ? "ellipsis"
                                       : "literal";
    }
    case EXPR_Compare: return "comparison";
    case EXPR_IfExp: return "conditional expression";
    case EXPR_NamedExpr: return "named expression";
    case EXPR_Slice: return "slice";
    }
    return "expression";
}

static Expr *find_invalid_target(Expr *e, TargetsKind kind) {
    if (!e) {
        return NULL;
    }
    ExprSeq *elts = NULL;
    switch (e->kind) {
    case EXPR_List: elts = e->v.List.elts; break;
    case EXPR_Tuple: elts = e->v.Tuple.elts; break;
    case EXPR_Starred: return kind == DEL_TARGETS ? e : find_invalid_target(e->v.Starred.value, kind);
    case EXPR_Compare:
        // `for a in b`: the target is a comparison that ends before "in".
        if (kind == FOR_TARGETS) {
            return e->v.Compare.ops->items[0] == CMPOP_In ? find_invalid_target(e->v.Compare.left, kind)
                                                          : NULL;
        }
        return e;
    case EXPR_Name:
    case EXPR_Subscript:
    case EXPR_Attribute: return NULL;
    default: return e;
    }
    for (ssize_t i = 0; i < elts->count; i++) {
        Expr *bad = find_invalid_target(elts->items[i], kind);
        if (bad) {
            return bad;
        }
    }
    return NULL;
}

void *raise_invalid_target(Parser *p, TargetsKind kind, void *expr) {
    Expr *bad = find_invalid_target(expr, kind);
    if (!bad) {
        return NULL;
    }
    return raise_at(p, &exc_SyntaxError, bad->lineno, bad->col_offset, bad->end_lineno, bad->end_col_offset,
                    kind == DEL_TARGETS ? "cannot delete %s" : "cannot assign to %s",
                    action_get_expr_name(bad));
}

Expr *action_get_last_comprehension_item(Comprehension *comprehension) {
    ExprSeq *ifs = comprehension->ifs;
    return ifs->count ? ifs->items[ifs->count - 1] : comprehension->iter;
}

void *action_nonparen_genexp_in_call(Parser *p, Expr *args, void *comprehensions) {
    ExprSeq *positional = args->v.Call.args;
    if (positional->count <= 1) {
        return NULL;
    }
    Expr *start = positional->items[positional->count - 1];
    Expr *end = action_get_last_comprehension_item(seq_last(comprehensions));
    return raise_at(p, &exc_SyntaxError, start->lineno, start->col_offset, end->end_lineno,
                    end->end_col_offset, "Generator expression must be parenthesized");
}

void *action_arguments_parsing_error(Parser *p, Expr *call) {
    bool unpacking = false;
    for (ssize_t i = 0; i < call->v.Call.keywords->count; i++) {
        unpacking |= !call->v.Call.keywords->items[i]->arg;
    }
    return raise_here(p, &exc_SyntaxError,
                      unpacking ? "positional argument follows keyword argument unpacking"
                                : "positional argument follows keyword argument");
}
