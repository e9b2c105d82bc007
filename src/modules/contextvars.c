// _contextvars: Context, ContextVar, Token (PEP 567).
//
// A context's variables are a persistent trie (modules/trie.h), so that copying a context copies one pointer. The hash
// is a bijection of the variable's address: two variables never collide.
#include "modules/contextvars.h"

#include "modules/trie.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/odds.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

Type context_type, contextvar_type, token_type;
static Type token_missing_type;
static Object *token_missing;

typedef struct Context {
    Object base;
    struct Context *previous; // while entered: the context to go back to
    uintptr_t *map; // NULL: empty; all that there is of the variables, since others copy it in one step
    Object *weaklist;
    int entered;
} Context;

typedef struct ContextVar {
    Object base;
    Object *name, *default_value;
    void *reserved[4];
} ContextVar;

typedef struct Token {
    Object base;
    Object *context, *var, *old_value; // old_value NULL: there was none
    int used;
} Token;

// ---- the trie

static uint64_t var_hash(const Object *var) {
    uint64_t x = (uint64_t)(uintptr_t)var;
    x ^= x >> 29;
    x *= 0x9E3779B97F4A7C15u;
    return x ^ x >> 32;
}

static int trie_var_hash(Object *var, uint64_t *hash) {
    *hash = var_hash(var);
    return 0;
}

static Object *map_find(const uintptr_t *map, Object *var) {
    Object *value;
    return trie_find(map, var, var_hash(var), NULL, NULL, &value) > 0 ? value : NULL;
}

// ---- Context

static bool context_check(const Object *o) {
    return o->type == &context_type;
}
static bool contextvar_check(const Object *o) {
    return o->type == &contextvar_type;
}

static void context_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Context *)self)->previous);
    trace_cell(tracer, ((Context *)self)->map);
}

Object *context_new(void) {
    return object_alloc(&context_type);
}

Object *context_copy(Object *context) {
    Context *copy = (Context *)object_alloc(&context_type);
    if (!copy) {
        return NULL;
    }
    gc_init(&copy->map, ((Context *)context)->map);
    return &copy->base;
}

Object *context_current(void) {
    Thread *thread = thread_current;
    if (!thread->context) {
        Object *context = context_new();
        if (!context) {
            return NULL;
        }
        thread->context = context;
        ((Context *)context)->entered = 1;
    }
    return thread->context;
}

Object *context_copy_current(void) {
    Object *context = context_current();
    return context ? context_copy(context) : NULL;
}

int context_enter(Object *o) {
    Context *context = (Context *)o;
    if (__atomic_exchange_n(&context->entered, 1, __ATOMIC_ACQ_REL)) {
        raise_error(&exc_RuntimeError, "cannot enter context: %R is already entered", o);
        return -1;
    }
    gc_store(context, &context->previous, thread_current->context);
    thread_current->context = o;
    thread_current->context_version++;
    return 0;
}

int context_exit(Object *o) {
    Context *context = (Context *)o;
    if (!context->entered) {
        raise_error(&exc_RuntimeError, "cannot exit context: %R has not been entered", o);
        return -1;
    }
    if (thread_current->context != o) {
        raise_error(&exc_RuntimeError,
                    "cannot exit context: thread state references a different context object");
        return -1;
    }
    thread_current->context = (Object *)context->previous;
    thread_current->context_version++;
    gc_store(context, &context->previous, NULL);
    __atomic_store_n(&context->entered, 0, __ATOMIC_RELEASE);
    return 0;
}

static Object *context_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs || (kwnames && tuple_size(kwnames))) {
        return raise_error(&exc_TypeError, "Context() does not accept any arguments");
    }
    return context_new();
}

static int check_key(Object *key) {
    if (!contextvar_check(key)) {
        raise_error(&exc_TypeError, "a ContextVar key was expected, got %R", key);
        return -1;
    }
    return 0;
}

