// Marking: from roots and dirty cards through everything reachable that is not marked yet. Marks are
// sticky, so a minor collection stops at old cells.
#include "heap/block.h"
#include "objects/object.h"

#include <sys/mman.h>

Tracer heap_tracer;

typedef struct RootSlots {
    Object **slots;
    size_t count;
    bool library;
} RootSlots;
static RootSlots *root_slots;
static size_t root_slot_count, root_slot_capacity;
static void (*root_tracers[128])(Tracer *tracer);
static size_t root_tracer_count;
static Mutex roots_lock;

int mark_init(void) {
    // Each cell is pushed at most once and has 16 bytes at least; real heaps need far less than the
    // worst case, and when the stack is full after all, marking starts again from what is marked.
    size_t size = size_min(round_up(heap_reserved / 16, 4096), (size_t)8 << 30);
    for (; size >= 65536; size = round_up(size / 2, 4096)) {
        uintptr_t *stack = os_reserve(size);
        if (stack) {
            heap_tracer.stack = heap_tracer.top = stack;
            heap_tracer.end = (uintptr_t *)((char *)stack + size);
            return 0;
        }
    }
    return -1;
}

// Large cells without pointers that stacks refer to: texts, bytes and buffers that somebody works on just now. Were
// they old as soon as a collection finds them there, a program that makes one after the other would fill its heap with
// those that each collection happened to see. So these wait until all else is marked. What is not marked then only
// stacks refer to: it is marked for this collection, and counts as young again behind it.
enum { STACK_LEAVES_MOST = 64 };
static const void *stack_leaves[STACK_LEAVES_MOST];
static size_t stack_leaf_count;
static bool stack_leaves_marked;

void mark_reset(void) {
    stack_leaf_count = 0;
    stack_leaves_marked = false;
    heap_tracer.top = heap_tracer.stack;
    heap_tracer.overflowed = heap_tracer.note_edges = false;
}

static void add_root(RootSlots root) {
    mutex_lock(&roots_lock);
    if (root_slot_count == root_slot_capacity) {
        size_t capacity = root_slot_capacity ? root_slot_capacity * 2 : 256;
        RootSlots *grown = realloc(root_slots, capacity * sizeof(RootSlots));
        if (!grown) {
            fprintf(stderr, "coluber: out of memory for roots\n");
            abort();
        }
        root_slots = grown;
        root_slot_capacity = capacity;
    }
    root_slots[root_slot_count++] = root;
    mutex_unlock(&roots_lock);
}

void heap_add_root(void *slots, size_t count) {
    add_root((RootSlots){ slots, count, false });
}

void heap_add_library_root(void *slots, size_t count) {
    add_root((RootSlots){ slots, count, true });
}

void heap_add_root_tracer(void (*trace)(Tracer *tracer)) {
    mutex_lock(&roots_lock);
    if (root_tracer_count == COUNT_OF(root_tracers)) {
        fprintf(stderr, "coluber: too many root tracers\n");
        abort();
    }
    root_tracers[root_tracer_count++] = trace;
    mutex_unlock(&roots_lock);
}

static inline void push(Tracer *tracer, uintptr_t entry) {
    if (LIKELY(tracer->top < tracer->end)) {
        *tracer->top++ = entry;
    } else {
        tracer->overflowed = true;
    }
}

// Marks the cell at `offset` in the range unless it is marked already.
static inline void mark_now(Tracer *tracer, uintptr_t offset) {
    const void *cell = (const void *)(heap_base + offset);
    size_t granule = offset >> GRANULE_SHIFT;
    uint64_t *word = &heap_marks[granule >> 6];
    uint64_t bit = (uint64_t)1 << (granule & 63);
    if (*word & bit) {
        if (UNLIKELY(tracer->note_edges)) {
            finalize_note_edge(cell);
        }
        return;
    }
#ifdef COLUBER_VERIFY
    if (UNLIKELY(cell_containing((uintptr_t)cell) != cell)) {
        fprintf(stderr, "coluber: traced pointer %p is not a cell (state %x)\n", cell,
                heap_block_states[offset >> BLOCK_SHIFT]);
        abort();
    }
#endif
    *word |= bit;
    if (UNLIKELY(tracer->note_edges)) {
        finalize_note_marked(cell);
    }
    if ((heap_block_states[offset >> BLOCK_SHIFT] & BLOCK_KIND_MASK) <= CELL_POINTERS) {
        push(tracer, (uintptr_t)cell);
    }
}

