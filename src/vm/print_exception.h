// Printing exceptions and tracebacks.
#pragma once

#include "objects/object.h"

// Writes the exception with its causes, contexts and tracebacks to `file`. -1 with an exception.
int exception_print(Object *file, Object *exception);
