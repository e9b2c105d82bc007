// The lines that were entered before, oldest first, as the file ~/.python_history keeps them.
#pragma once

#include <stddef.h>

int history_count(void);
const char *history_entry(int i);  // UTF-8; may have several lines
void history_add(const char *text, size_t size);  // unless it repeats the last one
void history_load(void);
void history_save(void);  // appends what was added since history_load
