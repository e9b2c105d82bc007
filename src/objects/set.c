// set and frozenset: the types, their operations and the iterator. Tables are in set_table.c.
#include "objects/abstract.h"
#include "objects/set.h"
#include "objects/containers.h"
#include "objects/dict_internal.h"
#include "objects/list.h"
#include "objects/set_internal.h"
#include "objects/type.h"

Type set_type, frozenset_type, set_iterator_type;

static void set_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Set *)self)->table);
}

static Object *set_alloc(Type *type) {
    Set *set = (Set *)object_alloc(type);
    if (set) {
        set->table = set_empty_table();
        set->hash = -1;
    }
    return (Object *)set;
}

static Object *set_make(Type *type, Object *iterable) {
    Object *set = set_alloc(type);
    return set && (!iterable || set_update(set, iterable) == 0) ? set : NULL;
}

Object *set_new(Object *iterable) {
    return set_make(&set_type, iterable);
}
Object *frozenset_new(Object *iterable) {
    return iterable && iterable->type == &frozenset_type ? iterable : set_make(&frozenset_type, iterable);
}

ssize_t set_size(Object *self) {
    return cursor_read(&((Set *)self)->used);
}

static bool is_plain_set(Object *o) {
    return object_is_instance(o, &set_type);
}

int set_add(Object *self, Object *key) {
    hash_t hash = key_hash(key);
    return hash == -1 ? -1 : set_add_hashed((Set *)self, key, hash);
}

// The hash of a key that is looked for; an unhashable set is looked for as a frozenset of it.
static hash_t lookup_hash(Object **key) {
    hash_t hash = object_hash(*key);
    if (hash == -1 && is_plain_set(*key) && error_clear_if(&exc_TypeError)) {
        *key = set_make(&frozenset_type, *key);
        hash = *key ? object_hash(*key) : -1;
    }
    return hash;
}

int set_discard(Object *self, Object *key) {
    hash_t hash = lookup_hash(&key);
    return hash == -1 ? -1 : set_discard_hashed((Set *)self, key, hash);
}

int set_contains(Object *self, Object *key) {
    hash_t hash = lookup_hash(&key);
    return hash == -1 ? -1 : set_contains_hashed((Set *)self, key, hash);
}

enum { PIECE = 4096, SMALL_PIECE = 64, RANGE_PIECE = 512 };

