// Objects to JSON text.
//
// The text grows in one StrBuilder; characters are copied eight at a time up to the first that needs an
// escape. Which containers are being written is a chain on the C stack; it is copied into the `markers`
// dict of the caller only when Python code is about to run or an error leaves, the moments at which
// somebody could look.
#include <math.h>

#include "modules/json/json.h"
#include "objects/dict.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/int_internal.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/polling.h"
#include "objects/tuple.h"
#include "objects/type.h"

typedef struct Encoder {
    Object base;
    Object *markers, *default_, *encoder, *indent, *key_separator, *item_separator;
    bool sort_keys, skip_keys, allow_nan;
} Encoder;

typedef enum Quoting { QUOTE_ASCII, QUOTE_ALL, QUOTE_BY_CALL } Quoting;

// A container (or an object given to `default`) that is being written.
typedef struct Mark {
    Object *object;
    struct Mark *outer;
    bool in_dict;
} Mark;

typedef struct Writer {
    const Encoder *encoder;
    StrBuilder out;
    Quoting quoting;
    Mark *innermost;
} Writer;

static int write_value(Writer *w, Object *o);

// ---- characters

// Room for `count` more bytes of ASCII: where they go, or NULL when the text is wide (or with an exception).
static inline uint8_t *reserve_bytes(StrBuilder *out, ssize_t count) {
    if (UNLIKELY(!out->text || count > out->capacity - out->length) &&
        str_builder_reserve(out, count, 0x7f) < 0) {
        return NULL;
    }
    return LIKELY(out->kind == 1) ? (uint8_t *)out->text + out->length : NULL;
}

static inline int put_byte(StrBuilder *out, char c) {
    uint8_t *to = reserve_bytes(out, 1);
    if (LIKELY(to != NULL)) {
        *to = (uint8_t)c;
        out->length++;
        return 0;
    }
    return str_builder_char(out, (uint8_t)c);
}

static inline int put_bytes(StrBuilder *out, const char *text, size_t size) {
    uint8_t *to = reserve_bytes(out, (ssize_t)size);
    if (LIKELY(to != NULL)) {
        memcpy(to, text, size);
        out->length += (ssize_t)size;
        return 0;
    }
    return str_builder_bytes(out, text, size);
}

// A separator: mostly one or two ASCII characters.
static inline int put_text(StrBuilder *out, Object *text) {
    if (str_is_ascii(text)) {
        return put_bytes(out, str_data(text), (size_t)str_length(text));
    }
    return str_builder_str(out, text);
}

static inline bool is_plain(uint32_t c, bool ascii) {
    return c >= ' ' && c != '"' && c != '\\' && (!ascii || c < 0x7f);
}

enum { ESCAPE_MOST = 12 };

