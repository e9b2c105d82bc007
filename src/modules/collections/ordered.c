// OrderedDict: a dict, and beside its table an order of its own.
//
// The order is a doubly linked list of the positions of the table's entries: node i belongs to entry i.
// So finding a key in the table also finds its node, and no second hash table is needed. When the dict
// gets a new table the nodes are laid out anew. Nodes hold their keys, because the methods of dict may be
// called on an OrderedDict and take entries away that the order still names.
//
// Both change together under the dict's lock. `state` counts changes of the order; iterators compare it.
#include "modules/collections/collections.h"
#include "objects/containers.h"
#include "objects/dict_internal.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/type.h"

typedef struct Node {
    Object *key;              // NULL: the position is not in the order
    uint32_t next, previous;  // positions + 1; 0: none
} Node;

typedef struct Order {
    Object base;
    DictTable *table;  // whose positions these are
    size_t limit;
    uint32_t first, last;
    Node nodes[];
} Order;

typedef struct OrderedDict {
    Dict dict;
    Order *order;  // NULL: nothing was ever inserted
    uint64_t state;
    Object *unused[4];
    Object *attributes, *weaklist;
} OrderedDict;  // CPython's PyODictObject: 112 bytes

typedef struct View {
    Object base;
    Object *dict;
} View;

typedef enum What { KEYS, VALUES, ITEMS } What;

static Type ordered_dict_type, order_type, iterator_type, keys_type, values_type, items_type;

static inline OrderedDict *ordered(Object *o) {
    return (OrderedDict *)o;
}
static inline bool ordered_check(Object *o) {
    return object_is_instance(o, &ordered_dict_type);
}

// ---- the order; all of this with the lock held

static void order_trace(Object *self, Tracer *tracer) {
    Order *order = (Order *)self;
    trace_cell(tracer, order->table);
    for (size_t i = 0; i < order->limit; i++) {
        trace_cell(tracer, order->nodes[i].key);
    }
}

static const TypeSpec order_spec = {
    .name = "ordered_dict_order",
    .is_internal = true,
    .basic_size = sizeof(Order),
    .trace = order_trace,
};

static void link_last(Order *order, uint32_t at, Object *key) {
    Node *node = &order->nodes[at - 1];
    gc_store(order, &node->key, key);
    node->next = 0;
    node->previous = order->last;
    *(order->last ? &order->nodes[order->last - 1].next : &order->first) = at;
    order->last = at;
}

static void link_first(Order *order, uint32_t at, Object *key) {
    Node *node = &order->nodes[at - 1];
    gc_store(order, &node->key, key);
    node->previous = 0;
    node->next = order->first;
    *(order->first ? &order->nodes[order->first - 1].previous : &order->last) = at;
    order->first = at;
}

static void unlink_node(Order *order, uint32_t at) {
    Node *node = &order->nodes[at - 1];
    *(node->previous ? &order->nodes[node->previous - 1].next : &order->first) = node->next;
    *(node->next ? &order->nodes[node->next - 1].previous : &order->last) = node->previous;
    gc_store(order, &node->key, NULL);
}

static Order *order_new(DictTable *table) {
    if (table->limit >= UINT32_MAX) {
        return (Order *)raise_memory_error();
    }
    Order *order = heap_alloc_cell(&order_type, sizeof(Order) + table->limit * sizeof(Node));
    if (order) {
        order->limit = table->limit;
        gc_init(&order->table, table);
        __atomic_store_n(&table->shared, true, __ATOMIC_RELAXED);
    }
    return order;
}

// Where the entry that stood at `position` of `old` stands in `table`; 0: nowhere. Runs no Python code.
static uint32_t find_again(DictTable *table, DictTable *old, Object *key, size_t position) {
    ssize_t found = dict_find_simple(table, key, old->entries[position].hash);
    for (size_t i = 0; found == DICT_UNDECIDED && i < table->count; i++) {
        if (table->entries[i].key == key && table->entries[i].value) {
            found = (ssize_t)i;
        }
    }
    return found < 0 ? 0 : (uint32_t)found + 1;
}

