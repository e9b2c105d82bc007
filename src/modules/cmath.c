// cmath: the C library's complex functions (C99's Annex G gives the special values) with Python's errors.
#include <complex.h>
#include <math.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/tuple.h"

#define MAKE(real, imag) __builtin_complex((double)(real), (double)(imag))

static Object *domain(void) {
    return raise_error(&exc_ValueError, "math domain error");
}
static Object *range(void) {
    return raise_error(&exc_OverflowError, "math range error");
}
static Object *make(double complex z) {
    return complex_from_doubles(creal(z), cimag(z));
}

// A complex number, by __complex__, __float__ or __index__. -1 with an exception.
static int argument(Object *o, double complex *z) {
    if (!object_is_instance(o, &complex_type)) {
        Object *method;
        int found = object_lookup_special(o, names.dunder_complex, &method);
        if (found < 0) {
            return -1;
        }
        if (!found) {
            double real = float_as_double(o);
            *z = MAKE(real, 0.0);
            return real == -1.0 && error_occurred() ? -1 : 0;
        }
        o = call0(method);
        if (!o) {
            return -1;
        }
        if (!object_is_instance(o, &complex_type)) {
            raise_error(&exc_TypeError, "__complex__ returned non-complex (type %T)", o);
            return -1;
        }
        if (o->type != &complex_type &&
            warn(&exc_DeprecationWarning, 1,
                 "__complex__ returned non-complex (type %T).  The ability to return an instance of a strict "
                 "subclass of complex is deprecated, and may not be supported in a future version of Python.",
                 o) < 0) {
            return -1;
        }
    }
    *z = MAKE(((Complex *)o)->real, ((Complex *)o)->imag);
    return 0;
}

static int real_argument(Object *o, double *x) {
    *x = float_as_double(o);
    return *x == -1.0 && error_occurred() ? -1 : 0;
}

static bool is_finite(double complex z) {
    return isfinite(creal(z)) && isfinite(cimag(z));
}
static bool is_infinite(double complex z) {
    return isinf(creal(z)) || isinf(cimag(z));
}

// Infinity from a finite number is an overflow.
static Object *checked(double complex z, double complex result) {
    return is_finite(z) && is_infinite(result) ? range() : make(result);
}

// As the standard had it before its correction: NaN in both parts, where newer libraries keep a zero.
static double complex tanh_strict(double complex z) {
    return creal(z) == 0.0 && isnan(cimag(z)) ? MAKE(NAN, NAN) : ctanh(z);
}
static double complex tan_strict(double complex z) {
    return cimag(z) == 0.0 && isnan(creal(z)) ? MAKE(NAN, NAN) : ctan(z);
}

#define PLAIN(name) \
    static Object *cmath_##name(Object *module, Object *o) { \
        (void)module; \
        double complex z; \
        return argument(o, &z) < 0 ? NULL : checked(z, c##name(z)); \
    }
PLAIN(acos)
PLAIN(asin)
PLAIN(asinh)
PLAIN(sqrt)
#undef PLAIN

// The C library answers pi/2 for the imaginary part of acosh(0 + nan j); Python, as its older edition: nan.
static Object *cmath_acosh(Object *module, Object *o) {
    (void)module;
    double complex z;
    if (argument(o, &z) < 0) {
        return NULL;
    }
    return isnan(cimag(z)) && creal(z) == 0.0 ? complex_from_doubles(NAN, NAN) : checked(z, cacosh(z));
}

// Where the function has a pole or an essential singularity it is undefined.
#define WITH_DOMAIN(name, function, outside) \
    static Object *cmath_##name(Object *module, Object *o) { \
        (void)module; \
        double complex z; \
        if (argument(o, &z) < 0) { \
            return NULL; \
        } \
        double x = creal(z), y = cimag(z); \
        return (outside) ? domain() : checked(z, function(z)); \
    }
