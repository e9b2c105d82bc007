// Pickler: objects to pickles.
//
// What is written collects in one growing buffer; frames (protocol 4) reserve their header there and fill
// it in when they are closed. The order of the cases in save() is part of the format: it decides which
// objects get memo numbers, and so every byte of the output.
#include <math.h>

#include "modules/pickle/pickle.h"
#include "objects/containers.h"
#include "objects/float.h"
#include "objects/function.h"
#include "objects/set.h"
#include "objects/str_private.h"
#include "base/utf8.h"

enum { FRAME_HEADER = 9, FRAME_LEAST = 4, FRAME_TARGET = 64 * 1024, BATCH = 1000, FAST_NESTING = 50 };

Type pickle_memo_table_type;

static int save(Pickler *p, Object *o, bool persistent);
static int save_reduce(Pickler *p, Object *reduced, Object *o);

bool buffer_is_contiguous(const Buffer *view, char order);

static int fail(const char *format, Object *a) {
    raise_error((Type *)pickle_state.pickling_error, format, a);
    return -1;
}

// ---- the memo

static void memo_trace(Object *self, Tracer *tracer) {
    Memo *memo = (Memo *)self;
    trace_cell(tracer, memo->index);
    for (size_t i = 0; i < memo->used; i++) {
        trace_cell(tracer, memo->entries[i].key);
    }
}

const TypeSpec pickle_memo_table_spec = {
    .name = "pickle_memo",
    .is_internal = true,
    .basic_size = sizeof(Memo),
    .trace = memo_trace,
};

static inline size_t memo_slot(const Memo *memo, const Object *key) {
    size_t slot = (size_t)(((uintptr_t)key >> 4) * 0x9e3779b97f4a7c15 >> 24);
    for (;; slot++) {
        uint32_t at = memo->index[slot & memo->mask];
        if (!at || memo->entries[at - 1].key == key) {
            return slot & memo->mask;
        }
    }
}

// The number of `key`, -1 when it has none.
static inline ssize_t memo_find(const Memo *memo, const Object *key) {
    if (!memo) {
        return -1;
    }
    uint32_t at = memo->index[memo_slot(memo, key)];
    return at ? (ssize_t)memo->entries[at - 1].number : -1;
}

static Memo *memo_new(size_t room) {
    size_t slots = room * 2;
    Memo *memo = heap_alloc_cell(&pickle_memo_table_type, sizeof(Memo) + room * sizeof(memo->entries[0]));
    uint32_t *index = memo ? heap_alloc(slots * sizeof(uint32_t), CELL_BYTES) : NULL;
    if (!index) {
        return NULL;
    }
    memset(index, 0, slots * sizeof(uint32_t));
    memo->mask = slots - 1;
    memo->room = room;
    gc_store(memo, &memo->index, index);
    return memo;
}

Memo *pickle_own_memo(OwnMemo *own) {
    Memo *memo = (Memo *)own->memo;
    memset(own->index, 0, sizeof own->index);
    *memo = (Memo){ .base.type = &pickle_memo_table_type,
                    .mask = COUNT_OF(own->index) - 1,
                    .room = OWN_MEMO_ROOM,
                    .index = own->index };
    return memo;
}

static NOINLINE Memo *memo_grow(Memo *memo) {
    if (memo && memo->room >= (size_t)1 << 30) {
        return (Memo *)raise_memory_error();
    }
    Memo *larger = memo_new(!memo ? 8 : memo->room * (memo->room >= 16 && memo->room < 50000 ? 4 : 2));
    if (!larger || !memo) {
        return larger;
    }
    for (size_t i = 0; i < memo->used; i++) {
        larger->entries[i].key = memo->entries[i].key;
        larger->entries[i].number = memo->entries[i].number;
        larger->index[memo_slot(larger, memo->entries[i].key)] = (uint32_t)i + 1;
    }
    larger->used = memo->used;
    gc_dirty(larger);
    return larger;
}

int pickle_memo_add(void *owner, Memo **slot, Object *key, size_t number) {
    Memo *memo = *slot;
    if (UNLIKELY(!memo || memo->used == memo->room)) {
        if (!(memo = memo_grow(memo))) {
            return -1;
        }
        gc_store(owner, slot, memo);
    }
    size_t place = memo_slot(memo, key);
    uint32_t at = memo->index[place];
    if (UNLIKELY(at)) {
        memo->entries[at - 1].number = number;
        return 0;
    }
    gc_store(memo, &memo->entries[memo->used].key, key);
    memo->entries[memo->used].number = number;
    memo->index[place] = (uint32_t)++memo->used;
    return 0;
}

// ---- output

static NOINLINE int output_grow(Pickler *p, size_t more) {
    if (more > (size_t)SSIZE_LIMIT / 4 - (size_t)p->length) {
        raise_memory_error();
        return -1;
    }
    ssize_t need = p->length + (ssize_t)more, room = p->room + p->room / 2;
    room = need > room ? need : room;
    char *larger = realloc(p->output, (size_t)room);
    if (!larger) {
        raise_memory_error();
        return -1;
    }
    p->output = larger;
    p->room = room;
    return 0;
}

// Where the next `size` bytes go: opens a frame if there is none. They count as written.
static inline uint8_t *put_room(Pickler *p, size_t size) {
    size_t header = UNLIKELY(p->framing && p->frame < 0) ? FRAME_HEADER : 0;
    if (UNLIKELY((size_t)(p->room - p->length) < size + header) && output_grow(p, size + header) < 0) {
        return NULL;
    }
    if (header) {
        p->frame = p->length;
        p->length += FRAME_HEADER;
    }
    uint8_t *to = (uint8_t *)p->output + p->length;
    p->length += (ssize_t)size;
    return to;
}

static inline int put(Pickler *p, const void *data, size_t size) {
    uint8_t *to = put_room(p, size);
    if (!to) {
        return -1;
    }
    memcpy(to, data, size);
    return 0;
}
static inline int put_op(Pickler *p, int op) {
    uint8_t *to = put_room(p, 1);
    if (!to) {
        return -1;
    }
    *to = (uint8_t)op;
    return 0;
}
// An opcode and a little-endian number of `size` bytes.
static inline int put_op_number(Pickler *p, int op, uint64_t number, size_t size) {
    uint8_t *to = put_room(p, size + 1);
    if (!to) {
        return -1;
    }
    *to++ = (uint8_t)op;
    for (size_t i = 0; i < size; i++) {
        *to++ = (uint8_t)(number >> 8 * i);
    }
    return 0;
}

