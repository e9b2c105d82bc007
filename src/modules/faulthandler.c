// faulthandler: dumps the Python frames of all threads when the process gets a fatal signal, after a
// timeout, on a signal of the user's choice, or on request. What runs in a signal handler uses only
// write() and reads frames as they stand.
#include "base/os_memory.h"
#include "modules/faulthandler.h"
#include "modules/gc.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "vm/frame.h"
#include "vm/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FRAMES_MOST = 100, THREADS_MOST = 100, TEXT_MOST = 500, SIGNALS = 65 };

// ---- writing, safe in signal handlers

static void put(int fd, const char *text, size_t length) {
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return;
        }
        text += written;
        length -= (size_t)written;
    }
}

static void put_text(int fd, const char *text) {
    put(fd, text, strlen(text));
}

static void put_hex(int fd, uint64_t value, int width) {
    char digits[16];
    for (int i = width; i-- > 0; value >>= 4) {
        digits[i] = "0123456789abcdef"[value & 15];
    }
    put(fd, digits, (size_t)width);
}

static void put_decimal(int fd, long value) {
    char digits[24], *at = digits + sizeof digits;
    if (value < 0) {
        put_text(fd, "-");
        value = -value;
    }
    do {
        *--at = (char)('0' + value % 10);
    } while ((value /= 10));
    put(fd, at, (size_t)(digits + sizeof digits - at));
}

static void put_str(int fd, Object *str) {
    if (!str || !str_check(str)) {
        put_text(fd, "???");
        return;
    }
    ssize_t length = str_length(str), shown = length > TEXT_MOST ? TEXT_MOST : length;
    for (ssize_t i = 0; i < shown; i++) {
        uint32_t c = str_read(str, i);
        if (c >= ' ' && c < 127) {
            char byte = (char)c;
            put(fd, &byte, 1);
        } else if (c <= 0xff) {
            put_text(fd, "\\x");
            put_hex(fd, c, 2);
        } else if (c <= 0xffff) {
            put_text(fd, "\\u");
            put_hex(fd, c, 4);
        } else {
            put_text(fd, "\\U");
            put_hex(fd, c, 8);
        }
    }
    if (shown < length) {
        put_text(fd, "...");
    }
}

static void dump_frames(int fd, Thread *thread) {
    int count = 0;
    Frame *frame = thread_python_frame(thread);
    if (!frame) {
        put_text(fd, "  <no Python frame>\n");
        return;
    }
    for (; frame; frame = frame->back) {
        if (!frame->code) {
            continue;
        }
        if (count++ == FRAMES_MOST) {
            put_text(fd, "  ...\n");
            return;
        }
        put_text(fd, "  File \"");
        put_str(fd, frame->code->filename);
        put_text(fd, "\", line ");
        int line = frame_line(frame);
        if (line >= 0) {
            put_decimal(fd, line);
        } else {
            put_text(fd, "???");
        }
        put_text(fd, " in ");
        put_str(fd, frame->code->name);
        put_text(fd, "\n");
    }
}

static void dump_header(int fd, Thread *thread, bool current) {
    put_text(fd, current ? "Current thread 0x" : "Thread 0x");
    put_hex(fd, thread->id, 16);
    put_text(fd, " (most recent call first):\n");
}

typedef struct Threads {
    Thread *threads[THREADS_MOST];
    size_t count;
} Threads;

static void threads_gather(Thread *thread, void *context) {
    Threads *threads = context;
    if (threads->count < THREADS_MOST) {
        threads->threads[threads->count++] = thread;
    }
}

static void dump_all(int fd, Thread *current) {
    Threads threads = { .count = 0 };
    thread_each_unlocked(threads_gather, &threads);
    for (size_t i = 0; i < threads.count; i++) {
        if (i) {
            put_text(fd, "\n");
        }
        dump_header(fd, threads.threads[i], threads.threads[i] == current);
        if (threads.threads[i] == current && gc_is_collecting()) {
            put_text(fd, "  Garbage-collecting\n");
        }
        dump_frames(fd, threads.threads[i]);
    }
}