// Writes the escape of `c` (at most ESCAPE_MOST bytes); returns its length.
static int write_escape(uint8_t *to, uint32_t c) {
    to[0] = '\\';
    switch (c) {
    case '"':
    case '\\': to[1] = (uint8_t)c; return 2;
    case '\b': to[1] = 'b'; return 2;
    case '\f': to[1] = 'f'; return 2;
    case '\n': to[1] = 'n'; return 2;
    case '\r': to[1] = 'r'; return 2;
    case '\t': to[1] = 't'; return 2;
    default: break;
    }
    int n = 0;
    uint32_t units[2] = { c, 0 };
    if (c >= 0x10000) {
        units[0] = 0xd800 + ((c - 0x10000) >> 10);
        units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    for (int k = 0; k <= (c >= 0x10000); k++) {
        to[n] = '\\';
        to[n + 1] = 'u';
        // The four digits as the bytes of one word: '0' and, from ten on, the way to 'a' added to each.
        uint32_t u = units[k];
        uint32_t nibbles = (u >> 12 & 15) | (u >> 8 & 15) << 8 | (u >> 4 & 15) << 16 | (u & 15) << 24;
        uint32_t digits = nibbles + 0x30303030 +
                          ((nibbles + 0x06060606) >> 4 & 0x01010101) * ('a' - '0' - 10);
        memcpy(to + n + 2, &digits, sizeof(digits));
        n += 6;
    }
    return n;
}

// Two hexadecimal digits of each byte, as they lie in memory.
static uint16_t hex_pairs[256];

__attribute__((constructor)) static void make_hex_pairs(void) {
    for (unsigned i = 0; i < 256; i++) {
        const char *digits = "0123456789abcdef";
        hex_pairs[i] = (uint16_t)((uint8_t)digits[i >> 4] | (uint8_t)digits[i & 15] << 8);
    }
}

// Writes the escapes of a run of 16-bit characters beyond ASCII at `i` into text of one byte a character;
// returns where it ends, -1 on failure.
static ssize_t put_escapes(StrBuilder *out, const uint16_t *from, ssize_t i, ssize_t length) {
    ssize_t end = i;
    while (end < length && from[end] >= 0x80) {
        end++;
    }
    if (str_builder_reserve(out, (end - i) * 6 + (length - end) + 16, 0x7f) < 0) {
        return -1;
    }
    uint8_t *to = (uint8_t *)out->text + out->length;
    out->length += (end - i) * 6;
    for (; i < end; i++, to += 6) {
        uint64_t word = 0x755c | (uint64_t)hex_pairs[from[i] >> 8] << 16 |
                        (uint64_t)hex_pairs[from[i] & 0xff] << 32;
        memcpy(to, &word, sizeof word);
    }
    return end;
}

// Copies plain characters from `i` on, up to the first that is not (whose index is returned). `to` must
// have room for 8 characters more than the text has.
__attribute__((always_inline)) static inline ssize_t copy_run(int to_kind, void *to, int kind,
                                                              const void *from, ssize_t i, ssize_t length,
                                                              bool ascii) {
    ssize_t at = 0;
    if (kind == 1 && to_kind == 1) {
        for (; i + 8 <= length; i += 8, at += 8) {
            uint64_t word = bytes_load((const uint8_t *)from + i);
            uint64_t special = bytes_below(word, ' ') | bytes_equal(word, '"') | bytes_equal(word, '\\');
            if (ascii) {
                special |= bytes_equal(word, 0x7f) | (word & bytes_all(0x80));
            }
            memcpy((uint8_t *)to + at, &word, sizeof(word));
            if (special) {
                return i + bytes_first(special);
            }
        }
    }
    for (uint32_t c; i < length && is_plain(c = text_read(kind, from, i), ascii); i++) {
        text_write(to_kind, to, at++, c);
    }
    return i;
}

static inline ssize_t copy_plain(int to_kind, void *to, int kind, const void *from, ssize_t i, ssize_t length,
                                 bool ascii) {
    switch (to_kind * 8 + kind) {
    case 8 + 1: return copy_run(1, to, 1, from, i, length, ascii);
    case 8 + 2: return copy_run(1, to, 2, from, i, length, ascii);
    case 16 + 1: return copy_run(2, to, 1, from, i, length, ascii);
    case 16 + 2: return copy_run(2, to, 2, from, i, length, ascii);
    default: return copy_run(to_kind, to, kind, from, i, length, ascii);
    }
}

// Text in quotes, with escapes for what is not ASCII when `ascii`.
static int put_quoted(StrBuilder *out, Object *text, bool ascii) {
    int kind = str_kind(text);
    ssize_t length = str_length(text), i = 0;
    const void *from = str_data(text);
    if (length > SSIZE_LIMIT / 16) {
        raise_memory_error();
        return -1;
    }
    if (str_builder_reserve(out, length + 16, ascii || str_is_ascii(text) ? 0x7f : str_max_char(text)) < 0) {
        return -1;
    }
    text_write(out->kind, out->text, out->length++, '"');
    for (ssize_t runs = 1;; runs++) {
        if (poll_often(runs) < 0) {
            return -1;
        }
        char *to = (char *)out->text + out->length * out->kind;
        ssize_t end = copy_plain(out->kind, to, kind, from, i, length, ascii);
        out->length += end - i;
        i = end;
        if (LIKELY(i == length)) {
            break;
        }
        // The characters to escape often come in a row.
        if (kind == 2 && out->kind == 1 && text_read(2, from, i) >= 0x80) {
            i = put_escapes(out, from, i, length);
            if (i < 0) {
                return -1;
            }
            continue;
        }
        do {
            if (UNLIKELY(out->capacity - out->length < ESCAPE_MOST + length - i + 16) &&
                str_builder_reserve(out, ESCAPE_MOST + (length - i) * 2 + 16, 0x7f) < 0) {
                return -1;
            }
            uint8_t small[ESCAPE_MOST], *data = (uint8_t *)out->text;
            uint8_t *escape = LIKELY(out->kind == 1) ? data + out->length : small;
            int n = write_escape(escape, text_read(kind, from, i++));
            if (UNLIKELY(out->kind != 1)) {
                text_copy(out->kind, data, out->length, 1, small, 0, n);
            }
            out->length += n;
        } while (i < length && !is_plain(text_read(kind, from, i), ascii));
    }
    text_write(out->kind, out->text, out->length++, '"');
    return 0;
}

static Object *quote(Object *text, bool ascii) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "first argument must be a string, not %.80s", text->type->name);
    }
    StrBuilder out;
    str_builder_init(&out, str_length(text) + 16);
    return put_quoted(&out, text, ascii) < 0 ? NULL : str_builder_finish(&out);
}