int set_update_array(Object *self, Object *const *keys, ssize_t count) {
    Set *set = (Set *)self;
    for (ssize_t i = 0; i < count; i++) {
        ssize_t added = set_add_plain(set, keys + i, count - i < PIECE ? count - i : PIECE);
        if (added < 0 || safepoint() < 0) {
            return -1;
        }
        i += added;
        if (i < count && set_add(self, keys[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static NOINLINE int add_characters(Set *set, Object *text) {
    Object *piece[SMALL_PIECE];
    for (ssize_t done = 0, length = str_length(text), count; done < length; done += count) {
        count = length - done < SMALL_PIECE ? length - done : SMALL_PIECE;
        if (str_characters(text, done, count, piece) < 0 ||
            set_update_array((Object *)set, piece, count) < 0) {
            return -1;
        }
    }
    return 0;
}

// Adds the next ints of a range: 1, 0 when there is none, -1. (Among the items of other iterators may be one without a hash:
// then those behind it must still be there.)
static NOINLINE int add_of_range(Set *set, Object *iterator) {
    Object *piece[RANGE_PIECE];
    ssize_t count = iterator_take_many(iterator, piece, RANGE_PIECE);
    return count <= 0 ? (int)count : set_update_array((Object *)set, piece, count) < 0 ? -1 : 1;
}

// Adds the next items of another container's iterator, up to one that has no plain hash: false, and it is still there.
static NOINLINE int add_peeked(Set *set, Object *iterator, bool *go_on) {
    PeekedItems peeked;
    if (!iterator_peek(iterator, &peeked)) {
        *go_on = false;
        return error_occurred() ? -1 : 0;
    }
    ssize_t added = set_add_plain(set, peeked.items, peeked.count);
    if (added < 0) {
        return -1;
    }
    *go_on = added == peeked.count;
    if (!*go_on) {
        iterator_rewind(iterator, &peeked, added);
    }
    return safepoint();
}

int set_update(Object *self, Object *iterable) {
    Set *set = (Set *)self;
    if (set_check(iterable)) {
        return set_merge(set, (Set *)iterable);
    }
    if (iterable->type == &dict_type) {
        ssize_t size = dict_size(iterable);
        object_lock(&set->lock);
        int grown = (size_t)(set->fill + size) * 5 >= set->table->mask * 3
                        ? set_resize(set, (set->used + size) * 2)
                        : 0;
        object_unlock(&set->lock);
        Object *source = runtime_multithreaded ? dict_copy(iterable) : iterable;
        return !source || grown < 0 ? -1 : set_merge_keys(set, source);
    }
    Object *iterator, *key;
    if (iterable->type == &tuple_type) {
        return set_update_array(self, tuple_items(iterable), tuple_size(iterable));
    }
    if (iterable->type == &str_type) {
        return add_characters(set, iterable);
    }
    if (iterable->type == &list_type) {
        for (ssize_t i = 0; i < list_size(iterable); i++) {
            if (!runtime_multithreaded) {
                ssize_t left = list_size(iterable) - i;
                ssize_t added = set_add_plain(set, ((List *)iterable)->items + i,
                                              left < PIECE ? left : PIECE);
                if (added < 0) {
                    return -1;
                }
                i += added;
                if (i >= list_size(iterable)) {
                    break;
                }
            }
            key = list_read(iterable, i);
            if (UNLIKELY(!key) && !(key = list_get(iterable, i))) {
                return error_clear_if(&exc_IndexError) ? 0 : -1;
            }
            if (set_add(self, key) < 0 || safepoint() < 0) {
                return -1;
            }
        }
        return 0;
    }
    iterator = object_iter_whole(iterable);
    if (!iterator) {
        return -1;
    }
    for (bool peeks = iterator->type != &range_iterator_type; peeks;) {
        if (add_peeked(set, iterator, &peeks) < 0) {
            return -1;
        }
    }
    for (;;) {
        int many = iterator->type == &range_iterator_type ? add_of_range(set, iterator) : 0;
        if (many < 0) {
            return -1;
        }
        if (many) {
            continue;
        }
        if (!(key = iterator_step(iterator))) {
            return error_occurred() ? -1 : 0;
        }
        if (set_add(self, key) < 0) {
            return -1;
        }
    }
}

// ---- slots

static Object *set_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return set_alloc(type);
}

// -1: not yet, or of a set.
static hash_t frozenset_known_hash(Object *self) {
    return __atomic_load_n(&((Set *)self)->hash, __ATOMIC_RELAXED);
}

static void set_known_hash(Set *set, hash_t hash) {
    __atomic_store_n(&set->hash, hash, __ATOMIC_RELAXED);
}

static int set_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && tuple_size(kwnames) && arguments_no_keywords("set", kwnames) < 0) {
        return -1;
    }
    if (arguments_check_count("set", nargs, 0, 1) < 0) {
        return -1;
    }
    if (((Set *)self)->fill) {
        set_clear(self);
    }
    set_known_hash((Set *)self, -1);
    return nargs ? set_update(self, args[0]) : 0;
}

static Object *frozenset_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &frozenset_type, "frozenset", kwnames) < 0 ||
        arguments_check_count("frozenset", nargs, 0, 1) < 0) {
        return NULL;
    }
    if (type == &frozenset_type && nargs && args[0]->type == &frozenset_type) {
        return args[0];
    }
    return set_make(type, nargs ? args[0] : NULL);
}

