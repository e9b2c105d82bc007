// The functions of math whose arguments are integers, and prod.
#pragma once

#include "objects/object.h"

Object *math_gcd(Object *module, Object *const *args, size_t nargs, Object *kwnames);
Object *math_lcm(Object *module, Object *const *args, size_t nargs, Object *kwnames);
Object *math_factorial(Object *module, Object *o);
Object *math_perm(Object *module, Object *a, Object *b);
Object *math_comb(Object *module, Object *a, Object *b);
Object *math_isqrt(Object *module, Object *o);
Object *math_prod(Object *module, Object *iterable, Object *start);
