// String literals: bytes, str, f-strings (PEP 498), and their implicit concatenation.
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "syntax/parser.h"

// Where a literal's nodes are placed: from the first token to the last.
typedef struct Place {
    Token *first, *last;
} Place;

// What an f-string is collected in: the literal text so far, and the nodes before it.
typedef struct Pieces {
    Object *text;        // str or NULL: the first part of it
    StrBuilder builder;  // all of it when there are more
    bool built;
    size_t base;         // the nodes are in p->stack from there on
    bool formatted;
} Pieces;

static Expr *text_node(Parser *p, Object *text, Place *place) {
    Object *kind = NULL;
    if (place->first->start[0] == 'u' && !(kind = identifier(p, "u", 1))) {
        return NULL;
    }
    if (arena_keep(p->arena, text) < 0) {
        return NULL;
    }
    return ast_Constant(text, kind, place->first->lineno, place->first->col_offset, place->last->end_lineno,
                        place->last->end_col_offset, p->arena);
}

static void raise_literal_error(Parser *p) {
    if (!error_matches(&exc_ValueError)) {
        p->error = true;
        return;
    }
    const char *kind = error_matches(&exc_UnicodeError) ? "unicode error" : "value error";
    Object *error = error_take(), *text = object_str(error);
    if (text) {
        raise_here(p, &exc_SyntaxError, "(%s) %U", kind, text);
    }
    p->error = true;
}

// Warns of the first escape that means nothing; false when the warning is an error.
static bool warn_of_escapes(Parser *p, const char *s, const char *end, bool bytes, Token *token) {
    for (; s < end; s++) {
        if (*s != '\\' || ++s >= end) {
            continue;
        }
        Object *message = NULL;
        if (*s >= '4' && *s <= '7' && end - s >= 3 && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
            s[2] <= '7') {
            message = str_format("invalid octal escape sequence '\\%c%c%c'", s[0], s[1], s[2]);
        } else if ((uint8_t)*s < 128 &&
                   !strchr(bytes ? "\n\\'\"abfnrtvx01234567" : "\n\\'\"abfnrtvxuUN01234567", *s)) {
            message = str_format("invalid escape sequence '\\%c'", *s);
        } else {
            continue;
        }
        if (!message) {
            p->error = true;
            return false;
        }
        if (warn_explicit(&exc_DeprecationWarning, message, p->filename ? p->filename : NONE, token->lineno,
                          NULL, NULL) < 0) {
            if (error_matches(&exc_DeprecationWarning)) {
                error_clear();
                raise_at(p, &exc_SyntaxError, token->lineno, token->col_offset, token->end_lineno,
                         token->end_col_offset, "%U", message);
            }
            p->error = true;
            return false;
        }
        return true;
    }
    return true;
}

static Object *decode_text(Parser *p, const char *s, const char *end, bool raw, Token *token) {
    Object *result;
    if (raw || !memchr(s, '\\', (size_t)(end - s))) {
        result = str_from_utf8(s, end - s);
    } else {
        // The escape codec reads Latin-1: characters beyond ASCII become escapes first, two bytes ten, and sixteen of a backslash and them.
        char *copy = malloc((size_t)(end - s) * 6 + 1), *out = copy;
        if (!copy) {
            p->error = true;
            return raise_memory_error();
        }
        bool good = true;
        const char *start = s;
        while (s < end) {
            if (*s == '\\') {
                *out++ = *s++;
                if (s >= end || (uint8_t)*s >= 128) {
                    memcpy(out, "u005c", 5);
                    out += 5;
                }
                if (s >= end) {
                    break;
                }
            }
            if ((uint8_t)*s < 128) {
                *out++ = *s++;
                continue;
            }
            const char *next = s + 1;
            while (next < end && ((uint8_t)*next & 0xc0) == 0x80) {
                next++;
            }
            Object *c = str_from_utf8(s, next - s);
            if (!c) {
                good = false;
                break;
            }
            out += sprintf(out, "\\U%08x", str_read(c, 0));
            s = next;
        }
        result = good ? unicode_escape_decode(copy, out - copy, NULL, NULL, NULL) : NULL;
        free(copy);
        if (result && !warn_of_escapes(p, start, end, false, token)) {
            return NULL;
        }
    }
    if (!result) {
        raise_literal_error(p);
    }
    return result;
}

