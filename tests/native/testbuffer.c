// _testbuffer: exporters and consumers of buffers with every freedom that PEP 3118 gives.
//
// An ndarray owns memory that it lays out as it is told (shape, strides, an offset, or rows behind pointers), or
// shows the buffer of another exporter. `push` gives it a further layout, `pop` takes it away again. The other
// functions make the runtime's own operations on buffers callable: contiguity, copies, indices of slices.
#include "native.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/bytes_private.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/sequence_types.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

enum { MAX_DIMENSIONS = 128, VIEW_DIMENSIONS = 64 };

typedef enum ArrayFlags {
    ND_VAREXPORT = 1, // the layout may change while buffers are exported
    ND_WRITABLE = 2,
    ND_FORTRAN = 4,
    ND_SCALAR = 8,
    ND_PIL = 16, // pointers in lists: the first dimension is a table of pointers
    ND_REDIRECT = 32, // requests go to the exporter of what is shown
    ND_GETBUF_FAIL = 64,
    ND_GETBUF_UNDEFINED = 128,
    ND_C = 256,
    ND_OWN_ARRAYS = 512, // of a slice
} ArrayFlags;

static const char *const re_exporter = "re-exporter does not provide format, shape or strides";

// One layout. What it points to in memory of its own are CELL_BYTES cells.
typedef struct Layout {
    Object base;
    struct Layout *next; // what was pushed before
    Object *packer; // struct.Struct of the format, made on first need
    char *memory; // NULL: the memory is an exporter's
    char *format;
    ssize_t *arrays; // shape, strides, suboffsets
    ssize_t exports, offset;
    int flags;
    Buffer source; // held until the layout dies, when there is an exporter
    Buffer view;
} Layout;

typedef struct NdArray {
    Object base;
    Layout *head;
    ssize_t exports; // of all its layouts
    int flags;
} NdArray;

static Type layout_type, ndarray_type, staticarray_type;

static void layout_trace(Object *self, Tracer *tracer) {
    Layout *l = (Layout *)self;
    trace_cell(tracer, l->next);
    trace_cell(tracer, l->packer);
    trace_cell(tracer, l->memory);
    trace_cell(tracer, l->format);
    trace_cell(tracer, l->arrays);
    trace_cell(tracer, l->source.object);
}

static void layout_finalize(Object *self) {
    buffer_release(&((Layout *)self)->source);
}

static const TypeSpec layout_spec = {
    .name = "ndarray_layout",
    .basic_size = sizeof(Layout),
    .flags = TF_DISALLOW_INSTANTIATION,
    .trace = layout_trace,
    .slots = { .finalize = layout_finalize },
};

static Layout *head_of(Object *array) {
    return ((NdArray *)array)->head;
}

// Memory that belongs to `l`, at *slot.
static void *layout_alloc(Layout *l, void *slot, size_t size) {
    void *cell = heap_alloc(size ? size : 1, CELL_BYTES);
    if (cell) {
        gc_store(l, slot, cell);
    }
    return cell;
}

static bool is_consumer(const Layout *l) {
    return !l->memory;
}

// ---- items

static Object *packer_of_format(const char *format) {
    Object *text = str_from_cstring(format), *make = import_get_attr("struct", "Struct");
    return text && make ? call1(make, text) : NULL;
}

static Object *layout_packer(Layout *l) {
    if (!l->packer) {
        Object *packer = packer_of_format(l->view.format ? l->view.format : "B");
        if (!packer) {
            return NULL;
        }
        gc_store(l, &l->packer, packer);
    }
    return l->packer;
}

static ssize_t packer_size(Object *packer) {
    Object *size = object_getattr_cstring(packer, "size");
    return size ? number_to_ssize(size) : -1;
}

static Object *call_named(Object *o, const char *name, Object *argument) {
    Object *method = object_getattr_cstring(o, name);
    return method ? call1(method, argument) : NULL;
}

static Object *unpack_item(Object *packer, const char *p) {
    ssize_t size = packer_size(packer);
    Object *data = size < 0 ? NULL : bytes_from(p, size);
    Object *items = data ? call_named(packer, "unpack", data) : NULL;
    return items && tuple_size(items) == 1 ? tuple_get(items, 0) : items;
}

// Writes `item`, one of the kinds that a format of `members` members takes, to `p`.
static int pack_item(Object *packer, ssize_t members, char *p, Object *item) {
    Object *values = NULL;
    if (members == 1 && (bytes_check(item) || int_check(item) || object_is_instance(item, &float_type))) {
        values = tuple_pack(1, item);
    } else if (list_check(item) || tuple_check(item)) {
        values = sequence_tuple(item);
        if (values && tuple_size(values) != members) {
            values = NULL;
        }
    }
    if (!values) {
        if (!error_occurred()) {
            raise_error(&exc_ValueError, "mismatch between initializer element and format string");
        }
        return -1;
    }
    Object *method = object_getattr_cstring(packer, "pack"),
           *data = method ? call(method, tuple_items(values), (size_t)members, NULL) : NULL;
    if (!data) {
        return -1;
    }
    memcpy(p, bytes_data(data), (size_t)bytes_length(data));
    return 0;
}

static ssize_t packer_members(Object *packer) {
    ssize_t size = packer_size(packer);
    Object *zeros = size < 0 ? NULL : bytes_new(size);
    if (!zeros) {
        return -1;
    }
    memset(bytes_data(zeros), 0, (size_t)size);
    Object *items = call_named(packer, "unpack", zeros);
    return items ? tuple_size(items) : -1;
}

// ---- layouts

// The bits that follow from the view.
static void layout_set_flags(Layout *l) {
    l->flags &= ~(ND_C | ND_FORTRAN | ND_PIL | ND_SCALAR | ND_WRITABLE);
    l->flags |= (l->view.dimensions == 0 ? ND_SCALAR : 0) | (l->view.suboffsets ? ND_PIL : 0) |
                (l->view.readonly ? 0 : ND_WRITABLE) | (buffer_is_contiguous(&l->view, 'C') ? ND_C : 0) |
                (buffer_is_contiguous(&l->view, 'F') ? ND_FORTRAN : 0);
}

static Layout *layout_new(int flags) {
    Layout *l = (Layout *)object_alloc(&layout_type);
    if (l) {
        l->flags = flags;
    }
    return l;
}

