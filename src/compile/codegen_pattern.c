// Generating code for `match` (PEP 634).
//
// The subject is on top of the stack; while a pattern is tested, parts of it and captured values lie there
// too. A failure has to pop as many values as there are then: fail_pop[n] is the block that pops n of them
// and goes on to the next case. Captured names are stored only when the whole pattern has matched.
#include <limits.h>

#include "compile/codegen.h"

#include "compile/depth.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"

typedef struct PatternContext {
    Object *stores;          // list: captured names, in the order of their values on the stack
    Block **fail_pop;
    ssize_t fail_pop_count, fail_pop_capacity;
    ssize_t on_top;          // values above the captured ones that a failure pops too
    bool allow_irrefutable;  // whether a pattern may match everything here
} PatternContext;

static int generate_pattern(Generator *g, Pattern *p, PatternContext *c);

static bool is_wildcard(const Pattern *p) {
    return p->kind == PATTERN_MatchAs && !p->v.MatchAs.name;
}

static bool is_star_wildcard(const Pattern *p) {
    return p->kind == PATTERN_MatchStar && !p->v.MatchStar.name;
}

static int ensure_fail_pop(Generator *g, PatternContext *c, ssize_t pops) {
    ssize_t count = pops + 1;
    if (count <= c->fail_pop_count) {
        return 0;
    }
    if (count > c->fail_pop_capacity) {
        ssize_t capacity = count * 2;
        Block **grown = arena_alloc(g->arena, (size_t)capacity * sizeof(Block *));
        if (!grown) {
            return -1;
        }
        for (ssize_t i = 0; i < c->fail_pop_count; i++) {
            grown[i] = c->fail_pop[i];
        }
        c->fail_pop = grown;
        c->fail_pop_capacity = capacity;
    }
    while (c->fail_pop_count < count) {
        Block *block = new_block(g);
        if (!block) {
            return -1;
        }
        c->fail_pop[c->fail_pop_count++] = block;
    }
    return 0;
}

static int jump_to_fail_pop(Generator *g, PatternContext *c, int opcode) {
    ssize_t pops = c->on_top + list_size(c->stores);
    return ensure_fail_pop(g, c, pops) < 0 ? -1 : emit_jump(g, opcode, c->fail_pop[pops]);
}

static int emit_fail_pop(Generator *g, PatternContext *c) {
    ssize_t count = c->fail_pop_count;
    if (!count) {
        Block *next = new_block(g);
        if (!next) {
            return -1;
        }
        use_block(g, next);
        return 0;
    }
    while (--count) {
        use_block(g, c->fail_pop[count]);
        if (emit(g, POP_TOP) < 0) {
            return -1;
        }
    }
    use_block(g, c->fail_pop[0]);
    c->fail_pop = NULL;
    c->fail_pop_count = c->fail_pop_capacity = 0;
    return 0;
}

// Puts the top of the stack under `count` - 1 values.
static int rotate(Generator *g, ssize_t count) {
    for (; count > 1; count--) {
        if (emit_arg(g, SWAP, (int)count) < 0) {
            return -1;
        }
    }
    return 0;
}

static ssize_t find_name(Object *list, Object *name) {
    for (ssize_t i = 0; i < list_size(list); i++) {
        if (str_equal(list_read(list, i), name)) {
            return i;
        }
    }
    return -1;
}

static int add_store(Generator *g, PatternContext *c, Object *name) {
    if (find_name(c->stores, name) >= 0) {
        return compile_error(g, "multiple assignments to name %R in pattern", name);
    }
    return list_append(c->stores, name);
}

static int store_name(Generator *g, Object *name, PatternContext *c) {
    if (!name) {
        return emit(g, POP_TOP);
    }
    if (check_name(g, name, CTX_Store) < 0) {
        return -1;
    }
    if (find_name(c->stores, name) >= 0) {
        return add_store(g, c, name);
    }
    return rotate(g, c->on_top + list_size(c->stores) + 1) < 0 ? -1 : add_store(g, c, name);
}

static Object *kept_list(Generator *g) {
    Object *list = list_new(0);
    return list && arena_keep(g->arena, list) == 0 ? list : NULL;
}

// ---- sequences

