// int: construction, conversion to C, comparison, hashing, addition and the bit operations.
//
// Values of at most two digits (below 2**60) are computed in 64-bit arithmetic; everything larger
// walks the digit arrays here or goes to int_large.c.
#include "objects/int_internal.h"

#include <limits.h>
#include <math.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/float.h"
#include "objects/polling.h"

// The values -5 ... 256 exist once, as static objects.
#define SMALL(n) \
    { \
        { { REFCOUNT_INITIAL, &int_type }, (n) == 0 ? 0 : (n) < 0 ? -1 : 1 }, { \
            (uint32_t)((n) < 0 ? -(n) : (n)) \
        } \
    }
#define SMALL4(n) SMALL(n), SMALL((n) + 1), SMALL((n) + 2), SMALL((n) + 3)
#define SMALL16(n) SMALL4(n), SMALL4((n) + 4), SMALL4((n) + 8), SMALL4((n) + 12)
#define SMALL64(n) SMALL16(n), SMALL16((n) + 16), SMALL16((n) + 32), SMALL16((n) + 48)
Int int_small_table[INT_SMALL_MOST - INT_SMALL_LEAST + 1] = {
    SMALL(-5), SMALL4(-4), SMALL64(0), SMALL64(64), SMALL64(128), SMALL64(192), SMALL(256),
};

static inline Object *small_int(int64_t value) {
    return (Object *)&int_small_table[value - INT_SMALL_LEAST];
}

static inline bool is_small(int64_t value) {
    return (uint64_t)(value - INT_SMALL_LEAST) <= INT_SMALL_MOST - INT_SMALL_LEAST;
}

Int *int_alloc_unfilled(size_t count) {
    if (UNLIKELY(count > (size_t)INT_MOST_DIGITS)) {
        raise_error(&exc_OverflowError, "too many digits in integer");
        return NULL;
    }
    Int *result = heap_alloc(offsetof(Int, digits) + size_max(count, 1) * sizeof(uint32_t), CELL_LEAF);
    if (UNLIKELY(!result)) {
        return NULL;
    }
    result->var.base.refcount = REFCOUNT_INITIAL;
    result->var.base.type = &int_type;
    result->var.size = (ssize_t)count;
    return result;
}

Int *int_alloc(size_t count) {
    Int *result = int_alloc_unfilled(count);
    if (LIKELY(result != NULL)) {
        memset(result->digits, 0, size_max(count, 1) * sizeof(uint32_t));
    }
    return result;
}

Object *int_finish(Int *i, bool negative) {
    size_t count = (size_t)i->var.size;
    while (count && !i->digits[count - 1]) {
        count--;
    }
    if (count <= 1) {
        int64_t value = count ? i->digits[0] : 0;
        if (negative) {
            value = -value;
        }
        if (is_small(value)) {
            return small_int(value);
        }
    }
    i->var.size = negative ? -(ssize_t)count : (ssize_t)count;
    return (Object *)i;
}

static NOINLINE Object *int_from_magnitude(uint64_t magnitude, bool negative) {
    size_t count = magnitude >> INT_SHIFT ? magnitude >> (2 * INT_SHIFT) ? 3 : 2 : 1;
    Int *result = int_alloc(count);
    if (!result) {
        return NULL;
    }
    for (size_t k = 0; k < count; k++) {
        result->digits[k] = (uint32_t)magnitude & INT_MASK;
        magnitude >>= INT_SHIFT;
    }
    result->var.size = negative ? -(ssize_t)count : (ssize_t)count;
    return (Object *)result;
}

Object *int_from_i64(int64_t value) {
    if (is_small(value)) {
        return small_int(value);
    }
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (LIKELY(magnitude <= INT_MASK)) {
        Int *result = heap_alloc(sizeof(Int), CELL_LEAF);
        if (UNLIKELY(!result)) {
            return NULL;
        }
        result->var.base.refcount = REFCOUNT_INITIAL;
        result->var.base.type = &int_type;
        result->var.size = value < 0 ? -1 : 1;
        result->digits[0] = (uint32_t)magnitude;
        return (Object *)result;
    }
    return int_from_magnitude(magnitude, value < 0);
}

Object *int_from_u64(uint64_t value) {
    return value <= INT_SMALL_MOST ? small_int((int64_t)value) : int_from_magnitude(value, false);
}

Object *int_from_ssize(ssize_t value) {
    return int_from_i64(value);
}

