// datetime.timedelta: days, seconds and microseconds, normalized so that only the days can be negative.
//
// Arithmetic goes through the number of microseconds, which has up to 77 bits: 128-bit integers hold it,
// and Python's own ints the intermediate results of division.
#include <math.h>

#include "modules/datetime/datetime.h"
#include "objects/abstract.h"
#include "objects/int_internal.h"

Type timedelta_type;

typedef __int128 Wide;
static const Wide day_us = (Wide)DAY_SECONDS * 1000000;

static Object *days_error(int64_t days) {
    return raise_error(&exc_OverflowError, "days=%ld; must have magnitude <= %d", (long)days, DAYS_MOST);
}
static Object *too_large(void) {
    return raise_error(&exc_OverflowError, "Python int too large to convert to C int");
}

static Object *delta_allocate(Type *type, int days, int seconds, int microseconds) {
    if (days < -DAYS_MOST || days > DAYS_MOST) {
        return days_error(days);
    }
    Delta *delta = (Delta *)object_alloc(type);
    if (!delta) {
        return NULL;
    }
    delta->hash = -1;
    delta->days = days;
    delta->seconds = seconds;
    delta->microseconds = microseconds;
    return &delta->base;
}

Object *delta_new(int days, int seconds, int microseconds) {
    return delta_allocate(&timedelta_type, days, seconds, microseconds);
}

Object *delta_normalize(int64_t days, int64_t seconds, int64_t microseconds) {
    seconds += floor_divide(microseconds, 1000000, &microseconds);
    days += floor_divide(seconds, DAY_SECONDS, &seconds);
    if (days < -DAYS_MOST || days > DAYS_MOST) {
        return days_error(days);
    }
    return delta_new((int)days, (int)seconds, (int)microseconds);
}

static Wide delta_us(const Object *o) {
    const Delta *d = (const Delta *)o;
    return ((Wide)d->days * DAY_SECONDS + d->seconds) * 1000000 + d->microseconds;
}

static Object *delta_from_us(Type *type, Wide us) {
    Wide days = us / day_us;
    Wide rest = us % day_us;
    if (rest < 0) {
        rest += day_us;
        days--;
    }
    if (days > INT32_MAX || days < INT32_MIN) {
        return too_large();
    }
    int64_t in_day = (int64_t)rest;
    return delta_allocate(type, (int)days, (int)(in_day / 1000000), (int)(in_day % 1000000));
}

static Object *int_from_wide(Wide value) {
    if (value >= INT64_MIN && value <= INT64_MAX) {
        return int_from_i64((int64_t)value);
    }
    return int_from_bytes((const uint8_t *)&value, sizeof(value), true, true);
}

static bool wide_from_int(Object *o, Wide *value) {
    int overflow;
    int64_t small = int_as_i64(o, &overflow);
    if (!overflow) {
        *value = small;
        return true;
    }
    return int_bit_length(o) < 127 && int_to_bytes(o, (uint8_t *)value, sizeof(*value), true, true) == 0;
}

static Object *delta_from_int(Type *type, Object *us) {
    Wide value;
    return !us ? NULL : wide_from_int(us, &value) ? delta_from_us(type, value) : too_large();
}

int delta_compare(const Object *a, const Object *b) {
    const Delta *x = (const Delta *)a, *y = (const Delta *)b;
    int64_t diff = (int64_t)x->days - y->days;
    if (!diff) {
        diff = x->seconds - y->seconds;
    }
    if (!diff) {
        diff = x->microseconds - y->microseconds;
    }
    return diff < 0 ? -1 : diff > 0;
}

Object *delta_subtract(const Object *a, const Object *b) {
    const Delta *x = (const Delta *)a, *y = (const Delta *)b;
    return delta_normalize((int64_t)x->days - y->days, x->seconds - y->seconds,
                           x->microseconds - y->microseconds);
}

// ---- construction

