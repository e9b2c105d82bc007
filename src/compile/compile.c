// The compiler's entry points. Source text is parsed; the passes
// from the AST to a code object are not there yet, and say so.
#include "compile/compile.h"

#include "objects/errors.h"

Object *compile_ast(struct Mod *mod, Object *filename, int flags, int optimize, Arena *arena) {
    return raise_not_implemented("compiling an AST");
}

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
