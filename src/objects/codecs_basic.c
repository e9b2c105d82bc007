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
    size = utf8_measure_encoded(kind, text, (size_t)n, &surrogates);
    if (!surrogates) {
        Object *bytes = bytes_new((ssize_t)size);
        if (bytes) {
            utf8_encode(kind, text, (size_t)n, bytes_data(bytes), size);
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
    Object *input = owner ? memoryview_from_memory(bytes, length, true, owner) : NULL;
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
