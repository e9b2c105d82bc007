// The type str: its table of methods, and the methods that are short.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/format_spec.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/polling.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/unicode_data.h"

#include "base/search.h"

// ---- arguments

static int slice_index(Object *o, ssize_t *value) {
    if (!o || o == NONE) {
        return 0;
    }
    if (!number_check_index(o)) {
        raise_error(&exc_TypeError, "slice indices must be integers or None or have an __index__ method");
        return -1;
    }
    *value = number_as_ssize(o, NULL);
    return *value == -1 && error_occurred() ? -1 : 0;
}

int slice_arguments(Object *start, Object *end, ssize_t length, ssize_t *from, ssize_t *to) {
    *from = 0;
    *to = SSIZE_LIMIT;
    if (slice_index(start, from) < 0 || slice_index(end, to) < 0) {
        return -1;
    }
    if (*to > length) {
        *to = length;
    } else if (*to < 0) {
        *to += length;
        *to = *to < 0 ? 0 : *to;
    }
    if (*from < 0) {
        *from += length;
        *from = *from < 0 ? 0 : *from;
    }
    return 0;
}

// Checks the count of a method that takes `least` to `most` positional arguments, in CPython's words.
static int check_count(const char *name, size_t nargs, size_t least, size_t most, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "str.%s() takes no keyword arguments", name);
        return -1;
    }
    if (nargs < least || nargs > most) {
        size_t bound = nargs < least ? least : most;
        raise_error(&exc_TypeError, "%s() takes at %s %zu argument%s (%zu given)", name,
                    nargs < least ? "least" : "most", bound, bound == 1 ? "" : "s", nargs);
        return -1;
    }
    return 0;
}

static int check_str(const char *name, int number, Object *o) {
    if (str_check(o)) {
        return 0;
    }
    if (number) {
        raise_error(&exc_TypeError, "%s() argument %d must be str, not %K", name, number, o);
    } else {
        raise_error(&exc_TypeError, "%s() argument must be str, not %K", name, o);
    }
    return -1;
}

// ---- finding

static ssize_t find_arguments(const char *name, Object *self, Object *const *args, size_t nargs,
                              Object *kwnames, int direction) {
    if (check_count(name, nargs, 1, 3, kwnames) < 0) {
        return -2;
    }
    ssize_t start, end;
    if (slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, str_length(self), &start,
                        &end) < 0) {
        return -2;
    }
    if (!str_check(args[0])) {
        raise_error(&exc_TypeError, "must be str, not %T", args[0]);
        return -2;
    }
    return str_find(self, args[0], start, end, direction);
}

static Object *find(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_arguments("find", self, args, nargs, kwnames, 1);
    return at == -2 ? NULL : int_from_ssize(at);
}

static Object *rfind(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_arguments("rfind", self, args, nargs, kwnames, -1);
    return at == -2 ? NULL : int_from_ssize(at);
}

static Object *str_index(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_arguments("index", self, args, nargs, kwnames, 1);
    return at >= 0    ? int_from_ssize(at)
           : at == -1 ? raise_error(&exc_ValueError, "substring not found")
                      : NULL;
}

static Object *str_rindex(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_arguments("rindex", self, args, nargs, kwnames, -1);
    return at >= 0    ? int_from_ssize(at)
           : at == -1 ? raise_error(&exc_ValueError, "substring not found")
                      : NULL;
}

static Object *count(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t start, end, n = str_length(self);
    if (check_count("count", nargs, 1, 3, kwnames) < 0) {
        return NULL;
    }
    if (slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, n, &start, &end) < 0) {
        return NULL;
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "must be str, not %T", args[0]);
    }
    ssize_t m = str_length(args[0]), result = 0;
    int kind = str_kind(self);
    if (end - start < m || str_kind(args[0]) > kind) {
        return int_from_ssize(0);
    }
    const char *text = (char *)str_data(self) + start * kind;
    if (!m) {
        result = end - start + 1;
    } else {
        const void *needle = str_widened(args[0], kind);
        result = needle ? count_polling(kind, text, end - start, needle, m, SSIZE_LIMIT) : -1;
        if (result < 0) {
            return NULL;
        }
    }
    return int_from_ssize(result);
}

static bool matches_at(Object *self, Object *part, ssize_t start, ssize_t end, bool at_end) {
    ssize_t m = str_length(part);
    if (end - start < m) {
        return false;
    }
    if (!m) {
        return true;
    }
    int kind = str_kind(self), part_kind = str_kind(part);
    if (part_kind > kind) {
        return false;
    }
    ssize_t at = at_end ? end - m : start;
    const void *text = str_data(self), *needle = str_data(part);
    if (kind == part_kind) {
        return memcmp((const char *)text + at * kind, needle, (size_t)(m * kind)) == 0;
    }
    for (ssize_t i = 0; i < m; i++) {
        if (text_read(kind, text, at + i) != text_read(part_kind, needle, i)) {
            return false;
        }
    }
    return true;
}

