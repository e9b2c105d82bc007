// Operators, comparisons, truth and jumps, and the building of containers and strings.
#include "modules/sys.h"
#include "objects/float.h"
#include "objects/set.h"
#include "vm/fast.h"
#include "vm/generator.h"
#include "vm/interpreter.h"
#include "vm/runtime.h"

// ---- operators

#define UNARY(op, function) \
    HANDLER(op_##op) { \
        SAVE(); \
        Object *value = function(sp[-1]); \
        if (!value) { \
            ERROR(); \
        } \
        sp[-1] = value; \
        NEXT_CALLED(); \
    }
UNARY(UNARY_POSITIVE, number_positive)
UNARY(UNARY_NEGATIVE, number_negative)
UNARY(UNARY_INVERT, number_invert)
#undef UNARY

HANDLER(op_UNARY_NOT) {
    SAVE();
    int truth = object_is_true(sp[-1]);
    if (truth < 0) {
        ERROR();
    }
    sp[-1] = bool_from(!truth);
    NEXT_CALLED();
}

HANDLER(op_BINARY_OP) {
    SAVE();
    Object *value = number_binary(sp[-2], sp[-1], (uint8_t)ip->value);
    if (!value) {
        ERROR();
    }
    if (UNLIKELY(wants_specialization(ip))) {
        specialize_binary(fp, ip, sp[-2], sp[-1]);
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}
HANDLER(op_COMPARE_OP) {
    SAVE();
    Object *value = object_compare(sp[-2], sp[-1], (CompareOp)(uint8_t)ip->value);
    if (!value) {
        ERROR();
    }
    if (UNLIKELY(wants_specialization(ip))) {
        specialize_compare(fp, ip, sp[-2], sp[-1]);
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}
HANDLER(op_IS_OP) {
    sp--;
    sp[-1] = bool_from((sp[-1] == sp[0]) != (ip->value != 0));
    NEXT();
}
int found_in(Object *container, Object *item) {
    int found = sequence_contains(container, item);
    generator_dropped(container);
    return found;
}
HANDLER(op_CONTAINS_OP) {
    SAVE();
    int found = found_in(sp[-1], sp[-2]);
    if (found < 0) {
        ERROR();
    }
    sp--;
    sp[-1] = bool_from(found != (ip->value != 0));
    NEXT_CALLED();
}

// ---- jumps

HANDLER(op_JUMP_FORWARD) {
    JUMP(ip->target);
}
// What waits is run by RESUME or whatever this loop gives its values to; in damaged code it may be any loop.
HANDLER(op_JUMP_BACKWARD_NO_INTERRUPT) {
    ip = ip->target;
    if (UNLIKELY(__atomic_load_n(&ts->poll, __ATOMIC_RELAXED))) {
        uint32_t target = twin_index(fp->twin, ip);
        if (twin_opcode(fp->twin, target) != SEND || twin_opcode(fp->twin, target + 1) != YIELD_VALUE) {
            TAIL(poll_and_dispatch);
        }
    }
    DISPATCH();
}
HANDLER(op_JUMP_BACKWARD) {
    ip = ip->target;
    if (UNLIKELY(__atomic_load_n(&ts->poll, __ATOMIC_RELAXED))) {
        TAIL(poll_and_dispatch);
    }
    DISPATCH();
}

// Sets `truth`; what is neither a bool nor None may run Python code to tell.
#define FIND_TRUTH(truth, value) \
    int truth = (value) == TRUE_OBJECT; \
    if ((value) != TRUE_OBJECT && (value) != FALSE_OBJECT && (value) != NONE) { \
        SAVE(); \
        truth = object_is_true(value); \
        if (UNLIKELY(truth < 0)) { \
            ERROR(); \
        } \
        ip = fp->ip; \
    }

#define POP_JUMP(op, wanted) \
    HANDLER(op_##op) { \
        FIND_TRUTH(truth, sp[-1]); \
        sp--; \
        if (truth == wanted) { \
            JUMP(ip->target); \
        } \
        NEXT(); \
    }
POP_JUMP(POP_JUMP_FORWARD_IF_FALSE, 0)
POP_JUMP(POP_JUMP_FORWARD_IF_TRUE, 1)
#undef POP_JUMP
#define POP_JUMP(op, wanted) \
    HANDLER(op_##op) { \
        FIND_TRUTH(truth, sp[-1]); \
        sp--; \
        if (truth == wanted) { \
            TAIL(op_JUMP_BACKWARD); \
        } \
        NEXT(); \
    }
POP_JUMP(POP_JUMP_BACKWARD_IF_FALSE, 0)
POP_JUMP(POP_JUMP_BACKWARD_IF_TRUE, 1)
#undef POP_JUMP

HANDLER(op_POP_JUMP_FORWARD_IF_NONE) {
    if (*--sp == NONE) {
        JUMP(ip->target);
    }
    NEXT();
}
HANDLER(op_POP_JUMP_FORWARD_IF_NOT_NONE) {
    if (*--sp != NONE) {
        JUMP(ip->target);
    }
    NEXT();
}
HANDLER(op_POP_JUMP_BACKWARD_IF_NONE) {
    if (*--sp == NONE) {
        TAIL(op_JUMP_BACKWARD);
    }
    NEXT();
}
HANDLER(op_POP_JUMP_BACKWARD_IF_NOT_NONE) {
    if (*--sp != NONE) {
        TAIL(op_JUMP_BACKWARD);
    }
    NEXT();
}
HANDLER(op_JUMP_IF_FALSE_OR_POP) {
    FIND_TRUTH(truth, sp[-1]);
    if (!truth) {
        JUMP(ip->target);
    }
    sp--;
    NEXT();
}
HANDLER(op_JUMP_IF_TRUE_OR_POP) {
    FIND_TRUTH(truth, sp[-1]);
    if (truth) {
        JUMP(ip->target);
    }
    sp--;
    NEXT();
}

// ---- building

COLD static PRESERVE_NONE Object *wrong_container(HANDLER_ARGUMENTS) {
    raise_error(&exc_SystemError, "bytecode is damaged: an instruction found the wrong kind of object");
    ERROR();
}

// Replaces the top `count` values by `value`, or raises.
#define PUSH_BUILT(count, expression) \
    do { \
        Object *built = (expression); \
        if (UNLIKELY(!built)) { \
            ERROR(); \
        } \
        sp -= (count); \
        *sp++ = built; \
        NEXT(); \
    } while (0)

// The same where making it may run Python code.
#define PUSH_CALLED(count, expression) \
    do { \
        SAVE(); \
        Object *made = (expression); \
        ip = fp->ip; \
        PUSH_BUILT(count, made); \
    } while (0)

HANDLER(op_BUILD_TUPLE) {
    ssize_t n = (ssize_t)ip->value;
    PUSH_BUILT(n, n ? tuple_from_array(sp - n, n) : tuple_empty());
}
HANDLER(op_BUILD_LIST) {
    ssize_t n = (ssize_t)ip->value;
    PUSH_BUILT(n, n ? list_from_array(sp - n, n) : list_new(0));
}
static Object *build_set(Object **items, ssize_t n) {
    Object *set = set_new(NULL);
    for (ssize_t i = 0; set && i < n; i++) {
        if (set_add(set, items[i]) < 0) {
            return NULL;
        }
    }
    return set;
}
HANDLER(op_BUILD_SET) {
    ssize_t n = (ssize_t)ip->value;
    PUSH_CALLED(n, build_set(sp - n, n));
}
static Object *build_map(Object **items, ssize_t n) {
    Object *dict = n > 5 ? dict_new_sized(n) : dict_new();
    for (ssize_t i = 0; dict && i < n; i++) {
        if (dict_set(dict, items[2 * i], items[2 * i + 1]) < 0) {
            return NULL;
        }
    }
    return dict;
}
HANDLER(op_BUILD_MAP) {
    ssize_t n = (ssize_t)ip->value;
    PUSH_CALLED(2 * n, build_map(sp - 2 * n, n));
}
static Object *build_const_key_map(Object *keys, Object **values, ssize_t n) {
    Object *dict = n > 5 ? dict_new_sized(n) : dict_new();
    for (ssize_t i = 0; dict && i < n; i++) {
        if (dict_set(dict, tuple_get(keys, i), values[i]) < 0) {
            return NULL;
        }
    }
    return dict;
}
HANDLER(op_BUILD_CONST_KEY_MAP) {
    SAVE();
    ssize_t n = (ssize_t)ip->value;
    if (!tuple_check(sp[-1]) || tuple_size(sp[-1]) != n) {
        raise_error(&exc_SystemError, "bad BUILD_CONST_KEY_MAP keys argument");
        ERROR();
    }
    PUSH_CALLED(n + 1, build_const_key_map(sp[-1], sp - 1 - n, n));
}
HANDLER(op_BUILD_STRING) {
    ssize_t n = (ssize_t)ip->value;
    for (ssize_t i = 1; i <= n; i++) {
        if (!str_check(sp[-i])) {
            TAIL(wrong_container);
        }
    }
    PUSH_BUILT(n, n ? str_join_array(str_empty(), sp - n, n) : str_empty());
}
HANDLER(op_BUILD_SLICE) {
    ssize_t n = (ssize_t)ip->value;
    PUSH_BUILT(n, n == 3 ? slice_new(sp[-3], sp[-2], sp[-1]) : slice_new(sp[-2], sp[-1], NONE));
}

static Object *format_value(Object *value, Object *spec, uint64_t how) {
    switch (how & 3) {
    case 1: value = object_str(value); break;
    case 2: value = object_repr(value); break;
    case 3: value = object_ascii(value); break;
    default: break;
    }
    if (!value || (str_check_exact(value) && !spec)) {
        return value;
    }
    return object_format(value, spec);
}
// What BUILD_STRING would make of `count` texts, an int and one more text (or NULL), without a text for the int: NULL when
// that is not as simple, with an exception or without.
static Object *join_with_int(Object *const *texts, ssize_t count, const Object *number, const Object *last) {
    enum { LONGEST = 1 << 12 };
    ssize_t length = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (!str_check(texts[i]) || !str_is_ascii(texts[i])) {
            return NULL;
        }
        length += str_length(texts[i]);
        if (length > LONGEST) {
            return NULL;
        }
    }
    if (last && (!str_check(last) || !str_is_ascii(last) || str_length(last) > LONGEST)) {
        return NULL;
    }
    char digits[16], *end = digits + sizeof digits, *first = end;
    int64_t value = int_compact_value(number);
    uint64_t rest = (uint64_t)(value < 0 ? -value : value);
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--first = '-';
    }
    length += end - first + (last ? str_length(last) : 0);
    Object *text = str_new(length, 0x7f);
    if (!text) {
        return NULL;
    }
    char *out = str_data(text);
    for (ssize_t i = 0; i < count; i++) {
        memcpy(out, str_data(texts[i]), (size_t)str_length(texts[i]));
        out += str_length(texts[i]);
    }
    memcpy(out, first, (size_t)(end - first));
    if (last) {
        memcpy(out + (end - first), str_data(last), (size_t)str_length(last));
    }
    return text;
}

