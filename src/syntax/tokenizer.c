// The tokenizer. Errors are placed as the reference implementation places them: at `cur`, counted in
// characters, unless a range is known.
#include "syntax/tokenizer.h"

#include <stdarg.h>

#include "base/utf8.h"

#include "objects/exception.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/tuple.h"

enum { TAB_SIZE = 8, ALTERNATIVE_TAB_SIZE = 1, END_OF_TEXT = -1 };

// What a byte can be part of.
enum { NAME_START = 1, NAME_PART = 2, DIGIT = 4, HEX = 8, BLANK = 16 };
static const uint8_t classes[256] = {
    ['0' ... '9'] = NAME_PART | DIGIT | HEX,
    ['a' ... 'f'] = NAME_START | NAME_PART | HEX,
    ['A' ... 'F'] = NAME_START | NAME_PART | HEX,
    ['g' ... 'z'] = NAME_START | NAME_PART,
    ['G' ... 'Z'] = NAME_START | NAME_PART,
    ['_'] = NAME_START | NAME_PART,
    [128 ... 255] = NAME_START | NAME_PART,
    [' '] = BLANK,
    ['\t'] = BLANK,
    ['\f'] = BLANK,
};

static inline bool is_class(char c, int class) {
    return classes[(uint8_t)c] & class;
}

void tokenizer_init(Tokenizer *t, const char *text, size_t length, Object *filename) {
    memset(t, 0, offsetof(Tokenizer, parens));
    t->text = t->buffer = t->cur = t->line_start = t->line_end = text;
    t->end = text + length;
    t->at_line_start = true;
    t->report_warnings = true;
    t->filename = filename;
}

// ---- reading characters

// False with an exception when the line is not UTF-8.
static bool check_line(Tokenizer *t) {
    Utf8Scan scan;
    size_t size = (size_t)(t->line_end - t->line_start);
    utf8_scan((const uint8_t *)t->line_start, size, &scan);
    if (scan.valid == size) {
        return true;
    }
    char code[8];
    snprintf(code, sizeof code, "\\x%02x", (uint8_t)t->line_start[scan.valid]);
    Object *message = str_format(
        "Non-UTF-8 code starting with '%s' in file %U on line %d, but no encoding declared; "
        "see https://peps.python.org/pep-0263/ for details",
        code, t->filename ? t->filename : str_empty(), t->lineno);
    if (message) {
        raise_with(&exc_SyntaxError, message);
    }
    t->state = TOKENIZER_ERROR;
    t->cur = t->line_end;
    return false;
}

// Enters the next line. Returns false at the end of the text (state EOF) and on errors.
static bool next_line(Tokenizer *t) {
    if (t->state != TOKENIZER_OK) {
        return false;
    }
    if (t->line_end == t->end) {
        if (!t->interactive) {
            t->state = TOKENIZER_EOF;
            return false;
        }
        if (t->stop_reading) {
            t->state = TOKENIZER_STOP;
            return false;
        }
        int more = t->read_line(t);
        if (more <= 0) {
            t->state = more ? TOKENIZER_ERROR : TOKENIZER_EOF;
            return false;
        }
    }
    const char *newline = memchr(t->line_end, '\n', (size_t)(t->end - t->line_end));
    if (!t->start) {
        t->buffer = t->cur;
    }
    t->line_start = t->cur;
    t->lineno++;
    t->line_end = newline ? newline + 1 : t->end;
    return !t->check_encoding || check_line(t);
}

static inline int next_char(Tokenizer *t) {
    if (LIKELY(t->cur != t->line_end)) {
        return (uint8_t)*t->cur++;
    }
    if (next_line(t)) {
        return (uint8_t)*t->cur++;
    }
    t->cur = t->line_end;
    return END_OF_TEXT;
}

static inline void back_up(Tokenizer *t, int c) {
    if (c != END_OF_TEXT) {
        t->cur--;
    }
}

// ---- errors