static Object *affix(const char *name, Object *self, Object *const *args, size_t nargs, Object *kwnames,
                     bool at_end) {
    ssize_t start, end;
    if (check_count(name, nargs, 1, 3, kwnames) < 0 ||
        slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, str_length(self), &start,
                        &end) < 0) {
        return NULL;
    }
    if (tuple_check(args[0])) {
        for (ssize_t i = 0; i < tuple_size(args[0]); i++) {
            Object *part = tuple_get(args[0], i);
            if (!str_check(part)) {
                return raise_error(&exc_TypeError, "tuple for %s must only contain str, not %T", name, part);
            }
            if (matches_at(self, part, start, end, at_end)) {
                return TRUE_OBJECT;
            }
        }
        return FALSE_OBJECT;
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "%s first arg must be str or a tuple of str, not %T", name,
                           args[0]);
    }
    return bool_from(matches_at(self, args[0], start, end, at_end));
}

static Object *startswith(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return affix("startswith", self, args, nargs, kwnames, false);
}

static Object *endswith(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return affix("endswith", self, args, nargs, kwnames, true);
}

static Object *removeprefix(Object *self, Object *prefix) {
    if (check_str("removeprefix", 0, prefix) < 0) {
        return NULL;
    }
    ssize_t n = str_length(self);
    return matches_at(self, prefix, 0, n, false) ? str_substring(self, str_length(prefix), n)
                                                 : str_as_exact(self);
}

static Object *removesuffix(Object *self, Object *suffix) {
    if (check_str("removesuffix", 0, suffix) < 0) {
        return NULL;
    }
    ssize_t n = str_length(self);
    return matches_at(self, suffix, 0, n, true) ? str_substring(self, 0, n - str_length(suffix))
                                                : str_as_exact(self);
}

// ---- cutting

static int read_count(Object *o, ssize_t *value) {
    if (!o) {
        return 0;
    }
    return ssize_argument(o, value);
}

static Object *split_with(Object *self, Object *separator, Object *maxsplit, bool from_right) {
    ssize_t most = -1;
    if (read_count(maxsplit, &most) < 0) {
        return NULL;
    }
    most = most < 0 ? SSIZE_LIMIT : most;
    if (!separator || separator == NONE) {
        return str_split_spaces(self, most, from_right);
    }
    if (!str_check(separator)) {
        return raise_error(&exc_TypeError, "must be str or None, not %T", separator);
    }
    return str_split_by(self, separator, most, from_right);
}

static Object *split(Object *self, Object *separator, Object *maxsplit) {
    return split_with(self, separator, maxsplit, false);
}

static Object *rsplit(Object *self, Object *separator, Object *maxsplit) {
    return split_with(self, separator, maxsplit, true);
}

static Object *splitlines(Object *self, Object *keepends) {
    int keep = keepends ? int_to_c_int(keepends) : 0;
    return keep == -1 && error_occurred() ? NULL : str_split_lines(self, keep);
}

static Object *partition_with(Object *self, Object *separator, int direction) {
    if (!str_check(separator)) {
        return raise_error(&exc_TypeError, "must be str, not %T", separator);
    }
    ssize_t m = str_length(separator), n = str_length(self);
    if (!m) {
        return raise_error(&exc_ValueError, "empty separator");
    }
    ssize_t at = str_find(self, separator, 0, n, direction);
    if (at == -2) {
        return NULL;
    }
    if (at < 0) {
        Object *whole = str_as_exact(self);
        if (!whole) {
            return NULL;
        }
        return direction > 0 ? tuple_pack(3, whole, str_empty(), str_empty())
                             : tuple_pack(3, str_empty(), str_empty(), whole);
    }
    Object *before = str_substring(self, 0, at);
    Object *after = before ? str_substring(self, at + m, n) : NULL;
    return after ? tuple_pack(3, before, separator, after) : NULL;
}

static Object *partition(Object *self, Object *separator) {
    return partition_with(self, separator, 1);
}

static Object *rpartition(Object *self, Object *separator) {
    return partition_with(self, separator, -1);
}

// Moves the ends of the text inward over white space: the start with bit 1 of `sides`, the end with bit 2.
__attribute__((always_inline)) static inline int strip_spaces(int kind, const void *text, ssize_t *start,
                                                              ssize_t *end, int sides) {
    ssize_t i = *start, n = *end;
    while ((sides & 1) && i < n && char_is_space(text_read(kind, text, i))) {
        if (poll_at(i++) < 0) {
            return -1;
        }
    }
    while ((sides & 2) && i < n && char_is_space(text_read(kind, text, n - 1))) {
        if (poll_at(n--) < 0) {
            return -1;
        }
    }
    *start = i;
    *end = n;
    return 0;
}

static Object *strip_with(const char *name, Object *self, Object *chars, int sides) {
    ssize_t start = 0, end = str_length(self);
    int kind = str_kind(self);
    const void *text = str_data(self);
    if (!chars || chars == NONE) {
        if ((kind == 1 ? strip_spaces(1, text, &start, &end, sides)
                       : strip_spaces(kind, text, &start, &end, sides)) < 0) {
            return NULL;
        }
    } else {
        if (!str_check(chars)) {
            return raise_error(&exc_TypeError, "%s arg must be None or str", name);
        }
        int set_kind = str_kind(chars);
        const void *set = str_data(chars);
        ssize_t set_length = str_length(chars);
        while ((sides & 1) && start < end &&
               search_unit(set_kind, set, set_length, text_read(kind, text, start), 1) >= 0) {
            if (poll_at(start++) < 0) {
                return NULL;
            }
        }
        while ((sides & 2) && start < end &&
               search_unit(set_kind, set, set_length, text_read(kind, text, end - 1), 1) >= 0) {
            if (poll_at(end--) < 0) {
                return NULL;
            }
        }
    }
    return start == 0 && end == str_length(self) ? str_as_exact(self) : str_substring(self, start, end);
}

