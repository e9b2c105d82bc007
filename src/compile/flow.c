// Blocks, constants, and the optimizer of the flow graph.
#include "compile/flow.h"

#include <math.h>

#include "compile/flow_internal.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/polling.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"

// ---- blocks

Block *block_new(Unit *unit) {
    Block *block = arena_alloc(unit->arena, sizeof *block);
    if (block) {
        block->made_before = unit->all_blocks;
        unit->all_blocks = block;
        block->start_depth = -1;
    }
    return block;
}

// Room for one more instruction at `position`; the array doubles, the arena keeps the old one.
static Instruction *open_slot(Unit *unit, Block *block, int position) {
    if (block->count == block->capacity) {
        int capacity = block->capacity ? block->capacity * 2 : 8;
        Instruction *grown = arena_alloc(unit->arena, (size_t)capacity * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        if (block->count) {
            memcpy(grown, block->instructions, (size_t)block->count * sizeof *grown);
        }
        block->instructions = grown;
        block->capacity = capacity;
    }
    Instruction *slot = &block->instructions[position];
    memmove(slot + 1, slot, (size_t)(block->count - position) * sizeof *slot);
    block->count++;
    return slot;
}

int block_add(Unit *unit, Block *block, int opcode, int argument, Block *target, Location where) {
    return block_insert(unit, block, block->count, opcode, argument, target, where);
}

int block_insert(Unit *unit, Block *block, int position, int opcode, int argument, Block *target,
                 Location where) {
    Instruction *slot = open_slot(unit, block, position);
    if (!slot) {
        return -1;
    }
    *slot = (Instruction){ opcode, argument, target, NULL, where };
    return 0;
}

// Turns an instruction into one that does nothing; its line may still matter.
static void make_nop(Instruction *instruction) {
    instruction->opcode = NOP;
    instruction->argument = 0;
    instruction->target = NULL;
}

bool opcode_ends_scope(int opcode) {
    return opcode == RETURN_VALUE || opcode == RAISE_VARARGS || opcode == RERAISE;
}

bool opcode_is_jump(int opcode) {
    switch (opcode) {
    case JUMP:
    case JUMP_NO_INTERRUPT:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
    case FOR_ITER:
    case SEND:
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE: return true;
    default: return false;
    }
}

bool opcode_sets_handler(int opcode) {
    return opcode == SETUP_FINALLY || opcode == SETUP_CLEANUP || opcode == SETUP_WITH;
}

bool block_ends(const Block *block) {
    if (!block->count) {
        return false;
    }
    int last = block->instructions[block->count - 1].opcode;
    return opcode_ends_scope(last) || last == JUMP || last == JUMP_NO_INTERRUPT;
}

// ---- constants

static Object *keys_of(Object *const *items, ssize_t count) {
    Object *keys = tuple_new(count);
    for (ssize_t i = 0; keys && i < count; i++) {
        Object *key = constant_key(items[i]);
        if (!key) {
            return NULL;
        }
        tuple_init(keys, i, key);
    }
    return keys;
}

static bool is_negative_zero(double value) {
    return value == 0 && signbit(value);
}

Object *constant_key(Object *value) {
    const Type *type = value->type;
    if (value == (Object *)NONE || value == ELLIPSIS || type == &int_type || type == &str_type ||
        type == &code_type) {
        return value;
    }
    if (type == &bool_type || type == &bytes_type) {
        return tuple_pack(2, type, value);
    }
    if (type == &float_type) {
        return is_negative_zero(float_value(value)) ? tuple_pack(3, type, value, NONE)
                                                    : tuple_pack(2, type, value);
    }
    if (type == &complex_type) {
        // Which of the parts are negative zeros decides, too.
        bool real = is_negative_zero(((Complex *)value)->real),
             imag = is_negative_zero(((Complex *)value)->imag);
        Object *sign = real ? imag ? TRUE_OBJECT : (Object *)NONE : imag ? FALSE_OBJECT : NULL;
        return sign ? tuple_pack(3, type, value, sign) : tuple_pack(2, type, value);
    }
    if (type == &tuple_type) {
        Object *keys = keys_of(tuple_items(value), tuple_size(value));
        return keys ? tuple_pack(2, value, keys) : NULL;
    }
    if (type == &frozenset_type) {
        Object *items = list_new(0);
        if (!items || list_extend(items, value) < 0) {
            return NULL;
        }
        Object *keys = keys_of(((List *)items)->items, list_size(items));
        Object *set = keys ? frozenset_new(keys) : NULL;
        return set ? tuple_pack(2, value, set) : NULL;
    }
    Object *identity = int_from_i64((int64_t)(uintptr_t)value);
    return identity ? tuple_pack(2, identity, value) : NULL;
}

Object *constant_merge(Object *merged, Object *value) {
    value = constant_intern(value);
    Object *key = value ? constant_key(value) : NULL;
    return key ? dict_set_default(merged, key, value) : NULL;
}

int unit_add_constant(Unit *unit, Object *value) {
    value = constant_intern(value);
    Object *key = value ? constant_key(value) : NULL;
    Object *number = key ? dict_get(unit->constant_index, key) : NULL;
    int overflow;
    if (number) {
        return (int)int_as_i64(number, &overflow);
    }
    if (!key || error_occurred() || !(value = dict_set_default(unit->merged, key, value))) {
        return -1;
    }
    ssize_t count = list_size(unit->constants);
    number = int_from_i64(count);
    if (!number || dict_set(unit->constant_index, key, number) < 0 ||
        list_append(unit->constants, value) < 0) {
        return -1;
    }
    return (int)count;
}

// ---- normal form

// Marks blocks by how they end, and lets jumps skip empty blocks.
static void normalize_block(Block *block) {
    for (int i = 0; i < block->count; i++) {
        Instruction *instruction = &block->instructions[i];
        int opcode = instruction->opcode;
        bool exit = opcode_ends_scope(opcode);
        block->exit |= exit;
        block->no_fallthrough |= exit || opcode == JUMP || opcode == JUMP_NO_INTERRUPT;
        if (opcode_is_jump(opcode)) {
            while (!instruction->target->count) {
                instruction->target = instruction->target->next;
            }
        }
    }
}

static bool is_exit_without_line(const Block *block) {
    if (!block->exit) {
        return false;
    }
    for (int i = 0; i < block->count; i++) {
        if (block->instructions[i].where.line >= 0) {
            return false;
        }
    }
    return true;
}

enum { MOST_COPIED = 4 };

// A jump to a small block that leaves the function becomes that block, which gets the jump's line.
static int copy_exit_into(Unit *unit, Block *block) {
    if (!block->count) {
        return 0;
    }
    Instruction *last = &block->instructions[block->count - 1];
    if (last->opcode != JUMP || !is_exit_without_line(last->target) || last->target->count > MOST_COPIED) {
        return 0;
    }
    Block *copied = last->target;
    make_nop(last);
    for (int i = 0; i < copied->count; i++) {
        Instruction *slot = open_slot(unit, block, block->count);
        if (!slot) {
            return -1;
        }
        *slot = copied->instructions[i];
    }
    block->exit = true;
    return 0;
}

// Whether a NOP has to stay: only for the sake of a line that has no other instruction there.
static bool nop_is_needed(Block *block, int position, int previous_line) {
    Instruction *nop = &block->instructions[position];
    int line = nop->where.line;
    if (line < 0 || previous_line == line) {
        return false;
    }
    if (position + 1 < block->count) {
        Instruction *next = &block->instructions[position + 1];
        if (next->where.line < 0) {
            next->where = nop->where;
        }
        return next->where.line != line;
    }
    Block *next = block->next;
    while (next && !next->count) {
        next = next->next;
    }
    return !next || next->instructions[0].where.line != line;
}

void block_drop_nops(Block *block) {
    int kept = 0, previous_line = -1;
    for (int i = 0; i < block->count; i++) {
        if (block->instructions[i].opcode == NOP && !nop_is_needed(block, i, previous_line)) {
            continue;
        }
        previous_line = block->instructions[i].where.line;
        block->instructions[kept++] = block->instructions[i];
    }
    block->count = kept;
}

static void drop_empty_blocks(Unit *unit) {
    for (Block *block = unit->entry; block; block = block->next) {
        Block *next = block->next;
        while (next && !next->count && next->next) {
            next = next->next;
        }
        block->next = next;
    }
    for (Block *block = unit->entry; block; block = block->next) {
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            while (instruction->target && !instruction->target->count && instruction->target->next) {
                instruction->target = instruction->target->next;
            }
        }
    }
}

