// See os_memory.h. Linux.
#include "base/os_memory.h"

#include <errno.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

void *os_reserve(size_t size) {
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                       0);
    return start == MAP_FAILED ? NULL : start;
}

void *os_reserve_aligned(size_t size, size_t alignment) {
    char *start = os_reserve(size + alignment);
    if (!start) {
        return NULL;
    }
    char *aligned = (char *)round_up((uintptr_t)start, alignment);
    if (aligned > start) {
        munmap(start, (size_t)(aligned - start));
    }
    size_t behind = (size_t)(start + alignment - aligned);
    if (behind) {
        munmap(aligned + size, behind);
    }
    return aligned;
}

// Buffers of some megabytes come and go (compressing, sorting, receiving): pages that the system takes back and clears
// again each time would cost more than the work itself.
__attribute__((constructor)) static void keep_freed_pages(void) {
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

void os_release(void *start, size_t size) {
    munmap(start, size);
}

void os_decommit(void *start, size_t size) {
    if (madvise(start, size, MADV_DONTNEED) != 0) {
        memset(start, 0, size); // locked pages cannot go
    }
}

size_t os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

size_t os_physical_memory(void) {
    struct sysinfo info;
    if (sysinfo(&info) != 0) {
        return (size_t)4 << 30;
    }
    return ((size_t)info.totalram + info.totalswap) * info.mem_unit;
}

size_t os_address_space_left(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return SIZE_MAX;
    }
    size_t used = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        unsigned long pages;
        if (fscanf(file, "%lu", &pages) == 1) {
            used = pages * os_page_size();
        }
        fclose(file);
    }
    return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

uint64_t os_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_process_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_thread_clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// The main thread's stack grows on demand, so what pthread_getattr_np reads from /proc is neither
// needed nor stable; the dynamic linker remembers where the stack began.
extern void *__libc_stack_end __attribute__((weak));

void os_stack_bounds(char **base, char **lowest) {
    if (getpid() == (pid_t)syscall(SYS_gettid) && &__libc_stack_end && __libc_stack_end) {
        struct rlimit limit;
        size_t size = (size_t)8 << 20;
        if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
            size = limit.rlim_cur;
        }
        size = size_min(size, (size_t)1 << 30);
        *base = (char *)__libc_stack_end;
        // Arguments and environment lie above the base and count towards the limit.
        size_t above = (size_t)128 << 10;
        *lowest = *base - (size > 2 * above ? size - above : size / 2);
        return;
    }
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *start;
        size_t size, guard = 0;
        pthread_attr_getstack(&attributes, &start, &size);
        pthread_attr_getguardsize(&attributes, &guard);
        pthread_attr_destroy(&attributes);
        *base = (char *)start + size;
        *lowest = (char *)start + guard;
        return;
    }
    char here;
    *base = (char *)round_up((uintptr_t)&here, 4096);
    *lowest = &here - ((size_t)64 << 10);
}

int os_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec timeout, *limit = NULL;
    if (timeout_ns >= 0) {
        timeout.tv_sec = timeout_ns / 1000000000;
        timeout.tv_nsec = timeout_ns % 1000000000;
        limit = &timeout;
    }
    long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit, NULL, 0);
    return result == 0 ? 0 : errno;
}

void os_futex_wake(uint32_t *word, int count) {
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved;
}

uint32_t os_processors(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                            : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return count > 1 ? (uint32_t)count : 1;
}

uint16_t os_processor(void) {
    int number = sched_getcpu();
    return number < 0 ? 0 : (uint16_t)number;
}

enum { LOOKS_AT_ONCE = 64 };

bool os_spin_while(const uint32_t *word, uint32_t expected, uint64_t deadline_ns) {
    do {
        for (int i = 0; i < LOOKS_AT_ONCE; i++) {
            if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected) {
                return true;
            }
            os_spin_pause();
        }
    } while (os_clock_ns() < deadline_ns);
    return false;
}

// What such a lock protects takes a microsecond, or with a page fault within it some twenty; a sleep takes as long.
enum { AWAKE_LOCK_NS = 30000 };

void os_lock_take(uint32_t *lock) {
    if (os_lock_try(lock)) {
        return;
    }
    uint64_t deadline = os_clock_ns() + AWAKE_LOCK_NS;
    do {
        for (int i = 0; i < LOOKS_AT_ONCE; i++) {
            if (!__atomic_load_n(lock, __ATOMIC_RELAXED) && os_lock_try(lock)) {
                return;
            }
            os_spin_pause();
        }
    } while (os_clock_ns() < deadline);
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0) {
        os_futex_wait(lock, 2, -1);
    }
}

void os_lock_drop(uint32_t *lock) {
    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2) {
        os_futex_wake(lock, 1);
    }
}
