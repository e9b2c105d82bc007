// dict: tables, lookup, and the functions that dict.h declares. The methods are in dict_methods.c,
// views and iterators in dict_views.c.
//
// A lookup takes no lock. It compares without Python code where it can (the same object, str with
// str, int with int); where it must call `__eq__` it does so with no lock held and begins again when
// the dict got another table meanwhile. A writer locks, looks up by the simple comparisons, and only
// if those do not suffice unlocks, looks up with `__eq__`, locks again and checks that the answer
// still holds: the same table and no entry added (absent), or the entry still alive (present).
#include "objects/dict_internal.h"
#include "objects/containers.h"
#include "objects/damage.h"
#include "objects/list.h"

Type dict_table_type;

enum { LEAST_SIZE = 8, PERTURB_SHIFT = 5 };
enum { ABSENT = DICT_ABSENT, FAILED = DICT_FAILED, UNDECIDED = DICT_UNDECIDED };

static struct {
    DictTable table;
    uint64_t index;
} empty = { .table = { .base = { REFCOUNT_INITIAL, &dict_table_type } } };

static void dict_table_trace(Object *self, Tracer *tracer) {
    DictTable *table = (DictTable *)self;
    if (table->frozen) {
        // Only stale words lead here, and readers that will look for the current table before they go
        // on. They find it empty, and nothing is kept alive by it.
        for (size_t i = 0; i < table->count; i++) {
            table->entries[i].value = NULL;
        }
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        DictEntry *entry = &table->entries[i];
        if (entry->value) {
            trace_cell(tracer, entry->key);
            trace_cell(tracer, entry->value);
        }
    }
}

const TypeSpec dict_table_spec = {
    .name = "dict_table",
    .is_internal = true,
    .basic_size = sizeof(DictTable),
    .trace = dict_table_trace,
};

// ---- versions

static _Atomic uint64_t version_next = 1;

static inline void dict_changed(Dict *dict) {
    Thread *thread = thread_current;
    if (UNLIKELY(thread->dict_version_next >= thread->dict_version_end)) {
        thread->dict_version_next = version_next += 1 << 16;
        thread->dict_version_end = thread->dict_version_next + (1 << 16);
    }
    __atomic_store_n(&dict->version, thread->dict_version_next++, __ATOMIC_RELAXED);
}

// ---- tables

static inline void *table_index(const DictTable *table) {
    return (void *)(uintptr_t)(table + 1);
}
static inline size_t usable(size_t size) {
    return (size << 1) / 3;
}

static DictTable *table_new(size_t size) {
    size_t limit = usable(size);
    uint32_t width = limit < 0xff ? 0 : limit < 0xffff ? 1 : limit < 0xffffffff ? 2 : 3;
    size_t index = round_up(size << width, 8);
    DictTable *table = heap_alloc_cell(&dict_table_type,
                                       sizeof(DictTable) + index + limit * sizeof(DictEntry));
    if (!table) {
        return NULL;
    }
    table->mask = size - 1;
    table->limit = limit;
    table->width_log2 = (uint8_t)width;
    table->entries = (DictEntry *)((char *)(table + 1) + index);
    return table;
}

static inline size_t index_get(const DictTable *table, size_t slot) {
    void *index = table_index(table);
    switch (table->width_log2) {
    case 0: return __atomic_load_n((uint8_t *)index + slot, __ATOMIC_ACQUIRE);
    case 1: return __atomic_load_n((uint16_t *)index + slot, __ATOMIC_ACQUIRE);
    case 2: return __atomic_load_n((uint32_t *)index + slot, __ATOMIC_ACQUIRE);
    default: return __atomic_load_n((uint64_t *)index + slot, __ATOMIC_ACQUIRE);
    }
}

static inline void index_set(DictTable *table, size_t slot, size_t number) {
    void *index = table_index(table);
    switch (table->width_log2) {
    case 0: __atomic_store_n((uint8_t *)index + slot, (uint8_t)number, __ATOMIC_RELEASE); break;
    case 1: __atomic_store_n((uint16_t *)index + slot, (uint16_t)number, __ATOMIC_RELEASE); break;
    case 2: __atomic_store_n((uint32_t *)index + slot, (uint32_t)number, __ATOMIC_RELEASE); break;
    default: __atomic_store_n((uint64_t *)index + slot, number, __ATOMIC_RELEASE); break;
    }
}

