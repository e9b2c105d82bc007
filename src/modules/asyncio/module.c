// `_asyncio`: which loop runs in a thread, which task a loop runs, and the module itself.
#include <pthread.h>

#include "modules/asyncio/asyncio.h"
#include "vm/runtime.h"

AsyncioImports asyncio;

// Use of Thread.thread_object_slots.
enum { SLOT_RUNNING_LOOP = 5 };

// ---- loops

Object *running_loop(void) {
    Object *loop = thread_current->thread_object_slots[SLOT_RUNNING_LOOP];
    return loop == NONE ? NULL : loop;
}

// A loop that ran in the parent does not run in the child.
static void forget_loop_after_fork(void) {
    if (thread_current) {
        thread_current->thread_object_slots[SLOT_RUNNING_LOOP] = NULL;
    }
}

Object *current_event_loop(void) {
    Object *loop = running_loop();
    if (loop) {
        return loop;
    }
    Object *policy = call0(asyncio.get_event_loop_policy);
    return policy ? call_method0(policy, names.get_event_loop) : NULL;
}

static Object *module_get_running_loop_or_none(Object *module) {
    (void)module;
    Object *loop = running_loop();
    return loop ? loop : NONE;
}

static Object *module_get_running_loop(Object *module) {
    (void)module;
    Object *loop = running_loop();
    return loop ? loop : raise_error(&exc_RuntimeError, "no running event loop");
}

static Object *module_set_running_loop(Object *module, Object *loop) {
    (void)module;
    thread_current->thread_object_slots[SLOT_RUNNING_LOOP] = loop;
    return NONE;
}

static Object *module_get_event_loop(Object *module) {
    (void)module;
    return current_event_loop();
}

static Object *module_get_event_loop_level(Object *module, Object *stack_level) {
    (void)module;
    if (stack_level) {
        int_to_c_int(stack_level);
        if (error_occurred()) {
            return NULL;
        }
    }
    return current_event_loop();
}

// ---- tasks

int register_task(Object *task) {
    return call_method1(asyncio.all_tasks, names.add, task) ? 0 : -1;
}

int enter_task(Object *loop, Object *task) {
    hash_t hash = object_hash(loop);
    if (hash == -1) {
        return -1;
    }
    Object *present = dict_get_hashed(asyncio.current_tasks, loop, hash);
    if (present) {
        raise_error(&exc_RuntimeError, "Cannot enter into task %R while another task %R is being executed.",
                    task, present);
        return -1;
    }
    return error_occurred() ? -1 : dict_set_hashed(asyncio.current_tasks, loop, task, hash);
}

int leave_task(Object *loop, Object *task) {
    Object *present = dict_get(asyncio.current_tasks, loop);
    if (present != task) {
        if (!error_occurred()) {
            raise_error(&exc_RuntimeError, "Leaving task %R does not match the current task %R.", task,
                        present ? present : NONE);
        }
        return -1;
    }
    return dict_delete(asyncio.current_tasks, loop);
}

static Object *module_register_task(Object *module, Object *task) {
    (void)module;
    return register_task(task) < 0 ? NULL : NONE;
}
static Object *module_unregister_task(Object *module, Object *task) {
    (void)module;
    return call_method1(asyncio.all_tasks, names.discard, task) ? NONE : NULL;
}
static Object *module_enter_task(Object *module, Object *loop, Object *task) {
    (void)module;
    return enter_task(loop, task) < 0 ? NULL : NONE;
}
static Object *module_leave_task(Object *module, Object *loop, Object *task) {
    (void)module;
    return leave_task(loop, task) < 0 ? NULL : NONE;
}

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("get_event_loop", module_get_event_loop, "($module, /)", 0, NULL),
    BUILTIN("_get_event_loop", module_get_event_loop_level, "($module, /, stacklevel=3)", 0, NULL),
    BUILTIN("get_running_loop", module_get_running_loop, "($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("_get_running_loop", module_get_running_loop_or_none, "($module, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("_set_running_loop", module_set_running_loop, "($module, loop, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("_register_task", module_register_task, "($module, /, task)", 0, NULL),
    BUILTIN("_unregister_task", module_unregister_task, "($module, /, task)", 0, NULL),
    BUILTIN("_enter_task", module_enter_task, "($module, /, loop, task)", 0, NULL),
    BUILTIN("_leave_task", module_leave_task, "($module, /, loop, task)", 0, NULL),
    BUILTIN_END,
};

static int import_all(void) {
    static const struct {
        const char *module, *name;
        Object **place;
    } table[] = {
        { "asyncio.events", "get_event_loop_policy", &asyncio.get_event_loop_policy },
        { "asyncio.base_futures", "_future_repr", &asyncio.future_repr },
        { "asyncio.exceptions", "InvalidStateError", &asyncio.invalid_state_error },
        { "asyncio.exceptions", "CancelledError", &asyncio.cancelled_error },
        { "asyncio.base_tasks", "_task_repr", &asyncio.task_repr },
        { "asyncio.base_tasks", "_task_get_stack", &asyncio.task_get_stack },
        { "asyncio.base_tasks", "_task_print_stack", &asyncio.task_print_stack },
        { "asyncio.coroutines", "iscoroutine", &asyncio.iscoroutine },
        { "traceback", "extract_stack", &asyncio.extract_stack },
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!(*table[i].place = import_get_attr(table[i].module, table[i].name))) {
            return -1;
        }
    }
    Object *weak_set = import_get_attr("weakref", "WeakSet");
    Object *context = str_intern_cstring("context"), *message = str_intern_cstring("msg");
    return weak_set && context && message && (asyncio.all_tasks = call0(weak_set)) &&
                   (asyncio.current_tasks = dict_new()) &&
                   (asyncio.context_keyword = tuple_pack(1, context)) &&
                   (asyncio.message_keyword = tuple_pack(1, message))
               ? 0
               : -1;
}

static int asyncio_exec(Object *module) {
    static bool registered;
    if (!registered) {
        registered = true;
        heap_add_library_root(&asyncio, sizeof(asyncio) / sizeof(Object *));
        pthread_atfork(NULL, NULL, forget_loop_after_fork);
    }
    if ((!asyncio.message_keyword && import_all() < 0) ||
        type_ready(&future_iterator_type, &future_iterator_spec) < 0 ||
        type_ready(&task_step_type, &task_step_spec) < 0 ||
        module_add_type(module, &future_type, &future_spec) < 0 ||
        module_add_type(module, &task_type, &task_spec) < 0) {
        return -1;
    }
    return module_add(module, "_all_tasks", asyncio.all_tasks) < 0 ||
                   module_add(module, "_current_tasks", asyncio.current_tasks) < 0
               ? -1
               : 0;
}

const ModuleSpec module_asyncio = { "_asyncio", NULL, functions, asyncio_exec };
