// The methods that bytes and bytearray have in common. Each works on a view of self's memory and makes
// a result of self's kind.
#include "base/search.h"
#include "objects/abstract.h"
#include "objects/bytes_private.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/polling.h"
#include "objects/list.h"
#include "objects/pieces.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

static inline bool is_space(uint8_t c) {
    return c == ' ' || (uint8_t)(c - 9) < 5;
}
static inline bool is_lower(uint8_t c) {
    return (uint8_t)(c - 'a') < 26;
}
static inline bool is_upper(uint8_t c) {
    return (uint8_t)(c - 'A') < 26;
}
static inline bool is_alpha(uint8_t c) {
    return (uint8_t)((c | 32) - 'a') < 26;
}
static inline bool is_digit(uint8_t c) {
    return (uint8_t)(c - '0') < 10;
}

// ---- views

void bytes_view_self(Object *self, BytesView *view) {
    view->exported = false;
    if (bytes_check(self)) {
        view->data = bytes_data(self);
        view->length = bytes_length(self);
        return;
    }
    ByteArray *a = (ByteArray *)self;
    object_lock(&a->lock);
    view->data = a->start ? a->start : "";
    view->length = a->var.size;
    object_unlock(&a->lock);
}

int bytes_view_steady(Object *self, BytesView *view) {
    bytes_view_self(self, view);
    if (LIKELY(!runtime_multithreaded) || bytes_check(self)) {
        return 0;
    }
    ByteArray *a = (ByteArray *)self;
    for (;;) {
        Object *copy = bytes_new(view->length);
        if (!copy) {
            return -1;
        }
        object_lock(&a->lock);
        ssize_t length = a->var.size;
        if (length == view->length && length) {
            memcpy(bytes_data(copy), a->start, (size_t)length);
        }
        object_unlock(&a->lock);
        view->data = bytes_data(copy);
        if (length == view->length) {
            return 0;
        }
        view->length = length;
    }
}

int bytes_view(Object *o, BytesView *view) {
    if (bytes_check(o) || bytearray_check(o)) {
        return bytes_view_steady(o, view);
    }
    if (!buffer_check(o)) {
        raise_error(&exc_TypeError, "a bytes-like object is required, not '%T'", o);
        return -1;
    }
    if (object_get_steady_buffer(o, &view->buffer) < 0) {
        return -1;
    }
    view->data = view->buffer.data;
    view->length = view->buffer.length;
    view->exported = true;
    return 0;
}

void bytes_view_release(BytesView *view) {
    if (view->exported) {
        buffer_release(&view->buffer);
        view->exported = false;
    }
}

Object *bytes_like(Object *self, const void *data, ssize_t length) {
    return bytes_check(self) ? bytes_from(data, length) : bytearray_from(data, length);
}

// self unchanged: itself for exact bytes, else a copy.
static Object *unchanged(Object *self, const BytesView *v) {
    return self->type == &bytes_type ? self : bytes_like(self, v->data, v->length);
}

// A fresh result of self's kind to be filled through *data.
static Object *fresh(Object *self, ssize_t length, char **data) {
    if (bytes_check(self)) {
        Object *b = bytes_new(length);
        *data = b ? bytes_data(b) : NULL;
        return b;
    }
    Object *a = bytearray_from(NULL, length);
    *data = a ? ((ByteArray *)a)->start : NULL;
    return a;
}

// ---- comparing

int bytes_warning_level;

// Called when one of both is no bytes-like object: what -b has to say to that.
static int warn_comparison(Object *a, Object *b) {
    const char *owner = bytes_check(a) ? "bytes" : "bytearray";
    if (str_check(a) || str_check(b)) {
        return warn(&exc_BytesWarning, 1, "Comparison between %s and string", owner);
    }
    if (bytes_check(a) && (int_check(a) || int_check(b))) {
        return warn(&exc_BytesWarning, 1, "Comparison between bytes and int");
    }
    return 0;
}

Object *bytes_as_text(Object *self) {
    if (UNLIKELY(bytes_warning_level) &&
        warn(&exc_BytesWarning, 1, "str() on a %s instance", bytes_check(self) ? "bytes" : "bytearray") < 0) {
        return NULL;
    }
    return object_repr(self);
}

Object *bytes_compare_objects(Object *a, Object *b, CompareOp op) {
    if (!buffer_check(a) || !buffer_check(b)) {
        if (UNLIKELY(bytes_warning_level) && (op == CMP_EQ || op == CMP_NE) && warn_comparison(a, b) < 0) {
            return NULL;
        }
        return NOT_IMPLEMENTED;
    }
    if (bytes_check(a) && !bytes_check(b)) {
        return NOT_IMPLEMENTED;  // bytes compares with bytes; others' own comparison takes over
    }
    BytesView x, y;
    if (bytes_view(a, &x) < 0) {
        error_clear();
        return NOT_IMPLEMENTED;
    }
    if (bytes_view(b, &y) < 0) {
        error_clear();
        bytes_view_release(&x);
        return NOT_IMPLEMENTED;
    }
    int order;
    if ((op == CMP_EQ || op == CMP_NE) && x.length != y.length) {
        order = 1;
    } else {
        ssize_t n = x.length < y.length ? x.length : y.length;
        order = n ? memcmp(x.data, y.data, (size_t)n) : 0;
        if (!order) {
            order = x.length < y.length ? -1 : x.length > y.length;
        }
    }
    bytes_view_release(&x);
    bytes_view_release(&y);
    bool result = op == CMP_EQ   ? order == 0
                  : op == CMP_NE ? order != 0
                  : op == CMP_LT ? order < 0
                  : op == CMP_LE ? order <= 0
                  : op == CMP_GT ? order > 0
                                 : order >= 0;
    return bool_from(result);
}

// ---- finding

static int check_count(Object *self, const char *name, size_t nargs, size_t most, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "%s.%s() takes no keyword arguments",
                    bytes_check(self) ? "bytes" : "bytearray", name);
        return -1;
    }
    if (nargs < 1 || nargs > most) {
        raise_error(&exc_TypeError, "%s() takes at %s %zu argument%s (%zu given)", name,
                    nargs < 1 ? "least" : "most", nargs < 1 ? 1 : most,
                    (nargs < 1 ? 1 : most) == 1 ? "" : "s", nargs);
        return -1;
    }
    return 0;
}

