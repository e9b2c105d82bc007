// Future statements (PEP 236): they stand at the beginning of a module, after the docstring.
#include "compile/codegen.h"

#include "objects/exception.h"
#include "objects/str.h"

static const struct {
    const char *name;
    int flag;
} features[] = {
    { "nested_scopes", 0 },    { "generators", 0 },
    { "division", 0 },         { "absolute_import", 0 },
    { "with_statement", 0 },   { "print_function", 0 },
    { "unicode_literals", 0 }, { "barry_as_FLUFL", CO_FUTURE_BARRY_AS_BDFL },
    { "generator_stop", 0 },   { "annotations", CO_FUTURE_ANNOTATIONS },
};

static int feature_flag(Stmt *s, Object *name, Object *filename) {
    for (size_t i = 0; i < COUNT_OF(features); i++) {
        if (str_equal_cstring(name, features[i].name)) {
            return features[i].flag;
        }
    }
    Object *message = str_equal_cstring(name, "braces")
                          ? str_from_cstring("not a chance")
                          : str_format("future feature %.100U is not defined", name);
    if (message) {
        raise_syntax_error_at(message, filename, s->lineno, s->col_offset + 1, s->lineno, 0);
    }
    return -1;
}

int future_features(Mod *mod, Object *filename, int *last_line) {
    if (mod->kind != MOD_Module && mod->kind != MOD_Interactive) {
        return 0;
    }
    StmtSeq *body = mod->v.Module.body;  // Interactive has it in the same place
    int flags = 0, line = -1;
    bool done = false;
    for (ssize_t i = 0; i < body->count; i++) {
        Stmt *s = body->items[i];
        bool docstring = i == 0 && s->kind == STMT_Expr && s->v.Expr.value->kind == EXPR_Constant &&
                         str_check(s->v.Expr.value->v.Constant.value);
        if (docstring) {
            continue;
        }
        if (done && s->lineno > line) {
            break;  // the code generator finds those on later lines
        }
        line = s->lineno;
        // As in CPython the level does not matter: `from .__future__ import division` is a future statement, too.
        if (s->kind != STMT_ImportFrom || !s->v.ImportFrom.module ||
            !str_equal_cstring(s->v.ImportFrom.module, "__future__")) {
            done = true;
            continue;
        }
        if (done) {
            Object *text = str_from_cstring(
                "from __future__ imports must occur at the beginning of the file");
            if (text) {
                raise_syntax_error_at(text, filename, s->lineno, s->col_offset, s->lineno, 0);
            }
            return -1;
        }
        for (ssize_t k = 0; k < s->v.ImportFrom.names->count; k++) {
            int flag = feature_flag(s, s->v.ImportFrom.names->items[k]->name, filename);
            if (flag < 0) {
                return -1;
            }
            flags |= flag;
        }
        *last_line = s->lineno;
    }
    return flags;
}
