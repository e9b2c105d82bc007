// The assembler: from an optimized flow graph to a code object.
#include <limits.h>

#include "compile/flow_internal.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/polling.h"
#include "objects/str.h"
#include "objects/tuple.h"

// ---- local variables, cells, free variables

static int number_of(Object *value) {
    int overflow;
    return (int)int_as_i64(value, &overflow);
}

// Where cells and free variables stand among the locals: a parameter that is a cell keeps its place. NULL
// with MemoryError; *merged says how many did.
static int *place_cells(Unit *unit, int *merged) {
    int locals = (int)dict_size(unit->varnames), cells = (int)dict_size(unit->cellvars);
    int count = cells + (int)dict_size(unit->freevars);
    int *places = arena_alloc(unit->arena, (size_t)(count + 1) * sizeof *places);
    if (!places) {
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        places[i] = locals + i;
    }
    Object *name, *number;
    ssize_t position = 0;
    hash_t hash;
    while (dict_next(unit->cellvars, &position, &name, &number, &hash)) {
        Object *local = dict_get_str(unit->varnames, name);
        if (local) {
            places[number_of(number)] = number_of(local);
        }
    }
    *merged = 0;
    for (int i = 0; i < count; i++) {
        if (places[i] == locals + i) {
            places[i] -= *merged;
        } else {
            ++*merged;
        }
    }
    return places;
}

static void fix_cell_arguments(Unit *unit, const int *places) {
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            switch (instruction->opcode) {
            case MAKE_CELL:
            case LOAD_CLOSURE:
            case LOAD_DEREF:
            case STORE_DEREF:
            case DELETE_DEREF:
            case LOAD_CLASSDEREF: instruction->argument = places[instruction->argument]; break;
            case LOAD_GLOBAL:
                instruction->argument <<= 1;  // bit 0 says whether a NULL is pushed, too
                break;
            default: break;
            }
        }
    }
}

// What a function does before its first statement: free variables, cells (in the order of their places), the
// generator object.
static int insert_prefix(Unit *unit, const int *places) {
    Location first = { unit->firstlineno, unit->firstlineno, -1, -1 };
    if ((unit->flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) &&
        (block_insert(unit, unit->entry, 0, RETURN_GENERATOR, 0, NULL, first) < 0 ||
         block_insert(unit, unit->entry, 1, POP_TOP, 0, NULL, first) < 0)) {
        return -1;
    }
    int cells = (int)dict_size(unit->cellvars), inserted = 0;
    int limit = cells + (int)dict_size(unit->varnames);
    int *cell_at = arena_alloc(unit->arena, (size_t)(limit + 1) * sizeof *cell_at);
    if (!cell_at) {
        return -1;
    }
    for (int i = 0; i < cells; i++) {
        cell_at[places[i]] = i + 1;
    }
    for (int place = 0; place < limit; place++) {
        if (cell_at[place] && block_insert(unit, unit->entry, inserted++, MAKE_CELL, cell_at[place] - 1, NULL,
                                           NO_LOCATION) < 0) {
            return -1;
        }
    }
    int frees = (int)dict_size(unit->freevars);
    return frees ? block_insert(unit, unit->entry, 0, COPY_FREE_VARS, frees, NULL, NO_LOCATION) : 0;
}

// ---- the stack's depth

typedef struct BlockStack {
    Block **blocks;
    size_t count;
} BlockStack;

static int block_stack_init(Unit *unit, BlockStack *stack) {
    size_t count = 0;
    for (Block *block = unit->entry; block; block = block->next) {
        count++;
    }
    stack->blocks = arena_alloc(unit->arena, (count + 1) * sizeof *stack->blocks);
    stack->count = 0;
    return stack->blocks ? 0 : -1;
}

static void reach_at(BlockStack *stack, Block *block, int depth) {
    if (block->start_depth < depth && block->start_depth < 100) {
        block->start_depth = depth;
        stack->blocks[stack->count++] = block;
    }
}

