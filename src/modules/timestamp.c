#include "modules/timestamp.h"

#include <math.h>
#include <sys/time.h>

#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"

double timestamp_round(double value, Rounding rounding) {
    switch (rounding) {
    case ROUND_FLOOR: return floor(value);
    case ROUND_CEILING: return ceil(value);
    case ROUND_HALF_EVEN: return rint(value);
    default: return value >= 0 ? ceil(value) : floor(value);
    }
}

int64_t timestamp_divide(int64_t ns, int64_t unit, Rounding rounding) {
    int64_t quotient = ns / unit, rest = ns % unit;
    if (!rest) {
        return quotient;
    }
    int64_t away = ns < 0 ? -1 : 1;
    switch (rounding) {
    case ROUND_FLOOR: return ns < 0 ? quotient - 1 : quotient;
    case ROUND_CEILING: return ns < 0 ? quotient : quotient + 1;
    case ROUND_HALF_EVEN: {
        int64_t part = rest < 0 ? -rest : rest, other = unit - part;
        return part > other || (part == other && (quotient & 1)) ? quotient + away : quotient;
    }
    default: return quotient + away;
    }
}

static int too_large(void) {
    raise_error(&exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
    return -1;
}

static int out_of_range(void) {
    raise_error(&exc_OverflowError, "timestamp out of range for platform time_t");
    return -1;
}

static int refuse_nan(double value) {
    if (isnan(value)) {
        raise_error(&exc_ValueError, "Invalid value NaN (not a number)");
        return -1;
    }
    return 0;
}

// Every double of this range is one of int64_t: its upper end is the first that is not.
static bool fits(double value) {
    return value >= -0x1p63 && value < 0x1p63;
}

int timestamp_from_units(Object *o, int64_t unit, Rounding rounding, int64_t *ns) {
    if (float_check(o)) {
        double value = float_value(o);
        if (refuse_nan(value) < 0) {
            return -1;
        }
        value = timestamp_round(value * (double)unit, rounding);
        if (!fits(value)) {
            return too_large();
        }
        *ns = (int64_t)value;
        return 0;
    }
    Object *index = number_index(o);
    if (!index) {
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(index, &overflow);
    return overflow || __builtin_mul_overflow(value, unit, ns) ? too_large() : 0;
}

int timestamp_from_nanoseconds(Object *o, int64_t *ns) {
    if (!int_check(o)) {
        raise_error(&exc_TypeError, "expect int, got %T", o);
        return -1;
    }
    int overflow;
    *ns = int_as_i64(o, &overflow);
    return overflow ? too_large() : 0;
}

int timestamp_to_parts(Object *o, Rounding rounding, long per_second, time_t *seconds, long *parts) {
    *parts = 0;
    if (!float_check(o)) {
        return timestamp_to_time_t(o, rounding, seconds);
    }
    double value = float_value(o), whole;
    if (refuse_nan(value) < 0) {
        return -1;
    }
    double units = (double)per_second;
    double rest = timestamp_round(modf(value, &whole) * units, rounding);
    if (rest >= units) {
        rest -= units;
        whole += 1;
    } else if (rest < 0) {
        rest += units;
        whole -= 1;
    }
    if (!fits(whole)) {
        return out_of_range();
    }
    *seconds = (time_t)whole;
    *parts = (long)rest;
    return 0;
}

int timestamp_to_time_t(Object *o, Rounding rounding, time_t *seconds) {
    if (float_check(o)) {
        double value = float_value(o);
        if (refuse_nan(value) < 0) {
            return -1;
        }
        value = timestamp_round(value, rounding);
        if (!fits(value)) {
            return out_of_range();
        }
        *seconds = (time_t)value;
        return 0;
    }
    Object *index = number_index(o);
    if (!index) {
        return -1;
    }
    int overflow;
    *seconds = int_as_i64(index, &overflow);
    return overflow ? out_of_range() : 0;
}

double timestamp_as_seconds(int64_t ns) {
    int64_t whole = ns / NS_PER_SECOND;
    return ns == whole * NS_PER_SECOND ? (double)whole : (double)ns / 1e9;
}

struct timeval timestamp_as_timeval(int64_t ns, Rounding rounding) {
    int64_t us = timestamp_divide(ns, NS_PER_US, rounding);
    int64_t seconds = timestamp_divide(us, 1000000, ROUND_FLOOR);
    return (struct timeval){ .tv_sec = seconds, .tv_usec = us - seconds * 1000000 };
}

struct timespec timestamp_as_timespec(int64_t ns) {
    int64_t seconds = timestamp_divide(ns, NS_PER_SECOND, ROUND_FLOOR);
    // Unsigned: for the smallest number the product is out of range, the difference is not.
    return (struct timespec){ .tv_sec = seconds,
                              .tv_nsec = (long)((uint64_t)ns - (uint64_t)seconds * NS_PER_SECOND) };
}
