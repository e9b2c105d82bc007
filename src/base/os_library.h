// Shared libraries that few programs need. Linking with one costs every start of the program half a
// millisecond or more (libcrypto), so they are loaded by the module that uses them.
#pragma once

#include "base/base.h"

// Loads the library (once; later calls only fill the table) and stores the address of each of `names` in
// `functions`. Returns NULL, or the dynamic linker's message. The library stays loaded.
const char *os_library_load(const char *file, const char *const *names, void **functions, size_t count);
