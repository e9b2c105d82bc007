#include "modules/trie.h"

#include "objects/list.h"
#include "objects/tuple.h"

enum : uintptr_t { TRIE_COLLISION = (uintptr_t)1 << 63 };
enum { TRIE_LEVELS_END = 64 };  // the shift below the last level

static inline unsigned node_keys(const uintptr_t *node) {
    return (unsigned)node[0] & 0xffff;
}
static inline unsigned node_children(const uintptr_t *node) {
    return (unsigned)(node[0] >> 16) & 0xffff;
}
static inline bool is_collision(const uintptr_t *node) {
    return node[0] & TRIE_COLLISION;
}
static inline size_t collision_count(const uintptr_t *node) {
    return node[0] & ~TRIE_COLLISION;
}
static inline size_t bits_below(unsigned map, unsigned bit) {
    return (size_t)__builtin_popcount(map & (bit - 1));
}
// Where the key, or the child, of a slot lies.
static inline size_t key_at(const uintptr_t *node, unsigned bit) {
    return 1 + 2 * bits_below(node_keys(node), bit);
}
static inline size_t child_at(const uintptr_t *node, unsigned bit) {
    return 1 + 2 * (size_t)__builtin_popcount(node_keys(node)) + bits_below(node_children(node), bit);
}

static int check_pair(const uintptr_t *pair, Object *key, TrieEqual equal, Object **present, Object **value) {
    Object *there = (Object *)pair[0];
    int same = there == key ? 1 : equal ? equal(key, there) : 0;
    if (same > 0) {
        *value = (Object *)pair[1];
        if (present) {
            *present = there;
        }
    }
    return same;
}

int trie_find(const uintptr_t *node, Object *key, uint64_t hash, TrieEqual equal, Object **present,
              Object **value) {
    while (node) {
        if (is_collision(node)) {
            for (size_t i = 0; i < collision_count(node); i++) {
                int same = check_pair(node + 1 + 2 * i, key, equal, present, value);
                if (same) {
                    return same;
                }
            }
            return 0;
        }
        unsigned bit = 1u << (hash & 15);
        if (node_keys(node) & bit) {
            return check_pair(node + key_at(node, bit), key, equal, present, value);
        }
        if (!(node_children(node) & bit)) {
            return 0;
        }
        node = (const uintptr_t *)node[child_at(node, bit)];
        hash >>= 4;
    }
    return 0;
}

// A copy of `node` (NULL: empty) in which the slot `bit` is what the arguments say: a key, a child, or
// neither.
static uintptr_t *node_with_slot(const uintptr_t *node, unsigned bit, Object *key, Object *value,
                                 uintptr_t *child) {
    unsigned keys = ((node ? node_keys(node) : 0) & ~bit) | (key ? bit : 0);
    unsigned children = ((node ? node_children(node) : 0) & ~bit) | (child ? bit : 0);
    size_t words = 1 + 2 * (size_t)__builtin_popcount(keys) + (size_t)__builtin_popcount(children), to = 1;
    uintptr_t *copy = heap_alloc(words * sizeof(uintptr_t), CELL_POINTERS);
    if (!copy) {
        return NULL;
    }
    copy[0] = keys | (uintptr_t)children << 16;
    for (unsigned rest = keys; rest; rest &= rest - 1, to += 2) {
        unsigned b = rest & -rest;
        const uintptr_t *from = b == bit ? NULL : node + key_at(node, b);
        gc_init(&copy[to], from ? (void *)from[0] : (void *)key);
        gc_init(&copy[to + 1], from ? (void *)from[1] : (void *)value);
    }
    for (unsigned rest = children; rest; rest &= rest - 1, to++) {
        unsigned b = rest & -rest;
        gc_init(&copy[to], b == bit ? (void *)child : (void *)node[child_at(node, b)]);
    }
    return copy;
}

// A copy of the collision node (NULL: empty) without the pair `left_out`, and with a further one unless `key` is NULL.
static uintptr_t *collision_with(const uintptr_t *node, size_t left_out, Object *key, Object *value) {
    size_t count = node ? collision_count(node) : 0, to = 1;
    size_t result = count - (left_out < count) + (key != NULL);
    uintptr_t *copy = heap_alloc((1 + 2 * result) * sizeof(uintptr_t), CELL_POINTERS);
    if (!copy) {
        return NULL;
    }
    copy[0] = TRIE_COLLISION | result;
    for (size_t i = 0; i < count; i++) {
        if (i != left_out) {
            gc_init(&copy[to], (void *)node[1 + 2 * i]);
            gc_init(&copy[to + 1], (void *)node[2 + 2 * i]);
            to += 2;
        }
    }
    if (key) {
        gc_init(&copy[to], key);
        gc_init(&copy[to + 1], value);
    }
    return copy;
}

