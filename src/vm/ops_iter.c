// Iteration, unpacking, awaiting, and pattern matching.
#include "vm/fast.h"
#include "vm/generator.h"
#include "vm/interpreter.h"
#include "vm/trace.h"

HANDLER(op_GET_ITER) {
    SAVE();
    Object *iterator = object_iter(sp[-1]);
    if (!iterator) {
        ERROR();
    }
    sp[-1] = iterator;
    NEXT_CALLED();
}

HANDLER(op_GET_YIELD_FROM_ITER) {
    SAVE();
    Object *o = sp[-1];
    bool iterable_coroutine = o->type == &generator_type &&
                              ((Generator *)o)->code->flags & CO_ITERABLE_COROUTINE;
    if (o->type == &coroutine_type || iterable_coroutine) {
        if (o->type == &coroutine_type && !(fp->code->flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE))) {
            raise_error(&exc_TypeError,
                        "cannot 'yield from' a coroutine object in a non-coroutine generator");
            ERROR();
        }
        NEXT_CALLED();
    }
    if (o->type != &generator_type) {
        Object *iterator = object_iter(o);
        if (!iterator) {
            ERROR();
        }
        if (iterator->type == &generator_type) {
            specialize_yield_from(fp, ip);
        }
        o = iterator;
        sp[-1] = o;
    }
    NEXT_CALLED();
}

HANDLER(op_FOR_ITER) {
    SAVE();
    Object *iterator = sp[-1];
    UnaryFn next = slots_of(iterator)->next;
    if (UNLIKELY(!next)) {
        raise_error(&exc_TypeError, "'%T' object is not an iterator", iterator);
        ERROR();
    }
    Object *value = next(iterator);
    if (value) {
        specialize_iteration(fp, ip, iterator);
        *sp++ = value;
        NEXT_CALLED();
    }
    ip = fp->ip;
    TAIL(for_iter_end);
}

HANDLER(for_iter_end) {
    if (UNLIKELY(ts->exception != NULL)) {
        if (!error_matches(&exc_StopIteration)) {
            ERROR();
        }
        if (UNLIKELY(ts->use_tracing)) {
            trace_exception(ts, fp);
            if (!error_matches(&exc_StopIteration)) {
                ERROR();
            }
        }
        error_clear();
    }
    sp--;
    JUMP(ip->target);
}

HANDLER(op_SEND) {
    SAVE();
    Object *receiver = sp[-2], *value = sp[-1], *result;
    SendResult outcome;
    if (receiver->type == &coroutine_type && generator_register((Generator *)receiver) < 0) {
        ERROR();
    }
    // a tracer is to see the StopIteration that ends the receiver
    bool can_send = slots_of(receiver)->send && LIKELY(!ts->trace_object);
    if (value == NONE && slots_of(receiver)->next && !can_send) {
        result = slots_of(receiver)->next(receiver);
        outcome = result ? SEND_NEXT : SEND_ERROR;
    } else if (can_send) {
        outcome = slots_of(receiver)->send(receiver, value, &result);
    } else {
        result = call_method1(receiver, names.send, value);
        outcome = result ? SEND_NEXT : SEND_ERROR;
    }
    if (outcome == SEND_ERROR) {
        if (UNLIKELY(ts->use_tracing) && ts->exception && error_matches(&exc_StopIteration)) {
            trace_exception(ts, fp);
        }
        if (stop_iteration_value(&result) < 0) {
            ERROR();
        }
        outcome = SEND_RETURN;
    }
    specialize_send(fp, ip, receiver);
    ip = fp->ip;
    if (outcome == SEND_NEXT) {
        if (fp->flags & FRAME_GENERATOR) {
            generator_watch_delegate(generator_of(fp), receiver);
        }
        sp[-1] = result;
        NEXT();
    }
    sp--;
    sp[-1] = result;
    JUMP(ip->target);
}

// ---- unpacking

