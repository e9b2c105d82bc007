// `_csv`: reading and writing comma-separated values.
//
// The reader is a state machine over the characters of each line. Readers and writers may be shared by
// threads as in CPython: a row is read in one step unless its lines come from Python code, and which thread gets which is open.
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

enum { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE };
enum { NOT_SET = 0xffffffff };

typedef struct Dialect {
    Object base;
    bool double_quote, skip_space, strict;
    int quoting;
    uint32_t delimiter, quote, escape; // NOT_SET: none
    Object *terminator;
    // The Latin-1 characters that the reader, or the writer, has to look at one by one.
    uint64_t reader_special[4], writer_special[4];
} Dialect;

static void add_special(uint64_t *set, uint32_t c) {
    if (c < 256) {
        set[c >> 6] |= (uint64_t)1 << (c & 63);
    }
}

// The end of the run of other characters at `i`.
static inline ssize_t plain_end(const uint64_t *set, const uint8_t *text, ssize_t i, ssize_t length) {
    while (i < length && !(set[text[i] >> 6] >> (text[i] & 63) & 1)) {
        i++;
    }
    return i;
}

static Type dialect_type, reader_type, writer_type;
static Object *error_class, *dialects; // registered roots
static int64_t field_limit = 128 * 1024;

static Object *fail(const char *text) {
    return raise_error((Type *)error_class, "%s", text);
}

// ---- Dialect

static int get_char(Object *o, const char *name, uint32_t otherwise, bool none_allowed, uint32_t *result) {
    *result = otherwise;
    if (!o) {
        return 0;
    }
    if (o == NONE && none_allowed) {
        *result = NOT_SET;
        return 0;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError,
                    none_allowed ? "\"%s\" must be string or None, not %.200s"
                                 : "\"%s\" must be string, not %.200s",
                    name, o->type->name);
        return -1;
    }
    if (str_length(o) != 1) {
        raise_error(&exc_TypeError, "\"%s\" must be a 1-character string", name);
        return -1;
    }
    *result = str_read(o, 0);
    return 0;
}

static int get_bool(Object *o, bool otherwise, bool *result) {
    int truth = o ? object_is_true(o) : otherwise;
    *result = truth > 0;
    return truth < 0 ? -1 : 0;
}

static Object *get_dialect_object(Object *name) {
    Object *found = dict_get(dialects, name);
    return found || error_occurred() ? found : fail("unknown dialect");
}

