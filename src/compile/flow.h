// The flow graph of one code object: basic blocks of instructions, between the code generator, which
// fills them, and the assembler, which optimizes, orders and encodes them.
//
// The generator writes a "unit": blocks in the order in which the code will stand, each instruction with
// its place in the source. Jumps name their target block. What is not an instruction of the machine yet
// has a pseudo-opcode above 255: jumps without a direction, and the marks that say where an exception
// handler begins and ceases to hold. unit_assemble turns a unit into a code object, byte for byte what
// CPython 3.11 makes of the same source:
//   1. the flow graph is optimized: constants folded into tuples and jumps, jumps to jumps threaded, small exit
//      blocks copied to where they are jumped to, unreachable blocks and NOPs dropped,
//   2. line numbers are given to the blocks that have none,
//   3. the stack's depth is measured, handlers are found for each instruction,
//   4. jumps get their direction, instructions their offsets and EXTENDED_ARGs,
//   5. bytecode, location table (objects/code_table.c describes it) and exception table are written.
// All of it lives in the compilation's arena.
#pragma once

#include "compile/opcodes.h"
#include "objects/object.h"
#include "syntax/syntax.h"

typedef enum PseudoOpcode {
    SETUP_FINALLY =
        256, // from here on `target` handles exceptions; the stack there: as here, plus the exception
    SETUP_CLEANUP, // the same, but the offset of the failing instruction is pushed too
    SETUP_WITH, // as SETUP_CLEANUP, with the context manager's result above the handler's depth
    POP_BLOCK, // the innermost handler ceases to hold
    JUMP, // becomes JUMP_FORWARD or JUMP_BACKWARD
    JUMP_NO_INTERRUPT, // becomes JUMP_FORWARD or JUMP_BACKWARD_NO_INTERRUPT
    POP_JUMP_IF_FALSE,
    POP_JUMP_IF_TRUE,
    POP_JUMP_IF_NONE,
    POP_JUMP_IF_NOT_NONE, // likewise
} PseudoOpcode;

typedef struct Location {
    int line, end_line, column, end_column; // columns in UTF-8 bytes from 0; line -1: no location
} Location;
#define NO_LOCATION ((Location){ -1, -1, -1, -1 })

typedef struct Block Block;
typedef struct Instruction {
    int opcode; // Opcode or PseudoOpcode
    int argument;
    Block *target; // of a jump or SETUP_…; else NULL
    Block *handler; // set by the assembler: who handles an exception here
    Location where;
} Instruction;

struct Block {
    Block *next; // in the order of the code
    Block *made_before; // all blocks of the unit, newest first
    Instruction *instructions;
    int count, capacity;
    // The assembler's notes.
    struct Handlers *handlers; // in force at its beginning
    int predecessors, start_depth, offset;
    bool visited, no_fallthrough, exit;
    bool keeps_last_offset; // a handler that gets the failing instruction's offset, too
};

// What will be one code object. Names map to numbers in the order of their first use.
typedef struct Unit {
    Arena *arena;
    Block *entry, *all_blocks;
    Object *name, *qualname, *filename;
    int argcount, posonlyargcount, kwonlyargcount, flags, firstlineno;
    Object *merged; // dict from keys to constants: equal ones of the whole compilation are one object
    Object *constants; // list, in the order of the numbers
    Object *constant_index; // dict: constant_key → number
    Object *names; // dict: name → number, of globals and attributes
    Object *varnames; // dict: local → number, arguments first
    Object *cellvars; // dict: name → number
    Object *freevars; // dict: name → number, counted on from the cells
} Unit;

// A block that stands nowhere yet. NULL with MemoryError.
Block *block_new(Unit *unit);
// Appends an instruction. -1 with MemoryError.
int block_add(Unit *unit, Block *block, int opcode, int argument, Block *target, Location where);
bool opcode_is_jump(int opcode); // has a target that control may go to
// Whether control can leave the block's end into the next block is decided by its last instruction: nothing
// follows RETURN_VALUE, RAISE_VARARGS, RERAISE and unconditional jumps.
bool block_ends(const Block *block);

// A dict key under which equal constants of equal types (1, 1.0, True, -0.0, nested tuples and frozensets
// told apart) meet. NULL with an exception.
Object *constant_key(Object *value);
// The number of a constant in the unit, added at need. -1 with an exception.
// The constant of that key in `merged`, or the given one, which is then there. NULL with an exception.
Object *constant_merge(Object *merged, Object *value);
int unit_add_constant(Unit *unit, Object *value);

// Makes the code object; the blocks are used up. NULL with an exception.
Object *unit_assemble(Unit *unit);
