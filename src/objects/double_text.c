// Doubles to text: the shortest decimal that reads back as the same double, and fixed precision.
//
// Shortest: Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020). The interval of
// decimals that round to the double is scaled by a 128-bit power of ten, rounded to odd; one of at
// most four candidates is the answer. Fixed precision: exact arithmetic in words for values of ordinary size, else
// the C library's printf.
#include <gmp.h>
#include <math.h>

#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int_internal.h"

typedef struct Power {
    uint64_t high, low;
    uint32_t ready;
} Power;

enum { POWER_LEAST = -292 - 32, POWER_MOST = 324 };
static Power powers[POWER_MOST - POWER_LEAST + 1];

static int floor_log2_pow10(int e) {
    return (e * 1741647) >> 19;
}

// The 128-bit g with 10**k = g * 2**(floor(log2(10**k)) - 127), rounded up. Computed once per k by
// exact arithmetic; every thread computes the same, so that a race is harmless.
static Power power_of_ten(int k) {
    Power *entry = &powers[k - POWER_LEAST];
    if (LIKELY(__atomic_load_n(&entry->ready, __ATOMIC_ACQUIRE))) {
        return *entry;
    }
    enum { ROOM = 48 };
    mp_limb_t n[ROOM] = { 1 };
    mp_size_t size = 1;
    for (int i = 0; i < (k < 0 ? -k : k); i++) {
        mp_limb_t carry = mpn_mul_1(n, n, size, 10);
        if (carry) {
            n[size++] = carry;
        }
    }
    mp_limb_t g[ROOM] = { 0 };
    bool inexact = false;
    if (k >= 0) {
        // g = n * 2**(127 - floor(log2 n)), shifted down with the lost bits noted.
        int bits = (int)(size * 64 - __builtin_clzll(n[size - 1]));
        mp_limb_t wide[ROOM + 4] = { 0 };
        memcpy(wide + 2, n, (size_t)size * sizeof(mp_limb_t)); // n * 2**128
        int drop = bits; // keep 128 of bits + 128
        mp_size_t words = drop / 64, total = size + 2;
        for (mp_size_t i = 0; i < words; i++) {
            inexact |= wide[i] != 0;
        }
        if (drop % 64) {
            inexact |= (wide[words] & (((mp_limb_t)1 << drop % 64) - 1)) != 0;
            mpn_rshift(g, wide + words, total - words, (unsigned)(drop % 64));
        } else {
            memcpy(g, wide + words, (size_t)(total - words) * sizeof(mp_limb_t));
        }
    } else {
        // g = 2**(127 - e) / n with e = floor(log2(10**k)).
        int exponent = 127 - floor_log2_pow10(k);
        mp_limb_t numerator[ROOM] = { 0 }, rest[ROOM];
        mp_size_t total = exponent / 64 + 1;
        numerator[exponent / 64] = (mp_limb_t)1 << exponent % 64;
        mpn_tdiv_qr(g, rest, 0, numerator, total, n, size);
        for (mp_size_t i = 0; i < size; i++) {
            inexact |= rest[i] != 0;
        }
    }
    Power result = { g[1], g[0], 1 };
    if (inexact && ++result.low == 0) {
        result.high++;
    }
    __atomic_store_n(&entry->high, result.high, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->low, result.low, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->ready, 1, __ATOMIC_RELEASE);
    return result;
}

static uint64_t round_to_odd(Power g, uint64_t c) {
    unsigned __int128 x = (unsigned __int128)g.low * c, y = (unsigned __int128)g.high * c;
    y += (uint64_t)(x >> 64);
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

// value = digits * 10**exponent, shortest; value is positive and finite.
static uint64_t shortest(double value, int *exponent) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    uint64_t c = biased ? fraction | (uint64_t)1 << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    if (biased && q <= 0 && q > -53 && !(c & (((uint64_t)1 << -q) - 1))) {
        *exponent = 0;
        return c >> -q;
    }
    bool even = !(c & 1), closer = fraction == 0 && biased > 1;
    uint64_t left = 4 * c - 2 + closer, middle = 4 * c, right = 4 * c + 2;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
    int h = q + floor_log2_pow10(-k) + 1;
    Power g = power_of_ten(-k);
    uint64_t vl = round_to_odd(g, left << h), v = round_to_odd(g, middle << h);
    uint64_t vr = round_to_odd(g, right << h);
    uint64_t lower = vl + !even, upper = vr - !even, s = v / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool low_inside = lower <= 40 * tens, high_inside = 40 * tens + 40 <= upper;
        if (low_inside != high_inside) {
            *exponent = k + 1;
            return tens + high_inside;
        }
    }
    bool low_inside = lower <= 4 * s, high_inside = 4 * s + 4 <= upper;
    *exponent = k;
    if (low_inside != high_inside) {
        return s + high_inside;
    }
    uint64_t mid = 4 * s + 2;
    return s + (v > mid || (v == mid && (s & 1)));
}

