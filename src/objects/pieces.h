// Pieces of a text on their way into a list (split, splitlines): a short split makes one array of the right size, a long
// one few. They are on the C stack meanwhile, where the collector sees them.
#pragma once

#include "base/copy.h"
#include "heap/thread.h"
#include "objects/list.h"

typedef struct Pieces {
    Object *list;
    Object *some[16];
    ssize_t count;
    ssize_t expected; // how many there will be, 0: not known
} Pieces;

static inline void pieces_begin(Pieces *p) {
    p->list = NULL;
    p->count = p->expected = 0;
}

// Makes room for `expected` pieces if this is the first time.
static inline int pieces_flush(Pieces *p, ssize_t expected) {
    if (!p->list) {
        p->list = expected > p->count ? list_new(expected) : list_from_array(p->some, p->count);
        if (expected <= p->count || !p->list) {
            p->count = 0;
            return p->list ? 0 : -1;
        }
    }
    ssize_t count = p->count;
    p->count = 0;
    return list_extend_array(p->list, p->some, count);
}

// Adds a piece that ends at `done` of `whole` units; -1 with an exception. Looks for signals now and then.
static inline int pieces_add(Pieces *p, Object *item, ssize_t done, ssize_t whole) {
    if (UNLIKELY(!item)) {
        return -1;
    }
    if (UNLIKELY(p->count == COUNT_OF(p->some))) {
        // As many again for each stretch of text as the first one gave, within reason.
        enum { EXPECTED_MOST = 1024 };
        done = p->list || done < 1 ? 1 : done;
        ssize_t rate = whole / done;
        ssize_t expected = p->expected ? p->expected
                           : p->list || rate > EXPECTED_MOST / (ssize_t)COUNT_OF(p->some)
                               ? EXPECTED_MOST
                               : (rate + 1) * (ssize_t)COUNT_OF(p->some);
        if (pieces_flush(p, expected) < 0 || safepoint() < 0) {
            return -1;
        }
    }
    p->some[p->count++] = item;
    return 0;
}

// The list, NULL with an exception.
static inline Object *pieces_finish(Pieces *p, bool reversed) {
    return pieces_flush(p, 0) < 0 || (reversed && list_reverse(p->list) < 0) ? NULL : p->list;
}

// Texts of this length and more are worth a look at how many pieces there will be.
enum { COUNTED_LEAST = 512 };
