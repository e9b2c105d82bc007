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

static bool object_lock_spin(uint32_t *futex, uint32_t flags) {
    for (int i = 0; i < SPINS; i++) {
        uint32_t value = __atomic_load_n(futex, __ATOMIC_RELAXED);
        if (!(value & LOCK_HELD) && __atomic_compare_exchange_n(futex, &value, value | flags, false,
                                                                __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            thread_heap.locks_held++;
            return true;
        }
        os_spin_pause();
    }
    return false;
}

void object_lock_slow(uintptr_t *word) {
    uint32_t flags = LOCK_HELD;
    while (!object_lock_spin((uint32_t *)word, flags)) {
        blocking_wait(object_lock_wait, word);
        flags = LOCK_HELD | LOCK_WAITED; // others may be waiting still
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
    while (first != second && runtime_multithreaded && !object_lock_spin((uint32_t *)second, flags)) {
        object_unlock(first); // nothing is held while it waits
        blocking_wait(object_lock_wait, second);
        flags = LOCK_HELD | LOCK_WAITED;
        object_lock(first);
    }
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
        section_locks[i].futex = 0;
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