static Object *dialect_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    enum { DIALECT, DELIMITER, DOUBLE_QUOTE, ESCAPE, TERMINATOR, QUOTE, QUOTING, SKIP, STRICT, COUNT };
    Object *b[COUNT];
    if (signature_bind(&signature, "this function",
                       "|(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='', "
                       "quotechar='', quoting=0, skipinitialspace=False, strict=False)",
                       args, nargs, kwnames, b) < 0) {
        return NULL;
    }
    Object *dialect = b[DIALECT];
    if (dialect && dialect != NONE) {
        if (str_check(dialect) && !(dialect = get_dialect_object(dialect))) {
            return NULL;
        }
        bool plain = true;
        for (int i = DELIMITER; i < COUNT; i++) {
            plain &= !b[i];
        }
        if (plain && object_is_instance(dialect, &dialect_type) && type == &dialect_type) {
            return dialect;
        }
        static const char *const attributes[] = { NULL,         "delimiter",        "doublequote",
                                                  "escapechar", "lineterminator",   "quotechar",
                                                  "quoting",    "skipinitialspace", "strict" };
        for (int i = DELIMITER; i < COUNT; i++) {
            Object *name = b[i] ? NULL : str_intern_cstring(attributes[i]);
            if (!b[i] && (!name || object_getattr_optional(dialect, name, &b[i]) < 0)) {
                return NULL;
            }
        }
    }
    Dialect *d = (Dialect *)object_alloc(type);
    if (!d) {
        return NULL;
    }
    d->quoting = QUOTE_MINIMAL;
    if (get_char(b[DELIMITER], "delimiter", ',', false, &d->delimiter) < 0 ||
        get_bool(b[DOUBLE_QUOTE], true, &d->double_quote) < 0 ||
        get_char(b[ESCAPE], "escapechar", NOT_SET, true, &d->escape) < 0) {
        return NULL;
    }
    if (b[TERMINATOR] && b[TERMINATOR] != NONE && !str_check(b[TERMINATOR])) {
        return raise_error(&exc_TypeError, "\"lineterminator\" must be a string");
    }
    Object *terminator = b[TERMINATOR] ? b[TERMINATOR] : str_from_cstring("\r\n");
    if (!terminator || get_char(b[QUOTE], "quotechar", '"', true, &d->quote) < 0) {
        return NULL;
    }
    if (b[QUOTING]) {
        if (b[QUOTING]->type != &int_type) {
            return raise_error(&exc_TypeError, "\"quoting\" must be an integer");
        }
        int overflow;
        int64_t quoting = int_as_i64(b[QUOTING], &overflow);
        if (overflow || quoting < QUOTE_MINIMAL || quoting > QUOTE_NONE) {
            return raise_error(&exc_TypeError, "bad \"quoting\" value");
        }
        d->quoting = (int)quoting;
    }
    if (get_bool(b[SKIP], false, &d->skip_space) < 0 || get_bool(b[STRICT], false, &d->strict) < 0) {
        return NULL;
    }
    if (b[QUOTE] == NONE && !b[QUOTING]) {
        d->quoting = QUOTE_NONE;
    }
    if (d->quoting != QUOTE_NONE && d->quote == NOT_SET) {
        return raise_error(&exc_TypeError, "quotechar must be set if quoting enabled");
    }
    if (terminator == NONE) {
        return raise_error(&exc_TypeError, "lineterminator must be set");
    }
    gc_store(d, &d->terminator, terminator);
    const uint32_t own[] = { d->delimiter, d->quote, d->escape };
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        add_special(d->reader_special, own[i]);
        add_special(d->writer_special, own[i]);
    }
    add_special(d->reader_special, '\n');
    add_special(d->reader_special, '\r');
    add_special(d->reader_special, ' ');
    for (ssize_t i = 0; i < str_length(terminator); i++) {
        add_special(d->writer_special, str_read(terminator, i));
    }
    return (Object *)d;
}

static Object *char_object(uint32_t c) {
    return c == NOT_SET ? NONE : str_from_char(c);
}
static Object *get_delimiter(Object *self, void *closure) {
    (void)closure;
    return char_object(((Dialect *)self)->delimiter);
}
static Object *get_quote(Object *self, void *closure) {
    (void)closure;
    return char_object(((Dialect *)self)->quote);
}
static Object *get_escape(Object *self, void *closure) {
    (void)closure;
    return char_object(((Dialect *)self)->escape);
}
static Object *get_terminator(Object *self, void *closure) {
    (void)closure;
    return ((Dialect *)self)->terminator;
}
static Object *get_quoting(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(((Dialect *)self)->quoting);
}
static Object *get_double_quote(Object *self, void *closure) {
    (void)closure;
    return bool_from(((Dialect *)self)->double_quote);
}
static Object *get_skip_space(Object *self, void *closure) {
    (void)closure;
    return bool_from(((Dialect *)self)->skip_space);
}
static Object *get_strict(Object *self, void *closure) {
    (void)closure;
    return bool_from(((Dialect *)self)->strict);
}

static GetSetDef dialect_getsets[] = {
    { "delimiter", get_delimiter, NULL, NULL, NULL },
    { "escapechar", get_escape, NULL, NULL, NULL },
    { "lineterminator", get_terminator, NULL, NULL, NULL },
    { "quotechar", get_quote, NULL, NULL, NULL },
    { "quoting", get_quoting, NULL, NULL, NULL },
    { "doublequote", get_double_quote, NULL, NULL, NULL },
    { "skipinitialspace", get_skip_space, NULL, NULL, NULL },
    { "strict", get_strict, NULL, NULL, NULL },
    { 0 },
};

static void dialect_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Dialect *)self)->terminator);
}

static Object *dialect_reduce(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    if (arguments_no_keywords("Dialect.__reduce__", kwnames) < 0) {
        return NULL;
    }
    return raise_error(&exc_TypeError, "cannot pickle '%.100s' instances", type_short_name(self->type));
}