static int raise_range(Tokenizer *t, int column, int end_column, const char *format, va_list arguments) {
    Object *message = str_format_va(format, arguments);
    if (!message) {
        t->state = TOKENIZER_ERROR;
        return TOK_ERRORTOKEN;
    }
    t->state = TOKENIZER_ERROR;
    Object *text = str_decode_utf8(t->line_start, t->cur - t->line_start, "replace");
    if (!text) {
        return TOK_ERRORTOKEN;
    }
    if (column < 0) {
        column = (int)str_length(text);
    }
    const char *newline = memchr(t->line_start, '\n', (size_t)(t->end - t->line_start));
    ssize_t length = (newline ? newline : t->end) - t->line_start;
    if (length != t->cur - t->line_start) {
        text = str_decode_utf8(t->line_start, length, "replace");
        if (!text) {
            return TOK_ERRORTOKEN;
        }
    }
    Object *line = int_from_i64(t->lineno);
    Object *details = line ? tuple_pack(6, t->filename ? t->filename : NONE, line, int_from_i64(column), text,
                                        line, int_from_i64(end_column < 0 ? column : end_column))
                           : NULL;
    Object *both = details ? tuple_pack(2, message, details) : NULL;
    if (both) {
        raise_with(&exc_SyntaxError, both);
    }
    return TOK_ERRORTOKEN;
}

int tokenizer_error(Tokenizer *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_range(t, -1, -1, format, arguments);
    va_end(arguments);
    return TOK_ERRORTOKEN;
}

static int error_in_range(Tokenizer *t, int column, int end_column, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_range(t, column, end_column, format, arguments);
    va_end(arguments);
    return TOK_ERRORTOKEN;
}

static int fail(Tokenizer *t, TokenizerState state) {
    t->state = state;
    return TOK_ERRORTOKEN;
}

// False with an exception when a filter turns the warning into an error.
static bool warn_here(Tokenizer *t, const char *kind) {
    if (!t->report_warnings) {
        return true;
    }
    Object *message = str_format("invalid %s literal", kind);
    if (!message) {
        t->state = TOKENIZER_ERROR;
        return false;
    }
    if (warn_explicit(&exc_SyntaxWarning, message, t->filename ? t->filename : NONE, t->lineno, NULL, NULL) <
        0) {
        t->state = TOKENIZER_ERROR;
        if (error_matches(&exc_SyntaxWarning)) {
            error_clear();
            tokenizer_error(t, "%U", message);
        }
        return false;
    }
    return true;
}

// ---- numbers: these never leave their line, so that looking ahead is reading memory

static bool literal_follows(const Tokenizer *t, const char *text) {
    size_t length = strlen(text);
    return (size_t)(t->end - t->cur) >= length && !memcmp(t->cur, text, length) &&
           !is_class(t->cur[length], NAME_PART);
}

// A number ends at `cur`. A keyword that can follow one in correct code gets a warning, any other
// letter is an error (false).
static bool check_end_of_number(Tokenizer *t, const char *kind) {
    char c = *t->cur;
    if (!is_class(c, NAME_PART) || t->cur == t->line_end) {
        return true;
    }
    if ((c == 'a' && literal_follows(t, "and")) || (c == 'e' && literal_follows(t, "else")) ||
        (c == 'f' && literal_follows(t, "for")) || (c == 'o' && literal_follows(t, "or")) ||
        (c == 'n' && literal_follows(t, "not")) ||
        (c == 'i' && (t->cur[1] == 'f' || t->cur[1] == 'n' || t->cur[1] == 's'))) {
        return warn_here(t, kind);
    }
    tokenizer_error(t, "invalid %s literal", kind);
    return false;
}

// Digits and single underscores between them; `cur` stands on a digit. False: error.
static bool skip_decimal(Tokenizer *t) {
    for (;;) {
        while (is_class(*t->cur, DIGIT)) {
            t->cur++;
        }
        if (*t->cur != '_') {
            return true;
        }
        t->cur++;
        if (!is_class(*t->cur, DIGIT)) {
            tokenizer_error(t, "invalid decimal literal");
            return false;
        }
    }
}

