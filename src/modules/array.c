// array: compact arrays of C values.
//
// The values lie in a CELL_BYTES cell that is replaced when it is too small. Accesses take the lock;
// values are converted before it is taken, because conversion may run Python code. While a buffer of
// the array is exported its size cannot change.
#include "base/copy.h"
#include "modules/modules.h"
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/float.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/polling.h"
#include "objects/type.h"
#include "vm/runtime.h"

typedef struct Kind {
    uint8_t code, size;
    const char *format;
    int machine;  // mformat_code of _array_reconstructor on this machine
    const char *name;
    int64_t least, most;
} Kind;

typedef struct Array {
    VarObject var;
    char *data;  // NULL when nothing was ever stored
    ssize_t allocated;
    const Kind *kind;
    Object *weaklist;
    ssize_t exports;
    uintptr_t lock;
} Array;

static const Kind kinds[] = {
    { 'b', 1, "b", 1, "signed char", INT8_MIN, INT8_MAX },
    { 'B', 1, "B", 0, "unsigned byte integer", 0, UINT8_MAX },
    { 'u', 4, "w", 20, NULL, 0, 0 },
    { 'h', 2, "h", 4, "signed short integer", INT16_MIN, INT16_MAX },
    { 'H', 2, "H", 2, "unsigned short", 0, UINT16_MAX },
    { 'i', 4, "i", 8, "signed integer", INT32_MIN, INT32_MAX },
    { 'I', 4, "I", 6, "unsigned int", 0, UINT32_MAX },
    { 'l', 8, "l", 12, NULL, 0, 0 },
    { 'L', 8, "L", 10, NULL, 0, 0 },
    { 'q', 8, "q", 12, NULL, 0, 0 },
    { 'Q', 8, "Q", 10, NULL, 0, 0 },
    { 'f', 4, "f", 14, NULL, 0, 0 },
    { 'd', 8, "d", 16, NULL, 0, 0 },
};

Type array_type, array_iterator_type;
static Object *reconstructor;  // registered root

static Array *array(Object *o) {
    return (Array *)o;
}
static bool array_check(Object *o) {
    return object_is_instance(o, &array_type);
}
static ssize_t size_of(Object *o) {
    return cursor_read(&array(o)->var.size);
}
static const Kind *kind_find(uint32_t code) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if ((uint32_t)kinds[i].code == code) {
            return &kinds[i];
        }
    }
    return NULL;
}

static void array_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, array(self)->data);
}

// ---- values

// Writes `value` as the kind's C value into `out`; runs Python code.
static int encode(const Kind *kind, Object *value, void *out) {
    if ((kind->code == 'i' || kind->code == 'l' || kind->code == 'q') && int_check_exact(value) &&
        int_is_compact(value)) {
        int64_t v = int_compact_value(value); // fits all three
        copy_few(out, (const char *)&v, (size_t)kind->size);
        return 0;
    }
    if (kind->code == 'u') {
        if (!str_check(value) || str_length(value) != 1) {
            raise_error(&exc_TypeError, "array item must be unicode character");
            return -1;
        }
        *(uint32_t *)out = str_read(value, 0);
        return 0;
    }
    if (kind->code == 'f' || kind->code == 'd') {
        double d = float_as_double(value);
        if (d == -1.0 && error_occurred()) {
            return -1;
        }
        if (kind->code == 'f') {
            *(float *)out = (float)d;
        } else {
            *(double *)out = d;
        }
        return 0;
    }
    Object *index = number_index(value);
    if (!index) {
        return -1;
    }
    int overflow;
    int64_t v = int_as_i64(index, &overflow);
    switch (kind->code) {
    case 'l':
        if (overflow) {
            raise_error(&exc_OverflowError, "Python int too large to convert to C long");
            return -1;
        }
        break;
    case 'q':
        if (overflow) {
            raise_error(&exc_OverflowError, "int too big to convert");
            return -1;
        }
        break;
    case 'L':
    case 'Q':
    case 'I':
        if (int_sign(index) < 0) {
            raise_error(&exc_OverflowError, kind->code == 'Q'
                                                ? "can't convert negative int to unsigned"
                                                : "can't convert negative value to unsigned int");
            return -1;
        }
        if (kind->code == 'I') {
            if (overflow || v > UINT32_MAX) {
                (void)int_to_u64(index); // what 64 bits do not hold has that error
                if (!error_occurred()) {
                    raise_error(&exc_OverflowError, "unsigned int is greater than maximum");
                }
                return -1;
            }
            break;
        }
        if (overflow) {
            v = (int64_t)int_to_u64(index);
            if (error_occurred()) {
                if (kind->code == 'Q') {
                    error_clear();
                    raise_error(&exc_OverflowError, "int too big to convert");
                }
                return -1;
            }
        }
        break;
    default: {
        // The value becomes a C long first, and a short or an int for some, and the message names what it did not fit.
        if (overflow) {
            raise_error(&exc_OverflowError, "Python int too large to convert to C long");
            return -1;
        }
        const Kind *first = kind->code == 'b' ? kind_find('h') : kind->code == 'H' ? kind_find('i') : kind;
        const Kind *narrow = v < first->least || v > first->most ? first : kind;
        if (v < narrow->least || v > narrow->most) {
            raise_error(&exc_OverflowError,
                        v < narrow->least ? "%s is less than minimum" : "%s is greater than maximum",
                        narrow->name);
            return -1;
        }
    }
    }
    memcpy(out, &v, (size_t)kind->size);
    return 0;
}

