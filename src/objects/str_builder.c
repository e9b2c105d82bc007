// StrBuilder: appends into a str that is larger than its text, and widens it when a character asks
// for that. The buffer is never published before str_builder_finish.
#include "objects/errors.h"
#include "objects/str.h"
#include "objects/str_private.h"

void str_builder_init(StrBuilder *b, ssize_t expected) {
    b->buffer = NULL;
    b->length = 0;
    b->kind = 1;
    b->max_char = 0x7f;
    b->failed = false;
    bool small = expected <= STR_BUILDER_LOCAL;
    b->text = small ? b->local : NULL;
    b->capacity = small ? STR_BUILDER_LOCAL : expected;
}

// Makes room for `more` characters up to `max_char`; doubles.
static int reserve_slow(StrBuilder *b, ssize_t more, uint32_t max_char) {
    if (b->failed) {
        return -1;
    }
    uint32_t bound = max_char < 0x80      ? 0x7f
                     : max_char < 0x100   ? 0xff
                     : max_char < 0x10000 ? 0xffff
                                          : 0x10ffff;
    bound = bound > b->max_char ? bound : b->max_char;
    if (more > SSIZE_LIMIT / 4 - b->length) {
        b->failed = true;
        raise_memory_error();
        return -1;
    }
    ssize_t need = b->length + more;
    ssize_t capacity = b->capacity;
    if (need > capacity || !b->text) {
        ssize_t wanted = b->text ? capacity + capacity / 2 + 16 : capacity;
        capacity = need > wanted ? need : wanted;
        if (capacity < 16) {
            capacity = 16;
        }
    }
    Object *buffer = str_new(capacity, bound);
    if (!buffer) {
        b->failed = true;
        return -1;
    }
    int kind = str_kind(buffer);
    if (b->length) {
        text_copy(kind, str_data(buffer), 0, b->kind, b->text, 0, b->length);
    }
    b->buffer = buffer;
    b->text = str_data(buffer);
    b->capacity = capacity;
    b->kind = kind;
    b->max_char = bound;
    return 0;
}

static inline int reserve(StrBuilder *b, ssize_t more, uint32_t max_char) {
    if (LIKELY(b->text && more <= b->capacity - b->length && max_char <= b->max_char && !b->failed)) {
        return 0;
    }
    return reserve_slow(b, more, max_char);
}

int str_builder_reserve(StrBuilder *b, ssize_t more, uint32_t max_char) {
    return reserve(b, more, max_char);
}

int str_builder_char(StrBuilder *b, uint32_t c) {
    if (reserve(b, 1, c) < 0) {
        return -1;
    }
    text_write(b->kind, b->text, b->length++, c);
    return 0;
}

int str_builder_range(StrBuilder *b, Object *str, ssize_t start, ssize_t end) {
    ssize_t count = end - start;
    if (count <= 0) {
        return b->failed ? -1 : 0;
    }
    int kind = str_kind(str);
    uint32_t bound = str_max_char(str);
    if (bound > b->max_char && count < str_length(str)) {
        bound = text_max_char(kind, (char *)str_data(str) + start * kind, count);
    }
    if (reserve(b, count, bound) < 0) {
        return -1;
    }
    if (LIKELY(kind == 1 && b->kind == 1)) {
        memcpy(b->text + b->length, (char *)str_data(str) + start, (size_t)count);
    } else {
        text_copy(b->kind, b->text, b->length, kind, str_data(str), start, count);
    }
    b->length += count;
    return 0;
}

int str_builder_str(StrBuilder *b, Object *str) {
    return str_builder_range(b, str, 0, str_length(str));
}

int str_builder_bytes(StrBuilder *b, const char *ascii, size_t length) {
    if (!length) {
        return b->failed ? -1 : 0;
    }
    if (reserve(b, (ssize_t)length, 0x7f) < 0) {
        return -1;
    }
    if (LIKELY(b->kind == 1)) {
        memcpy(b->text + b->length, ascii, length);
    } else {
        text_copy(b->kind, b->text, b->length, 1, ascii, 0, (ssize_t)length);
    }
    b->length += (ssize_t)length;
    return 0;
}

int str_builder_cstring(StrBuilder *b, const char *ascii) {
    return str_builder_bytes(b, ascii, strlen(ascii));
}

int str_builder_fill(StrBuilder *b, uint32_t c, ssize_t count) {
    if (count <= 0) {
        return b->failed ? -1 : 0;
    }
    if (reserve(b, count, c) < 0) {
        return -1;
    }
    void *data = b->text;
    if (b->kind == 1) {
        memset((char *)data + b->length, (int)c, (size_t)count);
    } else {
        for (ssize_t i = 0; i < count; i++) {
            text_write(b->kind, data, b->length + i, c);
        }
    }
    b->length += count;
    return 0;
}

Object *str_builder_finish(StrBuilder *b) {
    if (b->failed) {
        return NULL;
    }
    if (!b->length) {
        return str_empty();
    }
    if (b->text == b->local) {
        return str_from_ascii(b->local, b->length);
    }
    Object *s = b->buffer;
    if (b->length == 1 || b->length < b->capacity - b->capacity / 8 - 16) {
        return str_from_kind(b->kind, str_data(s), b->length);
    }
    ((Str *)s)->length = b->length;
    text_write(b->kind, str_data(s), b->length, 0);
    b->buffer = NULL;
    b->text = NULL;
    return s;
}
