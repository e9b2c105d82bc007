// The tokenizer: UTF-8 text to tokens, one at a time.
//
// The text lies in one buffer, each line but perhaps the last ending in '\n' (source.h has translated
// newlines) and a NUL behind the last. `cur` is the next character to read; `line_start` to `line_end`
// is the line it is in. A line is entered when its first character is read, so that at the end of a
// line `lineno` is still that line's: errors are reported with that number.
//
// Interactive input comes line by line through `read_line`, which may move the buffer.
#pragma once

#include "base/base.h"
#include "objects/object.h"

typedef enum TokenKind {
#define TOKEN(name, text) TOK_##name,
#include "syntax/tokens.def"
#undef TOKEN
    TOK_FIRST_KEYWORD = 64,  // as N_TOKENS in token.py
} TokenKind;

// How the tokenizer stands after a call.
typedef enum TokenizerState {
    TOKENIZER_OK,
    TOKENIZER_EOF,              // the end of the text has been seen
    TOKENIZER_ERROR,            // an exception is set
    TOKENIZER_EOF_IN_TRIPLE,    // exception set; the text ended inside a triple-quoted string
    TOKENIZER_EOF_IN_STRING,    // exception set; the text ended inside a string
    TOKENIZER_TABS,             // inconsistent use of tabs and spaces
    TOKENIZER_TOO_DEEP,         // too many levels of indentation
    TOKENIZER_DEDENT,           // unindent does not match
    TOKENIZER_LINE_CONTINUATION,
    TOKENIZER_STOP,             // interactive input, and no more of it is wanted
} TokenizerState;

enum { MAX_INDENT = 100, MAX_PAREN = 200 };

typedef struct Tokenizer {
    const char *cur, *line_start, *line_end;
    const char *buffer;      // start of the current line, or of the line where the token starts
    const char *end;         // of the whole text
    const char *text;        // start of the whole text
    const char *start;       // of the token being read, or NULL
    const char *multi_line_start;  // of the line where a string starts
    int lineno, first_lineno;
    TokenizerState state;
    bool at_line_start, continued, type_comments, async_hacks, interactive, stop_reading;
    bool report_warnings, check_encoding;  // check_encoding: no line may hold anything but UTF-8
    bool async_def, async_def_newline;
    int async_def_indent;
    int indent, pending;
    int level;
    Object *filename;        // may be NULL
    struct Parser *reader;   // who reads further lines of interactive input
    int (*read_line)(struct Tokenizer *tokenizer);  // 1, 0 at the end, -1 with an exception
    int indents[MAX_INDENT], alternative_indents[MAX_INDENT];
    char parens[MAX_PAREN];
    int paren_lines[MAX_PAREN], paren_columns[MAX_PAREN];
} Tokenizer;

void tokenizer_init(Tokenizer *tokenizer, const char *text, size_t length, Object *filename);

// The next token's kind; *start and *end are its text, or NULL. TOK_ERRORTOKEN: see `state`.
int tokenizer_next(Tokenizer *tokenizer, const char **start, const char **end);

// Raises SyntaxError at the place being read; returns TOK_ERRORTOKEN.
int tokenizer_error(Tokenizer *tokenizer, const char *format, ...);

// The kind of the operator that `text` spells (1 to 3 characters): TOK_OP when there is none.
int token_operator(const char *text, size_t length);
