#include "base/checksum.h"

#include <zlib.h>

#ifdef __x86_64__
#include <immintrin.h>

// ---- CRC-32 by multiplication without carries (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction", Intel 2009)
//
// A polynomial of 128 bits is replaced by one that is congruent to it n bits further on: its halves, each multiplied by
// a power of x modulo the polynomial P, so that 64 (later 16) bytes are folded into the next 64 (16). Bits are reversed
// as they are in the data. What is left has the remainder of all that was folded, and zlib finds that.

enum : uint64_t {
    FOLD_64_LOW = 0x154442bd4, // x^(512 + 32) mod P
    FOLD_64_HIGH = 0x1c6e41596, // x^(512 - 32) mod P
    FOLD_16_LOW = 0x1751997d0, // x^(128 + 32) mod P
    FOLD_16_HIGH = 0x0ccaa009e, // x^(128 - 32) mod P
};

__attribute__((target("pclmul"))) static inline __m128i fold(__m128i so_far, __m128i by, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(so_far, by, 0x00), high = _mm_clmulepi64_si128(so_far, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

static inline __m128i load(const uint8_t *data) {
    return _mm_loadu_si128((const __m128i *)data);
}

// `size`: at least 64, divisible by 16.
__attribute__((target("pclmul"))) static uint32_t crc32_folded(uint32_t crc, const uint8_t *data,
                                                               size_t size) {
    __m128i by_64 = _mm_set_epi64x((int64_t)FOLD_64_HIGH, (int64_t)FOLD_64_LOW);
    __m128i by_16 = _mm_set_epi64x((int64_t)FOLD_16_HIGH, (int64_t)FOLD_16_LOW);
    __m128i a = _mm_xor_si128(load(data), _mm_cvtsi32_si128((int)~crc));
    __m128i b = load(data + 16), c = load(data + 32), d = load(data + 48);
    const uint8_t *end = data + size;
    for (data += 64; end - data >= 64; data += 64) {
        a = fold(a, by_64, load(data));
        b = fold(b, by_64, load(data + 16));
        c = fold(c, by_64, load(data + 32));
        d = fold(d, by_64, load(data + 48));
    }
    a = fold(fold(fold(a, by_16, b), by_16, c), by_16, d);
    for (; data < end; data += 16) {
        a = fold(a, by_16, load(data));
    }
    uint8_t rest[16];
    _mm_storeu_si128((__m128i *)rest, a);
    return (uint32_t)crc32_z(~(uint32_t)0, rest, sizeof rest);
}

uint32_t checksum_crc32(uint32_t crc, const uint8_t *data, size_t size) {
    size_t folded = size & ~(size_t)15;
    if (folded >= 64 && __builtin_cpu_supports("pclmul")) {
        crc = crc32_folded(crc, data, folded);
        data += folded;
        size -= folded;
    }
    return size ? (uint32_t)crc32_z(crc, data, size) : crc;
}

// ---- Adler-32: the sum of all bytes, and the sum of these sums

enum { ADLER_BASE = 65521, ADLER_STEP = 32, ADLER_PIECE = ADLER_STEP << 10 };

static inline uint64_t sum_quads(__m128i v) {
    uint32_t quads[4];
    memcpy(quads, &v, sizeof v);
    return (uint64_t)quads[0] + quads[1] + quads[2] + quads[3];
}

static inline uint64_t sum_octets(__m128i v) {
    uint64_t octets[2];
    memcpy(octets, &v, sizeof v);
    return octets[0] + octets[1];
}

// 16 bytes, each times its place: `weights` of the lower eight, and of the upper eight.
static inline __m128i weighted(__m128i bytes, __m128i low_weights, __m128i high_weights) {
    __m128i zero = _mm_setzero_si128();
    return _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(bytes, zero), low_weights),
                         _mm_madd_epi16(_mm_unpackhi_epi8(bytes, zero), high_weights));
}

// `size`: ADLER_PIECE at most, so that `inside` fits (each quad grows by less than 2^16 a step), divisible by ADLER_STEP.
static uint32_t adler32_piece(uint32_t adler, const uint8_t *data, size_t size) {
    __m128i w0 = _mm_set_epi16(25, 26, 27, 28, 29, 30, 31, 32), eight = _mm_set1_epi16(8);
    __m128i w1 = _mm_sub_epi16(w0, eight), w2 = _mm_sub_epi16(w1, eight), w3 = _mm_sub_epi16(w2, eight);
    // `sums`: of the bytes so far; `earlier`: of these sums before each step; `inside`: of each step's own sums.
    __m128i zero = _mm_setzero_si128(), sums = zero, earlier = zero, inside = zero;
    for (size_t at = 0; at < size; at += ADLER_STEP) {
        __m128i x = load(data + at), y = load(data + at + 16);
        earlier = _mm_add_epi64(earlier, sums);
        sums = _mm_add_epi64(sums, _mm_add_epi64(_mm_sad_epu8(x, zero), _mm_sad_epu8(y, zero)));
        inside = _mm_add_epi32(inside, _mm_add_epi32(weighted(x, w0, w1), weighted(y, w2, w3)));
    }
    uint64_t a = adler & 0xffff, b = adler >> 16;
    b += a * size + ADLER_STEP * sum_octets(earlier) + sum_quads(inside);
    a += sum_octets(sums);
    return (uint32_t)(b % ADLER_BASE << 16 | a % ADLER_BASE);
}

uint32_t checksum_adler32(uint32_t adler, const uint8_t *data, size_t size) {
    while (size >= 2 * ADLER_STEP) {
        size_t piece = size_min(size, ADLER_PIECE) & ~(size_t)(ADLER_STEP - 1);
        adler = adler32_piece(adler, data, piece);
        data += piece;
        size -= piece;
    }
    return (uint32_t)adler32_z(adler, data, size);
}

#else

uint32_t checksum_crc32(uint32_t crc, const uint8_t *data, size_t size) {
    return (uint32_t)crc32_z(crc, data, size);
}

uint32_t checksum_adler32(uint32_t adler, const uint8_t *data, size_t size) {
    return (uint32_t)adler32_z(adler, data, size);
}

#endif