// The most values that are on the stack at once; -1 with an exception.
static int measure_stack(Unit *unit) {
    BlockStack stack;
    if (block_stack_init(unit, &stack) < 0) {
        return -1;
    }
    bool generator = unit->flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR);
    int most = 0;
    reach_at(&stack, unit->entry, generator ? 1 : 0);
    while (stack.count) {
        Block *block = stack.blocks[--stack.count], *next = block->next;
        int depth = block->start_depth;
        if (safepoint() < 0) {
            return -1;
        }
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            int effect = stack_effect(instruction->opcode, instruction->argument, false);
            if (effect == INT_MIN) {
                raise_error(&exc_SystemError, "compiler stack_effect(opcode=%d, arg=%i) failed",
                            instruction->opcode, instruction->argument);
                return -1;
            }
            int after = depth + effect;
            most = after > most ? after : most;
            if (instruction->target) {
                int there = depth + stack_effect(instruction->opcode, instruction->argument, true);
                most = there > most ? there : most;
                reach_at(&stack, instruction->target, there);
            }
            depth = after;
            if (opcode_ends_scope(instruction->opcode) || instruction->opcode == JUMP ||
                instruction->opcode == JUMP_NO_INTERRUPT) {
                next = NULL;
                break;
            }
        }
        if (next) {
            reach_at(&stack, next, depth);
        }
    }
    return most;
}

// ---- who handles exceptions

enum { MOST_HANDLERS = 21 };

typedef struct Handlers {
    Block *blocks[MOST_HANDLERS + 1];
    int count;
} Handlers;

static int visit_with(Unit *unit, BlockStack *stack, Block *block, const Handlers *handlers) {
    if (block->visited) {
        return 0;
    }
    Handlers *copy = arena_alloc(unit->arena, sizeof *copy);
    if (!copy) {
        return -1;
    }
    *copy = *handlers;
    block->handlers = copy;
    block->visited = true;
    stack->blocks[stack->count++] = block;
    return 0;
}

static int label_handlers(Unit *unit) {
    BlockStack stack;
    Handlers none = { .count = 0 };
    if (block_stack_init(unit, &stack) < 0 || visit_with(unit, &stack, unit->entry, &none) < 0) {
        return -1;
    }
    while (stack.count) {
        Block *block = stack.blocks[--stack.count];
        Handlers *handlers = block->handlers;
        if (safepoint() < 0) {
            return -1;
        }
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            if (instruction->target && visit_with(unit, &stack, instruction->target, handlers) < 0) {
                return -1;
            }
            if (opcode_sets_handler(instruction->opcode)) {
                if (handlers->count > MOST_HANDLERS) {
                    raise_error(&exc_SystemError, "too many nested exception handlers");
                    return -1;
                }
                instruction->target->keeps_last_offset |= instruction->opcode != SETUP_FINALLY;
                handlers->blocks[handlers->count++] = instruction->target;
            } else if (instruction->opcode == POP_BLOCK) {
                handlers->count--;
            } else if (handlers->count) {
                instruction->handler = handlers->blocks[handlers->count - 1];
            }
        }
        if (!block->no_fallthrough && block->next && visit_with(unit, &stack, block->next, handlers) < 0) {
            return -1;
        }
    }
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            if (opcode_sets_handler(instruction->opcode) || instruction->opcode == POP_BLOCK) {
                instruction->opcode = NOP;
                instruction->target = NULL;
            }
        }
    }
    for (Block *block = unit->entry; block; block = block->next) {
        block_drop_nops(block);
    }
    return safepoint();
}

// ---- jumps

