// Generators and coroutines. Asynchronous generators build on them in asyncgen.c.
#include "vm/generator.h"

#include "objects/builtin.h"
#include "objects/weakref.h"
#include "vm/interpreter.h"
#include "vm/runtime.h"
#include "vm/trace.h"

static const char *kind_name(const Generator *gen) {
    return gen->base.type == &coroutine_type   ? "coroutine"
           : gen->base.type == &generator_type ? "generator"
                                               : "async generator";
}

// ---- making

// The stack of callers as cr_origin shows it.
static Object *coroutine_origin(Thread *ts, Frame *from) {
    Object *list = list_new(0);
    int depth = ts->coroutine_origin_depth;
    for (Frame *frame = from; list && frame && depth > 0; frame = frame->back) {
        if (frame->flags & FRAME_INCOMPLETE) {
            continue;
        }
        Object *line = int_from_i64(frame_line(frame));
        Object *entry = line ? tuple_pack(3, frame->code->filename, line, frame->code->name) : NULL;
        if (!entry || list_append(list, entry) < 0) {
            return NULL;
        }
        depth--;
    }
    return list ? list_to_tuple(list) : NULL;
}

// Cells of transient generators that returned, by the size of their frames, linked by frame.back. A collection
// takes them for what they are, garbage: it forgets the lists.
enum { SPARE_SIZES = 40 };
static __attribute__((tls_model("initial-exec"))) _Thread_local struct {
    Generator *first[SPARE_SIZES];
    uint64_t collections;
} spare;
uint64_t generator_collections;

static void collection_passed(void) {
    generator_collections++;
}
void generator_init(void) {
    heap_add_cache(collection_passed);
}

void generator_recycle(Generator *gen) {
    uint32_t words = gen->frame.twin->frame_words;
    if (words >= SPARE_SIZES || gen->closed || gen->weaklist) {
        return;
    }
    if (UNLIKELY(spare.collections != generator_collections)) {
        memset(spare.first, 0, sizeof(spare.first));
        spare.collections = generator_collections;
    }
    Generator *next = spare.first[words];
    gen->frame.back = next ? &next->frame : NULL;
    spare.first[words] = gen;
}

static Generator *recycled(uint32_t words) {
    if (words >= SPARE_SIZES || spare.collections != generator_collections ||
        UNLIKELY(heap_allocation_hook)) {
        return NULL;
    }
    Generator *gen = spare.first[words];
    if (!gen) {
        return NULL;
    }
    spare.first[words] = gen->frame.back ? generator_of(gen->frame.back) : NULL;
    return LIKELY(gen->frame.flags & FRAME_TRANSIENT) ? gen : NULL;
}

void generator_expose(Object *o) {
    if (generator_is(o)) {
        ((Generator *)o)->frame.flags &= (uint16_t)~FRAME_TRANSIENT;
        ((Generator *)o)->sole = false;
    } else {
        asend_expose(o);
    }
}

// A cell with everything set but the frame, and the finalizer registered when it needs one. The frame is filled
// before the next allocation.
static inline Generator *generator_allocate(Function *function, Twin *twin, Owner owner) {
    Code *code = twin->code;
    Generator *gen = recycled(twin->frame_words);
    if (gen) {
        gc_dirty(gen);
    } else {
        gen = heap_alloc(offsetof(Generator, frame) + twin->frame_words * sizeof(Object *), CELL_OBJECT);
        if (UNLIKELY(!gen)) {
            return NULL;
        }
    }
    gen->base.refcount = REFCOUNT_INITIAL;
    gen->base.type = code->flags & CO_COROUTINE         ? &coroutine_type
                     : code->flags & CO_ASYNC_GENERATOR ? &async_generator_type
                                                        : &generator_type;
    gen->code = code;
    gen->weaklist = NULL;
    gen->name = function->name;
    gen->qualname = function->qualname;
    gen->handled = (ExceptionState){ NULL, NULL };
    gen->origin_or_finalizer = NULL;
    gen->hooks_inited = gen->closed = gen->running_async = 0;
    gen->state = GEN_CREATED;
    gen->bias = step_bias_new();
    gen->sole = owner != OWNER_ANY;
    if (gen->base.type == &coroutine_type && owner == OWNER_ANY && generator_register(gen) < 0) {
        gen->base.type = NULL;
        return NULL;
    }
    return gen;
}