static BuiltinDef dialect_methods[] = {
    BUILTIN("__reduce__", dialect_reduce, "-($self, /, *args)", 0, NULL),
    BUILTIN("__reduce_ex__", dialect_reduce, "-($self, /, *args)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec dialect_spec = {
    .name = "_csv.Dialect",
    .basic_size = sizeof(Dialect),
    .flags = TF_BASE | TF_GC,
    .methods = dialect_methods,
    .getsets = dialect_getsets,
    .trace = dialect_trace,
    .slots = { .new = dialect_new },
};

// Dialect(dialect, **keywords) for reader() and writer().
static Dialect *make_dialect(Object *dialect, Object *const *keywords, Object *kwnames) {
    size_t named = kwnames ? (size_t)tuple_size(kwnames) : 0;
    Object *list = list_new((ssize_t)named + 1);
    if (!list || (dialect && list_append(list, dialect) < 0)) {
        return NULL;
    }
    for (size_t i = 0; i < named; i++) {
        if (list_append(list, keywords[i]) < 0) {
            return NULL;
        }
    }
    return (Dialect *)call((Object *)&dialect_type, ((List *)list)->items, dialect ? 1 : 0, kwnames);
}

// ---- reader

typedef enum State {
    START_RECORD,
    START_FIELD,
    ESCAPED,
    IN_FIELD,
    IN_QUOTED,
    ESCAPED_IN_QUOTED,
    QUOTE_IN_QUOTED,
    EAT_NEWLINE,
    AFTER_ESCAPED_NEWLINE,
} State;

typedef struct Reader {
    Object base;
    Object *input;
    Dialect *dialect;
    uint64_t lines;
    ssize_t width; // how many fields the last row had
} Reader;

typedef struct Row { // on the C stack
    const Dialect *dialect;
    Object *fields;
    StrBuilder field;
    ssize_t length;
    bool numeric;
    State state;
} Row;

static int end_field(Row *row) {
    Object *text = str_builder_finish(&row->field);
    if (text && row->numeric) {
        text = float_from_str(text);
    }
    row->numeric = false;
    row->length = 0;
    str_builder_init(&row->field, 0);
    return text ? list_append(row->fields, text) : -1;
}

static int add_char(Row *row, uint32_t c) {
    if (row->length >= __atomic_load_n(&field_limit, __ATOMIC_RELAXED)) {
        raise_error((Type *)error_class, "field larger than field limit (%ld)", field_limit);
        return -1;
    }
    row->length++;
    return str_builder_char(&row->field, c);
}

enum { END_OF_LINE = 0xfffffffe };

static bool is_newline(uint32_t c) {
    return c == '\n' || c == '\r' || c == END_OF_LINE;
}

static int start_field(Row *row, uint32_t c) {
    const Dialect *d = row->dialect;
    if (is_newline(c)) {
        row->state = c == END_OF_LINE ? START_RECORD : EAT_NEWLINE;
        return end_field(row);
    }
    if (c == d->quote && d->quoting != QUOTE_NONE) {
        row->state = IN_QUOTED;
    } else if (c == d->escape) {
        row->state = ESCAPED;
    } else if (c == ' ' && d->skip_space) {
        return 0;
    } else if (c == d->delimiter) {
        return end_field(row);
    } else {
        row->numeric = d->quoting == QUOTE_NONNUMERIC;
        row->state = IN_FIELD;
        return add_char(row, c);
    }
    return 0;
}

static int process(Row *row, uint32_t c) {
    const Dialect *d = row->dialect;
    switch (row->state) {
    case START_RECORD:
        if (c == END_OF_LINE) {
            return 0; // an empty line
        }
        if (is_newline(c)) {
            row->state = EAT_NEWLINE;
            return 0;
        }
        row->state = START_FIELD;
        return start_field(row, c);
    case START_FIELD: return start_field(row, c);
    case ESCAPED:
        if (c == '\n' || c == '\r') {
            row->state = AFTER_ESCAPED_NEWLINE;
            return add_char(row, c);
        }
        row->state = IN_FIELD;
        return add_char(row, c == END_OF_LINE ? '\n' : c);
    case AFTER_ESCAPED_NEWLINE:
        if (c == END_OF_LINE) {
            return 0;
        }
        [[fallthrough]]; // and the state stays, as it does in CPython: the record goes on behind this line
    case IN_FIELD:
        if (is_newline(c)) {
            row->state = c == END_OF_LINE ? START_RECORD : EAT_NEWLINE;
            return end_field(row);
        }
        if (c == d->escape) {
            row->state = ESCAPED;
            return 0;
        }
        if (c == d->delimiter) {
            row->state = START_FIELD;
            return end_field(row);
        }
        return add_char(row, c);
    case IN_QUOTED:
        if (c == END_OF_LINE) {
            return 0;
        }
        if (c == d->escape) {
            row->state = ESCAPED_IN_QUOTED;
            return 0;
        }
        if (c == d->quote && d->quoting != QUOTE_NONE) {
            row->state = d->double_quote ? QUOTE_IN_QUOTED : IN_FIELD;
            return 0;
        }
        return add_char(row, c);
    case ESCAPED_IN_QUOTED: row->state = IN_QUOTED; return add_char(row, c == END_OF_LINE ? '\n' : c);
    case QUOTE_IN_QUOTED:
        if (d->quoting != QUOTE_NONE && c == d->quote) {
            row->state = IN_QUOTED;
            return add_char(row, c);
        }
        if (c == d->delimiter) {
            row->state = START_FIELD;
            return end_field(row);
        }
        if (is_newline(c)) {
            row->state = c == END_OF_LINE ? START_RECORD : EAT_NEWLINE;
            return end_field(row);
        }
        if (!d->strict) {
            row->state = IN_FIELD;
            return add_char(row, c);
        }
        {
            Object *delimiter = str_from_char(d->delimiter), *quote = str_from_char(d->quote);
            if (delimiter && quote) {
                raise_error((Type *)error_class, "'%U' expected after '%U'", delimiter, quote);
            }
            return -1;
        }
    case EAT_NEWLINE:
        if (c == '\n' || c == '\r') {
            return 0;
        }
        if (c == END_OF_LINE) {
            row->state = START_RECORD;
            return 0;
        }
        fail("new-line character seen in unquoted field - do you need to open the file in "
             "universal-newline mode?");
        return -1;
    }
    return 0;
}

// Takes the run of plain characters at `i` of a Latin-1 line, and the delimiter behind it when they are a whole
// field. Returns where to go on, -1 on failure.
static ssize_t take_plain(Row *row, Object *line, const uint8_t *data, ssize_t i, ssize_t length) {
    const Dialect *d = row->dialect;
    ssize_t end = plain_end(d->reader_special, data, i, length);
    bool begins = row->state == START_RECORD || row->state == START_FIELD;
    while (end < length && data[end] == ' ' && (!begins || !d->skip_space || end > i) &&
           d->delimiter != ' ' && d->quote != ' ' && d->escape != ' ') {
        end = plain_end(d->reader_special, data, end + 1, length);
    }
    if (end == i) {
        return i;
    }
    if (row->length > __atomic_load_n(&field_limit, __ATOMIC_RELAXED) - (end - i)) {
        raise_error((Type *)error_class, "field larger than field limit (%ld)", field_limit);
        return -1;
    }
    if (begins) {
        row->state = IN_FIELD;
        row->numeric = d->quoting == QUOTE_NONNUMERIC;
    }
    if (begins && end < length && data[end] == d->delimiter && !row->numeric) {
        Object *text = str_substring(line, i, end);
        row->state = START_FIELD;
        return !text || list_append(row->fields, text) < 0 ? -1 : end + 1;
    }
    row->length += end - i;
    return str_builder_range(&row->field, line, i, end) < 0 ? -1 : end;
}

static Object *read_row(Object *self) {
    Reader *reader = (Reader *)self;
    Row row = { .dialect = reader->dialect, .state = START_RECORD };
    row.fields = list_new(__atomic_load_n(&reader->width, __ATOMIC_RELAXED));
    str_builder_init(&row.field, 0);
    if (!row.fields) {
        return NULL;
    }
    do {
        Object *line = iter_next(reader->input);
        if (!line) {
            // The input ends within a record.
            if (!error_occurred() && (row.length || row.state == IN_QUOTED)) {
                if (row.dialect->strict) {
                    return fail("unexpected end of data");
                }
                return end_field(&row) < 0 ? NULL : row.fields;
            }
            return NULL;
        }
        if (!str_check(line)) {
            return raise_error(
                (Type *)error_class,
                "iterator should return strings, not %.200s (the file should be opened in text mode)",
                line->type->name);
        }
        __atomic_fetch_add(&reader->lines, 1, __ATOMIC_RELAXED);
        int kind = str_kind(line);
        ssize_t length = str_length(line);
        const void *data = str_data(line);
        for (ssize_t i = 0; i < length; i++) {
            if (kind == 1 && (row.state == START_RECORD || row.state == START_FIELD ||
                              row.state == IN_FIELD || row.state == IN_QUOTED)) {
                i = take_plain(&row, line, data, i, length);
                if (i < 0) {
                    return NULL;
                }
                if (i == length) {
                    break;
                }
            }
            if (process(&row, text_read(kind, data, i)) < 0) {
                return NULL;
            }
        }
        if (process(&row, END_OF_LINE) < 0) {
            return NULL;
        }
    } while (row.state != START_RECORD);
    ssize_t width = list_size(row.fields);
    if (width != __atomic_load_n(&reader->width, __ATOMIC_RELAXED)) {
        __atomic_store_n(&reader->width, width < 1024 ? width : 1024, __ATOMIC_RELAXED);
    }
    return row.fields;
}

static Object *reader_next(Object *self) {
    if (LIKELY(!runtime_multithreaded) || iterator_runs_code(((Reader *)self)->input)) {
        return read_row(self);
    }
    CriticalSection section; // the lines of a row belong together
    critical_section_begin(&section, self);
    Object *row = read_row(self);
    critical_section_end(&section);
    return row;
}

static void reader_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Reader *)self)->input);
    trace_cell(tracer, ((Reader *)self)->dialect);
}

