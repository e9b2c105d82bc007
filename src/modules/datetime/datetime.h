// What the files of `_datetime` share: the layouts (CPython's, extension modules look into them), the
// proleptic Gregorian calendar, and how values are made, parsed and written.
//
// All instances are immutable; `hash` is a cache that every thread fills with the same value. A year
// lies in MINYEAR ... MAXYEAR, ordinal 1 is January 1 of the year 1.
#pragma once

#include <errno.h>
#include <time.h>

#include "modules/fields.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/type.h"

enum { YEAR_LEAST = 1, YEAR_MOST = 9999, ORDINAL_MOST = 3652059, DAYS_MOST = 999999999, DAY_SECONDS = 86400 };

typedef struct Delta {
    Object base;
    hash_t hash;  // -1: not computed yet, in all four
    int days, seconds, microseconds;
} Delta;

typedef struct Date {
    Object base;
    hash_t hash;
    uint8_t has_tzinfo;
    uint8_t data[4];  // year (2, big-endian), month, day: comparing bytes compares dates
} Date;

typedef struct Time {
    Object base;
    hash_t hash;
    uint8_t has_tzinfo;
    uint8_t data[6];  // hour, minute, second, microsecond (3)
    uint8_t fold;
    Object *tzinfo;   // NULL: none
} Time;

typedef struct DateTime {
    Object base;
    hash_t hash;
    uint8_t has_tzinfo;
    uint8_t data[10];
    uint8_t fold;
    Object *tzinfo;
} DateTime;

typedef struct TimeZone {
    Object base;
    Object *offset, *name;  // name NULL: made from the offset
} TimeZone;

extern Type timedelta_type, date_type, time_type, datetime_type, tzinfo_type, timezone_type, iso_date_type;
extern const TypeSpec timedelta_spec, date_spec, time_spec, datetime_spec, tzinfo_spec, timezone_spec,
    iso_date_spec;
extern Object *timezone_utc;    // registered roots
extern Object *datetime_epoch;  // 1970-01-01 UTC

static inline bool timedelta_check(const Object *o) {
    return object_is_instance(o, &timedelta_type);
}
static inline bool date_check(const Object *o) {
    return object_is_instance(o, &date_type);
}
static inline bool time_check(const Object *o) {
    return object_is_instance(o, &time_type);
}
static inline bool datetime_check(const Object *o) {
    return object_is_instance(o, &datetime_type);
}

// The fields of a point in time: what both date, time and datetime are made from.
typedef struct Moment {
    int year, month, day, hour, minute, second, microsecond, fold;
    Object *tzinfo;  // NONE, or an instance of tzinfo
} Moment;

// Date and DateTime keep the date in the same place.
static inline int date_year(const Object *o) {
    return ((const Date *)o)->data[0] << 8 | ((const Date *)o)->data[1];
}
static inline int date_month(const Object *o) {
    return ((const Date *)o)->data[2];
}
static inline int date_day(const Object *o) {
    return ((const Date *)o)->data[3];
}
static inline Object *time_tzinfo(const Object *o) {
    return ((const Time *)o)->has_tzinfo ? ((const Time *)o)->tzinfo : NONE;
}
static inline Object *datetime_tzinfo(const Object *o) {
    return ((const DateTime *)o)->has_tzinfo ? ((const DateTime *)o)->tzinfo : NONE;
}
// What a comparison gives when `order` is below, at or above 0.
static inline Object *compare_result(int64_t order, CompareOp op) {
    return bool_from(op == CMP_LT   ? order < 0
                     : op == CMP_LE ? order <= 0
                     : op == CMP_EQ ? !order
                     : op == CMP_NE ? order != 0
                     : op == CMP_GT ? order > 0
                                    : order >= 0);
}
static inline int read_microsecond(const uint8_t *p) {
    return p[0] << 16 | p[1] << 8 | p[2];
}
static inline void write_time(uint8_t *p, const Moment *m) {
    p[0] = (uint8_t)m->hour;
    p[1] = (uint8_t)m->minute;
    p[2] = (uint8_t)m->second;
    p[3] = (uint8_t)(m->microsecond >> 16);
    p[4] = (uint8_t)(m->microsecond >> 8);
    p[5] = (uint8_t)m->microsecond;
}
static inline void write_date(uint8_t *p, int year, int month, int day) {
    p[0] = (uint8_t)(year >> 8);
    p[1] = (uint8_t)year;
    p[2] = (uint8_t)month;
    p[3] = (uint8_t)day;
}
// Getters of the byte, and of the three bytes of microseconds, that lie `offset` behind the object's start.
Object *get_byte_field(Object *o, void *offset);
Object *get_microsecond_field(Object *o, void *offset);
Moment time_moment(const Object *time);
Moment datetime_moment(const Object *datetime);

