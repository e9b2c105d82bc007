#include "compile/depth.h"

#include "objects/errors.h"

static _Thread_local int depth;

int depth_enter(const char *doing) {
    char here;
    if (safepoint() < 0) {
        return -1;
    }
    Thread *self = thread_current;
    if (depth < 3 * (int64_t)self->recursion_left && &here >= self->c_stack_limit) {
        depth++;
        return 0;
    }
    raise_error(&exc_RecursionError, "maximum recursion depth exceeded during %s", doing);
    return -1;
}

void compile_leave(void) {
    depth--;
}
