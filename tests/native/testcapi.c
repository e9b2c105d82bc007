// _testcapi: what tests of the language need to have in C. Functions with each of CPython's calling conventions,
// callables and descriptors that are C types, ways into the runtime that no Python code has.
//
// The rest of the module is tests/cpython/lib/_testcapi.py.
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "modules/faulthandler.h"
#include "native.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

// ---- calling conventions: each function returns what it was called on and what was passed

static Object *passed_on(Object *self) {
    return self ? self : NONE;
}

static Object *keywords_dict(Object *const *values, Object *kwnames) {
    Object *dict = dict_new();
    for (ssize_t i = 0; dict && kwnames && i < tuple_size(kwnames); i++) {
        if (dict_set(dict, tuple_get(kwnames, i), values[i]) < 0) {
            return NULL;
        }
    }
    return dict;
}

static Object *meth_varargs(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("meth_varargs", kwnames) < 0) {
        return NULL;
    }
    Object *positional = tuple_from_array(args, (ssize_t)nargs);
    return positional ? tuple_pack(2, passed_on(self), positional) : NULL;
}

static Object *meth_varargs_keywords(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *positional = tuple_from_array(args, (ssize_t)nargs);
    Object *keywords = kwnames && tuple_size(kwnames) ? keywords_dict(args + nargs, kwnames) : NONE;
    return positional && keywords ? tuple_pack(3, passed_on(self), positional, keywords) : NULL;
}

static Object *meth_o(Object *self, Object *argument) {
    return tuple_pack(2, passed_on(self), argument);
}

static Object *meth_noargs(Object *self) {
    return passed_on(self);
}

static Object *meth_fastcall(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("meth_fastcall", kwnames) < 0) {
        return NULL;
    }
    Object *positional = tuple_from_array(args, (ssize_t)nargs);
    return positional ? tuple_pack(2, passed_on(self), positional) : NULL;
}

static Object *meth_fastcall_keywords(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *positional = tuple_from_array(args, (ssize_t)nargs);
    Object *keywords = positional ? keywords_dict(args + nargs, kwnames) : NULL;
    return keywords ? tuple_pack(3, passed_on(self), positional, keywords) : NULL;
}

#define CONVENTIONS(flags) \
    BUILTIN("meth_varargs", meth_varargs, NULL, flags, NULL), \
        BUILTIN("meth_varargs_keywords", meth_varargs_keywords, NULL, flags, NULL), \
        BUILTIN("meth_o", meth_o, "-($self, argument, /)", flags, NULL), \
        BUILTIN("meth_noargs", meth_noargs, "-($self, /)", flags, NULL), \
        BUILTIN("meth_fastcall", meth_fastcall, NULL, flags, NULL), \
        BUILTIN("meth_fastcall_keywords", meth_fastcall_keywords, NULL, flags, NULL)

static BuiltinDef instance_methods[] = { CONVENTIONS(0), BUILTIN_END };
static BuiltinDef class_methods[] = { CONVENTIONS(BUILTIN_CLASS), BUILTIN_END };
static BuiltinDef static_methods[] = { CONVENTIONS(BUILTIN_STATIC), BUILTIN_END };

static Object *plain_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    (void)kwnames;
    return object_alloc(type);
}

static Type instance_type, class_type, static_type;
static const TypeSpec instance_spec = { .name = "MethInstance",
                                        .basic_size = sizeof(Object),
                                        .methods = instance_methods,
                                        .slots = { .new = plain_new } };
static const TypeSpec class_spec = {
    .name = "MethClass", .basic_size = sizeof(Object), .methods = class_methods, .slots = { .new = plain_new }
};
static const TypeSpec static_spec = { .name = "MethStatic",
                                      .basic_size = sizeof(Object),
                                      .methods = static_methods,
                                      .slots = { .new = plain_new } };

// ---- calls from C

static ssize_t take_arguments(Object *args, Object *const **items) {
    *items = NULL;
    if (args == NONE) {
        return 0;
    }
    if (!tuple_check(args)) {
        raise_error(&exc_TypeError, "args must be None or a tuple");
        return -1;
    }
    *items = tuple_items(args);
    return tuple_size(args);
}

static Object *pyobject_fastcall(Object *module, Object *callable, Object *args) {
    (void)module;
    Object *const *items;
    ssize_t n = take_arguments(args, &items);
    return n < 0 ? NULL : call(callable, items, (size_t)n, NULL);
}

