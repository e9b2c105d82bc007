// bytearray: a growable array of bytes. The contents lie in a CELL_BYTES cell of their own; every
// change happens under the object's lock, and a cell that was replaced is never written again, so that
// readers may use what they found under the lock. While buffers are exported the size is fixed.
#include "base/copy.h"
#include "objects/abstract.h"
#include "objects/bytes_private.h"
#include "objects/containers.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/shape.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

static ByteArray *as_array(Object *o) {
    return (ByteArray *)o;
}

// Takes the lock for what may resize. What C code of other threads reads, under a GIL nobody would see exported: it is waited
// for. Then views that are garbage must not stand in the way. What is exported after all is found under the lock.
static void lock_to_resize(ByteArray *a) {
    enum { NAPS = 40 };
    object_lock(&a->lock);
    for (int i = 0; UNLIKELY(exports_read(&a->exports) > 0) && runtime_multithreaded && i < NAPS; i++) {
        object_unlock(&a->lock);
        thread_nap();
        object_lock(&a->lock);
    }
    if (UNLIKELY(exports_read(&a->exports) > 0)) {
        object_unlock(&a->lock);
        buffers_are_exported(&a->exports);
        object_lock(&a->lock);
    }
}

Object *bytearray_raise_exported(void) {
    return raise_error(&exc_BufferError, "Existing exports of data: object cannot be re-sized");
}

int bytearray_resize_locked(ByteArray *a, ssize_t length) {
    if (length == a->var.size) {
        return 0;
    }
    if (exports_read(&a->exports) > 0) {
        return -1;
    }
    ssize_t lead = a->start ? a->start - a->buffer : 0;
    if (!a->buffer || length + lead + 1 > a->allocated || (length < a->allocated / 2 && a->allocated > 64)) {
        ssize_t old = a->var.size;
        if (length > SSIZE_LIMIT - 1 - (length >> 3) - 8) {
            raise_memory_error();
            return -2;
        }
        size_t capacity = length <= old || !a->buffer
                              ? (size_t)length + 1
                              : (size_t)length + (size_t)(length >> 3) + (length < 9 ? 3 : 6) + 1;
        if (length < old || !a->buffer || lead || capacity > heap_cell_size(a->buffer)) {
            char *buffer = heap_alloc(capacity, CELL_BYTES);
            if (!buffer) {
                return -2;
            }
            ssize_t keep = old < length ? old : length;
            if (keep) {
                memcpy(buffer, a->start, (size_t)keep);
            }
            gc_store(a, &a->buffer, buffer);
            gc_store(a, &a->start, buffer);
        } // else its cell is large enough
        a->allocated = (ssize_t)capacity;
    }
    __atomic_store_n(&a->var.size, length, __ATOMIC_RELAXED);
    a->start[length] = 0;
    return 0;
}

static int report(int status) {
    if (status == -1) {
        bytearray_raise_exported();
    }
    return status < 0 ? -1 : 0;
}

int bytearray_resize(Object *o, ssize_t length) {
    ByteArray *a = as_array(o);
    if (length != __atomic_load_n(&a->var.size, __ATOMIC_RELAXED)) {
        lock_to_resize(a);
    } else {
        object_lock(&a->lock);
        if (length != a->var.size) { // another thread was faster
            object_unlock(&a->lock);
            lock_to_resize(a);
        }
    }
    int status = bytearray_resize_locked(a, length);
    object_unlock(&a->lock);
    return report(status);
}

Object *bytearray_from(const void *data, ssize_t length) {
    Object *o = object_alloc(&bytearray_type);
    if (!o || !length) {
        return o;
    }
    if (bytearray_resize_locked(as_array(o), length) < 0) {
        return NULL;
    }
    if (data) {
        memcpy(as_array(o)->start, data, (size_t)length);
    }
    return o;
}

