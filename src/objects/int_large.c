// Multi-digit ints: multiplication, division, powers, square roots through GMP's mpn functions.
//
// GMP cannot be interrupted and aborts when its memory runs out, so sizes are checked before, large
// operands are cut into pieces, and a safepoint is polled between the pieces.
#include "objects/int_internal.h"

#include <math.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/float.h"
#include "objects/polling.h"

extern const TypeSpec float_spec;

// A product of two pieces of this many limbs takes GMP well under 50 ms.
enum { PIECE_LIMBS = 1 << 16 };
enum { SCHOOLBOOK_DIGITS = 24 };

// GMP ends the process when malloc fails in it. What it takes is in proportion to its operands, all of
// which are allocated here: whether as much could be had is tried before.
static bool scratch_is_available(size_t limbs) {
    void *volatile probe = malloc(limbs * 8 * sizeof(mp_limb_t) + ((size_t)1 << 20));
    free(probe);
    return probe != NULL;
}

mp_limb_t *limbs_alloc(size_t count) {
    if (count > 1024 && (count > SIZE_MAX / 128 || !scratch_is_available(count))) {
        raise_memory_error();
        return NULL;
    }
    return heap_alloc(size_max(count, 2) * sizeof(mp_limb_t), CELL_BYTES);
}

// 32 digits are 15 limbs: within such a block all shifts are constants.
enum { BLOCK_DIGITS = 32, BLOCK_LIMBS = 15, PAIR_BITS = 2 * INT_SHIFT };
static const uint64_t PAIR_MASK = ((uint64_t)1 << PAIR_BITS) - 1;

static inline uint64_t digit_pair(const uint32_t *digits) {
    return digits[0] | (uint64_t)digits[1] << INT_SHIFT;
}

static void block_to_limbs(mp_limb_t *limbs, const uint32_t *digits) {
    uint64_t low = digit_pair(digits);
#pragma clang loop unroll(full)
    for (int k = 0; k < BLOCK_LIMBS; k++) {
        uint64_t high = digit_pair(digits + 2 * k + 2);
        limbs[k] = low >> 4 * k | high << (PAIR_BITS - 4 * k);
        low = high;
    }
}

static void block_to_digits(uint32_t *digits, const mp_limb_t *limbs) {
    uint64_t last = 0;
#pragma clang loop unroll(full)
    for (int k = 0; k <= BLOCK_LIMBS; k++) {
        uint64_t pair = k == 0             ? limbs[0]
                        : k == BLOCK_LIMBS ? last >> 4
                                           : limbs[k] << 4 * k | last >> (64 - 4 * k);
        pair &= PAIR_MASK;
        digits[2 * k] = (uint32_t)pair & INT_MASK;
        digits[2 * k + 1] = (uint32_t)(pair >> INT_SHIFT);
        last = k < BLOCK_LIMBS ? limbs[k] : 0;
    }
}

size_t limbs_from_digits(mp_limb_t *limbs, const uint32_t *digits, size_t count) {
    unsigned __int128 buffer = 0;
    int bits = 0;
    size_t out = 0, k = 0;
    for (; k + BLOCK_DIGITS <= count; k += BLOCK_DIGITS, out += BLOCK_LIMBS) {
        block_to_limbs(limbs + out, digits + k);
    }
    for (; k < count; k++) {
        buffer |= (unsigned __int128)digits[k] << bits;
        bits += INT_SHIFT;
        if (bits >= 64) {
            limbs[out++] = (mp_limb_t)buffer;
            buffer >>= 64;
            bits -= 64;
        }
    }
    if (bits > 0) {
        limbs[out++] = (mp_limb_t)buffer;
    }
    while (out && !limbs[out - 1]) {
        out--;
    }
    return out;
}

