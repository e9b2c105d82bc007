// Raising, handling and cleaning up.
#include "objects/type.h"
#include "vm/fast.h"
#include "vm/interpreter.h"

COLD static PRESERVE_NONE Object *no_exception(HANDLER_ARGUMENTS) {
    raise_error(&exc_SystemError, "bytecode is damaged: an exception was expected");
    ERROR();
}

// The instance that `raise o` raises; NULL with another exception.
static Object *exception_instance(Object *o) {
    if (exception_class_check(o)) {
        Object *instance = call0(o);
        if (instance && !exception_check(instance)) {
            return raise_error(&exc_TypeError,
                               "calling %R should have returned an instance of BaseException, not %R", o,
                               (Object *)instance->type);
        }
        return instance;
    }
    if (exception_check(o)) {
        return o;
    }
    return raise_error(&exc_TypeError, "exceptions must derive from BaseException");
}

static void raise_with_cause(Object *o, Object *cause) {
    Object *exception = exception_instance(o);
    if (!exception) {
        return;
    }
    if (cause) {
        Object *fixed;
        if (exception_class_check(cause)) {
            fixed = call0(cause);
            if (!fixed) {
                return;
            }
            if (!exception_check(fixed)) {
                raise_error(&exc_TypeError,
                            "calling %R should have returned an instance of BaseException, not %R", cause,
                            (Object *)fixed->type);
                return;
            }
        } else if (exception_check(cause)) {
            fixed = cause;
        } else if (cause == NONE) {
            fixed = NULL;
        } else {
            raise_error(&exc_TypeError, "exception causes must derive from BaseException");
            return;
        }
        BaseException *head = (BaseException *)exception;
        gc_store(head, &head->cause, fixed);
        head->suppress_context = 1;
    }
    raise_exception(exception);
}

HANDLER(op_RAISE_VARARGS) {
    SAVE();
    switch (ip->value) {
    case 0: {
        Object *exception = handled_exception(ts);
        if (!exception) {
            raise_error(&exc_RuntimeError, "No active exception to reraise");
            ERROR();
        }
        error_restore(exception);
        TAIL(unwind_without_traceback);
    }
    case 1: raise_with_cause(sp[-1], NULL); break;
    default: raise_with_cause(sp[-2], sp[-1]); break;
    }
    ERROR();
}

HANDLER(op_RERAISE) {
    Object *exception = sp[-1];
    if (!exception_check(exception)) {
        TAIL(no_exception);
    }
    if (ip->value) {
        Object *lasti = sp[-1 - (ssize_t)ip->value];
        if (!int_check(lasti)) {
            TAIL(no_exception);
        }
        int64_t unit = int_is_compact(lasti) ? int_compact_value(lasti) : -1;
        int32_t cell = unit >= 0 && unit < fp->code->var.size ? fp->twin->map[unit] : -1;
        if (cell < 0 || (uint32_t)cell >= fp->twin->count) {
            TAIL(no_exception);
        }
        // Its handler is looked up for this instruction; lines name the one that raised it first.
        fp->reraised = (uint32_t)cell + 1;
    }
    error_restore(exception);
    TAIL(unwind_without_traceback);
}

HANDLER(op_PUSH_EXC_INFO) {
    Object *exception = sp[-1];
    if (!exception_check(exception)) {
        TAIL(no_exception);
    }
    ExceptionState *state = ts->handled;
    sp[-1] = state->exception ? state->exception : NONE;
    *sp++ = exception;
    state->exception = exception;
    NEXT();
}
HANDLER(op_POP_EXCEPT) {
    Object *exception = *--sp;
    if (exception != NONE && !exception_check(exception)) {
        TAIL(no_exception);
    }
    ts->handled->exception = exception == NONE ? NULL : exception;
    NEXT();
}