// ---- peepholes

// LOAD_CONSTs before a BUILD_TUPLE become one constant.
static int fold_tuple(Unit *unit, Instruction *build) {
    int count = build->argument;
    for (int i = -count; i < 0; i++) {
        if (build[i].opcode != LOAD_CONST) {
            return 0;
        }
    }
    Object *tuple = tuple_new(count);
    for (int i = 0; tuple && i < count; i++) {
        tuple_init(tuple, i, list_read(unit->constants, build[i - count].argument));
    }
    int number = tuple ? unit_add_constant(unit, tuple) : -1;
    if (number < 0) {
        return -1;
    }
    for (int i = -count; i < 0; i++) {
        make_nop(&build[i]);
    }
    build->opcode = LOAD_CONST;
    build->argument = number;
    return 0;
}

// A jump to a jump goes where that one goes. True when it changed.
static bool thread_jump(Instruction *jump, const Instruction *target, int opcode) {
    if (jump->where.line != target->where.line || jump->target == target->target) {
        return false;
    }
    jump->target = target->target;
    jump->opcode = opcode;
    return true;
}

// A run of SWAPs (and NOPs) from `position` on: the fewest SWAPs with the same effect, by following the
// permutation's cycles from the top of the stack. Returns the position of the run's last instruction.
static int shorten_swaps(Unit *unit, Block *block, int position) {
    Instruction *run = &block->instructions[position];
    int depth = run[0].argument, length = 1, limit = block->count - position;
    bool more = false;
    for (; length < limit; length++) {
        if (run[length].opcode == SWAP) {
            depth = depth > run[length].argument ? depth : run[length].argument;
            more = true;
        } else if (run[length].opcode != NOP) {
            break;
        }
    }
    if (!more) {
        return position;
    }
    int *stack = arena_alloc(unit->arena, (size_t)depth * sizeof *stack);
    if (!stack) {
        return -1;
    }
    for (int i = 0; i < depth; i++) {
        stack[i] = i;
    }
    for (int i = 0; i < length; i++) {
        if (run[i].opcode == SWAP) {
            int other = run[i].argument - 1, top = stack[0];
            stack[0] = stack[other];
            stack[other] = top;
        }
    }
    int current = length - 1;
    for (int i = 0; i < depth; i++) {
        if (stack[i] < 0 || stack[i] == i) {
            continue;
        }
        for (int j = i;;) {
            if (j) {
                run[current].opcode = SWAP;
                run[current--].argument = j + 1;
            }
            if (stack[j] < 0) {
                break;
            }
            int next = stack[j];
            stack[j] = -1;
            j = next;
        }
    }
    while (current >= 0) {
        make_nop(&run[current--]);
    }
    return position + length - 1;
}