static Object *context_getitem(Object *self, Object *key) {
    if (check_key(key) < 0) {
        return NULL;
    }
    Object *value = map_find(((Context *)self)->map, key);
    return value ? value : raise_with(&exc_KeyError, key);
}

static int context_contains(Object *self, Object *key) {
    return check_key(key) < 0 ? -1 : map_find(((Context *)self)->map, key) != NULL;
}

static ssize_t context_length(Object *self) {
    return trie_size(((Context *)self)->map);
}

static Object *context_iterate(Object *self, int what) {
    Object *list = list_new(0);
    return list && trie_list(((Context *)self)->map, what, list) == 0 ? object_iter(list) : NULL;
}
static Object *context_iter(Object *self) {
    return context_iterate(self, TRIE_KEYS);
}
static Object *context_values(Object *self) {
    return context_iterate(self, TRIE_VALUES);
}
static Object *context_items(Object *self) {
    return context_iterate(self, TRIE_KEYS | TRIE_VALUES);
}

static Object *context_get(Object *self, Object *key, Object *otherwise) {
    if (check_key(key) < 0) {
        return NULL;
    }
    Object *value = map_find(((Context *)self)->map, key);
    return value ? value : otherwise ? otherwise : NONE;
}

static Object *context_copy_method(Object *self) {
    return context_copy(self);
}

static Object *context_compare(Object *self, Object *other, CompareOp op) {
    if (!context_check(other) || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    const uintptr_t *map_a = ((Context *)self)->map, *map_b = ((Context *)other)->map;
    bool equal = map_a == map_b || trie_size(map_a) == trie_size(map_b);
    if (equal && map_a != map_b) {
        Object *keys = list_new(0);
        if (!keys || trie_list(map_a, TRIE_KEYS, keys) < 0) {
            return NULL;
        }
        for (ssize_t i = 0; equal && i < list_size(keys); i++) {
            Object *key = list_read(keys, i), *theirs = map_find(map_b, key);
            if (!theirs) {
                equal = false;
                break;
            }
            int same = object_compare_bool(map_find(map_a, key), theirs, CMP_EQ);
            if (same < 0) {
                return NULL;
            }
            equal = same;
        }
    }
    return bool_from(equal == (op == CMP_EQ));
}

static Object *context_run(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 1) {
        return raise_error(&exc_TypeError, "run() missing 1 required positional argument");
    }
    if (context_enter(self) < 0) {
        return NULL;
    }
    Object *result = call(args[0], args + 1, nargs - 1, kwnames);
    Object *exception = error_take();
    if (context_exit(self) < 0) {
        return NULL;
    }
    error_restore(exception);
    return result;
}

static BuiltinDef context_methods[] = {
    BUILTIN("get", context_get, "($self, key, default=None, /)", 0, NULL),
    BUILTIN("items", context_items, "($self, /)", 0, NULL),
    BUILTIN("keys", context_iter, "($self, /)", 0, NULL),
    BUILTIN("values", context_values, "($self, /)", 0, NULL),
    BUILTIN("copy", context_copy_method, "($self, /)", 0, NULL),
    BUILTIN("run", context_run, NULL, 0, NULL),
    BUILTIN_END,
};

const TypeSpec context_spec = {
    .name = "_contextvars.Context",
    .basic_size = 48,
    .instance_size = sizeof(Context),
    .weaklist_offset = offsetof(Context, weaklist),
    .flags = TF_GC,
    .methods = context_methods,
    .trace = context_trace,
    .slots = { .getattr = object_generic_getattr,
        .new = context_tp_new, .compare = context_compare, .iter = context_iter,
        .length = context_length, .getitem = context_getitem, .contains = context_contains,
    },
};

// ---- ContextVar

Object *contextvar_new(Object *name, Object *default_value) {
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "context variable name must be a str");
    }
    ContextVar *var = (ContextVar *)object_alloc(&contextvar_type);
    if (!var) {
        return NULL;
    }
    gc_init(&var->name, name);
    gc_init(&var->default_value, default_value);
    return &var->base;
}