// "catching classes that do not inherit from BaseException is not allowed"; -1.
static int check_caught(Object *types) {
    const char *text = "catching classes that do not inherit from BaseException is not allowed";
    if (tuple_check(types)) {
        for (ssize_t i = 0; i < tuple_size(types); i++) {
            if (!exception_class_check(tuple_get(types, i))) {
                raise_error(&exc_TypeError, text);
                return -1;
            }
        }
        return 0;
    }
    if (!exception_class_check(types)) {
        raise_error(&exc_TypeError, text);
        return -1;
    }
    return 0;
}
HANDLER(op_CHECK_EXC_MATCH) {
    SAVE();
    if (!exception_check(sp[-2])) {
        TAIL(no_exception);
    }
    if (check_caught(sp[-1]) < 0) {
        ERROR();
    }
    sp[-1] = bool_from(exception_matches(sp[-2], sp[-1]));
    NEXT_CALLED();
}

static bool is_group_class(Object *o) {
    return type_is_subtype_flag(o, TF_TYPE) && type_is_subtype((Type *)o, &exc_BaseExceptionGroup);
}
static int check_star_caught(Object *types) {
    if (check_caught(types) < 0) {
        return -1;
    }
    bool group = false;
    if (tuple_check(types)) {
        for (ssize_t i = 0; i < tuple_size(types); i++) {
            group |= is_group_class(tuple_get(types, i));
        }
    } else {
        group = is_group_class(types);
    }
    if (group) {
        raise_error(&exc_TypeError,
                    "catching ExceptionGroup with except* is not allowed. Use except instead.");
        return -1;
    }
    return 0;
}

// Splits `exception` by `types`: *match and *rest, each NULL when empty.
static int split_exception(Object *exception, Object *types, Object **match, Object **rest) {
    *match = *rest = NULL;
    if (exception_matches(exception, types)) {
        if (object_is_instance(exception, &exc_BaseExceptionGroup)) {
            *match = exception;
            return 0;
        }
        Object *list = tuple_pack(1, exception), *empty = str_empty();
        *match = list && empty ? call2((Object *)exc_ExceptionGroup, empty, list) : NULL;
        if (!*match && error_clear_if(&exc_TypeError)) {
            *match = call2((Object *)&exc_BaseExceptionGroup, empty, list);
        }
        return *match ? 0 : -1;
    }
    if (object_is_instance(exception, &exc_BaseExceptionGroup)) {
        Object *split = str_intern_cstring("split");
        Object *pair = split ? call_method1(exception, split, types) : NULL;
        if (!pair) {
            return -1;
        }
        if (!tuple_check(pair) || tuple_size(pair) < 2) {
            raise_error(&exc_TypeError, "%T.split must return a tuple, not %T", exception, pair);
            return -1;
        }
        *match = tuple_get(pair, 0) == NONE ? NULL : tuple_get(pair, 0);
        *rest = tuple_get(pair, 1) == NONE ? NULL : tuple_get(pair, 1);
        return 0;
    }
    *rest = exception;
    return 0;
}

HANDLER(op_CHECK_EG_MATCH) {
    SAVE();
    Object *match, *rest, *exception = sp[-2];
    if (exception == NONE) {
        sp[-1] = NONE;
        NEXT_CALLED();
    }
    if (!exception_check(exception)) {
        TAIL(no_exception);
    }
    if (check_star_caught(sp[-1]) < 0 || split_exception(exception, sp[-1], &match, &rest) < 0) {
        ERROR();
    }
    if (!match) {
        sp[-1] = NONE;
        NEXT_CALLED();
    }
    sp[-2] = rest ? rest : NONE;
    sp[-1] = match;
    if (exception_check(match)) {
        ts->handled->exception = match;
    }
    NEXT_CALLED();
}

