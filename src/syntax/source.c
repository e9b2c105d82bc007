// Source bytes to the UTF-8 text that the tokenizer reads: byte order mark, encoding cookie (PEP 263),
// newlines.
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/tuple.h"
#include "objects/int.h"
#include "syntax/parser.h"

static bool is_blank_or_comment(const char *line, const char *end) {
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\f')) {
        line++;
    }
    return line == end || *line == '#' || *line == '\n' || *line == '\r';
}

static bool cookie_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

// The encoding that the line's comment names, in its normal form; false when it names none.
static bool find_cookie(const char *line, const char *end, char *name, size_t room) {
    if (!is_blank_or_comment(line, end)) {
        return false;
    }
    for (const char *p = line; p + 6 < end; p++) {
        if (memcmp(p, "coding", 6) != 0 || (p[6] != ':' && p[6] != '=')) {
            continue;
        }
        p += 7;
        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }
        size_t length = 0;
        while (p < end && cookie_char(*p) && length < room - 1) {
            name[length++] = *p++;
        }
        name[length] = 0;
        if (!length) {
            return false;
        }
        char normal[13] = "";
        for (size_t i = 0; i < 12 && name[i]; i++) {
            char c = name[i];
            normal[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
        if (!strcmp(normal, "utf-8") || !strncmp(normal, "utf-8-", 6)) {
            strcpy(name, "utf-8");
        } else if (!strcmp(normal, "latin-1") || !strcmp(normal, "iso-8859-1") ||
                   !strcmp(normal, "iso-latin-1") || !strncmp(normal, "latin-1-", 8) ||
                   !strncmp(normal, "iso-8859-1-", 11) || !strncmp(normal, "iso-latin-1-", 12)) {
            strcpy(name, "iso-8859-1");
        }
        return true;
    }
    return false;
}

static const char *raise_encoding_error(Object *filename, Object *message, int flags) {
    if (message && (flags & PARSE_FROM_FILE)) {
        raise_with(&exc_SyntaxError, message);
        return NULL;
    }
    if (message) {
        Object *details = tuple_pack(6, filename ? filename : NONE, int_from_i64(0), int_from_i64(-1), NONE,
                                     NONE, NONE);
        Object *both = details ? tuple_pack(2, message, details) : NULL;
        if (both) {
            raise_with(&exc_SyntaxError, both);
        }
    }
    return NULL;
}

const char *source_to_utf8(const char *source, size_t length, Object *filename, int flags, bool end_line,
                           Arena *arena, size_t *size, const char **encoding) {
    *encoding = flags & PARSE_IGNORE_COOKIE ? "utf-8" : NULL;
    bool nuls = memchr(source, 0, length) != NULL;
    if (nuls && !(flags & PARSE_FROM_FILE)) {
        raise_error(&exc_ValueError, "source code string cannot contain null bytes");
        return NULL;
    }
    Object *decoded = NULL;
    if (!(flags & PARSE_IGNORE_COOKIE)) {
        bool mark = length >= 3 && !memcmp(source, "\xef\xbb\xbf", 3);
        if (mark) {
            *encoding = "utf-8";
            source += 3;
            length -= 3;
        }
        char name[256];
        const char *end = source + length, *line = source;
        bool found = false;
        for (int i = 0; i < 2 && line < end && !found; i++) {
            const char *line_end = line;
            while (line_end < end && *line_end != '\n' && *line_end != '\r') {
                line_end++;
            }
            found = find_cookie(line, line_end, name, sizeof name);
            if (!is_blank_or_comment(line, line_end)) {
                break;
            }
            line = line_end + (line_end < end) +
                   (line_end + 1 < end && line_end[0] == '\r' && line_end[1] == '\n');
        }
        if (found) {
            char *copy = arena_alloc(arena, strlen(name) + 1);
            if (!copy) {
                return NULL;
            }
            *encoding = strcpy(copy, name);
        }
        if (found && strcmp(name, "utf-8") != 0) {
            if (mark) {
                return raise_encoding_error(filename, str_format("encoding problem: %s with BOM", name),
                                            flags);
            }
            decoded = str_decode(source, (ssize_t)length, name, NULL);
            if (!decoded) {
                if (error_matches(&exc_LookupError) || error_matches(&exc_ValueError)) {
                    Object *error = error_take();
                    return raise_encoding_error(filename,
                                                flags & PARSE_FROM_FILE
                                                    ? str_format("encoding problem: %s", name)
                                                    : object_str(error),
                                                flags);
                }
                return NULL;
            }
            ssize_t utf8_length;
            source = str_utf8(decoded, &utf8_length);
            if (!source) {
                return NULL;
            }
            length = (size_t)utf8_length;
        }
    }
    char *text = arena_alloc(arena, length + 2), *out = text;
    if (!text) {
        return NULL;
    }
    if (!nuls && !memchr(source, '\r', length)) {
        memcpy(text, source, length);
        out += length;
    } else {
        for (const char *p = source, *end = source + length; p < end; p++) {
            if (*p == '\r') {
                *out++ = '\n';
                p += p + 1 < end && p[1] == '\n';
            } else if (!*p) {  // the rest of a line of a file is not seen
                while (p + 1 < end && p[1] != '\n' && p[1] != '\r') {
                    p++;
                }
            } else {
                *out++ = *p;
            }
        }
    }
    // A carriage return before the last line feed ends a line of its own, as in CPython.
    bool ends_in_both = length >= 2 && !memcmp(source + length - 2, "\r\n", 2);
    if (end_line && (out == text || out[-1] != '\n' || ends_in_both)) {
        *out++ = '\n';
    }
    if (end_line && out == text + 1 && !length) {
        out = text;  // no text, no line
    }
    *out = 0;
    *size = (size_t)(out - text);
    return text;
}