static bool takes_top(int opcode) {
    return opcode == STORE_FAST || opcode == POP_TOP;
}

// The next instruction that takes the top of the stack, past NOPs and on `line` (-1: any); -1: none.
static int next_taker(const Block *block, int position, int line) {
    while (++position < block->count) {
        const Instruction *instruction = &block->instructions[position];
        if (line >= 0 && instruction->where.line != line) {
            return -1;
        }
        if (instruction->opcode != NOP) {
            return takes_top(instruction->opcode) ? position : -1;
        }
    }
    return -1;
}

// Instead of swapping values, swap the instructions that take them.
static void swap_takers(Block *block, int position) {
    for (; position >= 0; position--) {
        Instruction *swap = &block->instructions[position];
        if (swap->opcode != SWAP) {
            if (swap->opcode == NOP || takes_top(swap->opcode)) {
                continue;
            }
            return;
        }
        int first = next_taker(block, position, -1);
        if (first < 0) {
            return;
        }
        int other = first, line = block->instructions[first].where.line;
        for (int count = swap->argument - 1; count > 0; count--) {
            other = next_taker(block, other, line);
            if (other < 0) {
                return;
            }
        }
        make_nop(swap);
        Instruction kept = block->instructions[first];
        block->instructions[first] = block->instructions[other];
        block->instructions[other] = kept;
    }
}

// A constant whose use is known: the condition of a jump, or compared with `is`.
static int fold_constant_test(Unit *unit, Block *block, int position) {
    Instruction *load = &block->instructions[position], *next = load + 1;
    if (position + 1 >= block->count) {
        return 0;
    }
    Object *value = list_read(unit->constants, load->argument);
    switch (next->opcode) {
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP: {
        int truth = object_is_true(value);
        if (truth < 0) {
            return -1;
        }
        bool pops = next->opcode == POP_JUMP_IF_FALSE || next->opcode == POP_JUMP_IF_TRUE;
        bool jumps = truth == (next->opcode == POP_JUMP_IF_TRUE || next->opcode == JUMP_IF_TRUE_OR_POP);
        if (pops || !jumps) {
            make_nop(load);
        }
        if (jumps) {
            next->opcode = JUMP;
            block->no_fallthrough = true;
        } else {
            make_nop(next);
        }
        return 0;
    }
    case IS_OP: {
        int jump = position + 2 < block->count ? next[1].opcode : 0;
        if (value == (Object *)NONE && (jump == POP_JUMP_IF_FALSE || jump == POP_JUMP_IF_TRUE)) {
            bool negated = next->argument == 1;
            make_nop(load);
            make_nop(next);
            next[1].opcode = negated != (jump == POP_JUMP_IF_FALSE) ? POP_JUMP_IF_NOT_NONE : POP_JUMP_IF_NONE;
        }
        return 0;
    }
    default: return 0;
    }
}

