// What the actions in python.gram mean: the functions that the generated parser calls.
#pragma once

#include "syntax/parser.h"

typedef struct AugOperator {
    Operator kind;
} AugOperator;
typedef struct CmpopExprPair {
    CmpOp cmpop;
    Expr *expr;
} CmpopExprPair;
typedef struct KeyValuePair {
    Expr *key, *value;
} KeyValuePair;
typedef struct KeyPatternPair {
    Expr *key;
    Pattern *pattern;
} KeyPatternPair;
typedef struct NameDefaultPair {
    Arg *arg;
    Expr *value;
} NameDefaultPair;
typedef struct SlashWithDefault {
    ArgSeq *plain;
    AnySeq *defaulted;
} SlashWithDefault;
typedef struct StarEtc {
    Arg *vararg;
    AnySeq *kwonlyargs;
    Arg *kwarg;
} StarEtc;
typedef struct KeywordOrStarred {
    void *element;
    int is_keyword;
} KeywordOrStarred;
typedef enum TargetsKind { STAR_TARGETS, DEL_TARGETS, FOR_TARGETS } TargetsKind;

static inline void *check(Parser *p, void *result) {
    if (!result) {
        p->error = true;
    }
    return result;
}
static inline void *check_null_allowed(Parser *p, void *result) {
    if (!result && error_occurred()) {
        p->error = true;
    }
    return result;
}
static inline void *seq_first(void *seq) {
    return ((AnySeq *)seq)->items[0];
}
static inline void *seq_last(void *seq) {
    return ((AnySeq *)seq)->items[((AnySeq *)seq)->count - 1];
}
void *check_version(Parser *p, int version, const char *what, void *node);
Object *new_type_comment(Parser *p, Token *token);
const char *token_text(Parser *p, const Token *token);
void *raise_invalid_target(Parser *p, TargetsKind kind, void *expr);

Mod *action_make_module(Parser *p, void *statements);
void *action_interactive_exit(Parser *p);
void *action_singleton_seq(Parser *p, void *element);
void *action_seq_flatten(Parser *p, void *seqs);
void *action_seq_insert_in_front(Parser *p, void *element, void *seq);
void *action_seq_append_to_end(Parser *p, void *seq, void *element);
void *action_join_sequences(Parser *p, void *a, void *b);
int action_seq_count_dots(void *tokens);
Expr *action_set_expr_context(Parser *p, Expr *expr, ExprContext context);
AugOperator *action_augoperator(Parser *p, Operator kind);
void *action_map_names_to_ids(Parser *p, void *names);
Alias *action_alias_for_star(Parser *p, int lineno, int col_offset, int end_lineno, int end_col_offset,
                             Arena *arena);
Expr *action_join_names_with_dot(Parser *p, Expr *first, Expr *second);
Stmt *action_class_def_decorators(Parser *p, void *decorators, Stmt *class_def);
Stmt *action_function_def_decorators(Parser *p, void *decorators, Stmt *function_def);
Arguments *action_make_arguments(Parser *p, void *slash_without_default, SlashWithDefault *slash_with_default,
                                 void *plain_names, void *names_with_default, StarEtc *star_etc);
Arguments *action_empty_arguments(Parser *p);
SlashWithDefault *action_slash_with_default(Parser *p, ArgSeq *plain, void *defaulted);
StarEtc *action_star_etc(Parser *p, Arg *vararg, void *kwonlyargs, Arg *kwarg);
Arg *action_add_type_comment_to_arg(Parser *p, Arg *arg, Token *comment);
NameDefaultPair *action_name_default_pair(Parser *p, Arg *arg, Expr *value, Token *comment);
Expr *action_ensure_real(Parser *p, Expr *expr);
Expr *action_ensure_imaginary(Parser *p, Expr *expr);
KeyPatternPair *action_key_pattern_pair(Parser *p, Expr *key, Pattern *pattern);
void *action_get_pattern_keys(Parser *p, void *pairs);
void *action_get_patterns(Parser *p, void *pairs);
KeyValuePair *action_key_value_pair(Parser *p, Expr *key, Expr *value);
void *action_get_keys(Parser *p, void *pairs);
void *action_get_values(Parser *p, void *pairs);
CmpopExprPair *action_cmpop_expr_pair(Parser *p, CmpOp cmpop, Expr *expr);
void *action_get_cmpops(Parser *p, void *pairs);
void *action_get_exprs(Parser *p, void *pairs);
bool action_check_barry_as_flufl(Parser *p, Token *token);
bool action_check_legacy_stmt(Parser *p, Expr *name);
Expr *action_concatenate_strings(Parser *p, AnySeq *tokens);
Expr *action_dummy_name(Parser *p);
Expr *action_collect_call_seqs(Parser *p, ExprSeq *args, void *keywords, int lineno, int col_offset,
                               int end_lineno, int end_col_offset, Arena *arena);
void *action_seq_extract_starred_exprs(Parser *p, void *keywords);
void *action_seq_delete_starred_exprs(Parser *p, void *keywords);
KeywordOrStarred *action_keyword_or_starred(Parser *p, void *element, int is_keyword);
const char *action_get_expr_name(Expr *expr);
Expr *action_get_last_comprehension_item(Comprehension *comprehension);
void *action_nonparen_genexp_in_call(Parser *p, Expr *args, void *comprehensions);
void *action_arguments_parsing_error(Parser *p, Expr *call);
