// The block tables: which blocks are free, which are partly free, and the runs of large cells.
#include "heap/block.h"

#include <sys/mman.h>

uintptr_t heap_base;
size_t heap_reserved;
uint8_t *heap_cards;
uint8_t *heap_block_states;
BlockInfo *heap_blocks;
uint64_t *heap_marks, *heap_allocs;
uint32_t heap_block_count, heap_block_top;
uint32_t *heap_young_blocks;
uint32_t heap_young_count;
size_t heap_free_blocks;
uint8_t heap_class_table[HEAP_SMALL_MOST / GRANULE];
struct HeapLock heap_lock;

const uint32_t heap_class_sizes[HEAP_CLASSES] = {
    16,   32,   48,   64,   80,   96,   112,  128,  144,   160,   176,   192,   208,   224,
    240,  256,  320,  384,  448,  512,  640,  768,  896,   1024,  1280,  1536,  1792,  2048,
    2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192, 10912, 13104, 16384, 21840, 32768,
};

// Where the cells of each class start in a block, as bits; filled in at the first block of the class.
uint64_t heap_class_starts[HEAP_CLASSES][BLOCK_WORDS];

// Most recently emptied last; the upper bits of an entry say which cells the block held.
static uint32_t *free_stack;
static size_t free_stack_count;
enum : uint32_t {
    FREE_TAG_SHIFT = 24,
    FREE_BLOCK_MASK = ((uint32_t)1 << FREE_TAG_SHIFT) - 1,
    FREE_LARGE = 255
};
static_assert(CELL_KINDS * HEAP_CLASSES < FREE_LARGE);
static uint32_t partial_blocks[2][CELL_KINDS][HEAP_CLASSES];  // sparse and dense ones
static uint32_t large_cursor;  // where the search for a run goes on

// heap_lock never waits for long, and its holder never parks: waiting without detaching is right.
void heap_lock_take(void) {
    os_lock_take(&heap_lock.mutex.state);
}

void heap_lock_drop(void) {
    os_lock_drop(&heap_lock.mutex.state);
}

static void classes_init(void) {
    size_t class = 0;
    for (size_t i = 0; i < COUNT_OF(heap_class_table); i++) {
        while (heap_class_sizes[class] < (i + 1) * GRANULE) {
            class ++;
        }
        heap_class_table[i] = (uint8_t)class;
    }
}

static char *side_tables;  // all of them lie in one reservation
static size_t side_size;

int blocks_init(size_t reserve) {
    classes_init();
    for (size_t size = reserve & ~(size_t)(BLOCK_SIZE - 1); size >= (size_t)4 << 20;
         size = (size / 2) & ~(size_t)(BLOCK_SIZE - 1)) {
        size_t count = size >> BLOCK_SHIFT;
        size_t cards = size >> CARD_SHIFT, bits = size >> (GRANULE_SHIFT + 3);
        size_t tables = 2 * round_up(cards, 4096) + 3 * round_up(bits, 4096) + round_up(count, 4096) +
                        round_up(count * sizeof(BlockInfo), 4096) + 2 * round_up(count * 4, 4096);
        char *range = os_reserve_aligned(size, BLOCK_SIZE);
        if (!range) {
            continue;
        }
        char *side = os_reserve(tables);
        if (!side) {
            os_release(range, size);
            continue;
        }
        side_tables = side;
        side_size = tables;
        heap_cards = (uint8_t *)side;
        side += round_up(cards, 4096);
        heap_kept_cards = (uint8_t *)side;
        side += round_up(cards, 4096);
        heap_marks = (uint64_t *)side;
        side += round_up(bits, 4096);
        heap_kept_marks = (uint64_t *)side;
        side += round_up(bits, 4096);
        heap_allocs = (uint64_t *)side;
        side += round_up(bits, 4096);
        heap_block_states = (uint8_t *)side;
        side += round_up(count, 4096);
        heap_blocks = (BlockInfo *)side;
        side += round_up(count * sizeof(BlockInfo), 4096);
        free_stack = (uint32_t *)side;
        side += round_up(count * 4, 4096);
        heap_young_blocks = (uint32_t *)side;
        heap_block_count = (uint32_t)count;
        blocks_forget_partial();
        heap_reserved = size;
        heap_base = (uintptr_t)range;
        return 0;
    }
    return -1;
}

