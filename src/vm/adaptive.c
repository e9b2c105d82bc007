// code._co_code_adaptive: what an executable twin has learned, in the names that CPython 3.11 has for it.
//
// CPython writes specialised instructions into the bytecode; here they are handlers of the twin's cells. A handler that
// does what one of CPython's instructions does is shown as that instruction. One that CPython has no name for is shown as
// the plain instruction, or as its adaptive form when there is one, like a site that has learned nothing yet. Code that has
// never run has no twin: its bytecode is shown as it is. The inline caches stay empty, records take their place.
#include "compile/opcodes.h"
#include "objects/bytes.h"
#include "vm/adaptive.h"

static const uint8_t plain_of[256] = {
#define SPECIALIZED(name, number, base) [number] = base,
#include "vm/specialized.def"
#undef SPECIALIZED
};

static const SpecializedForm *const tables[] = { fast_arith_forms, fast_attr_forms, fast_call_forms,
                                                 fast_iter_forms };

static uint8_t adaptive_form(uint8_t opcode) {
    switch (opcode) {
    case BINARY_OP: return BINARY_OP_ADAPTIVE;
    case BINARY_SUBSCR: return BINARY_SUBSCR_ADAPTIVE;
    case CALL: return CALL_ADAPTIVE;
    case COMPARE_OP: return COMPARE_OP_ADAPTIVE;
    case EXTENDED_ARG: return EXTENDED_ARG_QUICK;
    case JUMP_BACKWARD: return JUMP_BACKWARD_QUICK;
    case LOAD_ATTR: return LOAD_ATTR_ADAPTIVE;
    case LOAD_GLOBAL: return LOAD_GLOBAL_ADAPTIVE;
    case LOAD_METHOD: return LOAD_METHOD_ADAPTIVE;
    case PRECALL: return PRECALL_ADAPTIVE;
    case RESUME: return RESUME_QUICK;
    case STORE_ATTR: return STORE_ATTR_ADAPTIVE;
    case STORE_SUBSCR: return STORE_SUBSCR_ADAPTIVE;
    case UNPACK_SEQUENCE: return UNPACK_SEQUENCE_ADAPTIVE;
    default: return opcode;
    }
}

// What stands for `opcode` when its cell has this handler. PRECALL shares the cell of its CALL.
static uint8_t shown_as(uint8_t opcode, const Instruction *cell) {
    Handler handler = __atomic_load_n(&cell->handler, __ATOMIC_RELAXED);
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        for (const SpecializedForm *form = tables[t]; form->handler; form++) {
            if (form->handler == handler && plain_of[form->opcode] == opcode) {
                return form->opcode;
            }
        }
    }
    return adaptive_form(opcode);
}

Object *code_adaptive_bytecode(Code *code) {
    Object *plain = code_bytecode(code);
    const Twin *twin = __atomic_load_n((Twin **)&code->extra, __ATOMIC_ACQUIRE);
    if (!plain || !twin) {
        return plain;
    }
    Object *copy = bytes_from(bytes_data(plain), bytes_length(plain));
    uint8_t *bytes = copy ? (uint8_t *)bytes_data(copy) : NULL;
    ssize_t units = code->var.size;
    for (ssize_t unit = 0; bytes && unit < units; unit++) {
        uint8_t opcode = bytes[2 * unit], caches = opcode_caches[opcode];
        ssize_t of = opcode == PRECALL ? unit + 1 + caches : unit;
        int32_t cell = of < units ? twin->map[of] : -1;
        if (cell < 0 && opcode == PRECALL) {
            cell = twin->map[unit];
        }
        // EXTENDED_ARG and the like have no cell of their own.
        bytes[2 * unit] = cell < 0 ? adaptive_form(opcode) : shown_as(opcode, &twin->cells[cell]);
        unit += caches;
    }
    return copy;
}
