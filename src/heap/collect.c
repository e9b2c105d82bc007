// Collections: when, of what kind, and in which order things happen in the pause.
#include <inttypes.h>

#include "heap/block.h"
#include "heap/verify.h"
#include "objects/object.h"

// A program's memory peak is what lives, what a window holds, and the old garbage that no minor collection
// sees. So all three grow with what lives: the window is an eighth of it within these bounds (what is
// recycled in a small one is still in the cache), and a full collection comes when half of it, a third of what
// is large, or a little for small heaps, has been added.
enum : size_t {
    WINDOW_MOST = (size_t)4 << 20,
    FULL_LEAST = (size_t)6 << 20,
    FULL_STEP = (size_t)2 << 20,
    FULL_LARGE = (size_t)64 << 20
};

bool heap_trace_collections;
bool heap_collecting;
size_t heap_frame_bytes;
static size_t full_threshold = FULL_LEAST; // of heap_live_bytes
static bool collecting_all; // while collecting
static uint64_t dead_objects; // found by the last full collection

static void thread_prepare(Thread *thread, void *context) {
    *(uint32_t *)context += thread_heap_flush(thread);
    thread_heap_forget_dropped(thread);
    finalize_gather(thread);
}

// The world is stopped, and the calling thread's registers lie above `sp`.
typedef struct CollectRequest {
    bool full, count;
    bool revisit; // after a full one, to find what was only alive for finalizers; caches look at everything
    bool letting_go; // see heap_collect_everything
    char *from; // where the stack is looked at from, NULL: from here
    void (*visit)(Object *object, void *context); // heap_collect_finding
    void *context;
} CollectRequest;

bool heap_collection_is_full(void) {
    return collecting_all;
}

