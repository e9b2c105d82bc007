// Threads: attaching and leaving, stopping the world, blocking calls, fork.
//
// A thread's `state` and the global `stopping` meet as in Dekker's algorithm: a stopper sets `stopping`
// and then looks at each state; a thread sets its state to attached and then looks at `stopping`. Each
// is sequentially consistent, so at least one of the two sees the other.
#include "heap/block.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local Thread *thread_current;
Thread *thread_main;
bool runtime_multithreaded;

static Thread *threads;           // all threads, newest first
static Thread *vanished;          // lost in forks: their stacks stay roots
static uint32_t list_lock;        // guards the list; its holder never parks
static uint32_t stopping;         // a futex: 1 while the world is stopped or being stopped
static uint32_t stopper_sleeps;   // until a thread has stopped
static uint32_t stopped_awake;    // threads that wait for the end of the stop awake,
static uint32_t stopped_asleep;   // ... and asleep
static uint32_t world_lock;
static Thread *world_owner;
static uint64_t next_serial = 1;

// Others ask only whether it is themselves.
bool world_is_mine(const Thread *self) {
    return self && __atomic_load_n(&world_owner, __ATOMIC_RELAXED) == self;
}

// ---- spilling registers

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl call_with_spilled_registers\n"
        ".hidden call_with_spilled_registers\n"
        ".type call_with_spilled_registers,@function\n"
        "call_with_spilled_registers:\n"
        "  .cfi_startproc\n"
        "  pushq %rbp\n"
        "  .cfi_def_cfa_offset 16\n"
        "  .cfi_offset %rbp, -16\n"
        "  movq %rsp, %rbp\n"
        "  .cfi_def_cfa_register %rbp\n"
        "  pushq %rbx\n"
        "  pushq %r12\n"
        "  pushq %r13\n"
        "  pushq %r14\n"
        "  pushq %r15\n"
        "  subq $8, %rsp\n"
        "  movq %rdi, %rax\n"
        "  movq %rsi, %rdi\n"
        "  movq %rsp, %rsi\n"
        "  call *%rax\n"
        "  addq $8, %rsp\n"
        "  popq %r15\n"
        "  popq %r14\n"
        "  popq %r13\n"
        "  popq %r12\n"
        "  popq %rbx\n"
        "  popq %rbp\n"
        "  .cfi_def_cfa %rsp, 8\n"
        "  ret\n"
        "  .cfi_endproc\n"
        ".size call_with_spilled_registers, .-call_with_spilled_registers\n");
#else
NOINLINE void *call_with_spilled_registers(void *(*function)(void *context, char *sp), void *context) {
    __builtin_unwind_init();  // every callee-saved register goes to this frame
    char *volatile sp = (char *)__builtin_frame_address(0) - 512;
    void *volatile result = function(context, sp);
    return result;
}
#endif

// ---- the list of threads

static void *list_lock_wait(void *context) {
    os_lock_take(&list_lock);
    return NULL;
}

// A stopper holds the lock until the world goes on, and waits for this thread meanwhile: it has to be detached when it waits
// for the lock. The world runs when it has got it, so that it is attached again at once.
void thread_each(void (*visit)(Thread *thread, void *context), void *context) {
    bool owner = world_is_mine(thread_current);
    if (!owner && !os_lock_try(&list_lock)) {
        blocking_wait(list_lock_wait, NULL);
    }
    for (Thread *thread = threads; thread; thread = thread->next) {
        visit(thread, context);
    }
    if (!owner) {
        os_lock_drop(&list_lock);
    }
}

void thread_each_unlocked(void (*visit)(Thread *thread, void *context), void *context) {
    for (Thread *thread = __atomic_load_n(&threads, __ATOMIC_ACQUIRE); thread; thread = thread->next) {
        visit(thread, context);
    }
}

bool thread_is_running(const Thread *thread) {
    return __atomic_load_n(&thread->sync->state, __ATOMIC_RELAXED) == THREAD_ATTACHED;
}

// With the world stopped: vanished threads too.
void world_each_thread(void (*visit)(Thread *thread, void *context), void *context) {
    for (Thread *thread = threads; thread; thread = thread->next) {
        visit(thread, context);
    }
    for (Thread *thread = vanished; thread; thread = thread->next) {
        visit(thread, context);
    }
}