static Object *decode(const Kind *kind, const void *p) {
    switch (kind->code) {
    case 'b': return int_from_i64(*(const int8_t *)p);
    case 'B': return int_from_i64(*(const uint8_t *)p);
    case 'h': return int_from_i64(*(const int16_t *)p);
    case 'H': return int_from_i64(*(const uint16_t *)p);
    case 'i': return int_from_i64(*(const int32_t *)p);
    case 'I': return int_from_i64(*(const uint32_t *)p);
    case 'l':
    case 'q': return int_from_i64(*(const int64_t *)p);
    case 'L':
    case 'Q': return int_from_u64(*(const uint64_t *)p);
    case 'f': return float_from_double(*(const float *)p);
    case 'd': return float_from_double(*(const double *)p);
    default: {
        uint32_t c = *(const uint32_t *)p;
        if (c > 0x10ffff) {
            return raise_error(&exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", c);
        }
        return str_from_char(c);
    }
    }
}

// ---- storage

// Replaces the items [start, end) by room for `count` others; the lock is held. -1 with an exception.
static int splice_locked(Array *a, ssize_t start, ssize_t end, ssize_t count) {
    ssize_t size = a->var.size, width = a->kind->size, change = count - (end - start);
    if (change && exports_read(&a->exports)) {
        raise_error(&exc_BufferError, "cannot resize an array that is exporting buffers");
        return -1;
    }
    if (change > 0 && change > (SSIZE_LIMIT >> 4) - size) {
        raise_memory_error();
        return -1;
    }
    ssize_t fresh = size + change;
    if (fresh > a->allocated) {
        ssize_t room = fresh + (fresh >> 4) + (size < 8 ? 3 : 7);
        char *data = heap_alloc((size_t)(room * width), CELL_BYTES);
        if (!data) {
            return -1;
        }
        if (size) {
            memcpy(data, a->data, (size_t)(size * width));
        }
        gc_store(a, &a->data, data);
        a->allocated = room;
    }
    if (change && size > end) {
        memmove(a->data + (end + change) * width, a->data + end * width, (size_t)((size - end) * width));
    }
    __atomic_store_n(&a->var.size, fresh, __ATOMIC_RELAXED);
    return 0;
}

// Before the lock is taken for something that may resize: views that are garbage do not count.
static void let_go_of_views(Array *a) {
    if (UNLIKELY(exports_read(&a->exports) > 0)) {
        buffers_are_exported(&a->exports);
    }
}

static int put_items(Object *self, ssize_t start, ssize_t end, const void *items, ssize_t count) {
    Array *a = array(self);
    let_go_of_views(a);
    object_lock(&a->lock);
    ssize_t size = a->var.size;
    start = start > size ? size : start;
    end = end > size ? size : end < start ? start : end;
    int result = splice_locked(a, start, end, count);
    if (result == 0 && count) {
        copy_few(a->data + start * a->kind->size, items, (size_t)(count * a->kind->size));
    }
    object_unlock(&a->lock);
    return result;
}

static int append(Object *self, Object *value) {
    uint64_t item = 0;
    return encode(array(self)->kind, value, &item) < 0 ? -1
                                                       : put_items(self, SSIZE_LIMIT, SSIZE_LIMIT, &item, 1);
}

// The values as they are now, and their number: read apart, a number could go with the memory that was there before.
static const void *contents(Object *self, ssize_t *count) {
    Array *a = array(self);
    object_lock(&a->lock);
    const void *data = a->data;
    *count = a->var.size;
    object_unlock(&a->lock);
    return data;
}

// Item i, or NULL: without an exception when out of range.
static Object *get(Object *self, ssize_t i) {
    Array *a = array(self);
    if (LIKELY(!runtime_multithreaded)) {
        return (size_t)i < (size_t)a->var.size ? decode(a->kind, a->data + i * a->kind->size) : NULL;
    }
    uint64_t item = 0;
    object_lock(&a->lock);
    bool ok = (size_t)i < (size_t)a->var.size;
    if (ok) {
        memcpy(&item, a->data + i * a->kind->size, (size_t)a->kind->size);
    }
    object_unlock(&a->lock);
    return ok ? decode(a->kind, &item) : NULL;
}

// Room for exactly `count` items in an array that nobody else has seen.
static int reserve(Array *a, ssize_t count) {
    if (count > (SSIZE_LIMIT >> 4)) {
        raise_memory_error();
        return -1;
    }
    char *data = heap_alloc((size_t)(count * a->kind->size), CELL_BYTES);
    if (!data) {
        return -1;
    }
    gc_store(a, &a->data, data);
    a->allocated = count;
    return 0;
}

static Object *array_make(Type *type, const Kind *kind, const void *items, ssize_t count) {
    Array *a = (Array *)object_alloc(type);
    if (!a) {
        return NULL;
    }
    a->kind = kind;
    if (count == 0) {
        return (Object *)a;
    }
    if (reserve(a, count) < 0) {
        return NULL;
    }
    return (items ? put_items((Object *)a, 0, 0, items, count) : splice_locked(a, 0, 0, count)) == 0
               ? (Object *)a
               : NULL;
}

static Object *copy_of(Object *self) {
    ssize_t count;
    const void *data = contents(self, &count);
    return array_make(&array_type, array(self)->kind, data, count);
}

static int extend(Object *self, Object *other) {
    if (array_check(other)) {
        if (array(self)->kind != array(other)->kind) {
            raise_error(&exc_TypeError, "can only extend with array of same kind");
            return -1;
        }
        if (self != other && !runtime_multithreaded) {
            return put_items(self, SSIZE_LIMIT, SSIZE_LIMIT, array(other)->data, size_of(other));
        }
        Object *copy = copy_of(other);
        return copy ? put_items(self, SSIZE_LIMIT, SSIZE_LIMIT, array(copy)->data, size_of(copy)) : -1;
    }
    Object *iterator = object_iter_whole(other), *item;
    if (!iterator) {
        return -1;
    }
    while ((item = iterator_step(iterator))) {
        if (append(self, item) < 0) {
            return -1;
        }
    }
    return error_occurred() ? -1 : 0;
}

static int from_bytes(Object *self, Object *source) {
    Buffer view;
    if (object_get_buffer(source, &view, BUFFER_SIMPLE) < 0) {
        return -1;
    }
    int result = -1;
    if (view.item_size != 1) {
        raise_error(&exc_TypeError, "a bytes-like object is required");
    } else if (view.length % array(self)->kind->size) {
        raise_error(&exc_ValueError, "bytes length not a multiple of item size");
    } else {
        result = put_items(self, SSIZE_LIMIT, SSIZE_LIMIT, view.data, view.length / array(self)->kind->size);
    }
    buffer_release(&view);
    return result;
}

static int from_unicode(Object *self, Object *text) {
    ssize_t count = str_length(text);
    if (count == 0) {
        return 0;
    }
    uint32_t *characters = heap_alloc((size_t)count * sizeof(uint32_t), CELL_BYTES);
    if (!characters) {
        return -1;
    }
    for (ssize_t i = 0; i < count; i++) {
        characters[i] = str_read(text, i);
    }
    return put_items(self, SSIZE_LIMIT, SSIZE_LIMIT, characters, count);
}

static Object *array_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (no_keywords_for(type, &array_type, "array.array", kwnames) < 0) {
        return NULL;
    }
    if (nargs < 1 || nargs > 2) {
        return raise_error(&exc_TypeError, "array() takes at %s (%zu given)",
                           nargs < 1 ? "least 1 argument" : "most 2 arguments", nargs);
    }
    if (!str_check(args[0]) || str_length(args[0]) != 1) {
        return raise_error(&exc_TypeError, "array() argument 1 must be a unicode character, not %K", args[0]);
    }
    uint32_t code = str_read(args[0], 0);
    Object *initial = nargs > 1 ? args[1] : NULL;
    const Kind *kind = kind_find(code);
    if (initial && code != 'u' && str_check(initial)) {
        return raise_error(&exc_TypeError, "cannot use a str to initialize an array with typecode '%c'",
                           (int)code);
    }
    if (initial && code != 'u' && array_check(initial) && array(initial)->kind->code == 'u') {
        return raise_error(&exc_TypeError,
                           "cannot use a unicode array to initialize an array with "
                           "typecode '%c'",
                           (int)code);
    }
    if (!kind) {
        return raise_error(&exc_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    }
    Object *self = array_make(type, kind, NULL, 0);
    if (!self || !initial) {
        return self;
    }
    ssize_t exact = list_check(initial)                 ? list_size(initial)
                    : tuple_check(initial)              ? tuple_size(initial)
                    : code == 'u' && str_check(initial) ? str_length(initial)
                    : array_check(initial)              ? size_of(initial)
                                                        : 0;
    if (exact && reserve(array(self), exact) < 0) {
        return NULL;
    }
    int result = bytes_check(initial) || bytearray_check(initial)       ? from_bytes(self, initial)
                 : code == 'u' && str_check(initial)                    ? from_unicode(self, initial)
                 : array_check(initial) && array(initial)->kind != kind ? extend(self, sequence_list(initial))
                                                                        : extend(self, initial);
    return result < 0 ? NULL : self;
}

// ---- slots

static Object *to_list(Object *self) {
    Object *list = list_new(size_of(self)), *item;
    for (ssize_t i = 0; list && (item = get(self, i)); i++) {
        if ((!list_append_in_place(list, item) && list_append(list, item) < 0) || poll_steps(i) < 0) {
            return NULL;
        }
    }
    return error_occurred() ? NULL : list;
}

static Object *to_unicode(Object *self) {
    // Of a copy where others could exchange the characters between looking at them and making the text.
    Object *copy = runtime_multithreaded ? copy_of(self) : self;
    if (!copy) {
        return NULL;
    }
    ssize_t count;
    const uint32_t *characters = contents(copy, &count);
    for (ssize_t i = 0; i < count; i++) {
        if (characters[i] > 0x10ffff) {
            return raise_error(&exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]",
                               characters[i]);
        }
    }
    return count ? str_from_ucs4(characters, count) : str_empty();
}

