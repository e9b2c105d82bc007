// UTF-8, ASCII and Latin-1, and the doors str_encode and str_decode, which take these three (and UTF-16
// and UTF-32) without asking the registry.
#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"
#include "objects/names.h"
#include "objects/str_private.h"
#include "objects/polling.h"

// ---- building bytes

int bytes_builder_reserve(BytesBuilder *b, size_t more) {
    if (b->buffer && more <= b->capacity - b->length) {
        return 0;
    }
    if (more > (size_t)SSIZE_LIMIT / 2 - b->length) {
        raise_memory_error();
        return -1;
    }
    size_t capacity = size_max(b->length + more, b->capacity + b->capacity / 2 + 32);
    Object *larger = bytes_new((ssize_t)capacity);
    if (!larger) {
        return -1;
    }
    if (b->length) {
        memcpy(bytes_data(larger), bytes_data(b->buffer), b->length);
    }
    b->buffer = larger;
    b->capacity = capacity;
    return 0;
}

int bytes_builder_add(BytesBuilder *b, const void *data, size_t length) {
    if (bytes_builder_reserve(b, length) < 0) {
        return -1;
    }
    memcpy(bytes_data(b->buffer) + b->length, data, length);
    b->length += length;
    return 0;
}

Object *bytes_builder_finish(BytesBuilder *b) {
    if (!b->buffer || !b->length) {
        return bytes_new(0);
    }
    return b->length == b->capacity ? b->buffer : bytes_shorten(b->buffer, (ssize_t)b->length);
}

// ---- UTF-8

static Object *decode_part(const uint8_t *bytes, const Utf8Scan *scan) {
    if (scan->max_char == 0x7f) {
        return str_from_ascii((const char *)bytes, (ssize_t)scan->characters);
    }
    Object *s = str_new((ssize_t)scan->characters, scan->max_char);
    if (s) {
        utf8_decode_valid(bytes, scan->valid, str_kind(s), str_data(s));
        if (scan->characters == 1 && str_read(s, 0) < 256) {
            return str_from_char(str_read(s, 0));
        }
    }
    return s;
}

Object *utf8_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed) {
    DecodeInput input = { (const uint8_t *)bytes, length, NULL };
    size_t characters;
    uint8_t largest;
    if (ascii_prefix(input.data, (size_t)length) == (size_t)length) {
        if (consumed) {
            *consumed = length;
        }
        return str_from_ascii(bytes, length);
    }
    utf8_measure(input.data, (size_t)length, &characters, &largest);
    if (characters > 1) {
        Object *s = str_new((ssize_t)characters, largest < 0xc4 ? 0xff : largest < 0xf0 ? 0xffff : 0x10ffff);
        if (!s) {
            return NULL;
        }
        if (utf8_decode_checked(input.data, (size_t)length, str_kind(s), str_data(s), characters)) {
            if (consumed) {
                *consumed = length;
            }
            return s;
        }
    }
    Utf8Scan scan;
    utf8_scan(input.data, (size_t)length, &scan);
    if (scan.valid == (size_t)length) {
        if (consumed) {
            *consumed = length;
        }
        return decode_part(input.data, &scan);
    }
    StrBuilder b;
    str_builder_init(&b, length);
    CodecErrors e;
    codec_errors_init(&e, "utf-8", errors);
    ssize_t at = 0, polled = 0;
    for (;;) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        if (scan.valid) {
            Object *part = decode_part(input.data + at, &scan);
            if (!part || str_builder_str(&b, part) < 0) {
                return NULL;
            }
            at += (ssize_t)scan.valid;
        }
        if (at >= input.length) {
            break;
        }
        const char *reason;
        bool incomplete;
        size_t bad = utf8_error(input.data + at, (size_t)(input.length - at), &reason, &incomplete);
        if (incomplete && consumed) {
            break;
        }
        if (consumed && input.length - at == 2 && input.data[at] == 0xed &&
            (input.data[at + 1] & 0xe0) == 0xa0) {
            break;  // may become a surrogate that the handler lets pass
        }
        if (e.mode == ERRORS_SURROGATEPASS && input.length - at >= 3 && input.data[at] == 0xed &&
            (input.data[at + 1] & 0xe0) == 0xa0 && (input.data[at + 2] & 0xc0) == 0x80) {
            uint32_t c = 0xd000u | (uint32_t)(input.data[at + 1] & 0x3f) << 6 | (input.data[at + 2] & 0x3f);
            if (str_builder_char(&b, c) < 0) {
                return NULL;
            }
            at += 3;
        } else {
            at = codec_decode_error(&e, &input, at, at + (ssize_t)bad, reason, &b);
            if (at < 0) {
                return NULL;
            }
        }
        utf8_scan(input.data + at, (size_t)(input.length - at), &scan);
    }
    if (consumed) {
        *consumed = at;
    }
    return str_builder_finish(&b);
}

