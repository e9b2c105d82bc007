// Lines of source text, and the marks below them that tracebacks and warnings show.
#pragma once

#include "objects/object.h"

// Line `line` (from 1) of the file without its newline, decoded as its cookie says. A file that is not
// where `filename` says is looked for by its last part on sys.path. NULL without an exception when the
// line cannot be had.
Object *source_line(Object *filename, int line);

// Where the marks below text[start:end] change from `~` to `^` and back, in characters from `start`.
typedef struct Anchors {
    ssize_t left, right;
} Anchors;

// When that part of a line is a binary operation or a subscription, finds its operator or its
// brackets. Whether it did; no exception is left.
bool anchors_find(Object *text, ssize_t start, ssize_t end, Anchors *anchors);
