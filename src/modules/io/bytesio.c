// BytesIO and StringIO: streams in memory.
#include "base/search.h"
#include "modules/io/io.h"
#include "objects/dict.h"
#include "objects/str_private.h"

// ---- BytesIO: the contents are the bytes that it was made with until something changes, then a bytearray, so that
// getbuffer() can export them

typedef struct BytesIO {
    IoHead head;
    Object *data; // bytes or bytearray, NULL: closed
    ssize_t at;
} BytesIO;

static inline BytesIO *bio(Object *o) {
    return (BytesIO *)o;
}
// What it holds at the moment. A cell that a bytearray replaces is never written again, so it may be read without the lock.
typedef struct Contents {
    const char *start;
    ssize_t size;
} Contents;

static Contents contents_of(Object *o) {
    Object *data = __atomic_load_n(&bio(o)->data, __ATOMIC_ACQUIRE);
    if (!data) {
        return (Contents){ "", 0 };
    }
    if (bytes_check(data)) {
        return (Contents){ bytes_data(data), bytes_length(data) };
    }
    ByteArray *array = (ByteArray *)data;
    object_lock(&array->lock);
    Contents contents = { array->start, array->var.size };
    object_unlock(&array->lock);
    return contents;
}

static inline ssize_t size_of(Object *o) {
    return contents_of(o).size;
}

// The bytearray, into which bytes are copied first. NULL with an exception: no memory, or closed.
static ByteArray *own_contents(Object *self) {
    Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
    while (data && bytes_check(data)) {
        Object *copy = bytearray_from(bytes_data(data), bytes_length(data));
        if (!copy) {
            return NULL;
        }
        if (__atomic_compare_exchange_n(&bio(self)->data, &data, copy, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            gc_dirty(self);
            data = copy;
        }
    }
    return data ? (ByteArray *)data : (ByteArray *)raise_closed();
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

static bool has_exports(Object *self) {
    Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
    if (data && !bytes_check(data) && buffers_are_exported(&((ByteArray *)data)->exports)) {
        raise_error(&exc_BufferError, "Existing exports of data: object cannot be re-sized");
        return true;
    }
    return false;
}

static int bytesio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *initial;
    if (signature_bind(&signature, "BytesIO", "|(initial_bytes=b'')", args, nargs, kwnames, &initial) < 0) {
        return -1;
    }
    Object *data;
    if (has_exports(self)) {
        return -1;
    }
    if (initial && initial->type == &bytes_type) {
        data = initial;
    } else if (initial && initial != NONE) {
        Buffer view;
        if (object_get_buffer(initial, &view, BUFFER_SIMPLE) < 0) {
            return -1;
        }
        data = bytes_from(view.data, view.length);
        buffer_release(&view);
    } else {
        data = bytes_from("", 0);
    }
    if (!data) {
        return -1;
    }
    gc_store(self, &bio(self)->data, data);
    bio(self)->at = 0;
    return 0;
}

static bool closed(Object *self) {
    if (!bio(self)->data) {
        raise_closed();
        return true;
    }
    return false;
}

// `n` bytes from `at` on, or what there is.
static Object *bytes_at(Object *self, ssize_t at, ssize_t n) {
    Object *data = __atomic_load_n(&bio(self)->data, __ATOMIC_ACQUIRE);
    Contents contents = contents_of(self);
    if (at == 0 && n >= contents.size && data && bytes_check(data)) {
        return data;
    }
    ssize_t left = at < contents.size ? contents.size - at : 0;
    n = n > left ? left : n;
    return bytes_from(n ? contents.start + at : "", n);
}

static Object *take(Object *self, ssize_t n) {
    Object *result = bytes_at(self, bio(self)->at, n < 0 ? SSIZE_LIMIT : n);
    if (result) {
        bio(self)->at += bytes_length(result);
    }
    return result;
}

static Object *bytesio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    return n == -2 || closed(self) ? NULL : take(self, n);
}

