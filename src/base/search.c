// Single units go to memchr or loops that vectorize, longer needles to vectors of candidates and, where many of them fit
// in vain, to the two-way algorithm (Crochemore and Perrin), which reads both texts from their ends in a backward search.
#include "base/search.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

// A text read forward (step 1) or from its end (step -1).
typedef struct View {
    const char *base;
    ssize_t last; // index of the last unit, for reading backward
} View;

ALWAYS_INLINE uint32_t unit(int kind, bool backward, View view, ssize_t i) {
    if (backward) {
        i = view.last - i;
    }
    return kind == 1   ? ((const uint8_t *)view.base)[i]
           : kind == 2 ? ((const uint16_t *)view.base)[i]
                       : ((const uint32_t *)view.base)[i];
}

// The maximal suffix of the needle for one of the two orders, and its period.
ALWAYS_INLINE ssize_t maximal_suffix(int kind, bool backward, View needle, ssize_t m, bool invert,
                                     ssize_t *period) {
    ssize_t i = -1, j = 0, k = 1, p = 1;
    while (j + k < m) {
        uint32_t a = unit(kind, backward, needle, j + k);
        uint32_t b = unit(kind, backward, needle, i + k);
        if (invert ? b < a : a < b) {
            j += k;
            k = 1;
            p = j - i;
        } else if (a == b) {
            if (k != p) {
                k++;
            } else {
                j += p;
                k = 1;
            }
        } else {
            i = j++;
            k = p = 1;
        }
    }
    *period = p;
    return i;
}

ALWAYS_INLINE ssize_t two_way(int kind, bool backward, View text, ssize_t n, View needle, ssize_t m) {
    ssize_t p, q;
    ssize_t i = maximal_suffix(kind, backward, needle, m, false, &p);
    ssize_t j = maximal_suffix(kind, backward, needle, m, true, &q);
    ssize_t cut = i > j ? i : j, period = i > j ? p : q;
    bool periodic = cut + 1 + period <= m;
    for (ssize_t k = 0; periodic && k <= cut; k++) {
        periodic = unit(kind, backward, needle, k) == unit(kind, backward, needle, k + period);
    }
    if (!periodic) {
        period = (cut + 1 > m - cut - 1 ? cut + 1 : m - cut - 1) + 1;
    }
    ssize_t memory = -1, at = 0;
    while (at <= n - m) {
        ssize_t k = (cut > memory ? cut : memory) + 1;
        while (k < m && unit(kind, backward, needle, k) == unit(kind, backward, text, at + k)) {
            k++;
        }
        if (k < m) {
            at += k - cut;
            memory = -1;
            continue;
        }
        k = cut;
        while (k > memory && unit(kind, backward, needle, k) == unit(kind, backward, text, at + k)) {
            k--;
        }
        if (k <= memory) {
            return at;
        }
        at += period;
        memory = periodic ? m - period - 1 : -1;
    }
    return -1;
}

// Tries the candidates that begin with the needle's first unit, with a budget of comparisons, and
// leaves hard cases to the two-way search.
ALWAYS_INLINE ssize_t search_kind(int kind, bool backward, const void *text, ssize_t n, const void *needle,
                                  ssize_t m) {
    View t = { text, n - 1 }, w = { needle, m - 1 };
    uint32_t first = unit(kind, backward, w, 0), last = unit(kind, backward, w, m - 1);
    ssize_t budget = 4 * m + 64;
    for (ssize_t at = 0; at <= n - m; at++) {
        if (unit(kind, backward, t, at) != first || unit(kind, backward, t, at + m - 1) != last) {
            continue;
        }
        ssize_t k = 1;
        while (k < m - 1 && unit(kind, backward, w, k) == unit(kind, backward, t, at + k)) {
            k++;
        }
        if (k >= m - 1) {
            return at;
        }
        budget -= k;
        if (budget < 0) {
            View rest = { backward ? (const char *)text : (const char *)text + at * kind, n - 1 - at };
            ssize_t found = two_way(kind, backward, rest, n - at, w, m);
            return found < 0 ? -1 : at + found;
        }
    }
    return -1;
}

