// Operations on any object: what the interpreter's instructions, the built-in functions and the
// C API have in common. Each may run Python code unless it says otherwise.
#pragma once

#include "objects/object.h"

// ---- text, identity, truth
Object *object_repr(Object *o);
Object *object_str(Object *o);
Object *object_ascii(Object *o);
Object *object_format(Object *o, Object *spec);  // spec NULL: empty
hash_t object_hash(Object *o);                   // -1: TypeError "unhashable type: 'list'"
// The same where it comes soon and runs no Python code; -1, without an exception, if object_hash has to say.
hash_t object_plain_hash(Object *o);
int object_is_true(Object *o);                   // 1, 0, -1
Object *object_dir(Object *o);                   // NULL o: the current scope
bool object_callable(Object *o);
hash_t pointer_hash(const void *p);

// ---- attributes
Object *object_getattr(Object *o, Object *name);
Object *object_getattr_cstring(Object *o, const char *name);
// 1 and *result, 0 and NULL when there is no such attribute (no exception is left), -1.
int object_getattr_optional(Object *o, Object *name, Object **result);
// Tells an AttributeError in flight, if it does not know yet, what was looked for where.
void attribute_error_context(Object *o, Object *name);
int object_setattr(Object *o, Object *name, Object *value);  // value NULL: delete
// The default `__getattribute__` and `__setattr__`.
Object *object_generic_getattr(Object *o, Object *name);
int object_generic_setattr(Object *o, Object *name, Object *value);
// Looks `name` up along the type's MRO through the version-tagged cache; NULL without an exception
// when absent. Never runs Python code.
Object *type_lookup(Type *type, Object *name);
// Finds a special method on the type and binds it; 1, 0, -1.
int object_lookup_special(Object *o, Object *name, Object **method);

// ---- calls
// How large a C function makes the array on its stack in which it puts `total` arguments together: as large as they
// are, or 1 when they are so many that they go to a heap cell; and one more when that is odd, since stacks are aligned
// to two words. Never larger: the collector reads the whole frame, and what was not written (the caller clears the last
// one) would still hold what calls before left there, for as long as the call takes.
static inline size_t vector_room(size_t total) {
    size_t room = total - 1 < 24 ? total : 1;
    return room + (room & 1);
}
Object *call(Object *callable, Object *const *args, size_t nargs, Object *kwnames);
static inline Object *call0(Object *callable) {
    return call(callable, NULL, 0, NULL);
}
static inline Object *call1(Object *callable, Object *a) {
    return call(callable, (Object *[]){ a }, 1, NULL);
}
static inline Object *call2(Object *callable, Object *a, Object *b) {
    return call(callable, (Object *[]){ a, b }, 2, NULL);
}
static inline Object *call3(Object *callable, Object *a, Object *b, Object *c) {
    return call(callable, (Object *[]){ a, b, c }, 3, NULL);
}
Object *call_tuple_dict(Object *callable, Object *args, Object *kwargs); // kwargs NULL or a dict
// args[0] is the object; avoids making a bound method.
Object *call_method(Object *name, Object *const *args, size_t nargs, Object *kwnames);
static inline Object *call_method0(Object *o, Object *name) {
    return call_method(name, (Object *[]){ o }, 1, NULL);
}
static inline Object *call_method1(Object *o, Object *name, Object *a) {
    return call_method(name, (Object *[]){ o, a }, 2, NULL);
}
static inline Object *call_method2(Object *o, Object *name, Object *a, Object *b) {
    return call_method(name, (Object *[]){ o, a, b }, 3, NULL);
}

// ---- comparison
Object *object_compare(Object *a, Object *b, CompareOp op);
int object_compare_bool(Object *a, Object *b, CompareOp op); // identity counts as equality
// Whether a == b, identity counting as equality, when that takes no Python code to say: numbers, text, bytes, None, and
// tuples of such as deep as `depth`. False: undecided.
enum { SIMPLE_DEPTH = 8 };
bool object_equal_simply(Object *a, Object *b, int depth, bool *equal);
int object_is_instance_of(Object *o, Object *classinfo); // isinstance(): 1, 0, -1
int object_is_subclass_of(Object *cls, Object *classinfo);

