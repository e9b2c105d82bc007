// The parser's machinery: tokens, memo, the two passes, and the entry points of syntax.h.
#include "base/os_memory.h"
#include "syntax/parser.h"
#include "vm/runtime.h"

#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/types.h"

enum { MAX_LEVEL = 6000, BYTES_A_LEVEL = 400 };

char dummy_result;

void parser_init(Parser *p, Tokenizer *tokenizer, StartRule start, int flags, int feature_version,
                 Arena *arena, Object *filename) {
    memset(p, 0, sizeof *p);
    p->tokenizer = tokenizer;
    p->arena = arena;
    p->start = start;
    p->flags = flags;
    p->feature_version = feature_version;
    p->filename = filename;
    ptrdiff_t room = (char *)__builtin_frame_address(0) - thread_current->c_stack_limit;
    p->max_level = room / BYTES_A_LEVEL < MAX_LEVEL ? (int)(room / BYTES_A_LEVEL) : MAX_LEVEL;
}

void parser_free(Parser *p) {
    free(p->tokens);
    free(p->types);
    free(p->stack);
    free(p->names);
    free(p->ignores);
}

bool enter_failed(Parser *p) {
    if (!p->error) {
        p->error = true;
        raise_memory_error();
    }
    p->level--;
    return false;
}

static bool no_memory(Parser *p) {
    p->error = true;
    raise_memory_error();
    return false;
}

// ---- tokens

static bool remember_ignore(Parser *p, const char *start, const char *end) {
    if (p->ignore_count == p->ignore_capacity) {
        size_t capacity = p->ignore_capacity ? p->ignore_capacity * 2 : 16;
        TypeIgnoreLine *ignores = realloc(p->ignores, capacity * sizeof *ignores);
        if (!ignores) {
            return no_memory(p);
        }
        p->ignores = ignores;
        p->ignore_capacity = capacity;
    }
    p->ignores[p->ignore_count++] = (TypeIgnoreLine){ p->tokenizer->lineno, start, end };
    return true;
}

int fill_token(Parser *p) {
    Tokenizer *t = p->tokenizer;
    enum { TOKENS_A_POLL = 1 << 8 };
    if (p->error) {
        return -1;
    }
    if (UNLIKELY(p->fill % TOKENS_A_POLL == TOKENS_A_POLL - 1) && safepoint() < 0) {
        p->error = true;
        return -1;
    }
    const char *start, *end;
    int kind = tokenizer_next(t, &start, &end);
    while (kind == TOK_TYPE_IGNORE) {
        if (!remember_ignore(p, start, end)) {
            return -1;
        }
        kind = tokenizer_next(t, &start, &end);
    }
    if (p->start == START_SINGLE && kind == TOK_ENDMARKER && p->parsing_started) {
        kind = TOK_NEWLINE;  // the statement ends where the text does
        p->parsing_started = false;
        if (t->indent && !(p->flags & PARSE_DONT_IMPLY_DEDENT)) {
            t->pending = -t->indent;
            t->indent = 0;
        }
    } else {
        p->parsing_started = true;
    }
    if (p->fill == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 256;
        Token **tokens = realloc(p->tokens, capacity * sizeof *tokens);
        if (tokens) {
            p->tokens = tokens;
        }
        uint8_t *types = realloc(p->types, capacity);
        if (types) {
            p->types = types;
        }
        if (!tokens || !types) {
            no_memory(p);
            return -1;
        }
        p->capacity = capacity;
    }
    Token *token = arena_take(p->arena, sizeof *token);
    if (!token) {
        p->error = true;
        return -1;
    }
    int soft = SOFT_NONE;
    if (kind == TOK_NAME) {
        kind = keyword_kind(start, (size_t)(end - start), &soft);
    }
    const char *line_start = kind == TOK_STRING ? t->multi_line_start : t->line_start;
    token->kind = kind;
    token->soft = (uint8_t)soft;
    token->level = t->level;
    token->lineno = kind == TOK_STRING ? t->first_lineno : t->lineno;
    token->end_lineno = t->lineno;
    token->col_offset = start && start >= line_start ? (int)(start - line_start) : -1;
    token->end_col_offset = end && end >= t->line_start ? (int)(end - t->line_start) : -1;
    if (t->lineno == p->starting_lineno) {  // the first line of an expression in an f-string
        token->col_offset += p->starting_col_offset;
        token->end_col_offset += p->starting_col_offset;
    }
    token->start = start;
    token->length = (uint32_t)(end - start);
    p->tokens[p->fill] = token;
    p->types[p->fill] = (uint8_t)kind;
    p->fill++;
    if (kind == TOK_ERRORTOKEN) {
        raise_tokenizer_error(p);
        return -1;
    }
    return kind;
}

