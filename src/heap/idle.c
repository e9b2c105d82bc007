// Before a thread blocks for long: with reference counts, whatever the program dropped would have been
// closed by now, and somebody may wait for just that (the other end of a pipe, a lock file). So a thread
// that made objects with finalizers since the last collection looks for dead ones before it sleeps.
#include "heap/block.h"

#include <poll.h>

typedef struct Readiness {
    struct pollfd poll;
    int result;
} Readiness;

static void *poll_briefly(void *context) {
    Readiness *readiness = context;
    readiness->result = poll(&readiness->poll, 1, HEAP_PATIENCE_MS);
    return NULL;
}

// What was closed or has finished in the meantime is no reason to look.
static bool has_open_finalizable(void) {
    struct ThreadHeapDetails *details = thread_heap.details;
    while (details->idle_seen < details->finalizable.count) {
        Object *object = details->finalizable.items[details->idle_seen];
        int rank = heap_hooks.finalizer_rank ? heap_hooks.finalizer_rank(object) : 1;
        if (rank && rank < FINALIZER_QUIET) {
            return true;
        }
        details->idle_seen++;
    }
    return false;
}

bool heap_has_idle_work(void) {
    return !thread_heap.locks_held && !thread_heap.no_collection && has_open_finalizable();
}

void heap_before_blocking(void) {
    if (heap_has_idle_work()) {
        heap_collect_minor();
        __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
        heap_run_unasked_finalizers();
    }
}

void heap_before_blocking_on(int fd, short events) {
    if (!heap_has_idle_work()) {
        return;
    }
    Readiness readiness = { .poll = { .fd = fd, .events = events } };
    blocking_call(poll_briefly, &readiness);
    if (readiness.result == 0) {
        heap_before_blocking();
    }
}

void heap_while_blocking(void) {
    static uint64_t next;
    uint64_t start = os_clock_ns();
    if (thread_heap.locks_held || thread_heap.no_collection ||
        start < __atomic_load_n(&next, __ATOMIC_RELAXED)) {
        return;
    }
    heap_collect();
    uint64_t end = os_clock_ns();
    __atomic_store_n(&next, end + 20 * (end - start), __ATOMIC_RELAXED);
}