static Object *set_repr(Object *self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_format("%T(...)", self);
    }
    Object *text = NULL;
    if (set_size(self) == 0) {
        text = str_format("%T()", self);
    } else {
        Object *list = sequence_list(self);
        Object *inner = list ? object_repr(list) : NULL;
        inner = inner ? str_substring(inner, 1, str_length(inner) - 1) : NULL;
        text = !inner                    ? NULL
               : self->type == &set_type ? str_format("{%U}", inner)
                                         : str_format("%T({%U})", self, inner);
    }
    repr_leave(&guard);
    return text;
}

static hash_t frozenset_hash(Object *self) {
    Set *set = (Set *)self;
    hash_t known = frozenset_known_hash(self);
    if (known != -1) {
        return known;
    }
    // Independent of the order; the number of unused and deleted places is factored out.
    uint64_t hash = 0;
    const SetTable *table = field_address(&set->table);
    Object *key;
    hash_t h;
    for (size_t i = 0; i <= table->mask; i++) {
        if (!set_entry_read(&table->entries[i], &key, &h)) {
            continue;
        }
        uint64_t u = (uint64_t)h;
        hash ^= ((u ^ 89869747ull) ^ (u << 16)) * 3644798167ull;
    }
    hash ^= ((uint64_t)set->used + 1) * 1927868237ull;
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash * 69069ull + 907133923ull;
    if (hash == (uint64_t)-1) {
        hash = 590923713ull;
    }
    set_known_hash(set, (hash_t)hash);
    return (hash_t)hash;
}

// Whether all of `a` is in `b`, both sets.
static int is_subset(Object *a, Object *b) {
    if (set_size(a) > set_size(b)) {
        return 0;
    }
    return set_contains_each((Set *)b, (Set *)a, true);
}

static Object *set_compare(Object *self, Object *other, CompareOp op) {
    if (!set_check(self) || !set_check(other)) {
        return NOT_IMPLEMENTED;
    }
    ssize_t a = set_size(self), b = set_size(other);
    hash_t x = frozenset_known_hash(self), y = frozenset_known_hash(other);
    int result = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE: result = a != b || (x != -1 && y != -1 && x != y) ? 0 : is_subset(self, other); break;
    case CMP_LE: result = is_subset(self, other); break;
    case CMP_GE: result = is_subset(other, self); break;
    case CMP_LT: result = a < b ? is_subset(self, other) : 0; break;
    case CMP_GT: result = a > b ? is_subset(other, self) : 0; break;
    }
    return result < 0 ? NULL : bool_from(result == (op != CMP_NE));
}

static Object *set_copy_as(Object *self, Type *type) {
    return set_make(type, self);
}

// The built-in type of a result: operators give set or frozenset as the left operand is.
static Type *base_type(Object *o) {
    return is_plain_set(o) ? &set_type : &frozenset_type;
}

static int difference_update(Object *self, Object *other) {
    if (self == other) {
        set_clear(self);
        return 0;
    }
    if (set_check(other)) {
        ssize_t position = 0;
        Object *key;
        hash_t hash;
        while (set_next(other, &position, &key, &hash)) {
            if (set_discard_hashed((Set *)self, key, hash) < 0) {
                return -1;
            }
        }
    } else {
        Object *iterator = object_iter_whole(other), *key;
        if (!iterator) {
            return -1;
        }
        while ((key = iterator_step(iterator))) {
            hash_t hash = key_hash(key);
            if (hash == -1 || set_discard_hashed((Set *)self, key, hash) < 0) {
                return -1;
            }
        }
        if (error_occurred()) {
            return -1;
        }
    }
    Set *set = (Set *)self;
    object_lock(&set->lock);
    int result = 0;
    if ((size_t)(set->fill - set->used) > set->table->mask / 4) {
        result = set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4);
    }
    object_unlock(&set->lock);
    return result;
}

