// The table of built-in modules.
#include "modules/modules.h"

#include "modules/test_modules.h"
#include "objects/list.h"
#include "objects/str.h"

#ifdef TEST_MODULES
#define MODULE(c_name, name) extern const ModuleSpec module_##c_name;
#include "../tests/native/modules.def"
#undef MODULE
#endif

#define MODULE(c_name, name) { name, &module_##c_name },
static const struct {
    const char *name;
    const ModuleSpec *spec;
} table[] = {
#ifdef TEST_MODULES
#include "../tests/native/modules.def"
#endif
#include "modules/modules.def"
};
#undef MODULE

const ModuleSpec *builtin_module_find(Object *name) {
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (str_equal_cstring(name, table[i].name)) {
            return table[i].spec;
        }
    }
    return NULL;
}

Object *builtin_module_names(void) {
    Object *names = list_new(0);
    for (size_t i = 0; names && i < COUNT_OF(table); i++) {
        Object *name = str_intern_cstring(table[i].name);
        if (!name || list_append(names, name) < 0) {
            return NULL;
        }
    }
    return names && list_sort(names, NULL, false) == 0 ? list_to_tuple(names) : NULL;
}
