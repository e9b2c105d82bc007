// The format specification mini-language:
//   [[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type]
// for str, int, float and complex. A number is laid out as sign, prefix, digits of the integer part
// (grouped), and the rest; the padding goes to one of four places.
#include "objects/format_spec.h"

#include <locale.h>
#include <math.h>

#include "objects/abstract.h"
#include "objects/float.h"
#include "objects/int_internal.h"
#include "objects/str_private.h"

typedef struct Spec {
    uint32_t fill, align, sign, type;
    bool fill_given, align_given, alternate, no_negative_zero;
    ssize_t width, precision;  // -1: not given
    char grouping;             // 0, ',', '_' or 'n' (the locale's)
} Spec;

static bool is_align(uint32_t c) {
    return c == '<' || c == '>' || c == '=' || c == '^';
}

// Reads a number at *at: its value, -1 when there is none, -2 with an exception.
static ssize_t read_number(Object *text, ssize_t *at, ssize_t end) {
    ssize_t value = 0, start = *at;
    for (; *at < end; ++*at) {
        uint32_t c = str_read(text, *at);
        int digit = c < 128 ? (c - '0' < 10 ? (int)(c - '0') : -1) : char_decimal(c);
        if (digit < 0) {
            break;
        }
        if (value > (SSIZE_LIMIT - digit) / 10) {
            raise_error(&exc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        value = value * 10 + digit;
    }
    return *at == start ? -1 : value;
}

static Object *raise_unknown_code(uint32_t code, Object *o) {
    if (code > 32 && code < 128) {
        return raise_error(&exc_ValueError, "Unknown format code '%c' for object of type '%T'", (int)code, o);
    }
    return raise_error(&exc_ValueError, "Unknown format code '\\x%x' for object of type '%T'", (unsigned)code,
                       o);
}

static int parse_spec(Object *text, Object *o, uint32_t default_type, uint32_t default_align, Spec *spec) {
    ssize_t at = 0, end = str_length(text);
    *spec = (Spec){ .fill = ' ', .align = default_align, .type = default_type, .width = -1, .precision = -1 };
    if (end >= 2 && is_align(str_read(text, 1))) {
        spec->fill = str_read(text, 0);
        spec->align = str_read(text, 1);
        spec->fill_given = spec->align_given = true;
        at = 2;
    } else if (end >= 1 && is_align(str_read(text, 0))) {
        spec->align = str_read(text, 0);
        spec->align_given = true;
        at = 1;
    }
    uint32_t c = at < end ? str_read(text, at) : 0;
    if (at < end && (c == ' ' || c == '+' || c == '-')) {
        spec->sign = c;
        at++;
    }
    if (at < end && str_read(text, at) == 'z') {
        spec->no_negative_zero = true;
        at++;
    }
    if (at < end && str_read(text, at) == '#') {
        spec->alternate = true;
        at++;
    }
    if (!spec->fill_given && at < end && str_read(text, at) == '0') {
        spec->fill = '0';
        if (!spec->align_given && default_align == '>') {
            spec->align = '=';
        }
        at++;
    }
    spec->width = read_number(text, &at, end);
    if (spec->width == -2) {
        return -1;
    }
    if (at < end && str_read(text, at) == ',') {
        spec->grouping = ',';
        at++;
    }
    if (at < end && str_read(text, at) == '_') {
        if (spec->grouping) {
            raise_error(&exc_ValueError, "Cannot specify both ',' and '_'.");
            return -1;
        }
        spec->grouping = '_';
        at++;
    }
    if (at < end && str_read(text, at) == ',' && spec->grouping == '_') {
        raise_error(&exc_ValueError, "Cannot specify both ',' and '_'.");
        return -1;
    }
    if (at < end && str_read(text, at) == '.') {
        at++;
        spec->precision = read_number(text, &at, end);
        if (spec->precision == -2) {
            return -1;
        }
        if (spec->precision == -1) {
            raise_error(&exc_ValueError, "Format specifier missing precision");
            return -1;
        }
    }
    if (end - at > 1) {
        raise_error(&exc_ValueError, "Invalid format specifier '%U' for object of type '%T'", text, o);
        return -1;
    }
    if (at < end) {
        spec->type = str_read(text, at);
    }
    if (spec->grouping) {
        uint32_t t = spec->type;
        bool good = t < 128 && (t == 0 || strchr("defgEGF%", (int)t) ||
                                (spec->grouping == '_' && strchr("boxX", (int)t)));
        if (!good) {
            if (t > 32 && t < 128) {
                raise_error(&exc_ValueError, "Cannot specify '%c' with '%c'.", spec->grouping, (int)t);
            } else {
                raise_error(&exc_ValueError, "Cannot specify '%c' with '\\x%x'.", spec->grouping,
                            (unsigned)t);
            }
            return -1;
        }
    }
    return 0;
}

// ---- laying out

typedef struct Number {
    char sign;           // 0: none
    const char *prefix;  // "0x" or ""
    const char *digits;  // integer part
    size_t digit_count;
    const char *rest;    // "." and what follows, or exponents; the locale's point included
    size_t rest_length;
} Number;

static int put_decimal_rest(StrBuilder *out, const Number *n, bool localized) {
    if (localized && n->rest_length && n->rest[0] == '.') {
        const char *point = localeconv()->decimal_point;
        return str_builder_cstring(out, point) < 0 ? -1
                                                   : str_builder_bytes(out, n->rest + 1, n->rest_length - 1);
    }
    return str_builder_bytes(out, n->rest, n->rest_length);
}

// The integer part with separators, at least `least` characters wide (padded with zeros).
static char *group_digits(const Number *n, char grouping, uint32_t type, ssize_t least, size_t *length) {
    const char *separator = grouping == ',' ? "," : "_", *groups = "\3";
    if (grouping == 'n') {
        separator = localeconv()->thousands_sep;
        groups = localeconv()->grouping;
    } else if (type == 'b' || type == 'o' || type == 'x' || type == 'X') {
        groups = "\4";
    }
    size_t separator_length = strlen(separator);
    size_t room = (n->digit_count + (size_t)(least > 0 ? least : 0)) * (1 + separator_length) + 8;
    char *text = malloc(room);
    if (!text) {
        raise_memory_error();
        return NULL;
    }
    char *p = text + room;
    ssize_t left = (ssize_t)n->digit_count;
    size_t group = 0;
    while (true) {
        // The last group size repeats; CHAR_MAX or an empty string: no further grouping.
        int size = groups[0] ? groups[group] : 127;
        if (groups[0] && groups[group + 1]) {
            group++;
        }
        ssize_t want = left > least ? left : least;
        want = want > 1 ? want : 1;
        ssize_t take = size <= 0 || size == 127 ? want : size < want ? size : want;
        ssize_t from_digits = take < left ? take : left;
        p -= from_digits;
        memcpy(p, n->digits + left - from_digits, (size_t)from_digits);
        left -= from_digits;
        p -= take - from_digits;
        memset(p, '0', (size_t)(take - from_digits));
        least -= take;
        if (left <= 0 && least <= 0) {
            break;
        }
        least -= (ssize_t)separator_length;
        p -= separator_length;
        memcpy(p, separator, separator_length);
    }
    *length = (size_t)(text + room - p);
    memmove(text, p, *length);
    return text;
}

static Object *lay_out(const Number *n, const Spec *spec, char grouping, bool localized) {
    size_t fixed = (n->sign != 0) + strlen(n->prefix) + n->rest_length;
    char *grouped = NULL;
    size_t integer_length = n->digit_count;
    if (grouping) {
        ssize_t least = spec->fill == '0' && spec->align == '=' ? spec->width - (ssize_t)fixed : 0;
        if (n->digit_count || least > 0) {
            grouped = group_digits(n, grouping, spec->type, least, &integer_length);
            if (!grouped) {
                return NULL;
            }
        }
    }
    size_t total = fixed + integer_length;
    ssize_t padding = spec->width > (ssize_t)total ? spec->width - (ssize_t)total : 0;
    ssize_t left = spec->align == '>' ? padding : spec->align == '^' ? padding / 2 : 0;
    ssize_t inner = spec->align == '=' ? padding : 0, right = padding - left - inner;
    if (spec->fill < 0x80 && !localized && !grouping && total + (size_t)padding < 512) {
        char text[512], *p = text;
        p = (char *)memset(p, (int)spec->fill, (size_t)left) + left;
        if (n->sign) {
            *p++ = n->sign;
        }
        p = mempcpy(p, n->prefix, strlen(n->prefix));
        p = (char *)memset(p, (int)spec->fill, (size_t)inner) + inner;
        p = mempcpy(p, n->digits, integer_length);
        p = mempcpy(p, n->rest, n->rest_length);
        p = (char *)memset(p, (int)spec->fill, (size_t)right) + right;
        return str_from_ascii(text, p - text);
    }
    StrBuilder out;
    str_builder_init(&out, (ssize_t)total + padding);
    bool failed = str_builder_fill(&out, spec->fill, left) < 0 ||
                  (n->sign && str_builder_char(&out, (uint8_t)n->sign) < 0) ||
                  str_builder_cstring(&out, n->prefix) < 0 || str_builder_fill(&out, spec->fill, inner) < 0 ||
                  str_builder_bytes(&out, grouped ? grouped : n->digits, integer_length) < 0 ||
                  put_decimal_rest(&out, n, localized) < 0 || str_builder_fill(&out, spec->fill, right) < 0;
    free(grouped);
    return failed ? NULL : str_builder_finish(&out);
}

static char sign_for(bool negative, uint32_t sign) {
    return negative ? '-' : sign == '+' ? '+' : sign == ' ' ? ' ' : 0;
}

// ---- str

Object *str_format_spec(Object *self, Object *text) {
    Spec spec;
    if (!str_length(text)) {
        return self->type == &str_type ? self : object_str(self);
    }
    if (parse_spec(text, self, 's', '<', &spec) < 0) {
        return NULL;
    }
    if (spec.type != 's') {
        return raise_unknown_code(spec.type, self);
    }
    if (spec.sign) {
        return raise_error(&exc_ValueError, spec.sign == ' ' ? "Space not allowed in string format specifier"
                                                             : "Sign not allowed in string format specifier");
    }
    if (spec.no_negative_zero) {
        return raise_error(&exc_ValueError,
                           "Negative zero coercion (z) not allowed in string format specifier");
    }
    if (spec.alternate) {
        return raise_error(&exc_ValueError, "Alternate form (#) not allowed in string format specifier");
    }
    if (spec.align == '=') {
        return raise_error(&exc_ValueError, "'=' alignment not allowed in string format specifier");
    }
    ssize_t length = str_length(self);
    if (spec.precision >= 0 && spec.precision < length) {
        length = spec.precision;
    }
    ssize_t padding = spec.width > length ? spec.width - length : 0;
    if (!padding && length == str_length(self) && self->type == &str_type) {
        return self;
    }
    ssize_t left = spec.align == '>' ? padding : spec.align == '^' ? padding / 2 : 0;
    StrBuilder out;
    str_builder_init(&out, length + padding);
    if (str_builder_fill(&out, spec.fill, left) < 0 || str_builder_range(&out, self, 0, length) < 0 ||
        str_builder_fill(&out, spec.fill, padding - left) < 0) {
        return NULL;
    }
    return str_builder_finish(&out);
}

// ---- int

static Object *format_double(double value, const Spec *given);

static Object *format_int(Object *self, const Spec *given) {
    Spec spec = *given;
    if (spec.precision != -1) {
        return raise_error(&exc_ValueError, "Precision not allowed in integer format specifier");
    }
    if (spec.no_negative_zero) {
        return raise_error(&exc_ValueError,
                           "Negative zero coercion (z) not allowed in integer format specifier");
    }
    if (spec.type == 'c') {
        if (spec.sign) {
            return raise_error(&exc_ValueError, "Sign not allowed with integer format specifier 'c'");
        }
        if (spec.alternate) {
            return raise_error(&exc_ValueError,
                               "Alternate form (#) not allowed with integer format specifier 'c'");
        }
        int64_t c = int_to_i64(self);
        if (c == -1 && error_occurred()) {
            return NULL;
        }
        if (c < 0 || c > 0x10ffff) {
            return raise_error(&exc_OverflowError, "%%c arg not in range(0x110000)");
        }
        StrBuilder out;
        ssize_t padding = spec.width > 1 ? spec.width - 1 : 0;
        ssize_t left = spec.align == '<' ? 0 : spec.align == '^' ? padding / 2 : padding;
        str_builder_init(&out, padding + 1);
        if (str_builder_fill(&out, spec.fill, left) < 0 || str_builder_char(&out, (uint32_t)c) < 0 ||
            str_builder_fill(&out, spec.fill, padding - left) < 0) {
            return NULL;
        }
        return str_builder_finish(&out);
    }
    int64_t small;
    if ((spec.type == 'd' || spec.type == 'x') && int_two_digits(self, &small) && small > INT64_MIN) {
        char room[24], *end = room + sizeof room, *p = end;
        uint64_t rest = (uint64_t)(small < 0 ? -small : small);
        unsigned radix = spec.type == 'd' ? 10 : 16;
        do {
            *--p = "0123456789abcdef"[rest % radix];
            rest /= radix;
        } while (rest);
        Number n = { sign_for(small < 0, spec.sign),
                     spec.alternate && radix == 16 ? "0x" : "",
                     p,
                     (size_t)(end - p),
                     "",
                     0 };
        return lay_out(&n, &spec, spec.grouping, false);
    }
    int base = spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : spec.type == 'x' || spec.type == 'X' ? 16 : 10;
    Object *magnitude = int_is_negative(self) ? int_negative(self) : self;
    Object *text = magnitude ? int_to_str(magnitude, base) : NULL;
    if (!text) {
        return NULL;
    }
    const char *digits = str_data(text);
    size_t count = (size_t)str_length(text);
    char *upper = NULL;
    if (spec.type == 'X') {
        upper = heap_alloc(count + 1, CELL_BYTES);
        if (!upper) {
            return NULL;
        }
        for (size_t k = 0; k < count; k++) {
            upper[k] = digits[k] >= 'a' ? (char)(digits[k] - 32) : digits[k];
        }
        digits = upper;
    }
    Number n = { sign_for(int_is_negative(self), spec.sign), "", digits, count, "", 0 };
    if (spec.alternate && base != 10) {
        n.prefix = spec.type == 'b' ? "0b" : spec.type == 'o' ? "0o" : spec.type == 'x' ? "0x" : "0X";
    }
    return lay_out(&n, &spec, spec.type == 'n' ? 'n' : spec.grouping, false);
}

Object *int_format(Object *self, Object *text) {
    Spec spec;
    if (!str_length(text)) {
        return int_check_exact(self) ? int_to_str(self, 10) : object_str(self);
    }
    if (parse_spec(text, self, 'd', '>', &spec) < 0) {
        return NULL;
    }
    if (spec.type < 128 && spec.type && strchr("bcdoxXn", (int)spec.type)) {
        return format_int(self, &spec);
    }
    if (spec.type < 128 && spec.type && strchr("eEfFgG%", (int)spec.type)) {
        double value = int_to_double(self);
        return value == -1.0 && error_occurred() ? NULL : format_double(value, &spec);
    }
    return raise_unknown_code(spec.type, self);
}

// ---- float

// The text of `value` for the spec's type and precision, without a sign unless negative; malloc'ed.
static char *double_spec_text(double value, const Spec *spec, bool dot_zero) {
    int flags = (spec->alternate ? FLOAT_ALTERNATE : 0) |
                (spec->no_negative_zero ? FLOAT_NO_NEGATIVE_ZERO : 0);
    char type = (char)spec->type;
    ssize_t precision = spec->precision;
    if (precision > INT32_MAX) {
        raise_error(&exc_ValueError, "precision too big");
        return NULL;
    }
    if (type == 0) {
        flags |= dot_zero ? FLOAT_ADD_DOT_ZERO : 0;
        type = precision < 0 ? 'r' : 'g';
    } else if (type == 'n') {
        type = 'g';
    } else if (type == '%') {
        type = 'f';
        value *= 100;
    }
    if (precision < 0) {
        precision = type == 'r' ? 0 : 6;
    }
    return double_to_text(value, type, (int)precision, flags);
}

// Splits `text` after its sign into the integer digits and the rest.
static void split_text(const char *text, Number *n) {
    size_t count = 0, length = strlen(text);
    while (text[count] >= '0' && text[count] <= '9') {
        count++;
    }
    n->digits = text;
    n->digit_count = count;
    n->rest = text + count;
    n->rest_length = length - count;
}

static Object *format_double(double value, const Spec *given) {
    if (given->type == 'f' && !given->alternate && !given->no_negative_zero && given->precision < 18) {
        char fixed[48];
        if (double_write_fixed(value, given->precision < 0 ? 6 : (int)given->precision, fixed)) {
            bool minus = fixed[0] == '-';
            Number n = { .sign = sign_for(minus, given->sign), .prefix = "" };
            split_text(fixed + minus, &n);
            return lay_out(&n, given, given->grouping, false);
        }
    }
    char *text = double_spec_text(value, given, true);
    if (!text) {
        return NULL;
    }
    bool negative = text[0] == '-';
    if (given->type == '%') {
        char *longer = realloc(text, strlen(text) + 2);
        if (!longer) {
            free(text);
            return raise_memory_error();
        }
        text = longer;
        strcat(text, "%");
    }
    Number n = { .sign = sign_for(negative, given->sign), .prefix = "" };
    split_text(text + negative, &n);
    bool localized = given->type == 'n';
    char grouping = !n.digit_count ? 0 : localized ? 'n' : given->grouping;  // not in "inf" and "nan"
    Object *result = lay_out(&n, given, grouping, localized);
    free(text);
    return result;
}

Object *float_format(Object *self, Object *text) {
    Spec spec;
    if (!str_length(text)) {
        return self->type == &float_type ? slots_of(self)->repr(self) : object_str(self);
    }
    if (parse_spec(text, self, 0, '>', &spec) < 0) {
        return NULL;
    }
    if (spec.type >= 128 || !(spec.type == 0 || strchr("eEfFgGn%", (int)spec.type))) {
        return raise_unknown_code(spec.type, self);
    }
    return format_double(float_value(self), &spec);
}

// ---- complex

Object *complex_format(Object *self, Object *text) {
    Spec spec;
    if (!str_length(text)) {
        return self->type == &complex_type ? slots_of(self)->repr(self) : object_str(self);
    }
    if (parse_spec(text, self, 0, '>', &spec) < 0) {
        return NULL;
    }
    if (spec.type >= 128 || !(spec.type == 0 || strchr("eEfFgGn", (int)spec.type))) {
        return raise_unknown_code(spec.type, self);
    }
    if (spec.fill == '0') {
        return raise_error(&exc_ValueError, "Zero padding is not allowed in complex format specifier");
    }
    if (spec.align == '=') {
        return raise_error(&exc_ValueError, "'=' alignment flag is not allowed in complex format specifier");
    }
    Complex *c = (Complex *)self;
    bool skip_real = false, brackets = false;
    if (spec.type == 0) {
        skip_real = c->real == 0 && !signbit(c->real);
        brackets = !skip_real;
    }
    Spec part = spec;
    part.width = -1;
    part.align = '<';
    StrBuilder out;
    str_builder_init(&out, 32);
    if (brackets && str_builder_char(&out, '(') < 0) {
        return NULL;
    }
    for (int i = skip_real; i < 2; i++) {
        char *piece = double_spec_text(i ? c->imag : c->real, &part, false);
        if (!piece) {
            return NULL;
        }
        bool negative = piece[0] == '-';
        uint32_t sign = i && !skip_real ? '+' : spec.sign;
        Number n = { .sign = sign_for(negative, sign), .prefix = "" };
        split_text(piece + negative, &n);
        Object *laid = lay_out(&n, &part, spec.type == 'n' ? 'n' : spec.grouping, spec.type == 'n');
        free(piece);
        if (!laid || str_builder_str(&out, laid) < 0) {
            return NULL;
        }
    }
    if (str_builder_char(&out, 'j') < 0 || (brackets && str_builder_char(&out, ')') < 0)) {
        return NULL;
    }
    Object *body = str_builder_finish(&out);
    if (!body) {
        return NULL;
    }
    ssize_t length = str_length(body), padding = spec.width > length ? spec.width - length : 0;
    ssize_t left = spec.align == '>' ? padding : spec.align == '^' ? padding / 2 : 0;
    str_builder_init(&out, length + padding);
    if (str_builder_fill(&out, spec.fill, left) < 0 || str_builder_str(&out, body) < 0 ||
        str_builder_fill(&out, spec.fill, padding - left) < 0) {
        return NULL;
    }
    return str_builder_finish(&out);
}
