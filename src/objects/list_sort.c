// list.sort(): a stable, adaptive merge sort (Tim Peters' design as his essay "listsort" describes it:
// natural runs, binary insertion, merging with galloping; the merge order is Munro and Wild's
// powersort).
//
// While it runs the list is empty: its array is taken out, with a marker in its place that tells
// whether somebody changed the list. Keys and values are permuted together. Comparisons can run Python
// code and collect, so the arrays (cells) are declared dirty before each such comparison: every
// pointer is at that time in one of them or on the C stack. Numbers and texts are not compared: list_sort_words.c.
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/float.h"
#include "objects/list.h"
#include "objects/list_sort.h"
#include "objects/list_storage.h"

typedef struct Sort Sort;
typedef int (*LessFn)(Sort *sort, Object *a, Object *b); // 1, 0, -1

typedef struct Slice2 { // parallel arrays; values NULL: only keys
    Object **keys, **values;
} Slice2;

typedef struct Run {
    ssize_t start, length;
    int power;
} Run;

struct Sort {
    LessFn less, first_less;
    Slice2 all;
    ssize_t count;
    Object **spare; // room for keys, then values
    ssize_t spare_room;
    ssize_t min_gallop;
    Run runs[96];
    int run_count;
};

static const ListArray sorting_array = { 0, { NULL } };

enum { MIN_GALLOP = 7 };

// ---- comparing

static void sort_dirty(Sort *sort) {
    gc_dirty(list_array(sort->all.keys));
    if (sort->all.values) {
        gc_dirty(list_array(sort->all.values));
    }
    if (sort->spare) {
        gc_dirty(list_array(sort->spare));
    }
}

static int less_any(Sort *sort, Object *a, Object *b) {
    sort_dirty(sort);
    return object_compare_bool(a, b, CMP_LT);
}

// Objects of one type that is no class of Python's: its comparison never changes.
static int less_same_type(Sort *sort, Object *a, Object *b) {
    sort_dirty(sort);
    Object *result = a->type->info->slots.compare(a, b, CMP_LT);
    if (LIKELY(result == TRUE_OBJECT || result == FALSE_OBJECT)) {
        return result == TRUE_OBJECT;
    }
    return !result                     ? -1
           : result == NOT_IMPLEMENTED ? object_compare_bool(a, b, CMP_LT)
                                       : object_is_true(result);
}

// Numbers of different kinds, which need no Python code either.
static int less_number(Sort *sort, Object *a, Object *b) {
    return object_compare_bool(a, b, CMP_LT);
}

static int less_str(Sort *sort, Object *a, Object *b) {
    return str_compare(a, b) < 0;
}

static int less_latin1(Sort *sort, Object *a, Object *b) {
    ssize_t m = str_length(a), n = str_length(b);
    int order = memcmp(str_data(a), str_data(b), (size_t)(m < n ? m : n));
    return order ? order < 0 : m < n;
}

static int less_int(Sort *sort, Object *a, Object *b) {
    return int_compact_value(a) < int_compact_value(b);
}

static int less_float(Sort *sort, Object *a, Object *b) {
    return float_value(a) < float_value(b);
}

static int less_tuple(Sort *sort, Object *a, Object *b) {
    ssize_t m = tuple_size(a), n = tuple_size(b), i = 0;
    for (; i < m && i < n; i++) {
        Object *x = tuple_get(a, i), *y = tuple_get(b, i);
        if (x == y) {
            continue;
        }
        bool equal;
        if (!keys_compare_simple(x, y, &equal)) {
            sort_dirty(sort);
            int same = object_compare_bool(x, y, CMP_EQ);
            if (same < 0) {
                return -1;
            }
            equal = same;
        }
        if (!equal) {
            break;
        }
    }
    if (i >= m || i >= n) {
        return m < n;
    }
    return i == 0 ? sort->first_less(sort, tuple_get(a, 0), tuple_get(b, 0))
                  : less_any(sort, tuple_get(a, i), tuple_get(b, i));
}

