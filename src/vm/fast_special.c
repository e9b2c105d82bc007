// Operators, comparisons, `in`, calls, loops and len() on instances of Python classes: their special methods run as
// frames of their caller's loop, without C recursion.
//
// The operands stay on the caller's stack while the method runs, and the caller's frame stands at its instruction.
// What is to be done with the method's value is said by a flag of its frame; return_slow comes back here then.
// Only the method that the language asks first is entered in this way, and only when it is a function written in
// Python: whatever else may follow (a reflected method, the error) is done by C (number_binary_after and its like).
#include "vm/fast.h"

#include "objects/set.h"
#include "objects/type.h"
#include "objects/type_internal.h"

// The names of the methods in the order of BINARY_OP's argument; `**` is left to C.
static Object *const *const operator_names[26] = {
    &names.__add__,
    &names.__and__,
    &names.__floordiv__,
    &names.__lshift__,
    &names.__matmul__,
    &names.__mul__,
    &names.__mod__,
    &names.__or__,
    NULL,
    &names.__rshift__,
    &names.__sub__,
    &names.__truediv__,
    &names.__xor__,
    &names.__iadd__,
    &names.__iand__,
    &names.__ifloordiv__,
    &names.__ilshift__,
    &names.__imatmul__,
    &names.__imul__,
    &names.__imod__,
    &names.__ior__,
    NULL,
    &names.__irshift__,
    &names.__isub__,
    &names.__itruediv__,
    &names.__ixor__,
};
static Object *const *const compare_names[6] = {
    &names.__lt__, &names.__le__, &names.__eq__, &names.__ne__, &names.__gt__, &names.__ge__,
};

// The function that is a class's special method, NULL when that is anything else. Classes alone have such.
static inline Object *special_function(const Object *o, Object *name) {
    if (UNLIKELY(!(o->type->flags & TF_HEAP))) {
        return NULL;
    }
    Object *method = type_lookup(o->type, name);
    return LIKELY(method && method->type == &function_type &&
                  !code_is_generator((const Code *)((const Function *)method)->code))
               ? method
               : NULL;
}

// The method that `a op b` asks first, when that is one of a's class.
static inline Object *operator_function(const Object *a, const Object *b, unsigned op) {
    if (UNLIKELY(!operator_names[op])) {
        return NULL;
    }
    if (op >= 13) {
        Object *method = special_function(a, *operator_names[op]);
        if (method || !(a->type->flags & TF_HEAP) || type_lookup(a->type, *operator_names[op])) {
            return method;
        }
        op -= 13;
    }
    if (a->type != b->type && UNLIKELY(type_is_subtype(b->type, a->type))) {
        return NULL;
    }
    return special_function(a, *operator_names[op]);
}
static inline Object *compare_function(const Object *a, const Object *b, unsigned op) {
    if (a->type != b->type && UNLIKELY(type_is_subtype(b->type, a->type))) {
        return NULL;
    }
    return special_function(a, *compare_names[op]);
}

// Both operands are the method's arguments; what does not fit goes to the general handler.
#define OPERATOR_BY_METHOD(name, method_of, general) \
    static HANDLER(name) { \
        Object *method = method_of(sp[-2], sp[-1], (uint8_t)ip->value); \
        Frame *frame = LIKELY(method != NULL) ? push_exact(ts, fp, method, 2) : NULL; \
        if (UNLIKELY(!frame)) { \
            TAIL(general); \
        } \
        fill_locals(frame, sp - 2, 2); \
        frame->flags = FRAME_OPERATOR; \
        ENTER(frame, sp); \
    }
OPERATOR_BY_METHOD(binary_by_method, operator_function, op_BINARY_OP)
OPERATOR_BY_METHOD(compare_by_method, compare_function, op_COMPARE_OP)

Handler special_operator(const Object *a, const Object *b, unsigned op) {
    return operator_function(a, b, op) ? binary_by_method : NULL;
}
Handler special_comparison(const Object *a, const Object *b, unsigned op) {
    return compare_function(a, b, op) ? compare_by_method : NULL;
}

HANDLER(contains_by_method) {
    Object *method = special_function(sp[-1], names.__contains__);
    Frame *frame = LIKELY(method != NULL) ? push_exact(ts, fp, method, 2) : NULL;
    if (UNLIKELY(!frame)) {
        TAIL(op_CONTAINS_OP);
    }
    fill_locals(frame, (Object *[]){ sp[-1], sp[-2] }, 2);
    frame->flags = FRAME_CONTAINS;
    ENTER(frame, sp);
}

// ---- what the methods returned: sp[0], behind the operands

