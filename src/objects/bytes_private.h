// What bytes, bytearray and memoryview share.
#pragma once

#include "heap/heap.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"

// A look at the bytes of an object: bytes and, as long as there is one thread, bytearray directly, others through their buffer.
// They stay as they are.
typedef struct BytesView {
    const char *data;
    ssize_t length;
    Buffer buffer;
    bool exported;
} BytesView;
int bytes_view(Object *o, BytesView *view); // TypeError "a bytes-like object is required, not 'X'"
void bytes_view_release(BytesView *view);
// For a bytes or bytearray. MemoryError
int bytes_view_steady(Object *self, BytesView *view);
// The same for who looks at each byte once: the bytes of a bytearray may change, but the memory stays. Cannot fail.
void bytes_view_self(Object *self, BytesView *view);
enum { BYTES_HEAD = offsetof(Bytes, data) };

// An uninitialised bytes object, also an empty one, which bytes_new shares. MemoryError.
static inline Object *bytes_cell(ssize_t length) {
    if (length < 0 || length > SSIZE_LIMIT - BYTES_HEAD - 1) {
        return raise_memory_error();
    }
    Bytes *b = heap_alloc(BYTES_HEAD + (size_t)length + 1, CELL_LEAF);
    if (!b) {
        return NULL;
    }
    b->var.base.refcount = REFCOUNT_INITIAL;
    b->var.base.type = &bytes_type;
    b->var.size = length;
    b->hash = -1;
    b->data[length] = 0;
    return &b->var.base;
}

// A result of the same kind (bytes or bytearray) as `self`.
Object *bytes_like(Object *self, const void *data, ssize_t length);

Object *bytes_as_exact(Object *b);
int byte_value(Object *o, uint8_t *value);
int bytes_collect(Object *o, const char *owner, BytesBuilder *b);
// Appends the items of an exact list or tuple if all are ints from 0 to 255 and one thread runs: 1. Else 0 and nothing
// is done; -1 with MemoryError. Runs no Python code.
int bytes_collect_small(Object *o, BytesBuilder *b);
Object *bytes_repr_within(const char *data, ssize_t length, bool smart_quotes, const char *before,
                          const char *after);
// What str() gives for a bytes or a bytearray: its repr(), with a warning under -b.
Object *bytes_as_text(Object *self);
Object *bytes_compare_objects(Object *a, Object *b, CompareOp op);
int bytes_contains(Object *self, Object *item);
// The digits as text, or as bytes.
Object *bytes_hex(const char *data, ssize_t length, Object *separator, Object *per_group, bool as_bytes);
Object *bytes_to_hex(Object *text); // bytes.fromhex's parsing; returns bytes

// Copies a buffer's items in logical order ('C' or 'F') into `out`; -1 with an exception.
int buffer_copy_out(const Buffer *view, char *out, char order);
bool buffer_is_contiguous(const Buffer *view, char order);
// The most dimensions that they take.
enum { BUFFER_DIMENSIONS = 128 };

// The methods of bytes, and those that bytearray shares, as entries of both tables.
extern BuiltinDef bytes_methods[];
extern BuiltinDef bytearray_methods[];

// ---- bytearray.c, for the table of methods in bytes_methods.c
Object *bytearray_alloc(Object *self);
Object *bytearray_append(Object *self, Object *item);
Object *bytearray_clear(Object *self);
Object *bytearray_copy(Object *self);
Object *bytearray_extend(Object *self, Object *iterable);
Object *bytearray_insert(Object *self, Object *index, Object *item);
Object *bytearray_pop(Object *self, Object *index);
Object *bytearray_reduce(Object *self);
Object *bytearray_reduce_ex(Object *self, Object *protocol);
Object *bytearray_remove(Object *self, Object *value);
Object *bytearray_reverse(Object *self);
Object *bytearray_sizeof(Object *self);

Object *memoryview_raw(Object *o); // PickleBuffer.raw(): its bytes as one flat memoryview
