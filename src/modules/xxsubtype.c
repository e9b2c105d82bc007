// xxsubtype: subclasses of list and dict as an extension would make them. Tests of types use it.
#include <time.h>

#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

typedef struct SpamList {
    List base;
    int state;
} SpamList;
typedef struct SpamDict {
    Dict base;
    int state;
} SpamDict;

static Type spamlist_type, spamdict_type;

static int *state_of(Object *self) {
    return object_is_instance(self, &spamlist_type) ? &((SpamList *)self)->state : &((SpamDict *)self)->state;
}

static Object *spam_getstate(Object *self) {
    return int_from_i64(__atomic_load_n(state_of(self), __ATOMIC_RELAXED));
}

static Object *spam_setstate(Object *self, Object *value) {
    int state = int_to_c_int(value);
    if (state == -1 && error_occurred()) {
        return NULL;
    }
    __atomic_store_n(state_of(self), state, __ATOMIC_RELAXED);
    return NONE;
}

static Object *get_state(Object *self, void *closure) {
    (void)closure;
    return spam_getstate(self);
}

// (class or None, args, kwargs)
static Object *special_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *positional = tuple_from_array(args, (ssize_t)nargs), *keywords = kwnames ? dict_new() : NONE;
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        if (!keywords || dict_set(keywords, tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) {
            return NULL;
        }
    }
    return positional && keywords ? tuple_pack(3, self ? self : NONE, positional, keywords) : NULL;
}

static BuiltinDef list_methods[] = {
    BUILTIN("getstate", spam_getstate, "-($self, /)", 0, "getstate() -> state"),
    BUILTIN("setstate", spam_setstate, "-|($self, state, /)", 0, "setstate(state)"),
    BUILTIN("classmeth", special_method, NULL, BUILTIN_CLASS, "classmeth(*args, **kw)"),
    BUILTIN("staticmeth", special_method, NULL, BUILTIN_STATIC, "staticmeth(*args, **kw)"),
    BUILTIN_END,
};
static BuiltinDef dict_methods[] = {
    BUILTIN("getstate", spam_getstate, "-($self, /)", 0, "getstate() -> state"),
    BUILTIN("setstate", spam_setstate, "-|($self, state, /)", 0, "setstate(state)"),
    BUILTIN_END,
};
static GetSetDef list_getsets[] = {
    { "state", get_state, NULL, "an int variable for demonstration purposes", NULL },
    { 0 },
};
static MemberDef dict_members[] = {
    { "state", MEMBER_INT, offsetof(SpamDict, state), MEMBER_READONLY,
      "an int variable for demonstration purposes" },
    { 0 },
};

static int spamlist_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    *state_of(self) = 0;
    return list_type.info->slots.init(self, args, nargs, kwnames);
}
static int spamdict_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    *state_of(self) = 0;
    return dict_type.info->slots.init(self, args, nargs, kwnames);
}

static const TypeSpec spamlist_spec = {
    .name = "xxsubtype.spamlist",
    .base = &list_type,
    .basic_size = sizeof(SpamList),
    .flags = TF_BASE,
    .methods = list_methods,
    .getsets = list_getsets,
    .slots = { .init = spamlist_init },
};
static const TypeSpec spamdict_spec = {
    .name = "xxsubtype.spamdict",
    .base = &dict_type,
    .basic_size = sizeof(SpamDict),
    .flags = TF_BASE,
    .methods = dict_methods,
    .members = dict_members,
    .slots = { .init = spamdict_init },
};

// Seconds of CPU time for looking up an attribute `n` times.
static Object *xxsubtype_bench(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_no_keywords("bench", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 2 || nargs > 3) {
        return raise_error(&exc_TypeError,
                           nargs < 2 ? "function takes at least 2 arguments (%zu given)"
                                     : "function takes at most 3 arguments (%zu given)",
                           nargs);
    }
    if (!str_check(args[1])) {
        return raise_error(&exc_TypeError, "argument 2 must be str, not %T", args[1]);
    }
    int n = nargs == 3 ? int_to_c_int(args[2]) : 1000;
    if (n == -1 && error_occurred()) {
        return NULL;
    }
    clock_t start = clock();
    while (n-- > 0) {
        if (!object_getattr(args[0], args[1])) {
            return NULL;
        }
    }
    return float_from_double((double)(clock() - start) / CLOCKS_PER_SEC);
}

static BuiltinDef functions[] = {
    BUILTIN("bench", xxsubtype_bench, NULL, 0, NULL),
    BUILTIN_END,
};

static int xxsubtype_exec(Object *module) {
    return module_add_type(module, &spamlist_type, &spamlist_spec) < 0 ||
                   module_add_type(module, &spamdict_type, &spamdict_spec) < 0
               ? -1
               : 0;
}

const ModuleSpec module_xxsubtype = { "xxsubtype", NULL, functions, xxsubtype_exec };
