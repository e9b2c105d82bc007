// What the generated parser stands on: tokens that are fetched when they are first looked at, memo
// entries that hang on them, and the state of one parse.
//
// A parse has two passes. The first leaves out the grammar's invalid_ rules; when it fails the second
// goes over the same tokens with them, to find a better error message.
#pragma once

#include "objects/exception.h"
#include "objects/str.h"
#include "syntax/arena.h"
#include "syntax/ast.h"
#include "syntax/grammar_tokens.h"
#include "syntax/tokenizer.h"

typedef enum StartRule {
    START_FILE,
    START_SINGLE,
    START_EVAL,
    START_FUNC_TYPE,
    START_FSTRING,
} StartRule;

typedef struct Memo {
    int rule;
    void *result;
    size_t mark;
    struct Memo *next;
} Memo;

typedef struct Token {
    int kind;
    int lineno, col_offset, end_lineno, end_col_offset;
    int level;           // of parentheses
    uint32_t length;
    uint8_t soft;        // SOFT_…
    const char *start;
    Memo *memo;
    Expr *node;          // of names and numbers, made on first need
} Token;

typedef struct NameEntry {
    const char *start;
    uint32_t length, hash;
    Object *name;
} NameEntry;

typedef struct TypeIgnoreLine {
    int lineno;
    const char *start, *end;
} TypeIgnoreLine;

typedef struct Parser {
    Tokenizer *tokenizer;
    Arena *arena;
    Token **tokens;
    uint8_t *types;      // kinds of the tokens, once more
    size_t mark, fill, capacity;
    bool error;          // an exception is set, or the parse is given up
    bool second_pass;
    bool invalid_pass;   // in the second pass, but for rules named …_without_invalid
    bool parsing_started;
    int level, max_level;
    StartRule start;
    int flags, feature_version;
    int starting_lineno, starting_col_offset;  // of an expression in an f-string
    void **stack;        // elements of the sequences being read
    size_t stack_size, stack_capacity;
    NameEntry *names;    // identifiers met so far
    size_t name_count, name_capacity;
    TypeIgnoreLine *ignores;
    size_t ignore_count, ignore_capacity;
    Object *filename;
    Expr *dummy_name;
    Object *(*readline)(bool first);  // of interactive input
    const char *encoding;  // declared for the text; NULL: none, and columns in errors are in bytes
    // How many lines of a string have been counted up to where, for the expressions in it.
    const Token *counted_token;
    const char *counted, *counted_line;
    int counted_lines;
    bool at_end;         // interactive input ended before a statement
} Parser;

extern char dummy_result;  // what a rule without an action gives

void *parse_start_rule(Parser *p);  // generated
void parser_init(Parser *p, Tokenizer *tokenizer, StartRule start, int flags, int feature_version,
                 Arena *arena, Object *filename);
void parser_free(Parser *p);
void *parser_run(Parser *p);  // both passes; NULL with an exception

// Fetches the token at p->fill. Its kind, or -1 with an exception set.
int fill_token(Parser *p);
bool enter_failed(Parser *p);

static inline bool enter(Parser *p) {
    if (UNLIKELY(p->level++ >= p->max_level || p->error)) {
        return enter_failed(p);
    }
    return true;
}
static inline void *leave(Parser *p, void *result) {
    p->level--;
    return result;
}
static inline int current(Parser *p) {
    if (UNLIKELY(p->mark == p->fill)) {
        int kind = fill_token(p);
        if (kind < 0) {
            p->error = true;
        }
        return kind;
    }
    return p->types[p->mark];
}
static inline bool in_set(int token, uint64_t low, uint64_t high) {
    return ((token < 64 ? low >> token : high >> (token - 64)) & 1) != 0;
}
static inline Token *expect(Parser *p, int kind) {
    return current(p) == kind ? p->tokens[p->mark++] : NULL;
}
static inline Token *expect_any(Parser *p, uint64_t low, uint64_t high) {
    int token = current(p);
    return token >= 0 && in_set(token, low, high) ? p->tokens[p->mark++] : NULL;
}
static inline bool looks_at(Parser *p, uint64_t low, uint64_t high) {
    int token = current(p);
    return token >= 0 && in_set(token, low, high);
}
static inline const Token *last_token(Parser *p) {
    size_t i = p->mark;
    while (i > 1 && (p->types[i - 1] == TOK_ENDMARKER ||
                     (p->types[i - 1] >= TOK_NEWLINE && p->types[i - 1] <= TOK_DEDENT))) {
        i--;
    }
    return p->tokens[i ? i - 1 : 0];
}
static inline bool looks_at_soft(Parser *p, int soft) {
    return current(p) == TOK_NAME && p->tokens[p->mark]->soft == soft;
}

Token *expect_forced(Parser *p, int kind, const char *text);
Expr *name_token(Parser *p);
Expr *number_token(Parser *p);
Expr *soft_keyword_token(Parser *p);
Expr *expect_soft(Parser *p, int soft);
// The node of a name or number when nothing that follows can make more of it; else NULL.
Expr *simple_atom(Parser *p, int token);
bool memo_find_slow(Parser *p, int rule, void **result);
static inline bool memo_find(Parser *p, int rule, void **result) {
    if (p->mark == p->fill && current(p) < 0) {
        return true;
    }
    return p->tokens[p->mark]->memo && memo_find_slow(p, rule, result);
}
bool memo_insert(Parser *p, size_t mark, int rule, void *result);
bool memo_update(Parser *p, size_t mark, int rule, void *result, size_t result_mark);
bool push(Parser *p, void *element);
AnySeq *pop_sequence(Parser *p, size_t base);
Object *identifier(Parser *p, const char *start, size_t length);  // interned, kept by the arena

// ---- errors (parse_errors.c): all set p->error and return NULL
enum { CURRENT_POSITION = -5 };
void *raise_here(Parser *p, Type *type, const char *format, ...);
// Columns in bytes from 0; CURRENT_POSITION: where the tokenizer stands.
void *raise_at(Parser *p, Type *type, int lineno, int col_offset, int end_lineno, int end_col_offset,
               const char *format, ...);
void raise_tokenizer_error(Parser *p);
void raise_final_error(Parser *p, size_t last_index);

// ---- source text (source.c): decoded, newlines translated, NUL-terminated, in the arena
// *encoding: what the text was declared to be ("utf-8" for a str); NULL: nothing.
const char *source_to_utf8(const char *source, size_t length, Object *filename, int flags, bool end_line,
                           Arena *arena, size_t *size, const char **encoding);

// ---- strings (strings.c)
Expr *concatenate_strings(Parser *p, AnySeq *tokens);
