// Steps through a code object's location table.
#pragma once

#include "objects/code.h"

typedef struct CodeTable {
    const uint8_t *next, *end;
    int running_line;
    int start_offset, end_offset;             // of the entry, in bytes of bytecode
    int line, end_line, column, end_column;   // -1: none
} CodeTable;

void code_table_start(CodeTable *table, const Code *code);
// Goes to the next entry; false at the end.
bool code_table_next(CodeTable *table);