static Object *array_repr(Object *self) {
    const char *name = type_short_name(self->type);
    int code = array(self)->kind->code;
    if (!size_of(self)) {
        return str_format("%s('%c')", name, code);
    }
    Object *content = code == 'u' ? to_unicode(self) : to_list(self);
    return content ? str_format("%s('%c', %R)", name, code, content) : NULL;
}

// The first index below n where two arrays of a kind differ, or n. What is no number differs from itself.
static ssize_t first_difference(const Kind *kind, const char *x, const char *y, ssize_t n) {
    enum { PIECE = 256 };
    ssize_t i = 0, width = kind->size;
    if (kind->code == 'd') {
        while (i < n && ((const double *)x)[i] == ((const double *)y)[i]) {
            i++;
        }
        return i;
    }
    if (kind->code == 'f') {
        while (i < n && ((const float *)x)[i] == ((const float *)y)[i]) {
            i++;
        }
        return i;
    }
    while (n - i >= PIECE && !memcmp(x + i * width, y + i * width, (size_t)(PIECE * width))) {
        i += PIECE;
    }
    while (i < n && !memcmp(x + i * width, y + i * width, (size_t)width)) {
        i++;
    }
    return i;
}

static Object *compare_same_kind(Object *self, Object *other, CompareOp op) {
    const Array *a = array(self), *b = array(other);
    uint64_t x = 0, y = 0;
    object_lock_two(&array(self)->lock, &array(other)->lock);
    ssize_t m = a->var.size, n = b->var.size, shorter = m < n ? m : n, width = a->kind->size;
    ssize_t i = first_difference(a->kind, a->data, b->data, shorter);
    if (i < shorter) {
        memcpy(&x, a->data + i * width, (size_t)width);
        memcpy(&y, b->data + i * width, (size_t)width);
    }
    object_unlock_two(&array(self)->lock, &array(other)->lock);
    if (i < shorter && op != CMP_EQ && op != CMP_NE) {
        Object *mine = decode(a->kind, &x), *others = mine ? decode(b->kind, &y) : NULL;
        return others ? object_compare(mine, others, op) : NULL;
    }
    switch (op) {
    case CMP_EQ: return bool_from(i == m && i == n);
    case CMP_NE: return bool_from(i != m || i != n);
    case CMP_LT: return bool_from(m < n);
    case CMP_LE: return bool_from(m <= n);
    case CMP_GT: return bool_from(m > n);
    default: return bool_from(m >= n);
    }
}

static Object *array_compare(Object *self, Object *other, CompareOp op) {
    if (!array_check(self) || !array_check(other)) {
        return NOT_IMPLEMENTED;
    }
    if (size_of(self) != size_of(other) && (op == CMP_EQ || op == CMP_NE)) {
        return bool_from(op == CMP_NE);
    }
    const Kind *kind = array(self)->kind;
    if (kind == array(other)->kind && kind->code != 'u' && self != other) {
        return compare_same_kind(self, other, op);
    }
    Object *a = to_list(self), *b = a ? to_list(other) : NULL;
    return b ? object_compare(a, b, op) : NULL;
}

