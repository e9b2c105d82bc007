// The codec registry: search functions, the cache of what they found, and the error handlers by name.
//
// The three containers are lists and dicts of Python's own, which are safe to share; they are made at
// the first use. The package `encodings`, whose import registers the standard search function, is
// imported then as well.
#include "objects/codecs.h"

#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/unicode_data.h"

extern Object *import_module(const char *name);

static struct {
    Object *search_path, *cache, *errors;
} registry;
static bool registry_ready, encodings_imported;
static Mutex registry_mutex;

static int add_handlers(Object *dict);

static int ensure_registry(void) {
    if (__atomic_load_n(&registry_ready, __ATOMIC_ACQUIRE)) {
        return 0;
    }
    Object *path = list_new(0), *cache = dict_new(), *errors = dict_new();
    if (!path || !cache || !errors || add_handlers(errors) < 0) {
        return -1;
    }
    mutex_lock(&registry_mutex);
    if (!registry_ready) {
        heap_add_root(&registry, 3);
        registry.search_path = path;
        registry.cache = cache;
        registry.errors = errors;
        __atomic_store_n(&registry_ready, true, __ATOMIC_RELEASE);
    }
    mutex_unlock(&registry_mutex);
    return 0;
}

int codec_register(Object *search_function) {
    if (ensure_registry() < 0) {
        return -1;
    }
    if (!object_callable(search_function)) {
        raise_error(&exc_TypeError, "argument must be callable");
        return -1;
    }
    return list_append(registry.search_path, search_function);
}

int codec_unregister(Object *search_function) {
    if (ensure_registry() < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(registry.search_path); i++) {
        if (list_read(registry.search_path, i) == search_function) {
            dict_clear(registry.cache);
            return list_set_slice(registry.search_path, i, i + 1, NULL);
        }
    }
    return 0;
}

// Lower case; runs of anything but letters, digits and '.' become one '_' between words.
void codec_set_normalized(const char *name, char *out, size_t size) {
    size_t n = 0;
    bool gap = false;
    for (const char *p = name; *p && n + 2 < size; p++) {
        unsigned char c = (unsigned char)*p;
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
        if (word) {
            if (gap && n) {
                out[n++] = '_';
            }
            gap = false;
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        } else {
            gap = true;
        }
    }
    out[n] = 0;
}

Object *codec_lookup(const char *encoding) {
    if (ensure_registry() < 0) {
        return NULL;
    }
    if (!__atomic_load_n(&encodings_imported, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&encodings_imported, true, __ATOMIC_RELEASE);
        if (!import_module("encodings")) {
            __atomic_store_n(&encodings_imported, false, __ATOMIC_RELEASE);
            return NULL;
        }
    }
    size_t n = strlen(encoding);
    char *normal = malloc(n + 3);
    if (!normal) {
        return raise_memory_error();
    }
    codec_set_normalized(encoding, normal, n + 3);
    Object *key = str_from_cstring(normal);
    free(normal);
    if (!key || !(key = str_intern(key))) {
        return NULL;
    }
    Object *found = dict_get(registry.cache, key);
    if (found || error_occurred()) {
        return found;
    }
    if (!list_size(registry.search_path)) {
        return raise_error(&exc_LookupError, "no codec search functions registered: can't find encoding");
    }
    for (ssize_t i = 0; i < list_size(registry.search_path); i++) {
        Object *search = list_read(registry.search_path, i);
        if (!search) {
            break;
        }
        Object *result = call1(search, key);
        if (!result) {
            return NULL;
        }
        if (result == NONE) {
            continue;
        }
        if (!tuple_check(result) || tuple_size(result) != 4) {
            return raise_error(&exc_TypeError, "codec search functions must return 4-tuples");
        }
        return dict_set(registry.cache, key, result) < 0 ? NULL : result;
    }
    return raise_error(&exc_LookupError, "unknown encoding: %s", encoding);
}