Object *generator_from_call(Function *function, Twin *twin, Object *const *args, size_t nargs, Thread *ts,
                            Owner owner) {
    (void)ts;
    Generator *gen = generator_allocate(function, twin, owner);
    if (UNLIKELY(!gen)) {
        return NULL;
    }
    Frame *frame = &gen->frame;
    frame_init(frame, twin, function, NULL);
    frame->ip++;
    frame->return_to = NULL;
    frame->flags = owner == OWNER_LOOP ? FRAME_GENERATOR | FRAME_TRANSIENT : FRAME_GENERATOR;
    size_t i = 0, locals = twin->stack_offset;
    for (; i < nargs; i++) {
        frame->locals[i] = args[i];
    }
    for (; i < locals; i++) {
        frame->locals[i] = NULL;
    }
    return &gen->base;
}

Object *generator_from_frame(Frame *frame, Thread *ts, Owner owner) {
    Object *origin = NULL;
    if (UNLIKELY(ts->coroutine_origin_depth && frame->code->flags & CO_COROUTINE)) {
        origin = coroutine_origin(ts, frame->back);
        if (!origin) {
            return NULL;
        }
    }
    Generator *gen = generator_allocate(frame->function, frame->twin, owner);
    if (UNLIKELY(!gen)) {
        return NULL;
    }
    gen->origin_or_finalizer = origin;
    size_t locals = frame->twin->stack_offset;
    memcpy(&gen->frame, frame, sizeof(Frame) + locals * sizeof(Object *));
    gen->frame.sp = gen->frame.locals + locals;
    gen->frame.flags = owner == OWNER_LOOP ? FRAME_GENERATOR | FRAME_TRANSIENT : FRAME_GENERATOR;
    gen->frame.back = NULL;
    gen->frame.object = NULL;
    return &gen->base;
}

int generator_register(Generator *gen) {
    if (gen->closed) {
        return 0;
    }
    gen->closed = GENERATOR_REGISTERED;
    return heap_register_finalizer(&gen->base);
}

void generator_watch(Generator *gen, const Instruction *ip) {
    if (gen->closed || gen->base.type == &async_generator_type) {
        return;
    }
    const Twin *twin = gen->frame.twin;
    uint32_t index = twin_index(twin, ip);
    for (uint32_t i = 0; i < twin->handled_count; i++) {
        if (index >= twin->handled[i].start && index < twin->handled[i].end) {
            if (generator_register(gen) < 0) {
                error_clear();
            }
            return;
        }
    }
}

void generator_watch_delegate(Generator *gen, const Object *receiver) {
    if (!gen->closed && gen->base.type != &async_generator_type && !slots_of(receiver)->send &&
        (receiver->type->flags & TF_HEAP || type_lookup(receiver->type, names.close)) &&
        generator_register(gen) < 0) {
        error_clear();
    }
}

// ---- resuming

int generator_claim(Generator *gen, int8_t *was) {
    int8_t state = __atomic_load_n(&gen->state, __ATOMIC_ACQUIRE);
    for (;;) {
        if (state == GEN_EXECUTING) {
            raise_error(&exc_ValueError, "%s already executing", kind_name(gen));
            return -1;
        }
        *was = state;
        if (state == GEN_COMPLETED) {
            return 0;
        }
        if (generator_take(gen, state)) {
            return 0;
        }
        state = __atomic_load_n(&gen->state, __ATOMIC_ACQUIRE);
    }
}

