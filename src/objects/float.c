// float: arithmetic, comparison with ints, hashing, rounding, construction from text.
#include "objects/float.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/format_spec.h"
#include "objects/int_internal.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"

Object *float_from_double(double value) {
    Float *result = heap_alloc(sizeof(Float), CELL_LEAF);
    if (UNLIKELY(!result)) {
        return NULL;
    }
    result->base.refcount = REFCOUNT_INITIAL;
    result->base.type = &float_type;
    result->value = value;
    return (Object *)result;
}

double float_as_double(Object *o) {
    return float_check(o) ? float_value(o) : float_by_slot(o);
}

double float_by_slot(Object *o) {
    if (int_check_exact(o)) {
        return int_to_double(o);
    }
    const Slots *slots = slots_of(o);
    if (!slots->to_float) {
        if (slots->to_index) {
            Object *index = number_index(o);
            return index ? int_to_double(index) : -1.0;
        }
        raise_error(&exc_TypeError, "must be real number, not %T", o);
        return -1.0;
    }
    Object *result = slots->to_float(o);
    if (!result) {
        return -1.0;
    }
    if (result->type != &float_type) {
        if (!float_check(result)) {
            raise_error(&exc_TypeError, "%T.__float__ returned non-float (type %T)", o, result);
            return -1.0;
        }
        if (warn(&exc_DeprecationWarning, 1,
                 "%T.__float__ returned non-float (type %T).  The ability to return an instance of a "
                 "strict subclass of float is deprecated, and may not be supported in a future version "
                 "of Python.",
                 o, result) < 0) {
            return -1.0;
        }
    }
    return float_value(result);
}

// Parses text with underscores between digits; false when it is no float.
static bool double_from_literal(const char *text, size_t length, double *value) {
    char small[128], *copy = small;
    while (length && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) {
        text++;
        length--;
    }
    while (length && (text[length - 1] == ' ' || (text[length - 1] >= '\t' && text[length - 1] <= '\r'))) {
        length--;
    }
    const char *end;
    if (LIKELY(!memchr(text, '_', length))) {
        *value = double_from_part(text, text + length, &end); // what was stripped would end it
        return length && end == text + length;
    }
    if (memchr(text, 0, length)) {
        return false;
    }
    if (length >= sizeof(small) && !(copy = malloc(length + 1))) {
        return false;
    }
    size_t n = 0;
    bool good = true;
    for (size_t k = 0; k < length; k++) {
        if (text[k] == '_') {
            good &= k && k + 1 < length && text[k - 1] >= '0' && text[k - 1] <= '9' && text[k + 1] >= '0' &&
                    text[k + 1] <= '9';
        } else {
            copy[n++] = text[k];
        }
    }
    copy[n] = 0;
    *value = double_from_part(copy, copy + n, &end);
    good &= end == copy + n && n;
    if (copy != small) {
        free(copy);
    }
    return good;
}

Object *float_from_str(Object *o) {
    char small[128];
    const char *text;
    size_t length;
    Object *copy = o;
    if (str_check(o)) {
        text = str_is_ascii(o) ? (const char *)str_data(o) : str_to_decimal_ascii(o, small, sizeof(small));
        length = (size_t)str_length(o);
    } else {
        if (!bytes_check(o)) {
            copy = bytes_from_object(o);
        }
        text = copy ? bytes_data(copy) : NULL;
        length = copy ? (size_t)bytes_length(copy) : 0;
    }
    if (!text) {
        return NULL;
    }
    double value;
    if (!double_from_literal(text, length, &value)) {
        return raise_error(&exc_ValueError, "could not convert string to float: %R", o);
    }
    return float_from_double(value);
}

// The value modulo 2 ** 61 - 1, as for ints. Multiplying by a power of 2 rotates 61 bits there.
hash_t float_hash_double(Object *o, double value) {
    enum { BITS = 61, DIGITS = 52, BIAS = 1023 + DIGITS, EXPONENTS = 2048, TURNS = 18 * BITS };
    static_assert(TURNS >= BIAS, "the turns must not be negative");
    uint64_t image;
    memcpy(&image, &value, sizeof image);
    unsigned exponent = (unsigned)(image >> DIGITS) % EXPONENTS;
    uint64_t x = image & (((uint64_t)1 << DIGITS) - 1);
    if (UNLIKELY(exponent == EXPONENTS - 1)) {
        return isinf(value) ? value > 0 ? 314159 : -314159 : pointer_hash(o);
    }
    if (exponent) {
        x |= (uint64_t)1 << DIGITS;
    } else {
        exponent = 1;
    }
    unsigned turn = (exponent + TURNS - BIAS) % BITS;
    x = (x << turn & (((uint64_t)1 << BITS) - 1)) | x >> (BITS - turn);
    hash_t hash = image >> 63 ? -(hash_t)x : (hash_t)x;
    return hash == -1 ? -2 : hash;
}

