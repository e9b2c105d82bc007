// Addresses of the rarer socket families: virtual machines, CAN buses, the kernel's ciphers, TIPC, QIPCRTR.
#include <errno.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "modules/socket.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/tuple.h"

static_assert(sizeof(struct sockaddr_alg) <= sizeof(struct sockaddr_storage));

// The unsigned numbers of a tuple from `first` on, modulo 2**32. -1 with an exception.
static int numbers(Object *tuple, ssize_t first, uint32_t *values) {
    for (ssize_t i = first; i < tuple_size(tuple); i++) {
        Object *number = number_index(tuple_get(tuple, i));
        if (!number) {
            return -1;
        }
        values[i - first] = (uint32_t)int_to_u64_mask(number);
    }
    return 0;
}

static int need_tuple(Object *o, const char *where, const char *family) {
    if (tuple_check(o)) {
        return 0;
    }
    raise_error(&exc_TypeError, "%s: %s address must be tuple, not %.500s", where, family, o->type->name);
    return -1;
}

static int need_count(Object *tuple, const char *function, ssize_t least, ssize_t most) {
    ssize_t n = tuple_size(tuple), bound = n < least ? least : most;
    if (n >= least && n <= most) {
        return 0;
    }
    raise_error(&exc_TypeError, "%s() takes %s %zd argument%s (%zd given)", function,
                least == most ? "exactly"
                : n < least   ? "at least"
                              : "at most",
                bound, bound == 1 ? "" : "s", n);
    return -1;
}

static int take(SocketAddress *result, const void *address, size_t size) {
    memset(result, 0, sizeof *result);
    memcpy(&result->storage, address, size);
    result->length = (socklen_t)size;
    return 0;
}

static int parse_vm(Object *o, SocketAddress *result) {
    uint32_t v[2];
    if (need_tuple(o, "getsockaddrarg", "AF_VSOCK") < 0 || need_count(o, "getsockaddrarg", 2, 2) < 0 ||
        numbers(o, 0, v) < 0) {
        return -1;
    }
    struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = v[0], .svm_port = v[1] };
    return take(result, &a, sizeof a);
}

static int parse_qrtr(Object *o, SocketAddress *result) {
    uint32_t v[2];
    if (need_tuple(o, "getsockaddrarg", "AF_QIPCRTR") < 0 || need_count(o, "getsockaddrarg", 2, 2) < 0 ||
        numbers(o, 0, v) < 0) {
        return -1;
    }
    struct sockaddr_qrtr a = { .sq_family = AF_QIPCRTR, .sq_node = v[0], .sq_port = v[1] };
    return take(result, &a, sizeof a);
}

static int parse_tipc(Object *o, const char *function, SocketAddress *result) {
    char where[64];
    uint32_t v[5] = { 0, 0, 0, 0, TIPC_CLUSTER_SCOPE };
    snprintf(where, sizeof where, "%s()", function);
    if (need_tuple(o, where, "AF_TIPC") < 0 || need_count(o, function, 4, 5) < 0 || numbers(o, 0, v) < 0) {
        return -1;
    }
    struct sockaddr_tipc a = { .family = AF_TIPC,
                               .addrtype = (unsigned char)v[0],
                               .scope = (signed char)v[4] };
    switch (v[0]) {
    case TIPC_ADDR_NAMESEQ:
        a.addr.nameseq.type = v[1];
        a.addr.nameseq.lower = v[2];
        a.addr.nameseq.upper = v[3];
        break;
    case TIPC_ADDR_NAME:
        a.addr.name.name.type = v[1];
        a.addr.name.name.instance = v[2];
        break;
    case TIPC_ADDR_ID:
        a.addr.id.node = v[1];
        a.addr.id.ref = v[2];
        break;
    default: raise_error(&exc_TypeError, "Invalid address type"); return -1;
    }
    return take(result, &a, sizeof a);
}

static int parse_can(Socket *s, Object *o, const char *function, SocketAddress *result) {
    char where[64];
    snprintf(where, sizeof where, "%s()", function);
    ssize_t most = s->protocol == CAN_ISOTP ? 3 : s->protocol == CAN_J1939 ? 4 : 1;
    if (need_tuple(o, where, "AF_CAN") < 0 || need_count(o, function, most == 1 ? 1 : most, most) < 0) {
        return -1;
    }
    Object *name = str_check(tuple_get(o, 0)) ? str_encode_fs(tuple_get(o, 0)) : tuple_get(o, 0);
    if (!name || !bytes_check(name)) {
        if (name) {
            raise_error(&exc_TypeError, "expected str, bytes or os.PathLike object, not %T", name);
        }
        return -1;
    }
    struct sockaddr_can a = { .can_family = AF_CAN };
    struct ifreq request = { 0 };
    if (bytes_length(name)) {
        if ((size_t)bytes_length(name) >= sizeof request.ifr_name) {
            raise_error(&exc_OSError, "AF_CAN interface name too long");
            return -1;
        }
        memcpy(request.ifr_name, bytes_data(name), (size_t)bytes_length(name));
        if (ioctl(s->fd, SIOCGIFINDEX, &request) < 0) {
            socket_error();
            return -1;
        }
        a.can_ifindex = request.ifr_ifindex;
    }
    if (s->protocol == CAN_J1939) {
        uint32_t v[2];
        Object *long_name = number_index(tuple_get(o, 1)), *rest = tuple_slice(o, 2, 4);
        if (!long_name || !rest || numbers(rest, 0, v) < 0) {
            return -1;
        }
        a.can_addr.j1939.name = int_to_u64_mask(long_name);
        a.can_addr.j1939.pgn = v[0];
        a.can_addr.j1939.addr = (uint8_t)v[1];
    } else if (s->protocol == CAN_ISOTP) {
        uint32_t v[2];
        if (numbers(o, 1, v) < 0) {
            return -1;
        }
        a.can_addr.tp.rx_id = v[0];
        a.can_addr.tp.tx_id = v[1];
    }
    return take(result, &a, sizeof a);
}