// Writes repr()-style text (room for 32 bytes) and returns its length.
static size_t write_shortest(double value, char *out, int flags) {
    char *p = out;
    if (value == 0) {
        *p++ = '0';
        if (flags & (FLOAT_ADD_DOT_ZERO | FLOAT_ALTERNATE)) {
            *p++ = '.';
            if (flags & FLOAT_ADD_DOT_ZERO) {
                *p++ = '0';
            }
        }
        return (size_t)(p - out);
    }
    int exponent;
    uint64_t decimal = shortest(value, &exponent);
    while (decimal % 10 == 0) {
        decimal /= 10;
        exponent++;
    }
    char digits[20];
    int n = 0;
    for (uint64_t rest = decimal; rest; rest /= 10) {
        n++;
    }
    for (int i = n; i-- > 0; decimal /= 10) {
        digits[i] = (char)('0' + decimal % 10);
    }
    int point = n + exponent; // position of the decimal point relative to the digits
    if (point > -4 && point <= 16) {
        if (point <= 0) {
            *p++ = '0';
            *p++ = '.';
            for (int i = point; i < 0; i++) {
                *p++ = '0';
            }
            memcpy(p, digits, (size_t)n);
            p += n;
        } else {
            for (int i = 0; i < n || i < point; i++) {
                if (i == point) {
                    *p++ = '.';
                }
                *p++ = i < n ? digits[i] : '0';
            }
            if (n <= point && flags & (FLOAT_ADD_DOT_ZERO | FLOAT_ALTERNATE)) {
                *p++ = '.';
                if (flags & FLOAT_ADD_DOT_ZERO) {
                    *p++ = '0';
                }
            }
        }
        return (size_t)(p - out);
    }
    *p++ = digits[0];
    if (n > 1) {
        *p++ = '.';
        memcpy(p, digits + 1, (size_t)n - 1);
        p += n - 1;
    } else if (flags & FLOAT_ALTERNATE) {
        *p++ = '.';
    }
    int e = point - 1;
    *p++ = 'e';
    *p++ = e < 0 ? '-' : '+';
    e = e < 0 ? -e : e;
    if (e >= 100) {
        *p++ = (char)('0' + e / 100);
    }
    *p++ = (char)('0' + e / 10 % 10);
    *p++ = (char)('0' + e % 10);
    return (size_t)(p - out);
}

// repr(value) into `out` (at least 32 bytes); returns the length.
size_t double_write_repr(double value, char *out) {
    if (isnan(value)) {
        memcpy(out, "nan", 3);
        return 3;
    }
    size_t sign = signbit(value) != 0;
    out[0] = '-';
    if (isinf(value)) {
        memcpy(out + sign, "inf", 3);
        return 3 + sign;
    }
    return sign + write_shortest(fabs(value), out + sign, FLOAT_ADD_DOT_ZERO);
}

// The integer nearest to value * 10**n, exactly rounded (ties to even), for 0 <= n <= 22; false when the
// product is too large or too small for the method. Powers of ten up to 10**22 are exact, and so is the
// product as high + low.
bool double_scale_exactly(double value, int n, double *whole) {
    static const double exact_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    double high = value * exact_powers[n], low = fma(value, exact_powers[n], -high);
    if (!(fabs(high) < 0x1p51) || (fabs(value) < 1e-250 && value != 0)) {
        return false;
    }
    double nearest = rint(high), rest = high - nearest;
    *whole = nearest + (rest == 0.5 && low > 0) - (rest == -0.5 && low < 0);
    return true;
}

