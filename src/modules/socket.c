// `_socket`: sockets. Addresses are in socket_address.c, names and look-ups in socket_names.c.
//
// A socket with a timeout is non-blocking for the system; calls wait for it with poll, detached from the
// runtime, and go on after signals with what is left of the time (PEP 475).
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_alg.h>
#include <math.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "modules/modules.h"
#include "modules/socket.h"
#include "modules/timestamp.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"
#include "vm/runtime.h"

Type socket_type;
static int64_t default_timeout = -1;  // nanoseconds; -1: none

Object *socket_error(void) {
    return raise_os_error(errno, NULL, NULL);
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

// ---- system calls that may wait

typedef struct Call {
    ssize_t (*function)(struct Call *c);  // the result, or -1 with errno
    Socket *socket;
    short event;                          // what to wait for: POLLIN or POLLOUT
    int64_t deadline;                     // 0: not computed yet
    ssize_t result;
    int error;
    void *data;
    size_t size;
    int flags;
    int now; // MSG_DONTWAIT while it is tried whether there is anything to wait for
    SocketAddress *address;
    struct msghdr *message;
} Call;

static void *run_call(void *context) {
    Call *c = context;
    c->result = c->function(c);
    c->error = errno;
    return NULL;
}

typedef struct Polling {
    struct pollfd fd;
    int milliseconds, result, error;
} Polling;

static void *run_poll(void *context) {
    Polling *p = context;
    p->result = poll(&p->fd, 1, p->milliseconds);
    p->error = errno;
    return NULL;
}

// Waits until the socket is ready. 0, or -1 with TimeoutError or what a signal handler raised.
static int wait_ready(Call *c) {
    int64_t timeout = c->socket->timeout;
    if (timeout <= 0) {
        return 0;
    }
    if (!c->deadline) {
        c->deadline = now_ns() + timeout;
    }
    for (;;) {
        int64_t left = c->deadline - now_ns();
        if (left < 0) {
            raise_error(&exc_TimeoutError, "timed out");
            return -1;
        }
        Polling p = { { c->socket->fd, c->event, 0 },
                      left > (int64_t)INT_MAX * 1000000 ? INT_MAX : (int)((left + 999999) / 1000000) };
        if (heap_before_blocking_on(c->socket->fd, c->event) < 0) {
            return -1;
        }
        blocking_call(run_poll, &p);
        if (p.result > 0) {
            return 0;
        }
        if (p.result == 0) {
            raise_error(&exc_TimeoutError, "timed out");
            return -1;
        }
        if (p.error != EINTR) {
            errno = p.error;
            socket_error();
            return -1;
        }
        if (safepoint() < 0) {
            return -1;
        }
    }
}

static ssize_t do_accept(Call *c) {
    c->address->length = sizeof c->address->storage;
    return accept4(c->socket->fd, &c->address->any, &c->address->length, SOCK_CLOEXEC);
}

static bool call_would_wait(const Call *c) {
    return c->result < 0 && (c->error == EWOULDBLOCK || c->error == EAGAIN);
}

// Runs the call until it succeeds or fails for good. -1 with an exception.
static ssize_t run(Call *c) {
    // Most often there is nothing to wait for, which one system call finds out, not two. (A call without flags,
    // accept, cannot be asked not to wait, for another process may have made the descriptor blocking.)
    if (c->function != do_accept &&
        (c->socket->timeout > 0 || (c->socket->timeout < 0 && heap_has_idle_work()))) {
        c->now = MSG_DONTWAIT;
        blocking_call(run_call, c);
        c->now = 0;
        if (c->result >= 0) {
            return c->result;
        }
        if (c->error != EINTR && !call_would_wait(c)) {
            errno = c->error;
            socket_error();
            return -1;
        }
        if (c->error == EINTR && safepoint() < 0) {
            return -1;
        }
    }
    for (;;) {
        if (wait_ready(c) < 0) {
            return -1;
        }
        if (c->socket->timeout < 0 && heap_before_blocking_on(c->socket->fd, c->event) < 0) {
            return -1;
        }
        blocking_call(run_call, c);
        if (c->result >= 0) {
            return c->result;
        }
        if (c->error == EINTR) {
            if (safepoint() < 0) {
                return -1;
            }
            continue;
        }
        if (c->socket->timeout > 0 && call_would_wait(c)) {
            continue;
        }
        errno = c->error;
        socket_error();
        return -1;
    }
}

static Socket *socket_of(Object *self) {
    return (Socket *)self;
}

static int set_blocking(int fd, bool blocking) {
    int on = !blocking;
    return ioctl(fd, FIONBIO, &on);
}

// ---- making and closing

static int init_socket(Socket *s, int fd, int family, int type, int protocol) {
    s->fd = fd;
    s->family = family;
    s->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    s->protocol = protocol;
    s->timeout = -1;
    if (type & SOCK_NONBLOCK) {
        s->timeout = 0;
    } else {
        s->timeout = __atomic_load_n(&default_timeout, __ATOMIC_RELAXED);
        if (s->timeout >= 0 && set_blocking(fd, false) < 0) {
            socket_error();
            return -1;
        }
    }
    return 0;
}

static Object *socket_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Socket *s = (Socket *)object_alloc(type);
    if (s) {
        s->fd = -1;
        s->timeout = -1;
    }
    return (Object *)s;
}

static int get_int(Object *o, int otherwise, int *value) {
    *value = o ? int_to_c_int(o) : otherwise;
    return *value == -1 && error_occurred() ? -1 : 0;
}

