// _operator: Python's operators as functions, and itemgetter, attrgetter, methodcaller.
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/list.h"
#include "objects/type.h"
#include "modules/modules.h"
#include "vm/runtime.h"

#define BINARY(name, op) \
    static Object *operator_##name##_function(Object *m, Object *a, Object *b) { \
        return number_binary(a, b, op); \
    }
// BINARY_OP's arguments.
BINARY(add, 0)
BINARY(and, 1)
BINARY(floordiv, 2)
BINARY(lshift, 3)
BINARY(matmul, 4)
BINARY(mul, 5)
BINARY(mod, 6)
BINARY(or, 7)
BINARY(pow, 8)
BINARY(rshift, 9)
BINARY(sub, 10)
BINARY(truediv, 11)
BINARY(xor, 12)
BINARY(iadd, 13)
BINARY(iand, 14)
BINARY(ifloordiv, 15)
BINARY(ilshift, 16)
BINARY(imatmul, 17)
BINARY(imul, 18)
BINARY(imod, 19)
BINARY(ior, 20)
BINARY(ipow, 21)
BINARY(irshift, 22)
BINARY(isub, 23)
BINARY(itruediv, 24)
BINARY(ixor, 25)
#undef BINARY

#define COMPARE(name, op) \
    static Object *operator_##name##_function(Object *m, Object *a, Object *b) { \
        return object_compare(a, b, op); \
    }
COMPARE(lt, CMP_LT)
COMPARE(le, CMP_LE)
COMPARE(eq, CMP_EQ)
COMPARE(ne, CMP_NE)
COMPARE(gt, CMP_GT)
COMPARE(ge, CMP_GE)
#undef COMPARE

#define UNARY(name, function) \
    static Object *operator_##name##_function(Object *m, Object *a) { \
        return function(a); \
    }
UNARY(neg, number_negative)
UNARY(pos, number_positive)
UNARY(inv, number_invert)
UNARY(invert, number_invert)
UNARY(abs, number_absolute)
#undef UNARY

static Object *operator_index_function(Object *m, Object *a) {
    Object *index = number_index(a);  // exactly an int, even of a bool
    return !index || int_check_exact(index) ? index : int_type.info->slots.positive(index);
}
static Object *operator_truth_function(Object *m, Object *a) {
    int truth = object_is_true(a);
    return truth < 0 ? NULL : bool_from(truth);
}
static Object *operator_not_function(Object *m, Object *a) {
    int truth = object_is_true(a);
    return truth < 0 ? NULL : bool_from(!truth);
}
static Object *operator_is_function(Object *m, Object *a, Object *b) {
    return bool_from(a == b);
}
static Object *operator_is_not_function(Object *m, Object *a, Object *b) {
    return bool_from(a != b);
}
static Object *operator_concat_function(Object *m, Object *a, Object *b) {
    return sequence_concat(a, b);
}
static Object *operator_iconcat_function(Object *m, Object *a, Object *b) {
    if (slots_of(a)->inplace_concat) {
        return slots_of(a)->inplace_concat(a, b);
    }
    if (!slots_of(a)->concat && !sequence_check(a)) {
        return raise_error(&exc_TypeError, "'%T' object can't be concatenated", a);
    }
    return slots_of(a)->concat ? sequence_concat(a, b) : number_binary(a, b, 13);
}
static Object *operator_contains_function(Object *m, Object *a, Object *b) {
    int found = sequence_contains(a, b);
    return found < 0 ? NULL : bool_from(found);
}
static Object *operator_countOf_function(Object *m, Object *a, Object *b) {
    ssize_t count = sequence_count(a, b);
    return count < 0 ? NULL : int_from_ssize(count);
}
static Object *operator_indexOf_function(Object *m, Object *a, Object *b) {
    ssize_t index = sequence_index(a, b);
    return index < 0 ? NULL : int_from_ssize(index);
}
static Object *operator_getitem_function(Object *m, Object *a, Object *b) {
    return object_getitem(a, b);
}
static Object *operator_setitem_function(Object *m, Object *a, Object *b, Object *c) {
    return object_setitem(a, b, c) < 0 ? NULL : NONE;
}
static Object *operator_delitem_function(Object *m, Object *a, Object *b) {
    return object_setitem(a, b, NULL) < 0 ? NULL : NONE;
}
static Object *operator_length_hint_function(Object *m, Object *o, Object *otherwise) {
    ssize_t fallback = 0;
    if (otherwise) {
        if (!int_check(otherwise)) {
            return raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", otherwise);
        }
        fallback = int_to_ssize(otherwise);
        if (fallback == -1 && error_occurred()) {
            return NULL;
        }
    }
    ssize_t hint = object_length_hint(o, fallback);
    return hint == -1 && error_occurred() ? NULL : int_from_ssize(hint);
}
static Object *operator_call_function(Object *m, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs == 0) {
        return raise_error(&exc_TypeError, "call expected at least 1 argument, got 0");
    }
    return call(args[0], args + 1, nargs - 1, kwnames);
}