// FORMAT_VALUE of an int and the BUILD_STRING behind it, at once; LOAD_CONST may stand between them.
__attribute__((always_inline)) static inline bool build_with_int(const Instruction *ip, Object **sp,
                                                                 bool constant, Object **text) {
    ssize_t others = (ssize_t)ip[1 + constant].value - 1 - constant;
    const Object *value = sp[-1];
    *text = NULL;
    if (LIKELY(value->type == &int_type && int_is_compact(value))) {
        *text = join_with_int(sp - 1 - others, others, value, constant ? ip[1].object : NULL);
    }
    return *text || !error_occurred();
}
static HANDLER(format_int_build) {
    Object *text;
    if (UNLIKELY(!build_with_int(ip, sp, false, &text))) {
        ERROR();
    }
    if (UNLIKELY(!text)) {
        TAIL(op_FORMAT_VALUE);
    }
    sp -= ip[1].value;
    *sp++ = text;
    ip++;
    NEXT();
}
static HANDLER(format_int_const_build) {
    Object *text;
    if (UNLIKELY(!build_with_int(ip, sp, true, &text))) {
        ERROR();
    }
    if (UNLIKELY(!text)) {
        TAIL(op_FORMAT_VALUE);
    }
    sp -= ip[2].value - 1;
    *sp++ = text;
    ip += 2;
    NEXT();
}

