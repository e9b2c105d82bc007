// Raising exceptions, and taking them out of flight.
#include "objects/errors.h"

#include <errno.h>
#include <stdarg.h>

#include "objects/abstract.h"
#include "objects/exception_internal.h"
#include "objects/int.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/frame.h"
#include "vm/runtime.h"

// ---- raising

// The exception being handled (what a bare `raise` would raise), or NULL.
static Object *handled_exception(void) {
    for (ExceptionState *state = thread_current->handled; state; state = state->previous) {
        if (state->exception && state->exception != NONE) {
            return state->exception;
        }
    }
    return NULL;
}

// Makes `earlier` the context of `exception`, cutting the chain where it would form a cycle.
static void set_context(Object *exception, Object *earlier) {
    if (!earlier || earlier == exception) {
        return;
    }
    Object *slow = earlier;
    bool step = false;
    for (Object *o = earlier, *next; (next = ((BaseException *)o)->context); o = next) {
        if (next == exception) {
            gc_store(o, &((BaseException *)o)->context, NULL);
            break;
        }
        if (next == slow) {
            break;  // a cycle that was there before
        }
        Object *behind = step ? ((BaseException *)slow)->context : slow;
        slow = behind ? behind : next; // NULL: another thread has cut the chain meanwhile
        step = !step;
    }
    gc_store(exception, &((BaseException *)exception)->context, earlier);
}

Object *raise_exception(Object *exception) {
    set_context(exception, handled_exception());
    thread_current->exception = exception;
    return NULL;
}

// The same for one that no other refers to yet: a chain as long as a deep recursion need not be looked through for it.
static Object *raise_fresh(Object *exception) {
    Object *earlier = handled_exception();
    if (earlier) {
        gc_store(exception, &((BaseException *)exception)->context, earlier);
    }
    thread_current->exception = exception;
    return NULL;
}

// An exception whose construction raises one, whose construction raises ... CPython gives up after that many.
enum { NESTED_MOST = 32 };

Object *raise_with(Type *type, Object *value) {
    static _Thread_local int nested;
    Object *exception;
    thread_current->exception = NULL;
    if (nested >= NESTED_MOST) {
        return raise_error(&exc_RecursionError,
                           "maximum recursion depth exceeded while normalizing an exception");
    }
    nested++;
    if (!value) {
        exception = call0((Object *)type);
    } else if (tuple_check(value)) {
        exception = call((Object *)type, tuple_items(value), (size_t)tuple_size(value), NULL);
    } else {
        exception = call1((Object *)type, value);
    }
    nested--;
    if (!exception) {
        return NULL;
    }
    if (!exception_check(exception)) {
        return raise_error(&exc_TypeError,
                           "calling %R should have returned an instance of BaseException, "
                           "not %T",
                           type, exception);
    }
    return raise_exception(exception);
}

Object *raise_error(Type *type, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    thread_current->exception = NULL;
    Object *message = strchr(format, '%') ? str_format_va(format, arguments) : str_from_cstring(format);
    va_end(arguments);
    if (!message) {
        return NULL;
    }
    if (type->basic_size == sizeof(BaseException) && !(type->flags & TF_HEAP)) {
        Object *args = tuple_pack(1, message);
        Object *exception = args ? exception_new_simple(type, args) : NULL;
        return exception ? raise_fresh(exception) : NULL;
    }
    return raise_with(type, message);
}

// MemoryError instances that wait, because raising one must not allocate.
enum { SPARE_ERRORS = 16 };
static Object *spare_errors[SPARE_ERRORS];
static uint32_t spare_next;

int errors_init(void) {
    heap_add_root(spare_errors, SPARE_ERRORS);
    for (int i = 0; i < SPARE_ERRORS; i++) {
        if (!(spare_errors[i] = exception_new_simple(&exc_MemoryError, tuple_empty()))) {
            return -1;
        }
    }
    return 0;
}

Object *raise_memory_error(void) {
    // As a rule a few bytes are left, and if they come from the heap's reserve. An instance of its own keeps
    // nothing alive when it has been handled.
    bool raising = thread_heap.raising_memory_error;
    thread_heap.raising_memory_error = true;
    Object *fresh = exception_new_simple(&exc_MemoryError, tuple_empty());
    thread_heap.raising_memory_error = raising;
    if (fresh) {
        return raise_fresh(fresh);
    }
    uint32_t i = __atomic_fetch_add(&spare_next, 1, __ATOMIC_RELAXED) % SPARE_ERRORS;
    BaseException *e = (BaseException *)spare_errors[i];
    if (!e) {
        fputs("coluber: out of memory while starting\n", stderr);
        abort();
    }
    gc_store(e, &e->traceback, NULL);
    gc_store(e, &e->context, NULL);
    gc_store(e, &e->cause, NULL);
    gc_store(e, &e->notes, NULL);
    e->suppress_context = 0;
    return raise_exception((Object *)e);
}

