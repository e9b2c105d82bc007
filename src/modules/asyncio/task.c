// _asyncio.Task: drives a coroutine, one step at a time, as a future of its result.
#include "modules/asyncio/asyncio.h"
#include "modules/contextvars.h"
#include "vm/generator.h"
#include "vm/runtime.h"

Type task_type, task_step_type;
static uint64_t task_count;

// ---- scheduling steps

// What call_soon() is given: calling it makes the next step, throwing `exception` unless it is NULL.
typedef struct TaskStep {
    Object base;
    Object *task, *exception;
} TaskStep;

static Object *task_step(Task *task, Object *exception);
static Object *task_wakeup(Object *self, Object *future);

static BuiltinDef wakeup_def = BUILTIN("task_wakeup", task_wakeup, "-($self, future, /)", 0, NULL);

static int step_soon(Task *task, Object *exception) {
    TaskStep *step = (TaskStep *)object_alloc(&task_step_type);
    if (!step) {
        return -1;
    }
    gc_init(&step->task, task);
    gc_init(&step->exception, exception);
    return call_soon(task->future.loop, (Object *)step, NULL, task->context);
}

static Object *task_step_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    if (kwnames && tuple_size(kwnames)) {
        return raise_error(&exc_TypeError, "function takes no keyword arguments");
    }
    if (nargs) {
        return raise_error(&exc_TypeError, "function takes no positional arguments");
    }
    TaskStep *step = (TaskStep *)self;
    return task_step((Task *)step->task, step->exception);
}

static void task_step_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((TaskStep *)self)->task);
    trace_cell(tracer, ((TaskStep *)self)->exception);
}

static Object *get_step_self(Object *self, void *closure) {
    (void)closure;
    return ((TaskStep *)self)->task;
}

static GetSetDef task_step_getsets[] = { { "__self__", get_step_self, NULL, NULL, NULL }, { 0 } };

const TypeSpec task_step_spec = {
    .name = "TaskStepMethWrapper",
    .basic_size = sizeof(TaskStep),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .getsets = task_step_getsets,
    .trace = task_step_trace,
    .slots = { .call = task_step_call },
};

// ---- life

static int task_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[4];
    if (signature_bind(&signature, "Task", "(coro, *, loop=None, name=None, context=None)", args, nargs,
                       kwnames, b) < 0) {
        return -1;
    }
    Object *coro = b[0], *name = b[2], *context = b[3];
    Task *task = task_of(self);
    if (future_init(&task->future, b[1]) < 0) {
        return -1;
    }
    if (coro->type != &coroutine_type) {
        Object *answer = call1(asyncio.iscoroutine, coro);
        int truth = answer ? object_is_true(answer) : -1;
        if (truth <= 0) {
            task->log_destroy_pending = 0;
            if (!truth) {
                raise_error(&exc_TypeError, "a coroutine was expected, got %R", coro);
            }
            return -1;
        }
    }
    context = context && context != NONE ? context : context_copy_current();
    if (!context) {
        return -1;
    }
    if (!name || name == NONE) {
        uint64_t number = __atomic_add_fetch(&task_count, 1, __ATOMIC_RELAXED);
        name = str_format("Task-%lu", (unsigned long)number);
    } else if (!str_check_exact(name)) {
        name = object_str(name);
    }
    if (!name) {
        return -1;
    }
    gc_store(task, &task->waiter, NULL);
    gc_store(task, &task->context, context);
    gc_store(task, &task->name, name);
    gc_store(task, &task->coro, coro);
    task->must_cancel = 0;
    task->cancel_requests = 0;
    task->log_destroy_pending = 1;
    return step_soon(task, NULL) < 0 ? -1 : register_task(self);
}

static Object *task_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

static void task_trace(Object *self, Tracer *tracer) {
    Task *task = task_of(self);
    future_trace(self, tracer);
    trace_cell(tracer, task->waiter);
    trace_cell(tracer, task->coro);
    trace_cell(tracer, task->name);
    trace_cell(tracer, task->context);
}

