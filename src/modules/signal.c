// _signal. The C handler only notes the number, wakes the main thread's safepoint and writes to the
// wakeup file; all else happens in signals_run_pending.
#include "modules/signal.h"

#include "base/os_memory.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/frame.h"
#include "vm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { SIGNALS = 65 };

static uint8_t tripped[SIGNALS];
static uint8_t any_tripped;
static Object *handlers[SIGNALS];  // NULL: unknown to Python
static Object *default_object, *ignore_object, *int_handler_object, *itimer_error, *siginfo_type;
static int wakeup_fd = -1, wakeup_errno;
static bool wakeup_warns = true;

static void trip(int number) {
    __atomic_store_n(&tripped[number], 1, __ATOMIC_RELAXED);
    __atomic_store_n(&any_tripped, 1, __ATOMIC_SEQ_CST);
    if (thread_main) {
        safepoint_request(thread_main);
    }
    int fd = wakeup_fd;
    if (fd != -1) {
        uint8_t byte = (uint8_t)number;
        if (write(fd, &byte, 1) < 0 && (wakeup_warns || (errno != EAGAIN && errno != EWOULDBLOCK))) {
            wakeup_errno = errno;
        }
    }
}

static void on_signal(int number) {
    int saved = errno;
    trip(number);
    errno = saved;
}

int signals_trip(int number) {
    if (number < 1 || number >= SIGNALS) {
        return -1;
    }
    Object *handler = handlers[number];
    if (handler && handler != default_object && handler != ignore_object && handler != NONE) {
        trip(number);
    }
    return 0;
}

static int install(int number, void (*handler)(int)) {
    struct sigaction action = { .sa_handler = handler };
    sigemptyset(&action.sa_mask);
    action.sa_flags = handler == on_signal ? SA_ONSTACK : 0;
    return sigaction(number, &action, NULL);
}

int signals_run_pending(Thread *thread) {
    if (thread != thread_main || !__atomic_load_n(&any_tripped, __ATOMIC_RELAXED)) {
        return 0;
    }
    __atomic_store_n(&any_tripped, 0, __ATOMIC_SEQ_CST);
    if (wakeup_errno) {
        int error = wakeup_errno;
        wakeup_errno = 0;
        raise_os_error(error, NULL, NULL);
        error_unraisable_message("Exception ignored when trying to write to the signal wakeup fd", NULL);
    }
    for (int number = 1; number < SIGNALS; number++) {
        if (!__atomic_exchange_n(&tripped[number], 0, __ATOMIC_SEQ_CST)) {
            continue;
        }
        Object *handler = handlers[number];
        if (!handler || handler == NONE || handler == default_object || handler == ignore_object) {
            continue;
        }
        Frame *frame = thread_python_frame(thread);
        Object *frame_argument = frame ? (Object *)frame_object(frame) : NONE;
        Object *signum = int_from_i64(number);
        if (!frame_argument || !signum || !call2(handler, signum, frame_argument)) {
            // The others that came in are for the next safepoint.
            __atomic_store_n(&any_tripped, 1, __ATOMIC_SEQ_CST);
            safepoint_request(thread);
            return -1;
        }
    }
    return 0;
}

// ---- arguments

static int int_argument(Object *o, int *value) {
    *value = int_to_c_int(o);
    return *value == -1 && error_occurred() ? -1 : 0;
}

static int check_number(Object *o, int *number) {
    if (int_argument(o, number) < 0) {
        return -1;
    }
    if (*number < 1 || *number >= SIGNALS) {
        raise_error(&exc_ValueError, "signal number out of range");
        return -1;
    }
    return 0;
}

static Object *os_error(void) {
    return raise_os_error(errno, NULL, NULL);
}

static int sigset_from(Object *iterable, sigset_t *set) {
    sigemptyset(set);
    Object *iterator = object_iter(iterable), *item;
    if (!iterator) {
        return -1;
    }
    while ((item = iter_next(iterator))) {
        int overflow;
        Object *index = number_index(item);
        if (!index) {
            return -1;
        }
        int64_t number = int_as_i64(index, &overflow);
        if (overflow || number < 1 || number >= SIGNALS) {
            raise_error(&exc_ValueError, "signal number %ld out of range [1; %i]", (long)number, SIGNALS - 1);
            return -1;
        }
        sigaddset(set, (int)number);
    }
    return error_occurred() ? -1 : 0;
}

static Object *sigset_to(const sigset_t *set) {
    Object *result = set_new(NULL);
    for (int number = 1; result && number < SIGNALS; number++) {
        if (sigismember(set, number) == 1) {
            Object *item = int_from_i64(number);
            if (!item || set_add(result, item) < 0) {
                return NULL;
            }
        }
    }
    return result;
}

