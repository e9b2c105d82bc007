// Seconds as Python has them (int, or float with a fraction), and what system calls take.
//
// A span of time or a point in it is a signed 64-bit number of nanoseconds, which is enough for 292 years. Each
// conversion that loses precision names its rounding: CPython's rules differ between clocks (floor), time stamps
// (half to even) and timeouts (away from zero, so that a wait is never too short and a tiny one never none).
#pragma once

#include <time.h>

#include <sys/time.h>

#include "objects/object.h"

typedef enum Rounding { // CPython's _PyTime_round_t
    ROUND_FLOOR = 0,
    ROUND_CEILING = 1,
    ROUND_HALF_EVEN = 2,
    ROUND_UP = 3, // away from zero
    ROUND_TIMEOUT = ROUND_UP,
} Rounding;

enum : int64_t { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

double timestamp_round(double value, Rounding rounding);
// `ns` in units of `unit` nanoseconds.
int64_t timestamp_divide(int64_t ns, int64_t unit, Rounding rounding);

// Nanoseconds of a number of units of `unit` nanoseconds, an int, a float or what has __index__. -1 with ValueError for
// NaN, OverflowError "timestamp too large to convert to C _PyTime_t", or TypeError.
int timestamp_from_units(Object *o, int64_t unit, Rounding rounding, int64_t *ns);
static inline int timestamp_from_seconds(Object *o, Rounding rounding, int64_t *ns) {
    return timestamp_from_units(o, NS_PER_SECOND, rounding, ns);
}
// Nanoseconds that an int holds. -1 with TypeError or OverflowError.
int timestamp_from_nanoseconds(Object *o, int64_t *ns);

// Whole seconds of a number: -1 with ValueError for NaN, OverflowError "timestamp out of range for platform time_t", or
// TypeError.
int timestamp_to_time_t(Object *o, Rounding rounding, time_t *seconds);
// The same with the rest of a float in parts of 1/per_second, never negative.
int timestamp_to_parts(Object *o, Rounding rounding, long per_second, time_t *seconds, long *parts);

double timestamp_as_seconds(int64_t ns);
struct timeval timestamp_as_timeval(int64_t ns, Rounding rounding);
struct timespec timestamp_as_timespec(int64_t ns);
