// Arenas: see arena.h.
#include "syntax/arena.h"

#include "heap/thread.h"
#include "objects/errors.h"

enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 512 << 10 };

static Mutex list_mutex;
static Arena *all_arenas;
static bool tracer_registered;

static void trace_arenas(Tracer *tracer) {
    for (Arena *arena = all_arenas; arena; arena = arena->after) {
        trace_range(tracer, (void *const *)arena->kept, arena->kept_count);
    }
}

Arena *arena_new(void) {
    Arena *arena = calloc(1, sizeof(Arena));
    if (!arena) {
        raise_memory_error();
        return NULL;
    }
    arena->next_chunk_size = FIRST_CHUNK;
    mutex_lock(&list_mutex);
    if (!tracer_registered) {
        tracer_registered = true;
        heap_add_root_tracer(trace_arenas);
    }
    arena->after = all_arenas;
    if (all_arenas) {
        all_arenas->before = arena;
    }
    all_arenas = arena;
    mutex_unlock(&list_mutex);
    return arena;
}

void arena_free(Arena *arena) {
    if (!arena) {
        return;
    }
    mutex_lock(&list_mutex);
    if (arena->before) {
        arena->before->after = arena->after;
    } else {
        all_arenas = arena->after;
    }
    if (arena->after) {
        arena->after->before = arena->before;
    }
    mutex_unlock(&list_mutex);
    while (arena->chunk) {
        ArenaChunk *chunk = arena->chunk;
        arena->chunk = chunk->previous;
        free(chunk);
    }
    free(arena->kept);
    free(arena);
}

// Starts a new chunk that has room for `size` bytes; what was left of the old one is lost.
void *arena_alloc_slow(Arena *arena, size_t size) {
    size_t chunk_size = arena->next_chunk_size;
    if (size > SSIZE_LIMIT / 2) {
        return raise_memory_error();
    }
    bool alone = size > chunk_size / 4;
    if (alone) {
        chunk_size = size;
    } else if (chunk_size < LARGEST_CHUNK) {
        arena->next_chunk_size *= 2;
    }
    ArenaChunk *chunk = calloc(1, sizeof(ArenaChunk) + chunk_size);
    if (!chunk) {
        return raise_memory_error();
    }
    chunk->size = chunk_size;
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    if (alone) {
        return chunk->data;  // the current chunk goes on being filled
    }
    arena->next = chunk->data + size;
    arena->end = chunk->data + chunk_size;
    return chunk->data;
}

void *arena_alloc(Arena *arena, size_t size) {
    return arena_take(arena, size);
}

int arena_keep(Arena *arena, Object *object) {
    if (arena->kept_count == arena->kept_capacity) {
        size_t capacity = arena->kept_capacity ? arena->kept_capacity * 2 : 64;
        Object **kept = realloc(arena->kept, capacity * sizeof(Object *));
        if (!kept) {
            raise_memory_error();
            return -1;
        }
        arena->kept = kept;
        arena->kept_capacity = capacity;
    }
    arena->kept[arena->kept_count++] = object;
    return 0;
}
