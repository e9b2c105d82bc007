// The `sys` module: what a program can ask about the interpreter, and a few things that it can set.
// The hooks that print (displayhook, excepthook, unraisablehook) and the audit hooks are in
// sys_hooks.c.
#include "modules/gc.h"
#include "modules/sys.h"

#include <float.h>
#include <dlfcn.h>
#include <time.h>

#include "base/os_memory.h"
#include "modules/modules.h"
#include "modules/oracle_info.h"
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/odds.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/struct_sequence.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/frame.h"
#include "vm/paths.h"
#include "vm/runtime.h"
#include "vm/trace.h"

Object *sys_module, *sys_modules;

static double switch_interval = 0.005;
static int dlopen_flags = RTLD_NOW;

Object *sys_get(const char *name) {
    return sys_module ? dict_get_cstring(module_dict(sys_module), name) : NULL;
}

int sys_set(const char *name, Object *value) {
    return dict_set_cstring(module_dict(sys_module), name, value);
}

// ---- frames and threads

static Object *sys_getframe(Object *module, Object *depth_object) {
    int64_t depth = 0;
    if (depth_object) {
        Object *index = number_index(depth_object);
        depth = index ? int_to_c_int(index) : -1;
        if (depth == -1 && error_occurred()) {
            return NULL;
        }
    }
    Frame *frame = thread_python_frame(thread_current);
    while (frame && depth > 0) {
        frame = frame_back(frame);
        depth--;
    }
    if (!frame) {
        return raise_error(&exc_ValueError, "call stack is not deep enough");
    }
    Object *object = (Object *)frame_object(frame);
    return object && audit("sys._getframe", "O", object) == 0 ? object : NULL;
}

static void add_current_frame(Thread *thread, void *context) {
    Frame *frame = thread_python_frame(thread);
    Object *object = frame ? (Object *)frame_object(frame) : NULL;
    Object *id = int_from_u64(thread->id);
    if (object && id) {
        dict_set(context, id, object);
    }
}

static Object *sys_current_frames(Object *module) {
    Object *result = dict_new();
    if (!result || audit("sys._current_frames", NULL) < 0) {
        return NULL;
    }
    world_stop();
    thread_each(add_current_frame, result);
    world_start();
    return error_occurred() ? NULL : result;
}

// sys.exc_info()'s exception of `thread`: NULL when it handles none.
static Object *handled_exception(Thread *thread) {
    for (ExceptionState *state = thread->handled; state; state = state->previous) {
        if (state->exception && state->exception != NONE) {
            return state->exception;
        }
    }
    return NULL;
}

static Object *exception_triple(Object *exception) {
    if (!exception) {
        return tuple_pack(3, NONE, NONE, NONE);
    }
    Object *traceback = exception_traceback(exception);
    return tuple_pack(3, exception->type, exception, traceback ? traceback : NONE);
}

static void add_current_exception(Thread *thread, void *context) {
    Object *triple = exception_triple(handled_exception(thread));
    Object *id = int_from_u64(thread->id);
    if (triple && id) {
        dict_set(context, id, triple);
    }
}

typedef struct Unsettled {
    bool any;
} Unsettled;

static void look_for_unsettled(Thread *thread, void *context) {
    Unsettled *unsettled = context;
    unsettled->any |= thread != thread_current && thread_is_running(thread);
}

static void *wait_a_moment(void *context) {
    (void)context;
    nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
    return NULL;
}

static Object *sys_current_exceptions(Object *module) {
    Object *result = dict_new();
    if (!result || audit("sys._current_exceptions", NULL) < 0) {
        return NULL;
    }
    // A thread that has just woken this one is in CPython seen a switch interval later, as a rule where it
    // waits next. So threads that run get as long; those that wait already are seen at once.
    double end = (double)os_clock_ns() + switch_interval * 1e9;
    for (Unsettled unsettled = { true }; unsettled.any && (double)os_clock_ns() < end;) {
        unsettled.any = false;
        thread_each(look_for_unsettled, &unsettled);
        if (unsettled.any) {
            blocking_call(wait_a_moment, NULL);
        }
    }
    world_stop();
    thread_each(add_current_exception, result);
    world_start();
    return error_occurred() ? NULL : result;
}

