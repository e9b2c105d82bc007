// Sets' tables: open addressing with CPython's growth and probing, so that the iteration order is the
// same for the same history. A deleted entry keeps its place as a dummy (hash -1). A reader takes no
// lock; the hash is written before the key. Writers lock, and look up with `__eq__` unlocked as dict.c
// does.
#include "objects/containers.h"
#include "objects/damage.h"
#include "objects/dict_internal.h"
#include "objects/set_internal.h"
#include "objects/tuple.h"

Type set_table_type;

enum { LEAST_SIZE = 8, LINEAR_PROBES = 9, PERTURB_SHIFT = 5 };

Object set_dummy = { REFCOUNT_INITIAL, &object_type };

static struct {
    SetTable table;
    SetEntry more[LEAST_SIZE - 1];
} empty = { .table = { .base = { REFCOUNT_INITIAL, &set_table_type }, .mask = LEAST_SIZE - 1 } };

SetTable *set_empty_table(void) {
    return &empty.table;
}

static void set_table_trace(Object *self, Tracer *tracer) {
    SetTable *table = (SetTable *)self;
    for (size_t i = 0; i <= table->mask; i++) {
        trace_cell(tracer, table->entries[i].key);
    }
}

const TypeSpec set_table_spec = {
    .name = "set_table",
    .is_internal = true,
    .basic_size = sizeof(SetTable),
    .trace = set_table_trace,
};

static SetTable *table_new(size_t size) {
    SetTable *table = heap_alloc_cell(&set_table_type, sizeof(SetTable) + (size - 1) * sizeof(SetEntry));
    if (table) {
        table->mask = size - 1;
    }
    return table;
}

// The size of a table for more than `least` keys, by CPython's rule.
static inline size_t size_above(size_t least) {
    size_t size = LEAST_SIZE;
    while (size <= least) {
        size <<= 1;
    }
    return size;
}

