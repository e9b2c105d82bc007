// Calls, returns, functions and generators.
#include "objects/set.h"
#include "objects/shape.h"
#include "vm/fast.h"
#include "vm/generator.h"
#include "vm/interpreter.h"
#include "vm/trace.h"

// A generator that is resumed inside of `yield from` or `await` does not look: the one that it waits for does, so that
// an interrupt is raised there.
HANDLER(op_RESUME) {
    if (UNLIKELY(__atomic_load_n(&ts->poll, __ATOMIC_RELAXED)) && ip->value < 2) {
        TAIL(poll_and_next);
    }
    NEXT();
}

HANDLER(op_RETURN_VALUE) {
    if (UNLIKELY(fp->flags)) {
        TAIL(return_slow);
    }
    Object *value = sp[-1];
    Frame *back = fp->back;
    ip = fp->return_to;
    ts->stack_top = (Object **)fp;
    ts->frame = back;
    ts->recursion_left++;
    sp = (Object **)back->sp;
    *sp++ = value;
    fp = back;
    DISPATCH();
}

// Calls anything that is not a Python function; `sp` is where the result goes.
static Object *call_other(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    CallFn function = slots_of(callable)->call;
    if (UNLIKELY(!function)) {
        return raise_error(&exc_TypeError, "'%T' object is not callable", callable);
    }
    if (UNLIKELY(callable->type == &builtin_function_type &&
                 ((BuiltinFunction *)callable)->def->flags & EFFECT_COLLECTS)) {
        // All that a handler holds lies in its frame; what else its C stack and the registers
        // hold is left over from earlier instructions.
        Thread *ts = thread_current;
        ts->collect_from = ts->interpreter_sp;
        Object *value = function(callable, args, nargs, kwnames);
        ts->collect_from = NULL;
        return value;
    }
    return function(callable, args, nargs, kwnames);
}

// What a profiler is told of a call: the built-in function that it comes down to, or NULL. `first` is the
// first argument, NULL without one.
static Object *profiled_builtin(Object *callable, Object *first) {
    if (callable->type == &builtin_function_type) {
        return callable;
    }
    if (callable->type == &method_descriptor_type && first) {
        Object *bound = slots_of(callable)->descr_get(callable, first, (Object *)first->type);
        if (bound && bound->type == &builtin_function_type) {
            return bound;
        }
        error_clear();
    }
    return NULL;
}

// The same for a thread with a profiler, which is told of built-in functions.
static Object *call_profiled(Thread *ts, Frame *fp, Object *callable, Object *const *args, size_t nargs,
                             Object *kwnames) {
    Object *shown = ts->profile_object ? profiled_builtin(callable, nargs ? args[0] : NULL) : NULL;
    if (!shown) {
        return call_other(callable, args, nargs, kwnames);
    }
    if (trace_c_event(ts, fp, 0, shown) < 0) {
        return NULL;
    }
    Object *value = call_other(callable, args, nargs, kwnames);
    return trace_c_event(ts, fp, value ? 1 : 2, shown) < 0 ? NULL : value;
}

// Goes on in the frame that frame_push made; the operands from `bottom` on are consumed, the result goes there.
#define RUN_PUSHED(frame, bottom) \
    do { \
        fp->sp = (bottom); \
        (frame)->return_to = ip + 1; \
        fp = (frame); \
        ip = fp->ip; \
        sp = (Object **)fp->sp; \
        DISPATCH(); \
    } while (0)