static Object *difference(Object *self, Object *other) {
    Object *result = set_alloc(base_type(self));
    if (!result) {
        return NULL;
    }
    bool is_set = set_check(other);
    if (!is_set && !dict_check_exact(other)) {
        return set_update(result, self) < 0 || difference_update(result, other) < 0 ? NULL : result;
    }
    if (set_size(self) >> 2 > (is_set ? set_size(other) : dict_size(other))) {
        // Much larger: copy and remove, as CPython does; the order of the result shows it.
        if (set_update(result, self) < 0) {
            return NULL;
        }
        ssize_t position = 0;
        Object *key;
        hash_t hash;
        while (is_set ? set_next(other, &position, &key, &hash)
                      : dict_next(other, &position, &key, NULL, &hash)) {
            if (set_discard_hashed((Set *)result, key, hash) < 0) {
                return NULL;
            }
        }
        return result;
    }
    if (is_set) {
        return set_filter((Set *)result, (Set *)self, (Set *)other, false) < 0 ? NULL : result;
    }
    const SetTable *table = field_address(&((Set *)self)->table);
    Object *key;
    hash_t hash;
    for (size_t i = 0; i <= table->mask; i++) {
        if (!set_entry_read(&table->entries[i], &key, &hash)) {
            continue;
        }
        bool found = dict_get_hashed(other, key, hash) != NULL;
        if ((!found && error_occurred()) || (!found && set_add_hashed((Set *)result, key, hash) < 0)) {
            return NULL;
        }
    }
    return result;
}

static Object *intersection(Object *self, Object *other) {
    if (self == other) {
        return set_copy_as(self, base_type(self));
    }
    Object *result = set_alloc(base_type(self)), *key;
    if (!result) {
        return NULL;
    }
    if (set_check(other)) {
        if (set_size(other) > set_size(self)) {
            Object *swap = self;
            self = other;
            other = swap;
        }
        return set_filter((Set *)result, (Set *)other, (Set *)self, true) < 0 ? NULL : result;
    }
    Object *iterator = object_iter_whole(other);
    if (!iterator) {
        return NULL;
    }
    while ((key = iterator_step(iterator))) {
        hash_t hash = key_hash(key);
        int found = hash == -1 ? -1 : set_contains_hashed((Set *)self, key, hash);
        if (found < 0 || (found && set_add_hashed((Set *)result, key, hash) < 0)) {
            return NULL;
        }
        if (found && set_size(result) == set_size(self)) {
            return result; // nothing can be added: CPython asks for no more items, either
        }
    }
    return error_occurred() ? NULL : result;
}

// Gives `self` the contents of `from`, a fresh set.
static void take_contents(Object *self, Object *from) {
    Set *set = (Set *)self, *other = (Set *)from;
    object_lock(&set->lock);
    set->fill = other->fill;
    __atomic_store_n(&set->used, other->used, __ATOMIC_RELAXED);
    gc_store(set, &set->table, other->table);
    object_unlock(&set->lock);
}

static int symmetric_update(Object *self, Object *other) {
    if (self == other) {
        set_clear(self);
        return 0;
    }
    ssize_t position = 0;
    Object *key;
    hash_t hash;
    bool is_dict = dict_check_exact(other);
    if (!is_dict && !set_check(other)) {
        other = set_make(base_type(self), other);
        if (!other) {
            return -1;
        }
    }
    while (is_dict ? dict_next(other, &position, &key, NULL, &hash)
                   : set_next(other, &position, &key, &hash)) {
        int found = set_discard_hashed((Set *)self, key, hash);
        if (found < 0 || (!found && set_add_hashed((Set *)self, key, hash) < 0)) {
            return -1;
        }
    }
    return 0;
}

static Object *symmetric_difference(Object *self, Object *other) {
    Object *result = set_make(base_type(self), other);
    return result && symmetric_update(result, self) == 0 ? result : NULL;
}