static Object *strip(Object *self, Object *chars) {
    return strip_with("strip", self, chars, 3);
}

static Object *lstrip(Object *self, Object *chars) {
    return strip_with("lstrip", self, chars, 1);
}

static Object *rstrip(Object *self, Object *chars) {
    return strip_with("rstrip", self, chars, 2);
}

static Object *replace(Object *self, Object *old, Object *replacement, Object *most) {
    ssize_t limit = -1;
    if (check_str("replace", 1, old) < 0 || check_str("replace", 2, replacement) < 0 ||
        read_count(most, &limit) < 0) {
        return NULL;
    }
    return str_replace(self, old, replacement, limit);
}

// ---- padding

static int write_fill(int kind, void *data, ssize_t from, ssize_t count, uint32_t fill) {
    for (ssize_t done = 0; done < count;) {
        ssize_t end = count - done > POLL_STRETCH ? done + POLL_STRETCH : count;
        if (kind == 1) {
            memset((char *)data + from + done, (int)fill, (size_t)(end - done));
        } else {
            for (ssize_t i = done; i < end; i++) {
                text_write(kind, data, from + i, fill);
            }
        }
        done = end;
        if (done < count && safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *pad(Object *self, ssize_t left, ssize_t right, uint32_t fill) {
    left = left < 0 ? 0 : left;
    right = right < 0 ? 0 : right;
    if (!left && !right) {
        return str_as_exact(self);
    }
    ssize_t n = str_length(self);
    if (left > SSIZE_LIMIT - n || right > SSIZE_LIMIT - (left + n)) {
        return raise_error(&exc_OverflowError, "padded string is too long");
    }
    uint32_t bound = str_max_char(self);
    Object *result = str_new(left + n + right, fill > bound ? fill : bound);
    if (!result) {
        return NULL;
    }
    int kind = str_kind(result);
    void *data = str_data(result);
    text_copy(kind, data, left, str_kind(self), str_data(self), 0, n);
    return write_fill(kind, data, 0, left, fill) < 0 || write_fill(kind, data, left + n, right, fill) < 0
               ? NULL
               : result;
}

static int pad_arguments(Object *width, Object *fillchar, ssize_t *columns, uint32_t *fill) {
    if (ssize_argument(width, columns) < 0) {
        return -1;
    }
    *fill = ' ';
    if (fillchar) {
        if (!str_check(fillchar)) {
            raise_error(&exc_TypeError, "The fill character must be a unicode character, not %T", fillchar);
            return -1;
        }
        if (str_length(fillchar) != 1) {
            raise_error(&exc_TypeError, "The fill character must be exactly one character long");
            return -1;
        }
        *fill = str_read(fillchar, 0);
    }
    return 0;
}

static Object *center(Object *self, Object *width, Object *fillchar) {
    ssize_t columns;
    uint32_t fill;
    if (pad_arguments(width, fillchar, &columns, &fill) < 0) {
        return NULL;
    }
    ssize_t margin = columns - str_length(self);
    if (columns <= str_length(self)) {
        return str_as_exact(self);
    }
    ssize_t left = margin / 2 + (margin & columns & 1);
    return pad(self, left, margin - left, fill);
}

static Object *ljust(Object *self, Object *width, Object *fillchar) {
    ssize_t columns;
    uint32_t fill;
    return pad_arguments(width, fillchar, &columns, &fill) < 0 ? NULL
           : columns <= str_length(self)                       ? str_as_exact(self)
                                         : pad(self, 0, columns - str_length(self), fill);
}

static Object *rjust(Object *self, Object *width, Object *fillchar) {
    ssize_t columns;
    uint32_t fill;
    return pad_arguments(width, fillchar, &columns, &fill) < 0 ? NULL
           : columns <= str_length(self)                       ? str_as_exact(self)
                                         : pad(self, columns - str_length(self), 0, fill);
}

static Object *zfill(Object *self, Object *width) {
    ssize_t columns, n = str_length(self);
    if (ssize_argument(width, &columns) < 0) {
        return NULL;
    }
    if (n >= columns) {
        return str_as_exact(self);
    }
    Object *result = pad(self, columns - n, 0, '0');
    if (result && n) {
        uint32_t sign = str_read(self, 0);
        if (sign == '+' || sign == '-') {
            text_write(str_kind(result), str_data(result), 0, sign);
            text_write(str_kind(result), str_data(result), columns - n, '0');
        }
    }
    return result;
}

// The length of a text of `kind` with its tabs expanded, which is written to `out` if there is one. -1 with an exception.
__attribute__((always_inline)) static inline ssize_t expand_kind(int kind, const void *text, ssize_t n,
                                                                 int size, void *out) {
    ssize_t total = 0, line = 0; // where the present line begins in what is written
    for (ssize_t i = 0; i < n;) {
        // A stretch without tabs.
        ssize_t end = n - i > POLL_STRETCH ? i + POLL_STRETCH : n, shift = total - i;
        for (; i < end; i++) {
            uint32_t c = text_read(kind, text, i);
            if (UNLIKELY(c <= '\r')) {
                if (c == '\t') {
                    break;
                }
                if (c == '\n' || c == '\r') {
                    line = i + 1 + shift;
                }
            }
            if (out) {
                text_write(kind, out, i + shift, c);
            }
        }
        total = i + shift;
        if (i == end) {
            if (i < n && safepoint() < 0) {
                return -1;
            }
            continue;
        }
        i++;
        // Long columns are rare, and a division of 64 bits takes several times as long.
        size_t column = (size_t)(total - line);
        ssize_t width = size <= 0 ? 0
                                  : size - (ssize_t)(column <= UINT32_MAX ? (uint32_t)column % (uint32_t)size
                                                                          : column % (size_t)size);
        if (width > SSIZE_LIMIT - n - total) {
            raise_error(&exc_OverflowError, "new string is too long");
            return -1;
        }
        for (ssize_t k = 0; out && k < width; k++) {
            text_write(kind, out, total + k, ' ');
        }
        total += width;
    }
    return total;
}

static ssize_t expanded_length(Object *self, int size) {
    ssize_t n = str_length(self);
    const void *text = str_data(self);
    return str_kind(self) == 1   ? expand_kind(1, text, n, size, NULL)
           : str_kind(self) == 2 ? expand_kind(2, text, n, size, NULL)
                                 : expand_kind(4, text, n, size, NULL);
}

static ssize_t expand(Object *self, int size, void *out) {
    ssize_t n = str_length(self);
    const void *text = str_data(self);
    return str_kind(self) == 1   ? expand_kind(1, text, n, size, out)
           : str_kind(self) == 2 ? expand_kind(2, text, n, size, out)
                                 : expand_kind(4, text, n, size, out);
}

static Object *expandtabs(Object *self, Object *tabsize) {
    int size = 8;
    if (tabsize) {
        if (c_int_argument(tabsize, &size) < 0) {
            return NULL;
        }
    }
    ssize_t n = str_length(self);
    if (str_find_char(self, '\t', 0, n, 1) < 0) {
        return str_as_exact(self);
    }
    ssize_t total = expanded_length(self, size);
    Object *result = total < 0 ? NULL : str_new(total, str_max_char(self));
    return result && total && expand(self, size, str_data(result)) < 0 ? NULL : result;
}

// ---- questions

static Object *isascii(Object *self) {
    return bool_from(str_is_ascii(self));
}

// A bool, or NULL.
static Object *all_have(Object *self, unsigned flags) {
    ssize_t n = str_length(self);
    int kind = str_kind(self);
    const void *text = str_data(self);
    for (ssize_t i = 0; i < n; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        if (!(char_flags(text_read(kind, text, i)) & flags)) {
            return FALSE_OBJECT;
        }
    }
    return bool_from(n > 0);
}

static Object *isspace_(Object *self) {
    return all_have(self, CHAR_SPACE);
}

static Object *isdecimal_(Object *self) {
    return all_have(self, CHAR_DECIMAL);
}

static Object *isdigit_(Object *self) {
    return all_have(self, CHAR_DIGIT);
}

static Object *isnumeric_(Object *self) {
    return all_have(self, CHAR_NUMERIC);
}

static Object *isalpha_(Object *self) {
    return all_have(self, CHAR_ALPHA);
}

static Object *isalnum_(Object *self) {
    return all_have(self, CHAR_ALPHA | CHAR_DECIMAL | CHAR_DIGIT | CHAR_NUMERIC);
}

static Object *isprintable_(Object *self) {
    return str_length(self) ? all_have(self, CHAR_PRINTABLE) : TRUE_OBJECT;
}

bool str_is_identifier(Object *str) {
    ssize_t n = str_length(str);
    if (!n) {
        return false;
    }
    uint32_t first = str_read(str, 0);
    if (first != '_' && !char_is_identifier_start(first)) {
        return false;
    }
    for (ssize_t i = 1; i < n; i++) {
        if (!char_is_identifier_part(str_read(str, i)) || poll_steps(i) < 0) {
            return false;
        }
    }
    return true;
}

static Object *isidentifier(Object *self) {
    bool yes = str_is_identifier(self);
    return error_occurred() ? NULL : bool_from(yes);
}

static Object *is_case(Object *self, unsigned wanted, unsigned refused) {
    ssize_t n = str_length(self);
    bool cased = false;
    for (ssize_t i = 0; i < n; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        unsigned flags = char_flags(str_read(self, i));
        if (flags & refused) {
            return FALSE_OBJECT;
        }
        cased = cased || (flags & wanted);
    }
    return bool_from(cased);
}

static Object *islower_(Object *self) {
    return is_case(self, CHAR_LOWER, CHAR_UPPER | CHAR_TITLE);
}

static Object *isupper_(Object *self) {
    return is_case(self, CHAR_UPPER, CHAR_LOWER | CHAR_TITLE);
}

static Object *istitle(Object *self) {
    bool cased = false, previous_cased = false;
    for (ssize_t i = 0; i < str_length(self); i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        unsigned flags = char_flags(str_read(self, i));
        if (flags & (CHAR_UPPER | CHAR_TITLE)) {
            if (previous_cased) {
                return FALSE_OBJECT;
            }
            previous_cased = cased = true;
        } else if (flags & CHAR_LOWER) {
            if (!previous_cased) {
                return FALSE_OBJECT;
            }
            cased = true;
        } else {
            previous_cased = false;
        }
    }
    return bool_from(cased);
}

// ---- translate and maketrans

// Looks a character up; *text is NULL (unchanged), or a str, or empty for a deletion. -1 on error.
static int translate_char(Object *table, uint32_t c, Object **text) {
    *text = NULL;
    Object *key = int_from_i64(c), *value;
    if (!key) {
        return -1;
    }
    if (dict_check_exact(table)) {
        value = dict_get(table, key);
        if (!value) {
            return error_occurred() ? -1 : 0;
        }
    } else {
        value = object_getitem(table, key);
        if (!value) {
            return error_clear_if(&exc_LookupError) ? 0 : -1;
        }
    }
    if (value == NONE) {
        *text = str_empty();
        return 0;
    }
    if (int_check(value)) {
        int overflow;
        int64_t code = int_as_i64(value, &overflow);
        if (overflow || code < 0 || code > 0x10ffff) {
            raise_error(&exc_ValueError, "character mapping must be in range(0x%x)", 0x110000);
            return -1;
        }
        *text = str_from_char((uint32_t)code);
        return *text ? 0 : -1;
    }
    if (str_check(value)) {
        *text = value;
        return 0;
    }
    raise_error(&exc_TypeError, "character mapping must return integer, None or str");
    return -1;
}

static Object *translate(Object *self, Object *table) {
    ssize_t n = str_length(self);
    StrBuilder b;
    str_builder_init(&b, n);
    Object *seen[128] = { NULL };
    bool known[128] = { false }, remembers = dict_check_exact(table); // others may notice what they are asked
    ssize_t kept = 0; // what follows it and is not written yet stays as it is
    ssize_t start = 0;
    if (n && str_is_ascii(self)) { // as long as each character becomes one ASCII character, or none
        enum { UNKNOWN = 0xff };
        uint8_t map[128], width[128] = { 0 };
        ssize_t written = 0;
        memset(map, UNKNOWN, sizeof map);
        Object *copy = str_new(n, 0x7f);
        if (!copy) {
            return NULL;
        }
        const uint8_t *from = str_data(self);
        uint8_t *to = str_data(copy);
        for (; start < n; start++) {
            if (poll_at(start) < 0) {
                return NULL;
            }
            uint8_t c = from[start];
            if (UNLIKELY(map[c] == UNKNOWN)) {
                Object *text;
                if (translate_char(table, c, &text) < 0) {
                    return NULL;
                }
                known[c] = remembers;
                seen[c] = text;
                if (text && (str_length(text) > 1 || !str_is_ascii(text))) {
                    break;
                }
                width[c] = !text || str_length(text);
                map[c] = !text ? c : width[c] ? (uint8_t)str_read(text, 0) : 0;
            }
            to[written] = map[c];
            written += width[c];
        }
        if (start == n) {
            return written == n ? copy : str_substring(copy, 0, written);
        }
        if (str_builder_range(&b, copy, 0, written) < 0) {
            return NULL;
        }
        kept = start;
    }
    for (ssize_t i = start; i < n; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        uint32_t c = str_read(self, i);
        Object *text;
        if (c < 128 && known[c]) {
            text = seen[c];
        } else {
            if (translate_char(table, c, &text) < 0) {
                return NULL;
            }
            if (c < 128) {
                known[c] = remembers;
                seen[c] = text;
            }
        }
        if (text) {
            if (str_builder_range(&b, self, kept, i) < 0 || str_builder_str(&b, text) < 0) {
                return NULL;
            }
            kept = i + 1;
        }
    }
    return str_builder_range(&b, self, kept, n) < 0 ? NULL : str_builder_finish(&b);
}

static int set_code(Object *dict, uint32_t c, Object *value) {
    Object *key = int_from_i64(c);
    return key && value ? dict_set(dict, key, value) : -1;
}

static Object *maketrans(Object *unused, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("str.maketrans", kwnames) < 0 ||
        arguments_check_count("maketrans", nargs, 1, 3) < 0) {
        return NULL;
    }
    for (size_t i = 1; i < nargs; i++) {
        if (check_str("maketrans", (int)i + 1, args[i]) < 0) {
            return NULL;
        }
    }
    Object *result = dict_new();
    if (!result) {
        return NULL;
    }
    if (nargs > 1) {
        if (!str_check(args[0])) {
            return raise_error(&exc_TypeError, "first maketrans argument must be a string if there is "
                                               "a second argument");
        }
        if (str_length(args[0]) != str_length(args[1])) {
            return raise_error(&exc_ValueError, "the first two maketrans arguments must have equal length");
        }
        for (ssize_t i = 0; i < str_length(args[0]); i++) {
            if (set_code(result, str_read(args[0], i), int_from_i64(str_read(args[1], i))) < 0 ||
                poll_often(i) < 0) {
                return NULL;
            }
        }
        for (ssize_t i = 0; nargs > 2 && i < str_length(args[2]); i++) {
            if (set_code(result, str_read(args[2], i), NONE) < 0 || poll_often(i) < 0) {
                return NULL;
            }
        }
        return result;
    }
    if (!dict_check_exact(args[0])) {
        return raise_error(&exc_TypeError, "if you give only one argument to maketrans it must be a dict");
    }
    ssize_t position = 0;
    Object *key, *value;
    hash_t hash;
    while (dict_next(args[0], &position, &key, &value, &hash)) {
        int status;
        if (str_check(key)) {
            if (str_length(key) != 1) {
                return raise_error(&exc_ValueError, "string keys in translate table must be of length 1");
            }
            status = set_code(result, str_read(key, 0), value);
        } else if (int_check(key)) {
            status = dict_set(result, key, value);
        } else {
            return raise_error(&exc_TypeError, "keys in translate table must be strings or integers");
        }
        if (status < 0) {
            return NULL;
        }
    }
    return result;
}

// ---- encoding, sizes, pickling

static const char *text_argument(const char *function, const char *name, Object *o, bool *failed) {
    if (!o) {
        return NULL;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "%s() argument '%s' must be str, not %s", function, name,
                    o == NONE ? "None" : o->type->name);
        *failed = true;
        return NULL;
    }
    ssize_t length;
    const char *text = str_utf8(o, &length);
    if (!text) {
        *failed = true;
        return NULL;
    }
    if (strlen(text) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        *failed = true;
        return NULL;
    }
    return text;
}

static Object *encode(Object *self, Object *encoding, Object *errors) {
    bool failed = false;
    const char *encoding_text = text_argument("encode", "encoding", encoding, &failed);
    const char *errors_text = failed ? NULL : text_argument("encode", "errors", errors, &failed);
    return failed ? NULL : str_encode(self, encoding_text, errors_text);
}

static Object *sizeof_(Object *self) {
    size_t size;
    if (!str_check_exact(self)) {
        size = sizeof(LegacyStr) + ((size_t)str_length(self) + 1) * (size_t)str_kind(self);
    } else {
        size = (str_is_ascii(self) ? sizeof(Str) : sizeof(CompactStr)) +
               ((size_t)str_length(self) + 1) * (size_t)str_kind(self);
    }
    // Texts of one Latin-1 character are shared: who encoded one cannot be told.
    if (!str_is_ascii(self) && ((CompactStr *)self)->utf8 && (str_length(self) > 1 || str_kind(self) > 1)) {
        size += (size_t)((CompactStr *)self)->utf8_length + 1;
    }
    return int_from_u64(size);
}

static Object *getnewargs(Object *self) {
    Object *text = str_from_kind(str_kind(self), str_data(self), str_length(self));
    return text ? tuple_pack(1, text) : NULL;
}

// ---- slots

static Object *str_str(Object *self) {
    return str_as_exact(self);
}

static Object *compare(Object *a, Object *b, CompareOp op) {
    if (!str_check(a) || !str_check(b)) {
        return NOT_IMPLEMENTED;
    }
    if (op == CMP_EQ) {
        return bool_from(str_equal(a, b));
    }
    if (op == CMP_NE) {
        return bool_from(!str_equal(a, b));
    }
    int order = a == b ? 0 : str_compare(a, b);
    switch (op) {
    case CMP_LT: return bool_from(order < 0);
    case CMP_LE: return bool_from(order <= 0);
    case CMP_GT: return bool_from(order > 0);
    default: return bool_from(order >= 0);
    }
}

// Every step-th character; a loop of its own for what is reversed, which becomes vectors.
#define TAKE_STEPS(width, type) \
    static void take_steps_##width(type *out, const type *from, ssize_t count, ssize_t step) { \
        if (step == -1) { \
            for (ssize_t i = 0; i < count; i++) { \
                out[i] = from[-i]; \
            } \
            return; \
        } \
        for (ssize_t i = 0; i < count; i++) { \
            out[i] = from[i * step]; \
        } \
    }
