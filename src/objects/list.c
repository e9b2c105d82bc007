// list: storage, the functions that list.h declares, and the methods. Sorting is in list_sort.c, the
// iterators are in list_iterators.c.
//
// Threads. A writer holds the list's lock. Whoever only reads one item takes none. Methods that call
// back (comparisons) read one item at a time without the lock and look at the size again each time.
// Methods that copy many items lock, so that what they copy is one moment's state.
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/list.h"
#include "objects/list_storage.h"
#include "objects/polling.h"
#include "objects/set.h"
#include "objects/type.h"

Type list_type;

const ListArray list_empty_array = { 0, { NULL } };

static void list_trace(Object *self, Tracer *tracer) {
    Object **items = ((List *)self)->items;
    if (items) {
        trace_cell(tracer, list_array(items));
    }
}

// ---- storage

// Room for `needed` items behind the present array: replaces it by a larger copy. The lock is held.
int list_grow(List *list, ssize_t needed) {
    Object **old = list->items;
    ssize_t size = list->var.size;
    size_t had = list_capacity(list);
    if ((size_t)needed > (SSIZE_LIMIT / sizeof(Object *)) - 16) {
        raise_memory_error();
        return -1;
    }
    // CPython's growth: sys.getsizeof shows it.
    size_t capacity = ((size_t)needed + ((size_t)needed >> 3) + 6) & ~(size_t)3;
    if (needed - size > (ssize_t)(capacity - (size_t)needed)) {
        capacity = ((size_t)needed + 3) & ~(size_t)3;
    }
    // The slots behind the capacity are NULL as far as the cell goes: a capacity may grow in place.
    if (had) {
        size_t room = heap_cell_size(list_array(old)) / sizeof(Object *) - 1;
        if ((size_t)needed <= room) {
            __atomic_store_n(&list_array(old)->capacity, size_min(capacity, room), __ATOMIC_RELEASE);
            return 0;
        }
    }
    // What grew once grows again, and there is no realloc: the cell is larger than the capacity says.
    Object **items = list_array_new((ssize_t)(had > 64 ? capacity + capacity / 2 : capacity));
    if (!items) {
        return -1;
    }
    list_array(items)->capacity = capacity;
    // Fresh and unpublished: plain stores will do.
    memcpy(items, old, (size_t)size * sizeof(Object *));
    gc_store(list, &list->items, items);
    heap_drop(list_array(old));
    return 0;
}

NOINLINE Object **list_array_new(ssize_t capacity) {
    if ((size_t)capacity > (SSIZE_LIMIT / sizeof(Object *)) - 16) {
        raise_memory_error();
        return NULL;
    }
    ListArray *array = heap_alloc(sizeof(size_t) + (size_t)capacity * sizeof(Object *), CELL_POINTERS);
    if (!array) {
        return NULL;
    }
    array->capacity = (size_t)capacity;
    return array->items;
}

// Points `list` at the empty array. The lock is held (or nobody else knows the list).
static void list_reset(List *list) {
    list_store_size(list, 0);
    gc_store(list, &list->items, list_empty_items());
}

static List *list_alloc(Type *type) {
    List *list = (List *)object_alloc(type);
    if (list) {
        list->items = list_empty_items();
        list->allocated = LIST_ALLOCATED;
    }
    return list;
}

Object *list_new(ssize_t capacity) {
    List *list = list_alloc(&list_type);
    if (!list || capacity <= 0) {
        return (Object *)list;
    }
    Object **items = list_array_new(capacity);
    if (!items) {
        return NULL;
    }
    gc_store(list, &list->items, items);
    return (Object *)list;
}

Object *list_from_array(Object *const *items, ssize_t size) {
    List *list = (List *)list_new(size);
    if (list && size) {
        memcpy(list->items, items, (size_t)size * sizeof(Object *));
        list->var.size = size;
        gc_dirty(list_array(list->items));
    }
    return (Object *)list;
}

// ---- single items

// The item at `i` while the lock is held; NULL when out of range.
static Object *list_get_locked(List *list, ssize_t i) {
    object_lock(&list->allocated);
    Object *item = (size_t)i < (size_t)list->var.size ? list->items[i] : NULL;
    object_unlock(&list->allocated);
    return item;
}

// As list_read, but NULL means for certain that the index is out of range.
static inline Object *list_at(Object *self, ssize_t i) {
    Object *item = list_read(self, i);
    if (UNLIKELY(!item) && (size_t)i < (size_t)list_size(self)) {
        item = list_get_locked((List *)self, i);
    }
    return item;
}

Object *list_get(Object *self, ssize_t i) {
    if (i < 0) {
        i += list_size(self);
    }
    Object *item = list_at(self, i);
    return item ? item : raise_error(&exc_IndexError, "list index out of range");
}

static int list_assign_error(void) {
    raise_error(&exc_IndexError, "list assignment index out of range");
    return -1;
}