static Object *int_from_u128(unsigned __int128 magnitude, bool negative) {
    if (!(magnitude >> 64)) {
        if ((uint64_t)magnitude <= INT64_MAX) {
            return int_from_i64(negative ? -(int64_t)magnitude : (int64_t)magnitude);
        }
        return int_from_magnitude((uint64_t)magnitude, negative);
    }
    Int *result = int_alloc(5);
    if (!result) {
        return NULL;
    }
    for (size_t k = 0; k < 5; k++) {
        result->digits[k] = (uint32_t)magnitude & INT_MASK;
        magnitude >>= INT_SHIFT;
    }
    return int_finish(result, negative);
}

Object *int_from_double(double value) {
    if (isnan(value)) {
        return raise_error(&exc_ValueError, "cannot convert float NaN to integer");
    }
    if (isinf(value)) {
        return raise_error(&exc_OverflowError, "cannot convert float infinity to integer");
    }
    if (fabs(value) < 0x1p62) {
        return int_from_i64((int64_t)value);
    }
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    Object *mantissa = int_from_i64((int64_t)ldexp(fraction, 53));
    Object *result = mantissa ? int_shift_left(mantissa, (size_t)exponent - 53) : NULL;
    return result && value < 0 ? int_negative(result) : result;
}

Object *int_exact(Object *o) {
    int64_t value;
    if (int_check_exact(o)) {
        return o;
    }
    if (int_two_digits(o, &value)) {
        return int_from_i64(value);
    }
    size_t count = int_digit_count(o);
    Int *result = int_alloc_unfilled(count);
    if (!result) {
        return NULL;
    }
    memcpy(result->digits, int_digits(o), count * sizeof(uint32_t));
    return int_finish(result, int_is_negative(o));
}

// ---- to C

int int_sign(const Object *o) {
    ssize_t size = ((const Int *)o)->var.size;
    return (size > 0) - (size < 0);
}

size_t int_bit_length(const Object *o) {
    size_t count = int_digit_count(o);
    return count ? (count - 1) * INT_SHIFT + 32 - (size_t)__builtin_clz(int_digits(o)[count - 1]) : 0;
}

// The magnitude when it fits in 64 bits.
static bool magnitude_u64(const Object *o, uint64_t *magnitude) {
    size_t count = int_digit_count(o);
    const uint32_t *d = int_digits(o);
    if (count > 3 || (count == 3 && d[2] > 15)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t k = count; k-- > 0;) {
        value = value << INT_SHIFT | d[k];
    }
    *magnitude = value;
    return true;
}

int64_t int_as_i64(Object *o, int *overflow) {
    int64_t value;
    *overflow = 0;
    if (LIKELY(int_two_digits(o, &value))) {
        return value;
    }
    uint64_t magnitude;
    bool negative = int_is_negative(o);
    if (magnitude_u64(o, &magnitude) && magnitude <= (uint64_t)INT64_MAX + negative) {
        return negative ? (int64_t)-magnitude : (int64_t)magnitude;
    }
    *overflow = negative ? -1 : 1;
    return -1;
}

static Object *need_int(Object *o) {
    return int_check(o) ? o : number_index(o);
}

static int64_t int_to_range(Object *o, int64_t least, int64_t most, const char *what) {
    o = need_int(o);
    if (!o) {
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(o, &overflow);
    if (overflow || value < least || value > most) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C %s", what);
        return -1;
    }
    return value;
}

int64_t int_to_i64(Object *o) {
    return int_to_range(o, INT64_MIN, INT64_MAX, "long");
}

int int_to_c_int(Object *o) {
    o = need_int(o);
    if (!o) {
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(o, &overflow);
    if (overflow || value > INT_MAX || value < INT_MIN) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)value;
}

ssize_t int_to_ssize(Object *o) {
    return int_to_range(o, INT64_MIN, INT64_MAX, "ssize_t");
}

uint64_t int_to_u64(Object *o) {
    o = need_int(o);
    if (!o) {
        return (uint64_t)-1;
    }
    uint64_t magnitude;
    if (int_is_negative(o)) {
        raise_error(&exc_OverflowError, "can't convert negative value to unsigned int");
        return (uint64_t)-1;
    }
    if (!magnitude_u64(o, &magnitude)) {
        raise_error(&exc_OverflowError, "Python int too large to convert to C unsigned long");
        return (uint64_t)-1;
    }
    return magnitude;
}