// "0x…", "0o…", "0b…": `cur` stands behind the letter.
static int read_radix(Tokenizer *t, int base, const char *kind) {
    for (;;) {
        if (*t->cur == '_') {
            t->cur++;
        }
        char c = *t->cur;
        bool good = base == 16 ? is_class(c, HEX) : c >= '0' && c < '0' + base;
        if (!good) {
            if (is_class(c, DIGIT)) {
                t->cur++;
                return tokenizer_error(t, "invalid digit '%c' in %s literal", c, kind);
            }
            return tokenizer_error(t, "invalid %s literal", kind);
        }
        while (base == 16 ? is_class(*t->cur, HEX) : *t->cur >= '0' && *t->cur < '0' + base) {
            t->cur++;
        }
        if (*t->cur != '_') {
            break;
        }
    }
    if (base != 16 && is_class(*t->cur, DIGIT)) {
        t->cur++;
        return tokenizer_error(t, "invalid digit '%c' in %s literal", t->cur[-1], kind);
    }
    return check_end_of_number(t, kind) ? TOK_NUMBER : TOK_ERRORTOKEN;
}

static int read_imaginary(Tokenizer *t) {
    t->cur++;
    return check_end_of_number(t, "imaginary") ? TOK_NUMBER : TOK_ERRORTOKEN;
}

// `cur` stands where an exponent may begin.
static int read_exponent(Tokenizer *t) {
    if (*t->cur == 'e' || *t->cur == 'E') {
        const char *exponent = t->cur++;
        if (*t->cur == '+' || *t->cur == '-') {
            t->cur++;
            if (!is_class(*t->cur, DIGIT)) {
                return tokenizer_error(t, "invalid decimal literal");
            }
        } else if (!is_class(*t->cur, DIGIT)) {
            t->cur = exponent;
            return check_end_of_number(t, "decimal") ? TOK_NUMBER : TOK_ERRORTOKEN;
        }
        if (!skip_decimal(t)) {
            return TOK_ERRORTOKEN;
        }
    }
    if (*t->cur == 'j' || *t->cur == 'J') {
        return read_imaginary(t);
    }
    return check_end_of_number(t, "decimal") ? TOK_NUMBER : TOK_ERRORTOKEN;
}

// `cur` stands behind the point.
static int read_fraction(Tokenizer *t) {
    if (is_class(*t->cur, DIGIT) && !skip_decimal(t)) {
        return TOK_ERRORTOKEN;
    }
    return read_exponent(t);
}

// `cur` stands on the first digit.
static int read_number(Tokenizer *t) {
    if (*t->cur == '0') {
        t->cur++;
        switch (*t->cur) {
        case 'x':
        case 'X': t->cur++; return read_radix(t, 16, "hexadecimal");
        case 'o':
        case 'O': t->cur++; return read_radix(t, 8, "octal");
        case 'b':
        case 'B': t->cur++; return read_radix(t, 2, "binary");
        }
        bool nonzero = false;
        for (;;) {  // zeros, with underscores between them
            if (*t->cur == '_') {
                t->cur++;
                if (!is_class(*t->cur, DIGIT)) {
                    return tokenizer_error(t, "invalid decimal literal");
                }
            }
            if (*t->cur != '0') {
                break;
            }
            t->cur++;
        }
        const char *zeros_end = t->cur + (t->cur != t->line_end);
        if (is_class(*t->cur, DIGIT)) {
            nonzero = true;
            if (!skip_decimal(t)) {
                return TOK_ERRORTOKEN;
            }
        }
        if (*t->cur == '.') {
            t->cur++;
            return read_fraction(t);
        }
        if (*t->cur == 'e' || *t->cur == 'E') {
            return read_exponent(t);
        }
        if (*t->cur == 'j' || *t->cur == 'J') {
            return read_imaginary(t);
        }
        if (nonzero) {  // old-style octal: now disallowed
            return error_in_range(t, (int)(t->start + 1 - t->line_start), (int)(zeros_end - t->line_start),
                                  "leading zeros in decimal integer literals are not permitted; use "
                                  "an 0o prefix for octal integers");
        }
        return check_end_of_number(t, "decimal") ? TOK_NUMBER : TOK_ERRORTOKEN;
    }
    if (!skip_decimal(t)) {
        return TOK_ERRORTOKEN;
    }
    if (*t->cur == '.') {
        t->cur++;
        return read_fraction(t);
    }
    return read_exponent(t);
}

