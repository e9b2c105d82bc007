#include "compile/depth.h"

#include "objects/errors.h"

static _Thread_local int depth;

int compile_enter(void) {
    char here;
    Thread *self = thread_current;
    if (depth < 3 * (int64_t)self->recursion_left && &here >= self->c_stack_limit) {
        depth++;
        return 0;
    }
    raise_error(&exc_RecursionError, "maximum recursion depth exceeded during compilation");
    return -1;
}

void compile_leave(void) {
    depth--;
}
