// Modules for the tests of CPython's suite that need one in C: functions and types that Python code cannot make.
//
// They stand in for CPython's _testcapi and its like, which are extension modules, and are linked into the
// executable unless the build was configured with -Dtest_modules=false. What of such a module can be written in
// Python is in tests/cpython/lib.
#pragma once

#include "objects/builtin.h"

// Runs tests/cpython/lib/<name>.py in the dict of `module`. -1 with an exception.
int python_part(Object *module, const char *name);

// Adds the functions of a table, beyond those of the module's own. -1 with an exception.
int native_add_functions(Object *module, BuiltinDef *table);

int testcapi_add_hamt(Object *module);
extern BuiltinDef testcapi_time_functions[];