static Object *pyobject_fastcalldict(Object *module, Object *callable, Object *args, Object *kwargs) {
    (void)module;
    if (args != NONE && !tuple_check(args)) {
        return raise_error(&exc_TypeError, "args must be None or a tuple");
    }
    Object *positional = args == NONE ? tuple_empty() : args;
    return positional ? call_tuple_dict(callable, positional, kwargs == NONE ? NULL : kwargs) : NULL;
}

static Object *pyobject_vectorcall(Object *module, Object *callable, Object *args, Object *kwnames) {
    (void)module;
    Object *const *items;
    ssize_t n = take_arguments(args, &items), named = 0;
    if (n < 0) {
        return NULL;
    }
    if (kwnames != NONE) {
        named = tuple_check(kwnames) ? tuple_size(kwnames) : -1;
        if (named < 0 || named > n) {
            return raise_error(&exc_TypeError, "kwnames must be None or a tuple, not longer than args");
        }
    }
    return call(callable, items, (size_t)(n - named), kwnames == NONE ? NULL : kwnames);
}

static Object *pyvectorcall_call(Object *module, Object *callable, Object *args, Object *kwargs) {
    (void)module;
    if (!tuple_check(args) || (kwargs && !dict_check(kwargs))) {
        return raise_error(&exc_TypeError, "args must be a tuple and kwargs a dict");
    }
    return call_tuple_dict(callable, args, kwargs);
}

// Objects that say in their type's flags that they behave like methods; what a call returns tells which
// type's slot was called.

static Object *descriptor_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)self;
    (void)args;
    (void)nargs;
    (void)kwnames;
    return TRUE_OBJECT;
}

static Object *other_descriptor_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)self;
    (void)args;
    (void)nargs;
    (void)kwnames;
    return FALSE_OBJECT;
}

// The tuple of a call `f(*args)`, which passes the tuple's own items; another call gets a new one.
static Object *tuple_call(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    (void)self;
    (void)kwnames;
    Object *tuple = (Object *)((char *)(uintptr_t)args - offsetof(Tuple, items));
    if (heap_contains(tuple) && tuple->type == &tuple_type && tuple_size(tuple) == (ssize_t)nargs) {
        return tuple;
    }
    return tuple_from_array(args, (ssize_t)nargs);
}

static Object *descriptor_get(Object *self, Object *instance, Object *owner) {
    (void)owner;
    if (!instance || instance == NONE) {
        return self;
    }
    Object *method = call2((Object *)&method_type, self, instance);
    return method;
}

static Object *descriptor_get_self(Object *self, Object *instance, Object *owner) {
    (void)instance;
    (void)owner;
    return self;
}

typedef struct Descriptor {
    Object base;
    void *vectorcall; // the word that CPython's vectorcall_offset points to
} Descriptor;

static Type descriptor_type, derived_type, no_get_type, other_type;
static const TypeSpec descriptor_spec = {
    .name = "MethodDescriptorBase",
    .basic_size = sizeof(Descriptor),
    .vectorcall_offset = offsetof(Descriptor, vectorcall),
    .flags = TF_BASE | TF_METHOD_DESCRIPTOR | TF_HAVE_VECTORCALL,
    .slots = { .new = plain_new, .call = descriptor_call, .descr_get = descriptor_get },
};
static const TypeSpec derived_spec = {
    .name = "MethodDescriptorDerived",
    .base = &descriptor_type,
    .basic_size = sizeof(Descriptor),
    .flags = TF_METHOD_DESCRIPTOR | TF_HAVE_VECTORCALL,
};
static const TypeSpec no_get_spec = {
    .name = "MethodDescriptorNopGet",
    .base = &descriptor_type,
    .basic_size = sizeof(Descriptor),
    .slots = { .call = tuple_call, .descr_get = descriptor_get_self },
};
static const TypeSpec other_spec = {
    .name = "MethodDescriptor2",
    .base = &descriptor_type,
    .basic_size = sizeof(Descriptor),
    .flags = TF_HAVE_VECTORCALL,
    .slots = { .call = other_descriptor_call },
};

// ---- a type that can be awaited

typedef struct Awaitable {
    Object base;
    Object *iterator;
} Awaitable;

static Type awaitable_type;

