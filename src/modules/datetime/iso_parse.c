// fromisoformat(): what isoformat() writes and most of ISO 8601, as CPython 3.11 reads it.
//
// The text is looked at as UTF-8 with a NUL at its end, so that reading one byte too far finds the NUL.
#include "modules/datetime/datetime.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// `count` digits; the end, or NULL.
static const char *read_digits(const char *p, int *value, ssize_t count) {
    *value = 0;
    for (ssize_t i = 0; i < count; i++, p++) {
        if (!is_digit(*p)) {
            return NULL;
        }
        *value = *value * 10 + *p - '0';
    }
    return p;
}

// 0, or negative when it is no date.
static int read_date(const char *text, ssize_t length, int *year, int *month, int *day) {
    const char *p = read_digits(text, year, 4), *end = text + length;
    if (!p) {
        return -1;
    }
    bool separated = *p == '-';
    p += separated;
    if (*p == 'W') {
        int week, weekday = 1;
        p = read_digits(p + 1, &week, 2);
        if (!p) {
            return -3;
        }
        if (p < end) {
            if (separated && *p++ != '-') {
                return -2;
            }
            p = read_digits(p, &weekday, 1);
            if (!p) {
                return -4;
            }
        }
        if (!*year) {
            // A week that exists in other years passes here and is refused for its month, as in CPython.
            int other, ignored;
            *year = YEAR_LEAST;
            *month = *day = 0;
            return iso_to_date(YEAR_LEAST, week, weekday, &other, &ignored, &ignored) ? -5 : 0;
        }
        return iso_to_date(*year, week, weekday, year, month, day) ? -5 : 0;
    }
    p = read_digits(p, month, 2);
    if (!p || (separated && *p++ != '-')) {
        return -2;
    }
    return read_digits(p, day, 2) ? 0 : -1; // with nothing expected of what follows
}

// Hours to microseconds up to `end`: 0, 1 when something is left, negative when it is no time.
static int read_clock(const char *p, const char *end, int *hour, int *minute, int *second, int *microsecond) {
    int *parts[3] = { hour, minute, second };
    *hour = *minute = *second = *microsecond = 0;
    bool separated = true;
    for (int i = 0; i < 3; i++) {
        p = read_digits(p, parts[i], 2);
        if (!p) {
            return -3;
        }
        char c = *p++;
        if (i == 0) {
            separated = c == ':';
        }
        if (p >= end) {
            return c != 0;
        }
        if (separated && c == ':') {
            continue; // a colon after the seconds begins a fraction, too
        }
        if (c == '.' || c == ',') {
            break; // a fraction of hours or minutes reads as one of seconds
        }
        if (separated) {
            return -4;
        }
        p--;
    }
    ssize_t rest = end - p, count = rest < 6 ? rest : 6;
    p = read_digits(p, microsecond, count);
    if (!p) {
        return -3;
    }
    for (; count < 6; count++) {
        *microsecond *= 10;
    }
    while (is_digit(*p)) {
        p++;
    }
    return *p != 0;
}

// 1 with an offset, 0 without, negative when it is no time.
static int read_time(const char *text, ssize_t length, Moment *m, int *offset, int *offset_us) {
    const char *end = text + length, *zone = text;
    do {
        if (*zone == '+' || *zone == '-' || *zone == 'Z') {
            break;
        }
    } while (++zone < end);
    int status = read_clock(text, zone, &m->hour, &m->minute, &m->second, &m->microsecond);
    if (status < 0) {
        return status;
    }
    if (zone == end) {
        return status == 1 ? -5 : status;
    }
    *offset = *offset_us = 0;
    if (*zone == 'Z') {
        return zone[1] ? -5 : 1;
    }
    int sign = *zone == '-' ? -1 : 1, hour, minute, second, us;
    zone++;
    status = read_clock(zone, end, &hour, &minute, &second, &us);
    *offset = sign * (hour * 3600 + minute * 60 + second);
    *offset_us = sign * us;
    return status ? -5 : 1;
}

// Where the date ends and the time begins: the date may be 7 (YYYYWww), 8 or 10 characters long.
static ssize_t find_separator(const char *text, ssize_t length) {
    enum { DATE_MOST = 10, WEEK = 7, WEEK_DAY_OR_PLAIN = 8 };
    if (length == 7) {
        return 7;
    }
    if (text[4] == '-') {
        if (text[5] != 'W') {
            return DATE_MOST;
        }
        if (length < 8) {
            return -1;
        }
        if (length > 8 && text[8] == '-') {
            if (length == 9) {
                return -1;
            }
            // YYYY-Www-##: rather a hyphen as the separator than a one-digit day and a digit as it
            return length > 10 && is_digit(text[10]) ? 8 : 10;
        }
        return 8;
    }
    if (text[4] != 'W') {
        return WEEK_DAY_OR_PLAIN;
    }
    ssize_t i = 7;
    while (i < length && is_digit(text[i])) {
        i++;
    }
    return i < 9 ? i : i % 2 ? 8 : 7;
}

