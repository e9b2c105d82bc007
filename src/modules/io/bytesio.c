// BytesIO and StringIO: streams in memory. Several threads may share one: each method reads and changes the
// contents and the place in them in one step, under a lock. What may run Python code or look for garbage (getting
// a buffer, converting arguments, asking who holds a view) comes before it.
#include "base/search.h"
#include "modules/io/io.h"
#include "objects/dict.h"
#include "objects/polling.h"
#include "objects/str_private.h"

// ---- BytesIO: the contents are the bytes that it was made with until something changes, then a bytearray, so that
// getbuffer() can export them

typedef struct BytesIO {
    IoHead head;
    Object *data; // bytes or bytearray, NULL: closed
    ssize_t at;
    uintptr_t lock;
} BytesIO;

static inline BytesIO *bio(Object *o) {
    return (BytesIO *)o;
}

// What it holds while it is locked: it, and the bytearray, which a program may get hold of through a view.
typedef struct Contents {
    Object *data;
    ByteArray *array; // NULL: bytes
    const char *start;
    ssize_t size;
} Contents;

static void contents_let_go(Object *self, const Contents *contents) {
    if (UNLIKELY(runtime_multithreaded)) {
        object_unlock_two(&bio(self)->lock, contents->array ? &contents->array->lock : &bio(self)->lock);
    }
}

// Locks it, open or closed.
static Contents contents_hold(Object *self) {
    for (;;) {
        Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
        ByteArray *array = !data || bytes_check(data) ? NULL : (ByteArray *)data;
        if (UNLIKELY(runtime_multithreaded)) {
            object_lock_two(&bio(self)->lock, array ? &array->lock : &bio(self)->lock);
        }
        Contents contents = { data, array, NULL, 0 };
        if (LIKELY(__atomic_load_n(&bio(self)->data, __ATOMIC_RELAXED) == data)) {
            contents.start = array ? array->start : data ? bytes_data(data) : NULL;
            contents.size = data ? ((VarObject *)data)->size : 0;
            return contents;
        }
        contents_let_go(self, &contents);
    }
}

// Locks it. False with ValueError: closed.
static bool hold(Object *self, Contents *contents) {
    *contents = contents_hold(self);
    if (LIKELY(contents->data != NULL)) {
        return true;
    }
    contents_let_go(self, contents);
    raise_closed();
    return false;
}

// Locks it when its contents are a bytearray, into which bytes are copied first. False with an exception: closed, or no memory.
static bool hold_array(Object *self, Contents *contents) {
    while (hold(self, contents)) {
        if (LIKELY(contents->array != NULL)) {
            return true;
        }
        contents_let_go(self, contents);
        Object *data = contents->data, *copy = bytearray_from(bytes_data(data), bytes_length(data));
        if (!copy) {
            return false;
        }
        object_lock(&bio(self)->lock);
        if (bio(self)->data == data) {
            gc_store(self, &bio(self)->data, copy);
        }
        object_unlock(&bio(self)->lock);
    }
    return false;
}

static void bytesio_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
    trace_cell(tracer, bio(self)->data);
}

static Object *bytesio_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = object_alloc(type), *data = self ? bytes_from("", 0) : NULL;
    if (!data) {
        return NULL;
    }
    gc_store(self, &bio(self)->data, data);
    return self;
}

// To be asked before the lock is taken, because it looks for views that are garbage. What is exported after all,
// by another thread, is found under the lock.
static bool has_exports(Object *self) {
    Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
    if (data && !bytes_check(data) && buffers_are_exported(&((ByteArray *)data)->exports)) {
        bytearray_raise_exported();
        return true;
    }
    return false;
}

// Gives it other contents, NULL closes it, and goes to `at`. -1 with BufferError.
static int replace(Object *self, Object *data, ssize_t at) {
    if (has_exports(self)) {
        return -1;
    }
    Contents old = contents_hold(self);
    bool exported = old.array && exports_read(&old.array->exports) > 0;
    if (!exported) {
        bio(self)->at = at;
        gc_store(self, &bio(self)->data, data);
    }
    contents_let_go(self, &old);
    if (exported) {
        bytearray_raise_exported();
    }
    return exported ? -1 : 0;
}

