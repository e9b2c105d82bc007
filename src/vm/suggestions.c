// "Did you mean": the nearest name by edit distance, as NameError and AttributeError show it.
//
// Inserting, deleting or replacing a byte of the UTF-8 form costs 2, changing a letter's case 1. A
// candidate is near enough when about a third of both names' letters at most differ.
#include "vm/suggestions.h"

#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/exception.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/frame.h"

enum { CANDIDATES_MOST = 750, NAME_BYTES_MOST = 40, MOVE_COST = 2, CASE_COST = 1 };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static size_t substitution_cost(char a, char b) {
    if (a == b) {
        return 0;
    }
    return lower(a) == lower(b) ? CASE_COST : MOVE_COST;
}

// The edit distance, or anything greater than `most` when it is greater.
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size, size_t most) {
    while (a_size && b_size && a[0] == b[0]) {
        a++, b++, a_size--, b_size--;
    }
    while (a_size && b_size && a[a_size - 1] == b[b_size - 1]) {
        a_size--, b_size--;
    }
    if (!a_size || !b_size) {
        return (a_size + b_size) * MOVE_COST;
    }
    if (a_size > NAME_BYTES_MOST || b_size > NAME_BYTES_MOST) {
        return most + 1;
    }
    size_t row[NAME_BYTES_MOST + 1];  // of b's prefix so far: distances to the prefixes of a
    for (size_t i = 0; i <= a_size; i++) {
        row[i] = i * MOVE_COST;
    }
    for (size_t j = 1; j <= b_size; j++) {
        size_t diagonal = row[0], least = row[0] = j * MOVE_COST;
        for (size_t i = 1; i <= a_size; i++) {
            size_t replaced = diagonal + substitution_cost(a[i - 1], b[j - 1]);
            size_t moved = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + MOVE_COST;
            diagonal = row[i];
            row[i] = replaced < moved ? replaced : moved;
            least = row[i] < least ? row[i] : least;
        }
        if (least > most) {
            return most + 1;
        }
    }
    return row[a_size];
}

static Object *nearest(Object *candidates, Object *name) {
    if (list_size(candidates) >= CANDIDATES_MOST) {
        return NULL;
    }
    ssize_t name_size, size;
    const char *text = str_utf8(name, &name_size);
    if (!text) {
        return NULL;
    }
    Object *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (ssize_t i = 0; i < list_size(candidates); i++) {
        Object *item = list_read(candidates, i);
        if (!item || !str_check(item)) {
            return NULL;
        }
        const char *other = str_utf8(item, &size);
        if (!other) {
            return NULL;
        }
        if (str_equal(item, name)) {
            continue;
        }
        size_t most = (size_t)(name_size + size + 3) * MOVE_COST / 6;
        most = most < best_distance - 1 ? most : best_distance - 1;
        size_t found = distance(text, (size_t)name_size, other, (size_t)size, most);
        if (found <= most) {
            best = item;
            best_distance = found;
        }
    }
    return best;
}

static Object *nearest_in_frame(Object *exception, Object *name) {
    Object *traceback = ((BaseException *)exception)->traceback;
    if (!traceback || traceback == NONE) {
        return NULL;
    }
    Traceback *last = (Traceback *)traceback;
    for (Traceback *next; (next = __atomic_load_n(&last->next, __ATOMIC_ACQUIRE));) {
        last = next;
    }
    const Frame *frame = last->frame->owned; // what never changes: another thread may run the frame itself
    Object *variables = code_varnames(frame->code);
    Object *list = variables ? sequence_list(variables) : NULL;
    Object *found = list ? nearest(list, name) : NULL;
    if (found || error_occurred()) {
        return found;
    }
    list = dict_keys_list(frame->globals);
    found = list ? nearest(list, name) : NULL;
    if (found || error_occurred() || !dict_check(frame->builtins)) {
        return found;
    }
    list = dict_keys_list(frame->builtins);
    return list ? nearest(list, name) : NULL;
}

Object *exception_suggestion(Object *exception) {
    Object *result = NULL;
    if (exception->type == &exc_AttributeError) {
        AttributeError *e = (AttributeError *)exception;
        // `__dir__` may assign both.
        Object *name = __atomic_load_n(&e->name, __ATOMIC_ACQUIRE);
        Object *object = __atomic_load_n(&e->object, __ATOMIC_ACQUIRE);
        if (name && object && str_check(name)) {
            Object *list = object_dir(object);
            result = list ? nearest(list, name) : NULL;
        }
    } else if (exception->type == &exc_NameError) {
        Object *name = ((NameError *)exception)->name;
        result = name && str_check(name) ? nearest_in_frame(exception, name) : NULL;
    }
    error_clear();
    return result;
}