// Like bytearray_resize_locked(), for what lies before the end: into a new cell, because other threads may be reading this one.
static int move_locked(ByteArray *a, ssize_t start, ssize_t end, ssize_t length) {
    if (exports_read(&a->exports) > 0) {
        return -1;
    }
    ssize_t n = a->var.size, size = n + length - (end - start);
    char *buffer = size > SSIZE_LIMIT - 1 - (size >> 3) - 8
                       ? NULL
                       : heap_alloc((size_t)(size + (size >> 3) + 7), CELL_BYTES);
    if (!buffer) {
        if (!error_occurred()) {
            raise_memory_error();
        }
        return -2;
    }
    memcpy(buffer, a->start, (size_t)start);
    memcpy(buffer + start + length, a->start + end, (size_t)(n - end));
    buffer[size] = 0;
    gc_store(a, &a->buffer, buffer);
    gc_store(a, &a->start, buffer);
    a->allocated = size + (size >> 3) + 7;
    __atomic_store_n(&a->var.size, size, __ATOMIC_RELAXED);
    return 0;
}

// Replaces [start, end) by `length` bytes. The lock is held.
static int splice_locked(ByteArray *a, ssize_t start, ssize_t end, const char *data, ssize_t length) {
    ssize_t n = a->var.size, grow = length - (end - start);
    int status = 0;
    if (grow < 0 && start == 0 && end < n && length == 0 && !exports_read(&a->exports)) {
        a->start += end; // cut off in front: what stays does not move
        __atomic_store_n(&a->var.size, n - end, __ATOMIC_RELAXED);
    } else if (grow > 0 && n > SSIZE_LIMIT - grow) {
        raise_memory_error();
        status = -2;
    } else if (grow && end < n && runtime_multithreaded) {
        status = move_locked(a, start, end, length);
    } else if (grow < 0) {
        status = exports_read(&a->exports) > 0 ? -1 : 0;
        if (!status) {
            memmove(a->start + end + grow, a->start + end, (size_t)(n - end));
            status = bytearray_resize_locked(a, n + grow);
        }
    } else if (grow > 0) {
        status = bytearray_resize_locked(a, n + grow);
        if (!status && end < n) {
            memmove(a->start + end + grow, a->start + end, (size_t)(n - end));
        }
    }
    if (!status && length) {
        memcpy(a->start + start, data, (size_t)length);
    }
    return status;
}

// The same, with bounds beyond the end. -1 with an exception.
static int splice(ByteArray *a, ssize_t start, ssize_t end, const char *data, ssize_t length) {
    if (end - start != length) {
        lock_to_resize(a);
    } else {
        object_lock(&a->lock);
    }
    ssize_t n = a->var.size;
    start = start > n ? n : start;
    end = end > n ? n : end < start ? start : end;
    int status = splice_locked(a, start, end, data, length);
    object_unlock(&a->lock);
    return report(status);
}

Object *bytearray_append(Object *self, Object *item) {
    uint8_t value;
    if (byte_value(item, &value) < 0) {
        return NULL;
    }
    ByteArray *a = as_array(self);
    lock_to_resize(a);
    int status = bytearray_resize_locked(a, a->var.size + 1);
    if (!status) {
        a->start[a->var.size - 1] = (char)value;
    }
    object_unlock(&a->lock);
    return report(status) < 0 ? NULL : NONE;
}

static int extend_view(Object *self, const char *data, ssize_t length) {
    return splice(as_array(self), SSIZE_LIMIT, SSIZE_LIMIT, data, length);
}

// The commonest case, without what the others need.
static int append_bytes(ByteArray *a, const char *data, ssize_t length) {
    lock_to_resize(a);
    ssize_t n = a->var.size, room = a->allocated - (a->start - a->buffer) - 1 - n;
    int status = 0;
    if (LIKELY(length <= room && n + length >= a->allocated / 2 && !exports_read(&a->exports))) {
        copy_few(a->start + n, data, (size_t)length);
        a->start[n + length] = 0;
        __atomic_store_n(&a->var.size, n + length, __ATOMIC_RELAXED);
    } else {
        status = splice_locked(a, n, n, data, length);
    }
    object_unlock(&a->lock);
    return report(status);
}

