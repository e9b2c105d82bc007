// The Unicode tables, which the build generates (tools/gen_unicode.py) from the oracle's database.
//
// A table over code points has two levels: `x_values[(x_index[c >> 7] << 7) + (c & 127)]`; equal
// blocks of 128 are stored once. The value is the number of a record, or an offset.
//   char_*     what str's methods need: properties, simple and full case mappings
//   ucd_*      the character database 14.0, ucd_old_* that of 3.2
//   name_*     names as sequences of words; a hash table from names to code points
#pragma once

#include "base/base.h"

enum { UNICODE_LIMIT = 0x110000, UNICODE_SHIFT = 7, UNICODE_BLOCK_MASK = 127 };

enum {
    CHAR_ALPHA = 1 << 0,
    CHAR_DECIMAL = 1 << 1,
    CHAR_DIGIT = 1 << 2,
    CHAR_NUMERIC = 1 << 3,
    CHAR_LOWER = 1 << 4,
    CHAR_UPPER = 1 << 5,
    CHAR_TITLE = 1 << 6,
    CHAR_SPACE = 1 << 7,
    CHAR_LINEBREAK = 1 << 8,
    CHAR_PRINTABLE = 1 << 9,
    CHAR_ID_START = 1 << 10,
    CHAR_ID_PART = 1 << 11,
    CHAR_CASED = 1 << 12,
    CHAR_CASE_IGNORABLE = 1 << 13,
    CHAR_SPECIAL = 1 << 14,       // a full case mapping differs from the simple ones
    CHAR_CASE_CHANGES = 1 << 15,  // the simple lower or upper form is another character
};

typedef struct CharRecord {
    uint16_t flags;
    int32_t upper, lower, title;  // differences to the simple mapping
    uint16_t special;             // offset into char_specials: lengths (4 bits each) of upper, lower,
                                  // title and folded form, then their characters
    int8_t decimal, digit;        // -1: none
} CharRecord;

typedef struct UcdRecord {
    uint8_t category, bidirectional, combining, width, mirrored;
    int8_t decimal, digit;
    uint8_t numeric;  // index into ucd_numerics, 0: none
} UcdRecord;

typedef struct Composition {
    uint32_t first, second, composed;
} Composition;

typedef struct NameAlias {
    uint32_t name;  // offset into name_stream
    uint8_t count;
    uint32_t codes[4];
} NameAlias;

extern const CharRecord char_records[];
extern const uint32_t char_specials[];
extern const uint16_t char_index[], char_values[];
extern const UcdRecord ucd_records[], ucd_old_records[];
extern const uint16_t ucd_index[], ucd_values[], ucd_old_index[], ucd_old_values[];
extern const uint16_t ucd_decomposition_index[], ucd_decomposition_values[];
extern const uint16_t ucd_old_decomposition_index[], ucd_old_decomposition_values[];
extern const char *const ucd_categories[], *const ucd_bidirectionals[], *const ucd_widths[];
extern const double ucd_numerics[];
extern const uint32_t decomposition_words[];  // prefix << 8 | count, then the code points
extern const char *const decomposition_prefixes[];
extern const Composition compositions[];      // sorted by first, second
extern const size_t composition_count;
extern const uint32_t old_corrections[][2];   // what 3.2 normalizes otherwise than it decomposes
extern const size_t old_correction_count;
extern const char *const name_words[];
extern const uint16_t name_stream[];          // word numbers; the last of a name has bit 15
extern const uint16_t name_index[];
extern const uint32_t name_values[];
extern const uint32_t name_table[];           // code point, UNICODE_LIMIT + alias, or UINT32_MAX
extern const uint32_t name_table_mask;
extern const uint32_t unified_ideographs[][2];
extern const size_t unified_ideograph_count;
extern const NameAlias name_aliases[];

static inline const CharRecord *char_record(uint32_t c) {
    if (c >= UNICODE_LIMIT) {
        return &char_records[0];
    }
    return &char_records[char_values[((size_t)char_index[c >> UNICODE_SHIFT] << UNICODE_SHIFT) +
                                     (c & UNICODE_BLOCK_MASK)]];
}
static inline unsigned char_flags(uint32_t c) {
    return char_record(c)->flags;
}

// The full case mappings: writes at most 3 characters, returns how many.
int char_full_upper(uint32_t c, uint32_t *out);
int char_full_lower(uint32_t c, uint32_t *out);
int char_full_title(uint32_t c, uint32_t *out);
int char_full_fold(uint32_t c, uint32_t *out);

// The name of a character of Unicode 14.0 into `out` (at least 128 bytes); 0 when it has none.
// Aliases and named sequences are found by lookup only.
enum { UNICODE_NAME_LONGEST = 256 };
size_t unicode_name(uint32_t c, char *out);
// The character (or, when `sequences`, the named sequence: up to 4) of that name, in any case; returns
// how many characters were written, 0 when there is no such name. `aliases`: include name aliases.
int unicode_lookup(const char *name, size_t length, bool aliases, bool sequences, uint32_t *out);
// Whether the module unicodedata can be imported, or could once: programs that hide it expect \N{...} to
// fail. Raises nothing; can run Python code.
bool unicode_names_are_there(void);