HANDLER(op_CALL) {
    const Record *record = ip->record;
    size_t count = record->argument;
    Object *kwnames = record->name;
    Object **args = sp - count, *callable;
    Object **bottom = args - 2;
    fp->ip = ip;
    fp->sp = sp;
    if (bottom[0]) {
        callable = bottom[0];
        args--;
        count++;
        if (is_bound_function(callable)) {
            // the end of a `with`: the manager takes the place of its bound `__exit__`
            const Method *method = (const Method *)callable;
            callable = method->function;
            *--args = method->self;
            count++;
        }
    } else {
        callable = args[-1];
        if (callable->type == &method_type) {
            const Method *method = (const Method *)callable;
            callable = method->function;
            bottom[0] = callable;
            *--args = method->self;
            count++;
        }
    }
    if (kwnames) {
        count -= (size_t)tuple_size(kwnames);
    } else {
        specialize_call(fp, ip, callable, count);
    }
    if (LIKELY(callable->type == &function_type)) {
        Frame *frame = frame_push(ts, (Function *)callable, args, count, kwnames);
        if (UNLIKELY(!frame)) {
            ERROR();
        }
        RUN_PUSHED(frame, bottom);
    }
    if (callable->type->flags & TF_TYPE && !bottom[0] && !ts->use_tracing && ts->recursion_left > 0 &&
        type_constructs_simply((Type *)callable)) {
        // its __init__ runs as a frame of its own, with the instance already lying where the result goes
        Object *init = type_lookup((Type *)callable, names.__init__);
        if (init && init->type == &function_type && !code_is_generator((Code *)((Function *)init)->code)) {
            Object *instance = object_alloc((Type *)callable);
            if (!instance) {
                ERROR();
            }
            bottom[0] = args[-1] = instance;
            Frame *frame = frame_push(ts, (Function *)init, args - 1, count + 1, kwnames);
            if (UNLIKELY(!frame)) {
                ERROR();
            }
            frame->flags |= FRAME_INIT;
            RUN_PUSHED(frame, bottom + 1);
        }
    }
    if (callable->type->flags & TF_HEAP && args[-1] == callable && !bottom[0]) {
        // an instance with a __call__ written in Python: itself lies in front of the arguments
        Object *method = type_lookup(callable->type, names.__call__);
        if (method && method->type == &function_type) {
            Frame *frame = frame_push(ts, (Function *)method, args - 1, count + 1, kwnames);
            if (UNLIKELY(!frame)) {
                ERROR();
            }
            RUN_PUSHED(frame, bottom);
        }
    }
    Object *value = UNLIKELY(ts->use_tracing) ? call_profiled(ts, fp, callable, args, count, kwnames)
                                              : call_other(callable, args, count, kwnames);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp = bottom;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}

HANDLER(op_LOAD_METHOD) {
    SAVE();
    Object *o = sp[-1], *name = ip->record->name;
    Type *type = o->type;
    specialize_method(fp, ip, o);
    if (slots_of(o)->getattr == object_generic_getattr) {
        Object *found = type_lookup(type, name);
        if (found && found->type->flags & TF_METHOD_DESCRIPTOR) {
            Object *own = type_has_instance_dict(type) ? instance_get(o, name) : NULL;
            if (!own) {
                if (UNLIKELY(error_occurred())) {
                    ERROR();
                }
                sp[-1] = found;
                *sp++ = o;
                NEXT();
            }
            sp[-1] = NULL;
            *sp++ = own;
            NEXT();
        }
    }
    Object *value = object_getattr(o, name);
    if (!value) {
        ERROR();
    }
    sp[-1] = NULL;
    *sp++ = value;
    NEXT_CALLED();
}

// f(*args, **kwargs): the arguments as an array, then the call.
static int check_unpacked(Object *callable, Object **args, Object *kwargs) {
    if (kwargs && !dict_check_exact(kwargs)) {
        raise_error(&exc_SystemError, "bytecode is damaged: ** without a dict");
        return -1;
    }
    if (!tuple_check(*args) || (*args)->type != &tuple_type) {
        if (!slots_of(*args)->iter && !sequence_check(*args)) {
            Object *text = callable_description(callable);
            if (text) {
                raise_error(&exc_TypeError, "%U argument after * must be an iterable, not %T", text, *args);
            }
            return -1;
        }
        *args = sequence_tuple(*args);
        return *args ? 0 : -1;
    }
    return 0;
}