// A failed codec's exception keeps its type and says which codec it was, when it is a plain one with
// a single text argument.
static void wrap_codec_error(const char *operation, const char *encoding) {
    Object *exception = thread_current->exception;
    if (!exception) {
        return;
    }
    Type *type = exception->type;
    BaseException *e = (BaseException *)exception;
    const Slots *slots = &type->info->slots, *base = &exc_BaseException.info->slots;
    bool plain = (type->basic_size == sizeof(BaseException) ||
                  (type->weaklist_offset && type->basic_size == sizeof(BaseException) + sizeof(void *))) &&
                 slots->new == base->new && slots->init == base->init &&tuple_check(e->args) &&
                 tuple_size(e->args) <= 1 && (tuple_size(e->args) == 0 || str_check(tuple_get(e->args, 0))) &&
                 (!e->dict || dict_size(e->dict) == 0);
    if (plain) {
        Object *text = object_str(exception);
        if (text) {
            error_restore(exception);
            raise_from_cause(type, "%s with '%s' codec failed (%T: %S)", operation, encoding, exception,
                             exception);
        }
    }
}

static Object *run_codec(Object *o, const char *encoding, const char *errors, int which) {
    Object *codec = codec_lookup(encoding);
    if (!codec) {
        return NULL;
    }
    Object *args[2] = { o, NULL };
    if (errors) {
        args[1] = str_from_cstring(errors);
        if (!args[1]) {
            return NULL;
        }
    }
    Object *result = call(tuple_get(codec, which), args, errors ? 2 : 1, NULL);
    if (!result) {
        wrap_codec_error(which ? "decoding" : "encoding", encoding);
        return NULL;
    }
    if (!tuple_check(result) || tuple_size(result) != 2) {
        return raise_error(&exc_TypeError, which ? "decoder must return a tuple (object,integer)"
                                                 : "encoder must return a tuple (object, integer)");
    }
    return tuple_get(result, 0);
}

Object *codec_encode(Object *o, const char *encoding, const char *errors) {
    return run_codec(o, encoding, errors, 0);
}

Object *codec_decode(Object *o, const char *encoding, const char *errors) {
    return run_codec(o, encoding, errors, 1);
}

Object *codec_register_error(Object *name, Object *handler) {
    if (ensure_registry() < 0) {
        return NULL;
    }
    if (!object_callable(handler)) {
        return raise_error(&exc_TypeError, "handler must be callable");
    }
    return dict_set(registry.errors, name, handler) < 0 ? NULL : NONE;
}

Object *codec_lookup_error(const char *name) {
    if (ensure_registry() < 0) {
        return NULL;
    }
    Object *handler = dict_get_cstring(registry.errors, name ? name : "strict");
    if (!handler && !error_occurred()) {
        raise_error(&exc_LookupError, "unknown error handler name '%.400s'", name);
    }
    return handler;
}

// ---- the standard handlers, as functions of an exception

typedef struct BadText {
    bool decoding, translating;
    Object *object;
    ssize_t start, end;
} BadText;

static Object *wrong_exception(Object *exception) {
    raise_error(&exc_TypeError, "don't know how to handle %T in error callback", exception);
    return NULL;
}

static int read_error(Object *exception, BadText *bad) {
    *bad = (BadText){ 0 };
    if (object_is_instance(exception, &exc_UnicodeDecodeError)) {
        bad->decoding = true;
    } else if (object_is_instance(exception, &exc_UnicodeTranslateError)) {
        bad->translating = true;
    } else if (!object_is_instance(exception, &exc_UnicodeEncodeError)) {
        wrong_exception(exception);
        return -1;
    }
    UnicodeError *e = (UnicodeError *)exception;
    Object *object = e->object;
    if (!object || (bad->decoding ? !bytes_check(object) : !str_check(object))) {
        raise_error(&exc_TypeError, object ? bad->decoding ? "object attribute must be bytes"
                                                           : "object attribute must be unicode"
                                           : "object attribute not set");
        return -1;
    }
    ssize_t length = bad->decoding ? bytes_length(object) : str_length(object);
    ssize_t start = e->start, end = e->end;
    start = start < 0 ? 0 : start >= length ? length - 1 : start;
    end = end < 1 ? 1 : end > length ? length : end;
    bad->object = object;
    bad->start = start;
    bad->end = end;
    return 0;
}