static int generate_subpattern(Generator *g, Pattern *p, PatternContext *c) {
    bool allowed = c->allow_irrefutable;
    c->allow_irrefutable = true;
    int status = generate_pattern(g, p, c);
    c->allow_irrefutable = allowed;
    return status;
}

static int unpack_patterns(Generator *g, PatternSeq *patterns, PatternContext *c) {
    ssize_t count = patterns->count;
    bool star = false;
    for (ssize_t i = 0; i < count; i++) {
        if (patterns->items[i]->kind == PATTERN_MatchStar) {
            if (star) {
                return compile_error(g, "multiple starred names in sequence pattern", NULL);
            }
            if (i >= 1 << 8 || count - i - 1 >= INT_MAX >> 8) {
                return compile_error(g, "too many expressions in star-unpacking sequence pattern", NULL);
            }
            if (emit_arg(g, UNPACK_EX, (int)(i + ((count - i - 1) << 8))) < 0) {
                return -1;
            }
            star = true;
        }
    }
    if (!star && emit_arg(g, UNPACK_SEQUENCE, (int)count) < 0) {
        return -1;
    }
    c->on_top += count;
    for (ssize_t i = 0; i < count; i++) {
        c->on_top--;
        if (generate_subpattern(g, patterns->items[i], c) < 0) {
            return -1;
        }
    }
    return 0;
}

// With `*_` the elements are fetched one by one.
static int subscript_patterns(Generator *g, PatternSeq *patterns, ssize_t star, PatternContext *c) {
    c->on_top++;
    ssize_t count = patterns->count;
    for (ssize_t i = 0; i < count; i++) {
        Pattern *p = patterns->items[i];
        if (is_wildcard(p) || i == star) {
            continue;
        }
        if (emit_arg(g, COPY, 1) < 0) {
            return -1;
        }
        if (i < star) {
            if (emit_constant(g, int_from_i64(i)) < 0) {
                return -1;
            }
        } else if (emit(g, GET_LEN) < 0 || emit_constant(g, int_from_i64(count - i)) < 0 ||
                   emit_binary(g, OPERATOR_Sub, false) < 0) {
            return -1;
        }
        if (emit(g, BINARY_SUBSCR) < 0 || generate_subpattern(g, p, c) < 0) {
            return -1;
        }
    }
    c->on_top--;
    return emit(g, POP_TOP);
}

static int compare_length(Generator *g, ssize_t length, CmpOp op, PatternContext *c) {
    return emit(g, GET_LEN) < 0 || emit_constant(g, int_from_i64(length)) < 0 || emit_compare(g, op) < 0
               ? -1
               : jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE);
}

static int generate_sequence_pattern(Generator *g, Pattern *p, PatternContext *c) {
    PatternSeq *patterns = p->v.MatchSequence.patterns;
    ssize_t count = patterns->count, star = -1;
    bool only_wildcards = true, star_wildcard = false;
    for (ssize_t i = 0; i < count; i++) {
        Pattern *item = patterns->items[i];
        if (item->kind == PATTERN_MatchStar) {
            if (star >= 0) {
                return compile_error(g, "multiple starred names in sequence pattern", NULL);
            }
            star_wildcard = is_star_wildcard(item);
            only_wildcards &= star_wildcard;
            star = i;
            continue;
        }
        only_wildcards &= is_wildcard(item);
    }
    c->on_top++;
    if (emit(g, MATCH_SEQUENCE) < 0 || jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE) < 0) {
        return -1;
    }
    if (star < 0) {
        if (compare_length(g, count, CMPOP_Eq, c) < 0) {
            return -1;
        }
    } else if (count > 1 && compare_length(g, count - 1, CMPOP_GtE, c) < 0) {
        return -1;
    }
    c->on_top--;
    return only_wildcards  ? emit(g, POP_TOP)
           : star_wildcard ? subscript_patterns(g, patterns, star, c)
                           : unpack_patterns(g, patterns, c);
}

// ---- mappings and classes

// Fails when there is None on top.
static int fail_if_none(Generator *g, PatternContext *c) {
    return emit_arg(g, COPY, 1) < 0 || emit_constant(g, (Object *)NONE) < 0 || emit_arg(g, IS_OP, 1) < 0
               ? -1
               : jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE);
}

