// What is known about a pattern before it runs: sets of the first 256 characters as bitmaps, the characters
// that a match, a repeat's body or what follows a repeat can begin with, and a text that every match holds.
//
// Code that is analysed has been validated. All answers are safe from the other side: what cannot be
// told makes a set too large or leaves a fact out.
#include <string.h>

#include "modules/sre/analyze.h"
#include "objects/str.h"

// The categories' first 256 characters, but for those that depend on the locale (8 and 9).
enum { CATEGORIES = 18, CATEGORY_LOCALE = 8 };
static Bitmap category_bitmaps[CATEGORIES];

void sre_make_categories(void) {
    for (uint32_t k = 0; k < CATEGORIES; k++) {
        for (uint32_t c = 0; c < 256 && (k & ~1u) != CATEGORY_LOCALE; c++) {
            category_bitmaps[k][c >> 5] |= (uint32_t)sre_category(k, c) << (c & 31);
        }
    }
}

static inline void add(Bitmap bits, uint32_t c) {
    if (c < 256) {
        bits[c >> 5] |= 1u << (c & 31);
    }
}

static void add_all(Bitmap bits, const uint32_t *more) {
    for (int i = 0; i < 8; i++) {
        bits[i] |= more[i];
    }
}

static void bitmap_by_trying(Bitmap bits, const uint32_t *set) {
    memset(bits, 0, sizeof(Bitmap));
    for (uint32_t c = 0; c < 256; c++) {
        bits[c >> 5] |= (uint32_t)charset_contains(set, c) << (c & 31);
    }
}

static void bitmap_of_set(Bitmap bits, const uint32_t *set) {
    const uint32_t *start = set;
    bool negated = *set == OP_NEGATE;
    set += negated;
    memset(bits, 0, sizeof(Bitmap));
    for (; *set != OP_FAILURE;) {
        switch (*set++) {
        case OP_LITERAL: add(bits, *set++); break;
        case OP_RANGE:
            for (uint32_t c = set[0]; c <= set[1] && c < 256; c++) {
                add(bits, c);
            }
            set += 2;
            break;
        case OP_CHARSET:
            add_all(bits, set);
            set += 8;
            break;
        case OP_BIGCHARSET: {
            const uint32_t *blocks = set + 1;
            add_all(bits, blocks + 64 + ((const uint8_t *)blocks)[0] * 8);
            set += 65 + set[0] * 8;
            break;
        }
        case OP_CATEGORY:
            if ((*set & ~1u) != CATEGORY_LOCALE) {
                add_all(bits, category_bitmaps[*set++]);
                break;
            }
            [[fallthrough]];
        default: bitmap_by_trying(bits, start); return;
        }
    }
    for (int i = 0; negated && i < 8; i++) {
        bits[i] = ~bits[i];
    }
}

// The bitmap of the set of the IN, IN_IGNORE ... at `at`.
static void bitmap_of_in(Bitmap bits, const uint32_t *code) {
    bitmap_of_set(bits, code + 2);
    if (code[0] == OP_IN_IGNORE || code[0] == OP_IN_UNI_IGNORE) {
        Bitmap plain;
        memcpy(plain, bits, sizeof plain);
        memset(bits, 0, sizeof(Bitmap));
        for (uint32_t c = 0; c < 256; c++) {
            uint32_t lower = code[0] == OP_IN_IGNORE ? sre_lower_ascii(c) : char_to_lower(c);
            bool in = lower < 256 ? plain[lower >> 5] >> (lower & 31) & 1 : charset_contains(code + 2, lower);
            bits[c >> 5] |= (uint32_t)in << (c & 31);
        }
    }
}

// ---- what something can begin with

// None of the characters above 255 is in the set.
static bool set_is_narrow(const uint32_t *set) {
    for (;;) {
        switch (*set++) {
        case OP_FAILURE: return true;
        case OP_LITERAL:
            if (*set++ > 255) {
                return false;
            }
            break;
        case OP_RANGE:
            if (set[1] > 255) {
                return false;
            }
            set += 2;
            break;
        case OP_CHARSET: set += 8; break;
        default: return false;
        }
    }
}

