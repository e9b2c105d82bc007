// zlib: compression by the zlib library.
//
// A compressor's or decompressor's stream is used by one thread at a time, under a mutex of its own; the
// work runs detached, so that neither other threads nor the collector wait for it.
#include <limits.h>
#include <zlib.h>

#include "base/checksum.h"
#include "heap/thread.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/type.h"
#include "objects/types.h"

// What inflate would verify at the end of the zlib format is verified here, because the library's own Adler-32 takes a
// third of the time: the sum of what came out, and the last bytes of what went in, where the sum should be.
typedef struct Verified {
    bool on;
    uint32_t adler;
    uint8_t last[4];
} Verified;

typedef struct Stream {
    Object base;
    z_stream z;
    Verified verified;
    Object *unused_data, *unconsumed_tail, *dictionary;
    bool ready, eof;
    bool
        ended; // a decompressor at its end, whose memory was given back: more input is unused, whatever it is
    Mutex mutex;
    Thread *owner; // of the mutex
} Stream;

static Type compress_type, decompress_type;
static Object *error_class; // registered root

enum { DEF_BUF_SIZE = 16384, DEF_MEM_LEVEL = 8 };

static Object *stream_error(const z_stream *z, int status, const char *doing) {
    const char *text = z->msg;
    if (!text) {
        text = status == Z_BUF_ERROR      ? "incomplete or truncated stream"
               : status == Z_STREAM_ERROR ? "inconsistent stream state"
               : status == Z_DATA_ERROR   ? "invalid input data"
                                          : NULL;
    }
    return text ? raise_error((Type *)error_class, "Error %d %s: %.200s", status, doing, text)
                : raise_error((Type *)error_class, "Error %d %s", status, doing);
}

// ---- output: a little malloc'ed memory, and then bytes that grow to be the result

typedef struct Output {
    uint8_t *data; // malloc'ed, or of `bytes`
    Object *bytes;
    size_t size, limit; // limit: the most bytes wanted, 0: all
    size_t first; // room to begin with, 0: the usual
} Output;

static bool output_is_full(const Output *o, size_t used) {
    return o->limit && used >= o->limit;
}

static void output_drop(Output *o) {
    if (!o->bytes) {
        free(o->data);
    }
}

// Makes room behind the `used` bytes. -1: memory is out.
static int output_grow(Output *o, size_t used) {
    enum { MALLOCED_MOST = 1 << 15 };
    size_t size = o->size ? o->size * 2 : o->first ? o->first : DEF_BUF_SIZE;
    if (o->limit && size > o->limit) {
        size = o->limit;
    }
    if (size <= MALLOCED_MOST) {
        uint8_t *grown = realloc(o->data, size);
        if (!grown) {
            raise_memory_error();
            return -1;
        }
        o->data = grown;
    } else {
        if (size > (size_t)SSIZE_LIMIT) {
            raise_memory_error();
            return -1;
        }
        Object *bytes = o->bytes ? bytes_resize(o->bytes, (ssize_t)size) : bytes_new((ssize_t)size);
        if (!bytes) {
            return -1;
        }
        if (!o->bytes && o->data) {
            memcpy(bytes_data(bytes), o->data, used);
            free(o->data);
        }
        o->bytes = bytes;
        o->data = (uint8_t *)bytes_data(bytes);
    }
    o->size = size;
    return 0;
}

static Object *output_take(Output *o, size_t used) {
    if (o->bytes) {
        return bytes_shorten(o->bytes, (ssize_t)used);
    }
    Object *result = bytes_from(o->data ? o->data : (uint8_t *)"", (ssize_t)used);
    free(o->data);
    return result;
}

// For a decompressor that has just been initialised for the format `bits`.
static Verified verified_begin(z_stream *z, int bits) {
    bool on = bits >= 0 && bits <= MAX_WBITS && inflateValidate(z, 0) == Z_OK;
    return (Verified){ .on = on, .adler = 1 };
}

// More input was used.
static void verified_used(Verified *v, const uint8_t *input, size_t size) {
    size_t kept = size < sizeof v->last ? sizeof v->last - size : 0;
    memmove(v->last, v->last + sizeof v->last - kept, kept);
    memcpy(v->last + kept, input + size - (sizeof v->last - kept), sizeof v->last - kept);
}

