// Lines of source text for tracebacks, and the anchors inside them.
#include "vm/source_line.h"

#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/str.h"
#include "syntax/ast.h"
#include "syntax/parser.h"
#include "vm/runtime.h"

static FILE *open_source(Object *filename) {
    Object *path = str_encode_fs(filename);
    if (!path) {
        return NULL;
    }
    FILE *file = fopen(bytes_data(path), "re");
    if (file) {
        return file;
    }
    const char *slash = strrchr(bytes_data(path), '/');
    const char *tail = slash ? slash + 1 : bytes_data(path);
    Object *search = sys_get("path");
    if (!search || !list_check(search)) {
        return NULL;
    }
    for (ssize_t i = 0; i < list_size(search) && !file; i++) {
        Object *entry = list_read(search, i);
        Object *directory = entry && str_check(entry) ? str_encode_fs(entry) : NULL;
        char *candidate;
        if (!directory || !*bytes_data(directory)) {
            error_clear();
        } else if (asprintf(&candidate, "%s/%s", bytes_data(directory), tail) >= 0) {
            file = fopen(candidate, "re");
            free(candidate);
        }
    }
    return file;
}

static char *read_all(FILE *file, size_t *size) {
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (;;) {
        if (length == capacity) {
            char *larger = realloc(text, capacity = capacity ? 2 * capacity : 1 << 14);
            if (!larger) {
                break;
            }
            text = larger;
        }
        size_t more = fread(text + length, 1, capacity - length, file);
        if (!more) {
            *size = length;
            return text;
        }
        length += more;
    }
    free(text);
    return NULL;
}

static Object *line_of(const char *text, size_t size, int line) {
    const char *end = text + size;
    for (int i = 1; i < line; i++) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (!text || ++text == end) {
            return NULL;
        }
    }
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    return str_decode_utf8(text, (newline ? newline : end) - text, "replace");
}

Object *source_line(Object *filename, int line) {
    // At exit nothing can be imported any more, and CPython reads no source then.
    FILE *file = line > 0 && dict_get_cstring(sys_modules, "io") ? open_source(filename) : NULL;
    if (!file) {
        error_clear();
        return NULL;
    }
    size_t size = 0;
    const char *encoding;
    char *text = read_all(file, &size);
    fclose(file);
    Arena *arena = text && size ? arena_new() : NULL;
    const char *utf8 = arena ? source_to_utf8(text, size, filename, 0, true, arena, &size, &encoding) : NULL;
    Object *result = utf8 ? line_of(utf8, size, line) : NULL;
    if (arena) {
        arena_free(arena);
    }
    free(text);
    error_clear();
    return result;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

// Byte offsets into `segment`, which was parsed as `statement`.
static bool find_in(const Stmt *statement, const char *segment, ssize_t *left, ssize_t *right) {
    if (statement->kind != STMT_Expr) {
        return false;
    }
    const Expr *e = statement->v.Expr.value;
    if (e->kind == EXPR_Subscript) {
        *left = e->v.Subscript.value->end_col_offset;
        *right = e->v.Subscript.slice->end_col_offset + 1;
        return true;
    }
    if (e->kind != EXPR_BinOp) {
        return false;
    }
    int end = e->v.BinOp.right->col_offset;
    for (int i = e->v.BinOp.left->end_col_offset; i < end; i++) {
        if (!is_space(segment[i])) {
            *left = i;
            *right = i + 1 + (i + 1 < end && !is_space(segment[i + 1]));
            return true;
        }
    }
    return false;
}

static ssize_t characters(const char *utf8, ssize_t bytes) {
    ssize_t count = 0;
    for (ssize_t i = 0; i < bytes; i++) {
        count += (utf8[i] & 0xc0) != 0x80;
    }
    return count;
}

bool anchors_find(Object *text, ssize_t start, ssize_t end, Anchors *anchors) {
    Object *part = str_substring(text, start, end);
    ssize_t length, left, right;
    const char *segment = part ? str_utf8(part, &length) : NULL;
    Arena *arena = segment ? arena_new() : NULL;
    bool found = false;
    if (arena) {
        struct Mod *mod = parse_source(segment, (size_t)length, str_empty(), PARSE_FILE, PARSE_IGNORE_COOKIE,
                                       11, arena);
        found = mod && mod->v.Module.body->count == 1 &&
                find_in(mod->v.Module.body->items[0], segment, &left, &right) && left <= length &&
                right <= length;
        arena_free(arena);
    }
    if (found) {
        *anchors = (Anchors){ characters(segment, left), characters(segment, right) };
    }
    error_clear();
    return found;
}
