// syslog: messages to the system's log.
//
// The C library keeps the address of the identification, which therefore outlives every change: the text
// given last stays allocated.
#include <string.h>
#include <syslog.h>

#include "heap/thread.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"
#include "vm/runtime.h"

static Mutex log_mutex;      // for the two below and openlog itself
static char *identification;
static bool is_open;

// The last part of sys.argv[0]; NULL without an exception when there is none.
static Object *program_name(void) {
    Object *argv = dict_get_cstring(module_dict(sys_module), "argv");
    if (!argv || !list_check(argv) || !list_size(argv)) {
        return NULL;
    }
    Object *script = list_get(argv, 0);
    if (!script || !str_check(script) || !str_length(script)) {
        error_clear();
        return NULL;
    }
    ssize_t slash = str_find_char(script, '/', 0, str_length(script), -1);
    return slash < 0 ? script : str_substring(script, slash + 1, str_length(script));
}

static int open_log(Object *ident, int64_t options, int64_t facility) {
    if (!ident) {
        ident = program_name();
        if (!ident && error_occurred()) {
            return -1;
        }
    }
    const char *text = NULL;
    if (ident) {
        ssize_t length;
        text = str_utf8(ident, &length);
        if (!text) {
            return -1;
        }
    }
    Object *options_object = int_from_i64(options), *facility_object = int_from_i64(facility);
    if (!options_object || !facility_object ||
        audit("syslog.openlog", "OOO", ident ? ident : NONE, options_object, facility_object) < 0) {
        return -1;
    }
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy) {
        raise_memory_error();
        return -1;
    }
    mutex_lock(&log_mutex);
    char *old = identification;
    openlog(copy, (int)options, (int)facility);
    identification = copy;
    is_open = true;
    mutex_unlock(&log_mutex);
    free(old);
    return 0;
}

static Object *syslog_openlog(Object *module, Object *ident, Object *options_object,
                              Object *facility_object) {
    (void)module;
    int64_t options = options_object ? int_to_i64(options_object) : 0;
    int64_t facility = facility_object ? int_to_i64(facility_object) : LOG_USER;
    if (ident && !str_check(ident)) {
        return raise_error(&exc_TypeError, "openlog() argument 1 must be str, not %K", ident);
    }
    if ((options == -1 || facility == -1) && error_occurred()) {
        return NULL;
    }
    return open_log(ident, options, facility) < 0 ? NULL : NONE;
}

typedef struct Message {
    int priority;
    const char *text;
} Message;

static void *send_message(void *context) {
    const Message *message = context;
    syslog(message->priority, "%s", message->text);
    return NULL;
}

static Object *syslog_syslog(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (arguments_no_keywords("syslog.syslog", kwnames) < 0) {
        return NULL;
    }
    Message message = { LOG_INFO, NULL };
    if (nargs < 1 || nargs > 2 || !str_check(args[nargs - 1])) {
        return raise_error(&exc_TypeError, "[priority,] message string");
    }
    if (nargs == 2) {
        message.priority = int_to_c_int(args[0]);
        if (message.priority == -1 && error_occurred()) {
            return error_clear_if(&exc_TypeError) ? raise_error(&exc_TypeError, "[priority,] message string")
                                                  : NULL;
        }
    }
    message.text = str_utf8(args[nargs - 1], NULL);
    Object *priority = int_from_i64(message.priority);
    if (!message.text || !priority || audit("syslog.syslog", "OO", priority, args[nargs - 1]) < 0) {
        return NULL;
    }
    if (!__atomic_load_n(&is_open, __ATOMIC_ACQUIRE) && open_log(NULL, 0, LOG_USER) < 0) {
        return NULL;
    }
    blocking_call(send_message, &message);
    return NONE;
}

static Object *syslog_closelog(Object *module) {
    (void)module;
    if (audit("syslog.closelog", NULL) < 0) {
        return NULL;
    }
    mutex_lock(&log_mutex);
    char *old = NULL;
    if (is_open) {
        closelog();
        old = identification;
        identification = NULL;
        is_open = false;
    }
    mutex_unlock(&log_mutex);
    free(old);
    return NONE;
}

static Object *syslog_setlogmask(Object *module, Object *mask_object) {
    (void)module;
    int64_t mask = int_to_i64(mask_object);
    if ((mask == -1 && error_occurred()) || audit("syslog.setlogmask", "O", mask_object) < 0) {
        return NULL;
    }
    return int_from_i64(setlogmask((int)mask));
}

static Object *syslog_log_mask(Object *module, Object *priority_object) {
    (void)module;
    int64_t priority = int_to_i64(priority_object);
    return priority == -1 && error_occurred() ? NULL : int_from_i64((int32_t)(1u << (priority & 31)));
}

static Object *syslog_log_upto(Object *module, Object *priority_object) {
    (void)module;
    int64_t priority = int_to_i64(priority_object);
    return priority == -1 && error_occurred() ? NULL
                                              : int_from_i64((int32_t)((1u << ((priority + 1) & 31)) - 1));
}

static BuiltinDef functions[] = {
    BUILTIN("openlog", syslog_openlog, "-|($module, /, ident=None, logoption=0, facility=LOG_USER)", 0, NULL),
    BUILTIN("closelog", syslog_closelog, "-($module, /)", 0, NULL),
    BUILTIN("syslog", syslog_syslog, NULL, 0, NULL),
    BUILTIN("setlogmask", syslog_setlogmask, "-($module, maskpri, /)", 0, NULL),
    BUILTIN("LOG_MASK", syslog_log_mask, "-($module, pri, /)", 0, NULL),
    BUILTIN("LOG_UPTO", syslog_log_upto, "-($module, pri, /)", 0, NULL),
    BUILTIN_END,
};

#define C(name) { #name, name }
static const struct {
    const char *name;
    int value;
} constants[] = {
    C(LOG_EMERG),  C(LOG_ALERT),  C(LOG_CRIT),   C(LOG_ERR),    C(LOG_WARNING),  C(LOG_NOTICE), C(LOG_INFO),
    C(LOG_DEBUG),  C(LOG_PID),    C(LOG_CONS),   C(LOG_NDELAY), C(LOG_ODELAY),   C(LOG_NOWAIT), C(LOG_PERROR),
    C(LOG_KERN),   C(LOG_USER),   C(LOG_MAIL),   C(LOG_DAEMON), C(LOG_AUTH),     C(LOG_LPR),    C(LOG_LOCAL0),
    C(LOG_LOCAL1), C(LOG_LOCAL2), C(LOG_LOCAL3), C(LOG_LOCAL4), C(LOG_LOCAL5),   C(LOG_LOCAL6), C(LOG_LOCAL7),
    C(LOG_SYSLOG), C(LOG_CRON),   C(LOG_UUCP),   C(LOG_NEWS),   C(LOG_AUTHPRIV),
};
#undef C

static int syslog_exec(Object *module) {
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (module_add_int(module, constants[i].name, constants[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

const ModuleSpec module_syslog = { "syslog", NULL, functions, syslog_exec };