int list_set(Object *self, ssize_t i, Object *item) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    if (i < 0) {
        i += list->var.size;
    }
    bool ok = (size_t)i < (size_t)list->var.size;
    if (ok) {
        list_store_item(list->items, i, item);
    }
    object_unlock(&list->allocated);
    return ok ? 0 : list_assign_error();
}

int list_append(Object *self, Object *item) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if (UNLIKELY((size_t)size >= list_capacity(list)) && list_grow(list, size + 1) < 0) {
        object_unlock(&list->allocated);
        return -1;
    }
    list_store_item(list->items, size, item);
    list_store_size(list, size + 1);
    object_unlock(&list->allocated);
    return 0;
}

int list_extend_array(Object *self, Object *const *items, ssize_t count) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if ((size_t)(size + count) > list_capacity(list) && list_grow(list, size + count) < 0) {
        object_unlock(&list->allocated);
        return -1;
    }
    gc_store_range(list_array(list->items), list->items + size, items, (size_t)count);
    list_store_size(list, size + count);
    object_unlock(&list->allocated);
    return 0;
}

// Opens or closes a gap: moves the items from `from` on to `to`. The lock is held, the capacity is
// there, and size is about to become size + to - from.
static void list_shift(List *list, ssize_t from, ssize_t to) {
    ssize_t size = list->var.size;
    gc_store_range(list_array(list->items), list->items + to, list->items + from, (size_t)(size - from));
}

// Clears the slots [from, to), which lie beyond the new size.
static void list_clear_slots(Object **items, ssize_t from, ssize_t to) {
    for (ssize_t i = from; i < to; i++) {
        __atomic_store_n(&items[i], NULL, __ATOMIC_RELAXED);
    }
}

int list_insert(Object *self, ssize_t i, Object *item) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if (i < 0) {
        i = i + size < 0 ? 0 : i + size;
    }
    if (i > size) {
        i = size;
    }
    if ((size_t)size >= list_capacity(list) && list_grow(list, size + 1) < 0) {
        object_unlock(&list->allocated);
        return -1;
    }
    list_shift(list, i, i + 1);
    list_store_item(list->items, i, item);
    list_store_size(list, size + 1);
    object_unlock(&list->allocated);
    return 0;
}

Object *list_pop(Object *self, ssize_t i) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if (i < 0) {
        i += size;
    }
    if (UNLIKELY((size_t)i >= (size_t)size)) {
        object_unlock(&list->allocated);
        return raise_error(&exc_IndexError, size ? "pop index out of range" : "pop from empty list");
    }
    Object *item = list->items[i];
    if (i == size - 1) {
        list_store_size(list, size - 1);
    } else {
        list_shift(list, i + 1, i);
        list_store_size(list, size - 1);
    }
    list_clear_slots(list->items, size - 1, size);
    object_unlock(&list->allocated);
    return item;
}

// ---- many items

Object *list_slice(Object *self, ssize_t start, ssize_t end) {
    List *list = (List *)self;
    // The copy is made before the lock is taken whenever possible; the length is checked again.
    for (;;) {
        ssize_t size = list_size(self);
        ssize_t from = start < 0 ? 0 : start > size ? size : start;
        ssize_t to = end < from ? from : end > size ? size : end;
        List *copy = (List *)list_new(to - from);
        if (!copy) {
            return NULL;
        }
        object_lock(&list->allocated);
        bool same = list->var.size == size;
        if (same) {
            memcpy(copy->items, list->items + from, (size_t)(to - from) * sizeof(Object *));
            copy->var.size = to - from;
        }
        object_unlock(&list->allocated);
        if (same) {
            gc_dirty(list_array(copy->items));
            return (Object *)copy;
        }
    }
}

Object *list_copy(Object *self) {
    return list_slice(self, 0, SSIZE_LIMIT);
}

Object *list_to_tuple(Object *self) {
    List *list = (List *)self;
    for (;;) {
        ssize_t size = list_size(self);
        Object *tuple = tuple_new(size);
        if (!tuple) {
            return NULL;
        }
        object_lock(&list->allocated);
        bool same = list->var.size == size;
        if (same) {
            memcpy(tuple_items(tuple), list->items, (size_t)size * sizeof(Object *));
        }
        object_unlock(&list->allocated);
        if (same) {
            gc_dirty(tuple);
            return tuple;
        }
    }
}

// Room for exactly `count` items in a list that never had any, as CPython gives list(sequence).
static int list_preallocate(List *list, ssize_t count) {
    if (list->items != list_empty_items() || count == 0) {
        return 0;
    }
    Object **items = list_array_new((count + 1) & ~(ssize_t)1);
    if (!items) {
        return -1;
    }
    gc_store(list, &list->items, items);
    return 0;
}

