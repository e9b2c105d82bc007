// Assigning f_lineno: a debugger moves the next instruction to be run.
#include "vm/interpreter.h"

int frame_set_line(FrameObject *object, Object *value) {
    if (!value) {
        raise_error(&exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (!int_check(value)) {
        raise_error(&exc_ValueError, "lineno must be an integer");
        return -1;
    }
    if (object->owns || !thread_current->tracing) {
        raise_error(&exc_ValueError, "f_lineno can only be set in a trace function");
        return -1;
    }
    raise_not_implemented("assigning f_lineno");
    return -1;
}