// What a container of this type holds is read in one step, as other threads may change it.
static Object *unpack_iterator(Object *source) {
    Object *whole = runtime_multithreaded && source->type == &list_type ? list_to_tuple(source) : source;
    return whole ? object_iter_whole(whole) : NULL;
}

// Puts the items of `source` to `sp - count ...` in reverse; -1 with an exception.
static int unpack_exact(Object *source, ssize_t count, Object **target) {
    Object *iterator = unpack_iterator(source);
    if (!iterator) {
        if (error_matches(&exc_TypeError) && !slots_of(source)->iter && !sequence_check(source)) {
            error_clear();
            raise_error(&exc_TypeError, "cannot unpack non-iterable %T object", source);
        }
        return -1;
    }
    for (ssize_t i = 0; i < count; i++) {
        Object *item = iter_next(iterator);
        if (!item) {
            if (!error_occurred()) {
                raise_error(&exc_ValueError, "not enough values to unpack (expected %zd, got %zd)", count, i);
            }
            return -1;
        }
        target[count - 1 - i] = item;
    }
    if (iter_next(iterator)) {
        raise_error(&exc_ValueError, "too many values to unpack (expected %zd)", count);
        return -1;
    }
    return error_occurred() ? -1 : 0;
}

HANDLER(op_UNPACK_SEQUENCE) {
    ssize_t n = (ssize_t)ip->value;
    Object *source = sp[-1];
    Object **target = sp - 1;
    if (LIKELY(source->type == &tuple_type && tuple_size(source) == n)) {
        for (ssize_t i = 0; i < n; i++) {
            target[n - 1 - i] = tuple_get(source, i);
        }
        sp = target + n;
        NEXT();
    }
    if (source->type == &list_type && list_size(source) == n && n && !runtime_multithreaded) {
        Object *const *items = ((const List *)source)->items;
        for (ssize_t i = 0; i < n; i++) {
            target[n - 1 - i] = items[i];
        }
        sp = target + n;
        NEXT();
    }
    SAVE();
    if (n == 0) {
        if (unpack_exact(source, 0, target) < 0) {
            generator_dropped(source);
            ERROR();
        }
        sp--;
        NEXT_CALLED();
    }
    // the source stays alive in this function while its slot is overwritten
    if (unpack_exact(source, n, target) < 0) {
        generator_dropped(source);
        ERROR();
    }
    sp = target + n;
    NEXT_CALLED();
}

static int unpack_star(Object *source, ssize_t before, ssize_t after, Object **target) {
    Object *iterator = unpack_iterator(source);
    if (!iterator) {
        if (error_matches(&exc_TypeError) && !slots_of(source)->iter && !sequence_check(source)) {
            error_clear();
            raise_error(&exc_TypeError, "cannot unpack non-iterable %T object", source);
        }
        return -1;
    }
    ssize_t total = before + 1 + after;
    for (ssize_t i = 0; i < before; i++) {
        Object *item = iter_next(iterator);
        if (!item) {
            if (!error_occurred()) {
                raise_error(&exc_ValueError, "not enough values to unpack (expected at least %zd, got %zd)",
                            before + after, i);
            }
            return -1;
        }
        target[total - 1 - i] = item;
    }
    Object *rest = sequence_list(iterator);
    if (!rest) {
        return -1;
    }
    ssize_t count = list_size(rest);
    if (count < after) {
        raise_error(&exc_ValueError, "not enough values to unpack (expected at least %zd, got %zd)",
                    before + after, before + count);
        return -1;
    }
    for (ssize_t i = 0; i < after; i++) {
        target[i] = list_read(rest, count - 1 - i);
    }
    target[after] = after ? list_slice(rest, 0, count - after) : rest;
    return target[after] ? 0 : -1;
}

HANDLER(op_UNPACK_EX) {
    SAVE();
    ssize_t before = (ssize_t)(ip->value & 0xff), after = (ssize_t)(ip->value >> 8);
    Object *source = sp[-1];
    Object **target = sp - 1;
    if (unpack_star(source, before, after, target) < 0) {
        ERROR();
    }
    sp = target + before + 1 + after;
    NEXT_CALLED();
}

