// math: the C library's functions with Python's errors, and exact sums. (Integers are in math_integer.c.)
#include <errno.h>
#include <math.h>

#include "modules/math_integer.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/containers.h"
#include "objects/errors.h"
#include "objects/polling.h"
#include "objects/float.h"
#include "objects/int_internal.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/tuple.h"

static int number(Object *o, double *value) {
    if (LIKELY(o->type == &float_type)) {
        *value = float_value(o);
        return 0;
    }
    if (o->type == &int_type && int_is_compact(o)) {
        *value = (double)int_compact_value(o);
        return 0;
    }
    *value = float_as_double(o);
    return *value == -1.0 && error_occurred() ? -1 : 0;
}

static Object *domain(void) {
    return raise_error(&exc_ValueError, "math domain error");
}
static Object *range(void) {
    return raise_error(&exc_OverflowError, "math range error");
}

// NaN from a number is outside the domain; infinity from a finite one an overflow where that can be.
static Object *checked(double result, bool finite, bool was_nan, bool can_overflow) {
    if (isnan(result) && !was_nan) {
        return domain();
    }
    if (isinf(result) && finite) {
        return can_overflow ? range() : domain();
    }
    return float_from_double(result);
}

#define ONE(name, function, can_overflow) \
    static Object *math_##name(Object *m, Object *o) { \
        double x; \
        return number(o, &x) < 0 ? NULL : checked(function(x), isfinite(x), isnan(x), can_overflow); \
    }
ONE(acos, acos, false)
ONE(acosh, acosh, false)
ONE(asin, asin, false)
ONE(asinh, asinh, false)
ONE(atan, atan, false)
ONE(atanh, atanh, false)
ONE(cbrt, cbrt, false)
ONE(cos, cos, false)
ONE(cosh, cosh, true)
ONE(erf, erf, false)
ONE(erfc, erfc, false)
ONE(exp, exp, true)
ONE(exp2, exp2, true)
ONE(expm1, expm1, true)
ONE(fabs, fabs, false)
ONE(log1p, log1p, false)
ONE(sin, sin, false)
ONE(sinh, sinh, true)
ONE(sqrt, sqrt, false)
ONE(tan, tan, false)
ONE(tanh, tanh, false)
#undef ONE

static Object *math_gamma(Object *m, Object *o) {
    double x;
    if (number(o, &x) < 0) {
        return NULL;
    }
    if (x == 0 || (isfinite(x) && x < 0 && x == floor(x)) || (isinf(x) && x < 0)) {
        return domain();
    }
    return checked(tgamma(x), isfinite(x), isnan(x), true);
}
static Object *math_lgamma(Object *m, Object *o) {
    double x;
    int sign;
    if (number(o, &x) < 0) {
        return NULL;
    }
    if (isfinite(x) && x <= 0 && x == floor(x)) {
        return domain();
    }
    return checked(lgamma_r(x, &sign), isfinite(x), isnan(x), true);
}

#define TWO(name, expression) \
    static Object *math_##name(Object *m, Object *a, Object *b) { \
        double x, y; \
        if (number(a, &x) < 0 || number(b, &y) < 0) { \
            return NULL; \
        } \
        return expression; \
    }
TWO(atan2, float_from_double(atan2(x, y)))
TWO(copysign, float_from_double(copysign(x, y)))
TWO(nextafter, float_from_double(nextafter(x, y)))
TWO(remainder, checked(remainder(x, y), isfinite(x) && isfinite(y), isnan(x) || isnan(y), false))
TWO(fmod, checked(fmod(x, y), isfinite(x) && isfinite(y), isnan(x) || isnan(y), false))
#undef TWO

static Object *math_pow(Object *m, Object *a, Object *b) {
    double x, y;
    if (number(a, &x) < 0 || number(b, &y) < 0) {
        return NULL;
    }
    double r = pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(r)) {
            return domain();
        }
        if (isinf(r)) {
            return x == 0 ? domain() : range();
        }
    }
    return float_from_double(r);
}

