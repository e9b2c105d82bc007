// Reading from a terminal: input() there, and the interactive interpreter.
#pragma once

#include "objects/object.h"

// Reads a line as input() does at a terminal: a str with its newline, "" at the end. The terminal's own
// line discipline does the editing.
Object *interactive_read_line(Object *stdin_file, Object *stdout_file, Object *prompt);

// How it ended: with its input, with an exception in flight (SystemExit), or because there is no memory to go on.
typedef enum InteractiveEnd { INTERACTIVE_END, INTERACTIVE_EXIT, INTERACTIVE_NO_MEMORY } InteractiveEnd;
// Reads, runs and prints statements from standard input in `dict` until it ends.
InteractiveEnd interactive_run(Object *dict);
// Writes the lines that greet at an interactive start.
void interactive_banner(void);