static Object *awaitable_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("awaitType", kwnames) < 0 ||
        arguments_check_count("awaitObject", nargs, 1, 1) < 0) {
        return NULL;
    }
    Object *self = object_alloc(type);
    if (self) {
        gc_store(self, &((Awaitable *)self)->iterator, args[0]);
    }
    return self;
}

static void awaitable_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Awaitable *)self)->iterator);
}

static Object *awaitable_await(Object *self) {
    return ((Awaitable *)self)->iterator;
}

static const TypeSpec awaitable_spec = {
    .name = "awaitType",
    .basic_size = sizeof(Awaitable),
    .trace = awaitable_trace,
    .slots = { .new = awaitable_new, .await = awaitable_await },
};

// ---- a container that CPython's collector does not look into

typedef struct Container {
    Object base;
    Object *value;
} Container;

static Type container_type;

static Object *container_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("ContainerNoGC", kwnames) < 0 ||
        arguments_check_count("ContainerNoGC", nargs, 1, 1) < 0) {
        return NULL;
    }
    Object *self = object_alloc(type);
    if (self) {
        gc_store(self, &((Container *)self)->value, args[0]);
    }
    return self;
}

static void container_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Container *)self)->value);
}

static MemberDef container_members[] = {
    { "value", MEMBER_OBJECT, offsetof(Container, value), MEMBER_READONLY,
      "a container value for test purposes" },
    { NULL, 0, 0, 0, NULL },
};

static const TypeSpec container_spec = {
    .name = "_testcapi.ContainerNoGC",
    .basic_size = sizeof(Container),
    .flags = TF_BASE,
    .members = container_members,
    .trace = container_trace,
    .slots = { .new = container_new },
};

// ---- exceptions

// Raises `type` with `count` integers as its arguments, the instance made in C.
static Object *testcapi_raise_exception(Object *module, Object *type, Object *count) {
    (void)module;
    ssize_t n = number_as_ssize(count, &exc_OverflowError);
    if (n < 0) {
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "negative count");
    }
    Object *arguments = tuple_new(n);
    for (ssize_t i = 0; arguments && i < n; i++) {
        Object *number = int_from_i64(i);
        if (!number) {
            return NULL;
        }
        tuple_init(arguments, i, number);
    }
    if (!object_is_instance(type, &type_type) || !type_is_subtype((Type *)type, &exc_BaseException)) {
        return raise_error(&exc_SystemError, "_PyErr_SetObject: exception %R is not a BaseException subclass",
                           type);
    }
    return arguments ? raise_with((Type *)type, arguments) : NULL;
}

// An exception that cannot be made: making one raises one.
static Type recursing_type;

static Object *recursing_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args;
    (void)nargs;
    (void)kwnames;
    return raise_with(type, NONE);
}

static const TypeSpec recursing_spec = {
    .name = "RecursingInfinitelyError",
    .base = &exc_Exception,
    .doc = "Instantiating this exception starts infinite recursion.",
    .slots = { .new = recursing_new },
};

static Object *testcapi_raise_memoryerror(Object *module) {
    (void)module;
    return raise_memory_error();
}

// Reports `exception` as one that nobody can receive.
static Object *testcapi_write_unraisable_exc(Object *module, Object *exception, Object *message,
                                             Object *object) {
    (void)module;
    if (!object_is_instance(exception, &exc_BaseException)) {
        return raise_error(&exc_TypeError, "an exception is required");
    }
    Object *text = message == NONE ? NULL : str_format("Exception ignored %S", message);
    if (error_occurred()) {
        return NULL;
    }
    raise_exception(exception);
    error_unraisable_message(text ? str_utf8(text, NULL) : NULL, object == NONE ? NULL : object);
    return NONE;
}

// ---- tracing: a C function that records (event, line, argument)

static BuiltinDef record_table[1];

static Object *record_event(Object *events, Object *frame, Object *event, Object *argument) {
    static const char *const kinds[] = { "call",   "exception",   "line",     "return",
                                         "c_call", "c_exception", "c_return", "opcode" };
    int kind = 0;
    while (kind < (int)COUNT_OF(kinds) && !str_equal_cstring(event, kinds[kind])) {
        kind++;
    }
    Object *line = object_getattr_cstring(frame, "f_lineno"), *number = int_from_i64(kind);
    Object *entry = line && number ? tuple_pack(3, number, line, argument) : NULL;
    Object *self = entry ? builtin_function_new(record_table, events, NULL) : NULL;
    return self && list_append(events, entry) == 0 ? self : NULL;
}

