// The command line and the environment, as `Config`.
#include "vm/config.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>

#include "modules/oracle_info.h"
#include "modules/sys.h"
#include "vm/twin.h"

Config config;

static const char usage_line[] = "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";

static const char *environment(const char *name) {
    const char *value = config.ignore_environment ? NULL : getenv(name);
    return value && *value ? value : NULL;
}

// A number from the environment: 0 when it is not set, 1 for what is not a number.
static int environment_level(const char *name) {
    const char *value = environment(name);
    if (!value) {
        return 0;
    }
    char *end;
    long level = strtol(value, &end, 10);
    return *end || level < 0 || level > INT_MAX ? 1 : (int)level;
}

static void raise_level(int *level, const char *name) {
    int value = environment_level(name);
    *level = *level > value ? *level : value;
}

static int add_option(const char ***list, size_t *count, const char *value) {
    const char **larger = realloc(*list, (*count + 1) * sizeof **list);
    if (!larger) {
        return -1;
    }
    *list = larger;
    larger[(*count)++] = value;
    return 0;
}

static bool x_option(const char *name, const char **value) {
    for (size_t i = config.x_option_count; i-- > 0;) {
        const char *option = config.x_options[i];
        size_t length = strcspn(option, "=");
        if (strlen(name) == length && strncmp(option, name, length) == 0) {
            *value = option[length] ? option + length + 1 : NULL;
            return true;
        }
    }
    return false;
}

static int usage_error(const char *program) {
    fprintf(stderr, usage_line, program);
    fprintf(stderr, "Try `python -h' for more information.\n");
    return 2;
}

// The exit status. `state` is how far CPython is when it says the same.
static int fatal(const char *state, const char *message) {
    fprintf(stderr, "Fatal Python error: %s\nPython runtime state: %s\n\n", message, state);
    return 1;
}

static bool is_c_locale(const char *locale) {
    return !locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

// -1, or the status to exit with. Comes first: CPython looks at it before other options.
static int choose_utf8_mode(void) {
    setlocale(LC_CTYPE, "");
    const char *value;
    if (x_option("utf8", &value)) {
        if (value && strcmp(value, "0") != 0 && strcmp(value, "1") != 0) {
            return fatal("preinitializing", "preconfig_init_utf8_mode: invalid -X utf8 option value");
        }
        config.utf8_mode = !value || *value == '1';
    } else if ((value = environment("PYTHONUTF8"))) {
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0) {
            return fatal("preinitializing",
                         "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value");
        }
        config.utf8_mode = *value == '1';
    } else {
        config.utf8_mode = is_c_locale(setlocale(LC_CTYPE, NULL));
    }
    return -1;
}

// PEP 538 and PEP 540: the C locale becomes a UTF-8 one where the system has one, and switches UTF-8 mode
// on unless it was refused.
static void choose_locale(void) {
    bool is_c = is_c_locale(setlocale(LC_CTYPE, NULL));
    const char *value = environment("PYTHONCOERCECLOCALE");
    bool warns = value && strcmp(value, "warn") == 0, refused = value && strcmp(value, "0") == 0;
    if (!is_c) {
        return;
    }
    const char *all = getenv("LC_ALL");
    static const char *const targets[] = { "C.UTF-8", "C.utf8", "UTF-8" };
    for (size_t i = 0; !refused && !(all && *all) && i < COUNT_OF(targets); i++) {
        if (!setlocale(LC_CTYPE, targets[i])) {
            continue;
        }
        const char *codeset = nl_langinfo(CODESET);
        if (!codeset || !*codeset) {
            continue;  // a locale that names no encoding
        }
        setenv("LC_CTYPE", targets[i], 1);
        if (warns) {
            fprintf(stderr,
                    "Python detected LC_CTYPE=C: LC_CTYPE coerced to %.20s (set another locale or "
                    "PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior).\n",
                    targets[i]);
        }
        return;
    }
    setlocale(LC_CTYPE, "C");
    if (warns) {
        fprintf(stderr, "Python runtime initialized with LC_CTYPE=C (a locale with default ASCII encoding), "
                        "which may cause Unicode compatibility problems. Using C.UTF-8, C.utf8, or UTF-8 (if "
                        "available) as alternative Unicode-compatible locales is recommended.\n");
    }
    return;
}

