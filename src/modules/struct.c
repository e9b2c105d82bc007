// `_struct`: Python values packed into bytes as C structures.
//
// A Struct holds its format compiled to runs: `repeat` values of one kind, at an offset, with `size` bytes
// each. It is immutable once made (a second __init__ publishes a new program), so any number of threads
// use it at once. The functions of the module look their format up in a cache of Structs.
#include <math.h>
#include <stdarg.h>

#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/int_internal.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

typedef struct Kind {
    char code;
    uint8_t size, alignment;
} Kind;

typedef struct Run {
    const Kind *kind;
    ssize_t offset, size, repeat;
} Run;

typedef struct Program {  // a CELL_BYTES cell
    ssize_t size, values, runs;
    bool big;             // byte order
    bool native;          // the rules for native kinds: range errors differ
    Run run[];
} Program;

typedef struct Struct {
    Object base;
    Program *program;
    Object *format;
    Object *weaklist;
    char padding[16];
} Struct;

typedef struct UnpackIterator {
    Object base;
    Struct *structure;
    Program *program;
    Buffer buffer;
    ssize_t position;
} UnpackIterator;

static Type struct_type, unpack_iterator_type;
static Object *error_class, *cache;  // registered roots

static const Kind native_kinds[] = {
    { 'x', 1, 0 }, { 'b', 1, 0 }, { 'B', 1, 0 }, { 'c', 1, 0 }, { 's', 1, 0 }, { 'p', 1, 0 }, { 'h', 2, 2 },
    { 'H', 2, 2 }, { 'i', 4, 4 }, { 'I', 4, 4 }, { 'l', 8, 8 }, { 'L', 8, 8 }, { 'n', 8, 8 }, { 'N', 8, 8 },
    { 'q', 8, 8 }, { 'Q', 8, 8 }, { '?', 1, 1 }, { 'e', 2, 2 }, { 'f', 4, 4 }, { 'd', 8, 8 }, { 'P', 8, 8 },
};
static const Kind standard_kinds[] = {
    { 'x', 1, 0 }, { 'b', 1, 0 }, { 'B', 1, 0 }, { 'c', 1, 0 }, { 's', 1, 0 }, { 'p', 1, 0 },
    { 'h', 2, 0 }, { 'H', 2, 0 }, { 'i', 4, 0 }, { 'I', 4, 0 }, { 'l', 4, 0 }, { 'L', 4, 0 },
    { 'q', 8, 0 }, { 'Q', 8, 0 }, { '?', 1, 0 }, { 'e', 2, 0 }, { 'f', 4, 0 }, { 'd', 8, 0 },
};

static Object *fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Object *message = str_format_va(format, arguments);
    va_end(arguments);
    return message ? raise_with((Type *)error_class, message) : NULL;
}

// ---- formats

typedef struct Parsing {
    const char *next;
    const Kind *kinds;
    size_t kind_count;
    bool big, native;
} Parsing;

static Parsing parse_prefix(const char *format) {
    Parsing p = { format, native_kinds, COUNT_OF(native_kinds), false, true };
    switch (*format) {
    case '@': p.next++; break;
    case '<':
    case '>':
    case '!':
    case '=':
        p = (Parsing){ format + 1, standard_kinds, COUNT_OF(standard_kinds), *format == '>' || *format == '!',
                       false };
        break;
    default: break;
    }
    return p;
}

// One item of the format: its kind and number. 1; 0 at the end; -1 with an exception.
static int parse_item(Parsing *p, const Kind **kind, ssize_t *number) {
    while (*p->next == ' ' || (*p->next >= '\t' && *p->next <= '\r')) {
        p->next++;
    }
    char c = *p->next;
    if (!c) {
        return 0;
    }
    p->next++;
    *number = 1;
    if (c >= '0' && c <= '9') {
        *number = c - '0';
        while ((c = *p->next) >= '0' && c <= '9') {
            p->next++;
            if (__builtin_mul_overflow(*number, 10, number) ||
                __builtin_add_overflow(*number, c - '0', number)) {
                fail("total struct size too long");
                return -1;
            }
        }
        if (!c) {
            fail("repeat count given without format specifier");
            return -1;
        }
        p->next++;
    }
    for (size_t i = 0; i < p->kind_count; i++) {
        if (p->kinds[i].code == c) {
            *kind = &p->kinds[i];
            return 1;
        }
    }
    fail("bad char in struct format");
    return -1;
}