static Object *bytesio_readline(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    if (n == -2 || closed(self)) {
        return NULL;
    }
    Contents contents = contents_of(self);
    ssize_t at = bio(self)->at, left = at < contents.size ? contents.size - at : 0;
    n = n < 0 || n > left ? left : n;
    const char *start = n ? contents.start + at : NULL, *found = n ? memchr(start, '\n', (size_t)n) : NULL;
    return take(self, found ? found - start + 1 : n);
}

static Object *bytesio_next(Object *self) {
    Object *line = bytesio_readline(self, NULL);
    return line && bytes_length(line) ? line : NULL;
}

static Object *bytesio_readlines(Object *self, Object *size) {
    ssize_t limit = -1, total = 0;
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
    Object *lines = list_new(0), *line;
    while (lines && (line = bytesio_readline(self, NULL)) && bytes_length(line)) {
        if (list_append(lines, line) < 0) {
            return NULL;
        }
        total += bytes_length(line);
        if (limit > 0 && total >= limit) {
            break;
        }
    }
    return error_occurred() ? NULL : lines;
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
    if (closed(self) || io_writable_buffer(target, &view) < 0) {
        return NULL;
    }
    Object *data = take(self, view.length);
    if (data) {
        memcpy(view.data, bytes_data(data), (size_t)bytes_length(data));
    }
    buffer_release(&view);
    return data ? int_from_ssize(bytes_length(data)) : NULL;
}

