// What the first characters of a match can be, together: a search passes over places without an attempt.
//
// A pattern is taken as a few alternatives, each of which gets a bit. A table for each of the first places has, for
// each character, the bits of the alternatives that can have it there. Where the AND of what the tables say about the
// characters of a place is zero, no alternative begins there. What an alternative has behind its first operation that
// is no single character counts as anything.
#include <string.h>

#include "modules/sre/analyze.h"

static void head_add(Heads *heads, int place, uint8_t bit, const Beginning *b) {
    for (uint32_t c = 0; c < 256; c++) {
        heads->of[place][c] |= b->bits[c >> 5] >> (c & 31) & 1 ? bit : 0;
    }
}

static void add_alternative(const Program *program, uint32_t at, uint32_t end, uint8_t bit, Heads *heads) {
    const uint32_t *code = program->code;
    int place = 0;
    for (bool known = true; known && at < end && place < HEAD_PLACES;) {
        Beginning b = { 0 };
        uint32_t length;
        switch (code[at]) {
        case OP_AT:
        case OP_MARK: at += 2; break;
        case OP_INFO:
        case OP_ASSERT:
        case OP_ASSERT_NOT: at += 1 + code[at + 1]; break;
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE:
            beginning_add_single(program, at + 4, &b);
            for (uint32_t i = 0; i < code[at + 2] && place < HEAD_PLACES; i++) {
                head_add(heads, place++, bit, &b);
            }
            known = code[at + 2] == code[at + 3];
            at += 1 + code[at + 1];
            break;
        default:
            length = beginning_add_single(program, at, &b);
            known = length != 0;
            if (known) {
                head_add(heads, place++, bit, &b);
            }
            at += length;
        }
    }
    Beginning anything;
    memset(&anything, 0xff, sizeof anything);
    while (place < HEAD_PLACES) {
        head_add(heads, place++, bit, &anything);
    }
}

bool program_find_heads(const Program *program, Heads *heads) {
    const uint32_t *code = program->code;
    uint32_t end = (uint32_t)program->size - 1, at = 0, least = 0;
    if (code[0] == OP_INFO) {
        least = code[3];
        at = 1 + code[1];
    }
    memset(heads, 0, sizeof *heads);
    while (code[at] == OP_MARK) {
        at += 2;
    }
    if (code[at] == OP_BRANCH) {
        uint32_t number = 0;
        for (uint32_t alternative = at + 1; code[alternative]; alternative += code[alternative]) {
            uint8_t bit = (uint8_t)(1u << (number++ % 8));
            add_alternative(program, alternative + 1, alternative + code[alternative] - 2, bit, heads);
        }
    } else {
        add_alternative(program, at, end, 1, heads);
    }
    uint8_t all = 0;
    for (int c = 0; c < 256; c++) {
        all |= heads->of[0][c];
    }
    // No further than any match reaches, nor than the tables tell something.
    for (int place = 0; place < HEAD_PLACES && (uint32_t)place < least; place++) {
        bool tells = false;
        for (int c = 0; c < 256; c++) {
            tells |= heads->of[place][c] != all;
        }
        heads->places = tells ? place + 1 : heads->places;
    }
    return heads->places >= 2;
}
