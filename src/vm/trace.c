// sys.settrace and sys.setprofile.
#include "vm/trace.h"

#include "vm/interpreter.h"

int trace_set(Object *function) {
    if (function) {
        raise_not_implemented("sys.settrace");
        return -1;
    }
    thread_current->trace_object = NULL;
    return 0;
}
int profile_set(Object *function) {
    if (function) {
        raise_not_implemented("sys.setprofile");
        return -1;
    }
    thread_current->profile_object = NULL;
    return 0;
}
Object *call_tracing(Object *function, Object *args) {
    return call_tuple_dict(function, args, NULL);
}
void trace_exception(Thread *ts, Frame *frame) {
}
int twin_make_traced(Twin *twin) {
    raise_not_implemented("tracing");
    return -1;
}