void thread_set_sp(Thread *thread, char *sp) {
    thread->sync->saved_sp = sp;
}

// ---- attaching and detaching

static void set_detached(Thread *self) {
    __atomic_store_n(&self->sync->state, THREAD_DETACHED, __ATOMIC_SEQ_CST);
    if (UNLIKELY(__atomic_load_n(&stopper_sleeps, __ATOMIC_SEQ_CST))) {
        os_futex_wake(&self->sync->state, 1);
    }
}

// How long threads wait awake: for the end of a stop, which is mostly a small collection, and for one another to stop.
enum { AWAKE_NS = 200000 };

// While *word is `held`, which lasts as long as the world is stopped. One processor is left to who has stopped it.
static bool stopped_wait_awake(const uint32_t *word, uint32_t held) {
    static uint32_t known;
    uint32_t processors = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!processors) {
        processors = os_processors();
        __atomic_store_n(&known, processors, __ATOMIC_RELAXED);
    }
    bool over = __atomic_add_fetch(&stopped_awake, 1, __ATOMIC_RELAXED) < processors &&
                os_spin_while(word, held, os_clock_ns() + AWAKE_NS);
    __atomic_fetch_sub(&stopped_awake, 1, __ATOMIC_RELAXED);
    return over;
}

static void wait_for_world(void) {
    if (stopped_wait_awake(&stopping, 1)) {
        return;
    }
    __atomic_fetch_add(&stopped_asleep, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&stopping, __ATOMIC_SEQ_CST)) {
        os_futex_wait(&stopping, 1, -1);
    }
    __atomic_fetch_sub(&stopped_asleep, 1, __ATOMIC_SEQ_CST);
}

static void detach(Thread *self, char *sp) {
    self->sync->saved_sp = sp;
    set_detached(self);
}

static void attach(Thread *self) {
    int saved = errno;
    for (;;) {
        __atomic_store_n(&self->sync->state, THREAD_ATTACHED, __ATOMIC_SEQ_CST);
        if (LIKELY(!__atomic_load_n(&stopping, __ATOMIC_SEQ_CST))) {
            break;
        }
        set_detached(self);
        wait_for_world();
    }
    self->sync->saved_sp = NULL;
    errno = saved;
}

// ---- waking others

enum { WAKE_AFTER_NS = 50000, WAKE_LOOK_EVERY = 8 }; // ... safepoints

static void wake_now(Thread *self) {
    struct ThreadSync *sync = self->sync;
    while (sync->wake_later_count) {
        os_futex_wake(sync->wake_later[--sync->wake_later_count], 1);
    }
    __atomic_fetch_and(&self->poll, ~(uint32_t)POLL_WAKE, __ATOMIC_RELAXED);
}

// On a busy machine the thread's own time passes much more slowly than that of the clock, which is cheaper to look at: the
// first half is the clock's, since most threads block before it is over.
static void wake_when_due(Thread *self) {
    if (++self->sync->wake_passed % WAKE_LOOK_EVERY) {
        return;
    }
    uint64_t now = os_clock_ns();
    if (now < self->sync->wake_look) {
        return;
    }
    uint64_t used = os_thread_clock_ns();
    if (!self->sync->wake_due) {
        self->sync->wake_due = used + WAKE_AFTER_NS / 2;
    }
    if (used < self->sync->wake_due) {
        self->sync->wake_look = now + (self->sync->wake_due - used);
    } else {
        wake_now(self);
    }
}

void thread_wake_later(uint32_t *futex) {
    Thread *self = thread_current;
    struct ThreadSync *sync = self->sync;
    if (sync->wake_later_count == WAKE_LATER_MOST) {
        wake_now(self);
    }
    if (!sync->wake_later_count) {
        sync->wake_look = os_clock_ns() + WAKE_AFTER_NS / 2;
        sync->wake_due = 0;
        __atomic_fetch_or(&self->poll, POLL_WAKE, __ATOMIC_RELAXED);
    }
    sync->wake_later[sync->wake_later_count++] = futex;
}

uint32_t thread_wakes_later(const uint32_t *futex) {
    const struct ThreadSync *sync = thread_current->sync;
    uint32_t count = 0;
    for (size_t i = 0; i < sync->wake_later_count; i++) {
        count += sync->wake_later[i] == futex;
    }
    return count;
}

