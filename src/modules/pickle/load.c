// Unpickler: pickles to objects.
//
// A machine with a stack, marks in it, and a memo. Pickles may be hostile: each operation checks what it
// takes, sizes are compared with what the input has before memory is asked for, and memo numbers far
// beyond the others go to a dict.
//
// The input is a buffer of bytes. Of a file no more is consumed than the pickle needs: with `peek` the
// buffer runs ahead of the file's position, without it just what is asked for is read.
#include <errno.h>
#include <math.h>

#include "base/utf8.h"
#include "modules/pickle/pickle.h"
#include "objects/containers.h"
#include "objects/dict_internal.h"
#include "objects/exception.h"
#include "objects/float.h"
#include "objects/list_storage.h"
#include "objects/set.h"
#include "objects/shape.h"
#include "objects/str_private.h"

enum { PREFETCH = 128 * 1024, LARGE = 16 << 20 };

Type pickle_load_memo_type;

static Object *fail(const char *text) {
    return raise_error((Type *)pickle_state.unpickling_error, "%s", text);
}
static int failed(const char *text) {
    fail(text);
    return -1;
}

// ---- the memo

static void load_memo_trace(Object *self, Tracer *tracer) {
    LoadMemo *memo = (LoadMemo *)self;
    trace_range(tracer, (void *const *)memo->items, memo->room);
}

const TypeSpec pickle_load_memo_spec = {
    .name = "pickle_load_memo",
    .is_internal = true,
    .basic_size = sizeof(LoadMemo),
    .trace = load_memo_trace,
};

LoadMemo *load_memo_new(size_t room) {
    LoadMemo *memo = heap_alloc_cell(&pickle_load_memo_type, sizeof(LoadMemo) + room * sizeof(Object *));
    if (memo) {
        memo->room = room;
    }
    return memo;
}

// For how many objects room is made next: twice as many, and in a large memo as many as the rest of the input holds if it
// is like what was read, but no more than a few times the present number.
static size_t memo_room(const Unpickler *u, size_t number) {
    enum { DOUBLED_MOST = 1000 };
    if (number < DOUBLED_MOST) {
        return size_max(number * 2, LOAD_MEMO_LEAST);
    }
    const double growth_most = 8;
    double rest = u->next > 0 ? (double)u->length / (double)u->next : 1;
    size_t expected = (size_t)((double)number * (rest > growth_most ? growth_most : rest));
    return size_max(expected + expected / 16, number * 2);
}

static NOINLINE int memo_set_slow(Unpickler *u, size_t number, Object *o) {
    LoadMemo *memo = u->memo;
    if (number > 4 * memo->count + 1024) {
        // Others may clear and replace the memo meanwhile.
        Object *key = int_from_u64(number), *sparse = __atomic_load_n(&u->sparse, __ATOMIC_ACQUIRE);
        if (!sparse) {
            sparse = dict_new();
            if (!sparse) {
                return -1;
            }
            gc_store(u, &u->sparse, sparse);
        }
        return key ? dict_set(sparse, key, o) : -1;
    }
    LoadMemo *larger = load_memo_new(memo_room(u, number));
    if (!larger) {
        return -1;
    }
    gc_store_range(larger, larger->items, memo->items, memo->room);
    larger->count = memo->count;
    gc_store(u, &u->memo, larger);
    larger->count += !larger->items[number];
    gc_store(larger, &larger->items[number], o);
    return 0;
}

static inline int memo_set(Unpickler *u, size_t number, Object *o) {
    LoadMemo *memo = u->memo;
    if (UNLIKELY(number >= memo->room)) {
        return memo_set_slow(u, number, o);
    }
    memo->count += !memo->items[number];
    gc_store(memo, &memo->items[number], o);
    return 0;
}

static Object *memo_get(Unpickler *u, size_t number) {
    LoadMemo *memo = u->memo;
    Object *found = number < memo->room ? memo->items[number] : NULL;
    Object *sparse = __atomic_load_n(&u->sparse, __ATOMIC_ACQUIRE);
    if (!found && sparse) {
        Object *key = int_from_u64(number);
        found = key ? dict_get(sparse, key) : NULL;
    }
    return found || error_occurred() ? found
                                     : raise_error((Type *)pickle_state.unpickling_error,
                                                   "Memo value not found at index %ld", (long)number);
}

// ---- the stack

static NOINLINE int stack_grow(Unpickler *u) {
    ssize_t room = u->room ? u->room * 2 : 32;
    Object **stack = heap_alloc((size_t)room * sizeof(Object *), CELL_POINTERS);
    if (!stack) {
        return -1;
    }
    Object **old = u->stack;
    if (u->height) {
        gc_store_range(stack, stack, old, (size_t)u->height);
    }
    gc_store(u, &u->stack, stack);
    u->room = room;
    if (old) {
        heap_drop(old);
    }
    return 0;
}

static inline int push(Unpickler *u, Object *o) {
    if (!o || (UNLIKELY(u->height == u->room) && stack_grow(u) < 0)) {
        return -1;
    }
    gc_store(u->stack, &u->stack[u->height], o);
    u->height++;
    return 0;
}

static int underflow(Unpickler *u) {
    return failed(u->mark_set ? "unexpected MARK found" : "unpickling stack underflow");
}

// The top of the stack, removed; NULL with UnpicklingError.
static inline Object *pop(Unpickler *u) {
    if (UNLIKELY(u->height <= u->fence)) {
        underflow(u);
        return NULL;
    }
    return u->stack[--u->height];
}

static int push_mark(Unpickler *u) {
    if (u->mark_count == u->mark_room) {
        ssize_t room = u->mark_room * 2 + 20;
        ssize_t *marks = heap_alloc((size_t)room * sizeof(*marks), CELL_BYTES);
        if (!marks) {
            return -1;
        }
        if (u->mark_count) {
            memcpy(marks, u->marks, (size_t)u->mark_count * sizeof(*marks));
        }
        gc_store(u, &u->marks, marks);
        u->mark_room = room;
    }
    u->mark_set = true;
    u->marks[u->mark_count++] = u->fence = u->height;
    return 0;
}

