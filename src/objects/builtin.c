// Built-in functions: parsing signatures, binding arguments with CPython's error texts, calling the C
// function, and the `builtin_function_or_method` type.
//
// A signature is parsed once into an immutable `Signature`. Five kinds of binding follow from it, each
// with the words that CPython uses for that kind of C function: no arguments, exactly one, positional
// only ("pop expected at most 1 argument, got 2"), the same in the words of its older format strings
// ("find() takes at least 1 argument (0 given)", a leading '|'), and keywords (also in their words, without any: a
// leading '+', for methods that CPython gives their class; a leading '=' where the positional ones are unpacked first).
#include "objects/builtin.h"

#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/docs.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"

enum { SIGNATURE_MOST = 40 };

typedef enum BindingKind {
    BIND_VECTOR, // the C function binds by itself
    BIND_NONE, // no parameters
    BIND_ONE, // exactly one, positional
    BIND_POSITIONAL, // positional only
    BIND_FORMAT, // positional only, in the words of PyArg_ParseTuple
    BIND_KEYWORDS,
} BindingKind;

typedef struct Signature {
    BindingKind kind;
    int count; // parameters
    int positional; // how many can be given by position
    int positional_only;
    int required; // leading positional parameters without a default
    bool unpacked; // the number of positional arguments is checked first, in the words of PyArg_UnpackTuple
    uint64_t keyword_required; // bits of keyword-only parameters without a default
    Object **names; // interned, a registered root
} Signature;

static const Signature vector_signature = { .kind = BIND_VECTOR };

static bool is_identifier_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Where the parameter that begins at `p` ends: at a comma or the closing parenthesis.
static const char *parameter_end(const char *p) {
    int depth = 0;
    char quote = 0;
    for (; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1]) {
                p++;
            } else if (*p == quote) {
                quote = 0;
            }
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '(' || *p == '[' || *p == '{') {
            depth++;
        } else if (*p == ')' || *p == ']' || *p == '}') {
            if (!depth) {
                return p;
            }
            depth--;
        } else if (*p == ',' && !depth) {
            return p;
        }
    }
    return p;
}

static const Signature *signature_parse(const char *text) {
    if (!text) {
        return &vector_signature;
    }
    bool format = false, parsed = false;
    bool unpacked = false;
    while (*text == '-' || *text == '|' || *text == '+' || *text == '=') {
        unpacked |= *text == '=';
        format |= *text == '|';
        parsed |= *text == '+';
        text++;
    }
    if (*text == '(') {
        text++;
    }
    Signature s = { .unpacked = unpacked };
    const char *names_at[SIGNATURE_MOST];
    int lengths[SIGNATURE_MOST];
    bool keyword_only = false, optional_seen = false;
    for (const char *p = text; *p && *p != ')';) {
        while (*p == ' ' || *p == ',' || *p == '\n') {
            p++;
        }
        if (!*p || *p == ')') {
            break;
        }
        const char *end = parameter_end(p);
        if (*p == '$') {
            p = end;
            continue;
        }
        if (*p == '/') {
            s.positional_only = s.count;
        } else if (*p == '*') {
            if (is_identifier_char(p[1]) || p[1] == '*') {
                return &vector_signature;
            }
            keyword_only = true;
        } else {
            if (s.count >= SIGNATURE_MOST) {
                return &vector_signature;
            }
            const char *q = p;
            while (is_identifier_char(*q)) {
                q++;
            }
            names_at[s.count] = p;
            lengths[s.count] = (int)(q - p);
            bool has_default = q < end && memchr(q, '=', (size_t)(end - q)) != NULL;
            if (keyword_only) {
                if (!has_default) {
                    s.keyword_required |= 1ull << s.count;
                }
            } else {
                s.positional++;
                optional_seen |= has_default;
                if (!optional_seen) {
                    s.required = s.positional;
                }
            }
            s.count++;
        }
        p = end;
    }
    if (s.positional_only == s.count && !parsed) {
        s.kind = !s.count ? BIND_NONE : s.count == 1 && s.required == 1 ? BIND_ONE : BIND_POSITIONAL;
        if (format && s.count) {
            s.kind = BIND_FORMAT;
        }
    } else {
        s.kind = BIND_KEYWORDS;
    }
    Signature *result = malloc(sizeof(Signature));
    s.names = calloc((size_t)s.count + 1, sizeof(Object *));
    if (!result || !s.names) {
        raise_memory_error();
        return NULL;
    }
    if (s.kind == BIND_KEYWORDS) {
        heap_add_root(s.names, (size_t)s.count);
        for (int i = 0; i < s.count; i++) {
            char name[128];
            size_t length = size_min((size_t)lengths[i], sizeof name - 1);
            memcpy(name, names_at[i], length);
            name[length] = 0;
            s.names[i] = str_intern_cstring(name);
            if (!s.names[i]) {
                return NULL;
            }
        }
    }
    *result = s;
    return result;
}

