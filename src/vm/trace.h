// sys.settrace and sys.setprofile.
#pragma once

#include "vm/frame.h"

// Installs a tracer (NULL: none) for the running thread; -1 with an exception.
int trace_set(Object *function);
int profile_set(Object *function);
// A profiler in C: called with its events instead of a Python function (calls and returns of Python
// functions, with NULL; calls of built-ins, with the callable). It returns -1 with an exception.
typedef enum ProfileEvent { PROFILE_CALL, PROFILE_RETURN, PROFILE_C_CALL, PROFILE_C_RETURN } ProfileEvent;
typedef int (*ProfileFn)(Object *profiler, Frame *frame, ProfileEvent event, Object *argument);
int profile_set_native(ProfileFn function, Object *profiler);
// While somebody asks where memory is allocated, all frames run their tracing cells: those say at which instruction
// a frame stands, where plain ones do so only before they call something.
int trace_positions(bool on);
void trace_thread_begin(void); // a new thread, before its first frame
// Set while the runtime allocates for its own sake, which is no allocation of the program's.
extern _Thread_local bool trace_own_allocation;
Object *call_tracing(Object *function, Object *args); // sys.call_tracing

// An exception passes through `frame`; events other than that are reported by the tracing cells.
void trace_exception(Thread *ts, Frame *frame);
// The exception in flight is thrown into a suspended generator: a `call` event. -1 when the tracer raised.
int trace_throw(Thread *ts, Frame *frame);
// The frame is left by an exception: a `return` event with None.
void trace_unwind(Thread *ts, Frame *frame);
// c_call (0), c_return (1), c_exception (2) for the profiler; -1 when it raised.
int trace_c_event(Thread *ts, Frame *frame, int phase, Object *callable);
