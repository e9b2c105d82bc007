// Views on a dict (keys, values, items) with their set operations, and the six iterators.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/dict_internal.h"
#include "objects/list.h"
#include "objects/set.h"
#include "objects/type.h"

typedef enum What { KEYS, VALUES, ITEMS } What;

typedef struct DictView {
    Object base;
    Object *dict;
} DictView;

typedef struct DictIterator {
    Object base;
    Object *dict;      // NULL: exhausted
    ssize_t used;      // the dict's size at the start, -1 after an error
    ssize_t position;
    Object *spare;     // a pair that came back
    ssize_t left;
    uint32_t bias;     // for `position`; not seen by programs
} DictIterator;

Type dict_keys_type, dict_values_type, dict_items_type;
Type dict_key_iterator_type, dict_value_iterator_type, dict_item_iterator_type;
Type dict_reverse_key_iterator_type, dict_reverse_value_iterator_type;
Type dict_reverse_item_iterator_type;

static void first_field_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((DictView *)self)->dict);
}

static void iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((DictIterator *)self)->dict);
    trace_cell(tracer, ((DictIterator *)self)->spare);
}

static Object *view_dict(Object *view) {
    return ((DictView *)view)->dict;
}

static Object *view_new(Type *type, Object *dict) {
    DictView *view = (DictView *)object_alloc(type);
    if (view) {
        gc_init(&view->dict, dict);
    }
    return (Object *)view;
}

Object *dict_keys_method(Object *dict) {
    return view_new(&dict_keys_type, dict);
}
Object *dict_values_method(Object *dict) {
    return view_new(&dict_values_type, dict);
}
Object *dict_items_method(Object *dict) {
    return view_new(&dict_items_type, dict);
}

// ---- iterators

static Object *iterator_new(Type *type, Object *dict, bool reverse) {
    DictIterator *it = (DictIterator *)object_alloc(type);
    if (it) {
        it->used = it->left = dict_size(dict);
        it->position = reverse ? (ssize_t)dict_table_count(dict_table_of(dict)) - 1 : 0;
        gc_init(&it->dict, dict);
        it->bias = step_bias_new();
    }
    return (Object *)it;
}

static inline Object *give(Object *self, What what, Object *key, Object *value) {
    return what == KEYS     ? key
           : what == VALUES ? value
                            : tuple_pair_recycling(&((DictIterator *)self)->spare, key, value);
}

