// Weak references: CPython's layout. `object` is not traced: the collector clears it in the pause.
#pragma once

#include "objects/object.h"

typedef struct WeakRef {
    Object base;
    Object *object;    // the referent; None once dead (read it with weakref_get)
    Object *callback;  // or NULL
    hash_t hash;
    struct WeakRef *previous, *next;
    void *vectorcall;
} WeakRef;

Object *weakref_new(Object *referent, Object *callback);  // callback NULL: none; shares
Object *weakref_proxy_new(Object *referent, Object *callback);
Object *weakref_get(Object *weakref);  // the referent or NULL
ssize_t weakref_count(Object *referent);
Object *weakref_list(Object *referent);  // a list of all references and proxies to it
static inline bool weakref_check(const Object *o) {
    return object_is_instance(o, &weakref_type) || o->type == &weakref_proxy_type ||
           o->type == &weakref_callable_proxy_type;
}
