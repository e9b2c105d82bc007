// Finalizers and weak references: what a collection does about them in the pause, and what runs
// afterwards at a safepoint.
//
// An object with a finalizer is registered when it is made. Found dead, it leaves the registry for the
// queue, and it and all it reaches is marked again, so that the finalizer sees its world intact; having
// run once, it is never registered again, and the next collection that finds it dead frees it. Objects
// that no other waiting object reaches come first (a file's buffer is flushed before the file is
// closed), in the order of their creation, then the others, from the outside in. What only keeps accounts in memory (FINALIZER_QUIET)
// is finalized in the pause, unless one of the others reaches it.
//
// Weak references are cleared before finalizers run, as PEP 442 has it for cyclic garbage (resurrect.c says what becomes
// of the others). A reference whose own object died is taken off its referent's list.
#include "heap/block.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/weakref.h"

static PointerList young_finalizable, old_finalizable;
static PointerList young_weakrefs, old_weakrefs;
static PointerList pending_finalizers, pending_callbacks;
static size_t pending_finalizers_done, pending_callbacks_done; // read positions
static Mutex pending_lock;
static void (*caches[64])(void);
static size_t cache_count;

int pointer_list_push(PointerList *list, Object *item) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        Object **grown = realloc(list->items, capacity * sizeof(Object *));
        if (!grown) {
            return -1;
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return 0;
}

static void pending_trace(Tracer *tracer) {
    for (size_t i = pending_finalizers_done; i < pending_finalizers.count; i++) {
        trace_cell(tracer, pending_finalizers.items[i]);
    }
    for (size_t i = pending_callbacks_done; i < pending_callbacks.count; i++) {
        trace_cell(tracer, pending_callbacks.items[i]);
    }
}

void finalize_init(void) {
    heap_add_root_tracer(pending_trace);
}

void heap_add_cache(void (*forget)(void)) {
    if (cache_count < COUNT_OF(caches)) {
        caches[cache_count++] = forget;
    }
}

bool heap_is_dead(const void *cell) {
    return heap_contains(cell) && !cell_is_marked(cell);
}

static int registry_failed(void) {
    if (heap_hooks.raise_memory_error) {
        heap_hooks.raise_memory_error();
    }
    return -1;
}

int heap_register_finalizer(Object *object) {
    return pointer_list_push(&thread_heap.details->finalizable, object) < 0 ? registry_failed() : 0;
}

void heap_forget_finalizer(Object *object) {
    enum { RECENT = 64 };
    PointerList *list = &thread_heap.details->finalizable;
    for (size_t i = list->count; i > 0 && i + RECENT > list->count; i--) {
        if (list->items[i - 1] == object) {
            memmove(&list->items[i - 1], &list->items[i], (list->count - i) * sizeof(Object *));
            list->count--;
            thread_heap.details->idle_seen -= thread_heap.details->idle_seen >= i;
            return;
        }
    }
}

int heap_register_weakref(Object *weakref) {
    return pointer_list_push(&thread_heap.details->weakrefs, weakref) < 0 ? registry_failed() : 0;
}

static int finalizer_rank(Object *object) {
    return heap_hooks.finalizer_rank ? heap_hooks.finalizer_rank(object) : 1;
}

typedef struct KnownObjects {
    Object *const *known;
    size_t count;
    bool other;
} KnownObjects;

static void look_for_others(const PointerList *list, KnownObjects *k) {
    for (size_t i = 0; i < list->count && !k->other; i++) {
        Object *object = list->items[i];
        bool known = false;
        for (size_t n = 0; n < k->count && !known; n++) {
            known = k->known[n] == object;
        }
        int rank = known ? 0 : finalizer_rank(object);
        k->other = rank != 0 && rank < FINALIZER_QUIET;
    }
}

static void look_in_thread(Thread *thread, void *context) {
    if (thread->sync->heap) {
        look_for_others(&thread->sync->heap->details->finalizable, context);
    }
}

