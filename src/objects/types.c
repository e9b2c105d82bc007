// Brings up every type of types.def, in two passes, then the exceptions.
#include "objects/object.h"

#include "objects/names.h"
#include "objects/exception.h"
#include "objects/type.h"
#include "objects/type_internal.h"

#define TYPE(name) extern const TypeSpec name##_spec;
#include "objects/types.def"
#undef TYPE

int types_init(void) {
#define TYPE(name) \
    if (type_prepare(&name##_type, &name##_spec) < 0) { \
        return -1; \
    }
#include "objects/types.def"
#undef TYPE
    if (names_init() < 0 || slots_init() < 0) {
        return -1;
    }
#define TYPE(name) \
    if (type_finish(&name##_type) < 0) { \
        return -1; \
    }
#include "objects/types.def"
#undef TYPE
    return exceptions_init();
}
