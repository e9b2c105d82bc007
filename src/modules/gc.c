// gc: what Python programs see of the collector.
//
// Generations, thresholds and enable/disable change what this module reports, and when `gc.callbacks` run, never whether
// memory is reclaimed: without reference counts a program that disables `gc` would otherwise never free anything.
#include "modules/gc.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/generator.h"
#include "heap/block.h"
#include "vm/runtime.h"

enum {
    DEBUG_STATS = 1,
    DEBUG_COLLECTABLE = 2,
    DEBUG_UNCOLLECTABLE = 4,
    DEBUG_SAVEALL = 32,
    DEBUG_LEAK = DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL
};

static bool enabled = true;
static int debug_flags;
enum { THRESHOLD_DEFAULT = 700, COUNTED_BYTES = 64 }; // what counts as an allocation
static int thresholds[3] = { THRESHOLD_DEFAULT, 10, 10 };
static ssize_t frozen;
static uint64_t collections[3], collected[3];
static Object *roots[2]; // garbage, callbacks
static bool collecting;

bool gc_is_collecting(void) {
    return collecting;
}

static bool is_internal(const Type *type) {
    return type->info && type->info->spec && type->info->spec->is_internal;
}

static bool tuple_is_tracked(Object *o, int depth);

// Whether o, in a tuple or dict, keeps that tracked in CPython: collections stop tracking what can be no part of a
// cycle. Exact tuples are looked through, as deep as anybody asks for.
static bool keeps_tracked(Object *o, int depth) {
    if (!(o->type->flags & TF_GC)) {
        return false;
    }
    if (type_is_subtype_flag(o, TF_TYPE)) {
        return (((Type *)o)->flags & TF_HEAP) != 0;
    }
    return o->type != &tuple_type || tuple_is_tracked(o, depth);
}

static bool tuple_is_tracked(Object *o, int depth) {
    for (ssize_t i = 0; i < tuple_size(o); i++) {
        Object *item = tuple_get(o, i);
        if (item && (depth == 0 || keeps_tracked(item, depth - 1))) {
            return true;
        }
    }
    return false;
}

static bool is_tracked(Object *o) {
    enum { DEPTH = 8 };
    if (is_internal(o->type)) {
        return false;
    }
    if (o->type == &dict_type) {
        ssize_t position = 0;
        Object *key, *value;
        hash_t hash;
        while (dict_next(o, &position, &key, &value, &hash)) {
            if (keeps_tracked(key, DEPTH) || keeps_tracked(value, DEPTH)) {
                return true;
            }
        }
        return false;
    }
    return keeps_tracked(o, DEPTH);
}

static int run_callbacks(const char *phase, int generation, ssize_t found) {
    Object *callbacks = roots[1];
    if (!callbacks || !list_size(callbacks)) {
        return 0;
    }
    Object *info = dict_new(), *name = str_from_cstring(phase), *number;
    if (!info || !name || !(number = int_from_i64(generation)) ||
        dict_set_cstring(info, "generation", number) < 0 || !(number = int_from_ssize(found)) ||
        dict_set_cstring(info, "collected", number) < 0 || !(number = int_from_i64(0)) ||
        dict_set_cstring(info, "uncollectable", number) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(callbacks); i++) {
        Object *callback = list_read(callbacks, i);
        if (callback && !call2(callback, name, info)) {
            error_unraisable(callback);
        }
    }
    return 0;
}

// What gc.get_count says of the second and third generation: collections of the one before, asked for by
// programs, since their own.
static int64_t collections_since[3];

static void count_collection(int generation) {
    for (int i = 0; i <= generation; i++) {
        __atomic_store_n(&collections_since[i], 0, __ATOMIC_RELAXED);
    }
    if (generation < 2) {
        __atomic_fetch_add(&collections_since[generation + 1], 1, __ATOMIC_RELAXED);
    }
}

