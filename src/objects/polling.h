// Work on texts of hundreds of megabytes, done in stretches between which signals are looked for: a handler's
// exception ends it within some milliseconds.
//
// Each may run Python code when there is more than a stretch to do, and must find its memory unchanged or at least
// alive afterwards: texts are, the buffer of a bytearray is as long as a C stack refers to it.
#pragma once

#include "base/search.h"
#include "heap/thread.h"

// In code units, or bytes.
enum { POLL_STRETCH = 1 << 22, POLL_STEPS = POLL_STRETCH >> 4 };

// search_text; -1: absent, -2: an exception.
ssize_t search_polling(int kind, const void *text, ssize_t length, const void *needle, ssize_t needle_length,
                       int direction);
// Occurrences that do not overlap, at most `most`, of a needle that is not empty; -1 with an exception.
ssize_t count_polling(int kind, const void *text, ssize_t length, const void *needle, ssize_t needle_length,
                      ssize_t most);

// For loops that are at `done`, now and then a multiple of the stretch; -1 with an exception.
static inline int poll_at(ssize_t done) {
    return UNLIKELY(!(done & (POLL_STRETCH - 1))) && done ? safepoint() : 0;
}

// The same in loops that take a hundred times as long for each step.
static inline int poll_often(ssize_t done) {
    enum { POLL_EVERY = 1 << 8 };
    return UNLIKELY(!(done & (POLL_EVERY - 1))) && done ? safepoint() : 0;
}

// The same where a step takes some nanoseconds.
static inline int poll_steps(ssize_t done) {
    return UNLIKELY(!(done & (POLL_STEPS - 1))) && done ? safepoint() : 0;
}

// For slow loops that go on by more than one: *polled is where they were when they last looked, 0 at first.
static inline int poll_past(ssize_t done, ssize_t *polled) {
    if (LIKELY(done - *polled < POLL_STEPS)) {
        return 0;
    }
    *polled = done;
    return safepoint();
}

int copy_in_stretches(void *target, const void *source, size_t size);
// memcpy; -1 with an exception.
static inline int copy_polling(void *target, const void *source, size_t size) {
    if (LIKELY(size <= POLL_STRETCH)) {
        memcpy(target, source, size);
        return 0;
    }
    return copy_in_stretches(target, source, size);
}