static Object *invalid(Object *text) {
    return raise_error(&exc_ValueError, "Invalid isoformat string: %R", text);
}

// The text as UTF-8, or NULL with ValueError. A surrogate where a separator may stand reads as "T".
static const char *iso_text(Object *text, ssize_t *length) {
    if (!str_check(text)) {
        raise_error(&exc_TypeError, "fromisoformat: argument must be str");
        return NULL;
    }
    static const ssize_t places[] = { 7, 8, 10 };
    Object *original = text;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        ssize_t at = places[i];
        if (at < str_length(text) && str_read(text, at) - 0xd800 < 0x800) {
            Object *before = str_substring(text, 0, at), *t = str_from_cstring("T");
            Object *after = str_substring(text, at + 1, str_length(text));
            Object *start = before && t && after ? str_concat(before, t) : NULL;
            text = start ? str_concat(start, after) : NULL;
            if (!text) {
                return NULL;
            }
            break;
        }
    }
    const char *utf8 = str_utf8(text, length);
    if (!utf8 && error_clear_if(&exc_UnicodeEncodeError)) {
        invalid(original);
    }
    return utf8;
}

static Object *zone_of(int status, int offset, int offset_us) {
    if (status != 1) {
        return NONE;
    }
    if (!offset && !offset_us) {
        return timezone_utc;
    }
    Object *delta = delta_normalize(0, offset, offset_us);
    return delta ? timezone_new(delta, NULL) : NULL;
}

Object *date_fromisoformat(Object *cls, Object *text) {
    ssize_t length;
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "fromisoformat: argument must be str");
    }
    const char *p = str_utf8(text, &length);
    if (!p) {
        return error_clear_if(&exc_UnicodeEncodeError) ? invalid(text) : NULL;
    }
    int year, month, day;
    if ((length != 7 && length != 8 && length != 10) || read_date(p, length, &year, &month, &day) < 0) {
        return invalid(text);
    }
    return date_new_of((Type *)cls, year, month, day);
}

Object *time_fromisoformat(Object *cls, Object *text) {
    ssize_t length;
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "fromisoformat: argument must be str");
    }
    const char *p = str_utf8(text, &length);
    if (!p) {
        return error_clear_if(&exc_UnicodeEncodeError) ? invalid(text) : NULL;
    }
    if (*p == 'T') {
        p++;
        length--;
    }
    Moment m = {};
    int offset = 0, offset_us = 0, status = read_time(p, length, &m, &offset, &offset_us);
    if (status < 0) {
        return invalid(text);
    }
    Object *zone = zone_of(status, offset, offset_us);
    if (!zone) {
        return NULL;
    }
    m.tzinfo = zone;
    if (cls == (Object *)&time_type) {
        return time_allocate(&time_type, &m);
    }
    Object *args[5] = { int_from_i64(m.hour), int_from_i64(m.minute), int_from_i64(m.second),
                        int_from_i64(m.microsecond), zone };
    return args[3] ? call(cls, args, 5, NULL) : NULL;
}

Object *datetime_fromisoformat(Object *cls, Object *text) {
    ssize_t length;
    const char *p = iso_text(text, &length);
    if (!p) {
        return NULL;
    }
    if (length < 7) {
        return invalid(text);
    }
    Moment m = {};
    int offset = 0, offset_us = 0, status;
    ssize_t separator = find_separator(p, length);
    status = separator < 0 || separator > length ? -1 : read_date(p, separator, &m.year, &m.month, &m.day);
    if (status == 0 && length > separator) {
        const char *time = p + separator, *end = p + length;
        // The separator is any one character.
        time++;
        while (time < end && ((uint8_t)*time & 0xc0) == 0x80) {
            time++;
        }
        status = time < end || length == separator ? read_time(time, end - time, &m, &offset, &offset_us)
                                                   : -1;
    }
    if (status < 0) {
        return invalid(text);
    }
    m.tzinfo = zone_of(status, offset, offset_us);
    return m.tzinfo ? datetime_new_of(cls, &m) : NULL;
}
