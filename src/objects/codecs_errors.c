// Error handlers: the well-known ones, and calling those that Python code registered.
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/str_private.h"
#include "objects/tuple.h"

void codec_errors_init(CodecErrors *e, const char *encoding, const char *errors) {
    static const struct {
        const char *name;
        ErrorMode mode;
    } modes[] = {
        { "strict", ERRORS_STRICT },
        { "ignore", ERRORS_IGNORE },
        { "replace", ERRORS_REPLACE },
        { "surrogateescape", ERRORS_SURROGATEESCAPE },
        { "surrogatepass", ERRORS_SURROGATEPASS },
        { "backslashreplace", ERRORS_BACKSLASH },
        { "xmlcharrefreplace", ERRORS_XML },
    };
    *e = (CodecErrors){ .encoding = encoding, .errors = errors };
    if (!errors) {
        return;
    }
    e->mode = ERRORS_OTHER;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (!strcmp(errors, modes[i].name)) {
            e->mode = modes[i].mode;
        }
    }
}

// ---- exception objects

static Object *make_encode_error(const char *encoding, Object *str, ssize_t start, ssize_t end,
                                 const char *reason) {
    Object *args[] = { str_from_cstring(encoding), str, int_from_ssize(start), int_from_ssize(end),
                       str_from_cstring(reason) };
    if (!args[0] || !args[2] || !args[3] || !args[4]) {
        return NULL;
    }
    return call((Object *)&exc_UnicodeEncodeError, args, 5, NULL);
}

Object *raise_encode_error(const char *encoding, Object *str, ssize_t start, ssize_t end,
                           const char *reason) {
    Object *exception = make_encode_error(encoding, str, start, end, reason);
    return exception ? raise_exception(exception) : NULL;
}

static Object *make_decode_error(const char *encoding, const DecodeInput *input, ssize_t start, ssize_t end,
                                 const char *reason) {
    return unicode_decode_error_new(encoding, (const char *)input->data, input->length, start, end, reason);
}

Object *raise_decode_error(const char *encoding, const DecodeInput *input, ssize_t start, ssize_t end,
                           const char *reason) {
    Object *exception = make_decode_error(encoding, input, start, end, reason);
    return exception ? raise_exception(exception) : NULL;
}

// Points an exception that is used again at the next error.
static int update_error(Object *exception, ssize_t start, ssize_t end, const char *reason) {
    Object *text = str_from_cstring(reason);
    if (!text) {
        return -1;
    }
    UnicodeError *error = (UnicodeError *)exception;
    error->start = start;
    error->end = end;
    gc_store(error, &error->reason, text);
    return 0;
}

// Calls the handler; *replacement is the first item of its result, checked only to be in a pair.
static int call_handler(CodecErrors *e, const char *message, Object **replacement, ssize_t *position) {
    if (!e->handler) {
        e->handler = codec_lookup_error(e->errors);
        if (!e->handler) {
            return -1;
        }
    }
    Object *result = call1(e->handler, e->exception);
    if (!result) {
        return -1;
    }
    if (!tuple_check(result) || tuple_size(result) != 2) {
        raise_error(&exc_TypeError, "%s", message);
        return -1;
    }
    *replacement = tuple_get(result, 0);
    if (!int_check(tuple_get(result, 1)) && !number_check_index(tuple_get(result, 1))) {
        raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", tuple_get(result, 1));
        return -1;
    }
    *position = number_as_ssize(tuple_get(result, 1), &exc_OverflowError);
    return *position == -1 && error_occurred() ? -1 : 0;
}

static ssize_t check_position(ssize_t position, ssize_t length) {
    ssize_t at = position < 0 ? position + length : position;
    if (at < 0 || at > length) {
        raise_error(&exc_IndexError, "position %zd from error handler out of bounds", position);
        return -1;
    }
    return at;
}

ssize_t codec_escape_char(ErrorMode mode, char *text, uint32_t c) {
    if (mode == ERRORS_BACKSLASH) {
        return char_escape(text, c);
    }
    char digits[8];
    int count = 0;
    do {
        digits[count++] = (char)('0' + c % 10);
    } while (c /= 10);
    char *out = mempcpy(text, "&#", 2);
    while (count) {
        *out++ = digits[--count];
    }
    *out++ = ';';
    return out - text;
}

static int append_backslash(StrBuilder *b, uint32_t c) {
    char text[10];
    return str_builder_bytes(b, text, (size_t)char_escape(text, c));
}

