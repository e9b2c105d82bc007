// _thread: starting threads, locks, thread-local data.
#include "modules/thread.h"

#include "base/os_memory.h"
#include "modules/signal.h"
#include "modules/sys.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/weakref.h"
#include "vm/print_exception.h"
#include "vm/runtime.h"
#include "vm/trace.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// Uses of Thread.thread_object_slots.
enum { SLOT_SENTINEL = 7, SLOT_LOCALS = 6 };

// ---- waiting for a lock word: 0 free, 1 held, 2 held and somebody waits

#define TIMEOUT_MAX_SECONDS 9223372036.0

typedef struct LockWait {
    uint32_t *state;
    int64_t timeout_ns;
    int error;
} LockWait;

static void *blocking_lock_wait(void *context) {
    LockWait *wait = context;
    wait->error = os_futex_wait(wait->state, 2, wait->timeout_ns);
    return NULL;
}

// Returns 1 (acquired), 0 (timed out) or -1 with an exception from a signal handler. `timeout_ns`
// negative: none. The object that holds `state` is alive because its caller's frame has it.
static int lock_acquire(uint32_t *state, int64_t timeout_ns) {
    uint32_t expected = 0;
    if (LIKELY(__atomic_compare_exchange_n(state, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) {
        return 1;
    }
    if (timeout_ns == 0) {
        return 0;
    }
    uint64_t deadline = timeout_ns > 0 ? os_clock_ns() + (uint64_t)timeout_ns : 0;
    // The main thread looks up now and then: a signal may arrive between the check and the wait.
    const int64_t usual_slice = thread_current == thread_main ? 50000000 : -1;
    bool patient = heap_has_idle_work();
    int64_t slice = patient ? (int64_t)HEAP_PATIENCE_MS * 1000000 : usual_slice;
    // What the main thread waits for may be that something is dropped, which was old when it was: a look after
    // a tenth of a second, after four tenths, and so on.
    uint64_t began = 0, look_after = 100000000;
    while (__atomic_exchange_n(state, 2, __ATOMIC_ACQUIRE) != 0) {
        LockWait wait = { state, slice, 0 };
        if (timeout_ns > 0) {
            uint64_t now = os_clock_ns();
            if (now >= deadline) {
                return 0;
            }
            int64_t left = (int64_t)(deadline - now);
            wait.timeout_ns = slice < 0 || left < slice ? left : slice;
        }
        blocking_call(blocking_lock_wait, &wait);
        if (safepoint() < 0) {
            return -1;
        }
        if (patient && wait.error == ETIMEDOUT) {
            if (heap_before_blocking() < 0) {
                return -1;
            }
            patient = false;
            slice = usual_slice;
        } else if (usual_slice > 0 && wait.error == ETIMEDOUT) {
            uint64_t now = os_clock_ns();
            began = began ? began : now;
            if (now - began >= look_after) {
                if (heap_while_blocking() < 0) {
                    return -1;
                }
                look_after *= 4;
            }
        }
    }
    return 1;
}

static void lock_release(uint32_t *state) {
    if (__atomic_exchange_n(state, 0, __ATOMIC_RELEASE) == 2) {
        thread_wake_later(state);
    }
}

// The arguments of acquire() as nanoseconds: 0 for non-blocking, -1 for no limit. -2 with an exception.
static int64_t acquire_timeout(Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (nargs == 0 && !kwnames) {
        return -1;
    }
    if (signature_bind(&signature, "acquire", "($self, blocking=True, timeout=-1)", args, nargs, kwnames,
                       bound) < 0) {
        return -2;
    }
    bool blocking = true;
    if (bound[0]) {
        int value = int_to_c_int(bound[0]);
        if (value == -1 && error_occurred()) {
            return -2;
        }
        blocking = value != 0;
    }
    int64_t ns = -NS_PER_SECOND;
    if (bound[1] && timestamp_from_seconds(bound[1], ROUND_TIMEOUT, &ns) < 0) {
        return -2;
    }
    bool limited = ns != -NS_PER_SECOND;
    if (!blocking && limited) {
        raise_error(&exc_ValueError, "can't specify a timeout for a non-blocking call");
        return -2;
    }
    if (ns < 0 && limited) {
        raise_error(&exc_ValueError, "timeout value must be positive");
        return -2;
    }
    if (!blocking) {
        return 0;
    }
    if (!limited) {
        return -1;
    }
    if (ns > (int64_t)TIMEOUT_MAX_SECONDS * NS_PER_SECOND) {
        raise_error(&exc_OverflowError, "timeout value is too large");
        return -2;
    }
    return ns;
}

// ---- lock

typedef struct Lock {
    Object base;
    uint32_t state;
    Object *weaklist;
    void *reserved;
} Lock;

static Type lock_type;

static Object *lock_new(void) {
    return object_alloc(&lock_type);
}

static Object *lock_acquire_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    int64_t timeout = acquire_timeout(args, nargs, kwnames);
    if (timeout == -2) {
        return NULL;
    }
    int acquired = lock_acquire(&((Lock *)self)->state, timeout);
    return acquired < 0 ? NULL : bool_from(acquired);
}

static Object *lock_release_method(Object *self) {
    Lock *lock = (Lock *)self;
    if (!__atomic_load_n(&lock->state, __ATOMIC_RELAXED)) {
        return raise_error(&exc_RuntimeError, "release unlocked lock");
    }
    lock_release(&lock->state);
    return NONE;
}

static Object *lock_locked(Object *self) {
    return bool_from(__atomic_load_n(&((Lock *)self)->state, __ATOMIC_RELAXED) != 0);
}

static Object *lock_enter(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return lock_acquire_method(self, args, nargs, kwnames);
}

static Object *lock_exit(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("lock.__exit__", kwnames) < 0) {
        return NULL;
    }
    return lock_release_method(self);
}

