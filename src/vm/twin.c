// Translation of bytecode into its executable twin.
#include "vm/twin.h"

#include "compile/opcodes.h"
#include "objects/bytes.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/fast.h"
#include "vm/interpreter.h"
#include "vm/trace.h"

const Handler opcode_handlers[256] = {
#define OP(name, number, caches) [number] = op_##name,
#include "compile/opcodes.def"
#undef OP
};

static bool is_defined(uint8_t op) {
    return opcode_handlers[op] != NULL;
}

READS_RECORDS uint8_t twin_opcode(const Twin *twin, uint32_t index) {
    return index < twin->count ? twin->code->units[twin->offsets[index] / 2] & 0xff : CACHE;
}

READS_RECORDS uint32_t twin_argument(const Twin *twin, uint32_t index) {
    const uint16_t *units = twin->code->units;
    uint32_t unit = twin->offsets[index] / 2, argument = units[unit] >> 8;
    for (int shift = 8; unit > 0 && shift < 32 && (units[unit - 1] & 0xff) == EXTENDED_ARG; shift += 8) {
        // an EXTENDED_ARG that is really a cache word has no instruction of its own
        if (twin->map[unit - 1] != (int32_t)index) {
            break;
        }
        argument |= (uint32_t)(units[--unit] >> 8) << shift;
    }
    return argument;
}

static Object *damaged(const Code *code, const char *why) {
    return raise_error(&exc_SystemError, "bytecode of %U is damaged: %s", code->qualname, why);
}

static bool is_jump(uint8_t op, bool *backward) {
    switch (op) {
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE: *backward = true; return true;
    case JUMP_FORWARD:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
    case FOR_ITER:
    case SEND:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
    case POP_JUMP_FORWARD_IF_NONE: *backward = false; return true;
    default: return false;
    }
}

bool twin_is_jump(uint8_t opcode) {
    bool backward;
    return is_jump(opcode, &backward);
}

bool twin_chains_records(uint8_t op) {
    return op == LOAD_ATTR || op == STORE_ATTR || op == LOAD_METHOD;
}
static bool has_record(uint8_t op) {
    return twin_chains_records(op) || op == LOAD_GLOBAL || op == CALL;
}

static bool uses_local(uint8_t op) {
    switch (op) {
    case LOAD_FAST:
    case STORE_FAST:
    case DELETE_FAST:
    case MAKE_CELL:
    case LOAD_CLOSURE:
    case LOAD_DEREF:
    case STORE_DEREF:
    case DELETE_DEREF:
    case LOAD_CLASSDEREF: return true;
    default: return false;
    }
}

static bool uses_name(uint8_t op) {
    switch (op) {
    case STORE_NAME:
    case DELETE_NAME:
    case LOAD_NAME:
    case STORE_GLOBAL:
    case DELETE_GLOBAL:
    case DELETE_ATTR:
    case IMPORT_NAME:
    case IMPORT_FROM:
    case LOAD_ATTR:
    case STORE_ATTR:
    case LOAD_METHOD:
    case LOAD_GLOBAL: return true;
    default: return false;
    }
}

// Splits the bytecode into instructions. `starts[unit]` is the cell that begins there (prefixes,
// PRECALL and KW_NAMES included). Returns what is wrong, or NULL.
static const char *decode(const Code *code, Decoded *decoded, uint32_t *count, int32_t *starts,
                          int32_t *map) {
    ssize_t units = code->var.size;
    uint32_t n = 0;
    Object *kwnames = NULL;
    bool after_precall = false, fresh = true;
    uint32_t argument = 0;
    for (ssize_t i = 0; i < units;) {
        uint8_t op = code->units[i] & 0xff;
        starts[i] = fresh ? (int32_t)n : starts[i];
        map[i] = (int32_t)n;
        if (!is_defined(op) || op == CACHE) {
            return "unknown opcode";
        }
        argument = argument << 8 | code->units[i] >> 8;
        if (op == EXTENDED_ARG) {
            fresh = false;
            i++;
            continue;
        }
        if (i + opcode_caches[op] >= units) {
            return "the code ends inside of an instruction";
        }
        if (after_precall && op != CALL) {
            return "PRECALL without CALL";
        }
        if (kwnames && op != PRECALL && op != CALL) {
            return "KW_NAMES without CALL";
        }
        if (op == KW_NAMES) {
            if (argument >= (size_t)tuple_size(code->consts)) {
                return "constant out of range";
            }
            kwnames = tuple_get(code->consts, argument);
            if (!tuple_check(kwnames)) {
                return "KW_NAMES without names";
            }
            for (ssize_t k = 0; k < tuple_size(kwnames); k++) {
                if (!str_check(tuple_get(kwnames, k))) {
                    return "KW_NAMES without names";
                }
            }
        } else if (op == PRECALL) {
            after_precall = true;
        } else {
            Decoded *d = &decoded[n++];
            *d = (Decoded){ op, argument, (int32_t)i, -1, NULL };
            if (op == CALL) {
                if (kwnames && tuple_size(kwnames) > (int64_t)argument) {
                    return "more keyword names than arguments";
                }
                d->kwnames = kwnames;
                kwnames = NULL;
                after_precall = false;
            }
        }
        i += 1 + opcode_caches[op];
        argument = 0;
        fresh = true;
    }
    if (!fresh || after_precall || kwnames) {
        return "the code ends inside of an instruction";
    }
    *count = n;
    return NULL;
}

