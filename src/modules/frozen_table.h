// The generated table of frozen modules (tools/gen_frozen.py), in python3.11's order.
#pragma once

#include "base/base.h"

typedef struct Frozen {
    const char *name;
    const char *origin;    // the module that the code was written for; with '<' in front: a package's code
                           // under the name of its __init__; NULL: none that the library knows
    const char *path;      // the source below the library, without .py; NULL: the code has no source
    bool package;
    const uint8_t *code;   // marshalled
    size_t code_size;
    int64_t source_time;   // the source that the code was compiled from
    int64_t source_size;
} Frozen;

extern const Frozen frozen_table[];
extern const size_t frozen_table_size;
