// The containers on their own, before there is an interpreter: ints and a few functions are made here.
//   containers_test run [stress]   reads operations from stdin (containers_ops.py writes them together
//                                  with what python3.11 makes of them), prints the contents after each
//   containers_test threads        four threads change the same containers
//   containers_test bench
// Ints that are 3 modulo 7 have a type of their own, whose comparison is not "simple": it allocates,
// as `__eq__` in Python would.
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/dict_internal.h"
#include "objects/list.h"
#include "objects/set.h"

#include <pthread.h>
#include <time.h>

// ---- what the containers expect of others

Type object_type, int_type, str_type, bool_type, float_type;
static Type other_type;
Object none_object = { 1, &object_type }, not_implemented_object;
Int true_object = { .var = { { 1, &bool_type }, 1 }, { 1 } };
Int false_object = { .var = { { 1, &bool_type }, 0 } };
Type exc_IndexError, exc_KeyError, exc_TypeError, exc_ValueError, exc_StopIteration;
Type exc_RuntimeError, exc_OverflowError;
Names names;
static Object error_marker;

Object *raise_error(Type *type, const char *format, ...) {
    thread_current->exception = &error_marker;
    return NULL;
}
Object *raise_with(Type *type, Object *value) {
    return raise_error(type, "");
}
Object *raise_memory_error(void) {
    abort();
}
void error_unraisable(Object *where) {
}
bool error_clear_if(const Type *type) {
    return false;
}
bool str_equal(const Object *a, const Object *b) {
    return a == b;
}
static long number(Object *o) {
    return (long)int_compact_value(o);
}
Object *int_from_i64(int64_t v) {
    Int *i = heap_alloc(sizeof(Int), CELL_OBJECT);
    i->var.size = v < 0 ? -1 : v > 0;
    i->digits[0] = (uint32_t)(v < 0 ? -v : v);
    i->var.base.refcount = 1;
    i->var.base.type = v % 7 == 3 || v % 7 == -3 ? &other_type : &int_type;
    return (Object *)i;
}
Object *int_from_ssize(ssize_t v) {
    return int_from_i64(v);
}
int int_compare(const Object *a, const Object *b) {
    abort();
}
bool object_equal_simply(Object *a, Object *b, int depth, bool *equal) {
    return false;
}
bool number_check_index(Object *o) {
    return o->type == &int_type || o->type == &other_type;
}
ssize_t number_as_ssize(Object *o, Type *overflow) {
    return number(o);
}
hash_t object_hash(Object *o) {
    return number(o) == -1 ? -2 : number(o);
}
int object_compare_bool(Object *a, Object *b, CompareOp op) {
    int_from_i64(1);
    return op == CMP_EQ ? number(a) == number(b) : number(a) < number(b);
}
Object *object_compare(Object *a, Object *b, CompareOp op) {
    int_from_i64(1);
    return bool_from(number(a) < number(b));
}
int object_is_true(Object *o) {
    return o == TRUE_OBJECT;
}
Object *call(Object *function, Object *const *args, size_t nargs, Object *kwnames) {
    long m = number(function), v = number(args[0]);
    return int_from_i64(m < 0 ? -v : v % m);
}
Object *object_iter(Object *o) {
    return slots_of(o)->iter(o);
}
ssize_t object_length_hint(Object *o, ssize_t otherwise) {
    return otherwise;
}
Object *sequence_fast(Object *o, const char *message) {
    return o;
}
bool type_is_subtype(const Type *a, const Type *b) {
    return a == b;
}

// ---- the types

#define TYPES(X) \
    X(tuple) \
    X(tuple_iterator) \
    X(list) \
    X(list_iterator) \
    X(dict) X(dict_table) X(set) X(frozenset) X(set_table) X(set_iterator) X(dict_key_iterator) X(slice)
#define X(name) \
    extern const TypeSpec name##_spec; \
    static TypeInfo name##_info;
TYPES(X)
#undef X

static Object *lists[4], *dicts[4], *sets[4];

static void make_type(Type *type, TypeInfo *info, const TypeSpec *spec) {
    info->slots = spec->slots;
    info->trace = spec->trace;
    info->instance_size = size_max((size_t)spec->basic_size, spec->instance_size);
    type->info = info;
    type->flags = spec->flags;
    type->basic_size = spec->basic_size;
    type->name = spec->name;
}

static void set_up(size_t stress) {
    static TypeInfo int_info = { .instance_size = sizeof(Int) };
#define X(name) make_type(&name##_type, &name##_info, &name##_spec);
    TYPES(X)
#undef X
    Type *plain[] = { &int_type, &other_type, &bool_type, &object_type };
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        plain[i]->info = &int_info;
        plain[i]->flags = TF_INT;
        plain[i]->name = "int";
    }
    heap_hooks.raise_memory_error = abort;
    if (heap_init(&(HeapOptions){ .stress = stress }) < 0 || !thread_attach_new()) {
        abort();
    }
    heap_add_root(lists, 4);
    heap_add_root(dicts, 4);
    heap_add_root(sets, 4);
    for (int i = 0; i < 4; i++) {
        lists[i] = list_new(0);
        dicts[i] = dict_new();
        sets[i] = set_new(NULL);
    }
}

