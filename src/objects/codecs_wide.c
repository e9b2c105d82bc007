// UTF-16 and UTF-32.
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"
#include "objects/str_private.h"
#include "objects/polling.h"

static inline uint32_t read_unit(const uint8_t *p, int width, bool little) {
    if (width == 2) {
        uint16_t unit;
        memcpy(&unit, p, 2);
        return little ? unit : __builtin_bswap16(unit);
    }
    uint32_t unit;
    memcpy(&unit, p, 4);
    return little ? unit : __builtin_bswap32(unit);
}

// The number of units from the start that stand for themselves, and the OR of them. Blocks come first, without
// branches, which compilers make vectors of (of 16-bit lanes for UTF-16); the last one is looked at singly.
enum { BLOCK = 64 };

__attribute__((always_inline)) static inline ssize_t plain_run_of_pairs(const uint8_t *p, ssize_t units,
                                                                        bool little, uint32_t *any) {
    uint16_t bits = 0;
    ssize_t i = 0;
    for (; i + BLOCK <= units; i += BLOCK) {
        uint16_t block = 0, bad = 0;
        for (ssize_t k = i; k < i + BLOCK; k++) {
            uint16_t c = (uint16_t)read_unit(p + k * 2, 2, little);
            block |= c;
            bad |= (uint16_t)-((c & 0xf800) == 0xd800);
        }
        if (bad) {
            break;
        }
        bits |= block;
    }
    for (; i < units; i++) {
        uint32_t c = read_unit(p + i * 2, 2, little);
        if ((c & 0xf800) == 0xd800) {
            break;
        }
        bits |= (uint16_t)c;
    }
    *any = bits;
    return i;
}

__attribute__((always_inline)) static inline ssize_t plain_run(const uint8_t *p, ssize_t units, int width,
                                                               bool little, uint32_t *any) {
    if (width == 2) {
        return plain_run_of_pairs(p, units, little, any);
    }
    uint32_t bits = 0;
    ssize_t i = 0;
    for (; i + BLOCK <= units; i += BLOCK) {
        uint32_t block = 0, bad = 0;
        for (ssize_t k = i; k < i + BLOCK; k++) {
            uint32_t c = read_unit(p + k * 4, 4, little);
            block |= c;
            bad |= ((c & 0xfffff800) == 0xd800) | (c > 0x10ffff);
        }
        if (bad) {
            break;
        }
        bits |= block;
    }
    for (; i < units; i++) {
        uint32_t c = read_unit(p + i * 4, 4, little);
        if ((c & 0xfffff800) == 0xd800 || c > 0x10ffff) {
            break;
        }
        bits |= c;
    }
    *any = bits;
    return i;
}

__attribute__((always_inline)) static inline void copy_run(const uint8_t *p, ssize_t units, int width,
                                                           bool little, int kind, void *out) {
    if (kind == width && little) {
        memcpy(out, p, (size_t)(units * width));
    } else if (kind == 1) {
        for (ssize_t i = 0; i < units; i++) {
            ((uint8_t *)out)[i] = (uint8_t)read_unit(p + i * width, width, little);
        }
    } else if (kind == 2) {
        for (ssize_t i = 0; i < units; i++) {
            ((uint16_t *)out)[i] = (uint16_t)read_unit(p + i * width, width, little);
        }
    } else {
        for (ssize_t i = 0; i < units; i++) {
            ((uint32_t *)out)[i] = read_unit(p + i * width, width, little);
        }
    }
}

// Appends a run of units that stand for themselves; returns their number, -1 with an exception.
__attribute__((always_inline)) static inline ssize_t add_run(StrBuilder *b, const uint8_t *p, ssize_t units,
                                                             int width, bool little) {
    uint32_t any;
    ssize_t run = plain_run(p, units, width, little, &any);
    if (!run) {
        return 0;
    }
    if (str_builder_reserve(b, run, any > 0x10ffff ? 0x10ffff : any) < 0) {
        return -1;
    }
    copy_run(p, run, width, little, b->kind, b->text + b->length * b->kind);
    b->length += run;
    return run;
}

static ssize_t add_any_run(StrBuilder *b, const uint8_t *p, ssize_t units, int width, bool little) {
    if (width == 2) {
        return little ? add_run(b, p, units, 2, true) : add_run(b, p, units, 2, false);
    }
    return little ? add_run(b, p, units, 4, true) : add_run(b, p, units, 4, false);
}

