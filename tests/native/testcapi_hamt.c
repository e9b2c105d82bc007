// _testcapi.hamt(): the persistent trie of contexts (modules/trie.h) with keys of any type.
#include "modules/trie.h"
#include "native.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/type.h"

typedef struct Hamt {
    Object base;
    uintptr_t *root;
    ssize_t count;
    Object *weaklist;
} Hamt;

// An iterator over keys, values or items that knows how many there are in all.
typedef struct HamtView {
    Object base;
    Object *iterator;
    ssize_t count;
} HamtView;

static Type hamt_type, keys_type, values_type, items_type;

static void hamt_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((Hamt *)self)->root);
}

static int key_hash(Object *key, uint64_t *hash) {
    hash_t h = object_hash(key);
    *hash = (uint64_t)h;
    return h == -1 ? -1 : 0;
}

static int key_equal(Object *a, Object *b) {
    return object_compare_bool(a, b, CMP_EQ);
}

static int hamt_find(Object *self, Object *key, uint64_t *hash, Object **present, Object **value) {
    return key_hash(key, hash) < 0 ? -1
                                   : trie_find(((Hamt *)self)->root, key, *hash, key_equal, present, value);
}

static Object *hamt_of(uintptr_t *root, ssize_t count) {
    Hamt *hamt = (Hamt *)object_alloc(&hamt_type);
    if (hamt) {
        gc_store(hamt, &hamt->root, root);
        hamt->count = count;
    }
    return (Object *)hamt;
}

static Object *hamt_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)type;
    (void)args;
    return arguments_no_keywords("hamt", kwnames) < 0 || arguments_check_count("hamt", nargs, 0, 0) < 0
               ? NULL
               : hamt_of(NULL, 0);
}

static Object *hamt_set(Object *self, Object *key, Object *value) {
    uint64_t hash;
    Object *present, *old;
    int found = hamt_find(self, key, &hash, &present, &old);
    if (found < 0) {
        return NULL;
    }
    if (found && old == value) {
        return self;
    }
    uintptr_t *root = trie_with(((Hamt *)self)->root, found ? present : key, value, hash, key_hash);
    return root ? hamt_of(root, ((Hamt *)self)->count + !found) : NULL;
}

static Object *hamt_delete(Object *self, Object *key) {
    uint64_t hash;
    Object *present, *old;
    int found = hamt_find(self, key, &hash, &present, &old);
    if (found <= 0) {
        return found < 0 ? NULL : self;
    }
    bool failed = false;
    uintptr_t *root = trie_without(((Hamt *)self)->root, present, hash, &failed);
    return failed ? NULL : hamt_of(root, ((Hamt *)self)->count - 1);
}

static Object *hamt_get(Object *self, Object *key, Object *otherwise) {
    uint64_t hash;
    Object *value;
    int found = hamt_find(self, key, &hash, NULL, &value);
    return found < 0 ? NULL : found ? value : otherwise ? otherwise : NONE;
}

static Object *hamt_getitem(Object *self, Object *key) {
    uint64_t hash;
    Object *value;
    int found = hamt_find(self, key, &hash, NULL, &value);
    return found < 0 ? NULL : found ? value : raise_with(&exc_KeyError, key);
}

static int hamt_contains(Object *self, Object *key) {
    uint64_t hash;
    Object *value;
    return hamt_find(self, key, &hash, NULL, &value);
}

static ssize_t hamt_length(Object *self) {
    return ((Hamt *)self)->count;
}

static int hamt_equal(Object *self, Object *other) {
    Object *keys = list_new(0);
    if (((Hamt *)self)->count != ((Hamt *)other)->count) {
        return 0;
    }
    if (!keys || trie_list(((Hamt *)self)->root, TRIE_KEYS, keys) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < ((Hamt *)self)->count; i++) {
        uint64_t hash;
        Object *mine, *theirs, *key = list_read(keys, i);
        int same = hamt_find(self, key, &hash, NULL, &mine);
        same = same > 0 ? hamt_find(other, key, &hash, NULL, &theirs) : same;
        same = same > 0 ? object_compare_bool(mine, theirs, CMP_EQ) : same;
        if (same <= 0) {
            return same;
        }
    }
    return 1;
}

static Object *hamt_compare(Object *self, Object *other, CompareOp op) {
    if (other->type != &hamt_type || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    int same = hamt_equal(self, other);
    return same < 0 ? NULL : bool_from(same == (op == CMP_EQ));
}

static Object *hamt_view(Object *self, Type *type, int what) {
    Object *list = list_new(0);
    if (!list || trie_list(((Hamt *)self)->root, what, list) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(list);
    HamtView *view = iterator ? (HamtView *)object_alloc(type) : NULL;
    if (view) {
        gc_store(view, &view->iterator, iterator);
        view->count = ((Hamt *)self)->count;
    }
    return (Object *)view;
}

static Object *hamt_keys(Object *self) {
    return hamt_view(self, &keys_type, TRIE_KEYS);
}

static Object *hamt_values(Object *self) {
    return hamt_view(self, &values_type, TRIE_VALUES);
}

static Object *hamt_items(Object *self) {
    return hamt_view(self, &items_type, TRIE_KEYS | TRIE_VALUES);
}

static BuiltinDef hamt_methods[] = {
    BUILTIN("delete", hamt_delete, "-($self, key, /)", 0, NULL),
    BUILTIN("get", hamt_get, "-($self, key, default=None, /)", 0, NULL),
    BUILTIN("items", hamt_items, "-($self, /)", 0, NULL),
    BUILTIN("keys", hamt_keys, "-($self, /)", 0, NULL),
    BUILTIN("set", hamt_set, "-($self, key, value, /)", 0, NULL),
    BUILTIN("values", hamt_values, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static const TypeSpec hamt_spec = {
    .name = "hamt",
    .basic_size = sizeof(Hamt),
    .weaklist_offset = offsetof(Hamt, weaklist),
    .flags = TF_GC,
    .methods = hamt_methods,
    .trace = hamt_trace,
    .slots = { .new = hamt_new,
               .hash = object_hash_not_implemented,
               .compare = hamt_compare,
               .iter = hamt_keys,
               .length = hamt_length,
               .getitem = hamt_getitem,
               .contains = hamt_contains },
};

static void view_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((HamtView *)self)->iterator);
}

static Object *view_iter(Object *self) {
    return self;
}

static Object *view_next(Object *self) {
    return iter_next(((HamtView *)self)->iterator);
}

static ssize_t view_length(Object *self) {
    return ((HamtView *)self)->count;
}

#define VIEW_SPEC(text) \
    { \
        .name = text, .basic_size = sizeof(HamtView), .flags = TF_GC | TF_DISALLOW_INSTANTIATION, \
        .trace = view_trace, .slots = { \
            .iter = view_iter, \
            .next = view_next, \
            .length = view_length \
        } \
    }
static const TypeSpec keys_spec = VIEW_SPEC("keys"), values_spec = VIEW_SPEC("values"),
                      items_spec = VIEW_SPEC("items");

static Object *make_hamt(Object *module) {
    (void)module;
    return hamt_of(NULL, 0);
}

static BuiltinDef functions[] = { BUILTIN("hamt", make_hamt, "-($self, /)", 0, NULL), BUILTIN_END };

int testcapi_add_hamt(Object *module) {
    if (type_ready(&hamt_type, &hamt_spec) < 0 || type_ready(&keys_type, &keys_spec) < 0 ||
        type_ready(&values_type, &values_spec) < 0 || type_ready(&items_type, &items_spec) < 0) {
        return -1;
    }
    return native_add_functions(module, functions);
}
