// binascii: hexadecimal, base64, uuencode, quoted-printable, and the two checksums.

#include "base/checksum.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes_private.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/polling.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

static Object *error_class, *incomplete_class;

static Object *fail(const char *format, ssize_t n) {
    return raise_error((Type *)error_class, format, n);
}

// The bytes of an argument; an ASCII str counts as its bytes where `text` says so.
static int open_data(Object *o, BytesView *v, bool text) {
    v->exported = false;
    if (text && str_check(o)) {
        if (!str_is_ascii(o)) {
            raise_error(&exc_ValueError, "string argument should contain only ASCII characters");
            return -1;
        }
        v->data = str_data(o);
        v->length = str_length(o);
        return 0;
    }
    if (text && !buffer_check(o)) {
        raise_error(&exc_TypeError, "argument should be bytes, buffer or ASCII string, not '%T'", o);
        return -1;
    }
    return bytes_view(o, v);
}

static int hex_digit(uint8_t c) {
    return c - '0' < 10u ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static Object *b2a_hex(Object *module, Object *data, Object *separator, Object *per_group) {
    BytesView v = { 0 };
    if (per_group && bytearray_check(data)) {
        // It keeps its size while the number is asked for.
        if (object_get_steady_buffer(data, &v.buffer) < 0) {
            return NULL;
        }
        v.data = v.buffer.data;
        v.length = v.buffer.length;
        v.exported = true;
    } else if (open_data(data, &v, false) < 0) {
        return NULL;
    }
    Object *text = bytes_hex(v.data, v.length, separator, per_group, true);
    bytes_view_release(&v);
    return text;
}

static Object *a2b_hex(Object *module, Object *text) {
    BytesView v;
    if (open_data(text, &v, true) < 0) {
        return NULL;
    }
    Object *result = v.length & 1 ? fail("Odd-length string", 0) : bytes_new(v.length / 2);
    for (ssize_t i = 0; result && i < v.length; i += 2) {
        int high = hex_digit((uint8_t)v.data[i]), low = hex_digit((uint8_t)v.data[i + 1]);
        if (high < 0 || low < 0) {
            result = fail("Non-hexadecimal digit found", 0);
            break;
        }
        if (poll_at(i) < 0) {
            result = NULL;
            break;
        }
        bytes_data(result)[i / 2] = (char)(high << 4 | low);
    }
    bytes_view_release(&v);
    return result;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static Object *b2a_base64(Object *module, Object *data, Object *newline) {
    int line = newline ? object_is_true(newline) : 1;
    BytesView v;
    if (line < 0 || open_data(data, &v, false) < 0) {
        return NULL;
    }
    Object *result = v.length > SSIZE_LIMIT / 2 ? raise_memory_error()
                                                : bytes_new((v.length + 2) / 3 * 4 + line);
    if (result) {
        const uint8_t *p = (const uint8_t *)v.data;
        char *out = bytes_data(result);
        ssize_t i = 0;
        for (; i + 3 <= v.length; i += 3, out += 4) {
            uint32_t x = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
            out[0] = base64_digits[x >> 18];
            out[1] = base64_digits[x >> 12 & 63];
            out[2] = base64_digits[x >> 6 & 63];
            out[3] = base64_digits[x & 63];
            if (poll_at(i) < 0) {
                bytes_view_release(&v);
                return NULL;
            }
        }
        for (; i < v.length; i += 3) {
            uint32_t x = (uint32_t)p[i] << 16 | (i + 1 < v.length ? (uint32_t)p[i + 1] << 8 : 0) |
                         (i + 2 < v.length ? p[i + 2] : 0);
            *out++ = base64_digits[x >> 18];
            *out++ = base64_digits[x >> 12 & 63];
            *out++ = i + 1 < v.length ? base64_digits[x >> 6 & 63] : '=';
            *out++ = i + 2 < v.length ? base64_digits[x & 63] : '=';
        }
        if (line) {
            *out = '\n';
        }
    }
    bytes_view_release(&v);
    return result;
}

// One more than the value of each digit, 0 for what is none.
static const int8_t base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
static inline int base64_value(uint8_t c) {
    return base64_values[c] - 1;
}

// A flag, which must be an int; -1 with an exception.
static int read_flag(Object *o, int otherwise) {
    if (!o) {
        return otherwise;
    }
    int value = int_to_c_int(o);
    return value == -1 && error_occurred() ? -1 : value != 0;
}

static Object *a2b_base64(Object *module, Object *data, Object *strict_mode) {
    BytesView v;
    if (open_data(data, &v, true) < 0) {
        return NULL;
    }
    int strict = read_flag(strict_mode, 0);
    if (strict < 0) {
        bytes_view_release(&v);
        return NULL;
    }
    const char *problem = NULL;
    Object *result = bytes_new((v.length + 3) / 4 * 3 + 1);
    ssize_t n = 0;
    int quad = 0, pads = 0;
    bool padding = false;
    uint8_t left = 0;
    if (strict && v.length && v.data[0] == '=') {
        problem = "Leading padding not allowed";
    }
    ssize_t i = 0;
    // whole groups of four digits, as far as there is nothing else
    for (; result && !problem && i + 4 <= v.length; i += 4, n += 3) {
        int value[4];
        for (int k = 0; k < 4; k++) {
            value[k] = base64_value((uint8_t)v.data[i + k]);
        }
        if ((value[0] | value[1] | value[2] | value[3]) < 0) {
            break;
        }
        char *out = bytes_data(result) + n;
        out[0] = (char)(value[0] << 2 | value[1] >> 4);
        out[1] = (char)(value[1] << 4 | value[2] >> 2);
        out[2] = (char)(value[2] << 6 | value[3]);
        if (poll_at(i) < 0) {
            result = NULL;
            break;
        }
    }
    for (; result && !problem && i < v.length; i++) {
        uint8_t c = (uint8_t)v.data[i];
        if (poll_at(i) < 0) {
            result = NULL;
            break;
        }
        if (c == '=') {
            padding = true;
            if (quad >= 2 && quad + ++pads >= 4) {
                if (strict && i + 1 < v.length) {
                    problem = "Excess data after padding";
                }
                goto finished;
            }
            continue;
        }
        int value = base64_value(c);
        if (value < 0) {
            if (strict) {
                problem = "Only base64 data is allowed";
            }
            continue;
        }
        if (strict && padding) {
            problem = "Discontinuous padding not allowed";
            break;
        }
        pads = 0;
        char *out = bytes_data(result);
        switch (quad) {
        case 0:
            quad = 1;
            left = (uint8_t)value;
            break;
        case 1:
            quad = 2;
            out[n++] = (char)(left << 2 | value >> 4);
            left = value & 15;
            break;
        case 2:
            quad = 3;
            out[n++] = (char)(left << 4 | value >> 2);
            left = value & 3;
            break;
        default:
            quad = 0;
            out[n++] = (char)(left << 6 | value);
            left = 0;
        }
    }
    if (result && !problem && quad) {
        result = quad == 1
                     ? fail("Invalid base64-encoded string: number of data characters (%zd) cannot be 1 "
                            "more than a multiple of 4",
                            n / 3 * 4 + 1)
                     : fail("Incorrect padding", 0);
    }
finished:
    bytes_view_release(&v);
    if (problem) {
        return fail(problem, 0);
    }
    return result ? bytes_from(bytes_data(result), n) : NULL;
}

static Object *b2a_uu(Object *module, Object *data, Object *backtick) {
    int tick = backtick ? object_is_true(backtick) : 0;
    BytesView v;
    if (tick < 0 || open_data(data, &v, false) < 0) {
        return NULL;
    }
    Object *result = v.length > 45 ? fail("At most 45 bytes at once", 0)
                                   : bytes_new(2 + (v.length + 2) / 3 * 4);
    if (result) {
        const uint8_t *p = (const uint8_t *)v.data;
        char *out = bytes_data(result);
        *out++ = tick && !v.length ? '`' : (char)(' ' + v.length);
        for (ssize_t i = 0; i < v.length; i += 3) {
            uint32_t x = (uint32_t)p[i] << 16 | (i + 1 < v.length ? (uint32_t)p[i + 1] << 8 : 0) |
                         (i + 2 < v.length ? p[i + 2] : 0);
            for (int shift = 18; shift >= 0; shift -= 6) {
                uint32_t six = x >> shift & 63;
                *out++ = tick && !six ? '`' : (char)(six + ' ');
            }
        }
        *out = '\n';
    }
    bytes_view_release(&v);
    return result;
}

static Object *a2b_uu(Object *module, Object *data) {
    BytesView v;
    if (open_data(data, &v, true) < 0) {
        return NULL;
    }
    const uint8_t *p = (const uint8_t *)v.data;
    ssize_t left = v.length, length = ((left ? p[0] : 0) - ' ') & 63, n = 0;
    if (left) {
        p++;
        left--;
    }
    Object *result = bytes_new(length);
    const char *problem = NULL;
    uint32_t bits = 0;
    int count = 0;
    while (result && !problem && n < length) {
        bool at_end = left <= 0;
        uint8_t c = at_end ? 0 : *p;
        if (left > 0) {
            p++;
            left--;
        }
        if (at_end || c == '\n' || c == '\r') {
            c = 0;  // what is missing of a line counts as zeros
        } else if (c < ' ' || c > ' ' + 64) {
            problem = "Illegal char";
            break;
        } else {
            c = (c - ' ') & 63;
        }
        bits = bits << 6 | c;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes_data(result)[n++] = (char)(bits >> count);
            bits &= (1u << count) - 1;
        }
    }
    for (; result && !problem && left > 0; left--, p++) {
        if (*p != ' ' && *p != ' ' + 64 && *p != '\n' && *p != '\r') {
            problem = "Trailing garbage";
        }
    }
    bytes_view_release(&v);
    return problem ? fail(problem, 0) : result;
}

static Object *crc_hqx(Object *module, Object *data, Object *start) {
    BytesView v;
    if (open_data(data, &v, false) < 0) {
        return NULL;
    }
    uint64_t value = int_to_u64_mask(start);
    if (error_occurred()) {
        bytes_view_release(&v);
        return NULL;
    }
    uint32_t crc = value & 0xffff;
    for (ssize_t i = 0; i < v.length; i++) {
        if (poll_at(i) < 0) {
            bytes_view_release(&v);
            return NULL;
        }
        // All eight steps of x^16 + x^12 + x^5 + 1 at once.
        uint32_t byte = crc >> 8 ^ (uint8_t)v.data[i];
        byte ^= byte >> 4;
        crc = (crc << 8 ^ byte << 12 ^ byte << 5 ^ byte) & 0xffff;
    }
    bytes_view_release(&v);
    return int_from_i64(crc);
}

static Object *crc32_(Object *module, Object *data, Object *start) {
    BytesView v;
    if (open_data(data, &v, false) < 0) {
        return NULL;
    }
    uint64_t value = start ? int_to_u64_mask(start) : 0;
    if (error_occurred()) {
        bytes_view_release(&v);
        return NULL;
    }
    uint32_t crc = (uint32_t)value;
    int status = 0;
    for (ssize_t done = 0; done < v.length && !status; done += POLL_STRETCH) {
        ssize_t piece = v.length - done < POLL_STRETCH ? v.length - done : POLL_STRETCH;
        crc = checksum_crc32(crc, (const uint8_t *)v.data + done, (size_t)piece);
        status = piece == POLL_STRETCH ? safepoint() : 0;
    }
    bytes_view_release(&v);
    return status < 0 ? NULL : int_from_i64(crc);
}

static Object *a2b_qp(Object *module, Object *data, Object *header_object) {
    BytesView v;
    if (open_data(data, &v, true) < 0) {
        return NULL;
    }
    int header = read_flag(header_object, 0);
    if (header < 0) {
        bytes_view_release(&v);
        return NULL;
    }
    BytesBuilder b = { 0 };
    int status = bytes_builder_reserve(&b, (size_t)v.length + 1);
    const char *p = v.data;
    ssize_t polled = 0;
    for (ssize_t i = 0; !status && i < v.length;) {
        if ((status = poll_past(i, &polled)) < 0) {
            break;
        }
        char c = p[i];
        if (c == '=') {
            if (++i >= v.length) {
                break;
            }
            if (p[i] == '\n' || p[i] == '\r') {  // soft line break
                while (i < v.length && p[i] != '\n') {
                    i++;
                }
                i++;
                continue;
            }
            if (p[i] == '=') {
                i++;
            } else if (i + 1 < v.length && hex_digit((uint8_t)p[i]) >= 0 &&
                       hex_digit((uint8_t)p[i + 1]) >= 0) {
                c = (char)(hex_digit((uint8_t)p[i]) << 4 | hex_digit((uint8_t)p[i + 1]));
                i += 2;
            }
        } else {
            c = header && c == '_' ? ' ' : c;
            i++;
        }
        status = bytes_builder_add(&b, &c, 1);
    }
    bytes_view_release(&v);
    return status ? NULL : bytes_builder_finish(&b);
}

static Object *b2a_qp(Object *module, Object *data, Object *quotetabs, Object *istext,
                      Object *header_object) {
    BytesView v;
    if (open_data(data, &v, false) < 0) {
        return NULL;
    }
    int tabs = read_flag(quotetabs, 0);
    int is_text = tabs < 0 ? -1 : read_flag(istext, 1);
    int header = is_text < 0 ? -1 : read_flag(header_object, 0);
    if (header < 0) {
        bytes_view_release(&v);
        return NULL;
    }
    const uint8_t *p = (const uint8_t *)v.data;
    ssize_t n = v.length;
    const uint8_t *first_line = n ? memchr(p, '\n', (size_t)n) : NULL;
    bool crlf = first_line && first_line > p && first_line[-1] == '\r';
    BytesBuilder b = { 0 };
    int status = bytes_builder_reserve(&b, (size_t)n + 16), column = 0;
    ssize_t polled = 0;
    for (ssize_t i = 0; !status && i < n;) {
        if ((status = poll_past(i, &polled)) < 0) {
            break;
        }
        uint8_t c = p[i];
        bool line_end = i + 1 == n || p[i + 1] == '\n' || (p[i + 1] == '\r' && i + 2 < n && p[i + 2] == '\n');
        if (c > 126 || c == '=' || (header && c == '_') ||
            (c == '.' && column == 0 &&
             (i + 1 == n || p[i + 1] == '\n' || p[i + 1] == '\r' || p[i + 1] == 0)) ||
            (!is_text && (c == '\r' || c == '\n')) || ((c == '\t' || c == ' ') && i + 1 == n) ||
            (c < 33 && c != '\r' && c != '\n' && c != '\t' && c != ' ') ||
            (tabs && (c == '\t' || c == ' '))) {
            if (column + 3 >= 76) {
                status = bytes_builder_add(&b, crlf ? "=\r\n" : "=\n", crlf ? 3 : 2);
                column = 0;
            }
            char text[4];
            snprintf(text, sizeof text, "=%02X", c);
            status = status ? status : bytes_builder_add(&b, text, 3);
            column += 3;
            i++;
        } else if (is_text && (c == '\n' || (c == '\r' && i + 1 < n && p[i + 1] == '\n'))) {
            column = 0;
            if (b.length &&
                (bytes_data(b.buffer)[b.length - 1] == ' ' || bytes_data(b.buffer)[b.length - 1] == '\t')) {
                char last = bytes_data(b.buffer)[--b.length];
                status = bytes_builder_add(&b, last == ' ' ? "=20" : "=09", 3);
            }
            status = status ? status : bytes_builder_add(&b, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
            i += c == '\r' ? 2 : 1;
        } else {
            if (!line_end && column + 1 >= 76) {
                status = bytes_builder_add(&b, crlf ? "=\r\n" : "=\n", crlf ? 3 : 2);
                column = 0;
            }
            c = header && c == ' ' ? '_' : c;
            status = status ? status : bytes_builder_add(&b, &c, 1);
            column++;
            i++;
        }
    }
    bytes_view_release(&v);
    return status ? NULL : bytes_builder_finish(&b);
}

static BuiltinDef functions[] = {
    BUILTIN("a2b_uu", a2b_uu, "($module, data, /)", 0, NULL),
    BUILTIN("b2a_uu", b2a_uu, "($module, data, /, *, backtick=False)", 0, NULL),
    BUILTIN("a2b_base64", a2b_base64, "($module, data, /, *, strict_mode=False)", 0, NULL),
    BUILTIN("b2a_base64", b2a_base64, "($module, data, /, *, newline=True)", 0, NULL),
    BUILTIN("a2b_hex", a2b_hex, "($module, hexstr, /)", 0, NULL),
    BUILTIN("b2a_hex", b2a_hex, "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", 0, NULL),
    BUILTIN("hexlify", b2a_hex, "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", 0, NULL),
    BUILTIN("unhexlify", a2b_hex, "($module, hexstr, /)", 0, NULL),
    BUILTIN("crc_hqx", crc_hqx, "($module, data, crc, /)", 0, NULL),
    BUILTIN("crc32", crc32_, "($module, data, crc=0, /)", 0, NULL),
    BUILTIN("a2b_qp", a2b_qp, "($module, /, data, header=False)", 0, NULL),
    BUILTIN("b2a_qp", b2a_qp, "($module, /, data, quotetabs=False, istext=True, header=False)", 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    static bool rooted;
    if (!rooted) {
        rooted = true;
        heap_add_root(&error_class, 1);
        heap_add_root(&incomplete_class, 1);
    }
    error_class = exception_class_new("binascii.Error", &exc_ValueError);
    incomplete_class = exception_class_new("binascii.Incomplete", &exc_Exception);
    return !error_class || module_add(module, "Error", error_class) < 0 || !incomplete_class ||
                   module_add(module, "Incomplete", incomplete_class) < 0
               ? -1
               : 0;
}

const ModuleSpec module_binascii = { .name = "binascii", .functions = functions, .exec = exec };