static Object *decode_bytes(Parser *p, const char *s, const char *end, bool raw, Token *token) {
    if (raw || !memchr(s, '\\', (size_t)(end - s))) {
        return bytes_from(s, end - s);
    }
    Object *result = bytes_new(end - s);
    if (!result) {
        return NULL;
    }
    char *out = bytes_data(result);
    const char *start = s;
    while (s < end) {
        if (*s != '\\') {
            *out++ = *s++;
            continue;
        }
        s++;
        char c = *s++;
        switch (c) {
        case '\n': break;
        case '\\':
        case '\'':
        case '"': *out++ = c; break;
        case 'a': *out++ = 7; break;
        case 'b': *out++ = 8; break;
        case 'f': *out++ = 12; break;
        case 'n': *out++ = 10; break;
        case 'r': *out++ = 13; break;
        case 't': *out++ = 9; break;
        case 'v': *out++ = 11; break;
        case '0' ... '7': {
            int value = c - '0';
            for (int i = 0; i < 2 && s < end && *s >= '0' && *s <= '7'; i++) {
                value = value * 8 + (*s++ - '0');
            }
            *out++ = (char)value;
            break;
        }
        case 'x': {
            int value = 0, digits = 0;
            for (; digits < 2 && s + digits < end; digits++) {
                char d = s[digits];
                int digit = d >= '0' && d <= '9'                 ? d - '0'
                            : (d | 32) >= 'a' && (d | 32) <= 'f' ? (d | 32) - 'a' + 10
                                                                 : -1;
                if (digit < 0) {
                    break;
                }
                value = value * 16 + digit;
            }
            if (digits < 2) {
                raise_error(&exc_ValueError, "invalid \\x escape at position %zd", s - 2 - start);
                raise_literal_error(p);
                return NULL;
            }
            s += 2;
            *out++ = (char)value;
            break;
        }
        default: *out++ = '\\'; *out++ = c;
        }
    }
    if (!warn_of_escapes(p, start, end, true, token)) {
        return NULL;
    }
    return bytes_shorten(result, out - bytes_data(result));
}

// ---- f-strings

static bool add_text(Parser *p, Pieces *pieces, Object *text) {
    if (!text) {
        p->error = true;
        return false;
    }
    if (str_length(text)) {
        if (!pieces->text) {
            pieces->text = text;
            return true;
        }
        if (!pieces->built) {
            str_builder_init(&pieces->builder, 0);
            pieces->built = str_builder_str(&pieces->builder, pieces->text) == 0;
        }
        if (!pieces->built || str_builder_str(&pieces->builder, text) < 0) {
            p->error = true;
            return false;
        }
    }
    return true;
}

// What has been added since the last call; NULL, perhaps with an exception.
static Object *take_text(Pieces *pieces) {
    Object *text = pieces->built ? str_builder_finish(&pieces->builder) : pieces->text;
    pieces->text = NULL;
    pieces->built = false;
    return text;
}

static bool flush_text(Parser *p, Pieces *pieces, Place *place) {
    if (!pieces->text) {
        return true;
    }
    Object *text = take_text(pieces);
    Expr *node = text ? text_node(p, text, place) : NULL;
    if (!node) {
        p->error = true;
        return false;
    }
    return push(p, node);
}

static Expr *finish_pieces(Parser *p, Pieces *pieces, Place *place) {
    if (!pieces->formatted) {
        Object *text = pieces->text ? take_text(pieces) : str_empty();
        return text ? text_node(p, text, place) : NULL;
    }
    if (!flush_text(p, pieces, place)) {
        return NULL;
    }
    ExprSeq *values = (ExprSeq *)pop_sequence(p, pieces->base);
    return values ? ast_JoinedStr(values, place->first->lineno, place->first->col_offset,
                                  place->last->end_lineno, place->last->end_col_offset, p->arena)
                  : NULL;
}

