// Specialised operators, comparisons and subscripts.
#include "vm/adaptive.h"
#include "vm/fast.h"

#include <math.h>

#include "objects/bytes.h"
#include "objects/set.h"
#include "objects/str_private.h"

// ---- operators: a plain form and one with STORE_FAST behind it

#define FINISH(result) \
    do { \
        Object *r = (result); \
        if (UNLIKELY(!r)) { \
            ERROR(); \
        } \
        sp--; \
        sp[-1] = r; \
        NEXT(); \
    } while (0)
#define FINISH_STORE(result) \
    do { \
        Object *r = (result); \
        if (UNLIKELY(!r)) { \
            ERROR(); \
        } \
        sp -= 2; \
        *frame_slot(fp, ip[1].value) = r; \
        ip++; \
        NEXT(); \
    } while (0)

#define INT_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    int64_t x, y; \
    if (UNLIKELY(a->type != &int_type || b->type != &int_type || !int_short_value(a, &x) || \
                 !int_short_value(b, &y))) { \
        TAIL(op_BINARY_OP); \
    }
#define COMPACT_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    if (UNLIKELY(a->type != &int_type || b->type != &int_type || !int_is_compact(a) || \
                 !int_is_compact(b))) { \
        TAIL(op_BINARY_OP); \
    } \
    int64_t x = int_compact_value(a), y = int_compact_value(b)
#define FLOAT_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    if (UNLIKELY(a->type != &float_type || b->type != &float_type)) { \
        TAIL(op_BINARY_OP); \
    } \
    double x = float_value(a), y = float_value(b)
// Floats and small ints, at least one of each kind or two floats.
static inline bool mixed_values(const Object *a, const Object *b, double *x, double *y) {
    if (a->type == &float_type) {
        *x = float_value(a);
        if (LIKELY(b->type == &float_type)) {
            *y = float_value(b);
            return true;
        }
        if (b->type == &int_type && int_is_compact(b)) {
            *y = (double)int_compact_value(b);
            return true;
        }
        return false;
    }
    if (b->type == &float_type && a->type == &int_type && int_is_compact(a)) {
        *x = (double)int_compact_value(a);
        *y = float_value(b);
        return true;
    }
    return false;
}
#define MIXED_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    double x, y; \
    if (UNLIKELY(!mixed_values(a, b, &x, &y))) { \
        TAIL(op_BINARY_OP); \
    }

// The sum or difference of two short ints may reach 2**60, one bit more than int_make takes.
static inline Object *int_sum(int64_t value) {
    if (UNLIKELY(value >= (int64_t)1 << 60 || value <= -((int64_t)1 << 60))) {
        return int_from_i64(value);
    }
    return int_make(value);
}
static inline int64_t floor_divide(int64_t x, int64_t y) {
    int64_t quotient = x / y;
    return quotient - ((x % y != 0) & ((x ^ y) < 0));
}
static inline int64_t floor_remainder(int64_t x, int64_t y) {
    int64_t remainder = x % y;
    return remainder && (remainder ^ y) < 0 ? remainder + y : remainder;
}

#define BOTH(name, operands, expression) \
    static HANDLER(name) { \
        operands(); \
        FINISH(expression); \
    } \
    static HANDLER(name##_store) { \
        operands(); \
        FINISH_STORE(expression); \
    }
BOTH(add_int, INT_OPERANDS, int_sum(x + y))
BOTH(subtract_int, INT_OPERANDS, int_sum(x - y))
BOTH(multiply_int, COMPACT_OPERANDS, int_make(x *y))
BOTH(and_int, INT_OPERANDS, int_sum(x &y))
BOTH(or_int, INT_OPERANDS, int_sum(x | y))
BOTH(xor_int, INT_OPERANDS, int_sum(x ^ y))
BOTH(add_float, FLOAT_OPERANDS, float_make(x + y))
BOTH(subtract_float, FLOAT_OPERANDS, float_make(x - y))
BOTH(multiply_float, FLOAT_OPERANDS, float_make(x *y))
BOTH(add_mixed, MIXED_OPERANDS, float_make(x + y))
BOTH(subtract_mixed, MIXED_OPERANDS, float_make(x - y))
BOTH(multiply_mixed, MIXED_OPERANDS, float_make(x *y))

