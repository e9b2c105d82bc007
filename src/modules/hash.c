// `_md5 _sha1 _sha256 _sha512 _sha3`: hash functions, computed by OpenSSL's libcrypto.
//
// MD5 and the SHAs before the third have a state of some hundred bytes, which lies in the object: what costs most with small
// messages is making, copying and freeing contexts. SHA-3 has only the interface of contexts; the object's finalizer frees
// its own. Updates take the object's lock for a megabyte at a time: the collector never waits long, and other threads hash
// meanwhile.

// libcrypto 3 calls the functions for states deprecated, in favour of contexts, and exports them all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/os_library.h"
#include "modules/hash.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

// What is used of libcrypto, which is loaded when the first of the modules is imported.
#define CRYPTO_FUNCTIONS(F) \
    F(EVP_DigestFinalXOF) \
    F(EVP_DigestFinal_ex) \
    F(EVP_DigestInit_ex2) \
    F(EVP_DigestUpdate) \
    F(EVP_MD_CTX_copy_ex) \
    F(EVP_MD_CTX_free) \
    F(EVP_MD_CTX_new) \
    F(EVP_MD_fetch) \
    F(MD5_Final) \
    F(MD5_Init) \
    F(MD5_Update) \
    F(SHA1_Final) \
    F(SHA1_Init) \
    F(SHA1_Update) \
    F(SHA224_Init) \
    F(SHA256_Final) \
    F(SHA256_Init) F(SHA256_Update) F(SHA384_Init) F(SHA512_Final) F(SHA512_Init) F(SHA512_Update)
static struct {
#define F(name) typeof(name) *name;
    CRYPTO_FUNCTIONS(F)
#undef F
} crypto;
static const char *const crypto_names[] = {
#define F(name) #name,
    CRYPTO_FUNCTIONS(F)
#undef F
};

static int load_crypto(void) {
    const char *failure = os_library_load("libcrypto.so.3", crypto_names, (void **)&crypto,
                                          COUNT_OF(crypto_names));
    if (failure) {
        raise_error(&exc_ImportError, "%s", failure);
    }
    return failure ? -1 : 0;
}

typedef enum Family {
    FAMILY_MD5,
    FAMILY_SHA1,
    FAMILY_SHA256,
    FAMILY_SHA512,
    FAMILY_SHA3,
} Family;

typedef struct Algorithm {
    Family family;
    const char *name, *function; // as libcrypto and as Python call it
    Type *type;
    int digest_size, block_size;
    bool extendable; // shake: the caller says how long the digest is
    int suffix; // of SHA-3, what follows the message
} Algorithm;

typedef union State {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    EVP_MD_CTX *context; // of SHA-3; NULL: not made yet, or freed
} State;

// How much of a State a family uses.
static const size_t state_sizes[] = {
    [FAMILY_MD5] = sizeof(MD5_CTX),       [FAMILY_SHA1] = sizeof(SHA_CTX),
    [FAMILY_SHA256] = sizeof(SHA256_CTX), [FAMILY_SHA512] = sizeof(SHA512_CTX),
    [FAMILY_SHA3] = sizeof(EVP_MD_CTX *),
};

typedef struct Hash {
    Object base;
    const Algorithm *algorithm;
    uintptr_t lock;
    State state;
} Hash;

static Type md5_type, sha1_type, sha224_type, sha256_type, sha384_type, sha512_type, sha3_224_type,
    sha3_256_type, sha3_384_type, sha3_512_type, shake_128_type, shake_256_type;