Token *expect_forced(Parser *p, int kind, const char *text) {
    if (p->error) {
        return NULL;
    }
    int token = current(p);
    if (token == kind) {
        return p->tokens[p->mark++];
    }
    if (token >= 0) {
        Token *t = p->tokens[p->mark];
        raise_at(p, &exc_SyntaxError, t->lineno, t->col_offset, t->end_lineno, t->end_col_offset,
                 "expected '%s'", text);
    }
    return NULL;
}

// ---- names and numbers

static bool grow_names(Parser *p) {
    size_t capacity = p->name_capacity ? p->name_capacity * 2 : 256;
    NameEntry *names = calloc(capacity, sizeof *names);
    if (!names) {
        return no_memory(p);
    }
    for (size_t i = 0; i < p->name_capacity; i++) {
        if (p->names[i].name) {
            size_t at = p->names[i].hash & (capacity - 1);
            while (names[at].name) {
                at = (at + 1) & (capacity - 1);
            }
            names[at] = p->names[i];
        }
    }
    free(p->names);
    p->names = names;
    p->name_capacity = capacity;
    return true;
}

// The NFKC form of a name. As in CPython unicodedata.normalize is asked, should a program have replaced it.
static Object *normalize_name(Object *name) {
    Object *modules = sys_get("modules"), *key = str_intern_cstring("unicodedata"), *normalize = NULL;
    Object *module = modules && dict_check(modules) && key ? dict_get_str(modules, key) : NULL;
    if (module && module_check(module)) {
        key = str_intern_cstring("normalize");
        normalize = key ? dict_get_str(module_dict(module), key) : NULL;
    }
    if (!normalize || normalize->type == &builtin_function_type) {
        return error_occurred() ? NULL : str_normalize_nfkc(name);
    }
    Object *form = str_from_cstring("NFKC");
    Object *result = form ? call2(normalize, form, name) : NULL;
    if (result && !str_check(result)) {
        return raise_error(&exc_TypeError, "unicodedata.normalize() must return a string, not %.200s",
                           result->type->name);
    }
    return result;
}

Object *identifier(Parser *p, const char *start, size_t length) {
    uint32_t hash = 2166136261u;
    bool wide = false;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)start[i]) * 16777619u;
        wide |= (uint8_t)start[i] >= 128;
    }
    if (p->name_count * 2 >= p->name_capacity && !grow_names(p)) {
        return NULL;
    }
    size_t mask = p->name_capacity - 1, at = hash & mask;
    for (; p->names[at].name; at = (at + 1) & mask) {
        NameEntry *entry = &p->names[at];
        if (entry->hash == hash && entry->length == length && !memcmp(entry->start, start, length)) {
            return entry->name;
        }
    }
    Object *name = str_from_utf8(start, (ssize_t)length);
    if (name && wide) {
        name = normalize_name(name);
    }
    if (!name || !(name = str_intern(name)) || arena_keep(p->arena, name) < 0) {
        p->error = true;
        return NULL;
    }
    p->names[at] = (NameEntry){ start, (uint32_t)length, hash, name };
    p->name_count++;
    return name;
}

