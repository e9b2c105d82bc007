// Start and end of the runtime, and running what the command line names.
#include "vm/runtime.h"
#include "vm/teardown.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "compile/compile.h"
#include "heap/verify.h"
#include "modules/asyncio/asyncio.h"
#include "modules/atexit.h"
#include "modules/imp.h"
#include "modules/io/io.h"
#include "modules/marshal.h"
#include "modules/modules.h"
#include "modules/signal.h"
#include "modules/socket.h"
#include "modules/sys.h"
#include "modules/thread.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/codecs.h"
#include "objects/code.h"
#include "objects/damage.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type_internal.h"
#include "vm/config.h"
#include "vm/frame.h"
#include "vm/generator.h"
#include "vm/import.h"
#include "vm/interactive.h"
#include "vm/interpreter.h"
#include "vm/paths.h"
#include "vm/stderr_printer.h"

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

// Generators that have finished need no closing, futures whose outcome was looked at nothing to report;
// everything else with a finalizer is asked.
static int finalizer_rank(Object *object) {
    if (generator_is(object)) {
        return generator_needs_finalizer((const Generator *)object);
    }
    if (future_is_finished(object)) {
        return 0;
    }
    const TypeSpec *spec = object->type->info->spec;
    if (spec && spec->frees_only && object->type->info->slots.finalize == spec->slots.finalize) {
        return FINALIZER_QUIET;
    }
    if (object->type == &managed_buffer_type) {
        return managed_buffer_is_released(object) ? 0 : FINALIZER_QUIET;
    }
    return socket_has_nothing_to_close(object) ? 0 : io_finalizer_rank(object);
}

