// `_queue`: SimpleQueue, an unbounded FIFO whose put() may run at any time, inside a signal handler or a
// finalizer as well.
//
// The items lie in a ring, guarded by the object's lock. Who finds the queue empty waits for `ticket` to
// change; put() changes it when somebody waits.
#include <errno.h>
#include <math.h>

#include "base/os_memory.h"
#include "modules/modules.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/odds.h"
#include "objects/tuple.h"
#include "objects/type.h"

typedef struct SimpleQueue {
    Object base;
    Object **ring;    // a cell: [capacity][items], or NULL
    size_t head, count;
    uintptr_t lock;
    Object *weaklist;
    // beyond CPython's fields
    uint32_t ticket, waiters;
} SimpleQueue;

static Type simple_queue_type;
static Object *empty_class;  // a registered root

enum { RING_LEAST = 14, RING_KEPT = 1024 };

static size_t ring_capacity(Object *const *ring) {
    return ring ? (size_t)(uintptr_t)ring[0] : 0;
}

// Called with the lock held.
static int ring_grow(SimpleQueue *queue) {
    size_t old = ring_capacity(queue->ring), capacity = old ? 2 * old + 1 : RING_LEAST;
    Object **ring = heap_alloc((capacity + 1) * sizeof(Object *), CELL_POINTERS);
    if (!ring) {
        return -1;
    }
    ring[0] = (Object *)(uintptr_t)capacity;
    for (size_t i = 0; i < queue->count; i++) {
        size_t at = queue->head + i;
        gc_init(&ring[1 + i], queue->ring[1 + (at < old ? at : at - old)]);
    }
    gc_dirty(ring);  // it may be old already: a thread that is out of free cells allocates elsewhere
    gc_store(queue, &queue->ring, ring);
    queue->head = 0;
    return 0;
}

static int queue_put(SimpleQueue *queue, Object *item) {
    object_lock(&queue->lock);
    if (queue->count == ring_capacity(queue->ring) && ring_grow(queue) < 0) {
        object_unlock(&queue->lock);
        return -1;
    }
    size_t capacity = ring_capacity(queue->ring), at = queue->head + queue->count;
    gc_store(queue->ring, &queue->ring[1 + (at < capacity ? at : at - capacity)], item);
    queue->count++;
    object_unlock(&queue->lock);
    uint32_t waiters = __atomic_load_n(&queue->waiters, __ATOMIC_SEQ_CST);
    if (UNLIKELY(waiters)) {
        // Who puts one item after the other goes on first, and wakes no more threads than wait: else each item would cost
        // two of them a system call.
        __atomic_fetch_add(&queue->ticket, 1, __ATOMIC_SEQ_CST);
        if (thread_wakes_later(&queue->ticket) < waiters) {
            thread_wake_later(&queue->ticket);
        }
    }
    return 0;
}

// The first item, or NULL without an exception.
static Object *queue_take(SimpleQueue *queue) {
    object_lock(&queue->lock);
    Object *item = NULL;
    if (queue->count) {
        Object **slot = &queue->ring[1 + queue->head];
        item = *slot;
        gc_store(queue->ring, slot, NULL);
        queue->head = queue->head + 1 == ring_capacity(queue->ring) ? 0 : queue->head + 1;
        queue->count--;
        if (!queue->count && ring_capacity(queue->ring) > RING_KEPT) {
            gc_store(queue, &queue->ring, NULL);
            queue->head = 0;
        }
    }
    object_unlock(&queue->lock);
    return item;
}

typedef struct Wait {
    uint32_t *word, seen;
    int64_t timeout_ns;
    int error;
} Wait;

static void *wait_for_change(void *context) {
    Wait *wait = context;
    wait->error = os_futex_wait(wait->word, wait->seen, wait->timeout_ns);
    return NULL;
}

// Blocks until there is an item or `timeout_ns` (negative: no limit) has passed: NULL without an exception.
static Object *queue_wait(SimpleQueue *queue, int64_t timeout_ns) {
    uint64_t deadline = timeout_ns >= 0 ? os_clock_ns() + (uint64_t)timeout_ns : 0;
    // The main thread looks up now and then: a signal may arrive between the check and the wait.
    const int64_t usual_slice = thread_current == thread_main ? 50000000 : -1;
    bool patient = heap_has_idle_work();
    int64_t slice = patient ? (int64_t)HEAP_PATIENCE_MS * 1000000 : usual_slice;
    Object *item = NULL;
    __atomic_fetch_add(&queue->waiters, 1, __ATOMIC_SEQ_CST);
    while (true) {
        Wait wait = { &queue->ticket, __atomic_load_n(&queue->ticket, __ATOMIC_SEQ_CST), slice, 0 };
        item = queue_take(queue);
        if (item) {
            break;
        }
        if (timeout_ns >= 0) {
            uint64_t now = os_clock_ns();
            if (now >= deadline) {
                break;
            }
            int64_t left = (int64_t)(deadline - now);
            wait.timeout_ns = slice < 0 || left < slice ? left : slice;
        }
        blocking_call(wait_for_change, &wait);
        if (safepoint() < 0) {
            break;
        }
        if (patient && wait.error == ETIMEDOUT) {
            if (heap_before_blocking() < 0) {
                break;
            }
            patient = false;
            slice = usual_slice;
        }
    }
    __atomic_fetch_sub(&queue->waiters, 1, __ATOMIC_SEQ_CST);
    if (!item && __atomic_load_n(&queue->waiters, __ATOMIC_SEQ_CST)) {
        // This thread may have been woken in place of one that still waits.
        __atomic_fetch_add(&queue->ticket, 1, __ATOMIC_SEQ_CST);
        os_futex_wake(&queue->ticket, 1);
    }
    return item;
}

