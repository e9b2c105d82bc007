// _sre: Pattern, Match and Scanner.
#include "modules/sre/sre.h"

#include <ctype.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/odds.h"
#include "objects/sequence_types.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/unicode_data.h"
#include "vm/runtime.h"

typedef struct Pattern {
    VarObject var;
    Object *groupindex, *indexgroup, *pattern;
    ssize_t groups;
    int flags, is_bytes;  // is_bytes -1: no pattern
    Object *weaklist;
    Program program;      // its arrays are plain-bytes cells
} Pattern;

typedef struct Match {
    VarObject var;
    Object *string, *regs;
    Pattern *pattern;
    ssize_t pos, endpos, lastindex, groups;
    ssize_t marks[1];  // start and end of group 0, 1, ...
} Match;

typedef struct Scanner {
    Object base;
    Pattern *pattern;
    Object *string;
    Object *view;  // a memoryview that keeps a mutable subject from being resized, or NULL
    ssize_t begin, end;
    uint64_t
        place; // where the next search starts, shifted, and the bits below: it never comes back to what it was
} Scanner;
enum { SCANNER_DONE = 1, SCANNER_MUST_ADVANCE = 2, SCANNER_START_SHIFT = 2 };

extern Type pattern_type, match_type, scanner_type;

static void pattern_trace(Object *self, Tracer *t) {
    Pattern *p = (Pattern *)self;
    trace_cell(t, p->groupindex);
    trace_cell(t, p->indexgroup);
    trace_cell(t, p->pattern);
    trace_cell(t, p->program.code);
    trace_cell(t, p->program.bitmap_of);
    trace_cell(t, p->program.bitmaps);
    trace_cell(t, p->program.heads);
}

static void match_trace(Object *self, Tracer *t) {
    Match *m = (Match *)self;
    trace_cell(t, m->string);
    trace_cell(t, m->regs);
    trace_cell(t, m->pattern);
}

static void scanner_trace(Object *self, Tracer *t) {
    trace_cell(t, ((Scanner *)self)->pattern);
    trace_cell(t, ((Scanner *)self)->string);
    trace_cell(t, ((Scanner *)self)->view);
}

// ---- subjects

typedef struct Subject {
    Object *string;
    Buffer view;
    Run run;
    ssize_t from, to; // pos and endpos, clipped
} Subject;

static void subject_close(Subject *s) {
    run_free(&s->run);
    if (s->view.object) {
        buffer_release(&s->view);
    }
}

static int subject_open(Subject *s, Pattern *p, Object *string, ssize_t start, ssize_t end) {
    s->string = string;
    s->view = (Buffer){ 0 };
    if (run_init(&s->run, &p->program) < 0) {
        return -1;
    }
    ssize_t length;
    bool is_bytes = !str_check(string);
    if (!is_bytes) {
        s->run.kind = str_kind(string);
        s->run.text = str_data(string);
        length = str_length(string);
    } else {
        if (!buffer_check(string)) {
            run_free(&s->run);
            raise_error(&exc_TypeError, "expected string or bytes-like object, got '%T'", string);
            return -1;
        }
        if (object_get_buffer(string, &s->view, BUFFER_SIMPLE) < 0) {
            run_free(&s->run);
            return -1;
        }
        s->run.kind = 1;
        s->run.text = s->view.data ? s->view.data : "";
        length = s->view.length;
    }
    if (p->is_bytes >= 0 && p->is_bytes != is_bytes) {
        subject_close(s);
        raise_error(&exc_TypeError, is_bytes ? "cannot use a string pattern on a bytes-like object"
                                             : "cannot use a bytes pattern on a string-like object");
        return -1;
    }
    start = start < 0 ? 0 : start > length ? length : start;
    end = end < 0 ? 0 : end > length ? length : end;
    s->from = start;
    s->to = end;
    s->run.start = start;
    s->run.end = end;
    return 0;
}

static Object *slice(Subject *s, ssize_t start, ssize_t end) {
    if (str_check(s->string)) {
        return str_substring(s->string, start, end);
    }
    if (s->string->type == &bytes_type && start == 0 && end == bytes_length(s->string)) {
        return s->string;
    }
    return bytes_from((const char *)s->run.text + start, end - start);
}