static const Algorithm algorithms[] = {
    { FAMILY_MD5, "MD5", "md5", &md5_type, 16, 64, false, 0 },
    { FAMILY_SHA1, "SHA1", "sha1", &sha1_type, 20, 64, false, 0 },
    { FAMILY_SHA256, "SHA224", "sha224", &sha224_type, 28, 64, false, 0 },
    { FAMILY_SHA256, "SHA256", "sha256", &sha256_type, 32, 64, false, 0 },
    { FAMILY_SHA512, "SHA384", "sha384", &sha384_type, 48, 128, false, 0 },
    { FAMILY_SHA512, "SHA512", "sha512", &sha512_type, 64, 128, false, 0 },
    { FAMILY_SHA3, "SHA3-224", "sha3_224", &sha3_224_type, 28, 144, false, 6 },
    { FAMILY_SHA3, "SHA3-256", "sha3_256", &sha3_256_type, 32, 136, false, 6 },
    { FAMILY_SHA3, "SHA3-384", "sha3_384", &sha3_384_type, 48, 104, false, 6 },
    { FAMILY_SHA3, "SHA3-512", "sha3_512", &sha3_512_type, 64, 72, false, 6 },
    { FAMILY_SHA3, "SHAKE128", "shake_128", &shake_128_type, 0, 168, true, 0x1f },
    { FAMILY_SHA3, "SHAKE256", "shake_256", &shake_256_type, 0, 136, true, 0x1f },
};
static EVP_MD *methods[COUNT_OF(algorithms)]; // of SHA-3: fetched once, kept

