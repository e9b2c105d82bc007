// enumerate and reversed.
#include "objects/bytes_private.h"
#include "objects/containers.h"

Type enumerate_type, reversed_type;

typedef struct Enumerate {
    Object base;
    ssize_t index;      // SSIZE_LIMIT: the count is in `large`
    Object *iterator;
    Object *spare;      // a result that came back
    Object *large;
    Ownership ownership;
} Enumerate;

static void enumerate_trace(Object *self, Tracer *tracer) {
    Enumerate *e = (Enumerate *)self;
    trace_cell(tracer, e->iterator);
    trace_cell(tracer, e->large);
    trace_cell(tracer, e->spare);
}

static Object *iterator_self(Object *self) {
    return self;
}

static Object *enumerate_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (nargs == 0 && !(kwnames && tuple_size(kwnames))) {
        return raise_error(&exc_TypeError, "enumerate() missing required argument 'iterable'");
    }
    for (ssize_t i = 0; type == &enumerate_type && nargs < 2 && kwnames && i < tuple_size(kwnames); i++) {
        Object *name = tuple_get(kwnames, i);
        if ((nargs || !str_equal_cstring(name, "iterable")) && !str_equal_cstring(name, "start")) {
            return raise_error(&exc_TypeError, "'%S' is an invalid keyword argument for enumerate()", name);
        }
    }
    if (signature_bind(&signature, "enumerate", "(iterable, start=0)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    ssize_t index = 0;
    Object *large = NULL;
    if (bound[1]) {
        Object *start = number_index(bound[1]);
        if (!start) {
            return NULL;
        }
        int overflow;
        index = int_as_i64(start, &overflow);
        if (overflow || index == SSIZE_LIMIT) {
            index = SSIZE_LIMIT;
            large = start;
        }
    }
    Object *iterator = object_iter(bound[0]);
    Enumerate *e = iterator ? (Enumerate *)object_alloc(type) : NULL;
    if (!e) {
        return NULL;
    }
    e->index = index;
    e->ownership.owner = thread_current;
    gc_init(&e->iterator, iterator);
    gc_init(&e->large, large);
    return (Object *)e;
}

static bool step(Enumerate *e, Object **count_out, Object **item_out) {
    Object *item = iterator_slot_next(e->iterator);
    if (!item) {
        return false;
    }
    *item_out = item;
    Object *count;
    if (LIKELY(cursor_read(&e->index) != SSIZE_LIMIT)) {
        count = int_from_ssize(cursor_take(&e->index));
    } else {
        Object *now = field_read(&e->large);
        count = now ? now : int_from_ssize(SSIZE_LIMIT);
        Object *next;
        do {
            next = count ? int_add(count, int_from_i64(1)) : NULL;
            if (!next) {
                return false;
            }
            now = e->large;
        } while (
            !__atomic_compare_exchange_n(&e->large, &now, next, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
        gc_dirty(e);
    }
    *count_out = count;
    return count != NULL;
}

bool enumerate_step(Object *self, Object **count_out, Object **item_out) {
    Enumerate *e = (Enumerate *)self;
    if (LIKELY(!runtime_multithreaded) || iterator_runs_code(e->iterator)) {
        return step(e, count_out, item_out);
    }
    CriticalSection section;
    owned_section_begin(&section, &e->ownership, e);
    bool found = step(e, count_out, item_out);
    owned_section_end(&section, &e->ownership);
    return found;
}

static Object *enumerate_next(Object *self) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Object *count, *item;
    return enumerate_step(self, &count, &item)
               ? tuple_pair_recycling(&((Enumerate *)self)->spare, count, item)
               : NULL;
}

static Object *enumerate_reduce_method(Object *self) {
    Enumerate *e = (Enumerate *)self;
    Object *count = e->large ? e->large : int_from_ssize(cursor_read(&e->index));
    Object *arguments = count ? tuple_pack(2, e->iterator, count) : NULL;
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static Object *enumerate_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static BuiltinDef enumerate_methods[] = {
    BUILTIN("__reduce__", enumerate_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", enumerate_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

const TypeSpec enumerate_spec = {
    .name = "enumerate",
    .basic_size = 56,
    .instance_size = sizeof(Enumerate),
    .flags = TF_GC | TF_BASE,
    .doc = "enumerate(iterable, start=0)\n--\n\n",
    .methods = enumerate_methods,
    .trace = enumerate_trace,
    .fresh_tuples = true,
    .spare_offset = offsetof(Enumerate, spare),
    .slots = { .new = enumerate_new_slot,
               .iter = iterator_self,
               .next = enumerate_next,
               .getattr = object_generic_getattr },
};

// ---- reversed: SeqIterator's layout, the index going down

static Object *reversed_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &reversed_type, "reversed", kwnames) < 0 ||
        arguments_check_count("reversed", nargs, 1, 1) < 0) {
        return NULL;
    }
    Object *sequence = args[0], *method;
    int found = object_lookup_special(sequence, names.__reversed__, &method);
    if (found < 0) {
        return NULL;
    }
    if (found && method != NONE) {
        return call0(method);
    }
    if (found || !sequence_check(sequence)) {
        return raise_error(&exc_TypeError, "'%T' object is not reversible", sequence);
    }
    ssize_t length = object_length(sequence);
    SeqIterator *it = length < 0 ? NULL : (SeqIterator *)object_alloc(type);
    if (!it) {
        return NULL;
    }
    it->index = length - 1;
    gc_init(&it->sequence, sequence);
    return (Object *)it;
}

static Object *reversed_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return NULL;
    }
    ssize_t i = cursor_take_down(&it->index);
    if (i >= 0) {
        if (sequence->type == &bytes_type && i < bytes_length(sequence)) {
            return int_from_byte((uint8_t)bytes_data(sequence)[i]);
        }
        if (sequence->type == &str_type && i < str_length(sequence)) {
            return str_from_char(str_read(sequence, i));
        }
        Object *item = sequence_getitem(sequence, i);
        if (item) {
            return item;
        }
        if (!error_clear_if(&exc_IndexError)) {
            error_clear_if(&exc_StopIteration);
        }
    }
    __atomic_store_n(&it->index, -1, __ATOMIC_RELAXED);
    gc_store(it, &it->sequence, NULL);
    return NULL;
}