// What BytesIO(initial) holds; NULL with an exception.
static Object *contents_from(Object *initial) {
    Buffer view;
    if (!initial || initial == NONE) {
        return bytes_from("", 0);
    }
    if (initial->type == &bytes_type) {
        return initial;
    }
    if (object_get_buffer(initial, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *data = bytes_from(view.data, view.length);
    buffer_release(&view);
    return data;
}

static int bytesio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *initial;
    if (signature_bind(&signature, "BytesIO", "|(initial_bytes=b'')", args, nargs, kwnames, &initial) < 0) {
        return -1;
    }
    Object *data = has_exports(self) ? NULL : contents_from(initial);
    return data ? replace(self, data, 0) : -1;
}

static bool has_no_data(Object *self) {
    return !__atomic_load_n(&bio(self)->data, __ATOMIC_RELAXED);
}

static bool closed(Object *self) {
    if (has_no_data(self)) {
        raise_closed();
        return true;
    }
    return false;
}

// How many of `n` bytes (-1: all) there are from the place on.
static ssize_t available(Object *self, const Contents *contents, ssize_t n) {
    ssize_t left = contents->size - bio(self)->at;
    left = left < 0 ? 0 : left;
    return n < 0 || n > left ? left : n;
}

// `n` bytes from `at` on, which there are; without a copy when they are all.
static Object *part(const Contents *contents, ssize_t at, ssize_t n) {
    return !contents->array && n == contents->size ? contents->data
                                                   : bytes_from(n ? contents->start + at : "", n);
}

// The next `n` available bytes; lets go of the contents.
static Object *take(Object *self, const Contents *contents, ssize_t n) {
    Object *result = part(contents, bio(self)->at, n);
    if (result) {
        bio(self)->at += n;
    }
    contents_let_go(self, contents);
    return result;
}

static Object *bytesio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    Contents contents;
    return n == -2 || !hold(self, &contents) ? NULL : take(self, &contents, available(self, &contents, n));
}

static Object *bytesio_readline(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    Contents contents;
    if (n == -2 || !hold(self, &contents)) {
        return NULL;
    }
    n = available(self, &contents, n);
    const char *start = n ? contents.start + bio(self)->at : NULL,
               *found = n ? memchr(start, '\n', (size_t)n) : NULL;
    return take(self, &contents, found ? found - start + 1 : n);
}

static Object *bytesio_next(Object *self) {
    Object *line = bytesio_readline(self, NULL);
    return line && bytes_length(line) ? line : NULL;
}

static Object *bytesio_readlines(Object *self, Object *size) {
    ssize_t limit = -1;
    if (closed(self)) {
        return NULL;
    }
    if (size && size != NONE) {
        if (!int_check(size)) {
            return raise_error(&exc_TypeError, "integer argument expected, got '%T'", size);
        }
        limit = number_to_ssize(size);
        if (limit == -1 && error_occurred()) {
            return NULL;
        }
    }
    // They are taken in one step and divided afterwards.
    Contents contents;
    if (!hold(self, &contents)) {
        return NULL;
    }
    ssize_t left = available(self, &contents, -1), taken = limit > 0 && limit < left ? limit : left;
    if (taken < left) {
        const char *last = contents.start + bio(self)->at + taken - 1,
                   *end = memchr(last, '\n', (size_t)(left - taken + 1));
        taken = end ? taken + (end - last) : left;
    }
    Object *text = take(self, &contents, taken), *lines = text ? list_new(0) : NULL;
    for (ssize_t at = 0, next, count = 0; lines && at < taken; at = next, count++) {
        const char *start = bytes_data(text) + at, *end = memchr(start, '\n', (size_t)(taken - at));
        next = end ? at + (end - start) + 1 : taken;
        Object *line = bytes_from(start, next - at);
        if (!line || list_append(lines, line) < 0 || poll_often(count) < 0) {
            return NULL;
        }
    }
    return lines;
}

static Object *bytesio_write(Object *self, Object *data);