bool heap_has_finalizers(Object *const *known, size_t count) {
    KnownObjects k = { known, count, false };
    world_stop();
    look_for_others(&young_finalizable, &k);
    look_for_others(&old_finalizable, &k);
    world_each_thread(look_in_thread, &k);
    world_start();
    return k.other;
}

static void list_append_all(PointerList *to, PointerList *from) {
    for (size_t i = 0; i < from->count; i++) {
        if (pointer_list_push(to, from->items[i]) < 0) {
            fprintf(stderr, "coluber: out of memory during a collection\n");
            abort();
        }
    }
    from->count = 0;
}

void finalize_gather(Thread *thread) {
    if (thread->sync->heap) {
        list_append_all(&young_finalizable, &thread->sync->heap->details->finalizable);
        thread->sync->heap->details->idle_seen = 0;
        list_append_all(&young_weakrefs, &thread->sync->heap->details->weakrefs);
    }
}

void finalize_each_unmarked(bool full, void (*visit)(Object *object, void *context), void *context) {
    const PointerList *lists[] = { &young_finalizable, &old_finalizable };
    for (int i = 0; i < 1 + full; i++) {
        for (size_t n = 0; n < lists[i]->count; n++) {
            if (!cell_is_marked(lists[i]->items[n])) {
                visit(lists[i]->items[n], context);
            }
        }
    }
}

// Asked without a lock: the wrong answer costs a look at an empty queue, or comes again at the next safepoint.
__attribute__((no_sanitize("thread"))) bool finalize_is_pending(void) {
    return pending_finalizers_done < pending_finalizers.count ||
           pending_callbacks_done < pending_callbacks.count;
}

// It was registered when it was made, and leaves the registries for the queue.
bool heap_was_finalized(Object *object) {
    const PointerList *lists[] = { &thread_heap.details->finalizable, &young_finalizable, &old_finalizable };
    bool found = false;
    world_stop();
    for (size_t i = 0; i < COUNT_OF(lists) && !found; i++) {
        for (size_t n = 0; n < lists[i]->count && !found; n++) {
            found = lists[i]->items[n] == object;
        }
    }
    world_start();
    return !found;
}

// ---- weak references

static Object **weaklist_slot(Object *referent) {
    ssize_t offset = referent->type->weaklist_offset;
    return offset > 0 ? (Object **)((char *)referent + offset) : NULL;
}

static void weakref_unlink(WeakRef *ref, Object *referent) {
    Object **head = weaklist_slot(referent);
    if (head && *head == (Object *)ref) {
        *head = (Object *)ref->next;
    }
    if (ref->previous) {
        ref->previous->next = ref->next;
    }
    if (ref->next) {
        ref->next->previous = ref->previous;
    }
    ref->previous = ref->next = NULL;
}

static bool is_live(const void *cell) {
    return !heap_contains(cell) || cell_is_marked(cell);
}

// Looks at every reference in `from`; what stays goes to `keep`. Of the callbacks of one object the latest comes first.
static void weakrefs_clear(PointerList *from, PointerList *keep) {
    size_t kept = 0, first_of_referent = pending_callbacks.count;
    const Object *last_referent = NULL;
    for (size_t i = 0; i < from->count; i++) {
        WeakRef *ref = (WeakRef *)from->items[i];
        Object *referent = ref->object;
        if (!referent || referent == NONE) {
            continue; // cleared by hand
        }
        bool ref_lives = is_live(ref), referent_lives = is_live(referent);
        if (ref_lives && referent_lives) {
            from->items[kept++] = (Object *)ref;
            continue;
        }
        weakref_unlink(ref, referent);
        ref->object = NONE;
        if (ref_lives) {
            heap_counters.weak_cleared++;
            if (ref->callback && ref->callback != NONE) {
                if (referent != last_referent) {
                    last_referent = referent;
                    first_of_referent = pending_callbacks.count;
                }
                if (pointer_list_push(&pending_callbacks, (Object *)ref) == 0) {
                    Object **first = pending_callbacks.items + first_of_referent;
                    size_t others = pending_callbacks.count - 1 - first_of_referent;
                    memmove(first + 1, first, others * sizeof *first);
                    *first = (Object *)ref;
                }
            }
        }
    }
    from->count = kept;
    if (keep) {
        list_append_all(keep, from);
    }
}