// ---- names

// Checks a name with characters beyond ASCII; moves `cur` behind the first bad one.
static bool check_identifier(Tokenizer *t) {
    Object *name = str_from_utf8(t->start, t->cur - t->start);
    if (!name) {
        t->state = TOKENIZER_ERROR;
        return false;
    }
    ssize_t length = str_length(name);
    for (ssize_t i = 0; i < length; i++) {
        uint32_t c = str_read(name, i);
        if (i ? char_is_identifier_part(c) : c == '_' || char_is_identifier_start(c)) {
            continue;
        }
        const char *at = t->start;
        for (ssize_t n = 0; n <= i; n++) {
            at++;
            while (((uint8_t)*at & 0xc0) == 0x80) {
                at++;
            }
        }
        t->cur = at;
        char code[12];
        snprintf(code, sizeof code, "%04X", c);
        if (char_is_printable(c)) {
            Object *shown = str_from_char(c);
            if (shown) {
                tokenizer_error(t, "invalid character '%U' (U+%s)", shown, code);
            }
        } else {
            tokenizer_error(t, "invalid non-printable character U+%s", code);
        }
        t->state = TOKENIZER_ERROR;
        return false;
    }
    return true;
}

// True when the name "async" at `cur` is followed by "def" (only asked with `async_hacks`).
static bool def_follows(const Tokenizer *t) {
    Tokenizer *ahead = malloc(sizeof *ahead);
    if (!ahead) {
        return false;
    }
    *ahead = *t;
    ahead->report_warnings = false;
    ahead->stop_reading = true;
    const char *start, *end;
    Object *pending = error_take();
    int kind = tokenizer_next(ahead, &start, &end);
    error_restore(pending);
    bool result = kind == TOK_NAME && end - start == 3 && !memcmp(start, "def", 3);
    free(ahead);
    return result;
}

static int classify_name(Tokenizer *t) {
    if (t->cur - t->start != 5 || *t->start != 'a') {
        return TOK_NAME;
    }
    bool is_async = !memcmp(t->start, "async", 5), is_await = !memcmp(t->start, "await", 5);
    if (!is_async && !is_await) {
        return TOK_NAME;
    }
    if (!t->async_hacks || t->async_def) {
        return is_async ? TOK_ASYNC : TOK_AWAIT;
    }
    if (is_async && def_follows(t)) {
        t->async_def_indent = t->indent;
        t->async_def = true;
        return TOK_ASYNC;
    }
    return TOK_NAME;
}

// ---- strings