// A group's text (the empty string when it did not take part, or NULL's `otherwise`).
static Object *group_slice(Subject *s, ssize_t group) {
    Run *r = &s->run;
    ssize_t start = group ? r->marks[group * 2 - 2] : r->match_start;
    ssize_t end = group ? r->marks[group * 2 - 1] : r->match_end;
    return start < 0 || end < start ? slice(s, 0, 0) : slice(s, start, end);
}

static int read_bounds(Object *pos, Object *endpos, ssize_t *start, ssize_t *end) {
    *start = 0;
    *end = SSIZE_LIMIT;
    if (pos) {
        if (ssize_argument(pos, start) < 0) {
            return -1;
        }
    }
    if (endpos) {
        if (ssize_argument(endpos, end) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *match_new(Pattern *p, Subject *s) {
    Run *r = &s->run;
    Match *m = (Match *)object_alloc_var(&match_type, 2 * (p->groups + 1));
    if (!m) {
        return NULL;
    }
    gc_store(m, &m->string, s->string);
    gc_store(m, &m->pattern, p);
    m->pos = s->from;
    m->endpos = s->to;
    m->lastindex = r->last_index;
    m->groups = p->groups + 1;
    m->marks[0] = r->match_start;
    m->marks[1] = r->match_end;
    for (ssize_t i = 0; i < p->groups; i++) {
        bool set = r->marks[i * 2] >= 0 && r->marks[i * 2 + 1] >= r->marks[i * 2];
        m->marks[i * 2 + 2] = set ? r->marks[i * 2] : -1;
        m->marks[i * 2 + 3] = set ? r->marks[i * 2 + 1] : -1;
    }
    return (Object *)m;
}

static Object *find_one(Object *self, Object *string, Object *pos, Object *endpos, bool search, bool full) {
    Pattern *p = (Pattern *)self;
    Subject s;
    ssize_t start, end;
    if (read_bounds(pos, endpos, &start, &end) < 0 || subject_open(&s, p, string, start, end) < 0) {
        return NULL;
    }
    s.run.full = full;
    int status = s.from > s.to ? 0 : search ? run_search(&s.run) : run_match(&s.run);
    Object *result = status < 0 ? NULL : status ? match_new(p, &s) : NONE;
    subject_close(&s);
    return result;
}

static Object *pattern_match(Object *self, Object *string, Object *pos, Object *endpos) {
    return find_one(self, string, pos, endpos, false, false);
}
static Object *pattern_fullmatch(Object *self, Object *string, Object *pos, Object *endpos) {
    return find_one(self, string, pos, endpos, false, true);
}
static Object *pattern_search(Object *self, Object *string, Object *pos, Object *endpos) {
    return find_one(self, string, pos, endpos, true, false);
}

// After a match: the next search starts at its end, and must not find the same empty match again.
static void advance(Run *r) {
    r->must_advance = r->match_end == r->match_start;
    r->start = r->match_end;
}

static Object *pattern_findall(Object *self, Object *string, Object *pos, Object *endpos) {
    Pattern *p = (Pattern *)self;
    Subject s;
    ssize_t start, end;
    Object *list = list_new(0);
    if (!list || read_bounds(pos, endpos, &start, &end) < 0 || subject_open(&s, p, string, start, end) < 0) {
        return NULL;
    }
    int status = 0;
    while (s.run.start <= s.run.end && (status = run_search(&s.run)) > 0) {
        Object *item;
        if (p->groups < 2) {
            item = group_slice(&s, p->groups);
        } else {
            item = tuple_new(p->groups);
            for (ssize_t i = 0; item && i < p->groups; i++) {
                Object *text = group_slice(&s, i + 1);
                if (!text) {
                    item = NULL;
                    break;
                }
                tuple_init(item, i, text);
            }
        }
        if (!item || list_append(list, item) < 0) {
            status = -1;
            break;
        }
        advance(&s.run);
    }
    subject_close(&s);
    return status < 0 ? NULL : list;
}

static Object *pattern_split(Object *self, Object *string, Object *maxsplit) {
    Pattern *p = (Pattern *)self;
    Subject s;
    ssize_t most = 0, count = 0, last = 0;
    if (maxsplit) {
        if (ssize_argument(maxsplit, &most) < 0) {
            return NULL;
        }
    }
    Object *list = list_new(0);
    if (!list || subject_open(&s, p, string, 0, SSIZE_LIMIT) < 0) {
        return NULL;
    }
    int status = 0;
    while ((!most || count < most) && (status = run_search(&s.run)) > 0) {
        Object *item = slice(&s, last, s.run.match_start);
        if (!item || list_append(list, item) < 0) {
            status = -1;
            break;
        }
        for (ssize_t i = 0; i < p->groups; i++) {
            Object *text = s.run.marks[i * 2] < 0 || s.run.marks[i * 2 + 1] < 0 ? NONE
                                                                                : group_slice(&s, i + 1);
            if (!text || list_append(list, text) < 0) {
                status = -1;
                break;
            }
        }
        if (status < 0) {
            break;
        }
        count++;
        last = s.run.match_end;
        advance(&s.run);
    }
    if (status >= 0) {
        Object *rest = slice(&s, last, s.run.end);
        status = rest ? list_append(list, rest) : -1;
    }
    subject_close(&s);
    return status < 0 ? NULL : list;
}

static Object *call_re(const char *name, Object *a, Object *b, Object *c) {
    Object *function = import_get_attr("re", name);
    return function ? c ? call3(function, a, b, c) : call2(function, a, b) : NULL;
}

static Object *substitute(Object *self, Object *replacement, Object *string, Object *count_object,
                          bool with_count) {
    Pattern *p = (Pattern *)self;
    ssize_t most = 0, count = 0;
    if (count_object) {
        if (ssize_argument(count_object, &most) < 0) {
            return NULL;
        }
    }
    Object *filter = replacement;
    bool callable = object_callable(replacement);
    if (!callable) {
        // A replacement without a backslash stands for itself; a template goes to the library.
        bool literal = false;
        if (str_check(replacement)) {
            literal = str_find_char(replacement, '\\', 0, SSIZE_LIMIT, 1) < 0;
        } else if (buffer_check(replacement)) {
            Buffer view;
            if (object_get_buffer(replacement, &view, BUFFER_SIMPLE) < 0) {
                return NULL;
            }
            literal = !view.length || !memchr(view.data, '\\', (size_t)view.length);
            buffer_release(&view);
        }
        if (!literal) {
            filter = call_re("_subx", self, replacement, NULL);
            if (!filter) {
                return NULL;
            }
            callable = object_callable(filter);
        }
    }
    Subject s;
    Object *list = list_new(0);
    if (!list || subject_open(&s, p, string, 0, SSIZE_LIMIT) < 0) {
        return NULL;
    }
    int status = 0;
    ssize_t last = 0;
    while ((!most || count < most) && (status = run_search(&s.run)) > 0) {
        if (last < s.run.match_start) {
            Object *between = slice(&s, last, s.run.match_start);
            if (!between || list_append(list, between) < 0) {
                status = -1;
                break;
            }
        }
        Object *item = filter;
        if (callable) {
            Object *match = match_new(p, &s);
            item = match ? call1(filter, match) : NULL;
        }
        if (!item || (item != NONE && list_append(list, item) < 0)) {
            status = -1;
            break;
        }
        last = s.run.match_end;
        count++;
        advance(&s.run);
    }
    Object *result = NULL;
    if (status >= 0) {
        Object *rest = last < s.run.end ? slice(&s, last, s.run.end) : NULL;
        Object *empty = slice(&s, 0, 0);
        if (!error_occurred() && (!rest || list_append(list, rest) == 0) && empty) {
            result = str_check(empty) ? str_join(empty, list) : bytes_join(empty, list);
        }
    }
    subject_close(&s);
    if (!result || !with_count) {
        return result;
    }
    Object *n = int_from_ssize(count);
    return n ? tuple_pack(2, result, n) : NULL;
}

static Object *pattern_sub(Object *self, Object *repl, Object *string, Object *count) {
    return substitute(self, repl, string, count, false);
}
static Object *pattern_subn(Object *self, Object *repl, Object *string, Object *count) {
    return substitute(self, repl, string, count, true);
}

// ---- scanners

static Object *pattern_scanner(Object *self, Object *string, Object *pos, Object *endpos) {
    ssize_t start, end;
    Subject s;
    if (read_bounds(pos, endpos, &start, &end) < 0 ||
        subject_open(&s, (Pattern *)self, string, start, end) < 0) {
        return NULL;
    }
    Scanner *scanner = (Scanner *)object_alloc(&scanner_type);
    if (scanner) {
        gc_store(scanner, &scanner->pattern, self);
        gc_store(scanner, &scanner->string, string);
        scanner->begin = s.from;
        scanner->end = s.to;
        scanner->place = (uint64_t)s.from << SCANNER_START_SHIFT | (s.from > s.to ? SCANNER_DONE : 0);
    }
    subject_close(&s);
    if (scanner && !str_check(string) && !bytes_check(string)) {
        Object *view = memoryview_new(string);
        if (!view) {
            return NULL;
        }
        gc_store(scanner, &scanner->view, view);
    }
    return (Object *)scanner;
}

// The next match. Of several threads that look for it at a time the first to find it gets it, and the others go on
// from there.
static Object *scan(Object *self, bool search) {
    Scanner *scanner = (Scanner *)self;
    for (;;) {
        uint64_t place = __atomic_load_n(&scanner->place, __ATOMIC_RELAXED), next;
        Subject s;
        if (place & SCANNER_DONE) {
            return NONE;
        }
        if (subject_open(&s, scanner->pattern, scanner->string, (ssize_t)(place >> SCANNER_START_SHIFT),
                         scanner->end) < 0) {
            return NULL;
        }
        s.from = scanner->begin;
        s.run.must_advance = place & SCANNER_MUST_ADVANCE;
        int status = search ? run_search(&s.run) : run_match(&s.run);
        Object *result = status < 0 ? NULL : status ? match_new(scanner->pattern, &s) : NONE;
        if (status == 0) {
            next = place | SCANNER_DONE;
        } else {
            next = (uint64_t)s.run.match_end << SCANNER_START_SHIFT |
                   (s.run.match_end == s.run.match_start ? SCANNER_MUST_ADVANCE : 0);
        }
        bool first = !result || __atomic_compare_exchange_n(&scanner->place, &place, next, false,
                                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        if (first && status == 0) {
            if (scanner->view && !call_method0(scanner->view, str_intern_cstring("release"))) {
                result = NULL;
            }
            gc_store(scanner, &scanner->view, NULL);
        }
        subject_close(&s);
        if (first) {
            return result;
        }
    }
}

static Object *scanner_match(Object *self) {
    return scan(self, false);
}
static Object *scanner_search(Object *self) {
    return scan(self, true);
}

static Object *pattern_finditer(Object *self, Object *string, Object *pos, Object *endpos) {
    Object *scanner = pattern_scanner(self, string, pos, endpos);
    Object *name = scanner ? str_intern_cstring("search") : NULL;
    Object *search = name ? object_getattr(scanner, name) : NULL;
    return search ? callable_iterator_new(search, NONE) : NULL;
}

// ---- pattern objects

static Object *self_(Object *self) {
    return self;
}
static Object *deepcopy(Object *self, Object *memo) {
    return self;
}
static Object *class_getitem(Object *type, Object *item) {
    return generic_alias_new(type, item);
}

static Object *pattern_groupindex(Object *self, void *closure) {
    Object *names_ = ((Pattern *)self)->groupindex;
    return dict_size(names_) ? mappingproxy_new(names_) : dict_new();
}

static Object *pattern_repr(Object *self) {
    static const struct {
        const char *name;
        int bit;
    } names_[] = {
        { "re.TEMPLATE", 1 }, { "re.IGNORECASE", 2 }, { "re.LOCALE", 4 },  { "re.MULTILINE", 8 },
        { "re.DOTALL", 16 },  { "re.VERBOSE", 64 },   { "re.DEBUG", 128 }, { "re.ASCII", 256 },
    };
    Pattern *p = (Pattern *)self;
    int flags = p->flags;
    if (p->is_bytes == 0 && (flags & (4 | 256 | 32)) == 32) {
        flags &= ~32;
    }
    Object *text = object_repr(p->pattern);
    if (!text) {
        return NULL;
    }
    StrBuilder b;
    str_builder_init(&b, 0);
    str_builder_cstring(&b, "re.compile(");
    str_builder_range(&b, text, 0, str_length(text) < 200 ? str_length(text) : 200);
    const char *separator = ", ";
    for (size_t i = 0; i < COUNT_OF(names_); i++) {
        if (flags & names_[i].bit) {
            str_builder_cstring(&b, separator);
            str_builder_cstring(&b, names_[i].name);
            separator = "|";
            flags &= ~names_[i].bit;
        }
    }
    if (flags) {
        char hex[16];
        snprintf(hex, sizeof hex, "0x%x", flags);
        str_builder_cstring(&b, separator);
        str_builder_cstring(&b, hex);
    }
    str_builder_char(&b, ')');
    return str_builder_finish(&b);
}

static hash_t pattern_hash(Object *self) {
    Pattern *p = (Pattern *)self;
    hash_t h = object_hash(p->pattern);
    if (h == -1) {
        return -1;
    }
    h ^= hash_bytes(p->program.code, (size_t)p->program.size * 4) ^ p->flags ^ p->is_bytes ^ p->groups;
    return h == -1 ? -2 : h;
}

static Object *pattern_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || a->type != &pattern_type || b->type != &pattern_type) {
        return NOT_IMPLEMENTED;
    }
    Pattern *x = (Pattern *)a, *y = (Pattern *)b;
    int same = a == b;
    if (!same && x->flags == y->flags && x->is_bytes == y->is_bytes && x->program.size == y->program.size &&
        !memcmp(x->program.code, y->program.code, (size_t)x->program.size * 4)) {
        same = object_compare_bool(x->pattern, y->pattern, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
    }
    return bool_from((bool)same == (op == CMP_EQ));
}

#define BOUNDED "($self, /, string, pos=0, endpos=sys.maxsize)"
static BuiltinDef pattern_methods[] = {
    BUILTIN("match", pattern_match, BOUNDED, 0, NULL),
    BUILTIN("fullmatch", pattern_fullmatch, BOUNDED, 0, NULL),
    BUILTIN("search", pattern_search, BOUNDED, 0, NULL),
    BUILTIN("sub", pattern_sub, "($self, /, repl, string, count=0)", 0, NULL),
    BUILTIN("subn", pattern_subn, "($self, /, repl, string, count=0)", 0, NULL),
    BUILTIN("findall", pattern_findall, BOUNDED, 0, NULL),
    BUILTIN("split", pattern_split, "($self, /, string, maxsplit=0)", 0, NULL),
    BUILTIN("finditer", pattern_finditer, BOUNDED, 0, NULL),
    BUILTIN("scanner", pattern_scanner, BOUNDED, 0, NULL),
    BUILTIN("__copy__", self_, "($self, /)", 0, NULL),
    BUILTIN("__deepcopy__", deepcopy, "($self, memo, /)", 0, NULL),
    BUILTIN("__class_getitem__", class_getitem, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static MemberDef pattern_members[] = {
    { "pattern", MEMBER_OBJECT, offsetof(Pattern, pattern), MEMBER_READONLY, NULL },
    { "flags", MEMBER_INT, offsetof(Pattern, flags), MEMBER_READONLY, NULL },
    { "groups", MEMBER_SSIZE, offsetof(Pattern, groups), MEMBER_READONLY, NULL },
    { NULL },
};
static GetSetDef pattern_getsets[] = { { "groupindex", pattern_groupindex, NULL, NULL, NULL }, { NULL } };
Type pattern_type;
static const TypeSpec pattern_spec = {
    .name = "re.Pattern",
    .basic_size = sizeof(Pattern),
    .flags = TF_DISALLOW_INSTANTIATION,
    .weaklist_offset = offsetof(Pattern, weaklist),
    .methods = pattern_methods,
    .members = pattern_members,
    .getsets = pattern_getsets,
    .trace = pattern_trace,
    .slots = { .repr = pattern_repr, .hash = pattern_hash, .compare = pattern_compare },
};

static MemberDef scanner_members[] = {
    { "pattern", MEMBER_OBJECT, offsetof(Scanner, pattern), MEMBER_READONLY, NULL },
    { NULL },
};
static BuiltinDef scanner_methods[] = {
    BUILTIN("match", scanner_match, "($self, /)", 0, NULL),
    BUILTIN("search", scanner_search, "($self, /)", 0, NULL),
    BUILTIN_END,
};
Type scanner_type;
static const TypeSpec scanner_spec = {
    .name = "_sre.SRE_Scanner",
    .basic_size = sizeof(Scanner),
    .flags = TF_DISALLOW_INSTANTIATION,
    .methods = scanner_methods,
    .members = scanner_members,
    .trace = scanner_trace,
};

// ---- matches

// The number of the group that `key` names; -1 with IndexError.
static ssize_t group_number(Match *m, Object *key) {
    ssize_t i = -1;
    if (number_check_index(key)) {
        i = number_as_ssize(key, NULL);
        if (i == -1 && error_occurred()) {
            error_clear();
        }
    } else {
        Object *found = dict_get(m->pattern->groupindex, key);
        if (found && int_check(found)) {
            i = number_as_ssize(found, NULL);
        } else if (!found && error_occurred()) {
            return -1;
        }
    }
    if (i < 0 || i >= m->groups) {
        raise_error(&exc_IndexError, "no such group");
        return -1;
    }
    return i;
}

static Object *match_slice(Match *m, ssize_t group, Object *otherwise) {
    ssize_t start = m->marks[group * 2], end = m->marks[group * 2 + 1];
    if (start < 0) {
        return otherwise;
    }
    if (str_check(m->string)) {
        return str_substring(m->string, start, end);
    }
    Buffer view;
    if (object_get_buffer(m->string, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    end = end > view.length ? view.length : end;
    start = start > end ? end : start;
    Object *b = m->string->type == &bytes_type && start == 0 && end == view.length
                    ? m->string
                    : bytes_from((const char *)view.data + start, end - start);
    buffer_release(&view);
    return b;
}

static Object *match_getitem(Object *self, Object *key) {
    ssize_t i = group_number((Match *)self, key);
    return i < 0 ? NULL : match_slice((Match *)self, i, NONE);
}

static Object *match_group(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Match *m = (Match *)self;
    if (arguments_no_keywords("re.Match.group", kwnames) < 0) {
        return NULL;
    }
    if (nargs == 0) {
        return match_slice(m, 0, NONE);
    }
    if (nargs == 1) {
        return match_getitem(self, args[0]);
    }
    Object *tuple = tuple_new((ssize_t)nargs);
    for (size_t i = 0; tuple && i < nargs; i++) {
        Object *item = match_getitem(self, args[i]);
        if (!item) {
            return NULL;
        }
        tuple_init(tuple, (ssize_t)i, item);
    }
    return tuple;
}

static Object *match_position(Object *self, Object *group, int which) {
    Match *m = (Match *)self;
    ssize_t i = group ? group_number(m, group) : 0;
    if (i < 0) {
        return NULL;
    }
    if (which < 2) {
        return int_from_ssize(m->marks[i * 2 + which]);
    }
    Object *start = int_from_ssize(m->marks[i * 2]), *end = int_from_ssize(m->marks[i * 2 + 1]);
    return start && end ? tuple_pack(2, start, end) : NULL;
}

static Object *match_start(Object *self, Object *group) {
    return match_position(self, group, 0);
}
static Object *match_end(Object *self, Object *group) {
    return match_position(self, group, 1);
}
static Object *match_span(Object *self, Object *group) {
    return match_position(self, group, 2);
}

static Object *match_groups(Object *self, Object *otherwise) {
    Match *m = (Match *)self;
    Object *tuple = tuple_new(m->groups - 1);
    for (ssize_t i = 1; tuple && i < m->groups; i++) {
        Object *item = match_slice(m, i, otherwise ? otherwise : NONE);
        if (!item) {
            return NULL;
        }
        tuple_init(tuple, i - 1, item);
    }
    return tuple;
}

static Object *match_groupdict(Object *self, Object *otherwise) {
    Match *m = (Match *)self;
    Object *dict = dict_new(), *key, *number;
    ssize_t position = 0;
    hash_t hash;
    while (dict && dict_next(m->pattern->groupindex, &position, &key, &number, &hash)) {
        ssize_t i = group_number(m, key);
        Object *item = i < 0 ? NULL : match_slice(m, i, otherwise ? otherwise : NONE);
        if (!item || dict_set(dict, key, item) < 0) {
            return NULL;
        }
    }
    return dict;
}

static Object *match_expand(Object *self, Object *template) {
    return call_re("_expand", (Object *)((Match *)self)->pattern, self, template);
}

static Object *match_lastindex(Object *self, void *closure) {
    ssize_t i = ((Match *)self)->lastindex;
    return i >= 0 ? int_from_ssize(i) : NONE;
}

static Object *match_lastgroup(Object *self, void *closure) {
    Match *m = (Match *)self;
    Object *names_ = m->pattern->indexgroup;
    return m->lastindex >= 0 && m->lastindex < tuple_size(names_) ? tuple_get(names_, m->lastindex) : NONE;
}

static Object *match_regs(Object *self, void *closure) {
    Match *m = (Match *)self;
    Object *regs = __atomic_load_n(&m->regs, __ATOMIC_ACQUIRE);
    if (regs) {
        return regs;
    }
    regs = tuple_new(m->groups);
    for (ssize_t i = 0; regs && i < m->groups; i++) {
        Object *a = int_from_ssize(m->marks[i * 2]), *b = int_from_ssize(m->marks[i * 2 + 1]);
        Object *pair = a && b ? tuple_pack(2, a, b) : NULL;
        if (!pair) {
            return NULL;
        }
        tuple_init(regs, i, pair);
    }
    if (regs) {
        gc_store(m, &m->regs, regs);
    }
    return regs;
}

static Object *match_repr(Object *self) {
    Match *m = (Match *)self;
    Object *text = match_slice(m, 0, NONE);
    return text ? str_format("<%s object; span=(%zd, %zd), match=%.50R>", self->type->name, m->marks[0],
                             m->marks[1], text)
                : NULL;
}

static BuiltinDef match_methods[] = {
    BUILTIN("group", match_group, NULL, 0, NULL),
    BUILTIN("start", match_start, "($self, group=0, /)", 0, NULL),
    BUILTIN("end", match_end, "($self, group=0, /)", 0, NULL),
    BUILTIN("span", match_span, "($self, group=0, /)", 0, NULL),
    BUILTIN("groups", match_groups, "($self, /, default=None)", 0, NULL),
    BUILTIN("groupdict", match_groupdict, "($self, /, default=None)", 0, NULL),
    BUILTIN("expand", match_expand, "($self, /, template)", 0, NULL),
    BUILTIN("__copy__", self_, "($self, /)", 0, NULL),
    BUILTIN("__deepcopy__", deepcopy, "($self, memo, /)", 0, NULL),
    BUILTIN("__class_getitem__", class_getitem, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};
static MemberDef match_members[] = {
    { "string", MEMBER_OBJECT, offsetof(Match, string), MEMBER_READONLY, NULL },
    { "re", MEMBER_OBJECT, offsetof(Match, pattern), MEMBER_READONLY, NULL },
    { "pos", MEMBER_SSIZE, offsetof(Match, pos), MEMBER_READONLY, NULL },
    { "endpos", MEMBER_SSIZE, offsetof(Match, endpos), MEMBER_READONLY, NULL },
    { NULL },
};
static GetSetDef match_getsets[] = {
    { "lastindex", match_lastindex, NULL, NULL, NULL },
    { "lastgroup", match_lastgroup, NULL, NULL, NULL },
    { "regs", match_regs, NULL, NULL, NULL },
    { NULL },
};
Type match_type;
static const TypeSpec match_spec = {
    .name = "re.Match",
    .basic_size = 88,
    .item_size = 8,
    .flags = TF_DISALLOW_INSTANTIATION,
    .methods = match_methods,
    .members = match_members,
    .getsets = match_getsets,
    .trace = match_trace,
    .slots = { .repr = match_repr, .getitem = match_getitem },
};

// ---- the module's functions

static Object *compile(Object *module, Object *pattern, Object *flags_object, Object *code,
                       Object *groups_object, Object *groupindex, Object *indexgroup) {
    int flags = int_to_c_int(flags_object);
    if (flags == -1 && error_occurred()) {
        return NULL;
    }
    if (!list_check(code)) {
        return raise_error(&exc_TypeError, "compile() argument 'code' must be list, not %K", code);
    }
    ssize_t groups = number_to_ssize(groups_object);
    if (groups == -1 && error_occurred()) {
        return NULL;
    }
    if (!dict_check(groupindex)) {
        return raise_error(&exc_TypeError, "compile() argument 'groupindex' must be dict, not %K",
                           groupindex);
    }
    if (!tuple_check(indexgroup)) {
        return raise_error(&exc_TypeError, "compile() argument 'indexgroup' must be tuple, not %K",
                           indexgroup);
    }
    Object *words = list_to_tuple(code);
    if (!words) {
        return NULL;
    }
    ssize_t n = tuple_size(words);
    Pattern *p = (Pattern *)object_alloc(&pattern_type);
    uint32_t *data = p ? heap_alloc((size_t)n * 4 + 16, CELL_BYTES) : NULL;
    if (!data) {
        return NULL;
    }
    gc_store(p, &p->program.code, data);
    for (ssize_t i = 0; i < n; i++) {
        Object *word = tuple_get(words, i);
        uint64_t value = int_check(word) ? int_to_u64(word) : (uint64_t)-1;
        if (value > UINT32_MAX) {
            error_clear();
            return raise_error(&exc_OverflowError, "regular expression code size limit exceeded");
        }
        data[i] = (uint32_t)value;
    }
    uint32_t *bitmap_of = heap_alloc((size_t)n * 4 + 16, CELL_BYTES);
    if (!bitmap_of) {
        return NULL;
    }
    memset(bitmap_of, 0, (size_t)n * 4 + 16);
    gc_store(p, &p->program.bitmap_of, bitmap_of);
    p->program.size = n;
    p->program.groups = p->groups = groups;
    p->flags = flags;
    p->is_bytes = pattern == NONE ? -1 : !str_check(pattern);
    gc_store(p, &p->pattern, pattern);
    gc_store(p, &p->groupindex, groupindex);
    gc_store(p, &p->indexgroup, indexgroup);
    if (groups < 0 || groups > INT32_MAX / 2 || program_validate(&p->program) < 0) {
        return error_occurred() ? NULL : raise_error(&exc_RuntimeError, "invalid SRE code");
    }
    size_t sets = 0;
    for (ssize_t i = 0; i < n; i++) {
        sets += bitmap_of[i] && data[i] != OP_REPEAT_ONE;
    }
    void *bitmaps = heap_alloc((sets + 1) * 32, CELL_BYTES);
    if (!bitmaps) {
        return NULL;
    }
    memset(bitmaps, 0, (sets + 1) * 32);
    gc_store(p, &p->program.bitmaps, bitmaps);
    program_analyze(&p->program);
    Heads heads;
    if (program_find_heads(&p->program, &heads)) {
        void *copy = heap_alloc(sizeof heads, CELL_BYTES);
        if (!copy) {
            return NULL;
        }
        memcpy(copy, &heads, sizeof heads);
        gc_store(p, &p->program.heads, copy);
    }
    return (Object *)p;
}

static Object *getcodesize(Object *module) {
    return int_from_i64(4);
}

static int character(Object *o, uint32_t *c) {
    int value = int_to_c_int(o);
    *c = (uint32_t)value;
    return value == -1 && error_occurred() ? -1 : 0;
}

static Object *ascii_iscased(Object *module, Object *o) {
    uint32_t c;
    return character(o, &c) < 0 ? NULL : bool_from((c | 32) - 'a' < 26);
}

static Object *unicode_iscased(Object *module, Object *o) {
    uint32_t c;
    return character(o, &c) < 0 ? NULL : bool_from((char_flags(c) & CHAR_CASE_CHANGES) != 0);
}

static Object *ascii_tolower(Object *module, Object *o) {
    uint32_t c;
    return character(o, &c) < 0 ? NULL : int_from_i64((int32_t)sre_lower_ascii(c));
}

static Object *unicode_tolower(Object *module, Object *o) {
    uint32_t c;
    return character(o, &c) < 0 ? NULL : int_from_i64((int32_t)char_to_lower(c));
}

static BuiltinDef functions[] = {
    BUILTIN("compile", compile, "($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)",
            0, NULL),
    BUILTIN("getcodesize", getcodesize, "($module, /)", 0, NULL),
    BUILTIN("ascii_iscased", ascii_iscased, "($module, character, /)", 0, NULL),
    BUILTIN("unicode_iscased", unicode_iscased, "($module, character, /)", 0, NULL),
    BUILTIN("ascii_tolower", ascii_tolower, "($module, character, /)", 0, NULL),
    BUILTIN("unicode_tolower", unicode_tolower, "($module, character, /)", 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    sre_make_categories();
    if (type_ready(&pattern_type, &pattern_spec) < 0 || type_ready(&match_type, &match_spec) < 0 ||
        type_ready(&scanner_type, &scanner_spec) < 0) {
        return -1;
    }
    return module_add_int(module, "MAGIC", SRE_MAGIC) < 0 || module_add_int(module, "CODESIZE", 4) < 0 ||
                   module_add_int(module, "MAXREPEAT", UINT32_MAX) < 0 ||
                   module_add_int(module, "MAXGROUPS", INT32_MAX / 2) < 0 ||
                   module_add_string(module, "copyright",
                                     " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ") < 0
               ? -1
               : 0;
}

const ModuleSpec module_sre = { .name = "_sre", .functions = functions, .exec = exec };
