// The heap: non-moving, size-segregated, generational mark and sweep in one reserved address range.
//
// What it promises
//   - A cell never moves and stays alive while a pointer to it (interior and one-past-the-end
//     included) is on some thread's C stack or in its registers, or while it is reachable from a
//     root, a VM frame or a live cell. C code therefore simply holds plain `Object *`.
//   - Cells of the kinds CELL_OBJECT and CELL_POINTERS come zeroed, so a collection may see them
//     half initialised. CELL_BYTES, CELL_LEAF and CELL_MANUAL come uninitialised.
//   - heap_alloc may collect, and never runs Python code: finalizers and weak-reference callbacks
//     wait for the next safepoint().
//   - On exhaustion it returns NULL with MemoryError set: callers just `return NULL`.
//
// What it asks
//   - A pointer to a cell lives on a C stack, in a cell, or in a registered root. Never only in
//     memory from malloc.
//   - Every store of a pointer into a cell goes through gc_store (or gc_store_range); gc_init is for
//     cells that this thread allocated and has not yet published and that no allocation separates
//     from their own allocation. A raw store is a bug.
//   - No lock (objects' lock words, or the runtime's mutexes) is held at a safepoint.
#pragma once

#include "base/base.h"

typedef struct Object Object;
typedef struct Type Type;
typedef struct Tracer Tracer;
typedef struct Thread Thread;

typedef enum CellKind {
    CELL_OBJECT,    // begins with an Object header, traced by its type's trace function
    CELL_POINTERS,  // words, each NULL, the start of a cell, or a value outside the heap's range
    CELL_BYTES,     // never looked into
    CELL_MANUAL,    // like CELL_BYTES, and alive until heap_free_manual
    CELL_LEAF,      // an object whose type traces nothing (float, int, bytes, ASCII str): uninitialised
    CELL_KINDS,
} CellKind;

// ---- allocation
//
// Small cells are bumped off a run of free cells that the thread owns, one run for each kind and size
// class. Sizes up to 256 bytes have a class for each multiple of 16; larger ones are about a fifth
// apart; what is above HEAP_SMALL_MOST gets blocks of its own.
enum { HEAP_CLASSES = 41, HEAP_EXACT_MOST = 256, HEAP_SMALL_MOST = 32768 };

typedef struct FreeRun {
    char *cursor, *limit;  // both NULL: no run
} FreeRun;

// What a thread allocates from. It lies in thread-local storage, so that the fast path is one load,
// an addition and a comparison.
typedef struct ThreadHeap {
    FreeRun runs[CELL_KINDS][HEAP_CLASSES];
    struct ThreadHeapDetails *details;  // heap/block.h
    uint32_t locks_held;                // object locks: while nonzero nothing is collected here
    uint32_t bias[2]; // by BiasKind: what words hold that are biased to this thread, or BIAS_NONE
    uint32_t bias_pause[2]; // so many more words are not biased to it (heap/thread.h)
    uint32_t no_collection; // nesting of other reasons not to collect
    bool raising_memory_error;
} ThreadHeap;
extern __attribute__((tls_model("initial-exec"))) _Thread_local ThreadHeap thread_heap;

void *heap_alloc_slow(size_t size, CellKind kind);

// Returns `size` bytes (at least 16, aligned to 16), or NULL with MemoryError set. May collect.
static inline void *heap_alloc(size_t size, CellKind kind) {
    if (LIKELY(size - 1 < HEAP_EXACT_MOST)) {
        FreeRun *run = &thread_heap.runs[kind][(size - 1) >> 4];
        char *cell = run->cursor, *next = cell + ((size + 15) & ~(size_t)15);
        if (LIKELY(next <= run->limit)) {
            run->cursor = next;
            return cell;
        }
    }
    return heap_alloc_slow(size, kind);
}