// `cur` stands behind the opening quote character (maybe of three).
static int read_string(Tokenizer *t, char quote) {
    t->first_lineno = t->lineno;
    t->multi_line_start = t->line_start;
    int size = 1;
    if (t->cur != t->line_end && *t->cur == quote) {
        t->cur++;
        if (t->cur == t->line_end || *t->cur != quote) {
            return TOK_STRING;  // empty
        }
        t->cur++;
        size = 3;
    }
    int closing = 0;
    for (;;) {
        const char *p = t->cur;  // fast over what is nothing special
        while (p != t->line_end && *p != quote && *p != '\\' && *p != '\n') {
            p++;
        }
        if (p != t->cur) {
            closing = 0;
            t->cur = p;
        }
        int c = next_char(t);
        if (c == END_OF_TEXT || (size == 1 && c == '\n')) {
            if (t->state == TOKENIZER_ERROR) {
                return TOK_ERRORTOKEN;
            }
            int detected = t->lineno;
            bool stopped = t->state == TOKENIZER_STOP;
            t->cur = t->start + 1;
            t->line_start = t->multi_line_start;
            t->lineno = t->first_lineno;
            tokenizer_error(t,
                            size == 3 ? "unterminated triple-quoted string literal"
                                        " (detected at line %d)"
                                      : "unterminated string literal (detected at line %d)",
                            detected);
            if (c != '\n' && !stopped) {
                t->state = size == 3 ? TOKENIZER_EOF_IN_TRIPLE : TOKENIZER_EOF_IN_STRING;
            }
            return TOK_ERRORTOKEN;
        }
        if (c == quote) {
            if (++closing == size) {
                return TOK_STRING;
            }
        } else {
            closing = 0;
            if (c == '\\') {
                next_char(t);
            }
        }
    }
}

// A name, or a string with a prefix. `cur` stands behind its first character.
static int read_name(Tokenizer *t, int c) {
    bool saw_b = false, saw_r = false, saw_u = false, saw_f = false;
    for (;;) {  // string prefixes: b, br, rb, f, fr, rf, r, u in any case
        if (!(saw_b || saw_u || saw_f) && (c == 'b' || c == 'B')) {
            saw_b = true;
        } else if (!(saw_b || saw_u || saw_r || saw_f) && (c == 'u' || c == 'U')) {
            saw_u = true;
        } else if (!(saw_r || saw_u) && (c == 'r' || c == 'R')) {
            saw_r = true;
        } else if (!(saw_f || saw_b || saw_u) && (c == 'f' || c == 'F')) {
            saw_f = true;
        } else {
            break;
        }
        c = next_char(t);
        if (c == '"' || c == '\'') {
            return read_string(t, (char)c);
        }
    }
    back_up(t, c);
    bool wide = false;
    const char *p = t->cur;
    while (p != t->line_end && is_class(*p, NAME_PART)) {
        wide |= (uint8_t)*p >= 128;
        p++;
    }
    t->cur = p;
    if (wide && !check_identifier(t)) {
        return TOK_ERRORTOKEN;
    }
    return classify_name(t);
}

// ---- operators

