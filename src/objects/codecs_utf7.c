// UTF-7 (RFC 2152): ASCII text in which '+' begins a run of UTF-16 units in modified base64, which '-' or
// any character outside base64 ends.
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"
#include "objects/str_private.h"
#include "objects/polling.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_value(uint32_t c) {
    return c - 'A' < 26   ? (int)(c - 'A')
           : c - 'a' < 26 ? (int)(c - 'a' + 26)
           : c - '0' < 10 ? (int)(c - '0' + 52)
           : c == '+'     ? 62
           : c == '/'     ? 63
                          : -1;
}

// Characters that the encoder leaves as they are: all of ASCII that is printable or white space, but for
// '+', '\\' and '~'.
static bool is_direct(uint32_t c) {
    return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 0x7f && c != '+' && c != '\\' && c != '~');
}

typedef struct Decoder {
    bool shifted;
    uint32_t bits;       // bits not used yet
    int count;
    uint32_t high;       // a high surrogate that waits for its partner, or 0
    ssize_t from;        // where the current sequence began
    ssize_t out_from;    // length of the output then
} Decoder;

static int put_unit(Decoder *d, StrBuilder *b, uint32_t unit) {
    if (d->high) {
        uint32_t high = d->high;
        d->high = 0;
        if (unit >= 0xdc00 && unit < 0xe000) {
            return str_builder_char(b, 0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)));
        }
        if (str_builder_char(b, high) < 0) {
            return -1;
        }
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
        d->high = unit;
        return 0;
    }
    return str_builder_char(b, unit);
}

Object *utf7_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed) {
    DecodeInput in = { (const uint8_t *)bytes, length, NULL };
    CodecErrors e;
    codec_errors_init(&e, "utf7", errors);
    StrBuilder b;
    str_builder_init(&b, length);
    Decoder d = { 0 };
    ssize_t at = 0, polled = 0;
    for (;;) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        const char *reason = NULL;
        ssize_t end;
        if (at >= in.length) {
            if (!d.shifted || consumed) {
                break;
            }
            d.shifted = false;
            if (!d.high && d.count < 6 && !(d.count > 0 && d.bits)) {
                break;
            }
            reason = "unterminated shift sequence";
            end = in.length;
        } else {
            uint32_t c = in.data[at];
            end = at + 1;
            if (d.shifted) {
                int value = digit_value(c);
                if (value >= 0) {
                    d.bits = d.bits << 6 | (uint32_t)value;
                    d.count += 6;
                    at++;
                    if (d.count >= 16) {
                        d.count -= 16;
                        uint32_t unit = d.bits >> d.count;
                        d.bits &= (1u << d.count) - 1;
                        if (put_unit(&d, &b, unit & 0xffff) < 0) {
                            return NULL;
                        }
                    }
                    continue;
                }
                d.shifted = false;
                if (d.count >= 6) {
                    reason = "partial character in shift sequence";
                } else if (d.count > 0 && d.bits) {
                    reason = "non-zero padding bits in shift sequence";
                } else {
                    if (d.high && c < 128 && c != '+' && str_builder_char(&b, d.high) < 0) {
                        return NULL;
                    }
                    d.high = 0;
                    at += c == '-';
                    continue;
                }
            } else if (c == '+') {
                d.from = at++;
                if (at < in.length && in.data[at] == '-') {
                    at++;
                    if (str_builder_char(&b, '+') < 0) {
                        return NULL;
                    }
                    continue;
                }
                if (at >= in.length || digit_value(in.data[at]) >= 0) {
                    d = (Decoder){ .shifted = true, .from = d.from, .out_from = b.length };
                    continue;
                }
                end = at + 1;
                reason = "ill-formed sequence";
            } else if (c < 128) {
                at++;
                if (str_builder_char(&b, c) < 0) {
                    return NULL;
                }
                continue;
            } else {
                d.from = at;
                reason = "unexpected special character";
            }
        }
        at = codec_decode_error(&e, &in, d.from, end, reason, &b);
        if (at < 0) {
            return NULL;
        }
    }
    if (consumed) {
        *consumed = d.shifted ? d.from : at;
        if (d.shifted) {
            b.length = d.out_from;  // the run is decoded again once it is complete
            Object *part = b.length ? str_from_kind(b.kind, b.text, b.length) : str_empty();
            return part;
        }
    }
    return str_builder_finish(&b);
}

static int put_bits(BytesBuilder *b, uint32_t *bits, int *count, uint32_t unit) {
    *bits = *bits << 16 | unit;
    *count += 16;
    while (*count >= 6) {
        *count -= 6;
        if (bytes_builder_add(b, &digits[*bits >> *count & 63], 1) < 0) {
            return -1;
        }
    }
    *bits &= (1u << *count) - 1;
    return 0;
}

Object *utf7_encode(Object *str, const char *errors) {
    BytesBuilder b = { 0 };
    bool shifted = false;
    uint32_t bits = 0;
    int count = 0;
    ssize_t polled = 0;
    for (ssize_t i = 0; i < str_length(str); i++) {
        if (poll_past(i, &polled) < 0) {
            return NULL;
        }
        uint32_t c = str_read(str, i);
        char byte = (char)c;
        if (is_direct(c)) {
            if (shifted) {
                if (count && bytes_builder_add(&b, &digits[bits << (6 - count) & 63], 1) < 0) {
                    return NULL;
                }
                bits = 0;
                count = 0;
                shifted = false;
                if ((digit_value(c) >= 0 || c == '-') && bytes_builder_add(&b, "-", 1) < 0) {
                    return NULL;
                }
            }
            if (bytes_builder_add(&b, &byte, 1) < 0) {
                return NULL;
            }
            continue;
        }
        if (!shifted) {
            if (c == '+') {
                if (bytes_builder_add(&b, "+-", 2) < 0) {
                    return NULL;
                }
                continue;
            }
            shifted = true;
            if (bytes_builder_add(&b, "+", 1) < 0) {
                return NULL;
            }
        }
        if (c >= 0x10000) {
            if (put_bits(&b, &bits, &count, 0xd7c0 + (c >> 10)) < 0) {
                return NULL;
            }
            c = 0xdc00 | (c & 0x3ff);
        }
        if (put_bits(&b, &bits, &count, c) < 0) {
            return NULL;
        }
    }
    if (count && bytes_builder_add(&b, &digits[bits << (6 - count) & 63], 1) < 0) {
        return NULL;
    }
    if (shifted && bytes_builder_add(&b, "-", 1) < 0) {
        return NULL;
    }
    return bytes_builder_finish(&b);
}
