// math: what works on integers, of any size, and the product of anything.
//
// Products of many small factors collect them in machine words first, and those in limbs on the C stack; what is
// too long for that is multiplied by halves, so that the two sides of each multiplication are about equally long.
#include "modules/math_integer.h"

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/containers.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int_internal.h"

Object *math_gcd(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("math.gcd", kwnames) < 0) {
        return NULL;
    }
    if (!nargs) {
        return int_from_i64(0);
    }
    Object *result = number_index(args[0]);
    result = result && (nargs == 1 || int_sign(result) < 0) ? int_absolute(result) : result;
    for (size_t i = 1; result && i < nargs; i++) {
        Object *n = number_index(args[i]);
        result = n ? int_gcd(result, n) : NULL;
    }
    return result;
}

Object *math_lcm(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("math.lcm", kwnames) < 0) {
        return NULL;
    }
    Object *result = int_from_i64(1);
    for (size_t i = 0; result && i < nargs; i++) {
        Object *n = number_index(args[i]), *g;
        if (!n) {
            return NULL;
        }
        if (!int_sign(n) || !int_sign(result)) {
            result = int_from_i64(0);
            continue;
        }
        g = int_gcd(result, n);
        Object *part = g ? int_floor_divide(result, g) : NULL, *product = part ? int_multiply(part, n) : NULL;
        result = product ? int_absolute(product) : NULL;
    }
    return result;
}

// n * (n - 1) * ... of `count` factors, all positive, when it has few limbs; divided by count! for `divide`. What is
// divided by is a product of neighbours, which divides each product of as many neighbours.
static bool fits_on_stack(uint64_t n, uint64_t count) {
    uint64_t bits = 64 - (uint64_t)__builtin_clzll(n | 1);
    return count <= (LIMBS_ON_STACK - 2) * 64 / bits;
}
static Object *falling_on_stack(uint64_t n, uint64_t count, bool divide) {
    mp_limb_t limbs[LIMBS_ON_STACK] = { 1 };
    mp_size_t size = 1;
    for (uint64_t i = 0; i < count;) {
        uint64_t factor = 1, divisor = 1, more, less = 1;
        while (i < count && !__builtin_mul_overflow(factor, n - i, &more) &&
               (!divide || !__builtin_mul_overflow(divisor, i + 1, &less))) {
            factor = more;
            divisor = less;
            i++;
        }
        mp_limb_t carry = mpn_mul_1(limbs, limbs, size, factor);
        if (carry) {
            limbs[size++] = carry;
        }
        if (divisor > 1) {
            mpn_divrem_1(limbs, 0, limbs, size, divisor);
            size -= !limbs[size - 1];
        }
    }
    return int_from_limbs(limbs, (size_t)size, false);
}

// low * (low + 1) * ... * high, by halves.
static Object *product_range(int64_t low, int64_t high) {
    if (fits_on_stack((uint64_t)high, (uint64_t)(high - low) + 1)) {
        return falling_on_stack((uint64_t)high, (uint64_t)(high - low) + 1, false);
    }
    int64_t middle = low + (high - low) / 2;
    Object *a = product_range(low, middle), *b = a ? product_range(middle + 1, high) : NULL;
    return b && safepoint() == 0 ? int_multiply(a, b) : NULL;
}

Object *math_factorial(Object *module, Object *o) {
    Object *index = number_index(o);
    int overflow;
    int64_t n = index ? int_as_i64(index, &overflow) : -1;
    if (!index) {
        return NULL;
    }
    if (overflow > 0) {
        return raise_error(&exc_OverflowError, "factorial() argument should not exceed %ld", (long)INT64_MAX);
    }
    if (overflow < 0 || n < 0) {
        return raise_error(&exc_ValueError, "factorial() not defined for negative values");
    }
    return n < 2 ? int_from_i64(1) : product_range(1, n);
}

