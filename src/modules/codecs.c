// _codecs: the registry's functions, and every built-in encoding by itself. Each encoder returns
// (bytes, characters), each decoder (str, bytes consumed).
#include "objects/codecs.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

// A str argument as C text; *failed on error. NULL for None where `none` allows it.
static const char *text(const char *function, const char *which, Object *o, bool none, bool *failed) {
    if (!o || (none && o == NONE)) {
        return NULL;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError,
                    none ? "%s() %s must be str or None, not %K" : "%s() %s must be str, not %K", function,
                    which, o);
        *failed = true;
        return NULL;
    }
    ssize_t length;
    const char *utf8 = str_utf8(o, &length);
    if (utf8 && strlen(utf8) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        utf8 = NULL;
    }
    *failed = *failed || !utf8;
    return utf8;
}

static Object *pair(Object *result, ssize_t count) {
    Object *n = result ? int_from_ssize(count) : NULL;
    return n ? tuple_pack(2, result, n) : NULL;
}

// ---- registry

static Object *register_(Object *module, Object *function) {
    return codec_register(function) < 0 ? NULL : NONE;
}

static Object *unregister(Object *module, Object *function) {
    return codec_unregister(function) < 0 ? NULL : NONE;
}

static Object *lookup(Object *module, Object *encoding) {
    bool failed = false;
    const char *name = text("lookup", "argument", encoding, false, &failed);
    return failed ? NULL : codec_lookup(name);
}

static Object *encode(Object *module, Object *o, Object *encoding, Object *errors) {
    bool failed = false;
    const char *name = text("encode", "argument 'encoding'", encoding, false, &failed);
    const char *how = failed ? NULL : text("encode", "argument 'errors'", errors, false, &failed);
    return failed ? NULL : codec_encode(o, name ? name : "utf-8", how);
}

static Object *decode(Object *module, Object *o, Object *encoding, Object *errors) {
    bool failed = false;
    const char *name = text("decode", "argument 'encoding'", encoding, false, &failed);
    const char *how = failed ? NULL : text("decode", "argument 'errors'", errors, false, &failed);
    return failed ? NULL : codec_decode(o, name ? name : "utf-8", how);
}

static Object *register_error(Object *module, Object *name, Object *handler) {
    bool failed = false;
    text("register_error", "argument 1", name, false, &failed);
    return failed ? NULL : codec_register_error(name, handler);
}

static Object *lookup_error(Object *module, Object *name) {
    bool failed = false;
    const char *utf8 = text("lookup_error", "argument", name, false, &failed);
    return failed ? NULL : codec_lookup_error(utf8);
}

// ---- encoders

typedef Object *(*Encoder)(Object *str, const char *errors);

static Object *run_encoder(const char *name, Object *str, Object *errors, Encoder encoder) {
    bool failed = false;
    if (!str_check(str)) {
        return raise_error(&exc_TypeError, "%s() argument 1 must be str, not %K", name, str);
    }
    const char *how = text(name, "argument 2", errors, true, &failed);
    return failed ? NULL : pair(encoder(str, how), str_length(str));
}

static Object *utf16_le(Object *s, const char *errors) {
    return utf16_encode(s, errors, -1);
}
static Object *utf16_be(Object *s, const char *errors) {
    return utf16_encode(s, errors, 1);
}
static Object *utf32_le(Object *s, const char *errors) {
    return utf32_encode(s, errors, -1);
}
static Object *utf32_be(Object *s, const char *errors) {
    return utf32_encode(s, errors, 1);
}
static Object *escape(Object *s, const char *errors) {
    return unicode_escape_encode(s);
}
static Object *raw_escape(Object *s, const char *errors) {
    return raw_unicode_escape_encode(s);
}

