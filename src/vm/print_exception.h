// Printing exceptions and tracebacks.
#pragma once

#include "objects/object.h"

// Writes the exception with its causes, contexts and tracebacks to `file`. -1 with an exception.
int exception_print(Object *file, Object *exception);
// Writes the traceback, and one line of type and value: no causes, groups, notes or places in sources, as
// sys.unraisablehook does. Each of the three may be None.
int exception_print_alone(Object *file, Object *type, Object *value, Object *traceback);