// ---- methods

static Object *queue_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    if (type == &simple_queue_type && (nargs || (kwnames && tuple_size(kwnames)))) {
        return raise_error(&exc_TypeError, nargs ? "SimpleQueue() takes no positional arguments"
                                                 : "SimpleQueue() takes no keyword arguments");
    }
    return object_alloc(type);
}

static void queue_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((SimpleQueue *)self)->ring);
}

static Object *method_put(Object *self, Object *item, Object *block, Object *timeout) {
    (void)timeout;
    return (block && object_is_true(block) < 0) || queue_put((SimpleQueue *)self, item) < 0 ? NULL : NONE;
}

static Object *method_put_nowait(Object *self, Object *item) {
    return queue_put((SimpleQueue *)self, item) < 0 ? NULL : NONE;
}

static Object *raise_empty(void) {
    return raise_with((Type *)empty_class, NULL);
}

// Nanoseconds, rounded up; -1 with an exception.
static int64_t timeout_argument(Object *o) {
    int64_t ns;
    if (timestamp_from_seconds(o, ROUND_CEILING, &ns) < 0) {
        return -1;
    }
    if (ns < 0) {
        raise_error(&exc_ValueError, "'timeout' must be a non-negative number");
        return -1;
    }
    return ns;
}

static Object *method_get(Object *self, Object *block, Object *timeout) {
    SimpleQueue *queue = (SimpleQueue *)self;
    int blocking = block ? object_is_true(block) : 1;
    if (blocking < 0) {
        return NULL;
    }
    int64_t timeout_ns = -1;
    if (blocking && timeout && timeout != NONE) {
        timeout_ns = timeout_argument(timeout);
        if (timeout_ns < 0) {
            return NULL;
        }
    }
    Object *item = queue_take(queue);
    if (!item && blocking) {
        item = queue_wait(queue, timeout_ns);
    }
    return item || error_occurred() ? item : raise_empty();
}

static Object *method_get_nowait(Object *self) {
    Object *item = queue_take((SimpleQueue *)self);
    return item ? item : raise_empty();
}

static Object *method_qsize(Object *self) {
    return int_from_u64(__atomic_load_n(&((SimpleQueue *)self)->count, __ATOMIC_RELAXED));
}

static Object *method_empty(Object *self) {
    return bool_from(!__atomic_load_n(&((SimpleQueue *)self)->count, __ATOMIC_RELAXED));
}

static BuiltinDef queue_methods[] = {
    BUILTIN("empty", method_empty, "($self, /)", 0, NULL),
    BUILTIN("get", method_get, "($self, /, block=True, timeout=None)", 0, NULL),
    BUILTIN("get_nowait", method_get_nowait, "+($self, /)", 0, NULL),
    BUILTIN("put", method_put, "($self, /, item, block=True, timeout=None)", 0, NULL),
    BUILTIN("put_nowait", method_put_nowait, "($self, /, item)", 0, NULL),
    BUILTIN("qsize", method_qsize, "($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", generic_alias_new, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

static const TypeSpec simple_queue_spec = {
    .name = "_queue.SimpleQueue",
    .basic_size = 56,
    .instance_size = sizeof(SimpleQueue),
    .weaklist_offset = offsetof(SimpleQueue, weaklist),
    .lock_offset = offsetof(SimpleQueue, lock),
    .flags = TF_BASE | TF_GC,
    .methods = queue_methods,
    .trace = queue_trace,
    .slots = { .new = queue_new },
};

static int queue_exec(Object *module) {
    if (!empty_class) {
        heap_add_root(&empty_class, 1);
        empty_class = exception_class_new("_queue.Empty", &exc_Exception);
    }
    return !empty_class || module_add(module, "Empty", empty_class) < 0 ||
                   module_add_type(module, &simple_queue_type, &simple_queue_spec) < 0
               ? -1
               : 0;
}

const ModuleSpec module_queue = { "_queue", NULL, NULL, queue_exec };