// Checks operands against the tables they index, and resolves jump targets.
static const char *check_operands(const Code *code, Decoded *decoded, uint32_t count, const int32_t *starts) {
    size_t name_count = (size_t)tuple_size(code->names), consts = (size_t)tuple_size(code->consts);
    for (uint32_t i = 0; i < count; i++) {
        Decoded *d = &decoded[i];
        size_t n = d->argument;
        bool backward;
        if (is_jump(d->op, &backward)) {
            int64_t target = (int64_t)d->unit + 1 + opcode_caches[d->op] +
                             (backward ? -(int64_t)n : (int64_t)n);
            if (target < 0 || target >= code->var.size || starts[target] < 0 ||
                (uint32_t)starts[target] >= count) {
                return "jump to nowhere";
            }
            d->target = starts[target];
        } else if (uses_local(d->op)) {
            if (n >= (size_t)code->nlocalsplus) {
                return "local variable out of range";
            }
        } else if (uses_name(d->op)) {
            if ((d->op == LOAD_GLOBAL ? n >> 1 : n) >= name_count) {
                return "name out of range";
            }
        }
        switch (d->op) {
        case LOAD_CONST:
            if (n >= consts) {
                return "constant out of range";
            }
            break;
        case COMPARE_OP:
            if (n > CMP_GE) {
                return "unknown comparison";
            }
            break;
        case BINARY_OP:
            if (n > 25) {
                return "unknown operator";
            }
            break;
        case BUILD_SLICE:
            if (n != 2 && n != 3) {
                return "bad slice";
            }
            break;
        case RAISE_VARARGS:
            if (n > 2) {
                return "bad argument of RAISE_VARARGS";
            }
            break;
        case COPY_FREE_VARS:
            if (n > (size_t)code->nlocalsplus) {
                return "too many free variables";
            }
            break;
        case YIELD_VALUE:
        case RETURN_GENERATOR:
        case ASYNC_GEN_WRAP:
        case SEND:
            if (!code_is_generator(code)) {
                return "a function that yields and is no generator";
            }
            break;
        default: break;
        }
    }
    return NULL;
}

static bool read_varint(const uint8_t **p, const uint8_t *end, uint32_t *value) {
    uint32_t result = 0;
    for (int i = 0; i < 6; i++) {
        if (*p >= end) {
            return false;
        }
        uint8_t byte = *(*p)++;
        result = result << 6 | (byte & 63);
        if (!(byte & 64)) {
            *value = result;
            return true;
        }
    }
    return false;
}

