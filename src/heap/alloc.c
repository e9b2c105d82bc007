// Allocation: taking free runs from blocks, large cells, and objects.
#include "heap/block.h"
#include "objects/object.h"

_Thread_local ThreadHeap thread_heap;
HeapHooks heap_hooks;
size_t heap_window = HEAP_WINDOW_LEAST;
HeapTaken heap_taken;
size_t heap_stress;
AllocationHook *heap_allocation_hook;
HeapStats heap_counters;
static size_t physical_memory;

// What is kept when memory ends: some blocks for making the MemoryError, and more for the program's handlers, which
// print, close files and drop what they hold. Those are opened when the error is raised, and closed when there is
// memory again.
enum { BLOCKS_FOR_ERROR = 8, BLOCKS_FOR_HANDLERS = 32 };
static bool handlers_reserve_open;

int heap_init(const HeapOptions *options) {
    if (heap_base) {
        return 0;
    }
    physical_memory = os_physical_memory();
    size_t want = size_max(physical_memory * 4, (size_t)16 << 30);
    want = size_min(want, (size_t)1 << 40);
    size_t left = os_address_space_left();
    if (left != SIZE_MAX) {
        want = size_min(want, left / 4 * 3);
    }
    if (blocks_init(want) < 0 || mark_init() < 0) {
        return -1;
    }
    finalize_init();
    heap_stress = options ? options->stress : 0;
    extern bool heap_trace_collections;
    heap_trace_collections = options && options->trace;
    // Only now: a collection before this point would find no tables.
    return 0;
}

void thread_heap_init(Thread *thread) {
    ThreadHeap *heap = thread->sync->heap;
    struct ThreadHeapDetails *details = heap->details;
    for (size_t kind = 0; kind < CELL_KINDS; kind++) {
        for (size_t class = 0; class < HEAP_CLASSES; class ++) {
            details->blocks[kind][class] = NO_BLOCK;
        }
    }
    details->stress_countdown = heap_stress;
}

// Cells of a manual block are freed by other threads at any time, so its bits change atomically.
static void bits_or(uint64_t *word, uint64_t bits, bool shared) {
    if (shared) {
        __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
    } else {
        *word |= bits;
    }
}

static void bits_and(uint64_t *word, uint64_t bits, bool shared) {
    if (shared) {
        __atomic_fetch_and(word, bits, __ATOMIC_RELAXED);
    } else {
        *word &= bits;
    }
}

// Sets (or clears) the alloc bits of all cells that start in [from, to).
static inline void alloc_bits_change(uint32_t block, char *from, char *to, bool set) {
    if (from == to) {
        return;
    }
    const uint64_t *starts = heap_class_starts[heap_blocks[block].class];
    uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    bool shared = heap_block_states[block] == CELL_MANUAL;
    size_t first = granule_of(from) & (BLOCK_GRANULES - 1);
    size_t last = first + ((size_t)(to - from) >> GRANULE_SHIFT) - 1;
    if (first >> 6 == last >> 6 && set && !shared) {
        allocs[first >> 6] |= starts[first >> 6] & ~(uint64_t)0 << (first & 63) &
                              ~(uint64_t)0 >> (63 - (last & 63));
        return;
    }
    for (size_t word = first >> 6; word <= last >> 6; word++) {
        uint64_t bits = starts[word];
        if (word == first >> 6) {
            bits &= ~(uint64_t)0 << (first & 63);
        }
        if (word == last >> 6) {
            bits &= ~(uint64_t)0 >> (63 - (last & 63));
        }
        if (set) {
            bits_or(&allocs[word], bits, shared);
        } else {
            bits_and(&allocs[word], ~bits, shared);
        }
    }
}