static void dump(int fd, bool all) {
    Thread *current = thread_current;
    if (all) {
        dump_all(fd, current);
    } else if (current) {
        put_text(fd, "Stack (most recent call first):\n");
        dump_frames(fd, current);
    }
}

// ---- arguments

static Object *kept_files[3 + SIGNALS];  // files stay open while handlers write to them
enum { KEPT_FATAL, KEPT_LATER, KEPT_USER };

// The file descriptor of `file` (NULL or None: sys.stderr); *object gets what must be kept. -1.
static int file_descriptor(Object *file, Object **object) {
    *object = NULL;
    if (!file || file == NONE) {
        file = sys_get("stderr");
        if (!file) {
            raise_error(&exc_RuntimeError, "unable to get sys.stderr");
            return -1;
        }
        if (file == NONE) {
            raise_error(&exc_RuntimeError, "sys.stderr is None");
            return -1;
        }
    } else if (int_check(file)) {
        int fd = int_to_c_int(file);
        if (fd == -1 && error_occurred()) {
            return -1;
        }
        if (fd < 0) {
            raise_error(&exc_ValueError, "file is not a valid file descriptor");
            return -1;
        }
        return fd;
    }
    Object *number = call_method0(file, names.fileno);
    if (!number) {
        return -1;
    }
    int fd = int_check(number) ? int_to_c_int(number) : -1;
    if (fd < 0) {
        error_clear();
        raise_error(&exc_RuntimeError, "file.fileno() is not a valid file descriptor");
        return -1;
    }
    if (!call_method0(file, names.flush)) {
        error_clear();
    }
    *object = file;
    return fd;
}

static int bool_argument(Object *o, bool otherwise) {
    return o ? object_is_true(o) : otherwise;
}

// ---- fatal signals

static const struct {
    int number;
    const char *text;
} fatal_signals[] = {
    { SIGBUS, "Bus error" }, { SIGILL, "Illegal instruction" }, { SIGFPE, "Floating point exception" },
    { SIGABRT, "Aborted" },  { SIGSEGV, "Segmentation fault" },
};
static struct sigaction fatal_previous[COUNT_OF(fatal_signals)];
static bool fatal_enabled, fatal_all;
static int fatal_fd;

static void on_fatal(int number) {
    int saved = errno;
    if (!fatal_enabled) {
        return;
    }
    size_t i = 0;
    while (i < COUNT_OF(fatal_signals) - 1 && fatal_signals[i].number != number) {
        i++;
    }
    sigaction(number, &fatal_previous[i], NULL);
    put_text(fatal_fd, "Fatal Python error: ");
    put_text(fatal_fd, fatal_signals[i].text);
    put_text(fatal_fd, "\n\n");
    if (fatal_all) {
        dump_all(fatal_fd, thread_current);
    } else {
        dump(fatal_fd, false);
    }
    errno = saved;
    raise(number);
}

static Object *faulthandler_enable(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2], *kept;
    if (signature_bind(&signature, "enable", "($module, file=sys.stderr, all_threads=True)", args, nargs,
                       kwnames, bound) < 0) {
        return NULL;
    }
    int all = bool_argument(bound[1], true);
    int fd = all < 0 ? -1 : file_descriptor(bound[0], &kept);
    if (fd < 0) {
        return NULL;
    }
    kept_files[KEPT_FATAL] = kept;
    fatal_fd = fd;
    fatal_all = all;
    if (!fatal_enabled) {
        static char alternate[64 << 10];
        stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
        sigaltstack(&stack, NULL);
        fatal_enabled = true;
        for (size_t i = 0; i < COUNT_OF(fatal_signals); i++) {
            struct sigaction action = { .sa_handler = on_fatal, .sa_flags = SA_NODEFER | SA_ONSTACK };
            sigemptyset(&action.sa_mask);
            if (sigaction(fatal_signals[i].number, &action, &fatal_previous[i]) != 0) {
                return raise_os_error(errno, NULL, NULL);
            }
        }
    }
    return NONE;
}

