// datetime.time: the time of a day, with an optional tzinfo.
#include "modules/datetime/datetime.h"

Type time_type;

Moment time_moment(const Object *o) {
    const Time *t = (const Time *)o;
    return (Moment){
        .year = 1900,
        .month = 1,
        .day = 1,
        .hour = t->data[0],
        .minute = t->data[1],
        .second = t->data[2],
        .microsecond = read_microsecond(t->data + 3),
        .fold = t->fold,
        .tzinfo = time_tzinfo(o),
    };
}

static Object *time_from_bytes(Type *type, const uint8_t *data, int fold, Object *tzinfo) {
    Time *time = (Time *)object_alloc(type);
    if (!time) {
        return NULL;
    }
    time->hash = -1;
    memcpy(time->data, data, 6);
    time->fold = (uint8_t)fold;
    if (tzinfo != NONE) {
        time->has_tzinfo = 1;
        gc_init(&time->tzinfo, tzinfo);
    }
    return &time->base;
}

Object *time_allocate(Type *type, const Moment *m) {
    if (check_time(m) < 0 || check_tzinfo(m->tzinfo) < 0) {
        return NULL;
    }
    uint8_t data[6];
    write_time(data, m);
    return time_from_bytes(type, data, m->fold, m->tzinfo);
}

static Object *time_from_state(Type *type, Object *state, Object *tzinfo) {
    if (tzinfo != NONE && !object_is_instance(tzinfo, &tzinfo_type)) {
        return raise_error(&exc_TypeError, "bad tzinfo state arg");
    }
    uint8_t data[6];
    memcpy(data, bytes_data(state), 6);
    int fold = data[0] >> 7;
    data[0] &= 0x7f;
    return time_from_bytes(type, data, fold, tzinfo);
}

static Object *time_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "hour", "minute", "second", "microsecond", "tzinfo", "fold" };
    static const FieldFormat format = { NULL, field_names, "iiiiOi", 0, 5 };
    if (nargs >= 1 && nargs <= 2 && !(kwnames && tuple_size(kwnames))) {
        Object *state = args[0], *tzinfo = nargs == 2 ? args[1] : NONE;
        if (bytes_check(state) && bytes_length(state) == 6 && (bytes_data(state)[0] & 0x7f) < 24) {
            return time_from_state(type, state, tzinfo);
        }
        if (str_check(state) && str_length(state) == 6 && (str_read(state, 0) & 0x7f) < 24) {
            Object *bytes = str_encode(state, "latin-1", "strict");
            if (!bytes && error_clear_if(&exc_UnicodeEncodeError)) {
                return raise_error(&exc_ValueError,
                                   "Failed to encode latin1 string when unpickling a time object. "
                                   "pickle.load(data, encoding='latin1') is assumed.");
            }
            return bytes ? time_from_state(type, bytes, tzinfo) : NULL;
        }
    }
    int f[6] = {};
    Object *objects[6] = { [4] = NONE };
    if (fields_bind(&format, args, nargs, kwnames, f, objects) < 0) {
        return NULL;
    }
    Moment m = {
        .hour = f[0], .minute = f[1], .second = f[2], .microsecond = f[3], .fold = f[5], .tzinfo = objects[4]
    };
    return time_allocate(type, &m);
}

static void time_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Time *)self)->tzinfo);
}

Object *get_byte_field(Object *o, void *offset) {
    return int_from_i64(((const uint8_t *)o)[(size_t)offset]);
}

Object *get_microsecond_field(Object *o, void *offset) {
    return int_from_i64(read_microsecond((const uint8_t *)o + (size_t)offset));
}

// ---- comparison and hash

static Object *time_utcoffset(Object *self) {
    return tzinfo_utcoffset(time_tzinfo(self), NONE);
}

static int64_t seconds_in_day(const Object *o) {
    const Time *t = (const Time *)o;
    return t->data[0] * 3600 + t->data[1] * 60 + t->data[2];
}