int generator_link(Generator *gen, Thread *ts, Object *value, uint16_t flags) {
    Frame *frame = &gen->frame;
    if (thread_descend(ts) < 0) {
        return -1;
    }
    if (value) {
        *frame->sp++ = value;
    }
    Twin *twin = frame->twin;
    if (UNLIKELY(ts->use_tracing || twin_traced(twin))) {
        bool traced = prefer_traced(ts) && (twin_traced(twin) || twin_make_traced(twin) == 0);
        frame->ip = (traced ? twin_traced(twin) : twin->cells) + twin_index(twin, frame->ip);
    }
    frame->flags = (frame->flags & (FRAME_OBJECT | FRAME_TRANSIENT)) | FRAME_GENERATOR | flags;
    frame->back = ts->frame;
    gen->handled.previous = ts->handled;
    ts->handled = &gen->handled;
    ts->frame = frame;
    return 0;
}

void generator_finish(Frame *frame, Thread *ts) {
    Generator *gen = generator_of(frame);
    ts->handled = gen->handled.previous;
    gen->handled.previous = NULL;
    gen->handled.exception = NULL;
    memset(frame->locals, 0, frame->twin->stack_offset * sizeof(Object *));
    frame->names = NULL;
    frame->sp = frame->locals + frame->twin->stack_offset;
    frame->back = NULL;
    gc_dirty(gen);
    __atomic_store_n(&gen->state, GEN_COMPLETED, __ATOMIC_RELEASE);
    if (UNLIKELY(ts->exception != NULL)) {
        if (error_matches(&exc_StopIteration)) {
            raise_from_cause(&exc_RuntimeError, "%s raised StopIteration", kind_name(gen));
        } else if (gen->base.type == &async_generator_type && error_matches(&exc_StopAsyncIteration)) {
            raise_from_cause(&exc_RuntimeError, "async generator raised StopAsyncIteration");
        }
    }
}

SendResult generator_resume(Object *self, Object *value, bool throwing, Object **result) {
    Generator *gen = (Generator *)self;
    Thread *ts = thread_current;
    Object *thrown = throwing ? error_take() : NULL;
    int8_t was;
    *result = NULL;
    if (generator_claim(gen, &was) < 0) {
        return SEND_ERROR;
    }
    if (was == GEN_COMPLETED) {
        if (gen->base.type == &coroutine_type) {
            raise_error(&exc_RuntimeError, "cannot reuse already awaited coroutine");
            return SEND_ERROR;
        }
        if (throwing) {
            error_restore(thrown);
            return SEND_ERROR;
        }
        *result = NONE;
        return SEND_RETURN;
    }
    if (was == GEN_CREATED && !throwing && value != NONE) {
        __atomic_store_n(&gen->state, was, __ATOMIC_RELEASE);
        raise_error(&exc_TypeError, "can't send non-None value to a just-started %s", kind_name(gen));
        return SEND_ERROR;
    }
    if (recursion_enter("") < 0) {
        __atomic_store_n(&gen->state, was, __ATOMIC_RELEASE);
        return SEND_ERROR;
    }
    ts->recursion_left++;
    if (!thread_handled(ts) || generator_link(gen, ts, throwing ? NULL : value, FRAME_ENTRY) < 0) {
        __atomic_store_n(&gen->state, was, __ATOMIC_RELEASE);
        return SEND_ERROR;
    }
    Object *out;
    if (throwing) {
        // the exception arises at the instruction that suspended, whose operands are gone
        Frame *frame = &gen->frame;
        frame->ip--;
        uint32_t depth = frame->twin->depths[twin_index(frame->twin, frame->ip)];
        for (Object **slot = frame->sp; depth != UINT16_MAX && slot < frame_stack(frame) + depth; slot++) {
            *slot = NULL;
        }
        if (thrown && !((BaseException *)thrown)->context) {
            Object *handled = handled_exception(ts);
            if (handled && handled != thrown) {
                gc_store(thrown, &((BaseException *)thrown)->context, handled);
            }
        }
        error_restore(thrown);
        bool past = UNLIKELY(ts->use_tracing) && trace_throw(ts, &gen->frame) < 0;
        out = past ? interpreter_unwind_past(&gen->frame, ts) : interpreter_unwind(&gen->frame, ts);
    } else {
        out = interpreter_run(&gen->frame, ts);
    }
    if (!out) {
        return SEND_ERROR;
    }
    if ((uintptr_t)out & 1) {
        *result = (Object *)((uintptr_t)out - 1);
        return SEND_NEXT;
    }
    *result = out;
    return SEND_RETURN;
}

