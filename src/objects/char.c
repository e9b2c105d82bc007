// Properties and case mappings of characters, from the generated tables.
#include "objects/str.h"
#include "objects/unicode_data.h"

bool char_is_wide_space(uint32_t c) {
    return (char_flags(c) & CHAR_SPACE) != 0;
}

bool char_is_printable(uint32_t c) {
    return c < 127 ? c >= 32 : (char_flags(c) & CHAR_PRINTABLE) != 0;
}

bool char_is_alpha(uint32_t c) {
    return (char_flags(c) & CHAR_ALPHA) != 0;
}

bool char_is_alnum(uint32_t c) {
    return (char_flags(c) & (CHAR_ALPHA | CHAR_DECIMAL | CHAR_DIGIT | CHAR_NUMERIC)) != 0;
}

bool char_is_identifier_start(uint32_t c) {
    return (char_flags(c) & CHAR_ID_START) != 0;
}

bool char_is_identifier_part(uint32_t c) {
    return (char_flags(c) & CHAR_ID_PART) != 0;
}

bool char_is_linebreak(uint32_t c) {
    return c < 128 ? c - 10 < 4 || c - 28 < 3 : (char_flags(c) & CHAR_LINEBREAK) != 0;
}

bool char_is_lower(uint32_t c) {
    return (char_flags(c) & CHAR_LOWER) != 0;
}

bool char_is_upper(uint32_t c) {
    return (char_flags(c) & CHAR_UPPER) != 0;
}

bool char_is_title(uint32_t c) {
    return (char_flags(c) & CHAR_TITLE) != 0;
}

bool char_is_numeric(uint32_t c) {
    return (char_flags(c) & CHAR_NUMERIC) != 0;
}

bool char_is_digit(uint32_t c) {
    return (char_flags(c) & CHAR_DIGIT) != 0;
}

int char_decimal(uint32_t c) {
    return char_record(c)->decimal;
}

int char_digit(uint32_t c) {
    return char_record(c)->digit;
}

uint32_t char_to_lower(uint32_t c) {
    return c + (uint32_t)char_record(c)->lower;
}

uint32_t char_to_upper(uint32_t c) {
    return c + (uint32_t)char_record(c)->upper;
}

uint32_t char_to_title(uint32_t c) {
    return c + (uint32_t)char_record(c)->title;
}

enum { FORM_UPPER, FORM_LOWER, FORM_TITLE, FORM_FOLD };

static int full_form(uint32_t c, int form, uint32_t *out) {
    const CharRecord *r = char_record(c);
    if (!(r->flags & CHAR_SPECIAL)) {
        out[0] = c + (uint32_t)(form == FORM_UPPER ? r->upper : form == FORM_TITLE ? r->title : r->lower);
        return 1;
    }
    const uint32_t *special = &char_specials[r->special];
    uint32_t lengths = *special++;
    for (int i = 0; i < form; i++, lengths >>= 4) {
        special += lengths & 15;
    }
    int count = (int)(lengths & 15);
    memcpy(out, special, (size_t)count * sizeof *out);
    return count;
}

int char_full_upper(uint32_t c, uint32_t *out) {
    return full_form(c, FORM_UPPER, out);
}

int char_full_lower(uint32_t c, uint32_t *out) {
    return full_form(c, FORM_LOWER, out);
}

int char_full_title(uint32_t c, uint32_t *out) {
    return full_form(c, FORM_TITLE, out);
}

int char_full_fold(uint32_t c, uint32_t *out) {
    return full_form(c, FORM_FOLD, out);
}
