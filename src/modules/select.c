// `select`: waiting for descriptors. Waits are detached from the runtime and interrupted by signals, whose
// handlers run before the wait goes on with what is left of its time (PEP 475).
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "heap/thread.h"
#include "modules/modules.h"
#include "modules/posix/posix.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

// ---- time

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

// A timeout in units of `unit` nanoseconds, rounded up: *ns, or -1 for none. -1 with an exception.
static int timeout_ns(Object *timeout, int64_t unit, const char *type_error, int64_t *ns) {
    *ns = -1;
    if (!timeout || timeout == NONE) {
        return 0;
    }
    if (!int_check(timeout) && !float_check(timeout) && !number_check_index(timeout)) {
        raise_error(&exc_TypeError, "%s", type_error);
        return -1;
    }
    // Away from zero: a tiny negative timeout is a negative one.
    if (timestamp_from_units(timeout, unit, ROUND_TIMEOUT, ns) < 0) {
        return -1;
    }
    *ns = *ns < 0 ? -2 : *ns;
    return 0;
}

// Milliseconds that are left until `deadline` (-1: no end), rounded up.
static int milliseconds_left(int64_t deadline) {
    if (deadline < 0) {
        return -1;
    }
    int64_t left = deadline - now_ns();
    return left <= 0 ? 0 : left > (int64_t)INT_MAX * 1000000 ? INT_MAX : (int)((left + 999999) / 1000000);
}

typedef struct Wait {
    int (*wait)(struct Wait *w);  // -1 with errno
    int64_t deadline;             // -1: none
    int result, error;
    int descriptor, count;
    void *data, *other;
    fd_set *sets;
} Wait;

static void *run_wait(void *context) {
    Wait *w = context;
    w->result = w->wait(w);
    w->error = errno;
    return NULL;
}

