// The line that a syntax error shows. Whoever compiles text says where it comes from; the line is read from
// that file, if there is one, because a symbol table or code generator has no source text.
#include "heap/heap.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/str.h"
#include "syntax/parser.h"

// Lines are read in pieces of this size; of a longer line the last piece is shown.
enum { PIECE = 999 };

typedef struct LineSearch {
    const char *path;
    int line;
    char piece[PIECE + 1];
    size_t size;
    bool found;
} LineSearch;

static void *search_line(void *context) {
    LineSearch *search = context;
    FILE *file = fopen(search->path, "rbe");
    if (!file) {
        return NULL;
    }
    int line = 1, c, previous = 0;
    while (line <= search->line && (c = getc_unlocked(file)) != EOF) {
        if (c == '\n' && previous == '\r') {
            previous = 0;
            continue;
        }
        previous = c;
        c = c == '\r' ? '\n' : c;
        if (line == search->line) {
            if (search->size == PIECE) {
                search->size = 0;
            }
            search->piece[search->size++] = (char)c;
            search->found = true;
        }
        line += c == '\n';
    }
    fclose(file);
    return NULL;
}

Object *source_line_from_file(Object *filename, int line, const char *encoding) {
    if (!filename || !str_check(filename) || line <= 0) {
        return NULL;
    }
    Object *earlier = error_take(), *result = NULL;
    Object *path = path_to_bytes(filename);
    LineSearch search = { .path = path ? bytes_data(path) : NULL, .line = line };
    if (path) {
        blocking_call(search_line, &search);
    }
    if (search.found) {
        size_t size = strnlen(search.piece, search.size);
        result = encoding ? str_decode(search.piece, (ssize_t)size, encoding, "replace")
                          : str_from_utf8(search.piece, (ssize_t)size);
    }
    error_restore(earlier);
    return result;
}

// An int, or None for what is unknown.
static void set_number(SyntaxError *error, Object **field, int value) {
    Object *number = value ? int_from_i64(value) : NONE;
    gc_store(error, field, number ? number : NONE);
}

void raise_syntax_error_at(Object *message, Object *filename, int line, int column, int end_line,
                           int end_column) {
    Object *exception = message ? call1((Object *)&exc_SyntaxError, message) : NULL;
    if (!exception) {
        return;
    }
    SyntaxError *error = (SyntaxError *)exception;
    gc_store(error, &error->filename, filename ? filename : NONE);
    set_number(error, &error->lineno, line);
    set_number(error, &error->offset, column);
    set_number(error, &error->end_lineno, end_line);
    set_number(error, &error->end_offset, end_column);
    Object *text = source_line_from_file(filename, line, NULL);
    gc_store(error, &error->text, text ? text : NONE);
    gc_store(error, &error->print_file_and_line, NONE);
    raise_exception(exception);
}