Object *json_encode_basestring(Object *module, Object *text) {
    (void)module;
    return quote(text, false);
}

Object *json_encode_basestring_ascii(Object *module, Object *text) {
    (void)module;
    return quote(text, true);
}

// ---- marks

static Object *address_of(Object *o) {
    return int_from_u64((uint64_t)(uintptr_t)o);
}

// Adds the chain to the caller's dict, outermost first, as far as it is not there yet.
// Called deep in the stack, so it does not recurse: the chain is turned round, and back on the way.
static int marks_show(Writer *w) {
    Mark *back = NULL, *mark = w->innermost;
    while (mark && !mark->in_dict) {
        Mark *outer = mark->outer;
        mark->outer = back;
        back = mark;
        mark = outer;
    }
    bool ok = true;
    while (back) {
        Mark *inner = back->outer;
        back->outer = mark;
        Object *key = ok ? address_of(back->object) : NULL;
        ok = key && dict_set(w->encoder->markers, key, back->object) == 0;
        back->in_dict = ok;
        mark = back;
        back = inner;
    }
    return ok ? 0 : -1;
}

// Enters `o` into the chain; ValueError when it stands there.
static int mark_enter(Writer *w, Mark *mark, Object *o) {
    if (w->encoder->markers == NONE) {
        return 0;
    }
    bool found = false;
    for (Mark *m = w->innermost; m && !found; m = m->outer) {
        found = m->object == o;
    }
    if (!found && dict_size(w->encoder->markers)) {
        Object *key = address_of(o);
        int present = key ? dict_contains(w->encoder->markers, key) : -1;
        if (present < 0) {
            return -1;
        }
        found = present;
    }
    if (found) {
        raise_error(&exc_ValueError, "Circular reference detected");
        return -1;
    }
    *mark = (Mark){ o, w->innermost, false };
    w->innermost = mark;
    return 0;
}

static int mark_leave(Writer *w, Mark *mark) {
    if (w->encoder->markers == NONE) {
        return 0;
    }
    w->innermost = mark->outer;
    if (UNLIKELY(mark->in_dict)) {
        Object *key = address_of(mark->object);
        return key ? dict_delete(w->encoder->markers, key) : -1;
    }
    return 0;
}

// Takes a mark from the chain after an error, which leaves it in the dict; -1.
static int mark_fail(Writer *w, Mark *mark) {
    if (w->encoder->markers != NONE) {
        Object *error = error_take();
        if (marks_show(w) == 0) {
            error_restore(error);
        }
        w->innermost = mark->outer;
    }
    return -1;
}

// ---- values

static int write_text(Writer *w, Object *text) {
    if (LIKELY(w->quoting != QUOTE_BY_CALL)) {
        return put_quoted(&w->out, text, w->quoting == QUOTE_ASCII);
    }
    if (marks_show(w) < 0) {
        return -1;
    }
    Object *quoted = call1(w->encoder->encoder, text);
    if (!quoted) {
        return -1;
    }
    if (!str_check(quoted)) {
        raise_error(&exc_TypeError, "encoder() must return a string, not %.80s", quoted->type->name);
        return -1;
    }
    return str_builder_str(&w->out, quoted);
}

// The text of a float, without a NUL; 0 with ValueError. `text` has room for 32 bytes.
static size_t float_text(Writer *w, double value, char *text) {
    if (LIKELY(isfinite(value))) {
        return double_write_repr(value, text);
    }
    if (!w->encoder->allow_nan) {
        raise_error(&exc_ValueError, "Out of range float values are not JSON compliant");
        return 0;
    }
    const char *word = isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    memcpy(text, word, strlen(word));
    return strlen(word);
}

