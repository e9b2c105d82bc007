// What the files of `_asyncio` share.
//
// A future belongs to one event loop and is not meant to be shared by threads, as in CPython; but nothing
// breaks when it is. Its lock guards the step from pending to done and the list of callbacks: each
// callback is scheduled once. Everything that calls Python happens without it.
#pragma once

#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

typedef enum FutureState : uint8_t { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED } FutureState;

// As large as CPython's, with the dict and the weak references where they are there.
typedef struct Future {
    Object base;
    Object *loop;                 // NULL: __init__ has not run
    Object *callback, *context;   // the first callback, or NULL
    Object *callbacks;            // a list of (callback, context) for the others, or NULL
    Object *exception, *exception_traceback, *result;
    Object *source_traceback, *cancel_message;  // or NULL
    FutureState state;
    bool log_traceback, blocking;
    uintptr_t lock;
    Object *dict, *weaklist;
    Object *cancelled_exception;  // the CancelledError that the task ended with, or NULL
} Future;

typedef struct Task {
    Future future;
    Object *waiter, *coro, *name, *context;
    int must_cancel;
    int log_destroy_pending;
    int cancel_requests;
} Task;

extern Type future_type, task_type, future_iterator_type, task_step_type;
extern const TypeSpec future_spec, task_spec, future_iterator_spec, task_step_spec;

static inline Future *future_of(Object *o) {
    return (Future *)o;
}
static inline Task *task_of(Object *o) {
    return (Task *)o;
}
// Neither class is derived from: their methods are known.
static inline bool is_plain_future(const Object *o) {
    return o->type == &future_type || o->type == &task_type;
}

// Python's side of asyncio, imported once; registered roots.
typedef struct AsyncioImports {
    Object *get_event_loop_policy, *future_repr, *invalid_state_error, *cancelled_error;
    Object *task_repr, *task_get_stack, *task_print_stack, *iscoroutine, *extract_stack;
    Object *all_tasks;      // a WeakSet
    Object *current_tasks;  // a dict from loops to tasks
    Object *context_keyword, *message_keyword;  // tuples: ("context",), ("msg",)
} AsyncioImports;
extern AsyncioImports asyncio;

// ---- module.c
Object *running_loop(void);      // of this thread, or NULL
Object *current_event_loop(void);  // that, or the policy's
int register_task(Object *task);
int enter_task(Object *loop, Object *task);
int leave_task(Object *loop, Object *task);

// ---- future.c
int future_init(Future *future, Object *loop);  // loop NULL or None: the current one
int check_future(Future *future);               // RuntimeError when __init__ has not run
void future_trace(Object *self, Tracer *tracer);
void future_finalize(Object *self);
void task_finalize(Object *self);
// loop.call_soon(function, argument, context=context); `argument` may be NULL. -1 with an exception.
int call_soon(Object *loop, Object *function, Object *argument, Object *context);
int future_add_callback(Future *future, Object *function, Object *context);
// Return None, or NULL with an exception.
Object *future_set_result(Future *future, Object *result);
Object *future_set_exception(Future *future, Object *exception);
Object *future_cancel(Future *future, Object *message);  // True or False
// The result, or NULL with the future's exception raised.
Object *future_get_result(Future *future);
Object *make_cancelled_error(Future *future);
extern BuiltinDef future_methods[];
extern GetSetDef future_getsets[];
// For heap_hooks.needs_finalizer: `o` is a future that has nothing to report when it dies.
bool future_is_finished(const Object *o);
// Calls loop.call_exception_handler({"message": ..., key: self, ...}); errors are unraisable.
void report_to_loop(Future *future, const char *key, Object *message, Object *exception);