// A pointer waits in a small ring until its mark bits have come from memory. (Testing them at once
// costs a cache miss for nearly every object of a large heap.)
static inline void mark_and_push(Tracer *tracer, const void *cell) {
    uintptr_t offset = (uintptr_t)cell - heap_base;
    if (offset >= heap_reserved) {
        return;
    }
    __builtin_prefetch(&heap_marks[offset >> (GRANULE_SHIFT + 6)]);
    uint32_t at = tracer->waiting_at;
    uintptr_t oldest = tracer->waiting[at];
    tracer->waiting[at] = offset | 1;
    tracer->waiting_at = (at + 1) % MARK_WAITING;
    if (oldest) {
        mark_now(tracer, oldest - 1);
    }
}

static bool mark_waiting(Tracer *tracer) {
    bool any = false;
    for (uint32_t i = 0; i < MARK_WAITING; i++) {
        uintptr_t entry = tracer->waiting[i];
        tracer->waiting[i] = 0;
        if (entry) {
            any = true;
            mark_now(tracer, entry - 1);
        }
    }
    return any;
}

bool tracer_marks(const Tracer *tracer) {
    return !tracer->visit;
}

void trace_cell(Tracer *tracer, const void *cell) {
    if (UNLIKELY(tracer->visit != NULL)) {
        if (cell) {
            tracer->visit(cell, tracer->context);
        }
        return;
    }
    mark_and_push(tracer, cell);
}

