// bytes: making them, the type, and what concerns bytes alone. The methods it shares with bytearray
// are in bytes_methods.c.
#include "objects/bytes.h"

#include "base/hash.h"
#include "objects/abstract.h"
#include "objects/bytes_private.h"
#include "objects/containers.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/polling.h"
#include "objects/sequence_types.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

// The empty bytes and those of one byte are static objects.
static Bytes empty_bytes;
static struct {
    Bytes head;
    char more[8];
} byte_objects[256];

__attribute__((constructor)) static void make_static_bytes(void) {
    empty_bytes.var = (VarObject){ { REFCOUNT_INITIAL, &bytes_type }, 0 };
    empty_bytes.hash = -1;
    for (int i = 0; i < 256; i++) {
        // Not the whole struct at once: that may write anything into the padding, and the NUL lies there.
        Bytes *bytes = &byte_objects[i].head;
        bytes->var = (VarObject){ { REFCOUNT_INITIAL, &bytes_type }, 1 };
        bytes->hash = -1;
        bytes->data[0] = (char)i;
    }
}

Object *bytes_new(ssize_t length) {
    return length ? bytes_cell(length) : &empty_bytes.var.base;
}

Object *bytes_from(const void *data, ssize_t length) {
    if (length == 1) {
        return &byte_objects[*(const uint8_t *)data].head.var.base;
    }
    Object *b = bytes_new(length);
    if (b && length) {
        memcpy(bytes_data(b), data, (size_t)length);
    }
    return b;
}

Object *bytes_from_cstring(const char *text) {
    return bytes_from(text, (ssize_t)strlen(text));
}

Object *bytes_shorten(Object *bytes, ssize_t length) {
    ssize_t old = bytes_length(bytes);
    if (length >= old) {
        return bytes;
    }
    if (BYTES_HEAD + (size_t)old >= HEAP_SMALL_MOST || length <= 1 || length < old - old / 8 - 32) {
        return bytes_resize(bytes, length);
    }
    ((Bytes *)bytes)->var.size = length;
    bytes_data(bytes)[length] = 0;
    return bytes;
}

Object *bytes_resize(Object *bytes, ssize_t length) {
    // A large cell gives back what it does not need; less than a large one needs is copied.
    bool large = length > HEAP_SMALL_MOST && length <= SSIZE_LIMIT - BYTES_HEAD - 1;
    if (large && heap_contains(bytes) && heap_resize(bytes, BYTES_HEAD + (size_t)length + 1)) {
        ((Bytes *)bytes)->var.size = length;
        bytes_data(bytes)[length] = 0;
        return bytes;
    }
    Object *other = length == 1 && bytes_length(bytes) ? bytes_from(bytes_data(bytes), 1) : bytes_new(length);
    if (other && length > 1) {
        memcpy(bytes_data(other), bytes_data(bytes), size_min((size_t)length, (size_t)bytes_length(bytes)));
    }
    if (other && heap_contains(bytes)) {
        heap_discard(bytes);
    }
    return other;
}

Object *bytes_as_exact(Object *b) {
    return b->type == &bytes_type ? b : bytes_from(bytes_data(b), bytes_length(b));
}

Object *bytes_concat(Object *a, Object *b) {
    if (a->type == &bytes_type && b->type == &bytes_type) {
        if (!bytes_length(a)) {
            return b;
        }
        if (!bytes_length(b)) {
            return a;
        }
    }
    BytesView va, vb;
    if (!buffer_check(a) || !buffer_check(b)) {
        return raise_error(&exc_TypeError, "can't concat %T to %T", b, a);
    }
    if (bytes_view(a, &va) < 0) {
        return NULL;
    }
    if (bytes_view(b, &vb) < 0) {
        bytes_view_release(&va);
        return NULL;
    }
    Object *result = NULL;
    if (va.length > SSIZE_LIMIT - vb.length) {
        raise_memory_error();
    } else {
        result = bytes_new(va.length + vb.length);
    }
    if (result) {
        if (va.length) {
            memcpy(bytes_data(result), va.data, (size_t)va.length);
        }
        if (vb.length) {
            memcpy(bytes_data(result) + va.length, vb.data, (size_t)vb.length);
        }
    }
    bytes_view_release(&va);
    bytes_view_release(&vb);
    return result;
}