// A reference that resurrect.c is done with: those to one object come from the latest on.
static void weakref_clear(WeakRef *ref, Object *referent) {
    weakref_unlink(ref, referent);
    ref->object = NONE;
    if (is_live(ref)) {
        heap_counters.weak_cleared++;
        if (ref->callback && ref->callback != NONE) {
            pointer_list_push(&pending_callbacks, &ref->base);
        }
    }
}

// Of the references that live, clears those without a callback whose referent is not marked.
static void weakrefs_clear_plain(const PointerList *list) {
    for (size_t i = 0; i < list->count; i++) {
        WeakRef *ref = (WeakRef *)list->items[i];
        if (ref->object && ref->object != NONE && !ref->callback && is_live(ref) && !is_live(ref->object)) {
            weakref_unlink(ref, ref->object);
            ref->object = NONE;
            heap_counters.weak_cleared++;
        }
    }
}

// ---- finalizers

// While the order is found out: which waiting object each tentative root's marking belongs to.
static PointerList candidates, quiet_candidates;
static uint8_t *candidate_has_parent;
static size_t *candidate_hash; // open addressing: index + 1
static size_t candidate_mask;
static size_t *candidate_owner; // 1 + the tentative root that reached it first
static size_t current_root;

static size_t candidate_find(const void *cell) {
    size_t i = ((uintptr_t)cell >> 4) * 0x9E3779B97F4A7C15u >> 20 & candidate_mask;
    while (candidate_hash[i]) {
        if (candidates.items[candidate_hash[i] - 1] == cell) {
            return candidate_hash[i] - 1;
        }
        i = (i + 1) & candidate_mask;
    }
    return SIZE_MAX;
}

static size_t candidate_of(const void *cell) {
    uint8_t state = heap_block_states[block_of(cell)];
    return state > CELL_OBJECT && state != CELL_LEAF ? SIZE_MAX : candidate_find(cell);
}

void finalize_note_edge(const void *cell) {
    size_t i = candidate_of(cell);
    if (i != SIZE_MAX && candidate_owner[i] != current_root + 1 && candidate_owner[i] == i + 1) {
        candidate_has_parent[i] = 1;
    }
}

// What is marked only so that finalizers see their world intact. When they have run it is garbage, unless they
// brought it back, which heap_collect finds out by counting it as young again.
static PointerList revived;
bool finalize_revived_all = true;
enum { REVIVED_MOST = 1 << 20 };

void finalize_note_marked(const void *cell) {
    size_t i = candidate_of(cell);
    if (i != SIZE_MAX) {
        candidate_owner[i] = current_root + 1;
    }
    finalize_revived_all &= revived.count < REVIVED_MOST &&
                            pointer_list_push(&revived, (Object *)(uintptr_t)cell) == 0;
}

void finalize_forget_revived(bool unmark) {
    for (size_t i = 0; unmark && i < revived.count; i++) {
        bit_clear(heap_marks, granule_of(revived.items[i]));
        middle_forget(revived.items[i]);
        block_note_young(block_of(revived.items[i]));
    }
    revived.count = 0;
    finalize_revived_all = true;
}

// Of them: what the last garbage_count counted, as far as it is still there.
static PointerList counted_revived;

static void note_counted_revived(void) {
    if (!garbage_has_counted()) {
        return;
    }
    counted_revived.count = 0;
    for (size_t i = 0; i < revived.count; i++) {
        if (garbage_was_counted(revived.items[i])) {
            pointer_list_push(&counted_revived, revived.items[i]);
        }
    }
    garbage_forget_counted();
}

