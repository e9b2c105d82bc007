// `_lsprof`: the profiler behind cProfile. It counts and times the calls of one thread, by function and,
// on demand, by pair of caller and function.
//
// Entries, pairs and contexts are objects of internal types that the collector traces; entries are found
// by the address of a code object (which the entry keeps alive) or of a built-in's definition. All changes
// happen under the profiler's lock; the timer, which may be a Python function, is asked without it.
#include <time.h>

#include "modules/fields.h"
#include "modules/modules.h"
#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/str.h"
#include "objects/struct_sequence.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/runtime.h"
#include "vm/trace.h"

typedef struct Table {  // open addressing; capacity a power of two, at most half full
    Object **slots;     // a cell of pointers to entries
    size_t capacity, used;
} Table;

typedef struct Entry {
    Object base;
    const void *key;
    Object *user;       // a code object, or what names the built-in
    int64_t total, own, calls, recursive_calls, depth;
    Table callees;      // Entry objects whose key is an entry (their `user`)
} Entry;

typedef struct Context {
    Object base;
    int64_t start, in_callees;
    struct Context *previous;
    Entry *entry;
} Context;

typedef struct Profiler {
    Object base;
    Table entries;
    Context *current;
    Object *timer;      // NULL: the clock
    double unit;
    bool enabled, subcalls, builtins;
    uintptr_t lock;
} Profiler;

static Type profiler_type, entry_type, context_type_of_profiler;
static Object *entry_tuple_type, *subentry_tuple_type;  // registered roots

// ---- tables

static size_t key_hash(const void *key) {
    uint64_t x = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    return (size_t)(x >> 20);
}

static Entry *table_find(const Table *table, const void *key) {
    if (!table->capacity) {
        return NULL;
    }
    for (size_t i = key_hash(key);; i++) {
        Entry *entry = (Entry *)table->slots[i & (table->capacity - 1)];
        if (!entry || entry->key == key) {
            return entry;
        }
    }
}

static void table_place(Table *table, Entry *entry) {
    size_t i = key_hash(entry->key);
    while (table->slots[i & (table->capacity - 1)]) {
        i++;
    }
    gc_store(table->slots, &table->slots[i & (table->capacity - 1)], entry);
}

static int table_add(void *owner, Table *table, Entry *entry) {
    if (2 * (table->used + 1) > table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 8;
        Object **slots = heap_alloc(capacity * sizeof(Object *), CELL_POINTERS);
        if (!slots) {
            return -1;
        }
        Table larger = { slots, capacity, table->used };
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->slots[i]) {
                table_place(&larger, (Entry *)table->slots[i]);
            }
        }
        gc_store(owner, &table->slots, slots);
        table->capacity = capacity;
    }
    table_place(table, entry);
    table->used++;
    return 0;
}

// The entry of `key`, made if there is none; NULL with MemoryError.
static Entry *table_get(void *owner, Table *table, const void *key, Object *user) {
    Entry *entry = table_find(table, key);
    if (entry) {
        return entry;
    }
    entry = (Entry *)object_alloc(&entry_type);
    if (!entry) {
        return NULL;
    }
    entry->key = key;
    gc_store(entry, &entry->user, user);
    return table_add(owner, table, entry) < 0 ? NULL : entry;
}

static void entry_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Entry *)self)->user);
    trace_cell(tracer, ((Entry *)self)->callees.slots);
}
static void context_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Context *)self)->previous);
    trace_cell(tracer, ((Context *)self)->entry);
}
static void profiler_trace(Object *self, Tracer *tracer) {
    Profiler *p = (Profiler *)self;
    trace_cell(tracer, p->entries.slots);
    trace_cell(tracer, p->current);
    trace_cell(tracer, p->timer);
}

static const TypeSpec entry_spec = {
    .name = "_lsprof.entry",
    .is_internal = true,
    .basic_size = sizeof(Entry),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = entry_trace,
};
static const TypeSpec context_spec = {
    .name = "_lsprof.context",
    .is_internal = true,
    .basic_size = sizeof(Context),
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .trace = context_trace,
};

// ---- time

static const double float_ticks = 4294967296.0;  // a timer of floats without a unit counts in 2**-32

static int64_t read_timer(Profiler *p) {
    Object *timer = p->timer;
    if (!timer) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    }
    Object *saved = error_take(), *value = call0(timer);
    int64_t ticks = 0;
    if (value && p->unit > 0.0) {
        Object *index = number_index(value);
        ticks = index ? int_to_i64(index) : 0;
    } else if (value) {
        double seconds = float_as_double(value) * float_ticks;
        ticks = seconds > -9e18 && seconds < 9e18 ? (int64_t)seconds : 0;
    }
    if (error_occurred()) {
        ticks = 0;
        error_unraisable(timer);
    }
    error_restore(saved);
    return ticks;
}

static double tick_seconds(const Profiler *p) {
    return !p->timer ? 1e-9 : p->unit > 0.0 ? p->unit : 1.0 / float_ticks;
}

// ---- calls

