// `del name` and `name = None`: where counts are kept, what only the name held would be finalized there and then,
// and programs notice it: a file is closed, a weak reference is dead, `__del__` has run. So such a statement looks for
// it, when the object has a finalizer or weak references, or this thread has made objects with finalizers that are
// still open. What lies on a cycle is left alone, as a counter would leave it.
//
// Where what is dropped always lives on (`del task` behind `return task`), or leads to something that does (the standard
// streams, behind the outcome of each test), or is old and lies on a cycle, is looked less and less often.
//
// Looking is a collection. A bucket bounds what these take: it holds a tenth of a second and a thirtieth of the thread's
// processor time, and never more than 0.4 seconds. When it is empty the object waits for the next collection. Half of what it
// holds at first is kept for young objects: looking for one takes a hundredth of what a full collection does.
//
// Something that has weak references, far behind an object that has none (a finished task, which a WeakSet has, behind
// the event loop's last handle), is what programs hardly wait for, and event loops drop it in each turn: a collection each
// time would make old whatever else is in use. A small bucket bounds these looks.
#include "heap/block.h"
#include "objects/object.h"

enum : uint64_t { SHARE = 32, AT_FIRST = 100000000, MOST = 400000000, NS_A_CELL = 15 };
static const uint64_t for_young = AT_FIRST / 2;

enum : uint64_t { FAR_SHARE = 1024, FAR_AT_FIRST = 500000 };

static _Thread_local uint64_t spent, spent_far;

// `now` is the thread's processor time.
static bool is_far_bucket_empty(uint64_t now) {
    return spent_far > FAR_AT_FIRST + now / FAR_SHARE;
}

// What it holds, or less than nothing.
static int64_t bucket(uint64_t now) {
    uint64_t earned = (thread_current == thread_main ? AT_FIRST : 0) + now / SHARE;
    if (earned > spent + MOST) {
        spent = earned - MOST;
    }
    return (int64_t)(earned - spent);
}

// Asking for the processor time costs a system call: when the bucket has not enough for a minor (or a full) collection,
// nobody asks before it can have.
static _Thread_local uint64_t empty_until[2];

static bool bucket_may_suffice(bool full) {
    return !empty_until[full] || os_clock_ns() >= empty_until[full];
}
static bool bucket_suffices(bool full, uint64_t now) {
    int64_t needed = full ? (int64_t)(for_young + heap_live_cells * NS_A_CELL) : 1,
            missing = needed - bucket(now);
    empty_until[full] = missing > 0 ? os_clock_ns() + (uint64_t)missing * SHARE : 0;
    return missing <= 0;
}

static bool is_old(const void *cell) {
    return heap_offset_is_old((uintptr_t)cell - heap_base);
}

static bool would_finalize(const Object *o) {
    int rank = o->type->info->has_finalizer ? heap_hooks.finalizer_rank((Object *)(uintptr_t)o) : 0;
    return rank && rank < FINALIZER_QUIET;
}
// Whether somebody would notice that it dies.
static bool is_watched(const Object *o) {
    ssize_t offset = o->type->weaklist_offset;
    return would_finalize(o) ||
           (offset > 0 && __atomic_load_n((void **)((const char *)o + offset), __ATOMIC_RELAXED));
}

// ---- looks in vain

enum { EXPERIENCES_LOG2 = 7, VAIN_FREE = 3, VAIN_MOST = 12, VAIN_WATCHED = 8, WATCHED_EVERY = 32 };

// How many looks for objects of a type that were dropped at one place found nothing, one after the other, and how many drops
// go without one now.
typedef struct Experience {
    const Type *type; // only the addresses count
    const void *place;
    uint32_t vain, skip;
} Experience;

static _Thread_local Experience experiences[1 << EXPERIENCES_LOG2];

// What threads have learned, for those that come: the workers of a program that makes pools all the time are new, and each
// of them would look in vain. `skip` counts here who came.
static Experience common_experiences[1 << EXPERIENCES_LOG2];
static uint32_t common_lock; // nobody stops with it

static uint32_t skip_of(uint32_t vain) {
    return vain > VAIN_FREE ? 1u << (vain - VAIN_FREE) : 0;
}

static size_t experience_slot(const Type *type, const void *place) {
    uintptr_t key = ((uintptr_t)type >> GRANULE_SHIFT) + ((uintptr_t)place >> GRANULE_SHIFT);
    return key * 0x9e3779b97f4a7c15u >> (64 - EXPERIENCES_LOG2);
}