// Readers without the lock want each hash before its key.
static inline void place(SetEntry *entry, Object *key, hash_t hash) {
    __atomic_store_n(&entry->hash, hash, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
}

// For tables that nobody else knows yet (or that are declared dirty afterwards).
static inline void insert_clean(SetTable *table, Object *key, hash_t hash) {
    size_t mask = table->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        SetEntry *entry = &table->entries[i];
        size_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        do {
            if (!entry->key) {
                place(entry, key, hash);
                return;
            }
            entry++;
        } while (probes--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

int set_resize(Set *set, ssize_t least) {
    SetTable *old = set->table, *table = table_new(size_above((size_t)least));
    if (!table) {
        return -1;
    }
    for (size_t i = 0; i <= old->mask; i++) {
        SetEntry *entry = &old->entries[i];
        if (entry->key && entry->key != &set_dummy) {
            insert_clean(table, entry->key, entry->hash);
        }
    }
    set->fill = set->used;
    gc_store(set, &set->table, table);
    heap_drop(old);
    return 0;
}

// The entry of `key`, or NULL: `*undecided` when that takes Python code; *unused the place to put it.
static inline SetEntry *find_simple(SetTable *table, Object *key, hash_t hash, bool *undecided,
                                    SetEntry **unused) {
    size_t mask = table->mask, perturb = (size_t)hash, i = perturb & mask;
    SetEntry *deleted = NULL;
    for (;;) {
        SetEntry *entry = &table->entries[i];
        size_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        do {
            Object *other = field_read(&entry->key);
            if (!other) {
                *unused = deleted ? deleted : entry;
                return NULL;
            }
            if (other == key) {
                return entry;
            }
            if (other == &set_dummy) {
                deleted = entry;
            } else if (__atomic_load_n(&entry->hash, __ATOMIC_RELAXED) == hash) {
                bool equal;
                if (!keys_compare(other, key, &equal)) {
                    *undecided = true;
                    return NULL;
                }
                if (equal) {
                    return entry;
                }
            }
            entry++;
        } while (probes--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

// With `__eq__`, unlocked. 1 found, 0 absent, -1 exception.
static NOINLINE int find_calling(Set *set, Object *key, hash_t hash, SetTable **searched, size_t *additions,
                                 SetEntry **found) {
restart:;
    SetTable *table = field_address(&set->table);
    *searched = table;
    *additions = __atomic_load_n(set_additions(set), __ATOMIC_ACQUIRE);
    size_t mask = table->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        SetEntry *entry = &table->entries[i];
        size_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        do {
            Object *other = field_read(&entry->key);
            if (!other) {
                return 0;
            }
            if (__atomic_load_n(&entry->hash, __ATOMIC_RELAXED) == hash && other != &set_dummy) {
                bool equal = other == key;
                if (!equal && !keys_compare(other, key, &equal)) {
                    int same = object_compare_bool(other, key, CMP_EQ);
                    if (same < 0) {
                        return -1;
                    }
                    if (field_address(&set->table) != table || field_read(&entry->key) != other) {
                        goto restart;
                    }
                    equal = same;
                }
                if (equal) {
                    *found = entry;
                    return 1;
                }
            }
            entry++;
        } while (probes--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static inline int contains(Set *set, Object *key, hash_t hash) {
    bool undecided = false;
    SetEntry *unused;
    if (find_simple(field_address(&set->table), key, hash, &undecided, &unused)) {
        return 1;
    }
    if (LIKELY(!undecided)) {
        return 0;
    }
    SetTable *table;
    size_t additions;
    return find_calling(set, key, hash, &table, &additions, &unused);
}

int set_contains_hashed(Set *set, Object *key, hash_t hash) {
    return contains(set, key, hash);
}

int set_contains_each(Set *set, Set *keys, bool contained) {
    const SetTable *table = field_address(&keys->table);
    Object *key;
    hash_t hash;
    for (size_t i = 0; i <= table->mask; i++) {
        if (set_entry_read(&table->entries[i], &key, &hash)) {
            int found = contains(set, key, hash);
            if (found != contained) {
                return found < 0 ? -1 : 0;
            }
        }
    }
    return 1;
}

Object *set_extreme_int(Set *set, bool greatest) {
    const SetTable *table = set->table;
    Object *best = NULL;
    for (size_t i = 0; i <= table->mask; i++) {
        Object *key = table->entries[i].key;
        if (!key || key == &set_dummy) {
            continue;
        }
        if (!int_check_exact(key) || !int_is_compact(key)) {
            return NULL;
        }
        if (!best || (greatest ? int_compact_value(key) > int_compact_value(best)
                               : int_compact_value(key) < int_compact_value(best))) {
            best = key;
        }
    }
    return best;
}

// Where a key that is not in the table goes: the first deleted entry on its way, or the unused one.
static SetEntry *free_place(SetTable *table, hash_t hash) {
    size_t mask = table->mask, perturb = (size_t)hash, i = perturb & mask;
    SetEntry *deleted = NULL;
    for (;;) {
        size_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        for (size_t k = 0; k <= probes; k++) {
            SetEntry *entry = &table->entries[i + k];
            if (!entry->key) {
                return deleted ? deleted : entry;
            }
            if (entry->key == &set_dummy) {
                deleted = entry;
            }
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

// Locks and finds: 1 and *entry, 0 and *entry the place to insert, -1 (unlocked).
static int lock_and_find(Set *set, Object *key, hash_t hash, SetEntry **entry) {
    object_lock(&set->lock);
    for (;;) {
        bool undecided = false;
        SetEntry *unused = NULL, *found = find_simple(set->table, key, hash, &undecided, &unused);
        if (LIKELY(!undecided)) {
            *entry = found ? found : unused;
            return found != NULL;
        }
        object_unlock(&set->lock);
        SetTable *table;
        size_t additions;
        int result = find_calling(set, key, hash, &table, &additions, &found);
        if (result < 0) {
            return -1;
        }
        object_lock(&set->lock);
        if (set->table != table || (result ? found->hash != hash : *set_additions(set) != additions)) {
            continue;
        }
        if (!result) {
            found = free_place(table, hash);
        }
        *entry = found;
        return result;
    }
}

// Puts a key that is absent at its place; the lock is held.
static inline int add_at(Set *set, SetEntry *entry, Object *key, hash_t hash) {
    SetTable *table = set->table;
    bool reused = entry->key == &set_dummy;
    __atomic_store_n(&entry->hash, hash, __ATOMIC_RELAXED);
    gc_store(table, &entry->key, key);
    set->fill += !reused;
    ++*set_additions(set);
    __atomic_store_n(&set->used, set->used + 1, __ATOMIC_RELAXED);
    if (!reused && UNLIKELY((size_t)set->fill * 5 >= table->mask * 3)) {
        return set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4);
    }
    return 0;
}

int set_add_hashed(Set *set, Object *key, hash_t hash) {
    SetEntry *entry;
    if (LIKELY(!runtime_multithreaded && set->table != &empty.table)) {
        bool undecided = false;
        SetEntry *unused = NULL, *present = find_simple(set->table, key, hash, &undecided, &unused);
        if (LIKELY(!undecided)) {
            return present ? 0 : add_at(set, unused, key, hash);
        }
    }
    if (UNLIKELY(__atomic_load_n(&set->table, __ATOMIC_ACQUIRE) == &empty.table)) {
        object_lock(&set->lock);
        if (set->table == &empty.table) {
            SetTable *table = table_new(LEAST_SIZE);
            if (!table) {
                object_unlock(&set->lock);
                return -1;
            }
            gc_store(set, &set->table, table);
        }
        object_unlock(&set->lock);
    }
    int found = lock_and_find(set, key, hash, &entry);
    if (found < 0) {
        return -1;
    }
    int result = 0;
    if (!found && UNLIKELY(set->table == &empty.table)) {  // cleared meanwhile
        object_unlock(&set->lock);
        return set_add_hashed(set, key, hash);
    }
    if (!found) {
        result = add_at(set, entry, key, hash);
    }
    object_unlock(&set->lock);
    return result;
}

// ---- sets that nobody knows yet
//
// The tables that such a set outgrows are on the C stack, which is in the cache: only the last one is a cell. For this the
// number of keys to come is estimated (`most`). No Python code runs meanwhile, and there is one thread.

enum { SMALL = LEAST_SIZE, MIDDLE = 32, LARGE = 128 };

typedef struct Builder {
    SetTable *table;
    size_t fill, most;
    bool on_stack;
    struct {
        SetTable table;
        SetEntry more[SMALL - 1];
    } small;
    struct {
        SetTable table;
        SetEntry more[MIDDLE - 1];
    } middle;
    struct {
        SetTable table;
        SetEntry more[LARGE - 1];
    } large;
} Builder;

// Gives the builder an empty table of `size`: -1 when memory is out.
static inline int builder_set_table(Builder *b, size_t size) {
    b->on_stack = size <= LARGE && b->most * 5 >= (size - 1) * 3;
    if (b->on_stack) {
        b->table = size == SMALL ? &b->small.table : size == MIDDLE ? &b->middle.table : &b->large.table;
        memset(b->table->entries, 0, size * sizeof(SetEntry));
        b->table->mask = size - 1;
        return 0;
    }
    b->table = table_new(size);
    return b->table ? 0 : -1;
}

static inline int builder_start(Builder *b, size_t most) {
    b->fill = 0;
    b->most = most;
    return builder_set_table(b, LEAST_SIZE);
}

static NOINLINE int builder_grow(Builder *b) {
    const SetTable *old = b->table;
    size_t size = size_above(b->fill > 50000 ? b->fill * 2 : b->fill * 4);
    // 8, 32, 128: each of the three has its place.
    if (builder_set_table(b, size) < 0) {
        return -1;
    }
    for (size_t i = 0; i <= old->mask; i++) {
        if (old->entries[i].key) {
            insert_clean(b->table, old->entries[i].key, old->entries[i].hash);
        }
    }
    return 0;
}

// Puts a key that is absent at `entry`.
static inline int builder_put(Builder *b, SetEntry *entry, Object *key, hash_t hash) {
    entry->hash = hash;
    gc_store(b->table, &entry->key, key);
    return UNLIKELY(++b->fill * 5 >= b->table->mask * 3) ? builder_grow(b) : 0;
}

// A key of which is known that it is absent.
static inline int builder_add(Builder *b, Object *key, hash_t hash) {
    size_t mask = b->table->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        SetEntry *entry = &b->table->entries[i];
        size_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        do {
            if (!entry->key) {
                return builder_put(b, entry, key, hash);
            }
            entry++;
        } while (probes--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

// Gives `set`, which is empty, what was built.
static int builder_finish(Builder *b, Set *set) {
    if (!b->fill) {
        return 0;
    }
    SetTable *table = b->table;
    if (b->on_stack) {
        size_t size = table->mask + 1;
        if (!(table = table_new(size))) {
            return -1;
        }
        memcpy(table->entries, b->table->entries, size * sizeof(SetEntry));
    }
    set->fill = (ssize_t)b->fill;
    *set_additions(set) += b->fill;
    gc_store(set, &set->table, table);
    __atomic_store_n(&set->used, (ssize_t)b->fill, __ATOMIC_RELAXED);
    return 0;
}

int set_filter(Set *result, Set *set, Set *other, bool present) {
    const SetTable *table = field_address(&set->table);
    size_t i = 0;
    if (!runtime_multithreaded && result->table == &empty.table) {
        Builder b;
        if (builder_start(&b, (size_t)set->used) < 0) {
            return -1;
        }
        SetTable *others = other->table;
        for (; i <= table->mask; i++) {
            Object *key = table->entries[i].key;
            if (!key || key == &set_dummy) {
                continue;
            }
            bool undecided = false;
            SetEntry *unused;
            hash_t hash = table->entries[i].hash;
            bool found = find_simple(others, key, hash, &undecided, &unused) != NULL;
            if (UNLIKELY(undecided)) {
                break;
            }
            if (found == present && builder_add(&b, key, hash) < 0) {
                return -1;
            }
        }
        if (builder_finish(&b, result) < 0) {
            return -1;
        }
    }
    Object *key;
    hash_t hash;
    for (; i <= table->mask; i++) {
        if (!set_entry_read(&table->entries[i], &key, &hash)) {
            continue;
        }
        int found = contains(other, key, hash);
        if (found < 0 || (found == present && set_add_hashed(result, key, hash) < 0)) {
            return -1;
        }
    }
    return 0;
}

// A key's hash, or -1 when that could run Python code or fail.
static inline hash_t plain_hash(Object *key) {
    return LIKELY(str_check_exact(key) || (int_check_exact(key) && int_is_compact(key)))
               ? key_hash(key)
               : object_plain_hash(key);
}

// set_add_plain for a set that has never had a key.
static NOINLINE ssize_t add_first_plain(Set *set, Object *const *keys, ssize_t count) {
    Builder b;
    if (builder_start(&b, (size_t)count) < 0) {
        return -1;
    }
    ssize_t done = 0;
    for (; done < count; done++) {
        Object *key = keys[done];
        hash_t hash = plain_hash(key);
        if (UNLIKELY(hash == -1)) {
            break;
        }
        bool undecided = false;
        SetEntry *unused = NULL, *found = find_simple(b.table, key, hash, &undecided, &unused);
        if (UNLIKELY(undecided)) {
            break;
        }
        if (!found && builder_put(&b, unused, key, hash) < 0) {
            return -1;
        }
    }
    return builder_finish(&b, set) < 0 ? -1 : done;
}

ssize_t set_add_plain(Set *set, Object *const *keys, ssize_t count) {
    ssize_t done = 0;
    if (!runtime_multithreaded && set->table == &empty.table) {
        return count && plain_hash(keys[0]) != -1 ? add_first_plain(set, keys, count) : 0;
    }
    while (done < count && !runtime_multithreaded && set->table != &empty.table) {
        SetTable *table = set->table;
        size_t limit = table->mask * 3, fill = (size_t)set->fill, before = fill;
        int grown = 0;
        for (; done < count; done++) {
            Object *key = keys[done];
            hash_t hash = plain_hash(key);
            if (UNLIKELY(hash == -1)) {
                break;
            }
            bool undecided = false;
            SetEntry *unused = NULL;
            if (find_simple(table, key, hash, &undecided, &unused)) {
                continue;
            }
            if (UNLIKELY(undecided || unused->key)) {
                break; // deleted entries are used again elsewhere
            }
            unused->hash = hash;
            gc_store(table, &unused->key, key);
            if (UNLIKELY(++fill * 5 >= limit)) {
                done++;
                grown = 1;
                break;
            }
        }
        size_t added = fill - before;
        set->fill += (ssize_t)added;
        *set_additions(set) += added;
        __atomic_store_n(&set->used, set->used + (ssize_t)added, __ATOMIC_RELAXED);
        if (!grown) {
            break;
        }
        if (set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4) < 0) {
            return -1;
        }
    }
    return done;
}

static inline void discard_at(Set *set, SetEntry *entry) {
    __atomic_store_n(&entry->key, &set_dummy, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->hash, -1, __ATOMIC_RELAXED);
    __atomic_store_n(&set->used, set->used - 1, __ATOMIC_RELAXED);
}

int set_discard_hashed(Set *set, Object *key, hash_t hash) {
    SetEntry *entry;
    if (LIKELY(!runtime_multithreaded)) {
        bool undecided = false;
        SetEntry *unused;
        entry = find_simple(set->table, key, hash, &undecided, &unused);
        if (LIKELY(!undecided)) {
            if (entry) {
                discard_at(set, entry);
            }
            return entry != NULL;
        }
    }
    int found = lock_and_find(set, key, hash, &entry);
    if (found < 0) {
        return -1;
    }
    if (found) {
        discard_at(set, entry);
    }
    object_unlock(&set->lock);
    return found;
}

// Adds all of `other` in one step, in its table's order. `other` is not `set`.
int set_merge(Set *set, Set *other) {
    if (set == other || set_size((Object *)other) == 0) {
        return 0;
    }
    SetTable *source = field_address(&other->table);
    object_lock_two(&set->lock, &other->lock);
    source = other->table;
    int result = 0;
    ssize_t room = other->used;
    if ((size_t)(set->fill + room) * 5 >= set->table->mask * 3) {
        result = set_resize(set, (set->used + room) * 2);
    } else if (set->table == &empty.table) {
        SetTable *table = table_new(LEAST_SIZE);
        result = table ? (gc_store(set, &set->table, table), 0) : -1;
    }
    bool clean = set->fill == 0; // a resize may have removed deleted entries
    if (result == 0 && clean) {
        SetTable *table = set->table;
        bool same = table->mask == source->mask && other->fill == other->used;
        bool whole = same && !runtime_multithreaded;
        if (whole) {
            memcpy(table->entries, source->entries, (source->mask + 1) * sizeof(SetEntry));
        }
        for (size_t i = 0; i <= source->mask && !whole; i++) {
            SetEntry *entry = &source->entries[i];
            if (!entry->key || entry->key == &set_dummy) {
                continue;
            }
            if (same) {
                place(&table->entries[i], entry->key, entry->hash);
            } else {
                insert_clean(table, entry->key, entry->hash);
            }
        }
        set->fill = other->used;
        __atomic_store_n(&set->used, other->used, __ATOMIC_RELAXED);
        gc_dirty(table);
    }
    object_unlock_two(&set->lock, &other->lock);
    if (result < 0 || clean) {
        return result;
    }
    // What is in `source` now is what is merged; callbacks may change both sets.
    for (size_t i = 0; i <= source->mask; i++) {
        Object *key = field_read(&source->entries[i].key);
        hash_t hash = __atomic_load_n(&source->entries[i].hash, __ATOMIC_RELAXED);
        if (key && key != &set_dummy && set_add_hashed(set, key, hash) < 0) {
            return -1;
        }
    }
    return 0;
}

int set_merge_keys(Set *set, Object *dict) {
    ssize_t position = 0;
    Object *key;
    hash_t hash;
    if (runtime_multithreaded || set->fill || !dict_size(dict)) {
        while (dict_next(dict, &position, &key, NULL, &hash)) {
            if (set_add_hashed(set, key, hash) < 0) {
                return -1;
            }
        }
        return 0;
    }
    // They differ from each other.
    if (set->table == &empty.table) {
        SetTable *table = table_new(LEAST_SIZE);
        if (!table) {
            return -1;
        }
        gc_store(set, &set->table, table);
    }
    while (dict_next(dict, &position, &key, NULL, &hash)) {
        insert_clean(set->table, key, hash);
    }
    gc_dirty(set->table);
    set->fill = dict_size(dict);
    *set_additions(set) += (size_t)set->fill;
    __atomic_store_n(&set->used, set->fill, __ATOMIC_RELAXED);
    return 0;
}

bool set_next(Object *self, ssize_t *position, Object **key, hash_t *hash) {
    SetTable *table = field_address(&((Set *)self)->table);
    size_t i = (size_t)*position, mask = table->mask;
    for (const SetEntry *entry = &table->entries[i]; i <= mask; i++, entry++) {
        Object *k = field_read(&entry->key);
        if (!k || k == &set_dummy) {
            continue;
        }
        if (hash && UNLIKELY(!set_entry_read(entry, &k, hash))) {
            continue;
        }
        *position = (ssize_t)i + 1;
        *key = k;
        return true;
    }
    *position = (ssize_t)table->mask + 1;
    return false;
}

void set_clear(Object *self) {
    Set *set = (Set *)self;
    object_lock(&set->lock);
    set->fill = 0;
    __atomic_store_n(&set->used, 0, __ATOMIC_RELAXED);
    gc_store(set, &set->table, &empty.table);
    object_unlock(&set->lock);
}

Object *set_pop(Object *self) {
    Set *set = (Set *)self;
    object_lock(&set->lock);
    if (set->used == 0) {
        object_unlock(&set->lock);
        return raise_error(&exc_KeyError, "pop from an empty set");
    }
    SetTable *table = set->table;
    size_t *finger = set_finger(set), i = *finger & table->mask;
    while (!table->entries[i].key || table->entries[i].key == &set_dummy) {
        i = i == table->mask ? 0 : i + 1;
    }
    Object *key = table->entries[i].key;
    __atomic_store_n(&table->entries[i].key, &set_dummy, __ATOMIC_RELEASE);
    __atomic_store_n(&table->entries[i].hash, -1, __ATOMIC_RELAXED);
    __atomic_store_n(&set->used, set->used - 1, __ATOMIC_RELAXED);
    *finger = i + 1;
    object_unlock(&set->lock);
    return key;
}

#ifdef COLUBER_VERIFY
const char *set_damage(const Object *object) {
    const Set *set = (const Set *)object;
    const SetTable *table = set->table;
    if (!table) {
        return set->used ? "a set without a table counts keys" : NULL;
    }
    if (table->base.type != &set_table_type || table->mask & (table->mask + 1)) {
        return "a set's table is none";
    }
    if (heap_contains(table) &&
        (const char *)&table->entries[table->mask + 1] > (const char *)table + heap_cell_size(table)) {
        return "a set's keys do not fit into its table";
    }
    size_t live = 0, filled = 0;
    for (size_t i = 0; i <= table->mask; i++) {
        const SetEntry *entry = &table->entries[i];
        filled += entry->key != NULL;
        if (!entry->key || entry->key == &set_dummy) {
            continue;
        }
        live++;
        if (str_check_exact(entry->key) && str_hash(entry->key) != entry->hash) {
            return "a key of a set has another hash than the set thinks";
        }
    }
    return live != (size_t)set->used ? "a set miscounts its keys"
           : filled > table->mask    ? "a set is full"
                                     : NULL;
}
#endif
