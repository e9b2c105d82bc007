// TextIOWrapper: text over a buffered stream of bytes.
//
// Bytes come in chunks through read1() and are decoded incrementally: UTF-8, ASCII and Latin-1 here,
// with the incomplete tail kept in `pending`; every other encoding through the incremental decoder of
// the codecs machinery, inside of an IncrementalNewlineDecoder when newlines are universal. Both kinds
// have a state in the sense of getstate(), which is what positions are made of: `snapshot` holds the
// state before the current chunk and the bytes of it, and tell() decodes them again up to the character
// that the program has come to. A mutex keeps threads apart, as in buffered.c.
#include <langinfo.h>

#include "modules/io/io.h"
#include "objects/codecs.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/str_private.h"
#include "vm/runtime.h"

typedef enum TextCodec { CODEC_OTHER, CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1 } TextCodec;

typedef struct TextIO {
    IoHead head;
    Object *buffer, *encoding, *errors, *newline;  // newline: None or str
    Object *decoder, *encoder;                     // CODEC_OTHER only
    Object *decoded;       // the chunk that is being given out; NULL: none
    ssize_t used;          // characters of it that were given out
    Object *snapshot;      // bytes of the chunk (and what was pending before); NULL: none
    int64_t snapshot_flags;
    Object *pending;       // undecoded bytes: an incomplete character
    char *out;             // encoded, not yet written
    size_t out_length, out_capacity;
    ssize_t chunk_size;
    double ratio;          // bytes a character in the last chunk
    TextCodec codec;
    bool universal, translate_read, crlf_write, cr_write, line_buffering, write_through, pending_cr;
    bool can_read, can_write, has_read1;
    bool ready, detached, telling, seekable, finalizing;
    int seen;
    Mutex mutex;
    Thread *owner;
    IoWriter writer;
} TextIO;

static inline TextIO *tio(Object *o) {
    return (TextIO *)o;
}

// Iterators and flush() switch it without being inside.
static inline bool is_telling(const TextIO *t) {
    return __atomic_load_n(&t->telling, __ATOMIC_RELAXED);
}
static inline void set_telling(Object *self, bool telling) {
    __atomic_store_n(&tio(self)->telling, telling, __ATOMIC_RELAXED);
}

static void textio_trace(Object *self, Tracer *tracer) {
    TextIO *t = tio(self);
    io_trace_head(self, tracer);
    Object *const cells[] = { t->buffer,  t->encoding, t->errors,   t->newline, t->decoder,
                              t->encoder, t->decoded,  t->snapshot, t->pending, (Object *)t->out };
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        trace_cell(tracer, cells[i]);
    }
}

static int check_initialized(Object *self) {
    if (!tio(self)->ready) {
        raise_error(&exc_ValueError, "I/O operation on uninitialized object");
        return -1;
    }
    return 0;
}

// The stream below, or NULL with ValueError. Who is not inside (enter) looks once: another thread may take it away.
static Object *attached_buffer(Object *self) {
    Object *buffer = __atomic_load_n(&tio(self)->buffer, __ATOMIC_ACQUIRE);
    if (check_initialized(self) < 0) {
        return NULL;
    }
    return buffer && !tio(self)->detached
               ? buffer
               : raise_error(&exc_ValueError, "underlying buffer has been detached");
}

static int check_attached(Object *self) {
    return attached_buffer(self) ? 0 : -1;
}

static int check_open(Object *self) {
    Object *buffer = attached_buffer(self);
    if (!buffer) {
        return -1;
    }
    int closed = self->type == &textio_type ? io_stream_is_closed(buffer) : io_is_closed(self);
    if (closed > 0) {
        raise_closed();
    }
    return closed ? -1 : 0;
}

static int enter(Object *self) {
    TextIO *t = tio(self);
    if (__atomic_load_n(&t->owner, __ATOMIC_RELAXED) == thread_current) {
        return 1; // a signal handler that prints: goes on inside
    }
    if (!mutex_lock_at_end(&t->mutex)) {
        return 1; // the daemon thread inside does not go on: the buffered stream knows whether it was writing
    }
    __atomic_store_n(&t->owner, thread_current, __ATOMIC_RELAXED);
    return 0;
}

static void leave(Object *self, int nested) {
    if (nested == 0) {
        __atomic_store_n(&tio(self)->owner, NULL, __ATOMIC_RELAXED);
        mutex_unlock(&tio(self)->mutex);
    }
}

// ---- encodings

static TextCodec codec_of(const char *name) {
    char plain[32];
    size_t n = 0;
    for (; *name && n < sizeof(plain) - 1; name++) {
        char c = *name;
        plain[n++] = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    plain[n] = 0;
    static const struct {
        const char *name;
        TextCodec codec;
    } table[] = {
        { "utf-8", CODEC_UTF8 },        { "utf8", CODEC_UTF8 },        { "ascii", CODEC_ASCII },
        { "us-ascii", CODEC_ASCII },    { "latin-1", CODEC_LATIN1 },   { "latin1", CODEC_LATIN1 },
        { "iso-8859-1", CODEC_LATIN1 }, { "iso8859-1", CODEC_LATIN1 },
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!strcmp(plain, table[i].name)) {
            return table[i].codec;
        }
    }
    return CODEC_OTHER;
}

static int check_newline(Object *newline) {
    if (newline != NONE && str_length(newline) && !str_equal_cstring(newline, "\n") &&
        !str_equal_cstring(newline, "\r") && !str_equal_cstring(newline, "\r\n")) {
        raise_error(&exc_ValueError, "illegal newline value: %U", newline);
        return -1;
    }
    return 0;
}

static void set_newline(Object *self, Object *newline) {
    TextIO *t = tio(self);
    gc_store(self, &t->newline, newline);
    t->universal = newline == NONE || !str_length(newline);
    t->translate_read = newline == NONE;
    t->crlf_write = newline != NONE && str_equal_cstring(newline, "\r\n");
    t->cr_write = newline != NONE && str_equal_cstring(newline, "\r");
}

