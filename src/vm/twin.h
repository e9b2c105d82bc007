// The executable twin of a code object: one 16-byte cell per instruction, {handler, operand}, the
// operand already resolved.
//
// The bytecode itself never changes and is what programs see. Before its first run it is verified
// (vm/verify.c) and translated: EXTENDED_ARG, cache words, PRECALL and KW_NAMES are folded into the
// instruction that they belong to; constants, names, local slots and jump targets become pointers or
// byte offsets. Instructions that learn have a Record as their operand. A record is immutable once it
// is published and is swapped in with one store; the handler is stored separately, so that a handler
// may for a moment meet a record made for another one: every guard of a record that is not in use is
// zero, which matches nothing, and the records of attributes and of calls of functions have their kind in the low bits
// of the guard.
//
// Records do not keep classes and what was found in them alive: a full collection puts a site whose
// class, function or value died back to its first record.
//
// Tracing uses a second array of cells with the same indices, whose handlers report to the tracer and
// then run the plain handler.
#pragma once

#include "objects/code.h"
#include "vm/frame.h"

typedef struct Instruction Instruction;
typedef Object *(*Handler)(const Instruction *ip, Object **sp, Frame *fp, Thread *ts)
    __attribute__((preserve_none));

// What an instruction knows beyond its argument, and what it has learned: a cache line, which a cell of this size fills.
typedef struct Record {
    Object *name; // attribute or global name; CALL: the tuple of keyword names, or NULL
    // guards and what they lead to
    uintptr_t guard; // the address of a shape, a dict's table, a code object or a builtin's def
    uintptr_t guard2;
    uint32_t version; // a type's version
    uint32_t slot; // a slot number, a position in a dict table, a byte offset
    Object *value;
    void *pointer; // outside the heap, or kept alive by `value`
    uint32_t offset; // a byte offset in the instance
    uint8_t changes; // how many records the site had before this one
    uint8_t failures; // how often nothing could be learned: the one field that is counted up in place
    uint8_t kind, depth; // what an attribute's record describes; how many records follow it
    union {
        uint32_t argument; // the bytecode's argument: LOAD_GLOBAL, CALL
        const struct Record
            *next; // attributes: of a site that has seen several types, what it knew before, or NULL
    };
} Record;
static_assert(sizeof(Record) == CACHE_LINE);

struct Instruction {
    Handler handler;
    union {
        uint64_t value;
        Object *object;
        const Instruction *target;
        Record *record;
    };
};

// A line of the exception table, in cells.
typedef struct Handled {
    uint32_t start, end, target;
    uint16_t depth;
    bool lasti;
} Handled;

typedef struct Twin {
    Object base; // a cell of the heap, of type feedback_arena
    Code *code;
    uint32_t count; // instructions
    uint32_t frame_words; // size of a frame in words: header, locals, stack
    int32_t exact_args; // argcount when arguments bind one to one, -1 when they need more
    uint32_t stack_offset; // nlocalsplus
    uint32_t handled_count, site_count;
    Instruction *cells; // `count` and a guard that raises
    Instruction *traced; // or NULL
    uint32_t *offsets; // cell → byte offset of its instruction
    int32_t *map; // code unit → cell, -1 inside of an instruction
    Handled *handled;
    Record *records; // the first records of all sites
    uint32_t *sites; // cells whose operand is a record
    int32_t *lines; // cell → line that starts there, made for tracing, or NULL
    uint16_t *depths; // cell → stack depth before it (UINT16_MAX: never reached)
    struct Twin *made_before; // not traced: the list that forget_records goes through
} Twin;

// Of functions that make, or look at, what handlers find in a cell or a frame: a record, a twin. Handlers load the pointer
// without ThreadSanitizer's knowledge, which would take what depends on it for a race with the thread that wrote it
// before it was published. (no_sanitize alone leaves atomic accesses to it; inlined, they would be seen again.)
#if __has_feature(thread_sanitizer)
#define READS_RECORDS __attribute__((noinline, no_sanitize("thread"), disable_sanitizer_instrumentation))
#else
#define READS_RECORDS
#endif

// Whether the records of instructions of this opcode form chains.
bool twin_chains_records(uint8_t opcode);

// The twin of `code`, made at the first call. NULL with an exception.
Twin *twin_make(Code *code);
static inline Twin *code_twin(Code *code) {
    Twin *twin = __atomic_load_n((Twin **)&code->extra, __ATOMIC_ACQUIRE);
    return LIKELY(twin != NULL) ? twin : twin_make(code);
}

// The tracing cells, or NULL: another thread may be making them.
static inline Instruction *twin_traced(const Twin *twin) {
    return __atomic_load_n(&twin->traced, __ATOMIC_ACQUIRE);
}
static inline const int32_t *twin_lines(const Twin *twin) { // the same
    return __atomic_load_n(&twin->lines, __ATOMIC_ACQUIRE);
}

READS_RECORDS static inline uint32_t twin_index(const Twin *twin, const Instruction *ip) {
    size_t index = ((uintptr_t)ip - (uintptr_t)twin->cells) / sizeof(Instruction);
    if (LIKELY(index <= twin->count)) {
        return (uint32_t)index;
    }
    return (uint32_t)(ip - twin->traced);
}
READS_RECORDS static inline int twin_offset(const Twin *twin, const Instruction *ip) {
    return (int)twin->offsets[twin_index(twin, ip)];
}
READS_RECORDS static inline bool twin_is_traced(const Twin *twin, const Instruction *ip) {
    return (uintptr_t)ip - (uintptr_t)twin->cells > twin->count * sizeof(Instruction);
}
// The cell of index `index` in the array that `ip` belongs to.
READS_RECORDS static inline const Instruction *twin_sibling(const Twin *twin, const Instruction *ip,
                                                            uint32_t index) {
    return (twin_is_traced(twin, ip) ? twin->traced : twin->cells) + index;
}
// The bytecode's opcode and argument of a cell.
uint8_t twin_opcode(const Twin *twin, uint32_t index);
uint32_t twin_argument(const Twin *twin, uint32_t index);

bool twin_is_jump(uint8_t opcode);

// -X dump-code=NAME (vm/dump.c): NULL, or whose twins are printed when they are made; "" prints all.
extern const char *twin_dump_name;
void twin_dump(const Twin *twin);

// Makes the array of tracing cells; -1 with MemoryError.
int twin_make_traced(Twin *twin);

// ---- between translation and verification

typedef struct Decoded {
    uint8_t op;
    uint32_t argument;
    int32_t unit; // of the opcode itself
    int32_t target; // cell of the jump target, or -1
    Object *kwnames; // CALL
} Decoded;

// Follows every path; fills `depths`. Returns NULL when the code is sound, else what is wrong.
// "" stands for: out of memory (exception set).
const char *code_verify(const Code *code, const Decoded *decoded, uint32_t count, const Handled *handled,
                        uint32_t handled_count, uint16_t *depths);

extern const Handler opcode_handlers[256];
