// Between the files of dict.
#pragma once

#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/int.h"
#include "objects/str.h"

Object *dict_alloc(Type *type);  // an empty instance of dict or a subclass
// Removes the last entry; false when there is none.
bool dict_take_last(Object *dict, Object **key, Object **value);
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
