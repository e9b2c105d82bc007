// time: clocks, sleeping, calendar time.
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <time.h>

#include "modules/fields.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/dict.h"
#include "objects/str.h"
#include "objects/struct_sequence.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

static Object *struct_time_type;

static const StructField time_fields[] = {
    { "tm_year", "year, for example, 1993" },
    { "tm_mon", "month of year, range [1, 12]" },
    { "tm_mday", "day of month, range [1, 31]" },
    { "tm_hour", "hours, range [0, 23]" },
    { "tm_min", "minutes, range [0, 59]" },
    { "tm_sec", "seconds, range [0, 61])" },
    { "tm_wday", "day of week, range [0, 6], Monday is 0" },
    { "tm_yday", "day of year, range [1, 366]" },
    { "tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown" },
    { "tm_zone", "abbreviation of timezone name" },
    { "tm_gmtoff", "offset from UTC in seconds" },
    { NULL, NULL },
};
static const StructSpec time_spec = { "time.struct_time", NULL, time_fields, 9 };

// ---- clocks

static Object *clock_seconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) < 0) {
        return raise_os_error(errno, NULL, NULL);
    }
    return float_from_double(timestamp_as_seconds(t.tv_sec * NS_PER_SECOND + t.tv_nsec));
}

static Object *clock_nanoseconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) < 0) {
        return raise_os_error(errno, NULL, NULL);
    }
    return int_from_i64((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

#define CLOCK(name, clock) \
    static Object *time_##name(Object *m) { \
        return clock_seconds(clock); \
    } \
    static Object *time_##name##_ns(Object *m) { \
        return clock_nanoseconds(clock); \
    }
CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)
#undef CLOCK

