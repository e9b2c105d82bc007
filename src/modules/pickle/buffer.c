// PickleBuffer: a buffer that a pickle may leave out.
#include "modules/pickle/pickle.h"

#include "objects/bytes_private.h"
#include "objects/errors.h"

typedef struct PickleBuffer {
    Object base;
    Buffer view;
    Object *weaklist;
} PickleBuffer;  // CPython's 104 bytes

Type pickle_buffer_type;

static PickleBuffer *as_buffer(Object *o) {
    return (PickleBuffer *)o;
}

const Buffer *pickle_buffer_view(Object *o) {
    if (!as_buffer(o)->view.object) {
        return (Buffer *)raise_error(&exc_ValueError, "operation forbidden on released PickleBuffer object");
    }
    return &as_buffer(o)->view;
}

static Object *buffer_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("PickleBuffer", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 1) {
        return raise_error(&exc_TypeError, "PickleBuffer() takes exactly 1 argument (%zu given)", nargs);
    }
    PickleBuffer *o = (PickleBuffer *)object_alloc(type);
    // Right into its place: exporters may let shape and strides point into the view itself.
    if (!o || object_get_buffer(args[0], &o->view, BUFFER_FULL_RO) < 0) {
        return NULL;
    }
    gc_dirty(o);
    return (Object *)o;
}

static void buffer_trace(Object *self, Tracer *tracer) {
    PickleBuffer *o = as_buffer(self);
    trace_cell(tracer, o->view.object);
    trace_words(tracer, &o->view, &o->view + 1);
}

static void buffer_finalize(Object *self) {
    buffer_release(&as_buffer(self)->view);
}

static int buffer_get(Object *self, Buffer *view, int flags) {
    const Buffer *own = pickle_buffer_view(self);
    return own ? object_get_buffer(own->object, view, flags) : -1;
}

static void buffer_give_back(Object *self, Buffer *view) {
    (void)self;
    buffer_release(view);
}

static Object *buffer_raw(Object *self) {
    const Buffer *own = pickle_buffer_view(self);
    if (!own) {
        return NULL;
    }
    if (own->suboffsets || !buffer_is_contiguous(own, 'A')) {
        return raise_error(&exc_BufferError, "cannot extract raw buffer from non-contiguous buffer");
    }
    return memoryview_raw(self);
}

static Object *buffer_release_method(Object *self) {
    buffer_release(&as_buffer(self)->view);
    return NONE;
}

static BuiltinDef methods[] = {
    BUILTIN("raw", buffer_raw, "($self, /)", 0, NULL),
    BUILTIN("release", buffer_release_method, "($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec pickle_buffer_spec = {
    .name = "pickle.PickleBuffer",
    .basic_size = sizeof(PickleBuffer),
    .flags = TF_GC,
    .weaklist_offset = offsetof(PickleBuffer, weaklist),
    .methods = methods,
    .trace = buffer_trace,
    .slots = { .new = buffer_new,
               .finalize = buffer_finalize,
               .get_buffer = buffer_get,
               .release_buffer = buffer_give_back },
};