// ---- await

HANDLER(op_GET_AWAITABLE) {
    Object *o = sp[-1];
    if (LIKELY(o->type == &coroutine_type && ((Generator *)o)->state == GEN_CREATED)) {
        NEXT();
    }
    SAVE();
    Object *iterator = coroutine_iterator(o);
    if (!iterator) {
        if (!slots_of(o)->await && ip->value && error_matches(&exc_TypeError)) {
            error_clear();
            raise_error(
                &exc_TypeError,
                ip->value == 1
                    ? "'async with' received an object from __aenter__ that does not implement __await__: %T"
                    : "'async with' received an object from __aexit__ that does not implement __await__: %T",
                o);
        }
        ERROR();
    }
    if (iterator->type == &coroutine_type && generator_yield_from((Generator *)iterator)) {
        raise_error(&exc_RuntimeError, "coroutine is being awaited already");
        ERROR();
    }
    sp[-1] = iterator;
    NEXT_CALLED();
}
HANDLER(op_GET_AITER) {
    SAVE();
    Object *o = sp[-1];
    UnaryFn get = slots_of(o)->aiter;
    if (!get) {
        raise_error(&exc_TypeError, "'async for' requires an object with __aiter__ method, got %T", o);
        ERROR();
    }
    Object *iterator = get(o);
    if (!iterator) {
        ERROR();
    }
    if (!slots_of(iterator)->anext) {
        raise_error(&exc_TypeError,
                    "'async for' received an object from __aiter__ that does not implement __anext__: %T",
                    iterator);
        ERROR();
    }
    if (iterator->type == &async_generator_type) {
        specialize_aiter(fp, ip);
    }
    sp[-1] = iterator;
    NEXT_CALLED();
}
HANDLER(op_GET_ANEXT) {
    SAVE();
    Object *o = sp[-1];
    UnaryFn get = slots_of(o)->anext;
    if (!get) {
        raise_error(&exc_TypeError, "'async for' requires an iterator with __anext__ method, got %T", o);
        ERROR();
    }
    Object *next = o->type == &async_generator_type ? async_generator_anext(o) : get(o);
    if (!next) {
        ERROR();
    }
    if (o->type != &async_generator_type) {
        Object *awaitable = coroutine_iterator(next);
        if (!awaitable) {
            raise_from_cause(&exc_TypeError, "'async for' received an invalid object from __anext__: %T",
                             next);
            ERROR();
        }
        next = awaitable;
    }
    *sp++ = next;
    NEXT_CALLED();
}

// ---- match

HANDLER(op_GET_LEN) {
    SAVE();
    ssize_t length = object_length(sp[-1]);
    Object *value = length < 0 ? NULL : int_from_ssize(length);
    if (!value) {
        ERROR();
    }
    *sp++ = value;
    NEXT_CALLED();
}
HANDLER(op_MATCH_MAPPING) {
    *sp = bool_from(sp[-1]->type->flags & TF_MAPPING);
    sp++;
    NEXT();
}
HANDLER(op_MATCH_SEQUENCE) {
    *sp = bool_from(sp[-1]->type->flags & TF_SEQUENCE);
    sp++;
    NEXT();
}

// The values of `keys` in `subject` as a tuple, None when one is missing.
static Object *match_keys(Object *subject, Object *keys) {
    if (!tuple_check(keys)) {
        return raise_error(&exc_SystemError, "bytecode is damaged: MATCH_KEYS without keys");
    }
    ssize_t count = tuple_size(keys);
    if (!count) {
        return tuple_empty();
    }
    Object *get = object_getattr(subject, names.get), *seen = dict_new();
    Object *dummy = object_alloc(&object_type), *values = tuple_new(count);
    if (!get || !seen || !dummy || !values) {
        return NULL;
    }
    for (ssize_t i = 0; i < count; i++) {
        Object *key = tuple_get(keys, i);
        int known = dict_contains(seen, key);
        if (known) {
            return known < 0 ? NULL
                             : raise_error(&exc_ValueError, "mapping pattern checks duplicate key (%R)", key);
        }
        if (dict_set(seen, key, NONE) < 0) {
            return NULL;
        }
        Object *value = call2(get, key, dummy);
        if (!value) {
            return NULL;
        }
        if (value == dummy) {
            return NONE;
        }
        tuple_init(values, i, value);
    }
    return values;
}
HANDLER(op_MATCH_KEYS) {
    SAVE();
    Object *value = match_keys(sp[-2], sp[-1]);
    if (!value) {
        ERROR();
    }
    *sp++ = value;
    NEXT_CALLED();
}

