// Specialised loops and pairs of loads and stores.
#include "vm/adaptive.h"
#include "vm/fast.h"
#include "vm/generator.h"
#include "objects/bytes.h"
#include "objects/set_internal.h"
#include "objects/str_private.h"

// ---- FOR_ITER

#define FOR_FORMS(name, guard) \
    static HANDLER(name) { \
        guard(); \
        *sp++ = item; \
        NEXT(); \
    } \
    static HANDLER(name##_store) { \
        guard(); \
        *frame_slot(fp, ip[1].value) = item; \
        ip++; \
        NEXT(); \
    }

// Moves an iterator's cursor on from `i`, where it was just seen. Among several threads another one may have been
// faster: false, and its own `next` counts.
static NOINLINE bool take_step_shared(ssize_t *cursor, ssize_t i, uint32_t *bias) {
    step_claim(bias);
    return __atomic_compare_exchange_n(cursor, &i, i + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
static inline bool take_step(ssize_t *cursor, ssize_t i, uint32_t *bias) {
    if (UNLIKELY(!step_is_mine(bias))) {
        return take_step_shared(cursor, i, bias);
    }
    __atomic_store_n(cursor, i + 1, __ATOMIC_RELAXED);
    return true;
}

#define NEXT_OF_RANGE() \
    RangeIterator *it = (RangeIterator *)sp[-1]; \
    if (UNLIKELY(it->base.type != &range_iterator_type)) { \
        TAIL(op_FOR_ITER); \
    } \
    long i = __atomic_load_n(&it->index, __ATOMIC_RELAXED); \
    if (UNLIKELY(i >= it->length)) { \
        sp--; \
        JUMP(ip->target); \
    } \
    long value = (long)((unsigned long)it->start + (unsigned long)i * (unsigned long)it->step); \
    Object *item = LIKELY(value < (1L << 60) && value > -(1L << 60)) ? int_make(value) \
                                                                     : int_from_i64(value); \
    if (UNLIKELY(!item)) { \
        ERROR(); \
    } \
    if (UNLIKELY(!take_step(&it->index, i, &it->bias))) { \
        TAIL(op_FOR_ITER); \
    }
FOR_FORMS(for_range, NEXT_OF_RANGE)

#define NEXT_OF_LIST() \
    SeqIterator *it = (SeqIterator *)sp[-1]; \
    Object *list; \
    if (UNLIKELY(it->base.type != &list_iterator_type || \
                 !(list = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED)))) { \
        TAIL(op_FOR_ITER); \
    } \
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED); \
    Object *item = list_read(list, i); \
    if (UNLIKELY(!item || !take_step(&it->index, i, &it->bias))) { \
        TAIL(op_FOR_ITER); \
    }
FOR_FORMS(for_list, NEXT_OF_LIST)

#define NEXT_OF_TUPLE() \
    SeqIterator *it = (SeqIterator *)sp[-1]; \
    Object *sequence; \
    if (UNLIKELY(it->base.type != &tuple_iterator_type || \
                 !(sequence = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED)))) { \
        TAIL(op_FOR_ITER); \
    } \
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED); \
    if (UNLIKELY(i >= tuple_size(sequence) || !take_step(&it->index, i, &it->bias))) { \
        TAIL(op_FOR_ITER); \
    } \
    Object *item = tuple_get(sequence, i)
FOR_FORMS(for_tuple, NEXT_OF_TUPLE)

#define NEXT_OF_ASCII() \
    SeqIterator *it = (SeqIterator *)sp[-1]; \
    Object *sequence; \
    if (UNLIKELY(it->base.type != &str_ascii_iterator_type || \
                 !(sequence = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED)))) { \
        TAIL(op_FOR_ITER); \
    } \
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED); \
    if (UNLIKELY(i >= str_length(sequence) || !take_step(&it->index, i, &it->bias))) { \
        TAIL(op_FOR_ITER); \
    } \
    Object *item = str_latin1_char(((const uint8_t *)str_data(sequence))[i])
FOR_FORMS(for_ascii, NEXT_OF_ASCII)

