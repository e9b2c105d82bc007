// Editing at a terminal: what the interactive prompt and input() read lines with.
//
// Keys are those of emacs (and readline): arrows, ^A ^E ^B ^F, Alt-B and Alt-F by words, ^D ^H ^K ^U ^W ^Y, ^T,
// ^L, ^P and ^N through the history, ^R to search it, Tab to complete. Text is UTF-8; bytes that are not stay what
// they are. A pasted text is taken as it is. At the prompt a statement of several lines is edited as one.
//
// The terminal is switched to raw mode for each read and back after it, so that programs find it as it was. Colours
// appear on terminals only, and neither with NO_COLOR nor with TERM=dumb.
#pragma once

#include "objects/object.h"

// Whether standard input and output are a terminal that can do this.
bool line_editor_usable(void);

// Reads a line (`statement`: as many as the statement needs) behind `prompt`; the further lines of a statement get
// `more`. A str with its newline, "" at the end of the input, NULL with an exception (KeyboardInterrupt). Completes
// in `namespace` (a dict) unless that is NULL. Runs Python code: signal handlers, completers.
Object *line_editor_read(const char *prompt, const char *more, bool statement, Object *namespace);

// The history of ~/.python_history: what was there, and what this session adds to it.
void line_editor_load_history(void);
void line_editor_save_history(void);
