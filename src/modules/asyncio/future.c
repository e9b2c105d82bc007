// _asyncio.Future and the iterator that `await future` runs.
#include "modules/asyncio/asyncio.h"
#include "modules/contextvars.h"
#include "vm/runtime.h"

Type future_type, future_iterator_type;

int check_future(Future *future) {
    if (future->loop) {
        return 0;
    }
    raise_error(&exc_RuntimeError, "Future object is not initialized.");
    return -1;
}

int call_soon(Object *loop, Object *function, Object *argument, Object *context) {
    Object *args[4] = { loop, function };
    size_t nargs = 2;
    if (argument) {
        args[nargs++] = argument;
    }
    args[nargs] = context;
    return call_method(names.call_soon, args, nargs, context ? asyncio.context_keyword : NULL) ? 0 : -1;
}

// ---- life

int future_init(Future *future, Object *loop) {
    if (!loop || loop == NONE) {
        loop = current_event_loop();
        if (!loop) {
            return -1;
        }
    }
    object_lock(&future->lock);
    future->state = FUTURE_PENDING;
    future->log_traceback = future->blocking = false;
    Object **fields[] = { &future->callback,
                          &future->context,
                          &future->callbacks,
                          &future->exception,
                          &future->exception_traceback,
                          &future->result,
                          &future->source_traceback,
                          &future->cancel_message,
                          &future->cancelled_exception };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        gc_store(future, fields[i], NULL);
    }
    gc_store(future, &future->loop, loop);
    object_unlock(&future->lock);
    Object *debug = call_method0(loop, names.get_debug);
    int truth = debug ? object_is_true(debug) : -1;
    if (truth > 0) {
        Object *stack = call0(asyncio.extract_stack);
        if (!stack) {
            return -1;
        }
        gc_store(future, &future->source_traceback, stack);
    }
    return truth < 0 ? -1 : 0;
}

static int future_init_slot(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *loop;
    return signature_bind(&signature, "Future", "(*, loop=None)", args, nargs, kwnames, &loop) < 0
               ? -1
               : future_init(future_of(self), loop);
}

static Object *future_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

void future_trace(Object *self, Tracer *tracer) {
    Future *f = future_of(self);
    Object *fields[] = { f->loop,      f->callback,           f->context,
                         f->callbacks, f->exception,          f->exception_traceback,
                         f->result,    f->source_traceback,   f->cancel_message,
                         f->dict,      f->cancelled_exception };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        trace_cell(tracer, fields[i]);
    }
}

void report_to_loop(Future *future, const char *key, Object *message, Object *exception) {
    Object *earlier = error_take(), *context = dict_new();
    Object *handler = NULL, *source = field_read(&future->source_traceback);
    if (!context || !message || dict_set_cstring(context, key, &future->base) < 0 ||
        dict_set_cstring(context, "message", message) < 0 ||
        (exception && dict_set_cstring(context, "exception", exception) < 0) ||
        (source && dict_set_cstring(context, "source_traceback", source) < 0) ||
        !(handler = object_getattr(future->loop, names.call_exception_handler)) || !call1(handler, context)) {
        error_unraisable(handler);
    }
    error_restore(earlier);
}

void future_finalize(Object *self) {
    Future *future = future_of(self);
    if (!future->log_traceback || !future->loop) {
        return;
    }
    future->log_traceback = false;
    Object *name = type_name_object(self->type);
    report_to_loop(future, "future", name ? str_format("%U exception was never retrieved", name) : NULL,
                   or_none(future->exception));
}

bool future_is_finished(const Object *o) {
    FinalizeFn finalize = slots_of(o)->finalize;
    if (finalize != future_finalize && finalize != task_finalize) {
        return false;
    }
    const Future *future = (const Future *)o;
    bool reports_pending = finalize == task_finalize && future->state == FUTURE_PENDING &&
                           ((const Task *)o)->log_destroy_pending;
    return !future->log_traceback && !reports_pending;
}

// ---- callbacks

// Schedules the callbacks that the future had when it became done.
static int schedule(Future *future, Object *callback, Object *context, Object *callbacks) {
    if (callback && call_soon(future->loop, callback, &future->base, context) < 0) {
        return -1;
    }
    ssize_t count = callbacks ? list_size(callbacks) : 0;
    for (ssize_t i = 0; i < count; i++) {
        Object *pair = list_get(callbacks, i);
        if (!pair || call_soon(future->loop, tuple_get(pair, 0), &future->base, tuple_get(pair, 1)) < 0) {
            return -1;
        }
    }
    return 0;
}

