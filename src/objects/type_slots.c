// Slots and the dunder methods that stand for them, in both directions.
//
// A built-in type fills slots; wrappers make methods of them (`int.__add__`). A Python class defines
// methods; dispatchers are the slot functions that call these. type_update_slots decides, for each
// slot of a class, between the dispatcher and the slot function behind an inherited wrapper.
#include "objects/abstract.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

// ---- wrappers: methods made of slot functions

static bool no_keywords(const WrapperBase *base, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "wrapper %s() takes no keyword arguments", base->name);
        return false;
    }
    return true;
}

static bool wrapper_count(const WrapperBase *base, size_t nargs, size_t expected, Object *kwnames) {
    if (!no_keywords(base, kwnames)) {
        return false;
    }
    if (nargs != expected) {
        raise_error(&exc_TypeError, "expected %zu argument%s, got %zu", expected, expected == 1 ? "" : "s",
                    nargs);
        return false;
    }
    return true;
}

#define WRAPPER(name) \
    static Object *wrap_##name(Object *self, Object *const *args, size_t nargs, Object *kwnames, \
                               void *wrapped, const WrapperBase *base)
WRAPPER(unary) {
    return wrapper_count(base, nargs, 0, kwnames) ? ((UnaryFn)wrapped)(self) : NULL;
}
WRAPPER(hash) {
    if (!wrapper_count(base, nargs, 0, kwnames)) {
        return NULL;
    }
    hash_t hash = ((HashFn)wrapped)(self);
    return hash == -1 && error_occurred() ? NULL : int_from_ssize(hash);
}
WRAPPER(call) {
    return ((CallFn)wrapped)(self, args, nargs, kwnames);
}
WRAPPER(binary) {
    return wrapper_count(base, nargs, 1, kwnames) ? ((BinaryFn)wrapped)(self, args[0]) : NULL;
}
WRAPPER(reflected) {
    return wrapper_count(base, nargs, 1, kwnames) ? ((BinaryFn)wrapped)(args[0], self) : NULL;
}
WRAPPER(power) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    return ((TernaryFn)wrapped)(self, args[0], nargs == 2 ? args[1] : NONE);
}
WRAPPER(reflected_power) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    return ((TernaryFn)wrapped)(args[0], self, nargs == 2 ? args[1] : NONE);
}
WRAPPER(ternary) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    return ((TernaryFn)wrapped)(self, args[0], nargs == 2 ? args[1] : NONE);
}

// Keeps `object.__setattr__(some_class, ...)` from going around what a more specific built-in type
// does (the "Carlo Verre hack").
static bool wrapper_is_bypass(Object *self, void *wrapped, const char *what) {
    Type *type = self->type;
    while (type && (type->flags & TF_HEAP)) {
        type = type->base;
    }
    if (type && (void *)type->info->slots.setattr != wrapped) {
        // A built-in type inside the chain that defines nothing of its own is no reason to refuse.
        raise_error(&exc_TypeError, "can't apply this %s to %s object", what, type->name);
        return true;
    }
    return false;
}
WRAPPER(setattr) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 2, 2) < 0 ||
        wrapper_is_bypass(self, wrapped, "__setattr__")) {
        return NULL;
    }
    return ((SetItemFn)wrapped)(self, args[0], args[1]) < 0 ? NULL : NONE;
}
WRAPPER(delattr) {
    if (!wrapper_count(base, nargs, 1, kwnames) || wrapper_is_bypass(self, wrapped, "__delattr__")) {
        return NULL;
    }
    return ((SetItemFn)wrapped)(self, args[0], NULL) < 0 ? NULL : NONE;
}
#define COMPARE_WRAPPER(name, op) \
    WRAPPER(name) { \
        return wrapper_count(base, nargs, 1, kwnames) ? ((CompareFn)wrapped)(self, args[0], op) : NULL; \
    }