static Object *sys_exc_info(Object *module) {
    return exception_triple(handled_exception(thread_current));
}

static Object *sys_exception(Object *module) {
    Object *exception = handled_exception(thread_current);
    return exception ? exception : NONE;
}

static Object *sys_exit(Object *module, Object *status) {
    return raise_with(&exc_SystemExit, status);
}

const char sys_version_text[] = ORACLE_VERSION " (main, " __DATE__ ", " __TIME__ ") [Coluber 0.1, Clang 19]";

// ---- settings

static Object *sys_getdefaultencoding(Object *module) {
    return str_intern_cstring("utf-8");
}

static Object *sys_getfilesystemencoding(Object *module) {
    return str_intern_cstring(config.fs_encoding);
}

static Object *sys_getfilesystemencodeerrors(Object *module) {
    return str_intern_cstring("surrogateescape");
}

static Object *sys_getrecursionlimit(Object *module) {
    return int_from_i64(recursion_limit);
}

static Object *sys_setrecursionlimit(Object *module, Object *limit) {
    Object *index = number_index(limit);
    int64_t value = index ? int_to_c_int(index) : -1;
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    if (value < 1) {
        return raise_error(&exc_ValueError, "recursion limit must be greater or equal than 1");
    }
    int depth = recursion_limit - thread_current->recursion_left;
    if (depth >= value) {
        return raise_error(&exc_RecursionError,
                           "cannot set the recursion limit to %d at the recursion depth %d: the limit "
                           "is too low",
                           (int)value, depth);
    }
    recursion_set_limit((int)value);
    return NONE;
}

static Object *sys_getrefcount(Object *module, Object *o) {
    ssize_t count = gc_count_references(o);
    return count < 0 ? NULL : int_from_ssize(count);
}

