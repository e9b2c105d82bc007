// Weak references and proxies.
//
// Every reference to an object hangs on a doubly linked list whose head lies in the referent, at its
// type's weaklist_offset. Neither the list nor the referent is traced: the collector clears references
// whose referent it found dead and unlinks references that died themselves (heap/finalize.c), both with
// the world stopped. So all that running threads do is insert, under one mutex, and read.
//
// As in CPython a plain reference without a callback, and a plain proxy, are made once per referent and
// stand at the head of the list, in that order.
#include "objects/weakref.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/str.h"

Type weakref_type, weakref_proxy_type, weakref_callable_proxy_type;

static Mutex weakref_lock;

static WeakRef **list_head(Object *referent) {
    return (WeakRef **)((char *)referent + referent->type->weaklist_offset);
}

static bool is_proxy(const Object *o) {
    return o->type == &weakref_proxy_type || o->type == &weakref_callable_proxy_type;
}

Object *weakref_get(Object *weakref) {
    Object *object = __atomic_load_n(&((WeakRef *)weakref)->object, __ATOMIC_RELAXED);
    return object == NONE ? NULL : object;
}

// The shared reference of this kind, if the list has it and it is not withheld (heap/resurrect.c). With the lock held.
static WeakRef *find_shared(WeakRef *head, Type *type) {
    for (int i = 0; i < 2 && head; i++, head = head->next) {
        if (!head->callback && head->object != NONE &&
            (head->base.type == type || (type != &weakref_type && is_proxy(&head->base)))) {
            return head;
        }
    }
    return NULL;
}

static Object *weakref_make(Type *type, Object *referent, Object *callback) {
    if (referent->type->weaklist_offset <= 0) {
        return raise_error(&exc_TypeError, "cannot create weak reference to '%s' object",
                           referent->type->name);
    }
    if (callback == NONE) {
        callback = NULL;
    }
    bool proxy = type == &weakref_proxy_type || type == &weakref_callable_proxy_type;
    bool shared = !callback && (type == &weakref_type || proxy);
    WeakRef **head = list_head(referent), *found = NULL;
    if (shared) {
        mutex_lock(&weakref_lock);
        found = find_shared(*head, type);
        mutex_unlock(&weakref_lock);
        if (found) {
            return &found->base;
        }
    }
    WeakRef *ref = (WeakRef *)object_alloc(type);
    if (!ref) {
        return NULL;
    }
    ref->hash = -1;
    gc_init(&ref->callback, callback);
    mutex_lock(&weakref_lock);
    if (shared && (found = find_shared(*head, type))) {
        mutex_unlock(&weakref_lock);
        return &found->base; // another thread was faster; ours has no referent and is forgotten
    }
    WeakRef *before = NULL, *after = *head;
    if (!shared || proxy) {
        // Behind the shared reference; others behind the shared proxy too.
        int skip = shared ? 1 : 2;
        while (skip-- > 0 && after && !after->callback &&
               (after->base.type == &weakref_type || (!shared && is_proxy(&after->base)))) {
            before = after;
            after = after->next;
        }
    }
    ref->object = referent;
    ref->previous = before;
    ref->next = after;
    if (after) {
        after->previous = ref;
    }
    if (before) {
        before->next = ref;
    } else {
        __atomic_store_n(head, ref, __ATOMIC_RELAXED); // who asks whether anybody watches takes no lock
    }
    // On the list and registered, or neither: with the mutex held no collection comes between.
    int registered = heap_register_weakref(&ref->base);
    if (registered < 0) {
        ref->object = NONE;
        if (after) {
            after->previous = before;
        }
        *(before ? &before->next : head) = after;
    }
    mutex_unlock(&weakref_lock);
    return registered < 0 ? NULL : &ref->base;
}

Object *weakref_new(Object *referent, Object *callback) {
    return weakref_make(&weakref_type, referent, callback);
}

Object *weakref_proxy_new(Object *referent, Object *callback) {
    return weakref_make(object_callable(referent) ? &weakref_callable_proxy_type : &weakref_proxy_type,
                        referent, callback);
}

