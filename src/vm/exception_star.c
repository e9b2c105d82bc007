// What `except*` raises again when its clauses are done (PEP 654).
#include "vm/interpreter.h"

static bool is_group(Object *o) {
    return object_is_instance(o, &exc_BaseExceptionGroup);
}

// Same context, cause, traceback and notes: a part of the original that was reraised as it was.
static bool same_metadata(Object *a, Object *b) {
    const BaseException *x = (const BaseException *)a, *y = (const BaseException *)b;
    return x->notes == y->notes && x->traceback == y->traceback && x->cause == y->cause &&
           x->context == y->context;
}

// Adds the addresses of the leaves of `exception` to `leaves`, a dict.
static int collect_leaves(Object *exception, Object *leaves) {
    if (!is_group(exception)) {
        Object *key = int_from_u64((uintptr_t)exception);
        return key ? dict_set(leaves, key, exception) : -1;
    }
    if (recursion_enter(" in collect_exception_group_leaves") < 0) {
        return -1;
    }
    Object *parts = ((ExceptionGroup *)exception)->exceptions;
    int failed = 0;
    for (ssize_t i = 0; i < tuple_size(parts) && !failed; i++) {
        failed = collect_leaves(tuple_get(parts, i), leaves);
    }
    recursion_leave();
    return failed;
}

// The part of group `exception` whose leaves are in `leaves`, with its structure; None when empty.
static Object *project(Object *exception, Object *leaves) {
    if (!is_group(exception)) {
        Object *key = int_from_u64((uintptr_t)exception);
        int found = key ? dict_contains(leaves, key) : -1;
        return found < 0 ? NULL : found ? exception : NONE;
    }
    Object *parts = ((ExceptionGroup *)exception)->exceptions, *kept = list_new(0);
    for (ssize_t i = 0; kept && i < tuple_size(parts); i++) {
        Object *part = project(tuple_get(parts, i), leaves);
        if (!part || (part != NONE && list_append(kept, part) < 0)) {
            return NULL;
        }
    }
    if (!kept || !list_size(kept)) {
        return kept ? NONE : NULL;
    }
    Object *derive = str_intern_cstring("derive");
    Object *group = derive ? call_method1(exception, derive, kept) : NULL;
    if (!group) {
        return NULL;
    }
    if (!exception_check(group)) {
        return raise_error(&exc_TypeError, "derive must return an instance of BaseExceptionGroup");
    }
    BaseException *to = (BaseException *)group, *from = (BaseException *)exception;
    gc_store(to, &to->traceback, from->traceback);
    gc_store(to, &to->context, from->context);
    gc_store(to, &to->cause, from->cause);
    gc_store(to, &to->notes, from->notes);
    to->suppress_context = from->suppress_context;
    return group;
}

Object *exception_prep_reraise_star(Object *original, Object *list) {
    ssize_t count = list_size(list);
    if (!count) {
        return NONE;
    }
    if (!is_group(original)) {
        // a naked exception: the only item is it, or what replaced it
        Object *item = list_read(list, 0);
        return item ? item : NONE;
    }
    Object *raised = list_new(0), *leaves = dict_new();
    if (!raised || !leaves) {
        return NULL;
    }
    bool reraised = false;
    for (ssize_t i = 0; i < count; i++) {
        Object *item = list_read(list, i);
        if (!item || item == NONE) {
            continue;
        }
        if (!exception_check(item)) {
            return raise_error(&exc_SystemError, "bytecode is damaged: an exception was expected");
        }
        if (same_metadata(item, original)) {
            reraised = true;
            if (collect_leaves(item, leaves) < 0) {
                return NULL;
            }
        } else if (list_append(raised, item) < 0) {
            return NULL;
        }
    }
    Object *rest = reraised ? project(original, leaves) : NONE;
    if (!rest) {
        return NULL;
    }
    if (!list_size(raised)) {
        return rest;
    }
    if (rest != NONE && list_append(raised, rest) < 0) {
        return NULL;
    }
    Object *empty = str_empty();
    return empty ? call2((Object *)&exc_BaseExceptionGroup, empty, raised) : NULL;
}