static inline Object *entry_value(const DictEntry *entry) {
    return __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE);
}

static inline size_t probe(size_t slot, size_t *perturb) {
    *perturb >>= PERTURB_SHIFT;
    return slot * 5 + *perturb + 1;
}

// A table for at least `entries` live entries.
static size_t size_for(size_t entries) {
    size_t size = LEAST_SIZE;
    while (usable(size) < entries) {
        size <<= 1;
    }
    return size;
}

static inline void table_append_at(DictTable *table, size_t slot, Object *key, Object *value, hash_t hash) {
    size_t position = table->count;
    DictEntry *entry = &table->entries[position];
    entry->hash = hash;
    if (heap_offset_is_old((uintptr_t)table - heap_base)) {
        gc_store(table, &entry->key, key); // by slot: a large table is not traced as a whole
        gc_store(table, &entry->value, value);
    } else {
        __atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
        __atomic_store_n(&entry->value, value, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&table->count, position + 1, __ATOMIC_RELEASE);
    table->live_end = position + 1;
    index_set(table, slot, position + 1);
}

// Appends an entry whose key is known to be absent to a table with room. The slots of deleted entries
// are passed over: to tell them would cost a cache miss for every collision.
static void table_append(DictTable *table, Object *key, Object *value, hash_t hash) {
    size_t perturb = (size_t)hash, slot = perturb & table->mask;
    while (index_get(table, slot)) {
        slot = probe(slot, &perturb) & table->mask;
    }
    table_append_at(table, slot, key, value, hash);
}

__attribute__((always_inline)) static inline size_t copy_entries(DictTable *table, DictTable *old,
                                                                 int width) {
    size_t n = 0, mask = table->mask, count = old->count;
    uint8_t *small = table_index(table);
    uint16_t *middle = table_index(table);
    uint32_t *large = table_index(table);
    for (size_t i = 0; i < count; i++) {
        DictEntry *entry = &old->entries[i];
        Object *value = entry_value(entry);
        if (!value) {
            continue;
        }
        table->entries[n] = (DictEntry){ entry->hash, entry->key, value };
        size_t perturb = (size_t)entry->hash, slot = perturb & mask;
        while (width == 0   ? small[slot]
               : width == 1 ? middle[slot]
               : width == 2 ? large[slot]
                            : index_get(table, slot)) {
            slot = probe(slot, &perturb) & mask;
        }
        n++;
        if (width == 0) {
            small[slot] = (uint8_t)n;
        } else if (width == 1) {
            middle[slot] = (uint16_t)n;
        } else if (width == 2) {
            large[slot] = (uint32_t)n;
        } else {
            index_set(table, slot, n);
        }
    }
    return n;
}

// A copy of the whole table, deleted entries and all.
static DictTable *table_clone(const DictTable *old) {
    size_t offset = (size_t)((char *)old->entries - (char *)old);
    DictTable *table = heap_alloc_cell(&dict_table_type, offset + old->limit * sizeof(DictEntry));
    if (!table) {
        return NULL;
    }
    table->mask = old->mask;
    table->limit = old->limit;
    table->width_log2 = old->width_log2;
    table->live_end = old->live_end;
    table->entries = (DictEntry *)((char *)table + offset);
    memcpy(table + 1, old + 1, offset - sizeof(DictTable) + old->count * sizeof(DictEntry));
    table->count = old->count;
    gc_dirty(table);
    return table;
}

// A copy of the live entries of `old`, with room for `room`.
static DictTable *table_copy(DictTable *old, size_t size) {
    DictTable *table = table_new(size);
    if (!table) {
        return NULL;
    }
    size_t n = table->width_log2 == 0   ? copy_entries(table, old, 0)
               : table->width_log2 == 1 ? copy_entries(table, old, 1)
               : table->width_log2 == 2 ? copy_entries(table, old, 2)
                                        : copy_entries(table, old, 3);
    table->count = table->live_end = n;
    gc_dirty(table);
    return table;
}

static void publish_table(Dict *dict, DictTable *table) {
    DictTable *old = dict->table;
    gc_store(dict, &dict->table, table);
    if (old != &empty.table) {
        old->frozen = true;
        // Another thread may be about to share it.
        if (!old->shared && !runtime_multithreaded) {
            heap_drop(old);
        }
    }
}

static int dict_resize(Dict *dict, size_t size) {
    DictTable *table = dict->table == &empty.table ? table_new(size) : table_copy(dict->table, size);
    if (!table) {
        return -1;
    }
    publish_table(dict, table);
    return 0;
}

// ---- comparing keys

bool keys_compare_simple(Object *a, Object *b, bool *equal) {
    if (str_check_exact(a) && str_check_exact(b)) {
        *equal = str_equal(a, b);
        return true;
    }
    if (int_check_exact(a) && int_check_exact(b)) {
        *equal = int_is_compact(a) && int_is_compact(b) ? int_compact_value(a) == int_compact_value(b)
                                                        : int_compare(a, b) == 0;
        return true;
    }
    if ((str_check_exact(a) && int_check_exact(b)) || (int_check_exact(a) && str_check_exact(b)) ||
        a == NONE || b == NONE) {
        // None's equality with another object is that object's business unless it is a plain one.
        Object *other = a == NONE ? b : a;
        if ((a != NONE && b != NONE) || str_check_exact(other) || int_check_exact(other)) {
            *equal = false;
            return true;
        }
    }
    return object_equal_simply(a, b, SIMPLE_DEPTH, equal);
}

// Looks in one table without running Python code: a position, ABSENT (*end is the slot for it then) or UNDECIDED.
__attribute__((always_inline)) static inline ssize_t find_width(DictTable *table, Object *key, hash_t hash,
                                                                int width, size_t *end) {
    size_t mask = table->mask, perturb = (size_t)hash, slot = perturb & mask;
    void *index = table_index(table);
    for (;;) {
        size_t number = width == 0   ? __atomic_load_n((uint8_t *)index + slot, __ATOMIC_ACQUIRE)
                        : width == 1 ? __atomic_load_n((uint16_t *)index + slot, __ATOMIC_ACQUIRE)
                                     : index_get(table, slot);
        if (!number) {
            *end = slot;
            return ABSENT;
        }
        DictEntry *entry = &table->entries[number - 1];
        if (entry->key == key) {
            if (LIKELY(entry_value(entry) != NULL)) {
                return (ssize_t)number - 1;
            }
        } else if (entry->hash == hash && entry_value(entry)) {
            bool equal;
            if (!keys_compare(entry->key, key, &equal)) {
                return UNDECIDED;
            }
            if (equal) {
                return (ssize_t)number - 1;
            }
        }
        slot = probe(slot, &perturb) & mask;
    }
}

ssize_t dict_find_simple(DictTable *table, Object *key, hash_t hash) {
    size_t end;
    return LIKELY(table->width_log2 == 0) ? find_width(table, key, hash, 0, &end)
           : table->width_log2 == 1       ? find_width(table, key, hash, 1, &end)
                                          : find_width(table, key, hash, 2, &end);
}

// The same with `__eq__`, without a lock: runs Python code. *table is the table that was searched
// and *count its number of entries before the search.
static NOINLINE ssize_t find_calling(Dict *dict, Object *key, hash_t hash, DictTable **found_in,
                                     size_t *count) {
restart:;
    DictTable *table = dict_table_of((Object *)dict);
    *found_in = table;
    *count = dict_table_count(table);
    size_t mask = table->mask, perturb = (size_t)hash, slot = perturb & mask;
    for (;;) {
        size_t number = index_get(table, slot);
        if (!number) {
            return ABSENT;
        }
        DictEntry *entry = &table->entries[number - 1];
        if (entry->hash == hash && entry_value(entry)) {
            Object *other = entry->key;
            bool equal = other == key;
            if (!equal && !keys_compare(other, key, &equal)) {
                int same = object_compare_bool(other, key, CMP_EQ);
                if (same < 0) {
                    return FAILED;
                }
                if (dict_table_of((Object *)dict) != table || !entry_value(entry)) {
                    goto restart;
                }
                equal = same;
            }
            if (equal) {
                return (ssize_t)number - 1;
            }
        }
        slot = probe(slot, &perturb) & mask;
    }
}

// ---- reading

Object *dict_get_hashed(Object *self, Object *key, hash_t hash) {
    Dict *dict = (Dict *)self;
    for (;;) {
        DictTable *table = dict_table_of(self);
        ssize_t position = dict_find_simple(table, key, hash);
        if (position == UNDECIDED) {
            size_t count;
            position = find_calling(dict, key, hash, &table, &count);
        }
        if (position < 0) {
            return NULL;
        }
        Object *value = entry_value(&table->entries[position]);
        if (LIKELY(value != NULL)) {
            return value;
        }
    }
}

Object *dict_get(Object *self, Object *key) {
    hash_t hash = key_hash(key);
    return hash == -1 ? NULL : dict_get_hashed(self, key, hash);
}

Object *dict_get_str(Object *self, Object *key) {
    hash_t hash = key_hash(key);
    return hash == -1 ? NULL : dict_get_hashed(self, key, hash);
}

Object *dict_get_cstring(Object *self, const char *text) {
    Object *key = str_from_cstring(text);
    return key ? dict_get(self, key) : NULL;
}

int dict_contains(Object *self, Object *key) {
    hash_t hash = key_hash(key);
    if (hash == -1) {
        return -1;
    }
    return dict_get_hashed(self, key, hash) ? 1 : error_occurred() ? -1 : 0;
}

bool dict_has_without_asking(Object *self, Object *key) {
    DictTable *table = dict_table_of(self);
    ssize_t position = dict_find_simple(table, key, key_hash(key));
    return position >= 0 && entry_value(&table->entries[position]);
}

bool dict_lacks_without_asking(Object *self, Object *key) {
    return dict_find_simple(dict_table_of(self), key, key_hash(key)) == ABSENT;
}

ssize_t dict_find_position(Object *self, Object *key) {
    hash_t hash = key_hash(key);
    DictTable *table = dict_table_of(self);
    ssize_t position = dict_find_simple(table, key, hash);
    if (table != &empty.table) {
        __atomic_store_n(&table->shared, true, __ATOMIC_RELAXED);
    }
    return position < 0 ? -1 : position;
}

bool dict_next(Object *self, ssize_t *position, Object **key, Object **value, hash_t *hash) {
    DictTable *table = dict_table_of(self);
    size_t count = dict_table_count(table);
    for (size_t i = (size_t)*position; i < count; i++) {
        DictEntry *entry = &table->entries[i];
        Object *v = entry_value(entry);
        if (v) {
            *position = (ssize_t)i + 1;
            if (key) {
                *key = entry->key;
            }
            if (value) {
                *value = v;
            }
            if (hash) {
                *hash = entry->hash;
            }
            return true;
        }
    }
    return false;
}

// ---- writing

ssize_t dict_lock_and_find(Dict *dict, Object *key, hash_t hash) {
    object_lock(&dict->lock);
    ssize_t position = dict_find_simple(dict->table, key, hash);
    while (UNLIKELY(position == UNDECIDED)) {
        object_unlock(&dict->lock);
        DictTable *table;
        size_t count;
        position = find_calling(dict, key, hash, &table, &count);
        if (position == FAILED) {
            return FAILED;
        }
        object_lock(&dict->lock);
        if (dict->table != table ||
            (position == ABSENT ? table->count != count : !table->entries[position].value)) {
            position = dict_find_simple(dict->table, key, hash);
        }
    }
    return position;
}

int dict_insert_locked(Dict *dict, Object *key, Object *value, hash_t hash) {
    if (UNLIKELY(dict->table->count >= dict->table->limit)) {
        size_t wanted = (size_t)dict->used * 3, size = LEAST_SIZE;
        while (size < wanted) {
            size <<= 1;
        }
        if (usable(size) <= (size_t)dict->used) {
            size = size_for((size_t)dict->used + 1);
        }
        if (dict_resize(dict, size) < 0) {
            return -1;
        }
    }
    table_append(dict->table, key, value, hash);
    __atomic_store_n(&dict->used, dict->used + 1, __ATOMIC_RELAXED);
    dict_changed(dict);
    return 0;
}

void dict_delete_locked(Dict *dict, ssize_t position) {
    __atomic_store_n(&dict->table->entries[position].value, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&dict->used, dict->used - 1, __ATOMIC_RELAXED);
    dict_changed(dict);
}

void dict_replace_locked(Dict *dict, ssize_t position, Object *value) {
    DictEntry *entry = &dict->table->entries[position];
    if (entry->value != value) {
        gc_store(dict->table, &entry->value, value);
        dict_changed(dict);
    }
}

// The first entry of a dict that was empty from the start, in a table of the least size. One that other threads may
// know goes the long way.
static int insert_first(Dict *dict, Object *key, Object *value, hash_t hash) {
    DictTable *table = table_new(LEAST_SIZE);
    if (!table) {
        return -1;
    }
    table->entries[0].hash = hash;
    gc_init(&table->entries[0].key, key);
    gc_init(&table->entries[0].value, value);
    table->count = table->live_end = 1;
    ((uint8_t *)table_index(table))[(size_t)hash & (LEAST_SIZE - 1)] = 1;
    gc_store(dict, &dict->table, table);
    dict->used = 1;
    dict_changed(dict);
    return 0;
}

int dict_set_hashed(Object *self, Object *key, Object *value, hash_t hash) {
    Dict *dict = (Dict *)self;
    if (object_is_mine(&dict->lock)) {
        // Nobody else writes: what the search found is used at once. What may collect needs the lock, where there are others.
        DictTable *table = dict->table;
        if (table == &empty.table) {
            if (UNLIKELY(runtime_multithreaded)) {
                goto locked;
            }
            return insert_first(dict, key, value, hash);
        }
        size_t end;
        ssize_t found = table->width_log2 == 0   ? find_width(table, key, hash, 0, &end)
                        : table->width_log2 == 1 ? find_width(table, key, hash, 1, &end)
                                                 : find_width(table, key, hash, 2, &end);
        if (found >= 0) {
            dict_replace_locked(dict, found, value);
            return 0;
        }
        if (LIKELY(found == ABSENT)) {
            if (UNLIKELY(table->count >= table->limit)) {
                if (UNLIKELY(runtime_multithreaded)) {
                    goto locked;
                }
                return dict_insert_locked(dict, key, value, hash);
            }
            table_append_at(table, end, key, value, hash);
            __atomic_store_n(&dict->used, dict->used + 1, __ATOMIC_RELAXED);
            dict_changed(dict);
            return 0;
        }
    }
locked:;
    ssize_t position = dict_lock_and_find(dict, key, hash);
    if (position == FAILED) {
        return -1;
    }
    int result = 0;
    if (position >= 0) {
        dict_replace_locked(dict, position, value);
    } else {
        result = dict_insert_locked(dict, key, value, hash);
    }
    object_unlock(&dict->lock);
    return result;
}

int dict_set(Object *self, Object *key, Object *value) {
    hash_t hash = key_hash(key);
    return hash == -1 ? -1 : dict_set_hashed(self, key, value, hash);
}

int dict_set_cstring(Object *self, const char *text, Object *value) {
    Object *key = str_intern_cstring(text);
    return key ? dict_set(self, key, value) : -1;
}

// Removes the key and returns its value; NULL without an exception when absent, or when the value is not `only` (NULL: any).
static Object *take_out(Object *self, Object *key, hash_t hash, const Object *only) {
    Dict *dict = (Dict *)self;
    ssize_t position = dict_lock_and_find(dict, key, hash);
    if (position == FAILED) {
        return NULL;
    }
    Object *value = NULL;
    if (position >= 0) {
        value = dict->table->entries[position].value;
        if (only && value != only) {
            value = NULL;
        } else {
            dict_delete_locked(dict, position);
        }
    }
    object_unlock(&dict->lock);
    return value;
}

int dict_delete_value(Object *self, Object *key, const Object *value) {
    hash_t hash = key_hash(key);
    if (hash == -1) {
        return -1;
    }
    return dict_delete_value_hashed(self, key, value, hash);
}

int dict_delete_value_hashed(Object *self, Object *key, const Object *value, hash_t hash) {
    return take_out(self, key, hash, value) ? 1 : error_occurred() ? -1 : 0;
}

int dict_delete_optional(Object *self, Object *key) {
    return dict_delete_value(self, key, NULL);
}

int dict_delete(Object *self, Object *key) {
    int result = dict_delete_optional(self, key);
    if (result == 0) {
        raise_with(&exc_KeyError, tuple_pack(1, key));
    }
    return result > 0 ? 0 : -1;
}

Object *dict_set_default(Object *self, Object *key, Object *value) {
    hash_t hash = key_hash(key);
    return hash == -1 ? NULL : dict_set_default_hashed(self, key, value, hash);
}

Object *dict_set_default_hashed(Object *self, Object *key, Object *value, hash_t hash) {
    Dict *dict = (Dict *)self;
    ssize_t position = dict_lock_and_find(dict, key, hash);
    if (position == FAILED) {
        return NULL;
    }
    if (position >= 0) {
        value = dict->table->entries[position].value;
    } else if (dict_insert_locked(dict, key, value, hash) < 0) {
        value = NULL;
    }
    object_unlock(&dict->lock);
    return value;
}

Object *dict_pop(Object *self, Object *key, Object *otherwise) {
    if (dict_size(self) == 0) { // without hashing, as CPython
        return otherwise ? otherwise : raise_with(&exc_KeyError, tuple_pack(1, key));
    }
    hash_t hash = key_hash(key);
    if (hash == -1) {
        return NULL;
    }
    Object *value = take_out(self, key, hash, NULL);
    if (value || error_occurred()) {
        return value;
    }
    return otherwise ? otherwise : raise_with(&exc_KeyError, tuple_pack(1, key));
}

// popitem: the last entry, or NULL without an exception when empty.
bool dict_take_last(Object *self, Object **key, Object **value) {
    Dict *dict = (Dict *)self;
    object_lock(&dict->lock);
    DictTable *table = dict->table;
    size_t i = table->live_end;
    while (i > 0 && !table->entries[i - 1].value) {
        i--;
    }
    if (i > 0) {
        *key = table->entries[i - 1].key;
        *value = table->entries[i - 1].value;
        dict_delete_locked(dict, (ssize_t)i - 1);
        table->live_end = i - 1;
        table->of_instance = false;
    } else if (table != &empty.table) {
        table->live_end = 0;
    }
    object_unlock(&dict->lock);
    return i > 0;
}

void dict_clear_locked(Dict *dict) {
    if (dict->table != &empty.table) {
        __atomic_store_n(&dict->used, 0, __ATOMIC_RELAXED);
        publish_table(dict, &empty.table);
        dict_changed(dict);
    }
}

void dict_clear(Object *self) {
    object_lock(&((Dict *)self)->lock);
    dict_clear_locked((Dict *)self);
    object_unlock(&((Dict *)self)->lock);
}

// ---- making

Object *dict_alloc(Type *type) {
    if (!empty.table.entries) {
        empty.table.entries = (DictEntry *)(&empty + 1);
    }
    Dict *dict = (Dict *)object_alloc(type);
    if (dict) {
        dict->table = &empty.table;
        dict_changed(dict);
    }
    return (Object *)dict;
}

Object *dict_new(void) {
    return dict_alloc(&dict_type);
}

Object *dict_new_sized(ssize_t expected) {
    Dict *dict = (Dict *)dict_new();
    if (dict && expected > 0) {
        DictTable *table = table_new(size_for((size_t)expected));
        if (!table) {
            return NULL;
        }
        gc_store(dict, &dict->table, table);
    }
    return (Object *)dict;
}

int dict_reserve(Object *o, ssize_t expected) {
    Dict *dict = (Dict *)o;
    object_lock(&dict->lock);
    int result = dict->table == &empty.table ? dict_resize(dict, size_for((size_t)expected)) : 0;
    object_unlock(&dict->lock);
    return result;
}

static int dict_resize_from(Dict *target, Dict *source) {
    // As CPython: a table that is mostly in use is copied as it is.
    DictTable *old = source->table;
    DictTable *table = (size_t)source->used >= old->count * 2 / 3
                           ? table_clone(old)
                           : table_copy(old, size_for((size_t)source->used));
    if (!table) {
        return -1;
    }
    publish_table(target, table);
    __atomic_store_n(&target->used, source->used, __ATOMIC_RELAXED);
    dict_changed(target);
    return 0;
}

// Gives the empty dict `target` a copy of `source`'s entries, one moment's state.
static int copy_table_into(Dict *target, Dict *source) {
    object_lock_two(&target->lock, &source->lock);
    int result = 0;
    if (source->used && target->used == 0) {
        result = dict_resize_from(target, source);
    } else if (source->used) {
        result = 1;
    }
    object_unlock_two(&target->lock, &source->lock);
    return result;
}

Object *dict_copy(Object *self) {
    Dict *copy = (Dict *)dict_new();
    return copy && copy_table_into(copy, (Dict *)self) == 0 ? (Object *)copy : NULL;
}

static Object *dict_collect(Object *self, int what) {
    // Pairs are made without a lock: of a copy, if another thread could change the dict meanwhile.
    bool locked = runtime_multithreaded && what != 2;
    Object *snapshot = runtime_multithreaded && what == 2 ? dict_copy(self) : self;
    Object *list = snapshot ? list_new(dict_size(snapshot)) : NULL;
    if (!list) {
        return NULL;
    }
    Dict *dict = (Dict *)snapshot;
    if (locked) {
        object_lock(&dict->lock);
    }
    const DictTable *table = dict_table_of(snapshot);
    size_t count = dict_table_count(table);
    ssize_t pending = 0;
    Object *some[64], *value;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        if (!(value = field_read(&table->entries[i].value))) {
            continue;
        }
        Object *key = table->entries[i].key, *item = what == 0   ? key
                                                     : what == 1 ? value
                                                                 : tuple_pair(key, value);
        some[pending++] = item;
        ok = item && (pending < (ssize_t)COUNT_OF(some) || list_extend_array(list, some, pending) == 0);
        pending = pending < (ssize_t)COUNT_OF(some) ? pending : 0;
    }
    ok = ok && (!pending || list_extend_array(list, some, pending) == 0);
    if (locked) {
        object_unlock(&dict->lock);
    }
    return ok ? list : NULL;
}

