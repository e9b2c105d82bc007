// int and bool: CPython's layout, magnitude in 30-bit digits, the sign in `size`.
// One- and two-digit values have fast paths everywhere; large work goes to GMP's mpn functions.
#pragma once

#include "objects/object.h"

typedef struct Int {
    VarObject var;  // |size| digits; negative size: negative number; 0: zero
    uint32_t digits[1];
} Int;

enum { INT_SHIFT = 30, INT_SMALL_LEAST = -5, INT_SMALL_MOST = 256 };
#define INT_MASK ((1u << INT_SHIFT) - 1)

static inline bool int_check(const Object *o) {
    return (o->type->flags & TF_INT) != 0;
}
static inline bool int_check_exact(const Object *o) {
    return o->type == &int_type;
}
static inline bool bool_check(const Object *o) {
    return o->type == &bool_type;
}

// True with the value when `o`, an int, has at most one digit.
static inline bool int_is_compact(const Object *o) {
    return (size_t)(((const Int *)o)->var.size + 1) <= 2;
}
static inline int64_t int_compact_value(const Object *o) {
    return ((const Int *)o)->var.size * (int64_t)((const Int *)o)->digits[0];
}

extern Int int_small_table[]; // from INT_SMALL_LEAST to INT_SMALL_MOST
static inline Object *int_from_byte(uint8_t value) {
    return (Object *)&int_small_table[value - INT_SMALL_LEAST];
}

Object *int_from_i64(int64_t value);
Object *int_from_u64(uint64_t value);
Object *int_from_ssize(ssize_t value);
Object *int_from_double(double value);  // truncates; OverflowError / ValueError for inf and nan
// Parses as int() does: optional sign, underscores, base 0 or 2 ... 36, whole text; ValueError
// "invalid literal for int() with base 10: '...'". Also enforces the digit limit.
Object *int_from_text(const char *utf8, size_t length, int base);
Object *int_from_str(Object *str, int base);
// Two's complement little- or big-endian bytes.
Object *int_from_bytes(const uint8_t *bytes, size_t length, bool little, bool is_signed);
int int_to_bytes(Object *o, uint8_t *bytes, size_t length, bool little, bool is_signed);

// The value, with *overflow -1, 0 or 1 by sign when it does not fit. `o` must be an int.
int64_t int_as_i64(Object *o, int *overflow);
// Raising forms: TypeError for no int, OverflowError "Python int too large to convert to C long".
// -1 with an exception (check error_occurred).
int64_t int_to_i64(Object *o);
int int_to_c_int(Object *o);
ssize_t int_to_ssize(Object *o);
uint64_t int_to_u64(Object *o);       // OverflowError for negative or large ones
uint64_t int_to_u64_mask(Object *o);  // modulo 2**64
double int_to_double(Object *o);      // OverflowError "int too large to convert to float"
int int_sign(const Object *o);
size_t int_bit_length(const Object *o);
Object *int_to_str(Object *o, int base);  // base 2, 8, 16 with prefix-less digits, or 10 (limit!)
int int_compare(const Object *a, const Object *b);  // -1, 0, 1
extern int int_max_str_digits;

// Arithmetic on ints (subclasses allowed), for the interpreter's fast paths.
Object *int_add(Object *a, Object *b);
Object *int_subtract(Object *a, Object *b);
Object *int_multiply(Object *a, Object *b);
Object *int_floor_divide(Object *a, Object *b);
Object *int_remainder(Object *a, Object *b);
Object *int_negative(Object *a);
hash_t int_hash(Object *o);
