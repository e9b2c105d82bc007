// Start and end of the runtime, and what belongs to the process as a whole.
#pragma once

#include "objects/object.h"

// What the command line and the environment asked for (CPython's PyConfig, the part that is used).
typedef struct Config {
    int argc;                 // arguments for sys.argv
    char **argv;
    int original_argc;
    char **original_argv;     // sys.orig_argv
    const char *program;      // argv[0]
    const char *command;      // -c
    const char *module;       // -m
    const char *script;       // file name, NULL: stdin
    bool isolated, ignore_environment, no_site, no_user_site, safe_path, dont_write_bytecode;
    bool unbuffered, skip_first_line, dev_mode, warn_default_encoding;
    int optimize, verbose, debug, bytes_warning, utf8_mode, inspect, interactive, quiet;
    const char *check_hash_pycs;
    const char **warn_options;
    size_t warn_option_count;
    const char **x_options;
    size_t x_option_count;
    bool random_hash, hash_seed_set;  // -R; a seed was given
    uint32_t hash_seed;
    bool import_time, no_debug_ranges;
    int frozen_modules, faulthandler;
    int tracemalloc;              // frames to keep, 0: off
    const char *pycache_prefix;   // or NULL
    const char *fs_encoding, *stdio_encoding, *stdio_errors;  // as the locale and the environment name them
    int int_max_str_digits;
    size_t gc_stress;
    bool trace_gc, trace_heap;
} Config;
extern Config config;

// The whole program: parses the command line and the environment into `config`, runs, returns the exit
// status.
int runtime_main(int argc, char **argv);

// Brings up heap, types, names, builtins, sys, importlib, site. -1 after having printed why.
int runtime_init(void);
// Runs what the configuration asks for and finalizes; returns the exit status.
int runtime_run(void);
// atexit, threading._shutdown, module clean-up, flush. Returns -1 when flushing stdout failed.
int runtime_finalize(void);

extern Object *builtins_module, *sys_module, *sys_modules;  // sys.modules: a dict
Object *sys_get(const char *name);             // attribute of sys or NULL without exception
int sys_set(const char *name, Object *value);
int audit(const char *event, const char *format, ...);  // format: letters O s i n; -1 on exception
bool audit_active(void);

// import: `import_module("os.path")` returns the module named; NULL with an exception.
Object *import_module(const char *name);
Object *import_get_attr(const char *module, const char *attribute);
Object *import_name(Object *name, Object *globals, Object *locals, Object *fromlist, int level);

// Prints the exception in flight as the top level does (through sys.excepthook) and clears it. Returns whether the hook
// raised SystemExit, which is in flight then.
bool error_print(void);
// Writes line `line` of the file, stripped and indented by `indent` spaces, if it can be read.
int traceback_print_source_line(Object *file, Object *filename, int line, int indent);
int handle_system_exit(void); // exit status for the SystemExit in flight
