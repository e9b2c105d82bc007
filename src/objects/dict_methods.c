// dict: the type, its slots and methods.
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/dict_internal.h"
#include "objects/list.h"
#include "objects/set.h"
#include "objects/type.h"

Type dict_type;

static void dict_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Dict *)self)->table);
}

static Object *dict_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return dict_alloc(type);
}

static int update_from_call(Object *self, const char *name, Object *const *args, size_t nargs,
                            Object *kwnames) {
    if (arguments_check_count(name, nargs, 0, 1) < 0 || (nargs && dict_update(self, args[0]) < 0)) {
        return -1;
    }
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        if (dict_set(self, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int dict_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return update_from_call(self, "dict", args, nargs, kwnames);
}

static Object *dict_repr(Object *self) {
    if (dict_size(self) == 0) {
        return str_from_cstring("{}");
    }
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_from_cstring("{...}");
    }
    StrBuilder builder;
    str_builder_init(&builder, 6 * dict_size(self));
    bool ok = str_builder_char(&builder, '{') == 0, first = true;
    ssize_t position = 0;
    Object *key, *value;
    while (ok && dict_next(self, &position, &key, &value, NULL)) {
        Object *text = object_repr(key);
        ok = text && (first || str_builder_bytes(&builder, ", ", 2) == 0) &&
             str_builder_str(&builder, text) == 0 && str_builder_bytes(&builder, ": ", 2) == 0 &&
             (text = object_repr(value)) && str_builder_str(&builder, text) == 0 && safepoint() == 0;
        first = false;
    }
    ok = ok && str_builder_char(&builder, '}') == 0;
    repr_leave(&guard);
    return ok ? str_builder_finish(&builder) : NULL;
}

static int dict_equal(Object *self, Object *other) {
    if (dict_size(self) != dict_size(other)) {
        return 0;
    }
    ssize_t position = 0;
    Object *key, *value;
    hash_t hash;
    while (dict_next(self, &position, &key, &value, &hash)) {
        Object *theirs = dict_get_hashed(other, key, hash);
        if (!theirs) {
            return error_occurred() ? -1 : 0;
        }
        int same = object_compare_bool(value, theirs, CMP_EQ);
        if (same <= 0) {
            return same;
        }
    }
    return 1;
}

static Object *dict_compare(Object *self, Object *other, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !dict_check(self) || !dict_check(other)) {
        return NOT_IMPLEMENTED;
    }
    int same = dict_equal(self, other);
    return same < 0 ? NULL : bool_from(same == (op == CMP_EQ));
}

static ssize_t dict_length(Object *self) {
    return dict_size(self);
}

static Object *dict_getitem(Object *self, Object *key) {
    Object *value = dict_get(self, key);
    if (LIKELY(value != NULL) || error_occurred()) {
        return value;
    }
    if (self->type != &dict_type) {
        Object *missing;
        int found = object_lookup_special(self, names.__missing__, &missing);
        if (found < 0) {
            return NULL;
        }
        if (found) {
            CriticalSection section; // a defaultdict's factory is asked once for a key
            critical_section_begin(&section, self);
            if (runtime_multithreaded) {
                value = dict_get(self, key);
            }
            if (!value && !error_occurred()) {
                value = call1(missing, key);
            }
            critical_section_end(&section);
            return value;
        }
    }
    return raise_with(&exc_KeyError, tuple_pack(1, key));
}

static int dict_setitem(Object *self, Object *key, Object *value) {
    return value ? dict_set(self, key, value) : dict_delete(self, key);
}

static Object *dict_or(Object *left, Object *right) {
    if (!dict_check(left) || !dict_check(right)) {
        return NOT_IMPLEMENTED;
    }
    Object *result = dict_copy(left);
    return result && dict_update(result, right) == 0 ? result : NULL;
}

static Object *dict_inplace_or(Object *self, Object *other) {
    return dict_update(self, other) < 0 ? NULL : self;
}

// ---- methods

static Object *dict_getitem_method(Object *self, Object *key) {
    return dict_getitem(self, key);
}

static Object *dict_contains_method(Object *self, Object *key) {
    int found = dict_contains(self, key);
    return found < 0 ? NULL : bool_from(found);
}

ssize_t dict_size_in_memory(Object *self) {
    // The number that CPython gives: a header, 2 ** n indices of the least width that serves, and entries with a
    // hash unless all keys are str.
    enum { HEADER = 32, WITH_HASH = 24, WITHOUT_HASH = 16 };
    DictTable *table = dict_table_of(self);
    size_t size = (size_t)self->type->basic_size;
    if (table->limit) {
        size_t slots = table->mask + 1, entries = slots * 2 / 3, entry = WITHOUT_HASH;
        ssize_t position = 0;
        Object *key, *value;
        hash_t hash;
        while (entry == WITHOUT_HASH && dict_next(self, &position, &key, &value, &hash)) {
            entry = str_check_exact(key) ? WITHOUT_HASH : WITH_HASH;
        }
        if (table->of_instance && entry == WITHOUT_HASH) {
            // The values alone, with room for one more, as in a class that has had many instances.
            return (ssize_t)(size + (dict_table_count(table) + 1) * sizeof(Object *));
        }
        size += HEADER + slots * (slots < 0x100 ? 1 : slots < 0x10000 ? 2 : 4) + entries * entry;
    }
    return (ssize_t)size;
}

