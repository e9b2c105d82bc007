// Reading from a terminal.
#pragma once

#include "objects/object.h"

// Reads a line with editing, as input() does at a terminal: a str with its newline, "" at the end.
Object *interactive_read_line(Object *stdin_file, Object *stdout_file, Object *prompt);
