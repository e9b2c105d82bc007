// Addresses of sockets, between Python's tuples and C's structures.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>
#include <sys/ioctl.h>

#include "modules/socket.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/tuple.h"

const char *socket_host_text(Object *host, Object **keep) {
    if (str_check(host)) {
        // Host names beyond ASCII go by IDNA.
        *keep = str_is_ascii(host) ? str_encode(host, "ascii", NULL) : str_encode(host, "idna", NULL);
    } else if (bytes_check(host)) {
        *keep = host;
    } else if (bytearray_check(host)) {
        *keep = bytes_from_object(host);
    } else {
        return (const char *)raise_error(&exc_TypeError, "str, bytes or bytearray expected, not %s",
                                         host->type->name);
    }
    if (!*keep) {
        return NULL;
    }
    if (strlen(bytes_data(*keep)) != (size_t)bytes_length(*keep)) {
        return (const char *)raise_error(&exc_TypeError, "host name must not contain null character");
    }
    return bytes_data(*keep);
}

static int raise_gai_error(int code) {
    if (code == EAI_SYSTEM) {
        socket_error();
        return -1;
    }
    Object *number = int_from_i64(code), *text = str_from_cstring(gai_strerror(code));
    Object *pair = number && text ? tuple_pack(2, number, text) : NULL;
    if (pair) {
        raise_with((Type *)gaierror_class, pair);
    }
    return -1;
}

typedef struct Resolving {
    const char *name;
    struct addrinfo hints, *found;
    int result;
} Resolving;

static void *run_resolve(void *context) {
    Resolving *r = context;
    r->result = getaddrinfo(r->name, NULL, &r->hints, &r->found);
    return NULL;
}

int socket_resolve(const char *name, int family, SocketAddress *result) {
    memset(result, 0, sizeof *result);
    if (!*name) {
        // Any address.
        result->any.sa_family = (sa_family_t)(family == AF_INET6 ? AF_INET6 : AF_INET);
        result->length = family == AF_INET6 ? sizeof result->ip6 : sizeof result->ip4;
        return 0;
    }
    if (!strcmp(name, "<broadcast>") || !strcmp(name, "255.255.255.255")) {
        if (family != AF_INET && family != AF_UNSPEC) {
            raise_error(&exc_OSError, "address family mismatched");
            return -1;
        }
        result->ip4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = INADDR_BROADCAST };
        result->length = sizeof result->ip4;
        return 0;
    }
    if (family != AF_INET6 && inet_pton(AF_INET, name, &result->ip4.sin_addr) == 1) {
        result->ip4.sin_family = AF_INET;
        result->length = sizeof result->ip4;
        return 0;
    }
    if (family != AF_INET && !strchr(name, '%') && inet_pton(AF_INET6, name, &result->ip6.sin6_addr) == 1) {
        result->ip6.sin6_family = AF_INET6;
        result->length = sizeof result->ip6;
        return 0;
    }
    Resolving r = { .name = name, .hints = { .ai_family = family } };
    blocking_call(run_resolve, &r);
    if (r.result) {
        return raise_gai_error(r.result);
    }
    memcpy(&result->storage, r.found->ai_addr, r.found->ai_addrlen);
    result->length = r.found->ai_addrlen;
    freeaddrinfo(r.found);
    return 0;
}

Object *socket_ip_text(const SocketAddress *address) {
    char text[INET6_ADDRSTRLEN + 1];
    const void *bytes = address->any.sa_family == AF_INET6 ? (const void *)&address->ip6.sin6_addr
                                                           : (const void *)&address->ip4.sin_addr;
    return inet_ntop(address->any.sa_family, bytes, text, sizeof text) ? str_from_cstring(text)
                                                                       : socket_error();
}

// A port or the like: an int up to `most`.
static int number_in(Object *o, const char *function, const char *what, int64_t most, uint32_t *value) {
    Object *number = number_index(o);
    if (!number) {
        return -1;
    }
    int overflow;
    int64_t n = int_as_i64(number, &overflow);
    if (overflow || n < 0 || n > most) {
        raise_error(&exc_OverflowError, "%s(): %s must be 0-%ld.", function, what, most);
        return -1;
    }
    *value = (uint32_t)n;
    return 0;
}

