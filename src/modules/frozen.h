// Frozen modules: the part of the library that python3.11 has in its executable. They are found before
// sys.path is searched, and their code carries the name <frozen ...>.
//
// Their code is in our executable too, made from the library that was installed at build time. It is used
// while the source has the time and size that it had then; for any other library the .pyc beside the
// source serves when it is valid, else the source is compiled.
#pragma once

#include "objects/object.h"

typedef struct Frozen Frozen;

// The module's entry; NULL without an exception when there is none, or -X frozen_modules=off hides it.
const Frozen *frozen_find(Object *name);
// A new code object, or NULL with ImportError.
Object *frozen_code(const Frozen *frozen);
// What tests may ask for: 1 shows the frozen modules, -1 hides all that importlib can do without, 0
// goes back to what the command line says.
extern int frozen_override;
