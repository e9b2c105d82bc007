// datetime.tzinfo, the abstract base, and datetime.timezone, a fixed offset from UTC.
#include <time.h>

#include "modules/datetime/datetime.h"

Type tzinfo_type, timezone_type;
Object *timezone_utc;

// ---- asking a tzinfo

static Object *call_tzinfo(Object *tzinfo, Object *name, Object *argument) {
    if (tzinfo == NONE) {
        return NONE;
    }
    Object *offset = call_method1(tzinfo, name, argument);
    if (!offset || offset == NONE) {
        return offset;
    }
    if (!timedelta_check(offset)) {
        return raise_error(&exc_TypeError, "tzinfo.%U() must return None or timedelta, not '%s'", name,
                           offset->type->name);
    }
    const Delta *d = (const Delta *)offset;
    if ((d->days == -1 && !d->seconds && !d->microseconds) || d->days < -1 || d->days >= 1) {
        return raise_error(&exc_ValueError, "offset must be a timedelta strictly between "
                                            "-timedelta(hours=24) and timedelta(hours=24).");
    }
    return offset;
}

Object *tzinfo_utcoffset(Object *tzinfo, Object *argument) {
    return tzinfo->type == &timezone_type ? ((TimeZone *)tzinfo)->offset
                                          : call_tzinfo(tzinfo, names.utcoffset, argument);
}

Object *tzinfo_dst(Object *tzinfo, Object *argument) {
    return call_tzinfo(tzinfo, names.dst, argument);
}

Object *tzinfo_tzname(Object *tzinfo, Object *argument) {
    if (tzinfo == NONE) {
        return NONE;
    }
    Object *name = call_method1(tzinfo, names.tzname, argument);
    if (!name || name == NONE || str_check(name)) {
        return name;
    }
    return raise_error(&exc_TypeError, "tzinfo.tzname() must return None or a string, not '%s'",
                       name->type->name);
}

// ---- tzinfo

static Object *tzinfo_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

static Object *missing(const char *method) {
    return raise_error(&exc_NotImplementedError, "a tzinfo subclass must implement %s()", method);
}
static Object *tzinfo_tzname_method(Object *self, Object *dt) {
    (void)self, (void)dt;
    return missing("tzname");
}
static Object *tzinfo_utcoffset_method(Object *self, Object *dt) {
    (void)self, (void)dt;
    return missing("utcoffset");
}
static Object *tzinfo_dst_method(Object *self, Object *dt) {
    (void)self, (void)dt;
    return missing("dst");
}

static bool check_fromutc(Object *self, Object *dt) {
    if (!datetime_check(dt)) {
        raise_error(&exc_TypeError, "fromutc: argument must be a datetime");
        return false;
    }
    if (datetime_tzinfo(dt) != self) {
        raise_error(&exc_ValueError, "fromutc: dt.tzinfo is not self");
        return false;
    }
    return true;
}

// The algorithm that the documentation of tzinfo.fromutc gives.
static Object *tzinfo_fromutc(Object *self, Object *dt) {
    if (!check_fromutc(self, dt)) {
        return NULL;
    }
    Object *offset = tzinfo_utcoffset(self, dt);
    if (!offset || offset == NONE) {
        return offset ? raise_error(&exc_ValueError, "fromutc: non-None utcoffset() result required") : NULL;
    }
    Object *dst = tzinfo_dst(self, dt);
    if (!dst || dst == NONE) {
        return dst ? raise_error(&exc_ValueError, "fromutc: non-None dst() result required") : NULL;
    }
    Object *standard = delta_subtract(offset, dst);
    Object *result = standard ? datetime_add_delta(dt, standard, 1) : NULL;
    if (!result) {
        return NULL;
    }
    dst = tzinfo_dst(datetime_check(result) ? datetime_tzinfo(result) : self, result);
    if (!dst || dst == NONE) {
        return dst ? raise_error(&exc_ValueError,
                                 "fromutc: tz.dst() gave inconsistent results; cannot convert")
                   : NULL;
    }
    return delta_is_zero(dst) || !datetime_check(result) ? result : datetime_add_delta(result, dst, 1);
}

static Object *tzinfo_reduce(Object *self) {
    Object *getter, *args;
    int found = object_getattr_optional(self, names.__getinitargs__, &getter);
    args = found < 0 ? NULL : found ? call0(getter) : tuple_empty();
    Object *state = args ? call_method0(self, names.__getstate__) : NULL;
    return state ? tuple_pack(3, self->type, args, state) : NULL;
}