void task_finalize(Object *self) {
    Task *task = task_of(self);
    if (task->future.state == FUTURE_PENDING && task->log_destroy_pending && task->future.loop) {
        report_to_loop(&task->future, "task", str_from_cstring("Task was destroyed but it is pending!"),
                       NULL);
    }
    future_finalize(self);
}

// ---- a step

static Object *fail_soon(Task *task, Object *message) {
    Object *error = message ? call1((Object *)&exc_RuntimeError, message) : NULL;
    return error && step_soon(task, error) == 0 ? NONE : NULL;
}

// Cancels what the task waits for, if a cancellation came while it was running.
static Object *pass_on_cancellation(Task *task, Object *waiter) {
    if (!task->must_cancel) {
        return NONE;
    }
    Object *cancelled;
    Object *message = or_none(task->future.cancel_message);
    if (waiter->type == &future_type) {
        cancelled = future_cancel(future_of(waiter), message);
    } else {
        cancelled = call_method(names.cancel, (Object *[]){ waiter, message }, 1, asyncio.message_keyword);
    }
    int truth = cancelled ? object_is_true(cancelled) : -1;
    if (truth > 0) {
        task->must_cancel = 0;
    }
    return truth < 0 ? NULL : NONE;
}

static Object *wrong_loop(Task *task, Object *result) {
    return fail_soon(task, str_format("Task %R got Future %R attached to a different loop", task, result));
}
static Object *wrong_yield(Task *task, Object *result) {
    return fail_soon(task,
                     str_format("yield was used instead of yield from in task %R with %R", task, result));
}

static Object *new_wakeup(Task *task) {
    return builtin_function_new(&wakeup_def, &task->future.base, NULL);
}

// The coroutine yielded a future of another class, which follows the protocol.
static Object *wait_for_foreign(Task *task, Object *result, Object *blocking) {
    Object *getter, *loop;
    int found = object_getattr_optional(result, names.get_loop, &getter);
    loop = found < 0 ? NULL : found ? call0(getter) : object_getattr(result, names._loop);
    if (!loop) {
        return NULL;
    }
    if (loop != task->future.loop) {
        return wrong_loop(task, result);
    }
    int truth = object_is_true(blocking);
    if (truth <= 0) {
        return truth < 0 ? NULL : wrong_yield(task, result);
    }
    if (object_setattr(result, names._asyncio_future_blocking, FALSE_OBJECT) < 0) {
        return NULL;
    }
    Object *wakeup = new_wakeup(task);
    if (!wakeup || !call_method(names.add_done_callback, (Object *[]){ result, wakeup, task->context }, 2,
                                asyncio.context_keyword)) {
        return NULL;
    }
    gc_store(task, &task->waiter, result);
    return pass_on_cancellation(task, result);
}

// The coroutine yielded `result`: waits for it, or tells the coroutine what is wrong with it.
static Object *wait_for(Task *task, Object *result) {
    if (result == &task->future.base) {
        return fail_soon(task, str_format("Task cannot await on itself: %R", task));
    }
    if (is_plain_future(result)) {
        Future *future = future_of(result);
        if (future->loop != task->future.loop) {
            return wrong_loop(task, result);
        }
        if (!future->blocking) {
            return wrong_yield(task, result);
        }
        future->blocking = false;
        Object *wakeup = new_wakeup(task);
        if (!wakeup || future_add_callback(future, wakeup, task->context) < 0) {
            return NULL;
        }
        gc_store(task, &task->waiter, result);
        return pass_on_cancellation(task, result);
    }
    if (result == NONE) {
        return step_soon(task, NULL) < 0 ? NULL : NONE;
    }
    Object *blocking;
    int found = object_getattr_optional(result, names._asyncio_future_blocking, &blocking);
    if (found < 0) {
        return NULL;
    }
    if (found && blocking != NONE) {
        return wait_for_foreign(task, result, blocking);
    }
    if (result->type == &generator_type) {
        return fail_soon(task,
                         str_format("yield was used instead of yield from for generator in task %R with %R",
                                    task, result));
    }
    return fail_soon(task, str_format("Task got bad yield: %R", result));
}

