// The format specification mini-language, for str, int, float and complex.
#pragma once

#include "objects/object.h"

Object *int_format(Object *self, Object *spec);
Object *float_format(Object *self, Object *spec);
Object *complex_format(Object *self, Object *spec);
Object *str_format_spec(Object *self, Object *spec);  // str.__format__