static Object *contextvar_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    size_t given = nargs + (kwnames ? (size_t)tuple_size(kwnames) : 0);
    if (given > 2) {
        return raise_error(&exc_TypeError, "ContextVar() takes at most 2 %sarguments (%zu given)",
                           nargs ? "" : "keyword ", given);
    }
    if (nargs != 1 && !(nargs == 0 && kwnames)) {
        return raise_error(&exc_TypeError, "ContextVar() takes %s 1 positional argument (%zd given)",
                           nargs ? "at most" : "exactly", (ssize_t)nargs);
    }
    if (signature_bind(&signature, "ContextVar", "($type, name, *, default=None)", args, nargs, kwnames,
                       bound) < 0) {
        return NULL;
    }
    return contextvar_new(bound[0], bound[1]);
}

static void contextvar_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((ContextVar *)self)->name);
    trace_cell(tracer, ((ContextVar *)self)->default_value);
}

int contextvar_get(Object *var, Object *otherwise, Object **value) {
    Context *context = (Context *)thread_current->context;
    *value = context ? map_find(context->map, var) : NULL;
    if (!*value) {
        *value = otherwise ? otherwise : ((ContextVar *)var)->default_value;
    }
    return 0;
}

static int context_store(Context *context, uintptr_t *map) {
    gc_store(context, &context->map, map);
    thread_current->context_version++;
    return 0;
}

Object *contextvar_set(Object *var, Object *value) {
    Context *context = (Context *)context_current();
    if (!context) {
        return NULL;
    }
    Token *token = (Token *)object_alloc(&token_type);
    if (!token) {
        return NULL;
    }
    gc_init(&token->context, context);
    gc_init(&token->var, var);
    gc_init(&token->old_value, map_find(context->map, var));
    uintptr_t *map = trie_with(context->map, var, value, var_hash(var), trie_var_hash);
    if (!map) {
        return NULL;
    }
    context_store(context, map);
    return &token->base;
}

int contextvar_reset(Object *var, Object *token_object) {
    Token *token = (Token *)token_object;
    Context *context = (Context *)context_current();
    if (!context) {
        return -1;
    }
    if (token->used) {
        raise_error(&exc_RuntimeError, "%R has already been used once", token_object);
        return -1;
    }
    if (token->var != var) {
        raise_error(&exc_ValueError, "%R was created by a different ContextVar", token_object);
        return -1;
    }
    if (token->context != &context->base) {
        raise_error(&exc_ValueError, "%R was created in a different Context", token_object);
        return -1;
    }
    token->used = 1;
    if (token->old_value) {
        uintptr_t *map = trie_with(context->map, var, token->old_value, var_hash(var), trie_var_hash);
        return map ? context_store(context, map) : -1;
    }
    if (!map_find(context->map, var)) {
        raise_with(&exc_LookupError, var);
        return -1;
    }
    bool failed = false;
    uintptr_t *map = trie_without(context->map, var, var_hash(var), &failed);
    return failed ? -1 : context_store(context, map);
}

static Object *contextvar_get_method(Object *self, Object *otherwise) {
    Object *value;
    contextvar_get(self, otherwise, &value);
    return value ? value : raise_with(&exc_LookupError, self);
}

static Object *contextvar_set_method(Object *self, Object *value) {
    return contextvar_set(self, value);
}

static Object *contextvar_reset_method(Object *self, Object *token) {
    if (token->type != &token_type) {
        return raise_error(&exc_TypeError, "expected an instance of Token, got %R", token);
    }
    return contextvar_reset(self, token) < 0 ? NULL : NONE;
}

static Object *contextvar_repr(Object *self) {
    ContextVar *var = (ContextVar *)self;
    if (var->default_value) {
        return str_format("<ContextVar name=%R default=%R at %p>", var->name, var->default_value,
                          (void *)self);
    }
    return str_format("<ContextVar name=%R at %p>", var->name, (void *)self);
}