// Encoders that begin with a mark (UTF-16, utf-8-sig) have to know that they are not at the start.
static int encoder_at(Object *self, bool start) {
    Object *encoder = tio(self)->encoder;
    if (!encoder) {
        return 0;
    }
    Object *result = start ? io_call(encoder, names.reset)
                           : io_call1(encoder, names.setstate, int_from_i64(0));
    return result ? 0 : -1;
}

// Where a stream without places starts is not known: UTF-16 and UTF-32 write no mark there.
static int encoder_fix(Object *self, Object *info) {
    TextIO *t = tio(self);
    if (!t->encoder) {
        return 0;
    }
    if (!t->seekable) {
        Object *name = object_getattr_cstring(info, "name");
        return !name ? -1
               : str_check(name) && (str_equal_cstring(name, "utf-16") || str_equal_cstring(name, "utf-32"))
                   ? encoder_at(self, false)
                   : 0;
    }
    Object *at = io_call(t->buffer, names.tell);
    int start = at ? object_compare_bool(at, int_from_i64(0), CMP_EQ) : -1;
    return start < 0 ? -1 : start ? 0 : encoder_at(self, false);
}

// The name of a text encoding in UTF-8, or NULL with an exception; *info: what the registry has on it, NULL for the
// codecs that are done here.
static const char *text_encoding(Object *encoding, TextCodec *codec, Object **info) {
    ssize_t length;
    const char *name = str_utf8(encoding, &length);
    if (!name) {
        return NULL;
    }
    if (strlen(name) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        return NULL;
    }
    *info = NULL;
    *codec = codec_of(name);
    if (*codec != CODEC_OTHER) {
        return name;
    }
    *info = codec_lookup(name);
    Object *is_text = *info ? object_getattr_cstring(*info, "_is_text_encoding") : NULL;
    if (!is_text) {
        return NULL;
    }
    if (is_text == FALSE_OBJECT) {
        raise_error(&exc_LookupError,
                    "'%U' is not a text encoding; use codecs.open() to handle arbitrary codecs", encoding);
        return NULL;
    }
    return name;
}

static int set_codec(Object *self, Object *encoding, Object *errors) {
    TextIO *t = tio(self);
    TextCodec codec;
    Object *info, *decoder = NULL, *encoder = NULL;
    const char *name = text_encoding(encoding, &codec, &info);
    ssize_t errors_length;
    const char *errors_text = name ? str_utf8(errors, &errors_length) : NULL;
    if (!errors_text) {
        return -1;
    }
    if (codec == CODEC_OTHER) {
        if (config.dev_mode && strcmp(errors_text, "strict") != 0 && !codec_lookup_error(errors_text)) {
            return -1;
        }
        if (t->can_read) {
            Object *make = object_getattr_cstring(info, "incrementaldecoder");
            decoder = make ? call1(make, errors) : NULL;
            if (decoder && t->universal) {
                decoder = call2((Object *)&newline_decoder_type, decoder, bool_from(t->translate_read));
            }
            if (!decoder) {
                return -1;
            }
        }
        if (t->can_write) {
            Object *make = object_getattr_cstring(info, "incrementalencoder");
            encoder = make ? call1(make, errors) : NULL;
            if (!encoder) {
                return -1;
            }
        }
    } else if (config.dev_mode && strcmp(errors_text, "strict") != 0 && !codec_lookup_error(errors_text)) {
        return -1;
    }
    t->codec = codec;
    gc_store(self, &t->encoding, encoding);
    gc_store(self, &t->errors, errors);
    gc_store(self, &t->decoder, decoder);
    gc_store(self, &t->encoder, encoder);
    gc_store(self, &t->pending, NULL);
    t->pending_cr = false;
    return encoder_fix(self, info);
}

// What the locale says; plain ASCII (the C locale) means UTF-8, as PEP 538 and 540 have it.
static Object *locale_encoding(void) {
    const char *name = nl_langinfo(CODESET);
    if (config.utf8_mode || !*name || !strcmp(name, "ANSI_X3.4-1968")) {
        name = "utf-8";
    }
    return str_from_cstring(name);
}

// The ability of the stream below: 1, 0, -1.
static int ability(Object *buffer, Object *method) {
    Object *result = io_call(buffer, method);
    return result ? object_is_true(result) : -1;
}

// ---- unwritten data, for the registry of writers

static int flush_out(Object *self);

static bool textio_is_dirty(Object *self) {
    Object *buffer = tio(self)->buffer;
    return tio(self)->out_length > 0 || (buffer && io_buffered_is_dirty(buffer));
}
static int textio_flush_idle(Object *self) {
    TextIO *t = tio(self);
    Object *buffer = __atomic_load_n(&t->buffer, __ATOMIC_ACQUIRE);
    if (!t->ready || !buffer || __atomic_load_n(&t->owner, __ATOMIC_RELAXED) == thread_current ||
        __atomic_load_n(&t->mutex.state, __ATOMIC_RELAXED) || io_stream_is_closed(buffer)) {
        error_clear();
        return 0;
    }
    int nested = enter(self);
    int status = t->ready && !t->detached ? flush_out(self) : 0;
    leave(self, nested);
    buffer = __atomic_load_n(&t->buffer, __ATOMIC_ACQUIRE);
    return status == 0 && buffer && !call_method0(buffer, names.flush) ? -1 : status;
}
static Object *textio_file(Object *self) {
    return tio(self)->buffer;
}
static const IoWriterKind textio_kind = { textio_is_dirty, textio_flush_idle, textio_file,
                                          offsetof(TextIO, writer) };

// ---- construction