static int seconds_to_timeval(Object *o, struct timeval *value) {
    int64_t ns;
    if (timestamp_from_seconds(o, ROUND_CEILING, &ns) < 0) {
        return -1;
    }
    *value = timestamp_as_timeval(ns, ROUND_CEILING);
    return 0;
}

static double timeval_seconds(const struct timeval *value) {
    return (double)value->tv_sec + (double)value->tv_usec * 1e-6;
}

// ---- functions

static Object *signal_default_int_handler(Object *module, Object *number, Object *frame) {
    return raise_with(&exc_KeyboardInterrupt, NULL);
}

static Object *signal_signal(Object *module, Object *number_object, Object *handler) {
    int number;
    if (int_argument(number_object, &number) < 0) {
        return NULL;
    }
    if (thread_current != thread_main) {
        return raise_error(&exc_ValueError, "signal only works in main thread of the main interpreter");
    }
    if (number < 1 || number >= SIGNALS) {
        return raise_error(&exc_ValueError, "signal number out of range");
    }
    void (*function)(int) = on_signal;
    int same = object_callable(handler) ? 0 : object_compare_bool(handler, ignore_object, CMP_EQ);
    if (same > 0) {
        function = SIG_IGN;
        handler = ignore_object;
    } else if (same == 0 && !object_callable(handler)) {
        same = object_compare_bool(handler, default_object, CMP_EQ);
        if (same > 0) {
            function = SIG_DFL;
            handler = default_object;
        } else if (same == 0) {
            return raise_error(&exc_TypeError,
                               "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
        }
    }
    if (same < 0 || safepoint() < 0) {
        return NULL;
    }
    if (install(number, function) < 0) {
        return os_error();
    }
    Object *old = handlers[number];
    handlers[number] = handler;
    return old ? old : NONE;
}

static Object *signal_getsignal(Object *module, Object *number_object) {
    int number;
    if (check_number(number_object, &number) < 0) {
        return NULL;
    }
    return handlers[number] ? handlers[number] : NONE;
}

static Object *signal_alarm(Object *module, Object *seconds) {
    int value;
    return int_argument(seconds, &value) < 0 ? NULL : int_from_i64(alarm((unsigned)value));
}

static void *blocking_pause(void *context) {
    pause();
    return NULL;
}

static Object *signal_pause(Object *module) {
    blocking_call(blocking_pause, NULL);
    return safepoint() < 0 ? NULL : NONE;
}

static Object *signal_raise_signal(Object *module, Object *number_object) {
    int number;
    if (int_argument(number_object, &number) < 0) {
        return NULL;
    }
    if (raise(number) != 0) {
        return os_error();
    }
    return safepoint() < 0 ? NULL : NONE;
}

static Object *signal_strsignal(Object *module, Object *number_object) {
    int number;
    if (check_number(number_object, &number) < 0) {
        return NULL;
    }
    const char *text = strsignal(number);
    if (!text || strncmp(text, "Unknown signal", 14) == 0) {
        return NONE;
    }
    return str_from_cstring(text);
}

static Object *signal_siginterrupt(Object *module, Object *number_object, Object *flag_object) {
    int number, flag;
    if (check_number(number_object, &number) < 0 || int_argument(flag_object, &flag) < 0) {
        return NULL;
    }
    struct sigaction action;
    sigaction(number, NULL, &action);
    action.sa_flags = flag ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    return sigaction(number, &action, NULL) < 0 ? os_error() : NONE;
}

static Object *signal_set_wakeup_fd(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    int fd;
    if (signature_bind(&signature, "set_wakeup_fd", "($module, fd, /, *, warn_on_full_buffer=True)", args,
                       nargs, kwnames, bound) < 0 ||
        int_argument(bound[0], &fd) < 0) {
        return NULL;
    }
    int warns = bound[1] ? object_is_true(bound[1]) : 1;
    if (warns < 0) {
        return NULL;
    }
    if (thread_current != thread_main) {
        return raise_error(&exc_ValueError,
                           "set_wakeup_fd only works in main thread of the main interpreter");
    }
    if (fd != -1) {
        struct stat status;
        if (fstat(fd, &status) != 0) {
            return os_error();
        }
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0) {
            return os_error();
        }
        if (!(flags & O_NONBLOCK)) {
            return raise_error(&exc_ValueError, "the fd %i must be in non-blocking mode", fd);
        }
    }
    int old = wakeup_fd;
    wakeup_fd = fd;
    wakeup_warns = warns;
    return int_from_i64(old);
}

