// The % operator of str and bytes. A bytes format is worked on as Latin-1 text, in which every byte is
// one character; only %s, %b, %a, %c and the keys differ.
#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes_private.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int_internal.h"
#include "objects/names.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

typedef struct Percent {
    Object *format, *arguments, *mapping;
    ssize_t next, count;  // positional arguments; count -1: `arguments` itself is the one argument
    bool bytes;
} Percent;

static Object *next_argument(Percent *p) {
    if (p->count >= 0) {
        if (p->next < p->count) {
            return tuple_get(p->arguments, p->next++);
        }
    } else if (p->next == 0) {
        p->next = 1;
        return p->arguments;
    }
    return raise_error(&exc_TypeError, "not enough arguments for format string");
}

typedef struct Item {
    bool left, sign, blank, alternate, zero;
    ssize_t width, precision;
    uint32_t code;
} Item;

// Digits of an integer with sign, prefix and precision; NULL on error.
static Object *format_integer(Percent *p, Object *value, const Item *item, bool *numeric) {
    uint32_t code = item->code == 'i' || item->code == 'u' ? 'd' : item->code;
    Object *number = value;
    if (!int_check(value)) {
        if (code == 'd') {
            if (value->type == &complex_type || !(slots_of(value)->to_int || slots_of(value)->to_index)) {
                return raise_error(&exc_TypeError, "%%%c format: a real number is required, not %T",
                                   (int)item->code, value);
            }
            number = number_int(value);
        } else {
            if (!number_check_index(value)) {
                return raise_error(&exc_TypeError, "%%%c format: an integer is required, not %T",
                                   (int)item->code, value);
            }
            number = number_index(value);
        }
        if (!number) {
            return NULL;
        }
    }
    if (item->precision > INT32_MAX - 3) {
        return raise_error(&exc_OverflowError, "precision too large");
    }
    Object *digits = int_to_str(number, code == 'd' ? 10 : code == 'o' ? 8 : 16);
    if (!digits) {
        return NULL;
    }
    if (code == 'X') {
        digits = str_upper(digits);
    }
    bool negative = int_sign(number) < 0;
    ssize_t n = str_length(digits) - negative;
    StrBuilder b;
    str_builder_init(&b, n + 8);
    if (negative) {
        str_builder_char(&b, '-');
    }
    if (item->alternate && code != 'd') {
        str_builder_char(&b, '0');
        str_builder_char(&b, code);
    }
    if (item->precision > n) {
        str_builder_fill(&b, '0', item->precision - n);
    }
    str_builder_range(&b, digits, negative, negative + n);
    *numeric = true;
    return str_builder_finish(&b);
}

static Object *format_real(Percent *p, Object *value, const Item *item) {
    double d = float_as_double(value);
    if (d == -1.0 && error_occurred()) {
        if (p->bytes && error_clear_if(&exc_TypeError)) {
            raise_error(&exc_TypeError, "float argument required, not %T", value);
        }
        return NULL;
    }
    if (item->precision > INT32_MAX) {
        return raise_error(&exc_ValueError, "precision too big");
    }
    char fixed[48];
    if ((item->code == 'f' || item->code == 'F') && !item->alternate) {
        size_t n = double_write_fixed(d,
                                      item->precision < 0    ? 6
                                      : item->precision < 99 ? (int)item->precision
                                                             : 99,
                                      fixed);
        if (n) {
            return str_from_ascii(fixed, (ssize_t)n);
        }
    }
    char *text = double_to_text(d, (char)item->code, item->precision < 0 ? 6 : (int)item->precision,
                                item->alternate ? FLOAT_ALTERNATE : 0);
    if (!text) {
        return NULL;
    }
    Object *result = str_from_cstring(text);
    free(text);
    return result;
}

