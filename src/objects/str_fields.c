// str.format: replacement fields. One parser (markup_next) serves format, format_map and the two
// iterators that the module _string gives to string.Formatter.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

typedef struct Markup {
    ssize_t literal_start, literal_end;
    bool has_field;
    ssize_t name_start, name_end, spec_start, spec_end;
    uint32_t conversion;  // 0: none
    bool nested;          // the format spec contains fields
} Markup;

// Reads literal text and at most one field from *at to `end`. 1: something was read, 0: the end, -1.
static int markup_next(Object *text, ssize_t *at, ssize_t end, Markup *m) {
    *m = (Markup){ 0 };
    if (*at >= end) {
        return 0;
    }
    ssize_t i = *at;
    m->literal_start = i;
    uint32_t c = 0;
    while (i < end) {
        c = str_read(text, i++);
        if (c == '{' || c == '}') {
            break;
        }
        c = 0;
    }
    m->literal_end = c ? i - 1 : i;
    *at = i;
    if (!c) {
        return 1;
    }
    bool at_end = i >= end;
    if (c == '}' && (at_end || str_read(text, i) != '}')) {
        raise_error(&exc_ValueError, "Single '}' encountered in format string");
        return -1;
    }
    if (at_end) {
        raise_error(&exc_ValueError, "Single '{' encountered in format string");
        return -1;
    }
    if (str_read(text, i) == c) {  // doubled: the brace belongs to the literal text
        m->literal_end = i;
        *at = i + 1;
        return 1;
    }
    m->has_field = true;
    m->name_start = i;
    int brackets = 0;
    for (; i < end; i++) {
        c = str_read(text, i);
        if (brackets) {
            brackets = c != ']';
            continue;
        }
        if (c == '{') {
            raise_error(&exc_ValueError, "unexpected '{' in field name");
            return -1;
        }
        if (c == '[') {
            brackets = 1;
            continue;
        }
        if (c == '}' || c == ':' || c == '!') {
            break;
        }
    }
    m->name_end = i;
    if (i >= end) {
        raise_error(&exc_ValueError, "expected '}' before end of string");
        return -1;
    }
    i++;
    if (c == '!') {
        if (i >= end) {
            raise_error(&exc_ValueError, "end of string while looking for conversion specifier");
            return -1;
        }
        m->conversion = str_read(text, i++);
        if (i < end) {
            c = str_read(text, i++);
            if (c != ':' && c != '}') {
                raise_error(&exc_ValueError, m->conversion == '}'
                                                 ? "unmatched '{' in format spec"
                                                 : "expected ':' after conversion specifier");
                return -1;
            }
        } else {
            raise_error(&exc_ValueError, "unmatched '{' in format spec");
            return -1;
        }
    }
    if (c == '}') {
        m->spec_start = m->spec_end = i - 1;
        *at = i;
        return 1;
    }
    m->spec_start = i;
    for (int depth = 1; i < end; i++) {
        c = str_read(text, i);
        if (c == '{') {
            m->nested = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            m->spec_end = i;
            *at = i + 1;
            return 1;
        }
    }
    raise_error(&exc_ValueError, "unmatched '{' in format spec");
    return -1;
}

// ---- field names: first part, then .attribute and [item]

