// The number protocol: binary operators with reflected operands, conversions.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int_internal.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/type_internal.h"

typedef struct Operator {
    size_t slot;  // offset in Slots
    const char *text;
} Operator;

// In the order of CPython's BINARY_OP argument; in-place ones are 13 further.
static const Operator operators[26] = {
    { offsetof(Slots, add), "+" },
    { offsetof(Slots, and), "&" },
    { offsetof(Slots, floor_divide), "//" },
    { offsetof(Slots, lshift), "<<" },
    { offsetof(Slots, matrix_multiply), "@" },
    { offsetof(Slots, multiply), "*" },
    { offsetof(Slots, remainder), "%" },
    { offsetof(Slots, or), "|" },
    { offsetof(Slots, power), "** or pow()" },
    { offsetof(Slots, rshift), ">>" },
    { offsetof(Slots, subtract), "-" },
    { offsetof(Slots, true_divide), "/" },
    { offsetof(Slots, xor), "^" },
    { offsetof(Slots, inplace_add), "+=" },
    { offsetof(Slots, inplace_and), "&=" },
    { offsetof(Slots, inplace_floor_divide), "//=" },
    { offsetof(Slots, inplace_lshift), "<<=" },
    { offsetof(Slots, inplace_matrix_multiply), "@=" },
    { offsetof(Slots, inplace_multiply), "*=" },
    { offsetof(Slots, inplace_remainder), "%=" },
    { offsetof(Slots, inplace_or), "|=" },
    { offsetof(Slots, inplace_power), "**=" },
    { offsetof(Slots, inplace_rshift), ">>=" },
    { offsetof(Slots, inplace_subtract), "-=" },
    { offsetof(Slots, inplace_true_divide), "/=" },
    { offsetof(Slots, inplace_xor), "^=" },
};

static inline BinaryFn slot_at(const Object *o, size_t offset) {
    return *(BinaryFn *)((char *)slots_of(o) + offset);
}

