// Comparison, containers, iteration and buffers on any object.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/sequence_types.h"
#include "objects/str.h"
#include "objects/dict.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/odds.h"

// ---- comparison

static const char *const compare_texts[] = { "<", "<=", "==", "!=", ">", ">=" };
static const CompareOp swapped[] = { CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE };

static Object *compare_by_default(Object *a, Object *b, CompareOp op) {
    if (op == CMP_EQ || op == CMP_NE) {
        return bool_from((a == b) == (op == CMP_EQ));
    }
    return raise_error(&exc_TypeError, "'%s' not supported between instances of '%T' and '%T'",
                       compare_texts[op], a, b);
}

Object *object_compare(Object *a, Object *b, CompareOp op) {
    CompareFn left = slots_of(a)->compare, right = slots_of(b)->compare;
    if (recursion_enter(" in comparison") < 0) {
        return NULL;
    }
    Object *result = NOT_IMPLEMENTED;
    bool tried = false;
    if (a->type != b->type && right && type_is_subtype(b->type, a->type)) {
        tried = true;
        result = right(b, a, swapped[op]);
    }
    if (result == NOT_IMPLEMENTED && left) {
        result = left(a, b, op);
    }
    if (result == NOT_IMPLEMENTED && right && !tried) {
        result = right(b, a, swapped[op]);
    }
    recursion_leave();
    return result != NOT_IMPLEMENTED ? result : compare_by_default(a, b, op);
}

Object *object_compare_after(Object *a, Object *b, CompareOp op) {
    CompareFn right = slots_of(b)->compare;
    Object *result = NOT_IMPLEMENTED;
    if (right) {
        if (recursion_enter(" in comparison") < 0) {
            return NULL;
        }
        result = right(b, a, swapped[op]);
        recursion_leave();
    }
    return result != NOT_IMPLEMENTED ? result : compare_by_default(a, b, op);
}

static inline int order_satisfies(int order, CompareOp op) {
    switch (op) {
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_EQ: return order == 0;
    case CMP_NE: return order != 0;
    case CMP_GT: return order > 0;
    case CMP_GE: return order >= 0;
    }
    return 0;
}

static inline int doubles_satisfy(double x, double y, CompareOp op) {
    switch (op) {
    case CMP_LT: return x < y;
    case CMP_LE: return x <= y;
    case CMP_EQ: return x == y;
    case CMP_NE: return x != y;
    case CMP_GT: return x > y;
    case CMP_GE: return x >= y;
    }
    return 0;
}

static inline bool is_text_or_number(const Type *type) {
    return type == &str_type || type == &int_type || type == &none_type;
}
// The same for what are no tuples.
static inline bool scalar_equal_simply(const Object *a, const Object *b, bool *equal) {
    const Type *type = a->type;
    if (a == b) {
        *equal = true;
    } else if (type != b->type) {
        *equal = false;
        return is_text_or_number(type) && is_text_or_number(b->type);
    } else if (type == &int_type) {
        *equal = int_is_compact(a) && int_is_compact(b) ? int_compact_value(a) == int_compact_value(b)
                                                        : int_compare(a, b) == 0;
    } else if (type == &str_type) {
        *equal = str_length(a) == str_length(b) && str_equal(a, b);
    } else if (type == &float_type) {
        *equal = float_value(a) == float_value(b);
    } else if (type == &bytes_type) {
        *equal = bytes_length(a) == bytes_length(b) &&
                 memcmp(bytes_data(a), bytes_data(b), (size_t)bytes_length(a)) == 0;
    } else {
        return false;
    }
    return true;
}

bool object_equal_simply(Object *a, Object *b, int depth, bool *equal) {
    if (scalar_equal_simply(a, b, equal)) {
        return true;
    }
    // Of classes derived from tuple too, named tuples above all.
    const CompareFn of_tuples = tuple_type.info->slots.compare;
    if (!depth || a->type->info->slots.compare != of_tuples || b->type->info->slots.compare != of_tuples) {
        return false;
    }
    ssize_t n = tuple_size(a), m = tuple_size(b), shorter = n < m ? n : m;
    *equal = true;
    for (ssize_t i = 0; i < shorter && *equal; i++) {
        Object *x = tuple_get(a, i), *y = tuple_get(b, i);
        if (!scalar_equal_simply(x, y, equal) && !object_equal_simply(x, y, depth - 1, equal)) {
            return false;
        }
    }
    *equal &= n == m;
    return true;
}