static int parse_alg(Object *o, const char *function, SocketAddress *result) {
    char where[64];
    uint32_t v[2] = { 0, 0 };
    snprintf(where, sizeof where, "%s()", function);
    if (need_tuple(o, where, "AF_ALG") < 0 || need_count(o, function, 2, 4) < 0) {
        return -1;
    }
    const char *text[2];
    for (int i = 0; i < 2; i++) {
        Object *item = tuple_get(o, i);
        if (!str_check(item)) {
            raise_error(&exc_TypeError, "%s() argument %d must be str, not %K", function, i + 1, item);
            return -1;
        }
        if (!(text[i] = str_utf8(item, NULL))) {
            return -1;
        }
    }
    if (numbers(o, 2, v) < 0) {
        return -1;
    }
    struct sockaddr_alg a = { .salg_family = AF_ALG, .salg_feat = v[0], .salg_mask = v[1] };
    // Neither has to end in a NUL.
    if (strlen(text[0]) > sizeof a.salg_type) {
        raise_error(&exc_ValueError, "AF_ALG type too long.");
        return -1;
    }
    if (strlen(text[1]) > sizeof a.salg_name) {
        raise_error(&exc_ValueError, "AF_ALG name too long.");
        return -1;
    }
    memcpy(a.salg_type, text[0], strlen(text[0]));
    memcpy(a.salg_name, text[1], strlen(text[1]));
    return take(result, &a, sizeof a);
}

int socket_family_parse(Socket *s, Object *o, const char *function, SocketAddress *result) {
    switch (s->family) {
    case AF_VSOCK: return parse_vm(o, result);
    case AF_QIPCRTR: return parse_qrtr(o, result);
    case AF_TIPC: return parse_tipc(o, function, result);
    case AF_CAN: return parse_can(s, o, function, result);
    case AF_ALG: return parse_alg(o, function, result);
    default: raise_error(&exc_OSError, "%s(): bad family", function); return -1;
    }
}

// A tuple of `count` numbers.
static Object *number_tuple(const int64_t *values, size_t count) {
    Object *items[5];
    for (size_t i = 0; i < count; i++) {
        if (!(items[i] = int_from_i64(values[i]))) {
            return NULL;
        }
    }
    return tuple_from_array(items, (ssize_t)count);
}

static Object *can_object(const struct sockaddr_can *a, int protocol) {
    char name[IF_NAMESIZE] = "";
    if (a->can_ifindex) {
        if_indextoname((unsigned)a->can_ifindex, name);
    }
    Object *interface = str_decode_fs(name, (ssize_t)strlen(name));
    if (!interface) {
        return NULL;
    }
    if (protocol == CAN_ISOTP) {
        Object *rx = int_from_i64(a->can_addr.tp.rx_id), *tx = int_from_i64(a->can_addr.tp.tx_id);
        return rx && tx ? tuple_pack(3, interface, rx, tx) : NULL;
    }
    if (protocol == CAN_J1939) {
        Object *number = int_from_u64(a->can_addr.j1939.name), *pgn = int_from_i64(a->can_addr.j1939.pgn);
        Object *address = int_from_i64(a->can_addr.j1939.addr);
        return number && pgn && address ? tuple_pack(4, interface, number, pgn, address) : NULL;
    }
    return tuple_pack(1, interface);
}

Object *socket_family_object(const SocketAddress *address, int protocol) {
    switch (address->any.sa_family) {
    case AF_VSOCK: {
        struct sockaddr_vm a;
        memcpy(&a, &address->storage, sizeof a);
        return number_tuple((int64_t[]){ a.svm_cid, a.svm_port }, 2);
    }
    case AF_QIPCRTR: {
        struct sockaddr_qrtr a;
        memcpy(&a, &address->storage, sizeof a);
        return number_tuple((int64_t[]){ a.sq_node, a.sq_port }, 2);
    }
    case AF_TIPC: {
        struct sockaddr_tipc a;
        memcpy(&a, &address->storage, sizeof a);
        bool sequence = a.addrtype == TIPC_ADDR_NAMESEQ, named = a.addrtype == TIPC_ADDR_NAME;
        return number_tuple((int64_t[]){ a.addrtype,
                                         sequence ? a.addr.nameseq.type
                                         : named  ? a.addr.name.name.type
                                                  : a.addr.id.node,
                                         sequence ? a.addr.nameseq.lower
                                         : named  ? a.addr.name.name.instance
                                                  : a.addr.id.ref,
                                         sequence ? a.addr.nameseq.upper
                                         : named  ? a.addr.name.name.instance
                                                  : 0,
                                         a.scope },
                            5);
    }
    case AF_CAN: {
        struct sockaddr_can a;
        memcpy(&a, &address->storage, sizeof a);
        return can_object(&a, protocol);
    }
    case AF_ALG: return NONE;
    default: {
        Object *family = int_from_i64(address->any.sa_family);
        Object *bytes = bytes_from(address->any.sa_data, sizeof address->any.sa_data);
        return family && bytes ? tuple_pack(2, family, bytes) : NULL;
    }
    }
}