// Marking a large heap misses the address translation cache at every other object, so from this size on
// large pages are asked for (a full collection takes half the time). A small heap keeps small pages, and so do many
// blocks of which little is used: each of a hundred threads has some of its own for each kind and size that it makes.
enum { LARGE_PAGES_FROM = 1024 };
static bool large_pages_asked;

static bool large_pages_are_due(uint32_t top, uint32_t more) {
    size_t used = heap_live_bytes + __atomic_load_n(&heap_taken.bytes, __ATOMIC_RELAXED);
    return top >= LARGE_PAGES_FROM && used + ((size_t)more << BLOCK_SHIFT) >= (size_t)LARGE_PAGES_FROM
                                                                                  << (BLOCK_SHIFT - 1);
}

static void ask_for_large_pages(void) {
    large_pages_asked = true;
    size_t huge = (size_t)2 << 20;
    uintptr_t start = round_up((uintptr_t)block_start(LARGE_PAGES_FROM), huge);
    madvise((void *)start, heap_base + heap_reserved - start, MADV_HUGEPAGE);
    madvise(side_tables, side_size, MADV_HUGEPAGE);
}

// Blocks that were never used read as zero in every table; their state becomes BLOCK_FREE here.
static uint32_t block_extend(uint32_t count) {
    if (heap_block_count - heap_block_top < count) {
        return NO_BLOCK;
    }
    uint32_t first = heap_block_top;
    if (UNLIKELY(!large_pages_asked && large_pages_are_due(first + count, count))) {
        ask_for_large_pages();
    }
    memset(heap_block_states + first, BLOCK_FREE, count);
    heap_block_top += count;
    heap_free_blocks += count;
    return first;
}

static uint32_t free_tag(CellKind kind, size_t class) {
    return (uint32_t)(kind * HEAP_CLASSES + class) << FREE_TAG_SHIFT;
}

// Blocks are taken with heap_lock held; what a large cell's blocks are is said after it was let go.
static bool is_free(uint32_t block) {
    return __atomic_load_n(&heap_block_states[block], __ATOMIC_RELAXED) == BLOCK_FREE;
}

// Brings a block that was emptied lately to the top of the stack: one with that tag, best one that was taken on this
// processor. Taken from a block whose lines another one has in its cache, each object costs as much as one that is in no
// cache, and two threads that take turns with blocks lose a tenth of their time so. False: there is none with that tag.
static bool find_stacked(uint32_t tag, uint32_t tag_mask) {
    enum { NEWEST = 64 };
    uint16_t processor = os_processor();
    size_t found = 0;
    for (size_t i = free_stack_count; i > 0 && i + NEWEST > free_stack_count; i--) {
        uint32_t block = free_stack[i - 1] & FREE_BLOCK_MASK;
        if ((free_stack[i - 1] & tag_mask) != tag || !is_free(block)) {
            continue;
        }
        if (heap_blocks[block].processor == processor) {
            found = i;
            break;
        }
        found = found ? found : i;
    }
    if (found) {
        uint32_t entry = free_stack[found - 1];
        free_stack[found - 1] = free_stack[free_stack_count - 1];
        free_stack[free_stack_count - 1] = entry;
    }
    return found;
}

bool block_find_free_alike(CellKind kind, size_t class) {
    return find_stacked(free_tag(kind, class), ~FREE_BLOCK_MASK);
}

bool block_find_free(void) {
    return find_stacked(0, 0);
}

// A block that was used before, or NO_BLOCK.
uint32_t block_take_free(void) {
    while (free_stack_count) {
        uint32_t block = free_stack[--free_stack_count] & FREE_BLOCK_MASK;
        heap_blocks[block].stacked = false;
        if (is_free(block)) {
            heap_free_blocks--;
            return block;
        }
    }
    return NO_BLOCK;
}

// A block that was never used, or NO_BLOCK when the range is full.
uint32_t block_take_fresh(void) {
    uint32_t block = block_extend(1);
    if (block != NO_BLOCK) {
        heap_free_blocks--;
    }
    return block;
}

static void class_starts_fill(size_t class) {
    size_t size = heap_class_sizes[class];
    if (!(heap_class_starts[class][0] & 1)) {
        for (size_t at = 0; at + size <= BLOCK_SIZE; at += size) {
            bit_set(heap_class_starts[class], at >> GRANULE_SHIFT);
        }
    }
}

