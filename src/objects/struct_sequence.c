// Struct sequences: tuples whose items have names (os.stat_result, sys.flags ...). Fields beyond the
// visible ones are reached by name only; they lie behind the tuple's items.
#include "objects/struct_sequence.h"

#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

static ssize_t type_number(Type *type, Object *name) {
    Object *value = type_lookup(type, name);
    return value && int_check(value) ? (ssize_t)int_to_i64(value) : 0;
}

Object *struct_sequence_new(Type *type) {
    ssize_t visible = type_number(type, names.n_sequence_fields), all = type_number(type, names.n_fields);
    Object *o = object_alloc_var(type, all);
    if (o) {
        ((VarObject *)o)->size = visible;
        // The values may have to be made, and meanwhile another thread finds it (gc.get_objects).
        for (ssize_t i = 0; i < all; i++) {
            gc_init(&((Tuple *)o)->items[i], NONE);
        }
    }
    return o;
}

void struct_sequence_set(Object *sequence, ssize_t i, Object *value) {
    gc_store(sequence, &((Tuple *)sequence)->items[i], value);
}

Object *struct_sequence_of(Type *type, Object *const *values, ssize_t count) {
    Object *result = struct_sequence_new(type);
    for (ssize_t i = 0; result && i < count; i++) {
        if (!values[i]) {
            return NULL;
        }
        struct_sequence_set(result, i, values[i]);
    }
    return result;
}

Object *struct_sequence_text(const char *text) {
    return text ? str_decode_fs(text, (ssize_t)strlen(text)) : NONE;
}

static void sequence_trace(Object *o, Tracer *tracer) {
    ssize_t all = (ssize_t)((heap_cell_size(o) - offsetof(Tuple, items)) / sizeof(Object *));
    ssize_t fields = type_number(o->type, names.n_fields);
    trace_range(tracer, (void *const *)((Tuple *)o)->items, (size_t)(fields < all ? fields : all));
}

static Object *sequence_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *b[2];
    if (signature_bind(&cache, "structseq", "(sequence, dict={})", args, nargs, kwnames, b) < 0) {
        return NULL;
    }
    ssize_t visible = type_number(type, names.n_sequence_fields), all = type_number(type, names.n_fields);
    Object *items = sequence_fast(b[0], "constructor requires a sequence");
    if (!items) {
        return NULL;
    }
    items = sequence_tuple(items);
    if (!items) {
        return NULL;
    }
    if (b[1] && !dict_check(b[1])) {
        return raise_error(&exc_TypeError, "%s() takes a dict as second arg, if any", type->name);
    }
    ssize_t n = tuple_size(items);
    if (visible != all && (n < visible || n > all)) {
        return raise_error(&exc_TypeError, "%s() takes an at %s %zd-sequence (%zd-sequence given)",
                           type->name, n < visible ? "least" : "most", n < visible ? visible : all, n);
    }
    if (visible == all && n != visible) {
        return raise_error(&exc_TypeError, "%s() takes a %zd-sequence (%zd-sequence given)", type->name,
                           visible, n);
    }
    Object *o = struct_sequence_new(type);
    for (ssize_t i = 0; o && i < all; i++) {
        Object *value = i < n ? tuple_get(items, i) : NULL;
        if (!value && b[1]) {
            const MemberDef *m = type->info->spec->members;
            for (; m && m->name; m++) {
                if (m->offset == (ssize_t)(offsetof(Tuple, items) + (size_t)i * 8)) {
                    value = dict_get_cstring(b[1], m->name);
                }
            }
        }
        struct_sequence_set(o, i, value ? value : NONE);
    }
    return o;
}

// The names are those of the first fields that have one, as in CPython: os.stat_result shows its integer
// times under the names of the float ones.
static Object *sequence_repr(Object *o) {
    const MemberDef *m = o->type->info->spec->members;
    Object *parts = list_new(0);
    for (ssize_t i = 0; parts && m && m->name && i < tuple_size(o); i++, m++) {
        Object *text = str_format("%s=%R", m->name, tuple_get(o, i));
        if (!text || list_append(parts, text) < 0) {
            return NULL;
        }
    }
    Object *joined = parts ? str_join(str_from_cstring(", "), parts) : NULL;
    return joined ? str_format("%s(%U)", o->type->name, joined) : NULL;
}

static Object *sequence_reduce(Object *o) {
    Object *visible = tuple_slice(o, 0, tuple_size(o)), *dict = dict_new();
    if (!visible || !dict) {
        return NULL;
    }
    if (visible == o) {
        visible = tuple_from_array(tuple_items(o), tuple_size(o));
    }
    for (const MemberDef *m = o->type->info->spec->members; m && m->name; m++) {
        size_t i = ((size_t)m->offset - offsetof(Tuple, items)) / 8;
        if ((ssize_t)i >= tuple_size(o) && dict_set_cstring(dict, m->name, tuple_items(o)[i]) < 0) {
            return NULL;
        }
    }
    Object *args = visible ? tuple_pack(2, visible, dict) : NULL;
    return args ? tuple_pack(2, (Object *)o->type, args) : NULL;
}

static BuiltinDef sequence_methods[] = { BUILTIN("__reduce__", sequence_reduce, "-($self, /)", 0, NULL),
                                         BUILTIN_END };

Type *struct_sequence_type_new(const StructSpec *spec) {
    ssize_t count = 0, unnamed = 0;
    while (spec->fields[count].name) {
        unnamed += !strcmp(spec->fields[count].name, "-");
        count++;
    }
    MemberDef *members = calloc((size_t)(count + 1), sizeof(MemberDef));
    Type *type = calloc(1, sizeof(HeapType));
    TypeSpec *type_spec = calloc(1, sizeof(TypeSpec));
    if (!members || !type || !type_spec) {
        raise_memory_error();
        return NULL;
    }
    size_t n = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (strcmp(spec->fields[i].name, "-") != 0) {
            members[n++] = (MemberDef){ spec->fields[i].name, MEMBER_OBJECT,
                                        (ssize_t)(offsetof(Tuple, items) + (size_t)i * 8), MEMBER_READONLY,
                                        spec->fields[i].doc };
        }
    }
    *type_spec = (TypeSpec){
        .name = spec->name,
        .base = &tuple_type,
        .doc = spec->doc,
        .members = members,
        .methods = sequence_methods,
        .trace = sequence_trace,
        .flags = TF_GC,
        .slots = { .repr = sequence_repr, .new = sequence_new },
    };
    if (type_ready(type, type_spec) < 0) {
        return NULL;
    }
    Object *match = tuple_new(0), *list = list_new(0);
    for (ssize_t i = 0; list && i < spec->visible && i < count; i++) {
        if (strcmp(spec->fields[i].name, "-") != 0) {
            Object *name = str_intern_cstring(spec->fields[i].name);
            if (!name || list_append(list, name) < 0) {
                return NULL;
            }
        }
    }
    match = list ? list_to_tuple(list) : NULL;
    if (!match || dict_set(type->dict, names.n_sequence_fields, int_from_ssize(spec->visible)) < 0 ||
        dict_set(type->dict, names.n_fields, int_from_ssize(count)) < 0 ||
        dict_set(type->dict, names.n_unnamed_fields, int_from_ssize(unnamed)) < 0 ||
        dict_set(type->dict, names.__match_args__, match) < 0) {
        return NULL;
    }
    type_modified(type, names.n_fields);
    return type;
}
