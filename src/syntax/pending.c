// The front end's entry points that are not there yet: each says so.
#include "objects/errors.h"
#include "syntax/syntax.h"

Object *ast_to_object(struct Mod *mod) {
    return raise_not_implemented("the ast module");
}

struct Mod *ast_from_object(Object *object, ParseMode mode, Arena *arena) {
    raise_not_implemented("the ast module");
    return NULL;
}

// No AST classes exist, so nothing is an instance of one.
bool ast_object_check(Object *object) {
    return false;
}
