// Verification of bytecode before its first run.
//
// An abstract interpretation follows every path through the instructions with the depth of the stack
// and, for each stack entry, whether it may be the NULL that PUSH_NULL, LOAD_GLOBAL and LOAD_METHOD
// put below a callable. Damaged bytecode (code.replace, marshal) ends here: afterwards no handler
// can leave its frame, and none meets a NULL that it does not expect. What depends on the kind of an
// object (a list below LIST_APPEND) the handlers check themselves.
#include "compile/opcodes.h"
#include "objects/errors.h"
#include "vm/twin.h"

enum { MAY_BE_NULL = 1 };

typedef struct Verifier {
    const Code *code;
    const Decoded *decoded;
    uint32_t count, stack_size;
    uint16_t *depths;
    uint8_t *kinds;       // stack_size bytes a cell
    uint32_t *work;
    uint8_t *queued;
    uint32_t work_count;
    uint8_t *state;       // the stack while an instruction is followed
    int depth;
    const char *error;
} Verifier;

static void flow_to(Verifier *v, int32_t target, const uint8_t *kinds, int depth) {
    if (target < 0 || (uint32_t)target >= v->count) {
        v->error = "control runs out of the code";
        return;
    }
    uint8_t *there = v->kinds + (size_t)target * v->stack_size;
    bool changed = false;
    if (v->depths[target] == UINT16_MAX) {
        v->depths[target] = (uint16_t)depth;
        memcpy(there, kinds, (size_t)depth);
        changed = true;
    } else if (v->depths[target] != depth) {
        v->error = "paths of different stack depth meet";
        return;
    } else {
        for (int i = 0; i < depth; i++) {
            if (kinds[i] & ~there[i]) {
                there[i] |= kinds[i];
                changed = true;
            }
        }
    }
    if (changed && !v->queued[target]) {
        v->queued[target] = 1;
        v->work[v->work_count++] = (uint32_t)target;
    }
}

// The top `count` entries exist and are objects.
static void need(Verifier *v, int64_t count) {
    if (v->depth < count) {
        v->error = "stack underflow";
        return;
    }
    for (int i = 1; i <= count; i++) {
        if (v->state[v->depth - i]) {
            v->error = "NULL where an object is needed";
        }
    }
}

static void pop(Verifier *v, int64_t count) {
    if (v->depth < count) {
        v->error = "stack underflow";
    } else {
        v->depth -= (int)count;
    }
}

static void push(Verifier *v, int64_t count, uint8_t kind) {
    if (v->depth + count > v->stack_size) {
        v->error = "stack overflow";
        return;
    }
    memset(v->state + v->depth, kind, (size_t)count);
    v->depth += (int)count;
}

static void apply(Verifier *v, int64_t pops, int64_t pushes) {
    need(v, pops);
    if (!v->error) {
        pop(v, pops);
        push(v, pushes, 0);
    }
}