static Object *dict_sizeof_method(Object *self) {
    return int_from_ssize(dict_size_in_memory(self));
}

static Object *dict_get_method(Object *self, Object *key, Object *otherwise) {
    Object *value = dict_get(self, key);
    return value || error_occurred() ? value : otherwise ? otherwise : NONE;
}

static Object *dict_setdefault_method(Object *self, Object *key, Object *otherwise) {
    return dict_set_default(self, key, otherwise ? otherwise : NONE);
}

static Object *dict_pop_method(Object *self, Object *key, Object *otherwise) {
    return dict_pop(self, key, otherwise);
}

static Object *dict_popitem_method(Object *self) {
    Object *key, *value;
    if (!dict_take_last(self, &key, &value)) {
        return raise_error(&exc_KeyError, "popitem(): dictionary is empty");
    }
    return tuple_pair(key, value);
}

static Object *dict_update_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return update_from_call(self, "update", args, nargs, kwnames) < 0 ? NULL : NONE;
}

static Object *dict_fromkeys_method(Object *cls, Object *iterable, Object *value) {
    Object *result = call0(cls);
    if (!result) {
        return NULL;
    }
    value = value ? value : NONE;
    bool plain = result->type == &dict_type;
    if (plain &&
        (iterable->type == &dict_type || iterable->type == &set_type || iterable->type == &frozenset_type)) {
        // Their hashes are known.
        bool is_dict = iterable->type == &dict_type;
        ssize_t position = 0;
        Object *known;
        hash_t hash;
        while (is_dict ? dict_next(iterable, &position, &known, NULL, &hash)
                       : set_next(iterable, &position, &known, &hash)) {
            if (dict_set_hashed(result, known, value, hash) < 0) {
                return NULL;
            }
        }
        return result;
    }
    Object *iterator = object_iter_whole(iterable), *key;
    if (!iterator) {
        return NULL;
    }
    while ((key = iterator_step(iterator))) {
        if ((plain ? dict_set(result, key, value) : object_setitem(result, key, value)) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : result;
}

static Object *dict_clear_method(Object *self) {
    dict_clear(self);
    return NONE;
}

static Object *dict_copy_method(Object *self) {
    return dict_copy(self);
}

static Object *dict_class_getitem_method(Object *self, Object *item) {
    return class_getitem(self, item);
}

static BuiltinDef dict_methods[] = {
    BUILTIN("__getitem__", dict_getitem_method, "-($self, object, /)", BUILTIN_COEXIST, NULL),
    BUILTIN("__contains__", dict_contains_method, "($self, key, /)", BUILTIN_COEXIST, NULL),
    BUILTIN("__sizeof__", dict_sizeof_method, "-($self, /)", 0, NULL),
    BUILTIN("get", dict_get_method, "($self, key, default=None, /)", 0, NULL),
    BUILTIN("setdefault", dict_setdefault_method, "($self, key, default=None, /)", 0, NULL),
    BUILTIN("pop", dict_pop_method, "($self, key, default=<unrepresentable>, /)", 0, NULL),
    BUILTIN("popitem", dict_popitem_method, "($self, /)", 0, NULL),
    BUILTIN("keys", dict_keys_method, "-($self, /)", 0, NULL),
    BUILTIN("items", dict_items_method, "-($self, /)", 0, NULL),
    BUILTIN("values", dict_values_method, "-($self, /)", 0, NULL),
    BUILTIN("update", dict_update_method, NULL, 0, NULL),
    BUILTIN("fromkeys", dict_fromkeys_method, "($type, iterable, value=None, /)", BUILTIN_CLASS, NULL),
    BUILTIN("clear", dict_clear_method, "-($self, /)", 0, NULL),
    BUILTIN("copy", dict_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("__reversed__", dict_reversed_method, "($self, /)", 0, NULL),
    BUILTIN("__class_getitem__", dict_class_getitem_method, "-($self, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

const TypeSpec dict_spec = {
    .name = "dict",
    .basic_size = sizeof(Dict),
    .lock_offset = offsetof(Dict, lock),
    .flags = TF_GC | TF_BASE | TF_DICT | TF_MAPPING | TF_MATCH_SELF,
    .doc = NULL,
    .methods = dict_methods,
    .trace = dict_trace,
    .slots = {
        .new = dict_new_slot,
        .init = dict_init,
        .repr = dict_repr,
        .compare = dict_compare,
        .iter = dict_iter,
        .length = dict_length,
        .getitem = dict_getitem,
        .setitem = dict_setitem,
        .contains = dict_contains,
        .or = dict_or,
        .inplace_or = dict_inplace_or,
        .getattr = object_generic_getattr,
    },
    .snapshot = dict_keys_list,
};