// Reads what is not given from an existing descriptor.
static int adopt(int fd, int *family, int *type, int *protocol) {
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
        if (*family == -1 || errno == EBADF || errno == ENOTSOCK) {
            socket_error();
            return -1;
        }
    } else if (*family == -1) {
        *family = address.ss_family;
    }
    length = sizeof *type;
    if (*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &length) < 0) {
        socket_error();
        return -1;
    }
    length = sizeof *protocol;
    if (*protocol == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, protocol, &length) < 0) {
        socket_error();
        return -1;
    }
    return 0;
}

static int socket_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[4];
    int family, type, protocol, fd;
    if (signature_bind(&signature, "socket", "|(family=-1, type=-1, proto=-1, fileno=None)", args, nargs,
                       kwnames, bound) < 0 ||
        get_int(bound[0], -1, &family) < 0 || get_int(bound[1], -1, &type) < 0 ||
        get_int(bound[2], -1, &protocol) < 0) {
        return -1;
    }
    Object *number = bound[3] && bound[3] != NONE ? number_index(bound[3]) : NULL;
    if (audit("socket.__new__", "Oiii", self, family, type, protocol) < 0) {
        return -1;
    }
    if (number) {
        fd = int_to_c_int(number);
        if (fd == -1 && error_occurred()) {
            return -1;
        }
        if (fd < 0) {
            raise_error(&exc_ValueError, "negative file descriptor");
            return -1;
        }
        return adopt(fd, &family, &type, &protocol) < 0
                   ? -1
                   : init_socket(socket_of(self), fd, family, type, protocol);
    }
    if (error_occurred()) {
        return -1;
    }
    family = family == -1 ? AF_INET : family;
    type = type == -1 ? SOCK_STREAM : type;
    protocol = protocol == -1 ? 0 : protocol;
    fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0) {
        socket_error();
        return -1;
    }
    return init_socket(socket_of(self), fd, family, type, protocol);
}

Object *socket_close_fd(int fd) {
    // A connection that the peer has reset is closed all the same.
    return fd >= 0 && close(fd) < 0 && errno != ECONNRESET ? socket_error() : NONE;
}

static Object *socket_close(Object *self) {
    return socket_close_fd(__atomic_exchange_n(&socket_of(self)->fd, -1, __ATOMIC_ACQ_REL));
}

static Object *socket_detach(Object *self) {
    return int_from_i64(__atomic_exchange_n(&socket_of(self)->fd, -1, __ATOMIC_ACQ_REL));
}

static void socket_finalize(Object *self) {
    if (socket_of(self)->fd >= 0) {
        Object *saved = error_take();
        // Other exceptions come from the repr, when the socket module's globals are gone already.
        if (warn(&exc_ResourceWarning, 1, "unclosed %R", self) < 0 && error_matches(&exc_Warning)) {
            error_unraisable(self);
        }
        int fd = __atomic_exchange_n(&socket_of(self)->fd, -1, __ATOMIC_ACQ_REL);
        if (fd >= 0) {
            close(fd);
        }
        error_restore(saved);
    }
}

bool socket_has_nothing_to_close(const Object *o) {
    return o->type->info->slots.finalize == socket_finalize &&
           __atomic_load_n(&((const Socket *)o)->fd, __ATOMIC_RELAXED) < 0;
}

static Object *socket_fileno(Object *self) {
    return int_from_i64(socket_of(self)->fd);
}

static Object *socket_repr(Object *self) {
    Socket *s = socket_of(self);
    return str_format("<socket object, fd=%d, family=%d, type=%d, proto=%d>", s->fd, s->family, s->type,
                      s->protocol);
}

// ---- timeouts

// Nanoseconds of a timeout in seconds; -1 for None. -1 with an exception: -2.
static int64_t parse_timeout(Object *o) {
    if (o == NONE) {
        return -1;
    }
    int64_t ns;
    if (timestamp_from_seconds(o, ROUND_TIMEOUT, &ns) < 0) {
        return -2;
    }
    if (ns < 0) {
        raise_error(&exc_ValueError, "Timeout value out of range");
        return -2;
    }
    return ns;
}

static Object *timeout_object(int64_t timeout) {
    return timeout < 0 ? NONE : float_from_double((double)timeout / 1e9);
}

static Object *apply_timeout(Object *self, int64_t timeout) {
    Socket *s = socket_of(self);
    if (timeout == -2) {
        return NULL;
    }
    s->timeout = timeout;
    return set_blocking(s->fd, timeout < 0) < 0 ? socket_error() : NONE;
}

static Object *socket_settimeout(Object *self, Object *timeout) {
    return apply_timeout(self, parse_timeout(timeout));
}

static Object *socket_gettimeout(Object *self) {
    return timeout_object(socket_of(self)->timeout);
}

static Object *socket_setblocking(Object *self, Object *flag) {
    int blocking = object_is_true(flag);
    return blocking < 0 ? NULL : apply_timeout(self, blocking ? -1 : 0);
}

static Object *socket_getblocking(Object *self) {
    return bool_from(socket_of(self)->timeout != 0);
}

Object *socket_getdefaulttimeout(Object *module) {
    (void)module;
    return timeout_object(default_timeout);
}

Object *socket_setdefaulttimeout(Object *module, Object *timeout) {
    (void)module;
    int64_t value = parse_timeout(timeout);
    if (value == -2) {
        return NULL;
    }
    __atomic_store_n(&default_timeout, value, __ATOMIC_RELAXED);
    return NONE;
}

// ---- connections

