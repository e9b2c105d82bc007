// datetime.datetime: a date and a time of day, with an optional tzinfo; and reading clocks.
#include <math.h>
#include <time.h>

#include "modules/datetime/datetime.h"
#include "vm/runtime.h"

Type datetime_type;
Object *datetime_epoch;

Moment datetime_moment(const Object *o) {
    const DateTime *d = (const DateTime *)o;
    return (Moment){
        .year = date_year(o),
        .month = date_month(o),
        .day = date_day(o),
        .hour = d->data[4],
        .minute = d->data[5],
        .second = d->data[6],
        .microsecond = read_microsecond(d->data + 7),
        .fold = d->fold,
        .tzinfo = datetime_tzinfo(o),
    };
}

static Object *datetime_from_bytes(Type *type, const uint8_t *data, int fold, Object *tzinfo) {
    DateTime *datetime = (DateTime *)object_alloc(type);
    if (!datetime) {
        return NULL;
    }
    datetime->hash = -1;
    memcpy(datetime->data, data, 10);
    datetime->fold = (uint8_t)fold;
    if (tzinfo != NONE) {
        datetime->has_tzinfo = 1;
        gc_init(&datetime->tzinfo, tzinfo);
    }
    return &datetime->base;
}

Object *datetime_allocate(Type *type, const Moment *m) {
    if (check_date(m->year, m->month, m->day) < 0 || check_time(m) < 0 || check_tzinfo(m->tzinfo) < 0) {
        return NULL;
    }
    uint8_t data[10];
    write_date(data, m->year, m->month, m->day);
    write_time(data + 4, m);
    return datetime_from_bytes(type, data, m->fold, m->tzinfo);
}

Object *datetime_new_of(Object *type, const Moment *m) {
    if (type == (Object *)&datetime_type) {
        return datetime_allocate(&datetime_type, m);
    }
    int fields[7] = { m->year, m->month, m->day, m->hour, m->minute, m->second, m->microsecond };
    Object *args[8] = { [7] = m->tzinfo };
    for (int i = 0; i < 7; i++) {
        if (!(args[i] = int_from_i64(fields[i]))) {
            return NULL;
        }
    }
    Object *result = call(type, args, 8, NULL);
    if (result && m->fold && datetime_check(result)) {
        ((DateTime *)result)->fold = 1;
    }
    return result;
}

static Object *datetime_from_state(Type *type, Object *state, Object *tzinfo) {
    if (tzinfo != NONE && !object_is_instance(tzinfo, &tzinfo_type)) {
        return raise_error(&exc_TypeError, "bad tzinfo state arg");
    }
    uint8_t data[10];
    memcpy(data, bytes_data(state), 10);
    int fold = data[2] >> 7;
    data[2] &= 0x7f;
    return datetime_from_bytes(type, data, fold, tzinfo);
}

static const char *const field_names[] = { "year",   "month",       "day",    "hour", "minute",
                                           "second", "microsecond", "tzinfo", "fold" };

static Object *datetime_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const FieldFormat format = { NULL, field_names, "iiiiiiiOi", 3, 8 };
    if (nargs >= 1 && nargs <= 2 && !(kwnames && tuple_size(kwnames))) {
        Object *state = args[0], *tzinfo = nargs == 2 ? args[1] : NONE;
        if (bytes_check(state) && bytes_length(state) == 10 &&
            (uint8_t)((bytes_data(state)[2] & 0x7f) - 1) < 12) {
            return datetime_from_state(type, state, tzinfo);
        }
        if (str_check(state) && str_length(state) == 10 && (str_read(state, 2) & 0x7f) - 1 < 12) {
            Object *bytes = str_encode(state, "latin-1", "strict");
            if (!bytes && error_clear_if(&exc_UnicodeEncodeError)) {
                return raise_error(&exc_ValueError,
                                   "Failed to encode latin1 string when unpickling a datetime object. "
                                   "pickle.load(data, encoding='latin1') is assumed.");
            }
            return bytes ? datetime_from_state(type, bytes, tzinfo) : NULL;
        }
    }
    int f[9] = {};
    Object *objects[9] = { [7] = NONE };
    if (fields_bind(&format, args, nargs, kwnames, f, objects) < 0) {
        return NULL;
    }
    Moment m = { f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[8], objects[7] };
    return datetime_allocate(type, &m);
}