// Puts `count` items in place of [start, end), clipped to the size; `expected` is the size for which
// the caller computed them, or -1. Returns 1 when the size is another one by now.
static int list_splice(List *list, ssize_t start, ssize_t end, Object *const *items, ssize_t count,
                       ssize_t expected) {
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if (expected >= 0 && size != expected) {
        object_unlock(&list->allocated);
        return 1;
    }
    start = start < 0 ? 0 : start > size ? size : start;
    end = end < start ? start : end > size ? size : end;
    ssize_t change = count - (end - start);
    if (size + change == 0) {
        list_reset(list);
        object_unlock(&list->allocated);
        return 0;
    }
    if (size == 0 && list_preallocate(list, change) < 0) {
        object_unlock(&list->allocated);
        return -1;
    }
    if (change > 0 && (change > SSIZE_LIMIT - size || ((size_t)(size + change) > list_capacity(list) &&
                                                       list_grow(list, size + change) < 0))) {
        object_unlock(&list->allocated);
        if (!error_occurred()) {
            raise_memory_error();
        }
        return -1;
    }
    if (change) {
        list_shift(list, end, end + change);
    }
    gc_store_range(list_array(list->items), list->items + start, items, (size_t)count);
    list_store_size(list, size + change);
    if (change < 0) {
        list_clear_slots(list->items, size + change, size);
    }
    object_unlock(&list->allocated);
    return 0;
}

// Appends the present items of `other` (possibly the list itself) in one step.
static int list_extend_list(List *list, Object *other) {
    List *source = (List *)other;
    if (source == list) {
        Object *copy = list_copy(other);
        return copy ? list_splice(list, SSIZE_LIMIT, SSIZE_LIMIT, ((List *)copy)->items, list_size(copy), -1)
                    : -1;
    }
    object_lock_two(&list->allocated, &source->allocated);
    ssize_t size = list->var.size, count = source->var.size;
    int result = 0;
    if (count) {
        result = list_preallocate(list, count);
        if (result == 0 && (size_t)(size + count) > list_capacity(list)) {
            result = list_grow(list, size + count);
        }
        if (result == 0) {
            gc_store_range(list_array(list->items), list->items + size, source->items, (size_t)count);
            list_store_size(list, size + count);
        }
    }
    object_unlock_two(&list->allocated, &source->allocated);
    return result;
}

// Makes room for what an iterable announces; a failure to ask is a failure.
static int list_reserve(List *list, Object *iterable) {
    ssize_t hint = object_length_hint(iterable, 8);
    if (hint < 0) {
        return -1;
    }
    if (hint == 0 || hint > SSIZE_LIMIT - list_size((Object *)list)) {
        return 0;  // an exaggeration: grow as items come
    }
    if (hint > SSIZE_LIMIT / 16) {
        raise_memory_error();
        return -1;
    }
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    int result = 0;
    if ((size_t)(size + hint) > list_capacity(list)) {
        if (size == 0) {  // exactly, as CPython does for list(iterable)
            result = list_preallocate(list, hint);
        } else {
            result = list_grow(list, size + hint);
        }
    }
    object_unlock(&list->allocated);
    return result;
}