static ssize_t collect_generation(int generation, char *from) {
    if (__atomic_exchange_n(&collecting, true, __ATOMIC_ACQUIRE)) {
        return 0; // from a finalizer or a callback
    }
    ssize_t found = -1;
    if (run_callbacks("start", generation, 0) == 0) {
        if (debug_flags & DEBUG_STATS) {
            fprintf(stderr, "gc: collecting generation %d...\n", generation);
        }
        uint64_t start = os_clock_ns();
        if (generation == 2) {
            found = heap_collect_from(from);
        } else {
            found = heap_collect_younger(generation == 0 ? COLLECT_MINOR : COLLECT_MIDDLE, from);
        }
        for (Object *object; (object = heap_take_garbage());) {
            if (list_append(roots[0], object) < 0) {
                found = -1;
                break;
            }
        }
        if (debug_flags & DEBUG_STATS) {
            fprintf(stderr, "gc: done, %zd unreachable, 0 uncollectable, %.4fs elapsed\n", found,
                    (double)(os_clock_ns() - start) / 1e9);
        }
        if (found >= 0) {
            count_collection(generation);
            __atomic_fetch_add(&collections[generation], 1, __ATOMIC_RELAXED);
            __atomic_fetch_add(&collected[generation], (uint64_t)found, __ATOMIC_RELAXED);
            if (run_callbacks("stop", generation, found) < 0) {
                found = -1;
            }
        }
    }
    __atomic_store_n(&collecting, false, __ATOMIC_RELEASE);
    return found;
}

static Object *gc_collect(Object *module, Object *generation_object) {
    int generation = 2;
    char *from = thread_current->collect_from;
    thread_current->collect_from = NULL;
    if (generation_object) {
        generation = int_to_c_int(generation_object);
        if (generation == -1 && error_occurred()) {
            return NULL;
        }
    }
    if (generation < 0 || generation > 2) {
        return raise_error(&exc_ValueError, "invalid generation");
    }
    ssize_t found = collect_generation(generation, from);
    return found < 0 ? NULL : int_from_ssize(found);
}

static int64_t allocation_count(void);

// The heap decides by bytes when it collects; callbacks run behind that. Where the program asks for collections more often
// than by default, and has callbacks that notice, they come as often as it asks.
static void watch_collections(unsigned automatic) {
    if (!enabled || thresholds[0] <= 0 || !roots[1] || !list_size(roots[1]) ||
        __atomic_load_n(&collecting, __ATOMIC_RELAXED)) {
        return;
    }
    Object *saved = error_take();
    if (thresholds[0] < THRESHOLD_DEFAULT && allocation_count() >= thresholds[0]) {
        collect_generation(__atomic_load_n(&collections_since[1], __ATOMIC_RELAXED) > thresholds[1], NULL);
    } else if (automatic && !__atomic_exchange_n(&collecting, true, __ATOMIC_ACQUIRE)) {
        int generation = 31 - __builtin_clz(automatic);
        if (run_callbacks("start", generation, 0) == 0) {
            run_callbacks("stop", generation, 0);
        }
        __atomic_store_n(&collecting, false, __ATOMIC_RELEASE);
    }
    if (error_occurred()) {
        error_unraisable(roots[1]);
    }
    error_restore(saved);
}

static void watch_change(void) {
    bool often = enabled && thresholds[0] > 0 && thresholds[0] < THRESHOLD_DEFAULT;
    __atomic_store_n(&heap_watch_at, often ? (size_t)thresholds[0] * COUNTED_BYTES : SIZE_MAX,
                     __ATOMIC_RELAXED);
}

static Object *gc_enable(Object *module) {
    enabled = true;
    watch_change();
    return NONE;
}
static Object *gc_disable(Object *module) {
    enabled = false;
    watch_change();
    return NONE;
}
static Object *gc_isenabled(Object *module) {
    return bool_from(enabled);
}
static Object *gc_get_debug(Object *module) {
    return int_from_i64(debug_flags);
}
static Object *gc_set_debug(Object *module, Object *flags) {
    int value = int_to_c_int(flags);
    if (value == -1 && error_occurred()) {
        return NULL;
    }
    debug_flags = value;
    heap_save_garbage = value & DEBUG_SAVEALL;
    return NONE;
}

static Object *gc_set_threshold(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("gc.set_threshold", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 1 || nargs > 3) {
        return raise_error(&exc_TypeError, "gc.set_threshold() takes %s %d argument%s (%zd given)",
                           nargs < 1 ? "at least" : "at most", nargs < 1 ? 1 : 3, nargs < 1 ? "" : "s",
                           (ssize_t)nargs);
    }
    int values[3];
    for (size_t i = 0; i < nargs; i++) {
        values[i] = int_to_c_int(args[i]);
        if (values[i] == -1 && error_occurred()) {
            return NULL;
        }
    }
    memcpy(thresholds, values, nargs * sizeof(int));
    watch_change();
    return NONE;
}

