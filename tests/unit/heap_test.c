// The heap on its own: no types but the ones made here, no interpreter. `heap_test` runs the tests,
// `heap_test bench` measures.
#include "heap/block.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/object.h"
#include "objects/weakref.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- what the heap expects of the rooms above

Object none_object;
Type exc_RecursionError;
static Object error_marker;
static int callbacks_called, memory_errors;

Object *raise_error(Type *type, const char *format, ...) {
    thread_current->exception = &error_marker;
    return NULL;
}
void error_unraisable(Object *where) {
    thread_current->exception = NULL;
}
Object *call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    callbacks_called++;
    return NONE;
}
static void raise_memory(void) {
    memory_errors++;
}

// ---- types

typedef struct Pair {
    Object base;
    Object *left, *right;
    intptr_t number;
    Object *weaklist;
} Pair;

static void pair_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Pair *)self)->left);
    trace_cell(tracer, ((Pair *)self)->right);
}

static intptr_t finalized[1000];
static int finalized_count;
static Object *resurrected;

static void pair_finalize(Object *self) {
    finalized[finalized_count++ % 1000] = ((Pair *)self)->number;
    if (((Pair *)self)->number == 4711) {
        resurrected = self;
    }
}

static void ref_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((WeakRef *)self)->callback);
}

static TypeInfo pair_info = { .trace = pair_trace, .instance_size = sizeof(Pair) };
static TypeInfo finalizable_info = {
    .trace = pair_trace, .instance_size = sizeof(Pair), .has_finalizer = true, .slots.finalize = pair_finalize
};
static TypeInfo number_info = { .instance_size = 24 };
static TypeInfo ref_info = { .trace = ref_trace, .instance_size = sizeof(WeakRef) };
static Type pair_type = { .name = "pair",
                          .basic_size = sizeof(Pair),
                          .flags = TF_GC,
                          .info = &pair_info,
                          .weaklist_offset = offsetof(Pair, weaklist) };
static Type finalizable_type = { .name = "finalizable",
                                 .basic_size = sizeof(Pair),
                                 .flags = TF_GC,
                                 .info = &finalizable_info,
                                 .weaklist_offset = offsetof(Pair, weaklist) };
static Type number_type = { .name = "number", .basic_size = 24, .info = &number_info };
static Type ref_type = { .name = "ref", .basic_size = sizeof(WeakRef), .flags = TF_GC, .info = &ref_info };

static Object *root[16];

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

static NOINLINE Pair *pair_new(Object *left, Object *right, intptr_t number) {
    Pair *pair = (Pair *)object_alloc(&pair_type);
    CHECK(pair);
    pair->left = left;
    pair->right = right;
    pair->number = number;
    return pair;
}