// The sum of the arguments in microseconds: exact for the whole parts, with what floats leave over.
typedef struct Sum {
    Wide small;
    Object *large;  // what did not fit, or NULL
    double rest;
} Sum;

static int sum_add_int(Sum *sum, Object *value, int64_t factor) {
    int overflow;
    int64_t small = int_as_i64(value, &overflow);
    if (!overflow) {
        sum->small += (Wide)small * factor;  // seven times less than 2**103
        return 0;
    }
    Object *scale = int_from_i64(factor), *product = scale ? int_multiply(value, scale) : NULL;
    if (product && sum->large) {
        product = int_add(sum->large, product);
    }
    sum->large = product;
    return product ? 0 : -1;
}

static int sum_add(Sum *sum, const char *tag, Object *value, int64_t factor) {
    if (int_check(value)) {
        return sum_add_int(sum, value, factor);
    }
    if (!float_check(value)) {
        raise_error(&exc_TypeError, "unsupported type for timedelta %s component: %s", tag,
                    value->type->name);
        return -1;
    }
    double whole, fraction = modf(float_value(value), &whole);
    Object *number = int_from_double(whole);
    if (!number || sum_add_int(sum, number, factor) < 0) {
        return -1;
    }
    if (fraction == 0.0) {
        return 0;
    }
    double scaled = fraction * (double)factor;
    fraction = modf(scaled, &whole);
    sum->small += (Wide)whole;
    sum->rest += fraction;
    return 0;
}

// Rounds what is left over half to even, as part of the sum.
static void sum_round(Sum *sum) {
    double whole = round(sum->rest);
    if (fabs(whole - sum->rest) == 0.5) {
        int odd = (int)(sum->small & 1);
        if (sum->large && int_digit_count(sum->large)) {
            odd ^= (int)(int_digits(sum->large)[0] & 1);
        }
        whole = 2.0 * round((sum->rest + odd) * 0.5) - odd;
    }
    sum->small += (Wide)whole;
}

static Object *timedelta_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "days",    "seconds", "microseconds", "milliseconds",
                                               "minutes", "hours",   "weeks" };
    static const FieldFormat format = { "__new__", field_names, "OOOOOOO", 0, 7 };
    enum { DAYS, SECONDS, MICRO, MILLI, MINUTES, HOURS, WEEKS };
    static const struct {
        int index;
        int64_t factor;
    } parts[] = {
        { MICRO, 1 },          { MILLI, 1000 },       { SECONDS, 1000000 },    { MINUTES, 60000000 },
        { HOURS, 3600000000 }, { DAYS, 86400000000 }, { WEEKS, 604800000000 },
    };
    Object *b[7] = {};
    if (fields_bind(&format, args, nargs, kwnames, NULL, b) < 0) {
        return NULL;
    }
    Sum sum = {};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        Object *value = b[parts[i].index];
        if (value && sum_add(&sum, field_names[parts[i].index], value, parts[i].factor) < 0) {
            return NULL;
        }
    }
    if (sum.rest != 0.0) {
        sum_round(&sum);
    }
    if (!sum.large) {
        return delta_from_us(type, sum.small);
    }
    Object *small = int_from_wide(sum.small);
    return small ? delta_from_int(type, int_add(sum.large, small)) : NULL;
}

// ---- arithmetic

static Object *timedelta_add(Object *a, Object *b) {
    if (!timedelta_check(a) || !timedelta_check(b)) {
        return NOT_IMPLEMENTED;
    }
    const Delta *x = (const Delta *)a, *y = (const Delta *)b;
    return delta_normalize((int64_t)x->days + y->days, x->seconds + y->seconds,
                           x->microseconds + y->microseconds);
}

static Object *timedelta_subtract(Object *a, Object *b) {
    return timedelta_check(a) && timedelta_check(b) ? delta_subtract(a, b) : NOT_IMPLEMENTED;
}