static Object *set_or(Object *self, Object *other) {
    if (!set_check(self) || !set_check(other)) {
        return NOT_IMPLEMENTED;
    }
    Object *result = set_copy_as(self, base_type(self));
    return result && (self == other || set_update(result, other) == 0) ? result : NULL;
}
static Object *set_and(Object *self, Object *other) {
    return set_check(self) && set_check(other) ? intersection(self, other) : NOT_IMPLEMENTED;
}
static Object *set_subtract(Object *self, Object *other) {
    return set_check(self) && set_check(other) ? difference(self, other) : NOT_IMPLEMENTED;
}
static Object *set_xor(Object *self, Object *other) {
    return set_check(self) && set_check(other) ? symmetric_difference(self, other) : NOT_IMPLEMENTED;
}
static Object *set_ior(Object *self, Object *other) {
    return !set_check(other) ? NOT_IMPLEMENTED : set_update(self, other) < 0 ? NULL : self;
}
static Object *set_iand(Object *self, Object *other) {
    if (!set_check(other)) {
        return NOT_IMPLEMENTED;
    }
    Object *result = intersection(self, other);
    if (!result) {
        return NULL;
    }
    take_contents(self, result);
    return self;
}
static Object *set_isub(Object *self, Object *other) {
    return !set_check(other) ? NOT_IMPLEMENTED : difference_update(self, other) < 0 ? NULL : self;
}
static Object *set_ixor(Object *self, Object *other) {
    return !set_check(other) ? NOT_IMPLEMENTED : symmetric_update(self, other) < 0 ? NULL : self;
}

// ---- methods

static Object *set_add_method(Object *self, Object *key) {
    return set_add(self, key) < 0 ? NULL : NONE;
}
static Object *set_clear_method(Object *self) {
    set_clear(self);
    return NONE;
}
static Object *set_contains_method(Object *self, Object *key) {
    int found = set_contains(self, key);
    return found < 0 ? NULL : bool_from(found);
}
static Object *set_discard_method(Object *self, Object *key) {
    return set_discard(self, key) < 0 ? NULL : NONE;
}
static Object *set_remove_method(Object *self, Object *key) {
    int found = set_discard(self, key);
    if (found == 0) {
        return raise_with(&exc_KeyError, tuple_pack(1, key));
    }
    return found < 0 ? NULL : NONE;
}
static Object *set_pop_method(Object *self) {
    return set_pop(self);
}
static Object *set_copy_method(Object *self) {
    return set_copy_as(self, self->type == &set_type || self->type == &frozenset_type ? self->type
                                                                                      : base_type(self));
}
static Object *frozenset_copy_method(Object *self) {
    return self->type == &frozenset_type ? self : set_copy_as(self, &frozenset_type);
}

static int set_no_keywords(Object *self, const char *name, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "%s.%s() takes no keyword arguments", base_type(self)->name, name);
        return -1;
    }
    return 0;
}

