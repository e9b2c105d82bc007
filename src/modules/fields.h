// Binding the arguments of constructors that convert as they go, in the words of CPython's
// PyArg_ParseTupleAndKeywords: an error in an early argument comes before a missing later one.
#pragma once

#include "objects/object.h"

typedef struct FieldFormat {
    const char *name;          // NULL: errors say "function"
    const char *const *names;
    const char *kinds;         // one letter a parameter: i an int, O any object
    int required, positional;
} FieldFormat;
// Binds and converts; `ints` and `objects` keep what they hold where nothing was given. -1 with an exception.
int fields_bind(const FieldFormat *format, Object *const *args, size_t nargs, Object *kwnames, int *ints,
                Object **objects);
int int_field(Object *o, int *value); // the letter i