// The next free run of `block` at or after `from`, of about RUN_BYTES at most; false when there is none. Free
// cells have no alloc bit; a run ends where the next allocated cell starts. This looks at words of bits, never
// at cells: in a fragmented block a run is a cell or two.
static bool block_find_run(uint32_t block, const char *from, char **start, char **end) {
    const BlockInfo *info = &heap_blocks[block];
    const uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    const uint64_t *starts = heap_class_starts[info->class];
    char *base = block_start(block);
    size_t granule = (size_t)(from - base) >> GRANULE_SHIFT, word = granule >> 6;
    if (word >= BLOCK_WORDS) {
        return false;
    }
    uint64_t taken = __atomic_load_n(&allocs[word], __ATOMIC_RELAXED);
    uint64_t bits = starts[word] & ~taken & (~(uint64_t)0 << (granule & 63));
    while (!bits) {
        if (++word == BLOCK_WORDS) {
            return false;
        }
        taken = __atomic_load_n(&allocs[word], __ATOMIC_RELAXED);
        bits = starts[word] & ~taken;
    }
    size_t first = (size_t)__builtin_ctzll(bits), last_word = size_min(word + RUN_WORDS, BLOCK_WORDS - 1);
    *start = base + (((word << 6) + first) << GRANULE_SHIFT);
    taken &= ~(uint64_t)0 << first;
    while (!taken && word < last_word) {
        taken = __atomic_load_n(&allocs[++word], __ATOMIC_RELAXED);
    }
    *end = taken ? base + (((word << 6) + (size_t)__builtin_ctzll(taken)) << GRANULE_SHIFT)
                 : base + (size_t)info->cells * info->cell_size;
    return true;
}

// The bytes above a block's `fresh_from` were never used and read as zero; they are not touched before an
// object is made there, so that a run costs a page fault only for the pages that get used.
static void run_zero(uint32_t block, char *start, char *end) {
    BlockInfo *info = &heap_blocks[block];
    char *fresh = block_start(block) + info->fresh_from;
    if (start < fresh) {
        memset(start, 0, (size_t)((end < fresh ? end : fresh) - start));
    }
}

// What is traced comes zeroed.
static bool kind_is_zeroed(CellKind kind) {
    return kind == CELL_OBJECT || kind == CELL_POINTERS;
}

// How many blocks are left for this thread to take. With heap_lock held.
static size_t blocks_left(const ThreadHeap *heap) {
    size_t left = heap_block_count - heap_block_top + heap_free_blocks;
    if (heap->raising_memory_error) {
        return left;
    }
    size_t kept = BLOCKS_FOR_ERROR, more = size_min(BLOCKS_FOR_HANDLERS, heap_block_count / 16);
    if (!handlers_reserve_open || left > kept + 2 * more) {
        handlers_reserve_open = false;
        kept += more;
    }
    return left > kept ? left - kept : 0;
}

// From this size of the heap on, an empty block goes to cells of the kind and size that it held before. Were it to go
// to whoever comes first, then cells that stay would take the blocks of those that never do, which would need new ones
// in every window.
enum { BLOCKS_SMALL_HEAP = 256 };

// A block with free cells: a sparse one, an empty one, a dense one, and only then a new one, by which
// the heap grows. With heap_lock held.
static uint32_t block_take(ThreadHeap *heap, CellKind kind, size_t class) {
    uint32_t block = block_take_partial(kind, class, false);
    if (block != NO_BLOCK) {
        return block;
    }
    if (heap_block_top < BLOCKS_SMALL_HEAP) {
        block_find_free();
    } else if (!block_find_free_alike(kind, class)) {
        block = block_take_partial(kind, class, true);
        if (block != NO_BLOCK) {
            return block;
        }
    }
    bool any = blocks_left(heap) > 0;
    if (any) {
        block = block_take_free();
    }
    if (block == NO_BLOCK) {
        uint32_t dense = block_take_partial(kind, class, true);
        if (dense != NO_BLOCK) {
            return dense;
        }
        if (!any) {
            return NO_BLOCK;
        }
        block = block_take_fresh();
    }
    if (block != NO_BLOCK) {
        block_format(block, kind, class);
    }
    return block;
}

static void report_allocated(struct ThreadHeapDetails *details) {
    if (LIKELY(!runtime_multithreaded)) {
        __atomic_store_n(&heap_taken.bytes, heap_taken.bytes + details->unreported, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&heap_taken.bytes, details->unreported, __ATOMIC_RELAXED);
    }
    details->unreported = 0;
}