// Removes the last mark and gives its height, -1 with UnpicklingError.
static ssize_t pop_mark(Unpickler *u) {
    if (u->mark_count < 1) {
        return failed("could not find MARK");
    }
    ssize_t mark = u->marks[--u->mark_count];
    u->mark_set = u->mark_count != 0;
    u->fence = u->mark_count ? u->marks[u->mark_count - 1] : 0;
    return mark;
}

// The items from `start` on as a tuple, or a list; they are removed.
static Object *pop_tuple(Unpickler *u, ssize_t start) {
    if (start < u->fence) {
        underflow(u);
        return NULL;
    }
    Object *tuple = tuple_from_array(u->stack + start, u->height - start);
    u->height = start;
    return tuple;
}
static Object *pop_list(Unpickler *u, ssize_t start) {
    Object *list = list_from_array(u->stack + start, u->height - start);
    u->height = start;
    return list;
}

// ---- input

static int truncated(void) {
    return failed("pickle data was truncated");
}

int unpickler_set_input(Unpickler *u, Object *bytes) {
    gc_store(u, &u->input, bytes);
    u->data = (const uint8_t *)bytes_data(bytes);
    u->length = bytes_length(bytes);
    u->next = 0;
    return 0;
}

// Tells the file how much of what was peeked has been used.
static int skip_consumed(Unpickler *u) {
    ssize_t consumed = u->next - u->prefetched;
    if (consumed <= 0) {
        return 0;
    }
    Object *size = int_from_ssize(consumed);
    if (!size || !call1(u->read, size)) {
        return -1;
    }
    u->prefetched = u->next;
    return 0;
}

static Object *check_bytes(Object *o, const char *method) {
    if (o && !bytes_check(o)) {
        if (bytearray_check(o) || buffer_check(o)) {
            return bytes_from_object(o);
        }
        return raise_error(&exc_ValueError, "%s() returned non-bytes object (%R)", method, o->type);
    }
    return o;
}

// Has at least `size` bytes at u->next afterwards; fewer only at the end of the input: what is there. -1.
static ssize_t read_from_file(Unpickler *u, ssize_t size) {
    if (!u->read) {
        return truncated();
    }
    if (skip_consumed(u) < 0) {
        return -1;
    }
    Object *data;
    if (u->peek && size < PREFETCH) {
        Object *most = int_from_ssize(PREFETCH);
        data = most ? call1(u->peek, most) : NULL;
        if (!data) {
            if (!error_clear_if(&exc_NotImplementedError)) {
                return -1;
            }
            gc_store(u, &u->peek, NULL); // it does not support that after all
        } else if (bytes_check(data) && bytes_length(data) >= size) {
            u->prefetched = 0;
            return unpickler_set_input(u, data) < 0 ? -1 : bytes_length(data);
        }
    }
    Object *count = int_from_ssize(size);
    data = count ? check_bytes(call1(u->read, count), "read") : NULL;
    if (!data || unpickler_set_input(u, data) < 0) {
        return -1;
    }
    u->prefetched = bytes_length(data);
    return bytes_length(data);
}

// The next `size` bytes; NULL with EOFError or UnpicklingError.
static NOINLINE const uint8_t *take_slow(Unpickler *u, ssize_t size) {
    if (size > SSIZE_LIMIT - u->next) {
        return (const uint8_t *)fail("read would overflow (invalid bytecode)");
    }
    if (!u->read) {
        truncated();
        return NULL;
    }
    // What is left of the buffer and the rest of the file.
    ssize_t left = u->length - u->next;
    Object *before = NULL;
    if (left > 0 && u->prefetched >= u->length) {
        before = bytes_from(u->data + u->next, left);
        if (!before) {
            return NULL;
        }
        size -= left;
    } else {
        left = 0;
    }
    ssize_t got = read_from_file(u, size);
    if (got < 0) {
        return NULL;
    }
    if (got < size) {
        truncated();
        return NULL;
    }
    if (before) {
        Object *rest = bytes_from(u->data, u->length), *both = rest ? bytes_concat(before, rest) : NULL;
        if (!both || unpickler_set_input(u, both) < 0) {
            return NULL;
        }
        u->prefetched += left;
        size += left;
    }
    const uint8_t *data = u->data;
    u->next = size;
    return data;
}

static inline const uint8_t *take(Unpickler *u, ssize_t size) {
    if (LIKELY(size <= u->length - u->next)) {
        const uint8_t *data = u->data + u->next;
        u->next += size;
        return data;
    }
    return take_slow(u, size);
}

// The next line with its newline; *length bytes. NULL with an exception.
static const uint8_t *take_line(Unpickler *u, ssize_t *length) {
    const uint8_t *data = u->data + u->next,
                  *end = u->next < u->length ? memchr(data, '\n', (size_t)(u->length - u->next)) : NULL;
    if (end) {
        *length = u->line = end + 1 - data;
        u->next += *length;
        return data;
    }
    if (!u->read) {
        truncated();
        return NULL;
    }
    Object *before = NULL;
    if (u->next < u->length && u->prefetched >= u->length) {
        before = bytes_from(data, u->length - u->next);
        if (!before) {
            return NULL;
        }
    } else if (skip_consumed(u) < 0) {
        return NULL;
    }
    Object *line = check_bytes(call0(u->readline), "readline");
    if (line && before) {
        line = bytes_concat(before, line);
    }
    if (!line || unpickler_set_input(u, line) < 0) {
        return NULL;
    }
    u->prefetched = u->length;
    if (!u->length || u->data[u->length - 1] != '\n') {
        truncated();
        return NULL;
    }
    u->next = *length = u->line = u->length;
    return u->data;
}

// A line that is not empty as a NUL-terminated C string, with its newline or without; *length its length.
static const char *take_line_text(Unpickler *u, ssize_t *length) {
    const uint8_t *line = take_line(u, length);
    if (!line) {
        return NULL;
    }
    if (*length < 2) {
        return (const char *)fail("pickle data was truncated");
    }
    Object *copy = bytes_from(line, *length);
    return copy ? bytes_data(copy) : NULL;
}
static const char *take_text(Unpickler *u, ssize_t *length) {
    char *text = (char *)take_line_text(u, length);
    if (text) {
        text[--*length] = 0;
    }
    return text;
}

