// datetime.date, and the named tuple that date.isocalendar() returns.
#include "modules/datetime/datetime.h"
#include "vm/runtime.h"

Type date_type, iso_date_type;

Object *date_allocate(Type *type, int year, int month, int day) {
    if (check_date(year, month, day) < 0) {
        return NULL;
    }
    Date *date = (Date *)object_alloc(type);
    if (!date) {
        return NULL;
    }
    date->hash = -1;
    date->has_tzinfo = 0;
    write_date(date->data, year, month, day);
    return &date->base;
}

Object *date_new(int year, int month, int day) {
    return date_allocate(&date_type, year, month, day);
}

Object *date_new_of(Type *type, int year, int month, int day) {
    if (type == &date_type) {
        return date_new(year, month, day);
    }
    Object *y = int_from_i64(year), *m = int_from_i64(month), *d = int_from_i64(day);
    return y && m && d ? call3((Object *)type, y, m, d) : NULL;
}

// The ten, six or four bytes of a pickle: bytes, or a str that Python 2's pickles were decoded to.
static Object *date_from_state(Type *type, Object *state) {
    Date *date = (Date *)object_alloc(type);
    if (!date) {
        return NULL;
    }
    memcpy(date->data, bytes_data(state), 4);
    date->hash = -1;
    date->has_tzinfo = 0;
    return &date->base;
}

static Object *date_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "year", "month", "day" };
    static const FieldFormat format = { NULL, field_names, "iii", 3, 3 };
    if (nargs == 1 && !(kwnames && tuple_size(kwnames))) {
        Object *state = args[0];
        if (bytes_check(state) && bytes_length(state) == 4 && (uint8_t)(bytes_data(state)[2] - 1) < 12) {
            return date_from_state(type, state);
        }
        if (str_check(state) && str_length(state) == 4 && str_read(state, 2) - 1 < 12) {
            Object *bytes = str_encode(state, "latin-1", "strict");
            if (!bytes && error_clear_if(&exc_UnicodeEncodeError)) {
                return raise_error(&exc_ValueError,
                                   "Failed to encode latin1 string when unpickling a date object. "
                                   "pickle.load(data, encoding='latin1') is assumed.");
            }
            return bytes ? date_from_state(type, bytes) : NULL;
        }
    }
    int fields[3];
    return fields_bind(&format, args, nargs, kwnames, fields, NULL) < 0
               ? NULL
               : date_allocate(type, fields[0], fields[1], fields[2]);
}

// ---- class methods

