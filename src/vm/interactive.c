// Reading from a terminal.
#include "vm/interactive.h"

#include "objects/errors.h"

Object *interactive_read_line(Object *stdin_file, Object *stdout_file, Object *prompt) {
    return raise_not_implemented("line editing at a terminal");
}
