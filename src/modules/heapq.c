// _heapq: a list as a binary heap, smallest or (…_max) largest item first.
//
// Numbers, texts and tuples of such are sifted in place, with the list's lock held. Other comparisons run Python code that
// may change the list: its size is looked at again after each, and items are read and written one at a time. Each
// function is a critical section for the list (alone): threads that push and pop numbers, texts or tuples of such on
// one heap disturb each other as little as under a GIL.
#include "modules/modules.h"
#include "objects/containers.h"
#include "objects/docs.h"
#include "objects/float.h"
#include "objects/list_storage.h"
#include "objects/module.h"

// ---- what compares without Python code

enum { ASK = -1 };

// a < b: 1, 0 or ASK.
static int scalar_less(Object *a, Object *b) {
    if (int_check_exact(a) && int_check_exact(b)) {
        return int_is_compact(a) && int_is_compact(b) ? int_compact_value(a) < int_compact_value(b)
                                                      : int_compare(a, b) < 0;
    }
    if (a->type == &float_type && b->type == &float_type) {
        return float_value(a) < float_value(b);
    }
    return str_check_exact(a) && str_check_exact(b) ? str_compare(a, b) < 0 : ASK;
}

static int tuple_less(Object *a, Object *b) {
    ssize_t n = tuple_size(a), m = tuple_size(b);
    for (ssize_t i = 0; i < n && i < m; i++) {
        Object *x = tuple_get(a, i), *y = tuple_get(b, i);
        if (x == y) {
            continue; // the same object counts as equal
        }
        int less = scalar_less(x, y);
        if (less) {
            return less;
        }
        if (scalar_less(y, x)) {
            return 0;
        }
        if (x->type == &float_type && float_value(x) != float_value(y)) {
            return ASK; // not a number
        }
    }
    return n < m;
}

static NOINLINE int simply_less(Object *a, Object *b) {
    return a->type == &tuple_type && b->type == &tuple_type ? tuple_less(a, b) : scalar_less(a, b);
}

// Whether `a` goes above `b`: 1, 0 or ASK. Small ints are compared in line.
static inline int before_simply(Object *a, Object *b, bool max) {
    Object *x = max ? b : a, *y = max ? a : b;
    return int_check_exact(x) && int_check_exact(y) && int_is_compact(x) && int_is_compact(y)
               ? int_compact_value(x) < int_compact_value(y)
               : simply_less(x, y);
}

// Does what sift_down() does, and before, when `from_top`, what sift_up() does, as far as no Python code has to compare. *position:
// where the item stands then. False when there is more to do.
static bool sift_simply(Object *heap, ssize_t start, ssize_t *position, bool from_top, bool max) {
    List *list = (List *)heap;
    object_lock(&list->allocated);
    Object **items = list->items;
    ssize_t size = list->var.size, at = *position, limit = from_top ? size >> 1 : 0;
    if ((size_t)at >= (size_t)size) { // others have shortened it: of what was pushed nothing may be left
        object_unlock(&list->allocated);
        return false;
    }
    Object *item = items[at];
    int order = 0;
    while (at < limit) {
        ssize_t child = 2 * at + 1;
        if (child + 1 < size) {
            order = before_simply(items[child], items[child + 1], max);
            if (order == ASK) {
                break;
            }
            child += !order;
        }
        list_store_item(items, at, items[child]);
        at = child;
    }
    while (order != ASK && at > start) {
        ssize_t parent = (at - 1) >> 1;
        order = before_simply(item, items[parent], max);
        if (order <= 0) {
            break;
        }
        list_store_item(items, at, items[parent]);
        at = parent;
    }
    list_store_item(items, at, item);
    object_unlock(&list->allocated);
    *position = at;
    return order != ASK;
}

// ---- what may run Python code

static inline Object *item_at(Object *heap, ssize_t i) {
    Object *item = list_read(heap, i);
    return LIKELY(item != NULL) ? item : list_get(heap, i);
}

// Whether heap[a] goes above `b`: 1, 0, -1.
static int before(Object *a, Object *b, bool max) {
    return max ? object_compare_bool(b, a, CMP_LT) : object_compare_bool(a, b, CMP_LT);
}

static int changed_size(void) {
    raise_error(&exc_RuntimeError, "list changed size during iteration");
    return -1;
}

// Moves the item at `position` up towards `start`.
static int sift_down(Object *heap, ssize_t start, ssize_t position, bool max) {
    if (sift_simply(heap, start, &position, false, max)) {
        return 0;
    }
    ssize_t size = list_size(heap);
    if ((size_t)position >= (size_t)size) {
        raise_error(&exc_IndexError, "index out of range");
        return -1;
    }
    Object *item = item_at(heap, position);
    while (item && position > start) {
        ssize_t parent = (position - 1) >> 1;
        Object *above = item_at(heap, parent);
        if (!above) {
            return -1;
        }
        int order = before(item, above, max);
        if (order < 0) {
            return -1;
        }
        if (list_size(heap) != size) {
            return changed_size();
        }
        if (!order) {
            break;
        }
        // Exchange what is there now: no item is lost when the callback moved some.
        above = item_at(heap, parent);
        Object *here = item_at(heap, position);
        if (!above || !here || list_set(heap, parent, here) < 0 || list_set(heap, position, above) < 0) {
            return -1;
        }
        position = parent;
    }
    return item ? 0 : -1;
}

