// The guard against deep nesting in the compiler's passes: three levels of syntax count as one call, as in
// CPython, and the C stack has to suffice.
#pragma once

#include "heap/thread.h"

// 0, or -1 with RecursionError. Each success is followed by compile_leave.
int compile_enter(void);
void compile_leave(void);
