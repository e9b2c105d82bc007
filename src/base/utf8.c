#include "base/utf8.h"

size_t ascii_prefix(const uint8_t *bytes, size_t length) {
    size_t i = 0;
    while (i + 64 <= length) {
        uint64_t any = 0;
        for (size_t j = 0; j < 64; j += 8) {
            uint64_t word;
            memcpy(&word, bytes + i + j, 8);
            any |= word;
        }
        if (any & 0x8080808080808080) {
            break;
        }
        i += 64;
    }
    while (i + 8 <= length) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        word &= 0x8080808080808080;
        if (word) {
            return i + (size_t)(__builtin_ctzll(word) >> 3);
        }
        i += 8;
    }
    while (i < length && bytes[i] < 0x80) {
        i++;
    }
    return i;
}

static inline bool is_tail(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

// The length of the well-formed sequence at p (which is not ASCII), 0 when there is none.
static inline size_t sequence_length(const uint8_t *p, size_t left) {
    uint8_t c = p[0];
    if (c < 0xc2) {
        return 0;
    }
    if (c < 0xe0) {
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    }
    if (c < 0xf0) {
        if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]) || (c == 0xe0 && p[1] < 0xa0) ||
            (c == 0xed && p[1] >= 0xa0)) {
            return 0;
        }
        return 3;
    }
    if (c > 0xf4 || left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]) ||
        (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] >= 0x90)) {
        return 0;
    }
    return 4;
}

void utf8_scan(const uint8_t *bytes, size_t length, Utf8Scan *scan) {
    size_t i = 0, characters = 0;
    uint32_t max_char = 0x7f;
    while (i < length) {
        if (bytes[i] < 0x80) {
            if (i + 1 < length && bytes[i + 1] < 0x80) {
                size_t n = ascii_prefix(bytes + i, length - i);
                i += n;
                characters += n;
            } else {
                i++;
                characters++;
            }
            continue;
        }
        // Runs of two-byte sequences, as most alphabets have them.
        while (i + 2 <= length && bytes[i] >= 0xc4 && bytes[i] < 0xe0 && is_tail(bytes[i + 1])) {
            i += 2;
            characters++;
            max_char = max_char < 0xffff ? 0xffff : max_char;
        }
        if (i >= length || bytes[i] < 0x80) {
            continue;
        }
        size_t n = sequence_length(bytes + i, length - i);
        if (!n) {
            break;
        }
        uint32_t bound = n == 2 ? (bytes[i] < 0xc4 ? 0xff : 0xffff) : n == 3 ? 0xffff : 0x10ffff;
        if (bound > max_char) {
            max_char = bound;
        }
        i += n;
        characters++;
    }
    *scan = (Utf8Scan){ i, characters, max_char };
}

__attribute__((always_inline)) static inline void decode_kind(const uint8_t *p, const uint8_t *end, int kind,
                                                              void *out) {
    size_t at = 0;
    while (p < end) {
        uint32_t c = *p;
        if (c < 0x80) {
            size_t n = p + 1 < end && p[1] < 0x80 ? ascii_prefix(p, (size_t)(end - p)) : 1;
            for (size_t i = 0; i < n; i++) {
                if (kind == 1) {
                    ((uint8_t *)out)[at + i] = p[i];
                } else if (kind == 2) {
                    ((uint16_t *)out)[at + i] = p[i];
                } else {
                    ((uint32_t *)out)[at + i] = p[i];
                }
            }
            at += n;
            p += n;
            continue;
        }
        if (c < 0xe0) {
            c = (c & 0x1f) << 6 | (p[1] & 0x3f);
            p += 2;
        } else if (c < 0xf0) {
            c = (c & 0xf) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
            p += 3;
        } else {
            c = (c & 7) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
            p += 4;
        }
        if (kind == 1) {
            ((uint8_t *)out)[at++] = (uint8_t)c;
        } else if (kind == 2) {
            ((uint16_t *)out)[at++] = (uint16_t)c;
        } else {
            ((uint32_t *)out)[at++] = c;
        }
    }
}

