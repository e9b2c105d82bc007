// The iterators over a list, forwards and backwards.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/list.h"
#include "objects/list_storage.h"

Type list_iterator_type;
Type list_reverse_iterator_type;

static Object *list_iterator_self(Object *self) {
    return self;
}

Object *list_iter(Object *list) {
    SeqIterator *it = (SeqIterator *)object_alloc(&list_iterator_type);
    if (it) {
        gc_init(&it->sequence, list);
        it->bias = step_bias_new();
    }
    return (Object *)it;
}

// The item, when the lock-free look found none but the index may be good.
static NOINLINE Object *list_look_again(Object *self, ssize_t i) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    Object *item = (size_t)i < (size_t)list->var.size ? list->items[i] : NULL;
    object_unlock(&list->allocated);
    return item;
}

static Object *list_iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *list = field_read(&it->sequence);
    if (!list) {
        return NULL;
    }
    ssize_t i = cursor_take_biased(&it->index, &it->bias);
    Object *item = list_read(list, i);
    if (LIKELY(item != NULL)) {
        return item;
    }
    item = list_look_again(list, i);
    if (!item) {
        gc_store(it, &it->sequence, NULL);
    }
    return item;
}

static ssize_t list_iterator_take_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    if (!it->sequence) {
        return 0;
    }
    ssize_t left = list_size(it->sequence) - it->index, count = left < most ? left : most;
    if (count <= 0) {
        return 0;
    }
    memcpy(items, ((List *)it->sequence)->items + it->index, (size_t)count * sizeof *items);
    it->index += count;
    return count;
}

static Object *list_iterator_length_hint_method(Object *self) {
    return seq_iterator_left(self, &list_type);
}

static Object *list_iterator_reduce_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *list = field_read(&it->sequence);
    return list ? reduce_iter_at(list, cursor_read(&it->index)) : reduce_iter_empty_list();
}

static Object *list_iterator_setstate_method(Object *self, Object *state) {
    return seq_iterator_move(self, state, &list_type);
}

static BuiltinDef list_iterator_methods[] = {
    BUILTIN("__length_hint__", list_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", list_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", list_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec list_iterator_spec = {
    .name = "list_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .instance_size = sizeof(SeqIterator),
    .flags = TF_GC,
    .methods = list_iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = list_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = list_iterator_self, .next = list_iterator_next },
};

// ---- backwards

Object *list_reversed_method(Object *list) {
    SeqIterator *it = (SeqIterator *)object_alloc(&list_reverse_iterator_type);
    if (it) {
        it->index = list_size(list) - 1;
        gc_init(&it->sequence, list);
    }
    return (Object *)it;
}

static Object *list_reverse_iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *list = field_read(&it->sequence);
    if (!list) {
        return NULL;
    }
    ssize_t i = cursor_take_down(&it->index);
    Object *item = i < 0 ? NULL : list_read(list, i);
    if (!item && i >= 0) {
        item = list_look_again(list, i);
    }
    if (!item) {
        __atomic_store_n(&it->index, -1, __ATOMIC_RELAXED);
        gc_store(it, &it->sequence, NULL);
    }
    return item;
}

static ssize_t list_reverse_iterator_take_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    if (!it->sequence || it->index >= list_size(it->sequence)) {
        return 0;
    }
    Object *const *from = ((List *)it->sequence)->items;
    ssize_t count = 0;
    for (; count < most && it->index >= 0; count++) {
        items[count] = from[it->index--];
    }
    return count;
}

static Object *list_reverse_iterator_length_hint_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *list = field_read(&it->sequence);
    ssize_t left = cursor_read(&it->index) + 1;
    return int_from_ssize(!list || list_size(list) < left ? 0 : left);
}

static Object *list_reverse_iterator_reduce_method(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *list = field_read(&it->sequence);
    ssize_t index = cursor_read(&it->index);
    if (!list) {
        return reduce_iter_empty_list();
    }
    Object *arguments = tuple_pack(1, list), *position = int_from_ssize(index);
    return arguments && position ? tuple_pack(3, &reversed_type, arguments, position) : NULL;
}

static Object *list_reverse_iterator_setstate_method(Object *self, Object *state) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t index = iterator_position(state);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    Object *list = field_read(&it->sequence);
    if (list) {
        ssize_t last = list_size(list) - 1;
        index = index < -1 ? -1 : index > last ? last : index;
        __atomic_store_n(&it->index, index, __ATOMIC_RELAXED);
    }
    return NONE;
}

static BuiltinDef list_reverse_iterator_methods[] = {
    BUILTIN("__length_hint__", list_reverse_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", list_reverse_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", list_reverse_iterator_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec list_reverse_iterator_spec = {
    .name = "list_reverseiterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .flags = TF_GC,
    .methods = list_reverse_iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = list_reverse_iterator_take_many,
    .slots = { .getattr = object_generic_getattr,
               .iter = list_iterator_self,
               .next = list_reverse_iterator_next },
};