// A layout that shows what `exporter` gives.
static Layout *layout_of(Object *exporter, int flags, int request) {
    Layout *l = layout_new(flags);
    Buffer got;
    if (!l || object_get_buffer(exporter, &got, request) < 0) {
        return NULL;
    }
    if (got.dimensions > MAX_DIMENSIONS) {
        buffer_release(&got);
        raise_error(&exc_ValueError, "ndim must not exceed %d", MAX_DIMENSIONS);
        return NULL;
    }
    l->source = got;
    gc_dirty(l);
    if (got.shape == &got.length) {
        l->source.shape = &l->source.length;
    }
    if (got.strides == &got.item_size) {
        l->source.strides = &l->source.item_size;
    }
    l->view = l->source;
    layout_set_flags(l);
    return l;
}

// The elements of a list or tuple as C sizes.
static int read_sizes(Object *items, const char *what, bool negative, ssize_t *out) {
    for (ssize_t i = 0; i < tuple_size(items); i++) {
        Object *item = tuple_get(items, i);
        if (!int_check(item)) {
            raise_error(&exc_ValueError, "elements of %s must be integers", what);
            return -1;
        }
        out[i] = number_to_ssize(item);
        if (out[i] == -1 && error_occurred()) {
            return -1;
        }
        if (out[i] < 0 && !negative) {
            raise_error(&exc_ValueError, "elements of %s must be integers >= 0", what);
            return -1;
        }
    }
    return 0;
}

static Object *sizes_argument(Object *o, const char *what) {
    if (!list_check(o) && !tuple_check(o)) {
        return raise_error(&exc_TypeError, "%s must be a list or a tuple", what);
    }
    return sequence_tuple(o);
}

// Whether every index leads into the `size` bytes of memory.
static bool layout_fits(const Layout *l, ssize_t size) {
    const Buffer *v = &l->view;
    ssize_t low = l->offset, high = l->offset;
    for (int i = 0; i < v->dimensions; i++) {
        if (v->shape[i] == 0) {
            return true;
        }
        ssize_t reach;
        if (__builtin_mul_overflow(v->strides[i], v->shape[i] - 1, &reach) ||
            __builtin_add_overflow(reach, reach < 0 ? low : high, reach < 0 ? &low : &high)) {
            return false;
        }
    }
    return low >= 0 && high + v->item_size <= size;
}

static int layout_set_length(Buffer *v) {
    v->length = v->item_size;
    for (int i = 0; i < v->dimensions; i++) {
        if (__builtin_mul_overflow(v->length, v->shape[i], &v->length)) {
            raise_error(&exc_ValueError, "array is too large");
            return -1;
        }
    }
    return 0;
}

static void fill_strides(Buffer *v, bool fortran) {
    ssize_t step = v->item_size;
    for (int k = 0; k < v->dimensions; k++) {
        int i = fortran ? k : v->dimensions - 1 - k;
        v->strides[i] = step;
        step *= v->shape[i];
    }
}

// Puts a table of pointers to the rows before the `size` bytes of memory. Rows that overlap still do.
static int layout_add_pointers(Layout *l, ssize_t size) {
    Buffer *v = &l->view;
    ssize_t rows = v->shape[0], step = v->strides[0], low = 0;
    for (int i = 1; i < v->dimensions && v->shape[i]; i++) {
        low += v->strides[i] < 0 ? -v->strides[i] * (v->shape[i] - 1) : 0;
    }
    const char *old = l->memory;
    size_t table_size = (size_t)rows * sizeof(char *);
    char *memory = layout_alloc(l, &l->memory, table_size + (size_t)size);
    if (!memory) {
        return -1;
    }
    memcpy(memory + table_size, old, (size_t)size);
    char **table = (char **)memory;
    for (ssize_t i = 0; i < rows; i++) {
        table[step < 0 ? rows - 1 - i : i] = memory + table_size + l->offset + i * step - low;
    }
    v->data = step < 0 && rows ? &table[rows - 1] : table;
    v->strides[0] = step < 0 ? -(ssize_t)sizeof(char *) : (ssize_t)sizeof(char *);
    v->suboffsets = l->arrays + 2 * v->dimensions;
    for (int i = 0; i < v->dimensions; i++) {
        v->suboffsets[i] = i ? -1 : low;
    }
    l->offset = 0;
    return 0;
}

// The items and the format: memory, item size.
static ssize_t layout_fill(Layout *l, Object *items, bool scalar, Object *format) {
    Object *make = import_get_attr("struct", "Struct"), *packer = make ? call1(make, format) : NULL;
    ssize_t size = packer ? packer_size(packer) : -1, members = size < 0 ? -1 : packer_members(packer);
    if (members < 0) {
        return -1;
    }
    gc_store(l, &l->packer, packer);
    if (!size) {
        raise_error(&exc_ValueError, "itemsize must not be zero");
        return -1;
    }
    ssize_t count = 1, bytes;
    if (!scalar) {
        if (!list_check(items) && !tuple_check(items)) {
            raise_error(&exc_TypeError, "items must be a list or a tuple");
            return -1;
        }
        items = sequence_tuple(items);
        count = items ? tuple_size(items) : -1;
        if (count <= 0) {
            if (items) {
                raise_error(&exc_ValueError, "initializer list or tuple must not be empty");
            }
            return -1;
        }
    }
    const char *text = str_check(format) ? str_utf8(format, NULL) : bytes_data(format);
    if (!text || !layout_alloc(l, &l->format, strlen(text) + 1)) {
        return -1;
    }
    strcpy(l->format, text);
    if (__builtin_mul_overflow(count, size, &bytes)) {
        raise_memory_error();
        return -1;
    }
    char *memory = layout_alloc(l, &l->memory, (size_t)bytes);
    for (ssize_t i = 0; memory && i < count; i++) {
        if (pack_item(packer, members, memory + i * size, scalar ? items : tuple_get(items, i)) < 0) {
            return -1;
        }
    }
    l->view.item_size = size;
    l->view.format = l->format;
    return memory ? bytes : -1;
}