// Sites that see ints and floats by turns.
#define ANY_NUMBERS(name, int_result, float_result, float_divisor) \
    static inline Object *name##_value(const Object *a, const Object *b) { \
        double x, y; \
        if (a->type == &int_type && b->type == &int_type && int_is_compact(a) && int_is_compact(b)) { \
            int64_t i = int_compact_value(a), k = int_compact_value(b); \
            return (float_divisor) && !k ? NOT_IMPLEMENTED : (int_result); \
        } \
        if (!mixed_values(a, b, &x, &y) || ((float_divisor) && y == 0)) { \
            return NOT_IMPLEMENTED; \
        } \
        return float_result; \
    } \
    static HANDLER(name) { \
        Object *value = name##_value(sp[-2], sp[-1]); \
        if (UNLIKELY(value == NOT_IMPLEMENTED)) { \
            TAIL(op_BINARY_OP); \
        } \
        FINISH(value); \
    } \
    static HANDLER(name##_store) { \
        Object *value = name##_value(sp[-2], sp[-1]); \
        if (UNLIKELY(value == NOT_IMPLEMENTED)) { \
            TAIL(op_BINARY_OP); \
        } \
        FINISH_STORE(value); \
    }
ANY_NUMBERS(add_numbers, int_make(i + k), float_make(x + y), false)
ANY_NUMBERS(subtract_numbers, int_make(i - k), float_make(x - y), false)
ANY_NUMBERS(multiply_numbers, int_make(i *k), float_make(x *y), false)
ANY_NUMBERS(divide_numbers, float_make((double)i / (double)k), float_make(x / y), true)

#define DIVISOR(operands) \
    operands(); \
    if (UNLIKELY(y == 0)) { \
        TAIL(op_BINARY_OP); \
    }
#define FLOAT_DIVISOR() DIVISOR(FLOAT_OPERANDS)
#define MIXED_DIVISOR() DIVISOR(MIXED_OPERANDS)
#define INT_DIVISOR() DIVISOR(INT_OPERANDS)
#define COMPACT_DIVISOR() DIVISOR(COMPACT_OPERANDS)
BOTH(divide_float, FLOAT_DIVISOR, float_make(x / y))
BOTH(divide_mixed, MIXED_DIVISOR, float_make(x / y))
BOTH(divide_int, COMPACT_DIVISOR, float_make((double)x / (double)y))
BOTH(floor_divide_int, INT_DIVISOR, int_sum(floor_divide(x, y)))
BOTH(remainder_int, INT_DIVISOR, int_sum(floor_remainder(x, y)))

// Powers that are neither errors nor complex numbers.
#define POWER_OPERANDS() \
    MIXED_OPERANDS(); \
    double power = x > 0 ? pow(x, y) : NAN; \
    if (UNLIKELY(!isfinite(power))) { \
        TAIL(op_BINARY_OP); \
    }
BOTH(power_mixed, POWER_OPERANDS, float_make(power))

static inline bool short_power(int64_t x, int64_t y, int64_t *power) {
    if (y < 0 || y > 62) {
        return false;
    }
    int64_t result = 1;
    for (;; y >>= 1) {
        if (y & 1 && __builtin_mul_overflow(result, x, &result)) {
            return false;
        }
        if (y <= 1) {
            *power = result;
            return true;
        }
        if (__builtin_mul_overflow(x, x, &x)) {
            return false;
        }
    }
}
#define INT_POWER_OPERANDS() \
    COMPACT_OPERANDS(); \
    int64_t power; \
    if (UNLIKELY(!short_power(x, y, &power))) { \
        TAIL(op_BINARY_OP); \
    }
BOTH(power_int, INT_POWER_OPERANDS, int_sum(power))

#define RIGHT_SHIFT() \
    INT_OPERANDS(); \
    if (UNLIKELY(y < 0 || y > 62)) { \
        TAIL(op_BINARY_OP); \
    }
#define LEFT_SHIFT() \
    COMPACT_OPERANDS(); \
    if (UNLIKELY(y < 0 || y > 29)) { \
        TAIL(op_BINARY_OP); \
    }
