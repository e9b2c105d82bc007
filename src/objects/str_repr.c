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

static inline int poll_in_repr(ssize_t i) {
    enum { POLL_CHARACTERS = 1 << 17 };
    return UNLIKELY(!(i & (POLL_CHARACTERS - 1))) && i ? safepoint() : 0;
}

Object *str_repr(Object *self) {
    static const char digits[] = "0123456789abcdef";
    ssize_t n = str_length(self), single = 0, twice = 0;
    int kind = str_kind(self);
    const void *text = str_data(self);
    bool plain = true;
    for (ssize_t i = 0; i < n; i++) {
        if (poll_in_repr(i) < 0) {
            return NULL;
        }
        uint32_t c = text_read(kind, text, i);
        single += c == '\'';
        twice += c == '"';
        plain = plain && c >= ' ' && c != '\\' && c != 0x7f && (c < 0x7f || char_is_printable(c));
    }
    uint32_t quote = single && !twice ? '"' : '\'';
    if (n > SSIZE_LIMIT / 10 - 2) {
        return raise_error(&exc_OverflowError, "string is too long to generate repr");
    }
    StrBuilder b;
    str_builder_init(&b, n + 2);
    str_builder_char(&b, quote);
    if (plain && (quote == '"' || !single)) {
        str_builder_str(&b, self);
    } else {
        for (ssize_t i = 0; i < n; i++) {
            if (poll_in_repr(i) < 0) {
                return NULL;
            }
            uint32_t c = text_read(kind, text, i);
            if (c == quote || c == '\\') {
                str_builder_char(&b, '\\');
                str_builder_char(&b, c);
            } else if (c == '\t' || c == '\n' || c == '\r') {
                str_builder_char(&b, '\\');
                str_builder_char(&b, c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
            } else if (c >= ' ' && c < 0x7f) {
                str_builder_char(&b, c);
            } else if (c < 0x80 || !char_is_printable(c)) {
                int width = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
                str_builder_char(&b, '\\');
                str_builder_char(&b, width == 2 ? 'x' : width == 4 ? 'u' : 'U');
                for (int shift = (width - 1) * 4; shift >= 0; shift -= 4) {
                    str_builder_char(&b, (uint32_t)digits[c >> shift & 15]);
                }
            } else {
                str_builder_char(&b, c);
            }
        }
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
