// `_multiprocessing`: semaphores that processes share, and `_posixshmem`: shared memory by name.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#include "base/os_memory.h"
#include "heap/thread.h"
#include "modules/modules.h"
#include "modules/posix/posix.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/type.h"
#include "objects/types.h"

enum { RECURSIVE_MUTEX, SEMAPHORE };

typedef struct SemLock {
    Object base;
    sem_t *handle;
    uint64_t owner;      // the thread that acquired last
    int count;           // how often this process holds it
    int most, kind;
    Object *name;
} SemLock;

static Type semlock_type;

static SemLock *lock_of(Object *self) {
    return (SemLock *)self;
}

// The semaphore; NULL with ValueError when the object came back from its finalization.
static sem_t *handle_of(Object *self) {
    sem_t *handle = __atomic_load_n(&lock_of(self)->handle, __ATOMIC_ACQUIRE);
    return handle ? handle : (sem_t *)raise_error(&exc_ValueError, "the semaphore is closed");
}

static bool is_mine(const SemLock *lock) {
    return __atomic_load_n(&lock->count, __ATOMIC_RELAXED) > 0 &&
           __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == thread_current->id;
}

// Each semaphore is a mapping of its own, which every fork copies, and multiprocessing lets the child visit the lock. A
// pool's locks survive a minor collection or two and die with it, so that a program which makes one pool after the other
// would collect hundreds. So when their number has doubled, a collection looks for those that were dropped: for a
// twentieth of the time at most, unless there are very many.
enum { MAPPED_LEAST = 64, MAPPED_MANY = 1024, COLLECTING_SHARE = 20 };
static size_t mapped, look_at = MAPPED_LEAST; // semaphores

static void forget_dropped(void) {
    static uint64_t next;
    size_t before = __atomic_load_n(&mapped, __ATOMIC_RELAXED),
           at = __atomic_load_n(&look_at, __ATOMIC_RELAXED);
    if (LIKELY(before < at) || thread_heap.locks_held || thread_heap.no_collection) {
        return;
    }
    uint64_t start = os_clock_ns();
    if (before < at + MAPPED_MANY && start < __atomic_load_n(&next, __ATOMIC_RELAXED)) {
        return;
    }
    heap_collect_dropped(COLLECT_MIDDLE, NULL);
    if (__atomic_load_n(&mapped, __ATOMIC_RELAXED) > before / 2) {
        heap_collect_dropped(COLLECT_FULL, NULL); // what the last full one left may have been dropped since
    }
    size_t left = __atomic_load_n(&mapped, __ATOMIC_RELAXED);
    __atomic_store_n(&look_at, size_max(2 * left, MAPPED_LEAST), __ATOMIC_RELAXED);
    uint64_t end = os_clock_ns();
    __atomic_store_n(&next, end + COLLECTING_SHARE * (end - start), __ATOMIC_RELAXED);
}

static Object *make(Type *type, sem_t *handle, int kind, int most, Object *name) {
    SemLock *self = (SemLock *)object_alloc(type);
    if (!self) {
        sem_close(handle);
        return NULL;
    }
    self->handle = handle;
    __atomic_add_fetch(&mapped, 1, __ATOMIC_RELAXED);
    self->kind = kind;
    self->most = most;
    gc_store(self, &self->name, name);
    return (Object *)self;
}

static Object *semlock_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[5];
    if (signature_bind(&signature, "SemLock", "|(kind, value, maxvalue, name, unlink)", args, nargs, kwnames,
                       b) < 0) {
        return NULL;
    }
    int kind = int_to_c_int(b[0]), value, most, unlink;
    if ((kind == -1 && error_occurred()) || ((value = int_to_c_int(b[1])) == -1 && error_occurred()) ||
        ((most = int_to_c_int(b[2])) == -1 && error_occurred())) {
        return NULL;
    }
    if (!str_check(b[3])) {
        return raise_error(&exc_TypeError, "SemLock() argument 'name' must be str, not %.50s",
                           b[3]->type->name);
    }
    const char *name = str_utf8(b[3], NULL);
    unlink = object_is_true(b[4]);
    if (!name || unlink < 0) {
        return NULL;
    }
    if (kind != RECURSIVE_MUTEX && kind != SEMAPHORE) {
        return raise_error(&exc_ValueError, "unrecognized kind");
    }
    forget_dropped();
    sem_t *handle = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)value);
    if (handle == SEM_FAILED) {
        return raise_os_error(errno, NULL, NULL);
    }
    if (unlink && sem_unlink(name) < 0) {
        int error = errno;
        sem_close(handle);
        return raise_os_error(error, NULL, NULL);
    }
    return make(type, handle, kind, most, unlink ? NONE : b[3]);
}

