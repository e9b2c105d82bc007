// Validation of pattern code: every skip lands on an instruction of the same sequence, every group and
// set exists. Descends into sub-patterns under the recursion guard.
#include "modules/sre/sre.h"
#include "objects/errors.h"

static bool check_set(const Program *p, size_t at, size_t end) {
    while (at < end) {
        uint32_t op = p->code[at++];
        size_t words;
        switch (op) {
        case OP_NEGATE: words = 0; break;
        case OP_LITERAL: words = 1; break;
        case OP_CATEGORY:
            words = 1;
            if (at >= end || p->code[at] > 17) {
                return false;
            }
            break;
        case OP_RANGE:
        case OP_RANGE_UNI_IGNORE: words = 2; break;
        case OP_CHARSET: words = 8; break;
        case OP_BIGCHARSET: {
            if (at >= end || end - at < 65) {
                return false;
            }
            uint32_t blocks = p->code[at];
            const uint8_t *map = (const uint8_t *)(p->code + at + 1);
            for (int i = 0; i < 256; i++) {
                if (map[i] >= blocks) {
                    return false;
                }
            }
            words = 65 + (size_t)blocks * 8;
            break;
        }
        case OP_FAILURE: return at == end;
        default: return false;
        }
        if (words > end - at) {
            return false;
        }
        at += words;
    }
    return false;
}

// The length of the one-character operation at `at`, 0 when it is none.
static size_t single_length(const Program *p, size_t at, size_t end) {
    if (at >= end) {
        return 0;
    }
    switch (p->code[at]) {
    case OP_ANY:
    case OP_ANY_ALL: return 1;
    case OP_LITERAL:
    case OP_NOT_LITERAL:
    case OP_LITERAL_IGNORE:
    case OP_NOT_LITERAL_IGNORE:
    case OP_LITERAL_UNI_IGNORE:
    case OP_NOT_LITERAL_UNI_IGNORE:
    case OP_LITERAL_LOC_IGNORE:
    case OP_NOT_LITERAL_LOC_IGNORE: return at + 2 <= end ? 2 : 0;
    case OP_CATEGORY: return at + 2 <= end && p->code[at + 1] <= 17 ? 2 : 0;
    case OP_IN:
    case OP_IN_IGNORE:
    case OP_IN_UNI_IGNORE:
    case OP_IN_LOC_IGNORE: {
        if (at + 2 > end || p->code[at + 1] > end - at - 1 || p->code[at + 1] < 2 ||
            !check_set(p, at + 2, at + 1 + p->code[at + 1])) {
            return 0;
        }
        p->bitmap_of[at] = 1;
        return 1 + p->code[at + 1];
    }
    default: return 0;
    }
}

static bool check(const Program *p, size_t at, size_t end);

static bool check_guarded(const Program *p, size_t at, size_t end) {
    if (at > end || recursion_enter("") < 0) {
        return false;
    }
    bool good = check(p, at, end);
    recursion_leave();
    return good;
}

