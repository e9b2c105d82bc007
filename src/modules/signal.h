// Signals: caught by C handlers at any time, handled by Python functions in the main thread at a
// safepoint.
#pragma once

#include "objects/object.h"

// Ignores SIGPIPE and SIGXFSZ and lets SIGINT raise KeyboardInterrupt. -1 with an exception.
int signals_init(void);
// Runs the handlers of signals that came in, if `thread` is the main thread. -1 with an exception.
int signals_run_pending(Thread *thread);
// Gives every signal that has a Python function its default action, and lets go of the functions.
void signal_forget_handlers(void);
// Behaves as if the signal had come in (interrupt_main). -1: no such signal.
int signals_trip(int number);