Object *int_from_limbs(const mp_limb_t *limbs, size_t count, bool negative) {
    while (count && !limbs[count - 1]) {
        count--;
    }
    size_t bits = count ? count * 64 - (size_t)__builtin_clzll(limbs[count - 1]) : 0;
    size_t digits = (bits + INT_SHIFT - 1) / INT_SHIFT;
    Int *result = int_alloc_unfilled(digits);
    if (!result) {
        return NULL;
    }
    unsigned __int128 buffer = 0;
    int available = 0;
    size_t next = 0, k = 0;
    for (; k + BLOCK_DIGITS <= digits; k += BLOCK_DIGITS, next += BLOCK_LIMBS) {
        block_to_digits(result->digits + k, limbs + next);
    }
    for (; k < digits; k++) {
        if (available < INT_SHIFT && next < count) {
            buffer |= (unsigned __int128)limbs[next++] << available;
            available += 64;
        }
        result->digits[k] = (uint32_t)buffer & INT_MASK;
        buffer >>= INT_SHIFT;
        available -= INT_SHIFT;
    }
    return int_finish(result, negative);
}

// The limbs of `o`, in `small` when they fit there.
static mp_limb_t *limbs_of(Object *o, mp_limb_t small[LIMBS_ON_STACK], size_t *count) {
    size_t need = limbs_for_digits(int_digit_count(o));
    mp_limb_t *limbs = need <= LIMBS_ON_STACK ? small : limbs_alloc(need);
    if (limbs) {
        *count = limbs_from_digits(limbs, int_digits(o), int_digit_count(o));
    }
    return limbs;
}

// product[m + n] = x[m] * y[n], m >= n >= 1; polls between pieces. -1 with an exception.
static int multiply_limbs(mp_limb_t *product, const mp_limb_t *x, size_t m, const mp_limb_t *y, size_t n) {
    if (m <= PIECE_LIMBS) {
        mpn_mul(product, x, (mp_size_t)m, y, (mp_size_t)n);
        return 0;
    }
    mp_limb_t *part = limbs_alloc(2 * PIECE_LIMBS);
    if (!part) {
        return -1;
    }
    memset(product, 0, (m + n) * sizeof(mp_limb_t));
    for (size_t i = 0; i < m; i += PIECE_LIMBS) {
        size_t p = size_min(PIECE_LIMBS, m - i);
        for (size_t j = 0; j < n; j += PIECE_LIMBS) {
            size_t q = size_min(PIECE_LIMBS, n - j);
            if (p >= q) {
                mpn_mul(part, x + i, (mp_size_t)p, y + j, (mp_size_t)q);
            } else {
                mpn_mul(part, y + j, (mp_size_t)q, x + i, (mp_size_t)p);
            }
            mpn_add(product + i + j, product + i + j, (mp_size_t)(m + n - i - j), part, (mp_size_t)(p + q));
            if (safepoint() < 0) {
                return -1;
            }
        }
    }
    return 0;
}

// x times one digit. As in additions (int.c) no digit waits for the carry of the one before: what is added is
// the product's lower half, the upper half of the product before, and the carry of the sum of these.
enum { PRODUCT_BLOCK = 64 };

// out[0 .. PRODUCT_BLOCK); sums[0] and *upper come from the block before. Returns the digits' bits or'ed together.
static uint32_t multiply_block(uint32_t *restrict out, const uint32_t *restrict x, uint32_t factor,
                               uint32_t sums[restrict PRODUCT_BLOCK + 1], uint32_t *restrict upper) {
    sums[1] = ((uint32_t)((uint64_t)x[0] * factor) & INT_MASK) + *upper;
    for (size_t k = 1; k < PRODUCT_BLOCK; k++) {
        sums[k + 1] = ((uint32_t)((uint64_t)x[k] * factor) & INT_MASK) +
                      (uint32_t)((uint64_t)x[k - 1] * factor >> INT_SHIFT);
    }
    *upper = (uint32_t)((uint64_t)x[PRODUCT_BLOCK - 1] * factor >> INT_SHIFT);
    uint32_t all = 0;
    for (size_t k = 0; k < PRODUCT_BLOCK; k++) {
        uint32_t digit = (sums[k + 1] & INT_MASK) + (sums[k] >> INT_SHIFT);
        out[k] = digit;
        all |= digit;
    }
    sums[0] = sums[PRODUCT_BLOCK];
    return all;
}

