// charmap: encodings that a table or mapping describes. EncodingMap, what charmap_build makes of a
// decoding table, is a dense array from characters of the first planes to bytes.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str_private.h"
#include "objects/type.h"
#include "objects/polling.h"

typedef struct EncodingMap {
    Object base;
    uint8_t padding[48];  // CPython's size
    uint16_t *pages;      // a plain-bytes cell: 256 page numbers, then pages of 256 (value + 1; 0: none)
} EncodingMap;

extern Type encoding_map_type;

static void map_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((EncodingMap *)self)->pages);
}

static Object *map_size(Object *self) {
    return int_from_ssize((ssize_t)heap_cell_size(((EncodingMap *)self)->pages));
}

static BuiltinDef map_methods[] = { BUILTIN("size", map_size, "($self, /)", 0, NULL), BUILTIN_END };
Type encoding_map_type;
static const TypeSpec encoding_map_spec = {
    .name = "EncodingMap",
    .basic_size = 64,
    .instance_size = sizeof(EncodingMap),
    .methods = map_methods,
    .trace = map_trace,
};

Object *charmap_build(Object *str) {
    ssize_t n = str_length(str) < 256 ? str_length(str) : 256;
    bool dense = n == 256 && str_read(str, 0) == 0;
    for (ssize_t i = 1; dense && i < n; i++) {
        uint32_t c = str_read(str, i);
        dense = c != 0 && c <= 0xffff;
    }
    if (!dense) {
        Object *dict = dict_new();
        for (ssize_t i = 0; dict && i < n; i++) {
            Object *key = int_from_i64(str_read(str, i)), *value = int_from_i64(i);
            if (!key || !value || dict_set(dict, key, value) < 0) {
                return NULL;
            }
        }
        return dict;
    }
    uint8_t page_of[256] = { 0 };
    int pages = 0;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = str_read(str, i);
        if (c != 0xfffe && !page_of[c >> 8]) {
            page_of[c >> 8] = (uint8_t)++pages;
        }
    }
    if (type_ready(&encoding_map_type, &encoding_map_spec) < 0) {
        return NULL;
    }
    EncodingMap *map = (EncodingMap *)object_alloc(&encoding_map_type);
    size_t size = (256 + (size_t)pages * 256) * sizeof(uint16_t);
    uint16_t *cells = map ? heap_alloc(size, CELL_BYTES) : NULL;
    if (!cells) {
        return NULL;
    }
    memset(cells, 0, size);
    for (int i = 0; i < 256; i++) {
        cells[i] = page_of[i];
    }
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = str_read(str, i);
        if (c != 0xfffe) {
            cells[256 + (page_of[c >> 8] - 1) * 256 + (c & 255)] = (uint16_t)(i + 1);
        }
    }
    gc_store(map, &map->pages, cells);
    return (Object *)map;
}

__attribute__((always_inline)) static inline ssize_t known_run(int kind, const void *text, ssize_t known,
                                                               const uint8_t *bytes, ssize_t length,
                                                               uint32_t *any) {
    ssize_t n = 0;
    uint32_t all = 0;
    for (; n < length && bytes[n] < known; n++) {
        uint32_t c = text_read(kind, text, bytes[n]);
        if (c == 0xfffe) {
            break;
        }
        all |= c;
    }
    *any = all;
    return n;
}

__attribute__((always_inline)) static inline void decode_known(int kind, int to_kind, const void *text,
                                                               const uint8_t *bytes, ssize_t n,
                                                               StrBuilder *b) {
    void *out = b->text + b->length * to_kind;
    for (ssize_t i = 0; i < n; i++) {
        text_write(to_kind, out, i, text_read(kind, text, bytes[i]));
    }
    b->length += n;
}

