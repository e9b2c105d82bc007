// The matching engine: a backtracking interpreter of the pattern code. Everything that must be undone or
// tried when matching fails is a record on one explicit stack; the C stack does not grow.
//
// A choice record says where to go on; an undo record restores a mark or a repeat's counters. A sub-match
// (assertion, atomic group, possessive repeat) begins with a barrier; when it succeeds, the choices
// above the barrier are thrown away and the undo records stay.
#include <ctype.h>

#include "base/search.h"
#include "modules/sre/sre.h"
#include "objects/errors.h"
#include "objects/polling.h"
#include "objects/str.h"
#include "objects/unicode_data.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

typedef enum RecordKind {
    RECORD_BRANCH,      // choice: a = code of the next alternative, b = position
    RECORD_ONE,         // choice: a = REPEAT_ONE, b = least position, c = current position
    RECORD_MIN_ONE,     // choice: a = MIN_REPEAT_ONE, b = position, c = how many so far
    RECORD_TAIL,        // choice: leave the repeat: a = code after UNTIL, b = position, c = repeat
    RECORD_BODY,        // choice: one more round of a lazy repeat: b = position, c = repeat
    RECORD_BARRIER,     // a = code of the sub-match, b = position, c = outer barrier; d = count
    RECORD_MARK,        // undo: mark a was b; last index was c
    RECORD_REPEAT,      // undo: the current repeat was b, there were c repeats
    RECORD_COUNT,       // undo: repeat a had count b and last position c
} RecordKind;

typedef struct Repeat {
    uint32_t code;  // of REPEAT
    ssize_t count, last, previous;
} Repeat;

int run_init(Run *run, const Program *program) {
    memset(run, 0, offsetof(Run, few_marks));
    run->program = program;
    run->last_index = -1;
    run->stack = run->few_records;
    run->capacity = COUNT_OF(run->few_records);
    if ((size_t)program->groups * 2 <= COUNT_OF(run->few_marks)) {
        run->marks = run->few_marks;
        return 0;
    }
    run->marks = malloc(((size_t)program->groups * 2 + 1) * sizeof(ssize_t));
    if (!run->marks) {
        raise_memory_error();
        return -1;
    }
    return 0;
}

void run_free(Run *run) {
    if (run->marks != run->few_marks) {
        free(run->marks);
    }
    if (run->stack != run->few_records) {
        free(run->stack);
    }
    free(run->repeats);
}

static int push_slow(Run *run) {
    size_t capacity = run->capacity * 2 + 64;
    bool few = run->stack == run->few_records;
    Record *larger = realloc(few ? NULL : run->stack, capacity * sizeof(Record));
    if (!larger) {
        raise_memory_error();
        return -1;
    }
    if (few) {
        memcpy(larger, run->few_records, run->depth * sizeof(Record));
    }
    run->stack = larger;
    run->capacity = capacity;
    return 0;
}

static inline int push(Run *run, RecordKind kind, uint32_t a, ssize_t b, ssize_t c, ssize_t d) {
    if (UNLIKELY(run->depth == run->capacity) && push_slow(run) < 0) {
        return -1;
    }
    run->stack[run->depth++] = (Record){ kind, a, b, c, d };
    return 0;
}

// ---- characters

uint32_t sre_lower_ascii(uint32_t c) {
    return c - 'A' < 26 ? c + 32 : c;
}

uint32_t sre_lower_locale(uint32_t c) {
    return c < 256 ? (uint32_t)tolower((int)c) : c;
}

static bool word_ascii(uint32_t c) {
    return c < 128 && (isalnum((int)c) || c == '_');
}

static bool word_unicode(uint32_t c) {
    return c < 128 ? word_ascii(c) : char_is_alnum(c);
}

static bool word_locale(uint32_t c) {
    return c < 256 && (isalnum((int)c) || c == '_');
}

bool sre_category(uint32_t category, uint32_t c) {
    bool result;
    switch (category < 8 ? category / 2 : category < 10 ? 4 : 5 + (category - 10) / 2) {
    case 0: result = c - '0' < 10; break;
    case 1: result = c == ' ' || c - 9 < 5; break;
    case 2: result = word_ascii(c); break;
    case 3: result = c == '\n'; break;
    case 4: result = word_locale(c); break;
    case 5: result = char_decimal(c) >= 0; break;
    case 6: result = char_is_space(c); break;
    case 7: result = word_unicode(c); break;
    default: result = char_is_linebreak(c);
    }
    return result ^ (category & 1);
}

// sre_category, in line for Unicode's spaces and word characters.
static inline bool category_matches(uint32_t category, uint32_t c) {
    switch (category >> 1) {
    case 6: return (c < 256 || c - 0x1680 <= 0x3000 - 0x1680 ? char_is_space(c) : false) ^ (category & 1);
    case 7: return word_unicode(c) ^ (category & 1);
    default: return sre_category(category, c);
    }
}

