// `_locale`: C's locale, and gettext as libc has it.
//
// The locale is the process's; one mutex keeps those apart who change or read it through here.
#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "heap/thread.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"

static Object *error_class;  // registered root
static Mutex mutex;

// Text of libc in the locale's encoding.
static Object *decode(const char *text) {
    return str_decode_fs(text, (ssize_t)strlen(text));
}

static Object *locale_setlocale(Object *module, Object *category_object, Object *locale) {
    (void)module;
    int category = int_to_c_int(category_object);
    if (category == -1 && error_occurred()) {
        return NULL;
    }
    const char *name = NULL;
    if (locale && locale != NONE) {
        ssize_t length;
        if (!str_check(locale)) {
            return raise_error(&exc_TypeError, "setlocale() argument 2 must be str or None, not %.50s",
                               locale->type->name);
        }
        name = str_utf8(locale, &length);
        if (!name) {
            return NULL;
        }
        if (strlen(name) != (size_t)length) {
            return raise_error(&exc_ValueError, "embedded null character");
        }
    }
    mutex_lock(&mutex);
    const char *result = setlocale(category, name);
    Object *text = result ? decode(result) : NULL;
    mutex_unlock(&mutex);
    return result ? text
                  : raise_error((Type *)error_class,
                                name ? "unsupported locale setting" : "locale query failed");
}

// A grouping string: sizes of groups, closed by 0 (repeat) or CHAR_MAX (no more).
static Object *grouping(const char *text) {
    Object *list = list_new(0);
    if (!text[0]) {
        return list;
    }
    for (size_t i = 0; list; i++) {
        Object *size = int_from_i64(text[i]);
        if (!size || list_append(list, size) < 0) {
            return NULL;
        }
        if (text[i] == CHAR_MAX || text[i] == 0) {
            break;
        }
    }
    return list;
}

static Object *locale_localeconv(Object *module) {
    (void)module;
    Object *dict = dict_new();
    mutex_lock(&mutex);
    const struct lconv *l = localeconv();
    const struct {
        const char *name, *value;
        int kind;  // 0 text, 1 grouping
    } texts[] = {
        { "int_curr_symbol", l->int_curr_symbol, 0 },     { "currency_symbol", l->currency_symbol, 0 },
        { "mon_decimal_point", l->mon_decimal_point, 0 }, { "mon_thousands_sep", l->mon_thousands_sep, 0 },
        { "mon_grouping", l->mon_grouping, 1 },           { "positive_sign", l->positive_sign, 0 },
        { "negative_sign", l->negative_sign, 0 },
    };
    const struct {
        const char *name;
        int value;
    } numbers[] = {
        { "int_frac_digits", l->int_frac_digits }, { "frac_digits", l->frac_digits },
        { "p_cs_precedes", l->p_cs_precedes },     { "p_sep_by_space", l->p_sep_by_space },
        { "n_cs_precedes", l->n_cs_precedes },     { "n_sep_by_space", l->n_sep_by_space },
        { "p_sign_posn", l->p_sign_posn },         { "n_sign_posn", l->n_sign_posn },
    };
    bool ok = dict != NULL;
    for (size_t i = 0; ok && i < COUNT_OF(texts); i++) {
        Object *value = texts[i].kind ? grouping(texts[i].value) : decode(texts[i].value);
        ok = value && dict_set_cstring(dict, texts[i].name, value) == 0;
    }
    for (size_t i = 0; ok && i < COUNT_OF(numbers); i++) {
        Object *value = int_from_i64(numbers[i].value);
        ok = value && dict_set_cstring(dict, numbers[i].name, value) == 0;
    }
    if (ok) {
        Object *point = decode(l->decimal_point), *separator = decode(l->thousands_sep),
               *groups = grouping(l->grouping);
        ok = point && separator && groups && dict_set_cstring(dict, "decimal_point", point) == 0 &&
             dict_set_cstring(dict, "thousands_sep", separator) == 0 &&
             dict_set_cstring(dict, "grouping", groups) == 0;
    }
    mutex_unlock(&mutex);
    return ok ? dict : NULL;
}

// A str as wide characters in a byte cell; NULL with ValueError for embedded NULs.
static wchar_t *wide(Object *text) {
    ssize_t length = str_length(text);
    wchar_t *result = heap_alloc(((size_t)length + 1) * sizeof(wchar_t), CELL_BYTES);
    for (ssize_t i = 0; result && i < length; i++) {
        result[i] = (wchar_t)str_read(text, i);
        if (!result[i]) {
            return (wchar_t *)raise_error(&exc_ValueError, "embedded null character");
        }
    }
    if (result) {
        result[length] = 0;
    }
    return result;
}