static Object *itimer_pair(const struct itimerval *value) {
    Object *first = float_from_double(timeval_seconds(&value->it_value));
    Object *second = float_from_double(timeval_seconds(&value->it_interval));
    return first && second ? tuple_pack(2, first, second) : NULL;
}

static Object *raise_itimer_error(void) {
    Object *number = int_from_i64(errno), *text = str_from_cstring(strerror(errno)), *arguments;
    if (number && text && (arguments = tuple_pack(2, number, text))) {
        raise_with((Type *)itimer_error, arguments);
    }
    return NULL;
}

static Object *signal_setitimer(Object *module, Object *which_object, Object *seconds, Object *interval) {
    int which;
    struct itimerval value = { 0 }, old;
    if (int_argument(which_object, &which) < 0 || seconds_to_timeval(seconds, &value.it_value) < 0 ||
        (interval && seconds_to_timeval(interval, &value.it_interval) < 0)) {
        return NULL;
    }
    return setitimer((__itimer_which_t)which, &value, &old) != 0 ? raise_itimer_error() : itimer_pair(&old);
}

static Object *signal_getitimer(Object *module, Object *which_object) {
    int which;
    struct itimerval value;
    if (int_argument(which_object, &which) < 0) {
        return NULL;
    }
    return getitimer((__itimer_which_t)which, &value) != 0 ? raise_itimer_error() : itimer_pair(&value);
}

static Object *signal_pthread_sigmask(Object *module, Object *how_object, Object *mask) {
    int how;
    sigset_t set, old;
    if (int_argument(how_object, &how) < 0 || sigset_from(mask, &set) < 0) {
        return NULL;
    }
    int error = pthread_sigmask(how, &set, &old);
    if (error) {
        return raise_os_error(error, NULL, NULL);
    }
    return safepoint() < 0 ? NULL : sigset_to(&old);
}

static Object *signal_sigpending(Object *module) {
    sigset_t set;
    return sigpending(&set) < 0 ? os_error() : sigset_to(&set);
}

typedef struct SigWait {
    sigset_t set;
    siginfo_t info;
    int number, result, error;
    bool timed;
    struct timespec timeout;
} SigWait;

static void *blocking_sigwait(void *context) {
    SigWait *wait = context;
    wait->error = sigwait(&wait->set, &wait->number);
    return NULL;
}

static Object *signal_sigwait(Object *module, Object *signals) {
    SigWait wait;
    if (sigset_from(signals, &wait.set) < 0) {
        return NULL;
    }
    blocking_call(blocking_sigwait, &wait);
    return wait.error ? raise_os_error(wait.error, NULL, NULL) : int_from_i64(wait.number);
}

static void *blocking_sigwaitinfo(void *context) {
    SigWait *wait = context;
    wait->result = wait->timed ? sigtimedwait(&wait->set, &wait->info, &wait->timeout)
                               : sigwaitinfo(&wait->set, &wait->info);
    wait->error = errno;
    return NULL;
}

static Object *siginfo_new(const siginfo_t *info) {
    Object *result = struct_sequence_new((Type *)siginfo_type);
    int64_t values[] = { info->si_signo, info->si_code,   info->si_errno, info->si_pid,
                         info->si_uid,   info->si_status, info->si_band };
    for (size_t i = 0; result && i < COUNT_OF(values); i++) {
        Object *value = int_from_i64(values[i]);
        if (!value) {
            return NULL;
        }
        struct_sequence_set(result, (ssize_t)i, value);
    }
    return result;
}

static Object *signal_sigwaitinfo(Object *module, Object *signals) {
    SigWait wait = { 0 };
    if (sigset_from(signals, &wait.set) < 0) {
        return NULL;
    }
    do {
        blocking_call(blocking_sigwaitinfo, &wait);
        if (wait.result != -1) {
            return siginfo_new(&wait.info);
        }
    } while (wait.error == EINTR && safepoint() == 0);
    return error_occurred() ? NULL : raise_os_error(wait.error, NULL, NULL);
}

