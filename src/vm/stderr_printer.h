// What sys.stderr is until `io` can be imported: it writes text to descriptor 2 and nothing more.
#pragma once

#include "objects/object.h"

// NULL with MemoryError.
Object *stderr_printer_new(void);