static Object *logarithm(Object *o, double (*function)(double), double unit) {
    if (int_check(o)) {
        if (int_sign(o) <= 0) {
            return domain();
        }
        double x = int_to_double(o);
        if (x == -1.0 && error_occurred()) {
            error_clear();
            ssize_t exponent;
            x = int_frexp(o, &exponent);
            return float_from_double(function(x) + unit * (double)exponent);
        }
        return float_from_double(function(x));
    }
    double x;
    if (number(o, &x) < 0) {
        return NULL;
    }
    return x <= 0 ? domain() : float_from_double(function(x));
}
static Object *math_log2(Object *m, Object *o) {
    return logarithm(o, log2, 1.0);
}
static Object *math_log10(Object *m, Object *o) {
    return logarithm(o, log10, log10(2.0));
}
static Object *math_log(Object *m, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("log", kwnames) < 0) {
        return NULL;
    }
    if (nargs - 1 > 1) {
        return raise_error(&exc_TypeError, "math.log requires 1 to 2 arguments");
    }
    Object *x = logarithm(args[0], log, log(2.0));
    if (!x || nargs == 1) {
        return x;
    }
    Object *base = logarithm(args[1], log, log(2.0));
    return base ? number_true_divide(x, base) : NULL;
}

static Object *rounded(Object *o, Object *name, double (*function)(double)) {
    if (o->type != &float_type) {
        Object *method;
        int found = object_lookup_special(o, name, &method);
        if (found) {
            return found < 0 ? NULL : call0(method);
        }
    }
    double x;
    return number(o, &x) < 0 ? NULL : int_from_double(function(x));
}
static Object *math_floor(Object *m, Object *o) {
    return rounded(o, names.__floor__, floor);
}
static Object *math_ceil(Object *m, Object *o) {
    return rounded(o, names.__ceil__, ceil);
}
static Object *math_trunc(Object *m, Object *o) {
    Object *method;
    if (o->type == &float_type) {
        return int_from_double(float_value(o));
    }
    int found = object_lookup_special(o, names.__trunc__, &method);
    return found < 0 ? NULL
           : found   ? call0(method)
                     : raise_error(&exc_TypeError, "type %T doesn't define __trunc__ method", o);
}

#define TEST(name, test) \
    static Object *math_##name(Object *m, Object *o) { \
        double x; \
        return number(o, &x) < 0 ? NULL : bool_from(test(x)); \
    }
TEST(isfinite, isfinite)
TEST(isinf, isinf)
TEST(isnan, isnan)
#undef TEST

static Object *math_degrees(Object *m, Object *o) {
    double x;
    return number(o, &x) < 0 ? NULL : float_from_double(x * (180.0 / M_PI));
}
static Object *math_radians(Object *m, Object *o) {
    double x;
    return number(o, &x) < 0 ? NULL : float_from_double(x * (M_PI / 180.0));
}
static Object *math_frexp(Object *m, Object *o) {
    double x;
    int e = 0;
    if (number(o, &x) < 0) {
        return NULL;
    }
    x = isfinite(x) && x != 0 ? frexp(x, &e) : x;
    Object *a = float_from_double(x), *b = int_from_i64(e);
    return a && b ? tuple_pack(2, a, b) : NULL;
}
static Object *math_modf(Object *m, Object *o) {
    double x, whole;
    if (number(o, &x) < 0) {
        return NULL;
    }
    double part = modf(x, &whole);
    Object *a = float_from_double(part), *b = float_from_double(whole);
    return a && b ? tuple_pack(2, a, b) : NULL;
}
static Object *math_ldexp(Object *m, Object *a, Object *b) {
    double x;
    if (number(a, &x) < 0) {
        return NULL;
    }
    if (!int_check(b)) {
        return raise_error(&exc_TypeError, "Expected an int as second argument to ldexp.");
    }
    int overflow;
    int64_t e = int_as_i64(b, &overflow);
    if (x == 0 || !isfinite(x)) {
        return float_from_double(x);
    }
    if (overflow > 0 || e > 100000) {
        return range();
    }
    double r = overflow < 0 || e < -100000 ? copysign(0.0, x) : ldexp(x, (int)e);
    return isinf(r) ? range() : float_from_double(r);
}
static Object *math_ulp(Object *m, Object *o) {
    double x;
    if (number(o, &x) < 0) {
        return NULL;
    }
    x = fabs(x);
    if (!isfinite(x)) {
        return float_from_double(x);
    }
    double next = nextafter(x, INFINITY);
    return float_from_double(isinf(next) ? x - nextafter(x, -INFINITY) : next - x);
}