Object *bytearray_extend(Object *self, Object *iterable) {
    BytesView v;
    if (iterable->type == &bytes_type && bytes_length(iterable)) {
        return append_bytes(as_array(self), bytes_data(iterable), bytes_length(iterable)) < 0 ? NULL : NONE;
    }
    if (buffer_check(iterable)) {
        if (bytes_view(iterable, &v) < 0) {
            return NULL;
        }
        Object *copy = iterable == self ? bytes_from(v.data, v.length) : NULL;
        if (copy) {
            v.data = bytes_data(copy);
        }
        int status = extend_view(self, v.data, v.length);
        bytes_view_release(&v);
        return status < 0 ? NULL : NONE;
    }
    Object *iterator = object_iter_whole(iterable);
    if (!iterator) {
        if (error_clear_if(&exc_TypeError)) {
            raise_error(&exc_TypeError, "can't extend bytearray with %T", iterable);
        }
        return NULL;
    }
    if (object_length_hint(iterable, 32) < 0) { // only for what __len__ may raise
        return NULL;
    }
    BytesBuilder b = { 0 };
    Object *item;
    while ((item = iter_next(iterator))) {
        uint8_t value;
        if (byte_value(item, &value) < 0 || bytes_builder_add(&b, &value, 1) < 0) {
            return NULL;
        }
    }
    if (error_occurred() || (b.length && extend_view(self, bytes_data(b.buffer), (ssize_t)b.length) < 0)) {
        return NULL;
    }
    return NONE;
}

Object *bytearray_insert(Object *self, Object *index, Object *item) {
    ssize_t i;
    if (ssize_argument(index, &i) < 0) {
        return NULL;
    }
    uint8_t value;
    if (byte_value(item, &value) < 0) {
        return NULL;
    }
    ssize_t n = as_array(self)->var.size;
    i = i < 0 ? (i + n < 0 ? 0 : i + n) : i;
    return splice(as_array(self), i, i, (char *)&value, 1) < 0 ? NULL : NONE;
}

Object *bytearray_pop(Object *self, Object *index) {
    ssize_t i = -1;
    if (index) {
        if (ssize_argument(index, &i) < 0) {
            return NULL;
        }
    }
    ByteArray *a = as_array(self);
    lock_to_resize(a);
    ssize_t n = a->var.size;
    i += i < 0 ? n : 0;
    int status = n == 0 ? -3 : i < 0 || i >= n ? -4 : exports_read(&a->exports) > 0 ? -1 : 0;
    uint8_t value = 0;
    if (!status) {
        value = (uint8_t)a->start[i];
        status = splice_locked(a, i, i + 1, NULL, 0);
    }
    object_unlock(&a->lock);
    if (status < -2) {
        return raise_error(&exc_IndexError,
                           status == -3 ? "pop from empty bytearray" : "pop index out of range");
    }
    return report(status) < 0 ? NULL : int_from_i64(value);
}

Object *bytearray_remove(Object *self, Object *item) {
    uint8_t value;
    if (byte_value(item, &value) < 0) {
        return NULL;
    }
    ByteArray *a = as_array(self);
    lock_to_resize(a);
    const char *p = a->var.size ? memchr(a->start, value, (size_t)a->var.size) : NULL;
    int status = p ? splice_locked(a, p - a->start, p - a->start + 1, NULL, 0) : -3;
    object_unlock(&a->lock);
    if (status == -3) {
        return raise_error(&exc_ValueError, "value not found in bytearray");
    }
    return report(status) < 0 ? NULL : NONE;
}

Object *bytearray_reverse(Object *self) {
    ByteArray *a = as_array(self);
    object_lock(&a->lock);
    for (ssize_t i = 0, j = a->var.size - 1; i < j; i++, j--) {
        char t = a->start[i];
        a->start[i] = a->start[j];
        a->start[j] = t;
    }
    object_unlock(&a->lock);
    return NONE;
}

Object *bytearray_clear(Object *self) {
    return bytearray_resize(self, 0) < 0 ? NULL : NONE;
}