// The needle: a buffer or an int.
static int needle_view(Object *o, BytesView *view, char *byte) {
    if (!buffer_check(o)) {
        if (!number_check_index(o)) {
            raise_error(&exc_TypeError, "argument should be integer or bytes-like object, not '%T'", o);
            return -1;
        }
        if (byte_value(o, (uint8_t *)byte) < 0) {
            return -1;
        }
        *view = (BytesView){ .data = byte, .length = 1 };
        return 0;
    }
    return bytes_view(o, view);
}

// -1: absent, -2: an exception
static ssize_t find_with(Object *self, const char *name, Object *const *args, size_t nargs, Object *kwnames,
                         int direction) {
    ssize_t start, end;
    BytesView v, needle;
    char byte;
    ssize_t from = 0, to = SSIZE_LIMIT;
    if (check_count(self, name, nargs, 3, kwnames) < 0) {
        return -2;
    }
    bytes_view_self(self, &v);
    if (slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, v.length, &from, &to) < 0 ||
        needle_view(args[0], &needle, &byte) < 0) {
        return -2;
    }
    start = from;
    end = to;
    ssize_t at = -1;
    if (end - start >= needle.length) {
        at = search_polling(1, v.data + start, end - start, needle.data, needle.length, direction);
        at += at < 0 ? 0 : start;
    }
    bytes_view_release(&needle);
    return at;
}

static Object *find(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_with(self, "find", args, nargs, kwnames, 1);
    return at == -2 ? NULL : int_from_ssize(at);
}

static Object *rfind(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    ssize_t at = find_with(self, "rfind", args, nargs, kwnames, -1);
    return at == -2 ? NULL : int_from_ssize(at);
}

static Object *index_found(ssize_t at) {
    return at >= 0    ? int_from_ssize(at)
           : at == -1 ? raise_error(&exc_ValueError, "subsection not found")
                      : NULL;
}

static Object *index_(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return index_found(find_with(self, "index", args, nargs, kwnames, 1));
}

static Object *rindex_(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return index_found(find_with(self, "rindex", args, nargs, kwnames, -1));
}

static Object *count(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    BytesView v, needle;
    char byte;
    ssize_t start, end, result = 0;
    if (check_count(self, "count", nargs, 3, kwnames) < 0) {
        return NULL;
    }
    bytes_view_self(self, &v);
    if (slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, v.length, &start, &end) < 0 ||
        needle_view(args[0], &needle, &byte) < 0) {
        return NULL;
    }
    if (end - start >= needle.length) {
        result = !needle.length
                     ? end - start + 1
                     : count_polling(1, v.data + start, end - start, needle.data, needle.length, SSIZE_LIMIT);
    }
    bytes_view_release(&needle);
    return result < 0 ? NULL : int_from_ssize(result);
}

int bytes_contains(Object *self, Object *item) {
    BytesView v, needle;
    if (number_check_index(item) && !buffer_check(item)) {
        uint8_t byte;
        if (byte_value(item, &byte) < 0) {
            return -1;
        }
        bytes_view_self(self, &v);
        return v.length && memchr(v.data, byte, (size_t)v.length) != NULL;
    }
    if (bytes_view(item, &needle) < 0) {
        return -1;
    }
    bytes_view_self(self, &v);
    ssize_t at = search_polling(1, v.data, v.length, needle.data, needle.length, 1);
    bytes_view_release(&needle);
    return at == -2 ? -1 : at >= 0;
}

// 1, 0, -1
static int matches(Object *self, Object *part, ssize_t start, ssize_t end, bool at_end) {
    BytesView v, p;
    if (bytes_view(part, &p) < 0) {
        return -1;
    }
    bytes_view_self(self, &v);
    end = end > v.length ? v.length : end;
    bool result = end - start >= p.length && (!p.length || !memcmp(v.data + (at_end ? end - p.length : start),
                                                                   p.data, (size_t)p.length));
    bytes_view_release(&p);
    return result;
}

static Object *affix(Object *self, const char *name, Object *const *args, size_t nargs, Object *kwnames,
                     bool at_end) {
    ssize_t start, end;
    BytesView v;
    if (check_count(self, name, nargs, 3, kwnames) < 0) {
        return NULL;
    }
    bytes_view_self(self, &v);
    if (slice_arguments(nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL, v.length, &start, &end) < 0) {
        return NULL;
    }
    if (tuple_check(args[0])) {
        for (ssize_t i = 0; i < tuple_size(args[0]); i++) {
            int found = matches(self, tuple_get(args[0], i), start, end, at_end);
            if (found) {
                return found < 0 ? NULL : TRUE_OBJECT;
            }
        }
        return FALSE_OBJECT;
    }
    if (!buffer_check(args[0])) {
        return raise_error(&exc_TypeError, "%s first arg must be bytes or a tuple of bytes, not %T", name,
                           args[0]);
    }
    int found = matches(self, args[0], start, end, at_end);
    return found < 0 ? NULL : bool_from(found);
}

static Object *startswith(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return affix(self, "startswith", args, nargs, kwnames, false);
}

static Object *endswith(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return affix(self, "endswith", args, nargs, kwnames, true);
}

static Object *remove_affix(Object *self, Object *part, bool at_end) {
    BytesView v, p;
    if (bytes_view(part, &p) < 0) {
        return NULL;
    }
    bytes_view_self(self, &v);
    ssize_t from = 0, n = v.length;
    if (p.length && p.length <= n &&
        !memcmp(v.data + (at_end ? n - p.length : 0), p.data, (size_t)p.length)) {
        from = at_end ? 0 : p.length;
        n -= p.length;
    }
    bytes_view_release(&p);
    return n == v.length ? unchanged(self, &v) : bytes_like(self, v.data + from, n);
}

static Object *removeprefix(Object *self, Object *prefix) {
    return remove_affix(self, prefix, false);
}

static Object *removesuffix(Object *self, Object *suffix) {
    return remove_affix(self, suffix, true);
}

// ---- cutting

// bytes_like, in line for short bytes.
static inline Object *piece_of(Object *self, const char *data, ssize_t length) {
    enum { SHORT_MOST = 256 };
    if (length < 2 || length > SHORT_MOST || !bytes_check(self)) {
        return bytes_like(self, data, length);
    }
    Object *piece = bytes_cell(length);
    if (piece) {
        copy_few(bytes_data(piece), data, (size_t)length);
    }
    return piece;
}

static int add_piece(Pieces *list, Object *self, const BytesView *v, ssize_t start, ssize_t end) {
    return pieces_add(list, piece_of(self, v->data + start, end - start), end, v->length);
}