// Overwrites the dead part of the stack, where pointers of finished calls still lie, as far as calls may reach.
static NOINLINE void clear_dead_stack(void) {
    enum { DEAD_MOST = 32768 };
    ptrdiff_t room = (char *)__builtin_frame_address(0) - thread_current->c_stack_limit;
    if (room <= 0) {
        return;
    }
    volatile char dead[room < DEAD_MOST ? room : DEAD_MOST];
    memset((void *)dead, 0, sizeof dead);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

// After a sweep: words between the collector's frame and `high` that lead to free cells. A word left over there would
// find itself in the frames of later calls, which do not write all of theirs, and would then keep what has
// been made at that address. A pointer to the end of a live cell is none of them.
__attribute__((no_sanitize("address"))) static NOINLINE void clear_stale_words(char *low, char *high) {
    for (uintptr_t *word = (uintptr_t *)round_up((uintptr_t)low, sizeof *word); word + 1 <= (uintptr_t *)high;
         word++) {
        if (*word - heap_base < heap_reserved && !cell_containing(*word) && !cell_containing(*word - 1)) {
            *word = 0;
        }
    }
}

// The window of several threads. They empty it together, and each has to be waited for, which takes long where more
// wants to run than there are processors: a thread that waits its turn cannot stop. So it grows while an eighth of the
// time goes by in waiting.
enum { PATIENCE_MOST = 4, WAITING_MUCH = 8, WAITING_LITTLE = 64 };
static size_t window_of_threads(uint32_t allocating, uint64_t start) {
    static uint64_t last_end;
    static size_t patience = 1;
    uint64_t between = start - last_end;
    last_end = os_clock_ns();
    if (allocating < 2) {
        return 0;
    }
    if (world_waited_ns > between / WAITING_MUCH) {
        patience = size_min(patience * 2, PATIENCE_MOST);
    } else if (world_waited_ns < between / WAITING_LITTLE) {
        patience = size_max(patience / 2, 1);
    }
    return patience * size_min(2 * HEAP_WINDOW_LEAST * allocating, 2 * WINDOW_MOST);
}

static void collect_stopped(const CollectRequest *request, char *sp) {
    bool full = request->full;
    uint64_t start = os_clock_ns();
    heap_collecting = true;
    collecting_all = full || request->revisit;
    thread_set_sp(thread_current, sp);
    uint32_t allocating = 0;
    world_each_thread(thread_prepare, &allocating);
    finalize_forget_revived(request->revisit);
    heap_counters.allocated_bytes_total += heap_allocated_since;
    mark_reset();
    Tracer *tracer = &heap_tracer;
    if (full) {
        memset(heap_marks, 0, (size_t)heap_block_top * BLOCK_WORDS * 8);
        cards_clear();
    }
    mark_roots(tracer);
    if (!request->letting_go) {
        mark_library_roots(tracer);
    }
    if (!full) {
        mark_dirty_cards(tracer);
        mark_drain(tracer);
    }
    if (request->visit) {
        finalize_each_unmarked(full, request->visit, request->context);
    }
    mark_stacks(tracer);
    if (request->count) {
        dead_objects = garbage_count();
    }
    finalize_after_mark(tracer, collecting_all, request->letting_go ? mark_library_roots : NULL);
    [[maybe_unused]] uint32_t swept = heap_young_count;
    sweep(full);
    if (full) {
        full_threshold = heap_live_bytes +
                         size_max(FULL_STEP, heap_live_bytes / (heap_live_bytes < FULL_LARGE ? 2 : 3));
        heap_counters.full_collections++;
    } else {
        heap_counters.minor_collections++;
    }
    heap_window = size_min(size_max(heap_live_bytes / 8, HEAP_WINDOW_LEAST), WINDOW_MOST);
    heap_window = size_max(heap_window, window_of_threads(allocating, start));
    // Every collection reads all frames: a deep recursion has to get on in between.
    heap_window = size_max(heap_window, __atomic_load_n(&heap_frame_bytes, __ATOMIC_RELAXED));
    heap_counters.live_objects = heap_live_cells;
    heap_counters.live_bytes = heap_live_bytes;
    __atomic_store_n(&heap_allocated_since, 0, __ATOMIC_RELAXED);
    thread_set_sp(thread_current, NULL);
    heap_collecting = false;
#ifdef COLUBER_VERIFY
    if (full) {
        heap_verify("after a full collection", NULL, 0);
    } else {
        heap_verify("after a minor collection", heap_young_blocks, swept);
    }
#endif
    clear_stale_words(__builtin_frame_address(0), sp);
    clear_dead_stack();
    uint64_t pause = os_clock_ns() - start;
    heap_counters.pause_ns_total += pause;
    if (pause > heap_counters.pause_ns_longest) {
        heap_counters.pause_ns_longest = pause;
    }
    if (heap_trace_collections) {
        fprintf(stderr, "[gc %s: %.3f ms, live %zu KB in %zu cells, %u blocks used, %u free]\n",
                full ? "full" : "minor", (double)pause / 1e6, heap_live_bytes >> 10, heap_live_cells,
                heap_block_top - (uint32_t)heap_free_blocks, (uint32_t)heap_free_blocks);
    }
    if (finalize_is_pending()) {
        __atomic_fetch_or(&thread_current->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
    }
}

static void *collect_spilled(void *context, char *sp) {
    CollectRequest *request = context;
    collect_stopped(request, request->from ? request->from : sp);
    return NULL;
}

static bool window_is_full(void) {
    return __atomic_load_n(&heap_allocated_since, __ATOMIC_RELAXED) >= heap_window;
}

void collect_for_allocation(bool force) {
    if (!force && !window_is_full()) {
        return;
    }
    if (!world_try_stop()) {
        return; // another thread just collected
    }
    if (force || window_is_full()) {
        ssize_t external = (ssize_t)heap_counters.external_bytes;
        size_t outside = external > 0 ? (size_t)external / 4 : 0;
        CollectRequest request = { .full = heap_live_bytes + outside > full_threshold };
        if (force) { // stress: both kinds in turn
            static unsigned turn;
            request.full |= ++turn % 4 == 0;
        }
        heap_counters.automatic[request.full]++;
        call_with_spilled_registers(collect_spilled, &request);
    }
    world_start();
}

static void collect_again(char *from, bool revisit, bool letting_go) {
    world_stop();
    revisit &= finalize_revived_all;
    CollectRequest request = { .full = !revisit, .revisit = revisit, .letting_go = letting_go, .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    world_start();
}

// When memory is out each allocation that fails costs a full collection, and a program that unwinds a deep recursion,
// or tries again and again, would do nothing but wait for them. After some in a row that found little, those for as much
// as one of them or for more take half of the processor time at most. Less is looked for at once, as is anything
// in a program that had its error and has let go of what it held since.
enum { FUTILE_MOST = 8, FUTILE_SHARE = 64 };
static struct {
    size_t size; // the least that they were for
    uint64_t until;
    unsigned count;
} futile = { .size = SIZE_MAX };

bool collect_for_memory(size_t size) {
    uint64_t number = __atomic_load_n(&heap_counters.full_collections, __ATOMIC_RELAXED);
    if (__atomic_load_n(&futile.count, __ATOMIC_RELAXED) >= FUTILE_MOST &&
        size >= __atomic_load_n(&futile.size, __ATOMIC_RELAXED) &&
        os_process_ns() < __atomic_load_n(&futile.until, __ATOMIC_RELAXED)) {
        return false;
    }
    world_stop();
    if (number == heap_counters.full_collections) { // else another thread's came in between
        uint64_t start = os_process_ns();
        size_t before = heap_live_bytes + heap_allocated_since;
        CollectRequest request = { .full = true };
        call_with_spilled_registers(collect_spilled, &request);
        uint64_t end = os_process_ns();
        bool found = before > heap_live_bytes + heap_live_bytes / FUTILE_SHARE;
        __atomic_store_n(&futile.until, end + (end - start), __ATOMIC_RELAXED);
        __atomic_store_n(&futile.count, found ? 0 : futile.count + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&futile.size, found ? SIZE_MAX : size_min(size, futile.size), __ATOMIC_RELAXED);
    }
    world_start();
    return true;
}

void heap_collect_minor_from(char *from) {
    world_stop();
    CollectRequest request = { .full = false, .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    world_start();
}

ssize_t heap_collect_from(char *from) {
    if (thread_heap.locks_held || thread_heap.no_collection) {
        return 0;
    }
    clear_dead_stack();
    world_stop();
    if (heap_hooks.clear_dead) {
        // Only here: other threads may stand in the middle of an instruction.
        heap_hooks.clear_dead(thread_current);
    }
    CollectRequest request = { .full = true, .count = true, .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    ssize_t found = (ssize_t)dead_objects;
    blocks_release_idle(heap_collection_number(), 1); // all that was free before this collection
    world_start();
    __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
    if (finalize_is_pending() && !finalize_is_running()) {
        heap_run_finalizers();
        // What was kept alive for them goes now, as far as they did not bring it back to life.
        clear_dead_stack();
        collect_again(from, true, false);
        __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
        heap_run_finalizers();
    }
    return thread_current->exception ? -1 : found;
}

static void collect_and_finalize(CollectRequest request) {
    clear_dead_stack();
    world_stop();
    if (heap_hooks.clear_dead) {
        heap_hooks.clear_dead(thread_current);
    }
    call_with_spilled_registers(collect_spilled, &request);
    world_start();
    __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
    heap_run_finalizers();
}

void heap_collect_dropped(bool full, char *from) {
    collect_and_finalize((CollectRequest){ .full = full, .from = from });
}

void heap_collect_finding(bool full, void (*visit)(Object *object, void *context), void *context) {
    if (!thread_heap.locks_held && !thread_heap.no_collection) {
        collect_and_finalize((CollectRequest){ .full = full, .visit = visit, .context = context });
    }
}

void heap_collect_everything(char *from, bool letting_go) {
    for (int i = 0; i < 2; i++) {
        clear_dead_stack();
        if (heap_hooks.clear_dead) {
            heap_hooks.clear_dead(thread_current);
        }
        collect_again(from, false, letting_go);
        __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
        if (!finalize_is_pending()) {
            break;
        }
        heap_run_finalizers();
    }
}

void heap_stats(HeapStats *stats) {
    *stats = heap_counters;
    stats->committed_bytes = blocks_committed();
    stats->allocated_bytes_total += __atomic_load_n(&heap_allocated_since, __ATOMIC_RELAXED);
}

// One line for each kind and size of cells that more than a thirtieth of the used blocks hold.
static void print_blocks(void) {
    static const char *const names[CELL_KINDS] = { "objects", "pointers", "bytes", "manual", "leaves" };
    typedef struct Share {
        size_t blocks, listed, live_bytes;
    } Share;
    Share shares[CELL_KINDS][HEAP_CLASSES] = {}, large = {};
    for (uint32_t block = 0; block < heap_block_top; block++) {
        uint8_t state = heap_block_states[block];
        const BlockInfo *info = &heap_blocks[block];
        if (state < BLOCK_LARGE) {
            Share *share = &shares[state][info->class];
            share->blocks++;
            share->listed += info->listed;
            share->live_bytes += (size_t)info->live * info->cell_size;
        } else if (state != BLOCK_FREE) {
            large.blocks++;
            large.live_bytes += info->live * (size_t)info->large_bytes;
        }
    }
    size_t used = heap_block_top - heap_free_blocks;
    fprintf(stderr, "heap: %zu blocks of 64 KB used, %zu free; %zu for large cells, %zu KB of those live\n",
            used, heap_free_blocks, large.blocks, large.live_bytes >> 10);
    for (int kind = 0; kind < CELL_KINDS; kind++) {
        for (size_t class = 0; class < HEAP_CLASSES; class ++) {
            const Share *share = &shares[kind][class];
            if (share->blocks && share->blocks > used / 30) {
                fprintf(stderr, "heap: %zu blocks of %s of %u bytes, %zu %% live, %zu of them with room\n",
                        share->blocks, names[kind], heap_class_sizes[class],
                        share->live_bytes * 100 / (share->blocks << BLOCK_SHIFT), share->listed);
            }
        }
    }
}

void heap_print_stats(void) {
    HeapStats stats;
    heap_stats(&stats);
    fprintf(
        stderr,
        "heap: %zu KB live in %zu cells after the last collection, %zu KB committed, %zd KB held outside\n"
        "heap: %" PRIu64 " KB allocated in all, %" PRIu64 " minor and %" PRIu64 " full collections, "
        "%.3f ms in all, the longest %.3f ms\n"
        "heap: %" PRIu64 " finalizers called, %" PRIu64 " weak references cleared\n",
        stats.live_bytes >> 10, stats.live_objects, stats.committed_bytes >> 10,
        (ssize_t)stats.external_bytes / 1024, stats.allocated_bytes_total >> 10, stats.minor_collections,
        stats.full_collections, (double)stats.pause_ns_total / 1e6, (double)stats.pause_ns_longest / 1e6,
        stats.finalized, stats.weak_cleared);
    print_blocks();
}

typedef struct EachContext {
    void (*visit)(Object *object, void *context);
    void *context;
} EachContext;

static void thread_flush_visit(Thread *thread, void *context) {
    thread_heap_flush(thread);
}

void heap_each_object(void (*visit)(Object *object, void *context), void *context) {
    world_stop();
    world_each_thread(thread_flush_visit, NULL);
    for (uint32_t block = 0; block < heap_block_top; block++) {
        uint8_t state = heap_block_states[block], kind = state & BLOCK_KIND_MASK;
        if (state == BLOCK_FREE || state == BLOCK_TAIL || (kind != CELL_OBJECT && kind != CELL_LEAF)) {
            continue;
        }
        size_t words = state & BLOCK_LARGE ? 1 : BLOCK_WORDS;
        for (size_t i = (size_t)block * BLOCK_WORDS; i < (size_t)block * BLOCK_WORDS + words; i++) {
            uint64_t bits = heap_allocs[i];
            while (bits) {
                Object *object = (Object *)(heap_base +
                                            (((i << 6) + (size_t)__builtin_ctzll(bits)) << GRANULE_SHIFT));
                bits &= bits - 1;
                if (object->type) {
                    visit(object, context);
                }
            }
        }
    }
    world_start();
}