static Expr *name_node(Parser *p, Token *token) {
    if (!token->node) {
        Object *name = identifier(p, token->start, token->length);
        token->node = name ? ast_Name(name, CTX_Load, token->lineno, token->col_offset, token->end_lineno,
                                      token->end_col_offset, p->arena)
                           : NULL;
        if (!token->node) {
            p->error = true;
        }
    }
    return token->node;
}

Expr *name_token(Parser *p) {
    return current(p) == TOK_NAME ? name_node(p, p->tokens[p->mark++]) : NULL;
}

Expr *soft_keyword_token(Parser *p) {
    if (current(p) != TOK_NAME) {
        return NULL;
    }
    // Beginnings of soft keywords count as one here, as in CPython: they get fewer suggestions.
    static const char *const soft_keywords[] = { "_", "case", "match" };
    const Token *token = p->tokens[p->mark];
    for (size_t i = 0; i < COUNT_OF(soft_keywords); i++) {
        if (!strncmp(soft_keywords[i], token->start, token->length)) {
            return name_token(p);
        }
    }
    return NULL;
}

Expr *expect_soft(Parser *p, int soft) {
    return looks_at_soft(p, soft) ? name_token(p) : NULL;
}

// The value of a number literal: digits without underscores in `text`.
static Object *number_value(const char *text, size_t length) {
    char last = text[length - 1];
    bool hexadecimal = length > 1 && text[0] == '0' && (text[1] | 32) == 'x';
    if (!hexadecimal && (last == 'j' || last == 'J')) {
        const char *end;
        return complex_from_doubles(0.0, double_from_text(text, &end));
    }
    if (!hexadecimal && strpbrk(text, ".eE")) {
        const char *end;
        return float_from_double(double_from_text(text, &end));
    }
    if (length < 10 && (text[0] != '0' || length == 1)) {
        int64_t value = 0;
        for (size_t i = 0; i < length; i++) {
            value = value * 10 + (text[i] - '0');
        }
        return int_from_i64(value);
    }
    return int_from_text(text, length, 0);
}

static Expr *number_node(Parser *p, Token *token) {
    if (token->node) {
        return token->node;
    }
    char small[64], *text = token->length < sizeof small ? small : malloc(token->length + 1);
    if (!text) {
        no_memory(p);
        return NULL;
    }
    size_t length = 0;
    bool underscores = false;
    for (uint32_t i = 0; i < token->length; i++) {
        if (token->start[i] == '_') {
            underscores = true;
        } else {
            text[length++] = token->start[i];
        }
    }
    text[length] = 0;
    Object *value = NULL;
    if (underscores && p->feature_version < 6) {
        raise_here(p, &exc_SyntaxError,
                   "Underscores in numeric literals are only supported in Python 3.6 and greater");
    } else {
        value = number_value(text, length);
    }
    if (text != small) {
        free(text);
    }
    if (!value && !p->error && error_matches(&exc_ValueError)) {
        Object *error = error_take(), *message = object_str(error);
        if (message) {
            raise_at(p, &exc_SyntaxError, token->lineno, -1, token->end_lineno, -1,
                     "%U - Consider hexadecimal for huge integer literals to avoid decimal "
                     "conversion limits.",
                     message);
        }
    }
    if (!value || arena_keep(p->arena, value) < 0) {
        p->error = true;
        return NULL;
    }
    token->node = ast_Constant(value, NULL, token->lineno, token->col_offset, token->end_lineno,
                               token->end_col_offset, p->arena);
    if (!token->node) {
        p->error = true;
    }
    return token->node;
}

Expr *number_token(Parser *p) {
    return current(p) == TOK_NUMBER ? number_node(p, p->tokens[p->mark++]) : NULL;
}