// Makes a free block one of equal cells.
void block_format(uint32_t block, CellKind kind, size_t class) {
    BlockInfo *info = &heap_blocks[block];
    class_starts_fill(class);
    info->cell_size = heap_class_sizes[class];
    info->reciprocal = (uint32_t)((((uint64_t)1 << 32) + info->cell_size - 1) / info->cell_size);
    info->cells = BLOCK_SIZE / info->cell_size;
    info->class = (uint8_t)class;
    info->live = 0;
    info->fresh_from = info->dirty ? BLOCK_SIZE : 0;
    info->next = NO_BLOCK;
    size_t word = (size_t)block * BLOCK_WORDS;
    if (info->dirty || heap_collection_number()) {
        memset(heap_marks + word, 0, BLOCK_WORDS * 8);
        memset(heap_allocs + word, 0, BLOCK_WORDS * 8);
        middle_forget_blocks(block, 1);
    }
    info->dirty = true;
    __atomic_store_n(&heap_block_states[block], (uint8_t)kind, __ATOMIC_RELEASE);
}

void block_note_young(uint32_t block) {
    BlockInfo *info = &heap_blocks[block];
    info->processor = os_processor();
    info->used_at = heap_collection_number();
    if (!info->young) {
        info->young = true;
        heap_young_blocks[heap_young_count++] = block;
    }
}

// How many runs the free cells of a block form.
static uint32_t count_free_runs(uint32_t block) {
    const BlockInfo *info = &heap_blocks[block];
    const uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    const uint64_t *starts = heap_class_starts[info->class];
    uint32_t granules = info->cell_size >> GRANULE_SHIFT, runs = !(allocs[0] & 1);
    uint64_t before = 0;
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        uint64_t allocated = allocs[i];
        // the cells behind allocated ones, as far as they are free
        runs += (uint32_t)__builtin_popcountll(starts[i] & ~allocated &
                                               (allocated << granules | before >> (64 - granules)));
        before = allocated;
    }
    return runs;
}

// A block is worth allocating from, before empty ones are, when at least half of it is free and that in long runs.
static bool is_dense(uint32_t block) {
    const BlockInfo *info = &heap_blocks[block];
    if (info->live > info->cells / 2) {
        return true;
    }
    return info->cell_size < RUN_WORTH &&
           (size_t)(info->cells - info->live) * info->cell_size < (size_t)count_free_runs(block) * RUN_WORTH;
}

void block_give_partial(uint32_t block) {
    BlockInfo *info = &heap_blocks[block];
    if (info->listed || info->owned) {
        return;
    }
    bool dense = is_dense(block);
    uint32_t *head = &partial_blocks[dense][heap_block_states[block]][info->class];
    info->next = *head;
    info->listed = true;
    *head = block;
}

// To whoever allocates next, unless so much of it is alive that it is not worth the search.
void block_give_back(uint32_t block) {
    BlockInfo *info = &heap_blocks[block];
    if (info->owned) {
        return;
    }
    if (info->live == 0) {
        if (!info->listed) { // taken off the lists first (full sweeps), or found by the next full sweep
            block_make_free(block, 1);
        }
    } else if (info->live <= info->cells - info->cells / 8 && info->live < info->cells) {
        block_give_partial(block);
    }
}

// The newest one, or among the newest one that was taken on this processor.
uint32_t block_take_partial(CellKind kind, size_t class, bool dense) {
    enum { NEWEST = 16 };
    uint32_t *head = &partial_blocks[dense][kind][class], *link = head;
    uint16_t processor = os_processor();
    for (int i = 0; i < NEWEST && *link != NO_BLOCK && heap_blocks[*link].processor != processor; i++) {
        link = &heap_blocks[*link].next;
    }
    if (*link == NO_BLOCK || heap_blocks[*link].processor != processor) {
        link = head;
    }
    uint32_t block = *link;
    if (block != NO_BLOCK) {
        *link = heap_blocks[block].next;
        heap_blocks[block].listed = false;
    }
    return block;
}

void blocks_forget_partial(void) {
    uint32_t *heads = &partial_blocks[0][0][0];
    for (size_t i = 0; i < sizeof partial_blocks / sizeof *heads; i++) {
        // Before the first block exists the table holds zeros, not NO_BLOCK.
        for (uint32_t block = heads[i]; heap_block_top && block != NO_BLOCK;) {
            heap_blocks[block].listed = false;
            block = heap_blocks[block].next;
        }
        heads[i] = NO_BLOCK;
    }
}