static uint64_t little(const uint8_t *data, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++) {
        value |= (uint64_t)data[i] << 8 * i;
    }
    return value;
}

// A size of `width` bytes; -1 with an exception. `what` exceeding the system's maximum is OverflowError.
static ssize_t take_size(Unpickler *u, int width, const char *what) {
    const uint8_t *data = take(u, width);
    if (!data) {
        return -1;
    }
    uint64_t size = little(data, width);
    if (size > (uint64_t)SSIZE_LIMIT) {
        raise_error(&exc_OverflowError, "%s exceeds system's maximum size of %zd bytes", what, SSIZE_LIMIT);
        return -1;
    }
    return (ssize_t)size;
}

// Copies `size` bytes of input into `to`, which lies in `owner`.
static int take_into(Unpickler *u, Object *owner, char *to, ssize_t size) {
    ssize_t left = u->length - u->next, part = left < size ? left : size;
    if (part > 0) {
        memcpy(to, u->data + u->next, (size_t)part);
        u->next += part;
        size -= part;
        to += part;
    }
    if (!size && (left > 0 || !u->read)) {
        return 0;
    }
    if (!u->read) {
        return truncated();
    }
    if (skip_consumed(u) < 0) {
        return -1;
    }
    if (!u->readinto) {
        Object *count = int_from_ssize(size), *data = count ? call1(u->read, count) : NULL;
        if (data && !bytes_check(data)) {
            raise_error(&exc_ValueError, "read() returned non-bytes object (%R)", data->type);
            return -1;
        }
        if (!data) {
            return -1;
        }
        if (bytes_length(data) < size) {
            return truncated();
        }
        memcpy(to, bytes_data(data), (size_t)size);
        return 0;
    }
    Object *view = memoryview_from_memory(to, size, false, owner),
           *got = view ? call1(u->readinto, view) : NULL;
    if (!got) {
        return -1;
    }
    ssize_t count = number_to_ssize(got);
    if (count == -1 && error_occurred()) {
        return -1;
    }
    if (count < 0) {
        raise_error(&exc_ValueError, "readinto() returned negative size");
        return -1;
    }
    return count < size ? truncated() : 0;
}

// ---- globals

Object *unpickler_find_global(Unpickler *u, Object *module, Object *name) {
    if (audit("pickle.find_class", "OO", module, name) < 0) {
        return NULL;
    }
    if (u->protocol < 3 && u->fix_imports) {
        Object *key = tuple_pack(2, module, name);
        Object *item = key ? dict_get(pickle_state.name_mapping, key) : NULL;
        if (item) {
            if (!tuple_check(item) || tuple_size(item) != 2) {
                return raise_error(&exc_RuntimeError,
                                   "_compat_pickle.NAME_MAPPING values should be 2-tuples, not %.200s",
                                   item->type->name);
            }
            module = tuple_get(item, 0);
            name = tuple_get(item, 1);
            if (!str_check(module) || !str_check(name)) {
                return raise_error(&exc_RuntimeError,
                                   "_compat_pickle.NAME_MAPPING values should be pairs of str, not "
                                   "(%.200s, %.200s)",
                                   module->type->name, name->type->name);
            }
        } else {
            item = error_occurred() ? NULL : dict_get(pickle_state.import_mapping, module);
            if (item && !str_check(item)) {
                return raise_error(&exc_RuntimeError,
                                   "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200s",
                                   item->type->name);
            }
            if (item) {
                module = item;
            }
        }
        if (error_occurred()) {
            return NULL;
        }
    }
    Object *found = import_by_name(module), *parent;
    if (!found) {
        return NULL;
    }
    if (u->protocol >= 4) {
        return deep_attribute(found, name, &parent);
    }
    Object *value;
    int has = object_getattr_optional(found, name, &value);
    return has ? value : raise_error(&exc_AttributeError, "Can't get attribute %R on %R", name, found);
}

static Object *find_by_method(Unpickler *u, Object *module, Object *name) {
    if (u->base.type == &unpickler_type) {
        return unpickler_find_global(u, module, name);
    }
    return call_method2((Object *)u, names.find_class, module, name);
}

static Object *take_identifier(Unpickler *u, const char *encoding) {
    ssize_t length;
    const uint8_t *line = take_line(u, &length);
    if (!line) {
        return NULL;
    }
    if (length < 2) {
        return fail("pickle data was truncated");
    }
    return str_decode((const char *)line, length - 1, encoding, "strict");
}

static int load_global(Unpickler *u) {
    Object *module = take_identifier(u, "utf-8"), *name = module ? take_identifier(u, "utf-8") : NULL;
    return name ? push(u, find_by_method(u, module, name)) : -1;
}

static int load_stack_global(Unpickler *u) {
    if (u->height - u->fence < 2) {
        return failed("STACK_GLOBAL requires str");
    }
    Object *name = pop(u), *module = pop(u);
    if (name->type != &str_type || module->type != &str_type) {
        return failed("STACK_GLOBAL requires str");
    }
    return push(u, find_by_method(u, module, name));
}

static int load_extension(Unpickler *u, int width) {
    const uint8_t *data = take(u, width);
    if (!data) {
        return -1;
    }
    int64_t code = width == 4 ? (int32_t)little(data, 4) : (int64_t)little(data, width);
    if (code <= 0) {
        return failed("EXT specifies code <= 0");
    }
    Object *key = int_from_i64(code), *o = key ? dict_get(pickle_state.extension_cache, key) : NULL;
    if (o) {
        return push(u, o);
    }
    Object *pair = key && !error_occurred() ? dict_get(pickle_state.inverted_registry, key) : NULL;
    if (!pair) {
        if (!error_occurred()) {
            raise_error(&exc_ValueError, "unregistered extension code %ld", (long)code);
        }
        return -1;
    }
    if (!tuple_check(pair) || tuple_size(pair) != 2 || !str_check(tuple_get(pair, 0)) ||
        !str_check(tuple_get(pair, 1))) {
        raise_error(&exc_ValueError, "_inverted_registry[%ld] isn't a 2-tuple of strings", (long)code);
        return -1;
    }
    o = find_by_method(u, tuple_get(pair, 0), tuple_get(pair, 1));
    return !o || dict_set(pickle_state.extension_cache, key, o) < 0 ? -1 : push(u, o);
}