static Object *sys_getsizeof(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *bound[2];
    if (signature_bind(&cache, "getsizeof", "(object, default=None)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *method, *size = NULL;
    int found = object_lookup_special(bound[0], names.__sizeof__, &method);
    if (found == 0) {
        raise_error(&exc_TypeError, "Type %.100s doesn't define __sizeof__", bound[0]->type->name);
    } else if (found > 0) {
        size = call0(method);
    }
    ssize_t value = size ? int_to_ssize(size) : -1;
    if (value == -1 && error_occurred()) {
        return bound[1] && error_clear_if(&exc_TypeError) ? bound[1] : NULL;
    }
    if (value < 0) {
        return raise_error(&exc_ValueError, "__sizeof__() should return >= 0");
    }
    // What CPython has before an object: the collector's header, and two words for attributes.
    unsigned long flags = bound[0]->type->flags;
    return int_from_u64((uint64_t)value + (flags & TF_GC ? 16 : 0) + (flags & TF_MANAGED_DICT ? 16 : 0));
}

static Object *sys_getswitchinterval(Object *module) {
    return float_from_double(switch_interval);
}

static Object *sys_setswitchinterval(Object *module, Object *interval) {
    double value = float_as_double(interval);
    if (value == -1.0 && error_occurred()) {
        return NULL;
    }
    if (value <= 0.0) {
        return raise_error(&exc_ValueError, "switch interval must be strictly positive");
    }
    switch_interval = value;
    return NONE;
}

static Object *sys_intern(Object *module, Object *string) {
    if (!str_check(string)) {
        return raise_error(&exc_TypeError, "intern() argument must be str, not %.50s",
                           string == NONE ? "None" : string->type->name);
    }
    if (!str_check_exact(string)) {
        return raise_error(&exc_TypeError, "can't intern %.400s", string->type->name);
    }
    return str_intern(string);
}

static Object *sys_is_finalizing(Object *module) {
    return bool_from(runtime_finalizing);
}

static Object *sys_getdlopenflags(Object *module) {
    return int_from_i64(dlopen_flags);
}

static Object *sys_setdlopenflags(Object *module, Object *flags) {
    Object *index = number_index(flags);
    int value = index ? int_to_c_int(index) : -1;
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    dlopen_flags = value;
    return NONE;
}

static Object *sys_get_int_max_str_digits(Object *module) {
    return int_from_i64(int_max_str_digits);
}

static Object *sys_set_int_max_str_digits(Object *module, Object *maxdigits) {
    Object *index = number_index(maxdigits);
    int value = index ? int_to_c_int(index) : -1;
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    if (value != 0 && value < 640) {
        return raise_error(&exc_ValueError, "maxdigits must be 0 or larger than 640");
    }
    int_max_str_digits = value;
    return NONE;
}

static Object *sys_getallocatedblocks(Object *module) {
    HeapStats stats;
    heap_stats(&stats);
    return int_from_u64(stats.live_objects);
}

static Object *sys_clear_type_cache(Object *module) {
    return NONE;
}

// The lines that programs look for in CPython's report, as they are for this heap: no type keeps freed objects.
static Object *sys_debugmallocstats(Object *module) {
    fprintf(stderr, "Small block threshold = %d, in %d size classes.\n", HEAP_SMALL_MOST, HEAP_CLASSES);
    static const Type *const types[] = { &dict_type, &float_type, &list_type, &tuple_type };
    static const char *const type_names[] = { "PyDictObject", "PyFloatObject", "PyListObject",
                                              "PyTupleObject" };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        fprintf(stderr, "%d free %ss * %zd bytes each = %d\n", 0, type_names[i], types[i]->basic_size, 0);
    }
    heap_print_stats();
    return NONE;
}

static Object *sys_getquickenedcount(Object *module) {
    return int_from_i64(0);
}

// ---- tracing

static Object *sys_settrace(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("sys.settrace", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 1) {
        return raise_error(&exc_TypeError, "sys.settrace() takes exactly one argument (%zu given)", nargs);
    }
    if (audit("sys.settrace", NULL) < 0) {
        return NULL;
    }
    return trace_set(args[0] == NONE ? NULL : args[0]) < 0 ? NULL : NONE;
}

static Object *sys_setprofile(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("sys.setprofile", kwnames) < 0) {
        return NULL;
    }
    if (nargs != 1) {
        return raise_error(&exc_TypeError, "sys.setprofile() takes exactly one argument (%zu given)", nargs);
    }
    if (audit("sys.setprofile", NULL) < 0) {
        return NULL;
    }
    return profile_set(args[0] == NONE ? NULL : args[0]) < 0 ? NULL : NONE;
}

static Object *sys_gettrace(Object *module) {
    return thread_current->trace_object ? thread_current->trace_object : NONE;
}

static Object *sys_getprofile(Object *module) {
    return thread_current->profile_object ? thread_current->profile_object : NONE;
}

static Object *sys_call_tracing(Object *module, Object *function, Object *args) {
    if (!tuple_check(args)) {
        return raise_error(&exc_TypeError, "call_tracing() argument 2 must be tuple, not %.50s",
                           args == NONE ? "None" : args->type->name);
    }
    return call_tracing(function, args);
}

// ---- coroutines and asynchronous generators

static Type *asyncgen_hooks_type;