HANDLER(operator_returned) {
    Object *value = sp[0];
    if (UNLIKELY(value == NOT_IMPLEMENTED)) {
        Object *a = sp[-2], *b = sp[-1];
        unsigned op = (uint8_t)ip->value;
        SAVE();
        bool compares = twin_opcode(fp->twin, twin_index(fp->twin, ip)) == COMPARE_OP;
        value = compares ? object_compare_after(a, b, (CompareOp)op) : number_binary_after(a, b, (int)op);
        ip = fp->ip;
        if (!value) {
            ERROR();
        }
    }
    sp--;
    sp[-1] = value;
    NEXT();
}
HANDLER(contains_returned) {
    SAVE();
    int truth = object_is_true(sp[0]);
    ip = fp->ip;
    if (UNLIKELY(truth < 0)) {
        ERROR();
    }
    sp--;
    sp[-1] = bool_from(truth != (ip->value != 0));
    NEXT();
}
HANDLER(length_returned) {
    Object *value = sp[0];
    if (UNLIKELY(value->type != &int_type || (size_t)((const Int *)value)->var.size > 2)) {
        SAVE();
        value = length_from(value);
        ip = fp->ip;
        if (!value) {
            ERROR();
        }
    }
    sp -= 2;
    sp[-1] = value;
    NEXT();
}

// ---- FOR_ITER over an iterator written in Python

HANDLER(for_next_method) {
    Object *method = special_function(sp[-1], names.__next__);
    Frame *frame = LIKELY(method != NULL) ? push_exact(ts, fp, method, 1) : NULL;
    if (UNLIKELY(!frame)) {
        TAIL(op_FOR_ITER);
    }
    fill_locals(frame, sp - 1, 1);
    frame->flags = FRAME_NEXT;
    ENTER(frame, sp);
}
bool special_next(const Object *iterator) {
    return special_function(iterator, names.__next__) != NULL;
}

// ---- calls: instances with __call__, len(), isinstance()

HANDLER(call_instance) {
    size_t count = ip->record->argument;
    Object **args = sp - count;
    if (UNLIKELY(args[-2])) {
        TAIL(op_CALL);
    }
    Object *method = special_function(args[-1], names.__call__);
    Frame *frame = LIKELY(method != NULL) ? push_exact(ts, fp, method, count + 1) : NULL;
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    fill_locals(frame, args - 1, count + 1);
    ENTER(frame, args - 2);
}

// `guard` is the declaration of the built-in function, and the kind of call.
READS_RECORDS static inline bool calls_builtin(const Object *callable, const Record *r, const Thread *ts,
                                               CallKind kind) {
    return callable->type == &builtin_function_type &&
           (uintptr_t)((const BuiltinFunction *)callable)->def + kind == r->guard && !ts->use_tracing;
}

HANDLER(call_len) {
    const Record *r = ip->record;
    Object *o = sp[-1];
    if (UNLIKELY(sp[-3] || r->argument != 1 || !calls_builtin(sp[-2], r, ts, CALLS_LEN))) {
        TAIL(op_CALL);
    }
    ssize_t length;
    if (o->type == &list_type) {
        length = list_size(o);
    } else if (o->type == &tuple_type) {
        length = tuple_size(o);
    } else if (o->type == &str_type) {
        length = str_length(o);
    } else if (o->type == &dict_type) {
        length = dict_size(o);
    } else {
        Object *method = special_function(o, names.__len__);
        Frame *frame = method ? push_exact(ts, fp, method, 1) : NULL;
        if (frame) {
            fill_locals(frame, sp - 1, 1);
            frame->flags = FRAME_LENGTH;
            ENTER(frame, sp);
        }
        SAVE();
        length = object_length(o);
        ip = fp->ip;
        if (UNLIKELY(length < 0)) {
            ERROR();
        }
    }
    Object *value = LIKELY(length < (ssize_t)1 << 60) ? int_make(length) : int_from_ssize(length);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp -= 2;
    sp[-1] = value;
    NEXT_POLLED();
}

HANDLER(call_isinstance) {
    const Record *r = ip->record;
    Object *o = sp[-2], *class = sp[-1];
    if (UNLIKELY(sp[-4] || r->argument != 2 || !calls_builtin(sp[-3], r, ts, CALLS_ISINSTANCE))) {
        TAIL(op_CALL);
    }
    int truth = (Object *)o->type == class;
    if (!truth) {
        SAVE();
        truth = object_is_instance_of(o, class);
        ip = fp->ip;
        if (UNLIKELY(truth < 0)) {
            ERROR();
        }
    }
    sp -= 3;
    sp[-1] = bool_from(truth);
    NEXT_POLLED();
}
