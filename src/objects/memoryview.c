// memoryview: CPython's layout. A managed buffer holds the exporter's buffer; any number of views share
// it, each with its own shape, strides and format. The buffer goes back to the exporter when the last
// view is released or has died (the managed buffer's finalizer).
#include "objects/abstract.h"
#include "objects/bytes_private.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/polling.h"
#include "objects/sequence_types.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "vm/runtime.h"

enum { MAX_DIMENSIONS = 64, VIEW_RELEASED = 1 };
static const ssize_t NEVER_AGAIN = -SSIZE_LIMIT / 2; // `exports` of a view that was released

typedef struct ManagedBuffer {
    Object base;
    int flags;
    ssize_t views;  // views that are not released
    Buffer master;
    Object *keeper;  // of memory that no exporter answers for
    char format[16];  // a copy of a cast's format
} ManagedBuffer;

typedef struct MemoryView {
    VarObject var;
    ManagedBuffer *managed;
    hash_t hash;
    int flags;
    ssize_t exports;
    Buffer view;
    Object *weaklist;
    ssize_t array[1];  // shape, strides, suboffsets
} MemoryView;

static MemoryView *as_view(Object *o) {
    return (MemoryView *)o;
}

static bool memoryview_check(const Object *o) {
    return o->type == &memoryview_type;
}

static int raise_released(void) {
    raise_error(&exc_ValueError, "operation forbidden on released memoryview object");
    return -1;
}

// Holds until the next safepoint, allocations included: memory that goes away with the view (mmap) does so with the world stopped.
// What takes longer gets a buffer of the view.
static int check_released(MemoryView *m) {
    if ((m->flags & VIEW_RELEASED) || (m->managed->flags & VIEW_RELEASED)) {
        return raise_released();
    }
    return 0;
}

// ---- shapes

bool buffer_is_contiguous(const Buffer *view, char order) {
    if (view->suboffsets) {
        return false;
    }
    if (!view->dimensions || view->length == 0) {
        return true;
    }
    bool c = true, f = true;
    if (!view->strides) {
        // Items in C's order. That is Fortran's as well, unless two dimensions have more than one.
        int wide = 0;
        for (int i = 0; view->shape && i < view->dimensions; i++) {
            wide += view->shape[i] > 1;
        }
        return wide <= 1 || order != 'F';
    }
    ssize_t step = view->item_size;
    for (int i = view->dimensions - 1; i >= 0; i--) {
        ssize_t n = view->shape ? view->shape[i] : view->length / view->item_size;
        c = c && (n <= 1 || view->strides[i] == step);
        step *= n;
    }
    step = view->item_size;
    for (int i = 0; i < view->dimensions; i++) {
        ssize_t n = view->shape ? view->shape[i] : view->length / view->item_size;
        f = f && (n <= 1 || view->strides[i] == step);
        step *= n;
    }
    return order == 'C' ? c : order == 'F' ? f : c || f;
}

static const char *follow(const Buffer *view, const char *p, int dimension) {
    if (view->suboffsets && view->suboffsets[dimension] >= 0) {
        return *(const char *const *)p + view->suboffsets[dimension];
    }
    return p;
}

static char *copy_level(const Buffer *view, const char *p, int dimension, char *out) {
    if (dimension == view->dimensions) {
        memcpy(out, p, (size_t)view->item_size);
        return out + view->item_size;
    }
    for (ssize_t i = 0; i < view->shape[dimension]; i++) {
        out = copy_level(view, follow(view, p + i * view->strides[dimension], dimension), dimension + 1, out);
    }
    return out;
}

int buffer_copy_out(const Buffer *view, char *out, char order) {
    if (order == 'A') {
        order = buffer_is_contiguous(view, 'F') && !buffer_is_contiguous(view, 'C') ? 'F' : 'C';
    }
    if (buffer_is_contiguous(view, order)) {
        if (view->length) {
            memcpy(out, view->data, (size_t)view->length);
        }
        return 0;
    }
    if (order == 'C') {
        copy_level(view, view->data, 0, out);
        return 0;
    }
    ssize_t own_strides[BUFFER_DIMENSIONS];
    const ssize_t *strides = view->strides;
    if (!strides) {
        ssize_t step = view->item_size;
        for (int i = view->dimensions - 1; i >= 0; i--) {
            own_strides[i] = step;
            step *= view->shape[i];
        }
        strides = own_strides;
    }
    // Fortran order: the first index runs fastest.
    ssize_t index[BUFFER_DIMENSIONS] = { 0 }, count = view->length / view->item_size;
    for (ssize_t k = 0; k < count; k++) {
        const char *p = view->data;
        for (int d = 0; d < view->dimensions; d++) {
            p = follow(view, p + index[d] * strides[d], d);
        }
        memcpy(out, p, (size_t)view->item_size);
        out += view->item_size;
        for (int d = 0; d < view->dimensions && ++index[d] == view->shape[d]; d++) {
            index[d] = 0;
        }
    }
    return 0;
}

// ---- making views

static void managed_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((ManagedBuffer *)self)->master.object);
    trace_cell(tracer, ((ManagedBuffer *)self)->keeper);
}

static void managed_release(ManagedBuffer *managed) {
    if (!(__atomic_fetch_or(&managed->flags, VIEW_RELEASED, __ATOMIC_ACQ_REL) & VIEW_RELEASED)) {
        buffer_release(&managed->master);
    }
}

// Managed buffers of one exporter that no view refers to but from a C stack: there, more often than not,
// it is a stale word. (Should it not be, the view says that it was released.) One without views is just being made.
typedef struct Abandoned {
    const ssize_t *exports;
    ManagedBuffer *found[64];
    size_t count;
} Abandoned;

static void abandoned_add(Object *object, void *context) {
    Abandoned *a = context;
    if (object->type == &managed_buffer_type && a->count < COUNT_OF(a->found)) {
        ManagedBuffer *managed = (ManagedBuffer *)object;
        const char *exporter = (const char *)managed->master.object, *exports = (const char *)a->exports;
        bool has_views = __atomic_load_n(&managed->views, __ATOMIC_RELAXED) > 0;
        if (exporter && has_views && exports > exporter &&
            exports < exporter + managed->master.object->type->basic_size) {
            a->found[a->count++] = managed;
        }
    }
}