// The semaphore of that name, in a process that was not forked.
static Object *semlock_rebuild(Object *type, Object *handle_object, Object *kind_object, Object *most_object,
                               Object *name) {
    // The handle, an address, means nothing here: a semaphore is found again by its name alone.
    int kind = int_to_c_int(kind_object);
    if ((kind == -1 || int_to_i64(handle_object) == -1) && error_occurred()) {
        return NULL;
    }
    int most = int_to_c_int(most_object);
    if (most == -1 && error_occurred()) {
        return NULL;
    }
    if (name == NONE) {
        return raise_error(&exc_ValueError, "a semaphore without a name cannot be rebuilt");
    }
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "_rebuild() argument 4 must be str or None, not %.50s",
                           name->type->name);
    }
    const char *text = str_utf8(name, NULL);
    if (!text) {
        return NULL;
    }
    forget_dropped();
    sem_t *handle = sem_open(text, 0);
    if (handle == SEM_FAILED) {
        return raise_os_error(errno, NULL, NULL);
    }
    return make((Type *)type, handle, kind, most, name);
}

typedef struct Waiting {
    sem_t *handle;
    const struct timespec *deadline; // NULL: none
    int result, error;
} Waiting;

static void *run_wait(void *context) {
    Waiting *w = context;
    w->result = w->deadline ? sem_timedwait(w->handle, w->deadline) : sem_wait(w->handle);
    w->error = errno;
    return NULL;
}

