// float and complex: CPython's layouts; and the conversions between doubles and text.
#pragma once

#include "objects/object.h"

typedef struct Float {
    Object base;
    double value;
} Float;

typedef struct Complex {
    Object base;
    double real, imag;
} Complex;

static inline bool float_check(const Object *o) {
    return object_is_instance(o, &float_type);
}
static inline double float_value(const Object *o) {
    return ((const Float *)o)->value;
}

Object *float_from_double(double value);
double float_by_slot(Object *o);    // the same, but asks a subclass of float for its __float__ too
double float_as_double(Object *o);  // by __float__ and __index__; -1.0 with TypeError
Object *float_from_str(Object *str);
hash_t float_hash_double(Object *o, double value);
Object *complex_from_doubles(double real, double imag);

// Formats like CPython's PyOS_double_to_string: `code` one of e E f F g G r; `precision` digits.
// Writes UTF-8 into a malloc'ed string that the caller frees; NULL with MemoryError.
enum { FLOAT_SIGN = 1, FLOAT_ADD_DOT_ZERO = 2, FLOAT_ALTERNATE = 4, FLOAT_NO_NEGATIVE_ZERO = 8 };
char *double_to_text(double value, char code, int precision, int flags);
// The commonest case of it: "%.*f" without flags into `out` (48 bytes); 0 when it takes the general way.
size_t double_write_fixed(double value, int precision, char *out);
bool double_scale_exactly(double value, int n, double *whole);
// Parses the longest prefix that is a float literal (no underscores, "inf" and "nan" included);
// *end is `text` when there is none.
double double_from_text(const char *text, const char **end);
// The same, where it is known that all up to `limit` can be read: many digits go faster.
double double_from_part(const char *text, const char *limit, const char **end);
// digits * 10**exponent, rounded correctly; false when that needs the slow way.
bool double_from_decimal(uint64_t digits, int exponent, double *value);
// repr() of a double into `out` (at least 32 bytes); returns the length.
size_t double_write_repr(double value, char *out);
