// JSON text to objects.
//
// One Scan describes the text; the functions take an index and give the next one. The characters are
// read in loops of their own for each width, bytes eight at a time. Keys go through a cache of those
// that the document had so far, which is asked with the raw characters: a key that is known costs no
// allocation and no hashing. Containers collect their first items on the C stack and are then made in
// the right size.
#include <math.h>

#include "modules/json/json.h"
#include "objects/dict.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/polling.h"
#include "objects/names.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

typedef struct Scanner {
    Object base;
    Object *object_hook, *object_pairs_hook, *parse_float, *parse_int, *parse_constant;
    bool strict;
} Scanner;

typedef struct Scan {
    const Scanner *scanner;
    Object *text;
    const void *data;
    ssize_t length;
    int kind;
    bool strict, ascii;
    Object **keys;  // a CELL_POINTERS cell: `key_mask` + 1 strs or NULLs
    size_t key_mask, key_count;
} Scan;

enum { ROW = 24, KEYS_LEAST = 64, KEYS_MOST = 4096, KEY_MOST = 64 };

static Object *scan_value(Scan *s, ssize_t i, ssize_t *next);

// ---- errors

static Object *fail(const char *message, Object *text, ssize_t position) {
    Object *class = import_get_attr("json.decoder", "JSONDecodeError");
    Object *index = int_from_ssize(position), *words = str_from_cstring(message);
    Object *error = class && index && words ? call3(class, words, text, index) : NULL;
    return error ? raise_exception(error) : NULL;
}

static Object *no_value_at(ssize_t i) {
    Object *index = int_from_ssize(i);
    return index ? raise_stop_iteration(index) : NULL;
}

// ---- characters