#define NEXT_OF_BYTES() \
    SeqIterator *it = (SeqIterator *)sp[-1]; \
    Object *sequence; \
    if (UNLIKELY(it->base.type != &bytes_iterator_type || \
                 !(sequence = __atomic_load_n(&it->sequence, __ATOMIC_RELAXED)))) { \
        TAIL(op_FOR_ITER); \
    } \
    ssize_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED); \
    if (UNLIKELY(i >= bytes_length(sequence) || !take_step(&it->index, i, &it->bias))) { \
        TAIL(op_FOR_ITER); \
    } \
    Object *item = int_make((uint8_t)bytes_data(sequence)[i])
FOR_FORMS(for_bytes, NEXT_OF_BYTES)

#define NEXT_OF_SET() \
    Object *iterator = sp[-1]; \
    if (UNLIKELY(iterator->type != &set_iterator_type)) { \
        TAIL(op_FOR_ITER); \
    } \
    Object *item = set_iterator_step((SetIterator *)iterator); \
    if (UNLIKELY(!item)) { \
        SAVE(); \
        item = slots_of(iterator)->next(iterator); \
        if (!item) { \
            TAIL(for_iter_end); \
        } \
    }
FOR_FORMS(for_set, NEXT_OF_SET)

// Any other iterator. Those that have a form of their own go back, to get it.
static inline bool has_own_form(const Type *type) {
    return type == &range_iterator_type || type == &list_iterator_type || type == &tuple_iterator_type ||
           type == &set_iterator_type || type == &generator_type;
}
#define NEXT_OF_ANY() \
    Object *iterator = sp[-1]; \
    UnaryFn next = slots_of(iterator)->next; \
    if (UNLIKELY(has_own_form(iterator->type) || !next)) { \
        TAIL(op_FOR_ITER); \
    } \
    SAVE(); \
    Object *item = next(iterator); \
    ip = fp->ip; \
    if (UNLIKELY(!item)) { \
        TAIL(for_iter_end); \
    }
FOR_FORMS(for_any, NEXT_OF_ANY)

static inline bool makes_fresh_tuples(const Object *iterator) {
    const TypeSpec *spec = iterator->type->info->spec;
    return spec && spec->fresh_tuples && slots_of(iterator)->next == spec->slots.next;
}

// `for a, b, c in ...` over what makes a tuple each time: FOR_ITER and UNPACK_SEQUENCE in one, in the same memory.
static HANDLER(for_fresh_tuple) {
    Object *iterator = sp[-1];
    if (UNLIKELY(!makes_fresh_tuples(iterator))) {
        TAIL(op_FOR_ITER);
    }
    SAVE();
    Object *tuple = slots_of(iterator)->next(iterator);
    ip = fp->ip;
    if (UNLIKELY(!tuple)) {
        TAIL(for_iter_end);
    }
    ssize_t n = (ssize_t)ip[1].value;
    if (UNLIKELY(tuple_size(tuple) != n || !n || n > FRESH_TUPLE_MOST)) {
        *sp++ = tuple;
        NEXT();
    }
    Object *const *items = tuple_items(tuple);
    for (ssize_t i = n - 1; i >= 0; i--) {
        *sp++ = items[i];
    }
    if (LIKELY(!runtime_multithreaded)) {
        tuple_give_back(tuple);
    }
    ip++;
    NEXT();
}

// `for a, b in ...` over what makes pairs: FOR_ITER and UNPACK_SEQUENCE in one, without the tuple.
#define FOR_PAIR(name, iterator_type, step) \
    static HANDLER(name) { \
        Object *iterator = sp[-1], *first, *second; \
        if (UNLIKELY(iterator->type != &iterator_type)) { \
            TAIL(op_FOR_ITER); \
        } \
        SAVE(); \
        bool any = step(iterator, &first, &second); \
        ip = fp->ip; \
        if (UNLIKELY(!any)) { \
            TAIL(for_iter_end); \
        } \
        sp[0] = second; \
        sp[1] = first; \
        sp += 2; \
        ip++; \
        NEXT(); \
    }
FOR_PAIR(for_pair_items, dict_item_iterator_type, dict_item_step)
FOR_PAIR(for_pair_enumerate, enumerate_type, enumerate_step)
FOR_PAIR(for_pair_zip, zip_type, zip_pair_step)

