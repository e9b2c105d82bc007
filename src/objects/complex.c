// complex.
#include <ctype.h>
#include <errno.h>
#include <math.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/float.h"
#include "objects/format_spec.h"
#include "objects/int_internal.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"

static inline Complex *complex_of(Object *o) {
    return (Complex *)o;
}

Object *complex_from_doubles(double real, double imag) {
    Complex *result = heap_alloc(sizeof(Complex), CELL_LEAF);
    if (!result) {
        return NULL;
    }
    *result = (Complex){ { REFCOUNT_INITIAL, &complex_type }, real, imag };
    return (Object *)result;
}

static int operand(Object *o, Complex *value) {
    if (object_is_instance(o, &complex_type)) {
        *value = *complex_of(o);
        return 1;
    }
    value->imag = 0;
    if (float_check(o)) {
        value->real = float_value(o);
        return 1;
    }
    if (!int_check(o)) {
        return 0;
    }
    value->real = int_to_double(o);
    return value->real == -1.0 && error_occurred() ? -1 : 1;
}

#define OPERANDS(a, b, x, y) \
    Complex x, y; \
    int found = operand(a, &x); \
    if (found <= 0 || (found = operand(b, &y)) <= 0) { \
        return found ? NULL : NOT_IMPLEMENTED; \
    }

static Object *complex_add(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return complex_from_doubles(x.real + y.real, x.imag + y.imag);
}

static Object *complex_subtract(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return complex_from_doubles(x.real - y.real, x.imag - y.imag);
}

static Object *complex_multiply(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    return complex_from_doubles(x.real * y.real - x.imag * y.imag, x.real * y.imag + x.imag * y.real);
}

// Smith's method; false for division by zero.
static bool quotient(Complex a, Complex b, double *real, double *imag) {
    double br = fabs(b.real), bi = fabs(b.imag);
    if (br >= bi) {
        if (br == 0) {
            return false;
        }
        double ratio = b.imag / b.real, d = b.real + b.imag * ratio;
        *real = (a.real + a.imag * ratio) / d;
        *imag = (a.imag - a.real * ratio) / d;
    } else if (bi >= br) {
        double ratio = b.real / b.imag, d = b.real * ratio + b.imag;
        *real = (a.real * ratio + a.imag) / d;
        *imag = (a.imag * ratio - a.real) / d;
    } else {
        *real = *imag = NAN;
    }
    return true;
}

static Object *complex_true_divide(Object *a, Object *b) {
    OPERANDS(a, b, x, y)
    double real, imag;
    if (!quotient(x, y, &real, &imag)) {
        return raise_error(&exc_ZeroDivisionError, "complex division by zero");
    }
    return complex_from_doubles(real, imag);
}

static Complex multiply(Complex a, Complex b) {
    return (Complex){ .real = a.real * b.real - a.imag * b.imag, .imag = a.real * b.imag + a.imag * b.real };
}

static Object *complex_power(Object *a, Object *b, Object *modulus) {
    OPERANDS(a, b, x, y)
    if (modulus && modulus != NONE) {
        return raise_error(&exc_ValueError, "complex modulo");
    }
    Complex r;
    if (y.imag == 0 && y.real == floor(y.real) && fabs(y.real) <= 100) {
        long n = (long)y.real, count = n < 0 ? -n : n;
        r = (Complex){ .real = 1 };
        Complex square = x;
        for (; count; count >>= 1) {
            if (count & 1) {
                r = multiply(r, square);
            }
            square = multiply(square, square);
        }
        if (n < 0) {
            double real, imag;
            if (!quotient((Complex){ .real = 1 }, r, &real, &imag)) {
                return raise_error(&exc_ZeroDivisionError, "0.0 to a negative or complex power");
            }
            r.real = real;
            r.imag = imag;
        }
    } else if (y.real == 0 && y.imag == 0) {
        r = (Complex){ .real = 1 };
    } else if (x.real == 0 && x.imag == 0) {
        if (y.imag != 0 || y.real < 0) {
            return raise_error(&exc_ZeroDivisionError, "0.0 to a negative or complex power");
        }
        r = (Complex){ .real = 0 };
    } else {
        double size = hypot(x.real, x.imag), length = pow(size, y.real), at = atan2(x.imag, x.real);
        double phase = at * y.real;
        if (y.imag != 0) {
            length *= exp(-at * y.imag);
            phase += y.imag * log(size);
        }
        if (isinf(phase)) { // what has no sine is reported like this
            return raise_error(&exc_ZeroDivisionError, "0.0 to a negative or complex power");
        }
        r.real = length * cos(phase);
        r.imag = length * sin(phase);
    }
    if (isinf(r.real) || isinf(r.imag)) {
        return raise_error(&exc_OverflowError, "complex exponentiation");
    }
    return complex_from_doubles(r.real, r.imag);
}

static Object *complex_negative(Object *o) {
    return complex_from_doubles(-complex_of(o)->real, -complex_of(o)->imag);
}

static Object *complex_exact(Object *o) {
    return o->type == &complex_type ? o : complex_from_doubles(complex_of(o)->real, complex_of(o)->imag);
}