// Moves the position from `old` to `new` unless another thread took that step.
static bool step_position(DictIterator *it, ssize_t old, ssize_t new) {
    if (step_is_mine(&it->bias)) {
        __atomic_store_n(&it->position, new, __ATOMIC_RELAXED);
        return true;
    }
    step_claim(&it->bias);
    return __atomic_compare_exchange_n(&it->position, &old, new, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static inline bool step_forward(Object *self, Object **key, Object **value) {
    DictIterator *it = (DictIterator *)self;
    Object *dict = field_read(&it->dict);
    if (!dict) {
        return false;
    }
    for (;;) {
        if (UNLIKELY(cursor_read(&it->used) != dict_size(dict))) {
            cursor_set(&it->used, -1);
            raise_error(&exc_RuntimeError, "dictionary changed size during iteration");
            return false;
        }
        const DictTable *table = dict_table_of(dict);
        ssize_t old = cursor_read(&it->position), position = old, count = (ssize_t)dict_table_count(table);
        while (position < count && !(*value = field_read(&table->entries[position].value))) {
            position++;
        }
        if (position >= count) {
            break;
        }
        *key = table->entries[position++].key;
        if (UNLIKELY(cursor_read(&it->left) <= 0) && !runtime_multithreaded) {
            gc_store(it, &it->dict, NULL);
            raise_error(&exc_RuntimeError, "dictionary keys changed during iteration");
            return false;
        }
        if (step_position(it, old, position)) {
            cursor_set(&it->left, cursor_read(&it->left) - 1); // a hint, which need not be exact
            return true;
        }
    }
    gc_store(it, &it->dict, NULL);
    cursor_set(&it->left, 0);
    return false;
}

// Keys or values, as many as come before something is to be said; `step` is 1 or -1.
static inline ssize_t take_many(Object *self, What what, Object **items, ssize_t most, ssize_t step) {
    DictIterator *it = (DictIterator *)self;
    if (!it->dict || it->used != dict_size(it->dict)) {
        return 0;
    }
    const DictTable *table = dict_table_of(it->dict);
    ssize_t count = 0, position = it->position, end = (ssize_t)dict_table_count(table);
    if (step > 0) {
        most = most < it->left ? most : it->left;
    } else if (position >= end) {
        position = end - 1;
    }
    for (; position >= 0 && position < end && count < most; position += step) {
        Object *value = table->entries[position].value;
        if (value) {
            items[count++] = what == KEYS ? table->entries[position].key : value;
        }
    }
    it->position = position;
    it->left -= count;
    return count;
}
static inline ssize_t take_many_forward(Object *self, What what, Object **items, ssize_t most) {
    return take_many(self, what, items, most, 1);
}
static inline ssize_t take_many_backward(Object *self, What what, Object **items, ssize_t most) {
    return take_many(self, what, items, most, -1);
}

static inline Object *iterator_next_forward(Object *self, What what) {
    Object *key, *value;
    return step_forward(self, &key, &value) ? give(self, what, key, value) : NULL;
}

bool dict_item_step(Object *self, Object **key, Object **value) {
    return step_forward(self, key, value);
}

static Object *iterator_next_backward(Object *self, What what) {
    DictIterator *it = (DictIterator *)self;
    Object *dict = field_read(&it->dict);
    if (!dict) {
        return NULL;
    }
    for (;;) {
        if (cursor_read(&it->used) != dict_size(dict)) {
            cursor_set(&it->used, -1);
            return raise_error(&exc_RuntimeError, "dictionary changed size during iteration");
        }
        DictTable *table = dict_table_of(dict);
        ssize_t old = cursor_read(&it->position), i = old;
        if (i >= (ssize_t)dict_table_count(table)) {
            i = (ssize_t)dict_table_count(table) - 1;
        }
        Object *value = NULL;
        while (i >= 0 && !(value = field_read(&table->entries[i].value))) {
            i--;
        }
        if (i < 0) {
            break;
        }
        Object *key = table->entries[i].key;
        if (step_position(it, old, i - 1)) {
            cursor_set(&it->left, cursor_read(&it->left) - 1); // a hint, which need not be exact
            return give(self, what, key, value);
        }
    }
    gc_store(it, &it->dict, NULL);
    cursor_set(&it->left, 0);
    return NULL;
}

static Object *iterator_self(Object *self) {
    return self;
}

static Object *dict_iterator_length_hint_method(Object *self) {
    DictIterator *it = (DictIterator *)self;
    Object *dict = field_read(&it->dict);
    ssize_t left = dict && cursor_read(&it->used) == dict_size(dict) ? cursor_read(&it->left) : 0;
    return int_from_ssize(left > 0 ? left : 0);
}

// Pickles as iter() of the list of what is left; the iterator itself stays where it is.
static Object *dict_iterator_reduce_method(Object *self) {
    DictIterator *it = (DictIterator *)self, *copy = (DictIterator *)object_alloc(self->type);
    if (!copy) {
        return NULL;
    }
    Object *dict = field_read(&it->dict);
    copy->used = cursor_read(&it->used);
    copy->position = cursor_read(&it->position);
    copy->left = cursor_read(&it->left);
    gc_store(copy, &copy->dict, dict);
    Object *list = sequence_list((Object *)copy);
    return list ? reduce_iter(list) : NULL;
}

static BuiltinDef iterator_methods[] = {
    BUILTIN("__length_hint__", dict_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", dict_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

// `getattr_function`: NULL inherits it without showing it in the type's dictionary.
#define DICT_ITERATOR(c_name, py_name, what, direction, getattr_function) \
    static Object *c_name##_next(Object *self) { \
        return iterator_next_##direction(self, what); \
    } \
    static ssize_t c_name##_take_many(Object *self, Object **items, ssize_t most) { \
        return take_many_##direction(self, what, items, most); \
    } \
    const TypeSpec c_name##_spec = { \
        .name = py_name, \
        .basic_size = offsetof(DictIterator, bias), \
        .instance_size = sizeof(DictIterator), \
        .flags = TF_GC, \
        .methods = iterator_methods, \
        .trace = iterator_trace, \
        .fresh_tuples = (what) == ITEMS, \
        .spare_offset = (what) == ITEMS ? offsetof(DictIterator, spare) : 0, \
        .take_many = (what) == ITEMS ? NULL : c_name##_take_many, \
        .rewinds = (what) != ITEMS, \
        .slots = { .getattr = getattr_function, .iter = iterator_self, .next = c_name##_next }, \
    };
DICT_ITERATOR(dict_key_iterator, "dict_keyiterator", KEYS, forward, object_generic_getattr)
DICT_ITERATOR(dict_value_iterator, "dict_valueiterator", VALUES, forward, object_generic_getattr)
DICT_ITERATOR(dict_item_iterator, "dict_itemiterator", ITEMS, forward, object_generic_getattr)
DICT_ITERATOR(dict_reverse_key_iterator, "dict_reversekeyiterator", KEYS, backward, NULL)
DICT_ITERATOR(dict_reverse_value_iterator, "dict_reversevalueiterator", VALUES, backward, NULL)
DICT_ITERATOR(dict_reverse_item_iterator, "dict_reverseitemiterator", ITEMS, backward, NULL)
#undef DICT_ITERATOR

Object *dict_iter(Object *dict) {
    return iterator_new(&dict_key_iterator_type, dict, false);
}
Object *dict_reversed_method(Object *dict) {
    return iterator_new(&dict_reverse_key_iterator_type, dict, true);
}
static Object *keys_iter(Object *self) {
    return iterator_new(&dict_key_iterator_type, view_dict(self), false);
}
static Object *values_iter(Object *self) {
    return iterator_new(&dict_value_iterator_type, view_dict(self), false);
}
static Object *items_iter(Object *self) {
    return iterator_new(&dict_item_iterator_type, view_dict(self), false);
}
static Object *dict_keys_reversed_method(Object *self) {
    return iterator_new(&dict_reverse_key_iterator_type, view_dict(self), true);
}
static Object *dict_values_reversed_method(Object *self) {
    return iterator_new(&dict_reverse_value_iterator_type, view_dict(self), true);
}
static Object *dict_items_reversed_method(Object *self) {
    return iterator_new(&dict_reverse_item_iterator_type, view_dict(self), true);
}

// ---- views

static ssize_t view_length(Object *self) {
    return dict_size(view_dict(self));
}

static int keys_contains(Object *self, Object *key) {
    return dict_contains(view_dict(self), key);
}

static int items_contains(Object *self, Object *item) {
    if (!tuple_check(item) || tuple_size(item) != 2) {
        return 0;
    }
    Object *value = dict_get(view_dict(self), tuple_get(item, 0));
    if (!value) {
        return error_occurred() ? -1 : 0;
    }
    return object_compare_bool(value, tuple_get(item, 1), CMP_EQ);
}

static Object *view_repr(Object *self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("...");
    }
    Object *list = sequence_list(self);
    Object *text = list ? str_format("%T(%R)", self, list) : NULL;
    repr_leave(&guard);
    return text;
}

static bool is_set_view(Object *o) {
    return object_is_instance(o, &dict_keys_type) || object_is_instance(o, &dict_items_type);
}

// Whether every element of `a` is in `b`.
static int all_contained(Object *a, Object *b) {
    Object *iterator = object_iter_whole(a), *item;
    if (!iterator) {
        return -1;
    }
    while ((item = iterator_step(iterator))) {
        int found = sequence_contains(b, item);
        if (found <= 0) {
            return found;
        }
    }
    return error_occurred() ? -1 : 1;
}

static Object *view_compare(Object *self, Object *other, CompareOp op) {
    if (!set_check(other) && !is_set_view(other)) {
        return NOT_IMPLEMENTED;
    }
    ssize_t a = object_length(self), b = object_length(other);
    if (a < 0 || b < 0) {
        return NULL;
    }
    int result = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE: result = a == b ? all_contained(self, other) : 0; break;
    case CMP_LT: result = a < b ? all_contained(self, other) : 0; break;
    case CMP_LE: result = a <= b ? all_contained(self, other) : 0; break;
    case CMP_GT: result = a > b ? all_contained(other, self) : 0; break;
    case CMP_GE: result = a >= b ? all_contained(other, self) : 0; break;
    }
    return result < 0 ? NULL : bool_from(result == (op != CMP_NE));
}