BOTH(right_shift_int, RIGHT_SHIFT, int_sum(x >> y))
BOTH(left_shift_int, LEFT_SHIFT, int_sum((int64_t)((uint64_t)x << y)))

#define STR_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    if (UNLIKELY(a->type != &str_type || b->type != &str_type)) { \
        TAIL(op_BINARY_OP); \
    }
static HANDLER(concat_str) {
    STR_OPERANDS();
    FINISH(str_concat(a, b));
}
// `x += y`, where the variable is the last to know the old text, as a rule.
static HANDLER(concat_str_store) {
    STR_OPERANDS();
    FINISH_STORE(a == *frame_slot(fp, ip[1].value) ? str_append(a, b) : str_concat(a, b));
}

typedef struct Choice {
    Handler plain, store;
} Choice;
#define CHOICE(name) ((Choice){ name, name##_store })

static Choice choose_int(unsigned op) {
    switch (op % 13) {
    case 0: return CHOICE(add_int);
    case 1: return CHOICE(and_int);
    case 2: return CHOICE(floor_divide_int);
    case 3: return CHOICE(left_shift_int);
    case 5: return CHOICE(multiply_int);
    case 6: return CHOICE(remainder_int);
    case 7: return CHOICE(or_int);
    case 8: return CHOICE(power_int);
    case 9: return CHOICE(right_shift_int);
    case 10: return CHOICE(subtract_int);
    case 11: return CHOICE(divide_int);
    case 12: return CHOICE(xor_int);
    default: return (Choice){ NULL, NULL };
    }
}
static Choice choose_float(unsigned op, bool mixed) {
    switch (op % 13) {
    case 0: return mixed ? CHOICE(add_mixed) : CHOICE(add_float);
    case 5: return mixed ? CHOICE(multiply_mixed) : CHOICE(multiply_float);
    case 8: return CHOICE(power_mixed);
    case 10: return mixed ? CHOICE(subtract_mixed) : CHOICE(subtract_float);
    case 11: return mixed ? CHOICE(divide_mixed) : CHOICE(divide_float);
    default: return (Choice){ NULL, NULL };
    }
}

static Choice choose_numbers(unsigned op) {
    switch (op % 13) {
    case 0: return CHOICE(add_numbers);
    case 5: return CHOICE(multiply_numbers);
    case 10: return CHOICE(subtract_numbers);
    case 11: return CHOICE(divide_numbers);
    default: return (Choice){ NULL, NULL };
    }
}
static bool is_number(const Type *type) {
    return type == &int_type || type == &float_type;
}

void specialize_binary(const Frame *fp, const Instruction *ip, const Object *a, const Object *b) {
    if (!may_specialize(fp, ip)) {
        specialize(fp, ip, op_BINARY_OP);
        return;
    }
    unsigned op = (uint8_t)site_value(ip);
    const Type *s = a->type, *t = b->type;
    Choice choice = { NULL, NULL };
    if (site_value(ip) >> 8 > MIND_CHANGED && is_number(s) && is_number(t)) {
        choice = choose_numbers(op);
    }
    if (choice.plain) {
        // what has been ints and floats is both
    } else if (s == &int_type && t == &int_type) {
        choice = choose_int(op);
    } else if ((s == &float_type || s == &int_type) && (t == &float_type || t == &int_type)) {
        choice = choose_float(op, s != t);
    } else if (s == &str_type && t == &str_type && op % 13 == 0) {
        choice = CHOICE(concat_str);
    } else if (s->flags & TF_HEAP) {
        choice.plain = choice.store = special_operator(a, b, op);
    }
    if (choice.plain) {
        specialize(fp, ip, next_opcode(fp, ip) == STORE_FAST ? choice.store : choice.plain);
    }
}

// ---- comparisons: a plain form, and forms with a conditional jump behind them

// Bit 0: less, 1: equal, 2: greater, 3: unordered.
static const uint8_t compare_masks[6] = { 1, 3, 2, 13, 4, 6 };
static inline bool answer(uint64_t op, unsigned outcome) {
    return compare_masks[(uint8_t)op] >> outcome & 1;
}