static Object *timedelta_negative(Object *o) {
    const Delta *d = (const Delta *)o;
    return delta_normalize(-(int64_t)d->days, -d->seconds, -d->microseconds);
}

static Object *timedelta_positive(Object *o) {
    const Delta *d = (const Delta *)o;
    return delta_new(d->days, d->seconds, d->microseconds);
}

static Object *timedelta_absolute(Object *o) {
    return ((const Delta *)o)->days < 0 ? timedelta_negative(o) : timedelta_positive(o);
}

static int timedelta_bool(Object *o) {
    return !delta_is_zero(o);
}

// a / b rounded half to even, for Python ints.
static Object *divide_nearest(Object *a, Object *b) {
    Wide x, y;
    if (wide_from_int(a, &x) && wide_from_int(b, &y) && y) {
        Wide quotient = x / y, rest = x % y;
        if (rest && (rest < 0) != (y < 0)) {
            quotient--;
            rest += y;
        }
        // 2 * rest may not fit; rest and y have the same sign
        Wide other = y - rest;
        bool more = y > 0 ? rest > other : rest < other;
        quotient += more || (rest == other && (quotient & 1));
        return int_from_wide(quotient);
    }
    Object *pair = number_divmod(a, b), *two = pair ? int_from_i64(2) : NULL;
    if (!two) {
        return NULL;
    }
    Object *quotient = tuple_get(pair, 0), *twice = int_multiply(tuple_get(pair, 1), two);
    if (!twice) {
        return NULL;
    }
    int order = int_sign(b) < 0 ? int_compare(b, twice) : int_compare(twice, b);
    bool odd = int_digit_count(quotient) && (int_digits(quotient)[0] & 1);
    return order > 0 || (!order && odd) ? int_add(quotient, int_from_i64(1)) : quotient;
}

static Object *ratio_of(Object *value) {
    Object *ratio = call_method0(value, names.as_integer_ratio);
    if (!ratio) {
        return NULL;
    }
    if (!tuple_check(ratio)) {
        return raise_error(&exc_TypeError,
                           "unexpected return type from as_integer_ratio(): expected tuple, got '%.200s'",
                           ratio->type->name);
    }
    if (tuple_size(ratio) != 2) {
        return raise_error(&exc_ValueError, "as_integer_ratio() must return a 2-tuple");
    }
    if (!int_check(tuple_get(ratio, 0)) || !int_check(tuple_get(ratio, 1))) {
        return raise_error(&exc_TypeError, "non-integer arguments in division");
    }
    return ratio;
}

static Object *multiply_int(Object *delta, Object *factor) {
    Wide value, product;
    if (wide_from_int(factor, &value) && !__builtin_mul_overflow(delta_us(delta), value, &product)) {
        return delta_from_us(&timedelta_type, product);
    }
    Object *us = int_from_wide(delta_us(delta));
    return us ? delta_from_int(&timedelta_type, int_multiply(us, factor)) : NULL;
}

// delta * value, or delta / value.
static Object *scale_float(Object *delta, Object *value, bool divide) {
    Object *ratio = ratio_of(value), *us = ratio ? int_from_wide(delta_us(delta)) : NULL;
    Object *product = us ? int_multiply(us, tuple_get(ratio, divide)) : NULL;
    if (!product) {
        return NULL;
    }
    Object *divisor = tuple_get(ratio, !divide);
    return int_sign(divisor) ? delta_from_int(&timedelta_type, divide_nearest(product, divisor))
                             : raise_error(&exc_ZeroDivisionError, "integer division or modulo by zero");
}

static Object *timedelta_multiply(Object *a, Object *b) {
    if (!timedelta_check(a)) {
        Object *swap = a;
        a = b;
        b = swap;
    }
    if (!timedelta_check(a)) {
        return NOT_IMPLEMENTED;
    }
    return int_check(b) ? multiply_int(a, b) : float_check(b) ? scale_float(a, b, false) : NOT_IMPLEMENTED;
}