COMPARE_WRAPPER(lt, CMP_LT)
COMPARE_WRAPPER(le, CMP_LE)
COMPARE_WRAPPER(eq, CMP_EQ)
COMPARE_WRAPPER(ne, CMP_NE)
COMPARE_WRAPPER(gt, CMP_GT)
COMPARE_WRAPPER(ge, CMP_GE)
WRAPPER(next) {
    if (!wrapper_count(base, nargs, 0, kwnames)) {
        return NULL;
    }
    Object *result = ((UnaryFn)wrapped)(self);
    if (!result && !error_occurred()) {
        raise_with(&exc_StopIteration, NULL);
    }
    return result;
}
WRAPPER(descr_get) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 1, 2) < 0) {
        return NULL;
    }
    Object *instance = args[0] == NONE ? NULL : args[0];
    Object *owner = nargs == 2 && args[1] != NONE ? args[1] : NULL;
    if (!instance && !owner) {
        return raise_error(&exc_TypeError, "__get__(None, None) is invalid");
    }
    return ((DescrGetFn)wrapped)(self, instance, owner);
}
WRAPPER(descr_set) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 2, 2) < 0) {
        return NULL;
    }
    return ((DescrSetFn)wrapped)(self, args[0], args[1]) < 0 ? NULL : NONE;
}
WRAPPER(descr_delete) {
    return wrapper_count(base, nargs, 1, kwnames) && ((DescrSetFn)wrapped)(self, args[0], NULL) == 0 ? NONE
                                                                                                     : NULL;
}
WRAPPER(init) {
    return ((InitFn)wrapped)(self, args, nargs, kwnames) < 0 ? NULL : NONE;
}
WRAPPER(finalize) {
    if (!wrapper_count(base, nargs, 0, kwnames)) {
        return NULL;
    }
    ((FinalizeFn)wrapped)(self);
    return NONE;
}
WRAPPER(inquiry) {
    if (!wrapper_count(base, nargs, 0, kwnames)) {
        return NULL;
    }
    int truth = ((InquiryFn)wrapped)(self);
    return truth < 0 ? NULL : bool_from(truth);
}
WRAPPER(length) {
    if (!wrapper_count(base, nargs, 0, kwnames)) {
        return NULL;
    }
    ssize_t length = ((LengthFn)wrapped)(self);
    return length < 0 ? NULL : int_from_ssize(length);
}
WRAPPER(setitem) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 2, 2) < 0) {
        return NULL;
    }
    return ((SetItemFn)wrapped)(self, args[0], args[1]) < 0 ? NULL : NONE;
}
WRAPPER(delitem) {
    return wrapper_count(base, nargs, 1, kwnames) && ((SetItemFn)wrapped)(self, args[0], NULL) == 0 ? NONE
                                                                                                    : NULL;
}
WRAPPER(contains) {
    if (!wrapper_count(base, nargs, 1, kwnames)) {
        return NULL;
    }
    int found = ((ContainsFn)wrapped)(self, args[0]);
    return found < 0 ? NULL : bool_from(found);
}
WRAPPER(repeat) {
    if (!no_keywords(base, kwnames) || arguments_check_count("", nargs, 1, 1) < 0) {
        return NULL;
    }
    ssize_t count = number_as_ssize(args[0], &exc_OverflowError);
    return count == -1 && error_occurred() ? NULL : ((RepeatFn)wrapped)(self, count);
}
#define wrap_none NULL

// ---- dispatchers: slot functions that call methods written in Python

// Calls the method `name` of args[0]'s type. NULL without an exception when there is none.
static Object *call_special_optional(Object *name, Object *const *args, size_t nargs, Object *kwnames) {
    Object *self = args[0], *method = type_lookup(self->type, name);
    if (!method) {
        return NULL;
    }
    if (LIKELY(method->type == &function_type)) {
        return function_call(method, args, nargs, kwnames);
    }
    if (recursion_enter(" while calling a Python object") < 0) {
        return NULL;
    }
    Object *result;
    if (method->type->flags & TF_METHOD_DESCRIPTOR) {
        result = call(method, args, nargs, kwnames);
    } else {
        DescrGetFn get = method->type->info->slots.descr_get;
        if (get) {
            method = get(method, self, (Object *)self->type);
        }
        result = method ? call(method, args + 1, nargs - 1, kwnames) : NULL;
    }
    recursion_leave();
    return result;
}