#define COMPARE_INT_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    int64_t x, y; \
    if (UNLIKELY(a->type != &int_type || b->type != &int_type || !int_short_value(a, &x) || \
                 !int_short_value(b, &y))) { \
        TAIL(op_COMPARE_OP); \
    } \
    bool truth = answer(ip->value, x < y ? 0 : x == y ? 1 : 2)
#define COMPARE_FLOAT_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    if (UNLIKELY(a->type != &float_type || b->type != &float_type)) { \
        TAIL(op_COMPARE_OP); \
    } \
    double x = float_value(a), y = float_value(b); \
    bool truth = answer(ip->value, x < y ? 0 : x == y ? 1 : x > y ? 2 : 3)
#define COMPARE_MIXED_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    double x, y; \
    if (UNLIKELY(!mixed_values(a, b, &x, &y))) { \
        TAIL(op_COMPARE_OP); \
    } \
    bool truth = answer(ip->value, x < y ? 0 : x == y ? 1 : x > y ? 2 : 3)
// == and != only
#define COMPARE_STR_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    if (UNLIKELY(a->type != &str_type || b->type != &str_type)) { \
        TAIL(op_COMPARE_OP); \
    } \
    bool truth = (a == b || str_equal(a, b)) == ((uint8_t)ip->value == CMP_EQ)

#define ANSWER_FORMS(name, operands, operand_count) \
    static HANDLER(name) { \
        operands(); \
        sp -= (operand_count); \
        *sp++ = bool_from(truth); \
        NEXT(); \
    } \
    static HANDLER(name##_if_false) { \
        operands(); \
        sp -= (operand_count); \
        if (!truth) { \
            JUMP(ip[1].target); \
        } \
        ip++; \
        NEXT(); \
    } \
    static HANDLER(name##_if_true) { \
        operands(); \
        sp -= (operand_count); \
        if (truth) { \
            JUMP(ip[1].target); \
        } \
        ip++; \
        NEXT(); \
    } \
    static HANDLER(name##_back_if_false) { \
        operands(); \
        sp -= (operand_count); \
        ip++; \
        if (!truth) { \
            TAIL(op_JUMP_BACKWARD); \
        } \
        NEXT(); \
    } \
    static HANDLER(name##_back_if_true) { \
        operands(); \
        sp -= (operand_count); \
        ip++; \
        if (truth) { \
            TAIL(op_JUMP_BACKWARD); \
        } \
        NEXT(); \
    } \
    static const Handler name##_forms[] = { name, name##_if_false, name##_if_true, name##_back_if_false, \
                                            name##_back_if_true };
#define COMPARISON(name, operands) ANSWER_FORMS(name, operands, 2)
COMPARISON(compare_int, COMPARE_INT_OPERANDS)
COMPARISON(compare_float, COMPARE_FLOAT_OPERANDS)
COMPARISON(compare_mixed, COMPARE_MIXED_OPERANDS)
#define COMPARE_NUMBERS() \
    Object *a = sp[-2], *b = sp[-1]; \
    unsigned outcome; \
    if (a->type == &int_type && b->type == &int_type && int_is_compact(a) && int_is_compact(b)) { \
        int64_t x = int_compact_value(a), y = int_compact_value(b); \
        outcome = x < y ? 0 : x == y ? 1 : 2; \
    } else { \
        double x, y; \
        if (UNLIKELY(!mixed_values(a, b, &x, &y))) { \
            TAIL(op_COMPARE_OP); \
        } \
        outcome = x < y ? 0 : x == y ? 1 : x > y ? 2 : 3; \
    } \
    bool truth = answer(ip->value, outcome)
COMPARISON(compare_numbers, COMPARE_NUMBERS)
COMPARISON(compare_str, COMPARE_STR_OPERANDS)

// == and != of tuples and bytes
#define COMPARE_SIMPLE_OPERANDS() \
    Object *a = sp[-2], *b = sp[-1]; \
    bool equal; \
    if (UNLIKELY((a->type != &tuple_type && a->type != &bytes_type) || a->type != b->type || \
                 !object_equal_simply(a, b, SIMPLE_DEPTH, &equal))) { \
        TAIL(op_COMPARE_OP); \
    } \
    bool truth = equal == ((uint8_t)ip->value == CMP_EQ)