Expr *simple_atom(Parser *p, int token) {
    if (token != TOK_NAME && token != TOK_NUMBER) {
        return NULL;
    }
    p->mark++;
    int next = current(p);
    switch (next) {
    case TOK_NEWLINE:
    case TOK_RPAR:
    case TOK_RSQB:
    case TOK_RBRACE:
    case TOK_COMMA:
    case TOK_COLON:
    case TOK_EQUAL:
    case TOK_SEMI: {
        Token *t = p->tokens[p->mark - 1];
        return token == TOK_NAME ? name_node(p, t) : number_node(p, t);
    }
    }
    p->mark--;
    return NULL;
}

// ---- memo and sequences

bool memo_find_slow(Parser *p, int rule, void **result) {
    for (Memo *memo = p->tokens[p->mark]->memo; memo; memo = memo->next) {
        if (memo->rule == rule) {
            p->mark = memo->mark;
            *result = memo->result;
            return true;
        }
    }
    return false;
}

bool memo_insert(Parser *p, size_t mark, int rule, void *result) {
    Memo *memo = arena_take(p->arena, sizeof *memo);
    if (!memo) {
        p->error = true;
        return false;
    }
    *memo = (Memo){ rule, result, p->mark, p->tokens[mark]->memo };
    p->tokens[mark]->memo = memo;
    // The second pass fetches no tokens.
    if (UNLIKELY(p->second_pass) && !error_occurred() && safepoint() < 0) {
        p->error = true;
        return false;
    }
    return true;
}

bool memo_update(Parser *p, size_t mark, int rule, void *result, size_t result_mark) {
    for (Memo *memo = p->tokens[mark]->memo; memo; memo = memo->next) {
        if (memo->rule == rule) {
            memo->result = result;
            memo->mark = result_mark;
            return true;
        }
    }
    p->mark = result_mark;
    return memo_insert(p, mark, rule, result);
}

bool push(Parser *p, void *element) {
    if (p->stack_size == p->stack_capacity) {
        size_t capacity = p->stack_capacity ? p->stack_capacity * 2 : 256;
        void **stack = realloc(p->stack, capacity * sizeof *stack);
        if (!stack) {
            return no_memory(p);
        }
        p->stack = stack;
        p->stack_capacity = capacity;
    }
    p->stack[p->stack_size++] = element;
    return true;
}

AnySeq *pop_sequence(Parser *p, size_t base) {
    AnySeq *seq = seq_new((ssize_t)(p->stack_size - base), p->arena);
    if (!seq) {
        p->error = true;
    } else if (p->stack_size > base) {
        memcpy(seq->items, p->stack + base, (p->stack_size - base) * sizeof(void *));
    }
    p->stack_size = base;
    return seq;
}

// ---- the two passes

