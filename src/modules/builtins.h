// What other modules use of `builtins`.
#pragma once

#include "objects/object.h"

// A file name argument as a str, as compile() takes it: a str, bytes, an os.PathLike, or, with a
// DeprecationWarning, another bytes-like object. Runs Python code.
Object *filename_argument(Object *argument);
