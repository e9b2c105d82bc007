// What the files of `_socket` share.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "heap/thread.h"
#include "objects/builtin.h"
#include "objects/object.h"

typedef struct Socket {
    Object base;
    int fd;           // -1: closed
    int family, type, protocol;
    int64_t timeout;  // nanoseconds; -1: blocking, 0: non-blocking
    ssize_t received; // by the last call of recv that asked for much
} Socket;

typedef struct SocketAddress {
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    };
    socklen_t length;
} SocketAddress;

extern Type socket_type;
extern const TypeSpec socket_spec;
extern Object *gaierror_class, *herror_class;

// Whether `o` is a socket that is closed, and its class adds no finalizer.
bool socket_has_nothing_to_close(const Object *o);
Object *socket_error(void);  // OSError from errno; NULL
Object *socket_close_fd(int fd);
Object *socket_getdefaulttimeout(Object *module);
Object *socket_setdefaulttimeout(Object *module, Object *timeout);
// The address that Python's form means for the socket's family. -1 with an exception; looks names up.
int socket_address_parse(Socket *socket, Object *address, const char *function, SocketAddress *result);
// Python's form of an address; None for an empty one.
Object *socket_address_object(const SocketAddress *address, int protocol);
// The same for the rarer families (socket_families.c).
int socket_family_parse(Socket *socket, Object *address, const char *function, SocketAddress *result);
Object *socket_family_object(const SocketAddress *address, int protocol);
// Looks up a host name as an address of the family. -1 with gaierror.
int socket_resolve(const char *name, int family, SocketAddress *result);
// The UTF-8 or IDNA form of a host given as str, bytes or bytearray; *keep holds it. NULL with TypeError.
const char *socket_host_text(Object *host, Object **keep);
Object *socket_ip_text(const SocketAddress *address);