size_t finalize_brought_back(void) {
    size_t kept = 0;
    for (size_t i = 0; i < counted_revived.count; i++) {
        if (cell_is_marked(counted_revived.items[i])) {
            counted_revived.items[kept++] = counted_revived.items[i];
        }
    }
    return counted_revived.count = kept;
}

void finalize_forget_counted(void) {
    counted_revived.count = 0;
}

void finalize_decide(void) {
    resurrect_decide(&young_weakrefs);
}

void finalize_again(Object *object) {
    pointer_list_push(&young_finalizable, object);
}

static void candidates_take(PointerList *from) {
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        Object *object = from->items[i];
        if (is_live(object)) {
            from->items[kept++] = object;
            continue;
        }
        int rank = finalizer_rank(object);
        if (rank &&
            pointer_list_push(rank == FINALIZER_QUIET ? &quiet_candidates : &candidates, object) < 0) {
            from->items[kept++] = object;
        }
    }
    from->count = kept;
}

static void candidate_queue(size_t n, int rank) {
    if (finalizer_rank(candidates.items[n]) == rank) {
        pointer_list_push(&pending_finalizers, candidates.items[n]);
    }
}

// Those that others reach, from the outside in: who was reached from tentative root N comes before what earlier roots reached,
// because what N leads to was marked by then, or by N.
static void candidates_queue_reached(int rank) {
    size_t count = candidates.count;
    size_t *first = calloc(2 * count + 1, sizeof(size_t)), *next = first + count + 1; // by owner: index + 1
    for (size_t n = count; n-- > 0 && first;) {
        if (candidate_has_parent[n]) {
            next[n] = first[candidate_owner[n]];
            first[candidate_owner[n]] = n + 1;
        }
    }
    for (size_t owner = count + 1; owner-- > 0 && first;) {
        for (size_t n = first[owner]; n; n = next[n - 1]) {
            candidate_queue(n - 1, rank);
        }
    }
    for (size_t n = 0; n < count && !first; n++) {
        if (candidate_has_parent[n]) {
            candidate_queue(n, rank);
        }
    }
    free(first);
}

static void candidates_queue(Tracer *tracer) {
    size_t count = candidates.count;
    if (!count) {
        return;
    }
    size_t capacity = 16;
    while (capacity < count * 2) {
        capacity *= 2;
    }
    candidate_mask = capacity - 1;
    candidate_hash = calloc(capacity, sizeof(size_t));
    candidate_owner = calloc(count, sizeof(size_t));
    candidate_has_parent = calloc(count, 1);
    bool ordered = candidate_hash && candidate_owner && candidate_has_parent;
    if (ordered) {
        for (size_t n = 0; n < count; n++) {
            size_t i = ((uintptr_t)candidates.items[n] >> 4) * 0x9E3779B97F4A7C15u >> 20 & candidate_mask;
            while (candidate_hash[i]) {
                i = (i + 1) & candidate_mask;
            }
            candidate_hash[i] = n + 1;
        }
    }
    tracer->note_edges = ordered;
    finalize_revived_all &= ordered;
    for (size_t n = 0; n < count; n++) {
        Object *object = candidates.items[n];
        if (cell_is_marked(object)) {
            if (ordered) {
                candidate_has_parent[n] = 1; // an earlier one reaches it
            }
            continue;
        }
        current_root = n;
        if (ordered) {
            candidate_owner[n] = n + 1;
        }
        trace_cell(tracer, object);
        mark_drain(tracer);
    }
    tracer->note_edges = false;
    for (int rank = 1; rank < FINALIZER_QUIET; rank++) {
        for (size_t n = 0; n < count; n++) {
            if (!ordered || !candidate_has_parent[n]) {
                candidate_queue(n, rank);
            }
        }
    }
    for (int rank = 1; rank < FINALIZER_QUIET && ordered; rank++) {
        candidates_queue_reached(rank);
    }
    candidates.count = 0;
    free(candidate_hash);
    free(candidate_owner);
    free(candidate_has_parent);
}