static Object *call_special(Object *name, Object *const *args, size_t nargs) {
    Object *result = call_special_optional(name, args, nargs, NULL);
    if (!result && !error_occurred()) {
        return raise_error(&exc_AttributeError, "%U", name);
    }
    return result;
}

// The same for operators: NotImplemented when there is no such method.
static Object *call_operator(Object *name, Object *a, Object *b) {
    Object *result = call_special_optional(name, (Object *[]){ a, b }, 2, NULL);
    return result || error_occurred() ? result : NOT_IMPLEMENTED;
}

static Object *dispatch_repr(Object *self) {
    Object *method = type_lookup(self->type, names.__repr__);
    if (!method) {
        return str_format("<%s object at %p>", self->type->name, self);
    }
    return call_special(names.__repr__, &self, 1);
}
static Object *dispatch_str(Object *self) {
    return call_special(names.__str__, &self, 1);
}

static hash_t dispatch_hash(Object *self) {
    Object *method = type_lookup(self->type, names.__hash__);
    if (!method || method == NONE) {
        return object_hash_not_implemented(self);
    }
    Object *result = call_special(names.__hash__, &self, 1);
    if (!result) {
        return -1;
    }
    if (!int_check(result)) {
        raise_error(&exc_TypeError, "__hash__ method should return an integer");
        return -1;
    }
    int overflow;
    hash_t hash = int_as_i64(result, &overflow);
    if (overflow) {
        hash = int_hash(result);
    }
    return hash == -1 ? -2 : hash;
}

Object *dispatch_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    size_t total = nargs + (kwnames ? (size_t)tuple_size(kwnames) : 0);
    Object *near[vector_room(total + 1)], **all = near;
    near[COUNT_OF(near) - 1] = NULL;
    if (total + 1 > COUNT_OF(near)) {
        all = heap_alloc((total + 1) * sizeof(Object *), CELL_POINTERS);
        if (!all) {
            return NULL;
        }
        gc_dirty(all);
    }
    all[0] = callable;
    if (total) {
        memcpy(all + 1, args, total * sizeof(Object *));
    }
    Object *result = call_special_optional(names.__call__, all, nargs + 1, kwnames);
    if (!result && !error_occurred()) {
        return raise_error(&exc_AttributeError, "__call__");
    }
    return result;
}

static Object *dispatch_getattribute(Object *self, Object *name) {
    return call_special(names.__getattribute__, (Object *[]){ self, name }, 2);
}

static Object *dispatch_getattr_hook(Object *self, Object *name) {
    Object *own = type_lookup(self->type, names.__getattribute__);
    Object *result;
    if (!own || (own->type == &wrapper_descriptor_type &&
                 ((WrapperDescr *)own)->wrapped == (void *)object_generic_getattr)) {
        result = object_generic_getattr(self, name);
    } else {
        result = call_special(names.__getattribute__, (Object *[]){ self, name }, 2);
    }
    if (!result && error_matches(&exc_AttributeError)) {
        Object *first = error_take();
        result = call_special_optional(names.__getattr__, (Object *[]){ self, name }, 2, NULL);
        if (!result && !error_occurred()) {
            error_restore(first);
        }
    }
    return result;
}

static int dispatch_setattr(Object *self, Object *name, Object *value) {
    Object *result = value ? call_special(names.__setattr__, (Object *[]){ self, name, value }, 3)
                           : call_special(names.__delattr__, (Object *[]){ self, name }, 2);
    return result ? 0 : -1;
}