// Bytes for which the text `table` has characters, up to a stretch of them: how many; -1 with MemoryError.
static ssize_t decode_run(Object *table, const uint8_t *bytes, ssize_t length, StrBuilder *b) {
    enum { STRETCH = 1 << 16 };
    length = length < STRETCH ? length : STRETCH;
    int kind = str_kind(table);
    const void *text = str_data(table);
    ssize_t known = str_length(table);
    uint32_t any = 0;
    ssize_t n = kind == 1   ? known_run(1, text, known, bytes, length, &any)
                : kind == 2 ? known_run(2, text, known, bytes, length, &any)
                            : known_run(4, text, known, bytes, length, &any);
    if (n && str_builder_reserve(b, n, any) < 0) {
        return -1;
    }
    if (kind == 2 && b->kind == 2) {
        decode_known(2, 2, text, bytes, n, b);
    } else if (kind == 2 && b->kind == 1) {
        decode_known(2, 1, text, bytes, n, b);
    } else {
        decode_known(kind, b->kind, text, bytes, n, b);
    }
    return n;
}

Object *charmap_decode(const char *bytes, ssize_t length, const char *errors, Object *mapping) {
    if (!mapping || mapping == NONE) {
        return latin1_decode(bytes, length);
    }
    DecodeInput in = { (const uint8_t *)bytes, length, NULL };
    CodecErrors e;
    codec_errors_init(&e, "charmap", errors);
    StrBuilder b;
    str_builder_init(&b, length);
    ssize_t polled = 0;
    for (ssize_t at = 0; at < in.length;) {
        if (poll_past(at, &polled) < 0) {
            return NULL;
        }
        if (str_check_exact(mapping)) {
            ssize_t run = decode_run(mapping, in.data + at, in.length - at, &b);
            if (run < 0) {
                return NULL;
            }
            if (run) {
                at += run;
                continue;
            }
        }
        uint8_t byte = in.data[at];
        uint32_t c = 0xfffe;
        Object *text = NULL;
        if (str_check_exact(mapping)) {
            c = byte < str_length(mapping) ? str_read(mapping, byte) : 0xfffe;
        } else {
            Object *key = int_from_i64(byte);
            Object *value = key ? object_getitem(mapping, key) : NULL;
            if (!value) {
                if (!error_clear_if(&exc_LookupError)) {
                    return NULL;
                }
            } else if (int_check(value)) {
                int overflow;
                int64_t code = int_as_i64(value, &overflow);
                if (overflow || code < 0 || code > 0x10ffff) {
                    return raise_error(&exc_TypeError, "character mapping must be in range(0x%lx)",
                                       0x110000l);
                }
                c = (uint32_t)code;
            } else if (str_check(value)) {
                text = value;
                if (str_length(text) == 1 && str_read(text, 0) == 0xfffe) {
                    text = NULL;
                }
            } else if (value != NONE) {
                return raise_error(&exc_TypeError, "character mapping must return integer, None or str");
            }
        }
        if (text ? str_builder_str(&b, text) < 0 : c != 0xfffe && str_builder_char(&b, c) < 0) {
            return NULL;
        }
        if (text || c != 0xfffe) {
            at++;
            continue;
        }
        at = codec_decode_error(&e, &in, at, at + 1, "character maps to <undefined>", &b);
        if (at < 0) {
            return NULL;
        }
    }
    return str_builder_finish(&b);
}

// Appends what `c` maps to: 1, 0 when it maps to nothing, -1.
static int encode_char(Object *mapping, uint32_t c, BytesBuilder *b) {
    uint8_t byte;
    if (mapping->type == &encoding_map_type) {
        const uint16_t *pages = ((EncodingMap *)mapping)->pages;
        uint16_t page = c > 0xffff ? 0 : pages[c >> 8];
        uint16_t value = page ? pages[256 + (page - 1) * 256 + (c & 255)] : 0;
        if (!value) {
            return 0;
        }
        byte = (uint8_t)(value - 1);
        return bytes_builder_add(b, &byte, 1) < 0 ? -1 : 1;
    }
    Object *key = int_from_i64(c);
    Object *value = key ? object_getitem(mapping, key) : NULL;
    if (!value) {
        return error_clear_if(&exc_LookupError) ? 0 : -1;
    }
    if (value == NONE) {
        return 0;
    }
    if (int_check(value)) {
        int overflow;
        int64_t n = int_as_i64(value, &overflow);
        if (overflow || n < 0 || n > 255) {
            raise_error(&exc_TypeError, "character mapping must be in range(256)");
            return -1;
        }
        byte = (uint8_t)n;
        return bytes_builder_add(b, &byte, 1) < 0 ? -1 : 1;
    }
    if (bytes_check(value)) {
        return bytes_builder_add(b, bytes_data(value), (size_t)bytes_length(value)) < 0 ? -1 : 1;
    }
    raise_error(&exc_TypeError, "character mapping must return integer, bytes or None, not %T", value);
    return -1;
}