static const Algorithm *algorithm_of(const Type *type) {
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        if (algorithms[i].type == type) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static Object *crypto_error(void) {
    return raise_error(&exc_ValueError, "libcrypto failed");
}

int hash_get_buffer(Object *data, Buffer *view) {
    if (str_check(data)) {
        raise_error(&exc_TypeError, "Strings must be encoded before hashing");
        return -1;
    }
    if (!buffer_check(data)) {
        raise_error(&exc_TypeError, "object supporting the buffer API required");
        return -1;
    }
    if (object_get_buffer(data, view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    if (view->dimensions > 1) {
        buffer_release(view);
        raise_error(&exc_BufferError, "Buffer must be single dimension");
        return -1;
    }
    return 0;
}

int hash_update(Object *data, uintptr_t *lock,
                void (*update)(void *context, const void *bytes, size_t length), void *context) {
    Buffer view;
    if (hash_get_buffer(data, &view) < 0) {
        return -1;
    }
    enum { STEP = 1 << 20 };
    int status = 0;
    for (ssize_t done = 0; status == 0 && done < view.length; done += STEP) {
        ssize_t left = view.length - done;
        object_lock(lock);
        update(context, (const char *)view.data + done, (size_t)(left < STEP ? left : STEP));
        object_unlock(lock);
        status = left > STEP ? safepoint() : 0;
    }
    buffer_release(&view);
    return status;
}

// ---- states: each of these returns false when libcrypto failed

static bool state_init(const Algorithm *algorithm, State *state) {
    switch (algorithm->family) {
    case FAMILY_MD5: return crypto.MD5_Init(&state->md5);
    case FAMILY_SHA1: return crypto.SHA1_Init(&state->sha1);
    case FAMILY_SHA256:
        return (algorithm->digest_size == 28 ? crypto.SHA224_Init : crypto.SHA256_Init)(&state->sha256);
    case FAMILY_SHA512:
        return (algorithm->digest_size == 48 ? crypto.SHA384_Init : crypto.SHA512_Init)(&state->sha512);
    case FAMILY_SHA3:
        state->context = crypto.EVP_MD_CTX_new();
        return state->context &&
               crypto.EVP_DigestInit_ex2(state->context, methods[algorithm - algorithms], NULL);
    }
    return false;
}

static void state_update(void *self, const void *bytes, size_t length) {
    State *state = &((Hash *)self)->state;
    switch (((Hash *)self)->algorithm->family) {
    case FAMILY_MD5: crypto.MD5_Update(&state->md5, bytes, length); break;
    case FAMILY_SHA1: crypto.SHA1_Update(&state->sha1, bytes, length); break;
    case FAMILY_SHA256: crypto.SHA256_Update(&state->sha256, bytes, length); break;
    case FAMILY_SHA512: crypto.SHA512_Update(&state->sha512, bytes, length); break;
    case FAMILY_SHA3: crypto.EVP_DigestUpdate(state->context, bytes, length); break;
    }
}

// Copies the state of `hash`, under its lock.
static bool state_copy(State *copy, Hash *hash) {
    bool is_context = hash->algorithm->family == FAMILY_SHA3, done = true;
    if (is_context && !(copy->context = crypto.EVP_MD_CTX_new())) {
        return false;
    }
    object_lock(&hash->lock);
    if (is_context) {
        done = crypto.EVP_MD_CTX_copy_ex(copy->context, hash->state.context);
    } else {
        memcpy(copy, &hash->state, state_sizes[hash->algorithm->family]);
    }
    object_unlock(&hash->lock);
    if (!done) {
        crypto.EVP_MD_CTX_free(copy->context);
        copy->context = NULL;
    }
    return done;
}

// Ends `state`, which is of no use afterwards, and frees its context.
static bool state_finish(const Algorithm *algorithm, State *state, unsigned char *out, size_t length) {
    switch (algorithm->family) {
    case FAMILY_MD5: return crypto.MD5_Final(out, &state->md5);
    case FAMILY_SHA1: return crypto.SHA1_Final(out, &state->sha1);
    case FAMILY_SHA256: return crypto.SHA256_Final(out, &state->sha256);
    case FAMILY_SHA512: return crypto.SHA512_Final(out, &state->sha512);
    case FAMILY_SHA3: break;
    }
    int done = !algorithm->extendable ? crypto.EVP_DigestFinal_ex(state->context, out, NULL)
               : length               ? crypto.EVP_DigestFinalXOF(state->context, out, length)
                                      : 1;
    crypto.EVP_MD_CTX_free(state->context);
    return done;
}

// ---- objects

static Hash *hash_new(const Algorithm *algorithm) {
    Hash *self = (Hash *)object_alloc(algorithm->type);
    if (self) {
        self->algorithm = algorithm;
    }
    return self;
}

static Object *hash_make(const Algorithm *algorithm, Object *data) {
    Hash *self = hash_new(algorithm);
    if (!self) {
        return NULL;
    }
    if (!state_init(algorithm, &self->state)) {
        return crypto_error();
    }
    return data && hash_update(data, &self->lock, state_update, self) < 0 ? NULL : (Object *)self;
}

static Object *hash_method_update(Object *self, Object *data) {
    return hash_update(data, &((Hash *)self)->lock, state_update, self) < 0 ? NULL : NONE;
}

static Object *hash_copy(Object *self) {
    Hash *copy = hash_new(((Hash *)self)->algorithm);
    if (!copy) {
        return NULL;
    }
    return state_copy(&copy->state, (Hash *)self) ? (Object *)copy : crypto_error();
}

// The digest so far, of `length` bytes.
static Object *finish(Object *self, ssize_t length) {
    Hash *hash = (Hash *)self;
    Object *digest = bytes_new(length);
    if (!digest) {
        return NULL;
    }
    State copy;
    if (!state_copy(&copy, hash) ||
        !state_finish(hash->algorithm, &copy, (unsigned char *)bytes_data(digest), (size_t)length)) {
        return crypto_error();
    }
    return digest;
}

Object *hash_to_hex(Object *digest) {
    if (!digest) {
        return NULL;
    }
    ssize_t length = bytes_length(digest);
    Object *text = str_new(length * 2, 127);
    char *out = text ? str_data(text) : NULL;
    for (ssize_t i = 0; text && i < length; i++) {
        uint8_t byte = (uint8_t)bytes_data(digest)[i];
        *out++ = "0123456789abcdef"[byte >> 4];
        *out++ = "0123456789abcdef"[byte & 15];
    }
    return text;
}

static Object *hash_digest(Object *self) {
    return finish(self, ((Hash *)self)->algorithm->digest_size);
}

static Object *hash_hexdigest(Object *self) {
    return hash_to_hex(hash_digest(self));
}

static Object *shake(Object *self, Object *length_object) {
    if (!number_check_index(length_object)) {
        return raise_error(&exc_TypeError, "an integer is required");
    }
    Object *number = number_index(length_object);
    if (!number) {
        return NULL;
    }
    if (int_sign(number) < 0) {
        return raise_error(&exc_ValueError, "value must be positive");
    }
    int overflow;
    int64_t length = int_as_i64(number, &overflow);
    if (overflow || length >= 1 << 29) {
        return raise_error(&exc_ValueError, "length is too large");
    }
    return finish(self, length);
}

static Object *shake_hexdigest(Object *self, Object *length) {
    return hash_to_hex(shake(self, length));
}

static BuiltinDef hash_methods[] = {
    BUILTIN("copy", hash_copy, "+($self, /)", 0, NULL),
    BUILTIN("digest", hash_digest, "($self, /)", 0, NULL),
    BUILTIN("hexdigest", hash_hexdigest, "($self, /)", 0, NULL),
    BUILTIN("update", hash_method_update, "($self, obj, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef sha3_methods[] = {
    BUILTIN("copy", hash_copy, "($self, /)", 0, NULL),
    BUILTIN("digest", hash_digest, "($self, /)", 0, NULL),
    BUILTIN("hexdigest", hash_hexdigest, "($self, /)", 0, NULL),
    BUILTIN("update", hash_method_update, "($self, data, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef shake_methods[] = {
    BUILTIN("copy", hash_copy, "($self, /)", 0, NULL),
    BUILTIN("digest", shake, "($self, length, /)", 0, NULL),
    BUILTIN("hexdigest", shake_hexdigest, "($self, length, /)", 0, NULL),
    BUILTIN("update", hash_method_update, "($self, data, /)", 0, NULL),
    BUILTIN_END,
};

static Object *get_block_size(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(((Hash *)self)->algorithm->block_size);
}
static Object *get_digest_size(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(((Hash *)self)->algorithm->digest_size);
}
static Object *get_name(Object *self, void *closure) {
    (void)closure;
    return str_from_cstring(((Hash *)self)->algorithm->function);
}
static Object *get_rate(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(((Hash *)self)->algorithm->block_size * 8);
}
static Object *get_capacity(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(1600 - ((Hash *)self)->algorithm->block_size * 8);
}
static Object *get_suffix(Object *self, void *closure) {
    (void)closure;
    char suffix = (char)((Hash *)self)->algorithm->suffix;
    return bytes_from(&suffix, 1);
}

static GetSetDef hash_getsets[] = {
    { "block_size", get_block_size, NULL, NULL, NULL },
    { "name", get_name, NULL, NULL, NULL },
    { "digest_size", get_digest_size, NULL, NULL, NULL },
    { 0 },
};
static GetSetDef sha3_getsets[] = {
    { "block_size", get_block_size, NULL, NULL, NULL },
    { "name", get_name, NULL, NULL, NULL },
    { "digest_size", get_digest_size, NULL, NULL, NULL },
    { "_capacity_bits", get_capacity, NULL, NULL, NULL },
    { "_rate_bits", get_rate, NULL, NULL, NULL },
    { "_suffix", get_suffix, NULL, NULL, NULL },
    { 0 },
};

static void hash_finalize(Object *self) {
    EVP_MD_CTX *context = __atomic_exchange_n(&((Hash *)self)->state.context, NULL, __ATOMIC_ACQ_REL);
    crypto.EVP_MD_CTX_free(context);
}

// Instances of SHA-3's types are made by calling the type.
static Object *sha3_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    const Algorithm *algorithm = algorithm_of(type);
    static struct Signature *signature;
    Object *bound[2];
    if (!algorithm) {
        return raise_error(&exc_TypeError, "cannot create '%s' instances", type->name);
    }
    // (CPython makes all of them from one source, which has this name.)
    if (signature_bind(&signature, "sha3_224", "|(data=b'', /, *, usedforsecurity=True)", args, nargs,
                       kwnames, bound) < 0) {
        return NULL;
    }
    return hash_make(algorithm, bound[0]);
}

// A type refers to its declaration for as long as it lives.
static TypeSpec specs[COUNT_OF(algorithms)];

static TypeSpec spec_of(const Algorithm *algorithm, const char *name) {
    bool sha3 = algorithm->family == FAMILY_SHA3;
    return (TypeSpec){
        .name = name,
        .basic_size = (ssize_t)(offsetof(Hash, state) + state_sizes[algorithm->family]),
        .lock_offset = offsetof(Hash, lock),
        .methods = algorithm->extendable ? shake_methods
                   : sha3                ? sha3_methods
                                         : hash_methods,
        .getsets = sha3 ? sha3_getsets : hash_getsets,
        .slots = { .finalize = sha3 ? hash_finalize : NULL, .new = sha3 ? sha3_new : NULL },
    };
}

// Makes the type of one algorithm ready.
static int prepare(Type *type, const char *name) {
    if (type->info) {
        return 0;
    }
    if (load_crypto() < 0) {
        return -1;
    }
    const Algorithm *algorithm = algorithm_of(type);
    if (algorithm->family == FAMILY_SHA3) {
        EVP_MD *method = crypto.EVP_MD_fetch(NULL, algorithm->name, NULL);
        if (!method) {
            crypto_error();
            return -1;
        }
        methods[algorithm - algorithms] = method;
    }
    TypeSpec *spec = &specs[algorithm - algorithms];
    *spec = spec_of(algorithm, name);
    return type_ready(type, spec);
}

static Object *new_md5(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&md5_type), data);
}
static Object *new_sha1(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&sha1_type), data);
}
static Object *new_sha224(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&sha224_type), data);
}
static Object *new_sha256(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&sha256_type), data);
}
static Object *new_sha384(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&sha384_type), data);
}
static Object *new_sha512(Object *module, Object *data, Object *security) {
    (void)module, (void)security;
    return hash_make(algorithm_of(&sha512_type), data);
}