static inline const Signature *signature_get(struct Signature **cache, const char *text) {
    const Signature *s = __atomic_load_n(cache, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!s)) {
        s = signature_parse(text);
        if (s) {
            __atomic_store_n(cache, (Signature *)(uintptr_t)s, __ATOMIC_RELEASE);
        }
    }
    return s;
}

int arguments_no_keywords(const char *name, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "%s() takes no keyword arguments", name);
        return -1;
    }
    return 0;
}

int arguments_check_count(const char *name, size_t nargs, size_t least, size_t most) {
    if (nargs < least) {
        raise_error(&exc_TypeError, "%s expected %s%zu argument%s, got %zu", name ? name : "unpacked tuple",
                    least == most ? "" : "at least ", least, least == 1 ? "" : "s", nargs);
        return -1;
    }
    if (nargs > most) {
        raise_error(&exc_TypeError, "%s expected %s%zu argument%s, got %zu", name ? name : "unpacked tuple",
                    least == most ? "" : "at most ", most, most == 1 ? "" : "s", nargs);
        return -1;
    }
    return 0;
}

static COLD int keyword_error(const Signature *s, const char *name, size_t nargs, Object *kwnames) {
    for (ssize_t k = 0; k < tuple_size(kwnames); k++) {
        Object *keyword = tuple_get(kwnames, k);
        if (!str_check(keyword)) {
            raise_error(&exc_TypeError, "keywords must be strings");
            return -1;
        }
        int i = s->positional_only;
        for (; i < s->count; i++) {
            if (s->names[i] == keyword || str_equal(s->names[i], keyword)) {
                break;
            }
        }
        if (i == s->count) {
            raise_error(&exc_TypeError, "'%S' is an invalid keyword argument for %s()", keyword, name);
            return -1;
        }
        if ((size_t)i < nargs) {
            raise_error(&exc_TypeError, "argument for %s() given by name ('%U') and position (%d)", name,
                        s->names[i], i + 1);
            return -1;
        }
    }
    raise_error(&exc_TypeError, "invalid keyword arguments for %s()", name);
    return -1;
}

