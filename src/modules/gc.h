// What other modules ask the `gc` module.
#pragma once

#include "base/base.h"

// Whether gc.collect() is at work, its finalizers included.
bool gc_is_collecting(void);