static Object *bytesio_writelines(Object *self, Object *lines) {
    Object *iterator = closed(self) ? NULL : object_iter(lines), *line;
    if (!iterator) {
        return NULL;
    }
    while ((line = iter_next(iterator))) {
        if (!bytesio_write(self, line)) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : NONE;
}

static Object *bytesio_readinto(Object *self, Object *target) {
    Buffer view;
    if (closed(self) || io_writable_buffer(target, &view, "readinto") < 0) {
        return NULL;
    }
    Contents contents;
    Object *taken = hold(self, &contents) ? take(self, &contents, available(self, &contents, view.length))
                                          : NULL;
    if (taken) {
        memcpy(view.data, bytes_data(taken), (size_t)bytes_length(taken));
    }
    buffer_release(&view);
    return taken ? int_from_ssize(bytes_length(taken)) : NULL;
}

static Object *bytesio_write(Object *self, Object *data) {
    Buffer view;
    if (closed(self) || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    // Getting the buffer may have run Python code.
    Object *result = int_from_ssize(view.length);
    Contents contents;
    if (!result || closed(self) || has_exports(self) ||
        !(view.length ? hold_array(self, &contents) : hold(self, &contents))) {
        buffer_release(&view);
        return NULL;
    }
    ByteArray *to = contents.array;
    ssize_t old = contents.size, at = bio(self)->at, end;
    int status = to && exports_read(&to->exports) > 0 ? -1 : 0;
    bool overflow = __builtin_add_overflow(at, view.length, &end);
    if (!status && !overflow && view.length) {
        status = end > old ? bytearray_resize_locked(to, end) : 0;
        if (!status) {
            if (at > old) {
                memset(to->start + old, 0, (size_t)(at - old));
            }
            memcpy(to->start + at, view.data, (size_t)view.length);
            bio(self)->at = end;
        }
    }
    contents_let_go(self, &contents);
    buffer_release(&view);
    if (status == -1) {
        return bytearray_raise_exported();
    }
    if (overflow) {
        return raise_error(&exc_OverflowError, "new buffer size too large");
    }
    return status ? NULL : result;
}

static Object *bytesio_seek(Object *self, Object *position, Object *whence) {
    ssize_t n = number_to_ssize(position);
    int how = !(n == -1 && error_occurred()) && whence ? int_to_c_int(whence) : 0;
    if (error_occurred() || closed(self)) {
        return NULL;
    }
    if (how == 0 && n < 0) {
        return raise_error(&exc_ValueError, "negative seek value %zd", n);
    }
    if (how < 0 || how > 2) {
        return raise_error(&exc_ValueError, "invalid whence (%i, should be 0, 1 or 2)", how);
    }
    Contents contents;
    if (!hold(self, &contents)) {
        return NULL;
    }
    ssize_t base = how == 1 ? bio(self)->at : how == 2 ? contents.size : 0;
    bool overflow = n > SSIZE_LIMIT - base;
    if (!overflow) {
        n = base + n < 0 ? 0 : base + n;
        bio(self)->at = n;
    }
    contents_let_go(self, &contents);
    return overflow ? raise_error(&exc_OverflowError, "new position too large") : int_from_ssize(n);
}

static Object *bytesio_truncate(Object *self, Object *size) {
    if (closed(self)) {
        return NULL;
    }
    ssize_t n = 0;
    bool here = !size || size == NONE;
    if (number_optional_ssize(size, &n) < 0) {
        return NULL;
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "negative size value %zd", n);
    }
    if (has_exports(self)) {
        return NULL;
    }
    Contents contents;
    if (!hold(self, &contents)) {
        return NULL;
    }
    for (;;) {
        n = here ? bio(self)->at : n;
        if (contents.array || n >= contents.size) {
            break;
        }
        contents_let_go(self, &contents);
        if (!hold_array(self, &contents)) {
            return NULL;
        }
    }
    int status = 0;
    if (contents.array) {
        status = exports_read(&contents.array->exports) > 0 ? -1
                 : n < contents.size                        ? bytearray_resize_locked(contents.array, n)
                                                            : 0;
    }
    contents_let_go(self, &contents);
    return status == -1 ? bytearray_raise_exported() : status ? NULL : int_from_ssize(n);
}

static Object *bytesio_tell(Object *self) {
    return closed(self) ? NULL : int_from_ssize(bio(self)->at);
}
static Object *bytesio_getvalue(Object *self) {
    Contents contents;
    if (!hold(self, &contents)) {
        return NULL;
    }
    Object *value = part(&contents, 0, contents.size);
    contents_let_go(self, &contents);
    return value;
}
static Object *bytesio_getbuffer(Object *self) {
    Contents contents;
    if (!hold_array(self, &contents)) {
        return NULL;
    }
    contents_let_go(self, &contents);
    return call1((Object *)&memoryview_type, contents.data);
}
static Object *bytesio_close(Object *self) {
    return replace(self, NULL, 0) < 0 ? NULL : NONE;
}
static Object *bytesio_true(Object *self) {
    return closed(self) ? NULL : TRUE_OBJECT;
}
static Object *bytesio_flush(Object *self) {
    return closed(self) ? NULL : NONE;
}
static Object *bytesio_isatty(Object *self) {
    return closed(self) ? NULL : FALSE_OBJECT;
}
static Object *bytesio_closed(Object *self, void *closure) {
    return bool_from(has_no_data(self));
}

static Object *bytesio_getstate(Object *self) {
    Contents contents;
    if (!hold(self, &contents)) {
        return NULL;
    }
    ssize_t place = bio(self)->at;
    Object *value = part(&contents, 0, contents.size);
    contents_let_go(self, &contents);
    Object *at = value ? int_from_ssize(place) : NULL, *own = bio(self)->head.dict;
    Object *dict = own ? dict_copy(own) : NONE;
    return at && dict ? tuple_pack(3, value, at, dict) : NULL;
}
// Where a pickled state's stream stood; -1 with an exception.
static ssize_t state_place(Object *place, const char *item) {
    if (!int_check(place)) {
        raise_error(&exc_TypeError, "%s item of state must be an integer, got %T", item, place);
        return -1;
    }
    ssize_t n = number_to_ssize(place);
    if (n < 0 && !error_occurred()) {
        raise_error(&exc_ValueError, "position value cannot be negative");
    }
    return n < 0 ? -1 : n;
}
// Adds a pickled state's __dict__ or None to the own one; -1 with an exception.
static int state_dict(Object *self, Object *dict, const char *item) {
    if (dict == NONE) {
        return 0;
    }
    if (!dict_check(dict)) {
        raise_error(&exc_TypeError, "%s item of state should be a dict, got a %T", item, dict);
        return -1;
    }
    Object *own = instance_dict(self);
    return own ? dict_update(own, dict) : -1;
}

static Object *bytesio_setstate(Object *self, Object *state) {
    if (!tuple_check(state) || tuple_size(state) < 3) {
        return raise_error(&exc_TypeError, "%T.__setstate__ argument should be 3-tuple, got %T", self, state);
    }
    if (has_exports(self)) {
        return NULL;
    }
    if (closed(self)) {
        return NULL;
    }
    Object *data = contents_from(tuple_get(state, 0));
    if (!data || replace(self, data, 0) < 0) {
        return NULL;
    }
    ssize_t place = state_place(tuple_get(state, 1), "second");
    Contents contents;
    if (place < 0 || !hold(self, &contents)) {
        return NULL;
    }
    bio(self)->at = place;
    contents_let_go(self, &contents);
    return state_dict(self, tuple_get(state, 2), "third") < 0 ? NULL : NONE;
}

static Object *bytesio_sizeof(Object *self) {
    Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
    ssize_t n = data ? ((VarObject *)data)->size : 0;
    return int_from_ssize(type_reported_size(self->type) + (n ? n + (ssize_t)bytes_type.basic_size : 0));
}

static Object *bytesio_iter(Object *self) {
    return closed(self) ? NULL : self;
}

static BuiltinDef bytesio_methods[] = {
    BUILTIN("readable", bytesio_true, "($self, /)", 0, NULL),
    BUILTIN("seekable", bytesio_true, "($self, /)", 0, NULL),
    BUILTIN("writable", bytesio_true, "($self, /)", 0, NULL),
    BUILTIN("close", bytesio_close, "($self, /)", 0, NULL),
    BUILTIN("flush", bytesio_flush, "($self, /)", 0, NULL),
    BUILTIN("isatty", bytesio_isatty, "($self, /)", 0, NULL),
    BUILTIN("tell", bytesio_tell, "($self, /)", 0, NULL),
    BUILTIN("write", bytesio_write, "($self, b, /)", 0, NULL),
    BUILTIN("read1", bytesio_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readinto", bytesio_readinto, "($self, buffer, /)", 0, NULL),
    BUILTIN("readline", bytesio_readline, "($self, size=-1, /)", 0, NULL),
    BUILTIN("read", bytesio_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("getbuffer", bytesio_getbuffer, "($self, /)", 0, NULL),
    BUILTIN("getvalue", bytesio_getvalue, "($self, /)", 0, NULL),
    BUILTIN("seek", bytesio_seek, "($self, pos, whence=0, /)", 0, NULL),
    BUILTIN("truncate", bytesio_truncate, "($self, size=None, /)", 0, NULL),
    BUILTIN("readlines", bytesio_readlines, "($self, size=None, /)", 0, NULL),
    BUILTIN("writelines", bytesio_writelines, "($self, lines, /)", 0, NULL),
    BUILTIN("__sizeof__", bytesio_sizeof, "-($self, /)", 0, NULL),
    BUILTIN("__getstate__", bytesio_getstate, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", bytesio_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef bytesio_getsets[] = {
    { "closed", bytesio_closed, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type bytesio_type;
const TypeSpec bytesio_spec = {
    .name = "_io.BytesIO",
    .base = &bufferediobase_type,
    .basic_size = 64,
    .instance_size = sizeof(BytesIO),
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = bytesio_methods,
    .getsets = bytesio_getsets,
    .trace = bytesio_trace,
    .slots = { .new = bytesio_new, .init = bytesio_init, .iter = bytesio_iter, .next = bytesio_next },
};

// ---- StringIO: the contents are UCS-4 in a byte cell

// The kind lies beside the text and is never changed there: who has loaded the buffer knows its bounds, whatever
// other threads do.
typedef struct TextBuffer {
    ssize_t capacity;
    int kind; // as wide as its widest text asked for
    uint32_t data[];
} TextBuffer;

typedef struct StringIO {
    IoHead head;
    TextBuffer *text; // NULL: empty
    ssize_t length, at;
    Object *newline; // None or a str
    bool closed, ready;
    int seen;
    uintptr_t lock; // of everything above
} StringIO;

static inline StringIO *sio(Object *o) {
    return (StringIO *)o;
}

static void stringio_trace(Object *self, Tracer *tracer) {
    io_trace_head(self, tracer);
    trace_cell(tracer, sio(self)->text);
    trace_cell(tracer, sio(self)->newline);
}

static bool is_closed(Object *self) {
    if (!sio(self)->ready) {
        raise_error(&exc_ValueError, "I/O operation on uninitialized object");
        return true;
    }
    if (sio(self)->closed) {
        raise_closed();
        return true;
    }
    return false;
}

// Takes the lock. False with ValueError, and without it: closed.
static bool stringio_hold(Object *self) {
    object_lock(&sio(self)->lock);
    if (LIKELY(sio(self)->ready && !sio(self)->closed)) {
        return true;
    }
    object_unlock(&sio(self)->lock);
    is_closed(self);
    return false;
}

// Whether "\r" and "\r\n" are ends of lines, too.
static bool is_universal(Object *newline) {
    return newline == NONE || !str_length(newline);
}

// `text` as it is stored in a stream with this `newline`.
static Object *stored_text(Object *text, Object *newline, int *seen) {
    if (is_universal(newline)) {
        return newlines_translate(text, newline == NONE, seen);
    }
    return str_equal_cstring(newline, "\n") ? text : str_replace(text, str_from_cstring("\n"), newline, -1);
}

// Writes `text` as it is; the lock is held. 0, 1: too large for a position, 2: for a buffer, -1: no memory (MemoryError).
static int put(StringIO *s, Object *text) {
    ssize_t n = str_length(text), end;
    if (__builtin_add_overflow(s->at, n, &end)) {
        return 1;
    }
    if (end > SSIZE_LIMIT / 8) {
        return 2;
    }
    if (!n) {
        return 0;
    }
    int kind = str_kind(text);
    TextBuffer *buffer = s->text;
    if (!buffer || end > buffer->capacity || kind > buffer->kind) {
        ssize_t capacity = buffer && end <= buffer->capacity ? buffer->capacity : end + end / 4 + 32;
        int wide = buffer && buffer->kind > kind ? buffer->kind : kind;
        TextBuffer *larger = heap_alloc(sizeof(TextBuffer) + (size_t)(capacity * wide), CELL_BYTES);
        if (!larger) {
            return -1;
        }
        larger->capacity = capacity;
        larger->kind = wide;
        if (buffer) {
            text_copy(wide, larger->data, 0, buffer->kind, buffer->data, 0, s->length);
        }
        gc_store(s, &s->text, larger);
        buffer = larger;
    }
    for (ssize_t i = s->length; i < end - n; i++) {
        text_write(buffer->kind, buffer->data, i, 0);
    }
    text_copy(buffer->kind, buffer->data, end - n, kind, str_data(text), 0, n);
    s->at = end;
    s->length = end > s->length ? end : s->length;
    return 0;
}

// -1 with the exception for what `put` returned.
static int put_result(int status) {
    if (status > 0) {
        raise_error(&exc_OverflowError, status == 1 ? "new position too large" : "new buffer size too large");
    }
    return status ? -1 : 0;
}

static Object *stringio_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = object_alloc(type);
    if (self) {
        gc_store(self, &sio(self)->newline, NONE);
    }
    return self;
}

// From here on it is what StringIO(*args) gives; `stored`: its newlines are as they shall be.
static int start(Object *self, Object *const *args, size_t nargs, Object *kwnames, bool stored) {
    static struct Signature *signature;
    Object *b[2];
    if (signature_bind(&signature, "StringIO", "|(initial_value='', newline='\\n')", args, nargs, kwnames,
                       b) < 0) {
        return -1;
    }
    Object *text = b[0] && b[0] != NONE ? b[0] : NULL, *newline = b[1] ? b[1] : str_from_cstring("\n");
    if (newline != NONE && !str_check(newline)) {
        raise_error(&exc_TypeError, "newline must be str or None, not %T", newline);
        return -1;
    }
    if (newline != NONE && str_length(newline) && !str_equal_cstring(newline, "\n") &&
        !str_equal_cstring(newline, "\r") && !str_equal_cstring(newline, "\r\n")) {
        raise_error(&exc_ValueError, "illegal newline value: %R", newline);
        return -1;
    }
    if (text && !str_check(text)) {
        raise_error(&exc_TypeError, "initial_value must be str or None, not %T", text);
        return -1;
    }
    int seen = 0, status = 0;
    Object *translated = text ? stored_text(text, newline, &seen) : NULL;
    if (text && !translated) {
        return -1;
    }
    StringIO *s = sio(self);
    object_lock(&s->lock);
    gc_store(self, &s->newline, newline);
    s->length = s->at = 0;
    s->seen = seen;
    s->closed = false;
    if (text) {
        status = put(s, stored ? text : translated);
    }
    s->at = 0;
    s->ready = status == 0;
    object_unlock(&s->lock);
    return put_result(status);
}
static int stringio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return start(self, args, nargs, kwnames, false);
}

// The next `n` characters, of as many as there are; lets go of the lock.
static Object *slice(StringIO *s, ssize_t n) {
    TextBuffer *buffer = s->text;
    ssize_t at = s->at, left = s->length - at;
    left = left < 0 ? 0 : left;
    n = n < 0 || n > left ? left : n;
    Object *result = n ? str_from_kind(buffer->kind, (char *)buffer->data + at * buffer->kind, n)
                       : str_empty();
    if (result) {
        s->at = at + n;
    }
    object_unlock(&s->lock);
    return result;
}

static Object *stringio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    return n == -2 || !stringio_hold(self) ? NULL : slice(sio(self), n);
}

static Object *stringio_readline(Object *self, Object *size) {
    ssize_t limit = io_size_argument(size);
    if (limit == -2 || !stringio_hold(self)) {
        return NULL;
    }
    StringIO *s = sio(self);
    TextBuffer *buffer = s->text;
    ssize_t start = s->at, i = start, end = s->length;
    if (limit >= 0 && limit < end - i) {
        end = i + limit;
    }
    bool translated = s->newline == NONE, untranslated = !translated && !str_length(s->newline);
    bool crlf = !translated && str_length(s->newline) == 2;
    uint32_t last = translated || untranslated ? '\n' : str_read(s->newline, str_length(s->newline) - 1);
    if (i < end && !crlf && !untranslated) {
        ssize_t found = search_unit(buffer->kind, (char *)buffer->data + i * buffer->kind, end - i, last, 1);
        return slice(s, found < 0 ? end - start : found + 1);
    }
    for (; i < end; i++) {
        uint32_t c = text_read(buffer->kind, buffer->data, i);
        if (untranslated && c == '\r') {
            i += 1 + (i + 1 < end && text_read(buffer->kind, buffer->data, i + 1) == '\n');
            break;
        }
        if (c == last && (!crlf || (i > start && text_read(buffer->kind, buffer->data, i - 1) == '\r'))) {
            i++;
            break;
        }
    }
    return slice(s, i > start ? i - start : 0);
}

static Object *stringio_next(Object *self) {
    Object *line = self->type == &stringio_type ? stringio_readline(self, NULL)
                                                : call_method0(self, names.readline);
    if (line && !str_check(line)) {
        return raise_error(&exc_OSError, "readline() should have returned a str object, not '%T'", line);
    }
    return line && str_length(line) ? line : NULL;
}

static Object *stringio_write(Object *self, Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "string argument expected, got '%T'", text);
    }
    if (is_closed(self)) {
        return NULL;
    }
    int seen = 0;
    Object *stored = stored_text(text, __atomic_load_n(&sio(self)->newline, __ATOMIC_ACQUIRE), &seen);
    if (!stored || !stringio_hold(self)) {
        return NULL;
    }
    sio(self)->seen |= seen;
    int status = put(sio(self), stored);
    object_unlock(&sio(self)->lock);
    return put_result(status) < 0 ? NULL : int_from_ssize(str_length(text));
}

// The text; the lock is held.
static Object *whole(const StringIO *s) {
    return s->length ? str_from_kind(s->text->kind, s->text->data, s->length) : str_empty();
}

static Object *stringio_getvalue(Object *self) {
    if (!stringio_hold(self)) {
        return NULL;
    }
    Object *value = whole(sio(self));
    object_unlock(&sio(self)->lock);
    return value;
}
static Object *stringio_tell(Object *self) {
    return is_closed(self) ? NULL : int_from_ssize(__atomic_load_n(&sio(self)->at, __ATOMIC_RELAXED));
}

static Object *stringio_seek(Object *self, Object *position, Object *whence) {
    ssize_t n = number_to_ssize(position);
    int how = !(n == -1 && error_occurred()) && whence ? int_to_c_int(whence) : 0;
    if (error_occurred() || is_closed(self)) {
        return NULL;
    }
    if (how < 0 || how > 2) {
        return raise_error(&exc_ValueError, "Invalid whence (%i, should be 0, 1 or 2)", how);
    }
    if (how == 0 && n < 0) {
        return raise_error(&exc_ValueError, "Negative seek position %zd", n);
    }
    if (how && n) {
        return raise_error(&exc_OSError, "Can't do nonzero cur-relative seeks");
    }
    if (!stringio_hold(self)) {
        return NULL;
    }
    n = how == 0 ? n : how == 1 ? sio(self)->at : sio(self)->length;
    sio(self)->at = n;
    object_unlock(&sio(self)->lock);
    return int_from_ssize(n);
}

static Object *stringio_truncate(Object *self, Object *size) {
    if (is_closed(self)) {
        return NULL;
    }
    ssize_t n = 0;
    bool here = !size || size == NONE;
    if (number_optional_ssize(size, &n) < 0) {
        return NULL;
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "Negative size value %zd", n);
    }
    if (!stringio_hold(self)) {
        return NULL;
    }
    n = here ? sio(self)->at : n;
    if (n < sio(self)->length) {
        sio(self)->length = n;
    }
    object_unlock(&sio(self)->lock);
    return int_from_ssize(n);
}

