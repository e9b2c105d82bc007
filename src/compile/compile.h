// The compiler: AST to code object, the same bytes as CPython 3.11's.
#pragma once

#include "objects/code.h"
#include "objects/object.h"
#include "syntax/syntax.h"

// Compiles a parsed module. `optimize`: 0, 1 (-O) or 2 (-OO). `flags`: CO_FUTURE_… and PARSE_…
// bits. Returns a code object, or NULL with an exception.
Object *compile_ast(struct Mod *mod, Object *filename, int flags, int optimize, Arena *arena);

// Source to code object in one step.
Object *compile_source(const char *source, size_t length, Object *filename, ParseMode mode, int flags,
                       int optimize, int feature_version);

// Stack effect of an instruction as `dis.stack_effect` gives it (jump: 1, 0, or -1 for either, the
// larger); INT_MIN for an unknown opcode.
int opcode_stack_effect(int opcode, int argument, int jump);
