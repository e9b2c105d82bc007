// Making, interning, comparing and hashing strings, and cutting them.
//
// The empty str and the 256 one-character Latin-1 strings are static objects: there is exactly one of
// each, and it counts as interned. All other interned strings stand in one open-addressing table of
// object pointers, which readers search without a lock; entries are never removed, a larger table
// replaces it, so that whoever still reads the old one sees valid entries.
#include "objects/str.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/str_private.h"
#include "objects/polling.h"

typedef struct AsciiChar {
    Str head;
    char text[2];
} AsciiChar;

typedef struct Latin1Char {
    CompactStr head;
    char text[2];
    char utf8[3];
} Latin1Char;

static AsciiChar empty_str, ascii_chars[128];
static Latin1Char latin1_chars[128];

static void init_header(Str *s, ssize_t length, uint32_t state) {
    s->base.refcount = REFCOUNT_INITIAL;
    s->base.type = &str_type;
    s->length = length;
    s->hash = -1;
    s->state = state;
    s->wstr = NULL;
}

__attribute__((constructor)) static void make_static_strings(void) {
    uint32_t common = STR_COMPACT | STR_READY | 1 << STR_KIND_SHIFT | 2;
    init_header(&empty_str.head, 0, common | STR_ASCII);
    for (int i = 0; i < 128; i++) {
        init_header(&ascii_chars[i].head, 1, common | STR_ASCII);
        ascii_chars[i].text[0] = (char)i;
        Latin1Char *c = &latin1_chars[i];
        init_header(&c->head.ascii, 1, common);
        c->text[0] = (char)(i + 128);
        c->head.utf8 = c->utf8;
        c->head.utf8_length = (ssize_t)utf8_put(c->utf8, (uint32_t)i + 128);
    }
}

Object *str_empty(void) {
    return (Object *)&empty_str;
}

Object *str_latin1_char(uint8_t c) {
    return c < 128 ? (Object *)&ascii_chars[c] : (Object *)&latin1_chars[c - 128];
}

Object *str_from_char(uint32_t c) {
    if (c < 256) {
        return str_latin1_char((uint8_t)c);
    }
    Object *s = str_new(1, c);
    if (s) {
        text_write(str_kind(s), str_data(s), 0, c);
    }
    return s;
}

int str_characters(Object *text, ssize_t start, ssize_t count, Object **characters) {
    int kind = str_kind(text);
    const void *data = str_data(text);
    if (kind == 1) {
        const uint8_t *bytes = (const uint8_t *)data + start;
        for (ssize_t i = 0; i < count; i++) {
            characters[i] = str_latin1_char(bytes[i]);
        }
        return 0;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (!(characters[i] = str_from_char(text_read(kind, data, start + i)))) {
            return -1;
        }
    }
    return 0;
}

Object *str_new(ssize_t length, uint32_t max_char) {
    if (!length) {
        return str_empty();
    }
    int kind = max_char < 0x100 ? 1 : max_char < 0x10000 ? 2 : 4;
    bool ascii = max_char < 0x80;
    size_t head = ascii ? sizeof(Str) : sizeof(CompactStr);
    if (length < 0 || length > (SSIZE_LIMIT - (ssize_t)head) / kind - 1) {
        return raise_memory_error();
    }
    size_t size = head + ((size_t)length + 1) * (size_t)kind;
    Str *s = ascii                    ? heap_alloc(size, CELL_LEAF)
             : size > HEAP_SMALL_MOST ? heap_alloc_headed(size, head)
                                      : heap_alloc(size, CELL_OBJECT);
    if (!s) {
        return NULL;
    }
    init_header(s, length,
                STR_COMPACT | STR_READY | (uint32_t)kind << STR_KIND_SHIFT | (ascii ? STR_ASCII : 0));
    text_write(kind, (char *)s + head, length, 0);
    return &s->base;
}

// ---- from text in memory