static Object *sys_set_asyncgen_hooks(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *bound[2];
    if (signature_bind(&cache, "set_asyncgen_hooks", "(firstiter=None, finalizer=None)", args, nargs, kwnames,
                       bound) < 0) {
        return NULL;
    }
    const char *what[] = { "firstiter", "finalizer" };
    for (int i = 0; i < 2; i++) {
        if (bound[i] && bound[i] != NONE && !object_callable(bound[i])) {
            return raise_error(&exc_TypeError, "callable %s expected, got %.50s", what[i],
                               bound[i]->type->name);
        }
    }
    if (bound[1] && audit("sys.set_asyncgen_hook_finalizer", NULL) < 0) {
        return NULL;
    }
    if (bound[0] && audit("sys.set_asyncgen_hook_firstiter", NULL) < 0) {
        return NULL;
    }
    if (bound[1]) {
        thread_current->asyncgen_finalizer = bound[1] == NONE ? NULL : bound[1];
    }
    if (bound[0]) {
        thread_current->asyncgen_firstiter = bound[0] == NONE ? NULL : bound[0];
    }
    return NONE;
}

static Object *sys_get_asyncgen_hooks(Object *module) {
    Object *result = struct_sequence_new(asyncgen_hooks_type);
    if (!result) {
        return NULL;
    }
    Object *first = thread_current->asyncgen_firstiter, *last = thread_current->asyncgen_finalizer;
    struct_sequence_set(result, 0, first ? first : NONE);
    struct_sequence_set(result, 1, last ? last : NONE);
    return result;
}

static Object *sys_get_coroutine_origin_tracking_depth(Object *module) {
    return int_from_i64(thread_current->coroutine_origin_depth);
}

static Object *sys_set_coroutine_origin_tracking_depth(Object *module, Object *depth) {
    Object *index = number_index(depth);
    int value = index ? int_to_c_int(index) : -1;
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    if (value < 0) {
        return raise_error(&exc_ValueError, "depth must be >= 0");
    }
    thread_current->coroutine_origin_depth = value;
    return NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("_clear_type_cache", sys_clear_type_cache, "($module, /)", 0, NULL),
    BUILTIN("_current_exceptions", sys_current_exceptions, "($module, /)", 0, NULL),
    BUILTIN("_current_frames", sys_current_frames, "($module, /)", 0, NULL),
    BUILTIN("_debugmallocstats", sys_debugmallocstats, "($module, /)", 0, NULL),
    BUILTIN("_getframe", sys_getframe, "($module, depth=0, /)", 0, NULL),
    BUILTIN("_getquickenedcount", sys_getquickenedcount, "($module, /)", 0, NULL),
    BUILTIN("addaudithook", sys_addaudithook, "($module, /, hook)", 0, NULL),
    BUILTIN("audit", sys_audit, NULL, 0, NULL),
    BUILTIN("breakpointhook", sys_breakpointhook, NULL, 0, NULL),
    BUILTIN("call_tracing", sys_call_tracing, "($module, func, args, /)", 0, NULL),
    BUILTIN("displayhook", sys_displayhook, "($module, object, /)", 0, NULL),
    BUILTIN("exc_info", sys_exc_info, "($module, /)", 0, NULL),
    BUILTIN("excepthook", sys_excepthook, "($module, exctype, value, traceback, /)", 0, NULL),
    BUILTIN("exception", sys_exception, "($module, /)", 0, NULL),
    BUILTIN("exit", sys_exit, "($module, status=None, /)", 0, NULL),
    BUILTIN("get_asyncgen_hooks", sys_get_asyncgen_hooks, "($module, /)", 0, NULL),
    BUILTIN("get_coroutine_origin_tracking_depth", sys_get_coroutine_origin_tracking_depth, "($module, /)", 0,
            NULL),
    BUILTIN("get_int_max_str_digits", sys_get_int_max_str_digits, "($module, /)", 0, NULL),
    BUILTIN("getallocatedblocks", sys_getallocatedblocks, "($module, /)", 0, NULL),
    BUILTIN("getdefaultencoding", sys_getdefaultencoding, "($module, /)", 0, NULL),
    BUILTIN("getdlopenflags", sys_getdlopenflags, "($module, /)", 0, NULL),
    BUILTIN("getfilesystemencodeerrors", sys_getfilesystemencodeerrors, "($module, /)", 0, NULL),
    BUILTIN("getfilesystemencoding", sys_getfilesystemencoding, "($module, /)", 0, NULL),
    BUILTIN("getprofile", sys_getprofile, "($module, /)", 0, NULL),
    BUILTIN("getrecursionlimit", sys_getrecursionlimit, "($module, /)", 0, NULL),
    BUILTIN("getrefcount", sys_getrefcount, "($module, object, /)", EFFECT_COLLECTS, NULL),
    BUILTIN("getsizeof", sys_getsizeof, NULL, 0, NULL),
    BUILTIN("getswitchinterval", sys_getswitchinterval, "($module, /)", 0, NULL),
    BUILTIN("gettrace", sys_gettrace, "($module, /)", 0, NULL),
    BUILTIN("intern", sys_intern, "($module, string, /)", 0, NULL),
    BUILTIN("is_finalizing", sys_is_finalizing, "($module, /)", 0, NULL),
    BUILTIN("set_asyncgen_hooks", sys_set_asyncgen_hooks, NULL, 0, NULL),
    BUILTIN("set_coroutine_origin_tracking_depth", sys_set_coroutine_origin_tracking_depth,
            "($module, /, depth)", 0, NULL),
    BUILTIN("set_int_max_str_digits", sys_set_int_max_str_digits, "($module, /, maxdigits)", 0, NULL),
    BUILTIN("setdlopenflags", sys_setdlopenflags, "($module, flags, /)", 0, NULL),
    BUILTIN("setprofile", sys_setprofile, NULL, 0, NULL),
    BUILTIN("setrecursionlimit", sys_setrecursionlimit, "($module, limit, /)", 0, NULL),
    BUILTIN("setswitchinterval", sys_setswitchinterval, "($module, interval, /)", 0, NULL),
    BUILTIN("settrace", sys_settrace, NULL, 0, NULL),
    BUILTIN("unraisablehook", sys_unraisablehook, "($module, unraisable, /)", 0, NULL),
    BUILTIN_END,
};

