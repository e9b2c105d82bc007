// A running thread, and how threads meet: safepoints, stopping the world, blocking calls, locks.
//
// Every Python thread runs at once. A thread is either attached (it may touch objects) or detached
// (inside blocking_call). Collections and far-reaching changes happen with every attached thread
// stopped at a safepoint and every detached one unable to come back.
#pragma once

#include "heap/heap.h"

struct Frame;
struct ExceptionState;

enum { C_STACK_RESERVE = 128 << 10 };  // left for C code that does not look how deep it is

struct Thread {
    // Nonzero when the next safepoint has something to do: a stop request, a signal, finalizers, an
    // asynchronous exception. Written by others; polled at back-edges and function entries.
    uint32_t poll;
    // Ticks down at function entries and back-edges; at zero the place it stands at is credited.
    int32_t countdown;

    Object *exception;                 // the exception being raised, or NULL
    struct Frame *frame;               // innermost VM frame
    struct ExceptionState *handled;    // stack of exceptions being handled (sys.exc_info)
    struct FrameChunk *frame_chunk;    // segmented VM stack
    Object **stack_top, **stack_end;   // free part of the current chunk

    int recursion_left;                // Python frames and guarded C calls still allowed
    int recursion_headroom;            // nesting of "handling RecursionError" allowances
    char *c_stack_limit;               // lowest address C code may reach that looks
    char *c_stack_base;

    Object *trace_function, *trace_object;      // sys.settrace (C function pointer lives in vm)
    Object *profile_function, *profile_object;  // sys.setprofile
    int tracing;                                // nesting of running trace functions
    bool use_tracing;                           // frames run their tracing cells

    Object *dict;                      // PyThreadState_GetDict
    Object *context;                   // contextvars' current context
    uint64_t context_version;
    Object *async_exception;           // PyThreadState_SetAsyncExc
    Object *asyncgen_firstiter, *asyncgen_finalizer;
    int coroutine_origin_depth;
    uint64_t id;                       // thread identifier as _thread.get_ident gives it
    uint64_t serial;                   // counts threads from 1
    uint64_t dict_version_next, dict_version_end;  // this thread's range of dict version tags
    Object *delete_later[4];           // reserved for the runtime

    struct ThreadHeap *heap;           // allocation buffers
    struct ThreadSync *sync;           // state, condition, signal mask
    Thread *next, *previous;           // list of all threads
    Object *thread_object_slots[8];    // roots for the use of vm and modules
    char *interpreter_sp;              // the C stack where the innermost handlers run begins here
    char *collect_from;                // for a collector called by a handler: it need not look lower
    struct CriticalSection *sections;  // innermost critical section that was entered
    struct CriticalSection *step;      // innermost step of an owner (owned_section_begin)
};

// The bits of Thread.poll.
enum {
    POLL_STOP = 1,      // somebody stops the world
    POLL_PENDING = 2,   // signals, pending calls, an asynchronous exception: heap_hooks.run_pending
    POLL_FINALIZE = 4,  // finalizers or weak-reference callbacks wait
    POLL_WAKE = 8,      // thread_wake_later: set and cleared by the thread itself
};

extern __attribute__((tls_model("initial-exec"))) _Thread_local Thread *thread_current;
extern Thread *thread_main;  // the thread that started the runtime (after a fork: that forked)

// True from the moment a second thread is about to be started, for the rest of the process; not in a fork's child until it
// starts one.
extern bool runtime_multithreaded;

// Attaches the calling system thread. Returns NULL when memory is out (no exception can be set).
Thread *thread_attach_new(void);
void thread_detach_and_free(Thread *thread);
// Calls `visit` for each thread, with the list locked: it must neither allocate nor block. May stop here before it begins.
void thread_each(void (*visit)(Thread *thread, void *context), void *context);
// The same without the lock, for signal handlers: threads that come or go meanwhile may be missed.
void thread_each_unlocked(void (*visit)(Thread *thread, void *context), void *context);
// Whether it is not inside of a blocking call (a moment ago).
bool thread_is_running(const Thread *thread);

// Stops here if asked to, then runs signal handlers, finalizers and weak-reference callbacks: any
// Python code may run. Returns -1 with an exception set.
int safepoint_slow(void);
static inline int safepoint(void) {
    if (UNLIKELY(__atomic_load_n(&thread_current->poll, __ATOMIC_RELAXED))) {
        return safepoint_slow();
    }
    return 0;
}
// Asks `thread` (NULL: every thread) to run safepoint_slow soon. Safe in a signal handler.
void safepoint_request(Thread *thread);

