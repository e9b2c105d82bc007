// Finding the standard library, by the rules of the `site` documentation: PYTHONHOME, else from
// the place of the executable (or the one that a pyvenv.cfg beside or above it names) upward, else the
// prefix that was chosen at build time.
#include "vm/paths.h"

#include <limits.h>
#include <unistd.h>

#include "modules/oracle_info.h"
#include "vm/runtime.h"

Paths paths;

static bool is_file(const char *path) {
    return access(path, R_OK) == 0;
}

static char *joined(const char *directory, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static char *directory_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

char *path_absolute(const char *path) {
    if (path[0] == '/') {
        return strdup(path);
    }
    char current[PATH_MAX];
    if (!getcwd(current, sizeof current)) {
        return strdup(path);
    }
    return !*path || strcmp(path, ".") == 0 ? strdup(current) : joined(current, path);
}

// `path` seen from `directory`, without its "." and ".." components.
static char *path_normalized(const char *directory, const char *path) {
    char *whole = path[0] == '/' ? strdup(path) : joined(directory, path);
    char *out = whole;
    for (char *next = whole; whole && *next;) {
        size_t slashes = strspn(next, "/"), length = strcspn(next + slashes, "/");
        const char *part = next + slashes;
        if (length == 2 && part[0] == '.' && part[1] == '.') {
            while (out > whole && *--out != '/') {
            }
        } else if (length && !(length == 1 && part[0] == '.')) {
            *out++ = '/';
            memmove(out, part, length);
            out += length;
        }
        next = next + slashes + length;
    }
    if (whole) {
        if (out == whole) {
            *out++ = '/';
        }
        *out = 0;
    }
    return whole;
}

// The executable as the shell found it: a path as given, else looked up in PATH; empty where it is not there.
static char *find_executable(const char *program) {
    if (!program || !*program) {
        return strdup("");
    }
    if (strchr(program, '/')) {
        while (program[0] == '.' && program[1] == '/') {
            program += 2;
        }
        return path_absolute(program);
    }
    const char *search = getenv("PATH");
    while (search && *search) {
        size_t length = strcspn(search, ":");
        char *directory = strndup(search, length);
        char *path = directory ? joined(*directory ? directory : ".", program) : NULL;
        free(directory);
        if (path && access(path, X_OK) == 0) {
            char *result = path_absolute(path);
            free(path);
            return result;
        }
        free(path);
        search += length + (search[length] == ':');
    }
    return strdup("");
}

static char *library_of(const char *prefix) {
    char *stdlib = NULL;
    return asprintf(&stdlib, "%s/%s/python3.11", strcmp(prefix, "/") == 0 ? "" : prefix, paths.platlibdir) < 0
               ? NULL
               : stdlib;
}

// True when `prefix` has the library.
static bool has_library(const char *prefix) {
    char *stdlib = library_of(prefix), *landmark = stdlib ? joined(stdlib, "os.py") : NULL;
    bool found = landmark && is_file(landmark);
    free(landmark);
    free(stdlib);
    return found;
}

// The nearest directory at or above `directory` that has the library, or NULL. The root does not count: its
// /lib is a link to /usr/lib on most systems.
static char *search_upward(const char *directory) {
    char *prefix = strdup(directory);
    while (prefix && (strcmp(prefix, "/") == 0 || !has_library(prefix))) {
        char *parent = strchr(prefix, '/') && strcmp(prefix, "/") != 0 ? directory_of(prefix) : NULL;
        free(prefix);
        prefix = parent;
    }
    return prefix;
}

// What the pyvenv.cfg beside or above the executable gives as `home`; NULL outside of virtual environments.
static char *environment_home(const char *directory) {
    char *parent = directory_of(directory), *home = NULL;
    const char *candidates[] = { directory, parent };
    for (int i = 0; i < 2 && !home; i++) {
        char *name = joined(candidates[i], "pyvenv.cfg");
        FILE *file = name ? fopen(name, "re") : NULL;
        char line[PATH_MAX + 64];
        while (file && !home && fgets(line, sizeof line, file)) {
            char *equals = strchr(line, '=');
            if (!equals) {
                continue;
            }
            char *key = line + strspn(line, " \t"), *value = equals + 1 + strspn(equals + 1, " \t");
            size_t key_length = strcspn(key, " \t=");
            size_t length = strlen(value);
            while (length && strchr(" \t\r\n", value[length - 1])) {
                length--;
            }
            if (key_length == 4 && strncasecmp(key, "home", 4) == 0) {
                home = strndup(value, length);
            }
        }
        if (file) {
            fclose(file);
        }
        free(name);
    }
    free(parent);
    return home;
}

static void add_search(char *path) {
    char **larger = path ? realloc(paths.search, (paths.search_count + 1) * sizeof *larger) : NULL;
    if (larger) {
        paths.search = larger;
        paths.search[paths.search_count++] = path;
    }
}

// The prefix by the executable's place (or that of the Python that a virtual environment was made from),
// else the one chosen at build time.
static char *find_prefix(void) {
    if (!*paths.executable) {
        return strdup(ORACLE_PREFIX);
    }
    char *directory = directory_of(paths.executable), *home = environment_home(directory);
    char real[PATH_MAX];
    bool resolved = realpath(paths.executable, real) != NULL;
    if (home) {
        char *base = joined(home, strrchr(paths.executable, '/') + 1);
        paths.base_executable = base && access(base, X_OK) == 0 ? base
                                                                : strdup(resolved ? real : paths.executable);
    } else if (resolved) {
        free(directory);
        directory = directory_of(real);
    }
    char *prefix = search_upward(home ? home : directory);
    free(directory);
    free(home);
    return prefix ? prefix : strdup(ORACLE_PREFIX);
}

// EXECUTABLE._pth beside the executable lists all of sys.path, and shuts the environment and (unless it says
// `import site`) `site` out. False when there is none.
static bool read_pth_file(void) {
    char *name = NULL;
    FILE *file = *paths.executable && asprintf(&name, "%s._pth", paths.executable) >= 0 ? fopen(name, "re")
                                                                                        : NULL;
    free(name);
    if (!file) {
        return false;
    }
    config.isolated = config.ignore_environment = config.no_user_site = config.safe_path = true;
    config.no_site = true;
    char *directory = directory_of(paths.executable), line[PATH_MAX + 64];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "#\r\n")] = 0;
        char *text = line + strspn(line, " \t");
        size_t length = strlen(text);
        while (length && strchr(" \t", text[length - 1])) {
            text[--length] = 0;
        }
        if (strcmp(text, "import site") == 0) {
            config.no_site = false;
        } else if (length && strncmp(text, "import ", 7) != 0) {
            add_search(path_normalized(directory, text));
        }
    }
    free(directory);
    fclose(file);
    return true;
}

