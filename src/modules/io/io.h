// What the files of `_io` share.
#pragma once

#include "modules/io/writers.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"

enum { IO_BUFFER_SIZE = 8192 };

// Every class of `_io` begins like this: instances have a __dict__ and weak references.
typedef struct IoHead {
    Object base;
    Object *dict, *weaklist;
} IoHead;

extern Type iobase_type, rawiobase_type, bufferediobase_type, textiobase_type, fileio_type;
extern Type bytesio_type, buffered_reader_type, buffered_writer_type, buffered_random_type;
extern Type buffered_rwpair_type, textio_type, stringio_type, newline_decoder_type;
extern const TypeSpec iobase_spec, rawiobase_spec, bufferediobase_spec, textiobase_spec, fileio_spec;
extern const TypeSpec bytesio_spec, buffered_reader_spec, buffered_writer_spec, buffered_random_spec;
extern const TypeSpec buffered_rwpair_spec, textio_spec, stringio_spec, newline_decoder_spec;
extern Object *io_unsupported;  // UnsupportedOperation

void io_trace_head(Object *self, Tracer *tracer);
Object *raise_unsupported(const char *what);
Object *raise_closed(void);  // "I/O operation on closed file."
// A target of readinto(): -1 with TypeError "readinto() argument must be read-write bytes-like object, ...".
int io_writable_buffer(Object *target, Buffer *view, const char *function);
const char *type_name_or_none(Object *o);
const char *mode_text_of(Object *o);
// `o.closed`: 1, 0, -1.
int io_is_closed(Object *o);
// Closes `self` when it is still open; for finalizers. Never leaves an exception.
void io_finalize(Object *self);
// For heap_hooks.finalizer_rank: wrappers go before what they wrap; closed streams have nothing to do.
int io_finalizer_rank(Object *o);
Object *io_call(Object *o, Object *method);
Object *io_call1(Object *o, Object *method, Object *argument);
// None or an index as a size; -1 for None. -2 with an exception.
ssize_t io_size_argument(Object *o);
Object *io_get_dict(Object *self, void *closure);

// `o.method()` has to be True: -1 with UnsupportedOperation(message).
int io_check_ability(Object *o, Object *method, const char *message);

// A new FileIO.
Object *fileio_open(Object *file, const char *mode, bool closefd, Object *opener);
// read(2) and write(2) on an exact FileIO: the count, -1 with an exception, -2: would block.
ssize_t fileio_read_raw(Object *self, void *data, size_t size);
ssize_t fileio_write_raw(Object *self, const void *data, size_t size);
bool fileio_is_closed(Object *self);
bool fileio_owns_descriptor(Object *self);
int fileio_block_size(Object *self);
int fileio_descriptor(Object *self);  // -1: closed
Object *io_buffered_raw(Object *buffered);
void io_buffered_wrapped(Object *buffered, bool gone);  // a text stream was put around it, or detached
bool io_buffered_was_closed(Object *buffered); // by its own close()
bool io_buffered_is_dirty(Object *o);  // false for what is no Buffered… object
// `o.closed`, without calls when `o` is a buffered stream over a FileIO: 1, 0, -1.
int io_stream_is_closed(Object *o);
Object *io_text_buffer(Object *text);

// Translates "\r\n" and "\r" to "\n" in `text`; *seen collects 1: \r, 2: \n, 4: \r\n.
Object *newlines_translate(Object *text, bool translate, int *seen);
Object *newlines_seen(int seen);