Object *str_decode_utf8(const char *bytes, ssize_t length, const char *errors) {
    return utf8_decode(bytes, length, errors, NULL);
}

typedef uint16_t Pairs8 __attribute__((vector_size(16)));
typedef uint8_t Bytes16 __attribute__((vector_size(16)));

// The same for 16 bits each, in lanes that count to 65535.
static size_t measure_pairs(const uint16_t *text, size_t n, bool *surrogates) {
    size_t size = n, i = 0;
    Pairs8 found = { 0 };
    while (i + 8 <= n) {
        size_t end = i + 8 * size_min((n - i) / 8, 32767);
        Pairs8 counts = { 0 };
        for (; i < end; i += 8) {
            Pairs8 v;
            memcpy(&v, text + i, 16);
            counts -= (Pairs8)(v > 0x7f) + (Pairs8)(v > 0x7ff);
            found |= (Pairs8)((v & 0xf800) == 0xd800);
        }
        for (size_t k = 0; k < 8; k++) {
            size += counts[k];
        }
    }
    bool any = __builtin_reduce_or(found);
    for (; i < n; i++) {
        size += (size_t)(text[i] > 0x7f) + (text[i] > 0x7ff);
        any |= (text[i] & 0xf800) == 0xd800;
    }
    *surrogates = any;
    return size;
}

// The same for 8 bits each, in lanes that count to 255.
static size_t measure_bytes(const uint8_t *text, size_t n) {
    size_t size = n, i = 0;
    while (i + 16 <= n) {
        size_t end = i + 16 * size_min((n - i) / 16, 255);
        Bytes16 counts = { 0 };
        for (; i < end; i += 16) {
            Bytes16 v;
            memcpy(&v, text + i, 16);
            counts += v >> 7;
        }
        for (size_t k = 0; k < 16; k++) {
            size += counts[k];
        }
    }
    for (; i < n; i++) {
        size += text[i] >> 7;
    }
    return size;
}

// The length of the UTF-8 form, and whether there are surrogates, in blocks whose sums fit 32 bits.
__attribute__((always_inline)) static inline size_t measure_encoded(int kind, const void *text, ssize_t n,
                                                                    bool *surrogates) {
    size_t size = 0;
    uint32_t found = 0;
    for (ssize_t i = 0; i < n;) {
        ssize_t end = n - i > 1 << 20 ? i + (1 << 20) : n;
        uint32_t sum = 0;
        for (; i < end; i++) {
            uint32_t c = text_read(kind, text, i);
            sum += 1u + (c >= 0x80) + (kind > 1 ? (c >= 0x800) : 0u) + (kind > 2 ? (c >= 0x10000) : 0u);
            found |= kind > 1 ? (c & 0xfffff800) == 0xd800 : 0u;
        }
        size += sum;
    }
    *surrogates = found;
    return size;
}

typedef uint8_t Bytes4 __attribute__((vector_size(4)));
typedef uint16_t Pairs4 __attribute__((vector_size(8)));
typedef uint8_t Bytes8 __attribute__((vector_size(8)));
typedef int8_t Signed16 __attribute__((vector_size(16)));
typedef int32_t Quads8 __attribute__((vector_size(32)));
typedef bool Bits8 __attribute__((ext_vector_type(8)));
typedef bool Bits16 __attribute__((ext_vector_type(16)));