static Object *format_char(Percent *p, Object *value) {
    if (p->bytes) {
        if ((bytes_check(value) && bytes_length(value) == 1) ||
            (bytearray_check(value) && object_length(value) == 1)) {
            BytesView v;
            bytes_view_self(value, &v);
            return str_latin1_char((uint8_t)*v.data);
        }
    } else if (str_check(value) && str_length(value) == 1) {
        return value;
    }
    if (!number_check_index(value) || str_check(value)) {
        return raise_error(&exc_TypeError, p->bytes ? "%%c requires an integer in range(256) or a single byte"
                                                    : "%%c requires int or char");
    }
    ssize_t code = number_as_ssize(value, NULL);
    if (code == -1 && error_occurred()) {
        return NULL;
    }
    if (code < 0 || code > (p->bytes ? 255 : 0x10ffff)) {
        return raise_error(&exc_OverflowError,
                           p->bytes ? "%%c arg not in range(256)" : "%%c arg not in range(0x110000)");
    }
    return str_from_char((uint32_t)code);
}

static Object *format_bytes(Object *value) {
    if (!bytes_check(value) && !bytearray_check(value) && !buffer_check(value)) {
        Object *method;
        int found = object_lookup_special(value, names.__bytes__, &method);
        if (found < 0) {
            return NULL;
        }
        if (!found) {
            return raise_error(&exc_TypeError,
                               "%%b requires a bytes-like object, or an object that "
                               "implements __bytes__, not '%T'",
                               value);
        }
        value = call0(method);
        if (!value) {
            return NULL;
        }
        if (!bytes_check(value)) {
            return raise_error(&exc_TypeError, "__bytes__ returned non-bytes (type %T)", value);
        }
    }
    BytesView v;
    if (bytes_view(value, &v) < 0) {
        return NULL;
    }
    Object *text = str_from_latin1((const uint8_t *)v.data, v.length);
    bytes_view_release(&v);
    return text;
}

static Object *convert(Percent *p, Object *value, const Item *item, ssize_t position, bool *numeric) {
    Object *text;
    switch (item->code) {
    case 'b':
        if (!p->bytes) {
            break;
        }
        [[fallthrough]];
    case 's': text = p->bytes ? format_bytes(value) : object_str(value); goto cut;
    case 'r':
    case 'a': text = p->bytes || item->code == 'a' ? object_ascii(value) : object_repr(value); goto cut;
    case 'c': return format_char(p, value);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': return format_integer(p, value, item, numeric);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': *numeric = true; return format_real(p, value, item);
    default: break;
    }
    return raise_error(&exc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                       item->code > 31 && item->code < 128 ? (int)item->code : '?', item->code, position);
cut:
    if (text && item->precision >= 0 && str_length(text) > item->precision) {
        return str_substring(text, 0, item->precision);
    }
    return text;
}

static int append(StrBuilder *b, Object *text, const Item *item, bool numeric) {
    ssize_t n = str_length(text), at = 0;
    uint32_t sign = 0;
    if (numeric && n) {
        uint32_t first = str_read(text, 0);
        if (first == '-' || first == '+') {
            sign = first;
            at = 1;
        } else {
            sign = item->sign ? '+' : item->blank ? ' ' : 0;
        }
    }
    ssize_t total = n - at + (sign != 0), fill = item->width > total ? item->width - total : 0;
    bool zero = numeric && item->zero && !item->left;
    if (fill && !item->left && !zero) {
        str_builder_fill(b, ' ', fill);
    }
    if (sign) {
        str_builder_char(b, sign);
    }
    if (zero && fill) {
        bool prefix = item->alternate && (item->code == 'x' || item->code == 'X' || item->code == 'o');
        if (prefix) {
            str_builder_range(b, text, at, at + 2);
            at += 2;
        }
        str_builder_fill(b, '0', fill);
    }
    str_builder_range(b, text, at, n);
    return fill && item->left ? str_builder_fill(b, ' ', fill) : b->failed ? -1 : 0;
}