#ifdef __SSE2__
ALWAYS_INLINE __m128i lanes_of(int kind, const char *value) {
    int16_t pair;
    int32_t quad;
    switch (kind) {
    case 1: return _mm_set1_epi8(*value);
    case 2: memcpy(&pair, value, 2); return _mm_set1_epi16(pair);
    default: memcpy(&quad, value, 4); return _mm_set1_epi32(quad);
    }
}

// A bit for each unit at `text` that is equal to that of `lanes`: the lowest of its bytes' bits.
ALWAYS_INLINE unsigned equal_lanes(int kind, const char *text, __m128i lanes) {
    __m128i v = _mm_loadu_si128((const __m128i *)text);
    v = kind == 1   ? _mm_cmpeq_epi8(v, lanes)
        : kind == 2 ? _mm_cmpeq_epi16(v, lanes)
                    : _mm_cmpeq_epi32(v, lanes);
    return (unsigned)_mm_movemask_epi8(v) & (kind == 1 ? 0xffff : kind == 2 ? 0x5555 : 0x1111);
}

// memcmp for what is short as a rule: whether they are equal.
ALWAYS_INLINE bool equal_few(const char *a, const char *b, size_t n) {
    if (n > 4) {
        return !memcmp(a, b, n);
    }
    if (n >= 2) {
        uint16_t v, w, x, y;
        memcpy(&v, a, 2);
        memcpy(&w, b, 2);
        memcpy(&x, a + n - 2, 2);
        memcpy(&y, b + n - 2, 2);
        return v == w && x == y;
    }
    return !n || *a == *b;
}

// 16 bytes of candidates at a time, those whose first and last unit fit. What fits too often without being a match goes
// to memmem or to the search by units, which are never quadratic. At least two units.
ALWAYS_INLINE ssize_t search_lanes(int kind, bool backward, const char *text, ssize_t n, const char *needle,
                                   ssize_t m) {
    ssize_t lanes = 16 / kind, left = n - m + 1, at = backward ? left : 0, budget = 4 * m + 256;
    const __m128i first = lanes_of(kind, needle), last = lanes_of(kind, needle + (m - 1) * kind);
    for (; budget >= 0 && left >= lanes; left -= lanes) {
        at -= backward ? lanes : 0;
        unsigned fits = equal_lanes(kind, text + at * kind, first) &
                        equal_lanes(kind, text + (at + m - 1) * kind, last);
        while (fits) {
            int bit = backward ? 31 - __builtin_clz(fits) : __builtin_ctz(fits);
            const char *candidate = text + at * kind + bit;
            if (equal_few(candidate + kind, needle + kind, (size_t)((m - 2) * kind))) {
                return (candidate - text) / kind;
            }
            fits ^= 1u << bit;
            budget -= m;
        }
        at += backward ? 0 : lanes;
    }
    if (left <= 0) {
        return -1;
    }
    if (kind == 1 && !backward && budget < 0) {
        const char *p = memmem(text + at, (size_t)(n - at), needle, (size_t)m);
        return p ? p - text : -1;
    }
    ssize_t rest = left + m - 1; // units in which the candidates left over lie
    ssize_t found = search_kind(kind, backward, backward ? text : text + at * kind, rest, needle, m);
    return found < 0 ? -1 : backward ? rest - m - found : at + found;
}

static ssize_t search_forward(int kind, const void *text, ssize_t n, const void *needle, ssize_t m) {
    return kind == 1   ? search_lanes(1, false, text, n, needle, m)
           : kind == 2 ? search_lanes(2, false, text, n, needle, m)
                       : search_lanes(4, false, text, n, needle, m);
}

static ssize_t search_backward(int kind, const void *text, ssize_t n, const void *needle, ssize_t m) {
    return kind == 1   ? search_lanes(1, true, text, n, needle, m)
           : kind == 2 ? search_lanes(2, true, text, n, needle, m)
                       : search_lanes(4, true, text, n, needle, m);
}
#else
static ssize_t search_forward(int kind, const void *text, ssize_t n, const void *needle, ssize_t m) {
    return kind == 1   ? search_kind(1, false, text, n, needle, m)
           : kind == 2 ? search_kind(2, false, text, n, needle, m)
                       : search_kind(4, false, text, n, needle, m);
}