// Appends the characters of a text, some hundred at a time.
static int list_extend_characters(List *list, Object *text) {
    Object *piece[256];
    ssize_t length = str_length(text), count;
    if (list_reserve(list, text) < 0) {
        return -1;
    }
    for (ssize_t done = 0; done < length; done += count) {
        count = length - done < (ssize_t)COUNT_OF(piece) ? length - done : (ssize_t)COUNT_OF(piece);
        if (str_characters(text, done, count, piece) < 0 ||
            list_splice(list, SSIZE_LIMIT, SSIZE_LIMIT, piece, count, -1) < 0 || safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

// Appends what comes at once and fits in: where the array has to grow it does so for one item, as CPython's. Returns how
// many, or -1.
static NOINLINE ssize_t list_extend_many(List *list, Object *iterator) {
    Object *piece[64];
    ssize_t room = (ssize_t)list_capacity(list) - list_size((Object *)list);
    ssize_t most = room < (ssize_t)COUNT_OF(piece) ? room : (ssize_t)COUNT_OF(piece);
    ssize_t count = most > 1 ? iterator_take_many(iterator, piece, most) : 0;
    return count > 0 && list_extend_array((Object *)list, piece, count) < 0 ? -1 : count;
}

int list_extend(Object *self, Object *iterable) {
    List *list = (List *)self;
    if (list_check(iterable) && (iterable->type == &list_type || iterable == self)) {
        return list_extend_list(list, iterable);
    }
    if (iterable->type == &tuple_type) {
        return tuple_size(iterable) ? list_splice(list, SSIZE_LIMIT, SSIZE_LIMIT, tuple_items(iterable),
                                                  tuple_size(iterable), -1)
                                    : 0;
    }
    if (iterable->type == &dict_type || iterable->type == &dict_keys_type) {
        Object *keys = dict_keys_list(iterable->type == &dict_type ? iterable : ((Object **)iterable)[2]);
        return keys ? list_extend_list(list, keys) : -1;
    }
    if (iterable->type == &dict_values_type || iterable->type == &dict_items_type) {
        Object *dict = ((Object **)iterable)[2];
        Object *items = iterable->type == &dict_values_type ? dict_values_list(dict) : dict_items_list(dict);
        return items ? list_extend_list(list, items) : -1;
    }
    if (iterable->type == &str_type) {
        return list_extend_characters(list, iterable);
    }
    Object *iterator = object_iter_whole(iterable);
    if (!iterator || list_reserve(list, iterable) < 0) {
        return -1;
    }
    UnaryFn next = slots_of(iterator)->next;
    bool gives_many = iterator_gives_many(iterator);
    for (;;) {
        ssize_t many = gives_many && iterator_gives_many(iterator) ? list_extend_many(list, iterator) : 0;
        if (many) {
            if (many < 0 || safepoint() < 0) {
                return -1;
            }
            continue;
        }
        Object *item = next(iterator);
        if (UNLIKELY(!item)) {
            break;
        }
        if ((!list_append_in_place(self, item) && list_append(self, item) < 0) || safepoint() < 0) {
            return -1;
        }
    }
    if (error_occurred() && !error_clear_if(&exc_StopIteration)) {
        return -1;
    }
    return 0;
}

int list_set_slice(Object *self, ssize_t start, ssize_t end, Object *values) {
    if (!values) {
        return list_splice((List *)self, start, end, NULL, 0, -1);
    }
    Object *fast = values == self ? list_copy(values) : sequence_fast(values, "can only assign an iterable");
    if (!fast) {
        return -1;
    }
    if (list_check(fast)) {
        if (!runtime_multithreaded) {
            return list_splice((List *)self, start, end, ((List *)fast)->items, list_size(fast), -1);
        }
        fast = list_to_tuple(fast);
        if (!fast) {
            return -1;
        }
    }
    return list_splice((List *)self, start, end, tuple_items(fast), tuple_size(fast), -1);
}

int list_clear(Object *self) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    if (list->var.size || list_capacity(list)) { // else there is nothing to change (list.sort would notice)
        list_reset(list);
    }
    object_unlock(&list->allocated);
    return 0;
}

int list_reverse(Object *self) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    Object **items = list->items;
    for (ssize_t i = 0, j = list->var.size - 1; i < j; i++, j--) {
        Object *item = items[i];
        __atomic_store_n(&items[i], items[j], __ATOMIC_RELEASE);
        __atomic_store_n(&items[j], item, __ATOMIC_RELEASE);
    }
    if (list->var.size > 1) {
        gc_dirty(list_array(items));
    }
    object_unlock(&list->allocated);
    return 0;
}

// ---- slots

static Object *list_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return (Object *)list_alloc(type);
}

static int list_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    // A subclass's __new__ may have wanted the keywords.
    if (kwnames && tuple_size(kwnames) &&
        (self->type == &list_type || self->type->info->slots.new == list_new_slot) &&
        arguments_no_keywords("list", kwnames) < 0) {
        return -1;
    }
    if (arguments_check_count("list", nargs, 0, 1) < 0) {
        return -1;
    }
    if (list_size(self)) {
        list_clear(self);
    }
    return nargs ? list_extend(self, args[0]) : 0;
}

static Object *list_repr(Object *self) {
    if (list_size(self) == 0) {
        return str_from_cstring("[]");
    }
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("[...]");
    }
    StrBuilder builder;
    str_builder_init(&builder, 3 * list_size(self));
    bool ok = str_builder_char(&builder, '[') == 0;
    Object *item;
    for (ssize_t i = 0; ok && (item = list_at(self, i)); i++) {
        Object *text = object_repr(item);
        ok = text && (i == 0 || str_builder_bytes(&builder, ", ", 2) == 0) &&
             str_builder_str(&builder, text) == 0 && safepoint() == 0;
    }
    ok = ok && str_builder_char(&builder, ']') == 0;
    repr_leave(&guard);
    return ok ? str_builder_finish(&builder) : NULL;
}

