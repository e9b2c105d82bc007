// BLAKE2b and BLAKE2s (RFC 7693), with the parameter block of the BLAKE2 paper ("BLAKE2: simpler, smaller, fast as MD5",
// Aumasson et al., 2013). A state is a plain structure: copying it copies the hash.
#pragma once

#include "base/base.h"

enum {
    BLAKE2B_BLOCK = 128,
    BLAKE2B_DIGEST = 64,
    BLAKE2B_SALT = 16,
    BLAKE2S_BLOCK = 64,
    BLAKE2S_DIGEST = 32,
    BLAKE2S_SALT = 8,
};

// Salt and person are as long as BLAKE2B_SALT or BLAKE2S_SALT says.
typedef struct Blake2Parameters {
    uint8_t digest_length, key_length, fanout, depth;
    uint32_t leaf_length;
    uint64_t node_offset; // BLAKE2s takes 48 bits
    uint8_t node_depth, inner_length;
    uint8_t salt[BLAKE2B_SALT], person[BLAKE2B_SALT];
} Blake2Parameters;

typedef struct Blake2b {
    uint64_t h[8], count[2]; // count: of bytes that were compressed
    uint8_t block[BLAKE2B_BLOCK]; // the last one is compressed at the end, with its flags
    size_t filled;
    bool last_node;
} Blake2b;

typedef struct Blake2s {
    uint32_t h[8], count[2];
    uint8_t block[BLAKE2S_BLOCK];
    size_t filled;
    bool last_node;
} Blake2s;

// A key counts as a first block, filled up with zeros.
void blake2b_begin(Blake2b *state, const Blake2Parameters *parameters, bool last_node);
void blake2s_begin(Blake2s *state, const Blake2Parameters *parameters, bool last_node);
void blake2b_add(Blake2b *state, const uint8_t *data, size_t size);
void blake2s_add(Blake2s *state, const uint8_t *data, size_t size);
// Writes BLAKE2B_DIGEST or BLAKE2S_DIGEST bytes, of which those count that the parameters asked for. It ends the state.
void blake2b_end(Blake2b *state, uint8_t *digest);
void blake2s_end(Blake2s *state, uint8_t *digest);
