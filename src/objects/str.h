// str: CPython's layouts. Compact ASCII (48-byte header, then the text), compact (72-byte header: with
// the cached UTF-8 form), and the 80-byte form with a data pointer that subclasses of str have, and long texts
// that str_append made: those may share their data with longer ones, so that only text in a compact str is
// sure to be followed by a NUL (str_utf8 gives a text with one).
//
// A str is immutable once published. The hash and the UTF-8 cache are written later, with release
// stores of values that every thread would compute alike.
#pragma once

#include "base/utf8.h"
#include "objects/object.h"

typedef struct Str {
    Object base;
    ssize_t length;
    hash_t hash; // -1: not computed yet
    uint32_t state; // interned:2 kind:3 compact:1 ascii:1 ready:1
    void *wstr; // always NULL
} Str; // PyASCIIObject, 48 bytes

typedef struct CompactStr {
    Str ascii;
    ssize_t utf8_length;
    char *utf8;
    ssize_t wstr_length;
} CompactStr; // PyCompactUnicodeObject, 72 bytes

typedef struct LegacyStr {
    CompactStr compact;
    void *data;
} LegacyStr; // PyUnicodeObject, 80 bytes

enum {
    STR_INTERNED = 3,
    STR_KIND_SHIFT = 2,
    STR_KIND_MASK = 7 << STR_KIND_SHIFT,
    STR_COMPACT = 1 << 5,
    STR_ASCII = 1 << 6,
    STR_READY = 1 << 7,
};

static inline bool str_check(const Object *o) {
    return (o->type->flags & TF_STR) != 0;
}
static inline bool str_check_exact(const Object *o) {
    return o->type == &str_type;
}
static inline ssize_t str_length(const Object *o) {
    return ((const Str *)o)->length;
}
// Bytes per character: 1 (Latin-1), 2 or 4.
static inline int str_kind(const Object *o) {
    return (int)((((const Str *)o)->state & STR_KIND_MASK) >> STR_KIND_SHIFT);
}
static inline bool str_is_ascii(const Object *o) {
    return (((const Str *)o)->state & STR_ASCII) != 0;
}
static inline bool str_is_interned(const Object *o) {
    return (((const Str *)o)->state & STR_INTERNED) != 0;
}
static inline void *str_data(const Object *o) {
    const Str *s = (const Str *)o;
    if (s->state & STR_COMPACT) {
        return (char *)s + (s->state & STR_ASCII ? sizeof(Str) : sizeof(CompactStr));
    }
    return ((const LegacyStr *)o)->data;
}
static inline uint32_t str_read(const Object *o, ssize_t i) {
    return text_read(str_kind(o), str_data(o), i);
}

// A fresh str of `length` characters of at most `max_char`, to be filled before it is published.
Object *str_new(ssize_t length, uint32_t max_char);
Object *str_empty(void);
Object *str_from_char(uint32_t c);
// Writes the `count` characters from `start` on to `characters`, which lies on the C stack.
int str_characters(Object *text, ssize_t start, ssize_t count, Object **characters);
Object *str_from_cstring(const char *utf8);
Object *str_from_utf8(const char *bytes, ssize_t length); // strict; UnicodeDecodeError
Object *str_decode_utf8(const char *bytes, ssize_t length, const char *errors);
Object *str_from_latin1(const uint8_t *text, ssize_t length);
Object *str_from_ucs4(const uint32_t *text, ssize_t length);
Object *str_from_kind(int kind, const void *text, ssize_t length);
Object *str_decode_fs(const char *bytes, ssize_t length); // file system encoding, surrogateescape
Object *str_encode_fs(Object *str); // bytes
extern bool str_fs_ascii; // the file system's encoding is ASCII, not UTF-8
Object *str_decode(const char *bytes, ssize_t length, const char *encoding, const char *errors);
// The same for memory that lies in `owner`, any object or NULL: bytes need not be copied for codecs in Python.
Object *str_decode_of(Object *owner, const char *bytes, ssize_t length, const char *encoding,
                      const char *errors);
Object *str_encode(Object *str, const char *encoding, const char *errors); // bytes
// UTF-8, NUL-terminated, cached in the object; NULL with UnicodeEncodeError for surrogates.
const char *str_utf8(Object *str, ssize_t *length);
// A bytes-like or str path ("os.fspath"ed by the caller) as NUL-free file system bytes.
Object *path_to_bytes(Object *path);

