// Decomposes into a buffer of code points, puts combining marks in their canonical order, and composes
// again where the form asks for it. The buffer is a plain-bytes cell.
#include "objects/normalize.h"

#include "objects/errors.h"
#include "objects/polling.h"
#include "objects/str_private.h"
#include "objects/unicode_data.h"

enum {
    S_BASE = 0xac00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11a7,
    L_COUNT = 19,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = L_COUNT * V_COUNT * T_COUNT,
};

static const uint32_t *decomposition(uint32_t c, bool old) {
    size_t block = (size_t)(old ? ucd_old_decomposition_index : ucd_decomposition_index)[c >> UNICODE_SHIFT];
    size_t at = (block << UNICODE_SHIFT) + (c & UNICODE_BLOCK_MASK);
    return &decomposition_words[(old ? ucd_old_decomposition_values : ucd_decomposition_values)[at]];
}

static uint8_t combining(uint32_t c, bool old) {
    if (c < 0x300) {
        return 0;
    }
    size_t block = (size_t)(old ? ucd_old_index : ucd_index)[c >> UNICODE_SHIFT];
    size_t at = (block << UNICODE_SHIFT) + (c & UNICODE_BLOCK_MASK);
    return old ? ucd_old_records[ucd_old_values[at]].combining : ucd_records[ucd_values[at]].combining;
}

typedef struct Buffer32 {
    uint32_t *data;
    size_t length, capacity;
} Buffer32;

static int put(Buffer32 *b, uint32_t c) {
    if (b->length == b->capacity) {
        size_t capacity = b->capacity * 2 + 32;
        uint32_t *larger = heap_alloc(capacity * sizeof *larger, CELL_BYTES);
        if (!larger) {
            return -1;
        }
        if (b->length) {
            memcpy(larger, b->data, b->length * sizeof *larger);
        }
        b->data = larger;
        b->capacity = capacity;
    }
    b->data[b->length++] = c;
    return 0;
}

static int decompose(Buffer32 *b, uint32_t c, int form) {
    if (c < 0x80) {
        return put(b, c);
    }
    if (c - S_BASE < S_COUNT) {
        uint32_t i = c - S_BASE;
        if (put(b, L_BASE + i / (V_COUNT * T_COUNT)) < 0 ||
            put(b, V_BASE + i % (V_COUNT * T_COUNT) / T_COUNT) < 0) {
            return -1;
        }
        return i % T_COUNT ? put(b, T_BASE + i % T_COUNT) : 0;
    }
    if ((form & NORMALIZE_OLD) && c >= 0x2f800) {
        for (size_t i = 0; i < old_correction_count; i++) {
            if (old_corrections[i][0] == c) {
                return put(b, old_corrections[i][1]);
            }
        }
    }
    const uint32_t *words = decomposition(c, form & NORMALIZE_OLD);
    uint32_t count = words[0] & 0xff;
    if (!count || (words[0] >> 8 && !(form & NORMALIZE_COMPATIBLE))) {
        return put(b, c);
    }
    for (uint32_t i = 1; i <= count; i++) {  // decompositions nest a few levels deep at most
        if (decompose(b, words[i], form) < 0) {
            return -1;
        }
    }
    return 0;
}