// In the child of a fork each page that is written is copied first, and most locks are free.
static void free_after_fork(uint32_t *state) {
    if (__atomic_load_n(state, __ATOMIC_RELAXED)) {
        __atomic_store_n(state, 0, __ATOMIC_RELEASE);
    }
}

static Object *lock_at_fork_reinit(Object *self) {
    free_after_fork(&((Lock *)self)->state);
    return NONE;
}

static Object *lock_repr(Object *self) {
    return str_format("<%s %s object at %p>", ((Lock *)self)->state ? "locked" : "unlocked", self->type->name,
                      (void *)self);
}

static BuiltinDef lock_methods[] = {
    BUILTIN("acquire_lock", lock_acquire_method, NULL, 0, NULL),
    BUILTIN("acquire", lock_acquire_method, NULL, 0, NULL),
    BUILTIN("release_lock", lock_release_method, "-($self, /)", 0, NULL),
    BUILTIN("release", lock_release_method, "-($self, /)", 0, NULL),
    BUILTIN("locked_lock", lock_locked, "-($self, /)", 0, NULL),
    BUILTIN("locked", lock_locked, "-($self, /)", 0, NULL),
    BUILTIN("__enter__", lock_enter, NULL, 0, NULL),
    BUILTIN("__exit__", lock_exit, NULL, 0, NULL),
    BUILTIN("_at_fork_reinit", lock_at_fork_reinit, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec lock_spec = {
    .name = "_thread.lock",
    .basic_size = 40,
    .weaklist_offset = offsetof(Lock, weaklist),
    .flags = TF_DISALLOW_INSTANTIATION,
    .methods = lock_methods,
    .slots = { .repr = lock_repr },
};

// ---- RLock

typedef struct RLock {
    Object base;
    uint32_t state;
    uint64_t owner; // identifier of the thread that holds it, 0: none
    size_t count;
    Object *weaklist;
} RLock;

static Type rlock_type;

static bool rlock_is_mine(const RLock *lock) {
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == thread_current->id && lock->count > 0;
}

static Object *rlock_acquire(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    RLock *lock = (RLock *)self;
    int64_t timeout = acquire_timeout(args, nargs, kwnames);
    if (timeout == -2) {
        return NULL;
    }
    if (rlock_is_mine(lock)) {
        lock->count++;
        return TRUE_OBJECT;
    }
    int acquired = lock_acquire(&lock->state, timeout);
    if (acquired == 1) {
        lock->count = 1;
        __atomic_store_n(&lock->owner, thread_current->id, __ATOMIC_RELAXED);
    }
    return acquired < 0 ? NULL : bool_from(acquired);
}

static Object *rlock_release(Object *self) {
    RLock *lock = (RLock *)self;
    if (!rlock_is_mine(lock)) {
        return raise_error(&exc_RuntimeError, "cannot release un-acquired lock");
    }
    if (--lock->count == 0) {
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
        lock_release(&lock->state);
    }
    return NONE;
}

static Object *rlock_exit(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("RLock.__exit__", kwnames) < 0) {
        return NULL;
    }
    return rlock_release(self);
}

static Object *rlock_is_owned(Object *self) {
    return bool_from(rlock_is_mine((RLock *)self));
}

static Object *rlock_acquire_restore(Object *self, Object *state) {
    RLock *lock = (RLock *)self;
    if (!tuple_check(state) || tuple_size(state) != 2) {
        return raise_error(&exc_TypeError, "_acquire_restore() argument 1 must be 2-item tuple");
    }
    uint64_t count = int_to_u64(tuple_get(state, 0)), owner = int_to_u64(tuple_get(state, 1));
    if (error_occurred() || lock_acquire(&lock->state, -1) < 0) {
        return NULL;
    }
    lock->count = count;
    __atomic_store_n(&lock->owner, owner, __ATOMIC_RELAXED);
    return NONE;
}

static Object *rlock_release_save(Object *self) {
    RLock *lock = (RLock *)self;
    if (!rlock_is_mine(lock)) {
        return raise_error(&exc_RuntimeError, "cannot release un-acquired lock");
    }
    Object *count = int_from_u64(lock->count), *owner = int_from_u64(lock->owner);
    Object *state = count && owner ? tuple_pack(2, count, owner) : NULL;
    if (state) {
        lock->count = 0;
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
        lock_release(&lock->state);
    }
    return state;
}

static Object *rlock_at_fork_reinit(Object *self) {
    RLock *lock = (RLock *)self;
    if (lock->count || lock->owner) {
        lock->count = 0;
        lock->owner = 0;
    }
    free_after_fork(&lock->state);
    return NONE;
}

static Object *rlock_repr(Object *self) {
    RLock *lock = (RLock *)self;
    return str_format("<%s %s object owner=%ld count=%zu at %p>", lock->count ? "locked" : "unlocked",
                      self->type->name, (long)lock->owner, lock->count, (void *)self);
}

static Object *rlock_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int rlock_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return 0;
}