// The number that the text is, -1 when it is none, -2 with an exception.
static ssize_t read_index(Object *text, ssize_t start, ssize_t end) {
    ssize_t value = 0;
    if (start >= end) {
        return -1;
    }
    for (ssize_t i = start; i < end; i++) {
        int digit = char_decimal(str_read(text, i));
        if (digit < 0) {
            return -1;
        }
        if (value > (SSIZE_LIMIT - digit) / 10) {
            raise_error(&exc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        value = value * 10 + digit;
    }
    return value;
}

static ssize_t first_end(Object *text, ssize_t start, ssize_t end) {
    ssize_t i = start;
    while (i < end && str_read(text, i) != '.' && str_read(text, i) != '[') {
        i++;
    }
    return i;
}

// Reads ".name" or "[item]" at *at: 1 and its text, 0 at the end, -1.
static int step_next(Object *text, ssize_t *at, ssize_t end, bool *attribute, ssize_t *start, ssize_t *stop) {
    if (*at >= end) {
        return 0;
    }
    uint32_t c = str_read(text, *at);
    ssize_t i = *at + 1;
    *start = i;
    if (c == '.') {
        *attribute = true;
        i = first_end(text, i, end);
        *stop = i;
    } else if (c == '[') {
        *attribute = false;
        while (i < end && str_read(text, i) != ']') {
            i++;
        }
        if (i >= end) {
            raise_error(&exc_ValueError, "Missing ']' in format string");
            return -1;
        }
        *stop = i++;
    } else {
        raise_error(&exc_ValueError, "Only '.' or '[' may follow ']' in format field specifier");
        return -1;
    }
    if (*start == *stop) {
        raise_error(&exc_ValueError, "Empty attribute in format string");
        return -1;
    }
    *at = i;
    return 1;
}

// ---- formatting

typedef enum Numbering { NUMBER_UNKNOWN, NUMBER_AUTOMATIC, NUMBER_MANUAL } Numbering;

typedef struct Arguments {
    Object *const *args;
    size_t nargs;
    Object *kwnames;  // with values behind args
    Object *mapping;  // format_map
    Numbering numbering;
    ssize_t next;
} Arguments;

static Object *named(Arguments *a, Object *name) {
    if (a->mapping) {
        return object_getitem(a->mapping, name);
    }
    for (ssize_t i = 0; a->kwnames && i < tuple_size(a->kwnames); i++) {
        if (str_equal(tuple_get(a->kwnames, i), name)) {
            return a->args[a->nargs + (size_t)i];
        }
    }
    return raise_with(&exc_KeyError, name);
}

static Object *field_value(Object *text, const Markup *m, Arguments *a) {
    ssize_t at = first_end(text, m->name_start, m->name_end);
    ssize_t index = read_index(text, m->name_start, at);
    bool empty = at == m->name_start;
    if (index == -2) {
        return NULL;
    }
    if (empty || index >= 0) {
        Numbering wanted = empty ? NUMBER_AUTOMATIC : NUMBER_MANUAL;
        if (a->numbering == NUMBER_UNKNOWN) {
            a->numbering = wanted;
        } else if (a->numbering != wanted) {
            return raise_error(
                &exc_ValueError,
                empty ? "cannot switch from manual field specification to automatic field numbering"
                      : "cannot switch from automatic field numbering to manual field specification");
        }
        if (empty) {
            index = a->next++;
        }
    }
    Object *value;
    if (index >= 0) {
        if (a->mapping) {
            return raise_error(&exc_ValueError, "Format string contains positional fields");
        }
        if ((size_t)index >= a->nargs) {
            return raise_error(&exc_IndexError,
                               "Replacement index %zd out of range for positional args tuple", index);
        }
        value = a->args[index];
    } else {
        Object *name = str_substring(text, m->name_start, at);
        value = name ? named(a, name) : NULL;
    }
    bool attribute;
    ssize_t start, stop;
    int status = 1;
    while (value && (status = step_next(text, &at, m->name_end, &attribute, &start, &stop)) > 0) {
        Object *name = str_substring(text, start, stop);
        if (!name) {
            return NULL;
        }
        if (attribute) {
            value = object_getattr(value, name);
            continue;
        }
        ssize_t item = read_index(text, start, stop);
        if (item == -2) {
            return NULL;
        }
        Object *key = item >= 0 ? int_from_ssize(item) : name;
        value = key ? object_getitem(value, key) : NULL;
    }
    return status < 0 ? NULL : value;
}

static Object *build(Object *text, ssize_t start, ssize_t end, Arguments *a, int depth) {
    if (depth < 0) {
        return raise_error(&exc_ValueError, "Max string recursion exceeded");
    }
    StrBuilder b;
    str_builder_init(&b, end - start + 32);
    Markup m;
    int status;
    ssize_t at = start;
    while ((status = markup_next(text, &at, end, &m)) > 0) {
        if (!m.has_field && m.literal_start == 0 && m.literal_end == str_length(text)) {
            return text;
        }
        if (str_builder_range(&b, text, m.literal_start, m.literal_end) < 0) {
            return NULL;
        }
        if (!m.has_field) {
            continue;
        }
        Object *value = field_value(text, &m, a);
        if (!value) {
            return NULL;
        }
        if (m.conversion) {
            uint32_t c = m.conversion;
            if (c != 'r' && c != 's' && c != 'a') {
                return c > 32 && c < 127
                           ? raise_error(&exc_ValueError, "Unknown conversion specifier %c", (int)c)
                           : raise_error(&exc_ValueError, "Unknown conversion specifier \\x%x", c);
            }
            value = c == 'r' ? object_repr(value) : c == 's' ? object_str(value) : object_ascii(value);
            if (!value) {
                return NULL;
            }
        }
        Object *spec = NULL;
        if (m.spec_end > m.spec_start) {
            spec = m.nested ? build(text, m.spec_start, m.spec_end, a, depth - 1)
                            : str_substring(text, m.spec_start, m.spec_end);
            if (!spec) {
                return NULL;
            }
        }
        Object *part = !spec && str_check_exact(value) ? value : object_format(value, spec);
        if (part && !b.length && at == end && str_check_exact(part)) {
            return part;
        }
        if (!part || str_builder_str(&b, part) < 0) {
            return NULL;
        }
    }
    return status < 0 ? NULL : str_builder_finish(&b);
}

Object *str_format_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Arguments a = { .args = args, .nargs = nargs, .kwnames = kwnames };
    return build(self, 0, str_length(self), &a, 1);
}

Object *str_format_map(Object *self, Object *mapping) {
    Arguments a = { .mapping = mapping };
    return build(self, 0, str_length(self), &a, 1);
}

// ---- the iterators of _string, whose types modules/string.c makes ready

Object *formatter_parser_new(Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "expected str, got %T", text);
    }
    FormatterIterator *it = (FormatterIterator *)object_alloc(&formatter_iterator_type);
    if (it) {
        gc_store(it, &it->text, text);
        it->end = str_length(text);
    }
    return (Object *)it;
}