TAKE_STEPS(1, uint8_t)
TAKE_STEPS(2, uint16_t)
TAKE_STEPS(4, uint32_t)
#undef TAKE_STEPS

static Object *getitem(Object *self, Object *key) {
    ssize_t n = str_length(self);
    if (number_check_index(key)) {
        ssize_t i = number_as_ssize(key, &exc_IndexError);
        if (i == -1 && error_occurred()) {
            return NULL;
        }
        i += i < 0 ? n : 0;
        if (i < 0 || i >= n) {
            return raise_error(&exc_IndexError, "string index out of range");
        }
        return str_from_char(str_read(self, i));
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "string indices must be integers, not '%T'", key);
    }
    ssize_t start, stop, step;
    ssize_t count_ = slice_resolve(key, n, &start, &stop, &step);
    if (count_ < 0) {
        return NULL;
    }
    if (!count_) {
        return str_empty();
    }
    if (step == 1) {
        return start == 0 && count_ == n ? str_as_exact(self) : str_substring(self, start, start + count_);
    }
    int kind = str_kind(self);
    const void *text = str_data(self);
    uint32_t bound = str_max_char(self);
    Object *wide = str_new(count_, bound);
    if (!wide) {
        return NULL;
    }
    void *out = str_data(wide);
    for (ssize_t done = 0, more; done < count_; done += more) {
        if (done && safepoint() < 0) {
            return NULL;
        }
        more = count_ - done < POLL_STRETCH ? count_ - done : POLL_STRETCH;
        ssize_t at = start + done * step;
        switch (kind) {
        case 1: take_steps_1((uint8_t *)out + done, (const uint8_t *)text + at, more, step); break;
        case 2: take_steps_2((uint16_t *)out + done, (const uint16_t *)text + at, more, step); break;
        default: take_steps_4((uint32_t *)out + done, (const uint32_t *)text + at, more, step);
        }
    }
    return bound == 0x7f && count_ > 1 ? wide : str_from_kind(kind, out, count_);
}