WITH_DOMAIN(atan, catan, x == 0.0 && fabs(y) == 1.0)
WITH_DOMAIN(atanh, catanh, y == 0.0 && fabs(x) == 1.0)
WITH_DOMAIN(cos, ccos, isinf(x) && !isnan(y))
WITH_DOMAIN(cosh, ccosh, isinf(y) && !isnan(x))
WITH_DOMAIN(sin, csin, isinf(x) && !isnan(y))
WITH_DOMAIN(sinh, csinh, isinf(y) && !isnan(x))
WITH_DOMAIN(tan, tan_strict, isinf(x) && isfinite(y))
WITH_DOMAIN(tanh, tanh_strict, isinf(y) && isfinite(x))
WITH_DOMAIN(exp, cexp, isinf(y) && (isfinite(x) || (isinf(x) && x > 0)))
#undef WITH_DOMAIN

static Object *cmath_log(Object *module, Object *o, Object *base) {
    (void)module;
    double complex z, b;
    if (argument(o, &z) < 0 || (base && argument(base, &b) < 0)) {
        return NULL;
    }
    if (z == 0 || (base && b == 0)) {
        return domain();
    }
    if (!base) {
        return make(clog(z));
    }
    Object *top = make(clog(z)), *bottom = make(clog(b));
    if (!top || !bottom) {
        return NULL;
    }
    if (clog(b) == 0) {
        return domain();
    }
    return number_true_divide(top, bottom);
}

static Object *cmath_log10(Object *module, Object *o) {
    (void)module;
    double complex z;
    if (argument(o, &z) < 0) {
        return NULL;
    }
    if (z == 0) {
        return domain();
    }
    double complex result = clog(z);
    return complex_from_doubles(creal(result) / M_LN10, cimag(result) / M_LN10);
}

static Object *cmath_phase(Object *module, Object *o) {
    (void)module;
    double complex z;
    return argument(o, &z) < 0 ? NULL : float_from_double(carg(z));
}

static Object *cmath_polar(Object *module, Object *o) {
    (void)module;
    double complex z;
    if (argument(o, &z) < 0) {
        return NULL;
    }
    double length = cabs(z);
    if (is_finite(z) && isinf(length)) {
        return range();
    }
    Object *r = float_from_double(length), *phi = float_from_double(carg(z));
    return r && phi ? tuple_pack(2, r, phi) : NULL;
}

static Object *cmath_rect(Object *module, Object *r_object, Object *phi_object) {
    (void)module;
    double r, phi;
    if (real_argument(r_object, &r) < 0 || real_argument(phi_object, &phi) < 0) {
        return NULL;
    }
    if (isinf(phi) && r != 0.0 && !isnan(r)) {
        return domain();
    }
    if (r == 0.0 && !isfinite(phi)) {
        return complex_from_doubles(0.0, 0.0);
    }
    if (isinf(r) && isnan(phi)) {
        return complex_from_doubles(INFINITY, NAN);
    }
    if (isinf(r) && isfinite(phi) && phi != 0.0) {  // no 0 * inf
        return complex_from_doubles(copysign(INFINITY, r * cos(phi)), copysign(INFINITY, r * sin(phi)));
    }
    // A zero angle keeps its sign and an imaginary part of zero, whatever r is.
    if (phi == 0.0) {
        return complex_from_doubles(r, isnan(r) || isinf(r)
                                           ? copysign(0.0,
                                                      isnan(r) ? phi : copysign(1.0, r) * copysign(1.0, phi))
                                           : r * phi);
    }
    return complex_from_doubles(r * cos(phi), r * sin(phi));
}

static Object *cmath_isfinite(Object *module, Object *o) {
    (void)module;
    double complex z;
    return argument(o, &z) < 0 ? NULL : bool_from(is_finite(z));
}
static Object *cmath_isinf(Object *module, Object *o) {
    (void)module;
    double complex z;
    return argument(o, &z) < 0 ? NULL : bool_from(is_infinite(z));
}
static Object *cmath_isnan(Object *module, Object *o) {
    (void)module;
    double complex z;
    return argument(o, &z) < 0 ? NULL : bool_from(isnan(creal(z)) || isnan(cimag(z)));
}

