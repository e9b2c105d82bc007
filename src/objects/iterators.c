// The iterators that several types share: over anything with __getitem__, and over the results of a
// callable up to a sentinel. Also the small helpers of containers.h.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/list.h"
#include "objects/type.h"

extern Object *builtins_module;  // made by the runtime at start-up

_Thread_local ReprGuard *repr_guard_innermost;

int slice_bound(Object *o, bool allow_none, ssize_t *value) {
    if (!o || (allow_none && o == NONE)) {
        return 0;
    }
    if (int_check_exact(o) && int_is_compact(o)) {
        *value = (ssize_t)int_compact_value(o);
        return 0;
    }
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, allow_none
                                        ? "slice indices must be integers or None or have an __index__ method"
                                        : "slice indices must be integers or have an __index__ method");
        return -1;
    }
    ssize_t i = number_as_ssize(o, NULL);
    if (i == -1 && error_occurred()) {
        return -1;
    }
    *value = i;
    return 0;
}

Object *builtins_attribute(Object *name) {
    return object_getattr(builtins_module, name);
}

Object *reduce_iter(Object *argument) {
    Object *iter = builtins_attribute(names.iter);
    Object *arguments = iter ? tuple_pack(1, argument) : NULL;
    return arguments ? tuple_pack(2, iter, arguments) : NULL;
}

Object *reduce_iter_at(Object *argument, ssize_t index) {
    Object *iter = builtins_attribute(names.iter);
    Object *arguments = iter ? tuple_pack(1, argument) : NULL;
    Object *position = arguments ? int_from_ssize(index) : NULL;
    return position ? tuple_pack(3, iter, arguments, position) : NULL;
}

Object *reduce_iter_empty_list(void) {
    Object *list = list_new(0);
    return list ? reduce_iter(list) : NULL;
}

Object *reduce_iter_empty_tuple(void) {
    return reduce_iter(tuple_empty());
}

ssize_t iterator_position(Object *state) {
    if (!int_check(state)) {
        raise_error(&exc_TypeError, "an integer is required");
        return -1;
    }
    return int_to_ssize(state);
}

Object *seq_iterator_left(Object *self, const Type *type) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    ssize_t left = sequence ? type->info->slots.length(sequence) - cursor_read(&it->index) : 0;
    return int_from_ssize(left > 0 ? left : 0);
}

Object *seq_iterator_move(Object *self, Object *state, const Type *type) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t index = iterator_position(state);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    Object *sequence = field_read(&it->sequence);
    if (sequence) {
        ssize_t length = type->info->slots.length(sequence);
        index = index < 0 ? 0 : index > length ? length : index;
        if (self->type->info->instance_size == sizeof(SeqIterator)) {
            cursor_claim(&it->bias);
        }
        __atomic_store_n(&it->index, index, __ATOMIC_RELAXED);
    }
    return NONE;
}

Object *seq_iterator_reduced(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    return sequence ? reduce_iter_at(sequence, cursor_read(&it->index)) : reduce_iter_empty_tuple();
}

Object *class_getitem(Object *type, Object *item) {
    return generic_alias_new(type, item);
}

int no_keywords_for(Type *type, Type *exact, const char *name, Object *kwnames) {
    if (kwnames && tuple_size(kwnames) &&
        (type == exact || type->info->slots.init == exact->info->slots.init)) {
        return arguments_no_keywords(name, kwnames);
    }
    return 0;
}

// ---- seq_iterator

Type seq_iterator_type;

void seq_iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((SeqIterator *)self)->sequence);
}

Object *seq_iterator_new(Object *sequence) {
    if (!sequence_check(sequence)) {
        return raise_error(&exc_TypeError, "'%T' object is not iterable", sequence);
    }
    SeqIterator *it = (SeqIterator *)object_alloc(&seq_iterator_type);
    if (!it) {
        return NULL;
    }
    gc_init(&it->sequence, sequence);
    return (Object *)it;
}