uint64_t int_to_u64_mask(Object *o) {
    o = need_int(o);
    if (!o) {
        return (uint64_t)-1;
    }
    uint64_t value = 0;
    size_t count = size_min(int_digit_count(o), 3);
    for (size_t k = count; k-- > 0;) {
        value = value << INT_SHIFT | int_digits(o)[k];
    }
    return int_is_negative(o) ? -value : value;
}

double int_frexp(Object *a, ssize_t *exponent) {
    size_t bits = int_bit_length(a);
    if (!bits) {
        *exponent = 0;
        return 0.0;
    }
    // The top 64 bits, with everything below folded into the lowest one.
    const uint32_t *d = int_digits(a);
    size_t count = int_digit_count(a);
    uint64_t top = 0;
    ssize_t low = (ssize_t)bits - 64;  // number of bits dropped
    if (low <= 0) {
        for (size_t k = count; k-- > 0;) {
            top = top << INT_SHIFT | d[k];
        }
        low = 0;
    } else {
        size_t word = (size_t)low / INT_SHIFT;
        int shift = (int)((size_t)low % INT_SHIFT);
        unsigned __int128 wide = 0;
        for (size_t k = count; k-- > word;) {
            wide = wide << INT_SHIFT | d[k];
        }
        top = (uint64_t)(wide >> shift);
        bool sticky = (d[word] & ((1u << shift) - 1)) != 0;
        for (size_t k = 0; k < word && !sticky; k++) {
            sticky = d[k] != 0;
        }
        top |= sticky;
    }
    int e;
    double fraction = frexp((double)top, &e);
    *exponent = e + low;
    return int_is_negative(a) ? -fraction : fraction;
}

