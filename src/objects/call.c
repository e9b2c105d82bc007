// Calling objects.
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type_internal.h"

Object *call(Object *callable, Object *const *args, size_t nargs, Object *kwnames) {
    CallFn function = slots_of(callable)->call;
    if (UNLIKELY(!function)) {
        return raise_error(&exc_TypeError, "'%s' object is not callable", callable->type->name);
    }
    return function(callable, args, nargs, kwnames);
}

bool object_callable(Object *o) {
    return slots_of(o)->call != NULL;
}

Object *call_tuple_dict(Object *callable, Object *args, Object *kwargs) {
    size_t nargs = (size_t)tuple_size(args), nkw = kwargs ? (size_t)dict_size(kwargs) : 0;
    if (!nkw) {
        return call(callable, tuple_items(args), nargs, NULL);
    }
    Object *near[vector_room(nargs + nkw)], **all = near;
    near[COUNT_OF(near) - 1] = NULL;
    if (nargs + nkw > COUNT_OF(near)) {
        all = heap_alloc((nargs + nkw) * sizeof(Object *), CELL_POINTERS);
        if (!all) {
            return NULL;
        }
    }
    Object *kwnames = tuple_new((ssize_t)nkw), *key, *value;
    if (!kwnames) {
        return NULL;
    }
    memcpy(all, tuple_items(args), nargs * sizeof(Object *));
    ssize_t position = 0;
    size_t i = 0;
    while (i < nkw && dict_next(kwargs, &position, &key, &value, NULL)) {
        if (!str_check(key)) {
            return raise_error(&exc_TypeError, "keywords must be strings");
        }
        tuple_init(kwnames, (ssize_t)i, key);
        all[nargs + i++] = value;
    }
    if (all != near) {
        gc_dirty(all);
    }
    if (i < nkw) {
        kwnames = tuple_slice(kwnames, 0, (ssize_t)i);
        if (!kwnames) {
            return NULL;
        }
    }
    return call(callable, all, nargs, kwnames);
}

int object_get_method(Object *o, Object *name, Object **method) {
    Type *type = o->type;
    if (UNLIKELY(type->info->slots.getattr != object_generic_getattr)) {
        *method = object_getattr(o, name);
        return *method ? 0 : -1;
    }
    Object *descr = type_lookup(type, name);
    DescrGetFn get = NULL;
    bool unbound = false;
    if (descr) {
        unbound = (descr->type->flags & TF_METHOD_DESCRIPTOR) != 0;
        get = descr->type->info->slots.descr_get;
        if (!unbound && get && descr_is_data(descr)) {
            *method = get(descr, o, (Object *)type);
            return *method ? 0 : -1;
        }
    }
    if (type_has_instance_dict(type)) {
        *method = instance_get(o, name);
        if (*method) {
            return 0;
        }
        if (error_occurred()) {
            return -1;
        }
    }
    if (unbound) {
        *method = descr;
        return 1;
    }
    if (descr) {
        *method = get ? get(descr, o, (Object *)type) : descr;
        return *method ? 0 : -1;
    }
    *method = object_generic_getattr(o, name);  // for its error
    return *method ? 0 : -1;
}

Object *call_method(Object *name, Object *const *args, size_t nargs, Object *kwnames) {
    // Methods in C that call a method of what they wrap: a decoder around itself.
    if (!c_stack_suffices()) {
        return NULL;
    }
    Object *method;
    int kind = object_get_method(args[0], name, &method);
    if (kind < 0) {
        return NULL;
    }
    return kind ? call(method, args, nargs, kwnames) : call(method, args + 1, nargs - 1, kwnames);
}