static int bind_keywords(const Signature *s, const char *name, Object *const *args, size_t nargs,
                         Object *kwnames, Object **bound) {
    size_t nkw = kwnames ? (size_t)tuple_size(kwnames) : 0;
    if (s->unpacked && UNLIKELY(nargs < (size_t)s->positional_only || nargs > (size_t)s->positional_only)) {
        return arguments_check_count(name, nargs, (size_t)s->positional_only, (size_t)s->positional_only);
    }
    if (nargs + nkw > (size_t)s->count) {
        if (!s->count) {
            if (!nargs) {
                return 0; // as CPython does, keywords or not
            }
            raise_error(&exc_TypeError, "%s() takes no arguments", name);
            return -1;
        }
        raise_error(&exc_TypeError, "%s() takes at most %d %sargument%s (%zu given)", name, s->count,
                    nargs ? "" : "keyword ", s->count == 1 ? "" : "s", nargs + nkw);
        return -1;
    }
    if (nargs > (size_t)s->positional) {
        if (!s->positional) {
            raise_error(&exc_TypeError, "%s() takes no positional arguments", name);
        } else {
            raise_error(&exc_TypeError, "%s() takes %s %d positional argument%s (%zu given)", name,
                        s->required == s->positional ? "exactly" : "at most", s->positional,
                        s->positional == 1 ? "" : "s", nargs);
        }
        return -1;
    }
    int least = s->positional_only < s->required ? s->positional_only : s->required;
    if (nargs < (size_t)least) {
        raise_error(&exc_TypeError, "%s() takes %s %d positional argument%s (%zu given)", name,
                    least < s->positional ? "at least" : "exactly", least, least == 1 ? "" : "s", nargs);
        return -1;
    }
    if (nargs) {
        memcpy(bound, args, nargs * sizeof(Object *));
    }
    for (int i = (int)nargs; i < s->count; i++) {
        bound[i] = NULL;
    }
    size_t found = 0;
    if (nkw) {
        for (size_t k = 0; k < nkw; k++) {
            Object *keyword = tuple_get(kwnames, (ssize_t)k);
            int start = s->positional_only > (int)nargs ? s->positional_only : (int)nargs;
            int i = start;
            for (; i < s->count && s->names[i] != keyword; i++) {
            }
            if (i == s->count && str_check(keyword)) {
                for (i = start; i < s->count && !str_equal(s->names[i], keyword); i++) {
                }
            }
            if (i < s->count && !bound[i]) {
                bound[i] = args[nargs + k];
                found++;
            }
        }
    }
    for (int i = (int)nargs; i < s->count; i++) {
        if (!bound[i] && (i < s->required || (s->keyword_required >> i & 1))) {
            raise_error(&exc_TypeError, "%s() missing required argument '%U' (pos %d)", name, s->names[i],
                        i + 1);
            return -1;
        }
    }
    return found < nkw ? keyword_error(s, name, nargs, kwnames) : 0;
}

// Binds for `name` (as in "name() takes"); `qualified` stands before it in CPython's messages for C
// functions of fixed arity.
static int signature_apply(const Signature *s, const char *name, const char *qualified, Object *const *args,
                           size_t nargs, Object *kwnames, Object **bound) {
    if (s->kind == BIND_KEYWORDS) {
        return bind_keywords(s, name, args, nargs, kwnames, bound);
    }
    if (UNLIKELY(kwnames && tuple_size(kwnames))) {
        raise_error(&exc_TypeError, "%s() takes no keyword arguments", qualified);
        return -1;
    }
    switch (s->kind) {
    case BIND_NONE:
        if (UNLIKELY(nargs)) {
            raise_error(&exc_TypeError, "%s() takes no arguments (%zu given)", qualified, nargs);
            return -1;
        }
        return 0;
    case BIND_ONE:
        if (UNLIKELY(nargs != 1)) {
            raise_error(&exc_TypeError, "%s() takes exactly one argument (%zu given)", qualified, nargs);
            return -1;
        }
        bound[0] = args[0];
        return 0;
    case BIND_FORMAT:
        if (UNLIKELY(nargs < (size_t)s->required || nargs > (size_t)s->count)) {
            bool few = nargs < (size_t)s->required;
            int limit = few ? s->required : s->count;
            raise_error(&exc_TypeError, "%s() takes %s %d argument%s (%zu given)", name,
                        s->required == s->count ? "exactly"
                        : few                   ? "at least"
                                                : "at most",
                        limit, limit == 1 ? "" : "s", nargs);
            return -1;
        }
        break;
    default:
        if (UNLIKELY(nargs < (size_t)s->required || nargs > (size_t)s->count)) {
            return arguments_check_count(name, nargs, (size_t)s->required, (size_t)s->count);
        }
        break;
    }
    if (nargs) {
        memcpy(bound, args, nargs * sizeof(Object *));
    }
    for (int i = (int)nargs; i < s->count; i++) {
        bound[i] = NULL;
    }
    return 0;
}

int signature_bind(struct Signature **cache, const char *name, const char *signature, Object *const *args,
                   size_t nargs, Object *kwnames, Object **bound) {
    const Signature *s = signature_get(cache, signature);
    if (!s) {
        return -1;
    }
    if (s->kind == BIND_VECTOR) {
        raise_error(&exc_SystemError, "%s(): signature with *args cannot be bound", name);
        return -1;
    }
    return signature_apply(s, name, name, args, nargs, kwnames, bound);
}