void block_make_free(uint32_t first, uint32_t count) {
    uint8_t state = heap_block_states[first];
    uint32_t tag = state < BLOCK_LARGE ? free_tag(state, heap_blocks[first].class)
                                       : FREE_LARGE << FREE_TAG_SHIFT;
    for (uint32_t block = first + count; block-- > first;) {
        BlockInfo *info = &heap_blocks[block];
        heap_block_states[block] = BLOCK_FREE;
        info->dirty = true;
        info->used_at = heap_collection_number();
        info->live = 0;
        if (!info->stacked) {
            info->stacked = true;
            free_stack[free_stack_count++] = block | tag;
        }
    }
    heap_free_blocks += count;
}

// What was free before is used again first: it may be in the cache still, and memory that was never used is not.
void blocks_rewind(void) {
    large_cursor = 0;
}

// A run of free blocks for a large cell. *zero: all of it is known to be zero.
uint32_t blocks_take_run(uint32_t count, bool *zero) {
    uint32_t found = NO_BLOCK;
    if (count == 1) {
        find_stacked(FREE_LARGE << FREE_TAG_SHIFT, ~FREE_BLOCK_MASK);
        found = block_take_free(); // what was used lately is still in the cache
        heap_free_blocks += found != NO_BLOCK; // counted below
    } else if (heap_free_blocks >= count) {
        uint32_t start = large_cursor < heap_block_top ? large_cursor : 0;
        for (int round = 0; round < 2 && found == NO_BLOCK; round++) {
            uint32_t end = round ? (uint32_t)size_min(heap_block_top, (size_t)start + count) : heap_block_top;
            uint32_t run = 0;
            for (uint32_t block = round ? 0 : start; block < end; block++) {
                run = is_free(block) ? run + 1 : 0;
                if (run == count) {
                    found = block + 1 - count;
                    break;
                }
            }
        }
    }
    if (found == NO_BLOCK) {
        // Free blocks at the top count towards the run.
        uint32_t tail = 0;
        while (tail < heap_block_top && tail < count && is_free(heap_block_top - 1 - tail)) {
            tail++;
        }
        uint32_t top = heap_block_top;
        if (block_extend(count - tail) == NO_BLOCK) {
            return NO_BLOCK;
        }
        found = top - tail;
    }
    *zero = true;
    for (uint32_t block = found; block < found + count; block++) {
        BlockInfo *info = &heap_blocks[block];
        *zero &= !info->dirty;
        heap_block_states[block] = BLOCK_TAIL;
        info->head = found;
        info->owned = info->listed = false; // `young` says that it is on the list of those
    }
    heap_free_blocks -= count;
    large_cursor = count > 1 ? found + count : large_cursor;
    size_t word = (size_t)found * BLOCK_WORDS;
    heap_marks[word] = heap_allocs[word] = 0;
    middle_forget_blocks(found, count);
    return found;
}

bool blocks_resize_run(uint32_t first, uint32_t count) {
    BlockInfo *info = &heap_blocks[first];
    uint32_t old_end = first + info->large_blocks, end = first + count;
    if (end < old_end) {
        block_make_free(end, old_end - end);
    }
    for (uint32_t block = old_end; block < end && block < heap_block_top; block++) {
        if (!is_free(block)) {
            return false;
        }
    }
    if (end > heap_block_top && block_extend(end - heap_block_top) == NO_BLOCK) {
        return false;
    }
    for (uint32_t block = old_end; block < end; block++) {
        heap_block_states[block] = BLOCK_TAIL;
        heap_blocks[block].head = first;
        heap_blocks[block].owned = heap_blocks[block].listed = false;
        heap_blocks[block].dirty = true;
    }
    if (end > old_end) {
        heap_free_blocks -= end - old_end;
        middle_forget_blocks(old_end, end - old_end);
    }
    info->large_blocks = count;
    return true;
}

// Pages that go back to the system together: those behind one another in one call.
typedef struct EmptyPages {
    char *from, *to;
} EmptyPages;

static void release_pages(EmptyPages *pages) {
    if (pages->from < pages->to) {
        os_decommit(pages->from, (size_t)(pages->to - pages->from));
    }
    *pages = (EmptyPages){ NULL, NULL };
}

