// The code object: CPython 3.11's layout up to the bytecode (192 bytes), then the bytecode itself,
// which stays exactly as compiled: specialization happens in the executable twin (vm/twin.h).
#pragma once

#include "objects/object.h"

typedef struct Code {
    VarObject var;  // size: number of 16-bit code units
    Object *consts, *names, *exceptiontable;
    int flags;
    short warmup;
    short linearray_entry_size;
    int argcount, posonlyargcount, kwonlyargcount, stacksize, firstlineno;
    int nlocalsplus, nlocals, nplaincellvars, ncellvars, nfreevars;
    Object *localsplusnames, *localspluskinds, *filename, *name, *qualname, *linetable;
    Object *weakreflist;
    Object *code_bytes;  // CPython's _co_code: co_code, made on first need
    char *linearray;
    int first_traceable;
    void *extra;         // the executable twin (struct Twin *), made at the first run
    uint16_t units[1];   // low byte opcode, high byte argument
} Code;

enum { CO_FAST_LOCAL = 0x20, CO_FAST_CELL = 0x40, CO_FAST_FREE = 0x80 };  // localspluskinds
enum {
    CO_OPTIMIZED = 1,
    CO_NEWLOCALS = 2,
    CO_VARARGS = 4,
    CO_VARKEYWORDS = 8,
    CO_NESTED = 0x10,
    CO_GENERATOR = 0x20,
    CO_COROUTINE = 0x80,
    CO_ITERABLE_COROUTINE = 0x100,
    CO_ASYNC_GENERATOR = 0x200,
    CO_FUTURE_DIVISION = 0x20000,
    CO_FUTURE_ABSOLUTE_IMPORT = 0x40000,
    CO_FUTURE_WITH_STATEMENT = 0x80000,
    CO_FUTURE_PRINT_FUNCTION = 0x100000,
    CO_FUTURE_UNICODE_LITERALS = 0x200000,
    CO_FUTURE_BARRY_AS_BDFL = 0x400000,
    CO_FUTURE_GENERATOR_STOP = 0x800000,
    CO_FUTURE_ANNOTATIONS = 0x1000000,
};

// Everything a code object is made of; objects as CPython's `code.replace` takes them.
typedef struct CodeParts {
    int argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno;
    Object *code;             // bytes: bytecode with cache words; or NULL, and then
    const void *code_data;    // the same, copied
    ssize_t code_length;
    Object *consts, *names;   // tuples
    Object *localsplusnames;  // tuple of str
    Object *localspluskinds;  // bytes
    Object *filename, *name, *qualname;
    Object *linetable, *exceptiontable;  // bytes
} CodeParts;

// -X no_debug_ranges: new code objects keep their lines and drop their columns.
extern bool code_drops_columns;

// Interns names and identifier-like constants as CPython does. ValueError for inconsistent parts.
// A constant with the strings in it that look like names interned, as code objects have them.
Object *constant_intern(Object *value);
Object *code_new(const CodeParts *parts);
// The line of the instruction at `offset` bytes (-1: none).
int code_line_at(const Code *code, int offset);
// Line, end line, column, end column (each -1 when unknown); columns in UTF-8 bytes from 0.
void code_position_at(const Code *code, int offset, int *line, int *end_line, int *column, int *end_column);
Object *code_varnames(Code *code);
Object *code_cellvars(Code *code);
Object *code_freevars(Code *code);
Object *code_bytecode(Code *code);  // co_code, made on first need; NULL with MemoryError
Object *code_adaptive_bytecode(Code *code);  // with the specialised instructions (vm/adaptive.c)
static inline int code_is_generator(const Code *code) {
    return code->flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR);
}