// ---- decoding

ssize_t codec_decode_error(CodecErrors *e, DecodeInput *input, ssize_t start, ssize_t end, const char *reason,
                           StrBuilder *out) {
    switch (e->mode) {
    case ERRORS_STRICT: raise_decode_error(e->encoding, input, start, end, reason); return -1;
    case ERRORS_IGNORE: return end;
    case ERRORS_REPLACE: return str_builder_char(out, 0xfffd) < 0 ? -1 : end;
    case ERRORS_SURROGATEESCAPE: {
        ssize_t i = start;
        while (i < end && i < start + 4 && input->data[i] >= 128) {
            if (str_builder_char(out, 0xdc00u + input->data[i]) < 0) {
                return -1;
            }
            i++;
        }
        if (i == start) {
            raise_decode_error(e->encoding, input, start, end, reason);
            return -1;
        }
        return i;
    }
    case ERRORS_BACKSLASH:
        for (ssize_t i = start; i < end; i++) {
            if (append_backslash(out, input->data[i]) < 0) {
                return -1;
            }
        }
        return end;
    default: break;
    }
    if (!e->exception) {
        e->exception = make_decode_error(e->encoding, input, start, end, reason);
        if (!e->exception) {
            return -1;
        }
    } else if (update_error(e->exception, start, end, reason) < 0) {
        return -1;
    }
    static const char message[] = "decoding error handler must return (str, int) tuple";
    Object *replacement;
    ssize_t position;
    if (call_handler(e, message, &replacement, &position) < 0) {
        return -1;
    }
    if (!str_check(replacement)) {
        raise_error(&exc_TypeError, message);
        return -1;
    }
    Object *object = ((UnicodeError *)e->exception)->object;
    if (!object || !bytes_check(object)) {
        raise_error(&exc_TypeError, object ? "object attribute must be bytes" : "object attribute not set");
        return -1;
    }
    input->owner = object;
    input->data = (const uint8_t *)bytes_data(object);
    input->length = bytes_length(object);
    position = check_position(position, input->length);
    if (position < 0 || str_builder_str(out, replacement) < 0) {
        return -1;
    }
    return position;
}

// ---- encoding

ssize_t codec_encode_error(CodecErrors *e, Object *str, ssize_t start, ssize_t end, const char *reason,
                           Object **replacement) {
    StrBuilder b;
    switch (e->mode) {
    case ERRORS_STRICT: raise_encode_error(e->encoding, str, start, end, reason); return -1;
    case ERRORS_IGNORE: *replacement = str_empty(); return end;
    case ERRORS_REPLACE:
        str_builder_init(&b, end - start);
        str_builder_fill(&b, '?', end - start);
        *replacement = str_builder_finish(&b);
        return *replacement ? end : -1;
    case ERRORS_BACKSLASH:
    case ERRORS_XML:
        str_builder_init(&b, (end - start) * 8);
        for (ssize_t i = start; i < end; i++) {
            char text[CODEC_ESCAPE_LONGEST];
            str_builder_bytes(&b, text, (size_t)codec_escape_char(e->mode, text, str_read(str, i)));
        }
        *replacement = str_builder_finish(&b);
        return *replacement ? end : -1;
    case ERRORS_SURROGATEESCAPE: {
        Object *bytes = bytes_new(end - start);
        if (!bytes) {
            return -1;
        }
        ssize_t i = start;
        for (; i < end; i++) {
            uint32_t c = str_read(str, i);
            if (c < 0xdc80 || c > 0xdcff) {
                break;
            }
            bytes_data(bytes)[i - start] = (char)(c - 0xdc00);
        }
        if (i == end) {
            *replacement = bytes;
            return end;
        }
        break;
    }
    default: break;
    }
    if (!e->exception) {
        e->exception = make_encode_error(e->encoding, str, start, end, reason);
        if (!e->exception) {
            return -1;
        }
    } else if (update_error(e->exception, start, end, reason) < 0) {
        return -1;
    }
    static const char message[] = "encoding error handler must return (str/bytes, int) tuple";
    ssize_t position;
    if (call_handler(e, message, replacement, &position) < 0) {
        return -1;
    }
    if (!str_check(*replacement) && !bytes_check(*replacement)) {
        raise_error(&exc_TypeError, message);
        return -1;
    }
    return check_position(position, str_length(str));
}