// ---- delegation

// Of a suspended generator that nobody runs meanwhile.
static Object *delegate_of(const Generator *gen) {
    const Frame *frame = &gen->frame;
    uint32_t index = twin_index(frame->twin, frame->ip);
    if (index < 2 || twin_opcode(frame->twin, index) != RESUME || twin_argument(frame->twin, index) < 2 ||
        twin_opcode(frame->twin, index - 2) != SEND ||
        frame->sp <= frame->locals + frame->twin->stack_offset) {
        return NULL;
    }
    return frame->sp[-1];
}

Object *generator_yield_from(Generator *gen) {
    if (__atomic_load_n(&gen->state, __ATOMIC_ACQUIRE) != GEN_SUSPENDED) {
        return NULL;
    }
    bool stop = !step_is_mine(&gen->bias); // another thread may resume it
    if (stop) {
        world_stop();
    }
    Object *inner = gen->state == GEN_SUSPENDED ? delegate_of(gen) : NULL;
    if (inner) {
        generator_expose(inner);
    }
    if (stop) {
        world_start();
    }
    return inner;
}

int stop_iteration_value(Object **value) {
    *value = NONE;
    Object *exception = thread_current->exception;
    if (!exception) {
        return 0;
    }
    if (!exception_matches(exception, (Object *)&exc_StopIteration)) {
        return -1;
    }
    error_clear();
    Object *carried = ((StopIteration *)exception)->value;
    if (carried) {
        *value = carried;
    }
    return 0;
}

// What next() and send() hand to their callers.
static Object *finished(Generator *gen, SendResult outcome, Object *result, bool next) {
    if (outcome == SEND_NEXT) {
        return result;
    }
    if (outcome == SEND_RETURN) {
        if (gen->base.type == &async_generator_type) {
            return raise_with(&exc_StopAsyncIteration, NULL);
        }
        if (result != NONE) {
            return raise_stop_iteration(result);
        }
        return next ? NULL : raise_stop_iteration(NULL);
    }
    return NULL;
}

static Object *generator_next(Object *self) {
    Generator *gen = (Generator *)self;
    Thread *ts = thread_current;
    int8_t state = __atomic_load_n(&gen->state, __ATOMIC_RELAXED);
    if (LIKELY((state == GEN_SUSPENDED || state == GEN_CREATED) && step_is_mine(&gen->bias) &&
               !ts->use_tracing && !twin_traced(gen->frame.twin) && ts->recursion_left > 0 && ts->handled &&
               (char *)__builtin_frame_address(0) >= ts->c_stack_limit)) {
        // what generator_resume does, without all that is out of the ordinary
        Frame *frame = &gen->frame;
        __atomic_store_n(&gen->state, GEN_EXECUTING, __ATOMIC_RELAXED);
        ts->recursion_left--;
        *frame->sp++ = NONE;
        frame->flags = (frame->flags & (FRAME_OBJECT | FRAME_TRANSIENT)) | FRAME_GENERATOR | FRAME_ENTRY;
        frame->back = ts->frame;
        gen->handled.previous = ts->handled;
        ts->handled = &gen->handled;
        ts->frame = frame;
        Object *out = interpreter_run(frame, ts);
        if (LIKELY((uintptr_t)out & 1)) {
            return (Object *)((uintptr_t)out - 1);
        }
        return finished(gen, out ? SEND_RETURN : SEND_ERROR, out, true);
    }
    Object *result;
    SendResult outcome = generator_resume(self, NONE, false, &result);
    return finished((Generator *)self, outcome, result, true);
}
static SendResult generator_send_slot(Object *self, Object *value, Object **result) {
    return generator_resume(self, value, false, result);
}
static Object *generator_send(Object *self, Object *value) {
    Object *result;
    SendResult outcome = generator_resume(self, value, false, &result);
    return finished((Generator *)self, outcome, result, false);
}