ssize_t weakref_count(Object *referent) {
    ssize_t count = 0;
    if (referent->type->weaklist_offset > 0) {
        mutex_lock(&weakref_lock);
        for (WeakRef *ref = *list_head(referent); ref; ref = ref->next) {
            count++;
        }
        mutex_unlock(&weakref_lock);
    }
    return count;
}

Object *weakref_list(Object *referent) {
    Object *list = list_new(0);
    if (!list || referent->type->weaklist_offset <= 0) {
        return list;
    }
    // The references are read in pieces, because appending can collect.
    for (size_t at = 0;;) {
        Object *piece[64];
        size_t count = 0, i = 0;
        mutex_lock(&weakref_lock);
        for (WeakRef *ref = *list_head(referent); ref && count < COUNT_OF(piece); ref = ref->next, i++) {
            if (i >= at) {
                piece[count++] = &ref->base;
            }
        }
        mutex_unlock(&weakref_lock);
        for (i = 0; i < count; i++) {
            if (list_append(list, piece[i]) < 0) {
                return NULL;
            }
        }
        if (count < COUNT_OF(piece)) {
            return list;
        }
        at += count;
    }
}

// ---- the reference type

static void weakref_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((WeakRef *)self)->callback);
}

static Object *weakref_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_check_count("__new__", nargs, 1, 2) < 0) {
        return NULL;
    }
    if (kwnames && type == &weakref_type && arguments_no_keywords("ref", kwnames) < 0) {
        return NULL;
    }
    return weakref_make(type, args[0], nargs > 1 ? args[1] : NULL);
}

static int weakref_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && arguments_no_keywords("ref", kwnames) < 0) {
        return -1;
    }
    return arguments_check_count("__init__", nargs, 1, 2);
}

static Object *weakref_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (UNLIKELY(kwnames != NULL) && arguments_no_keywords("weakref", kwnames) < 0) {
        return NULL;
    }
    if (UNLIKELY(nargs != 0)) {
        return raise_error(&exc_TypeError, "weakref expected 0 arguments, got %zd", (ssize_t)nargs);
    }
    Object *object = weakref_get(self);
    return object ? object : NONE;
}

static hash_t weakref_hash(Object *self) {
    WeakRef *ref = (WeakRef *)self;
    if (ref->hash != -1) {
        return ref->hash;
    }
    Object *object = weakref_get(self);
    if (!object) {
        raise_error(&exc_TypeError, "weak object has gone away");
        return -1;
    }
    hash_t hash = object_hash(object);
    __atomic_store_n(&ref->hash, hash, __ATOMIC_RELAXED);
    return hash;
}

static Object *weakref_compare(Object *self, Object *other, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !object_is_instance(self, &weakref_type) ||
        !object_is_instance(other, &weakref_type)) {
        return NOT_IMPLEMENTED;
    }
    Object *a = weakref_get(self), *b = weakref_get(other);
    if (!a || !b) {
        return bool_from((self == other) == (op == CMP_EQ));
    }
    return object_compare(a, b, op);
}

static Object *weakref_repr(Object *self) {
    Object *object = weakref_get(self), *name = NULL;
    if (!object) {
        return str_format("<weakref at %p; dead>", (void *)self);
    }
    if (object_getattr_optional(object, names.__name__, &name) < 0) {
        return NULL;
    }
    if (name && str_check(name)) {
        return str_format("<weakref at %p; to '%s' at %p (%U)>", (void *)self, object->type->name,
                          (void *)object, name);
    }
    return str_format("<weakref at %p; to '%s' at %p>", (void *)self, object->type->name, (void *)object);
}

static Object *weakref_class_getitem(Object *cls, Object *item) {
    return generic_alias_new(cls, item);
}

