// The code object: construction and checks, attributes, comparison, and `replace`.
#include "objects/code.h"

#include "compile/opcodes.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/code_table.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"

// ---- construction

static bool looks_like_name(Object *str) {
    if (!str_is_ascii(str)) {
        return false;
    }
    const uint8_t *text = str_data(str);
    for (ssize_t i = 0; i < str_length(str); i++) {
        uint8_t c = text[i];
        if (!(c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'))) {
            return false;
        }
    }
    return true;
}

static Object *intern_strings(Object *tuple, bool all);

// The frozenset, or, when strings in it had to be interned, another one of the same members.
static Object *intern_set(Object *set) {
    Object *items = sequence_tuple(set), *interned = items ? intern_strings(items, false) : NULL;
    return !interned ? NULL : interned == items ? set : frozenset_new(interned);
}

// A tuple with its strings interned: all of them, or (for constants, nested tuples and frozensets
// included) those that look like names. Other tuples are returned as they are.
static Object *intern_strings(Object *tuple, bool all) {
    Object *result = NULL;
    if (recursion_enter(" while making a code object") < 0) {
        return NULL;
    }
    ssize_t size = tuple_size(tuple);
    for (ssize_t i = 0; i < size; i++) {
        Object *item = tuple_get(tuple, i), *replacement = item;
        if (str_check_exact(item)) {
            if ((all || looks_like_name(item)) && !str_is_interned(item)) {
                replacement = str_intern(item);
            }
        } else if (!all && item->type == &tuple_type) {
            replacement = intern_strings(item, false);
        } else if (!all && item->type == &frozenset_type) {
            replacement = intern_set(item);
        }
        if (!replacement) {
            recursion_leave();
            return NULL;
        }
        if (replacement != item) {
            if (!result && !(result = tuple_from_array(tuple_items(tuple), size))) {
                recursion_leave();
                return NULL;
            }
            tuple_init(result, i, replacement);
        }
    }
    recursion_leave();
    return result ? result : tuple;
}

Object *constant_intern(Object *value) {
    if (str_check_exact(value)) {
        return looks_like_name(value) ? str_intern(value) : value;
    }
    if (value->type == &tuple_type) {
        return intern_strings(value, false);
    }
    return value->type == &frozenset_type ? intern_set(value) : value;
}

static bool all_strings(Object *tuple) {
    for (ssize_t i = 0; i < tuple_size(tuple); i++) {
        if (!str_check(tuple_get(tuple, i))) {
            return false;
        }
    }
    return true;
}

bool code_drops_columns;

static void skip_varint(const uint8_t **p, const uint8_t *end) {
    while (*p < end && *(*p)++ & 0x40) {
    }
}

// A location table without columns and end lines: each entry becomes one of the kind that has a line only.
static Object *without_columns(Object *linetable) {
    enum { ENTRY_NO_COLUMNS = 13, ENTRY_LONG, ENTRY_NONE };
    const uint8_t *p = (const uint8_t *)bytes_data(linetable), *end = p + bytes_length(linetable);
    // An entry of one byte gets two.
    uint8_t *out = malloc((size_t)bytes_length(linetable) * 2 + 8), *to = out;
    while (out && p < end) {
        int kind = *p >> 3 & 15, size = *p & 7;
        p++;
        if (kind == ENTRY_NONE) {
            *to++ = (uint8_t)(0x80 | ENTRY_NONE << 3 | size);
            continue;
        }
        *to++ = (uint8_t)(0x80 | ENTRY_NO_COLUMNS << 3 | size);
        if (kind >= ENTRY_NO_COLUMNS) {
            const uint8_t *from = p;
            skip_varint(&p, end);
            memcpy(to, from, (size_t)(p - from));
            to += p - from;
            for (int i = 0; kind == ENTRY_LONG && i < 3; i++) {
                skip_varint(&p, end);
            }
        } else {
            *to++ = (uint8_t)(kind >= 10 ? (kind - 10) * 2 : 0);
            p += kind >= 10 ? 2 : 1;
        }
    }
    Object *result = out ? bytes_from(out, to - out) : raise_memory_error();
    free(out);
    return result;
}

Object *code_new(const CodeParts *parts) {
    if (parts->argcount < parts->posonlyargcount || parts->posonlyargcount < 0 || parts->kwonlyargcount < 0 ||
        parts->stacksize < 0 || parts->flags < 0 ||
        (parts->code ? !bytes_check(parts->code) : !parts->code_data) || !parts->consts ||
        !tuple_check(parts->consts) || !parts->names || !tuple_check(parts->names) ||
        !parts->localsplusnames || !tuple_check(parts->localsplusnames) || !parts->localspluskinds ||
        !bytes_check(parts->localspluskinds) ||
        tuple_size(parts->localsplusnames) != bytes_length(parts->localspluskinds) || !parts->name ||
        !str_check(parts->name) || !parts->qualname || !str_check(parts->qualname) || !parts->filename ||
        !str_check(parts->filename) || !parts->linetable || !bytes_check(parts->linetable) ||
        !parts->exceptiontable || !bytes_check(parts->exceptiontable)) {
        return raise_error(&exc_SystemError, "code object with bad parts");
    }
    if (!all_strings(parts->names) || !all_strings(parts->localsplusnames)) {
        return raise_error(&exc_TypeError, "name tuples must contain only strings");
    }
    const uint8_t *bytecode = parts->code ? (const uint8_t *)bytes_data(parts->code) : parts->code_data;
    ssize_t length = parts->code ? bytes_length(parts->code) : parts->code_length;
    if (length == 0 || length % 2 || length > INT32_MAX) {
        return raise_error(&exc_ValueError, "code: co_code is malformed");
    }
    ssize_t nlocalsplus = tuple_size(parts->localsplusnames);
    const uint8_t *kinds = (const uint8_t *)bytes_data(parts->localspluskinds);
    int nlocals = 0, nplaincells = 0, ncells = 0, nfree = 0;
    for (ssize_t i = 0; i < nlocalsplus; i++) {
        if (kinds[i] & CO_FAST_LOCAL) {
            nlocals++;
            ncells += (kinds[i] & CO_FAST_CELL) != 0;
        } else if (kinds[i] & CO_FAST_CELL) {
            ncells++;
            nplaincells++;
        } else {
            nfree += (kinds[i] & CO_FAST_FREE) != 0;
        }
    }
    int64_t arguments = (int64_t)parts->argcount + parts->kwonlyargcount +
                        ((parts->flags & CO_VARARGS) != 0) + ((parts->flags & CO_VARKEYWORDS) != 0);
    if (arguments > nlocals) {
        return raise_error(&exc_ValueError, "code: co_varnames is too small");
    }
    if (parts->stacksize > 1 << 24 || nlocalsplus > 1 << 24) {
        return raise_error(&exc_OverflowError, "code: co_stacksize is too large");
    }
    Object *attribute_names = intern_strings(parts->names, true);
    Object *locals = intern_strings(parts->localsplusnames, true);
    Object *consts = intern_strings(parts->consts, false);
    Object *name = str_check_exact(parts->name) ? str_intern(parts->name) : parts->name;
    Object *qualname = str_check_exact(parts->qualname) ? str_intern(parts->qualname) : parts->qualname;
    Object *linetable = UNLIKELY(code_drops_columns) ? without_columns(parts->linetable) : parts->linetable;
    if (!attribute_names || !locals || !consts || !name || !qualname || !linetable) {
        return NULL;
    }
    Code *code = (Code *)object_alloc_var(&code_type, length / 2);
    if (!code) {
        return NULL;
    }
    struct {
        Object **slot;
        Object *value;
    } objects[] = {
        { &code->consts, consts },
        { &code->names, attribute_names },
        { &code->exceptiontable, parts->exceptiontable },
        { &code->localsplusnames, locals },
        { &code->localspluskinds, parts->localspluskinds },
        { &code->filename, parts->filename },
        { &code->name, name },
        { &code->qualname, qualname },
        { &code->linetable, linetable },
        { &code->code_bytes, parts->code },
    };
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        gc_init(objects[i].slot, objects[i].value);
    }
    code->flags = parts->flags;
    code->argcount = parts->argcount;
    code->posonlyargcount = parts->posonlyargcount;
    code->kwonlyargcount = parts->kwonlyargcount;
    code->stacksize = parts->stacksize;
    code->firstlineno = parts->firstlineno;
    code->nlocalsplus = (int)nlocalsplus;
    code->nlocals = nlocals;
    code->nplaincellvars = nplaincells;
    code->ncellvars = ncells;
    code->nfreevars = nfree;
    memcpy(code->units, bytecode, (size_t)length);
    for (int i = 0; i < length / 2; i++) {
        if (bytecode[2 * i] == RESUME) {
            code->first_traceable = i;
            break;
        }
    }
    return (Object *)code;
}