int token_operator(const char *text, size_t length) {
    char a = text[0], b = length > 1 ? text[1] : 0, c = length > 2 ? text[2] : 0;
    if (length == 3) {
        if (c == '=') {
            return a == '*' && b == '*'   ? TOK_DOUBLESTAREQUAL
                   : a == '/' && b == '/' ? TOK_DOUBLESLASHEQUAL
                   : a == '<' && b == '<' ? TOK_LEFTSHIFTEQUAL
                   : a == '>' && b == '>' ? TOK_RIGHTSHIFTEQUAL
                                          : TOK_OP;
        }
        return a == '.' && b == '.' && c == '.' ? TOK_ELLIPSIS : TOK_OP;
    }
    if (length == 2) {
        if (b == '=') {
            switch (a) {
            case '!': return TOK_NOTEQUAL;
            case '%': return TOK_PERCENTEQUAL;
            case '&': return TOK_AMPEREQUAL;
            case '*': return TOK_STAREQUAL;
            case '+': return TOK_PLUSEQUAL;
            case '-': return TOK_MINEQUAL;
            case '/': return TOK_SLASHEQUAL;
            case ':': return TOK_COLONEQUAL;
            case '<': return TOK_LESSEQUAL;
            case '=': return TOK_EQEQUAL;
            case '>': return TOK_GREATEREQUAL;
            case '@': return TOK_ATEQUAL;
            case '^': return TOK_CIRCUMFLEXEQUAL;
            case '|': return TOK_VBAREQUAL;
            }
            return TOK_OP;
        }
        if (a == b) {
            switch (a) {
            case '*': return TOK_DOUBLESTAR;
            case '/': return TOK_DOUBLESLASH;
            case '<': return TOK_LEFTSHIFT;
            case '>': return TOK_RIGHTSHIFT;
            }
            return TOK_OP;
        }
        return a == '-' && b == '>' ? TOK_RARROW : a == '<' && b == '>' ? TOK_NOTEQUAL : TOK_OP;
    }
    static const uint8_t single[128] = {
        ['%'] = TOK_PERCENT, ['&'] = TOK_AMPER,  ['('] = TOK_LPAR,       [')'] = TOK_RPAR,
        ['*'] = TOK_STAR,    ['+'] = TOK_PLUS,   [','] = TOK_COMMA,      ['-'] = TOK_MINUS,
        ['.'] = TOK_DOT,     ['/'] = TOK_SLASH,  [':'] = TOK_COLON,      [';'] = TOK_SEMI,
        ['<'] = TOK_LESS,    ['='] = TOK_EQUAL,  ['>'] = TOK_GREATER,    ['@'] = TOK_AT,
        ['['] = TOK_LSQB,    [']'] = TOK_RSQB,   ['^'] = TOK_CIRCUMFLEX, ['{'] = TOK_LBRACE,
        ['|'] = TOK_VBAR,    ['}'] = TOK_RBRACE, ['~'] = TOK_TILDE,
    };
    int kind = (uint8_t)a < 128 ? single[(uint8_t)a] : 0;
    return kind ? kind : TOK_OP;
}

static int open_paren(Tokenizer *t, char c) {
    if (t->level >= MAX_PAREN) {
        return tokenizer_error(t, "too many nested parentheses");
    }
    t->parens[t->level] = c;
    t->paren_lines[t->level] = t->lineno;
    t->paren_columns[t->level] = (int)(t->start - t->line_start);
    t->level++;
    return c == '(' ? TOK_LPAR : c == '[' ? TOK_LSQB : TOK_LBRACE;
}