static Object *faulthandler_disable(Object *module) {
    bool was = fatal_enabled;
    if (was) {
        for (size_t i = 0; i < COUNT_OF(fatal_signals); i++) {
            sigaction(fatal_signals[i].number, &fatal_previous[i], NULL);
        }
        fatal_enabled = false;
    }
    kept_files[KEPT_FATAL] = NULL;
    return bool_from(was);
}

static Object *faulthandler_is_enabled(Object *module) {
    return bool_from(fatal_enabled);
}

static Object *faulthandler_dump_traceback(Object *module, Object *const *args, size_t nargs,
                                           Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2], *kept;
    if (signature_bind(&signature, "dump_traceback", "($module, file=sys.stderr, all_threads=True)", args,
                       nargs, kwnames, bound) < 0) {
        return NULL;
    }
    int all = bool_argument(bound[1], true);
    int fd = all < 0 ? -1 : file_descriptor(bound[0], &kept);
    if (fd < 0) {
        return NULL;
    }
    if (all) {
        world_stop();
    }
    dump(fd, all);
    if (all) {
        world_start();
    }
    return NONE;
}

// ---- after a timeout

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t thread;
    bool running, cancelled, repeat, exits;
    int fd;
    uint64_t timeout_ns;
    char header[64];
} later = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void *later_thread(void *context) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_mutex_lock(&later.mutex);
    do {
        uint64_t deadline = os_clock_ns() + later.timeout_ns;
        struct timespec until = { (time_t)(deadline / 1000000000), (long)(deadline % 1000000000) };
        int result = 0;
        while (!later.cancelled && result != ETIMEDOUT) {
            result = pthread_cond_timedwait(&later.wake, &later.mutex, &until);
        }
        if (later.cancelled) {
            break;
        }
        put_text(later.fd, later.header);
        dump_all(later.fd, NULL);
        if (later.exits) {
            _exit(1);
        }
    } while (later.repeat);
    pthread_mutex_unlock(&later.mutex);
    return NULL;
}

// The watchdog may be writing to a pipe that is full.
static void *blocking_cancel(void *context) {
    pthread_mutex_lock(&later.mutex);
    later.cancelled = true;
    pthread_cond_signal(&later.wake);
    pthread_mutex_unlock(&later.mutex);
    pthread_join(later.thread, NULL);
    return NULL;
}

static Mutex later_users; // one thread at a time starts or cancels the watchdog

static void later_cancel(void) {
    if (later.running) {
        blocking_call(blocking_cancel, NULL);
        later.running = false;
        pthread_cond_destroy(&later.wake);
    }
    kept_files[KEPT_LATER] = NULL;
}

// The watchdog does not exist in the child of a fork.
static void later_after_fork(void) {
    later.running = false;
    pthread_mutex_init(&later.mutex, NULL);
}