static Object *concat(Object *a, Object *b) {
    if (!str_check(b)) {
        return raise_error(&exc_TypeError, "can only concatenate str (not \"%T\") to str", b);
    }
    return str_concat(a, b);
}

static Object *remainder_(Object *a, Object *b) {
    return str_check(a) ? str_percent(a, b) : NOT_IMPLEMENTED;
}

// An instance of a subclass: the 80-byte form, its text in a cell of its own.
static Object *subclass_new(Type *type, Object *text) {
    Object *self = object_alloc(type);
    if (!self) {
        return NULL;
    }
    ssize_t n = str_length(text);
    int kind = str_kind(text);
    size_t size = ((size_t)n + 1) * (size_t)kind;
    LegacyStr *s = (LegacyStr *)self;
    Str *head = &s->compact.ascii;
    head->length = n;
    head->hash = str_hash(text);
    head->state = ((Str *)text)->state & ~(uint32_t)(STR_COMPACT | STR_INTERNED);
    void *data = heap_alloc(size, CELL_BYTES);
    if (!data) {
        return NULL;
    }
    memcpy(data, str_data(text), size);
    gc_store(self, &s->data, data);
    if (head->state & STR_ASCII) {
        s->compact.utf8_length = n;
        gc_store(self, &s->compact.utf8, data);
    }
    return self;
}