static Object *signal_sigtimedwait(Object *module, Object *signals, Object *timeout_object) {
    SigWait wait = { .timed = true };
    if (sigset_from(signals, &wait.set) < 0) {
        return NULL;
    }
    double timeout = float_as_double(timeout_object);
    if (timeout == -1.0 && error_occurred()) {
        return NULL;
    }
    if (timeout < 0) {
        return raise_error(&exc_ValueError, "timeout must be non-negative");
    }
    uint64_t deadline = os_clock_ns() + (uint64_t)(timeout * 1e9);
    for (;;) {
        uint64_t now = os_clock_ns(), left = now < deadline ? deadline - now : 0;
        wait.timeout = (struct timespec){ (time_t)(left / 1000000000), (long)(left % 1000000000) };
        blocking_call(blocking_sigwaitinfo, &wait);
        if (wait.result != -1) {
            return siginfo_new(&wait.info);
        }
        if (wait.error == EAGAIN) {
            return NONE;
        }
        if (wait.error != EINTR) {
            return raise_os_error(wait.error, NULL, NULL);
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
}

static Object *signal_pthread_kill(Object *module, Object *thread_id, Object *number_object) {
    int number;
    uint64_t id = int_to_u64_mask(thread_id);
    if (error_occurred() || int_argument(number_object, &number) < 0 ||
        audit("signal.pthread_kill", "Oi", thread_id, number) < 0) {
        return NULL;
    }
    int error = pthread_kill((pthread_t)id, number);
    if (error) {
        return raise_os_error(error, NULL, NULL);
    }
    return safepoint() < 0 ? NULL : NONE;
}

static Object *signal_pidfd_send_signal(Object *module, Object *fd_object, Object *number_object,
                                        Object *siginfo, Object *flags_object) {
    int fd, number, flags = 0;
    if (int_argument(fd_object, &fd) < 0 || int_argument(number_object, &number) < 0 ||
        (flags_object && int_argument(flags_object, &flags) < 0)) {
        return NULL;
    }
    if (siginfo && siginfo != NONE) {
        return raise_error(&exc_TypeError, "siginfo must be None");
    }
    return syscall(SYS_pidfd_send_signal, fd, number, NULL, flags) < 0 ? os_error() : NONE;
}

static Object *signal_valid_signals(Object *module) {
    sigset_t set;
    sigfillset(&set);
    return sigset_to(&set);
}

void signal_forget_handlers(void) {
    for (int number = 1; number < SIGNALS; number++) {
        Object *handler = handlers[number];
        if (handler && handler != NONE && handler != default_object && handler != ignore_object) {
            signal(number, SIG_DFL);
            handlers[number] = default_object;
        }
    }
}

static BuiltinDef functions[] = {
    BUILTIN("alarm", signal_alarm, "($module, seconds, /)", 0, NULL),
    BUILTIN("default_int_handler", signal_default_int_handler, "($module, signalnum, frame, /)", 0, NULL),
    BUILTIN("getitimer", signal_getitimer, "($module, which, /)", 0, NULL),
    BUILTIN("getsignal", signal_getsignal, "($module, signalnum, /)", 0, NULL),
    BUILTIN("pause", signal_pause, "($module, /)", 0, NULL),
    BUILTIN("pidfd_send_signal", signal_pidfd_send_signal,
            "($module, pidfd, signalnum, siginfo=None, flags=0, /)", 0, NULL),
    BUILTIN("pthread_kill", signal_pthread_kill, "($module, thread_id, signalnum, /)", 0, NULL),
    BUILTIN("pthread_sigmask", signal_pthread_sigmask, "($module, how, mask, /)", 0, NULL),
    BUILTIN("raise_signal", signal_raise_signal, "($module, signalnum, /)", 0, NULL),
    BUILTIN("set_wakeup_fd", signal_set_wakeup_fd, NULL, 0, NULL),
    BUILTIN("setitimer", signal_setitimer, "($module, which, seconds, interval=0.0, /)", 0, NULL),
    BUILTIN("siginterrupt", signal_siginterrupt, "($module, signalnum, flag, /)", 0, NULL),
    BUILTIN("signal", signal_signal, "($module, signalnum, handler, /)", 0, NULL),
    BUILTIN("sigpending", signal_sigpending, "($module, /)", 0, NULL),
    BUILTIN("sigtimedwait", signal_sigtimedwait, "($module, sigset, timeout, /)", 0, NULL),
    BUILTIN("sigwait", signal_sigwait, "($module, sigset, /)", 0, NULL),
    BUILTIN("sigwaitinfo", signal_sigwaitinfo, "($module, sigset, /)", 0, NULL),
    BUILTIN("strsignal", signal_strsignal, "($module, signalnum, /)", 0, NULL),
    BUILTIN("valid_signals", signal_valid_signals, "($module, /)", 0, NULL),
    BUILTIN_END,
};

#define SIGNAL(name) { #name, name }
static const struct {
    const char *name;
    int value;
} constants[] = {
    SIGNAL(SIGABRT),       SIGNAL(SIGALRM),     SIGNAL(SIGBUS),      SIGNAL(SIGCHLD),
    { "SIGCLD", SIGCHLD }, SIGNAL(SIGCONT),     SIGNAL(SIGFPE),      SIGNAL(SIGHUP),
    SIGNAL(SIGILL),        SIGNAL(SIGINT),      SIGNAL(SIGIO),       SIGNAL(SIGIOT),
    SIGNAL(SIGKILL),       SIGNAL(SIGPIPE),     SIGNAL(SIGPOLL),     SIGNAL(SIGPROF),
    SIGNAL(SIGPWR),        SIGNAL(SIGQUIT),     SIGNAL(SIGSEGV),     SIGNAL(SIGSTKFLT),
    SIGNAL(SIGSTOP),       SIGNAL(SIGSYS),      SIGNAL(SIGTERM),     SIGNAL(SIGTRAP),
    SIGNAL(SIGTSTP),       SIGNAL(SIGTTIN),     SIGNAL(SIGTTOU),     SIGNAL(SIGURG),
    SIGNAL(SIGUSR1),       SIGNAL(SIGUSR2),     SIGNAL(SIGVTALRM),   SIGNAL(SIGWINCH),
    SIGNAL(SIGXCPU),       SIGNAL(SIGXFSZ),     { "NSIG", SIGNALS }, SIGNAL(SIG_BLOCK),
    SIGNAL(SIG_UNBLOCK),   SIGNAL(SIG_SETMASK), SIGNAL(ITIMER_REAL), SIGNAL(ITIMER_VIRTUAL),
    SIGNAL(ITIMER_PROF),
};

static const StructField siginfo_fields[] = {
    { "si_signo", "signal number" },
    { "si_code", "signal code" },
    { "si_errno", "errno associated with this signal" },
    { "si_pid", "sending process ID" },
    { "si_uid", "real user ID of sending process" },
    { "si_status", "exit value or signal" },
    { "si_band", "band event for SIGPOLL" },
    { NULL, NULL },
};
static const StructSpec siginfo_spec = {
    "signal.struct_siginfo",
    "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\n"
    "This object may be accessed either as a tuple of\n"
    "(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\n"
    "or via the attributes si_signo, si_code, and so on.",
    siginfo_fields,
    7,
};

static int signal_exec(Object *module) {
    static bool ready;
    if (!ready) {
        heap_add_root(handlers, SIGNALS);
        heap_add_root(&default_object, 1);
        heap_add_root(&ignore_object, 1);
        heap_add_root(&int_handler_object, 1);
        heap_add_root(&itimer_error, 1);
        heap_add_root(&siginfo_type, 1);
        ready = true;
    }
    if (!(default_object = int_from_i64((intptr_t)SIG_DFL)) ||
        !(ignore_object = int_from_i64((intptr_t)SIG_IGN)) ||
        !(int_handler_object = dict_get_cstring(module_dict(module), "default_int_handler"))) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (module_add(module, "SIG_DFL", default_object) < 0 ||
        module_add(module, "SIG_IGN", ignore_object) < 0 ||
        module_add_int(module, "SIGRTMIN", SIGRTMIN) < 0 ||
        module_add_int(module, "SIGRTMAX", SIGRTMAX) < 0) {
        return -1;
    }
    if (!siginfo_type && !(siginfo_type = (Object *)struct_sequence_type_new(&siginfo_spec))) {
        return -1;
    }
    if (!itimer_error) {
        Object *bases = tuple_pack(1, (Object *)&exc_OSError), *dict = dict_new();
        Object *name = str_from_cstring("itimer_error"), *owner = str_from_cstring("signal");
        if (!bases || !dict || !name || !owner || dict_set(dict, names.__module__, owner) < 0 ||
            !(itimer_error = call3((Object *)&type_type, name, bases, dict))) {
            return -1;
        }
    }
    if (module_add(module, "ItimerError", itimer_error) < 0 ||
        module_add(module, "struct_siginfo", siginfo_type) < 0) {
        return -1;
    }
    for (int number = 1; number < SIGNALS; number++) {
        struct sigaction action;
        if (handlers[number] || sigaction(number, NULL, &action) != 0) {
            continue;
        }
        if (action.sa_handler == SIG_DFL) {
            handlers[number] = default_object;
        } else if (action.sa_handler == SIG_IGN) {
            handlers[number] = ignore_object;
        }
    }
    if (handlers[SIGINT] == default_object) {
        handlers[SIGINT] = int_handler_object;
        install(SIGINT, on_signal);
    }
    return 0;
}

int signals_init(void) {
    install(SIGPIPE, SIG_IGN);
    install(SIGXFSZ, SIG_IGN);
    return import_module("_signal") ? 0 : -1;
}

const ModuleSpec module_signal = { "_signal", NULL, functions, signal_exec };
