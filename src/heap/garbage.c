// What gc.collect() returns. Its callers expect the number of objects that only the cycle detector could
// free, so dead objects that reference counts would have freed by themselves must not be counted. Those
// are peeled off as a counter would: whatever no other dead object points to goes first, then what only
// that pointed to, and so on. What is left lies on cycles or hangs from them. What finalizers bring back is
// no garbage after all (finalize.c).
#include "heap/block.h"
#include "objects/object.h"

bool (*heap_counts_as_garbage)(Object *object);
bool heap_save_garbage;

static PointerList saved;

static void saved_trace(Tracer *tracer) {
    trace_range(tracer, (void *const *)saved.items, saved.count);
}

Object *heap_take_garbage(void) {
    return saved.count ? saved.items[--saved.count] : NULL;
}

enum { CELLS_MOST = 4 << 20 };  // beyond that all are counted: peeling takes memory

typedef struct Dead {
    void **cells; // in address order
    uint32_t *places; // of each block that was looked at, where its words' ranks begin
    uint32_t *ranks; // for each word of its bitmaps, how many dead cells lie before it
    uint32_t *in, *queue;
    size_t count, queued, ranked;
    bool releasing;    // visiting to take edges away
} Dead;

static Dead dead; // between garbage_peel and garbage_forget
static uint64_t *counted; // a bit for each 16 bytes, until garbage_forget_counted

static uint8_t cell_kind(const void *cell) {
    return heap_block_states[block_of(cell)] & BLOCK_KIND_MASK;
}

// The place of an unmarked cell among the dead ones that can hold pointers, or SIZE_MAX.
static size_t dead_find(const void *cell) {
    size_t granule = granule_of(cell), word = granule >> 6;
    uint64_t bit = (uint64_t)1 << (granule & 63), bits = heap_allocs[word] & ~heap_marks[word];
    if (!(bits & bit) || cell_kind(cell) > CELL_POINTERS) {
        return SIZE_MAX;
    }
    size_t rank = dead.places[word / BLOCK_WORDS] + word % BLOCK_WORDS;
    return dead.ranks[rank] + (size_t)__builtin_popcountll(bits & (bit - 1));
}

static void visit_edge(const void *cell, void *context) {
    if (!heap_contains(cell) || cell_is_marked(cell)) {
        return;
    }
    size_t i = dead_find(cell);
    if (i == SIZE_MAX) {
        return;
    }
    if (!dead.releasing) {
        dead.in[i]++;
    } else if (--dead.in[i] == 0) {
        dead.queue[dead.queued++] = (uint32_t)i;
    }
}

static void visit_children(size_t i) {
    Tracer tracer = { .visit = visit_edge };
    void *cell = dead.cells[i];
    if (cell_kind(cell) == CELL_OBJECT) {
        object_trace(cell, &tracer);
    } else {
        size_t words = heap_cell_size(cell) / sizeof(void *);
        for (size_t n = 0; n < words; n++) {
            visit_edge(((void **)cell)[n], NULL);
        }
    }
}

// Takes down each dead cell of a block that can hold pointers, and the ranks; without arrays it only counts.
static size_t gather_block(uint32_t block, size_t count) {
    uint8_t state = heap_block_states[block];
    if (state == BLOCK_FREE || state == BLOCK_TAIL || (state & BLOCK_KIND_MASK) > CELL_POINTERS) {
        return count;
    }
    size_t words = state & BLOCK_LARGE ? 1 : BLOCK_WORDS;
    if (dead.cells) {
        dead.places[block] = (uint32_t)dead.ranked;
    }
    for (size_t i = (size_t)block * BLOCK_WORDS; i < (size_t)block * BLOCK_WORDS + words;
         i++, dead.ranked++) {
        uint64_t bits = heap_allocs[i] & ~heap_marks[i];
        if (!dead.cells) {
            count += (size_t)__builtin_popcountll(bits);
            continue;
        }
        dead.ranks[dead.ranked] = (uint32_t)count;
        for (; bits; bits &= bits - 1) {
            dead.cells[count++] = (void *)(heap_base +
                                           (((i << 6) + (size_t)__builtin_ctzll(bits)) << GRANULE_SHIFT));
        }
    }
    return count;
}

static size_t gather(bool all) {
    size_t count = 0;
    dead.ranked = 0;
    if (all) {
        for (uint32_t block = 0; block < heap_block_top; block++) {
            count = gather_block(block, count);
        }
    } else {
        for (uint32_t i = 0; i < heap_young_count; i++) {
            count = gather_block(heap_young_blocks[i], count);
        }
    }
    return count;
}

void garbage_forget(void) {
    free(dead.cells);
    free(dead.places);
    free(dead.ranks);
    free(dead.in);
    free(dead.queue);
    dead = (Dead){};
}

void garbage_forget_counted(void) {
    free(counted);
    counted = NULL;
}

bool garbage_peel(bool all) {
    dead = (Dead){};
    dead.count = gather(all);
    if (dead.count == 0 || dead.count > CELLS_MOST) {
        return false;
    }
    void **cells = malloc(dead.count * sizeof(void *));
    dead.places = malloc(heap_block_top * sizeof(uint32_t)); // read only where a block has dead cells
    dead.ranks = malloc(dead.ranked * sizeof(uint32_t));
    dead.in = calloc(dead.count, sizeof(uint32_t));
    dead.queue = malloc(dead.count * sizeof(uint32_t));
    if (!cells || !dead.places || !dead.ranks || !dead.in || !dead.queue) {
        free(cells);
        return false;
    }
    dead.cells = cells;
    gather(all);
    for (size_t i = 0; i < dead.count; i++) {
        visit_children(i);
    }
    dead.releasing = true;
    for (size_t i = 0; i < dead.count; i++) {
        if (!dead.in[i]) {
            dead.queue[dead.queued++] = (uint32_t)i;
        }
    }
    for (size_t at = 0; at < dead.queued; at++) {
        visit_children(dead.queue[at]);
    }
    return true;
}

bool garbage_is_peeled(const void *cell) {
    size_t i = dead_find(cell);
    return i != SIZE_MAX && !dead.in[i];
}

bool garbage_has_counted(void) {
    return counted;
}

bool garbage_was_counted(const void *cell) {
    return counted && bit_get(counted, granule_of(cell));
}

static bool counts(const void *cell) {
    Object *object = (Object *)(uintptr_t)cell;
    if (cell_kind(cell) != CELL_OBJECT || !object->type || !(object->type->flags & TF_GC)) {
        return false;
    }
    return !heap_counts_as_garbage || heap_counts_as_garbage(object);
}

size_t garbage_count(void) {
    size_t found = 0;
    if (garbage_peel(true)) {
        counted = heap_save_garbage ? NULL : calloc((size_t)heap_block_top * BLOCK_WORDS, sizeof(uint64_t));
        static bool registered;
        if (heap_save_garbage && !registered) {
            registered = true;
            heap_add_root_tracer(saved_trace);
        }
        for (size_t i = dead.count; i-- > 0;) {
            if (!dead.in[i] || !counts(dead.cells[i])) {
                continue;
            }
            found++;
            if (counted) {
                bit_set(counted, granule_of(dead.cells[i]));
            }
            if (heap_save_garbage && pointer_list_push(&saved, dead.cells[i]) == 0) {
                trace_cell(&heap_tracer, dead.cells[i]);
            }
        }
        mark_drain(&heap_tracer);
    } else {
        found = dead.count; // none, or more than can be told apart
    }
    garbage_forget();
    return found;
}
