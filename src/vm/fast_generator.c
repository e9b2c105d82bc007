// Generators and coroutines that are made and run in their caller's loop, without C recursion.
#include "vm/generator.h"

#include "objects/type.h"
#include "vm/fast.h"

// Takes the right to run a generator that FOR_ITER or SEND resumes in its caller's loop. Whatever is out of the
// ordinary is left to generator_resume: tracing, the end of the recursion limit, a generator that runs or ended.
static inline bool claim_in_loop(Generator *gen, Thread *ts, bool from_start) {
    if (UNLIKELY(ts->use_tracing || twin_traced(gen->frame.twin) || ts->recursion_left <= 0)) {
        return false;
    }
    int8_t state = __atomic_load_n(&gen->state, __ATOMIC_ACQUIRE);
    if (UNLIKELY(state != GEN_SUSPENDED && (state != GEN_CREATED || !from_start))) {
        return false;
    }
    return generator_take(gen, state);
}

// Links the claimed generator's frame in front of `fp`, to which it goes back by `flags`.
static inline Frame *link_in_loop(Generator *gen, Frame *fp, Thread *ts, const Instruction *ip,
                                  uint16_t flags) {
    Frame *frame = &gen->frame;
    ts->recursion_left--;
    frame->flags = (frame->flags & (FRAME_OBJECT | FRAME_TRANSIENT)) | FRAME_GENERATOR | flags;
    frame->back = fp;
    frame->return_to = ip + 1;
    gen->handled.previous = ts->handled;
    ts->handled = &gen->handled;
    ts->frame = frame;
    return frame;
}

// A generator's frame is resumed without C recursion; RETURN_VALUE ends the loop (return_slow).
HANDLER(for_generator) {
    Generator *gen = (Generator *)sp[-1];
    if (UNLIKELY(gen->base.type != &generator_type || !claim_in_loop(gen, ts, true))) {
        TAIL(op_FOR_ITER);
    }
    SAVE();
    fp = link_in_loop(gen, fp, ts, ip, FRAME_FOR_ITER);
    sp = (Object **)fp->sp;
    *sp++ = NONE;
    ip = fp->ip;
    DISPATCH();
}

// `await` of a coroutine, `yield from` a generator: the same. YIELD_VALUE goes on behind SEND, RETURN_VALUE
// at its target.
static HANDLER(send_generator) {
    Generator *gen = (Generator *)sp[-2];
    Object *value = sp[-1];
    if (UNLIKELY((gen->base.type != &coroutine_type && gen->base.type != &generator_type) ||
                 !claim_in_loop(gen, ts, value == NONE))) {
        TAIL(op_SEND);
    }
    SAVE();
    fp = link_in_loop(gen, fp, ts, ip, FRAME_SEND);
    sp = (Object **)fp->sp;
    *sp++ = value;
    ip = fp->ip;
    DISPATCH();
}

// `async for`: the awaitable that GET_ANEXT made. What the generator yields for who awaits ends the SEND
// (yield_to_await), what its own awaits yield is passed on.
static HANDLER(send_asend) {
    Object *value = sp[-1];
    Generator *gen = asend_begin(sp[-2], &value);
    if (UNLIKELY(!gen || !claim_in_loop(gen, ts, value == NONE))) {
        TAIL(op_SEND);
    }
    asend_run(sp[-2]);
    SAVE();
    fp = link_in_loop(gen, fp, ts, ip, FRAME_SEND | FRAME_ASEND);
    sp = (Object **)fp->sp;
    *sp++ = value;
    ip = fp->ip;
    DISPATCH();
}

void specialize_send(const Frame *fp, const Instruction *ip, const Object *receiver) {
    if (receiver->type == &coroutine_type || receiver->type == &generator_type) {
        specialize(fp, ip, send_generator);
    } else if (receiver->type == &async_generator_asend_type) {
        specialize(fp, ip, send_asend);
    }
}

// ---- making