static BuiltinDef rlock_methods[] = {
    BUILTIN("acquire", rlock_acquire, NULL, 0, NULL),
    BUILTIN("release", rlock_release, "-($self, /)", 0, NULL),
    BUILTIN("_is_owned", rlock_is_owned, "-($self, /)", 0, NULL),
    BUILTIN("_acquire_restore", rlock_acquire_restore, "-($self, state, /)", 0, NULL),
    BUILTIN("_release_save", rlock_release_save, "-($self, /)", 0, NULL),
    BUILTIN("__enter__", rlock_acquire, NULL, 0, NULL),
    BUILTIN("__exit__", rlock_exit, NULL, 0, NULL),
    BUILTIN("_at_fork_reinit", rlock_at_fork_reinit, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec rlock_spec = {
    .name = "_thread.RLock",
    .basic_size = 48,
    .weaklist_offset = offsetof(RLock, weaklist),
    .flags = TF_BASE,
    .methods = rlock_methods,
    .slots = { .new = rlock_tp_new, .init = rlock_init, .repr = rlock_repr },
};

// ---- _local: each thread sees attributes of its own
//
// The object maps threads (by serial number) to dicts; a thread keeps weak references to the objects
// that have a dict for it, and takes its dicts away when it ends.

typedef struct Local {
    Object base;
    Object *args, *kwargs, *dicts;
    Object *weaklist;
    void *reserved[2];
} Local;

static Type local_type;

static void local_trace(Object *self, Tracer *tracer) {
    Local *local = (Local *)self;
    trace_cell(tracer, local->args);
    trace_cell(tracer, local->kwargs);
    trace_cell(tracer, local->dicts);
}

static Object *thread_local_dict(Object *self, bool initialize);

static Object *local_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    bool given = nargs || (kwnames && tuple_size(kwnames));
    if (given && type->info->slots.init == object_type.info->slots.init) {
        return raise_error(&exc_TypeError, "Initialization arguments are not supported");
    }
    Local *local = (Local *)object_alloc(type);
    if (!local) {
        return NULL;
    }
    Object *dicts = dict_new(), *positional = tuple_from_array(args, (ssize_t)nargs), *keywords = NULL;
    if (!dicts || !positional) {
        return NULL;
    }
    if (kwnames && tuple_size(kwnames)) {
        if (!(keywords = dict_new())) {
            return NULL;
        }
        for (ssize_t i = 0; i < tuple_size(kwnames); i++) {
            if (dict_set(keywords, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
                return NULL;
            }
        }
    }
    gc_store(local, &local->args, positional);
    gc_store(local, &local->kwargs, keywords);
    gc_store(local, &local->dicts, dicts);
    // The creating thread's __init__ is called by type.__call__.
    return thread_local_dict(&local->base, false) ? &local->base : NULL;
}

// This thread's dict; made, and the object initialised for this thread, on first use.
static Object *thread_local_dict(Object *self, bool initialize) {
    Local *local = (Local *)self;
    Thread *thread = thread_current;
    Object *key = int_from_u64(thread->serial);
    if (!key) {
        return NULL;
    }
    Object *dict = dict_get(local->dicts, key);
    if (dict || error_occurred()) {
        return dict;
    }
    if (!thread->thread_object_slots[SLOT_LOCALS] &&
        !(thread->thread_object_slots[SLOT_LOCALS] = list_new(0))) {
        return NULL;
    }
    Object *ref = weakref_new(self, NULL);
    if (!ref || list_append(thread->thread_object_slots[SLOT_LOCALS], ref) < 0 || !(dict = dict_new()) ||
        dict_set(local->dicts, key, dict) < 0) {
        return NULL;
    }
    InitFn init = self->type->info->slots.init;
    if (initialize && init && init != object_type.info->slots.init) {
        Object *method = object_getattr_cstring(self, "__init__");
        if (!method || !call_tuple_dict(method, local->args, local->kwargs)) {
            Object *exception = error_take();
            dict_delete_optional(local->dicts, key);
            error_restore(exception);
            return NULL;
        }
    }
    return dict;
}

void thread_locals_forget(Thread *thread) {
    Object *refs = thread->thread_object_slots[SLOT_LOCALS];
    if (!refs) {
        return;
    }
    thread->thread_object_slots[SLOT_LOCALS] = NULL;
    Object *key = int_from_u64(thread->serial);
    for (ssize_t i = 0; key && i < list_size(refs); i++) {
        Object *local = weakref_get(list_read(refs, i));
        if (local && dict_delete_optional(((Local *)local)->dicts, key) < 0) {
            error_clear();
        }
    }
    error_clear();
}

static bool local_name_check(Object *name) {
    if (!str_check(name)) {
        raise_error(&exc_TypeError, "attribute name must be string, not '%s'", name->type->name);
    }
    return str_check(name);
}

static Object *local_getattr(Object *self, Object *name) {
    Object *dict = local_name_check(name) ? thread_local_dict(self, true) : NULL;
    if (!dict) {
        return NULL;
    }
    if (str_equal(name, names.__dict__)) {
        return dict;
    }
    Object *descriptor = type_lookup(self->type, name);
    DescrGetFn get = descriptor ? slots_of(descriptor)->descr_get : NULL;
    if (get && slots_of(descriptor)->descr_set) {
        return get(descriptor, self, (Object *)self->type);
    }
    Object *value = dict_get(dict, name);
    if (value || error_occurred()) {
        return value;
    }
    if (get) {
        return get(descriptor, self, (Object *)self->type);
    }
    return descriptor ? descriptor : raise_attribute_error(self, name);
}

static int local_setattr(Object *self, Object *name, Object *value) {
    Object *dict = local_name_check(name) ? thread_local_dict(self, true) : NULL;
    if (!dict) {
        return -1;
    }
    if (str_equal(name, names.__dict__)) {
        raise_error(&exc_AttributeError, "'%s' object attribute '%U' is read-only", self->type->name, name);
        return -1;
    }
    Object *descriptor = type_lookup(self->type, name);
    if (descriptor && slots_of(descriptor)->descr_set) {
        return slots_of(descriptor)->descr_set(descriptor, self, value);
    }
    if (value) {
        return dict_set(dict, name, value);
    }
    int deleted = dict_delete_optional(dict, name);
    if (deleted == 0) {
        raise_attribute_error(self, name);
    }
    return deleted > 0 ? 0 : -1;
}

static const TypeSpec local_spec = {
    .name = "_thread._local",
    .basic_size = sizeof(Local),
    .weaklist_offset = offsetof(Local, weaklist),
    .flags = TF_BASE | TF_GC,
    .trace = local_trace,
    .slots = { .new = local_tp_new, .getattr = local_getattr, .setattr = local_setattr },
};

// ---- starting threads

// What a thread is started with, on a list that is a root until the thread has taken it over.
typedef struct Start {
    Object *function, *args, *kwargs;
    struct Start *next, *previous;
} Start;

static Start starts = { .next = &starts, .previous = &starts };
static Mutex starts_lock;
static ssize_t running_threads;
static size_t stack_size;

static void starts_trace(Tracer *tracer) {
    for (Start *start = starts.next; start != &starts; start = start->next) {
        trace_cell(tracer, start->function);
        trace_cell(tracer, start->args);
        trace_cell(tracer, start->kwargs);
    }
}

static void start_unlink(Start *start) {
    mutex_lock(&starts_lock);
    start->next->previous = start->previous;
    start->previous->next = start->next;
    mutex_unlock(&starts_lock);
    free(start);
}

// Only the forking thread goes on; threads that were about to start never will.
static void starts_after_fork(void) {
    starts.next = starts.previous = &starts;
    starts_lock.state = 0;
}

static NOINLINE void thread_run(Start *start) {
    Object *function = start->function, *args = start->args, *kwargs = start->kwargs;
    start_unlink(start);
    if (!call_tuple_dict(function, args, kwargs)) {
        if (!error_clear_if(&exc_SystemExit)) {
            error_unraisable_message("Exception ignored in thread started by", function);
        }
    }
}

static NOINLINE void thread_end(Thread *thread) {
    thread_locals_forget(thread);
    thread->dict = NULL;
    thread->context = NULL;
    Object *sentinel = thread->thread_object_slots[SLOT_SENTINEL];
    thread->thread_object_slots[SLOT_SENTINEL] = NULL;
    if (sentinel) {
        Object *lock = weakref_get(sentinel);
        if (lock && __atomic_load_n(&((Lock *)lock)->state, __ATOMIC_RELAXED)) {
            lock_release(&((Lock *)lock)->state);
        }
    }
}

static void *thread_main_function(void *context) {
    Thread *thread = thread_attach_new();
    if (!thread) {
        fprintf(stderr, "coluber: out of memory when a thread started\n");
        abort();
    }
    trace_thread_begin();
    thread_run(context);
    __atomic_fetch_sub(&running_threads, 1, __ATOMIC_RELAXED);
    thread_end(thread);
    thread_detach_and_free(thread);
    return NULL;
}

static Object *thread_start_new_thread(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("start_new_thread", kwnames) < 0 ||
        arguments_check_count("start_new_thread", nargs, 2, 3) < 0) {
        return NULL;
    }
    if (runtime_finalizing) {
        // It would never run, and Thread.start() would wait for it for ever.
        return raise_error(&exc_RuntimeError, "can't start new thread");
    }
    if (!object_callable(args[0])) {
        return raise_error(&exc_TypeError, "first arg must be callable");
    }
    if (!tuple_check(args[1])) {
        return raise_error(&exc_TypeError, "2nd arg must be a tuple");
    }
    if (nargs > 2 && !dict_check(args[2])) {
        return raise_error(&exc_TypeError, "optional 3rd arg must be a dictionary");
    }
    if (audit("_thread.start_new_thread", "OOO", args[0], args[1], nargs > 2 ? args[2] : NONE) < 0) {
        return NULL;
    }
    Start *start = malloc(sizeof *start);
    pthread_attr_t attributes;
    if (!start || pthread_attr_init(&attributes) != 0) {
        free(start);
        return raise_memory_error();
    }
    start->function = args[0];
    start->args = args[1];
    start->kwargs = nargs > 2 ? args[2] : NULL;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_size) {
        // C code that does not look how deep it is has its share besides, however little a program asks for.
        pthread_attr_setstacksize(&attributes, stack_size + C_STACK_RESERVE);
    }
    if (!runtime_multithreaded) {
        // Locks are taken from now on. Nobody holds one: this thread is alone and holds none.
        world_stop();
        runtime_multithreaded = true;
        world_start();
    }
    mutex_lock(&starts_lock);
    start->next = &starts;
    start->previous = starts.previous;
    starts.previous->next = start;
    starts.previous = start;
    mutex_unlock(&starts_lock);
    __atomic_fetch_add(&running_threads, 1, __ATOMIC_RELAXED);
    pthread_t id;
    int error = pthread_create(&id, &attributes, thread_main_function, start);
    pthread_attr_destroy(&attributes);
    if (error) {
        __atomic_fetch_sub(&running_threads, 1, __ATOMIC_RELAXED);
        start_unlink(start);
        return raise_error(&exc_RuntimeError, "can't start new thread");
    }
    return int_from_u64((uint64_t)id);
}