// Makes a pending future done: 1, or 0 when it was done before, or -1 when scheduling failed.
static int finish(Future *future, FutureState state, Object **field, Object *value) {
    object_lock(&future->lock);
    if (future->state != FUTURE_PENDING) {
        object_unlock(&future->lock);
        return 0;
    }
    gc_store(future, field, value);
    future->state = state;
    Object *callback = future->callback, *context = future->context, *callbacks = future->callbacks;
    if (callback) {
        gc_store(future, &future->callback, NULL);
        gc_store(future, &future->context, NULL);
    }
    if (callbacks) {
        gc_store(future, &future->callbacks, NULL);
    }
    object_unlock(&future->lock);
    return (callback || callbacks) && schedule(future, callback, context, callbacks) < 0 ? -1 : 1;
}

static Object *invalid_state(const char *text) {
    return raise_error((Type *)asyncio.invalid_state_error, "%s", text);
}

Object *future_set_result(Future *future, Object *result) {
    if (check_future(future) < 0) {
        return NULL;
    }
    int done = finish(future, FUTURE_FINISHED, &future->result, result);
    return done > 0 ? NONE : done < 0 ? NULL : invalid_state("invalid state");
}

Object *future_set_exception(Future *future, Object *exception) {
    if (check_future(future) < 0) {
        return NULL;
    }
    if (future->state != FUTURE_PENDING) {
        return invalid_state("invalid state");
    }
    if (type_check(exception) && type_is_subtype((Type *)exception, &exc_BaseException)) {
        exception = call0(exception);
        if (!exception) {
            return NULL;
        }
    }
    if (!exception_check(exception)) {
        return raise_error(&exc_TypeError, "invalid exception object");
    }
    if (exception->type == &exc_StopIteration) {
        return raise_error(
            &exc_TypeError,
            "StopIteration interacts badly with generators and cannot be raised into a Future");
    }
    gc_store(future, &future->exception_traceback, exception_traceback(exception));
    int done = finish(future, FUTURE_FINISHED, &future->exception, exception);
    if (done > 0) {
        future->log_traceback = true;
    }
    return done > 0 ? NONE : done < 0 ? NULL : invalid_state("invalid state");
}

Object *future_cancel(Future *future, Object *message) {
    if (check_future(future) < 0) {
        return NULL;
    }
    future->log_traceback = false;
    int done = finish(future, FUTURE_CANCELLED, &future->cancel_message, message);
    return done < 0 ? NULL : bool_from(done);
}

int future_add_callback(Future *future, Object *function, Object *context) {
    if (!future->loop) {
        raise_error(&exc_RuntimeError, "uninitialized Future object");
        return -1;
    }
    object_lock(&future->lock);
    if (future->state == FUTURE_PENDING) {
        if (!future->callback && !future->callbacks) {
            gc_store(future, &future->callback, function);
            gc_store(future, &future->context, context);
            object_unlock(&future->lock);
            return 0;
        }
        Object *pair = tuple_pack(2, function, context), *list = future->callbacks;
        if (pair && !list && (list = list_new(1))) {
            gc_store(future, &future->callbacks, list);
        }
        int status = pair && list ? list_append(list, pair) : -1;
        object_unlock(&future->lock);
        return status;
    }
    object_unlock(&future->lock);
    return call_soon(future->loop, function, &future->base, context);
}

// ---- results

Object *make_cancelled_error(Future *future) {
    object_lock(&future->lock);
    Object *saved = future->cancelled_exception, *message = future->cancel_message;
    gc_store(future, &future->cancelled_exception, NULL);
    object_unlock(&future->lock);
    return saved                        ? saved
           : message && message != NONE ? call1(asyncio.cancelled_error, message)
                                        : call0(asyncio.cancelled_error);
}

static Object *raise_cancelled(Future *future) {
    Object *error = make_cancelled_error(future);
    return error ? raise_exception(error) : NULL;
}

Object *future_get_result(Future *future) {
    if (future->state == FUTURE_CANCELLED) {
        return raise_cancelled(future);
    }
    if (future->state != FUTURE_FINISHED) {
        return invalid_state("Result is not set.");
    }
    future->log_traceback = false;
    Object *exception = future->exception;
    if (!exception) {
        return or_none(future->result);
    }
    gc_store(exception, &((BaseException *)exception)->traceback, future->exception_traceback);
    gc_store(future, &future->exception_traceback, NULL);
    return raise_exception(exception);
}