static void code_trace(Object *self, Tracer *tracer) {
    Code *code = (Code *)self;
    Object *objects[] = {
        code->consts,          code->names,      code->exceptiontable, code->localsplusnames,
        code->localspluskinds, code->filename,   code->name,           code->qualname,
        code->linetable,       code->code_bytes, code->extra
    };
    trace_range(tracer, (void *const *)objects, COUNT_OF(objects));
}

// ---- names of locals

static Object *locals_of_kind(Code *code, uint8_t kind, ssize_t count) {
    Object *result = tuple_new(count);
    if (!result) {
        return NULL;
    }
    const uint8_t *kinds = (const uint8_t *)bytes_data(code->localspluskinds);
    ssize_t found = 0;
    for (int i = 0; i < code->nlocalsplus && found < count; i++) {
        if (kinds[i] & kind) {
            tuple_init(result, found++, tuple_get(code->localsplusnames, i));
        }
    }
    return result;
}

Object *code_varnames(Code *code) {
    return locals_of_kind(code, CO_FAST_LOCAL, code->nlocals);
}

Object *code_cellvars(Code *code) {
    return locals_of_kind(code, CO_FAST_CELL, code->ncellvars);
}

Object *code_freevars(Code *code) {
    return locals_of_kind(code, CO_FAST_FREE, code->nfreevars);
}