static int close_iterator(Object *o) {
    if (o->type == &generator_type || o->type == &coroutine_type) {
        return generator_close(o) ? 0 : -1;
    }
    Object *method;
    int found = object_getattr_optional(o, names.close, &method);
    if (found < 0) {
        error_unraisable(o);
        return 0;
    }
    return !found || call0(method) ? 0 : -1;
}

// While what it delegates to is called, `gen` counts as executing and its frame stands in the chain: 1. 0 when it
// does not delegate to `inner` any more, because it was resumed since that was looked up; -1 when it is executing.
static int delegate_begin(Generator *gen, const Object *inner) {
    int8_t was;
    if (generator_claim(gen, &was) < 0) {
        return -1;
    }
    if (was != GEN_SUSPENDED || delegate_of(gen) != inner) {
        __atomic_store_n(&gen->state, was, __ATOMIC_RELEASE);
        return 0;
    }
    Thread *ts = thread_current;
    gen->frame.ip--; // the instruction that suspended it
    gen->frame.back = ts->frame;
    ts->frame = &gen->frame;
    return 1;
}
static void delegate_end(Generator *gen) {
    Thread *ts = thread_current;
    ts->frame = gen->frame.back;
    gen->frame.back = NULL;
    gen->frame.ip++;
    gc_dirty(gen);
    __atomic_store_n(&gen->state, GEN_SUSPENDED, __ATOMIC_RELEASE);
}

Object *generator_close(Object *self) {
    Generator *gen = (Generator *)self;
    if (gen->state == GEN_COMPLETED) {
        return NONE;
    }
    Object *inner = generator_yield_from(gen), *result;
    int failed = 0, begun = inner ? delegate_begin(gen, inner) : 0;
    if (begun < 0) {
        return NULL;
    }
    if (begun) {
        failed = close_iterator(inner);
        delegate_end(gen);
    }
    if (!failed) {
        raise_with(&exc_GeneratorExit, NULL);
    }
    SendResult outcome = generator_resume(self, NULL, true, &result);
    if (outcome == SEND_NEXT) {
        return raise_error(&exc_RuntimeError, "%s ignored GeneratorExit", kind_name(gen));
    }
    if (outcome == SEND_RETURN || error_clear_if(&exc_StopIteration) || error_clear_if(&exc_GeneratorExit)) {
        return NONE;
    }
    return NULL;
}

// The exception that throw(type, value, traceback) means goes in flight; -1 when it is another one.
static int throw_arguments(Object *type, Object *value, Object *traceback) {
    if (traceback == NONE) {
        traceback = NULL;
    } else if (traceback && traceback->type != &traceback_type) {
        raise_error(&exc_TypeError, "throw() third argument must be a traceback object");
        return -1;
    }
    Object *exception;
    if (exception_class_check(type)) {
        if (value && exception_check(value) && type_is_subtype(value->type, (Type *)type)) {
            exception = value;
        } else {
            exception = !value || value == NONE ? call0(type)
                        : tuple_check(value)    ? call_tuple_dict(type, value, NULL)
                                                : call1(type, value);
            if (exception && !exception_check(exception)) {
                raise_error(&exc_TypeError,
                            "calling %R should have returned an instance of BaseException, not %T", type,
                            exception);
            }
        }
        if (error_occurred()) {
            return 0; // what making the exception raised is thrown in its place
        }
    } else if (exception_check(type)) {
        if (value && value != NONE) {
            raise_error(&exc_TypeError, "instance exception may not have a separate value");
            return -1;
        }
        exception = type;
    } else {
        raise_error(&exc_TypeError,
                    "exceptions must be classes or instances deriving from BaseException, not %T", type);
        return -1;
    }
    if (!exception) {
        return -1;
    }
    if (traceback) {
        gc_store(exception, &((BaseException *)exception)->traceback, traceback);
    }
    error_restore(exception);
    return 0;
}