size_t double_write_fixed(double value, int precision, char *out) {
    double scaled;
    if (precision > 17 || !double_scale_exactly(fabs(value), precision, &scaled)) {
        return 0;
    }
    char digits[24], *p = out;
    uint64_t n = (uint64_t)scaled;
    int count = 0;
    while (n || count <= precision) {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    }
    if (signbit(value)) {
        *p++ = '-';
    }
    while (count > 0) {
        *p++ = digits[--count];
        if (count == precision && precision) {
            *p++ = '.';
        }
    }
    *p = 0;
    return (size_t)(p - out);
}

// The `count` first decimal digits of a positive finite value, exactly rounded, as a number, and the power of ten of
// the first of them; false when it is not of the size for which double_scale_exactly and machine words do.
static bool leading_digits(double value, int count, uint64_t *digits, int *power) {
    static const uint64_t tens[] = { 1u,
                                     10u,
                                     100u,
                                     1000u,
                                     10000u,
                                     100000u,
                                     1000000u,
                                     10000000u,
                                     100000000u,
                                     1000000000u,
                                     10000000000u,
                                     100000000000u,
                                     1000000000000u,
                                     10000000000000u,
                                     100000000000000u,
                                     1000000000000000u };
    if (count < 1 || count > 15 || value >= 1e15 || value < 1e-7) {
        return false;
    }
    int binary;
    frexp(value, &binary);
    // One too low at most, and the rounding may add a digit.
    int first = (binary - 1) * 1233 >> 12;
    for (int attempt = 0; attempt < 3; attempt++, first++) {
        int places = count - 1 - first;
        uint64_t n;
        if (places >= 0) {
            double whole;
            if (places > 22 || !double_scale_exactly(value, places, &whole)) {
                return false;
            }
            n = (uint64_t)whole;
        } else {
            uint64_t whole = (uint64_t)value, unit = tens[-places], rest = whole % unit;
            bool fraction = value != (double)whole;
            n = whole / unit;
            n += 2 * rest > unit || (2 * rest == unit && (fraction || n & 1));
        }
        if (n < tens[count - 1]) {
            return false;
        }
        if (n < tens[count - 1] * 10) {
            *digits = n;
            *power = first;
            return true;
        }
    }
    return false;
}

// %e and %g as C's printf writes them, for values of ordinary size; false: nothing was written.
static bool write_significant(double value, bool general, int precision, bool upper, char *out) {
    int count = general ? (precision ? precision : 1) : precision + 1, power;
    uint64_t n;
    if (!leading_digits(value, count, &n, &power)) {
        return false;
    }
    char digits[16];
    for (int i = count; i-- > 0; n /= 10) {
        digits[i] = (char)('0' + n % 10);
    }
    while (general && count > 1 && digits[count - 1] == '0') {
        count--;
    }
    if (general && power >= -4 && power < (precision ? precision : 1)) {
        int point = power + 1;
        if (point <= 0) {
            *out++ = '0';
            *out++ = '.';
            for (int i = point; i < 0; i++) {
                *out++ = '0';
            }
            point = -1;
        }
        for (int i = 0; i < count || i < point; i++) {
            if (i == point) {
                *out++ = '.';
            }
            *out++ = i < count ? digits[i] : '0';
        }
        *out = 0;
        return true;
    }
    *out++ = digits[0];
    if (count > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, (size_t)count - 1);
        out += count - 1;
    }
    int size = power < 0 ? -power : power;
    *out++ = upper ? 'E' : 'e';
    *out++ = power < 0 ? '-' : '+';
    *out++ = (char)('0' + size / 10);
    *out++ = (char)('0' + size % 10);
    *out = 0;
    return true;
}