// What `o.__iter__()`, or another method without arguments, returns when it is a Python function of that kind;
// NULL without an exception when it is not, or with one.
static Object *from_method(Object *o, Object *name, int kind, Owner owner, Thread *ts) {
    if (!(o->type->flags & TF_HEAP)) {
        return NULL;
    }
    Object *method = type_lookup(o->type, name);
    if (!method || method->type != &function_type) {
        return NULL;
    }
    Code *code = (Code *)((Function *)method)->code;
    if (!(code->flags & kind) || !code_twin(code)) {
        return NULL;
    }
    Twin *twin = generator_call_twin((Function *)method, 1, ts);
    return twin && twin->code == code ? generator_from_call((Function *)method, twin, &o, 1, ts, owner)
                                      : NULL;
}

// GET_ITER before FOR_ITER.
HANDLER(get_iter_for) {
    if (sp[-1]->type == &generator_type) {
        NEXT();
    }
    SAVE();
    Object *made = from_method(sp[-1], names.__iter__, CO_GENERATOR, OWNER_LOOP, ts);
    if (!made) {
        if (UNLIKELY(ts->exception)) {
            ERROR();
        }
        TAIL(op_GET_ITER);
    }
    sp[-1] = made;
    NEXT();
}

// When only the stack referred to a generator, being popped is its end, as it is with reference counts. (Another kind of
// iterator, and one with a name, waits for a collection.) What another thread runs at the moment is not such a one, whatever
// is read of it.
READS_RECORDS static inline bool ends_when_popped(const Object *o) {
    const Generator *gen = (const Generator *)o;
    return o->type == &generator_type && gen->sole && gen->state == GEN_SUSPENDED;
}
// Of a comprehension or a generator expression: its only argument is the iterator that its loop asks.
static bool is_comprehension(const Code *code) {
    return code->argcount == 1 && str_equal_cstring(tuple_get(code->localsplusnames, 0), ".0");
}
// Without a handler, or a generator that it asks itself, it has nothing to say to its end.
static bool end_matters(Generator *gen) {
    bool matters = gen->frame.twin->handled_count || thread_current->use_tracing;
    for (Object *const *o = frame_stack(&gen->frame); !matters && o < (Object **)gen->frame.sp; o++) {
        matters = *o && (*o)->type == &generator_type;
    }
    return matters;
}
static NOINLINE void end_popped(Object *o) {
    Generator *gen = (Generator *)o;
    if (!end_matters(gen)) {
        return;
    }
    Object *inner = is_comprehension(gen->code) ? gen->frame.locals[0] : NULL;
    generator_finalize(o);
    if (inner) {
        generator_dropped(inner);
    }
    if (gen->state != GEN_COMPLETED) { // it ignored GeneratorExit, and is not asked again
        gen->closed = GENERATOR_FINALIZED;
    }
}

void generator_dropped(Object *o) {
    if (ends_when_popped(o)) {
        end_popped(o);
    }
}

// POP_TOP of a loop's iterator: `break`, or `return`.
HANDLER(pop_iterator) {
    Object *iterator = sp[-1];
    if (UNLIKELY(ends_when_popped(iterator))) {
        SAVE();
        end_popped(iterator);
        sp--;
        NEXT_POLLED();
    }
    sp--;
    NEXT();
}

READS_RECORDS void generators_unwound(Frame *fp, const Instruction *ip, uint32_t depth) {
    uint32_t before = fp->twin->depths[twin_index(fp->twin, ip)];
    for (uint32_t i = before == UINT16_MAX ? depth : before; i > depth; i--) {
        Object *o = frame_stack(fp)[i - 1];
        bool local = fp->twin->stack_offset &&
                     o == fp->locals[0]; // of a frame that may be seen in a traceback
        if (UNLIKELY(!local && heap_contains(o) && ends_when_popped(o))) {
            fp->ip = ip;
            fp->sp = frame_stack(fp) + i;
            end_popped(o);
        }
    }
}

