// TextIOWrapper and IncrementalNewlineDecoder.
//
// Bytes come in chunks through read1() and are decoded incrementally: UTF-8, ASCII and Latin-1 here,
// with the incomplete tail kept in `pending`; every other encoding through the incremental decoder of
// the codecs machinery. A mutex keeps threads apart, as in buffered.c.
#include <langinfo.h>

#include "modules/io/io.h"
#include "objects/dict.h"
#include "vm/runtime.h"

Object *newlines_seen(int seen) {
    const char *const texts[3] = { "\r", "\n", "\r\n" };
    Object *found[3];
    size_t count = 0;
    for (int i = 0; i < 3; i++) {
        if (seen >> i & 1 && !(found[count++] = str_from_cstring(texts[i]))) {
            return NULL;
        }
    }
    return count == 0 ? NONE : count == 1 ? found[0] : tuple_from_array(found, (ssize_t)count);
}

Object *newlines_translate(Object *text, bool translate, int *seen) {
    ssize_t length = str_length(text);
    int kind = str_kind(text);
    void *data = str_data(text);
    bool has_cr = false;
    if (kind == 1 && !memchr(data, '\r', (size_t)length)) {
        if (memchr(data, '\n', (size_t)length)) {
            *seen |= 2;
        }
        return text;
    }
    StrBuilder out;
    str_builder_init(&out, length);
    for (ssize_t i = 0; i < length; i++) {
        uint32_t c = text_read(kind, data, i);
        if (c == '\n') {
            *seen |= 2;
        } else if (c == '\r') {
            has_cr = true;
            bool pair = i + 1 < length && text_read(kind, data, i + 1) == '\n';
            *seen |= pair ? 4 : 1;
            if (translate) {
                i += pair;
                c = '\n';
            } else if (pair) {
                if (str_builder_char(&out, c) < 0) {
                    return NULL;
                }
                c = '\n';
                i++;
            }
        }
        if (str_builder_char(&out, c) < 0) {
            return NULL;
        }
    }
    return has_cr && translate ? str_builder_finish(&out) : text;
}

// ---- IncrementalNewlineDecoder

typedef struct NewlineDecoder {
    Object base;
    Object *decoder, *errors;
    bool translate, pending_cr;
    int seen;
} NewlineDecoder;

static inline NewlineDecoder *nld(Object *o) { return (NewlineDecoder *)o; }

static void nld_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, nld(self)->decoder);
    trace_cell(tracer, nld(self)->errors);
}

static Object *plain_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int nld_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[3];
    if (signature_bind(&signature, "IncrementalNewlineDecoder", "|(decoder, translate, errors='strict')", args,
                       nargs, kwnames, b) < 0) {
        return -1;
    }
    int translate = object_is_true(b[1]);
    if (translate < 0) {
        return -1;
    }
    gc_store(self, &nld(self)->decoder, b[0]);
    gc_store(self, &nld(self)->errors, b[2]);
    nld(self)->translate = translate;
    return 0;
}

static Object *nld_feed(Object *self, Object *text, bool final) {
    NewlineDecoder *d = nld(self);
    if (d->pending_cr && (final || str_length(text))) {
        Object *cr = str_from_cstring("\r");
        text = cr ? str_concat(cr, text) : NULL;
        d->pending_cr = false;
    }
    if (!text) {
        return NULL;
    }
    ssize_t n = str_length(text);
    if (!final && n && str_read(text, n - 1) == '\r') {
        d->pending_cr = true;
        text = str_substring(text, 0, n - 1);
    }
    return text ? newlines_translate(text, d->translate, &d->seen) : NULL;
}

// NULL with ValueError when __init__ never ran.
static Object *nld_decoder(Object *self) {
    Object *decoder = nld(self)->decoder;
    return decoder ? decoder : raise_error(&exc_ValueError, "IncrementalNewlineDecoder.__init__() not called");
}

static Object *nld_decode(Object *self, Object *input, Object *final_object) {
    int final = final_object ? object_is_true(final_object) : 0;
    if (final < 0 || !nld_decoder(self)) {
        return NULL;
    }
    Object *text = nld(self)->decoder == NONE
                       ? input : call_method2(nld(self)->decoder, names.decode, input, bool_from(final));
    if (text && !str_check(text)) {
        return raise_error(&exc_TypeError, "decoder should return a string result, not '%T'", text);
    }
    return text ? nld_feed(self, text, final) : NULL;
}

static Object *nld_getstate(Object *self) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    Object *data = bytes_from("", 0), *flag = int_from_i64(0);
    if (nld(self)->decoder != NONE) {
        Object *state = io_call(nld(self)->decoder, "getstate");
        if (!state || !tuple_check(state) || tuple_size(state) != 2) {
            return state ? raise_error(&exc_TypeError, "illegal decoder state") : NULL;
        }
        data = tuple_get(state, 0);
        flag = tuple_get(state, 1);
    }
    int64_t bits = int_to_i64(flag);
    flag = int_from_i64(bits << 1 | nld(self)->pending_cr);
    return data && flag ? tuple_pack(2, data, flag) : NULL;
}

