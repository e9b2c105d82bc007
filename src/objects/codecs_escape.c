// unicode_escape, raw_unicode_escape and the escapes of bytes literals.
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"
#include "objects/str_private.h"
#include "objects/unicode_data.h"
#include "objects/polling.h"

static inline int hex_digit(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// What the hexadecimal digits at p mean, of which there are two or more; -1 when one is none.
static inline int64_t hex_value(const uint8_t *p, int digits) {
    int64_t value = 0, bad = 0;
    for (int i = 0; i < digits; i++) {
        int digit = hex_digit(p[i]);
        bad |= digit;
        value = value << 4 | (digit & 15);
    }
    return bad < 0 ? -1 : value;
}

Object *unicode_escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed,
                              InvalidEscape *invalid) {
    DecodeInput in = { (const uint8_t *)bytes, length, NULL };
    CodecErrors e;
    codec_errors_init(&e, "unicodeescape", errors);
    StrBuilder b;
    str_builder_init(&b, length);
    ssize_t at = 0;
    if (invalid) {
        invalid->length = 0;
    }
    ssize_t polled = 0;
    while (at < in.length) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        uint8_t c = in.data[at];
        if (c != '\\') {
            // As much as there is up to the next backslash.
            const uint8_t *plain = in.data + at, *end = memchr(plain, '\\', (size_t)(in.length - at));
            ssize_t count = end ? end - plain : in.length - at;
            size_t ascii = ascii_prefix(plain, (size_t)count);
            if (ascii ? str_builder_bytes(&b, (const char *)plain, ascii) < 0 : str_builder_char(&b, c) < 0) {
                return NULL;
            }
            at += ascii ? (ssize_t)ascii : 1;
            continue;
        }
        if (in.length - at >= 6 && in.data[at + 1] == 'u') {
            int64_t character = hex_value(in.data + at + 2, 4);
            if (LIKELY(character >= 0)) {
                if (b.kind == 2 && b.length < b.capacity && b.text && character <= b.max_char) {
                    ((uint16_t *)(void *)b.text)[b.length++] = (uint16_t)character;
                } else if (str_builder_char(&b, (uint32_t)character) < 0) {
                    return NULL;
                }
                at += 6;
                continue;
            }
        }
        ssize_t start = at++;
        const char *reason;
        bool incomplete = false;
        if (at >= in.length) {
            reason = "\\ at end of string";
            incomplete = true;
            goto bad;
        }
        c = in.data[at++];
        int digits = 0;
        uint32_t value = 0;
        switch (c) {
        case '\n': continue;
        case '\\':
        case '\'':
        case '"': value = c; break;
        case 'b': value = '\b'; break;
        case 't': value = '\t'; break;
        case 'n': value = '\n'; break;
        case 'r': value = '\r'; break;
        case 'f': value = '\f'; break;
        case 'v': value = '\v'; break;
        case 'a': value = '\a'; break;
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
            value = c - '0';
            for (int i = 0; i < 2 && at < in.length && in.data[at] >= '0' && in.data[at] <= '7'; i++) {
                value = value * 8 + (in.data[at++] - '0');
            }
            if (value > 0xff && invalid && !invalid->length) {
                *invalid = (InvalidEscape){ 3, { c, in.data[start + 2], in.data[start + 3] } };
            }
            break;
        case 'x':
            digits = 2;
            reason = "truncated \\xXX escape";
            break;
        case 'u':
            digits = 4;
            reason = "truncated \\uXXXX escape";
            break;
        case 'U':
            digits = 8;
            reason = "truncated \\UXXXXXXXX escape";
            break;
        case 'N': {
            reason = "malformed \\N character escape";
            if (at >= in.length) {
                incomplete = true;
                goto bad;
            }
            if (in.data[at] != '{') {
                goto bad;
            }
            const uint8_t *close = memchr(in.data + at, '}', (size_t)(in.length - at));
            if (!close) {
                at = in.length;
                incomplete = true;
                goto bad;
            }
            const char *name = (const char *)in.data + at + 1;
            size_t n = (size_t)(close - in.data - at - 1);
            at = close - in.data;
            if (!n) {
                goto bad;  // the closing brace is no part of what is wrong
            }
            at++;
            if (!unicode_names_are_there()) {
                return raise_error(&exc_UnicodeError,
                                   "\\N escapes not supported (can't load unicodedata module)");
            }
            uint32_t found[4];
            if (!unicode_lookup(name, n, true, false, found)) {
                reason = "unknown Unicode character name";
                goto bad;
            }
            value = found[0];
            break;
        }
        default:
            if (invalid && !invalid->length) {
                *invalid = (InvalidEscape){ 1, { c } };
            }
            if (str_builder_char(&b, '\\') < 0) {
                return NULL;
            }
            value = c;
        }
        for (int i = 0; i < digits; i++) {
            int digit = at < in.length ? hex_digit(in.data[at]) : -1;
            if (digit < 0) {
                incomplete = at >= in.length;
                goto bad;
            }
            value = value << 4 | (uint32_t)digit;
            at++;
        }
        if (value > 0x10ffff) {
            reason = "illegal Unicode character";
            goto bad;
        }
        if (str_builder_char(&b, value) < 0) {
            return NULL;
        }
        continue;
bad:
        if (incomplete && consumed) {
            at = start;
            break;
        }
        at = codec_decode_error(&e, &in, start, at, reason, &b);
        if (at < 0) {
            return NULL;
        }
    }
    if (consumed) {
        *consumed = at;
    }
    return str_builder_finish(&b);
}

