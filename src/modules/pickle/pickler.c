// The class Pickler with its memo as programs see it, dump and dumps. The writing itself is in save.c.
#include "modules/pickle/pickle.h"
#include "objects/containers.h"
#include "objects/function.h"

Type pickler_type, pickler_memo_type;

static Pickler *pickler_alloc(Type *type) {
    Pickler *p = (Pickler *)object_alloc(type);
    if (p) {
        p->frame = -1;
    }
    return p;
}

static int set_protocol(Pickler *p, Object *protocol, Object *fix_imports, Object *callback) {
    int number = DEFAULT_PROTOCOL;
    if (protocol && protocol != NONE) {
        number = int_to_c_int(protocol);
        if (number == -1 && error_occurred()) {
            return -1;
        }
        if (number < 0) {
            number = HIGHEST_PROTOCOL;
        } else if (number > HIGHEST_PROTOCOL) {
            raise_error(&exc_ValueError, "pickle protocol must be <= %d", HIGHEST_PROTOCOL);
            return -1;
        }
    }
    int fix = fix_imports ? object_is_true(fix_imports) : 1;
    if (fix < 0) {
        return -1;
    }
    p->protocol = number;
    p->binary = number > 0;
    p->fix_imports = fix && number < 3;
    if (callback == NONE) {
        callback = NULL;
    }
    if (callback && number < 5) {
        raise_error(&exc_ValueError, "buffer_callback needs protocol >= 5");
        return -1;
    }
    gc_store(p, &p->buffer_callback, callback);
    return 0;
}

static int set_file(Pickler *p, Object *file) {
    Object *write;
    int found = object_getattr_optional(file, names.write, &write);
    if (found <= 0) {
        if (found == 0) {
            raise_error(&exc_TypeError, "file must have a 'write' attribute");
        }
        return -1;
    }
    gc_store(p, &p->write, write);
    return 0;
}

// Whoever writes with a Pickler, or begins with it anew, has it alone. -1 with RuntimeError.
static int take(Pickler *p) {
    uint32_t idle = 0;
    if (!__atomic_compare_exchange_n(&p->busy, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        raise_error(&exc_RuntimeError, "Pickler object is already used");
        return -1;
    }
    return 0;
}
static void give_back(Pickler *p) {
    __atomic_store_n(&p->busy, 0, __ATOMIC_RELEASE);
}

static Object *pickler_dump(Object *self, Object *o) {
    Pickler *p = (Pickler *)self;
    if (!p->write) {
        return raise_error((Type *)pickle_state.pickling_error,
                           "Pickler.__init__() was not called by %s.__init__()", self->type->name);
    }
    if (take(p) < 0) {
        return NULL;
    }
    int result = pickle_write(p, o) < 0 ? -1 : pickle_flush(p);
    pickle_output_end(p);
    give_back(p);
    heap_clear_dead_stack(4096); // a thread that sends objects waits next, and must not keep what it has sent
    return result < 0 ? NULL : NONE;
}

static Object *pickler_clear_memo(Object *self) {
    gc_store(self, &((Pickler *)self)->memo, NULL);
    return NONE;
}

// CPython's number: its table of the memo, which doubles twice whenever it is two thirds full, and the bytes object
// that the first dump writes to.
static Object *pickler_sizeof(Object *self) {
    enum { HEADER = 32, ENTRY = 16, BUFFER = 4096 + 33, MANY = 50000 };
    Pickler *p = (Pickler *)self;
    const Memo *memo = __atomic_load_n(&p->memo, __ATOMIC_ACQUIRE);
    size_t slots = 8, used = memo ? memo->used : 0;
    for (size_t full; (full = (slots * 2 + 2) / 3) <= used;) {
        size_t wanted = full * (full > MANY ? 2 : 4);
        while (slots < wanted) {
            slots *= 2;
        }
    }
    return int_from_ssize(type_reported_size(self->type) + (ssize_t)(HEADER + slots * ENTRY) +
                          (p->dumped ? 0 : BUFFER));
}

static Object *pickler_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    (void)kwnames;
    return (Object *)pickler_alloc(type);
}

// An attribute that a subclass may define. Pickler's own descriptors, which come before what an instance holds, would
// raise an exception for every new pickler only to say that nothing is set.
static int optional_attribute(Object *self, Object *name, const Object *own, Object **value) {
    if (!own && self->type->info->slots.getattr == object_generic_getattr &&
        type_lookup(self->type, name) == type_lookup(&pickler_type, name)) {
        *value = NULL;
        return 0;
    }
    return object_getattr_optional(self, name, value);
}