static bool verified_agrees(const Verified *v) {
    uint32_t said = (uint32_t)v->last[0] << 24 | (uint32_t)v->last[1] << 16 | (uint32_t)v->last[2] << 8 |
                    v->last[3];
    return v->adler == said;
}

typedef struct Work {
    z_stream *z;
    int (*step)(z_stream *z, int flush);
    const uint8_t *input;
    size_t left; // input behind what `z` has
    size_t piece; // how much of it is used in one go, 0: all
    int flush, status;
    Output output;
    size_t produced;
    bool inflating, paused;
    Verified *verified; // or NULL
    const uint8_t *dictionary;
    size_t dictionary_size;
} Work;

// All input through the stream, or the next piece, until it is used up, the stream ends, or the limit is reached, or the
// room is. Detached.
static void *run_work(void *context) {
    Work *w = context;
    z_stream *z = w->z;
    if (!w->paused) {
        z->next_in = (Bytef *)(uintptr_t)w->input;
        z->avail_in = 0;
        z->avail_out = 0;
    }
    w->status = Z_OK;
    w->paused = false;
    do {
        size_t most = w->piece ? w->piece : UINT_MAX;
        uInt part = (uInt)size_min(w->left, most);
        if (!z->avail_in) {
            z->avail_in = part;
            w->left -= part;
        }
        int flush = w->inflating ? w->flush : w->left ? Z_NO_FLUSH : w->flush;
        do {
            if (!z->avail_out) {
                if (output_is_full(&w->output, w->produced)) {
                    w->left += z->avail_in;
                    return NULL;
                }
                size_t room = w->output.size - w->produced;
                if (!room) {
                    w->paused = true;
                    return NULL;
                }
                z->next_out = w->output.data + w->produced;
                z->avail_out = (uInt)size_min(room, UINT_MAX);
            }
            uInt before = z->avail_out;
            w->status = w->step(z, flush);
            uInt fresh = before - z->avail_out;
            if (w->verified) {
                const uint8_t *from = w->output.data + w->produced;
                w->verified->adler = checksum_adler32(w->verified->adler, from, fresh);
            }
            w->produced += fresh;
            if (w->status == Z_NEED_DICT && w->dictionary) {
                int status = inflateSetDictionary(z, w->dictionary, (uInt)w->dictionary_size);
                w->dictionary = NULL;
                if (status != Z_OK) {
                    w->status = status;
                    w->flush = -1; // says where it failed
                    return NULL;
                }
                w->status = Z_OK;
                continue;
            }
            if (w->status != Z_OK && w->status != Z_BUF_ERROR) {
                w->left += z->avail_in;
                return NULL;
            }
            if (w->inflating && w->status == Z_BUF_ERROR && z->avail_out) {
                break;
            }
        } while (!z->avail_out || (w->inflating && z->avail_in));
        if (w->piece && w->left && !z->avail_in) {
            w->paused = true;
            return NULL;
        }
    } while (w->left);
    w->left = z->avail_in;
    return NULL;
}

// The same in pieces of some milliseconds each, between which signals are looked for; -1 with the exception of
// a handler, or MemoryError. Nothing may be locked but the stream.
static int run_in_pieces(Work *w) {
    enum { COMPRESSED_PIECE = 1 << 14, PLAIN_PIECE = 1 << 16 };
    w->piece = w->inflating ? COMPRESSED_PIECE : PLAIN_PIECE;
    do {
        bool full = w->produced == w->output.size;
        if ((full && !output_is_full(&w->output, w->produced) && output_grow(&w->output, w->produced) < 0) ||
            (w->paused && safepoint() < 0)) {
            output_drop(&w->output);
            return -1;
        }
        const uint8_t *from = w->paused ? w->z->next_in : w->input;
        blocking_call(run_work, w);
        if (w->verified) {
            verified_used(w->verified, from, (size_t)(w->z->next_in - from));
            if (w->status == Z_STREAM_END && !verified_agrees(w->verified)) {
                w->status = Z_DATA_ERROR;
                w->z->msg = "incorrect data check";
            }
        }
    } while (w->paused);
    return 0;
}