static Object *three_ints(int64_t a, int64_t b, int64_t c) {
    Object *x = int_from_i64(a), *y = int_from_i64(b), *z = int_from_i64(c);
    return x && y && z ? tuple_pack(3, x, y, z) : NULL;
}
static Object *gc_get_threshold(Object *module) {
    return three_ints(thresholds[0], thresholds[1], thresholds[2]);
}
// Bytes that this thread took from blocks and has not made cells of yet.
static size_t bytes_ahead(void) {
    size_t bytes = 0;
    for (size_t kind = 0; kind < CELL_KINDS; kind++) {
        for (size_t class = 0; class < HEAP_CLASSES; class ++) {
            const FreeRun *run = &thread_heap.runs[kind][class];
            bytes += (size_t)(run->limit - run->cursor);
        }
    }
    return bytes;
}

static int64_t allocation_count(void) {
    size_t taken = __atomic_load_n(&heap_taken.bytes, __ATOMIC_RELAXED), ahead = bytes_ahead();
    taken += thread_heap.details->unreported;
    return taken > ahead ? (int64_t)((taken - ahead) / COUNTED_BYTES) : 0;
}

static Object *gc_get_count(Object *module) {
    return three_ints(allocation_count(), __atomic_load_n(&collections_since[1], __ATOMIC_RELAXED),
                      __atomic_load_n(&collections_since[2], __ATOMIC_RELAXED));
}

// Of the collections that allocation brings on nobody counts what was on cycles.
static Object *gc_get_stats(Object *module) {
    HeapStats stats;
    heap_stats(&stats);
    Object *list = list_new(3);
    for (int i = 0; list && i < 3; i++) {
        Object *dict = dict_new(), *number;
        if (!dict || !(number = int_from_u64(collections[i] + stats.automatic[i])) ||
            dict_set_cstring(dict, "collections", number) < 0 || !(number = int_from_u64(collected[i])) ||
            dict_set_cstring(dict, "collected", number) < 0 || !(number = int_from_i64(0)) ||
            dict_set_cstring(dict, "uncollectable", number) < 0 || list_append(list, dict) < 0) {
            return NULL;
        }
    }
    return list;
}

// ---- looking into the heap

typedef struct Found {
    PointerList objects;
    Object *const *targets;
    size_t target_count;
    bool hit, failed;
    int depth;
    ssize_t generation; // -1: all
} Found;

extern char __executable_start, end;

static bool is_in_image(const void *p) {
    return (const char *)p >= &__executable_start && (const char *)p < &end && !((uintptr_t)p & 7);
}

// A cell of pointers may hold integers (the maps of a trie's node do) that look like addresses in the executable, or between two
// variables.
__attribute__((no_sanitize("address", "thread"))) static bool is_static_object(const void *p) {
    if (!is_in_image(p) || (const char *)p + sizeof(Object) > &end) {
        return false;
    }
    const Type *type = ((const Object *)p)->type;
    return is_in_image(type) && (const char *)type + sizeof(Object) <= &end &&
           ((const Object *)type)->type == &type_type;
}

static void visit_referent(const void *cell, void *context);

// Reports an object, or what is behind a part of one. Shapes and feedback are caches.
static void visit_object(Object *object, Found *found) {
    if (!object->type) {
        return;
    }
    if (is_internal(object->type)) {
        bool cache = object->type == &shape_type || object->type == &feedback_arena_type;
        if (!cache && found->depth < 8) {
            found->depth++;
            Tracer tracer = { .visit = visit_referent, .context = found };
            object->type->info->trace(object, &tracer);
            found->depth--;
        }
    } else if (found->targets) {
        for (size_t i = 0; i < found->target_count; i++) {
            found->hit |= found->targets[i] == object;
        }
    } else if (pointer_list_push(&found->objects, object) < 0) {
        found->failed = true;
    }
}

// Descends through the internal cells that containers are made of.
static void visit_referent(const void *cell, void *context) {
    if (!heap_contains(cell)) {
        if (is_static_object(cell)) {
            visit_object((Object *)(uintptr_t)cell, context);
        }
        return;
    }
    uint8_t kind = heap_block_states[block_of(cell)] & BLOCK_KIND_MASK;
    if (kind == CELL_POINTERS) {
        void *const *words = cell;
        size_t count = heap_cell_size(cell) / sizeof(void *);
        for (size_t i = 0; i < count; i++) {
            if (words[i] && (heap_contains(words[i]) || is_static_object(words[i]))) {
                visit_referent(words[i], context);
            }
        }
    } else if (kind == CELL_OBJECT || kind == CELL_LEAF) {
        visit_object((Object *)(uintptr_t)cell, context);
    }
}