// Waits; -1 with an exception. Before a long wait the collector gets its turn.
static int wait_for(Wait *w) {
    int64_t deadline = w->deadline, patience = (int64_t)HEAP_PATIENCE_MS * 1000000;
    bool patient = deadline != 0 && heap_has_idle_work() && (deadline < 0 || deadline - now_ns() > patience);
    if (patient) {
        w->deadline = now_ns() + patience;
    }
    for (;;) {
        blocking_call(run_wait, w);
        if (w->result > 0 || (w->result == 0 && !patient)) {
            return w->result;
        }
        if (w->result == 0) {
            if (heap_before_blocking() < 0) {
                return -1;
            }
            patient = false;
            w->deadline = deadline;
            continue;
        }
        if (w->error != EINTR) {
            raise_os_error(w->error, NULL, NULL);
            return -1;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
}

// ---- select

typedef struct Set {
    Object *objects;  // list of what was given, NULL if that was nothing
    int *descriptors;
    fd_set bits;
} Set;

// The set of a sequence's descriptors; the highest plus one, or -1.
static int fill_set(Object *sequence, Set *set) {
    FD_ZERO(&set->bits);
    if (!sequence_check(sequence) && !iter_check(sequence)) {
        Object *iterator = object_iter(sequence);
        if (!iterator) {
            error_clear();
            raise_error(&exc_TypeError, "arguments 1-3 must be sequences");
            return -1;
        }
    }
    // A fileno() method may change the list: its present length counts.
    Object *items = sequence_fast(sequence, "arguments 1-3 must be sequences");
    set->objects = NULL;
    set->descriptors = NULL;
    if (items && (list_check(items) ? list_size(items) : tuple_size(items)) == 0) {
        return 0;
    }
    set->objects = items ? list_new(0) : NULL;
    ssize_t room = set->objects ? object_length(items) : 0;
    room = room < 4 ? 4 : room > FD_SETSIZE ? FD_SETSIZE : room;
    set->descriptors = set->objects ? heap_alloc((size_t)room * sizeof(int), CELL_BYTES) : NULL;
    if (!set->descriptors) {
        return -1;
    }
    int highest = -1;
    for (ssize_t i = 0; i < object_length(items); i++) {
        Object *item = sequence_getitem(items, i);
        int fd = item ? fd_convert(item) : -1;
        if (fd < 0) {
            return -1;
        }
        if (fd >= FD_SETSIZE) {
            raise_error(&exc_ValueError, "filedescriptor out of range in select()");
            return -1;
        }
        if (i >= FD_SETSIZE) {
            raise_error(&exc_ValueError, "too many file descriptors in select()");
            return -1;
        }
        if (i >= room) {  // the list grew meanwhile
            int *larger = heap_alloc(FD_SETSIZE * sizeof(int), CELL_BYTES);
            if (!larger) {
                return -1;
            }
            memcpy(larger, set->descriptors, (size_t)room * sizeof(int));
            set->descriptors = larger;
            room = FD_SETSIZE;
        }
        if (list_append(set->objects, item) < 0) {
            return -1;
        }
        set->descriptors[i] = fd;
        FD_SET(fd, &set->bits);
        highest = fd > highest ? fd : highest;
    }
    return highest + 1;
}

static Object *ready_objects(const Set *set, const fd_set *bits) {
    Object *list = list_new(0);
    for (ssize_t i = 0; list && set->objects && i < list_size(set->objects); i++) {
        if (FD_ISSET(set->descriptors[i], bits) && list_append(list, list_read(set->objects, i)) < 0) {
            return NULL;
        }
    }
    return list;
}

static int do_select(Wait *w) {
    const Set *sets = w->data;
    for (int i = 0; i < 3; i++) {
        w->sets[i] = sets[i].bits;
    }
    struct timeval room, *time = NULL;
    if (w->deadline >= 0) {
        int64_t left = w->deadline - now_ns();
        left = left < 0 ? 0 : left;
        room = (struct timeval){ left / 1000000000, (left % 1000000000 + 999) / 1000 };
        if (room.tv_usec == 1000000) {
            room.tv_sec++;
            room.tv_usec = 0;
        }
        time = &room;
    }
    return select(w->count, &w->sets[0], &w->sets[1], &w->sets[2], time);
}

static Object *select_select(Object *module, Object *read, Object *write, Object *exceptional,
                             Object *timeout) {
    (void)module;
    int64_t ns;
    if (timeout_ns(timeout, NS_PER_SECOND, "timeout must be a float or None", &ns) < 0) {
        return NULL;
    }
    if (ns == -2) {
        return raise_error(&exc_ValueError, "timeout must be non-negative");
    }
    Set sets[3];
    fd_set results[3];
    int highest = 0;
    Object *given[] = { read, write, exceptional };
    for (int i = 0; i < 3; i++) {
        int count = fill_set(given[i], &sets[i]);
        if (count < 0) {
            return NULL;
        }
        highest = count > highest ? count : highest;
    }
    Wait w = { .wait = do_select,
               .deadline = ns < 0 ? -1 : now_ns() + ns,
               .count = highest,
               .data = sets,
               .sets = results };
    int ready = wait_for(&w);
    if (ready < 0) {
        return NULL;
    }
    Object *lists[3];
    for (int i = 0; i < 3; i++) {
        lists[i] = ready ? ready_objects(&sets[i], &results[i]) : list_new(0);
        if (!lists[i]) {
            return NULL;
        }
    }
    return tuple_pack(3, lists[0], lists[1], lists[2]);
}

// ---- poll

typedef struct Poll {
    Object base;
    Object *registered;  // dict: descriptor → events
    int running;
} Poll;
static Type poll_type;

static int event_mask(Object *o, unsigned short *mask) {
    if (!o) {
        *mask = POLLIN | POLLPRI | POLLOUT;
        return 0;
    }
    Object *number = number_index(o);
    if (!number) {
        return -1;
    }
    int overflow;
    int64_t value = int_as_i64(number, &overflow);
    if (overflow < 0 || (!overflow && value < 0)) {
        raise_error(&exc_ValueError, "value must be positive");
        return -1;
    }
    if (overflow || value > USHRT_MAX) {
        raise_error(&exc_OverflowError, "Python int too large for C unsigned short");
        return -1;
    }
    *mask = (unsigned short)value;
    return 0;
}

static Object *poll_set(Object *self, Object *fd_object, Object *mask_object, bool must_exist) {
    unsigned short mask;
    int fd = fd_convert(fd_object);
    if (fd < 0 || event_mask(mask_object, &mask) < 0) {
        return NULL;
    }
    Object *dict = ((Poll *)self)->registered, *key = int_from_i64(fd), *value = int_from_i64(mask);
    if (!key || !value) {
        return NULL;
    }
    if (must_exist && !dict_get(dict, key)) {
        return error_occurred() ? NULL : raise_os_error(ENOENT, NULL, NULL);
    }
    return dict_set(dict, key, value) < 0 ? NULL : NONE;
}

static Object *poll_register(Object *self, Object *fd, Object *mask) {
    return poll_set(self, fd, mask, false);
}

static Object *poll_modify(Object *self, Object *fd, Object *mask) {
    return poll_set(self, fd, mask, true);
}

static Object *poll_unregister(Object *self, Object *fd_object) {
    int fd = fd_convert(fd_object);
    Object *key = fd < 0 ? NULL : int_from_i64(fd);
    return !key || dict_delete(((Poll *)self)->registered, key) < 0 ? NULL : NONE;
}

static int do_poll(Wait *w) {
    return poll(w->data, (nfds_t)w->count, milliseconds_left(w->deadline));
}

static Object *poll_list(const struct pollfd *fds, ssize_t count) {
    Object *list = list_new(0);
    for (ssize_t i = 0; list && i < count; i++) {
        if (fds[i].revents) {
            Object *fd = int_from_i64(fds[i].fd), *events = int_from_i64((unsigned short)fds[i].revents);
            Object *pair = fd && events ? tuple_pack(2, fd, events) : NULL;
            if (!pair || list_append(list, pair) < 0) {
                return NULL;
            }
        }
    }
    return list;
}

static Object *poll_poll(Object *self, Object *timeout) {
    Poll *p = (Poll *)self;
    int64_t ns;
    if (timeout_ns(timeout, NS_PER_MS, "timeout must be an integer or None", &ns) < 0) {
        return NULL;
    }
    if (ns > (int64_t)INT_MAX * 1000000) {
        return raise_error(&exc_OverflowError, "timeout is too large");
    }
    if (__atomic_exchange_n(&p->running, 1, __ATOMIC_ACQ_REL)) {
        return raise_error(&exc_RuntimeError, "concurrent poll() invocation");
    }
    Object *items = dict_items_list(p->registered), *result = NULL;
    ssize_t count = items ? list_size(items) : 0;
    struct pollfd *fds = items ? heap_alloc((size_t)(count + 1) * sizeof *fds, CELL_BYTES) : NULL;
    if (fds) {
        for (ssize_t i = 0; i < count; i++) {
            Object *pair = list_read(items, i);
            int overflow;
            fds[i] = (struct pollfd){ .fd = (int)int_as_i64(tuple_get(pair, 0), &overflow),
                                      .events = (short)int_as_i64(tuple_get(pair, 1), &overflow) };
        }
        Wait w = {
            .wait = do_poll, .deadline = ns < 0 ? -1 : now_ns() + ns, .data = fds, .count = (int)count
        };
        result = wait_for(&w) < 0 ? NULL : poll_list(fds, count);
    }
    __atomic_store_n(&p->running, 0, __ATOMIC_RELEASE);
    return result;
}

static BuiltinDef poll_methods[] = {
    BUILTIN("register", poll_register,
            "($self, fd,\n         eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", 0, NULL),
    BUILTIN("modify", poll_modify, "($self, fd, eventmask, /)", 0, NULL),
    BUILTIN("unregister", poll_unregister, "($self, fd, /)", 0, NULL),
    BUILTIN("poll", poll_poll, "($self, timeout=None, /)", 0, NULL),
    BUILTIN_END,
};

static void poll_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Poll *)self)->registered);
}

