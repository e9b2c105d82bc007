// `_opcode`: what the compiler knows of instructions.
#include <limits.h>

#include "compile/compile.h"
#include "compile/opcodes.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"

static Object *stack_effect(Object *module, Object *opcode_object, Object *argument, Object *jump_object) {
    (void)module;
    int opcode = int_to_c_int(opcode_object), value = 0, jump;
    if (opcode == -1 && error_occurred()) {
        return NULL;
    }
    bool given = argument && argument != NONE;
    if (opcode >= HAVE_ARGUMENT) {
        if (!given) {
            return raise_error(&exc_ValueError,
                               "stack_effect: opcode requires oparg but oparg was not specified");
        }
        value = int_to_c_int(argument);
        if (value == -1 && error_occurred()) {
            return NULL;
        }
    } else if (given) {
        return raise_error(&exc_ValueError,
                           "stack_effect: opcode does not permit oparg but oparg was specified");
    }
    if (!jump_object || jump_object == NONE) {
        jump = -1;
    } else if (jump_object == TRUE_OBJECT || jump_object == FALSE_OBJECT) {
        jump = jump_object == TRUE_OBJECT;
    } else {
        return raise_error(&exc_ValueError, "stack_effect: jump must be False, True or None");
    }
    int effect = opcode_stack_effect(opcode, value, jump);
    return effect == INT_MIN ? raise_error(&exc_ValueError, "invalid opcode or oparg") : int_from_i64(effect);
}

// Statistics are a matter of special builds.
static Object *get_specialization_stats(Object *module) {
    (void)module;
    return NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("stack_effect", stack_effect, "($module, opcode, oparg=None, /, *, jump=None)", 0, NULL),
    BUILTIN("get_specialization_stats", get_specialization_stats, "($module, /)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_opcode = { "_opcode", NULL, functions, NULL };