static int parse_ip4(Object *o, const char *function, SocketAddress *result) {
    if (!tuple_check(o)) {
        raise_error(&exc_TypeError, "%s(): AF_INET address must be tuple, not %.500s", function,
                    o->type->name);
        return -1;
    }
    if (tuple_size(o) != 2) {
        raise_error(&exc_TypeError, "AF_INET address must be a pair (host, port)");
        return -1;
    }
    Object *keep;
    const char *host = socket_host_text(tuple_get(o, 0), &keep);
    uint32_t port;
    if (!host || socket_resolve(host, AF_INET, result) < 0 ||
        number_in(tuple_get(o, 1), function, "port", 65535, &port) < 0) {
        return -1;
    }
    result->ip4.sin_port = htons((uint16_t)port);
    return 0;
}

static int parse_ip6(Object *o, const char *function, SocketAddress *result) {
    if (!tuple_check(o)) {
        raise_error(&exc_TypeError, "%s(): AF_INET6 address must be tuple, not %.500s", function,
                    o->type->name);
        return -1;
    }
    ssize_t count = tuple_size(o);
    if (count < 2 || count > 4) {
        raise_error(&exc_TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])");
        return -1;
    }
    Object *keep;
    const char *host = socket_host_text(tuple_get(o, 0), &keep);
    uint32_t port, flow = 0, scope = 0;
    if (!host || socket_resolve(host, AF_INET6, result) < 0 ||
        number_in(tuple_get(o, 1), function, "port", 65535, &port) < 0 ||
        (count > 2 && number_in(tuple_get(o, 2), function, "flowinfo", 1048575, &flow) < 0)) {
        return -1;
    }
    if (count > 3) {
        Object *number = number_index(tuple_get(o, 3));
        if (!number) {
            return -1;
        }
        scope = (uint32_t)int_to_u64_mask(number);
    }
    result->ip6.sin6_port = htons((uint16_t)port);
    result->ip6.sin6_flowinfo = htonl(flow);
    if (count > 3) {
        result->ip6.sin6_scope_id = scope;
    }
    return 0;
}

static int parse_local(Object *o, SocketAddress *result) {
    Buffer view;
    Object *path = str_check(o) ? str_encode_fs(o) : o;
    if (!path || object_get_buffer(path, &view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    memset(result, 0, sizeof *result);
    size_t length = (size_t)view.length;
    bool abstract = length && *(const char *)view.data == 0;
    int status = 0;
    if (length > sizeof result->local.sun_path - !abstract) {
        raise_error(&exc_OSError, "AF_UNIX path too long");
        status = -1;
    } else {
        result->local.sun_family = AF_UNIX;
        memcpy(result->local.sun_path, view.data, length);
        result->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !abstract);
        if (!length) {
            result->length = offsetof(struct sockaddr_un, sun_path);
        }
    }
    buffer_release(&view);
    return status;
}

static int parse_netlink(Object *o, const char *function, SocketAddress *result) {
    if (!tuple_check(o)) {
        raise_error(&exc_TypeError, "%s(): AF_NETLINK address must be tuple, not %.500s", function,
                    o->type->name);
        return -1;
    }
    Object *pid = tuple_size(o) == 2 ? number_index(tuple_get(o, 0)) : NULL;
    Object *groups = pid ? number_index(tuple_get(o, 1)) : NULL;
    if (!groups) {
        if (!error_occurred()) {
            raise_error(&exc_TypeError, "AF_NETLINK address must be a pair (pid, groups)");
        }
        return -1;
    }
    struct sockaddr_nl address = { .nl_family = AF_NETLINK,
                                   .nl_pid = (uint32_t)int_to_u64_mask(pid),
                                   .nl_groups = (uint32_t)int_to_u64_mask(groups) };
    memcpy(&result->storage, &address, sizeof address);
    result->length = sizeof address;
    return 0;
}

static int parse_packet(Socket *s, Object *o, const char *function, SocketAddress *result) {
    if (!tuple_check(o)) {
        raise_error(&exc_TypeError, "%s(): AF_PACKET address must be tuple, not %.500s", function,
                    o->type->name);
        return -1;
    }
    ssize_t count = tuple_size(o);
    if (count < 2 || count > 5 || !str_check(tuple_get(o, 0))) {
        raise_error(&exc_TypeError, "AF_PACKET address must be a tuple of two to five elements");
        return -1;
    }
    struct ifreq request = { 0 };
    const char *name = str_utf8(tuple_get(o, 0), NULL);
    uint32_t protocol;
    if (!name || number_in(tuple_get(o, 1), function, "proto", 65535, &protocol) < 0) {
        return -1;
    }
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (ioctl(s->fd, SIOCGIFINDEX, &request) < 0) {
        socket_error();
        return -1;
    }
    struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                   .sll_protocol = htons((uint16_t)protocol),
                                   .sll_ifindex = request.ifr_ifindex };
    if (count > 2) {
        address.sll_pkttype = (unsigned char)int_to_u64_mask(tuple_get(o, 2));
    }
    if (count > 3) {
        address.sll_hatype = (unsigned short)int_to_u64_mask(tuple_get(o, 3));
    }
    if (count > 4) {
        Buffer view;
        if (object_get_buffer(tuple_get(o, 4), &view, BUFFER_SIMPLE) < 0) {
            return -1;
        }
        bool fits = view.length <= 8;
        if (fits) {
            memcpy(address.sll_addr, view.data, (size_t)view.length);
            address.sll_halen = (unsigned char)view.length;
        }
        buffer_release(&view);
        if (!fits) {
            raise_error(&exc_ValueError, "Hardware address must be 8 bytes or less");
            return -1;
        }
    }
    memcpy(&result->storage, &address, sizeof address);
    result->length = sizeof address;
    return error_occurred() ? -1 : 0;
}