// Wakes one that waits for `futex`, but lets the caller go on first: until it blocks, ends, or has worked for a
// twentieth of a millisecond. Programs written for a GIL count on it that who wakes a thread has some time before it runs:
// concurrent.futures gives a result first, and says then that its worker is idle.
void thread_wake_later(uint32_t *futex);
uint32_t thread_wakes_later(const uint32_t *futex); // how many the caller has still to wake

// Sleeps for 50 us, detached.
void thread_nap(void);

// Runs `function(context)` detached. It must not touch objects; pointers the caller holds stay alive.
void *blocking_call(void *(*function)(void *context), void *context);

// Calls `function(context, sp)` with all callee-saved registers on the stack above `sp`.
void *call_with_spilled_registers(void *(*function)(void *context, char *sp), void *context);

// All other threads are stopped between these two. Nests. No lock may be held.
void world_stop(void);
void world_start(void);

// ---- biased words
//
// What nearly always stays with one thread (containers, iterators, generators) has a word that names the thread: what that
// thread does to it between two safepoints needs no atomic instruction. Another thread that comes stops the world, so
// that the owner is between two such steps, and ends the bias (lock.c). The first thread that needs the word becomes its
// owner. A word is 0 (nobody came yet), BIAS_SHARED, or an owner's number, above two bits that only locks use.
typedef enum BiasKind {
    BIAS_LOCK, // an object lock
    BIAS_STEP, // of what is handed on to other threads more rarely: iterators, generators
} BiasKind;
enum : uint32_t {
    BIAS_SHARED = 1 << 2, // several threads came: atomic instructions from now on
    BIAS_NONE = 2, // of a thread that no word is biased to; no word holds this
};
static inline bool bias_is_mine(const uint32_t *word, BiasKind kind) {
    return __atomic_load_n(word, __ATOMIC_RELAXED) == thread_heap.bias[kind];
}
// Of steps: whether the calling thread need not use atomic instructions until the next safepoint.
static inline bool step_is_mine(const uint32_t *word) {
    return LIKELY(!runtime_multithreaded) || LIKELY(bias_is_mine(word, BIAS_STEP));
}
// Makes it the calling thread's own, or BIAS_SHARED: false. It stays so until the next safepoint. May be one itself.
bool step_claim(uint32_t *word);
// For what the calling thread has just made.
static inline uint32_t step_bias_new(void) {
    uint32_t bias = thread_heap.bias[BIAS_STEP];
    return bias == BIAS_NONE ? 0 : bias;
}

// ---- object locks: one word in the object, in its first half bit 0 the lock, bit 1 "somebody waits", and a bias
// While one is held no Python code runs and no safepoint is reached; an allocation does not collect. So the owner of a
// biased one holds it without a trace.
void object_lock_slow(uintptr_t *word);
void object_unlock_slow(uintptr_t *word);
// Whether the calling thread need not lock until the next safepoint. An allocation may be one.
static inline bool object_is_mine(const uintptr_t *word) {
    return LIKELY(!runtime_multithreaded) || LIKELY(bias_is_mine((const uint32_t *)word, BIAS_LOCK));
}
// Whether it is no thread's own and never will be.
static inline bool object_is_shared(const uintptr_t *word) {
    return (__atomic_load_n((const uint32_t *)word, __ATOMIC_RELAXED) & ~(uint32_t)3) == BIAS_SHARED;
}
static inline void object_lock(uintptr_t *word) {
    if (UNLIKELY(runtime_multithreaded)) {
        if (LIKELY(bias_is_mine((uint32_t *)word, BIAS_LOCK))) {
            thread_heap.locks_held++;
            return;
        }
        object_lock_slow(word);
    }
}
static inline void object_unlock(uintptr_t *word) {
    if (UNLIKELY(runtime_multithreaded)) {
        if (LIKELY(bias_is_mine((uint32_t *)word, BIAS_LOCK))) {
            thread_heap.locks_held--;
            return;
        }
        object_unlock_slow(word);
    }
}
// Takes two locks in address order (they may be the same one).
void object_lock_two(uintptr_t *a, uintptr_t *b);
void object_unlock_two(uintptr_t *a, uintptr_t *b);