static Object *nld_setstate(Object *self, Object *state) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    if (!tuple_check(state) || tuple_size(state) != 2) {
        return raise_error(&exc_TypeError, "state argument must be a tuple");
    }
    int64_t bits = int_to_i64(tuple_get(state, 1));
    if (error_occurred()) {
        return NULL;
    }
    nld(self)->pending_cr = bits & 1;
    if (nld(self)->decoder != NONE) {
        Object *inner = tuple_pack(2, tuple_get(state, 0), int_from_i64(bits >> 1));
        return inner ? io_call1(nld(self)->decoder, "setstate", inner) : NULL;
    }
    return NONE;
}

static Object *nld_reset(Object *self) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    nld(self)->seen = 0;
    nld(self)->pending_cr = false;
    return nld(self)->decoder != NONE ? io_call(nld(self)->decoder, "reset") : NONE;
}
static Object *nld_newlines(Object *self, void *closure) { return newlines_seen(nld(self)->seen); }

static BuiltinDef nld_methods[] = {
    BUILTIN("decode", nld_decode, "($self, /, input, final=False)", 0, NULL),
    BUILTIN("getstate", nld_getstate, "($self, /)", 0, NULL),
    BUILTIN("setstate", nld_setstate, "($self, state, /)", 0, NULL),
    BUILTIN("reset", nld_reset, "($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef nld_getsets[] = {
    { "newlines", nld_newlines, NULL, NULL, NULL }, { NULL, NULL, NULL, NULL, NULL },
};
Type newline_decoder_type;
const TypeSpec newline_decoder_spec = {
    .name = "_io.IncrementalNewlineDecoder", .basic_size = sizeof(NewlineDecoder), .flags = TF_BASE | TF_GC,
    .methods = nld_methods, .getsets = nld_getsets, .trace = nld_trace,
    .slots = { .new = plain_new, .init = nld_init },
};

// ---- TextIOWrapper

typedef enum TextCodec { CODEC_OTHER, CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1 } TextCodec;

typedef struct TextIO {
    IoHead head;
    Object *buffer, *encoding, *errors, *newline;  // newline: None or str
    Object *decoder, *encoder;                     // CODEC_OTHER only
    Object *decoded;       // str, NULL: nothing
    ssize_t used;          // characters of `decoded` that were given out
    Object *snapshot;      // bytes that `decoded` came from (with what was pending before)
    Object *pending;       // undecoded bytes (an incomplete character, or "\r" held back)
    char *out;             // encoded, not yet written
    size_t out_length, out_capacity;
    TextCodec codec;
    bool universal, translate_read, crlf_write, cr_write, line_buffering, write_through, pending_cr, eof;
    bool ready, detached, telling, seekable, encoding_start;
    int seen;
    Mutex mutex;
    Thread *owner;
} TextIO;

static inline TextIO *tio(Object *o) { return (TextIO *)o; }

static void textio_trace(Object *self, Tracer *tracer) {
    TextIO *t = tio(self);
    io_trace_head(self, tracer);
    Object *const cells[] = { t->buffer, t->encoding, t->errors, t->newline, t->decoder, t->encoder,
                              t->decoded, t->snapshot, t->pending, (Object *)t->out };
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        trace_cell(tracer, cells[i]);
    }
}

static int check_ready(Object *self) {
    if (!tio(self)->ready) {
        raise_error(&exc_ValueError, tio(self)->detached ? "underlying buffer has been detached"
                                                         : "I/O operation on uninitialized object");
        return -1;
    }
    return 0;
}

static int check_open(Object *self) {
    if (check_ready(self) < 0) {
        return -1;
    }
    int closed = io_is_closed(tio(self)->buffer);
    if (closed > 0) {
        raise_closed();
    }
    return closed ? -1 : 0;
}

static int enter(Object *self) {
    TextIO *t = tio(self);
    if (__atomic_load_n(&t->owner, __ATOMIC_RELAXED) == thread_current) {
        return 1;  // a signal handler that prints: goes on inside
    }
    mutex_lock(&t->mutex);
    __atomic_store_n(&t->owner, thread_current, __ATOMIC_RELAXED);
    return 0;
}

static void leave(Object *self, int nested) {
    if (nested == 0) {
        __atomic_store_n(&tio(self)->owner, NULL, __ATOMIC_RELAXED);
        mutex_unlock(&tio(self)->mutex);
    }
}

static TextCodec codec_of(const char *name) {
    char plain[32];
    size_t n = 0;
    for (; *name && n < sizeof(plain) - 1; name++) {
        char c = *name;
        plain[n++] = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    plain[n] = 0;
    static const struct { const char *name; TextCodec codec; } table[] = {
        { "utf-8", CODEC_UTF8 }, { "utf8", CODEC_UTF8 }, { "ascii", CODEC_ASCII }, { "us-ascii", CODEC_ASCII },
        { "latin-1", CODEC_LATIN1 }, { "latin1", CODEC_LATIN1 }, { "iso-8859-1", CODEC_LATIN1 },
        { "iso8859-1", CODEC_LATIN1 },
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!strcmp(plain, table[i].name)) {
            return table[i].codec;
        }
    }
    return CODEC_OTHER;
}