COMPARISON(compare_simple, COMPARE_SIMPLE_OPERANDS)

// The form for the instruction that stands behind the comparison.
static Handler choose_form(const Handler *forms, uint8_t next) {
    switch (next) {
    case POP_JUMP_FORWARD_IF_FALSE: return forms[1];
    case POP_JUMP_FORWARD_IF_TRUE: return forms[2];
    case POP_JUMP_BACKWARD_IF_FALSE: return forms[3];
    case POP_JUMP_BACKWARD_IF_TRUE: return forms[4];
    default: return forms[0];
    }
}

void specialize_compare(const Frame *fp, const Instruction *ip, const Object *a, const Object *b) {
    if (!may_specialize(fp, ip)) {
        specialize(fp, ip, op_COMPARE_OP);
        return;
    }
    unsigned op = (uint8_t)site_value(ip);
    const Handler *forms;
    if (site_value(ip) >> 8 > MIND_CHANGED && is_number(a->type) && is_number(b->type)) {
        forms = compare_numbers_forms;
    } else if (a->type == &int_type && b->type == &int_type) {
        forms = compare_int_forms;
    } else if (a->type == &float_type && b->type == &float_type) {
        forms = compare_float_forms;
    } else if ((a->type == &float_type && b->type == &int_type) ||
               (a->type == &int_type && b->type == &float_type)) {
        forms = compare_mixed_forms;
    } else if (a->type == &str_type && b->type == &str_type && (op == CMP_EQ || op == CMP_NE)) {
        forms = compare_str_forms;
    } else if ((a->type == &tuple_type || a->type == &bytes_type) && a->type == b->type &&
               (op == CMP_EQ || op == CMP_NE)) {
        forms = compare_simple_forms;
    } else {
        Handler method = a->type->flags & TF_HEAP ? special_comparison(a, b, op) : NULL;
        if (method) {
            specialize(fp, ip, method);
        }
        return;
    }
    specialize(fp, ip, choose_form(forms, next_opcode(fp, ip)));
}

// ---- `is` and `in`

#define IS_OPERANDS() bool truth = (sp[-2] == sp[-1]) != (ip->value != 0)
ANSWER_FORMS(is_object, IS_OPERANDS, 2)

// Containers whose contents are looked for without Python code in between are not distinguished here: what
// counts is the jump.
#define CONTAINS_OPERANDS() \
    Object *container = sp[-1], *item = sp[-2]; \
    if (container->type->flags & TF_HEAP && !ts->use_tracing) { \
        TAIL(contains_by_method); \
    } \
    SAVE(); \
    int found = container->type == &dict_type  ? dict_contains(container, item) \
                : container->type == &set_type ? set_contains(container, item) \
                                               : found_in(container, item); \
    if (UNLIKELY(found < 0)) { \
        ERROR(); \
    } \
    bool truth = found != (ip->value != 0)
ANSWER_FORMS(contains, CONTAINS_OPERANDS, 2)

Handler specialize_answer(uint8_t first, uint8_t second) {
    return first == IS_OP         ? choose_form(is_object_forms, second)
           : first == CONTAINS_OP ? choose_form(contains_forms, second)
                                  : NULL;
}

// ---- subscripts

