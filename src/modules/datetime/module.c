// `_datetime`: dates and times. The types stand in files of their own; here is the module.
#include "modules/datetime/datetime.h"

static int set_constants(Type *type, Object *least, Object *most, Object *resolution) {
    if (!least || !most || dict_set_cstring(type->dict, "min", least) < 0 ||
        dict_set_cstring(type->dict, "max", most) < 0 ||
        (resolution && dict_set_cstring(type->dict, "resolution", resolution) < 0)) {
        return -1;
    }
    type_modified(type, NULL);
    return 0;
}

static int make_constants(void) {
    heap_add_root(&timezone_utc, 1);
    heap_add_root(&datetime_epoch, 1);
    Object *microsecond = delta_new(0, 0, 1), *day = delta_new(1, 0, 0), *zero = delta_new(0, 0, 0);
    if (!microsecond || !day || !zero) {
        return -1;
    }
    Moment first = { .year = YEAR_LEAST, .month = 1, .day = 1, .tzinfo = NONE };
    Moment last = { YEAR_MOST, 12, 31, 23, 59, 59, 999999, 0, NONE };
    Object *least_offset = delta_new(-1, 60, 0), *most_offset = delta_new(0, (23 * 60 + 59) * 60, 0);
    if (!least_offset || !most_offset || !(timezone_utc = timezone_new(zero, NULL))) {
        return -1;
    }
    Moment epoch = { .year = 1970, .month = 1, .day = 1, .tzinfo = timezone_utc };
    datetime_epoch = datetime_allocate(&datetime_type, &epoch);
    if (!datetime_epoch || dict_set_cstring(timezone_type.dict, "utc", timezone_utc) < 0) {
        return -1;
    }
    return set_constants(&timedelta_type, delta_new(-DAYS_MOST, 0, 0), delta_new(DAYS_MOST, 86399, 999999),
                         microsecond) < 0 ||
                   set_constants(&date_type, date_new(1, 1, 1), date_new(YEAR_MOST, 12, 31), day) < 0 ||
                   set_constants(&time_type, time_allocate(&time_type, &first),
                                 time_allocate(&time_type, &last), microsecond) < 0 ||
                   set_constants(&datetime_type, datetime_allocate(&datetime_type, &first),
                                 datetime_allocate(&datetime_type, &last), microsecond) < 0 ||
                   set_constants(&timezone_type, timezone_new(least_offset, NULL),
                                 timezone_new(most_offset, NULL), NULL) < 0
               ? -1
               : 0;
}

static int datetime_exec(Object *module) {
    if (module_add_type(module, &date_type, &date_spec) < 0 ||
        module_add_type(module, &datetime_type, &datetime_spec) < 0 ||
        module_add_type(module, &time_type, &time_spec) < 0 ||
        module_add_type(module, &timedelta_type, &timedelta_spec) < 0 ||
        module_add_type(module, &tzinfo_type, &tzinfo_spec) < 0 ||
        module_add_type(module, &timezone_type, &timezone_spec) < 0 ||
        type_ready(&iso_date_type, &iso_date_spec) < 0 || (!timezone_utc && make_constants() < 0)) {
        return -1;
    }
    return module_add(module, "UTC", timezone_utc) < 0 || module_add_int(module, "MINYEAR", YEAR_LEAST) < 0 ||
                   module_add_int(module, "MAXYEAR", YEAR_MOST) < 0
               ? -1
               : 0;
}

const ModuleSpec module_datetime = { "_datetime", NULL, NULL, datetime_exec };
