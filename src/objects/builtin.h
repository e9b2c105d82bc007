// How built-ins are declared: one table line gives name, C function, signature, effects and doc.
//
// The signature is CPython's `__text_signature__` ("($self, object, /)"). From it come the argument
// binding and its errors, in the words that CPython uses for that kind of function:
//   - Parameters with fixed arity: the C function takes `self` and one `Object *` a parameter; an
//     optional parameter that was not given is NULL (a default in the signature is documentation).
//     With more than SIGNATURE_DIRECT parameters it takes `self` and an array of them.
//   - `*args` or `**kwargs` in it, or a NULL signature: the C function has the vectorcall convention
//     `Object *f(Object *self, Object *const *args, size_t nargs, Object *kwnames)` and binds by
//     itself (signature_bind and arguments_… help). With a signature, that is still shown to users.
//   - A leading '-' hides it from `__text_signature__`; binding is the same. A leading '|' marks an
//     all-positional function whose CPython counterpart takes keywords-style ("clinic") messages.
// `self` is the instance, the class (BUILTIN_CLASS), NULL (BUILTIN_STATIC) or the module.
#pragma once

#include "objects/object.h"

enum { SIGNATURE_DIRECT = 6 };

typedef enum BuiltinFlags {
    BUILTIN_CLASS = 0x0010,       // METH_CLASS
    BUILTIN_STATIC = 0x0020,      // METH_STATIC
    BUILTIN_COEXIST = 0x0040,     // METH_COEXIST: stands beside the slot wrapper of that name
    EFFECT_PURE = 0x10000,        // the result depends on the arguments alone, may be folded
    EFFECT_NO_PYTHON = 0x20000,   // never runs Python code
    EFFECT_NO_RAISE = 0x40000,
    EFFECT_NO_ALLOC = 0x80000,
    EFFECT_LOCKS = 0x100000,      // the caller takes self's object lock around the call
    // Called with one argument, it lets nobody get hold of that: no cell refers to it afterwards, no Python code sees it
    // meanwhile (its items may be seen), unless it is the result.
    EFFECT_KEEPS_NOTHING = 0x1000000,
    // At its end it calls generator_dropped with its first argument, an iterable.
    EFFECT_DROPS = 0x2000000,
    INLINE_LEN = 0x400000, // len, isinstance: calls have handlers of their own
    INLINE_ISINSTANCE = 0x800000,
    EFFECT_COLLECTS = 0x200000, // wants Thread.collect_from: never called by a specialised handler
} BuiltinFlags;

// Begins with CPython's PyMethodDef.
typedef struct BuiltinDef {
    const char *name;
    void *counting_thunk; // ml_meth, made by src/capi on first need
    int flags;
    const char *doc;
    void *function;
    const char *signature;
    struct Signature *parsed; // made on first need, then immutable
} BuiltinDef;

#define BUILTIN(name, function, signature, flags, doc) \
    { name, NULL, flags, doc, (void *)(function), signature, NULL }
#define BUILTIN_END { NULL, NULL, 0, NULL, NULL, NULL, NULL }

typedef struct GetSetDef {
    const char *name;
    Object *(*get)(Object *self, void *closure);
    int (*set)(Object *self, Object *value, void *closure); // value NULL: delete
    const char *doc;
    void *closure;
} GetSetDef; // CPython's PyGetSetDef

typedef enum MemberKind { // CPython's T_… numbers
    MEMBER_SHORT = 0,
    MEMBER_INT = 1,
    MEMBER_LONG = 2,
    MEMBER_FLOAT = 3,
    MEMBER_DOUBLE = 4,
    MEMBER_STRING = 5,
    MEMBER_OBJECT = 6,
    MEMBER_CHAR = 7,
    MEMBER_BYTE = 8,
    MEMBER_UBYTE = 9,
    MEMBER_USHORT = 10,
    MEMBER_UINT = 11,
    MEMBER_ULONG = 12,
    MEMBER_STRING_INPLACE = 13,
    MEMBER_BOOL = 14,
    MEMBER_OBJECT_EX = 16,
    MEMBER_LONGLONG = 17,
    MEMBER_ULONGLONG = 18,
    MEMBER_SSIZE = 19,
    MEMBER_NONE = 20,
} MemberKind;
enum { MEMBER_READONLY = 1 };

typedef struct MemberDef {
    const char *name;
    int kind;
    ssize_t offset;
    int flags;
    const char *doc;
} MemberDef; // CPython's PyMemberDef

enum { FRESH_TUPLE_MOST = 8 };