static bool more_than_one_statement(const Tokenizer *t) {
    const char *c = t->cur;
    for (;;) {
        while (c < t->end && (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\f')) {
            c++;
        }
        if (c >= t->end) {
            return false;
        }
        if (*c != '#') {
            return true;
        }
        while (c < t->end && *c != '\n') {
            c++;
        }
    }
}

void *parser_run(Parser *p) {
    void *result = parse_start_rule(p);
    Tokenizer *t = p->tokenizer;
    if (!result) {
        if (p->at_end) {
            return NULL;
        }
        if ((p->flags & PARSE_INCOMPLETE_INPUT) &&
            (t->state == TOKENIZER_EOF || t->state == TOKENIZER_EOF_IN_TRIPLE ||
             t->state == TOKENIZER_EOF_IN_STRING)) {
            error_clear();
            // Even inside parentheses: the place is the last token's.
            int level = t->level;
            t->level = 0;
            raise_here(p, &exc_SyntaxError, "incomplete input");
            t->level = level;
            return NULL;
        }
        if (error_occurred() && !error_matches(&exc_SyntaxError)) {
            return NULL;
        }
        size_t last = p->fill ? p->fill - 1 : 0;
        if (!p->error) {
            for (size_t i = 0; i < p->fill; i++) {
                p->tokens[i]->memo = NULL;
            }
            p->mark = 0;
            p->stack_size = 0;
            p->level = 0;
            p->second_pass = p->invalid_pass = true;
            t->stop_reading = true;
            parse_start_rule(p);
        }
        raise_final_error(p, last);
        return NULL;
    }
    if (p->start == START_SINGLE && !t->interactive && more_than_one_statement(t)) {
        return raise_here(p, &exc_SyntaxError,
                          "multiple statements found while compiling a single statement");
    }
    return result;
}

struct Mod *parse_source(const char *source, size_t length, Object *filename, ParseMode mode, int flags,
                         int feature_version, Arena *arena) {
    static const StartRule starts[] = {
        [PARSE_FILE] = START_FILE,
        [PARSE_SINGLE] = START_SINGLE,
        [PARSE_EVAL] = START_EVAL,
        [PARSE_FUNC_TYPE] = START_FUNC_TYPE,
    };
    size_t size;
    const char *encoding;
    const char *text = source_to_utf8(source, length, filename, flags, mode == PARSE_FILE, arena, &size,
                                      &encoding);
    if (!text) {
        return NULL;
    }
    Tokenizer tokenizer;
    tokenizer_init(&tokenizer, text, size, filename);
    tokenizer.type_comments = (flags & PARSE_TYPE_COMMENTS) != 0;
    tokenizer.async_hacks = feature_version < 7;
    tokenizer.check_encoding = (flags & PARSE_FROM_FILE) && !encoding;
    Parser parser;
    parser_init(&parser, &tokenizer, starts[mode], flags, feature_version, arena, filename);
    parser.encoding = encoding;
    struct Mod *mod = parser_run(&parser);
    parser_free(&parser);
    return mod;
}

// Tokens point into the text, so it must not move: address space for the longest statement is reserved.
enum { INTERACTIVE_ROOM = 1 << 28 };

// Appends a line to the text, with newlines of every kind as "\n". 1, 0 at the end, -1 with an exception.
static int read_interactive_line(Tokenizer *t) {
    Object *line = t->reader->readline(t->end == t->text);
    ssize_t length;
    const char *utf8 = line ? str_utf8(line, &length) : NULL;
    if (!utf8) {
        return -1;
    }
    if (!length) {
        return 0;
    }
    if (memchr(utf8, 0, (size_t)length)) {
        raise_error(&exc_ValueError, "source code string cannot contain null bytes");
        return -1;
    }
    if (length >= INTERACTIVE_ROOM - 2 - (t->end - t->text)) {
        raise_memory_error();
        return -1;
    }
    char *end = (char *)t->end;
    ssize_t from = 0, to = 0;
    for (; from < length; from++) {
        bool carriage = utf8[from] == '\r';
        end[to++] = carriage ? '\n' : utf8[from];
        from += carriage && from + 1 < length && utf8[from + 1] == '\n';
    }
    length = to;
    if (end[length - 1] != '\n') {
        end[length++] = '\n';
    }
    end[length] = 0;
    t->end = end + length;
    return 1;
}

struct Mod *parse_interactive(Object *(*readline)(bool first), Object *filename, int flags, Arena *arena,
                              bool *at_end) {
    *at_end = false;
    char *text = os_reserve(INTERACTIVE_ROOM);
    if (!text) {
        raise_memory_error();
        return NULL;
    }
    Tokenizer tokenizer;
    tokenizer_init(&tokenizer, text, 0, filename);
    tokenizer.interactive = true;
    tokenizer.read_line = read_interactive_line;
    Parser parser;
    parser_init(&parser, &tokenizer, START_SINGLE, flags, 11, arena, filename);
    parser.readline = readline;
    parser.encoding = "utf-8";
    tokenizer.reader = &parser;
    struct Mod *mod = parser_run(&parser);
    *at_end = parser.at_end;
    parser_free(&parser);
    os_release(text, INTERACTIVE_ROOM);
    return mod;
}
