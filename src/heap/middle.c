// Middle collections: between minor ones, which never look at what is old again, and full ones, which look at
// everything. They find what was promoted since the last full collection and has died: what a program builds for a
// while, a little longer than a window lasts, and drops.
//
// What the last full collection left is taken for alive. To start from that two tables are kept beside those of the
// minor collections:
//
//   kept marks   the mark bits as the full collection left them
//   kept cards   the cards that minor collections have cleared since: where those cells were written to
//
// A middle collection puts the marks back, makes the kept cards dirty again and goes on as a full one does. So its
// work grows with what is younger than the last full collection, not with the heap. It is worth that while most of
// what was promoted dies; a program that grows, or replaces old data by new, gets full ones (collect.c decides).
//
// An old cell that is freed or counts as young again without a full collection has to leave the kept marks, too
// (middle_forget): another cell could be made and become old in its place, and would then be taken for one whose
// pointers the kept cards know. And blocks that get other cells leave the kept cards: what lies behind the end of a
// large cell is nobody's, and must not be read because something else was written to there.
//
// Before the first full collection nothing is kept, and a middle one is a full one.
#include "heap/block.h"

uint64_t *heap_kept_marks;
uint8_t *heap_kept_cards;
bool heap_marks_kept; // since the first full collection

static size_t mark_words(void) {
    return (size_t)heap_block_top * BLOCK_WORDS;
}
static size_t card_count(void) {
    return ((size_t)heap_block_top << BLOCK_SHIFT) >> CARD_SHIFT;
}

void middle_keep(void) {
    memcpy(heap_kept_marks, heap_marks, mark_words() * sizeof(uint64_t));
    memset(heap_kept_cards, 0, card_count());
    heap_marks_kept = true;
}

void middle_restore(void) {
    for (size_t i = 0; i < mark_words(); i++) {
        heap_marks[i] &= heap_kept_marks[i];
    }
    for (size_t i = 0; i < card_count(); i++) {
        heap_cards[i] |= heap_kept_cards[i];
    }
}

void middle_forget(const void *cell) {
    bit_clear(heap_kept_marks, granule_of(cell));
}

void middle_forget_blocks(uint32_t first, uint32_t count) {
    if (heap_marks_kept) {
        memset(heap_kept_marks + (size_t)first * BLOCK_WORDS, 0,
               (size_t)count * BLOCK_WORDS * sizeof(uint64_t));
        memset(heap_kept_cards + ((size_t)first << (BLOCK_SHIFT - CARD_SHIFT)), 0,
               (size_t)count << (BLOCK_SHIFT - CARD_SHIFT));
    }
}

CollectionKind heap_generation(const void *cell) {
    if (!heap_contains(cell)) {
        return COLLECT_FULL;
    }
    if (!cell_is_marked(cell)) {
        return COLLECT_MINOR;
    }
    return bit_get(heap_kept_marks, granule_of(cell)) ? COLLECT_FULL : COLLECT_MIDDLE;
}