// The declaration of a built-in type. `slots` holds only what the type itself defines; type_ready
// inherits the rest. What `basic_size`, `dict_offset`, `weaklist_offset` say is what CPython 3.11
// reports; `instance_size` is the true size when that is larger (0: the same).
typedef struct TypeSpec {
    const char *name; // "list", "collections.deque"
    Type *base; // NULL: object
    ssize_t basic_size, item_size, dict_offset, weaklist_offset, vectorcall_offset;
    size_t instance_size, lock_offset;
    unsigned long flags; // TF_BASE, TF_GC, TF_… beyond those inherited
    bool is_sequence;
    bool is_no_mapping; // its getitem is that of a sequence alone: C code does not take it for a mapping
    bool frees_only; // slots.finalize only frees what malloc gave: it may run in a collection's pause
    bool is_internal; // instances are parts of other objects: no program meets one, nor the type
    const char *doc; // may start with "name(sig)\n--\n\n", as in CPython
    BuiltinDef *methods;
    GetSetDef *getsets;
    MemberDef *members;
    TraceFn trace; // NULL: like the base
    Slots slots;
    Object *(*snapshot)(Object *self); // containers: a list of what `iter` would give, taken in one step
    // `next` makes a tuple as the last thing it does, and nothing else refers to it (if of FRESH_TUPLE_MOST at most).
    bool fresh_tuples;
    // Up to `most` next items at once, as many as come without Python code, while one thread runs. 0 says nothing: `next`
    // decides (iterator_take_many). -1 with MemoryError.
    ssize_t (*take_many)(Object *self, Object **items, ssize_t most);
    bool rewinds; // take_many changes only words of the iterator that hold no pointers (PeekedItems)
    bool skips; // take_many may be asked with NULL for `items`: it goes on and makes nothing (iterator_skip)
    // Where an instance of one with fresh_tuples takes the tuple from that was given back to it (tuple_recycled); or 0.
    size_t spare_offset;
    // An instance's hash where it comes soon and without Python code, allocation or error; else -1 (object_plain_hash).
    hash_t (*plain_hash)(Object *self);
    // A word in whose order instances of exactly this type stand: equal ones have the same, and comparing what has one
    // runs no Python code and does not fail. False: `o` has none that fits those of `first` (list.sort).
    bool (*sort_key)(const Object *o, const Object *first, uint64_t *key);
    // As EFFECT_KEEPS_NOTHING: calling the type itself, calling an instance.
    bool making_keeps_nothing;
    bool (*calling_keeps_nothing)(const Object *self);
} TypeSpec;

// Makes a static type ready: fills CPython's fields, inherits slots, builds its dict (descriptors for
// methods, members, getsets, and wrappers for its slots). The type goes on referring to the spec.
// Returns -1 with an exception set.
int type_ready(Type *type, const TypeSpec *spec);

// A built-in module. `exec` fills a fresh module's dict beyond `functions`; -1 with an exception.
typedef struct ModuleSpec {
    const char *name, *doc;
    BuiltinDef *functions;
    int (*exec)(Object *module);
} ModuleSpec;

// ---- calling a builtin, and binding by hand

// Calls `def` as the bound function of `self`; `owner_name` (or NULL) goes before the name in errors
// ("list.append() takes ...").
Object *builtin_call(BuiltinDef *def, const char *owner_name, Object *self, Object *const *args, size_t nargs,
                     Object *kwnames);

// How many parameters def->function has, when a call with `nargs` positional arguments may go straight to
// it, with NULL for those that are missing; -1 when it may not. (With EFFECT_LOCKS only while one thread
// runs.)
int builtin_direct_arity(BuiltinDef *def, size_t nargs);

// Binds a call to the parameters of `signature` (parsed once, cached at *cache); writes one entry a
// parameter to `bound`, NULL where not given. `name` is the function's name in error messages. -1
// with TypeError. For `__new__` and `__init__`, which take the vectorcall convention.
int signature_bind(struct Signature **cache, const char *name, const char *signature, Object *const *args,
                   size_t nargs, Object *kwnames, Object **bound);

// "name() takes no keyword arguments" when kwnames is not empty; -1.
int arguments_no_keywords(const char *name, Object *kwnames);
// CPython's PyArg_UnpackTuple check: "name expected at least 1 argument, got 0"; -1.
int arguments_check_count(const char *name, size_t nargs, size_t least, size_t most);

// A function object of `def`, bound to `self` (a module or any object); module_name may be NULL.
Object *builtin_function_new(BuiltinDef *def, Object *self, Object *module_name);