Object *raw_unicode_escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed) {
    DecodeInput in = { (const uint8_t *)bytes, length, NULL };
    CodecErrors e;
    codec_errors_init(&e, "rawunicodeescape", errors);
    StrBuilder b;
    str_builder_init(&b, length);
    ssize_t at = 0;
    ssize_t polled = 0;
    while (at < in.length) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        uint8_t c = in.data[at];
        if (c != '\\' || (at + 1 >= in.length && !consumed)) {
            if (str_builder_char(&b, c) < 0) {
                return NULL;
            }
            at++;
            continue;
        }
        if (at + 1 >= in.length) {
            break;
        }
        uint8_t kind = in.data[at + 1];
        if (kind != 'u' && kind != 'U') {
            str_builder_char(&b, '\\');
            if (str_builder_char(&b, kind) < 0) {
                return NULL;
            }
            at += 2;
            continue;
        }
        int digits = kind == 'u' ? 4 : 8;
        ssize_t start = at;
        at += 2;
        uint32_t value = 0;
        const char *reason = kind == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
        int i = 0;
        for (; i < digits && at < in.length && hex_digit(in.data[at]) >= 0; i++) {
            value = value << 4 | (uint32_t)hex_digit(in.data[at++]);
        }
        if (i == digits && value <= 0x10ffff) {
            if (str_builder_char(&b, value) < 0) {
                return NULL;
            }
            continue;
        }
        if (i == digits) {
            reason = "\\Uxxxxxxxx out of range";
        } else if (at >= in.length && consumed) {
            at = start;
            break;
        }
        at = codec_decode_error(&e, &in, start, at, reason, &b);
        if (at < 0) {
            return NULL;
        }
    }
    if (consumed) {
        *consumed = at;
    }
    return str_builder_finish(&b);
}

#define PAIR(n) { "0123456789abcdef"[(n) >> 4], "0123456789abcdef"[(n) & 15] }
#define PAIRS4(n) PAIR(n), PAIR((n) + 1), PAIR((n) + 2), PAIR((n) + 3)
#define PAIRS16(n) PAIRS4(n), PAIRS4((n) + 4), PAIRS4((n) + 8), PAIRS4((n) + 12)
#define PAIRS64(n) PAIRS16(n), PAIRS16((n) + 16), PAIRS16((n) + 32), PAIRS16((n) + 48)
static const char hex_pairs[256][2] = { PAIRS64(0), PAIRS64(64), PAIRS64(128), PAIRS64(192) };