Object *code_bytecode(Code *code) {
    Object *bytes = __atomic_load_n(&code->code_bytes, __ATOMIC_ACQUIRE);
    if (bytes) {
        return bytes;
    }
    bytes = bytes_from(code->units, code->var.size * 2);
    return bytes ? gc_publish(code, &code->code_bytes, bytes) : NULL;
}

static Object *get_varnames(Object *self, void *closure) {
    return code_varnames((Code *)self);
}
static Object *get_cellvars(Object *self, void *closure) {
    return code_cellvars((Code *)self);
}
static Object *get_freevars(Object *self, void *closure) {
    return code_freevars((Code *)self);
}
static Object *get_code(Object *self, void *closure) {
    return code_bytecode((Code *)self);
}

static Object *get_adaptive_code(Object *self, void *closure) {
    return code_adaptive_bytecode((Code *)self);
}

// The old line table: pairs of a byte step and a signed line step.
static Object *get_lnotab(Object *self, void *closure) {
    Code *code = (Code *)self;
    CodeTable table;
    code_table_start(&table, code);
    int line = code->firstlineno, start = 0;
    ssize_t length = 0, capacity = 64;
    uint8_t *buffer = malloc((size_t)capacity);
    while (buffer && code_table_next(&table)) {
        if (table.line < 0 || table.line == line) {
            continue;
        }
        int byte_step = table.start_offset - start, line_step = table.line - line;
        while (byte_step || line_step) {
            if (length + 2 > capacity) {
                capacity *= 2;
                uint8_t *larger = realloc(buffer, (size_t)capacity);
                if (!larger) {
                    free(buffer);
                    return raise_memory_error();
                }
                buffer = larger;
            }
            int bytes = byte_step > 254 ? (byte_step > 255 ? 254 : byte_step) : byte_step;
            int lines = 0;
            if (bytes == byte_step) {
                lines = line_step < -128 ? -128 : line_step > 127 ? 127 : line_step;
            }
            buffer[length++] = (uint8_t)bytes;
            buffer[length++] = (uint8_t)(int8_t)lines;
            byte_step -= bytes;
            line_step -= lines;
        }
        start = table.start_offset;
        line = table.line;
    }
    if (!buffer) {
        return raise_memory_error();
    }
    Object *result = bytes_from(buffer, length);
    free(buffer);
    return result;
}

// ---- co_lines() and co_positions(): iterators over what the table says

typedef struct TableIterator {
    Object base;
    Code *code;
    CodeTable table;
    int pending;  // positions: code units left of the current entry
    bool lines, ended;
    int start_offset, end_offset, line;  // lines: the range being merged
} TableIterator;

static void table_iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((TableIterator *)self)->code);
}

static Object *optional_int(int value) {
    return value < 0 ? NONE : int_from_i64(value);
}