typedef Object *(*VectorFn)(Object *, Object *const *, size_t, Object *);
typedef Object *(*Fn0)(Object *);
typedef Object *(*Fn1)(Object *, Object *);
typedef Object *(*Fn2)(Object *, Object *, Object *);
typedef Object *(*Fn3)(Object *, Object *, Object *, Object *);
typedef Object *(*Fn4)(Object *, Object *, Object *, Object *, Object *);
typedef Object *(*Fn5)(Object *, Object *, Object *, Object *, Object *, Object *);
typedef Object *(*Fn6)(Object *, Object *, Object *, Object *, Object *, Object *, Object *);
typedef Object *(*FnMany)(Object *, Object **);

static inline Object *invoke(const Signature *s, void *f, Object *self, Object **b) {
    switch (s->count) {
    case 0: return ((Fn0)f)(self);
    case 1: return ((Fn1)f)(self, b[0]);
    case 2: return ((Fn2)f)(self, b[0], b[1]);
    case 3: return ((Fn3)f)(self, b[0], b[1], b[2]);
    case 4: return ((Fn4)f)(self, b[0], b[1], b[2], b[3]);
    case 5: return ((Fn5)f)(self, b[0], b[1], b[2], b[3], b[4]);
    case 6: return ((Fn6)f)(self, b[0], b[1], b[2], b[3], b[4], b[5]);
    default: return ((FnMany)f)(self, b);
    }
}

static inline uintptr_t *effect_lock(const BuiltinDef *def, Object *self) {
    if (LIKELY(!(def->flags & EFFECT_LOCKS) || !runtime_multithreaded) || !self) {
        return NULL;
    }
    size_t offset = self->type->info->lock_offset;
    return offset ? (uintptr_t *)((char *)self + offset) : NULL;
}

static NOINLINE Object *builtin_call_general(BuiltinDef *def, const Signature *s, const char *owner_name,
                                             Object *self, Object *const *args, size_t nargs,
                                             Object *kwnames) {
    // Arrays of just the needed size: the collector reads the whole frame, and unused parts would hold
    // what calls before left there.
    Object *bound[s->count + 1];
    if (UNLIKELY(signature_apply(s, def->name, def->name, args, nargs, kwnames, bound) < 0)) {
        if (owner_name && error_matches(&exc_TypeError) &&
            (s->kind == BIND_NONE || s->kind == BIND_ONE || (kwnames && tuple_size(kwnames)))) {
            // These say whose function it is: once more, for the message.
            char qualified[256];
            snprintf(qualified, sizeof(qualified), "%s.%s", owner_name, def->name);
            error_clear();
            signature_apply(s, def->name, qualified, args, nargs, kwnames, bound);
        }
        return NULL;
    }
    uintptr_t *lock = effect_lock(def, self);
    if (lock) {
        object_lock(lock);
        Object *result = invoke(s, def->function, self, bound);
        object_unlock(lock);
        return result;
    }
    return invoke(s, def->function, self, bound);
}

int builtin_direct_arity(BuiltinDef *def, size_t nargs) {
    const Signature *s = signature_get(&def->parsed, def->signature);
    if (!s) {
        error_clear();
        return -1;
    }
    bool fits = s->kind != BIND_VECTOR && s->count <= SIGNATURE_DIRECT && !s->keyword_required &&
                nargs >= (size_t)s->required && nargs <= (size_t)s->positional;
    return fits ? s->count : -1;
}

