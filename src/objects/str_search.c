// Finding, counting, splitting, joining and replacing.
#include "base/search.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/pieces.h"
#include "objects/polling.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

const void *str_widened(const Object *str, int kind) {
    if (str_kind(str) == kind) {
        return str_data(str);
    }
    ssize_t length = str_length(str);
    void *wide = heap_alloc((size_t)(length + 1) * (size_t)kind, CELL_BYTES);
    if (wide) {
        text_copy(kind, wide, 0, str_kind(str), str_data(str), 0, length);
    }
    return wide;
}

static inline void clip(ssize_t length, ssize_t *start, ssize_t *end) {
    if (*end > length) {
        *end = length;
    } else if (*end < 0) {
        *end += length;
        *end = *end < 0 ? 0 : *end;
    }
    if (*start < 0) {
        *start += length;
        *start = *start < 0 ? 0 : *start;
    }
}

ssize_t str_find_char(const Object *str, uint32_t c, ssize_t start, ssize_t end, int direction) {
    clip(str_length(str), &start, &end);
    if (start >= end) {
        return -1;
    }
    int kind = str_kind(str);
    ssize_t at = search_unit(kind, (char *)str_data(str) + start * kind, end - start, c, direction);
    return at < 0 ? -1 : at + start;
}

// -1 absent, -2 with an exception: no memory, or a signal's handler raised it.
ssize_t str_find(Object *str, Object *part, ssize_t start, ssize_t end, int direction) {
    clip(str_length(str), &start, &end);
    ssize_t m = str_length(part);
    if (end - start < m) {
        return -1;
    }
    int kind = str_kind(str);
    if (str_kind(part) > kind) {
        return -1;
    }
    ssize_t at;
    const char *text = (char *)str_data(str) + start * kind;
    if (m == 1 && end - start <= POLL_STRETCH) {
        at = search_unit(kind, text, end - start, str_read(part, 0), direction);
    } else {
        const void *needle = str_widened(part, kind);
        if (!needle) {
            return -2;
        }
        at = search_polling(kind, text, end - start, needle, m, direction);
    }
    return at < 0 ? at : at + start;
}

int str_contains(Object *str, Object *part) {
    if (!str_check(part)) {
        raise_error(&exc_TypeError, "'in <string>' requires string as left operand, not %T", part);
        return -1;
    }
    ssize_t at = str_find(str, part, 0, SSIZE_LIMIT, 1);
    return at == -2 ? -1 : at >= 0;
}

// ---- join

// `list`: whose items these are, NULL when no Python code can change them.
static Object *join_items(Object *separator, Object *const *items, ssize_t count, Object *list) {
    if (!count) {
        return str_empty();
    }
    if (count == 1 && str_check_exact(items[0])) {
        return items[0];
    }
    ssize_t width = separator ? str_length(separator) : 0;
    uint32_t bound = separator && count > 1 ? str_max_char(separator) : 0x7f;
    size_t total = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (!str_check(items[i])) {
            return raise_error(&exc_TypeError, "sequence item %zd: expected str instance, %T found", i,
                               items[i]);
        }
        uint32_t max_char = str_max_char(items[i]);
        bound = max_char > bound ? max_char : bound;
        total += (size_t)str_length(items[i]) + (i ? (size_t)width : 0);
        if (total > (size_t)SSIZE_LIMIT) {
            return raise_error(&exc_OverflowError, "join() result is too long for a Python string");
        }
    }
    bool polls = total > POLL_STRETCH;
    if (polls && list) {  // a signal's handler might change the list
        Object *tuple = list_to_tuple(list);
        if (!tuple) {
            return NULL;
        }
        items = tuple_items(tuple);
    }
    Object *result = str_new((ssize_t)total, bound);
    if (!result || !total) {
        return result;
    }
    enum { POLL_EVERY = 1 << 14 };
    int kind = str_kind(result);
    void *data = str_data(result);
    ssize_t at = 0;
    if (kind == 1) {
        char *out = data;
        const char *between = width ? str_data(separator) : NULL;
        for (ssize_t i = 0; i < count; i++) {
            if (i && width == 1) {
                *out++ = *between;
            } else if (i && width) {
                out = mempcpy(out, between, (size_t)width);
            }
            size_t n = (size_t)str_length(items[i]);
            if (UNLIKELY(polls) &&
                ((i % POLL_EVERY == 0 && safepoint() < 0) ||
                 (n > POLL_STRETCH && copy_in_stretches(out, str_data(items[i]), n) < 0))) {
                return NULL;
            }
            if (LIKELY(n <= POLL_STRETCH)) {
                memcpy(out, str_data(items[i]), n);
            }
            out += n;
        }
        return result;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (i && width) {
            text_copy(kind, data, at, str_kind(separator), str_data(separator), 0, width);
            at += width;
        }
        ssize_t n = str_length(items[i]);
        text_copy(kind, data, at, str_kind(items[i]), str_data(items[i]), 0, n);
        at += n;
        if (UNLIKELY(polls) && (n > POLL_EVERY || i % POLL_EVERY == 0) && safepoint() < 0) {
            return NULL;
        }
    }
    return result;
}