static ssize_t array_length(Object *self) {
    return size_of(self);
}

static Object *array_slice(Object *self, Object *key) {
    Array *a = array(self);
    ssize_t start, stop, step, first, last;
    if (slice_unpack(key, &first, &last, &step) < 0) {
        return NULL;
    }
    for (;;) {
        ssize_t size = size_of(self), width = a->kind->size;
        start = first;
        stop = last;
        ssize_t count = slice_adjust(size, &start, &stop, step);
        Object *result = array_make(&array_type, a->kind, NULL, count);
        if (!result || count <= 0) {
            return result;
        }
        object_lock(&a->lock);
        bool same = a->var.size == size;
        if (same && step == 1) {
            memcpy(array(result)->data, a->data + start * width, (size_t)(count * width));
        }
        for (ssize_t i = 0; same && step != 1 && i < count; i++) {
            memcpy(array(result)->data + i * width, a->data + (start + i * step) * width, (size_t)width);
        }
        object_unlock(&a->lock);
        if (same) {
            return result;
        }
    }
}

static bool to_index(Object *self, Object *key, ssize_t *i) {
    *i = index_value(key);
    if (*i == -1 && error_occurred()) {
        return false;
    }
    if (*i < 0) {
        *i += size_of(self);
    }
    return true;
}

// The item that a small int means while only one thread runs, or NULL.
static inline char *plain_item(Object *self, Object *key) {
    if (key->type != &int_type || !int_is_compact(key) || runtime_multithreaded) {
        return NULL;
    }
    const Array *a = array(self);
    int64_t i = int_compact_value(key);
    i += i < 0 ? a->var.size : 0;
    return (uint64_t)i < (uint64_t)a->var.size ? a->data + i * a->kind->size : NULL;
}
static inline bool store_plain(const Kind *kind, char *at, const Object *value) {
    if (value->type == &float_type && kind->code == 'd') {
        memcpy(at, &((const Float *)value)->value, sizeof(double));
        return true;
    }
    if (value->type != &int_type || !int_is_compact(value)) {
        return false;
    }
    int64_t v = int_compact_value(value);
    switch (kind->code) {
    case 'b':
    case 'B':
        if (v < kind->least || v > kind->most) {
            return false;
        }
        *(uint8_t *)at = (uint8_t)v;
        return true;
    case 'h':
    case 'H':
        if (v < kind->least || v > kind->most) {
            return false;
        }
        *(uint16_t *)at = (uint16_t)v;
        return true;
    case 'I':
        if (v < 0) {
            return false;
        }
        [[fallthrough]];
    case 'i': *(uint32_t *)at = (uint32_t)v; return true;
    case 'L':
    case 'Q':
        if (v < 0) {
            return false;
        }
        [[fallthrough]];
    case 'l':
    case 'q': *(uint64_t *)at = (uint64_t)v; return true;
    default: return false;
    }
}

static Object *array_getitem(Object *self, Object *key) {
    const char *plain = plain_item(self, key);
    if (LIKELY(plain != NULL)) {
        return decode(array(self)->kind, plain);
    }
    if (number_check_index(key)) {
        ssize_t i;
        if (!to_index(self, key, &i)) {
            return NULL;
        }
        Object *item = get(self, i);
        return item || error_occurred() ? item : raise_error(&exc_IndexError, "array index out of range");
    }
    return key->type == &slice_type ? array_slice(self, key)
                                    : raise_error(&exc_TypeError, "array indices must be integers");
}

static int array_set_slice(Object *self, Object *key, Object *value) {
    Array *a = array(self);
    ssize_t start, stop, step, width = a->kind->size;
    char *items = NULL;
    ssize_t given = 0;
    if (value) {
        if (!array_check(value)) {
            raise_error(&exc_TypeError, "can only assign array (not \"%T\") to array slice", value);
            return -1;
        }
        if (array(value)->kind != a->kind) {
            raise_error(&exc_TypeError, "bad argument type for built-in operation");
            return -1;
        }
        Object *copy = copy_of(value);
        if (!copy) {
            return -1;
        }
        items = array(copy)->data;
        given = size_of(copy);
    }
    if (slice_unpack(key, &start, &stop, &step) < 0) {
        return -1;
    }
    if (!value || step == 1) {
        let_go_of_views(a);
    }
    object_lock(&a->lock);
    ssize_t count = slice_adjust(a->var.size, &start, &stop, step);
    if ((step > 0 && stop < start) || (step < 0 && stop > start)) {
        stop = start;
    }
    int result = 0;
    if (step == 1) {
        result = splice_locked(a, start, start + count, given);
        if (result == 0 && given) {
            memcpy(a->data + start * width, items, (size_t)(given * width));
        }
    } else if (!value) {
        if (step < 0 && count) {
            start += step * (count - 1);
            step = -step;
        }
        if (exports_read(&a->exports) && count) {
            raise_error(&exc_BufferError, "cannot resize an array that is exporting buffers");
            result = -1;
        } else if (count) {
            ssize_t to = start;
            for (ssize_t i = start, k = 0; i < a->var.size; i++) {
                if (k < count && i == start + k * step) {
                    k++;
                } else {
                    memmove(a->data + to++ * width, a->data + i * width, (size_t)width);
                }
            }
            __atomic_store_n(&a->var.size, to, __ATOMIC_RELAXED);
        }
    } else if (given != count) {
        raise_error(&exc_ValueError, "attempt to assign array of size %zd to extended slice of size %zd",
                    given, count);
        result = -1;
    } else {
        for (ssize_t i = 0; i < count; i++) {
            memcpy(a->data + (start + i * step) * width, items + i * width, (size_t)width);
        }
    }
    object_unlock(&a->lock);
    return result;
}