static uint32_t compose_pair(uint32_t a, uint32_t b) {
    if (a - L_BASE < L_COUNT && b - V_BASE < V_COUNT) {
        return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
    }
    if (a - S_BASE < S_COUNT && (a - S_BASE) % T_COUNT == 0 && b - T_BASE - 1 < T_COUNT - 1) {
        return a + (b - T_BASE);
    }
    size_t low = 0, high = composition_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const Composition *c = &compositions[middle];
        if (c->first == a && c->second == b) {
            return c->composed;
        }
        if (c->first < a || (c->first == a && c->second < b)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

// The new length; -1 with an exception.
static ssize_t compose(uint32_t *text, size_t n, bool old) {
    size_t out = 0, starter = SIZE_MAX;
    int last_class = -1;
    for (size_t i = 0; i < n; i++) {
        if (poll_steps((ssize_t)i) < 0) {
            return -1;
        }
        uint32_t c = text[i];
        int class = combining(c, old);
        if (starter != SIZE_MAX && (last_class < class || (last_class == -1))) {
            // Nothing between the starter and this character blocks it.
            uint32_t composed = last_class == -1 || last_class < class ? compose_pair(text[starter], c) : 0;
            if (composed && !(class == 0 && last_class != -1)) {
                text[starter] = composed;
                continue;
            }
        }
        if (class == 0) {
            starter = out;
            last_class = -1;
        } else {
            last_class = class;
        }
        text[out++] = c;
    }
    return (ssize_t)out;
}

static Object *normalize_slowly(Object *str, int form);

// ---- texts that composing leaves as they are
//
// A character is settled in a form if it is its own normal form and what it decomposes to begins with one that is no
// combining mark and no second half of a composition. A text of settled characters is normalized: none of them meets its
// neighbours. Found out for 256 characters at a time, when the first of them is met.

enum { SETTLED_SHIFT = 8, SETTLED_BLOCKS = 0x110000 >> SETTLED_SHIFT, SECONDS = 0x20000 };
typedef struct Settled {
    uint64_t bits[SETTLED_BLOCKS][(1 << SETTLED_SHIFT) / 64];
    uint8_t known[SETTLED_BLOCKS];
} Settled;
static Settled settled_composed, settled_compatible; // NFC, NFKC
static uint64_t seconds[SECONDS / 64]; // characters that compositions end in
static uint8_t seconds_known;

static bool is_second(uint32_t c) {
    if (!__atomic_load_n(&seconds_known, __ATOMIC_ACQUIRE)) {
        for (size_t i = 0; i < composition_count; i++) {
            uint32_t second = compositions[i].second;
            __atomic_fetch_or(&seconds[second / 64], (uint64_t)1 << second % 64, __ATOMIC_RELAXED);
        }
        __atomic_store_n(&seconds_known, 1, __ATOMIC_RELEASE);
    }
    return (c < SECONDS && seconds[c / 64] >> c % 64 & 1) || c - V_BASE < V_COUNT || c - T_BASE < T_COUNT;
}

// 1, 0, or -1 with MemoryError.
static int is_settled(uint32_t c, int form) {
    Buffer32 b = { 0 };
    if (decompose(&b, c, form) < 0) {
        return -1;
    }
    if (combining(b.data[0], false) || is_second(b.data[0])) {
        return 0;
    }
    Object *text = str_from_ucs4(&c, 1), *normal = text ? normalize_slowly(text, form) : NULL;
    return normal ? normal == text : -1;
}

// Whether all of `str` is settled: 1, 0, or -1 with an exception.
static int all_settled(Object *str, int form) {
    Settled *settled = form & NORMALIZE_COMPATIBLE ? &settled_compatible : &settled_composed;
    int kind = str_kind(str);
    const void *text = str_data(str);
    for (ssize_t i = 0, n = str_length(str); i < n; i++) {
        if (poll_steps(i) < 0) {
            return -1;
        }
        uint32_t c = text_read(kind, text, i), block = c >> SETTLED_SHIFT;
        uint64_t *bits = settled->bits[block];
        if (UNLIKELY(!__atomic_load_n(&settled->known[block], __ATOMIC_ACQUIRE))) {
            for (uint32_t k = 0; k < 1u << SETTLED_SHIFT; k++) {
                int is = is_settled((block << SETTLED_SHIFT) + k, form);
                if (is < 0) {
                    return -1;
                }
                __atomic_fetch_or(&bits[k / 64], (uint64_t)is << k % 64, __ATOMIC_RELAXED);
            }
            __atomic_store_n(&settled->known[block], 1, __ATOMIC_RELEASE);
        }
        uint32_t k = c & ((1 << SETTLED_SHIFT) - 1);
        if (!(__atomic_load_n(&bits[k / 64], __ATOMIC_RELAXED) >> k % 64 & 1)) {
            return 0;
        }
    }
    return 1;
}

Object *str_normalize(Object *str, int form) {
    if (str_is_ascii(str)) {
        return str;
    }
    if (form & NORMALIZE_COMPOSE && !(form & NORMALIZE_OLD) && str_check_exact(str)) {
        int settled = all_settled(str, form);
        if (settled) {
            return settled < 0 ? NULL : str;
        }
    }
    return normalize_slowly(str, form);
}

static Object *normalize_slowly(Object *str, int form) {
    ssize_t n = str_length(str);
    Buffer32 b = { 0 };
    int kind = str_kind(str);
    for (ssize_t i = 0; i < n; i++) {
        if (poll_steps(i) < 0 || decompose(&b, text_read(kind, str_data(str), i), form) < 0) {
            return NULL;
        }
    }
    // Canonical ordering: a stable sort of each run of characters with a combining class.
    bool old = form & NORMALIZE_OLD;
    for (size_t i = 1; i < b.length; i++) {
        if (poll_steps((ssize_t)i) < 0) {
            return NULL;
        }
        uint32_t c = b.data[i];
        uint8_t class = combining(c, old);
        if (!class) {
            continue;
        }
        size_t j = i;
        while (j > 0 && combining(b.data[j - 1], old) > class) {
            b.data[j] = b.data[j - 1];
            j--;
            if (poll_steps((ssize_t)(i - j)) < 0) {
                return NULL;
            }
        }
        b.data[j] = c;
    }
    ssize_t length = form & NORMALIZE_COMPOSE ? compose(b.data, b.length, old) : (ssize_t)b.length;
    Object *result = length < 0 ? NULL : str_from_ucs4(b.data, length);
    return result && str_check_exact(str) && str_equal(result, str) ? str : result;
}

Object *str_normalize_nfkc(Object *str) {
    return str_normalize(str, NORMALIZE_COMPOSE | NORMALIZE_COMPATIBLE);
}
