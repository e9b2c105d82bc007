// -X dump-code=NAME: what the interpreter makes of a function, printed when it first runs.
//
// One line for each cell of the executable twin: its number, the byte offset of its instruction in the
// bytecode, the source line where a new one begins, the depth of the evaluation stack before it, the
// instruction and its argument. NAME is a qualified or a plain name; `-X dump-code` alone dumps everything.
#include "compile/opcodes.h"
#include "objects/str.h"
#include "vm/twin.h"

const char *twin_dump_name;

static bool named(const Object *name) {
    return str_is_ascii(name) && !strcmp(str_data(name), twin_dump_name);
}

void twin_dump(const Twin *twin) {
    const Code *code = twin->code;
    if (*twin_dump_name && !named(code->name) && !named(code->qualname)) {
        return;
    }
    FILE *out = stderr;
    fprintf(out, "code %s (%s:%d): %u cells, %d locals, stack of %d, %u sites that learn\n",
            str_is_ascii(code->qualname) ? (char *)str_data(code->qualname) : "?",
            str_is_ascii(code->filename) ? (char *)str_data(code->filename) : "?", code->firstlineno,
            twin->count, code->nlocalsplus, code->stacksize, twin->site_count);
    int line = -1;
    for (uint32_t i = 0; i < twin->count; i++) {
        int offset = (int)twin->offsets[i], here = code_line_at(code, offset);
        uint8_t opcode = twin_opcode(twin, i);
        char text[16] = "";
        if (here != line && here >= 0) {
            snprintf(text, sizeof text, "line %d", here);
            line = here;
        }
        fprintf(out, "%5u %5d  %-10s", i, offset, text);
        if (twin->depths[i] == UINT16_MAX) {
            fputs("  - ", out);
        } else {
            fprintf(out, " %2u ", twin->depths[i]);
        }
        fputs(opcode_names[opcode] ? opcode_names[opcode] : "?", out);
        if (twin_is_jump(opcode)) {
            fprintf(out, " -> %u", (uint32_t)(twin->cells[i].target - twin->cells));
        } else if (opcode >= 90) {
            fprintf(out, " %u", twin_argument(twin, i));
        }
        fputc('\n', out);
    }
    for (uint32_t i = 0; i < twin->handled_count; i++) {
        const Handled *h = &twin->handled[i];
        fprintf(out, "  exceptions in %u to %u -> %u, stack of %u%s\n", h->start, h->end, h->target, h->depth,
                h->lasti ? ", with the place" : "");
    }
}