static NOINLINE void specialize_format(const Frame *fp, const Instruction *ip) {
    uint32_t next = twin_index(fp->twin, ip) + 1;
    if (!may_specialize(fp, ip)) {
        return;
    }
    if (twin_opcode(fp->twin, next) == BUILD_STRING) {
        specialize(fp, ip, format_int_build);
    } else if (twin_opcode(fp->twin, next) == LOAD_CONST && twin_opcode(fp->twin, next + 1) == BUILD_STRING) {
        specialize(fp, ip, format_int_const_build);
    }
}

HANDLER(op_FORMAT_VALUE) {
    SAVE();
    if (sp[-1]->type == &int_type && !(ip->value & 0xff) && wants_specialization(ip)) {
        specialize_format(fp, ip);
    }
    bool has_spec = (ip->value & 4) != 0;
    PUSH_CALLED(1 + has_spec, format_value(has_spec ? sp[-2] : sp[-1], has_spec ? sp[-1] : NULL, ip->value));
}
HANDLER(op_LIST_TO_TUPLE) {
    if (!list_check(sp[-1])) {
        TAIL(wrong_container);
    }
    PUSH_BUILT(1, list_to_tuple(sp[-1]));
}
HANDLER(op_LIST_APPEND) {
    Object *list = sp[-1 - (ssize_t)ip->value];
    if (UNLIKELY(!list_check(list))) {
        TAIL(wrong_container);
    }
    if (UNLIKELY(!list_append_in_place(list, sp[-1]) && list_append(list, sp[-1]) < 0)) {
        ERROR();
    }
    sp--;
    NEXT();
}
HANDLER(op_SET_ADD) {
    SAVE();
    Object *set = sp[-1 - (ssize_t)ip->value];
    if (!set_check(set)) {
        TAIL(wrong_container);
    }
    if (set_add(set, sp[-1]) < 0) {
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
HANDLER(op_MAP_ADD) {
    SAVE();
    Object *dict = sp[-2 - (ssize_t)ip->value];
    if (!dict_check(dict)) {
        TAIL(wrong_container);
    }
    if (dict_set(dict, sp[-2], sp[-1]) < 0) {
        ERROR();
    }
    sp -= 2;
    NEXT_CALLED();
}
HANDLER(op_LIST_EXTEND) {
    SAVE();
    Object *list = sp[-1 - (ssize_t)ip->value], *source = sp[-1];
    if (!list_check(list)) {
        TAIL(wrong_container);
    }
    if (list_extend(list, source) < 0) {
        if (error_matches(&exc_TypeError) && !slots_of(source)->iter && !sequence_check(source)) {
            error_clear();
            raise_error(&exc_TypeError, "Value after * must be an iterable, not %T", source);
        }
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
HANDLER(op_SET_UPDATE) {
    SAVE();
    Object *set = sp[-1 - (ssize_t)ip->value];
    if (!set_check(set)) {
        TAIL(wrong_container);
    }
    if (set_update(set, sp[-1]) < 0) {
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
HANDLER(op_DICT_UPDATE) {
    SAVE();
    Object *dict = sp[-1 - (ssize_t)ip->value], *source = sp[-1];
    if (!dict_check(dict)) {
        TAIL(wrong_container);
    }
    if (dict_merge(dict, source, 1) < 0) {
        if (error_matches(&exc_AttributeError)) {
            error_clear();
            raise_error(&exc_TypeError, "'%T' object is not a mapping", source);
        }
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}

static void merge_error(Object *callable, Object *mapping) {
    if (error_matches(&exc_AttributeError)) {
        error_clear();
        Object *text = callable_description(callable);
        if (text) {
            raise_error(&exc_TypeError, "%U argument after ** must be a mapping, not %T", text, mapping);
        }
    } else if (error_matches(&exc_KeyError)) {
        Object *exception = error_take(), *args = ((BaseException *)exception)->args;
        if (!args || !tuple_check(args) || tuple_size(args) != 1) {
            error_restore(exception);
            return;
        }
        Object *text = callable_description(callable);
        if (text) {
            raise_error(&exc_TypeError, "%U got multiple values for keyword argument '%S'", text,
                        tuple_get(args, 0));
        }
    }
}
HANDLER(op_DICT_MERGE) {
    SAVE();
    ssize_t n = (ssize_t)ip->value;
    Object *dict = sp[-1 - n];
    if (!dict_check(dict)) {
        TAIL(wrong_container);
    }
    if (dict_merge(dict, sp[-1], 2) < 0) {
        merge_error(sp[-3 - n], sp[-1]);
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
HANDLER(op_PRINT_EXPR) {
    SAVE();
    Object *hook = sys_get("displayhook");
    if (!hook) {
        if (!error_occurred()) {
            raise_error(&exc_RuntimeError, "lost sys.displayhook");
        }
        ERROR();
    }
    Object *displayed = sp[-1] != NONE ? sys_forget_displayed(hook) : NULL;
    if (displayed) {
        heap_after_drop(displayed, ip, ts->interpreter_sp);
    }
    if (error_occurred() || !call1(hook, sp[-1])) {
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