// Makes the order one of the dict's present table. -1 when memory is out.
static int order_sync(OrderedDict *self) {
    DictTable *table = self->dict.table;
    Order *old = self->order;
    if (LIKELY(old && old->table == table)) {
        return 0;
    }
    Order *order = order_new(table);
    if (!order) {
        return -1;
    }
    if (old && old->first) {
        // A table that was made from the old one has its live entries in the same order.
        uint32_t *moved = heap_alloc(size_max(old->limit, 1) * sizeof(uint32_t), CELL_BYTES);
        if (!moved) {
            return -1;
        }
        DictTable *before = old->table;
        for (size_t i = 0, k = 0; i < before->count; i++) {
            bool same = before->entries[i].value && k < table->count &&
                        table->entries[k].key == before->entries[i].key;
            moved[i] = same ? (uint32_t)++k : 0;
        }
        for (uint32_t at = old->first; at; at = old->nodes[at - 1].next) {
            Object *key = old->nodes[at - 1].key;
            uint32_t to = moved[at - 1] ? moved[at - 1] : find_again(table, before, key, at - 1);
            if (to && !order->nodes[to - 1].key) {
                link_last(order, to, key);
            }
        }
    }
    gc_store(self, &self->order, order);
    return 0;
}

// The node of the entry at `position`; 0 when the order does not have it.
static inline uint32_t node_at(OrderedDict *self, ssize_t position) {
    return self->order && self->order->nodes[position].key ? (uint32_t)position + 1 : 0;
}

// Adds an absent key at the end of both.
static int insert(OrderedDict *self, Object *key, Object *value, hash_t hash) {
    if (order_sync(self) < 0 || dict_insert_locked(&self->dict, key, value, hash) < 0) {
        return -1;
    }
    ssize_t position = (ssize_t)self->dict.table->count - 1;
    if (order_sync(self) < 0) {
        dict_delete_locked(&self->dict, position);
        return -1;
    }
    link_last(self->order, (uint32_t)position + 1, key);
    self->state++;
    return 0;
}

// ---- single operations

static int set_item(Object *o, Object *key, Object *value) {
    OrderedDict *self = ordered(o);
    hash_t hash = key_hash(key);
    ssize_t position = hash == -1 ? DICT_FAILED : dict_lock_and_find(&self->dict, key, hash);
    if (position == DICT_FAILED) {
        return -1;
    }
    int result = 0;
    if (position >= 0) {
        result = order_sync(self);
        if (result == 0) {
            dict_replace_locked(&self->dict, position, value);
            if (!node_at(self, position)) {
                link_last(self->order, (uint32_t)position + 1, self->dict.table->entries[position].key);
                self->state++;
            }
        }
    } else {
        result = insert(self, key, value, hash);
    }
    object_unlock(&self->dict.lock);
    return result;
}

// Takes the key out and returns its value. NULL without an exception when it is not in both.
static Object *take_out(Object *o, Object *key) {
    OrderedDict *self = ordered(o);
    hash_t hash = key_hash(key);
    ssize_t position = hash == -1 ? DICT_FAILED : dict_lock_and_find(&self->dict, key, hash);
    if (position == DICT_FAILED) {
        return NULL;
    }
    Object *value = NULL;
    if (position >= 0 && order_sync(self) == 0) {
        uint32_t node = node_at(self, position);
        if (node) {
            value = self->dict.table->entries[position].value;
            unlink_node(self->order, node);
            dict_delete_locked(&self->dict, position);
            self->state++;
        }
    }
    object_unlock(&self->dict.lock);
    return value;
}

static Object *raise_key_error(Object *key) {
    return raise_with(&exc_KeyError, tuple_pack(1, key));
}

// Where CPython takes a tuple for the exception's arguments, and None for none.
static Object *raise_bare_key(Object *key) {
    return raise_with(&exc_KeyError, key == NONE ? NULL : key);
}

static int ordered_setitem(Object *self, Object *key, Object *value) {
    if (value) {
        return set_item(self, key, value);
    }
    if (take_out(self, key)) {
        return 0;
    }
    return error_occurred() ? -1 : dict_delete(self, key);
}

// ---- walking

typedef struct Walk {
    OrderedDict *self;
    Order *order;
    uint64_t state;
    uint32_t at;  // the next node
    bool reverse;
} Walk;

