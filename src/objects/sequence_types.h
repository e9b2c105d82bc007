// range, slice, and the iterators that several types share.
#pragma once

#include "objects/object.h"

typedef struct Slice {
    Object base;
    Object *start, *stop, *step;
} Slice;

Object *slice_new(Object *start, Object *stop, Object *step);  // NULL: None
// The slice's indices as C sizes, then clipped to `length`; returns the number of items, -1 on error.
int slice_unpack(Object *slice, ssize_t *start, ssize_t *stop, ssize_t *step);
ssize_t slice_adjust(ssize_t length, ssize_t *start, ssize_t *stop, ssize_t step);
static inline ssize_t slice_resolve(Object *slice, ssize_t length, ssize_t *start, ssize_t *stop,
                                    ssize_t *step) {
    return slice_unpack(slice, start, stop, step) < 0 ? -1 : slice_adjust(length, start, stop, *step);
}

typedef struct Range {
    Object base;
    Object *start, *stop, *step, *length;
} Range;

// Iterates over a range whose bounds fit in C longs (CPython's layout).
typedef struct RangeIterator {
    Object base;
    long index, start, step, length;
    uint32_t bias; // for `index` (containers.h); not seen by programs
} RangeIterator;

// Iterators over list and tuple: `sequence` NULL when exhausted.
typedef struct SeqIterator {
    Object base;
    ssize_t index;
    Object *sequence;
    uint32_t bias; // for `index`, of those types that use it; not seen by programs
} SeqIterator;
// What sys.getsizeof sees of them.
enum { SEQ_ITERATOR_SIZE = offsetof(SeqIterator, bias), RANGE_ITERATOR_SIZE = offsetof(RangeIterator, bias) };

// The next pair that such an iterator gives, without a tuple. False at the end or with an exception.
bool dict_item_step(Object *iterator, Object **key, Object **value);
bool enumerate_step(Object *iterator, Object **count, Object **item);
bool zip_pair_step(Object *iterator, Object **first, Object **second);
bool zip_makes_pairs(const Object *zip);

Object *seq_iterator_new(Object *sequence);  // by __getitem__
Object *callable_iterator_new(Object *callable, Object *sentinel);
