#include "objects/tuple_reuse.h"

#include "heap/block.h"
#include "objects/builtin.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/int.h"

// Also on the stack of the map that lends it.
_Thread_local Object *tuple_lent;
static _Thread_local uint64_t lent_walks;

static const Type *makers[16] = { &zip_type, &enumerate_type };
static size_t maker_count = 2;

void tuple_reuse_add(const Type *type) {
    if (maker_count < COUNT_OF(makers)) {
        makers[maker_count++] = type;
    }
}

static bool is_maker(const Object *iterator) {
    for (size_t i = 0; i < maker_count; i++) {
        if (slots_of(iterator)->next == makers[i]->info->slots.next) {
            return true;
        }
    }
    return false;
}

uint64_t tuple_reuse_lend(SpareTuple *spare) {
    uint64_t walks = __atomic_load_n(&heap_walks, __ATOMIC_RELAXED);
    lent_walks = walks;
    tuple_lent = NULL;
    if (spare->tuple && spare->thread == thread_current) {
        tuple_lent = spare->walks == walks ? spare->tuple : NULL;
        spare->tuple = NULL;
    }
    return walks;
}

Object *tuple_reuse_take_lent(ssize_t size) {
    Object *tuple = tuple_lent;
    // The iterator's own source may have run Python code since it was lent.
    if (tuple_size(tuple) != size || lent_walks != __atomic_load_n(&heap_walks, __ATOMIC_RELAXED)) {
        return NULL;
    }
    tuple_lent = NULL;
    return tuple;
}

void tuple_reuse_keep(Object *owner, SpareTuple *spare, uint64_t walks, const Object *iterator, Object *item,
                      const Object *function, const Object *result) {
    tuple_lent = NULL;
    if (item->type != &tuple_type || !tuple_size(item) || function->type != &builtin_function_type ||
        !(((const BuiltinFunction *)function)->def->flags & EFFECT_PURE) ||
        !(result->type == &int_type || result->type == &bool_type || result->type == &float_type) ||
        !is_maker(iterator) || walks != __atomic_load_n(&heap_walks, __ATOMIC_RELAXED)) {
        return;
    }
    if (!spare->thread) {
        spare->thread = thread_current;
    }
    if (spare->thread == thread_current) {
        spare->walks = walks;
        gc_store(owner, &spare->tuple, item);
    }
}
