// What the line editor knows of Python: where a statement ends, and which words get a colour. Both go by the
// tokenizer alone: no warnings, no AST.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Whether the interpreter can do something with the text, or an error in it is certain.
bool statement_complete(const char *text, size_t size);

typedef struct ColourSpan {
    size_t start, end;
    const char *colour;  // the escape sequence
} ColourSpan;

typedef struct Colouring {
    ColourSpan *spans;  // in order
    size_t count, room, next, at;
} Colouring;

void colouring_init(Colouring *colouring, const char *text, size_t size);
void colouring_free(Colouring *colouring);
// The escape sequence to be sent before byte `at`, or NULL. Asked in ascending order.
const char *colouring_at(Colouring *colouring, size_t at);
// That of the span which byte was asked for last.
const char *colouring_current(const Colouring *colouring);
