// set and frozenset: `used` where CPython has it, its growth and probing (the iteration order is
// CPython's). The hash is written before the key. Writers hold `lock`.
#pragma once

#include "objects/object.h"

typedef struct Set {
    Object base;
    ssize_t fill;  // used and deleted entries
    ssize_t used;
    struct SetTable *table;
    hash_t hash;   // frozenset only
    uintptr_t lock;
    uint8_t rest[200 - 16 - 5 * 8 - 8];
    Object *weaklist;
} Set;  // CPython's PySetObject: 200 bytes

static inline bool set_check(const Object *o) {  // set or frozenset, subclasses included
    return o->type == &set_type || o->type == &frozenset_type || type_is_subtype(o->type, &set_type) ||
           type_is_subtype(o->type, &frozenset_type);
}

Object *set_new(Object *iterable);        // iterable NULL: empty
Object *frozenset_new(Object *iterable);
int set_add(Object *set, Object *key);
int set_discard(Object *set, Object *key);  // 1 removed, 0 absent, -1
int set_contains(Object *set, Object *key);
ssize_t set_size(Object *set);
Object *set_pop(Object *set);
void set_clear(Object *set);
// The least (or greatest) key of a set of small ints, while one thread runs. NULL without an exception: it is empty or has others.
Object *set_extreme_int(Set *set, bool greatest);
int set_update(Object *set, Object *iterable);
int set_update_array(Object *set, Object *const *keys, ssize_t count); // they have to stay where they are
bool set_next(Object *set, ssize_t *position, Object **key, hash_t *hash);