// Reads the exception table; `handled` has room for a fifth of its bytes.
static const char *decode_table(const Code *code, const int32_t *map, uint32_t cells, Handled *handled,
                                uint32_t *count) {
    const uint8_t *p = (const uint8_t *)bytes_data(code->exceptiontable);
    const uint8_t *end = p + bytes_length(code->exceptiontable);
    uint32_t n = 0;
    ssize_t units = code->var.size;
    while (p < end) {
        uint32_t start, size, target, depth;
        if (!read_varint(&p, end, &start) || !read_varint(&p, end, &size) || !read_varint(&p, end, &target) ||
            !read_varint(&p, end, &depth)) {
            return "exception table";
        }
        if (start >= units || size > units - start || target >= units || map[target] < 0 ||
            depth >> 1 >= UINT16_MAX) {
            return "exception table";
        }
        // the range in cells: those whose instruction begins inside
        uint32_t first = start, last = start + size;
        while (first < last && map[first] < 0) {
            first++;
        }
        uint32_t after = last;
        while (after < units && map[after] < 0) {
            after++;
        }
        handled[n++] = (Handled){ (uint32_t)(first < units ? map[first] : (int32_t)cells),
                                  after < units ? (uint32_t)map[after] : cells, (uint32_t)map[target],
                                  (uint16_t)(depth >> 1), depth & 1 };
    }
    *count = n;
    return NULL;
}

static int32_t exact_arguments(const Code *code) {
    if (!(code->flags & CO_OPTIMIZED)) {
        return -1;  // its names have to be found
    }
    if (code->flags & (CO_VARARGS | CO_VARKEYWORDS) || code->kwonlyargcount) {
        return -1;
    }
    return code->argcount;
}

static HANDLER(op_end) {
    raise_error(&exc_SystemError, "control ran out of the code");
    ERROR();
}

READS_RECORDS static void fill_cell(const Code *code, Twin *twin, const Decoded *d, uint32_t i,
                                    Record **record) {
    Instruction *cell = &twin->cells[i];
    size_t n = d->argument;
    cell->handler = opcode_handlers[d->op];
    if (has_record(d->op)) {
        Record *r = (*record)++;
        *r = (Record){};
        if (!twin_chains_records(d->op)) {
            r->argument = d->argument;
        }
        r->name = d->op == CALL ? d->kwnames
                                : tuple_get(code->names, (ssize_t)(d->op == LOAD_GLOBAL ? n >> 1 : n));
        twin->sites[r - twin->records] = i;
        cell->record = r;
    } else if (d->target >= 0) {
        cell->target = twin->cells + d->target;
    } else if (uses_local(d->op)) {
        cell->value = offsetof(Frame, locals) + n * sizeof(Object *);
    } else if (uses_name(d->op)) {
        cell->object = tuple_get(code->names, (ssize_t)n);
    } else if (d->op == LOAD_CONST) {
        cell->object = tuple_get(code->consts, (ssize_t)n);
    } else {
        cell->value = n;
    }
}

// Everything that can be judged and counted before the twin is allocated.
typedef struct Scratch {
    Decoded *decoded;
    int32_t *starts, *map;
    Handled *handled;
    uint16_t *depths;
    uint32_t count, handled_count;
} Scratch;

static void scratch_free(Scratch *s) {
    free(s->decoded);
    free(s->starts);
    free(s->map);
    free(s->handled);
    free(s->depths);
}

static int analyze(const Code *code, Scratch *s) {
    size_t units = (size_t)code->var.size;
    size_t table = (size_t)bytes_length(code->exceptiontable);
    s->decoded = malloc((units + 1) * sizeof *s->decoded);
    s->starts = malloc((units + 1) * sizeof *s->starts);
    s->map = malloc((units + 1) * sizeof *s->map);
    s->handled = malloc((table / 4 + 1) * sizeof *s->handled);
    s->depths = malloc((units + 1) * sizeof *s->depths);
    if (!s->decoded || !s->starts || !s->map || !s->handled || !s->depths) {
        raise_memory_error();
        return -1;
    }
    memset(s->starts, 0xff, (units + 1) * sizeof *s->starts);
    memset(s->map, 0xff, (units + 1) * sizeof *s->map);
    const char *problem = NULL;
    int total = code->argcount + code->kwonlyargcount + !!(code->flags & CO_VARARGS) +
                !!(code->flags & CO_VARKEYWORDS);
    if (code->nlocalsplus < 0 || code->stacksize < 0 || total > code->nlocalsplus ||
        tuple_size(code->localsplusnames) != code->nlocalsplus ||
        bytes_length(code->localspluskinds) != code->nlocalsplus || code->stacksize > 60000 ||
        code->nlocalsplus > (1 << 24)) {
        problem = "inconsistent sizes";
    }
    if (!problem) {
        problem = decode(code, s->decoded, &s->count, s->starts, s->map);
    }
    if (!problem) {
        problem = check_operands(code, s->decoded, s->count, s->starts);
    }
    if (!problem) {
        problem = decode_table(code, s->map, s->count, s->handled, &s->handled_count);
    }
    if (!problem) {
        problem = s->count ? code_verify(code, s->decoded, s->count, s->handled, s->handled_count, s->depths)
                           : "no instructions";
    }
    if (problem) {
        if (*problem) {
            damaged(code, problem);
        }
        return -1;
    }
    return 0;
}

