// Memory for one parse: nodes are carved off chunks from malloc and go all at once.
//
// Objects in nodes (identifiers, constants) are not traced through the nodes. The arena lists them,
// and a root tracer walks the lists of all arenas that exist. Only the thread that made an arena
// touches it, and never across a safepoint in an inconsistent state.
#pragma once

#include "syntax/syntax.h"

typedef struct ArenaChunk {
    struct ArenaChunk *previous;
    size_t size;
    _Alignas(16) char data[];
} ArenaChunk;

struct Arena {
    char *next, *end;       // the free part of the current chunk, zeroed
    ArenaChunk *chunk;
    size_t next_chunk_size;
    Object **kept;          // in malloc memory, traced by the root tracer
    size_t kept_count, kept_capacity;
    Arena *before, *after;  // all arenas, under the list's mutex
};

void *arena_alloc_slow(Arena *arena, size_t size);

// arena_alloc for the parser's own files.
static inline void *arena_take(Arena *arena, size_t size) {
    size = round_up(size, 8);
    if (LIKELY((size_t)(arena->end - arena->next) >= size)) {
        void *memory = arena->next;
        arena->next += size;
        return memory;
    }
    return arena_alloc_slow(arena, size);
}