static int array_setitem(Object *self, Object *key, Object *value) {
    char *plain = value ? plain_item(self, key) : NULL;
    if (LIKELY(plain && store_plain(array(self)->kind, plain, value))) {
        return 0;
    }
    if (!number_check_index(key)) {
        if (key->type == &slice_type) {
            return array_set_slice(self, key, value);
        }
        raise_error(&exc_TypeError, "array indices must be integers");
        return -1;
    }
    ssize_t i;
    uint64_t item = 0;
    if (!to_index(self, key, &i) ||
        (value && (size_t)i < (size_t)size_of(self) && encode(array(self)->kind, value, &item) < 0)) {
        return -1;
    }
    Array *a = array(self);
    if (!value) {
        let_go_of_views(a);
    }
    object_lock(&a->lock);
    bool ok = (size_t)i < (size_t)a->var.size;
    int result = 0;
    if (ok && value) {
        memcpy(a->data + i * a->kind->size, &item, (size_t)a->kind->size);
    } else if (ok) {
        result = splice_locked(a, i, i + 1, 0);
    }
    object_unlock(&a->lock);
    if (!ok) {
        raise_error(&exc_IndexError, "array assignment index out of range");
        return -1;
    }
    return result;
}

// The first index in [start, stop) of an equal item; -1 absent, -2 exception.
static ssize_t search(Object *self, Object *value, ssize_t start, ssize_t stop) {
    Object *item;
    for (ssize_t i = start; i < stop && (item = get(self, i)); i++) {
        int same = object_compare_bool(item, value, CMP_EQ);
        if (same) {
            return same < 0 ? -2 : i;
        }
    }
    return error_occurred() ? -2 : -1;
}

static int array_contains(Object *self, Object *value) {
    ssize_t i = search(self, value, 0, SSIZE_LIMIT);
    return i == -2 ? -1 : i >= 0;
}

static Object *array_concat(Object *self, Object *other) {
    if (!array_check(other)) {
        return raise_error(&exc_TypeError, "can only append array (not \"%T\") to array", other);
    }
    if (array(self)->kind != array(other)->kind) {
        return raise_error(&exc_TypeError, "bad argument type for built-in operation");
    }
    if (!runtime_multithreaded) { // else others could change both meanwhile
        Array *a = array(self), *b = array(other), *both = (Array *)array_make(&array_type, a->kind, NULL, 0);
        ssize_t m = a->var.size, n = b->var.size, width = a->kind->size;
        if (!both || (m + n && reserve(both, m + n) < 0)) {
            return NULL;
        }
        if (m) {
            memcpy(both->data, a->data, (size_t)(m * width));
        }
        if (n) {
            memcpy(both->data + m * width, b->data, (size_t)(n * width));
        }
        both->var.size = m + n;
        return (Object *)both;
    }
    Object *copy = copy_of(self);
    return copy && extend(copy, other) == 0 ? copy : NULL;
}
static Object *array_inplace_concat(Object *self, Object *other) {
    if (!array_check(other)) {
        return raise_error(&exc_TypeError, "can only extend array with array (not \"%T\")", other);
    }
    return extend(self, other) < 0 ? NULL : self;
}
// Copies `length` bytes again and again until there are `total`.
static void fill_repeatedly(char *to, const char *from, ssize_t length, ssize_t total) {
    memcpy(to, from, (size_t)length);
    for (ssize_t done = length; done < total; done *= 2) {
        memcpy(to + done, to, (size_t)(done < total - done ? done : total - done));
    }
}

static Object *array_inplace_repeat(Object *self, ssize_t count) {
    Object *copy = copy_of(self);
    if (!copy) {
        return NULL;
    }
    ssize_t n = size_of(copy);
    if (count <= 0 || n == 0) {
        return put_items(self, 0, SSIZE_LIMIT, NULL, 0) < 0 ? NULL : self;
    }
    if (count > (SSIZE_LIMIT >> 4) / n) {
        return raise_memory_error();
    }
    // Room for all of it is made at once: what is too much says so before memory is full.
    Array *a = array(self);
    ssize_t more = (count - 1) * n;
    let_go_of_views(a);
    object_lock(&a->lock);
    ssize_t size = a->var.size, width = a->kind->size;
    int result = splice_locked(a, size, size, more);
    if (result == 0 && more) {
        fill_repeatedly(a->data + size * width, array(copy)->data, n * width, more * width);
    }
    object_unlock(&a->lock);
    return result < 0 ? NULL : self;
}
static Object *array_repeat(Object *self, ssize_t count) {
    ssize_t n = size_of(self);
    if (!runtime_multithreaded && n && count > 1) {
        if (count > (SSIZE_LIMIT >> 4) / n) {
            return raise_memory_error();
        }
        Array *a = array(self), *all = (Array *)array_make(&array_type, a->kind, NULL, 0);
        if (!all || reserve(all, n * count) < 0) {
            return NULL;
        }
        fill_repeatedly(all->data, a->data, n * a->kind->size, n * count * a->kind->size);
        all->var.size = n * count;
        return (Object *)all;
    }
    Object *copy = copy_of(self);
    return copy ? array_inplace_repeat(copy, count) : NULL;
}

static int array_get_buffer(Object *self, Buffer *view, int flags) {
    if (!view) {
        raise_error(&exc_BufferError, "array_buffer_getbuf: view==NULL argument is obsolete");
        return -1;
    }
    Array *a = array(self);
    object_lock(&a->lock);
    static char nothing[8];
    exports_add(&a->exports);
    view->data = a->data ? a->data : nothing;
    view->object = self;
    view->length = a->var.size * a->kind->size;
    view->readonly = 0;
    view->dimensions = 1;
    view->item_size = a->kind->size;
    view->suboffsets = NULL;
    view->shape = (flags & BUFFER_ND) == BUFFER_ND ? &a->var.size : NULL;
    view->strides = (flags & BUFFER_STRIDES) == BUFFER_STRIDES ? &view->item_size : NULL;
    view->format = flags & BUFFER_FORMAT ? (char *)(uintptr_t)a->kind->format : NULL;
    view->internal = NULL;
    object_unlock(&a->lock);
    return 0;
}
static void array_release_buffer(Object *self, Buffer *view) {
    exports_drop(&array(self)->exports);
}

// ---- methods