// The next free run of `block` from `from` on becomes the thread's, zeroed as its kind asks.
static void run_take(ThreadHeap *heap, CellKind kind, size_t class, uint32_t block, char *start, char *end) {
    struct ThreadHeapDetails *details = heap->details;
    size_t cell_size = heap_class_sizes[class];
    uint8_t *growth = &details->growth[kind][class];
    size_t piece = (size_t)RUN_BYTES >> (RUN_GROWTH - *growth);
    *growth = (uint8_t)(*growth + (*growth < RUN_GROWTH));
    details->short_runs += (size_t)(end - start) < RUN_WORTH && cell_size < RUN_WORTH;
    if (UNLIKELY(heap_stress || heap_allocation_hook)) {
        end = start + cell_size;
    } else if ((size_t)(end - start) > piece) {
        size_t most = piece / cell_size * cell_size;
        end = start + (most ? most : cell_size);
    }
    alloc_bits_change(block, start, end, true);
    if (kind_is_zeroed(kind)) {
        run_zero(block, start, end);
    }
    uint32_t used = (uint32_t)(end - block_start(block));
    if (used > heap_blocks[block].fresh_from) {
        heap_blocks[block].fresh_from = used;
    }
    heap->runs[kind][class].cursor = start;
    heap->runs[kind][class].limit = end;
    details->unreported += (size_t)(end - start);
}

// Blocks from which threads take their first runs of a kind and size, so that one that makes little of much takes pieces
// of pages and not pages. With heap_lock held. A run begins in a cache line of its own: what a thread writes to all the
// time, such as the iterator of its loop, may lie at the end of the one before.
static struct Common {
    uint32_t block; // `owned`
    char *from; // where the search for the next run begins; NULL: there is none
} common_blocks[CELL_KINDS][HEAP_CLASSES];

void heap_common_rewind(void) {
    struct Common *common = &common_blocks[0][0];
    for (size_t i = 0; i < CELL_KINDS * HEAP_CLASSES; i++) {
        common[i].from = common[i].from ? block_start(common[i].block) : NULL;
    }
}

void heap_common_forget(void) {
    struct Common *common = &common_blocks[0][0];
    for (size_t i = 0; i < CELL_KINDS * HEAP_CLASSES; i++) {
        if (common[i].from) {
            heap_blocks[common[i].block].owned = false;
            common[i].from = NULL;
        }
    }
}

static bool run_refill_common(ThreadHeap *heap, CellKind kind, size_t class) {
    struct Common *common = &common_blocks[kind][class];
    char *start, *end;
    heap_lock_take();
    while (!common->from || !block_find_run(common->block, common->from, &start, &end)) {
        if (common->from) {
            heap_blocks[common->block].owned = false;
            common->from = NULL;
        }
        uint32_t block = block_take(heap, kind, class);
        if (block == NO_BLOCK) {
            heap_lock_drop();
            return false;
        }
        heap_blocks[block].owned = true;
        *common = (struct Common){ block, block_start(block) };
    }
    block_note_young(common->block);
    run_take(heap, kind, class, common->block, start, end);
    common->from = (char *)round_up((uintptr_t)heap->runs[kind][class].limit, CACHE_LINE);
    heap_lock_drop();
    return true;
}

// Gives the thread's run of this kind and class more cells. False: out of memory.
static bool run_refill(ThreadHeap *heap, CellKind kind, size_t class) {
    struct ThreadHeapDetails *details = heap->details;
    FreeRun *run = &heap->runs[kind][class];
    uint32_t block = details->blocks[kind][class];
    char *start, *end, *from = run->limit || block == NO_BLOCK ? run->limit : block_start(block);
    if (runtime_multithreaded && block == NO_BLOCK && details->growth[kind][class] < RUN_GROWTH_OWN &&
        kind != CELL_MANUAL) {
        if (!run_refill_common(heap, kind, class)) {
            run->cursor = run->limit = NULL;
            return false;
        }
        goto taken;
    }
    for (;;) {
        if (block != NO_BLOCK && block_find_run(block, from, &start, &end)) {
            break;
        }
        heap_lock_take();
        if (block != NO_BLOCK) {
            heap_blocks[block].owned = false;
        }
        block = block_take(heap, kind, class);
        details->blocks[kind][class] = block;
        if (block != NO_BLOCK) {
            heap_blocks[block].owned = true;
            block_note_young(block);
        }
        heap_lock_drop();
        if (block == NO_BLOCK) {
            run->cursor = run->limit = NULL;
            return false;
        }
        from = block_start(block);
    }
    if (UNLIKELY(!heap_blocks[block].young)) { // kept over a collection
        heap_lock_take();
        block_note_young(block);
        heap_lock_drop();
    }
    run_take(heap, kind, class, block, start, end);
taken:
    if (details->unreported >= (runtime_multithreaded ? REPORT_BYTES_THREADS : REPORT_BYTES)) {
        report_allocated(details);
    }
    return true;
}