// Gives jumps their direction.
static int direct_jumps(Unit *unit) {
    for (Block *block = unit->entry; block; block = block->next) {
        block->visited = false;
    }
    for (Block *block = unit->entry; block; block = block->next) {
        block->visited = true;
        if (!block->count) {
            continue;
        }
        Instruction *last = &block->instructions[block->count - 1];
        bool forward = last->target && !last->target->visited;
        switch (last->opcode) {
        case JUMP: last->opcode = forward ? JUMP_FORWARD : JUMP_BACKWARD; break;
        case JUMP_NO_INTERRUPT: last->opcode = forward ? JUMP_FORWARD : JUMP_BACKWARD_NO_INTERRUPT; break;
        case POP_JUMP_IF_FALSE:
            last->opcode = forward ? POP_JUMP_FORWARD_IF_FALSE : POP_JUMP_BACKWARD_IF_FALSE;
            break;
        case POP_JUMP_IF_TRUE:
            last->opcode = forward ? POP_JUMP_FORWARD_IF_TRUE : POP_JUMP_BACKWARD_IF_TRUE;
            break;
        case POP_JUMP_IF_NONE:
            last->opcode = forward ? POP_JUMP_FORWARD_IF_NONE : POP_JUMP_BACKWARD_IF_NONE;
            break;
        case POP_JUMP_IF_NOT_NONE:
            last->opcode = forward ? POP_JUMP_FORWARD_IF_NOT_NONE : POP_JUMP_BACKWARD_IF_NOT_NONE;
            break;
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP:
        case FOR_ITER:
        case SEND:
            if (!forward) {
                raise_error(&exc_SystemError, "unexpected %s jumping backwards", opcode_names[last->opcode]);
                return -1;
            }
            break;
        default: break;
        }
    }
    return 0;
}

// In code units: EXTENDED_ARGs, the instruction, its caches.
static int instruction_size(const Instruction *instruction) {
    unsigned argument = (unsigned)instruction->argument;
    int extended = (argument > 0xffffff) + (argument > 0xffff) + (argument > 0xff);
    return extended + 1 + opcode_caches[instruction->opcode];
}

// Offsets of blocks and distances of jumps, again and again until no jump outgrows its size. Returns the size.
static int place_blocks(Unit *unit) {
    for (;;) {
        int size = 0;
        bool changed = false;
        for (Block *block = unit->entry; block; block = block->next) {
            block->offset = size;
            for (int i = 0; i < block->count; i++) {
                size += instruction_size(&block->instructions[i]);
            }
        }
        for (Block *block = unit->entry; block; block = block->next) {
            int end = block->offset;
            for (int i = 0; i < block->count; i++) {
                Instruction *instruction = &block->instructions[i];
                int before = instruction_size(instruction);
                end += before;
                if (instruction->target) {
                    int distance = instruction->target->offset - end;
                    instruction->argument = distance < 0 ? -distance : distance;
                    changed |= instruction_size(instruction) != before;
                }
            }
        }
        if (!changed) {
            return size;
        }
    }
}

// ---- writing

typedef struct Output {
    Unit *unit;
    uint8_t *data;
    size_t count, capacity;
    bool failed;
} Output;

static void put(Output *b, unsigned byte) {
    if (b->count == b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 256;
        uint8_t *grown = arena_alloc(b->unit->arena, capacity);
        if (!grown) {
            b->failed = true;
            return;
        }
        if (b->count) {
            memcpy(grown, b->data, b->count);
        }
        b->data = grown;
        b->capacity = capacity;
    }
    b->data[b->count++] = (uint8_t)byte;
}

static Object *output_bytes(Output *b) {
    return b->failed ? NULL : bytes_from((const char *)b->data, (ssize_t)b->count);
}

static void put_instruction(Output *b, const Instruction *instruction) {
    unsigned argument = (unsigned)instruction->argument;
    for (int shift = 24; shift > 0; shift -= 8) {
        if (argument >> shift) {
            put(b, EXTENDED_ARG);
            put(b, argument >> shift & 255);
        }
    }
    put(b, (unsigned)instruction->opcode);
    put(b, argument & 255);
    for (int i = 0; i < 2 * opcode_caches[instruction->opcode]; i++) {
        put(b, 0);
    }
}