static Object *cmath_isclose(Object *module, Object *a_object, Object *b_object, Object *rel,
                             Object *abs_object) {
    (void)module;
    double complex a, b;
    double relative = 1e-9, absolute = 0.0;
    if (argument(a_object, &a) < 0 || argument(b_object, &b) < 0 ||
        (rel && real_argument(rel, &relative) < 0) ||
        (abs_object && real_argument(abs_object, &absolute) < 0)) {
        return NULL;
    }
    if (relative < 0.0 || absolute < 0.0) {
        return raise_error(&exc_ValueError, "tolerances must be non-negative");
    }
    if (creal(a) == creal(b) && cimag(a) == cimag(b)) {
        return TRUE_OBJECT;
    }
    if (is_infinite(a) || is_infinite(b)) {
        return FALSE_OBJECT;
    }
    double difference = cabs(a - b);
    return bool_from(difference <= relative * cabs(b) || difference <= relative * cabs(a) ||
                     difference <= absolute);
}

static BuiltinDef functions[] = {
    BUILTIN("acos", cmath_acos, "($module, z, /)", 0, NULL),
    BUILTIN("acosh", cmath_acosh, "($module, z, /)", 0, NULL),
    BUILTIN("asin", cmath_asin, "($module, z, /)", 0, NULL),
    BUILTIN("asinh", cmath_asinh, "($module, z, /)", 0, NULL),
    BUILTIN("atan", cmath_atan, "($module, z, /)", 0, NULL),
    BUILTIN("atanh", cmath_atanh, "($module, z, /)", 0, NULL),
    BUILTIN("cos", cmath_cos, "($module, z, /)", 0, NULL),
    BUILTIN("cosh", cmath_cosh, "($module, z, /)", 0, NULL),
    BUILTIN("exp", cmath_exp, "($module, z, /)", 0, NULL),
    BUILTIN("isclose", cmath_isclose, "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", 0, NULL),
    BUILTIN("isfinite", cmath_isfinite, "($module, z, /)", 0, NULL),
    BUILTIN("isinf", cmath_isinf, "($module, z, /)", 0, NULL),
    BUILTIN("isnan", cmath_isnan, "($module, z, /)", 0, NULL),
    BUILTIN("log", cmath_log, "($module, z, base=<unrepresentable>, /)", 0, NULL),
    BUILTIN("log10", cmath_log10, "($module, z, /)", 0, NULL),
    BUILTIN("phase", cmath_phase, "($module, z, /)", 0, NULL),
    BUILTIN("polar", cmath_polar, "($module, z, /)", 0, NULL),
    BUILTIN("rect", cmath_rect, "($module, r, phi, /)", 0, NULL),
    BUILTIN("sin", cmath_sin, "($module, z, /)", 0, NULL),
    BUILTIN("sinh", cmath_sinh, "($module, z, /)", 0, NULL),
    BUILTIN("sqrt", cmath_sqrt, "($module, z, /)", 0, NULL),
    BUILTIN("tan", cmath_tan, "($module, z, /)", 0, NULL),
    BUILTIN("tanh", cmath_tanh, "($module, z, /)", 0, NULL),
    BUILTIN_END,
};

static int cmath_exec(Object *module) {
    return module_add(module, "pi", float_from_double(M_PI)) < 0 ||
                   module_add(module, "e", float_from_double(M_E)) < 0 ||
                   module_add(module, "tau", float_from_double(2 * M_PI)) < 0 ||
                   module_add(module, "inf", float_from_double(INFINITY)) < 0 ||
                   module_add(module, "infj", complex_from_doubles(0.0, INFINITY)) < 0 ||
                   module_add(module, "nan", float_from_double(NAN)) < 0 ||
                   module_add(module, "nanj", complex_from_doubles(0.0, NAN)) < 0
               ? -1
               : 0;
}

const ModuleSpec module_cmath = { "cmath", NULL, functions, cmath_exec };