// The next run of the thread's own block when that is a few cells between others, as most are in an old heap: what run_refill
// does for it costs as much as ten cells. False: the run is longer, or something is due that only the whole slow path does.
static inline bool run_take_short(ThreadHeap *heap, CellKind kind, size_t class) {
    struct ThreadHeapDetails *details = heap->details;
    FreeRun *run = &heap->runs[kind][class];
    if (!run->limit || kind == CELL_MANUAL || heap_stress || heap_allocation_hook || world_is_stopping()) {
        return false;
    }
    uint32_t block = details->blocks[kind][class];
    if (block == NO_BLOCK || !heap_blocks[block].young ||
        details->unreported >= (runtime_multithreaded ? REPORT_BYTES_THREADS : REPORT_BYTES)) {
        return false;
    }
    const uint64_t *starts = heap_class_starts[class];
    uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    char *base = block_start(block);
    size_t granule = (size_t)(run->limit - base) >> GRANULE_SHIFT, word = granule >> 6;
    if (word >= BLOCK_WORDS) {
        return false;
    }
    uint64_t taken = __atomic_load_n(&allocs[word], __ATOMIC_RELAXED);
    uint64_t bits = starts[word] & ~taken & (~(uint64_t)0 << (granule & 63));
    while (!bits) {
        if (++word == BLOCK_WORDS) {
            return false;
        }
        taken = __atomic_load_n(&allocs[word], __ATOMIC_RELAXED);
        bits = starts[word] & ~taken;
    }
    unsigned first = (unsigned)__builtin_ctzll(bits);
    uint64_t behind = taken & (~(uint64_t)0 << first);
    if (!behind) {
        return false;
    }
    unsigned last = (unsigned)__builtin_ctzll(behind); // above `first`
    allocs[word] = taken | (starts[word] & (~(uint64_t)0 << first) & (((uint64_t)1 << last) - 1));
    char *start = base + (((word << 6) + first) << GRANULE_SHIFT);
    size_t size = (size_t)(last - first) << GRANULE_SHIFT;
    if (kind_is_zeroed(kind)) {
        memset(start, 0, size);
    }
    run->cursor = start;
    run->limit = start + size;
    details->unreported += size;
    details->short_runs += size < RUN_WORTH;
    return true;
}

// For so many collections a thread keeps a block. Were another one to make its next object there, it could share a line
// with one that this thread writes to all the time, such as the iterator of its loop: both would lose a quarter of their time.
enum { KEPT_COLLECTIONS = 16 };

uint64_t heap_short_runs;

bool thread_heap_flush(Thread *thread, FlushedBlocks blocks) {
    ThreadHeap *heap = thread->sync->heap;
    bool allocated = false;
    if (!heap) {
        return allocated;
    }
    report_allocated(heap->details);
    heap_short_runs += heap->details->short_runs;
    heap->details->short_runs = 0;
    for (size_t kind = 0; kind < CELL_KINDS; kind++) {
        for (size_t class = 0; class < HEAP_CLASSES; class ++) {
            uint32_t block = heap->details->blocks[kind][class];
            FreeRun *run = &heap->runs[kind][class];
            bool common = block == NO_BLOCK && run->limit;
            if (common) {
                block = block_of(run->limit - 1);
            }
            if (block == NO_BLOCK) {
                continue;
            }
            alloc_bits_change(block, run->cursor, run->limit, false);
            __atomic_fetch_sub(&heap_taken.bytes, (size_t)(run->limit - run->cursor), __ATOMIC_RELAXED);
            run->cursor = run->limit = NULL;
            bool used = heap_blocks[block].young;
            allocated |= used;
            if (common) {
                continue;
            }
            if (blocks == FLUSH_KEEPS &&
                heap_collection_number() - heap_blocks[block].used_at < KEPT_COLLECTIONS) {
                continue;
            }
            heap_blocks[block].owned = false;
            heap->details->blocks[kind][class] = NO_BLOCK;
            if (!used) {
                block_give_back(block);
            } else if (blocks == FLUSH_GIVES) {
                block_give_partial(block);
            }
        }
    }
    return allocated;
}