static Object *new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[3], *text;
    if (nargs == 1 && !kwnames) {
        text = object_str(args[0]);
    } else if (!nargs && !kwnames) {
        text = str_empty();
    } else {
        if (signature_bind(&signature, "str", "-(object='', encoding='utf-8', errors='strict')", args, nargs,
                           kwnames, bound) < 0) {
            return NULL;
        }
        bool failed = false;
        const char *encoding = text_argument("str", "encoding", bound[1], &failed);
        const char *errors = failed ? NULL : text_argument("str", "errors", bound[2], &failed);
        if (failed) {
            return NULL;
        }
        if (!bound[0]) {
            text = str_empty();
        } else if (!encoding && !errors) {
            text = object_str(bound[0]);
        } else if (str_check(bound[0])) {
            return raise_error(&exc_TypeError, "decoding str is not supported");
        } else {
            Buffer view;
            if (!buffer_check(bound[0])) {
                return raise_error(&exc_TypeError, "decoding to str: need a bytes-like object, %T found",
                                   bound[0]);
            }
            if (object_get_steady_buffer(bound[0], &view) < 0) {
                return NULL;
            }
            text = view.length || codec_check_always
                       ? str_decode_of(bound[0], view.data, view.length, encoding, errors)
                       : str_empty();
            buffer_release(&view);
        }
    }
    if (!text || type == &str_type) {
        return text;
    }
    return subclass_new(type, text);
}

