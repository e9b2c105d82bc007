// The command line and the environment, as `Config`.
#include "vm/config.h"

#include "modules/oracle_info.h"

Config config;

static const char usage_text[] =
    "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
    "Options (and the environment variable of the same effect):\n"
    "-b     : warn about str(bytes) and about comparing bytes with str (-bb: raise)\n"
    "-B     : write no .pyc files on import (PYTHONDONTWRITEBYTECODE=x)\n"
    "-c cmd : run the program that is passed as a string\n"
    "-d     : parser debugging (PYTHONDEBUG=x)\n"
    "-E     : ignore PYTHON* environment variables\n"
    "-h     : print this help and exit (also -? or --help)\n"
    "-i     : go on interactively after the program (PYTHONINSPECT=x)\n"
    "-I     : isolate from the user's environment (implies -E, -s and -P)\n"
    "-m mod : run a library module as a script\n"
    "-O     : drop assert statements and __debug__ blocks (PYTHONOPTIMIZE=x)\n"
    "-OO    : like -O, and drop doc strings\n"
    "-P     : do not put a possibly unsafe directory in front of sys.path (PYTHONSAFEPATH)\n"
    "-q     : print no version at an interactive start\n"
    "-s     : leave the user's site directory out of sys.path (PYTHONNOUSERSITE)\n"
    "-S     : do not import site at the start\n"
    "-u     : unbuffered stdout and stderr (PYTHONUNBUFFERED=x)\n"
    "-v     : tell about each import (PYTHONVERBOSE=x)\n"
    "-V     : print the version and exit (also --version)\n"
    "-W arg : warning control, action:message:category:module:lineno (PYTHONWARNINGS=arg)\n"
    "-x     : skip the first line of the source\n"
    "-X opt : an option of the implementation\n"
    "--check-hash-based-pycs always|default|never: how hash-based .pyc files are checked\n"
    "Arguments:\n"
    "file   : the program\n"
    "-      : the program comes from stdin (the default)\n"
    "arg ...: sys.argv[1:]\n";

static const char *environment(const char *name) {
    const char *value = config.ignore_environment ? NULL : getenv(name);
    return value && *value ? value : NULL;
}

// A number from the environment, at least 1 when the variable is set.
static int environment_level(const char *name) {
    const char *value = environment(name);
    if (!value) {
        return 0;
    }
    int level = atoi(value);
    return level > 0 ? level : 1;
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
    fprintf(stderr, "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
                    "Try `python -h' for more information.\n", program);
    return 2;
}

// -1: go on; otherwise the exit status.
static int fatal(const char *message) {
    fprintf(stderr, "Fatal Python error: %s\n", message);
    return 1;
}

static int read_environment(void) {
    const char *value;
    config.optimize = config.optimize > environment_level("PYTHONOPTIMIZE")
                          ? config.optimize : environment_level("PYTHONOPTIMIZE");
    config.optimize = config.optimize > 2 ? 2 : config.optimize;
    config.debug |= environment_level("PYTHONDEBUG");
    config.verbose = config.verbose ? config.verbose : environment_level("PYTHONVERBOSE");
    config.inspect |= environment("PYTHONINSPECT") != NULL;
    config.unbuffered |= environment("PYTHONUNBUFFERED") != NULL;
    config.dont_write_bytecode |= environment("PYTHONDONTWRITEBYTECODE") != NULL;
    config.no_user_site |= environment("PYTHONNOUSERSITE") != NULL;
    config.safe_path |= environment("PYTHONSAFEPATH") != NULL;
    config.dev_mode |= environment("PYTHONDEVMODE") != NULL || x_option("dev", &value);
    config.warn_default_encoding |= environment("PYTHONWARNDEFAULTENCODING") != NULL ||
                                    x_option("warn_default_encoding", &value);
    config.faulthandler |= config.dev_mode || environment("PYTHONFAULTHANDLER") != NULL ||
                           x_option("faulthandler", &value);
    if ((value = environment("PYTHONHASHSEED")) && strcmp(value, "random") != 0) {
        char *end;
        unsigned long seed = strtoul(value, &end, 10);
        if (*end || seed > UINT32_MAX) {
            return fatal("config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in "
                         "range [0; 4294967295]");
        }
        config.hash_seed_set = true;
        config.hash_seed = (uint32_t)seed;
    }
    const char *utf8;
    if (x_option("utf8", &utf8)) {
        config.utf8_mode = !utf8 || strcmp(utf8, "0") != 0;
    } else if ((utf8 = environment("PYTHONUTF8"))) {
        config.utf8_mode = strcmp(utf8, "0") != 0;
    }
    config.frozen_modules = 1;
    if (x_option("frozen_modules", &value) && value && *value) {
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
            return fatal("bad value for option -X frozen_modules (expected \"on\" or \"off\")\n"
                         "Python runtime state: preinitialized\n");
        }
        config.frozen_modules = strcmp(value, "on") == 0;
    }
    config.int_max_str_digits = -1;
    const char *digits = NULL;
    if (x_option("int_max_str_digits", &digits) || (digits = environment("PYTHONINTMAXSTRDIGITS"))) {
        char *end = NULL;
        long limit = digits ? strtol(digits, &end, 10) : -1;
        if (!digits || *end || limit < 0 || (limit > 0 && limit < 640)) {
            return fatal("config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must "
                         "be >= 640 or 0 for unlimited.");
        }
        config.int_max_str_digits = (int)limit;
    }
    if (x_option("gc-stress", &value) && value) {
        config.gc_stress = strtoul(value, NULL, 10);
    }
    config.trace_gc = x_option("trace-gc", &value);
    config.trace_heap = x_option("heap", &value);
    return -1;
}