static Object *array_append_method(Object *self, Object *value) {
    return append(self, value) < 0 ? NULL : NONE;
}
static Object *array_buffer_info_method(Object *self) {
    return tuple_pack(2, int_from_u64((uintptr_t)array(self)->data), int_from_ssize(size_of(self)));
}
static Object *array_byteswap_method(Object *self) {
    Array *a = array(self);
    ssize_t width = a->kind->size;
    object_lock(&a->lock);
    for (ssize_t i = 0; i < a->var.size; i++) {
        char *p = a->data + i * width;
        for (ssize_t l = 0, r = width - 1; l < r; l++, r--) {
            char t = p[l];
            p[l] = p[r];
            p[r] = t;
        }
    }
    object_unlock(&a->lock);
    return NONE;
}
static Object *array_copy_method(Object *self) {
    return copy_of(self);
}
static Object *array_deepcopy_method(Object *self, Object *memo) {
    return copy_of(self);
}
static Object *array_count_method(Object *self, Object *value) {
    ssize_t count = 0;
    for (ssize_t i = 0; (i = search(self, value, i, SSIZE_LIMIT)) >= 0; i++) {
        count++;
    }
    return error_occurred() ? NULL : int_from_ssize(count);
}
static Object *array_extend_method(Object *self, Object *other) {
    return extend(self, other) < 0 ? NULL : NONE;
}
static Object *array_fromfile_method(Object *self, Object *file, Object *count_arg) {
    ssize_t count = int_to_ssize(count_arg), width = array(self)->kind->size;
    if (count == -1 && error_occurred()) {
        return NULL;
    }
    if (count < 0) {
        return raise_error(&exc_ValueError, "negative count");
    }
    if (count > SSIZE_LIMIT / width) {
        return raise_memory_error();
    }
    Object *data = call_method1(file, names.read, int_from_ssize(count * width));
    if (!data) {
        return NULL;
    }
    if (!bytes_check(data)) {
        return raise_error(&exc_TypeError, "read() didn't return bytes");
    }
    bool enough = bytes_length(data) == count * width;
    if (from_bytes(self, data) < 0) {
        return NULL;
    }
    return enough ? NONE : raise_error(&exc_EOFError, "read() didn't return enough bytes");
}
static Object *array_fromlist_method(Object *self, Object *list) {
    if (!list_check(list)) {
        return raise_error(&exc_TypeError, "arg must be list");
    }
    // All or nothing.
    Object *fresh = array_make(&array_type, array(self)->kind, NULL, 0);
    ssize_t n = list_size(list);
    for (ssize_t i = 0; fresh && i < n; i++) {
        Object *item = list_read(list, i);
        if (!item) {
            return raise_error(&exc_RuntimeError, "list changed size during iteration");
        }
        if (append(fresh, item) < 0) {
            return NULL;
        }
    }
    return fresh && extend(self, fresh) == 0 ? NONE : NULL;
}
static Object *array_frombytes_method(Object *self, Object *buffer) {
    return from_bytes(self, buffer) < 0 ? NULL : NONE;
}
static Object *array_fromunicode_method(Object *self, Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "fromunicode() argument must be str, not %K", text);
    }
    if (array(self)->kind->code != 'u') {
        return raise_error(&exc_ValueError, "fromunicode() may only be called on unicode type arrays");
    }
    return from_unicode(self, text) < 0 ? NULL : NONE;
}
static Object *array_index_method(Object *self, Object *value, Object *start_arg, Object *stop_arg) {
    ssize_t start = 0, stop = SSIZE_LIMIT, n = size_of(self);
    if (slice_bound(start_arg, false, &start) < 0 || slice_bound(stop_arg, false, &stop) < 0) {
        return NULL;
    }
    start = start < 0 ? (start + n < 0 ? 0 : start + n) : start;
    stop = stop < 0 ? stop + n : stop;
    ssize_t i = search(self, value, start, stop);
    return i == -2  ? NULL
           : i >= 0 ? int_from_ssize(i)
                    : raise_error(&exc_ValueError, "array.index(x): x not in array");
}
static Object *array_insert_method(Object *self, Object *index, Object *value) {
    ssize_t i = number_to_ssize(index), n = size_of(self);
    uint64_t item = 0;
    if ((i == -1 && error_occurred()) || encode(array(self)->kind, value, &item) < 0) {
        return NULL;
    }
    i = i < 0 ? (i + n < 0 ? 0 : i + n) : i;
    return put_items(self, i, i, &item, 1) < 0 ? NULL : NONE;
}
static Object *array_pop_method(Object *self, Object *index) {
    ssize_t i = -1;
    if (index && (i = number_to_ssize(index)) == -1 && error_occurred()) {
        return NULL;
    }
    Array *a = array(self);
    uint64_t item = 0;
    let_go_of_views(a);
    object_lock(&a->lock);
    ssize_t n = a->var.size;
    i = i < 0 ? i + n : i;
    bool ok = (size_t)i < (size_t)n;
    int result = -1;
    if (ok) {
        memcpy(&item, a->data + i * a->kind->size, (size_t)a->kind->size);
        result = splice_locked(a, i, i + 1, 0);
    }
    object_unlock(&a->lock);
    if (!ok) {
        return raise_error(&exc_IndexError, n ? "pop index out of range" : "pop from empty array");
    }
    return result < 0 ? NULL : decode(a->kind, &item);
}
static Object *array_remove_method(Object *self, Object *value) {
    ssize_t i = search(self, value, 0, SSIZE_LIMIT);
    if (i == -2) {
        return NULL;
    }
    if (i < 0) {
        return raise_error(&exc_ValueError, "array.remove(x): x not in array");
    }
    return put_items(self, i, i + 1, NULL, 0) < 0 ? NULL : NONE;
}
static Object *array_reverse_method(Object *self) {
    Array *a = array(self);
    size_t width = (size_t)a->kind->size;
    object_lock(&a->lock);
    for (ssize_t l = 0, r = a->var.size - 1; l < r; l++, r--) {
        char t[8], *x = a->data + l * (ssize_t)width, *y = a->data + r * (ssize_t)width;
        memcpy(t, x, width);
        memcpy(x, y, width);
        memcpy(y, t, width);
    }
    object_unlock(&a->lock);
    return NONE;
}
static Object *array_tobytes_method(Object *self) {
    ssize_t count;
    const void *data = contents(self, &count);
    return bytes_from(data ? data : "", count * array(self)->kind->size);
}
static Object *array_tofile_method(Object *self, Object *file) {
    Object *data = array_tobytes_method(self);
    for (ssize_t i = 0; data && i < bytes_length(data); i += 65536) {
        ssize_t left = bytes_length(data) - i;
        Object *piece = bytes_from(bytes_data(data) + i, left < 65536 ? left : 65536);
        if (!piece || !call_method1(file, names.write, piece)) {
            return NULL;
        }
    }
    return data ? NONE : NULL;
}
static Object *array_tolist_method(Object *self) {
    return to_list(self);
}
static Object *array_tounicode_method(Object *self) {
    if (array(self)->kind->code != 'u') {
        return raise_error(&exc_ValueError, "tounicode() may only be called on unicode type arrays");
    }
    return to_unicode(self);
}
static Object *array_sizeof_method(Object *self) {
    return int_from_ssize(type_reported_size(self->type) + array(self)->allocated * array(self)->kind->size);
}
static Object *array_reduce_ex_method(Object *self, Object *protocol_arg) {
    if (!int_check(protocol_arg)) {
        return raise_error(&exc_TypeError, "__reduce_ex__ argument should be an integer");
    }
    int64_t protocol = int_to_i64(protocol_arg);
    if (protocol == -1 && error_occurred()) {
        return NULL;
    }
    const Kind *kind = array(self)->kind;
    Object *dict, *code = str_from_char((uint8_t)kind->code);
    int found = object_getattr_optional(self, names.__dict__, &dict);
    if (found < 0 || !code) {
        return NULL;
    }
    dict = found ? dict : NONE;
    Object *arguments;
    if (protocol < 3) {
        Object *list = kind->code == 'u' ? to_unicode(self) : to_list(self);
        arguments = list ? tuple_pack(2, code, list) : NULL;
        return arguments ? tuple_pack(3, self->type, arguments, dict) : NULL;
    }
    Object *bytes = array_tobytes_method(self);
    arguments = bytes ? tuple_pack(4, self->type, code, int_from_i64(kind->machine), bytes) : NULL;
    return arguments ? tuple_pack(3, reconstructor, arguments, dict) : NULL;
}
static Object *array_typecode(Object *self, void *closure) {
    return str_from_char((uint8_t)array(self)->kind->code);
}
static Object *array_itemsize(Object *self, void *closure) {
    return int_from_i64(array(self)->kind->size);
}