static Object *utf_8_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_8_encode", s, e, str_encode_utf8);
}
static Object *utf_7_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_7_encode", s, e, utf7_encode);
}
static Object *latin_1_encode(Object *m, Object *s, Object *e) {
    return run_encoder("latin_1_encode", s, e, latin1_encode);
}
static Object *ascii_encode_(Object *m, Object *s, Object *e) {
    return run_encoder("ascii_encode", s, e, ascii_encode);
}
static Object *utf_16_le_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_16_le_encode", s, e, utf16_le);
}
static Object *utf_16_be_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_16_be_encode", s, e, utf16_be);
}
static Object *utf_32_le_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_32_le_encode", s, e, utf32_le);
}
static Object *utf_32_be_encode(Object *m, Object *s, Object *e) {
    return run_encoder("utf_32_be_encode", s, e, utf32_be);
}
static Object *unicode_escape_encode_(Object *m, Object *s, Object *e) {
    return run_encoder("unicode_escape_encode", s, e, escape);
}
static Object *raw_unicode_escape_encode_(Object *m, Object *s, Object *e) {
    return run_encoder("raw_unicode_escape_encode", s, e, raw_escape);
}

static Object *ordered_encode(const char *name, Object *str, Object *errors, Object *byteorder, int width) {
    bool failed = false;
    int order = 0;
    if (!str_check(str)) {
        return raise_error(&exc_TypeError, "%s() argument 1 must be str, not %K", name, str);
    }
    const char *how = text(name, "argument 2", errors, true, &failed);
    if (byteorder && !failed) {
        order = int_to_c_int(byteorder);
        failed = order == -1 && error_occurred();
    }
    if (failed) {
        return NULL;
    }
    return pair(width == 2 ? utf16_encode(str, how, order) : utf32_encode(str, how, order), str_length(str));
}

static Object *utf_16_encode(Object *m, Object *s, Object *e, Object *o) {
    return ordered_encode("utf_16_encode", s, e, o, 2);
}
static Object *utf_32_encode(Object *m, Object *s, Object *e, Object *o) {
    return ordered_encode("utf_32_encode", s, e, o, 4);
}

static Object *charmap_encode_(Object *module, Object *str, Object *errors, Object *mapping) {
    bool failed = false;
    if (!str_check(str)) {
        return raise_error(&exc_TypeError, "charmap_encode() argument 1 must be str, not %K", str);
    }
    const char *how = text("charmap_encode", "argument 2", errors, true, &failed);
    return failed ? NULL : pair(charmap_encode(str, how, mapping), str_length(str));
}

static Object *charmap_build_(Object *module, Object *map) {
    return str_check(map) ? charmap_build(map)
                          : raise_error(&exc_TypeError, "charmap_build() argument must be str, not %K", map);
}

