// Object locks and mutexes: futexes, with a short spin first. A thread that has to wait is detached, so
// that a collection need not wait for it.
#include <time.h>

#include "heap/block.h"

enum { LOCK_HELD = 1, LOCK_WAITED = 2, SPINS = 64 };

// Waits, detached, until the lock looks free. It is taken by the attached thread only: one that took it here could be
// parked before it is attached again, and what stops the world (a fork above all) would find the lock held.
static void *object_lock_wait(void *context) {
    // Little-endian: the flag bits lie in the first half of the word.
    uint32_t *futex = context, value = __atomic_load_n(futex, __ATOMIC_RELAXED);
    if (value & LOCK_HELD &&
        (value & LOCK_WAITED || __atomic_compare_exchange_n(futex, &value, value | LOCK_WAITED, false,
                                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED))) {
        os_futex_wait(futex, value | LOCK_WAITED, -1);
    }
    return NULL;
}

// ---- whose words are biased

// What a word holds tells the place of the owner in this table and, above it, how many owners or times the place had
// before.
enum { PLACES_LOG2 = 10, PLACE_FIRST = 2, PLACE_SHIFT = 2, NUMBER_SHIFT = PLACE_SHIFT + PLACES_LOG2 };
enum : uint32_t { NUMBER_LAST = UINT32_MAX >> NUMBER_SHIFT };
static struct {
    Thread *owner;
    uint32_t words[2]; // by BiasKind: what is biased to it; 0: nothing is
    uint32_t numbers[2]; // the last ones
} places[1 << PLACES_LOG2];

static uint32_t place_of(uint32_t bias) {
    return bias >> PLACE_SHIFT & ((1 << PLACES_LOG2) - 1);
}

// Whether what a word holds says that it is another thread's. What is over is in the table no more; who finds that sees
// what the owner did last (acquire).
static bool bias_is_foreign(uint32_t bias, BiasKind kind) {
    return bias > BIAS_SHARED && bias != thread_heap.bias[kind] &&
           __atomic_load_n(&places[place_of(bias)].words[kind], __ATOMIC_ACQUIRE) == bias;
}