Object *raise_os_error(int error, Object *filename, Object *filename2) {
    Object *number = int_from_i64(error);
    const char *text = strerror(error);
    Object *message = number ? str_decode_fs(text, (ssize_t)strlen(text)) : NULL;
    if (!message) {
        return NULL;
    }
    Object *args[5] = { number, message, filename ? filename : NONE, NONE, filename2 };
    size_t count = filename2 ? 5 : filename ? 3 : 2;
    thread_current->exception = NULL;
    Object *exception = call((Object *)&exc_OSError, args, count, NULL);
    return exception ? raise_exception(exception) : NULL;
}

Object *raise_stop_iteration(Object *value) {
    if (value && (tuple_check(value) || exception_check(value))) {
        value = tuple_pack(1, value); // not to be taken for the arguments
        if (!value) {
            return NULL;
        }
    }
    return raise_with(&exc_StopIteration, value);
}

Object *raise_bad_operand(const char *operator_text, Object *left, Object *right) {
    return raise_error(&exc_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'", operator_text,
                       left, right);
}

Object *raise_not_implemented(const char *what) {
    return raise_error(&exc_NotImplementedError, "%s is not implemented yet", what);
}

Object *raise_from_cause(Type *type, const char *format, ...) {
    Object *cause = error_take();
    va_list arguments;
    va_start(arguments, format);
    Object *message = str_format_va(format, arguments);
    va_end(arguments);
    if (!message) {
        return NULL;
    }
    raise_with(type, message);
    Object *exception = thread_current->exception;
    if (cause && exception && exception != cause) {
        gc_store(exception, &((BaseException *)exception)->cause, cause);
        gc_store(exception, &((BaseException *)exception)->context, cause);
        ((BaseException *)exception)->suppress_context = 1;
    }
    return NULL;
}

void error_chain_context(Object *earlier) {
    if (!earlier) {
        return;
    }
    if (!thread_current->exception) {
        thread_current->exception = earlier;
        return;
    }
    set_context(thread_current->exception, earlier);
}

// ---- looking

bool exception_matches(Object *exception, Object *classes) {
    if (tuple_check(classes)) {
        for (ssize_t i = 0; i < tuple_size(classes); i++) {
            if (exception_matches(exception, tuple_get(classes, i))) {
                return true;
            }
        }
        return false;
    }
    Type *type = exception_check(exception) ? exception->type : (Type *)exception;
    if (exception_class_check(classes) && (exception_check(exception) || exception_class_check(exception))) {
        return type_is_subtype(type, (Type *)classes);
    }
    return exception == classes;
}

bool error_matches(const Type *type) {
    Object *exception = thread_current->exception;
    return exception && type_is_subtype(exception->type, type);
}

bool error_clear_if(const Type *type) {
    if (!error_matches(type)) {
        return false;
    }
    thread_current->exception = NULL;
    return true;
}

Object *exception_traceback(Object *exception) {
    return ((BaseException *)exception)->traceback;
}

Object *raise_attribute_error(Object *object, Object *name) {
    Object *message = type_check(object)
                          ? str_format("type object '%N' has no attribute '%U'", (Type *)object, name)
                          : str_format("'%T' object has no attribute '%U'", object, name);
    Object *exception = message ? call1((Object *)&exc_AttributeError, message) : NULL;
    if (!exception) {
        return NULL;
    }
    gc_store(exception, &((AttributeError *)exception)->name, name);
    gc_store(exception, &((AttributeError *)exception)->object, object);
    return raise_exception(exception);
}

Object *raise_import_error(Type *type, Object *message, Object *name, Object *path) {
    Object *exception = call1((Object *)type, message);
    if (!exception) {
        return NULL;
    }
    gc_store(exception, &((ImportError *)exception)->name, name);
    gc_store(exception, &((ImportError *)exception)->path, path);
    return raise_exception(exception);
}