// Closes the frame; a tiny one is written without a header.
static void close_frame(Pickler *p) {
    if (!p->framing || p->frame < 0) {
        return;
    }
    ssize_t length = p->length - p->frame - FRAME_HEADER;
    uint8_t *start = (uint8_t *)p->output + p->frame;
    if (length >= FRAME_LEAST) {
        *start = OP_FRAME;
        for (int i = 0; i < 8; i++) {
            start[1 + i] = (uint8_t)((uint64_t)length >> 8 * i);
        }
    } else {
        memmove(start, start + FRAME_HEADER, (size_t)length);
        p->length -= FRAME_HEADER;
    }
    p->frame = -1;
}

enum { OUTPUT_LEAST = 2000 };

static int output_start(Pickler *p) {
    p->length = 0;
    p->frame = -1;
    p->room = OUTPUT_LEAST;
    p->output = malloc(OUTPUT_LEAST);
    if (!p->output) {
        raise_memory_error();
        return -1;
    }
    return 0;
}
void pickle_output_end(Pickler *p) {
    free(p->output);
    p->output = NULL;
    p->room = p->length = 0;
    p->dumped = true;
}

int pickle_flush(Pickler *p) {
    Object *bytes = bytes_from(p->output, p->length);
    p->length = 0;
    return bytes && call1(p->write, bytes) ? 0 : -1;
}

static inline int object_boundary(Pickler *p) {
    if (p->framing && p->frame >= 0 && p->length - p->frame - FRAME_HEADER >= FRAME_TARGET) {
        close_frame(p);
        if (p->write && pickle_flush(p) < 0) {
            return -1;
        }
    }
    return 0;
}

// A header and bulk data; large data stands outside of frames and goes to the file by itself. `payload`:
// an object with the same bytes, or NULL.
static int put_bulk(Pickler *p, const void *header, size_t header_size, const void *data, size_t size,
                    Object *payload) {
    if (LIKELY(size < FRAME_TARGET)) {
        uint8_t *to = put_room(p, header_size + size);
        if (!to) {
            return -1;
        }
        memcpy(to, header, header_size);
        memcpy(to + header_size, data, size);
        return 0;
    }
    bool framing = p->framing;
    close_frame(p);
    p->framing = false;
    if (put(p, header, header_size) < 0) {
        return -1;
    }
    if (p->write) {
        if (pickle_flush(p) < 0 || (!payload && !(payload = bytes_from(data, (ssize_t)size))) ||
            !call1(p->write, payload)) {
            return -1;
        }
    } else if (put(p, data, size) < 0) {
        return -1;
    }
    p->framing = framing;
    return 0;
}

static size_t write_decimal(char *to, char op, int64_t value) {
    return (size_t)sprintf(to, "%c%lld\n", op, (long long)value);
}

static int memo_get(Pickler *p, size_t number) {
    if (!p->binary) {
        char text[32];
        return put(p, text, write_decimal(text, OP_GET, (int64_t)number));
    }
    if (number > 0xffffffff) {
        return fail("memo id too large for LONG_BINGET", NULL);
    }
    return number < 256 ? put_op_number(p, OP_BINGET, number, 1)
                        : put_op_number(p, OP_LONG_BINGET, number, 4);
}

static int memo_put(Pickler *p, Object *o) {
    if (p->fast) {
        return 0;
    }
    const Memo *memo = __atomic_load_n(&p->memo, __ATOMIC_ACQUIRE); // others may clear it
    size_t number = memo ? memo->used : 0;
    if (pickle_memo_add(p, &p->memo, o, number) < 0) {
        return -1;
    }
    if (p->protocol >= 4) {
        return put_op(p, OP_MEMOIZE);
    }
    if (!p->binary) {
        char text[32];
        return put(p, text, write_decimal(text, OP_PUT, (int64_t)number));
    }
    if (number > 0xffffffff) {
        return fail("memo id too large for LONG_BINPUT", NULL);
    }
    return number < 256 ? put_op_number(p, OP_BINPUT, number, 1)
                        : put_op_number(p, OP_LONG_BINPUT, number, 4);
}

// ---- atoms

static int save_int(Pickler *p, Object *o) {
    int overflow = 0;
    int64_t value = int_is_compact(o) ? int_compact_value(o) : int_as_i64(o, &overflow);
    if (!overflow && value >= INT32_MIN && value <= INT32_MAX) {
        if (!p->binary) {
            char text[32];
            return put(p, text, write_decimal(text, OP_INT, value));
        }
        return value >= 0 && value < 0x100     ? put_op_number(p, OP_BININT1, (uint64_t)value, 1)
               : value >= 0 && value < 0x10000 ? put_op_number(p, OP_BININT2, (uint64_t)value, 2)
                                               : put_op_number(p, OP_BININT, (uint64_t)value, 4);
    }
    if (p->protocol >= 2) {
        size_t bits = int_bit_length(o), size = bits / 8 + 1;
        if (size > INT32_MAX) {
            raise_error(&exc_OverflowError, "int too large to pickle");
            return -1;
        }
        uint8_t *bytes = heap_alloc(size, CELL_BYTES);
        if (!bytes || int_to_bytes(o, bytes, size, true, true) < 0) {
            return -1;
        }
        // A negative power of 256 over two needs no byte for the sign.
        if (size > 1 && bytes[size - 1] == 0xff && bytes[size - 2] & 0x80) {
            size--;
        }
        uint8_t header[5] = { size < 256 ? OP_LONG1 : OP_LONG4, (uint8_t)size, (uint8_t)(size >> 8),
                              (uint8_t)(size >> 16), (uint8_t)(size >> 24) };
        return put(p, header, size < 256 ? 2 : 5) < 0 ? -1 : put(p, bytes, size);
    }
    Object *text = int_to_str(o, 10);
    return !text || put_op(p, OP_LONG) < 0 || put(p, str_data(text), (size_t)str_length(text)) < 0
               ? -1
               : put(p, "L\n", 2);
}

