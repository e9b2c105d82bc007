// The forms of CPython's specialised instructions that handlers stand for.
#pragma once

#include "vm/twin.h"

enum : uint8_t {
#define SPECIALIZED(name, number, base) name = number,
#include "vm/specialized.def"
#undef SPECIALIZED
};

typedef struct SpecializedForm {
    Handler handler;  // NULL ends a table
    uint8_t opcode;
} SpecializedForm;

// Of each file of specialised handlers. One that serves PRECALL and CALL is there for both.
extern const SpecializedForm fast_arith_forms[], fast_attr_forms[], fast_call_forms[], fast_iter_forms[];