// ---- critical sections: what a GIL makes one step
// A C function that reads and writes an object several times, perhaps calling others between, is alone with it from
// begin to end, as long as no Python code runs and nothing blocks meanwhile: interpreter_run and blocking_call let go of
// all sections that the thread is in, and take up the innermost one again when they return (PEP 703). So no two
// threads can wait for each other. Finalizers that are due wait for the end of the section. Sections nest; none may be begun while an object lock is held. Only functions that begin
// one for the same object exclude each other. Lives on the C stack; costs a branch while there is one thread.
typedef struct CriticalSection {
    uint32_t *futex; // NULL: nothing was entered
    struct CriticalSection *outer;
    struct CriticalSection *step_outside; // Thread.step before
    bool held;
} CriticalSection;
// Whether this thread is in one and no Python code that it called runs.
bool thread_is_in_section(const Thread *thread);
void critical_section_begin_slow(CriticalSection *section, const void *object);
void critical_section_end_slow(CriticalSection *section);
static inline void critical_section_begin(CriticalSection *section, const void *object) {
    section->futex = NULL;
    if (UNLIKELY(runtime_multithreaded)) {
        critical_section_begin_slow(section, object);
    }
}
static inline void critical_section_end(CriticalSection *section) {
    if (UNLIKELY(section->futex != NULL)) {
        critical_section_end_slow(section);
    }
}
// The same for what nearly always stays with the thread that made it, an iterator above all: that thread pays a load and
// two stores until another one comes, which stops the world and makes a section as above of the step that goes on.
typedef struct Ownership {
    Thread *owner; // NULL: all take a lock
    CriticalSection *busy; // the step that the owner is in
} Ownership;
void owned_section_begin_shared(CriticalSection *section, Ownership *ownership, const void *object);
static inline void owned_section_begin(CriticalSection *section, Ownership *ownership, const void *object) {
    section->futex = NULL;
    section->step_outside = NULL;
    if (LIKELY(!runtime_multithreaded)) {
        return;
    }
    section->step_outside = thread_current->step;
    thread_current->step = section;
    // Between the look and the store there is no safepoint: with the world stopped it is in the step or not.
    if (LIKELY(__atomic_load_n(&ownership->owner, __ATOMIC_RELAXED) == thread_current)) {
        __atomic_store_n(&ownership->busy, section, __ATOMIC_RELAXED);
        return;
    }
    owned_section_begin_shared(section, ownership, object);
}
static inline void owned_section_end(CriticalSection *section, Ownership *ownership) {
    thread_current->step = section->step_outside;
    if (UNLIKELY(section->futex != NULL)) {
        critical_section_end_slow(section);
    } else {
        __atomic_store_n(&ownership->busy, NULL, __ATOMIC_RELAXED);
    }
}
// For what runs Python code or blocks, while `thread` (the current one) is in a section.
void critical_sections_suspend(Thread *thread);
void critical_sections_resume(Thread *thread);

// ---- the runtime's own mutexes (type tables, interning, import): a thread that waits is detached
typedef struct Mutex {
    uint32_t state;
} Mutex;
void mutex_lock(Mutex *mutex);
// The same for a mutex that is held across calls: false when the world is stopped for good, at the end of the
// program, and the mutex belongs to a thread that will not run again.
bool mutex_lock_at_end(Mutex *mutex);
void mutex_unlock(Mutex *mutex);
// After fork in the child: only the calling thread is left; resets all locks.
void thread_after_fork_child(void);

// ---- recursion
extern int recursion_limit; // of new threads
void recursion_set_limit(int limit); // of all threads
// Guards C recursion: call before descending, leave after. On -1 RecursionError is set: "maximum
// recursion depth exceeded" followed by `where` (for example " while calling a Python object").
int recursion_enter(const char *where);
// For C functions that call each other along a chain of objects as long as a program likes (iterators over
// iterators, hashes of tuples) without counting as calls: false with RecursionError when the C stack ends.
bool raise_c_stack_exhausted(void);
static inline bool c_stack_suffices(void) {
    // Not the address of a local variable: the word around it would keep what lay there before alive.
    return LIKELY((char *)__builtin_frame_address(0) >= thread_current->c_stack_limit) ||
           raise_c_stack_exhausted();
}
static inline void recursion_leave(void) {
    thread_current->recursion_left++;
}
// The same for the real stack alone, where programs cannot set a limit and calls are not counted: an
// iterator over an iterator over an iterator ... 0, or -1 with RecursionError; there is nothing to leave.
int stack_exhausted(void);
static inline int stack_guard(void) {
    return LIKELY((char *)__builtin_frame_address(0) >= thread_current->c_stack_limit) ? 0
                                                                                       : stack_exhausted();
}