static ssize_t reversed_take_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = it->sequence;
    ssize_t count = 0;
    if (!sequence) {
        return 0;
    }
    if (sequence->type == &tuple_type) {
        for (; it->index < tuple_size(sequence) && count < most && it->index >= 0; count++) {
            items[count] = tuple_get(sequence, it->index--);
        }
    } else if (sequence->type == &bytes_type || sequence->type == &bytearray_type) {
        BytesView view;
        bytes_view_self(sequence, &view);
        for (; it->index < view.length && count < most && it->index >= 0; count++) {
            items[count] = int_from_byte((uint8_t)view.data[it->index--]);
        }
    } else if (sequence->type == &str_type) {
        for (; it->index < str_length(sequence) && count < most && it->index >= 0; count++) {
            if (!(items[count] = str_from_char(str_read(sequence, it->index--)))) {
                return -1;
            }
        }
    }
    return count;
}

static Object *reversed_length_hint_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return int_from_i64(0);
    }
    ssize_t length = object_length(sequence), left = cursor_read(&it->index) + 1;
    return length < 0 ? NULL : int_from_ssize(length < left ? 0 : left);
}

static Object *reversed_reduce_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    Object *arguments = tuple_pack(1, sequence ? sequence : tuple_empty());
    if (!arguments || !sequence) {
        return arguments ? tuple_pack(2, self->type, arguments) : NULL;
    }
    Object *index = int_from_ssize(cursor_read(&it->index));
    return index ? tuple_pack(3, self->type, arguments, index) : NULL;
}

static Object *reversed_setstate_method(Object *self, Object *state) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t index = iterator_position(state);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    Object *sequence = field_read(&it->sequence);
    if (sequence) {
        ssize_t length = object_length(sequence);
        if (length < 0) {
            return NULL;
        }
        index = index < -1 ? -1 : index > length - 1 ? length - 1 : index;
        __atomic_store_n(&it->index, index, __ATOMIC_RELAXED);
    }
    return NONE;
}

static BuiltinDef reversed_methods[] = {
    BUILTIN("__length_hint__", reversed_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", reversed_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", reversed_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec reversed_spec = {
    .name = "reversed",
    .basic_size = SEQ_ITERATOR_SIZE,
    .flags = TF_GC | TF_BASE,
    .doc = "reversed(sequence, /)\n--\n\n",
    .methods = reversed_methods,
    .trace = seq_iterator_trace,
    .take_many = reversed_take_many,
    .slots = { .new = reversed_new_slot,
               .iter = iterator_self,
               .next = reversed_next,
               .getattr = object_generic_getattr },
};