static Object *math_isclose(Object *m, Object *a, Object *b, Object *relative, Object *absolute) {
    double x, y, r = 1e-9, t = 0;
    if (number(a, &x) < 0 || number(b, &y) < 0 || (relative && number(relative, &r) < 0) ||
        (absolute && number(absolute, &t) < 0)) {
        return NULL;
    }
    if (r < 0 || t < 0) {
        return raise_error(&exc_ValueError, "tolerances must be non-negative");
    }
    if (x == y) {
        return TRUE_OBJECT;
    }
    if (isinf(x) || isinf(y)) {
        return FALSE_OBJECT;
    }
    double d = fabs(x - y);
    return bool_from(d <= fabs(r * y) || d <= fabs(r * x) || d <= t);
}

// Shewchuk's exact partial sums, rounded once.
static Object *math_fsum(Object *m, Object *iterable) {
    Object *iterator = object_iter_whole(iterable), *item;
    double few[32], *p = few, special = 0, infinities = 0;
    size_t capacity = COUNT_OF(few), n = 0;
    if (!iterator) {
        return NULL;
    }
    while ((item = iterator_step(iterator))) {
        double x;
        if (number(item, &x) < 0) {
            return NULL;
        }
        double given = x;
        size_t i = 0;
        for (size_t j = 0; j < n; j++) {
            double y = p[j];
            if (fabs(x) < fabs(y)) {
                double swap = x;
                x = y;
                y = swap;
            }
            double high = x + y, low = y - (high - x);
            if (low != 0) { // foreseen as a rule, where a place that depends on it would be waited for
                p[i++] = low;
            }
            x = high;
        }
        n = i;
        if (x != 0) {
            if (!isfinite(x)) {
                if (isfinite(given)) {
                    return raise_error(&exc_OverflowError, "intermediate overflow in fsum");
                }
                infinities += isinf(given) ? given : 0;
                special += given;
                n = 0;
                continue;
            }
            if (n == capacity) {
                double *larger = heap_alloc(2 * capacity * sizeof(double), CELL_BYTES);
                if (!larger) {
                    return NULL;
                }
                memcpy(larger, p, n * sizeof(double));
                p = larger;
                capacity *= 2;
            }
            p[n++] = x;
        }
    }
    if (error_occurred()) {
        return NULL;
    }
    if (special != 0) {
        return isnan(infinities) ? raise_error(&exc_ValueError, "-inf + inf in fsum")
                                 : float_from_double(special);
    }
    double high = 0, low = 0;
    if (n) {
        high = p[--n];
        while (n) {
            double x = high, y = p[--n];
            high = x + y;
            low = y - (high - x);
            if (low != 0) {
                break;
            }
        }
        if (n && ((low < 0 && p[n - 1] < 0) || (low > 0 && p[n - 1] > 0))) {
            double y = low * 2, x = high + y;
            if (y == x - high) {
                high = x;
            }
        }
    }
    return float_from_double(high);
}

// x + y exactly, as high + low.
static inline void add_exactly(double x, double y, double *high, double *low) {
    double sum = x + y, part = sum - x;
    *low = (x - (sum - part)) + (y - part);
    *high = sum;
}

// The Euclidean norm, correctly rounded in all but very rare cases. The coordinates are scaled by a
// power of two, so that no square overflows or vanishes; squares and their sum are kept as unevaluated
// sums of two doubles, and a step of Newton's method refines the root with the low part.
static double norm(const double *v, size_t n) {
    double most = 0;
    bool nan = false;
    for (size_t i = 0; i < n; i++) {
        if (isinf(v[i])) {
            return INFINITY;
        }
        nan |= isnan(v[i]);
        most = fabs(v[i]) > most ? fabs(v[i]) : most;
    }
    if (nan || most == 0 || n <= 1) {
        return nan ? NAN : most;
    }
    int e;
    frexp(most, &e);
    double high = 0, low = 0;
    for (size_t i = 0; i < n; i++) {
        double x = ldexp(v[i], -e), square = x * x, rest = fma(x, x, -square), error;
        add_exactly(high, square, &high, &error);
        low += error + rest;
    }
    double root = sqrt(high + low);
    double residue = fma(-root, root, high) + low;
    return ldexp(root + residue / (2 * root), e);
}