static Object *set_difference_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "difference", kw) < 0) {
        return NULL;
    }
    if (nargs == 0) {
        return set_copy_as(self, base_type(self));
    }
    Object *result = difference(self, args[0]);
    for (size_t i = 1; result && i < nargs; i++) {
        result = difference_update(result, args[i]) < 0 ? NULL : result;
    }
    return result;
}
static Object *set_difference_update_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "difference_update", kw) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < nargs; i++) {
        if (difference_update(self, args[i]) < 0) {
            return NULL;
        }
    }
    return NONE;
}
static Object *set_intersection_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "intersection", kw) < 0) {
        return NULL;
    }
    if (nargs == 0) {
        return set_copy_as(self, base_type(self));
    }
    Object *result = self;
    for (size_t i = 0; result && i < nargs; i++) {
        result = intersection(result, args[i]);
    }
    // Swapping the operands must not change the kind of the result.
    return result && base_type(result) != base_type(self) ? set_copy_as(result, base_type(self)) : result;
}
static Object *set_intersection_update_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "intersection_update", kw) < 0) {
        return NULL;
    }
    Object *result = set_intersection_method(self, args, nargs, kw);
    if (!result) {
        return NULL;
    }
    take_contents(self, result);
    return NONE;
}
static Object *set_union_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "union", kw) < 0) {
        return NULL;
    }
    Object *result = set_copy_as(self, base_type(self));
    for (size_t i = 0; result && i < nargs; i++) {
        if (args[i] != self && set_update(result, args[i]) < 0) {
            return NULL;
        }
    }
    return result;
}
static Object *set_update_method(Object *self, Object *const *args, size_t nargs, Object *kw) {
    if (set_no_keywords(self, "update", kw) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < nargs; i++) {
        if (set_update(self, args[i]) < 0) {
            return NULL;
        }
    }
    return NONE;
}
static Object *set_symmetric_difference_method(Object *self, Object *other) {
    return symmetric_difference(self, other);
}
static Object *set_symmetric_difference_update_method(Object *self, Object *other) {
    return symmetric_update(self, other) < 0 ? NULL : NONE;
}
static Object *set_isdisjoint_method(Object *self, Object *other) {
    if (self == other) {
        return bool_from(set_size(self) == 0);
    }
    if (set_check(other) && set_size(other) > set_size(self)) {
        Object *swap = self;
        self = other;
        other = swap;
    }
    if (set_check(other)) {
        int none = set_contains_each((Set *)self, (Set *)other, false);
        return none < 0 ? NULL : bool_from(none);
    }
    Object *iterator = object_iter_whole(other), *key;
    if (!iterator) {
        return NULL;
    }
    while ((key = iterator_step(iterator))) {
        hash_t hash = key_hash(key);
        int found = hash == -1 ? -1 : set_contains_hashed((Set *)self, key, hash);
        if (found) {
            return found < 0 ? NULL : FALSE_OBJECT;
        }
    }
    return error_occurred() ? NULL : TRUE_OBJECT;
}
static Object *set_issubset_method(Object *self, Object *other) {
    if (!set_check(other)) {
        other = set_new(other);
        if (!other) {
            return NULL;
        }
    }
    int result = is_subset(self, other);
    return result < 0 ? NULL : bool_from(result);
}
static Object *set_issuperset_method(Object *self, Object *other) {
    if (set_check(other)) {
        int result = is_subset(other, self);
        return result < 0 ? NULL : bool_from(result);
    }
    Object *iterator = object_iter_whole(other), *key;
    if (!iterator) {
        return NULL;
    }
    while ((key = iterator_step(iterator))) {
        int found = set_contains(self, key);
        if (found <= 0) {
            return found < 0 ? NULL : FALSE_OBJECT;
        }
    }
    return error_occurred() ? NULL : TRUE_OBJECT;
}
static Object *set_reduce_method(Object *self) {
    Object *list = sequence_list(self);
    Object *arguments = list ? tuple_pack(1, list) : NULL;
    Object *state = arguments ? call_method0(self, names.__getstate__) : NULL;
    return state ? tuple_pack(3, self->type, arguments, state) : NULL;
}
static Object *set_sizeof_method(Object *self) {
    SetTable *table = field_address(&((Set *)self)->table);
    ssize_t size = self->type->basic_size;
    if (table->mask != 7) {
        size += (ssize_t)((table->mask + 1) * sizeof(SetEntry));
    }
    return int_from_ssize(size);
}
static Object *set_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}
static ssize_t set_length(Object *self) {
    return set_size(self);
}