uint32_t text_max_char(int kind, const void *text, ssize_t length) {
    if (kind == 1) {
        return ascii_prefix(text, (size_t)length) == (size_t)length ? 0x7f : 0xff;
    }
    uint32_t any = 0;
    if (kind == 2) {
        const uint16_t *p = text;
        for (ssize_t i = 0; i < length; i++) {
            any |= p[i];
        }
    } else {
        const uint32_t *p = text;
        for (ssize_t i = 0; i < length; i++) {
            any |= p[i];
        }
    }
    return any < 0x80 ? 0x7f : any < 0x100 ? 0xff : any < 0x10000 ? 0xffff : 0x10ffff;
}

void text_copy(int to_kind, void *to, ssize_t at, int from_kind, const void *from, ssize_t start,
               ssize_t count) {
    if (to_kind == from_kind) {
        memcpy((char *)to + at * to_kind, (const char *)from + start * from_kind, (size_t)(count * to_kind));
    } else if (from_kind == 1 && to_kind == 2) {
        const uint8_t *s = (const uint8_t *)from + start;
        uint16_t *t = (uint16_t *)to + at;
        for (ssize_t i = 0; i < count; i++) {
            t[i] = s[i];
        }
    } else if (from_kind == 1) {
        const uint8_t *s = (const uint8_t *)from + start;
        uint32_t *t = (uint32_t *)to + at;
        for (ssize_t i = 0; i < count; i++) {
            t[i] = s[i];
        }
    } else if (from_kind == 2 && to_kind == 4) {
        const uint16_t *s = (const uint16_t *)from + start;
        uint32_t *t = (uint32_t *)to + at;
        for (ssize_t i = 0; i < count; i++) {
            t[i] = s[i];
        }
    } else {
        for (ssize_t i = 0; i < count; i++) {
            text_write(to_kind, to, at + i, text_read(from_kind, from, start + i));
        }
    }
}

Object *str_from_kind(int kind, const void *text, ssize_t length) {
    if (length == 1) {
        return str_from_char(text_read(kind, text, 0));
    }
    Object *s = str_new(length, text_max_char(kind, text, length));
    if (s && length) {
        text_copy(str_kind(s), str_data(s), 0, kind, text, 0, length);
    }
    return s;
}

Object *str_from_latin1(const uint8_t *text, ssize_t length) {
    return str_from_kind(1, text, length);
}

Object *str_from_ucs4(const uint32_t *text, ssize_t length) {
    return str_from_kind(4, text, length);
}

Object *str_from_ascii(const char *text, ssize_t length) {
    if (length < 0 || length > SSIZE_LIMIT - (ssize_t)sizeof(Str) - 1) {
        return raise_memory_error();
    }
    return str_ascii_piece(text, length);
}

Object *str_from_cstring(const char *utf8) {
    return str_from_utf8(utf8, (ssize_t)strlen(utf8));
}

Object *str_from_utf8(const char *bytes, ssize_t length) {
    return str_decode_utf8(bytes, length, NULL);
}

// ---- UTF-8 form

const char *str_utf8(Object *str, ssize_t *length) {
    if (str_is_ascii(str) && (((Str *)str)->state & STR_COMPACT || !str_check_exact(str))) {
        if (length) {
            *length = str_length(str);
        }
        return str_data(str);
    }
    CompactStr *s = (CompactStr *)str;
    char *utf8 = __atomic_load_n(&s->utf8, __ATOMIC_ACQUIRE);
    if (!utf8) {
        Object *bytes = str_encode_utf8(str, NULL);
        if (!bytes) {
            return NULL;
        }
        ssize_t n = bytes_length(bytes);
        utf8 = heap_alloc((size_t)n + 1, CELL_BYTES);
        if (!utf8) {
            return NULL;
        }
        memcpy(utf8, bytes_data(bytes), (size_t)n + 1);
        __atomic_store_n(&s->utf8_length, n, __ATOMIC_RELAXED);
        gc_store(s, &s->utf8, utf8);
    }
    if (length) {
        *length = __atomic_load_n(&s->utf8_length, __ATOMIC_RELAXED);
    }
    return utf8;
}

// ---- hashing and comparing