static int save_float(Pickler *p, double value) {
    if (p->binary) {
        uint64_t bits;
        memcpy(&bits, &value, sizeof(bits));
        return put_op_number(p, OP_BINFLOAT, __builtin_bswap64(bits), 8);
    }
    char text[40];
    text[0] = OP_FLOAT;
    size_t n = double_write_repr(value, text + 1);
    text[n + 1] = '\n';
    return put(p, text, n + 2);
}

// The header of `size` bytes of data, of those three opcodes (0: none); returns its length, 0 with OverflowError.
static size_t bulk_header(Pickler *p, uint8_t *to, size_t size, int op1, int op4, int op8, const char *what) {
    size_t width = op1 && size < 0x100 ? 1 : op4 && size <= 0xffffffff ? 4 : 8;
    if (width == 8 && p->protocol < 4) {
        raise_error(&exc_OverflowError,
                    "serializing a %s larger than 4 GiB requires pickle protocol 4 or higher", what);
        return 0;
    }
    *to++ = (uint8_t)(width == 1 ? op1 : width == 4 ? op4 : op8);
    for (size_t i = 0; i < width; i++) {
        *to++ = (uint8_t)(size >> 8 * i);
    }
    return width + 1;
}

static int save_bytes_data(Pickler *p, Object *o, const char *data, size_t size, Object *payload) {
    uint8_t header[9];
    size_t n = bulk_header(p, header, size, OP_SHORT_BINBYTES, OP_BINBYTES, OP_BINBYTES8, "bytes object");
    return !n || put_bulk(p, header, n, data, size, payload) < 0 ? -1 : memo_put(p, o);
}

static int save_bytes(Pickler *p, Object *o) {
    if (p->protocol >= 3) {
        return save_bytes_data(p, o, bytes_data(o), (size_t)bytes_length(o), o);
    }
    Object *reduced;
    if (!bytes_length(o)) {
        reduced = tuple_pack(2, &bytes_type, tuple_empty());
    } else {
        Object *text = str_from_latin1((uint8_t *)bytes_data(o), bytes_length(o));
        Object *name = text ? str_intern_cstring("latin1") : NULL,
               *arguments = name ? tuple_pack(2, text, name) : NULL;
        reduced = arguments ? tuple_pack(2, pickle_state.encode, arguments) : NULL;
    }
    return reduced ? save_reduce(p, reduced, o) : -1;
}

static int save_bytearray_data(Pickler *p, Object *o, const char *data, size_t size, Object *payload) {
    uint8_t header[9];
    size_t n = bulk_header(p, header, size, 0, 0, OP_BYTEARRAY8, "bytearray");
    return !n || put_bulk(p, header, n, data, size, payload) < 0 ? -1 : memo_put(p, o);
}

static int save_bytearray(Pickler *p, Object *o) {
    Object *copy = bytes_from_object(o); // nobody changes it meanwhile
    if (!copy) {
        return -1;
    }
    if (p->protocol >= 5) {
        return save_bytearray_data(p, o, bytes_data(copy), (size_t)bytes_length(copy), NULL);
    }
    Object *arguments = bytes_length(copy) ? tuple_pack(1, copy) : tuple_empty();
    Object *reduced = arguments ? tuple_pack(2, &bytearray_type, arguments) : NULL;
    return reduced ? save_reduce(p, reduced, o) : -1;
}

static int save_buffer(Pickler *p, Object *o) {
    if (p->protocol < 5) {
        return fail("PickleBuffer can only pickled with protocol >= 5", NULL);
    }
    const Buffer *view = pickle_buffer_view(o);
    if (!view) {
        return -1;
    }
    if (view->suboffsets || !buffer_is_contiguous(view, 'A')) {
        return fail("PickleBuffer can not be pickled when pointing to a non-contiguous buffer", NULL);
    }
    int in_band = 1;
    if (p->buffer_callback) {
        Object *result = call1(p->buffer_callback, o);
        in_band = result ? object_is_true(result) : -1;
        if (in_band < 0) {
            return -1;
        }
        if (!(view = pickle_buffer_view(o))) {
            return -1;
        }
    }
    if (!in_band) {
        return put_op(p, OP_NEXT_BUFFER) < 0 ? -1 : view->readonly ? put_op(p, OP_READONLY_BUFFER) : 0;
    }
    size_t size = (size_t)view->length;
    if (view->readonly) {
        return save_bytes_data(p, o, view->data, size, NULL);
    }
    return save_bytearray_data(p, o, view->data, size, NULL);
}

// raw-unicode-escape, with what would end the line or start an escape escaped as well.
static int put_raw_text(Pickler *p, Object *o) {
    ssize_t length = str_length(o);
    int kind = str_kind(o);
    if (put_op(p, OP_UNICODE) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < length; i++) {
        uint32_t c = text_read(kind, str_data(o), i);
        char text[12];
        size_t n = 1;
        if (c >= 0x10000) {
            n = (size_t)sprintf(text, "\\U%08x", c);
        } else if (c >= 0x100 || c == '\\' || c == 0 || c == '\n' || c == '\r' || c == 0x1a) {
            n = (size_t)sprintf(text, "\\u%04x", c);
        } else {
            text[0] = (char)c;
        }
        if (put(p, text, n) < 0) {
            return -1;
        }
    }
    return put_op(p, '\n');
}

static int save_str(Pickler *p, Object *o) {
    if (!p->binary) {
        return put_raw_text(p, o) < 0 ? -1 : memo_put(p, o);
    }
    uint8_t header[9];
    size_t length = (size_t)str_length(o), size = length;
    bool ascii = str_is_ascii(o);
    int kind = str_kind(o);
    const void *text = str_data(o);
    if (!ascii) {
        bool surrogates; // they pass
        size = utf8_measure_encoded(kind, text, length, &surrogates);
    }
    size_t n = bulk_header(p, header, size, p->protocol >= 4 ? OP_SHORT_BINUNICODE : 0, OP_BINUNICODE,
                           OP_BINUNICODE8, "string");
    if (!n) {
        return -1;
    }
    if (ascii) {
        return put_bulk(p, header, n, text, size, NULL) < 0 ? -1 : memo_put(p, o);
    }
    char *utf8 = size < FRAME_TARGET ? NULL : heap_alloc(size, CELL_BYTES);
    char *to = utf8;
    if (size < FRAME_TARGET) {
        to = (char *)put_room(p, n + size);
        if (to) {
            memcpy(to, header, n);
            to += n;
        }
    }
    if (!to) {
        return -1;
    }
    utf8_encode(kind, text, length, to, size);
    return utf8 && put_bulk(p, header, n, utf8, size, NULL) < 0 ? -1 : memo_put(p, o);
}