static void show_list(Object *list) {
    printf("L");
    for (ssize_t i = 0; i < list_size(list); i++) {
        printf(" %ld", number(list_get(list, i)));
    }
    puts("");
}
static void show_dict(Object *dict) {
    ssize_t position = 0;
    Object *key, *value;
    printf("D");
    while (dict_next(dict, &position, &key, &value, NULL)) {
        printf(" %ld:%ld", number(key), number(value));
    }
    puts("");
}
static void show_set(Object *set) {
    ssize_t position = 0;
    Object *key;
    printf("S");
    while (set_next(set, &position, &key, NULL)) {
        printf(" %ld", number(key));
    }
    puts("");
}

static Object *new(long v) {
    return int_from_i64(v);
}
static Object *slice_of(long a, long b, long c) {
    return slice_new(a == 999999 ? NONE : new (a), b == 999999 ? NONE : new (b),
                     c == 999999 ? NONE : new (c));
}
static void answer(Object *o) {
    printf("%ld\n", o && o != NONE ? number(o) : -1);
}

static void do_list(const char *op, long o, long a, long b, long c, long d) {
    Object *l = lists[o];
    if (!strcmp(op, "app")) {
        list_append(l, new (a));
    }
    if (!strcmp(op, "ins")) {
        list_insert(l, a, new (b));
    }
    if (!strcmp(op, "pop")) {
        answer(list_pop(l, a));
    }
    if (!strcmp(op, "ext")) {
        list_extend(l, lists[a]);
    }
    if (!strcmp(op, "set")) {
        slots_of(l)->setitem(l, slice_of(a, b, c), lists[d]);
    }
    if (!strcmp(op, "del")) {
        slots_of(l)->setitem(l, slice_of(a, b, c), NULL);
    }
    if (!strcmp(op, "get")) {
        l = lists[d] = slots_of(l)->getitem(l, slice_of(a, b, c));
    }
    if (!strcmp(op, "rev")) {
        list_reverse(l);
    }
    if (!strcmp(op, "sort")) {
        list_sort(l, b ? new (b) : NULL, a);
    }
    if (!strcmp(op, "mul")) {
        slots_of(l)->inplace_repeat(l, a);
    }
    if (!strcmp(op, "cnt")) {
        printf("%d\n", slots_of(l)->contains(l, new (a)));
    }
    if (!strcmp(op, "fill")) {
        uint32_t x = (uint32_t)b;
        for (long i = 0; i < a; i++) {
            x = x * 1103515245u + 12345u;
            list_append(l, new ((x >> 8) % c));
        }
    }
    show_list(l);
}

static void do_dict(const char *op, long o, long a, long b) {
    Object *d = dicts[o], *key, *value;
    if (!strcmp(op, "set")) {
        dict_set(d, new (a), new (b));
    }
    if (!strcmp(op, "del")) {
        printf("%d\n", dict_delete_optional(d, new (a)));
    }
    if (!strcmp(op, "get")) {
        answer(dict_get(d, new (a)));
    }
    if (!strcmp(op, "pop")) {
        answer(dict_pop(d, new (a), NONE));
    }
    if (!strcmp(op, "sdf")) {
        answer(dict_set_default(d, new (a), new (b)));
    }
    if (!strcmp(op, "pit") && dict_take_last(d, &key, &value)) {
        printf("%ld %ld\n", number(key), number(value));
    }
    if (!strcmp(op, "cpy")) {
        d = dicts[o] = dict_copy(dicts[a]);
    }
    if (!strcmp(op, "upd")) {
        dict_merge(d, dicts[a], 1);
    }
    if (!strcmp(op, "clr")) {
        dict_clear(d);
    }
    show_dict(d);
}

static void do_set(const char *op, long o, long a, long b) {
    Object *s = sets[o];
    if (!strcmp(op, "add")) {
        set_add(s, new (a));
    }
    if (!strcmp(op, "dis")) {
        printf("%d\n", set_discard(s, new (a)));
    }
    if (!strcmp(op, "pop") && set_size(s)) {
        answer(set_pop(s));
    }
    if (!strcmp(op, "upd")) {
        set_update(s, sets[a]);
    }
    if (!strcmp(op, "udl")) {
        set_update(s, lists[a]);
    }
    if (!strcmp(op, "udd")) {
        set_update(s, dicts[a]);
    }
    if (!strcmp(op, "cpy")) {
        s = sets[o] = set_new(sets[a]);
    }
    if (!strcmp(op, "or")) {
        s = sets[o] = slots_of(s)->or (sets[a], sets[b]);
    }
    if (!strcmp(op, "and")) {
        s = sets[o] = slots_of(s)->and (sets[a], sets[b]);
    }
    if (!strcmp(op, "sub")) {
        s = sets[o] = slots_of(s)->subtract(sets[a], sets[b]);
    }
    if (!strcmp(op, "xor")) {
        s = sets[o] = slots_of(s)->xor (sets[a], sets[b]);
    }
    if (!strcmp(op, "ior")) {
        slots_of(s)->inplace_or(s, sets[a]);
    }
    if (!strcmp(op, "iand")) {
        slots_of(s)->inplace_and(s, sets[a]);
    }
    if (!strcmp(op, "isub")) {
        slots_of(s)->inplace_subtract(s, sets[a]);
    }
    if (!strcmp(op, "ixor")) {
        slots_of(s)->inplace_xor(s, sets[a]);
    }
    if (!strcmp(op, "clr")) {
        set_clear(s);
    }
    show_set(s);
}