void trace_range(Tracer *tracer, void *const *cells, size_t count) {
    if (LIKELY(!tracer->visit)) {
        for (size_t i = 0; i < count; i++) {
            mark_and_push(tracer, cells[i]);
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        trace_cell(tracer, cells[i]);
    }
}

static inline void trace_from_stack(Tracer *tracer, const void *cell) {
    if ((uintptr_t)cell - heap_base < heap_reserved) {
        uint8_t state = heap_block_states[block_of(cell)];
        bool large_leaf = state == (CELL_LEAF | BLOCK_LARGE) || state == (CELL_BYTES | BLOCK_LARGE);
        if (UNLIKELY(large_leaf) && !tracer->visit && stack_leaf_count < STACK_LEAVES_MOST) {
            stack_leaves[stack_leaf_count++] = cell;
            return;
        }
    }
    trace_cell(tracer, cell);
}

void mark_stack_leaves(void) {
    size_t count = 0;
    for (size_t i = 0; i < stack_leaf_count; i++) {
        if (!cell_is_marked(stack_leaves[i])) {
            bit_set(heap_marks, granule_of(stack_leaves[i]));
            stack_leaves[count++] = stack_leaves[i];
        }
    }
    stack_leaf_count = count;
    stack_leaves_marked = true;
}

void mark_stack_leaves_swept(void) {
    stack_leaves_marked = false;
    for (size_t i = 0; i < stack_leaf_count; i++) {
        sweep_forget(block_of(stack_leaves[i]));
    }
}

void mark_stack_leaves_young(void) {
    for (size_t i = 0; i < stack_leaf_count; i++) {
        bit_clear(heap_marks, granule_of(stack_leaves[i]));
        middle_forget(stack_leaves[i]);
        block_note_young(block_of(stack_leaves[i]));
    }
    stack_leaf_count = 0;
}

void trace_locals(Tracer *tracer, void *const *slots, size_t count) {
    for (size_t i = 0; i < count; i++) {
        trace_from_stack(tracer, slots[i]);
    }
}

// One-past-the-end pointers keep a cell alive too, but only where code can hold one: at the end of
// arrays, that is not behind fixed-size objects (otherwise every pointer would keep its neighbour).
static inline void mark_conservatively(Tracer *tracer, uintptr_t word,
                                       void (*trace)(Tracer *tracer, const void *cell)) {
    if (word - heap_base > heap_reserved) {
        return;
    }
    void *cell = cell_containing(word);
    if (cell) {
        trace(tracer, cell);
    }
    if (!(word & (GRANULE - 1)) && (!cell || (uintptr_t)cell == word)) {
        void *before = cell_containing(word - 1);
        if (before && before != cell && (uintptr_t)before + heap_cell_size(before) == word) {
            uint8_t kind = heap_block_states[block_of(before)] & BLOCK_KIND_MASK;
            Type *type = kind == CELL_OBJECT ? ((Object *)before)->type : NULL;
            if (kind == CELL_POINTERS || kind == CELL_BYTES || (type && type->item_size)) {
                trace(tracer, before);
            }
        }
    }
}

// The scanned stacks belong to other threads' frames too, padding and dead slots included; those of threads in
// a blocking call may change below what was spilled.
__attribute__((no_sanitize("address", "thread"))) void trace_words(Tracer *tracer, const void *start,
                                                                   const void *end) {
    const uintptr_t *word = (const uintptr_t *)round_up((uintptr_t)start, sizeof(uintptr_t));
    for (; word + 1 <= (const uintptr_t *)end; word++) {
        mark_conservatively(tracer, *word, trace_cell);
    }
}

__attribute__((no_sanitize("address", "thread"))) static void trace_stack_words(Tracer *tracer,
                                                                                const void *start,
                                                                                const void *end) {
    const uintptr_t *word = (const uintptr_t *)round_up((uintptr_t)start, sizeof(uintptr_t));
    for (; word + 1 <= (const uintptr_t *)end; word++) {
        mark_conservatively(tracer, *word, trace_from_stack);
    }
}

// See trace_words.
__attribute__((no_sanitize("address", "thread"))) void trace_slots(Tracer *tracer, void *const *slots,
                                                                   size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *cell = cell_containing((uintptr_t)slots[i]);
        if (cell) {
            trace_from_stack(tracer, cell);
        }
    }
}

void object_trace(Object *object, Tracer *tracer) {
    Type *type = object->type;
    if (UNLIKELY(!type)) {
        return; // not initialised yet
    }
    trace_cell(tracer, type);
    struct TypeInfo *info = type->info;
    if (LIKELY(info && info->trace)) {
        info->trace(object, tracer);
    }
}

enum { ARRAY_PIECE = 512 };

static void mark_entry(Tracer *tracer, uintptr_t entry) {
    if (entry & 1) {
        // The rest of a large array: its end lies below on the stack.
        void **at = (void **)(entry - 1), **end = (void **)*--tracer->top;
        void **piece = end - at > ARRAY_PIECE ? at + ARRAY_PIECE : end;
        if (piece < end) {
            push(tracer, (uintptr_t)end);
            push(tracer, (uintptr_t)piece | 1);
        }
        for (; at < piece; at++) {
            mark_and_push(tracer, *at);
        }
        return;
    }
    uint32_t block = block_of((void *)entry);
    uint8_t state = heap_block_states[block];
    if ((state & BLOCK_KIND_MASK) == CELL_OBJECT) {
        object_trace((Object *)entry, tracer);
        return;
    }
    size_t words = heap_cell_size((void *)entry) / sizeof(void *);
    void **at = (void **)entry;
    if (words > ARRAY_PIECE && tracer->end - tracer->top > 2) {
        push(tracer, (uintptr_t)(at + words));
        push(tracer, (uintptr_t)at | 1);
        return;
    }
    for (size_t i = 0; i < words; i++) {
        mark_and_push(tracer, at[i]);
    }
}