static void put_varint(Output *b, unsigned value) {
    while (value >= 64) {
        put(b, 64 | (value & 63));
        value >>= 6;
    }
    put(b, value);
}

static void put_signed(Output *b, int value) {
    put_varint(b, value < 0 ? (unsigned)-value << 1 | 1 : (unsigned)value << 1);
}

// One entry of the location table, for `size` code units (at most 8); *line is the line of the last entry.
static void put_location_entry(Output *b, Location where, int size, int *line) {
    unsigned low = (unsigned)size - 1;
    if (where.line < 0) {
        put(b, 0x80 | 15 << 3 | low);
        return;
    }
    int step = where.line - *line;
    *line = where.line;
    if (where.column < 0 || where.end_column < 0) {
        if (where.end_line == where.line || where.end_line == -1) {
            put(b, 0x80 | 13 << 3 | low);
            put_signed(b, step);
            return;
        }
    } else if (where.end_line == where.line) {
        if (step == 0 && where.column < 80 && where.end_column - where.column < 16 &&
            where.end_column >= where.column) {
            put(b, 0x80 | (unsigned)(where.column >> 3) << 3 | low);
            put(b, (unsigned)(where.column & 7) << 4 | (unsigned)(where.end_column - where.column));
            return;
        }
        if (step >= 0 && step < 3 && where.column < 128 && where.end_column < 128) {
            put(b, 0x80 | (unsigned)(10 + step) << 3 | low);
            put(b, (unsigned)where.column);
            put(b, (unsigned)where.end_column);
            return;
        }
    }
    put(b, 0x80 | 14 << 3 | low);
    put_signed(b, step);
    put_varint(b, (unsigned)(where.end_line - where.line));
    put_varint(b, (unsigned)(where.column + 1));
    put_varint(b, (unsigned)(where.end_column + 1));
}

static void put_location(Output *b, const Instruction *instruction, int *line) {
    int size = instruction_size(instruction);
    for (; size > 8; size -= 8) {
        put_location_entry(b, instruction->where, 8, line);
    }
    put_location_entry(b, instruction->where, size, line);
}

// Numbers of the exception table: 6 bits a byte, high ones first, bit 6 when more follow; bit 7 on the
// entry's first byte.
static void put_table_number(Output *b, unsigned value, unsigned mark) {
    for (int shift = 24; shift > 0; shift -= 6) {
        if (value >> shift) {
            put(b, (value >> shift & 63) | 64 | mark);
            mark = 0;
        }
    }
    put(b, (value & 63) | mark);
}

static void put_handler(Output *b, int start, int end, const Block *handler) {
    int depth = handler->start_depth - 1 - handler->keeps_last_offset;
    put_table_number(b, (unsigned)start, 0x80);
    put_table_number(b, (unsigned)(end - start), 0);
    put_table_number(b, (unsigned)handler->offset, 0);
    put_table_number(b, (unsigned)depth << 1 | handler->keeps_last_offset, 0);
}

static void put_exception_table(Output *b, Unit *unit) {
    int offset = 0, start = 0;
    const Block *handler = NULL;
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            if (instruction->handler != handler) {
                if (handler) {
                    put_handler(b, start, offset, handler);
                }
                start = offset;
                handler = instruction->handler;
            }
            offset += instruction_size(instruction);
        }
    }
    if (handler) {
        put_handler(b, start, offset, handler);
    }
}

// ---- the code object

// Constants up to the last one in use; the first always stays, for it may be the docstring.
static Object *used_constants(Unit *unit) {
    int last = 0;
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            if ((instruction->opcode == LOAD_CONST || instruction->opcode == KW_NAMES) &&
                instruction->argument > last) {
                last = instruction->argument;
            }
        }
    }
    Object *all = list_to_tuple(unit->constants);
    return all && tuple_size(all) > last + 1 ? tuple_slice(all, 0, last + 1) : all;
}