Object *str_join_array(Object *separator, Object *const *items, ssize_t count) {
    return join_items(separator, items, count, NULL);
}

Object *str_join(Object *separator, Object *iterable) {
    if (tuple_check(iterable)) {
        return str_join_array(separator, tuple_items(iterable), tuple_size(iterable));
    }
    Object *fast = sequence_fast(iterable, "can only join an iterable");
    if (!fast) {
        return NULL;
    }
    if (fast->type == &list_type && !runtime_multithreaded) {
        return join_items(separator, ((List *)fast)->items, list_size(fast), fast);
    }
    // A list may be changed by another thread meanwhile: a tuple of its items cannot.
    Object *items = list_check(fast) ? list_to_tuple(fast) : fast;
    return items ? str_join_array(separator, tuple_items(items), tuple_size(items)) : NULL;
}

// ---- replace

static Object *replace_byte(Object *str, char old, char new) {
    ssize_t n = str_length(str);
    const char *text = str_data(str), *first = memchr(text, old, (size_t)n);
    if (!first) {
        return str_as_exact(str);
    }
    Object *copy = str_new(n, 0x7f);
    if (!copy) {
        return NULL;
    }
    char *out = str_data(copy);
    for (ssize_t i = 0; i < n;) {
        ssize_t end = n - i > POLL_STRETCH ? i + POLL_STRETCH : n;
        for (; i < end; i++) {
            out[i] = text[i] == old ? new : text[i];
        }
        if (i < n && safepoint() < 0) {
            return NULL;
        }
    }
    return copy;
}

// `count`: how often it is there.
static Object *remove_byte(Object *str, char old, ssize_t count) {
    ssize_t n = str_length(str), left = n - count;
    const char *text = str_data(str);
    Object *copy = str_new(left, 0x7f);
    if (!copy || !left) {
        return copy;
    }
    char *out = str_data(copy), *limit = out + left;
    for (ssize_t i = 0; i < n && out < limit;) {
        ssize_t end = n - i > POLL_STRETCH ? i + POLL_STRETCH : n;
        for (; i < end && out < limit; i++) {
            *out = text[i];
            out += text[i] != old;
        }
        if (i < n && safepoint() < 0) {
            return NULL;
        }
    }
    return left == 1 ? str_latin1_char((uint8_t)out[-1]) : copy;
}

// Characters of `kind` bytes each, with one in the place of another.
__attribute__((always_inline)) static inline void exchange(int kind, void *to, const void *from, ssize_t n,
                                                           uint32_t old, uint32_t with) {
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = text_read(kind, from, i);
        text_write(kind, to, i, c == old ? with : c);
    }
}