static Object *take_output(Work *w) {
    return output_take(&w->output, w->produced);
}

static int get_int(Object *o, int otherwise, int *value) {
    *value = o ? int_to_c_int(o) : otherwise;
    return *value == -1 && error_occurred() ? -1 : 0;
}

// ---- one-shot functions

static Object *zlib_compress(Object *module, Object *data, Object *level_object, Object *bits_object) {
    (void)module;
    int level, bits;
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    if (get_int(level_object, Z_DEFAULT_COMPRESSION, &level) < 0 ||
        get_int(bits_object, MAX_WBITS, &bits) < 0) {
        buffer_release(&view);
        return NULL;
    }
    z_stream z = { 0 };
    int status = deflateInit2(&z, level, Z_DEFLATED, bits, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    Object *result = NULL;
    if (status == Z_MEM_ERROR) {
        raise_error(&exc_MemoryError, "Out of memory while compressing data");
    } else if (status == Z_STREAM_ERROR) {
        raise_error((Type *)error_class, "Bad compression level");
    } else if (status != Z_OK) {
        stream_error(&z, status, "while compressing data");
    } else {
        Work w = {
            .z = &z, .step = deflate, .input = view.data, .left = (size_t)view.length, .flush = Z_FINISH
        };
        result = run_in_pieces(&w) < 0 ? NULL : take_output(&w);
        deflateEnd(&z);
    }
    buffer_release(&view);
    return result;
}

static Object *zlib_decompress(Object *module, Object *data, Object *bits_object, Object *size_object) {
    (void)module;
    int bits;
    ssize_t size = DEF_BUF_SIZE;
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    if (get_int(bits_object, MAX_WBITS, &bits) < 0 ||
        (size_object && (size = number_to_ssize(size_object)) < 0)) {
        buffer_release(&view);
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "bufsize must be non-negative");
    }
    z_stream z = { 0 };
    int status = inflateInit2(&z, bits);
    Object *result = NULL;
    if (status == Z_MEM_ERROR) {
        raise_error(&exc_MemoryError, "Out of memory while decompressing data");
    } else if (status != Z_OK) {
        stream_error(&z, status, "while preparing to decompress data");
    } else {
        Work w = { .z = &z,
                   .step = inflate,
                   .input = view.data,
                   .left = (size_t)view.length,
                   .flush = Z_SYNC_FLUSH,
                   .inflating = true };
        Verified verified = verified_begin(&z, bits);
        w.verified = verified.on ? &verified : NULL;
        // Text is a fourth of its size as a rule.
        enum { FIRST_MOST = 1 << 18 };
        w.output.first = size_max(DEF_BUF_SIZE, size_min((size_t)view.length * 4, FIRST_MOST));
        if (run_in_pieces(&w) < 0) {
            result = NULL;
        } else if (w.status == Z_STREAM_END) {
            result = take_output(&w);
        } else {
            output_drop(&w.output);
            status = w.status == Z_OK ? Z_BUF_ERROR : w.status;
            stream_error(&z, status, "while decompressing data");
        }
        inflateEnd(&z);
    }
    buffer_release(&view);
    return result;
}

typedef struct Sum {
    const uint8_t *data;
    size_t length;
    uint32_t value;
    bool adler;
} Sum;

static void *run_sum(void *context) {
    Sum *s = context;
    s->value = s->adler ? checksum_adler32(s->value, s->data, s->length)
                        : checksum_crc32(s->value, s->data, s->length);
    return NULL;
}

static Object *checksum(Object *data, Object *value_object, bool adler) {
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *number = value_object ? number_index(value_object) : NULL;
    if (value_object && !number) {
        buffer_release(&view);
        return NULL;
    }
    Sum s = { view.data, (size_t)view.length, number ? (uint32_t)int_to_u64_mask(number) : adler, adler };
    enum { DIRECTLY = 5 * 1024, PIECE = 1 << 22 };
    int status = 0;
    size_t left = s.length;
    do { // of nothing, too: a value that is none becomes one
        s.length = size_min(left, PIECE);
        if (s.length > DIRECTLY) {
            blocking_call(run_sum, &s);
        } else {
            run_sum(&s);
        }
        status = left > PIECE ? safepoint() : 0;
        s.data += s.length;
        left -= s.length;
    } while (left && !status);
    buffer_release(&view);
    return status < 0 ? NULL : int_from_u64(s.value);
}