static Object *textio_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = object_alloc(type);
    if (self) {
        tio(self)->chunk_size = IO_BUFFER_SIZE;
    }
    return self;
}

static void forget_decoded(Object *self) {
    TextIO *t = tio(self);
    gc_store(self, &t->decoded, NULL);
    gc_store(self, &t->snapshot, NULL);
    t->used = 0;
}

static int textio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    static const char *const labels[3] = { "encoding", "errors", "newline" };
    Object *b[6];
    if (signature_bind(&signature, "TextIOWrapper",
                       "|(buffer, encoding=None, errors=None, newline=None, line_buffering=False, "
                       "write_through=False)",
                       args, nargs, kwnames, b) < 0) {
        return -1;
    }
    for (int i = 1; i < 4; i++) {
        if (b[i] && b[i] != NONE && !str_check(b[i])) {
            raise_error(&exc_TypeError, "TextIOWrapper() argument '%s' must be str or None, not %K",
                        labels[i - 1], b[i]);
            return -1;
        }
    }
    TextIO *t = tio(self);
    t->ready = t->detached = false;
    Object *encoding = b[1] && b[1] != NONE ? b[1] : NULL, *errors = b[2] && b[2] != NONE ? b[2] : NULL;
    Object *newline = b[3] ? b[3] : NONE;
    int line_buffering = b[4] ? int_to_c_int(b[4]) : 0, write_through = 0;
    if ((line_buffering == -1 && error_occurred()) ||
        ((write_through = b[5] ? int_to_c_int(b[5]) : 0) == -1 && error_occurred())) {
        return -1;
    }
    if (!encoding && config.warn_default_encoding &&
        warn(&exc_EncodingWarning, 1, "'encoding' argument not specified") < 0) {
        return -1;
    }
    if (encoding && str_equal_cstring(encoding, "locale")) {
        encoding = NULL;
    }
    if ((!encoding && !(encoding = locale_encoding())) ||
        (!errors && !(errors = str_intern_cstring("strict"))) || check_newline(newline) < 0) {
        return -1;
    }
    TextCodec codec;
    Object *buffer = b[0], *read1, *info;
    if (!text_encoding(encoding, &codec, &info)) {
        return -1; // before the buffer is asked anything
    }
    int can_read, can_write, can_seek, has_read1;
    if ((can_read = ability(buffer, names.readable)) < 0 ||
        (can_write = ability(buffer, names.writable)) < 0 ||
        (can_seek = ability(buffer, names.seekable)) < 0 ||
        (has_read1 = object_getattr_optional(buffer, names.read1, &read1)) < 0) {
        return -1;
    }
    int nested = enter(self);
    gc_store(self, &t->buffer, buffer);
    io_buffered_wrapped(buffer, false);
    forget_decoded(self);
    t->out_length = 0;
    t->ratio = 0;
    t->seen = 0;
    t->chunk_size = IO_BUFFER_SIZE;
    t->line_buffering = line_buffering;
    t->write_through = write_through;
    t->can_read = can_read;
    t->can_write = can_write;
    t->has_read1 = has_read1;
    t->seekable = t->telling = can_seek;
    set_newline(self, newline);
    int status = set_codec(self, encoding, errors) == 0 &&
                         (!can_write || io_writer_add(self, &textio_kind) == 0)
                     ? 0
                     : -1;
    t->ready = status == 0;
    leave(self, nested);
    return status;
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
    if (t->out_length + size > (size_t)t->chunk_size) {
        if (flush_out(self) < 0) {
            return -1;
        }
        if (size >= (size_t)t->chunk_size) {
            Object *bytes = bytes_from(data, (ssize_t)size);
            return bytes && call_method1(t->buffer, names.write, bytes) ? 0 : -1;
        }
    }
    if (t->out_length + size > t->out_capacity) {
        size_t capacity = size_max((size_t)t->chunk_size, t->out_length + size);
        char *out = heap_alloc(capacity, CELL_BYTES);
        if (!out) {
            return -1;
        }
        if (t->out_length) {
            memcpy(out, t->out, t->out_length);
        }
        gc_store(self, &t->out, out);
        t->out_capacity = capacity;
    }
    if (size) {
        memcpy(t->out + t->out_length, data, size);
    }
    t->out_length += size;
    return 0;
}

static int write_text(Object *self, Object *text) {
    TextIO *t = tio(self);
    bool has_newline = (t->line_buffering || t->crlf_write || t->cr_write) &&
                       str_find_char(text, '\n', 0, str_length(text), 1) >= 0;
    bool flush = t->line_buffering && (has_newline || str_find_char(text, '\r', 0, str_length(text), 1) >= 0);
    if (has_newline && (t->crlf_write || t->cr_write)) {
        Object *lf = str_from_cstring("\n");
        text = lf ? str_replace(text, lf, t->newline, -1) : NULL;
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
            bytes = str_encode(text,
                               t->codec == CODEC_UTF8    ? "utf-8"
                               : t->codec == CODEC_ASCII ? "ascii"
                                                         : "latin-1",
                               str_utf8(t->errors, NULL));
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
    if ((t->write_through || flush || t->out_length >= (size_t)t->chunk_size) && flush_out(self) < 0) {
        return -1;
    }
    if (flush && !call_method0(t->buffer, names.flush)) {
        return -1;
    }
    if (t->snapshot) {
        forget_decoded(self);
    }
    gc_store(self, &t->pending, NULL);
    t->pending_cr = false;
    return t->decoder && !io_call(t->decoder, names.reset) ? -1 : 0;
}

static Object *textio_write(Object *self, Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "write() argument must be str, not %K", text);
    }
    if (check_open(self) < 0) {
        return NULL;
    }
    if (!tio(self)->can_write) {
        return raise_unsupported("not writable");
    }
    int nested = enter(self), status = check_attached(self) < 0 ? -1 : write_text(self, text);
    leave(self, nested);
    return status < 0 ? NULL : int_from_ssize(str_length(text));
}