// All words, from the places where words and spaces meet.
static int split_all(Pieces *list, Object *self, const BytesView *v) {
    ssize_t start = -1;
    uint64_t before = 1;
    for (ssize_t at = 0; at < v->length; at += SEARCH_SPAN) {
        uint64_t spaces = search_spaces((const uint8_t *)v->data, v->length, at, false);
        for (uint64_t edges = spaces ^ (spaces << 1 | before); edges; edges &= edges - 1) {
            ssize_t here = at + __builtin_ctzll(edges);
            if (start < 0) {
                start = here;
            } else if (add_piece(list, self, v, start, here) < 0) {
                return -1;
            } else {
                start = -1;
            }
        }
        before = spaces >> (SEARCH_SPAN - 1);
        if (poll_often(at / SEARCH_SPAN) < 0) {
            return -1;
        }
    }
    return start < 0 ? 0 : add_piece(list, self, v, start, v->length);
}

static Object *split_spaces(Object *self, const BytesView *v, ssize_t most, bool from_right) {
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    from_right &= most < SSIZE_LIMIT; // all words are the same from both sides
    if (most == SSIZE_LIMIT) {
        return split_all(list, self, v) < 0 ? NULL : pieces_finish(list, false);
    }
    const uint8_t *p = (const uint8_t *)v->data;
    ssize_t start = 0, end = v->length;
    while (start < end && is_space(p[start])) {
        start++;
    }
    while (end > start && is_space(p[end - 1])) {
        end--;
    }
    // A rest that most did not let us split keeps the blanks at its far end.
    while (start < end) {
        if (most-- <= 0) {
            if (add_piece(list, self, v, from_right ? 0 : start, from_right ? end : v->length) < 0) {
                return NULL;
            }
            break;
        }
        ssize_t i;
        if (from_right) {
            for (i = end; i > start && !is_space(p[i - 1]); i--) {
            }
            if (add_piece(list, self, v, i, end) < 0) {
                return NULL;
            }
            for (end = i; end > start && is_space(p[end - 1]); end--) {
            }
        } else {
            for (i = start; i < end && !is_space(p[i]); i++) {
            }
            if (add_piece(list, self, v, start, i) < 0) {
                return NULL;
            }
            for (start = i; start < end && is_space(p[start]); start++) {
            }
        }
    }
    return pieces_finish(list, from_right);
}