// A bit for each of 64 characters of one or four bytes that are not ASCII.
__attribute__((always_inline)) static inline uint64_t bits_not_ascii(int kind, const void *text, ssize_t at) {
    uint64_t bits = 0;
    for (ssize_t i = 0; kind == 1 && i < 64; i += 16) {
        Signed16 v;
        memcpy(&v, (const uint8_t *)text + at + i, 16);
        Bits16 high = __builtin_convertvector(v < 0, Bits16);
        uint16_t word;
        memcpy(&word, &high, 2);
        bits |= (uint64_t)word << i;
    }
    for (ssize_t i = 0; kind > 1 && i < 64; i += 8) {
        Quads8 v;
        memcpy(&v, (const uint32_t *)text + at + i, 32);
        Bits8 high = __builtin_convertvector(v > 0x7f, Bits8);
        uint8_t word;
        memcpy(&word, &high, 1);
        bits |= (uint64_t)word << i;
    }
    return bits;
}

// Writes eight characters, of which the first are ASCII, as bytes.
__attribute__((always_inline)) static inline void put_eight(int kind, const void *text, ssize_t at, char *p) {
    if (kind == 1) {
        memcpy(p, (const uint8_t *)text + at, 8);
        return;
    }
    Quads8 v;
    memcpy(&v, (const uint32_t *)text + at, 32);
    Bytes8 bytes = __builtin_convertvector(v, Bytes8);
    memcpy(p, &bytes, 8);
}

// As many blocks of 64 characters of one or four bytes as surely have room, eight characters more included. Where the
// runs of ASCII lie is computed from bits, so that no load waits for what was found before. Returns how many characters
// it wrote.
enum { ENCODE_BLOCK = 64, ENCODE_BEYOND = 8 };
__attribute__((always_inline)) static inline ssize_t encode_blocks(int kind, const void *text, ssize_t n,
                                                                   char **out, const char *limit) {
    char *p = *out;
    ssize_t i = 0, most = kind == 1 ? 2 : 4;
    for (; n - i >= ENCODE_BLOCK + ENCODE_BEYOND && limit - p >= most * (ENCODE_BLOCK + ENCODE_BEYOND);
         i += ENCODE_BLOCK) {
        uint64_t high = bits_not_ascii(kind, text, i);
        for (ssize_t from = 0; from < ENCODE_BLOCK;) {
            uint64_t rest = high >> from;
            if (!(rest & 1)) {
                ssize_t run = rest ? __builtin_ctzll(rest) : ENCODE_BLOCK - from;
                for (ssize_t k = 0; k < run; k += 8) {
                    put_eight(kind, text, i + from + k, p + k);
                }
                p += run;
                from += run;
                if (from == ENCODE_BLOCK) {
                    break;
                }
            }
            do {
                uint32_t c = text_read(kind, text, i + from++);
                if (kind == 1 || c < 0x800) {
                    uint16_t form = (uint16_t)(c >> 6 | (c << 8 & 0x3f00) | 0x80c0);
                    memcpy(p, &form, 2);
                    p += 2;
                } else if (c < 0x10000) {
                    uint32_t form = (c >> 12 | (c << 2 & 0x3f00) | (c & 0x3f) << 16) | 0x8080e0;
                    memcpy(p, &form, 4);
                    p += 3;
                } else {
                    uint32_t form = (c >> 18 | (c >> 4 & 0x3f00) | (c << 10 & 0x3f0000) | (c & 0x3f) << 24) |
                                    0x808080f0;
                    memcpy(p, &form, 4);
                    p += 4;
                }
            } while (from < ENCODE_BLOCK && high >> from & 1);
        }
    }
    *out = p;
    return i;
}