// A layout with memory of its own; strides NULL: those of a contiguous array.
static Layout *layout_make(Object *items, Object *shape, Object *strides, ssize_t offset, Object *format,
                           int flags) {
    shape = sizes_argument(shape, "shape");
    if (shape && strides) {
        strides = sizes_argument(strides, "strides");
    }
    Layout *l = shape && !error_occurred() ? layout_new(flags) : NULL;
    if (!l) {
        return NULL;
    }
    ssize_t dimensions = tuple_size(shape);
    if (dimensions > MAX_DIMENSIONS) {
        raise_error(&exc_ValueError, "ndim must not exceed %d", MAX_DIMENSIONS);
        return NULL;
    }
    if (strides && !tuple_size(strides)) {
        strides = NULL;
    }
    if (strides && (flags & ND_FORTRAN)) {
        raise_error(&exc_TypeError, "ND_FORTRAN cannot be used together with strides");
        return NULL;
    }
    if (!dimensions && (flags & ND_PIL)) {
        raise_error(&exc_TypeError, "ndim = 0 cannot be used in conjunction with ND_PIL");
        return NULL;
    }
    ssize_t bytes = layout_fill(l, items, dimensions == 0, format);
    Buffer *v = &l->view;
    if (bytes < 0 || !layout_alloc(l, &l->arrays, sizeof(ssize_t) * 3 * (size_t)dimensions)) {
        return NULL;
    }
    v->dimensions = (int)dimensions;
    v->readonly = !(flags & ND_WRITABLE);
    v->shape = dimensions ? l->arrays : NULL;
    v->strides = dimensions ? l->arrays + dimensions : NULL;
    if (read_sizes(shape, "shape", false, l->arrays) < 0) {
        return NULL;
    }
    if (strides && tuple_size(strides) != dimensions) {
        raise_error(&exc_ValueError, "len(shape) != len(strides)");
        return NULL;
    }
    if (layout_set_length(v) < 0 || (strides && read_sizes(strides, "strides", true, v->strides) < 0)) {
        return NULL;
    }
    if (!strides) {
        fill_strides(v, flags & ND_FORTRAN);
    }
    if (offset % v->item_size) {
        raise_error(&exc_ValueError, "offset must be a multiple of itemsize");
        return NULL;
    }
    if (offset < 0 || offset > bytes - v->item_size) {
        raise_error(&exc_ValueError, "offset out of bounds");
        return NULL;
    }
    for (int i = 0; i < v->dimensions; i++) {
        if (v->strides[i] % v->item_size) {
            raise_error(&exc_ValueError, "strides must be a multiple of itemsize");
            return NULL;
        }
    }
    l->offset = offset;
    if (!layout_fits(l, bytes)) {
        raise_error(&exc_ValueError, "invalid combination of buffer, shape and strides");
        return NULL;
    }
    v->data = l->memory + offset;
    if ((flags & ND_PIL) && layout_add_pointers(l, bytes) < 0) {
        return NULL;
    }
    layout_set_flags(l);
    return l;
}

// ---- ndarray

static void ndarray_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, head_of(self));
}

static Object *ndarray_of(Layout *l) {
    NdArray *array = l ? (NdArray *)object_alloc(&ndarray_type) : NULL;
    if (array) {
        array->flags = l->flags;
        gc_store(array, &array->head, l);
    }
    return (Object *)array;
}

static int int_argument(Object *o, int otherwise, int *value) {
    *value = o ? int_to_c_int(o) : otherwise;
    return o && *value == -1 && error_occurred() ? -1 : 0;
}

static Object *argument(Object *o) {
    return o == NONE ? NULL : o;
}