static Walk walk_start(Object *o, bool reverse) {
    OrderedDict *self = ordered(o);
    object_lock(&self->dict.lock);
    Order *order = self->order;
    Walk walk = { self, order, self->state, !order ? 0 : reverse ? order->last : order->first, reverse };
    object_unlock(&self->dict.lock);
    return walk;
}

// The next key; with `value`, also its value (KeyError when the table does not have it). NULL at the end.
static Object *walk_step(Walk *walk, Object **value) {
    OrderedDict *self = walk->self;
    if (!walk->at) {
        return NULL;
    }
    object_lock(&self->dict.lock);
    bool good = self->state == walk->state && self->order == walk->order;
    Object *key = NULL, *found = NULL;
    bool stale = false;
    if (good) {
        Node *node = &walk->order->nodes[walk->at - 1];
        key = node->key;
        stale = walk->order->table != self->dict.table;
        found = stale ? NULL : self->dict.table->entries[walk->at - 1].value;
        walk->at = walk->reverse ? node->previous : node->next;
    }
    object_unlock(&self->dict.lock);
    if (!good) {
        return raise_error(&exc_RuntimeError, "OrderedDict mutated during iteration");
    }
    if (value) {
        // A class may hash as it likes: what the table says of its instances is what counts.
        if (UNLIKELY(stale || key->type->flags & TF_HEAP)) {
            found = dict_get((Object *)self, key);
        }
        if (!found) {
            return error_occurred() ? NULL : raise_key_error(key);
        }
        *value = found;
    }
    return key;
}

// Keys, values or pairs, as they are at one moment.
static Object *collect(Object *o, What what) {
    OrderedDict *self = ordered(o);
    Object *keys = list_new(dict_size(o)), *values = list_new(dict_size(o));
    bool ok = keys && values;
    object_lock(&self->dict.lock);
    Order *order = self->order;
    bool stale = order && order->table != self->dict.table;
    for (uint32_t at = order ? order->first : 0; ok && at; at = order->nodes[at - 1].next) {
        Object *key = order->nodes[at - 1].key, *value = NULL;
        if (what != KEYS && !stale && !(key->type->flags & TF_HEAP)) {
            value = self->dict.table->entries[at - 1].value;
        }
        ok = list_append(keys, key) == 0 && (what == KEYS || list_append(values, value ? value : keys) == 0);
    }
    object_unlock(&self->dict.lock);
    for (ssize_t i = 0; ok && what != KEYS && i < list_size(keys); i++) {
        Object *key = list_read(keys, i), *value = list_read(values, i);
        if (value == keys) {  // the table's own search says what it is, as in walk_step
            value = dict_get(o, key);
            if (!value) {
                return error_occurred() ? NULL : raise_key_error(key);
            }
        }
        value = what == ITEMS ? tuple_pack(2, key, value) : value;
        ok = value && list_set(values, i, value) == 0;
    }
    return !ok ? NULL : what == KEYS ? keys : values;
}

// ---- update, as MutableMapping does it

static int put(Object *self, Object *key, Object *value) {
    return self->type == &ordered_dict_type ? set_item(self, key, value) : object_setitem(self, key, value);
}

static int add_pair(Object *self, Object *pair) {
    if (tuple_check(pair) && pair->type == &tuple_type && tuple_size(pair) == 2) {
        return put(self, tuple_get(pair, 0), tuple_get(pair, 1));
    }
    Object *iterator = object_iter(pair);
    Object *key = iterator ? iter_next(iterator) : NULL, *value = key ? iter_next(iterator) : NULL;
    if (!value) {
        if (!error_occurred()) {
            raise_error(&exc_ValueError, "need more than %d value%s to unpack", key != NULL, key ? "" : "s");
        }
        return -1;
    }
    if (iter_next(iterator)) {
        raise_error(&exc_ValueError, "too many values to unpack (expected 2)");
    }
    return error_occurred() ? -1 : put(self, key, value);
}