static Object *table_iterator_next(Object *self) {
    TableIterator *it = (TableIterator *)self;
    CodeTable *table = &it->table;
    if (it->lines) {
        if (it->ended) {
            return NULL;
        }
        int start = it->start_offset, end = it->end_offset, line = it->line;
        it->ended = !code_table_next(table);
        it->start_offset = table->start_offset;
        it->end_offset = table->end_offset;
        it->line = table->line;
        Object *start_int = int_from_i64(start), *end_int = int_from_i64(end);
        Object *line_int = optional_int(line);
        return start_int && end_int && line_int ? tuple_pack(3, start_int, end_int, line_int) : NULL;
    }
    while (!it->pending) {
        if (!code_table_next(table)) {
            return NULL;
        }
        it->pending = (table->end_offset - table->start_offset) / 2;
    }
    it->pending--;
    Object *line = optional_int(table->line), *end_line = optional_int(table->end_line);
    Object *column = optional_int(table->column), *end_column = optional_int(table->end_column);
    return line && end_line && column && end_column ? tuple_pack(4, line, end_line, column, end_column)
                                                    : NULL;
}

static Object *self_iter(Object *self) {
    return self;
}

Type line_iterator_type, positions_iterator_type;
static const TypeSpec line_iterator_spec = {
    .name = "line_iterator",
    .basic_size = 72,
    .instance_size = sizeof(TableIterator),
    .trace = table_iterator_trace,
    .slots = { .iter = self_iter, .next = table_iterator_next },
};
static const TypeSpec positions_iterator_spec = {
    .name = "positions_iterator",
    .basic_size = 72,
    .instance_size = sizeof(TableIterator),
    .trace = table_iterator_trace,
    .slots = { .iter = self_iter, .next = table_iterator_next },
};

static Object *table_iterator_new(Object *self, Type *type, const TypeSpec *spec, bool lines) {
    if (type_ready(type, spec) < 0) {
        return NULL;
    }
    TableIterator *it = (TableIterator *)object_alloc(type);
    if (!it) {
        return NULL;
    }
    gc_store(it, &it->code, self);
    code_table_start(&it->table, it->code);
    it->lines = lines;
    if (lines) {
        it->ended = !code_table_next(&it->table);
        it->start_offset = it->table.start_offset;
        it->end_offset = it->table.end_offset;
        it->line = it->table.line;
    }
    return (Object *)it;
}

static Object *code_lines(Object *self) {
    return table_iterator_new(self, &line_iterator_type, &line_iterator_spec, true);
}

static Object *code_positions(Object *self) {
    return table_iterator_new(self, &positions_iterator_type, &positions_iterator_spec, false);
}

// ---- replace, and the constructor

enum { MAX_LOCALS = 1 << 20 };

// Makes a code object from the separate name tuples that `code(...)` takes.
static Object *code_from_names(CodeParts *parts, int nlocals, Object *varnames, Object *freevars,
                               Object *cellvars) {
    if (!all_strings(varnames) || !all_strings(freevars) || !all_strings(cellvars)) {
        return raise_error(&exc_TypeError, "name tuples must contain only strings");
    }
    if (parts->argcount < 0) {
        return raise_error(&exc_ValueError, "code: argcount must not be negative");
    }
    if (parts->posonlyargcount < 0) {
        return raise_error(&exc_ValueError, "code: posonlyargcount must not be negative");
    }
    if (parts->kwonlyargcount < 0) {
        return raise_error(&exc_ValueError, "code: kwonlyargcount must not be negative");
    }
    if (nlocals < 0) {
        return raise_error(&exc_ValueError, "code: nlocals must not be negative");
    }
    if (tuple_size(varnames) != nlocals) {
        return raise_error(&exc_ValueError, "code: co_nlocals != len(co_varnames)");
    }
    Object *kept = list_new(nlocals);
    ssize_t cells = tuple_size(cellvars), frees = tuple_size(freevars);
    if (!kept || nlocals + cells + frees > MAX_LOCALS) {
        return kept ? raise_error(&exc_OverflowError, "code: too many variables") : NULL;
    }
    uint8_t *kinds = calloc((size_t)(nlocals + cells + frees) + 1, 1);
    if (!kinds) {
        return raise_memory_error();
    }
    Object *result = NULL;
    for (ssize_t i = 0; i < nlocals; i++) {
        kinds[i] = CO_FAST_LOCAL;
        if (list_append(kept, tuple_get(varnames, i)) < 0) {
            goto done;
        }
    }
    for (ssize_t i = 0; i < cells; i++) {
        Object *name = tuple_get(cellvars, i);
        ssize_t at = 0;
        while (at < nlocals && !str_equal(tuple_get(varnames, at), name)) {
            at++;
        }
        if (at < nlocals) {
            kinds[at] |= CO_FAST_CELL;
        } else {
            kinds[list_size(kept)] = CO_FAST_CELL;
            if (list_append(kept, name) < 0) {
                goto done;
            }
        }
    }
    for (ssize_t i = 0; i < frees; i++) {
        kinds[list_size(kept)] = CO_FAST_FREE;
        if (list_append(kept, tuple_get(freevars, i)) < 0) {
            goto done;
        }
    }
    parts->localsplusnames = list_to_tuple(kept);
    parts->localspluskinds = bytes_from(kinds, list_size(kept));
    if (parts->localsplusnames && parts->localspluskinds) {
        result = code_new(parts);
    }
done:
    free(kinds);
    return result;
}