// Writes the UTF-8 form of a text without surrogates, which takes the bytes up to `limit`.
__attribute__((always_inline)) static inline void encode_run(int kind, const void *text, ssize_t n, char *p,
                                                             const char *limit) {
    for (ssize_t i = kind == 2 ? 0 : encode_blocks(kind, text, n, &p, limit); i < n;) {
        // Stretches of ASCII, a word at a time.
        while (kind == 1 && n - i >= 8 && limit - p >= 8) {
            uint64_t word;
            memcpy(&word, (const uint8_t *)text + i, 8);
            memcpy(p, &word, 8);
            word &= 0x8080808080808080;
            int good = word ? __builtin_ctzll(word) >> 3 : 8;
            i += good;
            p += good;
            if (word) {
                break;
            }
        }
        // Four of 16 bits, at once if they are ASCII. Finding longer stretches of one length takes more time than it saves.
        while (kind == 2 && n - i >= 4 && limit - p >= 16) {
            uint64_t word;
            memcpy(&word, (const uint16_t *)text + i, 8);
            if (!(word & 0xff80ff80ff80ff80)) {
                Pairs4 four;
                memcpy(&four, &word, 8);
                Bytes4 narrow = __builtin_convertvector(four, Bytes4);
                memcpy(p, &narrow, 4);
                p += 4;
                i += 4;
                continue;
            }
            for (ssize_t end = i + 4; i < end; i++) {
                uint32_t c = text_read(2, text, i);
                if (c < 0x80) {
                    *p++ = (char)c;
                } else if (c < 0x800) {
                    uint16_t form = (uint16_t)(c >> 6 | (c << 8 & 0x3f00) | 0x80c0);
                    memcpy(p, &form, 2);
                    p += 2;
                } else {
                    uint32_t form = (c >> 12 | (c << 2 & 0x3f00) | (c & 0x3f) << 16) | 0x8080e0;
                    memcpy(p, &form, 4);
                    p += 3;
                }
            }
        }
        while (kind > 2 && i < n && limit - p >= 4) {
            uint32_t c = text_read(kind, text, i);
            if (c < 0x800 || c >= 0x10000) {
                break;
            }
            uint32_t form = (c >> 12 | (c << 2 & 0x3f00) | (c & 0x3f) << 16) | 0x8080e0;
            memcpy(p, &form, 4);
            p += 3;
            i++;
        }
        if (i < n) {
            p += utf8_put(p, text_read(kind, text, i++));
        }
    }
}

// Appends a handler's replacement: bytes as they are, a str only if it is ASCII.
static int add_replacement(BytesBuilder *b, Object *replacement, const char *encoding, Object *str,
                           ssize_t start, ssize_t end, const char *reason, uint32_t limit) {
    if (bytes_check(replacement)) {
        return bytes_builder_add(b, bytes_data(replacement), (size_t)bytes_length(replacement));
    }
    ssize_t n = str_length(replacement);
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = str_read(replacement, i);
        if (c >= limit) {
            raise_encode_error(encoding, str, start, end, reason);
            return -1;
        }
        uint8_t byte = (uint8_t)c;
        if (bytes_builder_add(b, &byte, 1) < 0) {
            return -1;
        }
    }
    return 0;
}

// The number of bytes written, -1 when there is a surrogate.
__attribute__((always_inline)) static inline ssize_t encode_short(int kind, const void *text, ssize_t n,
                                                                  char *out) {
    char *p = out;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = text_read(kind, text, i);
        if (c < 0x80) {
            *p++ = (char)c;
        } else if (c < 0x800) {
            *p++ = (char)(0xc0 | c >> 6);
            *p++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            if ((c & 0xf800) == 0xd800) {
                return -1;
            }
            *p++ = (char)(0xe0 | c >> 12);
            *p++ = (char)(0x80 | (c >> 6 & 0x3f));
            *p++ = (char)(0x80 | (c & 0x3f));
        } else {
            *p++ = (char)(0xf0 | c >> 18);
            *p++ = (char)(0x80 | (c >> 12 & 0x3f));
            *p++ = (char)(0x80 | (c >> 6 & 0x3f));
            *p++ = (char)(0x80 | (c & 0x3f));
        }
    }
    return p - out;
}