// Asked while the world is stopped.
// Coroutines count as such: what one that was never awaited has to say can wait.
static bool is_program(Object *object) {
    return object->type->flags & TF_TYPE || object->type == &module_type || object->type == &coroutine_type ||
           (object->type == &dict_type && dict_has_without_asking(object, names.__builtins__));
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

static bool start_failed;  // and said so

static Object *fs_str(const char *path) {
    return str_decode_fs(path, (ssize_t)strlen(path));
}

static int set_first_stderr(void) {
    Object *printer = stderr_printer_new();
    return printer && sys_set("stderr", printer) == 0 ? sys_set("__stderr__", printer) : -1;
}

static int set_paths(void) {
    Object *search = list_new((ssize_t)paths.search_count);
    for (size_t i = 0; search && i < paths.search_count; i++) {
        Object *entry = fs_str(paths.search[i]);
        if (!entry || list_append(search, entry) < 0) {
            return -1;
        }
    }
    struct {
        const char *name;
        Object *value;
    } values[] = {
        { "path", search },
        { "executable", fs_str(paths.executable) },
        { "_base_executable", fs_str(paths.base_executable) },
        { "prefix", fs_str(paths.prefix) },
        { "exec_prefix", fs_str(paths.exec_prefix) },
        { "base_prefix", fs_str(paths.prefix) },
        { "base_exec_prefix", fs_str(paths.exec_prefix) },
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (!values[i].value || sys_set(values[i].name, values[i].value) < 0) {
            return -1;
        }
    }
    return 0;
}

// Says why there is no start, with the exception in flight if there is one. -1.
static int fatal_start(const char *message) {
    fprintf(stderr, "Fatal Python error: %s\nPython runtime state: core initialized\n", message);
    if (error_occurred()) {
        Object *exception = thread_current->exception;
        error_clear();
        Object *text = object_str(exception);
        const char *utf8 = text ? str_utf8(text, NULL) : NULL;
        fprintf(stderr, "%s: %s\n", exception->type->name, utf8 ? utf8 : "");
        Traceback *entry = (Traceback *)exception_traceback(exception);
        while (entry && (Object *)entry != NONE) {
            Code *code = frame_object_code(entry->frame);
            fprintf(stderr, "  %s, line %d, in %s\n", str_utf8(code->filename, NULL),
                    code_line_at(code, entry->last_instruction), str_utf8(code->name, NULL));
            entry = entry->next;
        }
    }
    fprintf(stderr, "\nCurrent thread 0x%016lx (most recent call first):\n  <no Python frame>\n",
            pthread_self());
    error_clear();
    start_failed = true;
    return -1;
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
    bool line_buffered = !config.unbuffered && (is_terminal == TRUE_OBJECT || descriptor == 2);
    Object *wrapper = import_get_attr("io", "TextIOWrapper");
    Object *encoding = str_from_cstring(config.stdio_encoding), *error_mode = str_from_cstring(errors);
    Object *newline = str_from_cstring("\n");
    if (!wrapper || !encoding || !error_mode || !newline) {
        return NULL;
    }
    Object *wrapper_args[] = {
        buffer, encoding, error_mode, newline, bool_from(line_buffered), bool_from(config.unbuffered)
    };
    Object *stream = call(wrapper, wrapper_args, 6, NULL);
    Object *mode_name = stream ? str_from_cstring(writing ? "w" : "r") : NULL;
    if (!mode_name || object_setattr(stream, names.mode, mode_name) < 0) {
        return NULL;
    }
    return stream;
}

// The name that the codec of an encoding has in Python; NULL with LookupError.
static const char *codec_name(const char *encoding) {
    Object *lookup = import_get_attr("_codecs", "lookup"), *name = str_from_cstring(encoding);
    Object *info = lookup && name ? call1(lookup, name) : NULL;
    Object *canonical = info ? object_getattr(info, names.name) : NULL;
    const char *utf8 = canonical && str_check(canonical) ? str_utf8(canonical, NULL) : NULL;
    return utf8 ? strdup(utf8) : NULL;
}

static int init_encodings(void) {
    config.fs_encoding = codec_name(config.fs_encoding);
    if (!config.fs_encoding) {
        return fatal_start("init_fs_encoding: failed to get the Python codec of the filesystem encoding");
    }
    config.stdio_encoding = codec_name(config.stdio_encoding);
    if (!config.stdio_encoding) {
        return fatal_start("init_stdio_encoding: failed to get the Python codec name of the stdio encoding");
    }
    return 0;
}

static int open_streams(void) {
    const char *errors = config.stdio_errors;
    struct stat status;
    if (fstat(0, &status) == 0 && S_ISDIR(status.st_mode)) {
        return fatal_start("init_sys_streams: <stdin> is a directory, cannot continue");
    }
    struct {
        const char *name, *own, *label;
        int fd;
        bool writing;
        const char *errors;
    } streams[] = {
        { "stdin", "__stdin__", "<stdin>", 0, false, errors },
        { "stdout", "__stdout__", "<stdout>", 1, true, errors },
        { "stderr", "__stderr__", "<stderr>", 2, true, "backslashreplace" },
    };
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        Object *stream = open_stream(streams[i].fd, streams[i].label, streams[i].writing, streams[i].errors);
        if (!stream || sys_set(streams[i].name, stream) < 0 || sys_set(streams[i].own, stream) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- start

// Zip files on sys.path.
static int start_zipimport(void) {
    if (config.verbose) {
        fprintf(stderr, "# installing zipimport hook\n");
    }
    Object *importer = import_get_attr("zipimport", "zipimporter"), *hooks = sys_get("path_hooks");
    if (!importer || !hooks || list_insert(hooks, 0, importer) < 0) {
        return -1;
    }
    if (config.verbose) {
        fprintf(stderr, "# installed zipimport hook\n");
    }
    return 0;
}

// What the command line switches on of other modules.
static int start_options(void) {
    if (config.faulthandler) {
        Object *enable = import_get_attr("faulthandler", "enable");
        if (!enable || !call0(enable)) {
            return -1;
        }
    }
    if (config.tracemalloc) {
        Object *start = import_get_attr("_tracemalloc", "start"), *frames = int_from_i64(config.tracemalloc);
        if (!start || !frames || !call1(start, frames)) {
            return -1;
        }
    }
    return 0;
}

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
    if (config.verbose) {
        fprintf(stderr, "import _frozen_importlib # frozen\nimport _imp # builtin\n");
    }
    Object *install = object_getattr_cstring(bootstrap, "_install");
    Object *stdlib = fs_str(paths.stdlib);
    if (!install || !stdlib || !call2(install, sys_module, imp) || sys_set("_stdlib_dir", stdlib) < 0) {
        return -1;
    }
    Object *external = object_getattr_cstring(bootstrap, "_install_external_importers");
    return external && call0(external) ? start_zipimport() : -1;
}

#ifdef COLUBER_VERIFY
static const char *damage_of(const Object *object) {
    const char *damage = dict_check(object)  ? dict_damage(object)
                         : set_check(object) ? set_damage(object)
                                             : NULL;
    return damage ? damage : instance_damage(object);
}
#endif

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
    heap_hooks.finalizer_rank = finalizer_rank;
#ifdef COLUBER_VERIFY
    heap_damage_of = damage_of;
#endif
    generator_init();
    const char *fs_encoding = config.fs_encoding;
    str_fs_ascii = strcmp(fs_encoding, "ANSI_X3.4-1968") == 0 || strcasecmp(fs_encoding, "ascii") == 0;
    code_drops_columns = config.no_debug_ranges;
    hash_init(config.hash_seed_set, config.hash_seed);
    heap_add_root(&builtins_module, 1);
    heap_add_root(&sys_module, 1);
    heap_add_root(&sys_modules, 1);
    if (config.int_max_str_digits >= 0) {
        int_max_str_digits = config.int_max_str_digits;
    }
    if (types_init() < 0 || !(sys_modules = dict_new()) ||
        !(builtins_module = start_module(&module_builtins)) || module_builtins.exec(builtins_module) < 0 ||
        !(sys_module = start_module(&module_sys)) || module_sys.exec(sys_module) < 0 ||
        set_first_stderr() < 0 || sys_keep_contents() < 0 || set_paths() < 0) {
        goto failed;
    }
    if (start_importlib() < 0 || !import_module("_warnings")) {
        goto failed;
    }
    if (!import_module("encodings")) {
        fatal_start("init_fs_encoding: failed to get the Python codec of the filesystem encoding");
        goto failed;
    }
    if (init_encodings() < 0 || start_options() < 0 || signals_init() < 0 || !import_module("_signal") ||
        !import_module("io")) {
        goto failed;
    }
    Object *open = import_get_attr("io", "open");
    if (!open || module_add(builtins_module, "open", open) < 0 || open_streams() < 0) {
        goto failed;
    }
    codec_check_always =
        config.dev_mode;  // what is found out by importing modules, which take encodings themselves
    if (config.warn_option_count && !import_module("warnings")) {
        goto failed;
    }
    Object *main = module_new(names.__main__), *loader;
    if (!main || dict_set(sys_modules, names.__main__, main) < 0 ||
        module_add(main, "__builtins__", builtins_module) < 0 ||
        !(loader = object_getattr_cstring(importlib_module, "BuiltinImporter")) ||
        module_add(main, "__loader__", loader) < 0 ||
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
    heap_hooks.is_program = is_program; // the start drops nothing that anybody waits for
    return 0;
failed:
    if (!start_failed) {
        Object *errors = sys_module ? sys_get("stderr") : NULL;
        if (errors && errors != NONE && error_occurred()) {
            fprintf(stderr, "Fatal Python error: the runtime did not start\n");
            error_print();
        } else {
            fatal_start("the runtime did not start");
        }
    }
    return -1;
}

// ---- running

// A program may put anything into sys.modules: NULL and ImportError when it is no module.
static Object *main_dict(void) {
    Object *main = dict_get(sys_modules, names.__main__);
    return main && module_check(main) ? module_dict(main)
                                      : raise_error(&exc_ImportError, "__main__ is no module");
}

// An unhandled KeyboardInterrupt ends the process by the signal, as a shell expects; exit(130) does not.
static bool ends_interrupted;

// Prints the exception in flight (or obeys SystemExit); the exit status.
static int report(void) {
    if (error_matches(&exc_SystemExit) && !config.inspect) {
        return handle_system_exit();
    }
    bool interrupted = error_matches(&exc_KeyboardInterrupt);
    if (error_print()) {
        return handle_system_exit();
    }
    if (interrupted) {
        ends_interrupted = true;
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
    if (audit("cpython.run_command", "O", text) < 0) {
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
    Object *code = compile_source(source, (size_t)length + 1, filename, PARSE_FILE, PARSE_IGNORE_COOKIE,
                                  config.optimize, 11);
    free(source);
    return run_code(code);
}

static int run_module(Object *name, bool set_argv0) {
    if (set_argv0 && audit("cpython.run_module", "O", name) < 0) {
        return report();
    }
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

static Object *load_compiled(const uint8_t *data, size_t size) {
    uint32_t magic = 0;
    memcpy(&magic, data, size < 4 ? size : 4);
    if (magic != PYC_MAGIC) {
        return raise_error(&exc_RuntimeError, "Bad magic number in .pyc file");
    }
    if (size < 16) {
        return raise_error(&exc_EOFError, "EOF read where not expected");
    }
    Object *code = marshal_loads(data + 16, size - 16);
    if (code && code->type == &code_type) {
        return code;
    }
    error_clear();
    return raise_error(&exc_RuntimeError, "Bad code object in .pyc file");
}

static int run_source(FILE *file, const char *name, bool compiled) {
    size_t size;
    uint8_t *data = read_stream(file, &size);
    if (file != stdin) {
        fclose(file);  // the program finds no descriptor of ours
    }
    Object *filename = fs_str(name);
    if (!data || !filename) {
        raise_memory_error();
        return report();
    }
    Object *code;
    if (compiled) {
        code = load_compiled(data, size);
    } else {
        size_t skip = 0;
        if (config.skip_first_line) {
            uint8_t *newline = memchr(data, '\n', size);
            skip = newline ? (size_t)(newline - data) : size;
        }
        code = compile_source((const char *)data + skip, size - skip, filename, PARSE_FILE, PARSE_FROM_FILE,
                              config.optimize, 11);
    }
    free(data);
    return run_code(code);
}

// What sys.path_hooks make of the script when it is a directory or a zip file; NONE for ordinary files.
static Object *importer_of(Object *path) {
    Object *external = dict_get_cstring(sys_modules, "_frozen_importlib_external");
    Object *finder = external ? object_getattr_cstring(external, "PathFinder") : NULL;
    Object *lookup = finder ? object_getattr_cstring(finder, "_path_importer_cache") : NULL;
    return lookup ? call1(lookup, path) : NULL;
}

static bool is_compiled_name(const char *name) {
    const char *suffix = strrchr(name, '.');
    return suffix && strcmp(suffix, ".pyc") == 0;
}

// By its name, or by half of the magic number; what is no regular file cannot be looked into.
static bool is_compiled(FILE *file, const char *name) {
    if (is_compiled_name(name)) {
        return true;
    }
    struct stat status;
    uint16_t half = 0;
    if (fstat(fileno(file), &status) < 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    bool compiled = fread(&half, 1, 2, file) == 2 && half == (PYC_MAGIC & 0xffff);
    (void)fseek(file, 0, SEEK_SET);
    return compiled;
}

static int set_main(const char *name, Object *value) {
    Object *dict = main_dict();
    return dict && value ? dict_set_cstring(dict, name, value) : -1;
}

static int run_file(FILE *file, const char *script, Object *path) {
    bool compiled = is_compiled(file, script);
    Object *loader_class = import_get_attr("_frozen_importlib_external",
                                           compiled ? "SourcelessFileLoader" : "SourceFileLoader");
    Object *loader = loader_class ? call2(loader_class, names.__main__, path) : NULL;
    if (!loader || set_main("__file__", path) < 0 || set_main("__cached__", NONE) < 0 ||
        set_main("__loader__", loader) < 0 || audit("cpython.run_file", "O", path) < 0) {
        return report();
    }
    int status = run_source(file, script, compiled);
    Object *dict = main_dict();
    if (dict) {
        dict_delete_optional(dict, names.__file__);
        dict_delete_optional(dict, names.__cached__);
    }
    error_clear();
    if (config.inspect) {
        // what the script wrote comes before the first prompt
        static const char *const streams[] = { "stderr", "stdout" };
        for (size_t i = 0; i < COUNT_OF(streams); i++) {
            Object *stream = sys_get(streams[i]);
            if (stream && stream != NONE && !call_method0(stream, names.flush)) {
                error_clear();
            }
        }
    }
    return status;
}

// Directories and zip files with a __main__ run as packages: they go in front of sys.path.
static int run_script(const char *script) {
    Object *path = fs_str(script), *importer = path ? importer_of(path) : NULL, *search = sys_get("path");
    if (!importer || !search) {
        return report();
    }
    if (importer != NONE) {
        return list_insert(search, 0, path) < 0 ? report() : run_module(names.__main__, false);
    }
    if (!config.safe_path) {
        char *real = realpath(script, NULL);
        char *slash = strrchr(real ? real : script, '/');
        Object *directory = NULL;
        if (slash) {
            const char *from = real ? real : script;
            ssize_t length = slash == from ? 1 : slash - from;
            directory = str_decode_fs(from, length);
        }
        free(real);
        if (!directory || list_insert(search, 0, directory) < 0) {
            return report();
        }
    }
    FILE *file = fopen(script, "re");
    struct stat status;
    if (!file) {
        int error = errno;
        Object *shown = object_repr(path);
        fprintf(stderr, "%s: can't open file %s: [Errno %d] %s\n", config.program,
                shown ? str_utf8(shown, NULL) : script, error, strerror(error));
        error_clear();
        return 2;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fprintf(stderr, "%s: '%s' is a directory, cannot continue\n", config.program, script);
        fclose(file);
        return 1;
    }
    return run_file(file, script, path);
}

static int run_interactive(void) {
    Object *dict = main_dict();
    InteractiveEnd end = dict ? interactive_run(dict) : INTERACTIVE_EXIT;
    return end == INTERACTIVE_EXIT ? report() : end == INTERACTIVE_NO_MEMORY;
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
    run_source(file, name, is_compiled_name(name));
}

static int run_program(void) {
    bool prompts = !config.command && !config.module && !config.script && (isatty(0) || config.interactive);
    if (!config.quiet && (config.verbose || prompts)) {
        interactive_banner();
    }
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
    if (prompts) {
        run_startup_file();
        config.inspect = 0;
        return run_interactive();
    }
    Object *name = str_from_cstring("<stdin>");
    if (set_main("__file__", name) < 0 || set_main("__cached__", NONE) < 0 ||
        audit("cpython.run_stdin", NULL) < 0) {
        return report();
    }
    return run_source(stdin, "<stdin>", false);
}

int runtime_run(void) {
    int status = run_program();
    // The program may have asked for it meanwhile.
    if (!config.ignore_environment && getenv("PYTHONINSPECT") && *getenv("PYTHONINSPECT")) {
        config.inspect = 1;
    }
    if (config.inspect && (isatty(0) || config.interactive) &&
        (config.command || config.module || config.script)) {
        config.inspect = 0;
        status = run_interactive();
    }
    return status;
}

// ---- end

// -1 when it could not be written.
static int flush_stream(const char *name) {
    Object *stream = sys_get(name);
    if (!stream || stream == NONE) {
        return 0;
    }
    Object *closed = NULL;
    if (object_getattr_optional(stream, names.closed, &closed) > 0 && object_is_true(closed) > 0) {
        return 0;
    }
    error_clear();
    if (call_method0(stream, names.flush)) {
        return 0;
    }
    if (strcmp(name, "stdout") == 0) {
        error_unraisable(stream);
    }
    error_clear();
    return -1;
}

static int flush_streams(void) {
    int out = flush_stream("stdout"), err = flush_stream("stderr");
    return out < 0 ? out : err;
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
    int status = flush_streams();
    io_flush_all();
    runtime_finalizing = true;
    threads_stop_for_good();
    teardown();
    io_flush_all();
    if (config.trace_heap) {
        heap_print_stats();
    }
    return status;
}

int runtime_main(int argc, char **argv) {
    int status = config_read(argc, argv);
    if (status >= 0) {
        return status;
    }
    bytes_warning_level = config.bytes_warning;
    if (paths_init() < 0) {
        return 1;
    }
    if (runtime_init() < 0) {
        return 1;
    }
    teardown_prepare();
    status = runtime_run();
    if (runtime_finalize() < 0) {
        status = 120;
    }
    fflush(NULL);
    if (ends_interrupted) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return status;
}