int object_compare_bool(Object *a, Object *b, CompareOp op) {
    if (a == b && (op == CMP_EQ || op == CMP_NE)) {
        return op == CMP_EQ;
    }
    // The commonest kinds need no objects, no guard and no Python code.
    Type *type = a->type;
    if (type == &int_type) {
        if (int_is_compact(a)) {
            int64_t x = int_compact_value(a);
            if (b->type == &int_type && int_is_compact(b)) {
                int64_t y = int_compact_value(b);
                return order_satisfies((x > y) - (x < y), op);
            }
            if (b->type == &float_type) {
                return doubles_satisfy((double)x, float_value(b), op);
            }
        }
        if (b->type == &int_type) {
            bool differs = ((const VarObject *)a)->size != ((const VarObject *)b)->size;
            return differs && op == CMP_EQ ? 0 : order_satisfies(int_compare(a, b), op);
        }
    } else if (type == &str_type) {
        if (b->type == &str_type) {
            return op == CMP_EQ || op == CMP_NE ? str_equal(a, b) == (op == CMP_EQ)
                                                : order_satisfies(str_compare(a, b), op);
        }
    } else if (type == &float_type) {
        if (b->type == &float_type) {
            return doubles_satisfy(float_value(a), float_value(b), op);
        }
        if (b->type == &int_type && int_is_compact(b)) {
            return doubles_satisfy(float_value(a), (double)int_compact_value(b), op);
        }
    }
    bool equal;
    if (op == CMP_EQ && (type->flags & TF_TUPLE || type == &bytes_type) &&
        object_equal_simply(a, b, SIMPLE_DEPTH, &equal)) {
        return equal;
    }
    Object *result = object_compare(a, b, op);
    if (!result) {
        return -1;
    }
    return bool_check(result) ? result == TRUE_OBJECT : object_is_true(result);
}

// ---- containers

ssize_t object_length(Object *o) {
    LengthFn slot = slots_of(o)->length;
    if (!slot) {
        raise_error(&exc_TypeError, "object of type '%T' has no len()", o);
        return -1;
    }
    return slot(o);
}

ssize_t object_length_hint(Object *o, ssize_t otherwise) {
    if (slots_of(o)->length) {
        ssize_t length = object_length(o);
        if (length >= 0) {
            return length;
        }
        if (!error_clear_if(&exc_TypeError)) {
            return -1;
        }
    }
    Object *method;
    int found = object_lookup_special(o, names.__length_hint__, &method);
    if (found <= 0) {
        return found < 0 ? -1 : otherwise;
    }
    Object *result = call0(method);
    if (!result) {
        return error_clear_if(&exc_TypeError) ? otherwise : -1;
    }
    if (result == NOT_IMPLEMENTED) {
        return otherwise;
    }
    if (!int_check(result)) {
        raise_error(&exc_TypeError, "__length_hint__ must be an integer, not %T", result);
        return -1;
    }
    ssize_t hint = int_to_ssize(result);
    if (hint < 0 && !error_occurred()) {
        raise_error(&exc_ValueError, "__length_hint__() should return >= 0");
    }
    return error_occurred() ? -1 : hint;
}

Object *object_getitem(Object *o, Object *key) {
    BinaryFn slot = slots_of(o)->getitem;
    if (LIKELY(slot != NULL)) {
        return slot(o, key);
    }
    if (type_check(o)) {
        if (o == (Object *)&type_type) {
            return generic_alias_new(o, key);
        }
        Object *method;
        int found = object_getattr_optional(o, names.__class_getitem__, &method);
        if (found < 0) {
            return NULL;
        }
        if (found && method != NONE) {
            return call1(method, key);
        }
        return raise_error(&exc_TypeError, "type '%N' is not subscriptable", (Type *)o);
    }
    return raise_error(&exc_TypeError, "'%T' object is not subscriptable", o);
}