static BuiltinDef record_table[1] = {
    BUILTIN("record_event", record_event, "-($self, frame, event, argument, /)", 0, NULL),
};

static Object *testcapi_settrace_to_record(Object *module, Object *events) {
    (void)module;
    if (!list_check(events)) {
        return raise_error(&exc_TypeError, "a list is required");
    }
    Object *function = builtin_function_new(record_table, events, NULL),
           *settrace = import_get_attr("sys", "settrace");
    return function && settrace ? call1(settrace, function) : NULL;
}

// ---- odds

static Object *testcapi_create_cfunction(Object *module);
static BuiltinDef create_cfunction_def = BUILTIN("create_cfunction", testcapi_create_cfunction, "-($self, /)",
                                                 0, NULL);

// A function object that nothing else refers to.
static Object *testcapi_create_cfunction(Object *module) {
    (void)module;
    Object *self = dict_new();
    return self ? builtin_function_new(&create_cfunction_def, self, NULL) : NULL;
}

static Object *testcapi_set_errno(Object *module, Object *value) {
    (void)module;
    int number = int_to_c_int(value);
    if (number == -1 && error_occurred()) {
        return NULL;
    }
    errno = number;
    return NONE;
}

// ---- memory that fails: the allocations number `start` to `stop` (0: all from there on)

static ssize_t allocations, fail_from, fail_before;

static bool allocation_succeeds(void *cell, size_t size, CellKind kind) {
    ssize_t number = __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return number <= fail_from || (fail_before > 0 && number > fail_before);
}

static Object *testcapi_set_nomemory(Object *module, Object *start, Object *stop) {
    (void)module;
    ssize_t from = int_to_ssize(start), before = stop ? int_to_ssize(stop) : 0;
    if (error_occurred()) {
        return NULL;
    }
    heap_set_allocation_hook(NULL);
    allocations = 0;
    fail_from = from;
    fail_before = before;
    heap_set_allocation_hook(allocation_succeeds);
    return NONE;
}

static Object *testcapi_remove_mem_hooks(Object *module) {
    (void)module;
    heap_set_allocation_hook(NULL);
    return NONE;
}

static Object *testcapi_dict_getitem_knownhash(Object *module, Object *mapping, Object *key, Object *hash) {
    (void)module;
    ssize_t number = number_to_ssize(hash);
    if (number == -1 && error_occurred()) {
        return NULL;
    }
    if (!dict_check(mapping)) {
        return raise_error(&exc_SystemError, "bad argument to internal function");
    }
    Object *value = dict_get_hashed(mapping, key, number);
    return value || error_occurred() ? value : raise_with(&exc_KeyError, key);
}

// A __get__ that calls its owner while only the call's arguments keep the descriptor alive.
static Object *testcapi_bad_get(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_no_keywords("bad_get", kwnames) < 0 || arguments_check_count("bad_get", nargs, 3, 3) < 0) {
        return NULL;
    }
    return call0(args[2]) ? object_repr(args[0]) : NULL;
}

static Object *testcapi_raise_sigint_then_send_none(Object *module, Object *generator) {
    (void)module;
    raise(SIGINT);
    Object *result;
    SendResult status = iter_send(generator, NONE, &result);
    return status == SEND_ERROR ? NULL : status == SEND_RETURN ? raise_stop_iteration(result) : result;
}

// Makes a class one whose instances the collector is not told of, as far as programs can see.
static Object *testcapi_without_gc(Object *module, Object *type) {
    (void)module;
    if (!object_is_instance(type, &type_type) || !(((Type *)type)->flags & TF_HEAP)) {
        return raise_error(&exc_TypeError, "without_gc() needs a class");
    }
    ((Type *)type)->flags &= ~TF_GC;
    return type;
}

// A request for a buffer without saying where to put it.
static Object *testcapi_getbuffer_with_null_view(Object *module, Object *o) {
    (void)module;
    return object_get_buffer(o, NULL, BUFFER_SIMPLE) < 0 ? NULL : NONE;
}

static Object *testcapi_fatal_error(Object *module, Object *message, Object *release_gil) {
    (void)module;
    (void)release_gil; // there is none
    if (!bytes_check(message)) {
        return raise_error(&exc_TypeError, "expected bytes, %T found", message);
    }
    fatal_error("test_fatal_error", bytes_data(message));
}

static Object *nothing(Object *module) {
    (void)module;
    return NONE;
}

