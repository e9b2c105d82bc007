// int's methods and constructor, and bool.
#include "objects/int_internal.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/format_spec.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/names.h"

// ---- construction

static Object *int_subclass(Type *type, Object *value) {
    if (!value) {
        return NULL;
    }
    size_t count = int_digit_count(value);
    Object *result = object_alloc_var(type, (ssize_t)count);
    if (!result) {
        return NULL;
    }
    memcpy(((Int *)result)->digits, int_digits(value), count * sizeof(uint32_t));
    ((Int *)result)->var.size = ((Int *)value)->var.size;
    return result;
}

static Object *int_from_object_base(Object *x, Object *base_object) {
    if (!base_object) {
        return number_int(x);
    }
    Object *index = number_index(base_object);
    if (!index) {
        return NULL;
    }
    int overflow;
    int64_t base = int_as_i64(index, &overflow);
    if (overflow || base < 0 || base == 1 || base > 36) {
        return raise_error(&exc_ValueError, "int() base must be >= 2 and <= 36, or 0");
    }
    if (str_check(x)) {
        return int_from_str(x, (int)base);
    }
    if (bytes_check(x)) {
        return int_from_text_shown(bytes_data(x), (size_t)bytes_length(x), (int)base, x);
    }
    if (bytearray_check(x)) {
        Object *copy = bytes_from_object(x);
        return copy ? int_from_text_shown(bytes_data(copy), (size_t)bytes_length(copy), (int)base, x) : NULL;
    }
    return raise_error(&exc_TypeError, "int() can't convert non-string with explicit base");
}

Object *int_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *x = NULL, *base = NULL;
    if (LIKELY(!kwnames || tuple_size(kwnames) == 0)) {
        if (nargs > 2) {
            return raise_error(&exc_TypeError, "int() takes at most 2 arguments (%zu given)", nargs);
        }
        x = nargs > 0 ? args[0] : NULL;
        base = nargs > 1 ? args[1] : NULL;
    } else {
        static struct Signature *signature;
        Object *bound[2];
        if (signature_bind(&signature, "int", "|(x=0, /, base=10)", args, nargs, kwnames, bound) < 0) {
            return NULL;
        }
        x = bound[0];
        base = bound[1];
    }
    Object *value;
    if (!x) {
        if (base) {
            return raise_error(&exc_TypeError, "int() missing string argument");
        }
        value = int_from_i64(0);
    } else {
        value = int_from_object_base(x, base);
    }
    return type == &int_type ? value : int_subclass(type, value);
}

// ---- methods

static Object *conjugate(Object *self) {
    return int_exact(self);
}

static Object *bit_length(Object *self) {
    return int_from_u64(int_bit_length(self));
}

static Object *bit_count(Object *self) {
    uint64_t count = 0;
    for (size_t k = int_digit_count(self); k-- > 0;) {
        count += (unsigned)__builtin_popcount(int_digits(self)[k]);
    }
    return int_from_u64(count);
}

// 1 little, 0 big, -1 error.
static int parse_byteorder(Object *order) {
    if (!order) {
        return 0;
    }
    if (!str_check(order)) {
        raise_error(&exc_TypeError, "argument 'byteorder' must be str, not %T", order);
        return -1;
    }
    if (str_equal_cstring(order, "little")) {
        return 1;
    }
    if (str_equal_cstring(order, "big")) {
        return 0;
    }
    raise_error(&exc_ValueError, "byteorder must be either 'little' or 'big'");
    return -1;
}