HANDLER(op_PREP_RERAISE_STAR) {
    SAVE();
    if (!list_check(sp[-1]) || !exception_check(sp[-2])) {
        TAIL(no_exception);
    }
    Object *value = exception_prep_reraise_star(sp[-2], sp[-1]);
    if (!value) {
        ERROR();
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}

// ---- with

static Object *enter_error(Object *manager, const char *protocol, bool exit) {
    return raise_error(&exc_TypeError,
                       exit ? "'%T' object does not support the %s protocol (missed %s method)"
                            : "'%T' object does not support the %s protocol",
                       manager, protocol, protocol[0] == 'a' ? "__aexit__" : "__exit__");
}

static Object *enter_context(Object *manager, Object *enter_name, Object *exit_name, const char *protocol,
                             Object **exit) {
    Object *enter;
    int found = object_lookup_special(manager, enter_name, &enter);
    if (found <= 0) {
        return found ? NULL : enter_error(manager, protocol, false);
    }
    found = object_lookup_special(manager, exit_name, exit);
    if (found <= 0) {
        return found ? NULL : enter_error(manager, protocol, true);
    }
    return call0(enter);
}

// The frame of a manager's `__enter__` when that and `__exit__` are functions, to be run in the caller's loop, and
// in *exit the bound `__exit__`. NULL: to be done in general, or with an exception.
static Frame *enter_frame(Thread *ts, Frame *fp, Object *manager, Object **exit) {
    Object *function = type_lookup(manager->type, names.__enter__);
    Object *other = type_lookup(manager->type, names.__exit__);
    if (!function || function->type != &function_type || !other || other->type != &function_type ||
        object_lookup_special(manager, names.__exit__, exit) <= 0) {
        return NULL;
    }
    Frame *frame = push_exact(ts, fp, function, 1);
    if (LIKELY(frame)) {
        fill_locals(frame, &manager, 1);
    }
    return frame;
}

HANDLER(op_BEFORE_WITH) {
    SAVE();
    Object *bound_exit;
    Frame *frame = enter_frame(ts, fp, sp[-1], &bound_exit);
    if (LIKELY(frame)) {
        sp[-1] = bound_exit;
        ENTER(frame, sp);
    }
    if (UNLIKELY(ts->exception)) {
        ERROR();
    }
    Object *exit, *value = enter_context(sp[-1], names.__enter__, names.__exit__, "context manager", &exit);
    if (!value) {
        ERROR();
    }
    sp[-1] = exit;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}
HANDLER(op_BEFORE_ASYNC_WITH) {
    SAVE();
    Object *exit, *value = enter_context(sp[-1], names.__aenter__, names.__aexit__,
                                         "asynchronous context manager", &exit);
    if (!value) {
        ERROR();
    }
    sp[-1] = exit;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}
HANDLER(op_WITH_EXCEPT_START) {
    SAVE();
    Object *exception = sp[-1];
    if (!exception_check(exception)) {
        TAIL(no_exception);
    }
    Object *traceback = ((BaseException *)exception)->traceback;
    Object *exit = sp[-4],
           *args[] = { NULL, (Object *)exception->type, exception, traceback ? traceback : NONE };
    if (is_bound_function(exit)) {
        args[0] = ((Method *)exit)->self;
        Frame *frame = push_exact(ts, fp, ((Method *)exit)->function, COUNT_OF(args));
        if (LIKELY(frame)) {
            fill_locals(frame, args, COUNT_OF(args));
            ENTER(frame, sp);
        }
    }
    Object *value = call(exit, args + 1, COUNT_OF(args) - 1, NULL);
    if (!value) {
        ERROR();
    }
    *sp++ = value;
    NEXT_CALLED();
}
HANDLER(op_END_ASYNC_FOR) {
    Object *exception = sp[-1];
    if (!exception_check(exception)) {
        TAIL(no_exception);
    }
    if (exception_matches(exception, (Object *)&exc_StopAsyncIteration)) {
        sp -= 2;
        NEXT();
    }
    error_restore(exception);
    TAIL(unwind_without_traceback);
}