static Object *join(Object *self, Object *iterable) {
    return str_join(self, iterable);
}

// ---- iterators: `sequence` is NULL when exhausted

Object *str_iter(Object *self) {
    SeqIterator *it = (SeqIterator *)object_alloc(str_is_ascii(self) ? &str_ascii_iterator_type
                                                                     : &str_iterator_type);
    if (it) {
        gc_init(&it->sequence, self);
        it->bias = step_bias_new();
    }
    return (Object *)it;
}

static Object *iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *text = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED);
    if (!text) {
        return NULL;
    }
    if (cursor_read(&it->index) < str_length(text)) {
        ssize_t i = cursor_take_biased(&it->index, &it->bias);
        if (LIKELY(i < str_length(text))) {
            return str_from_char(str_read(text, i));
        }
    }
    __atomic_store_n(&it->sequence, NULL, __ATOMIC_RELAXED);
    return NULL;
}

static ssize_t iterator_take_many_characters(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    ssize_t left = it->sequence ? str_length(it->sequence) - it->index : 0;
    ssize_t count = left < most ? left : most;
    if (count <= 0) {
        return 0;
    }
    if (str_characters(it->sequence, it->index, count, items) < 0) {
        return -1;
    }
    it->index += count;
    return count;
}

static Object *iterator_self(Object *self) {
    return self;
}

static Object *iterator_length_hint(Object *self) {
    return seq_iterator_left(self, &str_type);
}

static Object *iterator_reduce(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *text = field_read(&it->sequence);
    return text ? reduce_iter_at(text, cursor_read(&it->index)) : reduce_iter(str_empty());
}

static Object *iterator_setstate(Object *self, Object *state) {
    return seq_iterator_move(self, state, &str_type);
}

static BuiltinDef iterator_methods[] = {
    BUILTIN("__length_hint__", iterator_length_hint, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", iterator_reduce, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", iterator_setstate, "-($self, state, /)", 0, NULL),
    BUILTIN_END,
};

Type str_iterator_type, str_ascii_iterator_type;
const TypeSpec str_iterator_spec = {
    .name = "str_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .instance_size = sizeof(SeqIterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = iterator_take_many_characters,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = iterator_next },
};
const TypeSpec str_ascii_iterator_spec = {
    .name = "str_ascii_iterator",
    .basic_size = SEQ_ITERATOR_SIZE,
    .instance_size = sizeof(SeqIterator),
    .flags = TF_GC,
    .methods = iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = iterator_take_many_characters,
    .rewinds = true,
    .slots = { .getattr = object_generic_getattr, .iter = iterator_self, .next = iterator_next },
};