static Object *time_compare(Object *a, Object *b, CompareOp op) {
    if (!time_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (time_tzinfo(a) == time_tzinfo(b)) {
        return compare_result(memcmp(((Time *)a)->data, ((Time *)b)->data, 6), op);
    }
    Object *x = time_utcoffset(a), *y = x ? time_utcoffset(b) : NULL;
    if (!y) {
        return NULL;
    }
    if (x == y || (x != NONE && y != NONE && !delta_compare(x, y))) {
        return compare_result(memcmp(((Time *)a)->data, ((Time *)b)->data, 6), op);
    }
    if (x != NONE && y != NONE) {
        const Delta *dx = (const Delta *)x, *dy = (const Delta *)y;
        int64_t order = (seconds_in_day(a) - (int64_t)dx->days * DAY_SECONDS - dx->seconds) -
                        (seconds_in_day(b) - (int64_t)dy->days * DAY_SECONDS - dy->seconds);
        if (!order) {
            order = read_microsecond(((Time *)a)->data + 3) - read_microsecond(((Time *)b)->data + 3);
        }
        return compare_result(order, op);
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return bool_from(op == CMP_NE);
    }
    return raise_error(&exc_TypeError, "can't compare offset-naive and offset-aware times");
}

static hash_t time_known_hash(Object *o) {
    return __atomic_load_n(&((Time *)o)->hash, __ATOMIC_RELAXED);
}

static hash_t time_hash(Object *o) {
    Time *t = (Time *)o;
    hash_t hash = __atomic_load_n(&t->hash, __ATOMIC_RELAXED);
    if (hash != -1) {
        return hash;
    }
    Object *asked = o;
    if (t->fold && t->has_tzinfo) {
        asked = time_from_bytes(&time_type, t->data, 0, time_tzinfo(o));
        if (!asked) {
            return -1;
        }
    }
    Object *offset = time_utcoffset(asked);
    if (!offset) {
        return -1;
    }
    if (offset == NONE) {
        hash = hash_bytes(t->data, 6);
    } else {
        Object *delta = delta_normalize(0, seconds_in_day(o), read_microsecond(t->data + 3));
        delta = delta ? delta_subtract(delta, offset) : NULL;
        hash = delta ? object_hash(delta) : -1;
    }
    __atomic_store_n(&t->hash, hash, __ATOMIC_RELAXED);
    return hash;
}

// ---- text

static Object *time_repr(Object *o) {
    Moment m = time_moment(o);
    const char *name = o->type->name;
    char text[48];
    int n = snprintf(text, sizeof text, "%d, %d", m.hour, m.minute);
    if (m.second || m.microsecond) {
        n += snprintf(text + n, sizeof text - (size_t)n, ", %d", m.second);
    }
    if (m.microsecond) {
        snprintf(text + n, sizeof text - (size_t)n, ", %d", m.microsecond);
    }
    const char *fold = m.fold ? ", fold=1" : "";
    return m.tzinfo == NONE ? str_format("%s(%s%s)", name, text, fold)
                            : str_format("%s(%s, tzinfo=%R%s)", name, text, m.tzinfo, fold);
}

static Object *time_isoformat(Object *o, Object *timespec) {
    TimeSpec spec;
    if (timespec_argument(timespec, "isoformat", 1, &spec) < 0) {
        return NULL;
    }
    Moment m = time_moment(o);
    char text[2 * TIME_TEXT_MOST], *p = write_time_text(text, &m, spec);
    if (m.tzinfo != NONE && !(p = write_offset(p, ":", m.tzinfo, NONE))) {
        return NULL;
    }
    return str_from_ascii(text, p - text);
}

static Object *time_str(Object *o) {
    return call_method0(o, names.isoformat);
}

static Object *time_strftime(Object *self, Object *format) {
    Moment m = time_moment(self);
    int values[9] = { 1900, 1, 1, m.hour, m.minute, m.second, 0, 1, -1 };
    Object *tuple = tuple_new(9);
    for (int i = 0; tuple && i < 9; i++) {
        Object *value = int_from_i64(values[i]);
        if (!value) {
            return NULL;
        }
        tuple_init(tuple, i, value);
    }
    return tuple ? format_strftime(self, format, tuple, NONE) : NULL;
}

// ---- the rest

static Object *time_tzname(Object *self) {
    return tzinfo_tzname(time_tzinfo(self), NONE);
}
static Object *time_dst(Object *self) {
    return tzinfo_dst(time_tzinfo(self), NONE);
}

static Object *time_replace(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "hour", "minute", "second", "microsecond", "tzinfo", "fold" };
    static const FieldFormat format = { "replace", field_names, "iiiiOi", 0, 5 };
    Moment m = time_moment(self);
    int f[6] = { m.hour, m.minute, m.second, m.microsecond, 0, m.fold };
    Object *objects[6] = { [4] = m.tzinfo };
    if (fields_bind(&format, args, nargs, kwnames, f, objects) < 0) {
        return NULL;
    }
    if (f[5] != 0 && f[5] != 1) {
        return raise_error(&exc_ValueError, "fold must be either 0 or 1");
    }
    m = (Moment){
        .hour = f[0], .minute = f[1], .second = f[2], .microsecond = f[3], .fold = f[5], .tzinfo = objects[4]
    };
    if (self->type == &time_type) {
        return time_allocate(&time_type, &m);
    }
    Object *values[5] = { int_from_i64(f[0]), int_from_i64(f[1]), int_from_i64(f[2]), int_from_i64(f[3]),
                          m.tzinfo };
    Object *result = values[3] ? call((Object *)self->type, values, 5, NULL) : NULL;
    if (result && time_check(result) && m.fold) {
        ((Time *)result)->fold = 1;
    }
    return result;
}