// The product of the k factors n, n - 1 ..., divided by k! for `divide`.
static Object *falling(Object *n, Object *k, bool divide) {
    int overflow, long_n;
    int64_t count = int_as_i64(k, &overflow), first = int_as_i64(n, &long_n);
    if (overflow) {
        return raise_error(&exc_OverflowError, "%s must not exceed %lld", divide ? "min(n - k, k)" : "k",
                           (long long)INT64_MAX);
    }
    if (!count) {
        return int_from_i64(1);
    }
    if (!long_n) {
        if (fits_on_stack((uint64_t)first, (uint64_t)count)) {
            return falling_on_stack((uint64_t)first, (uint64_t)count, divide);
        }
        Object *product = product_range(first - count + 1, first);
        if (!product || !divide) {
            return product;
        }
        Object *divisor = product_range(1, count);
        return divisor ? int_floor_divide(product, divisor) : NULL;
    }
    Object *result = n, *factor = n, *one = int_from_i64(1);
    for (int64_t i = 2; i <= count; i++) {
        factor = int_subtract(factor, one);
        result = factor ? int_multiply(result, factor) : NULL;
        if (result && divide) {
            Object *d = int_from_i64(i);
            result = d ? int_floor_divide(result, d) : NULL;
        }
        if (!result || safepoint() < 0) {
            return NULL;
        }
    }
    return int_exact(result);
}

static int check_counts(Object *n, Object *k) {
    if (int_sign(n) < 0 || int_sign(k) < 0) {
        raise_error(&exc_ValueError, "%s must be a non-negative integer", int_sign(n) < 0 ? "n" : "k");
        return -1;
    }
    return 0;
}

Object *math_perm(Object *module, Object *a, Object *b) {
    if (!b || b == NONE) {
        return math_factorial(module, a);
    }
    Object *n = number_index(a), *k = n ? number_index(b) : NULL;
    if (!k || check_counts(n, k) < 0) {
        return NULL;
    }
    return int_compare(n, k) < 0 ? int_from_i64(0) : falling(n, k, false);
}

Object *math_comb(Object *module, Object *a, Object *b) {
    Object *n = number_index(a), *k = n ? number_index(b) : NULL;
    if (!k || check_counts(n, k) < 0) {
        return NULL;
    }
    Object *other = int_subtract(n, k);
    if (!other || int_sign(other) < 0) {
        return other ? int_from_i64(0) : NULL;
    }
    return falling(n, int_compare(other, k) < 0 ? other : k, true);
}

Object *math_isqrt(Object *module, Object *o) {
    Object *n = number_index(o);
    if (n && int_sign(n) < 0) {
        return raise_error(&exc_ValueError, "isqrt() argument must be nonnegative");
    }
    return n ? int_sqrt(n) : NULL;
}

// Machine integers and doubles are multiplied without objects as long as they last.
Object *math_prod(Object *module, Object *iterable, Object *start) {
    Object *iterator = object_iter_whole(iterable), *result = start ? start : int_from_i64(1), *item = NULL;
    if (!iterator || !result) {
        return NULL;
    }
    int overflow = 1;
    int64_t whole = result->type == &int_type ? int_as_i64(result, &overflow) : 0;
    if (!overflow) {
        while ((item = iterator_step(iterator)) && item->type == &int_type && int_is_compact(item)) {
            int64_t product;
            if (__builtin_mul_overflow(whole, int_compact_value(item), &product)) {
                break;
            }
            whole = product;
        }
        result = error_occurred() ? NULL : int_from_i64(whole);
        result = result && item ? number_multiply(result, item) : result;
        if (!result || !item) {
            return result;
        }
    }
    if (result->type == &float_type) {
        double real = float_value(result);
        while ((item = iterator_step(iterator))) {
            if (item->type == &float_type) {
                real *= float_value(item);
            } else if (item->type == &int_type && int_is_compact(item)) {
                real *= (double)int_compact_value(item);
            } else {
                break;
            }
        }
        result = error_occurred() ? NULL : float_from_double(real);
        result = result && item ? number_multiply(result, item) : result;
        if (!result || !item) {
            return result;
        }
    }
    while (result && (item = iterator_step(iterator))) {
        result = number_multiply(result, item);
    }
    return error_occurred() ? NULL : result;
}