static Object *escape_encode(Object *module, Object *data, Object *errors) {
    if (!bytes_check(data)) {
        return raise_error(&exc_TypeError, "escape_encode() argument 1 must be bytes, not %K", data);
    }
    bool failed = false;
    text("escape_encode", "argument 2", errors, true, &failed);
    if (failed) {
        return NULL;
    }
    BytesBuilder b = { 0 };
    for (ssize_t i = 0; i < bytes_length(data); i++) {
        uint8_t c = (uint8_t)bytes_data(data)[i];
        char out[8];
        int n;
        if (c == '\'' || c == '\\') {
            n = snprintf(out, sizeof out, "\\%c", c);
        } else if (c == '\t' || c == '\n' || c == '\r') {
            n = snprintf(out, sizeof out, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
        } else {
            n = snprintf(out, sizeof out, c < ' ' || c >= 0x7f ? "\\x%02x" : "%c", c);
        }
        if (bytes_builder_add(&b, out, (size_t)n) < 0) {
            return NULL;
        }
    }
    return pair(bytes_builder_finish(&b), bytes_length(data));
}

// ---- decoders

typedef Object *(*Decoder)(const char *data, ssize_t length, const char *errors, ssize_t *consumed);

// The bytes of the argument; a str counts as its UTF-8 form where `str_allowed`.
static int open_data(Object *data, Buffer *view, bool str_allowed) {
    if (str_allowed && str_check(data)) {
        *view = (Buffer){ 0 };
        const char *utf8 = str_utf8(data, &view->length);
        view->data = (void *)utf8;
        return utf8 ? 0 : -1;
    }
    if (!buffer_check(data)) {
        raise_error(&exc_TypeError, "a bytes-like object is required, not '%T'", data);
        return -1;
    }
    return object_get_steady_buffer(data, view);
}

static void close_data(Buffer *view) {
    if (view->object) {
        buffer_release(view);
    }
}

static Object *run_decoder(const char *name, Object *data, Object *errors, Object *final, bool final_default,
                           bool str_allowed, Decoder decoder) {
    bool failed = false;
    Buffer view;
    if (open_data(data, &view, str_allowed) < 0) {
        return NULL;
    }
    const char *how = text(name, "argument 2", errors, true, &failed);
    int is_final = final_default;
    if (final && !failed) {
        is_final = int_to_c_int(final);
        failed = is_final == -1 && error_occurred();
    }
    if (failed) {
        close_data(&view);
        return NULL;
    }
    ssize_t consumed = view.length;
    Object *result = decoder(view.data ? view.data : "", view.length, how, is_final ? NULL : &consumed);
    close_data(&view);
    return pair(result, consumed);
}

static Object *utf16_any(const char *d, ssize_t n, const char *e, ssize_t *c) {
    return utf16_decode(d, n, e, NULL, c);
}
static Object *utf16_le_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    int o = -1;
    return utf16_decode(d, n, e, &o, c);
}
static Object *utf16_be_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    int o = 1;
    return utf16_decode(d, n, e, &o, c);
}
static Object *utf32_any(const char *d, ssize_t n, const char *e, ssize_t *c) {
    return utf32_decode(d, n, e, NULL, c);
}
static Object *utf32_le_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    int o = -1;
    return utf32_decode(d, n, e, &o, c);
}
static Object *utf32_be_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    int o = 1;
    return utf32_decode(d, n, e, &o, c);
}
static Object *latin1_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    return latin1_decode(d, n);
}
static Object *ascii_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    return ascii_decode(d, n, e);
}

static Object *unicode_escape_d(const char *d, ssize_t n, const char *e, ssize_t *c) {
    InvalidEscape invalid;
    Object *result = unicode_escape_decode(d, n, e, c, &invalid);
    if (result && invalid.length) {
        const uint8_t *t = invalid.text;
        int status = invalid.length == 3
                         ? warn(&exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%c%c%c'", t[0],
                                t[1], t[2])
                         : warn(&exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", t[0]);
        if (status < 0) {
            return NULL;
        }
    }
    return result;
}

static Object *utf_8_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_8_decode", d, e, f, false, false, utf8_decode);
}
static Object *utf_7_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_7_decode", d, e, f, false, false, utf7_decode);
}
static Object *utf_16_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_16_decode", d, e, f, false, false, utf16_any);
}
static Object *utf_16_le_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_16_le_decode", d, e, f, false, false, utf16_le_d);
}
static Object *utf_16_be_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_16_be_decode", d, e, f, false, false, utf16_be_d);
}
static Object *utf_32_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_32_decode", d, e, f, false, false, utf32_any);
}
static Object *utf_32_le_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_32_le_decode", d, e, f, false, false, utf32_le_d);
}
static Object *utf_32_be_decode(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("utf_32_be_decode", d, e, f, false, false, utf32_be_d);
}
static Object *unicode_escape_decode_(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("unicode_escape_decode", d, e, f, true, true, unicode_escape_d);
}
static Object *raw_unicode_escape_decode_(Object *m, Object *d, Object *e, Object *f) {
    return run_decoder("raw_unicode_escape_decode", d, e, f, true, true, raw_unicode_escape_decode);
}
static Object *latin_1_decode(Object *m, Object *d, Object *e) {
    return run_decoder("latin_1_decode", d, e, NULL, true, false, latin1_d);
}
static Object *ascii_decode_(Object *m, Object *d, Object *e) {
    return run_decoder("ascii_decode", d, e, NULL, true, false, ascii_d);
}