// Reads a number or '*' at *at; -1 with an exception.
static int read_size(Percent *p, ssize_t *at, bool precision, Item *item) {
    ssize_t n = str_length(p->format), value = 0;
    if (*at < n && str_read(p->format, *at) == '*') {
        Object *o = next_argument(p);
        if (!o) {
            return -1;
        }
        if (!int_check(o)) {
            raise_error(&exc_TypeError, "* wants int");
            return -1;
        }
        value = precision ? int_to_c_int(o) : int_to_ssize(o);
        if (value == -1 && error_occurred()) {
            return -1;
        }
        if (value < 0) {
            if (!precision) {
                item->left = true;
                value = -value;
            } else {
                value = 0;
            }
        }
        (*at)++;
    } else {
        uint32_t c;
        while (*at < n && (c = str_read(p->format, *at)) - '0' < 10) {
            if (value > ((precision ? INT32_MAX : SSIZE_LIMIT) - (ssize_t)(c - '0')) / 10) {
                raise_error(&exc_ValueError, !precision ? "width too big"
                                             : p->bytes ? "prec too big"
                                                        : "precision too big");
                return -1;
            }
            value = value * 10 + (c - '0');
            (*at)++;
        }
    }
    *(precision ? &item->precision : &item->width) = value;
    return 0;
}

// The plainest of all: %s of a str (in bytes, of bytes) and %d of a small int. 1 done, 0 not of that kind, -1 no memory.
static inline int append_plain(StrBuilder *b, Object *value, const Item *item, bool bytes) {
    int64_t small;
    if (item->code == 's' && str_check_exact(value) && !bytes) {
        return str_builder_str(b, value) < 0 ? -1 : 1;
    }
    if (bytes && (item->code == 's' || item->code == 'b') && value->type == &bytes_type) {
        ssize_t n = bytes_length(value);
        const char *data = bytes_data(value);
        bool ascii = ascii_prefix((const uint8_t *)data, (size_t)n) == (size_t)n;
        if (str_builder_reserve(b, n, ascii ? 0x7f : 0xff) < 0) {
            return -1;
        }
        memcpy(b->text + b->length, data, (size_t)n);
        b->length += n;
        return 1;
    }
    if (item->code != 'd' || !int_check_exact(value) || !int_two_digits(value, &small) || item->sign ||
        item->blank) {
        return 0;
    }
    char room[24], *end = room + sizeof room, *p = end;
    uint64_t rest = (uint64_t)(small < 0 ? -small : small);
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (small < 0) {
        *--p = '-';
    }
    return str_builder_bytes(b, p, (size_t)(end - p)) < 0 ? -1 : 1;
}

// The next % from `at` on, -1 if there is none: it is near as a rule.
static inline ssize_t find_percent(Object *format, ssize_t at, ssize_t n) {
    enum { NEAR = 24 };
    if (str_kind(format) == 1) {
        const char *text = str_data(format);
        for (ssize_t near = n - at < NEAR ? n : at + NEAR; at < near; at++) {
            if (text[at] == '%') {
                return at;
            }
        }
    }
    return at < n ? str_find_char(format, '%', at, n, 1) : -1;
}

