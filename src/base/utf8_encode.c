// Text as UTF-8: the size of this form first, then the form itself.
#include "base/utf8.h"

typedef uint16_t Pairs8 __attribute__((vector_size(16)));
typedef uint8_t Bytes16 __attribute__((vector_size(16)));

// The same for 16 bits each, in lanes that count to 65535.
static size_t measure_pairs(const uint16_t *text, size_t n, bool *surrogates) {
    size_t size = n, i = 0;
    Pairs8 found = { 0 };
    while (i + 8 <= n) {
        size_t end = i + 8 * size_min((n - i) / 8, 32767);
        Pairs8 counts = { 0 };
        for (; i < end; i += 8) {
            Pairs8 v;
            memcpy(&v, text + i, 16);
            counts -= (Pairs8)(v > 0x7f) + (Pairs8)(v > 0x7ff);
            found |= (Pairs8)((v & 0xf800) == 0xd800);
        }
        for (size_t k = 0; k < 8; k++) {
            size += counts[k];
        }
    }
    bool any = __builtin_reduce_or(found);
    for (; i < n; i++) {
        size += (size_t)(text[i] > 0x7f) + (text[i] > 0x7ff);
        any |= (text[i] & 0xf800) == 0xd800;
    }
    *surrogates = any;
    return size;
}

// The same for 8 bits each, in lanes that count to 255.
static size_t measure_bytes(const uint8_t *text, size_t n) {
    size_t size = n, i = 0;
    while (i + 16 <= n) {
        size_t end = i + 16 * size_min((n - i) / 16, 255);
        Bytes16 counts = { 0 };
        for (; i < end; i += 16) {
            Bytes16 v;
            memcpy(&v, text + i, 16);
            counts += v >> 7;
        }
        for (size_t k = 0; k < 16; k++) {
            size += counts[k];
        }
    }
    for (; i < n; i++) {
        size += text[i] >> 7;
    }
    return size;
}

// The same for 32 bits each, in blocks whose sums fit them.
static size_t measure_quads(const uint32_t *text, size_t n, bool *surrogates) {
    size_t size = 0;
    uint32_t found = 0;
    for (size_t i = 0; i < n;) {
        size_t end = n - i > 1 << 20 ? i + (1 << 20) : n;
        uint32_t sum = 0;
        for (; i < end; i++) {
            uint32_t c = text[i];
            sum += 1u + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
            found |= (c & 0xfffff800) == 0xd800;
        }
        size += sum;
    }
    *surrogates = found;
    return size;
}

size_t utf8_measure_encoded(int kind, const void *text, size_t n, bool *surrogates) {
    *surrogates = false;
    return kind == 1   ? measure_bytes(text, n)
           : kind == 2 ? measure_pairs(text, n, surrogates)
                       : measure_quads(text, n, surrogates);
}

// ---- in vectors: SSSE3 shuffles bytes by a table
//
// A character is put into a lane in the form that it has, and a shuffle leaves out the bytes of the lanes that the forms
// do not take. Lanes are of two bytes below U+0800, else of four.

#ifdef __x86_64__
#include <immintrin.h>
#include <threads.h>

// By which of eight lanes of two bytes hold one.
static uint8_t pair_shuffles[256][16], pair_sizes[256];
// By the sizes of the forms in four lanes of four bytes. Bit k and bit 4 + k are 1 1, 0 1, 0 0, 1 0 for one to four bytes.
static uint8_t quad_shuffles[256][16], quad_sizes[256];

// At the first text that needs them: most processes never come here.
static once_flag shuffles_made = ONCE_FLAG_INIT;