static int enter(Profiler *p, const void *key, Object *user) {
    object_lock(&p->lock);
    Context *context = NULL;
    Entry *entry = table_get(p, &p->entries, key, user);
    if (entry && (context = (Context *)object_alloc(&context_type_of_profiler))) {
        Context *previous = p->current;
        gc_store(context, &context->previous, previous);
        gc_store(context, &context->entry, entry);
        gc_store(p, &p->current, context);
        entry->depth++;
        if (p->subcalls && previous) {
            Entry *pair = table_get(previous->entry, &previous->entry->callees, entry, &entry->base);
            if (pair) {
                pair->depth++;
            }
        }
    }
    object_unlock(&p->lock);
    if (context) {
        context->start = read_timer(p);
    }
    return error_occurred() ? -1 : 0;
}

static void count(Entry *entry, int64_t total, int64_t own) {
    if (--entry->depth <= 0) {
        entry->depth = 0;
        entry->total += total;
    } else {
        entry->recursive_calls++;
    }
    entry->own += own;
    entry->calls++;
}

// Ends the innermost call, `entry`'s; NULL: of a function that was not seen to begin.
static void leave_entry(Profiler *p, int64_t now, bool known, const void *key) {
    object_lock(&p->lock);
    Context *context = p->current;
    Entry *entry = context ? known ? context->entry : table_find(&p->entries, key) : NULL;
    if (context) {
        Context *previous = context->previous;
        gc_store(p, &p->current, previous);
        if (entry) {
            int64_t total = now - context->start, own = total - context->in_callees;
            if (previous) {
                previous->in_callees += total;
            }
            count(entry, total, own);
            Entry *pair = p->subcalls && previous ? table_find(&previous->entry->callees, entry) : NULL;
            if (pair) {
                count(pair, total, own);
            }
        }
    }
    object_unlock(&p->lock);
}

static void leave(Profiler *p, const void *key) {
    if (p->current) {
        leave_entry(p, read_timer(p), false, key);
    }
}

// What stands for a built-in in the statistics, and the key that it is found by.
static const void *builtin_key(Object *callable) {
    if (callable->type == &builtin_function_type) {
        return ((BuiltinFunction *)callable)->def;
    }
    return callable->type == &method_descriptor_type ? ((MethodDescr *)callable)->def : NULL;
}

static Object *builtin_name(Object *callable) {
    if (callable->type == &method_descriptor_type) {
        return object_repr(callable);
    }
    BuiltinFunction *function = (BuiltinFunction *)callable;
    const char *name = function->def->name;
    Object *self = function->self;
    if (!self || module_check(self)) {
        Object *module = function->module;
        if (module && str_check(module)) {
            return str_format("<built-in method %U.%s>", module, name);
        }
        return str_format("<built-in method %s>", name);
    }
    Object *text = str_intern_cstring(name), *found = text ? type_lookup(self->type, text) : NULL;
    return found ? object_repr(found) : text ? str_format("<built-in method %s>", name) : NULL;
}

static int profile_event(Object *self, Frame *frame, ProfileEvent event, Object *argument) {
    Profiler *p = (Profiler *)self;
    if (event == PROFILE_CALL) {
        return enter(p, frame->code, (Object *)frame->code);
    }
    if (event == PROFILE_RETURN) {
        leave(p, frame->code);
        return 0;
    }
    const void *key = p->builtins && argument ? builtin_key(argument) : NULL;
    if (!key) {
        return 0;
    }
    if (event != PROFILE_C_CALL) {
        leave(p, key);
        return 0;
    }
    object_lock(&p->lock);
    Entry *present = table_find(&p->entries, key);
    object_unlock(&p->lock);
    Object *name = present ? present->user : builtin_name(argument);
    return name ? enter(p, key, name) : -1;
}

// ---- methods

static Object *profiler_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

static int profiler_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "timer", "timeunit", "subcalls", "builtins" };
    static const FieldFormat format = { "Profiler", field_names, "OOii", 0, 4 };
    int f[4] = { [2] = 1, [3] = 1 };
    Object *b[4] = {};
    Profiler *p = (Profiler *)self;
    if (fields_bind(&format, args, nargs, kwnames, f, b) < 0) {
        return -1;
    }
    double unit = b[1] ? float_as_double(b[1]) : 0.0;
    if (unit == -1.0 && error_occurred()) {
        return -1;
    }
    gc_store(p, &p->timer, b[0] == NONE ? NULL : b[0]);
    p->unit = unit;
    p->subcalls = f[2] != 0;
    p->builtins = f[3] != 0;
    return 0;
}

static Object *profiler_enable(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static const char *const field_names[] = { "subcalls", "builtins" };
    static const FieldFormat format = { "enable", field_names, "ii", 0, 2 };
    int f[2] = { -1, -1 };
    Profiler *p = (Profiler *)self;
    if (fields_bind(&format, args, nargs, kwnames, f, NULL) < 0) {
        return NULL;
    }
    if (f[0] >= 0) {
        p->subcalls = f[0] > 0;
    }
    if (f[1] >= 0) {
        p->builtins = f[1] > 0;
    }
    if (profile_set_native(profile_event, self) < 0) {
        return NULL;
    }
    p->enabled = true;
    return NONE;
}

