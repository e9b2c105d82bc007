// `_tracemalloc`: where memory was allocated. The heap does not record that yet, so tracing cannot be
// started; everything else answers what it answers while nothing is traced.
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/tuple.h"

enum { FRAMES_MOST = 65535 };

static Object *tracemalloc_start(Object *module, Object *frames) {
    (void)module;
    int count = frames ? int_to_c_int(frames) : 1;
    if (count == -1 && error_occurred()) {
        return NULL;
    }
    if (count < 1 || count > FRAMES_MOST) {
        return raise_error(&exc_ValueError, "the number of frames must be in range [1; %i]", FRAMES_MOST);
    }
    return raise_not_implemented("tracemalloc.start()");
}

static Object *nothing(Object *module) {
    (void)module;
    return NONE;
}

static Object *tracemalloc_is_tracing(Object *module) {
    (void)module;
    return FALSE_OBJECT;
}

static Object *tracemalloc_get_traceback_limit(Object *module) {
    (void)module;
    return int_from_i64(1);
}

static Object *tracemalloc_get_traces(Object *module) {
    (void)module;
    return list_new(0);
}

static Object *tracemalloc_get_object_traceback(Object *module, Object *o) {
    (void)module, (void)o;
    return NONE;
}

static Object *tracemalloc_get_traced_memory(Object *module) {
    (void)module;
    Object *zero = int_from_i64(0);
    return zero ? tuple_pack(2, zero, zero) : NULL;
}

static Object *tracemalloc_get_tracemalloc_memory(Object *module) {
    (void)module;
    return int_from_i64(0);
}

static BuiltinDef functions[] = {
    BUILTIN("is_tracing", tracemalloc_is_tracing, "($module, /)", 0, NULL),
    BUILTIN("clear_traces", nothing, "($module, /)", 0, NULL),
    BUILTIN("_get_traces", tracemalloc_get_traces, "($module, /)", 0, NULL),
    BUILTIN("_get_object_traceback", tracemalloc_get_object_traceback, "($module, obj, /)", 0, NULL),
    BUILTIN("start", tracemalloc_start, "($module, nframe=1, /)", 0, NULL),
    BUILTIN("stop", nothing, "($module, /)", 0, NULL),
    BUILTIN("get_traceback_limit", tracemalloc_get_traceback_limit, "($module, /)", 0, NULL),
    BUILTIN("get_tracemalloc_memory", tracemalloc_get_tracemalloc_memory, "($module, /)", 0, NULL),
    BUILTIN("get_traced_memory", tracemalloc_get_traced_memory, "($module, /)", 0, NULL),
    BUILTIN("reset_peak", nothing, "($module, /)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_tracemalloc = { "_tracemalloc", NULL, functions, NULL };
