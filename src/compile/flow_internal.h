// What the passes over the flow graph (flow.c) and the assembler (assemble.c) share.
#pragma once

#include "compile/flow.h"

int block_insert(Unit *unit, Block *block, int position, int opcode, int argument, Block *target,
                 Location where);
// Removes the NOPs that no line needs.
void block_drop_nops(Block *block);
bool opcode_ends_scope(int opcode);    // control leaves the function
bool opcode_sets_handler(int opcode);  // SETUP_…

// The passes, in their order.
int unit_normalize(Unit *unit);
int unit_optimize(Unit *unit);
int unit_copy_exits(Unit *unit);
void unit_spread_lines(Unit *unit);
void unit_drop_jumps(Unit *unit);

// opcode_stack_effect, for pseudo-opcodes too.
int stack_effect(int opcode, int argument, bool jump);