Object *generator_throw(Object *self, bool close_on_exit, Object *type, Object *value, Object *traceback) {
    Generator *gen = (Generator *)self;
    Object *inner = generator_yield_from(gen), *result = NULL;
    SendResult outcome;
    if (inner) {
        bool exits = exception_class_check(type) ? type_is_subtype((Type *)type, &exc_GeneratorExit)
                                                 : object_is_instance(type, &exc_GeneratorExit);
        int begun;
        if (exits && close_on_exit) {
            begun = delegate_begin(gen, inner);
            if (begun < 0) {
                return NULL;
            }
            int failed = begun ? close_iterator(inner) : 0;
            if (begun) {
                delegate_end(gen);
            }
            if (failed) {
                outcome = generator_resume(self, NULL, true, &result);
                return finished(gen, outcome, result, false);
            }
        } else {
            Object *method = NULL;
            int found = 1;
            if (inner->type != &generator_type && inner->type != &coroutine_type) {
                found = object_getattr_optional(inner, names.throw, &method);
                if (found < 0) {
                    return NULL;
                }
            }
            begun = found ? delegate_begin(gen, inner) : 0;
            if (begun < 0) {
                return NULL;
            }
            if (begun) {
                Object *args[3] = { type, value, traceback };
                result = method ? call(method, args,
                                       traceback ? 3
                                       : value   ? 2
                                                 : 1,
                                       NULL)
                                : generator_throw(inner, close_on_exit, type, value, traceback);
                if (!result) {
                    if (stop_iteration_value(&result) == 0) {
                        // the inner iterator is finished: go on behind the SEND loop
                        Frame *frame = &gen->frame;
                        const Instruction *send = frame->ip - 1;
                        frame->ip = twin_sibling(frame->twin, frame->ip,
                                                 twin_index(frame->twin, send->target)) -
                                    1;
                        frame->sp--;
                        delegate_end(gen);
                        outcome = generator_resume(self, result, false, &result);
                    } else {
                        delegate_end(gen);
                        outcome = generator_resume(self, NULL, true, &result);
                    }
                    return finished(gen, outcome, result, false);
                }
                delegate_end(gen);
                return result;
            }
        }
    }
    if (throw_arguments(type, value, traceback) < 0) {
        return NULL;
    }
    outcome = generator_resume(self, NULL, true, &result);
    return finished(gen, outcome, result, false);
}

static Object *generator_throw_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    const char *name = self->type == &coroutine_type ? "coroutine.throw" : "generator.throw";
    if (arguments_no_keywords(name, kwnames) < 0 || arguments_check_count("throw", nargs, 1, 3) < 0) {
        return NULL;
    }
    return generator_throw(self, true, args[0], nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL);
}

// ---- attributes

static Object *get_name(Object *self, void *closure) {
    return ((Generator *)self)->name;
}
static Object *get_qualname(Object *self, void *closure) {
    return ((Generator *)self)->qualname;
}
static int set_name(Object *self, Object *value, void *closure) {
    if (!value || !str_check(value)) {
        raise_error(&exc_TypeError, "__name__ must be set to a string object");
        return -1;
    }
    gc_store(self, &((Generator *)self)->name, value);
    return 0;
}
static int set_qualname(Object *self, Object *value, void *closure) {
    if (!value || !str_check(value)) {
        raise_error(&exc_TypeError, "__qualname__ must be set to a string object");
        return -1;
    }
    gc_store(self, &((Generator *)self)->qualname, value);
    return 0;
}
static Object *get_yield_from(Object *self, void *closure) {
    Object *inner = generator_yield_from((Generator *)self);
    return inner ? inner : NONE;
}
static Object *get_running(Object *self, void *closure) {
    return bool_from(((Generator *)self)->state == GEN_EXECUTING);
}
static Object *get_suspended(Object *self, void *closure) {
    return bool_from(((Generator *)self)->state == GEN_SUSPENDED);
}
static Object *get_frame(Object *self, void *closure) {
    Generator *gen = (Generator *)self;
    return gen->state == GEN_COMPLETED ? NONE : (Object *)frame_object_of_generator(&gen->frame);
}
static Object *generator_repr(Object *self) {
    return str_format("<%s object %S at %p>",
                      self->type == &async_generator_type ? "async_generator"
                      : self->type == &coroutine_type     ? "coroutine"
                                                          : "generator",
                      ((Generator *)self)->qualname, self);
}
static Object *generator_sizeof(Object *self) {
    const Code *code = ((Generator *)self)->code;
    return int_from_i64(152 + (code->nlocalsplus + code->stacksize) * 8);
}
static Object *iter_self(Object *self) {
    return self;
}