static Object *to_bytes(Object *self, Object *length, Object *byteorder, Object *is_signed) {
    ssize_t n = 1;
    if (length) {
        Object *index = number_index(length);
        n = index ? int_to_ssize(index) : -1;
        if (n == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (byteorder && !str_check(byteorder)) {
        return raise_error(&exc_TypeError, "to_bytes() argument 'byteorder' must be str, not %s",
                           byteorder == NONE ? "None" : byteorder->type->name);
    }
    int truth = is_signed ? object_is_true(is_signed) : 0;
    int little = truth < 0 ? -1 : parse_byteorder(byteorder);
    if (little < 0) {
        return NULL;
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "length argument must be non-negative");
    }
    Object *result = bytes_new(n);
    if (!result || int_to_bytes(self, (uint8_t *)bytes_data(result), (size_t)n, little, truth) < 0) {
        return NULL;
    }
    return result;
}

static Object *from_bytes(Object *cls, Object *data, Object *byteorder, Object *is_signed) {
    if (byteorder && !str_check(byteorder)) {
        return raise_error(&exc_TypeError, "from_bytes() argument 'byteorder' must be str, not %s",
                           byteorder == NONE ? "None" : byteorder->type->name);
    }
    int truth = is_signed ? object_is_true(is_signed) : 0;
    int little = truth < 0 ? -1 : parse_byteorder(byteorder);
    if (little < 0) {
        return NULL;
    }
    if (!bytes_check(data)) {
        Object *method;
        int found = object_lookup_special(data, names.__bytes__, &method);
        if (found < 0) {
            return NULL;
        }
        if (found) {
            data = call0(method);
            if (data && !bytes_check(data)) {
                return raise_error(&exc_TypeError, "__bytes__ returned non-bytes (type %T)", data);
            }
        } else if (str_check(data) || int_check(data)) {
            return raise_error(&exc_TypeError, "cannot convert '%T' object to bytes", data);
        } else {
            data = bytes_from_object(data);
        }
        if (!data) {
            return NULL;
        }
    }
    Object *value = int_from_bytes((const uint8_t *)bytes_data(data), (size_t)bytes_length(data), little,
                                   truth);
    return value && cls != (Object *)&int_type ? call1(cls, value) : value;
}

static Object *as_integer_ratio(Object *self) {
    Object *numerator = int_exact(self), *one = int_from_i64(1);
    return numerator && one ? tuple_pack(2, numerator, one) : NULL;
}

// To the nearest multiple of 10**-ndigits, halves to even.
static Object *round_int(Object *self, Object *ndigits) {
    if (!ndigits) {
        return int_exact(self);
    }
    Object *n = number_index(ndigits);
    if (!n) {
        return NULL;
    }
    if (!int_is_negative(n)) {
        return int_exact(self);
    }
    int overflow;
    int64_t digits = int_as_i64(n, &overflow);
    if (overflow || digits < -(int64_t)(int_bit_length(self) / 3 + 2)) {
        return int_from_i64(0);
    }
    Object *power = int_power_of(10, (size_t)-digits), *quotient, *rest;
    if (!power || int_divide(self, power, &quotient, &rest) < 0) {
        return NULL;
    }
    Object *twice = int_add(rest, rest);
    if (!twice) {
        return NULL;
    }
    int order = int_compare(twice, power);
    Object *result = int_subtract(self, rest);
    bool odd = int_sign(quotient) && (int_digits(quotient)[0] & 1);
    return result && (order > 0 || (order == 0 && odd)) ? int_add(result, power) : result;
}

static Object *getnewargs(Object *self) {
    Object *value = int_exact(self);
    return value ? tuple_pack(1, value) : NULL;
}

static Object *format_method(Object *self, Object *spec) {
    if (!str_check(spec)) {
        return raise_error(&exc_TypeError, "__format__() argument must be str, not %s",
                           spec == NONE ? "None" : spec->type->name);
    }
    return int_format(self, spec);
}

static Object *sizeof_method(Object *self) {
    return int_from_u64(offsetof(Int, digits) + size_max(int_digit_count(self), 1) * sizeof(uint32_t));
}

static Object *get_self(Object *self, void *closure) {
    return int_exact(self);
}

static Object *get_constant(Object *self, void *closure) {
    return int_from_i64((intptr_t)closure);
}

Object *int_divmod(Object *a, Object *b) {
    Object *quotient, *rest;
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    return int_divide(a, b, &quotient, &rest) < 0 ? NULL : tuple_pack(2, quotient, rest);
}

enum { QUIET = EFFECT_NO_PYTHON | EFFECT_PURE };
BuiltinDef int_methods[] = {
    BUILTIN("conjugate", conjugate, "-($self, /)", QUIET, NULL),
    BUILTIN("bit_length", bit_length, "($self, /)", QUIET, NULL),
    BUILTIN("bit_count", bit_count, "($self, /)", QUIET, NULL),
    BUILTIN("to_bytes", to_bytes, "($self, /, length=1, byteorder='big', *, signed=False)", 0, NULL),
    BUILTIN("from_bytes", from_bytes, "($type, /, bytes, byteorder='big', *, signed=False)", BUILTIN_CLASS,
            NULL),
    BUILTIN("as_integer_ratio", as_integer_ratio, "($self, /)", QUIET, NULL),
    BUILTIN("__trunc__", conjugate, "-($self, /)", QUIET, NULL),
    BUILTIN("__floor__", conjugate, "-($self, /)", QUIET, NULL),
    BUILTIN("__ceil__", conjugate, "-($self, /)", QUIET, NULL),
    BUILTIN("__round__", round_int, "($self, ndigits=<unrepresentable>, /)", 0, NULL),
    BUILTIN("__getnewargs__", getnewargs, "($self, /)", QUIET, NULL),
    BUILTIN("__format__", format_method, "($self, format_spec, /)", 0, NULL),
    BUILTIN("__sizeof__", sizeof_method, "($self, /)", QUIET, NULL),
    BUILTIN_END,
};
GetSetDef int_getsets[] = {
    { "real", get_self, NULL, NULL, NULL },
    { "imag", get_constant, NULL, NULL, (void *)0 },
    { "numerator", get_self, NULL, NULL, NULL },
    { "denominator", get_constant, NULL, NULL, (void *)1 },
    { NULL, NULL, NULL, NULL, NULL },
};
