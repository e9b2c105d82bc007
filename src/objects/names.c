// Makes the interned names of names.def.
#include "objects/names.h"

#include "objects/str.h"

Names names;

int names_init(void) {
    static bool done;
    if (done) {
        return 0;
    }
    done = true;
    heap_add_root(&names, sizeof names / sizeof(Object *));
#define NAME_AS(field, text) \
    if (!(names.field = str_intern_cstring(text))) { \
        return -1; \
    }
#define NAME(name) NAME_AS(name, #name)
#include "objects/names.def"
#undef NAME
#undef NAME_AS
    return 0;
}