static int set_newline(Object *self, Object *newline) {
    TextIO *t = tio(self);
    if (newline != NONE && !str_check(newline)) {
        raise_error(&exc_TypeError, "newline must be str or None, not %T", newline);
        return -1;
    }
    if (newline != NONE && str_length(newline) && !str_equal_cstring(newline, "\n") &&
        !str_equal_cstring(newline, "\r") && !str_equal_cstring(newline, "\r\n")) {
        raise_error(&exc_ValueError, "illegal newline value: %U", newline);
        return -1;
    }
    gc_store(self, &t->newline, newline);
    t->universal = newline == NONE || !str_length(newline);
    t->translate_read = newline == NONE;
    t->crlf_write = newline != NONE && str_equal_cstring(newline, "\r\n");
    t->cr_write = newline != NONE && str_equal_cstring(newline, "\r");
    return 0;
}

static int set_codec(Object *self, Object *encoding, Object *errors) {
    TextIO *t = tio(self);
    const char *name = str_utf8(encoding, NULL);
    if (!name) {
        return -1;
    }
    t->codec = codec_of(name);
    gc_store(self, &t->encoding, encoding);
    gc_store(self, &t->errors, errors);
    gc_store(self, &t->decoder, NULL);
    gc_store(self, &t->encoder, NULL);
    if (t->codec != CODEC_OTHER) {
        return 0;
    }
    Object *lookup = import_get_attr("codecs", "lookup"), *info = lookup ? call1(lookup, encoding) : NULL;
    Object *is_text = info ? object_getattr_cstring(info, "_is_text_encoding") : NULL;
    if (!is_text) {
        return -1;
    }
    if (is_text == FALSE_OBJECT) {
        raise_error(&exc_LookupError, "'%U' is not a text encoding; use codecs.open() to handle arbitrary codecs",
                    encoding);
        return -1;
    }
    Object *readable = io_call(t->buffer, "readable"), *writable = readable ? io_call(t->buffer, "writable") : NULL;
    if (!writable) {
        return -1;
    }
    if (object_is_true(readable) > 0) {
        Object *make = object_getattr_cstring(info, "incrementaldecoder"), *made = make ? call1(make, errors) : NULL;
        if (!made) {
            return -1;
        }
        gc_store(self, &t->decoder, made);
    }
    if (object_is_true(writable) > 0) {
        Object *make = object_getattr_cstring(info, "incrementalencoder"), *made = make ? call1(make, errors) : NULL;
        if (!made) {
            return -1;
        }
        gc_store(self, &t->encoder, made);
    }
    return 0;
}

// What the locale says; plain ASCII (the C locale) means UTF-8, as PEP 538 and 540 have it.
static Object *locale_encoding(void) {
    const char *name = nl_langinfo(CODESET);
    if (config.utf8_mode || !*name || !strcmp(name, "ANSI_X3.4-1968")) {
        name = "utf-8";
    }
    return str_from_cstring(name);
}

static int textio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[6];
    if (signature_bind(&signature, "TextIOWrapper",
                       "|(buffer, encoding=None, errors=None, newline=None, line_buffering=False, "
                       "write_through=False)", args, nargs, kwnames, b) < 0) {
        return -1;
    }
    TextIO *t = tio(self);
    t->ready = t->detached = false;
    Object *encoding = b[1] && b[1] != NONE ? b[1] : NULL, *errors = b[2] && b[2] != NONE ? b[2] : NULL;
    if (encoding && !str_check(encoding)) {
        raise_error(&exc_TypeError, "TextIOWrapper() argument 'encoding' must be str or None, not %T", encoding);
        return -1;
    }
    if (errors && !str_check(errors)) {
        raise_error(&exc_TypeError, "TextIOWrapper() argument 'errors' must be str or None, not %T", errors);
        return -1;
    }
    if (encoding && str_equal_cstring(encoding, "locale")) {
        encoding = NULL;
    }
    if (!encoding && !(encoding = locale_encoding())) {
        return -1;
    }
    if (!errors && !(errors = str_intern_cstring("strict"))) {
        return -1;
    }
    int line_buffering = b[4] ? object_is_true(b[4]) : 0, write_through = b[5] ? object_is_true(b[5]) : 0;
    if (line_buffering < 0 || write_through < 0 || set_newline(self, b[3] ? b[3] : NONE) < 0) {
        return -1;
    }
    gc_store(self, &t->buffer, b[0]);
    gc_store(self, &t->decoded, NULL);
    gc_store(self, &t->snapshot, NULL);
    gc_store(self, &t->pending, NULL);
    t->used = 0;
    t->out_length = 0;
    t->pending_cr = t->eof = false;
    t->seen = 0;
    t->line_buffering = line_buffering;
    t->write_through = write_through;
    if (set_codec(self, encoding, errors) < 0) {
        return -1;
    }
    Object *seekable = io_call(b[0], "seekable");
    int can = seekable ? object_is_true(seekable) : -1;
    if (can < 0) {
        return -1;
    }
    t->seekable = t->telling = can;
    t->ready = true;
    return 0;
}