uint32_t beginning_add_single(const Program *program, uint32_t at, Beginning *b) {
    const uint32_t *code = program->code + at;
    switch (code[0]) {
    case OP_LITERAL:
        add(b->bits, code[1]);
        b->wide |= code[1] > 255;
        return 2;
    case OP_IN:
        add_all(b->bits, program->bitmaps[program->bitmap_of[at]]);
        b->wide |= !set_is_narrow(code + 2);
        return 1 + code[1];
    case OP_IN_IGNORE:
    case OP_IN_UNI_IGNORE:
        add_all(b->bits, program->bitmaps[program->bitmap_of[at]]);
        b->wide = true;
        return 1 + code[1];
    case OP_ANY:
    case OP_ANY_ALL:
    case OP_IN_LOC_IGNORE:
    case OP_LITERAL_LOC_IGNORE:
    case OP_NOT_LITERAL_LOC_IGNORE:
        memset(b->bits, 0xff, sizeof(Bitmap));
        b->wide = true;
        return code[0] == OP_IN_LOC_IGNORE ? 1 + code[1] : code[0] == OP_ANY || code[0] == OP_ANY_ALL ? 1 : 2;
    case OP_NOT_LITERAL: {
        Bitmap but_one;
        memset(but_one, 0xff, sizeof but_one);
        if (code[1] < 256) {
            but_one[code[1] >> 5] &= ~(1u << (code[1] & 31));
        }
        add_all(b->bits, but_one);
        b->wide = true;
        return 2;
    }
    case OP_CATEGORY:
    case OP_LITERAL_IGNORE:
    case OP_NOT_LITERAL_IGNORE:
    case OP_LITERAL_UNI_IGNORE:
    case OP_NOT_LITERAL_UNI_IGNORE:
        for (uint32_t c = 0; c < 256; c++) {
            b->bits[c >> 5] |= (uint32_t)sre_single_matches(program, at, c) << (c & 31);
        }
        b->wide = true;
        return 2;
    default: return 0;
    }
}

typedef enum Reach {
    REACH_UNKNOWN,
    REACH_NOT,   // every way takes a character before
    REACH_END,   // a way leads to the end without one
} Reach;

enum { MOST_STEPS = 64, MOST_NESTING = 40 };

// Adds the characters that code from `at` can take first, on ways that stay before `end`.
static Reach add_first(const Program *program, uint32_t at, uint32_t end, int nesting, Beginning *b) {
    const uint32_t *code = program->code;
    while (at != end) {
        if (nesting > MOST_NESTING || --b->steps < 0) {
            return REACH_UNKNOWN;
        }
        if (beginning_add_single(program, at, b)) {
            return REACH_NOT;
        }
        switch (code[at]) {
        case OP_FAILURE: return REACH_NOT;
        case OP_AT:
        case OP_MARK: at += 2; break;
        case OP_INFO:
        case OP_ASSERT:
        case OP_ASSERT_NOT:
        case OP_JUMP: at += 1 + code[at + 1]; break;
        case OP_BRANCH: {
            bool reached = false;
            uint32_t alternative = at + 1;
            for (; code[alternative]; alternative += code[alternative]) {
                // Not as far as the jump, which leads behind the last alternative.
                Reach reach = add_first(program, alternative + 1, alternative + code[alternative] - 2,
                                        nesting + 1, b);
                if (reach == REACH_UNKNOWN) {
                    return reach;
                }
                reached |= reach == REACH_END;
            }
            if (!reached) {
                return REACH_NOT;
            }
            at = alternative + 1;
            break;
        }
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE:
            beginning_add_single(program, at + 4, b);
            if (code[at + 2]) {
                return REACH_NOT;
            }
            at += 1 + code[at + 1];
            break;
        case OP_REPEAT:
        case OP_POSSESSIVE_REPEAT: {
            uint32_t until = at + 1 + code[at + 1];
            Reach reach = add_first(program, at + 4, until, nesting + 1, b);
            if (reach == REACH_UNKNOWN || (reach == REACH_NOT && code[at + 2])) {
                return reach;
            }
            at = until + 1;
            break;
        }
        case OP_ATOMIC_GROUP: {
            Reach reach = add_first(program, at + 2, at + code[at + 1], nesting + 1, b);
            if (reach != REACH_END) {
                return reach;
            }
            at += 1 + code[at + 1];
            break;
        }
        default: return REACH_UNKNOWN;
        }
    }
    return REACH_END;
}