static void *copy_bytes(void *owner, void *slot, const void *source, size_t size) {
    void *cell = heap_alloc(size_max(size, 16), CELL_BYTES);
    if (cell) {
        if (source) {
            memcpy(cell, source, size);
        } else {
            memset(cell, 0, size);
        }
        gc_store(owner, slot, cell);
    }
    return cell;
}

// What ends a loop before its iterator does, `break` and `return`, pops the iterator.
static void mark_iterators(const Scratch *s, Instruction *cells) {
    for (uint32_t loop = 1; loop < s->count; loop++) {
        const Decoded *decoded = s->decoded;
        if (decoded[loop].op != FOR_ITER || s->depths[loop] == UINT16_MAX) {
            continue;
        }
        if (decoded[loop - 1].op == GET_ITER) {
            cells[loop - 1].handler = get_iter_for;
        }
        for (uint32_t i = loop + 1; (int64_t)i < decoded[loop].target; i++) {
            bool below = decoded[i - 1].op == SWAP && decoded[i - 1].argument == 2;
            if (decoded[i].op == POP_TOP && s->depths[i] == s->depths[loop] + below) {
                cells[i].handler = pop_iterator;
            }
        }
    }
}

READS_RECORDS static Twin *build_cells(Code *code, Scratch *s) {
    Twin *twin = (Twin *)object_alloc(&feedback_arena_type);
    if (!twin) {
        return NULL;
    }
    uint32_t count = s->count, sites = 0;
    for (uint32_t i = 0; i < count; i++) {
        sites += has_record(s->decoded[i].op);
    }
    gc_store(twin, &twin->code, code);
    twin->stack_offset = (uint32_t)code->nlocalsplus;
    twin->frame_words = (uint32_t)(sizeof(Frame) / sizeof(Object *)) + (uint32_t)code->nlocalsplus +
                        (uint32_t)code->stacksize + 1;
    twin->exact_args = exact_arguments(code);
    size_t units = (size_t)code->var.size;
    if (!copy_bytes(twin, &twin->cells, NULL, (count + 1) * sizeof(Instruction)) ||
        !copy_bytes(twin, &twin->offsets, NULL, (count + 1) * sizeof(uint32_t)) ||
        !copy_bytes(twin, &twin->map, s->map, (units + 1) * sizeof(int32_t)) ||
        !copy_bytes(twin, &twin->handled, s->handled, s->handled_count * sizeof(Handled)) ||
        !copy_bytes(twin, &twin->depths, s->depths, count * sizeof(uint16_t)) ||
        !copy_bytes(twin, &twin->sites, NULL, sites * sizeof(uint32_t)) ||
        !copy_bytes(twin, &twin->records, NULL, sites * sizeof(Record))) {
        return NULL;
    }
    Record *record = twin->records;
    for (uint32_t i = 0; i < count; i++) {
        fill_cell(code, twin, &s->decoded[i], i, &record);
        twin->offsets[i] = (uint32_t)s->decoded[i].unit * 2;
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        Handler pair = specialize_pair(s->decoded[i].op, s->decoded[i + 1].op);
        if (pair) {
            twin->cells[i].handler = pair;
        }
        if (s->decoded[i].op == LOAD_CONST && s->decoded[i + 1].op == STORE_FAST &&
            twin->cells[i].object == NONE) {
            twin->cells[i].handler = load_none_store_fast;
            if (i && specialize_pair(s->decoded[i - 1].op, LOAD_CONST)) { // which would jump into the middle
                twin->cells[i - 1].handler = opcode_handlers[s->decoded[i - 1].op];
            }
        }
    }
    mark_iterators(s, twin->cells);
    twin->cells[count].handler = op_end;
    twin->offsets[count] = (uint32_t)units * 2;
    twin->count = count;
    twin->handled_count = s->handled_count;
    twin->site_count = sites;
    gc_dirty(twin);
    return twin;
}

