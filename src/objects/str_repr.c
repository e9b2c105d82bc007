// repr, and small things that have no better home.
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/dict.h"
#include "objects/module.h"
#include "objects/polling.h"
#include "objects/str.h"
#include "objects/str_private.h"

ssize_t str_length_slot(Object *self) {
    return str_length(self);
}

enum { POLL_CHARACTERS = 1 << 17 };
static inline int poll_in_repr(ssize_t i) {
    return UNLIKELY(!(i & (POLL_CHARACTERS - 1))) && i ? safepoint() : 0;
}

int char_escape(char *out, uint32_t c) {
    static const char digits[] = "0123456789abcdef";
    out[0] = '\\';
    if (c < 0x100) {
        out[1] = 'x';
        out[2] = digits[c >> 4];
        out[3] = digits[c & 15];
        return 4;
    }
    if (LIKELY(c < 0x10000)) {
        out[1] = 'u';
        out[2] = digits[c >> 12];
        out[3] = digits[c >> 8 & 15];
        out[4] = digits[c >> 4 & 15];
        out[5] = digits[c & 15];
        return 6;
    }
    int length = 2;
    out[1] = 'U';
    for (int shift = 28; shift >= 0; shift -= 4) {
        out[length++] = digits[c >> shift & 15];
    }
    return length;
}

// char_is_printable, without looking it up in what is printable throughout: Latin letters, Greek and Cyrillic ones, Han,
// Hangul. (tests/language/str_repr_characters.py)
static inline bool is_printable(uint32_t c) {
    if (c < 0x378) {
        return (c >= ' ' && c < 0x7f) || (c > 0xa0 && c != 0xad);
    }
    return c - 0x3a3 <= 0x52f - 0x3a3 || c - 0x3400 <= 0x9fff - 0x3400 || c - 0xac00 <= 0xd7a3 - 0xac00 ||
           char_is_printable(c);
}

// How many characters more than one the repr of an ASCII character takes, quotes aside.
static const uint8_t ascii_extra[128] = {
    [0 ... 8] = 3, ['\t'] = 1,      ['\n'] = 1, [11 ... 12] = 3,
    ['\r'] = 1,    [14 ... 31] = 3, ['\\'] = 1, [127] = 3,
};

static Object *repr_of_ascii(Object *self) {
    const uint8_t *text = str_data(self);
    size_t n = (size_t)str_length(self), single = 0, twice = 0, extra = 0;
    for (size_t i = 0; i < n; i++) {
        single += text[i] == '\'';
        twice += text[i] == '"';
        extra += ascii_extra[text[i]];
        if (poll_in_repr((ssize_t)i) < 0) {
            return NULL;
        }
    }
    uint8_t quote = single && !twice ? '"' : '\'';
    extra += quote == '\'' ? single : 0;
    if (n + extra > SSIZE_LIMIT - 2) {
        return raise_error(&exc_OverflowError, "string is too long to generate repr");
    }
    Object *result = str_new((ssize_t)(n + extra + 2), 127);
    if (!result) {
        return NULL;
    }
    char *out = str_data(result);
    *out++ = (char)quote;
    if (!extra) {
        memcpy(out, text, n);
        out += n;
    }
    for (size_t i = 0; extra && i < n; i++) {
        uint8_t c = text[i];
        if (c == quote || c == '\\') {
            *out++ = '\\';
            *out++ = (char)c;
        } else if (LIKELY(!ascii_extra[c])) {
            *out++ = (char)c;
        } else if (ascii_extra[c] == 1) {
            *out++ = '\\';
            *out++ = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else {
            out += char_escape(out, c);
        }
    }
    *out = (char)quote;
    return result;
}

// What the repr of a text depends on: quotes, and whether any other character has to be escaped.
typedef struct Look {
    bool single, twice, plain;
} Look;

__attribute__((always_inline)) static inline void look_at(int kind, const void *text, ssize_t from,
                                                          ssize_t to, Look *look) {
    if (kind == 1) { // in lanes of a byte each
        uint8_t single = 0, twice = 0, other = 0;
        for (const uint8_t *p = (const uint8_t *)text + from; p < (const uint8_t *)text + to; p++) {
            uint8_t c = *p;
            single |= c == '\'';
            twice |= c == '"';
            other |= (uint8_t)((c == '\\') | (c < ' ') | ((uint8_t)(c - 0x7f) <= 0xa0 - 0x7f) | (c == 0xad));
        }
        look->single |= single;
        look->twice |= twice;
        look->plain &= !other;
        return;
    }
    for (ssize_t i = from; i < to; i++) {
        uint32_t c = text_read(kind, text, i);
        look->single |= c == '\'';
        look->twice |= c == '"';
        look->plain = look->plain && c != '\\' && is_printable(c);
    }
}

Object *str_repr(Object *self) {
    if (str_is_ascii(self)) {
        return repr_of_ascii(self);
    }
    ssize_t n = str_length(self);
    int kind = str_kind(self);
    const void *text = str_data(self);
    Look look = { .plain = true };
    for (ssize_t i = 0; i < n; i += POLL_CHARACTERS) {
        if (poll_in_repr(i) < 0) {
            return NULL;
        }
        ssize_t end = n - i > POLL_CHARACTERS ? i + POLL_CHARACTERS : n;
        if (kind == 1) {
            look_at(1, text, i, end, &look);
        } else if (kind == 2) {
            look_at(2, text, i, end, &look);
        } else {
            look_at(4, text, i, end, &look);
        }
    }
    bool single = look.single, plain = look.plain;
    uint32_t quote = single && !look.twice ? '"' : '\'';
    if (n > SSIZE_LIMIT / 10 - 2) {
        return raise_error(&exc_OverflowError, "string is too long to generate repr");
    }
    StrBuilder b;
    str_builder_init(&b, n + 2);
    str_builder_char(&b, quote);
    if (plain && (quote == '"' || !single)) {
        str_builder_str(&b, self);
    } else {
        ssize_t start = 0; // of what stays as it is
        for (ssize_t i = 0; i < n; i++) {
            if (poll_in_repr(i) < 0) {
                return NULL;
            }
            uint32_t c = text_read(kind, text, i);
            if (LIKELY(c != quote && c != '\\' && is_printable(c))) {
                continue;
            }
            str_builder_range(&b, self, start, i);
            start = i + 1;
            if (c == quote || c == '\\') {
                str_builder_char(&b, '\\');
                str_builder_char(&b, c);
            } else if (c == '\t' || c == '\n' || c == '\r') {
                str_builder_char(&b, '\\');
                str_builder_char(&b, c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
            } else {
                char escape[10];
                str_builder_bytes(&b, escape, (size_t)char_escape(escape, c));
            }
        }
        str_builder_range(&b, self, start, n);
    }
    str_builder_char(&b, quote);
    return str_builder_finish(&b);
}

int ssize_argument(Object *o, ssize_t *value) {
    if (!int_check(o)) {
        o = number_index(o);
        if (!o) {
            return -1;
        }
    }
    int overflow;
    *value = (ssize_t)int_as_i64(o, &overflow);
    if (overflow) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C ssize_t");
        return -1;
    }
    return 0;
}

int c_int_argument(Object *o, int *value) {
    if (!int_check(o)) {
        o = number_index(o);
        if (!o) {
            return -1;
        }
    }
    int overflow;
    int64_t wide = int_as_i64(o, &overflow);
    if (overflow || wide != (int)wide) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    *value = (int)wide;
    return 0;
}