// ---- struct sequences

// Makes a struct sequence type and one instance of it with `values`.
static Object *make_sequence(const StructSpec *spec, Object *const *values, Type **type_out) {
    Type *type = struct_sequence_type_new(spec);
    Object *result = type ? struct_sequence_of(type, values, values ? spec->visible : 0) : NULL;
    if (result && type_out) {
        *type_out = type;
    }
    return result;
}

// Types of which programs have exactly the one instance in sys.
static void forbid_instances(Object *sequence) {
    Type *type = sequence->type;
    type->flags |= TF_DISALLOW_INSTANTIATION;
    if (type->dict) {
        dict_delete_optional(type->dict, names.__new__);
        type_modified(type, names.__new__); // inherits tuple's
    }
    type->info->slots.new = NULL;
}

static Object *make_flags(void) {
    static const StructField fields[] = {
        { "debug", "-d" },
        { "inspect", "-i" },
        { "interactive", "-i" },
        { "optimize", "-O or -OO" },
        { "dont_write_bytecode", "-B" },
        { "no_user_site", "-s" },
        { "no_site", "-S" },
        { "ignore_environment", "-E" },
        { "verbose", "-v" },
        { "bytes_warning", "-b" },
        { "quiet", "-q" },
        { "hash_randomization", "-R" },
        { "isolated", "-I" },
        { "dev_mode", "-X dev" },
        { "utf8_mode", "-X utf8" },
        { "warn_default_encoding", "-X warn_default_encoding" },
        { "safe_path", "-P" },
        { "int_max_str_digits", "-X int_max_str_digits" },
        { NULL, NULL },
    };
    static const StructSpec spec = {
        "sys.flags",
        "sys.flags\n\nFlags provided through command line arguments or environment vars.",
        fields,
        18,
    };
    bool random_hash = !config.hash_seed_set || config.hash_seed != 0;
    Object *values[] = {
        int_from_i64(config.debug),
        int_from_i64(config.inspect),
        int_from_i64(config.interactive),
        int_from_i64(config.optimize),
        int_from_i64(config.dont_write_bytecode),
        int_from_i64(config.no_user_site),
        int_from_i64(config.no_site),
        int_from_i64(config.ignore_environment),
        int_from_i64(config.verbose),
        int_from_i64(config.bytes_warning),
        int_from_i64(config.quiet),
        int_from_i64(random_hash),
        int_from_i64(config.isolated),
        bool_from(config.dev_mode),
        int_from_i64(config.utf8_mode),
        int_from_i64(config.warn_default_encoding),
        bool_from(config.safe_path),
        int_from_i64(config.int_max_str_digits),
    };
    return make_sequence(&spec, values, NULL);
}

