// `_blake2`: BLAKE2b and BLAKE2s with all their parameters (RFC 7693, and the tree mode of the BLAKE2 paper),
// computed by libb2. Its state is a plain structure and lies in the object.
#include <blake2.h>
#include <limits.h>

#include "base/os_library.h"
#include "modules/hash.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/type.h"
#include "objects/types.h"

// What is used of libb2, which is loaded when the module is imported.
#define B2_FUNCTIONS(F) \
    F(blake2b_final) \
    F(blake2b_init_param) F(blake2b_update) F(blake2s_final) F(blake2s_init_param) F(blake2s_update)
static struct {
#define F(name) typeof(name) *name;
    B2_FUNCTIONS(F)
#undef F
} b2;
static const char *const b2_names[] = {
#define F(name) #name,
    B2_FUNCTIONS(F)
#undef F
};

typedef struct Blake {
    Object base;
    uintptr_t lock;
    bool big; // BLAKE2b
    uint8_t digest_size;
    union {
        blake2b_state b;
        blake2s_state s;
    } state;
} Blake;

static Type blake2b_type, blake2s_type;

typedef struct Limits {
    const char *name;
    int digest, key, salt, person;
    uint64_t most_offset;
} Limits;
static const Limits big_limits = { "blake2b",         BLAKE2B_OUTBYTES,      BLAKE2B_KEYBYTES,
                                   BLAKE2B_SALTBYTES, BLAKE2B_PERSONALBYTES, UINT64_MAX };
static const Limits small_limits = { "blake2s",         BLAKE2S_OUTBYTES,      BLAKE2S_KEYBYTES,
                                     BLAKE2S_SALTBYTES, BLAKE2S_PERSONALBYTES, ((uint64_t)1 << 48) - 1 };

static size_t block_size(bool big) {
    return big ? (size_t)BLAKE2B_BLOCKBYTES : (size_t)BLAKE2S_BLOCKBYTES;
}

static void update_state(void *context, const void *bytes, size_t length) {
    Blake *self = context;
    if (self->big) {
        b2.blake2b_update(&self->state.b, bytes, length);
    } else {
        b2.blake2s_update(&self->state.s, bytes, length);
    }
}

// ---- parameters

typedef struct Parameters {
    uint8_t digest_length, key_length, fanout, depth;
    uint32_t leaf_length;
    uint64_t node_offset;
    uint8_t node_depth, inner_length;
    uint8_t salt[16], personal[16];
} Parameters;

// An int argument between `least` and `most`; -1 with ValueError (`text`) or what the conversion raised.
static int small_int(Object *argument, int least, int most, const char *text, uint8_t *result) {
    if (!argument) {
        return 0;
    }
    int value = int_to_c_int(argument);
    if (value == -1 && error_occurred()) {
        return -1;
    }
    if (value < least || value > most) {
        raise_error(&exc_ValueError, "%s", text);
        return -1;
    }
    *result = (uint8_t)value;
    return 0;
}

// An unsigned argument up to `most`.
static int large_int(Object *argument, uint64_t most, const char *name, uint64_t *result) {
    if (!argument) {
        return 0;
    }
    if (!int_check(argument)) {
        raise_error(&exc_TypeError, "an integer is required");
        return -1;
    }
    Object *number = argument;
    if (int_sign(number) < 0) {
        raise_error(&exc_ValueError, "value must be positive");
        return -1;
    }
    if (int_bit_length(number) > 64) {
        raise_error(&exc_OverflowError, "int too big to convert");
        return -1;
    }
    *result = int_to_u64_mask(number);
    if (*result > most) {
        raise_error(&exc_OverflowError, "%s is too large", name);
        return -1;
    }
    return 0;
}