static Object *zero_division(void) {
    return raise_error(&exc_ZeroDivisionError, "integer division or modulo by zero");
}

static Object *timedelta_floor_divide(Object *a, Object *b) {
    if (!timedelta_check(a) || !(timedelta_check(b) || int_check(b))) {
        return NOT_IMPLEMENTED;
    }
    Object *us = int_from_wide(delta_us(a));
    if (!us) {
        return NULL;
    }
    if (int_check(b)) {
        return int_sign(b) ? delta_from_int(&timedelta_type, int_floor_divide(us, b)) : zero_division();
    }
    Object *other = int_from_wide(delta_us(b));
    return !other ? NULL : int_sign(other) ? int_floor_divide(us, other) : zero_division();
}

static Object *timedelta_true_divide(Object *a, Object *b) {
    if (!timedelta_check(a)) {
        return NOT_IMPLEMENTED;
    }
    if (timedelta_check(b)) {
        Wide x = delta_us(a), y = delta_us(b), exact = (Wide)1 << 53;
        if (y && x > -exact && x < exact && y > -exact && y < exact) {
            return float_from_double((double)x / (double)y);
        }
        Object *us = int_from_wide(x), *other = int_from_wide(y);
        return us && other ? number_true_divide(us, other) : NULL;
    }
    if (float_check(b)) {
        return scale_float(a, b, true);
    }
    if (!int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    Object *us = int_from_wide(delta_us(a));
    return !us           ? NULL
           : int_sign(b) ? delta_from_int(&timedelta_type, divide_nearest(us, b))
                         : zero_division();
}

static Object *timedelta_remainder(Object *a, Object *b) {
    if (!timedelta_check(a) || !timedelta_check(b)) {
        return NOT_IMPLEMENTED;
    }
    Wide x = delta_us(a), y = delta_us(b);
    if (!y) {
        return raise_error(&exc_ZeroDivisionError, "integer modulo by zero");
    }
    Wide rest = x % y;
    return delta_from_us(&timedelta_type, rest && (rest < 0) != (y < 0) ? rest + y : rest);
}

static Object *timedelta_divmod(Object *a, Object *b) {
    if (!timedelta_check(a) || !timedelta_check(b)) {
        return NOT_IMPLEMENTED;
    }
    Wide x = delta_us(a), y = delta_us(b);
    if (!y) {
        return zero_division();
    }
    Wide quotient = x / y, rest = x % y;
    if (rest && (rest < 0) != (y < 0)) {
        rest += y;
        quotient--;
    }
    Object *q = int_from_wide(quotient), *r = q ? delta_from_us(&timedelta_type, rest) : NULL;
    return r ? tuple_pack(2, q, r) : NULL;
}

// ---- comparison, hash, text

static Object *timedelta_compare(Object *a, Object *b, CompareOp op) {
    if (!timedelta_check(b)) {
        return NOT_IMPLEMENTED;
    }
    int order = delta_compare(a, b);
    return compare_result(order, op);
}

static Object *delta_state(const Object *o) {
    const Delta *d = (const Delta *)o;
    Object *days = int_from_i64(d->days), *seconds = int_from_i64(d->seconds);
    Object *microseconds = int_from_i64(d->microseconds);
    return days && seconds && microseconds ? tuple_pack(3, days, seconds, microseconds) : NULL;
}

// Microseconds, for what is shorter than 270,000 years.
static bool timedelta_sort_key(const Object *o, const Object *, uint64_t *key) {
    enum { KEY_DAYS_MOST = 100000000 };
    const Delta *d = (const Delta *)o;
    int64_t seconds = (int64_t)d->days * 86400 + d->seconds;
    *key = (uint64_t)(seconds * 1000000 + d->microseconds) ^ (uint64_t)1 << 63;
    return d->days > -KEY_DAYS_MOST && d->days < KEY_DAYS_MOST;
}

static hash_t timedelta_known_hash(Object *o) {
    return __atomic_load_n(&((Delta *)o)->hash, __ATOMIC_RELAXED);
}

static hash_t timedelta_hash(Object *o) {
    Delta *d = (Delta *)o;
    hash_t hash = __atomic_load_n(&d->hash, __ATOMIC_RELAXED);
    if (hash == -1) {
        Object *state = delta_state(o);
        hash = state ? object_hash(state) : -1;
        __atomic_store_n(&d->hash, hash, __ATOMIC_RELAXED);
    }
    return hash;
}

static Object *timedelta_repr(Object *o) {
    const Delta *d = (const Delta *)o;
    char text[96] = "";
    int length = 0;
    const char *separator = "";
    if (d->days) {
        length += snprintf(text, sizeof text, "days=%d", d->days);
        separator = ", ";
    }
    if (d->seconds) {
        length += snprintf(text + length, sizeof text - (size_t)length, "%sseconds=%d", separator,
                           d->seconds);
        separator = ", ";
    }
    if (d->microseconds) {
        snprintf(text + length, sizeof text - (size_t)length, "%smicroseconds=%d", separator,
                 d->microseconds);
        separator = ", ";
    }
    return str_format("%s(%s)", o->type->name, *separator ? text : "0");
}

static Object *timedelta_str(Object *o) {
    const Delta *d = (const Delta *)o;
    char text[64], *p = text;
    if (d->days) {
        p += sprintf(p, "%d day%s, ", d->days, d->days == 1 || d->days == -1 ? "" : "s");
    }
    int hours = d->seconds / 3600;
    p = write_digits(p, hours, hours < 10 ? 1 : 2);
    *p++ = ':';
    p = write_digits(p, d->seconds / 60 % 60, 2);
    *p++ = ':';
    p = write_digits(p, d->seconds % 60, 2);
    if (d->microseconds) {
        *p++ = '.';
        p = write_digits(p, d->microseconds, 6);
    }
    return str_from_ascii(text, p - text);
}

static Object *timedelta_total_seconds(Object *o) {
    Wide us = delta_us(o), exact = (Wide)1 << 53;
    if (us > -exact && us < exact) {
        return float_from_double((double)us / 1e6);
    }
    Object *number = int_from_wide(us), *million = int_from_i64(1000000);
    return number && million ? number_true_divide(number, million) : NULL;
}

static Object *timedelta_reduce(Object *o) {
    Object *state = delta_state(o);
    return state ? tuple_pack(2, o->type, state) : NULL;
}

static BuiltinDef timedelta_methods[] = {
    BUILTIN("total_seconds", timedelta_total_seconds, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", timedelta_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static MemberDef timedelta_members[] = {
    { "days", MEMBER_INT, offsetof(Delta, days), MEMBER_READONLY, NULL },
    { "seconds", MEMBER_INT, offsetof(Delta, seconds), MEMBER_READONLY, NULL },
    { "microseconds", MEMBER_INT, offsetof(Delta, microseconds), MEMBER_READONLY, NULL },
    { 0 },
};

const TypeSpec timedelta_spec = {
    .name = "datetime.timedelta", .basic_size = sizeof(Delta), .flags = TF_BASE, .methods = timedelta_methods,
    .members = timedelta_members, .plain_hash = timedelta_known_hash, .sort_key = timedelta_sort_key,
    .slots = { .getattr = object_generic_getattr,
        .new = timedelta_new, .repr = timedelta_repr, .str = timedelta_str, .hash = timedelta_hash,
        .compare = timedelta_compare, .add = timedelta_add, .subtract = timedelta_subtract,
        .multiply = timedelta_multiply, .remainder = timedelta_remainder, .divmod = timedelta_divmod,
        .negative = timedelta_negative, .positive = timedelta_positive, .absolute = timedelta_absolute,
        .to_bool = timedelta_bool, .floor_divide = timedelta_floor_divide, .true_divide = timedelta_true_divide,
    },
};