static Object *multiply_by_digit(Object *a, uint32_t factor, bool negative) {
    size_t m = int_digit_count(a), k = 0;
    Int *result = int_alloc_unfilled(m + 1);
    if (!result) {
        return NULL;
    }
    const uint32_t *x = int_digits(a);
    uint32_t *out = result->digits, sums[PRODUCT_BLOCK + 1], upper = 0, all = 0;
    sums[0] = 0;
    for (; k + PRODUCT_BLOCK <= m; k += PRODUCT_BLOCK) {
        all |= multiply_block(out + k, x + k, factor, sums, &upper);
    }
    uint64_t carry = upper + (sums[0] >> INT_SHIFT);
    for (; k < m; k++) {
        carry += (uint64_t)x[k] * factor;
        out[k] = (uint32_t)carry & INT_MASK;
        carry >>= INT_SHIFT;
    }
    out[m] = (uint32_t)carry;
    if (UNLIKELY(all >> INT_SHIFT)) {
        int_settle_carries(out, m + 1);
    }
    return int_finish(result, negative);
}

static Object *multiply_schoolbook(Object *a, Object *b) {
    size_t m = int_digit_count(a), n = int_digit_count(b);
    Int *result = int_alloc(m + n);
    if (!result) {
        return NULL;
    }
    const uint32_t *x = int_digits(a), *y = int_digits(b);
    for (size_t i = 0; i < m; i++) {
        uint64_t carry = 0, f = x[i];
        uint32_t *out = result->digits + i;
        for (size_t j = 0; j < n; j++) {
            carry += out[j] + f * y[j];
            out[j] = (uint32_t)carry & INT_MASK;
            carry >>= INT_SHIFT;
        }
        out[n] = (uint32_t)carry;
    }
    return int_finish(result, int_is_negative(a) != int_is_negative(b));
}

Object *int_multiply_large(Object *a, Object *b) {
    size_t m = int_digit_count(a), n = int_digit_count(b);
    if (!m || !n) {
        return int_from_i64(0);
    }
    if (m == 1 || n == 1) {
        bool negative = int_is_negative(a) != int_is_negative(b);
        return n == 1 ? multiply_by_digit(a, int_digits(b)[0], negative)
                      : multiply_by_digit(b, int_digits(a)[0], negative);
    }
    if (m <= SCHOOLBOOK_DIGITS || n <= 2 || n <= SCHOOLBOOK_DIGITS / 4 || m <= SCHOOLBOOK_DIGITS / 4) {
        return m <= n ? multiply_schoolbook(a, b) : multiply_schoolbook(b, a);
    }
    if (m < n) {
        Object *swap = a;
        a = b;
        b = swap;
    }
    mp_limb_t x_small[LIMBS_ON_STACK], y_small[LIMBS_ON_STACK], p_small[2 * LIMBS_ON_STACK];
    size_t x_count, y_count;
    mp_limb_t *x = limbs_of(a, x_small, &x_count);
    if (!x) {
        return NULL;
    }
    mp_limb_t *y = y_small;
    if (a == b) {
        y = x;
        y_count = x_count;
    } else if (!(y = limbs_of(b, y_small, &y_count))) {
        return NULL;
    }
    if (x_count < y_count) {
        mp_limb_t *swap = x;
        x = y;
        y = swap;
        size_t count = x_count;
        x_count = y_count;
        y_count = count;
    }
    size_t total = x_count + y_count;
    mp_limb_t *product = total <= COUNT_OF(p_small) ? p_small : limbs_alloc(total);
    if (!product) {
        return NULL;
    }
    if (x == y && x_count <= PIECE_LIMBS) {
        mpn_sqr(product, x, (mp_size_t)x_count);
    } else if (multiply_limbs(product, x, x_count, y, y_count) < 0) {
        return NULL;
    }
    return int_from_limbs(product, total, int_is_negative(a) != int_is_negative(b));
}

// Division by one digit.
static int divide_small(Object *a, Object *b, Object **quotient, Object **remainder) {
    uint32_t divisor = int_digits(b)[0];
    size_t m = int_digit_count(a);
    const uint32_t *x = int_digits(a);
    Int *q = NULL;
    if (quotient && !(q = int_alloc(m))) {
        return -1;
    }
    uint64_t rest = 0;
    for (size_t k = m; k-- > 0;) {
        if (poll_steps((ssize_t)k) < 0) {
            return -1;
        }
        rest = rest << INT_SHIFT | x[k];
        uint32_t digit = (uint32_t)(rest / divisor);
        rest -= (uint64_t)digit * divisor;
        if (q) {
            q->digits[k] = digit;
        }
    }
    if (q) {
        *quotient = int_finish(q, int_is_negative(a) != int_is_negative(b));
    }
    *remainder = int_from_i64(int_is_negative(a) ? -(int64_t)rest : (int64_t)rest);
    return *remainder ? 0 : -1;
}