static Object *complex_conjugate(Object *o) {
    return complex_from_doubles(complex_of(o)->real, -complex_of(o)->imag);
}

static Object *complex_absolute(Object *o) {
    double result = hypot(complex_of(o)->real, complex_of(o)->imag);
    if (isinf(result) && isfinite(complex_of(o)->real) && isfinite(complex_of(o)->imag)) {
        return raise_error(&exc_OverflowError, "absolute value too large");
    }
    return float_from_double(result);
}

static int complex_to_bool(Object *o) {
    return complex_of(o)->real != 0 || complex_of(o)->imag != 0;
}

static hash_t complex_hash(Object *o) {
    uint64_t real = (uint64_t)float_hash_double(o, complex_of(o)->real);
    uint64_t imag = (uint64_t)float_hash_double(o, complex_of(o)->imag);
    hash_t hash = (hash_t)(real + 1000003 * imag);
    return hash == -1 ? -2 : hash;
}

static Object *complex_compare(Object *a, Object *b, CompareOp op) {
    if (op != CMP_EQ && op != CMP_NE) {
        return NOT_IMPLEMENTED;
    }
    bool equal;
    Complex *x = complex_of(a);
    if (object_is_instance(b, &complex_type)) {
        equal = x->real == complex_of(b)->real && x->imag == complex_of(b)->imag;
    } else if (float_check(b)) {
        equal = x->real == float_value(b) && x->imag == 0;
    } else if (int_check(b)) {
        equal = false;
        if (x->imag == 0) {
            Object *real = float_from_double(x->real);
            int same = real ? object_compare_bool(real, b, CMP_EQ) : -1;
            if (same < 0) {
                return NULL;
            }
            equal = same;
        }
    } else {
        return NOT_IMPLEMENTED;
    }
    return bool_from(equal == (op == CMP_EQ));
}

static size_t write_part(double value, bool sign, char *out) {
    char *text = double_to_text(value, 'r', 0, sign ? FLOAT_SIGN : 0);
    if (!text) {
        return 0;
    }
    size_t n = strlen(text);
    if (!strcmp(text, "nan") || n < 40) {
        memcpy(out, text, n);
    }
    free(text);
    return n;
}

static Object *complex_repr(Object *o) {
    char text[96], *p = text;
    double real = complex_of(o)->real, imag = complex_of(o)->imag;
    if (real == 0 && !signbit(real)) {
        p += write_part(imag, false, p);
        *p++ = 'j';
    } else {
        *p++ = '(';
        p += write_part(real, false, p);
        p += write_part(imag, true, p);
        *p++ = 'j';
        *p++ = ')';
    }
    return str_from_latin1((const uint8_t *)text, p - text);
}

static bool strip_digits_underscores(char *text) {
    char *out = text;
    for (char *p = text; *p; p++) {
        if (*p == '_') {
            if (p == text || !isdigit((unsigned char)p[-1]) || !isdigit((unsigned char)p[1])) {
                return false;
            }
            continue;
        }
        *out++ = *p;
    }
    *out = 0;
    return true;
}

static Object *from_text(Type *type, Object *str, Complex *value) {
    char small[256];
    size_t length = (size_t)str_length(str);
    char *text = str_to_decimal_ascii(str, small, sizeof(small));
    if (!text) {
        return NULL;
    }
    // A copy, because the underscores are removed in place.
    char *copy = heap_alloc(length + 1, CELL_BYTES);
    if (!copy) {
        return NULL;
    }
    memcpy(copy, text, length + 1);
    double x = 0, y = 0;
    char *p = copy;
    const char *end;
    bool bracket = false;
    if (strlen(copy) != length) {
        goto bad;
    }
    for (size_t i = 1; i + 1 < length; i++) {
        if (copy[i] == '_' &&
            (!isdigit((unsigned char)copy[i - 1]) || !isdigit((unsigned char)copy[i + 1]))) {
            goto bad;
        }
    }
    if (!strip_digits_underscores(copy)) {
        goto bad;
    }
    while (isspace((unsigned char)*p)) {
        p++;
    }
    if (*p == '(') {
        bracket = true;
        for (p++; isspace((unsigned char)*p); p++) {
        }
    }
    double z = double_from_text(p, &end);
    if (end != p) {
        p = (char *)end;
        if (*p == '+' || *p == '-') {
            x = z;
            y = double_from_text(p, &end);
            if (end != p) {
                p = (char *)end;
            } else {
                y = *p == '+' ? 1.0 : -1.0;
                p++;
            }
            if (*p != 'j' && *p != 'J') {
                goto bad;
            }
            p++;
        } else if (*p == 'j' || *p == 'J') {
            p++;
            y = z;
        } else {
            x = z;
        }
    } else {
        y = 1.0;
        if (*p == '+' || *p == '-') {
            y = *p++ == '+' ? 1.0 : -1.0;
        }
        if (*p != 'j' && *p != 'J') {
            goto bad;
        }
        p++;
    }
    while (isspace((unsigned char)*p)) {
        p++;
    }
    if (bracket) {
        if (*p != ')') {
            goto bad;
        }
        for (p++; isspace((unsigned char)*p); p++) {
        }
    }
    if (*p) {
        goto bad;
    }
    value->real = x;
    value->imag = y;
    return str;
bad:
    return raise_error(&exc_ValueError, "complex() arg is a malformed string");
}

