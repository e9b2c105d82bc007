// Between the files of exceptions: errors.c, exception.c, exception_groups.c.
#pragma once

#include "objects/exception.h"
#include "objects/type.h"

int errors_init(void);
int exception_groups_init(TypeSpec *spec);
int exception_groups_finish(void);
Object *exception_new_simple(Type *type, Object *args); // without calling its __init__; NULL with MemoryError