static Object *dispatch_compare(Object *self, Object *other, CompareOp op) {
    Object *const dunders[] = { names.__lt__, names.__le__, names.__eq__,
                                names.__ne__, names.__gt__, names.__ge__ };
    Object *method = type_lookup(self->type, dunders[op]);
    if (method && !(method->type->flags & TF_METHOD_DESCRIPTOR)) {
        // What goes wrong in binding means that there is no such comparison.
        DescrGetFn get = method->type->info->slots.descr_get;
        method = get ? get(method, self, (Object *)self->type) : method;
        if (!method) {
            error_clear();
            return NOT_IMPLEMENTED;
        }
        return call1(method, other);
    }
    return call_operator(dunders[op], self, other);
}

static Object *dispatch_iter(Object *self) {
    Object *method = type_lookup(self->type, names.__iter__);
    if (method == NONE) {
        return raise_error(&exc_TypeError, "'%s' object is not iterable", self->type->name);
    }
    if (method) {
        return call_special(names.__iter__, &self, 1);
    }
    if (!type_lookup(self->type, names.__getitem__)) {
        return raise_error(&exc_TypeError, "'%s' object is not iterable", self->type->name);
    }
    Object *seq_iterator_new(Object * sequence);
    return seq_iterator_new(self);
}

static Object *dispatch_next(Object *self) {
    Object *result = call_special(names.__next__, &self, 1);
    if (!result && thread_current->exception && thread_current->exception->type == &exc_StopIteration) {
        // Slots report exhaustion without an exception; a value in it would be lost by that.
        return NULL;
    }
    return result;
}

static Object *dispatch_descr_get(Object *self, Object *instance, Object *owner) {
    Object *method = type_lookup(self->type, names.__get__);
    if (!method) {
        return self;
    }
    if (recursion_enter(" while calling a Python object") < 0) {
        return NULL;
    }
    // Alone among the special methods __get__ is called as it was found, never bound.
    Object *result = call3(method, self, instance ? instance : NONE, owner ? owner : NONE);
    recursion_leave();
    return result;
}

static int dispatch_descr_set(Object *self, Object *instance, Object *value) {
    Object *result = value ? call_special(names.__set__, (Object *[]){ self, instance, value }, 3)
                           : call_special(names.__delete__, (Object *[]){ self, instance }, 2);
    return result ? 0 : -1;
}

static int dispatch_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    size_t total = nargs + (kwnames ? (size_t)tuple_size(kwnames) : 0);
    Object *near[vector_room(total + 1)], **all = near;
    near[COUNT_OF(near) - 1] = NULL;
    if (total + 1 > COUNT_OF(near)) {
        all = heap_alloc((total + 1) * sizeof(Object *), CELL_POINTERS);
        if (!all) {
            return -1;
        }
        gc_dirty(all);
    }
    all[0] = self;
    if (total) {
        memcpy(all + 1, args, total * sizeof(Object *));
    }
    Object *result = call_special_optional(names.__init__, all, nargs + 1, kwnames);
    if (!result) {
        if (!error_occurred()) {
            raise_error(&exc_AttributeError, "__init__");
        }
        return -1;
    }
    if (result != NONE) {
        raise_error(&exc_TypeError, "__init__() should return None, not '%s'", result->type->name);
        return -1;
    }
    return 0;
}

Object *dispatch_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    Object *function = object_getattr((Object *)type, names.__new__);
    if (!function) {
        return NULL;
    }
    size_t total = nargs + (kwnames ? (size_t)tuple_size(kwnames) : 0);
    Object *near[vector_room(total + 1)], **all = near;
    near[COUNT_OF(near) - 1] = NULL;
    if (total + 1 > COUNT_OF(near)) {
        all = heap_alloc((total + 1) * sizeof(Object *), CELL_POINTERS);
        if (!all) {
            return NULL;
        }
        gc_dirty(all);
    }
    all[0] = (Object *)type;
    if (total) {
        memcpy(all + 1, args, total * sizeof(Object *));
    }
    if (LIKELY(function->type == &function_type)) {
        return function_call(function, all, nargs + 1, kwnames);
    }
    if (recursion_enter(" while calling a Python object") < 0) {
        return NULL;
    }
    Object *result = call(function, all, nargs + 1, kwnames);
    recursion_leave();
    return result;
}

