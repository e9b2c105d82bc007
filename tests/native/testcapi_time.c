// _testcapi's functions of the conversions between Python's numbers and times (modules/timestamp.h).
#include "modules/timestamp.h"
#include "native.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/tuple.h"

static int rounding_argument(Object *o, Rounding *rounding) {
    int value = int_to_c_int(o);
    if (value == -1 && error_occurred()) {
        return -1;
    }
    if (value < ROUND_FLOOR || value > ROUND_UP) {
        raise_error(&exc_ValueError, "invalid rounding");
        return -1;
    }
    *rounding = (Rounding)value;
    return 0;
}

static Object *pair(int64_t seconds, int64_t rest) {
    Object *a = int_from_i64(seconds), *b = int_from_i64(rest);
    return a && b ? tuple_pack(2, a, b) : NULL;
}

static Object *from_seconds(Object *module, Object *o) {
    (void)module;
    int seconds = int_to_c_int(o);
    return seconds == -1 && error_occurred() ? NULL : int_from_i64(seconds * NS_PER_SECOND);
}

static Object *from_seconds_object(Object *module, Object *o, Object *mode) {
    (void)module;
    Rounding rounding;
    int64_t ns;
    return rounding_argument(mode, &rounding) < 0 || timestamp_from_seconds(o, rounding, &ns) < 0
               ? NULL
               : int_from_i64(ns);
}

static Object *as_seconds_double(Object *module, Object *o) {
    (void)module;
    int64_t ns;
    return timestamp_from_nanoseconds(o, &ns) < 0 ? NULL : float_from_double(timestamp_as_seconds(ns));
}

static Object *as_timeval(Object *module, Object *o, Object *mode) {
    (void)module;
    Rounding rounding;
    int64_t ns;
    if (timestamp_from_nanoseconds(o, &ns) < 0 || rounding_argument(mode, &rounding) < 0) {
        return NULL;
    }
    struct timeval t = timestamp_as_timeval(ns, rounding);
    return pair(t.tv_sec, t.tv_usec);
}

static Object *as_timespec(Object *module, Object *o) {
    (void)module;
    int64_t ns;
    if (timestamp_from_nanoseconds(o, &ns) < 0) {
        return NULL;
    }
    struct timespec t = timestamp_as_timespec(ns);
    return pair(t.tv_sec, t.tv_nsec);
}

static Object *as_units(Object *o, Object *mode, int64_t unit) {
    Rounding rounding;
    int64_t ns;
    return timestamp_from_nanoseconds(o, &ns) < 0 || rounding_argument(mode, &rounding) < 0
               ? NULL
               : int_from_i64(timestamp_divide(ns, unit, rounding));
}

static Object *as_milliseconds(Object *module, Object *o, Object *mode) {
    (void)module;
    return as_units(o, mode, NS_PER_MS);
}

static Object *as_microseconds(Object *module, Object *o, Object *mode) {
    (void)module;
    return as_units(o, mode, NS_PER_US);
}

static Object *object_to_time_t(Object *module, Object *o, Object *mode) {
    (void)module;
    Rounding rounding;
    time_t seconds;
    return rounding_argument(mode, &rounding) < 0 || timestamp_to_time_t(o, rounding, &seconds) < 0
               ? NULL
               : int_from_i64(seconds);
}

static Object *object_to_parts(Object *o, Object *mode, long per_second) {
    Rounding rounding;
    time_t seconds;
    long parts;
    return rounding_argument(mode, &rounding) < 0 ||
                   timestamp_to_parts(o, rounding, per_second, &seconds, &parts) < 0
               ? NULL
               : pair(seconds, parts);
}

static Object *object_to_timeval(Object *module, Object *o, Object *mode) {
    (void)module;
    return object_to_parts(o, mode, 1000000);
}

static Object *object_to_timespec(Object *module, Object *o, Object *mode) {
    (void)module;
    return object_to_parts(o, mode, NS_PER_SECOND);
}

// time_t has 64 bits: there is nothing to clamp.
BuiltinDef testcapi_time_functions[] = {
    BUILTIN("PyTime_AsMicroseconds", as_microseconds, "-($self, ns, rounding, /)", 0, NULL),
    BUILTIN("PyTime_AsMilliseconds", as_milliseconds, "-($self, ns, rounding, /)", 0, NULL),
    BUILTIN("PyTime_AsSecondsDouble", as_seconds_double, "-($self, ns, /)", 0, NULL),
    BUILTIN("PyTime_AsTimespec", as_timespec, "-($self, ns, /)", 0, NULL),
    BUILTIN("PyTime_AsTimespec_clamp", as_timespec, "-($self, ns, /)", 0, NULL),
    BUILTIN("PyTime_AsTimeval", as_timeval, "-($self, ns, rounding, /)", 0, NULL),
    BUILTIN("PyTime_AsTimeval_clamp", as_timeval, "-($self, ns, rounding, /)", 0, NULL),
    BUILTIN("PyTime_FromSeconds", from_seconds, "-($self, seconds, /)", 0, NULL),
    BUILTIN("PyTime_FromSecondsObject", from_seconds_object, "-($self, seconds, rounding, /)", 0, NULL),
    BUILTIN("pytime_object_to_time_t", object_to_time_t, "-($self, seconds, rounding, /)", 0, NULL),
    BUILTIN("pytime_object_to_timespec", object_to_timespec, "-($self, seconds, rounding, /)", 0, NULL),
    BUILTIN("pytime_object_to_timeval", object_to_timeval, "-($self, seconds, rounding, /)", 0, NULL),
    BUILTIN_END,
};