void specialize_iteration(const Frame *fp, const Instruction *ip, const Object *iterator) {
    if (twin_is_traced(fp->twin, ip)) {
        return;
    }
    bool store = next_opcode(fp, ip) == STORE_FAST;
    if (iterator->type == &range_iterator_type) {
        specialize(fp, ip, store ? for_range_store : for_range);
    } else if (iterator->type == &list_iterator_type) {
        specialize(fp, ip, store ? for_list_store : for_list);
    } else if (iterator->type == &tuple_iterator_type) {
        specialize(fp, ip, store ? for_tuple_store : for_tuple);
    } else if (iterator->type == &set_iterator_type) {
        specialize(fp, ip, store ? for_set_store : for_set);
    } else if (iterator->type == &generator_type) {
        specialize(fp, ip, for_generator);
    } else if (iterator->type == &str_ascii_iterator_type) {
        specialize(fp, ip, store ? for_ascii_store : for_ascii);
    } else if (iterator->type == &bytes_iterator_type) {
        specialize(fp, ip, store ? for_bytes_store : for_bytes);
    } else if (next_opcode(fp, ip) == UNPACK_SEQUENCE && ip[1].value == 2) {
        if (iterator->type == &dict_item_iterator_type) {
            specialize(fp, ip, for_pair_items);
        } else if (iterator->type == &enumerate_type) {
            specialize(fp, ip, for_pair_enumerate);
        } else if (iterator->type == &zip_type && zip_makes_pairs(iterator)) {
            specialize(fp, ip, for_pair_zip);
        } else if (makes_fresh_tuples(iterator)) {
            specialize(fp, ip, for_fresh_tuple);
        } else {
            specialize(fp, ip, for_any);
        }
    } else if (next_opcode(fp, ip) == UNPACK_SEQUENCE && makes_fresh_tuples(iterator)) {
        specialize(fp, ip, for_fresh_tuple);
    } else if (special_next(iterator)) {
        specialize(fp, ip, for_next_method);
    } else {
        specialize(fp, ip, store ? for_any_store : for_any);
    }
}

// ---- pairs

static HANDLER(load_fast_load_fast) {
    Object *a = *frame_slot(fp, ip->value), *b = *frame_slot(fp, ip[1].value);
    if (UNLIKELY(!a || !b)) {
        TAIL(op_LOAD_FAST);
    }
    sp[0] = a;
    sp[1] = b;
    sp += 2;
    ip++;
    NEXT();
}
static HANDLER(load_fast_load_const) {
    Object *a = *frame_slot(fp, ip->value);
    if (UNLIKELY(!a)) {
        TAIL(op_LOAD_FAST);
    }
    sp[0] = a;
    sp[1] = ip[1].object;
    sp += 2;
    ip++;
    NEXT();
}
static HANDLER(store_fast_load_fast) {
    *frame_slot(fp, ip->value) = *--sp;
    Object *b = *frame_slot(fp, ip[1].value);
    ip++;
    if (UNLIKELY(!b)) {
        TAIL(op_LOAD_FAST);
    }
    *sp++ = b;
    NEXT();
}
static HANDLER(store_fast_store_fast) {
    *frame_slot(fp, ip->value) = sp[-1];
    *frame_slot(fp, ip[1].value) = sp[-2];
    sp -= 2;
    ip++;
    NEXT();
}