// ---- writing

static int flush_out(Object *self) {
    TextIO *t = tio(self);
    while (t->out_length) {
        Object *bytes = bytes_from(t->out, (ssize_t)t->out_length);
        if (!bytes) {
            return -1;
        }
        t->out_length = 0;
        if (!call_method1(t->buffer, names.write, bytes)) {
            return -1;
        }
    }
    return 0;
}

static int put_out(Object *self, const char *data, size_t size) {
    TextIO *t = tio(self);
    if (t->out_length + size > t->out_capacity) {
        if (flush_out(self) < 0) {
            return -1;
        }
        if (size >= IO_BUFFER_SIZE) {
            Object *bytes = bytes_from(data, (ssize_t)size);
            return bytes && call_method1(t->buffer, names.write, bytes) ? 0 : -1;
        }
        if (!t->out) {
            char *out = heap_alloc(IO_BUFFER_SIZE, CELL_BYTES);
            if (!out) {
                return -1;
            }
            gc_store(self, &t->out, out);
            t->out_capacity = IO_BUFFER_SIZE;
        }
    }
    memcpy(t->out + t->out_length, data, size);
    t->out_length += size;
    return 0;
}

static void forget_decoded(Object *self) {
    TextIO *t = tio(self);
    gc_store(self, &t->decoded, NULL);
    gc_store(self, &t->snapshot, NULL);
    gc_store(self, &t->pending, NULL);
    t->used = 0;
    t->pending_cr = t->eof = false;
}

static int write_text(Object *self, Object *text) {
    TextIO *t = tio(self);
    bool has_newline = (t->line_buffering || t->crlf_write || t->cr_write) &&
                       str_find_char(text, '\n', 0, str_length(text), 1) >= 0;
    bool flush = t->line_buffering &&
                 (has_newline || str_find_char(text, '\r', 0, str_length(text), 1) >= 0);
    if (has_newline && (t->crlf_write || t->cr_write)) {
        text = str_replace(text, str_from_cstring("\n"), t->newline, -1);
        if (!text) {
            return -1;
        }
    }
    bool plain = t->codec != CODEC_OTHER;
    if (plain && (str_is_ascii(text) || (t->codec == CODEC_LATIN1 && str_kind(text) == 1))) {
        if (put_out(self, str_data(text), (size_t)str_length(text)) < 0) {
            return -1;
        }
    } else {
        Object *bytes;
        if (plain) {
            bytes = str_encode(text, t->codec == CODEC_UTF8 ? "utf-8" : t->codec == CODEC_ASCII ? "ascii" : "latin-1",
                               str_utf8(t->errors, NULL));
        } else if (!t->encoder) {
            raise_unsupported("not writable");
            return -1;
        } else {
            bytes = call_method1(t->encoder, names.encode, text);
        }
        if (!bytes) {
            return -1;
        }
        if (!bytes_check(bytes)) {
            raise_error(&exc_TypeError, "encoder should return a bytes object, not '%T'", bytes);
            return -1;
        }
        if (put_out(self, bytes_data(bytes), (size_t)bytes_length(bytes)) < 0) {
            return -1;
        }
    }
    if (t->write_through || flush) {
        if (flush_out(self) < 0) {
            return -1;
        }
    }
    if (flush && !call_method0(t->buffer, names.flush)) {
        return -1;
    }
    if (t->decoded || t->snapshot) {
        forget_decoded(self);
    }
    return 0;
}

static Object *textio_write(Object *self, Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "write() argument must be str, not %T", text);
    }
    if (check_open(self) < 0) {
        return NULL;
    }
    if (!tio(self)->out) {
        // The first write finds out whether the stream can be written to at all.
        Object *writable = io_call(tio(self)->buffer, "writable");
        if (!writable) {
            return NULL;
        }
        if (object_is_true(writable) == 0) {
            return raise_unsupported("not writable");
        }
    }
    int nested = enter(self), status = write_text(self, text);
    leave(self, nested);
    return status < 0 ? NULL : int_from_ssize(str_length(text));
}

static Object *textio_flush(Object *self) {
    if (check_open(self) < 0) {
        return NULL;
    }
    tio(self)->telling = tio(self)->seekable;
    int nested = enter(self), status = flush_out(self);
    leave(self, nested);
    return status < 0 ? NULL : call_method0(tio(self)->buffer, names.flush);
}

// ---- reading