// Compiles the text between braces; `brace` is where the opening one stands in the token.
static Expr *parse_expression(Parser *p, const char *brace, const char *end, Token *token) {
    const char *s = brace + 1;
    while (s < end && strchr(" \t\n\f\r", *s)) {
        s++;
    }
    if (s == end) {
        if (*end == '!' || *end == ':' || *end == '=') {
            return raise_here(p, &exc_SyntaxError, "f-string: expression required before '%c'", *end);
        }
        return raise_here(p, &exc_SyntaxError, "f-string: empty expression not allowed");
    }
    size_t length = (size_t)(end - brace - 1);
    char *text = arena_alloc(p->arena, length + 4);
    if (!text) {
        p->error = true;
        return NULL;
    }
    text[0] = '(';
    memcpy(text + 1, brace + 1, length);
    text[length + 1] = ')';
    text[length + 2] = '\n';
    if (p->counted_token != token || p->counted > brace) {
        p->counted_token = token;
        p->counted = p->counted_line = token->start;
        p->counted_lines = 0;
    }
    for (const char *c = p->counted; c < brace; c++) {
        if (*c == '\n') {
            p->counted_lines++;
            p->counted_line = c;
        }
    }
    p->counted = brace;
    const char *line_start = p->counted_line;
    int lines = p->counted_lines, columns = 0;
    const char *blank = brace + 1;
    while (blank < end && (*blank == ' ' || *blank == '\t' || *blank == '\f')) {
        blank++;
    }
    if (blank == end || *blank != '\n') {
        columns = (int)(brace - line_start) - (*line_start == '\n');
    }
    Tokenizer tokenizer;
    tokenizer_init(&tokenizer, text, length + 3, p->filename);
    tokenizer.lineno = token->lineno + lines - 1;
    tokenizer.async_hacks = p->feature_version < 7;
    Parser sub;
    parser_init(&sub, &tokenizer, START_FSTRING, p->flags, p->feature_version, p->arena, p->filename);
    sub.starting_lineno = token->lineno + lines;
    sub.starting_col_offset = lines ? columns : token->col_offset + columns;
    Expr *result = parser_run(&sub);
    parser_free(&sub);
    if (!result) {
        p->error = true;
    }
    return result;
}

static Expr *parse_pieces(Parser *p, const char **at, const char *end, bool raw, int depth, Place *place,
                          Token *token);

