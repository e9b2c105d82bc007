// From source text to a code object in one step.
#include "compile/compile.h"

#include "objects/errors.h"

Object *compile_source(const char *source, size_t length, Object *filename, ParseMode mode, int flags,
                       int optimize, int feature_version) {
    Arena *arena = arena_new();
    if (!arena) {
        return NULL;
    }
    struct Mod *mod = parse_source(source, length, filename, mode, flags, feature_version, arena);
    Object *code = mod ? compile_ast(mod, filename, flags, optimize, arena) : NULL;
    arena_free(arena);
    return code;
}