static Object *decode(const char *bytes, ssize_t length, const char *errors, int *byteorder,
                      ssize_t *consumed, int width) {
    DecodeInput in = { (const uint8_t *)bytes, length, NULL };
    int order = byteorder ? *byteorder : 0;
    ssize_t at = 0;
    if (!order && length >= width) {
        uint32_t mark = read_unit(in.data, width, true);
        uint32_t swapped = width == 2 ? 0xfffe : 0xfffe0000;
        if (mark == 0xfeff || mark == swapped) {
            order = mark == 0xfeff ? -1 : 1;
            at = width;
        }
    }
    bool little = order <= 0;
    if (byteorder) {
        *byteorder = order;
    }
    const char *encoding = width == 2 ? (little ? "utf-16-le" : "utf-16-be")
                                      : (little ? "utf-32-le" : "utf-32-be");
    CodecErrors e;
    codec_errors_init(&e, encoding, errors);
    if (e.mode == ERRORS_SURROGATEPASS) {
        e.mode = ERRORS_OTHER;
    }
    StrBuilder b;
    str_builder_init(&b, length / width);
    while (at < in.length) {
        ssize_t run = add_any_run(&b, in.data + at, (in.length - at) / width, width, little);
        if (run) {
            if (run < 0) {
                return NULL;
            }
            at += run * width;
            continue;
        }
        const char *reason;
        ssize_t end;
        if (in.length - at < width) {
            if (consumed) {
                break;
            }
            reason = "truncated data";
            end = in.length;
        } else {
            uint32_t c = read_unit(in.data + at, width, little);
            if (width == 4 ? c < 0xd800 || (c > 0xdfff && c < 0x110000) : c < 0xd800 || c > 0xdfff) {
                if (str_builder_char(&b, c) < 0) {
                    return NULL;
                }
                at += width;
                continue;
            }
            end = at + width;
            if (width == 4) {
                reason = c > 0x10ffff ? "code point not in range(0x110000)"
                                      : "code point in surrogate code point range(0xd800, 0xe000)";
            } else if (c >= 0xdc00) {
                reason = "illegal encoding";
            } else if (in.length - at < 4) {
                if (consumed) {
                    break;
                }
                reason = "unexpected end of data";
                end = in.length;
            } else {
                uint32_t low = read_unit(in.data + at + 2, 2, little);
                if (low >= 0xdc00 && low < 0xe000) {
                    if (str_builder_char(&b, 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff))) < 0) {
                        return NULL;
                    }
                    at += 4;
                    continue;
                }
                reason = "illegal UTF-16 surrogate";
            }
        }
        at = codec_decode_error(&e, &in, at, end, reason, &b);
        if (at < 0) {
            return NULL;
        }
    }
    if (consumed) {
        *consumed = at;
    }
    return str_builder_finish(&b);
}

Object *utf16_decode(const char *bytes, ssize_t length, const char *errors, int *byteorder,
                     ssize_t *consumed) {
    return decode(bytes, length, errors, byteorder, consumed, 2);
}

Object *utf32_decode(const char *bytes, ssize_t length, const char *errors, int *byteorder,
                     ssize_t *consumed) {
    return decode(bytes, length, errors, byteorder, consumed, 4);
}

static int put_unit(BytesBuilder *b, uint32_t c, int width, bool little) {
    if (bytes_builder_reserve(b, 4) < 0) {
        return -1;
    }
    uint8_t *p = (uint8_t *)bytes_data(b->buffer) + b->length;
    for (int i = 0; i < width; i++) {
        p[little ? i : width - 1 - i] = (uint8_t)(c >> 8 * i);
    }
    b->length += (size_t)width;
    return 0;
}

static int put_char(BytesBuilder *b, uint32_t c, int width, bool little) {
    if (width == 2 && c >= 0x10000) {
        return put_unit(b, 0xd7c0 + (c >> 10), 2, little) < 0 ||
                       put_unit(b, 0xdc00 | (c & 0x3ff), 2, little) < 0
                   ? -1
                   : 0;
    }
    return put_unit(b, c, width, little);
}

// The whole text in its new form after `head` bytes, NULL without an exception when there are surrogates.
__attribute__((always_inline)) static inline Object *encode_plain(Object *str, int kind, int width,
                                                                  bool little, ssize_t head) {
    ssize_t n = str_length(str), pairs = 0;
    const void *text = str_data(str);
    uint32_t bad = 0;
    if (kind > 1) {
        for (ssize_t i = 0; i < n; i++) {
            uint32_t c = text_read(kind, text, i);
            bad |= (c & 0xfffff800) == 0xd800;
            pairs += kind == 4 && width == 2 && c >= 0x10000;
        }
    }
    Object *result = bad ? NULL : bytes_new(head + (n + pairs) * width);
    if (!result) {
        return NULL;
    }
    char *out = bytes_data(result) + head;
    if (kind == 2 && width == 2 && little) {
        memcpy(out, text, (size_t)n * 2);
        return result;
    }
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = text_read(kind, text, i);
        if (width == 4) {
            c = little ? c : __builtin_bswap32(c);
            memcpy(out, &c, 4);
            out += 4;
            continue;
        }
        if (kind == 4 && c >= 0x10000) {
            uint16_t high = (uint16_t)(0xd7c0 + (c >> 10)), low = (uint16_t)(0xdc00 | (c & 0x3ff));
            high = little ? high : __builtin_bswap16(high);
            low = little ? low : __builtin_bswap16(low);
            memcpy(out, &high, 2);
            memcpy(out + 2, &low, 2);
            out += 4;
            continue;
        }
        uint16_t unit = little ? (uint16_t)c : __builtin_bswap16((uint16_t)c);
        memcpy(out, &unit, 2);
        out += 2;
    }
    return result;
}