static Object *nothing_of_arguments(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    (void)args;
    (void)nargs;
    (void)kwnames;
    return NONE;
}

static BuiltinDef functions[] = {
    CONVENTIONS(0),
    BUILTIN("bad_get", testcapi_bad_get, NULL, 0, NULL),
    BUILTIN("create_cfunction", testcapi_create_cfunction, "-($self, /)", 0, NULL),
    BUILTIN("dict_getitem_knownhash", testcapi_dict_getitem_knownhash, "-($self, mapping, key, hash, /)", 0,
            NULL),
    BUILTIN("docstring_empty", nothing, "-($self, /)", 0, ""),
    BUILTIN("docstring_no_signature", nothing, "-($self, /)", 0, "This docstring has no signature."),
    BUILTIN("docstring_with_signature_but_no_doc", nothing, "($module, /, sig)", 0, ""),
    BUILTIN("docstring_with_signature_with_defaults", nothing_of_arguments,
            "(module, s='avocado',\n        b=b'bytes', d=3.14, i=35, n=None, t=True, f=False,\n"
            "        local=the_number_three, sys=sys.maxsize,\n        exp=sys.maxsize - 1)",
            0,
            "\n\nThis docstring has a valid signature with parameters,\n"
            "and the parameters take defaults of varying types."),
    BUILTIN("fatal_error", testcapi_fatal_error, "-($self, message, release_gil=False, /)", 0, NULL),
    BUILTIN("getbuffer_with_null_view", testcapi_getbuffer_with_null_view, "-($self, object, /)", 0, NULL),
    BUILTIN("pyobject_fastcall", pyobject_fastcall, "-($self, callable, args, /)", 0, NULL),
    BUILTIN("pyobject_fastcalldict", pyobject_fastcalldict, "-($self, callable, args, kwargs, /)", 0, NULL),
    BUILTIN("pyobject_vectorcall", pyobject_vectorcall, "-($self, callable, args, kwnames, /)", 0, NULL),
    BUILTIN("pyvectorcall_call", pyvectorcall_call, "-($self, callable, args, kwargs=None, /)", 0, NULL),
    BUILTIN("raise_SIGINT_then_send_None", testcapi_raise_sigint_then_send_none, "-($self, generator, /)", 0,
            NULL),
    BUILTIN("raise_exception", testcapi_raise_exception, "-($self, type, count, /)", 0, NULL),
    BUILTIN("raise_memoryerror", testcapi_raise_memoryerror, "-($self, /)", 0, NULL),
    BUILTIN("remove_mem_hooks", testcapi_remove_mem_hooks, "-($self, /)", 0, NULL),
    BUILTIN("set_errno", testcapi_set_errno, "-($self, value, /)", 0, NULL),
    BUILTIN("set_nomemory", testcapi_set_nomemory, "-($self, start, stop=0, /)", 0, NULL),
    BUILTIN("settrace_to_record", testcapi_settrace_to_record, "-($self, events, /)", 0, NULL),
    BUILTIN("test_with_docstring", nothing, "-($self, /)", 0, "This is a pretty normal docstring."),
    BUILTIN("without_gc", testcapi_without_gc, "-($self, type, /)", 0, NULL),
    BUILTIN("write_unraisable_exc", testcapi_write_unraisable_exc, "-($self, exception, message, object, /)",
            0, NULL),
    BUILTIN_END,
};

static int testcapi_exec(Object *module) {
    static const struct {
        Type *type;
        const TypeSpec *spec;
    } types[] = {
        { &instance_type, &instance_spec },   { &class_type, &class_spec },
        { &static_type, &static_spec },       { &descriptor_type, &descriptor_spec },
        { &derived_type, &derived_spec },     { &no_get_type, &no_get_spec },
        { &other_type, &other_spec },         { &awaitable_type, &awaitable_spec },
        { &recursing_type, &recursing_spec }, { &container_type, &container_spec },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (module_add_type(module, types[i].type, types[i].spec) < 0) {
            return -1;
        }
    }
    if (native_add_functions(module, testcapi_time_functions) < 0 || testcapi_add_hamt(module) < 0) {
        return -1;
    }
    return module_add_int(module, "the_number_three", 3) < 0 ? -1 : python_part(module, "_testcapi");
}

const ModuleSpec module_testcapi = { "_testcapi", NULL, functions, testcapi_exec };