static ssize_t search_backward(int kind, const void *text, ssize_t n, const void *needle, ssize_t m) {
    ssize_t at = kind == 1   ? search_kind(1, true, text, n, needle, m)
                 : kind == 2 ? search_kind(2, true, text, n, needle, m)
                             : search_kind(4, true, text, n, needle, m);
    return at < 0 ? -1 : n - m - at;
}
#endif

ssize_t search_unit(int kind, const void *text, ssize_t n, uint32_t c, int direction) {
    if (n <= 0 || (kind == 1 && c > 0xff) || (kind == 2 && c > 0xffff)) {
        return -1;
    }
    if (kind == 1) {
        const char *p = direction > 0 ? memchr(text, (int)c, (size_t)n) : memrchr(text, (int)c, (size_t)n);
        return p ? p - (const char *)text : -1;
    }
    if (direction < 0) {
        for (ssize_t i = n - 1; i >= 0; i--) {
            if ((kind == 2 ? ((const uint16_t *)text)[i] : ((const uint32_t *)text)[i]) == c) {
                return i;
            }
        }
        return -1;
    }
    ssize_t i = 0;
    if (kind == 2) {
        const uint16_t *p = text;
        for (; i + 16 <= n; i += 16) {
            unsigned any = 0;
            for (int j = 0; j < 16; j++) {
                any |= p[i + j] == c;
            }
            if (any) {
                break;
            }
        }
        for (; i < n; i++) {
            if (p[i] == c) {
                return i;
            }
        }
    } else {
        const uint32_t *p = text;
        for (; i + 16 <= n; i += 16) {
            unsigned any = 0;
            for (int j = 0; j < 16; j++) {
                any |= p[i + j] == c;
            }
            if (any) {
                break;
            }
        }
        for (; i < n; i++) {
            if (p[i] == c) {
                return i;
            }
        }
    }
    return -1;
}

ssize_t search_text(int kind, const void *text, ssize_t n, const void *needle, ssize_t m, int direction) {
    if (m > n) {
        return -1;
    }
    if (!m) {
        return direction > 0 ? 0 : n;
    }
    if (m == 1) {
        uint32_t c = kind == 1   ? *(const uint8_t *)needle
                     : kind == 2 ? *(const uint16_t *)needle
                                 : *(const uint32_t *)needle;
        return search_unit(kind, text, n, c, direction);
    }
    if (direction < 0) {
        return search_backward(kind, text, n, needle, m);
    }
    return search_forward(kind, text, n, needle, m);
}

static ssize_t count_bytes(const uint8_t *p, ssize_t n, uint8_t c) {
    ssize_t count = 0, i = 0;
#ifdef __SSE2__
    // Each byte of `some` counts what was found in its lane, up to 255.
    const __m128i lanes = _mm_set1_epi8((char)c), zero = _mm_setzero_si128();
    while (n - i >= 16) {
        __m128i some = zero;
        for (ssize_t end = n - i < 255 * 16 ? n - 15 : i + 255 * 16 - 15; i < end; i += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
            some = _mm_sub_epi8(some, _mm_cmpeq_epi8(v, lanes));
        }
        __m128i sums = _mm_sad_epu8(some, zero);
        count += _mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_srli_si128(sums, 8));
    }
#endif
    for (; i < n; i++) {
        count += p[i] == c;
    }
    return count;
}

ssize_t search_count_unit(int kind, const void *text, ssize_t n, uint32_t c) {
    ssize_t count = 0;
    if (kind == 1) {
        return c > 0xff ? 0 : count_bytes(text, n, (uint8_t)c);
    }
    if (kind == 2) {
        const uint16_t *p = text;
        for (ssize_t i = 0; i < n;) {
            uint16_t some = 0; // in lanes of 16 bits
            for (ssize_t end = n - i < 1 << 15 ? n : i + (1 << 15); i < end; i++) {
                some += p[i] == (uint16_t)c;
            }
            count += some;
        }
    } else {
        const uint32_t *p = text;
        for (ssize_t i = 0; i < n; i++) {
            count += p[i] == c;
        }
    }
    return count;
}

ssize_t search_count(int kind, const void *text, ssize_t n, const void *needle, ssize_t m, ssize_t most) {
    ssize_t count = 0, at = 0;
    while (count < most) {
        ssize_t found = search_text(kind, (const char *)text + at * kind, n - at, needle, m, 1);
        if (found < 0) {
            break;
        }
        count++;
        at += found + m;
    }
    return count;
}