// Follows one instruction: successors get their state.
// clang-format off: the cases are a table
static void step(Verifier *v, uint32_t index) {
    const Decoded *d = &v->decoded[index];
    int64_t n = d->argument;
    bool falls = true;
    switch (d->op) {
    case NOP: case RESUME: case MAKE_CELL: case COPY_FREE_VARS: case DELETE_FAST: case DELETE_DEREF:
    case DELETE_NAME: case DELETE_GLOBAL: case SETUP_ANNOTATIONS: break;
    case POP_TOP: pop(v, 1); break;
    case PUSH_NULL: push(v, 1, MAY_BE_NULL); break;
    case UNARY_POSITIVE: case UNARY_NEGATIVE: case UNARY_NOT: case UNARY_INVERT: case GET_AITER:
    case GET_ITER: case GET_YIELD_FROM_ITER: case LIST_TO_TUPLE: case ASYNC_GEN_WRAP: case LOAD_ATTR:
    case GET_AWAITABLE: case YIELD_VALUE:
        apply(v, 1, 1);
        break;
    case BINARY_SUBSCR: case COMPARE_OP: case IS_OP: case CONTAINS_OP: case BINARY_OP:
    case PREP_RERAISE_STAR: case IMPORT_NAME:
        apply(v, 2, 1);
        break;
    case GET_LEN: case MATCH_MAPPING: case MATCH_SEQUENCE: case GET_ANEXT: case IMPORT_FROM:
    case BEFORE_WITH: case BEFORE_ASYNC_WITH: case PUSH_EXC_INFO:
        apply(v, 1, 2);
        break;
    case MATCH_KEYS: apply(v, 2, 3); break;
    case CHECK_EXC_MATCH: case CHECK_EG_MATCH: apply(v, 2, 2); break;
    case WITH_EXCEPT_START: apply(v, 4, 5); break;
    case END_ASYNC_FOR: case STORE_ATTR: case DELETE_SUBSCR: apply(v, 2, 0); break;
    case STORE_SUBSCR: apply(v, 3, 0); break;
    case PRINT_EXPR: case IMPORT_STAR: case POP_EXCEPT: case STORE_NAME: case DELETE_ATTR:
    case STORE_GLOBAL: case STORE_FAST: case STORE_DEREF:
        apply(v, 1, 0);
        break;
    case LOAD_BUILD_CLASS: case LOAD_ASSERTION_ERROR: case LOAD_CONST: case LOAD_NAME: case LOAD_FAST:
    case LOAD_CLOSURE: case LOAD_DEREF: case LOAD_CLASSDEREF:
        push(v, 1, 0);
        break;
    case RETURN_GENERATOR:
        if (v->depth) {
            v->error = "RETURN_GENERATOR with values on the stack";
        } else {
            push(v, 1, 0);
        }
        break;
    case RETURN_VALUE: apply(v, 1, 0); falls = false; break;
    case UNPACK_SEQUENCE: apply(v, 1, n); break;
    case UNPACK_EX: apply(v, 1, (n & 0xff) + 1 + (n >> 8)); break;
    case FOR_ITER:
        need(v, 1);
        if (!v->error) {
            flow_to(v, d->target, v->state, v->depth - 1);
        }
        push(v, 1, 0);
        break;
    case SEND:
        need(v, 2);
        if (!v->error) {
            flow_to(v, d->target, v->state, v->depth - 1);
        }
        break;
    case SWAP: {
        if (n < 1 || v->depth < n) {
            v->error = "stack underflow";
            break;
        }
        uint8_t *top = &v->state[v->depth - 1], *other = &v->state[v->depth - n], kind = *top;
        *top = *other;
        *other = kind;
        break;
    }
    case COPY:
        if (n < 1 || v->depth < n) {
            v->error = "stack underflow";
            break;
        }
        push(v, 1, v->state[v->depth - n]);
        break;
    case BUILD_TUPLE: case BUILD_LIST: case BUILD_SET: case BUILD_STRING: apply(v, n, 1); break;
    case BUILD_MAP: apply(v, 2 * n, 1); break;
    case BUILD_CONST_KEY_MAP: apply(v, n + 1, 1); break;
    case BUILD_SLICE: apply(v, n, 1); break;
    case JUMP_FORWARD: case JUMP_BACKWARD: case JUMP_BACKWARD_NO_INTERRUPT:
        flow_to(v, d->target, v->state, v->depth);
        falls = false;
        break;
    case JUMP_IF_FALSE_OR_POP: case JUMP_IF_TRUE_OR_POP:
        need(v, 1);
        if (!v->error) {
            flow_to(v, d->target, v->state, v->depth);
            pop(v, 1);
        }
        break;
    case POP_JUMP_FORWARD_IF_FALSE: case POP_JUMP_FORWARD_IF_TRUE: case POP_JUMP_FORWARD_IF_NOT_NONE:
    case POP_JUMP_FORWARD_IF_NONE: case POP_JUMP_BACKWARD_IF_NOT_NONE: case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_FALSE: case POP_JUMP_BACKWARD_IF_TRUE:
        apply(v, 1, 0);
        if (!v->error) {
            flow_to(v, d->target, v->state, v->depth);
        }
        break;
    case LOAD_GLOBAL:
        if (n & 1) {
            push(v, 1, MAY_BE_NULL);
        }
        if (!v->error) {
            push(v, 1, 0);
        }
        break;
    case LOAD_METHOD:
        need(v, 1);
        if (!v->error) {
            v->state[v->depth - 1] = MAY_BE_NULL;
            push(v, 1, 0);
        }
        break;
    case RERAISE: apply(v, n ? n + 1 : 1, 0); falls = false; break;
    case RAISE_VARARGS: apply(v, n, 0); falls = false; break;
    case MAKE_FUNCTION: apply(v, 1 + __builtin_popcount((unsigned)n & 15), 1); break;
    case CALL:
        need(v, n + 1);
        if (!v->error) {
            pop(v, n + 2);
        }
        if (!v->error) {
            push(v, 1, 0);
        }
        break;
    case CALL_FUNCTION_EX:
        need(v, 2 + (n & 1));
        if (!v->error) {
            pop(v, 3 + (n & 1));
        }
        if (!v->error) {
            push(v, 1, 0);
        }
        break;
    case LIST_APPEND: case SET_ADD: case LIST_EXTEND: case SET_UPDATE: case DICT_UPDATE:
        need(v, n + 1);
        pop(v, 1);
        if (n < 1) {
            v->error = "bad argument";
        }
        break;
    case DICT_MERGE:
        need(v, n + 3);
        pop(v, 1);
        if (n < 1) {
            v->error = "bad argument";
        }
        break;
    case MAP_ADD:
        need(v, n + 2);
        pop(v, 2);
        if (n < 1) {
            v->error = "bad argument";
        }
        break;
    case MATCH_CLASS: apply(v, 3, 1); break;
    case FORMAT_VALUE: apply(v, 1 + ((n & 4) == 4), 1); break;
    default: v->error = "unknown opcode"; break;
    }
    if (falls && !v->error) {
        flow_to(v, (int32_t)index + 1, v->state, v->depth);
    }
}
// clang-format on