// As far as there is room, up to the first character that has no byte, or a stretch between two looks for signals.
__attribute__((always_inline)) static inline size_t encode_run_of(int kind, const EncodingMap *map,
                                                                  const void *text, size_t n, uint8_t *out) {
    const uint16_t *pages = map->pages;
    size_t i = 0;
    for (; i < n; i++) {
        uint32_t c = text_read(kind, text, (ssize_t)i);
        uint16_t page = c > 0xffff ? 0 : pages[c >> 8];
        uint16_t value = page ? pages[page * 256 + (c & 255)] : 0;
        if (!value) {
            break;
        }
        out[i] = (uint8_t)(value - 1);
    }
    return i;
}

static ssize_t encode_run(const EncodingMap *map, Object *str, ssize_t from, BytesBuilder *b) {
    size_t n = size_min(size_min((size_t)(str_length(str) - from), b->capacity - b->length), POLL_STRETCH);
    int kind = str_kind(str);
    const char *text = (const char *)str_data(str) + from * kind;
    uint8_t *out = (uint8_t *)bytes_data(b->buffer) + b->length;
    size_t done = kind == 1   ? encode_run_of(1, map, text, n, out)
                  : kind == 2 ? encode_run_of(2, map, text, n, out)
                              : encode_run_of(4, map, text, n, out);
    b->length += done;
    return from + (ssize_t)done;
}

Object *charmap_encode(Object *str, const char *errors, Object *mapping) {
    if (!mapping || mapping == NONE) {
        return latin1_encode(str, errors);
    }
    static const char reason[] = "character maps to <undefined>";
    ssize_t n = str_length(str);
    CodecErrors e;
    codec_errors_init(&e, "charmap", errors);
    if (e.mode == ERRORS_SURROGATEPASS) {
        e.mode = ERRORS_OTHER;
    }
    BytesBuilder b = { 0 };
    if (bytes_builder_reserve(&b, (size_t)n) < 0) {
        return NULL;
    }
    const EncodingMap *dense = mapping->type == &encoding_map_type ? (const EncodingMap *)mapping : NULL;
    ssize_t polled = 0;
    for (ssize_t i = 0; i < n;) {
        if (poll_past(i, &polled) < 0) {
            return NULL;
        }
        if (dense && (i = encode_run(dense, str, i, &b)) == n) {
            break;
        }
        int status = encode_char(mapping, str_read(str, i), &b);
        if (status < 0) {
            return NULL;
        }
        if (status) {
            i++;
            continue;
        }
        ssize_t end = i + 1;
        BytesBuilder scratch = { 0 };
        while (end < n && (status = encode_char(mapping, str_read(str, end), &scratch)) == 0) {
            end++;
        }
        if (status < 0) {
            return NULL;
        }
        Object *replacement;
        ssize_t next = codec_encode_error(&e, str, i, end, reason, &replacement);
        if (next < 0) {
            return NULL;
        }
        if (bytes_check(replacement)) {
            if (bytes_builder_add(&b, bytes_data(replacement), (size_t)bytes_length(replacement)) < 0) {
                return NULL;
            }
        } else {
            for (ssize_t k = 0; k < str_length(replacement); k++) {
                status = encode_char(mapping, str_read(replacement, k), &b);
                if (status <= 0) {
                    return status < 0 ? NULL : raise_encode_error("charmap", str, i, end, reason);
                }
            }
        }
        i = next;
    }
    return bytes_builder_finish(&b);
}
