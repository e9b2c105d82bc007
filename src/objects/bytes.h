// bytes and bytearray: CPython's layouts.
#pragma once

#include "base/hash.h"
#include "objects/object.h"

typedef struct Bytes {
    VarObject var;
    hash_t hash;
    char data[1];  // NUL-terminated
} Bytes;

typedef struct ByteArray {
    VarObject var;
    ssize_t allocated;
    char *buffer;  // a CELL_BYTES cell
    char *start;   // where the contents begin inside it
    ssize_t exports;
    // beyond CPython's fields
    uintptr_t lock;
} ByteArray;

static inline bool bytes_check(const Object *o) {
    return (o->type->flags & TF_BYTES) != 0;
}
static inline bool bytearray_check(const Object *o) {
    return object_is_instance(o, &bytearray_type);
}
static inline char *bytes_data(const Object *o) {
    return ((Bytes *)(uintptr_t)o)->data;
}
static inline ssize_t bytes_length(const Object *o) {
    return ((const Bytes *)o)->var.size;
}

Object *bytes_new(ssize_t length);  // uninitialised but for the final NUL
Object *bytes_from(const void *data, ssize_t length);
Object *bytes_from_cstring(const char *text);
Object *bytes_from_object(Object *o);  // bytes(o) for a buffer or an iterable of ints
// A prefix of a fresh, unpublished bytes object.
Object *bytes_shorten(Object *bytes, ssize_t length);
// A fresh, unpublished bytes object with another length: what it held, as far as there is room, and anything behind. The
// old one must not be used any more. NULL with MemoryError.
Object *bytes_resize(Object *bytes, ssize_t length);
Object *bytes_concat(Object *a, Object *b);
Object *bytes_join(Object *separator, Object *iterable);
Object *bytes_repr(const char *data, ssize_t length, bool smart_quotes);
Object *memoryview_new(Object *o); // a view of any exporter of a buffer
// A view that names no exporter; `keeper` is what keeps all alive that `info` points to.
Object *memoryview_from_buffer(const Buffer *info, Object *keeper);
// The same of plain bytes in memory.
Object *memoryview_from_memory(const void *data, ssize_t length, bool readonly, Object *keeper);
// What a memoryview shows the memory of, NULL when that has no name; any other object itself.
Object *memoryview_exporter(Object *o);
// A view of `o` that is contiguous in the order 'C', 'F' or 'A': of itself when it is, else of a copy. A
// `writable` one shows `o` itself or raises BufferError.
Object *memoryview_contiguous(Object *o, bool writable, char order);
Object *bytearray_from(const void *data, ssize_t length);
int bytearray_resize(Object *o, ssize_t length);
// The same for who holds its lock. -1: buffers are exported (no exception), -2: no memory (MemoryError).
int bytearray_resize_locked(ByteArray *a, ssize_t length);
Object *bytearray_raise_exported(void); // BufferError: its size cannot change while buffers are exported

// -b: 1 warns when bytes and text are mixed up (BytesWarning). Set before the first program runs.
extern int bytes_warning_level;