static Object *make_version_info(void) {
    static const StructField fields[] = {
        { "major", "Major release number" },   { "minor", "Minor release number" },
        { "micro", "Patch release number" },   { "releaselevel", "'alpha', 'beta', 'candidate', or 'final'" },
        { "serial", "Serial release number" }, { NULL, NULL },
    };
    static const StructSpec spec = {
        "sys.version_info",
        "sys.version_info\n\nVersion information as a named tuple.",
        fields,
        5,
    };
    Object *values[] = {
        int_from_i64(ORACLE_MAJOR),
        int_from_i64(ORACLE_MINOR),
        int_from_i64(ORACLE_MICRO),
        str_intern_cstring("final"),
        int_from_i64(0),
    };
    return make_sequence(&spec, values, NULL);
}

static Object *make_float_info(void) {
    static const StructField fields[] = {
        { "max", "DBL_MAX -- maximum representable finite float" },
        { "max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable" },
        { "max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable" },
        { "min", "DBL_MIN -- Minimum positive normalized float" },
        { "min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float" },
        { "min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float" },
        { "dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a "
                 "float" },
        { "mant_dig", "DBL_MANT_DIG -- mantissa digits" },
        { "epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float" },
        { "radix", "FLT_RADIX -- radix of exponent" },
        { "rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations" },
        { NULL, NULL },
    };
    static const StructSpec spec = { "sys.float_info", NULL, fields, 11 };
    Object *values[] = {
        float_from_double(DBL_MAX),
        int_from_i64(DBL_MAX_EXP),
        int_from_i64(DBL_MAX_10_EXP),
        float_from_double(DBL_MIN),
        int_from_i64(DBL_MIN_EXP),
        int_from_i64(DBL_MIN_10_EXP),
        int_from_i64(DBL_DIG),
        int_from_i64(DBL_MANT_DIG),
        float_from_double(DBL_EPSILON),
        int_from_i64(FLT_RADIX),
        int_from_i64(1),
    };
    return make_sequence(&spec, values, NULL);
}

static Object *make_int_info(void) {
    static const StructField fields[] = {
        { "bits_per_digit", "size of a digit in bits" },
        { "sizeof_digit", NULL },
        { "default_max_str_digits", "maximum string conversion digits limitation" },
        { "str_digits_check_threshold", "minimum positive value for int_max_str_digits" },
        { NULL, NULL },
    };
    static const StructSpec spec = { "sys.int_info", NULL, fields, 4 };
    Object *values[] = { int_from_i64(INT_SHIFT), int_from_i64(4), int_from_i64(4300), int_from_i64(640) };
    return make_sequence(&spec, values, NULL);
}

static Object *make_hash_info(void) {
    static const StructField fields[] = {
        { "width", "width of the type used for hashing, in bits" },
        { "modulus", "prime number giving the modulus on which the hash function is based" },
        { "inf", "value to be used for hash of a positive infinity" },
        { "nan", "value to be used for hash of a nan" },
        { "imag", "multiplier used for the imaginary part of a complex number" },
        { "algorithm", "name of the algorithm for hashing of str, bytes and memoryviews" },
        { "hash_bits", "internal output size of hash algorithm" },
        { "seed_bits", "seed size of hash algorithm" },
        { "cutoff", "small string optimization cutoff" },
        { NULL, NULL },
    };
    static const StructSpec spec = { "sys.hash_info", NULL, fields, 9 };
    Object *values[] = {
        int_from_i64(64),      int_from_i64(((int64_t)1 << 61) - 1), int_from_i64(314159), int_from_i64(0),
        int_from_i64(1000003), str_intern_cstring("siphash13"),      int_from_i64(64),     int_from_i64(128),
        int_from_i64(0),
    };
    return make_sequence(&spec, values, NULL);
}