// Overwrites what calls before left on the stack.
static NOINLINE void forget_stack(void) {
    volatile char dead[8192];
    memset((void *)dead, 0, sizeof dead);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

// ---- tests

static void test_sizes(void) {
    for (size_t size = 1; size < 300000; size = size < 5000 ? size + 7 : size * 5 / 4) {
        for (int kind = 0; kind < CELL_KINDS; kind++) {
            uint8_t *cell = heap_alloc(size, (CellKind)kind);
            CHECK(cell && !((uintptr_t)cell & 15) && heap_cell_size(cell) >= size);
            if (kind == CELL_OBJECT || kind == CELL_POINTERS) {
                for (size_t i = 0; i < size; i++) {
                    CHECK(cell[i] == 0);
                }
            } else {
                memset(cell, 0xA5, size);
            }
            if (kind == CELL_MANUAL) {
                heap_free_manual(cell);
            }
        }
    }
}

static NOINLINE void build_list(int length) {
    root[0] = NULL;
    for (int i = 0; i < length; i++) {
        Pair *number = pair_new(NULL, NULL, i * 2);
        root[0] = &pair_new(root[0], &number->base, i)->base;
        pair_new(NULL, NULL, -1);  // garbage
    }
}

static void check_list(int length) {
    int i = length;
    for (Pair *pair = (Pair *)root[0]; pair; pair = (Pair *)pair->left) {
        i--;
        CHECK(pair->number == i && ((Pair *)pair->right)->number == i * 2);
    }
    CHECK(i == 0);
}

static void test_list(void) {
    build_list(300000);
    check_list(300000);
    heap_collect();
    check_list(300000);
    HeapStats stats;
    heap_stats(&stats);
    CHECK(stats.live_bytes < 300000 * 2 * 64 + (8 << 20));
    root[0] = NULL;
    heap_collect();
    heap_stats(&stats);
    CHECK(stats.live_bytes < (4 << 20));
    CHECK(stats.collections[COLLECT_MINOR] > 2 && stats.collections[COLLECT_FULL] >= 2);
}

static NOINLINE void make_cycle(void) {
    Pair *a = pair_new(NULL, NULL, 1), *b = pair_new(&a->base, NULL, 2);
    a->left = &b->base;
    a->right = &pair_new(NULL, NULL, 3)->base;  // hangs from the cycle
    pair_new(&a->base, NULL, 4);                // points to it: a counter frees this one
    for (int i = 0; i < 10; i++) {
        pair_new(NULL, NULL, 5);
    }
}

static void test_garbage(void) {
    heap_collect();
    make_cycle();
    forget_stack();
    CHECK(heap_collect() == 3);
    CHECK(heap_collect() == 0);
    heap_save_garbage = true;
    make_cycle();
    forget_stack();
    CHECK(heap_collect() == 3);
    heap_save_garbage = false;
    heap_collect();
    intptr_t sum = 0;
    for (Object *object; (object = heap_take_garbage());) {
        sum += ((Pair *)object)->number;
    }
    CHECK(sum == 1 + 2 + 3);
}

static void test_barrier(void) {
    Pair *old = pair_new(NULL, NULL, 1);
    root[0] = &old->base;
    size_t words = 200000;
    Object **array = heap_alloc(words * 8, CELL_POINTERS);
    root[1] = (Object *)array;
    heap_collect();
    CHECK(cell_is_marked(old) && cell_is_marked(array));
    for (int round = 0; round < 20; round++) {
        gc_store(old, &old->left, pair_new(NULL, NULL, round));
        for (size_t i = 0; i < words; i += 997) {
            gc_store(array, &array[i], pair_new(NULL, NULL, (intptr_t)i));
        }
        heap_collect_minor();
        for (int i = 0; i < 50000; i++) {
            pair_new(NULL, NULL, -5);
        }
        CHECK(((Pair *)old->left)->number == round);
        for (size_t i = 0; i < words; i += 997) {
            CHECK(((Pair *)array[i])->number == (intptr_t)i);
        }
    }
    // A whole cell is dirtied by its start.
    Object **young = malloc(10 * sizeof(Object *));
    for (int i = 0; i < 10; i++) {
        array[5000 * i + 3] = &pair_new(NULL, NULL, 100 + i)->base;
    }
    free(young);
    gc_dirty(array);
    heap_collect_minor();
    for (int i = 0; i < 50000; i++) {
        pair_new(NULL, NULL, -6);
    }
    for (int i = 0; i < 10; i++) {
        CHECK(((Pair *)array[5000 * i + 3])->number == 100 + i);
    }
    root[0] = root[1] = NULL;
}

// A large object is traced by its type; one dirty slot in it is enough to keep a young object.
typedef struct Table {
    VarObject var;
    Object *items[];
} Table;

static void table_trace(Object *self, Tracer *tracer) {
    trace_range(tracer, (void *const *)((Table *)self)->items, (size_t)((Table *)self)->var.size);
}

static TypeInfo table_info = { .trace = table_trace, .instance_size = sizeof(Table) };
static Type table_type = {
    .name = "table", .basic_size = sizeof(Table), .item_size = 8, .flags = TF_GC, .info = &table_info
};

static void test_large_objects(void) {
    ssize_t count = 100000;
    Table *table = (Table *)object_alloc_var(&table_type, count);
    CHECK(table && table->var.size == count);
    root[0] = (Object *)table;
    heap_collect();
    for (int round = 0; round < 10; round++) {
        for (ssize_t i = round; i < count; i += 777) {
            gc_store(table, &table->items[i], pair_new(NULL, NULL, i));
        }
        heap_collect_minor();
        for (int i = 0; i < 30000; i++) {
            pair_new(NULL, NULL, -7);
        }
        for (ssize_t i = round; i < count; i += 777) {
            CHECK(((Pair *)table->items[i])->number == i);
        }
    }
    for (ssize_t i = 0; i < count; i++) {
        CHECK(!table->items[i] || ((Pair *)table->items[i])->number == i);
    }
    root[0] = NULL;
}

static NOINLINE Object **array_with_pairs(size_t bytes) {
    Object **array = heap_alloc(bytes, CELL_POINTERS);
    root[2] = (Object *)array;
    heap_collect_minor();
    CHECK(array && heap_generation(array) == COLLECT_MIDDLE);
    for (size_t i = 0; i < bytes / sizeof(Object *); i++) {
        gc_store(array, &array[i], pair_new(NULL, NULL, (intptr_t)i));
    }
    heap_collect_minor();
    return array;
}

// A middle collection frees what was promoted since the last full one, and keeps what old cells were given since.
static void test_middle(void) {
    Pair *old = pair_new(NULL, NULL, 1);
    root[0] = &old->base;
    heap_collect();
    HeapStats before, after;
    heap_stats(&before);
    CHECK(heap_generation(old) == COLLECT_FULL);
    for (int round = 0; round < 10; round++) {
        gc_store(old, &old->left, pair_new(NULL, NULL, round));
        CHECK(heap_generation(old->left) == COLLECT_MINOR);
        heap_collect_minor();
        CHECK(heap_generation(old->left) == COLLECT_MIDDLE);
        // The shorter array gets the blocks of the longer one, and nobody may read what lies behind its end.
        array_with_pairs(60000);
        root[2] = NULL;
        forget_stack();
        heap_collect_dropped(COLLECT_MIDDLE, NULL);
        Object **shorter = heap_alloc(36000, CELL_POINTERS);
        root[2] = (Object *)shorter;
        heap_collect_dropped(COLLECT_MIDDLE, NULL);
        root[2] = NULL;
        CHECK(((Pair *)old->left)->number == round && heap_generation(old->left) == COLLECT_MIDDLE);
    }
    heap_stats(&after);
    CHECK(after.live_bytes < before.live_bytes + 200000);
    CHECK(after.collections[COLLECT_FULL] == before.collections[COLLECT_FULL]);
    heap_collect_younger(COLLECT_MIDDLE, NULL);
    CHECK(heap_generation(old->left) == COLLECT_FULL);
    root[0] = NULL;
}

static NOINLINE uintptr_t hidden_array(void) {
    Object **array = heap_alloc(64, CELL_POINTERS);
    array[0] = &pair_new(NULL, NULL, 77)->base;
    return ~(uintptr_t)array;
}

static void test_conservative(void) {
    uintptr_t hidden = hidden_array();
    char *volatile interior = (char *)~hidden + 40;
    forget_stack();
    heap_collect();
    CHECK(((Pair *)((Object **)~hidden)[0])->number == 77);
    char *volatile past = (char *)~hidden + 64;
    interior = NULL;
    forget_stack();
    heap_collect();
    CHECK(((Pair *)((Object **)~hidden)[0])->number == 77);
    (void)interior;
    (void)past;
}

static NOINLINE void make_finalizable(void) {
    Pair *file = (Pair *)object_alloc(&finalizable_type);
    file->number = 1;
    Pair *buffer = (Pair *)object_alloc(&finalizable_type);
    buffer->number = 2;
    buffer->left = &file->base; // the buffer is finalized before the file it writes to
    Pair *back = (Pair *)object_alloc(&finalizable_type);
    back->number = 4711;
    back->left = &pair_new(NULL, NULL, 99)->base;
    // A cycle with a tail.
    Pair *a = (Pair *)object_alloc(&finalizable_type), *b = (Pair *)object_alloc(&finalizable_type);
    a->number = 10;
    b->number = 11;
    a->left = &b->base;
    b->left = &a->base;
    // NOLINTNEXTLINE(bugprone-sizeof-expression): the pointer is to go
    memset(&file, 0, sizeof file);
}

static void test_finalizers(void) {
    finalized_count = 0;
    make_finalizable();
    forget_stack();
    heap_collect();
    CHECK(finalized_count == 5);
    int place[5000] = { 0 };
    for (int i = 0; i < 5; i++) {
        place[finalized[i]] = i + 1;
    }
    CHECK(place[2] && place[1] && place[2] < place[1]);
    CHECK(resurrected && ((Pair *)((Pair *)resurrected)->left)->number == 99);
    heap_collect();
    CHECK(((Pair *)((Pair *)resurrected)->left)->number == 99);
    resurrected = NULL;
    heap_collect();
    CHECK(finalized_count == 5);
}

static NOINLINE WeakRef *make_ref(Object *referent, Object *callback) {
    WeakRef *ref = (WeakRef *)object_alloc(&ref_type);
    CHECK(ref && heap_register_weakref(&ref->base) == 0);
    ref->object = referent;
    ref->callback = callback;
    WeakRef **head = (WeakRef **)&((Pair *)referent)->weaklist;
    ref->next = *head;
    if (*head) {
        (*head)->previous = ref;
    }
    *head = ref;
    return ref;
}

static NOINLINE void make_weak(void) {
    Pair *dies = pair_new(NULL, NULL, 1), *lives = pair_new(NULL, NULL, 2);
    root[0] = &lives->base;
    root[1] = &make_ref(&dies->base, NONE)->base;
    root[2] = &make_ref(&lives->base, NULL)->base;
    root[3] = &make_ref(&dies->base, &lives->base)->base;
    make_ref(&lives->base, NULL); // dies itself: taken off the list
}

static void test_weakrefs(void) {
    for (int minor = 0; minor < 2; minor++) {
        callbacks_called = 0;
        make_weak();
        forget_stack();
        if (minor) {
            heap_collect_minor();
            heap_run_finalizers();
        } else {
            heap_collect();
        }
        CHECK(((WeakRef *)root[1])->object == NONE);
        CHECK(((WeakRef *)root[2])->object == root[0]);
        CHECK(((WeakRef *)root[3])->object == NONE && callbacks_called == 1);
        WeakRef *head = (WeakRef *)((Pair *)root[0])->weaklist;
        CHECK(head == (WeakRef *)root[2] && !head->next && !head->previous);
        memset(root, 0, sizeof root);
    }
}

static void test_manual(void) {
    char *cells[2000];
    for (int i = 0; i < 2000; i++) {
        cells[i] = heap_alloc((size_t)i * 17 % 3000 + 1, CELL_MANUAL);
        memset(cells[i], i, (size_t)i * 17 % 3000 + 1);
    }
    char *large = heap_alloc(1 << 20, CELL_MANUAL);
    memset(large, 1, 1 << 20);
    heap_collect();
    heap_collect();
    for (int i = 0; i < 2000; i++) {
        CHECK(cells[i][0] == (char)i && cells[i][i * 17 % 3000] == (char)i);
        heap_free_manual(cells[i]);
    }
    heap_free_manual(large);
    heap_collect();
}

// Cells that grow and shrink where they lie, and are given back at once, amid collections and neighbours.
static void test_resize(void) {
    enum { CELLS = 5 };
    uint8_t *cells[CELLS];
    size_t sizes[CELLS];
    unsigned seed = 1, grown = 0, shrunk = 0;
    for (size_t k = 0; k < CELLS; k++) {
        sizes[k] = 40000;
        cells[k] = heap_alloc(sizes[k], CELL_BYTES);
        CHECK(cells[k]);
        memset(cells[k], (int)k, sizes[k]);
    }
    for (size_t i = 0; i < 2000; i++) {
        size_t k = i % CELLS, size = 33000 + (seed = seed * 1103515245 + 12345) / 16 % 700000;
        size_t same = size < sizes[k] ? size : sizes[k];
        if (heap_resize(cells[k], size)) {
            *(size > sizes[k] ? &grown : &shrunk) += 1;
            CHECK(heap_cell_size(cells[k]) >= size);
        } else {
            uint8_t *other = heap_alloc(size, CELL_BYTES);
            CHECK(other);
            memcpy(other, cells[k], same);
            heap_discard(cells[k]);
            cells[k] = other;
        }
        CHECK(cells[k][0] == k && cells[k][same / 2] == k && cells[k][same - 1] == k);
        memset(cells[k], (int)k, size);
        sizes[k] = size;
        if (i % 50 == 0) {
            heap_collect();
        } else if (i % 7 == 0) {
            heap_collect_minor();
        }
    }
    CHECK(grown && shrunk);
    for (size_t k = 0; k < CELLS; k++) {
        for (size_t i = 0; i < sizes[k]; i += 1000) {
            CHECK(cells[k][i] == k);
        }
        heap_discard(cells[k]);
    }
    uint8_t *small = heap_alloc(100, CELL_BYTES);
    CHECK(heap_resize(small, 100) && !heap_resize(small, 1000));
    heap_discard(small); // nothing happens
    heap_collect();
}

// ---- threads

enum { THREADS = 8, ROUNDS = 60000 };
static uintptr_t shared_lock;
static int shared_count;

static void *worker(void *context) {
    Thread *thread = thread_attach_new();
    Pair *mine = pair_new(NULL, NULL, 0);
    for (int i = 0; i < ROUNDS; i++) {
        Pair *fresh = pair_new(mine->left, NULL, i);
        if (i % 64 == 0) {
            fresh->left = NULL;
        }
        gc_store(mine, &mine->left, fresh);
        if (i % 16 == 0) {
            Pair *item = pair_new(NULL, NULL, i);
            object_lock(&shared_lock);
            gc_store(item, &item->left, root[5]);
            root[5] = shared_count % 512 ? &item->base : NULL;
            shared_count++;
            object_unlock(&shared_lock);
        }
        if (i % 5000 == 0) {
            heap_collect();
        }
        CHECK(safepoint() == 0);
        intptr_t expect = i;
        for (Pair *p = (Pair *)mine->left; p; p = (Pair *)p->left) {
            CHECK(p->number == expect--);
        }
    }
    thread_detach_and_free(thread);
    return NULL;
}

static void *join_one(void *context) {
    pthread_join(*(pthread_t *)context, NULL);
    return NULL;
}

static void test_threads(void) {
    runtime_multithreaded = true;
    pthread_t ids[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&ids[i], NULL, worker, NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        blocking_call(join_one, &ids[i]);
    }
    CHECK(shared_count == THREADS * ((ROUNDS + 15) / 16));
    root[5] = NULL;
}

static int pipe_ends[2];

static void *read_one(void *context) {
    CHECK(read(pipe_ends[0], context, 1) == 1);
    return NULL;
}

static void *sleeper(void *context) {
    Thread *thread = thread_attach_new();
    Pair *volatile held = pair_new(NULL, NULL, 31337);
    root[6] = NULL;
    __atomic_store_n(&root[7], &held->base, __ATOMIC_RELEASE);
    char byte;
    blocking_call(read_one, &byte);
    CHECK(held->number == 31337);
    thread_detach_and_free(thread);
    return NULL;
}

static void test_fork(void) {
    pthread_t id;
    CHECK(pipe(pipe_ends) == 0 && pthread_create(&id, NULL, sleeper, NULL) == 0);
    while (!__atomic_load_n(&root[7], __ATOMIC_ACQUIRE)) {
        safepoint();
    }
    uintptr_t hidden = ~(uintptr_t)root[7];
    root[7] = NULL;
    forget_stack();
    pid_t child = fork();
    if (child == 0) {
        forget_stack();
        heap_collect();
        CHECK(((Pair *)~hidden)->number == 31337 && ((Object *)~hidden)->type == &pair_type);
        build_list(50000);
        check_list(50000);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(write(pipe_ends[1], "x", 1) == 1);
    blocking_call(join_one, &id);
}

static void test_memory_error(void) {
    memory_errors = 0;
    CHECK(!heap_alloc((size_t)1 << 50, CELL_BYTES) && memory_errors == 1);
    CHECK(!object_alloc_var(&pair_type, SSIZE_LIMIT) || true);
    pid_t child = fork();
    if (child == 0) {
        char limit[] = "limit";
        execl("/proc/self/exe", "heap_test", limit, NULL);
        _exit(127);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

// Under a small address space: memory runs out, says so, and goes on.
static void run_limited(void) {
    for (int round = 0; round < 3; round++) {
        memory_errors = 0;
        size_t count = 0;
        root[0] = NULL;
        for (;;) {
            Pair *pair = (Pair *)object_alloc(&pair_type);
            if (!pair) {
                break;
            }
            pair->left = root[0];
            root[0] = &pair->base;
            count++;
        }
        CHECK(memory_errors == 1 && count > 200000);
        root[0] = NULL;
        CHECK(object_alloc(&pair_type));
    }
}

static void test_stress(void) {
    heap_stress = 7;
    thread_heap_flush(thread_current, FLUSH_LEAVES);
    thread_heap.details->stress_countdown = 7;
    root[0] = NULL;
    build_list(3000);
    check_list(3000);
    heap_stress = 0;
    root[0] = NULL;
}

static void count_visit(Object *object, void *context) {
    if (object->type == &number_type) {
        ++*(int *)context;
    }
}

static void test_each(void) {
    Object *kept[10];
    heap_collect();
    int before = 0, after = 0;
    heap_each_object(count_visit, &before);
    for (int i = 0; i < 10; i++) {
        kept[i] = object_alloc(&number_type);
    }
    heap_each_object(count_visit, &after);
    CHECK(after == before + 10 && kept[9]);
}

// ---- measurements

static Object *tree(int depth) {
    Pair *pair = (Pair *)object_alloc(&pair_type);
    if (depth) {
        pair->left = tree(depth - 1);
        gc_dirty(pair);
        pair->right = tree(depth - 1);
        gc_dirty(pair);
    }
    return &pair->base;
}

static double seconds_since(uint64_t start) {
    return (double)(os_clock_ns() - start) / 1e9;
}

static void bench(void) {
    HeapStats stats;
    uint64_t start = os_clock_ns();
    for (int i = 0; i < 40; i++) {
        root[0] = tree(15);
    }
    root[0] = NULL;
    heap_stats(&stats);
    printf("40 trees of depth 15: %.3f s, minor %lu full %lu, gc %.3f s, committed %zu MB\n",
           seconds_since(start), stats.collections[COLLECT_MINOR], stats.collections[COLLECT_FULL],
           (double)stats.pause_ns_total / 1e9, stats.committed_bytes >> 20);
    start = os_clock_ns();
    for (int i = 0; i < 100000000; i++) {
        double *number = heap_alloc(24, CELL_LEAF);
        number[0] = i;
        ((Object *)number)->type = &number_type;
        __asm__ volatile("" : : "r"(number) : "memory");
    }
    printf("floats: %.2f ns each\n", seconds_since(start) * 10);
    heap_counters.pause_ns_longest = heap_counters.pause_ns_total = 0;
    start = os_clock_ns();
    root[0] = NULL;
    size_t count = 0;
    Object **array = heap_alloc(8 * 300, CELL_POINTERS);
    root[1] = (Object *)array;
    while (count < ((size_t)1 << 30) / 64) {
        size_t i = count % 300;
        gc_store(array, &array[i], pair_new(array[i], (Object *)object_alloc(&number_type), 1));
        count++;
    }
    heap_stats(&stats);
    printf("1 GB live: built in %.2f s, gc %.2f s (minor %lu, full %lu), longest pause %.1f ms\n",
           seconds_since(start), (double)stats.pause_ns_total / 1e9, stats.collections[COLLECT_MINOR],
           stats.collections[COLLECT_FULL], (double)stats.pause_ns_longest / 1e6);
    start = os_clock_ns();
    heap_collect();
    printf("full collection: %.1f ms\n", seconds_since(start) * 1e3);
    start = os_clock_ns();
    uint64_t minors = stats.collections[COLLECT_MINOR];
    heap_counters.pause_ns_total = 0;
    for (int i = 0; i < 20000000; i++) {
        object_alloc(&number_type);
    }
    heap_stats(&stats);
    printf("20M garbage objects beside it: %.2f s, %.3f ms a minor collection\n", seconds_since(start),
           (double)stats.pause_ns_total / 1e6 / (double)(stats.collections[COLLECT_MINOR] - minors));
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "limit") == 0) {
        struct rlimit limit = { 200 << 20, 200 << 20 };
        setrlimit(RLIMIT_AS, &limit);
    }
    heap_hooks.raise_memory_error = raise_memory;
    CHECK(heap_init(&(HeapOptions){ .trace = argc > 1 && strcmp(argv[1], "trace") == 0 }) == 0);
    CHECK(thread_attach_new());
    heap_add_root(root, COUNT_OF(root));
    heap_add_root(&resurrected, 1);
    if (argc > 1 && strcmp(argv[1], "bench") == 0) {
        bench();
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "limit") == 0) {
        run_limited();
        return 0;
    }
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        { "sizes", test_sizes },
        { "list", test_list },
        { "garbage", test_garbage },
        { "barrier", test_barrier },
        { "large objects", test_large_objects },
        { "middle collections", test_middle },
        { "conservative", test_conservative },
        { "finalizers", test_finalizers },
        { "weakrefs", test_weakrefs },
        { "manual", test_manual },
        { "resize", test_resize },
        { "each", test_each },
        { "stress", test_stress },
        { "threads", test_threads },
        { "fork", test_fork },
        { "memory error", test_memory_error },
    };
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        uint64_t start = os_clock_ns();
        tests[i].run();
        printf("%-14s ok  %.3f s\n", tests[i].name, seconds_since(start));
        fflush(stdout);
    }
    return 0;
}