// Bits `from` and up of a magnitude, when there are at most 128.
static unsigned __int128 upper_bits(Object *o, size_t from) {
    size_t word = from / INT_SHIFT, shift = from % INT_SHIFT, count = int_digit_count(o);
    const uint32_t *d = int_digits(o);
    unsigned __int128 value = d[word] >> shift;
    for (size_t k = word + 1; k < count; k++) {
        value |= (unsigned __int128)d[k] << (INT_SHIFT * (k - word) - shift);
    }
    return value;
}

// A quotient below 2**32 follows from the upper bits, nearly always: with B the divisor's upper 64 bits and A
// the dividend's from the same place up, it lies between A / (B + 1) and A / B. False: these differ.
static bool divide_upper_bits(Object *a, Object *b, uint64_t *quotient) {
    size_t a_bits = int_bit_length(a), b_bits = int_bit_length(b);
    if (b_bits <= 64 || a_bits < b_bits || a_bits - b_bits >= 32) {
        return false;
    }
    unsigned __int128 x = upper_bits(a, b_bits - 64), y = upper_bits(b, b_bits - 64);
    *quotient = (uint64_t)(x / y);
    return *quotient * (y + 1) <= x;
}

int int_divide_large(Object *a, Object *b, Object **quotient, Object **remainder) {
    size_t m = int_digit_count(a), n = int_digit_count(b);
    bool negative = int_is_negative(a);
    if (m < n) {
        if (quotient && !(*quotient = int_from_i64(0))) {
            return -1;
        }
        return !remainder || (*remainder = int_exact(a)) ? 0 : -1;
    }
    if (n == 1) {
        Object *rest;
        return divide_small(a, b, quotient, remainder ? remainder : &rest);
    }
    uint64_t short_quotient;
    if (!remainder && m - n <= 2 && divide_upper_bits(a, b, &short_quotient)) {
        *quotient = int_from_i64(negative != int_is_negative(b) ? -(int64_t)short_quotient
                                                                : (int64_t)short_quotient);
        return *quotient ? 0 : -1;
    }
    mp_limb_t x_small[LIMBS_ON_STACK], y_small[LIMBS_ON_STACK];
    size_t x_count, y_count;
    mp_limb_t *x = limbs_of(a, x_small, &x_count), *y = x ? limbs_of(b, y_small, &y_count) : NULL;
    if (!y) {
        return -1;
    }
    if (x_count < y_count) {
        if (quotient && !(*quotient = int_from_i64(0))) {
            return -1;
        }
        return !remainder || (*remainder = int_exact(a)) ? 0 : -1;
    }
    size_t q_count = x_count - y_count + 1;
    mp_limb_t q_small[LIMBS_ON_STACK + 1];
    mp_limb_t *q = q_count <= COUNT_OF(q_small) ? q_small : limbs_alloc(q_count);
    if (!q) {
        return -1;
    }
    // The quotient in pieces from the top: each step divides at most PIECE_LIMBS limbs more than the
    // divisor has; the remainder stays in x's top limbs.
    memset(q, 0, q_count * sizeof(mp_limb_t));
    mp_limb_t r_small[LIMBS_ON_STACK];
    mp_limb_t *r = y_count <= COUNT_OF(r_small) ? r_small : limbs_alloc(y_count);
    if (!r) {
        return -1;
    }
    if (q_count <= PIECE_LIMBS) {
        mpn_tdiv_qr(q, r, 0, x, (mp_size_t)x_count, y, (mp_size_t)y_count);
    } else {
        mp_limb_t *piece = limbs_alloc(PIECE_LIMBS + 1);
        if (!piece) {
            return -1;
        }
        size_t end = x_count; // x[0 .. end) is what is left
        while (end >= y_count) {
            size_t take = size_min(end - y_count, PIECE_LIMBS);
            size_t low = end - y_count - take;
            mpn_tdiv_qr(piece, r, 0, x + low, (mp_size_t)(y_count + take), y, (mp_size_t)y_count);
            // A piece's quotient starts at `low`; its top limb meets the previous piece's lowest.
            mpn_add(q + low, q + low, (mp_size_t)(q_count - low), piece,
                    (mp_size_t)size_min(take + 1, q_count - low));
            memcpy(x + low, r, y_count * sizeof(mp_limb_t));
            if (safepoint() < 0) {
                return -1;
            }
            if (!low) {
                break;
            }
            end = low + y_count;
        }
    }
    if (quotient && !(*quotient = int_from_limbs(q, q_count, negative != int_is_negative(b)))) {
        return -1;
    }
    if (!remainder) {
        return 0;
    }
    *remainder = int_from_limbs(r, y_count, negative);
    return *remainder ? 0 : -1;
}