static Object *faulthandler_dump_traceback_later(Object *module, Object *const *args, size_t nargs,
                                                 Object *kwnames) {
    static struct Signature *signature;
    Object *bound[4], *kept;
    if (signature_bind(&signature, "dump_traceback_later",
                       "($module, timeout, repeat=False, file=sys.stderr, exit=False)", args, nargs, kwnames,
                       bound) < 0) {
        return NULL;
    }
    double seconds = float_as_double(bound[0]);
    if (seconds == -1.0 && error_occurred()) {
        return NULL;
    }
    if (!(seconds > 0)) {
        return raise_error(&exc_ValueError, "timeout must be greater than 0");
    }
    if (seconds > 9223372036.0) {
        return raise_error(&exc_OverflowError, "timeout value is too large");
    }
    int repeat = bool_argument(bound[1], false), exits = bool_argument(bound[3], false);
    int fd = repeat < 0 || exits < 0 ? -1 : file_descriptor(bound[2], &kept);
    if (fd < 0) {
        return NULL;
    }
    if (!mutex_lock_at_end(&later_users)) {
        return NONE; // who holds it will not run again
    }
    later_cancel();
    kept_files[KEPT_LATER] = kept;
    later.timeout_ns = (uint64_t)(seconds * 1e9);
    later.repeat = repeat;
    later.exits = exits;
    later.fd = fd;
    later.cancelled = false;
    uint64_t micro = later.timeout_ns / 1000;
    unsigned long whole = (unsigned long)(micro / 1000000);
    int used = snprintf(later.header, sizeof later.header, "Timeout (%lu:%02lu:%02lu", whole / 3600,
                        whole / 60 % 60, whole % 60);
    if (micro % 1000000) {
        used += snprintf(later.header + used, sizeof later.header - (size_t)used, ".%06lu",
                         (unsigned long)(micro % 1000000));
    }
    snprintf(later.header + used, sizeof later.header - (size_t)used, ")!\n");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&later.wake, &attributes);
    pthread_condattr_destroy(&attributes);
    later.running = pthread_create(&later.thread, NULL, later_thread, NULL) == 0;
    bool started = later.running;
    mutex_unlock(&later_users);
    return started ? NONE : raise_error(&exc_RuntimeError, "unable to start watchdog thread");
}

static Object *faulthandler_cancel(Object *module) {
    if (mutex_lock_at_end(&later_users)) {
        later_cancel();
        mutex_unlock(&later_users);
    }
    return NONE;
}

// ---- on a signal of the user's choice

static struct UserSignal {
    bool enabled, all, chain;
    int fd;
    struct sigaction previous;
} user_signals[SIGNALS];

static void on_user(int number);

static int user_install(int number, bool chain, struct sigaction *previous) {
    struct sigaction action = { .sa_handler = on_user };
    sigemptyset(&action.sa_mask);
    // Chaining raises the signal again from inside the handler.
    action.sa_flags = SA_ONSTACK | SA_RESTART | (chain ? SA_NODEFER : 0);
    return sigaction(number, &action, previous);
}

static void on_user(int number) {
    struct UserSignal *user = &user_signals[number];
    int saved = errno;
    if (!user->enabled) {
        return;
    }
    dump(user->fd, user->all);
    if (user->chain) {
        sigaction(number, &user->previous, NULL);
        errno = saved;
        raise(number);
        saved = errno;
        user_install(number, true, NULL);
    }
    errno = saved;
}

static int user_number(Object *o, int *number) {
    *number = int_to_c_int(o);
    if (*number == -1 && error_occurred()) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(fatal_signals); i++) {
        if (fatal_signals[i].number == *number) {
            raise_error(&exc_RuntimeError, "signal %i cannot be registered, use enable() instead", *number);
            return -1;
        }
    }
    if (*number < 1 || *number >= SIGNALS) {
        raise_error(&exc_ValueError, "signal number out of range");
        return -1;
    }
    return 0;
}

static Object *faulthandler_register(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[4], *kept;
    int number;
    if (signature_bind(&signature, "register",
                       "($module, signum, file=sys.stderr, all_threads=True, chain=False)", args, nargs,
                       kwnames, bound) < 0 ||
        user_number(bound[0], &number) < 0) {
        return NULL;
    }
    int all = bool_argument(bound[2], true), chain = bool_argument(bound[3], false);
    int fd = all < 0 || chain < 0 ? -1 : file_descriptor(bound[1], &kept);
    if (fd < 0) {
        return NULL;
    }
    struct UserSignal *user = &user_signals[number];
    kept_files[KEPT_USER + number] = kept;
    user->fd = fd;
    user->all = all;
    user->chain = chain;
    if (!user->enabled) {
        user->enabled = true;
        if (user_install(number, chain, &user->previous) != 0) {
            user->enabled = false;
            return raise_os_error(errno, NULL, NULL);
        }
    }
    return NONE;
}