static inline uint32_t read_char(const Scan *s, ssize_t i) {
    return LIKELY(s->kind == 1) ? ((const uint8_t *)s->data)[i] : text_read(s->kind, s->data, i);
}
// The character at `i`, or 0 (which begins nothing) behind the end.
static inline uint32_t peek(const Scan *s, ssize_t i) {
    return LIKELY(i < s->length) ? read_char(s, i) : 0;
}
static inline bool is_space(uint32_t c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline ssize_t skip_spaces(const Scan *s, ssize_t i) {
    if (s->kind == 1) {  // ends at the text's final NUL
        const uint8_t *data = s->data;
        while (is_space(data[i])) {
            i++;
        }
        return i;
    }
    while (i < s->length && is_space(text_read(s->kind, s->data, i))) {
        i++;
    }
    return i;
}

static bool text_follows(const Scan *s, ssize_t i, const char *word) {
    for (; *word; word++, i++) {
        if (peek(s, i) != (uint8_t)*word) {
            return false;
        }
    }
    return true;
}

// ---- strings

// The end of the run of plain characters from `i` on: a quote, a backslash, with `strict` a control
// character, or the end of the text. *bits gets at least the bits of the largest character.
static inline ssize_t run_end(const Scan *s, ssize_t i, uint32_t *bits) {
    uint8_t limit = s->strict ? 0x20 : 0;
    ssize_t length = s->length;
    uint32_t all = 0;
    if (LIKELY(s->kind == 1)) {
        const uint8_t *data = s->data;
        uint64_t wide = 0, lowest = bytes_all(limit);
        while (i + 8 <= length) {
            uint64_t word = bytes_load(data + i);
            uint64_t found = bytes_equal(word, '"') | bytes_equal(word, '\\') |
                             ((word - lowest) & ~word & bytes_all(0x80));
            if (found) {
                int at = bytes_first(found);
                wide |= at ? word << (64 - 8 * at) : 0;
                i += at;
                *bits = wide & bytes_all(0x80) ? 0xff : 0x7f;
                return i;
            }
            wide |= word;
            i += 8;
        }
        for (; i < length; i++) {
            uint8_t c = data[i];
            if (c == '"' || c == '\\' || c < limit) {
                break;
            }
            all |= c;
        }
        *bits = (wide & bytes_all(0x80)) || all > 0x7f ? 0xff : 0x7f;
        return i;
    }
    if (s->kind == 2) {
        const uint16_t *data = s->data;
        uint64_t wide = 0, ones = ~0ull / 0xffff;
        for (; i + 4 <= length; i += 4) {
            uint64_t word;
            memcpy(&word, data + i, sizeof(word));
            uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
            uint64_t found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                             ((word - ones * limit) & ~word);
            if (found & ones << 15) {
                break;
            }
            wide |= word;
        }
        wide |= wide >> 32;
        all = (uint32_t)(wide | wide >> 16) & 0xffff;
        for (; i < length; i++) {
            uint16_t c = data[i];
            if (c == '"' || c == '\\' || c < limit) {
                break;
            }
            all |= c;
        }
    } else {
        const uint32_t *data = s->data;
        for (; i < length; i++) {
            uint32_t c = data[i];
            if (c == '"' || c == '\\' || c < limit) {
                break;
            }
            all |= c;
        }
    }
    *bits = all;
    return i;
}

// The characters from `start` to `end` as a str. `bits` came from run_end.
static inline Object *make_text(const Scan *s, ssize_t start, ssize_t end, uint32_t bits) {
    ssize_t count = end - start;
    if (count <= 1) {
        return count ? str_from_char(read_char(s, start)) : str_empty();
    }
    if (s->kind == 1) {
        const uint8_t *from = (const uint8_t *)s->data + start;
        Object *result = str_new(count, bits > 0x7f ? 0xff : 0x7f);
        if (LIKELY(result != NULL)) {
            memcpy(str_data(result), from, (size_t)count);
        }
        return result;
    }
    // The highest bit that is set in any character tells the width that the text needs.
    Object *result = str_new(count, bits > 0xffff ? 0x10ffff
                                    : bits > 0xff ? 0xffff
                                    : bits > 0x7f ? 0xff
                                                  : 0x7f);
    if (result) {
        text_copy(str_kind(result), str_data(result), 0, s->kind, s->data, start, count);
    }
    return result;
}

static inline int hex_value(uint32_t c) {
    return c - '0' < 10 ? (int)(c - '0') : (c | 0x20) - 'a' < 6 ? (int)((c | 0x20) - 'a' + 10) : -1;
}

// Four hexadecimal digits at `i`, or -1.
static int read_hex4(const Scan *s, ssize_t i) {
    int value = 0;
    for (int k = 0; k < 4; k++) {
        int digit = hex_value(read_char(s, i + k));
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

// The escape whose backslash stands at `i`: the character, with *next behind it; -1 with an exception.
static int64_t read_escape(const Scan *s, ssize_t i, ssize_t begin, ssize_t *next) {
    if (++i == s->length) {
        fail("Unterminated string starting at", s->text, begin);
        return -1;
    }
    uint32_t c = read_char(s, i);
    *next = i + 1;
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: fail("Invalid \\escape", s->text, i - 1); return -1;
    }
    i++;
    int unit = i + 4 >= s->length ? -1 : read_hex4(s, i);
    if (unit < 0) {
        fail("Invalid \\uXXXX escape", s->text, i - 1);
        return -1;
    }
    i += 4;
    if (unit >= 0xd800 && unit < 0xdc00 && i + 6 < s->length && read_char(s, i) == '\\' &&
        read_char(s, i + 1) == 'u') {
        int low = read_hex4(s, i + 2);
        if (low < 0) {
            fail("Invalid \\uXXXX escape", s->text, i + 1);
            return -1;
        }
        if (low >= 0xdc00 && low < 0xe000) {
            *next = i + 6;
            return 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
        }
    }
    *next = i;
    return unit;
}

// The rest of a string that is not plain: it began at `start`, the plain run ends at `i`.
static NOINLINE Object *scan_escaped(const Scan *s, ssize_t start, ssize_t i, ssize_t *next) {
    StrBuilder out;
    str_builder_init(&out, i - start + 16);
    for (ssize_t runs = 1;; runs++) {
        if (poll_often(runs) < 0) {
            return NULL;
        }
        if (str_builder_range(&out, s->text, start, i) < 0) {
            return NULL;
        }
        if (i >= s->length) {
            return fail("Unterminated string starting at", s->text, *next - 1);
        }
        uint32_t c = read_char(s, i), bits;
        if (c == '"') {
            *next = i + 1;
            return str_builder_finish(&out);
        }
        if (c != '\\') {
            return fail("Invalid control character at", s->text, i);
        }
        do {
            int64_t value = read_escape(s, i, *next - 1, &i);
            if (value < 0 || str_builder_char(&out, (uint32_t)value) < 0) {
                return NULL;
            }
        } while (peek(s, i) == '\\');
        start = i;
        i = run_end(s, i, &bits);
    }
}

// A string whose first character (after the quote) stands at `i`.
static inline Object *scan_string(const Scan *s, ssize_t i, ssize_t *next) {
    uint32_t bits;
    ssize_t end = run_end(s, i, &bits);
    if (LIKELY(end < s->length && read_char(s, end) == '"')) {
        *next = end + 1;
        return make_text(s, i, end, bits);
    }
    *next = i;
    return scan_escaped(s, i, end, next);
}

// ---- keys

static inline uint64_t hash_text(const uint8_t *text, size_t size) {
    uint64_t hash = size * 0x9e3779b97f4a7c15;
    for (; size >= 8; text += 8, size -= 8) {
        hash = (hash ^ bytes_load(text)) * 0xff51afd7ed558ccd;
        hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    for (size_t k = 0; k < size; k++) {
        rest = rest << 8 | text[k];
    }
    hash = (hash ^ rest) * 0xff51afd7ed558ccd;
    return hash ^ hash >> 29;
}

// Where a key of that text is, or where to put it, in its set of two.
static inline Object **key_slot(const Scan *s, int kind, const void *data, ssize_t length) {
    size_t size = (size_t)length * (size_t)kind, slot = hash_text(data, size) & s->key_mask;
    for (int k = 0; k < 2; k++) {
        Object *key = s->keys[slot ^ (size_t)k];
        if (!key ||
            (str_length(key) == length && str_kind(key) == kind && !memcmp(str_data(key), data, size))) {
            return &s->keys[slot ^ (size_t)k];
        }
    }
    // Both are taken: the one that stands at its hash moves, the older one goes.
    gc_store(s->keys, &s->keys[slot ^ 1], s->keys[slot]);
    gc_store(s->keys, &s->keys[slot], NULL);
    return &s->keys[slot];
}

static int keys_grow(Scan *s) {
    size_t old_size = s->keys ? s->key_mask + 1 : 0, size = old_size ? old_size * 4 : KEYS_LEAST;
    Object **old = s->keys, **keys = heap_alloc(size * sizeof(Object *), CELL_POINTERS);
    if (!keys) {
        return -1;
    }
    s->keys = keys;
    s->key_mask = size - 1;
    for (size_t k = 0; k < old_size; k++) {
        Object *key = old[k];
        if (key) {
            gc_store(keys, key_slot(s, str_kind(key), str_data(key), str_length(key)), key);
        }
    }
    return 0;
}

// A str of the document that is equal to `key`, mostly the same for all equal ones.
static Object *intern_key(Scan *s, Object *key) {
    if (!key || (s->key_count * 4 >= s->key_mask && s->key_mask < KEYS_MOST - 1 && keys_grow(s) < 0)) {
        return NULL;
    }
    Object **slot = key_slot(s, str_kind(key), str_data(key), str_length(key));
    if (!*slot) {
        gc_store(s->keys, slot, key);
        s->key_count++;
    }
    return *slot;
}

static inline Object *scan_key(Scan *s, ssize_t i, ssize_t *next) {
    uint32_t bits;
    ssize_t end = run_end(s, i, &bits);
    if (UNLIKELY(end >= s->length || read_char(s, end) != '"')) {
        *next = i;
        return intern_key(s, scan_escaped(s, i, end, next));
    }
    *next = end + 1;
    ssize_t count = end - i;
    uint8_t narrow[KEY_MOST];
    const uint8_t *data = NULL;
    if (s->kind == 1) {
        data = (const uint8_t *)s->data + i;
    } else if (bits < 0x80 && count <= KEY_MOST) {
        data = narrow;
        text_copy(1, narrow, 0, s->kind, s->data, i, count);
    }
    if (LIKELY(data && s->keys)) {
        Object *key = *key_slot(s, 1, data, count);
        if (LIKELY(key != NULL)) {
            return key;
        }
    }
    return intern_key(s, make_text(s, i, end, bits));
}

// ---- numbers

// A number at `i`, if there is one: StopIteration otherwise.
static Object *scan_number(Scan *s, ssize_t i, ssize_t *next) {
    ssize_t start = i;
    bool negative = peek(s, i) == '-', exact = true;
    i += negative;
    uint32_t c = peek(s, i);
    uint64_t digits = 0;
    if (c == '0') {
        i++;
    } else if (c - '1' < 9) {
        do {
            digits = digits * 10 + (c - '0');
            c = peek(s, ++i);
        } while (c - '0' < 10);
    } else {
        return no_value_at(start);
    }
    ssize_t digit_count = i - start - negative;
    bool is_float = false;
    int64_t exponent = 0;
    c = peek(s, i);
    if (c == '.' && peek(s, i + 1) - '0' < 10) {
        is_float = true;
        ssize_t point = i++;
        while ((c = peek(s, i)) - '0' < 10) {
            digits = digits * 10 + (c - '0');
            i++;
        }
        digit_count += i - point - 1;
        exponent = point + 1 - i;
    }
    if (c == 'e' || c == 'E') {
        ssize_t at = i + 1;
        bool minus = peek(s, at) == '-';
        at += minus || peek(s, at) == '+';
        if (peek(s, at) - '0' < 10) {
            is_float = true;
            int64_t value = 0;
            while ((c = peek(s, at)) - '0' < 10) {
                value = value < 100000 ? value * 10 + (c - '0') : value;
                at++;
            }
            exponent += minus ? -value : value;
            i = at;
        }
    }
    *next = i;
    exact = digit_count < 19;
    const Scanner *scanner = s->scanner;
    Object *custom = is_float ? scanner->parse_float != (Object *)&float_type ? scanner->parse_float : NULL
                     : scanner->parse_int != (Object *)&int_type ? scanner->parse_int
                                                                 : NULL;
    if (UNLIKELY(custom != NULL)) {
        Object *text = str_substring(s->text, start, i);
        return text ? call1(custom, text) : NULL;
    }
    if (LIKELY(exact)) {
        double value;
        if (!is_float) {
            return int_from_i64(negative ? -(int64_t)digits : (int64_t)digits);
        }
        if (exponent > -400 && exponent < 400 && double_from_decimal(digits, (int)exponent, &value)) {
            return float_from_double(negative ? -value : value);
        }
    }
    Object *narrow = str_substring(s->text, start, i);
    const char *text = narrow ? str_utf8(narrow, NULL) : NULL, *end;
    if (!text) {
        return NULL;
    }
    return is_float ? float_from_double(double_from_text(text, &end))
                    : int_from_text(text, (size_t)(i - start), 10);
}

// ---- containers

static int flush_pairs(Object **result, bool as_list, Object *const *keys, Object *const *values,
                       ssize_t count, bool more) {
    if (safepoint() < 0) {
        return -1;
    }
    if (!*result && !(*result = as_list ? list_new(more ? 4 * count : count)
                                        : dict_new_sized(more ? 2 * count : count))) {
        return -1;
    }
    for (ssize_t k = 0; k < count; k++) {
        if (as_list) {
            Object *pair = tuple_pack(2, keys[k], values[k]);
            if (!pair || list_append(*result, pair) < 0) {
                return -1;
            }
        } else if (dict_set(*result, keys[k], values[k]) < 0) {
            return -1;
        }
    }
    return 0;
}

// An object behind its brace.
static Object *scan_object(Scan *s, ssize_t i, ssize_t *next) {
    Object *keys[ROW], *values[ROW], *result = NULL;
    ssize_t count = 0;
    const Scanner *scanner = s->scanner;
    bool as_list = scanner->object_pairs_hook != NONE;
    i = skip_spaces(s, i);
    if (peek(s, i) != '}') {
        for (;;) {
            if (peek(s, i) != '"') {
                return fail("Expecting property name enclosed in double quotes", s->text, i);
            }
            Object *key = scan_key(s, i + 1, &i);
            if (!key) {
                return NULL;
            }
            uint32_t c = peek(s, i);
            if (UNLIKELY(c != ':')) {
                i = skip_spaces(s, i);
                if (peek(s, i) != ':') {
                    return fail("Expecting ':' delimiter", s->text, i);
                }
            }
            i = skip_spaces(s, i + 1);
            Object *value = scan_value(s, i, &i);
            if (!value) {
                return NULL;
            }
            if (UNLIKELY(count == ROW)) {
                if (flush_pairs(&result, as_list, keys, values, count, true) < 0) {
                    return NULL;
                }
                count = 0;
            }
            keys[count] = key;
            values[count++] = value;
            i = skip_spaces(s, i);
            c = peek(s, i);
            if (c == '}') {
                break;
            }
            if (c != ',') {
                return fail("Expecting ',' delimiter", s->text, i);
            }
            i = skip_spaces(s, i + 1);
        }
    }
    *next = i + 1;
    if (flush_pairs(&result, as_list, keys, values, count, false) < 0) {
        return NULL;
    }
    return as_list                                  ? call1(scanner->object_pairs_hook, result)
           : UNLIKELY(scanner->object_hook != NONE) ? call1(scanner->object_hook, result)
                                                    : result;
}

static int flush_items(Object **list, Object *const *items, ssize_t count) {
    if (safepoint() < 0) {
        return -1;
    }
    if (!*list) {
        *list = list_new(4 * count);
    }
    for (ssize_t k = 0; *list && k < count; k++) {
        if (list_append(*list, items[k]) < 0) {
            return -1;
        }
    }
    return *list ? 0 : -1;
}

// An array behind its bracket.
static Object *scan_array(Scan *s, ssize_t i, ssize_t *next) {
    Object *items[ROW], *result = NULL;
    ssize_t count = 0;
    if (safepoint() < 0) {
        return NULL;
    }
    i = skip_spaces(s, i);
    if (peek(s, i) != ']') {
        for (;;) {
            Object *item = scan_value(s, i, &i);
            if (!item) {
                return NULL;
            }
            if (UNLIKELY(count == ROW)) {
                if (flush_items(&result, items, count) < 0) {
                    return NULL;
                }
                count = 0;
            }
            items[count++] = item;
            i = skip_spaces(s, i);
            uint32_t c = peek(s, i);
            if (c == ']') {
                break;
            }
            if (c != ',') {
                return fail("Expecting ',' delimiter", s->text, i);
            }
            i = skip_spaces(s, i + 1);
        }
    }
    *next = i + 1;
    if (!result) {
        return list_from_array(items, count);
    }
    return flush_items(&result, items, count) < 0 ? NULL : result;
}

static Object *scan_constant(Scan *s, const char *word, ssize_t i, ssize_t *next) {
    Object *name = str_intern_cstring(word);
    *next = i + (ssize_t)strlen(word);
    return name ? call1(s->scanner->parse_constant, name) : NULL;
}

// The value that begins at `i`. StopIteration when none does.
static Object *scan_value(Scan *s, ssize_t i, ssize_t *next) {
    Object *result;
    switch (peek(s, i)) {
    case '"': return scan_string(s, i + 1, next);
    case '{':
        if (recursion_enter(" while decoding a JSON object from a unicode string") < 0) {
            return NULL;
        }
        result = scan_object(s, i + 1, next);
        recursion_leave();
        return result;
    case '[':
        if (recursion_enter(" while decoding a JSON array from a unicode string") < 0) {
            return NULL;
        }
        result = scan_array(s, i + 1, next);
        recursion_leave();
        return result;
    case 'n':
        if (text_follows(s, i, "null")) {
            *next = i + 4;
            return NONE;
        }
        break;
    case 't':
        if (text_follows(s, i, "true")) {
            *next = i + 4;
            return TRUE_OBJECT;
        }
        break;
    case 'f':
        if (text_follows(s, i, "false")) {
            *next = i + 5;
            return FALSE_OBJECT;
        }
        break;
    case 'N':
        if (text_follows(s, i, "NaN")) {
            return scan_constant(s, "NaN", i, next);
        }
        break;
    case 'I':
        if (text_follows(s, i, "Infinity")) {
            return scan_constant(s, "Infinity", i, next);
        }
        break;
    case '-':
        if (text_follows(s, i, "-Infinity")) {
            return scan_constant(s, "-Infinity", i, next);
        }
        break;
    default: break;
    }
    return scan_number(s, i, next);
}

static Scan scan_of(Object *text, const Scanner *scanner, bool strict) {
    return (Scan){ .scanner = scanner,
                   .text = text,
                   .data = str_data(text),
                   .length = str_length(text),
                   .kind = str_kind(text),
                   .ascii = str_is_ascii(text),
                   .strict = strict };
}

static Object *with_index(Object *value, ssize_t next) {
    Object *index = value ? int_from_ssize(next) : NULL;
    return index ? tuple_pack(2, value, index) : NULL;
}

Object *json_scanstring(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_no_keywords("scanstring", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 2 || nargs > 3) {
        return raise_error(&exc_TypeError, "scanstring() takes %s %d arguments (%zu given)",
                           nargs < 2 ? "at least" : "at most", nargs < 2 ? 2 : 3, nargs);
    }
    ssize_t end = number_to_ssize(args[1]);
    if (end == -1 && error_occurred()) {
        return NULL;
    }
    int strict = nargs > 2 ? object_is_true(args[2]) : 1;
    if (strict < 0) {
        return NULL;
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "first argument must be a string, not %.80s", args[0]->type->name);
    }
    if (end < 0 || end > str_length(args[0])) {
        return raise_error(&exc_ValueError, "end is out of bounds");
    }
    Scan scan = scan_of(args[0], NULL, strict);
    Object *result = scan_string(&scan, end, &end);
    return with_index(result, end);
}

// ---- Scanner

static Object *scanner_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "scan_once", "|(string, idx)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *text = bound[0];
    ssize_t i = number_to_ssize(bound[1]), next = 0;
    if (i == -1 && error_occurred()) {
        return NULL;
    }
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "first argument must be a string, not %.80s", text->type->name);
    }
    if (i < 0) {
        return raise_error(&exc_ValueError, "idx cannot be negative");
    }
    Scan scan = scan_of(text, (Scanner *)self, ((Scanner *)self)->strict);
    return with_index(scan_value(&scan, i, &next), next);
}

