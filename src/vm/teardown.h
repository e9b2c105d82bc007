// Letting the modules go at exit.
#pragma once

// Before the program starts: remembers what builtins holds.
void teardown_prepare(void);

// Runs the finalizers of what modules hold. The calling thread's C stack may hold no object that is
// needed afterwards; no other thread runs.
void teardown(void);