// The length of the part of `data` that ends with a complete UTF-8 sequence (or an invalid one).
static ssize_t complete_utf8(const char *data, ssize_t length) {
    for (ssize_t back = 1; back <= 3 && back <= length; back++) {
        uint8_t c = (uint8_t)data[length - back];
        if (c >= 0xc0) {
            ssize_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            return need > back ? length - back : length;
        }
        if (c < 0x80) {
            break;
        }
    }
    return length;
}

static Object *decode_bytes(TextIO *t, const char *data, ssize_t length) {
    const char *errors = str_utf8(t->errors, NULL);
    if (t->codec == CODEC_LATIN1) {
        return str_from_latin1((const uint8_t *)data, length);
    }
    return t->codec == CODEC_UTF8 ? str_decode_utf8(data, length, errors)
                                  : str_decode(data, length, "ascii", errors);
}

// Decodes `input` (bytes) after what is pending; `final` at the end of the file.
static Object *decode_chunk(Object *self, Object *input, bool final) {
    TextIO *t = tio(self);
    Object *text;
    if (t->codec == CODEC_OTHER) {
        if (!t->decoder) {
            return raise_unsupported("not readable");
        }
        text = call_method2(t->decoder, names.decode, input, bool_from(final));
        if (text && !str_check(text)) {
            return raise_error(&exc_TypeError, "decoder should return a string result, not '%T'", text);
        }
        gc_store(self, &t->snapshot, NULL);
    } else {
        Object *all = t->pending && bytes_length(t->pending) ? bytes_concat(t->pending, input) : input;
        if (!all) {
            return NULL;
        }
        ssize_t length = bytes_length(all);
        ssize_t whole = final || t->codec != CODEC_UTF8 ? length : complete_utf8(bytes_data(all), length);
        text = decode_bytes(t, bytes_data(all), whole);
        if (!text) {
            return NULL;
        }
        Object *rest = whole < length ? bytes_from(bytes_data(all) + whole, length - whole) : NULL;
        if (whole < length && !rest) {
            return NULL;
        }
        gc_store(self, &t->pending, rest);
        gc_store(self, &t->snapshot, all);
    }
    if (!text || !t->universal) {
        return text;
    }
    if (t->pending_cr && (final || str_length(text))) {
        Object *cr = str_from_cstring("\r");
        text = cr ? str_concat(cr, text) : NULL;
        t->pending_cr = false;
    }
    if (text && !final && str_length(text) && str_read(text, str_length(text) - 1) == '\r') {
        t->pending_cr = true;
        text = str_substring(text, 0, str_length(text) - 1);
    }
    return text ? newlines_translate(text, t->translate_read, &t->seen) : NULL;
}

// Reads and decodes one chunk: 1 when there is more text, 0 at the end, -1.
static int read_chunk(Object *self) {
    TextIO *t = tio(self);
    while (true) {
        Object *size = int_from_i64(IO_BUFFER_SIZE), *input = size ? call_method1(t->buffer, names.read1, size) : NULL;
        if (!input) {
            return -1;
        }
        if (!bytes_check(input)) {
            raise_error(&exc_TypeError, "underlying read1() should have returned a bytes-like object, not '%T'",
                        input);
            return -1;
        }
        bool end = bytes_length(input) == 0;
        Object *text = decode_chunk(self, input, end);
        if (!text) {
            return -1;
        }
        gc_store(self, &t->decoded, text);
        t->used = 0;
        if (str_length(text)) {
            return 1;
        }
        if (end) {
            return 0;
        }
    }
}

static Object *take(Object *self, ssize_t n) {
    TextIO *t = tio(self);
    if (!t->decoded) {
        return str_empty();
    }
    ssize_t left = str_length(t->decoded) - t->used;
    n = n < 0 || n > left ? left : n;
    Object *result = t->used == 0 && n == left ? t->decoded : str_substring(t->decoded, t->used, t->used + n);
    if (result) {
        t->used += n;
    }
    return result;
}

static int start_reading(Object *self) {
    if (check_open(self) < 0) {
        return -1;
    }
    TextIO *t = tio(self);
    if (!t->decoded) {
        Object *readable = io_call(t->buffer, "readable");
        int can = readable ? object_is_true(readable) : -1;
        if (can == 0) {
            raise_unsupported("not readable");
        }
        if (can <= 0) {
            return -1;
        }
    }
    if (t->out_length) {
        return flush_out(self);
    }
    return 0;
}

static Object *read_rest(Object *self) {
    TextIO *t = tio(self);
    Object *head = take(self, -1), *input = head ? call_method0(t->buffer, names.read) : NULL;
    if (!input) {
        return NULL;
    }
    if (!bytes_check(input)) {
        return input == NONE ? head : raise_error(&exc_TypeError, "underlying read() should return bytes");
    }
    Object *text = decode_chunk(self, input, true);
    gc_store(self, &t->decoded, str_empty());
    gc_store(self, &t->snapshot, NULL);
    t->used = 0;
    return text ? str_length(head) ? str_concat(head, text) : text : NULL;
}

