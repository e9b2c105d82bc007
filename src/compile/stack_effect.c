// What each instruction does to the depth of the stack.
#include <limits.h>

#include "compile/compile.h"
#include "compile/flow_internal.h"

static int bit_count(int value) {
    return __builtin_popcount((unsigned)value);
}

int stack_effect(int opcode, int argument, bool jump) {
    switch (opcode) {
    case CACHE:
    case NOP:
    case UNARY_POSITIVE:
    case UNARY_NEGATIVE:
    case UNARY_NOT:
    case UNARY_INVERT:
    case CHECK_EXC_MATCH:
    case CHECK_EG_MATCH:
    case GET_AITER:
    case GET_ITER:
    case GET_YIELD_FROM_ITER:
    case RETURN_GENERATOR:
    case LIST_TO_TUPLE:
    case SETUP_ANNOTATIONS:
    case YIELD_VALUE:
    case ASYNC_GEN_WRAP:
    case DELETE_NAME:
    case DELETE_GLOBAL:
    case SWAP:
    case LOAD_ATTR:
    case JUMP_FORWARD:
    case DELETE_FAST:
    case GET_AWAITABLE:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case MAKE_CELL:
    case DELETE_DEREF:
    case JUMP_BACKWARD:
    case EXTENDED_ARG:
    case COPY_FREE_VARS:
    case RESUME:
    case KW_NAMES:
    case POP_BLOCK:
    case JUMP:
    case JUMP_NO_INTERRUPT: return 0;
    case PUSH_NULL:
    case GET_LEN:
    case MATCH_MAPPING:
    case MATCH_SEQUENCE:
    case MATCH_KEYS:
    case PUSH_EXC_INFO:
    case WITH_EXCEPT_START:
    case GET_ANEXT:
    case BEFORE_ASYNC_WITH:
    case BEFORE_WITH:
    case LOAD_BUILD_CLASS:
    case LOAD_ASSERTION_ERROR:
    case LOAD_CONST:
    case LOAD_NAME:
    case IMPORT_FROM:
    case COPY:
    case LOAD_FAST:
    case LOAD_CLOSURE:
    case LOAD_DEREF:
    case LOAD_CLASSDEREF:
    case LOAD_METHOD: return 1;
    case POP_TOP:
    case BINARY_SUBSCR:
    case PRINT_EXPR:
    case RETURN_VALUE:
    case IMPORT_STAR:
    case PREP_RERAISE_STAR:
    case POP_EXCEPT:
    case STORE_NAME:
    case DELETE_ATTR:
    case STORE_GLOBAL:
    case COMPARE_OP:
    case IMPORT_NAME:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
    case IS_OP:
    case CONTAINS_OP:
    case RERAISE:
    case BINARY_OP:
    case STORE_FAST:
    case STORE_DEREF:
    case LIST_APPEND:
    case SET_ADD:
    case LIST_EXTEND:
    case SET_UPDATE:
    case DICT_MERGE:
    case DICT_UPDATE:
    case CALL: return -1;
    case END_ASYNC_FOR:
    case DELETE_SUBSCR:
    case STORE_ATTR:
    case MAP_ADD:
    case MATCH_CLASS: return -2;
    case STORE_SUBSCR: return -3;
    case UNPACK_SEQUENCE: return argument - 1;
    case UNPACK_EX: return (argument & 255) + (argument >> 8);
    case BUILD_TUPLE:
    case BUILD_LIST:
    case BUILD_SET:
    case BUILD_STRING: return 1 - argument;
    case BUILD_MAP: return 1 - 2 * argument;
    case BUILD_CONST_KEY_MAP:
    case RAISE_VARARGS:
    case PRECALL: return -argument;
    case BUILD_SLICE: return argument == 3 ? -2 : -1;
    case FORMAT_VALUE: return (argument & 4) == 4 ? -1 : 0;
    case LOAD_GLOBAL: return (argument & 1) + 1;
    case MAKE_FUNCTION: return -bit_count(argument & 15);
    case CALL_FUNCTION_EX: return -2 - (argument & 1);
    case FOR_ITER: return jump ? -1 : 1;
    case SEND: return jump ? -1 : 0;
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP: return jump ? 0 : -1;
    case SETUP_FINALLY:
    case SETUP_WITH: return jump ? 1 : 0;
    case SETUP_CLEANUP: return jump ? 2 : 0;
    default: return INT_MIN;
    }
}

int opcode_stack_effect(int opcode, int argument, int jump) {
    if (opcode < 0 || opcode > 255) {
        return INT_MIN;
    }
    int fallthrough = stack_effect(opcode, argument, false), taken = stack_effect(opcode, argument, true);
    return jump > 0 ? taken : jump == 0 || fallthrough > taken ? fallthrough : taken;
}