Object *str_encode_utf8(Object *str, const char *errors) {
    ssize_t n = str_length(str);
    const void *text = str_data(str);
    if (str_is_ascii(str)) {
        return bytes_from(text, n);
    }
    int kind = str_kind(str);
    size_t size = 0;
    bool surrogates = false;
    if (n <= 256) { // room for the longest form lies on the stack: one pass
        char room[1024];
        ssize_t written = kind == 1   ? encode_short(1, text, n, room)
                          : kind == 2 ? encode_short(2, text, n, room)
                                      : encode_short(4, text, n, room);
        if (written >= 0) {
            return bytes_from(room, written);
        }
    }
    if (kind == 1) {
        size = measure_bytes(text, (size_t)n);
    } else if (kind == 2) {
        size = measure_pairs(text, (size_t)n, &surrogates);
    } else {
        size = measure_encoded(4, text, n, &surrogates);
    }
    if (!surrogates) {
        Object *bytes = bytes_new((ssize_t)size);
        if (bytes) {
            if (kind == 1) {
                encode_run(1, text, n, bytes_data(bytes), bytes_data(bytes) + size);
            } else if (kind == 2) {
                encode_run(2, text, n, bytes_data(bytes), bytes_data(bytes) + size);
            } else {
                encode_run(4, text, n, bytes_data(bytes), bytes_data(bytes) + size);
            }
        }
        return bytes;
    }
    static const char reason[] = "surrogates not allowed";
    CodecErrors e;
    codec_errors_init(&e, "utf-8", errors);
    BytesBuilder b = { 0 };
    if (bytes_builder_reserve(&b, size) < 0) {
        return NULL;
    }
    ssize_t polled = 0;
    for (ssize_t i = 0; i < n;) {
        if (poll_past(i, &polled) < 0) {
            return NULL;
        }
        uint32_t c = text_read(kind, text, i);
        if ((c & 0xfffff800) != 0xd800 || e.mode == ERRORS_SURROGATEPASS) {
            if (bytes_builder_reserve(&b, 4) < 0) {
                return NULL;
            }
            b.length += utf8_put(bytes_data(b.buffer) + b.length, c);
            i++;
            continue;
        }
        ssize_t end = i + 1;
        while (end < n && (text_read(kind, text, end) & 0xfffff800) == 0xd800) {
            end++;
        }
        if (e.mode == ERRORS_SURROGATEESCAPE && c >= 0xdc80 && c <= 0xdcff) {
            // A run of escaped bytes, up to the first other surrogate.
            ssize_t k = i;
            while (k < end && text_read(kind, text, k) >= 0xdc80 && text_read(kind, text, k) <= 0xdcff) {
                uint8_t byte = (uint8_t)(text_read(kind, text, k) - 0xdc00);
                if (bytes_builder_add(&b, &byte, 1) < 0) {
                    return NULL;
                }
                k++;
            }
            i = k;
            continue;
        }
        Object *replacement;
        ssize_t next = codec_encode_error(&e, str, i, end, reason, &replacement);
        if (next < 0 || add_replacement(&b, replacement, "utf-8", str, i, end, reason, 0x80) < 0) {
            return NULL;
        }
        i = next;
    }
    return bytes_builder_finish(&b);
}

// ---- ASCII and Latin-1

Object *ascii_decode(const char *bytes, ssize_t length, const char *errors) {
    DecodeInput input = { (const uint8_t *)bytes, length, NULL };
    ssize_t good = (ssize_t)ascii_prefix(input.data, (size_t)length);
    if (good == length) {
        return str_from_ascii(bytes, length);
    }
    CodecErrors e;
    codec_errors_init(&e, "ascii", errors);
    StrBuilder b;
    str_builder_init(&b, length);
    ssize_t polled = 0;
    for (ssize_t at = 0; at < input.length;) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        ssize_t n = (ssize_t)ascii_prefix(input.data + at, (size_t)(input.length - at));
        if (str_builder_bytes(&b, (const char *)input.data + at, (size_t)n) < 0) {
            return NULL;
        }
        at += n;
        if (at < input.length) {
            at = codec_decode_error(&e, &input, at, at + 1, "ordinal not in range(128)", &b);
            if (at < 0) {
                return NULL;
            }
        }
    }
    return str_builder_finish(&b);
}

