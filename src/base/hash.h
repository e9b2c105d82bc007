// Hashing of bytes: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"), keyed once
// a process so that the values are CPython's for the same PYTHONHASHSEED.
#pragma once

#include "base/base.h"

// Derives the key: from `seed` when it was set (0: no randomization), else from the system.
void hash_init(bool seed_set, uint32_t seed);
// The hash of `length` bytes: 0 for none, never -1.
hash_t hash_bytes(const void *data, size_t length);  // siphash13 with the process's key
// The raw 64-bit value under a given key (used for .pyc files by source hash).
uint64_t siphash13(uint64_t key0, uint64_t key1, const void *data, size_t length);
