// How the heap lies in memory (internal to src/heap).
//
//   range   |block 0|block 1|block 2| ...                     64 KB each, aligned
//   kinds   one byte a block: CellKind, or one of BlockState   ("heap_block_states")
//   blocks  one BlockInfo a block
//   marks   one bit for 16 bytes: this cell is alive and old   (sticky: cleared by full collections)
//   allocs  one bit for 16 bytes: a cell starts here
//   cards   one byte for 512 bytes: written to since the last collection
//   kept    marks and cards as the last full collection left them and as they were since (middle.c)
//
// All side tables are reserved for the whole range and take up memory only where the range is used.
// A block holds equal cells of one kind, or is part of one large cell, or is free. Between two
// collections `allocs` equals `marks`, but for the blocks that were allocated from since: the "young"
// blocks, the only ones that a minor collection has to sweep. Sweeping a block copies its mark bits to
// its alloc bits and counts them; free cells are found and zeroed later, run by run, when a thread
// allocates from the block. So nothing of the work that grows with the heap happens twice, and none of
// it happens in a pause.
#pragma once

#include "base/os_memory.h"
#include "heap/heap.h"
#include "heap/thread.h"

enum {
    BLOCK_SHIFT = 16,
    BLOCK_SIZE = 1 << BLOCK_SHIFT,
    GRANULE_SHIFT = 4,
    GRANULE = 1 << GRANULE_SHIFT,
    BLOCK_GRANULES = BLOCK_SIZE / GRANULE,
    BLOCK_WORDS = BLOCK_GRANULES / 64,
    RUN_BYTES = 8192,  // a free run is taken in pieces of this size, zeroed while they are hot
    RUN_GROWTH = 4,    // a thread's first run of a kind and size is 2**4 times smaller
    RUN_GROWTH_OWN = 3, // from here on they come from a block of the thread's own
    RUN_WORDS = RUN_BYTES / GRANULE / 64,
    REPORT_BYTES = 4096,  // what a thread takes is added to heap_taken.bytes in pieces,
    REPORT_BYTES_THREADS = 32768, // larger ones where several threads write it
    NO_BLOCK = UINT32_MAX,
};

// Values of heap_block_states beyond CellKind; a large cell's first block has its kind | BLOCK_LARGE.
enum { BLOCK_FREE = 0x40, BLOCK_LARGE = 0x20, BLOCK_TAIL = 0x60, BLOCK_KIND_MASK = 0x1f };

typedef struct BlockInfo {
    uint32_t cell_size;    // small blocks
    uint32_t reciprocal;   // ceil(2^32 / cell_size)
    uint32_t next;         // in the list of partly free blocks, or of large cells
    uint32_t head;         // tails: the first block of the large cell
    uint64_t large_bytes;  // large cells: usable size
    uint32_t large_blocks;
    uint32_t live;         // cells alive at the last sweep
    uint32_t cells;
    uint32_t used_at; // number of the collection before which it was allocated from, or that found it empty
    uint32_t fresh_from; // small blocks: all bytes from this offset on have been zero since the last format
    uint16_t processor; // on which a thread took it last
    uint8_t class;
    bool young; // on the list of young blocks
    bool owned; // a thread allocates from it
    bool listed; // on the list of partly free blocks
    bool stacked; // on the stack of free blocks
    bool dirty; // free: not known to be zero
} BlockInfo;

extern uint8_t *heap_block_states;
extern BlockInfo *heap_blocks;
extern uint64_t *heap_allocs;
extern uint32_t heap_block_count; // in the range
extern uint32_t heap_block_top; // all blocks from here on were never used
extern const uint32_t heap_class_sizes[HEAP_CLASSES];
extern uint32_t *heap_young_blocks; // what was allocated from since the last collection
extern uint32_t heap_young_count;

static inline size_t heap_class_of(size_t size) {
    extern uint8_t heap_class_table[HEAP_SMALL_MOST / GRANULE];
    return heap_class_table[(size - 1) >> GRANULE_SHIFT];
}
static inline char *block_start(uint32_t block) {
    return (char *)heap_base + ((size_t)block << BLOCK_SHIFT);
}
static inline uint32_t block_of(const void *p) {
    return (uint32_t)(((uintptr_t)p - heap_base) >> BLOCK_SHIFT);
}
static inline size_t granule_of(const void *p) {
    return ((uintptr_t)p - heap_base) >> GRANULE_SHIFT;
}
// Not seen by ThreadSanitizer: who asks about an address reads a word of which another thread may change other bits.
__attribute__((no_sanitize("thread"))) static inline bool bit_get(const uint64_t *bits, size_t i) {
    return bits[i >> 6] >> (i & 63) & 1;
}
static inline void bit_set(uint64_t *bits, size_t i) {
    bits[i >> 6] |= (uint64_t)1 << (i & 63);
}
static inline void bit_clear(uint64_t *bits, size_t i) {
    bits[i >> 6] &= ~((uint64_t)1 << (i & 63));
}
static inline bool cell_is_marked(const void *cell) {
    return bit_get(heap_marks, granule_of(cell));
}