static hash_t float_hash(Object *o) {
    return float_hash_double(o, float_value(o));
}

static Object *float_repr(Object *o) {
    char text[40];
    return str_from_latin1((const uint8_t *)text, (ssize_t)double_write_repr(float_value(o), text));
}

// The operand as a double: 1 done, 0 not a number, -1 exception.
static inline int operand(Object *o, double *value) {
    if (LIKELY(float_check(o))) {
        *value = float_value(o);
        return 1;
    }
    if (!int_check(o)) {
        return 0;
    }
    *value = int_to_double(o);
    return *value == -1.0 && error_occurred() ? -1 : 1;
}

#define OPERANDS(a, b, x, y) \
    double x, y; \
    int found = operand(a, &x); \
    if (found <= 0 || (found = operand(b, &y)) <= 0) { \
        return found ? NULL : NOT_IMPLEMENTED; \
    }

static Object *float_add(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return float_from_double(x + y);
}

static Object *float_subtract(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return float_from_double(x - y);
}

static Object *float_multiply(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return float_from_double(x * y);
}

static Object *float_true_divide(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    if (y == 0) {
        return raise_error(&exc_ZeroDivisionError, "float division by zero");
    }
    return float_from_double(x / y);
}

static double modulo(double x, double y) {
    double m = fmod(x, y);
    if (m != 0) {
        return (y < 0) != (m < 0) ? m + y : m;
    }
    return copysign(0.0, y);
}

static double floor_quotient(double x, double y, double *rest) {
    double m = fmod(x, y), q = (x - m) / y;
    if (m != 0) {
        if ((y < 0) != (m < 0)) {
            m += y;
            q -= 1.0;
        }
    } else {
        m = copysign(0.0, y);
    }
    *rest = m;
    if (q == 0) {
        return copysign(0.0, x / y);
    }
    double floored = floor(q);
    return q - floored > 0.5 ? floored + 1.0 : floored;
}

static Object *float_remainder(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    if (y == 0) {
        return raise_error(&exc_ZeroDivisionError, "float modulo");
    }
    return float_from_double(modulo(x, y));
}

static Object *float_floor_divide(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    if (y == 0) {
        return raise_error(&exc_ZeroDivisionError, "float floor division by zero");
    }
    double rest;
    return float_from_double(floor_quotient(x, y, &rest));
}

static Object *float_divmod(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    if (y == 0) {
        return raise_error(&exc_ZeroDivisionError, "float divmod()");
    }
    double rest;
    Object *q = float_from_double(floor_quotient(x, y, &rest)), *r = float_from_double(rest);
    return q && r ? tuple_pack(2, q, r) : NULL;
}

