// Regular expressions: what the engine and the objects of _sre share.
//
// The code is what the library's re._compiler makes (MAGIC 20220615). It is validated before its first
// use, so that the engine trusts every skip, group number and set it meets. Then it is analysed (analyze.c):
// for each set the first 256 characters are evaluated once into a bitmap, and so is what matches begin with.
#pragma once

#include "objects/object.h"

enum {
    OP_FAILURE,
    OP_SUCCESS,
    OP_ANY,
    OP_ANY_ALL,
    OP_ASSERT,
    OP_ASSERT_NOT,
    OP_AT,
    OP_BRANCH,
    OP_CATEGORY,
    OP_CHARSET,
    OP_BIGCHARSET,
    OP_GROUPREF,
    OP_GROUPREF_EXISTS,
    OP_IN,
    OP_INFO,
    OP_JUMP,
    OP_LITERAL,
    OP_MARK,
    OP_MAX_UNTIL,
    OP_MIN_UNTIL,
    OP_NOT_LITERAL,
    OP_NEGATE,
    OP_RANGE,
    OP_REPEAT,
    OP_REPEAT_ONE,
    OP_SUBPATTERN,
    OP_MIN_REPEAT_ONE,
    OP_ATOMIC_GROUP,
    OP_POSSESSIVE_REPEAT,
    OP_POSSESSIVE_REPEAT_ONE,
    OP_GROUPREF_IGNORE,
    OP_IN_IGNORE,
    OP_LITERAL_IGNORE,
    OP_NOT_LITERAL_IGNORE,
    OP_GROUPREF_LOC_IGNORE,
    OP_IN_LOC_IGNORE,
    OP_LITERAL_LOC_IGNORE,
    OP_NOT_LITERAL_LOC_IGNORE,
    OP_GROUPREF_UNI_IGNORE,
    OP_IN_UNI_IGNORE,
    OP_LITERAL_UNI_IGNORE,
    OP_NOT_LITERAL_UNI_IGNORE,
    OP_RANGE_UNI_IGNORE,
    OP_COUNT,
};
enum { SRE_MAGIC = 20220615, INFO_PREFIX = 1, INFO_LITERAL = 2, INFO_CHARSET = 4 };
enum { AT_BEGINNING, AT_BEGINNING_LINE, AT_BEGINNING_STRING };
#define SRE_MAXREPEAT UINT32_MAX

// What follows a REPEAT_ONE cannot begin with a character that it takes: only the longest repeat needs to be
// tried. ..._NARROW: in texts without characters above 255.
enum { REPEAT_ENDS_ANYWHERE = 1, REPEAT_ENDS_LATEST_NARROW, REPEAT_ENDS_LATEST };

// A text that goes with every match, `least` to `most` (SSIZE_LIMIT: any number of) characters from its start; below
// zero where it has to stand before it.
typedef struct Needed {
    uint32_t length;
    uint32_t text[24];
    ssize_t least, most;
} Needed;

// The alternatives (as bits) that can have a character below 256 at one of the first places of a match (heads.c).
enum { HEAD_PLACES = 4 };
typedef struct Heads {
    int places;
    uint8_t of[HEAD_PLACES][256];
} Heads;

typedef struct Program {
    uint32_t *code;
    ssize_t size;
    ssize_t groups;
    // Per code word: of an IN the number of its bitmap; of a REPEAT that of what its body begins with, 0:
    // unknown; of a REPEAT_ONE where it ends.
    uint32_t *bitmap_of;
    uint32_t (*bitmaps)[8]; // sets of the first 256 characters; [0]: those a match can begin with
    bool first_known; // bitmaps[0] says it, other characters are tried
    bool line_anchored; // begins with (?m:^)
    Heads *heads; // a cell; NULL: attempts are made wherever the first character fits
    Needed needed; // length 0: none is known
} Program;

// A step that can be taken back (engine.c).
typedef struct Record {
    uint32_t kind, a;
    ssize_t b, c, d;
} Record;

// One run: the subject and what was matched. Lives on the C stack; its memory is from malloc and
// holds no object pointers.
typedef struct Run {
    const Program *program;
    int kind;
    const void *text;
    ssize_t start, end; // where to begin; where the subject ends
    ssize_t match_start, match_end;
    ssize_t *marks; // 2 for each group, -1: not set
    ssize_t last_index;
    bool full, must_advance;
    // backtracking
    Record *stack;
    size_t depth, capacity;
    struct Repeat *repeats;
    size_t repeat_count, repeat_capacity;
    // most matches need no memory of malloc's
    ssize_t few_marks[16];
    Record few_records[24];
} Run;

int run_init(Run *run, const Program *program);
void run_free(Run *run);
// 1: matched, 0: not, -1: an exception.
int run_match(Run *run);
int run_search(Run *run);

// -1 with RuntimeError("invalid SRE code").
int program_validate(const Program *program);
// Fills in what is known beside the code; the bitmaps have room for what program_validate marked in bitmap_of.
void program_analyze(Program *program);
// Whether more than the first character tells where a match can begin; to be called after program_analyze.
bool program_find_heads(const Program *program, Heads *heads);
void sre_make_categories(void); // once, before that
// Does the one-character operation at `at` match `c`?
bool sre_single_matches(const Program *program, uint32_t at, uint32_t c);
bool charset_contains(const uint32_t *set, uint32_t c);
uint32_t sre_lower_ascii(uint32_t c);
uint32_t sre_lower_locale(uint32_t c);
bool sre_category(uint32_t category, uint32_t c);
