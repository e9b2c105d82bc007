// Start and end of the runtime, and running what the command line names.
#include "vm/runtime.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "compile/compile.h"
#include "modules/io/writers.h"
#include "modules/atexit.h"
#include "modules/imp.h"
#include "modules/marshal.h"
#include "modules/modules.h"
#include "modules/signal.h"
#include "modules/sys.h"
#include "modules/thread.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/config.h"
#include "vm/frame.h"
#include "vm/generator.h"
#include "vm/import.h"
#include "vm/interactive.h"
#include "vm/interpreter.h"
#include "vm/paths.h"

int types_init(void);

Object *builtins_module;
bool runtime_finalizing;

static void memory_error_hook(void) {
    raise_memory_error();
}

// What a safepoint runs in the thread: signal handlers, asynchronous exceptions.
static int run_pending(Thread *thread) {
    if (signals_run_pending(thread) < 0) {
        return -1;
    }
    Object *exception = __atomic_exchange_n(&thread->async_exception, NULL, __ATOMIC_ACQ_REL);
    if (exception) {
        raise_with((Type *)exception, NULL);
        return -1;
    }
    return 0;
}

// Generators that have finished need no closing; everything else with a finalizer is asked.
static bool needs_finalizer(Object *object) {
    bool generator = object->type == &generator_type || object->type == &coroutine_type ||
                     object->type == &async_generator_type;
    return !generator || generator_needs_finalizer((const Generator *)object);
}

// Makes a built-in module and enters it in sys.modules.
static Object *start_module(const ModuleSpec *spec) {
    Object *module = module_from_spec(spec);
    Object *name = str_intern_cstring(spec->name);
    if (!module || !name || dict_set(sys_modules, name, module) < 0) {
        return NULL;
    }
    return module;
}

static Object *fs_str(const char *path) {
    return str_decode_fs(path, (ssize_t)strlen(path));
}