static void drain_stack(Tracer *tracer);

// What a full stack made us forget is reachable from a marked cell: trace all of those again.
COLD static void retrace_marked(Tracer *tracer) {
    for (uint32_t block = 0; block < heap_block_top; block++) {
        uint8_t state = heap_block_states[block];
        if ((state & BLOCK_KIND_MASK) > CELL_POINTERS || state == BLOCK_FREE || state == BLOCK_TAIL) {
            continue;
        }
        for (size_t word = 0; word < BLOCK_WORDS; word++) {
            uint64_t bits = heap_marks[(size_t)block * BLOCK_WORDS + word];
            if (state & BLOCK_LARGE) {
                bits = word ? 0 : bits & 1;
            }
            while (bits) {
                char *cell = block_start(block) +
                             (((word << 6) + (size_t)__builtin_ctzll(bits)) << GRANULE_SHIFT);
                bits &= bits - 1;
                push(tracer, (uintptr_t)cell);
                drain_stack(tracer);
            }
        }
    }
}

// What comes off the stack goes through a pipe, so that a cell is in the cache when its turn comes.
// Array pieces take two stack entries and are worked on at once.
static void drain_stack(Tracer *tracer) {
    uintptr_t pipe[MARK_PIPE];
    uint32_t first = 0, count = 0;
    for (;;) {
        while (count < MARK_PIPE && tracer->top > tracer->stack) {
            uintptr_t entry = *--tracer->top;
            if (entry & 1) {
                mark_entry(tracer, entry);
            } else {
                // Objects and tables are traced to their end, which mostly lies on the second or third line.
                __builtin_prefetch((void *)entry);
                __builtin_prefetch((char *)entry + 64);
                __builtin_prefetch((char *)entry + 128);
                pipe[(first + count++) % MARK_PIPE] = entry;
            }
        }
        if (count) {
            uintptr_t entry = pipe[first];
            first = (first + 1) % MARK_PIPE;
            count--;
            mark_entry(tracer, entry);
        } else if (!mark_waiting(tracer)) {
            return;
        }
    }
}

void mark_drain(Tracer *tracer) {
    // What is marked late, for the sake of finalizers, may refer to what only stacks referred to before.
    size_t leaves = stack_leaves_marked ? stack_leaf_count : 0, left = 0;
    for (size_t i = 0; i < leaves; i++) {
        bit_clear(heap_marks, granule_of(stack_leaves[i]));
    }
    drain_stack(tracer);
    while (UNLIKELY(tracer->overflowed)) {
        tracer->overflowed = false;
        retrace_marked(tracer);
    }
    for (size_t i = 0; i < leaves; i++) {
        if (!cell_is_marked(stack_leaves[i])) {
            bit_set(heap_marks, granule_of(stack_leaves[i]));
            stack_leaves[left++] = stack_leaves[i];
        }
    }
    if (leaves) {
        stack_leaf_count = left;
    }
}

static void mark_thread(Thread *thread, void *context) {
    Tracer *tracer = context;
    const void *fields[] = {
        thread->exception,
        thread->trace_object,
        thread->profile_object,
        thread->trace_function,
        thread->profile_function,
        thread->dict,
        thread->context,
        thread->async_exception,
        thread->asyncgen_firstiter,
        thread->asyncgen_finalizer,
    };
    // trace_function and profile_function may be C functions: outside the heap, ignored.
    trace_range(tracer, (void *const *)fields, COUNT_OF(fields));
    trace_range(tracer, (void *const *)thread->delete_later, COUNT_OF(thread->delete_later));
    trace_range(tracer, (void *const *)thread->thread_object_slots, COUNT_OF(thread->thread_object_slots));
    if (heap_hooks.trace_thread) {
        heap_hooks.trace_thread(thread, tracer);
    }
}

static void mark_thread_stack(Thread *thread, void *context) {
    if (thread->sync->saved_sp) {
        trace_stack_words(context, thread->sync->saved_sp, thread->c_stack_base);
    }
}