// ---- numbers and text

// A number of base 10 or, with base 0, a literal, whose errors are in the words of base 10 where no prefix
// says otherwise.
static Object *int_from_literal(const char *text, size_t length, int base) {
    size_t at = 0;
    if (ascii_prefix((const uint8_t *)text, length) < length && !str_from_utf8(text, (ssize_t)length)) {
        return NULL;
    }
    while (at < length && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r') || text[at] == '-' ||
                           text[at] == '+')) {
        at++;
    }
    return int_from_text(text, length, base == 0 && at < length && text[at] == '0' ? 0 : 10);
}

static int load_int_text(Unpickler *u) {
    ssize_t length;
    const char *text = take_text(u, &length);
    if (!text) {
        return -1;
    }
    if (length == 2 && text[0] == '0' && (text[1] == '0' || text[1] == '1')) {
        return push(u, bool_from(text[1] == '1'));
    }
    // As C's strtol reads it, base 0; what does not fit is read by int().
    char *end;
    errno = 0;
    long value = strtol(text, &end, 0);
    if (errno || *end) {
        Object *o = int_from_literal(text, (size_t)length, 0);
        if (!o && error_clear_if(&exc_ValueError)) {
            raise_error(&exc_ValueError, "could not convert string to int");
        }
        return push(u, o);
    }
    return push(u, int_from_i64(value));
}

static int load_long_text(Unpickler *u) {
    ssize_t length;
    const char *text = take_line_text(u, &length);
    if (!text) {
        return -1;
    }
    bool marked = text[length - 2] == 'L'; // else the newline stays, for the message
    return push(u, int_from_literal(text, (size_t)length - (marked ? 2 : 0), 0));
}

static int load_long(Unpickler *u, int width) {
    const uint8_t *data = take(u, width);
    if (!data) {
        return -1;
    }
    int64_t size = width == 4 ? (int32_t)little(data, 4) : data[0];
    if (size < 0) {
        return failed("LONG pickle has negative byte count");
    }
    if (!size) {
        return push(u, int_from_i64(0));
    }
    data = take(u, size);
    return data ? push(u, int_from_bytes(data, (size_t)size, true, true)) : -1;
}

static int load_float_text(Unpickler *u) {
    ssize_t length;
    const char *text = take_text(u, &length), *end;
    if (!text) {
        return -1;
    }
    double value = double_from_text(text, &end);
    if (end == text) {
        raise_error(&exc_ValueError, "could not convert string to float: '%.200s\n'", text);
        return -1;
    }
    if (isinf(value) && end[-1] >= '0' && end[-1] <= '9') {
        raise_error(&exc_OverflowError, "value too large to convert to float: '%.200s\n'", text);
        return -1;
    }
    if (end != text + length) {
        raise_error(&exc_ValueError, "could not convert string to float");
        return -1;
    }
    return push(u, float_from_double(value));
}

static int load_float(Unpickler *u) {
    const uint8_t *data = take(u, 8);
    if (!data) {
        return -1;
    }
    uint64_t bits;
    memcpy(&bits, data, sizeof(bits));
    bits = __builtin_bswap64(bits);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return push(u, float_from_double(value));
}

// Python 2's str: bytes when the encoding is "bytes".
static int push_old_string(Unpickler *u, const char *data, ssize_t length) {
    const char *encoding = str_utf8(u->encoding, NULL), *errors = str_utf8(u->errors, NULL);
    if (!encoding || !errors) {
        return -1;
    }
    return push(u, !strcmp(encoding, "bytes") ? bytes_from(data, length)
                                              : str_decode(data, length, encoding, errors));
}

static int load_string_text(Unpickler *u) {
    ssize_t length;
    const uint8_t *line = take_line(u, &length);
    if (!line) {
        return -1;
    }
    length--;
    if (length < 2 || line[0] != line[length - 1] || (line[0] != '"' && line[0] != '\'')) {
        return failed("the STRING opcode argument must be quoted");
    }
    Object *quoted = bytes_from(line + 1, length - 2);
    Object *decode = quoted ? import_get_attr("_codecs", "escape_decode") : NULL,
           *pair = decode ? call1(decode, quoted) : NULL;
    Object *bytes = pair && tuple_check(pair) && tuple_size(pair) ? tuple_get(pair, 0) : NULL;
    if (pair && (!bytes || !bytes_check(bytes))) { // a program has put another function there
        raise_error(&exc_TypeError, "escape_decode() must return a tuple of bytes and an int");
        return -1;
    }
    return bytes ? push_old_string(u, bytes_data(bytes), bytes_length(bytes)) : -1;
}

static int load_old_string(Unpickler *u, int width) {
    const uint8_t *data = take(u, width);
    if (!data) {
        return -1;
    }
    ssize_t size = (ssize_t)little(data, width);
    data = take(u, size);
    return data ? push_old_string(u, (const char *)data, size) : -1;
}

static int load_unicode_text(Unpickler *u) {
    ssize_t length;
    const uint8_t *line = take_line(u, &length);
    if (!line) {
        return -1;
    }
    return push(u, str_decode((const char *)line, length - 1, "raw-unicode-escape", "strict"));
}

static inline bool is_ascii(const uint8_t *data, size_t size) {
    if (size - 8 > 8) {
        return ascii_prefix(data, size) == size;
    }
    uint64_t start, end;
    memcpy(&start, data, 8);
    memcpy(&end, data + size - 8, 8);
    return !((start | end) & 0x8080808080808080);
}

static inline int load_unicode(Unpickler *u, int width) {
    ssize_t size = take_size(u, width, "BINUNICODE");
    const uint8_t *data = size < 0 ? NULL : take(u, size);
    if (!data) {
        return -1;
    }
    if (is_ascii(data, (size_t)size)) {
        return push(u, size == 1 ? str_from_char(data[0]) : str_from_ascii((const char *)data, size));
    }
    return push(u, str_decode_utf8((const char *)data, size, "surrogatepass"));
}