Object *raise_syntax_error(Type *type, Object *message, Object *filename, int line, int column, int end_line,
                           int end_column, Object *text) {
    Object *position = tuple_new(6);
    if (!position) {
        return NULL;
    }
    int numbers[4] = { line, column, end_line, end_column };
    static const int places[4] = { 1, 2, 4, 5 };
    tuple_init(position, 0, filename ? filename : NONE);
    tuple_init(position, 3, text ? text : NONE);
    for (int i = 0; i < 4; i++) {
        Object *n = i == 1 && column < 0 ? NONE : int_from_i64(numbers[i]);
        if (!n) {
            return NULL;
        }
        tuple_init(position, places[i], n);
    }
    Object *exception = call2((Object *)type, message, position);
    return exception ? raise_exception(exception) : NULL;
}

Object *unicode_decode_error_new(const char *encoding, const char *data, ssize_t length, ssize_t start,
                                 ssize_t end, const char *reason) {
    Object *bytes_from(const void *, ssize_t);
    Object *args[5] = { str_from_cstring(encoding), bytes_from(data, length), int_from_ssize(start),
                        int_from_ssize(end), str_from_cstring(reason) };
    for (int i = 0; i < 5; i++) {
        if (!args[i]) {
            return NULL;
        }
    }
    return call((Object *)&exc_UnicodeDecodeError, args, 5, NULL);
}

// ---- exceptions that nobody can receive

static void write_stderr(Object *text) {
    Object *file = sys_get("stderr");
    Object *saved = error_take();
    if (file && file != NONE) {
        if (!call_method1(file, names.write, text)) {
            error_clear();
        }
    }
    error_restore(saved);
}

// The structure that sys.unraisablehook is given.
Type *unraisable_args_type(void) {
    static const StructField fields[] = {
        { "exc_type", "Exception type" },
        { "exc_value", "Exception value" },
        { "exc_traceback", "Exception traceback" },
        { "err_msg", "Error message" },
        { "object", "Object causing the exception" },
        { NULL, NULL },
    };
    static const StructSpec spec = {
        "UnraisableHookArgs",
        "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
        fields,
        5,
    };
    static Object *made;
    static Mutex mutex;
    mutex_lock(&mutex);
    if (!made) {
        heap_add_root(&made, 1);
        made = (Object *)struct_sequence_type_new(&spec);
    }
    mutex_unlock(&mutex);
    return (Type *)made;
}

static Object *make_unraisable_args(Object *type, Object *exception, Object *traceback, Object *text,
                                    Object *where) {
    Type *made = unraisable_args_type();
    Object *result = made ? struct_sequence_new(made) : NULL;
    Object *values[5] = { type, exception, traceback, text, where };
    for (int i = 0; result && i < 5; i++) {
        struct_sequence_set(result, i, values[i]);
    }
    return result;
}

void error_unraisable_message(const char *message, Object *where) {
    Object *exception = error_take();
    if (!exception) {
        return;
    }
    if (!exception_traceback(exception) && thread_current->frame) {
        // It was raised in C: the report says at least where that was called from.
        thread_current->exception = exception;
        traceback_add(thread_current->frame, thread_current->frame->ip);
        error_clear();
    }
    Object *hook = sys_get("unraisablehook");
    if (!hook || hook == NONE) {
        hook = sys_get("__unraisablehook__");
    }
    Object *text = message ? str_from_cstring(message) : NONE;
    Object *traceback = exception_traceback(exception);
    if (hook && hook != NONE && text) {
        Object *args = make_unraisable_args((Object *)exception->type, exception,
                                            traceback ? traceback : NONE, text, where ? where : NONE);
        const char *place = "Exception ignored in sys.unraisablehook";
        if (args && audit("sys.unraisablehook", "OO", hook, args) < 0) {
            place = "Exception ignored in audit hook";
            hook = NULL;
        } else if (args && call1(hook, args)) {
            return;
        }
        // What went wrong in the hook is reported instead, by the default one.
        Object *second = error_take(), *plain = sys_get("__unraisablehook__");
        text = str_from_cstring(place);
        if (second && plain && text) {
            traceback = exception_traceback(second);
            args = make_unraisable_args((Object *)second->type, second, traceback ? traceback : NONE, text,
                                        hook ? hook : NONE);
            if (args && call1(plain, args)) {
                return;
            }
        }
        error_clear();
    }
    Object *line = where ? str_format("Exception ignored in: %R\n%T: %S\n", where, exception, exception)
                         : str_format("Exception ignored in:\n%T: %S\n", exception, exception);
    if (line) {
        write_stderr(line);
    }
    error_clear();
}

void error_unraisable(Object *where) {
    error_unraisable_message(NULL, where);
}
