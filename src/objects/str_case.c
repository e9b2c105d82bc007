// Case mapping of whole strings: Unicode's full mappings, with the one rule that looks at the
// neighbours (a capital sigma at the end of a word).
#include "objects/errors.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/unicode_data.h"
#include "objects/polling.h"

static bool sigma_is_final(int kind, const void *text, ssize_t length, ssize_t i) {
    ssize_t j = i - 1;
    while (j >= 0 && (char_flags(text_read(kind, text, j)) & CHAR_CASE_IGNORABLE)) {
        j--;
    }
    if (j < 0 || !(char_flags(text_read(kind, text, j)) & CHAR_CASED)) {
        return false;
    }
    j = i + 1;
    while (j < length && (char_flags(text_read(kind, text, j)) & CHAR_CASE_IGNORABLE)) {
        j++;
    }
    return j == length || !(char_flags(text_read(kind, text, j)) & CHAR_CASED);
}

enum { CAPITAL_SIGMA = 0x3a3 };

static int lower_one(int kind, const void *text, ssize_t length, ssize_t i, uint32_t *out) {
    uint32_t c = text_read(kind, text, i);
    if (c == CAPITAL_SIGMA) {
        out[0] = sigma_is_final(kind, text, length, i) ? 0x3c2 : 0x3c3;
        return 1;
    }
    return char_full_lower(c, out);
}

static inline uint8_t ascii_lower(uint8_t c) {
    return (uint8_t)(c | ((uint8_t)(c - 'A') < 26) << 5);
}

static inline uint8_t ascii_upper(uint8_t c) {
    return (uint8_t)(c ^ ((uint8_t)(c - 'a') < 26) << 5);
}

typedef enum Mapping { MAP_UPPER, MAP_LOWER, MAP_FOLD, MAP_TITLE, MAP_CAPITALIZE, MAP_SWAP } Mapping;

// str_builder_char, where there is room.
static inline int put(StrBuilder *b, uint32_t c) {
    if (LIKELY(b->text && b->length < b->capacity && c <= b->max_char)) {
        text_write(b->kind, b->text, b->length++, c);
        return 0;
    }
    return str_builder_char(b, c);
}

static Object *map_wide(Object *self, Mapping mapping) {
    ssize_t length = str_length(self);
    int kind = str_kind(self);
    const void *text = str_data(self);
    StrBuilder b;
    str_builder_init(&b, length);
    bool previous_cased = false;
    for (ssize_t i = 0; i < length; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        uint32_t out[4], c = text_read(kind, text, i);
        const CharRecord *r = char_record(c);
        Mapping form = mapping; // what becomes of this character
        if (mapping == MAP_SWAP) {
            form = r->flags & CHAR_UPPER ? MAP_LOWER : r->flags & CHAR_LOWER ? MAP_UPPER : MAP_SWAP;
        } else if (mapping == MAP_CAPITALIZE) {
            form = i ? MAP_LOWER : MAP_TITLE;
        } else if (mapping == MAP_TITLE) {
            form = previous_cased ? MAP_LOWER : MAP_TITLE;
            previous_cased = (r->flags & CHAR_CASED) != 0;
        }
        if (LIKELY(!(r->flags & CHAR_SPECIAL) && c != CAPITAL_SIGMA) || form == MAP_SWAP) {
            int32_t change = form == MAP_UPPER   ? r->upper
                             : form == MAP_TITLE ? r->title
                             : form == MAP_SWAP  ? 0
                                                 : r->lower;
            if (put(&b, c + (uint32_t)change) < 0) {
                return NULL;
            }
            continue;
        }
        int count;
        switch (form) {
        case MAP_UPPER: count = char_full_upper(c, out); break;
        case MAP_LOWER: count = lower_one(kind, text, length, i, out); break;
        case MAP_FOLD: count = char_full_fold(c, out); break;
        default: count = char_full_title(c, out);
        }
        for (int j = 0; j < count; j++) {
            if (put(&b, out[j]) < 0) {
                return NULL;
            }
        }
    }
    return str_builder_finish(&b);
}

// A text of two-byte characters that each become one such character, and none of them special; NULL without an
// exception when it is not that.
static Object *map_two_bytes(Object *self, Mapping mapping) {
    ssize_t length = str_length(self);
    const uint16_t *text = str_data(self);
    Object *result = str_new(length, 0xffff);
    if (!result) {
        return NULL;
    }
    uint16_t *out = str_data(result);
    uint32_t any = 0;
    for (ssize_t i = 0; i < length; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        const CharRecord *r = char_record(text[i]);
        if (UNLIKELY(r->flags & CHAR_SPECIAL || text[i] == CAPITAL_SIGMA)) {
            return NULL;
        }
        int32_t change = mapping == MAP_UPPER                  ? r->upper
                         : mapping == MAP_CAPITALIZE && i == 0 ? r->title
                                                               : r->lower;
        uint32_t c = text[i] + (uint32_t)change;
        any |= c;
        out[i] = (uint16_t)c;
    }
    if (any > 0xffff) {
        return NULL;
    }
    return any < 0x100 || length == 1 ? str_from_kind(2, out, length) : result;
}