// ---- numbers. `op` indexes CPython's BINARY_OP argument (NB_ADD = 0 ... NB_INPLACE_XOR = 25).
Object *number_binary(Object *a, Object *b, int op);
// What is left to do when the method of a's class that number_binary, or object_compare, calls first said
// NotImplemented: the in-place one where there is one.
Object *number_binary_after(Object *a, Object *b, int op);
Object *object_compare_after(Object *a, Object *b, CompareOp op);
// len() of what __len__ returned: an int, or NULL with TypeError, ValueError or OverflowError.
Object *length_from(Object *value);
Object *number_add(Object *a, Object *b);
Object *number_subtract(Object *a, Object *b);
Object *number_multiply(Object *a, Object *b);
Object *number_true_divide(Object *a, Object *b);
Object *number_floor_divide(Object *a, Object *b);
Object *number_remainder(Object *a, Object *b);
Object *number_divmod(Object *a, Object *b);
Object *number_power(Object *a, Object *b, Object *modulus); // modulus NULL: none
Object *number_inplace_power(Object *a, Object *b, Object *modulus);
Object *number_negative(Object *o);
Object *number_positive(Object *o);
Object *number_invert(Object *o);
Object *number_absolute(Object *o);
Object *number_index(Object *o); // an int, by __index__; TypeError otherwise
Object *number_int(Object *o); // int(o)
Object *number_float(Object *o); // float(o)
bool number_check_index(Object *o);
// As a C size: OverflowError, or with `overflow` NULL clipped to the range. -1 with an exception.
ssize_t number_as_ssize(Object *o, Type *overflow);
// As an argument of type Py_ssize_t: OverflowError "Python int too large to convert to C ssize_t". -1 with an exception.
ssize_t number_to_ssize(Object *o);
// A size that may be left out (NULL) or None: *value stays as it is. -1 with an exception.
int number_optional_ssize(Object *o, ssize_t *value);

// ---- containers
ssize_t object_length(Object *o);
ssize_t object_length_hint(Object *o, ssize_t otherwise);
Object *object_getitem(Object *o, Object *key);
int object_setitem(Object *o, Object *key, Object *value); // value NULL: delete
Object *sequence_getitem(Object *o, ssize_t index);
int sequence_contains(Object *o, Object *item);
bool sequence_check(Object *o);
bool mapping_check(Object *o);
bool has_sequence_methods(Object *o); // any of them, as `len` and `in`
Object *sequence_concat(Object *a, Object *b);
Object *sequence_repeat(Object *o, ssize_t count);
Object *sequence_tuple(Object *o);
Object *sequence_list(Object *o);
// The object itself when it is a list or tuple, else a list of it; `message` is the TypeError's text.
Object *sequence_fast(Object *o, const char *message);
ssize_t sequence_index(Object *o, Object *item); // ValueError when absent
ssize_t sequence_count(Object *o, Object *item);

// ---- iteration
Object *object_iter(Object *o);
// The same for a C loop that goes through all items at once. In CPython no other thread can change the
// container meanwhile; here it is copied first, in one step, while several threads run.
Object *object_iter_whole(Object *o);
Object *iter_next(Object *iterator); // NULL: exhausted (no exception), or an exception
bool iter_check(Object *o);
SendResult iter_send(Object *iterator, Object *value, Object **result);

// ---- buffers
int object_get_buffer(Object *o, Buffer *view, int flags);
// BUFFER_SIMPLE for who goes over the bytes more than once: they stay as they are. What another thread or process could change
// meanwhile is copied.
int object_get_steady_buffer(Object *o, Buffer *view);
void buffer_release(Buffer *view);
bool buffer_check(Object *o);
// Whether the buffer that a memoryview's inner object (of managed_buffer_type) holds was given back.
bool managed_buffer_is_released(const Object *managed);
// Whether an exporter's count of buffers stays above zero when the memoryviews that nobody can reach any
// more have given theirs back. Collects and runs finalizers if need be: no lock may be held.
bool buffers_are_exported(const ssize_t *exports);
// The count: what a view gave back under no lock was read and written before the count is seen to be lower.
static inline ssize_t exports_read(const ssize_t *exports) {
    return __atomic_load_n(exports, __ATOMIC_ACQUIRE);
}
static inline void exports_add(ssize_t *exports) {
    __atomic_fetch_add(exports, 1, __ATOMIC_RELAXED);
}
static inline void exports_drop(ssize_t *exports) {
    __atomic_fetch_sub(exports, 1, __ATOMIC_RELEASE);
}
// Fills a one-dimensional view of bytes, as simple exporters do.
int buffer_fill(Buffer *view, Object *exporter, void *data, ssize_t length, bool readonly, int flags);