// After candidates_queue: what a waiting object reaches stays registered.
static void quiet_finalize(void) {
    for (size_t i = 0; i < quiet_candidates.count; i++) {
        Object *object = quiet_candidates.items[i];
        if (is_live(object)) {
            pointer_list_push(&young_finalizable, object);
        } else {
            object->type->info->slots.finalize(object);
            heap_counters.finalized++;
        }
    }
    quiet_candidates.count = 0;
}

void finalize_after_mark(Tracer *tracer, bool full, void (*mark_more)(Tracer *tracer)) {
    if (mark_more) {
        weakrefs_clear_plain(&young_weakrefs);
        weakrefs_clear_plain(&old_weakrefs);
        mark_more(tracer);
    }
    if (full) {
        candidates_take(&old_finalizable); // made before the young ones
    }
    candidates_take(&young_finalizable);
    // Weak references first: they must not give access to what is about to be finalized.
    resurrect_clear(weakref_clear);
    if (!mark_more) {
        resurrect_withhold(&candidates, full);
    }
    weakrefs_clear(&young_weakrefs, NULL);
    if (full) {
        weakrefs_clear(&old_weakrefs, NULL);
    }
    // Callbacks of references that finalizable objects keep alive do not run, as in CPython; but the
    // references themselves that were just marked again must be known again.
    candidates_queue(tracer);
    quiet_finalize();
    resurrect_tidy(weakref_clear);
    note_counted_revived();
    list_append_all(&old_weakrefs, &young_weakrefs);
    list_append_all(&old_finalizable, &young_finalizable);
    for (size_t i = 0; i < cache_count; i++) {
        caches[i]();
    }
}

// ---- afterwards

static Object *pending_take(PointerList *list, size_t *done) {
    Object *object = NULL;
    mutex_lock(&pending_lock);
    if (*done < list->count) {
        object = list->items[(*done)++];
    } else if (list->count) {
        list->count = *done = 0;
    }
    mutex_unlock(&pending_lock);
    return object;
}

// Calls the callback of a cleared reference, reported to trace and profile functions or not.
static void run_callback(WeakRef *ref, bool traced) {
    Object *callback = ref->callback;
    ref->callback = NULL;
    if (!callback || callback == NONE) {
        return;
    }
    Object *argument = (Object *)ref;
    thread_current->tracing += !traced;
    if (!call(callback, &argument, 1, NULL)) {
        error_unraisable(callback);
    }
    thread_current->tracing -= !traced;
}

static _Thread_local bool running;

bool finalize_is_running(void) {
    return running;
}

static void run_pending(bool traced_callbacks) {
    if (running) {
        return;
    }
    running = true;
    Object *in_flight = error_take();
    Object *object;
    for (;;) {
        if ((object = pending_take(&pending_callbacks, &pending_callbacks_done))) {
            run_callback((WeakRef *)object, traced_callbacks);
        } else if ((object = pending_take(&pending_finalizers, &pending_finalizers_done))) {
            FinalizeFn finalize = object->type->info->slots.finalize;
            bool undecided = resurrect_begin(object);
            __atomic_fetch_add(&heap_counters.finalized, 1, __ATOMIC_RELAXED);
            if (finalize) {
                finalize(object);
                if (error_occurred()) {
                    error_unraisable(object);
                }
            }
            if (undecided) {
                resurrect_end(object);
            }
        } else {
            break;
        }
    }
    error_restore(in_flight);
    running = false;
}

static _Thread_local uint64_t unasked_since; // when heap_run_unasked_finalizers began, 0: it does not run

bool finalizers_just_began(void) {
    enum { AT_ONCE_NS = 20000000 };
    return unasked_since && os_clock_ns() - unasked_since < AT_ONCE_NS;
}

void heap_run_finalizers(void) {
    run_pending(true);
}

void heap_run_unasked_finalizers(void) {
    bool outermost = !running;
    if (outermost) {
        unasked_since = os_clock_ns();
    }
    run_pending(false);
    if (outermost) {
        if (collect_decide(NULL)) {
            run_pending(false);
        }
        unasked_since = 0;
    }
}
