// How many references to an object there are. Nobody counts them as they come and go, so for sys.getrefcount the heap is
// collected and then read: every word of a live cell, a root or a frame that leads to the object is one.
#include "heap/block.h"
#include "objects/object.h"

typedef struct Count {
    const void *target;
    ssize_t found;
    bool (*is_owner)(Object *object);
} Count;

static void count_reference(const void *cell, void *context) {
    Count *count = context;
    count->found += cell == count->target;
}

static void count_in_cell(void *cell, CellKind kind, Count *count) {
    Tracer tracer = { .visit = count_reference, .context = count };
    if (kind == CELL_POINTERS) {
        trace_range(&tracer, cell, heap_cell_size(cell) / sizeof(void *));
    } else if (kind == CELL_OBJECT && ((Object *)cell)->type && count->is_owner(cell)) {
        object_trace(cell, &tracer);
    }
}

ssize_t heap_count_references(const Object *target, bool (*is_owner)(Object *object), char *from) {
    Count count = { target, 0, is_owner };
    if (heap_collect_from(from) < 0) {
        return -1;
    }
    world_stop();
    if (heap_hooks.clear_dead) {
        heap_hooks.clear_dead(thread_current);
    }
    Tracer tracer = { .visit = count_reference, .context = &count };
    mark_roots(&tracer);
    mark_library_roots(&tracer);
    for (uint32_t block = 0; block < heap_block_top; block++) {
        uint8_t state = heap_block_states[block], kind = state & BLOCK_KIND_MASK;
        if (state == BLOCK_FREE || state == BLOCK_TAIL || (kind != CELL_OBJECT && kind != CELL_POINTERS)) {
            continue;
        }
        size_t first = (size_t)block * BLOCK_WORDS, words = state & BLOCK_LARGE ? 1 : BLOCK_WORDS;
        for (size_t i = first; i < first + words; i++) {
            // What the collection left. Cells made since belong to finalizers that have ended, or to other threads.
            for (uint64_t bits = heap_marks[i]; bits; bits &= bits - 1) {
                size_t granule = (i << 6) + (size_t)__builtin_ctzll(bits);
                count_in_cell((void *)(heap_base + (granule << GRANULE_SHIFT)), kind, &count);
            }
        }
    }
    world_start();
    return count.found;
}