bool buffers_are_exported(const ssize_t *exports) {
    for (int full = 0; exports_read(exports) > 0; full++) {
        if (full == 2) {
            return true;
        }
        Abandoned abandoned = { .exports = exports };
        heap_collect_finding(full, abandoned_add, &abandoned);
        for (size_t i = 0; i < abandoned.count; i++) {
            managed_release(abandoned.found[i]);
        }
    }
    return false;
}

bool managed_buffer_is_released(const Object *managed) {
    return (((const ManagedBuffer *)managed)->flags & VIEW_RELEASED) != 0;
}

static void managed_finalize(Object *self) {
    managed_release((ManagedBuffer *)self);
}

Type managed_buffer_type;
const TypeSpec managed_buffer_spec = {
    .name = "managedbuffer",
    .basic_size = sizeof(ManagedBuffer),
    .flags = TF_GC,
    .trace = managed_trace,
    .slots = { .finalize = managed_finalize },
};

// What a released view refers to, so that it does not keep the other views' buffer from its finalizer.
static ManagedBuffer released_buffer = { .base = { REFCOUNT_INITIAL, &managed_buffer_type },
                                         .flags = VIEW_RELEASED };

static void view_trace(Object *self, Tracer *tracer) {
    MemoryView *m = as_view(self);
    trace_cell(tracer, m->managed);
    trace_cell(tracer, m->view.object);
}

static MemoryView *view_new(ManagedBuffer *managed, int dimensions) {
    MemoryView *m = (MemoryView *)object_alloc_var(&memoryview_type, 3 * dimensions);
    if (!m) {
        return NULL;
    }
    gc_store(m, &m->managed, managed);
    gc_store(m, &m->view.object, managed->master.object);
    m->hash = -1;
    m->view.dimensions = dimensions;
    m->view.shape = m->array;
    m->view.strides = m->array + dimensions;
    m->view.suboffsets = NULL;
    if (LIKELY(!runtime_multithreaded)) {
        managed->views++;
    } else {
        __atomic_fetch_add(&managed->views, 1, __ATOMIC_RELAXED);
    }
    return m;
}

// A view of all that `source` describes.
static MemoryView *view_of(ManagedBuffer *managed, const Buffer *source) {
    MemoryView *m = view_new(managed, source->dimensions);
    if (!m) {
        return NULL;
    }
    int n = source->dimensions;
    m->view.data = source->data;
    m->view.length = source->length;
    m->view.item_size = source->item_size;
    m->view.readonly = source->readonly;
    m->view.format = source->format ? source->format : "B";
    if (n == 1 && !source->shape) {
        m->view.shape[0] = source->item_size ? source->length / source->item_size : 0;
    }
    ssize_t step = source->item_size;
    for (int i = n - 1; i >= 0; i--) {
        if (source->shape) {
            m->view.shape[i] = source->shape[i];
        }
        m->view.strides[i] = source->strides ? source->strides[i] : step;
        step *= m->view.shape[i];
    }
    if (source->suboffsets) {
        m->view.suboffsets = m->array + 2 * n;
        memcpy(m->view.suboffsets, source->suboffsets, (size_t)n * sizeof(ssize_t));
    }
    return m;
}