// ---- true division, correctly rounded

Object *int_true_divide(Object *a, Object *b) {
    int64_t x, y;
    if (!int_sign(b)) {
        return raise_error(&exc_ZeroDivisionError, "division by zero");
    }
    const int64_t exact = (int64_t)1 << 53;
    if (int_two_digits(a, &x) && int_two_digits(b, &y) && x >= -exact && x <= exact && y >= -exact &&
        y <= exact) {
        return float_from_double((double)x / (double)y);
    }
    bool negative = int_is_negative(a) != int_is_negative(b);
    if (!int_sign(a)) {
        return float_from_double(negative ? -0.0 : 0.0);
    }
    ssize_t difference = (ssize_t)int_bit_length(a) - (ssize_t)int_bit_length(b);
    if (difference > 1024) {
        return raise_error(&exc_OverflowError, "integer division result too large for a float");
    }
    if (difference < -1074 - 2) {
        return float_from_double(negative ? -0.0 : 0.0);
    }
    // q = |a| / |b| * 2**-shift has 55 or 56 bits (fewer for subnormal results), plus a sticky bit.
    ssize_t shift = difference - 55;
    if (shift < -1074 - 2) {
        shift = -1074 - 2;
    }
    Object *n = int_absolute(a), *d = int_absolute(b);
    if (!n || !d) {
        return NULL;
    }
    if (shift < 0) {
        n = int_shift_left(n, (size_t)-shift);
    } else if (shift > 0) {
        d = int_shift_left(d, (size_t)shift);
    }
    Object *quotient, *rest;
    if (!n || !d || int_divide(n, d, &quotient, &rest) < 0) {
        return NULL;
    }
    int overflow;
    uint64_t q = (uint64_t)int_as_i64(quotient, &overflow);
    bool sticky = int_sign(rest) != 0;
    // Round to the precision that the result has at this exponent.
    int bits = q ? 64 - __builtin_clzll(q) : 0;
    ssize_t drop = bits - 53;
    if (shift + drop < -1074) {
        drop = -1074 - shift;
    }
    if (drop > 0) {
        uint64_t half = (uint64_t)1 << (drop - 1), low = q & ((half << 1) - 1);
        q >>= drop;
        if (low > half || (low == half && (sticky || (q & 1)))) {
            q++;
        }
        shift += drop;
    }
    double result = ldexp((double)q, (int)shift);
    if (isinf(result)) {
        return raise_error(&exc_OverflowError, "integer division result too large for a float");
    }
    return float_from_double(negative ? -result : result);
}

// ---- powers

static Object *power_plain(Object *base, Object *exponent) {
    Object *result = int_from_i64(1);
    int64_t value;
    if (int_two_digits(base, &value)) {
        if (value == 0) {
            return int_sign(exponent) ? int_from_i64(0) : result;
        }
        if (value == 1) {
            return result;
        }
        if (value == -1) {
            return int_from_i64(int_digits(exponent)[0] & 1 && int_sign(exponent) ? -1 : 1);
        }
        // A power of two is a shift.
        uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
        int64_t count;
        if (!(magnitude & (magnitude - 1)) && int_two_digits(exponent, &count) && count < (int64_t)1 << 50) {
            result = int_from_i64(value < 0 && count & 1 ? -1 : 1);
            return int_shift_left(result, (size_t)count * (size_t)__builtin_ctzll(magnitude));
        }
    }
    size_t bits = int_bit_length(exponent);
    if (bits > 62 && int_sign(base)) {
        return raise_memory_error();
    }
    for (size_t k = bits; result && k-- > 0;) {
        result = int_multiply(result, result);
        if (result && int_digits(exponent)[k / INT_SHIFT] >> k % INT_SHIFT & 1) {
            result = int_multiply(result, base);
        }
        if (int_digit_count(result ? result : base) > 1000 && safepoint() < 0) {
            return NULL;
        }
    }
    return result;
}

