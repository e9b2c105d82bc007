// int from and to text.
//
// Decimal conversion of long numbers is quadratic in CPython and limited to `int_max_str_digits`
// digits; the limit and its texts are kept although GMP's conversion is not quadratic.
#include "objects/bytes.h"
#include "objects/int_internal.h"

#include "objects/abstract.h"
#include "objects/polling.h"
#include "objects/str.h"

enum { MAX_STR_DIGITS_THRESHOLD = 640 };
int int_max_str_digits = 4300;

// ---- to text

// Writes the decimal digits of the magnitude; returns their number. `text` has room for 20.
static size_t u64_to_text(uint64_t value, char *text) {
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t k = 0; k < n; k++) {
        text[k] = reversed[n - 1 - k];
    }
    return n;
}

static Object *raise_too_many_digits(void) {
    return raise_error(&exc_ValueError,
                       "Exceeds the limit (%d digits) for integer string conversion; "
                       "use sys.set_int_max_str_digits() to increase the limit",
                       __atomic_load_n(&int_max_str_digits, __ATOMIC_RELAXED));
}

// Digits 10**k above which a number is split in two before it is converted.
enum { TEXT_PIECE_DIGITS = 60000 };

// Appends the decimal digits of `o` >= 0 at `text`, padded with zeros to `width` (0: not padded).
// Splits long numbers, with a poll between the parts. Returns the number written, -1 on error.
static ssize_t write_decimal(Object *o, char *text, size_t width) {
    size_t bits = int_bit_length(o);
    size_t estimate = (size_t)((double)bits * 0.30102999566398120) + 1;
    if (estimate <= TEXT_PIECE_DIGITS) {
        size_t count = int_digit_count(o);
        size_t need = limbs_for_digits(count);
        mp_limb_t small[LIMBS_ON_STACK];
        mp_limb_t *limbs = need <= LIMBS_ON_STACK ? small : limbs_alloc(need);
        unsigned char *raw = heap_alloc(estimate + 24, CELL_BYTES);
        if (!limbs || !raw) {
            return -1;
        }
        size_t n = limbs_from_digits(limbs, int_digits(o), count);
        size_t length = n ? mpn_get_str(raw, 10, limbs, (mp_size_t)n) : 0, skip = 0;
        while (skip < length && !raw[skip]) {
            skip++;
        }
        length -= skip;
        size_t padding = width > length ? width - length : 0;
        memset(text, '0', padding);
        for (size_t k = 0; k < length; k++) {
            text[padding + k] = (char)('0' + raw[skip + k]);
        }
        return (ssize_t)(padding + length);
    }
    size_t low = estimate / 2;
    Object *power = int_power_of(10, low), *high, *rest;
    if (!power || int_divide(o, power, &high, &rest) < 0 || safepoint() < 0) {
        return -1;
    }
    ssize_t first = write_decimal(high, text, width > low ? width - low : 0);
    if (first < 0) {
        return -1;
    }
    ssize_t second = write_decimal(rest, text + first, low);
    return second < 0 ? -1 : first + second;
}

static Object *decimal_text(Object *o) {
    int64_t value;
    char small[24];
    if (LIKELY(int_two_digits(o, &value))) {
        size_t sign = value < 0;
        small[0] = '-';
        size_t n = u64_to_text(value < 0 ? -(uint64_t)value : (uint64_t)value, small + sign);
        return str_from_latin1((const uint8_t *)small, (ssize_t)(n + sign));
    }
    int limit = __atomic_load_n(&int_max_str_digits, __ATOMIC_RELAXED);
    size_t bits = int_bit_length(o);
    if (limit && (double)(bits - 1) * 0.30102999566398119 > limit) {
        return raise_too_many_digits();
    }
    if (bits > SSIZE_LIMIT / 2) {
        return raise_error(&exc_OverflowError, "int too large to format");
    }
    bool negative = int_is_negative(o);
    Object *magnitude = negative ? int_negative(o) : o;
    size_t room = (size_t)((double)bits * 0.30102999566398120) + 32;
    char *text = magnitude ? heap_alloc(room, CELL_BYTES) : NULL;
    if (!text) {
        return NULL;
    }
    text[0] = '-';
    ssize_t length = write_decimal(magnitude, text + negative, 0);
    if (length < 0) {
        return NULL;
    }
    if (limit && length > limit) {
        return raise_too_many_digits();
    }
    return str_from_latin1((const uint8_t *)text, length + negative);
}

Object *int_to_str(Object *o, int base) {
    if (base == 10) {
        return decimal_text(o);
    }
    int shift = base == 16 ? 4 : base == 8 ? 3 : 1;
    size_t bits = int_bit_length(o), length = bits ? (bits + (size_t)shift - 1) / (size_t)shift : 1;
    bool negative = int_is_negative(o);
    Object *result = str_new((ssize_t)length + negative, 127);
    if (!result) {
        return NULL;
    }
    char *text = str_data(result);
    char *p = text + length + negative;
    const uint32_t *d = int_digits(o);
    size_t count = int_digit_count(o), next = 0;
    uint64_t buffer = 0;
    int available = 0;
    for (size_t k = 0; k < length; k++) {
        if (poll_steps((ssize_t)k) < 0) {
            return NULL;
        }
        if (available < shift && next < count) {
            buffer |= (uint64_t)d[next++] << available;
            available += INT_SHIFT;
        }
        *--p = "0123456789abcdef"[buffer & ((1u << shift) - 1)];
        buffer >>= shift;
        available -= shift;
    }
    if (negative) {
        *--p = '-';
    }
    return result;
}

