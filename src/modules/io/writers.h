// The registry of streams that may hold unwritten data (writers.c).
#pragma once

#include <sys/stat.h>

#include "objects/object.h"

// Part of each such stream; zeroed at the start.
typedef struct IoWriter {
    size_t place;  // in the registry, counted from 1; 0: not registered
} IoWriter;

typedef struct IoWriterKind {
    bool (*is_dirty)(Object *stream);
    int (*flush_idle)(Object *stream);  // writes what is dirty unless somebody is using the stream
    Object *(*file)(Object *stream);    // what it writes to
    size_t offset;                      // of its IoWriter
} IoWriterKind;

int io_writer_add(Object *stream, const IoWriterKind *kind);  // -1 with MemoryError
void io_writer_remove(Object *stream, const IoWriterKind *kind);

// Flushes the writers of a file that is about to be looked at. Runs Python code only for streams that
// end in one; raises nothing.
void io_flush_path(const char *path);
void io_flush_file(const struct stat *status);
// Flushes all, at exit. Raises nothing.
void io_flush_all(void);
bool io_any_dirty(void);