static Object *answer(Object *replacement, ssize_t position) {
    Object *at = replacement ? int_from_ssize(position) : NULL;
    return at ? tuple_pack(2, replacement, at) : NULL;
}

static Object *strict_errors(Object *self, Object *exception) {
    if (exception_check(exception)) {
        return raise_exception(exception);
    }
    return raise_error(&exc_TypeError, "codec must pass exception instance");
}

static Object *ignore_errors(Object *self, Object *exception) {
    BadText bad;
    return read_error(exception, &bad) < 0 ? NULL : answer(str_empty(), bad.end);
}

static Object *replace_errors(Object *self, Object *exception) {
    BadText bad;
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    StrBuilder b;
    str_builder_init(&b, 0);
    ssize_t count = bad.decoding ? 1 : bad.end - bad.start;
    str_builder_fill(&b, bad.decoding || bad.translating ? 0xfffd : '?', count);
    return answer(str_builder_finish(&b), bad.end);
}

static Object *xmlcharrefreplace_errors(Object *self, Object *exception) {
    BadText bad;
    if (!object_is_instance(exception, &exc_UnicodeEncodeError)) {
        return wrong_exception(exception);
    }
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    StrBuilder b;
    str_builder_init(&b, 0);
    for (ssize_t i = bad.start; i < bad.end; i++) {
        char text[16];
        int n = snprintf(text, sizeof text, "&#%u;", str_read(bad.object, i));
        str_builder_bytes(&b, text, (size_t)n);
    }
    return answer(str_builder_finish(&b), bad.end);
}

static void add_escape(StrBuilder *b, uint32_t c) {
    char text[16];
    int n = snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    str_builder_bytes(b, text, (size_t)n);
}

static Object *backslashreplace_errors(Object *self, Object *exception) {
    BadText bad;
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    StrBuilder b;
    str_builder_init(&b, 0);
    for (ssize_t i = bad.start; i < bad.end; i++) {
        add_escape(&b, bad.decoding ? (uint8_t)bytes_data(bad.object)[i] : str_read(bad.object, i));
    }
    return answer(str_builder_finish(&b), bad.end);
}

static Object *namereplace_errors(Object *self, Object *exception) {
    BadText bad;
    if (!object_is_instance(exception, &exc_UnicodeEncodeError)) {
        return wrong_exception(exception);
    }
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    if (!unicode_names_are_there()) {
        return raise_error(&exc_ImportError, "PyCapsule_Import could not import module \"unicodedata\"");
    }
    StrBuilder b;
    str_builder_init(&b, 0);
    for (ssize_t i = bad.start; i < bad.end; i++) {
        uint32_t c = str_read(bad.object, i);
        char name[UNICODE_NAME_LONGEST];
        size_t n = unicode_name(c, name);
        if (n) {
            str_builder_cstring(&b, "\\N{");
            str_builder_bytes(&b, name, n);
            str_builder_char(&b, '}');
        } else {
            add_escape(&b, c);
        }
    }
    return answer(str_builder_finish(&b), bad.end);
}

static Object *surrogateescape_errors(Object *self, Object *exception) {
    BadText bad;
    if (object_is_instance(exception, &exc_UnicodeTranslateError)) {
        return wrong_exception(exception);
    }
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    if (!bad.decoding) {
        BytesBuilder b = { 0 };
        for (ssize_t i = bad.start; i < bad.end; i++) {
            uint32_t c = str_read(bad.object, i);
            if (c < 0xdc80 || c > 0xdcff) {
                return raise_exception(exception);
            }
            uint8_t byte = (uint8_t)(c - 0xdc00);
            if (bytes_builder_add(&b, &byte, 1) < 0) {
                return NULL;
            }
        }
        return answer(bytes_builder_finish(&b), bad.end);
    }
    StrBuilder b;
    str_builder_init(&b, 4);
    ssize_t i = bad.start;
    while (i < bad.end && i < bad.start + 4 && (uint8_t)bytes_data(bad.object)[i] >= 128) {
        str_builder_char(&b, 0xdc00u + (uint8_t)bytes_data(bad.object)[i++]);
    }
    return i == bad.start ? raise_exception(exception) : answer(str_builder_finish(&b), i);
}