static Object *list_compare(Object *self, Object *other, CompareOp op) {
    if (!list_check(self) || !list_check(other)) {
        return NOT_IMPLEMENTED;
    }
    if ((op == CMP_EQ || op == CMP_NE) && list_size(self) != list_size(other)) {
        return bool_from(op == CMP_NE);
    }
    Object *x = NULL, *y = NULL;
    ssize_t i = 0;
    if (!runtime_multithreaded) { // what is the same runs no Python code, and nobody changes the lists
        Object **p = ((List *)self)->items, **q = ((List *)other)->items;
        enum { POLL_EVERY = 1 << 20 };
        for (ssize_t n = list_size(self) < list_size(other) ? list_size(self) : list_size(other); i < n;
             i++) {
            if (p[i] != q[i] &&
                !(p[i]->type == &int_type && q[i]->type == &int_type && int_is_compact(p[i]) &&
                  int_is_compact(q[i]) && int_compact_value(p[i]) == int_compact_value(q[i]))) {
                break;
            }
            if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1)) {
                if (safepoint() < 0) {
                    return NULL;
                }
                // Signal handlers and finalizers may have changed the lists, or started a thread.
                if (p != ((List *)self)->items || q != ((List *)other)->items || runtime_multithreaded ||
                    n > list_size(self) || n > list_size(other)) {
                    i++;
                    break;
                }
            }
        }
    }
    for (;; i++) {
        x = list_at(self, i);
        y = list_at(other, i);
        if (!x || !y) {
            break;
        }
        if (x == y) {
            if (safepoint() < 0) {
                return NULL;
            }
            continue;
        }
        int same = object_compare_bool(x, y, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        if (!same && (i >= list_size(self) || i >= list_size(other))) {
            break; // the comparison shortened one: the lengths decide
        }
        if (!same) {
            return op == CMP_EQ ? FALSE_OBJECT : op == CMP_NE ? TRUE_OBJECT : object_compare(x, y, op);
        }
    }
    ssize_t a = list_size(self), b = list_size(other);
    bool result = op == CMP_LT   ? a < b
                  : op == CMP_LE ? a <= b
                  : op == CMP_EQ ? a == b
                  : op == CMP_NE ? a != b
                  : op == CMP_GT ? a > b
                                 : a >= b;
    return bool_from(result);
}

static ssize_t list_length(Object *self) {
    return list_size(self);
}

// A slice with any step, as one moment's state.
static Object *list_get_slice(Object *self, Object *key) {
    List *list = (List *)self;
    ssize_t first, last, step;
    if (slice_unpack(key, &first, &last, &step) < 0) {
        return NULL;
    }
    for (;;) {
        ssize_t start = first, stop = last, size = list_size(self);
        ssize_t count = slice_adjust(size, &start, &stop, step);
        List *result = (List *)list_new(count);
        if (!result || count <= 0) {
            return (Object *)result;
        }
        object_lock(&list->allocated);
        bool same = list->var.size == size;
        if (same) {
            if (step == 1) {
                memcpy(result->items, list->items + start, (size_t)count * sizeof(Object *));
            } else {
                for (ssize_t i = 0; i < count; i++) {
                    result->items[i] = list->items[start + i * step];
                }
            }
            result->var.size = count;
        }
        object_unlock(&list->allocated);
        if (same) {
            gc_dirty(list_array(result->items));
            return (Object *)result;
        }
    }
}

static Object *list_getitem(Object *self, Object *key) {
    if (LIKELY(int_check_exact(key) && int_is_compact(key))) {
        ssize_t i = (ssize_t)int_compact_value(key);
        Object *item = list_read(self, i < 0 ? i + list_size(self) : i);
        return LIKELY(item != NULL) ? item : list_get(self, i);
    }
    if (number_check_index(key)) {
        ssize_t i = index_value(key);
        return i == -1 && error_occurred() ? NULL : list_get(self, i);
    }
    if (key->type == &slice_type) {
        return list_get_slice(self, key);
    }
    return raise_error(&exc_TypeError, "list indices must be integers or slices, not %T", key);
}

static int list_delete_item(Object *self, ssize_t i) {
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    if (i < 0) {
        i += size;
    }
    bool ok = (size_t)i < (size_t)size;
    if (ok) {
        list_shift(list, i + 1, i);
        list_store_size(list, size - 1);
        list_clear_slots(list->items, size - 1, size);
    }
    object_unlock(&list->allocated);
    return ok ? 0 : list_assign_error();
}

// del list[start:stop:step] with |step| > 1, when the size is still `size`. 1: try again.
static int list_delete_steps(List *list, ssize_t size, ssize_t start, ssize_t step, ssize_t count) {
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    object_lock(&list->allocated);
    if (list->var.size != size) {
        object_unlock(&list->allocated);
        return 1;
    }
    Object **items = list->items;
    ssize_t to = start, next = start, removed = 0;
    for (ssize_t i = start; i < size; i++) {
        if (i == next && removed < count) {
            removed++;
            next += step;
            continue;
        }
        __atomic_store_n(&items[to++], items[i], __ATOMIC_RELEASE);
    }
    gc_dirty(list_array(items));
    list_store_size(list, size - count);
    list_clear_slots(items, size - count, size);
    object_unlock(&list->allocated);
    return 0;
}

