// Reading the command line.
#pragma once

#include "vm/runtime.h"

// Fills `config`. Returns -1 to go on, or the exit status when all is said (--version, a bad option).
int config_read(int argc, char **argv);