static Object *make_thread_info(void) {
    static const StructField fields[] = {
        { "name", "name of the thread implementation" },
        { "lock", "name of the lock implementation" },
        { "version", "name and version of the thread library" },
        { NULL, NULL },
    };
    static const StructSpec spec = { "sys.thread_info", NULL, fields, 3 };
    char version[64] = "";
    confstr(_CS_GNU_LIBPTHREAD_VERSION, version, sizeof version);
    Object *values[] = { str_from_cstring("pthread"), str_from_cstring("semaphore"),
                         str_from_cstring(version) };
    return make_sequence(&spec, values, NULL);
}

static Object *make_implementation(Object *version_info) {
    Object *dict = dict_new(), *own = dict_new();
    if (!dict || !own || dict_set_cstring(own, "version", str_from_cstring("0.1")) < 0 ||
        dict_set_cstring(own, "jit", FALSE_OBJECT) < 0 || dict_set_cstring(own, "gil", FALSE_OBJECT) < 0) {
        return NULL;
    }
    Object *coluber = simple_namespace_new(own);
    struct {
        const char *name;
        Object *value;
    } values[] = {
        { "name", str_intern_cstring("cpython") },
        { "cache_tag", str_intern_cstring("cpython-311") },
        { "version", version_info },
        { "hexversion", int_from_i64(ORACLE_HEX) },
        { "_multiarch", str_from_cstring(ORACLE_MULTIARCH) },
        { "coluber", coluber },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (!values[i].value || dict_set_cstring(dict, values[i].name, values[i].value) < 0) {
            return NULL;
        }
    }
    return simple_namespace_new(dict);
}

static Object *make_asyncgen_hooks(void) {
    static const StructField fields[] = { { "firstiter", "Hook to intercept first iteration" },
                                          { "finalizer", "Hook to intercept finalization" },
                                          { NULL, NULL } };
    static const StructSpec spec = { "asyncgen_hooks", NULL, fields, 2 };
    Object *none[] = { NONE, NONE };
    return make_sequence(&spec, none, &asyncgen_hooks_type);
}

// ---- lists from the configuration

