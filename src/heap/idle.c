// Before a thread blocks for long: with reference counts, whatever the program dropped would have been
// closed by now, and somebody may wait for just that (the other end of a pipe, a lock file). So a thread
// that made objects with finalizers since the last collection looks for dead ones before it sleeps.
#include "heap/block.h"

#include <fcntl.h>
#include <poll.h>

typedef struct Readiness {
    struct pollfd poll;
    int milliseconds;
    int result;
} Readiness;

static void *poll_briefly(void *context) {
    Readiness *readiness = context;
    readiness->result = poll(&readiness->poll, 1, readiness->milliseconds);
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

// What was in use when heap_before_blocking collected is old since, and may have been dropped before the next wait. (What
// other collections made old, too; there only the main thread looks.)
static _Thread_local bool left_old_work;

bool heap_has_old_idle_work(void) {
    return left_old_work;
}

int heap_before_blocking(void) {
    if (heap_has_idle_work()) {
        left_old_work = true;
        heap_collect_minor();
        __atomic_fetch_and(&thread_current->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_RELAXED);
        heap_run_unasked_finalizers();
    }
    return safepoint();
}

int heap_before_blocking_on(int fd, short events) {
    if (!heap_has_idle_work()) {
        return 0;
    }
    Readiness readiness = { .poll = { .fd = fd, .events = events }, .milliseconds = HEAP_PATIENCE_MS };
    blocking_call(poll_briefly, &readiness);
    return readiness.result == 0 ? heap_before_blocking() : safepoint();
}

int heap_while_blocking(void) {
    static uint64_t next;
    uint64_t start = os_clock_ns();
    if (thread_heap.locks_held || thread_heap.no_collection ||
        start < __atomic_load_n(&next, __ATOMIC_RELAXED)) {
        return safepoint();
    }
    left_old_work = false;
    heap_collect();
    uint64_t end = os_clock_ns();
    __atomic_store_n(&next, end + 20 * (end - start), __ATOMIC_RELAXED);
    return safepoint();
}

int heap_before_reading(int fd) {
    struct pollfd now = { .fd = fd, .events = POLLIN };
    bool old = left_old_work || thread_current == thread_main;
    if ((!heap_has_idle_work() && !old) || poll(&now, 1, 0) != 0) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || flags & O_NONBLOCK) {
        return 0;
    }
    if (heap_before_blocking_on(fd, POLLIN) < 0) {
        return -1;
    }
    if (old) {
        Readiness readiness = { .poll = now, .milliseconds = HEAP_LONG_PATIENCE_MS };
        blocking_call(poll_briefly, &readiness);
        return readiness.result == 0 ? heap_while_blocking() : safepoint();
    }
    return 0;
}