// The keys of a dict whose values number them from `first` on.
static Object *names_in_order(Object *dict, int first) {
    Object *tuple = tuple_new(dict_size(dict)), *name, *number;
    ssize_t position = 0;
    hash_t hash;
    while (tuple && dict_next(dict, &position, &name, &number, &hash)) {
        tuple_init(tuple, number_of(number) - first, name);
    }
    return tuple;
}

static int collect_locals(Unit *unit, const int *places, int merged, CodeParts *parts) {
    int locals = (int)dict_size(unit->varnames), cells = (int)dict_size(unit->cellvars);
    int count = locals + cells + (int)dict_size(unit->freevars) - merged;
    Object *tuple = tuple_new(count);
    uint8_t *kinds = arena_alloc(unit->arena, (size_t)count + 1);
    if (!tuple || !kinds) {
        return -1;
    }
    Object *dicts[] = { unit->varnames, unit->cellvars, unit->freevars };
    static const uint8_t kind_of[] = { CO_FAST_LOCAL, CO_FAST_CELL, CO_FAST_FREE };
    for (size_t k = 0; k < COUNT_OF(dicts); k++) {
        Object *name, *number;
        ssize_t position = 0;
        hash_t hash;
        while (dict_next(dicts[k], &position, &name, &number, &hash)) {
            int place = k == 0 ? number_of(number) : places[number_of(number)];
            tuple_init(tuple, place, name);
            kinds[place] |= kind_of[k];
        }
    }
    parts->localsplusnames = tuple;
    parts->localspluskinds = bytes_from((const char *)kinds, count);
    return parts->localspluskinds ? 0 : -1;
}

Object *unit_assemble(Unit *unit) {
    int merged;
    int *places = place_cells(unit, &merged);
    if (!places || unit_normalize(unit) < 0 || insert_prefix(unit, places) < 0) {
        return NULL;
    }
    fix_cell_arguments(unit, places);
    if (unit_optimize(unit) < 0 || unit_copy_exits(unit) < 0) {
        return NULL;
    }
    CodeParts parts = {
        .argcount = unit->argcount,
        .posonlyargcount = unit->posonlyargcount,
        .kwonlyargcount = unit->kwonlyargcount,
        .flags = unit->flags,
        .firstlineno = unit->firstlineno,
        .filename = unit->filename,
        .name = unit->name,
        .qualname = unit->qualname,
        .consts = used_constants(unit),
    };
    if (safepoint() < 0) {
        return NULL;
    }
    unit_spread_lines(unit);
    unit_drop_jumps(unit);
    if (safepoint() < 0) {
        return NULL;
    }
    parts.stacksize = measure_stack(unit);
    if (parts.stacksize < 0) {
        return NULL;
    }
    parts.consts = parts.consts ? constant_merge(unit->merged, parts.consts) : NULL;
    if (!parts.consts || label_handlers(unit) < 0 || direct_jumps(unit) < 0 || safepoint() < 0) {
        return NULL;
    }
    place_blocks(unit);
    Output code = { .unit = unit }, locations = { .unit = unit }, exceptions = { .unit = unit };
    int line = unit->firstlineno;
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            if (poll_often(i) < 0) {
                return NULL;
            }
            put_instruction(&code, &block->instructions[i]);
            put_location(&locations, &block->instructions[i], &line);
        }
    }
    put_exception_table(&exceptions, unit);
    parts.code = output_bytes(&code);
    parts.linetable = output_bytes(&locations);
    parts.exceptiontable = output_bytes(&exceptions);
    parts.names = names_in_order(unit->names, 0);
    if (!parts.code || !parts.linetable || !parts.exceptiontable || !parts.names ||
        collect_locals(unit, places, merged, &parts) < 0) {
        return error_occurred() ? NULL : raise_memory_error();
    }
    return code_new(&parts);
}
