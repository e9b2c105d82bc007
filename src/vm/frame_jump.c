// Assigning f_lineno: a debugger moves the next instruction to be run.
//
// The target must be the first instruction of a line, reachable, and of a stack whose lower part is
// what already lies there: the blocks (loops, with, except) around it must be the same ones or outer
// ones of those around the present instruction. Blocks are told by what their entries on the stack
// are, which a walk over the instructions finds, as in CPython.
#include "vm/interpreter.h"

// What an entry of the stack is. A stack is a number with three bits an entry, the top one lowest.
typedef enum EntryKind {
    ENTRY_NONE,
    ENTRY_ITERATOR,
    ENTRY_EXCEPT,
    ENTRY_OBJECT,
    ENTRY_NULL,
    ENTRY_LASTI
} EntryKind;
enum { ENTRY_BITS = 3, ENTRY_MASK = 7, ENTRIES_MOST = 63 / ENTRY_BITS };
#define UNINITIALIZED (-2)
#define OVERFLOWN (-1)

static int64_t push_entry(int64_t stack, EntryKind kind) {
    return stack < 0 || (uint64_t)stack >= 1ull << (ENTRIES_MOST - 1) * ENTRY_BITS
               ? OVERFLOWN
               : stack << ENTRY_BITS | kind;
}
static int64_t push_many(int64_t stack, int count, EntryKind kind) {
    while (count-- > 0) {
        stack = push_entry(stack, kind);
    }
    return stack;
}
static int64_t pop_entries(int64_t stack, int count) {
    if (stack < 0) {
        return stack;
    }
    return count >= ENTRIES_MOST ? 0 : (int64_t)((uint64_t)stack >> count * ENTRY_BITS);
}
static int entry_count(int64_t stack) {
    int n = 0;
    for (; stack > 0; stack >>= ENTRY_BITS) {
        n++;
    }
    return n;
}

typedef struct Walk {
    const Twin *twin;
    int64_t *stacks;
    bool changed;
} Walk;

static void reach(Walk *walk, uint32_t index, int64_t stack) {
    if (index < walk->twin->count && walk->stacks[index] == UNINITIALIZED) {
        walk->stacks[index] = stack;
        walk->changed = true;
    }
}

// The stack after instruction `index`, when its depth after it is `depth`.
static int64_t stack_after(const Twin *twin, uint32_t index, int64_t before, int depth) {
    uint8_t opcode = twin_opcode(twin, index);
    uint32_t argument = twin_argument(twin, index);
    switch (opcode) {
    case GET_ITER:
    case GET_AITER: return push_entry(pop_entries(before, 1), ENTRY_ITERATOR);
    case PUSH_EXC_INFO: return push_entry(push_entry(pop_entries(before, 1), ENTRY_EXCEPT), ENTRY_EXCEPT);
    case POP_EXCEPT: return pop_entries(before, 1);
    case CALL: return push_entry(pop_entries(before, (int)argument + 2), ENTRY_OBJECT);
    case PUSH_NULL: return push_entry(before, ENTRY_NULL);
    case LOAD_GLOBAL: return push_entry(argument & 1 ? push_entry(before, ENTRY_NULL) : before, ENTRY_OBJECT);
    case LOAD_METHOD: return push_entry(push_entry(pop_entries(before, 1), ENTRY_NULL), ENTRY_OBJECT);
    case COPY: return push_entry(before, (EntryKind)(pop_entries(before, (int)argument - 1) & ENTRY_MASK));
    case SWAP: {
        if (before < 0 || argument > ENTRIES_MOST) {
            return before;
        }
        int shift = ((int)argument - 1) * ENTRY_BITS;
        int64_t top = before & ENTRY_MASK, other = before >> shift & ENTRY_MASK;
        return (before & ~(((int64_t)ENTRY_MASK << shift) | ENTRY_MASK)) | top << shift | other;
    }
    default: {
        int have = entry_count(before);
        return depth <= have ? pop_entries(before, have - depth)
                             : push_many(before, depth - have, ENTRY_OBJECT);
    }
    }
}

