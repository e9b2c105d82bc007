// What the runtime needs of _thread.
#pragma once

#include "objects/object.h"

// Before the process ends: stops every other thread for good. Daemon threads that come back from a
// blocking call wait for ever.
void threads_stop_for_good(void);
// The thread's own attributes of `_thread._local` objects; called when a thread ends.
void thread_locals_forget(Thread *thread);
