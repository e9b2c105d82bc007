// Callables: Python functions, built-in functions, bound methods, cells. CPython's layouts.
#pragma once

#include "objects/builtin.h"
#include "objects/object.h"

typedef struct Function {
    Object base;
    Object *globals, *builtins, *name, *qualname;
    Object *code, *defaults, *kwdefaults, *closure;
    Object *doc, *dict, *weaklist, *module, *annotations;
    void *vectorcall;
    uint32_t version;  // identifies (code, defaults, kwdefaults) for inline caches; 0: changed
} Function;

typedef struct BuiltinFunction {
    Object base;
    BuiltinDef *def;  // PyMethodDef
    Object *self, *module, *weaklist;
    void *vectorcall;
} BuiltinFunction;

typedef struct Method {
    Object base;
    Object *function, *self, *weaklist;
    void *vectorcall;
} Method;

typedef struct Cell {
    Object base;
    Object *value;  // NULL: unbound
} Cell;

Object *function_new(Object *code, Object *globals, Object *qualname);  // qualname NULL: code's
Object *method_new(Object *function, Object *self);
Object *cell_new(Object *value);
// function's call slot: lives in vm/call.c.
Object *function_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames);
