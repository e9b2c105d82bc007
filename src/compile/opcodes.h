// Opcode numbers and the tables that opcodes.def gives.
#pragma once

#include "base/base.h"

typedef enum Opcode {
#define OP(name, number, caches) name = number,
#include "compile/opcodes.def"
#undef OP
} Opcode;

enum { HAVE_ARGUMENT = 90 };

extern const char *const opcode_names[256];   // NULL: no such instruction
extern const uint8_t opcode_caches[256];      // inline cache words after the instruction