// Without branches: what is in bytes has no pattern.
static inline uint32_t shown_size(uint8_t c) {
    uint32_t named = (c == '\t') | (c == '\n') | (c == '\r');
    return 1 + 3 * (uint32_t)((uint8_t)(c - ' ') >= 0x7f - ' ') - 2 * named + (c == '\\');
}

// `before`, the text as a bytes literal, `after`. A double quote around it spares single ones their backslashes, but in
// python3.11's bytearrays.
Object *bytes_repr_within(const char *data, ssize_t length, bool smart_quotes, const char *before,
                          const char *after) {
    enum { POLL_BYTES = 1 << 17 };
    static const char hex[] = "0123456789abcdef";
    size_t single = 0, twice = 0, size = 0;
    const uint8_t *p = (const uint8_t *)data;
    if (length > (SSIZE_LIMIT - 64) / 4) {
        return raise_error(&exc_OverflowError, "bytes object is too large to make repr");
    }
    // Short ones are plain as a rule.
    ssize_t plain = 0;
    while (plain < length && plain < 256 && p[plain] >= ' ' && p[plain] < 0x7f && p[plain] != '\\' &&
           p[plain] != '\'' && p[plain] != '"') {
        plain++;
    }
    size = (size_t)plain;
    for (ssize_t start = plain; start < length; start += POLL_BYTES) {
        ssize_t end = length - start < POLL_BYTES ? length : start + POLL_BYTES;
        uint32_t singles = 0, doubles = 0, sizes = 0;
        for (ssize_t i = start; i < end; i++) {
            singles += p[i] == '\'';
            doubles += p[i] == '"';
            sizes += shown_size(p[i]);
        }
        single += singles;
        twice += doubles;
        size += sizes;
    }
    bool is_array = *before;
    uint8_t quote = smart_quotes && single && !twice ? '"' : '\'';
    size += quote == '\'' || is_array ? single : 0;
    size_t first = strlen(before), last = strlen(after);
    Object *text = str_new((ssize_t)(first + size + last) + 3, 0x7f);
    if (!text) {
        return NULL;
    }
    uint8_t *out = str_data(text);
    memcpy(out, before, first);
    out += first;
    *out++ = 'b';
    *out++ = quote;
    if (size == (size_t)length) {
        plain = length;
    }
    if (copy_polling(out, p, (size_t)plain) < 0) {
        return NULL;
    }
    out += plain;
    for (ssize_t i = plain; i < length; i++) {
        if (UNLIKELY(!(i & (POLL_BYTES - 1))) && i && safepoint() < 0) {
            return NULL;
        }
        uint8_t c = p[i];
        if (LIKELY(c >= ' ' && c < 0x7f && c != '\\' && c != '\'')) {
            *out++ = c;
        } else if (c == '\\' || c == '\'') {
            *out = '\\';
            out += c == '\\' || quote == '\'' || is_array;
            *out++ = c;
        } else if (c == '\t' || c == '\n' || c == '\r') {
            *out++ = '\\';
            *out++ = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else {
            *out++ = '\\';
            *out++ = 'x';
            *out++ = (uint8_t)hex[c >> 4];
            *out++ = (uint8_t)hex[c & 15];
        }
    }
    *out++ = quote;
    memcpy(out, after, last);
    return text;
}

Object *bytes_repr(const char *data, ssize_t length, bool smart_quotes) {
    return bytes_repr_within(data, length, smart_quotes, "", "");
}

// ---- from other objects

int byte_value(Object *o, uint8_t *value) {
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", o);
        return -1;
    }
    ssize_t n = number_as_ssize(o, NULL);
    if (n == -1 && error_occurred()) {
        return -1;
    }
    if (n < 0 || n > 255) {
        raise_error(&exc_ValueError, "byte must be in range(0, 256)");
        return -1;
    }
    *value = (uint8_t)n;
    return 0;
}