void utf8_decode_valid(const uint8_t *bytes, size_t length, int kind, void *out) {
    if (kind == 1) {
        decode_kind(bytes, bytes + length, 1, out);
    } else if (kind == 2) {
        decode_kind(bytes, bytes + length, 2, out);
    } else {
        decode_kind(bytes, bytes + length, 4, out);
    }
}

typedef uint8_t Bytes16 __attribute__((vector_size(16)));
typedef int8_t Signed16 __attribute__((vector_size(16)));
typedef uint8_t Bytes8 __attribute__((vector_size(8)));
typedef uint16_t Pairs8 __attribute__((vector_size(16)));
typedef uint32_t Quads8 __attribute__((vector_size(32)));
typedef uint8_t Bytes4 __attribute__((vector_size(4)));
typedef uint16_t Pairs4 __attribute__((vector_size(8)));
typedef uint32_t Quads4 __attribute__((vector_size(16)));

void utf8_measure(const uint8_t *bytes, size_t length, size_t *characters, uint8_t *largest) {
    size_t i = 0, count = 0;
    Bytes16 most = { 0 };
    while (i + 16 <= length) {
        // Lanes of 8 bits count to 255.
        size_t end = i + 16 * size_min((length - i) / 16, 255);
        Bytes16 counts = { 0 };
        for (; i < end; i += 16) {
            Bytes16 v;
            memcpy(&v, bytes + i, 16);
            counts -= (Bytes16)((Signed16)v > -65);
            most = __builtin_elementwise_max(most, v);
        }
        for (size_t k = 0; k < 16; k++) {
            count += counts[k];
        }
    }
    uint8_t max = __builtin_reduce_max(most);
    for (; i < length; i++) {
        count += !is_tail(bytes[i]);
        max = bytes[i] > max ? bytes[i] : max;
    }
    *characters = count;
    *largest = max;
}

// Stores eight bytes as eight characters.
__attribute__((always_inline)) static inline void store_eight(int kind, void *out, size_t at,
                                                              const uint8_t *p) {
    Bytes8 eight;
    memcpy(&eight, p, 8);
    if (kind == 1) {
        memcpy((uint8_t *)out + at, &eight, 8);
    } else if (kind == 2) {
        Pairs8 wide = __builtin_convertvector(eight, Pairs8);
        memcpy((uint16_t *)out + at, &wide, 16);
    } else {
        Quads8 wide = __builtin_convertvector(eight, Quads8);
        memcpy((uint32_t *)out + at, &wide, 32);
    }
}

// Stores the four 16-bit lanes of `four` as characters.
__attribute__((always_inline)) static inline void store_four(int kind, void *out, size_t at, uint64_t four) {
    if (kind == 2) {
        memcpy((uint16_t *)out + at, &four, 8);
        return;
    }
    Pairs4 lanes;
    memcpy(&lanes, &four, 8);
    if (kind == 1) {
        Bytes4 narrow = __builtin_convertvector(lanes, Bytes4);
        memcpy((uint8_t *)out + at, &narrow, 4);
    } else {
        Quads4 wide = __builtin_convertvector(lanes, Quads4);
        memcpy((uint32_t *)out + at, &wide, 16);
    }
}

typedef bool Bits16 __attribute__((ext_vector_type(16)));

// A bit for each of 16 bytes.
__attribute__((always_inline)) static inline uint64_t bits_of(Signed16 truth) {
    Bits16 bits = __builtin_convertvector(truth, Bits16);
    uint16_t word;
    memcpy(&word, &bits, 2);
    return word;
}