static Object *view_to_set(Object *o) {
    return set_new(o);
}

static Object *view_subtract(Object *self, Object *other) {
    Object *result = view_to_set(self);
    return result ? call_method1(result, names.difference_update, other) ? result : NULL : NULL;
}

static Object *view_and(Object *self, Object *other) {
    if (!is_set_view(self)) {  // the other operand is the view
        Object *swap = self;
        self = other;
        other = swap;
    }
    // The smaller one is walked when both are views.
    if (is_set_view(other) && object_length(other) > object_length(self)) {
        Object *swap = self;
        self = other;
        other = swap;
    }
    if (set_check(other) && object_length(self) <= set_size(other)) {
        Object *result = set_new(self);
        return result && call_method1(result, names.intersection_update, other) ? result : NULL;
    }
    Object *result = set_new(NULL), *iterator = object_iter_whole(other), *item;
    if (!result || !iterator) {
        return NULL;
    }
    while ((item = iterator_step(iterator))) {
        int found = sequence_contains(self, item);
        if (found < 0 || (found && set_add(result, item) < 0)) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : result;
}

static Object *view_or(Object *self, Object *other) {
    Object *result = view_to_set(self);
    return result && set_update(result, other) == 0 ? result : NULL;
}

static Object *view_xor(Object *self, Object *other) {
    Object *result = view_to_set(self), *right = set_new(other);
    if (!result || !right) {
        return NULL;
    }
    ssize_t position = 0;
    Object *key;
    while (set_next(right, &position, &key, NULL)) {
        int found = set_discard(result, key);
        if (found < 0 || (!found && set_add(result, key) < 0)) {
            return NULL;
        }
    }
    return result;
}

static Object *view_isdisjoint(Object *self, Object *other) {
    if (self == other) {
        return bool_from(object_length(self) == 0);
    }
    if ((set_check(other) || is_set_view(other)) && object_length(other) > object_length(self)) {
        Object *swap = self;
        self = other;
        other = swap;
    }
    Object *iterator = object_iter_whole(other), *item;
    if (!iterator) {
        return NULL;
    }
    while ((item = iterator_step(iterator))) {
        int found = sequence_contains(self, item);
        if (found) {
            return found < 0 ? NULL : FALSE_OBJECT;
        }
    }
    return error_occurred() ? NULL : TRUE_OBJECT;
}
static Object *dict_keys_isdisjoint_method(Object *self, Object *other) {
    return view_isdisjoint(self, other);
}
static Object *dict_items_isdisjoint_method(Object *self, Object *other) {
    return view_isdisjoint(self, other);
}

static Object *view_mapping(Object *self, void *closure) {
    return mappingproxy_new(view_dict(self));
}

static GetSetDef view_getsets[] = {
    { "mapping", view_mapping, NULL, NULL, NULL },
    { NULL },
};
static BuiltinDef keys_methods[] = {
    BUILTIN("isdisjoint", dict_keys_isdisjoint_method, "-($self, other, /)", 0, NULL),
    BUILTIN("__reversed__", dict_keys_reversed_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef values_methods[] = {
    BUILTIN("__reversed__", dict_values_reversed_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef items_methods[] = {
    BUILTIN("isdisjoint", dict_items_isdisjoint_method, "-($self, other, /)", 0, NULL),
    BUILTIN("__reversed__", dict_items_reversed_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static Object *keys_snapshot(Object *self) {
    return dict_keys_list(((DictView *)self)->dict);
}
static Object *values_snapshot(Object *self) {
    return dict_values_list(((DictView *)self)->dict);
}
static Object *items_snapshot(Object *self) {
    return dict_items_list(((DictView *)self)->dict);
}

const TypeSpec dict_keys_spec = {
    .name = "dict_keys",
    .basic_size = sizeof(DictView),
    .flags = TF_GC,
    .methods = keys_methods,
    .getsets = view_getsets,
    .trace = first_field_trace,
    .slots = { .getattr = object_generic_getattr,
               .repr = view_repr,
               .compare = view_compare,
               .iter = keys_iter,
               .length = view_length,
               .contains = keys_contains,
               .subtract = view_subtract,
               .and = view_and,
               .or = view_or,
               .xor = view_xor },
    .snapshot = keys_snapshot,
};
const TypeSpec dict_values_spec = {
    .name = "dict_values",
    .basic_size = sizeof(DictView),
    .flags = TF_GC,
    .methods = values_methods,
    .getsets = view_getsets,
    .trace = first_field_trace,
    .slots = { .getattr = object_generic_getattr,
               .repr = view_repr,
               .iter = values_iter,
               .length = view_length },
    .snapshot = values_snapshot,
};
const TypeSpec dict_items_spec = {
    .name = "dict_items",
    .basic_size = sizeof(DictView),
    .flags = TF_GC,
    .methods = items_methods,
    .getsets = view_getsets,
    .trace = first_field_trace,
    .slots = { .getattr = object_generic_getattr,
               .repr = view_repr,
               .compare = view_compare,
               .iter = items_iter,
               .length = view_length,
               .contains = items_contains,
               .subtract = view_subtract,
               .and = view_and,
               .or = view_or,
               .xor = view_xor },
    .snapshot = items_snapshot,
};