static Object *date_fromtimestamp(Object *cls, Object *timestamp) {
    int64_t seconds;
    if (timestamp_argument(timestamp, false, &seconds, NULL) < 0) {
        return NULL;
    }
    struct tm t;
    time_t time = (time_t)seconds;
    errno = 0;
    if (!localtime_r(&time, &t)) {
        return raise_os_error(errno ? errno : EINVAL, NULL, NULL);
    }
    return date_new_of((Type *)cls, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

static Object *date_today(Object *cls) {
    Object *function = import_get_attr("time", "time"), *now = function ? call0(function) : NULL;
    return now ? call_method1(cls, names.fromtimestamp, now) : NULL;
}

static Object *date_fromordinal(Object *cls, Object *o) {
    int ordinal, year, month, day;
    if (int_field(o, &ordinal) < 0) {
        return NULL;
    }
    if (ordinal < 1) {
        return raise_error(&exc_ValueError, "ordinal must be >= 1");
    }
    ordinal_split(ordinal, &year, &month, &day);
    return date_new_of((Type *)cls, year, month, day);
}

static Object *date_fromisocalendar(Object *cls, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "year", "week", "day" };
    static const FieldFormat format = { "fromisocalendar", field_names, "iii", 3, 3 };
    int fields[3], year, month, day;
    if (fields_bind(&format, args, nargs, kwnames, fields, NULL) < 0) {
        return error_clear_if(&exc_OverflowError)
                   ? raise_error(&exc_ValueError, "ISO calendar component out of range")
                   : NULL;
    }
    switch (iso_to_date(fields[0], fields[1], fields[2], &year, &month, &day)) {
    case 1: return raise_error(&exc_ValueError, "Year is out of range: %d", fields[0]);
    case 2: return raise_error(&exc_ValueError, "Invalid week: %d", fields[1]);
    case 3: return raise_error(&exc_ValueError, "Invalid day: %d (range is [1, 7])", fields[2]);
    default: return date_new_of((Type *)cls, year, month, day);
    }
}

// ---- arithmetic

static Object *date_add_days(Object *date, int64_t days) {
    int64_t ordinal = ordinal_of(date_year(date), date_month(date), date_day(date)) + days;
    if (ordinal < 1 || ordinal > ORDINAL_MOST) {
        return raise_error(&exc_OverflowError, "date value out of range");
    }
    int year, month, day;
    ordinal_split((int)ordinal, &year, &month, &day);
    return date_new_of(date->type, year, month, day);
}

static Object *date_add(Object *a, Object *b) {
    if (datetime_check(a) || datetime_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (date_check(a)) {
        return timedelta_check(b) ? date_add_days(a, ((Delta *)b)->days) : NOT_IMPLEMENTED;
    }
    return timedelta_check(a) ? date_add_days(b, ((Delta *)a)->days) : NOT_IMPLEMENTED;
}

static Object *date_subtract(Object *a, Object *b) {
    if (datetime_check(a) || datetime_check(b) || !date_check(a)) {
        return NOT_IMPLEMENTED;
    }
    if (date_check(b)) {
        return delta_new(ordinal_of(date_year(a), date_month(a), date_day(a)) -
                             ordinal_of(date_year(b), date_month(b), date_day(b)),
                         0, 0);
    }
    return timedelta_check(b) ? date_add_days(a, -(int64_t)((Delta *)b)->days) : NOT_IMPLEMENTED;
}

static Object *date_compare(Object *a, Object *b, CompareOp op) {
    if (!date_check(b)) {
        return NOT_IMPLEMENTED;
    }
    int order = memcmp(((Date *)a)->data, ((Date *)b)->data, 4);
    return compare_result(order, op);
}

static bool date_sort_key(const Object *o, const Object *, uint64_t *key) {
    uint32_t word;
    memcpy(&word, ((const Date *)o)->data, 4);
    *key = __builtin_bswap32(word);
    return true;
}

static hash_t date_hash(Object *o) {
    Date *d = (Date *)o;
    hash_t hash = __atomic_load_n(&d->hash, __ATOMIC_RELAXED);
    if (hash == -1) {
        hash = hash_bytes(d->data, 4);
        __atomic_store_n(&d->hash, hash, __ATOMIC_RELAXED);
    }
    return hash;
}

// ---- text

static Object *date_repr(Object *o) {
    return str_format("%s(%d, %d, %d)", o->type->name, date_year(o), date_month(o), date_day(o));
}

static Object *date_isoformat(Object *o) {
    char text[10], *p = write_digits(text, date_year(o), 4);
    *p++ = '-';
    p = write_digits(p, date_month(o), 2);
    *p++ = '-';
    write_digits(p, date_day(o), 2);
    return str_from_ascii(text, 10);
}

static Object *date_str(Object *o) {
    return call_method0(o, names.isoformat);
}

static Object *date_ctime(Object *o) {
    Moment m = { .year = date_year(o), .month = date_month(o), .day = date_day(o) };
    return format_ctime(&m);
}

static Object *date_strftime(Object *self, Object *format) {
    if (!str_check(format)) {
        return format_strftime(self, format, NULL, NULL);
    }
    Object *tuple = call_method0(self, names.timetuple);
    return tuple ? format_strftime(self, format, tuple, self) : NULL;
}

static Object *date_timetuple(Object *o) {
    Moment m = { .year = date_year(o), .month = date_month(o), .day = date_day(o) };
    return struct_time_new(&m, -1);
}

// ---- calendars

static Object *date_weekday(Object *o) {
    return int_from_i64(weekday_of(date_year(o), date_month(o), date_day(o)));
}
static Object *date_isoweekday(Object *o) {
    return int_from_i64(weekday_of(date_year(o), date_month(o), date_day(o)) + 1);
}
static Object *date_toordinal(Object *o) {
    return int_from_i64(ordinal_of(date_year(o), date_month(o), date_day(o)));
}

static Object *date_isocalendar(Object *o) {
    int year = date_year(o), today = ordinal_of(year, date_month(o), date_day(o));
    int monday = iso_week1_monday(year);
    if (today < monday) {
        monday = iso_week1_monday(--year);
    } else if (today >= iso_week1_monday(year + 1)) {
        monday = iso_week1_monday(++year);
    }
    Object *y = int_from_i64(year), *week = int_from_i64((today - monday) / 7 + 1);
    Object *day = int_from_i64((today - monday) % 7 + 1);
    return y && week && day ? call3((Object *)&iso_date_type, y, week, day) : NULL;
}

static Object *date_replace(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "year", "month", "day" };
    static const FieldFormat format = { "replace", field_names, "iii", 0, 3 };
    int fields[3] = { date_year(self), date_month(self), date_day(self) };
    return fields_bind(&format, args, nargs, kwnames, fields, NULL) < 0
               ? NULL
               : date_new_of(self->type, fields[0], fields[1], fields[2]);
}

static Object *date_reduce(Object *self) {
    Object *state = bytes_from(((Date *)self)->data, 4), *args = state ? tuple_pack(1, state) : NULL;
    return args ? tuple_pack(2, self->type, args) : NULL;
}

static Object *get_year(Object *o, void *closure) {
    (void)closure;
    return int_from_i64(date_year(o));
}
static GetSetDef date_getsets[] = {
    { "year", get_year, NULL, NULL, NULL },
    { "month", get_byte_field, NULL, NULL, (void *)offsetof(Date, data[2]) },
    { "day", get_byte_field, NULL, NULL, (void *)offsetof(Date, data[3]) },
    { 0 },
};

static BuiltinDef date_methods[] = {
    BUILTIN("fromtimestamp", date_fromtimestamp, "($type, timestamp, /)", BUILTIN_CLASS, NULL),
    BUILTIN("fromordinal", date_fromordinal, "-|($type, ordinal, /)", BUILTIN_CLASS, NULL),
    BUILTIN("fromisoformat", date_fromisoformat, "-($type, text, /)", BUILTIN_CLASS, NULL),
    BUILTIN("fromisocalendar", date_fromisocalendar, NULL, BUILTIN_CLASS, NULL),
    BUILTIN("today", date_today, "-($type, /)", BUILTIN_CLASS, NULL),
    BUILTIN("ctime", date_ctime, "-($self, /)", 0, NULL),
    BUILTIN("strftime", date_strftime, "-($self, format)", 0, NULL),
    BUILTIN("__format__", format_method, "-|($self, format, /)", 0, NULL),
    BUILTIN("timetuple", date_timetuple, "-($self, /)", 0, NULL),
    BUILTIN("isocalendar", date_isocalendar, "-($self, /)", 0, NULL),
    BUILTIN("isoformat", date_isoformat, "-($self, /)", 0, NULL),
    BUILTIN("isoweekday", date_isoweekday, "-($self, /)", 0, NULL),
    BUILTIN("toordinal", date_toordinal, "-($self, /)", 0, NULL),
    BUILTIN("weekday", date_weekday, "-($self, /)", 0, NULL),
    BUILTIN("replace", date_replace, NULL, 0, NULL),
    BUILTIN("__reduce__", date_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec date_spec = {
    .name = "datetime.date", .basic_size = sizeof(Date), .flags = TF_BASE, .methods = date_methods,
    .getsets = date_getsets, .plain_hash = date_hash, .sort_key = date_sort_key,
    .slots = { .getattr = object_generic_getattr,
        .new = date_type_new, .repr = date_repr, .str = date_str, .hash = date_hash, .compare = date_compare,
        .add = date_add, .subtract = date_subtract,
    },
};

// ---- IsoCalendarDate

static Object *iso_date_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[3];
    if (signature_bind(&signature, "IsoCalendarDate", "(year, week, weekday)", args, nargs, kwnames, b) < 0) {
        return NULL;
    }
    Object *date = object_alloc_var(type, 3);
    for (int i = 0; date && i < 3; i++) {
        tuple_init(date, i, b[i]);
    }
    return date;
}

static Object *iso_date_repr(Object *o) {
    return str_format("%s(year=%S, week=%S, weekday=%S)", o->type->name, tuple_get(o, 0), tuple_get(o, 1),
                      tuple_get(o, 2));
}

static Object *iso_date_get(Object *o, void *closure) {
    return tuple_get(o, (ssize_t)(intptr_t)closure);
}

static Object *iso_date_reduce(Object *self) {
    Object *plain = tuple_from_array(tuple_items(self), tuple_size(self)),
           *args = plain ? tuple_pack(1, plain) : NULL;
    return args ? tuple_pack(2, &tuple_type, args) : NULL;
}

static GetSetDef iso_date_getsets[] = {
    { "year", iso_date_get, NULL, NULL, (void *)0 },
    { "week", iso_date_get, NULL, NULL, (void *)1 },
    { "weekday", iso_date_get, NULL, NULL, (void *)2 },
    { 0 },
};

static BuiltinDef iso_date_methods[] = {
    BUILTIN("__reduce__", iso_date_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec iso_date_spec = {
    .name = "datetime.IsoCalendarDate",
    .base = &tuple_type,
    .basic_size = 24,
    .item_size = 8,
    .flags = TF_GC,
    .methods = iso_date_methods,
    .getsets = iso_date_getsets,
    .slots = { .new = iso_date_new, .repr = iso_date_repr },
};