// The left operand's slot, then the right one's; a subclass on the right goes first.
static Object *binary_slots(Object *a, Object *b, size_t offset) {
    BinaryFn left = slot_at(a, offset);
    BinaryFn right = a->type != b->type ? slot_at(b, offset) : NULL;
    if (right == left) {
        right = NULL;
    }
    if (left) {
        if (right && type_is_subtype(b->type, a->type)) {
            Object *result = right(a, b);
            if (result != NOT_IMPLEMENTED) {
                return result;
            }
            right = NULL;
        }
        Object *result = left(a, b);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    return right ? right(a, b) : NOT_IMPLEMENTED;
}

static Object *repeat_by(RepeatFn repeat, Object *sequence, Object *count) {
    if (!number_check_index(count)) {
        return raise_error(&exc_TypeError, "can't multiply sequence by non-int of type '%T'", count);
    }
    ssize_t n = number_as_ssize(count, &exc_OverflowError);
    return n == -1 && error_occurred() ? NULL : repeat(sequence, n);
}

// After all operator methods said NotImplemented: the protocol of sequences.
static Object *binary_of_sequences(Object *a, Object *b, int op) {
    bool inplace = op >= 13;
    int plain = inplace ? op - 13 : op;
    if (plain == 0) {
        BinaryFn concat = inplace ? slots_of(a)->inplace_concat : NULL;
        concat = concat ? concat : slots_of(a)->concat;
        if (concat) {
            return concat(a, b);
        }
    } else if (plain == 5) {
        RepeatFn repeat = inplace ? slots_of(a)->inplace_repeat : NULL;
        repeat = repeat ? repeat : slots_of(a)->repeat;
        if (repeat) {
            return repeat_by(repeat, a, b);
        }
        // x *= sequence: not where x has methods of a sequence, if others than this one
        if (slots_of(b)->repeat && !(inplace && has_sequence_methods(a))) {
            return repeat_by(slots_of(b)->repeat, b, a);
        }
    }
    if (op == 9 && a->type == &builtin_function_type &&
        str_equal_cstring(object_getattr(a, names.__name__), "print")) {
        return raise_error(&exc_TypeError,
                           "unsupported operand type(s) for >>: '%T' and '%T'. Did you mean "
                           "\"print(<message>, file=<output_stream>)\"?",
                           a, b);
    }
    return raise_bad_operand(operators[op].text, a, b);
}

Object *number_binary(Object *a, Object *b, int op) {
    if (op == 8) {
        return number_power(a, b, NULL);
    }
    if (op == 21) {
        return number_inplace_power(a, b, NULL);
    }
    if (op >= 13) {
        BinaryFn slot = slot_at(a, operators[op].slot);
        if (slot) {
            Object *result = slot(a, b);
            if (result != NOT_IMPLEMENTED) {
                return result;
            }
        }
    }
    Object *result = binary_slots(a, b, operators[op >= 13 ? op - 13 : op].slot);
    return result != NOT_IMPLEMENTED ? result : binary_of_sequences(a, b, op);
}

Object *number_binary_after(Object *a, Object *b, int op) {
    size_t slot = operators[op >= 13 ? op - 13 : op].slot;
    Object *result = NOT_IMPLEMENTED;
    if (op >= 13 && slot_at(a, operators[op].slot)) {
        result = binary_slots(a, b, slot);
    } else if (a->type != b->type && slot_at(b, slot)) {
        result = slot_at(b, slot) == slot_at(a, slot) ? type_call_reflected(a, b, slot)
                                                      : slot_at(b, slot)(a, b);
    }
    return result != NOT_IMPLEMENTED ? result : binary_of_sequences(a, b, op);
}

Object *number_add(Object *a, Object *b) {
    return number_binary(a, b, 0);
}
Object *number_subtract(Object *a, Object *b) {
    return number_binary(a, b, 10);
}
Object *number_multiply(Object *a, Object *b) {
    return number_binary(a, b, 5);
}
Object *number_true_divide(Object *a, Object *b) {
    return number_binary(a, b, 11);
}
Object *number_floor_divide(Object *a, Object *b) {
    return number_binary(a, b, 2);
}
Object *number_remainder(Object *a, Object *b) {
    return number_binary(a, b, 6);
}

Object *number_divmod(Object *a, Object *b) {
    Object *result = binary_slots(a, b, offsetof(Slots, divmod));
    return result != NOT_IMPLEMENTED ? result : raise_bad_operand("divmod()", a, b);
}

static Object *power(Object *a, Object *b, Object *modulus, const char *text) {
    if (!modulus) {
        modulus = NONE;
    }
    TernaryFn left = slots_of(a)->power, right = slots_of(b)->power;
    TernaryFn third = slots_of(modulus)->power;
    if (a->type == b->type || right == left) {
        right = NULL;
    }
    if (left) {
        if (right && type_is_subtype(b->type, a->type)) {
            Object *result = right(a, b, modulus);
            if (result != NOT_IMPLEMENTED) {
                return result;
            }
            right = NULL;
        }
        Object *result = left(a, b, modulus);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    if (right) {
        Object *result = right(a, b, modulus);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    if (third && third != left && third != right) {
        Object *result = third(a, b, modulus);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    if (modulus == NONE) {
        return raise_bad_operand(text, a, b);
    }
    return raise_error(&exc_TypeError, "unsupported operand type(s) for %s: '%T', '%T', '%T'", text, a, b,
                       modulus);
}

Object *number_power(Object *a, Object *b, Object *modulus) {
    return power(a, b, modulus, "** or pow()");
}

Object *number_inplace_power(Object *a, Object *b, Object *modulus) {
    TernaryFn slot = slots_of(a)->inplace_power;
    if (slot) {
        Object *result = slot(a, b, modulus ? modulus : NONE);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    return power(a, b, modulus, "**=");
}

Object *number_negative(Object *o) {
    UnaryFn slot = slots_of(o)->negative;
    return slot ? slot(o) : raise_error(&exc_TypeError, "bad operand type for unary -: '%T'", o);
}

Object *number_positive(Object *o) {
    UnaryFn slot = slots_of(o)->positive;
    return slot ? slot(o) : raise_error(&exc_TypeError, "bad operand type for unary +: '%T'", o);
}

Object *number_invert(Object *o) {
    UnaryFn slot = slots_of(o)->invert;
    return slot ? slot(o) : raise_error(&exc_TypeError, "bad operand type for unary ~: '%T'", o);
}

Object *number_absolute(Object *o) {
    UnaryFn slot = slots_of(o)->absolute;
    return slot ? slot(o) : raise_error(&exc_TypeError, "bad operand type for abs(): '%T'", o);
}

bool number_check_index(Object *o) {
    return slots_of(o)->to_index != NULL;
}

// A dunder's result must be an int; a strict subclass is deprecated.
static Object *checked_int(Object *result, Object *o, const char *method) {
    if (!result || int_check_exact(result)) {
        return result;
    }
    if (!int_check(result)) {
        return raise_error(&exc_TypeError, "%s returned non-int (type %T)", method, result);
    }
    if (warn(&exc_DeprecationWarning, 1,
             "%s returned non-int (type %T).  The ability to return an instance of a strict subclass of "
             "int is deprecated, and may not be supported in a future version of Python.",
             method, result) < 0) {
        return NULL;
    }
    return result;
}

Object *number_index(Object *o) {
    if (int_check(o)) {
        return o;
    }
    UnaryFn slot = slots_of(o)->to_index;
    if (!slot) {
        return raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", o);
    }
    return checked_int(slot(o), o, "__index__");
}

static Object *exact_int(Object *o) {
    return o && !int_check_exact(o) ? int_type.info->slots.to_int(o) : o;
}

Object *number_int(Object *o) {
    if (int_check_exact(o)) {
        return o;
    }
    const Slots *slots = slots_of(o);
    if (slots->to_int) {
        return exact_int(checked_int(slots->to_int(o), o, "__int__"));
    }
    if (slots->to_index) {
        return exact_int(number_index(o));
    }
    Object *trunc;
    int found = object_lookup_special(o, names.__trunc__, &trunc);
    if (found < 0) {
        return NULL;
    }
    if (found) {
        if (warn(&exc_DeprecationWarning, 1, "The delegation of int() to __trunc__ is deprecated.") < 0) {
            return NULL;
        }
        Object *result = call0(trunc);
        if (!result || int_check(result)) {
            return exact_int(result);
        }
        if (!number_check_index(result)) {
            return raise_error(&exc_TypeError, "__trunc__ returned non-Integral (type %T)", result);
        }
        return exact_int(number_index(result));
    }
    if (str_check(o)) {
        return int_from_str(o, 10);
    }
    if (bytes_check(o)) {
        return int_from_text_shown(bytes_data(o), (size_t)bytes_length(o), 10, o);
    }
    if (buffer_check(o)) {
        Buffer view;
        if (object_get_buffer(o, &view, BUFFER_SIMPLE) == 0) {
            Object *copy = bytes_from(view.data, view.length);
            buffer_release(&view);
            return copy ? int_from_text_shown(bytes_data(copy), (size_t)bytes_length(copy), 10, o) : NULL;
        }
        error_clear();
    }
    return raise_error(&exc_TypeError,
                       "int() argument must be a string, a bytes-like object or a real number, not '%T'", o);
}

Object *number_float(Object *o) {
    if (o->type == &float_type) {
        return o;
    }
    const Slots *slots = slots_of(o);
    if (!slots->to_float && (str_check(o) || bytes_check(o) || bytearray_check(o))) {
        return float_from_str(o);
    }
    if (!slots->to_float && !slots->to_index) {
        Buffer view;
        if (buffer_check(o) && object_get_buffer(o, &view, BUFFER_SIMPLE) == 0) {
            buffer_release(&view);
            return float_from_str(o);
        }
        error_clear();
        return raise_error(&exc_TypeError, "float() argument must be a string or a real number, not '%T'", o);
    }
    double value = float_by_slot(o);
    return value == -1.0 && error_occurred() ? NULL : float_from_double(value);
}

ssize_t number_as_ssize(Object *o, Type *overflow_type) {
    if (LIKELY(int_check(o) && int_is_compact(o))) {
        return int_compact_value(o);
    }
    Object *index = number_index(o);
    if (!index) {
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(index, &overflow);
    if (!overflow) {
        return value;
    }
    if (!overflow_type) {
        return overflow < 0 ? -SSIZE_LIMIT - 1 : SSIZE_LIMIT;
    }
    raise_error(overflow_type, "cannot fit '%T' into an index-sized integer", o);
    return -1;
}

ssize_t number_to_ssize(Object *o) {
    Object *number = number_index(o);
    return number ? int_to_ssize(number) : -1;
}

int number_optional_ssize(Object *o, ssize_t *value) {
    if (!o || o == NONE) {
        return 0;
    }
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, "argument should be integer or None, not '%T'", o);
        return -1;
    }
    *value = number_as_ssize(o, &exc_OverflowError);
    return *value == -1 && error_occurred() ? -1 : 0;
}