Object *bytearray_copy(Object *self) {
    BytesView v;
    bytes_view_self(self, &v);
    return bytearray_from(v.data, v.length);
}

Object *bytearray_alloc(Object *self) {
    return int_from_ssize(as_array(self)->allocated);
}

Object *bytearray_sizeof(Object *self) {
    return int_from_ssize(type_reported_size(self->type) + as_array(self)->allocated);
}

static Object *reduce(Object *self, int protocol) {
    BytesView v;
    Object *state = call_method0(self, names.__getstate__);
    if (!state) {
        return NULL;
    }
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    Object *args = NULL;
    if (protocol < 3) {
        if (v.length) {
            Object *text = str_from_latin1((const uint8_t *)v.data, v.length);
            Object *encoding = str_from_cstring("latin-1");
            args = text && encoding ? tuple_pack(2, text, encoding) : NULL;
        } else {
            args = tuple_empty();
        }
    } else {
        Object *bytes = v.length ? bytes_from(v.data, v.length) : NULL;
        args = v.length ? bytes ? tuple_pack(1, bytes) : NULL : tuple_empty();
    }
    return args ? tuple_pack(3, (Object *)self->type, args, state) : NULL;
}

Object *bytearray_reduce(Object *self) {
    return reduce(self, 2);
}

Object *bytearray_reduce_ex(Object *self, Object *protocol) {
    int value = 0;
    if (protocol) {
        value = int_to_c_int(protocol);
        if (value == -1 && error_occurred()) {
            return NULL;
        }
    }
    return reduce(self, value);
}

// ---- slots

static Object *new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int fill_zeros(ByteArray *a, ssize_t length) {
    lock_to_resize(a);
    int status = bytearray_resize_locked(a, length);
    if (!status) {
        memset(a->start, 0, (size_t)length);
    }
    object_unlock(&a->lock);
    return report(status);
}

static const char *text_or_null(const char *name, Object *o, bool *failed) {
    if (!o) {
        return NULL;
    }
    const char *text = NULL;
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "bytearray() argument '%s' must be str, not %K", name, o);
    } else {
        text = str_utf8(o, NULL);
    }
    *failed = !text;
    return text;
}

static int init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[3];
    if (nargs == 1 && !kwnames && args[0]->type == &bytes_type && !as_array(self)->var.size) {
        return bytes_length(args[0])
                   ? append_bytes(as_array(self), bytes_data(args[0]), bytes_length(args[0]))
                   : 0;
    }
    if (signature_bind(&signature, "bytearray", "-(source=b'', encoding='utf-8', errors='strict')", args,
                       nargs, kwnames, bound) < 0) {
        return -1;
    }
    bool failed = false;
    const char *encoding = text_or_null("encoding", bound[1], &failed);
    const char *errors = failed ? NULL : text_or_null("errors", bound[2], &failed);
    if (failed || (as_array(self)->var.size && bytearray_resize(self, 0) < 0)) {
        return -1;
    }
    Object *source = bound[0];
    if (!source || (!str_check(source) && (encoding || errors))) {
        if (encoding || errors) {
            raise_error(&exc_TypeError,
                        encoding ? "encoding without a string argument" : "errors without a string argument");
            return -1;
        }
        return 0;
    }
    if (str_check(source)) {
        if (!encoding) {
            raise_error(&exc_TypeError, "string argument without an encoding");
            return -1;
        }
        Object *bytes = str_encode(source, encoding, errors);
        return bytes ? extend_view(self, bytes_data(bytes), bytes_length(bytes)) : -1;
    }
    if (number_check_index(source)) {
        ssize_t n = number_as_ssize(source, &exc_OverflowError);
        if (n == -1 && error_occurred()) {
            if (!error_clear_if(&exc_TypeError)) {
                return -1;
            }
        } else {
            if (n < 0) {
                raise_error(&exc_ValueError, "negative count");
                return -1;
            }
            return n ? fill_zeros(as_array(self), n) : 0;
        }
    }
    BytesBuilder b = { 0 };
    int small = bytes_collect_small(source, &b);
    if (small) {
        return small < 0 ? -1 : b.length ? extend_view(self, bytes_data(b.buffer), (ssize_t)b.length) : 0;
    }
    if (!buffer_check(source)) { // its iterator may look at what is there already
        Object *iterator = object_iter_whole(source), *item;
        if (!iterator) {
            if (error_clear_if(&exc_TypeError)) {
                raise_error(&exc_TypeError, "cannot convert '%T' object to bytearray", source);
            }
            return -1;
        }
        while ((item = iter_next(iterator))) {
            if (!bytearray_append(self, item)) {
                return -1;
            }
        }
        return error_occurred() ? -1 : 0;
    }
    if (bytes_collect(source, "bytearray", &b) < 0) {
        return -1;
    }
    return b.length ? extend_view(self, bytes_data(b.buffer), (ssize_t)b.length) : 0;
}