static const TypeSpec poll_spec = {
    .name = "select.poll",
    .basic_size = sizeof(Poll),
    .methods = poll_methods,
    .trace = poll_trace,
};

static Object *select_poll(Object *module) {
    (void)module;
    Object *self = object_alloc(&poll_type), *dict = self ? dict_new() : NULL;
    if (!dict) {
        return NULL;
    }
    gc_store(self, &((Poll *)self)->registered, dict);
    return self;
}

// ---- epoll

typedef struct Epoll {
    Object base;
    int fd;  // -1: closed
} Epoll;
static Type epoll_type;

static Object *closed_error(void) {
    return raise_error(&exc_ValueError, "I/O operation on closed epoll object");
}

static Object *epoll_from(Type *type, int fd) {
    Epoll *self = (Epoll *)object_alloc(type);
    if (!self) {
        close(fd);
        return NULL;
    }
    self->fd = fd;
    return (Object *)self;
}

static Object *epoll_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "epoll", "|(sizehint=-1, flags=0)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    int hint = bound[0] ? int_to_c_int(bound[0]) : -1;
    if (hint == -1 && error_occurred()) {
        return NULL;
    }
    int flags = bound[1] ? int_to_c_int(bound[1]) : 0;
    if (flags == -1 && error_occurred()) {
        return NULL;
    }
    if (hint != -1 && hint <= 0) {
        return raise_error(&exc_ValueError, "negative sizehint");
    }
    if (flags && flags != EPOLL_CLOEXEC) {
        return raise_error(&exc_OSError, "invalid flags");
    }
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? raise_os_error(errno, NULL, NULL) : epoll_from(type, fd);
}