Object *formatter_iterator_next(Object *self) {
    FormatterIterator *it = (FormatterIterator *)self;
    Object *text = it->text;
    Markup m;
    ssize_t at = it->at;
    int status = markup_next(text, &at, it->end, &m);
    it->at = at;
    if (status <= 0) {
        return NULL;
    }
    Object *literal = str_substring(text, m.literal_start, m.literal_end);
    if (!literal) {
        return NULL;
    }
    if (!m.has_field) {
        return tuple_pack(4, literal, NONE, NONE, NONE);
    }
    Object *name = str_substring(text, m.name_start, m.name_end);
    Object *spec = str_substring(text, m.spec_start, m.spec_end);
    Object *conversion = m.conversion ? str_from_char(m.conversion) : NONE;
    return name && spec && conversion ? tuple_pack(4, literal, name, spec, conversion) : NULL;
}

Object *fieldname_iterator_next(Object *self) {
    FormatterIterator *it = (FormatterIterator *)self;
    bool attribute;
    ssize_t start, stop, at = it->at;
    int status = step_next(it->text, &at, it->end, &attribute, &start, &stop);
    it->at = at;
    if (status <= 0) {
        return NULL;
    }
    ssize_t index = attribute ? -1 : read_index(it->text, start, stop);
    if (index == -2) {
        return NULL;
    }
    Object *item = index >= 0 ? int_from_ssize(index) : str_substring(it->text, start, stop);
    return item ? tuple_pack(2, bool_from(attribute), item) : NULL;
}

Object *formatter_field_name_split(Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "expected str, got %T", text);
    }
    ssize_t end = first_end(text, 0, str_length(text));
    ssize_t index = read_index(text, 0, end);
    if (index == -2) {
        return NULL;
    }
    Object *first = index >= 0 ? int_from_ssize(index) : str_substring(text, 0, end);
    FormatterIterator *it = first ? (FormatterIterator *)object_alloc(&fieldname_iterator_type) : NULL;
    if (!it) {
        return NULL;
    }
    gc_store(it, &it->text, text);
    it->at = end;
    it->end = str_length(text);
    return tuple_pack(2, first, (Object *)it);
}