Object *memoryview_new(Object *o) {
    if (memoryview_check(o)) {
        return check_released(as_view(o)) < 0 ? NULL
                                              : (Object *)view_of(as_view(o)->managed, &as_view(o)->view);
    }
    if (!buffer_check(o)) {
        return raise_error(&exc_TypeError, "memoryview: a bytes-like object is required, not '%T'", o);
    }
    ManagedBuffer *managed = (ManagedBuffer *)object_alloc(&managed_buffer_type);
    if (!managed) {
        return NULL;
    }
    managed->flags = VIEW_RELEASED;
    Buffer buffer;
    if (object_get_buffer(o, &buffer, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    if (buffer.dimensions > MAX_DIMENSIONS) {
        buffer_release(&buffer);
        return raise_error(&exc_ValueError, "memoryview: number of dimensions must not exceed 64");
    }
    managed->master = buffer;
    if (buffer.shape == &buffer.length) {
        managed->master.shape = &managed->master.length;
    }
    if (buffer.strides == &buffer.item_size) {
        managed->master.strides = &managed->master.item_size;
    }
    managed->flags = 0;
    gc_dirty(managed);
    return (Object *)view_of(managed, &managed->master);
}

Object *memoryview_from_buffer(const Buffer *info, Object *keeper) {
    ManagedBuffer *managed = (ManagedBuffer *)object_alloc(&managed_buffer_type);
    if (!managed) {
        return NULL;
    }
    managed->master = *info;
    managed->master.object = NULL;
    gc_store(managed, &managed->keeper, keeper);
    return (Object *)view_of(managed, &managed->master);
}

Object *memoryview_from_memory(const void *data, ssize_t length, bool readonly, Object *keeper) {
    Buffer info = { .data = (void *)(uintptr_t)data,
                    .length = length,
                    .item_size = 1,
                    .readonly = readonly,
                    .dimensions = 1,
                    .format = "B" };
    return memoryview_from_buffer(&info, keeper);
}

Object *memoryview_exporter(Object *o) {
    return memoryview_check(o) ? as_view(o)->view.object : o;
}

Object *memoryview_contiguous(Object *o, bool writable, char order) {
    MemoryView *m = (MemoryView *)memoryview_new(o);
    if (!m) {
        return NULL;
    }
    if (writable && m->view.readonly) {
        return raise_error(&exc_BufferError, "underlying buffer is not writable");
    }
    if (buffer_is_contiguous(&m->view, order)) {
        return (Object *)m;
    }
    if (writable) {
        return raise_error(&exc_BufferError,
                           "writable contiguous buffer requested for a non-contiguous object.");
    }
    Object *data = bytes_new(m->view.length);
    if (!data || buffer_copy_out(&m->view, bytes_data(data), order) < 0) {
        return NULL;
    }
    Buffer copy = m->view;
    ssize_t strides[MAX_DIMENSIONS], step = copy.item_size;
    for (int k = 0; k < copy.dimensions; k++) {
        int i = order == 'F' ? k : copy.dimensions - 1 - k;
        strides[i] = step;
        step *= copy.shape[i];
    }
    copy.data = bytes_data(data);
    copy.strides = strides;
    copy.suboffsets = NULL;
    copy.readonly = 1;
    ManagedBuffer *managed = (ManagedBuffer *)object_alloc(&managed_buffer_type);
    if (!managed) {
        return NULL;
    }
    managed->flags = VIEW_RELEASED;
    Buffer simple;
    if (object_get_buffer(data, &simple, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    managed->master = simple;
    managed->master.shape = managed->master.strides = NULL;
    managed->flags = 0;
    gc_dirty(managed);
    // The format is the text of the first view's exporter.
    gc_store(managed, &managed->keeper, m);
    return (Object *)view_of(managed, &copy);
}

// A one-dimensional view of the bytes of a contiguous buffer, whatever its format and shape.
Object *memoryview_raw(Object *o) {
    MemoryView *m = (MemoryView *)memoryview_new(o);
    if (m) {
        m->view.format = "B";
        m->view.item_size = m->view.dimensions = 1;
        m->view.shape = m->array;
        m->array[0] = m->view.length;
        m->view.strides = &m->view.item_size;
        m->view.suboffsets = NULL;
    }
    return (Object *)m;
}

static Object *new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[1];
    return signature_bind(&signature, "memoryview", "(object)", args, nargs, kwnames, bound) < 0
               ? NULL
               : memoryview_new(bound[0]);
}

// ---- items: native struct formats

static char native_format(const char *format) {
    if (*format == '@') {
        format++;
    }
    return format[0] && !format[1] ? format[0] : 0;
}

static int format_size(char c) {
    switch (c) {
    case 'c':
    case 'b':
    case 'B':
    case '?': return 1;
    case 'h':
    case 'H':
    case 'e': return 2;
    case 'i':
    case 'I':
    case 'f': return 4;
    case 'l':
    case 'L':
    case 'q':
    case 'Q':
    case 'n':
    case 'N':
    case 'd':
    case 'P': return 8;
    default: return 0;
    }
}

// The item at `p`, of a native format with one letter (format_size knows it).
static inline Object *unpack_letter(const char *p, char c) {
    union {
        int8_t b;
        uint8_t B;
        int16_t h;
        uint16_t H;
        int32_t i;
        uint32_t I;
        int64_t q;
        uint64_t Q;
        float f;
        double d;
        _Float16 e;
    } v;
    switch (c) {
    case 'c': return bytes_from(p, 1);
    case 'b': return int_from_i64(*(const int8_t *)p);
    case 'B': return int_from_i64(*(const uint8_t *)p);
    case '?': return bool_from(*p != 0);
    case 'h': memcpy(&v, p, 2); return int_from_i64(v.h);
    case 'H': memcpy(&v, p, 2); return int_from_i64(v.H);
    case 'i': memcpy(&v, p, 4); return int_from_i64(v.i);
    case 'I': memcpy(&v, p, 4); return int_from_i64(v.I);
    case 'l':
    case 'q':
    case 'n': memcpy(&v, p, 8); return int_from_i64(v.q);
    case 'f': memcpy(&v, p, 4); return float_from_double((double)v.f);
    case 'd': memcpy(&v, p, 8); return float_from_double(v.d);
    case 'e': memcpy(&v, p, 2); return float_from_double((double)v.e);
    default: memcpy(&v, p, 8); return int_from_u64(v.Q);
    }
}

static Object *unpack(const char *p, const char *format) {
    char c = native_format(format);
    return format_size(c)
               ? unpack_letter(p, c)
               : raise_error(&exc_NotImplementedError, "memoryview: unsupported format %s", format);
}

static int pack(char *p, Object *o, const char *format) {
    char c = native_format(format);
    int size = format_size(c);
    if (!size) {
        raise_error(&exc_NotImplementedError, "memoryview: unsupported format %s", format);
        return -1;
    }
    union {
        int64_t q;
        uint64_t Q;
        float f;
        double d;
        _Float16 e;
        uint8_t B;
    } v = { 0 };
    if (c == 'c') {
        if (!bytes_check(o)) {
            goto wrong_type;
        }
        if (bytes_length(o) != 1) {
            goto wrong_value;
        }
        *p = *bytes_data(o);
        return 0;
    }
    if (c == '?') {
        int truth = object_is_true(o);
        *p = (char)(truth > 0);
        return truth < 0 ? -1 : 0;
    }
    if (c == 'f' || c == 'd' || c == 'e') {
        double d = float_as_double(o);
        if (d == -1.0 && error_occurred()) {
            goto failed;
        }
        if (c == 'f') {
            v.f = (float)d;
        } else if (c == 'd') {
            v.d = d;
        } else {
            v.e = (_Float16)d;
        }
        memcpy(p, &v, (size_t)size);
        return 0;
    }
    Object *number = number_index(o);
    if (!number) {
        goto failed;
    }
    if (strchr("bhilqn", c)) {
        int overflow;
        v.q = int_as_i64(number, &overflow);
        if (overflow || (size < 8 && (v.q >> (8 * size - 1) != 0 && v.q >> (8 * size - 1) != -1))) {
            goto wrong_value;
        }
    } else {
        v.Q = int_to_u64(number);
        if (v.Q == (uint64_t)-1 && error_occurred()) {
            goto failed;
        }
        if (size < 8 && v.Q >> (8 * size)) {
            goto wrong_value;
        }
    }
    memcpy(p, &v, (size_t)size);
    return 0;
failed:
    if (error_clear_if(&exc_TypeError)) {
        goto wrong_type;
    }
    if (error_clear_if(&exc_OverflowError) || error_clear_if(&exc_ValueError)) {
        goto wrong_value;
    }
    return -1;
wrong_type:
    raise_error(&exc_TypeError, "memoryview: invalid type for format '%s'", format);
    return -1;
wrong_value:
    raise_error(&exc_ValueError, "memoryview: invalid value for format '%s'", format);
    return -1;
}

// ---- indexing

static char *item_at(MemoryView *m, char *p, int dimension, ssize_t i) {
    Buffer *v = &m->view;
    ssize_t n = v->shape[dimension];
    if (i < 0) {
        i += n;
    }
    if (i < 0 || i >= n) {
        raise_error(&exc_IndexError, "index out of bounds on dimension %d", dimension + 1);
        return NULL;
    }
    return (char *)follow(v, p + i * v->strides[dimension], dimension);
}

static ssize_t read_index(Object *o) {
    ssize_t i = number_as_ssize(o, &exc_IndexError);
    return i;
}

static char *item_by_tuple(MemoryView *m, Object *key) {
    char *p = m->view.data;
    if (tuple_size(key) > m->view.dimensions) {
        raise_error(&exc_TypeError, "cannot index %d-dimension view with %zd-element tuple",
                    m->view.dimensions, tuple_size(key));
        return NULL;
    }
    for (ssize_t d = 0; p && d < tuple_size(key); d++) {
        ssize_t i = read_index(tuple_get(key, d));
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        if (check_released(m) < 0) {
            return NULL;
        }
        p = item_at(m, p, (int)d, i);
    }
    return p;
}

static bool all_indices(Object *key) {
    for (ssize_t i = 0; i < tuple_size(key); i++) {
        if (!number_check_index(tuple_get(key, i))) {
            return false;
        }
    }
    return true;
}

static bool all_slices(Object *key) {
    for (ssize_t i = 0; i < tuple_size(key); i++) {
        if (tuple_get(key, i)->type != &slice_type) {
            return false;
        }
    }
    return tuple_size(key) > 0;
}

static int apply_slice(MemoryView *m, Object *slice) {
    Buffer *v = &m->view;
    ssize_t start, stop, step, count = slice_resolve(slice, v->shape[0], &start, &stop, &step);
    if (count < 0) {
        return -1;
    }
    if (v->suboffsets && v->suboffsets[0] >= 0) {
        v->suboffsets[0] += 0;
    }
    v->data = (char *)v->data + start * v->strides[0];
    v->shape[0] = count;
    v->strides[0] *= step;
    v->length = v->item_size;
    for (int i = 0; i < v->dimensions; i++) {
        v->length *= v->shape[i];
    }
    return 0;
}

static Object *getitem(Object *self, Object *key) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    Buffer *v = &m->view;
    if (!v->dimensions) {
        if (key == ELLIPSIS) {
            return self;
        }
        if (tuple_check(key) && !tuple_size(key)) {
            return unpack(v->data, v->format);
        }
        return raise_error(&exc_TypeError, "invalid indexing of 0-dim memory");
    }
    if (number_check_index(key)) {
        ssize_t i = read_index(key);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        if (v->dimensions > 1) {
            return raise_error(&exc_NotImplementedError, "multi-dimensional sub-views are not implemented");
        }
        char *p = check_released(m) < 0 ? NULL : item_at(m, v->data, 0, i);
        return p && check_released(m) == 0 ? unpack(p, v->format) : NULL;
    }
    if (key->type == &slice_type) {
        MemoryView *part = view_of(m->managed, v);
        return part && apply_slice(part, key) == 0 ? (Object *)part : NULL;
    }
    if (tuple_check(key) && all_indices(key)) {
        if (tuple_size(key) < v->dimensions) {
            return raise_error(&exc_NotImplementedError, "sub-views are not implemented");
        }
        char *p = item_by_tuple(m, key);
        return p ? unpack(p, v->format) : NULL;
    }
    if (tuple_check(key) && all_slices(key)) {
        return raise_error(&exc_NotImplementedError, "multi-dimensional slicing is not implemented");
    }
    return raise_error(&exc_TypeError, "memoryview: invalid slice key");
}

static int setitem(Object *self, Object *key, Object *value) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return -1;
    }
    Buffer *v = &m->view;
    if (!format_size(native_format(v->format))) {
        raise_error(&exc_NotImplementedError, "memoryview: unsupported format %s", v->format);
        return -1;
    }
    if (v->readonly) {
        raise_error(&exc_TypeError, "cannot modify read-only memory");
        return -1;
    }
    if (!value) {
        raise_error(&exc_TypeError, "cannot delete memory");
        return -1;
    }
    char scratch[16];
    if (!v->dimensions) {
        if (key == ELLIPSIS || (tuple_check(key) && !tuple_size(key))) {
            if (pack(scratch, value, v->format) < 0 || check_released(m) < 0) {
                return -1;
            }
            memcpy(v->data, scratch, (size_t)v->item_size);
            return 0;
        }
        raise_error(&exc_TypeError, "invalid indexing of 0-dim memory");
        return -1;
    }
    if (number_check_index(key)) {
        if (v->dimensions > 1) {
            raise_error(&exc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        ssize_t i = read_index(key);
        if (i == -1 && error_occurred()) {
            return -1;
        }
        char *p = item_at(m, v->data, 0, i);
        // Converting the value may run code that releases the view.
        if (!p || pack(scratch, value, v->format) < 0 || check_released(m) < 0) {
            return -1;
        }
        memcpy(p, scratch, (size_t)v->item_size);
        return 0;
    }
    if (key->type == &slice_type && v->dimensions == 1) {
        if (!buffer_check(value)) {
            raise_error(&exc_TypeError, "a bytes-like object is required, not '%T'", value);
            return -1;
        }
        Object *source = memoryview_new(value);
        if (!source) {
            return -1;
        }
        MemoryView *to = view_of(m->managed, v), *from = as_view(source);
        // The slice's indices may run code that releases this view.
        if (!to || apply_slice(to, key) < 0 || check_released(m) < 0) {
            return -1;
        }
        const char *a = to->view.format, *b = from->view.format;
        if (strcmp(a + (*a == '@'), b + (*b == '@')) != 0 || from->view.dimensions != 1 ||
            from->view.shape[0] != to->view.shape[0] || from->view.item_size != to->view.item_size) {
            raise_error(&exc_ValueError,
                        "memoryview assignment: lvalue and rvalue have different structures");
            return -1;
        }
        char *copy = heap_alloc((size_t)from->view.length + 1, CELL_BYTES);
        if (!copy || check_released(to) < 0 || check_released(from) < 0 ||
            buffer_copy_out(&from->view, copy, 'C') < 0) {
            return -1;
        }
        for (ssize_t i = 0; i < to->view.shape[0]; i++) {
            memcpy((char *)follow(&to->view, (char *)to->view.data + i * to->view.strides[0], 0),
                   copy + i * v->item_size, (size_t)v->item_size);
        }
        return 0;
    }
    if (tuple_check(key) && all_indices(key)) {
        if (tuple_size(key) < v->dimensions) {
            raise_error(&exc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        char *p = item_by_tuple(m, key);
        if (!p || pack(scratch, value, v->format) < 0 || check_released(m) < 0) {
            return -1;
        }
        memcpy(p, scratch, (size_t)v->item_size);
        return 0;
    }
    if (key->type == &slice_type || (tuple_check(key) && all_slices(key))) {
        raise_error(&exc_NotImplementedError,
                    "memoryview slice assignments are currently restricted to ndim = 1");
        return -1;
    }
    raise_error(&exc_TypeError, "memoryview: invalid slice key");
    return -1;
}

static ssize_t length(Object *self) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return -1;
    }
    return m->view.dimensions ? m->view.shape[0] : 1;
}

// ---- methods

static Object *list_level(const Buffer *v, const char *p, int dimension) {
    ssize_t count = v->shape[dimension], step = v->strides[dimension];
    bool last = dimension == v->dimensions - 1;
    char letter = native_format(v->format);
    if (last && count && !format_size(letter)) {
        return unpack(p, v->format);
    }
    Object *list = list_new(count);
    for (ssize_t i = 0; list && i < count; i++, p += step) {
        const char *place = follow(v, p, dimension);
        Object *item = last ? unpack_letter(place, letter) : list_level(v, place, dimension + 1);
        if (poll_steps(i) < 0 || !item ||
            (!list_append_in_place(list, item) && list_append(list, item) < 0)) {
            return NULL;
        }
    }
    return list;
}

static Object *tolist(Object *self) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    if (!m->view.dimensions) {
        return unpack(m->view.data, m->view.format);
    }
    Buffer held; // another thread, a finalizer or a signal's handler might release the view
    if (object_get_buffer(self, &held, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    Object *list = list_level(&held, held.data, 0);
    buffer_release(&held);
    return list;
}

static Object *tobytes(Object *self, Object *order) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    char how = 'C';
    if (order && order != NONE) {
        if (!str_check(order)) {
            return raise_error(&exc_TypeError, "tobytes() argument 'order' must be str or None, not %K",
                               order);
        }
        if (!str_equal_cstring(order, "C") && !str_equal_cstring(order, "F") &&
            !str_equal_cstring(order, "A")) {
            return raise_error(&exc_ValueError, "order must be 'C', 'F' or 'A'");
        }
        how = (char)str_read(order, 0);
    }
    Object *b = bytes_new(m->view.length);
    if (b && check_released(m) < 0) { // by another thread or a finalizer meanwhile
        return NULL;
    }
    if (!b || !m->view.length || buffer_copy_out(&m->view, bytes_data(b), how) < 0) {
        return b;
    }
    return m->view.length == 1 ? bytes_from(bytes_data(b), 1) : b;
}

static Object *hex(Object *self, Object *separator, Object *per_group) {
    Object *b = tobytes(self, NULL);
    return b ? bytes_hex(bytes_data(b), bytes_length(b), separator, per_group, false) : NULL;
}

static Object *release(Object *self) {
    MemoryView *m = as_view(self);
    if (m->flags & VIEW_RELEASED) {
        return NONE;
    }
    if (exports_read(&m->exports) > 0) {
        buffers_are_exported(&m->exports);
    }
    ssize_t exports = 0;
    if (!__atomic_compare_exchange_n(&m->exports, &exports, NEVER_AGAIN, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        return exports < 0 ? NONE // released by another thread meanwhile
                           : raise_error(&exc_BufferError, "memoryview has %zd exported buffer%s", exports,
                                         exports == 1 ? "" : "s");
    }
    __atomic_fetch_or(&m->flags, VIEW_RELEASED, __ATOMIC_ACQ_REL);
    ManagedBuffer *managed = m->managed;
    gc_store(m, &m->managed, &released_buffer);
    if (__atomic_sub_fetch(&managed->views, 1, __ATOMIC_ACQ_REL) == 0) {
        managed_release(managed);
    }
    return NONE;
}

static Object *enter(Object *self) {
    return check_released(as_view(self)) < 0 ? NULL : self;
}

static Object *leave(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("memoryview.__exit__", kwnames) < 0) {
        return NULL;
    }
    return release(self);
}

static Object *toreadonly(Object *self) {
    MemoryView *m = as_view(self);
    MemoryView *copy = check_released(m) < 0 ? NULL : view_of(m->managed, &m->view);
    if (copy) {
        copy->view.readonly = 1;
    }
    return (Object *)copy;
}

static Object *cast(Object *self, Object *format, Object *shape) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    if (!str_check(format)) {
        return raise_error(&exc_TypeError, "cast() argument 'format' must be str, not %K", format);
    }
    if (!buffer_is_contiguous(&m->view, 'C')) {
        return raise_error(&exc_TypeError, "memoryview: casts are restricted to C-contiguous views");
    }
    shape = shape == NONE ? NULL : shape;
    ssize_t dimensions = 1;
    if (shape) {
        if (!list_check(shape) && !tuple_check(shape)) {
            return raise_error(&exc_TypeError, "shape must be a list or a tuple");
        }
        shape = list_check(shape) ? list_to_tuple(shape) : shape;
        if (!shape) {
            return NULL;
        }
        dimensions = tuple_size(shape);
        if (dimensions > MAX_DIMENSIONS) {
            return raise_error(&exc_ValueError, "memoryview: number of dimensions must not exceed 64");
        }
        if (m->view.dimensions != 1 && dimensions != 1) {
            return raise_error(&exc_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
        }
    }
    for (int i = 0; i < m->view.dimensions && (m->view.dimensions > 1 || shape); i++) {
        if (m->view.shape[i] == 0) {
            return raise_error(&exc_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
        }
    }
    const char *text = str_utf8(format, NULL);
    char to = text && strlen(text) < 3 ? native_format(text) : 0;
    int size = format_size(to);
    if (!text) {
        return NULL;
    }
    if (!size || to == 'e') {
        return raise_error(&exc_ValueError, "memoryview: destination format must be a native single "
                                            "character format prefixed with an optional '@'");
    }
    char from = native_format(m->view.format);
    if (!strchr("bBc", to) && !(from && strchr("bBc", from))) {
        return raise_error(&exc_TypeError, "memoryview: cannot cast between two non-byte formats");
    }
    if (m->view.length % size) {
        return raise_error(&exc_TypeError, "memoryview: length is not a multiple of itemsize");
    }
    // The view's format outlives `format`.
    static const char formats[][3] = { "@B", "@b", "@c", "@?", "@h", "@H", "@i", "@I", "@l",
                                       "@L", "@q", "@Q", "@n", "@N", "@f", "@d", "@P" };
    size_t known = 0;
    while (formats[known][1] != to) {
        known++;
    }
    const char *stable = formats[known] + (*text != '@');
    MemoryView *result = view_new(m->managed, (int)dimensions);
    if (!result) {
        return NULL;
    }
    Buffer *v = &result->view;
    v->data = m->view.data;
    v->length = m->view.length;
    v->readonly = m->view.readonly;
    v->item_size = size;
    v->format = (char *)stable;
    if (!shape) {
        v->shape[0] = v->length / size;
        v->strides[0] = size;
        return (Object *)result;
    }
    ssize_t product = size;
    for (ssize_t i = 0; i < dimensions; i++) {
        Object *o = tuple_get(shape, i);
        if (!int_check(o)) {
            return raise_error(&exc_TypeError, "memoryview.cast(): elements of shape must be integers");
        }
        ssize_t n = number_to_ssize(o);
        if (n == -1 && error_occurred()) {
            return NULL;
        }
        if (n <= 0) {
            return raise_error(&exc_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
        }
        if (n > SSIZE_LIMIT / product) {
            return raise_error(&exc_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
        }
        v->shape[i] = n;
        product *= n;
    }
    if (product != v->length) {
        return raise_error(&exc_TypeError, "memoryview: product(shape) * itemsize != buffer size");
    }
    ssize_t step = size;
    for (ssize_t i = dimensions - 1; i >= 0; i--) {
        v->strides[i] = step;
        step *= v->shape[i];
    }
    return (Object *)result;
}

// ---- comparing and hashing

// How to compare: bytes, or values, which `struct` takes out of items that have no simple format.
typedef struct Comparison {
    bool bytewise;
    Object *unpack_a, *unpack_b; // methods of struct.Struct, or NULL
} Comparison;

static Object *unpack_by(Object *method, const char *p, const Buffer *view) {
    if (!method) {
        return unpack(p, view->format);
    }
    Object *data = bytes_from(p, view->item_size);
    Object *items = data ? call1(method, data) : NULL;
    return items && tuple_check(items) && tuple_size(items) == 1 ? tuple_get(items, 0) : items;
}

// 1 and the method that unpacks items of this format, 0 for one that `struct` does not know, -1.
static int find_unpack(const char *format, Object **method) {
    Object *text = str_from_cstring(format), *make = text ? import_get_attr("struct", "Struct") : NULL;
    Object *wrong = make ? import_get_attr("struct", "error") : NULL,
           *packer = wrong ? call1(make, text) : NULL;
    if (!packer) {
        return wrong && error_clear_if((Type *)wrong) ? 0 : -1;
    }
    *method = object_getattr_cstring(packer, "unpack");
    return *method ? 1 : -1;
}

// 1, 0, -1.
static int equal_level(const Buffer *a, const char *p, const Buffer *b, const char *q, int dimension,
                       const Comparison *how) {
    if (dimension == a->dimensions) {
        if (how->bytewise) {
            return memcmp(p, q, (size_t)a->item_size) == 0;
        }
        Object *x = unpack_by(how->unpack_a, p, a), *y = x ? unpack_by(how->unpack_b, q, b) : NULL;
        return y ? object_compare_bool(x, y, CMP_EQ) && !(float_check(x) && float_value(x) != float_value(x))
                 : -1;
    }
    bool last = dimension == a->dimensions - 1;
    if (last && how->bytewise && a->strides[dimension] == a->item_size &&
        b->strides[dimension] == a->item_size && !a->suboffsets && !b->suboffsets) {
        return memcmp(p, q, (size_t)(a->shape[dimension] * a->item_size)) == 0;
    }
    for (ssize_t i = 0; i < a->shape[dimension]; i++) {
        int same = equal_level(a, follow(a, p + i * a->strides[dimension], dimension), b,
                               follow(b, q + i * b->strides[dimension], dimension), dimension + 1, how);
        if (same <= 0) {
            return same;
        }
    }
    return 1;
}

// 1, 0, -1. Both are held by their callers.
static int equal_buffers(const Buffer *a, const Buffer *b) {
    if (a->dimensions != b->dimensions) {
        return 0;
    }
    for (int i = 0; i < a->dimensions; i++) {
        if (a->shape[i] != b->shape[i]) {
            return 0;
        }
    }
    char fa = native_format(a->format), fb = native_format(b->format);
    Comparison how = { .bytewise = fa == fb && fa && !strchr("fde?", fa) };
    if (!format_size(fa) || !format_size(fb)) {
        int known = find_unpack(a->format, &how.unpack_a);
        known = known > 0 ? find_unpack(b->format, &how.unpack_b) : known;
        if (known <= 0) {
            return known;
        }
    }
    return equal_level(a, a->data, b, b->data, 0, &how);
}

static Object *compare(Object *self, Object *other, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !buffer_check(other)) {
        return NOT_IMPLEMENTED;
    }
    MemoryView *a = as_view(self);
    if ((a->flags | a->managed->flags) & VIEW_RELEASED) {
        return bool_from((self == other) == (op == CMP_EQ));
    }
    if (memoryview_check(other) &&
        ((as_view(other)->flags | as_view(other)->managed->flags) & VIEW_RELEASED)) {
        return bool_from((self == other) == (op == CMP_EQ));
    }
    Object *view = memoryview_new(other);
    if (!view) {
        error_clear();
        return NOT_IMPLEMENTED;
    }
    Buffer held, held_other;
    if (object_get_buffer(self, &held, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    int same = -1;
    if (object_get_buffer(view, &held_other, BUFFER_FULL_RO) == 0) {
        same = equal_buffers(&held, &held_other);
        buffer_release(&held_other);
    }
    buffer_release(&held);
    if (same < 0) {
        return NULL;
    }
    release(view);
    return bool_from(same == (op == CMP_EQ));
}

static hash_t hash(Object *self) {
    MemoryView *m = as_view(self);
    if (m->hash != -1) {
        return m->hash;
    }
    if (check_released(m) < 0) {
        return -1;
    }
    if (!m->view.readonly) {
        raise_error(&exc_ValueError, "cannot hash writable memoryview object");
        return -1;
    }
    char c = native_format(m->view.format);
    if (c != 'B' && c != 'b' && c != 'c') {
        raise_error(&exc_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    if (m->view.object && object_hash(m->view.object) == -1) {
        return -1;
    }
    Object *b = tobytes(self, NULL);
    if (!b) {
        return -1;
    }
    m->hash = hash_bytes(bytes_data(b), (size_t)bytes_length(b));
    return m->hash;
}

static Object *repr(Object *self) {
    MemoryView *m = as_view(self);
    return str_format((m->flags & VIEW_RELEASED) ? "<released memory at %p>" : "<memory at %p>", self);
}

static int describe(MemoryView *m, Buffer *out, int flags) {
    if (check_released(m) < 0) {
        return -1;
    }
    const Buffer *v = &m->view;
    *out = *v;
    out->object = NULL;
    if ((flags & BUFFER_WRITABLE) && v->readonly) {
        raise_error(&exc_BufferError, "memoryview: underlying buffer is not writable");
        return -1;
    }
    if (!(flags & BUFFER_FORMAT)) {
        out->format = NULL;
    }
    bool c = buffer_is_contiguous(v, 'C'), f = buffer_is_contiguous(v, 'F');
    if ((flags & BUFFER_C_CONTIGUOUS) == BUFFER_C_CONTIGUOUS && !c) {
        raise_error(&exc_BufferError, "memoryview: underlying buffer is not C-contiguous");
        return -1;
    }
    if ((flags & BUFFER_F_CONTIGUOUS) == BUFFER_F_CONTIGUOUS && !f) {
        raise_error(&exc_BufferError, "memoryview: underlying buffer is not Fortran contiguous");
        return -1;
    }
    if ((flags & BUFFER_ANY_CONTIGUOUS) == BUFFER_ANY_CONTIGUOUS && !c && !f) {
        raise_error(&exc_BufferError, "memoryview: underlying buffer is not contiguous");
        return -1;
    }
    if ((flags & BUFFER_INDIRECT) != BUFFER_INDIRECT && v->suboffsets) {
        raise_error(&exc_BufferError, "memoryview: underlying buffer requires suboffsets");
        return -1;
    }
    if ((flags & BUFFER_STRIDES) != BUFFER_STRIDES) {
        if (!c) {
            raise_error(&exc_BufferError, "memoryview: underlying buffer is not C-contiguous");
            return -1;
        }
        out->strides = NULL;
    }
    if ((flags & BUFFER_ND) != BUFFER_ND) {
        if (out->format) {
            raise_error(&exc_BufferError,
                        "memoryview: cannot cast to unsigned bytes if the format flag is present");
            return -1;
        }
        out->dimensions = 1;
        out->shape = NULL;
    }
    out->object = (Object *)m;
    return 0;
}

static int get_buffer(Object *self, Buffer *out, int flags) {
    // It counts first, so that another thread does not release the view any more.
    ssize_t *exports = &as_view(self)->exports;
    int status = __atomic_fetch_add(exports, 1, __ATOMIC_ACQUIRE) < 0 ? raise_released()
                                                                      : describe(as_view(self), out, flags);
    if (status < 0) {
        exports_drop(exports);
    }
    return status;
}

static void release_buffer(Object *self, Buffer *view) {
    exports_drop(&as_view(self)->exports);
}

// ---- attributes

static Object *sizes(const ssize_t *values, int count) {
    Object *tuple = tuple_new(values ? count : 0);
    for (int i = 0; tuple && values && i < count; i++) {
        Object *n = int_from_ssize(values[i]);
        if (!n) {
            return NULL;
        }
        tuple_init(tuple, i, n);
    }
    return tuple;
}

enum {
    ATTR_OBJ,
    ATTR_NBYTES,
    ATTR_READONLY,
    ATTR_ITEMSIZE,
    ATTR_FORMAT,
    ATTR_NDIM,
    ATTR_SHAPE,
    ATTR_STRIDES,
    ATTR_SUBOFFSETS,
    ATTR_C,
    ATTR_F,
    ATTR_ANY
};

static Object *attribute(Object *self, void *closure) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    Buffer *v = &m->view;
    switch ((intptr_t)closure) {
    case ATTR_OBJ: return v->object ? v->object : NONE;
    case ATTR_NBYTES: return int_from_ssize(v->length);
    case ATTR_READONLY: return bool_from(v->readonly);
    case ATTR_ITEMSIZE: return int_from_ssize(v->item_size);
    case ATTR_FORMAT: return str_from_cstring(v->format);
    case ATTR_NDIM: return int_from_i64(v->dimensions);
    case ATTR_SHAPE: return sizes(v->shape, v->dimensions);
    case ATTR_STRIDES: return sizes(v->strides, v->dimensions);
    case ATTR_SUBOFFSETS: return sizes(v->suboffsets, v->dimensions);
    case ATTR_C: return bool_from(buffer_is_contiguous(v, 'C'));
    case ATTR_F: return bool_from(buffer_is_contiguous(v, 'F'));
    default: return bool_from(buffer_is_contiguous(v, 'A'));
    }
}

static GetSetDef getsets[] = {
    { "obj", attribute, NULL, NULL, (void *)ATTR_OBJ },
    { "nbytes", attribute, NULL, NULL, (void *)ATTR_NBYTES },
    { "readonly", attribute, NULL, NULL, (void *)ATTR_READONLY },
    { "itemsize", attribute, NULL, NULL, (void *)ATTR_ITEMSIZE },
    { "format", attribute, NULL, NULL, (void *)ATTR_FORMAT },
    { "ndim", attribute, NULL, NULL, (void *)ATTR_NDIM },
    { "shape", attribute, NULL, NULL, (void *)ATTR_SHAPE },
    { "strides", attribute, NULL, NULL, (void *)ATTR_STRIDES },
    { "suboffsets", attribute, NULL, NULL, (void *)ATTR_SUBOFFSETS },
    { "c_contiguous", attribute, NULL, NULL, (void *)ATTR_C },
    { "f_contiguous", attribute, NULL, NULL, (void *)ATTR_F },
    { "contiguous", attribute, NULL, NULL, (void *)ATTR_ANY },
    { NULL },
};

// ---- memory_iterator

typedef struct MemoryIterator {
    Object base;
    ssize_t index, length;
    MemoryView *view; // NULL: at the end
    char letter;
} MemoryIterator;

Type memory_iterator_type;

static Object *iter(Object *self) {
    MemoryView *m = as_view(self);
    if (check_released(m) < 0) {
        return NULL;
    }
    if (!m->view.dimensions) {
        return raise_error(&exc_TypeError, "invalid indexing of 0-dim memory");
    }
    if (m->view.dimensions > 1) {
        return raise_error(&exc_NotImplementedError, "multi-dimensional sub-views are not implemented");
    }
    char letter = native_format(m->view.format);
    if (!format_size(letter)) {
        return raise_error(&exc_NotImplementedError, "memoryview: unsupported format %s", m->view.format);
    }
    MemoryIterator *it = (MemoryIterator *)object_alloc(&memory_iterator_type);
    if (it) {
        it->letter = letter;
        it->length = m->view.shape[0];
        gc_init(&it->view, m);
    }
    return (Object *)it;
}

static Object *iterator_next(Object *self) {
    MemoryIterator *it = (MemoryIterator *)self;
    MemoryView *m = __atomic_load_n(&it->view, __ATOMIC_RELAXED);
    if (!m) {
        return NULL;
    }
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED);
    if (i >= it->length) {
        __atomic_store_n(&it->view, NULL, __ATOMIC_RELAXED);
        return NULL;
    }
    if (check_released(m) < 0) {
        return NULL;
    }
    __atomic_store_n(&it->index, i + 1, __ATOMIC_RELAXED);
    const char *p = (const char *)m->view.data + i * m->view.strides[0];
    return unpack_letter(follow(&m->view, p, 0), it->letter);
}

static ssize_t iterator_take_many_bytes(Object *self, Object **items, ssize_t most) {
    MemoryIterator *it = (MemoryIterator *)self;
    const MemoryView *m = it->view;
    if (!m || it->letter != 'B' || (m->flags | m->managed->flags) & VIEW_RELEASED || m->view.suboffsets) {
        return 0;
    }
    ssize_t left = it->length - it->index, count = left < most ? left : most, stride = m->view.strides[0];
    const uint8_t *p = (const uint8_t *)m->view.data + it->index * stride;
    for (ssize_t i = 0; i < count; i++, p += stride) {
        items[i] = int_from_byte(*p);
    }
    it->index += count;
    return count;
}

static Object *iterator_self(Object *self) {
    return self;
}

static void iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((MemoryIterator *)self)->view);
}

const TypeSpec memory_iterator_spec = {
    .name = "memory_iterator",
    .basic_size = sizeof(MemoryIterator),
    .flags = TF_GC,
    .trace = iterator_trace,
    .take_many = iterator_take_many_bytes,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = iterator_next },
};

static BuiltinDef methods[] = {
    BUILTIN("release", release, "($self, /)", 0, NULL),
    BUILTIN("tobytes", tobytes, "($self, /, order='C')", 0, NULL),
    BUILTIN("hex", hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", 0, NULL),
    BUILTIN("tolist", tolist, "($self, /)", 0, NULL),
    BUILTIN("cast", cast, "($self, /, format, shape=<unrepresentable>)", 0, NULL),
    BUILTIN("toreadonly", toreadonly, "($self, /)", 0, NULL),
    BUILTIN("__enter__", enter, "-($self, /)", 0, NULL),
    BUILTIN("__exit__", leave, NULL, 0, NULL),
    BUILTIN_END,
};

Type memoryview_type;
const TypeSpec memoryview_spec = {
    .name = "memoryview", .basic_size = 144, .item_size = 8, .flags = TF_GC | TF_SEQUENCE,
    .weaklist_offset = offsetof(MemoryView, weaklist), .is_sequence = true, .methods = methods,
    .getsets = getsets, .trace = view_trace, .doc = "memoryview(object)\n--\n\n",
    .slots = { .getattr = object_generic_getattr,
        .repr = repr, .hash = hash, .compare = compare, .iter = iter, .new = new, .length = length,
        .getitem = getitem, .setitem = setitem, .get_buffer = get_buffer,
        .release_buffer = release_buffer,
    },
};