// The time `seconds` from now, as sem_timedwait wants it.
static struct timespec later(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (time_t)seconds;
    t.tv_nsec += (long)(1e9 * (seconds - floor(seconds)) + 0.5);
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static bool is_before(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static Object *taken(SemLock *lock) {
    __atomic_store_n(&lock->owner, thread_current->id, __ATOMIC_RELAXED);
    __atomic_add_fetch(&lock->count, 1, __ATOMIC_RELAXED);
    return TRUE_OBJECT;
}

static Object *semlock_acquire(Object *self, Object *block_object, Object *timeout_object) {
    SemLock *lock = lock_of(self);
    if (!handle_of(self)) {
        return NULL;
    }
    int block = block_object ? object_is_true(block_object) : 1;
    if (block < 0) {
        return NULL;
    }
    if (lock->kind == RECURSIVE_MUTEX && is_mine(lock)) {
        __atomic_add_fetch(&lock->count, 1, __ATOMIC_RELAXED);
        return TRUE_OBJECT;
    }
    struct timespec deadline;
    bool timed = timeout_object && timeout_object != NONE;
    if (timed) {
        double timeout = float_as_double(timeout_object);
        if (timeout == -1.0 && error_occurred()) {
            return NULL;
        }
        timeout = timeout < 0 || isnan(timeout) ? 0 : timeout > 1e9 ? 1e9 : timeout;
        deadline = later(timeout);
    }
    // Without a wait first: nearly always it is free.
    int status;
    while ((status = sem_trywait(lock->handle)) < 0 && errno == EINTR) {
    }
    if (status == 0) {
        return taken(lock);
    }
    if (errno != EAGAIN) {
        return raise_os_error(errno, NULL, NULL);
    }
    if (!block) {
        return FALSE_OBJECT;
    }
    struct timespec soon = later((int)HEAP_PATIENCE_MS / 1000.0);
    bool may_be_old = heap_has_old_idle_work() || thread_current == thread_main;
    bool patient = (heap_has_idle_work() || may_be_old) && (!timed || is_before(&soon, &deadline));
    bool old = false; // it is the second, longer wait, before a full collection
    for (;;) {
        Waiting w = { lock->handle, patient || old ? &soon : timed ? &deadline : NULL };
        blocking_call(run_wait, &w);
        if (w.result == 0) {
            return taken(lock);
        }
        if (w.error == ETIMEDOUT && (patient || old)) {
            if ((patient ? heap_before_blocking() : heap_while_blocking()) < 0) {
                return NULL;
            }
            soon = later((int)HEAP_LONG_PATIENCE_MS / 1000.0);
            old = patient && (may_be_old || heap_has_old_idle_work()) &&
                  (!timed || is_before(&soon, &deadline));
            patient = false;
            continue;
        }
        if (w.error == ETIMEDOUT || w.error == EAGAIN) {
            return FALSE_OBJECT;
        }
        if (w.error != EINTR) {
            return raise_os_error(w.error, NULL, NULL);
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
}

static Object *semlock_release(Object *self) {
    SemLock *lock = lock_of(self);
    if (!handle_of(self)) {
        return NULL;
    }
    if (lock->kind == RECURSIVE_MUTEX) {
        if (!is_mine(lock)) {
            return raise_error(&exc_AssertionError, "attempt to release recursive lock not owned by thread");
        }
        if (lock->count > 1) {
            __atomic_sub_fetch(&lock->count, 1, __ATOMIC_RELAXED);
            return NONE;
        }
    } else {
        int value;
        if (sem_getvalue(lock->handle, &value) < 0) {
            return raise_os_error(errno, NULL, NULL);
        }
        if (value >= lock->most) {
            return raise_error(&exc_ValueError, "semaphore or lock released too many times");
        }
    }
    __atomic_sub_fetch(&lock->count, 1, __ATOMIC_RELAXED);
    return sem_post(lock->handle) < 0 ? raise_os_error(errno, NULL, NULL) : NONE;
}

static Object *semlock_enter(Object *self) {
    return semlock_acquire(self, NULL, NULL);
}

static Object *semlock_exit(Object *self, Object *type, Object *value, Object *traceback) {
    (void)type, (void)value, (void)traceback;
    return semlock_release(self);
}

static Object *semlock_count(Object *self) {
    return int_from_i64(lock_of(self)->count);
}

static Object *semlock_is_mine(Object *self) {
    return bool_from(is_mine(lock_of(self)));
}

static Object *semlock_get_value(Object *self) {
    int value;
    sem_t *handle = handle_of(self);
    if (!handle) {
        return NULL;
    }
    if (sem_getvalue(handle, &value) < 0) {
        return raise_os_error(errno, NULL, NULL);
    }
    return int_from_i64(value < 0 ? 0 : value);
}

static Object *semlock_is_zero(Object *self) {
    int value;
    sem_t *handle = handle_of(self);
    return !handle                            ? NULL
           : sem_getvalue(handle, &value) < 0 ? raise_os_error(errno, NULL, NULL)
                                              : bool_from(value <= 0);
}

// In the child each page that is written is copied first, and most locks are free.
static Object *semlock_after_fork(Object *self) {
    if (lock_of(self)->count) {
        lock_of(self)->count = 0;
    }
    return NONE;
}

static void semlock_finalize(Object *self) {
    sem_t *handle = __atomic_exchange_n(&lock_of(self)->handle, NULL, __ATOMIC_ACQ_REL);
    if (handle) {
        sem_close(handle);
        __atomic_sub_fetch(&mapped, 1, __ATOMIC_RELAXED);
    }
}

static void semlock_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, lock_of(self)->name);
}

static BuiltinDef semlock_methods[] = {
    BUILTIN("acquire", semlock_acquire, "($self, /, block=True, timeout=None)", 0, NULL),
    BUILTIN("release", semlock_release, "($self, /)", 0, NULL),
    BUILTIN("_count", semlock_count, "($self, /)", 0, NULL),
    BUILTIN("_is_mine", semlock_is_mine, "($self, /)", 0, NULL),
    BUILTIN("_get_value", semlock_get_value, "($self, /)", 0, NULL),
    BUILTIN("_is_zero", semlock_is_zero, "($self, /)", 0, NULL),
    BUILTIN("_rebuild", semlock_rebuild, "($type, handle, kind, maxvalue, name, /)", BUILTIN_CLASS, NULL),
    BUILTIN("_after_fork", semlock_after_fork, "($self, /)", 0, NULL),
    BUILTIN("__enter__", semlock_enter, "($self, /)", 0, NULL),
    BUILTIN("__exit__", semlock_exit, "($self, exc_type=None, exc_value=None, exc_tb=None, /)", 0, NULL),
    BUILTIN_END,
};

static Object *get_handle(Object *self, void *closure) {
    (void)closure;
    return int_from_i64((int64_t)(uintptr_t)lock_of(self)->handle);
}

static GetSetDef getsets[] = {
    { "handle", get_handle, NULL, NULL, NULL },
    { 0 },
};

static MemberDef members[] = {
    { "kind", MEMBER_INT, offsetof(SemLock, kind), MEMBER_READONLY, NULL },
    { "maxvalue", MEMBER_INT, offsetof(SemLock, most), MEMBER_READONLY, NULL },
    { "name", MEMBER_OBJECT, offsetof(SemLock, name), MEMBER_READONLY, NULL },
    { 0 },
};

static const TypeSpec semlock_spec = {
    .name = "_multiprocessing.SemLock",
    .basic_size = sizeof(SemLock),
    .flags = TF_BASE,
    .methods = semlock_methods,
    .getsets = getsets,
    .members = members,
    .trace = semlock_trace,
    .slots = { .new = semlock_new, .finalize = semlock_finalize },
};

static Object *multiprocessing_sem_unlink(Object *module, Object *name_object) {
    (void)module;
    const char *name = str_check(name_object)
                           ? str_utf8(name_object, NULL)
                           : (const char *)raise_error(&exc_TypeError,
                                                       "sem_unlink() argument must be str, not %.50s",
                                                       name_object->type->name);
    return !name ? NULL : sem_unlink(name) < 0 ? raise_os_error(errno, NULL, NULL) : NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("sem_unlink", multiprocessing_sem_unlink, "($module, name, /)", 0, NULL),
    BUILTIN_END,
};

static int multiprocessing_exec(Object *module) {
    static const char *const have[] = { "HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT" };
    Object *flags = dict_new(), *one = int_from_i64(1), *most = int_from_i64(SEM_VALUE_MAX);
    if (!flags || !one || !most) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(have); i++) {
        if (dict_set_cstring(flags, have[i], one) < 0) {
            return -1;
        }
    }
    if (module_add_type(module, &semlock_type, &semlock_spec) < 0 ||
        dict_set_cstring(semlock_type.dict, "SEM_VALUE_MAX", most) < 0) {
        return -1;
    }
    type_modified(&semlock_type, NULL);
    return module_add(module, "flags", flags);
}

const ModuleSpec module_multiprocessing = { "_multiprocessing", NULL, functions, multiprocessing_exec };

// ---- shared memory

static Object *shm_open_by_name(Object *module, Object *path, Object *flags_object, Object *mode_object) {
    (void)module;
    if (!str_check(path)) {
        return raise_error(&exc_TypeError, "shm_open() argument 'path' must be str, not %.50s",
                           path->type->name);
    }
    const char *name = str_utf8(path, NULL);
    int flags = int_to_c_int(flags_object), mode = mode_object ? int_to_c_int(mode_object) : 0777;
    if (!name || error_occurred()) {
        return NULL;
    }
    int fd;
    while ((fd = shm_open(name, flags | O_CLOEXEC, (mode_t)mode)) < 0 && errno == EINTR) {
        if (safepoint() < 0) {
            return NULL;
        }
    }
    return fd < 0 ? raise_os_error(errno, path, NULL) : int_from_i64(fd);
}

static Object *shm_unlink_by_name(Object *module, Object *path) {
    (void)module;
    if (!str_check(path)) {
        return raise_error(&exc_TypeError, "shm_unlink() argument 'path' must be str, not %.50s",
                           path->type->name);
    }
    const char *name = str_utf8(path, NULL);
    return !name ? NULL : shm_unlink(name) < 0 ? raise_os_error(errno, path, NULL) : NONE;
}

static BuiltinDef shm_functions[] = {
    BUILTIN("shm_open", shm_open_by_name, "($module, /, path, flags, mode=511)", 0, NULL),
    BUILTIN("shm_unlink", shm_unlink_by_name, "($module, /, path)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_posixshmem = { "_posixshmem", NULL, shm_functions, NULL };