// ---- containers

// In `fast` mode nothing is remembered: deep nesting may be a cycle.
static int fast_enter(Pickler *p, Object *o) {
    if (!p->fast || ++p->nesting < FAST_NESTING) {
        return 0;
    }
    if (!p->fast_memo) {
        Object *memo = dict_new();
        if (!memo) {
            return -1;
        }
        gc_store(p, &p->fast_memo, memo);
    }
    Object *key = int_from_u64((uint64_t)(uintptr_t)o);
    int known = key ? dict_contains(p->fast_memo, key) : -1;
    if (known > 0) {
        raise_error(&exc_ValueError,
                    "fast mode: can't pickle cyclic objects including object type %.200s at %p",
                    o->type->name, o);
    }
    return known || dict_set(p->fast_memo, key, NONE) < 0 ? -1 : 0;
}
static int fast_leave(Pickler *p, Object *o) {
    if (!p->fast || p->nesting-- < FAST_NESTING) {
        return 0;
    }
    Object *key = int_from_u64((uint64_t)(uintptr_t)o);
    return key && dict_delete(p->fast_memo, key) == 0 ? 0 : -1;
}

static int save_tuple(Pickler *p, Object *o) {
    ssize_t size = tuple_size(o);
    if (!size) {
        return p->protocol ? put_op(p, OP_EMPTY_TUPLE) : put(p, (uint8_t[]){ OP_MARK, OP_TUPLE }, 2);
    }
    bool small = size <= 3 && p->protocol >= 2;
    if (!small && put_op(p, OP_MARK) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < size; i++) {
        if (save(p, tuple_get(o, i), false) < 0) {
            return -1;
        }
    }
    // If saving the items has saved the tuple itself, that one is taken.
    ssize_t number = memo_find(p->memo, o);
    if (number >= 0) {
        if (!small && p->binary) {
            return put_op(p, OP_POP_MARK) < 0 ? -1 : memo_get(p, (size_t)number);
        }
        for (ssize_t i = small ? 0 : -1; i < size; i++) {
            if (put_op(p, OP_POP) < 0) {
                return -1;
            }
        }
        return memo_get(p, (size_t)number);
    }
    return put_op(p, small ? OP_TUPLE1 + (int)size - 1 : OP_TUPLE) < 0 ? -1 : memo_put(p, o);
}

// Items of an iterator, appended in batches.
static int batch_items(Pickler *p, Object *iterator) {
    if (!p->protocol) {
        Object *item;
        while ((item = iter_next(iterator))) {
            if (save(p, item, false) < 0 || put_op(p, OP_APPEND) < 0) {
                return -1;
            }
        }
        return error_occurred() ? -1 : 0;
    }
    int count;
    do {
        Object *first = iter_next(iterator), *item = first ? iter_next(iterator) : NULL;
        if (!item) {
            return error_occurred() ? -1 : !first ? 0 : save(p, first, false) < 0 ? -1 : put_op(p, OP_APPEND);
        }
        if (put_op(p, OP_MARK) < 0 || save(p, first, false) < 0) {
            return -1;
        }
        count = 1;
        while (item) {
            if (save(p, item, false) < 0) {
                return -1;
            }
            if (++count == BATCH) {
                break;
            }
            item = iter_next(iterator);
        }
        if (error_occurred() || put_op(p, OP_APPENDS) < 0) {
            return -1;
        }
    } while (count == BATCH);
    return 0;
}

static int batch_list(Pickler *p, Object *list) {
    if (list_size(list) == 1) {
        Object *item = list_read(list, 0);
        return !item ? 0 : save(p, item, false) < 0 ? -1 : put_op(p, OP_APPEND);
    }
    ssize_t total = 0;
    do {
        if (put_op(p, OP_MARK) < 0) {
            return -1;
        }
        Object *item;
        for (int i = 0; i < BATCH && (item = list_read(list, total)); i++, total++) {
            if (save(p, item, false) < 0) {
                return -1;
            }
        }
        // Ints and texts let no signal in.
        if (put_op(p, OP_APPENDS) < 0 || safepoint() < 0) {
            return -1;
        }
    } while (total < list_size(list));
    return 0;
}

static int save_list(Pickler *p, Object *o) {
    if (fast_enter(p, o) < 0 ||
        (p->binary ? put_op(p, OP_EMPTY_LIST) : put(p, (uint8_t[]){ OP_MARK, OP_LIST }, 2)) < 0 ||
        memo_put(p, o) < 0) {
        return -1;
    }
    if (list_size(o)) {
        if (o->type == &list_type && p->protocol) {
            if (batch_list(p, o) < 0) {
                return -1;
            }
        } else {
            Object *iterator = object_iter(o);
            if (!iterator || batch_items(p, iterator) < 0) {
                return -1;
            }
        }
    }
    return fast_leave(p, o);
}

static int save_pair(Pickler *p, Object *pair) {
    if (!tuple_check(pair) || tuple_size(pair) != 2) {
        raise_error(&exc_TypeError, "dict items iterator must return 2-tuples");
        return -1;
    }
    return save(p, tuple_get(pair, 0), false) < 0 ? -1 : save(p, tuple_get(pair, 1), false);
}