static int generate_mapping_keys(Generator *g, Pattern *p) {
    ExprSeq *keys = p->v.MatchMapping.keys;
    Object *seen = set_new(NULL);
    if (!seen) {
        return -1;
    }
    for (ssize_t i = 0; i < keys->count; i++) {
        Expr *key = keys->items[i];
        if (!key) {
            set_location(g, LOCATION(p->v.MatchMapping.patterns->items[i]));
            return compile_error(g, "can't use NULL keys in MatchMapping (set 'rest' parameter instead)",
                                 NULL);
        }
        if (key->kind == EXPR_Constant) {
            int found = set_contains(seen, key->v.Constant.value);
            if (found > 0) {
                return compile_error(g, "mapping pattern checks duplicate key (%R)", key->v.Constant.value);
            }
            if (found < 0 || set_add(seen, key->v.Constant.value) < 0) {
                return -1;
            }
        } else if (key->kind != EXPR_Attribute) {
            return compile_error(g, "mapping pattern keys may only match literals and attribute lookups",
                                 NULL);
        }
        if (generate_expr(g, key) < 0) {
            return -1;
        }
    }
    return emit_arg(g, BUILD_TUPLE, (int)keys->count) < 0 ? -1 : emit(g, MATCH_KEYS);
}

static int generate_mapping_pattern(Generator *g, Pattern *p, PatternContext *c) {
    PatternSeq *patterns = p->v.MatchMapping.patterns;
    Object *rest = p->v.MatchMapping.rest;
    ssize_t count = p->v.MatchMapping.keys->count;
    if (count != patterns->count) {
        Object *text = str_format("keys (%zd) / patterns (%zd) length mismatch in mapping pattern", count,
                                  patterns->count);
        return text ? compile_error(g, "%U", text) : -1;
    }
    c->on_top++;
    if (emit(g, MATCH_MAPPING) < 0 || jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE) < 0) {
        return -1;
    }
    if (!count && !rest) {
        c->on_top--;
        return emit(g, POP_TOP);
    }
    if ((count && compare_length(g, count, CMPOP_GtE, c) < 0) || generate_mapping_keys(g, p) < 0) {
        return -1;
    }
    c->on_top += 2;
    if (fail_if_none(g, c) < 0 || emit_arg(g, UNPACK_SEQUENCE, (int)count) < 0) {
        return -1;
    }
    c->on_top += count - 1;
    for (ssize_t i = 0; i < count; i++) {
        c->on_top--;
        if (generate_subpattern(g, patterns->items[i], c) < 0) {
            return -1;
        }
    }
    // The tuple of keys and the subject are left.
    c->on_top -= 2;
    if (!rest) {
        return emit(g, POP_TOP) < 0 ? -1 : emit(g, POP_TOP);
    }
    // rest = dict(subject), without the keys.
    if (emit_arg(g, BUILD_MAP, 0) < 0 || emit_arg(g, SWAP, 3) < 0 || emit_arg(g, DICT_UPDATE, 2) < 0 ||
        emit_arg(g, UNPACK_SEQUENCE, (int)count) < 0) {
        return -1;
    }
    for (ssize_t left = count; left > 0; left--) {
        if (emit_arg(g, COPY, (int)(1 + left)) < 0 || emit_arg(g, SWAP, 2) < 0 ||
            emit(g, DELETE_SUBSCR) < 0) {
            return -1;
        }
    }
    return store_name(g, rest, c);
}

static int check_class_attributes(Generator *g, IdentifierSeq *names, PatternSeq *patterns) {
    for (ssize_t i = 0; i < names->count; i++) {
        set_location(g, LOCATION(patterns->items[i]));
        if (check_name(g, names->items[i], CTX_Store) < 0) {
            return -1;
        }
        for (ssize_t j = i + 1; j < names->count; j++) {
            if (names->items[i] == names->items[j]) {
                set_location(g, LOCATION(patterns->items[j]));
                return compile_error(g, "attribute name repeated in class pattern: %U", names->items[i]);
            }
        }
    }
    return 0;
}