static bool add_overflows(ssize_t *size, ssize_t number, ssize_t each) {
    ssize_t bytes;
    return __builtin_mul_overflow(number, each, &bytes) || __builtin_add_overflow(*size, bytes, size);
}

static bool align(ssize_t *size, const Kind *kind) {
    ssize_t alignment = kind->alignment;
    return alignment && (__builtin_add_overflow(*size, alignment - 1, size) || (*size &= -alignment) < 0);
}

// The compiled form of a format of NUL-free ASCII; NULL with struct.error or MemoryError.
static Program *compile_format(const char *format, ssize_t length) {
    if ((ssize_t)strlen(format) != length) {
        fail("embedded null character");
        return NULL;
    }
    Program *program = NULL;
    // The first pass counts, the second writes.
    for (int pass = 0; pass < 2; pass++) {
        Parsing p = parse_prefix(format);
        const Kind *kind;
        ssize_t number, size = 0, values = 0, runs = 0;
        int found;
        while ((found = parse_item(&p, &kind, &number)) > 0) {
            bool text = kind->code == 's' || kind->code == 'p', padding = kind->code == 'x';
            if (align(&size, kind)) {
                fail("total struct size too long");
                return NULL;
            }
            ssize_t offset = size;
            if (add_overflows(&size, number, kind->size)) {
                fail("total struct size too long");
                return NULL;
            }
            if (padding || (!text && !number)) {
                continue;
            }
            if (__builtin_add_overflow(values, text ? 1 : number, &values)) {
                fail("total struct size too long");
                return NULL;
            }
            if (program) {
                program->run[runs] = (Run){ kind, offset, text ? number : kind->size, text ? 1 : number };
            }
            runs++;
        }
        if (found < 0) {
            return NULL;
        }
        if (!program) {
            program = heap_alloc(sizeof *program + (size_t)runs * sizeof(Run), CELL_BYTES);
            if (!program) {
                return NULL;
            }
        }
        program->size = size;
        program->values = values;
        program->runs = runs;
        program->big = p.big;
        program->native = p.native;
    }
    return program;
}

// ---- values: 16-bit floats

static double half_to_double(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 31 ? fraction ? NAN : INFINITY
                   : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                  : ldexp(fraction, -24);
    return bits & 0x8000 ? -value : value;
}

// Rounds to nearest, ties to even. -1 without an exception when it is too large.
static int double_to_half(double value, uint16_t *bits) {
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    value = fabs(value);
    if (isnan(value)) {
        *bits = sign | 0x7e00;
        return 0;
    }
    if (isinf(value)) {
        *bits = sign | 0x7c00;
        return 0;
    }
    if (value == 0) {
        *bits = sign;
        return 0;
    }
    int exponent;
    frexp(value, &exponent);
    // The unit of the last place: 2**-24 for subnormal numbers.
    int unit = exponent - 11 < -24 ? -24 : exponent - 11;
    double scaled = nearbyint(ldexp(value, -unit));
    uint32_t fraction = (uint32_t)scaled;
    uint32_t result = unit == -24 ? fraction : fraction + ((uint32_t)(unit + 24) << 10);
    if (result >= 0x7c00) {
        return -1;
    }
    *bits = sign | (uint16_t)result;
    return 0;
}

// ---- values: packing

static void write_bits(const Program *program, char *out, uint64_t value, ssize_t size) {
    if (program->big) {
        value = __builtin_bswap64(value) >> (64 - 8 * size);
    }
    memcpy(out, &value, (size_t)size);
}

__attribute__((always_inline)) static inline uint64_t read_bits(const Program *program, const char *in,
                                                                ssize_t size) {
    uint64_t value = 0;
    memcpy(&value, in, (size_t)size);
    return program->big ? __builtin_bswap64(value) >> (64 - 8 * size) : value;
}

static int out_of_range(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Object *message = str_format_va(format, arguments);
    va_end(arguments);
    if (message) {
        raise_with((Type *)error_class, message);
    }
    return -1;
}

