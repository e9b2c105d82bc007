// BaseExceptionGroup and ExceptionGroup (PEP 654).
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/exception_internal.h"
#include "objects/function.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

Type *exc_ExceptionGroup;

static inline ExceptionGroup *group_of(Object *o) {
    return (ExceptionGroup *)o;
}

static bool is_group(Object *o) {
    return type_is_subtype(o->type, &exc_BaseExceptionGroup);
}

static Object *group_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs != 2) {
        return raise_error(&exc_TypeError,
                           "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", nargs);
    }
    Object *message = args[0];
    if (!str_check(message)) {
        return raise_error(&exc_TypeError, "BaseExceptionGroup.__new__() argument 1 must be str, not %K",
                           message);
    }
    if (!sequence_check(args[1])) {
        return raise_error(&exc_TypeError, "second argument (exceptions) must be a sequence");
    }
    Object *exceptions = sequence_tuple(args[1]);
    if (!exceptions) {
        return NULL;
    }
    ssize_t count = tuple_size(exceptions);
    if (!count) {
        return raise_error(&exc_ValueError, "second argument (exceptions) must be a non-empty sequence");
    }
    bool nested_base = false;
    for (ssize_t i = 0; i < count; i++) {
        Object *e = tuple_get(exceptions, i);
        if (!exception_check(e)) {
            return raise_error(&exc_ValueError,
                               "Item %zd of second argument (exceptions) is not an exception", i);
        }
        nested_base |= !object_is_instance(e, &exc_Exception);
    }
    if (type == &exc_BaseExceptionGroup) {
        if (!nested_base) {
            type = exc_ExceptionGroup;
        }
    } else if (nested_base && type_is_subtype(type, &exc_Exception)) {
        return type == exc_ExceptionGroup
                   ? raise_error(&exc_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup")
                   : raise_error(&exc_TypeError, "Cannot nest BaseExceptions in '%N'", type);
    }
    Object *tuple = tuple_from_array(args, 2);
    Object *self = tuple ? exception_new_simple(type, tuple) : NULL;
    if (self) {
        gc_store(self, &group_of(self)->message, message);
        gc_store(self, &group_of(self)->exceptions, exceptions);
    }
    return self;
}

static int group_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        raise_error(&exc_TypeError, "%T() takes no keyword arguments", self);
        return -1;
    }
    Object *tuple = tuple_from_array(args, (ssize_t)nargs);
    if (!tuple) {
        return -1;
    }
    gc_store(self, &group_of(self)->head.args, tuple);
    return 0;
}

static Object *group_str(Object *self) {
    ssize_t count = tuple_size(group_of(self)->exceptions);
    return str_format("%S (%zd sub-exception%s)", group_of(self)->message, count, count == 1 ? "" : "s");
}

static Object *derive(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        return raise_error(&exc_TypeError, "%N.derive() takes no keyword arguments", self->type);
    }
    if (nargs != 1) {
        return raise_error(&exc_TypeError, "function takes exactly 1 argument (%zu given)", nargs);
    }
    return call2((Object *)&exc_BaseExceptionGroup, group_of(self)->message, args[0]);
}

// A group of `exceptions` (a list) like `original`; NULL without an exception when the list is empty.
static int derive_like(Object *original, Object *exceptions, Object **result) {
    *result = NULL;
    if (!list_size(exceptions)) {
        return 0;
    }
    Object *name = str_intern_cstring("derive"), *notes_name = str_intern_cstring("__notes__");
    Object *group = name && notes_name ? call_method1(original, name, exceptions) : NULL;
    if (!group) {
        return -1;
    }
    if (!is_group(group)) {
        raise_error(&exc_TypeError, "derive must return an instance of BaseExceptionGroup");
        return -1;
    }
    BaseException *from = (BaseException *)original, *to = (BaseException *)group;
    gc_store(to, &to->traceback, from->traceback);
    gc_store(to, &to->context, from->context);
    gc_store(to, &to->cause, from->cause);
    to->suppress_context |= from->cause != NULL;
    Object *notes;
    int found = object_getattr_optional(original, notes_name, &notes);
    if (found < 0) {
        return -1;
    }
    if (found && sequence_check(notes)) {
        Object *copy = sequence_list(notes);
        if (!copy || object_setattr(group, notes_name, copy) < 0) {
            return -1;
        }
    }
    *result = group;
    return 0;
}

typedef enum MatchKind { MATCH_TYPE, MATCH_PREDICATE, MATCH_INSTANCES } MatchKind;

static int matches(Object *exception, MatchKind kind, Object *condition) {
    if (kind == MATCH_TYPE) {
        return exception_matches(exception, condition);
    }
    if (kind == MATCH_PREDICATE) {
        Object *result = call1(condition, exception);
        return result ? object_is_true(result) : -1;
    }
    for (ssize_t i = 0; i < list_size(condition); i++) {
        if (list_read(condition, i) == exception) {
            return 1;
        }
    }
    return 0;
}