static Object *float_power(Object *a, Object *b, Object *modulus) {
    if (modulus && modulus != NONE) {
        return raise_error(&exc_TypeError,
                           "pow() 3rd argument not allowed unless all arguments are integers");
    }
    OPERANDS(a, b, x, y)
    if (x == 0 && y < 0 && isfinite(y)) {
        return raise_error(&exc_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    }
    if (x < 0 && isfinite(x) && isfinite(y) && y != floor(y)) {
        Object *p = complex_from_doubles(x, 0), *q = complex_from_doubles(y, 0);
        return p && q ? number_power(p, q, NULL) : NULL;
    }
    double result = pow(x, y);
    if (isinf(result) && isfinite(x) && isfinite(y)) {
        Object *args = tuple_pack(2, int_from_i64(ERANGE), str_from_cstring(strerror(ERANGE)));
        return args ? raise_with(&exc_OverflowError, args) : NULL;
    }
    return float_from_double(result);
}

// Exact comparison of a double with an int.
static int compare_with_int(double x, Object *n) {
    int64_t value;
    if (int_two_digits(n, &value) && value > -((int64_t)1 << 53) && value < (int64_t)1 << 53) {
        return (x > (double)value) - (x < (double)value);
    }
    int sign = int_sign(n), x_sign = (x > 0) - (x < 0);
    if (x_sign != sign) {
        return x_sign < sign ? -1 : 1;
    }
    if (isinf(x)) {
        return x_sign;
    }
    int e;
    frexp(x, &e);
    ssize_t bits = (ssize_t)int_bit_length(n);
    if (e != bits) {
        return e < bits ? -sign : sign;
    }
    // Same magnitude: compare the integer parts, then the fraction.
    double whole = trunc(x);
    Object *i = int_from_double(whole);
    if (!i) {
        return -2;
    }
    int order = int_compare(i, n);
    return order ? order : (x > whole) - (x < whole);
}

static Object *float_compare(Object *a, Object *b, CompareOp op) {
    double x = float_value(a);
    if (float_check(b)) {
        double y = float_value(b);
        switch (op) {
        case CMP_LT: return bool_from(x < y);
        case CMP_LE: return bool_from(x <= y);
        case CMP_EQ: return bool_from(x == y);
        case CMP_NE: return bool_from(x != y);
        case CMP_GT: return bool_from(x > y);
        case CMP_GE: return bool_from(x >= y);
        }
    }
    if (!int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (isnan(x)) {
        return bool_from(op == CMP_NE);
    }
    int order = compare_with_int(x, b);
    if (order == -2) {
        return NULL;
    }
    switch (op) {
    case CMP_LT: return bool_from(order < 0);
    case CMP_LE: return bool_from(order <= 0);
    case CMP_EQ: return bool_from(order == 0);
    case CMP_NE: return bool_from(order != 0);
    case CMP_GT: return bool_from(order > 0);
    case CMP_GE: return bool_from(order >= 0);
    }
    return NOT_IMPLEMENTED;
}

static Object *float_negative(Object *o) {
    return float_from_double(-float_value(o));
}
static Object *float_absolute(Object *o) {
    return float_from_double(fabs(float_value(o)));
}
static Object *float_positive(Object *o) {
    return o->type == &float_type ? o : float_from_double(float_value(o));
}
static int float_to_bool(Object *o) {
    return float_value(o) != 0;
}
static Object *float_to_int(Object *o) {
    return int_from_double(float_value(o));
}
static Object *float_floor(Object *o) {
    return int_from_double(floor(float_value(o)));
}
static Object *float_ceil(Object *o) {
    return int_from_double(ceil(float_value(o)));
}

static Object *float_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    // A subclass with an __init__ of its own may take keywords, but none that lands here alone.
    if (kwnames && tuple_size(kwnames) &&
        (type == &float_type || type->info->slots.init == float_type.info->slots.init)) {
        return raise_error(&exc_TypeError, "float() takes no keyword arguments");
    }
    if (arguments_check_count("float", nargs, 0, 1) < 0) {
        return NULL;
    }
    Object *value = nargs ? number_float(args[0]) : float_from_double(0.0);
    if (!value || type == &float_type) {
        return value;
    }
    Object *result = object_alloc(type);
    if (result) {
        ((Float *)result)->value = float_value(value);
    }
    return result;
}

// ---- methods

static Object *float_round(Object *self, Object *ndigits) {
    double x = float_value(self);
    if (!ndigits || ndigits == NONE) {
        return int_from_double(isfinite(x) ? rint(x) : x);
    }
    ssize_t n = number_as_ssize(ndigits, NULL);
    if (n == -1 && error_occurred()) {
        return NULL;
    }
    if (!isfinite(x) || n > 323) {
        return float_from_double(x);
    }
    if (n < -308) {
        return float_from_double(0.0 * x);
    }
    char text[400];
    double result;
    if (n >= 0 && n <= 22) {
        // The quotient of two exact numbers is the nearest double to the decimal fraction.
        double whole;
        if (double_scale_exactly(x, (int)n, &whole)) {
            static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
            return float_from_double(copysign(whole / powers[n], x));
        }
    }
    if (n >= 0) {
        snprintf(text, sizeof(text), "%.*f", (int)n, x);
        result = strtod(text, NULL);
    } else {
        // Digits left of the point: %e with as many digits as remain.
        snprintf(text, sizeof(text), "%.17e", x);
        int e = atoi(strchr(text, 'e') + 1);
        int digits = e + (int)n;  // digits after the leading one that are kept
        if (digits < -1) {
            return float_from_double(copysign(0.0, x));
        }
        if (digits == -1) {
            double half = 5 * pow(10, (double)(-n - 1));
            result = fabs(x) > half ? copysign(pow(10, (double)-n), x) : copysign(0.0, x);
        } else {
            snprintf(text, sizeof(text), "%.*e", digits, x);
            result = strtod(text, NULL);
        }
    }
    if (isinf(result)) {
        return raise_error(&exc_OverflowError, "rounded value too large to represent");
    }
    return float_from_double(result);
}

static Object *float_as_integer_ratio(Object *self) {
    double x = float_value(self);
    if (isinf(x)) {
        return raise_error(&exc_OverflowError, "cannot convert Infinity to integer ratio");
    }
    if (isnan(x)) {
        return raise_error(&exc_ValueError, "cannot convert NaN to integer ratio");
    }
    int e;
    double m = frexp(x, &e);
    for (int i = 0; i < 300 && m != floor(m); i++) {
        m *= 2;
        e--;
    }
    Object *n = int_from_double(m), *d = int_from_i64(1);
    if (!n || !d) {
        return NULL;
    }
    if (e > 0) {
        n = int_shift_left(n, (size_t)e);
    } else {
        d = int_shift_left(d, (size_t)-e);
    }
    return n && d ? tuple_pack(2, n, d) : NULL;
}

static Object *float_is_integer(Object *self) {
    double x = float_value(self);
    return bool_from(isfinite(x) && floor(x) == x);
}

static Object *float_hex(Object *self) {
    double x = float_value(self);
    if (!isfinite(x)) {
        return float_repr(self);
    }
    if (x == 0) {
        return str_from_cstring(signbit(x) ? "-0x0.0p+0" : "0x0.0p+0");
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    int biased = (int)(bits >> 52 & 0x7ff), e = biased ? biased - 1023 : -1022;
    char text[64];
    snprintf(text, sizeof(text), "%s0x%d.%013llxp%+d", signbit(x) ? "-" : "", biased != 0,
             (unsigned long long)(bits & (((uint64_t)1 << 52) - 1)), e);
    return str_from_cstring(text);
}

// Reads "1.8p-3" (hexadecimal digits, decimal exponent), rounding to nearest, ties to even: the C
// library's strtod rounds subnormal numbers twice. Infinity when too large; false: no such number.
static bool hex_to_double(const char *p, const char *end, double *value) {
    uint64_t m = 0;
    bool sticky = false, point = false;
    int64_t e = 0;
    size_t digits = 0;
    for (; p < end && (isxdigit((unsigned char)*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        uint64_t digit = (uint64_t)(*p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10);
        digits++;
        if (m >> 60) {
            sticky |= digit != 0;
            e += point ? 0 : 4;
        } else {
            m = m << 4 | digit;
            e -= point ? 4 : 0;
        }
    }
    if (!digits) {
        return false;
    }
    if (p < end && (*p | 0x20) == 'p') {
        p++;
        bool negative = p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        int64_t n = 0;
        const char *first = p;
        for (; p < end && *p >= '0' && *p <= '9'; p++) {
            n = n < (int64_t)1 << 58 ? n * 10 + (*p - '0') : n;
        }
        if (p == first) {
            return false;
        }
        e += negative ? -n : n;
    }
    if (p < end) {
        return false;
    }
    if (!m) {
        *value = 0;
        return true;
    }
    int64_t top = e + 63 - __builtin_clzll(m);
    if (top > 1023) {
        *value = INFINITY;
        return true;
    }
    int64_t unit = top - 52 > -1074 ? top - 52 : -1074, shift = unit - e;
    if (shift > 64) {
        *value = 0;
        return true;
    }
    if (shift > 0) {
        uint64_t half = (uint64_t)1 << (shift - 1), rest = shift == 64 ? m : m & (2 * half - 1);
        m = shift == 64 ? 0 : m >> shift;
        m += rest > half || (rest == half && (sticky || (m & 1)));
        e = unit;
    }
    *value = ldexp((double)m, (int)e);
    return true;
}

static Object *float_fromhex(Object *cls, Object *string) {
    if (!str_check(string)) {
        return raise_error(&exc_TypeError, "bad argument type for built-in operation");
    }
    ssize_t length;
    const char *text = str_utf8(string, &length);
    if (!text) {
        return NULL;
    }
    const char *p = text, *end = text + length;
    while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r'))) {
        p++;
    }
    while (end > p && (end[-1] == ' ' || (end[-1] >= '\t' && end[-1] <= '\r'))) {
        end--;
    }
    bool negative = false;
    if (p < end && (*p == '-' || *p == '+')) {
        negative = *p++ == '-';
    }
    double value;
    size_t n = (size_t)(end - p);
    if ((n == 3 && !strncasecmp(p, "inf", 3)) || (n == 8 && !strncasecmp(p, "infinity", 8))) {
        value = INFINITY;
    } else if (n == 3 && !strncasecmp(p, "nan", 3)) {
        value = NAN;
    } else {
        if (n >= 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
            p += 2;
        }
        if (!hex_to_double(p, end, &value)) {
            return raise_error(&exc_ValueError, "invalid hexadecimal floating-point string");
        }
        if (isinf(value)) {
            return raise_error(&exc_OverflowError, "hexadecimal value too large to represent as a float");
        }
    }
    Object *result = float_from_double(negative ? -value : value);
    return result && cls != (Object *)&float_type ? call1(cls, result) : result;
}

static Object *float_getnewargs(Object *self) {
    Object *value = float_from_double(float_value(self));
    return value ? tuple_pack(1, value) : NULL;
}

static Object *float_getformat(Object *cls, Object *kind) {
    if (!str_check(kind)) {
        return raise_error(&exc_TypeError, "__getformat__() argument must be str, not %s",
                           kind == NONE ? "None" : kind->type->name);
    }
    if (!str_equal_cstring(kind, "double") && !str_equal_cstring(kind, "float")) {
        return raise_error(&exc_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
    }
    return str_from_cstring("IEEE, little-endian");
}

static Object *float_format_method(Object *self, Object *spec) {
    if (!str_check(spec)) {
        return raise_error(&exc_TypeError, "__format__() argument must be str, not %s",
                           spec == NONE ? "None" : spec->type->name);
    }
    return float_format(self, spec);
}

static Object *get_real(Object *self, void *closure) {
    return float_positive(self);
}
static Object *get_imag(Object *self, void *closure) {
    return float_from_double(0.0);
}

enum { QUIET = EFFECT_NO_PYTHON | EFFECT_PURE };
static BuiltinDef methods[] = {
    BUILTIN("conjugate", float_positive, "($self, /)", QUIET, NULL),
    BUILTIN("__trunc__", float_to_int, "($self, /)", QUIET, NULL),
    BUILTIN("__floor__", float_floor, "($self, /)", QUIET, NULL),
    BUILTIN("__ceil__", float_ceil, "($self, /)", QUIET, NULL),
    BUILTIN("__round__", float_round, "($self, ndigits=None, /)", 0, NULL),
    BUILTIN("as_integer_ratio", float_as_integer_ratio, "($self, /)", QUIET, NULL),
    BUILTIN("fromhex", float_fromhex, "($type, string, /)", BUILTIN_CLASS, NULL),
    BUILTIN("hex", float_hex, "($self, /)", QUIET, NULL),
    BUILTIN("is_integer", float_is_integer, "($self, /)", QUIET, NULL),
    BUILTIN("__getnewargs__", float_getnewargs, "($self, /)", QUIET, NULL),
    BUILTIN("__getformat__", float_getformat, "($type, typestr, /)", BUILTIN_CLASS, NULL),
    BUILTIN("__format__", float_format_method, "($self, format_spec, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef getsets[] = {
    { "real", get_real, NULL, NULL, NULL },
    { "imag", get_imag, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

Type float_type;
const TypeSpec float_spec = {
    .name = "float",
    .basic_size = sizeof(Float),
    .flags = TF_BASE | TF_MATCH_SELF,
    .methods = methods,
    .getsets = getsets,
    .plain_hash = float_hash,
    .slots = { .getattr = object_generic_getattr,
        .repr = float_repr, .hash = float_hash, .compare = float_compare, .new = float_new,
        .add = float_add, .subtract = float_subtract, .multiply = float_multiply,
        .remainder = float_remainder, .divmod = float_divmod, .power = float_power,
        .negative = float_negative, .positive = float_positive, .absolute = float_absolute,
        .to_bool = float_to_bool, .to_int = float_to_int, .to_float = float_positive,
        .floor_divide = float_floor_divide, .true_divide = float_true_divide,
    },
};