static int list_set_steps(List *list, ssize_t size, ssize_t start, ssize_t step, ssize_t count,
                          Object *values) {
    if (tuple_size(values) != count) {
        raise_error(&exc_ValueError, "attempt to assign sequence of size %zd to extended slice of size %zd",
                    tuple_size(values), count);
        return -1;
    }
    object_lock(&list->allocated);
    if (list->var.size != size) {
        object_unlock(&list->allocated);
        return 1;
    }
    for (ssize_t i = 0; i < count; i++) {
        list_store_item(list->items, start + i * step, tuple_get(values, i));
    }
    object_unlock(&list->allocated);
    return 0;
}

static int list_assign_slice(Object *self, Object *key, Object *values) {
    ssize_t first, last, step;
    if (slice_unpack(key, &first, &last, &step) < 0) {
        return -1;
    }
    Object *tuple = NULL;
    if (values) {
        Object *fast = sequence_fast(values, step == 1 ? "can only assign an iterable"
                                                       : "must assign iterable to extended slice");
        tuple = !fast ? NULL : list_check(fast) ? list_to_tuple(fast) : fast;
        if (!tuple) {
            return -1;
        }
    }
    int again;
    do {
        ssize_t start = first, stop = last, size = list_size(self);
        ssize_t count = slice_adjust(size, &start, &stop, step);
        if ((step < 0 && start < stop) || (step > 0 && start > stop)) {
            stop = start;
        }
        if (step == 1) {
            again = list_splice((List *)self, start, stop, tuple ? tuple_items(tuple) : NULL,
                                tuple ? tuple_size(tuple) : 0, size);
        } else if (tuple) {
            again = list_set_steps((List *)self, size, start, step, count, tuple);
        } else {
            again = count > 0 ? list_delete_steps((List *)self, size, start, step, count) : 0;
        }
    } while (again > 0);
    return again;
}

static int list_setitem(Object *self, Object *key, Object *value) {
    if (LIKELY(int_check_exact(key) || number_check_index(key))) {
        ssize_t i = index_value(key);
        if (i == -1 && error_occurred()) {
            return -1;
        }
        return value ? list_set(self, i, value) : list_delete_item(self, i);
    }
    if (key->type == &slice_type) {
        return list_assign_slice(self, key, value);
    }
    raise_error(&exc_TypeError, "list indices must be integers or slices, not %T", key);
    return -1;
}

// With several threads: the first item of [start, stop) that equals `value`, in one step. SEARCH_NONE, or SEARCH_ASK: Python
// code has to compare, or there is one thread.
enum { SEARCH_NONE = -1, SEARCH_ASK = -2 };
static ssize_t search_locked(List *list, Object *value, ssize_t start, ssize_t stop) {
    for (ssize_t i = start; i < stop && i < list->var.size; i++) {
        bool same = list->items[i] == value;
        if (!same && !keys_compare_simple(list->items[i], value, &same)) {
            return SEARCH_ASK;
        }
        if (same) {
            return i;
        }
    }
    return SEARCH_NONE;
}

static ssize_t search_in_one_step(Object *self, Object *value, ssize_t start, ssize_t stop) {
    if (LIKELY(!runtime_multithreaded)) {
        return SEARCH_ASK;
    }
    List *list = (List *)self;
    object_lock(&list->allocated);
    ssize_t found = search_locked(list, value, start, stop);
    object_unlock(&list->allocated);
    return found;
}

