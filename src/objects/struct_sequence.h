// Instances of struct sequence types (objects/type.h declares how such a type is made), for the functions of modules that
// fill one with what the system told them.
#pragma once

#include "objects/object.h"

// An instance with the first `count` fields set. NULL with an exception when there is no memory, and when one of the values is
// NULL: their errors need not be looked at one by one.
Object *struct_sequence_of(Type *type, Object *const *values, ssize_t count);
// A text of the system's as a value: None for NULL.
Object *struct_sequence_text(const char *text);
