// Generators, coroutines and asynchronous generators: objects that own a suspended frame.
#pragma once

#include "objects/object.h"
#include "vm/twin.h"

enum { GEN_CREATED = -2, GEN_SUSPENDED = -1, GEN_EXECUTING = 0, GEN_COMPLETED = 1 };

// CPython's layout up to the frame.
typedef struct Generator {
    Object base;
    Code *code;
    Object *weaklist, *name, *qualname;
    ExceptionState handled;
    Object *origin_or_finalizer;
    char hooks_inited, closed, running_async;
    int8_t state;
    Frame frame;
} Generator;

static inline Generator *generator_of(Frame *frame) {
    return (Generator *)((char *)frame - offsetof(Generator, frame));
}
static inline bool generator_is(const Object *o) {
    return o->type == &generator_type || o->type == &coroutine_type || o->type == &async_generator_type;
}

// A generator (by the code's flags) that takes over the frame on top of the VM stack.
Object *generator_from_frame(Frame *frame, Thread *ts);
// Takes the right to run it: 0, or -1 with "already executing". `was` receives the state before.
int generator_claim(Generator *gen, int8_t *was);
// The frame ended by returning or by an exception (which is converted if it is a StopIteration).
void generator_finish(Frame *frame, Thread *ts);
// Links the claimed generator's frame as the innermost one, with `value` (NULL: throwing) sent.
int generator_link(Generator *gen, Thread *ts, Object *value, uint8_t flags);

// Suspended inside of a try or with: it must be closed when it is found dead.
void generator_watch(Generator *gen, const Instruction *ip);

Object *generator_yield_from(Generator *gen);  // what it delegates to, or NULL
Object *coroutine_iterator(Object *o);         // what `await o` iterates over
Object *async_generator_wrap(Object *value);   // a value that an asynchronous generator yields
Object *anext_awaitable_new(Object *awaitable, Object *otherwise);
// Puts the value of the StopIteration in flight (none in flight: None) into *value and clears it; -1
// when another exception is in flight.
int stop_iteration_value(Object **value);

Object *generator_close(Object *self);
Object *generator_throw(Object *self, bool close_on_exit, Object *type, Object *value, Object *traceback);
void generator_finalize(Object *self);  // closes it, with the warning that a coroutine was never awaited
void generator_trace(Object *self, Tracer *tracer);

// For heap_hooks.finalizer_rank: what has finished, or never began, has nothing to clean up; but a coroutine
// that was never awaited says so.
bool generator_needs_finalizer(const Generator *gen);