// A CELL_OBJECT cell whose trace function looks at its first `head` bytes only: what lies behind them comes
// uninitialised when the cell is a large one.
void *heap_alloc_headed(size_t size, size_t head);

// Forgets what has been allocated since the last collection: the next one comes a whole window later.
void heap_window_restart(void);

// While set, each allocation goes through the slow path and is reported (tracemalloc): the hook must not
// allocate, block or reach a safepoint. Setting it stops the world.
// An allocation for which it returns false fails.
typedef bool AllocationHook(void *cell, size_t size, CellKind kind);
extern AllocationHook *heap_allocation_hook;
void heap_set_allocation_hook(AllocationHook *hook);

// The number of bytes that can be used in the cell that starts at `cell` (at least what was asked).
size_t heap_cell_size(const void *cell);

// Overwrites `most` bytes of the dead part of the stack, where pointers of finished calls still lie. Later frames do not
// write all of their words, and would keep alive what these lead to.
void heap_clear_dead_stack(size_t most);
// Says that only stale words on C stacks may still lead to `cell`, no other cell does: the next collection,
// if only a minor one, looks there and frees it. For what was replaced: a table, an item array.
void heap_drop(const void *cell);

// Frees a CELL_MANUAL cell at once.
void heap_free_manual(void *cell);

// For a CELL_LEAF or CELL_BYTES cell that this thread has made and nobody else knows of: whether it has `size` bytes now,
// where it lies. A large one grows into free memory behind it, or gives back what it does not need.
bool heap_resize(void *cell, size_t size);
// The same cell is not needed any more: its memory is free at once if it is a large one.
void heap_discard(void *cell);

// How large the interpreter's stacks of frames are, all threads together. Atomic.
extern size_t heap_frame_bytes;

// Memory held outside the heap (GMP temporaries, mapped files, XML parsers ...) in bytes, signed;
// counts towards the next collection.
void heap_count_external(ssize_t bytes);

// ---- objects

// An instance of `type` with its header set, zeroed, of the type's true instance size; when the type
// has a finalizer the object is registered for it. NULL with MemoryError set.
Object *object_alloc(Type *type);
// The same for a variable-sized type: `count` items (sets ob_size), plus what the type needs.
Object *object_alloc_var(Type *type, ssize_t count);

// ---- stores (the write barrier)

extern uintptr_t heap_base; // start of the reserved range
extern size_t heap_reserved; // its size in bytes
extern uint8_t *heap_cards; // one byte per CARD_SIZE bytes of the range
enum { CARD_SHIFT = 9, CARD_SIZE = 1 << CARD_SHIFT };
// What a card byte holds: a slot in it was stored to; a cell that starts in it is dirty as a whole.
enum { CARD_SLOT = 1, CARD_CELL = 2 };

static inline bool heap_contains(const void *p) {
    return (uintptr_t)p - heap_base < heap_reserved;
}

extern uint64_t *heap_marks; // a bit for each 16 bytes of the range: the cell that starts there is old

// Whether the cell that starts `offset` bytes into the range survived a collection. All of a young cell is
// traced by the next one, if it is reachable at all: stores into it leave no trace.
static inline bool heap_offset_is_old(uintptr_t offset) {
    return heap_marks[offset >> 10] >> (offset >> 4 & 63) & 1;
}

#ifdef COLUBER_VERIFY
void heap_check_owner(const void *owner, const void *slot);
#else
static inline void heap_check_owner(const void *owner, const void *slot) {
    (void)owner, (void)slot;
}
#endif

// Marks `owner` dirty: all its pointers will be looked at again by the next minor collection.
static inline void gc_dirty(const void *owner) {
    uintptr_t offset = (uintptr_t)owner - heap_base;
    if (LIKELY(offset < heap_reserved) && heap_offset_is_old(offset)) {
        uint8_t *card = &heap_cards[offset >> CARD_SHIFT];
        if (!(__atomic_load_n(card, __ATOMIC_RELAXED) & CARD_CELL)) {
            __atomic_fetch_or(card, CARD_CELL, __ATOMIC_RELAXED);
        }
    }
}