// The coroutine ended with the exception in flight.
static Object *step_failed(Task *task) {
    Object *exception = error_take();
    if (exception_matches(exception, asyncio.cancelled_error)) {
        gc_store(task, &task->future.cancelled_exception, exception);
        return future_cancel(&task->future, NONE);
    }
    if (!future_set_exception(&task->future, exception)) {
        return NULL;
    }
    if (exception_matches(exception, (Object *)&exc_KeyboardInterrupt) ||
        exception_matches(exception, (Object *)&exc_SystemExit)) {
        error_restore(exception);
        return NULL;
    }
    return NONE;
}

static Object *task_step_inner(Task *task, Object *exception) {
    if (task->future.state != FUTURE_PENDING) {
        return raise_error((Type *)asyncio.invalid_state_error, "__step(): already done: %R %R", task,
                           exception ? exception : str_empty());
    }
    if (task->must_cancel) {
        if (!exception || !exception_matches(exception, asyncio.cancelled_error)) {
            exception = make_cancelled_error(&task->future);
            if (!exception) {
                return NULL;
            }
        }
        task->must_cancel = 0;
    }
    gc_store(task, &task->waiter, NULL);
    Object *coro = task->coro, *result = NULL;
    if (!coro) {
        return raise_error(&exc_RuntimeError, "uninitialized Task object");
    }
    SendResult outcome;
    if (!exception) {
        outcome = iter_send(coro, NONE, &result);
    } else {
        result = coro->type == &coroutine_type ? generator_throw(coro, true, exception, NULL, NULL)
                                               : call_method1(coro, names.throw, exception);
        outcome = result ? SEND_NEXT : SEND_ERROR;
        if (!result && error_matches(&exc_StopIteration)) {
            result = exception_stop_value(error_take());
            outcome = SEND_RETURN;
        }
    }
    if (outcome == SEND_NEXT) {
        return wait_for(task, result);
    }
    if (outcome == SEND_ERROR) {
        return step_failed(task);
    }
    if (task->must_cancel) {
        // Cancelled right before the coroutine returned.
        task->must_cancel = 0;
        return future_cancel(&task->future, or_none(task->future.cancel_message)) ? NONE : NULL;
    }
    return future_set_result(&task->future, result);
}

static Object *task_step(Task *task, Object *exception) {
    Object *self = &task->future.base, *loop = task->future.loop;
    if (enter_task(loop, self) < 0) {
        return NULL;
    }
    Object *result = task_step_inner(task, exception);
    if (result) {
        return leave_task(loop, self) < 0 ? NULL : result;
    }
    Object *error = error_take();
    leave_task(loop, self);
    error_restore(error);
    return NULL;
}

// A future that the task waited for is done.
static Object *task_wakeup(Object *self, Object *o) {
    Object *result = is_plain_future(o) ? future_get_result(future_of(o)) : call_method0(o, names.result);
    if (result) {
        return task_step(task_of(self), NULL);
    }
    return task_step(task_of(self), error_take());
}

// ---- methods

static Object *method_cancel(Object *self, Object *message) {
    Task *task = task_of(self);
    message = or_none(message);
    task->future.log_traceback = false;
    if (task->future.state != FUTURE_PENDING) {
        return FALSE_OBJECT;
    }
    task->cancel_requests++;
    Object *waiter = task->waiter;
    if (waiter) {
        Object *answer = waiter->type == &future_type
                             ? future_cancel(future_of(waiter), message)
                             : call_method(names.cancel, (Object *[]){ waiter, message }, 1,
                                           asyncio.message_keyword);
        int truth = answer ? object_is_true(answer) : -1;
        if (truth) {
            return truth < 0 ? NULL : TRUE_OBJECT;
        }
    }
    task->must_cancel = 1;
    gc_store(task, &task->future.cancel_message, message);
    return TRUE_OBJECT;
}

static Object *method_cancelling(Object *self) {
    return int_from_i64(task_of(self)->cancel_requests);
}
static Object *method_uncancel(Object *self) {
    Task *task = task_of(self);
    if (task->cancel_requests > 0) {
        task->cancel_requests--;
    }
    return int_from_i64(task->cancel_requests);
}