// The fastest comparison that is right for all of `items` (the first elements of tuples when asked).
static LessFn choose_less(Object **items, ssize_t count, bool firsts) {
    bool ints = true, latin1 = true, mixed = false;
    Type *type = NULL;
    for (ssize_t i = 0; i < count; i++) {
        Object *o = firsts ? tuple_get(items[i], 0) : items[i];
        if (!type) {
            type = o->type;
        } else if (o->type != type) {
            mixed = (type == &int_type || type == &float_type) &&
                    (o->type == &int_type || o->type == &float_type);
            if (!mixed) {
                return less_any;
            }
        }
        if (o->type == &int_type) {
            ints = ints && int_is_compact(o);
        } else if (type == &str_type) {
            latin1 = latin1 && str_kind(o) == 1;
        } else if (type == &tuple_type && !firsts) {
            if (tuple_size(o) == 0) {
                return less_any;
            }
        }
    }
    if (mixed) {
        return ints ? less_number : less_any;
    }
    if (type == &int_type) {
        return ints ? less_int : less_any;
    }
    if (type == &str_type) {
        return latin1 ? less_latin1 : less_str;
    }
    if (type == &float_type) {
        return less_float;
    }
    if (type == &tuple_type && !firsts) {
        return less_tuple;
    }
    return !(type->flags & TF_HEAP) && type->info->slots.compare ? less_same_type : less_any;
}

// ---- moving

static inline void put(Slice2 to, ssize_t i, Slice2 from, ssize_t k) {
    to.keys[i] = from.keys[k];
    if (to.values) {
        to.values[i] = from.values[k];
    }
}

static inline void move(Slice2 to, ssize_t i, Slice2 from, ssize_t k, ssize_t n) {
    memmove(to.keys + i, from.keys + k, (size_t)n * sizeof(Object *));
    if (to.values) {
        memmove(to.values + i, from.values + k, (size_t)n * sizeof(Object *));
    }
}

static void reverse(Slice2 s, ssize_t low, ssize_t high) {
    for (high--; low < high; low++, high--) {
        Object *t = s.keys[low];
        s.keys[low] = s.keys[high];
        s.keys[high] = t;
        if (s.values) {
            t = s.values[low];
            s.values[low] = s.values[high];
            s.values[high] = t;
        }
    }
}

// The length of the run at `low`, which is made ascending. -1 on failure.
static ssize_t count_run(Sort *sort, ssize_t low, ssize_t high) {
    Object **keys = sort->all.keys;
    if (low + 1 == high) {
        return 1;
    }
    ssize_t i = low + 2;
    int less = sort->less(sort, keys[low + 1], keys[low]);
    if (less < 0) {
        return -1;
    }
    bool down = less;
    for (; i < high; i++) {
        less = sort->less(sort, keys[i], keys[i - 1]);
        if (less < 0) {
            return -1;
        }
        if (less != down) {
            break;
        }
    }
    if (down) {
        reverse(sort->all, low, i);
    }
    return i - low;
}

// Sorts [low, high), of which [low, start) is sorted.
static int insertion_sort(Sort *sort, ssize_t low, ssize_t high, ssize_t start) {
    Slice2 s = sort->all;
    for (; start < high; start++) {
        Object *pivot = s.keys[start], *value = s.values ? s.values[start] : NULL;
        ssize_t l = low, r = start;
        while (l < r) {
            ssize_t middle = l + ((r - l) >> 1);
            int less = sort->less(sort, pivot, s.keys[middle]);
            if (less < 0) {
                return -1;
            }
            if (less) {
                r = middle;
            } else {
                l = middle + 1;
            }
        }
        move(s, l + 1, s, l, start - l);
        s.keys[l] = pivot;
        if (s.values) {
            s.values[l] = value;
        }
    }
    return 0;
}