static int int_argument(Object *argument, int *value) {
    Object *index = number_index(argument);
    *value = index ? int_to_c_int(index) : -1;
    return *value == -1 && error_occurred() ? -1 : 0;
}

// Checks the type of an argument; `optional_none` lets None through as "not given".
static int typed_argument(const char *function, const char *name, Object **argument, Type *type) {
    if (object_is_instance(*argument, type)) {
        return 0;
    }
    raise_error(&exc_TypeError, "%s() argument %s must be %s, not %.50s", function, name, type->name,
                *argument == NONE ? "None" : (*argument)->type->name);
    return -1;
}

static Object *code_replace(Object *self, Object **bound) {
    Code *code = (Code *)self;
    int integers[] = { code->argcount,  code->posonlyargcount, code->kwonlyargcount, code->nlocals,
                       code->stacksize, code->flags,           code->firstlineno };
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        if (bound[i] && int_argument(bound[i], &integers[i]) < 0) {
            return NULL;
        }
        if (bound[i] && integers[i] < 0) {
            static const char *const what[] = { "argcount",  "posonlyargcount", "kwonlyargcount", "nlocals",
                                                "stacksize", "flags",           "firstlineno" };
            return raise_error(&exc_ValueError, "co_%s must be a positive integer", what[i]);
        }
    }
    static const char *const object_names[] = {
        "'co_code'",     "'co_consts'",    "'co_names'",          "'co_varnames'",
        "'co_freevars'", "'co_cellvars'",  "'co_filename'",       "'co_name'",
        "'co_qualname'", "'co_linetable'", "'co_exceptiontable'",
    };
    Type *const types[] = { &bytes_type, &tuple_type, &tuple_type, &tuple_type, &tuple_type, &tuple_type,
                            &str_type,   &str_type,   &str_type,   &bytes_type, &bytes_type };
    Object *objects[COUNT_OF(types)];
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        objects[i] = bound[7 + i];
        if (objects[i] && typed_argument("replace", object_names[i], &objects[i], types[i]) < 0) {
            return NULL;
        }
    }
    Object *present[] = {
        objects[0] ? NULL : code_bytecode(code),
        code->consts,
        code->names,
        objects[3] ? NULL : code_varnames(code),
        objects[4] ? NULL : code_freevars(code),
        objects[5] ? NULL : code_cellvars(code),
        code->filename,
        code->name,
        code->qualname,
        code->linetable,
        code->exceptiontable,
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (!objects[i] && !(objects[i] = present[i])) {
            return NULL;
        }
    }
    CodeParts parts = {
        .argcount = integers[0],
        .posonlyargcount = integers[1],
        .kwonlyargcount = integers[2],
        .stacksize = integers[4],
        .flags = integers[5],
        .firstlineno = integers[6],
        .code = objects[0],
        .consts = objects[1],
        .names = objects[2],
        .filename = objects[6],
        .name = objects[7],
        .qualname = objects[8],
        .linetable = objects[9],
        .exceptiontable = objects[10],
    };
    return code_from_names(&parts, integers[3], objects[3], objects[4], objects[5]);
}

