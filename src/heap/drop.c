// `del name` and `name = None`: where counts are kept, what only the name held would be finalized there and then,
// and programs notice it: a file is closed, a weak reference is dead, `__del__` has run. So such a statement looks for
// it, when the object has a finalizer or weak references, or this thread has made objects with finalizers that are
// still open. What lies on a cycle is left alone, as a counter would leave it.
//
// What is dropped often and leads to something that always lives on (the standard streams, behind the outcome of each test),
// or is old and lies on a cycle, is looked for less and less often.
//
// Looking is a collection. A bucket bounds what these take: it holds a tenth of a second and a thirtieth of the thread's
// processor time, and never more than 0.4 seconds. When it is empty the object waits for the next collection. Half of what it
// holds at first is kept for young objects: looking for one takes a hundredth of what a full collection does.
#include "heap/block.h"
#include "objects/object.h"

enum : uint64_t { SHARE = 32, AT_FIRST = 100000000, MOST = 400000000, NS_A_CELL = 15 };
static const uint64_t for_young = AT_FIRST / 2;

static _Thread_local uint64_t spent;

static uint64_t bucket(uint64_t now) {
    uint64_t earned = (thread_current == thread_main ? AT_FIRST : 0) + now / SHARE;
    if (earned > spent + MOST) {
        spent = earned - MOST;
    }
    return earned > spent ? earned - spent : 0;
}

static bool is_old(const void *cell) {
    return heap_offset_is_old((uintptr_t)cell - heap_base);
}

// Whether somebody would notice that it dies.
static bool is_watched(const Object *o) {
    ssize_t offset = o->type->weaklist_offset;
    int rank = o->type->info->has_finalizer ? heap_hooks.finalizer_rank((Object *)(uintptr_t)o) : 0;
    return (rank && rank < FINALIZER_QUIET) ||
           (offset > 0 && __atomic_load_n((void **)((const char *)o + offset), __ATOMIC_RELAXED));
}

// ---- looks in vain

enum { TYPES = 64, VAIN_FREE = 3, VAIN_MOST = 8 };

// How many looks on behalf of objects of a type found nothing, one after the other, and how many drops go without one now.
typedef struct Experience {
    const Type *type; // only its address counts
    uint32_t vain, skip;
} Experience;

static _Thread_local Experience experiences[TYPES];

static Experience *experience_with(const Type *type) {
    Experience *e = &experiences[((uintptr_t)type >> GRANULE_SHIFT) * 0x9e3779b97f4a7c15u >> 58];
    if (e->type != type) {
        *e = (Experience){ .type = type };
    }
    return e;
}

static void learn(Experience *e, bool vain) {
    e->vain = vain ? e->vain + (e->vain < VAIN_MOST) : 0;
    e->skip = e->vain > VAIN_FREE ? 1u << (e->vain - VAIN_FREE) : 0;
}

// ---- cycles

enum { SEEN_MOST = 1024, SEEN_SLOTS = 4 * SEEN_MOST, WATCHED_MOST = 8 };

typedef struct Search {
    const void *start;
    bool young;
    bool cycle, watched;
    uint32_t count, done, watched_count;
    const Object *watched_ones[WATCHED_MOST];
    const void *cells[SEEN_MOST];
    uint16_t slots[SEEN_SLOTS]; // an index into `cells`, and 1
} Search;

static void meet(const void *cell, void *context) {
    Search *search = context;
    if (!heap_contains(cell) || search->cycle) {
        return;
    }
    if (cell == search->start) {
        search->cycle = true;
        return;
    }
    if (search->young && is_old(cell)) {
        return;
    }
    size_t slot = ((uintptr_t)cell >> GRANULE_SHIFT) * 0x9e3779b97f4a7c15u >> 32 & (SEEN_SLOTS - 1);
    for (; search->slots[slot]; slot = (slot + 1) & (SEEN_SLOTS - 1)) {
        if (search->cells[search->slots[slot] - 1] == cell) {
            return;
        }
    }
    if (search->count == SEEN_MOST) {
        search->cycle = true; // more than is worth looking through
        return;
    }
    search->cells[search->count++] = cell;
    search->slots[slot] = (uint16_t)search->count;
}

static void follow(const void *cell, Search *search) {
    Tracer tracer = { .visit = meet, .context = search };
    CellKind kind = heap_block_states[block_of(cell)] & BLOCK_KIND_MASK;
    if (kind == CELL_POINTERS) {
        trace_range(&tracer, (void *const *)cell, heap_cell_size(cell) / sizeof(void *));
    } else if (kind == CELL_OBJECT) {
        Object *object = (Object *)(uintptr_t)cell;
        if (object->type && object->type->info->trace && !heap_hooks.is_program(object)) {
            if (is_watched(object)) {
                search->watched = true;
                if (search->watched_count < WATCHED_MOST) {
                    search->watched_ones[search->watched_count++] = object;
                }
            }
            object->type->info->trace(object, &tracer);
        }
    }
}

// Whether it cannot be reached from itself, and leads to something whose end would be noticed.
static bool is_worth_looking(const Object *o, Search *search) {
    search->start = o;
    search->young = !is_old(o);
    world_stop();
    follow(o, search);
    while (!search->cycle && search->done < search->count) {
        follow(search->cells[search->done++], search);
    }
    world_start();
    return search->watched && !search->cycle;
}

// After a collection, which makes old what it leaves alive (and what it keeps for a finalizer).
static bool has_died(const Object *o) {
    return !is_old(o) || (o->type->info->has_finalizer && heap_was_finalized((Object *)(uintptr_t)o));
}

static NOINLINE bool look(const Object *dropped, Experience *experience, bool full, char *from) {
    Search *search = calloc(1, sizeof *search);
    if (!search) {
        return false;
    }
    bool worth = is_worth_looking(dropped, search);
    if (worth) {
        heap_collect_dropped(full ? COLLECT_FULL : COLLECT_MINOR, from);
        bool vain = true;
        for (uint32_t i = 0; i < search->watched_count; i++) {
            vain &= !has_died(search->watched_ones[i]);
        }
        learn(experience, vain);
    } else if (
        full) { // a program's loggers, modules and the like, of which each search sees a thousand cells
        learn(experience, true);
    }
    free(search);
    return worth;
}

bool heap_would_notice(const Object *object) {
    return object && heap_contains(object) && is_watched(object);
}

bool heap_after_drop(Object *dropped, char *from) {
    if (!heap_contains(dropped) || !heap_hooks.is_program || heap_hooks.is_program(dropped) ||
        thread_heap.locks_held || thread_heap.no_collection) {
        return false;
    }
    bool full = is_old(dropped);
    if (!full && !is_watched(dropped) && !heap_has_idle_work()) {
        return false;
    }
    Experience *experience = experience_with(dropped->type);
    if (experience->skip && !is_watched(dropped)) {
        experience->skip--;
        return false;
    }
    uint64_t start = os_thread_clock_ns(), left = bucket(start);
    if (!left || (full && for_young + heap_live_cells * NS_A_CELL > left)) {
        return false;
    }
    bool looked = look(dropped, experience, full, from);
    spent += os_thread_clock_ns() - start;
    return looked;
}