static void add_pages(EmptyPages *pages, char *from, char *to) {
    if (pages->to != from) {
        release_pages(pages);
        pages->from = from;
    }
    pages->to = to;
}

static void add_free_block(EmptyPages *pages, uint32_t block) {
    heap_blocks[block].dirty = false;
    add_pages(pages, block_start(block), block_start(block) + BLOCK_SIZE);
}

void blocks_release_idle(uint32_t now, uint32_t age) {
    EmptyPages pages = { NULL, NULL };
    for (uint32_t block = 0; block < heap_block_top; block++) {
        if (is_free(block) && heap_blocks[block].dirty && now - heap_blocks[block].used_at >= age) {
            add_free_block(&pages, block);
        }
    }
    release_pages(&pages);
}

// The end of the last cell in use that begins on this page of the block; 0: there is none.
static size_t used_to(uint32_t block, size_t page, size_t page_size) {
    const uint64_t *allocs = heap_allocs + (size_t)block * BLOCK_WORDS;
    size_t first = page >> GRANULE_SHIFT >> 6;
    for (size_t word = first + (page_size >> GRANULE_SHIFT >> 6); word-- > first;) {
        uint64_t bits = __atomic_load_n(&allocs[word], __ATOMIC_RELAXED);
        if (bits) {
            return ((word * 64 + 63 - (size_t)__builtin_clzll(bits)) << GRANULE_SHIFT) +
                   heap_blocks[block].cell_size;
        }
    }
    return 0;
}

static void add_empty_pages(EmptyPages *pages, uint32_t block, size_t page_size) {
    size_t used = 0;
    for (size_t page = 0; page < heap_blocks[block].fresh_from; page += page_size) {
        size_t end = used_to(block, page, page_size);
        if (!end && used <= page) {
            add_pages(pages, block_start(block) + page, block_start(block) + page + page_size);
        }
        used = size_max(used, end);
    }
}

void blocks_release_for_fork(uint32_t now) {
    static uint32_t released_at; // what was not used since then has been looked through
    size_t page_size = size_min(os_page_size(), BLOCK_SIZE);
    EmptyPages pages = { NULL, NULL };
    for (uint32_t block = 0; block < heap_block_top && block < LARGE_PAGES_FROM; block++) {
        if (is_free(block)) {
            if (heap_blocks[block].dirty) {
                add_free_block(&pages, block);
            }
        } else if (!(heap_block_states[block] & BLOCK_LARGE) && heap_blocks[block].used_at >= released_at) {
            add_empty_pages(&pages, block, page_size);
        }
    }
    release_pages(&pages);
    released_at = now;
}

size_t blocks_committed(void) {
    return ((size_t)heap_block_top - heap_free_blocks) << BLOCK_SHIFT;
}

#ifdef COLUBER_VERIFY
const char *blocks_damage(void) {
    size_t listed = 0, stacked = 0, free_now = 0;
    for (uint32_t block = 0; block < heap_block_top; block++) {
        listed += heap_blocks[block].listed;
        stacked += heap_blocks[block].stacked;
        free_now += is_free(block);
    }
    if (free_now != heap_free_blocks) {
        return "free blocks are miscounted";
    }
    if (stacked != free_stack_count) {
        return "the stack of free blocks is not what the blocks say";
    }
    for (size_t i = 0; i < free_stack_count; i++) {
        uint32_t block = free_stack[i] & FREE_BLOCK_MASK;
        if (block >= heap_block_top || !heap_blocks[block].stacked) {
            return "the stack of free blocks holds one that does not know it";
        }
    }
    size_t walked = 0;
    for (size_t dense = 0; dense < 2; dense++) {
        for (size_t kind = 0; kind < CELL_KINDS; kind++) {
            for (size_t class = 0; class < HEAP_CLASSES; class ++) {
                uint32_t block = heap_block_top ? partial_blocks[dense][kind][class] : NO_BLOCK;
                for (; block != NO_BLOCK; block = heap_blocks[block].next) {
                    const BlockInfo *info = &heap_blocks[block];
                    if (block >= heap_block_top || heap_block_states[block] != kind || info->class != class ||
                        !info->listed || info->owned) {
                        return "a partly free block is on a wrong list";
                    }
                    if (++walked > listed) {
                        return "a partly free block is on two lists";
                    }
                }
            }
        }
    }
    return walked == listed ? NULL : "a partly free block is on no list";
}
#endif