static Object *time_clock_gettime(Object *m, Object *o) {
    clockid_t clock;
    return int_field(o, &clock) < 0 ? NULL : clock_seconds(clock);
}
// (CPython counts its arguments in the name of clock_gettime.)
static Object *time_clock_gettime_ns(Object *m, Object *const *args, size_t nargs, Object *kwnames) {
    clockid_t clock;
    if (arguments_no_keywords("time.clock_gettime_ns", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 1) {
        return raise_error(&exc_TypeError, "clock_gettime() takes exactly 1 argument (%zu given)", nargs);
    }
    return int_field(args[0], &clock) < 0 ? NULL : clock_nanoseconds(clock);
}
static Object *time_clock_getres(Object *m, Object *o) {
    clockid_t clock;
    struct timespec t;
    if (int_field(o, &clock) < 0) {
        return NULL;
    }
    return clock_getres(clock, &t) < 0 ? raise_os_error(errno, NULL, NULL)
                                       : float_from_double((double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
}

static Object *set_clock(clockid_t clock, int64_t ns) {
    struct timespec t = timestamp_as_timespec(ns);
    return clock_settime(clock, &t) < 0 ? raise_os_error(errno, NULL, NULL) : NONE;
}

static Object *time_clock_settime(Object *m, Object *o, Object *seconds) {
    clockid_t clock;
    if (int_field(o, &clock) < 0) {
        return NULL;
    }
    int64_t ns;
    return timestamp_from_seconds(seconds, ROUND_FLOOR, &ns) < 0 ? NULL : set_clock(clock, ns);
}

static Object *time_clock_settime_ns(Object *m, Object *o, Object *nanoseconds) {
    clockid_t clock;
    if (int_field(o, &clock) < 0) {
        return NULL;
    }
    int64_t ns;
    return timestamp_from_nanoseconds(nanoseconds, &ns) < 0 ? NULL : set_clock(clock, ns);
}

// What an address that is no thread's does is up to the C library, which reads it: only the threads of
// this process are asked about.
static void find_thread(Thread *thread, void *context) {
    uint64_t *wanted = context;
    if (thread->id == *wanted) {
        *wanted = 0;
    }
}

static Object *time_pthread_getcpuclockid(Object *m, Object *o) {
    if (!int_check(o)) {
        return raise_error(&exc_TypeError, "pthread_getcpuclockid() argument 1 must be int, not %s",
                           o == NONE ? "None" : o->type->name);
    }
    uint64_t id = int_to_u64_mask(o), searched = id;
    thread_each(find_thread, &searched);
    clockid_t clock;
    int error = searched ? ESRCH : pthread_getcpuclockid((pthread_t)id, &clock);
    return error ? raise_os_error(error, NULL, NULL) : int_from_i64(clock);
}

static void *do_sleep(void *context) {
    struct timespec *t = context;
    int error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t, NULL);
    return (void *)(intptr_t)error;
}

static Object *time_sleep(Object *m, Object *seconds) {
    int64_t ns;
    if (timestamp_from_seconds(seconds, ROUND_TIMEOUT, &ns) < 0) {
        return NULL;
    }
    if (ns < 0) {
        return raise_error(&exc_ValueError, "sleep length must be non-negative");
    }
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now = t.tv_sec * NS_PER_SECOND + t.tv_nsec, deadline;
    if (__builtin_add_overflow(now, ns, &deadline)) {
        return raise_error(&exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
    }
    t = timestamp_as_timespec(deadline);
    while (true) {
        if (ns > 20 * NS_PER_MS && heap_before_blocking() < 0) {
            return NULL;
        }
        int error = (int)(intptr_t)blocking_call(do_sleep, &t);
        if (safepoint() < 0) {
            return NULL;
        }
        if (!error) {
            return NONE;
        }
        if (error != EINTR) {
            return raise_os_error(error, NULL, NULL);
        }
    }
}

// ---- calendar time

static Object *struct_time_new(const struct tm *t) {
    Object *values[11] = {
        int_from_i64((int64_t)t->tm_year + 1900),
        int_from_i64(t->tm_mon + 1),
        int_from_i64(t->tm_mday),
        int_from_i64(t->tm_hour),
        int_from_i64(t->tm_min),
        int_from_i64(t->tm_sec),
        int_from_i64((t->tm_wday + 6) % 7),
        int_from_i64(t->tm_yday + 1),
        int_from_i64(t->tm_isdst),
        str_from_cstring(t->tm_zone ? t->tm_zone : ""),
        int_from_i64(t->tm_gmtoff),
    };
    return struct_sequence_of((Type *)struct_time_type, values, 11);
}

static int seconds_argument(Object *o, time_t *seconds) {
    if (!o || o == NONE) {
        *seconds = time(NULL);
        return 0;
    }
    return timestamp_to_time_t(o, ROUND_FLOOR, seconds);
}

static Object *broken_down(Object *o, struct tm *(*convert)(const time_t *, struct tm *)) {
    time_t seconds;
    struct tm t;
    if (seconds_argument(o, &seconds) < 0) {
        return NULL;
    }
    errno = 0;
    return convert(&seconds, &t) ? struct_time_new(&t) : raise_os_error(errno ? errno : EINVAL, NULL, NULL);
}
static Object *time_gmtime(Object *m, Object *o) {
    return broken_down(o, gmtime_r);
}
static Object *time_localtime(Object *m, Object *o) {
    return broken_down(o, localtime_r);
}

static int tm_argument(Object *o, struct tm *t, const char *function) {
    memset(t, 0, sizeof(*t));
    if (!tuple_check(o)) {
        raise_error(&exc_TypeError, "Tuple or struct_time argument required");
        return -1;
    }
    if (tuple_size(o) != 9) {
        raise_error(&exc_TypeError, "%s(): illegal time tuple argument", function);
        return -1;
    }
    int *fields[9] = { &t->tm_year, &t->tm_mon,  &t->tm_mday, &t->tm_hour, &t->tm_min,
                       &t->tm_sec,  &t->tm_wday, &t->tm_yday, &t->tm_isdst };
    for (int i = 0; i < 9; i++) {
        *fields[i] = int_to_c_int(tuple_get(o, i));
        if (error_occurred()) {
            return -1;
        }
    }
    if (t->tm_year < INT32_MIN + 1900) {
        raise_error(&exc_OverflowError, "year out of range");
        return -1;
    }
    t->tm_year -= 1900;
    t->tm_mon--;
    t->tm_wday = (t->tm_wday + 1) % 7;
    t->tm_yday--;
    if (o->type == (Type *)struct_time_type) {
        Object *zone = object_getattr_cstring(o, "tm_zone"), *offset = object_getattr_cstring(o, "tm_gmtoff");
        if (zone && str_check(zone)) {
            t->tm_zone = str_utf8(zone, NULL);
        }
        if (offset && int_check(offset)) {
            t->tm_gmtoff = int_to_i64(offset);
        }
        error_clear();
    }
    return 0;
}

// The ranges that asctime and strftime insist on; a zero month, day or year day means the first.
static int check_ranges(struct tm *t) {
    const char *bad = NULL;
    if (t->tm_mon == -1) {
        t->tm_mon = 0;
    }
    if (t->tm_mday == 0) {
        t->tm_mday = 1;
    }
    if (t->tm_yday == -1) {
        t->tm_yday = 0;
    }
    if (t->tm_mon < 0 || t->tm_mon > 11) {
        bad = "month out of range";
    } else if (t->tm_mday < 0 || t->tm_mday > 31) {
        bad = "day of month out of range";
    } else if (t->tm_hour < 0 || t->tm_hour > 23) {
        bad = "hour out of range";
    } else if (t->tm_min < 0 || t->tm_min > 59) {
        bad = "minute out of range";
    } else if (t->tm_sec < 0 || t->tm_sec > 61) {
        bad = "seconds out of range";
    } else if (t->tm_wday < 0) {
        bad = "day of week out of range";
    } else if (t->tm_yday < 0 || t->tm_yday > 365) {
        bad = "day of year out of range";
    }
    if (bad) {
        raise_error(&exc_ValueError, "%s", bad);
    }
    return bad ? -1 : 0;
}

static Object *tm_text(const struct tm *t) {
    static const char *const days[7] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char text[64];
    snprintf(text, sizeof(text), "%s %s%3d %.2d:%.2d:%.2d %d", days[t->tm_wday % 7], months[t->tm_mon],
             t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec, 1900 + t->tm_year);
    return str_from_cstring(text);
}

static Object *time_asctime(Object *m, Object *o) {
    struct tm t;
    if (!o) {
        time_t now = time(NULL);
        localtime_r(&now, &t);
    } else if (tm_argument(o, &t, "asctime") < 0 || check_ranges(&t) < 0) {
        return NULL;
    }
    return tm_text(&t);
}

static Object *time_ctime(Object *m, Object *o) {
    time_t seconds;
    struct tm t;
    if (seconds_argument(o, &seconds) < 0) {
        return NULL;
    }
    return localtime_r(&seconds, &t) ? tm_text(&t) : raise_os_error(errno, NULL, NULL);
}

static Object *time_mktime(Object *m, Object *o) {
    struct tm t;
    if (tm_argument(o, &t, "mktime") < 0) {
        return NULL;
    }
    t.tm_wday = -1;
    time_t seconds = mktime(&t);
    if (seconds == -1 && t.tm_wday == -1) {
        return raise_error(&exc_OverflowError, "mktime argument out of range");
    }
    return float_from_double((double)seconds);
}

static Object *time_strftime(Object *m, Object *format, Object *o) {
    struct tm t;
    if (!str_check(format)) {
        return raise_error(&exc_TypeError, "strftime() argument 1 must be str, not %K", format);
    }
    if (!o) {
        time_t now = time(NULL);
        localtime_r(&now, &t);
    } else if (tm_argument(o, &t, "strftime") < 0 || check_ranges(&t) < 0) {
        return NULL;
    }
    t.tm_isdst = t.tm_isdst < -1 ? -1 : t.tm_isdst > 1 ? 1 : t.tm_isdst;
    if (str_find_char(format, 0, 0, str_length(format), 1) >= 0) {
        return raise_error(&exc_ValueError, "embedded null character");
    }
    const char *errors = "surrogateescape";
    Object *bytes = str_encode(format, "utf-8", errors);
    if (!bytes && error_matches(&exc_UnicodeEncodeError)) { // surrogates that stand for no byte
        error_clear();
        errors = "surrogatepass";
        bytes = str_encode(format, "utf-8", errors);
    }
    if (!bytes || !bytes_length(bytes)) {
        return bytes ? str_empty() : NULL;
    }
    for (size_t room = 1024;; room *= 2) {
        char *text = heap_alloc(room, CELL_BYTES);
        if (!text) {
            return NULL;
        }
        size_t n = strftime(text, room, bytes_data(bytes), &t);
        if (n || room >= 256 * (size_t)(str_length(format) + 1)) {
            return str_decode(text, (ssize_t)n, "utf-8", errors);
        }
    }
}

static Object *time_strptime(Object *m, Object *const *args, size_t nargs, Object *kwnames) {
    Object *function = import_get_attr("_strptime", "_strptime_time");
    return function ? call(function, args, nargs, kwnames) : NULL;
}

// ---- time zones

static int set_zones(Object *module) {
    tzset();
    const time_t year = 31556952;
    struct tm t;
    time_t now = time(NULL) / year * year;
    localtime_r(&now, &t);
    long january = -t.tm_gmtoff;
    char first[32], second[32];
    snprintf(first, sizeof(first), "%s", t.tm_zone ? t.tm_zone : "   ");
    now += year / 2;
    localtime_r(&now, &t);
    long july = -t.tm_gmtoff;
    snprintf(second, sizeof(second), "%s", t.tm_zone ? t.tm_zone : "   ");
    bool south = january < july;
    Object *a = str_from_cstring(south ? second : first), *b = str_from_cstring(south ? first : second);
    return module_add_int(module, "timezone", south ? july : january) < 0 ||
                   module_add_int(module, "altzone", south ? january : july) < 0 ||
                   module_add_int(module, "daylight", january != july) < 0 ||
                   module_add(module, "tzname", a && b ? tuple_pack(2, a, b) : NULL) < 0
               ? -1
               : 0;
}
static Object *time_tzset(Object *m) {
    return set_zones(m) < 0 ? NULL : NONE;
}

static Object *time_get_clock_info(Object *m, Object *name) {
    static const struct {
        const char *name, *text;
        clockid_t clock;
        bool monotonic, adjustable;
    } table[] = {
        { "time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true },
        { "monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false },
        { "perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false },
        { "process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true, false },
        { "thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false },
    };
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "get_clock_info() argument 1 must be str, not %K", name);
    }
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (str_equal_cstring(name, table[i].name)) {
            struct timespec t;
            clock_getres(table[i].clock, &t);
            Object *dict = dict_new(), *text = str_from_cstring(table[i].text);
            Object *resolution = float_from_double((double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
            if (!dict || !text || !resolution || dict_set_cstring(dict, "implementation", text) < 0 ||
                dict_set_cstring(dict, "monotonic", bool_from(table[i].monotonic)) < 0 ||
                dict_set_cstring(dict, "adjustable", bool_from(table[i].adjustable)) < 0 ||
                dict_set_cstring(dict, "resolution", resolution) < 0) {
                return NULL;
            }
            return simple_namespace_new(dict);
        }
    }
    return raise_error(&exc_ValueError, "unknown clock");
}

static BuiltinDef functions[] = {
    BUILTIN("time", time_time, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("time_ns", time_time_ns, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("monotonic", time_monotonic, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("monotonic_ns", time_monotonic_ns, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("perf_counter", time_perf_counter, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("perf_counter_ns", time_perf_counter_ns, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("process_time", time_process_time, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("process_time_ns", time_process_time_ns, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("thread_time", time_thread_time, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("thread_time_ns", time_thread_time_ns, "-($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("clock_gettime", time_clock_gettime, "|-($module, clk_id, /)", 0, NULL),
    BUILTIN("clock_gettime_ns", time_clock_gettime_ns, "-($module, /, *args)", 0, NULL),
    BUILTIN("clock_getres", time_clock_getres, "|-($module, clk_id, /)", 0, NULL),
    BUILTIN("clock_settime", time_clock_settime, "-|($module, clk_id, time, /)", 0, NULL),
    BUILTIN("clock_settime_ns", time_clock_settime_ns, "-|($module, clk_id, time, /)", 0, NULL),
    BUILTIN("pthread_getcpuclockid", time_pthread_getcpuclockid, "-|($module, thread_id, /)", 0, NULL),
    BUILTIN("sleep", time_sleep, "-($module, seconds, /)", 0, NULL),
    BUILTIN("gmtime", time_gmtime, "|-($module, seconds=None, /)", 0, NULL),
    BUILTIN("localtime", time_localtime, "|-($module, seconds=None, /)", 0, NULL),
    BUILTIN("asctime", time_asctime, "-($module, tuple=None, /)", 0, NULL),
    BUILTIN("ctime", time_ctime, "|-($module, seconds=None, /)", 0, NULL),
    BUILTIN("mktime", time_mktime, "-($module, tuple, /)", 0, NULL),
    BUILTIN("strftime", time_strftime, "|-($module, format, tuple=None, /)", 0, NULL),
    BUILTIN("strptime", time_strptime, NULL, 0, NULL),
    BUILTIN("tzset", time_tzset, "-($module, /)", 0, NULL),
    BUILTIN("get_clock_info", time_get_clock_info, "|-($module, name, /)", 0, NULL),
    BUILTIN_END,
};

static int time_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } clocks[] = {
        { "CLOCK_REALTIME", CLOCK_REALTIME },
        { "CLOCK_MONOTONIC", CLOCK_MONOTONIC },
        { "CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW },
        { "CLOCK_BOOTTIME", CLOCK_BOOTTIME },
        { "CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID },
        { "CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID },
        { "CLOCK_TAI", CLOCK_TAI },
        { "_STRUCT_TM_ITEMS", 11 },
    };
    if (!struct_time_type) {
        heap_add_root(&struct_time_type, 1);
        struct_time_type = (Object *)struct_sequence_type_new(&time_spec);
    }
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        if (module_add_int(module, clocks[i].name, clocks[i].value) < 0) {
            return -1;
        }
    }
    return module_add(module, "struct_time", struct_time_type) < 0 ? -1 : set_zones(module);
}

const ModuleSpec module_time = { "time", NULL, functions, time_exec };