// Fills the stack before each instruction; UNINITIALIZED where control never comes.
static void mark_stacks(const Twin *twin, int64_t *stacks) {
    Walk walk = { twin, stacks, true };
    for (uint32_t i = 0; i < twin->count; i++) {
        stacks[i] = UNINITIALIZED;
    }
    stacks[0] = 0;
    while (walk.changed) {
        walk.changed = false;
        for (uint32_t i = 0; i < twin->count; i++) {
            int64_t before = stacks[i];
            if (before == UNINITIALIZED) {
                continue;
            }
            uint8_t opcode = twin_opcode(twin, i);
            if (twin_is_jump(opcode)) {
                uint32_t target = twin_index(twin, twin->cells[i].target);
                if (twin->depths[target] != UINT16_MAX) {
                    reach(&walk, target, stack_after(twin, i, before, twin->depths[target]));
                }
            }
            bool falls = opcode != JUMP_FORWARD && opcode != JUMP_BACKWARD &&
                         opcode != JUMP_BACKWARD_NO_INTERRUPT && opcode != RETURN_VALUE &&
                         opcode != RAISE_VARARGS && opcode != RERAISE;
            if (falls && i + 1 < twin->count && twin->depths[i + 1] != UINT16_MAX) {
                reach(&walk, i + 1, stack_after(twin, i, before, twin->depths[i + 1]));
            }
        }
        for (uint32_t h = 0; h < twin->handled_count; h++) {
            const Handled *handled = &twin->handled[h];
            int64_t at_start = handled->start < twin->count ? stacks[handled->start] : UNINITIALIZED;
            if (at_start == UNINITIALIZED) {
                continue;
            }
            int64_t stack = pop_entries(at_start, entry_count(at_start) - handled->depth);
            if (handled->lasti) {
                stack = push_entry(stack, ENTRY_LASTI);
            }
            reach(&walk, handled->target, push_entry(stack, ENTRY_EXCEPT));
        }
    }
}

static bool kinds_compatible(EntryKind from, EntryKind to) {
    switch (to) {
    case ENTRY_NONE: return false;
    case ENTRY_OBJECT: return from != ENTRY_NULL;
    case ENTRY_NULL: return true;
    default: return from == to;
    }
}
static bool stacks_compatible(int64_t from, int64_t to) {
    if (from < 0 || to < 0) {
        return false;
    }
    while (entry_count(from) > entry_count(to)) {
        from >>= ENTRY_BITS;
    }
    while (from) {
        if (!kinds_compatible((EntryKind)(from & ENTRY_MASK), (EntryKind)(to & ENTRY_MASK))) {
            return false;
        }
        from >>= ENTRY_BITS;
        to >>= ENTRY_BITS;
    }
    return to == 0;
}
static const char *explain(int64_t to) {
    if (to == OVERFLOWN) {
        return "stack is too deep to analyze";
    }
    if (to == UNINITIALIZED) {
        return "can't jump into an exception handler, or code may be unreachable";
    }
    switch ((EntryKind)(to & ENTRY_MASK)) {
    case ENTRY_EXCEPT: return "can't jump into an 'except' block as there's no exception";
    case ENTRY_LASTI: return "can't jump into a re-raising block as there's no location";
    case ENTRY_ITERATOR: return "can't jump into the body of a for loop";
    default: return "incompatible stacks";
    }
}

// The first line from `line` on where code begins; -1 when the code ends before it.
static int first_line_from(const Twin *twin, int line) {
    int best = -1;
    for (uint32_t i = 0; i < twin->count; i++) {
        int here = twin_lines(twin)[i];
        bool starts = here >= 0 && (i == 0 || twin_lines(twin)[i - 1] != here);
        if (starts && here >= line && (best < 0 || here < best)) {
            best = here;
        }
    }
    return best;
}

static bool pushes_one(const Twin *twin, uint32_t index) {
    return !twin_is_jump(twin_opcode(twin, index)) && index + 1 < twin->count &&
           twin->depths[index] != UINT16_MAX && twin->depths[index + 1] == twin->depths[index] + 1;
}