static Object *faulthandler_unregister(Object *module, Object *number_object) {
    int number;
    if (user_number(number_object, &number) < 0) {
        return NULL;
    }
    struct UserSignal *user = &user_signals[number];
    bool was = user->enabled;
    if (was) {
        sigaction(number, &user->previous, NULL);
        user->enabled = false;
        kept_files[KEPT_USER + number] = NULL;
    }
    return bool_from(was);
}

// ---- crashing on purpose, for tests

static void no_core_dump(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

static Object *faulthandler_read_null(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    no_core_dump();
    int *volatile nothing = NULL;
    return int_from_i64(*(volatile int *)nothing);
}

static Object *faulthandler_sigsegv(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    no_core_dump();
    raise(SIGSEGV);
    return NONE;
}

static Object *faulthandler_sigabrt(Object *module) {
    no_core_dump();
    abort();
}

static Object *faulthandler_sigfpe(Object *module) {
    no_core_dump();
    raise(SIGFPE);
    return NONE;
}

static NOINLINE uintptr_t overflow_stack(uintptr_t depth) {
    volatile char buffer[4096];
    buffer[0] = 1;
    buffer[4095] = (char)depth;
    if (depth == UINTPTR_MAX) {
        return 0;
    }
    return overflow_stack(depth + 1) + (uintptr_t)buffer[depth & 4095];
}

static Object *faulthandler_stack_overflow(Object *module) {
    no_core_dump();
    return int_from_u64(overflow_stack(0));
}

_Noreturn void fatal_error(const char *function, const char *message) {
    put_text(2, "Fatal Python error: ");
    if (function) {
        put_text(2, function);
        put_text(2, ": ");
    }
    put_text(2, message);
    put_text(2, "\nPython runtime state: initialized\n\n");
    dump_all(2, thread_current);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void *fatal_thread(void *context) {
    fatal_error("faulthandler_fatal_error_thread", "in new thread");
}

static Object *faulthandler_fatal_error_c_thread(Object *module) {
    no_core_dump();
    pthread_t thread;
    if (pthread_create(&thread, NULL, fatal_thread, NULL) != 0) {
        return raise_error(&exc_RuntimeError, "unable to start the thread");
    }
    pthread_join(thread, NULL);
    return NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("enable", faulthandler_enable, NULL, 0, NULL),
    BUILTIN("disable", faulthandler_disable, "-($module, /)", 0, NULL),
    BUILTIN("is_enabled", faulthandler_is_enabled, "-($module, /)", 0, NULL),
    BUILTIN("dump_traceback", faulthandler_dump_traceback, NULL, 0, NULL),
    BUILTIN("dump_traceback_later", faulthandler_dump_traceback_later, NULL, 0, NULL),
    BUILTIN("cancel_dump_traceback_later", faulthandler_cancel, "-($module, /)", 0, NULL),
    BUILTIN("register", faulthandler_register, NULL, 0, NULL),
    BUILTIN("unregister", faulthandler_unregister, "-($module, signum, /)", 0, NULL),
    BUILTIN("_read_null", faulthandler_read_null, NULL, 0, NULL),
    BUILTIN("_sigsegv", faulthandler_sigsegv, NULL, 0, NULL),
    BUILTIN("_fatal_error_c_thread", faulthandler_fatal_error_c_thread, "-($module, /)", 0, NULL),
    BUILTIN("_sigabrt", faulthandler_sigabrt, "-($module, /)", 0, NULL),
    BUILTIN("_sigfpe", faulthandler_sigfpe, "-($module, /)", 0, NULL),
    BUILTIN("_stack_overflow", faulthandler_stack_overflow, "-($module, /)", 0, NULL),
    BUILTIN_END,
};

static int faulthandler_exec(Object *module) {
    static bool ready;
    if (!ready) {
        heap_add_root(kept_files, COUNT_OF(kept_files));
        pthread_atfork(NULL, NULL, later_after_fork);
        ready = true;
    }
    return 0;
}

const ModuleSpec module_faulthandler = { "faulthandler", NULL, functions, faulthandler_exec };