hash_t str_hash(Object *str) {
    Str *s = (Str *)str;
    hash_t hash = __atomic_load_n(&s->hash, __ATOMIC_RELAXED);
    if (hash == -1) {
        hash = hash_bytes(str_data(str), (size_t)s->length * (size_t)str_kind(str));
        __atomic_store_n(&s->hash, hash, __ATOMIC_RELAXED);
    }
    return hash;
}

bool str_equal(const Object *a, const Object *b) {
    if (a == b) {
        return true;
    }
    ssize_t n = str_length(a);
    if (n != str_length(b)) {
        return false;
    }
    int kind = str_kind(a);
    return kind == str_kind(b) && memcmp(str_data(a), str_data(b), (size_t)n * (size_t)kind) == 0;
}

bool str_equal_cstring(const Object *a, const char *ascii) {
    size_t n = strlen(ascii);
    return str_is_ascii(a) && (size_t)str_length(a) == n && memcmp(str_data(a), ascii, n) == 0;
}

__attribute__((always_inline)) static inline int compare_kinds(int ka, const void *a, int kb, const void *b,
                                                               ssize_t n) {
    for (ssize_t i = 0; i < n; i++) {
        uint32_t x = text_read(ka, a, i), y = text_read(kb, b, i);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

int str_compare(const Object *a, const Object *b) {
    ssize_t na = str_length(a), nb = str_length(b), n = na < nb ? na : nb;
    int ka = str_kind(a), kb = str_kind(b);
    const void *da = str_data(a), *db = str_data(b);
    int order;
    if (ka == 1 && kb == 1) {
        order = memcmp(da, db, (size_t)n);
        order = order < 0 ? -1 : order > 0;
    } else if (ka == 2 && kb == 2) {
        order = compare_kinds(2, da, 2, db, n);
    } else if (ka == 4 && kb == 4) {
        order = compare_kinds(4, da, 4, db, n);
    } else {
        order = compare_kinds(ka, da, kb, db, n);
    }
    return order ? order : na < nb ? -1 : na > nb;
}

// ---- interning

typedef struct InternTable {
    size_t mask;
    Object *slots[];
} InternTable;

static InternTable *intern_table;
static size_t intern_used;
static Mutex intern_mutex;

static Object *intern_find(InternTable *table, Object *str, hash_t hash, Object ***free_slot) {
    for (size_t i = (size_t)hash;; i++) {
        Object **slot = &table->slots[i & table->mask];
        Object *entry = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        if (!entry) {
            if (free_slot) {
                *free_slot = slot;
            }
            return NULL;
        }
        if (((Str *)entry)->hash == hash && str_equal(entry, str)) {
            return entry;
        }
    }
}

static InternTable *intern_table_new(size_t size) {
    InternTable *table = heap_alloc(sizeof(InternTable) + size * sizeof(Object *), CELL_POINTERS);
    if (table) {
        table->mask = size - 1;
    }
    return table;
}

Object *str_intern(Object *str) {
    if (!str || str_is_interned(str) || !str_check_exact(str)) {
        return str; // NULL: there was no memory for it
    }
    ssize_t length = str_length(str);
    if (length == 0) {
        return str_empty();
    }
    if (length == 1 && str_read(str, 0) < 256) {
        return str_latin1_char((uint8_t)str_read(str, 0));
    }
    hash_t hash = str_hash(str);
    InternTable *table = __atomic_load_n(&intern_table, __ATOMIC_ACQUIRE);
    Object *found = table ? intern_find(table, str, hash, NULL) : NULL;
    if (found) {
        return found;
    }
    InternTable *spare = NULL;
    for (;;) {
        mutex_lock(&intern_mutex);
        table = intern_table;
        size_t need = table && (intern_used + 1) * 2 <= table->mask + 1 ? 0
                      : table                                           ? (table->mask + 1) * 2
                                                                        : 8192;
        if (need && (!spare || spare->mask + 1 < need)) {
            mutex_unlock(&intern_mutex);
            spare = intern_table_new(need);
            if (!spare) {
                return NULL;
            }
            continue;
        }
        if (need) {
            for (size_t i = 0; table && i <= table->mask; i++) {
                Object *entry = table->slots[i];
                Object **slot;
                if (entry) {
                    intern_find(spare, entry, ((Str *)entry)->hash, &slot);
                    gc_store(spare, slot, entry);
                }
            }
            if (!table) {
                heap_add_root(&intern_table, 1);
            }
            __atomic_store_n(&intern_table, spare, __ATOMIC_RELEASE);
            table = spare;
        }
        Object **slot;
        found = intern_find(table, str, hash, &slot);
        if (!found) {
            __atomic_fetch_or(&((Str *)str)->state, 2, __ATOMIC_RELAXED);
            gc_store(table, slot, str);
            intern_used++;
            found = str;
        }
        mutex_unlock(&intern_mutex);
        return found;
    }
}

// Most texts that are interned are known already: no object is made for those.
Object *str_intern_text(const char *utf8, ssize_t length) {
    InternTable *table = __atomic_load_n(&intern_table, __ATOMIC_ACQUIRE);
    if (table && length > 1 && ascii_prefix((const uint8_t *)utf8, (size_t)length) == (size_t)length) {
        hash_t hash = hash_bytes(utf8, (size_t)length);
        for (size_t i = (size_t)hash;; i++) {
            Object *entry = __atomic_load_n(&table->slots[i & table->mask], __ATOMIC_ACQUIRE);
            if (!entry) {
                break;
            }
            if (((Str *)entry)->hash == hash && str_is_ascii(entry) && str_length(entry) == length &&
                memcmp(str_data(entry), utf8, (size_t)length) == 0) {
                return entry;
            }
        }
        Object *s = str_from_ascii(utf8, length);
        if (!s) {
            return NULL;
        }
        ((Str *)s)->hash = hash;
        return str_intern(s);
    }
    Object *s = str_from_utf8(utf8, length);
    return s ? str_intern(s) : NULL;
}

Object *str_intern_cstring(const char *utf8) {
    return str_intern_text(utf8, (ssize_t)strlen(utf8));
}

// ---- cutting and joining

Object *str_as_exact(Object *str) {
    return str_check_exact(str) ? str : str_from_kind(str_kind(str), str_data(str), str_length(str));
}

Object *str_substring(Object *str, ssize_t start, ssize_t end) {
    ssize_t length = str_length(str);
    end = end > length ? length : end;
    start = start < 0 ? 0 : start;
    if (start >= end) {
        return str_empty();
    }
    if (start == 0 && end == length && str_check_exact(str)) {
        return str;
    }
    if (str_is_ascii(str)) {
        return str_from_ascii((char *)str_data(str) + start, end - start);
    }
    int kind = str_kind(str);
    return str_from_kind(kind, (char *)str_data(str) + start * kind, end - start);
}

uint32_t str_max_char(const Object *str) {
    return str_is_ascii(str) ? 0x7f : str_kind(str) == 1 ? 0xff : str_kind(str) == 2 ? 0xffff : 0x10ffff;
}

Object *str_concat(Object *a, Object *b) {
    ssize_t na = str_length(a), nb = str_length(b);
    if (!na && str_check_exact(b)) {
        return b;
    }
    if (!nb && str_check_exact(a)) {
        return a;
    }
    if (na > SSIZE_LIMIT - nb) {
        return raise_error(&exc_OverflowError, "strings are too large to concat");
    }
    uint32_t ma = str_max_char(a), mb = str_max_char(b);
    Object *s = str_new(na + nb, ma > mb ? ma : mb);
    if (!s) {
        return NULL;
    }
    int kind = str_kind(s);
    void *data = str_data(s);
    text_copy(kind, data, 0, str_kind(a), str_data(a), 0, na);
    text_copy(kind, data, na, str_kind(b), str_data(b), 0, nb);
    return s;
}

// A text that str_append made lies at the start of a CELL_BYTES cell, whose last word says how many of its bytes
// are in use. Who appends to the text that ends there claims the bytes behind it; all others make a copy.
enum { APPEND_LEAST = 1024 };

static size_t *append_used(const void *buffer, size_t capacity) {
    return (size_t *)((char *)buffer + capacity);
}

static Object *append_to(void *buffer, size_t capacity, const Str *model, ssize_t length) {
    LegacyStr *s = heap_alloc(sizeof(LegacyStr), CELL_OBJECT);
    if (!s) {
        return NULL;
    }
    init_header(&s->compact.ascii, length, model->state & ~(uint32_t)(STR_COMPACT | STR_INTERNED));
    s->compact.wstr_length = (ssize_t)capacity;
    gc_init(&s->data, buffer);
    return (Object *)s;
}

Object *str_append(Object *a, Object *b) {
    ssize_t na = str_length(a), nb = str_length(b);
    int kind = str_kind(a);
    if (na < APPEND_LEAST || !nb || na > SSIZE_LIMIT / 16 || nb > na || str_max_char(b) > str_max_char(a) ||
        !str_check_exact(a)) {
        return str_concat(a, b);
    }
    size_t old = (size_t)na * (size_t)kind, new = old + (size_t)nb *(size_t)kind;
    if (!(((Str *)a)->state & STR_COMPACT)) {
        void *buffer = ((LegacyStr *)a)->data;
        size_t capacity = (size_t)((LegacyStr *)a)->compact.wstr_length, expected = old;
        if (new <= capacity && __atomic_compare_exchange_n(append_used(buffer, capacity), &expected, new,
                                                           false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            text_copy(kind, buffer, na, str_kind(b), str_data(b), 0, nb);
            return append_to(buffer, capacity, (Str *)a, na + nb);
        }
    }
    size_t capacity = (new + new / 2 + 63) & ~(size_t)7;
    char *buffer = heap_alloc(capacity + sizeof(size_t), CELL_BYTES);
    if (!buffer) {
        return NULL;
    }
    memcpy(buffer, str_data(a), old);
    text_copy(kind, buffer, na, str_kind(b), str_data(b), 0, nb);
    *append_used(buffer, capacity) = new;
    return append_to(buffer, capacity, (Str *)a, na + nb);
}

Object *str_repeat(Object *str, ssize_t count) {
    ssize_t length = str_length(str);
    if (count <= 0 || !length) {
        return str_empty();
    }
    if (count == 1) {
        return str_as_exact(str);
    }
    if (length > SSIZE_LIMIT / count) {
        return raise_error(&exc_OverflowError, "repeated string is too long");
    }
    Object *s = str_new(length * count, str_max_char(str));
    if (!s) {
        return NULL;
    }
    size_t unit = (size_t)length * (size_t)str_kind(str), total = unit * (size_t)count;
    return memory_repeat_polling(str_data(s), str_data(str), unit, total) < 0 ? NULL : s;
}

int memory_repeat_polling(void *target, const void *unit, size_t size, size_t total) {
    if (LIKELY(total <= POLL_STRETCH)) {
        memory_repeat(target, unit, size, total);
        return 0;
    }
    size_t stretch = size < POLL_STRETCH ? POLL_STRETCH / size * size : size;
    memory_repeat(target, unit, size, size_min(stretch, total));
    for (size_t done = stretch; done < total; done += stretch) {
        if (copy_polling((char *)target + done, target, size_min(stretch, total - done)) < 0 ||
            safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

void memory_repeat(void *target, const void *unit, size_t size, size_t total) {
    if (size == 1) {
        memset(target, *(const uint8_t *)unit, total);
        return;
    }
    memcpy(target, unit, size);
    for (size_t done = size; done < total;) {
        size_t n = size_min(done, total - done);
        memcpy((char *)target + done, target, n);
        done += n;
    }
}

void str_trace(Object *self, Tracer *tracer) {
    if (!str_is_ascii(self) || !(((Str *)self)->state & STR_COMPACT)) {
        trace_cell(tracer, ((CompactStr *)self)->utf8);
        if (!(((Str *)self)->state & STR_COMPACT)) {
            trace_cell(tracer, ((LegacyStr *)self)->data);
        }
    }
}
