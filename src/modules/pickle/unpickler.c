// The class Unpickler with its memo as programs see it, load and loads. The machine that reads is in load.c.
#include "modules/pickle/pickle.h"
#include "objects/containers.h"
#include "objects/function.h"

Type unpickler_type, unpickler_memo_type;

static const uint8_t no_data[1];

static Unpickler *unpickler_alloc(Type *type) {
    Unpickler *u = (Unpickler *)object_alloc(type);
    LoadMemo *memo = u ? load_memo_new(LOAD_MEMO_LEAST) : NULL;
    if (!memo) {
        return NULL;
    }
    gc_store(u, &u->memo, memo);
    u->data = no_data;
    return u;
}

static int set_options(Unpickler *u, Object *fix_imports, Object *encoding, Object *errors, Object *buffers,
                       const char *function) {
    int fix = fix_imports ? object_is_true(fix_imports) : 1;
    if (fix < 0) {
        return -1;
    }
    u->fix_imports = fix;
    struct {
        const char *name;
        Object *value;
        Object **slot;
        const char *otherwise;
    } texts[] = { { "encoding", encoding, &u->encoding, "ASCII" },
                  { "errors", errors, &u->errors, "strict" } };
    for (int i = 0; i < 2; i++) {
        Object *text = texts[i].value ? texts[i].value : str_intern_cstring(texts[i].otherwise);
        if (!text) {
            return -1;
        }
        if (!str_check(text)) {
            raise_error(&exc_TypeError, "%s() argument '%s' must be str, not %.50s", function, texts[i].name,
                        text == NONE ? "None" : text->type->name);
            return -1;
        }
        ssize_t length;
        const char *utf8 = str_utf8(text, &length);
        if (!utf8) {
            return -1;
        }
        if (strlen(utf8) != (size_t)length) {
            raise_error(&exc_ValueError, "embedded null character");
            return -1;
        }
        gc_store(u, texts[i].slot, text);
    }
    Object *iterator = buffers && buffers != NONE ? object_iter(buffers) : NULL;
    if (buffers && buffers != NONE && !iterator) {
        return -1;
    }
    gc_store(u, &u->buffers, iterator);
    return 0;
}

static int set_file(Unpickler *u, Object *file) {
    Object *peek, *readinto, *read, *readline;
    if (object_getattr_optional(file, names.peek, &peek) < 0 ||
        object_getattr_optional(file, names.readinto, &readinto) < 0 ||
        object_getattr_optional(file, names.read, &read) < 0 ||
        object_getattr_optional(file, names.readline, &readline) < 0) {
        return -1;
    }
    if (!read || !readline) {
        raise_error(&exc_TypeError, "file must have 'read' and 'readline' attributes");
        return -1;
    }
    gc_store(u, &u->peek, peek);
    gc_store(u, &u->readinto, readinto);
    gc_store(u, &u->read, read);
    gc_store(u, &u->readline, readline);
    gc_store(u, &u->input, NULL);
    u->data = no_data;
    u->length = u->next = u->prefetched = 0;
    return 0;
}

static Object *unpickler_load(Object *self) {
    Unpickler *u = (Unpickler *)self;
    if (!u->read) {
        return raise_error((Type *)pickle_state.unpickling_error,
                           "Unpickler.__init__() was not called by %s.__init__()", self->type->name);
    }
    uint32_t idle = 0;
    if (!__atomic_compare_exchange_n(&u->busy, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return raise_error(&exc_RuntimeError, "Unpickler object is already used");
    }
    Object *value = pickle_read(u);
    __atomic_store_n(&u->busy, 0, __ATOMIC_RELEASE);
    return value;
}

static Object *unpickler_find_class(Object *self, Object *module, Object *name) {
    return unpickler_find_global((Unpickler *)self, module, name);
}

static Object *unpickler_sizeof(Object *self) {
    Unpickler *u = (Unpickler *)self;
    ssize_t size = type_reported_size(self->type) + (ssize_t)(u->memo->room * sizeof(Object *)) +
                   u->mark_room * (ssize_t)sizeof(ssize_t) + (u->line ? u->line + 1 : 0);
    Object *texts[] = { u->encoding, u->errors };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ssize_t length;
        if (texts[i] && str_check(texts[i])) {
            if (!str_utf8(texts[i], &length)) {
                return NULL;
            }
            size += length + 1;
        }
    }
    return int_from_ssize(size);
}

static Object *unpickler_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    (void)kwnames;
    return (Object *)unpickler_alloc(type);
}