static Object *need_str(const char *function, int argument, Object *o) {
    return str_check(o) ? o
           : argument
               ? raise_error(&exc_TypeError, "%s() argument %d must be str, not %.50s", function, argument,
                             o->type->name)
               : raise_error(&exc_TypeError, "%s() argument must be str, not %.50s", function, o->type->name);
}

static Object *locale_strcoll(Object *module, Object *a, Object *b) {
    (void)module;
    if (!need_str("strcoll", 1, a) || !need_str("strcoll", 2, b)) {
        return NULL;
    }
    wchar_t *first = wide(a), *second = first ? wide(b) : NULL;
    return second ? int_from_i64(wcscoll(first, second)) : NULL;
}

static Object *locale_strxfrm(Object *module, Object *text) {
    (void)module;
    wchar_t *in = need_str("strxfrm", 0, text) ? wide(text) : NULL;
    if (!in) {
        return NULL;
    }
    errno = 0;
    size_t size = wcsxfrm(NULL, in, 0);
    if (errno && errno != ERANGE) {
        return raise_os_error(errno, NULL, NULL);
    }
    wchar_t *out = heap_alloc((size + 1) * sizeof(wchar_t), CELL_BYTES);
    if (!out) {
        return NULL;
    }
    size = wcsxfrm(out, in, size + 1);
    for (size_t i = 0; i < size; i++) {
        // Keys of the C library may lie beyond Unicode; CPython's result is then the same text.
        if ((uint32_t)out[i] > 0x10ffff) {
            return raise_error(&exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]",
                               (unsigned)out[i]);
        }
    }
    return str_from_ucs4((const uint32_t *)out, (ssize_t)size);
}

static const int langinfo_items[] = {
    DAY_1,    DAY_2,     DAY_3,       DAY_4,     DAY_5,      DAY_6,    DAY_7,     ABDAY_1,
    ABDAY_2,  ABDAY_3,   ABDAY_4,     ABDAY_5,   ABDAY_6,    ABDAY_7,  MON_1,     MON_2,
    MON_3,    MON_4,     MON_5,       MON_6,     MON_7,      MON_8,    MON_9,     MON_10,
    MON_11,   MON_12,    ABMON_1,     ABMON_2,   ABMON_3,    ABMON_4,  ABMON_5,   ABMON_6,
    ABMON_7,  ABMON_8,   ABMON_9,     ABMON_10,  ABMON_11,   ABMON_12, RADIXCHAR, THOUSEP,
    CRNCYSTR, D_FMT,     D_T_FMT,     T_FMT,     AM_STR,     PM_STR,   CODESET,   T_FMT_AMPM,
    ERA,      ERA_D_FMT, ERA_D_T_FMT, ERA_T_FMT, ALT_DIGITS, YESEXPR,  NOEXPR,    _DATE_FMT,
};
static const char *const langinfo_names[] = {
    "DAY_1",    "DAY_2",     "DAY_3",       "DAY_4",     "DAY_5",      "DAY_6",    "DAY_7",     "ABDAY_1",
    "ABDAY_2",  "ABDAY_3",   "ABDAY_4",     "ABDAY_5",   "ABDAY_6",    "ABDAY_7",  "MON_1",     "MON_2",
    "MON_3",    "MON_4",     "MON_5",       "MON_6",     "MON_7",      "MON_8",    "MON_9",     "MON_10",
    "MON_11",   "MON_12",    "ABMON_1",     "ABMON_2",   "ABMON_3",    "ABMON_4",  "ABMON_5",   "ABMON_6",
    "ABMON_7",  "ABMON_8",   "ABMON_9",     "ABMON_10",  "ABMON_11",   "ABMON_12", "RADIXCHAR", "THOUSEP",
    "CRNCYSTR", "D_FMT",     "D_T_FMT",     "T_FMT",     "AM_STR",     "PM_STR",   "CODESET",   "T_FMT_AMPM",
    "ERA",      "ERA_D_FMT", "ERA_D_T_FMT", "ERA_T_FMT", "ALT_DIGITS", "YESEXPR",  "NOEXPR",    "_DATE_FMT",
};

static Object *locale_nl_langinfo(Object *module, Object *key_object) {
    (void)module;
    int key = int_to_c_int(key_object);
    if (key == -1 && error_occurred()) {
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(langinfo_items); i++) {
        if (langinfo_items[i] == key) {
            mutex_lock(&mutex);
            const char *text = nl_langinfo(key);
            Object *result = decode(text ? text : "");
            mutex_unlock(&mutex);
            return result;
        }
    }
    return raise_error(&exc_ValueError, "unsupported langinfo constant");
}

static Object *locale_getencoding(Object *module) {
    (void)module;
    const char *name = nl_langinfo(CODESET);
    return str_from_cstring(name && *name ? name : "UTF-8");
}

// ---- gettext

static const char *text_of(const char *function, int argument, Object *o) {
    ssize_t length;
    const char *text = need_str(function, argument, o) ? str_utf8(o, &length) : NULL;
    if (text && strlen(text) != (size_t)length) {
        return (const char *)raise_error(&exc_ValueError, "embedded null character");
    }
    return text;
}

