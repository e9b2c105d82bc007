// What a value is. A value is always an `Object *`: no tagging, no boxing scheme.
//
// Every object has CPython 3.11's 16-byte header, because compiled extension modules look at it. The
// count word belongs to extension modules alone: only src/capi reads or writes it after allocation.
// A type is CPython's 408-byte structure (904 bytes for classes made at run time). What this runtime
// keeps per type hangs on `info`, where CPython has `tp_cache`: slot functions that take and return
// plain pointers, the trace function, shapes, versions.
//
// Conventions
//   - Failure is NULL or -1 with the exception set in the thread, and no other.
//   - `next` slots return NULL without an exception when the iterator is exhausted.
//   - A function that calls Python code (hashing, comparing, attributes) says so; assume it otherwise.
#pragma once

#include "heap/heap.h"
#include "heap/thread.h"

#define REFCOUNT_INITIAL (((intptr_t)1 << 40) | ((intptr_t)1 << 29))

struct Object {
    intptr_t refcount;
    Type *type;
};

// A zeroed cell of `size` bytes whose header says `type`: for tables and nodes that are traced like objects and
// that no program sees. NULL with MemoryError.
static inline void *heap_alloc_cell(Type *type, size_t size) {
    Object *cell = heap_alloc(size, CELL_OBJECT);
    if (LIKELY(cell != NULL)) {
        cell->refcount = REFCOUNT_INITIAL;
        cell->type = type;
    }
    return cell;
}

typedef struct VarObject {
    Object base;
    ssize_t size;
} VarObject;

typedef enum CompareOp { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } CompareOp;

// ---- the signatures of slots

typedef Object *(*UnaryFn)(Object *self);
typedef Object *(*BinaryFn)(Object *left, Object *right);
typedef Object *(*TernaryFn)(Object *a, Object *b, Object *c);
typedef ssize_t (*LengthFn)(Object *self);
typedef int (*InquiryFn)(Object *self); // 1, 0, -1
typedef int (*ContainsFn)(Object *self, Object *item); // 1, 0, -1
typedef int (*SetItemFn)(Object *self, Object *key, Object *value); // value NULL: delete
typedef hash_t (*HashFn)(Object *self);
typedef Object *(*CompareFn)(Object *self, Object *other, CompareOp op);
typedef Object *(*RepeatFn)(Object *self, ssize_t count);
// The one calling convention: `nargs` positional arguments, then the values of the keywords that the
// tuple `kwnames` (or NULL) names, all in `args`.
typedef Object *(*CallFn)(Object *callable, Object *const *args, size_t nargs, Object *kwnames);
typedef Object *(*NewFn)(Type *type, Object *const *args, size_t nargs, Object *kwnames);
typedef int (*InitFn)(Object *self, Object *const *args, size_t nargs, Object *kwnames);
typedef Object *(*DescrGetFn)(Object *self, Object *instance, Object *owner); // either may be NULL
typedef int (*DescrSetFn)(Object *self, Object *instance, Object *value); // value NULL: delete
typedef void (*FinalizeFn)(Object *self);
typedef void (*TraceFn)(Object *self, Tracer *tracer);
// Result of `send`: SEND_RETURN and SEND_NEXT put the value into *result.
typedef enum SendResult { SEND_ERROR = -1, SEND_RETURN = 0, SEND_NEXT = 1 } SendResult;
typedef SendResult (*SendFn)(Object *self, Object *value, Object **result);