static Object *ex_decode(const char *name, Object *data, Object *errors, Object *byteorder, Object *final,
                         int width) {
    bool failed = false;
    Buffer view;
    if (open_data(data, &view, false) < 0) {
        return NULL;
    }
    const char *how = text(name, "argument 2", errors, true, &failed);
    int order = 0, is_final = 0;
    if (byteorder && !failed) {
        order = int_to_c_int(byteorder);
        failed = order == -1 && error_occurred();
    }
    if (final && !failed) {
        is_final = int_to_c_int(final);
        failed = is_final == -1 && error_occurred();
    }
    if (failed) {
        close_data(&view);
        return NULL;
    }
    ssize_t consumed = view.length;
    Object *result = (width == 2 ? utf16_decode : utf32_decode)(view.data ? view.data : "", view.length, how,
                                                                &order, is_final ? NULL : &consumed);
    close_data(&view);
    Object *n = result ? int_from_ssize(consumed) : NULL, *o = n ? int_from_i64(order) : NULL;
    return o ? tuple_pack(3, result, n, o) : NULL;
}

static Object *utf_16_ex_decode(Object *m, Object *d, Object *e, Object *o, Object *f) {
    return ex_decode("utf_16_ex_decode", d, e, o, f, 2);
}
static Object *utf_32_ex_decode(Object *m, Object *d, Object *e, Object *o, Object *f) {
    return ex_decode("utf_32_ex_decode", d, e, o, f, 4);
}

static Object *charmap_decode_(Object *module, Object *data, Object *errors, Object *mapping) {
    bool failed = false;
    Buffer view;
    if (open_data(data, &view, false) < 0) {
        return NULL;
    }
    const char *how = text("charmap_decode", "argument 2", errors, true, &failed);
    if (failed) {
        close_data(&view);
        return NULL;
    }
    Object *result = charmap_decode(view.data ? view.data : "", view.length, how, mapping);
    ssize_t n = view.length;
    close_data(&view);
    return pair(result, n);
}

