// What the modules of hash functions share.
#pragma once

#include "heap/thread.h"
#include "objects/object.h"

// A one-dimensional view of what is to be hashed; -1 with TypeError or BufferError.
int hash_get_buffer(Object *data, Buffer *view);
// Calls `update` with all of the data, a megabyte at a time, with the lock held. -1 with an exception.
int hash_update(Object *data, uintptr_t *lock,
                void (*update)(void *context, const void *bytes, size_t length), void *context);
// Bytes as hexadecimal digits. NULL for NULL, or with MemoryError.
Object *hash_to_hex(Object *digest);