// ---- methods

static Object *method_result(Object *self) {
    Future *future = future_of(self);
    return future->loop ? future_get_result(future) : invalid_state("Future object is not initialized.");
}

static Object *method_exception(Object *self) {
    Future *future = future_of(self);
    if (!future->loop) {
        return invalid_state("Future object is not initialized.");
    }
    if (future->state == FUTURE_CANCELLED) {
        return raise_cancelled(future);
    }
    if (future->state != FUTURE_FINISHED) {
        return invalid_state("Exception is not set.");
    }
    future->log_traceback = false;
    Object *exception = future->exception;
    if (exception) {
        // The traceback that the exception had when it was set, not what it collected since.
        gc_store(exception, &((BaseException *)exception)->traceback, future->exception_traceback);
    }
    return or_none(exception);
}

static Object *method_set_result(Object *self, Object *result) {
    return future_set_result(future_of(self), result);
}
static Object *method_set_exception(Object *self, Object *exception) {
    return future_set_exception(future_of(self), exception);
}

static Object *method_add_done_callback(Object *self, Object *function, Object *context) {
    if (!context && !(context = context_copy_current())) {
        return NULL;
    }
    return future_add_callback(future_of(self), function, context) < 0 ? NULL : NONE;
}

static Object *method_remove_done_callback(Object *self, Object *function) {
    Future *future = future_of(self);
    if (check_future(future) < 0) {
        return NULL;
    }
    ssize_t removed = 0;
    Object *first = future->callback;
    if (first) {
        int same = object_compare_bool(first, function, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        if (same) {
            object_lock(&future->lock);
            if (future->callback == first) {
                gc_store(future, &future->callback, NULL);
                gc_store(future, &future->context, NULL);
                removed++;
            }
            object_unlock(&future->lock);
        }
    }
    Object *callbacks = future->callbacks;
    if (!callbacks) {
        return int_from_ssize(removed);
    }
    // Comparing runs Python code, which may change the list: what is kept is collected first.
    Object *kept = list_new(0);
    ssize_t dropped = 0, i = 0;
    for (; kept && i < list_size(callbacks); i++) {
        Object *pair = list_read(callbacks, i);
        int same = pair ? object_compare_bool(tuple_get(pair, 0), function, CMP_EQ) : 1;
        if (same < 0 || (!same && list_append(kept, pair) < 0)) {
            return NULL;
        }
        dropped += same;
    }
    if (!kept) {
        return NULL;
    }
    int status = 0;
    object_lock(&future->lock);
    if (dropped && future->callbacks == callbacks) {
        for (; status == 0 && i < list_size(callbacks); i++) {
            status = list_append(kept, list_read(callbacks, i)); // what another thread has added since
        }
        if (status == 0) {
            gc_store(future, &future->callbacks, list_size(kept) ? kept : NULL);
        }
    }
    object_unlock(&future->lock);
    return status < 0 ? NULL : int_from_ssize(removed + dropped);
}

static Object *method_cancel(Object *self, Object *message) {
    return future_cancel(future_of(self), or_none(message));
}
static Object *method_cancelled(Object *self) {
    return bool_from(future_of(self)->loop && future_of(self)->state == FUTURE_CANCELLED);
}
static Object *method_done(Object *self) {
    return bool_from(future_of(self)->loop && future_of(self)->state != FUTURE_PENDING);
}
static Object *method_get_loop(Object *self) {
    return check_future(future_of(self)) < 0 ? NULL : future_of(self)->loop;
}
static Object *method_make_cancelled_error(Object *self) {
    return make_cancelled_error(future_of(self));
}

static Object *future_repr(Object *self) {
    return check_future(future_of(self)) < 0 ? NULL : call1(asyncio.future_repr, self);
}

BuiltinDef future_methods[] = {
    BUILTIN("result", method_result, "($self, /)", 0, NULL),
    BUILTIN("exception", method_exception, "($self, /)", 0, NULL),
    BUILTIN("set_result", method_set_result, "($self, result, /)", 0, NULL),
    BUILTIN("set_exception", method_set_exception, "($self, exception, /)", 0, NULL),
    BUILTIN("add_done_callback", method_add_done_callback, "($self, fn, /, *, context=<unrepresentable>)", 0,
            NULL),
    BUILTIN("remove_done_callback", method_remove_done_callback, "($self, fn, /)", 0, NULL),
    BUILTIN("cancel", method_cancel, "($self, /, msg=None)", 0, NULL),
    BUILTIN("cancelled", method_cancelled, "($self, /)", 0, NULL),
    BUILTIN("done", method_done, "($self, /)", 0, NULL),
    BUILTIN("get_loop", method_get_loop, "($self, /)", 0, NULL),
    BUILTIN("_make_cancelled_error", method_make_cancelled_error, "($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", generic_alias_new, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

// ---- attributes

static Object *get_state(Object *self, void *closure) {
    static const char *const states[] = { "PENDING", "CANCELLED", "FINISHED" };
    (void)closure;
    return check_future(future_of(self)) < 0 ? NULL : str_intern_cstring(states[future_of(self)->state]);
}

static Object *get_blocking(Object *self, void *closure) {
    (void)closure;
    return bool_from(future_of(self)->loop && future_of(self)->blocking);
}

static int cannot_delete(void) {
    raise_error(&exc_AttributeError, "cannot delete attribute");
    return -1;
}

static int set_blocking(Object *self, Object *value, void *closure) {
    (void)closure;
    if (check_future(future_of(self)) < 0) {
        return -1;
    }
    int truth = value ? object_is_true(value) : cannot_delete();
    if (truth >= 0) {
        future_of(self)->blocking = truth;
    }
    return truth < 0 ? -1 : 0;
}

static Object *get_loop(Object *self, void *closure) {
    (void)closure;
    return or_none(future_of(self)->loop);
}

static Object *get_callbacks(Object *self, void *closure) {
    (void)closure;
    Future *future = future_of(self);
    if (check_future(future) < 0) {
        return NULL;
    }
    Object *first = future->callback, *context = future->context, *rest = future->callbacks;
    if (!first) {
        return rest ? list_copy(rest) : NONE;
    }
    Object *pair = tuple_pack(2, first, or_none(context)), *list = pair ? list_new(1) : NULL;
    return !list || list_append(list, pair) < 0 || (rest && list_extend(list, rest) < 0) ? NULL : list;
}

static Object *get_result(Object *self, void *closure) {
    (void)closure;
    return check_future(future_of(self)) < 0 ? NULL : or_none(future_of(self)->result);
}
static Object *get_exception(Object *self, void *closure) {
    (void)closure;
    return check_future(future_of(self)) < 0 ? NULL : or_none(future_of(self)->exception);
}
static Object *get_source_traceback(Object *self, void *closure) {
    (void)closure;
    return or_none(future_of(self)->source_traceback);
}
static Object *get_cancel_message(Object *self, void *closure) {
    (void)closure;
    return or_none(future_of(self)->cancel_message);
}
static int set_cancel_message(Object *self, Object *value, void *closure) {
    (void)closure;
    if (!value) {
        return cannot_delete();
    }
    gc_store(self, &future_of(self)->cancel_message, value);
    return 0;
}
static Object *get_log_traceback(Object *self, void *closure) {
    (void)closure;
    return check_future(future_of(self)) < 0 ? NULL : bool_from(future_of(self)->log_traceback);
}
static int set_log_traceback(Object *self, Object *value, void *closure) {
    (void)closure;
    int truth = value ? object_is_true(value) : cannot_delete();
    if (truth > 0) {
        raise_error(&exc_ValueError, "_log_traceback can only be set to False");
    } else if (!truth) {
        future_of(self)->log_traceback = false;
    }
    return truth ? -1 : 0;
}

GetSetDef future_getsets[] = {
    { "_state", get_state, NULL, NULL, NULL },
    { "_asyncio_future_blocking", get_blocking, set_blocking, NULL, NULL },
    { "_loop", get_loop, NULL, NULL, NULL },
    { "_callbacks", get_callbacks, NULL, NULL, NULL },
    { "_result", get_result, NULL, NULL, NULL },
    { "_exception", get_exception, NULL, NULL, NULL },
    { "_log_traceback", get_log_traceback, set_log_traceback, NULL, NULL },
    { "_source_traceback", get_source_traceback, NULL, NULL, NULL },
    { "_cancel_message", get_cancel_message, set_cancel_message, NULL, NULL },
    { 0 },
};

// ---- awaiting

typedef struct FutureIterator {
    Object base;
    Object *future;  // NULL: exhausted
} FutureIterator;

static Object *future_iter(Object *self) {
    if (check_future(future_of(self)) < 0) {
        return NULL;
    }
    FutureIterator *iterator = (FutureIterator *)object_alloc(&future_iterator_type);
    if (iterator) {
        gc_init(&iterator->future, self);
    }
    return (Object *)iterator;
}

static void future_iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((FutureIterator *)self)->future);
}

static SendResult future_iterator_send(Object *self, Object *value, Object **result) {
    (void)value;
    FutureIterator *iterator = (FutureIterator *)self;
    Future *future = (Future *)__atomic_load_n(&iterator->future, __ATOMIC_ACQUIRE);
    *result = NONE;
    if (!future) {
        return SEND_RETURN;
    }
    if (future->state == FUTURE_PENDING) {
        if (future->blocking) {
            raise_error(&exc_RuntimeError, "await wasn't used with future");
            return SEND_ERROR;
        }
        future->blocking = true;
        *result = &future->base;
        return SEND_NEXT;
    }
    gc_store(iterator, &iterator->future, NULL);
    *result = future_get_result(future);
    return *result ? SEND_RETURN : SEND_ERROR;
}

static Object *future_iterator_step(Object *self, Object *value) {
    Object *result;
    if (!__atomic_load_n(&((FutureIterator *)self)->future, __ATOMIC_RELAXED)) {
        return raise_stop_iteration(NULL);
    }
    switch (future_iterator_send(self, value, &result)) {
    case SEND_NEXT: return result;
    case SEND_RETURN: return raise_stop_iteration(result);
    default: return NULL;
    }
}

static Object *future_iterator_next(Object *self) {
    return future_iterator_step(self, NONE);
}

static Object *future_iterator_close(Object *self) {
    gc_store(self, &((FutureIterator *)self)->future, NULL);
    return NONE;
}

static Object *future_iterator_throw(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("FutureIter.throw", kwnames) < 0 ||
        arguments_check_count("throw", nargs, 1, 3) < 0) {
        return NULL;
    }
    Object *kind = args[0], *value = nargs > 1 && args[1] != NONE ? args[1] : NULL;
    Object *traceback = nargs > 2 && args[2] != NONE ? args[2] : NULL, *exception;
    if (traceback && traceback->type != &traceback_type) {
        return raise_error(&exc_TypeError, "throw() third argument must be a traceback");
    }
    if (type_check(kind) && type_is_subtype((Type *)kind, &exc_BaseException)) {
        if (value && object_is_instance(value, (Type *)kind)) {
            exception = value;
        } else if (value && tuple_check(value)) {
            exception = call_tuple_dict(kind, value, NULL);
        } else {
            exception = value ? call1(kind, value) : call0(kind);
        }
        if (!exception) {
            return NULL;
        }
    } else if (exception_check(kind)) {
        if (value) {
            return raise_error(&exc_TypeError, "instance exception may not have a separate value");
        }
        exception = kind;
    } else {
        return raise_error(&exc_TypeError,
                           "exceptions must be classes deriving BaseException or instances of such a class");
    }
    if (traceback) {
        gc_store(exception, &((BaseException *)exception)->traceback, traceback);
    }
    future_iterator_close(self);
    return raise_exception(exception);
}

static Object *itself(Object *self) {
    return self;
}

static BuiltinDef future_iterator_methods[] = {
    BUILTIN("send", future_iterator_step, "-($self, value, /)", 0, NULL),
    BUILTIN("throw", future_iterator_throw, NULL, 0, NULL),
    BUILTIN("close", future_iterator_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec future_iterator_spec = {
    .name = "_asyncio.FutureIter",
    .basic_size = sizeof(FutureIterator),
    .flags = TF_GC,
    .methods = future_iterator_methods,
    .trace = future_iterator_trace,
    .slots = { .iter = itself, .next = future_iterator_next, .send = future_iterator_send },
};

const TypeSpec future_spec = {
    .name = "_asyncio.Future", .doc = "Future(*, loop=None)\n--\n\n", .basic_size = sizeof(Future),
    .dict_offset = offsetof(Future, dict), .weaklist_offset = offsetof(Future, weaklist),
    .lock_offset = offsetof(Future, lock), .flags = TF_BASE | TF_GC, .methods = future_methods,
    .getsets = future_getsets, .trace = future_trace,
    .slots = {
        .new = future_new, .init = future_init_slot, .finalize = future_finalize, .repr = future_repr,
        .iter = future_iter, .await = future_iter,
    },
};