static int iterated_byte(Object *o, const char *owner, uint8_t *value) {
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", o);
        return -1;
    }
    ssize_t n = number_as_ssize(o, NULL);
    if (n == -1 && error_occurred()) {
        return -1;
    }
    if (n < 0 || n > 255) {
        raise_error(&exc_ValueError, owner[0] == 'b' && owner[4] == 's' ? "bytes must be in range(0, 256)"
                                                                        : "byte must be in range(0, 256)");
        return -1;
    }
    *value = (uint8_t)n;
    return 0;
}

int bytes_collect_small(Object *o, BytesBuilder *b) {
    bool list = o->type == &list_type;
    if ((!list && o->type != &tuple_type) || runtime_multithreaded) {
        return 0;
    }
    ssize_t n = list ? list_size(o) : tuple_size(o);
    if (bytes_builder_reserve(b, (size_t)n) < 0) {
        return -1;
    }
    Object *const *items = list ? ((List *)o)->items : tuple_items(o);
    char *out = bytes_data(b->buffer) + b->length;
    for (ssize_t i = 0; i < n; i++) {
        Object *item = items[i];
        if (item->type != &int_type || !int_is_compact(item) || (uint64_t)int_compact_value(item) > 255) {
            return 0;
        }
        out[i] = (char)int_compact_value(item);
    }
    b->length += (size_t)n;
    return 1;
}

int bytes_collect(Object *o, const char *owner, BytesBuilder *b) {
    if (buffer_check(o)) {
        Buffer view;
        if (object_get_buffer(o, &view, BUFFER_FULL_RO) < 0) {
            return -1;
        }
        int status = bytes_builder_reserve(b, (size_t)view.length);
        if (!status) {
            status = buffer_copy_out(&view, bytes_data(b->buffer) + b->length, 'C');
            b->length += (size_t)view.length;
        }
        buffer_release(&view);
        return status;
    }
    if (str_check(o)) {
        raise_error(&exc_TypeError, "cannot convert 'str' object to %s", owner);
        return -1;
    }
    int small = bytes_collect_small(o, b);
    if (small) {
        return small < 0 ? -1 : 0;
    }
    Object *iterator = object_iter_whole(o);
    if (!iterator) {
        if (error_clear_if(&exc_TypeError)) {
            raise_error(&exc_TypeError, "cannot convert '%T' object to %s", o, owner);
        }
        return -1;
    }
    ssize_t hint = object_length_hint(o, 64);
    if (hint < 0 || bytes_builder_reserve(b, (size_t)hint) < 0) {
        return -1;
    }
    for (;;) {
        Object *item = iterator_step(iterator);
        if (!item) {
            return error_occurred() ? -1 : 0;
        }
        uint8_t value;
        if (LIKELY(item->type == &int_type && int_is_compact(item) && int_compact_value(item) >= 0 &&
                   int_compact_value(item) <= 255 && b->length < b->capacity)) {
            bytes_data(b->buffer)[b->length++] = (char)int_compact_value(item);
            continue;
        }
        if (iterated_byte(item, owner, &value) < 0 || bytes_builder_add(b, &value, 1) < 0) {
            return -1;
        }
    }
}

Object *bytes_from_object(Object *o) {
    if (o->type == &bytes_type) {
        return o;
    }
    BytesBuilder b = { 0 };
    return bytes_collect(o, "bytes", &b) < 0 ? NULL : bytes_builder_finish(&b);
}

// ---- the type

static const char *text_or_null(const char *name, Object *o, bool *failed) {
    if (!o) {
        return NULL;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "bytes() argument '%s' must be str, not %K", name, o);
        *failed = true;
        return NULL;
    }
    const char *text = str_utf8(o, NULL);
    *failed = !text;
    return text;
}