// The start of the allocated cell that the address lies in, or NULL.
__attribute__((no_sanitize("thread"))) static inline void *cell_containing(uintptr_t address) {
    uintptr_t offset = address - heap_base;
    if (offset >= heap_reserved) {
        return NULL;
    }
    uint32_t block = (uint32_t)(offset >> BLOCK_SHIFT);
    uint8_t state = heap_block_states[block];
    uintptr_t start;
    if (state < BLOCK_LARGE) {
        const BlockInfo *info = &heap_blocks[block];
        uint32_t inside = offset & (BLOCK_SIZE - 1);
        uint32_t index = (uint32_t)(((uint64_t)inside * info->reciprocal) >> 32);
        start = (offset - inside) + (uintptr_t)index * info->cell_size;
    } else if (state == BLOCK_TAIL) {
        start = (uintptr_t)heap_blocks[block].head << BLOCK_SHIFT;
    } else if (state & BLOCK_LARGE) {
        start = (uintptr_t)block << BLOCK_SHIFT;
    } else {
        return NULL;
    }
    return bit_get(heap_allocs, start >> GRANULE_SHIFT) ? (void *)(heap_base + start) : NULL;
}

// A growable array of object pointers in malloc memory; who uses it says what keeps them alive.
typedef struct PointerList {
    Object **items;
    size_t count, capacity;
} PointerList;
typedef struct WeakRef WeakRef; // objects/weakref.h
int pointer_list_push(PointerList *list, Object *item); // -1 without an exception when out of memory

// The part of a thread's heap that the fast path does not need.
struct ThreadHeapDetails {
    uint32_t blocks[CELL_KINDS][HEAP_CLASSES]; // block of the run, NO_BLOCK: none
    PointerList finalizable, weakrefs; // registered since the last collection
    size_t idle_seen; // of `finalizable`, how many had nothing left to do when the thread was about to block
    struct Search *spare_search; // heap/drop.c
    size_t stress_countdown;
    // How many times the next run is larger than the first one, as a power of two: a thread that lives for one
    // request is not to take 8 KB of each size that it uses once.
    uint8_t growth[CELL_KINDS][HEAP_CLASSES];
    PointerList dropped; // old cells that heap_drop was told of since the last collection
    size_t unreported; // bytes taken from blocks that heap_taken.bytes does not count yet
    uint64_t short_runs; // taken and not yet in heap_short_runs
};

// ---- block.c: called with heap_lock held
// The block tables: held for short, never while blocking or collecting.
extern struct HeapLock {
    alignas(CACHE_LINE) Mutex mutex;
} heap_lock;
void heap_lock_take(void);
void heap_lock_drop(void);
int blocks_init(size_t reserve);
uint32_t block_take_free(void);
bool block_find_free(void); // brings the best one for this processor to where block_take_free takes it
bool block_find_free_alike(CellKind kind, size_t class); // one that held such cells
uint32_t block_take_fresh(void);
uint32_t block_take_partial(CellKind kind, size_t class, bool dense);
void block_format(uint32_t block, CellKind kind, size_t class);
void block_give_partial(uint32_t block);
void block_give_back(uint32_t block);
void block_make_free(uint32_t first, uint32_t count); // one block, or a large cell's
uint32_t blocks_take_run(uint32_t count, bool *zero);
bool blocks_resize_run(uint32_t first, uint32_t count); // false: others lie behind
void block_note_young(uint32_t block);
void blocks_rewind(void); // after a collection: runs are looked for from the lowest block on
void blocks_forget_partial(void); // before a full collection's sweep
void blocks_release_idle(uint32_t now, uint32_t age); // gives old free blocks to the system
// Gives all pages of a small heap to the system that hold nothing. A page that is written to after a fork is copied first,
// which takes three times as long as getting a new one while other threads run: these have to be told. With all stopped.
void blocks_release_for_fork(uint32_t now);
size_t blocks_committed(void);
const char *blocks_damage(void); // what is wrong with the lists of free and partly free blocks, or NULL
extern uint64_t heap_class_starts[HEAP_CLASSES][BLOCK_WORDS]; // the bits of a class's cell starts
extern size_t heap_free_blocks;