Object *latin1_decode(const char *bytes, ssize_t length) {
    return str_from_latin1((const uint8_t *)bytes, length);
}

// Copies the characters below `limit` from place `i` on; returns the place of the first other one, or `n`. There is
// room for as many bytes as characters are left.
__attribute__((always_inline)) static inline ssize_t copy_limited_kind(int kind, const void *text, ssize_t i,
                                                                       ssize_t n, uint32_t limit, char *out) {
    if (kind == 1) {
        // Eight at once: what lies behind the first other one is written over.
        for (; i + 8 <= n; i += 8, out += 8) {
            uint64_t word;
            memcpy(&word, (const char *)text + i, 8);
            memcpy(out, &word, 8);
            word &= 0x8080808080808080;
            if (word) {
                return i + __builtin_ctzll(word) / 8;
            }
        }
    }
    for (; i < n; i++) {
        uint32_t c = text_read(kind, text, i);
        if (c >= limit) {
            break;
        }
        *out++ = (char)c;
    }
    return i;
}

static ssize_t copy_limited(int kind, const void *text, ssize_t i, ssize_t n, uint32_t limit, char *out) {
    return kind == 1   ? copy_limited_kind(1, text, i, n, limit, out)
           : kind == 2 ? copy_limited_kind(2, text, i, n, limit, out)
                       : copy_limited_kind(4, text, i, n, limit, out);
}

static Object *encode_limited(Object *str, const char *errors, uint32_t limit) {
    ssize_t n = str_length(str);
    int kind = str_kind(str);
    const void *text = str_data(str);
    if (str_is_ascii(str) || (kind == 1 && limit == 256)) {
        return bytes_from(text, n);
    }
    const char *encoding = limit == 128 ? "ascii" : "latin-1";
    const char *reason = limit == 128 ? "ordinal not in range(128)" : "ordinal not in range(256)";
    CodecErrors e;
    codec_errors_init(&e, encoding, errors);
    BytesBuilder b = { 0 };
    ssize_t polled = 0;
    for (ssize_t i = 0; i < n;) {
        if (poll_past(i, &polled) < 0 || bytes_builder_reserve(&b, (size_t)(n - i)) < 0) {
            return NULL;
        }
        ssize_t plain = copy_limited(kind, text, i, n, limit, bytes_data(b.buffer) + b.length);
        b.length += (size_t)(plain - i);
        i = plain;
        ssize_t end = i;
        while (end < n && text_read(kind, text, end) >= limit) {
            end++;
        }
        if (end == i || e.mode == ERRORS_IGNORE) {
            i = end;
            continue;
        }
        if (e.mode == ERRORS_REPLACE) {
            memset(bytes_data(b.buffer) + b.length, '?', (size_t)(end - i));
            b.length += (size_t)(end - i);
            i = end;
            continue;
        }
        if (e.mode == ERRORS_XML || e.mode == ERRORS_BACKSLASH) {
            end = end - i < POLL_STEPS ? end : i + POLL_STEPS;
            if (bytes_builder_reserve(&b, (size_t)(end - i) * CODEC_ESCAPE_LONGEST) < 0) {
                return NULL;
            }
            for (; i < end; i++) {
                char *out = bytes_data(b.buffer) + b.length;
                b.length += (size_t)codec_escape_char(e.mode, out, text_read(kind, text, i));
            }
            continue;
        }
        if (e.mode == ERRORS_SURROGATEESCAPE) {
            ssize_t k = i;
            while (k < end && text_read(kind, text, k) >= 0xdc80 && text_read(kind, text, k) <= 0xdcff) {
                bytes_data(b.buffer)[b.length++] = (char)(text_read(kind, text, k) - 0xdc00);
                k++;
            }
            i = k;
            if (i == end) {
                continue;
            }
        }
        Object *replacement;
        ssize_t next = codec_encode_error(&e, str, i, end, reason, &replacement);
        if (next < 0 || add_replacement(&b, replacement, encoding, str, i, end, reason, limit) < 0) {
            return NULL;
        }
        i = next;
    }
    return bytes_builder_finish(&b);
}