// The width in bytes and the byte order (little: 1) of a standard encoding for surrogatepass; 0: none.
static int surrogate_width(const char *name, bool *little) {
    char normal[32];
    codec_set_normalized(name, normal, sizeof normal);
    *little = true;
    if (strncmp(normal, "utf", 3) != 0) {
        return !strcmp(normal, "cp65001") ? 3 : 0;
    }
    const char *p = normal + 3;
    p += *p == '_';
    if (!strcmp(p, "8")) {
        return 3;
    }
    int width = !strncmp(p, "16", 2) ? 2 : !strncmp(p, "32", 2) ? 4 : 0;
    if (!width) {
        return 0;
    }
    p += 2;
    p += *p == '_';
    if (!*p || !strcmp(p, "le")) {
        return width;
    }
    *little = false;
    return !strcmp(p, "be") ? width : 0;
}

static Object *surrogatepass_errors(Object *self, Object *exception) {
    BadText bad;
    if (object_is_instance(exception, &exc_UnicodeTranslateError)) {
        return wrong_exception(exception);
    }
    if (read_error(exception, &bad) < 0) {
        return NULL;
    }
    Object *encoding = ((UnicodeError *)exception)->encoding;
    const char *name = encoding && str_check(encoding) ? str_utf8(encoding, NULL) : NULL;
    bool little;
    int width = name ? surrogate_width(name, &little) : 0;
    if (error_occurred()) {
        return NULL;
    }
    if (!width) {
        return raise_exception(exception);
    }
    if (!bad.decoding) {
        BytesBuilder b = { 0 };
        for (ssize_t i = bad.start; i < bad.end; i++) {
            uint32_t c = str_read(bad.object, i);
            if (c < 0xd800 || c > 0xdfff) {
                return raise_exception(exception);
            }
            uint8_t out[4];
            if (width == 3) {
                utf8_put((char *)out, c);
            } else {
                for (int k = 0; k < width; k++) {
                    out[little ? k : width - 1 - k] = (uint8_t)(c >> 8 * k);
                }
            }
            if (bytes_builder_add(&b, out, (size_t)width) < 0) {
                return NULL;
            }
        }
        return answer(bytes_builder_finish(&b), bad.end);
    }
    const uint8_t *p = (const uint8_t *)bytes_data(bad.object) + bad.start;
    uint32_t c = 0;
    if (bytes_length(bad.object) - bad.start >= width) {
        if (width == 3) {
            if ((p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
                c = (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
            }
        } else {
            for (int k = 0; k < width; k++) {
                c |= (uint32_t)p[little ? k : width - 1 - k] << 8 * k;
            }
        }
    }
    if (c < 0xd800 || c > 0xdfff) {
        return raise_exception(exception);
    }
    return answer(str_from_char(c), bad.start + width);
}

static BuiltinDef handlers[] = {
    BUILTIN("strict_errors", strict_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("ignore_errors", ignore_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("replace_errors", replace_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("xmlcharrefreplace_errors", xmlcharrefreplace_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("backslashreplace_errors", backslashreplace_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("namereplace_errors", namereplace_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("surrogatepass", surrogatepass_errors, "-($self, exception, /)", 0, NULL),
    BUILTIN("surrogateescape", surrogateescape_errors, "-($self, exception, /)", 0, NULL),
};
static const char *const handler_names[] = {
    "strict",           "ignore",      "replace",       "xmlcharrefreplace",
    "backslashreplace", "namereplace", "surrogatepass", "surrogateescape",
};

static int add_handlers(Object *dict) {
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        Object *function = builtin_function_new(&handlers[i], NULL, NULL);
        if (!function || dict_set_cstring(dict, handler_names[i], function) < 0) {
            return -1;
        }
    }
    return 0;
}