// Moves the smaller child up until a leaf is reached, then the item to its place.
static int sift_up(Object *heap, ssize_t position, bool max) {
    ssize_t start = position;
    if (sift_simply(heap, start, &position, true, max)) {
        return 0;
    }
    ssize_t size = list_size(heap), limit = size >> 1;
    if (position >= size) {
        raise_error(&exc_IndexError, "index out of range");
        return -1;
    }
    while (position < limit) {
        ssize_t child = 2 * position + 1;
        if (child + 1 < size) {
            Object *a = item_at(heap, child), *b = a ? item_at(heap, child + 1) : NULL;
            int order = b ? before(a, b, max) : -1;
            if (order < 0) {
                return -1;
            }
            child += !order;
            if (list_size(heap) != size) {
                return changed_size();
            }
        }
        Object *lower = item_at(heap, child), *upper = lower ? item_at(heap, position) : NULL;
        if (!upper || list_set(heap, child, upper) < 0 || list_set(heap, position, lower) < 0) {
            return -1;
        }
        position = child;
    }
    return sift_down(heap, start, position, max);
}

// ---- the functions

// Runs `act` as a critical section for the list.
static Object *alone(const char *function, Object *heap, Object *item, bool max,
                     Object *(*act)(Object *heap, Object *item, bool max)) {
    if (!list_check(heap)) {
        return raise_error(&exc_TypeError,
                           item ? "%s() argument 1 must be list, not %K"
                                : "%s() argument must be list, not %K",
                           function, heap);
    }
    CriticalSection section;
    critical_section_begin(&section, heap);
    Object *result = act(heap, item, max);
    critical_section_end(&section);
    return result;
}

static Object *push(Object *heap, Object *item, bool max) {
    return list_append(heap, item) < 0 || sift_down(heap, 0, list_size(heap) - 1, max) < 0 ? NULL : NONE;
}

static Object *replace(Object *heap, Object *item, bool max) {
    if (list_size(heap) == 0) {
        return raise_error(&exc_IndexError, "index out of range");
    }
    Object *top = item_at(heap, 0);
    return top && list_set(heap, 0, item) == 0 && sift_up(heap, 0, max) == 0 ? top : NULL;
}

static Object *pop(Object *heap, Object *, bool max) {
    if (list_size(heap) == 0) {
        return raise_error(&exc_IndexError, "index out of range");
    }
    Object *last = list_pop(heap, -1);
    return !last || list_size(heap) == 0 ? last : replace(heap, last, max);
}

static Object *push_and_pop(Object *heap, Object *item, bool max) {
    if (list_size(heap) == 0) {
        return item;
    }
    Object *top = item_at(heap, 0);
    int order = top ? before(top, item, max) : -1;
    return order < 0 ? NULL : order ? replace(heap, item, max) : item;
}

static Object *sift_all(Object *heap, Object *, bool max) {
    for (ssize_t i = (list_size(heap) >> 1) - 1; i >= 0; i--) {
        // Comparing numbers and texts lets no signal in.
        if (sift_up(heap, i, max) < 0 || (UNLIKELY(i % 4096 == 0) && safepoint() < 0)) {
            return NULL;
        }
    }
    return NONE;
}

static Object *heapq_heappush_function(Object *m, Object *heap, Object *item) {
    return alone("heappush", heap, item, false, push);
}
static Object *heapq_heappop_function(Object *m, Object *heap) {
    return alone("heappop", heap, NULL, false, pop);
}
static Object *heapq_heappop_max_function(Object *m, Object *heap) {
    return alone("_heappop_max", heap, NULL, true, pop);
}
static Object *heapq_heapreplace_function(Object *m, Object *heap, Object *item) {
    return alone("heapreplace", heap, item, false, replace);
}
static Object *heapq_heapreplace_max_function(Object *m, Object *heap, Object *item) {
    return alone("_heapreplace_max", heap, item, true, replace);
}
static Object *heapq_heappushpop_function(Object *m, Object *heap, Object *item) {
    return alone("heappushpop", heap, item, false, push_and_pop);
}
static Object *heapq_heapify_function(Object *m, Object *heap) {
    return alone("heapify", heap, NULL, false, sift_all);
}
static Object *heapq_heapify_max_function(Object *m, Object *heap) {
    return alone("_heapify_max", heap, NULL, true, sift_all);
}

static BuiltinDef functions[] = {
    BUILTIN("_heapify_max", heapq_heapify_max_function, "($module, heap, /)", 0, NULL),
    BUILTIN("_heappop_max", heapq_heappop_max_function, "($module, heap, /)", 0, NULL),
    BUILTIN("_heapreplace_max", heapq_heapreplace_max_function, "($module, heap, item, /)", 0, NULL),
    BUILTIN("heapify", heapq_heapify_function, "($module, heap, /)", 0, NULL),
    BUILTIN("heappop", heapq_heappop_function, "($module, heap, /)", 0, NULL),
    BUILTIN("heappush", heapq_heappush_function, "($module, heap, item, /)", 0, NULL),
    BUILTIN("heappushpop", heapq_heappushpop_function, "($module, heap, item, /)", 0, NULL),
    BUILTIN("heapreplace", heapq_heapreplace_function, "($module, heap, item, /)", 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    return module_add_string(module, "__about__", doc_lookup("_heapq", "__about__"));
}

const ModuleSpec module_heapq = { "_heapq", NULL, functions, exec };
