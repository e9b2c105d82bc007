// unicodedata: the character database 14.0, and 3.2 as the object ucd_3_2_0. The functions of the module
// and the methods of UCD are the same; `self` says which database is asked.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/normalize.h"
#include "objects/odds.h"
#include "objects/str_private.h"
#include "objects/type.h"
#include "objects/unicode_data.h"

typedef struct Ucd {
    Object base;
    const char *version;
    uint8_t rest[16];  // CPython's size
} Ucd;

extern Type ucd_type;

static bool is_old(Object *self) {
    return self && self->type == &ucd_type;
}

static int character(const char *function, bool several, Object *o, uint32_t *c) {
    if (!str_check(o) || str_length(o) != 1) {
        raise_error(&exc_TypeError,
                    several ? "%s() argument 1 must be a unicode character, not %K"
                            : "%s() argument must be a unicode character, not %K",
                    function, o);
        return -1;
    }
    *c = str_read(o, 0);
    return 0;
}

static const UcdRecord *record(Object *self, uint32_t c) {
    bool old = is_old(self);
    size_t block = (size_t)(old ? ucd_old_index : ucd_index)[c >> UNICODE_SHIFT] << UNICODE_SHIFT;
    size_t at = block + (c & UNICODE_BLOCK_MASK);
    return old ? &ucd_old_records[ucd_old_values[at]] : &ucd_records[ucd_values[at]];
}

static Object *decimal(Object *self, Object *chr, Object *otherwise) {
    uint32_t c;
    if (character("decimal", true, chr, &c) < 0) {
        return NULL;
    }
    int value = record(self, c)->decimal;
    return value >= 0  ? int_from_i64(value)
           : otherwise ? otherwise
                       : raise_error(&exc_ValueError, "not a decimal");
}

static Object *digit(Object *self, Object *chr, Object *otherwise) {
    uint32_t c;
    if (character("digit", true, chr, &c) < 0) {
        return NULL;
    }
    int value = record(self, c)->digit;
    return value >= 0  ? int_from_i64(value)
           : otherwise ? otherwise
                       : raise_error(&exc_ValueError, "not a digit");
}

static Object *numeric(Object *self, Object *chr, Object *otherwise) {
    uint32_t c;
    if (character("numeric", true, chr, &c) < 0) {
        return NULL;
    }
    uint8_t i = record(self, c)->numeric;
    return i           ? float_from_double(ucd_numerics[i])
           : otherwise ? otherwise
                       : raise_error(&exc_ValueError, "not a numeric character");
}

static Object *category(Object *self, Object *chr) {
    uint32_t c;
    return character("category", false, chr, &c) < 0
               ? NULL
               : str_from_cstring(ucd_categories[record(self, c)->category]);
}

static Object *bidirectional(Object *self, Object *chr) {
    uint32_t c;
    return character("bidirectional", false, chr, &c) < 0
               ? NULL
               : str_from_cstring(ucd_bidirectionals[record(self, c)->bidirectional]);
}

static Object *combining(Object *self, Object *chr) {
    uint32_t c;
    return character("combining", false, chr, &c) < 0 ? NULL : int_from_i64(record(self, c)->combining);
}

static Object *mirrored(Object *self, Object *chr) {
    uint32_t c;
    return character("mirrored", false, chr, &c) < 0 ? NULL : int_from_i64(record(self, c)->mirrored);
}

static Object *east_asian_width(Object *self, Object *chr) {
    uint32_t c;
    return character("east_asian_width", false, chr, &c) < 0
               ? NULL
               : str_from_cstring(ucd_widths[record(self, c)->width]);
}

static Object *decomposition(Object *self, Object *chr) {
    uint32_t c;
    if (character("decomposition", false, chr, &c) < 0) {
        return NULL;
    }
    bool old = is_old(self);
    size_t at = ((size_t)(old ? ucd_old_decomposition_index : ucd_decomposition_index)[c >> UNICODE_SHIFT]
                 << UNICODE_SHIFT) +
                (c & UNICODE_BLOCK_MASK);
    const uint32_t
        *words = &decomposition_words[(old ? ucd_old_decomposition_values : ucd_decomposition_values)[at]];
    StrBuilder b;
    str_builder_init(&b, 0);
    str_builder_cstring(&b, decomposition_prefixes[words[0] >> 8]);
    for (uint32_t i = 1; i <= (words[0] & 0xff); i++) {
        char text[16];
        int n = snprintf(text, sizeof text, b.length ? " %04X" : "%04X", words[i]);
        str_builder_bytes(&b, text, (size_t)n);
    }
    return str_builder_finish(&b);
}

static Object *name(Object *self, Object *chr, Object *otherwise) {
    uint32_t c;
    char text[UNICODE_NAME_LONGEST];
    if (character("name", true, chr, &c) < 0) {
        return NULL;
    }
    bool assigned = !is_old(self) || strcmp(ucd_categories[record(self, c)->category], "Cn") != 0;
    size_t n = assigned ? unicode_name(c, text) : 0;
    return n           ? str_from_ascii(text, (ssize_t)n)
           : otherwise ? otherwise
                       : raise_error(&exc_ValueError, "no such name");
}

