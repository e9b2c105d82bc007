// The compiler's entry points. The passes behind them are not there yet: each says so.
#include "compile/compile.h"

#include "objects/errors.h"

Object *compile_ast(struct Mod *mod, Object *filename, int flags, int optimize, Arena *arena) {
    return raise_not_implemented("compiling an AST");
}

Object *compile_source(const char *source, size_t length, Object *filename, ParseMode mode, int flags,
                       int optimize, int feature_version) {
    return raise_not_implemented("compiling source text");
}
