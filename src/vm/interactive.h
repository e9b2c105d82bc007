// Reading from a terminal: input() there, and the interactive interpreter.
#pragma once

#include "objects/object.h"

// Reads a line as input() does at a terminal: a str with its newline, "" at the end. The terminal's own
// line discipline does the editing.
Object *interactive_read_line(Object *stdin_file, Object *stdout_file, Object *prompt);

// Reads, runs and prints statements from standard input in `dict` until it ends. 0, or -1 with SystemExit
// in flight.
int interactive_run(Object *dict);
// Writes the lines that greet at an interactive start.
void interactive_banner(void);