static Object *math_hypot(Object *m, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("math.hypot", kwnames) < 0) {
        return NULL;
    }
    double *v = heap_alloc(nargs * sizeof(double) + 16, CELL_BYTES);
    for (size_t i = 0; v && i < nargs; i++) {
        if (number(args[i], &v[i]) < 0) {
            return NULL;
        }
    }
    return v ? float_from_double(norm(v, nargs)) : NULL;
}
static Object *math_dist(Object *m, Object *a, Object *b) {
    Object *p = sequence_tuple(a), *q = p ? sequence_tuple(b) : NULL;
    if (!q) {
        return NULL;
    }
    size_t n = (size_t)tuple_size(p);
    if (n != (size_t)tuple_size(q)) {
        return raise_error(&exc_ValueError, "both points must have the same number of dimensions");
    }
    double *v = heap_alloc(n * sizeof(double) + 16, CELL_BYTES);
    for (size_t i = 0; v && i < n; i++) {
        double x, y;
        if (number(tuple_get(p, (ssize_t)i), &x) < 0 || number(tuple_get(q, (ssize_t)i), &y) < 0) {
            return NULL;
        }
        v[i] = x - y;
        if (poll_often((ssize_t)i) < 0) {
            return NULL;
        }
    }
    return v ? float_from_double(norm(v, n)) : NULL;
}

enum { QUIET = 0 };
#define SIMPLE(name) BUILTIN(#name, math_##name, "($module, x, /)", QUIET, NULL)
static BuiltinDef functions[] = {
    SIMPLE(acos),
    SIMPLE(acosh),
    SIMPLE(asin),
    SIMPLE(asinh),
    SIMPLE(atan),
    SIMPLE(atanh),
    SIMPLE(cbrt),
    SIMPLE(ceil),
    SIMPLE(cos),
    SIMPLE(cosh),
    SIMPLE(degrees),
    SIMPLE(erf),
    SIMPLE(erfc),
    SIMPLE(exp),
    SIMPLE(exp2),
    SIMPLE(expm1),
    SIMPLE(fabs),
    BUILTIN("factorial", math_factorial, "($module, n, /)", QUIET, NULL),
    SIMPLE(floor),
    SIMPLE(frexp),
    SIMPLE(gamma),
    SIMPLE(isfinite),
    SIMPLE(isinf),
    SIMPLE(isnan),
    SIMPLE(lgamma),
    SIMPLE(log10),
    SIMPLE(log1p),
    SIMPLE(log2),
    SIMPLE(modf),
    SIMPLE(radians),
    SIMPLE(sin),
    SIMPLE(sinh),
    SIMPLE(sqrt),
    SIMPLE(tan),
    SIMPLE(tanh),
    SIMPLE(trunc),
    SIMPLE(ulp),
    BUILTIN("atan2", math_atan2, "($module, y, x, /)", QUIET, NULL),
    BUILTIN("comb", math_comb, "($module, n, k, /)", QUIET, NULL),
    BUILTIN("copysign", math_copysign, "($module, x, y, /)", QUIET, NULL),
    BUILTIN("dist", math_dist, "($module, p, q, /)", QUIET, NULL),
    BUILTIN("fmod", math_fmod, "($module, x, y, /)", QUIET, NULL),
    BUILTIN("fsum", math_fsum, "($module, seq, /)", QUIET | EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("gcd", math_gcd, "($module, *integers)", QUIET, NULL),
    BUILTIN("hypot", math_hypot, NULL, QUIET, NULL),
    BUILTIN("isclose", math_isclose, "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", QUIET, NULL),
    BUILTIN("isqrt", math_isqrt, "($module, n, /)", QUIET, NULL),
    BUILTIN("lcm", math_lcm, "($module, *integers)", QUIET, NULL),
    BUILTIN("ldexp", math_ldexp, "($module, x, i, /)", QUIET, NULL),
    BUILTIN("log", math_log, NULL, QUIET, NULL),
    BUILTIN("nextafter", math_nextafter, "($module, x, y, /)", QUIET, NULL),
    BUILTIN("perm", math_perm, "($module, n, k=None, /)", QUIET, NULL),
    BUILTIN("pow", math_pow, "($module, x, y, /)", QUIET, NULL),
    BUILTIN("prod", math_prod, "($module, iterable, /, *, start=1)", QUIET | EFFECT_KEEPS_NOTHING, NULL),
    BUILTIN("remainder", math_remainder, "($module, x, y, /)", QUIET, NULL),
    BUILTIN_END,
};

static int math_exec(Object *module) {
    return module_add(module, "pi", float_from_double(M_PI)) < 0 ||
                   module_add(module, "e", float_from_double(M_E)) < 0 ||
                   module_add(module, "tau", float_from_double(2 * M_PI)) < 0 ||
                   module_add(module, "inf", float_from_double(INFINITY)) < 0 ||
                   module_add(module, "nan", float_from_double(NAN)) < 0
               ? -1
               : 0;
}

const ModuleSpec module_math = { "math", NULL, functions, math_exec };