static Object *code_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("code", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 16 || nargs > 18) {
        return raise_error(&exc_TypeError, "code() takes %s %d arguments (%zu given)",
                           nargs < 16 ? "at least" : "at most", nargs < 16 ? 16 : 18, nargs);
    }
    int integers[6], first_line;
    for (int i = 0; i < 6; i++) {
        if (int_argument(args[i], &integers[i]) < 0) {
            return NULL;
        }
    }
    if (int_argument(args[13], &first_line) < 0) {
        return NULL;
    }
    static const struct {
        int index;
        Type *type;
        const char *name;
    } checks[] = {
        { 6, &bytes_type, "7" },  { 7, &tuple_type, "8" },   { 8, &tuple_type, "9" },
        { 9, &tuple_type, "10" }, { 10, &str_type, "11" },   { 11, &str_type, "12" },
        { 12, &str_type, "13" },  { 14, &bytes_type, "15" }, { 15, &bytes_type, "16" },
    };
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        Object *argument = args[checks[i].index];
        if (typed_argument("code", checks[i].name, &argument, checks[i].type) < 0) {
            return NULL;
        }
    }
    Object *freevars = nargs > 16 ? args[16] : tuple_empty();
    Object *cellvars = nargs > 17 ? args[17] : tuple_empty();
    if (typed_argument("code", "17", &freevars, &tuple_type) < 0 ||
        typed_argument("code", "18", &cellvars, &tuple_type) < 0) {
        return NULL;
    }
    CodeParts parts = {
        .argcount = integers[0],
        .posonlyargcount = integers[1],
        .kwonlyargcount = integers[2],
        .stacksize = integers[4],
        .flags = integers[5],
        .firstlineno = first_line,
        .code = args[6],
        .consts = args[7],
        .names = args[8],
        .filename = args[10],
        .name = args[11],
        .qualname = args[12],
        .linetable = args[14],
        .exceptiontable = args[15],
    };
    return code_from_names(&parts, integers[3], args[9], freevars, cellvars);
}

// ---- comparison, hash, repr

// Equal constants of different type or sign are not the same: 1, 1.0 and True, 0.0 and -0.0.
static int same_constant(Object *a, Object *b) {
    if (a == b) {
        return 1;
    }
    if (a->type != b->type) {
        return 0;
    }
    if (a->type == &float_type) {
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the bits are what counts
        return memcmp(&((Float *)a)->value, &((Float *)b)->value, sizeof(double)) == 0;
    }
    if (a->type == &complex_type) {
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
        return memcmp(&((Complex *)a)->real, &((Complex *)b)->real, 2 * sizeof(double)) == 0;
    }
    if (a->type == &tuple_type) {
        if (tuple_size(a) != tuple_size(b)) {
            return 0;
        }
        if (recursion_enter(" in comparison") < 0) {
            return -1;
        }
        int same = 1;
        for (ssize_t i = 0; i < tuple_size(a) && same > 0; i++) {
            same = same_constant(tuple_get(a, i), tuple_get(b, i));
        }
        recursion_leave();
        return same;
    }
    return object_compare_bool(a, b, CMP_EQ);
}

static Object *code_compare(Object *self, Object *other, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || other->type != &code_type) {
        return NOT_IMPLEMENTED;
    }
    Code *a = (Code *)self, *b = (Code *)other;
    bool equal = a->argcount == b->argcount && a->posonlyargcount == b->posonlyargcount &&
                 a->kwonlyargcount == b->kwonlyargcount && a->flags == b->flags &&
                 a->firstlineno == b->firstlineno && a->var.size == b->var.size &&
                 memcmp(a->units, b->units, (size_t)a->var.size * 2) == 0;
    Object *pairs[][2] = { { a->name, b->name },
                           { a->names, b->names },
                           { a->localsplusnames, b->localsplusnames },
                           { a->linetable, b->linetable },
                           { a->exceptiontable, b->exceptiontable } };
    for (size_t i = 0; equal && i < COUNT_OF(pairs); i++) {
        int same = object_compare_bool(pairs[i][0], pairs[i][1], CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        equal = same;
    }
    if (equal) {
        int same = same_constant(a->consts, b->consts);
        if (same < 0) {
            return NULL;
        }
        equal = same;
    }
    return bool_from(equal == (op == CMP_EQ));
}

static hash_t code_hash(Object *self) {
    Code *code = (Code *)self;
    hash_t hashes[] = { object_hash(code->name), object_hash(code->names), object_hash(code->localsplusnames),
                        hash_bytes(code->units, (size_t)code->var.size * 2) };
    hash_t hash = code->argcount ^ code->kwonlyargcount ^ code->flags ^ code->firstlineno;
    for (size_t i = 0; i < COUNT_OF(hashes); i++) {
        if (hashes[i] == -1) {
            return -1;
        }
        hash ^= hashes[i];
    }
    return hash == -1 ? -2 : hash;
}

