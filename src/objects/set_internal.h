// Between set_table.c and set.c.
#pragma once

#include "objects/containers.h"
#include "objects/set.h"

typedef struct SetEntry {
    Object *key;  // NULL: never used; set_dummy: deleted
    hash_t hash;
} SetEntry;

typedef struct SetTable {
    Object base;
    size_t mask;
    SetEntry entries[1];
} SetTable;

extern Object set_dummy;

SetTable *set_empty_table(void);

// The key of an entry and its hash; false when there is none. Another thread may give the entry to another key
// between the two.
static inline bool set_entry_read(const SetEntry *entry, Object **key, hash_t *hash) {
    for (;;) {
        Object *k = field_read(&entry->key);
        if (!k || k == &set_dummy) {
            return false;
        }
        *key = k;
        *hash = __atomic_load_n(&entry->hash, __ATOMIC_ACQUIRE);
        if (LIKELY(__atomic_load_n(&entry->key, __ATOMIC_RELAXED) == k)) {
            return true;
        }
    }
}
static inline size_t *set_finger(Set *set) { // where pop() looks next
    return (size_t *)(void *)(set->rest + 4 * sizeof(size_t));
}
static inline size_t *set_additions(Set *set) { // counts what set_add_hashed added
    return (size_t *)(void *)(set->rest + 5 * sizeof(size_t));
}
int set_resize(Set *set, ssize_t least);
int set_contains_hashed(Set *set, Object *key, hash_t hash); // 1, 0, -1
int set_add_hashed(Set *set, Object *key, hash_t hash);
// Adds the first of `keys`, as far as they are small ints and texts and only one thread runs: how many, or -1. Runs no
// Python code.
ssize_t set_add_plain(Set *set, Object *const *keys, ssize_t count);
// Whether `set` has all of `keys`, or (if not `contained`) none of them: 1, 0, -1.
int set_contains_each(Set *set, Set *keys, bool contained);
// Adds to `result`, a new set, what of `set` is in `other` (or, if not `present`, is not), in the order of `set`.
int set_filter(Set *result, Set *set, Set *other, bool present);
int set_discard_hashed(Set *set, Object *key, hash_t hash);
int set_merge(Set *set, Set *other);
// Adds the keys of a dict, for which there is room.
int set_merge_keys(Set *set, Object *dict);

typedef struct SetIterator {
    Object base;
    Object *set;
    ssize_t used, position, left;
    uint32_t bias; // for `position`; not seen by programs
} SetIterator;

// The next key, if no other thread runs and there is one; NULL: set_iterator_type's `next` decides.
static inline Object *set_iterator_step(SetIterator *it) {
    const Set *set;
    if (UNLIKELY(runtime_multithreaded || !(set = (const Set *)it->set) || it->used != set->used)) {
        return NULL;
    }
    const SetTable *table = set->table;
    size_t mask = table->mask;
    for (size_t i = (size_t)it->position; i <= mask; i++) {
        Object *key = table->entries[i].key;
        if (key && key != &set_dummy) {
            it->position = (ssize_t)i + 1;
            it->left--;
            return key;
        }
    }
    it->position = (ssize_t)mask + 1; // `next` need not look again
    return NULL;
}