static uint32_t place_take(Thread *self) {
    for (uint32_t i = 0; i < COUNT_OF(places) - PLACE_FIRST; i++) {
        uint32_t place = PLACE_FIRST + (uint32_t)(self->serial + i) % (COUNT_OF(places) - PLACE_FIRST);
        Thread *nobody = NULL;
        if (__atomic_compare_exchange_n(&places[place].owner, &nobody, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return place;
        }
    }
    return 0;
}

// A new number for this thread: no word holds that yet. None is used twice.
static void bias_begin(BiasKind kind) {
    Thread *self = thread_current;
    uint32_t place = self->sync->bias_place;
    if (!place) {
        self->sync->bias_place = place = place_take(self);
    }
    if (!place || places[place].numbers[kind] == NUMBER_LAST) {
        thread_heap.bias_pause[kind] = UINT32_MAX;
        return;
    }
    uint32_t bias = ++places[place].numbers[kind] << NUMBER_SHIFT | place << PLACE_SHIFT;
    thread_heap.bias[kind] = bias;
    __atomic_store_n(&places[place].words[kind], bias, __ATOMIC_RELEASE);
}

// What a word that is nobody's may hold from now on, or BIAS_NONE.
static uint32_t bias_mine(BiasKind kind) {
    if (UNLIKELY(thread_heap.bias[kind] == BIAS_NONE)) {
        if (thread_heap.bias_pause[kind]) {
            thread_heap.bias_pause[kind]--;
        } else {
            bias_begin(kind);
        }
    }
    return thread_heap.bias[kind];
}

// By the owner, or with the world stopped.
static void bias_end(Thread *owner, BiasKind kind) {
    if (owner->sync->bias_place) {
        __atomic_store_n(&places[owner->sync->bias_place].words[kind], 0, __ATOMIC_RELEASE);
    }
    if (owner->sync->heap) {
        owner->sync->heap->bias[kind] = BIAS_NONE;
    }
}

// Threads that end soon should have nothing that others must take from them: all lock what such a thread has made and
// left, its Thread object above all.
enum { LOCKS_BEFORE_BIAS = 16384 };

void bias_init(ThreadHeap *heap) {
    heap->bias[BIAS_LOCK] = heap->bias[BIAS_STEP] = BIAS_NONE;
    heap->bias_pause[BIAS_LOCK] = LOCKS_BEFORE_BIAS;
    heap->bias_pause[BIAS_STEP] = 0;
}

void bias_leave(Thread *thread) {
    bias_end(thread, BIAS_LOCK);
    bias_end(thread, BIAS_STEP);
    if (thread->sync->bias_place) {
        __atomic_store_n(&places[thread->sync->bias_place].owner, NULL, __ATOMIC_RELEASE);
        thread->sync->bias_place = 0;
    }
}

// A word that was another thread's becomes everybody's, and all others of the kind that were its own become nobody's: to
// take up each anew costs one atomic instruction, whoever comes first. For some time nothing is biased to the thread, so
// that a program in which threads hand objects on spends about a hundredth of its time here, whatever it does.
enum { REVOKE_SHARE = 128, REVOKE_LEAST_NS = 10000, ATOMIC_NS = 8 };
static void bias_revoke(uint32_t *word, BiasKind kind) {
    uint64_t start = os_clock_ns(), share = REVOKE_SHARE * (uint64_t)os_processors() / 2;
    world_stop();
    uint32_t bias = __atomic_load_n(word, __ATOMIC_RELAXED);
    if (bias_is_foreign(bias, kind)) {
        Thread *owner = places[place_of(bias)].owner;
        bias_end(owner, kind);
        __atomic_store_n(word, BIAS_SHARED, __ATOMIC_RELAXED);
        if (owner->sync->heap) {
            uint64_t took = os_clock_ns() - start;
            uint64_t pause = size_max(took, REVOKE_LEAST_NS) * share / ATOMIC_NS;
            owner->sync->heap->bias_pause[kind] = (uint32_t)size_min(pause, UINT32_MAX / 2);
        }
    }
    world_start();
}

bool step_claim(uint32_t *word) {
    for (;;) {
        uint32_t bias = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if (bias == thread_heap.bias[BIAS_STEP]) {
            return true;
        }
        if (bias == BIAS_SHARED) {
            return false;
        }
        if (bias_is_foreign(bias, BIAS_STEP)) {
            bias_revoke(word, BIAS_STEP);
            continue;
        }
        uint32_t mine = bias_mine(BIAS_STEP);
        __atomic_compare_exchange_n(word, &bias, mine == BIAS_NONE ? BIAS_SHARED : mine, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    }
}

// ---- object locks

typedef enum LockTry { LOCK_GOT, LOCK_BUSY, LOCK_FOREIGN } LockTry;

static LockTry object_lock_spin(uint32_t *futex, uint32_t flags) {
    for (int i = 0; i < SPINS; i++) {
        uint32_t value = __atomic_load_n(futex, __ATOMIC_RELAXED);
        if (!(value & LOCK_HELD)) {
            if (bias_is_foreign(value, BIAS_LOCK)) {
                return LOCK_FOREIGN;
            }
            // The one that others wait for has been theirs, too.
            bool shared = value == BIAS_SHARED || flags & LOCK_WAITED;
            uint32_t mine = shared ? BIAS_NONE : bias_mine(BIAS_LOCK);
            if (__atomic_compare_exchange_n(futex, &value,
                                            mine != BIAS_NONE     ? mine
                                            : flags & LOCK_WAITED ? BIAS_SHARED | flags
                                                                  : value | flags,
                                            false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                thread_heap.locks_held++;
                return LOCK_GOT;
            }
            continue;
        }
        os_spin_pause();
    }
    return LOCK_BUSY;
}

static uint32_t object_lock_again(uint32_t *futex, LockTry outcome, uint32_t flags) {
    if (outcome == LOCK_FOREIGN) {
        bias_revoke(futex, BIAS_LOCK);
        return flags;
    }
    blocking_wait(object_lock_wait, futex);
    return LOCK_HELD | LOCK_WAITED; // others may be waiting still
}

void object_lock_slow(uintptr_t *word) {
    uint32_t flags = LOCK_HELD;
    LockTry outcome;
    while ((outcome = object_lock_spin((uint32_t *)word, flags)) != LOCK_GOT) {
        flags = object_lock_again((uint32_t *)word, outcome, flags);
    }
}

void object_unlock_slow(uintptr_t *word) {
    uint32_t *futex = (uint32_t *)word;
    uint32_t before = __atomic_fetch_and(futex, ~(uint32_t)(LOCK_HELD | LOCK_WAITED), __ATOMIC_RELEASE);
    thread_heap.locks_held--;
    if (before & LOCK_WAITED) {
        os_futex_wake(futex, 1);
    }
}

void object_lock_two(uintptr_t *a, uintptr_t *b) {
    uintptr_t *first = a < b ? a : b, *second = a < b ? b : a;
    object_lock(first);
    uint32_t flags = LOCK_HELD;
    LockTry outcome;
    if (first == second || !runtime_multithreaded) {
        return;
    }
    while (!bias_is_mine((uint32_t *)second, BIAS_LOCK)) {
        if ((outcome = object_lock_spin((uint32_t *)second, flags)) == LOCK_GOT) {
            return;
        }
        object_unlock(first); // nothing is held while it waits
        flags = object_lock_again((uint32_t *)second, outcome, flags);
        object_lock(first);
    }
    thread_heap.locks_held++;
}

void object_unlock_two(uintptr_t *a, uintptr_t *b) {
    object_unlock(a);
    if (b != a) {
        object_unlock(b);
    }
}

// ---- critical sections: a fixed number of locks, 0 free, 1 held, 2 held and waited for; which one is the address's matter

enum { SECTION_LOCKS_LOG2 = 8, NAP_NS = 50000 };
static struct {
    alignas(CACHE_LINE) uint32_t futex;
} section_locks[1 << SECTION_LOCKS_LOG2];

static void *section_wait(void *context) {
    os_futex_wait(context, 2, -1);
    return NULL;
}

static void section_release(CriticalSection *section) {
    section->held = false;
    if (__atomic_exchange_n(section->futex, 0, __ATOMIC_RELEASE) == 2) {
        os_futex_wake(section->futex, 1);
    }
}

// Nothing else is held while it waits. At the end of the program, when the world is stopped for good, the owner may
// never run again, and there is nobody to be excluded.
static void section_acquire(Thread *thread, CriticalSection *section) {
    bool got = os_lock_try(section->futex);
    for (int i = 0; !got && i < SPINS; i++) {
        os_spin_pause();
        got = os_lock_try(section->futex);
    }
    if (!got) {
        if (world_is_mine(thread)) {
            return;
        }
        critical_sections_suspend(thread);
        bool outer = thread->sync->blocking;
        thread->sync->blocking = true; // what becomes a section of this thread meanwhile is not held either
        while (__atomic_exchange_n(section->futex, 2, __ATOMIC_ACQUIRE) != 0) {
            blocking_wait(section_wait, section->futex);
        }
        thread->sync->blocking = outer;
    }
    section->held = true;
}

static uint32_t *section_lock_of(const void *object) {
    return &section_locks[((uintptr_t)object * 0x9E3779B97F4A7C15ul) >> (64 - SECTION_LOCKS_LOG2)].futex;
}

static bool section_holds(const Thread *thread, const uint32_t *futex) {
    for (const CriticalSection *s = thread->sections; s; s = s->outer) {
        if (s->held && s->futex == futex) {
            return true;
        }
    }
    return false;
}

void critical_section_begin_slow(CriticalSection *section, const void *object) {
    Thread *thread = thread_current;
    uint32_t *futex = section_lock_of(object);
    if (section_holds(thread, futex)) {
        return;
    }
    section->futex = futex;
    section->held = false;
    section_acquire(thread, section);
    section->outer = thread->sections; // not before: another thread may have made one meanwhile
    thread->sections = section;
}

void critical_section_end_slow(CriticalSection *section) {
    Thread *thread = thread_current;
    if (section->held) {
        section_release(section);
    }
    thread->sections = section->outer;
    if (UNLIKELY(section->outer != NULL)) {
        critical_sections_resume(thread);
    }
}

void critical_sections_suspend(Thread *thread) {
    for (CriticalSection *s = thread->sections; s; s = s->outer) {
        if (s->held) {
            section_release(s);
        }
    }
}

void critical_sections_resume(Thread *thread) {
    if (!thread->sections->held) {
        section_acquire(thread, thread->sections);
    }
}

bool thread_is_in_section(const Thread *thread) {
    bool in_step = thread->step && thread->interpreter_sp > (char *)thread->step;
    return in_step || (thread->sections && thread->sections->held);
}

static void *nap(void *context) {
    nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
    return NULL;
}

void thread_nap(void) {
    blocking_wait(nap, NULL);
}

// With the world stopped: from now on all take the lock. A step that the owner is amid becomes a section of its thread,
// held unless Python code runs or something blocks inside of it, where a GIL would have let others in as well. False
// when another object's section has the lock.
static bool ownership_end(Ownership *ownership, const void *object) {
    Thread *owner = ownership->owner;
    CriticalSection *section = ownership->busy;
    if (owner && section && !owner->sync->vanished) {
        uint32_t *futex = section_lock_of(object);
        bool alone = !owner->sync->blocking && owner->interpreter_sp > (char *)section;
        if (alone && !section_holds(owner, futex) && !os_lock_try(futex)) {
            return false;
        }
        bool held = alone && !section_holds(owner, futex);
        CriticalSection **place = &owner->sections;
        while (*place && *place < section) {
            place = &(*place)->outer; // what was begun later lies lower on the stack
        }
        section->futex = futex;
        section->outer = *place;
        section->held = held;
        *place = section;
    }
    ownership->busy = NULL;
    __atomic_store_n(&ownership->owner, NULL, __ATOMIC_RELAXED);
    return true;
}

void owned_section_begin_shared(CriticalSection *section, Ownership *ownership, const void *object) {
    Thread *thread = thread_current;
    while (__atomic_load_n(&ownership->owner, __ATOMIC_RELAXED)) {
        world_stop();
        bool ended = ownership_end(ownership, object);
        world_start();
        if (ended || world_is_mine(thread)) {
            break;
        }
        critical_sections_suspend(thread); // one of them may have the lock
        thread_nap();
    }
    critical_section_begin_slow(section, object);
}

static void sections_after_fork(void) {
    for (CriticalSection *s = thread_current->sections; s; s = s->outer) {
        s->held = false;
    }
    for (size_t i = 0; i < COUNT_OF(section_locks); i++) {
        if (section_locks[i].futex) { // else its page need not be copied
            section_locks[i].futex = 0;
        }
    }
}

// ---- mutexes: 0 free, 1 held, 2 held and waited for

static void *mutex_wait(void *context) {
    os_futex_wait(context, 2, -1);
    return NULL;
}

// The mutexes that are held or waited for, for the child of a fork to reset: a vanished thread would
// never release its own.
enum { MUTEXES_KNOWN = 64 };
static Mutex *held_mutexes[MUTEXES_KNOWN];

void mutex_lock(Mutex *mutex) {
    if (!runtime_multithreaded && !mutex->state) { // nobody else is there before this thread starts one
        mutex->state = 1;
        return;
    }
    if (!os_lock_try(&mutex->state)) {
        for (int i = 0; i < SPINS; i++) {
            if (os_lock_try(&mutex->state)) {
                goto locked;
            }
            os_spin_pause();
        }
        // It is only ever taken while attached: who takes it detached may be parked with it, and wait for
        // a thread that has stopped the world and needs it.
        while (__atomic_exchange_n(&mutex->state, 2, __ATOMIC_ACQUIRE) != 0) {
            blocking_call(mutex_wait, &mutex->state);
        }
    }
locked:
    if (UNLIKELY(runtime_multithreaded)) {
        for (size_t i = 0; i < MUTEXES_KNOWN; i++) {
            Mutex *free_place = NULL;
            if (__atomic_compare_exchange_n(&held_mutexes[i], &free_place, mutex, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED)) {
                break;
            }
        }
    }
}

bool mutex_lock_at_end(Mutex *mutex) {
    if (UNLIKELY(world_is_mine(thread_current)) && __atomic_load_n(&mutex->state, __ATOMIC_RELAXED)) {
        return false;
    }
    mutex_lock(mutex);
    return true;
}

void mutex_unlock(Mutex *mutex) {
    if (LIKELY(!runtime_multithreaded)) {
        mutex->state = 0;
        return;
    }
    for (size_t i = 0; i < MUTEXES_KNOWN; i++) {
        Mutex *known = mutex;
        if (__atomic_compare_exchange_n(&held_mutexes[i], &known, NULL, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            break;
        }
    }
    if (__atomic_exchange_n(&mutex->state, 0, __ATOMIC_RELEASE) == 2) {
        os_futex_wake(&mutex->state, 1);
    }
}

void mutexes_after_fork(void) {
    sections_after_fork();
    for (size_t i = 0; i < MUTEXES_KNOWN; i++) {
        if (held_mutexes[i]) {
            held_mutexes[i]->state = 0;
            held_mutexes[i] = NULL;
        }
    }
}