// The encodings of file names and of the standard streams, and how the streams treat errors.
static void choose_encodings(void) {
    const char *codeset = config.utf8_mode ? "utf-8" : nl_langinfo(CODESET);
    config.fs_encoding = !codeset || !*codeset ? "utf-8" : codeset;
    config.stdio_encoding = config.fs_encoding;
    const char *locale = setlocale(LC_CTYPE, NULL);
    bool lenient = config.utf8_mode || is_c_locale(locale) || strcmp(locale, "C.UTF-8") == 0 ||
                   strcmp(locale, "C.utf8") == 0 || strcmp(locale, "UTF-8") == 0;
    config.stdio_errors = lenient ? "surrogateescape" : "strict";
    const char *wanted = environment("PYTHONIOENCODING");
    char *copy = wanted ? strdup(wanted) : NULL;
    if (copy) {
        char *colon = strchr(copy, ':');
        if (colon) {
            *colon = 0;
            if (colon[1]) {
                config.stdio_errors = colon + 1;
            }
        }
        if (*copy) {
            config.stdio_encoding = copy;
            config.stdio_errors = colon && colon[1] ? colon + 1 : "strict";
        }
    }
}

// A number of frames for tracemalloc, or -1.
static int frame_count(const char *text) {
    char *end;
    errno = 0;
    long count = strtol(text, &end, 10);
    return *end || errno || count < 0 || count > INT_MAX ? -1 : (int)count;
}

static int digit_limit(const char *text) {
    char *end;
    errno = 0;
    long limit = text && *text ? strtol(text, &end, 10) : -1;
    bool bad = limit < 0 || *end || errno || limit > INT_MAX || (limit && limit < 640);
    return bad ? -1 : (int)limit;
}

static int read_environment(void) {
    const char *value;
    int status = choose_utf8_mode();
    if (status >= 0) {
        return status;
    }
    raise_level(&config.optimize, "PYTHONOPTIMIZE");
    raise_level(&config.debug, "PYTHONDEBUG");
    raise_level(&config.verbose, "PYTHONVERBOSE");
    raise_level(&config.inspect, "PYTHONINSPECT");
    config.unbuffered |= environment_level("PYTHONUNBUFFERED") > 0;
    config.dont_write_bytecode |= environment_level("PYTHONDONTWRITEBYTECODE") > 0;
    config.no_user_site |= environment_level("PYTHONNOUSERSITE") > 0;
    config.safe_path |= environment("PYTHONSAFEPATH") != NULL;
    config.dev_mode |= environment("PYTHONDEVMODE") != NULL || x_option("dev", &value);
    config.warn_default_encoding |= environment("PYTHONWARNDEFAULTENCODING") != NULL ||
                                    x_option("warn_default_encoding", &value);
    config.faulthandler |= config.dev_mode || environment("PYTHONFAULTHANDLER") != NULL ||
                           x_option("faulthandler", &value);
    config.import_time |= environment("PYTHONPROFILEIMPORTTIME") != NULL || x_option("importtime", &value);
    config.no_debug_ranges |= environment("PYTHONNODEBUGRANGES") != NULL ||
                              x_option("no_debug_ranges", &value);
    if ((value = environment("PYTHONMALLOC"))) {
        static const char *const allocators[] = { "debug",        "default",  "malloc",
                                                  "malloc_debug", "pymalloc", "pymalloc_debug" };
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(allocators); i++) {
            known |= strcmp(value, allocators[i]) == 0;
        }
        if (!known) {
            return fatal("preinitializing", "preconfig_init_allocator: PYTHONMALLOC: unknown allocator");
        }
    }
    if (!config.random_hash && (value = environment("PYTHONHASHSEED")) && strcmp(value, "random") != 0) {
        char *end;
        unsigned long seed = strtoul(value, &end, 10);
        if (*end || seed > UINT32_MAX) {
            return fatal("preinitialized", "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an "
                                           "integer in range [0; 4294967295]");
        }
        config.hash_seed_set = true;
        config.hash_seed = (uint32_t)seed;
    }
    config.frozen_modules = 1;
    if (x_option("frozen_modules", &value) && value && *value) {
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
            return fatal("preinitialized",
                         "bad value for option -X frozen_modules (expected \"on\" or \"off\")");
        }
        config.frozen_modules = strcmp(value, "on") == 0;
    }
    if ((value = environment("PYTHONTRACEMALLOC"))) {
        config.tracemalloc = frame_count(value);
        if (config.tracemalloc < 0) {
            return fatal("preinitialized",
                         "config_init_tracemalloc: PYTHONTRACEMALLOC: invalid number of frames");
        }
    }
    if (x_option("tracemalloc", &value)) {
        config.tracemalloc = value ? frame_count(value) : 1;
        if (config.tracemalloc < 0) {
            return fatal("preinitialized",
                         "config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames");
        }
    }
    config.int_max_str_digits = -1;
    if ((value = environment("PYTHONINTMAXSTRDIGITS"))) {
        config.int_max_str_digits = digit_limit(value);
        if (config.int_max_str_digits < 0) {
            return fatal("preinitialized", "config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: invalid "
                                           "limit; must be >= 640 or 0 for unlimited.");
        }
    }
    if (x_option("int_max_str_digits", &value)) {
        config.int_max_str_digits = value && !*value ? 0 : digit_limit(value);
        if (config.int_max_str_digits < 0) {
            return fatal("preinitialized", "config_init_int_max_str_digits: -X int_max_str_digits: invalid "
                                           "limit; must be >= 640 or 0 for unlimited.");
        }
    }
    if (x_option("pycache_prefix", &value)) {
        config.pycache_prefix = value && *value ? value : NULL;
    } else {
        config.pycache_prefix = environment("PYTHONPYCACHEPREFIX");
    }
    if (x_option("gc-stress", &value) && value) {
        config.gc_stress = strtoul(value, NULL, 10);
    }
    if (x_option("dump-code", &value)) {
        twin_dump_name = value ? value : "";
    }
    config.trace_gc = x_option("trace-gc", &value);
    config.trace_heap = x_option("heap", &value);
    choose_locale();
    choose_encodings();
    return -1;
}

