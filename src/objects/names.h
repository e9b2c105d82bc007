// Interned names that C code uses: `names.append` is the str "append". names.def lists them, sorted,
// one a line (NAME_AS gives a C-safe field name to a C keyword or macro); names_init makes them.
#pragma once

#include "objects/object.h"

typedef struct Names {
#define NAME(name) Object *name;
#define NAME_AS(field, text) Object *field;
#include "objects/names.def"
#undef NAME
#undef NAME_AS
} Names;
extern Names names;
int names_init(void);
