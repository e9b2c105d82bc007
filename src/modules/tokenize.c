// `_tokenize`: the compiler's tokenizer as an iterator over a text's tokens.
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "syntax/parser.h"

typedef struct TokenizerIter {
    Object base;
    uint8_t busy;      // a thread is in `next`
    Object *text;      // bytes: what the tokenizer points into
    Object *filename;
    Tokenizer tokenizer;
} TokenizerIter;

static Type tokenizeriter_type;

static void tokenizeriter_trace(Object *self, Tracer *tracer) {
    TokenizerIter *it = (TokenizerIter *)self;
    trace_cell(tracer, it->text);
    trace_cell(tracer, it->filename);
}

// The source as the tokenizer reads it: UTF-8, lines that all end in '\n'.
static Object *prepare(Object *source, Object *filename) {
    ssize_t length;
    const char *utf8 = str_utf8(source, &length);
    if (!utf8) {
        return NULL;
    }
    if (memchr(utf8, 0, (size_t)length)) {
        return raise_error(&exc_ValueError, "embedded null character");
    }
    Arena *arena = arena_new();
    size_t size;
    const char *encoding;
    const char *text = arena ? source_to_utf8(utf8, (size_t)length, filename, PARSE_IGNORE_COOKIE, true,
                                              arena, &size, &encoding)
                             : NULL;
    Object *result = text ? bytes_from(text, (ssize_t)size) : NULL;
    if (arena) {
        arena_free(arena);
    }
    return result;
}

static Object *tokenizeriter_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *source;
    if (signature_bind(&signature, "tokenizeriter", "($type, source)", args, nargs, kwnames, &source) < 0) {
        return NULL;
    }
    if (!str_check(source)) {
        return raise_error(&exc_TypeError, "tokenizeriter() argument 'source' must be str, not %.50s",
                           source == NONE ? "None" : source->type->name);
    }
    Object *filename = str_intern_cstring("<string>");
    Object *text = filename ? prepare(source, filename) : NULL;
    TokenizerIter *self = text ? (TokenizerIter *)object_alloc(type) : NULL;
    if (!self) {
        return NULL;
    }
    gc_store(self, &self->text, text);
    gc_store(self, &self->filename, filename);
    tokenizer_init(&self->tokenizer, bytes_data(text), (size_t)bytes_length(text), filename);
    return (Object *)self;
}

static Object *next_token(Tokenizer *t) {
    const char *start, *end;
    int kind = tokenizer_next(t, &start, &end);
    if (kind == TOK_ERRORTOKEN && error_occurred()) {
        return NULL;
    }
    if (kind == TOK_ERRORTOKEN || kind == TOK_ENDMARKER) {
        Object *reason = str_from_cstring("EOF");
        return reason ? raise_stop_iteration(reason) : NULL;
    }
    const char *line_start = kind == TOK_STRING ? t->multi_line_start : t->line_start;
    int lineno = kind == TOK_STRING ? t->first_lineno : t->lineno;
    ssize_t column = start && start >= line_start ? start - line_start : -1;
    ssize_t end_column = end && end >= t->line_start ? end - t->line_start : -1;
    Object *items[7] = {
        start && end ? str_from_utf8(start, end - start) : str_empty(),
        int_from_i64(kind),
        int_from_i64(lineno),
        int_from_i64(t->lineno),
        int_from_ssize(column),
        int_from_ssize(end_column),
        str_decode_utf8(t->buffer, t->line_end - t->buffer, "replace"),
    };
    Object *tuple = tuple_new(7);
    for (int i = 0; i < 7; i++) {
        if (!items[i] || !tuple) {
            return NULL;
        }
        tuple_init(tuple, i, items[i]);
    }
    return tuple;
}

static Object *tokenizeriter_next(Object *self) {
    TokenizerIter *it = (TokenizerIter *)self;
    // A warning filter may come back here, and so may other threads.
    if (__atomic_exchange_n(&it->busy, 1, __ATOMIC_ACQUIRE)) {
        return raise_error(&exc_ValueError, "tokenizer already executing");
    }
    Object *result = next_token(&it->tokenizer);
    __atomic_store_n(&it->busy, 0, __ATOMIC_RELEASE);
    return result;
}

static Object *itself(Object *self) {
    return self;
}

static const TypeSpec tokenizeriter_spec = {
    .name = "_tokenize.TokenizerIter",
    .basic_size = 24,
    .instance_size = sizeof(TokenizerIter),
    .trace = tokenizeriter_trace,
    .slots = { .new = tokenizeriter_new,
               .iter = itself,
               .next = tokenizeriter_next,
               .getattr = object_generic_getattr },
};

static int tokenize_exec(Object *module) {
    Object *name = str_intern_cstring("_tokenize");
    return !name || module_add_type(module, &tokenizeriter_type, &tokenizeriter_spec) < 0
               ? -1
               : dict_set(tokenizeriter_type.dict, names.__module__, name);
}

const ModuleSpec module_tokenize = { "_tokenize", NULL, NULL, tokenize_exec };