// ---- a text that every match holds

typedef struct Width {
    uint64_t least, most;  // in characters; UNBOUNDED and above: without limit
} Width;
enum : uint64_t { UNBOUNDED = 1u << 20 };

static uint64_t product(uint64_t a, uint32_t b) {
    return a && b ? (a >= UNBOUNDED || b >= UNBOUNDED || a * b >= UNBOUNDED ? UNBOUNDED : a * b) : 0;
}

// Adds the width of what the code from `at` to `end` matches. With `needed`, whose offsets are relative to
// where it was called first, looks for the longest text among operations that all matches go through; false
// where the code cannot be told.
static bool add_width(const Program *program, uint32_t at, uint32_t end, int nesting, Width *width,
                      Needed *needed) {
    const uint32_t *code = program->code;
    Needed text = { 0 };
    while (at < end) {
        if (nesting > MOST_NESTING) {
            return false;
        }
        uint32_t op = code[at];
        bool goes_on = false;
        Width before = *width;
        switch (op) {
        case OP_FAILURE: return false;
        case OP_AT:
        case OP_MARK:
            at += 2;
            goes_on = true;
            break;
        case OP_INFO:
        case OP_ASSERT:
        case OP_ASSERT_NOT:
            at += 1 + code[at + 1];
            goes_on = true;
            break;
        case OP_ANY:
        case OP_ANY_ALL:
            width->least++;
            width->most++;
            at++;
            break;
        case OP_LITERAL: goes_on = needed && text.length < COUNT_OF(text.text); [[fallthrough]];
        case OP_NOT_LITERAL:
        case OP_CATEGORY:
        case OP_LITERAL_IGNORE:
        case OP_NOT_LITERAL_IGNORE:
        case OP_LITERAL_UNI_IGNORE:
        case OP_NOT_LITERAL_UNI_IGNORE:
        case OP_LITERAL_LOC_IGNORE:
        case OP_NOT_LITERAL_LOC_IGNORE:
            width->least++;
            width->most++;
            at += 2;
            break;
        case OP_IN:
        case OP_IN_IGNORE:
        case OP_IN_UNI_IGNORE:
        case OP_IN_LOC_IGNORE:
            width->least++;
            width->most++;
            at += 1 + code[at + 1];
            break;
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE:
            width->least += product(1, code[at + 2]);
            width->most += product(1, code[at + 3]);
            at += 1 + code[at + 1];
            break;
        case OP_REPEAT:
        case OP_POSSESSIVE_REPEAT: {
            Width body = { 0 };
            uint32_t until = at + 1 + code[at + 1];
            if (!add_width(program, at + 4, until, nesting + 1, &body, NULL)) {
                return false;
            }
            width->least += product(body.least, code[at + 2]);
            width->most += product(body.most, code[at + 3]);
            at = until + 1;
            break;
        }
        case OP_ATOMIC_GROUP:
            if (!add_width(program, at + 2, at + code[at + 1], nesting + 1, width, NULL)) {
                return false;
            }
            at += 1 + code[at + 1];
            break;
        case OP_BRANCH: {
            Width all = { UNBOUNDED, 0 };
            uint32_t alternative = at + 1;
            for (; code[alternative]; alternative += code[alternative]) {
                Width one = { 0 };
                if (!add_width(program, alternative + 1, alternative + code[alternative] - 2, nesting + 1,
                               &one, NULL)) {
                    return false;
                }
                all.least = one.least < all.least ? one.least : all.least;
                all.most = one.most > all.most ? one.most : all.most;
            }
            width->least += all.least;
            width->most += all.most;
            at = alternative + 1;
            break;
        }
        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE:
            width->most += UNBOUNDED;
            at += 2;
            break;
        default: return false;
        }
        width->least = width->least > UNBOUNDED ? UNBOUNDED : width->least;
        width->most = width->most > UNBOUNDED ? UNBOUNDED : width->most;
        if (!needed) {
            continue;
        }
        if (op == OP_LITERAL && goes_on) {
            if (!text.length) {
                text.least = (ssize_t)before.least;
                text.most = before.most >= UNBOUNDED ? SSIZE_LIMIT : (ssize_t)before.most;
            }
            text.text[text.length++] = code[at - 1];
            if (text.length > needed->length) {
                *needed = text;
            }
        } else if (!goes_on) {
            text.length = 0;
        }
    }
    return true;
}