static Object *stringio_getstate(Object *self) {
    if (!stringio_hold(self)) {
        return NULL;
    }
    ssize_t place = sio(self)->at;
    Object *value = whole(sio(self)), *newline = sio(self)->newline;
    object_unlock(&sio(self)->lock);
    Object *at = value ? int_from_ssize(place) : NULL, *own = sio(self)->head.dict;
    Object *dict = at && own ? dict_copy(own) : NONE;
    return at && dict ? tuple_pack(4, value, newline, at, dict) : NULL;
}

static Object *stringio_setstate(Object *self, Object *state) {
    if (!tuple_check(state) || tuple_size(state) < 4) {
        return raise_error(&exc_TypeError, "%T.__setstate__ argument should be 4-tuple, got %T", self, state);
    }
    StringIO *s = sio(self);
    if (s->closed) {
        return raise_closed();
    }
    // The value is stored as it is: its newlines were translated when it was first written.
    Object *initial[2] = { tuple_get(state, 0), tuple_get(state, 1) };
    ssize_t place = start(self, initial, 2, NULL, true) < 0 ? -1 : state_place(tuple_get(state, 2), "third");
    if (place < 0 || !stringio_hold(self)) {
        return NULL;
    }
    s->at = place;
    object_unlock(&s->lock);
    return state_dict(self, tuple_get(state, 3), "fourth") < 0 ? NULL : NONE;
}

