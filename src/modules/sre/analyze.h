// Between the files that find out what is known about a pattern before it runs.
#pragma once

#include "modules/sre/sre.h"

typedef uint32_t Bitmap[8];

// The characters that something can begin with.
typedef struct Beginning {
    Bitmap bits;
    bool wide;  // characters above 255 may be among them
    int steps;  // that the search for them may still take
} Beginning;

// Adds what the one-character operation at `at` matches; returns its length, or 0 when it is none.
uint32_t beginning_add_single(const Program *program, uint32_t at, Beginning *b);