Object *dict_keys_list(Object *self) {
    return dict_collect(self, 0);
}
Object *dict_values_list(Object *self) {
    return dict_collect(self, 1);
}
Object *dict_items_list(Object *self) {
    return dict_collect(self, 2);
}

// ---- merging

static int merge_one(Object *dict, Object *key, Object *value, hash_t hash, int override) {
    if (override == 1) {
        return dict_set_hashed(dict, key, value, hash);
    }
    Dict *d = (Dict *)dict;
    ssize_t position = dict_lock_and_find(d, key, hash);
    if (position == FAILED) {
        return -1;
    }
    int result = position == ABSENT ? dict_insert_locked(d, key, value, hash) : override == 2 ? -1 : 0;
    object_unlock(&d->lock);
    if (result < 0 && position >= 0) {
        raise_with(&exc_KeyError, tuple_pack(1, key));
    }
    return result;
}

int dict_merge(Object *self, Object *other, int override) {
    if (other->type == &mappingproxy_type) {
        // A class's dict in one step, as other threads may change the class.
        Object *mapping = mappingproxy_mapping(other);
        other = mapping->type == &dict_type ? mapping : other;
    }
    if (dict_check(other) &&
        (other->type == &dict_type || other->type->info->slots.iter == dict_type.info->slots.iter)) {
        if (other == self || dict_size(other) == 0) {
            return 0;
        }
        if (dict_size(self) == 0) {
            int done = copy_table_into((Dict *)self, (Dict *)other);
            if (done <= 0) {
                return done;
            }
        }
        // Another thread's or a callback's change of `other` is noticed by its size, as in CPython.
        Object *source = runtime_multithreaded ? dict_copy(other) : other;
        if (!source) {
            return -1;
        }
        ssize_t position = 0, size = dict_size(source);
        DictTable *table = dict_table_of(source);
        Object *key, *value;
        hash_t hash;
        while (dict_next(source, &position, &key, &value, &hash)) {
            if (merge_one(self, key, value, hash, override) < 0) {
                return -1;
            }
            if (dict_size(source) != size || dict_table_of(source) != table) {
                raise_error(&exc_RuntimeError, "dict mutated during update");
                return -1;
            }
        }
        return 0;
    }
    const TypeSpec *spec = other->type->info->spec;
    Object *key, *iterator;
    if (runtime_multithreaded && dict_check(other) && spec && spec->snapshot) {
        // An OrderedDict: all pairs in one step.
        Object *items = call_method0(other, names.items), *pair;
        if (!items || !(iterator = object_iter_whole(items))) {
            return -1;
        }
        while ((pair = iterator_step(iterator))) {
            hash_t hash = key_hash(tuple_get(pair, 0));
            if (hash == -1 || merge_one(self, tuple_get(pair, 0), tuple_get(pair, 1), hash, override) < 0) {
                return -1;
            }
        }
        return error_occurred() ? -1 : 0;
    }
    Object *keys = call_method0(other, names.keys);
    iterator = keys ? object_iter_whole(keys) : NULL;
    if (!iterator) {
        return -1;
    }
    while ((key = iterator_step(iterator))) {
        if (override != 1) {
            int present = dict_contains(self, key);
            if (present < 0) {
                return -1;
            }
            if (present) {
                if (override == 0) {
                    continue;
                }
                raise_with(&exc_KeyError, tuple_pack(1, key));
                return -1;
            }
        }
        Object *value = object_getitem(other, key);
        if (!value || dict_set(self, key, value) < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static int put_pair(Object *self, Object *key, Object *value, bool override) {
    return override ? dict_set(self, key, value) : dict_set_default(self, key, value) ? 0 : -1;
}

// Without a tuple for each pair.
static int update_from_zip(Object *self, Object *zip, bool override) {
    Object *key, *value;
    while (zip_pair_step(zip, &key, &value)) {
        if (put_pair(self, key, value, override) < 0 || safepoint() < 0) {
            return -1;
        }
    }
    return error_occurred() && !error_clear_if(&exc_StopIteration) ? -1 : 0;
}

int dict_update_from_pairs(Object *self, Object *pairs, bool override) {
    Object *iterator = object_iter_whole(pairs);
    if (!iterator) {
        return -1;
    }
    if (iterator->type == &zip_type && zip_makes_pairs(iterator)) {
        return update_from_zip(self, iterator, override);
    }
    Object *item;
    for (ssize_t i = 0; (item = iterator_step(iterator)); i++) {
        Object *pair = item->type == &tuple_type ? item : sequence_fast(item, "");
        if (!pair) {
            if (error_clear_if(&exc_TypeError)) {
                raise_error(&exc_TypeError,
                            "cannot convert dictionary update sequence element #%zd to a sequence", i);
            }
            return -1;
        }
        if (list_check(pair) && !(pair = list_to_tuple(pair))) {
            return -1;
        }
        if (tuple_size(pair) != 2) {
            raise_error(&exc_ValueError,
                        "dictionary update sequence element #%zd has length %zd; "
                        "2 is required",
                        i, tuple_size(pair));
            return -1;
        }
        if (put_pair(self, tuple_get(pair, 0), tuple_get(pair, 1), override) < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

int dict_update(Object *self, Object *other) {
    if (other->type == &dict_type) {
        return dict_merge(self, other, 1);
    }
    Object *keys;
    int found = object_getattr_optional(other, names.keys, &keys);
    return found < 0 ? -1 : found ? dict_merge(self, other, 1) : dict_update_from_pairs(self, other, true);
}

#ifdef COLUBER_VERIFY
const char *dict_damage(const Object *object) {
    const Dict *dict = (const Dict *)object;
    const DictTable *table = dict->table;
    if (!table) {
        return dict->used ? "a dict without a table counts entries" : NULL;
    }
    if (table->base.type != &dict_table_type || table->frozen) {
        return "a dict's table is none, or was given up";
    }
    if (table->mask & (table->mask + 1) || table->count > table->limit || table->live_end > table->count ||
        table->limit > table->mask) {
        return "the numbers in a dict's table contradict each other";
    }
    if (heap_contains(table) &&
        (char *)&table->entries[table->limit] > (char *)table + heap_cell_size(table)) {
        return "a dict's entries do not fit into its table";
    }
    size_t live = 0;
    for (size_t position = 0; position < table->count; position++) {
        const DictEntry *entry = &table->entries[position];
        if (!entry->value) {
            continue;
        }
        live++;
        if (position >= table->live_end) {
            return "a dict has entries where its table says that there are none";
        }
        size_t perturb = (size_t)entry->hash, slot = perturb & table->mask, number;
        while ((number = index_get(table, slot)) != position + 1) {
            if (!number || number > table->count) {
                return "an entry of a dict is not found by its hash";
            }
            slot = probe(slot, &perturb) & table->mask;
        }
        if (str_check_exact(entry->key) && str_hash(entry->key) != entry->hash) {
            return "an entry of a dict has another hash than its key";
        }
    }
    return live == (size_t)dict->used ? NULL : "a dict miscounts its entries";
}
#endif