// All pieces but the last one, which begins at *start.
static int split_all_at(Pieces *list, Object *self, const BytesView *v, uint8_t separator, ssize_t *start) {
    list->expected = 1;
    for (ssize_t at = 0; at < v->length; at += POLL_STRETCH) {
        ssize_t length = v->length - at < POLL_STRETCH ? v->length - at : POLL_STRETCH;
        list->expected += search_count_unit(1, v->data + at, length, separator);
        if (length == POLL_STRETCH && safepoint() < 0) {
            return -1;
        }
    }
    for (ssize_t at = 0; at < v->length && list->expected > 1; at += SEARCH_SPAN) {
        uint64_t found = search_equal((const uint8_t *)v->data, v->length, at, separator);
        for (; found; found &= found - 1) {
            ssize_t here = at + __builtin_ctzll(found);
            if (add_piece(list, self, v, *start, here) < 0) {
                return -1;
            }
            *start = here + 1;
        }
        if (poll_at(at) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *split_with(Object *self, Object *separator, Object *maxsplit, bool from_right) {
    ssize_t most = -1;
    if (maxsplit) {
        if (ssize_argument(maxsplit, &most) < 0) {
            return NULL;
        }
    }
    most = most < 0 ? SSIZE_LIMIT : most;
    BytesView v, s;
    if (!separator || separator == NONE) {
        return bytes_view_steady(self, &v) < 0 ? NULL : split_spaces(self, &v, most, from_right);
    }
    if (bytes_view(separator, &s) < 0) {
        return NULL;
    }
    if (bytes_view_steady(self, &v) < 0) {
        bytes_view_release(&s);
        return NULL;
    }
    if (!s.length) {
        bytes_view_release(&s);
        return raise_error(&exc_ValueError, "empty separator");
    }
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    ssize_t start = 0, end = v.length;
    int status = 0;
    from_right &= s.length > 1 || most < SSIZE_LIMIT; // the same pieces from both sides
    if (s.length == 1 && most == SSIZE_LIMIT && v.length >= COUNTED_LEAST) {
        status = split_all_at(list, self, &v, *(const uint8_t *)s.data, &start);
        most = 0;
    }
    while (!status && most-- > 0) {
        ssize_t at = search_polling(1, v.data + start, end - start, s.data, s.length, from_right ? -1 : 1);
        if (at < 0) {
            status = at == -2 ? -1 : 0;
            break;
        }
        at += start;
        if (from_right) {
            status = add_piece(list, self, &v, at + s.length, end);
            end = at;
        } else {
            status = add_piece(list, self, &v, start, at);
            start = at + s.length;
        }
    }
    if (!status) {
        status = start == 0 && end == v.length && self->type == &bytes_type
                     ? pieces_add(list, self, end, end)
                     : add_piece(list, self, &v, start, end);
    }
    bytes_view_release(&s);
    return status < 0 ? NULL : pieces_finish(list, from_right);
}

static Object *split(Object *self, Object *separator, Object *maxsplit) {
    return split_with(self, separator, maxsplit, false);
}

static Object *rsplit(Object *self, Object *separator, Object *maxsplit) {
    return split_with(self, separator, maxsplit, true);
}

static Object *splitlines(Object *self, Object *keepends) {
    int keep = keepends ? int_to_c_int(keepends) : 0;
    if (keep == -1 && error_occurred()) {
        return NULL;
    }
    Pieces pieces, *list = &pieces;
    pieces_begin(list);
    BytesView v;
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    ssize_t start = 0;
    for (ssize_t at = 0; at < v.length; at += SEARCH_SPAN) {
        const uint8_t *text = (const uint8_t *)v.data;
        uint64_t ends = search_equal(text, v.length, at, '\n') | search_equal(text, v.length, at, '\r');
        for (; ends; ends &= ends - 1) {
            ssize_t here = at + __builtin_ctzll(ends), next = here + 1;
            if (here < start) {
                continue; // the end of \r\n
            }
            next += text[here] == '\r' && next < v.length && text[next] == '\n';
            if (add_piece(list, self, &v, start, keep ? next : here) < 0) {
                return NULL;
            }
            start = next;
        }
        if (poll_at(at) < 0) {
            return NULL;
        }
    }
    return start < v.length && add_piece(list, self, &v, start, v.length) < 0 ? NULL
                                                                              : pieces_finish(list, false);
}

static Object *partition_with(Object *self, Object *separator, int direction) {
    BytesView v, s;
    if (bytes_view(separator, &s) < 0) {
        return NULL;
    }
    bytes_view_self(self, &v);
    ssize_t m = s.length;
    if (!m) {
        bytes_view_release(&s);
        return raise_error(&exc_ValueError, "empty separator");
    }
    ssize_t at = search_text(1, v.data, v.length, s.data, m, direction);
    Object *middle = at < 0              ? bytes_like(self, "", 0)
                     : bytes_check(self) ? separator
                                         : bytes_like(self, s.data, m);
    bytes_view_release(&s);
    if (!middle) {
        return NULL;
    }
    if (at < 0) {
        Object *whole = unchanged(self, &v), *empty = bytes_like(self, "", 0);
        if (!whole || !empty) {
            return NULL;
        }
        return direction > 0 ? tuple_pack(3, whole, middle, empty) : tuple_pack(3, middle, empty, whole);
    }
    Object *before = bytes_like(self, v.data, at);
    Object *after = bytes_like(self, v.data + at + m, v.length - at - m);
    return before && after ? tuple_pack(3, before, middle, after) : NULL;
}

static Object *partition(Object *self, Object *separator) {
    return partition_with(self, separator, 1);
}

static Object *rpartition(Object *self, Object *separator) {
    return partition_with(self, separator, -1);
}

static Object *strip_with(Object *self, Object *chars, int sides) {
    bool set[256] = { false };
    BytesView v;
    if (!chars || chars == NONE) {
        set[' '] = true;
        for (int c = 9; c < 14; c++) {
            set[c] = true;
        }
    } else {
        BytesView s;
        if (bytes_view(chars, &s) < 0) {
            return NULL;
        }
        for (ssize_t i = 0; i < s.length; i++) {
            set[(uint8_t)s.data[i]] = true;
        }
        bytes_view_release(&s);
    }
    bytes_view_self(self, &v);
    ssize_t start = 0, end = v.length;
    while ((sides & 1) && start < end && set[(uint8_t)v.data[start]]) {
        start++;
    }
    while ((sides & 2) && start < end && set[(uint8_t)v.data[end - 1]]) {
        end--;
    }
    return start == 0 && end == v.length ? unchanged(self, &v)
                                         : bytes_like(self, v.data + start, end - start);
}

static Object *strip(Object *self, Object *chars) {
    return strip_with(self, chars, 3);
}

static Object *lstrip(Object *self, Object *chars) {
    return strip_with(self, chars, 1);
}

static Object *rstrip(Object *self, Object *chars) {
    return strip_with(self, chars, 2);
}

static Object *replace_byte(Object *self, const BytesView *v, char old, char new) {
    const char *first = v->length ? memchr(v->data, old, (size_t)v->length) : NULL;
    if (!first) {
        return unchanged(self, v);
    }
    char *out;
    Object *result = fresh(self, v->length, &out);
    for (ssize_t i = 0; result && i < v->length;) {
        ssize_t end = v->length - i > POLL_STRETCH ? i + POLL_STRETCH : v->length;
        for (; i < end; i++) {
            out[i] = v->data[i] == old ? new : v->data[i];
        }
        if (i < v->length && safepoint() < 0) {
            return NULL;
        }
    }
    return result;
}

static Object *replace(Object *self, Object *old, Object *replacement, Object *most_object) {
    ssize_t most = -1;
    BytesView v, o, r;
    if (bytes_view(old, &o) < 0) {
        return NULL;
    }
    if (bytes_view(replacement, &r) < 0) {
        bytes_view_release(&o);
        return NULL;
    }
    Object *result = NULL;
    if (most_object) {
        if (ssize_argument(most_object, &most) < 0) {
            goto done;
        }
    }
    most = most < 0 ? SSIZE_LIMIT : most;
    if (bytes_view_steady(self, &v) < 0) {
        goto done;
    }
    ssize_t n = v.length, m = o.length;
    if (m == 1 && r.length == 1 && most == SSIZE_LIMIT) {
        result = replace_byte(self, &v, *o.data, *r.data);
        goto done;
    }
    ssize_t found = !m ? (most < n + 1 ? most : n + 1) : count_polling(1, v.data, n, o.data, m, most);
    if (found < 0) {
        goto done;
    }
    if (!found) {
        result = unchanged(self, &v);
        goto done;
    }
    if (r.length > m && r.length - m > (SSIZE_LIMIT - n) / found) {
        raise_error(&exc_OverflowError, "replace bytes is too long");
        goto done;
    }
    char *out;
    result = fresh(self, n + found * (r.length - m), &out);
    if (!result || n + found * (r.length - m) == 0) {
        goto done;
    }
    // Meanwhile other threads and signals' handlers may change what lies in a bytearray: not the room that there is.
    char *limit = out + n + found * (r.length - m);
    ssize_t at = 0;
    if (m == 1 && !r.length && most == SSIZE_LIMIT && found > n / 32) {
        found = 0;
        for (char byte = *o.data; at < n && out < limit;) {
            ssize_t end = n - at > POLL_STRETCH ? at + POLL_STRETCH : n;
            for (; at < end && out < limit; at++) {
                *out = v.data[at];
                out += v.data[at] != byte;
            }
            if (at < n && safepoint() < 0) {
                result = NULL;
                goto done;
            }
        }
    }
    for (ssize_t i = 0; i < found; i++) {
        if (UNLIKELY(i % 4096 == 4095) && safepoint() < 0) {
            result = NULL;
            goto done;
        }
        if (!m) {
            memcpy(out, r.data, (size_t)r.length);
            out += r.length;
            if (at < n) {
                *out++ = v.data[at++];
            }
            continue;
        }
        ssize_t next = search_text(1, v.data + at, n - at, o.data, m, 1);
        if (next < 0 || next + r.length > limit - out) {
            break;
        }
        memcpy(out, v.data + at, (size_t)next);
        out += next;
        memcpy(out, r.data, (size_t)r.length);
        out += r.length;
        at += next + m;
    }
    ssize_t rest = n - at < limit - out ? n - at : limit - out;
    memcpy(out, v.data + at, (size_t)rest);
    memset(out + rest, 0, (size_t)(limit - out - rest));
done:
    bytes_view_release(&o);
    bytes_view_release(&r);
    return result;
}

// ---- joining

static Object *join(Object *self, Object *iterable) {
    Object *items = sequence_fast(iterable, "can only join an iterable");
    if (!items) {
        return NULL;
    }
    if (list_check(items)) {
        items = list_to_tuple(items);
        if (!items) {
            return NULL;
        }
    }
    ssize_t n = tuple_size(items);
    BytesView separator;
    bytes_view_self(self, &separator);
    BytesBuilder b = { 0 };
    if (n == 1 && self->type == &bytes_type && tuple_get(items, 0)->type == &bytes_type) {
        return tuple_get(items, 0);
    }
    size_t total = 0;
    bool plain = bytes_check(self) && n;
    for (ssize_t i = 0; plain && i < n; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        Object *item = tuple_get(items, i);
        plain = item->type == &bytes_type &&
                !__builtin_add_overflow(total, (size_t)bytes_length(item) + (size_t)separator.length, &total);
    }
    if (plain && total < (size_t)SSIZE_LIMIT) {
        Object *result = bytes_new((ssize_t)total - separator.length);
        if (!result) {
            return NULL;
        }
        char *out = bytes_data(result);
        for (ssize_t i = 0; i < n; i++) {
            if (poll_at(i) < 0) {
                return NULL;
            }
            if (i && separator.length == 1) {
                *out++ = *separator.data;
            } else if (i) {
                out = mempcpy(out, separator.data, (size_t)separator.length);
            }
            Object *item = tuple_get(items, i);
            out = mempcpy(out, bytes_data(item), (size_t)bytes_length(item));
        }
        return result;
    }
    total = 0;
    for (ssize_t i = 0; i < n; i++) {
        Object *item = tuple_get(items, i);
        if (!buffer_check(item)) {
            return raise_error(&exc_TypeError, "sequence item %zd: expected a bytes-like object, %T found", i,
                               item);
        }
        if (bytes_check(item)) {
            total += (size_t)bytes_length(item) + (size_t)separator.length;
        }
    }
    if (bytes_builder_reserve(&b, total) < 0) {
        return NULL;
    }
    for (ssize_t i = 0; i < n; i++) {
        BytesView v;
        if (poll_at(i) < 0) {
            return NULL;
        }
        if (i && bytes_builder_add(&b, separator.data, (size_t)separator.length) < 0) {
            return NULL;
        }
        if (bytes_view(tuple_get(items, i), &v) < 0) {
            return NULL;
        }
        int status = bytes_builder_add(&b, v.data, (size_t)v.length);
        bytes_view_release(&v);
        if (status < 0) {
            return NULL;
        }
    }
    if (bytes_check(self)) {
        return bytes_builder_finish(&b);
    }
    return bytearray_from(b.buffer ? bytes_data(b.buffer) : "", (ssize_t)b.length);
}

Object *bytes_join(Object *separator, Object *iterable) {
    return join(separator, iterable);
}

// ---- padding

static Object *pad(Object *self, ssize_t left, ssize_t right, int fill) {
    BytesView v;
    bytes_view_self(self, &v);
    if (left <= 0 && right <= 0) {
        return unchanged(self, &v);
    }
    char *out;
    if (left > SSIZE_LIMIT - v.length || right > SSIZE_LIMIT - v.length - left) {
        return raise_memory_error();
    }
    Object *result = fresh(self, left + v.length + right, &out);
    if (result) {
        memset(out, fill, (size_t)left);
        memcpy(out + left, v.data, (size_t)v.length);
        memset(out + left + v.length, fill, (size_t)right);
    }
    return result;
}

static int pad_arguments(const char *name, Object *self, Object *width, Object *fillchar, ssize_t *missing,
                         int *fill) {
    BytesView v;
    ssize_t columns;
    if (ssize_argument(width, &columns) < 0) {
        return -1;
    }
    *fill = ' ';
    if (fillchar) {
        if (!bytes_check(fillchar) && !bytearray_check(fillchar)) {
            raise_error(&exc_TypeError, "%s() argument 2 must be a byte string of length 1, not %K", name,
                        fillchar);
            return -1;
        }
        bytes_view_self(fillchar, &v);
        if (v.length != 1) {
            raise_error(&exc_TypeError, "%s() argument 2 must be a byte string of length 1, not %K", name,
                        fillchar);
            return -1;
        }
        *fill = (uint8_t)*v.data;
    }
    bytes_view_self(self, &v);
    *missing = columns > v.length ? columns - v.length : 0;
    return 0;
}

static Object *center(Object *self, Object *width, Object *fillchar) {
    ssize_t missing;
    int fill;
    if (pad_arguments("center", self, width, fillchar, &missing, &fill) < 0) {
        return NULL;
    }
    BytesView v;
    bytes_view_self(self, &v);
    ssize_t left = missing / 2 + (missing & (v.length + missing) & 1);
    return pad(self, left, missing - left, fill);
}

static Object *ljust(Object *self, Object *width, Object *fillchar) {
    ssize_t missing;
    int fill;
    return pad_arguments("ljust", self, width, fillchar, &missing, &fill) < 0 ? NULL
                                                                              : pad(self, 0, missing, fill);
}

static Object *rjust(Object *self, Object *width, Object *fillchar) {
    ssize_t missing;
    int fill;
    return pad_arguments("rjust", self, width, fillchar, &missing, &fill) < 0 ? NULL
                                                                              : pad(self, missing, 0, fill);
}

static Object *zfill(Object *self, Object *width) {
    ssize_t missing;
    int fill;
    if (pad_arguments("zfill", self, width, NULL, &missing, &fill) < 0) {
        return NULL;
    }
    Object *result = pad(self, missing, 0, '0');
    if (result && missing) {
        BytesView v;
        bytes_view_self(result, &v);
        char *p = (char *)v.data;
        if (v.length > missing && (p[missing] == '+' || p[missing] == '-')) {
            p[0] = p[missing];
            p[missing] = '0';
        }
    }
    return result;
}

static Object *expandtabs(Object *self, Object *tabsize) {
    int size = 8;
    if (tabsize) {
        if (c_int_argument(tabsize, &size) < 0) {
            return NULL;
        }
    }
    BytesView v;
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    BytesBuilder b = { 0 };
    ssize_t column = 0;
    for (ssize_t i = 0; i < v.length; i++) {
        if (poll_at(i) < 0) {
            return NULL;
        }
        char c = v.data[i];
        if (c == '\t') {
            ssize_t n = size > 0 ? size - column % size : 0;
            column += n;
            if (bytes_builder_reserve(&b, (size_t)n) < 0) {
                return NULL;
            }
            memset(bytes_data(b.buffer) + b.length, ' ', (size_t)n);
            b.length += (size_t)n;
        } else {
            column = c == '\n' || c == '\r' ? 0 : column + 1;
            if (bytes_builder_add(&b, &c, 1) < 0) {
                return NULL;
            }
        }
    }
    return bytes_check(self) ? bytes_builder_finish(&b)
                             : bytearray_from(b.buffer ? bytes_data(b.buffer) : "", (ssize_t)b.length);
}

// ---- case and questions

typedef enum Mapping { MAP_LOWER, MAP_UPPER, MAP_SWAP, MAP_TITLE, MAP_CAPITALIZE } Mapping;

static Object *map(Object *self, Mapping mapping) {
    BytesView v;
    char *out;
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    Object *result = fresh(self, v.length, &out);
    bool previous = false;
    if (result && mapping <= MAP_UPPER) { // loops that compilers make vectors of
        uint8_t first = mapping == MAP_LOWER ? 'A' : 'a';
        for (ssize_t i = 0; i < v.length; i++) {
            uint8_t c = (uint8_t)v.data[i];
            out[i] = (char)(c ^ ((uint8_t)(c - first) < 26) << 5);
        }
        return result;
    }
    if (result && mapping == MAP_SWAP) {
        for (ssize_t i = 0; i < v.length; i++) {
            uint8_t c = (uint8_t)v.data[i];
            out[i] = (char)(c ^ ((uint8_t)((c | 32) - 'a') < 26) << 5);
        }
        return result;
    }
    // In lower case, but for the first letter of all or of each word.
    for (ssize_t i = 0; result && i < v.length; i++) {
        uint8_t c = (uint8_t)v.data[i];
        if (poll_at(i) < 0) {
            return NULL;
        }
        bool letter = (uint8_t)((c | 32) - 'a') < 26, lower = mapping == MAP_TITLE ? previous : i > 0;
        out[i] = (char)(c ^ (letter & ((c >> 5 & 1) != lower)) << 5);
        previous = letter;
    }
    return result;
}

static Object *lower_(Object *self) {
    return map(self, MAP_LOWER);
}
static Object *upper_(Object *self) {
    return map(self, MAP_UPPER);
}
static Object *swapcase_(Object *self) {
    return map(self, MAP_SWAP);
}
static Object *title_(Object *self) {
    return map(self, MAP_TITLE);
}
static Object *capitalize_(Object *self) {
    return map(self, MAP_CAPITALIZE);
}

static Object *isascii_(Object *self) {
    BytesView v;
    bytes_view_self(self, &v);
    uint8_t any = 0;
    for (ssize_t i = 0; i < v.length; i++) {
        any |= (uint8_t)v.data[i];
    }
    return bool_from(any < 128);
}

static Object *all(Object *self, bool space, bool alpha, bool digit) {
    BytesView v;
    bytes_view_self(self, &v);
    for (ssize_t i = 0; i < v.length; i++) {
        uint8_t c = (uint8_t)v.data[i];
        if (poll_at(i) < 0) {
            return NULL;
        }
        if (!((space && is_space(c)) || (alpha && is_alpha(c)) || (digit && is_digit(c)))) {
            return FALSE_OBJECT;
        }
    }
    return bool_from(v.length > 0);
}

static Object *isspace_(Object *self) {
    return all(self, true, false, false);
}
static Object *isalpha_(Object *self) {
    return all(self, false, true, false);
}
static Object *isdigit_(Object *self) {
    return all(self, false, false, true);
}
static Object *isalnum_(Object *self) {
    return all(self, false, true, true);
}

static Object *is_case(Object *self, bool lower) {
    BytesView v;
    bytes_view_self(self, &v);
    bool cased = false;
    for (ssize_t i = 0; i < v.length; i++) {
        uint8_t c = (uint8_t)v.data[i];
        if (poll_at(i) < 0) {
            return NULL;
        }
        if (lower ? is_upper(c) : is_lower(c)) {
            return FALSE_OBJECT;
        }
        cased |= is_alpha(c);
    }
    return bool_from(cased);
}

static Object *islower_(Object *self) {
    return is_case(self, true);
}
static Object *isupper_(Object *self) {
    return is_case(self, false);
}

static Object *istitle_(Object *self) {
    BytesView v;
    bytes_view_self(self, &v);
    bool cased = false, previous = false;
    for (ssize_t i = 0; i < v.length; i++) {
        uint8_t c = (uint8_t)v.data[i];
        if (poll_at(i) < 0) {
            return NULL;
        }
        if (is_upper(c) ? previous : is_lower(c) && !previous) {
            return FALSE_OBJECT;
        }
        previous = is_alpha(c);
        cased |= previous;
    }
    return bool_from(cased);
}

// ---- translating

static Object *translate(Object *self, Object *table, Object *delete) {
    BytesView v, t = { 0 }, d = { 0 };
    bool deleted[256] = { false };
    if (table == NONE) {
        table = NULL;
    }
    if (table) {
        if (bytes_view(table, &t) < 0) {
            return NULL;
        }
        if (t.length != 256) {
            bytes_view_release(&t);
            return raise_error(&exc_ValueError, "translation table must be 256 characters long");
        }
    }
    if (delete) {
        if (bytes_view(delete, &d) < 0) {
            bytes_view_release(&t);
            return NULL;
        }
        for (ssize_t i = 0; i < d.length; i++) {
            deleted[(uint8_t)d.data[i]] = true;
        }
        bytes_view_release(&d);
    }
    if (bytes_view_steady(self, &v) < 0) {
        bytes_view_release(&t);
        return NULL;
    }
    Object *buffer = bytes_new(v.length);
    ssize_t n = 0;
    bool changed = false;
    if (buffer && table && !delete) {
        char *out = bytes_data(buffer);
        uint8_t differing = 0;
        for (; n < v.length; n++) {
            uint8_t c = (uint8_t)v.data[n];
            out[n] = t.data[c];
            differing |= c ^ (uint8_t)out[n];
        }
        changed = differing;
    }
    if (buffer && !n) {
        uint8_t *out = (uint8_t *)bytes_data(buffer), differing = 0;
        for (ssize_t i = 0; i < v.length; i++) {
            uint8_t c = (uint8_t)v.data[i], to = table ? (uint8_t)t.data[c] : c;
            out[n] = to;
            n += !deleted[c];
            differing |= c ^ to;
        }
        changed = differing || n < v.length;
    }
    bytes_view_release(&t);
    if (!buffer) {
        return NULL;
    }
    if (!changed) {
        return unchanged(self, &v);
    }
    return bytes_check(self) ? bytes_shorten(buffer, n) : bytes_like(self, bytes_data(buffer), n);
}

static Object *maketrans(Object *unused, Object *from, Object *to) {
    BytesView f, t;
    if (bytes_view(from, &f) < 0) {
        return NULL;
    }
    if (bytes_view(to, &t) < 0) {
        bytes_view_release(&f);
        return NULL;
    }
    Object *result = f.length == t.length
                         ? bytes_new(256)
                         : raise_error(&exc_ValueError, "maketrans arguments must have same length");
    if (result) {
        for (int i = 0; i < 256; i++) {
            bytes_data(result)[i] = (char)i;
        }
        for (ssize_t i = 0; i < f.length; i++) {
            bytes_data(result)[(uint8_t)f.data[i]] = t.data[i];
        }
    }
    bytes_view_release(&f);
    bytes_view_release(&t);
    return result;
}

// ---- hexadecimal

Object *bytes_hex(const char *data, ssize_t length, Object *separator, Object *per_group, bool as_bytes) {
    static const char digits[] = "0123456789abcdef";
    int group = 0;
    uint32_t sep = 0;
    if (per_group && c_int_argument(per_group, &group) < 0) {
        return NULL;
    }
    if (separator) {
        ssize_t n = object_length(separator);
        if (n < 0) {
            return NULL;
        }
        if (n != 1) {
            return raise_error(&exc_ValueError, "sep must be length 1.");
        }
        if (!str_check(separator) && !bytes_check(separator)) {
            return raise_error(&exc_TypeError, "sep must be str or bytes.");
        }
        sep = str_check(separator) ? str_read(separator, 0) : (uint8_t)*bytes_data(separator);
        if (sep > 127) {
            return raise_error(&exc_ValueError, "sep must be ASCII.");
        }
        group = per_group ? group : 1;
    } else {
        group = 0;
    }
    if (length > SSIZE_LIMIT / 3) {
        return raise_memory_error();
    }
    size_t size = group < 0 ? 0u - (size_t)group : (size_t)group;
    ssize_t separators = size && length ? (ssize_t)(((size_t)length - 1) / size) : 0;
    ssize_t total = length * 2 + separators;
    Object *result = as_bytes ? bytes_new(total) : str_new(total, 0x7f);
    if (!result || !length) {
        return result;
    }
    char *out = as_bytes ? bytes_data(result) : str_data(result);
    if (!separators) {
        // Eight digits at a time: the nibbles of four bytes apart, then '0' and the way to 'a' added to each.
        ssize_t i = 0;
        for (; i + 4 <= length; i += 4, out += 8) {
            uint32_t four;
            memcpy(&four, data + i, 4);
            uint64_t wide = four;
            wide = (wide | wide << 16) & 0x0000ffff0000ffff;
            wide = (wide | wide << 8) & 0x00ff00ff00ff00ff;
            uint64_t nibbles = (wide >> 4 & 0x000f000f000f000f) | (wide & 0x000f000f000f000f) << 8;
            uint64_t letters = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
            uint64_t text = nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10);
            memcpy(out, &text, 8);
            if (poll_at(i) < 0) {
                return NULL;
            }
        }
        for (; i < length; i++) {
            *out++ = digits[(uint8_t)data[i] >> 4];
            *out++ = digits[data[i] & 15];
        }
        return result;
    }
    // Digits that come before the next separator: groups are counted from the end, or from the beginning.
    size_t left = group > 0 && (size_t)length % size ? (size_t)length % size : size;
    for (ssize_t i = 0; i < length; i++, left--) {
        if (poll_steps(i) < 0) {
            return NULL;
        }
        if (!left) {
            *out++ = (char)sep;
            left = size;
        }
        *out++ = digits[(uint8_t)data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    return result;
}

static Object *hex(Object *self, Object *separator, Object *per_group) {
    BytesView v;
    // Before the look at a bytearray, which this may change.
    if (per_group && !(per_group = number_index(per_group))) {
        return NULL;
    }
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    return bytes_hex(v.data, v.length, separator, per_group, false);
}

static int hex_digit(uint32_t c) {
    return c - '0' < 10 ? (int)(c - '0') : (c | 32) - 'a' < 6 ? (int)((c | 32) - 'a' + 10) : -1;
}

static int8_t hex_values[128]; // -1: no digit

__attribute__((constructor)) static void make_hex_values(void) {
    for (uint32_t c = 0; c < 128; c++) {
        hex_values[c] = (int8_t)hex_digit(c);
    }
}

Object *bytes_to_hex(Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "fromhex() argument must be str, not %K", text);
    }
    ssize_t n = str_length(text), count_ = 0;
    Object *result = bytes_new(n / 2 + 1);
    if (!result) {
        return NULL;
    }
    for (ssize_t i = 0; !str_is_ascii(text) && i < n; i++) {
        if (str_read(text, i) > 127) {
            return raise_error(&exc_ValueError,
                               "non-hexadecimal number found in fromhex() arg at position %zd", i);
        }
    }
    const uint8_t *ascii = str_data(text);
    char *out = bytes_data(result);
    for (ssize_t i = 0; i < n;) {
        while (i + 1 < n) {
            int value = hex_values[ascii[i]] << 4 | hex_values[ascii[i + 1]];
            if (value < 0) {
                break;
            }
            out[count_++] = (char)value;
            i += 2;
        }
        if (i == n) {
            break;
        }
        uint32_t c = ascii[i];
        if (is_space((uint8_t)c)) {
            i++;
            continue;
        }
        int high = hex_digit(c);
        if (high < 0) {
            return raise_error(&exc_ValueError,
                               "non-hexadecimal number found in fromhex() arg at position %zd", i);
        }
        i++;
        int low = i < n ? hex_digit(ascii[i]) : -1;
        if (low < 0) {
            return raise_error(&exc_ValueError,
                               "non-hexadecimal number found in fromhex() arg at position %zd", i);
        }
        bytes_data(result)[count_++] = (char)(high << 4 | low);
        i++;
    }
    return bytes_shorten(result, count_);
}

static Object *fromhex(Object *type, Object *text) {
    Object *bytes = bytes_to_hex(text);
    if (!bytes) {
        return NULL;
    }
    if (type == (Object *)&bytes_type) {
        return bytes;
    }
    if (type == (Object *)&bytearray_type) {
        return bytearray_from(bytes_data(bytes), bytes_length(bytes));
    }
    return call1(type, bytes);
}

// ---- decoding and pickling

static const char *text_argument(const char *name, Object *o, bool *failed) {
    if (!o) {
        return NULL;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "decode() argument '%s' must be str, not %s", name,
                    o == NONE ? "None" : o->type->name);
        *failed = true;
        return NULL;
    }
    ssize_t length;
    const char *text = str_utf8(o, &length);
    if (text && strlen(text) != (size_t)length) {
        text = NULL;
        raise_error(&exc_ValueError, "embedded null character");
    }
    *failed = !text;
    return text;
}

static Object *decode(Object *self, Object *encoding, Object *errors) {
    bool failed = false;
    const char *encoding_text = text_argument("encoding", encoding, &failed);
    const char *errors_text = failed ? NULL : text_argument("errors", errors, &failed);
    if (failed) {
        return NULL;
    }
    BytesView v;
    if (bytes_view_steady(self, &v) < 0) {
        return NULL;
    }
    return str_decode_of(self, v.data, v.length, encoding_text, errors_text);
}

static Object *getnewargs(Object *self) {
    Object *copy = bytes_from(bytes_data(self), bytes_length(self));
    return copy ? tuple_pack(1, copy) : NULL;
}

static Object *bytes_bytes(Object *self) {
    return bytes_as_exact(self);
}

#define SHARED_METHODS \
    BUILTIN("capitalize", capitalize_, "-($self, /)", 0, NULL), \
        BUILTIN("center", center, "($self, width, fillchar=b' ', /)", 0, NULL), \
        BUILTIN("count", count, NULL, 0, NULL), \
        BUILTIN("decode", decode, "($self, /, encoding='utf-8', errors='strict')", 0, NULL), \
        BUILTIN("endswith", endswith, NULL, 0, NULL), \
        BUILTIN("expandtabs", expandtabs, "($self, /, tabsize=8)", 0, NULL), \
        BUILTIN("find", find, NULL, 0, NULL), \
        BUILTIN("fromhex", fromhex, "($type, string, /)", BUILTIN_CLASS, NULL), \
        BUILTIN("hex", hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", 0, NULL), \
        BUILTIN("index", index_, NULL, 0, NULL), BUILTIN("isalnum", isalnum_, "-($self, /)", 0, NULL), \
        BUILTIN("isalpha", isalpha_, "-($self, /)", 0, NULL), \
        BUILTIN("isascii", isascii_, "-($self, /)", 0, NULL), \
        BUILTIN("isdigit", isdigit_, "-($self, /)", 0, NULL), \
        BUILTIN("islower", islower_, "-($self, /)", 0, NULL), \
        BUILTIN("isspace", isspace_, "-($self, /)", 0, NULL), \
        BUILTIN("istitle", istitle_, "-($self, /)", 0, NULL), \
        BUILTIN("isupper", isupper_, "-($self, /)", 0, NULL), \
        BUILTIN("join", join, "($self, iterable_of_bytes, /)", 0, NULL), \
        BUILTIN("ljust", ljust, "($self, width, fillchar=b' ', /)", 0, NULL), \
        BUILTIN("lower", lower_, "-($self, /)", 0, NULL), \
        BUILTIN("lstrip", lstrip, "($self, bytes=None, /)", 0, NULL), \
        BUILTIN("maketrans", maketrans, "-(frm, to, /)", BUILTIN_STATIC, NULL), \
        BUILTIN("partition", partition, "($self, sep, /)", 0, NULL), \
        BUILTIN("replace", replace, "($self, old, new, count=-1, /)", 0, NULL), \
        BUILTIN("removeprefix", removeprefix, "($self, prefix, /)", 0, NULL), \
        BUILTIN("removesuffix", removesuffix, "($self, suffix, /)", 0, NULL), \
        BUILTIN("rfind", rfind, NULL, 0, NULL), BUILTIN("rindex", rindex_, NULL, 0, NULL), \
        BUILTIN("rjust", rjust, "($self, width, fillchar=b' ', /)", 0, NULL), \
        BUILTIN("rpartition", rpartition, "($self, sep, /)", 0, NULL), \
        BUILTIN("rsplit", rsplit, "($self, /, sep=None, maxsplit=-1)", 0, NULL), \
        BUILTIN("rstrip", rstrip, "($self, bytes=None, /)", 0, NULL), \
        BUILTIN("split", split, "($self, /, sep=None, maxsplit=-1)", 0, NULL), \
        BUILTIN("splitlines", splitlines, "($self, /, keepends=False)", 0, NULL), \
        BUILTIN("startswith", startswith, NULL, 0, NULL), \
        BUILTIN("strip", strip, "($self, bytes=None, /)", 0, NULL), \
        BUILTIN("swapcase", swapcase_, "-($self, /)", 0, NULL), \
        BUILTIN("title", title_, "-($self, /)", 0, NULL), \
        BUILTIN("translate", translate, "($self, table, /, delete=b'')", 0, NULL), \
        BUILTIN("upper", upper_, "-($self, /)", 0, NULL), \
        BUILTIN("zfill", zfill, "($self, width, /)", 0, NULL)

BuiltinDef bytes_methods[] = {
    BUILTIN("__getnewargs__", getnewargs, "-($self, /)", 0, NULL),
    BUILTIN("__bytes__", bytes_bytes, "($self, /)", 0, NULL),
    SHARED_METHODS,
    BUILTIN_END,
};

BuiltinDef bytearray_methods[] = {
    BUILTIN("__alloc__", bytearray_alloc, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", bytearray_reduce, "($self, /)", 0, NULL),
    BUILTIN("__reduce_ex__", bytearray_reduce_ex, "($self, proto=0, /)", 0, NULL),
    BUILTIN("__sizeof__", bytearray_sizeof, "($self, /)", 0, NULL),
    BUILTIN("append", bytearray_append, "($self, item, /)", 0, NULL),
    BUILTIN("clear", bytearray_clear, "($self, /)", 0, NULL),
    BUILTIN("copy", bytearray_copy, "($self, /)", 0, NULL),
    BUILTIN("extend", bytearray_extend, "($self, iterable_of_ints, /)", 0, NULL),
    BUILTIN("insert", bytearray_insert, "($self, index, item, /)", 0, NULL),
    BUILTIN("pop", bytearray_pop, "($self, index=-1, /)", 0, NULL),
    BUILTIN("remove", bytearray_remove, "($self, value, /)", 0, NULL),
    BUILTIN("reverse", bytearray_reverse, "($self, /)", 0, NULL),
    SHARED_METHODS,
    BUILTIN_END,
};