static Object *socket_accept(Object *self) {
    SocketAddress address;
    Call c = { .function = do_accept, .socket = socket_of(self), .event = POLLIN, .address = &address };
    ssize_t fd = run(&c);
    if (fd < 0) {
        return NULL;
    }
    Object *number = int_from_i64(fd), *where = number ? socket_address_object(&address, 0) : NULL;
    if (!where) {
        close((int)fd);
        return NULL;
    }
    return tuple_pack(2, number, where);
}

static Object *socket_bind(Object *self, Object *address_object) {
    SocketAddress address;
    if (socket_address_parse(socket_of(self), address_object, "bind", &address) < 0 ||
        audit("socket.bind", "OO", self, address_object) < 0) {
        return NULL;
    }
    return bind(socket_of(self)->fd, &address.any, address.length) < 0 ? socket_error() : NONE;
}

static ssize_t do_connect(Call *c) {
    return connect(c->socket->fd, &c->address->any, c->address->length);
}

static ssize_t do_connect_result(Call *c) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(c->socket->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) {
        return -1;
    }
    if (error == EISCONN || !error) {
        return 0;
    }
    errno = error;
    return -1;
}

// An errno, 0, or -1 with an exception (a timeout, a signal handler's).
static int connect_to(Object *self, SocketAddress *address) {
    Socket *s = socket_of(self);
    Call c = { .function = do_connect, .socket = s, .event = POLLOUT, .address = address };
    if (heap_before_blocking_on(s->fd, POLLOUT) < 0) {
        return -1;
    }
    blocking_call(run_call, &c);
    if (c.result >= 0) {
        return 0;
    }
    bool wait = (c.error == EINPROGRESS && s->timeout > 0) || (c.error == EINTR && s->timeout != 0);
    if (!wait) {
        return c.error;
    }
    if (c.error == EINTR && safepoint() < 0) {
        return -1;
    }
    if (s->timeout > 0) {
        if (wait_ready(&c) < 0) {
            return -1;
        }
    } else {
        Polling p = { { s->fd, POLLOUT, 0 }, -1 };
        do {
            blocking_call(run_poll, &p);
            if (p.result < 0 && (p.error != EINTR || safepoint() < 0)) {
                return p.error != EINTR ? p.error : -1;
            }
        } while (p.result < 0);
    }
    return do_connect_result(&c) < 0 ? errno : 0;
}

static Object *socket_connect(Object *self, Object *address_object) {
    SocketAddress address;
    if (socket_address_parse(socket_of(self), address_object, "connect", &address) < 0 ||
        audit("socket.connect", "OO", self, address_object) < 0) {
        return NULL;
    }
    int error = connect_to(self, &address);
    if (error > 0) {
        errno = error;
        return socket_error();
    }
    return error < 0 ? NULL : NONE;
}

static Object *socket_connect_ex(Object *self, Object *address_object) {
    SocketAddress address;
    if (socket_address_parse(socket_of(self), address_object, "connect_ex", &address) < 0 ||
        audit("socket.connect", "OO", self, address_object) < 0) {
        return NULL;
    }
    int error = connect_to(self, &address);
    if (error < 0) {
        if (!error_clear_if(&exc_TimeoutError)) {
            return NULL;
        }
        error = EWOULDBLOCK;
    }
    return int_from_i64(error);
}

static Object *socket_listen(Object *self, Object *backlog_object) {
    int backlog;
    if (get_int(backlog_object, SOMAXCONN < 128 ? SOMAXCONN : 128, &backlog) < 0) {
        return NULL;
    }
    return listen(socket_of(self)->fd, backlog < 0 ? 0 : backlog) < 0 ? socket_error() : NONE;
}

static Object *socket_shutdown(Object *self, Object *how_object) {
    int how;
    if (get_int(how_object, 0, &how) < 0) {
        return NULL;
    }
    return shutdown(socket_of(self)->fd, how) < 0 ? socket_error() : NONE;
}

static Object *name_of(Object *self, bool peer) {
    SocketAddress address = { .length = sizeof address.storage };
    int fd = socket_of(self)->fd;
    int status = peer ? getpeername(fd, &address.any, &address.length)
                      : getsockname(fd, &address.any, &address.length);
    return status < 0 ? socket_error() : socket_address_object(&address, socket_of(self)->protocol);
}

static Object *socket_getsockname(Object *self) {
    return name_of(self, false);
}

static Object *socket_getpeername(Object *self) {
    return name_of(self, true);
}

// ---- options

static Object *socket_getsockopt(Object *self, Object *level_object, Object *option_object,
                                 Object *size_object) {
    int level, option, size;
    if (get_int(level_object, 0, &level) < 0 || get_int(option_object, 0, &option) < 0 ||
        get_int(size_object, 0, &size) < 0) {
        return NULL;
    }
    if (!size && socket_of(self)->family == AF_VSOCK) {
        uint64_t value = 0; // all options of this family are that wide
        socklen_t length = sizeof value;
        return getsockopt(socket_of(self)->fd, level, option, &value, &length) < 0 ? socket_error()
                                                                                   : int_from_u64(value);
    }
    if (!size) {
        int value = 0;
        socklen_t length = sizeof value;
        return getsockopt(socket_of(self)->fd, level, option, &value, &length) < 0 ? socket_error()
                                                                                   : int_from_i64(value);
    }
    if (size < 0 || size > 1024) {
        return raise_error(&exc_OSError, "getsockopt buflen out of range");
    }
    char room[1024];
    socklen_t length = (socklen_t)size;
    return getsockopt(socket_of(self)->fd, level, option, room, &length) < 0
               ? socket_error()
               : bytes_from(room, (ssize_t)length);
}