// Latin-1 stays Latin-1 in lower case; case folding takes the micro sign and the sharp s out of it.
static Object *lower_latin1(Object *self, Mapping mapping) {
    ssize_t length = str_length(self);
    const uint8_t *text = str_data(self);
    if (mapping == MAP_FOLD && (memchr(text, 0xb5, (size_t)length) || memchr(text, 0xdf, (size_t)length))) {
        return map_wide(self, mapping);
    }
    Object *result = str_new(length, 0xff);
    if (result) {
        uint8_t *out = str_data(result);
        for (ssize_t i = 0; i < length; i++) {
            uint8_t c = text[i];
            bool capital = (uint8_t)(c - 'A') < 26 || ((uint8_t)(c - 0xc0) < 31 && c != 0xd7);
            out[i] = (uint8_t)(c + (capital ? 32 : 0));
        }
    }
    return result;
}

// Upper case leaves Latin-1 for the micro sign and the y with a diaeresis; the sharp s becomes two letters.
static Object *upper_latin1(Object *self) {
    ssize_t length = str_length(self), sharp = 0;
    const uint8_t *text = str_data(self);
    bool wide = false, beyond_ascii = false;
    for (ssize_t i = 0; i < length; i++) {
        sharp += text[i] == 0xdf;
        wide |= text[i] == 0xb5 || text[i] == 0xff;
        beyond_ascii |= text[i] >= 0x80 && text[i] != 0xdf;
    }
    if (wide) {
        return map_wide(self, MAP_UPPER);
    }
    Object *result = str_new(length + sharp, beyond_ascii ? 0xff : 0x7f);
    if (!result) {
        return NULL;
    }
    uint8_t *out = str_data(result);
    if (!sharp) {
        for (ssize_t i = 0; i < length; i++) {
            uint8_t c = text[i];
            bool small = (uint8_t)(c - 'a') < 26 || ((uint8_t)(c - 0xe0) < 31 && c != 0xf7);
            out[i] = (uint8_t)(c - (small ? 32 : 0));
        }
        return result;
    }
    for (ssize_t i = 0; i < length; i++) {
        uint8_t c = text[i];
        bool small = (uint8_t)(c - 'a') < 26 || ((uint8_t)(c - 0xe0) < 31 && c != 0xf7);
        *out++ = c == 0xdf ? 'S' : (uint8_t)(c - (small ? 32 : 0));
        *out = 'S'; // at the end: the character behind the text, which is put back
        out += c == 0xdf;
    }
    *out = 0;
    return result;
}

static Object *map_case(Object *self, Mapping mapping) {
    if (str_kind(self) == 2 && mapping != MAP_TITLE && mapping != MAP_SWAP) {
        Object *result = map_two_bytes(self, mapping);
        if (result || error_occurred()) {
            return result;
        }
    }
    if (!str_is_ascii(self) && str_kind(self) == 1 && str_length(self) > 1 && mapping == MAP_UPPER) {
        return upper_latin1(self);
    }
    if (!str_is_ascii(self)) {
        return str_kind(self) == 1 && str_length(self) > 1 && (mapping == MAP_LOWER || mapping == MAP_FOLD)
                   ? lower_latin1(self, mapping)
                   : map_wide(self, mapping);
    }
    ssize_t length = str_length(self);
    Object *result = str_new(length, 0x7f);
    if (!result || !length) {
        return result;
    }
    const uint8_t *text = str_data(self);
    uint8_t *out = str_data(result);
    switch (mapping) {
    case MAP_UPPER:
        for (ssize_t i = 0; i < length; i++) {
            out[i] = ascii_upper(text[i]);
        }
        break;
    case MAP_LOWER:
    case MAP_FOLD:
    case MAP_CAPITALIZE:
        for (ssize_t i = 0; i < length; i++) {
            out[i] = ascii_lower(text[i]);
        }
        if (mapping == MAP_CAPITALIZE) {
            out[0] = ascii_upper(text[0]);
        }
        break;
    case MAP_SWAP:
        for (ssize_t i = 0; i < length; i++) {
            out[i] = (uint8_t)(text[i] ^ ((uint8_t)((text[i] | 32) - 'a') < 26) << 5);
        }
        break;
    case MAP_TITLE: {
        bool previous_cased = false;
        for (ssize_t i = 0; i < length; i++) {
            if (poll_at(i) < 0) {
                return NULL;
            }
            out[i] = previous_cased ? ascii_lower(text[i]) : ascii_upper(text[i]);
            previous_cased = (uint8_t)((text[i] | 32) - 'a') < 26;
        }
        break;
    }
    }
    return length == 1 ? str_latin1_char(out[0]) : result;
}

Object *str_lower(Object *self) {
    return map_case(self, MAP_LOWER);
}

Object *str_upper(Object *self) {
    return map_case(self, MAP_UPPER);
}

Object *str_title(Object *self) {
    return map_case(self, MAP_TITLE);
}

Object *str_capitalize(Object *self) {
    return map_case(self, MAP_CAPITALIZE);
}

Object *str_swapcase(Object *self) {
    return map_case(self, MAP_SWAP);
}

Object *str_casefold(Object *self) {
    return map_case(self, MAP_FOLD);
}
