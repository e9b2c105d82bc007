// str_format: what C code uses to make texts, above all those of exceptions.
#include <stdarg.h>

#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/type.h"

typedef struct Directive {
    bool left, zero;
    ssize_t width, precision;  // -1: not given
    int longs;                 // number of l; z and t count as one
    bool size;
} Directive;

// Appends `text`, at most `precision` of its characters, padded to `width`.
static int append_text(StrBuilder *b, Object *text, const Directive *d) {
    ssize_t n = str_length(text);
    if (d->precision >= 0 && d->precision < n) {
        n = d->precision;
    }
    ssize_t fill = d->width > n ? d->width - n : 0;
    if (fill && !d->left && str_builder_fill(b, ' ', fill) < 0) {
        return -1;
    }
    if (str_builder_range(b, text, 0, n) < 0) {
        return -1;
    }
    return fill && d->left ? str_builder_fill(b, ' ', fill) : 0;
}

static int append_utf8(StrBuilder *b, const char *text, const Directive *d) {
    // The precision counts bytes; what it cuts off is replaced.
    size_t n = d->precision >= 0 ? strnlen(text, (size_t)d->precision) : strlen(text);
    Object *s = str_decode_utf8(text, (ssize_t)n, "replace");
    if (!s) {
        return -1;
    }
    return append_text(b, s, &(Directive){ .left = d->left, .width = d->width, .precision = -1 });
}

static int append_number(StrBuilder *b, const char *digits, size_t count, bool negative, const Directive *d) {
    ssize_t zeros = d->precision > (ssize_t)count ? d->precision - (ssize_t)count : 0;
    ssize_t total = (ssize_t)count + zeros + negative;
    ssize_t fill = d->width > total ? d->width - total : 0;
    if (fill && !d->zero && !d->left && str_builder_fill(b, ' ', fill) < 0) {
        return -1;
    }
    if (negative && str_builder_char(b, '-') < 0) {
        return -1;
    }
    if (fill && d->zero && !d->left) {
        zeros += fill;
    }
    if (str_builder_fill(b, '0', zeros) < 0 || str_builder_bytes(b, digits, count) < 0) {
        return -1;
    }
    return fill && d->left ? str_builder_fill(b, ' ', fill) : 0;
}

static Object *cut_name(const char *name) {
    return str_from_cstring(name);
}

Object *str_format_va(const char *format, va_list arguments) {
    StrBuilder b;
    str_builder_init(&b, (ssize_t)strlen(format) + 40);
    va_list ap;
    va_copy(ap, arguments);
    const char *p = format;
    while (*p) {
        const char *next = strchrnul(p, '%');
        if (next > p) {
            size_t n = (size_t)(next - p);
            if (ascii_prefix((const uint8_t *)p, n) == n) {
                str_builder_bytes(&b, p, n);
            } else {
                Object *s = str_from_utf8(p, (ssize_t)n);
                if (!s || str_builder_str(&b, s) < 0) {
                    goto failed;
                }
            }
            p = next;
            continue;
        }
        p++;
        Directive d = { .width = -1, .precision = -1 };
        for (;; p++) {
            if (*p == '-') {
                d.left = true;
            } else if (*p == '0') {
                d.zero = true;
            } else {
                break;
            }
        }
        if (*p == '*') {
            d.width = va_arg(ap, int);
            p++;
        } else {
            while (*p >= '0' && *p <= '9') {
                d.width = (d.width < 0 ? 0 : d.width) * 10 + (*p++ - '0');
            }
        }
        if (*p == '.') {
            p++;
            d.precision = 0;
            if (*p == '*') {
                d.precision = va_arg(ap, int);
                p++;
            } else {
                while (*p >= '0' && *p <= '9') {
                    d.precision = d.precision * 10 + (*p++ - '0');
                }
            }
        }
        while (*p == 'l' || *p == 'z' || *p == 't' || *p == 'j' || *p == 'h') {
            d.longs += *p++ != 'h';
        }
        char digits[32];
        int status = 0;
        Object *text;
        switch (*p++) {
        case '%': status = str_builder_char(&b, '%'); break;
        case 'c': {
            int c = va_arg(ap, int);
            if (c < 0 || c > 0x10ffff) {
                raise_error(&exc_OverflowError, "character argument not in range(0x110000)");
                goto failed;
            }
            status = str_builder_char(&b, (uint32_t)c);
            break;
        }
        case 'd':
        case 'i': {
            long value = d.longs ? va_arg(ap, long) : va_arg(ap, int);
            unsigned long magnitude = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
            int n = snprintf(digits, sizeof digits, "%lu", magnitude);
            status = append_number(&b, digits, (size_t)n, value < 0, &d);
            break;
        }
        case 'u':
        case 'x':
        case 'X':
        case 'o': {
            unsigned long value = d.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
            const char *how = p[-1] == 'u' ? "%lu" : p[-1] == 'x' ? "%lx" : p[-1] == 'X' ? "%lX" : "%lo";
            int n = snprintf(digits, sizeof digits, how, value);
            status = append_number(&b, digits, (size_t)n, false, &d);
            break;
        }
        case 'p': {
            int n = snprintf(digits, sizeof digits, "%p", va_arg(ap, void *));
            status = str_builder_bytes(&b, digits, (size_t)n);
            break;
        }
        case 's': status = append_utf8(&b, va_arg(ap, const char *), &d); break;
        case 'U':
            text = va_arg(ap, Object *);
            status = append_text(&b, text, &d);
            break;
        case 'V': {
            text = va_arg(ap, Object *);
            const char *otherwise = va_arg(ap, const char *);
            status = text ? append_text(&b, text, &d) : append_utf8(&b, otherwise, &d);
            break;
        }
        case 'S':
            text = object_str(va_arg(ap, Object *));
            status = text ? append_text(&b, text, &d) : -1;
            break;
        case 'R':
            text = object_repr(va_arg(ap, Object *));
            status = text ? append_text(&b, text, &d) : -1;
            break;
        case 'A':
            text = object_ascii(va_arg(ap, Object *));
            status = text ? append_text(&b, text, &d) : -1;
            break;
        case 'T':
            text = cut_name(va_arg(ap, Object *)->type->name);
            status = text ? append_text(&b, text, &d) : -1;
            break;
        case 'K': { // as %T, and None for None: what an argument is
            const Object *o = va_arg(ap, Object *);
            text = cut_name(o == NONE ? "None" : o->type->name);
            status = text ? append_text(&b, text, &d) : -1;
            break;
        }
        case 'N':
            text = cut_name(va_arg(ap, Type *)->name);
            status = text ? append_text(&b, text, &d) : -1;
            break;
        default: raise_error(&exc_SystemError, "invalid format string"); goto failed;
        }
        if (status < 0) {
            goto failed;
        }
    }
    va_end(ap);
    return str_builder_finish(&b);
failed:
    va_end(ap);
    return NULL;
}

Object *str_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Object *result = str_format_va(format, arguments);
    va_end(arguments);
    return result;
}