// Reports what `object` refers to, its class included if that is one made at run time.
static void visit_referents_of(Object *object, Found *found) {
    Tracer tracer = { .visit = visit_referent, .context = found };
    if (object->type->info->trace) {
        object->type->info->trace(object, &tracer);
    }
    if (object->type->flags & TF_HEAP) {
        visit_object((Object *)object->type, found);
    }
}

// Caches are no owners; the frame of a generator that runs is found among its thread's frames.
static bool owns_references(Object *object) {
    const Type *type = object->type;
    return type != &shape_type && type != &feedback_arena_type &&
           !(generator_is(object) && ((Generator *)object)->state == GEN_EXECUTING);
}

ssize_t gc_count_references(Object *object) {
    Thread *ts = thread_current;
    char *from = ts->collect_from;
    ts->collect_from = NULL;
    if (ts->delete_later[0]) {
        return heap_count_references(object, owns_references, NULL); // a finalizer asks within another count
    }
    ts->delete_later[0] = object; // `from` hides the stack that this argument lies on
    ssize_t found = heap_count_references(object, owns_references, from);
    ts->delete_later[0] = NULL;
    return found > 0 ? found - 1 : found;
}

// Makes a list of what was found. The world is stopped and this thread does not collect, because
// nothing but the array in malloc memory holds the objects.
static Object *found_list(Found *found) {
    Object *list = found->failed ? raise_memory_error() : list_new((ssize_t)found->objects.count);
    for (size_t i = 0; list && i < found->objects.count; i++) {
        generator_expose(found->objects.items[i]);
        if (list_append(list, found->objects.items[i]) < 0) {
            list = NULL;
        }
    }
    free(found->objects.items);
    return list;
}

static void look_begin(void) {
    world_stop();
    thread_heap.no_collection++;
}
static void look_end(void) {
    thread_heap.no_collection--;
    world_start();
}

static void gather_object(Object *object, void *context) {
    Found *found = context;
    bool asked = found->generation < 0 || found->generation == (ssize_t)heap_generation(object);
    if (asked && is_tracked(object) && pointer_list_push(&found->objects, object) < 0) {
        found->failed = true;
    }
}

static Object *gc_get_objects(Object *module, Object *generation_object) {
    ssize_t generation = -1;
    if (generation_object && generation_object != NONE) {
        generation = int_to_ssize(generation_object);
        if (generation == -1 && error_occurred()) {
            return NULL;
        }
        if (generation >= 3) {
            return raise_error(
                &exc_ValueError,
                "generation parameter must be less than the number of available generations (3)");
        }
        if (generation < 0) {
            return raise_error(&exc_ValueError, "generation parameter cannot be negative");
        }
    }
    if (audit("gc.get_objects", "n", generation) < 0) {
        return NULL;
    }
    // Collecting would make everything old.
    if (generation < 0 && heap_collect() < 0) {
        return NULL;
    }
    Found found = { .generation = generation };
    look_begin();
    heap_each_object(gather_object, &found);
    Object *list = found_list(&found);
    look_end();
    return list;
}

static void gather_referrer(Object *object, void *context) {
    Found *found = context;
    if (!is_tracked(object) || !object->type->info) {
        return;
    }
    found->hit = false;
    visit_referents_of(object, found);
    if (found->hit && pointer_list_push(&found->objects, object) < 0) {
        found->failed = true;
    }
}

static Object *gc_get_referrers(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("gc.get_referrers", kwnames) < 0 ||
        audit("gc.get_referrers", "O", tuple_from_array(args, (ssize_t)nargs)) < 0 || heap_collect() < 0) {
        return NULL;
    }
    Found found = { .targets = args, .target_count = nargs };
    look_begin();
    heap_each_object(gather_referrer, &found);
    Object *list = found_list(&found);
    look_end();
    return list;
}

// Lists and dicts in CPython's order: a list from its end, a dict's keys only when they are not all str.
static bool add_container(Object *o, Found *found) {
    if (o->type == &list_type) {
        for (ssize_t i = list_size(o); i-- > 0;) {
            visit_object(list_read(o, i), found);
        }
        return true;
    }
    if (o->type != &dict_type) {
        return false;
    }
    Object *key, *value;
    hash_t hash;
    ssize_t position = 0;
    bool all_str = true;
    while (dict_next(o, &position, &key, &value, &hash)) {
        all_str &= key->type == &str_type;
    }
    for (position = 0; dict_next(o, &position, &key, &value, &hash);) {
        visit_object(value, found);
        if (!all_str) {
            visit_object(key, found);
        }
    }
    return true;
}

