// Sweeping: what is not marked is free. Only bitmaps are touched, so it is done in the pause.
#include "heap/block.h"

static uint32_t collection_number;
size_t heap_live_bytes, heap_live_cells;

uint32_t heap_collection_number(void) {
    return collection_number;
}

#define POISON 0xDB

static void poison_dead(uint32_t block) {
    const BlockInfo *info = &heap_blocks[block];
    for (uint32_t i = 0; i < info->cells; i++) {
        char *cell = block_start(block) + (size_t)i * info->cell_size;
        size_t granule = granule_of(cell);
        if (bit_get(heap_allocs, granule) && !bit_get(heap_marks, granule)) {
            memset(cell, POISON, info->cell_size);
            if (heap_block_states[block] != CELL_BYTES) {
                ((void **)cell)[1] = NULL;  // the type word
            }
        }
    }
}

static void sweep_small(uint32_t block) {
    BlockInfo *info = &heap_blocks[block];
    uint64_t *marks = heap_marks + (size_t)block * BLOCK_WORDS;
    uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    bool manual = heap_block_states[block] == CELL_MANUAL;
    if (UNLIKELY(heap_stress) && !manual) {
        poison_dead(block);
    }
    uint32_t live = 0;
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        if (!manual) {
            allocs[i] = marks[i];
        }
        live += (uint32_t)__builtin_popcountll(allocs[i]);
    }
    heap_live_cells += (size_t)live - info->live;
    heap_live_bytes += ((size_t)live - info->live) * info->cell_size;
    info->live = live;
    block_give_back(block);
}

void sweep_forget(uint32_t block) {
    BlockInfo *info = &heap_blocks[block];
    heap_live_cells -= info->live;
    heap_live_bytes -= info->live * (size_t)info->large_bytes;
    info->live = 0;
}

static void sweep_large(uint32_t block) {
    size_t granule = granule_of(block_start(block));
    BlockInfo *info = &heap_blocks[block];
    if ((heap_block_states[block] & BLOCK_KIND_MASK) != CELL_MANUAL && !bit_get(heap_marks, granule)) {
        bit_clear(heap_allocs, granule);
        sweep_forget(block);
        block_make_free(block, info->large_blocks);
    } else if (!info->live) {
        info->live = 1;
        heap_live_cells++;
        heap_live_bytes += info->large_bytes;
    }
}

static void sweep_block(uint32_t block) {
    uint8_t state = heap_block_states[block];
    if (state < BLOCK_LARGE) {
        sweep_small(block);
    } else if (state != BLOCK_FREE && state != BLOCK_TAIL) {
        sweep_large(block);
    }
}

void sweep(bool full) {
    collection_number++;
    for (uint32_t i = 0; i < heap_young_count; i++) {
        heap_blocks[heap_young_blocks[i]].young = false;
    }
    if (full) {
        blocks_forget_partial();
        for (uint32_t block = heap_block_top; block-- > 0;) {
            sweep_block(block);
        }
    } else {
        for (uint32_t i = heap_young_count; i-- > 0;) {
            sweep_block(heap_young_blocks[i]);
        }
    }
    heap_young_count = 0;
    blocks_rewind();
    heap_common_rewind();
    if (full || collection_number % 16 == 0) {
        blocks_release_idle(collection_number, 32);
    }
}