static BuiltinDef tzinfo_methods[] = {
    BUILTIN("tzname", tzinfo_tzname_method, "-($self, dt, /)", 0, NULL),
    BUILTIN("utcoffset", tzinfo_utcoffset_method, "-($self, dt, /)", 0, NULL),
    BUILTIN("dst", tzinfo_dst_method, "-($self, dt, /)", 0, NULL),
    BUILTIN("fromutc", tzinfo_fromutc, "-($self, dt, /)", 0, NULL),
    BUILTIN("__reduce__", tzinfo_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec tzinfo_spec = {
    .name = "datetime.tzinfo",
    .basic_size = sizeof(Object),
    .flags = TF_BASE,
    .methods = tzinfo_methods,
    .slots = { .getattr = object_generic_getattr, .new = tzinfo_new },
};

// ---- timezone

static Object *timezone_allocate(Object *offset, Object *name) {
    TimeZone *zone = (TimeZone *)object_alloc(&timezone_type);
    if (!zone) {
        return NULL;
    }
    gc_init(&zone->offset, offset);
    gc_init(&zone->name, name);
    return &zone->base;
}

Object *timezone_new(Object *offset, Object *name) {
    if (!name && timezone_utc && delta_is_zero(offset)) {
        return timezone_utc;
    }
    const Delta *d = (const Delta *)offset;
    if ((d->days == -1 && !d->seconds && !d->microseconds) || d->days < -1 || d->days >= 1) {
        return raise_error(&exc_ValueError,
                           "offset must be a timedelta strictly between -timedelta(hours=24) and "
                           "timedelta(hours=24), not %R.",
                           offset);
    }
    return timezone_allocate(offset, name);
}

static Object *timezone_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "offset", "name" };
    static const FieldFormat format = { "timezone", field_names, "OO", 1, 2 };
    (void)type;
    Object *b[2] = {};
    if (fields_bind(&format, args, nargs, kwnames, NULL, b) < 0) {
        return NULL;
    }
    if (!timedelta_check(b[0])) {
        return raise_error(&exc_TypeError, "timezone() argument 1 must be datetime.timedelta, not %s",
                           b[0] == NONE ? "None" : b[0]->type->name);
    }
    if (b[1] && !str_check(b[1])) {
        return raise_error(&exc_TypeError, "timezone() argument 2 must be str, not %s",
                           b[1] == NONE ? "None" : b[1]->type->name);
    }
    return timezone_new(b[0], b[1]);
}

static void timezone_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((TimeZone *)self)->offset);
    trace_cell(tracer, ((TimeZone *)self)->name);
}

static Object *timezone_repr(Object *self) {
    TimeZone *zone = (TimeZone *)self;
    if (self == timezone_utc) {
        return str_from_cstring("datetime.timezone.utc");
    }
    return zone->name ? str_format("%s(%R, %R)", self->type->name, zone->offset, zone->name)
                      : str_format("%s(%R)", self->type->name, zone->offset);
}

static Object *timezone_str(Object *self) {
    TimeZone *zone = (TimeZone *)self;
    if (zone->name) {
        return zone->name;
    }
    char text[32] = "UTC", *p = text + 3;
    if (self != timezone_utc && !delta_is_zero(zone->offset)) {
        p = write_offset(p, ":", self, NONE);
    }
    return p ? str_from_ascii(text, p - text) : NULL;
}

static hash_t timezone_hash(Object *self) {
    return object_hash(((TimeZone *)self)->offset);
}

static Object *timezone_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || b->type != &timezone_type) {
        return NOT_IMPLEMENTED;
    }
    bool equal = !delta_compare(((TimeZone *)a)->offset, ((TimeZone *)b)->offset);
    return bool_from(equal == (op == CMP_EQ));
}

static bool check_argument(Object *dt, const char *method) {
    if (dt == NONE || datetime_check(dt)) {
        return true;
    }
    raise_error(&exc_TypeError, "%s(dt) argument must be a datetime instance or None, not %s", method,
                dt->type->name);
    return false;
}

static Object *timezone_tzname(Object *self, Object *dt) {
    return check_argument(dt, "tzname") ? timezone_str(self) : NULL;
}
static Object *timezone_utcoffset(Object *self, Object *dt) {
    return check_argument(dt, "utcoffset") ? ((TimeZone *)self)->offset : NULL;
}
static Object *timezone_dst(Object *self, Object *dt) {
    (void)self;
    return check_argument(dt, "dst") ? NONE : NULL;
}
static Object *timezone_fromutc(Object *self, Object *dt) {
    return check_fromutc(self, dt) ? datetime_add_delta(dt, ((TimeZone *)self)->offset, 1) : NULL;
}

static Object *timezone_getinitargs(Object *self) {
    TimeZone *zone = (TimeZone *)self;
    return zone->name ? tuple_pack(2, zone->offset, zone->name) : tuple_pack(1, zone->offset);
}

static BuiltinDef timezone_methods[] = {
    BUILTIN("tzname", timezone_tzname, "-($self, dt, /)", 0, NULL),
    BUILTIN("utcoffset", timezone_utcoffset, "-($self, dt, /)", 0, NULL),
    BUILTIN("dst", timezone_dst, "-($self, dt, /)", 0, NULL),
    BUILTIN("fromutc", timezone_fromutc, "-($self, dt, /)", 0, NULL),
    BUILTIN("__getinitargs__", timezone_getinitargs, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec timezone_spec = {
    .name = "datetime.timezone", .base = &tzinfo_type, .basic_size = sizeof(TimeZone), .methods = timezone_methods,
    .trace = timezone_trace,
    .slots = {
        .new = timezone_type_new, .repr = timezone_repr, .str = timezone_str, .hash = timezone_hash,
        .compare = timezone_compare,
    },
};

Object *local_timezone(int64_t timestamp) {
    struct tm t;
    time_t time = (time_t)timestamp;
    errno = 0;
    if (!localtime_r(&time, &t)) {
        return raise_os_error(errno ? errno : EINVAL, NULL, NULL);
    }
    Object *offset = delta_normalize(0, t.tm_gmtoff, 0), *name = NULL;
    if (offset && t.tm_zone) {
        name = str_decode_fs(t.tm_zone, (ssize_t)strlen(t.tm_zone));
        if (!name) {
            return NULL;
        }
    }
    return offset ? timezone_new(offset, name) : NULL;
}