static Object *code_repr(Object *self) {
    Code *code = (Code *)self;
    return str_format("<code object %U at %p, file \"%U\", line %d>", code->name, code, code->filename,
                      code->firstlineno ? code->firstlineno : -1);
}

static Object *code_sizeof(Object *self) {
    return int_from_ssize((ssize_t)offsetof(Code, units) + ((Code *)self)->var.size * 2);
}

static Object *code_varname_from_oparg(Object *self, Object *oparg) {
    int index;
    if (int_argument(oparg, &index) < 0) {
        return NULL;
    }
    Code *code = (Code *)self;
    if (index < 0 || index >= code->nlocalsplus) {
        return raise_error(&exc_IndexError, "tuple index out of range");
    }
    return tuple_get(code->localsplusnames, index);
}

static BuiltinDef methods[] = {
    BUILTIN("__sizeof__", code_sizeof, "-($self, /)", 0, NULL),
    BUILTIN("co_lines", code_lines, "-($self, /)", 0, NULL),
    BUILTIN("co_positions", code_positions, "-($self, /)", 0, NULL),
    BUILTIN("replace", code_replace,
            "($self, /, *, co_argcount=-1, co_posonlyargcount=-1,\n        co_kwonlyargcount=-1, "
            "co_nlocals=-1, co_stacksize=-1,\n        co_flags=-1, co_firstlineno=-1, co_code=None, "
            "co_consts=None,\n        co_names=None, co_varnames=None, co_freevars=None,\n        "
            "co_cellvars=None, co_filename=None, co_name=None,\n        co_qualname=None, "
            "co_linetable=None, co_exceptiontable=None)",
            0, NULL),
    BUILTIN("_varname_from_oparg", code_varname_from_oparg, "($self, /, oparg)", 0, NULL),
    BUILTIN_END,
};

static MemberDef members[] = {
    { "co_argcount", MEMBER_INT, offsetof(Code, argcount), MEMBER_READONLY, NULL },
    { "co_posonlyargcount", MEMBER_INT, offsetof(Code, posonlyargcount), MEMBER_READONLY, NULL },
    { "co_kwonlyargcount", MEMBER_INT, offsetof(Code, kwonlyargcount), MEMBER_READONLY, NULL },
    { "co_stacksize", MEMBER_INT, offsetof(Code, stacksize), MEMBER_READONLY, NULL },
    { "co_flags", MEMBER_INT, offsetof(Code, flags), MEMBER_READONLY, NULL },
    { "co_nlocals", MEMBER_INT, offsetof(Code, nlocals), MEMBER_READONLY, NULL },
    { "co_consts", MEMBER_OBJECT, offsetof(Code, consts), MEMBER_READONLY, NULL },
    { "co_names", MEMBER_OBJECT, offsetof(Code, names), MEMBER_READONLY, NULL },
    { "co_filename", MEMBER_OBJECT, offsetof(Code, filename), MEMBER_READONLY, NULL },
    { "co_name", MEMBER_OBJECT, offsetof(Code, name), MEMBER_READONLY, NULL },
    { "co_qualname", MEMBER_OBJECT, offsetof(Code, qualname), MEMBER_READONLY, NULL },
    { "co_firstlineno", MEMBER_INT, offsetof(Code, firstlineno), MEMBER_READONLY, NULL },
    { "co_linetable", MEMBER_OBJECT, offsetof(Code, linetable), MEMBER_READONLY, NULL },
    { "co_exceptiontable", MEMBER_OBJECT, offsetof(Code, exceptiontable), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

static GetSetDef getsets[] = {
    { "co_lnotab", get_lnotab, NULL, NULL, NULL },
    { "_co_code_adaptive", get_adaptive_code, NULL, NULL, NULL },
    { "co_varnames", get_varnames, NULL, NULL, NULL },
    { "co_cellvars", get_cellvars, NULL, NULL, NULL },
    { "co_freevars", get_freevars, NULL, NULL, NULL },
    { "co_code", get_code, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

Type code_type;
const TypeSpec code_spec = {
    .name = "code",
    .basic_size = offsetof(Code, units),
    .item_size = 2,
    .weaklist_offset = offsetof(Code, weakreflist),
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .trace = code_trace,
    .slots = { .getattr = object_generic_getattr,
               .repr = code_repr,
               .hash = code_hash,
               .compare = code_compare,
               .new = code_type_new },
};