typedef struct BlockingContext {
    void *(*function)(void *context);
    void *context;
} BlockingContext;

// A biased lock that is held leaves no trace for others to see.
static void check_nothing_held(void) {
#ifdef COLUBER_VERIFY
    if (thread_heap.locks_held) {
        fprintf(stderr, "coluber: a thread that holds an object lock stops\n");
        abort();
    }
#endif
}

static void *blocking_spilled(void *context, char *sp) {
    BlockingContext *call = context;
    Thread *self = thread_current;
    check_nothing_held();
    if (self->sync->wake_later_count) {
        wake_now(self);
    }
    detach(self, sp);
    void *result = call->function(call->context);
    attach(self);
    return result;
}

NOINLINE void *blocking_wait(void *(*function)(void *context), void *context) {
    Thread *self = thread_current;
    if (!self || self->sync->state == THREAD_DETACHED || world_is_mine(self)) {
        return function(context);
    }
    BlockingContext call = { function, context };
    return call_with_spilled_registers(blocking_spilled, &call);
}

NOINLINE void *blocking_call(void *(*function)(void *context), void *context) {
    Thread *self = thread_current;
    if (UNLIKELY(!self)) {
        return function(context);
    }
    if (UNLIKELY(self->sections != NULL)) {
        critical_sections_suspend(self);
    }
    bool outer = self->sync->blocking;
    self->sync->blocking = true;
    void *result = blocking_wait(function, context);
    self->sync->blocking = outer;
    if (UNLIKELY(self->sections != NULL)) { // maybe only now: owned_section_begin_shared
        critical_sections_resume(self);
    }
    return result;
}

static void *park_nothing(void *context) {
    return NULL;
}

// Waits for the end of the stop that is going on, if any.
void thread_park(void) {
    if (!world_is_mine(thread_current)) {
        blocking_wait(park_nothing, NULL);
    }
}

bool world_is_stopping(void) {
    return __atomic_load_n(&stopping, __ATOMIC_RELAXED) && !world_is_mine(thread_current);
}

// ---- stopping the world

static void *world_lock_wait(void *context) {
    stopped_wait_awake(&world_lock, 1);
    os_lock_take(&world_lock);
    return NULL;
}

uint64_t world_waited_ns;

static void stop_others(Thread *self) {
    uint64_t start = os_clock_ns();
    __atomic_store_n(&world_owner, self, __ATOMIC_RELAXED);
    self->sync->world_depth = 1;
    os_lock_take(&list_lock); // no thread comes or goes until world_start
    __atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
    for (Thread *thread = threads; thread; thread = thread->next) {
        if (thread != self) {
            __atomic_fetch_or(&thread->poll, POLL_STOP, __ATOMIC_SEQ_CST);
        }
    }
    for (Thread *thread = threads; thread; thread = thread->next) {
        if (thread == self) {
            continue;
        }
        if (os_spin_while(&thread->sync->state, THREAD_ATTACHED, start + AWAKE_NS)) {
            continue;
        }
        __atomic_store_n(&stopper_sleeps, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&thread->sync->state, __ATOMIC_SEQ_CST) == THREAD_ATTACHED) {
            os_futex_wait(&thread->sync->state, THREAD_ATTACHED, 2000000);
        }
    }
    __atomic_store_n(&stopper_sleeps, 0, __ATOMIC_RELAXED);
    world_waited_ns = os_clock_ns() - start;
}

// The lock is taken while detached; only a thread that then attached without a stop in between holds it.
void world_stop(void) {
    Thread *self = thread_current;
    check_nothing_held();
    if (world_is_mine(self)) {
        self->sync->world_depth++;
        return;
    }
    if (!os_lock_try(&world_lock)) {
        blocking_wait(world_lock_wait, NULL);
    }
    stop_others(self);
}

bool world_try_stop(void) {
    Thread *self = thread_current;
    if (world_is_mine(self)) {
        self->sync->world_depth++;
        return true;
    }
    if (os_lock_try(&world_lock)) {
        stop_others(self);
        return true;
    }
    blocking_wait(world_lock_wait, NULL);
    os_lock_drop(&world_lock);
    return false;
}