void threads_stop_for_good(void) {
    world_stop();
}

// ---- the other functions

static Object *thread_allocate_lock(Object *module) {
    return lock_new();
}

static Object *thread_get_ident(Object *module) {
    return int_from_u64(thread_current->id);
}

static Object *thread_get_native_id(Object *module) {
    return int_from_i64(syscall(SYS_gettid));
}

// Whether there are more Thread objects than threads that run: dropped ones, as a rule.
static bool has_dangling_threads(void) {
    Object *threading = dict_get_cstring(sys_modules, "threading");
    Object *dangling = threading ? object_getattr_cstring(threading, "_dangling") : NULL;
    Object *references = dangling ? object_getattr_cstring(dangling, "data") : NULL;
    Object *active = references ? object_getattr_cstring(threading, "_active") : NULL;
    ssize_t running = active ? object_length(active) : -1;
    ssize_t known = running < 0 ? -1 : object_length(references);
    if (threading && known < 0) {
        error_clear();
        return true;
    }
    return threading && known > running;
}

// Who asks how many threads run wants to know, in the next line, which Thread objects are left over
// (test.support does): those that have ended and been dropped go first.
static Object *thread_count(Object *module) {
    char *from = thread_current->collect_from;
    thread_current->collect_from = NULL;
    if (runtime_multithreaded && has_dangling_threads() && heap_collect_from(from) < 0) {
        return NULL;
    }
    return int_from_ssize(__atomic_load_n(&running_threads, __ATOMIC_RELAXED));
}