static void dispatch_finalize(Object *self) {
    Object *earlier = error_take();
    Object *method = type_lookup(self->type, names.__del__);
    if (method) {
        DescrGetFn get = method->type->info->slots.descr_get;
        Object *bound = get ? get(method, self, (Object *)self->type) : method;
        if (!bound || !call0(bound)) {
            error_unraisable(method);
        }
    }
    error_restore(earlier);
}

// Python's rules for binary operators, seen from one type's slot: the method of the left operand,
// unless the right one's type derives from the left one's and overrides the reflected method.
static bool reflected_is_overloaded(Object *left, Object *right, Object *reflected) {
    Object *a = type_lookup(right->type, reflected);
    if (!a) {
        return false;
    }
    Object *b = type_lookup(left->type, reflected);
    return !b || a != b;
}

static Object *dispatch_binary(Object *left, Object *right, size_t slot, BinaryFn self_function, Object *name,
                               Object *reflected) {
    const BinaryFn *left_slot = (const BinaryFn *)((const char *)slots_of(left) + slot);
    const BinaryFn *right_slot = (const BinaryFn *)((const char *)slots_of(right) + slot);
    bool try_right = left->type != right->type && *right_slot == self_function;
    if (*left_slot == self_function) {
        if (try_right && type_is_subtype(right->type, left->type) &&
            reflected_is_overloaded(left, right, reflected)) {
            Object *result = call_operator(reflected, right, left);
            if (result != NOT_IMPLEMENTED) {
                return result;
            }
            try_right = false;
        }
        Object *result = call_operator(name, left, right);
        if (result != NOT_IMPLEMENTED || left->type == right->type) {
            return result;
        }
    }
    return try_right ? call_operator(reflected, right, left) : NOT_IMPLEMENTED;
}

#define BINARY_DISPATCHER(field, dunder, rdunder) \
    static Object *dispatch_##field(Object *left, Object *right) { \
        return dispatch_binary(left, right, offsetof(Slots, field), dispatch_##field, names.dunder, \
                               names.rdunder); \
    }
BINARY_DISPATCHER(add, __add__, __radd__)
BINARY_DISPATCHER(subtract, __sub__, __rsub__)
BINARY_DISPATCHER(multiply, __mul__, __rmul__)
BINARY_DISPATCHER(remainder, __mod__, __rmod__)
BINARY_DISPATCHER(divmod, __divmod__, __rdivmod__)
BINARY_DISPATCHER(lshift, __lshift__, __rlshift__)
BINARY_DISPATCHER(rshift, __rshift__, __rrshift__)
BINARY_DISPATCHER(and, __and__, __rand__)
BINARY_DISPATCHER(xor, __xor__, __rxor__)
BINARY_DISPATCHER(or, __or__, __ror__)
BINARY_DISPATCHER(floor_divide, __floordiv__, __rfloordiv__)
BINARY_DISPATCHER(true_divide, __truediv__, __rtruediv__)
BINARY_DISPATCHER(matrix_multiply, __matmul__, __rmatmul__)

// The reflected method that belongs to the slot at that offset, which both operands' classes fill with methods written
// in Python.
Object *type_call_reflected(Object *left, Object *right, size_t slot) {
    for (size_t i = 1; i < slot_table_size; i++) {
        if (slot_table[i].offset == (int)slot && slot_table[i - 1].offset == (int)slot) {
            return call_operator(slot_table[i].name_object, right, left);
        }
    }
    return NOT_IMPLEMENTED;
}