Object *ascii_encode(Object *str, const char *errors) {
    return encode_limited(str, errors, 128);
}

Object *latin1_encode(Object *str, const char *errors) {
    return encode_limited(str, errors, 256);
}

// ---- by name

typedef enum Known { KNOWN_NONE, KNOWN_UTF8, KNOWN_ASCII, KNOWN_LATIN1, KNOWN_UTF16, KNOWN_UTF32 } Known;

static Known known_encoding(const char *name) {
    static const struct {
        const char *name;
        Known known;
    } table[] = {
        { "utf_8", KNOWN_UTF8 },        { "utf8", KNOWN_UTF8 },        { "ascii", KNOWN_ASCII },
        { "us_ascii", KNOWN_ASCII },    { "latin_1", KNOWN_LATIN1 },   { "latin1", KNOWN_LATIN1 },
        { "iso_8859_1", KNOWN_LATIN1 }, { "iso8859_1", KNOWN_LATIN1 }, { "utf_16", KNOWN_UTF16 },
        { "utf16", KNOWN_UTF16 },       { "utf_32", KNOWN_UTF32 },     { "utf32", KNOWN_UTF32 },
    };
    char normal[16];
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        if (n == sizeof normal - 1) {
            return KNOWN_NONE;
        }
        char c = *p;
        normal[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' || c == ' ' ? '_' : c;
    }
    normal[n] = 0;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!strcmp(normal, table[i].name)) {
            return table[i].known;
        }
    }
    return KNOWN_NONE;
}

static int check_text_encoding(Object *codec, const char *encoding, const char *alternative) {
    Object *flag;
    Object *name = str_intern_cstring("_is_text_encoding");
    if (!name) {
        return -1;
    }
    int found = object_getattr_optional(codec, name, &flag);
    if (found <= 0) {
        return found;
    }
    int is_text = object_is_true(flag);
    if (is_text == 0) {
        raise_error(&exc_LookupError, "'%.400s' is not a text encoding; use %s to handle arbitrary codecs",
                    encoding, alternative);
        return -1;
    }
    return is_text < 0 ? -1 : 0;
}

bool codec_check_always;

// In development mode a wrong name is told even when nothing needs it. -1 with LookupError.
static int check_names(const char *encoding, const char *errors) {
    if (LIKELY(!codec_check_always)) {
        return 0;
    }
    if (encoding && !codec_lookup(encoding)) {
        return -1;
    }
    return errors && !codec_lookup_error(errors) ? -1 : 0;
}

Object *str_encode(Object *str, const char *encoding, const char *errors) {
    if (check_names(encoding, errors) < 0) {
        return NULL;
    }
    switch (encoding ? known_encoding(encoding) : KNOWN_UTF8) {
    case KNOWN_UTF8: return str_encode_utf8(str, errors);
    case KNOWN_ASCII: return ascii_encode(str, errors);
    case KNOWN_LATIN1: return latin1_encode(str, errors);
    case KNOWN_UTF16: return utf16_encode(str, errors, 0);
    case KNOWN_UTF32: return utf32_encode(str, errors, 0);
    default: break;
    }
    Object *codec = codec_lookup(encoding);
    if (!codec || check_text_encoding(codec, encoding, "codecs.encode()") < 0) {
        return NULL;
    }
    Object *result = codec_encode(str, encoding, errors);
    if (!result || bytes_check(result)) {
        return result;
    }
    if (bytearray_check(result)) {
        if (warn(&exc_RuntimeWarning, 1,
                 "encoder %s returned bytearray instead of bytes; use codecs.encode() to encode to "
                 "arbitrary types",
                 encoding) < 0) {
            return NULL;
        }
        return bytes_from_object(result);
    }
    return raise_error(&exc_TypeError,
                       "'%.400s' encoder returned '%.400T' instead of 'bytes'; use codecs.encode() to "
                       "encode to arbitrary types",
                       encoding, result);
}