static Object *zlib_adler32(Object *module, Object *data, Object *value) {
    (void)module;
    return checksum(data, value, true);
}

static Object *zlib_crc32(Object *module, Object *data, Object *value) {
    (void)module;
    return checksum(data, value, false);
}

// ---- streams

static Stream *stream_new(Type *type) {
    Stream *self = (Stream *)object_alloc(type);
    Object *empty = self ? bytes_from("", 0) : NULL;
    if (!empty) {
        return NULL;
    }
    gc_store(self, &self->unused_data, empty);
    gc_store(self, &self->unconsumed_tail, empty);
    return self;
}

static void stream_finalize(Object *object) {
    Stream *self = (Stream *)object;
    if (self->ready && !self->ended) {
        self->ready = false;
        object->type == &compress_type ? deflateEnd(&self->z) : inflateEnd(&self->z);
    }
}

static void stream_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Stream *)self)->unused_data);
    trace_cell(tracer, ((Stream *)self)->unconsumed_tail);
    trace_cell(tracer, ((Stream *)self)->dictionary);
}

static Object *zlib_compressobj(Object *module, Object *level_object, Object *method_object,
                                Object *bits_object, Object *memory_object, Object *strategy_object,
                                Object *dictionary) {
    (void)module;
    int level, method, bits, memory, strategy;
    if (get_int(level_object, Z_DEFAULT_COMPRESSION, &level) < 0 ||
        get_int(method_object, Z_DEFLATED, &method) < 0 || get_int(bits_object, MAX_WBITS, &bits) < 0 ||
        get_int(memory_object, DEF_MEM_LEVEL, &memory) < 0 ||
        get_int(strategy_object, Z_DEFAULT_STRATEGY, &strategy) < 0) {
        return NULL;
    }
    Buffer view = { 0 };
    bool given = dictionary && dictionary != NONE;
    if (given && object_get_buffer(dictionary, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Stream *self = stream_new(&compress_type);
    Object *result = NULL;
    if (self) {
        int status = deflateInit2(&self->z, level, method, bits, memory, strategy);
        if (status == Z_OK) {
            self->ready = true;
            status = given ? deflateSetDictionary(&self->z, view.data, (uInt)view.length) : Z_OK;
            result = status == Z_OK             ? (Object *)self
                     : status == Z_STREAM_ERROR ? raise_error(&exc_ValueError, "Invalid dictionary")
                                                : raise_error(&exc_ValueError, "deflateSetDictionary()");
        } else if (status == Z_MEM_ERROR) {
            raise_error(&exc_MemoryError, "Can't allocate memory for compression object");
        } else if (status == Z_STREAM_ERROR) {
            raise_error(&exc_ValueError, "Invalid initialization option");
        } else {
            stream_error(&self->z, status, "while creating compression object");
        }
    }
    if (given) {
        buffer_release(&view);
    }
    return result;
}

static Object *zlib_decompressobj(Object *module, Object *bits_object, Object *dictionary) {
    (void)module;
    int bits;
    if (get_int(bits_object, MAX_WBITS, &bits) < 0) {
        return NULL;
    }
    if (dictionary && !buffer_check(dictionary)) {
        return raise_error(&exc_TypeError, "zdict argument must support the buffer protocol");
    }
    Stream *self = stream_new(&decompress_type);
    Object *kept = self && dictionary ? bytes_from_object(dictionary) : NULL;
    if (!self || (dictionary && !kept)) {
        return NULL;
    }
    gc_store(self, &self->dictionary, kept);
    int status = inflateInit2(&self->z, bits);
    if (status == Z_OK) {
        self->ready = true;
        self->verified = verified_begin(&self->z, bits);
        if (kept && bits < 0 &&
            inflateSetDictionary(&self->z, (const Bytef *)bytes_data(kept), (uInt)bytes_length(kept)) !=
                Z_OK) {
            return stream_error(&self->z, Z_DATA_ERROR, "while setting zdict");
        }
        return (Object *)self;
    }
    return status == Z_STREAM_ERROR ? raise_error(&exc_ValueError, "Invalid initialization option")
           : status == Z_MEM_ERROR
               ? raise_error(&exc_MemoryError, "Can't allocate memory for decompression object")
               : stream_error(&self->z, status, "while creating decompression object");
}

// One thread at a time: a handler that runs meanwhile must not come in. 0, or -1 with RuntimeError.
static int stream_enter(Stream *self) {
    if (__atomic_load_n(&self->owner, __ATOMIC_RELAXED) == thread_current) {
        raise_error(&exc_RuntimeError, "reentrant call inside %R", self);
        return -1;
    }
    mutex_lock(&self->mutex);
    __atomic_store_n(&self->owner, thread_current, __ATOMIC_RELAXED);
    return 0;
}

static void stream_leave(Stream *self) {
    __atomic_store_n(&self->owner, NULL, __ATOMIC_RELAXED);
    mutex_unlock(&self->mutex);
}

static Object *compress_feed(Object *object, const void *data, size_t length, int flush, const char *doing) {
    Stream *self = (Stream *)object;
    Work w = { .z = &self->z, .step = deflate, .input = data, .left = length, .flush = flush };
    if (stream_enter(self) < 0) {
        return NULL;
    }
    if (self->ready) {
        if (run_in_pieces(&w) < 0) {
            stream_leave(self);
            return NULL;
        }
    } else {
        w.status = Z_STREAM_ERROR;
    }
    bool ended = w.status == Z_STREAM_END && flush == Z_FINISH;
    if (ended) {
        self->ready = false;
        deflateEnd(&self->z);
    }
    stream_leave(self);
    if (w.status != Z_OK && w.status != Z_BUF_ERROR && !ended) {
        output_drop(&w.output);
        self->z.msg = self->ready ? self->z.msg : NULL;
        return stream_error(&self->z, w.status, doing);
    }
    return take_output(&w);
}

static Object *compress_compress(Object *self, Object *data) {
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *result = compress_feed(self, view.data, (size_t)view.length, Z_NO_FLUSH,
                                   "while compressing data");
    buffer_release(&view);
    return result;
}

static Object *compress_flush(Object *self, Object *mode_object) {
    int mode;
    if (get_int(mode_object, Z_FINISH, &mode) < 0) {
        return NULL;
    }
    return mode == Z_NO_FLUSH ? bytes_from("", 0) : compress_feed(self, "", 0, mode, "while flushing");
}

static Object *stream_copy(Object *object) {
    Stream *self = (Stream *)object, *copy = stream_new(object->type);
    if (!copy) {
        return NULL;
    }
    if (stream_enter(self) < 0) {
        return NULL;
    }
    int status = !self->ready                     ? Z_STREAM_ERROR
                 : self->ended                    ? Z_OK
                 : object->type == &compress_type ? deflateCopy(&copy->z, &self->z)
                                                  : inflateCopy(&copy->z, &self->z);
    if (status == Z_OK) {
        copy->ready = true;
        copy->eof = self->eof;
        copy->ended = self->ended;
        copy->verified = self->verified;
        gc_store(copy, &copy->unused_data, self->unused_data);
        gc_store(copy, &copy->unconsumed_tail, self->unconsumed_tail);
        gc_store(copy, &copy->dictionary, self->dictionary);
    }
    stream_leave(self);
    return status == Z_OK ? (Object *)copy
           : status == Z_MEM_ERROR
               ? raise_error(&exc_MemoryError, "Can't allocate memory for compression object")
               : raise_error(&exc_ValueError, "Inconsistent stream state");
}

static Object *stream_deepcopy(Object *self, Object *memo) {
    (void)memo;
    return stream_copy(self);
}

// Decompresses up to `limit` bytes (0: all). With the mutex held.
static Object *decompress_feed(Stream *self, const uint8_t *data, size_t length, size_t limit, int flush,
                               const char *doing) {
    Work w = { .z = &self->z,
               .step = inflate,
               .input = data,
               .left = length,
               .flush = flush,
               .inflating = true,
               .verified = self->verified.on ? &self->verified : NULL,
               .output.limit = limit };
    if (self->dictionary) {
        w.dictionary = (const uint8_t *)bytes_data(self->dictionary);
        w.dictionary_size = (size_t)bytes_length(self->dictionary);
    }
    if (self->ended) {
        w.status = Z_STREAM_END;
    } else if (run_in_pieces(&w) < 0) {
        return NULL;
    }
    if (w.flush == -1) {
        output_drop(&w.output);
        return stream_error(&self->z, w.status, "while setting zdict");
    }
    bool wrong = w.status != Z_OK && w.status != Z_BUF_ERROR && w.status != Z_STREAM_END;
    const uint8_t *rest = data + length - w.left;
    if (w.status == Z_STREAM_END) {
        self->eof = true;
        if (!self->ended) {
            self->ended = true;
            inflateEnd(&self->z);
        }
        Object *old = self->unused_data, *more = bytes_from(rest, (ssize_t)w.left);
        Object *unused = more && bytes_length(old) ? sequence_concat(old, more) : more;
        if (!unused) {
            output_drop(&w.output);
            return NULL;
        }
        gc_store(self, &self->unused_data, unused);
    }
    // What the limit left over comes back with the next call.
    size_t tail = w.status == Z_STREAM_END ? 0 : w.left;
    if (tail || bytes_length(self->unconsumed_tail)) {
        Object *kept = bytes_from(rest, (ssize_t)tail);
        if (!kept) {
            output_drop(&w.output);
            return NULL;
        }
        gc_store(self, &self->unconsumed_tail, kept);
    }
    if (wrong && flush != Z_FINISH) { // flush gives what came out before
        output_drop(&w.output);
        return stream_error(&self->z, w.status, doing);
    }
    return take_output(&w);
}

static Object *decompress_decompress(Object *object, Object *data, Object *limit_object) {
    Stream *self = (Stream *)object;
    Buffer view;
    if (object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    ssize_t limit = limit_object ? number_to_ssize(limit_object) : 0;
    if (limit < 0) {
        buffer_release(&view);
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "max_length must be non-negative");
    }
    if (stream_enter(self) < 0) {
        buffer_release(&view);
        return NULL;
    }
    Object *result;
    if (!self->ready) {
        result = stream_error(&self->z, Z_STREAM_ERROR, "while decompressing data");
    } else {
        result = decompress_feed(self, view.data, (size_t)view.length, (size_t)limit, Z_SYNC_FLUSH,
                                 "while decompressing data");
    }
    stream_leave(self);
    buffer_release(&view);
    return result;
}

static Object *decompress_flush(Object *object, Object *length_object) {
    Stream *self = (Stream *)object;
    ssize_t length = length_object ? number_to_ssize(length_object) : DEF_BUF_SIZE;
    if (length <= 0) {
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "length must be greater than zero");
    }
    Object *result;
    if (stream_enter(self) < 0) {
        return NULL;
    }
    if (!self->ready) {
        result = bytes_from("", 0);
    } else {
        Object *tail = self->unconsumed_tail;
        result = decompress_feed(self, (const uint8_t *)bytes_data(tail), (size_t)bytes_length(tail), 0,
                                 Z_FINISH, "while decompressing data");
        if (result && self->eof) {
            self->ready = false;
        }
        __asm__ volatile("" : : "r"(tail) : "memory");
    }
    stream_leave(self);
    return result;
}

static BuiltinDef compress_methods[] = {
    BUILTIN("compress", compress_compress, "+($self, data, /)", 0, NULL),
    BUILTIN("flush", compress_flush, "+($self, mode=zlib.Z_FINISH, /)", 0, NULL),
    BUILTIN("copy", stream_copy, "+($self, /)", 0, NULL),
    BUILTIN("__copy__", stream_copy, "+($self, /)", 0, NULL),
    BUILTIN("__deepcopy__", stream_deepcopy, "+($self, memo, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef decompress_methods[] = {
    BUILTIN("decompress", decompress_decompress, "($self, data, /, max_length=0)", 0, NULL),
    BUILTIN("flush", decompress_flush, "+($self, length=zlib.DEF_BUF_SIZE, /)", 0, NULL),
    BUILTIN("copy", stream_copy, "+($self, /)", 0, NULL),
    BUILTIN("__copy__", stream_copy, "+($self, /)", 0, NULL),
    BUILTIN("__deepcopy__", stream_deepcopy, "+($self, memo, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef decompress_members[] = {
    { "unused_data", MEMBER_OBJECT, offsetof(Stream, unused_data), MEMBER_READONLY, NULL },
    { "unconsumed_tail", MEMBER_OBJECT, offsetof(Stream, unconsumed_tail), MEMBER_READONLY, NULL },
    { "eof", MEMBER_BOOL, offsetof(Stream, eof), MEMBER_READONLY, NULL },
    { 0 },
};

static const TypeSpec compress_spec = {
    .name = "zlib.Compress",
    .basic_size = sizeof(Stream),
    .methods = compress_methods,
    .trace = stream_trace,
    .frees_only = true,
    .slots = { .finalize = stream_finalize },
};
static const TypeSpec decompress_spec = {
    .name = "zlib.Decompress",
    .basic_size = sizeof(Stream),
    .methods = decompress_methods,
    .members = decompress_members,
    .trace = stream_trace,
    .frees_only = true,
    .slots = { .finalize = stream_finalize },
};

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("adler32", zlib_adler32, "($module, data, value=1, /)", 0, NULL),
    BUILTIN("compress", zlib_compress, "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", 0,
            NULL),
    BUILTIN("compressobj", zlib_compressobj,
            "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, "
            "memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=None)",
            0, NULL),
    BUILTIN("crc32", zlib_crc32, "($module, data, value=0, /)", 0, NULL),
    BUILTIN("decompress", zlib_decompress, "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", 0,
            NULL),
    BUILTIN("decompressobj", zlib_decompressobj, "($module, /, wbits=MAX_WBITS, zdict=b'')", 0, NULL),
    BUILTIN_END,
};

static int zlib_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        { "MAX_WBITS", MAX_WBITS },
        { "DEFLATED", Z_DEFLATED },
        { "DEF_MEM_LEVEL", DEF_MEM_LEVEL },
        { "DEF_BUF_SIZE", DEF_BUF_SIZE },
        { "Z_NO_COMPRESSION", Z_NO_COMPRESSION },
        { "Z_BEST_SPEED", Z_BEST_SPEED },
        { "Z_BEST_COMPRESSION", Z_BEST_COMPRESSION },
        { "Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION },
        { "Z_FILTERED", Z_FILTERED },
        { "Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY },
        { "Z_RLE", Z_RLE },
        { "Z_FIXED", Z_FIXED },
        { "Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY },
        { "Z_NO_FLUSH", Z_NO_FLUSH },
        { "Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH },
        { "Z_SYNC_FLUSH", Z_SYNC_FLUSH },
        { "Z_FULL_FLUSH", Z_FULL_FLUSH },
        { "Z_FINISH", Z_FINISH },
        { "Z_BLOCK", Z_BLOCK },
        { "Z_TREES", Z_TREES },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (!error_class) {
        heap_add_root(&error_class, 1);
        error_class = exception_class_new("zlib.error", &exc_Exception);
        if (!error_class || type_ready(&compress_type, &compress_spec) < 0 ||
            type_ready(&decompress_type, &decompress_spec) < 0) {
            return -1;
        }
    }
    return module_add(module, "error", error_class) < 0 ||
                   module_add_string(module, "ZLIB_VERSION", ZLIB_VERSION) < 0 ||
                   module_add_string(module, "ZLIB_RUNTIME_VERSION", zlibVersion()) < 0
               ? -1
               : module_add_string(module, "__version__", "1.0");
}

const ModuleSpec module_zlib = { "zlib", NULL, functions, zlib_exec };