// PYTHONWARNINGS come before -W, -X dev and -b around them, as in CPython.
static int collect_warnings(const char **from_command, size_t count) {
    config.warn_options = NULL;
    config.warn_option_count = 0;
    int status = 0;
    if (config.dev_mode) {
        status |= add_option(&config.warn_options, &config.warn_option_count, "default");
    }
    const char *value = environment("PYTHONWARNINGS");
    char *copy = value ? strdup(value) : NULL;
    for (char *save, *word = copy ? strtok_r(copy, ",", &save) : NULL; word;
         word = strtok_r(NULL, ",", &save)) {
        status |= add_option(&config.warn_options, &config.warn_option_count, word);
    }
    for (size_t i = 0; i < count; i++) {
        status |= add_option(&config.warn_options, &config.warn_option_count, from_command[i]);
    }
    if (config.bytes_warning) {
        status |= add_option(&config.warn_options, &config.warn_option_count,
                             config.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
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
            if (strcmp(option, "--help") == 0 || strcmp(option, "--help-all") == 0) {
                printf(usage_text, program);
                return 0;
            }
            if (strcmp(option, "--version") == 0) {
                version++;
                i++;
                continue;
            }
            if (strcmp(option, "--check-hash-based-pycs") == 0 && i + 1 < argc) {
                config.check_hash_pycs = argv[i + 1];
                if (strcmp(argv[i + 1], "always") && strcmp(argv[i + 1], "never") &&
                    strcmp(argv[i + 1], "default")) {
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
            case 'c': config.command = argument; ended = true; break;
            case 'd': config.debug++; break;
            case 'E': config.ignore_environment = true; break;
            case 'h': case '?': printf(usage_text, program); return 0;
            case 'i': config.inspect = config.interactive = true; break;
            case 'I':
                config.isolated = config.ignore_environment = config.no_user_site = true;
                config.safe_path = true;
                break;
            case 'm': config.module = argument; ended = true; break;
            case 'O': config.optimize++; break;
            case 'P': config.safe_path = true; break;
            case 'q': config.quiet = true; break;
            case 'R': break;
            case 's': config.no_user_site = true; break;
            case 'S': config.no_site = true; break;
            case 't': break;
            case 'u': config.unbuffered = true; break;
            case 'v': config.verbose++; break;
            case 'V': version++; break;
            case 'W':
                if (add_option(&command_warnings, &command_warning_count, argument) < 0) {
                    return fatal("out of memory");
                }
                break;
            case 'x': config.skip_first_line = true; break;
            case 'X':
                if (add_option(&config.x_options, &config.x_option_count, argument) < 0) {
                    return fatal("out of memory");
                }
                break;
            default:
                fprintf(stderr, "Unknown option: -%c\n", *letter);
                return usage_error(program);
            }
            if (argument) {
                break;
            }
        }
    }
    if (version) {
        printf(version > 1 ? "Python %s (Coluber 0.1, Clang 19)\n" : "Python %s\n", ORACLE_VERSION);
        return 0;
    }
    // sys.argv: "-c", "-m", or the script, then its arguments.
    config.argv = calloc((size_t)(argc - i) + 2, sizeof *config.argv);
    if (!config.argv) {
        return fatal("out of memory");
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
    int status = read_environment();
    if (status >= 0) {
        return status;
    }
    return collect_warnings(command_warnings, command_warning_count) < 0 ? fatal("out of memory") : -1;
}
