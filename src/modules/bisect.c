// _bisect: binary search in sorted sequences.
#include "modules/modules.h"
#include "objects/containers.h"
#include "objects/list.h"

// The place of `item`: to the right or left of equal ones. -1 with an exception.
static ssize_t search(Object *list, Object *item, ssize_t low, ssize_t high, Object *key, bool right) {
    if (low < 0) {
        raise_error(&exc_ValueError, "lo must be non-negative");
        return -1;
    }
    if (high == -1 && (high = object_length(list)) < 0) {
        return -1;
    }
    while (low < high) {
        ssize_t middle = low + (high - low) / 2;
        Object *other = list->type == &list_type ? list_read(list, middle) : NULL;
        if (!other) {
            other = sequence_getitem(list, middle);
        }
        if (other && key) {
            other = call1(key, other);
        }
        if (!other) {
            return -1;
        }
        int less = right ? object_compare_bool(item, other, CMP_LT)
                         : object_compare_bool(other, item, CMP_LT);
        if (less < 0) {
            return -1;
        }
        if (right ? less : !less) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static int bounds(Object *low_arg, Object *high_arg, ssize_t *low, ssize_t *high) {
    *low = 0;
    *high = -1;
    if (low_arg && (*low = number_to_ssize(low_arg)) == -1 && error_occurred()) {
        return -1;
    }
    if (number_optional_ssize(high_arg, high) < 0) {
        return -1;
    }
    return 0;
}

static Object *find(Object *list, Object *item, Object *low, Object *high, Object *key, bool right) {
    ssize_t l, h;
    if (bounds(low, high, &l, &h) < 0) {
        return NULL;
    }
    ssize_t i = search(list, item, l, h, key == NONE ? NULL : key, right);
    return i < 0 ? NULL : int_from_ssize(i);
}

static Object *insert(Object *list, Object *item, Object *low, Object *high, Object *key, bool right) {
    ssize_t l, h;
    if (bounds(low, high, &l, &h) < 0) {
        return NULL;
    }
    key = key == NONE ? NULL : key;
    Object *sought = key ? call1(key, item) : item;
    ssize_t i = sought ? search(list, sought, l, h, key, right) : -1;
    if (i < 0) {
        return NULL;
    }
    if (list->type == &list_type) {
        return list_insert(list, i, item) < 0 ? NULL : NONE;
    }
    Object *name = str_intern_cstring("insert"), *index = int_from_ssize(i);
    return name && index && call_method2(list, name, index, item) ? NONE : NULL;
}

static Object *insort(Object *list, Object *item, Object *low, Object *high, Object *key, bool right) {
    CriticalSection section;
    critical_section_begin(&section, list);
    Object *result = insert(list, item, low, high, key, right);
    critical_section_end(&section);
    return result;
}

static Object *bisect_bisect_right_function(Object *m, Object *a, Object *x, Object *lo, Object *hi,
                                            Object *key) {
    return find(a, x, lo, hi, key, true);
}
static Object *bisect_bisect_left_function(Object *m, Object *a, Object *x, Object *lo, Object *hi,
                                           Object *key) {
    return find(a, x, lo, hi, key, false);
}
static Object *bisect_insort_right_function(Object *m, Object *a, Object *x, Object *lo, Object *hi,
                                            Object *key) {
    return insort(a, x, lo, hi, key, true);
}
static Object *bisect_insort_left_function(Object *m, Object *a, Object *x, Object *lo, Object *hi,
                                           Object *key) {
    return insort(a, x, lo, hi, key, false);
}

static BuiltinDef functions[] = {
    BUILTIN("bisect_left", bisect_bisect_left_function, "($module, /, a, x, lo=0, hi=None, *, key=None)", 0,
            NULL),
    BUILTIN("bisect_right", bisect_bisect_right_function, "($module, /, a, x, lo=0, hi=None, *, key=None)", 0,
            NULL),
    BUILTIN("insort_left", bisect_insort_left_function, "($module, /, a, x, lo=0, hi=None, *, key=None)", 0,
            NULL),
    BUILTIN("insort_right", bisect_insort_right_function, "($module, /, a, x, lo=0, hi=None, *, key=None)", 0,
            NULL),
    BUILTIN_END,
};

const ModuleSpec module_bisect = { "_bisect", NULL, functions, NULL };