void generator_trace(Object *self, Tracer *tracer) {
    Generator *gen = (Generator *)self;
    trace_cell(tracer, gen->code);
    trace_cell(tracer, gen->name);
    trace_cell(tracer, gen->qualname);
    trace_cell(tracer, gen->handled.exception);
    trace_cell(tracer, gen->origin_or_finalizer);
    if (gen->frame.twin) {
        frame_trace(&gen->frame, tracer, gen->state == GEN_EXECUTING);
    }
}

void generator_finalize(Object *self) {
    Generator *gen = (Generator *)self;
    if (gen->state == GEN_COMPLETED || gen->state == GEN_EXECUTING) {
        return;
    }
    Object *saved = error_take();
    if (gen->base.type == &coroutine_type && gen->state == GEN_CREATED) {
        Object *warnings = import_module("warnings");
        Object *name = str_intern_cstring("_warn_unawaited_coroutine");
        Object *function = warnings && name ? object_getattr(warnings, name) : NULL;
        bool warned = function && call1(function, self);
        if (function && !warned) {
            warned = error_matches(&exc_RuntimeWarning); // it was turned into an error
            error_unraisable(self);
        }
        error_clear();
        if (!warned && warn(&exc_RuntimeWarning, 1, "coroutine '%U' was never awaited", gen->qualname) < 0) {
            error_unraisable(self);
        }
    }
    if (!generator_close(self)) {
        error_unraisable(self);
    }
    error_restore(saved);
}

bool generator_needs_finalizer(const Generator *gen) {
    return gen->state != GEN_COMPLETED && gen->closed != GENERATOR_FINALIZED &&
           (gen->state != GEN_CREATED || gen->base.type == &coroutine_type);
}

#define COMMON_METHODS \
    BUILTIN("send", generator_send, "-($self, value, /)", 0, NULL), \
        BUILTIN("throw", generator_throw_method, NULL, 0, NULL), \
        BUILTIN("close", generator_close, "-($self, /)", 0, NULL), \
        BUILTIN("__sizeof__", generator_sizeof, "-($self, /)", 0, NULL)