// Pairs of an iterator, set in batches.
static int batch_pairs(Pickler *p, Object *iterator) {
    if (!p->protocol) {
        Object *pair;
        while ((pair = iter_next(iterator))) {
            if (save_pair(p, pair) < 0 || put_op(p, OP_SETITEM) < 0) {
                return -1;
            }
        }
        return error_occurred() ? -1 : 0;
    }
    int count;
    do {
        Object *first = iter_next(iterator);
        if (!first) {
            return error_occurred() ? -1 : 0;
        }
        if (!tuple_check(first) || tuple_size(first) != 2) {
            raise_error(&exc_TypeError, "dict items iterator must return 2-tuples");
            return -1;
        }
        Object *pair = iter_next(iterator);
        if (!pair) {
            return error_occurred() || save_pair(p, first) < 0 ? -1 : put_op(p, OP_SETITEM);
        }
        if (put_op(p, OP_MARK) < 0 || save_pair(p, first) < 0) {
            return -1;
        }
        count = 1;
        while (pair) {
            if (save_pair(p, pair) < 0) {
                return -1;
            }
            if (++count == BATCH) {
                break;
            }
            pair = iter_next(iterator);
        }
        if (error_occurred() || put_op(p, OP_SETITEMS) < 0) {
            return -1;
        }
    } while (count == BATCH);
    return 0;
}