// The int to pack: the object itself or its __index__.
static Object *as_int(Object *value) {
    if (LIKELY(int_check(value))) {
        return value;
    }
    if (!number_check_index(value)) {
        return fail("required argument is not an integer");
    }
    return number_index(value);
}

// What __index__ gave is converted outside of the rule that makes every OverflowError a struct.error.
static int too_large_for(char code, Object *number, bool given) {
    if (given) {
        return out_of_range("int too large to convert");
    }
    raise_error(&exc_OverflowError,
                code == 'P' ? int_sign(number) < 0 ? "Python int too large to convert to C long"
                                                   : "Python int too large to convert to C unsigned long"
                : code == 'Q' && int_sign(number) < 0 ? "can't convert negative int to unsigned"
                                                      : "int too big to convert");
    return -1;
}

static int pack_int(const Program *program, const Run *run, char *out, Object *value) {
    char code = run->kind->code;
    Object *number = code == 'P' ? int_check(value) || number_check_index(value)
                                       ? number_index(value)
                                       : fail("required argument is not an integer")
                                 : as_int(value);
    if (!number) {
        return -1;
    }
    int overflow;
    int64_t v = int_as_i64(number, &overflow);
    bool is_unsigned = code >= 'A' && code <= 'Z' && code != 'P';
    ssize_t size = run->size;
    // python3.11 converts by functions of their own what is not laid out as the machine has it.
    bool foreign = program->big;
    bool fits_u64 = overflow ? overflow > 0 && int_bit_length(number) <= 64 : v >= 0;
    if (size == 8) {
        if (code != 'P' && is_unsigned ? !fits_u64 : overflow && !(code == 'P' && fits_u64)) {
            return code == 'P' || foreign ? too_large_for(code, number, int_check(value))
                                          : out_of_range("argument out of range");
        }
        write_bits(program, out, overflow ? int_to_u64_mask(number) : (uint64_t)v, 8);
        return 0;
    }
    int64_t least = is_unsigned ? 0 : -((int64_t)1 << (8 * size - 1));
    int64_t most = is_unsigned ? ((int64_t)1 << 8 * size) - 1 : ((int64_t)1 << (8 * size - 1)) - 1;
    bool by_u64 = code == 'I' || code == 'L' || (code == 'H' && foreign);
    if (by_u64 ? !fits_u64 : overflow) {
        return out_of_range("argument out of range");
    }
    if (overflow || v < least || v > most) {
        static const struct {
            char code;
            const char *name;
        } kinds[] = { { 'b', "byte" }, { 'B', "ubyte" }, { 'h', "short" }, { 'H', "ushort" } };
        for (size_t i = 0; i < (foreign ? 2 : COUNT_OF(kinds)); i++) {
            if (kinds[i].code == code) {
                return out_of_range("%s format requires %ld <= number <= %ld", kinds[i].name, least, most);
            }
        }
        return out_of_range("'%c' format requires %ld <= number <= %ld", code, least, most);
    }
    write_bits(program, out, (uint64_t)v, size);
    return 0;
}

static int float_too_large(Object *value, char code) {
    if (int_check(value)) {
        return out_of_range("int too large to convert");
    }
    raise_error(&exc_OverflowError, "float too large to pack with %c format", code);
    return -1;
}

static int pack_float(const Program *program, const Run *run, char *out, Object *value) {
    double d = value->type == &float_type ? float_value(value) : float_as_double(value);
    if (UNLIKELY(d == -1.0) && error_occurred()) {
        error_clear();
        return out_of_range("required argument is not a float");
    }
    if (run->size == 8) {
        uint64_t bits;
        memcpy(&bits, &d, 8);
        write_bits(program, out, bits, 8);
    } else if (run->size == 4) {
        float f = (float)d;
        if (isinf(f) && !isinf(d) && !program->native) {
            return float_too_large(value, 'f');
        }
        uint32_t bits;
        memcpy(&bits, &f, 4);
        write_bits(program, out, bits, 4);
    } else {
        uint16_t bits;
        if (double_to_half(d, &bits) < 0) {
            return float_too_large(value, 'e');
        }
        write_bits(program, out, bits, 2);
    }
    return 0;
}