// All of one character by another one of which the text stays as wide as it is.
static Object *replace_character(Object *str, uint32_t old, uint32_t with) {
    ssize_t n = str_length(str);
    int kind = str_kind(str);
    const char *text = str_data(str);
    ssize_t first = search_polling(kind, text, n,
                                   kind == 1   ? (void *)&(uint8_t){ (uint8_t)old }
                                   : kind == 2 ? (void *)&(uint16_t){ (uint16_t)old }
                                               : (void *)&old,
                                   1, 1);
    if (first < 0) {
        return first == -2 ? NULL : str_as_exact(str);
    }
    Object *result = str_new(n, str_max_char(str));
    char *out = result ? str_data(result) : NULL;
    for (ssize_t at = 0; result && at < n; at += POLL_STRETCH) {
        ssize_t count = n - at < POLL_STRETCH ? n - at : POLL_STRETCH;
        const char *from = text + at * kind;
        char *to = out + at * kind;
        if (kind == 1) {
            exchange(1, to, from, count, old, with);
        } else if (kind == 2) {
            exchange(2, to, from, count, old, with);
        } else {
            exchange(4, to, from, count, old, with);
        }
        if (count == POLL_STRETCH && safepoint() < 0) {
            return NULL;
        }
    }
    return result;
}

Object *str_replace(Object *str, Object *old, Object *replacement, ssize_t most) {
    ssize_t n = str_length(str), m = str_length(old), r = str_length(replacement);
    if (most < 0) {
        most = SSIZE_LIMIT;
    }
    int kind = str_kind(str);
    if (!most || (n == 0 && m > 0) || n < m || str_kind(old) > kind || str_equal(old, replacement)) {
        return str_as_exact(str);
    }
    const char *text = str_data(str);
    const void *needle = str_widened(old, kind);
    if (!needle) {
        return NULL;
    }
    if (m == 1 && r == 1 && kind == 1 && most == SSIZE_LIMIT && str_is_ascii(str) &&
        str_is_ascii(replacement)) {
        return replace_byte(str, *(const char *)needle, *(const char *)str_data(replacement));
    }
    if (m == 1 && r == 1 && most == SSIZE_LIMIT && str_max_char(replacement) <= str_max_char(str) &&
        (str_max_char(old) < str_max_char(str) || str_max_char(replacement) == str_max_char(str))) {
        return replace_character(str, str_read(old, 0), str_read(replacement, 0));
    }
    // The first places are remembered, so that they are searched for once.
    enum { PLACES = 256, POLL_EVERY = 4096 };
    ssize_t places[PLACES], count = 0;
    if (!m) {
        count = most < n + 1 ? most : n + 1;
    } else {
        for (ssize_t from = 0; count < most; count++) {
            ssize_t found = search_polling(kind, text + from * kind, n - from, needle, m, 1);
            if (found == -2) {
                return NULL;
            }
            if (found < 0) {
                break;
            }
            if (count == PLACES) {  // many: counting is enough
                ssize_t more = count_polling(kind, text + from * kind, n - from, needle, m,
                                             most == SSIZE_LIMIT ? most : most - count);
                if (more < 0) {
                    return NULL;
                }
                count += more;
                break;
            }
            places[count] = from + found;
            from += found + m;
        }
    }
    if (!count) {
        return str_as_exact(str);
    }
    if (r > m && r - m > (SSIZE_LIMIT - n) / count) {
        return raise_error(&exc_OverflowError, "replace string is too long");
    }
    uint32_t widest = str_max_char(str), widest_new = str_max_char(replacement);
    if (m == r && m && widest_new == widest) {
        // As long as what it replaces, and as wide: a copy, patched.
        Object *copy = str_new(n, widest);
        if (!copy) {
            return NULL;
        }
        char *out = str_data(copy);
        if (copy_polling(out, text, (size_t)(n * kind)) < 0) {
            return NULL;
        }
        for (ssize_t at = 0, i = 0; i < count; i++, at += m) {
            at = i < PLACES ? places[i] : at + search_text(kind, text + at * kind, n - at, needle, m, 1);
            memcpy(out + at * kind, str_data(replacement), (size_t)(m * kind));
            if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1) && safepoint() < 0) {
                return NULL;
            }
        }
        return copy;
    }
    if (m == 1 && !r && str_is_ascii(str) && most == SSIZE_LIMIT && count > n / 32) {
        return remove_byte(str, *(const char *)needle, count);
    }
    // Removing the only wide characters may narrow the text: then str_from_kind finds out.
    bool may_narrow = str_max_char(old) >= widest && widest > 0x7f && widest_new < widest;
    Object *result = str_new(n + count * (r - m), widest > widest_new ? widest : widest_new);
    if (!result || !str_length(result)) {
        return result;
    }
    int out_kind = str_kind(result);
    void *out = str_data(result);
    const void *with = str_data(replacement);
    int with_kind = str_kind(replacement);
    ssize_t at = 0, written = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1) && safepoint() < 0) {
            return NULL;
        }
        if (!m) {
            text_copy(out_kind, out, written, with_kind, with, 0, r);
            written += r;
            if (at < n) {
                text_copy(out_kind, out, written++, kind, text, at++, 1);
            }
            continue;
        }
        ssize_t found = i < PLACES ? places[i] - at
                                   : search_text(kind, text + at * kind, n - at, needle, m, 1);
        text_copy(out_kind, out, written, kind, text, at, found);
        written += found;
        text_copy(out_kind, out, written, with_kind, with, 0, r);
        written += r;
        at += found + m;
    }
    text_copy(out_kind, out, written, kind, text, at, n - at);
    if (may_narrow) {
        return str_from_kind(out_kind, out, str_length(result));
    }
    return result;
}