static Object *repr(Object *self) {
    BytesView v;
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    const char *name = self->type->name, *dot = strrchr(name, '.');
    char before[64];
    name = dot ? dot + 1 : name;
    if (strlen(name) + 2 <= sizeof before &&
        ascii_prefix((const uint8_t *)name, strlen(name)) == strlen(name)) {
        snprintf(before, sizeof before, "%s(", name);
        return bytes_repr_within(v.data, v.length, true, before, ")");
    }
    Object *inner = bytes_repr_within(v.data, v.length, true, "(", ")");
    return inner ? str_format("%s%U", name, inner) : NULL;
}

static ssize_t length(Object *self) {
    return __atomic_load_n(&as_array(self)->var.size, __ATOMIC_RELAXED);
}

static Object *getitem(Object *self, Object *key) {
    BytesView v;
    if (number_check_index(key)) {
        ssize_t i = number_as_ssize(key, &exc_IndexError);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        bytes_view_self(self, &v);
        i += i < 0 ? v.length : 0;
        if (i < 0 || i >= v.length) {
            return raise_error(&exc_IndexError, "bytearray index out of range");
        }
        return int_from_byte((uint8_t)v.data[i]);
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "bytearray indices must be integers or slices, not %T", key);
    }
    ssize_t start, stop, step;
    if (slice_unpack(key, &start, &stop, &step) < 0) {
        return NULL;
    }
    bytes_view_self(self, &v);
    ssize_t count = slice_adjust(v.length, &start, &stop, step);
    if (step == 1) {
        return bytearray_from(v.data + start, count);
    }
    Object *result = bytearray_from(NULL, count);
    for (ssize_t i = 0, at = start; result && i < count; i++, at += step) {
        as_array(result)->start[i] = v.data[at];
    }
    return result;
}

static int delete_slice(ByteArray *a, ssize_t start, ssize_t step, ssize_t count) {
    if (!count) {
        return 0;
    }
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    lock_to_resize(a);
    ssize_t n = a->var.size;
    bool gone = start + (count - 1) * step >= n; // meanwhile, by another thread
    int status = gone                            ? 0
                 : exports_read(&a->exports) > 0 ? -1
                 : runtime_multithreaded         ? move_locked(a, n, n, 0)
                                                 : 0;
    if (!gone && !status) {
        char *p = a->start;
        ssize_t to = start;
        for (ssize_t from = start, next = start, done = 0; from < n; from++) {
            if (done < count && from == next) {
                next += step;
                done++;
            } else {
                p[to++] = p[from];
            }
        }
        status = bytearray_resize_locked(a, to);
    }
    object_unlock(&a->lock);
    return report(status);
}

