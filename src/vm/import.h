// The runtime's side of importing.
#pragma once

#include "objects/object.h"

extern Object *importlib_module;  // importlib._bootstrap once it runs, a root