static int unpickler_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[5], *method;
    Unpickler *u = (Unpickler *)self;
    if (signature_bind(&signature, "Unpickler",
                       "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", args,
                       nargs, kwnames, b) < 0) {
        return -1;
    }
    uint32_t idle = 0;
    if (!__atomic_compare_exchange_n(&u->busy, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        raise_error(&exc_RuntimeError, "Unpickler object is already used");
        return -1;
    }
    LoadMemo *memo = NULL;
    int result = set_file(u, b[0]) < 0 || set_options(u, b[1], b[2], b[3], b[4], "Unpickler") < 0 ||
                         object_getattr_optional(self, names.persistent_load, &method) < 0 ||
                         !(memo = load_memo_new(LOAD_MEMO_LEAST))
                     ? -1
                     : 0;
    if (result == 0) {
        gc_store(u, &u->persistent_load, own_function(self, method, &u->own_persistent_load));
        gc_store(u, &u->memo, memo);
        gc_store(u, &u->sparse, NULL);
    }
    __atomic_store_n(&u->busy, 0, __ATOMIC_RELEASE);
    return result;
}

static void unpickler_trace(Object *self, Tracer *tracer) {
    Unpickler *u = (Unpickler *)self;
    trace_cell(tracer, u->memo);
    trace_cell(tracer, u->sparse);
    trace_range(tracer, (void *const *)&u->persistent_load, 8);
    trace_cell(tracer, u->input);
    trace_cell(tracer, u->stack);
    trace_cell(tracer, u->marks);
}

static Object *get_persistent_load(Object *self, void *closure) {
    (void)closure;
    Object *value = ((Unpickler *)self)->persistent_load;
    if (!value) {
        return raise_error(&exc_AttributeError, "persistent_load");
    }
    return ((Unpickler *)self)->own_persistent_load ? method_new(value, self) : value;
}
static int set_persistent_load(Object *self, Object *value, void *closure) {
    (void)closure;
    if (set_callable(self, &((Unpickler *)self)->persistent_load, value, "persistent_load") < 0) {
        return -1;
    }
    ((Unpickler *)self)->own_persistent_load = false;
    return 0;
}

static Object *get_memo(Object *self, void *closure) {
    (void)closure;
    return memo_proxy_new(&unpickler_memo_type, self);
}

