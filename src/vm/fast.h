// Specialised handlers: what a site becomes once it has seen its operands.
//
// A specialised handler checks everything before it does anything and tail-calls the plain handler on
// a miss; the plain handler may then choose another one. Hit paths write nothing that threads share.
// A handler that serves two instructions does so only when the second one is the plain successor; a
// jump to the second one finds its own cell as ever.
#pragma once

#include "objects/float.h"
#include "objects/int.h"
#include "vm/interpreter.h"

enum { SPECIALIZE_MOST = 12 };  // changes of mind that a site is granted
enum { MIND_CHANGED = 3 };      // so many make an operator one for ints and floats alike
enum { FAILURES_MOST = 50 };    // attempts in a row that lead to nothing

// Swaps the handler of a cell (never of a tracing one).
READS_RECORDS static inline void specialize(const Frame *fp, const Instruction *ip, Handler handler) {
    if (!twin_is_traced(fp->twin, ip) && __atomic_load_n(&ip->handler, __ATOMIC_RELAXED) != handler) {
        __atomic_store_n(&((Instruction *)ip)->handler, handler, __ATOMIC_RELEASE);
    }
}
// The opcode of the instruction behind `ip`.
READS_RECORDS static inline uint8_t next_opcode(const Frame *fp, const Instruction *ip) {
    return twin_opcode(fp->twin, twin_index(fp->twin, ip) + 1);
}
// Operands that carry a count of attempts above their first eight bits. When they are used up the plain handler
// is put back, once, and does not ask any more.
READS_RECORDS static inline uint64_t site_value(const Instruction *ip) {
    return __atomic_load_n(&ip->value, __ATOMIC_RELAXED);
}
READS_RECORDS static inline bool wants_specialization(const Instruction *ip) {
    return site_value(ip) >> 8 <= SPECIALIZE_MOST;
}
READS_RECORDS static inline bool may_specialize(const Frame *fp, const Instruction *ip) {
    uint64_t value = __atomic_load_n(&ip->value, __ATOMIC_RELAXED);
    if (twin_is_traced(fp->twin, ip)) {
        return false;
    }
    if (value >> 8 >= SPECIALIZE_MOST) {
        __atomic_store_n((uint64_t *)&((Instruction *)ip)->value, value + 0x100, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n((uint64_t *)&((Instruction *)ip)->value, value + 0x100, __ATOMIC_RELAXED);
    return true;
}

// An int of magnitude below 2**60. NULL with MemoryError.
static inline Object *int_make(int64_t value) {
    if ((uint64_t)(value - INT_SMALL_LEAST) <= INT_SMALL_MOST - INT_SMALL_LEAST) {
        return (Object *)&int_small_table[value - INT_SMALL_LEAST];
    }
    Int *result = heap_alloc(32, CELL_LEAF);
    if (UNLIKELY(!result)) {
        return NULL;
    }
    result->var.base.refcount = REFCOUNT_INITIAL;
    result->var.base.type = &int_type;
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    ssize_t size = magnitude >> INT_SHIFT ? 2 : 1;
    result->var.size = value < 0 ? -size : size;
    result->digits[0] = (uint32_t)magnitude & INT_MASK;
    result->digits[1] = (uint32_t)(magnitude >> INT_SHIFT);
    return (Object *)result;
}
// The value of an int of at most two digits.
static inline bool int_short_value(const Object *o, int64_t *value) {
    const Int *i = (const Int *)o;
    ssize_t size = i->var.size;
    if (LIKELY((size_t)(size + 1) <= 2)) {
        *value = size * (int64_t)i->digits[0];
        return true;
    }
    int64_t magnitude = (int64_t)((uint64_t)i->digits[1] << INT_SHIFT | i->digits[0]);
    *value = size < 0 ? -magnitude : magnitude;
    return (size_t)(size + 2) <= 4;
}
static inline Object *float_make(double value) {
    Float *result = heap_alloc(sizeof(Float), CELL_LEAF);
    if (UNLIKELY(!result)) {
        return NULL;
    }
    result->base.refcount = REFCOUNT_INITIAL;
    result->base.type = &float_type;
    result->value = value;
    return (Object *)result;
}

// ---- entering a Python function without C recursion

// What a record of a CALL describes, in the low bits of its guard, an address: its handler is stored apart from it, and
// two threads may leave the record of one and the handler of the other.
typedef enum CallKind {
    CALLS_FUNCTION,
    CALLS_METHOD,
    CALLS_EXIT, // the bound `__exit__` of a `with`
    CALLS_WITH_DEFAULTS,
    CALLS_METHOD_WITH_DEFAULTS,
    CALLS_CLASS, // in guard2
    CALLS_LEN,
    CALLS_ISINSTANCE,
} CallKind;

READS_RECORDS static inline Frame *push_twin(Thread *ts, Frame *fp, Function *function, Twin *twin) {
    Object **end = ts->stack_top + twin->frame_words;
    if (UNLIKELY(ts->recursion_left <= 0 || ts->use_tracing || end > ts->stack_end)) {
        return NULL;
    }
    Frame *frame = (Frame *)ts->stack_top;
    ts->stack_top = end;
    ts->recursion_left--;
    frame->flags = 0;
    frame_init(frame, twin, function, fp);
    return frame;
}
// A frame for a Python function that takes exactly `count` arguments; NULL when it is not that simple. The
// locals are the caller's to fill.
READS_RECORDS static inline Frame *push_exact(Thread *ts, Frame *fp, Object *callable, size_t count) {
    Function *function = (Function *)callable;
    const Code *code = (const Code *)function->code;
    Twin *twin = __atomic_load_n((Twin **)&code->extra, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!twin || (int64_t)count != twin->exact_args)) {
        return NULL;
    }
    return push_twin(ts, fp, function, twin);
}
// The same at a site whose record names a code object (guard, with the kind of call in its low bits) and its twin
// (pointer), known to take that many.
READS_RECORDS static inline Frame *push_known(Thread *ts, Frame *fp, const Record *r, Object *callable,
                                              size_t count, CallKind kind) {
    Function *function = (Function *)callable;
    if (LIKELY((uintptr_t)function->code + kind == r->guard)) {
        return push_twin(ts, fp, function, r->pointer);
    }
    return push_exact(ts, fp, callable, count);
}
// Copies the arguments and clears the other locals: mostly two or three words, not worth a call of memset.
READS_RECORDS static inline void fill_locals(Frame *frame, Object *const *args, size_t count) {
    Object **local = frame->locals, **end = local + frame->twin->stack_offset;
    for (Object **last = local + count; local < last; local++, args++) {
        *local = *args;
        __asm__("" : "+r"(local));
    }
    for (; local < end; local++) {
        *local = NULL;
        __asm__("" : "+r"(local));
    }
}
// Goes on in `frame`; its value will lie at `bottom` of the caller's stack, whose next cell runs then.
#define ENTER(frame, bottom) \
    do { \
        Twin *entered = (frame)->twin; \
        fp->ip = ip; \
        fp->sp = (bottom); \
        (frame)->return_to = ip + 1; \
        ts->frame = (frame); \
        fp = (frame); \
        ip = entered->cells; \
        sp = (frame)->locals + entered->stack_offset; \
        DISPATCH(); \
    } while (0)

// True for a method of a Python function, bound to an object.
static inline bool is_bound_function(const Object *o) {
    return o->type == &method_type && ((const Method *)o)->function->type == &function_type;
}

// True when calling the class makes an instance as object.__new__ does, and hands it to `__init__`.
static inline bool type_constructs_simply(const Type *type) {
    return slots_of((const Object *)type)->call == type_type.info->slots.call && type->flags & TF_HEAP &&
           !(type->flags & TF_ABSTRACT) && type->info->slots.new == object_type.info->slots.new &&
           !type->item_size;
}

// Special methods written in Python (vm/fast_special.c): handlers, or NULL when the method is none.
Handler special_operator(const Object *a, const Object *b, unsigned op);
Handler special_comparison(const Object *a, const Object *b, unsigned op);
bool special_next(const Object *iterator);
HANDLER(contains_by_method);
HANDLER(for_next_method);
HANDLER(call_instance);
HANDLER(call_len);
HANDLER(call_isinstance);
// Back in the caller, with what such a method returned in sp[0].
HANDLER(operator_returned);
HANDLER(contains_returned);
HANDLER(length_returned);

void specialize_binary(const Frame *fp, const Instruction *ip, const Object *a, const Object *b);
void specialize_compare(const Frame *fp, const Instruction *ip, const Object *a, const Object *b);
void specialize_subscript(const Frame *fp, const Instruction *ip, const Object *o, const Object *key);
void specialize_store_subscript(const Frame *fp, const Instruction *ip, const Object *o, const Object *key);
HANDLER(for_iter_end); // an iterator gave nothing: leaves the loop, or raises
void specialize_yield_from(const Frame *fp, const Instruction *ip);
void specialize_aiter(const Frame *fp, const Instruction *ip);
// FOR_ITER over a generator; CALL of a generator function, as a function and as a method (vm/fast_generator.c).
HANDLER(for_generator);
HANDLER(call_generator);
HANDLER(call_method_generator);
void specialize_send(const Frame *fp, const Instruction *ip, const Object *receiver);
void specialize_iteration(const Frame *fp, const Instruction *ip, const Object *iterator);
void specialize_global(const Frame *fp, const Instruction *ip);
void specialize_attribute(const Frame *fp, const Instruction *ip, Object *o);
void specialize_store_attribute(const Frame *fp, const Instruction *ip, Object *o);
void specialize_method(const Frame *fp, const Instruction *ip, Object *o);
void specialize_call(const Frame *fp, const Instruction *ip, Object *callable, size_t count);
// Swaps a site's record for a copy of `record` and its handler; does nothing when it changed too often.
void specialize_site(const Frame *fp, const Instruction *ip, const Record *record, Handler handler);
// The handlers load it by themselves: what it points to, they depend on.
READS_RECORDS static inline Record *site_record(const Instruction *ip) {
    return __atomic_load_n(&ip->record, __ATOMIC_ACQUIRE);
}
READS_RECORDS static inline Object *site_name(const Instruction *ip) {
    return site_record(ip)->name;
}
READS_RECORDS static inline uint32_t site_argument(const Instruction *ip) {
    return site_record(ip)->argument;
}
READS_RECORDS static inline bool site_may_change(const Frame *fp, const Instruction *ip) {
    return site_record(ip)->changes < SPECIALIZE_MOST && !twin_is_traced(fp->twin, ip);
}
// The same before an attempt, which counts as failed until the site has its next record.
READS_RECORDS static inline bool site_may_try(const Frame *fp, const Instruction *ip) {
    Record *r = site_record(ip);
    uint8_t failures = __atomic_load_n(&r->failures, __ATOMIC_RELAXED);
    if (failures >= FAILURES_MOST || !site_may_change(fp, ip)) {
        return false;
    }
    __atomic_store_n(&r->failures, (uint8_t)(failures + 1), __ATOMIC_RELAXED);
    return true;
}
// A local variable and what is found in it: these try the site's simplest case and else leave the second
// instruction to its own handler.
HANDLER(load_fast_load_attr);
HANDLER(load_fast_load_method);
// `name = None`, which may let go of the last reference.
HANDLER(load_none_store_fast);
HANDLER(get_iter_for); // GET_ITER before FOR_ITER
int found_in(Object *container, Object *item); // `item in container`: -1, 0 or 1; ends a generator
HANDLER(pop_iterator); // POP_TOP of what FOR_ITER asks
// Before an exception, which stays in flight, cuts the frame's stack at `ip` to `depth`: ends the generators that go.
void generators_unwound(Frame *fp, const Instruction *ip, uint32_t depth);
HANDLER(store_none_fast); // STORE_FAST with None on the stack
// A slice and the subscript that it is made for.
HANDLER(slice_subscript);
HANDLER(slice_store_subscript);
// At translation: pairs that need no feedback.
Handler specialize_pair(uint8_t first, uint8_t second);
Handler specialize_answer(uint8_t first, uint8_t second); // `is` and `in`, with a jump behind them
