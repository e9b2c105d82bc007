// Generators, coroutines and asynchronous generators: objects that own a suspended frame.
#pragma once

#include "objects/object.h"
#include "vm/interpreter.h"
#include "vm/twin.h"

enum { GEN_CREATED = -2, GEN_SUSPENDED = -1, GEN_EXECUTING = 0, GEN_COMPLETED = 1 };

// CPython's layout up to the frame.
typedef struct Generator {
    Object base;
    Code *code;
    Object *weaklist, *name, *qualname;
    ExceptionState handled;
    Object *origin_or_finalizer;
    char hooks_inited, running_async;
    char closed; // an asynchronous generator: true; the others: whether the collector knows it (below)
    int8_t state;
    bool sole; // only an evaluation stack refers to it: who takes it from there ends it (Owner)
    uint32_t bias; // for the step from another state to GEN_EXECUTING
    Frame frame;
} Generator;

enum { GENERATOR_REGISTERED = 1, GENERATOR_FINALIZED = 2 };

// Takes the right to run it, if it still is in this state.
static inline bool generator_take(Generator *gen, int8_t state) {
    if (step_is_mine(&gen->bias)) {
        __atomic_store_n(&gen->state, GEN_EXECUTING, __ATOMIC_RELAXED);
        return true;
    }
    step_claim(&gen->bias);
    return __atomic_compare_exchange_n(&gen->state, &state, GEN_EXECUTING, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static inline Generator *generator_of(Frame *frame) {
    return (Generator *)((char *)frame - offsetof(Generator, frame));
}
static inline bool generator_is(const Object *o) {
    return o->type == &generator_type || o->type == &coroutine_type || o->type == &async_generator_type;
}

// Who refers to what a call returns, as its caller's next instructions have it. What shows a generator to the program
// (a frame's locals, cr_await, the functions of `gc`) makes it anybody's: generator_expose.
typedef enum Owner {
    OWNER_ANY,
    OWNER_STACK, // the evaluation stack: it ends with the loop, the generator expression or the builtin that it is for
    OWNER_LOOP, // the same, and its cell is used again as soon as it returns: transient
} Owner;

// A generator (by the code's flags) that takes over the frame on top of the VM stack.
Object *generator_from_frame(Frame *frame, Thread *ts, Owner owner);
// The same for a call of a function whose code begins with RETURN_GENERATOR, without a frame for the call.
Object *generator_from_call(Function *function, Twin *twin, Object *const *args, size_t nargs, Thread *ts,
                            Owner owner);
// Whether generator_from_call can make what a call of `function` with `nargs` arguments returns: its twin, or NULL.
static inline Twin *generator_call_twin(const Function *function, size_t nargs, const Thread *ts) {
    Twin *twin = __atomic_load_n((Twin **)&((Code *)function->code)->extra, __ATOMIC_ACQUIRE);
    return LIKELY(twin && twin->cells->handler == op_RETURN_GENERATOR && twin->exact_args == (int64_t)nargs &&
                  !ts->use_tracing && !ts->coroutine_origin_depth && ts->recursion_left > 0)
               ? twin
               : NULL;
}
// Of what a call of `code` returns, a generator or a coroutine, to go on at `next`, a cell, when `top` has it.
Owner generator_owner(const Frame *caller, const Instruction *next, Object *const *top, const Code *code,
                      const Thread *ts);
// What the evaluation stack had is not needed any more: ends it, if it is a generator of nobody else. An exception may be
// in flight.
void generator_dropped(Object *o);
void generator_init(void);
void generator_recycle(Generator *gen);
void generator_expose(Object *o); // anything

// The awaitable that GET_ANEXT makes, in the steps that SEND takes by itself (vm/asyncgen.c).
Object *async_generator_anext(Object *gen);
// The generator to resume, with *value, when SEND passes *value to `awaitable`; NULL when asend_send has to decide.
Generator *asend_begin(Object *awaitable, Object **value);
void asend_run(Object *awaitable); // it is going to be resumed
// The generator yielded a value for who awaits, or ended: the awaitable is done.
void asend_end(Object *awaitable, bool generator_ended);
void asend_expose(Object *o);
Object *async_generator_unwrap(Object *wrapped);
extern uint64_t generator_collections; // how many there were: what was kept before the last one is gone

// Takes the right to run it: 0, or -1 with "already executing". `was` receives the state before.
int generator_claim(Generator *gen, int8_t *was);
// The frame ended by returning or by an exception (which is converted if it is a StopIteration).
void generator_finish(Frame *frame, Thread *ts);
// Links the claimed generator's frame as the innermost one, with `value` (NULL: throwing) sent.
int generator_link(Generator *gen, Thread *ts, Object *value, uint16_t flags);

// Closing a generator or coroutine that is found dead is noticed only when it was suspended inside of a try or
// with, or delegates to an iterator that has a close() of its own, or when it is a coroutine that never began:
// only such ones are registered for finalization.
int generator_register(Generator *gen);
void generator_watch(Generator *gen, const Instruction *ip);
void generator_watch_delegate(Generator *gen, const Object *receiver);

Object *generator_yield_from(Generator *gen); // what it delegates to, or NULL
Object *coroutine_iterator(Object *o); // what `await o` iterates over
Object *async_generator_wrap(Object *value); // a value that an asynchronous generator yields
Object *anext_awaitable_new(Object *awaitable, Object *otherwise);
// Puts the value of the StopIteration in flight (none in flight: None) into *value and clears it; -1
// when another exception is in flight.
int stop_iteration_value(Object **value);

Object *generator_close(Object *self);
Object *generator_throw(Object *self, bool close_on_exit, Object *type, Object *value, Object *traceback);
void generator_finalize(Object *self); // closes it, with the warning that a coroutine was never awaited
void generator_trace(Object *self, Tracer *tracer);

// For heap_hooks.finalizer_rank: what has finished, or never began, has nothing to clean up; but a coroutine
// that was never awaited says so.
bool generator_needs_finalizer(const Generator *gen);