// printf-like: %c %d %i %u %x %o %ld %zd %zu %p %s (UTF-8) %% ; and %S str() %R repr() %A ascii()
// %U str object, %V str-or-NULL then char *, %T the type name of an object, %N the name of a Type.
// Width and precision as in PyUnicode_FromFormat. May run Python code for %S %R %A.
Object *str_format(const char *format, ...);
Object *str_format_va(const char *format, va_list arguments);

Object *str_intern(Object *str); // the one interned str that is equal to it
Object *str_intern_cstring(const char *utf8);
Object *str_intern_text(const char *utf8, ssize_t length);

hash_t str_hash(Object *str);
bool str_equal(const Object *a, const Object *b);
bool str_equal_cstring(const Object *a, const char *ascii);
int str_compare(const Object *a, const Object *b); // -1, 0, 1 by code points
Object *str_concat(Object *a, Object *b);
// a + b for an `a` whose last use this probably is (`a += b`): a long one leaves room for the next.
Object *str_append(Object *a, Object *b);
Object *str_substring(Object *str, ssize_t start, ssize_t end);
Object *str_join(Object *separator, Object *iterable);
Object *str_join_array(Object *separator, Object *const *items, ssize_t count);
ssize_t str_find_char(const Object *str, uint32_t c, ssize_t start, ssize_t end, int direction);
ssize_t str_find(Object *str, Object *part, ssize_t start, ssize_t end, int direction); // -1 absent
int str_contains(Object *str, Object *part);
Object *str_replace(Object *str, Object *old, Object *replacement, ssize_t most);
Object *str_split(Object *str, Object *separator, ssize_t most); // separator NULL: white space
bool str_is_identifier(Object *str); // false also with the exception of a signal's handler
Object *str_normalize_nfkc(Object *str); // itself when it is in that form already
Object *str_percent(Object *format, Object *arguments); // format % arguments

// Builds a str piece by piece; the text lives in a cell, so the builder lives on the C stack. Short ASCII
// texts are built in the builder itself (which for that reason must not be copied).
enum { STR_BUILDER_LOCAL = 152 };
typedef struct StrBuilder {
    Object *buffer; // a str of larger capacity, or NULL
    char *text; // its data or `local`; NULL: not begun, `capacity` is a wish
    ssize_t length, capacity;
    int kind;
    uint32_t max_char;
    bool failed;
    char local[STR_BUILDER_LOCAL];
} StrBuilder;
void str_builder_init(StrBuilder *builder, ssize_t expected);
// Makes room for `more` characters of at most `max_char`.
int str_builder_reserve(StrBuilder *builder, ssize_t more, uint32_t max_char);
int str_builder_char(StrBuilder *builder, uint32_t c);
int str_builder_str(StrBuilder *builder, Object *str);
int str_builder_range(StrBuilder *builder, Object *str, ssize_t start, ssize_t end);
int str_builder_cstring(StrBuilder *builder, const char *ascii);
int str_builder_bytes(StrBuilder *builder, const char *ascii, size_t length);
int str_builder_fill(StrBuilder *builder, uint32_t c, ssize_t count);
Object *str_builder_finish(StrBuilder *builder);

// Characters (Unicode 14.0).
bool char_is_wide_space(uint32_t c); // beyond ASCII
static inline bool char_is_space(uint32_t c) {
    return c < 128 ? c == ' ' || c - 9 < 5 || c - 28 < 4 : char_is_wide_space(c);
}
bool char_is_printable(uint32_t c);
bool char_is_alpha(uint32_t c);
bool char_is_alnum(uint32_t c);
bool char_is_identifier_start(uint32_t c);
bool char_is_identifier_part(uint32_t c);
bool char_is_linebreak(uint32_t c);
bool char_is_lower(uint32_t c);
bool char_is_upper(uint32_t c);
bool char_is_title(uint32_t c);
bool char_is_numeric(uint32_t c);
bool char_is_digit(uint32_t c);
int char_decimal(uint32_t c); // -1: none
int char_digit(uint32_t c);
uint32_t char_to_lower(uint32_t c);
uint32_t char_to_upper(uint32_t c);
uint32_t char_to_title(uint32_t c);