static int write_float(Writer *w, double value) {
    uint8_t *to = reserve_bytes(&w->out, 32);
    if (LIKELY(to && isfinite(value))) {
        w->out.length += (ssize_t)double_write_repr(value, (char *)to);
        return 0;
    }
    char text[32];
    size_t size = float_text(w, value, text);
    return size ? str_builder_bytes(&w->out, text, size) : -1;
}

// Decimal digits; returns their number (at most 20).
static size_t digits_of(uint64_t value, char *text) {
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
        "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
        "9899";
    char small[20];
    size_t at = sizeof(small);
    while (value >= 100) {
        at -= 2;
        memcpy(small + at, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(small + at, pairs + value * 2, 2);
    } else {
        small[--at] = (char)('0' + value);
    }
    memcpy(text, small + at, sizeof(small) - at);
    return sizeof(small) - at;
}

static int write_int(Writer *w, Object *o) {
    int64_t value;
    uint8_t *to = reserve_bytes(&w->out, 24);
    if (LIKELY(to && int_two_digits(o, &value))) {
        bool negative = value < 0;
        to[0] = '-';
        w->out.length += (ssize_t)digits_of(negative ? -(uint64_t)value : (uint64_t)value,
                                            (char *)to + negative);
        w->out.length += negative;
        return 0;
    }
    Object *text = int_to_str(o, 10);
    return text ? str_builder_str(&w->out, text) : -1;
}

static int write_items(Writer *w, Object *sequence, bool list) {
    Object *separator = w->encoder->item_separator;
    if (put_byte(&w->out, '[') < 0) {
        return -1;
    }
    for (ssize_t i = 0;; i++) {
        Object *item = list                       ? list_read(sequence, i)
                       : i < tuple_size(sequence) ? tuple_get(sequence, i)
                                                  : NULL;
        if (!item) {
            break;
        }
        if ((i && put_text(&w->out, separator) < 0) || write_value(w, item) < 0 || poll_often(i) < 0) {
            return -1;
        }
    }
    return put_byte(&w->out, ']');
}

static int write_sequence(Writer *w, Object *o) {
    Object *sequence = sequence_fast(o, "_iterencode_list needs a sequence");
    if (!sequence) {
        return -1;
    }
    bool list = list_check(sequence);
    if (list ? !list_size(sequence) : !tuple_size(sequence)) {
        return put_bytes(&w->out, "[]", 2);
    }
    Mark mark;
    if (mark_enter(w, &mark, o) < 0) {
        return -1;
    }
    return write_items(w, sequence, list) < 0 ? mark_fail(w, &mark) : mark_leave(w, &mark);
}

// One key and its value. `count` counts what has been written.
static int write_pair(Writer *w, Object *key, Object *value, ssize_t *count) {
    const char *constant = NULL;
    char text[32];
    Object *words = NULL;
    size_t size = 0;
    if (LIKELY(str_check(key))) {
        words = key;
    } else if (float_check(key)) {
        size = float_text(w, float_value(key), text);
        words = size ? str_from_ascii(text, (ssize_t)size) : NULL;
        if (!words) {
            return -1;
        }
    } else if (key == TRUE_OBJECT || key == FALSE_OBJECT || key == NONE) {
        constant = key == TRUE_OBJECT ? "true" : key == NONE ? "null" : "false";
        words = str_intern_cstring(constant);
    } else if (int_check(key)) {
        words = int_to_str(key, 10);
    } else if (w->encoder->skip_keys) {
        return 0;
    } else {
        raise_error(&exc_TypeError, "keys must be str, int, float, bool or None, not %.100s",
                    key->type->name);
        return -1;
    }
    if (!words || ((*count)++ && put_text(&w->out, w->encoder->item_separator) < 0) ||
        write_text(w, words) < 0 || put_text(&w->out, w->encoder->key_separator) < 0) {
        return -1;
    }
    return write_value(w, value);
}

static int compare_pairs(const void *a, const void *b) {
    return str_compare(*(Object *const *)a, *(Object *const *)b);
}

// The items of a dict of another type, or to be sorted by comparisons that may run Python code.
static int write_general_pairs(Writer *w, Object *dict) {
    Object *items;
    if (dict_check_exact(dict)) {
        items = dict_items_list(dict);
    } else {
        if (marks_show(w) < 0) {
            return -1;
        }
        Object *view = call_method0(dict, names.items);
        if (!view) {
            return -1;
        }
        Object *iterator = list_check(view) ? NULL : object_iter(view);
        if (!list_check(view) && !iterator) {
            if (error_clear_if(&exc_TypeError)) {
                raise_error(&exc_TypeError, "%.200s.items() returned a non-iterable (type %.200s)",
                            dict->type->name, view->type->name);
            }
            return -1;
        }
        items = sequence_list(view);
    }
    if (!items || (w->encoder->sort_keys && list_sort(items, NULL, false) < 0)) {
        return -1;
    }
    ssize_t count = 0;
    Object *item;
    for (ssize_t i = 0; (item = list_read(items, i)); i++) {
        if (!tuple_check(item) || tuple_size(item) != 2) {
            raise_error(&exc_ValueError, "items must return 2-tuples");
            return -1;
        }
        if (write_pair(w, tuple_get(item, 0), tuple_get(item, 1), &count) < 0 || poll_often(i) < 0) {
            return -1;
        }
    }
    return 0;
}

enum { SMALL_DICT = 16 };

// The pairs of a plain dict as they are now; 0, 1 when `write_general_pairs` has to do it, or -1.
static int write_plain_pairs(Writer *w, Object *dict) {
    Object *small[2 * SMALL_DICT], **pairs = small;
    ssize_t size = dict_size(dict), n = 0, position = 0;
    if (size > SMALL_DICT && !(pairs = heap_alloc((size_t)size * 2 * sizeof(Object *), CELL_POINTERS))) {
        return -1;
    }
    bool texts = true;
    object_lock(&((Dict *)dict)->lock);
    while (n < size && dict_next(dict, &position, &pairs[2 * n], &pairs[2 * n + 1], NULL)) {
        texts &= str_check_exact(pairs[2 * n]);
        n++;
    }
    object_unlock(&((Dict *)dict)->lock);
    if (size > SMALL_DICT) {
        gc_dirty(pairs);
    }
    if (w->encoder->sort_keys) {
        if (!texts) {
            return 1;
        }
        qsort(pairs, (size_t)n, 2 * sizeof(Object *), compare_pairs);
        if (size > SMALL_DICT) {
            gc_dirty(pairs);
        }
    }
    ssize_t count = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (write_pair(w, pairs[2 * i], pairs[2 * i + 1], &count) < 0 || poll_often(i) < 0) {
            return -1;
        }
    }
    return 0;
}

