// The guard against deep nesting in the compiler's passes: three levels of syntax count as one call, as in
// CPython, and the C stack has to suffice.
#pragma once

#include "heap/thread.h"

// 0, or -1 with RecursionError "maximum recursion depth exceeded during compilation" (or what `doing` says), or with
// the exception of a signal's handler: this is where the passes over the tree look for signals.
// Each success is followed by compile_leave.
int depth_enter(const char *doing);
static inline int compile_enter(void) {
    return depth_enter("compilation");
}
void compile_leave(void);