// ---- the iterator: SeqIterator's layout

static Object *array_iter(Object *self) {
    SeqIterator *it = (SeqIterator *)object_alloc(&array_iterator_type);
    if (it) {
        gc_init(&it->sequence, self);
    }
    return (Object *)it;
}
static Object *iterator_self(Object *self) {
    return self;
}
static Object *array_iterator_next(Object *self) {
    SeqIterator *it = (SeqIterator *)self;
    Object *sequence = field_read(&it->sequence);
    if (!sequence) {
        return NULL;
    }
    Object *item = get(sequence, cursor_take(&it->index));
    if (!item && !error_occurred()) {
        gc_store(it, &it->sequence, NULL);
    }
    return item;
}
static ssize_t array_iterator_take_many(Object *self, Object **items, ssize_t most) {
    SeqIterator *it = (SeqIterator *)self;
    const Array *a = it->sequence ? array(it->sequence) : NULL;
    ssize_t count = 0;
    if (a && a->kind->code == 'd') {
        for (; count < most && it->index < a->var.size; count++, it->index++) {
            if (!(items[count] = float_from_double(((const double *)a->data)[it->index]))) {
                return -1;
            }
        }
    } else if (a && a->kind->code != 'u') { // a character may be none
        for (; count < most && it->index < a->var.size; count++, it->index++) {
            if (!(items[count] = decode(a->kind, a->data + it->index * a->kind->size))) {
                return -1;
            }
        }
    }
    return count;
}
static Object *array_iterator_setstate_method(Object *self, Object *state) {
    return seq_iterator_move(self, state, &array_type);
}

static BuiltinDef array_iterator_methods[] = {
    BUILTIN("__reduce__", seq_iterator_reduced, "($self, /)", 0, NULL),
    BUILTIN("__setstate__", array_iterator_setstate_method, "($self, state, /)", 0, NULL),
    BUILTIN_END,
};
static const TypeSpec array_iterator_spec = {
    .name = "array.arrayiterator",
    .basic_size = 40,
    .flags = TF_GC,
    .methods = array_iterator_methods,
    .trace = seq_iterator_trace,
    .take_many = array_iterator_take_many,
    .rewinds = true,
    .slots = { .iter = iterator_self, .next = array_iterator_next },
};

static GetSetDef array_getsets[] = {
    { "typecode", array_typecode, NULL, NULL, NULL },
    { "itemsize", array_itemsize, NULL, NULL, NULL },
    { NULL },
};
static BuiltinDef array_methods[] = {
    BUILTIN("append", array_append_method, "($self, v, /)", 0, NULL),
    BUILTIN("buffer_info", array_buffer_info_method, "($self, /)", 0, NULL),
    BUILTIN("byteswap", array_byteswap_method, "($self, /)", 0, NULL),
    BUILTIN("__copy__", array_copy_method, "($self, /)", 0, NULL),
    BUILTIN("count", array_count_method, "($self, v, /)", 0, NULL),
    BUILTIN("__deepcopy__", array_deepcopy_method, "($self, unused, /)", 0, NULL),
    BUILTIN("extend", array_extend_method, "+($self, bb, /)", 0, NULL),
    BUILTIN("fromfile", array_fromfile_method, "+($self, f, n, /)", 0, NULL),
    BUILTIN("fromlist", array_fromlist_method, "($self, list, /)", 0, NULL),
    BUILTIN("frombytes", array_frombytes_method, "($self, buffer, /)", 0, NULL),
    BUILTIN("fromunicode", array_fromunicode_method, "($self, ustr, /)", 0, NULL),
    BUILTIN("index", array_index_method, "($self, v, start=0, stop=sys.maxsize, /)", 0, NULL),
    BUILTIN("insert", array_insert_method, "($self, i, v, /)", 0, NULL),
    BUILTIN("pop", array_pop_method, "($self, i=-1, /)", 0, NULL),
    BUILTIN("__reduce_ex__", array_reduce_ex_method, "+($self, value, /)", 0, NULL),
    BUILTIN("remove", array_remove_method, "($self, v, /)", 0, NULL),
    BUILTIN("reverse", array_reverse_method, "($self, /)", 0, NULL),
    BUILTIN("tofile", array_tofile_method, "+($self, f, /)", 0, NULL),
    BUILTIN("tolist", array_tolist_method, "($self, /)", 0, NULL),
    BUILTIN("tobytes", array_tobytes_method, "($self, /)", 0, NULL),
    BUILTIN("tounicode", array_tounicode_method, "($self, /)", 0, NULL),
    BUILTIN("__sizeof__", array_sizeof_method, "($self, /)", 0, NULL),
    BUILTIN_END,
};
static const TypeSpec array_spec = {
    .name = "array.array",
    .basic_size = 64,
    .instance_size = sizeof(Array),
    .weaklist_offset = offsetof(Array, weaklist),
    .lock_offset = offsetof(Array, lock),
    .is_sequence = true,
    .flags = TF_GC | TF_BASE | TF_SEQUENCE,
    .methods = array_methods,
    .getsets = array_getsets,
    .trace = array_trace,
    .slots = { .new = array_new,
               .repr = array_repr,
               .compare = array_compare,
               .iter = array_iter,
               .length = array_length,
               .getitem = array_getitem,
               .setitem = array_setitem,
               .contains = array_contains,
               .concat = array_concat,
               .inplace_concat = array_inplace_concat,
               .repeat = array_repeat,
               .inplace_repeat = array_inplace_repeat,
               .get_buffer = array_get_buffer,
               .release_buffer = array_release_buffer,
               .getattr = object_generic_getattr },
};

