#include "modules/fields.h"

#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/tuple.h"

int int_field(Object *o, int *value) {
    if (LIKELY(int_check_exact(o) && int_is_compact(o))) {
        *value = (int)int_compact_value(o);
        return 0;
    }
    Object *index = number_index(o);
    if (!index) {
        return -1;
    }
    int overflow;
    int64_t wide = int_as_i64(index, &overflow);
    if (overflow || wide > INT32_MAX || wide < INT32_MIN) {
        raise_error(&exc_OverflowError, overflow   ? "Python int too large to convert to C long"
                                        : wide > 0 ? "signed integer is greater than maximum"
                                                   : "signed integer is less than minimum");
        return -1;
    }
    *value = (int)wide;
    return 0;
}

static int bind_error(const FieldFormat *f, const char *prefix, int limit, size_t given, const char *kind) {
    raise_error(&exc_TypeError, "%s%s takes %s %d %sargument%s (%zu given)", f->name ? f->name : "function",
                f->name ? "()" : "", prefix, limit, kind, limit == 1 ? "" : "s", given);
    return -1;
}

static COLD int keyword_error(const FieldFormat *f, size_t nargs, Object *kwnames) {
    for (ssize_t k = 0; k < tuple_size(kwnames); k++) {
        Object *keyword = tuple_get(kwnames, k);
        if (!str_check(keyword)) {
            raise_error(&exc_TypeError, "keywords must be strings");
            return -1;
        }
        int i = 0;
        while (f->kinds[i] && !str_equal_cstring(keyword, f->names[i])) {
            i++;
        }
        if (!f->kinds[i]) {
            raise_error(&exc_TypeError, "'%U' is an invalid keyword argument for %s%s", keyword,
                        f->name ? f->name : "this function", f->name ? "()" : "");
            return -1;
        }
        if ((size_t)i < nargs) {
            raise_error(&exc_TypeError, "argument for %s%s given by name ('%s') and position (%d)",
                        f->name ? f->name : "function", f->name ? "()" : "", f->names[i], i + 1);
            return -1;
        }
    }
    return 0;
}

int fields_bind(const FieldFormat *f, Object *const *args, size_t nargs, Object *kwnames, int *ints,
                Object **objects) {
    size_t named = kwnames ? (size_t)tuple_size(kwnames) : 0, used = 0, count = strlen(f->kinds);
    if (nargs + named > count) {
        return bind_error(f, "at most", (int)count, nargs + named, nargs ? "" : "keyword ");
    }
    if (nargs > (size_t)f->positional) {
        return bind_error(f, "at most", f->positional, nargs, "positional ");
    }
    for (size_t i = 0; i < count; i++) {
        Object *value = NULL;
        if (i < nargs) {
            value = args[i];
        } else if (used < named) {
            for (size_t k = 0; k < named; k++) {
                Object *keyword = tuple_get(kwnames, (ssize_t)k);
                if (str_check(keyword) && str_equal_cstring(keyword, f->names[i])) {
                    value = args[nargs + k];
                    used++;
                    break;
                }
            }
        }
        if (!value) {
            if (i < (size_t)f->required) {
                raise_error(&exc_TypeError, "%s%s missing required argument '%s' (pos %d)",
                            f->name ? f->name : "function", f->name ? "()" : "", f->names[i], (int)i + 1);
                return -1;
            }
            if (used == named && i >= nargs) {
                break;
            }
        } else if (f->kinds[i] == 'O') {
            objects[i] = value;
        } else if (int_field(value, &ints[i]) < 0) {
            return -1;
        }
    }
    return used < named ? keyword_error(f, nargs, kwnames) : 0;
}
