// `_socket`'s functions: looking up hosts, services and interfaces, byte order, and the module itself.
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/tipc.h>
#include <linux/udp.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include <fcntl.h>

#include "modules/modules.h"
#include "modules/socket.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"
#include "vm/runtime.h"

Object *gaierror_class, *herror_class;

static int get_int(Object *o, int otherwise, int *value) {
    *value = o ? int_to_c_int(o) : otherwise;
    return *value == -1 && error_occurred() ? -1 : 0;
}

// ---- getaddrinfo, getnameinfo

typedef struct Looking {
    const char *host, *service;
    struct addrinfo hints, *found;
    int result;
} Looking;

static void *run_getaddrinfo(void *context) {
    Looking *l = context;
    l->result = getaddrinfo(l->host, l->service, &l->hints, &l->found);
    return NULL;
}

static Object *raise_gai_error(int code) {
    if (code == EAI_SYSTEM) {
        return socket_error();
    }
    Object *number = int_from_i64(code), *text = str_from_cstring(gai_strerror(code));
    Object *pair = number && text ? tuple_pack(2, number, text) : NULL;
    return pair ? raise_with((Type *)gaierror_class, pair) : NULL;
}

static Object *addrinfo_tuple(const struct addrinfo *info) {
    SocketAddress address = { 0 };
    memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.length = info->ai_addrlen;
    Object *parts[] = {
        int_from_i64(info->ai_family),
        int_from_i64(info->ai_socktype),
        int_from_i64(info->ai_protocol),
        info->ai_canonname ? str_decode_fs(info->ai_canonname, (ssize_t)strlen(info->ai_canonname))
                           : str_empty(),
        socket_address_object(&address, 0),
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!parts[i]) {
            return NULL;
        }
    }
    return tuple_from_array(parts, COUNT_OF(parts));
}

static Object *socket_getaddrinfo(Object *module, Object *host, Object *port, Object *family, Object *type,
                                  Object *protocol, Object *flags) {
    (void)module;
    Looking l = { 0 };
    Object *keep_host = NULL, *keep_port = NULL;
    if (host != NONE) {
        if (!str_check(host) && !bytes_check(host)) {
            return raise_error(&exc_TypeError, "getaddrinfo() argument 1 must be string or None");
        }
        l.host = socket_host_text(host, &keep_host);
        if (!l.host) {
            return NULL;
        }
    }
    char digits[24];
    if (int_check(port)) {
        int64_t number = int_to_i64(port);
        if (number == -1 && error_occurred()) {
            return NULL;
        }
        snprintf(digits, sizeof digits, "%ld", (long)number);
        l.service = digits;
    } else if (str_check(port)) {
        keep_port = str_encode(port, "utf-8", NULL);
        l.service = keep_port ? bytes_data(keep_port) : NULL;
        if (!keep_port) {
            return NULL;
        }
    } else if (bytes_check(port)) {
        keep_port = port;
        l.service = bytes_data(port);
    } else if (port != NONE) {
        return raise_error(&exc_OSError, "Int or String expected");
    }
    if (get_int(family, 0, &l.hints.ai_family) < 0 || get_int(type, 0, &l.hints.ai_socktype) < 0 ||
        get_int(protocol, 0, &l.hints.ai_protocol) < 0 || get_int(flags, 0, &l.hints.ai_flags) < 0) {
        return NULL;
    }
    Object *zero = int_from_i64(0);
    if (audit("socket.getaddrinfo", "OOOOO", host, port, family ? family : zero, type ? type : zero,
              protocol ? protocol : zero) < 0) {
        return NULL;
    }
    blocking_call(run_getaddrinfo, &l);
    if (l.result) {
        return raise_gai_error(l.result);
    }
    Object *list = list_new(0);
    for (const struct addrinfo *info = l.found; list && info; info = info->ai_next) {
        Object *item = addrinfo_tuple(info);
        if (!item || list_append(list, item) < 0) {
            list = NULL;
        }
    }
    freeaddrinfo(l.found);
    __asm__ volatile("" : : "r"(keep_host), "r"(keep_port) : "memory");
    return list;
}