static HANDLER(list_subscript) {
    Object *list = sp[-2], *key = sp[-1];
    if (UNLIKELY(list->type != &list_type || key->type != &int_type || !int_is_compact(key))) {
        TAIL(op_BINARY_SUBSCR);
    }
    int64_t i = int_compact_value(key);
    if (i < 0) {
        i += list_size(list);
    }
    Object *item = list_read(list, i);
    if (UNLIKELY(!item)) {
        TAIL(op_BINARY_SUBSCR);
    }
    sp--;
    sp[-1] = item;
    NEXT();
}
static HANDLER(tuple_subscript) {
    Object *tuple = sp[-2], *key = sp[-1];
    if (UNLIKELY(tuple->type != &tuple_type || key->type != &int_type || !int_is_compact(key))) {
        TAIL(op_BINARY_SUBSCR);
    }
    int64_t i = int_compact_value(key);
    if (i < 0) {
        i += tuple_size(tuple);
    }
    if (UNLIKELY((uint64_t)i >= (uint64_t)tuple_size(tuple))) {
        TAIL(op_BINARY_SUBSCR);
    }
    sp--;
    sp[-1] = tuple_get(tuple, i);
    NEXT();
}
static HANDLER(dict_subscript) {
    Object *dict = sp[-2], *key = sp[-1];
    if (UNLIKELY(dict->type != &dict_type)) {
        TAIL(op_BINARY_SUBSCR);
    }
    SAVE();
    Object *value = dict_get(dict, key);
    if (UNLIKELY(!value)) {
        if (error_occurred()) {
            ERROR();
        }
        raise_with(&exc_KeyError, tuple_check(key) ? tuple_pack(1, key) : key);
        ERROR();
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}

// Any other container: its slot, which cannot be NULL while the type has one.
static inline bool has_own_subscript(const Type *type) {
    return type == &list_type || type == &tuple_type || type == &dict_type;
}
static HANDLER(any_subscript) {
    Object *o = sp[-2];
    BinaryFn slot = slots_of(o)->getitem;
    if (UNLIKELY(has_own_subscript(o->type) || !slot)) {
        TAIL(op_BINARY_SUBSCR);
    }
    SAVE();
    Object *value = slot(o, sp[-1]);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}
static HANDLER(str_subscript) {
    Object *str = sp[-2], *key = sp[-1];
    if (UNLIKELY(str->type != &str_type || key->type != &int_type || !int_is_compact(key) ||
                 !str_is_ascii(str))) {
        TAIL(op_BINARY_SUBSCR);
    }
    int64_t i = int_compact_value(key);
    if (i < 0) {
        i += str_length(str);
    }
    if (UNLIKELY((uint64_t)i >= (uint64_t)str_length(str))) {
        TAIL(op_BINARY_SUBSCR);
    }
    sp--;
    sp[-1] = str_latin1_char(((const uint8_t *)str_data(str))[i]);
    NEXT();
}
static HANDLER(bytes_subscript) {
    Object *bytes = sp[-2], *key = sp[-1];
    if (UNLIKELY(bytes->type != &bytes_type || key->type != &int_type || !int_is_compact(key))) {
        TAIL(op_BINARY_SUBSCR);
    }
    int64_t i = int_compact_value(key);
    if (i < 0) {
        i += bytes_length(bytes);
    }
    if (UNLIKELY((uint64_t)i >= (uint64_t)bytes_length(bytes))) {
        TAIL(op_BINARY_SUBSCR);
    }
    sp--;
    sp[-1] = int_make((uint8_t)bytes_data(bytes)[i]);
    NEXT();
}
// A class with a `__getitem__` written in Python.
static HANDLER(subscript_by_method) {
    Object *o = sp[-2];
    Object *method = o->type->flags & TF_HEAP ? type_lookup(o->type, names.__getitem__) : NULL;
    if (UNLIKELY(!method || method->type != &function_type)) {
        TAIL(op_BINARY_SUBSCR);
    }
    Frame *frame = push_exact(ts, fp, method, 2);
    if (UNLIKELY(!frame)) {
        TAIL(op_BINARY_SUBSCR);
    }
    fill_locals(frame, sp - 2, 2);
    ENTER(frame, sp - 2);
}

// `o[a:b]` without the slice: BUILD_SLICE and BINARY_SUBSCR in one.
static inline bool plain_bound(const Object *o, int64_t *bound) {
    if (o == NONE) {
        return true;
    }
    if (o->type != &int_type || !int_is_compact(o)) {
        return false;
    }
    *bound = int_compact_value(o);
    return true;
}
static inline bool plain_slice(const Object *o, Object *const *bounds, int64_t *start, int64_t *stop) {
    *start = 0;
    *stop = INT64_MAX;
    if (!plain_bound(bounds[0], start) || !plain_bound(bounds[1], stop)) {
        return false;
    }
    int64_t length;
    if (o->type == &list_type) {
        length = list_size(o);
    } else if (o->type == &tuple_type) {
        length = tuple_size(o);
    } else if (o->type == &str_type) {
        length = str_length(o);
    } else {
        return false;
    }
    int64_t from = *start < 0 ? *start + length : *start, to = *stop < 0 ? *stop + length : *stop;
    from = from < 0 ? 0 : from > length ? length : from;
    to = to > length ? length : to;
    *start = from;
    *stop = to < from ? from : to;
    return true;
}
HANDLER(slice_subscript) {
    Object *o = sp[-3];
    int64_t start, stop;
    if (UNLIKELY(ip->value != 2 || !plain_slice(o, sp - 2, &start, &stop))) {
        TAIL(op_BUILD_SLICE);
    }
    Object *value = o->type == &list_type    ? list_slice(o, start, stop)
                    : o->type == &tuple_type ? tuple_slice(o, start, stop)
                                             : str_substring(o, start, stop);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp -= 2;
    sp[-1] = value;
    ip++;
    NEXT();
}
HANDLER(slice_store_subscript) {
    Object *list = sp[-3], *value = sp[-4];
    int64_t start, stop;
    if (UNLIKELY(ip->value != 2 || list->type != &list_type || value->type != &list_type ||
                 runtime_multithreaded || !plain_slice(list, sp - 2, &start, &stop))) {
        TAIL(op_BUILD_SLICE);
    }
    if (UNLIKELY(list_set_slice(list, start, stop, value) < 0)) {
        ERROR();
    }
    sp -= 4;
    ip++;
    NEXT();
}

void specialize_subscript(const Frame *fp, const Instruction *ip, const Object *o, const Object *key) {
    if (!may_specialize(fp, ip)) {
        specialize(fp, ip, op_BINARY_SUBSCR);
    } else if (o->type == &dict_type) {
        specialize(fp, ip, dict_subscript);
    } else if (key->type == &int_type && o->type == &list_type) {
        specialize(fp, ip, list_subscript);
    } else if (key->type == &int_type && o->type == &tuple_type) {
        specialize(fp, ip, tuple_subscript);
    } else if (key->type == &int_type && o->type == &str_type && str_is_ascii(o)) {
        specialize(fp, ip, str_subscript);
    } else if (key->type == &int_type && o->type == &bytes_type) {
        specialize(fp, ip, bytes_subscript);
    } else if (!has_own_subscript(o->type) && slots_of(o)->getitem) {
        const Object *method = o->type->flags & TF_HEAP ? type_lookup(o->type, names.__getitem__) : NULL;
        specialize(fp, ip, method && method->type == &function_type ? subscript_by_method : any_subscript);
    }
}

static HANDLER(dict_store_subscript) {
    Object *dict = sp[-2];
    if (UNLIKELY(dict->type != &dict_type)) {
        TAIL(op_STORE_SUBSCR);
    }
    SAVE();
    if (UNLIKELY(dict_set(dict, sp[-1], sp[-3]) < 0)) {
        ERROR();
    }
    sp -= 3;
    NEXT_CALLED();
}
static HANDLER(list_store_subscript) {
    Object *list = sp[-2], *key = sp[-1];
    if (UNLIKELY(list->type != &list_type || key->type != &int_type || !int_is_compact(key))) {
        TAIL(op_STORE_SUBSCR);
    }
    int64_t i = int_compact_value(key);
    if (i < 0) {
        i += list_size(list);
    }
    if (UNLIKELY(!object_is_mine(&((List *)list)->allocated) || (uint64_t)i >= (uint64_t)list_size(list))) {
        TAIL(op_STORE_SUBSCR);
    }
    Object **items = ((List *)list)->items;
    gc_store(items - 1, &items[i], sp[-3]);
    sp -= 3;
    NEXT();
}
// A class with a `__setitem__` written in Python, whose value is dropped.
static HANDLER(store_subscript_by_method) {
    Object *o = sp[-2];
    Object *method = o->type->flags & TF_HEAP ? type_lookup(o->type, names.__setitem__) : NULL;
    if (UNLIKELY(!method || method->type != &function_type ||
                 code_is_generator((Code *)((Function *)method)->code))) {
        TAIL(op_STORE_SUBSCR);
    }
    Frame *frame = push_exact(ts, fp, method, 3);
    if (UNLIKELY(!frame)) {
        TAIL(op_STORE_SUBSCR);
    }
    fill_locals(frame, (Object *[]){ o, sp[-1], sp[-3] }, 3);
    frame->flags = FRAME_DISCARD;
    ENTER(frame, sp - 3);
}
static HANDLER(any_store_subscript) {
    Object *o = sp[-2];
    SetItemFn slot = slots_of(o)->setitem;
    if (UNLIKELY(o->type == &dict_type || o->type == &list_type || !slot)) {
        TAIL(op_STORE_SUBSCR);
    }
    SAVE();
    if (UNLIKELY(slot(o, sp[-1], sp[-3]) < 0)) {
        ERROR();
    }
    sp -= 3;
    NEXT_CALLED();
}
void specialize_store_subscript(const Frame *fp, const Instruction *ip, const Object *o, const Object *key) {
    if (!may_specialize(fp, ip)) {
        specialize(fp, ip, op_STORE_SUBSCR);
    } else if (o->type == &dict_type) {
        specialize(fp, ip, dict_store_subscript);
    } else if (o->type == &list_type && key->type == &int_type) {
        specialize(fp, ip, list_store_subscript);
    } else if (o->type != &list_type && slots_of(o)->setitem) {
        const Object *method = o->type->flags & TF_HEAP ? type_lookup(o->type, names.__setitem__) : NULL;
        specialize(fp, ip,
                   method && method->type == &function_type ? store_subscript_by_method
                                                            : any_store_subscript);
    }
}

const SpecializedForm fast_arith_forms[] = {
    { add_int, BINARY_OP_ADD_INT },
    { add_int_store, BINARY_OP_ADD_INT },
    { subtract_int, BINARY_OP_SUBTRACT_INT },
    { subtract_int_store, BINARY_OP_SUBTRACT_INT },
    { multiply_int, BINARY_OP_MULTIPLY_INT },
    { multiply_int_store, BINARY_OP_MULTIPLY_INT },
    { add_float, BINARY_OP_ADD_FLOAT },
    { add_float_store, BINARY_OP_ADD_FLOAT },
    { subtract_float, BINARY_OP_SUBTRACT_FLOAT },
    { subtract_float_store, BINARY_OP_SUBTRACT_FLOAT },
    { multiply_float, BINARY_OP_MULTIPLY_FLOAT },
    { multiply_float_store, BINARY_OP_MULTIPLY_FLOAT },
    { concat_str, BINARY_OP_ADD_UNICODE },
    { concat_str_store, BINARY_OP_INPLACE_ADD_UNICODE },
    { compare_int_if_false, COMPARE_OP_INT_JUMP },
    { compare_int_if_true, COMPARE_OP_INT_JUMP },
    { compare_int_back_if_false, COMPARE_OP_INT_JUMP },
    { compare_int_back_if_true, COMPARE_OP_INT_JUMP },
    { compare_float_if_false, COMPARE_OP_FLOAT_JUMP },
    { compare_float_if_true, COMPARE_OP_FLOAT_JUMP },
    { compare_float_back_if_false, COMPARE_OP_FLOAT_JUMP },
    { compare_float_back_if_true, COMPARE_OP_FLOAT_JUMP },
    { compare_str_if_false, COMPARE_OP_STR_JUMP },
    { compare_str_if_true, COMPARE_OP_STR_JUMP },
    { compare_str_back_if_false, COMPARE_OP_STR_JUMP },
    { compare_str_back_if_true, COMPARE_OP_STR_JUMP },
    { list_subscript, BINARY_SUBSCR_LIST_INT },
    { tuple_subscript, BINARY_SUBSCR_TUPLE_INT },
    { dict_subscript, BINARY_SUBSCR_DICT },
    { subscript_by_method, BINARY_SUBSCR_GETITEM },
    { list_store_subscript, STORE_SUBSCR_LIST_INT },
    { dict_store_subscript, STORE_SUBSCR_DICT },
    { NULL, 0 },
};
