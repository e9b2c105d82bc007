// Exception instances: CPython's layouts (the first seven fields are the same in all).
#pragma once

#include "objects/errors.h"
#include "objects/object.h"

typedef struct BaseException {
    Object base;
    Object *dict, *args, *notes, *traceback, *context, *cause;
    char suppress_context;
} BaseException;  // 72 bytes

typedef struct ExceptionGroup {
    BaseException head;
    Object *message, *exceptions;
} ExceptionGroup;
typedef struct SyntaxError {
    BaseException head;
    Object *message, *filename, *lineno, *offset, *end_lineno, *end_offset, *text;
    Object *print_file_and_line;
} SyntaxError;
typedef struct ImportError {
    BaseException head;
    Object *message, *name, *path;
} ImportError;
typedef struct UnicodeError {
    BaseException head;
    Object *encoding, *object;
    ssize_t start, end;
    Object *reason;
} UnicodeError;
typedef struct SystemExit {
    BaseException head;
    Object *code;
} SystemExit;
typedef struct OSError {
    BaseException head;
    Object *error_number, *strerror, *filename, *filename2;
    ssize_t written;
} OSError;
typedef struct StopIteration {
    BaseException head;
    Object *value;
} StopIteration;
typedef struct NameError {
    BaseException head;
    Object *name;
} NameError;
typedef struct AttributeError {
    BaseException head;
    Object *object, *name;
} AttributeError;

extern Type *exc_ExceptionGroup;  // a heap type, made at start-up

static inline bool exception_check(const Object *o) {
    return (o->type->flags & TF_EXCEPTION) != 0;
}
static inline bool exception_class_check(const Object *o) {
    return (o->type->flags & TF_TYPE) && (((const Type *)o)->flags & TF_EXCEPTION);
}
// True when the exception (instance or class) matches a class or a tuple of classes.
bool exception_matches(Object *exception, Object *classes);
Object *exception_traceback(Object *exception);
// Raises SyntaxError (or a subclass) with all its details; column and end_column count characters
// from 1, 0: none. `text` is the source line or NULL.
Object *raise_syntax_error(Type *type, Object *message, Object *filename, int line, int column, int end_line,
                           int end_column, Object *text);
Object *unicode_decode_error_new(const char *encoding, const char *data, ssize_t length, ssize_t start,
                                 ssize_t end, const char *reason);
Object *raise_attribute_error(Object *object, Object *name);  // "'X' object has no attribute 'y'"
Object *raise_import_error(Type *type, Object *message, Object *name, Object *path);

typedef struct Traceback {
    Object base;
    struct Traceback *next;
    struct FrameObject *frame;
    int last_instruction, line;  // lasti in bytes; line -1: computed from lasti on demand
} Traceback;

// Makes every built-in exception ready (exceptions.def and ExceptionGroup).
int exceptions_init(void);
Object *exception_stop_value(Object *exception);  // StopIteration.value

// A class of exceptions for a module: `name` is "module.Class". NULL with an exception.
Object *exception_class_new(const char *name, Type *base);
