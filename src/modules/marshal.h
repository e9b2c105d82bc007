// Reading and writing .pyc data.
#pragma once

#include "objects/object.h"

// The value that `data` holds; NULL with EOFError, ValueError or TypeError for bad data.
Object *marshal_loads(const void *data, size_t length);
// bytes; ValueError for what cannot be marshalled.
Object *marshal_dumps(Object *value, int version);