char *double_to_text(double value, char code, int precision, int flags) {
    bool upper = code == 'E' || code == 'F' || code == 'G';
    size_t room = 64;
    if (code == 'f' || code == 'F') {
        room += 320;
    }
    if (precision > 0) {
        room += (size_t)precision;
    }
    char *text = malloc(room), *p = text;
    if (!text) {
        raise_memory_error();
        return NULL;
    }
    if (isnan(value)) {
        if (flags & FLOAT_SIGN) {
            *p++ = '+';
        }
        memcpy(p, upper ? "NAN" : "nan", 4);
        return text;
    }
    bool negative = signbit(value);
    double magnitude = fabs(value);
    if (isinf(value)) {
        memcpy(p + 1, upper ? "INF" : "inf", 4);
    } else if (code == 'r') {
        p[1 + write_shortest(magnitude, p + 1, flags)] = 0;
    } else {
        char format[] = "%#.*f";
        char *f = format;
        if (flags & FLOAT_ALTERNATE) {
            *f++ = '%';
            *f++ = '#';
        } else {
            *f++ = '%';
        }
        memcpy(f, ".*", 2);
        f[2] = code;
        f[3] = 0;
        if (precision < 0) {
            precision = 6;
        }
        bool general = code == 'g' || code == 'G';
        if ((!general && code != 'e' && code != 'E') || flags & FLOAT_ALTERNATE || precision > 15 ||
            !write_significant(magnitude, general, precision, upper, p + 1)) {
            snprintf(p + 1, room - 4, format, precision, magnitude);
        }
        if ((code | 0x20) == 'g' && flags & FLOAT_ADD_DOT_ZERO && !strchr(p + 1, 'e')) {
            // With ".0" to be added, one digit less counts as fitting before the exponent form.
            char probe[64];
            int digits = precision ? precision : 1;
            snprintf(probe, sizeof(probe), "%.*e", digits > 30 ? 30 : digits - 1, magnitude);
            int exponent = atoi(strchr(probe, 'e') + 1);
            if (exponent == digits - 1 && magnitude != 0 && digits <= 30) {
                char *mark = strchr(probe, 'e'), *end = mark;
                if (!(flags & FLOAT_ALTERNATE) && memchr(probe, '.', (size_t)(mark - probe))) {
                    while (end[-1] == '0') {
                        end--;
                    }
                    end -= end[-1] == '.';
                }
                memcpy(p + 1, probe, (size_t)(end - probe));
                strcpy(p + 1 + (end - probe), mark);
            }
        }
        if (flags & FLOAT_ADD_DOT_ZERO && !strpbrk(p + 1, ".eE")) {
            strcat(p + 1, ".0");
        }
        if (flags & FLOAT_NO_NEGATIVE_ZERO && negative) {
            bool zero = true;
            for (char *q = p + 1; *q && *q != 'e' && *q != 'E'; q++) {
                zero &= *q == '0' || *q == '.';
            }
            if (zero) {
                negative = false;
            }
        }
    }
    if (value == 0 && flags & FLOAT_NO_NEGATIVE_ZERO) {
        negative = false;
    }
    if (negative) {
        p[0] = '-';
    } else if (flags & FLOAT_SIGN) {
        p[0] = '+';
    } else {
        memmove(p, p + 1, strlen(p + 1) + 1);
    }
    return text;
}