static Object *socket_getnameinfo(Object *module, Object *address, Object *flags_object) {
    (void)module;
    int flags;
    if (get_int(flags_object, 0, &flags) < 0) {
        return NULL;
    }
    if (!tuple_check(address)) {
        return raise_error(&exc_TypeError, "getnameinfo() argument 1 must be a tuple");
    }
    ssize_t count = tuple_size(address);
    if (count < 2 || count > 4 || !str_check(tuple_get(address, 0))) {
        return raise_error(&exc_TypeError, "getnameinfo(): illegal sockaddr argument");
    }
    int port;
    Object *keep;
    const char *host = socket_host_text(tuple_get(address, 0), &keep);
    if (!host || get_int(tuple_get(address, 1), 0, &port) < 0) {
        return NULL;
    }
    uint64_t flow = count > 2 ? int_to_u64_mask(tuple_get(address, 2)) : 0;
    uint64_t scope = count > 3 ? int_to_u64_mask(tuple_get(address, 3)) : 0;
    if (flow > 0xfffff) {
        return raise_error(&exc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
    }
    if (audit("socket.getnameinfo", "O", address) < 0) {
        return NULL;
    }
    char digits[16];
    snprintf(digits, sizeof digits, "%d", port);
    Looking l = { .host = host, .service = digits, .hints = { .ai_socktype = SOCK_DGRAM } };
    blocking_call(run_getaddrinfo, &l);
    if (l.result) {
        return raise_gai_error(l.result);
    }
    if (l.found->ai_next) {
        freeaddrinfo(l.found);
        return raise_error(&exc_OSError, "sockaddr resolved to multiple addresses");
    }
    if (l.found->ai_family == AF_INET && count != 2) {
        freeaddrinfo(l.found);
        return raise_error(&exc_OSError, "IPv4 sockaddr must be 2 tuple");
    }
    if (l.found->ai_family == AF_INET6) {
        ((struct sockaddr_in6 *)l.found->ai_addr)->sin6_flowinfo = htonl((uint32_t)flow);
        ((struct sockaddr_in6 *)l.found->ai_addr)->sin6_scope_id = (uint32_t)scope;
    }
    char name[NI_MAXHOST], service[NI_MAXSERV];
    int error = getnameinfo(l.found->ai_addr, l.found->ai_addrlen, name, sizeof name, service, sizeof service,
                            flags);
    freeaddrinfo(l.found);
    if (error) {
        return raise_gai_error(error);
    }
    Object *a = str_decode_fs(name, (ssize_t)strlen(name)), *b = str_from_cstring(service);
    return a && b ? tuple_pack(2, a, b) : NULL;
}

// ---- hosts

static Object *socket_gethostbyname(Object *module, Object *name) {
    (void)module;
    Object *keep;
    const char *host = socket_host_text(name, &keep);
    SocketAddress address;
    if (!host || audit("socket.gethostbyname", "O", name) < 0 ||
        socket_resolve(host, AF_INET, &address) < 0) {
        return NULL;
    }
    return socket_ip_text(&address);
}

static Object *raise_herror(int code) {
    Object *number = int_from_i64(code), *text = str_from_cstring(hstrerror(code));
    Object *pair = number && text ? tuple_pack(2, number, text) : NULL;
    return pair ? raise_with((Type *)herror_class, pair) : NULL;
}

static Object *host_tuple(struct hostent *h) {
    Object *aliases = list_new(0), *addresses = list_new(0),
           *name = str_decode_fs(h->h_name, (ssize_t)strlen(h->h_name));
    if (!aliases || !addresses || !name) {
        return NULL;
    }
    for (char **alias = h->h_aliases; alias && *alias; alias++) {
        Object *text = str_decode_fs(*alias, (ssize_t)strlen(*alias));
        if (!text || list_append(aliases, text) < 0) {
            return NULL;
        }
    }
    for (char **place = h->h_addr_list; *place; place++) {
        SocketAddress address = { 0 };
        address.any.sa_family = (sa_family_t)h->h_addrtype;
        memcpy(h->h_addrtype == AF_INET6 ? (void *)&address.ip6.sin6_addr : (void *)&address.ip4.sin_addr,
               *place, h->h_addrtype == AF_INET6 ? 16 : 4);
        Object *text = socket_ip_text(&address);
        if (!text || list_append(addresses, text) < 0) {
            return NULL;
        }
    }
    return tuple_pack(3, name, aliases, addresses);
}

typedef struct HostCall {
    const char *name;      // or
    SocketAddress *address;
    struct hostent entry, *found;
    char room[16384];
    int code;
} HostCall;

static void *run_gethost(void *context) {
    HostCall *c = context;
    if (c->name) {
        gethostbyname_r(c->name, &c->entry, c->room, sizeof c->room, &c->found, &c->code);
    } else {
        bool six = c->address->any.sa_family == AF_INET6;
        gethostbyaddr_r(six ? (const void *)&c->address->ip6.sin6_addr
                            : (const void *)&c->address->ip4.sin_addr,
                        six ? 16 : 4, c->address->any.sa_family, &c->entry, c->room, sizeof c->room,
                        &c->found, &c->code);
    }
    return NULL;
}

static Object *get_host(HostCall *c) {
    blocking_call(run_gethost, c);
    return c->found ? host_tuple(c->found) : raise_herror(c->code);
}

static Object *socket_gethostbyname_ex(Object *module, Object *name) {
    (void)module;
    Object *keep;
    SocketAddress address;
    HostCall c = { .name = socket_host_text(name, &keep) };
    if (!c.name || audit("socket.gethostbyname", "O", name) < 0 ||
        socket_resolve(c.name, AF_INET, &address) < 0) {
        return NULL;
    }
    return get_host(&c);
}

static Object *socket_gethostbyaddr(Object *module, Object *name) {
    (void)module;
    Object *keep;
    SocketAddress address;
    const char *host = socket_host_text(name, &keep);
    if (!host || audit("socket.gethostbyaddr", "O", name) < 0 ||
        socket_resolve(host, AF_UNSPEC, &address) < 0) {
        return NULL;
    }
    HostCall c = { .address = &address };
    return get_host(&c);
}

static Object *socket_gethostname(Object *module) {
    (void)module;
    char name[1024];
    if (audit("socket.gethostname", "") < 0) {
        return NULL;
    }
    if (gethostname(name, sizeof name - 1) < 0) {
        return socket_error();
    }
    name[sizeof name - 1] = 0;
    return str_decode_fs(name, (ssize_t)strlen(name));
}

static Object *socket_sethostname(Object *module, Object *name) {
    (void)module;
    Buffer view;
    Object *bytes = bytes_check(name) ? name : path_to_bytes(name);
    if (!bytes || audit("socket.sethostname", "O", name) < 0 ||
        object_get_buffer(bytes, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    int status = sethostname(view.data, (size_t)view.length), error = errno;
    buffer_release(&view);
    errno = error;
    return status < 0 ? socket_error() : NONE;
}

// ---- services, protocols, interfaces

static const char *text_argument(Object *o, const char *function, int position) {
    if (!str_check(o)) {
        return (const char *)raise_error(&exc_TypeError, "%s() argument %d must be str, not %K", function,
                                         position, o);
    }
    return str_utf8(o, NULL);
}

static Object *socket_getservbyname(Object *module, Object *name_object, Object *protocol_object) {
    (void)module;
    const char *name = text_argument(name_object, "getservbyname", 1), *protocol = NULL;
    if (!name || (protocol_object && !(protocol = text_argument(protocol_object, "getservbyname", 2))) ||
        audit("socket.getservbyname", "ss", name, protocol ? protocol : "") < 0) {
        return NULL;
    }
    char room[4096];
    struct servent entry, *found;
    getservbyname_r(name, protocol, &entry, room, sizeof room, &found);
    return found ? int_from_i64(ntohs((uint16_t)found->s_port))
                 : raise_error(&exc_OSError, "service/proto not found");
}

static Object *socket_getservbyport(Object *module, Object *port_object, Object *protocol_object) {
    (void)module;
    int port;
    const char *protocol = NULL;
    if (get_int(port_object, 0, &port) < 0 ||
        (protocol_object && !(protocol = text_argument(protocol_object, "getservbyport", 2)))) {
        return NULL;
    }
    if (port < 0 || port > 65535) {
        return raise_error(&exc_OverflowError, "getservbyport: port must be 0-65535.");
    }
    if (audit("socket.getservbyport", "is", port, protocol ? protocol : "") < 0) {
        return NULL;
    }
    char room[4096];
    struct servent entry, *found;
    getservbyport_r(htons((uint16_t)port), protocol, &entry, room, sizeof room, &found);
    return found ? str_from_cstring(found->s_name) : raise_error(&exc_OSError, "port/proto not found");
}

static Object *socket_getprotobyname(Object *module, Object *name_object) {
    (void)module;
    const char *name = text_argument(name_object, "getprotobyname", 1);
    if (!name) {
        return NULL;
    }
    char room[4096];
    struct protoent entry, *found;
    getprotobyname_r(name, &entry, room, sizeof room, &found);
    return found ? int_from_i64(found->p_proto) : raise_error(&exc_OSError, "protocol not found");
}

static Object *socket_if_nameindex(Object *module) {
    (void)module;
    struct if_nameindex *all = if_nameindex();
    if (!all) {
        return socket_error();
    }
    Object *list = list_new(0);
    for (struct if_nameindex *i = all; list && i->if_index; i++) {
        Object *number = int_from_i64(i->if_index),
               *name = str_decode_fs(i->if_name, (ssize_t)strlen(i->if_name));
        Object *pair = number && name ? tuple_pack(2, number, name) : NULL;
        if (!pair || list_append(list, pair) < 0) {
            list = NULL;
        }
    }
    if_freenameindex(all);
    return list;
}

static Object *socket_if_nametoindex(Object *module, Object *name) {
    (void)module;
    Object *bytes = path_to_bytes(name);
    if (!bytes) {
        return NULL;
    }
    unsigned index = if_nametoindex(bytes_data(bytes));
    return index ? int_from_i64(index) : raise_error(&exc_OSError, "no interface with this name");
}

static Object *socket_if_indextoname(Object *module, Object *index_object) {
    (void)module;
    Object *number = number_index(index_object);
    if (!number) {
        return NULL;
    }
    char name[IF_NAMESIZE];
    return if_indextoname((unsigned)int_to_u64_mask(number), name)
               ? str_decode_fs(name, (ssize_t)strlen(name))
               : socket_error();
}

// ---- byte order and text forms

static Object *swap16(Object *o, const char *name) {
    int64_t value = int_to_i64(o);
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    if (value < 0) {
        return raise_error(&exc_OverflowError,
                           "%s: can't convert negative Python int to C 16-bit unsigned integer", name);
    }
    if (value > 0xffff) {
        return raise_error(&exc_OverflowError,
                           "%s: Python int too large to convert to C 16-bit unsigned integer", name);
    }
    return int_from_i64(htons((uint16_t)value));
}

static Object *socket_ntohs(Object *module, Object *o) {
    (void)module;
    return swap16(o, "ntohs");
}
static Object *socket_htons(Object *module, Object *o) {
    (void)module;
    return swap16(o, "htons");
}

static Object *swap32(Object *o) {
    if (!int_check(o)) {
        return raise_error(&exc_TypeError, "expected int, %s found", o->type->name);
    }
    if (int_sign(o) < 0) {
        return raise_error(&exc_OverflowError, "can't convert negative value to unsigned int");
    }
    if (int_bit_length(o) > 32) {
        return raise_error(&exc_OverflowError, "int larger than 32 bits");
    }
    return int_from_i64(htonl((uint32_t)int_to_u64_mask(o)));
}

static Object *socket_ntohl(Object *module, Object *o) {
    (void)module;
    return swap32(o);
}
static Object *socket_htonl(Object *module, Object *o) {
    (void)module;
    return swap32(o);
}

static Object *socket_inet_aton(Object *module, Object *text) {
    (void)module;
    const char *ip = text_argument(text, "inet_aton", 1);
    struct in_addr address;
    if (!ip) {
        return NULL;
    }
    return inet_aton(ip, &address)
               ? bytes_from(&address, sizeof address)
               : raise_error(&exc_OSError, "illegal IP address string passed to inet_aton");
}

static Object *socket_inet_ntoa(Object *module, Object *packed) {
    (void)module;
    Buffer view;
    if (object_get_buffer(packed, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    struct in_addr address;
    bool fits = view.length == sizeof address;
    if (fits) {
        memcpy(&address, view.data, sizeof address);
    }
    buffer_release(&view);
    char text[INET_ADDRSTRLEN];
    return fits ? str_from_cstring(inet_ntop(AF_INET, &address, text, sizeof text))
                : raise_error(&exc_OSError, "packed IP wrong length for inet_ntoa");
}

static Object *socket_inet_pton(Object *module, Object *family_object, Object *text) {
    (void)module;
    int family;
    const char *ip;
    if (get_int(family_object, 0, &family) < 0 || !(ip = text_argument(text, "inet_pton", 2))) {
        return NULL;
    }
    char packed[sizeof(struct in6_addr)];
    int status = inet_pton(family, ip, packed);
    if (status < 0) {
        return socket_error();
    }
    return status ? bytes_from(packed, family == AF_INET ? 4 : 16)
                  : raise_error(&exc_OSError, "illegal IP address string passed to inet_pton");
}

static Object *socket_inet_ntop(Object *module, Object *family_object, Object *packed) {
    (void)module;
    int family;
    Buffer view;
    if (get_int(family_object, 0, &family) < 0 || object_get_buffer(packed, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *result;
    char text[INET6_ADDRSTRLEN + 1];
    if (family != AF_INET && family != AF_INET6) {
        result = raise_error(&exc_ValueError, "unknown address family %d", family);
    } else if (view.length != (family == AF_INET ? 4 : 16)) {
        result = raise_error(&exc_ValueError, "invalid length of packed IP address string");
    } else {
        result = inet_ntop(family, view.data, text, sizeof text) ? str_from_cstring(text) : socket_error();
    }
    buffer_release(&view);
    return result;
}

static Object *control_size(Object *o, const char *name, bool space) {
    ssize_t length = number_as_ssize(o, &exc_OverflowError);
    if (length == -1 && error_occurred()) {
        return NULL;
    }
    if (length < 0 || length > (ssize_t)(INT32_MAX - CMSG_LEN(0)) ||
        (space && length > (ssize_t)(INT32_MAX - CMSG_SPACE(1)))) {
        return raise_error(&exc_OverflowError, "%s() argument out of range", name);
    }
    return int_from_i64((int64_t)(space ? CMSG_SPACE((size_t)length) : CMSG_LEN((size_t)length)));
}

static Object *socket_cmsg_len(Object *module, Object *length) {
    (void)module;
    return control_size(length, "CMSG_LEN", false);
}
static Object *socket_cmsg_space(Object *module, Object *length) {
    (void)module;
    return control_size(length, "CMSG_SPACE", true);
}

// ---- descriptors

static Object *socket_module_close(Object *module, Object *fd_object) {
    (void)module;
    int fd;
    if (get_int(fd_object, 0, &fd) < 0) {
        return NULL;
    }
    return close(fd) < 0 && errno != ECONNRESET ? socket_error() : NONE;
}

static Object *socket_dup(Object *module, Object *fd_object) {
    (void)module;
    int fd;
    if (get_int(fd_object, 0, &fd) < 0) {
        return NULL;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? socket_error() : int_from_i64(copy);
}

static Object *socket_socketpair(Object *module, Object *family_object, Object *type_object,
                                 Object *protocol_object) {
    (void)module;
    int family, type, protocol, fds[2];
    if (get_int(family_object, AF_UNIX, &family) < 0 || get_int(type_object, SOCK_STREAM, &type) < 0 ||
        get_int(protocol_object, 0, &protocol) < 0) {
        return NULL;
    }
    if (socketpair(family, type | SOCK_CLOEXEC, protocol, fds) < 0) {
        return socket_error();
    }
    Object *sockets[2];
    for (int i = 0; i < 2; i++) {
        Object *parts[] = { int_from_i64(family), int_from_i64(type), int_from_i64(protocol),
                            int_from_i64(fds[i]) };
        sockets[i] = parts[0] && parts[1] && parts[2] && parts[3]
                         ? call((Object *)&socket_type, parts, 4, NULL)
                         : NULL;
        if (!sockets[i]) {
            close(fds[i]);
            if (!i) {
                close(fds[1]);
            }
            return NULL;
        }
    }
    return tuple_pack(2, sockets[0], sockets[1]);
}

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("gethostbyname", socket_gethostbyname, "-($module, host, /)", 0, NULL),
    BUILTIN("gethostbyname_ex", socket_gethostbyname_ex, "-($module, host, /)", 0, NULL),
    BUILTIN("gethostbyaddr", socket_gethostbyaddr, "-($module, host, /)", 0, NULL),
    BUILTIN("gethostname", socket_gethostname, "-($module, /)", 0, NULL),
    BUILTIN("sethostname", socket_sethostname, "-($module, name, /)", 0, NULL),
    BUILTIN("getservbyname", socket_getservbyname, "-($module, servicename, protocolname=None, /)", 0, NULL),
    BUILTIN("getservbyport", socket_getservbyport, "-($module, port, protocolname=None, /)", 0, NULL),
    BUILTIN("getprotobyname", socket_getprotobyname, "-($module, name, /)", 0, NULL),
    BUILTIN("close", socket_module_close, "-($module, fd, /)", 0, NULL),
    BUILTIN("dup", socket_dup, "-($module, fd, /)", 0, NULL),
    BUILTIN("socketpair", socket_socketpair, "-($module, family=0, type=0, proto=0, /)", 0, NULL),
    BUILTIN("ntohs", socket_ntohs, "-($module, x, /)", 0, NULL),
    BUILTIN("ntohl", socket_ntohl, "-($module, x, /)", 0, NULL),
    BUILTIN("htons", socket_htons, "-($module, x, /)", 0, NULL),
    BUILTIN("htonl", socket_htonl, "-($module, x, /)", 0, NULL),
    BUILTIN("inet_aton", socket_inet_aton, "-($module, text, /)", 0, NULL),
    BUILTIN("inet_ntoa", socket_inet_ntoa, "-($module, packed, /)", 0, NULL),
    BUILTIN("inet_pton", socket_inet_pton, "-($module, af, ip, /)", 0, NULL),
    BUILTIN("inet_ntop", socket_inet_ntop, "-($module, af, packed, /)", 0, NULL),
    BUILTIN("getaddrinfo", socket_getaddrinfo, "-($module, host, port, family=0, type=0, proto=0, flags=0)",
            0, NULL),
    BUILTIN("getnameinfo", socket_getnameinfo, "-($module, sockaddr, flags, /)", 0, NULL),
    BUILTIN("getdefaulttimeout", socket_getdefaulttimeout, "-($module, /)", 0, NULL),
    BUILTIN("setdefaulttimeout", socket_setdefaulttimeout, "-($module, timeout, /)", 0, NULL),
    BUILTIN("if_nameindex", socket_if_nameindex, "-($module, /)", 0, NULL),
    BUILTIN("if_nametoindex", socket_if_nametoindex, "-($module, name, /)", 0, NULL),
    BUILTIN("if_indextoname", socket_if_indextoname, "-($module, index, /)", 0, NULL),
    BUILTIN("CMSG_LEN", socket_cmsg_len, "-($module, length, /)", 0, NULL),
    BUILTIN("CMSG_SPACE", socket_cmsg_space, "-($module, length, /)", 0, NULL),
    BUILTIN_END,
};

static int socket_exec(Object *module) {
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {
#define CONSTANT(name) { #name, (int64_t)(name) },
#define VALUE(name, value) { #name, value },
#include "modules/socket_constants.def"
#undef CONSTANT
#undef VALUE
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (!gaierror_class) {
        heap_add_root(&gaierror_class, 1);
        heap_add_root(&herror_class, 1);
        gaierror_class = exception_class_new("socket.gaierror", &exc_OSError);
        herror_class = exception_class_new("socket.herror", &exc_OSError);
    }
    return !gaierror_class || !herror_class || module_add_type(module, &socket_type, &socket_spec) < 0 ||
                   module_add(module, "SocketType", (Object *)&socket_type) < 0 ||
                   module_add(module, "error", (Object *)&exc_OSError) < 0 ||
                   module_add(module, "timeout", (Object *)&exc_TimeoutError) < 0 ||
                   module_add(module, "gaierror", gaierror_class) < 0 ||
                   module_add(module, "herror", herror_class) < 0 ||
                   module_add_string(module, "BDADDR_ANY", "00:00:00:00:00:00") < 0 ||
                   module_add_string(module, "BDADDR_LOCAL", "00:00:00:FF:FF:FF") < 0 ||
                   module_add(module, "has_ipv6", TRUE_OBJECT) < 0
               ? -1
               : 0;
}

const ModuleSpec module_socket = { "_socket", NULL, functions, socket_exec };
