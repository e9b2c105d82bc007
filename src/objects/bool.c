// bool: two static ints of a type of their own.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/names.h"
#include "objects/tuple.h"

Int true_object = { { { REFCOUNT_INITIAL, &bool_type }, 1 }, { 1 } };
Int false_object = { { { REFCOUNT_INITIAL, &bool_type }, 0 }, { 0 } };

static Object *bool_repr(Object *self) {
    return str_intern_cstring(self == TRUE_OBJECT ? "True" : "False");
}

static Object *bool_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        return raise_error(&exc_TypeError, "bool() takes no keyword arguments");
    }
    if (arguments_check_count("bool", nargs, 0, 1) < 0) {
        return NULL;
    }
    int truth = nargs ? object_is_true(args[0]) : 0;
    return truth < 0 ? NULL : bool_from(truth);
}

static Object *bool_and(Object *a, Object *b) {
    if (!bool_check(a) || !bool_check(b)) {
        return int_type.info->slots.and (a, b);
    }
    return bool_from(a == TRUE_OBJECT && b == TRUE_OBJECT);
}

static Object *bool_or(Object *a, Object *b) {
    if (!bool_check(a) || !bool_check(b)) {
        return int_type.info->slots.or (a, b);
    }
    return bool_from(a == TRUE_OBJECT || b == TRUE_OBJECT);
}

static Object *bool_xor(Object *a, Object *b) {
    if (!bool_check(a) || !bool_check(b)) {
        return int_type.info->slots.xor (a, b);
    }
    return bool_from(a != b);
}

Type bool_type;
const TypeSpec bool_spec = {
    .name = "bool",
    .base = &int_type,
    .basic_size = 32,
    .item_size = sizeof(uint32_t),
    .flags = TF_INT | TF_MATCH_SELF,
    .slots = {
        .repr = bool_repr,
        .new = bool_new,
        .and = bool_and,
        .xor = bool_xor,
        .or = bool_or,
    },
};