static Object *escape_decode_(Object *module, Object *data, Object *errors) {
    bool failed = false;
    Buffer view;
    if (open_data(data, &view, true) < 0) {
        return NULL;
    }
    const char *how = text("escape_decode", "argument 2", errors, true, &failed);
    if (failed) {
        close_data(&view);
        return NULL;
    }
    ssize_t invalid, n = view.length;
    Object *result = escape_decode(view.data ? view.data : "", view.length, how, &invalid);
    if (result && invalid >= 0) {
        const char *p = (const char *)view.data + invalid;
        int status = *p >= '0' && *p <= '7'
                         ? warn(&exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%c%c%c'", *p,
                                p[1], p[2])
                         : warn(&exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", (uint8_t)*p);
        result = status < 0 ? NULL : result;
    }
    close_data(&view);
    return pair(result, n);
}

static Object *readbuffer_encode(Object *module, Object *data, Object *errors) {
    bool failed = false;
    Buffer view;
    if (open_data(data, &view, true) < 0) {
        return NULL;
    }
    text("readbuffer_encode", "argument 2", errors, true, &failed);
    if (failed) {
        close_data(&view);
        return NULL;
    }
    Object *result = bytes_from(view.data ? view.data : "", view.length);
    ssize_t n = view.length;
    close_data(&view);
    return pair(result, n);
}

#define ENCODER "($module, str, errors=None, /)"
#define DECODER "($module, data, errors=None, final=False, /)"
static BuiltinDef functions[] = {
    BUILTIN("register", register_, "($module, search_function, /)", 0, NULL),
    BUILTIN("unregister", unregister, "($module, search_function, /)", 0, NULL),
    BUILTIN("lookup", lookup, "($module, encoding, /)", 0, NULL),
    BUILTIN("encode", encode, "($module, /, obj, encoding='utf-8', errors='strict')", 0, NULL),
    BUILTIN("decode", decode, "($module, /, obj, encoding='utf-8', errors='strict')", 0, NULL),
    BUILTIN("escape_encode", escape_encode, "($module, data, errors=None, /)", 0, NULL),
    BUILTIN("escape_decode", escape_decode_, "($module, data, errors=None, /)", 0, NULL),
    BUILTIN("utf_8_encode", utf_8_encode, ENCODER, 0, NULL),
    BUILTIN("utf_8_decode", utf_8_decode, DECODER, 0, NULL),
    BUILTIN("utf_7_encode", utf_7_encode, ENCODER, 0, NULL),
    BUILTIN("utf_7_decode", utf_7_decode, DECODER, 0, NULL),
    BUILTIN("utf_16_encode", utf_16_encode, "($module, str, errors=None, byteorder=0, /)", 0, NULL),
    BUILTIN("utf_16_le_encode", utf_16_le_encode, ENCODER, 0, NULL),
    BUILTIN("utf_16_be_encode", utf_16_be_encode, ENCODER, 0, NULL),
    BUILTIN("utf_16_decode", utf_16_decode, DECODER, 0, NULL),
    BUILTIN("utf_16_le_decode", utf_16_le_decode, DECODER, 0, NULL),
    BUILTIN("utf_16_be_decode", utf_16_be_decode, DECODER, 0, NULL),
    BUILTIN("utf_16_ex_decode", utf_16_ex_decode,
            "($module, data, errors=None, byteorder=0, final=False,\n                 /)", 0, NULL),
    BUILTIN("utf_32_encode", utf_32_encode, "($module, str, errors=None, byteorder=0, /)", 0, NULL),
    BUILTIN("utf_32_le_encode", utf_32_le_encode, ENCODER, 0, NULL),
    BUILTIN("utf_32_be_encode", utf_32_be_encode, ENCODER, 0, NULL),
    BUILTIN("utf_32_decode", utf_32_decode, DECODER, 0, NULL),
    BUILTIN("utf_32_le_decode", utf_32_le_decode, DECODER, 0, NULL),
    BUILTIN("utf_32_be_decode", utf_32_be_decode, DECODER, 0, NULL),
    BUILTIN("utf_32_ex_decode", utf_32_ex_decode,
            "($module, data, errors=None, byteorder=0, final=False,\n                 /)", 0, NULL),
    BUILTIN("unicode_escape_encode", unicode_escape_encode_, ENCODER, 0, NULL),
    BUILTIN("unicode_escape_decode", unicode_escape_decode_, "($module, data, errors=None, final=True, /)", 0,
            NULL),
    BUILTIN("raw_unicode_escape_encode", raw_unicode_escape_encode_, ENCODER, 0, NULL),
    BUILTIN("raw_unicode_escape_decode", raw_unicode_escape_decode_,
            "($module, data, errors=None, final=True, /)", 0, NULL),
    BUILTIN("latin_1_encode", latin_1_encode, ENCODER, 0, NULL),
    BUILTIN("latin_1_decode", latin_1_decode, "($module, data, errors=None, /)", 0, NULL),
    BUILTIN("ascii_encode", ascii_encode_, ENCODER, 0, NULL),
    BUILTIN("ascii_decode", ascii_decode_, "($module, data, errors=None, /)", 0, NULL),
    BUILTIN("charmap_encode", charmap_encode_, "($module, str, errors=None, mapping=None, /)", 0, NULL),
    BUILTIN("charmap_decode", charmap_decode_, "($module, data, errors=None, mapping=None, /)", 0, NULL),
    BUILTIN("charmap_build", charmap_build_, "($module, map, /)", 0, NULL),
    BUILTIN("readbuffer_encode", readbuffer_encode, "($module, data, errors=None, /)", 0, NULL),
    BUILTIN("register_error", register_error, "($module, errors, handler, /)", 0, NULL),
    BUILTIN("lookup_error", lookup_error, "($module, name, /)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_codecs = { .name = "_codecs", .functions = functions };
