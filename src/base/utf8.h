// UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing above U+10FFFF.
#pragma once

#include "base/base.h"

typedef struct Utf8Scan {
    size_t valid;       // bytes from the start that are well-formed
    size_t characters;  // how many characters these are
    uint32_t max_char;  // an upper bound of them: 0x7f, 0xff, 0xffff or 0x10ffff
} Utf8Scan;

// The length of the longest prefix of ASCII characters.
size_t ascii_prefix(const uint8_t *bytes, size_t length);

void utf8_scan(const uint8_t *bytes, size_t length, Utf8Scan *scan);
// Decodes well-formed bytes into `kind` (1, 2 or 4) bytes a character.
void utf8_decode_valid(const uint8_t *bytes, size_t length, int kind, void *out);
// Counts the bytes that begin a character, and finds the largest byte: what well-formed text needs as room.
void utf8_measure(const uint8_t *bytes, size_t length, size_t *characters, uint8_t *largest);
// Decodes into room for as many characters as utf8_measure counted, in the kind that its largest byte asks for
// (1 below 0xc4, 2 below 0xf0). False when the bytes are not well-formed.
bool utf8_decode_checked(const uint8_t *bytes, size_t length, int kind, void *out, size_t characters);
// For a sequence that is not well-formed at `bytes`: how many bytes form the longest prefix of a
// sequence that could have been (at least 1), and why. `*incomplete`: more input could complete it.
size_t utf8_error(const uint8_t *bytes, size_t length, const char **reason, bool *incomplete);
// How many bytes the UTF-8 form of characters of `kind` bytes takes, and whether there are surrogates (three bytes each).
size_t utf8_measure_encoded(int kind, const void *text, size_t n, bool *surrogates);
// Writes this form of `size` bytes, surrogates like other characters.
void utf8_encode(int kind, const void *text, size_t n, char *out, size_t size);

// Characters of `kind` (1, 2 or 4) bytes each.
static inline uint32_t text_read(int kind, const void *data, ssize_t i) {
    return kind == 1   ? ((const uint8_t *)data)[i]
           : kind == 2 ? ((const uint16_t *)data)[i]
                       : ((const uint32_t *)data)[i];
}
static inline void text_write(int kind, void *data, ssize_t i, uint32_t c) {
    if (kind == 1) {
        ((uint8_t *)data)[i] = (uint8_t)c;
    } else if (kind == 2) {
        ((uint16_t *)data)[i] = (uint16_t)c;
    } else {
        ((uint32_t *)data)[i] = c;
    }
}
// Writes the 1 to 4 bytes of a code point (surrogates are not refused); returns how many.
static inline size_t utf8_put(char *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}
