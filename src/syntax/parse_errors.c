// Where and how syntax errors are raised. The last token that was looked at is where an error is,
// unless its place is known.
#include <stdarg.h>

#include "objects/abstract.h"
#include "objects/int.h"
#include "objects/tuple.h"
#include "syntax/parser.h"

// The text of line `lineno`, as far as the tokenizer's buffer has it.
static Object *error_line(Parser *p, int lineno) {
    Tokenizer *t = p->tokenizer;
    if (p->start == START_FILE) {
        Object *line = source_line_from_file(p->filename, lineno, p->encoding);
        if (line) {
            return line;
        }
    }
    if (t->lineno <= lineno && t->line_end > t->buffer) {
        return str_decode_utf8(t->buffer, t->line_end - t->buffer, "replace");
    }
    int line = p->start == START_FSTRING ? p->starting_lineno : 1;
    const char *start = t->text;
    for (; line < lineno; line++) {
        const char *newline = memchr(start, '\n', (size_t)(t->end - start));
        if (!newline) {
            break;
        }
        start = newline + 1;
    }
    const char *end = memchr(start, '\n', (size_t)(t->end - start));
    return str_decode_utf8(start, (end ? end : t->end) - start, "replace");
}

// Bytes from the start of `text` to characters, at most to its end; -1 stays.
static int characters(Object *text, int bytes) {
    if (bytes < 0) {
        return bytes;
    }
    ssize_t length;
    const char *utf8 = str_utf8(text, &length);
    if (!utf8) {
        error_clear();
        return bytes;
    }
    int count = 0;
    for (ssize_t i = 0; i < bytes && i < length; i++) {
        // A character counts when all of it lies before the place.
        count += i + 1 == length || ((uint8_t)utf8[i + 1] & 0xc0) != 0x80;
    }
    return count;
}

// Columns are in bytes from 1 here; 0 and -1 mean what they say.
static void *raise_with_columns(Parser *p, Type *type, int lineno, int column, int end_lineno, int end_column,
                                const char *format, va_list arguments) {
    p->error = true;
    Tokenizer *t = p->tokenizer;
    if (end_lineno == CURRENT_POSITION) {
        end_lineno = t->lineno;
    }
    if (end_column == CURRENT_POSITION) {
        end_column = (int)(t->cur - t->line_start);
    }
    if (p->start == START_FSTRING) {
        column -= p->starting_col_offset;
        end_column -= p->starting_col_offset;
    }
    Object *message = str_format_va(format, arguments);
    if (message && p->start == START_FSTRING) {
        message = str_format("f-string: %U", message);
    }
    Object *text = message ? error_line(p, lineno) : NULL;
    if (!text) {
        return NULL;
    }
    if (p->encoding) {
        column = column > 0 ? characters(text, column - 1) + 1 : column;
        if (end_column > 0) {
            end_column = characters(text, end_column - 1) + 1;
        }
    }
    Object *details = tuple_pack(6, p->filename ? p->filename : NONE, int_from_i64(lineno),
                                 int_from_i64(column), text, int_from_i64(end_lineno),
                                 int_from_i64(end_column));
    Object *both = details ? tuple_pack(2, message, details) : NULL;
    return both ? raise_with(type, both) : NULL;
}

void *raise_at(Parser *p, Type *type, int lineno, int col_offset, int end_lineno, int end_col_offset,
               const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_with_columns(p, type, lineno, col_offset + 1, end_lineno,
                       end_col_offset == CURRENT_POSITION ? end_col_offset : end_col_offset + 1, format,
                       arguments);
    va_end(arguments);
    return NULL;
}

static void *raise_unclosed(Parser *p) {
    Tokenizer *t = p->tokenizer;
    int i = t->level - 1;
    return raise_at(p, &exc_SyntaxError, t->paren_lines[i], t->paren_columns[i], t->paren_lines[i], -1,
                    "'%c' was never closed", t->parens[i]);
}