static Object *itself(Object *self) {
    return self;
}

static MemberDef reader_members[] = {
    { "dialect", MEMBER_OBJECT, offsetof(Reader, dialect), MEMBER_READONLY, NULL },
    { "line_num", MEMBER_ULONG, offsetof(Reader, lines), MEMBER_READONLY, NULL },
    { 0 },
};

static const TypeSpec reader_spec = {
    .name = "_csv.reader",
    .basic_size = sizeof(Reader),
    .flags = TF_GC,
    .members = reader_members,
    .trace = reader_trace,
    .slots = { .iter = itself, .next = reader_next },
};

static Object *csv_reader(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    Reader *reader = (Reader *)object_alloc(&reader_type);
    Object *input = reader ? object_iter(args[0]) : NULL;
    Dialect *dialect = input ? make_dialect(nargs > 1 ? args[1] : NULL, args + nargs, kwnames) : NULL;
    if (!dialect) {
        return NULL;
    }
    gc_store(reader, &reader->input, input);
    gc_store(reader, &reader->dialect, (Object *)dialect);
    return (Object *)reader;
}

// ---- writer

typedef struct Writer {
    Object base;
    Object *write;
    Dialect *dialect;
} Writer;

static bool needs_quotes(const Dialect *d, uint32_t c) {
    return c == d->delimiter || c == d->escape || c == d->quote ||
           str_find_char(d->terminator, c, 0, str_length(d->terminator), 1) >= 0;
}

