// See os_library.h.
#include "base/os_library.h"

#include <dlfcn.h>

const char *os_library_load(const char *file, const char *const *names, void **functions, size_t count) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        return dlerror();
    }
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, names[i]);
        if (!function) {
            return dlerror();
        }
        __atomic_store_n(&functions[i], function, __ATOMIC_RELAXED);
    }
    return NULL;
}