static HANDLER(load_fast_return) {
    Object *value = *frame_slot(fp, ip->value);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_FAST);
    }
    *sp++ = value;
    ip++;
    TAIL(op_RETURN_VALUE);
}
static HANDLER(load_const_return) {
    *sp++ = ip->object;
    ip++;
    TAIL(op_RETURN_VALUE);
}
static HANDLER(load_const_load_fast) {
    Object *b = *frame_slot(fp, ip[1].value);
    if (UNLIKELY(!b)) {
        TAIL(op_LOAD_CONST);
    }
    sp[0] = ip->object;
    sp[1] = b;
    sp += 2;
    ip++;
    NEXT();
}
static HANDLER(load_const_store_fast) {
    *frame_slot(fp, ip[1].value) = ip->object;
    ip++;
    NEXT();
}
static HANDLER(pop_top_load_fast) {
    Object *b = *frame_slot(fp, ip[1].value);
    if (UNLIKELY(!b)) {
        TAIL(op_POP_TOP);
    }
    sp[-1] = b;
    ip++;
    NEXT();
}
static HANDLER(pop_top_load_const) {
    sp[-1] = ip[1].object;
    ip++;
    NEXT();
}
static HANDLER(pop_top_jump_backward) {
    sp--;
    ip++;
    TAIL(op_JUMP_BACKWARD);
}
static HANDLER(store_fast_jump_backward) {
    *frame_slot(fp, ip->value) = *--sp;
    ip++;
    TAIL(op_JUMP_BACKWARD);
}
static HANDLER(copy_copy) {
    sp[0] = sp[-(ssize_t)ip->value];
    sp[1] = sp[1 - (ssize_t)ip[1].value];
    sp += 2;
    ip++;
    NEXT();
}
static HANDLER(swap_swap) {
    Object *top = sp[-1], *other = sp[-(ssize_t)ip->value];
    sp[-(ssize_t)ip->value] = top;
    sp[-1] = sp[-(ssize_t)ip[1].value];
    sp[-(ssize_t)ip[1].value] = other;
    ip++;
    NEXT();
}
// The first item goes to its variable at once.
static HANDLER(unpack_store_fast) {
    Object *source = sp[-1];
    ssize_t n = (ssize_t)ip->value;
    if (UNLIKELY(source->type != &tuple_type || tuple_size(source) != n || !n)) {
        TAIL(op_UNPACK_SEQUENCE);
    }
    Object *const *items = tuple_items(source);
    *frame_slot(fp, ip[1].value) = items[0];
    sp--;
    for (ssize_t i = n - 1; i > 0; i--) {
        *sp++ = items[i];
    }
    ip++;
    NEXT();
}

Handler specialize_pair(uint8_t first, uint8_t second) {
    switch (first) {
    case LOAD_FAST:
        switch (second) {
        case LOAD_FAST: return load_fast_load_fast;
        case LOAD_CONST: return load_fast_load_const;
        case RETURN_VALUE: return load_fast_return;
        case LOAD_ATTR: return load_fast_load_attr;
        case LOAD_METHOD: return load_fast_load_method;
        default: return NULL;
        }
    case LOAD_CONST:
        switch (second) {
        case LOAD_FAST: return load_const_load_fast;
        case STORE_FAST: return load_const_store_fast;
        case RETURN_VALUE: return load_const_return;
        default: return NULL;
        }
    case STORE_FAST:
        switch (second) {
        case LOAD_FAST: return store_fast_load_fast;
        case STORE_FAST: return store_fast_store_fast;
        case JUMP_BACKWARD: return store_fast_jump_backward;
        default: return NULL;
        }
    case POP_TOP:
        switch (second) {
        case LOAD_FAST: return pop_top_load_fast;
        case LOAD_CONST: return pop_top_load_const;
        case JUMP_BACKWARD: return pop_top_jump_backward;
        default: return NULL;
        }
    case BUILD_SLICE:
        return second == BINARY_SUBSCR  ? slice_subscript
               : second == STORE_SUBSCR ? slice_store_subscript
                                        : NULL;
    case COPY: return second == COPY ? copy_copy : NULL;
    case SWAP: return second == SWAP ? swap_swap : NULL;
    case UNPACK_SEQUENCE: return second == STORE_FAST ? unpack_store_fast : NULL;
    case IS_OP:
    case CONTAINS_OP: return specialize_answer(first, second);
    default: return NULL;
    }
}

const SpecializedForm fast_iter_forms[] = {
    { load_fast_load_fast, LOAD_FAST__LOAD_FAST },     { load_fast_load_const, LOAD_FAST__LOAD_CONST },
    { load_const_load_fast, LOAD_CONST__LOAD_FAST },   { store_fast_load_fast, STORE_FAST__LOAD_FAST },
    { store_fast_store_fast, STORE_FAST__STORE_FAST }, { NULL, 0 },
};