int socket_address_parse(Socket *s, Object *address, const char *function, SocketAddress *result) {
    switch (s->family) {
    case AF_INET: return parse_ip4(address, function, result);
    case AF_INET6: return parse_ip6(address, function, result);
    case AF_UNIX: return parse_local(address, result);
    case AF_NETLINK: return parse_netlink(address, function, result);
    case AF_PACKET: return parse_packet(s, address, function, result);
    default: return socket_family_parse(s, address, function, result);
    }
}

static Object *packet_object(const SocketAddress *address) {
    struct sockaddr_ll a;
    memcpy(&a, &address->storage, sizeof a);
    char name[IF_NAMESIZE] = "";
    if (a.sll_ifindex) {
        if_indextoname((unsigned)a.sll_ifindex, name);
    }
    Object *parts[] = { str_from_cstring(name), int_from_i64(ntohs(a.sll_protocol)),
                        int_from_i64(a.sll_pkttype), int_from_i64(a.sll_hatype),
                        bytes_from(a.sll_addr, a.sll_halen <= 8 ? a.sll_halen : 8) };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!parts[i]) {
            return NULL;
        }
    }
    return tuple_from_array(parts, COUNT_OF(parts));
}

static Object *local_object(const SocketAddress *address) {
    const char *path = address->local.sun_path;
    size_t room = address->length > offsetof(struct sockaddr_un, sun_path)
                      ? address->length - offsetof(struct sockaddr_un, sun_path)
                      : 0;
    if (room && path[0] == 0) {
        return bytes_from(path, (ssize_t)room);  // an abstract name
    }
    size_t length = strnlen(path, room);
    return str_decode_fs(path, (ssize_t)length);
}

Object *socket_address_object(const SocketAddress *address, int protocol) {
    if (!address->length || (address->any.sa_family == AF_UNSPEC)) {
        return NONE;
    }
    switch (address->any.sa_family) {
    case AF_INET: {
        Object *host = socket_ip_text(address), *port = int_from_i64(ntohs(address->ip4.sin_port));
        return host && port ? tuple_pack(2, host, port) : NULL;
    }
    case AF_INET6: {
        Object *host = socket_ip_text(address), *port = int_from_i64(ntohs(address->ip6.sin6_port));
        Object *flow = int_from_i64(ntohl(address->ip6.sin6_flowinfo)),
               *scope = int_from_i64(address->ip6.sin6_scope_id);
        return host && port && flow && scope ? tuple_pack(4, host, port, flow, scope) : NULL;
    }
    case AF_UNIX: return local_object(address);
    case AF_NETLINK: {
        struct sockaddr_nl a;
        memcpy(&a, &address->storage, sizeof a);
        Object *pid = int_from_i64(a.nl_pid), *groups = int_from_i64(a.nl_groups);
        return pid && groups ? tuple_pack(2, pid, groups) : NULL;
    }
    case AF_PACKET: return packet_object(address);
    default: return socket_family_object(address, protocol);
    }
}
