// The tokenizer at work for the line editor.
#include "vm/line_syntax.h"

#include <stdlib.h>

#include "objects/errors.h"
#include "syntax/grammar_tokens.h"
#include "syntax/tokenizer.h"

// A tokenizer of a copy that ends in a NUL; to be freed together with `*copy`.
static Tokenizer *tokenizer_of(const char *text, size_t size, char **copy) {
    Tokenizer *t = malloc(sizeof *t);
    *copy = malloc(size + 1);
    if (!t || !*copy || memchr(text, 0, size)) {
        free(t);
        free(*copy);
        return NULL;
    }
    memcpy(*copy, text, size);
    (*copy)[size] = 0;
    tokenizer_init(t, *copy, size, NULL);
    t->report_warnings = false;
    return t;
}

static bool opens_block(int kind) {
    switch (kind) {
    case KEYWORD_if:
    case KEYWORD_for:
    case KEYWORD_while:
    case KEYWORD_try:
    case KEYWORD_with:
    case KEYWORD_def:
    case KEYWORD_class:
    case TOK_ASYNC:
    case TOK_AT: return true;
    default: return false;
    }
}

bool statement_complete(const char *text, size_t size) {
    char *copy;
    Tokenizer *t = tokenizer_of(text, size, &copy);
    if (!t) {
        return true;
    }
    Object *earlier = error_take();
    const char *start, *end;
    int kind, soft, previous = TOK_NEWLINE;
    bool block = false, first = true;
    for (;;) {
        kind = tokenizer_next(t, &start, &end);
        if (kind == TOK_ERRORTOKEN || kind == TOK_ENDMARKER) {
            break;
        }
        if (kind == TOK_INDENT || (kind == TOK_NEWLINE && previous == TOK_COLON)) {
            block = true;
        }
        if (first &&
            opens_block(kind == TOK_NAME ? keyword_kind(start, (size_t)(end - start), &soft) : kind)) {
            block = true;
        }
        first = first && kind == TOK_NEWLINE;
        previous = kind;
    }
    bool complete = true;
    if (kind == TOK_ERRORTOKEN) {
        complete = !(t->state == TOKENIZER_EOF || t->state == TOKENIZER_EOF_IN_TRIPLE);
    } else if (block || previous == TOK_COLON) {
        // A block ends with an empty line.
        const char *line = copy + size;
        while (line > copy && (line[-1] == ' ' || line[-1] == '\t')) {
            line--;
        }
        complete = line > copy && line[-1] == '\n';
    }
    error_clear();
    error_restore(earlier);
    free(t);
    free(copy);
    return complete;
}

static void add_span(Colouring *c, size_t start, size_t end, const char *colour) {
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 32;
        ColourSpan *larger = realloc(c->spans, room * sizeof *larger);
        if (!larger) {
            return;
        }
        c->spans = larger;
        c->room = room;
    }
    c->spans[c->count++] = (ColourSpan){ start, end, colour };
}

// Comments lie between tokens.
static void add_comments(Colouring *c, const char *copy, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if (copy[i] == '#') {
            size_t end = i;
            while (end < to && copy[end] != '\n') {
                end++;
            }
            add_span(c, i, end, "\33[0;31m");
            i = end;
        }
    }
}

void colouring_init(Colouring *c, const char *text, size_t size) {
    *c = (Colouring){ 0 };
    char *copy;
    Tokenizer *t = tokenizer_of(text, size, &copy);
    if (!t) {
        return;
    }
    Object *earlier = error_take();
    const char *start, *end;
    size_t done = 0;
    int kind, soft, previous = 0;
    for (;;) {
        kind = tokenizer_next(t, &start, &end);
        if (kind == TOK_ERRORTOKEN || kind == TOK_ENDMARKER) {
            break;
        }
        if (!start || kind == TOK_NEWLINE) {
            continue;
        }
        size_t from = (size_t)(start - copy), to = (size_t)(end - copy);
        add_comments(c, copy, done, from);
        done = to;
        int word = kind == TOK_NAME ? keyword_kind(start, to - from, &soft) : kind;
        if (word >= TOK_FIRST_KEYWORD || kind == TOK_ASYNC || kind == TOK_AWAIT) {
            add_span(c, from, to, "\33[0;1;34m");
        } else if (kind == TOK_STRING) {
            add_span(c, from, to, "\33[0;32m");
        } else if (kind == TOK_NUMBER) {
            add_span(c, from, to, "\33[0;33m");
        } else if (kind == TOK_NAME && (previous == KEYWORD_def || previous == KEYWORD_class)) {
            add_span(c, from, to, "\33[0;1m");
        }
        previous = word;
    }
    if (kind == TOK_ERRORTOKEN &&
        (t->state == TOKENIZER_EOF_IN_TRIPLE || t->state == TOKENIZER_EOF_IN_STRING ||
         (t->start && (*t->start == '"' || *t->start == '\'')))) {
        size_t from = t->start ? (size_t)(t->start - copy) : done;
        add_span(c, from > done ? from : done, size, "\33[0;32m");  // a string that is being written
    } else {
        add_comments(c, copy, done, size);
    }
    error_clear();
    error_restore(earlier);
    free(t);
    free(copy);
}

void colouring_free(Colouring *c) {
    free(c->spans);
    c->spans = NULL;
}

const char *colouring_at(Colouring *c, size_t at) {
    const char *change = NULL;
    c->at = at;
    if (c->next < c->count && at >= c->spans[c->next].end) {
        c->next++;
        change = "\33[0m";
    }
    if (c->next < c->count && at == c->spans[c->next].start) {
        change = c->spans[c->next].colour;
    }
    return change;
}

const char *colouring_current(const Colouring *c) {
    return c->next < c->count && c->at >= c->spans[c->next].start ? c->spans[c->next].colour : "";
}
