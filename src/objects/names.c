// Makes the interned names of names.def.
#include "objects/names.h"

#include "objects/str.h"

Names names;

// Once they are all made and old they stay what they are: only full collections look at them.
static bool complete, settled;

static void names_trace(Tracer *tracer) {
    if (!settled || heap_collection_is_full()) {
        trace_range(tracer, (void *const *)&names, sizeof names / sizeof(Object *));
        settled = complete && tracer_marks(tracer);
    }
}

int names_init(void) {
    static bool done;
    if (done) {
        return 0;
    }
    done = true;
    heap_add_root_tracer(names_trace);
#define NAME_AS(field, text) \
    if (!(names.field = str_intern_cstring(text))) { \
        return -1; \
    }
#define NAME(name) NAME_AS(name, #name)
#include "objects/names.def"
#undef NAME
#undef NAME_AS
    complete = true;
    return 0;
}
