// What runs at exit.
#pragma once

// Calls the registered functions, last in first out, and forgets them; reports their exceptions.
void atexit_run(void);