__attribute__((always_inline)) static inline Object *encode_kind(int kind, Object *str, bool raw) {
    ssize_t n = str_length(str);
    const void *text = str_data(str);
    BytesBuilder b = { 0 };
    enum { STRETCH = POLL_STRETCH >> 6, LONGEST = 10 }; // each character takes long
    uint32_t size = 0; // of the first stretch
    for (ssize_t i = 0; i < n && i < STRETCH; i++) {
        uint32_t c = text_read(kind, text, i), wide = c >= 0x100, widest = c >= 0x10000;
        uint32_t plain = raw ? !wide : c - ' ' < 0x7f - ' ';
        size += 4 + 2 * wide + 4 * widest - 3 * plain;
    }
    if (bytes_builder_reserve(&b, size_max(size, (size_t)n) + LONGEST) < 0) {
        return NULL;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (UNLIKELY(!(i & (STRETCH - 1))) && i && safepoint() < 0) {
            return NULL;
        }
        uint32_t c = text_read(kind, text, i);
        if (b.capacity - b.length < LONGEST && bytes_builder_reserve(&b, (size_t)(n - i) + LONGEST) < 0) {
            return NULL;
        }
        uint8_t *start = (uint8_t *)bytes_data(b.buffer) + b.length, *out = start;
        if (kind > 1 && c >= 0x100 && c < 0x10000) {
            memcpy(out, "\\u", 2);
            memcpy(out + 2, hex_pairs[c >> 8], 2);
            memcpy(out + 4, hex_pairs[c & 0xff], 2);
            b.length += 6;
            continue;
        }
        if (raw ? c < 0x100 : c >= ' ' && c < 0x7f && c != '\\') {
            *out++ = (uint8_t)c;
        } else if (!raw && (c == '\\' || c == '\t' || c == '\n' || c == '\r')) {
            *out++ = '\\';
            *out++ = c == '\\' ? '\\' : c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else {
            out += char_escape((char *)out, c);
        }
        b.length += (size_t)(out - start);
    }
    return bytes_builder_finish(&b);
}

static Object *encode(Object *str, bool raw) {
    int kind = str_kind(str);
    return kind == 1   ? encode_kind(1, str, raw)
           : kind == 2 ? encode_kind(2, str, raw)
                       : encode_kind(4, str, raw);
}

Object *unicode_escape_encode(Object *str) {
    return encode(str, false);
}

Object *raw_unicode_escape_encode(Object *str) {
    return encode(str, true);
}

Object *escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *first_invalid) {
    const uint8_t *p = (const uint8_t *)bytes;
    BytesBuilder b = { 0 };
    if (bytes_builder_reserve(&b, (size_t)length) < 0) {
        return NULL;
    }
    *first_invalid = -1;
    for (ssize_t i = 0; i < length;) {
        uint8_t c = p[i++], out[2];
        size_t count = 1;
        if (c != '\\') {
            out[0] = c;
        } else if (i >= length) {
            return raise_error(&exc_ValueError, "Trailing \\ in string");
        } else {
            ssize_t start = i - 1;
            c = p[i++];
            switch (c) {
            case '\n': count = 0; break;
            case '\\':
            case '\'':
            case '"': out[0] = c; break;
            case 'b': out[0] = '\b'; break;
            case 't': out[0] = '\t'; break;
            case 'n': out[0] = '\n'; break;
            case 'r': out[0] = '\r'; break;
            case 'f': out[0] = '\f'; break;
            case 'v': out[0] = '\v'; break;
            case 'a': out[0] = '\a'; break;
            case '0':
            case '1':
            case '2':
            case '3':
            case '4':
            case '5':
            case '6':
            case '7': {
                unsigned value = c - '0';
                for (int k = 0; k < 2 && i < length && p[i] >= '0' && p[i] <= '7'; k++) {
                    value = value * 8 + (p[i++] - '0');
                }
                if (value > 0xff && *first_invalid < 0) {
                    *first_invalid = start + 1;
                }
                out[0] = (uint8_t)value;
                break;
            }
            case 'x':
                if (i + 1 < length && hex_digit(p[i]) >= 0 && hex_digit(p[i + 1]) >= 0) {
                    out[0] = (uint8_t)(hex_digit(p[i]) << 4 | hex_digit(p[i + 1]));
                    i += 2;
                    break;
                }
                if (i < length && hex_digit(p[i]) >= 0) {
                    i++;
                }
                if (!errors || !strcmp(errors, "strict")) {
                    return raise_error(&exc_ValueError, "invalid \\x escape at position %zd", start);
                }
                if (!strcmp(errors, "replace")) {
                    out[0] = '?';
                } else if (!strcmp(errors, "ignore")) {
                    count = 0;
                } else {
                    return raise_error(&exc_ValueError, "decoding error; unknown error handling code: %s",
                                       errors);
                }
                break;
            default:
                if (*first_invalid < 0) {
                    *first_invalid = start + 1;
                }
                out[0] = '\\';
                out[1] = c;
                count = 2;
            }
        }
        if (count && bytes_builder_add(&b, out, count) < 0) {
            return NULL;
        }
    }
    return bytes_builder_finish(&b);
}