// CPython's Py_buffer, layout and all (80 bytes).
typedef struct Buffer {
    void *data;
    Object *object;
    ssize_t length, item_size;
    int readonly, dimensions;
    char *format;
    ssize_t *shape, *strides, *suboffsets;
    void *internal;
} Buffer;
enum { // flags for get_buffer, CPython's values
    BUFFER_SIMPLE = 0,
    BUFFER_WRITABLE = 1,
    BUFFER_FORMAT = 4,
    BUFFER_ND = 8,
    BUFFER_STRIDES = 0x10 | BUFFER_ND,
    BUFFER_C_CONTIGUOUS = 0x20 | BUFFER_STRIDES,
    BUFFER_F_CONTIGUOUS = 0x40 | BUFFER_STRIDES,
    BUFFER_ANY_CONTIGUOUS = 0x80 | BUFFER_STRIDES,
    BUFFER_INDIRECT = 0x100 | BUFFER_STRIDES,
    BUFFER_FULL_RO = BUFFER_INDIRECT | BUFFER_FORMAT,
    BUFFER_FULL = BUFFER_FULL_RO | BUFFER_WRITABLE,
};
typedef int (*GetBufferFn)(Object *self, Buffer *view, int flags);
typedef void (*ReleaseBufferFn)(Object *self, Buffer *view);

// Every slot of a type, ours. slots.def pairs each with the dunder names that it serves.
typedef struct Slots {
    UnaryFn repr, str;
    HashFn hash;
    CallFn call;
    BinaryFn getattr;
    SetItemFn setattr;
    CompareFn compare;
    UnaryFn iter, next;
    DescrGetFn descr_get;
    DescrSetFn descr_set;
    InitFn init;
    NewFn new;
    FinalizeFn finalize;
    // numbers
    BinaryFn add, subtract, multiply, remainder, divmod;
    TernaryFn power;
    UnaryFn negative, positive, absolute;
    InquiryFn to_bool;
    UnaryFn invert;
    BinaryFn lshift, rshift, and, xor, or ;
    UnaryFn to_int, to_float, to_index;
    BinaryFn floor_divide, true_divide, matrix_multiply;
    BinaryFn inplace_add, inplace_subtract, inplace_multiply, inplace_remainder;
    TernaryFn inplace_power;
    BinaryFn inplace_lshift, inplace_rshift, inplace_and, inplace_xor, inplace_or;
    BinaryFn inplace_floor_divide, inplace_true_divide, inplace_matrix_multiply;
    // containers; `length`, `getitem`, `setitem` serve sequences and mappings alike
    LengthFn length;
    BinaryFn getitem;
    RepeatFn item; // what iteration gives at an index, where it is not what getitem gives (mmap)
    SetItemFn setitem;
    ContainsFn contains;
    BinaryFn concat, inplace_concat;
    RepeatFn repeat, inplace_repeat;
    // asynchronous
    UnaryFn await, aiter, anext;
    SendFn send;
    // buffers
    GetBufferFn get_buffer;
    ReleaseBufferFn release_buffer;
} Slots;

// CPython's PyTypeObject. The fields named tp_… hold CPython's counting slots and are filled and
// called by src/capi only.
struct Type {
    VarObject var;
    const char *name; // "module.name" for built-in types, plain name for classes
    ssize_t basic_size, item_size;
    void *tp_dealloc;
    ssize_t tp_vectorcall_offset;
    void *tp_getattr, *tp_setattr, *tp_as_async, *tp_repr;
    void *tp_as_number, *tp_as_sequence, *tp_as_mapping;
    void *tp_hash, *tp_call, *tp_str, *tp_getattro, *tp_setattro, *tp_as_buffer;
    unsigned long flags;
    const char *doc;
    void *tp_traverse, *tp_clear, *tp_richcompare;
    ssize_t weaklist_offset;
    void *tp_iter, *tp_iternext, *tp_methods, *tp_members, *tp_getset;
    Type *base;
    Object *dict;
    void *tp_descr_get, *tp_descr_set;
    ssize_t dict_offset;
    void *tp_init, *tp_alloc, *tp_new, *tp_free, *tp_is_gc;
    Object *bases, *mro;
    struct TypeInfo *info; // CPython's tp_cache
    Object *subclasses; // dict from address to weak reference
    Object *weaklist;
    void *tp_del;
    unsigned int version_tag; // changes whenever an attribute of the type or its bases does; 0: none
    void *tp_finalize, *tp_vectorcall;
};

// A class made at run time: CPython's PyHeapTypeObject (904 bytes).
typedef struct HeapType {
    Type type;
    void *async_methods[4], *number_methods[36], *mapping_methods[3], *sequence_methods[10];
    void *buffer_methods[2];
    Object *name, *slots, *qualname;
    void *cached_keys;
    Object *module;
    char *tp_name_copy;
    void *spec_cache[1];
} HeapType;