// What its blocks have left serves others before the next collection. Else each of many short threads would begin fresh
// blocks.
void thread_heap_leave(Thread *thread) {
    heap_lock_take();
    thread_heap_flush(thread, FLUSH_GIVES);
    heap_lock_drop();
}

void thread_heap_free(Thread *thread) {
    free(thread->sync->heap->details->finalizable.items);
    free(thread->sync->heap->details->weakrefs.items);
    free(thread->sync->heap->details->dropped.items);
    free(thread->sync->heap->details->spare_search);
}

// Zeroing costs a tenth of the page faults that fresh pages take, and keeps what may not be needed.
enum : size_t { DECOMMIT_FROM = (size_t)8 << 20 };

// `zeroed` bytes of a cell of a zeroed kind are zeroed.
static void *alloc_large(size_t size, CellKind kind, size_t zeroed) {
    if (size > heap_reserved || size > physical_memory + (physical_memory >> 3)) {
        return NULL;
    }
    uint32_t count = (uint32_t)((size + BLOCK_SIZE - 1) >> BLOCK_SHIFT);
    bool zero;
    heap_lock_take();
    uint32_t block = count <= blocks_left(&thread_heap) ? blocks_take_run(count, &zero) : NO_BLOCK;
    if (block != NO_BLOCK) {
        BlockInfo *info = &heap_blocks[block];
        info->large_blocks = count;
        info->large_bytes = round_up(size, 4096); // what lies behind is neither zeroed nor traced
        info->cells = 1;
        info->live = 0;
        if (kind != CELL_MANUAL) {
            block_note_young(block);
        }
    }
    heap_lock_drop();
    if (block == NO_BLOCK) {
        return NULL;
    }
    char *cell = block_start(block);
    if (!zero) {
        if (kind_is_zeroed(kind)) {
            if (zeroed > DECOMMIT_FROM) {
                os_decommit(cell, (size_t)count << BLOCK_SHIFT);
            } else {
                memset(cell, 0, zeroed < size ? zeroed : round_up(size, 4096));
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        heap_blocks[block + i].dirty = true;
    }
    bit_set(heap_allocs, granule_of(cell));
    __atomic_store_n(&heap_block_states[block], (uint8_t)(kind | BLOCK_LARGE), __ATOMIC_RELEASE);
    __atomic_fetch_add(&heap_taken.bytes, size, __ATOMIC_RELAXED);
    if (!kind_is_zeroed(kind)) {
        __atomic_fetch_add(&heap_taken.large, size, __ATOMIC_RELAXED);
    }
    return cell;
}

static inline void *alloc_once(ThreadHeap *heap, size_t size, CellKind kind, size_t zeroed) {
    if (size > HEAP_SMALL_MOST) {
        return alloc_large(size, kind, zeroed);
    }
    size_t class = heap_class_of(size);
    FreeRun *run = &heap->runs[kind][class];
    size_t cell_size = heap_class_sizes[class];
    if ((size_t)(run->limit - run->cursor) < cell_size && !run_refill(heap, kind, class)) {
        return NULL;
    }
    void *cell = run->cursor;
    run->cursor += cell_size;
    return cell;
}

__attribute__((always_inline)) static inline void *alloc_slow(size_t size, CellKind kind, size_t zeroed) {
    ThreadHeap *heap = &thread_heap;
    if (size - HEAP_EXACT_MOST - 1 < HEAP_SMALL_MOST - HEAP_EXACT_MOST && LIKELY(!heap_allocation_hook)) {
        // heap_alloc leaves these sizes' runs to this place.
        size_t class = heap_class_of(size);
        FreeRun *run = &heap->runs[kind][class];
        if (LIKELY((size_t)(run->limit - run->cursor) >= heap_class_sizes[class])) {
            void *cell = run->cursor;
            run->cursor += heap_class_sizes[class];
            return cell;
        }
    }
    if (UNLIKELY(!heap->details)) {
        fprintf(stderr, "coluber: allocation by a thread that is not attached\n");
        abort();
    }
    if (UNLIKELY(size == 0)) {
        size = 1;
    }
    bool may_collect = !heap->locks_held && !heap->no_collection;
    size_t class = size <= HEAP_SMALL_MOST ? heap_class_of(size) : 0;
    // Sizes above HEAP_EXACT_MOST come here while their run still has cells.
    bool refills = size > HEAP_SMALL_MOST || heap->runs[kind][class].limit - heap->runs[kind][class].cursor <
                                                 (ssize_t)heap_class_sizes[class];
    if (refills && may_collect) {
        if (UNLIKELY(heap_stress)) {
            // A collection comes at any allocation, but what it finds is finalized where an object is made.
            if (--heap->details->stress_countdown == 0) {
                heap->details->stress_countdown = heap_stress;
                collect_for_allocation(0, true);
            }
            if (kind == CELL_OBJECT && finalize_is_pending()) {
                __atomic_fetch_or(&thread_current->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
            }
        }
        if (UNLIKELY(world_is_stopping())) {
            thread_park();
        }
        // Finalizers run soon after. Where the objects that python3.11's collector counts are made a program expects them,
        // not where it makes an int: `queue.put(next(numbers))`.
        size_t more = kind == CELL_OBJECT ? 0 : heap_window / 8;
        // A table that grows is in use, and marking it costs time: only large cells without pointers come after a collection.
        size_t large = size > HEAP_SMALL_MOST && !kind_is_zeroed(kind) ? size : 0;
        if (UNLIKELY(window_is_full(large, more))) {
            collect_for_allocation(large, false);
        }
        if (UNLIKELY(__atomic_load_n(&heap_taken.bytes, __ATOMIC_RELAXED) +
                         (size > HEAP_SMALL_MOST ? size / 2 : 0) >=
                     __atomic_load_n(&heap_watch_at, __ATOMIC_RELAXED))) {
            __atomic_fetch_or(&thread_current->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
        }
    }
    void *cell = alloc_once(heap, size, kind, zeroed);
    if (LIKELY(cell != NULL)) {
        AllocationHook *hook = __atomic_load_n(&heap_allocation_hook, __ATOMIC_RELAXED);
        if (LIKELY(!hook) || hook(cell, size, kind)) {
            return cell;
        }
    } else if (may_collect && size <= heap_reserved && collect_for_memory(size)) {
        cell = alloc_once(heap, size, kind, zeroed);
        if (cell) {
            return cell;
        }
    }
    if (heap->raising_memory_error || !heap_hooks.raise_memory_error) {
        return NULL;
    }
    heap_lock_take();
    handlers_reserve_open = true;
    heap_lock_drop();
    heap->raising_memory_error = true;
    heap_hooks.raise_memory_error();
    heap->raising_memory_error = false;
    return NULL;
}

NOINLINE void *heap_alloc_slow(size_t size, CellKind kind) {
    if (LIKELY(size - 1 < HEAP_EXACT_MOST)) {
        size_t class = heap_class_of(size);
        if (run_take_short(&thread_heap, kind, class)) {
            FreeRun *run = &thread_heap.runs[kind][class];
            void *cell = run->cursor;
            run->cursor += heap_class_sizes[class];
            return cell;
        }
    }
    return alloc_slow(size, kind, size);
}

NOINLINE void *heap_alloc_headed(size_t size, size_t head) {
    return alloc_slow(size, CELL_OBJECT, head);
}

static void flush_runs(Thread *thread, void *context) {
    (void)context;
    thread_heap_flush(thread, FLUSH_KEEPS);
}

void heap_set_allocation_hook(AllocationHook *hook) {
    world_stop();
    heap_allocation_hook = hook;
    world_each_thread(flush_runs, NULL); // runs of several cells would hide what is taken from them
    world_start();
}

void heap_window_restart(void) {
    __atomic_store_n(&heap_taken.large, 0, __ATOMIC_RELAXED);
    size_t allocated = __atomic_exchange_n(&heap_taken.bytes, 0, __ATOMIC_RELAXED);
    __atomic_fetch_add(&heap_counters.allocated_bytes_total, allocated, __ATOMIC_RELAXED);
}

size_t heap_cell_size(const void *cell) {
    uint32_t block = block_of(cell);
    uint8_t state = heap_block_states[block];
    return state & BLOCK_LARGE ? heap_blocks[block].large_bytes : heap_blocks[block].cell_size;
}

void heap_drop(const void *cell) {
    uintptr_t offset = (uintptr_t)cell - heap_base;
    if (offset < heap_reserved && heap_offset_is_old(offset)) {
        // When memory is out it waits for a full collection.
        (void)pointer_list_push(&thread_heap.details->dropped, (Object *)(uintptr_t)cell);
    }
}

// A dropped cell counts as young again: marked if a stack refers to it, else swept.
void thread_heap_forget_dropped(Thread *thread) {
    if (!thread->sync->heap) {
        return;
    }
    PointerList *dropped = &thread->sync->heap->details->dropped;
    for (size_t i = 0; i < dropped->count; i++) {
        bit_clear(heap_marks, granule_of(dropped->items[i]));
        middle_forget(dropped->items[i]);
        block_note_young(block_of(dropped->items[i]));
    }
    dropped->count = 0;
}

// With heap_lock held.
static void free_large(void *cell) {
    uint32_t block = block_of(cell);
    bit_clear(heap_allocs, granule_of(cell));
    bit_clear(heap_marks, granule_of(cell));
    middle_forget(cell);
    sweep_forget(block);
    block_make_free(block, heap_blocks[block].large_blocks);
}

void heap_free_manual(void *cell) {
    if (!cell) {
        return;
    }
    uint32_t block = block_of(cell);
    BlockInfo *info = &heap_blocks[block];
    if (heap_block_states[block] & BLOCK_LARGE) {
        heap_lock_take();
        free_large(cell);
        heap_lock_drop();
        return;
    }
    size_t granule = granule_of(cell);
    bits_and(&heap_allocs[granule >> 6], ~((uint64_t)1 << (granule & 63)), true);
    heap_lock_take();
    if (!info->young) {
        block_note_young(block); // the next sweep counts it and lists or frees it
    }
    heap_lock_drop();
}

static void count_less(size_t *counter, size_t less) {
    size_t now = __atomic_load_n(counter, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(counter, &now, now > less ? now - less : 0, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
}

// A large cell without pointers gets another size.
static void count_large(BlockInfo *info, size_t bytes) {
    size_t old = info->large_bytes;
    info->large_bytes = bytes;
    if (info->live) { // a collection found it
        heap_live_bytes += bytes - old;
    } else if (bytes < old) {
        count_less(&heap_taken.bytes, old - bytes);
        count_less(&heap_taken.large, old - bytes);
    } else {
        __atomic_fetch_add(&heap_taken.bytes, bytes - old, __ATOMIC_RELAXED);
        __atomic_fetch_add(&heap_taken.large, bytes - old, __ATOMIC_RELAXED);
    }
}

bool heap_resize(void *cell, size_t size) {
    uint32_t block = block_of(cell);
    BlockInfo *info = &heap_blocks[block];
    if (!(heap_block_states[block] & BLOCK_LARGE)) {
        return size <= info->cell_size;
    }
    size_t count = (size + BLOCK_SIZE - 1) >> BLOCK_SHIFT;
    // Who watches allocations knows their sizes.
    if (UNLIKELY(heap_allocation_hook) || size <= HEAP_SMALL_MOST || size > heap_reserved ||
        size > physical_memory) {
        return size <= info->large_bytes;
    }
    heap_lock_take();
    bool fits = (count <= info->large_blocks || count - info->large_blocks <= blocks_left(&thread_heap)) &&
                blocks_resize_run(block, (uint32_t)count);
    if (fits) {
        count_large(info, round_up(size, 4096));
    }
    heap_lock_drop();
    return fits;
}

void heap_discard(void *cell) {
    uint32_t block = block_of(cell);
    if (!(heap_block_states[block] & BLOCK_LARGE) || heap_allocation_hook) {
        return;
    }
    heap_lock_take();
    count_large(&heap_blocks[block], 0);
    free_large(cell);
    heap_lock_drop();
}

void heap_count_external(ssize_t bytes) {
    __atomic_fetch_add(&heap_counters.external_bytes, (size_t)bytes, __ATOMIC_RELAXED);
    if (bytes > 0) {
        __atomic_fetch_add(&heap_taken.bytes, (size_t)bytes / 4, __ATOMIC_RELAXED);
    }
}

#ifdef COLUBER_VERIFY
// The slot may lie in a cell that belongs to the owner (an instance's overflow segment), but that cell must not be
// old while the owner is young. A CELL_BYTES cell is not traced itself: its owner is declared dirty as a whole.
__attribute__((no_sanitize("thread"))) void heap_check_owner(const void *owner, const void *slot) {
    const void *cell = heap_contains(slot) ? cell_containing((uintptr_t)slot) : NULL;
    if (!cell || cell == owner || (heap_block_states[block_of(slot)] & BLOCK_KIND_MASK) == CELL_BYTES ||
        !cell_is_marked(cell) || (heap_contains(owner) && cell_is_marked(owner))) {
        return;
    }
    fprintf(stderr, "coluber: stored to %p, which lies in the old cell %p, on behalf of %p\n", slot, cell,
            owner);
    abort();
}
#endif

void gc_store_range(void *owner, void *target, const void *source, size_t count) {
    void **to = target;
    void *const *from = source;
    if (to <= from || to >= from + count) {
        for (size_t i = 0; i < count; i++) {
            __atomic_store_n(&to[i], __atomic_load_n(&from[i], __ATOMIC_RELAXED), __ATOMIC_RELEASE);
        }
    } else {
        for (size_t i = count; i-- > 0;) {
            __atomic_store_n(&to[i], __atomic_load_n(&from[i], __ATOMIC_RELAXED), __ATOMIC_RELEASE);
        }
    }
    uintptr_t first = (uintptr_t)target - heap_base, start = (uintptr_t)owner - heap_base;
    if (count) {
        heap_check_owner(owner, target);
    }
    if (!count || start >= heap_reserved || !heap_offset_is_old(start)) {
        return;
    }
    if (first < heap_reserved) {
        uintptr_t last = first + count * sizeof(void *) - 1;
        for (uintptr_t card = first >> CARD_SHIFT; card <= last >> CARD_SHIFT; card++) {
            if (!__atomic_load_n(&heap_cards[card], __ATOMIC_RELAXED)) {
                __atomic_fetch_or(&heap_cards[card], CARD_SLOT, __ATOMIC_RELAXED);
            }
        }
    } else {
        gc_dirty(owner);
    }
}

// ---- objects

// A type of which no instance can ever hold a pointer.
static inline CellKind type_cell_kind(const Type *type) {
    return type->info->trace || (type->flags & TF_HEAP) ? CELL_OBJECT : CELL_LEAF;
}

static Object *object_alloc_sized(Type *type, size_t size) {
    CellKind kind = type_cell_kind(type);
    Object *object = heap_alloc(size, kind);
    if (UNLIKELY(!object)) {
        return NULL;
    }
    if (kind == CELL_LEAF) {
        memset(object, 0, size);
    }
    object->refcount = REFCOUNT_INITIAL;
    size_t inline_offset = type->info->inline_offset;
    if (inline_offset && type->info->root_shape) {
        *(uintptr_t *)((char *)object + inline_offset) = (uintptr_t)type->info->root_shape | 1;
    }
    __atomic_store_n(&object->type, type, __ATOMIC_RELEASE);
    if (UNLIKELY(type->info->has_finalizer) && heap_register_finalizer(object) < 0) {
        return NULL;
    }
    return object;
}

Object *object_alloc(Type *type) {
    size_t size = type->info->instance_size;
    return object_alloc_sized(type, size < sizeof(Object) ? sizeof(Object) : size);
}

Object *object_alloc_var(Type *type, ssize_t count) {
    size_t size = size_max(type->info->instance_size, (size_t)type->basic_size), items;
    if (count < 0 || __builtin_mul_overflow((size_t)count, (size_t)type->item_size, &items) ||
        items > (size_t)SSIZE_LIMIT - size - 64) {
        if (heap_hooks.raise_memory_error) {
            heap_hooks.raise_memory_error();
        }
        return NULL;
    }
    size = round_up(size + items, 8);
    Object *object = object_alloc_sized(type, size_max(size, sizeof(VarObject)));
    if (object) {
        ((VarObject *)object)->size = count;
    }
    return object;
}