// ---- the calendar (calendar.c)
bool is_leap(int year);
int days_in_month(int year, int month);
int days_before_month(int year, int month);
int ordinal_of(int year, int month, int day);
void ordinal_split(int ordinal, int *year, int *month, int *day);
static inline int weekday_of(int year, int month, int day) {  // Monday is 0
    return (ordinal_of(year, month, day) + 6) % 7;
}
int iso_week1_monday(int year);  // ordinal of the first day of ISO year `year`
// 0, or which part is out of range: 1 the year, 2 the week, 3 the day.
int iso_to_date(int iso_year, int week, int weekday, int *year, int *month, int *day);
int check_date(int year, int month, int day);   // -1 with ValueError
int check_time(const Moment *m);                // -1 with ValueError
int check_tzinfo(const Object *tzinfo);         // None or a tzinfo: -1 with TypeError
// floor(a / b), with the remainder (of b's sign).
static inline int64_t floor_divide(int64_t a, int64_t b, int64_t *rest) {
    int64_t quotient = a / b, r = a % b;
    if (r && (r < 0) != (b < 0)) {
        quotient--;
        r += b;
    }
    *rest = r;
    return quotient;
}

// ---- making values. Ranges have been checked by the caller unless it says otherwise.
Object *delta_new(int days, int seconds, int microseconds);  // normalized already; OverflowError
// Any seconds and microseconds; OverflowError "days=…; must have magnitude <= 999999999".
Object *delta_normalize(int64_t days, int64_t seconds, int64_t microseconds);
Object *delta_subtract(const Object *a, const Object *b);
int delta_compare(const Object *a, const Object *b);
static inline bool delta_is_zero(const Object *o) {
    const Delta *d = (const Delta *)o;
    return !d->days && !d->seconds && !d->microseconds;
}
Object *date_new(int year, int month, int day);              // a plain date; checks
Object *date_new_of(Type *type, int year, int month, int day);  // calls `type` when it is a subclass
Object *date_allocate(Type *type, int year, int month, int day);
Object *time_allocate(Type *type, const Moment *m);          // checks
Object *datetime_allocate(Type *type, const Moment *m);      // checks
Object *datetime_new_of(Object *type, const Moment *m);      // calls `type` when it is a subclass
Object *timezone_new(Object *offset, Object *name);          // ValueError for a day or more
// datetime ± timedelta, of the same class; OverflowError "date value out of range".
Object *datetime_add_delta(Object *datetime, const Object *delta, int factor);

// ---- tzinfo (tzinfo.c). `argument` is a datetime or None; the result None or a timedelta (a str).
Object *tzinfo_utcoffset(Object *tzinfo, Object *argument);
Object *tzinfo_dst(Object *tzinfo, Object *argument);
Object *tzinfo_tzname(Object *tzinfo, Object *argument);
Object *local_timezone(int64_t timestamp);  // as it was at that time

// ---- text (text.c)
typedef enum TimeSpec { SPEC_AUTO, SPEC_HOURS, SPEC_MINUTES, SPEC_SECONDS, SPEC_MILLI, SPEC_MICRO } TimeSpec;
enum { TIME_TEXT_MOST = 32 };
char *write_digits(char *p, int value, int digits);
int timespec_argument(Object *o, const char *function, int position, TimeSpec *spec);  // o may be NULL
char *write_time_text(char *p, const Moment *m, TimeSpec spec);
// "+HH:MM[:SS[.ffffff]]" or nothing; the end, NULL with an exception.
char *write_offset(char *p, const char *separator, Object *tzinfo, Object *argument);
Object *format_ctime(const Moment *m);
// strftime with %z, %Z and %f replaced first; `tuple` is what time.strftime gets.
Object *format_strftime(Object *self, Object *format, Object *tuple, Object *tz_argument);
Object *format_method(Object *self, Object *format);  // __format__
Object *struct_time_new(const Moment *m, int dst);

// ---- ISO 8601 (iso_parse.c)
Object *date_fromisoformat(Object *cls, Object *text);
Object *time_fromisoformat(Object *cls, Object *text);
Object *datetime_fromisoformat(Object *cls, Object *text);

// ---- clocks (datetime.c)
int timestamp_argument(Object *o, bool half_even, int64_t *seconds, int *microseconds);