// At an opening brace: "{expression=!r:format}". NULL with an error.
static Expr *parse_replacement(Parser *p, const char **at, const char *end, bool raw, int depth, Place *place,
                               Token *token, Object **shown) {
    if (depth >= 2) {
        return raise_here(p, &exc_SyntaxError, "f-string: expressions nested too deeply");
    }
    const char *s = *at + 1, *start = s;
    char quote = 0, parens[MAX_PAREN];
    int quote_size = 0, nested = 0;
    for (; s < end; s++) {
        char c = *s;
        if (c == '\\') {
            return raise_here(p, &exc_SyntaxError, "f-string expression part cannot include a backslash");
        }
        if (quote) {
            if (c == quote) {
                if (quote_size == 3) {
                    if (s + 2 < end && s[1] == c && s[2] == c) {
                        s += 2;
                        quote = 0;
                    }
                } else {
                    quote = 0;
                }
            }
            continue;
        }
        if (c == '\'' || c == '"') {
            quote = c;
            quote_size = 1;
            if (s + 2 < end && s[1] == c && s[2] == c) {
                quote_size = 3;
                s += 2;
            }
            continue;
        }
        if (c == '[' || c == '{' || c == '(') {
            if (nested >= MAX_PAREN) {
                return raise_here(p, &exc_SyntaxError, "f-string: too many nested parenthesis");
            }
            parens[nested++] = c;
            continue;
        }
        if (c == '#') {
            return raise_here(p, &exc_SyntaxError, "f-string expression part cannot include '#'");
        }
        if (!nested && (c == '!' || c == ':' || c == '}' || c == '=' || c == '>' || c == '<')) {
            if (s + 1 < end && s[1] == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) {
                s++;
                continue;
            }
            if (c == '>' || c == '<') {
                continue;
            }
            break;
        }
        if (c == ']' || c == '}' || c == ')') {
            if (!nested) {
                return raise_here(p, &exc_SyntaxError, "f-string: unmatched '%c'", c);
            }
            char opening = parens[--nested];
            if (opening != (c == ')' ? '(' : c == ']' ? '[' : '{')) {
                return raise_here(p, &exc_SyntaxError,
                                  "f-string: closing parenthesis '%c' does not match opening "
                                  "parenthesis '%c'",
                                  c, opening);
            }
        }
    }
    if (quote) {
        return raise_here(p, &exc_SyntaxError, "f-string: unterminated string");
    }
    if (nested) {
        return raise_here(p, &exc_SyntaxError, "f-string: unmatched '%c'", parens[nested - 1]);
    }
    if (s >= end) {
        return raise_here(p, &exc_SyntaxError, "f-string: expecting '}'");
    }
    Expr *value = parse_expression(p, start - 1, s, token);
    if (!value) {
        return NULL;
    }
    int conversion = -1;
    Expr *format = NULL;
    if (*s == '=') {
        if (p->feature_version < 8) {
            return raise_here(p, &exc_SyntaxError,
                              "f-string: self documenting expressions are only supported "
                              "in Python 3.8 and greater");
        }
        s++;
        while (s < end && strchr(" \t\n\f\r\v", *s)) {
            s++;
        }
        *shown = str_from_utf8(start, s - start);
        if (!*shown) {
            p->error = true;
            return NULL;
        }
    }
    if (s < end && *s == '!') {
        s++;
        if (s >= end) {
            return raise_here(p, &exc_SyntaxError, "f-string: expecting '}'");
        }
        conversion = (uint8_t)*s++;
        if (conversion != 's' && conversion != 'r' && conversion != 'a') {
            return raise_here(p, &exc_SyntaxError,
                              "f-string: invalid conversion character: "
                              "expected 's', 'r', or 'a'");
        }
    }
    if (s < end && *s == ':') {
        s++;
        if (s >= end) {
            return raise_here(p, &exc_SyntaxError, "f-string: expecting '}'");
        }
        format = parse_pieces(p, &s, end, raw, depth + 1, place, token);
        if (!format) {
            return NULL;
        }
    }
    if (s >= end || *s != '}') {
        return raise_here(p, &exc_SyntaxError, "f-string: expecting '}'");
    }
    *at = s + 1;
    if (*shown && conversion == -1 && !format) {
        conversion = 'r';
    }
    return ast_FormattedValue(value, conversion, format, place->first->lineno, place->first->col_offset,
                              place->last->end_lineno, place->last->end_col_offset, p->arena);
}

// Literal text up to a brace that means something. `*more`: it ended in a doubled brace.
static bool parse_literal(Parser *p, const char **at, const char *end, bool raw, int depth, Token *token,
                          Pieces *pieces, bool *more) {
    const char *s = *at, *start = s, *literal_end = NULL;
    *more = false;
    while (s < end) {
        char c = *s++;
        if (!raw && c == '\\' && s < end) {
            c = *s++;
            if (c == 'N') {
                if (s < end && *s++ == '{') {
                    while (s < end && *s++ != '}') {
                    }
                }
                continue;
            }
            if (c == '{' && !warn_of_escapes(p, s - 2, s, false, token)) {
                return false;
            }
        }
        if (c == '{' || c == '}') {
            if (!depth) {
                if (s < end && *s == c) {
                    literal_end = s++;
                    *more = true;
                    break;
                }
                if (c == '}') {
                    raise_here(p, &exc_SyntaxError, "f-string: single '}' is not allowed");
                    return false;
                }
            }
            s--;
            break;
        }
    }
    if (!literal_end) {
        literal_end = s;
    }
    *at = s;
    return literal_end == start || add_text(p, pieces, decode_text(p, start, literal_end, raw, token));
}