static BuiltinDef set_methods[] = {
    BUILTIN("__contains__", set_contains_method, "-($self, object, /)", BUILTIN_COEXIST, NULL),
    BUILTIN("add", set_add_method, "-($self, object, /)", 0, NULL),
    BUILTIN("clear", set_clear_method, "-($self, /)", 0, NULL),
    BUILTIN("copy", set_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("discard", set_discard_method, "-($self, object, /)", 0, NULL),
    BUILTIN("difference", set_difference_method, NULL, 0, NULL),
    BUILTIN("difference_update", set_difference_update_method, NULL, 0, NULL),
    BUILTIN("intersection", set_intersection_method, NULL, 0, NULL),
    BUILTIN("intersection_update", set_intersection_update_method, NULL, 0, NULL),
    BUILTIN("isdisjoint", set_isdisjoint_method, "-($self, object, /)", 0, NULL),
    BUILTIN("issubset", set_issubset_method, "-($self, object, /)", 0, NULL),
    BUILTIN("issuperset", set_issuperset_method, "-($self, object, /)", 0, NULL),
    BUILTIN("pop", set_pop_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", set_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("remove", set_remove_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__sizeof__", set_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN("symmetric_difference", set_symmetric_difference_method, "-($self, object, /)", 0, NULL),
    BUILTIN("symmetric_difference_update", set_symmetric_difference_update_method, "-($self, object, /)", 0,
            NULL),
    BUILTIN("union", set_union_method, NULL, 0, NULL),
    BUILTIN("update", set_update_method, NULL, 0, NULL),
    BUILTIN("__class_getitem__", set_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static BuiltinDef frozenset_methods[] = {
    BUILTIN("__contains__", set_contains_method, "-($self, object, /)", BUILTIN_COEXIST, NULL),
    BUILTIN("copy", frozenset_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("difference", set_difference_method, NULL, 0, NULL),
    BUILTIN("intersection", set_intersection_method, NULL, 0, NULL),
    BUILTIN("isdisjoint", set_isdisjoint_method, "-($self, object, /)", 0, NULL),
    BUILTIN("issubset", set_issubset_method, "-($self, object, /)", 0, NULL),
    BUILTIN("issuperset", set_issuperset_method, "-($self, object, /)", 0, NULL),
    BUILTIN("__reduce__", set_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__sizeof__", set_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN("symmetric_difference", set_symmetric_difference_method, "-($self, object, /)", 0, NULL),
    BUILTIN("union", set_union_method, NULL, 0, NULL),
    BUILTIN("__class_getitem__", set_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

// ---- the iterator

static void set_iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((SetIterator *)self)->set);
}

static Object *set_iter(Object *self) {
    SetIterator *it = (SetIterator *)object_alloc(&set_iterator_type);
    if (it) {
        it->used = it->left = set_size(self);
        gc_init(&it->set, self);
        it->bias = step_bias_new();
    }
    return (Object *)it;
}

static Object *set_iterator_self(Object *self) {
    return self;
}

static Object *set_iterator_next(Object *self) {
    SetIterator *it = (SetIterator *)self;
    Object *item = set_iterator_step(it);
    if (LIKELY(item != NULL)) {
        return item;
    }
    Object *set = field_read(&it->set);
    if (!set) {
        return NULL;
    }
    for (;;) {
        if (UNLIKELY(cursor_read(&it->used) != set_size(set))) {
            cursor_set(&it->used, -1);
            return raise_error(&exc_RuntimeError, "Set changed size during iteration");
        }
        ssize_t old = cursor_read(&it->position), position = old;
        Object *key;
        if (!set_next(set, &position, &key, NULL)) {
            gc_store(it, &it->set, NULL);
            cursor_set(&it->left, 0);
            return NULL;
        }
        if (step_is_mine(&it->bias)) {
            __atomic_store_n(&it->position, position, __ATOMIC_RELAXED);
        } else {
            step_claim(&it->bias);
            if (!__atomic_compare_exchange_n(&it->position, &old, position, false, __ATOMIC_RELAXED,
                                             __ATOMIC_RELAXED)) {
                continue;
            }
        }
        cursor_set(&it->left, cursor_read(&it->left) - 1); // a hint, which need not be exact
        return key;
    }
}

static ssize_t set_iterator_take_many(Object *self, Object **items, ssize_t most) {
    ssize_t count = 0;
    while (count < most && (items[count] = set_iterator_step((SetIterator *)self))) {
        count++;
    }
    return count;
}

static Object *set_iterator_length_hint_method(Object *self) {
    SetIterator *it = (SetIterator *)self;
    Object *set = field_read(&it->set);
    ssize_t left = set && cursor_read(&it->used) == set_size(set) ? cursor_read(&it->left) : 0;
    return int_from_ssize(left > 0 ? left : 0);
}

static Object *set_iterator_reduce_method(Object *self) {
    SetIterator *it = (SetIterator *)self, *copy = (SetIterator *)object_alloc(self->type);
    if (!copy) {
        return NULL;
    }
    Object *set = field_read(&it->set);
    copy->used = cursor_read(&it->used);
    copy->position = cursor_read(&it->position);
    copy->left = cursor_read(&it->left);
    gc_store(copy, &copy->set, set);
    Object *list = sequence_list((Object *)copy);
    return list ? reduce_iter(list) : NULL;
}

static BuiltinDef set_iterator_methods[] = {
    BUILTIN("__length_hint__", set_iterator_length_hint_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", set_iterator_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec set_iterator_spec = {
    .name = "set_iterator",
    .basic_size = offsetof(SetIterator, bias),
    .instance_size = sizeof(SetIterator),
    .flags = TF_GC,
    .methods = set_iterator_methods,
    .trace = set_iterator_trace,
    .take_many = set_iterator_take_many,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = set_iterator_self, .next = set_iterator_next },
};

static Object *set_items_list(Object *self) {
    Object *list = list_new(set_size(self)), *key;
    ssize_t position = 0;
    bool ok = list;
    object_lock(&((Set *)self)->lock);
    while (ok && set_next(self, &position, &key, NULL)) {
        ok = list_append(list, key) == 0;
    }
    object_unlock(&((Set *)self)->lock);
    return ok ? list : NULL;
}

const TypeSpec set_spec = {
    .name = "set",
    .basic_size = sizeof(Set),
    .weaklist_offset = offsetof(Set, weaklist),
    .lock_offset = offsetof(Set, lock),
    .flags = TF_GC | TF_BASE | TF_MATCH_SELF,
    .methods = set_methods,
    .trace = set_trace,
    .making_keeps_nothing = true,
    .slots = { .new = set_new_slot,
               .init = set_init,
               .repr = set_repr,
               .compare = set_compare,
               .iter = set_iter,
               .length = set_length,
               .contains = set_contains,
               .subtract = set_subtract,
               .and = set_and,
               .or = set_or,
               .xor = set_xor,
               .inplace_subtract = set_isub,
               .inplace_and = set_iand,
               .inplace_or = set_ior,
               .inplace_xor = set_ixor,
               .getattr = object_generic_getattr },
    .snapshot = set_items_list,
};

const TypeSpec frozenset_spec = {
    .name = "frozenset",
    .basic_size = sizeof(Set),
    .weaklist_offset = offsetof(Set, weaklist),
    .lock_offset = offsetof(Set, lock),
    .flags = TF_GC | TF_BASE | TF_MATCH_SELF,
    .methods = frozenset_methods,
    .trace = set_trace,
    .making_keeps_nothing = true,
    .plain_hash = frozenset_known_hash,
    .slots = { .new = frozenset_new_slot,
               .repr = set_repr,
               .hash = frozenset_hash,
               .compare = set_compare,
               .iter = set_iter,
               .length = set_length,
               .contains = set_contains,
               .subtract = set_subtract,
               .and = set_and,
               .or = set_or,
               .xor = set_xor,
               .getattr = object_generic_getattr },
};