static Object *dispatch_power(Object *base, Object *exponent, Object *modulus);
static Object *dispatch_power_two(Object *left, Object *right) {
    // The slot's type is TernaryFn; dispatch_binary only compares the pointers.
    return dispatch_binary(left, right, offsetof(Slots, power), (BinaryFn)(void *)dispatch_power,
                           names.__pow__, names.__rpow__);
}
static Object *dispatch_power(Object *base, Object *exponent, Object *modulus) {
    if (!modulus || modulus == NONE) {
        return dispatch_power_two(base, exponent);
    }
    // There is no reflected method with three arguments.
    if (slots_of(base)->power == dispatch_power) {
        Object *result = call_special_optional(names.__pow__, (Object *[]){ base, exponent, modulus }, 3,
                                               NULL);
        return result || error_occurred() ? result : NOT_IMPLEMENTED;
    }
    return NOT_IMPLEMENTED;
}
static Object *dispatch_inplace_power(Object *base, Object *exponent, Object *modulus) {
    return call_special(names.__ipow__, (Object *[]){ base, exponent }, 2);
}

#define UNARY_DISPATCHER(field, dunder) \
    static Object *dispatch_##field(Object *self) { \
        return call_special(names.dunder, &self, 1); \
    }
UNARY_DISPATCHER(negative, __neg__)
UNARY_DISPATCHER(positive, __pos__)
UNARY_DISPATCHER(absolute, __abs__)
UNARY_DISPATCHER(invert, __invert__)
UNARY_DISPATCHER(int, __int__)
UNARY_DISPATCHER(float, __float__)
UNARY_DISPATCHER(index, __index__)

#define ASYNC_DISPATCHER(field, dunder, text) \
    static Object *dispatch_##field(Object *self) { \
        Object *result = call_special_optional(names.dunder, &self, 1, NULL); \
        if (!result && !error_occurred()) { \
            return raise_error(&exc_AttributeError, "object %s does not have " text " method", \
                               self->type->name); \
        } \
        return result; \
    }
ASYNC_DISPATCHER(await, __await__, "__await__")
ASYNC_DISPATCHER(aiter, __aiter__, "__aiter__")
ASYNC_DISPATCHER(anext, __anext__, "__anext__")

#define INPLACE_DISPATCHER(field, dunder) \
    static Object *dispatch_inplace_##field(Object *left, Object *right) { \
        return call_special(names.dunder, (Object *[]){ left, right }, 2); \
    }
INPLACE_DISPATCHER(add, __iadd__)
INPLACE_DISPATCHER(subtract, __isub__)
INPLACE_DISPATCHER(multiply, __imul__)
INPLACE_DISPATCHER(remainder, __imod__)
INPLACE_DISPATCHER(lshift, __ilshift__)
INPLACE_DISPATCHER(rshift, __irshift__)
INPLACE_DISPATCHER(and, __iand__)
INPLACE_DISPATCHER(xor, __ixor__)
INPLACE_DISPATCHER(or, __ior__)
INPLACE_DISPATCHER(floor_divide, __ifloordiv__)
INPLACE_DISPATCHER(true_divide, __itruediv__)
INPLACE_DISPATCHER(matrix_multiply, __imatmul__)

static int dispatch_bool(Object *self) {
    Object *result = call_special_optional(names.__bool__, &self, 1, NULL);
    if (!result) {
        return error_occurred() ? -1 : 1;
    }
    if (!bool_check(result)) {
        raise_error(&exc_TypeError, "__bool__ should return bool, returned %s", result->type->name);
        return -1;
    }
    return result == TRUE_OBJECT;
}

static ssize_t checked_length(Object *result) {
    result = number_index(result);
    if (!result) {
        return -1;
    }
    if (int_sign(result) < 0) {
        raise_error(&exc_ValueError, "__len__() should return >= 0");
        return -1;
    }
    return number_as_ssize(result, &exc_OverflowError);
}
Object *length_from(Object *value) {
    ssize_t length = checked_length(value);
    return length < 0 ? NULL : int_from_ssize(length);
}
static ssize_t dispatch_length(Object *self) {
    Object *result = call_special(names.__len__, &self, 1);
    return result ? checked_length(result) : -1;
}

