// Contexts and context variables, for the runtime and the C API.
#pragma once

#include "objects/object.h"

extern Type context_type, contextvar_type, token_type;

Object *context_new(void);
Object *context_copy(Object *context);
Object *context_copy_current(void);
Object *context_current(void);         // made on first need; NULL with MemoryError
int context_enter(Object *context);    // RuntimeError when it is entered already
int context_exit(Object *context);
Object *contextvar_new(Object *name, Object *default_value);  // default_value NULL: none
// 0 and *value (NULL: not set and no default), or -1.
int contextvar_get(Object *var, Object *otherwise, Object **value);
Object *contextvar_set(Object *var, Object *value);  // a token
int contextvar_reset(Object *var, Object *token);
