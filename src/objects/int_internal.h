// What the files that implement int share: digits, their allocation, and GMP's limbs.
//
// A magnitude is an array of 30-bit digits, least significant first, without leading zeros. GMP works
// on 64-bit limbs; limb arrays live on the C stack when they are short and in byte cells otherwise,
// so that they need not be freed.
#pragma once

#include <gmp.h>

#include "objects/errors.h"
#include "objects/int.h"

#define INT_MOST_DIGITS ((SSIZE_LIMIT - (ssize_t)offsetof(Int, digits)) / (ssize_t)sizeof(uint32_t))

static inline size_t int_digit_count(const Object *o) {
    ssize_t size = ((const Int *)o)->var.size;
    return (size_t)(size < 0 ? -size : size);
}
static inline const uint32_t *int_digits(const Object *o) {
    return ((const Int *)o)->digits;
}
static inline bool int_is_negative(const Object *o) {
    return ((const Int *)o)->var.size < 0;
}

// The value when `o` has at most two digits (below 2**60 in magnitude).
static inline bool int_two_digits(const Object *o, int64_t *value) {
    const Int *i = (const Int *)o;
    ssize_t size = i->var.size;
    if (LIKELY((size_t)(size + 1) <= 2)) {
        *value = size * (int64_t)i->digits[0];
        return true;
    }
    if (size == 2) {
        *value = (int64_t)i->digits[1] << INT_SHIFT | i->digits[0];
        return true;
    }
    if (size == -2) {
        *value = -((int64_t)i->digits[1] << INT_SHIFT | i->digits[0]);
        return true;
    }
    return false;
}

// An unpublished int of `count` digits (size = count, digits zero), to be filled and then given to
// int_finish. OverflowError, MemoryError.
Int *int_alloc(size_t count);
// The same with digits that hold anything: for who fills them all.
Int *int_alloc_unfilled(size_t count);
// Carries on what digits hold above 30 bits; above the last one there is nothing.
void int_settle_carries(uint32_t *digits, size_t count);
// Drops leading zeros and sets the sign; small values become the cached objects.
Object *int_finish(Int *i, bool negative);

// ---- limbs (int_large.c)
enum { LIMBS_ON_STACK = 64 };
static inline size_t limbs_for_digits(size_t digits) {
    return (digits * INT_SHIFT + 63) / 64 + 1;
}
mp_limb_t *limbs_alloc(size_t count);
// Returns the number of significant limbs.
size_t limbs_from_digits(mp_limb_t *limbs, const uint32_t *digits, size_t count);
Object *int_from_limbs(const mp_limb_t *limbs, size_t count, bool negative);

// Magnitudes' products, quotients; a and b have more than one digit for the division.
Object *int_multiply_large(Object *a, Object *b);
// Truncating; either result may be NULL: not asked for.
int int_divide_large(Object *a, Object *b, Object **quotient, Object **remainder);
Object *int_power(Object *base, Object *exponent, Object *modulus);  // `**` slot
// Floor division; either result may be unwanted (NULL).
int int_divide(Object *a, Object *b, Object **quotient, Object **remainder);
// 2**5 * 10**n and the like.
Object *int_power_of(uint32_t base, size_t exponent);
Object *int_shift_left(Object *a, size_t bits);
Object *int_shift_right(Object *a, size_t bits);
// |a| = m * 2**exponent with m in [2**(bits-1), 2**bits), rounded half to even.
double int_frexp(Object *a, ssize_t *exponent);
Object *int_true_divide(Object *a, Object *b);
Object *int_absolute(Object *a);
Object *int_exact(Object *o);  // an int of exact type with the same value
Object *int_gcd(Object *a, Object *b);
Object *int_sqrt(Object *a);   // floor, of a non-negative int

// ---- between int.c, int_methods.c and int_text.c
Object *int_new(Type *type, Object *const *args, size_t nargs, Object *kwnames);
Object *int_divmod(Object *a, Object *b);
// `shown` is what an error shows as the literal. ValueError.
Object *int_from_text_shown(const char *text, size_t length, int base, Object *shown);
// The str with every decimal digit as ASCII and white space as ' '; other non-ASCII becomes '?'. The result lies in
// `small`, which has `room` bytes, or in a byte cell. MemoryError.
char *str_to_decimal_ascii(Object *str, char *small, size_t room);
