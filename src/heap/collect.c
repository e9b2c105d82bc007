// Collections: when, of what kind, and in which order things happen in the pause.
#include <inttypes.h>

#include "heap/block.h"
#include "heap/verify.h"
#include "objects/object.h"

// A program's memory peak is what lives, what a window holds, and the old garbage that no minor collection
// sees. So all three grow with what lives: the window is an eighth of it within these bounds (what is
// recycled in a small one is still in the cache), and a full collection comes when half of it, a third of what
// is large, or a little for small heaps, has been added. It also comes when old garbage that lies scattered about
// has made the search for free cells cost as much as it would (`heap_is_scattered`).
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
static uint64_t dead_objects; // found by the last collection that counts; or, of those, brought back

// Middle collections come instead of full ones once a full one has found most of what was added before it dead, and
// then as long as they suffice and all together have not traced more than two full ones would. Not for ever: what is
// old dies as well, if slowly. (MIDDLE_MOST 0: never by themselves.) Where the first one found too little, a full one
// follows at once, and the work was in vain: then so many full ones go without, and twice as many the next time.
enum { MIDDLE_MOST = 16, VAIN_MOST = 64 };
static unsigned middle_vain, middle_waits; // full collections to go without: after the next vain one, now
static size_t live_after_full, traced_since_full, middle_threshold; // bytes
static unsigned middle_count; // since the last full collection
static bool middle_suffices;

static void thread_prepare(Thread *thread, void *context) {
    *(uint32_t *)context += thread_heap_flush(thread, runtime_multithreaded ? FLUSH_KEEPS : FLUSH_LEAVES);
    thread_heap_forget_dropped(thread);
    finalize_gather(thread);
}

// The world is stopped, and the calling thread's registers lie above `sp`.
typedef struct CollectRequest {
    CollectionKind kind;
    bool count;
    bool promotes; // a middle one: what it leaves counts as old for the next ones
    bool recount; // what of the garbage that was counted last is alive again
    bool revisit; // after a full one, to find what was only alive for finalizers; caches look at everything
    bool finalizers_wait; // what is due runs where an object is made next
    bool letting_go; // see heap_collect_everything
    char *from; // where the stack is looked at from, NULL: from here
    void (*visit)(Object *object, void *context); // heap_collect_finding
    void *context;
} CollectRequest;

bool heap_collection_is_full(void) {
    return collecting_all;
}