static Object *epoll_fromfd(Object *type, Object *fd_object) {
    int fd = int_to_c_int(fd_object);
    return fd == -1 && error_occurred() ? NULL : epoll_from((Type *)type, fd);
}

static int epoll_close_fd(Object *self) {
    int fd = __atomic_exchange_n(&((Epoll *)self)->fd, -1, __ATOMIC_ACQ_REL);
    return fd >= 0 && close(fd) < 0 ? errno : 0;
}

static Object *epoll_close(Object *self) {
    int error = epoll_close_fd(self);
    return error ? raise_os_error(error, NULL, NULL) : NONE;
}

static void epoll_finalize(Object *self) {
    epoll_close_fd(self);
}

static Object *epoll_fileno(Object *self) {
    int fd = ((Epoll *)self)->fd;
    return fd < 0 ? closed_error() : int_from_i64(fd);
}

static Object *epoll_get_closed(Object *self, void *closure) {
    (void)closure;
    return bool_from(((Epoll *)self)->fd < 0);
}

static Object *control(Object *self, int operation, Object *fd_object, Object *mask_object) {
    int own = ((Epoll *)self)->fd;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLPRI };
    if (mask_object) {
        Object *number = number_index(mask_object);
        if (!number) {
            return NULL;
        }
        event.events = (uint32_t)int_to_u64_mask(number);
    }
    if (own < 0) {
        return closed_error();
    }
    int fd = fd_convert(fd_object);
    if (fd < 0) {
        return NULL;
    }
    event.data.fd = fd;
    return epoll_ctl(own, operation, fd, &event) < 0 ? raise_os_error(errno, NULL, NULL) : NONE;
}

static Object *epoll_register(Object *self, Object *fd, Object *mask) {
    return control(self, EPOLL_CTL_ADD, fd, mask);
}
static Object *epoll_modify(Object *self, Object *fd, Object *mask) {
    return control(self, EPOLL_CTL_MOD, fd, mask);
}
static Object *epoll_unregister(Object *self, Object *fd) {
    return control(self, EPOLL_CTL_DEL, fd, NULL);
}

static int do_epoll(Wait *w) {
    return epoll_wait(w->descriptor, w->data, w->count, milliseconds_left(w->deadline));
}