void mark_stacks(Tracer *tracer) {
    world_each_thread(mark_thread_stack, tracer);
    mark_drain(tracer);
}

static void mark_root_slots(Tracer *tracer, bool library) {
    for (size_t i = 0; i < root_slot_count; i++) {
        if (root_slots[i].library == library) {
            trace_range(tracer, (void *const *)root_slots[i].slots, root_slots[i].count);
        }
    }
}

void mark_library_roots(Tracer *tracer) {
    mark_root_slots(tracer, true);
    mark_drain(tracer);
}

void mark_roots(Tracer *tracer) {
    mark_root_slots(tracer, false);
    for (size_t i = 0; i < root_tracer_count; i++) {
        root_tracers[i](tracer);
        mark_drain(tracer);
    }
    world_each_thread(mark_thread, tracer);
    mark_drain(tracer);
}

// ---- dirty cards

// A large object with one dirty slot is not traced as a whole: its card is read as the stacks are. (A
// dict of a million entries that grows would otherwise be traced at every collection.)
static void mark_card(Tracer *tracer, size_t card, uint8_t how) {
    uintptr_t start = (uintptr_t)card << CARD_SHIFT;
    uint32_t block = (uint32_t)(start >> BLOCK_SHIFT);
    uint8_t state = heap_block_states[block];
    if (state == BLOCK_FREE) {
        return;
    }
    if (state & BLOCK_LARGE) {
        uint32_t head = state == BLOCK_TAIL ? heap_blocks[block].head : block;
        void *cell = block_start(head);
        if (!cell_is_marked(cell) || (heap_block_states[head] & BLOCK_KIND_MASK) > CELL_POINTERS) {
            return;
        }
        if (how & CARD_CELL) {
            push(tracer, (uintptr_t)cell);
        } else if ((heap_block_states[head] & BLOCK_KIND_MASK) == CELL_POINTERS) {
            void **at = (void **)(heap_base + start);
            for (size_t i = 0; i < CARD_SIZE / sizeof(void *); i++) {
                mark_and_push(tracer, at[i]);
            }
        } else {
            trace_words(tracer, (void *)(heap_base + start), (void *)(heap_base + start + CARD_SIZE));
        }
        return;
    }
    if (state > CELL_POINTERS) {
        return;
    }
    const BlockInfo *info = &heap_blocks[block];
    uint32_t inside = start & (BLOCK_SIZE - 1);
    uint32_t index = (uint32_t)(((uint64_t)inside * info->reciprocal) >> 32);
    char *cell = block_start(block) + (size_t)index * info->cell_size;
    char *end = (char *)heap_base + start + CARD_SIZE;
    for (; cell < end && index < info->cells; cell += info->cell_size, index++) {
        if (cell_is_marked(cell)) {
            if (state == CELL_OBJECT) {
                object_trace((Object *)cell, tracer);
            } else {
                push(tracer, (uintptr_t)cell);
            }
        }
    }
}

void mark_dirty_cards(Tracer *tracer) {
    size_t cards = ((size_t)heap_block_top << BLOCK_SHIFT) >> CARD_SHIFT;
    uint64_t *words = (uint64_t *)heap_cards;
    for (size_t word = 0; word < cards / 8; word += 4) {
        // A block has 128 cards, so the words come in fours.
        if (LIKELY(!(words[word] | words[word + 1] | words[word + 2] | words[word + 3]))) {
            continue;
        }
        for (size_t card = word * 8; card < word * 8 + 32; card++) {
            uint8_t how = heap_cards[card];
            if (how) {
                heap_cards[card] = 0;
                if (heap_marks_kept) {
                    heap_kept_cards[card] |= how;
                }
                mark_card(tracer, card, how);
            }
        }
        mark_drain(tracer);
    }
}

void cards_clear(void) {
    memset(heap_cards, 0, ((size_t)heap_block_top << BLOCK_SHIFT) >> CARD_SHIFT);
}