// ---- from text

static inline int digit_value(unsigned char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 37;
}

static inline bool ascii_space(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// A run of digits without underscores, as values 0 ... base-1, to an int; polls between pieces.
static Object *int_from_digit_values(const unsigned char *values, size_t count, int base) {
    if (count <= 20000) {
        // mpn_set_str wants one limb more than the result for some sizes.
        size_t limbs_needed = (size_t)((double)count * (base <= 10 ? 3.3219281 : 5.1699251) / 64) + 3;
        mp_limb_t small[LIMBS_ON_STACK];
        mp_limb_t *limbs = limbs_needed <= LIMBS_ON_STACK ? small : limbs_alloc(limbs_needed);
        if (!limbs) {
            return NULL;
        }
        while (count && !*values) {
            values++;
            count--;
        }
        if (!count) {
            return int_from_i64(0);
        }
        size_t n = (size_t)mpn_set_str(limbs, values, count, base);
        return int_from_limbs(limbs, n, false);
    }
    size_t low = count / 2;
    Object *high = int_from_digit_values(values, count - low, base);
    Object *rest = high ? int_from_digit_values(values + count - low, low, base) : NULL;
    Object *power = rest ? int_power_of((uint32_t)base, low) : NULL;
    if (!power || safepoint() < 0) {
        return NULL;
    }
    Object *product = int_multiply(high, power);
    return product ? int_add(product, rest) : NULL;
}

static Object *int_from_digits_power_of_two(const unsigned char *values, size_t count, int shift) {
    if (count > (size_t)INT_MOST_DIGITS) {
        return raise_error(&exc_ValueError, "int string too large to convert");
    }
    Int *result = int_alloc((count * (size_t)shift + INT_SHIFT - 1) / INT_SHIFT);
    if (!result) {
        return NULL;
    }
    uint64_t buffer = 0;
    int bits = 0;
    size_t out = 0;
    for (size_t k = count; k-- > 0;) {
        if (poll_steps((ssize_t)k) < 0) {
            return NULL;
        }
        buffer |= (uint64_t)values[k] << bits;
        bits += shift;
        if (bits >= INT_SHIFT) {
            result->digits[out++] = (uint32_t)buffer & INT_MASK;
            buffer >>= INT_SHIFT;
            bits -= INT_SHIFT;
        }
    }
    if (bits && out < (size_t)result->var.size) {
        result->digits[out] = (uint32_t)buffer;
    }
    return int_finish(result, false);
}

// A run of at most MAX_STR_DIGITS_THRESHOLD decimal digits; NULL without an exception when there is anything else.
static Object *parse_plain_decimal(const unsigned char *p, const unsigned char *end, bool negative) {
    enum { CHUNK = 19 };
    static const uint64_t chunk_value = 10000000000000000000u;
    mp_limb_t limbs[MAX_STR_DIGITS_THRESHOLD / CHUNK + 2];
    size_t count = 0;
    for (size_t take = (size_t)(end - p) % CHUNK; p < end; take = CHUNK) {
        uint64_t value = 0;
        for (const unsigned char *stop = p + (take ? take : CHUNK); p < stop; p++) {
            unsigned digit = *p - (unsigned)'0';
            if (digit > 9) {
                return NULL;
            }
            value = value * 10 + digit;
        }
        for (size_t k = 0; k < count; k++) {
            unsigned __int128 product = (unsigned __int128)limbs[k] * chunk_value + value;
            limbs[k] = (mp_limb_t)product;
            value = (uint64_t)(product >> 64);
        }
        if (value) {
            limbs[count++] = value;
        }
    }
    return count == 1 && limbs[0] <= INT64_MAX
               ? int_from_i64(negative ? -(int64_t)limbs[0] : (int64_t)limbs[0])
               : int_from_limbs(limbs, count, negative);
}

// NULL without an exception when the text is no literal.
static Object *parse(const char *text, size_t length, int base) {
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    while (p < end && ascii_space(*p)) {
        p++;
    }
    while (end > p && ascii_space(end[-1])) {
        end--;
    }
    bool negative = false;
    if (p < end && (*p == '+' || *p == '-')) {
        negative = *p++ == '-';
    }
    if (LIKELY(base == 10 && p < end && end - p <= MAX_STR_DIGITS_THRESHOLD)) {
        Object *plain = parse_plain_decimal(p, end, negative);
        if (plain || error_occurred()) {
            return plain;
        }
    }
    bool octal_zero = false; // base 0: leading zeros are allowed for zero only
    int prefix = end - p >= 2 && *p == '0' ? p[1] | 0x20 : 0;
    int prefix_base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 0;
    if (base == 0) {
        base = prefix_base ? prefix_base : 10;
        octal_zero = !prefix_base && p < end && *p == '0';
    } else if (prefix_base != base) {
        prefix_base = 0;
    }
    if (prefix_base) {
        p += 2;
        if (p < end && *p == '_') {
            p++;
        }
    }
    if (p >= end) {
        return NULL;
    }
    // Short numbers need no buffer.
    size_t digits = 0;
    uint64_t value = 0;
    bool last_underscore = true, fits = true;
    for (const unsigned char *q = p; q < end; q++) {
        if (*q == '_') {
            if (last_underscore) {
                return NULL;
            }
            last_underscore = true;
            continue;
        }
        last_underscore = false;
        int digit = digit_value(*q);
        if (digit >= base) {
            return NULL;
        }
        digits++;
        if (value > ((uint64_t)1 << 56)) {
            fits = false;
        }
        value = value * (uint64_t)base + (uint64_t)digit;
        if (poll_steps((ssize_t)digits) < 0) {
            return NULL;
        }
    }
    if (last_underscore) {
        return NULL;
    }
    if (octal_zero) {
        for (const unsigned char *q = p; q < end; q++) {
            if (*q != '0' && *q != '_') {
                return NULL;
            }
        }
    }
    if (fits) {
        return int_from_i64(negative ? -(int64_t)value : (int64_t)value);
    }
    bool binary = !(base & (base - 1));
    int limit = __atomic_load_n(&int_max_str_digits, __ATOMIC_RELAXED);
    if (!binary && limit && digits > MAX_STR_DIGITS_THRESHOLD && digits > (size_t)limit) {
        return raise_error(&exc_ValueError,
                           "Exceeds the limit (%d digits) for integer string conversion: value has "
                           "%zu digits; use sys.set_int_max_str_digits() to increase the limit",
                           limit, digits);
    }
    unsigned char small[128];
    unsigned char *values = digits <= sizeof(small) ? small : heap_alloc(digits, CELL_BYTES);
    if (!values) {
        return NULL;
    }
    size_t n = 0;
    for (const unsigned char *q = p; q < end; q++) {
        if (poll_steps(q - p) < 0) {
            return NULL;
        }
        if (*q != '_') {
            values[n++] = (unsigned char)digit_value(*q);
        }
    }
    Object *result = binary ? int_from_digits_power_of_two(values, n, __builtin_ctz((unsigned)base))
                            : int_from_digit_values(values, n, base);
    return result && negative ? int_negative(result) : result;
}

static bool base_is_valid(int base) {
    if (base != 0 && (base < 2 || base > 36)) {
        raise_error(&exc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return false;
    }
    return true;
}

static Object *raise_invalid(Object *shown, int base) {
    if (!str_check(shown) && !(shown = bytes_from_object(shown))) { // other buffers are shown as bytes
        return NULL;
    }
    Object *repr = object_repr(shown);
    if (!repr) {
        return NULL;
    }
    if (str_length(repr) > 200) {
        repr = str_substring(repr, 0, 200);
    }
    return repr ? raise_error(&exc_ValueError, "invalid literal for int() with base %d: %U", base, repr)
                : NULL;
}

Object *int_from_text_shown(const char *text, size_t length, int base, Object *shown) {
    if (!base_is_valid(base)) {
        return NULL;
    }
    Object *result = memchr(text, 0, length) ? NULL : parse(text, length, base);
    if (!result && !error_occurred()) {
        raise_invalid(shown, base);
    }
    return result;
}

Object *int_from_text(const char *utf8, size_t length, int base) {
    if (!base_is_valid(base)) {
        return NULL;
    }
    Object *result = memchr(utf8, 0, length) ? NULL : parse(utf8, length, base);
    if (!result && !error_occurred()) {
        Object *shown = str_decode_utf8(utf8, (ssize_t)length, "replace");
        return shown ? raise_invalid(shown, base) : NULL;
    }
    return result;
}

char *str_to_decimal_ascii(Object *str, char *small, size_t room) {
    size_t length = (size_t)str_length(str);
    char *text = length < room ? small : heap_alloc(length + 1, CELL_BYTES);
    if (!text) {
        return NULL;
    }
    if (str_is_ascii(str)) {
        memcpy(text, str_data(str), length);
    } else {
        for (size_t k = 0; k < length; k++) {
            uint32_t c = str_read(str, (ssize_t)k);
            int digit;
            // The separators 0x1c ... 0x1f are white space in str, but not around numbers.
            text[k] = c < 128                          ? (char)c
                      : char_is_space(c)               ? ' '
                      : (digit = char_decimal(c)) >= 0 ? (char)('0' + digit)
                                                       : '?';
        }
    }
    text[length] = 0;
    return text;
}

Object *int_from_str(Object *str, int base) {
    char small[256];
    if (LIKELY(str_is_ascii(str))) {
        return int_from_text_shown((const char *)str_data(str), (size_t)str_length(str), base, str);
    }
    char *text = str_to_decimal_ascii(str, small, sizeof(small));
    return text ? int_from_text_shown(text, (size_t)str_length(str), base, str) : NULL;
}
