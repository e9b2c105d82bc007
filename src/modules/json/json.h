// Between the files of `_json`: what the scanner and the encoder have in common.
#pragma once

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/object.h"
#include "objects/str.h"
#include "objects/str_private.h"

// Eight characters at once ("SIMD within a register"): in the result the top bit of each byte that
// fulfils the condition is set. Exact for the lowest such byte, which is the one that is asked for.
static inline uint64_t bytes_load(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}
static inline uint64_t bytes_all(uint8_t value) {
    return value * (~0ull / 255);
}
static inline uint64_t bytes_below(uint64_t word, uint8_t limit) {  // limit <= 0x80
    return (word - bytes_all(limit)) & ~word & bytes_all(0x80);
}
static inline uint64_t bytes_equal(uint64_t word, uint8_t value) {
    return bytes_below(word ^ bytes_all(value), 1);
}
static inline int bytes_first(uint64_t found) {
    return __builtin_ctzll(found) >> 3;
}

extern Type json_scanner_type, json_encoder_type;
extern const TypeSpec json_scanner_spec, json_encoder_spec;

Object *json_scanstring(Object *module, Object *const *args, size_t nargs, Object *kwnames);
Object *json_encode_basestring(Object *module, Object *text);
Object *json_encode_basestring_ascii(Object *module, Object *text);
