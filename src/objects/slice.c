// slice: three objects, and how they become indices.
#include "objects/containers.h"

Type slice_type;

Object *slice_new(Object *start, Object *stop, Object *step) {
    Slice *slice = (Slice *)object_alloc(&slice_type);
    if (!slice) {
        return NULL;
    }
    gc_init(&slice->start, start ? start : NONE);
    gc_init(&slice->stop, stop ? stop : NONE);
    gc_init(&slice->step, step ? step : NONE);
    return (Object *)slice;
}

int slice_unpack(Object *self, ssize_t *start, ssize_t *stop, ssize_t *step) {
    Slice *slice = (Slice *)self;
    *step = 1;
    if (slice->step != NONE) {
        if (slice_bound(slice->step, true, step) < 0) {
            return -1;
        }
        if (*step == 0) {
            raise_error(&exc_ValueError, "slice step cannot be zero");
            return -1;
        }
        if (*step < -SSIZE_LIMIT) {
            *step = -SSIZE_LIMIT;
        }
    }
    *start = *step < 0 ? SSIZE_LIMIT : 0;
    *stop = *step < 0 ? -SSIZE_LIMIT - 1 : SSIZE_LIMIT;
    return slice_bound(slice->start, true, start) < 0 || slice_bound(slice->stop, true, stop) < 0 ? -1 : 0;
}

ssize_t slice_adjust(ssize_t length, ssize_t *start, ssize_t *stop, ssize_t step) {
    ssize_t *bounds[] = { start, stop };
    for (int i = 0; i < 2; i++) {
        ssize_t *bound = bounds[i];
        if (*bound < 0) {
            *bound += length;
            if (*bound < 0) {
                *bound = step < 0 ? -1 : 0;
            }
        } else if (*bound >= length) {
            *bound = step < 0 ? length - 1 : length;
        }
    }
    if (step < 0) {
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    }
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

static void slice_trace(Object *self, Tracer *tracer) {
    Slice *slice = (Slice *)self;
    trace_cell(tracer, slice->start);
    trace_cell(tracer, slice->stop);
    trace_cell(tracer, slice->step);
}

static Object *slice_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("slice", kwnames) < 0 || arguments_check_count("slice", nargs, 1, 3) < 0) {
        return NULL;
    }
    return nargs == 1 ? slice_new(NULL, args[0], NULL)
                      : slice_new(args[0], args[1], nargs > 2 ? args[2] : NULL);
}

static Object *slice_repr(Object *self) {
    Slice *slice = (Slice *)self;
    return str_format("slice(%R, %R, %R)", slice->start, slice->stop, slice->step);
}

static Object *slice_compare(Object *self, Object *other, CompareOp op) {
    if (self->type != &slice_type || other->type != &slice_type) {
        return NOT_IMPLEMENTED;
    }
    if (self == other) {
        return bool_from(op == CMP_EQ || op == CMP_LE || op == CMP_GE);
    }
    Slice *a = (Slice *)self, *b = (Slice *)other;
    Object *x = tuple_pack(3, a->start, a->stop, a->step);
    Object *y = tuple_pack(3, b->start, b->stop, b->step);
    return x && y ? object_compare(x, y, op) : NULL;
}

// One bound of slice.indices(), in ints of any size.
static Object *clip(Object *bound, Object *length, Object *lower, Object *upper) {
    Object *value = number_index(bound);
    if (!value) {
        if (error_clear_if(&exc_TypeError)) {
            raise_error(&exc_TypeError, "slice indices must be integers or None or have an __index__ method");
        }
        return NULL;
    }
    if (int_sign(value) < 0) {
        value = int_add(value, length);
        return !value ? NULL : int_compare(value, lower) < 0 ? lower : value;
    }
    return int_compare(value, upper) > 0 ? upper : value;
}

static Object *slice_indices_method(Object *self, Object *length_arg) {
    Slice *slice = (Slice *)self;
    Object *length = number_index(length_arg);
    if (!length) {
        return NULL;
    }
    if (int_sign(length) < 0) {
        return raise_error(&exc_ValueError, "length should not be negative");
    }
    Object *one = int_from_i64(1), *zero = int_from_i64(0), *step = one;
    if (slice->step != NONE) {
        step = number_index(slice->step);
        if (!step) {
            if (error_clear_if(&exc_TypeError)) {
                raise_error(&exc_TypeError,
                            "slice indices must be integers or None or have an __index__ method");
            }
            return NULL;
        }
        if (int_sign(step) == 0) {
            return raise_error(&exc_ValueError, "slice step cannot be zero");
        }
    }
    bool down = int_sign(step) < 0;
    Object *lower = down ? int_from_i64(-1) : zero;
    Object *upper = down ? int_subtract(length, one) : length;
    Object *start = !upper                 ? NULL
                    : slice->start == NONE ? (down ? upper : lower)
                                           : clip(slice->start, length, lower, upper);
    Object *stop = !start                ? NULL
                   : slice->stop == NONE ? (down ? lower : upper)
                                         : clip(slice->stop, length, lower, upper);
    return stop ? tuple_pack(3, start, stop, step) : NULL;
}

static Object *slice_reduce_method(Object *self) {
    Slice *slice = (Slice *)self;
    Object *arguments = tuple_pack(3, slice->start, slice->stop, slice->step);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}

static BuiltinDef slice_methods[] = {
    BUILTIN("indices", slice_indices_method, "-($self, len, /)", 0, NULL),
    BUILTIN("__reduce__", slice_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static MemberDef slice_members[] = {
    { "start", MEMBER_OBJECT, offsetof(Slice, start), MEMBER_READONLY, NULL },
    { "stop", MEMBER_OBJECT, offsetof(Slice, stop), MEMBER_READONLY, NULL },
    { "step", MEMBER_OBJECT, offsetof(Slice, step), MEMBER_READONLY, NULL },
    { NULL },
};

const TypeSpec slice_spec = {
    .name = "slice",
    .basic_size = sizeof(Slice),
    .flags = TF_GC,
    .methods = slice_methods,
    .members = slice_members,
    .trace = slice_trace,
    .slots = { .new = slice_new_slot,
               .repr = slice_repr,
               .hash = object_hash_not_implemented,
               .compare = slice_compare,
               .getattr = object_generic_getattr },
};
