// Where instructions stand in the source: the location table (PEP 626, PEP 657).
//
// An entry begins with a byte 1kkkklll: l + 1 is the number of code units, k the form. Forms 0 to 9
// give short columns on the same line, 10 to 12 a line step of 0 to 2 with columns in two bytes, 13 a
// line step without columns, 14 everything in variable-length numbers, 15 no location. Variable-length
// numbers have 6 bits a byte, low ones first, bit 6 set when more follow; signed ones have the sign in
// bit 0. A table from a damaged file ends where its bytes end.
#include "objects/bytes.h"
#include "objects/code_table.h"

void code_table_start(CodeTable *table, const Code *code) {
    const uint8_t *data = (const uint8_t *)bytes_data(code->linetable);
    *table = (CodeTable){ .next = data,
                          .end = data + bytes_length(code->linetable),
                          .running_line = code->firstlineno };
}

static unsigned read_varint(CodeTable *table) {
    unsigned value = 0;
    for (int shift = 0; table->next < table->end; shift += 6) {
        uint8_t byte = *table->next++;
        if (shift < 32) {
            value |= (unsigned)(byte & 63) << shift;
        }
        if (!(byte & 64)) {
            break;
        }
    }
    return value;
}

static int read_signed(CodeTable *table) {
    unsigned value = read_varint(table);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

static int read_byte(CodeTable *table) {
    return table->next < table->end ? *table->next++ : 0;
}

bool code_table_next(CodeTable *table) {
    if (table->next >= table->end) {
        return false;
    }
    uint8_t first = *table->next++;
    int form = (first >> 3) & 15;
    table->start_offset = table->end_offset;
    table->end_offset += ((first & 7) + 1) * 2;
    table->line = table->end_line = table->column = table->end_column = -1;
    if (form == 15) {
        return true;
    }
    if (form == 14) {
        table->running_line += read_signed(table);
        table->line = table->running_line;
        table->end_line = table->line + (int)read_varint(table);
        table->column = (int)read_varint(table) - 1;
        table->end_column = (int)read_varint(table) - 1;
    } else if (form == 13) {
        table->running_line += read_signed(table);
        table->line = table->end_line = table->running_line;
    } else if (form >= 10) {
        table->running_line += form - 10;
        table->line = table->end_line = table->running_line;
        table->column = read_byte(table);
        table->end_column = read_byte(table);
    } else {
        int second = read_byte(table);
        table->line = table->end_line = table->running_line;
        table->column = form * 8 + (second >> 4);
        table->end_column = table->column + (second & 15);
    }
    return true;
}

void code_position_at(const Code *code, int offset, int *line, int *end_line, int *column, int *end_column) {
    CodeTable table;
    code_table_start(&table, code);
    while (offset >= 0 && code_table_next(&table)) {
        if (offset < table.end_offset) {
            *line = table.line;
            *end_line = table.end_line;
            *column = table.column;
            *end_column = table.end_column;
            return;
        }
    }
    *line = *end_line = *column = *end_column = -1;
}

int code_line_at(const Code *code, int offset) {
    if (offset < 0) {
        return code->firstlineno;
    }
    int line, end_line, column, end_column;
    code_position_at(code, offset, &line, &end_line, &column, &end_column);
    return line;
}