// Blocks of 64 bytes, as long as there are that many and room for what eight more would be. Where the runs of ASCII and
// of two-byte sequences lie is computed from bits: no load has to wait for the length of what was decoded before. False
// when the bytes are not well-formed; else *start and *at are where it stopped.
enum { DECODE_BLOCK = 64, DECODE_BEYOND = 8 };
__attribute__((always_inline)) static inline bool decode_blocks(const uint8_t **start, const uint8_t *end,
                                                                int kind, void *out, size_t characters,
                                                                size_t *stored) {
    const uint8_t *p = *start;
    size_t at = 0, from = 0; // from: what belongs to a sequence that began in the block before
    while (end - p >= DECODE_BLOCK + DECODE_BEYOND && characters - at >= DECODE_BLOCK + DECODE_BEYOND) {
        uint64_t high = 0, tails = 0, pairs = 0;
        for (size_t i = 0; i < DECODE_BLOCK; i += 16) {
            Bytes16 v;
            memcpy(&v, p + i, 16);
            high |= bits_of((Signed16)v < 0) << i;
            tails |= bits_of((Signed16)v < -64) << i;
            pairs |= bits_of((Signed16)(v - 0xc2 < 0x1e)) << i;
        }
        pairs &= tails >> 1; // where both bytes of a sequence lie in the block
        while (from < DECODE_BLOCK) {
            uint64_t rest = high >> from;
            if (!(rest & 1)) {
                size_t run = rest ? (size_t)__builtin_ctzll(rest) : DECODE_BLOCK - from;
                for (size_t i = 0; i < run; i += 8) {
                    store_eight(kind, out, at + i, p + from + i);
                }
                at += run;
                from += run;
                if (from >= DECODE_BLOCK) {
                    break;
                }
            }
            uint64_t here = pairs >> from;
            if (here & 1) {
                // Even bits that are not set: where no sequence of two bytes begins.
                uint64_t other = ~here & 0x5555555555555555;
                size_t run = here & 4 ? (other ? (size_t)__builtin_ctzll(other) >> 1 : 32) : 1;
                for (size_t i = 0; i < run; i += 4) {
                    uint64_t word;
                    memcpy(&word, p + from + 2 * i, 8);
                    store_four(kind, out, at + i,
                               (word & 0x001f001f001f001f) << 6 | (word >> 8 & 0x003f003f003f003f));
                }
                at += run;
                from += 2 * run;
                continue;
            }
            const uint8_t *q = p + from;
            uint32_t c = *q;
            if (c < 0xe0) { // over the end of the block, or none
                if (c < 0xc2 || !is_tail(q[1])) {
                    return false;
                }
                c = (c & 0x1f) << 6 | (q[1] & 0x3f);
                from += 2;
                text_write(kind, out, (ssize_t)at++, c);
            } else if (kind == 1) {
                return false;
            } else if (c < 0xf0) {
                uint32_t word;
                memcpy(&word, q, 4);
                do {
                    c = (word & 0xf) << 12 | (word >> 2 & 0xfc0) | (word >> 16 & 0x3f);
                    if ((word & 0xc0c0f0) != 0x8080e0 || c < 0x800 || (c & 0xf800) == 0xd800) {
                        return false;
                    }
                    text_write(kind, out, (ssize_t)at++, c);
                    q += 3;
                    memcpy(&word, q, 4);
                } while (q < p + DECODE_BLOCK && (word & 0xf0) == 0xe0);
                from = (size_t)(q - p);
            } else if (kind == 2) {
                return false;
            } else {
                c = (c & 0xf) << 18 | (uint32_t)(q[1] & 0x3f) << 12 | (uint32_t)(q[2] & 0x3f) << 6 |
                    (q[3] & 0x3f);
                if (!is_tail(q[1]) || !is_tail(q[2]) || !is_tail(q[3]) || c < 0x10000 || c > 0x10ffff ||
                    *q > 0xf4) {
                    return false;
                }
                from += 4;
                text_write(kind, out, (ssize_t)at++, c);
            }
        }
        from -= DECODE_BLOCK;
        p += DECODE_BLOCK;
    }
    *start = p + from;
    *stored = at;
    return true;
}