Object *builtin_call(BuiltinDef *def, const char *owner_name, Object *self, Object *const *args, size_t nargs,
                     Object *kwnames) {
    const Signature *s = signature_get(&def->parsed, def->signature);
    if (UNLIKELY(!s)) {
        return NULL;
    }
    if (s->kind == BIND_VECTOR) {
        uintptr_t *lock = effect_lock(def, self);
        if (UNLIKELY(lock != NULL)) {
            object_lock(lock);
            Object *result = ((VectorFn)def->function)(self, args, nargs, kwnames);
            object_unlock(lock);
            return result;
        }
        return ((VectorFn)def->function)(self, args, nargs, kwnames);
    }
    if (LIKELY(!kwnames) && !effect_lock(def, self)) {
        if (s->kind == BIND_NONE && !nargs) {
            return ((Fn0)def->function)(self);
        }
        if (s->kind == BIND_ONE && nargs == 1) {
            return ((Fn1)def->function)(self, args[0]);
        }
        if (s->count <= 3 && nargs >= (size_t)s->required && nargs <= (size_t)s->positional &&
            !s->keyword_required) {
            Object *a = nargs > 0 ? args[0] : NULL, *b = nargs > 1 ? args[1] : NULL;
            return s->count == 3   ? ((Fn3)def->function)(self, a, b, nargs > 2 ? args[2] : NULL)
                   : s->count == 2 ? ((Fn2)def->function)(self, a, b)
                   : s->count == 1 ? ((Fn1)def->function)(self, a)
                                   : ((Fn0)def->function)(self);
        }
        if (s->count == 4 && nargs >= (size_t)s->required && nargs <= (size_t)s->positional &&
            !s->keyword_required) {
            return ((Fn4)def->function)(self, nargs > 0 ? args[0] : NULL, nargs > 1 ? args[1] : NULL,
                                        nargs > 2 ? args[2] : NULL, nargs > 3 ? args[3] : NULL);
        }
    }
    return builtin_call_general(def, s, owner_name, self, args, nargs, kwnames);
}

// ---- the type

Object *builtin_function_new(BuiltinDef *def, Object *self, Object *module_name) {
    BuiltinFunction *f = (BuiltinFunction *)object_alloc(&builtin_function_type);
    if (!f) {
        return NULL;
    }
    f->def = def;
    gc_init(&f->self, self);
    gc_init(&f->module, module_name);
    return &f->base;
}

static void builtin_function_trace(Object *o, Tracer *tracer) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    trace_cell(tracer, f->self);
    trace_cell(tracer, f->module);
}

// The name before the dot in messages: the type of self or the module (none for builtins).
static const char *builtin_owner(BuiltinFunction *f) {
    Object *self = f->self;
    if (!self || module_check(self)) {
        if (f->module && str_check(f->module) && !str_equal_cstring(f->module, "builtins")) {
            return str_utf8(f->module, NULL);
        }
        return NULL;
    }
    Type *type = type_check(self) ? (Type *)self : self->type;
    return type->flags & TF_HEAP ? str_utf8(type_qualname(type), NULL) : type_short_name(type);
}

static Object *builtin_function_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    BuiltinFunction *f = (BuiltinFunction *)callable;
    BuiltinDef *def = f->def;
    const Signature *s = __atomic_load_n(&def->parsed, __ATOMIC_ACQUIRE);
    const char *owner = NULL;
    // The commonest: what map(), key functions and their like call.
    if (LIKELY(s && s->kind == BIND_ONE && nargs == 1 && !kwnames) &&
        !(def->flags & (BUILTIN_STATIC | EFFECT_LOCKS))) {
        return ((Fn1)def->function)(f->self, args[0]);
    }
    if (UNLIKELY(!s) && !(s = signature_get(&def->parsed, def->signature))) {
        return NULL;
    }
    // (In CPython functions with format strings do not know it, unless they are called as methods.)
    if ((s->kind != BIND_VECTOR && ((kwnames && s->kind != BIND_FORMAT) || (s->kind == BIND_NONE && nargs) ||
                                    (s->kind == BIND_ONE && nargs != 1)))) {
        owner = builtin_owner(f);
    }
    return builtin_call(def, owner, def->flags & BUILTIN_STATIC ? NULL : f->self, args, nargs, kwnames);
}

static Object *builtin_function_get_name(Object *o, void *closure) {
    return str_from_cstring(((BuiltinFunction *)o)->def->name);
}

static Object *builtin_function_qualname(Object *o, void *closure) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    if (!f->self || module_check(f->self)) {
        return str_from_cstring(f->def->name);
    }
    Object *type = type_check(f->self) ? f->self : (Object *)f->self->type;
    Object *qualname = object_getattr(type, names.__qualname__);
    if (!qualname) {
        return NULL;
    }
    if (!str_check(qualname)) {
        return raise_error(&exc_TypeError, "<method>.__class__.__qualname__ is not a unicode object");
    }
    return str_format("%S.%s", qualname, f->def->name);
}