static void make_shuffles(void) {
    for (int i = 0; i < 256; i++) {
        uint8_t *pairs = pair_shuffles[i], *quads = quad_shuffles[i];
        for (int lane = 0; lane < 8; lane++) {
            *pairs++ = (uint8_t)(2 * lane);
            if (!(i >> lane & 1)) {
                *pairs++ = (uint8_t)(2 * lane + 1);
            }
        }
        pair_sizes[i] = (uint8_t)(pairs - pair_shuffles[i]);
        for (int lane = 0; lane < 4; lane++) {
            bool low = i >> lane & 1, high = i >> (4 + lane) & 1;
            int size = high ? 2 - low : 3 + low;
            for (int k = 0; k < size; k++) {
                *quads++ = (uint8_t)(4 * lane + k);
            }
        }
        quad_sizes[i] = (uint8_t)(quads - quad_shuffles[i]);
    }
}

#define VECTORS __attribute__((target("ssse3"), always_inline)) static inline

VECTORS __m128i either(__m128i mask, __m128i yes, __m128i no) {
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

// Eight characters below U+0800.
VECTORS char *put_pairs(char *p, __m128i v) {
    __m128i two = _mm_or_si128(_mm_srli_epi16(v, 6),
                               _mm_and_si128(_mm_slli_epi16(v, 8), _mm_set1_epi16(0x3f00)));
    __m128i one = _mm_cmplt_epi16(v, _mm_set1_epi16(0x80));
    __m128i form = either(one, v, _mm_or_si128(two, _mm_set1_epi16((short)0x80c0)));
    int which = _mm_movemask_epi8(_mm_packs_epi16(one, _mm_setzero_si128()));
    _mm_storeu_si128((__m128i *)p, _mm_shuffle_epi8(form, _mm_loadu_si128((__m128i *)pair_shuffles[which])));
    return p + pair_sizes[which];
}

// Four characters, `wide`: some may be beyond U+FFFF.
VECTORS char *put_quads(char *p, __m128i v, bool wide) {
    __m128i one = _mm_cmplt_epi32(v, _mm_set1_epi32(0x80)), two = _mm_cmplt_epi32(v, _mm_set1_epi32(0x800));
    if (_mm_movemask_epi8(one) == 0xffff) {
        __m128i pairs = _mm_packs_epi32(v, v);
        int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(pairs, pairs));
        memcpy(p, &bytes, 4);
        return p + 4;
    }
    __m128i second = _mm_set1_epi32(0x3f00), third = _mm_set1_epi32(0x3f0000);
    __m128i form2 = _mm_or_si128(_mm_srli_epi32(v, 6), _mm_and_si128(_mm_slli_epi32(v, 8), second));
    form2 = _mm_or_si128(form2, _mm_set1_epi32(0x80c0));
    __m128i form3 = _mm_or_si128(_mm_srli_epi32(v, 12), _mm_and_si128(_mm_slli_epi32(v, 2), second));
    form3 = _mm_or_si128(form3, _mm_and_si128(_mm_slli_epi32(v, 16), third));
    form3 = _mm_or_si128(form3, _mm_set1_epi32(0x8080e0));
    __m128i form = either(one, v, either(two, form2, form3)), low = one;
    if (wide) {
        __m128i four = _mm_cmpgt_epi32(v, _mm_set1_epi32(0xffff));
        __m128i form4 = _mm_or_si128(_mm_srli_epi32(v, 18), _mm_and_si128(_mm_srli_epi32(v, 4), second));
        form4 = _mm_or_si128(form4, _mm_and_si128(_mm_slli_epi32(v, 10), third));
        form4 = _mm_or_si128(form4, _mm_slli_epi32(v, 24)); // bit 31 is 0x80, bit 30 is one too many
        form4 = _mm_or_si128(_mm_andnot_si128(_mm_set1_epi32(0x40000000), form4),
                             _mm_set1_epi32((int)0x808080f0));
        form = either(four, form4, form);
        low = _mm_or_si128(one, four);
    }
    int which = _mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(two)) << 4;
    _mm_storeu_si128((__m128i *)p, _mm_shuffle_epi8(form, _mm_loadu_si128((__m128i *)quad_shuffles[which])));
    return p + quad_sizes[which];
}

enum { VECTOR_LEAST = 16 }; // characters