// ---- which of the next SEARCH_SPAN characters are of a class, in texts of each kind; kind 0 is ASCII, or bytes

// UNIT_PLAIN_SPACE is for kind 0 only: space without the four separators.
typedef enum UnitClass { UNIT_EQUAL, UNIT_BREAK, UNIT_SPACE, UNIT_PLAIN_SPACE } UnitClass;

#ifdef __SSE2__
ALWAYS_INLINE __m128i bytes_within(__m128i v, char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(first - 1))),
                         _mm_cmpgt_epi8(_mm_set1_epi8((char)(last + 1)), v));
}

// Sixteen bytes; those from 0x80 on are negative here, and of no class.
ALWAYS_INLINE __m128i bytes_of_class(UnitClass class, __m128i v, uint32_t c) {
    if (class == UNIT_EQUAL) {
        return _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c));
    }
    if (class == UNIT_BREAK) {
        return _mm_or_si128(bytes_within(v, 10, 13), bytes_within(v, 28, 30));
    }
    return _mm_or_si128(bytes_within(v, 9, 13), bytes_within(v, class == UNIT_SPACE ? 28 : 32, 32));
}

ALWAYS_INLINE __m128i lanes_within(__m128i v, short first, short last) {
    return _mm_and_si128(_mm_cmpgt_epi16(v, _mm_set1_epi16((short)(first - 1))),
                         _mm_cmplt_epi16(v, _mm_set1_epi16((short)(last + 1))));
}

ALWAYS_INLINE __m128i lanes_equal(__m128i v, short c) {
    return _mm_cmpeq_epi16(v, _mm_set1_epi16(c));
}

// Eight characters of 16 bits; those from 0x8000 on are negative here, and of no class.
ALWAYS_INLINE __m128i lanes_of_class(UnitClass class, __m128i v, uint32_t c) {
    if (class == UNIT_EQUAL) {
        return lanes_equal(v, (short)c);
    }
    if (class == UNIT_BREAK) {
        __m128i low = _mm_or_si128(lanes_within(v, 10, 13), lanes_within(v, 28, 30));
        return _mm_or_si128(low, _mm_or_si128(lanes_equal(v, 0x85), lanes_within(v, 0x2028, 0x2029)));
    }
    __m128i found = _mm_or_si128(lanes_within(v, 9, 13), lanes_within(v, 28, 32));
    found = _mm_or_si128(found, _mm_or_si128(lanes_equal(v, 0x85), lanes_equal(v, 0xa0)));
    if (_mm_movemask_epi8(lanes_within(v, 0x1680, 0x3000))) {
        found = _mm_or_si128(found, _mm_or_si128(lanes_equal(v, 0x1680), lanes_within(v, 0x2000, 0x200a)));
        found = _mm_or_si128(found, _mm_or_si128(lanes_within(v, 0x2028, 0x2029), lanes_equal(v, 0x202f)));
        found = _mm_or_si128(found, _mm_or_si128(lanes_equal(v, 0x205f), lanes_equal(v, 0x3000)));
    }
    return found;
}