// Stores `value` at `slot`, which lies inside the cell that starts at `owner`, or in a static
// object. A release store: who sees the pointer sees what it points to. What is marked is the card
// of the slot, so that a store into a large array costs the next collection one card. A slot
// in a CELL_BYTES cell that `owner` traces on its behalf needs gc_dirty(owner) in addition.
static inline void gc_store(void *owner, void *slot, const void *value) {
    __atomic_store_n((void **)slot, (void *)value, __ATOMIC_RELEASE);
    uintptr_t offset = (uintptr_t)owner - heap_base;
    heap_check_owner(owner, slot);
    if (LIKELY(offset < heap_reserved) && heap_offset_is_old(offset)) {
        uint8_t *card = &heap_cards[((uintptr_t)slot - heap_base) >> CARD_SHIFT];
        if (!__atomic_load_n(card, __ATOMIC_RELAXED)) {
            __atomic_fetch_or(card, CARD_SLOT, __ATOMIC_RELAXED);
        }
    }
}

// Fills `slot`, a NULL field of the cell at `owner`, with `fresh` unless another thread was faster; returns what is
// there then.
static inline void *gc_publish(const void *owner, void *slot, void *fresh) {
    void *expected = NULL;
    if (!__atomic_compare_exchange_n((void **)slot, &expected, fresh, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        return expected;
    }
    gc_dirty(owner);
    return fresh;
}

// The first store into a fresh cell (see "What it asks").
static inline void gc_init(void *slot, const void *value) {
    *(void **)slot = (void *)value;
}

// Moves `count` pointers to `target` inside `owner`, word by word (source and target may overlap).
void gc_store_range(void *owner, void *target, const void *source, size_t count);

// ---- roots and tracing

// Registers `count` pointer slots, or a function that traces, for the life of the process.
void heap_add_root(void *slots, size_t count);
// The same for what a module in C has taken out of modules in Python, and so keeps the globals of half the library.
// heap_collect_everything with `letting_go` lets what only these reach be, but clears plain weak references to it.
void heap_add_library_root(void *slots, size_t count);
void heap_add_root_tracer(void (*trace)(Tracer *tracer));

// For trace functions: reports a pointer to the start of a cell. NULL and pointers outside the heap
// (static objects) are ignored.
void trace_cell(Tracer *tracer, const void *cell);
// False: it looks at what refers to what (sys.getrefcount), and no collection follows. What a trace function does for
// collections besides, such as to note that all is marked, it must leave then.
bool tracer_marks(const Tracer *tracer);
void trace_range(Tracer *tracer, void *const *cells, size_t count);
// Conservative: any words, any pointer into a cell.
void trace_words(Tracer *tracer, const void *start, const void *end);
// Slots that may hold what is no pointer, or left over, but never one behind the end of a cell: such a word keeps
// the cell that it points to, not the one before it as well.
void trace_slots(Tracer *tracer, void *const *slots, size_t count);
// The variables of a frame that runs.
void trace_locals(Tracer *tracer, void *const *slots, size_t count);

// ---- finalizers and weak references

// Asks for `type->info->finalize` to be called once, at a safepoint after `object` was found dead.
// object_alloc does it by itself.
int heap_register_finalizer(Object *object);
// It was closed and has nothing left to clean up: does nothing unless this thread made it lately.
void heap_forget_finalizer(Object *object);
// True when its finalizer has been called (or is about to be).
bool heap_was_finalized(Object *object);
// Whether any object beside `known` has one that would run if the object died now, and be noticed.
bool heap_has_finalizers(Object *const *known, size_t count);
// Adds a weak reference (an object of weakref's layout, objects/weakref.h) to those that are cleared
// when their referent dies.
int heap_register_weakref(Object *weakref);
// Told after each collection, with the world stopped (it must not allocate): drops caches that guard
// by address. heap_is_dead tells inside whether a cell was found dead: a minor collection finds young ones
// only.
void heap_add_cache(void (*forget)(void));
bool heap_is_dead(const void *cell);
// Whether the collection that is running looks at everything: what a trace function leaves out because a
// cache watches it (heap_add_cache) must be traced in the others.
bool heap_collection_is_full(void);

// ---- collections and statistics

// A minor collection looks at what was made since the last one, a middle one at what was made since the last full one
// (middle.c), a full one at everything.
typedef enum CollectionKind { COLLECT_MINOR, COLLECT_MIDDLE, COLLECT_FULL } CollectionKind;

typedef struct HeapStats {
    size_t live_bytes, committed_bytes, external_bytes, live_objects;
    uint64_t collections[3]; // by CollectionKind
    uint64_t automatic[3]; // those of them that allocation brought on
    uint64_t pause_ns_total, pause_ns_longest, allocated_bytes_total, finalized, weak_cleared;
} HeapStats;

// A full synchronous collection; the finalizers have run when it returns (it runs Python code).
// Returns the number of unreachable objects that a reference counter would not have freed (those on
// cycles, and what hangs from them) and that `heap_counts_as_garbage` accepts; -1 with an exception.
// `from`: no part of the calling thread's C stack below it, and no register, holds an object that is not
// held elsewhere too; NULL: all of them may.
ssize_t heap_collect_from(char *from);
static inline ssize_t heap_collect(void) {
    return heap_collect_from(NULL);
}
// The same, twice and without counting: for the end of the process, `letting_go` once modules are.
void heap_collect_everything(char *from, bool letting_go);
extern bool (*heap_counts_as_garbage)(Object *object);
// While set, heap_collect keeps those objects alive instead (gc.DEBUG_SAVEALL), for heap_take_garbage.
extern bool heap_save_garbage;
Object *heap_take_garbage(void); // one after the other; NULL: no more
// A name that referred to `dropped` was deleted or set to None by a handler. If nothing else refers to it, and it is
// not part of a cycle, it dies now, its finalizer and callbacks included, as far as looking for it costs little.
// May run Python code; nothing is raised. `place`: the instruction, or whatever tells one place from another.
// `from`: as above. (heap/drop.c)
// True when it looked.
bool heap_after_drop(Object *dropped, const void *place, char *from);
bool heap_would_notice(
    const Object *object); // whether the object itself has a finalizer or weak references; or NULL: false
void heap_collect_dropped(CollectionKind kind, char *from);
// A minor or middle collection and its finalizers; what a middle one leaves counts as old from then on. It counts as
// heap_collect_from does.
ssize_t heap_collect_younger(CollectionKind kind, char *from);
// The least kind of collection that would find the cell, if it were dead.
CollectionKind heap_generation(const void *cell);
// Collects at once, without running anything: a minor collection when that is enough.
void heap_collect_minor(void);
// A collection that runs the finalizers, and before it looks at the C stacks calls `visit`, with the
// world stopped, for each object with a finalizer that nothing else refers to (the young ones, when it is
// not `full`): what only a stale word may keep alive.
void heap_collect_finding(bool full, void (*visit)(Object *object, void *context), void *context);
// Runs the finalizers and weak-reference callbacks that wait. Runs Python code; nothing is raised.
void heap_run_finalizers(void);
// The same after a collection that the program did not ask for. Trace and profile functions do not see the callbacks
// then: a debugger that steps would stop in one at a place that has nothing to do with it. They see what `__del__` does.
void heap_run_unasked_finalizers(void);
// To be called before a system call that may block for long (sleep, waitpid, accept). When this thread
// made objects with finalizers since the last collection, finds the dead ones and finalizes them: runs
// Python code. It takes milliseconds: who may wait for something that comes at once
// (a lock, a message) asks heap_has_idle_work, and if so first waits HEAP_PATIENCE_MS for it. The second
// form does that with poll(2)'s `events` on `fd`. A signal that comes meanwhile would not interrupt the caller's call: its
// handler runs at the end. 0, or -1 with that handler's exception.
enum { HEAP_PATIENCE_MS = 20 };
bool heap_has_idle_work(void);
int heap_before_blocking(void);
int heap_before_blocking_on(int fd, short events);
int heap_before_reading(int fd); // the same for read(2), which does not block where that was switched off
// Whether such a collection made objects old that may have been dropped since: heap_while_blocking finds them, after
// a wait of HEAP_LONG_PATIENCE_MS.
enum { HEAP_LONG_PATIENCE_MS = 100 };
bool heap_has_old_idle_work(void);
// In the middle of a wait of a tenth of a second or more: a full collection, because the thread may wait for
// something old to go. Does nothing when collections like this one would take more than a twentieth of the time.
int heap_while_blocking(void);
void heap_stats(HeapStats *stats);
// Writes what the heap holds and did to standard error (-X heap, sys._debugmallocstats).
void heap_print_stats(void);
// The number of words that refer to `target`: in roots, in frames and, after a full collection, which runs the finalizers, in
// the cells of those objects that `is_owner` accepts. What C code holds on its stack does not count. `from`: as above. -1 with
// an exception.
ssize_t heap_count_references(const Object *target, bool (*is_owner)(Object *object), char *from);
// Calls `visit` for each live object (not internal cells), with all threads stopped. Each time counts as a showing:
// objects that only C code knew may be known to a program since.
extern size_t heap_showings;
void heap_each_object(void (*visit)(Object *object, void *context), void *context);

// How many bytes may be allocated after a collection before heap_hooks.collection_watch is called; SIZE_MAX: any number.
// Looked at when a run of free cells is used up. Atomic.
extern size_t heap_watch_at;
// Calls it if that is so, or a collection has come, before the object that the caller is about to make.
void heap_watch_slow(void);
static inline void heap_watch(void) {
    if (UNLIKELY(__atomic_load_n(&heap_watch_at, __ATOMIC_RELAXED) != SIZE_MAX)) {
        heap_watch_slow();
    }
}

typedef struct HeapOptions {
    size_t stress; // -X gc-stress=N: collect at every Nth allocation, fill freed cells (0: off)
    bool trace; // -X trace-gc
} HeapOptions;

// Reserves the range (smaller under RLIMIT_AS). Returns -1 when there is no memory at all.
int heap_init(const HeapOptions *options);

// How the heap reaches upward without including anything: set once, by vm/runtime.c.
// The rank of what only keeps accounts in memory: such a finalizer runs in the pause, where it must neither
// allocate nor lock.
enum { FINALIZER_QUIET = 4 };

typedef struct HeapHooks {
    void (*raise_memory_error)(void);
    void (*trace_thread)(Thread *thread, Tracer *tracer); // its VM frames, precisely
    int (*run_pending)(Thread *thread); // signals and pending calls at a safepoint; -1 on exception
    void (*clear_dead)(Thread *thread); // clears dead slots of its VM stack (heap_collect)
    void (*free_thread)(Thread *thread); // frees its VM stack; the thread is still attached
    // Asked in the pause about a dead object with a finalizer: 0 when it need not run (a generator that
    // has finished, a file that is closed), else its rank: of objects on a common cycle lower ranks go
    // first. NULL: always 1.
    int (*finalizer_rank)(Object *object);
    // Whether it leads to all of the program: a class, a module, a namespace.
    bool (*is_program)(Object *object);
    // At the first safepoint after a collection that allocation brought on (`automatic`: a bit for each kind), and when
    // heap_watch_at is reached: what a program watches of them. Runs Python code; nothing is raised. May be NULL.
    void (*collection_watch)(unsigned automatic);
} HeapHooks;
extern HeapHooks heap_hooks;