static HANDLER(yield_from_method) {
    SAVE();
    Object *made = from_method(sp[-1], names.__iter__, CO_GENERATOR, OWNER_LOOP, ts);
    if (!made) {
        if (UNLIKELY(ts->exception)) {
            ERROR();
        }
        TAIL(op_GET_YIELD_FROM_ITER);
    }
    sp[-1] = made;
    NEXT_CALLED();
}
static HANDLER(aiter_method) {
    SAVE();
    Object *made = from_method(sp[-1], names.__aiter__, CO_ASYNC_GENERATOR, OWNER_ANY, ts);
    if (!made) {
        if (UNLIKELY(ts->exception)) {
            ERROR();
        }
        TAIL(op_GET_AITER);
    }
    sp[-1] = made;
    NEXT_CALLED();
}
void specialize_yield_from(const Frame *fp, const Instruction *ip) {
    specialize(fp, ip, yield_from_method);
}
void specialize_aiter(const Frame *fp, const Instruction *ip) {
    specialize(fp, ip, aiter_method);
}

// Whether the cell at `index` takes what is put at `top` and leaves nothing of it.
READS_RECORDS static bool drops_top(const Twin *twin, uint32_t index, Object *const *top) {
    uint32_t count = 1;
    uint8_t opcode = twin_opcode(twin, index);
    switch (opcode) {
    case CONTAINS_OP:
    case UNPACK_SEQUENCE: return true;
    case GET_ITER: count = 0; break;
    case LOAD_CONST: count = 2; break;
    default: break;
    }
    if (count != 1) {
        opcode = twin_opcode(twin, ++index);
    }
    if (opcode != CALL || twin_argument(twin, index) != count) {
        return false;
    }
    const Object *callable = top[-1];
    if (!count) { // the callable lies where a method's does, and the iterator is its `self`
        const Code *code = callable && callable->type == &function_type
                               ? (const Code *)((const Function *)callable)->code
                               : NULL;
        return code && code->flags & CO_GENERATOR && is_comprehension(code);
    }
    return !top[-2] && callable && callable->type == &builtin_function_type &&
           ((const BuiltinFunction *)callable)->def->flags & EFFECT_DROPS;
}

Owner generator_owner(const Frame *caller, const Instruction *next, Object *const *top, const Code *code,
                      const Thread *ts) {
    Handler handler = next->handler;
    if (handler == op_GET_AWAITABLE) {
        return ts->use_tracing ? OWNER_ANY : OWNER_LOOP;
    }
    if (!(code->flags & CO_GENERATOR)) {
        return OWNER_ANY;
    }
    uint32_t index = twin_index(caller->twin, next);
    handler = caller->twin->cells[index].handler;
    if (handler == get_iter_for || handler == op_GET_YIELD_FROM_ITER || handler == yield_from_method) {
        return ts->use_tracing ? OWNER_STACK : OWNER_LOOP;
    }
    return drops_top(caller->twin, index, top) ? OWNER_STACK : OWNER_ANY;
}

#define CALL_GENERATOR(name, guard, count, bottom) \
    HANDLER(name) { \
        size_t n = (count); \
        Object **args = sp - n, *callable = args[-1]; \
        if (UNLIKELY((guard) || callable->type != &function_type)) { \
            TAIL(op_CALL); \
        } \
        Twin *twin = generator_call_twin((Function *)callable, n, ts); \
        if (UNLIKELY(!twin)) { \
            TAIL(op_CALL); \
        } \
        SAVE(); \
        Owner owner = generator_owner(fp, ip + 1, bottom, twin->code, ts); \
        Object *made = generator_from_call((Function *)callable, twin, args, n, ts, owner); \
        if (UNLIKELY(!made)) { \
            ERROR(); \
        } \
        sp = (bottom); \
        *sp++ = made; \
        NEXT(); \
    }
CALL_GENERATOR(call_generator, args[-2], ip->record->argument, args - 2)
CALL_GENERATOR(call_method_generator, !callable, ip->record->argument + 1, args - 1)