static Object *profiler_disable(Object *self) {
    Profiler *p = (Profiler *)self;
    if (p->enabled) {
        if (profile_set(NULL) < 0) {
            return NULL;
        }
        p->enabled = false;
    }
    while (p->current) {
        leave_entry(p, read_timer(p), true, NULL);
    }
    return NONE;
}

static Object *profiler_clear(Object *self) {
    Profiler *p = (Profiler *)self;
    object_lock(&p->lock);
    gc_store(p, &p->entries.slots, NULL);
    p->entries.capacity = p->entries.used = 0;
    gc_store(p, &p->current, NULL);
    object_unlock(&p->lock);
    return NONE;
}

// The entries that a table has at this moment.
static Object *entries_of(Profiler *p, const Table *table) {
    Object *list = list_new(0);
    bool ok = list != NULL;
    object_lock(&p->lock);
    for (size_t i = 0; ok && i < table->capacity; i++) {
        ok = !table->slots[i] || list_append(list, table->slots[i]) == 0;
    }
    object_unlock(&p->lock);
    return ok ? list : NULL;
}

// The statistics of a table's entries as a list of `type`'s tuples.
static Object *statistics(Profiler *p, const Table *table, Object *type, double seconds, bool with_callees) {
    Object *entries = entries_of(p, table), *list = entries ? list_new(0) : NULL, *each;
    for (ssize_t i = 0; list && (each = list_read(entries, i)); i++) {
        Entry *entry = (Entry *)each;
        if (!entry->calls) {
            continue;
        }
        Object *user = with_callees ? entry->user : ((Entry *)entry->user)->user;
        Object *callees = NONE;
        if (with_callees && entry->callees.used) {
            callees = statistics(p, &entry->callees, subentry_tuple_type, seconds, false);
        }
        Object *values[6] = {
            user,
            int_from_i64(entry->calls),
            int_from_i64(entry->recursive_calls),
            float_from_double((double)entry->total * seconds),
            float_from_double((double)entry->own * seconds),
            callees,
        };
        Object *row = struct_sequence_of((Type *)type, values, with_callees ? 6 : 5);
        if (!row || list_append(list, row) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *profiler_getstats(Object *self) {
    Profiler *p = (Profiler *)self;
    return statistics(p, &p->entries, entry_tuple_type, tick_seconds(p), true);
}

static BuiltinDef profiler_methods[] = {
    BUILTIN("getstats", profiler_getstats, "($self, /)", 0, NULL),
    BUILTIN("enable", profiler_enable, NULL, 0, NULL),
    BUILTIN("disable", profiler_disable, "-($self, /)", 0, NULL),
    BUILTIN("clear", profiler_clear, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec profiler_spec = {
    .name = "_lsprof.Profiler",
    .basic_size = 64,
    .instance_size = sizeof(Profiler),
    .lock_offset = offsetof(Profiler, lock),
    .flags = TF_BASE | TF_GC,
    .methods = profiler_methods,
    .trace = profiler_trace,
    .slots = { .new = profiler_new, .init = profiler_init },
};

static const StructField entry_fields[] = {
    { "code", "code object or built-in function name" },
    { "callcount", "how many times this was called" },
    { "reccallcount", "how many times called recursively" },
    { "totaltime", "total time in this entry" },
    { "inlinetime", "inline time in this entry (not in subcalls)" },
    { "calls", "details of the calls" },
    { NULL, NULL },
};
static const StructField subentry_fields[] = {
    { "code", "called code object or built-in function name" },
    { "callcount", "how many times this is called" },
    { "reccallcount", "how many times this is called recursively" },
    { "totaltime", "total time spent in this call" },
    { "inlinetime", "inline time (not in further subcalls)" },
    { NULL, NULL },
};
static const StructSpec entry_tuple_spec = { "_lsprof.profiler_entry", NULL, entry_fields, 6 };
static const StructSpec subentry_tuple_spec = { "_lsprof.profiler_subentry", NULL, subentry_fields, 5 };

static int lsprof_exec(Object *module) {
    if (!entry_tuple_type) {
        heap_add_root(&entry_tuple_type, 1);
        heap_add_root(&subentry_tuple_type, 1);
        if (type_ready(&entry_type, &entry_spec) < 0 ||
            type_ready(&context_type_of_profiler, &context_spec) < 0 ||
            !(subentry_tuple_type = (Object *)struct_sequence_type_new(&subentry_tuple_spec)) ||
            !(entry_tuple_type = (Object *)struct_sequence_type_new(&entry_tuple_spec))) {
            return -1;
        }
    }
    return module_add_type(module, &profiler_type, &profiler_spec) < 0 ||
                   module_add(module, "profiler_entry", entry_tuple_type) < 0 ||
                   module_add(module, "profiler_subentry", subentry_tuple_type) < 0
               ? -1
               : 0;
}

const ModuleSpec module_lsprof = { "_lsprof", NULL, NULL, lsprof_exec };
