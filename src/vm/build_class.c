// __build_class__: the class statement.
#include "objects/type.h"
#include "vm/interpreter.h"

// The bases with objects that have __mro_entries__ replaced by what that returns.
static Object *update_bases(Object *bases) {
    Object *list = NULL;
    ssize_t count = tuple_size(bases);
    for (ssize_t i = 0; i < count; i++) {
        Object *base = tuple_get(bases, i), *method;
        if (base->type->flags & TF_TYPE) {
            if (list && list_append(list, base) < 0) {
                return NULL;
            }
            continue;
        }
        int found = object_getattr_optional(base, names.__mro_entries__, &method);
        if (found < 0) {
            return NULL;
        }
        if (!found) {
            if (list && list_append(list, base) < 0) {
                return NULL;
            }
            continue;
        }
        Object *entries = call1(method, bases);
        if (!entries) {
            return NULL;
        }
        if (!tuple_check(entries)) {
            return raise_error(&exc_TypeError, "__mro_entries__ must return a tuple");
        }
        if (!list) {
            list = list_from_array(tuple_items(bases), i);
        }
        if (!list || list_extend(list, entries) < 0) {
            return NULL;
        }
    }
    return list ? list_to_tuple(list) : bases;
}

static Type *calculate_metaclass(Object *meta, Object *bases) {
    return type_is_subtype_flag(meta, TF_TYPE) ? type_calculate_metaclass((Type *)meta, bases) : NULL;
}

static Object *keyword_dict(Object *const *values, Object *kwnames) {
    Object *dict = dict_new();
    for (ssize_t i = 0; dict && kwnames && i < tuple_size(kwnames); i++) {
        if (dict_set(dict, tuple_get(kwnames, i), values[i]) < 0) {
            return NULL;
        }
    }
    return dict;
}

static Object *call_with(Object *callable, Object *const *args, size_t nargs, Object *keywords) {
    Object *tuple = tuple_from_array(args, (ssize_t)nargs);
    return tuple ? call_tuple_dict(callable, tuple, keywords) : NULL;
}

// The namespace that the class body runs in.
static Object *prepare(Object *meta, bool is_class, Object *name, Object *bases, Object *keywords) {
    Object *method;
    int found = object_getattr_optional(meta, names.__prepare__, &method);
    if (found <= 0) {
        return found ? NULL : dict_new();
    }
    Object *space = call_with(method, (Object *[]){ name, bases }, 2, keywords);
    if (space && !mapping_check(space)) {
        return raise_error(&exc_TypeError, "%s.__prepare__() must return a mapping, not %T",
                           is_class ? ((Type *)meta)->name : "<metaclass>", space);
    }
    return space;
}

// The cell behind `__class__` must have been filled with the new class.
static Object *check_cell(Object *cls, Object *cell, Object *name) {
    if (!type_is_subtype_flag(cls, TF_TYPE) || cell->type != &cell_type) {
        return cls;
    }
    Object *value = ((Cell *)cell)->value;
    if (value == cls) {
        return cls;
    }
    if (!value) {
        return raise_error(
            &exc_RuntimeError,
            "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?", name, cls);
    }
    return raise_error(&exc_TypeError, "__class__ set to %R defining %R as %R", value, name, cls);
}

Object *build_class(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 2) {
        return raise_error(&exc_TypeError, "__build_class__: not enough arguments");
    }
    Object *function = args[0], *name = args[1];
    if (function->type != &function_type) {
        return raise_error(&exc_TypeError, "__build_class__: func must be a function");
    }
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "__build_class__: name is not a string");
    }
    Object *original = tuple_from_array(args + 2, (ssize_t)nargs - 2);
    Object *bases = original ? update_bases(original) : NULL;
    Object *keywords = bases ? keyword_dict(args + nargs, kwnames) : NULL;
    if (!keywords) {
        return NULL;
    }
    Object *meta = dict_get(keywords, names.metaclass);
    bool is_class;
    if (meta) {
        if (dict_delete(keywords, names.metaclass) < 0) {
            return NULL;
        }
        is_class = type_is_subtype_flag(meta, TF_TYPE);
    } else {
        if (error_occurred()) {
            return NULL;
        }
        meta = tuple_size(bases) ? (Object *)tuple_get(bases, 0)->type : (Object *)&type_type;
        is_class = true;
    }
    if (is_class) {
        meta = (Object *)calculate_metaclass(meta, bases);
        if (!meta) {
            return NULL;
        }
    }
    Object *space = prepare(meta, is_class, name, bases, keywords);
    Object *cell = space ? function_call_with_names(function, space) : NULL;
    if (!cell) {
        return NULL;
    }
    if (bases != original && object_setitem(space, str_intern_cstring("__orig_bases__"), original) < 0) {
        return NULL;
    }
    Object *cls = call_with(meta, (Object *[]){ name, bases, space }, 3, keywords);
    return cls ? check_cell(cls, cell, name) : NULL;
}