static Object *scanner_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *context;
    if (signature_bind(&signature, "make_scanner", "|(context)", args, nargs, kwnames, &context) < 0) {
        return NULL;
    }
    Scanner *s = (Scanner *)object_alloc(type);
    Object *strict = s ? object_getattr_cstring(context, "strict") : NULL;
    int truth = strict ? object_is_true(strict) : -1;
    if (truth < 0) {
        return NULL;
    }
    s->strict = truth;
    struct {
        const char *name;
        Object **slot;
    } fields[] = { { "object_hook", &s->object_hook },
                   { "object_pairs_hook", &s->object_pairs_hook },
                   { "parse_float", &s->parse_float },
                   { "parse_int", &s->parse_int },
                   { "parse_constant", &s->parse_constant } };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        Object *value = object_getattr_cstring(context, fields[i].name);
        if (!value) {
            return NULL;
        }
        gc_store(s, fields[i].slot, value);
    }
    return (Object *)s;
}

static void scanner_trace(Object *self, Tracer *tracer) {
    Scanner *s = (Scanner *)self;
    trace_range(tracer, (void *const *)&s->object_hook, 5);
}

static MemberDef scanner_members[] = {
    { "strict", MEMBER_BOOL, offsetof(Scanner, strict), MEMBER_READONLY, NULL },
    { "object_hook", MEMBER_OBJECT, offsetof(Scanner, object_hook), MEMBER_READONLY, NULL },
    { "object_pairs_hook", MEMBER_OBJECT, offsetof(Scanner, object_pairs_hook), MEMBER_READONLY, NULL },
    { "parse_float", MEMBER_OBJECT, offsetof(Scanner, parse_float), MEMBER_READONLY, NULL },
    { "parse_int", MEMBER_OBJECT, offsetof(Scanner, parse_int), MEMBER_READONLY, NULL },
    { "parse_constant", MEMBER_OBJECT, offsetof(Scanner, parse_constant), MEMBER_READONLY, NULL },
    { 0 },
};

Type json_scanner_type;
const TypeSpec json_scanner_spec = {
    .name = "_json.Scanner",
    .basic_size = 72,
    .flags = TF_GC,
    .members = scanner_members,
    .trace = scanner_trace,
    .slots = { .new = scanner_new, .call = scanner_call },
};