// Lays the arguments of `callable(*args, **kwargs)` out for a frame that is pushed without a call to C: first the
// instance of a bound method. False when they are too many or the keywords are no strings: C has the general case.
enum { SPREAD_MOST = 24 };
static bool spread(Object *callable, Object *args, Object *kwargs, Object **all, size_t *nargs,
                   Object **kwnames) {
    size_t count = (size_t)tuple_size(args), keywords = kwargs ? (size_t)dict_size(kwargs) : 0;
    if (count >= SPREAD_MOST || keywords >= SPREAD_MOST - count) {
        return false;
    }
    *nargs = 0;
    if (callable->type == &method_type) {
        all[(*nargs)++] = ((const Method *)callable)->self;
    }
    memcpy(all + *nargs, tuple_items(args), count * sizeof(Object *));
    *nargs += count;
    *kwnames = NULL;
    if (!keywords) {
        return true;
    }
    Object *key, *value, *names_given = tuple_new((ssize_t)keywords);
    if (!names_given) {
        error_clear();
        return false;
    }
    ssize_t position = 0, found = 0;
    while (found < (ssize_t)keywords && dict_next(kwargs, &position, &key, &value, NULL)) {
        if (!str_check_exact(key)) {
            return false;
        }
        tuple_init(names_given, found, key);
        all[*nargs + (size_t)found++] = value;
    }
    *kwnames = names_given;
    return found == (ssize_t)keywords;
}

HANDLER(op_CALL_FUNCTION_EX) {
    SAVE();
    bool has_keywords = ip->value & 1;
    Object *kwargs = has_keywords ? sp[-1] : NULL;
    Object **bottom = sp - 3 - has_keywords;
    Object *callable = bottom[1], *args = bottom[2];
    if (kwargs && !dict_check_exact(kwargs)) {
        Object *dict = dict_new();
        if (!dict) {
            ERROR();
        }
        if (dict_merge(dict, kwargs, 2) < 0) {
            if (error_matches(&exc_AttributeError)) {
                error_clear();
                Object *text = callable_description(callable);
                if (text) {
                    raise_error(&exc_TypeError, "%U argument after ** must be a mapping, not %T", text,
                                kwargs);
                }
            }
            ERROR();
        }
        kwargs = dict;
    }
    if (check_unpacked(callable, &args, kwargs) < 0) {
        ERROR();
    }
    bottom[2] = args;
    Object *function = callable->type == &method_type ? ((const Method *)callable)->function : callable;
    bool direct = function->type == &function_type;
    if (direct && function == callable && !(kwargs && dict_size(kwargs))) {
        Frame *frame = frame_push(ts, (Function *)callable, tuple_items(args), (size_t)tuple_size(args),
                                  NULL);
        if (!frame) {
            ERROR();
        }
        RUN_PUSHED(frame, bottom);
    }
    Object *all[SPREAD_MOST], *kwnames;
    size_t nargs;
    if (direct && spread(callable, args, kwargs, all, &nargs, &kwnames)) {
        Frame *frame = frame_push(ts, (Function *)function, all, nargs, kwnames);
        if (!frame) {
            ERROR();
        }
        RUN_PUSHED(frame, bottom);
    }
    Object *shown = UNLIKELY(ts->profile_object != NULL)
                        ? profiled_builtin(callable, tuple_size(args) ? tuple_get(args, 0) : NULL)
                        : NULL;
    if (shown && trace_c_event(ts, fp, 0, shown) < 0) {
        ERROR();
    }
    Object *value = call_tuple_dict(callable, args, kwargs);
    if (shown && trace_c_event(ts, fp, value ? 1 : 2, shown) < 0) {
        ERROR();
    }
    if (!value) {
        ERROR();
    }
    sp = bottom;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}

HANDLER(op_MAKE_FUNCTION) {
    uint64_t flags = ip->value;
    Object *code = sp[-1];
    ssize_t extras = __builtin_popcountll(flags & 15);
    if (code->type != &code_type) {
        raise_error(&exc_SystemError, "bytecode is damaged: MAKE_FUNCTION without code");
        ERROR();
    }
    Function *function = (Function *)function_new(code, fp->globals, NULL);
    if (!function) {
        ERROR();
    }
    Object **extra = sp - 1 - extras;
    bool sound = true;
    if (flags & 1) {
        sound &= tuple_check(*extra);
        gc_store(function, &function->defaults, *extra++);
    }
    if (flags & 2) {
        sound &= dict_check_exact(*extra);
        gc_store(function, &function->kwdefaults, *extra++);
    }
    if (flags & 4) {
        sound &= tuple_check(*extra) || dict_check(*extra);
        gc_store(function, &function->annotations, *extra++);
    }
    if (flags & 8) {
        sound &= tuple_check(*extra);
        gc_store(function, &function->closure, *extra++);
    }
    if (!sound) {
        raise_error(&exc_SystemError, "bytecode is damaged: MAKE_FUNCTION with the wrong extras");
        ERROR();
    }
    sp -= extras;
    sp[-1] = (Object *)function;
    NEXT();
}