__attribute__((always_inline)) static inline bool decode_checked(const uint8_t *p, const uint8_t *end,
                                                                 int kind, void *out, size_t characters) {
    size_t at = 0;
    if (!decode_blocks(&p, end, kind, out, characters, &at)) {
        return false;
    }
    while (p < end) {
        // Eight bytes are stored at once where there is room, and those before the first that is not ASCII kept.
        while (end - p >= 8 && characters - at >= 8) {
            uint64_t word;
            memcpy(&word, p, 8);
            word &= 0x8080808080808080;
            if (word & 0x80) {
                break;
            }
            store_eight(kind, out, at, p);
            size_t n = word ? (size_t)__builtin_ctzll(word) >> 3 : 8;
            p += n;
            at += n;
            if (word) {
                break;
            }
        }
        // Then those of two bytes, four at once in the same way.
        while (end - p >= 8 && characters - at >= 4) {
            uint64_t word;
            memcpy(&word, p, 8);
            // Each lane must be 10xxxxxx 110xxxxx, and not the long form of an ASCII character: 11000000, 11000001.
            uint64_t bad = ((word & 0xc0e0c0e0c0e0c0e0) ^ 0x80c080c080c080c0) |
                           (~((word & 0x001e001e001e001e) + 0x7ffe7ffe7ffe7ffe) & 0x8000800080008000);
            size_t n = bad ? (size_t)__builtin_ctzll(bad) >> 4 : 4;
            if (!n) {
                break;
            }
            store_four(kind, out, at, (word & 0x001f001f001f001f) << 6 | (word >> 8 & 0x003f003f003f003f));
            p += 2 * n;
            at += n;
            if (bad) {
                break;
            }
        }
        // And those of three.
        while (kind > 1 && end - p >= 4) {
            uint32_t word;
            memcpy(&word, p, 4);
            uint32_t c = (word & 0xf) << 12 | (word >> 2 & 0xfc0) | (word >> 16 & 0x3f);
            if ((word & 0xc0c0f0) != 0x8080e0 || c < 0x800 || (c & 0xf800) == 0xd800) {
                break;
            }
            if (kind == 2) {
                ((uint16_t *)out)[at++] = (uint16_t)c;
            } else {
                ((uint32_t *)out)[at++] = c;
            }
            p += 3;
        }
        if (p == end) {
            break;
        }
        uint32_t c = *p;
        if (c < 0x80) {
            if (end - p >= 8 && characters - at >= 8) {
                continue;
            }
            p++;
        } else if (c < 0xe0) {
            if (c < 0xc2 || end - p < 2 || !is_tail(p[1])) {
                return false;
            }
            c = (c & 0x1f) << 6 | (p[1] & 0x3f);
            p += 2;
        } else if (kind == 1) {
            return false;
        } else if (c < 0xf0) {
            if (end - p < 3 || !is_tail(p[1]) || !is_tail(p[2])) {
                return false;
            }
            c = (c & 0xf) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
            if (c < 0x800 || (c & 0xf800) == 0xd800) {
                return false;
            }
            p += 3;
        } else if (kind == 2) {
            return false;
        } else {
            if (end - p < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3])) {
                return false;
            }
            c = (c & 0xf) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 |
                (p[3] & 0x3f);
            if (c < 0x10000 || c > 0x10ffff || *p > 0xf4) {
                return false;
            }
            p += 4;
        }
        if (kind == 1) {
            ((uint8_t *)out)[at++] = (uint8_t)c;
        } else if (kind == 2) {
            ((uint16_t *)out)[at++] = (uint16_t)c;
        } else {
            ((uint32_t *)out)[at++] = c;
        }
    }
    return true;
}

bool utf8_decode_checked(const uint8_t *bytes, size_t length, int kind, void *out, size_t characters) {
    if (kind == 1) {
        return decode_checked(bytes, bytes + length, 1, out, characters);
    }
    if (kind == 2) {
        return decode_checked(bytes, bytes + length, 2, out, characters);
    }
    return decode_checked(bytes, bytes + length, 4, out, characters);
}

size_t utf8_error(const uint8_t *p, size_t left, const char **reason, bool *incomplete) {
    uint8_t c = p[0];
    *incomplete = false;
    *reason = "invalid start byte";
    if (c < 0xc2 || c > 0xf4) {
        return 1;
    }
    size_t need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    size_t good = 1;
    while (good < need) {
        if (good == left) {
            *reason = "unexpected end of data";
            *incomplete = true;
            return good;
        }
        uint8_t low = 0x80, high = 0xbf;
        if (good == 1) {
            low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
            high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        }
        if (p[good] < low || p[good] > high) {
            break;
        }
        good++;
    }
    *reason = "invalid continuation byte";
    return good;
}