bool charset_contains(const uint32_t *set, uint32_t c) {
    bool found = true;
    for (;;) {
        switch (*set++) {
        case OP_FAILURE: return !found;
        case OP_LITERAL:
            if (c == *set++) {
                return found;
            }
            break;
        case OP_CATEGORY:
            if (category_matches(*set++, c)) {
                return found;
            }
            break;
        case OP_CHARSET:
            if (c < 256 && (set[c >> 5] >> (c & 31) & 1)) {
                return found;
            }
            set += 8;
            break;
        case OP_RANGE:
            if (set[0] <= c && c <= set[1]) {
                return found;
            }
            set += 2;
            break;
        case OP_RANGE_UNI_IGNORE: {
            uint32_t upper = char_to_upper(c);
            if ((set[0] <= c && c <= set[1]) || (set[0] <= upper && upper <= set[1])) {
                return found;
            }
            set += 2;
            break;
        }
        case OP_NEGATE: found = !found; break;
        case OP_BIGCHARSET: {
            uint32_t count = *set++;
            if (c < 65536) {
                uint32_t block = ((const uint8_t *)set)[c >> 8];
                if (set[64 + block * 8 + ((c & 255) >> 5)] >> (c & 31) & 1) {
                    return found;
                }
            }
            set += 64 + count * 8;
            break;
        }
        default: return false;
        }
    }
}

static bool in_locale_set(const uint32_t *set, uint32_t c) {
    uint32_t lower = sre_lower_locale(c);
    uint32_t upper = c < 256 ? (uint32_t)toupper((int)c) : c;
    return charset_contains(set, lower) || (upper != lower && charset_contains(set, upper));
}

static bool literal_locale(uint32_t c, uint32_t literal) {
    return c == literal || sre_lower_locale(c) == literal ||
           (c < 256 && (uint32_t)toupper((int)c) == literal);
}

// Does the one-character operation at `at` match `c`?
ALWAYS_INLINE bool one_matches(const Program *program, uint32_t at, uint32_t c) {
    const uint32_t *code = program->code + at;
    switch (code[0]) {
    case OP_LITERAL: return c == code[1];
    case OP_NOT_LITERAL: return c != code[1];
    case OP_ANY: return c != '\n';
    case OP_ANY_ALL: return true;
    case OP_CATEGORY: return category_matches(code[1], c);
    case OP_IN:
        if (c < 256) {
            return program->bitmaps[program->bitmap_of[at]][c >> 5] >> (c & 31) & 1;
        }
        return charset_contains(code + 2, c);
    case OP_IN_IGNORE:
    case OP_IN_UNI_IGNORE:
        if (c < 256) {
            return program->bitmaps[program->bitmap_of[at]][c >> 5] >> (c & 31) & 1;
        }
        return charset_contains(code + 2, code[0] == OP_IN_IGNORE ? c : char_to_lower(c));
    case OP_IN_LOC_IGNORE: return in_locale_set(code + 2, c);
    case OP_LITERAL_IGNORE: return sre_lower_ascii(c) == code[1];
    case OP_NOT_LITERAL_IGNORE: return sre_lower_ascii(c) != code[1];
    case OP_LITERAL_UNI_IGNORE: return char_to_lower(c) == code[1];
    case OP_NOT_LITERAL_UNI_IGNORE: return char_to_lower(c) != code[1];
    case OP_LITERAL_LOC_IGNORE: return literal_locale(c, code[1]);
    case OP_NOT_LITERAL_LOC_IGNORE: return !literal_locale(c, code[1]);
    default: return false;
    }
}

bool sre_single_matches(const Program *program, uint32_t at, uint32_t c) {
    return one_matches(program, at, c);
}

ALWAYS_INLINE ssize_t count_stretch(Run *run, int kind, uint32_t at, ssize_t pos, ssize_t most) {
    const Program *program = run->program;
    const uint32_t *code = program->code + at;
    const void *text = run->text;
    ssize_t limit = run->end - pos < most ? run->end : pos + most, i = pos;
    switch (code[0]) {
    case OP_ANY_ALL: return limit - pos;
    case OP_ANY:
    case OP_NOT_LITERAL: {
        uint32_t stop = code[0] == OP_ANY ? '\n' : code[1];
        ssize_t found = search_unit(kind, (const char *)text + pos * kind, limit - pos, stop, 1);
        return found < 0 ? limit - pos : found;
    }
    case OP_LITERAL:
        while (i < limit && text_read(kind, text, i) == code[1]) {
            i++;
        }
        return i - pos;
    case OP_IN: {
        const uint32_t *bits = program->bitmaps[program->bitmap_of[at]];
        for (; i < limit; i++) {
            uint32_t c = text_read(kind, text, i);
            if (kind == 1 || c < 256 ? !(bits[c >> 5] >> (c & 31) & 1) : !charset_contains(code + 2, c)) {
                break;
            }
        }
        return i - pos;
    }
    default:
        while (i < limit && one_matches(program, at, text_read(kind, text, i))) {
            i++;
        }
        return i - pos;
    }
}