static bool collect_pieces(Parser *p, Pieces *pieces, const char **at, const char *end, bool raw, int depth,
                           Place *place, Token *token) {
    pieces->formatted = true;
    for (;;) {
        bool more;
        if (!parse_literal(p, at, end, raw, depth, token, pieces, &more)) {
            return false;
        }
        if (more) {
            continue;
        }
        if (*at >= end || **at == '}') {
            break;
        }
        Object *shown = NULL;
        Expr *node = parse_replacement(p, at, end, raw, depth, place, token, &shown);
        if (!node) {
            p->error = true;
            return false;
        }
        if ((shown && !add_text(p, pieces, shown)) || !flush_text(p, pieces, place) || !push(p, node)) {
            return false;
        }
    }
    if (depth && (*at >= end || **at != '}')) {
        raise_here(p, &exc_SyntaxError, "f-string: expecting '}'");
        return false;
    }
    return true;
}

static Expr *parse_pieces(Parser *p, const char **at, const char *end, bool raw, int depth, Place *place,
                          Token *token) {
    // A format specification is placed in its own token.
    Place own = { token, token };
    Pieces pieces = { .base = p->stack_size };
    return collect_pieces(p, &pieces, at, end, raw, depth, place, token) ? finish_pieces(p, &pieces, &own)
                                                                         : NULL;
}

Expr *concatenate_strings(Parser *p, AnySeq *tokens) {
    Place place = { tokens->items[0], tokens->items[tokens->count - 1] };
    Pieces pieces = { .base = p->stack_size };
    Object *bytes = NULL;
    bool bytes_mode = false;
    for (ssize_t i = 0; i < tokens->count; i++) {
        Token *token = tokens->items[i];
        const char *s = token->start, *end = s + token->length;
        bool is_bytes = false, raw = false, formatted = false;
        for (; *s != '\'' && *s != '"'; s++) {
            is_bytes |= (*s | 32) == 'b';
            raw |= (*s | 32) == 'r';
            formatted |= (*s | 32) == 'f';
        }
        if (formatted && p->feature_version < 6) {
            return raise_here(p, &exc_SyntaxError,
                              "Format strings are only supported in Python 3.6 and greater");
        }
        bool triple = end - s >= 6 && s[1] == s[0] && s[2] == s[0];
        s += triple ? 3 : 1;
        end -= triple ? 3 : 1;
        if (is_bytes) {
            for (const char *c = s; c < end; c++) {
                if ((uint8_t)*c >= 128) {
                    return raise_here(p, &exc_SyntaxError, "bytes can only contain ASCII literal characters");
                }
            }
        }
        if (i && is_bytes != bytes_mode) {
            return raise_here(p, &exc_SyntaxError, "cannot mix bytes and nonbytes literals");
        }
        bytes_mode = is_bytes;
        if (formatted) {
            if (!collect_pieces(p, &pieces, &s, end, raw, 0, &place, token)) {
                p->error = true;
                return NULL;
            }
        } else if (is_bytes) {
            Object *part = decode_bytes(p, s, end, raw, token);
            bytes = part && bytes ? bytes_concat(bytes, part) : part;
            if (!bytes) {
                p->error = true;
                return NULL;
            }
        } else {
            Object *part = decode_text(p, s, end, raw, token);
            if (!part || !add_text(p, &pieces, part)) {
                p->error = true;
                return NULL;
            }
        }
    }
    Expr *result;
    if (bytes_mode) {
        result = arena_keep(p->arena, bytes) < 0
                     ? NULL
                     : ast_Constant(bytes, NULL, place.first->lineno, place.first->col_offset,
                                    place.last->end_lineno, place.last->end_col_offset, p->arena);
    } else {
        result = finish_pieces(p, &pieces, &place);
    }
    if (!result) {
        p->error = true;
    }
    return result;
}