// CPython 3.11's type flag bits.
enum : unsigned long {
    TF_DISALLOW_INSTANTIATION = 1ul << 7,
    TF_IMMUTABLE = 1ul << 8,
    TF_HEAP = 1ul << 9,
    TF_BASE = 1ul << 10,
    TF_HAVE_VECTORCALL = 1ul << 11,
    TF_READY = 1ul << 12,
    TF_READYING = 1ul << 13,
    TF_GC = 1ul << 14,
    TF_METHOD_DESCRIPTOR = 1ul << 17,
    TF_VALID_VERSION = 1ul << 19,
    TF_ABSTRACT = 1ul << 20,
    TF_MATCH_SELF = 1ul << 22,
    TF_INT = 1ul << 24,
    TF_LIST = 1ul << 25,
    TF_TUPLE = 1ul << 26,
    TF_BYTES = 1ul << 27,
    TF_STR = 1ul << 28,
    TF_DICT = 1ul << 29,
    TF_EXCEPTION = 1ul << 30,
    TF_SEQUENCE = 1ul << 5,
    TF_MAPPING = 1ul << 6,
    TF_MANAGED_DICT = 1ul << 4,
    TF_TYPE = 1ul << 31,
};

struct Shape;

// What the runtime keeps for a type.
typedef struct TypeInfo {
    // What making and tracing an instance reads lies together.
    TraceFn trace; // how to trace an instance, subclasses' parts included
    size_t instance_size; // true size in bytes of a fixed-size instance (shape words included)
    size_t inline_offset; // where B lies for shaped instances (0: instances have no shape)
    struct Shape *root_shape;
    uint32_t inline_count; // attribute slots in line that new instances get
    uint32_t
        plain_class; // the version of the type for which `__class__` of instances is known to be the type
    bool is_sequence; // has the sequence protocol (iter() falls back to getitem on it)
    bool has_finalizer; // object_alloc registers instances
    size_t lock_offset; // offset of the lock word in instances, 0 when they have none
    Slots slots; // inherited and overridden slots resolved: call these directly
    const struct TypeSpec *spec; // built-in types
    Object *private_slots[8]; // roots for the use of objects/type.c
    TraceFn native_trace; // of the nearest base that is not a Python class
    size_t members_start, members_end; // the object pointers of __slots__ (weaklist excepted)
    size_t hidden_size; // bytes that instances have beyond CPython's layout
    uint32_t member_count; // how many __slots__ members the class itself adds
} TypeInfo;

static inline bool type_is_subtype_flag(const Object *o, unsigned long flag) {
    return (o->type->flags & flag) != 0;
}

// The basic size that CPython reports: without what instances have beyond its layout.
static inline ssize_t type_reported_size(const Type *type) {
    return type->basic_size - (type->flags & TF_HEAP ? (ssize_t)type->info->hidden_size : 0);
}

// True when `type` is `ancestor` or derives from it (by MRO; never runs Python code).
bool type_is_subtype(const Type *type, const Type *ancestor);
static inline bool object_is_instance(const Object *o, const Type *type) {
    return o->type == type || type_is_subtype(o->type, type);
}

// The `hash` slot of types whose instances cannot be hashed: TypeError "unhashable type: 'list'".
hash_t object_hash_not_implemented(Object *self);

static inline const Slots *slots_of(const Object *o) {
    return &o->type->info->slots;
}

// ---- singletons
extern Object none_object, ellipsis_object, not_implemented_object;
extern struct Int true_object, false_object;
#define NONE (&none_object)
#define NOT_IMPLEMENTED (&not_implemented_object)
#define ELLIPSIS (&ellipsis_object)
#define TRUE_OBJECT ((Object *)&true_object)
#define FALSE_OBJECT ((Object *)&false_object)

static inline Object *bool_from(bool value) {
    return value ? TRUE_OBJECT : FALSE_OBJECT;
}

#include "objects/types.h"