static int begin_anew(Pickler *p, Object *const *b) {
    Object *self = &p->base;
    bool again = p->write;
    if (set_protocol(p, b[1], b[2], b[3]) < 0 || set_file(p, b[0]) < 0) {
        return -1;
    }
    gc_store(p, &p->memo, NULL);
    p->fast = p->nesting = 0;
    gc_store(p, &p->fast_memo, NULL);
    if (again) { // a subclass may have set them before
        gc_store(p, &p->persistent_id, NULL);
        gc_store(p, &p->dispatch_table, NULL);
    }
    Object *value;
    if (optional_attribute(self, names.persistent_id, p->persistent_id, &value) < 0) {
        return -1;
    }
    gc_store(p, &p->persistent_id, own_function(self, value, &p->own_persistent_id));
    if (optional_attribute(self, names.dispatch_table, p->dispatch_table, &value) < 0) {
        return -1;
    }
    gc_store(p, &p->dispatch_table, value);
    return 0;
}

static int pickler_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[4];
    Pickler *p = (Pickler *)self;
    if (signature_bind(&signature, "Pickler", "(file, protocol=None, fix_imports=True, buffer_callback=None)",
                       args, nargs, kwnames, b) < 0 ||
        take(p) < 0) {
        return -1;
    }
    int result = begin_anew(p, b);
    give_back(p);
    return result;
}

static void pickler_trace(Object *self, Tracer *tracer) {
    Pickler *p = (Pickler *)self;
    trace_cell(tracer, p->memo);
    trace_range(tracer, (void *const *)&p->persistent_id, 5);
    trace_cell(tracer, p->fast_memo);
}

Object *memo_proxy_new(Type *type, Object *owner) {
    MemoProxy *proxy = (MemoProxy *)object_alloc(type);
    if (proxy) {
        gc_init(&proxy->owner, owner);
    }
    return (Object *)proxy;
}

void memo_proxy_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((MemoProxy *)self)->owner);
}

Object *own_function(Object *self, Object *method, bool *own) {
    *own = method && method->type == &method_type && ((Method *)method)->self == self;
    return *own ? ((Method *)method)->function : method;
}

Object *memo_proxy_reduce(Object *contents) {
    Object *arguments = contents ? tuple_pack(1, contents) : NULL;
    return arguments ? tuple_pack(2, &dict_type, arguments) : NULL;
}