int object_setitem(Object *o, Object *key, Object *value) {
    SetItemFn slot = slots_of(o)->setitem;
    if (LIKELY(slot != NULL)) {
        return slot(o, key, value);
    }
    // CPython has two texts for deletion: one of sequences, which an index leads to, and one of everything else.
    bool sequence = has_sequence_methods(o) && number_check_index(key);
    if (sequence && number_as_ssize(key, &exc_IndexError) == -1 && error_occurred()) {
        return -1;
    }
    raise_error(&exc_TypeError,
                value      ? "'%T' object does not support item assignment"
                : sequence ? "'%T' object doesn't support item deletion"
                           : "'%T' object does not support item deletion",
                o);
    return -1;
}

Object *sequence_getitem(Object *o, ssize_t index) {
    RepeatFn item = slots_of(o)->item;
    if (item) {
        return item(o, index);
    }
    Object *key = int_from_ssize(index);
    return key ? object_getitem(o, key) : NULL;
}

bool sequence_check(Object *o) {
    return !dict_check(o) && o->type->info->is_sequence && slots_of(o)->getitem;
}

bool mapping_check(Object *o) {
    BinaryFn getitem = slots_of(o)->getitem;
    const TypeSpec *spec = o->type->info->spec;
    return getitem && !(spec && spec->is_no_mapping && getitem == spec->slots.getitem);
}

bool has_sequence_methods(Object *o) {
    const Slots *slots = slots_of(o);
    return o->type->info->is_sequence || o->type->flags & TF_HEAP || slots->contains || slots->length;
}

// Steps through `o` until an item equals `item`: what 0: contains, 1: index, 2: count.
static ssize_t search(Object *o, Object *item, int what) {
    Object *iterator = object_iter_whole(o);
    if (!iterator) {
        if (error_matches(&exc_TypeError)) {
            error_clear();
            raise_error(&exc_TypeError, "argument of type '%T' is not iterable", o);
        }
        return -1;
    }
    for (ssize_t position = 0, count = 0;; position++) {
        Object *next = iter_next(iterator);
        if (!next) {
            if (error_occurred()) {
                return -1;
            }
            if (what == 1) {
                raise_error(&exc_ValueError, "sequence.index(x): x not in sequence");
                return -1;
            }
            return count;
        }
        int equal = object_compare_bool(next, item, CMP_EQ);
        if (equal < 0) {
            return -1;
        }
        if (equal && what == 0) {
            return 1;
        }
        if (equal && what == 1) {
            return position;
        }
        count += equal;
    }
}

int sequence_contains(Object *o, Object *item) {
    ContainsFn slot = slots_of(o)->contains;
    return slot ? slot(o, item) : (int)search(o, item, 0);
}

ssize_t sequence_index(Object *o, Object *item) {
    return search(o, item, 1);
}

ssize_t sequence_count(Object *o, Object *item) {
    return search(o, item, 2);
}