static Twin *build(Code *code, Scratch *s) {
    trace_own_allocation = true;
    Twin *twin = build_cells(code, s);
    trace_own_allocation = false;
    return twin;
}

// ---- what records refer to

// A guard may be the address of a cell, with a kind in its low bits.
static void *guarded_cell(uintptr_t guard) {
    void *cell = (void *)(guard & ~(uintptr_t)15);
    return guard && heap_contains(cell) ? cell : NULL;
}

// The record that a site knew before this one and still uses.
static const Record *chained_record(const Record *record) {
    return record->depth ? record->next : NULL;
}

// Also a guard that compares addresses must not outlive what lay there.
static bool any_is_dead(const Record *record, const Record *end) {
    for (; record && record != end; record = chained_record(record)) {
        if (heap_is_dead(record->value) || heap_is_dead(guarded_cell(record->guard)) ||
            heap_is_dead(guarded_cell(record->guard2))) {
            return true;
        }
    }
    return false;
}

static void trace_record(Tracer *tracer, const Record *record) {
    trace_cell(tracer, record);
    if (!heap_collection_is_full()) { // else forget_records comes
        trace_cell(tracer, record->value);
        trace_cell(tracer, guarded_cell(record->guard));
        trace_cell(tracer, guarded_cell(record->guard2));
    }
}

// All twins, the newest first; those up to `twins_seen` have survived a collection.
static Twin *all_twins, *twins_seen;

static void forget_records(Twin *twin) {
    for (uint32_t i = 0; i < twin->site_count; i++) {
        Instruction *cell = &twin->cells[twin->sites[i]];
        const Record *record = cell->record;
        if (any_is_dead(record, &twin->records[i])) {
            cell->record = &twin->records[i];
            cell->handler = opcode_handlers[twin_opcode(twin, twin->sites[i])];
        }
    }
}

static void forget_dead(void) {
    bool full = heap_collection_is_full();
    Twin **link = &all_twins;
    for (Twin *twin = all_twins; twin && (full || twin != twins_seen); twin = *link) {
        if (heap_is_dead(twin)) {
            *link = twin->made_before;
            continue;
        }
        if (full) {
            forget_records(twin);
        }
        link = &twin->made_before;
    }
    twins_seen = all_twins;
}

static void remember_twin(Twin *twin) {
    Twin *first = __atomic_load_n(&all_twins, __ATOMIC_RELAXED);
    do {
        if (!first) {
            static bool registered;
            if (!__atomic_exchange_n(&registered, true, __ATOMIC_RELAXED)) {
                heap_add_cache(forget_dead);
            }
        }
        twin->made_before = first;
    } while (
        !__atomic_compare_exchange_n(&all_twins, &first, twin, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

Twin *twin_make(Code *code) {
    Scratch scratch = { 0 };
    Twin *twin = NULL;
    if (analyze(code, &scratch) == 0) {
        twin = build(code, &scratch);
    }
    scratch_free(&scratch);
    if (!twin) {
        return NULL;
    }
    Twin *published = gc_publish(code, &code->extra, twin);
    if (published != twin) {
        return published;
    }
    remember_twin(twin);
    if (UNLIKELY(twin_dump_name != NULL)) {
        twin_dump(twin);
    }
    return twin;
}

static void twin_trace(Object *self, Tracer *tracer) {
    Twin *twin = (Twin *)self;
    trace_cell(tracer, twin->code);
    trace_cell(tracer, twin->cells);
    trace_cell(tracer, twin->traced);
    trace_cell(tracer, twin->offsets);
    trace_cell(tracer, twin->map);
    trace_cell(tracer, twin->handled);
    trace_cell(tracer, twin->records);
    trace_cell(tracer, twin->sites);
    trace_cell(tracer, twin->lines);
    trace_cell(tracer, twin->depths);
    for (uint32_t i = 0; i < twin->site_count; i++) {
        const Record *record = twin->cells[twin->sites[i]].record;
        for (; record && record != &twin->records[i]; record = chained_record(record)) {
            trace_record(tracer, record);
        }
    }
}

Type feedback_arena_type;
const TypeSpec feedback_arena_spec = {
    .name = "feedback_arena",
    .is_internal = true,
    .basic_size = sizeof(Twin),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = twin_trace,
};