static Object *encode_any_plain(Object *str, int width, bool little, ssize_t head) {
    int kind = str_kind(str);
    if (width == 2 && little) {
        return kind == 1   ? encode_plain(str, 1, 2, true, head)
               : kind == 2 ? encode_plain(str, 2, 2, true, head)
                           : encode_plain(str, 4, 2, true, head);
    }
    if (width == 4 && little) {
        return kind == 1   ? encode_plain(str, 1, 4, true, head)
               : kind == 2 ? encode_plain(str, 2, 4, true, head)
                           : encode_plain(str, 4, 4, true, head);
    }
    return width == 2 ? encode_plain(str, kind, 2, false, head) : encode_plain(str, kind, 4, false, head);
}

static Object *encode(Object *str, const char *errors, int byteorder, int width) {
    bool little = byteorder <= 0;
    const char *encoding = width == 2 ? (byteorder < 0   ? "utf-16-le"
                                         : byteorder > 0 ? "utf-16-be"
                                                         : "utf-16")
                                      : (byteorder < 0   ? "utf-32-le"
                                         : byteorder > 0 ? "utf-32-be"
                                                         : "utf-32");
    ssize_t n = str_length(str);
    int kind = str_kind(str);
    const void *text = str_data(str);
    if (n > SSIZE_LIMIT / 4 - 2) {
        return raise_memory_error();
    }
    ssize_t head = byteorder ? 0 : width;
    Object *plain = encode_any_plain(str, width, little, head);
    if (plain) {
        if (head) {
            memcpy(bytes_data(plain), width == 2 ? "\xff\xfe" : "\xff\xfe\0", (size_t)head);
        }
        return plain;
    }
    if (error_occurred()) {
        return NULL;
    }
    BytesBuilder b = { 0 };
    CodecErrors e;
    codec_errors_init(&e, encoding, errors);
    if (e.mode == ERRORS_SURROGATEPASS || e.mode == ERRORS_SURROGATEESCAPE) {
        e.mode = ERRORS_OTHER;
    }
    if (bytes_builder_reserve(&b, ((size_t)n + 1) * (size_t)width) < 0 ||
        (!byteorder && put_unit(&b, 0xfeff, width, little) < 0)) {
        return error_occurred() ? NULL : raise_memory_error();
    }
    ssize_t polled = 0;
    for (ssize_t i = 0; i < n;) {
        if (poll_past(i, &polled) < 0) {
            return NULL;
        }
        uint32_t c = text_read(kind, text, i);
        if ((c & 0xfffff800) != 0xd800) {
            if (put_char(&b, c, width, little) < 0) {
                return NULL;
            }
            i++;
            continue;
        }
        ssize_t end = i + 1;
        Object *replacement;
        static const char reason[] = "surrogates not allowed";
        ssize_t next = codec_encode_error(&e, str, i, end, reason, &replacement);
        if (next < 0) {
            return NULL;
        }
        if (bytes_check(replacement)) {
            if (bytes_length(replacement) % width) {
                return raise_encode_error(encoding, str, i, end, reason);
            }
            if (bytes_builder_add(&b, bytes_data(replacement), (size_t)bytes_length(replacement)) < 0) {
                return NULL;
            }
        } else {
            if (!str_is_ascii(replacement)) {
                return raise_encode_error(encoding, str, i, end, reason);
            }
            for (ssize_t k = 0; k < str_length(replacement); k++) {
                if (put_char(&b, str_read(replacement, k), width, little) < 0) {
                    return NULL;
                }
            }
        }
        i = next;
    }
    return bytes_builder_finish(&b);
}

Object *utf16_encode(Object *str, const char *errors, int byteorder) {
    return encode(str, errors, byteorder, 2);
}

Object *utf32_encode(Object *str, const char *errors, int byteorder) {
    return encode(str, errors, byteorder, 4);
}