// ---- split

// The same as str_from_kind, most of it in line.
static inline Object *pair_piece(const uint16_t *text, ssize_t n) {
    if (n < 2) {
        return n ? str_from_kind(2, text, n) : str_empty();
    }
    // In such a text nearly all pieces have a wide character near their start.
    ssize_t i = 0, near = n < 16 ? n : 16;
    while (i < near && text[i] < 0x100) {
        i++;
    }
    if (i == near) {
        return str_from_kind(2, text, n);
    }
    Object *s = str_new(n, 0xffff);
    if (s) {
        copy_few(str_data(s), (const char *)text, (size_t)n * 2);
    }
    return s;
}

// The same for Latin-1.
static inline Object *latin_piece(const char *text, ssize_t n) {
    uint64_t any = 0, word;
    if (n > 32 || n < 2) {
        return n ? str_from_kind(1, text, n) : str_empty();
    }
    ssize_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&word, text + i, 8);
        any |= word;
    }
    for (; i < n; i++) {
        any |= (uint8_t)text[i];
    }
    if (!(any & 0x8080808080808080)) {
        return str_ascii_piece(text, n);
    }
    Object *s = str_new(n, 0xff);
    if (s) {
        copy_few(str_data(s), text, (size_t)n);
    }
    return s;
}

static Object *piece(Object *str, ssize_t start, ssize_t end) {
    return str_kind(str) == 1 && end - start < str_length(str)
               ? latin_piece((const char *)str_data(str) + start, end - start)
           : str_kind(str) == 2 && end - start < str_length(str)
               ? pair_piece((const uint16_t *)str_data(str) + start, end - start)
           : start == 0 && end == str_length(str) ? str_as_exact(str)
                                                  : str_substring(str, start, end);
}

static int append_piece(Pieces *p, Object *str, ssize_t start, ssize_t end) {
    Object *item = str_is_ascii(str) && end - start < str_length(str)
                       ? str_ascii_piece((const char *)str_data(str) + start, end - start)
                       : piece(str, start, end);
    return pieces_add(p, item, end, str_length(str));
}

// The others lie at 0x85, at 0xa0, and from 0x1680 to 0x3000.
static inline bool is_space(bool ascii, uint32_t c) {
    if (ascii || c < 0x85) {
        return c == ' ' || (c - 9 < 5) || (c - 28 < 4);
    }
    return (c <= 0xa0 || c >= 0x1680) && c <= 0x3000 && char_is_wide_space(c);
}

