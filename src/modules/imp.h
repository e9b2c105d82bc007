// What start-up needs of `_imp`.
#pragma once

#include "objects/object.h"

enum { PYC_MAGIC = 3495 | '\r' << 16 | '\n' << 24 };

// Makes and runs a module of the library that importlib cannot import yet. NULL with an exception.
Object *frozen_import(const char *name);
// Gives a code object and all within it another file name.
int code_rename(Object *code, Object *filename);
// The import lock around a fork.
void imp_before_fork(void);
void imp_after_fork(bool child);
