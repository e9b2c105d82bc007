// The compression function in ordinary words, which the processors' many adders take in fours: vectors of four words, one for
// each row of the state, take as many steps one behind the other, and their steps last longer.
#include "modules/blake2_hash.h"

// The order of the message's words in each round.
#define ROUNDS(R) \
    R(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) \
    R(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3) \
    R(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4) \
    R(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8) \
    R(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13) \
    R(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9) \
    R(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11) \
    R(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10) \
    R(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5) \
    R(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0)

// BLAKE2b begins again with the first two.
#define MORE_ROUNDS(R) \
    R(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) \
    R(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)

// Columns, then diagonals.
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15) \
    MIX(0, 4, 8, 12, s0, s1) \
    MIX(1, 5, 9, 13, s2, s3) \
    MIX(2, 6, 10, 14, s4, s5) \
    MIX(3, 7, 11, 15, s6, s7) \
    MIX(0, 5, 10, 15, s8, s9) \
    MIX(1, 6, 11, 12, s10, s11) \
    MIX(2, 7, 8, 13, s12, s13) \
    MIX(3, 4, 9, 14, s14, s15)

static const uint64_t start64[8] = { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                     0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                     0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 };
static const uint32_t start32[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

static inline uint64_t turn64(uint64_t x, int right) {
    return x >> right | x << (64 - right);
}
static inline uint32_t turn32(uint32_t x, int right) {
    return x >> right | x << (32 - right);
}

static inline void mix64(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x;
    v[d] = turn64(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = turn64(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = turn64(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turn64(v[b] ^ v[c], 63);
}

// Takes in `blocks` whole ones, each of which counts `counted` bytes.
static void compress64(Blake2bState *state, const uint8_t *bytes, size_t blocks, size_t counted, bool last) {
    for (; blocks; blocks--, bytes += BLAKE2B_BLOCK) {
        state->count[0] += (uint64_t)counted;
        state->count[1] += state->count[0] < counted;
        uint64_t m[16], v[16];
        memcpy(m, bytes, sizeof m);
        memcpy(v, state->h, sizeof state->h);
        memcpy(v + 8, start64, sizeof start64);
        v[12] ^= state->count[0];
        v[13] ^= state->count[1];
        v[14] ^= last ? UINT64_MAX : 0;
        v[15] ^= last && state->last_node ? UINT64_MAX : 0;
#define MIX(a, b, c, d, x, y) mix64(v, a, b, c, d, m[x], m[y]);
        ROUNDS(ROUND)
        MORE_ROUNDS(ROUND)
#undef MIX
        for (int i = 0; i < 8; i++) {
            state->h[i] ^= v[i] ^ v[i + 8];
        }
    }
}

static inline void mix32(uint32_t *v, int a, int b, int c, int d, uint32_t x, uint32_t y) {
    v[a] += v[b] + x;
    v[d] = turn32(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turn32(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = turn32(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = turn32(v[b] ^ v[c], 7);
}

// Takes in `blocks` whole ones, each of which counts `counted` bytes.
static void compress32(Blake2sState *state, const uint8_t *bytes, size_t blocks, size_t counted, bool last) {
    for (; blocks; blocks--, bytes += BLAKE2S_BLOCK) {
        state->count[0] += (uint32_t)counted;
        state->count[1] += state->count[0] < counted;
        uint32_t m[16], v[16];
        memcpy(m, bytes, sizeof m);
        memcpy(v, state->h, sizeof state->h);
        memcpy(v + 8, start32, sizeof start32);
        v[12] ^= state->count[0];
        v[13] ^= state->count[1];
        v[14] ^= last ? UINT32_MAX : 0;
        v[15] ^= last && state->last_node ? UINT32_MAX : 0;
#define MIX(a, b, c, d, x, y) mix32(v, a, b, c, d, m[x], m[y]);
        ROUNDS(ROUND)
#undef MIX
        for (int i = 0; i < 8; i++) {
            state->h[i] ^= v[i] ^ v[i + 8];
        }
    }
}

void blake2b_start(Blake2bState *state, const uint8_t *parameters, bool last_node) {
    *state = (Blake2bState){ .last_node = last_node };
    memcpy(state->h, parameters, sizeof state->h);
    for (int i = 0; i < 8; i++) {
        state->h[i] ^= start64[i];
    }
}

void blake2s_start(Blake2sState *state, const uint8_t *parameters, bool last_node) {
    *state = (Blake2sState){ .last_node = last_node };
    memcpy(state->h, parameters, sizeof state->h);
    for (int i = 0; i < 8; i++) {
        state->h[i] ^= start32[i];
    }
}

// The same for both, which differ in types only.
#define UPDATE(block_size, compress) \
    size_t room = (block_size) - state->used; \
    if (length > room) { \
        memcpy(state->block + state->used, bytes, room); \
        compress(state, state->block, 1, block_size, false); \
        bytes += room; \
        length -= room; \
        size_t blocks = (length - 1) / (block_size); \
        compress(state, bytes, blocks, block_size, false); \
        bytes += blocks * (block_size); \
        length -= blocks * (block_size); \
        state->used = 0; \
    } \
    if (length) { \
        memcpy(state->block + state->used, bytes, length); \
        state->used += length; \
    }

#define FINISH(block_size, compress) \
    memset(state->block + state->used, 0, (block_size) - state->used); \
    compress(state, state->block, 1, state->used, true); \
    memcpy(digest, state->h, sizeof state->h);

void blake2b_update(Blake2bState *state, const uint8_t *bytes, size_t length) {
    UPDATE(BLAKE2B_BLOCK, compress64)
}

void blake2s_update(Blake2sState *state, const uint8_t *bytes, size_t length) {
    UPDATE(BLAKE2S_BLOCK, compress32)
}

void blake2b_finish(Blake2bState *state, uint8_t digest[BLAKE2B_DIGEST]) {
    FINISH(BLAKE2B_BLOCK, compress64)
}

void blake2s_finish(Blake2sState *state, uint8_t digest[BLAKE2S_DIGEST]) {
    FINISH(BLAKE2S_BLOCK, compress32)
}
