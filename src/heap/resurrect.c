// What __del__ may bring back to life. Where counts are kept, an object that is on no cycle is finalized first, and
// only if it stays dead its weak references are cleared and their callbacks called. So such references are withheld
// when it is found dead: they lead nowhere until its finalizer begins, because nobody should get what is about to be
// finalized. The next collection decides. An object that is reachable again keeps them. Of one that is not they
// are cleared, even if a stale word on a C stack keeps its memory; heap_run_unasked_finalizers and its like have
// that collection come at once. The same collection tells whether an object of a class that CPython's collector does not
// know is to be finalized again.
//
// When another collection came while the finalizer ran, the object is old by then, and a minor one cannot tell. It stays
// undecided, with its references withheld again, until a collection looks at it: a middle one if it was made since
// the last full one, else a full one. collect_decide has that come soon, gc.collect() at once.
//
// A member of a cycle, and what hangs from one, loses its references before any finalizer runs (PEP 442).
#include "heap/block.h"
#include "objects/object.h"
#include "objects/weakref.h"

static PointerList withheld; // in pairs: a reference, and its referent, which waits for its finalizer
static PointerList finalized; // objects whose finalizers have ended; the undecided ones first
static size_t undecided;
static size_t gone; // while a collection goes on: the end of those behind the undecided ones that have gone

static WeakRef **weaklist(Object *object) {
    ssize_t offset = object->type->weaklist_offset;
    return offset > 0 ? (WeakRef **)((char *)object + offset) : NULL;
}

static bool has_weaklist(Object *object) {
    WeakRef **head = weaklist(object);
    return object->type->flags & TF_HEAP && head && __atomic_load_n(head, __ATOMIC_RELAXED);
}

bool resurrect_is_due(void) {
    return __atomic_load_n(&finalized.count, __ATOMIC_RELAXED) >
           __atomic_load_n(&undecided, __ATOMIC_RELAXED);
}

CollectionKind resurrect_kind_to_decide(void) {
    CollectionKind kind = COLLECT_MINOR;
    for (size_t i = 0; i < undecided; i++) {
        CollectionKind generation = heap_generation(finalized.items[i]);
        kind = generation > kind ? generation : kind;
    }
    return kind;
}

// ---- in the pause

static void withhold(Object *referent) {
    for (WeakRef *ref = *weaklist(referent); ref; ref = ref->next) {
        if (ref->object == NONE) {
            continue;
        }
        if (pointer_list_push(&withheld, &ref->base) < 0) {
            return;
        }
        if (pointer_list_push(&withheld, referent) < 0) {
            withheld.count--;
            return;
        }
        ref->object = NONE;
    }
}

// The references that are withheld from it lead to it again.
static bool give_back(Object *object, PointerList *registry) {
    WeakRef **head = weaklist(object), *last = head ? *head : NULL;
    while (last && last->next) {
        last = last->next;
    }
    bool any = false;
    for (WeakRef *ref = last; ref; ref = ref->previous) { // the oldest first, as they were registered
        if (ref->object == NONE && pointer_list_push(registry, &ref->base) == 0) {
            ref->object = object;
            any = true;
        }
    }
    return any;
}

void resurrect_prepare(void) {
    size_t old = 0;
    for (size_t i = 0; i < finalized.count; i++) {
        Object *object = finalized.items[i];
        if (cell_is_marked(object)) {
            if (i >= undecided && has_weaklist(object)) {
                withhold(object);
            }
            finalized.items[i] = finalized.items[old];
            finalized.items[old++] = object;
        }
    }
    undecided = gone = old;
}

void resurrect_decide(PointerList *registry) {
    for (size_t i = gone; i < finalized.count; i++) {
        Object *object = finalized.items[i];
        if (!cell_is_marked(object)) {
            finalized.items[i] = finalized.items[gone];
            finalized.items[gone++] = object;
            continue;
        }
        give_back(object, registry);
        if (!(object->type->flags & TF_GC)) {
            finalize_again(object);
        }
    }
}

void resurrect_clear(void (*clear)(WeakRef *ref, Object *referent)) {
    for (size_t i = undecided; i < gone; i++) {
        WeakRef **head = weaklist(finalized.items[i]);
        while (head && *head) {
            clear(*head, finalized.items[i]);
        }
    }
    gone = finalized.count = undecided;
}

void resurrect_withhold(const PointerList *candidates, bool all) {
    bool any = false;
    for (size_t i = 0; i < candidates->count && !any; i++) {
        any = has_weaklist(candidates->items[i]);
    }
    if (!any) {
        return;
    }
    if (garbage_peel(all)) {
        for (size_t i = 0; i < candidates->count; i++) {
            Object *referent = candidates->items[i];
            if (has_weaklist(referent) && garbage_is_peeled(referent)) {
                withhold(referent);
            }
        }
    }
    garbage_forget();
}

static bool is_linked(const WeakRef *ref, Object *referent) {
    return ref->previous || *weaklist(referent) == ref;
}

void resurrect_tidy(void (*clear)(WeakRef *ref, Object *referent)) {
    size_t kept = 0;
    for (size_t i = 0; i < withheld.count; i += 2) {
        WeakRef *ref = (WeakRef *)withheld.items[i];
        Object *referent = withheld.items[i + 1];
        if (ref->object != NONE || !is_linked(ref, referent)) {
            continue; // its referent's finalizer has begun, or it was decided about
        }
        if (heap_is_dead(ref) || heap_is_dead(referent)) {
            clear(ref, referent);
            continue;
        }
        withheld.items[kept++] = &ref->base;
        withheld.items[kept++] = referent;
    }
    withheld.count = kept;
}

// ---- afterwards

bool resurrect_begin(Object *object) {
    bool known = object->type->flags & TF_GC;
    if (!(object->type->flags & TF_HEAP) || (known && !has_weaklist(object))) {
        return false;
    }
    world_stop(); // references may be made meanwhile
    bool lent = give_back(object, &thread_heap.details->weakrefs);
    world_start();
    return lent || !known;
}

void resurrect_end(Object *object) {
    world_stop();
    pointer_list_push(&finalized, object); // or else it keeps them until it is found dead again
    world_start();
}