// One attribute of a class pattern: NULL without an exception when there is none.
static Object *match_attribute(Object *subject, Object *type, Object *name, Object *seen) {
    int known = dict_contains(seen, name);
    if (known) {
        return known < 0 ? NULL
                         : raise_error(&exc_TypeError, "%s() got multiple sub-patterns for attribute %R",
                                       ((Type *)type)->name, name);
    }
    if (dict_set(seen, name, NONE) < 0) {
        return NULL;
    }
    Object *value;
    object_getattr_optional(subject, name, &value);
    return value;
}

// A tuple of the attributes, None when the pattern does not match.
static Object *match_class(Object *subject, Object *type, ssize_t count, Object *keywords) {
    if (!(type->type->flags & TF_TYPE)) {
        return raise_error(&exc_TypeError, "called match pattern must be a class");
    }
    if (!tuple_check(keywords)) {
        return raise_error(&exc_SystemError, "bytecode is damaged: MATCH_CLASS without names");
    }
    int instance = object_is_instance_of(subject, type);
    if (instance <= 0) {
        return instance ? NULL : NONE;
    }
    Object *seen = dict_new(), *found = list_new(count + tuple_size(keywords));
    if (!seen || !found) {
        return NULL;
    }
    if (count) {
        Object *arguments;
        bool match_self = false;
        int has = object_getattr_optional(type, names.__match_args__, &arguments);
        if (has < 0) {
            return NULL;
        }
        if (has) {
            if (arguments->type != &tuple_type) {
                return raise_error(&exc_TypeError, "%s.__match_args__ must be a tuple (got %T)",
                                   ((Type *)type)->name, arguments);
            }
        } else {
            arguments = tuple_empty();
            match_self = ((Type *)type)->flags & TF_MATCH_SELF;
        }
        ssize_t allowed = match_self ? 1 : tuple_size(arguments);
        if (allowed < count) {
            return raise_error(&exc_TypeError, "%s() accepts %zd positional sub-pattern%s (%zd given)",
                               ((Type *)type)->name, allowed, allowed == 1 ? "" : "s", count);
        }
        for (ssize_t i = 0; i < count; i++) {
            Object *value = subject;
            if (!match_self) {
                Object *name = tuple_get(arguments, i);
                if (!str_check_exact(name)) {
                    return raise_error(&exc_TypeError, "__match_args__ elements must be strings (got %T)",
                                       name);
                }
                value = match_attribute(subject, type, name, seen);
                if (!value) {
                    return error_occurred() ? NULL : NONE;
                }
            }
            if (list_append(found, value) < 0) {
                return NULL;
            }
        }
    }
    for (ssize_t i = 0; i < tuple_size(keywords); i++) {
        Object *value = match_attribute(subject, type, tuple_get(keywords, i), seen);
        if (!value) {
            return error_occurred() ? NULL : NONE;
        }
        if (list_append(found, value) < 0) {
            return NULL;
        }
    }
    return list_to_tuple(found);
}
HANDLER(op_MATCH_CLASS) {
    SAVE();
    Object *value = match_class(sp[-3], sp[-2], (ssize_t)ip->value, sp[-1]);
    if (!value) {
        ERROR();
    }
    sp -= 2;
    sp[-1] = value;
    NEXT_CALLED();
}