static Object *stringio_close(Object *self) {
    sio(self)->closed = true;
    return NONE;
}
static Object *stringio_true(Object *self) {
    return is_closed(self) ? NULL : TRUE_OBJECT;
}
static Object *stringio_closed(Object *self, void *closure) {
    if (!sio(self)->ready) {
        return raise_error(&exc_ValueError, "I/O operation on uninitialized object");
    }
    return bool_from(sio(self)->closed);
}
static Object *stringio_newlines(Object *self, void *closure) {
    return is_closed(self) ? NULL : newlines_seen(sio(self)->seen);
}
static Object *stringio_buffering(Object *self, void *closure) {
    return is_closed(self) ? NULL : FALSE_OBJECT;
}

static BuiltinDef stringio_methods[] = {
    BUILTIN("close", stringio_close, "($self, /)", 0, NULL),
    BUILTIN("getvalue", stringio_getvalue, "($self, /)", 0, NULL),
    BUILTIN("read", stringio_read, "($self, size=-1, /)", 0, NULL),
    BUILTIN("readline", stringio_readline, "($self, size=-1, /)", 0, NULL),
    BUILTIN("tell", stringio_tell, "($self, /)", 0, NULL),
    BUILTIN("truncate", stringio_truncate, "($self, pos=None, /)", 0, NULL),
    BUILTIN("seek", stringio_seek, "($self, pos, whence=0, /)", 0, NULL),
    BUILTIN("write", stringio_write, "($self, s, /)", 0, NULL),
    BUILTIN("seekable", stringio_true, "($self, /)", 0, NULL),
    BUILTIN("readable", stringio_true, "($self, /)", 0, NULL),
    BUILTIN("writable", stringio_true, "($self, /)", 0, NULL),
    BUILTIN("__getstate__", stringio_getstate, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", stringio_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef stringio_getsets[] = {
    { "closed", stringio_closed, NULL, NULL, NULL },
    { "newlines", stringio_newlines, NULL, NULL, NULL },
    { "line_buffering", stringio_buffering, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type stringio_type;
const TypeSpec stringio_spec = {
    .name = "_io.StringIO",
    .base = &textiobase_type,
    .basic_size = 120,
    .instance_size = sizeof(StringIO) > 120 ? sizeof(StringIO) : 120,
    .dict_offset = offsetof(IoHead, dict),
    .weaklist_offset = offsetof(IoHead, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = stringio_methods,
    .getsets = stringio_getsets,
    .trace = stringio_trace,
    .slots = { .new = stringio_new, .init = stringio_init, .next = stringio_next },
};