// ---- generators

HANDLER(op_RETURN_GENERATOR) {
    if (fp->flags & FRAME_GENERATOR) {
        raise_error(&exc_SystemError, "bytecode is damaged: a generator makes itself a generator");
        ERROR();
    }
    fp->ip = ip + 1;
    fp->sp = frame_stack(fp);
    Owner owner = fp->flags & ~FRAME_OBJECT
                      ? OWNER_ANY
                      : generator_owner(fp->back, fp->return_to, fp->back->sp, fp->code, ts);
    Object *generator = generator_from_frame(fp, ts, owner);
    if (!generator) {
        ERROR();
    }
    sp = frame_stack(fp);
    *sp++ = generator;
    TAIL(op_RETURN_VALUE);
}

// An asynchronous generator that SEND resumed through its awaitable yields sp[-1], which ends the await.
static HANDLER(yield_to_await) {
    Generator *generator = generator_of(fp);
    Object *value = sp[-1];
    Frame *back = fp->back;
    fp->ip = ip + 1;
    fp->sp = sp - 1;
    fp->back = NULL;
    fp->flags &= FRAME_GENERATOR | FRAME_OBJECT;
    ts->handled = generator->handled.previous;
    generator->handled.previous = NULL;
    ts->frame = back;
    ts->recursion_left++;
    gc_dirty(generator);
    __atomic_store_n(&generator->state, GEN_SUSPENDED, __ATOMIC_RELEASE);
    fp = back;
    sp = (Object **)fp->sp - 1;
    asend_end(sp[-1], false);
    sp[-1] = value;
    ip = fp->ip->target;
    DISPATCH();
}

HANDLER(op_YIELD_VALUE) {
    if (UNLIKELY(!(fp->flags & FRAME_GENERATOR))) {
        raise_error(&exc_SystemError, "bytecode is damaged: a yield outside of a generator");
        ERROR();
    }
    Generator *generator = generator_of(fp);
    Object *value = sp[-1];
    Frame *back = fp->back;
    uint16_t flags = fp->flags;
    if (UNLIKELY(flags & FRAME_ASEND && value->type == &async_generator_wrapped_value_type)) {
        sp[-1] = async_generator_unwrap(value);
        TAIL(yield_to_await);
    }
    const Instruction *next = fp->return_to;
    fp->ip = ip + 1;
    fp->sp = sp - 1;
    fp->back = NULL;
    fp->flags = flags & (FRAME_GENERATOR | FRAME_OBJECT | FRAME_TRANSIENT);
    ts->handled = generator->handled.previous;
    generator->handled.previous = NULL;
    ts->frame = back;
    ts->recursion_left++;
    if (UNLIKELY(fp->twin->handled_count)) {
        generator_watch(generator, ip);
    }
    gc_dirty(generator);
    __atomic_store_n(&generator->state, GEN_SUSPENDED, __ATOMIC_RELEASE);
    if (flags & FRAME_ENTRY) {
        return (Object *)((uintptr_t)value | 1);
    }
    fp = back;
    ip = next;
    sp = (Object **)back->sp;
    if (flags & FRAME_SEND) {
        sp[-1] = value;
    } else {
        *sp++ = value;
    }
    DISPATCH();
}

HANDLER(op_ASYNC_GEN_WRAP) {
    if (LIKELY(fp->flags & FRAME_ASEND && ip[1].handler == op_YIELD_VALUE)) {
        ip++;
        TAIL(yield_to_await);
    }
    Object *value = async_generator_wrap(sp[-1]);
    if (!value) {
        ERROR();
    }
    sp[-1] = value;
    NEXT();
}
