#include "base/hash.h"

#include <sys/random.h>
#include <unistd.h>

static uint64_t process_key[2];

void hash_init(bool seed_set, uint32_t seed) {
    uint8_t secret[24] = { 0 };
    if (!seed_set) {
        size_t have = 0;
        while (have < sizeof secret) {
            ssize_t n = getrandom(secret + have, sizeof secret - have, 0);
            if (n <= 0) {
                break;
            }
            have += (size_t)n;
        }
    } else if (seed) {
        // A linear congruential generator, one byte a step.
        uint32_t x = seed;
        for (size_t i = 0; i < sizeof secret; i++) {
            x = x * 214013 + 2531011;
            secret[i] = (uint8_t)(x >> 16);
        }
    }
    memcpy(process_key, secret, sizeof process_key);
}

static inline uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

typedef struct State {
    uint64_t v0, v1, v2, v3;
} State;

static inline void sip_round(State *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

uint64_t siphash13(uint64_t key0, uint64_t key1, const void *data, size_t length) {
    State s = {
        key0 ^ 0x736f6d6570736575,
        key1 ^ 0x646f72616e646f6d,
        key0 ^ 0x6c7967656e657261,
        key1 ^ 0x7465646279746573,
    };
    const uint8_t *p = data;
    size_t left = length;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        s.v3 ^= word;
        sip_round(&s);
        s.v0 ^= word;
    }
    uint64_t last = (uint64_t)length << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)p[i] << (8 * i);
    }
    s.v3 ^= last;
    sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

hash_t hash_bytes(const void *data, size_t length) {
    if (!length) {
        return 0;
    }
    hash_t hash = (hash_t)siphash13(process_key[0], process_key[1], data, length);
    return hash == -1 ? -2 : hash;
}
