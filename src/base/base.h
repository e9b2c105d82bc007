// What every file includes: fixed-width types, attributes, and the few inline helpers that have no
// better home. Nothing here knows what an object is.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
#define PRINTF_LIKE(format, first) __attribute__((format(printf, format, first)))

// What a processor's cache holds and takes from another one's as a whole: a word that all threads write has one of its own.
#define CACHE_LINE 64

// The signed size of everything a Python program can count (CPython's Py_ssize_t).
#define SSIZE_LIMIT ((ssize_t)(SIZE_MAX >> 1))

// A Python hash value; -1 is never a valid hash and means that an exception is set.
typedef ssize_t hash_t;

static inline size_t size_max(size_t a, size_t b) {
    return a > b ? a : b;
}

static inline size_t size_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t round_up(size_t n, size_t alignment) {
    return (n + alignment - 1) & ~(alignment - 1);
}
