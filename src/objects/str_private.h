// What the files of str share among themselves (and with codecs and _sre), beyond objects/str.h.
#pragma once

#include "base/copy.h"
#include "heap/heap.h"
#include "objects/str.h"

Object *str_latin1_char(uint8_t c);

// str_from_ascii in line, for lengths that memory holds for sure.
static inline Object *str_ascii_piece(const char *text, ssize_t n) {
    if (n < 2) {
        return n ? str_latin1_char((uint8_t)*text) : str_empty();
    }
    Str *s = heap_alloc(sizeof(Str) + (size_t)n + 1, CELL_LEAF);
    if (UNLIKELY(!s)) {
        return NULL;
    }
    s->base.refcount = REFCOUNT_INITIAL;
    s->base.type = &str_type;
    s->length = n;
    s->hash = -1;
    s->state = STR_COMPACT | STR_READY | 1 << STR_KIND_SHIFT | STR_ASCII;
    s->wstr = NULL;
    char *data = (char *)(s + 1);
    copy_few(data, text, (size_t)n);
    data[n] = 0;
    return &s->base;
}
// Writes the escape of a character that is not shown, \xhh, \uhhhh or \Uhhhhhhhh, without a 0 behind it; its length.
int char_escape(char *out, uint32_t c);
Object *str_from_ascii(const char *text, ssize_t length); // the caller knows that it is ASCII
Object *str_as_exact(Object *str); // a plain str of the same text
uint32_t str_max_char(const Object *str); // 0x7f, 0xff, 0xffff or 0x10ffff
Object *str_repeat(Object *str, ssize_t count);
void str_trace(Object *self, Tracer *tracer);
Object *str_repr(Object *str);
Object *str_split_lines(Object *str, bool keep); // with their ends if `keep`
Object *str_encode_utf8(Object *str, const char *errors);

// The smallest of those bounds that holds for the text.
uint32_t text_max_char(int kind, const void *text, ssize_t length);
// Copies characters between kinds; narrowing must be possible.
void text_copy(int to_kind, void *to, ssize_t at, int from_kind, const void *from, ssize_t start,
               ssize_t count);
// Fills `total` bytes with copies of `size` bytes.
void memory_repeat(void *target, const void *unit, size_t size, size_t total);
// The same with a look at signals now and then; -1 with an exception.
int memory_repeat_polling(void *target, const void *unit, size_t size, size_t total);

// A str's text as `kind` wide units (at least its own), in a cell when it has to be widened.
const void *str_widened(const Object *str, int kind);

// Start and end of a slice from optional arguments (NULL or None: not given), clipped to length.
int slice_arguments(Object *start, Object *end, ssize_t length, ssize_t *from, ssize_t *to);

Object *str_split_spaces(Object *str, ssize_t most, bool from_right);
Object *str_split_by(Object *str, Object *separator, ssize_t most, bool from_right);

Object *str_lower(Object *self);
Object *str_upper(Object *self);
Object *str_title(Object *self);
Object *str_capitalize(Object *self);
Object *str_swapcase(Object *self);
Object *str_casefold(Object *self);

// `format.format(*args, **kwargs)` and the parsing that _string shares.
Object *str_format_method(Object *self, Object *const *args, size_t nargs, Object *kwnames);
Object *str_format_map(Object *self, Object *mapping);
typedef struct FormatterIterator {
    Object base;
    Object *text;
    ssize_t at, end;
} FormatterIterator;
extern Type formatter_iterator_type, fieldname_iterator_type;
Object *formatter_iterator_next(Object *self);
Object *fieldname_iterator_next(Object *self);
Object *formatter_parser_new(Object *str);
Object *formatter_field_name_split(Object *str);

// bytes % arguments, for bytes and bytearray: returns bytes.
Object *bytes_percent(const char *format, ssize_t length, Object *arguments);

Object *str_iter(Object *self);

ssize_t str_length_slot(Object *self);

// Integer arguments in the words of generated argument parsing: "Python int too large to convert to C
// ssize_t" (or int). -1 with an exception.
int ssize_argument(Object *o, ssize_t *value);
int c_int_argument(Object *o, int *value);