// By __complex__: 1 and *value, 0 when there is no such method, -1.
static int by_method(Object *o, Complex *value) {
    Object *method;
    int found = object_lookup_special(o, names.dunder_complex, &method);
    if (found <= 0) {
        return found;
    }
    Object *result = call0(method);
    if (!result) {
        return -1;
    }
    if (result->type != &complex_type) {
        if (!object_is_instance(result, &complex_type)) {
            raise_error(&exc_TypeError, "%T.__complex__ returned non-complex (type %T)", o, result);
            return -1;
        }
        if (warn(&exc_DeprecationWarning, 1,
                 "%T.__complex__ returned non-complex (type %T).  The ability to return an instance of a "
                 "strict subclass of complex is deprecated, and may not be supported in a future version "
                 "of Python.",
                 o, result) < 0) {
            return -1;
        }
    }
    *value = *complex_of(result);
    return 1;
}

static Object *subclass_new(Type *type, double real, double imag) {
    if (type == &complex_type) {
        return complex_from_doubles(real, imag);
    }
    Object *result = object_alloc(type);
    if (result) {
        complex_of(result)->real = real;
        complex_of(result)->imag = imag;
    }
    return result;
}

static Object *complex_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "complex", "|(real=0, imag=0)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *r = bound[0], *i = bound[1];
    if (!i && r && r->type == &complex_type && type == &complex_type) {
        return r;
    }
    Complex x = { 0 }, y = { 0 };
    if (r && str_check(r)) {
        if (i) {
            return raise_error(&exc_TypeError, "complex() can't take second arg if first is a string");
        }
        return from_text(type, r, &x) ? subclass_new(type, x.real, x.imag) : NULL;
    }
    if (i && str_check(i)) {
        return raise_error(&exc_TypeError, "complex() second arg can't be a string");
    }
    bool r_complex = false, i_complex = false;
    if (r) {
        int found = r->type == &complex_type ? 0 : by_method(r, &x);
        if (found < 0) {
            return NULL;
        }
        if (found || object_is_instance(r, &complex_type)) {
            r_complex = true;
            if (!found) {
                x = *complex_of(r);
            }
        } else {
            if (!slots_of(r)->to_float && !slots_of(r)->to_index) {
                return raise_error(&exc_TypeError,
                                   "complex() first argument must be a string or a number, not '%T'", r);
            }
            x.real = float_as_double(r);
            if (x.real == -1.0 && error_occurred()) {
                return NULL;
            }
        }
    }
    if (i) {
        if (object_is_instance(i, &complex_type)) {
            y = *complex_of(i);
            i_complex = true;
        } else {
            if (!slots_of(i)->to_float && !slots_of(i)->to_index) {
                return raise_error(&exc_TypeError, "complex() second argument must be a number, not '%T'", i);
            }
            y.real = float_as_double(i);
            if (y.real == -1.0 && error_occurred()) {
                return NULL;
            }
        }
    }
    if (i_complex) {
        x.real -= y.imag;
    }
    if (r_complex && i) {
        y.real += x.imag;
    } else if (r_complex) {
        y.real = x.imag;
    }
    return subclass_new(type, x.real, y.real);
}

static Object *complex_getnewargs(Object *self) {
    Object *real = float_from_double(complex_of(self)->real);
    Object *imag = float_from_double(complex_of(self)->imag);
    return real && imag ? tuple_pack(2, real, imag) : NULL;
}

static Object *complex_format_method(Object *self, Object *spec) {
    if (!str_check(spec)) {
        return raise_error(&exc_TypeError, "__format__() argument must be str, not %s",
                           spec == NONE ? "None" : spec->type->name);
    }
    return complex_format(self, spec);
}

static BuiltinDef methods[] = {
    BUILTIN("conjugate", complex_conjugate, "($self, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("__complex__", complex_exact, "($self, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("__getnewargs__", complex_getnewargs, "($self, /)", EFFECT_NO_PYTHON, NULL),
    BUILTIN("__format__", complex_format_method, "($self, format_spec, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef members[] = {
    { "real", MEMBER_DOUBLE, offsetof(Complex, real), MEMBER_READONLY, NULL },
    { "imag", MEMBER_DOUBLE, offsetof(Complex, imag), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};

Type complex_type;
const TypeSpec complex_spec = {
    .name = "complex",
    .basic_size = sizeof(Complex),
    .flags = TF_BASE,
    .methods = methods,
    .members = members,
    .plain_hash = complex_hash,
    .slots = { .getattr = object_generic_getattr,
        .repr = complex_repr, .hash = complex_hash, .compare = complex_compare, .new = complex_new,
        .add = complex_add, .subtract = complex_subtract, .multiply = complex_multiply,
        .power = complex_power, .negative = complex_negative, .positive = complex_exact,
        .absolute = complex_absolute, .to_bool = complex_to_bool, .true_divide = complex_true_divide,
    },
};