NOINLINE void heap_clear_dead_stack(size_t most) {
    ptrdiff_t room = (char *)__builtin_frame_address(0) - thread_current->c_stack_limit;
    if (room <= 0) {
        return;
    }
    volatile char dead[size_min((size_t)room, most)];
    memset((void *)dead, 0, sizeof dead);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

// As far as calls may reach.
static void clear_dead_stack(void) {
    heap_clear_dead_stack(32768);
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

// What is held outside the heap counts as far as it makes collections come.
static size_t live_and_external(void) {
    ssize_t external = (ssize_t)heap_counters.external_bytes;
    return heap_live_bytes + (external > 0 ? (size_t)external / 4 : 0);
}

// What survives a window by chance (the newest items of a list of floats) is old from then on, and once it has died
// it leaves holes of a cell or two. A collection for more than the young ones is due when the search for them has
// taken about as long; twice as long the next time, where the last one did not make the search shorter for a while.
enum { SHORT_RUN_NS = 20, MARKED_BYTES_A_NS = 2, FULL_NS_LEAST = 1'000'000, SCATTERED_MOST = 64 };
static uint64_t runs_before, runs_until_last,
    runs_of_last; // short runs: when one came last, and in windows since
static uint64_t windows_since;
static unsigned scattered_patience = 1;
static bool heap_is_scattered(void) {
    return (heap_short_runs - runs_before) * SHORT_RUN_NS >
           (heap_live_bytes / MARKED_BYTES_A_NS + FULL_NS_LEAST) * scattered_patience;
}

// A window ends.
static void scattered_count(CollectionKind kind) {
    windows_since++;
    runs_of_last = heap_short_runs - runs_until_last;
    runs_until_last = heap_short_runs;
    if (kind == COLLECT_MINOR) {
        return;
    }
    if (heap_is_scattered()) {
        bool vain = 4 * (heap_short_runs - runs_before) > 3 * runs_of_last * windows_since;
        scattered_patience = vain ? (unsigned)size_min(2 * scattered_patience, SCATTERED_MOST) : 1;
    }
    runs_before = heap_short_runs;
    windows_since = 0;
}

// The kind of collection that comes when a window is full.
static CollectionKind kind_due(bool look_further) {
    size_t threshold = middle_suffices ? size_max(full_threshold, middle_threshold) : full_threshold;
    if (!look_further && live_and_external() <= threshold && !heap_is_scattered()) {
        return COLLECT_MINOR;
    }
    bool middle = (middle_suffices || heap_stress) && middle_count < MIDDLE_MOST;
    return middle ? COLLECT_MIDDLE : COLLECT_FULL;
}

static void middle_passed(void) {
    middle_count++;
    traced_since_full += heap_live_bytes > live_after_full ? heap_live_bytes - live_after_full : 0;
    middle_suffices = live_and_external() <= full_threshold && traced_since_full / 2 < live_after_full;
    middle_threshold = live_and_external() + FULL_STEP;
    if (middle_suffices) {
        middle_vain = 0;
    } else if (middle_count == 1) {
        middle_vain = middle_vain < VAIN_MOST ? 2 * middle_vain + 1 : VAIN_MOST;
        middle_waits = middle_vain;
    }
}

// `before`: what lived when it began.
static void full_passed(size_t before) {
    size_t added = before > live_after_full ? before - live_after_full : 0;
    bool waits = middle_waits > 0;
    middle_waits -= waits;
    middle_suffices = !waits && before > heap_live_bytes && before - heap_live_bytes > added / 2;
    middle_count = 0;
    traced_since_full = middle_threshold = 0;
    live_after_full = heap_live_bytes;
    full_threshold = heap_live_bytes +
                     size_max(FULL_STEP, heap_live_bytes / (heap_live_bytes < FULL_LARGE ? 2 : 3));
}

static const char *const kind_names[] = { "minor", "middle", "full" };

static void collect_stopped(const CollectRequest *request, char *sp) {
    CollectionKind kind = request->kind;
    bool full = kind == COLLECT_FULL;
    size_t live_before = heap_live_bytes;
    uint64_t start = os_clock_ns();
    heap_collecting = true;
    bool revisit = request->revisit || (resurrect_is_due() && finalize_revived_all);
    collecting_all = kind != COLLECT_MINOR || revisit;
    thread_set_sp(thread_current, sp);
    uint32_t allocating = 0;
    world_each_thread(thread_prepare, &allocating);
    scattered_count(kind);
    finalize_forget_revived(revisit);
    heap_counters.allocated_bytes_total += heap_taken.bytes;
    mark_reset();
    Tracer *tracer = &heap_tracer;
    if (full) {
        memset(heap_marks, 0, (size_t)heap_block_top * BLOCK_WORDS * 8);
        cards_clear();
    } else if (kind == COLLECT_MIDDLE) {
        middle_restore();
    }
    resurrect_prepare();
    uint64_t marking = os_clock_ns();
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
    finalize_decide();
    mark_stacks(tracer);
    mark_stack_leaves();
    size_t brought_back = finalize_brought_back();
    if (request->recount) {
        dead_objects = brought_back;
    }
    if (request->count) {
        dead_objects = garbage_count();
    }
    uint64_t finalizing = os_clock_ns();
    finalize_after_mark(tracer, collecting_all, request->letting_go ? mark_library_roots : NULL);
    uint64_t sweeping = os_clock_ns();
    [[maybe_unused]] uint32_t swept = heap_young_count;
    sweep(kind != COLLECT_MINOR);
    mark_stack_leaves_swept();
    uint64_t swept_at = os_clock_ns();
    heap_counters.collections[kind]++;
    if (full) {
        full_passed(live_before);
    } else if (kind == COLLECT_MIDDLE) {
        middle_passed();
    }
    if (full || request->promotes) {
        middle_keep();
    }
    heap_window = size_min(size_max(heap_live_bytes / 8, HEAP_WINDOW_LEAST), WINDOW_MOST);
    heap_window = size_max(heap_window, window_of_threads(allocating, start));
    // Every collection reads all frames: a deep recursion has to get on in between.
    heap_window = size_max(heap_window, __atomic_load_n(&heap_frame_bytes, __ATOMIC_RELAXED));
    heap_counters.live_objects = heap_live_cells;
    heap_counters.live_bytes = heap_live_bytes;
    __atomic_store_n(&heap_taken.bytes, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&heap_taken.large, 0, __ATOMIC_RELAXED);
    thread_set_sp(thread_current, NULL);
    heap_collecting = false;
#ifdef COLUBER_VERIFY
    bool some = kind == COLLECT_MINOR;
    heap_verify(kind_names[kind], some ? heap_young_blocks : NULL, some ? swept : 0);
#endif
    mark_stack_leaves_young();
    clear_stale_words(__builtin_frame_address(0), sp);
    clear_dead_stack();
    uint64_t pause = os_clock_ns() - start;
    heap_counters.pause_ns_total += pause;
    if (pause > heap_counters.pause_ns_longest) {
        heap_counters.pause_ns_longest = pause;
    }
    if (heap_trace_collections) {
        fprintf(stderr,
                "[gc %s: %.3f ms (%.3f preparing, %.3f marking, %.3f finalizers and weak references, %.3f "
                "sweeping) after "
                "%.3f ms of waiting for threads, live %zu KB in %zu cells, %u blocks used, %u free]\n",
                kind_names[kind], (double)pause / 1e6, (double)(marking - start) / 1e6,
                (double)(finalizing - marking) / 1e6, (double)(sweeping - finalizing) / 1e6,
                (double)(swept_at - sweeping) / 1e6, (double)world_waited_ns / 1e6, heap_live_bytes >> 10,
                heap_live_cells, heap_block_top - (uint32_t)heap_free_blocks, (uint32_t)heap_free_blocks);
    }
    if (finalize_is_pending() && !request->finalizers_wait) {
        __atomic_fetch_or(&thread_current->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
    }
}

static void *collect_spilled(void *context, char *sp) {
    CollectRequest *request = context;
    collect_stopped(request, request->from ? request->from : sp);
    return NULL;
}

size_t heap_watch_at = SIZE_MAX;
static unsigned automatic_kinds; // a bit for each kind, until heap_watch_slow

void heap_watch_slow(void) {
    if (heap_hooks.collection_watch) {
        heap_hooks.collection_watch(__atomic_exchange_n(&automatic_kinds, 0, __ATOMIC_RELAXED));
    }
}

void collect_for_allocation(size_t large, bool force) {
    if (!world_try_stop()) {
        return; // another thread just collected
    }
    if (force || window_is_full(large, 0)) {
        static unsigned turn; // stress: all kinds in turn
        CollectRequest request = { .kind = kind_due(force && ++turn % 4 == 0), .finalizers_wait = force };
        heap_counters.automatic[request.kind]++;
        call_with_spilled_registers(collect_spilled, &request);
        if (heap_hooks.collection_watch) {
            __atomic_fetch_or(&automatic_kinds, 1u << request.kind, __ATOMIC_RELAXED);
            __atomic_fetch_or(&thread_current->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
        }
    }
    world_start();
}

// Gives how many of the objects that the last collection counted are alive again. `revisit`: a minor one should
// suffice, because no other collection came since.
static ssize_t collect_again(char *from, bool revisit, bool letting_go) {
    world_stop();
    revisit &= finalize_revived_all;
    CollectRequest request = { .kind = revisit ? COLLECT_MINOR : COLLECT_FULL,
                               .recount = true,
                               .revisit = revisit,
                               .letting_go = letting_go,
                               .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    CollectionKind kind = resurrect_kind_to_decide();
    if (kind > request.kind) { // an earlier collection had found what was finalized just now
        request.kind = kind;
        request.revisit = false;
        call_with_spilled_registers(collect_spilled, &request);
    }
    finalize_forget_counted();
    ssize_t brought_back = (ssize_t)dead_objects;
    world_start();
    return brought_back;
}

bool collect_decide(char *from) {
    if (!resurrect_is_due() || thread_heap.locks_held || thread_heap.no_collection) {
        return false;
    }
    enum { SHARE = 32 }; // of the processor time, for more than minor ones
    static uint64_t next;
    clear_dead_stack();
    world_stop();
    CollectRequest request = { .kind = COLLECT_MINOR, .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    request.kind = resurrect_kind_to_decide();
    uint64_t start = os_process_ns();
    if (request.kind != COLLECT_MINOR && start >= next) {
        call_with_spilled_registers(collect_spilled, &request);
        uint64_t end = os_process_ns();
        next = end + (end - start) * SHARE;
    }
    world_start();
    __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
    return true;
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
    uint64_t number = __atomic_load_n(&heap_counters.collections[COLLECT_FULL], __ATOMIC_RELAXED);
    if (__atomic_load_n(&futile.count, __ATOMIC_RELAXED) >= FUTILE_MOST &&
        size >= __atomic_load_n(&futile.size, __ATOMIC_RELAXED) &&
        os_process_ns() < __atomic_load_n(&futile.until, __ATOMIC_RELAXED)) {
        return false;
    }
    world_stop();
    if (number == heap_counters.collections[COLLECT_FULL]) { // else another thread's came in between
        uint64_t start = os_process_ns();
        size_t before = heap_live_bytes + heap_taken.bytes;
        CollectRequest request = { .kind = COLLECT_FULL };
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

void heap_collect_minor(void) {
    world_stop();
    CollectRequest request = { .kind = COLLECT_MINOR };
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
    CollectRequest request = { .kind = COLLECT_FULL, .count = true, .from = from };
    call_with_spilled_registers(collect_spilled, &request);
    ssize_t found = (ssize_t)dead_objects;
    uint32_t number = heap_collection_number();
    blocks_release_idle(heap_collection_number(), 1); // all that was free before this collection
    world_start();
    __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
    if (finalize_is_pending() && !finalize_is_running()) {
        heap_run_finalizers();
        // What was kept alive for them goes now, as far as they did not bring it back to life.
        clear_dead_stack();
        found -= collect_again(from, number == heap_collection_number(), false);
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
    if (!finalize_is_running() && collect_decide(request.from)) {
        heap_run_finalizers();
    }
    finalize_forget_counted();
}

void heap_collect_dropped(CollectionKind kind, char *from) {
    collect_and_finalize((CollectRequest){ .kind = kind, .from = from });
}

ssize_t heap_collect_younger(CollectionKind kind, char *from) {
    if (thread_heap.locks_held || thread_heap.no_collection) {
        return 0;
    }
    collect_and_finalize(
        (CollectRequest){ .kind = kind, .count = true, .promotes = kind == COLLECT_MIDDLE, .from = from });
    return thread_current->exception ? -1 : (ssize_t)dead_objects;
}

void heap_collect_finding(bool full, void (*visit)(Object *object, void *context), void *context) {
    if (!thread_heap.locks_held && !thread_heap.no_collection) {
        collect_and_finalize((CollectRequest){
            .kind = full ? COLLECT_FULL : COLLECT_MINOR, .visit = visit, .context = context });
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
    stats->allocated_bytes_total += __atomic_load_n(&heap_taken.bytes, __ATOMIC_RELAXED);
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
        "heap: %" PRIu64 " KB allocated in all, %" PRIu64 " minor, %" PRIu64 " middle and %" PRIu64
        " full collections, "
        "%.3f ms in all, the longest %.3f ms\n"
        "heap: %" PRIu64 " finalizers called, %" PRIu64 " weak references cleared\n",
        stats.live_bytes >> 10, stats.live_objects, stats.committed_bytes >> 10,
        (ssize_t)stats.external_bytes / 1024, stats.allocated_bytes_total >> 10,
        stats.collections[COLLECT_MINOR], stats.collections[COLLECT_MIDDLE], stats.collections[COLLECT_FULL],
        (double)stats.pause_ns_total / 1e6, (double)stats.pause_ns_longest / 1e6, stats.finalized,
        stats.weak_cleared);
    print_blocks();
}

typedef struct EachContext {
    void (*visit)(Object *object, void *context);
    void *context;
} EachContext;

static void thread_flush_visit(Thread *thread, void *context) {
    thread_heap_flush(thread, FLUSH_KEEPS);
}

size_t heap_showings;

void heap_each_object(void (*visit)(Object *object, void *context), void *context) {
    world_stop();
    heap_showings++;
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