void world_start(void) {
    Thread *self = thread_current;
    if (--self->sync->world_depth > 0) {
        return;
    }
    for (Thread *thread = threads; thread; thread = thread->next) {
        __atomic_fetch_and(&thread->poll, ~(uint32_t)POLL_STOP, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&world_owner, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&stopping, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&stopped_asleep, __ATOMIC_SEQ_CST)) {
        os_futex_wake(&stopping, INT32_MAX);
    }
    os_lock_drop(&list_lock);
    os_lock_drop(&world_lock);
}

// ---- safepoints

void safepoint_request(Thread *thread) {
    if (thread) {
        __atomic_fetch_or(&thread->poll, POLL_PENDING, __ATOMIC_SEQ_CST);
        return;
    }
    // Threads are never given back to malloc, so this walk is safe in a signal handler.
    for (thread = __atomic_load_n(&threads, __ATOMIC_ACQUIRE); thread; thread = thread->next) {
        __atomic_fetch_or(&thread->poll, POLL_PENDING, __ATOMIC_SEQ_CST);
    }
}

int safepoint_slow(void) {
    Thread *self = thread_current;
    uint32_t poll = __atomic_load_n(&self->poll, __ATOMIC_ACQUIRE);
    if (poll & POLL_WAKE) {
        wake_when_due(self);
    }
    if (poll & POLL_STOP) {
        thread_park();
    }
    // Signals first: what their handlers raise belongs to the program, and would end as unraisable in a finalizer.
    if (poll & POLL_PENDING && !finalizers_just_began()) {
        __atomic_fetch_and(&self->poll, ~(uint32_t)POLL_PENDING, __ATOMIC_SEQ_CST);
        if (heap_hooks.run_pending && heap_hooks.run_pending(self) < 0) {
            return -1;
        }
    }
    if (poll & POLL_FINALIZE && !thread_is_in_section(self)) {
        __atomic_fetch_and(&self->poll, ~(uint32_t)POLL_FINALIZE, __ATOMIC_SEQ_CST);
        heap_run_unasked_finalizers();
        heap_watch_slow();
    }
    return 0;
}

// ---- coming and going

static Thread *free_threads;

static void after_fork_child_handler(void);
static void before_fork_handler(void);
static void after_fork_parent_handler(void);

Thread *thread_attach_new(void) {
    struct Together {
        Thread thread;
        struct ThreadSync sync;
        struct ThreadHeapDetails details;
    } *together = NULL;
    os_lock_take(&list_lock);
    if (free_threads) {
        together = (struct Together *)free_threads;
        free_threads = free_threads->previous;
    }
    os_lock_drop(&list_lock);
    if (together) {
        Thread *next = together->thread.next;
        memset(together, 0, sizeof *together);
        together->thread.next = next;
    } else if ((together = aligned_alloc(CACHE_LINE, round_up(sizeof *together, CACHE_LINE)))) {
        memset(together, 0, sizeof *together);
    } else {
        return NULL;
    }
    Thread *thread = &together->thread;
    thread->sync = &together->sync;
    thread->heap = (struct ThreadHeap *)&thread_heap;
    thread->sync->heap = &thread_heap;
    thread->sync->native = (uint64_t)pthread_self();
    thread->sync->kernel_id = (int32_t)syscall(SYS_gettid);
    thread->id = thread->sync->native;
    thread_heap.details = &together->details;
    thread_heap.locks_held = thread_heap.no_collection = 0;
    thread_heap.raising_memory_error = false;
    bias_init(&thread_heap);
    thread_heap_init(thread);
    os_stack_bounds(&thread->c_stack_base, &thread->c_stack_limit);
    size_t room = (size_t)(thread->c_stack_base - thread->c_stack_limit);
    thread->c_stack_limit += size_min(C_STACK_RESERVE, room / 2);
    thread_current = thread;
    os_lock_take(&list_lock);
    thread->recursion_left =
        recursion_limit; // who changes the limit adds the difference to all that are in the list
    thread->serial = next_serial++;
    thread->previous = NULL;
    thread->next = threads;
    if (threads) {
        threads->previous = thread;
    }
    __atomic_store_n(&threads, thread, __ATOMIC_RELEASE);
    if (!thread_main) {
        thread_main = thread;
        pthread_atfork(before_fork_handler, after_fork_parent_handler, after_fork_child_handler);
    }
    os_lock_drop(&list_lock);
    attach(thread);
    return thread;
}

