#include "base/blake2.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read and written as they lie in memory");

static const uint64_t iv_b[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
static const uint32_t iv_s[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

// The message words of a round in the order in which it takes them (RFC 7693, 2.7); BLAKE2b begins anew after ten.
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
#define TWO_MORE_ROUNDS(R) \
    R(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) \
    R(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)

// Mixes columns, then diagonals, of the 4 by 4 words v.
#define ROUND(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
    MIX(0, 4, 8, 12, a, b) \
    MIX(1, 5, 9, 13, c, d) \
    MIX(2, 6, 10, 14, e, f) \
    MIX(3, 7, 11, 15, g, h) \
    MIX(0, 5, 10, 15, i, j) \
    MIX(1, 6, 11, 12, k, l) \
    MIX(2, 7, 8, 13, m, n) \
    MIX(3, 4, 9, 14, o, p)

static inline uint64_t right_64(uint64_t x, int n) {
    return x >> n | x << (64 - n);
}
static inline uint32_t right_32(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static void compress_b(Blake2b *s, const uint8_t *block, size_t size, bool last) {
    uint64_t m[16], v[16];
    s->count[0] += size;
    s->count[1] += s->count[0] < size;
    memcpy(m, block, sizeof m);
    memcpy(v, s->h, sizeof s->h);
    memcpy(v + 8, iv_b, sizeof iv_b);
    v[12] ^= s->count[0];
    v[13] ^= s->count[1];
    v[14] ^= last ? UINT64_MAX : 0;
    v[15] ^= last && s->last_node ? UINT64_MAX : 0;
#define MIX(a, b, c, d, x, y) \
    v[a] += v[b] + m[x]; \
    v[d] = right_64(v[d] ^ v[a], 32); \
    v[c] += v[d]; \
    v[b] = right_64(v[b] ^ v[c], 24); \
    v[a] += v[b] + m[y]; \
    v[d] = right_64(v[d] ^ v[a], 16); \
    v[c] += v[d]; \
    v[b] = right_64(v[b] ^ v[c], 63);
    ROUNDS(ROUND)
    TWO_MORE_ROUNDS(ROUND)
#undef MIX
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= v[i] ^ v[i + 8];
    }
}

static void compress_s(Blake2s *s, const uint8_t *block, size_t size, bool last) {
    uint32_t m[16], v[16];
    s->count[0] += (uint32_t)size;
    s->count[1] += s->count[0] < size;
    memcpy(m, block, sizeof m);
    memcpy(v, s->h, sizeof s->h);
    memcpy(v + 8, iv_s, sizeof iv_s);
    v[12] ^= s->count[0];
    v[13] ^= s->count[1];
    v[14] ^= last ? UINT32_MAX : 0;
    v[15] ^= last && s->last_node ? UINT32_MAX : 0;
#define MIX(a, b, c, d, x, y) \
    v[a] += v[b] + m[x]; \
    v[d] = right_32(v[d] ^ v[a], 16); \
    v[c] += v[d]; \
    v[b] = right_32(v[b] ^ v[c], 12); \
    v[a] += v[b] + m[y]; \
    v[d] = right_32(v[d] ^ v[a], 8); \
    v[c] += v[d]; \
    v[b] = right_32(v[b] ^ v[c], 7);
    ROUNDS(ROUND)
#undef MIX
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= v[i] ^ v[i + 8];
    }
}

void blake2b_begin(Blake2b *s, const Blake2Parameters *p, bool last_node) {
    uint8_t block[64] = { p->digest_length, p->key_length, p->fanout, p->depth };
    memcpy(block + 4, &p->leaf_length, 4);
    memcpy(block + 8, &p->node_offset, 8);
    block[16] = p->node_depth;
    block[17] = p->inner_length;
    memcpy(block + 32, p->salt, BLAKE2B_SALT);
    memcpy(block + 48, p->person, BLAKE2B_SALT);
    *s = (Blake2b){ .last_node = last_node };
    memcpy(s->h, block, sizeof s->h);
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= iv_b[i];
    }
}

void blake2s_begin(Blake2s *s, const Blake2Parameters *p, bool last_node) {
    uint8_t block[32] = { p->digest_length, p->key_length, p->fanout, p->depth };
    memcpy(block + 4, &p->leaf_length, 4);
    memcpy(block + 8, &p->node_offset, 6);
    block[14] = p->node_depth;
    block[15] = p->inner_length;
    memcpy(block + 16, p->salt, BLAKE2S_SALT);
    memcpy(block + 24, p->person, BLAKE2S_SALT);
    *s = (Blake2s){ .last_node = last_node };
    memcpy(s->h, block, sizeof s->h);
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= iv_s[i];
    }
}

// The last block stays: nobody knows whether more will come.
#define ADD(letter, State, BLOCK) \
    void blake2##letter##_add(State *s, const uint8_t *data, size_t size) { \
        if (size > BLOCK - s->filled) { \
            size_t more = BLOCK - s->filled; \
            if (s->filled) { \
                memcpy(s->block + s->filled, data, more); \
                compress_##letter(s, s->block, BLOCK, false); \
                data += more; \
                size -= more; \
                s->filled = 0; \
            } \
            for (; size > BLOCK; data += BLOCK, size -= BLOCK) { \
                compress_##letter(s, data, BLOCK, false); \
            } \
        } \
        if (size) { \
            memcpy(s->block + s->filled, data, size); \
            s->filled += size; \
        } \
    } \
    void blake2##letter##_end(State *s, uint8_t *digest) { \
        memset(s->block + s->filled, 0, BLOCK - s->filled); \
        compress_##letter(s, s->block, s->filled, true); \
        memcpy(digest, s->h, sizeof s->h); \
    }
ADD(b, Blake2b, BLAKE2B_BLOCK)
ADD(s, Blake2s, BLAKE2S_BLOCK)