// Looks at every byte, whatever it finds: the time tells nothing but the length.
static bool equal_constant_time(const uint8_t *a, size_t m, const uint8_t *b, size_t n) {
    volatile uint8_t difference = m != n;
    const uint8_t *left = m == n ? a : b;
    for (size_t i = 0; i < n; i++) {
        difference = (uint8_t)(difference | (left[i] ^ b[i]));
    }
    return !difference;
}
static Object *operator_compare_digest_function(Object *m, Object *a, Object *b) {
    if (str_check(a) && str_check(b)) {
        if (!str_is_ascii(a) || !str_is_ascii(b)) {
            return raise_error(&exc_TypeError,
                               "comparing strings with non-ASCII characters is not supported");
        }
        return bool_from(
            equal_constant_time(str_data(a), (size_t)str_length(a), str_data(b), (size_t)str_length(b)));
    }
    Buffer x, y;
    if (!buffer_check(a) && !buffer_check(b)) {
        return raise_error(&exc_TypeError,
                           "unsupported operand types(s) or combination of types: '%T' and '%T'", a, b);
    }
    if (object_get_buffer(a, &x, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    if (object_get_buffer(b, &y, BUFFER_SIMPLE) < 0) {
        buffer_release(&x);
        return NULL;
    }
    Object *result = bool_from(equal_constant_time(x.data, (size_t)x.length, y.data, (size_t)y.length));
    buffer_release(&x);
    buffer_release(&y);
    return result;
}

static BuiltinDef functions[] = {
    BUILTIN("_compare_digest", operator_compare_digest_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("abs", operator_abs_function, "($module, a, /)", 0, NULL),
    BUILTIN("add", operator_add_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("and_", operator_and_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("call", operator_call_function, "($module, obj, /, *args, **kwargs)", 0, NULL),
    BUILTIN("concat", operator_concat_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("contains", operator_contains_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("countOf", operator_countOf_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("delitem", operator_delitem_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("eq", operator_eq_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("floordiv", operator_floordiv_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ge", operator_ge_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("getitem", operator_getitem_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("gt", operator_gt_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("iadd", operator_iadd_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("iand", operator_iand_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("iconcat", operator_iconcat_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ifloordiv", operator_ifloordiv_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ilshift", operator_ilshift_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("imatmul", operator_imatmul_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("imod", operator_imod_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("imul", operator_imul_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("index", operator_index_function, "($module, a, /)", 0, NULL),
    BUILTIN("indexOf", operator_indexOf_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("inv", operator_inv_function, "($module, a, /)", 0, NULL),
    BUILTIN("invert", operator_invert_function, "($module, a, /)", 0, NULL),
    BUILTIN("ior", operator_ior_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ipow", operator_ipow_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("irshift", operator_irshift_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("is_", operator_is_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("is_not", operator_is_not_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("isub", operator_isub_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("itruediv", operator_itruediv_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ixor", operator_ixor_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("le", operator_le_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("length_hint", operator_length_hint_function, "($module, obj, default=0, /)", 0, NULL),
    BUILTIN("lshift", operator_lshift_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("lt", operator_lt_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("matmul", operator_matmul_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("mod", operator_mod_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("mul", operator_mul_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("ne", operator_ne_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("neg", operator_neg_function, "($module, a, /)", 0, NULL),
    BUILTIN("not_", operator_not_function, "($module, a, /)", 0, NULL),
    BUILTIN("or_", operator_or_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("pos", operator_pos_function, "($module, a, /)", 0, NULL),
    BUILTIN("pow", operator_pow_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("rshift", operator_rshift_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("setitem", operator_setitem_function, "($module, a, b, c, /)", 0, NULL),
    BUILTIN("sub", operator_sub_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("truediv", operator_truediv_function, "($module, a, b, /)", 0, NULL),
    BUILTIN("truth", operator_truth_function, "($module, a, /)", 0, NULL),
    BUILTIN("xor", operator_xor_function, "($module, a, b, /)", 0, NULL),
    BUILTIN_END,
};

// ---- itemgetter, attrgetter, methodcaller: `what` a tuple of keys (dotted names: tuples of parts;
// methodcaller: the name and the arguments), `kwnames` a dict or NULL

typedef struct Getter {
    Object base;
    Object *what, *names, *keywords;
} Getter;

Type itemgetter_type, attrgetter_type, methodcaller_type;

static void getter_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)&((Getter *)self)->what, 3);
}
static Getter *getter(Object *self) {
    return (Getter *)self;
}

static Object *getter_new(Type *type, Object *what, Object *shown, Object *keywords) {
    Getter *g = what ? (Getter *)object_alloc(type) : NULL;
    if (!g) {
        return NULL;
    }
    gc_init(&g->what, what);
    gc_init(&g->names, shown);
    gc_init(&g->keywords, keywords);
    return (Object *)g;
}

static Object *itemgetter_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("itemgetter", kwnames) < 0 ||
        (nargs == 0 && arguments_check_count("itemgetter", nargs, 1, 1) < 0)) {
        return NULL;
    }
    Object *items = tuple_from_array(args, (ssize_t)nargs);
    return getter_new(type, items, items, NULL);
}

// Calls with exactly one positional argument.
static bool one_argument(const char *name, size_t nargs, Object *kwnames) {
    return arguments_no_keywords(name, kwnames) == 0 && arguments_check_count(name, nargs, 1, 1) == 0;
}

static Object *itemgetter_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (!one_argument("itemgetter", nargs, kwnames)) {
        return NULL;
    }
    Object *what = getter(self)->what, *o = args[0];
    ssize_t n = tuple_size(what);
    if (n == 1) {
        Object *key = tuple_get(what, 0);
        if (o->type == &tuple_type && int_check_exact(key) && int_is_compact(key)) {
            int64_t i = int_compact_value(key);
            if (i >= 0 && i < tuple_size(o)) {
                return tuple_get(o, i);
            }
        }
        return object_getitem(o, key);
    }
    Object *result = tuple_new(n);
    for (ssize_t i = 0; result && i < n; i++) {
        Object *item = object_getitem(o, tuple_get(what, i));
        if (!item) {
            return NULL;
        }
        tuple_init(result, i, item);
    }
    return result;
}

static bool itemgetter_keeps_nothing(const Object *self) {
    const Object *what = ((const Getter *)self)->what;
    for (ssize_t i = 0; i < tuple_size(what); i++) {
        if (!int_check_exact(tuple_get(what, i))) {
            return false; // a slice of all of a tuple is the tuple
        }
    }
    return true;
}

static Object *attrgetter_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("attrgetter", kwnames) < 0 ||
        (nargs == 0 && arguments_check_count("attrgetter", nargs, 1, 1) < 0)) {
        return NULL;
    }
    Object *what = tuple_new((ssize_t)nargs), *dot = str_from_cstring(".");
    for (size_t i = 0; what && i < nargs; i++) {
        if (!str_check(args[i])) {
            return raise_error(&exc_TypeError, "attribute name must be a string");
        }
        Object *part = str_intern(args[i]);
        if (part && str_find_char(part, '.', 0, str_length(part), 1) >= 0) {
            Object *parts = str_split(part, dot, -1);
            part = parts ? list_to_tuple(parts) : NULL;
            for (ssize_t k = 0; part && k < tuple_size(part); k++) {
                tuple_init(part, k, str_intern(tuple_get(part, k)));
            }
        }
        if (!part) {
            return NULL;
        }
        tuple_init(what, (ssize_t)i, part);
    }
    return getter_new(type, what, tuple_from_array(args, (ssize_t)nargs), NULL);
}

static Object *attribute_path(Object *o, Object *path) {
    if (!tuple_check(path)) {
        return object_getattr(o, path);
    }
    for (ssize_t i = 0; o && i < tuple_size(path); i++) {
        o = object_getattr(o, tuple_get(path, i));
    }
    return o;
}

static Object *attrgetter_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (!one_argument("attrgetter", nargs, kwnames)) {
        return NULL;
    }
    Object *what = getter(self)->what;
    ssize_t n = tuple_size(what);
    if (n == 1) {
        return attribute_path(args[0], tuple_get(what, 0));
    }
    Object *result = tuple_new(n);
    for (ssize_t i = 0; result && i < n; i++) {
        Object *item = attribute_path(args[0], tuple_get(what, i));
        if (!item) {
            return NULL;
        }
        tuple_init(result, i, item);
    }
    return result;
}

static Object *getter_repr(Object *self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_format("%s(...)", self->type->name);
    }
    Object *list = tuple_size(getter(self)->names) == 1 ? object_repr(tuple_get(getter(self)->names, 0))
                                                        : NULL;
    Object *text = NULL;
    if (list) {
        text = str_format("%s(%U)", self->type->name, list);
    } else if (!error_occurred()) {
        text = str_format("%s%R", self->type->name, getter(self)->names);
    }
    repr_leave(&guard);
    return text;
}

static Object *getter_reduce(Object *self) {
    return tuple_pack(2, self->type, getter(self)->names);
}
#define itemgetter_reduce_method getter_reduce
#define attrgetter_reduce_method getter_reduce

static Object *methodcaller_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 1) {
        return raise_error(&exc_TypeError, "methodcaller needs at least one argument, the method name");
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "method name must be a string");
    }
    Object *what = tuple_from_array(args, (ssize_t)nargs), *keywords = NULL;
    if (what) {
        tuple_init(what, 0, str_intern(args[0]));
    }
    if (kwnames && tuple_size(kwnames)) {
        keywords = dict_new();
        for (ssize_t i = 0; keywords && i < tuple_size(kwnames); i++) {
            if (dict_set(keywords, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
                return NULL;
            }
        }
    }
    return getter_new(type, what, what, keywords);
}

static Object *methodcaller_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (!one_argument("methodcaller", nargs, kwnames)) {
        return NULL;
    }
    Getter *g = getter(self);
    Object *method = object_getattr(args[0], tuple_get(g->what, 0));
    Object *rest = method ? tuple_slice(g->what, 1, tuple_size(g->what)) : NULL;
    return rest ? call_tuple_dict(method, rest, g->keywords) : NULL;
}

static Object *methodcaller_repr(Object *self) {
    Getter *g = getter(self);
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return str_format("%s(...)", self->type->name);
    }
    Object *text = str_format("%s(%R", self->type->name, tuple_get(g->what, 0));
    for (ssize_t i = 1; text && i < tuple_size(g->what); i++) {
        text = str_format("%U, %R", text, tuple_get(g->what, i));
    }
    ssize_t position = 0;
    Object *key, *value;
    while (text && g->keywords && dict_next(g->keywords, &position, &key, &value, NULL)) {
        text = str_format("%U, %U=%R", text, key, value);
    }
    repr_leave(&guard);
    return text ? str_format("%U)", text) : NULL;
}

static Object *methodcaller_reduce_method(Object *self) {
    Getter *g = getter(self);
    if (!g->keywords) {
        return tuple_pack(2, self->type, g->what);
    }
    Object *partial = import_get_attr("functools", "partial");
    Object *arguments = partial ? tuple_pack(2, self->type, tuple_get(g->what, 0)) : NULL;
    Object *bound = arguments ? call_tuple_dict(partial, arguments, g->keywords) : NULL;
    Object *rest = bound ? tuple_slice(g->what, 1, tuple_size(g->what)) : NULL;
    return rest ? tuple_pack(2, bound, rest) : NULL;
}

static BuiltinDef itemgetter_methods[] = {
    BUILTIN("__reduce__", itemgetter_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef attrgetter_methods[] = {
    BUILTIN("__reduce__", attrgetter_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static BuiltinDef methodcaller_methods[] = {
    BUILTIN("__reduce__", methodcaller_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

#define GETTER_SPEC(kind, repr_fn, size, keeps_nothing) \
    static const TypeSpec kind##_spec = { \
        .name = "operator." #kind, \
        .basic_size = size, \
        .instance_size = sizeof(Getter), \
        .flags = TF_GC, \
        .methods = kind##_methods, \
        .trace = getter_trace, \
        .calling_keeps_nothing = keeps_nothing, \
        .slots = { .new = kind##_new, \
                   .call = kind##_call, \
                   .repr = repr_fn, \
                   .getattr = object_generic_getattr }, \
    };
GETTER_SPEC(itemgetter, getter_repr, 48, itemgetter_keeps_nothing)
GETTER_SPEC(attrgetter, getter_repr, 40, NULL)
GETTER_SPEC(methodcaller, methodcaller_repr, 40, NULL)

static int exec(Object *module) {
    return module_add_type(module, &itemgetter_type, &itemgetter_spec) < 0 ||
                   module_add_type(module, &attrgetter_type, &attrgetter_spec) < 0 ||
                   module_add_type(module, &methodcaller_type, &methodcaller_spec) < 0
               ? -1
               : 0;
}

const ModuleSpec module_operator = { "_operator", NULL, functions, exec };