// ---- thread.c, lock.c
void world_each_thread(void (*visit)(Thread *thread, void *context), void *context);
void mutexes_after_fork(void);
void bias_init(ThreadHeap *heap);
void bias_leave(Thread *thread); // it ends, or was lost in a fork: nothing is biased to it any more
bool world_is_mine(const Thread *self); // that thread has stopped the world

// ---- alloc.c
void thread_heap_init(Thread *thread);
// What becomes of the blocks that a thread has allocated from since the last collection.
typedef enum FlushedBlocks {
    FLUSH_LEAVES, // to the sweep that follows
    FLUSH_GIVES, // to whoever allocates next, as far as they are free
    FLUSH_KEEPS, // the thread goes on with them, and with those that it used a few collections ago
} FlushedBlocks;
// Gives back what the thread has not used of its runs; whether it has allocated since the last collection.
bool thread_heap_flush(Thread *thread, FlushedBlocks blocks);
void thread_heap_leave(Thread *thread); // gives all, when the thread ends
void heap_common_forget(void); // in the child of a fork
void heap_common_rewind(void); // after a collection: what is free in common blocks may be taken
void thread_heap_free(Thread *thread);
void thread_heap_forget_dropped(Thread *thread); // before marking
enum : size_t { HEAP_WINDOW_LEAST = (size_t)1 << 20 };
// Each run is found by itself, which costs more than the cells of one that has fewer bytes than these.
enum { RUN_WORTH = 512 };
extern uint64_t heap_short_runs; // that threads have taken; they report at collections and when they end
extern size_t heap_window; // bytes between two minor collections
// What all threads have taken since the last collection.
typedef struct HeapTaken {
    alignas(CACHE_LINE) size_t bytes;
    size_t large; // of them, bytes of large cells that are not traced
} HeapTaken;
extern HeapTaken heap_taken;
extern size_t heap_stress;
extern HeapStats heap_counters;

// ---- mark.c
enum { MARK_WAITING = 16, MARK_PIPE = 16 };
struct Tracer {
    uintptr_t *stack, *top, *end;
    bool overflowed;
    bool note_edges; // finalizer order: report edges to cells that are marked already
    uint32_t waiting_at; // the oldest of `waiting`
    uintptr_t waiting[MARK_WAITING]; // cells (0: none) whose mark bits are on their way to the cache
    // What gc.get_referents and the like do instead of marking.
    void (*visit)(const void *cell, void *context);
    void *context;
};
extern Tracer heap_tracer;
int mark_init(void);
void mark_reset(void);
void mark_drain(Tracer *tracer);
void mark_roots(Tracer *tracer); // roots, and threads as far as they are known precisely
void mark_library_roots(Tracer *tracer); // which mark_roots leaves out
void mark_stacks(Tracer *tracer); // C stacks and registers
void mark_stack_leaves(
    void); // when all else is marked: what only stacks refer to, of large cells without pointers
void mark_stack_leaves_swept(void); // after the sweep: they do not count as what lives
void mark_stack_leaves_young(void); // at the end
void mark_dirty_cards(Tracer *tracer);
void cards_clear(void);
void object_trace(Object *object, Tracer *tracer);

// ---- middle.c
extern uint64_t *heap_kept_marks; // as the last full collection left them
extern uint8_t *heap_kept_cards; // cleared by minor collections since
extern bool heap_marks_kept; // both tables are in use
void middle_keep(void); // after a full collection
void middle_restore(void); // before marking
void middle_forget(const void *cell); // it is not old any more
void middle_forget_blocks(uint32_t first, uint32_t count); // they get other cells

// ---- sweep.c
extern size_t heap_live_bytes, heap_live_cells; // after the last collection
void sweep_forget(uint32_t block); // a block's or large cell's share of them
void sweep(bool full);
uint32_t heap_collection_number(void);