static Experience *experience_with(const Type *type, const void *place) {
    size_t slot = experience_slot(type, place);
    Experience *e = &experiences[slot], *common = &common_experiences[slot];
    if (e->type != type || e->place != place) {
        *e = (Experience){ .type = type, .place = place };
        if (runtime_multithreaded && os_lock_try(&common_lock)) {
            if (common->type == type && common->place == place) {
                uint32_t skip = skip_of(common->vain);
                e->vain = common->vain;
                e->skip = skip ? skip - common->skip++ % skip
                               : 0; // one after the other takes up where the last ended
            }
            os_lock_drop(&common_lock);
        }
    }
    return e;
}

static void learn(Experience *e, bool vain) {
    e->vain = vain ? e->vain + (e->vain < VAIN_MOST) : 0;
    e->skip = skip_of(e->vain);
    if (runtime_multithreaded && os_lock_try(&common_lock)) {
        Experience *common = &common_experiences[experience_slot(e->type, e->place)];
        *common = (Experience){ .type = e->type, .place = e->place, .vain = e->vain, .skip = 1 };
        os_lock_drop(&common_lock);
    }
}

// ---- cycles

enum { SEEN_MOST = 1024, SEEN_SLOTS = 4 * SEEN_MOST, WATCHED_MOST = 8, CELLS_CHEAP = 64 };

typedef struct Search {
    const void *start;
    bool young;
    bool cycle, watched;
    bool finalizes; // something, or the dropped object itself has weak references
    uint32_t count, done, watched_count;
    const Object *watched_ones[WATCHED_MOST];
    const void *cells[SEEN_MOST];
    uint16_t used[SEEN_MOST]; // of `slots`
    uint16_t slots[SEEN_SLOTS]; // an index into `cells`, and 1; all 0 between two searches
} Search;

// The thread keeps one for its next search. A finalizer may begin another meanwhile.
static Search *search_begin(const Object *o) {
    struct ThreadHeapDetails *details = thread_heap.details;
    Search *search = details->spare_search ? details->spare_search : calloc(1, sizeof *search);
    details->spare_search = NULL;
    if (search) {
        search->start = o;
        search->young = !is_old(o);
    }
    return search;
}
static void search_end(Search *search) {
    struct ThreadHeapDetails *details = thread_heap.details;
    if (details->spare_search) {
        free(search);
        return;
    }
    for (uint32_t i = 0; i < search->count; i++) {
        search->slots[search->used[i]] = 0;
    }
    memset(search, 0, offsetof(Search, watched_ones));
    details->spare_search = search;
}

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
    search->used[search->count - 1] = (uint16_t)slot;
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
                search->finalizes |= would_finalize(object);
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
    Search *search = search_begin(dropped);
    if (!search) {
        return false;
    }
    search->finalizes = is_watched(dropped);
    bool worth = is_worth_looking(dropped, search), far = worth && !search->finalizes;
    spent += search->done * NS_A_CELL;
    uint64_t start = worth || search->done > CELLS_CHEAP ? os_thread_clock_ns() : 0;
    if (start && !bucket_suffices(full, start)) {
        worth = false;
    } else if (far && is_far_bucket_empty(start)) {
        learn(experience, true);
        worth = false;
    } else if (worth) {
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
    search_end(search);
    if (worth) {
        uint64_t used = os_thread_clock_ns() - start;
        spent += used;
        spent_far += far ? used : 0;
    }
    return worth;
}

bool heap_would_notice(const Object *object) {
    return object && heap_contains(object) && is_watched(object);
}

bool heap_after_drop(Object *dropped, const void *place, char *from) {
    if (!heap_contains(dropped) || !heap_hooks.is_program || heap_hooks.is_program(dropped) ||
        thread_heap.locks_held || thread_heap.no_collection) {
        return false;
    }
    bool full = is_old(dropped);
    if (!full && !is_watched(dropped) && !heap_has_idle_work()) {
        return false;
    }
    Experience *experience = experience_with(dropped->type, place);
    if (experience->skip) {
        uint32_t left = experience->skip--;
        if (!is_watched(dropped) || (experience->vain >= VAIN_WATCHED && left % WATCHED_EVERY)) {
            return false;
        }
    }
    return bucket_may_suffice(full) && look(dropped, experience, full, from);
}