static Object *make(Object *source, Object *encoding, Object *errors) {
    bool failed = false;
    const char *encoding_text = text_or_null("encoding", encoding, &failed);
    const char *errors_text = failed ? NULL : text_or_null("errors", errors, &failed);
    if (failed) {
        return NULL;
    }
    if (!source) {
        return encoding_text || errors_text
                   ? raise_error(&exc_TypeError, encoding_text ? "encoding without a string argument"
                                                               : "errors without a string argument")
                   : bytes_new(0);
    }
    if (encoding_text) {
        if (!str_check(source)) {
            return raise_error(&exc_TypeError, "encoding without a string argument");
        }
        return str_encode(source, encoding_text, errors_text);
    }
    if (errors_text) {
        return raise_error(&exc_TypeError, str_check(source) ? "string argument without an encoding"
                                                             : "errors without a string argument");
    }
    Object *method;
    int found = object_lookup_special(source, names.__bytes__, &method);
    if (found < 0) {
        return NULL;
    }
    if (found) {
        Object *result = call0(method);
        if (result && !bytes_check(result)) {
            return raise_error(&exc_TypeError, "__bytes__ returned non-bytes (type %T)", result);
        }
        return result;
    }
    if (str_check(source)) {
        return raise_error(&exc_TypeError, "string argument without an encoding");
    }
    if (number_check_index(source)) {
        ssize_t size = number_as_ssize(source, &exc_OverflowError);
        if (size == -1 && error_occurred()) {
            if (!error_clear_if(&exc_TypeError)) {
                return NULL;
            }
        } else {
            if (size < 0) {
                return raise_error(&exc_ValueError, "negative count");
            }
            Object *zeros = bytes_new(size);
            if (zeros && size) {
                memset(bytes_data(zeros), 0, (size_t)size);
            }
            return zeros;
        }
    }
    return bytes_from_object(source);
}

static Object *new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[3];
    if (nargs == 1 && !kwnames && type == &bytes_type && args[0]->type == &bytearray_type &&
        !runtime_multithreaded) {
        BytesView view;
        bytes_view_self(args[0], &view);
        return bytes_from(view.data, view.length);
    }
    if (signature_bind(&signature, "bytes", "-(source=b'', encoding='utf-8', errors='strict')", args, nargs,
                       kwnames, bound) < 0) {
        return NULL;
    }
    Object *value = make(bound[0], bound[1], bound[2]);
    if (!value || type == &bytes_type) {
        return value;
    }
    Object *self = object_alloc_var(type, bytes_length(value));
    if (self) {
        ((Bytes *)self)->hash = -1;
        memcpy(bytes_data(self), bytes_data(value), (size_t)bytes_length(value) + 1);
    }
    return self;
}

static hash_t hash(Object *self) {
    Bytes *b = (Bytes *)self;
    hash_t value = __atomic_load_n(&b->hash, __ATOMIC_RELAXED);
    if (value == -1) {
        value = hash_bytes(b->data, (size_t)b->var.size);
        __atomic_store_n(&b->hash, value, __ATOMIC_RELAXED);
    }
    return value;
}

static hash_t plain_hash(Object *self) {
    enum { SHORT = 4096 }; // longer ones take long
    hash_t value = __atomic_load_n(&((Bytes *)self)->hash, __ATOMIC_RELAXED);
    return value != -1 || bytes_length(self) > SHORT ? value : hash(self);
}

static Object *repr(Object *self) {
    return bytes_repr(bytes_data(self), bytes_length(self), true);
}

static Object *getitem(Object *self, Object *key) {
    ssize_t n = bytes_length(self);
    if (number_check_index(key)) {
        ssize_t i = number_as_ssize(key, &exc_IndexError);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        i += i < 0 ? n : 0;
        if (i < 0 || i >= n) {
            return raise_error(&exc_IndexError, "index out of range");
        }
        return int_from_byte((uint8_t)bytes_data(self)[i]);
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "byte indices must be integers or slices, not %T", key);
    }
    ssize_t start, stop, step, count = slice_resolve(key, n, &start, &stop, &step);
    if (count < 0) {
        return NULL;
    }
    if (step == 1) {
        return count == n && self->type == &bytes_type ? self : bytes_from(bytes_data(self) + start, count);
    }
    Object *result = bytes_new(count);
    for (ssize_t i = 0, at = start; result && i < count; i++, at += step) {
        bytes_data(result)[i] = bytes_data(self)[at];
    }
    return result && count == 1 ? bytes_from(bytes_data(result), 1) : result;
}