// `x and y` where the target tests again: the outcome of the second test is known. True when it changed.
static bool simplify_short_circuit(Instruction *jump, const Instruction *target) {
    bool if_true = jump->opcode == JUMP_IF_TRUE_OR_POP;
    int pop_same = if_true ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE;
    int pop_other = if_true ? POP_JUMP_IF_FALSE : POP_JUMP_IF_TRUE;
    int keep_other = if_true ? JUMP_IF_FALSE_OR_POP : JUMP_IF_TRUE_OR_POP;
    if (target->opcode == pop_same) {
        return thread_jump(jump, target, pop_same);
    }
    if (target->opcode == JUMP || target->opcode == jump->opcode) {
        return thread_jump(jump, target, jump->opcode);
    }
    if ((target->opcode == keep_other || target->opcode == pop_other) &&
        jump->where.line == target->where.line) {
        jump->opcode = pop_same;
        jump->target = jump->target->next;
        return true;
    }
    return false;
}

static int optimize_block(Unit *unit, Block *block) {
    for (int i = 0; i < block->count; i++) {
        if (poll_often(i) < 0) {
            return -1;
        }
        Instruction *instruction = &block->instructions[i];
        const Instruction *target = NULL;
        if (instruction->target) {
            while (!instruction->target->count) {
                instruction->target = instruction->target->next;
            }
            target = &instruction->target->instructions[0];
        }
        Instruction *next = i + 1 < block->count ? instruction + 1 : NULL;
        switch (instruction->opcode) {
        case LOAD_CONST:
            if (fold_constant_test(unit, block, i) < 0) {
                return -1;
            }
            break;
        case BUILD_TUPLE:
            if (next && next->opcode == UNPACK_SEQUENCE && next->argument == instruction->argument &&
                instruction->argument >= 1 && instruction->argument <= 3) {
                next->opcode = instruction->argument == 1 ? NOP : SWAP;
                make_nop(instruction);
            } else if (i >= instruction->argument && fold_tuple(unit, instruction) < 0) {
                return -1;
            }
            break;
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP: i -= simplify_short_circuit(instruction, target); break;
        case POP_JUMP_IF_FALSE:
        case POP_JUMP_IF_TRUE:
        case POP_JUMP_IF_NONE:
        case POP_JUMP_IF_NOT_NONE:
        case JUMP:
            if (target->opcode == JUMP) {
                i -= thread_jump(instruction, target, instruction->opcode);
            }
            break;
        case SWAP:
            if (instruction->argument == 1) {
                make_nop(instruction);
                break;
            }
            i = shorten_swaps(unit, block, i);
            if (i < 0) {
                return -1;
            }
            swap_takers(block, i);
            break;
        case PUSH_NULL:
            if (next && next->opcode == LOAD_GLOBAL && !(next->argument & 1)) {
                make_nop(instruction);
                next->argument |= 1;
            }
            break;
        default: break;
        }
    }
    return 0;
}

// ---- the whole graph

static void reach(Block *block, Block **stack, size_t *depth) {
    if (!block->predecessors++) {
        stack[(*depth)++] = block;
    }
}

// Counts predecessors; what cannot be reached is emptied.
static int drop_unreachable(Unit *unit) {
    size_t count = 0, depth = 0;
    for (Block *block = unit->entry; block; block = block->next) {
        count++;
    }
    Block **stack = arena_alloc(unit->arena, (count + 1) * sizeof *stack);
    if (!stack) {
        return -1;
    }
    reach(unit->entry, stack, &depth);
    while (depth) {
        Block *block = stack[--depth];
        if (block->next && !block->no_fallthrough) {
            reach(block->next, stack, &depth);
        }
        for (int i = 0; i < block->count; i++) {
            if (block->instructions[i].target) {
                reach(block->instructions[i].target, stack, &depth);
            }
        }
    }
    for (Block *block = unit->entry; block; block = block->next) {
        if (!block->predecessors) {
            block->count = 0;
            block->no_fallthrough = false;
        }
    }
    return 0;
}