const char *code_verify(const Code *code, const Decoded *decoded, uint32_t count, const Handled *handled,
                        uint32_t handled_count, uint16_t *depths) {
    uint32_t stack_size = (uint32_t)code->stacksize;
    if (stack_size >= UINT16_MAX) {
        return "stack too large";
    }
    uint32_t width = stack_size + 3;  // room to notice an overflow
    Verifier v = { .code = code, .decoded = decoded, .count = count, .stack_size = width, .depths = depths };
    size_t size = (size_t)count * (width + 4 + 1) + 2 * (size_t)width + 64;
    char *memory = malloc(size);
    if (!memory) {
        raise_memory_error();
        return "";
    }
    v.work = (uint32_t *)memory;
    v.queued = (uint8_t *)memory + (size_t)count * 4;
    v.kinds = v.queued + count;
    v.state = v.kinds + (size_t)count * width;
    uint8_t *before = v.state + width;
    memset(v.queued, 0, count);
    memset(depths, 0xff, (size_t)count * sizeof *depths);
    flow_to(&v, 0, v.state, 0);
    while (v.work_count && !v.error) {
        uint32_t index = v.work[--v.work_count];
        v.queued[index] = 0;
        v.depth = depths[index];
        memcpy(v.state, v.kinds + (size_t)index * width, (size_t)v.depth);
        memcpy(before, v.state, (size_t)v.depth);
        int depth = v.depth;
        step(&v, index);
        if (!v.error && v.depth > (int)stack_size) {
            v.error = "stack overflow";
        }
        for (uint32_t i = 0; i < handled_count && !v.error; i++) {
            const Handled *h = &handled[i];
            if (index < h->start || index >= h->end) {
                continue;
            }
            int pushed = h->depth + h->lasti + 1;
            if (h->depth > depth || pushed > (int)stack_size) {
                v.error = "exception handler with a wrong stack depth";
                break;
            }
            memset(before + h->depth, 0, (size_t)(pushed - h->depth));
            flow_to(&v, (int32_t)h->target, before, pushed);
            memcpy(before, v.kinds + (size_t)index * width, (size_t)depth);
            break;
        }
    }
    free(memory);
    return v.error;
}