// Splits `o` into what matches and the rest; either is NULL when there is none. `rest` may be NULL.
static int split(Object *o, MatchKind kind, Object *condition, Object **match, Object **rest) {
    *match = NULL;
    if (rest) {
        *rest = NULL;
    }
    bool group = is_group(o);
    int whole = kind == MATCH_INSTANCES && group ? 0 : matches(o, kind, condition);
    if (whole < 0) {
        return -1;
    }
    if (whole) {
        *match = o;
        return 0;
    }
    if (!group) {
        if (rest) {
            *rest = o;
        }
        return 0;
    }
    Object *yes = list_new(0), *no = list_new(0);
    if (!yes || !no || recursion_enter(" in exceptiongroup_split_recursive") < 0) {
        return -1;
    }
    Object *exceptions = group_of(o)->exceptions;
    int status = 0;
    for (ssize_t i = 0; i < tuple_size(exceptions) && status == 0; i++) {
        Object *part, *left;
        status = split(tuple_get(exceptions, i), kind, condition, &part, rest ? &left : NULL);
        if (status == 0 && part) {
            status = list_append(yes, part);
        }
        if (status == 0 && rest && left) {
            status = list_append(no, left);
        }
    }
    recursion_leave();
    if (status < 0 || derive_like(o, yes, match) < 0) {
        return -1;
    }
    return rest ? derive_like(o, no, rest) : 0;
}

static int match_kind(Object *condition, MatchKind *kind) {
    if (condition->type == &function_type) {
        *kind = MATCH_PREDICATE;
        return 0;
    }
    bool classes = exception_class_check(condition);
    if (tuple_check(condition)) {
        classes = true;
        for (ssize_t i = 0; i < tuple_size(condition); i++) {
            classes &= exception_class_check(tuple_get(condition, i));
        }
    }
    if (!classes) {
        raise_error(&exc_TypeError, "expected a function, exception type or tuple of exception types");
        return -1;
    }
    *kind = MATCH_TYPE;
    return 0;
}

static Object *split_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("BaseExceptionGroup.split", kwnames) < 0 ||
        arguments_check_count("split", nargs, 1, 1) < 0) {
        return NULL;
    }
    MatchKind kind;
    Object *condition = args[0], *match, *rest;
    if (match_kind(condition, &kind) < 0 || split(self, kind, condition, &match, &rest) < 0) {
        return NULL;
    }
    return tuple_pack(2, match ? match : NONE, rest ? rest : NONE);
}

static Object *subgroup_method(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("BaseExceptionGroup.subgroup", kwnames) < 0 ||
        arguments_check_count("subgroup", nargs, 1, 1) < 0) {
        return NULL;
    }
    MatchKind kind;
    Object *condition = args[0], *match;
    if (match_kind(condition, &kind) < 0 || split(self, kind, condition, &match, NULL) < 0) {
        return NULL;
    }
    return match ? match : NONE;
}

// ---- declaration

static Object *class_getitem(Object *cls, Object *item) {
    return generic_alias_new(cls, item);
}

static BuiltinDef methods[] = {
    BUILTIN("__class_getitem__", class_getitem, "-($type, item, /)", BUILTIN_CLASS, NULL),
    BUILTIN("derive", derive, "-($self, /, *args)", 0, NULL),
    BUILTIN("split", split_method, NULL, 0, NULL),
    BUILTIN("subgroup", subgroup_method, NULL, 0, NULL),
    BUILTIN_END,
};
static MemberDef members[] = {
    { "message", MEMBER_OBJECT, offsetof(ExceptionGroup, message), MEMBER_READONLY, NULL },
    { "exceptions", MEMBER_OBJECT, offsetof(ExceptionGroup, exceptions), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

int exception_groups_init(TypeSpec *spec) {
    spec->methods = methods;
    spec->members = members;
    spec->slots.new = group_new;
    spec->slots.init = group_init;
    spec->slots.str = group_str;
    return 0;
}

int exception_groups_finish(void) {
    heap_add_root(&exc_ExceptionGroup, 1);
    Object *name = str_intern_cstring("ExceptionGroup"), *dict = dict_new();
    Object *bases = tuple_pack(2, &exc_BaseExceptionGroup, &exc_Exception);
    Object *module = str_intern_cstring("builtins");
    if (!name || !dict || !bases || !module || dict_set_cstring(dict, "__module__", module) < 0) {
        return -1;
    }
    exc_ExceptionGroup = (Type *)type_new(&type_type, name, bases, dict, NULL, 0, NULL);
    return exc_ExceptionGroup ? 0 : -1;
}