static int load_bytes(Unpickler *u, int width) {
    ssize_t size = take_size(u, width, "BINBYTES");
    if (size < 0) {
        return -1;
    }
    ssize_t left = u->length - u->next;
    if ((left && size <= left) || !u->read) {
        const uint8_t *data = take(u, size);
        return data ? push(u, bytes_from(data, size)) : -1;
    }
    if (u->readinto && size <= LARGE) {
        Object *bytes = bytes_new(size);
        return bytes && take_into(u, bytes, bytes_data(bytes), size) == 0 ? push(u, bytes) : -1;
    }
    if (!left) {
        // What the file gives is the object.
        Object *count = int_from_ssize(size),
               *data = skip_consumed(u) < 0 || !count ? NULL : call1(u->read, count);
        if (data && data->type != &bytes_type) {
            data = check_bytes(data, "read");
        }
        return !data ? -1 : bytes_length(data) == size ? push(u, data) : truncated();
    }
    const uint8_t *data = take(u, size);
    return data ? push(u, bytes_from(data, size)) : -1;
}

static int load_bytearray(Unpickler *u) {
    ssize_t size = take_size(u, 8, "BYTEARRAY8");
    if (size < 0) {
        return -1;
    }
    if (!u->read && size > u->length - u->next) {
        return truncated();
    }
    if (size > LARGE && u->length - u->next < size) { // nothing is set aside before the data is there
        const uint8_t *data = take(u, size);
        return data ? push(u, bytearray_from(data, size)) : -1;
    }
    Object *array = bytearray_from(NULL, 0);
    if (!array || bytearray_resize(array, size) < 0) {
        return -1;
    }
    return take_into(u, array, ((ByteArray *)array)->start, size) < 0 ? -1 : push(u, array);
}

static int load_next_buffer(Unpickler *u) {
    if (!u->buffers) {
        return failed("pickle stream refers to out-of-band data but no *buffers* argument was given");
    }
    Object *buffer = iter_next(u->buffers);
    if (!buffer) {
        return error_occurred() ? -1 : failed("not enough out-of-band buffers");
    }
    return push(u, buffer);
}

static int load_readonly_buffer(Unpickler *u) {
    if (u->height <= u->fence) {
        return underflow(u);
    }
    Object *o = u->stack[u->height - 1], *view = memoryview_new(o);
    if (!view) {
        return -1;
    }
    Buffer buffer;
    if (object_get_buffer(view, &buffer, BUFFER_FULL_RO) < 0) {
        return -1;
    }
    bool readonly = buffer.readonly;
    buffer_release(&buffer);
    if (!readonly) {
        Object *name = str_intern_cstring("toreadonly"), *locked = name ? call_method0(view, name) : NULL;
        if (!locked) {
            return -1;
        }
        gc_store(u->stack, &u->stack[u->height - 1], locked);
    }
    return 0;
}

// ---- containers

static int load_dict(Unpickler *u) {
    ssize_t start = pop_mark(u);
    if (start < 0) {
        return -1;
    }
    if ((u->height - start) % 2) {
        return failed("odd number of items for DICT");
    }
    Object *dict = dict_new();
    for (ssize_t i = start; dict && i < u->height; i += 2) {
        if (dict_set(dict, u->stack[i], u->stack[i + 1]) < 0) {
            return -1;
        }
    }
    u->height = start;
    return push(u, dict);
}

static int load_frozenset(Unpickler *u) {
    ssize_t start = pop_mark(u);
    Object *items = start < 0 ? NULL : pop_list(u, start);
    return items ? push(u, frozenset_new(items)) : -1;
}

static int load_small_tuple(Unpickler *u, ssize_t size) {
    if (u->height - u->fence < size) {
        return underflow(u);
    }
    return push(u, pop_tuple(u, u->height - size));
}

static int append_from(Unpickler *u, ssize_t start) {
    if (start > u->height || start <= u->fence) {
        return underflow(u);
    }
    ssize_t count = u->height - start;
    if (!count) {
        return 0;
    }
    Object *list = u->stack[start - 1];
    if (list->type == &list_type) {
        if (count == 1) {
            Object *item = u->stack[--u->height];
            return list_append(list, item);
        }
        Object *items = pop_list(u, start);
        if (items && !list_size(list) && !runtime_multithreaded) {
            // As a rule it is fresh: it gets the array of the other one, which is dropped.
            List *from = (List *)items, *to = (List *)list;
            gc_store(to, &to->items, from->items);
            to->var.size = from->var.size;
            from->var.size = 0;
            gc_store(from, &from->items, list_empty_items());
            return 0;
        }
        return items ? list_set_slice(list, list_size(list), list_size(list), items) : -1;
    }
    Object *extend;
    int found = object_getattr_optional(list, names.extend, &extend);
    if (found < 0) {
        return -1;
    }
    if (found) {
        Object *items = pop_list(u, start);
        return items && call1(extend, items) ? 0 : -1;
    }
    Object *append = object_getattr(list, names.append), *items = append ? pop_list(u, start) : NULL;
    for (ssize_t i = 0; items && i < list_size(items); i++) {
        if (!call1(append, list_read(items, i))) {
            return -1;
        }
    }
    return items ? 0 : -1;
}

static int set_from(Unpickler *u, ssize_t start) {
    if (start > u->height || start <= u->fence) {
        return underflow(u);
    }
    ssize_t count = u->height - start;
    if (!count) {
        return 0;
    }
    if (count % 2) {
        return failed("odd number of items for SETITEMS");
    }
    Object *dict = u->stack[start - 1];
    bool plain = dict->type == &dict_type;
    if (plain && count > 10 && dict_reserve(dict, count / 2) < 0) {
        return -1;
    }
    for (ssize_t i = start; i < start + count; i += 2) {
        Object *key = u->stack[i], *value = u->stack[i + 1];
        if ((plain ? dict_set(dict, key, value) : object_setitem(dict, key, value)) < 0) {
            return -1;
        }
    }
    u->height = start;
    return 0;
}