static int setitem(Object *self, Object *key, Object *value) {
    ByteArray *a = as_array(self);
    if (number_check_index(key)) {
        ssize_t i = number_as_ssize(key, &exc_IndexError);
        if (i == -1 && error_occurred()) {
            return -1;
        }
        uint8_t byte = 0;
        ssize_t n = length(self);
        if (i + (i < 0 ? n : 0) < 0 || i >= n) {
            raise_error(&exc_IndexError, "bytearray index out of range");
            return -1;
        }
        if (!value) {
            i += i < 0 ? n : 0;
            return splice(a, i, i + 1, NULL, 0);
        }
        if (byte_value(value, &byte) < 0) {
            return -1;
        }
        object_lock(&a->lock);
        i += i < 0 ? a->var.size : 0;
        bool inside = i >= 0 && i < a->var.size;
        if (inside) {
            a->start[i] = (char)byte;
        }
        object_unlock(&a->lock);
        if (!inside) {
            raise_error(&exc_IndexError, "bytearray index out of range");
            return -1;
        }
        return 0;
    }
    if (key->type != &slice_type) {
        raise_error(&exc_TypeError, "bytearray indices must be integers or slices, not %T", key);
        return -1;
    }
    ssize_t start, stop, step;
    if (slice_unpack(key, &start, &stop, &step) < 0) {
        return -1;
    }
    BytesView v = { .data = "" };
    Object *copy = NULL;
    if (value) {
        // The new bytes are copied first when they could be self's own, or must be collected.
        if (value == self || !bytearray_check(value)) {
            if (number_check_index(value) || str_check(value)) {
                raise_error(&exc_TypeError, "can assign only bytes, buffers, or iterables of ints in "
                                            "range(0, 256)");
                return -1;
            }
            BytesBuilder b = { 0 };
            if (bytes_collect(value, "bytearray", &b) < 0) {
                return -1;
            }
            copy = b.buffer ? b.buffer : bytes_new(0);
            v = (BytesView){ .data = bytes_data(copy), .length = (ssize_t)b.length };
        } else {
            bytes_view_self(value, &v);
        }
    }
    ssize_t count = slice_adjust(length(self), &start, &stop, step);
    if (step == 1) {
        return splice(a, start, start + count, v.data, v.length);
    }
    if (!value) {
        return delete_slice(a, start, step, count);
    }
    if (!v.length) {
        return delete_slice(a, start, step, count);
    }
    if (v.length != count) {
        raise_error(&exc_ValueError, "attempt to assign bytes of size %zd to extended slice of size %zd",
                    v.length, count);
        return -1;
    }
    object_lock(&a->lock);
    for (ssize_t i = 0, at = start; i < count && at < a->var.size; i++, at += step) {
        a->start[at] = v.data[i];
    }
    object_unlock(&a->lock);
    return 0;
}

static Object *concat(Object *a, Object *b) {
    Object *bytes = bytes_concat(a, b);
    return bytes ? bytearray_from(bytes_data(bytes), bytes_length(bytes)) : NULL;
}

static Object *inplace_concat(Object *self, Object *other) {
    if (other->type != &bytes_type && !buffer_check(other)) {
        return raise_error(&exc_TypeError, "can't concat %T to %T", other, self);
    }
    if (other == self && as_array(self)->var.size) {
        return bytearray_raise_exported(); // by what is being appended
    }
    return bytearray_extend(self, other) ? self : NULL;
}

static Object *repeat(Object *self, ssize_t count) {
    BytesView v;
    bytes_view_self(self, &v);
    count = count < 0 ? 0 : count;
    if (v.length && count > SSIZE_LIMIT / v.length) {
        return raise_memory_error();
    }
    Object *result = bytearray_from(NULL, v.length * count);
    if (result && v.length * count) {
        memory_repeat(as_array(result)->start, v.data, (size_t)v.length, (size_t)(v.length * count));
    }
    return result;
}

static Object *inplace_repeat(Object *self, ssize_t count) {
    ByteArray *a = as_array(self);
    if (count == 1) {
        return self;
    }
    count = count < 0 ? 0 : count;
    lock_to_resize(a);
    ssize_t old = a->var.size;
    int status = old && count > SSIZE_LIMIT / old ? -2 : bytearray_resize_locked(a, old * count);
    if (!status && old * count) {
        memory_repeat(a->start, a->start, (size_t)old, (size_t)(old * count));
    }
    object_unlock(&a->lock);
    if (status == -2 && !error_occurred()) {
        raise_memory_error();
    }
    return report(status) < 0 ? NULL : self;
}

