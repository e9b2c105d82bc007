// `_tracemalloc`: where memory was allocated, as far as a tracing collector can tell.
//
// While tracing, the heap reports each allocation; what is kept is the cell, its size and the frames at
// that time. A cell is forgotten when a collection finds it dead, so that the functions that look at the
// traces collect first. The peak is the largest amount that was alive after some collection. Tables are
// malloc'ed, under a mutex that is never held across an allocation in the heap or a safepoint.
#include <pthread.h>

#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "compile/opcodes.h"
#include "vm/frame.h"
#include "vm/trace.h"
#include "vm/twin.h"

enum { FRAMES_MOST = 65535 };

// The frames of an allocation, innermost first. Kept once made: there are only so many places in a program.
typedef struct Place {
    struct Place *next;  // with the same hash
    uint64_t hash;
    uint32_t count, total;
    struct {
        Object *file;
        int line;
    } frames[];
} Place;

typedef struct Trace {
    void *cell;  // NULL: a free slot
    size_t size;
    Place *place;
} Trace;

enum { PLACE_BUCKETS = 4096, TABLE_LEAST = 1024 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Trace *table;
static size_t capacity, used, traced, peak, place_bytes;
static Place *places[PLACE_BUCKETS];
static int frame_limit = 1;
static bool tracing;
static _Thread_local bool looking;  // this thread allocates for the traces' own sake

// ---- recording

// Whether the frame has come to RESUME: before that, its cells are made and its free variables copied.
static bool has_begun(const Frame *frame) {
    uint32_t at = twin_index(frame->twin, frame->ip);
    for (uint32_t i = 0; i < frame->twin->count; i++) {
        if (twin_opcode(frame->twin, i) == RESUME) {
            return i <= at;
        }
    }
    return true;
}

static Place *find_place(void) {
    struct {
        Object *file;
        int line;
    } few[64];
    uint32_t limit = (uint32_t)frame_limit < COUNT_OF(few) ? (uint32_t)frame_limit : COUNT_OF(few);
    uint32_t count = 0, total = 0;
    uint64_t hash = 1469598103934665603u;
    for (Frame *frame = thread_current->frame; frame; frame = frame->back) {
        if (frame->flags & FRAME_INCOMPLETE || !has_begun(frame)) {
            continue;
        }
        if (count < limit) {
            few[count].file = frame->code->filename;
            few[count].line = frame_line(frame);
            hash = (hash ^ (uintptr_t)few[count].file ^ (uint64_t)few[count].line << 48) * 1099511628211u;
            count++;
        }
        total += total < FRAMES_MOST;
    }
    hash ^= total;
    size_t bytes = sizeof few[0] * count;
    Place **bucket = &places[(hash ^ hash >> 32) % PLACE_BUCKETS];
    for (Place *place = *bucket; place; place = place->next) {
        if (place->hash == hash && place->count == count && place->total == total &&
            !memcmp(place->frames, few, bytes)) {
            return place;
        }
    }
    Place *place = malloc(sizeof(Place) + bytes);
    if (place) {
        *place = (Place){ *bucket, hash, count, total };
        memcpy(place->frames, few, bytes);
        *bucket = place;
        place_bytes += sizeof(Place) + bytes;
    }
    return place;
}

static size_t slot_of(const Trace *in, size_t size, const void *cell) {
    size_t i = (size_t)(((uintptr_t)cell >> 4) * 0x9E3779B97F4A7C15u >> 20);
    while (in[i & (size - 1)].cell && in[i & (size - 1)].cell != cell) {
        i++;
    }
    return i & (size - 1);
}

// A new table of `size` slots with the traces that `keep` (NULL: all) accepts. False: out of memory.
static bool rebuild(size_t size, bool (*keep)(const void *cell)) {
    Trace *fresh = calloc(size, sizeof(Trace));
    if (!fresh) {
        return false;
    }
    size_t kept = 0, bytes = 0;
    for (size_t i = 0; i < capacity; i++) {
        if (table[i].cell && (!keep || keep(table[i].cell))) {
            fresh[slot_of(fresh, size, table[i].cell)] = table[i];
            kept++;
            bytes += table[i].size;
        }
    }
    free(table);
    table = fresh;
    capacity = size;
    used = kept;
    traced = bytes;
    return true;
}

static bool note_allocation(void *cell, size_t size, CellKind kind) {
    if (kind == CELL_MANUAL || looking || trace_own_allocation || !thread_current || !thread_current->frame) {
        return true;
    }
    pthread_mutex_lock(&mutex);
    Place *place = tracing ? find_place() : NULL;
    if (place && (2 * (used + 1) <= capacity || rebuild(capacity ? 2 * capacity : TABLE_LEAST, NULL))) {
        Trace *trace = &table[slot_of(table, capacity, cell)];
        used += !trace->cell;
        traced += size - (trace->cell ? trace->size : 0);
        *trace = (Trace){ cell, size, place };
    }
    pthread_mutex_unlock(&mutex);
    return true;
}

static bool is_alive(const void *cell) {
    return !heap_is_dead(cell);
}

// After a collection, with the world stopped: nobody is inside of note_allocation.
static void forget_dead(void) {
    if (tracing && capacity) {
        rebuild(capacity, is_alive);
        peak = traced > peak ? traced : peak;
    }
}

static void trace_places(Tracer *tracer) {
    for (size_t i = 0; i < PLACE_BUCKETS; i++) {
        for (Place *place = places[i]; place; place = place->next) {
            for (uint32_t k = 0; k < place->count; k++) {
                trace_cell(tracer, place->frames[k].file);
            }
        }
    }
}

static void clear(void) {
    pthread_mutex_lock(&mutex);
    free(table);
    table = NULL;
    capacity = used = traced = peak = 0;
    pthread_mutex_unlock(&mutex);
}

// ---- the functions

static Object *tracemalloc_start(Object *module, Object *frames) {
    (void)module;
    static bool registered;
    int count = frames ? int_to_c_int(frames) : 1;
    if (count == -1 && error_occurred()) {
        return NULL;
    }
    if (count < 1 || count > FRAMES_MOST) {
        return raise_error(&exc_ValueError, "the number of frames must be in range [1; %i]", FRAMES_MOST);
    }
    if (tracing) {
        return NONE;
    }
    if (!registered) {
        registered = true;
        heap_add_root_tracer(trace_places);
        heap_add_cache(forget_dead);
    }
    frame_limit = count;
    tracing = true;
    heap_set_allocation_hook(note_allocation);
    return trace_positions(true) < 0 ? NULL : NONE;
}

static Object *tracemalloc_stop(Object *module) {
    (void)module;
    if (tracing) {
        heap_set_allocation_hook(NULL);
        tracing = false;
        trace_positions(false);
        clear();
    }
    return NONE;
}

static Object *tracemalloc_clear_traces(Object *module) {
    (void)module;
    if (tracing) {
        clear();
    }
    return NONE;
}

static Object *tracemalloc_is_tracing(Object *module) {
    (void)module;
    return bool_from(tracing);
}

static Object *tracemalloc_get_traceback_limit(Object *module) {
    (void)module;
    return int_from_i64(frame_limit);
}

// Finds out what is alive. -1 with an exception.
static int collect(void) {
    return heap_collect() < 0 ? -1 : 0;
}

static Object *place_tuple(const Place *place) {
    Object *frames = tuple_new(place->count);
    for (uint32_t i = 0; frames && i < place->count; i++) {
        Object *line = int_from_i64(place->frames[i].line < 0 ? 0 : place->frames[i].line);
        Object *frame = line ? tuple_pack(2, place->frames[i].file, line) : NULL;
        if (!frame) {
            return NULL;
        }
        tuple_init(frames, i, frame);
    }
    return frames;
}

static Object *trace_list(const Trace *traces, size_t count) {
    Object *list = list_new(0), *domain = int_from_i64(0);
    for (size_t i = 0; list && domain && i < count; i++) {
        Object *frames = place_tuple(traces[i].place), *total = int_from_i64(traces[i].place->total);
        Object *size = int_from_u64(traces[i].size);
        Object *row = frames && total && size ? tuple_pack(4, domain, size, frames, total) : NULL;
        if (!row || list_append(list, row) < 0) {
            return NULL;
        }
    }
    return domain ? list : NULL;
}

static Object *tracemalloc_get_traces(Object *module) {
    (void)module;
    if (!tracing) {
        return list_new(0);
    }
    if (collect() < 0) {
        return NULL;
    }
    // A copy first: nothing may be allocated while the table is locked.
    pthread_mutex_lock(&mutex);
    Trace *copy = malloc((used + 1) * sizeof(Trace));
    size_t count = 0;
    for (size_t i = 0; copy && i < capacity; i++) {
        if (table[i].cell) {
            copy[count++] = table[i];
        }
    }
    pthread_mutex_unlock(&mutex);
    if (!copy) {
        return raise_memory_error();
    }
    looking = true;
    Object *list = trace_list(copy, count);
    looking = false;
    free(copy);
    return list;
}

static Object *tracemalloc_get_object_traceback(Object *module, Object *o) {
    (void)module;
    pthread_mutex_lock(&mutex);
    Trace *trace = capacity ? &table[slot_of(table, capacity, o)] : NULL;
    Place *place = trace && trace->cell ? trace->place : NULL;
    pthread_mutex_unlock(&mutex);
    return place ? place_tuple(place) : NONE;
}

static Object *tracemalloc_get_traced_memory(Object *module) {
    (void)module;
    if (tracing && collect() < 0) {
        return NULL;
    }
    pthread_mutex_lock(&mutex);
    peak = traced > peak ? traced : peak;
    size_t now = traced, most = peak;
    pthread_mutex_unlock(&mutex);
    Object *size = int_from_u64(now), *top = int_from_u64(most);
    return size && top ? tuple_pack(2, size, top) : NULL;
}

static Object *tracemalloc_reset_peak(Object *module) {
    (void)module;
    if (tracing && collect() < 0) {
        return NULL;
    }
    pthread_mutex_lock(&mutex);
    peak = traced;
    pthread_mutex_unlock(&mutex);
    return NONE;
}

static Object *tracemalloc_get_tracemalloc_memory(Object *module) {
    (void)module;
    pthread_mutex_lock(&mutex);
    size_t bytes = capacity * sizeof(Trace) + place_bytes + sizeof places;
    pthread_mutex_unlock(&mutex);
    return int_from_u64(bytes);
}

static BuiltinDef functions[] = {
    BUILTIN("is_tracing", tracemalloc_is_tracing, "($module, /)", 0, NULL),
    BUILTIN("clear_traces", tracemalloc_clear_traces, "($module, /)", 0, NULL),
    BUILTIN("_get_traces", tracemalloc_get_traces, "($module, /)", 0, NULL),
    BUILTIN("_get_object_traceback", tracemalloc_get_object_traceback, "($module, obj, /)", 0, NULL),
    BUILTIN("start", tracemalloc_start, "($module, nframe=1, /)", 0, NULL),
    BUILTIN("stop", tracemalloc_stop, "($module, /)", 0, NULL),
    BUILTIN("get_traceback_limit", tracemalloc_get_traceback_limit, "($module, /)", 0, NULL),
    BUILTIN("get_tracemalloc_memory", tracemalloc_get_tracemalloc_memory, "($module, /)", 0, NULL),
    BUILTIN("get_traced_memory", tracemalloc_get_traced_memory, "($module, /)", 0, NULL),
    BUILTIN("reset_peak", tracemalloc_reset_peak, "($module, /)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_tracemalloc = { "_tracemalloc", NULL, functions, NULL };