// Where `key` belongs in the sorted keys[0 .. n): to the left of equal ones (right: to their right).
// Starts to look at `hint`, in steps that double. -1 on failure.
static ssize_t gallop(Sort *sort, Object *key, Object **keys, ssize_t n, ssize_t hint, bool right) {
// 1 when keys[i] goes before the place that is searched.
#define BEFORE(i) \
    (right ? (less = sort->less(sort, key, keys[i])) < 0 ? -1 : !less : sort->less(sort, keys[i], key))
    int less, before = BEFORE(hint);
    if (before < 0) {
        return -1;
    }
    ssize_t last = 0, offset = 1, low, high;
    if (before) {
        ssize_t most = n - hint;
        while (offset < most) {
            before = BEFORE(hint + offset);
            if (before < 0) {
                return -1;
            }
            if (!before) {
                break;
            }
            last = offset;
            offset = offset > (SSIZE_LIMIT >> 1) ? most : (offset << 1) + 1;
        }
        low = hint + last + 1;
        high = hint + (offset < most ? offset : most);
    } else {
        ssize_t most = hint + 1;
        while (offset < most) {
            before = BEFORE(hint - offset);
            if (before < 0) {
                return -1;
            }
            if (before) {
                break;
            }
            last = offset;
            offset = offset > (SSIZE_LIMIT >> 1) ? most : (offset << 1) + 1;
        }
        low = hint - (offset < most ? offset : most) + 1;
        high = hint - last;
    }
    while (low < high) {
        ssize_t middle = low + ((high - low) >> 1);
        before = BEFORE(middle);
        if (before < 0) {
            return -1;
        }
        if (before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
#undef BEFORE
}

static int spare_reserve(Sort *sort, ssize_t n, Slice2 *spare) {
    if (sort->spare_room < n) {
        Object **room = list_array_new(sort->all.values ? 2 * n : n);
        if (!room) {
            return -1;
        }
        sort->spare = room;
        sort->spare_room = n;
    }
    *spare = (Slice2){ sort->spare, sort->all.values ? sort->spare + sort->spare_room : NULL };
    return 0;
}

// Merges [a, a + na) with the adjacent [a + na, a + na + nb), na <= nb, from the left. Whatever
// happens, all items are there afterwards.
static int merge_low(Sort *sort, ssize_t a, ssize_t na, ssize_t nb) {
    Slice2 s = sort->all, t;
    if (spare_reserve(sort, na, &t) < 0) {
        return -1;
    }
    move(t, 0, s, a, na);
    ssize_t to = a, i = 0, j = a + na, end = j + nb, streak = sort->min_gallop;
    int result = 0;
    put(s, to++, s, j++);
    while (i < na - 1 && j < end) {
        ssize_t left = 0, right = 0;
        while (i < na - 1 && j < end) { // one at a time
            int less = sort->less(sort, s.keys[j], t.keys[i]);
            if (less < 0) {
                result = -1;
                goto finish;
            }
            if (less) {
                put(s, to++, s, j++);
                right++;
                left = 0;
            } else {
                put(s, to++, t, i++);
                left++;
                right = 0;
            }
            if (left >= streak || right >= streak) {
                break;
            }
        }
        streak++;
        do { // one side keeps winning: whole stretches
            if (i >= na - 1 || j >= end) {
                break;
            }
            streak -= streak > 1;
            left = gallop(sort, s.keys[j], t.keys + i, na - i, 0, true);
            if (left < 0) {
                result = -1;
                goto finish;
            }
            move(s, to, t, i, left);
            to += left;
            i += left;
            if (i >= na - 1) {
                break;
            }
            put(s, to++, s, j++);
            if (j >= end) {
                break;
            }
            right = gallop(sort, t.keys[i], s.keys + j, end - j, 0, false);
            if (right < 0) {
                result = -1;
                goto finish;
            }
            move(s, to, s, j, right);
            to += right;
            j += right;
            if (j >= end) {
                break;
            }
            put(s, to++, t, i++);
        } while (left >= MIN_GALLOP || right >= MIN_GALLOP);
        streak++;
    }
    if (i == na - 1 && j < end) { // the last of the left side may go anywhere
        ssize_t n = gallop(sort, t.keys[i], s.keys + j, end - j, 0, false);
        if (n < 0) {
            result = -1;
        } else {
            move(s, to, s, j, n);
            to += n;
        }
    }
finish:
    move(s, to, t, i, na - i);
    sort->min_gallop = streak < 1 ? 1 : streak;
    return result;
}

// The same from the right, for nb <= na.
static int merge_high(Sort *sort, ssize_t a, ssize_t na, ssize_t nb) {
    Slice2 s = sort->all, t;
    if (spare_reserve(sort, nb, &t) < 0) {
        return -1;
    }
    move(t, 0, s, a + na, nb);
    ssize_t to = a + na + nb - 1, i = a + na - 1, j = nb - 1, streak = sort->min_gallop;
    int result = 0;
    put(s, to--, s, i--);
    while (j > 0 && i >= a) {
        ssize_t left = 0, right = 0;
        while (j > 0 && i >= a) {
            int less = sort->less(sort, t.keys[j], s.keys[i]);
            if (less < 0) {
                result = -1;
                goto finish;
            }
            if (less) {
                put(s, to--, s, i--);
                left++;
                right = 0;
            } else {
                put(s, to--, t, j--);
                right++;
                left = 0;
            }
            if (left >= streak || right >= streak) {
                break;
            }
        }
        streak++;
        do {
            if (j <= 0 || i < a) {
                break;
            }
            streak -= streak > 1;
            ssize_t n = i - a + 1, k = gallop(sort, t.keys[j], s.keys + a, n, n - 1, true);
            if (k < 0) {
                result = -1;
                goto finish;
            }
            left = n - k;
            to -= left;
            i -= left;
            move(s, to + 1, s, i + 1, left);
            if (i < a) {
                break;
            }
            put(s, to--, t, j--);
            if (j <= 0) {
                break;
            }
            k = gallop(sort, s.keys[i], t.keys, j + 1, j, false);
            if (k < 0) {
                result = -1;
                goto finish;
            }
            right = j + 1 - k;
            to -= right;
            j -= right;
            move(s, to + 1, t, j + 1, right);
            if (j <= 0) {
                break;
            }
            put(s, to--, s, i--);
        } while (left >= MIN_GALLOP || right >= MIN_GALLOP);
        streak++;
    }
    if (j == 0 && i >= a) { // the first of the right side
        ssize_t n = i - a + 1, k = gallop(sort, t.keys[0], s.keys + a, n, n - 1, true);
        if (k < 0) {
            result = -1;
        } else {
            ssize_t moved = n - k;
            to -= moved;
            i -= moved;
            move(s, to + 1, s, i + 1, moved);
        }
    }
finish:
    move(s, to - j, t, 0, j + 1);
    sort->min_gallop = streak < 1 ? 1 : streak;
    return result;
}

// Merges the top two runs.
static int merge_top(Sort *sort) {
    // Comparing numbers and texts runs no Python code that would let a signal in.
    if (safepoint() < 0) {
        return -1;
    }
    Run *x = &sort->runs[sort->run_count - 2], *y = x + 1;
    ssize_t a = x->start, na = x->length, b = y->start, nb = y->length;
    x->length = na + nb;
    sort->run_count--;
    Object **keys = sort->all.keys;
    ssize_t skip = gallop(sort, keys[b], keys + a, na, 0, true);
    if (skip < 0) {
        return -1;
    }
    a += skip;
    na -= skip;
    if (na == 0) {
        return 0;
    }
    nb = gallop(sort, keys[a + na - 1], keys + b, nb, nb - 1, false);
    if (nb <= 0) {
        return (int)nb;
    }
    return na <= nb ? merge_low(sort, a, na, nb) : merge_high(sort, a, na, nb);
}

// Powersort: the depth at which two adjacent runs meet in a nearly optimal merge tree.
static int run_power(ssize_t start, ssize_t n1, ssize_t n2, ssize_t n) {
    ssize_t a = 2 * start + n1, b = a + n1 + n2;
    for (int power = 1;; power++) {
        bool high_a = a >= n, high_b = b >= n;
        if (high_a != high_b) {
            return power;
        }
        a = (high_a ? a - n : a) << 1;
        b = (high_b ? b - n : b) << 1;
    }
}

static int sort_all(Sort *sort) {
    ssize_t low = 0, n = sort->count, least = n, odd = 0;
    while (least >= 64) {
        odd |= least & 1;
        least >>= 1;
    }
    least += odd;
    while (low < n) {
        ssize_t length = count_run(sort, low, n);
        if (length < 0) {
            return -1;
        }
        if (length < least) {
            ssize_t forced = n - low < least ? n - low : least;
            if (insertion_sort(sort, low, low + forced, low + length) < 0) {
                return -1;
            }
            length = forced;
        }
        if (sort->run_count) {
            Run *top = &sort->runs[sort->run_count - 1];
            int power = run_power(top->start, top->length, length, n);
            while (sort->run_count > 1 && sort->runs[sort->run_count - 2].power > power) {
                if (merge_top(sort) < 0) {
                    return -1;
                }
            }
            sort->runs[sort->run_count - 1].power = power;
        }
        sort->runs[sort->run_count++] = (Run){ low, length, 0 };
        low += length;
    }
    while (sort->run_count > 1) {
        if (merge_top(sort) < 0) {
            return -1;
        }
    }
    return 0;
}

int list_sort(Object *self, Object *key, bool descending) {
    List *list = (List *)self;
    Object **marker = (Object **)(uintptr_t)sorting_array.items;
    object_lock(&list->allocated);
    Object **items = list->items;
    ssize_t count = list->var.size;
    list_store_size(list, 0);
    gc_store(list, &list->items, marker);
    object_unlock(&list->allocated);

    int result = 0;
    if (runtime_multithreaded && count > 1) {
        // Others may be reading this array without a lock. It stays as it is, and a copy is sorted.
        Object **copy = list_array_new((ssize_t)list_array(items)->capacity);
        if (copy) {
            gc_store_range(list_array(copy), copy, items, (size_t)count);
            items = copy;
        } else {
            result = -1;
        }
    }
    Sort sort = { .all = { items, NULL }, .count = count, .min_gallop = MIN_GALLOP };
    if (key && count && result == 0) {
        Object **keys = list_array_new(count);
        result = keys ? 0 : -1;
        for (ssize_t i = 0; result == 0 && i < count; i++) {
            Object *k = call1(key, items[i]);
            if (k) {
                list_store_item(keys, i, k);
            } else {
                result = -1;
            }
        }
        sort.all = (Slice2){ keys, items };
    }
    int done = result == 0 ? list_sort_words(sort.all.keys, sort.all.values, count, descending) : 0;
    if (done < 0) {
        result = -1;
    } else if (result == 0 && count > 1 && !done) {
        sort.less = choose_less(sort.all.keys, count, false);
        if (sort.less == less_tuple) {
            sort.first_less = choose_less(sort.all.keys, count, true);
        }
        if (descending) { // twice reversed, equal ones keep their order
            reverse(sort.all, 0, count);
        }
        result = sort_all(&sort);
        if (descending) {
            reverse(sort.all, 0, count);
        }
    }
    if (items != list_empty_items() && count) {
        gc_dirty(list_array(items));
    }
    if (sort.all.values && result == 0 && heap_would_notice(sort.all.keys[0])) {
        Object *dropped = sort.all.keys[0]; // the keys go before the list has its items again
        memset(sort.all.keys, 0, (size_t)count * sizeof(Object *));
        heap_after_drop(dropped, NULL, NULL);
    }
    object_lock(&list->allocated);
    bool modified = list->items != marker || list->var.size != 0;
    gc_store(list, &list->items, items);
    // Slots beyond the size stay NULL: the array's own items are all there.
    list_store_size(list, count);
    object_unlock(&list->allocated);
    if (modified && result == 0) {
        raise_error(&exc_ValueError, "list modified during sort");
        return -1;
    }
    return result;
}