static int write_dict(Writer *w, Object *dict) {
    if (!dict_size(dict)) {
        return put_bytes(&w->out, "{}", 2);
    }
    Mark mark;
    if (mark_enter(w, &mark, dict) < 0) {
        return -1;
    }
    int result = put_byte(&w->out, '{') < 0 ? -1 : dict_check_exact(dict) ? write_plain_pairs(w, dict) : 1;
    if (result > 0) {
        result = write_general_pairs(w, dict);
    }
    return result < 0 || put_byte(&w->out, '}') < 0 ? mark_fail(w, &mark) : mark_leave(w, &mark);
}

// An object of another kind: what `default` makes of it.
static int write_by_default(Writer *w, Object *o) {
    Mark mark;
    if (mark_enter(w, &mark, o) < 0) {
        return -1;
    }
    Object *replacement = marks_show(w) < 0 ? NULL : call1(w->encoder->default_, o);
    if (!replacement || recursion_enter(" while encoding a JSON object") < 0) {
        return mark_fail(w, &mark);
    }
    int result = write_value(w, replacement);
    recursion_leave();
    return result < 0 ? mark_fail(w, &mark) : mark_leave(w, &mark);
}

static NOINLINE int write_container(Writer *w, Object *o, bool dict) {
    if (recursion_enter(" while encoding a JSON object") < 0) {
        return -1;
    }
    int result = safepoint() < 0 ? -1 : dict ? write_dict(w, o) : write_sequence(w, o);
    recursion_leave();
    return result;
}

static int write_value(Writer *w, Object *o) {
    unsigned long flags = o->type->flags;
    if (flags & TF_STR) {
        return write_text(w, o);
    }
    if (flags & TF_INT && o != TRUE_OBJECT && o != FALSE_OBJECT) {
        return write_int(w, o);
    }
    if (o->type == &float_type) {
        return write_float(w, float_value(o));
    }
    if (flags & (TF_LIST | TF_TUPLE)) {
        return write_container(w, o, false);
    }
    if (flags & TF_DICT) {
        return write_container(w, o, true);
    }
    if (o == NONE) {
        return put_bytes(&w->out, "null", 4);
    }
    if (o == TRUE_OBJECT) {
        return put_bytes(&w->out, "true", 4);
    }
    if (o == FALSE_OBJECT) {
        return put_bytes(&w->out, "false", 5);
    }
    return float_check(o) ? write_float(w, float_value(o)) : write_by_default(w, o);
}

