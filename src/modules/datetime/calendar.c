// The proleptic Gregorian calendar and range checks.
#include "modules/datetime/datetime.h"

static const uint8_t month_days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
static const uint16_t month_start[13] = { 0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

bool is_leap(int year) {
    return !(year & 3) && (year % 100 || !(year % 400));
}

int days_in_month(int year, int month) {
    return month == 2 && is_leap(year) ? 29 : month_days[month];
}

int days_before_month(int year, int month) {
    return month_start[month] + (month > 2 && is_leap(year));
}

static int days_before_year(int year) {
    int y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

int ordinal_of(int year, int month, int day) {
    return days_before_year(year) + days_before_month(year, month) + day;
}

// After Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms":
// years begin in March, so that the leap day comes last.
void ordinal_split(int ordinal, int *year, int *month, int *day) {
    uint32_t n = (uint32_t)ordinal + 305;  // days since March 1 of the year 0
    uint32_t n1 = 4 * n + 3, century = n1 / 146097, in_century = n1 % 146097 / 4;
    uint32_t n2 = 4 * in_century + 3;
    uint64_t product = (uint64_t)2939745 * n2;
    uint32_t year_of = (uint32_t)(product >> 32), day_of = (uint32_t)(product & 0xffffffff) / 2939745 / 4;
    uint32_t n3 = 2141 * day_of + 197913, m = n3 >> 16, d = (n3 & 0xffff) / 2141;
    bool next_year = day_of >= 306;
    *year = (int)(100 * century + year_of + next_year);
    *month = (int)(next_year ? m - 12 : m);
    *day = (int)d + 1;
}

int iso_week1_monday(int year) {
    int first = ordinal_of(year, 1, 1), weekday = (first + 6) % 7;
    int monday = first - weekday;
    return weekday > 3 ? monday + 7 : monday;
}

int iso_to_date(int iso_year, int week, int weekday, int *year, int *month, int *day) {
    if (iso_year < YEAR_LEAST || iso_year > YEAR_MOST) {
        return 1;
    }
    if (week < 1 || week > 52) {
        bool wrong = true;
        if (week == 53) {
            int first = weekday_of(iso_year, 1, 1);
            wrong = !(first == 3 || (first == 2 && is_leap(iso_year)));
        }
        if (wrong) {
            return 2;
        }
    }
    if (weekday < 1 || weekday > 7) {
        return 3;
    }
    int ordinal = iso_week1_monday(iso_year) + (week - 1) * 7 + weekday - 1;
    if (ordinal < 1) {
        // The days of ISO year 1 that lie in the year 0: a year that the checks of dates refuse.
        *year = 0;
        *month = 12;
        *day = 31 + ordinal;
    } else {
        ordinal_split(ordinal, year, month, day);
    }
    return 0;
}

// ---- ranges

static int value_error(const char *text) {
    raise_error(&exc_ValueError, "%s", text);
    return -1;
}

int check_date(int year, int month, int day) {
    if (year < YEAR_LEAST || year > YEAR_MOST) {
        raise_error(&exc_ValueError, "year %i is out of range", year);
        return -1;
    }
    if (month < 1 || month > 12) {
        return value_error("month must be in 1..12");
    }
    if (day < 1 || day > days_in_month(year, month)) {
        return value_error("day is out of range for month");
    }
    return 0;
}

int check_time(const Moment *m) {
    if (m->hour < 0 || m->hour > 23) {
        return value_error("hour must be in 0..23");
    }
    if (m->minute < 0 || m->minute > 59) {
        return value_error("minute must be in 0..59");
    }
    if (m->second < 0 || m->second > 59) {
        return value_error("second must be in 0..59");
    }
    if (m->microsecond < 0 || m->microsecond > 999999) {
        return value_error("microsecond must be in 0..999999");
    }
    if (m->fold != 0 && m->fold != 1) {
        return value_error("fold must be either 0 or 1");
    }
    return 0;
}

int check_tzinfo(const Object *tzinfo) {
    if (tzinfo == NONE || object_is_instance(tzinfo, &tzinfo_type)) {
        return 0;
    }
    raise_error(&exc_TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type '%s'",
                tzinfo->type->name);
    return -1;
}