// ---- finalize.c
void finalize_init(void);
void finalize_note_edge(const void *cell); // while looking for finalizers: a cell was reached from another
void finalize_gather(Thread *thread); // takes over the thread's registrations
// `mark_more`, if not NULL, marks what lives on although plain weak references to it are cleared.
void finalize_after_mark(Tracer *tracer, bool full, void (*mark_more)(Tracer *tracer));
bool finalize_is_pending(void);
bool finalize_is_running(void); // in this thread, which runs no others in between
void finalize_note_marked(const void *cell); // while looking for finalizers: a cell was marked for their sake
void finalize_forget_revived(bool unmark); // what was noted; `unmark`: it counts as young again
void finalize_again(Object *object); // registers it, in the pause
void finalize_decide(void); // after marking from everything but C stacks: what finalizers brought back
size_t finalize_brought_back(void); // after marking: how much of what the last garbage_count found is alive
void finalize_forget_counted(void); // nobody will ask what was brought back
extern bool finalize_revived_all; // nothing was marked without being noted
void finalize_each_unmarked(bool full, void (*visit)(Object *object, void *context), void *context);

// ---- collect.c
// At the trigger; force: in any case (stress). `large`: what is about to be allocated, if it is a large cell.
void collect_for_allocation(size_t large, bool force);
// Whether a collection is due before `large` bytes are taken as a large cell, or (0) cells of a block. A window has room
// for large cells and, beyond them, half as much for small ones: were a collection to come amid small cells because of a
// large one made just before, which is in use then, each would make another large cell old that lives for a moment.
static inline bool window_is_full(size_t large, size_t more) {
    size_t taken = __atomic_load_n(&heap_taken.bytes, __ATOMIC_RELAXED);
    size_t of_large = __atomic_load_n(&heap_taken.large, __ATOMIC_RELAXED);
    return (large ? taken + large : taken - of_large / 2) >= heap_window + more;
}
bool collect_decide(char *from); // after finalizers: what they brought back; false: nobody wants to know
bool collect_for_memory(size_t size); // full; false when those before it found next to nothing
extern bool heap_collecting;

// ---- garbage.c
size_t garbage_count(void); // in the pause, after marking
bool garbage_has_counted(void); // anything, until garbage_forget_counted
bool garbage_was_counted(const void *cell); // by the last garbage_count, until it is forgotten
void garbage_forget_counted(void);
bool garbage_peel(bool all); // unless `all`, in young blocks; false: no memory, or nothing there
bool garbage_is_peeled(const void *cell); // unmarked, neither on a cycle nor hanging from one
void garbage_forget(void);

// ---- resurrect.c
bool resurrect_is_due(void); // finalizers have ended whose objects the next collection may decide about
CollectionKind resurrect_kind_to_decide(
    void); // the least that decides about all that are undecided; minor: none is
void resurrect_prepare(void); // before marking
void resurrect_decide(PointerList *registry); // of weak references; in the same place
void resurrect_clear(void (*clear)(WeakRef *ref, Object *referent)); // the references to what has gone
void resurrect_withhold(const PointerList *candidates,
                        bool all); // references to dead objects with finalizers
void resurrect_tidy(void (*clear)(WeakRef *ref, Object *referent)); // before sweeping
bool resurrect_begin(Object *object); // before its finalizer; true: resurrect_end has to come behind it
void resurrect_end(Object *object);

// ---- thread.c
enum { WAKE_LATER_MOST = 8 };
struct ThreadSync {
    uint32_t state; // THREAD_ATTACHED or THREAD_DETACHED; a futex
    char *saved_sp; // while detached: its registers and frames lie above
    ThreadHeap *heap;
    uint64_t native; // pthread_t
    int32_t kernel_id;
    int world_depth;
    uint32_t *wake_later[WAKE_LATER_MOST]; // futexes of thread_wake_later
    size_t wake_later_count;
    unsigned wake_passed; // safepoints
    uint64_t wake_look; // when to look whether they are due: os_clock_ns
    uint64_t wake_due; // by os_thread_clock_ns
    uint32_t bias_place; // in lock.c's table; 0: none
    bool blocking; // in a blocking_call
    bool vanished; // lost in a fork: only its stack remains
};
enum { THREAD_DETACHED, THREAD_ATTACHED };
void thread_park(void);
// Whether this thread has been running finalizers that nobody asked for, but not for long: signals wait for their end.
bool finalizers_just_began(void);
// blocking_call without letting go of critical sections: for waits that end without any Python code's help.
void *blocking_wait(void *(*function)(void *context), void *context);
bool world_is_stopping(void);
extern uint64_t world_waited_ns; // for the others, when one last stopped the world
bool world_try_stop(void); // false: somebody else stopped it meanwhile; waited for that
void thread_set_sp(Thread *thread, char *sp);