static int add_from(Unpickler *u, ssize_t start) {
    if (start > u->height || start <= u->fence) {
        return underflow(u);
    }
    if (start == u->height) {
        return 0;
    }
    Object *set = u->stack[start - 1];
    if (set->type == &set_type) {
        // Nobody else may touch the stack while this call runs, whatever the items' hash functions do.
        ssize_t count = u->height - start;
        u->height = start;
        return set_update_array(set, u->stack + start, count);
    }
    Object *items = pop_tuple(u, start);
    if (!items) {
        return -1;
    }
    Object *add = object_getattr(set, names.add);
    for (ssize_t i = 0; add && i < tuple_size(items); i++) {
        if (!call1(add, tuple_get(items, i))) {
            return -1;
        }
    }
    return add ? 0 : -1;
}

// ---- objects

static Object *instantiate(Object *class, Object *args) {
    if (!tuple_size(args) && type_check(class)) {
        Object *method, *name = str_intern_cstring("__getinitargs__");
        if (!name || object_getattr_optional(class, name, &method) < 0) {
            return NULL;
        }
        if (!method) {
            return call_method1(class, names.__new__, class);
        }
    }
    return call_tuple_dict(class, args, NULL);
}

static int load_obj(Unpickler *u) {
    ssize_t start = pop_mark(u);
    if (start < 0) {
        return -1;
    }
    if (u->height - start < 1) {
        return underflow(u);
    }
    Object *args = pop_tuple(u, start + 1), *class = args ? pop(u) : NULL;
    return class ? push(u, instantiate(class, args)) : -1;
}

static int load_inst(Unpickler *u) {
    ssize_t start = pop_mark(u);
    if (start < 0) {
        return -1;
    }
    Object *module = take_identifier(u, "ascii"), *name = module ? take_identifier(u, "ascii") : NULL;
    Object *class = name ? find_by_method(u, module, name) : NULL, *args = class ? pop_tuple(u, start) : NULL;
    return args ? push(u, instantiate(class, args)) : -1;
}

static int load_newobj(Unpickler *u, bool ex) {
    Object *kwargs = ex ? pop(u) : NULL, *args = ex && !kwargs ? NULL : pop(u), *class = args ? pop(u) : NULL;
    const char *name = ex ? "NEWOBJ_EX" : "NEWOBJ";
    if (!class) {
        return -1;
    }
    if (!type_check(class)) {
        raise_error((Type *)pickle_state.unpickling_error, "%s class argument must be a type, not %.200s",
                    name, class->type->name);
        return -1;
    }
    NewFn new = ((Type *)class)->info->slots.new;
    if (!new || ((Type *)class)->flags & TF_DISALLOW_INSTANTIATION) {
        raise_error((Type *)pickle_state.unpickling_error, "%s class argument '%.200s' doesn't have __new__",
                    name, class->type->name);
        return -1;
    }
    if (!tuple_check(args)) {
        raise_error((Type *)pickle_state.unpickling_error, "%s args argument must be a tuple, not %.200s",
                    name, args->type->name);
        return -1;
    }
    if (ex && !dict_check(kwargs)) {
        raise_error((Type *)pickle_state.unpickling_error,
                    "NEWOBJ_EX kwargs argument must be a dict, not %.200s", kwargs->type->name);
        return -1;
    }
    Object *keys = kwargs && dict_size(kwargs) ? dict_keys_list(kwargs) : NULL;
    Object *kwnames = keys ? list_to_tuple(keys) : NULL;
    ssize_t nargs = tuple_size(args), named = kwnames ? tuple_size(kwnames) : 0;
    if ((kwargs && dict_size(kwargs) && !kwnames) || nargs > 100000) {
        return kwnames || !kwargs ? (raise_memory_error(), -1) : -1;
    }
    Object *all = named ? tuple_new(nargs + named) : args;
    if (!all) {
        return -1;
    }
    if (named) {
        for (ssize_t i = 0; i < nargs; i++) {
            tuple_init(all, i, tuple_get(args, i));
        }
        for (ssize_t i = 0; i < named; i++) {
            Object *key = tuple_get(kwnames, i), *value = dict_get(kwargs, key);
            if (!str_check(key)) {
                raise_error(&exc_TypeError, "keywords must be strings");
                return -1;
            }
            if (!value) {
                return error_occurred() ? -1 : failed("NEWOBJ_EX kwargs changed");
            }
            tuple_init(all, nargs + i, value);
        }
    }
    return push(u, new ((Type *)class, tuple_items(all), (size_t)nargs, kwnames));
}

static int load_reduce(Unpickler *u) {
    Object *args = pop(u), *callable = args ? pop(u) : NULL;
    if (!callable) {
        return -1;
    }
    if (args->type == &tuple_type) {
        return push(u, call(callable, tuple_items(args), (size_t)tuple_size(args), NULL));
    }
    if (!tuple_check(args)) {
        raise_error(&exc_TypeError, "argument list must be a tuple");
        return -1;
    }
    return push(u, call_tuple_dict(callable, args, NULL));
}

// Whether attributes of `o` can be set in its shape, without making its `__dict__` an object.
static bool has_plain_attributes(Object *o) {
    if (!shape_of(o) || slots_of(o)->getattr != object_generic_getattr) {
        return false;
    }
    Object *descriptor = type_lookup(o->type, names.__dict__);
    return descriptor && descriptor->type == &getset_descriptor_type;
}