static Object *repeat(Object *self, ssize_t count) {
    ssize_t n = bytes_length(self);
    count = count < 0 ? 0 : count;
    if (n && count > SSIZE_LIMIT / n) {
        return raise_error(&exc_OverflowError, "repeated bytes are too long");
    }
    if (count == 1 && self->type == &bytes_type) {
        return self;
    }
    // Repeated not at all it is a fresh object, as in CPython, although other empty bytes are one.
    Object *result = n && !count ? bytes_cell(0) : bytes_new(n * count);
    if (result && n * count) {
        if (memory_repeat_polling(bytes_data(result), bytes_data(self), (size_t)n, (size_t)(n * count)) < 0) {
            return NULL;
        }
    }
    return result && n * count == 1 ? bytes_from(bytes_data(self), 1) : result;
}

static ssize_t length(Object *self) {
    return bytes_length(self);
}

static int get_buffer(Object *self, Buffer *view, int flags) {
    return buffer_fill(view, self, bytes_data(self), bytes_length(self), true, flags);
}

static Object *compare(Object *a, Object *b, CompareOp op) {
    return bytes_compare_objects(a, b, op);
}

static Object *remainder_(Object *a, Object *b) {
    return bytes_check(a) ? bytes_percent(bytes_data(a), bytes_length(a), b) : NOT_IMPLEMENTED;
}

static Object *iter(Object *self) {
    SeqIterator *it = (SeqIterator *)object_alloc(&bytes_iterator_type);
    if (it) {
        gc_init(&it->sequence, self);
        it->bias = step_bias_new();
    }
    return (Object *)it;
}

static Object *iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *b = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED);
    if (!b) {
        return NULL;
    }
    if (cursor_read(&it->index) < bytes_length(b)) {
        ssize_t i = cursor_take_biased(&it->index, &it->bias);
        if (LIKELY(i < bytes_length(b))) {
            return int_from_byte((uint8_t)bytes_data(b)[i]);
        }
    }
    __atomic_store_n(&it->sequence, NULL, __ATOMIC_RELAXED);
    return NULL;
}

static ssize_t iterator_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t left = it->sequence ? bytes_length(it->sequence) - it->index : 0;
    ssize_t count = left < most ? left : most;
    if (count <= 0) {
        return 0;
    }
    const char *data = bytes_data(it->sequence) + it->index;
    for (ssize_t i = 0; i < count; i++) {
        items[i] = int_from_byte((uint8_t)data[i]);
    }
    it->index += count;
    return count;
}

static Object *iterator_self(Object *self) {
    return self;
}

static Object *iterator_length_hint(Object *self) {
    return seq_iterator_left(self, &bytes_type);
}

static Object *iterator_setstate(Object *self, Object *state) {
    return seq_iterator_move(self, state, &bytes_type);
}

static BuiltinDef iterator_methods[] = {
    BUILTIN("__length_hint__", iterator_length_hint, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", seq_iterator_reduced, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", iterator_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN_END,
};

Type bytes_iterator_type;
const TypeSpec bytes_iterator_spec = {
    .name = "bytes_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .instance_size = sizeof(SeqIterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = iterator_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = iterator_next },
};

Type bytes_type;
const TypeSpec bytes_spec = {
    .name = "bytes", .basic_size = 33, .item_size = 1, .flags = TF_BASE | TF_BYTES | TF_MATCH_SELF,
    .is_sequence = true, .methods = bytes_methods, .plain_hash = plain_hash,
    .slots = { .getattr = object_generic_getattr,
        .repr = repr, .str = bytes_as_text, .hash = hash, .compare = compare, .iter = iter, .new = new,
        .remainder = remainder_, .length = length, .getitem = getitem, .contains = bytes_contains,
        .concat = bytes_concat, .repeat = repeat, .get_buffer = get_buffer,
    },
};
