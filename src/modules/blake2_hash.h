// BLAKE2b and BLAKE2s (RFC 7693; their parameters as in the BLAKE2 paper, section 2.8), without Python objects.
//
// A state is plain memory: it is copied by assignment, and nothing has to be freed. The parameter block is given as the bytes that
// the paper draws, so that keys, salts and the tree mode are the caller's business; a key is hashed as a first block.
#pragma once

#include "base/base.h"

enum { BLAKE2B_BLOCK = 128, BLAKE2B_DIGEST = 64, BLAKE2S_BLOCK = 64, BLAKE2S_DIGEST = 32 };

typedef struct Blake2bState {
    uint64_t h[8], count[2]; // bytes hashed so far
    uint8_t block[BLAKE2B_BLOCK];
    size_t used; // of the block; a full one waits until it is known not to be the last
    bool last_node;
} Blake2bState;

typedef struct Blake2sState {
    uint32_t h[8], count[2];
    uint8_t block[BLAKE2S_BLOCK];
    size_t used;
    bool last_node;
} Blake2sState;

// `parameters` are as many bytes as the longest digest has.
void blake2b_start(Blake2bState *state, const uint8_t *parameters, bool last_node);
void blake2b_update(Blake2bState *state, const uint8_t *bytes, size_t length);
void blake2b_finish(Blake2bState *state,
                    uint8_t digest[BLAKE2B_DIGEST]); // all of it, whatever length was asked for
void blake2s_start(Blake2sState *state, const uint8_t *parameters, bool last_node);
void blake2s_update(Blake2sState *state, const uint8_t *bytes, size_t length);
void blake2s_finish(Blake2sState *state, uint8_t digest[BLAKE2S_DIGEST]);
