// `marshal`: the format of .pyc files (version 4, and the older ones).
//
// A value is a type byte and its data; bit 7 of the byte (FLAG_REF) enters the value into a table that
// later 'r' entries refer to by number. CPython sets FLAG_REF on every object whose reference count
// is above one. Without counts, the writer sets it on every object that is entered into the table: valid
// for every reader, and the same for the same value.
//
// The reader trusts nothing: sizes are checked against what is left before memory is allocated, the
// depth is limited, and a reference to an unfinished object is an error.
#include "modules/marshal.h"

#include "base/utf8.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/polling.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/runtime.h"

enum { FLAG_REF = 0x80, MARSHAL_VERSION = 4, MARSHAL_DEPTH = 2000, MARSHAL_SHIFT = 15 };

// The depth has a limit of its own, whatever sys.setrecursionlimit() says; the stack of a small thread may
// end before.
static bool stack_is_low(void) {
    char here;
    return &here < thread_current->c_stack_limit;
}

// ---- reading

typedef struct Reader {
    const uint8_t *next, *end;
    Object *source;      // for load(file): an object with readinto(), else NULL
    Object *hold;        // bytes that `next` points into
    int depth;
    const uint8_t *start;
    // The objects with FLAG_REF, in a cell of pointers. NULL: not finished. An odd number: bytecode, which
    // hardly anybody refers to; twice its position in the data, plus one.
    Object **references;
    ssize_t count, capacity;
} Reader;

typedef struct Slot {
    ssize_t index; // -1: no FLAG_REF
} Slot;

static Object *too_short(void) {
    return raise_error(&exc_EOFError, "marshal data too short");
}

// The next `size` bytes, or NULL with an exception.
static const uint8_t *read_bytes(Reader *reader, size_t size) {
    if (!reader->source) {
        if ((size_t)(reader->end - reader->next) < size) {
            too_short();
            return NULL;
        }
        const uint8_t *data = reader->next;
        reader->next += size;
        return data;
    }
    Object *data = bytes_new((ssize_t)size);
    Object *view = data ? memoryview_from_memory(bytes_data(data), (ssize_t)size, false, data) : NULL;
    Object *count = view ? call_method1(reader->source, names.readinto, view) : NULL;
    ssize_t read = count ? number_as_ssize(count, &exc_ValueError) : -1;
    if (read == -1 && error_occurred()) {
        return NULL;
    }
    if ((size_t)read != size) {
        if (read > (ssize_t)size) {
            raise_error(&exc_ValueError, "read() returned too much data: %zd bytes requested, %zd returned",
                        (ssize_t)size, read);
        } else {
            raise_error(&exc_EOFError, "EOF read where not expected");
        }
        return NULL;
    }
    reader->hold = data;
    return (const uint8_t *)bytes_data(data);
}

static int read_byte(Reader *reader) {
    const uint8_t *data = read_bytes(reader, 1);
    return data ? *data : -1;
}

// The byte that an object or a short text begins with; -1 with EOFError, whatever came from the file.
static int read_first_byte(Reader *reader) {
    int byte = read_byte(reader);
    if (byte < 0) {
        error_clear();
        raise_error(&exc_EOFError, "EOF read where object expected");
    }
    return byte;
}