static Object *locale_gettext(Object *module, Object *message) {
    (void)module;
    const char *text = text_of("gettext", 0, message);
    return text ? decode(gettext(text)) : NULL;
}

static Object *locale_dgettext(Object *module, Object *domain, Object *message) {
    (void)module;
    const char *name = domain == NONE ? NULL : text_of("dgettext", 1, domain);
    const char *text = name || domain == NONE ? text_of("dgettext", 2, message) : NULL;
    return text ? decode(dgettext(name, text)) : NULL;
}

static Object *locale_dcgettext(Object *module, Object *domain, Object *message, Object *category_object) {
    (void)module;
    int category = int_to_c_int(category_object);
    if (category == -1 && error_occurred()) {
        return NULL;
    }
    const char *name = domain == NONE ? NULL : text_of("dcgettext", 1, domain);
    const char *text = name || domain == NONE ? text_of("dcgettext", 2, message) : NULL;
    return text ? decode(dcgettext(name, text, category)) : NULL;
}

static Object *locale_textdomain(Object *module, Object *domain) {
    (void)module;
    const char *name = domain == NONE ? NULL : text_of("textdomain", 0, domain);
    if (!name && domain != NONE) {
        return NULL;
    }
    const char *current = textdomain(name);
    return current ? decode(current) : raise_os_error(errno, NULL, NULL);
}

static Object *locale_bindtextdomain(Object *module, Object *domain, Object *directory) {
    (void)module;
    const char *name = text_of("bindtextdomain", 1, domain);
    if (!name) {
        return NULL;
    }
    if (!*name) {
        return raise_error((Type *)error_class, "domain must be a non-empty string");
    }
    Object *path = directory == NONE ? NULL : path_to_bytes(directory);
    if (!path && directory != NONE) {
        return NULL;
    }
    const char *current = bindtextdomain(name, path ? bytes_data(path) : NULL);
    return current ? decode(current) : raise_os_error(errno, NULL, NULL);
}

static Object *locale_bind_textdomain_codeset(Object *module, Object *domain, Object *codeset) {
    (void)module;
    const char *name = text_of("bind_textdomain_codeset", 1, domain);
    const char *code = name && codeset != NONE ? text_of("bind_textdomain_codeset", 2, codeset) : NULL;
    if (!name || (!code && codeset != NONE)) {
        return NULL;
    }
    const char *current = bind_textdomain_codeset(name, code);
    return current ? decode(current) : NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("setlocale", locale_setlocale, "($module, category, locale=<unrepresentable>, /)", 0, NULL),
    BUILTIN("localeconv", locale_localeconv, "($module, /)", 0, NULL),
    BUILTIN("strcoll", locale_strcoll, "($module, os1, os2, /)", 0, NULL),
    BUILTIN("strxfrm", locale_strxfrm, "($module, string, /)", 0, NULL),
    BUILTIN("nl_langinfo", locale_nl_langinfo, "($module, key, /)", 0, NULL),
    BUILTIN("getencoding", locale_getencoding, "($module, /)", 0, NULL),
    BUILTIN("gettext", locale_gettext, "($module, msg, /)", 0, NULL),
    BUILTIN("dgettext", locale_dgettext, "($module, domain, msg, /)", 0, NULL),
    BUILTIN("dcgettext", locale_dcgettext, "($module, domain, msg, category, /)", 0, NULL),
    BUILTIN("textdomain", locale_textdomain, "($module, domain, /)", 0, NULL),
    BUILTIN("bindtextdomain", locale_bindtextdomain, "($module, domain, dir, /)", 0, NULL),
    BUILTIN("bind_textdomain_codeset", locale_bind_textdomain_codeset, "($module, domain, codeset, /)", 0,
            NULL),
    BUILTIN_END,
};

static int locale_exec(Object *module) {
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        { "LC_CTYPE", LC_CTYPE },       { "LC_TIME", LC_TIME },         { "LC_COLLATE", LC_COLLATE },
        { "LC_MONETARY", LC_MONETARY }, { "LC_MESSAGES", LC_MESSAGES }, { "LC_NUMERIC", LC_NUMERIC },
        { "LC_ALL", LC_ALL },           { "CHAR_MAX", CHAR_MAX },
    };
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < COUNT_OF(langinfo_items); i++) {
        if (module_add_int(module, langinfo_names[i], langinfo_items[i]) < 0) {
            return -1;
        }
    }
    if (!error_class) {
        heap_add_root(&error_class, 1);
        error_class = exception_class_new("locale.Error", &exc_Exception);
    }
    return error_class ? module_add(module, "Error", error_class) : -1;
}

const ModuleSpec module_locale = { "_locale", NULL, functions, locale_exec };
