// A persistent hash trie: a map that never changes, from which others are made that differ in one key (PEP 567 calls it a
// HAMT). An update copies the few nodes on its path and shares the rest.
//
// A node is a cell of pointers, NULL an empty trie:
//
//   [map] [key, value] ... [child] ...
//
// The map's low 16 bits tell which of the 16 slots hold a key, the next 16 which hold a child. Each level uses four bits of
// the hash; below the sixteenth are keys whose hashes are the same, in a node
//
//   [TRIE_COLLISION | count] [key, value] ...
//
// Both first words are outside of the heap's address range, so the collector ignores them. Reading needs no lock.
#pragma once

#include "objects/object.h"

// 1, 0, or -1 with an exception; may run Python code.
typedef int (*TrieEqual)(Object *a, Object *b);
// The hash of a key that is in the trie already. 0, or -1 with an exception.
typedef int (*TrieHash)(Object *key, uint64_t *hash);

// Finds what is equal to `key`, by `equal` (NULL: only itself): 1 with the key that is there in *present (may be NULL) and
// its value, 0, or -1 with an exception.
int trie_find(const uintptr_t *node, Object *key, uint64_t hash, TrieEqual equal, Object **present,
              Object **value);

// The trie with `key`, which is the very object that is there or equal to none. NULL with an exception; `hash_of` is asked about a key that has to make room.
uintptr_t *trie_with(const uintptr_t *node, Object *key, Object *value, uint64_t hash, TrieHash hash_of);

// The trie without `key`, the very object that is there. NULL: empty, or *failed with MemoryError.
uintptr_t *trie_without(const uintptr_t *node, Object *key, uint64_t hash, bool *failed);

// How many keys it has: looks at every node.
ssize_t trie_size(const uintptr_t *node);

// Appends keys, values or pairs to `list`. -1 with MemoryError.
enum { TRIE_KEYS = 1, TRIE_VALUES = 2 };
int trie_list(const uintptr_t *node, int what, Object *list);