static Object *class_getitem(Object *cls, Object *item) {
    return generic_alias_new(cls, item);
}

static BuiltinDef contextvar_methods[] = {
    BUILTIN("get", contextvar_get_method, "($self, default=<unrepresentable>, /)", 0, NULL),
    BUILTIN("set", contextvar_set_method, "($self, value, /)", 0, NULL),
    BUILTIN("reset", contextvar_reset_method, "($self, token, /)", 0, NULL),
    BUILTIN("__class_getitem__", class_getitem, "-($type, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

static MemberDef contextvar_members[] = {
    { "name", MEMBER_OBJECT, offsetof(ContextVar, name), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

const TypeSpec contextvar_spec = {
    .name = "_contextvars.ContextVar",
    .basic_size = sizeof(ContextVar),
    .flags = TF_GC,
    .methods = contextvar_methods,
    .members = contextvar_members,
    .trace = contextvar_trace,
    .slots = { .getattr = object_generic_getattr, .new = contextvar_tp_new, .repr = contextvar_repr },
};

// ---- Token

static void token_trace(Object *self, Tracer *tracer) {
    Token *token = (Token *)self;
    trace_cell(tracer, token->context);
    trace_cell(tracer, token->var);
    trace_cell(tracer, token->old_value);
}

static Object *token_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return raise_error(&exc_RuntimeError, "Tokens can only be created by ContextVars");
}

static Object *token_repr(Object *self) {
    Token *token = (Token *)self;
    return str_format("<Token%s var=%R at %p>", token->used ? " used" : "", token->var, (void *)self);
}

static Object *token_get_var(Object *self, void *closure) {
    return ((Token *)self)->var;
}
static Object *token_get_old_value(Object *self, void *closure) {
    Object *old = ((Token *)self)->old_value;
    return old ? old : token_missing;
}

static GetSetDef token_getsets[] = {
    { "var", token_get_var, NULL, NULL, NULL },
    { "old_value", token_get_old_value, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static BuiltinDef token_methods[] = {
    BUILTIN("__class_getitem__", class_getitem, "-($type, object, /)", BUILTIN_CLASS, NULL),
    BUILTIN_END,
};

const TypeSpec token_spec = {
    .name = "_contextvars.Token",
    .basic_size = sizeof(Token),
    .flags = TF_GC,
    .methods = token_methods,
    .getsets = token_getsets,
    .trace = token_trace,
    .slots = { .getattr = object_generic_getattr, .new = token_tp_new, .repr = token_repr },
};

static Object *token_missing_repr(Object *self) {
    return str_from_cstring("<Token.MISSING>");
}

static const TypeSpec token_missing_spec = {
    .name = "Token.MISSING",
    .basic_size = sizeof(Object),
    .slots = { .repr = token_missing_repr },
};

// ---- the module

static Object *contextvars_copy_context(Object *module) {
    return context_copy_current();
}

static BuiltinDef functions[] = {
    BUILTIN("copy_context", contextvars_copy_context, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int contextvars_exec(Object *module) {
    if (!token_missing) {
        heap_add_root(&token_missing, 1);
        if (type_ready(&token_missing_type, &token_missing_spec) < 0 ||
            !(token_missing = object_alloc(&token_missing_type))) {
            return -1;
        }
    }
    if (module_add_type(module, &context_type, &context_spec) < 0 ||
        module_add_type(module, &contextvar_type, &contextvar_spec) < 0 ||
        module_add_type(module, &token_type, &token_spec) < 0) {
        return -1;
    }
    if (dict_set_cstring(token_type.dict, "MISSING", token_missing) < 0 ||
        dict_set_cstring(token_type.dict, "__hash__", NONE) < 0 ||
        dict_set_cstring(context_type.dict, "__hash__", NONE) < 0) {
        return -1;
    }
    type_modified(&token_type, NULL);
    type_modified(&context_type, NULL);
    return 0;
}

const ModuleSpec module_contextvars = { "_contextvars", NULL, functions, contextvars_exec };