// Encodes as many characters as surely have room, and returns how many.
__attribute__((target("ssse3"), always_inline)) static inline size_t encode_vectors(int kind,
                                                                                    const void *text,
                                                                                    size_t n, char **out,
                                                                                    const char *limit) {
    const __m128i zero = _mm_setzero_si128();
    size_t i = 0;
    char *p = *out;
    while (n - i >= VECTOR_LEAST && limit - p >= 64) {
        if (kind == 1) {
            __m128i v = _mm_loadu_si128((const __m128i *)((const uint8_t *)text + i));
            i += 16;
            if (!_mm_movemask_epi8(v)) {
                _mm_storeu_si128((__m128i *)p, v);
                p += 16;
            } else {
                p = put_pairs(p, _mm_unpacklo_epi8(v, zero));
                p = put_pairs(p, _mm_unpackhi_epi8(v, zero));
            }
        } else if (kind == 2) {
            __m128i v = _mm_loadu_si128((const __m128i *)((const uint16_t *)text + i));
            i += 8;
            // Signed comparisons: of what is not negative and small.
            __m128i high = _mm_and_si128(v, _mm_set1_epi16((short)0xf800));
            if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, zero)) != 0xffff) {
                p = put_quads(p, _mm_unpacklo_epi16(v, zero), false);
                p = put_quads(p, _mm_unpackhi_epi16(v, zero), false);
            } else if (!_mm_movemask_epi8(_mm_cmpgt_epi16(v, _mm_set1_epi16(0x7f)))) {
                _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(v, zero));
                p += 8;
            } else {
                p = put_pairs(p, v);
            }
        } else {
            const uint32_t *from = (const uint32_t *)text + i;
            __m128i v = _mm_loadu_si128((const __m128i *)from),
                    w = _mm_loadu_si128((const __m128i *)(from + 4));
            i += 8;
            __m128i pairs = _mm_packs_epi32(v, w); // 0x7fff for what is larger
            if (!_mm_movemask_epi8(_mm_cmpgt_epi16(pairs, _mm_set1_epi16(0x7f)))) {
                _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(pairs, zero));
                p += 8;
            } else {
                p = put_quads(p, v, true);
                p = put_quads(p, w, true);
            }
        }
    }
    *out = p;
    return i;
}

__attribute__((target("ssse3"))) static size_t encode_vectors_1(const void *text, size_t n, char **out,
                                                                const char *limit) {
    return encode_vectors(1, text, n, out, limit);
}
__attribute__((target("ssse3"))) static size_t encode_vectors_2(const void *text, size_t n, char **out,
                                                                const char *limit) {
    return encode_vectors(2, text, n, out, limit);
}
__attribute__((target("ssse3"))) static size_t encode_vectors_4(const void *text, size_t n, char **out,
                                                                const char *limit) {
    return encode_vectors(4, text, n, out, limit);
}

static size_t encode_most(int kind, const void *text, size_t n, char **out, const char *limit) {
    if (n < VECTOR_LEAST || !__builtin_cpu_supports("ssse3")) {
        return 0;
    }
    call_once(&shuffles_made, make_shuffles);
    return kind == 1   ? encode_vectors_1(text, n, out, limit)
           : kind == 2 ? encode_vectors_2(text, n, out, limit)
                       : encode_vectors_4(text, n, out, limit);
}
#else
static size_t encode_most(int, const void *, size_t, char **, const char *) {
    return 0;
}
#endif

__attribute__((always_inline)) static inline void encode_rest(int kind, const void *text, size_t n, size_t i,
                                                              char *p) {
    for (; i < n; i++) {
        p += utf8_put(p, text_read(kind, text, (ssize_t)i));
    }
}

void utf8_encode(int kind, const void *text, size_t n, char *out, size_t size) {
    size_t done = encode_most(kind, text, n, &out, out + size);
    if (kind == 1) {
        encode_rest(1, text, n, done, out);
    } else if (kind == 2) {
        encode_rest(2, text, n, done, out);
    } else {
        encode_rest(4, text, n, done, out);
    }
}