// Appends one field; quoted from the start when `quoted`. -1 with _csv.Error.
static int write_field(StrBuilder *out, const Dialect *d, Object *text, bool quoted) {
    ssize_t length = text ? str_length(text) : 0;
    bool narrow = text && str_kind(text) == 1;
    const uint8_t *octets = narrow ? str_data(text) : NULL;
    if (narrow && plain_end(d->writer_special, octets, 0, length) == length) {
        return (quoted && str_builder_char(out, d->quote) < 0) || str_builder_str(out, text) < 0 ||
                       (quoted && str_builder_char(out, d->quote) < 0)
                   ? -1
                   : 0;
    }
    if (!quoted && d->quoting != QUOTE_NONE) {
        // Special characters decide for quotes, unless an escape serves.
        for (ssize_t i = 0; i < length && !quoted; i++) {
            i = narrow ? plain_end(d->writer_special, octets, i, length) : i;
            if (i == length) {
                break;
            }
            uint32_t c = str_read(text, i);
            if (needs_quotes(d, c)) {
                bool escaped = (c == d->quote && !d->double_quote) || (c == d->escape && c != d->quote);
                quoted = !escaped;
            }
        }
    }
    if (quoted && str_builder_char(out, d->quote) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < length; i++) {
        if (narrow) {
            ssize_t end = plain_end(d->writer_special, octets, i, length);
            if (str_builder_range(out, text, i, end) < 0) {
                return -1;
            }
            i = end;
            if (i == length) {
                break;
            }
        }
        uint32_t c = str_read(text, i);
        if (needs_quotes(d, c)) {
            bool want_escape = false;
            if (d->quoting == QUOTE_NONE) {
                want_escape = true;
            } else if (c == d->quote) {
                if (d->double_quote) {
                    if (str_builder_char(out, d->quote) < 0) {
                        return -1;
                    }
                } else {
                    want_escape = true;
                }
            } else if (c == d->escape) {
                want_escape = true;
            }
            if (want_escape) {
                if (d->escape == NOT_SET) {
                    fail("need to escape, but no escapechar set");
                    return -1;
                }
                if (str_builder_char(out, d->escape) < 0) {
                    return -1;
                }
            }
        }
        if (str_builder_char(out, c) < 0) {
            return -1;
        }
    }
    return quoted ? str_builder_char(out, d->quote) : 0;
}