Object *sequence_concat(Object *a, Object *b) {
    BinaryFn slot = slots_of(a)->concat;
    if (slot) {
        return slot(a, b);
    }
    if (sequence_check(a) && sequence_check(b)) {
        BinaryFn add = slots_of(a)->add;
        Object *result = add ? add(a, b) : NOT_IMPLEMENTED;
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    return raise_error(&exc_TypeError, "'%T' object can't be concatenated", a);
}

Object *sequence_repeat(Object *o, ssize_t count) {
    RepeatFn slot = slots_of(o)->repeat;
    if (slot) {
        return slot(o, count);
    }
    if (sequence_check(o) && slots_of(o)->multiply) {
        Object *n = int_from_ssize(count);
        Object *result = n ? slots_of(o)->multiply(o, n) : NULL;
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    return raise_error(&exc_TypeError, "'%T' object can't be repeated", o);
}

Object *sequence_tuple(Object *o) {
    if (o->type == &tuple_type) {
        return o;
    }
    Object *list = o->type == &list_type ? o : sequence_list(o);
    return list ? list_to_tuple(list) : NULL;
}

Object *sequence_list(Object *o) {
    Object *list = list_new(0);
    return list && list_extend(list, o) == 0 ? list : NULL;
}

Object *sequence_fast(Object *o, const char *message) {
    if (o->type == &list_type || o->type == &tuple_type) {
        return o;
    }
    Object *iterator = object_iter_whole(o);
    if (!iterator) {
        return error_clear_if(&exc_TypeError) ? raise_error(&exc_TypeError, "%s", message) : NULL;
    }
    return sequence_list(iterator);
}

// ---- iteration

bool iter_check(Object *o) {
    return slots_of(o)->next != NULL;
}

Object *object_iter(Object *o) {
    UnaryFn slot = slots_of(o)->iter;
    if (slot) {
        Object *iterator = slot(o);
        if (iterator && !iter_check(iterator)) {
            return raise_error(&exc_TypeError, "iter() returned non-iterator of type '%T'", iterator);
        }
        return iterator;
    }
    if (sequence_check(o)) {
        return seq_iterator_new(o);
    }
    return raise_error(&exc_TypeError, "'%T' object is not iterable", o);
}

Object *object_iter_whole(Object *o) {
    const TypeSpec *spec = o->type->info->spec;
    if (runtime_multithreaded && spec && spec->snapshot && slots_of(o)->iter == spec->slots.iter) {
        Object *list = spec->snapshot(o);
        return list ? object_iter(list) : NULL;
    }
    return object_iter(o);
}

Object *iter_next(Object *iterator) {
    return iterator_step(iterator);
}

SendResult iter_send(Object *iterator, Object *value, Object **result) {
    if (slots_of(iterator)->send) {
        return slots_of(iterator)->send(iterator, value, result);
    }
    *result = value == NONE && iter_check(iterator) ? iterator_slot_next(iterator)
                                                    : call_method1(iterator, names.send, value);
    if (*result) {
        return SEND_NEXT;
    }
    if (!error_occurred()) {
        *result = NONE;
        return SEND_RETURN;
    }
    if (error_matches(&exc_StopIteration)) {
        *result = exception_stop_value(error_take());
        return SEND_RETURN;
    }
    return SEND_ERROR;
}

// ---- buffers

bool buffer_check(Object *o) {
    return slots_of(o)->get_buffer != NULL;
}

int object_get_buffer(Object *o, Buffer *view, int flags) {
    GetBufferFn slot = slots_of(o)->get_buffer;
    if (!slot) {
        raise_error(&exc_TypeError, "a bytes-like object is required, not '%T'", o);
        return -1;
    }
    return slot(o, view, flags);
}

int object_get_steady_buffer(Object *o, Buffer *view) {
    if (object_get_buffer(o, view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    Object *exporter = memoryview_exporter(o);
    if ((exporter && bytes_check(exporter)) || (!runtime_multithreaded && heap_contains(view->data))) {
        return 0;
    }
    Object *copy = bytes_from(view->data, view->length);
    buffer_release(view);
    return copy ? object_get_buffer(copy, view, BUFFER_SIMPLE) : -1;
}

void buffer_release(Buffer *view) {
    Object *o = view->object;
    if (!o) {
        return;
    }
    ReleaseBufferFn slot = slots_of(o)->release_buffer;
    if (slot) {
        slot(o, view);
    }
    view->object = NULL;
}

int buffer_fill(Buffer *view, Object *exporter, void *data, ssize_t length, bool readonly, int flags) {
    if (!view) {
        raise_error(&exc_BufferError, "PyBuffer_FillInfo: view==NULL argument is obsolete");
        return -1;
    }
    if ((flags & BUFFER_WRITABLE) && readonly) {
        raise_error(&exc_BufferError, "Object is not writable.");
        return -1;
    }
    *view = (Buffer){ .data = data,
                      .object = exporter,
                      .length = length,
                      .item_size = 1,
                      .readonly = readonly,
                      .dimensions = 1 };
    view->format = flags & BUFFER_FORMAT ? "B" : NULL;
    view->shape = (flags & BUFFER_ND) == BUFFER_ND ? &view->length : NULL;
    view->strides = (flags & BUFFER_STRIDES) == BUFFER_STRIDES ? &view->item_size : NULL;
    return 0;
}