Object *int_power_of(uint32_t base, size_t exponent) {
    Object *b = int_from_i64(base), *e = int_from_ssize((ssize_t)exponent);
    return b && e ? power_plain(b, e) : NULL;
}

// base ** exponent % modulus for 0 <= base < modulus, exponent >= 0, modulus > 1.
static Object *power_modular(Object *base, Object *exponent, Object *modulus) {
    int64_t b, m;
    if (int_two_digits(base, &b) && int_two_digits(modulus, &m)) {
        uint64_t result = 1, square = (uint64_t)b;
        size_t bits = int_bit_length(exponent);
        const uint32_t *d = int_digits(exponent);
        for (size_t k = 0; k < bits; k++) {
            if (d[k / INT_SHIFT] >> k % INT_SHIFT & 1) {
                result = (uint64_t)((unsigned __int128)result * square % (uint64_t)m);
            }
            square = (uint64_t)((unsigned __int128)square * square % (uint64_t)m);
        }
        return int_from_u64(result);
    }
    size_t size = int_digit_count(modulus);
    if (size < 4000 && (double)size * (double)size * (double)int_bit_length(exponent) < 3e8) {
        // Short enough for one uninterrupted call: nothing in it can overflow.
        mp_limb_t b_small[LIMBS_ON_STACK], e_small[LIMBS_ON_STACK], m_small[LIMBS_ON_STACK];
        size_t b_count, e_count, m_count;
        mp_limb_t *bl = limbs_of(base, b_small, &b_count);
        mp_limb_t *el = bl ? limbs_of(exponent, e_small, &e_count) : NULL;
        mp_limb_t *ml = el ? limbs_of(modulus, m_small, &m_count) : NULL;
        if (!ml) {
            return NULL;
        }
        mpz_t bz, ez, mz, rz;
        mpz_roinit_n(bz, bl, (mp_size_t)b_count);
        mpz_roinit_n(ez, el, (mp_size_t)e_count);
        mpz_roinit_n(mz, ml, (mp_size_t)m_count);
        mpz_init2(rz, (mp_bitcnt_t)m_count * 64);
        mpz_powm(rz, bz, ez, mz);
        Object *result = int_from_limbs(mpz_limbs_read(rz), mpz_size(rz), false);
        mpz_clear(rz);
        return result;
    }
    Object *result = int_from_i64(1);
    for (size_t k = int_bit_length(exponent); result && k-- > 0;) {
        result = int_multiply(result, result);
        result = result ? int_remainder(result, modulus) : NULL;
        if (result && int_digits(exponent)[k / INT_SHIFT] >> k % INT_SHIFT & 1) {
            result = int_multiply(result, base);
            result = result ? int_remainder(result, modulus) : NULL;
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
    return result;
}

// The inverse of `a` modulo `n` (n > 0), by the extended Euclidean algorithm.
static Object *inverse_modular(Object *a, Object *n) {
    Object *b = int_from_i64(1), *c = int_from_i64(0), *m = n;
    while (int_sign(m)) {
        Object *q, *r;
        if (int_divide(a, m, &q, &r) < 0) {
            return NULL;
        }
        Object *product = int_multiply(q, c), *next = product ? int_subtract(b, product) : NULL;
        if (!next || safepoint() < 0) {
            return NULL;
        }
        a = m;
        m = r;
        b = c;
        c = next;
    }
    int64_t gcd;
    if (!int_two_digits(a, &gcd) || gcd != 1) {
        return raise_error(&exc_ValueError, "base is not invertible for the given modulus");
    }
    return b;
}

Object *int_power(Object *base, Object *exponent, Object *modulus) {
    if (!int_check(base) || !int_check(exponent)) {
        return NOT_IMPLEMENTED;
    }
    if (!modulus || modulus == NONE) {
        if (int_is_negative(exponent)) {
            double b = int_to_double(base),
                   e = b == -1.0 && error_occurred() ? -1.0 : int_to_double(exponent);
            if (error_occurred()) {
                return NULL;
            }
            Object *x = float_from_double(b);
            Object *y = float_from_double(e);
            return x && y ? float_spec.slots.power(x, y, NONE) : NULL;
        }
        return power_plain(base, exponent);
    }
    if (!int_check(modulus)) {
        return NOT_IMPLEMENTED;
    }
    if (!int_sign(modulus)) {
        return raise_error(&exc_ValueError, "pow() 3rd argument cannot be 0");
    }
    bool negative = int_is_negative(modulus);
    Object *m = negative ? int_negative(modulus) : modulus;
    if (!m) {
        return NULL;
    }
    int64_t value;
    if (int_two_digits(m, &value) && value == 1) {
        return int_from_i64(0);
    }
    if (int_is_negative(exponent)) {
        exponent = int_negative(exponent);
        base = exponent ? inverse_modular(base, m) : NULL;
        if (!base) {
            return NULL;
        }
    }
    base = int_remainder(base, m);
    Object *result = base ? power_modular(base, exponent, m) : NULL;
    if (result && negative && int_sign(result)) {
        result = int_subtract(result, m);
    }
    return result;
}

// ---- for math: gcd and integer square root

// One step of Euclid's, for numbers of different size, then subtractions of odd numbers: divisions are slow.
static uint64_t words_gcd(uint64_t x, uint64_t y) {
    if (!y) {
        return x;
    }
    x = (x | y) >> 32 ? x % y : (uint32_t)x % (uint32_t)y;
    if (!x) {
        return y;
    }
    int shift = __builtin_ctzll(x | y);
    x >>= __builtin_ctzll(x);
    do {
        y >>= __builtin_ctzll(y);
        uint64_t least = x < y ? x : y;
        y = x < y ? y - x : x - y;
        x = least;
    } while (y);
    return x << shift;
}

Object *int_gcd(Object *a, Object *b) {
    int64_t x, y;
    if (LIKELY(int_two_digits(a, &x) && int_two_digits(b, &y))) {
        return int_from_u64(
            words_gcd(x < 0 ? -(uint64_t)x : (uint64_t)x, y < 0 ? -(uint64_t)y : (uint64_t)y));
    }
    a = int_absolute(a);
    b = a ? int_absolute(b) : NULL;
    if (!b) {
        return NULL;
    }
    while (!(int_two_digits(a, &x) && int_two_digits(b, &y))) {
        size_t m = int_digit_count(a), n = int_digit_count(b);
        if (!m || !n) {
            return m ? a : b;
        }
        if (m < 100000 && n < 100000 && n > 2 && m > 2) {
            // mpn_gcd wants its first operand the longer and the second odd.
            size_t count_a, count_b;
            mp_limb_t *p = limbs_alloc(limbs_for_digits(m)), *q = limbs_alloc(limbs_for_digits(n));
            mp_limb_t *g = limbs_alloc(limbs_for_digits(size_max(m, n)));
            if (!p || !q || !g) {
                return NULL;
            }
            count_a = limbs_from_digits(p, int_digits(a), m);
            count_b = limbs_from_digits(q, int_digits(b), n);
            mpz_t az, bz, gz;
            mpz_roinit_n(az, p, (mp_size_t)count_a);
            mpz_roinit_n(bz, q, (mp_size_t)count_b);
            mpz_init(gz);
            mpz_gcd(gz, az, bz);
            Object *result = int_from_limbs(mpz_limbs_read(gz), mpz_size(gz), false);
            mpz_clear(gz);
            return result;
        }
        Object *r = int_remainder(a, b);
        if (!r || safepoint() < 0) {
            return NULL;
        }
        a = b;
        b = r;
    }
    return int_from_u64(words_gcd((uint64_t)x, (uint64_t)y));
}

Object *int_sqrt(Object *a) {
    mp_limb_t small[LIMBS_ON_STACK];
    size_t count;
    mp_limb_t *limbs = limbs_of(a, small, &count);
    if (!limbs) {
        return NULL;
    }
    if (!count) {
        return int_from_i64(0);
    }
    mp_limb_t *root = limbs_alloc((count + 1) / 2);
    if (!root) {
        return NULL;
    }
    mpn_sqrtrem(root, NULL, limbs, (mp_size_t)count);
    return int_from_limbs(root, (count + 1) / 2, false);
}
