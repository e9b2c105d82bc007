// itertools: groupby and tee.
#include "modules/itertools/itertools.h"

extern Type groupby_type, _grouper_type, _tee_type, _tee_dataobject_type;

// ---- groupby: a iterator, b key function or None, c current key, d current value; the target key
// and the group that may still take items are in `more`, a list [target key, current grouper].

enum { TARGET, GROUPER };

static Object *groupby_more(Iter *it) {
    return (Object *)it->indices;
}

static Object *more_get(Iter *it, int which) {
    Object *o = list_get(groupby_more(it), which);
    return o == ELLIPSIS ? NULL : o;
}

static Object *groupby_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "groupby", "(iterable, key=None)", args, nargs, kwnames, bound) < 0) {
        return NULL;
    }
    Object *iterator = object_iter(bound[0]);
    Object *more = iterator ? list_from_array((Object *[]){ ELLIPSIS, ELLIPSIS }, 2) : NULL;
    Iter *it = more ? iter_alloc(type, iterator, bound[1] ? bound[1] : NONE) : NULL;
    if (!it) {
        return NULL;
    }
    gc_store(it, &it->indices, more);
    return (Object *)it;
}

// Takes the next item: 0, or -1 at the end or with an exception.
static int groupby_advance(Iter *it) {
    Object *value = inner_next(it->a);
    Object *key = !value ? NULL : it->b == NONE ? value : call1(it->b, value);
    if (!key) {
        return -1;
    }
    iter_set(it, &it->d, value);
    iter_set(it, &it->c, key);
    return 0;
}

static Object *groupby_step(Object *self) {
    Iter *it = iter_of(self);
    list_set(groupby_more(it), GROUPER, ELLIPSIS);
    for (;;) {
        Object *key = field_read(&it->c), *target = more_get(it, TARGET);
        if (key && !target) {
            break;
        }
        if (key) {
            int same = object_compare_bool(target, key, CMP_EQ);
            if (same < 0) {
                return NULL;
            }
            if (!same && field_read(&it->c)) {
                break;
            }
            if (!same) { // comparing has used the item up
                continue;
            }
        }
        if (groupby_advance(it) < 0) {
            return NULL;
        }
    }
    Object *key = field_read(&it->c);
    list_set(groupby_more(it), TARGET, key);
    Iter *group = iter_alloc(&_grouper_type, self, key);
    if (!group) {
        return NULL;
    }
    list_set(groupby_more(it), GROUPER, (Object *)group);
    return tuple_pack(2, key, group);
}
static Object *groupby_next(Object *self) {
    return iter_step_alone(self, self, groupby_step);
}

static Object *groupby_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *arguments = tuple_pack(2, it->a, it->b), *target = more_get(it, TARGET);
    if (!arguments) {
        return NULL;
    }
    if (target && it->c && it->d) {
        Object *state = tuple_pack(3, it->c, it->d, target);
        return state ? tuple_pack(3, self->type, arguments, state) : NULL;
    }
    return tuple_pack(2, self->type, arguments);
}

static Object *groupby_setstate_method(Object *self, Object *state) {
    Iter *it = iter_of(self);
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state is not a tuple");
    }
    if (arguments_check_count("function", (size_t)tuple_size(state), 3, 3) < 0) {
        return NULL;
    }
    iter_set(it, &it->c, tuple_get(state, 0));
    iter_set(it, &it->d, tuple_get(state, 1));
    list_set(groupby_more(it), TARGET, tuple_get(state, 2));
    return NONE;
}
#define groupby_doc "groupby(iterable, key=None)\n--\n\n"
static BuiltinDef groupby_methods[] = {
    BUILTIN("__reduce__", groupby_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", groupby_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
ITER_TYPE(groupby, 64, groupby_new, groupby_next, NULL)

// _grouper: a the groupby, b the group's key

static Object *grouper_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("_grouper", kwnames) < 0 ||
        arguments_check_count("_grouper", nargs, 2, 2) < 0) {
        return NULL;
    }
    if (!object_is_instance(args[0], &groupby_type)) {
        return raise_error(&exc_TypeError, "_grouper() argument 1 must be itertools.groupby, not %K",
                           args[0]);
    }
    Iter *group = iter_alloc(type, args[0], args[1]);
    if (group) {
        list_set(groupby_more(iter_of(args[0])), GROUPER, (Object *)group);
    }
    return (Object *)group;
}

static Object *grouper_step(Object *self) {
    Iter *group = iter_of(self), *it = iter_of(group->a);
    if (more_get(it, GROUPER) != self) {
        return NULL;
    }
    if (!field_read(&it->d) && groupby_advance(it) < 0) {
        return NULL;
    }
    int same = object_compare_bool(group->b, it->c, CMP_EQ);
    if (same <= 0) {
        return NULL;
    }
    Object *value = field_read(&it->d);
    iter_set(it, &it->d, NULL);
    iter_set(it, &it->c, NULL);
    return value;
}
static Object *grouper_next(Object *self) {
    return iter_step_alone(self, iter_of(self)->a, grouper_step);
}