static void datetime_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((DateTime *)self)->tzinfo);
}

// ---- seconds since the year 1, and clocks

static const int64_t epoch_seconds = (int64_t)719163 * DAY_SECONDS;  // 1970-01-01
static const int64_t fold_most = 24 * 3600;  // no clock is ever set back by more

static int64_t seconds_of(int year, int month, int day, int hour, int minute, int second) {
    // A year of struct tm may lie outside of those that dates have.
    if (year < YEAR_LEAST || year > YEAR_MOST) {
        raise_error(&exc_ValueError, "year %i is out of range", year);
        return -1;
    }
    return ((int64_t)ordinal_of(year, month, day) * 24 + hour) * 3600 + minute * 60 + second;
}

static int broken_down(int64_t seconds, bool local, struct tm *t) {
    time_t time = (time_t)seconds;
    errno = 0;
    if (!(local ? localtime_r(&time, t) : gmtime_r(&time, t))) {
        raise_os_error(errno ? errno : EINVAL, NULL, NULL);
        return -1;
    }
    return 0;
}

// What the local clock shows, as seconds since the year 1. -1 with an exception.
static int64_t local_seconds(int64_t seconds) {
    struct tm t;
    return broken_down(seconds - epoch_seconds, true, &t) < 0
               ? -1
               : seconds_of(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

// The UTC seconds at which the local clock shows `m`: PEP 495's algorithm.
static int64_t local_to_utc(const Moment *m) {
    int64_t t = seconds_of(m->year, m->month, m->day, m->hour, m->minute, m->second);
    int64_t shown = t < 0 ? -1 : local_seconds(t);
    if (shown == -1) {
        return -1;
    }
    int64_t a = shown - t, b, u1 = t - a, t1 = local_seconds(u1);
    if (t1 == -1) {
        return -1;
    }
    if (t1 == t) {
        // One solution; is there another with the offset on the other side?
        int64_t u2 = u1 + (m->fold ? fold_most : -fold_most);
        shown = local_seconds(u2);
        if (shown == -1) {
            return -1;
        }
        b = shown - u2;
        if (a == b) {
            return u1;
        }
    } else {
        b = t1 - u1;
    }
    int64_t u2 = t - b, t2 = local_seconds(u2);
    if (t2 == -1) {
        return -1;
    }
    if (t2 == t) {
        return u2;
    }
    if (t1 == t) {
        return u1;
    }
    // The time is in a gap: neither solves it.
    return (u1 < u2) == (m->fold != 0) ? u1 : u2;
}

int timestamp_argument(Object *o, bool half_even, int64_t *seconds, int *microseconds) {
    if (float_check(o)) {
        double value = float_value(o);
        if (isnan(value)) {
            raise_error(&exc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        double whole, rest = 0;
        if (half_even) {
            rest = modf(value, &whole) * 1e6;
            double rounded = rint(rest);
            rest = rounded;
            if (rest >= 1e6) {
                rest -= 1e6;
                whole += 1.0;
            } else if (rest < 0) {
                rest += 1e6;
                whole -= 1.0;
            }
        } else {
            whole = floor(value);
        }
        if (!(whole >= -0x1p63 && whole < 0x1p63)) {
            raise_error(&exc_OverflowError, "timestamp out of range for platform time_t");
            return -1;
        }
        *seconds = (int64_t)whole;
        if (microseconds) {
            *microseconds = (int)rest;
        }
        return 0;
    }
    Object *index = number_index(o);
    if (!index) {
        return -1;
    }
    int overflow;
    *seconds = int_as_i64(index, &overflow);
    if (overflow) {
        raise_error(&exc_OverflowError, "timestamp out of range for platform time_t");
        return -1;
    }
    if (microseconds) {
        *microseconds = 0;
    }
    return 0;
}

static Object *from_clock(Object *cls, int64_t seconds, int microsecond, bool local, Object *tzinfo) {
    struct tm t;
    if (broken_down(seconds, local, &t) < 0) {
        return NULL;
    }
    Moment m = {
        t.tm_year + 1900, t.tm_mon + 1,
        t.tm_mday,        t.tm_hour,
        t.tm_min,         t.tm_sec < 59 ? t.tm_sec : 59,
        microsecond,      0,
        tzinfo,
    };
    if (local && tzinfo == NONE && seconds > fold_most) {
        // Was the clock set back within the last day, and does it show this for the second time?
        int64_t shown = seconds_of(m.year, m.month, m.day, m.hour, m.minute, m.second);
        int64_t earlier = shown == -1 ? -1 : local_seconds(epoch_seconds + seconds - fold_most);
        if (earlier == -1) {
            return NULL;
        }
        int64_t transition = shown - earlier - fold_most;
        if (transition < 0) {
            earlier = local_seconds(epoch_seconds + seconds + transition);
            if (earlier == -1) {
                return NULL;
            }
            m.fold = earlier == shown;
        }
    }
    return datetime_new_of(cls, &m);
}

static Object *from_now(Object *cls, bool local, Object *tzinfo) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return from_clock(cls, now.tv_sec, (int)(now.tv_nsec / 1000), local, tzinfo);
}

static Object *through_fromutc(Object *result, Object *tzinfo) {
    return result && tzinfo != NONE ? call_method1(tzinfo, names.fromutc, result) : result;
}

static Object *datetime_now(Object *cls, Object *tz) {
    tz = tz ? tz : NONE;
    return check_tzinfo(tz) < 0 ? NULL : through_fromutc(from_now(cls, tz == NONE, tz), tz);
}

static Object *datetime_utcnow(Object *cls) {
    return from_now(cls, false, NONE);
}

static Object *datetime_fromtimestamp(Object *cls, Object *timestamp, Object *tz) {
    int64_t seconds;
    int microseconds;
    tz = tz ? tz : NONE;
    if (check_tzinfo(tz) < 0 || timestamp_argument(timestamp, true, &seconds, &microseconds) < 0) {
        return NULL;
    }
    return through_fromutc(from_clock(cls, seconds, microseconds, tz == NONE, tz), tz);
}

static Object *datetime_utcfromtimestamp(Object *cls, Object *timestamp) {
    int64_t seconds;
    int microseconds;
    return timestamp_argument(timestamp, true, &seconds, &microseconds) < 0
               ? NULL
               : from_clock(cls, seconds, microseconds, false, NONE);
}

static Object *datetime_strptime(Object *cls, Object *text, Object *format) {
    Object *arguments[2] = { text, format };
    for (int i = 0; i < 2; i++) {
        if (!str_check(arguments[i])) {
            return raise_error(&exc_TypeError, "strptime() argument %d must be str, not %s", i + 1,
                               arguments[i] == NONE ? "None" : arguments[i]->type->name);
        }
    }
    Object *function = import_get_attr("_strptime", "_strptime_datetime");
    return function ? call3(function, cls, text, format) : NULL;
}

static Object *datetime_combine(Object *cls, Object *date, Object *time, Object *tzinfo) {
    if (!date_check(date)) {
        return raise_error(&exc_TypeError, "combine() argument 1 must be datetime.date, not %s",
                           date == NONE ? "None" : date->type->name);
    }
    if (!time) {
        return raise_error(&exc_TypeError, "combine() missing required argument 'time' (pos 2)");
    }
    if (!time_check(time)) {
        return raise_error(&exc_TypeError, "combine() argument 2 must be datetime.time, not %s",
                           time == NONE ? "None" : time->type->name);
    }
    Moment m = time_moment(time);
    m.year = date_year(date);
    m.month = date_month(date);
    m.day = date_day(date);
    if (tzinfo) {
        m.tzinfo = tzinfo;
    }
    return datetime_new_of(cls, &m);
}

// ---- asking the tzinfo

static Object *datetime_utcoffset(Object *self) {
    return tzinfo_utcoffset(datetime_tzinfo(self), self);
}
static Object *datetime_dst(Object *self) {
    return tzinfo_dst(datetime_tzinfo(self), self);
}
static Object *datetime_tzname(Object *self) {
    return tzinfo_tzname(datetime_tzinfo(self), self);
}

// ---- arithmetic

static int64_t ordinal(const Object *o) {
    return ordinal_of(date_year(o), date_month(o), date_day(o));
}
static int64_t seconds_in_day(const Object *o) {
    const DateTime *d = (const DateTime *)o;
    return d->data[4] * 3600 + d->data[5] * 60 + d->data[6];
}

Object *datetime_add_delta(Object *o, const Object *delta, int factor) {
    const Delta *d = (const Delta *)delta;
    int64_t us = read_microsecond(((DateTime *)o)->data + 7) + (int64_t)factor * d->microseconds;
    int64_t seconds = seconds_in_day(o) + (int64_t)factor * d->seconds + floor_divide(us, 1000000, &us);
    int64_t shift = (int64_t)factor * d->days + floor_divide(seconds, DAY_SECONDS, &seconds);
    Moment m = {
        .hour = (int)seconds / 3600,
        .minute = (int)seconds / 60 % 60,
        .second = (int)seconds % 60,
        .microsecond = (int)us,
        .tzinfo = datetime_tzinfo(o),
    };
    if (!shift && o->type == &datetime_type) { // the same day: its bytes are right as they are
        uint8_t data[10];
        memcpy(data, ((DateTime *)o)->data, 4);
        write_time(data + 4, &m);
        return datetime_from_bytes(&datetime_type, data, 0, m.tzinfo);
    }
    int64_t days = ordinal(o) + shift;
    if (days < 1 || days > ORDINAL_MOST) {
        return raise_error(&exc_OverflowError, "date value out of range");
    }
    ordinal_split((int)days, &m.year, &m.month, &m.day);
    return datetime_new_of((Object *)o->type, &m);
}

static Object *datetime_add(Object *a, Object *b) {
    if (datetime_check(a)) {
        return timedelta_check(b) ? datetime_add_delta(a, b, 1) : NOT_IMPLEMENTED;
    }
    return datetime_check(b) && timedelta_check(a) ? datetime_add_delta(b, a, 1) : NOT_IMPLEMENTED;
}

static Object *difference(const Object *a, const Object *b) {
    return delta_normalize(ordinal(a) - ordinal(b), seconds_in_day(a) - seconds_in_day(b),
                           read_microsecond(((const DateTime *)a)->data + 7) -
                               read_microsecond(((const DateTime *)b)->data + 7));
}

static Object *datetime_subtract(Object *a, Object *b) {
    if (!datetime_check(a)) {
        return NOT_IMPLEMENTED;
    }
    if (timedelta_check(b)) {
        return datetime_add_delta(a, b, -1);
    }
    if (!datetime_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (datetime_tzinfo(a) == datetime_tzinfo(b)) {
        return difference(a, b);
    }
    Object *x = datetime_utcoffset(a), *y = x ? datetime_utcoffset(b) : NULL;
    if (!y) {
        return NULL;
    }
    if ((x == NONE) != (y == NONE)) {
        return raise_error(&exc_TypeError, "can't subtract offset-naive and offset-aware datetimes");
    }
    Object *result = difference(a, b);
    if (!result || x == NONE || !delta_compare(x, y)) {
        return result;
    }
    Object *shift = delta_subtract(x, y);
    return shift ? delta_subtract(result, shift) : NULL;
}

// ---- comparison and hash

// Whether the offset of `o` would be another one with the other fold (PEP 495): 1, 0, -1.
static int offset_depends_on_fold(Object *o, Object *offset) {
    DateTime *d = (DateTime *)o;
    Object *flipped = datetime_from_bytes(&datetime_type, d->data, !d->fold, datetime_tzinfo(o));
    Object *other = flipped ? datetime_utcoffset(flipped) : NULL;
    if (!other) {
        return -1;
    }
    return other != offset && (other == NONE || offset == NONE || delta_compare(other, offset));
}

static int offsets_are_problematic(Object *a, Object *b, Object *x, Object *y) {
    int result = offset_depends_on_fold(a, x);
    return result ? result : offset_depends_on_fold(b, y);
}

// By their ten bytes, as memcmp does.
static int order_of(const Object *a, const Object *b) {
    const uint8_t *x = ((const DateTime *)a)->data, *y = ((const DateTime *)b)->data;
    uint64_t first, second;
    memcpy(&first, x, 8);
    memcpy(&second, y, 8);
    if (first != second) {
        return __builtin_bswap64(first) < __builtin_bswap64(second) ? -1 : 1;
    }
    return x[8] != y[8] ? x[8] - y[8] : x[9] - y[9];
}

static Object *datetime_compare(Object *a, Object *b, CompareOp op) {
    if (!datetime_check(b)) {
        if (!date_check(b)) {
            return NOT_IMPLEMENTED;
        }
        // Not date's comparison, which would look at the dates only.
        if (op == CMP_EQ || op == CMP_NE) {
            return bool_from(op == CMP_NE);
        }
        return raise_error(&exc_TypeError, "can't compare %s to %s", a->type->name, b->type->name);
    }
    int order;
    bool equality = op == CMP_EQ || op == CMP_NE;
    if (datetime_tzinfo(a) == datetime_tzinfo(b)) {
        order = order_of(a, b);
    } else {
        Object *x = datetime_utcoffset(a), *y = x ? datetime_utcoffset(b) : NULL;
        if (!y) {
            return NULL;
        }
        if ((x == NONE) != (y == NONE)) {
            return equality
                       ? bool_from(op == CMP_NE)
                       : raise_error(&exc_TypeError, "can't compare offset-naive and offset-aware datetimes");
        }
        if (x == y || !delta_compare(x, y)) {
            order = order_of(a, b);
        } else {
            Object *result = difference(a, b), *shift = result ? delta_subtract(x, y) : NULL;
            result = shift ? delta_subtract(result, shift) : NULL;
            if (!result) {
                return NULL;
            }
            order = ((Delta *)result)->days < 0 ? -1 : !delta_is_zero(result);
        }
        if (equality && !order) {
            order = offsets_are_problematic(a, b, x, y);
            if (order < 0) {
                return NULL;
            }
        }
    }
    return compare_result(order, op);
}

// What has the same tzinfo is compared by its fields, which are packed here: 14 bits of the year, 4, 5, 5, 6, 6 and 20.
static bool datetime_sort_key(const Object *o, const Object *first, uint64_t *key) {
    const uint8_t *d = ((const DateTime *)o)->data;
    uint64_t word = (uint64_t)d[0] << 8 | d[1];
    word = ((word << 4 | d[2]) << 5 | d[3]) << 5 | d[4];
    word = (word << 6 | d[5]) << 6 | d[6];
    *key = word << 20 | (uint64_t)d[7] << 16 | (uint64_t)d[8] << 8 | d[9];
    return datetime_tzinfo(o) == datetime_tzinfo(first);
}

static hash_t datetime_plain_hash(Object *o) {
    DateTime *d = (DateTime *)o;
    hash_t hash = __atomic_load_n(&d->hash, __ATOMIC_RELAXED);
    if (hash == -1 && !d->has_tzinfo) {
        hash = hash_bytes(d->data, 10);
        __atomic_store_n(&d->hash, hash, __ATOMIC_RELAXED);
    }
    return hash;
}

static hash_t datetime_hash(Object *o) {
    DateTime *d = (DateTime *)o;
    hash_t hash = __atomic_load_n(&d->hash, __ATOMIC_RELAXED);
    if (hash != -1) {
        return hash;
    }
    Object *asked = o;
    if (d->fold && d->has_tzinfo) {
        asked = datetime_from_bytes(&datetime_type, d->data, 0, datetime_tzinfo(o));
        if (!asked) {
            return -1;
        }
    }
    Object *offset = datetime_utcoffset(asked);
    if (!offset) {
        return -1;
    }
    if (offset == NONE) {
        hash = hash_bytes(d->data, 10);
    } else {
        Object *delta = delta_normalize(ordinal(o), seconds_in_day(o), read_microsecond(d->data + 7));
        delta = delta ? delta_subtract(delta, offset) : NULL;
        hash = delta ? object_hash(delta) : -1;
    }
    __atomic_store_n(&d->hash, hash, __ATOMIC_RELAXED);
    return hash;
}

// ---- text

static Object *datetime_repr(Object *o) {
    Moment m = datetime_moment(o);
    char text[96];
    int n = snprintf(text, sizeof text, "%d, %d, %d, %d, %d", m.year, m.month, m.day, m.hour, m.minute);
    if (m.second || m.microsecond) {
        n += snprintf(text + n, sizeof text - (size_t)n, ", %d", m.second);
    }
    if (m.microsecond) {
        snprintf(text + n, sizeof text - (size_t)n, ", %d", m.microsecond);
    }
    const char *fold = m.fold ? ", fold=1" : "";
    return m.tzinfo == NONE ? str_format("%s(%s%s)", o->type->name, text, fold)
                            : str_format("%s(%s%s, tzinfo=%R)", o->type->name, text, fold, m.tzinfo);
}

static Object *write_iso(Object *self, uint32_t separator, TimeSpec spec) {
    Moment m = datetime_moment(self);
    char text[3 * TIME_TEXT_MOST], *p = write_digits(text, m.year, 4);
    *p++ = '-';
    p = write_digits(p, m.month, 2);
    *p++ = '-';
    p = write_digits(p, m.day, 2);
    *p++ = separator < 128 ? (char)separator : 'T';
    p = write_time_text(p, &m, spec);
    if (m.tzinfo != NONE && !(p = write_offset(p, ":", m.tzinfo, self))) {
        return NULL;
    }
    if (separator < 128) {
        return str_from_ascii(text, p - text);
    }
    StrBuilder b;
    str_builder_init(&b, p - text);
    return str_builder_bytes(&b, text, 10) < 0 || str_builder_char(&b, separator) < 0 ||
                   str_builder_bytes(&b, text + 11, (size_t)(p - text) - 11) < 0
               ? NULL
               : str_builder_finish(&b);
}

static Object *datetime_isoformat(Object *self, Object *separator, Object *timespec) {
    TimeSpec spec;
    if (separator && (!str_check(separator) || str_length(separator) != 1)) {
        return raise_error(&exc_TypeError, "isoformat() argument 1 must be a unicode character, not %s",
                           separator == NONE ? "None" : separator->type->name);
    }
    if (timespec_argument(timespec, "isoformat", 2, &spec) < 0) {
        return NULL;
    }
    return write_iso(self, separator ? str_read(separator, 0) : 'T', spec);
}

static Object *datetime_str(Object *self) {
    if (self->type == &datetime_type) {
        return write_iso(self, ' ', SPEC_AUTO);
    }
    Object *space = str_from_char(' ');
    return space ? call_method1(self, names.isoformat, space) : NULL;
}

static Object *datetime_ctime(Object *self) {
    Moment m = datetime_moment(self);
    return format_ctime(&m);
}

// date's strftime, with %z and %Z from the datetime itself.
static Object *datetime_timetuple(Object *self) {
    Moment m = datetime_moment(self);
    int dst = -1;
    if (m.tzinfo != NONE) {
        Object *delta = datetime_dst(self);
        if (!delta) {
            return NULL;
        }
        dst = delta == NONE ? -1 : !delta_is_zero(delta);
    }
    return struct_time_new(&m, dst);
}

static Object *datetime_utctimetuple(Object *self) {
    Object *offset = datetime_tzinfo(self) == NONE ? NONE : datetime_utcoffset(self);
    if (!offset) {
        return NULL;
    }
    Moment m = datetime_moment(self);
    if (offset != NONE) {
        const Delta *d = (const Delta *)offset;
        int64_t us = m.microsecond - d->microseconds, rest;
        int64_t seconds = seconds_in_day(self) - d->seconds + floor_divide(us, 1000000, &us);
        int64_t days = ordinal(self) - d->days + floor_divide(seconds, DAY_SECONDS, &rest);
        if (days < 1 || days > ORDINAL_MOST) {
            return raise_error(&exc_OverflowError, "date value out of range");
        }
        ordinal_split((int)days, &m.year, &m.month, &m.day);
        m.hour = (int)rest / 3600;
        m.minute = (int)rest / 60 % 60;
        m.second = (int)rest % 60;
    }
    return struct_time_new(&m, 0);
}

// ---- conversions

static Object *datetime_date(Object *self) {
    return date_new(date_year(self), date_month(self), date_day(self));
}
static Object *datetime_timetz(Object *self) {
    Moment m = datetime_moment(self);
    return time_allocate(&time_type, &m);
}
static Object *datetime_time(Object *self) {
    Moment m = datetime_moment(self);
    m.tzinfo = NONE;
    return time_allocate(&time_type, &m);
}

static Object *datetime_timestamp(Object *self) {
    Moment m = datetime_moment(self);
    if (m.tzinfo != NONE) {
        Object *delta = datetime_subtract(self, datetime_epoch);
        return delta ? call_method0(delta, names.total_seconds) : NULL;
    }
    int64_t seconds = local_to_utc(&m);
    return seconds == -1 ? NULL
                         : float_from_double((double)(seconds - epoch_seconds) + (double)m.microsecond / 1e6);
}

static Object *datetime_replace(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const FieldFormat format = { "replace", field_names, "iiiiiiiOi", 0, 8 };
    Moment m = datetime_moment(self);
    int f[9] = { m.year, m.month, m.day, m.hour, m.minute, m.second, m.microsecond, 0, m.fold };
    Object *objects[9] = { [7] = m.tzinfo };
    if (fields_bind(&format, args, nargs, kwnames, f, objects) < 0) {
        return NULL;
    }
    if (f[8] != 0 && f[8] != 1) {
        return raise_error(&exc_ValueError, "fold must be either 0 or 1");
    }
    m = (Moment){ f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[8], objects[7] };
    return datetime_new_of((Object *)self->type, &m);
}

static Object *local_zone_of_utc(Object *utc) {
    Object *delta = difference(utc, datetime_epoch);
    return delta ? local_timezone((int64_t)((Delta *)delta)->days * DAY_SECONDS + ((Delta *)delta)->seconds)
                 : NULL;
}

static Object *local_zone_of(Object *local) {
    Moment m = datetime_moment(local);
    int64_t seconds = local_to_utc(&m);
    return seconds == -1 ? NULL : local_timezone(seconds - epoch_seconds);
}

static Object *datetime_astimezone(Object *self, Object *tz) {
    tz = tz ? tz : NONE;
    if (check_tzinfo(tz) < 0) {
        return NULL;
    }
    Object *zone = datetime_tzinfo(self), *offset = NONE;
    if (zone != NONE && zone != tz) {
        offset = datetime_utcoffset(self);
        if (!offset) {
            return NULL;
        }
    }
    if (zone != NONE && zone == tz) {
        return self;
    }
    if (offset == NONE) {
        zone = local_zone_of(self);
        if (!zone || zone == tz) {
            return zone ? self : NULL;
        }
        offset = tzinfo_utcoffset(zone, self);
        if (!offset) {
            return NULL;
        }
    }
    Object *result = datetime_add_delta(self, offset, -1);
    if (!result) {
        return NULL;
    }
    if (!datetime_check(result)) {
        return raise_error(&exc_TypeError, "fromutc: argument must be a datetime");
    }
    // The same time as UTC, then with `tz` attached.
    if (tz == NONE && !(tz = local_zone_of_utc(result))) {
        return NULL;
    }
    Moment m = datetime_moment(result);
    m.tzinfo = tz;
    m.fold = 0;
    result = datetime_new_of((Object *)result->type, &m);
    return result ? call_method1(tz, names.fromutc, result) : NULL;
}

// ---- pickling

static Object *datetime_state(Object *self, bool with_fold) {
    DateTime *d = (DateTime *)self;
    uint8_t data[10];
    memcpy(data, d->data, 10);
    if (with_fold && d->fold) {
        data[2] |= 0x80;
    }
    Object *state = bytes_from(data, 10);
    Object *args = !state ? NULL : d->has_tzinfo ? tuple_pack(2, state, d->tzinfo) : tuple_pack(1, state);
    return args ? tuple_pack(2, self->type, args) : NULL;
}

static Object *datetime_reduce_ex(Object *self, Object *protocol) {
    int number;
    return int_field(protocol, &number) < 0 ? NULL : datetime_state(self, number > 3);
}

static Object *datetime_reduce(Object *self) {
    return datetime_state(self, false);
}

static Object *get_tzinfo(Object *o, void *closure) {
    (void)closure;
    return datetime_tzinfo(o);
}
static GetSetDef datetime_getsets[] = {
    { "hour", get_byte_field, NULL, NULL, (void *)offsetof(DateTime, data[4]) },
    { "minute", get_byte_field, NULL, NULL, (void *)offsetof(DateTime, data[5]) },
    { "second", get_byte_field, NULL, NULL, (void *)offsetof(DateTime, data[6]) },
    { "microsecond", get_microsecond_field, NULL, NULL, (void *)offsetof(DateTime, data[7]) },
    { "tzinfo", get_tzinfo, NULL, NULL, NULL },
    { "fold", get_byte_field, NULL, NULL, (void *)offsetof(DateTime, fold) },
    { 0 },
};

static BuiltinDef datetime_methods[] = {
    BUILTIN("now", datetime_now, "($type, /, tz=None)", BUILTIN_CLASS, NULL),
    BUILTIN("utcnow", datetime_utcnow, "-($type, /)", BUILTIN_CLASS, NULL),
    BUILTIN("fromtimestamp", datetime_fromtimestamp, "-($type, timestamp, tz=None)", BUILTIN_CLASS, NULL),
    BUILTIN("utcfromtimestamp", datetime_utcfromtimestamp, "-|($type, timestamp, /)", BUILTIN_CLASS, NULL),
    BUILTIN("strptime", datetime_strptime, "-|($type, text, format, /)", BUILTIN_CLASS, NULL),
    BUILTIN("combine", datetime_combine, "-($type, date, time=None, tzinfo=True)", BUILTIN_CLASS, NULL),
    BUILTIN("fromisoformat", datetime_fromisoformat, "-($type, text, /)", BUILTIN_CLASS, NULL),
    BUILTIN("date", datetime_date, "-($self, /)", 0, NULL),
    BUILTIN("time", datetime_time, "-($self, /)", 0, NULL),
    BUILTIN("timetz", datetime_timetz, "-($self, /)", 0, NULL),
    BUILTIN("ctime", datetime_ctime, "-($self, /)", 0, NULL),
    BUILTIN("timetuple", datetime_timetuple, "-($self, /)", 0, NULL),
    BUILTIN("timestamp", datetime_timestamp, "-($self, /)", 0, NULL),
    BUILTIN("utctimetuple", datetime_utctimetuple, "-($self, /)", 0, NULL),
    BUILTIN("isoformat", datetime_isoformat, "-($self, sep='T', timespec='auto')", 0, NULL),
    BUILTIN("utcoffset", datetime_utcoffset, "-($self, /)", 0, NULL),
    BUILTIN("tzname", datetime_tzname, "-($self, /)", 0, NULL),
    BUILTIN("dst", datetime_dst, "-($self, /)", 0, NULL),
    BUILTIN("replace", datetime_replace, NULL, 0, NULL),
    BUILTIN("astimezone", datetime_astimezone, "-($self, tz=None)", 0, NULL),
    BUILTIN("__reduce_ex__", datetime_reduce_ex, "-|($self, protocol, /)", 0, NULL),
    BUILTIN("__reduce__", datetime_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec datetime_spec = {
    .name = "datetime.datetime", .base = &date_type, .basic_size = sizeof(DateTime), .flags = TF_BASE,
    .methods = datetime_methods, .getsets = datetime_getsets, .trace = datetime_trace,
    .plain_hash = datetime_plain_hash, .sort_key = datetime_sort_key,
    .slots = { .getattr = object_generic_getattr,
        .new = datetime_type_new, .repr = datetime_repr, .str = datetime_str, .hash = datetime_hash,
        .compare = datetime_compare, .add = datetime_add, .subtract = datetime_subtract,
    },
};