// Whether a field counts as a number for QUOTE_NONNUMERIC.
static bool is_number(Object *o) {
    const Slots *slots = &o->type->info->slots;
    return slots->to_index || slots->to_int || slots->to_float || o->type == &complex_type;
}

static Object *writer_writerow(Object *self, Object *row) {
    Writer *writer = (Writer *)self;
    const Dialect *d = writer->dialect;
    Object *iterator = object_iter(row), *field;
    bool empty = false;
    if (!iterator) {
        if (error_clear_if(&exc_TypeError)) {
            raise_error((Type *)error_class, "iterable expected, not %.200s", row->type->name);
        }
        return NULL;
    }
    StrBuilder out;
    str_builder_init(&out, 80);
    ssize_t count = 0;
    while ((field = iter_next(iterator))) {
        bool quoted = d->quoting == QUOTE_ALL || (d->quoting == QUOTE_NONNUMERIC && !is_number(field));
        if (count && str_builder_char(&out, d->delimiter) < 0) {
            return NULL;
        }
        Object *text = str_check(field) ? field : field == NONE ? NULL : object_str(field);
        if ((!text && field != NONE) || write_field(&out, d, text, quoted) < 0) {
            return NULL;
        }
        // An empty field must be quoted if it stays alone.
        empty = !quoted && (!text || !str_length(text));
        count++;
    }
    if (error_occurred()) {
        return NULL;
    }
    if (count == 1 && empty) {
        if (d->quoting == QUOTE_NONE) {
            return fail("single empty field record must be quoted");
        }
        for (int i = 0; i < 2; i++) {
            if (str_builder_char(&out, d->quote) < 0) {
                return NULL;
            }
        }
    }
    if (str_builder_str(&out, d->terminator) < 0) {
        return NULL;
    }
    Object *line = str_builder_finish(&out);
    return line ? call1(writer->write, line) : NULL;
}

static Object *writer_writerows(Object *self, Object *rows) {
    Object *iterator = object_iter(rows), *row;
    if (!iterator) {
        return NULL;
    }
    while ((row = iter_next(iterator))) {
        if (!writer_writerow(self, row)) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : NONE;
}

static BuiltinDef writer_methods[] = {
    BUILTIN("writerow", writer_writerow, "-($self, row, /)", 0, NULL),
    BUILTIN("writerows", writer_writerows, "-($self, rows, /)", 0, NULL),
    BUILTIN_END,
};

static MemberDef writer_members[] = {
    { "dialect", MEMBER_OBJECT, offsetof(Writer, dialect), MEMBER_READONLY, NULL },
    { 0 },
};

static void writer_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Writer *)self)->write);
    trace_cell(tracer, ((Writer *)self)->dialect);
}