static int close_paren(Tokenizer *t, char c) {
    if (!t->level) {
        return tokenizer_error(t, "unmatched '%c'", c);
    }
    t->level--;
    char opening = t->parens[t->level];
    if (opening != (c == ')' ? '(' : c == ']' ? '[' : '{')) {
        if (t->paren_lines[t->level] != t->lineno) {
            return tokenizer_error(t,
                                   "closing parenthesis '%c' does not match opening parenthesis "
                                   "'%c' on line %d",
                                   c, opening, t->paren_lines[t->level]);
        }
        return tokenizer_error(t, "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                               opening);
    }
    return c == ')' ? TOK_RPAR : c == ']' ? TOK_RSQB : TOK_RBRACE;
}

static int read_operator(Tokenizer *t, int first) {
    switch (first) {
    case '(':
    case '[':
    case '{': return open_paren(t, (char)first);
    case ')':
    case ']':
    case '}': return close_paren(t, (char)first);
    case ',': return TOK_COMMA;
    }
    // The text ends in a NUL, so that the bytes behind `first` can be looked at.
    int kind = t->cur != t->line_end ? token_operator(t->cur - 1, 2) : TOK_OP;
    if (kind != TOK_OP) {
        t->cur++;
        if (t->cur != t->line_end) {
            int longer = token_operator(t->cur - 2, 3);
            if (longer != TOK_OP) {
                t->cur++;
                return longer;
            }
        }
        return kind;
    }
    if (first < ' ' || first == 0x7f) {
        char code[12];
        snprintf(code, sizeof code, "%04X", first);
        return tokenizer_error(t, "invalid non-printable character U+%s", code);
    }
    return token_operator(t->cur - 1, 1);
}

// ---- lines

// Behind a backslash: the next line goes on with this one. Returns its first character (not consumed),
// or END_OF_TEXT with `state` set.
static int continue_line(Tokenizer *t) {
    int c = next_char(t);
    if (c != '\n') {
        t->state = TOKENIZER_LINE_CONTINUATION;
        return END_OF_TEXT;
    }
    c = next_char(t);
    if (c == END_OF_TEXT) {
        if (t->state != TOKENIZER_ERROR) {
            t->state = TOKENIZER_EOF;
        }
        t->cur = t->line_end;
        return END_OF_TEXT;
    }
    back_up(t, c);
    return c;
}

// At the beginning of a line: measures its indentation and notes the indents or dedents that it means.
// Returns 0, or TOK_ERRORTOKEN. *blank: the line has no code and ends without a NEWLINE.
static int measure_indent(Tokenizer *t, bool *blank) {
    int column = 0, alternative = 0, continued_column = 0, c;
    *blank = false;
    t->at_line_start = false;
    for (;;) {
        c = next_char(t);
        if (c == ' ') {
            column++;
            alternative++;
        } else if (c == '\t') {
            column = (column / TAB_SIZE + 1) * TAB_SIZE;
            alternative = (alternative / ALTERNATIVE_TAB_SIZE + 1) * ALTERNATIVE_TAB_SIZE;
        } else if (c == '\f') {
            column = alternative = 0;
        } else if (c == '\\') {
            // Indentation cannot be split over several lines: the first part counts.
            continued_column = continued_column ? continued_column : column;
            if (continue_line(t) == END_OF_TEXT) {
                return TOK_ERRORTOKEN;
            }
        } else {
            break;
        }
    }
    back_up(t, c);
    if (c == '#' || c == '\n') {
        if (column == 0 && c == '\n' && t->interactive) {
            *blank = false;
        } else if (t->interactive && t->lineno == 1) {
            *blank = false;
            column = alternative = 0;
        } else {
            *blank = true;
        }
    }
    if (*blank || t->level) {
        return 0;
    }
    if (continued_column) {
        column = alternative = continued_column;
    }
    if (column == t->indents[t->indent]) {
        if (alternative != t->alternative_indents[t->indent]) {
            t->cur = t->line_end;
            return fail(t, TOKENIZER_TABS);
        }
        return 0;
    }
    if (column > t->indents[t->indent]) {
        if (t->indent + 1 >= MAX_INDENT) {
            t->cur = t->line_end;
            return fail(t, TOKENIZER_TOO_DEEP);
        }
        if (alternative <= t->alternative_indents[t->indent]) {
            t->cur = t->line_end;
            return fail(t, TOKENIZER_TABS);
        }
        t->pending++;
        t->indent++;
        t->indents[t->indent] = column;
        t->alternative_indents[t->indent] = alternative;
        return 0;
    }
    while (t->indent && column < t->indents[t->indent]) {
        t->pending--;
        t->indent--;
    }
    if (column != t->indents[t->indent]) {
        t->cur = t->line_end;
        return fail(t, TOKENIZER_DEDENT);
    }
    if (alternative != t->alternative_indents[t->indent]) {
        t->cur = t->line_end;
        return fail(t, TOKENIZER_TABS);
    }
    return 0;
}

// A comment from `start` to `cur`: TOK_TYPE_IGNORE or TOK_TYPE_COMMENT when it is one, else 0.
static int type_comment_kind(Tokenizer *t, bool blank, const char **start, const char **end) {
    static const char prefix[] = "# type: ";
    const char *p = t->start, *wanted = prefix;
    while (*wanted && p < t->cur) {
        if (*wanted == ' ') {
            while (*p == ' ' || *p == '\t') {
                p++;
            }
        } else if (*wanted == *p) {
            p++;
        } else {
            break;
        }
        wanted++;
    }
    if (*wanted) {
        return 0;
    }
    *end = t->cur;
    if (t->cur - p >= 6 && !memcmp(p, "ignore", 6) &&
        !(t->cur - p > 6 && ((uint8_t)p[6] >= 128 || (is_class(p[6], NAME_PART) && p[6] != '_')))) {
        *start = p + 6;
        if (blank) {  // alone on its line: it takes the newline with it
            next_char(t);
            t->at_line_start = true;
        }
        return TOK_TYPE_IGNORE;
    }
    *start = p;
    return TOK_TYPE_COMMENT;
}

// Reading a token looks at the character behind it: the end of the text is noticed there.
static inline void see_end(Tokenizer *t) {
    if (UNLIKELY(t->cur == t->end) && t->cur == t->line_end && !t->interactive && t->state == TOKENIZER_OK) {
        t->state = TOKENIZER_EOF;
    }
}

int tokenizer_next(Tokenizer *t, const char **start, const char **end) {
    *start = *end = NULL;
next_line:
    t->start = NULL;
    bool blank = false;
    if (t->at_line_start && measure_indent(t, &blank)) {
        return TOK_ERRORTOKEN;
    }
    t->start = t->cur;
    if (t->pending) {
        if (t->pending < 0) {
            t->pending++;
            return TOK_DEDENT;
        }
        t->pending--;
        return TOK_INDENT;
    }
    if (t->async_def) {
        int peeked = next_char(t);
        back_up(t, peeked);
        // A type comment on a line of its own is followed by a newline without having set an indentation level:
        // what ends the function is a line with something on it.
        if (!blank && peeked != '\n' && t->level == 0 && t->async_def_newline &&
            t->async_def_indent >= t->indent) {
            t->async_def = t->async_def_newline = false;
            t->async_def_indent = 0;
        }
    }
again:
    t->start = NULL;
    int c;
    do {
        c = next_char(t);
    } while (c == ' ' || c == '\t' || c == '\f');
    t->start = t->cur - (c != END_OF_TEXT);
    if (c == '#') {
        const char *newline = memchr(t->cur, '\n', (size_t)(t->line_end - t->cur));
        t->cur = newline ? newline : t->line_end;
        if (t->type_comments) {
            int kind = type_comment_kind(t, blank, start, end);
            if (kind) {
                return kind;
            }
        }
        c = next_char(t);
    }
    if (c == END_OF_TEXT) {
        if (t->state == TOKENIZER_STOP) {
            return TOK_ENDMARKER;
        }
        return t->level || t->state != TOKENIZER_EOF ? TOK_ERRORTOKEN : TOK_ENDMARKER;
    }
    if (is_class((char)c, NAME_START)) {
        int kind = read_name(t, c);
        see_end(t);
        if (kind != TOK_ERRORTOKEN) {
            *start = t->start;
            *end = t->cur;
        }
        return kind;
    }
    if (c == '\n') {
        t->at_line_start = true;
        if (blank || t->level) {
            goto next_line;
        }
        *start = t->start;
        *end = t->cur - 1;
        t->continued = false;
        if (t->async_def) {
            t->async_def_newline = true; // the line that ends here was part of an async def
        }
        return TOK_NEWLINE;
    }
    int kind;
    if (is_class((char)c, DIGIT)) {
        t->cur--;
        kind = read_number(t);
    } else if (c == '.') {
        if (is_class(*t->cur, DIGIT)) {
            kind = read_fraction(t);
        } else if (*t->cur == '.' && t->cur[1] == '.') {
            t->cur += 2;
            kind = TOK_ELLIPSIS;
        } else {
            kind = TOK_DOT;
        }
    } else if (c == '\'' || c == '"') {
        kind = read_string(t, (char)c);
    } else if (c == '\\') {
        if (continue_line(t) == END_OF_TEXT) {
            return TOK_ERRORTOKEN;
        }
        t->continued = true;
        goto again;
    } else {
        kind = read_operator(t, c);
    }
    if (kind != TOK_STRING) {
        see_end(t);
    }
    if (kind != TOK_ERRORTOKEN) {
        *start = t->start;
        *end = t->cur;
    }
    return kind;
}