static int32_t read_int32(Reader *reader) {
    const uint8_t *data = read_bytes(reader, 4);
    return data ? (int32_t)((uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                            (uint32_t)data[3] << 24)
                : -1;
}

static int read_size(Reader *reader, const char *what, ssize_t *size) {
    *size = read_int32(reader);
    if (*size == -1 && error_occurred()) {
        return -1;
    }
    if (*size < 0) {
        raise_error(&exc_ValueError, "bad marshal data (%s size out of range)", what);
        return -1;
    }
    // Every item takes at least a byte.
    if (!reader->source && *size > reader->end - reader->next) {
        too_short();
        return -1;
    }
    return 0;
}

static int slot_reserve(Reader *reader, bool flagged, Slot *slot) {
    slot->index = -1;
    if (!flagged) {
        return 0;
    }
    if (reader->count == reader->capacity) {
        ssize_t capacity = reader->capacity ? reader->capacity * 2 : 64;
        Object **larger = heap_alloc((size_t)capacity * sizeof(Object *), CELL_POINTERS);
        if (!larger) {
            return -1;
        }
        gc_store_range(larger, larger, reader->references, (size_t)reader->count);
        reader->references = larger;
        reader->capacity = capacity;
    }
    slot->index = reader->count++;
    return 0;
}

static Object *slot_fill(Reader *reader, Slot slot, Object *value) {
    if (value && slot.index >= 0) {
        gc_store(reader->references, &reader->references[slot.index], value);
    }
    return value;
}

static Object *read_reference(Reader *reader) {
    int32_t index = read_int32(reader);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    Object *value = index >= 0 && index < reader->count ? reader->references[index] : NULL;
    if (!value) {
        return raise_error(&exc_ValueError, "bad marshal data (invalid reference)");
    }
    if ((uintptr_t)value & 1) {
        const uint8_t *data = reader->start + ((uintptr_t)value >> 1);
        int32_t size;
        memcpy(&size, data, 4);
        value = slot_fill(reader, (Slot){ index }, bytes_from(data + 4, size));
    }
    return value;
}

static Object *read_object(Reader *reader);
static Object *read_coded(Reader *reader, int code);

static Object *read_long(Reader *reader) {
    int32_t count = read_int32(reader);
    if (count == -1 && error_occurred()) {
        return NULL;
    }
    if (count < -INT32_MAX) {
        return raise_error(&exc_ValueError, "bad marshal data (long size out of range)");
    }
    size_t digits = (size_t)(count < 0 ? -count : count);
    size_t size = digits * MARSHAL_SHIFT / 8 + 2;
    uint8_t *bytes = calloc(size, 1);
    if (!bytes) {
        return raise_memory_error();
    }
    for (size_t i = 0; i < digits; i++) {
        const uint8_t *data = read_bytes(reader, 2);
        if (!data) {
            free(bytes);
            return NULL;
        }
        unsigned digit = (unsigned)data[0] | (unsigned)data[1] << 8;
        if (digit >= 1u << MARSHAL_SHIFT || (i == digits - 1 && !digit)) {
            free(bytes);
            return raise_error(&exc_ValueError, digit ? "bad marshal data (digit out of range in long)"
                                                      : "bad marshal data (unnormalized long data)");
        }
        size_t bit = i * MARSHAL_SHIFT;
        unsigned shifted = digit << (bit % 8);
        for (size_t at = bit / 8; shifted && at < size; at++, shifted >>= 8) {
            bytes[at] |= (uint8_t)shifted;
        }
    }
    Object *value = int_from_bytes(bytes, size, true, false);
    free(bytes);
    return value && count < 0 ? int_negative(value) : value;
}

static int read_double(Reader *reader, bool text, double *value) {
    if (!text) {
        const uint8_t *data = read_bytes(reader, 8);
        if (data) {
            memcpy(value, data, 8);
        }
        return data ? 0 : -1;
    }
    int length = read_first_byte(reader);
    const uint8_t *data = length < 0 ? NULL : read_bytes(reader, (size_t)length);
    if (!data) {
        return -1;
    }
    char buffer[256];
    memcpy(buffer, data, (size_t)length);
    buffer[length] = 0;
    const char *end;
    *value = double_from_text(buffer, &end);
    if (end != buffer + length || !length) {
        raise_error(&exc_ValueError, "could not convert string to float: '%s'", buffer);
        return -1;
    }
    return 0;
}

// Nobody but this function sees the tuple before it is full: no Python code runs meanwhile, as the data
// lies in memory.
// read_object; small ints and short texts in memory without what the others need.
static inline Object *read_item(Reader *reader) {
    if (LIKELY(!reader->source && reader->end - reader->next >= 5)) {
        int32_t number;
        switch (*reader->next) {
        case 'N': reader->next++; return NONE;
        case 'T': reader->next++; return TRUE_OBJECT;
        case 'F': reader->next++; return FALSE_OBJECT;
        case 'i':
            memcpy(&number, reader->next + 1, 4);
            reader->next += 5;
            return int_from_i64(number);
        case 'i' | FLAG_REF: {
            Slot slot;
            memcpy(&number, reader->next + 1, 4);
            reader->next += 5;
            return slot_reserve(reader, true, &slot) < 0 ? NULL
                                                         : slot_fill(reader, slot, int_from_i64(number));
        }
        case 'z':
        case 'z' | FLAG_REF: {
            const uint8_t *data = reader->next + 2;
            ssize_t size = reader->next[1];
            Slot slot;
            if (reader->end - data < size) {
                break;
            }
            if (slot_reserve(reader, *reader->next & FLAG_REF, &slot) < 0) {
                return NULL;
            }
            reader->next += 2 + size;
            return slot_fill(reader, slot, str_from_latin1(data, size));
        }
        default: break;
        }
    }
    return read_object(reader);
}

static Object *read_tuple_from_memory(Reader *reader, ssize_t size) {
    Object *tuple = size ? tuple_new(size) : tuple_empty();
    for (ssize_t i = 0; tuple && i < size; i++) {
        Object *item = read_item(reader);
        if (!item) {
            return NULL;
        }
        gc_store(tuple, &tuple_items(tuple)[i], item);
    }
    return tuple;
}

static Object *read_items(Reader *reader, ssize_t size) {
    Object *list = list_new(size < 1 << 16 ? size : 0);
    for (ssize_t i = 0; list && i < size; i++) {
        Object *item = read_item(reader);
        if (!item || list_append(list, item) < 0 || poll_often(i) < 0) {
            return NULL;
        }
    }
    return list;
}

static Object *read_dict(Reader *reader, Slot slot) {
    Object *dict = slot_fill(reader, slot, dict_new());
    while (dict) {
        int code = read_first_byte(reader);
        if (code < 0 || (code & ~FLAG_REF) == '0') {
            return code < 0 ? NULL : dict;
        }
        Object *key = read_coded(reader, code), *value = NULL;
        if (key) {
            code = read_first_byte(reader);
            if (code >= 0 && (code & ~FLAG_REF) == '0') {
                return dict; // as in CPython, which takes a missing value for the end, too
            }
            value = code < 0 ? NULL : read_coded(reader, code);
        }
        if (!value || dict_set(dict, key, value) < 0 || safepoint() < 0) {
            return NULL;
        }
    }
    return NULL;
}

static Object *read_set(Reader *reader, Slot slot, bool frozen, ssize_t size) {
    Object *items = NULL;
    Object *set = NULL;
    if (!frozen) {
        set = slot_fill(reader, slot, set_new(NULL));
        for (ssize_t i = 0; set && i < size; i++) {
            Object *item = read_item(reader);
            if (!item || set_add(set, item) < 0 || poll_often(i) < 0) {
                return NULL;
            }
        }
        return set;
    }
    items = read_items(reader, size);
    return items ? slot_fill(reader, slot, frozenset_new(items)) : NULL;
}

static Object *read_tuple(Reader *reader, ssize_t size) {
    if (!reader->source) {
        return read_tuple_from_memory(reader, size);
    }
    Object *items = read_items(reader, size);
    return items ? list_to_tuple(items) : NULL;
}

// The bytecode goes into the code object without a bytes object between. 1: it did; 0: what comes is
// something else, or not in memory.
static int read_bytecode(Reader *reader, CodeParts *parts) {
    if (reader->source || reader->next >= reader->end || (*reader->next & ~FLAG_REF) != 's') {
        return 0;
    }
    Slot slot;
    ssize_t size;
    if (slot_reserve(reader, *reader->next++ & FLAG_REF, &slot) < 0) {
        return -1;
    }
    uintptr_t position = (uintptr_t)(reader->next - reader->start);
    if (read_size(reader, "bytes object", &size) < 0) {
        return -1;
    }
    slot_fill(reader, slot, (Object *)(position << 1 | 1));
    parts->code_data = reader->next;
    parts->code_length = size;
    reader->next += size;
    return 1;
}

static Object *read_code(Reader *reader, Slot slot) {
    int integers[5];
    for (int i = 0; i < 5; i++) {
        integers[i] = read_int32(reader);
        if (integers[i] == -1 && error_occurred()) {
            return NULL;
        }
    }
    Object *objects[10];
    int first_line = 0;
    CodeParts parts = { 0 };
    int direct = read_bytecode(reader, &parts);
    if (direct < 0) {
        return NULL;
    }
    objects[0] = NULL;
    for (int i = direct; i < 10; i++) {
        if (i == 8) {
            first_line = read_int32(reader);
            if (first_line == -1 && error_occurred()) {
                return NULL;
            }
        }
        if (!(objects[i] = read_object(reader))) {
            return NULL;
        }
    }
    parts = (CodeParts){
        .code_data = parts.code_data,
        .code_length = parts.code_length,
        .argcount = integers[0],
        .posonlyargcount = integers[1],
        .kwonlyargcount = integers[2],
        .stacksize = integers[3],
        .flags = integers[4],
        .code = objects[0],
        .consts = objects[1],
        .names = objects[2],
        .localsplusnames = objects[3],
        .localspluskinds = objects[4],
        .filename = objects[5],
        .name = objects[6],
        .qualname = objects[7],
        .firstlineno = first_line,
        .linetable = objects[8],
        .exceptiontable = objects[9],
    };
    return slot_fill(reader, slot, code_new(&parts));
}

static Object *read_typed(Reader *reader, int type, bool flagged) {
    ssize_t size = 0;
    Slot slot;
    const uint8_t *data;
    Object *value;
    switch (type) {
    case '0': return NULL;
    case 'N': return NONE;
    case 'S': return (Object *)&exc_StopIteration;
    case '.': return ELLIPSIS;
    case 'F': return FALSE_OBJECT;
    case 'T': return TRUE_OBJECT;
    case 'r': return read_reference(reader);
    }
    if (slot_reserve(reader, flagged, &slot) < 0) {
        return NULL;
    }
    double real, imag;
    switch (type) {
    case 'i': {
        int32_t number = read_int32(reader);
        return number == -1 && error_occurred() ? NULL : slot_fill(reader, slot, int_from_i64(number));
    }
    case 'I': {
        data = read_bytes(reader, 8);
        int64_t number;
        if (!data) {
            return NULL;
        }
        memcpy(&number, data, 8);
        return slot_fill(reader, slot, int_from_i64(number));
    }
    case 'l': return slot_fill(reader, slot, read_long(reader));
    case 'f':
    case 'g':
        return read_double(reader, type == 'f', &real) < 0 ? NULL
                                                           : slot_fill(reader, slot, float_from_double(real));
    case 'x':
    case 'y':
        return read_double(reader, type == 'x', &real) < 0 || read_double(reader, type == 'x', &imag) < 0
                   ? NULL
                   : slot_fill(reader, slot, complex_from_doubles(real, imag));
    case 's':
        if (read_size(reader, "bytes object", &size) < 0 || !(data = read_bytes(reader, (size_t)size))) {
            return NULL;
        }
        return slot_fill(reader, slot, bytes_from(data, size));
    case 'a':
    case 'A':
    case 'z':
    case 'Z':
        if (type == 'z' || type == 'Z') {
            size = read_first_byte(reader);
            if (size < 0) {
                return NULL;
            }
        } else if (read_size(reader, "string", &size) < 0) {
            return NULL;
        }
        if (!(data = read_bytes(reader, (size_t)size))) {
            return NULL;
        }
        if ((type == 'A' || type == 'Z') && ascii_prefix(data, (size_t)size) == (size_t)size) {
            value = str_intern_text((const char *)data, size);
        } else {
            value = str_from_latin1(data, size);
        }
        return slot_fill(reader, slot, value);
    case 'u':
    case 't':
        if (read_size(reader, "string", &size) < 0 || !(data = read_bytes(reader, (size_t)size))) {
            return NULL;
        }
        value = str_decode_utf8((const char *)data, size, "surrogatepass");
        if (value && type == 't') {
            value = str_intern(value);
        }
        return slot_fill(reader, slot, value);
    case ')':
        size = reader->source ? read_byte(reader) : read_first_byte(reader);
        if (size < 0) {
            return NULL;
        }
        return slot_fill(reader, slot, read_tuple(reader, size));
    case '(':
        if (read_size(reader, "tuple", &size) < 0) {
            return NULL;
        }
        return slot_fill(reader, slot, read_tuple(reader, size));
    case '[': {
        if (read_size(reader, "list", &size) < 0) {
            return NULL;
        }
        value = slot_fill(reader, slot, list_new(size < 1 << 16 ? size : 0));
        for (ssize_t i = 0; value && i < size; i++) {
            Object *item = read_item(reader);
            if (!item || (!list_append_in_place(value, item) && list_append(value, item) < 0) ||
                poll_often(i) < 0) {
                return NULL;
            }
        }
        return value;
    }
    case '{': return read_dict(reader, slot);
    case '<':
    case '>': return read_size(reader, "set", &size) < 0 ? NULL : read_set(reader, slot, type == '>', size);
    case 'c': return read_code(reader, slot);
    default: return raise_error(&exc_ValueError, "bad marshal data (unknown type code)");
    }
}

static const char *null_in(int type) {
    switch (type) {
    case '(':
    case ')': return "tuple";
    case '[': return "list";
    case '<':
    case '>': return "set";
    default: return "object";
    }
}

static Object *read_object(Reader *reader) {
    int code = read_first_byte(reader);
    return code < 0 ? NULL : read_coded(reader, code);
}

static Object *read_coded(Reader *reader, int code) {
    if (++reader->depth > MARSHAL_DEPTH || stack_is_low()) {
        reader->depth--;
        return raise_error(&exc_ValueError, "recursion limit exceeded");
    }
    int type = code & ~FLAG_REF;
    Object *value = read_typed(reader, type, code & FLAG_REF);
    reader->depth--;
    if (!value && !error_occurred() && (type != '0' || reader->depth > 0)) {
        raise_error(&exc_TypeError, "NULL object in marshal data for %s", null_in(type));
    }
    return value;
}

static Object *read_top(Reader *reader) {
    Object *value = read_object(reader);
    if (!value && !error_occurred()) {
        raise_error(&exc_TypeError, "NULL object in marshal data for object");
    }
    return value;
}

Object *marshal_loads(const void *data, size_t length) {
    Reader reader = { .start = data, .next = data, .end = (const uint8_t *)data + length };
    return read_top(&reader);
}

// ---- writing

enum { CELL_LEAST = 16, STRETCH_CELLS = 32, STRETCH = CELL_LEAST * STRETCH_CELLS, STRETCHES_LEAST = 16 };

typedef struct Stretch {
    uintptr_t address; // / STRETCH; 0: a free place
    size_t index; // of its numbers
} Stretch;

typedef struct Writer {
    uint8_t *data;
    size_t length, capacity;
    int version, depth;
    // The objects that have a number: as long as they live nothing else has their addresses. A CELL_POINTERS cell, which
    // begins with the one that was filled before.
    Object **entered;
    size_t count, room; // of the objects, and how many more the cell takes
    // Their numbers, found by their addresses. What lies beside each other as a rule was made, and is written, together:
    // so the hash table is one of stretches of memory.
    Stretch *stretches;
    size_t mask, stretch_count, stretch_room; // the rooms: of `numbers`
    uint32_t (*numbers)[STRETCH_CELLS]; // of the objects that begin in a stretch, plus 1; 0: none
    uintptr_t last; // the address of the stretch that was asked for last, and its numbers
    uint32_t *last_numbers;
    const char *failure; // ValueError text
    // For few objects.
    Stretch few_stretches[STRETCHES_LEAST];
    uint32_t few_numbers[STRETCHES_LEAST / 2][STRETCH_CELLS];
} Writer;

static NOINLINE int writer_grow(Writer *writer, size_t length) {
    size_t capacity = size_max(writer->capacity * 2, writer->length + length + 64);
    uint8_t *larger = realloc(writer->data, capacity);
    if (!larger) {
        raise_memory_error();
        return -1;
    }
    writer->data = larger;
    writer->capacity = capacity;
    return 0;
}

static inline int write_bytes(Writer *writer, const void *data, size_t length) {
    if (UNLIKELY(writer->length + length > writer->capacity) && writer_grow(writer, length) < 0) {
        return -1;
    }
    memcpy(writer->data + writer->length, data, length);
    writer->length += length;
    return 0;
}

static int write_byte(Writer *writer, int byte) {
    uint8_t value = (uint8_t)byte;
    return write_bytes(writer, &value, 1);
}

static int write_int32(Writer *writer, int32_t value) {
    return write_bytes(writer, &value, 4);
}

static int write_typed_int32(Writer *writer, int type, int32_t value) {
    uint8_t bytes[5] = { (uint8_t)type };
    memcpy(bytes + 1, &value, 4);
    return write_bytes(writer, bytes, 5);
}

static int write_sized(Writer *writer, const void *data, ssize_t length) {
    if (length > INT32_MAX) {
        writer->failure = "unmarshallable object";
        return -1;
    }
    return write_int32(writer, (int32_t)length) < 0 ? -1 : write_bytes(writer, data, (size_t)length);
}

static int write_object(Writer *writer, Object *o);

static int write_long(Writer *writer, Object *o, int flag) {
    int overflow;
    int64_t small = int_as_i64(o, &overflow);
    if (!overflow && small >= INT32_MIN && small <= INT32_MAX) {
        return write_typed_int32(writer, 'i' | flag, (int32_t)small);
    }
    Object *magnitude = int_sign(o) < 0 ? int_negative(o) : o;
    if (!magnitude) {
        return -1;
    }
    const Int *digits_of = (const Int *)magnitude;
    if (digits_of->var.size <= 32) { // two digits of marshal's for each of an int's
        enum { LOW = (1 << MARSHAL_SHIFT) - 1 };
        uint8_t bytes[5 + 64 * 2] = { (uint8_t)('l' | flag) };
        int32_t length = 0;
        for (ssize_t i = 0; i < digits_of->var.size; i++) {
            uint16_t two[2] = { (uint16_t)(digits_of->digits[i] & LOW),
                                (uint16_t)(digits_of->digits[i] >> MARSHAL_SHIFT) };
            memcpy(bytes + 5 + 4 * i, two, 4);
            length += 2;
        }
        length -= !(digits_of->digits[digits_of->var.size - 1] >> MARSHAL_SHIFT);
        int32_t shown = int_sign(o) < 0 ? -length : length;
        memcpy(bytes + 1, &shown, 4);
        return write_bytes(writer, bytes, 5 + 2 * (size_t)length);
    }
    size_t bits = int_bit_length(magnitude);
    size_t digits = (bits + MARSHAL_SHIFT - 1) / MARSHAL_SHIFT, size = bits / 8 + 4;
    uint8_t *bytes = malloc(size);
    if (!bytes) {
        raise_memory_error();
        return -1;
    }
    int status = int_to_bytes(magnitude, bytes, size, true, false);
    if (status == 0) {
        status = write_byte(writer, 'l' | flag);
    }
    if (status == 0) {
        status = write_int32(writer, int_sign(o) < 0 ? -(int32_t)digits : (int32_t)digits);
    }
    for (size_t i = 0; status == 0 && i < digits; i++) {
        size_t bit = i * MARSHAL_SHIFT;
        uint32_t window = 0;
        for (size_t k = 0; k < 3 && bit / 8 + k < size; k++) {
            window |= (uint32_t)bytes[bit / 8 + k] << (8 * k);
        }
        uint16_t digit = (uint16_t)((window >> (bit % 8)) & ((1u << MARSHAL_SHIFT) - 1));
        status = write_bytes(writer, &digit, 2);
    }
    free(bytes);
    return status;
}

static int write_double(Writer *writer, double value) {
    if (writer->version > 1) {
        return write_bytes(writer, &value, 8);
    }
    char *text = double_to_text(value, 'g', 17, 0);
    if (!text) {
        return -1;
    }
    int status = write_byte(writer, (int)strlen(text));
    if (status == 0) {
        status = write_bytes(writer, text, strlen(text));
    }
    free(text);
    return status;
}

static int write_str(Writer *writer, Object *o, int flag) {
    ssize_t length = str_length(o);
    bool interned = str_is_interned(o);
    if (writer->version >= 4 && str_is_ascii(o)) {
        bool is_short = length < 256;
        int type = is_short ? (interned ? 'Z' : 'z') : (interned ? 'A' : 'a');
        if (write_byte(writer, type | flag) < 0) {
            return -1;
        }
        if (is_short) {
            return write_byte(writer, (int)length) < 0 ? -1
                                                       : write_bytes(writer, str_data(o), (size_t)length);
        }
        return write_sized(writer, str_data(o), length);
    }
    Object *utf8 = str_encode(o, "utf-8", "surrogatepass");
    if (!utf8) {
        return -1;
    }
    int type = writer->version >= 3 && interned ? 't' : 'u';
    return write_byte(writer, type | flag) < 0 ? -1
                                               : write_sized(writer, bytes_data(utf8), bytes_length(utf8));
}

static int write_set(Writer *writer, Object *o, int flag) {
    if (write_byte(writer, (object_is_instance(o, &frozenset_type) ? '>' : '<') | flag) < 0 ||
        write_int32(writer, (int32_t)set_size(o)) < 0) {
        return -1;
    }
    // In the order of the items' own marshalled forms, so that equal sets are written alike.
    Object *pairs = list_new(set_size(o));
    Object *key;
    hash_t hash;
    for (ssize_t position = 0; pairs && set_next(o, &position, &key, &hash);) {
        Object *dump = marshal_dumps(key, writer->version);
        if (!dump) {
            if (error_clear_if(&exc_ValueError)) {
                writer->failure = "unmarshallable object";
            }
            return -1;
        }
        Object *pair = tuple_pack(2, dump, key);
        if (!pair || list_append(pairs, pair) < 0) {
            return -1;
        }
    }
    if (!pairs || list_sort(pairs, NULL, false) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(pairs); i++) {
        if (write_object(writer, tuple_get(list_get(pairs, i), 1)) < 0 || poll_often(i) < 0) {
            return -1;
        }
    }
    return 0;
}

static int write_code(Writer *writer, Object *o, int flag) {
    Code *code = (Code *)o;
    int32_t integers[] = { code->argcount, code->posonlyargcount, code->kwonlyargcount, code->stacksize,
                           code->flags };
    if (write_byte(writer, 'c' | flag) < 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        if (write_int32(writer, integers[i]) < 0) {
            return -1;
        }
    }
    Object *objects[] = { code_bytecode(code),   code->consts,        code->names, code->localsplusnames,
                          code->localspluskinds, code->filename,      code->name,  code->qualname,
                          code->linetable,       code->exceptiontable };
    for (size_t i = 0; objects[0] && i < COUNT_OF(objects); i++) {
        if (i == 8 && write_int32(writer, code->firstlineno) < 0) {
            return -1;
        }
        if (write_object(writer, objects[i]) < 0) {
            return -1;
        }
    }
    return objects[0] ? 0 : -1;
}

// Where a stretch is, or would be. Neighbours stay so.
static inline Stretch *stretch_place(Stretch *stretches, size_t mask, uintptr_t address) {
    size_t place = ((address >> 3) * 0x9e3779b97f4a7c15 >> 20 << 3 | (address & 7)) & mask;
    while (stretches[place].address && stretches[place].address != address) {
        place = (place + 1) & mask;
    }
    return &stretches[place];
}

static NOINLINE int stretches_grow(Writer *writer) {
    bool first = writer->stretches == writer->few_stretches;
    size_t slots = (writer->mask + 1) * 4, numbers_size = slots / 2 * sizeof *writer->numbers;
    Stretch *larger = calloc(slots, sizeof *larger);
    uint32_t(*numbers)[STRETCH_CELLS] = !larger ? NULL
                                        : first ? malloc(numbers_size)
                                                : realloc(writer->numbers, numbers_size);
    if (!numbers) {
        free(larger);
        raise_memory_error();
        return -1;
    }
    for (size_t i = 0; i <= writer->mask; i++) {
        const Stretch *stretch = &writer->stretches[i];
        if (stretch->address) {
            *stretch_place(larger, slots - 1, stretch->address) = *stretch;
        }
    }
    if (first) {
        memcpy(numbers, writer->few_numbers, sizeof writer->few_numbers);
    } else {
        free(writer->stretches);
    }
    writer->stretches = larger;
    writer->numbers = numbers;
    writer->mask = slots - 1;
    writer->stretch_room = slots / 2;
    return 0;
}

// Makes the stretch's numbers the last ones.
static NOINLINE int stretch_enter(Writer *writer, uintptr_t address) {
    if (writer->stretch_count == writer->stretch_room && stretches_grow(writer) < 0) {
        return -1;
    }
    Stretch *stretch = stretch_place(writer->stretches, writer->mask, address);
    if (!stretch->address) {
        *stretch = (Stretch){ address, writer->stretch_count++ };
        memset(writer->numbers[stretch->index], 0, sizeof *writer->numbers);
    }
    writer->last = address;
    writer->last_numbers = writer->numbers[stretch->index];
    return 0;
}

static NOINLINE int entered_grow(Writer *writer) {
    if (writer->count > INT32_MAX / 2) {
        raise_memory_error();
        return -1;
    }
    size_t length = writer->count ? 512 : 16;
    Object **more = heap_alloc(length * sizeof *more, CELL_POINTERS);
    if (!more) {
        return -1;
    }
    gc_init(&more[0], writer->entered);
    writer->entered = more;
    writer->room = length - 1;
    return 0;
}

// Decides on FLAG_REF. Returns the flag, or -2 when a reference was written instead, or -1.
static int write_reference(Writer *writer, Object *o) {
    if (writer->version < 3) {
        return 0;
    }
    uintptr_t address = (uintptr_t)o / STRETCH;
    if (address != writer->last && stretch_enter(writer, address) < 0) {
        return -1;
    }
    uint32_t *number = &writer->last_numbers[(uintptr_t)o / CELL_LEAST % STRETCH_CELLS];
    if (*number) {
        return write_typed_int32(writer, 'r', (int32_t)*number - 1) < 0 ? -1 : -2;
    }
    if (UNLIKELY(!writer->room) && entered_grow(writer) < 0) {
        return -1;
    }
    gc_store(writer->entered, &writer->entered[writer->room--], o); // from its end
    *number = (uint32_t)++writer->count;
    return FLAG_REF;
}

static int write_items(Writer *writer, Object *o, int flag) {
    bool is_tuple = tuple_check(o);
    ssize_t size = is_tuple ? tuple_size(o) : list_size(o);
    int status;
    if (is_tuple && writer->version >= 4 && size < 256) {
        status = write_byte(writer, ')' | flag) < 0 ? -1 : write_byte(writer, (int)size);
    } else {
        status = write_byte(writer, (is_tuple ? '(' : '[') | flag) < 0 ? -1
                                                                       : write_int32(writer, (int32_t)size);
    }
    for (ssize_t i = 0; status == 0 && i < size; i++) {
        Object *item = is_tuple ? tuple_get(o, i) : list_get(o, i);
        status = !item || write_object(writer, item) < 0 ? -1 : poll_often(i);
    }
    return status;
}

static int write_object_inner(Writer *writer, Object *o) {
    if (o == NONE) {
        return write_byte(writer, 'N');
    }
    if (o == (Object *)&exc_StopIteration) {
        return write_byte(writer, 'S');
    }
    if (o == ELLIPSIS) {
        return write_byte(writer, '.');
    }
    if (o == FALSE_OBJECT || o == TRUE_OBJECT) {
        return write_byte(writer, o == TRUE_OBJECT ? 'T' : 'F');
    }
    int flag = write_reference(writer, o);
    if (flag < 0) {
        return flag == -2 ? 0 : -1;
    }
    Buffer view;
    if (int_check_exact(o)) {
        return write_long(writer, o, flag);
    }
    if (o->type == &float_type) {
        return write_byte(writer, (writer->version > 1 ? 'g' : 'f') | flag) < 0
                   ? -1
                   : write_double(writer, float_value(o));
    }
    if (o->type == &complex_type) {
        Complex *complex = (Complex *)o;
        return write_byte(writer, (writer->version > 1 ? 'y' : 'x') | flag) < 0 ||
                       write_double(writer, complex->real) < 0
                   ? -1
                   : write_double(writer, complex->imag);
    }
    if (o->type == &bytes_type) {
        return write_byte(writer, 's' | flag) < 0 ? -1 : write_sized(writer, bytes_data(o), bytes_length(o));
    }
    if (str_check_exact(o)) {
        return write_str(writer, o, flag);
    }
    if (o->type == &tuple_type || o->type == &list_type) {
        return write_items(writer, o, flag);
    }
    if (dict_check_exact(o)) {
        Object *key, *value;
        hash_t hash;
        int status = write_byte(writer, '{' | flag);
        for (ssize_t position = 0; status == 0 && dict_next(o, &position, &key, &value, &hash);) {
            status = write_object(writer, key) < 0 || write_object(writer, value) < 0 ? -1 : safepoint();
        }
        return status < 0 ? -1 : write_byte(writer, '0');
    }
    if (o->type == &set_type || o->type == &frozenset_type) {
        return write_set(writer, o, flag);
    }
    if (o->type == &code_type) {
        return write_code(writer, o, flag);
    }
    if (buffer_check(o)) {
        if (object_get_steady_buffer(o, &view) < 0) {
            return -1;
        }
        int status = write_byte(writer, 's' | flag);
        if (status == 0) {
            status = write_sized(writer, view.data, view.length);
        }
        buffer_release(&view);
        return status;
    }
    writer->failure = "unmarshallable object";
    return -1;
}

static int write_object(Writer *writer, Object *o) {
    if (++writer->depth > MARSHAL_DEPTH || stack_is_low()) {
        writer->depth--;
        writer->failure = "object too deeply nested to marshal";
        return -1;
    }
    int status = write_object_inner(writer, o);
    writer->depth--;
    return status;
}

Object *marshal_dumps(Object *value, int version) {
    Writer writer;
    memset(&writer, 0, offsetof(Writer, few_numbers));
    writer.version = version;
    writer.stretches = writer.few_stretches;
    writer.mask = STRETCHES_LEAST - 1;
    writer.numbers = writer.few_numbers;
    writer.stretch_room = STRETCHES_LEAST / 2;
    Object *result = NULL;
    if (write_object(&writer, value) == 0) {
        result = bytes_from(writer.data, (ssize_t)writer.length);
    } else if (!error_occurred()) {
        raise_error(&exc_ValueError, "%s", writer.failure ? writer.failure : "unmarshallable object");
    }
    free(writer.data);
    if (writer.stretches != writer.few_stretches) {
        free(writer.stretches);
        free(writer.numbers);
    }
    return result;
}

// ---- the module

static int version_argument(Object *argument, int *version) {
    *version = MARSHAL_VERSION;
    if (argument) {
        Object *index = number_index(argument);
        *version = index ? int_to_c_int(index) : -1;
        if (*version == -1 && error_occurred()) {
            return -1;
        }
    }
    return 0;
}

static Object *marshal_dumps_function(Object *module, Object *value, Object *version_object) {
    int version;
    if (version_argument(version_object, &version) < 0 || audit("marshal.dumps", "Oi", value, version) < 0) {
        return NULL;
    }
    return marshal_dumps(value, version);
}

static Object *marshal_dump_function(Object *module, Object *value, Object *file, Object *version_object) {
    Object *data = marshal_dumps_function(module, value, version_object);
    return data ? call_method1(file, names.write, data) : NULL;
}

static Object *marshal_loads_function(Object *module, Object *data) {
    Buffer view;
    if (object_get_steady_buffer(data, &view) < 0) {
        return NULL;
    }
    Object *result = audit("marshal.loads", "O", data) < 0 ? NULL
                                                           : marshal_loads(view.data, (size_t)view.length);
    buffer_release(&view);
    return result;
}

static Object *marshal_load_function(Object *module, Object *file) {
    Object *probe = call_method1(file, names.read, int_from_i64(0));
    if (!probe) {
        return NULL;
    }
    if (!bytes_check(probe)) {
        return raise_error(&exc_TypeError, "file.read() returned not bytes but %.100s", probe->type->name);
    }
    if (audit("marshal.load", NULL) < 0) {
        return NULL;
    }
    Reader reader = { .source = file };
    return read_top(&reader);
}

static BuiltinDef functions[] = {
    BUILTIN("dump", marshal_dump_function, "($module, value, file, version=version, /)", 0, NULL),
    BUILTIN("dumps", marshal_dumps_function, "($module, value, version=version, /)", 0, NULL),
    BUILTIN("load", marshal_load_function, "($module, file, /)", 0, NULL),
    BUILTIN("loads", marshal_loads_function, "($module, bytes, /)", 0, NULL),
    BUILTIN_END,
};

static int marshal_exec(Object *module) {
    return module_add_int(module, "version", MARSHAL_VERSION);
}

const ModuleSpec module_marshal = { "marshal", NULL, functions, marshal_exec };