static Object *string_list(const char *const *strings, size_t count) {
    Object *list = list_new((ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        Object *text = str_decode_fs(strings[i], (ssize_t)strlen(strings[i]));
        if (!text || list_append(list, text) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *x_options_dict(void) {
    Object *dict = dict_new();
    for (size_t i = 0; dict && i < config.x_option_count; i++) {
        const char *option = config.x_options[i], *equals = strchr(option, '=');
        size_t length = equals ? (size_t)(equals - option) : strlen(option);
        Object *name = str_decode_fs(option, (ssize_t)length);
        Object *value = equals ? str_decode_fs(equals + 1, (ssize_t)strlen(equals + 1)) : TRUE_OBJECT;
        if (!name || !value || dict_set(dict, name, value) < 0) {
            return NULL;
        }
    }
    return dict;
}

static Object *stdlib_names(void) {
    Object *list = list_new(COUNT_OF(oracle_stdlib_names));
    for (size_t i = 0; list && i < COUNT_OF(oracle_stdlib_names); i++) {
        Object *name = str_intern_cstring(oracle_stdlib_names[i]);
        if (!name || list_append(list, name) < 0) {
            return NULL;
        }
    }
    return list ? frozenset_new(list) : NULL;
}

static int sys_exec(Object *module) {
    heap_add_root(&asyncgen_hooks_type, 1);
    Object *version_info = make_version_info(), *flags = make_flags();
    if (!version_info || !flags || !make_asyncgen_hooks()) {
        return -1;
    }
    forbid_instances(version_info);
    forbid_instances(flags);
    struct {
        const char *name;
        Object *value;
    } values[] = {
        { "version_info", version_info },
        { "flags", flags },
        { "float_info", make_float_info() },
        { "int_info", make_int_info() },
        { "hash_info", make_hash_info() },
        { "thread_info", make_thread_info() },
        { "implementation", make_implementation(version_info) },
        { "version", str_from_cstring(sys_version_text) },
        { "hexversion", int_from_i64(ORACLE_HEX) },
        { "api_version", int_from_i64(ORACLE_API) },
        { "copyright", str_from_cstring(ORACLE_COPYRIGHT) },
        { "platform", str_intern_cstring("linux") },
        { "platlibdir", str_from_cstring(paths.platlibdir) },
        { "byteorder", str_intern_cstring("little") },
        { "maxsize", int_from_i64(INT64_MAX) },
        { "maxunicode", int_from_i64(0x10ffff) },
        { "float_repr_style", str_from_cstring("short") },
        { "abiflags", str_empty() },
        { "_framework", str_empty() },
        { "_git", tuple_pack(3, str_from_cstring("CPython"), str_empty(), str_empty()) },
        { "_home", NONE },
        { "builtin_module_names", builtin_module_names() },
        { "stdlib_module_names", stdlib_names() },
        { "argv", string_list((const char *const *)config.argv, (size_t)config.argc) },
        { "orig_argv", string_list((const char *const *)config.original_argv, (size_t)config.original_argc) },
        { "warnoptions", string_list(config.warn_options, config.warn_option_count) },
        { "_xoptions", x_options_dict() },
        { "dont_write_bytecode", bool_from(config.dont_write_bytecode) },
        { "pycache_prefix", config.pycache_prefix
                                ? str_decode_fs(config.pycache_prefix, (ssize_t)strlen(config.pycache_prefix))
                                : NONE },
        { "meta_path", list_new(0) },
        { "path_hooks", list_new(0) },
        { "path_importer_cache", dict_new() },
        { "modules", sys_modules },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (module_add(module, values[i].name, values[i].value) < 0) {
            return -1;
        }
    }
    // The original hooks are the same objects under a second name.
    static const char *const hooks[][2] = {
        { "breakpointhook", "__breakpointhook__" },
        { "displayhook", "__displayhook__" },
        { "excepthook", "__excepthook__" },
        { "unraisablehook", "__unraisablehook__" },
    };
    for (size_t i = 0; i < COUNT_OF(hooks); i++) {
        Object *hook = dict_get_cstring(module_dict(module), hooks[i][0]);
        if (!hook || module_add(module, hooks[i][1], hook) < 0) {
            return -1;
        }
    }
    return 0;
}

// What `sys` holds before the command line and the environment were read: it is made once, and an import after
// it was taken out of sys.modules gives a new module with these contents.
static Object *first_contents;

int sys_keep_contents(void) {
    static const char *const configured[] = {
        "_home",     "_xoptions",  "argv",           "dont_write_bytecode",
        "orig_argv", "platlibdir", "pycache_prefix", "warnoptions",
    };
    heap_add_root(&first_contents, 1);
    first_contents = dict_copy(module_dict(sys_module));
    for (size_t i = 0; first_contents && i < COUNT_OF(configured); i++) {
        Object *key = str_intern_cstring(configured[i]);
        if (!key || dict_delete_optional(first_contents, key) < 0) {
            return -1;
        }
    }
    return first_contents ? 0 : -1;
}

Object *sys_import_again(void) {
    Object *name = str_intern_cstring("sys");
    Object *module = name ? module_new(name) : NULL;
    return module && dict_merge(module_dict(module), first_contents, 1) == 0 ? module : NULL;
}

const ModuleSpec module_sys = { "sys", NULL, functions, sys_exec };