// ---- Encoder

static Object *encoder_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "_iterencode", "|(obj, _current_indent_level)", args, nargs, kwnames,
                       bound) < 0 ||
        (number_to_ssize(bound[1]) == -1 && error_occurred())) {
        return NULL;
    }
    Writer w = { .encoder = (Encoder *)self, .quoting = QUOTE_BY_CALL };
    Object *quoter = w.encoder->encoder;
    if (quoter->type == &builtin_function_type) {
        void *function = ((BuiltinFunction *)quoter)->def->function;
        w.quoting = function == (void *)json_encode_basestring_ascii ? QUOTE_ASCII
                    : function == (void *)json_encode_basestring     ? QUOTE_ALL
                                                                     : QUOTE_BY_CALL;
    }
    str_builder_init(&w.out, 64);
    if (write_value(&w, bound[0]) < 0) {
        return NULL;
    }
    Object *text = str_builder_finish(&w.out);
    return text ? list_from_array(&text, 1) : NULL;
}

static Object *encoder_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    enum {
        MARKERS,
        DEFAULT,
        ENCODER,
        INDENT,
        KEY_SEPARATOR,
        ITEM_SEPARATOR,
        SORT_KEYS,
        SKIP_KEYS,
        ALLOW_NAN,
        COUNT
    };
    Object *b[COUNT];
    if (signature_bind(&signature, "make_encoder",
                       "|(markers, default, encoder, indent, key_separator, "
                       "item_separator, sort_keys, skipkeys, allow_nan)",
                       args, nargs, kwnames, b) < 0) {
        return NULL;
    }
    for (int i = KEY_SEPARATOR; i <= ITEM_SEPARATOR; i++) {
        if (!str_check(b[i])) {
            return raise_error(&exc_TypeError, "make_encoder() argument %d must be str, not %.50s", i + 1,
                               b[i] == NONE ? "None" : b[i]->type->name);
        }
    }
    int truth[3];
    for (int i = 0; i < 3; i++) {
        if ((truth[i] = object_is_true(b[SORT_KEYS + i])) < 0) {
            return NULL;
        }
    }
    if (b[MARKERS] != NONE && !dict_check(b[MARKERS])) {
        return raise_error(&exc_TypeError, "make_encoder() argument 1 must be dict or None, not %.200s",
                           b[MARKERS]->type->name);
    }
    Encoder *e = (Encoder *)object_alloc(type);
    if (!e) {
        return NULL;
    }
    for (int i = MARKERS; i <= ITEM_SEPARATOR; i++) {
        gc_store(e, &e->markers + i, b[i]);
    }
    e->sort_keys = truth[0];
    e->skip_keys = truth[1];
    e->allow_nan = truth[2];
    return (Object *)e;
}

static void encoder_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Encoder *)self)->markers, 6);
}

static MemberDef encoder_members[] = {
    { "markers", MEMBER_OBJECT, offsetof(Encoder, markers), MEMBER_READONLY, NULL },
    { "default", MEMBER_OBJECT, offsetof(Encoder, default_), MEMBER_READONLY, NULL },
    { "encoder", MEMBER_OBJECT, offsetof(Encoder, encoder), MEMBER_READONLY, NULL },
    { "indent", MEMBER_OBJECT, offsetof(Encoder, indent), MEMBER_READONLY, NULL },
    { "key_separator", MEMBER_OBJECT, offsetof(Encoder, key_separator), MEMBER_READONLY, NULL },
    { "item_separator", MEMBER_OBJECT, offsetof(Encoder, item_separator), MEMBER_READONLY, NULL },
    { "sort_keys", MEMBER_BOOL, offsetof(Encoder, sort_keys), MEMBER_READONLY, NULL },
    { "skipkeys", MEMBER_BOOL, offsetof(Encoder, skip_keys), MEMBER_READONLY, NULL },
    { 0 },
};

Type json_encoder_type;
const TypeSpec json_encoder_spec = {
    .name = "_json.Encoder",
    .basic_size = 80,
    .flags = TF_GC,
    .members = encoder_members,
    .trace = encoder_trace,
    .slots = { .new = encoder_new, .call = encoder_call },
};
