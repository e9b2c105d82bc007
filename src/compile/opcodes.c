// The tables of opcodes.h.
#include "compile/opcodes.h"

const char *const opcode_names[256] = {
#define OP(name, number, caches) [number] = #name,
#include "compile/opcodes.def"
#undef OP
};

const uint8_t opcode_caches[256] = {
#define OP(name, number, caches) [number] = caches,
#include "compile/opcodes.def"
#undef OP
};