// Digits times a 128-bit power of ten gives the leading bits of the result to within one unit of the
// 128th; only when these cannot tell on which side of the middle between two doubles the number lies
// the answer is left to strtod. (D. Lemire, "Number parsing at a gigabyte per second", 2021.)
bool double_from_decimal(uint64_t digits, int exponent, double *value) {
    static const double exact[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (digits <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        *value = exponent < 0 ? (double)digits / exact[-exponent] : (double)digits * exact[exponent];
        return true;
    }
    if (!digits) {
        *value = 0;
        return true;
    }
    if (exponent < -300 || exponent > 300) {
        return false;
    }
    int shift = __builtin_clzll(digits);
    Power g = power_of_ten(exponent);
    uint64_t w = digits << shift;
    unsigned __int128 low = (unsigned __int128)g.low * w;
    unsigned __int128 product = (unsigned __int128)g.high * w + (uint64_t)(low >> 64);
    int drop = product >> 127 ? 11 : 10; // of the upper word, to leave 53 bits
    unsigned __int128 half = (unsigned __int128)1 << (drop + 63);
    unsigned __int128 rest = product & (half * 2 - 1);
    if (rest - (half - 1) <= 2) {
        return false;
    }
    uint64_t mantissa = (uint64_t)(product >> (drop + 64)) + (rest > half);
    int binary = drop + 1 - shift + floor_log2_pow10(exponent); // value = mantissa * 2**binary
    if (mantissa >> 53) {
        mantissa >>= 1;
        binary++;
    }
    int biased = binary + 1075;
    if (biased < 1 || biased > 2046) {
        return false;
    }
    uint64_t bits = (uint64_t)biased << 52 | (mantissa & (((uint64_t)1 << 52) - 1));
    memcpy(value, &bits, sizeof(bits));
    return true;
}

static inline bool is_digit(char c) {
    return (uint8_t)(c - '0') < 10;
}

// The end of the digits at `p`.
static const char *digits_end(const char *p, const char *limit) {
    enum { STEP = 32 };
    for (; limit - p >= STEP; p += STEP) {
        uint8_t others = 0;
        for (size_t i = 0; i < STEP; i++) {
            others |= (uint8_t)(p[i] - '0') >= 10;
        }
        if (others) {
            break;
        }
    }
    while (is_digit(*p)) {
        p++;
    }
    return p;
}

// The number whose `count` digits, from the first that is not 0, begin at `p` (a point may be among them), times
// 10**exponent. What lies behind so many digits as the middle between two doubles may have decides only by not being 0.
static double double_from_many_digits(const char *p, ssize_t count, int64_t exponent) {
    enum { DECISIVE = 780, EXPONENT_MOST = 99999 };
    char text[DECISIVE + 32];
    size_t n = 0;
    for (; n < DECISIVE && (ssize_t)n < count; p++) {
        if (*p != '.') {
            text[n++] = *p;
        }
    }
    ssize_t left = count - (ssize_t)n;
    exponent += left;
    for (; left > 0; p++) {
        if (*p != '.') {
            left--;
            if (*p != '0') {
                text[n++] = '1';
                exponent--;
                break;
            }
        }
    }
    exponent = exponent > EXPONENT_MOST    ? EXPONENT_MOST
               : exponent < -EXPONENT_MOST ? -EXPONENT_MOST
                                           : exponent;
    snprintf(text + n, sizeof(text) - n, "e%d", (int)exponent);
    return strtod(text, NULL); // LC_NUMERIC is handled by the caller's locale being "C" for numbers
}

double double_from_text(const char *text, const char **end) {
    return double_from_part(text, text, end);
}

double double_from_part(const char *text, const char *limit, const char **end) {
    enum { EXACT = 19 }; // digits that fit into 64 bits
    const char *p = text;
    if (*p == '+' || *p == '-') {
        p++;
    }
    bool negative = *text == '-';
    if ((*p | 0x20) == 'i' || (*p | 0x20) == 'n') {
        if (!strncasecmp(p, "infinity", 8)) {
            *end = p + 8;
            return negative ? -INFINITY : INFINITY;
        }
        if (!strncasecmp(p, "inf", 3)) {
            *end = p + 3;
            return negative ? -INFINITY : INFINITY;
        }
        if (!strncasecmp(p, "nan", 3)) {
            *end = p + 3;
            return negative ? -NAN : NAN;
        }
        *end = text;
        return 0;
    }
    const char *start = p, *point = NULL, *first = NULL; // `first`: of the digits that are not 0
    uint64_t decimal = 0; // the first EXACT of them
    ssize_t count = 0, more = 0; // how many these are, and how many follow
    for (;; p++) {
        for (; is_digit(*p) && count < EXACT; p++) {
            decimal = decimal * 10 + (uint64_t)(*p - '0');
            if (decimal) {
                first = first ? first : p;
                count++;
            }
        }
        if (is_digit(*p)) {
            const char *behind = digits_end(p, limit);
            more += behind - p;
            p = behind;
        }
        if (*p != '.' || point) {
            break;
        }
        point = p;
    }
    if (p - start == (point != NULL)) {
        *end = text;
        return 0;
    }
    int64_t exponent = point ? point + 1 - p : 0; // of the last digit
    if ((*p | 0x20) == 'e') {
        const char *q = p + 1;
        if (*q == '+' || *q == '-') {
            q++;
        }
        if (*q >= '0' && *q <= '9') {
            bool minus = q[-1] == '-';
            int64_t value = 0;
            for (; *q >= '0' && *q <= '9'; q++) {
                value = value < INT64_MAX / 100 ? value * 10 + (*q - '0') : value;
            }
            exponent += minus ? -value : value;
            p = q;
        }
    }
    *end = p;
    // With more digits the number lies between two with EXACT of them, and is what both are, if they are the same.
    double value = 0, above;
    int64_t scale = exponent + more;
    bool known = !decimal;
    if (!known && scale > -400 && scale < 400) {
        known = double_from_decimal(decimal, (int)scale, &value) &&
                (!more || (double_from_decimal(decimal + 1, (int)scale, &above) && above == value));
    }
    if (!known) {
        value = double_from_many_digits(first, count + more, exponent);
    }
    return negative ? -value : value;
}