__attribute__((always_inline)) static inline int split_spaces(Pieces *list, Object *str, int kind, bool ascii,
                                                              ssize_t most) {
    const void *text = str_data(str);
    ssize_t n = str_length(str), i = 0;
    while (most-- > 0) {
        while (i < n && is_space(ascii, text_read(kind, text, i))) {
            i++;
        }
        if (i == n) {
            return 0;
        }
        ssize_t start = i++;
        while (i < n && !is_space(ascii, text_read(kind, text, i))) {
            i++;
        }
        if (append_piece(list, str, start, i) < 0) {
            return -1;
        }
    }
    while (i < n && is_space(ascii, text_read(kind, text, i))) {
        i++;
    }
    return i < n ? append_piece(list, str, i, n) : 0;
}

__attribute__((always_inline)) static inline int split_spaces_right(Pieces *list, Object *str, int kind,
                                                                    bool ascii, ssize_t most) {
    const void *text = str_data(str);
    ssize_t i = str_length(str) - 1;
    while (most-- > 0) {
        while (i >= 0 && is_space(ascii, text_read(kind, text, i))) {
            i--;
        }
        if (i < 0) {
            return 0;
        }
        ssize_t end = i-- + 1;
        while (i >= 0 && !is_space(ascii, text_read(kind, text, i))) {
            i--;
        }
        if (append_piece(list, str, i + 1, end) < 0) {
            return -1;
        }
    }
    while (i >= 0 && is_space(ascii, text_read(kind, text, i))) {
        i--;
    }
    return i >= 0 ? append_piece(list, str, 0, i + 1) : 0;
}

static ssize_t count_words(const uint8_t *text, ssize_t n) {
    ssize_t count = 0;
    uint64_t before = 1;
    for (ssize_t at = 0; at < n; at += SEARCH_SPAN) {
        uint64_t spaces = search_spaces(text, n, at, true);
        count += __builtin_popcountll(~spaces & (spaces << 1 | before));
        before = spaces >> (SEARCH_SPAN - 1);
    }
    return count;
}

// All words, from the places where words and spaces meet.
static int split_all(Pieces *list, Object *str) {
    const void *text = str_data(str);
    int kind = str_is_ascii(str) ? 0 : str_kind(str);
    ssize_t n = str_length(str), start = -1;
    uint64_t before = 1;
    for (ssize_t at = 0; at < n; at += SEARCH_SPAN) {
        uint64_t spaces = kind ? search_unicode_spaces(kind, text, n, at) : search_spaces(text, n, at, true);
        for (uint64_t edges = spaces ^ (spaces << 1 | before); edges; edges &= edges - 1) {
            ssize_t here = at + __builtin_ctzll(edges);
            if (start < 0) {
                start = here;
            } else if (append_piece(list, str, start, here) < 0) {
                return -1;
            } else {
                start = -1;
            }
        }
        before = spaces >> (SEARCH_SPAN - 1);
    }
    return start < 0 ? 0 : append_piece(list, str, start, n);
}

Object *str_split_spaces(Object *str, ssize_t most, bool from_right) {
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    int kind = str_kind(str), status;
    from_right &= most < SSIZE_LIMIT; // all words are the same from both sides
    if (from_right) {
        status = str_is_ascii(str) ? split_spaces_right(list, str, 1, true, most)
                 : kind == 1       ? split_spaces_right(list, str, 1, false, most)
                 : kind == 2       ? split_spaces_right(list, str, 2, false, most)
                                   : split_spaces_right(list, str, 4, false, most);
    } else if (most == SSIZE_LIMIT && str_length(str) >= (str_is_ascii(str) ? COUNTED_LEAST : SEARCH_SPAN)) {
        pieces.expected = str_is_ascii(str) ? count_words(str_data(str), str_length(str)) : 0;
        status = split_all(list, str);
    } else if (str_is_ascii(str)) {
        status = split_spaces(list, str, 1, true, most);
    } else if (kind == 1) {
        status = split_spaces(list, str, 1, false, most);
    } else if (kind == 2) {
        status = split_spaces(list, str, 2, false, most);
    } else {
        status = split_spaces(list, str, 4, false, most);
    }
    return status < 0 ? NULL : pieces_finish(list, from_right);
}