static Object *seq_iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return NULL;
    }
    ssize_t i = cursor_read(&it->index);
    if (i == SSIZE_LIMIT) {
        return raise_error(&exc_OverflowError, "iter index too large");
    }
    i = cursor_take(&it->index);
    Object *item = sequence_getitem(sequence, i);
    if (item) {
        return item;
    }
    // The index stays where the failure was, so that an error can be retried.
    if (error_clear_if(&exc_IndexError) || error_clear_if(&exc_StopIteration)) {
        gc_store(it, &it->sequence, NULL);
        return NULL;
    }
    __atomic_store_n(&it->index, i, __ATOMIC_RELAXED);
    return NULL;
}

static Object *seq_iterator_length_hint_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return int_from_ssize(0);
    }
    if (!slots_of(sequence)->length) {
        return NOT_IMPLEMENTED;
    }
    ssize_t length = object_length(sequence);
    if (length < 0) {
        return NULL;
    }
    ssize_t left = length - cursor_read(&it->index);
    return int_from_ssize(left > 0 ? left : 0);
}

static Object *seq_iterator_setstate_method(Object *self, Object *state) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t index = iterator_position(state);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    if (field_read(&it->sequence)) {
        __atomic_store_n(&it->index, index < 0 ? 0 : index, __ATOMIC_RELAXED);
    }
    return NONE;
}

static Object *iterator_self(Object *self) {
    return self;
}

static BuiltinDef seq_iterator_methods[] = {
    BUILTIN("__length_hint__", seq_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", seq_iterator_reduced, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", seq_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec seq_iterator_spec = {
    .name = "iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .flags = TF_GC,
    .methods = seq_iterator_methods,
    .trace = seq_iterator_trace,
    .slots = { .iter = iterator_self, .next = seq_iterator_next, .getattr = object_generic_getattr },
};

// ---- callable_iterator

typedef struct CallableIterator {
    Object base;
    Object *callable, *sentinel;  // NULL: exhausted
} CallableIterator;

Type callable_iterator_type;

static void callable_iterator_trace(Object *self, Tracer *tracer) {
    CallableIterator *it = (CallableIterator *)self;
    trace_cell(tracer, it->callable);
    trace_cell(tracer, it->sentinel);
}

Object *callable_iterator_new(Object *callable, Object *sentinel) {
    CallableIterator *it = (CallableIterator *)object_alloc(&callable_iterator_type);
    if (!it) {
        return NULL;
    }
    gc_init(&it->callable, callable);
    gc_init(&it->sentinel, sentinel);
    return (Object *)it;
}

static void callable_iterator_finish(CallableIterator *it) {
    gc_store(it, &it->callable, NULL);
    gc_store(it, &it->sentinel, NULL);
}

static Object *callable_iterator_next(Object *self) {
    CallableIterator *it = (CallableIterator *)self;
    Object *callable = field_read(&it->callable);
    if (!callable) {
        return NULL;
    }
    Object *result = call0(callable);
    if (!result) {
        if (error_clear_if(&exc_StopIteration)) {
            callable_iterator_finish(it);
        }
        return NULL;
    }
    Object *sentinel = field_read(&it->sentinel);
    if (!sentinel) {
        return NULL;  // the call itself exhausted this iterator
    }
    int same = object_compare_bool(sentinel, result, CMP_EQ);
    if (same == 0) {
        return result;
    }
    if (same > 0) {
        callable_iterator_finish(it);
    }
    return NULL;
}

static Object *callable_iterator_reduce_method(Object *self) {
    CallableIterator *it = (CallableIterator *)self;
    Object *iter = builtins_attribute(names.iter);
    if (!iter) {
        return NULL;
    }
    Object *callable = field_read(&it->callable), *sentinel = field_read(&it->sentinel);
    if (!callable || !sentinel) {
        return reduce_iter_empty_tuple();
    }
    Object *arguments = tuple_pack(2, callable, sentinel);
    return arguments ? tuple_pack(2, iter, arguments) : NULL;
}

static BuiltinDef callable_iterator_methods[] = {
    BUILTIN("__reduce__", callable_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec callable_iterator_spec = {
    .name = "callable_iterator",
    .basic_size = sizeof(CallableIterator),
    .flags = TF_GC,
    .methods = callable_iterator_methods,
    .trace = callable_iterator_trace,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = callable_iterator_next },
};