static int set_memo(Object *self, Object *value, void *closure) {
    (void)closure;
    if (!value) {
        raise_error(&exc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    Unpickler *u = (Unpickler *)self;
    if (value->type == &unpickler_memo_type) {
        Unpickler *other = (Unpickler *)((MemoProxy *)value)->owner;
        Object *far = __atomic_load_n(&other->sparse, __ATOMIC_ACQUIRE); // others may clear it
        LoadMemo *from = other->memo, *memo = load_memo_new(from->room);
        Object *sparse = memo && far ? dict_copy(far) : NULL;
        if (!memo || (far && !sparse)) {
            return -1;
        }
        gc_store_range(memo, memo->items, from->items, from->room);
        memo->count = from->count;
        gc_store(u, &u->memo, memo);
        gc_store(u, &u->sparse, sparse);
        return 0;
    }
    if (!dict_check(value)) {
        raise_error(&exc_TypeError,
                    "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200s",
                    value->type->name);
        return -1;
    }
    LoadMemo *memo = load_memo_new((size_t)dict_size(value) * 2 + 32);
    Object *sparse = memo ? dict_new() : NULL, *key, *item;
    ssize_t position = 0;
    while (sparse && dict_next(value, &position, &key, &item, NULL)) {
        if (!int_check(key)) {
            raise_error(&exc_TypeError, "memo key must be integers");
            return -1;
        }
        ssize_t number = number_to_ssize(key);
        if (number < 0) {
            if (!error_occurred()) {
                raise_error(&exc_ValueError, "memo key must be positive integers.");
            }
            return -1;
        }
        if ((size_t)number < memo->room) {
            memo->count += !memo->items[number];
            gc_store(memo, &memo->items[number], item);
        } else if (dict_set(sparse, key, item) < 0) {
            return -1;
        }
    }
    if (!sparse) {
        return -1;
    }
    gc_store(u, &u->memo, memo);
    gc_store(u, &u->sparse, dict_size(sparse) ? sparse : NULL);
    return 0;
}

static GetSetDef unpickler_getsets[] = {
    { "memo", get_memo, set_memo, NULL, NULL },
    { "persistent_load", get_persistent_load, set_persistent_load, NULL, NULL },
    { 0 },
};
static BuiltinDef unpickler_methods[] = {
    BUILTIN("load", unpickler_load, "($self, /)", 0, NULL),
    BUILTIN("find_class", unpickler_find_class, "($self, module_name, global_name, /)", 0, NULL),
    BUILTIN("__sizeof__", unpickler_sizeof, "($self, /)", 0, NULL),
    BUILTIN_END,
};

const TypeSpec unpickler_spec = {
    .name = "_pickle.Unpickler",
    .basic_size = 272,
    .flags = TF_BASE | TF_GC,
    .methods = unpickler_methods,
    .getsets = unpickler_getsets,
    .trace = unpickler_trace,
    .slots = { .new = unpickler_new, .init = unpickler_init },
};
static_assert(sizeof(Unpickler) <= 272 && sizeof(Pickler) <= 152);

// ---- UnpicklerMemoProxy

static Object *proxy_clear(Object *self) {
    Unpickler *u = (Unpickler *)((MemoProxy *)self)->owner;
    LoadMemo *memo = load_memo_new(LOAD_MEMO_LEAST);
    if (!memo) {
        return NULL;
    }
    gc_store(u, &u->memo, memo);
    gc_store(u, &u->sparse, NULL);
    return NONE;
}

static Object *proxy_copy(Object *self) {
    Unpickler *u = (Unpickler *)((MemoProxy *)self)->owner;
    LoadMemo *memo = u->memo;
    Object *sparse = u->sparse, *result = dict_new();
    for (size_t i = 0; result && i < memo->room; i++) {
        Object *key = memo->items[i] ? int_from_u64(i) : NULL;
        if (memo->items[i] && (!key || dict_set(result, key, memo->items[i]) < 0)) {
            return NULL;
        }
    }
    return result && sparse && dict_merge(result, sparse, 1) < 0 ? NULL : result;
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

const TypeSpec unpickler_memo_spec = {
    .name = "_pickle.UnpicklerMemoProxy",
    .basic_size = sizeof(MemoProxy),
    .flags = TF_GC,
    .methods = proxy_methods,
    .trace = memo_proxy_trace,
    .slots = { .hash = object_hash_not_implemented,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr },
};

// ---- the functions

Object *pickle_load(Object *module, Object *file, Object *fix_imports, Object *encoding, Object *errors,
                    Object *buffers) {
    (void)module;
    Unpickler *u = unpickler_alloc(&unpickler_type);
    return !u || set_file(u, file) < 0 || set_options(u, fix_imports, encoding, errors, buffers, "load") < 0
               ? NULL
               : pickle_read(u);
}

// An Unpickler that nobody else sees lies on the C stack, where the collector finds what it refers to, with the first of
// each of its tables: a short pickle costs no memory but its objects'.
typedef struct OwnUnpickler {
    Unpickler unpickler;
    alignas(LoadMemo) char memo[sizeof(LoadMemo) + LOAD_MEMO_LEAST * sizeof(Object *)];
    Object *stack[32];
    ssize_t marks[20];
} OwnUnpickler;

static Unpickler *own_unpickler_begin(OwnUnpickler *own) {
    memset(own, 0, offsetof(OwnUnpickler, stack));
    LoadMemo *memo = (LoadMemo *)own->memo;
    memo->base.type = &pickle_load_memo_type;
    memo->room = LOAD_MEMO_LEAST;
    Unpickler *u = &own->unpickler;
    u->base.type = &unpickler_type;
    u->memo = memo;
    u->data = no_data;
    u->stack = own->stack;
    u->room = COUNT_OF(own->stack);
    u->marks = own->marks;
    u->mark_room = COUNT_OF(own->marks);
    return u;
}

Object *pickle_loads(Object *module, Object *data, Object *fix_imports, Object *encoding, Object *errors,
                     Object *buffers) {
    (void)module;
    OwnUnpickler own;
    Unpickler *u = own_unpickler_begin(&own);
    if (set_options(u, fix_imports, encoding, errors, buffers, "loads") < 0) {
        return NULL;
    }
    if (data->type == &bytes_type) {
        unpickler_set_input(u, data);
        u->prefetched = u->length;
        return pickle_read(u);
    }
    Buffer view;
    if (object_get_steady_buffer(data, &view) < 0) {
        return NULL;
    }
    u->data = view.data;
    u->length = u->prefetched = view.length;
    Object *value = pickle_read(u);
    buffer_release(&view);
    return value;
}