// ---- threads

static void check(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

static void *worker(void *argument) {
    thread_attach_new();
    long id = (long)argument;
    unsigned seed = (unsigned)id + 1;
    for (long i = 0; i < 100000; i++) {
        long r = rand_r(&seed) % 100;
        list_append(lists[0], new (i));
        check(list_pop(lists[0], i & 1 ? -1 : 0) != NULL, "an appended item is there");
        dict_set(dicts[0], new (id * 1000000 + i), new (i));
        check(i < 50 || dict_delete(dicts[0], new (id * 1000000 + i - 50)) == 0, "a key is there");
        dict_set(dicts[1], new (r), new (i));
        check(dict_delete_optional(dicts[1], new (r * 7 % 100)) >= 0, "deletion");
        Object *value = dict_get(dicts[1], new (r + 1));
        check(!value || number(value) < 100000, "a value is one that was set");
        set_add(sets[0], new (id * 1000000 + i));
        check(i < 50 || set_discard(sets[0], new (id * 1000000 + i - 50)) == 1, "an element is there");
        set_add(sets[1], new (r));
        set_discard(sets[1], new (r * 3 % 100));
        value = list_read(lists[0], r);
        check(!value || number(value) < 100000, "an item is one that was appended");
        if (i % 1000 == 0) {
            list_copy(lists[0]);
            dict_copy(dicts[0]);
            dict_items_list(dicts[1]);
        }
        safepoint();
    }
    thread_detach_and_free(thread_current);
    return NULL;
}

static void *join_all(void *threads) {
    for (int i = 0; i < 4; i++) {
        pthread_join(((pthread_t *)threads)[i], NULL);
    }
    return NULL;
}

static void run_threads(void) {
    runtime_multithreaded = true;
    pthread_t threads[4];
    for (long i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, worker, (void *)i);
    }
    blocking_call(join_all, threads);
    check(list_size(lists[0]) == 0, "the list is empty");
    check(dict_size(dicts[0]) == 200 && set_size(sets[0]) == 200, "200 are left");
    ssize_t position = 0, count = 0;
    Object *key, *value;
    while (dict_next(dicts[1], &position, &key, &value, NULL)) {
        check(dict_get(dicts[1], key) == value, "a key leads to its value");
        count++;
    }
    check(count == dict_size(dicts[1]), "the size is right");
    puts("ok");
}

// ---- speed

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void bench(void) {
    enum { ROUNDS = 10000, KEYS = 1000 };
    Object *keys[KEYS];
    for (int i = 0; i < KEYS; i++) {
        keys[i] = new (i * 49);
        list_append(lists[1], keys[i]);
        dict_set(dicts[0], keys[i], NONE);
        set_add(sets[0], keys[i]);
    }
#define MEASURE(name, statement) \
    { \
        double start = now(); \
        for (int k = 0; k < ROUNDS; k++) { \
            for (int i = 0; i < KEYS; i++) { \
                statement; \
            } \
        } \
        printf("%-16s %6.2f ns\n", name, (now() - start) / (double)(ROUNDS * KEYS)); \
    }
    MEASURE("list append", list_append(lists[0], NONE))
    MEASURE("list pop", list_pop(lists[0], -1))
    MEASURE("list get", list_get(lists[1], i))
    MEASURE("dict get", dict_get(dicts[0], keys[i]))
    MEASURE("dict set", dict_set(dicts[0], keys[i], NONE))
    MEASURE("dict insert", if (!i) dict_clear(dicts[0]); dict_set(dicts[0], keys[i], NONE))
    MEASURE("set contains", set_contains(sets[0], keys[i]))
    Object *list = list_new(0);
    for (int i = 0; i < 1000000; i++) {
        list_append(list, new (rand() % 10000000 * 7));
    }
    for (int i = 0; i < 2; i++) {
        double start = now();
        list_sort(list, NULL, false);
        printf("sort %s %.1f ms\n", i ? "sorted" : "random", (now() - start) / 1e6);
    }
}

int main(int argc, char **argv) {
    set_up(argc > 2 ? (size_t)atol(argv[2]) : 0);
    if (argc > 1 && !strcmp(argv[1], "bench")) {
        bench();
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "threads")) {
        run_threads();
        return 0;
    }
    char op[32];
    long o, a, b, c, d;
    while (scanf("%31s %ld %ld %ld %ld %ld", op, &o, &a, &b, &c, &d) == 6) {
        thread_current->exception = NULL;
        if (op[0] == 'L') {
            do_list(op + 1, o, a, b, c, d);
        } else if (op[0] == 'D') {
            do_dict(op + 1, o, a, b);
        } else {
            do_set(op + 1, o, a, b);
        }
    }
}
