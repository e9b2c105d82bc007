// Declares `Type <name>_type` for every line of types.def, and the exceptions of exceptions.def.
#pragma once

#define TYPE(name) extern Type name##_type;
#include "objects/types.def"
#undef TYPE

#define EXCEPTION(name, base, layout, doc) extern Type exc_##name;
#include "objects/exceptions.def"
#undef EXCEPTION
