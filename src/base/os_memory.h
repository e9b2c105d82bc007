// The operating system's side of memory and of waiting: reserving and giving back address space, what
// the machine has, and futexes. Nothing here knows what the memory is used for.
#pragma once

#include "base/base.h"

// Reserves `size` bytes of zeroed memory that takes up room only where it is touched. NULL when the
// address space (RLIMIT_AS) or the system's accounting does not allow it.
void *os_reserve(size_t size);
// The same, starting at a multiple of `alignment` (a power of two).
void *os_reserve_aligned(size_t size, size_t alignment);
void os_release(void *start, size_t size);
// Gives the pages back; they read as zeros afterwards. `start` and `size` are multiples of the page.
void os_decommit(void *start, size_t size);

size_t os_page_size(void);
size_t os_physical_memory(void);      // bytes of RAM and swap together
size_t os_address_space_left(void);   // what RLIMIT_AS still allows, SIZE_MAX without a limit
uint64_t os_clock_ns(void);           // monotonic
uint64_t os_process_ns(void);         // processor time of the whole process
uint64_t os_thread_clock_ns(void);    // processor time of the calling thread

// Where the calling thread's stack begins (its highest address) and the lowest address it may reach.
void os_stack_bounds(char **base, char **lowest);

// Waits while *word is `expected`, at most `timeout_ns` (negative: for ever). Returns 0, or an errno
// value (ETIMEDOUT, EINTR, EAGAIN).
int os_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_ns);
void os_futex_wake(uint32_t *word, int count);

// Looks at *word until it is not `expected` any more (true), or until `deadline_ns` of os_clock_ns. For what another
// processor is about to do: a thread that sleeps and is woken is often put on the processor of the one that woke it, and
// both share that one for milliseconds while another stands idle. (sched_yield in between would give whole slices of time
// to programs of a lower priority.)
bool os_spin_while(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
uint32_t os_processors(void); // how many this process may use
uint16_t os_processor(void); // on which the calling thread runs now; 0 where the system does not say

// A lock for short work that never blocks: 0 free, 1 held, 2 held and waited for.
static inline bool os_lock_try(uint32_t *lock) {
    uint32_t expected = 0;
    return __atomic_compare_exchange_n(lock, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
void os_lock_take(uint32_t *lock);
void os_lock_drop(uint32_t *lock);

static inline void os_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