static BuiltinDef weakref_methods[] = {
    BUILTIN("__class_getitem__", weakref_class_getitem, "-($type, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

static MemberDef weakref_members[] = {
    { "__callback__", MEMBER_OBJECT, offsetof(WeakRef, callback), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

const TypeSpec weakref_spec = {
    .name = "weakref.ReferenceType",
    .basic_size = sizeof(WeakRef),
    .vectorcall_offset = offsetof(WeakRef, vectorcall),
    .flags = TF_BASE | TF_GC,
    .methods = weakref_methods,
    .members = weakref_members,
    .trace = weakref_trace,
    .slots = {
        .new = weakref_tp_new, .init = weakref_init, .call = weakref_call, .hash = weakref_hash,
        .compare = weakref_compare, .repr = weakref_repr,
    },
};

// ---- proxies: every operation is passed on to the referent

// The referent of a proxy (NULL with ReferenceError), or the object itself.
static Object *unwrap(Object *o) {
    if (!o || !is_proxy(o)) {
        return o;
    }
    Object *object = weakref_get(o);
    if (!object) {
        raise_error(&exc_ReferenceError, "weakly-referenced object no longer exists");
    }
    return object;
}

static Object *proxy_binary(Object *a, Object *b, int op) {
    if (!(a = unwrap(a)) || !(b = unwrap(b))) {
        return NULL;
    }
    return number_binary(a, b, op);
}

// The numbers are those of BINARY_OP's argument.
#define PROXY_BINARY(name, op) \
    static Object *proxy_##name(Object *left, Object *right) { \
        return proxy_binary(left, right, op); \
    }
PROXY_BINARY(add, 0)
PROXY_BINARY(and, 1)
PROXY_BINARY(floor_divide, 2)
PROXY_BINARY(lshift, 3)
PROXY_BINARY(matrix_multiply, 4)
PROXY_BINARY(multiply, 5)
PROXY_BINARY(remainder, 6)
PROXY_BINARY(or, 7)
PROXY_BINARY(rshift, 9)
PROXY_BINARY(subtract, 10)
PROXY_BINARY(true_divide, 11)
PROXY_BINARY(xor, 12)
PROXY_BINARY(inplace_add, 13)
PROXY_BINARY(inplace_and, 14)
PROXY_BINARY(inplace_floor_divide, 15)
PROXY_BINARY(inplace_lshift, 16)
PROXY_BINARY(inplace_matrix_multiply, 17)
PROXY_BINARY(inplace_multiply, 18)
PROXY_BINARY(inplace_remainder, 19)
PROXY_BINARY(inplace_or, 20)
PROXY_BINARY(inplace_rshift, 22)
PROXY_BINARY(inplace_subtract, 23)
PROXY_BINARY(inplace_true_divide, 24)
PROXY_BINARY(inplace_xor, 25)
#undef PROXY_BINARY

#define PROXY_UNARY(name, function) \
    static Object *proxy_##name(Object *self) { \
        return (self = unwrap(self)) ? function(self) : NULL; \
    }
PROXY_UNARY(str, object_str)
PROXY_UNARY(iter, object_iter)
PROXY_UNARY(negative, number_negative)
PROXY_UNARY(positive, number_positive)
PROXY_UNARY(absolute, number_absolute)
PROXY_UNARY(invert, number_invert)
PROXY_UNARY(to_int, number_int)
PROXY_UNARY(to_float, number_float)
PROXY_UNARY(to_index, number_index)
#undef PROXY_UNARY

static Object *proxy_divmod(Object *a, Object *b) {
    return (a = unwrap(a)) && (b = unwrap(b)) ? number_divmod(a, b) : NULL;
}

static Object *proxy_power(Object *a, Object *b, Object *modulus) {
    if (!(a = unwrap(a)) || !(b = unwrap(b)) || (modulus && !(modulus = unwrap(modulus)))) {
        return NULL;
    }
    return number_power(a, b, modulus);
}

static Object *proxy_inplace_power(Object *a, Object *b, Object *modulus) {
    if (!(a = unwrap(a)) || !(b = unwrap(b)) || (modulus && !(modulus = unwrap(modulus)))) {
        return NULL;
    }
    return number_inplace_power(a, b, modulus);
}

static int proxy_to_bool(Object *self) {
    return (self = unwrap(self)) ? object_is_true(self) : -1;
}

static Object *proxy_next(Object *self) {
    if (!(self = unwrap(self))) {
        return NULL;
    }
    if (!iter_check(self)) {
        return raise_error(&exc_TypeError, "Weakref proxy referenced a non-iterator '%s' object",
                           self->type->name);
    }
    return iter_next(self);
}

static Object *proxy_getattr(Object *self, Object *name) {
    return (self = unwrap(self)) ? object_getattr(self, name) : NULL;
}

static int proxy_setattr(Object *self, Object *name, Object *value) {
    return (self = unwrap(self)) ? object_setattr(self, name, value) : -1;
}

static Object *proxy_compare(Object *self, Object *other, CompareOp op) {
    return (self = unwrap(self)) && (other = unwrap(other)) ? object_compare(self, other, op) : NULL;
}

static ssize_t proxy_length(Object *self) {
    return (self = unwrap(self)) ? object_length(self) : -1;
}

static Object *proxy_getitem(Object *self, Object *key) {
    return (self = unwrap(self)) && (key = unwrap(key)) ? object_getitem(self, key) : NULL;
}

static int proxy_setitem(Object *self, Object *key, Object *value) {
    return (self = unwrap(self)) && (key = unwrap(key)) ? object_setitem(self, key, value) : -1;
}

static int proxy_contains(Object *self, Object *item) {
    return (self = unwrap(self)) && (item = unwrap(item)) ? sequence_contains(self, item) : -1;
}

static Object *proxy_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    return (self = unwrap(self)) ? call(self, args, nargs, kwnames) : NULL;
}

static Object *proxy_repr(Object *self) {
    Object *object = weakref_get(self);
    return str_format("<weakproxy at %p to %s at %p>", (void *)self, object ? object->type->name : "NoneType",
                      (void *)(object ? object : NONE));
}

static Object *proxy_bytes(Object *self) {
    return (self = unwrap(self)) ? call_method0(self, names.__bytes__) : NULL;
}

static Object *proxy_reversed(Object *self) {
    return (self = unwrap(self)) ? call_method0(self, names.__reversed__) : NULL;
}

static BuiltinDef proxy_methods[] = {
    BUILTIN("__bytes__", proxy_bytes, "-($self, /)", 0, NULL),
    BUILTIN("__reversed__", proxy_reversed, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

#define PROXY_SLOTS \
    .repr = proxy_repr, .str = proxy_str, .hash = object_hash_not_implemented, .getattr = proxy_getattr, \
    .setattr = proxy_setattr, .compare = proxy_compare, .iter = proxy_iter, .next = proxy_next, \
    .add = proxy_add, .subtract = proxy_subtract, .multiply = proxy_multiply, .remainder = proxy_remainder, \
    .divmod = proxy_divmod, .power = proxy_power, .negative = proxy_negative, .positive = proxy_positive, \
    .absolute = proxy_absolute, .to_bool = proxy_to_bool, .invert = proxy_invert, .lshift = proxy_lshift, \
    .rshift = proxy_rshift, .and = proxy_and, .xor = proxy_xor, .or = proxy_or, .to_int = proxy_to_int, \
    .to_float = proxy_to_float, .to_index = proxy_to_index, .floor_divide = proxy_floor_divide, \
    .true_divide = proxy_true_divide, .matrix_multiply = proxy_matrix_multiply, \
    .inplace_add = proxy_inplace_add, .inplace_subtract = proxy_inplace_subtract, \
    .inplace_multiply = proxy_inplace_multiply, .inplace_remainder = proxy_inplace_remainder, \
    .inplace_power = proxy_inplace_power, .inplace_lshift = proxy_inplace_lshift, \
    .inplace_rshift = proxy_inplace_rshift, .inplace_and = proxy_inplace_and, \
    .inplace_xor = proxy_inplace_xor, .inplace_or = proxy_inplace_or, \
    .inplace_floor_divide = proxy_inplace_floor_divide, .inplace_true_divide = proxy_inplace_true_divide, \
    .inplace_matrix_multiply = proxy_inplace_matrix_multiply, .length = proxy_length, \
    .getitem = proxy_getitem, .setitem = proxy_setitem, .contains = proxy_contains

const TypeSpec weakref_proxy_spec = {
    .name = "weakref.ProxyType",
    .basic_size = sizeof(WeakRef),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = proxy_methods,
    .trace = weakref_trace,
    .slots = { PROXY_SLOTS },
};

const TypeSpec weakref_callable_proxy_spec = {
    .name = "weakref.CallableProxyType",
    .basic_size = sizeof(WeakRef),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = weakref_trace,
    .slots = { PROXY_SLOTS, .call = proxy_call },
};