static int batch_dict(Pickler *p, Object *dict) {
    ssize_t size = dict_size(dict), position = 0;
    Object *key, *value;
    if (size == 1) {
        if (!dict_next(dict, &position, &key, &value, NULL)) {
            return 0;
        }
        return save(p, key, false) < 0 || save(p, value, false) < 0 ? -1 : put_op(p, OP_SETITEM);
    }
    int count;
    do {
        count = 0;
        if (put_op(p, OP_MARK) < 0) {
            return -1;
        }
        while (dict_next(dict, &position, &key, &value, NULL)) {
            if (save(p, key, false) < 0 || save(p, value, false) < 0) {
                return -1;
            }
            if (++count == BATCH) {
                break;
            }
        }
        if (put_op(p, OP_SETITEMS) < 0 || safepoint() < 0) {
            return -1;
        }
        if (dict_size(dict) != size) {
            raise_error(&exc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
    } while (count == BATCH);
    return 0;
}

static int save_dict(Pickler *p, Object *o) {
    if (fast_enter(p, o) < 0 ||
        (p->binary ? put_op(p, OP_EMPTY_DICT) : put(p, (uint8_t[]){ OP_MARK, OP_DICT }, 2)) < 0 ||
        memo_put(p, o) < 0) {
        return -1;
    }
    if (dict_size(o)) {
        if (o->type == &dict_type && p->protocol) {
            if (batch_dict(p, o) < 0) {
                return -1;
            }
        } else {
            Object *items = call_method0(o, names.items), *iterator = items ? object_iter(items) : NULL;
            if (!iterator || batch_pairs(p, iterator) < 0) {
                return -1;
            }
        }
    }
    return fast_leave(p, o);
}

static int save_set_by_reduce(Pickler *p, Object *o, Type *type) {
    Object *items = sequence_list(o), *arguments = items ? tuple_pack(1, items) : NULL;
    Object *reduced = arguments ? tuple_pack(2, type, arguments) : NULL;
    return reduced ? save_reduce(p, reduced, o) : -1;
}

static int save_set(Pickler *p, Object *o) {
    if (p->protocol < 4) {
        return save_set_by_reduce(p, o, &set_type);
    }
    if (put_op(p, OP_EMPTY_SET) < 0 || memo_put(p, o) < 0) {
        return -1;
    }
    ssize_t size = set_size(o), position = 0;
    Object *item;
    int count = size ? BATCH : 0;
    while (count == BATCH) {
        count = 0;
        if (put_op(p, OP_MARK) < 0) {
            return -1;
        }
        while (set_next(o, &position, &item, NULL)) {
            if (save(p, item, false) < 0) {
                return -1;
            }
            if (++count == BATCH) {
                break;
            }
        }
        if (put_op(p, OP_ADDITEMS) < 0) {
            return -1;
        }
        if (set_size(o) != size) {
            raise_error(&exc_RuntimeError, "set changed size during iteration");
            return -1;
        }
    }
    return 0;
}

static int save_frozenset(Pickler *p, Object *o) {
    if (p->protocol < 4) {
        return save_set_by_reduce(p, o, &frozenset_type);
    }
    if (fast_enter(p, o) < 0 || put_op(p, OP_MARK) < 0) {
        return -1;
    }
    ssize_t position = 0;
    Object *item;
    while (set_next(o, &position, &item, NULL)) {
        if (save(p, item, false) < 0) {
            return -1;
        }
    }
    if (fast_leave(p, o) < 0) {
        return -1;
    }
    ssize_t number = memo_find(p->memo, o);
    if (number >= 0) {
        return put_op(p, OP_POP_MARK) < 0 ? -1 : memo_get(p, (size_t)number);
    }
    return put_op(p, OP_FROZENSET) < 0 ? -1 : memo_put(p, o);
}

// ---- globals

// The dotted name in parts, for `o` (or NULL) in messages.
static Object *split_name(Object *o, Object *name) {
    Object *dot = str_from_char('.'), *parts = dot ? str_split(name, dot, -1) : NULL;
    for (ssize_t i = 0; parts && i < list_size(parts); i++) {
        if (str_equal_cstring(list_read(parts, i), "<locals>")) {
            return o ? raise_error(&exc_AttributeError, "Can't pickle local attribute %R on %R", name, o)
                     : raise_error(&exc_AttributeError, "Can't pickle local object %R", name);
        }
    }
    return parts;
}

static Object *follow_parts(Object *o, Object *parts, Object **parent) {
    *parent = o;
    for (ssize_t i = 0; o && i < list_size(parts); i++) {
        *parent = o;
        if (object_getattr_optional(o, list_read(parts, i), &o) < 0) {
            return NULL;
        }
    }
    return o;
}

Object *deep_attribute(Object *o, Object *name, Object **parent) {
    Object *parts = split_name(o, name), *found = parts ? follow_parts(o, parts, parent) : NULL;
    return found || error_occurred()
               ? found
               : raise_error(&exc_AttributeError, "Can't get attribute %R on %R", name, o);
}

Object *import_by_name(Object *name) {
    if (!str_check(name)) {
        return raise_error(&exc_TypeError, "module name must be a string");
    }
    if (!import_name(name, NULL, NULL, NULL, 0)) {
        return NULL;
    }
    Object *module = dict_get(sys_modules, name);
    return module || error_occurred() ? module : raise_with(&exc_KeyError, tuple_pack(1, name));
}

// The name of the module that `o` is in.
static Object *which_module(Object *o, Object *parts) {
    Object *name;
    int found = object_getattr_optional(o, names.__module__, &name);
    if (found < 0) {
        return NULL;
    }
    if (found && name != NONE) {
        return name;
    }
    Object *modules = dict_items_list(sys_modules);
    for (ssize_t i = 0; modules && i < list_size(modules); i++) {
        Object *pair = list_read(modules, i), *module = tuple_get(pair, 1), *key = tuple_get(pair, 0),
               *parent;
        if (module == NONE || (str_check(key) && str_equal_cstring(key, "__main__"))) {
            continue;
        }
        Object *candidate = follow_parts(module, parts, &parent);
        if (candidate == o) {
            return key;
        }
        if (!candidate && error_occurred() && !error_clear_if(&exc_AttributeError)) {
            return NULL;
        }
    }
    return modules ? str_intern_cstring("__main__") : NULL;
}

static int put_identifier(Pickler *p, Object *text, const char *kind) {
    Object *bytes = str_check(text) ? str_encode(text, p->protocol >= 3 ? "utf-8" : "ascii", "strict") : NULL;
    if (!bytes) {
        if (!error_occurred() || error_clear_if(&exc_UnicodeEncodeError)) {
            raise_error((Type *)pickle_state.pickling_error,
                        "can't pickle %s identifier '%S' using pickle protocol %i", kind, text, p->protocol);
        }
        return -1;
    }
    return put(p, bytes_data(bytes), (size_t)bytes_length(bytes)) < 0 ? -1 : put_op(p, '\n');
}

// Python 2's names for those of protocol < 3.
static int old_names(Object **module, Object **name) {
    Object *key = tuple_pack(2, *module, *name);
    Object *item = key ? dict_get(pickle_state.reverse_name_mapping, key) : NULL;
    if (item) {
        if (!tuple_check(item) || tuple_size(item) != 2) {
            raise_error(&exc_RuntimeError,
                        "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %.200s",
                        item->type->name);
            return -1;
        }
        Object *first = tuple_get(item, 0), *second = tuple_get(item, 1);
        if (!str_check(first) || !str_check(second)) {
            raise_error(
                &exc_RuntimeError,
                "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not (%.200s, %.200s)",
                first->type->name, second->type->name);
            return -1;
        }
        *module = first;
        *name = second;
        return 0;
    }
    item = error_occurred() ? NULL : dict_get(pickle_state.reverse_import_mapping, *module);
    if (item && !str_check(item)) {
        raise_error(&exc_RuntimeError,
                    "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not %.200s",
                    item->type->name);
        return -1;
    }
    if (item) {
        *module = item;
    }
    return error_occurred() ? -1 : 0;
}

// 1 when the extension registry has a code for it, which has been written; 0; -1.
static int save_extension(Pickler *p, Object *o, Object *module, Object *name) {
    Object *key = tuple_pack(2, module, name);
    Object *code = key ? dict_get(pickle_state.extension_registry, key) : NULL;
    if (!code) {
        return error_occurred() ? -1 : 0;
    }
    if (!int_check(code)) {
        raise_error((Type *)pickle_state.pickling_error,
                    "Can't pickle %R: extension code %R isn't an integer", o, code);
        return -1;
    }
    int64_t number = int_to_i64(code);
    if (number <= 0 || number > 0x7fffffff) {
        if (!error_occurred()) {
            raise_error((Type *)pickle_state.pickling_error,
                        "Can't pickle %R: extension code %ld is out of range", o, (long)number);
        }
        return -1;
    }
    int result = number <= 0xff     ? put_op_number(p, OP_EXT1, (uint64_t)number, 1)
                 : number <= 0xffff ? put_op_number(p, OP_EXT2, (uint64_t)number, 2)
                                    : put_op_number(p, OP_EXT4, (uint64_t)number, 4);
    return result < 0 ? -1 : 1;
}

static int save_global(Pickler *p, Object *o, Object *name) {
    if (!name) {
        int found = object_getattr_optional(o, names.__qualname__, &name);
        if (found < 0 || (!found && !(name = object_getattr(o, names.__name__)))) {
            return -1;
        }
    }
    if (!str_check(name)) {
        raise_error(&exc_TypeError, "must be str, not %.200s", name->type->name);
        return -1;
    }
    Object *parts = split_name(NULL, name), *module_name = parts ? which_module(o, parts) : NULL;
    if (!module_name) {
        return -1;
    }
    Object *module = import_by_name(module_name);
    if (!module) {
        error_clear();
        raise_error((Type *)pickle_state.pickling_error, "Can't pickle %R: import of module %R failed", o,
                    module_name);
        return -1;
    }
    Object *parent, *last = list_read(parts, list_size(parts) - 1);
    Object *found = follow_parts(module, parts, &parent);
    if (!found) {
        error_clear();
        raise_error((Type *)pickle_state.pickling_error, "Can't pickle %R: attribute lookup %S on %S failed",
                    o, name, module_name);
        return -1;
    }
    if (found != o) {
        raise_error((Type *)pickle_state.pickling_error, "Can't pickle %R: it's not the same object as %S.%S",
                    o, module_name, name);
        return -1;
    }
    if (p->protocol >= 2) {
        int done = save_extension(p, o, module_name, name);
        if (done) {
            return done < 0 ? -1 : 0;
        }
    }
    if (p->protocol >= 4) {
        return save(p, module_name, false) < 0 || save(p, name, false) < 0 || put_op(p, OP_STACK_GLOBAL) < 0
                   ? -1
                   : memo_put(p, o);
    }
    if (parent != module) {
        Object *arguments = tuple_pack(2, parent, last);
        Object *reduced = arguments ? tuple_pack(2, pickle_state.getattr, arguments) : NULL;
        return reduced ? save_reduce(p, reduced, o) : -1;
    }
    name = last;
    if (p->protocol < 3 && p->fix_imports && old_names(&module_name, &name) < 0) {
        return -1;
    }
    return put_op(p, OP_GLOBAL) < 0 || put_identifier(p, module_name, "module") < 0 ||
                   put_identifier(p, name, "global") < 0
               ? -1
               : memo_put(p, o);
}

static int save_type(Pickler *p, Object *o) {
    Object *singleton = o == (Object *)&none_type              ? NONE
                        : o == (Object *)&ellipsis_type        ? ELLIPSIS
                        : o == (Object *)&not_implemented_type ? NOT_IMPLEMENTED
                                                               : NULL;
    if (!singleton) {
        return save_global(p, o, NULL);
    }
    Object *arguments = tuple_pack(1, singleton),
           *reduced = arguments ? tuple_pack(2, &type_type, arguments) : NULL;
    return reduced ? save_reduce(p, reduced, o) : -1;
}

// ---- persistent ids; 1: saved, 0: the object has none

static int save_persistent(Pickler *p, Object *o) {
    Object *id = call_own(p->persistent_id, p->own_persistent_id, (Object *)p, o);
    if (!id || id == NONE) {
        return id ? 0 : -1;
    }
    if (p->binary) {
        return save(p, id, true) < 0 || put_op(p, OP_BINPERSID) < 0 ? -1 : 1;
    }
    Object *text = object_str(id);
    if (!text) {
        return -1;
    }
    if (!str_is_ascii(text)) {
        return fail("persistent IDs in protocol 0 must be ASCII strings", NULL);
    }
    return put_op(p, OP_PERSID) < 0 || put(p, str_data(text), (size_t)str_length(text)) < 0 ||
                   put_op(p, '\n') < 0
               ? -1
               : 1;
}

// ---- what __reduce__ returns

static int save_newobj_ex(Pickler *p, Object *arguments) {
    if (tuple_size(arguments) != 3) {
        raise_error((Type *)pickle_state.pickling_error,
                    "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
                    tuple_size(arguments));
        return -1;
    }
    Object *class = tuple_get(arguments, 0), *args = tuple_get(arguments, 1),
           *kwargs = tuple_get(arguments, 2);
    static const char *const wrong[] = {
        "first item from NEWOBJ_EX argument tuple must be a class, not %.200s",
        "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200s",
        "third item from NEWOBJ_EX argument tuple must be a dict, not %.200s",
    };
    int bad = !type_check(class) ? 0 : !tuple_check(args) ? 1 : !dict_check(kwargs) ? 2 : 3;
    if (bad < 3) {
        raise_error((Type *)pickle_state.pickling_error, wrong[bad], tuple_get(arguments, bad)->type->name);
        return -1;
    }
    if (p->protocol >= 4) {
        return save(p, class, false) < 0 || save(p, args, false) < 0 || save(p, kwargs, false) < 0
                   ? -1
                   : put_op(p, OP_NEWOBJ_EX);
    }
    // partial(class.__new__, class, *args, **kwargs)()
    Object *new = object_getattr(class, names.__new__), *all = new ? tuple_new(tuple_size(args) + 2) : NULL;
    if (!all) {
        return -1;
    }
    tuple_init(all, 0, new);
    tuple_init(all, 1, class);
    for (ssize_t i = 0; i < tuple_size(args); i++) {
        tuple_init(all, i + 2, tuple_get(args, i));
    }
    Object *partial = call_tuple_dict(pickle_state.partial, all, kwargs), *empty = tuple_empty();
    return !partial || save(p, partial, false) < 0 || save(p, empty, false) < 0 ? -1 : put_op(p, OP_REDUCE);
}

static int save_newobj(Pickler *p, Object *arguments, Object *o) {
    if (tuple_size(arguments) < 1) {
        return fail("__newobj__ arglist is empty", NULL);
    }
    Object *class = tuple_get(arguments, 0), *own;
    if (!type_check(class)) {
        return fail("args[0] from __newobj__ args is not a type", NULL);
    }
    if (o) {
        int found = object_getattr_optional(o, names.__class__, &own);
        if (found < 0) {
            return -1;
        }
        if ((found ? own : (Object *)o->type) != class) {
            return fail("args[0] from __newobj__ args has the wrong class", NULL);
        }
    }
    Object *rest = tuple_slice(arguments, 1, tuple_size(arguments));
    return !rest || save(p, class, false) < 0 || save(p, rest, false) < 0 ? -1 : put_op(p, OP_NEWOBJ);
}

static int save_call(Pickler *p, Object *callable, Object *arguments, Object *o) {
    if (p->protocol >= 2) {
        Object *name;
        if (object_getattr_optional(callable, names.__name__, &name) < 0) {
            return -1;
        }
        if (name && str_check(name)) {
            if (str_equal_cstring(name, "__newobj_ex__")) {
                return save_newobj_ex(p, arguments);
            }
            if (str_equal_cstring(name, "__newobj__")) {
                return save_newobj(p, arguments, o);
            }
        }
    }
    return save(p, callable, false) < 0 || save(p, arguments, false) < 0 ? -1 : put_op(p, OP_REDUCE);
}

static int save_reduce(Pickler *p, Object *reduced, Object *o) {
    ssize_t size = tuple_size(reduced);
    if (size < 2 || size > 6) {
        return fail("tuple returned by __reduce__ must contain 2 through 6 elements", NULL);
    }
    Object *part[6] = { NULL }; // callable, arguments, state, items, pairs, setter
    for (ssize_t i = 0; i < size; i++) {
        part[i] = i >= 2 && tuple_get(reduced, i) == NONE ? NULL : tuple_get(reduced, i);
    }
    Object *state = part[2], *items = part[3], *pairs = part[4], *setter = part[5];
    if (!object_callable(part[0])) {
        return fail("first item of the tuple returned by __reduce__ must be callable", NULL);
    }
    if (!tuple_check(part[1])) {
        return fail("second item of the tuple returned by __reduce__ must be a tuple", NULL);
    }
    const char *wrong = items && !iter_check(items)
                            ? "fourth element of the tuple returned by __reduce__ must be an iterator, not %s"
                        : pairs && !iter_check(pairs)
                            ? "fifth element of the tuple returned by __reduce__ must be an iterator, not %s"
                        : setter && !object_callable(setter)
                            ? "sixth element of the tuple returned by __reduce__ must be a function, not %s"
                            : NULL;
    if (wrong) {
        Object *which = items && !iter_check(items) ? items : pairs && !iter_check(pairs) ? pairs : setter;
        raise_error((Type *)pickle_state.pickling_error, wrong, which->type->name);
        return -1;
    }
    if (save_call(p, part[0], part[1], o) < 0) {
        return -1;
    }
    if (o) {
        // If saving the arguments has saved the object itself, that one is taken.
        ssize_t number = memo_find(p->memo, o);
        if (number >= 0) {
            return put_op(p, OP_POP) < 0 ? -1 : memo_get(p, (size_t)number);
        }
        if (memo_put(p, o) < 0) {
            return -1;
        }
    }
    if ((items && batch_items(p, items) < 0) || (pairs && batch_pairs(p, pairs) < 0)) {
        return -1;
    }
    if (!state) {
        return 0;
    }
    if (!setter) {
        return save(p, state, false) < 0 ? -1 : put_op(p, OP_BUILD);
    }
    return save(p, setter, false) < 0 || save(p, o, false) < 0 || save(p, state, false) < 0
               ? -1
               : put(p, (uint8_t[]){ OP_TUPLE2, OP_REDUCE, OP_POP }, 3);
}

// How the object's class, or the tables of reducers, say that it is reduced. 0 when it is a global.
static int reduce_object(Pickler *p, Object *o, Object **reduced) {
    Type *type = o->type;
    *reduced = NULL;
    if (p->reducer_override) {
        *reduced = call1(p->reducer_override, o);
        if (!*reduced) {
            return -1;
        }
        if (*reduced != NOT_IMPLEMENTED) {
            return 1;
        }
        *reduced = NULL;
    }
    if (type == &type_type || type == &function_type) {
        return 0;
    }
    Object *function, *table = __atomic_load_n(&p->dispatch_table, __ATOMIC_ACQUIRE); // others may delete it
    if (!table) {
        function = dict_get(pickle_state.dispatch_table, (Object *)type);
    } else {
        function = object_getitem(table, (Object *)type);
        if (!function) {
            error_clear_if(&exc_KeyError);
        }
    }
    if (function) {
        *reduced = call1(function, o);
        return *reduced ? 1 : -1;
    }
    if (error_occurred()) {
        return -1;
    }
    if (type_is_subtype(type, &type_type)) {
        return 0;
    }
    if (slots_of(o)->getattr == object_generic_getattr && type_lookup(type, names.__reduce_ex__)) {
        Object *protocol = int_from_i64(p->protocol);
        *reduced = protocol ? call_method1(o, names.__reduce_ex__, protocol) : NULL;
        return *reduced ? 1 : -1;
    }
    int found = object_getattr_optional(o, names.__reduce_ex__, &function);
    if (found > 0) {
        Object *protocol = int_from_i64(p->protocol);
        *reduced = protocol ? call1(function, protocol) : NULL;
    } else if (found == 0 && (found = object_getattr_optional(o, names.__reduce__, &function)) > 0) {
        *reduced = call0(function);
    } else if (found == 0) {
        raise_error((Type *)pickle_state.pickling_error, "can't pickle '%.200s' object: %R", type->name, o);
    }
    return *reduced ? 1 : -1;
}

static NOINLINE int save_general(Pickler *p, Object *o) {
    Type *type = o->type;
    if (type == &dict_type) {
        return save_dict(p, o);
    }
    if (type == &list_type) {
        return save_list(p, o);
    }
    if (type == &tuple_type) {
        return save_tuple(p, o);
    }
    if (type == &set_type) {
        return save_set(p, o);
    }
    if (type == &frozenset_type) {
        return save_frozenset(p, o);
    }
    if (type == &bytearray_type) {
        return save_bytearray(p, o);
    }
    if (type == &pickle_buffer_type) {
        return save_buffer(p, o);
    }
    Object *reduced;
    int how = reduce_object(p, o, &reduced);
    if (how <= 0) {
        return how < 0 ? -1 : type == &type_type ? save_type(p, o) : save_global(p, o, NULL);
    }
    if (str_check(reduced)) {
        return save_global(p, o, reduced);
    }
    if (!tuple_check(reduced)) {
        return fail("__reduce__ must return a string or tuple", NULL);
    }
    return save_reduce(p, reduced, o);
}

static int save(Pickler *p, Object *o, bool persistent) {
    if (object_boundary(p) < 0) {
        return -1;
    }
    if (UNLIKELY(p->persistent_id && !persistent)) {
        int done = save_persistent(p, o);
        if (done) {
            return done < 0 ? -1 : 0;
        }
    }
    Type *type = o->type;
    if (o == NONE) {
        return put_op(p, OP_NONE);
    }
    if (o == TRUE_OBJECT || o == FALSE_OBJECT) {
        bool value = o == TRUE_OBJECT;
        return p->protocol >= 2 ? put_op(p, value ? OP_NEWTRUE : OP_NEWFALSE)
                                : put(p, value ? "I01\n" : "I00\n", 4);
    }
    if (type == &int_type) {
        return save_int(p, o);
    }
    if (type == &float_type) {
        return save_float(p, float_value(o));
    }
    ssize_t number = memo_find(p->memo, o);
    if (number >= 0) {
        return memo_get(p, (size_t)number);
    }
    if (type == &str_type) {
        return save_str(p, o);
    }
    // Before protocol 3 bytes are reduced, but the reducers of others are not asked.
    if (type == &bytes_type) {
        return save_bytes(p, o);
    }
    if (recursion_enter(" while pickling an object") < 0) {
        return -1;
    }
    int result = save_general(p, o);
    recursion_leave();
    return result;
}

// ---- all of it

int pickle_write(Pickler *p, Object *o) {
    Object *override = NULL;
    if ((p->base.type != &pickler_type &&
         object_getattr_optional((Object *)p, names.reducer_override, &override) < 0) ||
        output_start(p) < 0) {
        return -1;
    }
    gc_store(p, &p->reducer_override, override);
    p->framing = false;
    int result = p->protocol >= 2 ? put_op_number(p, OP_PROTO, (uint64_t)p->protocol, 1) : 0;
    p->framing = p->protocol >= 4;
    if (result == 0 && (result = save(p, o, false)) == 0 && (result = put_op(p, OP_STOP)) == 0) {
        close_frame(p);
    }
    p->framing = false;
    gc_store(p, &p->reducer_override, NULL);
    return result;
}