static Object *textio_flush(Object *self) {
    if (check_open(self) < 0) {
        return NULL;
    }
    set_telling(self, tio(self)->seekable);
    int nested = enter(self), status = check_attached(self) < 0 ? -1 : flush_out(self);
    leave(self, nested);
    Object *buffer = status < 0 ? NULL : attached_buffer(self);
    return buffer ? call_method0(buffer, names.flush) : NULL;
}

// ---- decoding

// The length of the part of `data` that ends with a complete UTF-8 sequence (or an invalid one).
static ssize_t complete_utf8(const char *data, ssize_t length) {
    for (ssize_t back = 1; back <= 3 && back <= length; back++) {
        uint8_t c = (uint8_t)data[length - back];
        if (c >= 0xc2 && c < 0xf5) {
            ssize_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            return need > back ? length - back : length;
        }
        if (c < 0x80 || c >= 0xc0) {
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
static Object *decode(Object *self, Object *input, bool final) {
    TextIO *t = tio(self);
    Object *text;
    if (t->codec == CODEC_OTHER) {
        text = call_method2(t->decoder, names.decode, input, bool_from(final));
        return !text || str_check(text)
                   ? text
                   : raise_error(&exc_TypeError, "decoder should return a string result, not '%T'", text);
    }
    Object *all = t->pending ? bytes_concat(t->pending, input) : input;
    if (!all) {
        return NULL;
    }
    ssize_t length = bytes_length(all);
    ssize_t whole = final || t->codec != CODEC_UTF8 ? length : complete_utf8(bytes_data(all), length);
    text = decode_bytes(t, bytes_data(all), whole);
    Object *rest = text && whole < length ? bytes_from(bytes_data(all) + whole, length - whole) : NULL;
    if (!text || (whole < length && !rest)) {
        return NULL;
    }
    gc_store(self, &t->pending, rest);
    if (!t->universal) {
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

// The state of the decoder, as getstate() gives it: bytes that are not decoded yet, and flags.
static int decoder_state(Object *self, Object **bytes, int64_t *flags) {
    TextIO *t = tio(self);
    if (t->codec != CODEC_OTHER) {
        *bytes = t->pending ? t->pending : bytes_from("", 0);
        *flags = t->pending_cr;
        return *bytes ? 0 : -1;
    }
    Object *state = io_call(t->decoder, names.getstate);
    if (!state) {
        return -1;
    }
    if (!tuple_check(state) || tuple_size(state) != 2) {
        raise_error(&exc_TypeError, "illegal decoder state");
        return -1;
    }
    *bytes = tuple_get(state, 0);
    if (!bytes_check(*bytes)) {
        raise_error(&exc_TypeError,
                    "illegal decoder state: the first item should be a bytes object, not '%T'", *bytes);
        return -1;
    }
    *flags = int_to_c_int(tuple_get(state, 1));
    return *flags == -1 && error_occurred() ? -1 : 0;
}

static int decoder_set_state(Object *self, Object *bytes, int64_t flags) {
    TextIO *t = tio(self);
    if (t->codec != CODEC_OTHER) {
        gc_store(self, &t->pending, bytes_length(bytes) ? bytes : NULL);
        t->pending_cr = flags & 1;
        return 0;
    }
    Object *number = int_from_i64(flags), *state = number ? tuple_pack(2, bytes, number) : NULL;
    return state && io_call1(t->decoder, names.setstate, state) ? 0 : -1;
}

// ---- reading

// The bytes that `o`, the result of a read method, holds. NULL with TypeError.
static Object *bytes_of(Object *o, const char *method) {
    if (bytes_check(o)) {
        return o;
    }
    Buffer view;
    if (object_get_buffer(o, &view, BUFFER_SIMPLE) < 0) {
        return raise_error(&exc_TypeError,
                           "underlying %s() should have returned a bytes-like object, not '%T'", method, o);
    }
    Object *bytes = bytes_from(view.data, view.length);
    buffer_release(&view);
    return bytes;
}

// Reads and decodes one chunk: 1 when there is more text, 0 at the end, -1. `wanted` characters are
// what the caller still needs (0: not known).
static int read_chunk(Object *self, ssize_t wanted) {
    TextIO *t = tio(self);
    while (true) {
        Object *before = NULL;
        int64_t flags = 0;
        bool telling = is_telling(t);
        if (telling && decoder_state(self, &before, &flags) < 0) {
            return -1;
        }
        ssize_t chunk = t->chunk_size;
        if (wanted > 0 && t->ratio > 0 && (double)wanted * t->ratio < 1e9) {
            chunk = (ssize_t)size_max((size_t)chunk, (size_t)((double)wanted * t->ratio));
        }
        Object *size = int_from_ssize(chunk), *buffer = t->buffer;
        if (!buffer) { // another thread took it away meanwhile
            raise_error(&exc_ValueError, "underlying buffer has been detached");
            return -1;
        }
        Object *input = size ? call_method1(buffer, t->has_read1 ? names.read1 : names.read, size) : NULL;
        input = input ? bytes_of(input, t->has_read1 ? "read1" : "read") : NULL;
        if (!input) {
            return -1;
        }
        bool end = bytes_length(input) == 0;
        Object *text = decode(self, input, end);
        if (!text) {
            return -1;
        }
        gc_store(self, &t->decoded, text);
        t->used = 0;
        ssize_t length = str_length(text);
        t->ratio = length ? (double)bytes_length(input) / (double)length : 0;
        if (telling) {
            Object *snapshot = bytes_length(before) ? bytes_concat(before, input) : input;
            if (!snapshot) {
                return -1;
            }
            gc_store(self, &t->snapshot, snapshot);
            t->snapshot_flags = flags;
        }
        if (length) {
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
    if (!tio(self)->can_read) {
        raise_unsupported("not readable");
        return -1;
    }
    return 0;
}

static Object *joined(Object *pieces) {
    Object *empty = str_empty();
    return empty ? str_join(empty, pieces) : NULL;
}

static Object *read_rest(Object *self) {
    Object *input = call_method0(tio(self)->buffer, names.read);
    if (!input) {
        return NULL;
    }
    if (input != NONE && !bytes_check(input)) {
        return raise_error(&exc_TypeError,
                           "underlying read() should have returned a bytes-like object, not '%T'", input);
    }
    Object *text = input == NONE ? str_empty() : decode(self, input, true),
           *head = text ? take(self, -1) : NULL;
    Object *result = head ? str_length(head) ? str_concat(head, text) : text : NULL;
    if (result) {
        forget_decoded(self);
    }
    return result;
}

static Object *read_characters(Object *self, ssize_t n) {
    Object *result = take(self, n);
    if (!result || str_length(result) >= n) {
        return result;
    }
    Object *pieces = NULL;
    n -= str_length(result);
    while (n > 0) {
        int more = read_chunk(self, n);
        if (more < 0) {
            return NULL;
        }
        if (!more) {
            break;
        }
        Object *piece = take(self, n);
        if (!piece) {
            return NULL;
        }
        n -= str_length(piece);
        if (!str_length(result)) {
            result = piece;
        } else if ((!pieces && (!(pieces = list_new(4)) || list_append(pieces, result) < 0)) ||
                   list_append(pieces, piece) < 0) {
            return NULL;
        }
    }
    return pieces ? joined(pieces) : result;
}

static Object *textio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    if (n == -2 || start_reading(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *result = check_attached(self) < 0 || flush_out(self) < 0 ? NULL
                     : n < 0                                         ? read_rest(self)
                                                                     : read_characters(self, n);
    leave(self, nested);
    return result;
}

static bool lines_end_in_lf(const TextIO *t) {
    return t->translate_read || (!t->universal && str_equal_cstring(t->newline, "\n"));
}

// The end of the first line in `text` from `start` on, -1 when it has none.
static ssize_t line_end(TextIO *t, Object *text, ssize_t start) {
    ssize_t length = str_length(text);
    if (lines_end_in_lf(t)) {
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

// The next line, when all of it is decoded and ASCII. NULL without an exception: read_line finds it.
static Object *take_ascii_line(TextIO *t) {
    if (!t->decoded || !str_is_ascii(t->decoded) || !lines_end_in_lf(t)) {
        return NULL;
    }
    const char *text = str_data(t->decoded), *start = text + t->used;
    const char *end = memchr(start, '\n', (size_t)(text + str_length(t->decoded) - start));
    Object *line = end ? str_from_ascii(start, end + 1 - start) : NULL;
    if (line) {
        t->used = end + 1 - text;
    }
    return line;
}

static Object *read_line(Object *self, ssize_t limit) {
    TextIO *t = tio(self);
    Object *line = limit < 0 ? take_ascii_line(t) : NULL;
    if (line || error_occurred()) {
        return line;
    }
    Object *pieces = NULL, *only = NULL;
    bool after_cr = false; // a piece ended in the first half of "\r\n"
    while (true) {
        if (!t->decoded || t->used >= str_length(t->decoded)) {
            int more = read_chunk(self, 0);
            if (more < 0) {
                return NULL;
            }
            if (!more) {
                forget_decoded(self);
                return pieces ? joined(pieces) : only ? only : str_empty();
            }
        }
        ssize_t start = t->used, length = str_length(t->decoded);
        ssize_t end = after_cr && str_read(t->decoded, start) == '\n' ? start + 1
                                                                      : line_end(t, t->decoded, start);
        bool done = end >= 0;
        if (!done) {
            end = length;
        }
        if (limit >= 0 && end - start >= limit) {
            end = start + limit;
            done = true;
        }
        after_cr = t->crlf_write && end > start && str_read(t->decoded, end - 1) == '\r';
        Object *piece = take(self, end - start);
        if (!piece) {
            return NULL;
        }
        if (limit >= 0) {
            limit -= end - start;
        }
        if (!only && done) {
            return piece;
        }
        if (!only) {
            only = piece;
            continue;
        }
        if ((!pieces && (!(pieces = list_new(4)) || list_append(pieces, only) < 0)) ||
            list_append(pieces, piece) < 0) {
            return NULL;
        }
        if (done) {
            return joined(pieces);
        }
    }
}

static Object *readline(Object *self, ssize_t limit) {
    if (start_reading(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *line = check_attached(self) < 0 || flush_out(self) < 0 ? NULL : read_line(self, limit);
    leave(self, nested);
    return line;
}

static Object *textio_readline(Object *self, Object *size) {
    ssize_t limit = size ? number_to_ssize(size) : -1;
    return limit == -1 && error_occurred() ? NULL : readline(self, limit);
}

static Object *textio_next(Object *self) {
    Object *line;
    if (check_attached(self) < 0) {
        return NULL;
    }
    set_telling(self, false);
    if (self->type == &textio_type) {
        line = readline(self, -1);
    } else {
        line = call_method0(self, names.readline);
        if (line && !str_check(line)) {
            return raise_error(&exc_OSError, "readline() should have returned a str object, not '%T'", line);
        }
    }
    if (!line || str_length(line)) {
        return line;
    }
    int nested = enter(self);
    gc_store(self, &tio(self)->snapshot, NULL);
    set_telling(self, tio(self)->seekable);
    leave(self, nested);
    return NULL;
}

// ---- positions
//
// What tell() returns is a number that only seek() understands: a place in the stream where the decoder
// has nothing pending, its flags there, and how many bytes to feed and characters to skip from there.

typedef struct Cookie {
    int64_t start;
    int32_t flags, feed, skip;
    bool need_eof;
} Cookie;
enum { COOKIE_BYTES = 8 + 4 + 4 + 4 + 1 };

static Object *cookie_pack(const Cookie *c) {
    uint8_t bytes[COOKIE_BYTES];
    memcpy(bytes, &c->start, 8);
    memcpy(bytes + 8, &c->flags, 4);
    memcpy(bytes + 12, &c->feed, 4);
    memcpy(bytes + 16, &c->skip, 4);
    bytes[20] = c->need_eof;
    return int_from_bytes(bytes, sizeof(bytes), true, false);
}

static int cookie_unpack(Cookie *c, Object *o) {
    uint8_t bytes[COOKIE_BYTES];
    Object *index = number_index(o);
    if (!index || int_to_bytes(index, bytes, sizeof(bytes), true, false) < 0) {
        return -1;
    }
    memcpy(&c->start, bytes, 8);
    memcpy(&c->flags, bytes + 8, 4);
    memcpy(&c->feed, bytes + 12, 4);
    memcpy(&c->skip, bytes + 16, 4);
    c->need_eof = bytes[20];
    return 0;
}

// The number of characters that bytes[from:to] of the snapshot decode to; -1.
static ssize_t decoded_length(Object *self, Object *snapshot, ssize_t from, ssize_t to, bool final) {
    Object *input = bytes_from(bytes_data(snapshot) + from, to - from),
           *text = input ? decode(self, input, final) : NULL;
    return text ? str_length(text) : -1;
}

// Finds the cookie for the current place in the chunk; leaves the decoder in another state.
static int find_place(Object *self, Object *snapshot, Cookie *c) {
    TextIO *t = tio(self);
    Object *empty = bytes_from("", 0), *rest;
    int64_t flags = c->flags;
    ssize_t skip = t->used, length = bytes_length(snapshot);
    if (!empty) {
        return -1;
    }
    // A first guess, then backwards until the decoder has nothing pending.
    ssize_t skip_bytes = (ssize_t)(t->ratio * (double)skip), skip_back = 1;
    if (skip_bytes > length) {
        skip_bytes = length;
    }
    while (skip_bytes > 0) {
        if (decoder_set_state(self, empty, c->flags) < 0) {
            return -1;
        }
        ssize_t n = decoded_length(self, snapshot, 0, skip_bytes, false);
        if (n < 0) {
            return -1;
        }
        if (n <= skip) {
            if (decoder_state(self, &rest, &flags) < 0) {
                return -1;
            }
            if (!bytes_length(rest)) {
                skip -= n;
                break;
            }
            skip_bytes -= bytes_length(rest);
            skip_back = 1;
        } else {
            skip_bytes -= skip_back;
            skip_back *= 2;
        }
    }
    if (skip_bytes <= 0) {
        skip_bytes = 0;
        flags = c->flags;
        if (decoder_set_state(self, empty, flags) < 0) {
            return -1;
        }
    }
    c->start += skip_bytes;
    c->flags = (int32_t)flags;
    c->skip = (int32_t)skip;
    if (!skip) {
        return 0;
    }
    ssize_t fed = 0, characters = 0, i = skip_bytes;
    for (; i < length; i++) {
        ssize_t n = decoded_length(self, snapshot, i, i + 1, false);
        if (n < 0 || decoder_state(self, &rest, &flags) < 0) {
            return -1;
        }
        fed++;
        characters += n;
        if (!bytes_length(rest) && characters <= skip) {
            // A safe place to start from.
            c->start += fed;
            skip -= characters;
            c->flags = (int32_t)flags;
            fed = characters = 0;
        }
        if (characters >= skip) {
            break;
        }
    }
    if (i == length) {
        ssize_t n = decoded_length(self, snapshot, 0, 0, true);
        if (n < 0) {
            return -1;
        }
        c->need_eof = true;
        if (characters + n < skip) {
            raise_error(&exc_OSError, "can't reconstruct logical file position");
            return -1;
        }
    }
    c->feed = (int32_t)fed;
    c->skip = (int32_t)skip;
    return 0;
}

static Object *tell(Object *self) {
    TextIO *t = tio(self);
    if (check_open(self) < 0) {
        return NULL;
    }
    if (!t->seekable) {
        return raise_unsupported("underlying stream is not seekable");
    }
    if (!is_telling(t)) {
        return raise_error(&exc_OSError, "telling position disabled by next() call");
    }
    if (flush_out(self) < 0 || !call_method0(self, names.flush) || check_attached(self) < 0) {
        return NULL;
    }
    Object *at = io_call(t->buffer, names.tell), *snapshot = t->snapshot;
    if (!at || !t->can_read || !snapshot) {
        return at;
    }
    Cookie c = { .start = int_to_i64(at), .flags = (int32_t)t->snapshot_flags };
    if (c.start == -1 && error_occurred()) {
        return NULL;
    }
    c.start -= bytes_length(snapshot);
    if (!t->decoded || !t->used) {
        return cookie_pack(&c);
    }
    Object *saved;
    int64_t saved_flags;
    int saved_seen = t->seen;
    if (decoder_state(self, &saved, &saved_flags) < 0) {
        return NULL;
    }
    int status = find_place(self, snapshot, &c);
    t->seen = saved_seen;
    Object *error = error_take();
    int restored = decoder_set_state(self, saved, saved_flags);
    if (error) {
        error_restore(error);
    }
    return status < 0 || restored < 0 ? NULL : cookie_pack(&c);
}

static Object *textio_tell(Object *self) {
    if (check_attached(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *result = tell(self);
    leave(self, nested);
    return result;
}

static int decoder_reset(Object *self) {
    TextIO *t = tio(self);
    gc_store(self, &t->pending, NULL);
    t->pending_cr = false;
    if (t->codec != CODEC_OTHER) {
        t->seen = 0;
    }
    return t->decoder && !io_call(t->decoder, names.reset) ? -1 : 0;
}

static Object *seek_end(Object *self) {
    TextIO *t = tio(self);
    if (!call_method0(self, names.flush) || check_attached(self) < 0) {
        return NULL;
    }
    forget_decoded(self);
    if (decoder_reset(self) < 0) {
        return NULL;
    }
    Object *zero = int_from_i64(0), *two = int_from_i64(2), *name = names.seek;
    Object *at = call_method2(t->buffer, name, zero, two);
    int start = at && t->encoder ? object_compare_bool(at, zero, CMP_EQ) : 0;
    return !at || start < 0 || encoder_at(self, start) < 0 ? NULL : at;
}

static Object *seek(Object *self, Object *cookie, int how) {
    TextIO *t = tio(self);
    if (check_open(self) < 0) {
        return NULL;
    }
    if (!t->seekable) {
        return raise_unsupported("underlying stream is not seekable");
    }
    Object *zero = int_from_i64(0);
    int is_zero = zero ? object_compare_bool(cookie, zero, CMP_EQ) : -1;
    if (is_zero < 0) {
        return NULL;
    }
    if (how == 1) {
        if (!is_zero) {
            return raise_unsupported("can't do nonzero cur-relative seeks");
        }
        cookie = io_call(self, names.tell);
    } else if (how == 2) {
        return is_zero ? seek_end(self) : raise_unsupported("can't do nonzero end-relative seeks");
    } else if (how != 0) {
        return raise_error(&exc_ValueError, "invalid whence (%d, should be 0, 1 or 2)", how);
    }
    int negative = cookie ? object_compare_bool(cookie, zero, CMP_LT) : -1;
    if (negative) {
        return negative < 0 ? NULL : raise_error(&exc_ValueError, "negative seek position %R", cookie);
    }
    Cookie c;
    if (!call_method0(self, names.flush) || check_attached(self) < 0 || cookie_unpack(&c, cookie) < 0) {
        return NULL;
    }
    Object *start = int_from_i64(c.start), *empty = bytes_from("", 0);
    if (!start || !empty || !io_call1(t->buffer, names.seek, start)) {
        return NULL;
    }
    forget_decoded(self);
    bool at_start = c.start == 0 && c.flags == 0;
    if (t->can_read) {
        if (at_start ? decoder_reset(self) < 0 : decoder_set_state(self, empty, c.flags) < 0) {
            return NULL;
        }
    }
    if (c.skip) {
        if (!t->can_read) {
            return raise_error(&exc_OSError, "can't restore logical file position");
        }
        Object *count = int_from_i64(c.feed),
               *input = count ? call_method1(t->buffer, names.read, count) : NULL;
        if (!input) {
            return NULL;
        }
        if (!bytes_check(input)) {
            return raise_error(&exc_TypeError,
                               "underlying read() should have returned a bytes object, not '%T'", input);
        }
        gc_store(self, &t->snapshot, input);
        t->snapshot_flags = c.flags;
        Object *text = decode(self, input, c.need_eof);
        if (!text) {
            return NULL;
        }
        gc_store(self, &t->decoded, text);
        t->used = 0;
        if (str_length(text) < c.skip) {
            return raise_error(&exc_OSError, "can't restore logical file position");
        }
        t->used = c.skip;
    } else {
        gc_store(self, &t->snapshot, empty);
        t->snapshot_flags = c.flags;
    }
    return encoder_at(self, at_start) < 0 ? NULL : cookie;
}

static Object *textio_seek(Object *self, Object *cookie, Object *whence) {
    int how = whence ? int_to_c_int(whence) : 0;
    if ((how == -1 && error_occurred()) || check_attached(self) < 0) {
        return NULL;
    }
    int nested = enter(self);
    Object *result = seek(self, cookie, how);
    leave(self, nested);
    return result;
}

static Object *textio_truncate(Object *self, Object *size) {
    if (check_attached(self) < 0 || !call_method0(self, names.flush)) {
        return NULL;
    }
    Object *buffer = attached_buffer(self);
    return buffer ? io_call1(buffer, names.truncate, size ? size : NONE) : NULL;
}

// ---- the rest

// None keeps what there is. -1 with an exception.
static int optional_flag(Object *o, bool *flag) {
    if (!o || o == NONE) {
        return 0;
    }
    int value = int_to_c_int(o);
    if (value == -1 && error_occurred()) {
        return -1;
    }
    *flag = value;
    return 0;
}

static Object *textio_reconfigure(Object *self, Object *encoding, Object *errors, Object *newline,
                                  Object *line_buffering, Object *write_through) {
    TextIO *t = tio(self);
    encoding = encoding == NONE ? NULL : encoding;
    errors = errors == NONE ? NULL : errors;
    if (check_attached(self) < 0) {
        return NULL;
    }
    if (t->decoded && (encoding || errors || newline)) {
        return raise_unsupported(
            "It is not possible to set the encoding or newline of stream after the first "
            "read");
    }
    if ((newline && newline != NONE && !str_check(newline)) || (encoding && !str_check(encoding)) ||
        (errors && !str_check(errors))) {
        return raise_error(&exc_TypeError, "bad argument type for built-in operation");
    }
    if (newline && check_newline(newline) < 0) {
        return NULL;
    }
    bool lines = t->line_buffering, through = t->write_through;
    if (optional_flag(line_buffering, &lines) < 0 || optional_flag(write_through, &through) < 0 ||
        !call_method0(self, names.flush) || check_attached(self) < 0) {
        return NULL;
    }
    int nested = enter(self), status = attached_buffer(self) ? 0 : -1;
    t->ratio = 0;
    if (status == 0 && newline) {
        set_newline(self, newline);
    }
    if (status == 0 && (encoding || errors || newline)) {
        if (!errors) {
            errors = encoding ? str_intern_cstring("strict") : t->errors;
        }
        if (!encoding) {
            encoding = t->encoding;
        } else if (str_equal_cstring(encoding, "locale")) {
            encoding = locale_encoding();
        }
        status = encoding && errors ? set_codec(self, encoding, errors) : -1;
    }
    if (status == 0) {
        t->line_buffering = lines;
        t->write_through = through;
    }
    leave(self, nested);
    return status < 0 ? NULL : NONE;
}

static Object *textio_detach(Object *self) {
    if (check_attached(self) < 0 || !call_method0(self, names.flush)) {
        return NULL;
    }
    int nested = enter(self);
    Object *buffer = attached_buffer(self);
    if (buffer) {
        gc_store(self, &tio(self)->buffer, NULL);
        io_buffered_wrapped(buffer, true);
        tio(self)->detached = true;
        io_writer_remove(self, &textio_kind);
    }
    leave(self, nested);
    return buffer;
}

static Object *textio_close(Object *self) {
    Object *buffer = attached_buffer(self);
    if (!buffer) {
        return NULL;
    }
    int closed = io_is_closed(self);
    if (closed) {
        return closed < 0 ? NULL : NONE;
    }
    if (tio(self)->finalizing && !io_call1(buffer, names._dealloc_warn, self)) {
        error_clear();
    }
    Object *error = call_method0(self, names.flush) ? NULL : error_take();
    Object *result = call_method0(buffer, names.close);
    io_writer_remove(self, &textio_kind);
    if (error) {
        if (result) {
            error_restore(error);
        } else {
            error_chain_context(error);
        }
        return NULL;
    }
    return result;
}

Object *io_text_buffer(Object *text) {
    return tio(text)->buffer;
}

#define FORWARD(name) \
    static Object *textio_##name(Object *self) { \
        Object *buffer = attached_buffer(self); \
        return buffer ? io_call(buffer, names.name) : NULL; \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)
#undef FORWARD

static Object *get_errors(Object *self, void *c) {
    return check_initialized(self) < 0 ? NULL : tio(self)->errors;
}
static Object *get_attribute(Object *self, void *name) {
    Object *buffer = attached_buffer(self);
    return buffer ? object_getattr_cstring(buffer, name) : NULL;
}
static Object *get_newlines(Object *self, void *c) {
    TextIO *t = tio(self);
    if (check_attached(self) < 0) {
        return NULL;
    }
    if (t->codec != CODEC_OTHER || !t->decoder) {
        return newlines_seen(t->seen);
    }
    Object *result;
    int found = object_getattr_optional(t->decoder, str_intern_cstring("newlines"), &result);
    return found < 0 ? NULL : found ? result : NONE;
}
static Object *get_chunk_size(Object *self, void *c) {
    return check_attached(self) < 0 ? NULL : int_from_ssize(tio(self)->chunk_size);
}
static int set_chunk_size(Object *self, Object *value, void *c) {
    if (check_attached(self) < 0) {
        return -1;
    }
    if (!value) {
        raise_error(&exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    ssize_t n = number_as_ssize(value, &exc_ValueError);
    if (n <= 0) {
        if (!error_occurred()) {
            raise_error(&exc_ValueError, "a strictly positive integer is required");
        }
        return -1;
    }
    tio(self)->chunk_size = n;
    return 0;
}

// " label=value", or nothing when the attribute is missing. NULL with an exception.
static Object *repr_part(Object *self, const char *label, Object *name) {
    Object *value;
    int found = object_getattr_optional(self, name, &value);
    if (found < 0 && !error_clear_if(&exc_ValueError)) {
        return NULL; // a detached stream's ValueError is nothing to speak of
    }
    return found > 0 ? str_format(" %s=%R", label, value) : str_empty();
}

static Object *textio_repr(Object *self) {
    ReprGuard guard;
    if (check_initialized(self) < 0) {
        return NULL;
    }
    if (repr_enter(&guard, self)) {
        return raise_error(&exc_RuntimeError, "reentrant call inside %s.__repr__", self->type->name);
    }
    Object *name = repr_part(self, "name", names.name),
           *mode = name ? repr_part(self, "mode", names.mode) : NULL;
    Object *text = mode ? str_format("<_io.TextIOWrapper%U%U encoding=%R>", name, mode, tio(self)->encoding)
                        : NULL;
    repr_leave(&guard);
    return text;
}

static BuiltinDef textio_methods[] = {
    BUILTIN("detach", textio_detach, "($self, /)", 0, NULL),
    BUILTIN("reconfigure", textio_reconfigure,
            "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, "
            "write_through=None)",
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
    { "errors", get_errors, NULL, NULL, NULL },
    { "name", get_attribute, NULL, NULL, "name" },
    { "closed", get_attribute, NULL, NULL, "closed" },
    { "newlines", get_newlines, NULL, NULL, NULL },
    { "_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
static MemberDef textio_members[] = {
    { "encoding", MEMBER_OBJECT, offsetof(TextIO, encoding), MEMBER_READONLY, NULL },
    { "buffer", MEMBER_OBJECT, offsetof(TextIO, buffer), MEMBER_READONLY, NULL },
    { "line_buffering", MEMBER_BOOL, offsetof(TextIO, line_buffering), MEMBER_READONLY, NULL },
    { "write_through", MEMBER_BOOL, offsetof(TextIO, write_through), MEMBER_READONLY, NULL },
    { "_finalizing", MEMBER_BOOL, offsetof(TextIO, finalizing), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};
Type textio_type;
const TypeSpec textio_spec = {
    .name = "_io.TextIOWrapper",
    .base = &textiobase_type,
    .basic_size = 192,
    .instance_size = sizeof(TextIO),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = textio_methods,
    .getsets = textio_getsets,
    .members = textio_members,
    .trace = textio_trace,
    .slots = { .repr = textio_repr, .new = textio_new, .init = textio_init, .next = textio_next },
};