// Without the list's lock the thread could vanish under a collection; with it held attached, a stopper
// would wait for us while we wait for it. So: detach, lock, then flush and unlink.
void thread_detach_and_free(Thread *thread) {
    if (thread != thread_current) {
        return;
    }
    if (heap_hooks.free_thread) {
        heap_hooks.free_thread(thread);
    }
    wake_now(thread);
    detach(thread, NULL);
    os_lock_take(&list_lock); // not held while a collection runs, so its tables are ours now
    thread_heap_leave(thread);
    bias_leave(thread);
    finalize_gather(thread);
    if (thread->previous) {
        thread->previous->next = thread->next;
    } else {
        threads = thread->next;
    }
    if (thread->next) {
        thread->next->previous = thread->previous;
    }
    thread_heap_free(thread);
    thread_heap.details = NULL;
    thread_current = NULL;
    thread->previous = free_threads;
    free_threads = thread;
    if (finalize_is_pending() && thread_main != thread) {
        __atomic_fetch_or(&thread_main->poll, POLL_FINALIZE, __ATOMIC_RELAXED);
    }
    os_lock_drop(&list_lock);
}

// ---- fork

static _Thread_local bool fork_attached;

static void before_fork_handler(void) {
    Thread *self = thread_current;
    fork_attached = false;
    if (!self) {
        return;
    }
    if (self->sync->state == THREAD_DETACHED) {
        attach(self); // the frames above saved_sp were spilled already
        fork_attached = true;
    }
    world_stop();
    heap_lock_take();
    blocks_release_for_fork(heap_collection_number());
}

static void after_fork_parent_handler(void) {
    Thread *self = thread_current;
    if (!self) {
        return;
    }
    heap_lock_drop();
    world_start();
    if (fork_attached) {
        detach(self, (char *)__builtin_frame_address(0));
    }
}

static void after_fork_child_handler(void) {
    Thread *self = thread_current;
    if (!self) {
        return;
    }
    bool was_detached = fork_attached;
    thread_after_fork_child();
    if (was_detached) {
        detach(self, (char *)__builtin_frame_address(0));
    }
}

// The C library gives the stacks of lost threads to new ones, or back to the system: what lies there is copied while it can
// still be read. Without memory for that, what only the stack reached may die.
__attribute__((no_sanitize("address", "thread"))) static void copy_vanished_stack(Thread *thread) {
    if (!thread->sync->saved_sp) {
        return;
    }
    const uintptr_t *from = (const uintptr_t *)round_up((uintptr_t)thread->sync->saved_sp, sizeof(uintptr_t));
    size_t count = (size_t)(thread->c_stack_base - (const char *)from) / sizeof *from;
    volatile uintptr_t *words = malloc(count * sizeof *words); // volatile: no memcpy, which sanitizers watch
    for (size_t i = 0; words && i < count; i++) {
        words[i] = from[i];
    }
    thread->sync->saved_sp = (char *)words;
    thread->c_stack_base = words ? (char *)(words + count) : NULL;
}

// Only this thread is left. What the others' stacks reached stays alive: nobody can tell any more what
// they were about to do with it, and daemon threads' locks and buffers live there.
void thread_after_fork_child(void) {
    Thread *self = thread_current;
    for (Thread *thread = threads, *next; thread; thread = next) {
        next = thread->next;
        if (thread != self) {
            thread_heap_flush(thread, FLUSH_LEAVES);
            finalize_gather(thread);
            bias_leave(thread);
            thread->sync->heap = NULL;
            thread->sync->vanished = true;
            copy_vanished_stack(thread);
            thread->next = vanished;
            vanished = thread;
        }
    }
    threads = self;
    self->next = self->previous = NULL;
    self->sync->world_depth = 0;
    self->sync->kernel_id = (int32_t)syscall(SYS_gettid);
    self->sync->state = THREAD_ATTACHED;
    thread_main = self;
    __atomic_store_n(&world_owner, NULL, __ATOMIC_RELAXED);
    list_lock = world_lock = heap_lock.mutex.state = 0;
    stopping = stopper_sleeps = stopped_awake = stopped_asleep = 0;
    mutexes_after_fork();
    heap_common_forget();
    // The steps and sections that this thread is in end as they began; object locks are not held across calls.
    runtime_multithreaded = false;
    __atomic_fetch_and(&self->poll, ~(uint32_t)POLL_STOP, __ATOMIC_SEQ_CST);
}
