// Codecs: the registry, the error handlers, and the encodings that are built in.
//
// An encoder or decoder in C meets bad input at [start, end) and asks its CodecErrors what to do. The
// well-known handlers are done on the spot; any other is looked up once and called with an exception
// object, as PEP 293 says: it returns a replacement and the position at which to go on (negative:
// from the end), and a decoding handler may even exchange the input.
#pragma once

#include "objects/object.h"
#include "objects/str.h"

// ---- registry
int codec_register(Object *search_function);
int codec_unregister(Object *search_function);
extern bool codec_check_always;  // -X dev: encodings and error handlers are looked up even for ASCII text
Object *codec_lookup(const char *encoding);            // the CodecInfo tuple; LookupError
Object *codec_register_error(Object *name, Object *handler);
Object *codec_lookup_error(const char *name);          // NULL: strict; LookupError
Object *codec_encode(Object *o, const char *encoding, const char *errors);  // any codec
Object *codec_decode(Object *o, const char *encoding, const char *errors);
void codec_set_normalized(const char *name, char *out, size_t size);

// ---- errors
typedef enum ErrorMode {
    ERRORS_STRICT,
    ERRORS_IGNORE,
    ERRORS_REPLACE,
    ERRORS_SURROGATEESCAPE,
    ERRORS_SURROGATEPASS,
    ERRORS_BACKSLASH,
    ERRORS_XML,
    ERRORS_OTHER,
} ErrorMode;

typedef struct CodecErrors {
    const char *encoding, *errors;
    ErrorMode mode;
    Object *handler, *exception;
} CodecErrors;
void codec_errors_init(CodecErrors *e, const char *encoding, const char *errors);

// The input of a decoder, which an error handler may exchange.
typedef struct DecodeInput {
    const uint8_t *data;
    ssize_t length;
    Object *owner;  // keeps exchanged input alive
} DecodeInput;
// Handles bad bytes [start, end): appends the replacement and returns where to go on; -1.
ssize_t codec_decode_error(CodecErrors *e, DecodeInput *input, ssize_t start, ssize_t end, const char *reason,
                           StrBuilder *out);

// Handles characters [start, end) that cannot be encoded. Returns where to go on, or -1;
// *replacement is a str (to be encoded by the caller) or a bytes object (to be copied).
ssize_t codec_encode_error(CodecErrors *e, Object *str, ssize_t start, ssize_t end, const char *reason,
                           Object **replacement);
// What the handlers "backslashreplace" and "xmlcharrefreplace" put in the place of a character: how many bytes.
enum { CODEC_ESCAPE_LONGEST = 10 };
ssize_t codec_escape_char(ErrorMode mode, char *text, uint32_t c);
// Raises the UnicodeEncodeError for those characters; NULL.
Object *raise_encode_error(const char *encoding, Object *str, ssize_t start, ssize_t end, const char *reason);
Object *raise_decode_error(const char *encoding, const DecodeInput *input, ssize_t start, ssize_t end,
                           const char *reason);

// ---- encodings. Decoders take `consumed`: NULL means that the input is complete.
Object *utf8_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed);
Object *utf7_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed);
Object *utf16_decode(const char *bytes, ssize_t length, const char *errors, int *byteorder,
                     ssize_t *consumed);
Object *utf32_decode(const char *bytes, ssize_t length, const char *errors, int *byteorder,
                     ssize_t *consumed);
Object *ascii_decode(const char *bytes, ssize_t length, const char *errors);
Object *latin1_decode(const char *bytes, ssize_t length);
// The first escape that deserves a warning, without its backslash; length 0: none. (Its text, not its
// place: an error handler may replace the input.)
typedef struct InvalidEscape {
    int length; // 1: unknown, 3: octal above 0o377
    uint8_t text[3];
} InvalidEscape;
Object *unicode_escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed,
                              InvalidEscape *invalid);
Object *raw_unicode_escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *consumed);
Object *charmap_decode(const char *bytes, ssize_t length, const char *errors, Object *mapping);
Object *escape_decode(const char *bytes, ssize_t length, const char *errors, ssize_t *first_invalid);

Object *utf7_encode(Object *str, const char *errors);
Object *utf16_encode(Object *str, const char *errors, int byteorder); // 0: native with BOM
Object *utf32_encode(Object *str, const char *errors, int byteorder);
Object *ascii_encode(Object *str, const char *errors);
Object *latin1_encode(Object *str, const char *errors);
Object *unicode_escape_encode(Object *str);
Object *raw_unicode_escape_encode(Object *str);
Object *charmap_encode(Object *str, const char *errors, Object *mapping);
Object *charmap_build(Object *str);

// ---- building bytes
typedef struct BytesBuilder {
    Object *buffer;
    size_t length, capacity;
} BytesBuilder;
int bytes_builder_reserve(BytesBuilder *b, size_t more);
int bytes_builder_add(BytesBuilder *b, const void *data, size_t length);
Object *bytes_builder_finish(BytesBuilder *b);