Object *str_split_by(Object *str, Object *separator, ssize_t most, bool from_right) {
    ssize_t m = str_length(separator), n = str_length(str);
    if (!m) {
        return raise_error(&exc_ValueError, "empty separator");
    }
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    int kind = str_kind(str);
    const void *needle = NULL;
    if (str_kind(separator) <= kind) {
        needle = str_widened(separator, kind);
        if (!needle) {
            return NULL;
        }
    }
    const char *text = str_data(str);
    ssize_t start = 0, end = n;
    from_right &= m > 1 || most < SSIZE_LIMIT; // the same pieces from both sides
    if (needle && m == 1 && kind == 1 && !from_right) {
        // Pieces are short as a rule: the next 16 bytes are looked at here, the rest is memchr's.
        char c = *(const char *)needle;
        if (most == SSIZE_LIMIT && n >= COUNTED_LEAST) {
            pieces.expected = search_count_unit(1, text, n, (uint8_t)c) + 1;
            for (ssize_t at = 0; at < n && pieces.expected > 1; at += SEARCH_SPAN) {
                uint64_t found = search_equal((const uint8_t *)text, n, at, (uint8_t)c);
                for (; found; found &= found - 1) {
                    ssize_t here = at + __builtin_ctzll(found);
                    if (append_piece(list, str, start, here) < 0) {
                        return NULL;
                    }
                    start = here + 1;
                }
            }
            most = 0;
        }
        while (most-- > 0) {
            ssize_t at = start, near = end - start < 16 ? end : start + 16;
            while (at < near && text[at] != c) {
                at++;
            }
            if (at == near) {
                const char *p = at < end ? memchr(text + at, c, (size_t)(end - at)) : NULL;
                if (!p) {
                    break;
                }
                at = p - text;
            }
            if (append_piece(list, str, start, at) < 0) {
                return NULL;
            }
            start = at + 1;
        }
        needle = NULL;
    }
    if (needle && m == 1 && kind > 1 && most == SSIZE_LIMIT && n >= SEARCH_SPAN) {
        uint32_t c = text_read(kind, needle, 0);
        for (ssize_t at = 0; at < n; at += SEARCH_SPAN) {
            uint64_t found = search_equal_units(kind, text, n, at, c);
            for (; found; found &= found - 1) {
                ssize_t here = at + __builtin_ctzll(found);
                if (append_piece(list, str, start, here) < 0) {
                    return NULL;
                }
                start = here + 1;
            }
        }
        needle = NULL;
    }
    while (needle && most-- > 0) {
        ssize_t at = search_text(kind, text + start * kind, end - start, needle, m, from_right ? -1 : 1);
        if (at < 0) {
            break;
        }
        at += start;
        if (from_right) {
            if (append_piece(list, str, at + m, end) < 0) {
                return NULL;
            }
            end = at;
        } else {
            if (append_piece(list, str, start, at) < 0) {
                return NULL;
            }
            start = at + m;
        }
    }
    return append_piece(list, str, start, end) < 0 ? NULL : pieces_finish(list, from_right);
}

Object *str_split_lines(Object *str, bool keep) {
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    const void *text = str_data(str);
    int kind = str_is_ascii(str) ? 0 : str_kind(str), bytes = str_kind(str);
    ssize_t n = str_length(str), start = 0;
    for (ssize_t at = 0; at < n; at += SEARCH_SPAN) {
        uint64_t ends = kind ? search_unicode_breaks(kind, text, n, at) : search_breaks(text, n, at);
        for (; ends; ends &= ends - 1) {
            ssize_t here = at + __builtin_ctzll(ends), next = here + 1;
            if (here < start) {
                continue; // the end of \r\n
            }
            next += text_read(bytes, text, here) == '\r' && next < n && text_read(bytes, text, next) == '\n';
            if (append_piece(list, str, start, keep ? next : here) < 0) {
                return NULL;
            }
            start = next;
        }
        if (poll_at(at) < 0) {
            return NULL;
        }
    }
    return start < n && append_piece(list, str, start, n) < 0 ? NULL : pieces_finish(list, false);
}

Object *str_split(Object *str, Object *separator, ssize_t most) {
    if (most < 0) {
        most = SSIZE_LIMIT;
    }
    return separator ? str_split_by(str, separator, most, false) : str_split_spaces(str, most, false);
}
