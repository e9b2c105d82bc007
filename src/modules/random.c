// _random: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998).
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/polling.h"
#include "objects/float.h"
#include "objects/int_internal.h"
#include "objects/module.h"
#include "objects/tuple.h"
#include "objects/type.h"

static Type random_type;

enum { N = 624, M = 397 };

typedef struct Random {
    Object base;
    int index;
    uint32_t state[N];
    uintptr_t lock;
} Random;

static inline Random *random_of(Object *o) {
    return (Random *)o;
}

static uint32_t next_word(Random *r) {
    uint32_t *s = r->state;
    if (r->index >= N) {
        for (int k = 0; k < N; k++) {
            uint32_t y = (s[k] & 0x80000000u) | (s[(k + 1) % N] & 0x7fffffffu);
            s[k] = s[(k + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
        }
        r->index = 0;
    }
    uint32_t y = s[r->index++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void seed_words(Random *r, const uint32_t *key, size_t length) {
    uint32_t *s = r->state;
    s[0] = 19650218u;
    for (uint32_t k = 1; k < N; k++) {
        s[k] = 1812433253u * (s[k - 1] ^ s[k - 1] >> 30) + k;
    }
    size_t i = 1, j = 0;
    for (size_t k = length > N ? length : N; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
        if (++j >= length) {
            j = 0;
        }
    }
    for (size_t k = N - 1; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
    r->index = N;
}

static int seed(Object *self, Object *o) {
    uint32_t fresh[N];
    if (!o || o == NONE) {
        if (getrandom(fresh, sizeof(fresh), GRND_NONBLOCK) != sizeof(fresh)) {
            struct timespec t;
            clock_gettime(CLOCK_REALTIME, &t);
            memset(fresh, 0, sizeof(fresh));
            fresh[0] = (uint32_t)t.tv_nsec;
            fresh[1] = (uint32_t)t.tv_sec;
            fresh[2] = (uint32_t)getpid();
        }
        object_lock(&random_of(self)->lock);
        seed_words(random_of(self), fresh, N);
        object_unlock(&random_of(self)->lock);
        return 0;
    }
    Object *n;
    if (int_check(o)) {
        n = int_absolute(o);
    } else {
        hash_t hash = object_hash(o);
        if (hash == -1) {
            return -1;
        }
        n = int_from_u64((uint64_t)hash);
    }
    size_t words = n ? (int_bit_length(n) + 31) / 32 : 0;
    words = words ? words : 1;
    uint32_t *key = n ? heap_alloc(words * 4 + 16, CELL_BYTES) : NULL;
    if (!key || int_to_bytes(n, (uint8_t *)key, words * 4, true, false) < 0) {
        return -1;
    }
    object_lock(&random_of(self)->lock);
    seed_words(random_of(self), key, words);
    object_unlock(&random_of(self)->lock);
    return 0;
}

static Object *random_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int random_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (self->type == &random_type && kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "Random() takes no keyword arguments");
        return -1;
    }
    if (nargs > 1) {
        raise_error(&exc_TypeError, "Random() requires 0 or 1 argument");
        return -1;
    }
    return seed(self, nargs ? args[0] : NULL);
}

static Object *random_random(Object *self) {
    object_lock(&random_of(self)->lock);
    uint32_t a = next_word(random_of(self)) >> 5, b = next_word(random_of(self)) >> 6;
    object_unlock(&random_of(self)->lock);
    return float_from_double((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static Object *random_seed(Object *self, Object *n) {
    return seed(self, n) < 0 ? NULL : NONE;
}

static Object *random_getrandbits(Object *self, Object *k) {
    int bits = int_to_c_int(k);
    if (bits == -1 && error_occurred()) {
        return NULL;
    }
    if (bits < 0) {
        return raise_error(&exc_ValueError, "number of bits must be non-negative");
    }
    size_t words = ((size_t)bits + 31) / 32;
    uint32_t small[16], *out = words <= COUNT_OF(small) ? small : heap_alloc(words * 4, CELL_BYTES);
    if (!out) {
        return NULL;
    }
    for (size_t done = 0; done < words;) {
        size_t stop = size_min(words, done + POLL_STEPS);
        object_lock(&random_of(self)->lock);
        for (; done < stop; done++, bits -= 32) {
            uint32_t r = next_word(random_of(self));
            out[done] = bits < 32 ? r >> (32 - bits) : r;
        }
        object_unlock(&random_of(self)->lock);
        if (done < words && safepoint() < 0) {
            return NULL;
        }
    }
    return int_from_bytes((const uint8_t *)out, words * 4, true, false);
}

static Object *random_getstate(Object *self) {
    uint32_t words[N + 1];
    object_lock(&random_of(self)->lock);
    memcpy(words, random_of(self)->state, sizeof random_of(self)->state);
    words[N] = (uint32_t)random_of(self)->index;
    object_unlock(&random_of(self)->lock);
    Object *state = tuple_new(N + 1);
    for (int i = 0; state && i <= N; i++) {
        Object *n = int_from_u64(words[i]);
        if (!n) {
            return NULL;
        }
        tuple_init(state, i, n);
    }
    return state;
}

static Object *random_setstate(Object *self, Object *state) {
    uint32_t fresh[N];
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state vector must be a tuple");
    }
    if (tuple_size(state) != N + 1) {
        return raise_error(&exc_ValueError, "state vector is the wrong size");
    }
    for (int i = 0; i < N; i++) {
        fresh[i] = (uint32_t)int_to_u64(tuple_get(state, i));
        if (error_occurred()) {
            return NULL;
        }
    }
    int64_t index = int_to_i64(tuple_get(state, N));
    if (error_occurred()) {
        return NULL;
    }
    if (index < 0 || index > N) {
        return raise_error(&exc_ValueError, "invalid state");
    }
    object_lock(&random_of(self)->lock);
    memcpy(random_of(self)->state, fresh, sizeof(fresh));
    random_of(self)->index = (int)index;
    object_unlock(&random_of(self)->lock);
    return NONE;
}

static BuiltinDef methods[] = {
    BUILTIN("random", random_random, "($self, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("seed", random_seed, "($self, n=None, /)", 0, NULL),
    BUILTIN("getstate", random_getstate, "($self, /)", 0, NULL),
    BUILTIN("setstate", random_setstate, "($self, state, /)", 0, NULL),
    BUILTIN("getrandbits", random_getrandbits, "($self, k, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec random_spec = {
    .name = "_random.Random",
    .basic_size = sizeof(Random),
    .flags = TF_BASE,
    .methods = methods,
    .slots = { .new = random_new, .init = random_init },
};

static int random_exec(Object *module) {
    return module_add_type(module, &random_type, &random_spec);
}

const ModuleSpec module_random = { "_random", NULL, NULL, random_exec };
