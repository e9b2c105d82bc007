// What list[int] and int | str share: texts and the substitution of type variables (PEP 585, PEP 604, PEP 646).
#pragma once

#include "objects/object.h"

Object *type_expression_repr(Object *o); // as it stands in a type expression: int, list[int], None, ...
Object *generic_parameters(Object *args); // the tuple of type variables in a tuple of arguments
Object *generic_substitute(Object *self, Object *args, Object *parameters, Object *item); // the new arguments