// ---- the type

static Object *format_(Object *self, Object *spec) {
    if (!str_check(spec)) {
        return raise_error(&exc_TypeError, "__format__() argument must be str, not %s",
                           spec == NONE ? "None" : spec->type->name);
    }
    return str_format_spec(self, spec);
}

enum { QUIET = EFFECT_PURE | EFFECT_NO_PYTHON };
static BuiltinDef methods[] = {
    BUILTIN("encode", encode, "($self, /, encoding='utf-8', errors='strict')", 0, NULL),
    BUILTIN("replace", replace, "($self, old, new, count=-1, /)", 0, NULL),
    BUILTIN("split", split, "($self, /, sep=None, maxsplit=-1)", 0, NULL),
    BUILTIN("rsplit", rsplit, "($self, /, sep=None, maxsplit=-1)", 0, NULL),
    BUILTIN("join", join, "($self, iterable, /)", EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("capitalize", str_capitalize, "($self, /)", QUIET, NULL),
    BUILTIN("casefold", str_casefold, "($self, /)", QUIET, NULL),
    BUILTIN("title", str_title, "($self, /)", QUIET, NULL),
    BUILTIN("center", center, "($self, width, fillchar=' ', /)", 0, NULL),
    BUILTIN("count", count, NULL, 0, NULL),
    BUILTIN("expandtabs", expandtabs, "($self, /, tabsize=8)", 0, NULL),
    BUILTIN("find", find, NULL, 0, NULL),
    BUILTIN("partition", partition, "($self, sep, /)", 0, NULL),
    BUILTIN("index", str_index, NULL, 0, NULL),
    BUILTIN("ljust", ljust, "($self, width, fillchar=' ', /)", 0, NULL),
    BUILTIN("lower", str_lower, "($self, /)", QUIET, NULL),
    BUILTIN("lstrip", lstrip, "($self, chars=None, /)", 0, NULL),
    BUILTIN("rfind", rfind, NULL, 0, NULL),
    BUILTIN("rindex", str_rindex, NULL, 0, NULL),
    BUILTIN("rjust", rjust, "($self, width, fillchar=' ', /)", 0, NULL),
    BUILTIN("rstrip", rstrip, "($self, chars=None, /)", 0, NULL),
    BUILTIN("rpartition", rpartition, "($self, sep, /)", 0, NULL),
    BUILTIN("splitlines", splitlines, "($self, /, keepends=False)", 0, NULL),
    BUILTIN("strip", strip, "($self, chars=None, /)", 0, NULL),
    BUILTIN("swapcase", str_swapcase, "($self, /)", QUIET, NULL),
    BUILTIN("translate", translate, "($self, table, /)", 0, NULL),
    BUILTIN("upper", str_upper, "($self, /)", QUIET, NULL),
    BUILTIN("startswith", startswith, NULL, 0, NULL),
    BUILTIN("endswith", endswith, NULL, 0, NULL),
    BUILTIN("removeprefix", removeprefix, "($self, prefix, /)", 0, NULL),
    BUILTIN("removesuffix", removesuffix, "($self, suffix, /)", 0, NULL),
    BUILTIN("isascii", isascii, "($self, /)", QUIET, NULL),
    BUILTIN("islower", islower_, "($self, /)", QUIET, NULL),
    BUILTIN("isupper", isupper_, "($self, /)", QUIET, NULL),
    BUILTIN("istitle", istitle, "($self, /)", QUIET, NULL),
    BUILTIN("isspace", isspace_, "($self, /)", QUIET, NULL),
    BUILTIN("isdecimal", isdecimal_, "($self, /)", QUIET, NULL),
    BUILTIN("isdigit", isdigit_, "($self, /)", QUIET, NULL),
    BUILTIN("isnumeric", isnumeric_, "($self, /)", QUIET, NULL),
    BUILTIN("isalpha", isalpha_, "($self, /)", QUIET, NULL),
    BUILTIN("isalnum", isalnum_, "($self, /)", QUIET, NULL),
    BUILTIN("isidentifier", isidentifier, "($self, /)", QUIET, NULL),
    BUILTIN("isprintable", isprintable_, "($self, /)", QUIET, NULL),
    BUILTIN("zfill", zfill, "($self, width, /)", 0, NULL),
    BUILTIN("format", str_format_method, NULL, 0, NULL),
    BUILTIN("format_map", str_format_map, "-($self, mapping, /)", 0, NULL),
    BUILTIN("__format__", format_, "($self, format_spec, /)", 0, NULL),
    BUILTIN("maketrans", maketrans, NULL, BUILTIN_STATIC, NULL),
    BUILTIN("__sizeof__", sizeof_, "($self, /)", 0, NULL),
    BUILTIN("__getnewargs__", getnewargs, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

Type str_type;
const TypeSpec str_spec = {
    .name = "str", .basic_size = sizeof(LegacyStr), .flags = TF_BASE | TF_STR | TF_MATCH_SELF,
    .is_sequence = true, .methods = methods, .trace = str_trace,
    .slots = { .getattr = object_generic_getattr,
        .repr = str_repr, .str = str_str, .hash = str_hash, .compare = compare, .iter = str_iter,
        .new = new, .remainder = remainder_, .length = str_length_slot, .getitem = getitem,
        .contains = str_contains, .concat = concat, .repeat = str_repeat,
    },
};