int set_callable(Object *self, Object **slot, Object *value, const char *name) {
    if (!value) {
        raise_error(&exc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (!object_callable(value)) {
        raise_error(&exc_TypeError, "%s must be a callable taking one argument", name);
        return -1;
    }
    gc_store(self, slot, value);
    return 0;
}

static Object *get_persistent_id(Object *self, void *closure) {
    (void)closure;
    Object *value = ((Pickler *)self)->persistent_id;
    if (!value) {
        return raise_error(&exc_AttributeError, "persistent_id");
    }
    return ((Pickler *)self)->own_persistent_id ? method_new(value, self) : value;
}
static int set_persistent_id(Object *self, Object *value, void *closure) {
    (void)closure;
    if (set_callable(self, &((Pickler *)self)->persistent_id, value, "persistent_id") < 0) {
        return -1;
    }
    ((Pickler *)self)->own_persistent_id = false;
    return 0;
}

static Object *get_memo(Object *self, void *closure) {
    (void)closure;
    return memo_proxy_new(&pickler_memo_type, self);
}

static int set_memo(Object *self, Object *value, void *closure) {
    (void)closure;
    if (!value) {
        raise_error(&exc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    struct {
        Memo *memo;
    } holder = { NULL };
    if (value->type == &pickler_memo_type) {
        Memo *other = ((Pickler *)((MemoProxy *)value)->owner)->memo;
        for (size_t i = 0; other && i < other->used; i++) {
            Object *key = other->entries[i].key;
            if (pickle_memo_add(&holder, &holder.memo, key, other->entries[i].number) < 0) {
                return -1;
            }
        }
    } else if (dict_check(value)) {
        ssize_t position = 0;
        Object *pair;
        while (dict_next(value, &position, NULL, &pair, NULL)) {
            if (!tuple_check(pair) || tuple_size(pair) != 2) {
                raise_error(&exc_TypeError, "'memo' values must be 2-item tuples");
                return -1;
            }
            ssize_t number = number_to_ssize(tuple_get(pair, 0));
            if ((number == -1 && error_occurred()) ||
                pickle_memo_add(&holder, &holder.memo, tuple_get(pair, 1), (size_t)number) < 0) {
                return -1;
            }
        }
    } else {
        raise_error(&exc_TypeError, "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200s",
                    value->type->name);
        return -1;
    }
    gc_store(self, &((Pickler *)self)->memo, holder.memo);
    return 0;
}

static GetSetDef pickler_getsets[] = {
    { "memo", get_memo, set_memo, NULL, NULL },
    { "persistent_id", get_persistent_id, set_persistent_id, NULL, NULL },
    { 0 },
};
static MemberDef pickler_members[] = {
    { "bin", MEMBER_INT, offsetof(Pickler, binary), 0, NULL },
    { "fast", MEMBER_INT, offsetof(Pickler, fast), 0, NULL },
    { "dispatch_table", MEMBER_OBJECT_EX, offsetof(Pickler, dispatch_table), 0, NULL },
    { 0 },
};
static BuiltinDef pickler_methods[] = {
    BUILTIN("dump", pickler_dump, "($self, obj, /)", 0, NULL),
    BUILTIN("clear_memo", pickler_clear_memo, "($self, /)", 0, NULL),
    BUILTIN("__sizeof__", pickler_sizeof, "($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec pickler_spec = {
    .name = "_pickle.Pickler",
    .basic_size = 152,
    .flags = TF_BASE | TF_GC,
    .methods = pickler_methods,
    .members = pickler_members,
    .getsets = pickler_getsets,
    .trace = pickler_trace,
    .slots = { .new = pickler_new, .init = pickler_init },
};

// ---- PicklerMemoProxy

static Object *proxy_clear(Object *self) {
    return pickler_clear_memo(((MemoProxy *)self)->owner);
}

static Object *proxy_copy(Object *self) {
    Memo *memo = ((Pickler *)((MemoProxy *)self)->owner)->memo;
    Object *result = dict_new();
    for (size_t i = 0; result && memo && i < memo->used; i++) {
        Object *key = memo->entries[i].key;
        Object *address = int_from_u64((uint64_t)(uintptr_t)key),
               *number = int_from_ssize((ssize_t)memo->entries[i].number);
        Object *pair = address && number ? tuple_pack(2, number, key) : NULL;
        if (!pair || dict_set(result, address, pair) < 0) {
            return NULL;
        }
    }
    return result;
}

static Object *proxy_reduce(Object *self) {
    return memo_proxy_reduce(proxy_copy(self));
}

static BuiltinDef proxy_methods[] = {
    BUILTIN("clear", proxy_clear, "($self, /)", 0, NULL),
    BUILTIN("copy", proxy_copy, "($self, /)", 0, NULL),
    BUILTIN("__reduce__", proxy_reduce, "($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec pickler_memo_spec = {
    .name = "_pickle.PicklerMemoProxy",
    .basic_size = sizeof(MemoProxy),
    .flags = TF_GC,
    .methods = proxy_methods,
    .trace = memo_proxy_trace,
    .slots = { .hash = object_hash_not_implemented,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr },
};

// ---- the functions

Object *pickle_dump(Object *module, Object *o, Object *file, Object *protocol, Object *fix_imports,
                    Object *callback) {
    (void)module;
    Pickler *p = pickler_alloc(&pickler_type);
    if (!p || set_protocol(p, protocol, fix_imports, callback) < 0 || set_file(p, file) < 0) {
        return NULL;
    }
    int result = pickle_write(p, o) < 0 ? -1 : pickle_flush(p);
    pickle_output_end(p);
    return result < 0 ? NULL : NONE;
}

Object *pickle_dumps(Object *module, Object *o, Object *protocol, Object *fix_imports, Object *callback) {
    (void)module;
    // nobody else sees this one: it lies on the C stack, where the collector finds what it refers to
    Pickler own = { .base.type = &pickler_type, .frame = -1 }, *p = &own;
    OwnMemo memo;
    p->memo = pickle_own_memo(&memo);
    if (set_protocol(p, protocol, fix_imports, callback) < 0) {
        return NULL;
    }
    Object *result = pickle_write(p, o) < 0 ? NULL : bytes_from(p->output, p->length);
    pickle_output_end(p);
    return result;
}