#define CONSTRUCTOR "($module, /, string=b'', *, usedforsecurity=True)"
static BuiltinDef md5_functions[] = { BUILTIN("md5", new_md5, CONSTRUCTOR, 0, NULL), BUILTIN_END };
static BuiltinDef sha1_functions[] = { BUILTIN("sha1", new_sha1, CONSTRUCTOR, 0, NULL), BUILTIN_END };
static BuiltinDef sha256_functions[] = {
    BUILTIN("sha224", new_sha224, CONSTRUCTOR, 0, NULL),
    BUILTIN("sha256", new_sha256, CONSTRUCTOR, 0, NULL),
    BUILTIN_END,
};
static BuiltinDef sha512_functions[] = {
    BUILTIN("sha384", new_sha384, CONSTRUCTOR, 0, NULL),
    BUILTIN("sha512", new_sha512, CONSTRUCTOR, 0, NULL),
    BUILTIN_END,
};

static int md5_exec(Object *module) {
    return prepare(&md5_type, "_md5.md5") < 0 ? -1 : module_add(module, "MD5Type", (Object *)&md5_type);
}
static int sha1_exec(Object *module) {
    return prepare(&sha1_type, "_sha1.sha1") < 0 ? -1 : module_add(module, "SHA1Type", (Object *)&sha1_type);
}
static int sha256_exec(Object *module) {
    return prepare(&sha224_type, "_sha256.sha224") < 0 || prepare(&sha256_type, "_sha256.sha256") < 0 ||
                   module_add(module, "SHA224Type", (Object *)&sha224_type) < 0
               ? -1
               : module_add(module, "SHA256Type", (Object *)&sha256_type);
}
static int sha512_exec(Object *module) {
    return prepare(&sha384_type, "_sha512.sha384") < 0 || prepare(&sha512_type, "_sha512.sha512") < 0
               ? -1
               : module_add(module, "SHA384Type", (Object *)&sha512_type);
}
static int sha3_exec(Object *module) {
    static const struct {
        Type *type;
        const char *name;
    } types[] = {
        { &sha3_224_type, "_sha3.sha3_224" },   { &sha3_256_type, "_sha3.sha3_256" },
        { &sha3_384_type, "_sha3.sha3_384" },   { &sha3_512_type, "_sha3.sha3_512" },
        { &shake_128_type, "_sha3.shake_128" }, { &shake_256_type, "_sha3.shake_256" },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (prepare(types[i].type, types[i].name) < 0 ||
            module_add(module, types[i].name + 6, (Object *)types[i].type) < 0) {
            return -1;
        }
    }
    return module_add_int(module, "keccakopt", 64) < 0
               ? -1
               : module_add_string(module, "implementation", "libcrypto");
}

const ModuleSpec module_md5 = { "_md5", NULL, md5_functions, md5_exec };
const ModuleSpec module_sha1 = { "_sha1", NULL, sha1_functions, sha1_exec };
const ModuleSpec module_sha256 = { "_sha256", NULL, sha256_functions, sha256_exec };
const ModuleSpec module_sha512 = { "_sha512", NULL, sha512_functions, sha512_exec };
const ModuleSpec module_sha3 = { "_sha3", NULL, NULL, sha3_exec };