static Object *thread_exit(Object *module) {
    return raise_with(&exc_SystemExit, NULL);
}

static Object *thread_interrupt_main(Object *module, Object *number_object) {
    int number = SIGINT;
    if (number_object) {
        number = int_to_c_int(number_object);
        if (number == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (signals_trip(number) < 0) {
        return raise_error(&exc_ValueError, "signal number out of range");
    }
    return NONE;
}

static Object *thread_stack_size(Object *module, Object *size_object) {
    size_t old = stack_size;
    if (size_object) {
        ssize_t size = int_to_ssize(size_object);
        if (size == -1 && error_occurred()) {
            return NULL;
        }
        if (size < 0) {
            return raise_error(&exc_ValueError, "size must be 0 or a positive value");
        }
        if (size != 0 && (size < 32768 || (size_t)size < (size_t)PTHREAD_STACK_MIN)) {
            return raise_error(&exc_ValueError, "size not valid: %zd bytes", size);
        }
        stack_size = (size_t)size;
    }
    return int_from_u64(old);
}

// A lock that is released when this thread ends. Only weakly held: threading may have dropped it.
static Object *thread_set_sentinel(Object *module) {
    Object *lock = lock_new();
    if (!lock) {
        return NULL;
    }
    Object *ref = weakref_new(lock, NULL);
    if (!ref) {
        return NULL;
    }
    thread_current->thread_object_slots[SLOT_SENTINEL] = ref;
    return lock;
}

static Object *except_hook_args_type;

// What threading.excepthook does by default: reports the exception of a thread's function.
static Object *thread_excepthook(Object *module, Object *args) {
    if (args->type != (Type *)except_hook_args_type) {
        return raise_error(&exc_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    }
    Object *type = tuple_get(args, 0), *value = tuple_get(args, 1), *traceback = tuple_get(args, 2);
    Object *thread = tuple_get(args, 3), *name = NULL;
    if (type == (Object *)&exc_SystemExit) {
        return NONE;
    }
    Object *file = sys_get("stderr");
    if (!file || file == NONE) {
        if (thread == NONE || !(file = object_getattr_cstring(thread, "_stderr"))) {
            error_clear();
            return NONE;
        }
        if (file == NONE) {
            return NONE;
        }
    }
    if (thread != NONE && object_getattr_optional(thread, names.name, &name) < 0) {
        return NULL;
    }
    Object *text = name ? str_format("Exception in thread %S:\n", name)
                        : str_format("Exception in thread %ld:\n", (long)thread_current->id);
    if (!text || !call_method1(file, names.write, text)) {
        return NULL;
    }
    if (exception_check(value)) {
        BaseException *exception = (BaseException *)value;
        if (!exception->traceback && traceback->type == &traceback_type) {
            gc_store(exception, &exception->traceback, traceback);
        }
        if (exception_print(file, value) < 0) {
            return NULL;
        }
    } else if (exception_print_alone(file, type, value, traceback) < 0) {
        return NULL;
    }
    if (!call_method0(file, names.flush)) {
        return NULL;
    }
    return NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("start_new_thread", thread_start_new_thread, NULL, 0, NULL),
    BUILTIN("start_new", thread_start_new_thread, NULL, 0, NULL),
    BUILTIN("allocate_lock", thread_allocate_lock, "-($module, /)", 0, NULL),
    BUILTIN("allocate", thread_allocate_lock, "-($module, /)", 0, NULL),
    BUILTIN("exit_thread", thread_exit, "-($module, /)", 0, NULL),
    BUILTIN("exit", thread_exit, "-($module, /)", 0, NULL),
    BUILTIN("interrupt_main", thread_interrupt_main, "-($module, signum=signal.SIGINT, /)", 0, NULL),
    BUILTIN("get_ident", thread_get_ident, "-($module, /)", 0, NULL),
    BUILTIN("get_native_id", thread_get_native_id, "-($module, /)", 0, NULL),
    BUILTIN("_count", thread_count, "-($module, /)", EFFECT_COLLECTS, NULL),
    BUILTIN("stack_size", thread_stack_size, "-($module, size=0, /)", 0, NULL),
    BUILTIN("_set_sentinel", thread_set_sentinel, "-($module, /)", 0, NULL),
    BUILTIN("_excepthook", thread_excepthook, "-($module, args, /)", 0, NULL),
    BUILTIN_END,
};

static const StructField except_hook_fields[] = {
    { "exc_type", "Exception type" },
    { "exc_value", "Exception value" },
    { "exc_traceback", "Exception traceback" },
    { "thread", "Thread" },
    { NULL, NULL },
};
static const StructSpec except_hook_spec = {
    "_thread._ExceptHookArgs",
    "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    except_hook_fields,
    4,
};

static int thread_exec(Object *module) {
    static bool ready;
    if (!ready) {
        heap_add_root_tracer(starts_trace);
        pthread_atfork(NULL, NULL, starts_after_fork);
        heap_add_root(&except_hook_args_type, 1);
        if (!(except_hook_args_type = (Object *)struct_sequence_type_new(&except_hook_spec))) {
            return -1;
        }
        ready = true;
    }
    Object *limit = float_from_double(TIMEOUT_MAX_SECONDS);
    if (type_ready(&lock_type, &lock_spec) < 0 || module_add(module, "LockType", (Object *)&lock_type) < 0 ||
        module_add_type(module, &rlock_type, &rlock_spec) < 0 ||
        module_add_type(module, &local_type, &local_spec) < 0 ||
        module_add(module, "error", (Object *)&exc_RuntimeError) < 0 ||
        module_add(module, "_ExceptHookArgs", except_hook_args_type) < 0 ||
        module_add(module, "TIMEOUT_MAX", limit) < 0) {
        return -1;
    }
    return 0;
}

const ModuleSpec module_thread = { "_thread", NULL, functions, thread_exec };