// The owner's full name for doc_lookup: a module's name or a type's.
static const char *builtin_doc_owner(BuiltinFunction *f) {
    if (!f->self || module_check(f->self)) {
        return f->module && str_check(f->module) ? str_utf8(f->module, NULL) : "";
    }
    Type *type = type_check(f->self) ? (Type *)f->self : f->self->type;
    return descr_doc_owner(type, f->def->name);
}

static const char *builtin_doc(BuiltinFunction *f) {
    return f->def->doc ? f->def->doc : doc_lookup(builtin_doc_owner(f), f->def->name);
}

static Object *builtin_function_get_doc(Object *o, void *closure) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    return doc_object(f->def->name, builtin_doc(f));
}

static Object *builtin_function_get_signature(Object *o, void *closure) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    return builtin_text_signature(f->def, builtin_doc(f));
}

Object *builtin_text_signature(const BuiltinDef *def, const char *doc) {
    const char *text = def->signature;
    if (!text || (doc && !def->doc)) {
        return doc_signature(def->name, doc);
    }
    while (*text == '|' || *text == '+' || *text == '=') {
        text++;
    }
    return *text == '-' ? NONE : str_from_cstring(text);
}

static Object *builtin_function_get_self(Object *o, void *closure) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    return f->self && !(f->def->flags & BUILTIN_STATIC) ? f->self : NONE;
}

static Object *builtin_function_reduce(Object *o) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    if (!f->self || module_check(f->self)) {
        return str_from_cstring(f->def->name);
    }
    Object *function = import_getattr_builtin();
    Object *name = str_from_cstring(f->def->name);
    if (!function || !name) {
        return NULL;
    }
    Object *arguments = tuple_pack(2, f->self, name);
    return arguments ? tuple_pack(2, function, arguments) : NULL;
}

static Object *builtin_function_repr(Object *o) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    if (!f->self || module_check(f->self)) {
        return str_format("<built-in function %s>", f->def->name);
    }
    return str_format("<built-in method %s of %s object at %p>", f->def->name, f->self->type->name, f->self);
}

static hash_t builtin_function_hash(Object *o) {
    BuiltinFunction *f = (BuiltinFunction *)o;
    hash_t hash = pointer_hash(f->self) ^ pointer_hash(f->def->function);
    return hash == -1 ? -2 : hash;
}

static Object *builtin_function_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || a->type != &builtin_function_type ||
        b->type != &builtin_function_type) {
        return NOT_IMPLEMENTED;
    }
    BuiltinFunction *f = (BuiltinFunction *)a, *g = (BuiltinFunction *)b;
    bool equal = f->self == g->self && f->def->function == g->def->function;
    return bool_from(equal == (op == CMP_EQ));
}

static BuiltinDef builtin_function_methods[] = {
    BUILTIN("__reduce__", builtin_function_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef builtin_function_getsets[] = {
    { "__doc__", builtin_function_get_doc, NULL, NULL, NULL },
    { "__name__", builtin_function_get_name, NULL, NULL, NULL },
    { "__qualname__", builtin_function_qualname, NULL, NULL, NULL },
    { "__self__", builtin_function_get_self, NULL, NULL, NULL },
    { "__text_signature__", builtin_function_get_signature, NULL, NULL, NULL },
    {},
};
static MemberDef builtin_function_members[] = {
    { "__module__", MEMBER_OBJECT, offsetof(BuiltinFunction, module), 0, NULL },
    {},
};
Type builtin_function_type;
const TypeSpec builtin_function_spec = {
    .name = "builtin_function_or_method",
    .basic_size = sizeof(BuiltinFunction),
    .weaklist_offset = offsetof(BuiltinFunction, weaklist),
    .vectorcall_offset = offsetof(BuiltinFunction, vectorcall),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION | TF_HAVE_VECTORCALL,
    .methods = builtin_function_methods,
    .getsets = builtin_function_getsets,
    .members = builtin_function_members,
    .trace = builtin_function_trace,
    .slots = { .repr = builtin_function_repr,
               .hash = builtin_function_hash,
               .call = builtin_function_call,
               .getattr = object_generic_getattr,
               .compare = builtin_function_compare },
};