void *raise_here(Parser *p, Type *type, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Tokenizer *t = p->tokenizer;
    if (!p->fill) {
        raise_with_columns(p, type, 0, 0, 0, -1, format, arguments);
    } else {
        Token *last = p->tokens[p->fill - 1];
        if (last->kind == TOK_ERRORTOKEN && t->state == TOKENIZER_EOF && t->level) {
            raise_unclosed(p);
        } else {
            int column = last->col_offset == -1 ? (int)(t->cur - t->line_start) : last->col_offset + 1;
            int end = last->end_col_offset == -1 ? -1 : last->end_col_offset + 1;
            raise_with_columns(p, type, last->lineno, column, last->end_lineno, end, format, arguments);
        }
    }
    va_end(arguments);
    return NULL;
}

void raise_tokenizer_error(Parser *p) {
    Tokenizer *t = p->tokenizer;
    p->error = true;
    if (error_occurred()) {
        if (error_matches(&exc_UnicodeError)) {
            Object *error = error_take(), *text = object_str(error);
            if (text) {
                raise_here(p, &exc_SyntaxError, "(unicode error) %U", text);
            }
        }
        return;
    }
    switch (t->state) {
    case TOKENIZER_EOF:
        if (t->level) {
            raise_unclosed(p);
        } else {
            raise_here(p, &exc_SyntaxError, "unexpected EOF while parsing");
        }
        break;
    case TOKENIZER_DEDENT:
        raise_here(p, &exc_IndentationError, "unindent does not match any outer indentation level");
        break;
    case TOKENIZER_TABS:
        raise_at(p, &exc_TabError, t->lineno, 0, t->lineno, -1,
                 "inconsistent use of tabs and spaces in indentation");
        break;
    case TOKENIZER_TOO_DEEP:
        raise_at(p, &exc_IndentationError, t->lineno, 0, t->lineno, -1, "too many levels of indentation");
        break;
    case TOKENIZER_LINE_CONTINUATION:
        raise_at(p, &exc_SyntaxError, t->lineno, (int)(t->cur - t->buffer) - 1, t->lineno, -1,
                 "unexpected character after line continuation character");
        break;
    default: raise_at(p, &exc_SyntaxError, t->lineno, 0, t->lineno, -1, "unknown parsing error");
    }
}

// Reads the remaining tokens: an error among them is more to the point than "invalid syntax".
static void look_for_tokenizer_errors(Parser *p) {
    Tokenizer *t = p->tokenizer;
    if (t->interactive || !p->fill) {
        return;
    }
    Object *earlier = error_take();
    int line = p->tokens[p->fill - 1]->lineno;
    const char *start, *end;
    int kind;
    do {
        kind = tokenizer_next(t, &start, &end);
    } while (kind != TOK_ERRORTOKEN && kind != TOK_ENDMARKER);
    if (kind == TOK_ERRORTOKEN && !error_occurred() && t->level && line > t->paren_lines[t->level - 1]) {
        raise_unclosed(p);
    }
    if (!error_occurred()) {
        error_restore(earlier);
    }
}

void raise_final_error(Parser *p, size_t last_index) {
    Tokenizer *t = p->tokenizer;
    if (error_occurred()) {
        if ((t->state == TOKENIZER_OK || t->state == TOKENIZER_EOF) && error_matches(&exc_SyntaxError) &&
            t->state == TOKENIZER_OK) {
            look_for_tokenizer_errors(p);
        }
        return;
    }
    if (!p->fill) {
        raise_here(p, &exc_SyntaxError, "error at start before reading any input");
        return;
    }
    Token *last = p->tokens[last_index];
    if (last->kind == TOK_ERRORTOKEN && t->state == TOKENIZER_EOF) {
        if (t->level) {
            raise_unclosed(p);
        } else {
            raise_here(p, &exc_SyntaxError, "unexpected EOF while parsing");
        }
        return;
    }
    if (last->kind == TOK_INDENT || last->kind == TOK_DEDENT) {
        raise_here(p, &exc_IndentationError,
                   last->kind == TOK_INDENT ? "unexpected indent" : "unexpected unindent");
        return;
    }
    raise_at(p, &exc_SyntaxError, last->lineno, last->col_offset, last->end_lineno, last->end_col_offset,
             "invalid syntax");
    look_for_tokenizer_errors(p);
}