static Object *textio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    if (n == -2 || start_reading(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *result;
    if (n < 0) {
        result = read_rest(self);
    } else {
        result = take(self, n);
        while (result && str_length(result) < n) {
            int more = read_chunk(self);
            if (more <= 0) {
                result = more < 0 ? NULL : result;
                break;
            }
            Object *piece = take(self, n - str_length(result));
            result = piece ? str_length(result) ? str_concat(result, piece) : piece : NULL;
        }
    }
    leave(self, nested);
    return result;
}

// The end of the first line in `text` from `start` on, -1 when it has none. *keep is where a line
// ending may have begun at the very end.
static ssize_t line_end(TextIO *t, Object *text, ssize_t start) {
    ssize_t length = str_length(text);
    if (t->translate_read || (!t->universal && str_equal_cstring(t->newline, "\n"))) {
        ssize_t at = str_find_char(text, '\n', start, length, 1);
        return at < 0 ? -1 : at + 1;
    }
    if (t->universal) {
        for (ssize_t i = start; i < length; i++) {
            uint32_t c = str_read(text, i);
            if (c == '\n') {
                return i + 1;
            }
            if (c == '\r') {
                return i + 1 + (i + 1 < length && str_read(text, i + 1) == '\n');
            }
        }
        return -1;
    }
    ssize_t at = str_find(text, t->newline, start, length, 1);
    return at < 0 ? -1 : at + str_length(t->newline);
}

static Object *read_line(Object *self, ssize_t limit) {
    TextIO *t = tio(self);
    Object *line = NULL;
    while (true) {
        if (!t->decoded || t->used == str_length(t->decoded)) {
            int more = read_chunk(self);
            if (more <= 0) {
                return more < 0 ? NULL : line ? line : str_empty();
            }
        }
        ssize_t end, start = t->used;
        if (line) {
            // A line ending of two characters may span the chunks.
            Object *joined = str_concat(line, take(self, -1));
            if (!joined) {
                return NULL;
            }
            ssize_t before = str_length(line);
            gc_store(self, &t->decoded, joined);
            gc_store(self, &t->snapshot, NULL);
            t->used = start = 0;
            end = line_end(t, joined, before ? before - 1 : 0);
        } else {
            end = line_end(t, t->decoded, start);
        }
        ssize_t available = str_length(t->decoded) - start;
        if (limit >= 0 && (end < 0 ? available >= limit : end - start > limit)) {
            return take(self, limit);
        }
        if (end >= 0) {
            return take(self, end - start);
        }
        line = take(self, -1);
        if (!line) {
            return NULL;
        }
    }
}

static Object *textio_readline(Object *self, Object *size) {
    ssize_t limit = size ? number_as_ssize(size, &exc_OverflowError) : -1;
    if ((limit == -1 && error_occurred()) || start_reading(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *line = read_line(self, limit);
    leave(self, nested);
    return line;
}

static Object *textio_next(Object *self) {
    Object *line;
    if (check_ready(self) < 0) {
        return NULL;
    }
    tio(self)->telling = false;
    if (self->type == &textio_type) {
        line = textio_readline(self, NULL);
    } else {
        line = call_method0(self, names.readline);
        if (line && !str_check(line)) {
            return raise_error(&exc_OSError, "readline() should have returned a str object, not '%T'", line);
        }
    }
    if (!line) {
        return NULL;
    }
    if (str_length(line)) {
        return line;
    }
    tio(self)->telling = tio(self)->seekable;
    return NULL;
}

// ---- positions

// How many bytes of the snapshot the characters given out so far came from; -1 when unknown.
static ssize_t used_bytes(TextIO *t) {
    if (t->codec == CODEC_OTHER || !t->snapshot) {
        return -1;
    }
    const uint8_t *p = (const uint8_t *)bytes_data(t->snapshot), *start = p;
    const uint8_t *end = p + bytes_length(t->snapshot);
    for (ssize_t i = 0; i < t->used && p < end; i++) {
        if (t->translate_read && *p == '\r' && p + 1 < end && p[1] == '\n') {
            p += 2;
            continue;
        }
        p++;
        while (t->codec == CODEC_UTF8 && p < end && (*p & 0xc0) == 0x80) {
            p++;
        }
    }
    return p - start;
}

static Object *textio_tell(Object *self) {
    TextIO *t = tio(self);
    if (check_open(self) < 0) {
        return NULL;
    }
    if (!t->seekable) {
        return raise_unsupported("underlying stream is not seekable");
    }
    if (!t->telling) {
        return raise_error(&exc_OSError, "telling position disabled by next() call");
    }
    if (flush_out(self) < 0 || !call_method0(t->buffer, names.flush)) {
        return NULL;
    }
    Object *at = call_method0(t->buffer, names.tell);
    if (!at || !t->decoded || (!t->snapshot && t->used == str_length(t->decoded) && !t->pending)) {
        return at;
    }
    int64_t position = int_to_i64(at);
    ssize_t used = used_bytes(t);
    if (used < 0) {
        if (t->used == str_length(t->decoded)) {
            return at;
        }
        // Without a snapshot: what is left, encoded again, lies between here and there.
        Object *rest = str_substring(t->decoded, t->used, str_length(t->decoded));
        Object *bytes = rest ? str_encode(rest, str_utf8(t->encoding, NULL), str_utf8(t->errors, NULL)) : NULL;
        if (!bytes) {
            return NULL;
        }
        ssize_t pending = t->pending ? bytes_length(t->pending) : 0;
        return int_from_i64(position - bytes_length(bytes) - pending);
    }
    return int_from_i64(position - (bytes_length(t->snapshot) - used));
}

static Object *textio_seek(Object *self, Object *cookie, Object *whence) {
    TextIO *t = tio(self);
    int how = whence ? int_to_c_int(whence) : 0;
    if ((how == -1 && error_occurred()) || check_open(self) < 0) {
        return NULL;
    }
    if (!t->seekable) {
        return raise_unsupported("underlying stream is not seekable");
    }
    int zero = object_compare_bool(cookie, int_from_i64(0), CMP_EQ);
    if (zero < 0) {
        return NULL;
    }
    if (how == 1) {
        if (!zero) {
            return raise_unsupported("can't do nonzero cur-relative seeks");
        }
        cookie = textio_tell(self);
        how = 0;
    } else if (how == 2 && !zero) {
        return raise_unsupported("can't do nonzero end-relative seeks");
    } else if (how < 0 || how > 2) {
        return raise_error(&exc_ValueError, "invalid whence (%d, should be 0, 1 or 2)", how);
    }
    if (!cookie) {
        return NULL;
    }
    if (how == 0 && object_compare_bool(cookie, int_from_i64(0), CMP_LT) > 0) {
        return raise_error(&exc_ValueError, "negative seek position %R", cookie);
    }
    if (flush_out(self) < 0 || !call_method0(t->buffer, names.flush)) {
        return NULL;
    }
    forget_decoded(self);
    if (t->decoder && !io_call(t->decoder, "reset")) {
        return NULL;
    }
    Object *name = str_intern_cstring("seek"), *how_object = int_from_i64(how);
    return name && how_object ? call_method2(t->buffer, name, cookie, how_object) : NULL;
}

static Object *textio_truncate(Object *self, Object *size) {
    if (check_open(self) < 0 || !textio_flush(self)) {
        return NULL;
    }
    return io_call1(tio(self)->buffer, "truncate", size ? size : NONE);
}

// ---- the rest

static Object *textio_reconfigure(Object *self, Object *encoding, Object *errors, Object *newline,
                                  Object *line_buffering, Object *write_through) {
    TextIO *t = tio(self);
    if (check_ready(self) < 0) {
        return NULL;
    }
    bool codec = (encoding && encoding != NONE) || (errors && errors != NONE);
    if (t->decoded && (codec || newline)) {
        return raise_unsupported("It is not possible to set the encoding or newline of stream after the first "
                                 "read");
    }
    if (!textio_flush(self)) {
        return NULL;
    }
    if (newline && set_newline(self, newline) < 0) {
        return NULL;
    }
    if (codec) {
        Object *e = errors && errors != NONE ? errors
                  : encoding && encoding != NONE ? str_intern_cstring("strict") : t->errors;
        Object *name = encoding && encoding != NONE ? encoding : t->encoding;
        if (str_check(name) && str_equal_cstring(name, "locale")) {
            name = locale_encoding();
        }
        if (!name || set_codec(self, name, e) < 0) {
            return NULL;
        }
    }
    int flag;
    if (line_buffering && line_buffering != NONE) {
        if ((flag = object_is_true(line_buffering)) < 0) {
            return NULL;
        }
        t->line_buffering = flag;
    }
    if (write_through && write_through != NONE) {
        if ((flag = object_is_true(write_through)) < 0) {
            return NULL;
        }
        t->write_through = flag;
    }
    return NONE;
}

static Object *textio_detach(Object *self) {
    if (check_ready(self) < 0 || !call_method0(self, names.flush)) {
        return NULL;
    }
    Object *buffer = tio(self)->buffer;
    gc_store(self, &tio(self)->buffer, NULL);
    tio(self)->ready = false;
    tio(self)->detached = true;
    return buffer;
}

static Object *textio_close(Object *self) {
    if (check_ready(self) < 0) {
        return NULL;
    }
    int closed = io_is_closed(tio(self)->buffer);
    if (closed) {
        return closed < 0 ? NULL : NONE;
    }
    call_method0(self, names.flush);
    Object *error = error_take(), *result = call_method0(tio(self)->buffer, names.close);
    if (error) {
        if (!result) {
            Object *second = error_take();
            gc_store(second, &((BaseException *)second)->context, error);
            error = second;
        }
        error_restore(error);
        return NULL;
    }
    return result;
}

static void textio_finalize(Object *self) {
    TextIO *t = tio(self);
    if (!t->ready || !t->buffer) {
        return;
    }
    Object *saved = error_take();
    if (io_is_closed(t->buffer) == 0) {
        if (warn(&exc_ResourceWarning, 1, "unclosed file %R", self) < 0) {
            error_unraisable(self);
        }
        io_finalize(self);
    }
    error_clear();
    error_restore(saved);
}

#define FORWARD(name)                                                                      \
    static Object *textio_##name(Object *self) {                                           \
        return check_ready(self) < 0 ? NULL : io_call(tio(self)->buffer, #name);           \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)
#undef FORWARD

static Object *get_field(Object *self, void *offset) {
    if (check_ready(self) < 0) {
        return NULL;
    }
    Object *value = *(Object **)((char *)self + (size_t)offset);
    return value ? value : NONE;
}
static Object *get_line_buffering(Object *self, void *c) { return bool_from(tio(self)->line_buffering); }
static Object *get_write_through(Object *self, void *c) { return bool_from(tio(self)->write_through); }
static Object *get_attribute(Object *self, void *name) {
    return check_ready(self) < 0 ? NULL : object_getattr_cstring(tio(self)->buffer, name);
}
static Object *get_newlines(Object *self, void *c) {
    return check_ready(self) < 0 ? NULL : newlines_seen(tio(self)->seen);
}
static Object *get_chunk_size(Object *self, void *c) { return int_from_i64(IO_BUFFER_SIZE); }
static int set_chunk_size(Object *self, Object *value, void *c) {
    ssize_t n = value ? number_as_ssize(value, &exc_ValueError) : -1;
    if (n <= 0 && !error_occurred()) {
        raise_error(&exc_ValueError, "a strictly positive integer is required");
    }
    return n <= 0 ? -1 : 0;
}

static Object *textio_repr(Object *self) {
    TextIO *t = tio(self);
    Object *name = NULL, *mode = NULL;
    if (!t->ready) {
        return str_from_cstring("<_io.TextIOWrapper>");
    }
    if (object_getattr_optional(self, names.name, &name) < 0) {
        error_clear();
        name = NULL;
    }
    if (object_getattr_optional(self, names.mode, &mode) < 0) {
        error_clear();
        mode = NULL;
    }
    Object *first = name ? str_format(" name=%R", name) : str_empty();
    Object *second = mode ? str_format(" mode=%R", mode) : str_empty();
    return first && second ? str_format("<_io.TextIOWrapper%U%U encoding=%R>", first, second, t->encoding) : NULL;
}

static BuiltinDef textio_methods[] = {
    BUILTIN("detach", textio_detach, "($self, /)", 0, NULL),
    BUILTIN("reconfigure", textio_reconfigure,
            "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
            0, NULL),
    BUILTIN("write", textio_write, "($self, text, /)", 0, NULL),
    BUILTIN("read", textio_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readline", textio_readline, "($self, size=-1, /)", 0, NULL),
    BUILTIN("flush", textio_flush, "($self, /)", 0, NULL),
    BUILTIN("close", textio_close, "($self, /)", 0, NULL),
    BUILTIN("fileno", textio_fileno, "($self, /)", 0, NULL),
    BUILTIN("seekable", textio_seekable, "($self, /)", 0, NULL),
    BUILTIN("readable", textio_readable, "($self, /)", 0, NULL),
    BUILTIN("writable", textio_writable, "($self, /)", 0, NULL),
    BUILTIN("isatty", textio_isatty, "($self, /)", 0, NULL),
    BUILTIN("seek", textio_seek, "($self, cookie, whence=0, /)", 0, NULL),
    BUILTIN("tell", textio_tell, "($self, /)", 0, NULL),
    BUILTIN("truncate", textio_truncate, "($self, pos=None, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef textio_getsets[] = {
    { "encoding", get_field, NULL, NULL, (void *)offsetof(TextIO, encoding) },
    { "buffer", get_field, NULL, NULL, (void *)offsetof(TextIO, buffer) },
    { "errors", get_field, NULL, NULL, (void *)offsetof(TextIO, errors) },
    { "line_buffering", get_line_buffering, NULL, NULL, NULL },
    { "write_through", get_write_through, NULL, NULL, NULL },
    { "name", get_attribute, NULL, NULL, "name" },
    { "closed", get_attribute, NULL, NULL, "closed" },
    { "newlines", get_newlines, NULL, NULL, NULL },
    { "_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type textio_type;
const TypeSpec textio_spec = {
    .name = "_io.TextIOWrapper", .base = &textiobase_type, .basic_size = sizeof(TextIO),
    .dict_offset = offsetof(IoHead, dict), .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC, .methods = textio_methods, .getsets = textio_getsets, .trace = textio_trace,
    .slots = { .repr = textio_repr, .new = plain_new, .init = textio_init, .next = textio_next,
               .finalize = textio_finalize },
};
