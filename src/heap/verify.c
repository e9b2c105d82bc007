// What debug builds check at the end of a collection, with the world stopped and all runs given back.
//
//   marks       a cell is allocated where it is marked and nowhere else; every pointer out of a live cell leads
//               to the start of a live one (so a store that went unrecorded shows at the next collection)
//   blocks      bits lie on cell starts; live cells are what the block's count says; large cells and their tails
//               know each other
//   free lists  a block is on the list that it claims to be on, once; the counts agree (block.c)
//   objects     what heap_damage_of says about shapes and about the tables of dicts and sets
//
// A full or middle collection checks all blocks, and that the roots lead to live cells: together with the first line
// this proves that nothing that can be reached was freed. A minor one checks the blocks that it swept.
#include "heap/verify.h"

#include "heap/block.h"
#include "objects/object.h"

#ifdef COLUBER_VERIFY

const char *(*heap_damage_of)(const Object *object);

typedef struct Verifier {
    const char *when;
    const void *cell; // whose pointers are being followed
} Verifier;

[[noreturn]] static void damaged(const char *when, const void *cell, const char *what, const void *other) {
    uint32_t block = block_of(cell);
    fprintf(stderr, "coluber: heap damaged after a %s collection: cell %p (block %u, state %x): %s (%p)\n",
            when, cell, block, heap_block_states[block], what, other);
    abort();
}

static void verify_pointer(const void *target, void *context) {
    const Verifier *verifier = context;
    if (heap_contains(target) && cell_containing((uintptr_t)target) != target) {
        damaged(verifier->when, verifier->cell, "refers to what is no live cell", target);
    }
}

static void verify_cell(Verifier *verifier, const void *cell, uint8_t kind) {
    Tracer tracer = { .visit = verify_pointer, .context = verifier };
    verifier->cell = cell;
    if (kind == CELL_POINTERS) {
        trace_range(&tracer, (void *const *)cell, heap_cell_size(cell) / sizeof(void *));
    } else if (kind == CELL_OBJECT || kind == CELL_LEAF) {
        Object *object = (Object *)(uintptr_t)cell;
        if (!object->type) {
            return; // not initialised yet
        }
        if (kind == CELL_OBJECT) {
            object_trace(object, &tracer);
        }
        const char *damage = heap_damage_of ? heap_damage_of(object) : NULL;
        if (damage) {
            damaged(verifier->when, cell, damage, object->type);
        }
    }
}

static void verify_small(Verifier *verifier, uint32_t block) {
    const BlockInfo *info = &heap_blocks[block];
    const uint64_t *starts = heap_class_starts[info->class];
    uint8_t kind = heap_block_states[block];
    uint32_t live = 0;
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        size_t word = (size_t)block * BLOCK_WORDS + i;
        uint64_t bits = heap_allocs[word];
        if ((bits | heap_marks[word]) & ~starts[i]) {
            damaged(verifier->when, block_start(block), "bits beside the starts of cells", NULL);
        }
        if (kind != CELL_MANUAL && bits != heap_marks[word]) {
            damaged(verifier->when, block_start(block), "marks and allocated cells differ", NULL);
        }
        live += (uint32_t)__builtin_popcountll(bits);
        for (; bits; bits &= bits - 1) {
            size_t granule = (word << 6) + (size_t)__builtin_ctzll(bits);
            verify_cell(verifier, (void *)(heap_base + (granule << GRANULE_SHIFT)), kind);
        }
    }
    if (kind != CELL_MANUAL && live != info->live) {
        damaged(verifier->when, block_start(block), "the block counts its cells wrong", NULL);
    }
    if (info->young || (info->owned && (info->listed || !runtime_multithreaded))) {
        damaged(verifier->when, block_start(block), "whose block is on a wrong list, or not given back",
                NULL);
    }
}

static void verify_large(Verifier *verifier, uint32_t block) {
    const BlockInfo *info = &heap_blocks[block];
    char *cell = block_start(block);
    uint8_t kind = heap_block_states[block] & BLOCK_KIND_MASK;
    if (!bit_get(heap_allocs, granule_of(cell)) || (kind != CELL_MANUAL && !cell_is_marked(cell))) {
        damaged(verifier->when, cell, "a large cell that is not alive", NULL);
    }
    for (uint32_t i = 1; i < info->large_blocks; i++) {
        if (heap_block_states[block + i] != BLOCK_TAIL || heap_blocks[block + i].head != block) {
            damaged(verifier->when, cell, "a large cell without its tail", block_start(block + i));
        }
    }
    verify_cell(verifier, cell, kind);
}

static void verify_block(Verifier *verifier, uint32_t block) {
    uint8_t state = heap_block_states[block];
    if (state < BLOCK_LARGE) {
        verify_small(verifier, block);
    } else if (state != BLOCK_FREE && state != BLOCK_TAIL) {
        verify_large(verifier, block);
    }
}

void heap_verify(const char *when, const uint32_t *blocks, uint32_t count) {
    Verifier verifier = { .when = when };
    const char *damage = blocks_damage();
    if (damage) {
        fprintf(stderr, "coluber: heap damaged after a %s collection: %s\n", when, damage);
        abort();
    }
    if (blocks) {
        for (uint32_t i = 0; i < count; i++) {
            verify_block(&verifier, blocks[i]);
        }
    } else {
        for (uint32_t block = 0; block < heap_block_top; block++) {
            verify_block(&verifier, block);
        }
        Tracer tracer = { .visit = verify_pointer, .context = &verifier };
        verifier.cell = (void *)heap_base; // for want of one
        mark_roots(&tracer);
        mark_library_roots(&tracer);
    }
}

#endif