static Object *ndarray_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[7];
    int flags, request;
    if (signature_bind(&signature, "ndarray",
                       "-(obj, shape=None, strides=None, offset=0, format='B', flags=0, getbuf=0)", args,
                       nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *o = bound[0], *shape = argument(bound[1]), *strides = argument(bound[2]), *format = bound[4];
    ssize_t offset = bound[3] ? number_to_ssize(bound[3]) : 0;
    if (error_occurred() || int_argument(bound[5], 0, &flags) < 0 ||
        int_argument(bound[6], BUFFER_FULL_RO, &request) < 0) {
        return NULL;
    }
    if (buffer_check(o) && !shape) {
        if (strides || offset || format || (flags & ~ND_REDIRECT)) {
            return raise_error(&exc_TypeError, "construction from exporter object only takes 'obj', 'getbuf' "
                                               "and 'flags' arguments");
        }
        return ndarray_of(layout_of(o, flags, request));
    }
    if (bound[6]) {
        return raise_error(&exc_TypeError,
                           "getbuf argument only valid for construction from exporter object");
    }
    if (!shape) {
        return raise_error(&exc_TypeError, "shape is a required argument when constructing from list, tuple "
                                           "or scalar");
    }
    if (!format && !(format = str_from_cstring("B"))) {
        return NULL;
    }
    return ndarray_of(layout_make(o, shape, strides, offset, format, flags));
}

static int layout_may_change(Object *self) {
    Layout *l = head_of(self);
    NdArray *array = (NdArray *)self;
    if (is_consumer(l)) {
        raise_error(&exc_BufferError, "structure of re-exporting object is immutable");
        return -1;
    }
    if (!(array->flags & ND_VAREXPORT) && buffers_are_exported(&array->exports)) {
        raise_error(&exc_BufferError, "cannot change structure: %zd exported buffer%s", l->exports,
                    l->exports == 1 ? "" : "s");
        return -1;
    }
    return 0;
}

static Object *ndarray_push(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[6];
    int flags;
    if (signature_bind(&signature, "push", "-(items, shape, strides=None, offset=0, format='B', flags=0)",
                       args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    ssize_t offset = bound[3] ? number_to_ssize(bound[3]) : 0;
    if (error_occurred() || int_argument(bound[5], 0, &flags) < 0) {
        return NULL;
    }
    if (flags & ND_VAREXPORT) {
        return raise_error(&exc_ValueError, "ND_VAREXPORT flag can only be used during object creation");
    }
    Object *format = bound[4] ? bound[4] : str_from_cstring("B");
    if (!format || layout_may_change(self) < 0) {
        return NULL;
    }
    Layout *l = layout_make(bound[0], bound[1], argument(bound[2]), offset, format, flags);
    if (!l) {
        return NULL;
    }
    gc_store(l, &l->next, head_of(self));
    gc_store(self, &((NdArray *)self)->head, l);
    return NONE;
}

static Object *ndarray_pop(Object *self) {
    if (layout_may_change(self) < 0) {
        return NULL;
    }
    Layout *l = head_of(self);
    if (!l->next) {
        return raise_error(&exc_BufferError, "list only has a single base");
    }
    if (l->exports > 0) {
        return raise_error(&exc_BufferError, "cannot change structure: %zd exported buffer%s", l->exports,
                           l->exports == 1 ? "" : "s");
    }
    gc_store(self, &((NdArray *)self)->head, l->next);
    return NONE;
}

// ---- as an exporter

static int cannot(const char *why) {
    raise_error(&exc_BufferError, "%s", why);
    return -1;
}

static bool asks_for(int request, int flag) {
    return (request & flag) == flag;
}

static int check_request(const Layout *l, const Buffer *v, int request) {
    if (is_consumer(l) && ((asks_for(request, BUFFER_STRIDES) && v->dimensions && !v->strides) ||
                           (asks_for(request, BUFFER_ND) && v->dimensions && !v->shape))) {
        return cannot(re_exporter);
    }
    bool c = buffer_is_contiguous(v, 'C'), f = buffer_is_contiguous(v, 'F');
    if (asks_for(request, BUFFER_WRITABLE) && v->readonly) {
        return cannot("ndarray is not writable");
    }
    if (asks_for(request, BUFFER_C_CONTIGUOUS) && !c) {
        return cannot("ndarray is not C-contiguous");
    }
    if (asks_for(request, BUFFER_F_CONTIGUOUS) && !f) {
        return cannot("ndarray is not Fortran contiguous");
    }
    if (asks_for(request, BUFFER_ANY_CONTIGUOUS) && !c && !f) {
        return cannot("ndarray is not contiguous");
    }
    if (!asks_for(request, BUFFER_INDIRECT) && v->suboffsets) {
        return cannot("ndarray cannot be represented without suboffsets");
    }
    if (!asks_for(request, BUFFER_STRIDES) && !c) {
        return cannot("ndarray is not C-contiguous");
    }
    if (!asks_for(request, BUFFER_ND) && asks_for(request, BUFFER_FORMAT)) {
        return cannot("ndarray: cannot cast to unsigned bytes if the format flag is present");
    }
    return 0;
}

static int ndarray_get_buffer(Object *self, Buffer *out, int request) {
    Layout *l = head_of(self);
    int flags = ((NdArray *)self)->flags;
    if ((flags & ND_REDIRECT) && l->source.object) {
        return object_get_buffer(l->source.object, out, request);
    }
    if (flags & ND_GETBUF_FAIL) {
        // What an exporter leaves behind when it ignores that the object has to be NULL then.
        out->object = (flags & ND_GETBUF_UNDEFINED) ? (Object *)0x1 : NULL;
        return cannot("ND_GETBUF_FAIL: forced test exception");
    }
    if (check_request(l, &l->view, request) < 0) {
        return -1;
    }
    *out = l->view;
    if (!asks_for(request, BUFFER_FORMAT)) {
        out->format = NULL;
    } else if (!out->format) {
        out->format = "B";
    }
    if (!asks_for(request, BUFFER_ND)) {
        out->dimensions = 1;
        out->shape = NULL;
    }
    if (!asks_for(request, BUFFER_STRIDES)) {
        out->strides = NULL;
    }
    out->object = self;
    out->internal = l;
    l->exports++;
    ((NdArray *)self)->exports++;
    return 0;
}

static void ndarray_release_buffer(Object *self, Buffer *view) {
    Layout *l = view->internal;
    ((NdArray *)self)->exports--;
    if (--l->exports > 0 || l == head_of(self)) {
        return;
    }
    // A layout below the first one goes with its last buffer.
    for (Layout *at = head_of(self); at; at = at->next) {
        if (at->next == l) {
            gc_store(at, &at->next, l->next);
            return;
        }
    }
}

// ---- items and slices

static char *follow(const Buffer *v, char *p, int dimension, ssize_t index) {
    p += v->strides[dimension] * index;
    return v->suboffsets && v->suboffsets[dimension] >= 0 ? *(char **)p + v->suboffsets[dimension] : p;
}

static Object *list_items(Layout *l, Object *packer, const Buffer *v, char *p, int dimension) {
    if (dimension == v->dimensions) {
        return unpack_item(packer, p);
    }
    Object *list = list_new(0);
    for (ssize_t i = 0; list && i < v->shape[dimension]; i++) {
        Object *item = list_items(l, packer, v, follow(v, p, dimension, i), dimension + 1);
        if (!item || list_append(list, item) < 0) {
            return NULL;
        }
    }
    return list;
}

// The view with the shape and the strides that it leaves out; `room` has space for both.
static Buffer completed(const Buffer *v, ssize_t *room) {
    Buffer full = *v;
    if (!full.shape && full.dimensions) {
        full.shape = room;
        room[0] = v->length / v->item_size;
    }
    if (!full.strides && full.dimensions) {
        full.strides = room + MAX_DIMENSIONS;
        fill_strides(&full, false);
    }
    return full;
}

static Object *ndarray_tolist(Object *self) {
    Layout *l = head_of(self);
    if (!l->view.format) {
        return raise_error(&exc_ValueError, "ndarray: tolist() does not support format=NULL, use tobytes()");
    }
    ssize_t room[2 * MAX_DIMENSIONS];
    Buffer v = completed(&l->view, room);
    Object *packer = layout_packer(l);
    return packer ? list_items(l, packer, &v, v.data, 0) : NULL;
}

static Object *buffer_bytes(const Buffer *v, char order) {
    Object *data = bytes_new(v->length);
    if (data && v->length && buffer_copy_out(v, bytes_data(data), order) < 0) {
        return NULL;
    }
    return data;
}

static Object *ndarray_tobytes(Object *self) {
    return buffer_bytes(&head_of(self)->view, 'C');
}

static hash_t ndarray_hash(Object *self) {
    if (!head_of(self)->view.readonly) {
        raise_error(&exc_ValueError, "cannot hash writable ndarray object");
        return -1;
    }
    Object *data = ndarray_tobytes(self);
    return data ? object_hash(data) : -1;
}

// An array that shows `self` and has arrays of its own, for the caller to change.
static Layout *layout_to_slice(Object *self, int drop) {
    Layout *l = layout_of(self, 0, BUFFER_FULL_RO);
    if (!l) {
        return NULL;
    }
    Buffer *v = &l->view;
    size_t n = (size_t)(v->dimensions - drop);
    ssize_t *arrays = layout_alloc(l, &l->arrays, sizeof(ssize_t) * 3 * n);
    if (!arrays) {
        return NULL;
    }
    memcpy(arrays, v->shape + drop, n * sizeof(ssize_t));
    memcpy(arrays + n, v->strides + drop, n * sizeof(ssize_t));
    if (v->suboffsets) {
        memcpy(arrays + 2 * n, v->suboffsets + drop, n * sizeof(ssize_t));
    }
    return l;
}

static void layout_use_arrays(Layout *l, int drop) {
    Buffer *v = &l->view;
    v->dimensions -= drop;
    v->shape = l->arrays;
    v->strides = l->arrays + v->dimensions;
    v->suboffsets = v->suboffsets ? l->arrays + 2 * v->dimensions : NULL;
}

static int check_index(ssize_t *index, ssize_t size) {
    *index += *index < 0 ? size : 0;
    if (*index < 0 || *index >= size) {
        raise_error(&exc_IndexError, "index out of bounds");
        return -1;
    }
    return 0;
}

// The address of an item of a one-dimensional array.
static char *item_address(Layout *l, ssize_t index) {
    ssize_t room[2 * MAX_DIMENSIONS];
    Buffer v = completed(&l->view, room);
    return check_index(&index, v.shape[0]) < 0 ? NULL : follow(&v, v.data, 0, index);
}

static Object *ndarray_item(Object *self, ssize_t index) {
    Layout *l = head_of(self);
    if (l->view.dimensions == 1) {
        char *p = item_address(l, index);
        Object *packer = p ? layout_packer(l) : NULL;
        return packer ? unpack_item(packer, p) : NULL;
    }
    Layout *sub = layout_to_slice(self, 1);
    if (!sub || check_index(&index, sub->view.shape[0]) < 0) {
        return NULL;
    }
    sub->view.data = follow(&sub->view, sub->view.data, 0, index);
    layout_use_arrays(sub, 1);
    if (layout_set_length(&sub->view) < 0) {
        return NULL;
    }
    layout_set_flags(sub);
    return ndarray_of(sub);
}

static int slice_dimension(Buffer *v, int dimension, Object *slice) {
    ssize_t start, stop, step, count = slice_resolve(slice, v->shape[dimension], &start, &stop, &step);
    if (count < 0) {
        return -1;
    }
    ssize_t distance = v->strides[dimension] * start;
    // Behind a pointer the start is an offset from where that leads.
    int pointer = dimension - 1;
    while (pointer >= 0 && !(v->suboffsets && v->suboffsets[pointer] >= 0)) {
        pointer--;
    }
    if (pointer >= 0) {
        v->suboffsets[pointer] += distance;
    } else {
        v->data = (char *)v->data + distance;
    }
    v->strides[dimension] *= step;
    v->shape[dimension] = count;
    return 0;
}

static Object *invalid_key(Object *key) {
    return raise_error(&exc_TypeError, "cannot index memory using \"%s\"", key->type->name);
}

static Object *ndarray_getitem(Object *self, Object *key) {
    Layout *l = head_of(self);
    if (l->view.dimensions == 0) {
        if (key == ELLIPSIS) {
            return self;
        }
        if (tuple_check(key) && tuple_size(key) == 0) {
            Object *packer = layout_packer(l);
            return packer ? unpack_item(packer, l->view.data) : NULL;
        }
        return raise_error(&exc_TypeError, "invalid indexing of scalar");
    }
    if (number_check_index(key)) {
        ssize_t index = number_to_ssize(key);
        return index == -1 && error_occurred() ? NULL : ndarray_item(self, index);
    }
    Layout *sub = layout_to_slice(self, 0);
    if (!sub) {
        return NULL;
    }
    layout_use_arrays(sub, 0);
    if (key->type == &slice_type) {
        if (slice_dimension(&sub->view, 0, key) < 0) {
            return NULL;
        }
    } else if (tuple_check(key)) {
        if (tuple_size(key) > sub->view.dimensions) {
            return raise_error(&exc_IndexError, "too many indices");
        }
        for (ssize_t i = 0; i < tuple_size(key); i++) {
            if (tuple_get(key, i)->type != &slice_type) {
                return invalid_key(tuple_get(key, i));
            }
            if (slice_dimension(&sub->view, (int)i, tuple_get(key, i)) < 0) {
                return NULL;
            }
        }
    } else {
        return invalid_key(key);
    }
    if (layout_set_length(&sub->view) < 0) {
        return NULL;
    }
    layout_set_flags(sub);
    sub->flags |= ND_OWN_ARRAYS;
    return ndarray_of(sub);
}

static const char *format_of(const Buffer *v) {
    return v->format ? v->format : "B";
}

static bool same_structure(const Buffer *a, const Buffer *b) {
    if (strcmp(format_of(a), format_of(b)) != 0 || a->item_size != b->item_size ||
        a->dimensions != b->dimensions) {
        return false;
    }
    for (int i = 0; i < a->dimensions; i++) {
        if (a->shape[i] != b->shape[i]) {
            return false;
        }
        if (a->shape[i] == 0) {
            break;
        }
    }
    return true;
}

// Row by row, each through `row`, because a row may overlap with its source.
static void copy_rows(const Buffer *to, char *p, const Buffer *from, char *q, int dimension, char *row) {
    ssize_t count = to->shape[dimension], size = to->item_size;
    if (dimension < to->dimensions - 1) {
        for (ssize_t i = 0; i < count; i++) {
            copy_rows(to, follow(to, p, dimension, i), from, follow(from, q, dimension, i), dimension + 1,
                      row);
        }
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        memcpy(row + i * size, follow(from, q, dimension, i), (size_t)size);
    }
    for (ssize_t i = 0; i < count; i++) {
        memcpy(follow(to, p, dimension, i), row + i * size, (size_t)size);
    }
}

static int assign(Object *target, const Buffer *source) {
    const Buffer *v = &head_of(target)->view;
    if (!same_structure(v, source)) {
        raise_error(&exc_ValueError, "ndarray assignment: lvalue and rvalue have different structures");
        return -1;
    }
    if (v->length) {
        char *row = heap_alloc((size_t)(v->shape[v->dimensions - 1] * v->item_size), CELL_BYTES);
        if (!row) {
            return -1;
        }
        copy_rows(v, v->data, source, source->data, 0, row);
    }
    return 0;
}

static int store_item(Layout *l, char *p, Object *value) {
    Object *packer = p ? layout_packer(l) : NULL;
    ssize_t members = packer ? packer_members(packer) : -1;
    return members < 0 ? -1 : pack_item(packer, members, p, value);
}

static int ndarray_setitem(Object *self, Object *key, Object *value) {
    Layout *l = head_of(self);
    if (l->view.readonly) {
        raise_error(&exc_TypeError, "ndarray is not writable");
        return -1;
    }
    if (!value) {
        raise_error(&exc_TypeError, "ndarray data cannot be deleted");
        return -1;
    }
    if (l->view.dimensions == 0) {
        if (key == ELLIPSIS || (tuple_check(key) && tuple_size(key) == 0)) {
            return store_item(l, l->view.data, value);
        }
        raise_error(&exc_TypeError, "invalid indexing of scalar");
        return -1;
    }
    if (l->view.dimensions == 1 && number_check_index(key)) {
        ssize_t index = number_to_ssize(key);
        if (index == -1 && error_occurred()) {
            return -1;
        }
        return store_item(l, item_address(l, index), value);
    }
    Buffer source;
    if (object_get_buffer(value, &source, BUFFER_FULL_RO) < 0) {
        return -1;
    }
    Object *target = ndarray_getitem(self, key);
    int status = target ? assign(target, &source) : -1;
    buffer_release(&source);
    return status;
}

// ---- attributes

static Object *sizes_tuple(const ssize_t *sizes, int count) {
    Object *tuple = tuple_new(sizes ? count : 0);
    for (int i = 0; tuple && sizes && i < count; i++) {
        Object *number = int_from_i64(sizes[i]);
        if (!number) {
            return NULL;
        }
        tuple_init(tuple, i, number);
    }
    return tuple;
}

enum {
    ATTR_C,
    ATTR_CONTIGUOUS,
    ATTR_F,
    ATTR_FLAGS,
    ATTR_FORMAT,
    ATTR_ITEMSIZE,
    ATTR_NBYTES,
    ATTR_NDIM,
    ATTR_OBJ,
    ATTR_OFFSET,
    ATTR_READONLY,
    ATTR_SHAPE,
    ATTR_STRIDES,
    ATTR_SUBOFFSETS
};

static Object *ndarray_get(Object *self, void *which) {
    Layout *l = head_of(self);
    const Buffer *v = &l->view;
    switch ((int)(intptr_t)which) {
    case ATTR_C: return bool_from(buffer_is_contiguous(v, 'C'));
    case ATTR_F: return bool_from(buffer_is_contiguous(v, 'F'));
    case ATTR_CONTIGUOUS: return bool_from(buffer_is_contiguous(v, 'A'));
    case ATTR_FLAGS: return int_from_i64(l->flags);
    case ATTR_FORMAT: return str_from_cstring(v->format ? v->format : "");
    case ATTR_ITEMSIZE: return int_from_i64(v->item_size);
    case ATTR_NBYTES: return int_from_i64(v->length);
    case ATTR_NDIM: return int_from_i64(v->dimensions);
    case ATTR_OBJ: return l->source.object ? l->source.object : NONE;
    case ATTR_OFFSET:
        return int_from_i64(is_consumer(l) ? (char *)v->data - (char *)l->source.data : l->offset);
    case ATTR_READONLY: return bool_from(v->readonly);
    case ATTR_SHAPE: return sizes_tuple(v->shape, v->dimensions);
    case ATTR_STRIDES: return sizes_tuple(v->strides, v->dimensions);
    default: return sizes_tuple(v->suboffsets, v->dimensions);
    }
}

#define ATTRIBUTE(name, which) { name, ndarray_get, NULL, NULL, (void *)(intptr_t)(which) }
static GetSetDef ndarray_getsets[] = {
    ATTRIBUTE("c_contiguous", ATTR_C),    ATTRIBUTE("contiguous", ATTR_CONTIGUOUS),
    ATTRIBUTE("f_contiguous", ATTR_F),    ATTRIBUTE("flags", ATTR_FLAGS),
    ATTRIBUTE("format", ATTR_FORMAT),     ATTRIBUTE("itemsize", ATTR_ITEMSIZE),
    ATTRIBUTE("nbytes", ATTR_NBYTES),     ATTRIBUTE("ndim", ATTR_NDIM),
    ATTRIBUTE("obj", ATTR_OBJ),           ATTRIBUTE("offset", ATTR_OFFSET),
    ATTRIBUTE("readonly", ATTR_READONLY), ATTRIBUTE("shape", ATTR_SHAPE),
    ATTRIBUTE("strides", ATTR_STRIDES),   ATTRIBUTE("suboffsets", ATTR_SUBOFFSETS),
    { NULL, NULL, NULL, NULL, NULL },
};

// Suboffsets that say of each dimension that there is no pointer to follow.
static Object *ndarray_add_suboffsets(Object *self) {
    Layout *l = head_of(self);
    if (l->view.suboffsets || !l->view.strides) {
        return raise_error(&exc_TypeError, "cannot add suboffsets to a layout that has them, or no strides");
    }
    ssize_t *suboffsets = l->arrays + 2 * l->view.dimensions;
    if (is_consumer(l)) {
        suboffsets = layout_alloc(l, &l->arrays, sizeof(ssize_t) * (size_t)l->view.dimensions);
    }
    for (int i = 0; suboffsets && i < l->view.dimensions; i++) {
        suboffsets[i] = -1;
    }
    l->view.suboffsets = suboffsets;
    l->flags &= ~(ND_C | ND_FORTRAN);
    return suboffsets ? NONE : NULL;
}

static Object *ndarray_memoryview(Object *self) {
    Layout *l = head_of(self);
    const Buffer *v = &l->view;
    if (is_consumer(l)) {
        Object *exporter = l->source.object;
        if (exporter && exporter->type == &ndarray_type && is_consumer(head_of(exporter))) {
            return raise_error(&exc_TypeError, "memoryview_from_buffer(): re-exporter of a re-exporter");
        }
    }
    if (v->dimensions > VIEW_DIMENSIONS) {
        return raise_error(&exc_ValueError, "memoryview: number of dimensions must not exceed 64");
    }
    if (v->format && strlen(v->format) > MAX_DIMENSIONS) {
        return raise_error(&exc_TypeError, "memoryview_from_buffer(): format too long");
    }
    return memoryview_from_buffer(v, (Object *)l);
}

static BuiltinDef ndarray_methods[] = {
    BUILTIN("add_suboffsets", ndarray_add_suboffsets, "-($self, /)", 0, NULL),
    BUILTIN("memoryview_from_buffer", ndarray_memoryview, "-($self, /)", 0, NULL),
    BUILTIN("pop", ndarray_pop, "-($self, /)", 0, NULL),
    BUILTIN("push", ndarray_push, NULL, 0, NULL),
    BUILTIN("tobytes", ndarray_tobytes, "-($self, /)", 0, NULL),
    BUILTIN("tolist", ndarray_tolist, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec ndarray_spec = {
    .name = "ndarray",
    .basic_size = sizeof(NdArray),
    .is_sequence = true,
    .methods = ndarray_methods,
    .getsets = ndarray_getsets,
    .trace = ndarray_trace,
    .slots = { .new = ndarray_new,
               .hash = ndarray_hash,
               .getitem = ndarray_getitem,
               .setitem = ndarray_setitem,
               .get_buffer = ndarray_get_buffer,
               .release_buffer = ndarray_release_buffer },
};

// ---- staticarray: an exporter without memory of its own

typedef struct StaticArray {
    Object base;
    int legacy; // names no object as the exporter
} StaticArray;

static Object *staticarray_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[1];
    if (signature_bind(&signature, "staticarray", "-(legacy_mode=False)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    int legacy = bound[0] ? object_is_true(bound[0]) : 0;
    StaticArray *array = legacy < 0 ? NULL : (StaticArray *)object_alloc(type);
    if (array) {
        array->legacy = legacy;
    }
    return (Object *)array;
}

static int staticarray_get_buffer(Object *self, Buffer *out, int request) {
    (void)request;
    static char items[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
    static ssize_t shape[1] = { 12 }, strides[1] = { 1 };
    *out = (Buffer){ .data = items,
                     .object = ((StaticArray *)self)->legacy ? NULL : self,
                     .length = 12,
                     .item_size = 1,
                     .readonly = 1,
                     .dimensions = 1,
                     .format = "B",
                     .shape = shape,
                     .strides = strides };
    return 0;
}

static const TypeSpec staticarray_spec = {
    .name = "staticarray",
    .basic_size = sizeof(StaticArray),
    .slots = { .new = staticarray_new, .get_buffer = staticarray_get_buffer },
};

// ---- functions

// 'C', 'F' or 'A'; 0 with an exception.
static char order_argument(Object *o) {
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "order must be a string");
        return 0;
    }
    Object *ascii = str_from_cstring("ascii"), *data = ascii ? call_named(o, "encode", ascii) : NULL;
    if (!data) {
        return 0;
    }
    if (bytes_length(data) != 1 || !strchr("CFA", *bytes_data(data))) {
        raise_error(&exc_ValueError, "invalid order, must be C, F or A");
        return 0;
    }
    return *bytes_data(data);
}

static Object *get_contiguous(Object *module, Object *o, Object *kind, Object *order_object) {
    (void)module;
    enum { READ = 0x100, WRITE = 0x200 };
    if (!int_check(kind)) {
        return raise_error(&exc_TypeError, "buffertype must be PyBUF_READ or PyBUF_WRITE");
    }
    ssize_t type = number_to_ssize(kind);
    if (type == -1 && error_occurred()) {
        return NULL;
    }
    if (type != READ && type != WRITE) {
        return raise_error(&exc_ValueError, "invalid buffer type");
    }
    char order = order_argument(order_object);
    return order ? memoryview_contiguous(o, type == WRITE, order) : NULL;
}

static Object *to_contiguous(Object *module, Object *o, Object *order_object, Object *request) {
    (void)module;
    int flags = int_to_c_int(request);
    char order = flags == -1 && error_occurred() ? 0 : order_argument(order_object);
    Buffer view;
    if (!order || object_get_buffer(o, &view, flags) < 0) {
        return NULL;
    }
    Object *data = buffer_bytes(&view, order);
    buffer_release(&view);
    return data;
}

// An ndarray's view as it is, with whatever it leaves out; other objects are asked for everything.
static int get_view(Object *o, Buffer *view, bool *owned) {
    *owned = o->type != &ndarray_type;
    if (!*owned) {
        *view = head_of(o)->view;
        return 0;
    }
    return object_get_buffer(o, view, BUFFER_FULL_RO);
}

static Object *is_contiguous(Object *module, Object *o, Object *order_object) {
    (void)module;
    if (!buffer_check(o)) {
        return raise_error(&exc_TypeError, "is_contiguous: object does not implement the buffer protocol");
    }
    char order = order_argument(order_object);
    Buffer view;
    bool owned;
    if (!order || get_view(o, &view, &owned) < 0) {
        return NULL;
    }
    bool result = buffer_is_contiguous(&view, order);
    if (owned) {
        buffer_release(&view);
    }
    return bool_from(result);
}

static bool same_steps(const Buffer *a, const Buffer *b) {
    for (int i = 0; a->length && i < a->dimensions; i++) {
        if (a->shape[i] > 1 && a->strides[i] != b->strides[i]) {
            return false;
        }
    }
    return !a->suboffsets == !b->suboffsets;
}

// Whether two arrays agree in structure, order and content.
static Object *cmp_contig(Object *module, Object *first, Object *second) {
    (void)module;
    Object *objects[2] = { first, second }, *data[2];
    static const char *const ordinals[2] = { "first", "second" };
    for (int i = 0; i < 2; i++) {
        if (!buffer_check(objects[i])) {
            return raise_error(&exc_TypeError,
                               "cmp_contig: %s argument does not implement the buffer protocol", ordinals[i]);
        }
    }
    Buffer views[2], full[2];
    bool owned[2];
    ssize_t room[2][2 * MAX_DIMENSIONS];
    if (get_view(first, &views[0], &owned[0]) < 0) {
        return NULL;
    }
    Object *result = NULL;
    if (get_view(second, &views[1], &owned[1]) == 0) {
        for (int i = 0; i < 2; i++) {
            full[i] = completed(&views[i], room[i]);
            data[i] = buffer_bytes(&full[i], 'C');
        }
        if (data[0] && data[1]) {
            bool same = same_structure(&full[0], &full[1]) && full[0].length == full[1].length &&
                        same_steps(&full[0], &full[1]);
            result = same ? object_compare(data[0], data[1], CMP_EQ) : FALSE_OBJECT;
        }
        if (owned[1]) {
            buffer_release(&views[1]);
        }
    }
    if (owned[0]) {
        buffer_release(&views[0]);
    }
    return result;
}

static Object *pointed_at(const Buffer *v, Object *indices) {
    if (!list_check(indices) && !tuple_check(indices)) {
        return raise_error(&exc_TypeError, "seq must be a list or a tuple");
    }
    indices = sequence_tuple(indices);
    if (!indices) {
        return NULL;
    }
    if (tuple_size(indices) != v->dimensions) {
        return raise_error(&exc_ValueError, "get_pointer(): len(indices) != ndim");
    }
    char *p = v->data;
    for (int i = 0; i < v->dimensions; i++) {
        ssize_t index = number_to_ssize(tuple_get(indices, i));
        if (index == -1 && error_occurred()) {
            return NULL;
        }
        if (index < 0 || index >= v->shape[i]) {
            return raise_error(&exc_ValueError, "get_pointer(): invalid index %zd at position %d", index, i);
        }
        p = follow(v, p, i, index);
    }
    Object *packer = packer_of_format(format_of(v));
    return packer ? unpack_item(packer, p) : NULL;
}

static Object *get_pointer(Object *module, Object *o, Object *indices) {
    (void)module;
    Buffer view;
    if (object_get_buffer(o, &view, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    Object *item = pointed_at(&view, indices);
    buffer_release(&view);
    return item;
}

static Object *slice_indices(Object *module, Object *slice, Object *length) {
    (void)module;
    if (slice->type != &slice_type) {
        return raise_error(&exc_TypeError, "first argument must be a slice object");
    }
    ssize_t size = number_to_ssize(length), bounds[4];
    if (size == -1 && error_occurred()) {
        return NULL;
    }
    bounds[3] = slice_resolve(slice, size, &bounds[0], &bounds[1], &bounds[2]);
    return bounds[3] < 0 ? NULL : sizes_tuple(bounds, 4);
}

static Object *get_sizeof_void_p(Object *module) {
    (void)module;
    return int_from_i64(sizeof(void *));
}

static BuiltinDef functions[] = {
    BUILTIN("cmp_contig", cmp_contig, "-($self, first, second, /)", 0, NULL),
    BUILTIN("get_contiguous", get_contiguous, "-($self, object, buffertype, order, /)", 0, NULL),
    BUILTIN("get_pointer", get_pointer, "-($self, object, indices, /)", 0, NULL),
    BUILTIN("get_sizeof_void_p", get_sizeof_void_p, "-($self, /)", 0, NULL),
    BUILTIN("is_contiguous", is_contiguous, "-($self, object, order, /)", 0, NULL),
    BUILTIN("py_buffer_to_contiguous", to_contiguous, "-($self, object, order, request, /)", 0, NULL),
    BUILTIN("slice_indices", slice_indices, "-($self, slice, length, /)", 0, NULL),
    BUILTIN_END,
};

static int testbuffer_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        { "ND_FORTRAN", ND_FORTRAN },
        { "ND_GETBUF_FAIL", ND_GETBUF_FAIL },
        { "ND_GETBUF_UNDEFINED", ND_GETBUF_UNDEFINED },
        { "ND_MAX_NDIM", MAX_DIMENSIONS },
        { "ND_PIL", ND_PIL },
        { "ND_REDIRECT", ND_REDIRECT },
        { "ND_SCALAR", ND_SCALAR },
        { "ND_VAREXPORT", ND_VAREXPORT },
        { "ND_WRITABLE", ND_WRITABLE },
        { "PyBUF_ANY_CONTIGUOUS", BUFFER_ANY_CONTIGUOUS },
        { "PyBUF_CONTIG", BUFFER_ND | BUFFER_WRITABLE },
        { "PyBUF_CONTIG_RO", BUFFER_ND },
        { "PyBUF_C_CONTIGUOUS", BUFFER_C_CONTIGUOUS },
        { "PyBUF_FORMAT", BUFFER_FORMAT },
        { "PyBUF_FULL", BUFFER_FULL },
        { "PyBUF_FULL_RO", BUFFER_FULL_RO },
        { "PyBUF_F_CONTIGUOUS", BUFFER_F_CONTIGUOUS },
        { "PyBUF_INDIRECT", BUFFER_INDIRECT },
        { "PyBUF_ND", BUFFER_ND },
        { "PyBUF_READ", 0x100 },
        { "PyBUF_RECORDS", BUFFER_STRIDES | BUFFER_WRITABLE | BUFFER_FORMAT },
        { "PyBUF_RECORDS_RO", BUFFER_STRIDES | BUFFER_FORMAT },
        { "PyBUF_SIMPLE", BUFFER_SIMPLE },
        { "PyBUF_STRIDED", BUFFER_STRIDES | BUFFER_WRITABLE },
        { "PyBUF_STRIDED_RO", BUFFER_STRIDES },
        { "PyBUF_STRIDES", BUFFER_STRIDES },
        { "PyBUF_WRITABLE", BUFFER_WRITABLE },
        { "PyBUF_WRITE", 0x200 },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (type_ready(&layout_type, &layout_spec) < 0 ||
        module_add_type(module, &ndarray_type, &ndarray_spec) < 0 ||
        module_add_type(module, &staticarray_type, &staticarray_spec) < 0) {
        return -1;
    }
    return 0;
}

const ModuleSpec module_testbuffer = { "_testbuffer", NULL, functions, testbuffer_exec };