static Object *time_state(Object *self, bool with_fold) {
    Time *t = (Time *)self;
    uint8_t data[6];
    memcpy(data, t->data, 6);
    if (with_fold && t->fold) {
        data[0] |= 0x80;
    }
    Object *state = bytes_from(data, 6);
    Object *args = !state ? NULL : t->has_tzinfo ? tuple_pack(2, state, t->tzinfo) : tuple_pack(1, state);
    return args ? tuple_pack(2, self->type, args) : NULL;
}

static Object *time_reduce_ex(Object *self, Object *protocol) {
    int number;
    return int_field(protocol, &number) < 0 ? NULL : time_state(self, number > 3);
}

static Object *time_reduce(Object *self) {
    return time_state(self, false);
}

static Object *get_tzinfo(Object *o, void *closure) {
    (void)closure;
    return time_tzinfo(o);
}
static GetSetDef time_getsets[] = {
    { "hour", get_byte_field, NULL, NULL, (void *)offsetof(Time, data[0]) },
    { "minute", get_byte_field, NULL, NULL, (void *)offsetof(Time, data[1]) },
    { "second", get_byte_field, NULL, NULL, (void *)offsetof(Time, data[2]) },
    { "microsecond", get_microsecond_field, NULL, NULL, (void *)offsetof(Time, data[3]) },
    { "tzinfo", get_tzinfo, NULL, NULL, NULL },
    { "fold", get_byte_field, NULL, NULL, (void *)offsetof(Time, fold) },
    { 0 },
};

static BuiltinDef time_methods[] = {
    BUILTIN("isoformat", time_isoformat, "-($self, timespec='auto')", 0, NULL),
    BUILTIN("strftime", time_strftime, "-($self, format)", 0, NULL),
    BUILTIN("__format__", format_method, "-|($self, format, /)", 0, NULL),
    BUILTIN("utcoffset", time_utcoffset, "-($self, /)", 0, NULL),
    BUILTIN("tzname", time_tzname, "-($self, /)", 0, NULL),
    BUILTIN("dst", time_dst, "-($self, /)", 0, NULL),
    BUILTIN("replace", time_replace, NULL, 0, NULL),
    BUILTIN("fromisoformat", time_fromisoformat, "-($type, text, /)", BUILTIN_CLASS, NULL),
    BUILTIN("__reduce_ex__", time_reduce_ex, "-|($self, protocol, /)", 0, NULL),
    BUILTIN("__reduce__", time_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec time_spec = {
    .name = "datetime.time", .basic_size = sizeof(Time), .flags = TF_BASE, .methods = time_methods,
    .getsets = time_getsets, .trace = time_trace,
    .plain_hash = time_known_hash,
    .slots = { .getattr = object_generic_getattr,
        .new = time_type_new, .repr = time_repr, .str = time_str, .hash = time_hash, .compare = time_compare,
    },
};