// One that was given before counts where it stood.
static int add_warning(const char *option) {
    for (size_t i = 0; i < config.warn_option_count; i++) {
        if (strcmp(config.warn_options[i], option) == 0) {
            return 0;
        }
    }
    return add_option(&config.warn_options, &config.warn_option_count, option);
}

// PYTHONWARNINGS come before -W, -X dev and -b around them, as in CPython.
static int collect_warnings(const char **from_command, size_t count) {
    config.warn_options = NULL;
    config.warn_option_count = 0;
    int status = 0;
    if (config.dev_mode) {
        status |= add_warning("default");
    }
    const char *value = environment("PYTHONWARNINGS");
    char *copy = value ? strdup(value) : NULL;
    for (char *save, *word = copy ? strtok_r(copy, ",", &save) : NULL; word;
         word = strtok_r(NULL, ",", &save)) {
        status |= add_warning(word);
    }
    for (size_t i = 0; i < count; i++) {
        status |= add_warning(from_command[i]);
    }
    if (config.bytes_warning) {
        status |= add_warning(config.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
    }
    return status;
}

int config_read(int argc, char **argv) {
    config.original_argc = argc;
    config.original_argv = argv;
    config.program = argc > 0 ? argv[0] : "coluber";
    const char **command_warnings = NULL;
    size_t command_warning_count = 0;
    int version = 0, i = 1;
    const char *program = config.program;
    bool ended = false;
    while (!ended && i < argc && argv[i][0] == '-' && argv[i][1]) {
        const char *option = argv[i];
        if (strcmp(option, "--") == 0) {
            i++;
            break;
        }
        if (strncmp(option, "--", 2) == 0) {
            static const struct {
                const char *option, *text;
                bool usage;
            } helps[] = {
                { "--help", ORACLE_HELP, true },
                { "--help-env", ORACLE_HELP_ENV, false },
                { "--help-xoptions", ORACLE_HELP_XOPTIONS, false },
                { "--help-all", ORACLE_HELP_ALL, true },
            };
            for (size_t k = 0; k < COUNT_OF(helps); k++) {
                if (strcmp(option, helps[k].option) == 0) {
                    if (helps[k].usage) {
                        printf(usage_line, program);
                    }
                    fputs(helps[k].text, stdout);
                    return 0;
                }
            }
            if (strcmp(option, "--version") == 0) {
                version++;
                i++;
                continue;
            }
            if (strcmp(option, "--check-hash-based-pycs") == 0) {
                if (i + 1 == argc) {
                    fprintf(stderr, "Argument expected for the --check-hash-based-pycs options\n");
                    return usage_error(program);
                }
                config.check_hash_pycs = argv[i + 1];
                if (strcmp(argv[i + 1], "always") != 0 && strcmp(argv[i + 1], "never") != 0 &&
                    strcmp(argv[i + 1], "default") != 0) {
                    fprintf(stderr, "--check-hash-based-pycs must be one of 'default', 'always', or "
                                    "'never'\n");
                    return usage_error(program);
                }
                i += 2;
                continue;
            }
            fprintf(stderr, "unknown option %s\n", option);
            return usage_error(program);
        }
        i++;
        for (const char *letter = option + 1; *letter; letter++) {
            const char *argument = NULL;
            if (strchr("cmWX", *letter)) {
                argument = letter[1] ? letter + 1 : i < argc ? argv[i++] : NULL;
                if (!argument) {
                    fprintf(stderr, "Argument expected for the -%c option\n", *letter);
                    return usage_error(program);
                }
            }
            switch (*letter) {
            case 'b': config.bytes_warning++; break;
            case 'B': config.dont_write_bytecode = true; break;
            case 'c':
                config.command = argument;
                ended = true;
                break;
            case 'd': config.debug++; break;
            case 'E': config.ignore_environment = true; break;
            case 'h':
            case '?':
                printf(usage_line, program);
                fputs(ORACLE_HELP, stdout);
                return 0;
            case 'i':
                config.inspect++;
                config.interactive++;
                break;
            case 'I':
                config.isolated = config.ignore_environment = config.no_user_site = true;
                config.safe_path = true;
                break;
            case 'J': fprintf(stderr, "-J is reserved for Jython\n"); return usage_error(program);
            case 'm':
                config.module = argument;
                ended = true;
                break;
            case 'O': config.optimize++; break;
            case 'P': config.safe_path = true; break;
            case 'q': config.quiet++; break;
            case 'R': config.random_hash = true; break;
            case 's': config.no_user_site = true; break;
            case 'S': config.no_site = true; break;
            case 't': break;
            case 'u': config.unbuffered = true; break;
            case 'v': config.verbose++; break;
            case 'V': version++; break;
            case 'W':
                if (add_option(&command_warnings, &command_warning_count, argument) < 0) {
                    return fatal("preinitializing", "out of memory");
                }
                break;
            case 'x': config.skip_first_line = true; break;
            case 'X':
                if (add_option(&config.x_options, &config.x_option_count, argument) < 0) {
                    return fatal("preinitializing", "out of memory");
                }
                break;
            default: fprintf(stderr, "Unknown option: -%c\n", *letter); return usage_error(program);
            }
            if (argument) {
                break;
            }
        }
    }
    if (version) {
        printf("Python %s\n", version > 1 ? sys_version_text : ORACLE_VERSION);
        return 0;
    }
    // sys.argv: "-c", "-m", or the script, then its arguments.
    config.argv = calloc((size_t)(argc - i) + 2, sizeof *config.argv);
    if (!config.argv) {
        return fatal("preinitializing", "out of memory");
    }
    config.argc = 0;
    if (config.command) {
        config.argv[config.argc++] = (char *)"-c";
    } else if (config.module) {
        config.argv[config.argc++] = (char *)"-m";
    } else if (i < argc) {
        if (strcmp(argv[i], "-") != 0) {
            config.script = argv[i];
        }
    } else {
        config.argv[config.argc++] = (char *)"";
    }
    for (; i < argc; i++) {
        config.argv[config.argc++] = argv[i];
    }
    const char *executable = environment("PYTHONEXECUTABLE");
    if (executable) {
        config.program = executable;
    }
    int status = read_environment();
    if (status >= 0) {
        return status;
    }
    return collect_warnings(command_warnings, command_warning_count) < 0
               ? fatal("preinitialized", "out of memory")
               : -1;
}