static Object *remainder_(Object *a, Object *b) {
    if (!bytearray_check(a)) {
        return NOT_IMPLEMENTED;
    }
    BytesView v;
    Object *bytes = bytes_view_steady(a, &v) < 0 ? NULL : bytes_percent(v.data, v.length, b);
    return bytes ? bytearray_from(bytes_data(bytes), bytes_length(bytes)) : NULL;
}

static int get_buffer(Object *self, Buffer *view, int flags) {
    ByteArray *a = as_array(self);
    if (!view) {
        raise_error(&exc_BufferError, "bytearray_getbuffer: view==NULL argument is obsolete");
        return -1;
    }
    object_lock(&a->lock);
    void *data = a->start ? a->start : (char *)"";
    ssize_t n = a->var.size;
    exports_add(&a->exports);
    object_unlock(&a->lock);
    if (buffer_fill(view, self, data, n, false, flags) < 0) {
        object_lock(&a->lock);
        exports_drop(&a->exports);
        object_unlock(&a->lock);
        return -1;
    }
    return 0;
}

static void release_buffer(Object *self, Buffer *view) {
    exports_drop(&as_array(self)->exports); // perhaps with the world stopped
}

static void trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, as_array(self)->buffer);
}

static Object *iter(Object *self) {
    SeqIterator *it = (SeqIterator *)object_alloc(&bytearray_iterator_type);
    if (it) {
        gc_init(&it->sequence, self);
    }
    return (Object *)it;
}

static Object *iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *a = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED);
    if (!a) {
        return NULL;
    }
    if (LIKELY(!runtime_multithreaded) && it->index < as_array(a)->var.size) {
        return int_from_byte((uint8_t)as_array(a)->start[it->index++]);
    }
    BytesView v;
    bytes_view_self(a, &v);
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED);
    if (i < v.length) {
        __atomic_store_n(&it->index, i + 1, __ATOMIC_RELAXED);
        return int_from_byte((uint8_t)v.data[i]);
    }
    __atomic_store_n(&it->sequence, NULL, __ATOMIC_RELAXED);
    return NULL;
}

static ssize_t iterator_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    if (!it->sequence) {
        return 0;
    }
    BytesView v;
    bytes_view_self(it->sequence, &v);
    ssize_t left = v.length - it->index, count = left < most ? left : most;
    if (count <= 0) {
        return 0;
    }
    const char *data = v.data + it->index;
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
    return seq_iterator_left(self, &bytearray_type);
}

static Object *iterator_setstate(Object *self, Object *state) {
    return seq_iterator_move(self, state, &bytearray_type);
}

static BuiltinDef iterator_methods[] = {
    BUILTIN("__length_hint__", iterator_length_hint, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", seq_iterator_reduced, "($self, /)", 0, NULL),
    BUILTIN("__setstate__", iterator_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN_END,
};

Type bytearray_iterator_type;
const TypeSpec bytearray_iterator_spec = {
    .name = "bytearray_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = iterator_many,
    .rewinds = true,
    .slots = { .iter = iterator_self, .next = iterator_next },
};

Type bytearray_type;
const TypeSpec bytearray_spec = {
    .name = "bytearray", .basic_size = 56, .instance_size = sizeof(ByteArray),
    .lock_offset = offsetof(ByteArray, lock), .flags = TF_BASE | TF_MATCH_SELF, .is_sequence = true,
    .methods = bytearray_methods, .trace = trace,
    .slots = { .getattr = object_generic_getattr,
        .repr = repr, .str = bytes_as_text, .compare = bytes_compare_objects, .iter = iter, .init = init,
        .new = new, .remainder = remainder_, .length = length, .getitem = getitem, .setitem = setitem,
        .contains = bytes_contains, .concat = concat, .inplace_concat = inplace_concat,
        .repeat = repeat, .inplace_repeat = inplace_repeat, .get_buffer = get_buffer,
        .release_buffer = release_buffer,
    },
};