// `yielding`: the generator will have yielded its topmost value and goes on behind the instruction that it is moved
// to, with the value that it is sent. That comes to what the instruction itself would have pushed.
static int jump(Frame *frame, int line, bool yielding) {
    Twin *twin = frame->twin;
    int64_t *stacks = malloc(twin->count * sizeof *stacks);
    if (!stacks) {
        raise_memory_error();
        return -1;
    }
    mark_stacks(twin, stacks);
    uint32_t here = twin_index(twin, frame->ip);
    int64_t start = pop_entries(stacks[here], yielding), best = OVERFLOWN;
    uint32_t target = twin->count;
    const char *problem = "cannot find bytecode for specified line";
    for (uint32_t i = 0; i < twin->count; i++) {
        if (twin_lines(twin)[i] != line || (i > 0 && twin_lines(twin)[i - 1] == line)) {
            continue;
        }
        if (yielding && !pushes_one(twin, i)) {
            problem = "incompatible stacks";
        } else if (stacks_compatible(start, stacks[i])) {
            if (stacks[i] > best) {
                best = stacks[i];
                target = i;
            }
        } else if (target == twin->count) {
            problem = explain(stacks[i]);
        }
    }
    free(stacks);
    if (target == twin->count) {
        raise_error(&exc_ValueError, problem);
        return -1;
    }
    // entries above the target's stack are dropped; those of exceptions end their handling
    Object *yielded = yielding ? *--frame->sp : NULL;
    while (entry_count(start) > entry_count(best)) {
        Object *entry = *--frame->sp;
        if ((start & ENTRY_MASK) == ENTRY_EXCEPT && entry_count(start) > 0) {
            thread_current->handled->exception = entry == NONE ? NULL : entry;
        }
        start >>= ENTRY_BITS;
    }
    if (yielding) {
        *frame->sp++ = yielded;
    }
    frame->ip = twin_sibling(twin, frame->ip, target);
    return 0;
}

int frame_set_line(FrameObject *object, Object *value) {
    if (!value) {
        raise_error(&exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (!int_check(value)) {
        raise_error(&exc_ValueError, "lineno must be an integer");
        return -1;
    }
    if (!frame_is_mine(object)) {
        raise_error(&exc_ValueError, "can't jump from the 'call' trace event of a new frame");
        return -1;
    }
    Frame *frame = object->frame;
    Thread *ts = thread_current;
    uint32_t here = twin_index(frame->twin, frame->ip);
    if (object->owns || (frame->flags & FRAME_GENERATOR && !frame->back) || here == 0) {
        raise_error(&exc_ValueError, "can't jump from the 'call' trace event of a new frame");
        return -1;
    }
    uint8_t opcode = twin_opcode(frame->twin, here);
    if ((opcode == RESUME && twin_argument(frame->twin, here) == 0) || opcode == RETURN_GENERATOR) {
        raise_error(&exc_ValueError, "can't jump from the 'call' trace event of a new frame");
        return -1;
    }
    if (!ts->tracing) {
        raise_error(&exc_ValueError, "can't jump from the 'call' trace event of a new frame");
        return -1;
    }
    if (!object->trace || !twin_lines(frame->twin)) {
        raise_error(&exc_ValueError, "f_lineno can only be set by a trace function");
        return -1;
    }
    if (object->jumps_from == JUMP_FROM_NOTHING) {
        raise_error(&exc_ValueError, "can only jump from a 'line' trace event");
        return -1;
    }
    int line = int_to_c_int(value);
    if (line == -1 && error_occurred()) {
        error_clear();
        raise_error(&exc_ValueError, "lineno out of range");
        return -1;
    }
    if (line < frame->code->firstlineno) {
        raise_error(&exc_ValueError, "line %d comes before the current code block", line);
        return -1;
    }
    int first = first_line_from(frame->twin, line);
    if (first < 0) {
        raise_error(&exc_ValueError, "line %d comes after the current code block", line);
        return -1;
    }
    return jump(frame, first, object->jumps_from == JUMP_FROM_YIELD);
}