static Object *bytesio_write(Object *self, Object *data) {
    Buffer view;
    if (closed(self) || object_get_buffer(data, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    // Getting the buffer may have run Python code.
    if (closed(self) || has_exports(self)) {
        buffer_release(&view);
        return NULL;
    }
    ssize_t at = bio(self)->at, end;
    if (__builtin_add_overflow(at, view.length, &end)) {
        buffer_release(&view);
        return raise_error(&exc_OverflowError, "new buffer size too large");
    }
    bool written = !view.length;
    while (!written) {
        ByteArray *array = own_contents(self);
        if (!array) {
            break;
        }
        ssize_t old = array->var.size;
        if (end > old && bytearray_resize((Object *)array, end) < 0) {
            break;
        }
        object_lock(&array->lock);
        if (end <= array->var.size) { // else another thread cut it meanwhile
            if (at > old) {
                memset(array->start + old, 0, (size_t)(at - old));
            }
            memcpy(array->start + at, view.data, (size_t)view.length);
            written = true;
        }
        object_unlock(&array->lock);
    }
    if (view.length && written) {
        bio(self)->at = end;
    }
    Object *result = written ? int_from_ssize(view.length) : NULL;
    buffer_release(&view);
    return result;
}

static Object *bytesio_seek(Object *self, Object *position, Object *whence) {
    ssize_t n = number_to_ssize(position);
    int how = whence ? int_to_c_int(whence) : 0;
    if (error_occurred() || closed(self)) {
        return NULL;
    }
    if (how == 0 && n < 0) {
        return raise_error(&exc_ValueError, "negative seek value %zd", n);
    }
    if (how < 0 || how > 2) {
        return raise_error(&exc_ValueError, "invalid whence (%i, should be 0, 1 or 2)", how);
    }
    ssize_t base = how == 1 ? bio(self)->at : how == 2 ? size_of(self) : 0;
    if (n > SSIZE_LIMIT - base) {
        return raise_error(&exc_OverflowError, "new position too large");
    }
    bio(self)->at = base + n < 0 ? 0 : base + n;
    return int_from_ssize(bio(self)->at);
}

static Object *bytesio_truncate(Object *self, Object *size) {
    if (closed(self)) {
        return NULL;
    }
    ssize_t n = bio(self)->at;
    if (size && size != NONE) {
        if (!number_check_index(size)) {
            return raise_error(&exc_TypeError, "argument should be integer or None, not '%T'", size);
        }
        n = number_as_ssize(size, &exc_OverflowError);
        if (n == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "negative size value %zd", n);
    }
    if (has_exports(self)) {
        return NULL;
    }
    if (n < size_of(self)) {
        ByteArray *array = own_contents(self);
        if (!array || bytearray_resize((Object *)array, n) < 0) {
            return NULL;
        }
    }
    return int_from_ssize(n);
}

static Object *bytesio_tell(Object *self) {
    return closed(self) ? NULL : int_from_ssize(bio(self)->at);
}
static Object *bytesio_getvalue(Object *self) {
    return closed(self) ? NULL : bytes_at(self, 0, SSIZE_LIMIT);
}
static Object *bytesio_getbuffer(Object *self) {
    ByteArray *array = own_contents(self);
    return array ? call1((Object *)&memoryview_type, (Object *)array) : NULL;
}
static Object *bytesio_close(Object *self) {
    if (has_exports(self)) {
        return NULL;
    }
    gc_store(self, &bio(self)->data, NULL);
    return NONE;
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
    return bool_from(!bio(self)->data);
}

static Object *bytesio_getstate(Object *self) {
    Object *value = bytesio_getvalue(self), *at = value ? int_from_ssize(bio(self)->at) : NULL;
    Object *dict = bio(self)->head.dict ? dict_copy(bio(self)->head.dict) : NONE;
    return at && dict ? tuple_pack(3, value, at, dict) : NULL;
}
// The last items of a pickled state: where the stream stood, and its __dict__ or None. -1 with an exception.
static int set_place_and_dict(Object *self, ssize_t *at, Object *place, Object *dict, const char *place_item,
                              const char *dict_item) {
    if (!int_check(place)) {
        raise_error(&exc_TypeError, "%s item of state must be an integer, got %T", place_item, place);
        return -1;
    }
    ssize_t n = number_to_ssize(place);
    if (n < 0) {
        if (!error_occurred()) {
            raise_error(&exc_ValueError, "position value cannot be negative");
        }
        return -1;
    }
    *at = n;
    if (dict == NONE) {
        return 0;
    }
    if (!dict_check(dict)) {
        raise_error(&exc_TypeError, "%s item of state should be a dict, got a %T", dict_item, dict);
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
    Object *initial = tuple_get(state, 0);
    if (bytesio_init(self, &initial, 1, NULL) < 0) {
        return NULL;
    }
    return set_place_and_dict(self, &bio(self)->at, tuple_get(state, 1), tuple_get(state, 2), "second",
                              "third") < 0
               ? NULL
               : NONE;
}

static Object *bytesio_sizeof(Object *self) {
    ssize_t n = bio(self)->data ? size_of(self) : 0;
    return int_from_ssize(self->type->basic_size + (n ? n + (ssize_t)bytes_type.basic_size : 0));
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
    bool translate, universal, closed, ready;
    int seen;
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

// The length of the text, within the bounds of a buffer.
static inline ssize_t stringio_length(const StringIO *s, const TextBuffer *buffer) {
    ssize_t length = __atomic_load_n(&s->length, __ATOMIC_RELAXED), most = buffer ? buffer->capacity : 0;
    return length < most ? length : most;
}

static int put(Object *self, Object *text) {
    StringIO *s = sio(self);
    if (s->universal) {
        text = newlines_translate(text, s->translate, &s->seen);
    } else if (s->newline != NONE && str_length(s->newline) && !str_equal_cstring(s->newline, "\n")) {
        text = str_replace(text, str_from_cstring("\n"), s->newline, -1);
    }
    if (!text) {
        return -1;
    }
    ssize_t n = str_length(text), end;
    if (__builtin_add_overflow(s->at, n, &end)) {
        raise_error(&exc_OverflowError, "new position too large");
        return -1;
    }
    if (end > SSIZE_LIMIT / 8) {
        raise_error(&exc_OverflowError, "new buffer size too large");
        return -1;
    }
    int kind = str_kind(text);
    TextBuffer *buffer = __atomic_load_n(&s->text, __ATOMIC_ACQUIRE);
    if (n && (!buffer || end > buffer->capacity || kind > buffer->kind)) {
        ssize_t capacity = buffer && end <= buffer->capacity ? buffer->capacity : end + end / 4 + 32;
        int wide = buffer && buffer->kind > kind ? buffer->kind : kind;
        TextBuffer *larger = heap_alloc(sizeof(TextBuffer) + (size_t)(capacity * wide), CELL_BYTES);
        if (!larger) {
            return -1;
        }
        larger->capacity = capacity;
        larger->kind = wide;
        if (buffer) {
            text_copy(wide, larger->data, 0, buffer->kind, buffer->data, 0, stringio_length(s, buffer));
        }
        gc_store(self, &s->text, larger);
        buffer = larger;
    }
    if (n) {
        for (ssize_t i = stringio_length(s, buffer); i < end - n; i++) {
            text_write(buffer->kind, buffer->data, i, 0);
        }
        text_copy(buffer->kind, buffer->data, end - n, kind, str_data(text), 0, n);
    }
    if (n) {
        s->at = end;
        s->length = end > s->length ? end : s->length;
    }
    return 0;
}

static Object *stringio_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = object_alloc(type);
    if (self) {
        gc_store(self, &sio(self)->newline, NONE);
    }
    return self;
}

static int stringio_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[2];
    if (signature_bind(&signature, "StringIO", "|(initial_value='', newline='\\n')", args, nargs, kwnames,
                       b) < 0) {
        return -1;
    }
    StringIO *s = sio(self);
    Object *newline = b[1] ? b[1] : str_from_cstring("\n");
    if (newline != NONE && !str_check(newline)) {
        raise_error(&exc_TypeError, "newline must be str or None, not %T", newline);
        return -1;
    }
    if (newline != NONE && str_length(newline) && !str_equal_cstring(newline, "\n") &&
        !str_equal_cstring(newline, "\r") && !str_equal_cstring(newline, "\r\n")) {
        raise_error(&exc_ValueError, "illegal newline value: %R", newline);
        return -1;
    }
    if (b[0] && b[0] != NONE && !str_check(b[0])) {
        raise_error(&exc_TypeError, "initial_value must be str or None, not %T", b[0]);
        return -1;
    }
    gc_store(self, &s->newline, newline);
    s->universal = newline == NONE || !str_length(newline);
    s->translate = newline == NONE;
    s->length = s->at = 0;
    s->seen = 0;
    s->ready = s->closed = false;
    if (b[0] && b[0] != NONE && put(self, b[0]) < 0) {
        return -1;
    }
    s->at = 0;
    s->ready = true;
    return 0;
}

static Object *slice(Object *self, ssize_t n) {
    StringIO *s = sio(self);
    TextBuffer *buffer = __atomic_load_n(&s->text, __ATOMIC_ACQUIRE);
    ssize_t at = __atomic_load_n(&s->at, __ATOMIC_RELAXED), left = stringio_length(s, buffer) - at;
    left = left < 0 ? 0 : left;
    n = n < 0 || n > left ? left : n;
    Object *result = n ? str_from_kind(buffer->kind, (char *)buffer->data + at * buffer->kind, n)
                       : str_empty();
    if (result) {
        s->at = at + n;
    }
    return result;
}

static Object *stringio_read(Object *self, Object *size) {
    ssize_t n = io_size_argument(size);
    return n == -2 || is_closed(self) ? NULL : slice(self, n);
}

static Object *stringio_readline(Object *self, Object *size) {
    ssize_t limit = io_size_argument(size);
    if (limit == -2 || is_closed(self)) {
        return NULL;
    }
    StringIO *s = sio(self);
    TextBuffer *buffer = __atomic_load_n(&s->text, __ATOMIC_ACQUIRE);
    ssize_t start = __atomic_load_n(&s->at, __ATOMIC_RELAXED), i = start, end = stringio_length(s, buffer);
    if (limit >= 0 && limit < end - i) {
        end = i + limit;
    }
    bool crlf = !s->universal && str_length(s->newline) == 2;
    uint32_t last = !s->universal && str_length(s->newline) ? str_read(s->newline, str_length(s->newline) - 1)
                                                            : '\n';
    if (i < end && !crlf && !(s->universal && !s->translate)) {
        ssize_t found = search_unit(buffer->kind, (char *)buffer->data + i * buffer->kind, end - i, last, 1);
        return slice(self, found < 0 ? end - start : found + 1);
    }
    for (; i < end; i++) {
        uint32_t c = text_read(buffer->kind, buffer->data, i);
        if (s->universal && !s->translate && c == '\r') {
            i += 1 + (i + 1 < end && text_read(buffer->kind, buffer->data, i + 1) == '\n');
            break;
        }
        if (c == last && (!crlf || (i > start && text_read(buffer->kind, buffer->data, i - 1) == '\r'))) {
            i++;
            break;
        }
    }
    return slice(self, i > start ? i - start : 0);
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
    if (is_closed(self) || put(self, text) < 0) {
        return NULL;
    }
    return int_from_ssize(str_length(text));
}

static Object *stringio_getvalue(Object *self) {
    if (is_closed(self)) {
        return NULL;
    }
    TextBuffer *buffer = __atomic_load_n(&sio(self)->text, __ATOMIC_ACQUIRE);
    ssize_t length = stringio_length(sio(self), buffer);
    return length ? str_from_kind(buffer->kind, buffer->data, length) : str_empty();
}
static Object *stringio_tell(Object *self) {
    return is_closed(self) ? NULL : int_from_ssize(sio(self)->at);
}

static Object *stringio_seek(Object *self, Object *position, Object *whence) {
    ssize_t n = number_to_ssize(position);
    int how = whence ? int_to_c_int(whence) : 0;
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
    sio(self)->at = how == 0 ? n : how == 1 ? sio(self)->at : sio(self)->length;
    return int_from_ssize(sio(self)->at);
}

static Object *stringio_truncate(Object *self, Object *size) {
    if (is_closed(self)) {
        return NULL;
    }
    ssize_t n = sio(self)->at;
    if (size && size != NONE) {
        if (!number_check_index(size)) {
            return raise_error(&exc_TypeError, "argument should be integer or None, not '%T'", size);
        }
        n = number_as_ssize(size, &exc_OverflowError);
        if (n == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (n < 0) {
        return raise_error(&exc_ValueError, "Negative size value %zd", n);
    }
    if (n < sio(self)->length) {
        sio(self)->length = n;
    }
    return int_from_ssize(n);
}

static Object *stringio_getstate(Object *self) {
    Object *value = stringio_getvalue(self), *at = value ? int_from_ssize(sio(self)->at) : NULL;
    Object *dict = at && sio(self)->head.dict ? dict_copy(sio(self)->head.dict) : NONE;
    return at && dict ? tuple_pack(4, value, sio(self)->newline, at, dict) : NULL;
}

static Object *stringio_setstate(Object *self, Object *state) {
    if (!tuple_check(state) || tuple_size(state) < 4) {
        return raise_error(&exc_TypeError, "%T.__setstate__ argument should be 4-tuple, got %T", self, state);
    }
    StringIO *s = sio(self);
    if (s->closed) {
        return raise_closed();
    }
    Object *initial[2] = { tuple_get(state, 0), tuple_get(state, 1) };
    if (stringio_init(self, initial, 2, NULL) < 0) {
        return NULL;
    }
    // The value is stored as it is: its newlines were translated when it was first written.
    bool universal = s->universal;
    Object *newline = s->newline;
    s->length = s->at = 0;
    s->universal = false;
    gc_store(self, &s->newline, NONE);
    int status = initial[0] == NONE ? 0 : put(self, initial[0]);
    s->universal = universal;
    gc_store(self, &s->newline, newline);
    s->at = 0;
    return status < 0 || set_place_and_dict(self, &s->at, tuple_get(state, 2), tuple_get(state, 3), "third",
                                            "fourth") < 0
               ? NULL
               : NONE;
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