// A text that a pattern wants to see before it begins: (?<=text). It stands where nothing else can.
static bool needed_behind(const uint32_t *code, uint32_t at, Needed *behind) {
    while (code[at] == OP_MARK) {
        at += 2;
    }
    uint32_t count = code[at] == OP_ASSERT ? code[at + 2] : 0;
    if (!count || count > COUNT_OF(behind->text)) {
        return false;
    }
    *behind = (Needed){ .length = count, .least = -(ssize_t)count, .most = -(ssize_t)count };
    for (uint32_t i = 0; i < count; i++) {
        if (code[at + 3 + 2 * i] != OP_LITERAL) {
            return false;
        }
        behind->text[i] = code[at + 4 + 2 * i];
    }
    return true;
}

// ---- all of it

void program_analyze(Program *program) {
    const uint32_t *code = program->code;
    uint32_t next = 0, end = (uint32_t)program->size - 1, start = code[0] == OP_INFO ? 1 + code[1] : 0;
    for (uint32_t i = 0; i < end; i++) {
        if (program->bitmap_of[i] && code[i] != OP_REPEAT_ONE) {
            program->bitmap_of[i] = ++next;
            if (code[i] != OP_REPEAT) {
                bitmap_of_in(program->bitmaps[next], code + i);
            }
        }
    }
    for (uint32_t i = 0; i < end; i++) {
        uint32_t number = program->bitmap_of[i];
        Beginning b = { .steps = MOST_STEPS };
        if (number && code[i] == OP_REPEAT) {
            // A body that can match nothing has to be tried everywhere.
            if (add_first(program, i + 4, i + 1 + code[i + 1], 0, &b) == REACH_NOT) {
                memcpy(program->bitmaps[number], b.bits, sizeof(Bitmap));
            } else {
                program->bitmap_of[i] = 0;
            }
        } else if (number && code[i] == OP_REPEAT_ONE) {
            program->bitmap_of[i] = REPEAT_ENDS_ANYWHERE;
            if (add_first(program, i + 1 + code[i + 1], end, 0, &b) == REACH_NOT) {
                Beginning body = { 0 };
                beginning_add_single(program, i + 4, &body);
                uint32_t common = 0;
                for (int k = 0; k < 8; k++) {
                    common |= body.bits[k] & b.bits[k];
                }
                program->bitmap_of[i] = common                ? REPEAT_ENDS_ANYWHERE
                                        : b.wide && body.wide ? REPEAT_ENDS_LATEST_NARROW
                                                              : REPEAT_ENDS_LATEST;
            }
        }
    }
    program->line_anchored = code[start] == OP_AT && code[start + 1] == AT_BEGINNING_LINE;
    if (code[0] == OP_INFO && code[2] & INFO_PREFIX) {
        return;
    }
    if (code[0] == OP_INFO && code[2] & INFO_CHARSET) {
        bitmap_of_set(program->bitmaps[0], code + 5);
    } else {
        Beginning b = { .steps = MOST_STEPS };
        program->first_known = add_first(program, start, end, 0, &b) == REACH_NOT;
        memcpy(program->bitmaps[0], b.bits, sizeof(Bitmap));
    }
    Width width = { 0 };
    if (!add_width(program, start, end, 0, &width, &program->needed)) {
        program->needed.length = 0;
    }
    Needed behind;
    if (needed_behind(code, start, &behind) &&
        (program->needed.least != program->needed.most || behind.length >= program->needed.length)) {
        program->needed = behind;
    }
}
