// Asynchronous generators (PEP 525): the awaitables that asend, athrow and aclose return, and anext().
#include "objects/builtin.h"
#include "objects/odds.h"
#include "vm/generator.h"
#include "vm/interpreter.h"

typedef struct Wrapped {
    Object base;
    Object *value;
} Wrapped;

typedef enum AwaitableState { AWAITABLE_INIT, AWAITABLE_ITER, AWAITABLE_CLOSED } AwaitableState;

typedef struct Awaitable {
    Object base;
    Generator *gen;
    Object *argument;  // asend: the value; athrow: the arguments as a tuple, NULL for aclose
    uint8_t state;
    bool transient;  // made by GET_ANEXT: only the evaluation stack refers to it
} Awaitable;

static void wrapped_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Wrapped *)self)->value);
}
Type async_generator_wrapped_value_type;
const TypeSpec async_generator_wrapped_value_spec = {
    .name = "async_generator_wrapped_value",
    .basic_size = sizeof(Wrapped),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = wrapped_trace,
};

Object *async_generator_wrap(Object *value) {
    Wrapped *wrapped = (Wrapped *)object_alloc(&async_generator_wrapped_value_type);
    if (wrapped) {
        gc_store(wrapped, &wrapped->value, value);
    }
    return (Object *)wrapped;
}

// Remembers the finalizer hook and calls firstiter, once a generator.
static int init_hooks(Generator *gen) {
    if (gen->hooks_inited) {
        return 0;
    }
    Thread *ts = thread_current;
    gen->hooks_inited = 1;
    if (heap_register_finalizer(&gen->base) < 0) {
        return -1;
    }
    if (ts->asyncgen_finalizer) {
        gc_store(gen, &gen->origin_or_finalizer, ts->asyncgen_finalizer);
    }
    return !ts->asyncgen_firstiter || call1(ts->asyncgen_firstiter, &gen->base) ? 0 : -1;
}

static Object *awaitable_new(Type *type, Object *gen, Object *argument) {
    if (init_hooks((Generator *)gen) < 0) {
        return NULL;
    }
    Awaitable *awaitable = (Awaitable *)object_alloc(type);
    if (awaitable) {
        gc_store(awaitable, &awaitable->gen, gen);
        gc_store(awaitable, &awaitable->argument, argument);
    }
    return (Object *)awaitable;
}

static void awaitable_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Awaitable *)self)->gen);
    trace_cell(tracer, ((Awaitable *)self)->argument);
}

// What a step of the generator means to who awaits: a wrapped value ends the await.
static Object *unwrap(Generator *gen, Object *result) {
    if (!result) {
        if (!error_occurred()) {
            raise_with(&exc_StopAsyncIteration, NULL);
        }
        if (error_matches(&exc_StopAsyncIteration) || error_matches(&exc_GeneratorExit)) {
            gen->closed = 1;
        }
        gen->running_async = 0;
        return NULL;
    }
    if (result->type == &async_generator_wrapped_value_type) {
        gen->running_async = 0;
        return raise_stop_iteration(((Wrapped *)result)->value);
    }
    return result;
}

static Object *resume(Generator *gen, Object *value) {
    Object *result;
    switch (generator_resume(&gen->base, value, false, &result)) {
    case SEND_NEXT: return result;
    case SEND_RETURN: return raise_with(&exc_StopAsyncIteration, NULL);
    default: return NULL;
    }
}

// ---- asend and __anext__