// `s` and `p`: cut off or filled with zeros. The output is zeroed already.
static int pack_text(const Run *run, char *out, Object *value) {
    bool pascal = run->kind->code == 'p';
    Buffer view;
    if (!bytes_check(value) && !bytearray_check(value)) {
        return out_of_range("argument for '%c' must be a bytes object", run->kind->code);
    }
    if (object_get_buffer(value, &view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    ssize_t room = pascal ? run->size - 1 : run->size;
    ssize_t length = view.length < room ? view.length : room;
    if (length > 0) {
        memcpy(out + pascal, view.data, (size_t)length);
    }
    if (pascal && run->size > 0) {
        *out = (char)(length > 255 ? 255 : length);
    }
    buffer_release(&view);
    return 0;
}

static int pack_value(const Program *program, const Run *run, char *out, Object *value) {
    switch (run->kind->code) {
    case 'e':
    case 'f':
    case 'd': return pack_float(program, run, out, value);
    case '?': {
        int truth = object_is_true(value);
        *out = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    case 'c':
        if (!bytes_check(value) || bytes_length(value) != 1) {
            return out_of_range("char format requires a bytes object of length 1");
        }
        *out = bytes_data(value)[0];
        return 0;
    case 's':
    case 'p': return pack_text(run, out, value);
    default: return pack_int(program, run, out, value);
    }
}

// Packs all values into `out`, which is zeroed here.
static int pack_all(const Program *program, char *out, Object *const *values) {
    memset(out, 0, (size_t)program->size);
    for (ssize_t i = 0; i < program->runs; i++) {
        const Run *run = &program->run[i];
        char *place = out + run->offset;
        for (ssize_t k = 0; k < run->repeat; k++, place += run->size) {
            if (pack_value(program, run, place, *values++) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

// ---- values: unpacking

// An int as long as it has one digit, in line.
static inline Object *short_int(int64_t value) {
    if ((uint64_t)(value - INT_SMALL_LEAST) <= INT_SMALL_MOST - INT_SMALL_LEAST) {
        return (Object *)&int_small_table[value - INT_SMALL_LEAST];
    }
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    Int *result = LIKELY(magnitude <= INT_MASK) ? heap_alloc(sizeof(Int), CELL_LEAF) : NULL;
    if (UNLIKELY(!result)) {
        return int_from_i64(value);
    }
    result->var.base.refcount = REFCOUNT_INITIAL;
    result->var.base.type = &int_type;
    result->var.size = value < 0 ? -1 : 1;
    result->digits[0] = (uint32_t)magnitude;
    return (Object *)result;
}

// The words of one size are read in line, so that their size is known there.
static inline Object *unpack_value(const Program *program, const Run *run, const char *in) {
    switch (run->kind->code) {
    case 'b': return short_int(*(const int8_t *)in);
    case 'B': return short_int(*(const uint8_t *)in);
    case 'h': return short_int((int16_t)read_bits(program, in, 2));
    case 'H': return short_int((uint16_t)read_bits(program, in, 2));
    case 'I':
    case 'L':
        return run->size == 4 ? short_int((uint32_t)read_bits(program, in, 4))
                              : int_from_u64(read_bits(program, in, 8));
    case 'i':
    case 'l':
    case 'q':
    case 'n':
        return short_int(run->size == 4 ? (int32_t)read_bits(program, in, 4)
                                        : (int64_t)read_bits(program, in, 8));
    case '?': return bool_from(*in != 0);
    case 'c': return bytes_from(in, 1);
    case 's': return bytes_from(in, run->size);
    case 'p': {
        if (run->size == 0) {
            return bytes_from(in, 0);
        }
        ssize_t length = *(const uint8_t *)in;
        return bytes_from(in + 1, length < run->size ? length : run->size - 1);
    }
    case 'e': return float_from_double(half_to_double((uint16_t)read_bits(program, in, 2)));
    case 'f': {
        uint32_t bits = (uint32_t)read_bits(program, in, 4);
        float value;
        memcpy(&value, &bits, 4);
        return float_from_double(value);
    }
    case 'd': {
        uint64_t bits = read_bits(program, in, 8);
        double value;
        memcpy(&value, &bits, 8);
        return float_from_double(value);
    }
    default: return int_from_u64(read_bits(program, in, run->size));
    }
}

// Many ints of one size whose values all fit int64_t.
__attribute__((always_inline)) static inline int unpack_ints(const char *in, ssize_t count, ssize_t size,
                                                             bool big, bool is_signed, Object *tuple,
                                                             ssize_t at) {
    for (ssize_t k = 0; k < count; k++, in += size) {
        uint64_t bits = 0;
        memcpy(&bits, in, (size_t)size);
        bits = big ? __builtin_bswap64(bits) >> (64 - 8 * size) : bits;
        int64_t value = !is_signed  ? (int64_t)bits
                        : size == 2 ? (int16_t)bits
                        : size == 4 ? (int32_t)bits
                                    : (int64_t)bits;
        Object *item = short_int(value);
        if (UNLIKELY(!item)) {
            return -1;
        }
        tuple_init(tuple, at + k, item);
    }
    return 0;
}

// A run of several values, in a loop of its own where the kind has one.
static int unpack_run(const Program *program, const Run *run, const char *in, Object *tuple, ssize_t at) {
    bool big = program->big;
    switch (run->size) {
#define CASE(size, is_signed) \
    (big ? unpack_ints(in, run->repeat, size, true, is_signed, tuple, at) \
         : unpack_ints(in, run->repeat, size, false, is_signed, tuple, at))
    case 2:
        if (run->kind->code == 'h' || run->kind->code == 'H') {
            return run->kind->code == 'h' ? CASE(2, true) : CASE(2, false);
        }
        break;
    case 4:
        if (strchr("il", run->kind->code)) {
            return CASE(4, true);
        }
        if (strchr("IL", run->kind->code)) {
            return CASE(4, false);
        }
        break;
    case 8:
        if (strchr("lqn", run->kind->code)) {
            return CASE(8, true);
        }
        break;
#undef CASE
    default: break;
    }
    for (ssize_t k = 0; k < run->repeat; k++, in += run->size) {
        Object *value = unpack_value(program, run, in);
        if (!value) {
            return -1;
        }
        tuple_init(tuple, at + k, value);
    }
    return 0;
}

// A few values are collected first: their tuple is the last thing made (TypeSpec.fresh_tuples), and is filled at once.
static Object *unpack_few(const Program *program, const char *in) {
    Object *values[FRESH_TUPLE_MOST] = { 0 };
    ssize_t count = 0;
    for (ssize_t i = 0; i < program->runs; i++) {
        const Run *run = &program->run[i];
        const char *place = in + run->offset;
        for (ssize_t k = 0; k < run->repeat; k++, place += run->size) {
            if (UNLIKELY(!(values[count++] = unpack_value(program, run, place)))) {
                return NULL;
            }
        }
    }
    return tuple_from_array(values, count);
}

static Object *unpack_all(const Program *program, const char *in) {
    if (program->values <= FRESH_TUPLE_MOST) {
        return unpack_few(program, in);
    }
    Object *tuple = tuple_new(program->values);
    ssize_t at = 0;
    for (ssize_t i = 0; tuple && i < program->runs; i++) {
        const Run *run = &program->run[i];
        if (run->repeat > 1) {
            if (unpack_run(program, run, in + run->offset, tuple, at) < 0) {
                return NULL;
            }
            at += run->repeat;
        } else if (run->repeat == 1) {
            Object *value = unpack_value(program, run, in + run->offset);
            if (!value) {
                return NULL;
            }
            tuple_init(tuple, at++, value);
        }
    }
    return tuple;
}

// ---- Struct

static Program *program_of(Object *self) {
    return __atomic_load_n(&((Struct *)self)->program, __ATOMIC_ACQUIRE);
}

// A Struct whose __init__ never ran: no size, no values.
static ssize_t program_size(const Program *program) {
    return program ? program->size : -1;
}

static int struct_set_format(Object *self, Object *format) {
    if (str_check(format)) {
        format = str_encode(format, "ascii", NULL);
        if (!format) {
            return -1;
        }
    } else if (!bytes_check(format)) {
        raise_error(&exc_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200s",
                    format->type->name);
        return -1;
    }
    Program *program = compile_format(bytes_data(format), bytes_length(format));
    if (!program) {
        return -1;
    }
    gc_store(self, &((Struct *)self)->format, format);
    gc_store(self, &((Struct *)self)->program, program);
    return 0;
}

static Object *struct_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames; // __init__'s
    return object_alloc(type);
}

static int struct_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[1];
    if (signature_bind(&signature, "Struct", "|(format)", args, nargs, kwnames, bound) < 0) {
        return -1;
    }
    return struct_set_format(self, bound[0]);
}

static Object *struct_pack(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Program *program = program_of(self);
    if (arguments_no_keywords("Struct.pack", kwnames) < 0) {
        return NULL;
    }
    if (!program || (ssize_t)nargs != program->values) {
        return fail("pack expected %zd items for packing (got %zd)", program ? program->values : (ssize_t)-1,
                    (ssize_t)nargs);
    }
    Object *result = bytes_new(program->size);
    return result && pack_all(program, bytes_data(result), args) == 0 ? result : NULL;
}

// The place of `size` bytes at `offset`, which counts from the end when it is negative.
static char *place_in(Buffer *view, ssize_t offset, ssize_t size, bool packing) {
    const char *verb = packing ? "pack" : "unpack";
    if (offset < 0) {
        if (offset + size > 0) {
            fail(packing ? "no space to pack %zd bytes at offset %zd"
                         : "not enough data to unpack %zd bytes at offset %zd",
                 size, offset);
            return NULL;
        }
        if (offset + view->length < 0) {
            fail("offset %zd out of range for %zd-byte buffer", offset, view->length);
            return NULL;
        }
        offset += view->length;
    }
    if (view->length - offset < size) {
        fail("%s requires a buffer of at least %zu bytes for %sing %zd bytes at offset %zd "
             "(actual buffer size is %zd)",
             packing ? "pack_into" : "unpack_from", (size_t)offset + (size_t)size, verb, size, offset,
             view->length);
        return NULL;
    }
    return (char *)view->data + offset;
}

static Object *struct_pack_into(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Program *program = program_of(self);
    ssize_t values = program ? program->values : -1;
    if (arguments_no_keywords("Struct.pack_into", kwnames) < 0) {
        return NULL;
    }
    if ((ssize_t)nargs != values + 2) {
        return nargs == 0 ? fail("pack_into expected buffer argument")
               : nargs == 1
                   ? fail("pack_into expected offset argument")
                   : fail("pack_into expected %zd items for packing (got %zd)", values, (ssize_t)nargs - 2);
    }
    Buffer view;
    if (object_get_buffer(args[0], &view, BUFFER_WRITABLE) < 0) {
        error_clear();
        return raise_error(&exc_TypeError, "argument must be read-write bytes-like object, not %.200s",
                           args[0]->type->name);
    }
    ssize_t offset = number_as_ssize(args[1], &exc_IndexError);
    char *place = offset == -1 && error_occurred() ? NULL : place_in(&view, offset, program->size, true);
    int status = place ? pack_all(program, place, args + 2) : -1;
    buffer_release(&view);
    return status < 0 ? NULL : (Object *)NONE;
}

static Object *struct_unpack(Object *self, Object *buffer) {
    Program *program = program_of(self);
    Buffer view;
    if (object_get_buffer(buffer, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    Object *result = view.length == program_size(program)
                         ? unpack_all(program, view.data)
                         : fail("unpack requires a buffer of %zd bytes", program_size(program));
    buffer_release(&view);
    return result;
}

static Object *struct_unpack_from(Object *self, Object *buffer, Object *offset_object) {
    Program *program = program_of(self);
    Buffer view;
    if (object_get_buffer(buffer, &view, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    ssize_t offset = offset_object ? number_to_ssize(offset_object) : 0;
    if (offset == -1 && error_occurred()) {
        buffer_release(&view);
        return NULL;
    }
    const char *place = program ? place_in(&view, offset, program->size, false)
                                : (char *)fail("unpack_from requires a Struct with a format");
    Object *result = place ? unpack_all(program, place) : NULL;
    buffer_release(&view);
    return result;
}

static Object *struct_iter_unpack(Object *self, Object *buffer) {
    Program *program = program_of(self);
    if (program_size(program) <= 0) {
        return fail("cannot iteratively unpack with a struct of length %zd", program_size(program));
    }
    UnpackIterator *iterator = (UnpackIterator *)object_alloc(&unpack_iterator_type);
    if (!iterator || object_get_buffer(buffer, &iterator->buffer, BUFFER_SIMPLE) < 0) {
        return NULL;
    }
    gc_store(iterator, &iterator->buffer.object, iterator->buffer.object);
    if (iterator->buffer.length % program->size) {
        buffer_release(&iterator->buffer);
        return fail("iterative unpacking requires a buffer of a multiple of %zd bytes", program->size);
    }
    gc_store(iterator, &iterator->structure, self);
    gc_store(iterator, &iterator->program, program);
    return (Object *)iterator;
}

static Object *struct_sizeof(Object *self) {
    Program *program = program_of(self);
    ssize_t runs = program ? program->runs : 0;
    return int_from_ssize(type_reported_size(self->type) + (runs + 1) * (ssize_t)sizeof(Run));
}

static BuiltinDef struct_methods[] = {
    BUILTIN("iter_unpack", struct_iter_unpack, "($self, buffer, /)", 0, NULL),
    BUILTIN("pack", struct_pack, NULL, 0, NULL),
    BUILTIN("pack_into", struct_pack_into, NULL, 0, NULL),
    BUILTIN("unpack", struct_unpack, "($self, buffer, /)", 0, NULL),
    BUILTIN("unpack_from", struct_unpack_from, "($self, /, buffer, offset=0)", 0, NULL),
    BUILTIN("__sizeof__", struct_sizeof, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static Object *struct_get_format(Object *self, void *closure) {
    (void)closure;
    Object *format = ((Struct *)self)->format;
    return format ? str_from_latin1((const uint8_t *)bytes_data(format), bytes_length(format)) : str_empty();
}

static Object *struct_get_size(Object *self, void *closure) {
    (void)closure;
    return int_from_ssize(program_size(program_of(self)));
}

static GetSetDef struct_getsets[] = {
    { "format", struct_get_format, NULL, NULL, NULL },
    { "size", struct_get_size, NULL, NULL, NULL },
    { 0 },
};

static void struct_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Struct *)self)->program);
    trace_cell(tracer, ((Struct *)self)->format);
}

static const TypeSpec struct_spec = {
    .name = "_struct.Struct",
    .basic_size = sizeof(Struct),
    .weaklist_offset = offsetof(Struct, weaklist),
    .flags = TF_BASE | TF_GC,
    .methods = struct_methods,
    .getsets = struct_getsets,
    .trace = struct_trace,
    .slots = { .new = struct_new, .init = struct_init },
};

// ---- unpack_iterator

static void unpack_iterator_trace(Object *self, Tracer *tracer) {
    UnpackIterator *iterator = (UnpackIterator *)self;
    trace_cell(tracer, iterator->structure);
    trace_cell(tracer, iterator->program);
    trace_cell(tracer, iterator->buffer.object);
}

static Object *unpack_iterator_next(Object *self) {
    UnpackIterator *iterator = (UnpackIterator *)self;
    ssize_t size = iterator->program->size;
    ssize_t position = __atomic_load_n(&iterator->position, __ATOMIC_RELAXED);
    do {
        if (position >= iterator->buffer.length) {
            return NULL;
        }
        if (LIKELY(!runtime_multithreaded)) {
            iterator->position = position + size;
            break;
        }
    } while (!__atomic_compare_exchange_n(&iterator->position, &position, position + size, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return unpack_all(iterator->program, (const char *)iterator->buffer.data + position);
}

static Object *unpack_iterator_length_hint(Object *self) {
    UnpackIterator *iterator = (UnpackIterator *)self;
    return int_from_ssize((iterator->buffer.length - iterator->position) / iterator->program->size);
}

static BuiltinDef unpack_iterator_methods[] = {
    BUILTIN("__length_hint__", unpack_iterator_length_hint, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static void unpack_iterator_finalize(Object *self) {
    // Another finalizer may have brought it back.
    UnpackIterator *iterator = (UnpackIterator *)self;
    __atomic_store_n(&iterator->position, iterator->buffer.length, __ATOMIC_RELAXED);
    buffer_release(&iterator->buffer);
}

static Object *itself(Object *self) {
    return self;
}

static const TypeSpec unpack_iterator_spec = {
    .name = "_struct.unpack_iterator",
    .basic_size = sizeof(UnpackIterator),
    .flags = TF_GC,
    .methods = unpack_iterator_methods,
    .trace = unpack_iterator_trace,
    .fresh_tuples = true,
    .slots = { .iter = itself, .next = unpack_iterator_next, .finalize = unpack_iterator_finalize },
};

// ---- the module's functions

enum { MOST_CACHED = 100 };

static Object *cached_struct(Object *format) {
    Object *dict = cache;
    Object *found = str_check_exact(format) || bytes_check(format) ? dict_get(dict, format) : NULL;
    if (found) {
        return found;
    }
    if (error_occurred()) {
        return NULL;
    }
    Object *structure = object_alloc(&struct_type);
    if (!structure || struct_set_format(structure, format) < 0) {
        return NULL;
    }
    if (dict_size(dict) >= MOST_CACHED) {
        dict_clear(dict);
    }
    return dict_set(dict, format, structure) < 0 ? NULL : structure;
}

// pack() and pack_into(): the format is the first of the arguments.
static Object *with_format(Object *(*function)(Object *, Object *const *, size_t, Object *), const char *name,
                           Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords(name, kwnames) < 0) {
        return NULL;
    }
    if (!nargs) {
        return raise_error(&exc_TypeError, "missing format argument");
    }
    Object *structure = cached_struct(args[0]);
    return structure ? function(structure, args + 1, nargs - 1, NULL) : NULL;
}

static Object *module_pack(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    return with_format(struct_pack, "_struct.pack", args, nargs, kwnames);
}

static Object *module_pack_into(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    return with_format(struct_pack_into, "_struct.pack_into", args, nargs, kwnames);
}

static Object *module_unpack(Object *module, Object *format, Object *buffer) {
    (void)module;
    Object *structure = cached_struct(format);
    return structure ? struct_unpack(structure, buffer) : NULL;
}

static Object *module_unpack_from(Object *module, Object *format, Object *buffer, Object *offset) {
    (void)module;
    Object *structure = cached_struct(format);
    return structure ? struct_unpack_from(structure, buffer, offset) : NULL;
}

static Object *module_iter_unpack(Object *module, Object *format, Object *buffer) {
    (void)module;
    Object *structure = cached_struct(format);
    return structure ? struct_iter_unpack(structure, buffer) : NULL;
}

static Object *module_calcsize(Object *module, Object *format) {
    (void)module;
    Object *structure = cached_struct(format);
    return structure ? int_from_ssize(program_of(structure)->size) : NULL;
}

static Object *module_clearcache(Object *module) {
    (void)module;
    dict_clear(cache);
    return (Object *)NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("_clearcache", module_clearcache, "($module, /)", 0, NULL),
    BUILTIN("calcsize", module_calcsize, "($module, format, /)", 0, NULL),
    BUILTIN("iter_unpack", module_iter_unpack, "($module, format, buffer, /)", 0, NULL),
    BUILTIN("pack", module_pack, NULL, 0, NULL),
    BUILTIN("pack_into", module_pack_into, NULL, 0, NULL),
    BUILTIN("unpack", module_unpack, "($module, format, buffer, /)", 0, NULL),
    BUILTIN("unpack_from", module_unpack_from, "($module, format, /, buffer, offset=0)", 0, NULL),
    BUILTIN_END,
};

static int struct_exec(Object *module) {
    if (!cache) {
        heap_add_root(&cache, 1);
        heap_add_root(&error_class, 1);
        cache = dict_new();
        error_class = exception_class_new("struct.error", &exc_Exception);
        if (!cache || !error_class || type_ready(&unpack_iterator_type, &unpack_iterator_spec) < 0) {
            return -1;
        }
    }
    return module_add_type(module, &struct_type, &struct_spec) < 0 ? -1
                                                                   : module_add(module, "error", error_class);
}

const ModuleSpec module_struct = { "_struct", NULL, functions, struct_exec };
