// dict: 48 bytes as in CPython; the table is ours.
//
// Entries are append-only: hash, key and value are written before the index that leads to them
// (release); a key never changes; deletion stores NULL as the value; reinsertion appends; resizing
// and clearing publish a new table and freeze the old one. Readers take no lock. Writers hold `lock`
// (where CPython has `ma_values`). Insertion order is kept.
#pragma once

#include "objects/object.h"

typedef struct Dict {
    Object base;
    ssize_t used;
    uint64_t version;  // changes at every mutation, from a range that the thread owns
    struct DictTable *table;
    uintptr_t lock;
} Dict;

static inline bool dict_check(const Object *o) {
    return (o->type->flags & TF_DICT) != 0;
}
static inline bool dict_check_exact(const Object *o) {
    return o->type == &dict_type;
}
static inline ssize_t dict_size(const Object *o) {
    return __atomic_load_n(&((const Dict *)o)->used, __ATOMIC_RELAXED);
}

Object *dict_new(void);
Object *dict_new_sized(ssize_t expected);
// The value, or NULL without an exception when absent, or NULL with one.
Object *dict_get(Object *dict, Object *key);
Object *dict_get_hashed(Object *dict, Object *key, hash_t hash);
// For str keys: never raises and never runs Python code when the dict has only str keys.
Object *dict_get_str(Object *dict, Object *str);
Object *dict_get_cstring(Object *dict, const char *key);
int dict_set(Object *dict, Object *key, Object *value);
int dict_set_hashed(Object *dict, Object *key, Object *value, hash_t hash);
int dict_set_cstring(Object *dict, const char *key, Object *value);
int dict_delete(Object *dict, Object *key);          // KeyError
int dict_delete_optional(Object *dict, Object *key); // 1 deleted, 0 absent, -1
// Atomically: deletes the key if `value` is what stands there. 1 deleted, 0 not, -1.
int dict_delete_value(Object *dict, Object *key, const Object *value);
int dict_delete_value_hashed(Object *dict, Object *key, const Object *value, hash_t hash);
int dict_contains(Object *dict, Object *key);
// Atomically: the present value, or inserts `value` and returns it.
Object *dict_set_default(Object *dict, Object *key, Object *value);
Object *dict_set_default_hashed(Object *dict, Object *key, Object *value, hash_t hash);
Object *dict_pop(Object *dict, Object *key, Object *otherwise);  // otherwise NULL: KeyError
void dict_clear(Object *dict);
Object *dict_copy(Object *dict);
// Merges a mapping or, for update_from_pairs, an iterable of pairs. `override` 0 keeps present keys,
// 1 replaces, 2 raises KeyError on duplicates.
int dict_merge(Object *dict, Object *mapping, int override);
int dict_update_from_pairs(Object *dict, Object *pairs, bool override);
int dict_update(Object *dict, Object *other); // what dict.update(other) does
Object *dict_keys_list(Object *dict);
Object *dict_values_list(Object *dict);
Object *dict_items_list(Object *dict);
// Steps through a snapshot-free iteration: start with *position 0; false at the end. Takes no lock;
// entries that others change meanwhile may be seen or not.
bool dict_next(Object *dict, ssize_t *position, Object **key, Object **value, hash_t *hash);

// ---- the table, for inline caches: a position in a table needs no hashing
//
//   [header][index: 1 << log2_size numbers of 1, 2, 4 or 8 bytes][entries: limit]
//
// An index number is 0 when empty, else the position of an entry plus one. Where `value` is NULL the
// entry was deleted and its key must not be looked into. While `count` is the same no key was added.

typedef struct DictEntry {
    hash_t hash;
    Object *key, *value;
} DictEntry;

typedef struct DictTable {
    Object base;
    size_t mask; // size of the index - 1
    size_t limit; // how many entries fit
    size_t count; // how many were appended
    size_t live_end; // entries from here on are deleted ones (popitem's hint)
    DictEntry *entries; // inside this cell
    uint8_t width_log2; // of an index number
    uint8_t of_instance; // CPython would keep the keys with the class (for __sizeof__ alone)
    uint8_t frozen; // another table has taken its place
    uint8_t shared; // others than its dict refer to it: inline caches, an OrderedDict's order
} DictTable;

static inline DictTable *dict_table_of(Object *dict) {
    return __atomic_load_n(&((Dict *)dict)->table, __ATOMIC_ACQUIRE);
}
static inline size_t dict_table_count(const DictTable *table) {
    return __atomic_load_n(&table->count, __ATOMIC_ACQUIRE);
}
static inline DictEntry *dict_table_entry(DictTable *table, size_t position) {
    return &table->entries[position];
}
// The value at `position` of `table` if that still is the dict's table and the entry alive, or NULL.
static inline Object *dict_value_at(Object *dict, const DictTable *table, size_t position) {
    DictTable *now = dict_table_of(dict);
    return now == table ? __atomic_load_n(&now->entries[position].value, __ATOMIC_ACQUIRE) : NULL;
}
// Whether a str is among the keys. Runs no Python code: a key whose class would have to be asked does not count.
bool dict_has_without_asking(Object *dict, Object *key);
bool dict_lacks_without_asking(Object *dict, Object *key); // certainly not among them
ssize_t dict_find_position(Object *dict, Object *key); // str key; -1 absent

// True when the two keys' equality can be told without Python code, with the answer in *equal.
bool keys_compare_simple(Object *a, Object *b, bool *equal);