static int short_bytes(Object *argument, int most, const char *name, uint8_t *out, ssize_t *length) {
    *length = 0;
    if (!argument) {
        return 0;
    }
    Buffer view;
    if (object_get_buffer(argument, &view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    int status = 0;
    if (view.length > most) {
        raise_error(&exc_ValueError, "maximum %s length is %d bytes", name, most);
        status = -1;
    } else if (view.length) {
        memcpy(out, view.data, (size_t)view.length);
        *length = view.length;
    }
    buffer_release(&view);
    return status;
}

static int start(Blake *self, const Parameters *p, bool last_node) {
    int status;
    if (self->big) {
        blake2b_param param = {
            .digest_length = p->digest_length,
            .key_length = p->key_length,
            .fanout = p->fanout,
            .depth = p->depth,
            .leaf_length = p->leaf_length,
            .node_offset = p->node_offset,
            .node_depth = p->node_depth,
            .inner_length = p->inner_length,
        };
        memcpy(param.salt, p->salt, sizeof param.salt);
        memcpy(param.personal, p->personal, sizeof param.personal);
        status = b2.blake2b_init_param(&self->state.b, &param);
        self->state.b.last_node = last_node;
    } else {
        blake2s_param param = {
            .digest_length = p->digest_length,
            .key_length = p->key_length,
            .fanout = p->fanout,
            .depth = p->depth,
            .leaf_length = p->leaf_length,
            .node_depth = p->node_depth,
            .inner_length = p->inner_length,
        };
        memcpy(param.node_offset, &p->node_offset, sizeof param.node_offset);
        memcpy(param.salt, p->salt, sizeof param.salt);
        memcpy(param.personal, p->personal, sizeof param.personal);
        status = b2.blake2s_init_param(&self->state.s, &param);
        self->state.s.last_node = last_node;
    }
    if (status < 0) {
        raise_error(&exc_RuntimeError, "error initializing hash state");
    }
    return status;
}

static Object *blake_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    bool big = type_is_subtype(type, &blake2b_type);
    const Limits *limits = big ? &big_limits : &small_limits;
    static struct Signature *signatures[2];
    enum {
        DATA,
        DIGEST_SIZE,
        KEY,
        SALT,
        PERSON,
        FANOUT,
        DEPTH,
        LEAF_SIZE,
        NODE_OFFSET,
        NODE_DEPTH,
        INNER_SIZE,
        LAST_NODE,
        SECURITY,
        COUNT
    };
    Object *bound[COUNT];
    if (signature_bind(&signatures[big], limits->name,
                       "|(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, "
                       "leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, "
                       "usedforsecurity=True)",
                       args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Parameters p = { .digest_length = (uint8_t)limits->digest, .fanout = 1, .depth = 1 };
    uint8_t key[128] = { 0 };
    ssize_t key_length, ignored;
    uint64_t leaf_size = 0;
    char text[64], inner_text[64];
    snprintf(text, sizeof text, "digest_size must be between 1 and %d bytes", limits->digest);
    snprintf(inner_text, sizeof inner_text, "inner_size must be between 0 and is %d", limits->digest);
    if (small_int(bound[DIGEST_SIZE], 1, limits->digest, text, &p.digest_length) < 0 ||
        short_bytes(bound[SALT], limits->salt, "salt", p.salt, &ignored) < 0 ||
        short_bytes(bound[PERSON], limits->person, "person", p.personal, &ignored) < 0 ||
        small_int(bound[FANOUT], 0, 255, "fanout must be between 0 and 255", &p.fanout) < 0 ||
        small_int(bound[DEPTH], 1, 255, "depth must be between 1 and 255", &p.depth) < 0 ||
        large_int(bound[LEAF_SIZE], UINT32_MAX, "leaf_size", &leaf_size) < 0 ||
        large_int(bound[NODE_OFFSET], limits->most_offset, "node_offset", &p.node_offset) < 0 ||
        small_int(bound[NODE_DEPTH], 0, 255, "node_depth must be between 0 and 255", &p.node_depth) < 0 ||
        small_int(bound[INNER_SIZE], 0, limits->digest, inner_text, &p.inner_length) < 0 ||
        short_bytes(bound[KEY], limits->key, "key", key, &key_length) < 0) {
        return NULL;
    }
    p.leaf_length = (uint32_t)leaf_size;
    p.key_length = (uint8_t)key_length;
    int last_node = bound[LAST_NODE] ? object_is_true(bound[LAST_NODE]) : 0;
    Blake *self = last_node < 0 ? NULL : (Blake *)object_alloc(type);
    if (!self) {
        return NULL;
    }
    self->big = big;
    self->digest_size = p.digest_length;
    if (start(self, &p, last_node) < 0) {
        return NULL;
    }
    if (key_length) {
        update_state(self, key, block_size(big));
        explicit_bzero(key, sizeof key);
    }
    return bound[DATA] && hash_update(bound[DATA], &self->lock, update_state, self) < 0 ? NULL
                                                                                        : (Object *)self;
}

// ---- methods

static Object *blake_update(Object *self, Object *data) {
    return hash_update(data, &((Blake *)self)->lock, update_state, self) < 0 ? NULL : NONE;
}

static Object *blake_copy(Object *self) {
    Blake *blake = (Blake *)self, *copy = (Blake *)object_alloc(self->type);
    if (copy) {
        object_lock(&blake->lock);
        copy->big = blake->big;
        copy->digest_size = blake->digest_size;
        copy->state = blake->state;
        object_unlock(&blake->lock);
    }
    return (Object *)copy;
}

static Object *blake_digest(Object *self) {
    Blake *copy = (Blake *)blake_copy(self);
    Object *digest = copy ? bytes_new(copy->digest_size) : NULL;
    if (!digest) {
        return NULL;
    }
    uint8_t *out = (uint8_t *)bytes_data(digest);
    if (copy->big) {
        b2.blake2b_final(&copy->state.b, out, copy->digest_size);
    } else {
        b2.blake2s_final(&copy->state.s, out, copy->digest_size);
    }
    return digest;
}

static Object *blake_hexdigest(Object *self) {
    return hash_to_hex(blake_digest(self));
}

static BuiltinDef methods[] = {
    BUILTIN("copy", blake_copy, "($self, /)", 0, NULL),
    BUILTIN("digest", blake_digest, "($self, /)", 0, NULL),
    BUILTIN("hexdigest", blake_hexdigest, "($self, /)", 0, NULL),
    BUILTIN("update", blake_update, "($self, data, /)", 0, NULL),
    BUILTIN_END,
};

static Object *get_name(Object *self, void *closure) {
    (void)closure;
    return str_from_cstring(((Blake *)self)->big ? "blake2b" : "blake2s");
}
static Object *get_block_size(Object *self, void *closure) {
    (void)closure;
    return int_from_i64((int64_t)block_size(((Blake *)self)->big));
}
static Object *get_digest_size(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(((Blake *)self)->digest_size);
}

static GetSetDef getsets[] = {
    { "name", get_name, NULL, NULL, NULL },
    { "block_size", get_block_size, NULL, NULL, NULL },
    { "digest_size", get_digest_size, NULL, NULL, NULL },
    { 0 },
};

// A type refers to its declaration for as long as it lives.
static TypeSpec specs[2];

static int add_type(Object *module, Type *type, const char *name, const Limits *limits, const char *prefix) {
    TypeSpec *spec = &specs[limits == &small_limits];
    *spec = (TypeSpec){
        .name = name,
        .basic_size = sizeof(Blake),
        .lock_offset = offsetof(Blake, lock),
        .methods = methods,
        .getsets = getsets,
        .slots = { .new = blake_new },
    };
    const struct {
        const char *in_type, *in_module;
        int value;
    } constants[] = {
        { "SALT_SIZE", "SALT_SIZE", limits->salt },
        { "PERSON_SIZE", "PERSON_SIZE", limits->person },
        { "MAX_KEY_SIZE", "MAX_KEY_SIZE", limits->key },
        { "MAX_DIGEST_SIZE", "MAX_DIGEST_SIZE", limits->digest },
    };
    if (module_add_type(module, type, spec) < 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        char full[40];
        snprintf(full, sizeof full, "%s_%s", prefix, constants[i].in_module);
        Object *value = int_from_i64(constants[i].value);
        if (!value || dict_set_cstring(type->dict, constants[i].in_type, value) < 0 ||
            module_add(module, full, value) < 0) {
            return -1;
        }
    }
    type_modified(type, NULL);
    return 0;
}

static int blake2_exec(Object *module) {
    const char *failure = os_library_load("libb2.so.1", b2_names, (void **)&b2, COUNT_OF(b2_names));
    if (failure) {
        raise_error(&exc_ImportError, "%s", failure);
        return -1;
    }
    return add_type(module, &blake2b_type, "_blake2.blake2b", &big_limits, "BLAKE2B") < 0
               ? -1
               : add_type(module, &blake2s_type, "_blake2.blake2s", &small_limits, "BLAKE2S");
}

const ModuleSpec module_blake2 = { "_blake2", NULL, NULL, blake2_exec };