static int set_paths(void) {
    Object *search = list_new((ssize_t)paths.search_count);
    for (size_t i = 0; search && i < paths.search_count; i++) {
        Object *entry = fs_str(paths.search[i]);
        if (!entry || list_append(search, entry) < 0) {
            return -1;
        }
    }
    struct { const char *name; Object *value; } values[] = {
        { "path", search }, { "executable", fs_str(paths.executable) },
        { "_base_executable", fs_str(paths.base_executable) }, { "prefix", fs_str(paths.prefix) },
        { "exec_prefix", fs_str(paths.prefix) }, { "base_prefix", fs_str(paths.base_prefix) },
        { "base_exec_prefix", fs_str(paths.base_prefix) },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (!values[i].value || sys_set(values[i].name, values[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- standard streams

static Object *open_stream(int descriptor, const char *name, bool writing, const char *errors) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return NONE;
    }
    Object *open = import_get_attr("io", "open");
    Object *raw_mode = str_from_cstring(writing ? "wb" : "rb");
    Object *fd = int_from_i64(descriptor);
    if (!open || !raw_mode || !fd) {
        return NULL;
    }
    bool unbuffered = writing && config.unbuffered;
    Object *buffering = int_from_i64(unbuffered ? 0 : -1);
    Object *args[] = { fd, raw_mode, buffering, NONE, NONE, NONE, FALSE_OBJECT };
    Object *buffer = call(open, args, 7, NULL);
    if (!buffer) {
        return NULL;
    }
    Object *raw = unbuffered ? buffer : object_getattr(buffer, names.raw);
    Object *stream_name = str_from_cstring(name);
    if (!raw || !stream_name || object_setattr(raw, names.name, stream_name) < 0) {
        return NULL;
    }
    Object *is_terminal = call_method0(raw, names.isatty);
    if (!is_terminal) {
        return NULL;
    }
    bool line_buffered = unbuffered || is_terminal == TRUE_OBJECT;
    Object *wrapper = import_get_attr("io", "TextIOWrapper");
    Object *encoding = str_from_cstring("utf-8"), *error_mode = str_from_cstring(errors);
    Object *newline = str_from_cstring("\n");
    if (!wrapper || !encoding || !error_mode || !newline) {
        return NULL;
    }
    Object *wrapper_args[] = { buffer, encoding, error_mode, writing ? newline : NONE,
                               bool_from(line_buffered), bool_from(unbuffered) };
    Object *stream = call(wrapper, wrapper_args, 6, NULL);
    Object *mode_name = stream ? str_from_cstring(writing ? "w" : "r") : NULL;
    if (!mode_name || object_setattr(stream, names.mode, mode_name) < 0) {
        return NULL;
    }
    return stream;
}

static int open_streams(void) {
    const char *locale = setlocale(LC_CTYPE, NULL);
    bool plain = !locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 ||
                 strcmp(locale, "C.UTF-8") == 0;
    const char *errors = plain ? "surrogateescape" : "strict";
    struct { const char *name, *own, *label; int fd; bool writing; const char *errors; } streams[] = {
        { "stdin", "__stdin__", "<stdin>", 0, false, errors },
        { "stdout", "__stdout__", "<stdout>", 1, true, errors },
        { "stderr", "__stderr__", "<stderr>", 2, true, "backslashreplace" },
    };
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        Object *stream = open_stream(streams[i].fd, streams[i].label, streams[i].writing,
                                     streams[i].errors);
        if (!stream || sys_set(streams[i].name, stream) < 0 || sys_set(streams[i].own, stream) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- start

static int start_importlib(void) {
    heap_add_root(&importlib_module, 1);
    Object *imp = start_module(&module_imp);
    if (!imp || module_imp.exec(imp) < 0) {
        return -1;
    }
    Object *bootstrap = frozen_import("_frozen_importlib");
    if (!bootstrap) {
        return -1;
    }
    importlib_module = bootstrap;
    Object *install = object_getattr_cstring(bootstrap, "_install");
    Object *stdlib = fs_str(paths.stdlib);
    if (!install || !stdlib || !call2(install, sys_module, imp) || sys_set("_stdlib_dir", stdlib) < 0) {
        return -1;
    }
    Object *external = object_getattr_cstring(bootstrap, "_install_external_importers");
    return external && call0(external) ? 0 : -1;
}

int runtime_init(void) {
    if (heap_init(&(HeapOptions){ .stress = config.gc_stress, .trace = config.trace_gc }) < 0) {
        fprintf(stderr, "Fatal Python error: out of memory at the start\n");
        return -1;
    }
    if (!thread_attach_new()) {
        fprintf(stderr, "Fatal Python error: out of memory at the start\n");
        return -1;
    }
    // What the start allocates stays: to look through it would find nothing. The program (and what the
    // site's files run) begins with a fresh window.
    thread_heap.no_collection = config.gc_stress == 0;
    heap_hooks.raise_memory_error = memory_error_hook;
    heap_hooks.trace_thread = thread_trace_frames;
    heap_hooks.run_pending = run_pending;
    heap_hooks.clear_dead = thread_clear_dead_slots;
    heap_hooks.free_thread = thread_free_frames;
    heap_hooks.needs_finalizer = needs_finalizer;
    hash_init(config.hash_seed_set, config.hash_seed);
    heap_add_root(&builtins_module, 1);
    heap_add_root(&sys_module, 1);
    heap_add_root(&sys_modules, 1);
    if (config.int_max_str_digits >= 0) {
        int_max_str_digits = config.int_max_str_digits;
    }
    if (types_init() < 0 || !(sys_modules = dict_new()) ||
        !(builtins_module = start_module(&module_builtins)) ||
        module_builtins.exec(builtins_module) < 0 || !(sys_module = start_module(&module_sys)) ||
        module_sys.exec(sys_module) < 0 || set_paths() < 0) {
        goto failed;
    }
    // Display hooks keep their first values under the dunder names.
    if (start_importlib() < 0 || !import_module("_warnings") || signals_init() < 0 ||
        !import_module("encodings") || !import_module("io")) {
        goto failed;
    }
    Object *open = import_get_attr("io", "open");
    if (!open || module_add(builtins_module, "open", open) < 0 || open_streams() < 0) {
        goto failed;
    }
    if (config.warn_option_count && !import_module("warnings")) {
        goto failed;
    }
    Object *main = module_new(names.__main__);
    if (!main || dict_set(sys_modules, names.__main__, main) < 0 ||
        module_add(main, "__builtins__", builtins_module) < 0 ||
        module_add(main, "__loader__", NONE) < 0 ||
        dict_set(module_dict(main), names.__annotations__, dict_new()) < 0) {
        goto failed;
    }
    thread_heap.no_collection = 0;
    if (!config.gc_stress) {
        heap_window_restart();
    }
    if (!config.no_site && !import_module("site")) {
        goto failed;
    }
    return 0;
failed:
    fprintf(stderr, "Fatal Python error: the runtime did not start\n");
    if (error_occurred()) {
        Object *exception = thread_current->exception;
        Object *errors = sys_module ? sys_get("stderr") : NULL;
        if (errors && errors != NONE) {
            error_print();
        } else {
            error_clear();
            Object *text = object_str(exception);
            const char *utf8 = text ? str_utf8(text, NULL) : NULL;
            fprintf(stderr, "%s: %s\n", exception->type->name, utf8 ? utf8 : "");
            Traceback *entry = (Traceback *)exception_traceback(exception);
            while (entry && (Object *)entry != NONE) {
                Code *code = entry->frame->frame->code;
                fprintf(stderr, "  %s, line %d, in %s\n", str_utf8(code->filename, NULL),
                        code_line_at(code, entry->last_instruction), str_utf8(code->name, NULL));
                entry = entry->next;
            }
        }
    }
    return -1;
}

// ---- running

static Object *main_dict(void) {
    Object *main = dict_get(sys_modules, names.__main__);
    return main ? module_dict(main) : NULL;
}

// Prints the exception in flight (or obeys SystemExit); the exit status.
static int report(void) {
    if (error_matches(&exc_SystemExit)) {
        return handle_system_exit();
    }
    bool interrupted = error_matches(&exc_KeyboardInterrupt);
    error_print();
    if (interrupted) {
        // As a shell expects of an interrupted program.
        signal(SIGINT, SIG_DFL);
        return 128 + SIGINT;
    }
    return 1;
}

static int run_code(Object *code) {
    Object *dict = main_dict();
    if (code && dict && eval_code(code, dict, dict, NULL)) {
        return 0;
    }
    return report();
}

static int run_command(const char *command) {
    Object *text = fs_str(command), *filename = str_intern_cstring("<string>");
    ssize_t length;
    const char *utf8 = text && filename ? str_utf8(text, &length) : NULL;
    if (!utf8) {
        fprintf(stderr, "Unable to decode the command from the command line:\n");
        return report();
    }
    Object *loader = object_getattr_cstring(importlib_module, "BuiltinImporter");
    if (!loader) {
        error_clear();
    } else if (dict_set(main_dict(), names.__loader__, loader) < 0) {
        return report();
    }
    if (dict_set(main_dict(), names.__spec__, NONE) < 0) {
        return report();
    }
    // The newline that a file would end with.
    char *source = malloc((size_t)length + 2);
    if (!source) {
        raise_memory_error();
        return report();
    }
    memcpy(source, utf8, (size_t)length);
    source[length] = '\n';
    source[length + 1] = 0;
    Object *code = compile_source(source, (size_t)length + 1, filename, PARSE_FILE,
                                  PARSE_IGNORE_COOKIE, config.optimize, 11);
    free(source);
    return run_code(code);
}

static int run_module(Object *name, bool set_argv0) {
    Object *run = import_get_attr("runpy", "_run_module_as_main");
    if (!run) {
        fprintf(stderr, "Could not import runpy._run_module_as_main\n");
        return report();
    }
    return call2(run, name, bool_from(set_argv0)) ? 0 : report();
}

static uint8_t *read_stream(FILE *file, size_t *size) {
    size_t capacity = 1 << 16;
    uint8_t *data = malloc(capacity);
    *size = 0;
    while (data) {
        size_t count = fread(data + *size, 1, capacity - *size - 1, file);
        *size += count;
        if (!count) {
            break;
        }
        if (capacity - *size < 2) {
            uint8_t *larger = realloc(data, capacity *= 2);
            if (!larger) {
                free(data);
            }
            data = larger;
        }
    }
    return data;
}

static int run_source(FILE *file, const char *name) {
    size_t size;
    uint8_t *data = read_stream(file, &size);
    Object *filename = fs_str(name);
    if (!data || !filename) {
        raise_memory_error();
        return report();
    }
    Object *code;
    uint32_t magic = 0;
    memcpy(&magic, data, size < 4 ? size : 4);
    if (magic == PYC_MAGIC && size > 16) {
        code = marshal_loads(data + 16, size - 16);
        if (code && code->type != &code_type) {
            code = raise_error(&exc_RuntimeError, "Bad code object in .pyc file");
        }
    } else {
        size_t skip = 0;
        if (config.skip_first_line) {
            uint8_t *newline = memchr(data, '\n', size);
            skip = newline ? (size_t)(newline - data) : size;
        }
        code = compile_source((const char *)data + skip, size - skip, filename, PARSE_FILE, 0,
                              config.optimize, 11);
    }
    free(data);
    return run_code(code);
}

// Directories and zip files with a __main__ run as packages: they go in front of sys.path.
static int run_script(const char *script) {
    Object *path = fs_str(script);
    Object *get_importer = path ? import_get_attr("pkgutil", "get_importer") : NULL;
    struct stat status;
    if (stat(script, &status) == 0 && S_ISDIR(status.st_mode)) {
        Object *importer = get_importer ? call1(get_importer, path) : NULL;
        if (!importer) {
            return report();
        }
        Object *search = sys_get("path");
        if (!search || list_insert(search, 0, path) < 0) {
            return report();
        }
        return run_module(names.__main__, false);
    }
    error_clear();
    FILE *file = fopen(script, "re");
    if (!file) {
        int error = errno;
        fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", paths.executable, script, error,
                strerror(error));
        return 2;
    }
    if (!config.safe_path) {
        char *real = realpath(script, NULL);
        char *slash = real ? strrchr(real, '/') : NULL;
        if (slash) {
            *(slash == real ? slash + 1 : slash) = 0;
        }
        Object *directory = real ? fs_str(real) : NULL, *search = sys_get("path");
        free(real);
        if (!directory || !search || list_insert(search, 0, directory) < 0) {
            fclose(file);
            return report();
        }
    }
    int result = 1;
    Object *dict = main_dict();
    Object *cached = NONE;
    if (!dict || dict_set(dict, names.__file__, path) < 0 ||
        dict_set(dict, names.__cached__, cached) < 0 || dict_set(dict, names.__spec__, NONE) < 0) {
        result = report();
    } else {
        Object *loader_class = import_get_attr("importlib.machinery", "SourceFileLoader");
        Object *loader = loader_class ? call2(loader_class, names.__main__, path) : NULL;
        if (!loader) {
            error_clear();
        } else if (dict_set(dict, names.__loader__, loader) < 0) {
            error_clear();
        }
        result = run_source(file, script);
    }
    fclose(file);
    return result;
}

static int run_interactive(void) {
    Object *dict = main_dict();
    return dict && interactive_run(dict) == 0 ? 0 : report();
}

// $PYTHONSTARTUP runs in __main__ before the first prompt; its errors are printed, no more.
static void run_startup_file(void) {
    const char *name = config.ignore_environment ? NULL : getenv("PYTHONSTARTUP");
    if (!name || !*name) {
        return;
    }
    FILE *file = fopen(name, "re");
    if (!file) {
        int error = errno;
        fprintf(stderr, "Could not open PYTHONSTARTUP\n");
        raise_os_error(error, fs_str(name), NULL);
        error_print();
        return;
    }
    run_source(file, name);
    fclose(file);
}

static int run_program(void) {
    if (config.command || config.module) {
        if (!config.safe_path) {
            Object *first = NULL, *search = sys_get("path");
            if (config.module) {
                char *current = getcwd(NULL, 0);
                first = current ? fs_str(current) : str_empty();
                free(current);
            } else {
                first = str_empty();
            }
            if (!first || !search || list_insert(search, 0, first) < 0) {
                return report();
            }
        }
        if (config.command) {
            return run_command(config.command);
        }
        Object *name = fs_str(config.module);
        return name ? run_module(name, true) : report();
    }
    if (config.script) {
        char *script = path_absolute(config.script);
        int result = run_script(script ? script : config.script);
        free(script);
        return result;
    }
    Object *search = sys_get("path");
    if (!config.safe_path && (!search || list_insert(search, 0, str_empty()) < 0)) {
        return report();
    }
    if (isatty(0) || config.interactive) {
        if (!config.quiet) {
            interactive_banner();
        }
        run_startup_file();
        config.inspect = false;
        return run_interactive();
    }
    return run_source(stdin, "<stdin>");
}

int runtime_run(void) {
    int status = run_program();
    // The program may have asked for it meanwhile.
    if (!config.ignore_environment && getenv("PYTHONINSPECT") && *getenv("PYTHONINSPECT")) {
        config.inspect = true;
    }
    if (config.inspect && (isatty(0) || config.interactive) && (config.command || config.module || config.script)) {
        config.inspect = false;
        status = run_interactive();
    }
    return status;
}

// ---- end

static int flush_stream(const char *name) {
    Object *stream = sys_get(name);
    if (!stream || stream == NONE) {
        return 0;
    }
    Object *closed;
    if (object_getattr_optional(stream, names.closed, &closed) < 0) {
        error_clear();
        return 0;
    }
    if (closed && object_is_true(closed) > 0) {
        return 0;
    }
    if (!call_method0(stream, names.flush)) {
        if (strcmp(name, "stdout") == 0) {
            error_unraisable(stream);
        }
        error_clear();
        return -1;
    }
    return 0;
}

int runtime_finalize(void) {
    Object *threading = dict_get_cstring(sys_modules, "threading");
    if (threading) {
        Object *shutdown = object_getattr_cstring(threading, "_shutdown");
        if (!shutdown || !call0(shutdown)) {
            error_unraisable(threading);
        }
    }
    atexit_run();
    int status = flush_stream("stdout");
    flush_stream("stderr");
    io_flush_all();
    runtime_finalizing = true;
    threads_stop_for_good();
    return status;
}

int runtime_main(int argc, char **argv) {
    setlocale(LC_CTYPE, "");
    int status = config_read(argc, argv);
    if (status >= 0) {
        return status;
    }
    codec_check_always = config.dev_mode;
    if (paths_init() < 0) {
        return 1;
    }
    if (runtime_init() < 0) {
        return 1;
    }
    status = runtime_run();
    if (runtime_finalize() < 0 && status == 0) {
        status = 120;
    }
    fflush(NULL);
    if (status == 128 + SIGINT) {
        raise(SIGINT);
    }
    return status;
}