Object *str_decode(const char *bytes, ssize_t length, const char *encoding, const char *errors) {
    return str_decode_of(NULL, bytes, length, encoding, errors);
}

Object *str_decode_of(Object *owner, const char *bytes, ssize_t length, const char *encoding,
                      const char *errors) {
    if (check_names(encoding, errors) < 0) {
        return NULL;
    }
    switch (encoding ? known_encoding(encoding) : KNOWN_UTF8) {
    case KNOWN_UTF8: return str_decode_utf8(bytes, length, errors);
    case KNOWN_ASCII: return ascii_decode(bytes, length, errors);
    case KNOWN_LATIN1: return latin1_decode(bytes, length);
    case KNOWN_UTF16: return utf16_decode(bytes, length, errors, NULL, NULL);
    case KNOWN_UTF32: return utf32_decode(bytes, length, errors, NULL, NULL);
    default: break;
    }
    Object *codec = codec_lookup(encoding);
    if (!codec || check_text_encoding(codec, encoding, "codecs.decode()") < 0) {
        return NULL;
    }
    // The codec gets a view, as in CPython. What can change or vanish is copied first.
    if (!owner || !bytes_check(owner)) {
        owner = bytes_from(bytes, length);
        bytes = owner ? bytes_data(owner) : NULL;
    }
    Buffer info = { .data = (char *)(uintptr_t)bytes,
                    .length = length,
                    .item_size = 1,
                    .readonly = 1,
                    .dimensions = 1,
                    .format = "B" };
    Object *input = owner ? memoryview_from_buffer(&info, owner) : NULL;
    Object *result = input ? codec_decode(input, encoding, errors) : NULL;
    if (!result || str_check(result)) {
        return result;
    }
    return raise_error(&exc_TypeError,
                       "'%.400s' decoder returned '%.400T' instead of 'str'; use codecs.decode() to "
                       "decode to arbitrary types",
                       encoding, result);
}

// In the C locale without UTF-8 mode, file names beyond ASCII are bytes that nobody knows how to read.
bool str_fs_ascii;

Object *str_decode_fs(const char *bytes, ssize_t length) {
    if (UNLIKELY(str_fs_ascii)) {
        return str_decode(bytes, length, "ascii", "surrogateescape");
    }
    return str_decode_utf8(bytes, length, "surrogateescape");
}

Object *str_encode_fs(Object *str) {
    if (UNLIKELY(str_fs_ascii)) {
        return str_encode(str, "ascii", "surrogateescape");
    }
    return str_encode_utf8(str, "surrogateescape");
}

Object *path_to_bytes(Object *path) {
    Object *given = path, *fspath;
    if (!bytes_check(path) && !str_check(path)) {
        int found = object_lookup_special(path, names.__fspath__, &fspath);
        if (found <= 0) {
            return found < 0 ? NULL
                             : raise_error(&exc_TypeError,
                                           "expected str, bytes or os.PathLike object, not %T", path);
        }
        path = call0(fspath);
        if (path && !bytes_check(path) && !str_check(path)) {
            return raise_error(&exc_TypeError, "expected %T.__fspath__() to return str or bytes, not %T",
                               given, path);
        }
    }
    Object *bytes = !path ? NULL : bytes_check(path) ? path : str_encode_fs(path);
    if (!bytes) {
        return NULL;
    }
    if (strlen(bytes_data(bytes)) != (size_t)bytes_length(bytes)) {
        return raise_error(&exc_ValueError, "embedded null byte");
    }
    return bytes;
}