static Object *grouper_reduce_method(Object *self) {
    Iter *group = iter_of(self);
    if (more_get(iter_of(group->a), GROUPER) != self) {
        return reduce_iter_empty_tuple();
    }
    Object *arguments = tuple_pack(2, group->a, group->b);
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
static BuiltinDef grouper_methods[] = {
    BUILTIN("__reduce__", grouper_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type _grouper_type;
static const TypeSpec grouper_spec = {
    .name = "itertools._grouper",
    .basic_size = 32,
    .instance_size = sizeof(Iter),
    .flags = TF_GC,
    .methods = grouper_methods,
    .trace = iter_trace,
    .slots = { .new = grouper_new,
               .iter = iter_self,
               .next = grouper_next,
               .getattr = object_generic_getattr },
};

// ---- tee: blocks of items, linked, that all copies share. A block (_tee_dataobject): a iterator,
// b list of its items, c next block, flag while an item is being fetched. A _tee: a block, i index.

enum { BLOCK = 57 };

static Object *block_new(Object *iterator) {
    Object *items = list_new(BLOCK);
    return items ? (Object *)iter_alloc(&_tee_dataobject_type, iterator, items) : NULL;
}

static Object *fetch_item(Iter *block, ssize_t i) {
    Object *item;
    // One thread (or one level of recursion) fetches at a time.
    bool idle = false;
    if (LIKELY(!runtime_multithreaded && !block->flag)) {
        block->flag = true;
    } else if (!__atomic_compare_exchange_n(&block->flag, &idle, true, false, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED)) {
        return raise_error(&exc_RuntimeError, "cannot re-enter the tee iterator");
    }
    item = list_read(block->b, i);
    if (!item) {
        item = inner_next(block->a);
        if (item && list_append(block->b, item) < 0) {
            item = NULL;
        }
    }
    __atomic_store_n(&block->flag, false, __ATOMIC_RELEASE);
    return item;
}

static Object *block_item(Iter *block, ssize_t i) {
    Object *item = list_read(block->b, i);
    if (item) {
        return item;
    }
    CriticalSection section; // an iterator that runs no Python code is never seen re-entered
    critical_section_begin(&section, block);
    item = fetch_item(block, i);
    critical_section_end(&section);
    return item;
}

static Object *block_next(Iter *block) {
    Object *next = field_read(&block->c);
    if (!next) {
        Object *fresh = block_new(block->a);
        next = fresh ? gc_publish(block, &block->c, fresh) : NULL;
    }
    return next;
}

static Object *dataobject_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_check_count("teedataobject", nargs, 3, 3) < 0) {
        return NULL;
    }
    if (!list_check(args[1])) {
        return raise_error(&exc_TypeError, "teedataobject() argument 2 must be list, not %K", args[1]);
    }
    ssize_t size = list_size(args[1]);
    if (size > BLOCK || (size != BLOCK && args[2] != NONE) ||
        (args[2] != NONE && args[2]->type != &_tee_dataobject_type)) {
        return raise_error(&exc_ValueError, "Invalid arguments");
    }
    Object *items = list_copy(args[1]);
    Iter *block = items ? iter_alloc(&_tee_dataobject_type, args[0], items) : NULL;
    if (block && args[2] != NONE) {
        gc_store(block, &block->c, args[2]);
    }
    return (Object *)block;
}

static Object *dataobject_reduce_method(Object *self) {
    Iter *block = iter_of(self);
    Object *items = list_copy(block->b), *next = field_read(&block->c);
    Object *arguments = items ? tuple_pack(3, block->a, items, next ? next : NONE) : NULL;
    return arguments ? tuple_pack(2, self->type, arguments) : NULL;
}
static BuiltinDef dataobject_methods[] = {
    BUILTIN("__reduce__", dataobject_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
Type _tee_dataobject_type;
static const TypeSpec dataobject_spec = {
    .name = "itertools._tee_dataobject",
    .basic_size = 496,
    .flags = TF_GC,
    .methods = dataobject_methods,
    .trace = iter_trace,
    .slots = { .new = dataobject_new, .getattr = object_generic_getattr },
};

static Object *tee_of(Object *iterable) {
    Object *iterator = object_iter(iterable);
    if (!iterator) {
        return NULL;
    }
    if (object_is_instance(iterator, &_tee_type)) {
        Iter *copy = iter_alloc(&_tee_type, iter_of(iterator)->a, NULL);
        if (copy) {
            copy->i = iter_of(iterator)->i;
        }
        return (Object *)copy;
    }
    Object *block = block_new(iterator);
    return block ? (Object *)iter_alloc(&_tee_type, block, NULL) : NULL;
}

static Object *tee_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return arguments_no_keywords("_tee", kwnames) < 0 || arguments_check_count("_tee", nargs, 1, 1) < 0
               ? NULL
               : tee_of(args[0]);
}

static Object *tee_step(Object *self) {
    Iter *it = iter_of(self);
    if (it->i >= BLOCK) {
        Object *next = block_next(iter_of(it->a));
        if (!next) {
            return NULL;
        }
        iter_set(it, &it->a, next);
        it->i = 0;
    }
    Object *item = block_item(iter_of(it->a), it->i);
    if (item) {
        it->i++;
    }
    return item;
}
static Object *tee_next(Object *self) {
    return iter_step_alone(self, self, tee_step);
}

static ssize_t tee_take_many(Object *self, Object **items, ssize_t most) {
    Iter *it = iter_of(self), *block = iter_of(it->a);
    if (it->i >= BLOCK || block->flag) {
        return 0;
    }
    ssize_t there = list_size(block->b) - it->i, count = there < most ? there : most;
    if (there < 0) {
        return 0;
    }
    if (count > 0) {
        memcpy(items, ((List *)block->b)->items + it->i, (size_t)count * sizeof *items);
    } else {
        if (most > BLOCK - it->i) {
            most = BLOCK - it->i;
        }
        // The inner iterator may be a copy of this one, if a program is strange enough: then it must not come back here.
        block->flag = true;
        count = iterator_take_many(block->a, items, most);
        if (count > 0 && list_extend_array(block->b, items, count) < 0) {
            count = -1;
        }
        block->flag = false;
    }
    it->i += count > 0 ? count : 0;
    return count;
}

static Object *tee_copy_method(Object *self) {
    return tee_of(self);
}
static Object *tee_reduce_method(Object *self) {
    Iter *it = iter_of(self);
    Object *empty = tuple_pack(1, tuple_empty());
    Object *state = empty ? tuple_pack(2, it->a, int_from_ssize(it->i)) : NULL;
    return state ? tuple_pack(3, self->type, empty, state) : NULL;
}
static Object *tee_setstate_method(Object *self, Object *state) {
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state is not a tuple");
    }
    if (tuple_size(state) != 2 || tuple_get(state, 0)->type != &_tee_dataobject_type) {
        return raise_error(&exc_TypeError, "state is not a (_tee_dataobject, int) tuple");
    }
    ssize_t index = int_to_ssize(tuple_get(state, 1));
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    Object *block = tuple_get(state, 0);
    if (index < 0 || index > BLOCK || index > list_size(iter_of(block)->b)) {
        return raise_error(&exc_ValueError, "Index out of range");
    }
    gc_store(self, &iter_of(self)->a, block);
    iter_of(self)->i = index;
    return NONE;
}
static BuiltinDef tee_methods[] = {
    BUILTIN("__copy__", tee_copy_method, "-($self, /)", 0, NULL),
    BUILTIN("__reduce__", tee_reduce_method, "-($self, /)", 0, NULL),
    BUILTIN("__setstate__", tee_setstate_method, "-($self, object, /)", 0, NULL),
    BUILTIN_END,
};
Type _tee_type;
static const TypeSpec tee_spec = {
    .name = "itertools._tee",
    .basic_size = 40,
    .instance_size = sizeof(Iter),
    .weaklist_offset = offsetof(Iter, weaklist),
    .flags = TF_GC,
    .doc = "_tee(iterable, /)\n--\n\n",
    .methods = tee_methods,
    .trace = iter_trace,
    .take_many = tee_take_many,
    .slots = { .new = tee_new, .iter = iter_self, .next = tee_next, .getattr = object_generic_getattr },
};

Object *itertools_tee_function(Object *module, Object *iterable, Object *n_arg) {
    ssize_t n = 2;
    if (n_arg) {
        n = int_to_ssize(n_arg);
        if (n == -1 && error_occurred()) {
            return NULL;
        }
        if (n < 0) {
            return raise_error(&exc_ValueError, "n must be >= 0");
        }
    }
    Object *result = tuple_new(n);
    if (!result || n == 0) {
        return result;
    }
    Object *iterator = object_iter(iterable), *copy = NULL;
    int found = iterator ? object_getattr_optional(iterator, names.__copy__, &copy) : -1;
    if (found < 0) {
        return NULL;
    }
    if (!found) {
        iterator = tee_of(iterator);
        if (!iterator) {
            return NULL;
        }
    }
    tuple_init(result, 0, iterator);
    for (ssize_t i = 1; i < n; i++) {
        Object *other = call_method0(iterator, names.__copy__);
        if (!other) {
            return NULL;
        }
        tuple_init(result, i, other);
    }
    return result;
}

int itertools_add_grouping(Object *module) {
    return module_add_type(module, &groupby_type, &groupby_spec) < 0 ||
                   module_add_type(module, &_grouper_type, &grouper_spec) < 0 ||
                   module_add_type(module, &_tee_type, &tee_spec) < 0 ||
                   module_add_type(module, &_tee_dataobject_type, &dataobject_spec) < 0
               ? -1
               : 0;
}