int paths_init(void) {
    paths.executable = find_executable(config.program);
    paths.base_executable = paths.executable;
    bool listed = read_pth_file();
    const char *home = config.ignore_environment ? NULL : getenv("PYTHONHOME");
    const char *platlibdir = config.ignore_environment ? NULL : getenv("PYTHONPLATLIBDIR");
    paths.platlibdir = platlibdir && *platlibdir ? platlibdir : ORACLE_PLATLIBDIR;
    if (home && *home) {
        size_t length = strcspn(home, ":");
        paths.prefix = strndup(home, length);
        paths.exec_prefix = home[length] ? strdup(home + length + 1) : paths.prefix;
    } else {
        paths.prefix = paths.exec_prefix = find_prefix();
    }
    paths.stdlib = paths.prefix ? library_of(paths.prefix) : NULL;
    char *dynload = paths.exec_prefix ? library_of(paths.exec_prefix) : NULL;
    if (!paths.stdlib || !dynload || !paths.executable || !paths.base_executable) {
        fprintf(stderr, "coluber: out of memory\n");
        return -1;
    }
    if (!has_library(paths.prefix)) {
        fprintf(stderr, "coluber: there is no Python 3.11 library in %s: %s\n", paths.stdlib,
                home && *home ? "PYTHONHOME has to name the prefix of one"
                : platlibdir && *platlibdir
                    ? "PYTHONPLATLIBDIR has to name the directory below the prefix "
                      "that holds it"
                    : "install libpython3.11-stdlib, or set PYTHONHOME to the prefix of one");
        return -1;
    }
    if (listed) {
        free(dynload);
        return 0;
    }
    const char *extra = config.ignore_environment ? NULL : getenv("PYTHONPATH");
    while (extra && *extra) {
        size_t length = strcspn(extra, ":");
        char *entry = strndup(extra, length);
        add_search(!entry ? NULL : *entry ? path_absolute(entry) : getcwd(NULL, 0));
        free(entry);
        extra += length;
        if (*extra == ':' && !*++extra) {
            add_search(getcwd(NULL, 0));
        }
    }
    char *zip = NULL;
    add_search(asprintf(&zip, "%s/%s/python311.zip", paths.prefix, paths.platlibdir) < 0 ? NULL : zip);
    add_search(strdup(paths.stdlib));
    add_search(joined(dynload, "lib-dynload"));
    free(dynload);
    return 0;
}
