// The end of a program: modules are let go, so that the finalizers of what they hold run.
//
// The order is CPython's. First sys loses what refers into the program, and sys.modules all of its
// entries; a collection then finds whatever only modules held, and finalizers run with the names of
// their modules intact. Modules that something else still holds lose their contents next, the last
// imported first, and sys and builtins at the very end. What only the C part of asyncio or pickle refers to
// stays as it is: an event loop that was not closed is not finalized in a world half gone. A program that made nothing with a finalizer
// skips all of this, for nobody can tell.
#include "vm/teardown.h"

#include <stdarg.h>

#include "modules/io/io.h"
#include "modules/signal.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/weakref.h"
#include "vm/runtime.h"

static Object *kept[2];
static Object **const remaining = &kept[0]; // a list of weak references to modules, in order of import
static Object **const builtins_copy = &kept[1]; // a dict: what builtins held at the start

void teardown_prepare(void) {
    heap_add_root(kept, COUNT_OF(kept));
    *builtins_copy = dict_copy(module_dict(builtins_module));
}

// Whether anything but the standard streams has a finalizer.
static bool is_needed(void) {
    static const char *const names_of_streams[] = { "__stdin__", "__stdout__", "__stderr__" };
    Object *known[9];
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        Object *stream = sys_get(names_of_streams[i]);
        if (stream && stream->type == &textio_type) {
            known[count++] = stream;
            Object *buffer = io_text_buffer(stream);
            if (buffer && (buffer->type == &buffered_writer_type || buffer->type == &buffered_reader_type)) {
                known[count++] = buffer;
                known[count++] = io_buffered_raw(buffer);
            }
        }
    }
    error_clear();
    return heap_has_finalizers(known, count);
}

// What -v says of the teardown. It does not tell when a module's memory goes ("# destroy").
static __attribute__((format(printf, 1, 2))) void tell(const char *format, ...) {
    if (config.verbose) {
        va_list arguments;
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
    }
}

// The caller's frames hold nothing that is needed any more.
static void collect(bool letting_go) {
    error_clear();
    heap_collect_everything(thread_current->c_stack_base, letting_go);
    error_clear();
    io_flush_all();
}

static void clear_sys_names(void) {
    static const char *const names_cleared[] = {
        "path",
        "argv",
        "ps1",
        "ps2",
        "last_type",
        "last_value",
        "last_traceback",
        "path_hooks",
        "path_importer_cache",
        "meta_path",
        "__interactivehook__",
    };
    static const char *const streams[][2] = {
        { "stdin", "__stdin__" },
        { "stdout", "__stdout__" },
        { "stderr", "__stderr__" },
    };
    tell("# clear builtins._\n");
    for (size_t i = 0; i < COUNT_OF(names_cleared); i++) {
        tell("# clear sys.%s\n", names_cleared[i]);
        sys_set(names_cleared[i], NONE);
    }
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        tell("# restore sys.%s\n", streams[i][0]);
        Object *original = sys_get(streams[i][1]);
        sys_set(streams[i][0], original ? original : NONE);
    }
    Object *builtins = module_dict(builtins_module);
    if (*builtins_copy) {
        dict_clear(builtins);
        dict_merge(builtins, *builtins_copy, 1);
    }
    error_clear();
}

static void let_modules_go(void) {
    *remaining = list_new(0);
    ssize_t position = 0;
    Object *name, *module;
    while (*remaining && dict_next(sys_modules, &position, &name, &module, NULL)) {
        if (module->type == &module_type || type_is_subtype(module->type, &module_type)) {
            Object *reference = weakref_new(module, NULL);
            if (config.verbose && str_check(name)) {
                const char *text = str_utf8(name, NULL);
                tell("# cleanup[2] removing %s\n", text ? text : "?");
            }
            if (!reference || list_append(*remaining, reference) < 0) {
                error_clear();
            }
        }
    }
    dict_clear(sys_modules);
}

// Names with one underscore first, then all but __builtins__.
static void clear_dict(Object *dict) {
    for (int pass = 0; pass < 2; pass++) {
        ssize_t position = 0;
        Object *key, *value;
        while (dict_next(dict, &position, &key, &value, NULL)) {
            if (value == NONE || !str_check(key) || !str_length(key)) {
                continue;
            }
            bool single = str_read(key, 0) == '_' && (str_length(key) < 2 || str_read(key, 1) != '_');
            if (pass == 0 ? single : !str_equal_cstring(key, "__builtins__")) {
                if (dict_set(dict, key, NONE) < 0) {
                    error_clear();
                }
            }
        }
    }
}

static void clear_remaining(void) {
    bool any = false;
    for (ssize_t i = *remaining ? list_size(*remaining) : 0; i-- > 0;) {
        Object *module = weakref_get(list_read(*remaining, i));
        if (module && module != builtins_module && module != sys_module && module_dict(module)) {
            clear_dict(module_dict(module));
            any = true;
        }
    }
    *remaining = NULL;
    if (any) {
        collect(true);
    }
}

void teardown(void) {
    if (!config.verbose && !is_needed()) {
        return;
    }
    signal_forget_handlers();
    collect(false);
    clear_sys_names();
    let_modules_go();
    collect(true);
    clear_remaining();
    clear_dict(module_dict(sys_module));
    clear_dict(module_dict(builtins_module));
    collect(true);
}