static Object *socket_setsockopt(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    int level, option, status;
    if (arguments_no_keywords("socket.setsockopt", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 3 && nargs != 4) {
        return raise_error(&exc_TypeError,
                           nargs < 3 ? "setsockopt() takes at least 3 arguments (%zu given)"
                                     : "setsockopt() takes at most 4 arguments (%zu given)",
                           nargs);
    }
    if (get_int(args[0], 0, &level) < 0 || get_int(args[1], 0, &option) < 0) {
        return NULL;
    }
    if (nargs == 4) {
        Object *size = args[2] == NONE
                           ? number_index(args[3])
                           : raise_error(&exc_TypeError, "setsockopt() argument 3 must be None, not %.50s",
                                         args[2]->type->name);
        if (!size) {
            return NULL;
        }
        status = setsockopt(socket_of(self)->fd, level, option, NULL, (socklen_t)int_to_u64_mask(size));
    } else if (int_check(args[2]) && socket_of(self)->family == AF_VSOCK) {
        uint64_t value = int_to_u64_mask(args[2]);
        status = setsockopt(socket_of(self)->fd, level, option, &value, sizeof value);
    } else if (int_check(args[2])) {
        int value;
        if (get_int(args[2], 0, &value) < 0) {
            return NULL;
        }
        status = setsockopt(socket_of(self)->fd, level, option, &value, sizeof value);
    } else {
        Buffer view;
        if (object_get_buffer(args[2], &view, BUFFER_SIMPLE) < 0) {
            return NULL;
        }
        status = setsockopt(socket_of(self)->fd, level, option, view.data, (socklen_t)view.length);
        int error = errno;
        buffer_release(&view);
        errno = error;
    }
    return status < 0 ? socket_error() : NONE;
}

// ---- receiving

static ssize_t do_recv(Call *c) {
    return recv(c->socket->fd, c->data, c->size, c->flags | c->now);
}

static ssize_t do_recvfrom(Call *c) {
    c->address->length = sizeof c->address->storage;
    c->address->any.sa_family = AF_UNSPEC;
    return recvfrom(c->socket->fd, c->data, c->size, c->flags | c->now, &c->address->any,
                    &c->address->length);
}

// Reads a size argument; -1 with an exception.
static ssize_t size_argument(Object *o, const char *message) {
    ssize_t size = o ? number_to_ssize(o) : 0;
    if (size < 0 && !error_occurred()) {
        raise_error(&exc_ValueError, "%s", message);
    }
    return error_occurred() ? -1 : size;
}

// A buffer is filled outside of the heap: the call runs detached.
static Object *receive(Object *self, Object *size_object, Object *flags_object, SocketAddress *address,
                       const char *message) {
    int flags;
    ssize_t size = size_argument(size_object, message);
    if (size < 0 || get_int(flags_object, 0, &flags) < 0) {
        return NULL;
    }
    // Large requests are filled in part as a rule: their room is given back at once. What has come by a stream
    // already is received in its place, for copying it would take as long as receiving it. Asking how much there is
    // costs a system call; it is worth one on a socket that had much the last time.
    enum { LARGE = 4096, LARGE_COPY = 16384 };
    Socket *socket = socket_of(self);
    ssize_t before = __atomic_load_n(&socket->received, __ATOMIC_RELAXED);
    int waiting;
    bool in_place = size < LARGE;
    if (before > LARGE_COPY && size > LARGE_COPY && socket->type == SOCK_STREAM && !flags) {
        if (size <= before + before / 4) {
            in_place = true;
        } else if (ioctl(socket->fd, FIONREAD, &waiting) == 0 && waiting > LARGE_COPY) {
            size = size < waiting ? size : waiting;
            in_place = true;
        }
    }
    Object *result = in_place ? bytes_new(size) : NULL;
    char *room = in_place ? NULL : malloc((size_t)size);
    if (!result && !room) {
        return in_place ? NULL : raise_memory_error();
    }
    Call c = { .function = address ? do_recvfrom : do_recv,
               .socket = socket,
               .event = POLLIN,
               .data = room ? room : bytes_data(result),
               .size = (size_t)size,
               .flags = flags,
               .address = address };
    ssize_t received = run(&c);
    if (size >= LARGE) {
        __atomic_store_n(&socket->received, received, __ATOMIC_RELAXED);
    }
    if (room) {
        result = received < 0 ? NULL : bytes_from(room, received);
        free(room);
        return result;
    }
    return received < 0 ? NULL : bytes_shorten(result, received);
}

static Object *socket_recv(Object *self, Object *size, Object *flags) {
    return receive(self, size, flags, NULL, "negative buffersize in recv");
}

static Object *socket_recvfrom(Object *self, Object *size, Object *flags) {
    SocketAddress address;
    Object *data = receive(self, size, flags, &address, "negative buffersize in recvfrom");
    Object *where = data ? socket_address_object(&address, socket_of(self)->protocol) : NULL;
    return where ? tuple_pack(2, data, where) : NULL;
}

static ssize_t receive_into(Object *self, Object *buffer, Object *size_object, Object *flags_object,
                            SocketAddress *address, const char *message, const char *too_small) {
    int flags;
    Buffer view;
    ssize_t size = size_argument(size_object, message);
    if (size < 0 || get_int(flags_object, 0, &flags) < 0 ||
        object_get_buffer(buffer, &view, BUFFER_WRITABLE) < 0) {
        return -1;
    }
    ssize_t received = -1;
    if (size > view.length) {
        raise_error(&exc_ValueError, "%s", too_small);
    } else {
        Call c = { .function = address ? do_recvfrom : do_recv,
                   .socket = socket_of(self),
                   .event = POLLIN,
                   .data = view.data,
                   .size = (size_t)(size ? size : view.length),
                   .flags = flags,
                   .address = address };
        received = run(&c);
    }
    buffer_release(&view);
    return received;
}

static Object *socket_recv_into(Object *self, Object *buffer, Object *size, Object *flags) {
    ssize_t received = receive_into(self, buffer, size, flags, NULL, "negative buffersize in recv_into",
                                    "buffer too small for requested bytes");
    return received < 0 ? NULL : int_from_ssize(received);
}

static Object *socket_recvfrom_into(Object *self, Object *buffer, Object *size, Object *flags) {
    SocketAddress address;
    ssize_t received = receive_into(self, buffer, size, flags, &address,
                                    "negative buffersize in recvfrom_into",
                                    "nbytes is greater than the length of the buffer");
    Object *number = received < 0 ? NULL : int_from_ssize(received);
    Object *where = number ? socket_address_object(&address, socket_of(self)->protocol) : NULL;
    return where ? tuple_pack(2, number, where) : NULL;
}

// ---- sending

static ssize_t do_send(Call *c) {
    return send(c->socket->fd, c->data, c->size, c->flags | c->now);
}

static ssize_t do_sendto(Call *c) {
    return sendto(c->socket->fd, c->data, c->size, c->flags | c->now, &c->address->any, c->address->length);
}

// The call that sends `data`, whose buffer the caller releases. -1 with an exception.
static int prepare_send(Object *self, Object *data, Object *flags_object, Buffer *view, Call *call) {
    int flags;
    if (get_int(flags_object, 0, &flags) < 0 || object_get_buffer(data, view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    *call = (Call){ .function = do_send,
                    .socket = socket_of(self),
                    .event = POLLOUT,
                    .data = view->data,
                    .size = (size_t)view->length,
                    .flags = flags };
    return 0;
}

static Object *socket_send(Object *self, Object *data, Object *flags_object) {
    Buffer view;
    Call c;
    if (prepare_send(self, data, flags_object, &view, &c) < 0) {
        return NULL;
    }
    ssize_t sent = run(&c);
    buffer_release(&view);
    return sent < 0 ? NULL : int_from_ssize(sent);
}

static Object *socket_sendall(Object *self, Object *data, Object *flags_object) {
    Buffer view;
    Call c;
    if (prepare_send(self, data, flags_object, &view, &c) < 0) {
        return NULL;
    }
    ssize_t sent = 0;
    while (c.size || !view.length) {
        sent = run(&c);
        if (sent < 0 || !view.length) {
            break;
        }
        c.data = (char *)c.data + sent;
        c.size -= (size_t)sent;
        if (safepoint() < 0) {
            sent = -1;
            break;
        }
    }
    buffer_release(&view);
    return sent < 0 ? NULL : NONE;
}

static Object *socket_sendto(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("socket.sendto", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 2 && nargs != 3) {
        return raise_error(&exc_TypeError, "sendto() takes 2 or 3 arguments (%zu given)", nargs);
    }
    Call c;
    Buffer view;
    SocketAddress address;
    if (prepare_send(self, args[0], nargs == 3 ? args[1] : NULL, &view, &c) < 0) {
        return NULL;
    }
    ssize_t sent = -1;
    if (socket_address_parse(socket_of(self), args[nargs - 1], "sendto", &address) == 0 &&
        audit("socket.sendto", "OO", self, args[nargs - 1]) == 0) {
        c.function = do_sendto;
        c.address = &address;
        sent = run(&c);
    }
    buffer_release(&view);
    return sent < 0 ? NULL : int_from_ssize(sent);
}

// ---- messages with ancillary data

typedef struct Views {
    Buffer *views; // a byte cell; their objects are kept by `list`
    struct iovec *parts;
    ssize_t count;
    Object *list;
} Views;

static void release_views(Views *v) {
    for (ssize_t i = 0; i < v->count; i++) {
        buffer_release(&v->views[i]);
    }
}

static int get_views(Object *iterable, int flags, const char *message, Views *v) {
    *v = (Views){ 0 };
    v->list = sequence_fast(iterable, message);
    v->list = v->list ? sequence_list(v->list) : NULL;
    ssize_t count = v->list ? list_size(v->list) : 0;
    v->views = v->list ? heap_alloc((size_t)(count + 1) * sizeof(Buffer), CELL_BYTES) : NULL;
    v->parts = v->views ? heap_alloc((size_t)(count + 1) * sizeof(struct iovec), CELL_BYTES) : NULL;
    if (!v->parts) {
        return -1;
    }
    for (; v->count < count; v->count++) {
        Buffer *view = &v->views[v->count];
        if (object_get_buffer(list_read(v->list, v->count), view, flags) < 0) {
            release_views(v);
            return -1;
        }
        v->parts[v->count] = (struct iovec){ view->data, (size_t)view->length };
    }
    return 0;
}

static ssize_t do_recvmsg(Call *c) {
    c->message->msg_namelen = sizeof c->address->storage;
    ssize_t result = recvmsg(c->socket->fd, c->message, c->flags | c->now);
    c->address->length = c->message->msg_namelen;
    return result;
}

static Object *ancillary_list(struct msghdr *message) {
    Object *list = list_new(0);
    for (struct cmsghdr *m = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL; list && m;
         m = CMSG_NXTHDR(message, m)) {
        size_t start = (size_t)((char *)CMSG_DATA(m) - (char *)message->msg_control);
        if (m->cmsg_len < CMSG_LEN(0) || start > message->msg_controllen) {
            if (warn(&exc_RuntimeWarning, 1, "received malformed or improperly-truncated ancillary data") <
                0) {
                return NULL;
            }
            break;
        }
        size_t length = m->cmsg_len - CMSG_LEN(0);
        bool cut = length > message->msg_controllen - start;
        Object *level = int_from_i64(m->cmsg_level), *type = int_from_i64(m->cmsg_type);
        Object *data = bytes_from(CMSG_DATA(m), (ssize_t)(cut ? message->msg_controllen - start : length));
        Object *item = level && type && data ? tuple_pack(3, level, type, data) : NULL;
        if (!item || list_append(list, item) < 0) {
            return NULL;
        }
        if (cut) {
            break;
        }
    }
    return list;
}

// Receives into parts; returns (data, ancillary data, flags, address), with `data` made from the length.
static Object *receive_message(Object *self, struct iovec *parts, ssize_t count, Object *ancillary_object,
                               Object *flags_object, Object *bytes) {
    int flags;
    ssize_t room = size_argument(ancillary_object, "invalid ancillary data buffer length");
    if (room < 0 || get_int(flags_object, 0, &flags) < 0) {
        return NULL;
    }
    if (room > (ssize_t)INT_MAX) {
        return raise_error(&exc_ValueError, "invalid ancillary data buffer length");
    }
    void *control = room ? heap_alloc((size_t)room, CELL_BYTES) : NULL;
    if (room && !control) {
        return NULL;
    }
    SocketAddress address = { 0 };
    struct msghdr message = { .msg_name = &address.storage,
                              .msg_iov = parts,
                              .msg_iovlen = (size_t)count,
                              .msg_control = control,
                              .msg_controllen = (size_t)room };
    Call c = { .function = do_recvmsg,
               .socket = socket_of(self),
               .event = POLLIN,
               .flags = flags,
               .address = &address,
               .message = &message };
    ssize_t received = run(&c);
    if (received < 0) {
        return NULL;
    }
    Object *list = ancillary_list(&message);
    Object *data = bytes ? bytes_from(bytes_data(bytes), received) : int_from_ssize(received);
    Object *result_flags = int_from_i64(message.msg_flags);
    Object *where = list && data && result_flags ? socket_address_object(&address, socket_of(self)->protocol)
                                                 : NULL;
    return where ? tuple_pack(4, data, list, result_flags, where) : NULL;
}

static Object *socket_recvmsg(Object *self, Object *size_object, Object *ancillary, Object *flags) {
    ssize_t size = size_argument(size_object, "negative buffer size in recvmsg()");
    Object *bytes = size < 0 ? NULL : bytes_new(size);
    if (!bytes) {
        return NULL;
    }
    struct iovec part = { bytes_data(bytes), (size_t)size };
    return receive_message(self, &part, 1, ancillary, flags, bytes);
}

static Object *socket_recvmsg_into(Object *self, Object *buffers, Object *ancillary, Object *flags) {
    Views v;
    if (get_views(buffers, BUFFER_WRITABLE, "recvmsg_into() argument 1 must be an iterable", &v) < 0) {
        if (error_clear_if(&exc_BufferError)) {
            raise_error(&exc_TypeError, "recvmsg_into() argument 1 must be an iterable of single-segment "
                                        "read-write buffers");
        }
        return NULL;
    }
    Object *result = v.count > IOV_MAX ? raise_error(&exc_OSError, "recvmsg_into() argument 1 is too long")
                                       : receive_message(self, v.parts, v.count, ancillary, flags, NULL);
    release_views(&v);
    return result;
}

static ssize_t do_sendmsg(Call *c) {
    return sendmsg(c->socket->fd, c->message, c->flags | c->now);
}

static ssize_t send_message(Object *self, struct msghdr *message, int flags) {
    Call c = { .function = do_sendmsg,
               .socket = socket_of(self),
               .event = POLLOUT,
               .flags = flags,
               .message = message };
    return run(&c);
}

// The control buffer for a list of (level, type, data); 0 with *control and *length, or -1.
static int pack_ancillary(Object *items, void **control, size_t *length) {
    *control = NULL;
    *length = 0;
    Object *list = sequence_fast(items, "sendmsg() argument 2 must be an iterable");
    list = list ? sequence_list(list) : NULL;
    if (!list) {
        return -1;
    }
    ssize_t count = list_size(list);
    Object *triples = list_new(0);
    for (ssize_t i = 0; triples && i < count; i++) {
        Object *item = list_read(list, i);
        Object *triple = tuple_check(item) || list_check(item) ? sequence_tuple(item) : NULL;
        if (!triple || tuple_size(triple) != 3) {
            if (!error_occurred()) {
                raise_error(&exc_TypeError,
                            "[sendmsg() ancillary data items]() argument must be 3-item sequence, not %.50s",
                            item->type->name);
            }
            return -1;
        }
        Buffer view;
        if (object_get_buffer(tuple_get(triple, 2), &view, BUFFER_SIMPLE) < 0) {
            return -1;
        }
        *length += CMSG_SPACE((size_t)view.length);
        buffer_release(&view);
        if (*length > INT_MAX) {
            raise_error(&exc_OSError, "too much ancillary data");
            return -1;
        }
        if (list_append(triples, triple) < 0) {
            return -1;
        }
    }
    if (!triples || !count) {
        return triples ? 0 : -1;
    }
    *control = heap_alloc(*length, CELL_BYTES);
    if (!*control) {
        return -1;
    }
    memset(*control, 0, *length);
    struct msghdr message = { .msg_control = *control, .msg_controllen = *length };
    struct cmsghdr *m = CMSG_FIRSTHDR(&message);
    for (ssize_t i = 0; i < count; i++, m = CMSG_NXTHDR(&message, m)) {
        Object *triple = list_read(triples, i);
        int level, type;
        Buffer view;
        if (get_int(tuple_get(triple, 0), 0, &level) < 0 || get_int(tuple_get(triple, 1), 0, &type) < 0 ||
            object_get_buffer(tuple_get(triple, 2), &view, BUFFER_SIMPLE) < 0) {
            return -1;
        }
        bool fits = m && (size_t)((char *)m - (char *)*control) + CMSG_LEN((size_t)view.length) <= *length;
        if (fits) {
            m->cmsg_level = level;
            m->cmsg_type = type;
            m->cmsg_len = CMSG_LEN((size_t)view.length);
            memcpy(CMSG_DATA(m), view.data, (size_t)view.length);
        }
        buffer_release(&view);
        if (!fits) {
            raise_error(&exc_RuntimeError, "ancillary data does not fit in calculated space");
            return -1;
        }
    }
    return 0;
}

static Object *socket_sendmsg(Object *self, Object *buffers, Object *ancillary, Object *flags_object,
                              Object *address_object) {
    int flags;
    Views v;
    void *control = NULL;
    size_t control_length = 0;
    SocketAddress address;
    if (get_int(flags_object, 0, &flags) < 0 ||
        get_views(buffers, BUFFER_SIMPLE, "sendmsg() argument 1 must be an iterable", &v) < 0) {
        return NULL;
    }
    struct msghdr message = { .msg_iov = v.parts, .msg_iovlen = (size_t)v.count };
    ssize_t sent = -1;
    bool with_address = address_object && address_object != NONE;
    if (v.count > IOV_MAX) {
        raise_error(&exc_OSError, "sendmsg() argument 1 is too long");
    } else if ((!ancillary || pack_ancillary(ancillary, &control, &control_length) == 0) &&
               (!with_address ||
                (socket_address_parse(socket_of(self), address_object, "sendmsg", &address) == 0 &&
                 audit("socket.sendmsg", "OO", self, address_object) == 0))) {
        message.msg_control = control;
        message.msg_controllen = control_length;
        if (with_address) {
            message.msg_name = &address.storage;
            message.msg_namelen = address.length;
        }
        sent = send_message(self, &message, flags);
    }
    release_views(&v);
    return sent < 0 ? NULL : int_from_ssize(sent);
}

// The control data of sendmsg_afalg: the operation, the initialization vector, the length of associated data.
static void *pack_algorithm(int operation, const Buffer *vector, int associated, size_t *length) {
    size_t vector_size = sizeof(struct af_alg_iv) + (vector ? (size_t)vector->length : 0);
    *length = CMSG_SPACE(sizeof operation) + (vector ? CMSG_SPACE(vector_size) : 0) +
              (associated >= 0 ? CMSG_SPACE(sizeof associated) : 0);
    void *control = heap_alloc(*length, CELL_BYTES);
    if (!control) {
        return NULL;
    }
    memset(control, 0, *length);
    struct msghdr message = { .msg_control = control, .msg_controllen = *length };
    struct cmsghdr *m = CMSG_FIRSTHDR(&message);
    m->cmsg_level = SOL_ALG;
    m->cmsg_type = ALG_SET_OP;
    m->cmsg_len = CMSG_LEN(sizeof operation);
    memcpy(CMSG_DATA(m), &operation, sizeof operation);
    if (vector) {
        m = CMSG_NXTHDR(&message, m);
        m->cmsg_level = SOL_ALG;
        m->cmsg_type = ALG_SET_IV;
        m->cmsg_len = CMSG_LEN(vector_size);
        struct af_alg_iv *data = (struct af_alg_iv *)CMSG_DATA(m);
        data->ivlen = (uint32_t)vector->length;
        memcpy(data->iv, vector->data, (size_t)vector->length);
    }
    if (associated >= 0) {
        m = CMSG_NXTHDR(&message, m);
        m->cmsg_level = SOL_ALG;
        m->cmsg_type = ALG_SET_AEAD_ASSOCLEN;
        m->cmsg_len = CMSG_LEN(sizeof associated);
        memcpy(CMSG_DATA(m), &associated, sizeof associated);
    }
    return control;
}

static Object *send_algorithm(Object *self, Object *buffers, int operation, const Buffer *vector,
                              int associated, int flags) {
    Views v = { 0 };
    if (buffers && get_views(buffers, BUFFER_SIMPLE, "sendmsg() argument 1 must be an iterable", &v) < 0) {
        return NULL;
    }
    ssize_t sent = -1;
    struct msghdr message = { .msg_iov = v.parts, .msg_iovlen = (size_t)v.count };
    if (v.count > IOV_MAX) {
        raise_error(&exc_OSError, "sendmsg() argument 1 is too long");
    } else if ((message.msg_control = pack_algorithm(operation, vector, associated,
                                                     &message.msg_controllen))) {
        sent = send_message(self, &message, flags);
    }
    if (buffers) {
        release_views(&v);
    }
    return sent < 0 ? NULL : int_from_ssize(sent);
}

static Object *socket_sendmsg_afalg(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *bound[5];
    int operation, associated = -1, flags;
    if (socket_of(self)->family != AF_ALG) {
        return raise_error(&exc_OSError, "algset is only supported for AF_ALG");
    }
    if (signature_bind(&cache, "sendmsg_afalg", "(msg=None, *, op=None, iv=None, assoclen=None, flags=0)",
                       args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    if (!bound[1]) {
        return raise_error(&exc_TypeError, "Invalid or missing argument 'op'");
    }
    for (int i = 1; i < 4; i += 2) {
        if (bound[i] && !int_check(bound[i])) {
            return raise_error(&exc_TypeError, "sendmsg_afalg() argument %d must be int, not %s", i + 1,
                               bound[i] == NONE ? "None" : bound[i]->type->name);
        }
    }
    if (get_int(bound[4], 0, &flags) < 0) {
        return NULL;
    }
    if (get_int(bound[1], 0, &operation) < 0 || operation < 0) {
        return raise_error(&exc_TypeError, "Invalid or missing argument 'op'");
    }
    if (bound[3] && (get_int(bound[3], 0, &associated) < 0 || associated < 0)) {
        return error_occurred() ? NULL : raise_error(&exc_TypeError, "assoclen must be positive");
    }
    Buffer vector;
    if (bound[2] && object_get_buffer(bound[2], &vector, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *sent = send_algorithm(self, bound[0], operation, bound[2] ? &vector : NULL, associated, flags);
    if (bound[2]) {
        buffer_release(&vector);
    }
    return sent;
}

// ---- the type

static BuiltinDef methods[] = {
    BUILTIN("_accept", socket_accept, "-($self, /)", 0, NULL),
    BUILTIN("bind", socket_bind, "-($self, address, /)", 0, NULL),
    BUILTIN("close", socket_close, "-($self, /)", 0, NULL),
    BUILTIN("connect", socket_connect, "-($self, address, /)", 0, NULL),
    BUILTIN("connect_ex", socket_connect_ex, "-($self, address, /)", 0, NULL),
    BUILTIN("detach", socket_detach, "-($self, /)", 0, NULL),
    BUILTIN("fileno", socket_fileno, "-($self, /)", 0, NULL),
    BUILTIN("getpeername", socket_getpeername, "-($self, /)", 0, NULL),
    BUILTIN("getsockname", socket_getsockname, "-($self, /)", 0, NULL),
    BUILTIN("getsockopt", socket_getsockopt, "-($self, level, option, buflen=0, /)", 0, NULL),
    BUILTIN("listen", socket_listen, "-($self, backlog=128, /)", 0, NULL),
    BUILTIN("recv", socket_recv, "-($self, size, flags=0, /)", 0, NULL),
    BUILTIN("recv_into", socket_recv_into, "-($self, buffer, nbytes=0, flags=0)", 0, NULL),
    BUILTIN("recvfrom", socket_recvfrom, "-($self, size, flags=0, /)", 0, NULL),
    BUILTIN("recvfrom_into", socket_recvfrom_into, "-($self, buffer, nbytes=0, flags=0)", 0, NULL),
    BUILTIN("recvmsg", socket_recvmsg, "-($self, size, ancbufsize=0, flags=0, /)", 0, NULL),
    BUILTIN("recvmsg_into", socket_recvmsg_into, "-($self, buffers, ancbufsize=0, flags=0, /)", 0, NULL),
    BUILTIN("send", socket_send, "-($self, data, flags=0, /)", 0, NULL),
    BUILTIN("sendall", socket_sendall, "-($self, data, flags=0, /)", 0, NULL),
    BUILTIN("sendmsg", socket_sendmsg, "-($self, buffers, ancdata=(), flags=0, address=None, /)", 0, NULL),
    BUILTIN("sendmsg_afalg", socket_sendmsg_afalg, NULL, 0, NULL),
    BUILTIN("sendto", socket_sendto, NULL, 0, NULL),
    BUILTIN("setblocking", socket_setblocking, "-($self, flag, /)", 0, NULL),
    BUILTIN("getblocking", socket_getblocking, "-($self, /)", 0, NULL),
    BUILTIN("setsockopt", socket_setsockopt, NULL, 0, NULL),
    BUILTIN("settimeout", socket_settimeout, "-($self, timeout, /)", 0, NULL),
    BUILTIN("gettimeout", socket_gettimeout, "-($self, /)", 0, NULL),
    BUILTIN("shutdown", socket_shutdown, "-($self, how, /)", 0, NULL),
    BUILTIN_END,
};

static MemberDef members[] = {
    { "family", MEMBER_INT, offsetof(Socket, family), MEMBER_READONLY, NULL },
    { "type", MEMBER_INT, offsetof(Socket, type), MEMBER_READONLY, NULL },
    { "proto", MEMBER_INT, offsetof(Socket, protocol), MEMBER_READONLY, NULL },
    { 0 },
};

static Object *get_timeout(Object *self, void *closure) {
    (void)closure;
    return timeout_object(socket_of(self)->timeout);
}

static GetSetDef getsets[] = {
    { "timeout", get_timeout, NULL, NULL, NULL },
    { 0 },
};

const TypeSpec socket_spec = {
    .name = "_socket.socket",
    .basic_size = sizeof(Socket),
    .flags = TF_BASE,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .slots = { .new = socket_new,
               .init = socket_init,
               .repr = socket_repr,
               .finalize = socket_finalize,
               .getattr = object_generic_getattr },
};