static int copy_exits_into_jumps(Unit *unit) {
    for (Block *block = unit->all_blocks; block; block = block->made_before) {
        if (copy_exit_into(unit, block) < 0 || safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

int unit_normalize(Unit *unit) {
    for (Block *block = unit->all_blocks; block; block = block->made_before) {
        normalize_block(block);
    }
    return copy_exits_into_jumps(unit);
}

int unit_optimize(Unit *unit) {
    for (Block *block = unit->entry; block; block = block->next) {
        if (optimize_block(unit, block) < 0 || safepoint() < 0) {
            return -1;
        }
        block_drop_nops(block);
    }
    if (copy_exits_into_jumps(unit) < 0) {
        return -1;
    }
    if (drop_unreachable(unit) < 0 || safepoint() < 0) {
        return -1;
    }
    for (Block *block = unit->entry; block; block = block->next) {
        block_drop_nops(block);
    }
    drop_empty_blocks(unit);
    return 0;
}

// ---- lines

// An exit block without lines of its own is copied for each jump to it, so that each copy can have the
// line that leads there.
int unit_copy_exits(Unit *unit) {
    for (Block *block = unit->all_blocks; block; block = block->made_before) {
        if (!block->count) {
            continue;
        }
        Instruction *last = &block->instructions[block->count - 1];
        Block *target = last->target;
        if (!opcode_is_jump(last->opcode) || !is_exit_without_line(target) || target->predecessors < 2) {
            continue;
        }
        Block *copy = block_new(unit);
        if (!copy) {
            return -1;
        }
        for (int i = 0; i < target->count; i++) {
            Instruction *slot = open_slot(unit, copy, i);
            if (!slot) {
                return -1;
            }
            *slot = target->instructions[i];
        }
        copy->instructions[0].where = last->where;
        copy->exit = target->exit;
        copy->no_fallthrough = true;
        last->target = copy;
        target->predecessors--;
        copy->predecessors = 1;
        copy->next = target->next;
        target->next = copy;
    }
    for (Block *block = unit->entry; block; block = block->next) {
        while (block->next && !block->next->count) {
            block->next = block->next->next;
        }
    }
    for (Block *block = unit->entry; block; block = block->next) {
        if (!block->no_fallthrough && block->next && block->count && is_exit_without_line(block->next)) {
            block->next->instructions[0].where = block->instructions[block->count - 1].where;
        }
    }
    return 0;
}

// Instructions without a line take that of the one before, within a block and into a block that only
// this one leads to.
static void propagate_lines(Unit *unit) {
    for (Block *block = unit->entry; block; block = block->next) {
        if (!block->count) {
            continue;
        }
        Location where = NO_LOCATION;
        for (int i = 0; i < block->count; i++) {
            Instruction *instruction = &block->instructions[i];
            if (instruction->where.line < 0) {
                instruction->where = where;
            } else {
                where = instruction->where;
            }
        }
        Block *next = block->next;
        if (!block->no_fallthrough && next && next->predecessors == 1 && next->count &&
            next->instructions[0].where.line < 0) {
            next->instructions[0].where = where;
        }
        Instruction *last = &block->instructions[block->count - 1];
        if (opcode_is_jump(last->opcode) && last->target->predecessors == 1 &&
            last->target->instructions[0].where.line < 0) {
            last->target->instructions[0].where = where;
        }
    }
}

void unit_spread_lines(Unit *unit) {
    propagate_lines(unit);
    // Every return has a line.
    int line = unit->firstlineno;
    for (Block *block = unit->entry; block; block = block->next) {
        if (!block->count) {
            continue;
        }
        Instruction *last = &block->instructions[block->count - 1];
        if (last->where.line >= 0) {
            line = last->where.line;
        } else if (last->opcode == RETURN_VALUE) {
            for (int i = 0; i < block->count; i++) {
                block->instructions[i].where.line = line;
            }
        }
    }
}

// Jumps to what follows anyway. Their lines may keep a NOP in their place.
void unit_drop_jumps(Unit *unit) {
    bool emptied = false;
    for (Block *block = unit->entry; block; block = block->next) {
        if (!block->count) {
            continue;
        }
        Instruction *last = &block->instructions[block->count - 1];
        if ((last->opcode == JUMP || last->opcode == JUMP_NO_INTERRUPT) && last->target == block->next) {
            block->no_fallthrough = false;
            make_nop(last);
            block_drop_nops(block);
            emptied = true;
        }
    }
    if (emptied) {
        drop_empty_blocks(unit);
    }
}