static Object *dispatch_getitem(Object *self, Object *key) {
    return call_special(names.__getitem__, (Object *[]){ self, key }, 2);
}
static int dispatch_setitem(Object *self, Object *key, Object *value) {
    Object *result = value ? call_special(names.__setitem__, (Object *[]){ self, key, value }, 3)
                           : call_special(names.__delitem__, (Object *[]){ self, key }, 2);
    return result ? 0 : -1;
}
static int dispatch_contains(Object *self, Object *item) {
    Object *method = type_lookup(self->type, names.__contains__);
    if (method == NONE) {
        raise_error(&exc_TypeError, "'%s' object is not a container", self->type->name);
        return -1;
    }
    Object *result = call_special(names.__contains__, (Object *[]){ self, item }, 2);
    return result ? object_is_true(result) : -1;
}

// ---- the table

WrapperBase slot_table[] = {
#define SLOT(field, name, wrapper, dispatcher, signature) \
    { name, offsetof(Slots, field), (void *)dispatcher, wrap_##wrapper, NULL, 0, NULL, signature },
#include "objects/slots.def"
#undef SLOT
};
const size_t slot_table_size = COUNT_OF(slot_table);

int slots_init(void) {
    for (size_t i = 0; i < slot_table_size; i++) {
        heap_add_root(&slot_table[i].name_object, 1);
        slot_table[i].name_object = str_intern_cstring(slot_table[i].name);
        if (!slot_table[i].name_object) {
            return -1;
        }
    }
    return 0;
}

static inline void **slot_at(const Slots *slots, int offset) {
    return (void **)((char *)(uintptr_t)slots + offset);
}

// Slots that a type can have without a method of their name: most of CPython's types free what is theirs when they
// are deallocated, which has no name, and `mmap` is iterated over as a sequence.
static bool slot_may_hide(int offset) {
    return offset == (int)offsetof(Slots, finalize) || offset == (int)offsetof(Slots, iter) ||
           offset == (int)offsetof(Slots, contains);
}

int type_add_wrappers(Type *type, const Slots *own) {
    Object *dict = type->dict;
    for (size_t i = 0; i < slot_table_size; i++) {
        WrapperBase *base = &slot_table[i];
        void *function = *slot_at(own, base->offset);
        if (!function || !base->wrapper) {
            continue;
        }
        if (slot_may_hide(base->offset) && doc_is_known(type->name, NULL) &&
            !doc_is_known(type->name, base->name)) {
            continue;
        }
        int dict_contains(Object * dict, Object * key);
        int dict_set(Object * dict, Object * key, Object * value);
        int present = dict_contains(dict, base->name_object);
        if (present) {
            if (present < 0) {
                return -1;
            }
            continue;
        }
        Object *value = function == (void *)object_hash_not_implemented
                            ? NONE
                            : wrapper_descr_new(type, base, function);
        if (!value || dict_set(dict, base->name_object, value) < 0) {
            return -1;
        }
    }
    return 0;
}

void type_inherit_slots(Type *type, const Type *base) {
    Slots *mine = &type->info->slots;
    const Slots *theirs = &base->info->slots;
    bool defines_comparison = mine->compare || mine->hash;
    NewFn new = mine->new;
    CompareFn compare = mine->compare;
    HashFn hash = mine->hash;
    void **to = (void **)mine, *const *from = (void *const *)theirs;
    for (size_t i = 0; i < sizeof(Slots) / sizeof(void *); i++) {
        if (!to[i]) {
            to[i] = from[i];
        }
    }
    mine->new = new; // follows `base` alone, by type_ready and type_update_slots
    if (defines_comparison) {
        mine->compare = compare;
        mine->hash = hash;
    }
}

// The function of the nearest built-in type for a slot that it hides.
static void *hidden_slot(const Type *type, int offset) {
    for (; type; type = type->base) {
        void *function = type->flags & TF_HEAP ? NULL : *slot_at(&type->info->spec->slots, offset);
        if (function) {
            return function;
        }
    }
    return NULL;
}

// The function for the slot at table[first … end), all of one slot, from what `type` finds by name.
static void update_group(Type *type, size_t first, size_t end) {
    int offset = slot_table[first].offset;
    void *specific = NULL, *generic = NULL;
    bool use_generic = false, found = false;
    for (size_t i = first; i < end; i++) {
        WrapperBase *base = &slot_table[i];
        Object *descr = type_lookup_uncached(type, base->name_object);
        if (!descr) {
            continue;
        }
        if (descr->type == &wrapper_descriptor_type) {
            WrapperDescr *wrapper = (WrapperDescr *)descr;
            if (wrapper->slot->name_object == base->name_object &&
                type_is_subtype(type, wrapper->head.type)) {
                if (wrapper->slot->offset != offset) {
                    continue; // the same name through another slot: `list.__add__` fills concat
                }
                if (!specific || specific == wrapper->wrapped) {
                    specific = wrapper->wrapped;
                    found = true;
                    continue;
                }
                use_generic = true;
            } else {
                use_generic = true;
            }
        } else if (descr->type == &builtin_function_type && offset == (int)offsetof(Slots, new) &&
                   ((BuiltinFunction *)descr)->def == new_wrapper_def()) {
            const Type *owner = (Type *)((BuiltinFunction *)descr)->self;
            specific = owner == type                               ? (void *)type->info->slots.new
                       : type->base && type->base->info->slots.new ? (void *)type->base->info->slots.new
                                                                   : (void *)owner->info->slots.new;
            found = true;
            continue;
        } else if (descr == NONE && offset == (int)offsetof(Slots, hash)) {
            specific = (void *)object_hash_not_implemented;
            found = true;
            continue;
        } else if ((descr->type == &method_descriptor_type) &&
                   type_is_subtype(type, ((Descr *)descr)->type) &&
                   *slot_at(&((Descr *)descr)->type->info->slots, offset) &&
                   !(((Descr *)descr)->type->flags & TF_HEAP)) {
            // A method that stands beside the slot of its own type (list.__getitem__).
            specific = *slot_at(&((Descr *)descr)->type->info->slots, offset);
            found = true;
            continue;
        } else {
            use_generic = true;
        }
        found = true;
        if (base->dispatcher && (!generic || offset == (int)offsetof(Slots, getattr))) {
            generic = base->dispatcher;
        }
    }
    void *function = use_generic ? generic : specific;
    if (!found && slot_may_hide(offset)) {
        function = hidden_slot(type, offset);
    }
    if (use_generic && !generic && found) {
        function = slot_table[first].dispatcher;
    }
    __atomic_store_n(slot_at(&type->info->slots, offset), function, __ATOMIC_RELEASE);
}

void type_update_slots(Type *type, Object *name) {
    for (size_t i = 0; i < slot_table_size;) {
        size_t end = i + 1;
        bool matches = !name || slot_table[i].name_object == name;
        while (end < slot_table_size && slot_table[end].offset == slot_table[i].offset) {
            matches |= slot_table[end].name_object == name;
            end++;
        }
        if (matches) {
            update_group(type, i, end);
        }
        i = end;
    }
    TypeInfo *info = type->info;
    if (type->flags & TF_HEAP) {
        __atomic_store_n(&info->has_finalizer, info->slots.finalize != NULL, __ATOMIC_RELAXED);
        bool is_sequence = (type->base && type->base->info->is_sequence) ||
                           (info->slots.getitem == dispatch_getitem && !(type->flags & TF_DICT));
        __atomic_store_n(&info->is_sequence, is_sequence, __ATOMIC_RELAXED);
        RepeatFn item = type->base && info->slots.getitem == type->base->info->slots.getitem
                            ? type->base->info->slots.item
                            : NULL;
        __atomic_store_n(&info->slots.item, item, __ATOMIC_RELAXED);
    }
}