static const TypeSpec writer_spec = {
    .name = "_csv.writer",
    .basic_size = sizeof(Writer),
    .flags = TF_GC,
    .methods = writer_methods,
    .members = writer_members,
    .trace = writer_trace,
};

static Object *csv_writer(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    Writer *writer = (Writer *)object_alloc(&writer_type);
    Object *write;
    if (!writer || object_getattr_optional(args[0], names.write, &write) < 0) {
        return NULL;
    }
    if (!write || !object_callable(write)) {
        return raise_error(&exc_TypeError, "argument 1 must have a \"write\" method");
    }
    Dialect *dialect = make_dialect(nargs > 1 ? args[1] : NULL, args + nargs, kwnames);
    if (!dialect) {
        return NULL;
    }
    gc_store(writer, &writer->write, write);
    gc_store(writer, &writer->dialect, (Object *)dialect);
    return (Object *)writer;
}

// ---- the module's functions

static Object *csv_list_dialects(Object *module) {
    (void)module;
    return dict_keys_list(dialects);
}

static Object *csv_register_dialect(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "dialect name must be a string");
    }
    Dialect *dialect = make_dialect(nargs > 1 ? args[1] : NULL, args + nargs, kwnames);
    return !dialect || dict_set(dialects, args[0], (Object *)dialect) < 0 ? NULL : NONE;
}

static Object *csv_unregister_dialect(Object *module, Object *name) {
    (void)module;
    int deleted = dict_delete_optional(dialects, name);
    return deleted < 0 ? NULL : deleted ? NONE : fail("unknown dialect");
}

static Object *csv_get_dialect(Object *module, Object *name) {
    (void)module;
    return get_dialect_object(name);
}

static Object *csv_field_size_limit(Object *module, Object *limit) {
    (void)module;
    int64_t old = __atomic_load_n(&field_limit, __ATOMIC_RELAXED);
    if (limit) {
        if (limit->type != &int_type) {
            return raise_error(&exc_TypeError, "limit must be an integer");
        }
        int64_t value = int_to_i64(limit);
        if (value == -1 && error_occurred()) {
            return NULL;
        }
        __atomic_store_n(&field_limit, value, __ATOMIC_RELAXED);
    }
    return int_from_i64(old);
}

static BuiltinDef functions[] = {
    BUILTIN("reader", csv_reader, NULL, 0, NULL),
    BUILTIN("writer", csv_writer, NULL, 0, NULL),
    BUILTIN("list_dialects", csv_list_dialects, "($module, /)", 0, NULL),
    BUILTIN("register_dialect", csv_register_dialect, NULL, 0, NULL),
    BUILTIN("unregister_dialect", csv_unregister_dialect, "($module, /, name)", 0, NULL),
    BUILTIN("get_dialect", csv_get_dialect, "($module, /, name)", 0, NULL),
    BUILTIN("field_size_limit", csv_field_size_limit, "($module, /, new_limit=<unrepresentable>)", 0, NULL),
    BUILTIN_END,
};

static int csv_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } constants[] = { { "QUOTE_MINIMAL", QUOTE_MINIMAL },
                      { "QUOTE_ALL", QUOTE_ALL },
                      { "QUOTE_NONNUMERIC", QUOTE_NONNUMERIC },
                      { "QUOTE_NONE", QUOTE_NONE } };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    if (!dialects) {
        heap_add_root(&dialects, 1);
        heap_add_root(&error_class, 1);
        dialects = dict_new();
        error_class = exception_class_new("_csv.Error", &exc_Exception);
        if (!dialects || !error_class || type_ready(&reader_type, &reader_spec) < 0 ||
            type_ready(&writer_type, &writer_spec) < 0) {
            return -1;
        }
    }
    return module_add_type(module, &dialect_type, &dialect_spec) < 0 ||
                   module_add(module, "Reader", (Object *)&reader_type) < 0 ||
                   module_add(module, "Writer", (Object *)&writer_type) < 0 ||
                   module_add(module, "_dialects", dialects) < 0 ||
                   module_add_string(module, "__version__", "1.0") < 0
               ? -1
               : module_add(module, "Error", error_class);
}

const ModuleSpec module_csv = { "_csv", NULL, functions, csv_exec };
