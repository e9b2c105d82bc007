// What other modules ask the `gc` module.
#pragma once

#include "objects/object.h"

// Whether gc.collect() is at work, its finalizers included.
bool gc_is_collecting(void);

// The number of references to `object` (sys.getrefcount): a full collection and a walk through the heap, which runs finalizers.
// -1 with an exception.
ssize_t gc_count_references(Object *object);