static Object *lookup(Object *self, Object *name_object) {
    const char *text;
    ssize_t length;
    Buffer view = { 0 };
    if (str_check(name_object)) {
        text = str_utf8(name_object, &length);
        if (!text) {
            return NULL;
        }
    } else {
        if (!buffer_check(name_object)) {
            return raise_error(&exc_TypeError, "a bytes-like object is required, not '%T'", name_object);
        }
        if (object_get_steady_buffer(name_object, &view) < 0) {
            return NULL;
        }
        text = view.data ? view.data : "";
        length = view.length;
    }
    Object *result = NULL;
    uint32_t found[4];
    int n;
    if (length > 256) {
        raise_error(&exc_KeyError, "name too long");
    } else if (!(n = unicode_lookup(text, (size_t)length, !is_old(self), !is_old(self), found))) {
        Object *shown = str_decode_utf8(text, length, "replace");
        Object *message = shown ? str_format("undefined character name '%U'", shown) : NULL;
        if (message) {
            raise_with(&exc_KeyError, message);
        }
    } else if (is_old(self) && n == 1 && !strcmp(ucd_categories[record(self, found[0])->category], "Cn")) {
        Object *message = str_format("undefined character name '%s'", text);
        if (message) {
            raise_with(&exc_KeyError, message);
        }
    } else {
        result = str_from_ucs4(found, n);
    }
    if (view.object) {
        buffer_release(&view);
    }
    return result;
}

// The form's bits; -1 with ValueError.
static int read_form(Object *self, const char *function, Object *form, Object *text) {
    if (!str_check(form) || !str_check(text)) {
        raise_error(&exc_TypeError, "%s() argument %d must be str, not %K", function, str_check(form) ? 2 : 1,
                    str_check(form) ? text : form);
        return -1;
    }
    int bits = is_old(self) ? NORMALIZE_OLD : 0;
    if (str_equal_cstring(form, "NFC")) {
        return bits | NORMALIZE_COMPOSE;
    }
    if (str_equal_cstring(form, "NFKC")) {
        return bits | NORMALIZE_COMPOSE | NORMALIZE_COMPATIBLE;
    }
    if (str_equal_cstring(form, "NFD")) {
        return bits;
    }
    if (str_equal_cstring(form, "NFKD")) {
        return bits | NORMALIZE_COMPATIBLE;
    }
    raise_error(&exc_ValueError, "invalid normalization form");
    return -1;
}

static Object *normalize(Object *self, Object *form, Object *text) {
    if (str_check(text) && !str_length(text) && str_check(form)) {
        return text;
    }
    int bits = read_form(self, "normalize", form, text);
    return bits < 0 ? NULL : str_normalize(text, bits);
}

static Object *is_normalized(Object *self, Object *form, Object *text) {
    if (str_check(text) && !str_length(text) && str_check(form)) {
        return TRUE_OBJECT;
    }
    int bits = read_form(self, "is_normalized", form, text);
    Object *normal = bits < 0 ? NULL : str_normalize(text, bits);
    return normal ? bool_from(str_equal(normal, text)) : NULL;
}

#define ENTRIES \
    BUILTIN("decimal", decimal, "($self, chr, default=<unrepresentable>, /)", 0, NULL), \
        BUILTIN("digit", digit, "($self, chr, default=<unrepresentable>, /)", 0, NULL), \
        BUILTIN("numeric", numeric, "($self, chr, default=<unrepresentable>, /)", 0, NULL), \
        BUILTIN("category", category, "($self, chr, /)", 0, NULL), \
        BUILTIN("bidirectional", bidirectional, "($self, chr, /)", 0, NULL), \
        BUILTIN("combining", combining, "($self, chr, /)", 0, NULL), \
        BUILTIN("mirrored", mirrored, "($self, chr, /)", 0, NULL), \
        BUILTIN("east_asian_width", east_asian_width, "($self, chr, /)", 0, NULL), \
        BUILTIN("decomposition", decomposition, "($self, chr, /)", 0, NULL), \
        BUILTIN("name", name, "($self, chr, default=<unrepresentable>, /)", 0, NULL), \
        BUILTIN("lookup", lookup, "($self, name, /)", 0, NULL), \
        BUILTIN("is_normalized", is_normalized, "($self, form, unistr, /)", 0, NULL), \
        BUILTIN("normalize", normalize, "($self, form, unistr, /)", 0, NULL)

static BuiltinDef functions[] = { ENTRIES, BUILTIN_END };
static BuiltinDef methods[] = { ENTRIES, BUILTIN_END };
static MemberDef members[] = {
    { "unidata_version", MEMBER_STRING, offsetof(Ucd, version), MEMBER_READONLY, NULL },
    { NULL },
};
Type ucd_type;
static const TypeSpec ucd_spec = {
    .name = "unicodedata.UCD",
    .basic_size = sizeof(Ucd),
    .flags = TF_DISALLOW_INSTANTIATION,
    .methods = methods,
    .members = members,
};

static int exec(Object *module) {
    if (module_add_type(module, &ucd_type, &ucd_spec) < 0 ||
        module_add_string(module, "unidata_version", "14.0.0") < 0) {
        return -1;
    }
    Ucd *old = (Ucd *)object_alloc(&ucd_type);
    if (!old) {
        return -1;
    }
    old->version = "3.2.0";
    return module_add(module, "ucd_3_2_0", (Object *)old);
}

const ModuleSpec module_unicodedata = { .name = "unicodedata", .functions = functions, .exec = exec };