static bool check(const Program *p, size_t at, size_t end) {
    const uint32_t *code = p->code;
    while (at < end) {
        size_t single = single_length(p, at, end);
        if (single) {
            at += single;
            continue;
        }
        uint32_t op = code[at];
        size_t left = end - at;  // words from op on
        size_t skip = left >= 2 ? code[at + 1] : 0;
        switch (op) {
        case OP_FAILURE: at++; break;
        case OP_AT:
            if (left < 2 || code[at + 1] > 11) {
                return false;
            }
            at += 2;
            break;
        case OP_MARK:
            if (left < 2 || code[at + 1] >= (size_t)p->groups * 2) {
                return false;
            }
            at += 2;
            break;
        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE:
            if (left < 2 || code[at + 1] >= (size_t)p->groups) {
                return false;
            }
            at += 2;
            break;
        case OP_INFO:
            if (left < 5 || skip < 4 || skip > left - 1) {
                return false;
            }
            if (code[at + 2] & INFO_PREFIX) {
                if (skip < 6 || code[at + 5] < 1 || (skip - 6) / 2 < code[at + 5]) {
                    return false;
                }
            } else if ((code[at + 2] & INFO_CHARSET) && !check_set(p, at + 5, at + 1 + skip)) {
                return false;
            }
            at += 1 + skip;
            break;
        case OP_BRANCH: {
            size_t q = at + 1, target = 0;
            for (;;) {
                if (q >= end) {
                    return false;
                }
                size_t next = code[q];
                if (!next) {
                    break;
                }
                if (next < 3 || next > end - q - 1 || code[q + next - 2] != OP_JUMP) {
                    return false;
                }
                size_t to = q + next - 1 + code[q + next - 1];
                if (to > end || (target && target != to) || !check_guarded(p, q + 1, q + next - 2)) {
                    return false;
                }
                target = to;
                q += next;
            }
            if (target && target != q + 1) {
                return false;
            }
            at = q + 1;
            break;
        }
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE: {
            if (left < 5 || skip > left - 1 || code[at + 2] > code[at + 3]) {
                return false;
            }
            size_t body = single_length(p, at + 4, at + 1 + skip);
            if (!body || at + 4 + body + 1 != at + 1 + skip || code[at + skip] != OP_SUCCESS) {
                return false;
            }
            if (op == OP_REPEAT_ONE) {
                p->bitmap_of[at] = REPEAT_ENDS_ANYWHERE;
            }
            at += 1 + skip;
            break;
        }
        case OP_REPEAT:
        case OP_POSSESSIVE_REPEAT: {
            if (left < 5 || skip < 3 || skip >= left - 1 || code[at + 2] > code[at + 3] ||
                !check_guarded(p, at + 4, at + 1 + skip)) {
                return false;
            }
            uint32_t until = code[at + 1 + skip];
            if (op == OP_REPEAT ? until != OP_MAX_UNTIL && until != OP_MIN_UNTIL : until != OP_SUCCESS) {
                return false;
            }
            if (op == OP_REPEAT) {
                p->bitmap_of[at] = 1;
            }
            at += skip + 2;
            break;
        }
        case OP_ATOMIC_GROUP:
            if (left < 3 || skip < 2 || skip > left - 1 || code[at + skip] != OP_SUCCESS ||
                !check_guarded(p, at + 2, at + skip)) {
                return false;
            }
            at += 1 + skip;
            break;
        case OP_ASSERT:
        case OP_ASSERT_NOT:
            if (left < 4 || skip < 3 || skip > left - 1 || code[at + 2] & 0x80000000 ||
                code[at + skip] != OP_SUCCESS || !check_guarded(p, at + 3, at + skip)) {
                return false;
            }
            at += 1 + skip;
            break;
        case OP_GROUPREF_EXISTS: {
            if (left < 3 || code[at + 1] >= (size_t)p->groups || code[at + 2] < 2) {
                return false;
            }
            size_t no = at + 1 + code[at + 2];
            if (no > end) {
                return false;
            }
            // With a second branch, the first ends in a JUMP over it.
            if (no >= at + 5 && code[no - 2] == OP_JUMP && no - 1 + code[no - 1] <= end &&
                code[no - 1] >= 1 && check_guarded(p, at + 3, no - 2)) {
                size_t after = no - 1 + code[no - 1];
                if (!check_guarded(p, no, after)) {
                    return false;
                }
                at = after;
                break;
            }
            if (error_occurred() || !check_guarded(p, at + 3, no)) {
                return false;
            }
            at = no;
            break;
        }
        default: return false;
        }
    }
    return at == end;
}

int program_validate(const Program *program) {
    if (program->size < 1 || program->code[program->size - 1] != OP_SUCCESS ||
        !check_guarded(program, 0, (size_t)program->size - 1)) {
        if (!error_occurred()) {
            raise_error(&exc_RuntimeError, "invalid SRE code");
        }
        return -1;
    }
    return 0;
}