static Object *gc_get_referents(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("gc.get_referents", kwnames) < 0 ||
        audit("gc.get_referents", "O", tuple_from_array(args, (ssize_t)nargs)) < 0) {
        return NULL;
    }
    Found found = { 0 };
    look_begin();
    for (size_t i = 0; i < nargs; i++) {
        if (!(args[i]->type->flags & TF_GC)) {
            continue;
        }
        if (!add_container(args[i], &found)) {
            visit_referents_of(args[i], &found);
        }
    }
    Object *list = found_list(&found);
    look_end();
    return list;
}

static Object *gc_is_tracked(Object *module, Object *object) {
    return bool_from(is_tracked(object));
}

static Object *gc_is_finalized(Object *module, Object *object) {
    return bool_from(object->type->info->has_finalizer && heap_was_finalized(object));
}

static void count_object(Object *object, void *context) {
    *(ssize_t *)context += is_tracked(object);
}
static Object *gc_freeze(Object *module) {
    ssize_t count = 0;
    heap_each_object(count_object, &count);
    frozen = count;
    return NONE;
}
static Object *gc_unfreeze(Object *module) {
    frozen = 0;
    return NONE;
}
static Object *gc_get_freeze_count(Object *module) {
    return int_from_ssize(frozen);
}

static BuiltinDef functions[] = {
    BUILTIN("collect", gc_collect, "($module, /, generation=2)", EFFECT_COLLECTS, NULL),
    BUILTIN("disable", gc_disable, "($module, /)", 0, NULL),
    BUILTIN("enable", gc_enable, "($module, /)", 0, NULL),
    BUILTIN("freeze", gc_freeze, "($module, /)", 0, NULL),
    BUILTIN("get_count", gc_get_count, "($module, /)", 0, NULL),
    BUILTIN("get_debug", gc_get_debug, "($module, /)", 0, NULL),
    BUILTIN("get_freeze_count", gc_get_freeze_count, "($module, /)", 0, NULL),
    BUILTIN("get_objects", gc_get_objects, "($module, /, generation=None)", 0, NULL),
    BUILTIN("get_referents", gc_get_referents, NULL, 0, NULL),
    BUILTIN("get_referrers", gc_get_referrers, NULL, 0, NULL),
    BUILTIN("get_stats", gc_get_stats, "($module, /)", 0, NULL),
    BUILTIN("get_threshold", gc_get_threshold, "($module, /)", 0, NULL),
    BUILTIN("is_finalized", gc_is_finalized, "($module, obj, /)", 0, NULL),
    BUILTIN("is_tracked", gc_is_tracked, "($module, obj, /)", 0, NULL),
    BUILTIN("isenabled", gc_isenabled, "($module, /)", 0, NULL),
    BUILTIN("set_debug", gc_set_debug, "($module, flags, /)", 0, NULL),
    BUILTIN("set_threshold", gc_set_threshold, NULL, 0, NULL),
    BUILTIN("unfreeze", gc_unfreeze, "($module, /)", 0, NULL),
    BUILTIN_END,
};

static int gc_exec(Object *module) {
    static bool registered;
    heap_counts_as_garbage = is_tracked;
    if (!registered) {
        heap_hooks.collection_watch = watch_collections;
        heap_add_root(roots, COUNT_OF(roots));
        registered = true;
    }
    for (size_t i = 0; i < COUNT_OF(roots); i++) {
        if (!roots[i] && !(roots[i] = list_new(0))) {
            return -1;
        }
    }
    return module_add(module, "garbage", roots[0]) < 0 || module_add(module, "callbacks", roots[1]) < 0 ||
                   module_add_int(module, "DEBUG_STATS", DEBUG_STATS) < 0 ||
                   module_add_int(module, "DEBUG_COLLECTABLE", DEBUG_COLLECTABLE) < 0 ||
                   module_add_int(module, "DEBUG_UNCOLLECTABLE", DEBUG_UNCOLLECTABLE) < 0 ||
                   module_add_int(module, "DEBUG_SAVEALL", DEBUG_SAVEALL) < 0 ||
                   module_add_int(module, "DEBUG_LEAK", DEBUG_LEAK) < 0
               ? -1
               : 0;
}

const ModuleSpec module_gc = { "gc", NULL, functions, gc_exec };