static BuiltinDef generator_methods[] = { COMMON_METHODS, BUILTIN_END };
static GetSetDef generator_getsets[] = {
    { "__name__", get_name, set_name, NULL, NULL },
    { "__qualname__", get_qualname, set_qualname, NULL, NULL },
    { "gi_yieldfrom", get_yield_from, NULL, NULL, NULL },
    { "gi_running", get_running, NULL, NULL, NULL },
    { "gi_frame", get_frame, NULL, NULL, NULL },
    { "gi_suspended", get_suspended, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
static MemberDef generator_members[] = {
    { "gi_code", MEMBER_OBJECT, offsetof(Generator, code), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

Type generator_type;
const TypeSpec generator_spec = {
    .name = "generator",
    .basic_size = 152,
    .item_size = 8,
    .weaklist_offset = offsetof(Generator, weaklist),
    .instance_size = sizeof(Generator),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = generator_methods,
    .members = generator_members,
    .getsets = generator_getsets,
    .trace = generator_trace,
    .slots = { .repr = generator_repr,
               .iter = iter_self,
               .next = generator_next,
               .send = generator_send_slot,
               .finalize = generator_finalize,
               .getattr = object_generic_getattr },
};

// ---- coroutines

typedef struct CoroutineWrapper {
    Object base;
    Object *coroutine;
} CoroutineWrapper;

static Object *coroutine_await(Object *self) {
    CoroutineWrapper *wrapper = (CoroutineWrapper *)object_alloc(&coroutine_wrapper_type);
    if (wrapper) {
        gc_store(wrapper, &wrapper->coroutine, self);
    }
    return (Object *)wrapper;
}

static BuiltinDef coroutine_methods[] = { COMMON_METHODS, BUILTIN_END };
static GetSetDef coroutine_getsets[] = {
    { "__name__", get_name, set_name, NULL, NULL },
    { "__qualname__", get_qualname, set_qualname, NULL, NULL },
    { "cr_await", get_yield_from, NULL, NULL, NULL },
    { "cr_running", get_running, NULL, NULL, NULL },
    { "cr_frame", get_frame, NULL, NULL, NULL },
    { "cr_suspended", get_suspended, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
static MemberDef coroutine_members[] = {
    { "cr_code", MEMBER_OBJECT, offsetof(Generator, code), MEMBER_READONLY, NULL },
    { "cr_origin", MEMBER_OBJECT, offsetof(Generator, origin_or_finalizer), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};
Type coroutine_type;
const TypeSpec coroutine_spec = {
    .name = "coroutine",
    .basic_size = 152,
    .item_size = 8,
    .weaklist_offset = offsetof(Generator, weaklist),
    .instance_size = sizeof(Generator),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = coroutine_methods,
    .members = coroutine_members,
    .getsets = coroutine_getsets,
    .trace = generator_trace,
    .slots = { .repr = generator_repr,
               .await = coroutine_await,
               .send = generator_send_slot,
               .finalize = generator_finalize,
               .getattr = object_generic_getattr },
};

static Object *wrapper_next(Object *self) {
    return generator_next(((CoroutineWrapper *)self)->coroutine);
}
static Object *wrapper_send(Object *self, Object *value) {
    return generator_send(((CoroutineWrapper *)self)->coroutine, value);
}
static Object *wrapper_throw(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return generator_throw_method(((CoroutineWrapper *)self)->coroutine, args, nargs, kwnames);
}
static Object *wrapper_close(Object *self) {
    return generator_close(((CoroutineWrapper *)self)->coroutine);
}
static void wrapper_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((CoroutineWrapper *)self)->coroutine);
}
static BuiltinDef wrapper_methods[] = {
    BUILTIN("send", wrapper_send, "-($self, value, /)", 0, NULL),
    BUILTIN("throw", wrapper_throw, NULL, 0, NULL),
    BUILTIN("close", wrapper_close, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type coroutine_wrapper_type;
const TypeSpec coroutine_wrapper_spec = {
    .name = "coroutine_wrapper",
    .basic_size = sizeof(CoroutineWrapper),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .methods = wrapper_methods,
    .trace = wrapper_trace,
    .slots = { .iter = iter_self, .next = wrapper_next, .getattr = object_generic_getattr },
};

Object *coroutine_iterator(Object *o) {
    if (o->type == &coroutine_type ||
        (o->type == &generator_type && ((Generator *)o)->code->flags & CO_ITERABLE_COROUTINE)) {
        return o;
    }
    UnaryFn await = slots_of(o)->await;
    if (!await) {
        return raise_error(&exc_TypeError, "object %T can't be used in 'await' expression", o);
    }
    Object *iterator = await(o);
    if (!iterator) {
        return NULL;
    }
    if (iterator->type == &coroutine_type ||
        (iterator->type == &generator_type && ((Generator *)iterator)->code->flags & CO_ITERABLE_COROUTINE)) {
        return raise_error(&exc_TypeError, "__await__() returned a coroutine");
    }
    if (!slots_of(iterator)->next) {
        return raise_error(&exc_TypeError, "__await__() returned non-iterator of type '%T'", iterator);
    }
    return iterator;
}