static int set_state_dict(Object *o, Object *state) {
    ssize_t position = 0;
    Object *key, *value, *dict = NULL;
    if (has_plain_attributes(o)) {
        bool texts = true;
        while (texts && dict_next(state, &position, &key, &value, NULL)) {
            texts = key->type == &str_type;
        }
        position = 0;
        if (texts) {
            while (dict_next(state, &position, &key, &value, NULL)) {
                if (!(key = str_intern(key)) || instance_set(o, key, value) < 0) {
                    return -1;
                }
            }
            return 0;
        }
    }
    if (!(dict = object_getattr(o, names.__dict__))) {
        return -1;
    }
    ssize_t size = dict_size(state);
    while (dict_next(state, &position, &key, &value, NULL)) {
        if ((key->type == &str_type && !(key = str_intern(key))) || object_setitem(dict, key, value) < 0) {
            return -1;
        }
        if (dict_size(state) != size) {
            raise_error(&exc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
    }
    return 0;
}

static int load_build(Unpickler *u) {
    if (u->height - 2 < u->fence) {
        return underflow(u);
    }
    Object *state = u->stack[--u->height], *o = u->stack[u->height - 1], *setstate, *slots = NULL;
    if (object_getattr_optional(o, names.__setstate__, &setstate) < 0) {
        return -1;
    }
    if (setstate) {
        return call1(setstate, state) ? 0 : -1;
    }
    if (tuple_check(state) && tuple_size(state) == 2) {
        slots = tuple_get(state, 1);
        state = tuple_get(state, 0);
    }
    if (state != NONE) {
        if (!dict_check(state)) {
            return failed("state is not a dictionary");
        }
        if (set_state_dict(o, state) < 0) {
            return -1;
        }
    }
    if (slots && slots != NONE) {
        if (!dict_check(slots)) {
            return failed("slot state is not a dictionary");
        }
        ssize_t position = 0;
        Object *key, *value;
        while (dict_next(slots, &position, &key, &value, NULL)) {
            if (!str_check(key)) {
                raise_error(&exc_TypeError, "attribute name must be string, not '%.200s'", key->type->name);
                return -1;
            }
            if (object_setattr(o, key, value) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int load_persistent(Unpickler *u, bool text) {
    if (!u->persistent_load) {
        return failed("A load persistent id instruction was encountered,\nbut no persistent_load function "
                      "was specified.");
    }
    Object *id;
    if (text) {
        ssize_t length;
        const uint8_t *line = take_line(u, &length);
        if (!line) {
            return -1;
        }
        if (length < 1) {
            return truncated();
        }
        id = str_decode((const char *)line, length - 1, "ascii", "strict");
        if (!id) {
            return error_clear_if(&exc_UnicodeDecodeError)
                       ? failed("persistent IDs in protocol 0 must be ASCII strings")
                       : -1;
        }
    } else if (!(id = pop(u))) {
        return -1;
    }
    return push(u, call_own(u->persistent_load, u->own_persistent_load, (Object *)u, id));
}

// ---- the memo's opcodes

static int load_number_text(Unpickler *u, ssize_t *number, bool needs_top) {
    ssize_t length;
    const char *text = take_line_text(u, &length);
    if (text && needs_top && u->height <= u->fence) {
        return underflow(u);
    }
    Object *o = text ? int_from_literal(text, (size_t)length, 10) : NULL;
    if (!o) {
        return -1;
    }
    *number = number_to_ssize(o);
    return *number == -1 && error_occurred() ? -1 : 0;
}

static int load_get_text(Unpickler *u) {
    ssize_t number;
    if (load_number_text(u, &number, false) < 0) {
        return -1;
    }
    return push(u, number < 0 ? raise_error((Type *)pickle_state.unpickling_error,
                                            "Memo value not found at index %ld", (long)number)
                              : memo_get(u, (size_t)number));
}

static int put_top(Unpickler *u, size_t number) {
    if (u->height <= u->fence) {
        return underflow(u);
    }
    return memo_set(u, number, u->stack[u->height - 1]);
}

static int load_put_text(Unpickler *u) {
    ssize_t number;
    if (load_number_text(u, &number, true) < 0) {
        return -1;
    }
    if (number < 0) {
        raise_error(&exc_ValueError, "negative PUT argument");
        return -1;
    }
    return put_top(u, (size_t)number);
}

static int load_protocol(Unpickler *u) {
    const uint8_t *data = take(u, 1);
    if (!data) {
        return -1;
    }
    if (*data > HIGHEST_PROTOCOL) {
        raise_error(&exc_ValueError, "unsupported pickle protocol: %d", *data);
        return -1;
    }
    u->protocol = *data;
    return 0;
}

// The whole frame is brought into the buffer; its opcodes are read from there.
static int load_frame(Unpickler *u) {
    const uint8_t *data = take(u, 8);
    if (!data) {
        return -1;
    }
    uint64_t size = little(data, 8);
    if (size > (uint64_t)SSIZE_LIMIT) {
        raise_error(&exc_OverflowError, "FRAME length exceeds system's maximum of %zu bytes", SSIZE_LIMIT);
        return -1;
    }
    if (!take(u, (ssize_t)size)) {
        return -1;
    }
    u->next -= (ssize_t)size;
    return 0;
}

static int load_pop(Unpickler *u) {
    // POP of a mark is what POP_MARK does to an empty stretch.
    if (u->mark_count > 0 && u->marks[u->mark_count - 1] == u->height) {
        return pop_mark(u) < 0 ? -1 : 0;
    }
    return pop(u) ? 0 : -1;
}

static int load_pop_mark(Unpickler *u) {
    ssize_t start = pop_mark(u);
    if (start < 0) {
        return -1;
    }
    u->height = start;
    return 0;
}

static int load_sequence(Unpickler *u, bool list) {
    ssize_t start = pop_mark(u);
    return start < 0 ? -1 : push(u, list ? pop_list(u, start) : pop_tuple(u, start));
}

#define TAKE_NUMBER(width) \
    const uint8_t *number = take(u, width); \
    if (!number) { \
        return NULL; \
    }

static Object *bad_key(Unpickler *u, uint8_t op) {
    (void)u;
    if (op >= 0x20 && op < 0x7f && op != '\'' && op != '\\') {
        return raise_error((Type *)pickle_state.unpickling_error, "invalid load key, '%c'.", op);
    }
    return raise_error((Type *)pickle_state.unpickling_error, "invalid load key, '\\x%02x'.", op);
}

// Runs the machine up to STOP.
static Object *run(Unpickler *u) {
    for (;;) {
        const uint8_t *op = take(u, 1);
        if (!op) {
            return error_clear_if((Type *)pickle_state.unpickling_error)
                       ? raise_error(&exc_EOFError, "Ran out of input")
                       : NULL;
        }
        int result;
        ssize_t mark;
        switch (*op) {
        case OP_NONE: result = push(u, NONE); break;
        case OP_NEWTRUE: result = push(u, TRUE_OBJECT); break;
        case OP_NEWFALSE: result = push(u, FALSE_OBJECT); break;
        case OP_BININT1: {
            TAKE_NUMBER(1)
            result = push(u, int_from_i64(number[0]));
            break;
        }
        case OP_BININT2: {
            TAKE_NUMBER(2)
            result = push(u, int_from_i64((int64_t)little(number, 2)));
            break;
        }
        case OP_BININT: {
            TAKE_NUMBER(4)
            result = push(u, int_from_i64((int32_t)little(number, 4)));
            break;
        }
        case OP_INT: result = load_int_text(u); break;
        case OP_LONG: result = load_long_text(u); break;
        case OP_LONG1: result = load_long(u, 1); break;
        case OP_LONG4: result = load_long(u, 4); break;
        case OP_FLOAT: result = load_float_text(u); break;
        case OP_BINFLOAT: result = load_float(u); break;
        case OP_SHORT_BINBYTES: result = load_bytes(u, 1); break;
        case OP_BINBYTES: result = load_bytes(u, 4); break;
        case OP_BINBYTES8: result = load_bytes(u, 8); break;
        case OP_BYTEARRAY8: result = load_bytearray(u); break;
        case OP_NEXT_BUFFER: result = load_next_buffer(u); break;
        case OP_READONLY_BUFFER: result = load_readonly_buffer(u); break;
        case OP_SHORT_BINSTRING: result = load_old_string(u, 1); break;
        case OP_BINSTRING: result = load_old_string(u, 4); break;
        case OP_STRING: result = load_string_text(u); break;
        case OP_UNICODE: result = load_unicode_text(u); break;
        case OP_SHORT_BINUNICODE: result = load_unicode(u, 1); break;
        case OP_BINUNICODE: result = load_unicode(u, 4); break;
        case OP_BINUNICODE8: result = load_unicode(u, 8); break;
        case OP_EMPTY_TUPLE: result = push(u, tuple_empty()); break;
        case OP_TUPLE1: result = load_small_tuple(u, 1); break;
        case OP_TUPLE2: result = load_small_tuple(u, 2); break;
        case OP_TUPLE3: result = load_small_tuple(u, 3); break;
        case OP_TUPLE: result = load_sequence(u, false); break;
        case OP_EMPTY_LIST: result = push(u, list_new(0)); break;
        case OP_LIST: result = load_sequence(u, true); break;
        case OP_EMPTY_DICT: result = push(u, dict_new()); break;
        case OP_DICT: result = load_dict(u); break;
        case OP_EMPTY_SET: result = push(u, set_new(NULL)); break;
        case OP_ADDITEMS: result = (mark = pop_mark(u)) < 0 ? -1 : add_from(u, mark); break;
        case OP_FROZENSET: result = load_frozenset(u); break;
        case OP_OBJ: result = load_obj(u); break;
        case OP_INST: result = load_inst(u); break;
        case OP_NEWOBJ: result = load_newobj(u, false); break;
        case OP_NEWOBJ_EX: result = load_newobj(u, true); break;
        case OP_GLOBAL: result = load_global(u); break;
        case OP_STACK_GLOBAL: result = load_stack_global(u); break;
        case OP_APPEND:
            result = u->height - 1 <= u->fence ? underflow(u) : append_from(u, u->height - 1);
            break;
        case OP_APPENDS:
            // Ints and texts let no signal in.
            result = (mark = pop_mark(u)) < 0 || append_from(u, mark) < 0 ? -1 : safepoint();
            break;
        case OP_BUILD: result = load_build(u); break;
        case OP_DUP: result = u->height <= u->fence ? underflow(u) : push(u, u->stack[u->height - 1]); break;
        case OP_BINGET: {
            TAKE_NUMBER(1)
            result = push(u, memo_get(u, number[0]));
            break;
        }
        case OP_LONG_BINGET: {
            TAKE_NUMBER(4)
            result = push(u, memo_get(u, little(number, 4)));
            break;
        }
        case OP_GET: result = load_get_text(u); break;
        case OP_MARK: result = push_mark(u); break;
        case OP_BINPUT: {
            TAKE_NUMBER(1)
            result = put_top(u, number[0]);
            break;
        }
        case OP_LONG_BINPUT: {
            TAKE_NUMBER(4)
            result = put_top(u, little(number, 4));
            break;
        }
        case OP_PUT: result = load_put_text(u); break;
        case OP_MEMOIZE: {
            const Object *sparse = __atomic_load_n(&u->sparse, __ATOMIC_ACQUIRE);
            result = put_top(u, u->memo->count + (sparse ? (size_t)dict_size(sparse) : 0));
            break;
        }
        case OP_POP: result = load_pop(u); break;
        case OP_POP_MARK: result = load_pop_mark(u); break;
        case OP_SETITEM:
            result = u->height - 2 <= u->fence ? underflow(u) : set_from(u, u->height - 2);
            break;
        case OP_SETITEMS:
            result = (mark = pop_mark(u)) < 0 || set_from(u, mark) < 0 ? -1 : safepoint();
            break;
        case OP_PERSID: result = load_persistent(u, true); break;
        case OP_BINPERSID: result = load_persistent(u, false); break;
        case OP_REDUCE: result = load_reduce(u); break;
        case OP_PROTO: result = load_protocol(u); break;
        case OP_FRAME: result = load_frame(u); break;
        case OP_EXT1: result = load_extension(u, 1); break;
        case OP_EXT2: result = load_extension(u, 2); break;
        case OP_EXT4: result = load_extension(u, 4); break;
        case OP_STOP: return u->read && skip_consumed(u) < 0 ? NULL : pop(u);
        default: return bad_key(u, *op);
        }
        if (UNLIKELY(result < 0)) {
            return NULL;
        }
    }
}

Object *pickle_read(Unpickler *u) {
    u->mark_count = u->height = u->fence = 0;
    u->mark_set = false;
    u->protocol = 0;
    Object *value = run(u);
    u->height = u->room = 0;
    gc_store(u, &u->stack, NULL);
    return value;
}