static Object *run(Percent *p) {
    Object *format = p->format;
    ssize_t n = str_length(format), at = 0;
    StrBuilder b;
    str_builder_init(&b, n + 100);
    bool used_mapping = false;
    ssize_t first_percent = find_percent(format, 0, n);
    bool plain = first_percent < 0;
    while (at < n && !plain) {
        ssize_t percent = at ? find_percent(format, at, n) : first_percent;
        if (percent < 0) {
            percent = n;
        }
        if (str_builder_range(&b, format, at, percent) < 0) {
            return NULL;
        }
        at = percent + 1;
        if (percent == n) {
            break;
        }
        Item item = { .width = -1, .precision = -1 };
        uint32_t first = at < n ? str_read(format, at) : 0;
        if (first == 's' || first == 'd') {
            goto read_code;
        }
        if (first == '(') {
            if (!p->mapping) {
                return raise_error(&exc_TypeError, "format requires a mapping");
            }
            ssize_t start = ++at;
            int depth = 1;
            for (; at < n && depth > 0; at++) {
                uint32_t c = str_read(format, at);
                depth += (c == '(') - (c == ')');
            }
            if (depth > 0) {
                return raise_error(&exc_ValueError, "incomplete format key");
            }
            Object *key = str_substring(format, start, at - 1);
            if (key && p->bytes) {
                key = latin1_encode(key, NULL);
            }
            Object *value = key ? object_getitem(p->mapping, key) : NULL;
            if (!value) {
                return NULL;
            }
            used_mapping = true;
            p->arguments = value;
            p->count = -1;
            p->next = 0;
        }
        for (; at < n; at++) {
            uint32_t c = str_read(format, at);
            bool *flag = c == '-'   ? &item.left
                         : c == '+' ? &item.sign
                         : c == ' ' ? &item.blank
                         : c == '#' ? &item.alternate
                         : c == '0' ? &item.zero
                                    : NULL;
            if (!flag) {
                break;
            }
            *flag = true;
        }
        if (at < n && read_size(p, &at, false, &item) < 0) {
            return NULL;
        }
        if (at < n && str_read(format, at) == '.') {
            at++;
            item.precision = 0;
            if (read_size(p, &at, true, &item) < 0) {
                return NULL;
            }
        }
        if (at < n) {
            uint32_t c = str_read(format, at);
            at += c == 'h' || c == 'l' || c == 'L';
        }
        if (at >= n) {
            return raise_error(&exc_ValueError, "incomplete format");
        }
read_code:
        item.code = str_read(format, at++);
        if (item.code == '%' && at == percent + 2) {
            str_builder_char(&b, '%');
            continue;
        }
        Object *value = next_argument(p);
        if (!value) {
            return NULL;
        }
        int plain_item = item.width <= 0 && item.precision < 0 &&
                                 (b.length || at < n || item.code == 'd' || p->bytes)
                             ? append_plain(&b, value, &item, p->bytes)
                             : 0;
        if (plain_item) {
            if (plain_item < 0) {
                return NULL;
            }
            continue;
        }
        bool numeric = false;
        Object *text = convert(p, value, &item, at - 1, &numeric);
        if (!text) {
            return NULL;
        }
        bool whole = !b.length && at == n && !numeric && item.width <= str_length(text) &&
                     str_check_exact(text) && (used_mapping || p->count < 0 || p->next == p->count);
        if (whole) {
            return text;
        }
        if (append(&b, text, &item, numeric) < 0) {
            return NULL;
        }
    }
    if (!used_mapping && !p->mapping && (p->count >= 0 ? p->next < p->count : p->next == 0)) {
        return raise_error(&exc_TypeError, "not all arguments converted during %s formatting",
                           p->bytes ? "bytes" : "string");
    }
    if (plain) {
        return str_as_exact(format);
    }
    // Formatting bytes makes nothing beyond Latin-1.
    return p->bytes && !b.failed && b.length && b.kind == 1 ? bytes_from(b.text, b.length)
                                                            : str_builder_finish(&b);
}

static Object *start(Object *format, Object *arguments, bool bytes) {
    Percent p = { .format = format, .arguments = arguments, .count = -1, .bytes = bytes };
    if (tuple_check(arguments)) {
        p.count = tuple_size(arguments);
    } else if (mapping_check(arguments) && !str_check(arguments) &&
               !(bytes && (bytes_check(arguments) || bytearray_check(arguments)))) {
        p.mapping = arguments;
    }
    return run(&p);
}

Object *str_percent(Object *format, Object *arguments) {
    return start(format, arguments, false);
}

Object *bytes_percent(const char *format, ssize_t length, Object *arguments) {
    Object *text = str_from_latin1((const uint8_t *)format, length);
    Object *result = text ? start(text, arguments, true) : NULL;
    return !result || bytes_check(result) ? result : latin1_encode(result, NULL);
}