// ---- unpickling: the machine formats of _array_reconstructor

typedef struct Format {
    int size;
    char kind; // i signed, u unsigned, f float, t text
    bool big;
} Format;
static const Format formats[] = {
    { 1, 'u', 0 }, { 1, 'i', 0 }, { 2, 'u', 0 }, { 2, 'u', 1 }, { 2, 'i', 0 }, { 2, 'i', 1 },
    { 4, 'u', 0 }, { 4, 'u', 1 }, { 4, 'i', 0 }, { 4, 'i', 1 }, { 8, 'u', 0 }, { 8, 'u', 1 },
    { 8, 'i', 0 }, { 8, 'i', 1 }, { 4, 'f', 0 }, { 4, 'f', 1 }, { 8, 'f', 0 }, { 8, 'f', 1 },
    { 2, 't', 0 }, { 2, 't', 1 }, { 4, 't', 0 }, { 4, 't', 1 },
};

static Object *array_array_reconstructor_function(Object *module, Object *type, Object *code_arg,
                                                  Object *format_arg, Object *items) {
    if (!type_check(type)) {
        return raise_error(&exc_TypeError, "first argument must be a type object, not %T", type);
    }
    if (!type_is_subtype((Type *)type, &array_type)) {
        return raise_error(&exc_TypeError, "%N is not a subtype of array.array", (Type *)type);
    }
    if (!str_check(code_arg) || str_length(code_arg) != 1) {
        return raise_error(&exc_TypeError,
                           "_array_reconstructor() argument 2 must be a unicode character, not %K", code_arg);
    }
    int number = int_to_c_int(format_arg);
    if (number == -1 && error_occurred()) {
        return NULL;
    }
    const Kind *kind = kind_find(str_read(code_arg, 0));
    if (!kind) {
        return raise_error(&exc_ValueError, "second argument must be a valid type code");
    }
    if (number < 0 || number >= (int)COUNT_OF(formats)) {
        return raise_error(&exc_ValueError, "third argument must be a valid machine format code.");
    }
    if (!bytes_check(items)) {
        return raise_error(&exc_TypeError, "fourth argument should be bytes, not %T", items);
    }
    Object *self = array_make((Type *)type, kind, NULL, 0);
    if (!self) {
        return NULL;
    }
    const Format *format = &formats[number];
    ssize_t length = bytes_length(items);
    if (length % format->size) {
        return raise_error(&exc_ValueError, "string length not a multiple of item size");
    }
    bool same = number == kind->machine;
    if (same) {
        return from_bytes(self, items) < 0 ? NULL : self;
    }
    if (format->kind == 't') {
        Object *text = str_decode(bytes_data(items), length,
                                  format->size == 2 ? (format->big ? "utf-16-be" : "utf-16-le")
                                                    : (format->big ? "utf-32-be" : "utf-32-le"),
                                  "strict");
        if (!text) {
            return NULL;
        }
        return (kind->code == 'u' ? from_unicode(self, text) : extend(self, text)) < 0 ? NULL : self;
    }
    for (ssize_t i = 0; i < length; i += format->size) {
        uint8_t raw[8];
        for (int k = 0; k < format->size; k++) {
            raw[format->big ? format->size - 1 - k : k] = (uint8_t)bytes_data(items)[i + k];
        }
        Object *value;
        if (format->kind == 'f') {
            float f;
            double d;
            memcpy(&f, raw, 4);
            memcpy(&d, raw, 8);
            value = float_from_double(format->size == 4 ? (double)f : d);
        } else {
            value = int_from_bytes(raw, (size_t)format->size, true, format->kind == 'i');
        }
        if (!value || append(self, value) < 0) {
            return NULL;
        }
    }
    return self;
}

static BuiltinDef functions[] = {
    BUILTIN("_array_reconstructor", array_array_reconstructor_function,
            "($module, arraytype, typecode, mformat_code, items, /)", 0, NULL),
    BUILTIN_END,
};

static int exec(Object *module) {
    heap_add_root(&reconstructor, 1);
    if (module_add_type(module, &array_type, &array_spec) < 0 ||
        type_ready(&array_iterator_type, &array_iterator_spec) < 0 ||
        module_add(module, "ArrayType", (Object *)&array_type) < 0 ||
        module_add_string(module, "typecodes", "bBuhHiIlLqQfd") < 0) {
        return -1;
    }
    reconstructor = dict_get_cstring(module_dict(module), "_array_reconstructor");
    Object *abc = import_get_attr("collections.abc", "MutableSequence");
    Object *enroll = abc ? object_getattr_cstring(abc, "register") : NULL;
    return reconstructor && enroll && call1(enroll, (Object *)&array_type) ? 0 : -1;
}

const ModuleSpec module_array = { "array", NULL, functions, exec };