static int generate_class_pattern(Generator *g, Pattern *p, PatternContext *c) {
    PatternSeq *patterns = p->v.MatchClass.patterns, *keyword_patterns = p->v.MatchClass.kwd_patterns;
    IdentifierSeq *attributes = p->v.MatchClass.kwd_attrs;
    ssize_t positional = patterns->count, named = attributes->count;
    if (named != keyword_patterns->count) {
        Object *text = str_format("kwd_attrs (%zd) / kwd_patterns (%zd) length mismatch in class pattern",
                                  named, keyword_patterns->count);
        return text ? compile_error(g, "%U", text) : -1;
    }
    Location where = g->current->where;
    if (check_class_attributes(g, attributes, keyword_patterns) < 0) {
        return -1;
    }
    set_location(g, where);
    Object *names = kept_tuple(g, attributes->items, named);
    if (!names || generate_expr(g, p->v.MatchClass.cls) < 0 || emit_constant(g, names) < 0 ||
        emit_arg(g, MATCH_CLASS, (int)positional) < 0 || emit_arg(g, COPY, 1) < 0 ||
        emit_constant(g, (Object *)NONE) < 0 || emit_arg(g, IS_OP, 1) < 0) {
        return -1;
    }
    // A tuple of attributes, or None.
    c->on_top++;
    if (jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE) < 0 ||
        emit_arg(g, UNPACK_SEQUENCE, (int)(positional + named)) < 0) {
        return -1;
    }
    c->on_top += positional + named - 1;
    for (ssize_t i = 0; i < positional + named; i++) {
        c->on_top--;
        Pattern *item = i < positional ? patterns->items[i] : keyword_patterns->items[i - positional];
        if ((is_wildcard(item) ? emit(g, POP_TOP) : generate_subpattern(g, item, c)) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- alternatives

// Brings the names that an alternative captured, and their values, into the order of the first alternative's.
static int reorder_stores(Generator *g, PatternContext *c, Object *control) {
    for (ssize_t want = list_size(control) - 1; want >= 0; want--) {
        ssize_t have = find_name(c->stores, list_read(control, want));
        if (have < 0) {
            return compile_error(g, "alternative patterns bind different names", NULL);
        }
        if (want == have) {
            continue;
        }
        ssize_t rotations = have + 1;
        Object *rotated = list_slice(c->stores, 0, rotations);
        if (!rotated || list_set_slice(c->stores, 0, rotations, NULL) < 0 ||
            list_set_slice(c->stores, want - have, want - have, rotated) < 0) {
            return -1;
        }
        while (rotations--) {
            if (rotate(g, want + 1) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int generate_or_pattern(Generator *g, Pattern *p, PatternContext *c) {
    PatternSeq *alternatives = p->v.MatchOr.patterns;
    Block *end = new_block(g);
    PatternContext outer = *c;
    Object *control = NULL;
    Location where = g->current->where;
    if (!end) {
        return -1;
    }
    for (ssize_t i = 0; i < alternatives->count; i++) {
        Pattern *alternative = alternatives->items[i];
        set_location(g, LOCATION(alternative));
        *c = (PatternContext){ .stores = kept_list(g),
                               .allow_irrefutable = i == alternatives->count - 1 && outer.allow_irrefutable };
        if (!c->stores || emit_arg(g, COPY, 1) < 0 || generate_pattern(g, alternative, c) < 0) {
            return -1;
        }
        if (!control) {
            control = c->stores;
        } else if (list_size(c->stores) != list_size(control)) {
            set_location(g, where);
            return compile_error(g, "alternative patterns bind different names", NULL);
        } else if (reorder_stores(g, c, control) < 0) {
            return -1;
        }
        if (emit_jump(g, JUMP, end) < 0 || emit_fail_pop(g, c) < 0) {
            return -1;
        }
    }
    *c = outer;
    if (emit(g, POP_TOP) < 0 || jump_to_fail_pop(g, c, JUMP) < 0) {
        return -1;
    }
    use_block(g, end);
    ssize_t count = list_size(control), rotations = count + 1 + c->on_top + list_size(c->stores);
    for (ssize_t i = 0; i < count; i++) {
        if (rotate(g, rotations) < 0 || add_store(g, c, list_read(control, i)) < 0) {
            return -1;
        }
    }
    return emit(g, POP_TOP);
}

// ---- the other patterns

static int generate_as_pattern(Generator *g, Pattern *p, PatternContext *c) {
    Object *name = p->v.MatchAs.name;
    if (!p->v.MatchAs.pattern) {
        if (!c->allow_irrefutable) {
            return name ? compile_error(g, "name capture %R makes remaining patterns unreachable", name)
                        : compile_error(g, "wildcard makes remaining patterns unreachable", NULL);
        }
        return store_name(g, name, c);
    }
    c->on_top++;
    if (emit_arg(g, COPY, 1) < 0 || generate_pattern(g, p->v.MatchAs.pattern, c) < 0) {
        return -1;
    }
    c->on_top--;
    return store_name(g, name, c);
}

static int generate_pattern_inside(Generator *g, Pattern *p, PatternContext *c) {
    switch (p->kind) {
    case PATTERN_MatchValue: {
        Expr *value = p->v.MatchValue.value;
        if (value->kind != EXPR_Constant && value->kind != EXPR_Attribute) {
            return compile_error(g, "patterns may only match literals and attribute lookups", NULL);
        }
        return generate_expr(g, value) < 0 || emit_compare(g, CMPOP_Eq) < 0
                   ? -1
                   : jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE);
    }
    case PATTERN_MatchSingleton:
        return emit_constant(g, p->v.MatchSingleton.value) < 0 || emit_compare(g, CMPOP_Is) < 0
                   ? -1
                   : jump_to_fail_pop(g, c, POP_JUMP_IF_FALSE);
    case PATTERN_MatchSequence: return generate_sequence_pattern(g, p, c);
    case PATTERN_MatchMapping: return generate_mapping_pattern(g, p, c);
    case PATTERN_MatchClass: return generate_class_pattern(g, p, c);
    case PATTERN_MatchStar: return store_name(g, p->v.MatchStar.name, c);
    case PATTERN_MatchAs: return generate_as_pattern(g, p, c);
    case PATTERN_MatchOr: return generate_or_pattern(g, p, c);
    }
    return 0;
}

static int generate_pattern(Generator *g, Pattern *p, PatternContext *c) {
    if (compile_enter() < 0) {
        return -1;
    }
    set_location(g, LOCATION(p));
    int status = generate_pattern_inside(g, p, c);
    compile_leave();
    return status;
}

int generate_match(Generator *g, Stmt *s) {
    MatchCaseSeq *cases = s->v.Match.cases;
    ssize_t count = cases->count;
    Block *end = new_block(g);
    if (!end || generate_expr(g, s->v.Match.subject) < 0) {
        return -1;
    }
    MatchCase *last = cases->items[count - 1];
    bool has_default = is_wildcard(last->pattern) && !last->pattern->v.MatchAs.pattern && count > 1;
    for (ssize_t i = 0; i < count - has_default; i++) {
        MatchCase *m = cases->items[i];
        bool keeps_subject = i != count - has_default - 1;
        set_location(g, LOCATION(m->pattern));
        PatternContext c = { .stores = kept_list(g), .allow_irrefutable = m->guard || i == count - 1 };
        if (!c.stores || (keeps_subject && emit_arg(g, COPY, 1) < 0) ||
            generate_pattern(g, m->pattern, &c) < 0) {
            return -1;
        }
        for (ssize_t k = 0; k < list_size(c.stores); k++) {
            if (generate_name(g, list_read(c.stores, k), CTX_Store) < 0) {
                return -1;
            }
        }
        if (m->guard &&
            (ensure_fail_pop(g, &c, 0) < 0 || generate_jump_if(g, m->guard, c.fail_pop[0], false) < 0)) {
            return -1;
        }
        if ((keeps_subject && emit(g, POP_TOP) < 0) || generate_stmts(g, m->body, 0) < 0 ||
            emit_jump(g, JUMP, end) < 0) {
            return -1;
        }
        // A failure's cleanup belongs to the pattern, not to the body before it.
        set_location(g, LOCATION(m->pattern));
        if (emit_fail_pop(g, &c) < 0) {
            return -1;
        }
    }
    if (has_default) {
        // `case _` needs no test.
        set_location(g, LOCATION(last->pattern));
        if (emit(g, count == 1 ? POP_TOP : NOP) < 0 ||
            (last->guard && generate_jump_if(g, last->guard, end, false) < 0) ||
            generate_stmts(g, last->body, 0) < 0) {
            return -1;
        }
    }
    use_block(g, end);
    return 0;
}
