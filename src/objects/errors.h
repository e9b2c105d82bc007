// Raising and looking at exceptions. The exception in flight is `thread_current->exception`, always
// an instance, with its traceback inside.
#pragma once

#include "objects/object.h"

// Raises `type` with a formatted message (the directives of str_format, objects/str.h). Sets
// __context__ from the exception being handled. Always returns NULL.
Object *raise_error(Type *type, const char *format, ...);
// Raises with `value` as the sole argument (a tuple: as the arguments, like the `raise` statement's
// normalisation). NULL value: no arguments. Returns NULL.
Object *raise_with(Type *type, Object *value);
// Raises the instance itself. Returns NULL.
Object *raise_exception(Object *exception);
Object *raise_memory_error(void);
// OSError (or its subclass for `error`, an errno value) with strerror's text and up to two names.
Object *raise_os_error(int error, Object *filename, Object *filename2);
Object *raise_stop_iteration(Object *value);  // value NULL: none
Object *raise_bad_operand(const char *operator_text, Object *left, Object *right);
Object *raise_not_implemented(const char *what);  // NotImplementedError naming a missing part

static inline bool error_occurred(void) {
    return thread_current->exception != NULL;
}
// True when the exception in flight is an instance of `type`.
bool error_matches(const Type *type);
// Takes the exception out of flight (NULL when there is none).
static inline Object *error_take(void) {
    Object *exception = thread_current->exception;
    thread_current->exception = NULL;
    return exception;
}
static inline void error_restore(Object *exception) {
    thread_current->exception = exception;
}
static inline void error_clear(void) {
    thread_current->exception = NULL;
}
// If the exception in flight is a `type`: clears it and returns true.
bool error_clear_if(const Type *type);
// When `cause` was in flight before the current exception: chains it as __context__.
void error_chain_context(Object *earlier);
// Raises a new `type` whose __cause__ is the exception in flight (CPython's _PyErr_FormatFromCause).
Object *raise_from_cause(Type *type, const char *format, ...);

// Reports an exception that nobody can receive through sys.unraisablehook, and clears it.
void error_unraisable(Object *where);
void error_unraisable_message(const char *message, Object *where);
// The type of what that hook is called with; NULL with an exception.
Type *unraisable_args_type(void);

// Issues a warning; -1 with an exception when the filters turn it into one.
int warn(Type *category, ssize_t stack_level, const char *format, ...);
// The same about `source`, the object that tracemalloc is asked for (unclosed files).
int warn_source(Type *category, ssize_t stack_level, Object *source, const char *format, ...);
int warn_explicit(Type *category, Object *message, Object *filename, int line, Object *module,
                  Object *registry);