double int_to_double(Object *o) {
    int64_t value;
    o = need_int(o);
    if (!o) {
        return -1.0;
    }
    if (int_two_digits(o, &value)) {
        return (double)value;
    }
    ssize_t exponent;
    double fraction = int_frexp(o, &exponent);
    if (exponent > 1024) {
        raise_error(&exc_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return ldexp(fraction, (int)exponent);
}

// ---- bytes

// The lowest `n` bytes of a word, 1 to 8.
static inline uint64_t low_bytes(size_t n) {
    return UINT64_MAX >> (64 - 8 * n);
}
// `n` bytes as a number.
static inline uint64_t read_word(const uint8_t *bytes, size_t n, bool little) {
    uint64_t word = 0;
    if (LIKELY(n == 8)) {
        memcpy(&word, bytes, 8);
        return little ? word : __builtin_bswap64(word);
    }
    for (size_t i = 0; i < n; i++) {
        word |= (uint64_t)bytes[little ? i : n - 1 - i] << 8 * i;
    }
    return word;
}
static inline void write_word(uint8_t *bytes, uint64_t word, size_t n, bool little) {
    if (LIKELY(n == 8)) {
        word = little ? word : __builtin_bswap64(word);
        memcpy(bytes, &word, 8);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bytes[little ? i : n - 1 - i] = (uint8_t)(word >> 8 * i);
    }
}

Object *int_from_bytes(const uint8_t *bytes, size_t length, bool little, bool is_signed) {
    bool negative = is_signed && length && (bytes[little ? length - 1 : 0] & 0x80);
    if (length > (SIZE_MAX >> 4)) {
        return raise_error(&exc_OverflowError, "byte array too long to convert to int");
    }
    size_t count = (length * 8 + INT_SHIFT - 1) / INT_SHIFT;
    Int *result = int_alloc_unfilled(count);
    if (!result) {
        return NULL;
    }
    uint32_t carry = 1;
    for (size_t k = 0, bit = 0; k < count; k++, bit += INT_SHIFT) {
        if (poll_steps((ssize_t)k) < 0) {
            return NULL;
        }
        // The digit begins in byte `at` and ends less than eight bytes behind it.
        size_t at = bit >> 3;
        uint64_t word;
        if (LIKELY(at + 8 <= length)) {
            word = read_word(little ? bytes + at : bytes + length - at - 8, 8, little);
        } else if (length >= 8) { // the last eight bytes, shifted
            word = read_word(little ? bytes + length - 8 : bytes, 8, little) >> 8 * (at + 8 - length);
        } else {
            word = read_word(little ? bytes + at : bytes, length - at, little);
        }
        uint32_t digit = (uint32_t)(word >> (bit & 7)) & INT_MASK;
        if (negative) {
            size_t left = length * 8 - bit;
            digit = (~digit & (left < INT_SHIFT ? ((uint32_t)1 << left) - 1 : INT_MASK)) + carry;
            carry = digit >> INT_SHIFT;
            digit &= INT_MASK;
        }
        result->digits[k] = digit;
    }
    return int_finish(result, negative);
}

int int_to_bytes(Object *o, uint8_t *bytes, size_t length, bool little, bool is_signed) {
    bool negative = int_is_negative(o);
    if (negative && !is_signed) {
        raise_error(&exc_OverflowError, "can't convert negative int to unsigned");
        return -1;
    }
    size_t count = int_digit_count(o), next = 0;
    const uint32_t *d = int_digits(o);
    unsigned __int128 buffer = 0;
    int bits = 0;
    uint64_t carry = 1;
    unsigned last = 0;
    for (size_t k = 0; k < length; k += 8) {
        if (poll_steps((ssize_t)k) < 0) {
            return -1;
        }
        size_t n = size_min(length - k, 8);
        for (; bits < 64 && next < count; bits += INT_SHIFT) {
            buffer |= (unsigned __int128)d[next++] << bits;
        }
        uint64_t word = (uint64_t)buffer & low_bytes(n);
        buffer >>= 8 * n;
        bits = bits > 8 * (int)n ? bits - 8 * (int)n : 0;
        if (negative) {
            word = ((~word & low_bytes(n)) + carry) & low_bytes(n);
            carry &= !word;
        }
        write_word(little ? bytes + k : bytes + length - k - n, word, n, little);
        last = (unsigned)(word >> (8 * n - 8));
    }
    bool fits = !buffer && next == count;
    if (!length && negative && count == 1 && d[0] == 1) {
        return 0;  // CPython finds that the sign of -1 needs no byte
    }
    if (fits && is_signed && count) {
        fits = length && (last >> 7 ? negative : !negative);
    }
    if (!fits) {
        raise_error(&exc_OverflowError, "int too big to convert");
        return -1;
    }
    return 0;
}

// ---- comparison and hashing

static int compare_magnitudes(const Object *a, const Object *b) {
    size_t m = int_digit_count(a), n = int_digit_count(b);
    if (m != n) {
        return m < n ? -1 : 1;
    }
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    while (m-- > 0) {
        if (x[m] != y[m]) {
            return x[m] < y[m] ? -1 : 1;
        }
    }
    return 0;
}

int int_compare(const Object *a, const Object *b) {
    ssize_t m = ((const Int *)a)->var.size, n = ((const Int *)b)->var.size;
    if (m != n) {
        return m < n ? -1 : 1;
    }
    // Those of numbers alike in size differ at the top, as a rule.
    size_t top = (size_t)(m < 0 ? -m : m);
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    if (top && x[top - 1] != y[top - 1]) {
        return (x[top - 1] < y[top - 1]) == (m > 0) ? -1 : 1;
    }
    int order = compare_magnitudes(a, b);
    return m < 0 ? -order : order;
}

// hash(n) is n modulo 2**61 - 1 with n's sign, and never -1.
hash_t int_hash(Object *o) {
    int64_t value;
    if (LIKELY(int_two_digits(o, &value))) {
        return value == -1 ? -2 : (hash_t)value;
    }
    const uint64_t modulus = ((uint64_t)1 << 61) - 1;
    const uint32_t *d = int_digits(o);
    uint64_t x = 0;
    for (size_t k = int_digit_count(o); k-- > 0;) {
        x = ((x << INT_SHIFT) & modulus) | x >> (61 - INT_SHIFT);
        x += d[k];
        if (x >= modulus) {
            x -= modulus;
        }
    }
    hash_t hash = int_is_negative(o) ? -(hash_t)x : (hash_t)x;
    return hash == -1 ? -2 : hash;
}

static hash_t plain_hash(Object *o) {
    return int_digit_count(o) <= 1 << 10 ? int_hash(o) : -1;
}

// ---- addition

// Digits are added without waiting for the carry of the digit before: a carry is added to a sum whose own
// carry is already cut off. Only where such a sum was all ones does this leave a digit too large; one in
// a thousand million does, and then a second pass puts it right. The loops become vector instructions.

// out[0 .. n) = x + y, n > 0; returns the digits' bits or'ed together.
static uint32_t add_digits(uint32_t *restrict out, const uint32_t *restrict x, const uint32_t *restrict y,
                           size_t n) {
    uint32_t all = out[0] = (x[0] + y[0]) & INT_MASK;
    for (size_t k = 1; k < n; k++) {
        uint32_t digit = ((x[k] + y[k]) & INT_MASK) + ((x[k - 1] + y[k - 1]) >> INT_SHIFT);
        out[k] = digit;
        all |= digit;
    }
    return all;
}

static uint32_t subtract_digits(uint32_t *restrict out, const uint32_t *restrict x,
                                const uint32_t *restrict y, size_t n) {
    uint32_t all = out[0] = (x[0] - y[0]) & INT_MASK;
    for (size_t k = 1; k < n; k++) {
        uint32_t digit = ((x[k] - y[k]) & INT_MASK) - ((x[k - 1] - y[k - 1]) >> 31);
        out[k] = digit;
        all |= digit;
    }
    return all;
}

void int_settle_carries(uint32_t *digits, size_t count) {
    uint32_t carry = 0;
    for (size_t k = 0; k < count; k++) {
        carry += digits[k];
        digits[k] = carry & INT_MASK;
        carry >>= INT_SHIFT;
    }
}

static NOINLINE void settle_borrows(uint32_t *digits, size_t count) {
    int32_t borrow = 0;
    for (size_t k = 0; k < count; k++) {
        borrow += (int32_t)digits[k];
        digits[k] = (uint32_t)borrow & INT_MASK;
        borrow >>= INT_SHIFT;
    }
}

// ||a| + |b||, with the sign given.
static Object *add_magnitudes(Object *a, Object *b, bool negative) {
    size_t m = int_digit_count(a), n = int_digit_count(b);
    if (m < n) {
        Object *swap = a;
        a = b;
        b = swap;
        size_t count = m;
        m = n;
        n = count;
    }
    Int *result = int_alloc_unfilled(m + 1);
    if (!result) {
        return NULL;
    }
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    uint32_t *out = result->digits, carry = 0;
    if (n) {
        uint32_t all = add_digits(out, x, y, n);
        carry = (x[n - 1] + y[n - 1]) >> INT_SHIFT;
        if (UNLIKELY(all >> INT_SHIFT)) {
            out[n] = carry;
            int_settle_carries(out, n + 1);
            carry = out[n];
        }
    }
    size_t k = n;
    for (; carry && k < m; k++) {
        carry += x[k];
        out[k] = carry & INT_MASK;
        carry >>= INT_SHIFT;
    }
    memcpy(out + k, x + k, (m - k) * sizeof(uint32_t));
    out[m] = carry;
    return int_finish(result, negative);
}

// |a| - |b|, negated when `negative`.
static Object *subtract_magnitudes(Object *a, Object *b, bool negative) {
    int order = compare_magnitudes(a, b);
    if (order == 0) {
        return small_int(0);
    }
    if (order < 0) {
        Object *swap = a;
        a = b;
        b = swap;
        negative = !negative;
    }
    size_t m = int_digit_count(a), n = int_digit_count(b);
    Int *result = int_alloc_unfilled(m);
    if (!result) {
        return NULL;
    }
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    uint32_t *out = result->digits, all = 0, borrow = 0;
    if (n) {
        all = subtract_digits(out, x, y, n);
        borrow = (x[n - 1] - y[n - 1]) >> 31;
    }
    size_t k = n;
    for (; borrow && k < m; k++) {
        borrow = x[k] - borrow;
        out[k] = borrow & INT_MASK;
        borrow >>= 31;
    }
    memcpy(out + k, x + k, (m - k) * sizeof(uint32_t));
    if (UNLIKELY(all >> 31)) {
        settle_borrows(out, m);
    }
    return int_finish(result, negative);
}

Object *int_add(Object *a, Object *b) {
    int64_t x, y;
    if (LIKELY(int_two_digits(a, &x) && int_two_digits(b, &y))) {
        return int_from_i64(x + y);
    }
    bool negative = int_is_negative(a);
    return negative == int_is_negative(b) ? add_magnitudes(a, b, negative)
                                          : subtract_magnitudes(a, b, negative);
}

Object *int_subtract(Object *a, Object *b) {
    int64_t x, y;
    if (LIKELY(int_two_digits(a, &x) && int_two_digits(b, &y))) {
        return int_from_i64(x - y);
    }
    bool negative = int_is_negative(a);
    return negative == int_is_negative(b) ? subtract_magnitudes(a, b, negative)
                                          : add_magnitudes(a, b, negative);
}

Object *int_multiply(Object *a, Object *b) {
    int64_t x, y;
    if (LIKELY(int_is_compact(a) && int_is_compact(b))) {
        return int_from_i64(int_compact_value(a) * int_compact_value(b));
    }
    if (int_two_digits(a, &x) && int_two_digits(b, &y)) {
        __int128 product = (__int128)x * y;
        return product < 0 ? int_from_u128(-(unsigned __int128)product, true)
                           : int_from_u128((unsigned __int128)product, false);
    }
    return int_multiply_large(a, b);
}

Object *int_negative(Object *a) {
    int64_t value;
    if (LIKELY(int_two_digits(a, &value))) {
        return int_from_i64(-value);
    }
    size_t count = int_digit_count(a);
    Int *result = int_alloc_unfilled(count);
    if (!result) {
        return NULL;
    }
    memcpy(result->digits, int_digits(a), count * sizeof(uint32_t));
    return int_finish(result, !int_is_negative(a));
}

Object *int_absolute(Object *a) {
    return int_is_negative(a) ? int_negative(a) : int_exact(a);
}

// ---- division (floor)

static inline int64_t floor_divide_i64(int64_t x, int64_t y) {
    int64_t q = x / y;
    return q - ((x % y != 0) & ((x ^ y) < 0));
}

static inline int64_t floor_remainder_i64(int64_t x, int64_t y) {
    int64_t r = x % y;
    return r && (r ^ y) < 0 ? r + y : r;
}

int int_divide(Object *a, Object *b, Object **quotient, Object **remainder) {
    int64_t x, y;
    if (int_two_digits(a, &x) && int_two_digits(b, &y)) {
        if (y == 0) {
            raise_error(&exc_ZeroDivisionError, "integer division or modulo by zero");
            return -1;
        }
        if (quotient && !(*quotient = int_from_i64(floor_divide_i64(x, y)))) {
            return -1;
        }
        if (remainder && !(*remainder = int_from_i64(floor_remainder_i64(x, y)))) {
            return -1;
        }
        return 0;
    }
    if (!int_sign(b)) {
        raise_error(&exc_ZeroDivisionError, "integer division or modulo by zero");
        return -1;
    }
    Object *q, *r = NULL;
    // Of numbers with the same sign the quotient is as it is: no remainder is made for it alone.
    bool rest_counts = remainder || int_is_negative(a) != int_is_negative(b);
    if (int_divide_large(a, b, quotient ? &q : NULL, rest_counts ? &r : NULL) < 0) {
        return -1;
    }
    if (rest_counts && int_sign(r) && int_is_negative(r) != int_is_negative(b)) {
        if (remainder && !(r = int_add(r, b))) {
            return -1;
        }
        if (quotient && !(q = int_subtract(q, small_int(1)))) {
            return -1;
        }
    }
    if (quotient) {
        *quotient = q;
    }
    if (remainder) {
        *remainder = r;
    }
    return 0;
}

Object *int_floor_divide(Object *a, Object *b) {
    Object *result;
    return int_divide(a, b, &result, NULL) < 0 ? NULL : result;
}

Object *int_remainder(Object *a, Object *b) {
    Object *result;
    if (UNLIKELY(!int_sign(b))) {
        return raise_error(&exc_ZeroDivisionError, "integer modulo by zero");
    }
    return int_divide(a, b, NULL, &result) < 0 ? NULL : result;
}

// ---- shifts and bits

Object *int_shift_left(Object *a, size_t bits) {
    int64_t value;
    if (bits < 32 && int_is_compact(a)) {
        return int_from_i64(int_compact_value(a) * ((int64_t)1 << bits));
    }
    if (int_two_digits(a, &value) && value == 0) {
        return small_int(0);
    }
    size_t words = bits / INT_SHIFT, count = int_digit_count(a);
    int shift = (int)(bits % INT_SHIFT);
    Int *result = int_alloc_unfilled(count + words + 1);
    if (!result) {
        return NULL;
    }
    const uint32_t *restrict d = int_digits(a);
    uint32_t *restrict out = result->digits + words;
    memset(result->digits, 0, words * sizeof(uint32_t));
    uint32_t before = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t digit = d[k];
        out[k] = (digit << shift & INT_MASK) | before;
        before = digit >> (INT_SHIFT - shift);
    }
    out[count] = before;
    return int_finish(result, int_is_negative(a));
}

// Floors, as Python's >> does.
Object *int_shift_right(Object *a, size_t bits) {
    int64_t value;
    if (int_two_digits(a, &value)) {
        return int_from_i64(value >> (bits > 63 ? 63 : bits));
    }
    size_t words = bits / INT_SHIFT, count = int_digit_count(a);
    int shift = (int)(bits % INT_SHIFT);
    bool negative = int_is_negative(a);
    if (words >= count) {
        return small_int(negative ? -1 : 0);
    }
    const uint32_t *d = int_digits(a);
    bool lost = (d[words] & ((1u << shift) - 1)) != 0;
    for (size_t k = 0; negative && !lost && k < words; k++) {
        lost = d[k] != 0;
    }
    Int *result = int_alloc_unfilled(count - words + 1);
    if (!result) {
        return NULL;
    }
    uint32_t *restrict out = result->digits;
    const uint32_t *restrict from = d + words;
    size_t last = count - words - 1;
    for (size_t k = 0; k < last; k++) {
        out[k] = from[k] >> shift | (from[k + 1] << (INT_SHIFT - shift) & INT_MASK);
    }
    out[last] = from[last] >> shift;
    out[last + 1] = 0;
    if (negative && lost) {
        for (size_t k = 0;; k++) {
            if (++result->digits[k] <= INT_MASK) {
                break;
            }
            result->digits[k] = 0;
        }
    }
    return int_finish(result, negative);
}

static Object *lshift(Object *a, Object *b) {
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (int_is_negative(b)) {
        return raise_error(&exc_ValueError, "negative shift count");
    }
    if (!int_sign(a)) {
        return small_int(0);
    }
    int overflow;
    int64_t bits = int_as_i64(b, &overflow);
    if (overflow) {
        return raise_error(&exc_OverflowError, "too many digits in integer");
    }
    return int_shift_left(a, (size_t)bits);
}

static Object *rshift(Object *a, Object *b) {
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (int_is_negative(b)) {
        return raise_error(&exc_ValueError, "negative shift count");
    }
    int overflow;
    int64_t bits = int_as_i64(b, &overflow);
    return int_shift_right(a, overflow ? SIZE_MAX : (size_t)bits);
}

// Digit k of the two's complement form; *carry starts at 1 and is used for negative numbers.
static inline uint32_t complement_digit(const uint32_t *d, size_t count, size_t k, bool negative,
                                        uint32_t *carry) {
    uint32_t digit = k < count ? d[k] : 0;
    if (!negative) {
        return digit;
    }
    digit = (digit ^ INT_MASK) + *carry;
    *carry = digit >> INT_SHIFT;
    return digit & INT_MASK;
}

// Of two that are not negative: digit by digit.
static Object *bitwise_positive(const Object *a, const Object *b, char op) {
    if (int_digit_count(a) < int_digit_count(b)) {
        const Object *t = a;
        a = b;
        b = t;
    }
    size_t m = int_digit_count(a), n = int_digit_count(b);
    Int *result = int_alloc(op == '&' ? n : m);
    if (!result) {
        return NULL;
    }
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    uint32_t *z = result->digits;
    if (op == '&') {
        for (size_t k = 0; k < n; k++) {
            z[k] = x[k] & y[k];
        }
        return int_finish(result, false);
    }
    if (op == '|') {
        for (size_t k = 0; k < n; k++) {
            z[k] = x[k] | y[k];
        }
    } else {
        for (size_t k = 0; k < n; k++) {
            z[k] = x[k] ^ y[k];
        }
    }
    memcpy(z + n, x + n, (m - n) * sizeof *z);
    return int_finish(result, false);
}

static Object *bitwise_large(Object *a, Object *b, char op) {
    if (!int_is_negative(a) && !int_is_negative(b)) {
        return bitwise_positive(a, b, op);
    }
    bool x_negative = int_is_negative(a), y_negative = int_is_negative(b);
    size_t m = int_digit_count(a), n = int_digit_count(b);
    bool negative = op == '&'   ? x_negative && y_negative
                    : op == '|' ? x_negative || y_negative
                                : x_negative != y_negative;
    size_t count = m > n ? m : n;
    // The sign extension of the shorter operand decides whether the longer one's tail matters.
    if (op == '&' && (m < n ? !x_negative : !y_negative)) {
        count = m < n ? m : n;
        if (x_negative != y_negative) {
            count = x_negative ? n : m;
        }
    }
    Int *result = int_alloc(count + 1);
    if (!result) {
        return NULL;
    }
    uint32_t x_carry = 1, y_carry = 1, carry = 1;
    for (size_t k = 0; k <= count; k++) {
        if (poll_steps((ssize_t)k) < 0) {
            return NULL;
        }
        uint32_t x = complement_digit(int_digits(a), m, k, x_negative, &x_carry);
        uint32_t y = complement_digit(int_digits(b), n, k, y_negative, &y_carry);
        uint32_t z = op == '&' ? x & y : op == '|' ? x | y : x ^ y;
        if (negative) {
            z = (z ^ INT_MASK) + carry;
            carry = z >> INT_SHIFT;
            z &= INT_MASK;
        } else if (k == count) {
            z = 0;
        }
        result->digits[k] = z;
    }
    return int_finish(result, negative);
}

static Object *bit_and(Object *a, Object *b) {
    int64_t x, y;
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (int_two_digits(a, &x) && int_two_digits(b, &y)) {
        return int_from_i64(x & y);
    }
    return bitwise_large(a, b, '&');
}

static Object *bit_or(Object *a, Object *b) {
    int64_t x, y;
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (int_two_digits(a, &x) && int_two_digits(b, &y)) {
        return int_from_i64(x | y);
    }
    return bitwise_large(a, b, '|');
}

static Object *bit_xor(Object *a, Object *b) {
    int64_t x, y;
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (int_two_digits(a, &x) && int_two_digits(b, &y)) {
        return int_from_i64(x ^ y);
    }
    return bitwise_large(a, b, '^');
}

static Object *invert(Object *a) {
    int64_t value;
    if (int_two_digits(a, &value)) {
        return int_from_i64(~value);
    }
    Object *plus = int_add(a, small_int(1));
    return plus ? int_negative(plus) : NULL;
}

// ---- slots

static Object *slot_add(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_add(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_subtract(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_subtract(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_multiply(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_multiply(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_floor_divide(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_floor_divide(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_remainder(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_remainder(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_true_divide(Object *a, Object *b) {
    return int_check(a) && int_check(b) ? int_true_divide(a, b) : NOT_IMPLEMENTED;
}

static Object *slot_compare(Object *a, Object *b, CompareOp op) {
    if (!int_check(a) || !int_check(b)) {
        return NOT_IMPLEMENTED;
    }
    int order = a == b ? 0 : int_compare(a, b);
    switch (op) {
    case CMP_LT: return bool_from(order < 0);
    case CMP_LE: return bool_from(order <= 0);
    case CMP_EQ: return bool_from(order == 0);
    case CMP_NE: return bool_from(order != 0);
    case CMP_GT: return bool_from(order > 0);
    case CMP_GE: return bool_from(order >= 0);
    }
    return NOT_IMPLEMENTED;
}

static int slot_to_bool(Object *o) {
    return ((Int *)o)->var.size != 0;
}

static Object *slot_to_float(Object *o) {
    double value = int_to_double(o);
    return value == -1.0 && error_occurred() ? NULL : float_from_double(value);
}

static Object *slot_repr(Object *o) {
    return int_to_str(o, 10);
}

extern BuiltinDef int_methods[];
extern GetSetDef int_getsets[];

Type int_type;
const TypeSpec int_spec = {
    .name = "int",
    .basic_size = offsetof(Int, digits),
    .item_size = sizeof(uint32_t),
    .flags = TF_BASE | TF_INT | TF_MATCH_SELF,
    .methods = int_methods,
    .getsets = int_getsets,
    .plain_hash = plain_hash,
    .slots = { .getattr = object_generic_getattr,
        .repr = slot_repr,
        .hash = int_hash,
        .compare = slot_compare,
        .new = int_new,
        .add = slot_add,
        .subtract = slot_subtract,
        .multiply = slot_multiply,
        .remainder = slot_remainder,
        .divmod = int_divmod,
        .power = int_power,
        .negative = int_negative,
        .positive = int_exact,
        .absolute = int_absolute,
        .to_bool = slot_to_bool,
        .invert = invert,
        .lshift = lshift,
        .rshift = rshift,
        .and = bit_and,
        .xor = bit_xor,
        .or = bit_or,
        .to_int = int_exact,
        .to_float = slot_to_float,
        .to_index = int_exact,
        .floor_divide = slot_floor_divide,
        .true_divide = slot_true_divide,
    },
};