static Object *asend_send(Object *self, Object *argument) {
    Awaitable *awaitable = (Awaitable *)self;
    Generator *gen = awaitable->gen;
    if (awaitable->state == AWAITABLE_CLOSED) {
        return raise_error(&exc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    }
    if (awaitable->state == AWAITABLE_INIT) {
        if (gen->running_async) {
            return raise_error(&exc_RuntimeError, "anext(): asynchronous generator is already running");
        }
        if (!argument || argument == NONE) {
            argument = awaitable->argument;
        }
        awaitable->state = AWAITABLE_ITER;
    }
    gen->running_async = 1;
    Object *result = unwrap(gen, resume(gen, argument ? argument : NONE));
    if (!result) {
        awaitable->state = AWAITABLE_CLOSED;
    }
    return result;
}
static Object *asend_next(Object *self) {
    return asend_send(self, NULL);
}
static Object *asend_throw(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Awaitable *awaitable = (Awaitable *)self;
    if (arguments_check_count("throw", nargs, 1, 3) < 0) {
        return NULL;
    }
    if (awaitable->state == AWAITABLE_CLOSED) {
        return raise_error(&exc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    }
    Object *result = generator_throw(&awaitable->gen->base, false, args[0], nargs > 1 ? args[1] : NULL,
                                     nargs > 2 ? args[2] : NULL);
    result = unwrap(awaitable->gen, result);
    if (!result) {
        awaitable->state = AWAITABLE_CLOSED;
    }
    return result;
}
static Object *awaitable_close(Object *self) {
    ((Awaitable *)self)->state = AWAITABLE_CLOSED;
    return NONE;
}
static Object *iter_self(Object *self) {
    return self;
}

static BuiltinDef asend_methods[] = {
    BUILTIN("send", asend_send, "-($self, value, /)", 0, NULL),
    BUILTIN("throw", asend_throw, NULL, 0, NULL),
    BUILTIN("close", awaitable_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type async_generator_asend_type;
const TypeSpec async_generator_asend_spec = {
    .name = "async_generator_asend",
    .basic_size = sizeof(Awaitable),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = asend_methods,
    .trace = awaitable_trace,
    .slots = { .iter = iter_self, .next = asend_next, .await = iter_self, .getattr = object_generic_getattr },
};

// ---- the steps of `async for`

// The last transient awaitable that was done, until the next collection.
static __attribute__((tls_model("initial-exec"))) _Thread_local struct {
    Awaitable *awaitable;
    uint64_t collections;
} spare;

void asend_expose(Object *o) {
    if (o->type == &async_generator_asend_type) {
        ((Awaitable *)o)->transient = false;
    }
}

Object *async_generator_anext(Object *gen) {
    Awaitable *awaitable = spare.awaitable;
    if (LIKELY(((Generator *)gen)->hooks_inited && awaitable && spare.collections == generator_collections &&
               awaitable->transient)) {
        spare.awaitable = NULL;
        gc_store(awaitable, &awaitable->gen, gen);
        awaitable->state = AWAITABLE_INIT;
        return &awaitable->base;
    }
    awaitable = (Awaitable *)awaitable_new(&async_generator_asend_type, gen, NULL);
    if (awaitable) {
        awaitable->transient = true;
    }
    return (Object *)awaitable;
}

Generator *asend_begin(Object *o, Object **value) {
    Awaitable *awaitable = (Awaitable *)o;
    if (o->type != &async_generator_asend_type) {
        return NULL;
    }
    Generator *gen = awaitable->gen;
    if (awaitable->state == AWAITABLE_INIT) {
        if (gen->running_async) {
            return NULL;
        }
        if (*value == NONE && awaitable->argument) {
            *value = awaitable->argument;
        }
    } else if (awaitable->state != AWAITABLE_ITER) {
        return NULL;
    }
    return gen;
}

void asend_run(Object *o) {
    Awaitable *awaitable = (Awaitable *)o;
    awaitable->state = AWAITABLE_ITER;
    awaitable->gen->running_async = 1;
}

void asend_end(Object *o, bool generator_ended) {
    Awaitable *awaitable = (Awaitable *)o;
    awaitable->state = AWAITABLE_CLOSED;
    awaitable->gen->running_async = 0;
    if (generator_ended) {
        awaitable->gen->closed = 1;
    }
    if (awaitable->transient && !heap_allocation_hook) {
        spare.awaitable = awaitable;
        spare.collections = generator_collections;
    }
}

Object *async_generator_unwrap(Object *wrapped) {
    return ((Wrapped *)wrapped)->value;
}

// ---- athrow and aclose

// aclose() swallows the end of the generator.
static Object *swallow_end(void) {
    if (error_matches(&exc_StopAsyncIteration) || error_matches(&exc_GeneratorExit)) {
        error_clear();
        raise_stop_iteration(NULL);
    }
    return NULL;
}
static Object *athrow_failed(Awaitable *awaitable) {
    awaitable->gen->running_async = 0;
    awaitable->state = AWAITABLE_CLOSED;
    return awaitable->argument ? NULL : swallow_end();
}
static Object *ignored_exit(Awaitable *awaitable) {
    awaitable->gen->running_async = 0;
    awaitable->state = AWAITABLE_CLOSED;
    return raise_error(&exc_RuntimeError, "async generator ignored GeneratorExit");
}

static Object *athrow_send(Object *self, Object *argument) {
    Awaitable *awaitable = (Awaitable *)self;
    Generator *gen = awaitable->gen;
    Object *result;
    if (awaitable->state == AWAITABLE_CLOSED ||
        (awaitable->state == AWAITABLE_INIT && gen->state == GEN_COMPLETED)) {
        if (awaitable->state == AWAITABLE_CLOSED) {
            return raise_error(&exc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
        }
        awaitable->state = AWAITABLE_CLOSED;
        return raise_stop_iteration(NULL); // also where athrow was given something to raise
    }
    if (awaitable->state == AWAITABLE_INIT) {
        if (gen->running_async) {
            awaitable->state = AWAITABLE_CLOSED;
            return raise_error(&exc_RuntimeError,
                               awaitable->argument ? "athrow(): asynchronous generator is already running"
                                                   : "aclose(): asynchronous generator is already running");
        }
        if (gen->closed) {
            awaitable->state = AWAITABLE_CLOSED;
            return raise_with(&exc_StopAsyncIteration, NULL);
        }
        if (argument && argument != NONE) {
            return raise_error(&exc_RuntimeError, "can't send non-None value to a just-started coroutine");
        }
        awaitable->state = AWAITABLE_ITER;
        gen->running_async = 1;
        if (!awaitable->argument) {
            gen->closed = 1;
            result = generator_throw(&gen->base, false, (Object *)&exc_GeneratorExit, NULL, NULL);
            if (result && result->type == &async_generator_wrapped_value_type) {
                return ignored_exit(awaitable);
            }
        } else {
            Object *args = awaitable->argument;
            ssize_t n = tuple_size(args);
            result = generator_throw(&gen->base, false, tuple_get(args, 0), n > 1 ? tuple_get(args, 1) : NULL,
                                     n > 2 ? tuple_get(args, 2) : NULL);
            result = unwrap(gen, result);
        }
        return result ? result : athrow_failed(awaitable);
    }
    result = resume(gen, argument ? argument : NONE);
    if (awaitable->argument) {
        return unwrap(gen, result);
    }
    if (result && result->type == &async_generator_wrapped_value_type) {
        return ignored_exit(awaitable);
    }
    return result ? result : athrow_failed(awaitable);
}
static Object *athrow_next(Object *self) {
    return athrow_send(self, NULL);
}
static Object *athrow_throw(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Awaitable *awaitable = (Awaitable *)self;
    if (arguments_check_count("throw", nargs, 1, 3) < 0) {
        return NULL;
    }
    if (awaitable->state == AWAITABLE_CLOSED) {
        return raise_error(&exc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    }
    Object *result = generator_throw(&awaitable->gen->base, false, args[0], nargs > 1 ? args[1] : NULL,
                                     nargs > 2 ? args[2] : NULL);
    if (awaitable->argument) {
        return unwrap(awaitable->gen, result);
    }
    if (result && result->type == &async_generator_wrapped_value_type) {
        return ignored_exit(awaitable);
    }
    return result ? result : swallow_end();
}
static BuiltinDef athrow_methods[] = {
    BUILTIN("send", athrow_send, "-($self, value, /)", 0, NULL),
    BUILTIN("throw", athrow_throw, NULL, 0, NULL),
    BUILTIN("close", awaitable_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type async_generator_athrow_type;
const TypeSpec async_generator_athrow_spec = {
    .name = "async_generator_athrow",
    .basic_size = sizeof(Awaitable),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = athrow_methods,
    .trace = awaitable_trace,
    .slots = { .iter = iter_self,
               .next = athrow_next,
               .await = iter_self,
               .getattr = object_generic_getattr },
};

// ---- the generator itself

static Object *async_anext(Object *self) {
    return awaitable_new(&async_generator_asend_type, self, NULL);
}
static Object *async_asend(Object *self, Object *value) {
    return awaitable_new(&async_generator_asend_type, self, value);
}
static Object *async_athrow(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("async_generator.athrow", kwnames) < 0 ||
        arguments_check_count("athrow", nargs, 1, 3) < 0) {
        return NULL;
    }
    Object *tuple = tuple_from_array(args, (ssize_t)nargs);
    return tuple ? awaitable_new(&async_generator_athrow_type, self, tuple) : NULL;
}
static Object *async_aclose(Object *self) {
    return awaitable_new(&async_generator_athrow_type, self, NULL);
}
static void async_finalize(Object *self) {
    Generator *gen = (Generator *)self;
    if (gen->state == GEN_COMPLETED || gen->state == GEN_EXECUTING) {
        return;
    }
    Object *saved = error_take();
    Object *finalizer = gen->origin_or_finalizer;
    if (finalizer && !gen->closed) {
        if (!call1(finalizer, self)) {
            error_unraisable(self);
        }
    } else if (!generator_close(self)) {
        error_unraisable(self);
    }
    error_restore(saved);
}

static Object *get_name(Object *self, void *closure) {
    return ((Generator *)self)->name;
}
static Object *get_qualname(Object *self, void *closure) {
    return ((Generator *)self)->qualname;
}
static int set_text(Object *self, Object *value, void *closure) {
    bool qualified = closure != NULL;
    if (!value || !str_check(value)) {
        raise_error(&exc_TypeError, "%s must be set to a string object",
                    qualified ? "__qualname__" : "__name__");
        return -1;
    }
    Generator *gen = (Generator *)self;
    gc_store(gen, qualified ? &gen->qualname : &gen->name, value);
    return 0;
}
static Object *get_await(Object *self, void *closure) {
    Object *inner = generator_yield_from((Generator *)self);
    return inner ? inner : NONE;
}
static Object *get_frame(Object *self, void *closure) {
    Generator *gen = (Generator *)self;
    return gen->state == GEN_COMPLETED ? NONE : (Object *)frame_object_of_generator(&gen->frame);
}
static Object *async_repr(Object *self) {
    return str_format("<async_generator object %S at %p>", ((Generator *)self)->qualname, self);
}
static Object *async_sizeof(Object *self) {
    const Code *code = ((Generator *)self)->code;
    return int_from_i64(152 + (code->nlocalsplus + code->stacksize) * 8);
}
static BuiltinDef async_methods[] = {
    BUILTIN("asend", async_asend, "-($self, value, /)", 0, NULL),
    BUILTIN("athrow", async_athrow, NULL, 0, NULL),
    BUILTIN("aclose", async_aclose, "-($self, /)", 0, NULL),
    BUILTIN("__sizeof__", async_sizeof, "-($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", generic_alias_new, "-($type, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static GetSetDef async_getsets[] = {
    { "__name__", get_name, set_text, NULL, NULL },
    { "__qualname__", get_qualname, set_text, NULL, (void *)1 },
    { "ag_await", get_await, NULL, NULL, NULL },
    { "ag_frame", get_frame, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
static MemberDef async_members[] = {
    { "ag_running", MEMBER_BOOL, offsetof(Generator, running_async), MEMBER_READONLY, NULL },
    { "ag_code", MEMBER_OBJECT, offsetof(Generator, code), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};
Type async_generator_type;
const TypeSpec async_generator_spec = {
    .name = "async_generator",
    .basic_size = 152,
    .item_size = 8,
    .weaklist_offset = offsetof(Generator, weaklist),
    .instance_size = sizeof(Generator),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = async_methods,
    .members = async_members,
    .getsets = async_getsets,
    .trace = generator_trace,
    .slots = { .repr = async_repr,
               .aiter = iter_self,
               .anext = async_anext,
               .finalize = async_finalize,
               .getattr = object_generic_getattr },
};

// ---- anext(iterator, default)

typedef struct AnextAwaitable {
    Object base;
    Object *wrapped, *otherwise;
} AnextAwaitable;

Object *anext_awaitable_new(Object *wrapped, Object *otherwise) {
    AnextAwaitable *o = (AnextAwaitable *)object_alloc(&anext_awaitable_type);
    if (o) {
        gc_store(o, &o->wrapped, wrapped);
        gc_store(o, &o->otherwise, otherwise);
    }
    return (Object *)o;
}
static Object *anext_iterator(AnextAwaitable *o) {
    Object *iterator = coroutine_iterator(o->wrapped);
    if (iterator && !slots_of(iterator)->next) {
        iterator = slots_of(iterator)->await(iterator);
        if (iterator && !slots_of(iterator)->next) {
            return raise_error(&exc_TypeError, "%T.__await__() must return an iterable, not %T", o->wrapped,
                               iterator);
        }
    }
    return iterator;
}
static Object *anext_result(AnextAwaitable *o, Object *result) {
    if (!result && error_clear_if(&exc_StopAsyncIteration)) {
        return raise_stop_iteration(o->otherwise);
    }
    return result;
}
static Object *anext_next(Object *self) {
    AnextAwaitable *o = (AnextAwaitable *)self;
    Object *iterator = anext_iterator(o);
    return iterator ? anext_result(o, slots_of(iterator)->next(iterator)) : NULL;
}
static Object *anext_forward(Object *self, Object *name, Object *const *args, size_t nargs) {
    AnextAwaitable *o = (AnextAwaitable *)self;
    Object *iterator = anext_iterator(o), *method = iterator ? object_getattr(iterator, name) : NULL;
    return method ? anext_result(o, call(method, args, nargs, NULL)) : NULL;
}
static Object *anext_send(Object *self, Object *value) {
    return anext_forward(self, names.send, &value, 1);
}
static Object *anext_throw(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return anext_forward(self, names.throw, args, nargs);
}
static Object *anext_close(Object *self) {
    return anext_forward(self, names.close, NULL, 0);
}
static void anext_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((AnextAwaitable *)self)->wrapped);
    trace_cell(tracer, ((AnextAwaitable *)self)->otherwise);
}
static BuiltinDef anext_methods[] = {
    BUILTIN("send", anext_send, "-($self, value, /)", 0, NULL),
    BUILTIN("throw", anext_throw, NULL, 0, NULL),
    BUILTIN("close", anext_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type anext_awaitable_type;
const TypeSpec anext_awaitable_spec = {
    .name = "anext_awaitable",
    .basic_size = sizeof(AnextAwaitable),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = anext_methods,
    .trace = anext_trace,
    .slots = { .iter = iter_self, .next = anext_next, .await = iter_self, .getattr = object_generic_getattr },
};
