// The end of a process in which something is broken.
#pragma once

// Writes "Fatal Python error: function: message" (function may be NULL) and every thread's frames to standard error, and
// aborts. Safe in a thread that Python does not know.
_Noreturn void fatal_error(const char *function, const char *message);