// Characters of 32 bits go into 16 bits each, what is larger than 0x7fff as that.
ALWAYS_INLINE uint64_t span_bits(int kind, UnitClass class, const char *text, uint32_t c) {
    uint64_t bits = 0;
    const __m128i zero = _mm_setzero_si128(), quads = _mm_set1_epi32((int)c);
    for (int i = 0; i < SEARCH_SPAN; i += 16) {
        if (kind == 0) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(text + i));
            bits |= (uint64_t)(uint16_t)_mm_movemask_epi8(bytes_of_class(class, bytes, c)) << i;
            continue;
        }
        const __m128i *from = (const __m128i *)(text + i * kind);
        __m128i v[4];
        for (int k = 0; k < kind; k++) {
            v[k] = _mm_loadu_si128(from + k);
        }
        __m128i low, high;
        if (kind == 1) {
            low = _mm_unpacklo_epi8(v[0], zero);
            high = _mm_unpackhi_epi8(v[0], zero);
        } else if (kind == 2) {
            low = v[0];
            high = v[1];
        } else if (class == UNIT_EQUAL) {
            low = _mm_packs_epi32(_mm_cmpeq_epi32(v[0], quads), _mm_cmpeq_epi32(v[1], quads));
            high = _mm_packs_epi32(_mm_cmpeq_epi32(v[2], quads), _mm_cmpeq_epi32(v[3], quads));
        } else {
            low = _mm_packs_epi32(v[0], v[1]);
            high = _mm_packs_epi32(v[2], v[3]);
        }
        if (kind != 4 || class != UNIT_EQUAL) {
            low = lanes_of_class(class, low, c);
            high = lanes_of_class(class, high, c);
        }
        bits |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_packs_epi16(low, high)) << i;
    }
    return bits;
}
#else
ALWAYS_INLINE uint64_t span_bits(int kind, UnitClass class, const char *text, uint32_t c) {
    uint64_t bits = 0;
    View view = { text, 0 };
    for (int i = 0; i < SEARCH_SPAN; i++) {
        uint32_t u = unit(kind ? kind : 1, false, view, i);
        bool found = class == UNIT_EQUAL         ? u == c
                     : class == UNIT_PLAIN_SPACE ? u - 9 < 5 || u == 32
                     : class == UNIT_BREAK
                         ? u - 10 < 4 || u - 28 < 3 || u == 0x85 || u - 0x2028 < 2
                         : u - 9 < 5 || u - 28 < 5 || u == 0x85 || u == 0xa0 || u == 0x1680 ||
                               u - 0x2000 < 11 || u - 0x2028 < 2 || u == 0x202f || u == 0x205f || u == 0x3000;
        bool classed = kind || class == UNIT_EQUAL || u < 0x80; // bytes beyond ASCII are of no class
        bits |= (uint64_t)(found && classed) << i;
    }
    return bits;
}
#endif

ALWAYS_INLINE uint64_t unit_bits(int kind, UnitClass class, const void *text, ssize_t length, ssize_t at,
                                 uint32_t c) {
    int width = kind ? kind : 1;
    const char *from = (const char *)text + at * width;
    ssize_t left = length - at;
    if (LIKELY(left >= SEARCH_SPAN)) {
        return span_bits(kind, class, from, c);
    }
    char rest[SEARCH_SPAN * 4];
    memset(rest, 0, sizeof(rest) / 4 * (size_t)width);
    memcpy(rest, from, (size_t)(left * width));
    uint64_t inside = ((uint64_t)1 << left) - 1, bits = span_bits(kind, class, rest, c) & inside;
    return class == UNIT_SPACE || class == UNIT_PLAIN_SPACE ? bits | ~inside : bits;
}

uint64_t search_spaces(const uint8_t *text, ssize_t length, ssize_t at, bool separators) {
    return separators ? unit_bits(0, UNIT_SPACE, text, length, at, 0)
                      : unit_bits(0, UNIT_PLAIN_SPACE, text, length, at, 0);
}

uint64_t search_equal(const uint8_t *text, ssize_t length, ssize_t at, uint8_t c) {
    return unit_bits(0, UNIT_EQUAL, text, length, at, c);
}

uint64_t search_breaks(const uint8_t *text, ssize_t length, ssize_t at) {
    return unit_bits(0, UNIT_BREAK, text, length, at, 0);
}

uint64_t search_equal_units(int kind, const void *text, ssize_t length, ssize_t at, uint32_t c) {
    return kind == 1   ? unit_bits(1, UNIT_EQUAL, text, length, at, c)
           : kind == 2 ? unit_bits(2, UNIT_EQUAL, text, length, at, c)
                       : unit_bits(4, UNIT_EQUAL, text, length, at, c);
}

uint64_t search_unicode_breaks(int kind, const void *text, ssize_t length, ssize_t at) {
    return kind == 1   ? unit_bits(1, UNIT_BREAK, text, length, at, 0)
           : kind == 2 ? unit_bits(2, UNIT_BREAK, text, length, at, 0)
                       : unit_bits(4, UNIT_BREAK, text, length, at, 0);
}

uint64_t search_unicode_spaces(int kind, const void *text, ssize_t length, ssize_t at) {
    return kind == 1   ? unit_bits(1, UNIT_SPACE, text, length, at, 0)
           : kind == 2 ? unit_bits(2, UNIT_SPACE, text, length, at, 0)
                       : unit_bits(4, UNIT_SPACE, text, length, at, 0);
}