static int list_contains(Object *self, Object *item) {
    ssize_t found = search_in_one_step(self, item, 0, SSIZE_LIMIT);
    if (found != SEARCH_ASK) {
        return found >= 0;
    }
    Object *other;
    for (ssize_t i = 0; (other = list_at(self, i)); i++) {
        int same = item == other ? 1 : object_compare_bool(other, item, CMP_EQ);
        if (same) {
            return same;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *list_concat(Object *self, Object *other) {
    if (!list_check(other)) {
        return raise_error(&exc_TypeError, "can only concatenate list (not \"%T\") to list", other);
    }
    List *a = (List *)self, *b = (List *)other;
    for (;;) {
        ssize_t m = list_size(self), n = list_size(other);
        List *result = (List *)list_new(m + n);
        if (!result) {
            return NULL;
        }
        object_lock_two(&a->allocated, &b->allocated);
        bool same = a->var.size == m && b->var.size == n;
        if (same) {
            memcpy(result->items, a->items, (size_t)m * sizeof(Object *));
            memcpy(result->items + m, b->items, (size_t)n * sizeof(Object *));
            result->var.size = m + n;
        }
        object_unlock_two(&a->allocated, &b->allocated);
        if (same) {
            gc_dirty(list_array(result->items));
            return (Object *)result;
        }
    }
}

// Fills target[0 .. size * count) with copies of target[0 .. size).
static void fill_repeated(Object **target, ssize_t size, ssize_t count) {
    if (size == 1) {
        for (ssize_t i = 1; i < count; i++) {
            target[i] = target[0];
        }
        return;
    }
    for (ssize_t done = size, total = size * count; done < total;) {
        ssize_t piece = done < total - done ? done : total - done;
        memcpy(target + done, target, (size_t)piece * sizeof(Object *));
        done += piece;
    }
}

static Object *list_repeat(Object *self, ssize_t count) {
    Object *copy = list_copy(self);
    if (!copy) {
        return NULL;
    }
    ssize_t size = list_size(copy);
    if (size == 0 || count <= 0) {
        return list_new(0);
    }
    if (count > SSIZE_LIMIT / size) {
        return raise_memory_error();
    }
    List *result = (List *)list_new(size * count);
    if (!result) {
        return NULL;
    }
    memcpy(result->items, ((List *)copy)->items, (size_t)size * sizeof(Object *));
    fill_repeated(result->items, size, count);
    result->var.size = size * count;
    gc_dirty(list_array(result->items));
    return (Object *)result;
}

static Object *list_inplace_repeat(Object *self, ssize_t count) {
    List *list = (List *)self;
    if (list_size(self) == 0 || count == 1) {
        return self;
    }
    if (count < 1) {
        list_clear(self);
        return self;
    }
    object_lock(&list->allocated);
    ssize_t size = list->var.size;
    bool fits = size == 0 || count <= SSIZE_LIMIT / size;
    Object **items = fits && size ? list_array_new(size * count) : NULL;
    if (items) {
        memcpy(items, list->items, (size_t)size * sizeof(Object *));
        fill_repeated(items, size, count);
        gc_store(list, &list->items, items);
        gc_dirty(list_array(items));
        list_store_size(list, size * count);
    }
    object_unlock(&list->allocated);
    if (!items && size) {
        return error_occurred() ? NULL : raise_memory_error();
    }
    return self;
}

static Object *list_inplace_concat(Object *self, Object *other) {
    return list_extend(self, other) < 0 ? NULL : self;
}

// ---- methods

static Object *list_getitem_method(Object *self, Object *key) {
    return list_getitem(self, key);
}

static Object *list_sizeof_method(Object *self) {
    Object **items = __atomic_load_n(&((List *)self)->items, __ATOMIC_ACQUIRE);
    return int_from_ssize(
        (ssize_t)(self->type->basic_size + ((ssize_t *)items)[-1] * (ssize_t)sizeof(Object *)));
}

static Object *list_clear_method(Object *self) {
    list_clear(self);
    return NONE;
}

static Object *list_copy_method(Object *self) {
    return list_copy(self);
}

static Object *list_append_method(Object *self, Object *item) {
    return list_append(self, item) < 0 ? NULL : NONE;
}

static Object *list_insert_method(Object *self, Object *index, Object *item) {
    ssize_t i = number_to_ssize(index);
    if (i == -1 && error_occurred()) {
        return NULL;
    }
    return list_insert(self, i, item) < 0 ? NULL : NONE;
}

static Object *list_extend_method(Object *self, Object *iterable) {
    return list_extend(self, iterable) < 0 ? NULL : NONE;
}

static Object *list_pop_method(Object *self, Object *index) {
    ssize_t i = -1;
    if (index) {
        i = number_to_ssize(index);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
    }
    return list_pop(self, i);
}

// The lock is held.
static void delete_locked(List *list, ssize_t i) {
    ssize_t size = list->var.size;
    list_shift(list, i + 1, i);
    list_store_size(list, size - 1);
    list_clear_slots(list->items, size - 1, size);
}

static Object *raise_not_there(void) {
    return raise_error(&exc_ValueError, "list.remove(x): x not in list");
}

static Object *list_remove_method(Object *self, Object *value) {
    List *list = (List *)self;
    if (UNLIKELY(runtime_multithreaded)) {
        object_lock(&list->allocated);
        ssize_t found = search_locked(list, value, 0, SSIZE_LIMIT);
        if (found >= 0) {
            delete_locked(list, found);
        }
        object_unlock(&list->allocated);
        if (found != SEARCH_ASK) {
            return found >= 0 ? NONE : raise_not_there();
        }
    }
    Object *item;
    for (ssize_t i = 0; (item = list_at(self, i)); i++) {
        int same = item == value ? 1 : object_compare_bool(item, value, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        if (!same) {
            continue;
        }
        if (!runtime_multithreaded) {
            return list_set_slice(self, i, i + 1, NULL) < 0 ? NULL : NONE;
        }
        // Only what was compared may go: another thread may have moved it.
        object_lock(&list->allocated);
        bool there = i < list->var.size && list->items[i] == item;
        if (there) {
            delete_locked(list, i);
        }
        object_unlock(&list->allocated);
        if (there) {
            return NONE;
        }
        i = -1;
    }
    return raise_not_there();
}

static Object *list_index_method(Object *self, Object *value, Object *start_arg, Object *stop_arg) {
    ssize_t start = 0, stop = SSIZE_LIMIT;
    if (slice_bound(start_arg, false, &start) < 0 || slice_bound(stop_arg, false, &stop) < 0) {
        return NULL;
    }
    ssize_t size = list_size(self);
    if (start < 0) {
        start = start + size < 0 ? 0 : start + size;
    }
    if (stop < 0) {
        stop = stop + size < 0 ? 0 : stop + size;
    }
    ssize_t found = search_in_one_step(self, value, start, stop);
    if (found >= 0) {
        return int_from_ssize(found);
    }
    Object *item;
    for (ssize_t i = start; found == SEARCH_ASK && i < stop && (item = list_at(self, i)); i++) {
        int same = item == value ? 1 : object_compare_bool(item, value, CMP_EQ);
        if (same) {
            return same < 0 ? NULL : int_from_ssize(i);
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
    return raise_error(&exc_ValueError, "%R is not in list", value);
}

static Object *list_count_method(Object *self, Object *value) {
    ssize_t count = 0;
    Object *item;
    if (UNLIKELY(runtime_multithreaded)) { // others may move items to places that were counted
        self = list_copy(self);
        if (!self) {
            return NULL;
        }
    }
    for (ssize_t i = 0; (item = list_at(self, i)); i++) {
        if (item == value) {
            count++;
            Object **items = ((List *)self)->items;
            ssize_t size = runtime_multithreaded ? 0 : list_size(self);
            for (size = size - i < POLL_STEPS ? size : i + POLL_STEPS; i + 1 < size && items[i + 1] == value;
                 i++) {
                count++;
            }
            if (safepoint() < 0) {
                return NULL;
            }
            continue;
        }
        int same = object_compare_bool(item, value, CMP_EQ);
        if (same < 0 || safepoint() < 0) {
            return NULL;
        }
        count += same;
    }
    return int_from_ssize(count);
}

static Object *list_reverse_method(Object *self) {
    list_reverse(self);
    return NONE;
}

static Object *list_sort_method(Object *self, Object *key, Object *reverse_arg) {
    int reverse = 0;
    if (reverse_arg) {
        reverse = reverse_arg == TRUE_OBJECT    ? 1
                  : reverse_arg == FALSE_OBJECT ? 0
                                                : int_to_c_int(reverse_arg);
        if (reverse == -1 && error_occurred()) {
            return NULL;
        }
    }
    return list_sort(self, key == NONE ? NULL : key, reverse != 0) < 0 ? NULL : NONE;
}

static Object *list_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static BuiltinDef list_methods[] = {
    BUILTIN("__getitem__", list_getitem_method, "-($self, object, /)", BUILTIN_COEXIST, NULL),
    BUILTIN("__reversed__", list_reversed_method, "($self, /)", 0, NULL),
    BUILTIN("__sizeof__", list_sizeof_method, "($self, /)", 0, NULL),
    BUILTIN("clear", list_clear_method, "($self, /)", 0, NULL),
    BUILTIN("copy", list_copy_method, "($self, /)", 0, NULL),
    BUILTIN("append", list_append_method, "($self, object, /)", 0, NULL),
    BUILTIN("insert", list_insert_method, "($self, index, object, /)", 0, NULL),
    BUILTIN("extend", list_extend_method, "($self, iterable, /)", 0, NULL),
    BUILTIN("pop", list_pop_method, "($self, index=-1, /)", 0, NULL),
    BUILTIN("remove", list_remove_method, "($self, value, /)", 0, NULL),
    BUILTIN("index", list_index_method, "($self, value, start=0, stop=sys.maxsize, /)", 0, NULL),
    BUILTIN("count", list_count_method, "($self, value, /)", 0, NULL),
    BUILTIN("reverse", list_reverse_method, "($self, /)", 0, NULL),
    BUILTIN("sort", list_sort_method, "($self, /, *, key=None, reverse=False)", 0, NULL),
    BUILTIN("__class_getitem__", list_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

const TypeSpec list_spec = {
    .name = "list",
    .basic_size = sizeof(List),
    .lock_offset = offsetof(List, allocated),
    .flags = TF_GC | TF_BASE | TF_LIST | TF_SEQUENCE | TF_MATCH_SELF,
    .is_sequence = true,
    .doc = "list(iterable=(), /)\n--\n\n",
    .methods = list_methods,
    .trace = list_trace,
    .making_keeps_nothing = true,
    .snapshot = list_copy,
    .slots = {
        .new = list_new_slot,
        .init = list_init,
        .repr = list_repr,
        .compare = list_compare,
        .iter = list_iter,
        .length = list_length,
        .getitem = list_getitem,
        .setitem = list_setitem,
        .contains = list_contains,
        .concat = list_concat,
        .inplace_concat = list_inplace_concat,
        .repeat = list_repeat,
        .inplace_repeat = list_inplace_repeat,
        .getattr = object_generic_getattr,
    },
};
