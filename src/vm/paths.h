// Where the standard library is, and what sys.path, sys.prefix and their kin say.
#pragma once

#include "base/base.h"

typedef struct Paths {
    char *executable;  // absolute, "" when unknown
    char *base_executable;
    char *prefix, *exec_prefix;  // of the library, not of a virtual environment: `site` looks for that
    const char *platlibdir;
    char *stdlib;      // PREFIX/lib/python3.11
    char **search;     // sys.path before site and the script's directory
    size_t search_count;
} Paths;
extern Paths paths;

// Looks at argv[0], the environment and pyvenv.cfg. -1 when no standard library is found (having said
// so on stderr).
int paths_init(void);

// `path` itself when it is absolute, else behind the current directory; from malloc.
char *path_absolute(const char *path);