static Object *epoll_poll(Object *self, Object *timeout, Object *most_object) {
    int fd = ((Epoll *)self)->fd;
    int most = most_object ? int_to_c_int(most_object) : -1;
    int64_t ns;
    if ((most == -1 && error_occurred())) {
        return NULL;
    }
    if (fd < 0) {
        return closed_error();
    }
    if (timeout_ns(timeout, NS_PER_SECOND, "timeout must be an integer or None", &ns) < 0) {
        return NULL;
    }
    if (most == -1) {
        most = FD_SETSIZE - 1;
    } else if (most < 1) {
        return raise_error(&exc_ValueError, "maxevents must be greater than 0, got %d", most);
    }
    struct epoll_event *events = heap_alloc((size_t)most * sizeof *events, CELL_BYTES);
    if (!events) {
        return NULL;
    }
    Wait w = { .wait = do_epoll,
               .deadline = ns < 0 ? -1 : now_ns() + ns,
               .descriptor = fd,
               .data = events,
               .count = most };
    int ready = wait_for(&w);
    Object *list = ready < 0 ? NULL : list_new(ready);
    for (int i = 0; list && i < ready; i++) {
        Object *number = int_from_i64(events[i].data.fd), *mask = int_from_i64(events[i].events);
        Object *pair = number && mask ? tuple_pack(2, number, mask) : NULL;
        if (!pair || list_append(list, pair) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *epoll_enter(Object *self) {
    return ((Epoll *)self)->fd < 0 ? closed_error() : self;
}

static Object *epoll_exit(Object *self, Object *type, Object *value, Object *traceback) {
    (void)type, (void)value, (void)traceback;
    return epoll_close(self);
}

static BuiltinDef epoll_methods[] = {
    BUILTIN("fromfd", epoll_fromfd, "($type, fd, /)", BUILTIN_CLASS, NULL),
    BUILTIN("close", epoll_close, "($self, /)", 0, NULL),
    BUILTIN("fileno", epoll_fileno, "($self, /)", 0, NULL),
    BUILTIN("modify", epoll_modify, "($self, /, fd, eventmask)", 0, NULL),
    BUILTIN("register", epoll_register,
            "($self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", 0,
            NULL),
    BUILTIN("unregister", epoll_unregister, "($self, /, fd)", 0, NULL),
    BUILTIN("poll", epoll_poll, "($self, /, timeout=None, maxevents=-1)", 0, NULL),
    BUILTIN("__enter__", epoll_enter, "($self, /)", 0, NULL),
    BUILTIN("__exit__", epoll_exit, "($self, exc_type=None, exc_value=None, exc_tb=None, /)", 0, NULL),
    BUILTIN_END,
};

static GetSetDef epoll_getsets[] = {
    { "closed", epoll_get_closed, NULL, NULL, NULL },
    { 0 },
};

static const TypeSpec epoll_spec = {
    .name = "select.epoll",
    .basic_size = sizeof(Epoll),
    .methods = epoll_methods,
    .getsets = epoll_getsets,
    .slots = { .new = epoll_new, .getattr = object_generic_getattr, .finalize = epoll_finalize },
};

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("select", select_select, "($module, rlist, wlist, xlist, timeout=None, /)", 0, NULL),
    BUILTIN("poll", select_poll, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int select_exec(Object *module) {
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {
        { "PIPE_BUF", PIPE_BUF },         { "POLLIN", POLLIN },
        { "POLLPRI", POLLPRI },           { "POLLOUT", POLLOUT },
        { "POLLERR", POLLERR },           { "POLLHUP", POLLHUP },
        { "POLLNVAL", POLLNVAL },         { "POLLRDNORM", POLLRDNORM },
        { "POLLRDBAND", POLLRDBAND },     { "POLLWRNORM", POLLWRNORM },
        { "POLLWRBAND", POLLWRBAND },     { "POLLMSG", 0x400 },
        { "POLLRDHUP", 0x2000 },          { "EPOLLIN", EPOLLIN },
        { "EPOLLOUT", EPOLLOUT },         { "EPOLLPRI", EPOLLPRI },
        { "EPOLLERR", EPOLLERR },         { "EPOLLHUP", EPOLLHUP },
        { "EPOLLRDHUP", EPOLLRDHUP },     { "EPOLLET", (int64_t)EPOLLET },
        { "EPOLLONESHOT", EPOLLONESHOT }, { "EPOLLEXCLUSIVE", EPOLLEXCLUSIVE },
        { "EPOLLRDNORM", EPOLLRDNORM },   { "EPOLLRDBAND", EPOLLRDBAND },
        { "EPOLLWRNORM", EPOLLWRNORM },   { "EPOLLWRBAND", EPOLLWRBAND },
        { "EPOLLMSG", EPOLLMSG },         { "EPOLL_CLOEXEC", EPOLL_CLOEXEC },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (type_ready(&poll_type, &poll_spec) < 0) {
        return -1;
    }
    return module_add(module, "error", (Object *)&exc_OSError) < 0
               ? -1
               : module_add_type(module, &epoll_type, &epoll_spec);
}

const ModuleSpec module_select = { "select", NULL, functions, select_exec };