static int add_pairs(Object *self, Object *pairs) {
    Object *iterator = object_iter_whole(pairs), *pair;
    if (!iterator) {
        return -1;
    }
    while ((pair = iter_next(iterator))) {
        if (add_pair(self, pair) < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static int update_from(Object *self, Object *other) {
    if (other->type == &dict_type) {
        Object *items = dict_items_list(other);
        return items ? add_pairs(self, items) : -1;
    }
    Object *method;
    int found = object_getattr_optional(other, names.keys, &method);
    if (found < 0) {
        return -1;
    }
    if (found) {
        Object *keys = call0(method), *iterator = keys ? object_iter_whole(keys) : NULL, *key;
        if (!iterator) {
            return -1;
        }
        while ((key = iter_next(iterator))) {
            Object *value = object_getitem(other, key);
            if (!value || put(self, key, value) < 0) {
                return -1;
            }
        }
        return error_occurred() ? -1 : 0;
    }
    found = object_getattr_optional(other, names.items, &method);
    if (found < 0) {
        return -1;
    }
    Object *pairs = found ? call0(method) : other;
    return pairs ? add_pairs(self, pairs) : -1;
}

static int update_from_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs && update_from(self, args[0]) < 0) {
        return -1;
    }
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        if (put(self, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- slots

static int ordered_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs > 1) {
        raise_error(&exc_TypeError, "expected at most 1 arguments, got %zu", nargs);
        return -1;
    }
    return update_from_call(self, args, nargs, kwnames);
}

static Object *items_list(Object *self) {
    Object *list = list_new(dict_size(self)), *key, *value;
    Walk walk = walk_start(self, false);
    while (list && (key = walk_step(&walk, &value))) {
        Object *pair = tuple_pack(2, key, value);
        if (!pair || list_append(list, pair) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : list;
}

static Object *ordered_repr(Object *self) {
    const char *name = type_short_name(self->type);
    if (!dict_size(self)) {
        return str_format("%s()", name);
    }
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("...");
    }
    Object *list;
    if (self->type == &ordered_dict_type) {
        list = items_list(self);
    } else {
        Object *items = call_method0(self, names.items);
        list = items ? sequence_list(items) : NULL;
    }
    Object *text = list ? str_format("%s(%R)", name, list) : NULL;
    repr_leave(&guard);
    return text;
}

static Object *ordered_compare(Object *self, Object *other, CompareOp op) {
    if (!ordered_check(self) || !dict_check(other) || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    Object *result = dict_type.info->slots.compare(self, other, CMP_EQ);
    if (!result) {
        return NULL;
    }
    bool equal = result == TRUE_OBJECT;
    if (equal && ordered_check(other)) {
        Walk left = walk_start(self, false), right = walk_start(other, false);
        while (equal) {
            Object *a = walk_step(&left, NULL);
            Object *b = a || !error_occurred() ? walk_step(&right, NULL) : NULL;
            if (error_occurred()) {
                return NULL;
            }
            if (!a || !b) {
                equal = a == b;
                break;
            }
            int same = object_compare_bool(a, b, CMP_EQ);
            if (same < 0) {
                return NULL;
            }
            equal = same;
        }
    }
    return bool_from(equal == (op == CMP_EQ));
}

static Object *ordered_or(Object *left, Object *right) {
    Object *self = ordered_check(left) ? left : right;
    if (!dict_check(left) || !dict_check(right)) {
        return NOT_IMPLEMENTED;
    }
    Object *result = call1((Object *)self->type, left);
    return result && update_from(result, right) == 0 ? result : NULL;
}

static Object *ordered_inplace_or(Object *self, Object *other) {
    return update_from(self, other) < 0 ? NULL : self;
}

// ---- methods

static Object *ordered_fromkeys(Object *type, Object *iterable, Object *value) {
    Object *result = call0(type), *iterator = result ? object_iter_whole(iterable) : NULL, *key;
    if (!iterator) {
        return NULL;
    }
    while ((key = iter_next(iterator))) {
        if (put(result, key, value ? value : NONE) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : result;
}

static Object *ordered_sizeof(Object *self) {
    // CPython has a node for each item and a table of them, beside the dict's.
    enum { NODE = 4 * sizeof(void *) };
    DictTable *table = dict_table_of(self);
    ssize_t size = dict_size_in_memory(self);
    if (table->limit) {
        size += (ssize_t)((table->mask + 1) * sizeof(void *)) + dict_size(self) * NODE;
    }
    return int_from_ssize(size);
}

static Object *ordered_reduce(Object *self) {
    Object *state = call_method0(self, names.__getstate__), *arguments = tuple_empty();
    Object *items = state && arguments ? call_method0(self, names.items) : NULL;
    Object *iterator = items ? object_iter(items) : NULL;
    return iterator ? tuple_pack(5, self->type, arguments, state, NONE, iterator) : NULL;
}

static Object *ordered_setdefault(Object *o, Object *key, Object *otherwise) {
    otherwise = otherwise ? otherwise : NONE;
    if (o->type != &ordered_dict_type) {
        int found = sequence_contains(o, key);
        if (found < 0) {
            return NULL;
        }
        return found ? object_getitem(o, key) : object_setitem(o, key, otherwise) < 0 ? NULL : otherwise;
    }
    OrderedDict *self = ordered(o);
    hash_t hash = key_hash(key);
    ssize_t position = hash == -1 ? DICT_FAILED : dict_lock_and_find(&self->dict, key, hash);
    if (position == DICT_FAILED) {
        return NULL;
    }
    Object *value = otherwise;
    if (position >= 0) {
        value = self->dict.table->entries[position].value;
    } else if (insert(self, key, otherwise, hash) < 0) {
        value = NULL;
    }
    object_unlock(&self->dict.lock);
    return value;
}

static Object *ordered_pop(Object *self, Object *key, Object *otherwise) {
    Object *value = take_out(self, key);
    return value || error_occurred() ? value : otherwise ? otherwise : raise_bare_key(key);
}

static Object *ordered_popitem(Object *o, Object *last) {
    OrderedDict *self = ordered(o);
    int at_end = last ? object_is_true(last) : 1;
    if (at_end < 0) {
        return NULL;
    }
    Object *key = NULL, *value = NULL;
    object_lock(&self->dict.lock);
    Order *order = self->order;
    uint32_t at = order ? at_end ? order->last : order->first : 0;
    if (at) {
        key = order->nodes[at - 1].key;
        if (order->table == self->dict.table && (value = self->dict.table->entries[at - 1].value)) {
            dict_delete_locked(&self->dict, at - 1);
        }
        unlink_node(order, at);
        self->state++;
    }
    object_unlock(&self->dict.lock);
    if (!key) {
        return raise_error(&exc_KeyError, "dictionary is empty");
    }
    if (!value && !(value = dict_pop(o, key, NULL))) {
        return NULL;
    }
    return tuple_pack(2, key, value);
}

static Object *ordered_move_to_end(Object *o, Object *key, Object *last) {
    OrderedDict *self = ordered(o);
    int to_end = last ? object_is_true(last) : 1;
    hash_t hash = to_end < 0 ? -1 : key_hash(key);
    ssize_t position = hash == -1 ? DICT_FAILED : dict_lock_and_find(&self->dict, key, hash);
    if (position == DICT_FAILED) {
        return NULL;
    }
    bool found = false;
    if (position >= 0 && order_sync(self) == 0) {
        Order *order = self->order;
        uint32_t at = node_at(self, position);
        found = at != 0;
        if (at && at != (to_end ? order->last : order->first)) {
            Object *own = order->nodes[at - 1].key;
            unlink_node(order, at);
            if (to_end) {
                link_last(order, at, own);
            } else {
                link_first(order, at, own);
            }
            self->state++;
        }
    }
    object_unlock(&self->dict.lock);
    return found ? NONE : error_occurred() ? NULL : raise_bare_key(key);
}

static Object *ordered_update(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs > 1) {
        return raise_error(&exc_TypeError, "update() takes at most 1 positional argument (%zu given)", nargs);
    }
    return update_from_call(self, args, nargs, kwnames) < 0 ? NULL : NONE;
}

static Object *ordered_clear(Object *o) {
    OrderedDict *self = ordered(o);
    object_lock(&self->dict.lock);
    dict_clear_locked(&self->dict);
    gc_store(self, &self->order, NULL);
    object_unlock(&self->dict.lock);
    return NONE;
}

static Object *ordered_copy(Object *self) {
    bool plain = self->type == &ordered_dict_type;
    Object *copy = call0((Object *)self->type), *key, *value;
    if (plain && runtime_multithreaded) {
        Object *items = copy ? collect(self, ITEMS) : NULL;
        return items && add_pairs(copy, items) == 0 ? copy : NULL;
    }
    Walk walk = walk_start(self, false);
    while (copy && (key = walk_step(&walk, plain ? &value : NULL))) {
        if (!plain && !(value = object_getitem(self, key))) {
            return NULL;
        }
        if (put(copy, key, value) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : copy;
}

// ---- iterators and views

typedef struct Iterator {
    Object base;
    Object *dict;  // NULL: exhausted
    Order *order;
    uint64_t state;
    ssize_t size;
    uint32_t at;
    uint8_t what;
    bool reverse;
    uint64_t unused;
} Iterator;  // 64 bytes, as in CPython

static void iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Iterator *)self)->dict);
    trace_cell(tracer, ((Iterator *)self)->order);
}

static Object *iterator_new(Object *dict, What what, bool reverse) {
    Iterator *it = (Iterator *)object_alloc(&iterator_type);
    if (it) {
        Walk walk = walk_start(dict, reverse);
        it->state = walk.state;
        it->size = dict_size(dict);
        it->at = walk.at;
        it->what = (uint8_t)what;
        it->reverse = reverse;
        gc_store(it, &it->dict, dict);
        gc_store(it, &it->order, walk.order);
    }
    return (Object *)it;
}

static Object *iterator_next(Object *self) {
    Iterator *it = (Iterator *)self;
    Object *dict = field_read(&it->dict);
    uint32_t at = __atomic_load_n(&it->at, __ATOMIC_RELAXED);
    if (!dict) {
        return NULL;
    }
    Object *key, *value = NULL;
    for (;;) {
        OrderedDict *od = ordered(dict);
        if (od->state == it->state && dict_size(dict) != it->size) {
            it->size = -1;
            return raise_error(&exc_RuntimeError, "OrderedDict changed size during iteration");
        }
        Walk walk = { od, it->order, it->state, at, it->reverse };
        if (!at && od->state != it->state) {
            return raise_error(&exc_RuntimeError, "OrderedDict mutated during iteration");
        }
        key = walk_step(&walk, it->what == KEYS ? NULL : &value);
        if (!key) {
            gc_store(it, &it->dict, NULL);
            return NULL;
        }
        // Each step is handed out once, also when threads share the iterator.
        if (__atomic_compare_exchange_n(&it->at, &at, walk.at, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            break;
        }
    }
    return it->what == KEYS ? key : it->what == VALUES ? value : tuple_pack(2, key, value);
}

static Object *iterator_self(Object *self) {
    return self;
}

static Object *iterator_reduce(Object *self) {
    Iterator *it = (Iterator *)self, *copy = (Iterator *)object_alloc(&iterator_type);
    if (!copy) {
        return NULL;
    }
    copy->state = it->state;
    copy->size = it->size;
    copy->at = it->at;
    copy->what = it->what;
    copy->reverse = it->reverse;
    gc_store(copy, &copy->dict, field_read(&it->dict));
    gc_store(copy, &copy->order, it->order);
    Object *list = sequence_list((Object *)copy);
    return list ? reduce_iter(list) : NULL;
}

static BuiltinDef iterator_methods[] = {
    BUILTIN("__reduce__", iterator_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec iterator_spec = {
    .name = "odict_iterator",
    .basic_size = sizeof(Iterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = iterator_trace,
    .slots = { .iter = iterator_self, .next = iterator_next, .getattr = object_generic_getattr },
};

static Object *ordered_iter(Object *self) {
    return iterator_new(self, KEYS, false);
}
static Object *ordered_reversed(Object *self) {
    return iterator_new(self, KEYS, true);
}

static Object *view_new(Type *type, Object *dict) {
    View *view = (View *)object_alloc(type);
    if (view) {
        gc_init(&view->dict, dict);
    }
    return (Object *)view;
}
static Object *ordered_keys(Object *self) {
    return view_new(&keys_type, self);
}
static Object *ordered_values(Object *self) {
    return view_new(&values_type, self);
}
static Object *ordered_items(Object *self) {
    return view_new(&items_type, self);
}

static Object *ordered_snapshot(Object *self) {
    return collect(self, KEYS);
}

static What what_of(Object *view) {
    return view->type == &keys_type ? KEYS : view->type == &values_type ? VALUES : ITEMS;
}
static Object *view_iter(Object *self) {
    return iterator_new(((View *)self)->dict, what_of(self), false);
}
static Object *view_snapshot(Object *self) {
    return collect(((View *)self)->dict, what_of(self));
}
static Object *view_reversed(Object *self) {
    return iterator_new(((View *)self)->dict, what_of(self), true);
}

static BuiltinDef view_methods[] = {
    BUILTIN("__reversed__", view_reversed, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec keys_spec = {
    .name = "odict_keys",
    .base = &dict_keys_type,
    .basic_size = sizeof(View),
    .methods = view_methods,
    .slots = { .iter = view_iter },
    .snapshot = view_snapshot,
};
static const TypeSpec values_spec = {
    .name = "odict_values",
    .base = &dict_values_type,
    .basic_size = sizeof(View),
    .methods = view_methods,
    .slots = { .iter = view_iter },
    .snapshot = view_snapshot,
};
static const TypeSpec items_spec = {
    .name = "odict_items",
    .base = &dict_items_type,
    .basic_size = sizeof(View),
    .methods = view_methods,
    .slots = { .iter = view_iter },
    .snapshot = view_snapshot,
};

// ---- the type

static void ordered_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ordered(self)->dict.table);
    trace_cell(tracer, ordered(self)->order);
    trace_cell(tracer, ordered(self)->attributes);
}

static Object *get_dict(Object *self, void *closure) {
    (void)closure;
    return instance_dict(self);
}
static int set_dict(Object *self, Object *dict, void *closure) {
    (void)closure;
    return instance_set_dict(self, dict);
}

static GetSetDef ordered_getsets[] = {
    { "__dict__", get_dict, set_dict, NULL, NULL },
    { 0 },
};

static BuiltinDef ordered_methods[] = {
    BUILTIN("fromkeys", ordered_fromkeys, "($type, /, iterable, value=None)", BUILTIN_CLASS, NULL),
    BUILTIN("__sizeof__", ordered_sizeof, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", ordered_reduce, "-($self, /)", 0, NULL),
    BUILTIN("setdefault", ordered_setdefault, "($self, /, key, default=None)", 0, NULL),
    BUILTIN("pop", ordered_pop, "($self, /, key, default=<unrepresentable>)", 0, NULL),
    BUILTIN("popitem", ordered_popitem, "($self, /, last=True)", 0, NULL),
    BUILTIN("keys", ordered_keys, "-($self, /)", 0, NULL),
    BUILTIN("values", ordered_values, "-($self, /)", 0, NULL),
    BUILTIN("items", ordered_items, "-($self, /)", 0, NULL),
    BUILTIN("update", ordered_update, NULL, 0, NULL),
    BUILTIN("clear", ordered_clear, "-($self, /)", 0, NULL),
    BUILTIN("copy", ordered_copy, "-($self, /)", 0, NULL),
    BUILTIN("__reversed__", ordered_reversed, "-($self, /)", 0, NULL),
    BUILTIN("move_to_end", ordered_move_to_end, "($self, /, key, last=True)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec ordered_dict_spec = {
    .name = "collections.OrderedDict",
    .base = &dict_type,
    .basic_size = sizeof(OrderedDict),
    .dict_offset = offsetof(OrderedDict, attributes),
    .weaklist_offset = offsetof(OrderedDict, weaklist),
    .lock_offset = offsetof(Dict, lock),
    .flags = TF_GC | TF_BASE | TF_DICT | TF_MAPPING,
    .methods = ordered_methods,
    .getsets = ordered_getsets,
    .trace = ordered_trace,
    .slots = { .init = ordered_init,
               .repr = ordered_repr,
               .compare = ordered_compare,
               .iter = ordered_iter,
               .setitem = ordered_setitem,
               .or = ordered_or,
               .inplace_or = ordered_inplace_or,
               .hash = object_hash_not_implemented },
    .snapshot = ordered_snapshot,
};

int collections_add_ordered_dict(Object *module) {
    return type_ready(&order_type, &order_spec) < 0 || type_ready(&iterator_type, &iterator_spec) < 0 ||
                   type_ready(&keys_type, &keys_spec) < 0 || type_ready(&values_type, &values_spec) < 0 ||
                   type_ready(&items_type, &items_spec) < 0
               ? -1
               : module_add_type(module, &ordered_dict_type, &ordered_dict_spec);
}
