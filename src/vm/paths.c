// Finding the standard library, by the rules of the `site` documentation: PYTHONHOME, else a
// pyvenv.cfg beside or above the executable, else the prefix that was chosen at build time.
#include "vm/paths.h"

#include <limits.h>
#include <unistd.h>

#include "modules/oracle_info.h"
#include "vm/runtime.h"

#define LIBRARY ORACLE_PLATLIBDIR "/python3.11"

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
    return getcwd(current, sizeof current) ? joined(current, path) : strdup(path);
}

// The executable as the shell found it: a path as given, else looked up in PATH.
static char *find_executable(const char *program) {
    if (!program || !*program) {
        return strdup("");
    }
    if (strchr(program, '/')) {
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
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    return length > 0 ? strndup(self, (size_t)length) : strdup("");
}

// True when `prefix` has the library; then sets paths.stdlib.
static bool try_prefix(const char *prefix) {
    char *stdlib = joined(prefix, LIBRARY), *landmark = stdlib ? joined(stdlib, "os.py") : NULL;
    bool found = landmark && is_file(landmark);
    free(landmark);
    if (found) {
        paths.stdlib = stdlib;
    } else {
        free(stdlib);
    }
    return found;
}

// A virtual environment's directory when there is a pyvenv.cfg beside or above the executable.
static char *find_environment(void) {
    char *directory = directory_of(paths.executable), *parent = directory_of(directory);
    char *candidates[] = { directory, parent };
    char *found = NULL;
    for (int i = 0; i < 2; i++) {
        char *file = joined(candidates[i], "pyvenv.cfg");
        if (!found && file && is_file(file)) {
            found = strdup(parent);
        }
        free(file);
    }
    free(directory);
    free(parent);
    return found;
}

static void add_search(char *path) {
    if (path && paths.search_count < COUNT_OF(paths.search)) {
        paths.search[paths.search_count++] = path;
    }
}

int paths_init(void) {
    paths.executable = find_executable(config.program);
    paths.base_executable = paths.executable;
    const char *home = config.ignore_environment ? NULL : getenv("PYTHONHOME");
    if (home && *home) {
        paths.prefix = strndup(home, strcspn(home, ":"));
        paths.base_prefix = paths.prefix;
        if (!try_prefix(paths.prefix)) {
            fprintf(stderr, "coluber: PYTHONHOME is %s, but there is no " LIBRARY "/os.py in it\n",
                    home);
            return -1;
        }
    } else {
        paths.base_prefix = strdup(ORACLE_PREFIX);
        if (!paths.base_prefix || !try_prefix(paths.base_prefix)) {
            fprintf(stderr, "coluber: no Python 3.11 library in %s: install libpython3.11-stdlib, or "
                            "set PYTHONHOME to the prefix of one\n", ORACLE_PREFIX);
            return -1;
        }
        char *environment = *paths.executable ? find_environment() : NULL;
        paths.prefix = environment ? environment : paths.base_prefix;
    }
    const char *extra = config.ignore_environment ? NULL : getenv("PYTHONPATH");
    while (extra && *extra) {
        size_t length = strcspn(extra, ":");
        add_search(strndup(extra, length));
        extra += length;
        if (*extra == ':' && !*++extra) {
            add_search(strdup(""));
        }
    }
    add_search(joined(paths.base_prefix, ORACLE_PLATLIBDIR "/python311.zip"));
    add_search(strdup(paths.stdlib));
    add_search(joined(paths.stdlib, "lib-dynload"));
    return 0;
}
