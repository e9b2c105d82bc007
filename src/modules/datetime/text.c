// Writing dates and times: digits, offsets, strftime.
#include "modules/datetime/datetime.h"
#include "vm/runtime.h"

char *write_digits(char *p, int value, int digits) {
    for (int i = digits; i-- > 0; value /= 10) {
        p[i] = (char)('0' + value % 10);
    }
    return p + digits;
}

int timespec_argument(Object *o, const char *function, int position, TimeSpec *spec) {
    static const char *const specs[] = {
        "auto", "hours", "minutes", "seconds", "milliseconds", "microseconds"
    };
    *spec = SPEC_AUTO;
    if (!o) {
        return 0;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "%s() argument %d must be str, not %s", function, position,
                    o == NONE ? "None" : o->type->name);
        return -1;
    }
    ssize_t length;
    const char *text = str_utf8(o, &length);
    if (!text) {
        return -1;
    }
    if (strlen(text) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        if (!strcmp(text, specs[i])) {
            *spec = (TimeSpec)i;
            return 0;
        }
    }
    raise_error(&exc_ValueError, "Unknown timespec value");
    return -1;
}

char *write_time_text(char *p, const Moment *m, TimeSpec spec) {
    if (spec == SPEC_AUTO) {
        spec = m->microsecond ? SPEC_MICRO : SPEC_SECONDS;
    }
    p = write_digits(p, m->hour, 2);
    if (spec >= SPEC_MINUTES) {
        *p++ = ':';
        p = write_digits(p, m->minute, 2);
    }
    if (spec >= SPEC_SECONDS) {
        *p++ = ':';
        p = write_digits(p, m->second, 2);
    }
    if (spec >= SPEC_MILLI) {
        *p++ = '.';
        p = spec == SPEC_MILLI ? write_digits(p, m->microsecond / 1000, 3)
                               : write_digits(p, m->microsecond, 6);
    }
    return p;
}

char *write_offset(char *p, const char *separator, Object *tzinfo, Object *argument) {
    Object *offset = tzinfo_utcoffset(tzinfo, argument);
    if (!offset || offset == NONE) {
        return offset ? p : NULL;
    }
    const Delta *d = (const Delta *)offset;
    int64_t us = ((int64_t)d->days * DAY_SECONDS + d->seconds) * 1000000 + d->microseconds;
    *p++ = us < 0 ? '-' : '+';
    us = us < 0 ? -us : us;
    int seconds = (int)(us / 1000000), rest = (int)(us % 1000000);
    p = write_digits(p, seconds / 3600, 2);
    for (const char *s = separator; *s; s++) {
        *p++ = *s;
    }
    p = write_digits(p, seconds / 60 % 60, 2);
    if (seconds % 60 || rest) {
        for (const char *s = separator; *s; s++) {
            *p++ = *s;
        }
        p = write_digits(p, seconds % 60, 2);
    }
    if (rest) {
        *p++ = '.';
        p = write_digits(p, rest, 6);
    }
    return p;
}

Object *format_ctime(const Moment *m) {
    static const char *const days[7] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    return str_format("%s %s %2d %02d:%02d:%02d %04d", days[weekday_of(m->year, m->month, m->day)],
                      months[m->month - 1], m->day, m->hour, m->minute, m->second, m->year);
}

// The name for %Z, with its percent signs doubled.
static Object *zone_name(Object *tz_argument) {
    Object *tzinfo = time_check(tz_argument)       ? time_tzinfo(tz_argument)
                     : datetime_check(tz_argument) ? datetime_tzinfo(tz_argument)
                                                   : NONE;
    if (tzinfo == NONE) {
        return str_empty();
    }
    Object *argument = tz_argument;
    if (time_check(tz_argument)) {
        argument = NONE;
    }
    Object *name = tzinfo_tzname(tzinfo, argument);
    if (!name || name == NONE) {
        return name ? str_empty() : NULL;
    }
    Object *percent = str_from_cstring("%"), *twice = percent ? str_from_cstring("%%") : NULL;
    Object *result = twice ? call_method2(name, names.replace, percent, twice) : NULL;
    return !result || str_check(result)
               ? result
               : raise_error(&exc_TypeError, "tzname.replace() did not return a string");
}

static Object *replace_directives(Object *self, const char *format, ssize_t length, Object *tz_argument) {
    StrBuilder b;
    str_builder_init(&b, length);
    Object *offset = NULL, *name = NULL;
    Object *tzinfo = time_check(self)       ? time_tzinfo(self)
                     : datetime_check(self) ? datetime_tzinfo(self)
                                            : NONE;
    Object *argument = time_check(self) ? NONE : tz_argument;
    const char *end = format + length, *plain = format;
    for (const char *p = format; p < end;) {
        if (*p != '%' || p + 1 >= end) {
            p++;
            continue;
        }
        char directive = p[1];
        p += 2;
        Object *part = NULL;
        char text[16];
        if (directive == 'z') {
            if (!offset) {
                char *text_end = write_offset(text, "", tzinfo, argument);
                offset = text_end ? str_from_ascii(text, text_end - text) : NULL;
            }
            part = offset;
        } else if (directive == 'Z') {
            part = name = name ? name : zone_name(self);
        } else if (directive == 'f') {
            int us = time_check(self)       ? read_microsecond(((Time *)self)->data + 3)
                     : datetime_check(self) ? read_microsecond(((DateTime *)self)->data + 7)
                                            : 0;
            part = str_from_ascii(text, write_digits(text, us, 6) - text);
        } else {
            continue;
        }
        // A name with surrogates is an error here, though not in time.strftime.
        Object *before = part && str_utf8(part, NULL) ? str_from_utf8(plain, p - 2 - plain) : NULL;
        if (!before || str_builder_str(&b, before) < 0 || str_builder_str(&b, part) < 0) {
            return NULL;
        }
        plain = p;
    }
    Object *last = str_from_utf8(plain, end - plain);
    return last && str_builder_str(&b, last) == 0 ? str_builder_finish(&b) : NULL;
}

Object *format_strftime(Object *self, Object *format, Object *tuple, Object *tz_argument) {
    if (!str_check(format)) {
        return raise_error(&exc_TypeError, "strftime() argument 1 must be str, not %s",
                           format == NONE ? "None" : format->type->name);
    }
    const char *text = str_utf8(format, NULL);
    Object *plain = text ? replace_directives(self, text, (ssize_t)strlen(text), tz_argument) : NULL;
    Object *function = plain ? import_get_attr("time", "strftime") : NULL;
    return function ? call2(function, plain, tuple) : NULL;
}

Object *format_method(Object *self, Object *format) {
    if (!str_check(format)) {
        return raise_error(&exc_TypeError, "__format__() argument 1 must be str, not %s",
                           format == NONE ? "None" : format->type->name);
    }
    return str_length(format) ? call_method1(self, names.strftime, format) : object_str(self);
}

Object *struct_time_new(const Moment *m, int dst) {
    int values[9] = {
        m->year,
        m->month,
        m->day,
        m->hour,
        m->minute,
        m->second,
        weekday_of(m->year, m->month, m->day),
        days_before_month(m->year, m->month) + m->day,
        dst,
    };
    Object *tuple = tuple_new(9);
    for (int i = 0; tuple && i < 9; i++) {
        Object *value = int_from_i64(values[i]);
        if (!value) {
            return NULL;
        }
        tuple_init(tuple, i, value);
    }
    Object *type = tuple ? import_get_attr("time", "struct_time") : NULL;
    return type ? call1(type, tuple) : NULL;
}
