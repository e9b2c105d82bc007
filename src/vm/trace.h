// sys.settrace and sys.setprofile.
#pragma once

#include "vm/frame.h"

// Installs a tracer (NULL: none) for the running thread; -1 with an exception.
int trace_set(Object *function);
int profile_set(Object *function);
Object *call_tracing(Object *function, Object *args);  // sys.call_tracing

// An exception passes through `frame`; events other than that are reported by the tracing cells.
void trace_exception(Thread *ts, Frame *frame);