// In stretches, with a look at signals between them.
static NOINLINE ssize_t count_long(Run *run, uint32_t at, ssize_t pos, ssize_t most) {
    ssize_t count = 0;
    for (;;) {
        ssize_t from = pos + count, wanted = most - count < POLL_STEPS ? most - count : POLL_STEPS;
        ssize_t n = run->kind == 1   ? count_stretch(run, 1, at, from, wanted)
                    : run->kind == 2 ? count_stretch(run, 2, at, from, wanted)
                                     : count_stretch(run, 4, at, from, wanted);
        count += n;
        if (n < POLL_STEPS) {
            return count;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
}

// How many characters from `pos`, at most `most`, the one-character operation matches; -1 with an exception.
ALWAYS_INLINE ssize_t count_matches(Run *run, int kind, uint32_t at, ssize_t pos, ssize_t most) {
    if (UNLIKELY(run->end - pos > POLL_STEPS && most > POLL_STEPS)) {
        return count_long(run, at, pos, most);
    }
    return count_stretch(run, kind, at, pos, most);
}

ALWAYS_INLINE bool at_matches(Run *run, int kind, uint32_t what, ssize_t pos) {
    const void *text = run->text;
    bool (*word)(uint32_t) = what >= 10 ? word_unicode : what >= 8 ? word_locale : word_ascii;
    switch (what) {
    case 0:
    case 2: return pos == 0;
    case 1: return pos == 0 || text_read(kind, text, pos - 1) == '\n';
    case 5: return pos == run->end || (pos == run->end - 1 && text_read(kind, text, pos) == '\n');
    case 6: return pos == run->end || text_read(kind, text, pos) == '\n';
    case 7: return pos == run->end;
    default: {
        if (run->end == 0) {
            return false;
        }
        bool before = pos > 0 && word(text_read(kind, text, pos - 1));
        bool after = pos < run->end && word(text_read(kind, text, pos));
        bool boundary = what == 3 || what == 8 || what == 10;
        return (before != after) == boundary;
    }
    }
}

// The place behind marks at `at`, which match anywhere.
ALWAYS_INLINE uint32_t after_marks(const uint32_t *code, uint32_t at) {
    while (code[at] == OP_MARK) {
        at += 2;
    }
    return at;
}

// A quick look whether what stands at `at` fails at `pos`; false when only trying can tell.
ALWAYS_INLINE bool fails_at_once(Run *run, int kind, uint32_t at, ssize_t pos) {
    const uint32_t *code = run->program->code;
    at = after_marks(code, at);
    switch (code[at]) {
    case OP_LITERAL: return pos >= run->end || text_read(kind, run->text, pos) != code[at + 1];
    case OP_IN:
    case OP_NOT_LITERAL:
        return pos >= run->end || !one_matches(run->program, at, text_read(kind, run->text, pos));
    case OP_AT: return !at_matches(run, kind, code[at + 1], pos);
    default: return false;
    }
}

// From `at` down to `least`: the last position where what stands at `tail` may match; below `least`: none; NO_PLACE with
// an exception.
enum { NO_PLACE = -2 };
ALWAYS_INLINE ssize_t last_possible(Run *run, int kind, uint32_t tail, ssize_t at, ssize_t least) {
    const uint32_t *code = run->program->code;
    const void *text = run->text;
    ssize_t end = run->end;
    tail = after_marks(code, tail);
    if (code[tail] == OP_LITERAL) {
        uint32_t c = code[tail + 1];
        while (at >= least && (at >= end || text_read(kind, text, at) != c)) {
            if (poll_steps(at) < 0) {
                return NO_PLACE;
            }
            at--;
        }
    } else if (code[tail] == OP_IN) {
        while (at >= least && (at >= end || !one_matches(run->program, tail, text_read(kind, text, at)))) {
            if (poll_steps(at) < 0) {
                return NO_PLACE;
            }
            at--;
        }
    }
    return at;
}

// False when another round of the REPEAT at `at` fails at its first character.
ALWAYS_INLINE bool body_can_begin(Run *run, int kind, uint32_t at, ssize_t pos) {
    uint32_t number = run->program->bitmap_of[at];
    if (!number) {
        return true;
    }
    if (pos >= run->end) {
        return false;
    }
    uint32_t c = text_read(kind, run->text, pos);
    return c > 255 || run->program->bitmaps[number][c >> 5] >> (c & 31) & 1;
}

static int new_repeat(Run *run, uint32_t code, ssize_t previous) {
    if (run->repeat_count == run->repeat_capacity) {
        size_t capacity = run->repeat_capacity * 2 + 16;
        Repeat *larger = realloc(run->repeats, capacity * sizeof(Repeat));
        if (!larger) {
            raise_memory_error();
            return -1;
        }
        run->repeats = larger;
        run->repeat_capacity = capacity;
    }
    run->repeats[run->repeat_count++] = (Repeat){ code, -1, -1, previous };
    return 0;
}

// Takes back an undo record; anything else is left alone.
ALWAYS_INLINE void undo(Run *run, const Record *r, ssize_t *repeat) {
    if (r->kind == RECORD_MARK) {
        run->marks[r->a] = r->b;
        run->last_index = r->c;
    } else if (r->kind == RECORD_REPEAT) {
        *repeat = r->b;
        run->repeat_count = (size_t)r->c;
    } else if (r->kind == RECORD_COUNT) {
        run->repeats[r->a].count = r->b;
        run->repeats[r->a].last = r->c;
    }
}

// Throws away the choices above the barrier at `barrier`, and itself; undo records stay.
static void commit(Run *run, size_t barrier) {
    size_t to = barrier;
    for (size_t i = barrier + 1; i < run->depth; i++) {
        if (run->stack[i].kind >= RECORD_MARK) {
            run->stack[to++] = run->stack[i];
        }
    }
    run->depth = to;
}

ALWAYS_INLINE int match_kind(Run *run, int kind, ssize_t start) {
    const Program *program = run->program;
    const uint32_t *code = program->code;
    const void *text = run->text;
    const ssize_t end = run->end;
    const uint32_t latest = kind == 1 ? REPEAT_ENDS_LATEST_NARROW : REPEAT_ENDS_LATEST;
    uint32_t ip = code[0] == OP_INFO ? 1 + code[1] : 0;
    ssize_t pos = start, repeat = -1, barrier = -1;
    unsigned ticks = 0;
    run->depth = 0;
    run->repeat_count = 0;
    run->last_index = -1;
    for (ssize_t i = 0; i < program->groups * 2; i++) {
        run->marks[i] = -1;
    }
    for (;;) {
        if (UNLIKELY((++ticks & 0xfff) == 0) && safepoint() < 0) {
            return -1;
        }
        switch (code[ip]) {
        case OP_FAILURE: goto fail;
        case OP_SUCCESS: {
            if (barrier < 0) {
                if ((run->full && pos != end) || (run->must_advance && pos == start)) {
                    goto fail;
                }
                run->match_start = start;
                run->match_end = pos;
                return 1;
            }
            Record b = run->stack[barrier];
            uint32_t sub = b.a;
            switch (code[sub]) {
            case OP_ASSERT:
                commit(run, (size_t)barrier);
                pos = b.b;
                ip = sub + 1 + code[sub + 1];
                break;
            case OP_ASSERT_NOT:
                while (run->depth > (size_t)barrier + 1) {
                    undo(run, &run->stack[--run->depth], &repeat);
                }
                run->depth = (size_t)barrier;
                barrier = b.c;
                goto fail;
            case OP_ATOMIC_GROUP:
                commit(run, (size_t)barrier);
                ip = sub + 1 + code[sub + 1];
                break;
            default: { // POSSESSIVE_REPEAT: one more round, as long as it gets on
                commit(run, (size_t)barrier);
                ssize_t count = b.d + 1;
                uint32_t least = code[sub + 2], most = code[sub + 3];
                if (count < (ssize_t)least ||
                    ((most == SRE_MAXREPEAT || count < (ssize_t)most) && pos != b.b)) {
                    barrier = b.c;
                    if (push(run, RECORD_BARRIER, sub, pos, barrier, count) < 0) {
                        return -1;
                    }
                    barrier = (ssize_t)run->depth - 1;
                    ip = sub + 4;
                    continue;
                }
                ip = sub + 1 + code[sub + 1] + 1;
            }
            }
            barrier = b.c;
            continue;
        }
        case OP_LITERAL:
            if (pos >= end || text_read(kind, text, pos) != code[ip + 1]) {
                goto fail;
            }
            pos++;
            ip += 2;
            continue;
        case OP_NOT_LITERAL:
        case OP_CATEGORY:
        case OP_LITERAL_IGNORE:
        case OP_NOT_LITERAL_IGNORE:
        case OP_LITERAL_UNI_IGNORE:
        case OP_NOT_LITERAL_UNI_IGNORE:
        case OP_LITERAL_LOC_IGNORE:
        case OP_NOT_LITERAL_LOC_IGNORE:
            if (pos >= end || !one_matches(program, ip, text_read(kind, text, pos))) {
                goto fail;
            }
            pos++;
            ip += 2;
            continue;
        case OP_ANY:
        case OP_ANY_ALL:
            if (pos >= end || (code[ip] == OP_ANY && text_read(kind, text, pos) == '\n')) {
                goto fail;
            }
            pos++;
            ip++;
            continue;
        case OP_IN:
        case OP_IN_IGNORE:
        case OP_IN_UNI_IGNORE:
        case OP_IN_LOC_IGNORE:
            if (pos >= end || !one_matches(program, ip, text_read(kind, text, pos))) {
                goto fail;
            }
            pos++;
            ip += 1 + code[ip + 1];
            continue;
        case OP_AT:
            if (!at_matches(run, kind, code[ip + 1], pos)) {
                goto fail;
            }
            ip += 2;
            continue;
        case OP_MARK: {
            uint32_t i = code[ip + 1];
            // With nothing to go back to, nothing has to be taken back.
            if (run->depth && push(run, RECORD_MARK, i, run->marks[i], run->last_index, 0) < 0) {
                return -1;
            }
            run->marks[i] = pos;
            if (i & 1) {
                run->last_index = i / 2 + 1;
            }
            ip += 2;
            continue;
        }
        case OP_JUMP: ip += 1 + code[ip + 1]; continue;
        case OP_INFO: ip += 1 + code[ip + 1]; continue;
        case OP_BRANCH:
            ip++;
next_branch:
            // ip stands at an alternative's skip; passes over those that cannot begin here.
            while (code[ip] && fails_at_once(run, kind, ip + 1, pos)) {
                ip += code[ip];
            }
            if (!code[ip]) {
                goto fail;
            }
            if (code[ip + code[ip]] && push(run, RECORD_BRANCH, ip + code[ip], pos, 0, 0) < 0) {
                return -1;
            }
            ip++;
            continue;
        case OP_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE: {
            uint32_t least = code[ip + 2], most = code[ip + 3];
            if (end - pos < (ssize_t)least) {
                goto fail;
            }
            ssize_t n = count_matches(run, kind, ip + 4, pos,
                                      most == SRE_MAXREPEAT ? SSIZE_LIMIT : (ssize_t)most);
            if (n < (ssize_t)least) {
                if (UNLIKELY(n < 0)) {
                    return -1;
                }
                goto fail;
            }
            uint32_t tail = ip + 1 + code[ip + 1];
            if (n == (ssize_t)least || program->bitmap_of[ip] >= latest || code[ip] != OP_REPEAT_ONE) {
                pos += n;
                ip = tail;
                continue;
            }
            ssize_t at = last_possible(run, kind, tail, pos + n, pos + (ssize_t)least);
            if (at < pos + (ssize_t)least) {
                if (UNLIKELY(at == NO_PLACE)) {
                    return -1;
                }
                goto fail;
            }
            if (at > pos + (ssize_t)least && push(run, RECORD_ONE, ip, pos + (ssize_t)least, at, 0) < 0) {
                return -1;
            }
            pos = at;
            ip = tail;
            continue;
        }
        case OP_MIN_REPEAT_ONE: {
            uint32_t least = code[ip + 2], most = code[ip + 3];
            if (end - pos < (ssize_t)least) {
                goto fail;
            }
            if (least) {
                ssize_t n = count_matches(run, kind, ip + 4, pos, (ssize_t)least);
                if (n < (ssize_t)least) {
                    if (UNLIKELY(n < 0)) {
                        return -1;
                    }
                    goto fail;
                }
                pos += n;
            }
            if (most != least && push(run, RECORD_MIN_ONE, ip, pos, (ssize_t)least, 0) < 0) {
                return -1;
            }
            ip += 1 + code[ip + 1];
            continue;
        }
        case OP_REPEAT:
            if (push(run, RECORD_REPEAT, 0, repeat, (ssize_t)run->repeat_count, 0) < 0 ||
                new_repeat(run, ip, repeat) < 0) {
                return -1;
            }
            repeat = (ssize_t)run->repeat_count - 1;
            ip += 1 + code[ip + 1]; // to the UNTIL, which enters the body
            continue;
        case OP_MAX_UNTIL: {
            Repeat *r = &run->repeats[repeat];
            uint32_t least = code[r->code + 2], most = code[r->code + 3];
            ssize_t count = r->count + 1;
            if (count < (ssize_t)least) {
                if (push(run, RECORD_COUNT, (uint32_t)repeat, r->count, r->last, 0) < 0) {
                    return -1;
                }
                r->count = count;
                ip = r->code + 4;
                continue;
            }
            if ((most == SRE_MAXREPEAT || count < (ssize_t)most) && pos != r->last &&
                body_can_begin(run, kind, r->code, pos)) {
                if (push(run, RECORD_TAIL, ip + 1, pos, repeat, 0) < 0 ||
                    push(run, RECORD_COUNT, (uint32_t)repeat, r->count, r->last, 0) < 0) {
                    return -1;
                }
                r->count = count;
                r->last = pos;
                ip = r->code + 4;
                continue;
            }
            if (push(run, RECORD_REPEAT, 0, repeat, (ssize_t)run->repeat_count, 0) < 0) {
                return -1;
            }
            repeat = r->previous;
            ip++;
            continue;
        }
        case OP_MIN_UNTIL: {
            Repeat *r = &run->repeats[repeat];
            uint32_t least = code[r->code + 2], most = code[r->code + 3];
            ssize_t count = r->count + 1;
            if (count < (ssize_t)least) {
                if (push(run, RECORD_COUNT, (uint32_t)repeat, r->count, r->last, 0) < 0) {
                    return -1;
                }
                r->count = count;
                ip = r->code + 4;
                continue;
            }
            if ((most == SRE_MAXREPEAT || count < (ssize_t)most) && pos != r->last &&
                body_can_begin(run, kind, r->code, pos) && push(run, RECORD_BODY, 0, pos, repeat, 0) < 0) {
                return -1;
            }
            if (push(run, RECORD_REPEAT, 0, repeat, (ssize_t)run->repeat_count, 0) < 0) {
                return -1;
            }
            repeat = r->previous;
            ip++;
            continue;
        }
        case OP_POSSESSIVE_REPEAT:
            if (code[ip + 3] == 0) {
                ip += 1 + code[ip + 1] + 1;
                continue;
            }
            if (push(run, RECORD_BARRIER, ip, pos, barrier, 0) < 0) {
                return -1;
            }
            barrier = (ssize_t)run->depth - 1;
            ip += 4;
            continue;
        case OP_ATOMIC_GROUP:
            if (push(run, RECORD_BARRIER, ip, pos, barrier, 0) < 0) {
                return -1;
            }
            barrier = (ssize_t)run->depth - 1;
            ip += 2;
            continue;
        case OP_ASSERT:
        case OP_ASSERT_NOT:
            if (pos < (ssize_t)code[ip + 2]) {
                if (code[ip] == OP_ASSERT) {
                    goto fail;
                }
                ip += 1 + code[ip + 1];
                continue;
            }
            if (push(run, RECORD_BARRIER, ip, pos, barrier, 0) < 0) {
                return -1;
            }
            barrier = (ssize_t)run->depth - 1;
            pos -= (ssize_t)code[ip + 2];
            ip += 3;
            continue;
        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE: {
            uint32_t op = code[ip], group = code[ip + 1];
            ssize_t from = run->marks[group * 2], to = run->marks[group * 2 + 1];
            if (from < 0 || to < from || end - pos < to - from) {
                goto fail;
            }
            for (; from < to; from++, pos++) {
                uint32_t a = text_read(kind, text, from), b = text_read(kind, text, pos);
                if (a == b) {
                    continue;
                }
                if (op == OP_GROUPREF ||
                    (op == OP_GROUPREF_IGNORE       ? sre_lower_ascii(a) != sre_lower_ascii(b)
                     : op == OP_GROUPREF_UNI_IGNORE ? char_to_lower(a) != char_to_lower(b)
                                                    : sre_lower_locale(a) != sre_lower_locale(b))) {
                    goto fail;
                }
            }
            ip += 2;
            continue;
        }
        case OP_GROUPREF_EXISTS: {
            uint32_t group = code[ip + 1];
            ssize_t from = run->marks[group * 2], to = run->marks[group * 2 + 1];
            ip += from < 0 || to < from ? 1 + code[ip + 2] : 3;
            continue;
        }
        default: raise_error(&exc_RuntimeError, "invalid SRE code"); return -1;
        }

fail:
        for (;;) {
            if (!run->depth) {
                return 0;
            }
            Record *r = &run->stack[run->depth - 1];
            switch (r->kind) {
            case RECORD_BRANCH:
                ip = r->a;
                pos = r->b;
                run->depth--;
                goto next_branch;
            case RECORD_ONE: {
                uint32_t op = r->a, tail = op + 1 + code[op + 1];
                ssize_t at = last_possible(run, kind, tail, r->c - 1, r->b);
                if (at < r->b) {
                    if (UNLIKELY(at == NO_PLACE)) {
                        return -1;
                    }
                    run->depth--;
                    continue;
                }
                pos = at;
                ip = tail;
                if (at == r->b) {
                    run->depth--;
                } else {
                    r->c = at;
                }
                break;
            }
            case RECORD_MIN_ONE: {
                uint32_t op = r->a, most = code[op + 3], tail = op + 1 + code[op + 1];
                uint32_t first = after_marks(code, tail);
                ssize_t at = r->b;
                bool found = false;
                while (at < end && (most == SRE_MAXREPEAT || r->c < (ssize_t)most) &&
                       one_matches(program, op + 4, text_read(kind, text, at))) {
                    at++;
                    r->c++;
                    if (poll_steps(at) < 0) {
                        return -1;
                    }
                    if (code[first] != OP_LITERAL ||
                        (at < end && text_read(kind, text, at) == code[first + 1])) {
                        found = true;
                        break;
                    }
                }
                if (!found) {
                    run->depth--;
                    continue;
                }
                r->b = at;
                pos = at;
                ip = tail;
                break;
            }
            case RECORD_TAIL: {
                Record tail = *r;
                run->depth--;
                pos = tail.b;
                ip = tail.a;
                if (push(run, RECORD_REPEAT, 0, tail.c, (ssize_t)run->repeat_count, 0) < 0) {
                    return -1;
                }
                repeat = run->repeats[tail.c].previous;
                break;
            }
            case RECORD_BODY: {
                Record body = *r;
                run->depth--;
                repeat = body.c;
                Repeat *rep = &run->repeats[repeat];
                if (push(run, RECORD_COUNT, (uint32_t)repeat, rep->count, rep->last, 0) < 0) {
                    return -1;
                }
                pos = body.b;
                rep->count++;
                rep->last = pos;
                ip = rep->code + 4;
                break;
            }
            case RECORD_BARRIER: {
                Record b = *r;
                run->depth--;
                barrier = b.c;
                uint32_t sub = b.a;
                if (code[sub] == OP_ASSERT_NOT) {
                    pos = b.b;
                    ip = sub + 1 + code[sub + 1];
                } else if (code[sub] == OP_POSSESSIVE_REPEAT && b.d >= (ssize_t)code[sub + 2]) {
                    pos = b.b;
                    ip = sub + 1 + code[sub + 1] + 1;
                } else {
                    continue;
                }
                break;
            }
            default:
                undo(run, r, &repeat);
                run->depth--;
                continue;
            }
            break;
        }
    }
}

static NOINLINE int match1(Run *run, ssize_t at) {
    return match_kind(run, 1, at);
}
static NOINLINE int match2(Run *run, ssize_t at) {
    return match_kind(run, 2, at);
}
static NOINLINE int match4(Run *run, ssize_t at) {
    return match_kind(run, 4, at);
}

static inline int match_at(Run *run, ssize_t at) {
    return run->kind == 1 ? match1(run, at) : run->kind == 2 ? match2(run, at) : match4(run, at);
}

int run_match(Run *run) {
    return match_at(run, run->start);
}

// ---- searching

// A text of the pattern's in the subject's kind; length 0: none.
typedef struct Needle {
    ssize_t length;
    uint32_t units[24];
} Needle;

// At most 24 of the characters; false when the subject cannot hold one of them.
static bool needle_make(Needle *needle, int kind, const uint32_t *text, size_t length) {
    needle->length = (ssize_t)size_min(length, COUNT_OF(needle->units));
    for (ssize_t i = 0; i < needle->length; i++) {
        uint32_t c = text[i];
        if (kind < 4 && c >> 8 * kind) {
            return false;
        }
        if (kind == 1) {
            ((uint8_t *)needle->units)[i] = (uint8_t)c;
        } else if (kind == 2) {
            ((uint16_t *)needle->units)[i] = (uint16_t)c;
        } else {
            needle->units[i] = c;
        }
    }
    return true;
}

// Where it stands first at or after `at`; -1: nowhere; NO_PLACE with an exception.
static ssize_t needle_find(const Needle *needle, const Run *run, ssize_t at) {
    if (run->end - at < needle->length) {
        return -1;
    }
    int kind = run->kind;
    const char *from = (const char *)run->text + at * kind;
    ssize_t found = needle->length == 1
                        ? search_unit(kind, from, run->end - at, text_read(kind, needle->units, 0), 1)
                        : search_polling(kind, from, run->end - at, needle->units, needle->length, 1);
    return found < 0 ? found : at + found;
}

// The first place from `at` up to `end` where the heads let a match begin; `end` + 1: none. From each of these places
// on there are as many characters as the heads have.
ALWAYS_INLINE ssize_t heads_pass(const Heads *heads, int kind, const void *text, ssize_t at, ssize_t end) {
    int places = heads->places;
    for (; at <= end; at++) {
        uint32_t c = text_read(kind, text, at);
        uint32_t ways = c < 256 ? heads->of[0][c] : 0xff;
        for (int k = 1; ways && k < places; k++) {
            c = text_read(kind, text, at + k);
            ways &= c < 256 ? heads->of[k][c] : 0xff;
        }
        if (ways) {
            break;
        }
    }
    return at;
}
static NOINLINE ssize_t heads_find(const Heads *heads, int kind, const void *text, ssize_t at, ssize_t end) {
    return kind == 1   ? heads_pass(heads, 1, text, at, end)
           : kind == 2 ? heads_pass(heads, 2, text, at, end)
                       : heads_pass(heads, 4, text, at, end);
}

int run_search(Run *run) {
    const Program *program = run->program;
    const uint32_t *code = program->code, *set = NULL;
    ssize_t at = run->start, end = run->end;
    int kind = run->kind;
    uint32_t start = code[0] == OP_INFO ? 1 + code[1] : 0, flags = code[0] == OP_INFO ? code[2] : 0;
    // A pattern that begins with \A or ^ can match nowhere but at the beginning.
    bool anchored = code[start] == OP_AT && (code[start + 1] == 0 || code[start + 1] == 2);
    if (anchored && at > 0) {
        return 0;
    }
    if (code[0] == OP_INFO) {
        ssize_t least = code[3];
        if (end - at < least) {
            return 0;
        }
        end -= least;
    }
    Needle prefix, needle;
    prefix.length = needle.length = 0;
    if (flags & INFO_PREFIX) {
        if (!needle_make(&prefix, kind, code + 7, code[5])) {
            return 0;
        }
    } else if (flags & INFO_CHARSET) {
        set = code + 5;
    }
    const Needed *needed = &program->needed;
    if (needed->length && !anchored && !program->line_anchored &&
        !needle_make(&needle, kind, needed->text, needed->length)) {
        return 0;
    }
    ssize_t needle_at = -1;
    const uint32_t *known = program->bitmaps[0];
    for (; at <= end; at++) {
        if (needle.length) {
            if (at + needed->least > needle_at) {
                needle_at = needle_find(&needle, run, at + needed->least < 0 ? 0 : at + needed->least);
                if (needle_at < 0) {
                    return needle_at == NO_PLACE ? -1 : 0;
                }
            }
            if (at < needle_at - needed->most) {
                at = needle_at - needed->most;
            }
        }
        ssize_t from = at;
        if (program->line_anchored) {
            if (at > 0 && text_read(kind, run->text, at - 1) != '\n') {
                ssize_t found = search_unit(kind, (const char *)run->text + at * kind, run->end - at, '\n',
                                            1);
                if (found < 0) {
                    return 0;
                }
                at += found + 1;
            }
        } else if (prefix.length) {
            at = needle_find(&prefix, run, at);
            if (at < 0) {
                return at == NO_PLACE ? -1 : 0;
            }
            if (flags & INFO_LITERAL && prefix.length == (ssize_t)code[5]) {
                run->match_start = at;
                run->match_end = at + prefix.length;
                run->last_index = -1;
                return 1;
            }
        } else if (program->heads && !anchored) {
            // In stretches, with a look at signals between them.
            for (ssize_t stop = at;; at = stop + 1) {
                stop = end - at < POLL_STRETCH ? end : at + POLL_STRETCH;
                at = heads_find(program->heads, kind, run->text, at, stop);
                if (at <= stop || stop == end) {
                    break;
                }
                if (safepoint() < 0) {
                    return -1;
                }
            }
        } else if (set) {
            while (at < run->end) {
                uint32_t c = text_read(kind, run->text, at);
                if (c < 256 ? known[c >> 5] >> (c & 31) & 1 : charset_contains(set, c)) {
                    break;
                }
                at++;
                if (poll_steps(at) < 0) {
                    return -1;
                }
            }
        } else if (program->first_known && !anchored) {
            while (at < run->end) {
                uint32_t c = text_read(kind, run->text, at);
                if (c >= 256 || known[c >> 5] >> (c & 31) & 1) {
                    break;
                }
                at++;
                if (poll_steps(at) < 0) {
                    return -1;
                }
            }
        }
        if (at > end) {
            return 0;
        }
        if (at > from) {
            run->must_advance = false;
        }
        if (at > from && needle.length && at + needed->least > needle_at) {
            at--;
            continue;
        }
        int status = match_at(run, at);
        if (status) {
            return status;
        }
        run->must_advance = false;
        if (anchored) {
            return 0;
        }
        if (safepoint() < 0) { // an attempt may have looked at all of the text
            return -1;
        }
    }
    return 0;
}