static Object *method_get_stack(Object *self, Object *limit) {
    return call2(asyncio.task_get_stack, self, or_none(limit));
}
static Object *method_print_stack(Object *self, Object *limit, Object *file) {
    return call3(asyncio.task_print_stack, self, or_none(limit), or_none(file));
}
static Object *method_set_result(Object *self, Object *result) {
    (void)self, (void)result;
    return raise_error(&exc_RuntimeError, "Task does not support set_result operation");
}
static Object *method_set_exception(Object *self, Object *exception) {
    (void)self, (void)exception;
    return raise_error(&exc_RuntimeError, "Task does not support set_exception operation");
}
static Object *method_get_coro(Object *self) {
    return or_none(task_of(self)->coro);
}
static Object *method_get_name(Object *self) {
    return or_none(task_of(self)->name);
}
static Object *method_set_name(Object *self, Object *value) {
    Object *name = str_check_exact(value) ? value : object_str(value);
    if (!name) {
        return NULL;
    }
    gc_store(self, &task_of(self)->name, name);
    return NONE;
}

static Object *task_repr(Object *self) {
    return check_future(future_of(self)) < 0 ? NULL : call1(asyncio.task_repr, self);
}

static Object *get_log_destroy_pending(Object *self, void *closure) {
    (void)closure;
    return bool_from(task_of(self)->log_destroy_pending);
}
static int set_log_destroy_pending(Object *self, Object *value, void *closure) {
    (void)closure;
    if (!value) {
        raise_error(&exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    int truth = object_is_true(value);
    if (truth >= 0) {
        task_of(self)->log_destroy_pending = truth;
    }
    return truth < 0 ? -1 : 0;
}
static Object *get_must_cancel(Object *self, void *closure) {
    (void)closure;
    return bool_from(task_of(self)->must_cancel);
}
static Object *get_coro(Object *self, void *closure) {
    (void)closure;
    return or_none(task_of(self)->coro);
}
static Object *get_waiter(Object *self, void *closure) {
    (void)closure;
    return or_none(task_of(self)->waiter);
}

static GetSetDef task_getsets[] = {
    { "_log_destroy_pending", get_log_destroy_pending, set_log_destroy_pending, NULL, NULL },
    { "_must_cancel", get_must_cancel, NULL, NULL, NULL },
    { "_coro", get_coro, NULL, NULL, NULL },
    { "_fut_waiter", get_waiter, NULL, NULL, NULL },
    { 0 },
};

static BuiltinDef task_methods[] = {
    BUILTIN("set_result", method_set_result, "($self, result, /)", 0, NULL),
    BUILTIN("set_exception", method_set_exception, "($self, exception, /)", 0, NULL),
    BUILTIN("cancel", method_cancel, "($self, /, msg=None)", 0, NULL),
    BUILTIN("cancelling", method_cancelling, "($self, /)", 0, NULL),
    BUILTIN("uncancel", method_uncancel, "($self, /)", 0, NULL),
    BUILTIN("get_stack", method_get_stack, "($self, /, *, limit=None)", 0, NULL),
    BUILTIN("print_stack", method_print_stack, "($self, /, *, limit=None, file=None)", 0, NULL),
    BUILTIN("get_name", method_get_name, "($self, /)", 0, NULL),
    BUILTIN("set_name", method_set_name, "($self, value, /)", 0, NULL),
    BUILTIN("get_coro", method_get_coro, "($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec task_spec = {
    .name = "_asyncio.Task",
    .doc = "Task(coro, *, loop=None, name=None, context=None)\n--\n\n",
    .base = &future_type,
    .basic_size = sizeof(Task),
    .dict_offset = offsetof(Future, dict),
    .weaklist_offset = offsetof(Future, weaklist),
    .lock_offset = offsetof(Future, lock),
    .flags = TF_BASE | TF_GC,
    .methods = task_methods,
    .getsets = task_getsets,
    .trace = task_trace,
    .slots = { .new = task_new, .init = task_init, .finalize = task_finalize, .repr = task_repr },
};
