// Checks a tree that a program made: what the parser cannot produce must not reach the compiler.
#pragma once

#include "syntax/ast.h"

// -1 with ValueError or TypeError, in CPython's words.
int ast_validate(Mod *mod);