static size_t collision_find(const uintptr_t *node, const Object *key) {
    size_t i = 0, count = node ? collision_count(node) : 0;
    while (i < count && node[1 + 2 * i] != (uintptr_t)key) {
        i++;
    }
    return i;
}

static uintptr_t *with_key(const uintptr_t *node, Object *key, Object *value, uint64_t hash, int shift,
                           TrieHash hash_of) {
    if (shift == TRIE_LEVELS_END) {
        return collision_with(node, collision_find(node, key), key, value);
    }
    unsigned bit = 1u << (hash >> shift & 15);
    if (node && (node_keys(node) & bit)) {
        size_t at = key_at(node, bit);
        Object *present = (Object *)node[at];
        if (present == key) {
            return node_with_slot(node, bit, key, value, NULL);
        }
        // Two keys in one slot: both move one level down.
        uint64_t other;
        if (hash_of(present, &other) < 0) {
            return NULL;
        }
        uintptr_t *child = with_key(NULL, present, (Object *)node[at + 1], other, shift + 4, hash_of);
        if (!child || !(child = with_key(child, key, value, hash, shift + 4, hash_of))) {
            return NULL;
        }
        return node_with_slot(node, bit, NULL, NULL, child);
    }
    if (node && (node_children(node) & bit)) {
        uintptr_t *child = with_key((uintptr_t *)node[child_at(node, bit)], key, value, hash, shift + 4,
                                    hash_of);
        return child ? node_with_slot(node, bit, NULL, NULL, child) : NULL;
    }
    return node_with_slot(node, bit, key, value, NULL);
}

uintptr_t *trie_with(const uintptr_t *node, Object *key, Object *value, uint64_t hash, TrieHash hash_of) {
    return with_key(node, key, value, hash, 0, hash_of);
}

static uintptr_t *without_key(const uintptr_t *node, Object *key, uint64_t hash, int shift, bool *failed) {
    uintptr_t *copy, *child = NULL;
    if (shift == TRIE_LEVELS_END) {
        if (collision_count(node) == 1) {
            return NULL;
        }
        copy = collision_with(node, collision_find(node, key), NULL, NULL);
        *failed = !copy;
        return copy;
    }
    unsigned bit = 1u << (hash >> shift & 15);
    if (!(node_keys(node) & bit)) {
        child = without_key((uintptr_t *)node[child_at(node, bit)], key, hash, shift + 4, failed);
        if (*failed) {
            return NULL;
        }
    }
    if (!child && ((node_keys(node) | node_children(node)) & ~bit) == 0) {
        return NULL;
    }
    copy = node_with_slot(node, bit, NULL, NULL, child);
    *failed = !copy;
    return copy;
}

uintptr_t *trie_without(const uintptr_t *node, Object *key, uint64_t hash, bool *failed) {
    return without_key(node, key, hash, 0, failed);
}

static size_t pairs_in(const uintptr_t *node) {
    return is_collision(node) ? collision_count(node) : (size_t)__builtin_popcount(node_keys(node));
}
static unsigned children_in(const uintptr_t *node) {
    return is_collision(node) ? 0 : node_children(node);
}

ssize_t trie_size(const uintptr_t *node) {
    if (!node) {
        return 0;
    }
    ssize_t size = (ssize_t)pairs_in(node);
    for (unsigned rest = children_in(node); rest; rest &= rest - 1) {
        size += trie_size((const uintptr_t *)node[child_at(node, rest & -rest)]);
    }
    return size;
}

int trie_list(const uintptr_t *node, int what, Object *list) {
    if (!node) {
        return 0;
    }
    size_t pairs = pairs_in(node), at = 1;
    for (size_t i = 0; i < pairs; i++, at += 2) {
        Object *key = (Object *)node[at], *value = (Object *)node[at + 1];
        Object *item = what == TRIE_KEYS ? key : what == TRIE_VALUES ? value : tuple_pack(2, key, value);
        if (!item || list_append(list, item) < 0) {
            return -1;
        }
    }
    for (unsigned rest = children_in(node); rest; rest &= rest - 1, at++) {
        if (trie_list((uintptr_t *)node[at], what, list) < 0) {
            return -1;
        }
    }
    return 0;
}
