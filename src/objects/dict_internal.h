// Between the files of dict.
#pragma once

#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/int.h"
#include "objects/str.h"

Object *dict_alloc(Type *type);  // an empty instance of dict or a subclass
// Removes the last entry; false when there is none.
bool dict_take_last(Object *dict, Object **key, Object **value);

// Room for `expected` entries in a dict that has never had one. -1 when memory is out.
int dict_reserve(Object *dict, ssize_t expected);

// ---- single steps, for types that keep something beside the table (OrderedDict)
enum { DICT_ABSENT = -1, DICT_FAILED = -2, DICT_UNDECIDED = -3 };
// Locks the dict with the key's position found: >= 0, DICT_ABSENT (both locked), or DICT_FAILED (not
// locked, with an exception). May run Python code before it locks.
ssize_t dict_lock_and_find(Dict *dict, Object *key, hash_t hash);
// Adds an absent key, as the last entry of what may be a new table; the lock is held. -1 when memory is out.
int dict_insert_locked(Dict *dict, Object *key, Object *value, hash_t hash);
void dict_replace_locked(Dict *dict, ssize_t position, Object *value);
void dict_delete_locked(Dict *dict, ssize_t position);
void dict_clear_locked(Dict *dict);
// Looks without running Python code: DICT_UNDECIDED when that would be necessary.
ssize_t dict_find_simple(DictTable *table, Object *key, hash_t hash);

ssize_t dict_size_in_memory(Object *dict);  // what __sizeof__ reports
Object *dict_iter(Object *dict);
Object *dict_reversed_method(Object *dict);
Object *dict_keys_method(Object *dict);
Object *dict_values_method(Object *dict);
Object *dict_items_method(Object *dict);

// A key's hash: read off where it stands ready, else object_hash (which may run Python code).
static inline hash_t key_hash(Object *key) {
    if (LIKELY(str_check_exact(key))) {
        hash_t hash = __atomic_load_n(&((Str *)key)->hash, __ATOMIC_RELAXED);
        return LIKELY(hash != -1) ? hash : str_hash(key);
    }
    if (int_check_exact(key) && int_is_compact(key)) {
        hash_t hash = (hash_t)int_compact_value(key);
        return hash == -1 ? -2 : hash;
    }
    return object_hash(key);
}

// keys_compare_simple, with small ints decided in line.
static inline bool keys_compare(Object *a, Object *b, bool *equal) {
    if (int_check_exact(a) && int_check_exact(b) && int_is_compact(a) && int_is_compact(b)) {
        *equal = int_compact_value(a) == int_compact_value(b);
        return true;
    }
    return keys_compare_simple(a, b, equal);
}
