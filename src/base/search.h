// Finding text in text: code units of 1, 2 or 4 bytes. Linear in the worst case, forward as well as
// backward, so that no input makes a search quadratic.
#pragma once

#include "base/base.h"

// The first (direction > 0) or last occurrence of `c` among `length` units, -1 when absent.
ssize_t search_unit(int kind, const void *text, ssize_t length, uint32_t c, int direction);
// The first or last occurrence of a needle of the same kind; an empty one is found at either end.
ssize_t search_text(int kind, const void *text, ssize_t length, const void *needle, ssize_t needle_length,
                    int direction);
// Counts occurrences that do not overlap, at most `most`. The needle is not empty.
ssize_t search_count(int kind, const void *text, ssize_t length, const void *needle, ssize_t needle_length,
                     ssize_t most);
ssize_t search_count_unit(int kind, const void *text, ssize_t length, uint32_t c);

// Which of the SEARCH_SPAN bytes from `at` on are ASCII spaces, with or without the four separators (28 to 31), one bit
// each; what lies behind the text, of `length` bytes, counts as such.
enum { SEARCH_SPAN = 64 };
uint64_t search_spaces(const uint8_t *text, ssize_t length, ssize_t at, bool separators);
// Which of them are equal to `c`; what lies behind the text is not.
uint64_t search_equal(const uint8_t *text, ssize_t length, ssize_t at, uint8_t c);
// Which of them end a line of ASCII text, as str.splitlines has it.
uint64_t search_breaks(const uint8_t *text, ssize_t length, ssize_t at);

// The same for SEARCH_SPAN characters of `kind` bytes, of any text. What lies behind it counts as space.
uint64_t search_equal_units(int kind, const void *text, ssize_t length, ssize_t at, uint32_t c);
uint64_t search_unicode_breaks(int kind, const void *text, ssize_t length, ssize_t at);
uint64_t search_unicode_spaces(int kind, const void *text, ssize_t length, ssize_t at);
