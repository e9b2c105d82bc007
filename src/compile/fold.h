// The AST optimizer: constant expressions are computed before code is generated, as CPython 3.11 does
// (which operators on which constants, with which limits of size), docstrings go with -OO, __debug__ gets
// its value, `not a in b` is turned round, and constant sequences in tests and loops become tuples and frozensets.
#pragma once

#include "syntax/syntax.h"

// Changes the tree in place. `future_flags`: CO_FUTURE_ANNOTATIONS keeps annotations as they are. -1 with
// MemoryError or RecursionError.
int ast_fold(struct Mod *mod, int optimize, int future_flags, Arena *arena);
