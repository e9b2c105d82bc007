// Between the files of `_pickle`: opcodes, the memo of a Pickler, and what saving and loading share.
//
// A Pickler or Unpickler belongs to the call that runs it (`busy`): one that is entered a second time, by
// another thread or by a callback, says so. What others may do meanwhile, clearing or replacing the memo,
// replaces one pointer to a table that knows its own size.
#pragma once

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/object.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/runtime.h"

enum { HIGHEST_PROTOCOL = 5, DEFAULT_PROTOCOL = 4 };

typedef enum Opcode {
    OP_MARK = '(',
    OP_STOP = '.',
    OP_POP = '0',
    OP_POP_MARK = '1',
    OP_DUP = '2',
    OP_FLOAT = 'F',
    OP_INT = 'I',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_LONG = 'L',
    OP_BININT2 = 'M',
    OP_NONE = 'N',
    OP_PERSID = 'P',
    OP_BINPERSID = 'Q',
    OP_REDUCE = 'R',
    OP_STRING = 'S',
    OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U',
    OP_UNICODE = 'V',
    OP_BINUNICODE = 'X',
    OP_APPEND = 'a',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_DICT = 'd',
    OP_EMPTY_DICT = '}',
    OP_APPENDS = 'e',
    OP_GET = 'g',
    OP_BINGET = 'h',
    OP_INST = 'i',
    OP_LONG_BINGET = 'j',
    OP_LIST = 'l',
    OP_EMPTY_LIST = ']',
    OP_OBJ = 'o',
    OP_PUT = 'p',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's',
    OP_TUPLE = 't',
    OP_EMPTY_TUPLE = ')',
    OP_SETITEMS = 'u',
    OP_BINFLOAT = 'G',
    OP_PROTO = 0x80,
    OP_NEWOBJ,
    OP_EXT1,
    OP_EXT2,
    OP_EXT4,
    OP_TUPLE1,
    OP_TUPLE2,
    OP_TUPLE3,
    OP_NEWTRUE,
    OP_NEWFALSE,
    OP_LONG1,
    OP_LONG4,
    OP_BINBYTES = 'B',
    OP_SHORT_BINBYTES = 'C',
    OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8,
    OP_BINBYTES8,
    OP_EMPTY_SET,
    OP_ADDITEMS,
    OP_FROZENSET,
    OP_NEWOBJ_EX,
    OP_STACK_GLOBAL,
    OP_MEMOIZE,
    OP_FRAME,
    OP_BYTEARRAY8,
    OP_NEXT_BUFFER,
    OP_READONLY_BUFFER,
} Opcode;

// Objects and the numbers they got, in the order in which they were entered, and where each stands by
// its address. (The order keeps what a collection has to look at again together.)
typedef struct Memo {
    Object base;
    size_t mask, used, room;
    uint32_t *index;  // a CELL_BYTES cell: positions + 1, 0: free
    struct {
        Object *key;
        size_t number;
    } entries[];
} Memo;

// The first memo of a Pickler on the C stack.
enum { OWN_MEMO_ROOM = 16 };
typedef struct OwnMemo {
    alignas(Memo) char memo[sizeof(Memo) + OWN_MEMO_ROOM * sizeof(((Memo *)0)->entries[0])];
    uint32_t index[2 * OWN_MEMO_ROOM];
} OwnMemo;
Memo *pickle_own_memo(OwnMemo *own); // empty

typedef struct Pickler {
    Object base;
    Memo *memo;          // NULL: empty
    Object *persistent_id, *dispatch_table, *reducer_override, *write, *buffer_callback;
    char *output;        // from malloc, while a dump is running
    ssize_t room, length, frame;  // of the output; where the frame begins in it, -1: none is open
    int protocol, binary, fast, nesting;
    Object *fast_memo;   // a dict of addresses
    uint32_t busy;
    bool framing, fix_imports, dumped;
    bool own_persistent_id; // a function to be called with the Pickler itself first
} Pickler;

// What an Unpickler knows of objects by number.
typedef struct LoadMemo {
    Object base;
    size_t room, count;
    Object *items[];
} LoadMemo;

typedef struct Unpickler {
    Object base;
    LoadMemo *memo;
    Object *sparse;      // numbers far beyond the others: a dict, or NULL
    Object *persistent_load, *read, *readline, *readinto, *peek, *buffers;
    Object *encoding, *errors;
    Object *input;       // bytes that hold what `data` points to, or NULL
    const uint8_t *data;
    ssize_t length, next, prefetched;  // of `data`; read so far; how far the file itself has been read
    Object **stack;      // a CELL_POINTERS cell
    ssize_t height, room, fence;
    ssize_t *marks;      // a CELL_BYTES cell
    ssize_t mark_count, mark_room;
    ssize_t line;        // length of the last line read, whose copy CPython counts
    int protocol;
    uint32_t busy;
    bool fix_imports, mark_set;
    bool own_persistent_load; // a function to be called with the Unpickler itself first
} Unpickler;

extern Type pickler_type, unpickler_type, pickler_memo_type, unpickler_memo_type, pickle_buffer_type;
extern Type pickle_memo_table_type, pickle_load_memo_type;
extern const TypeSpec pickler_spec, unpickler_spec, pickler_memo_spec, unpickler_memo_spec,
    pickle_buffer_spec;
extern const TypeSpec pickle_memo_table_spec, pickle_load_memo_spec;

// What the module takes from others, and its exceptions: a root.
typedef struct PickleState {
    Object *error, *pickling_error, *unpickling_error;
    Object *dispatch_table, *extension_registry, *inverted_registry, *extension_cache;  // copyreg
    Object *name_mapping, *import_mapping, *reverse_name_mapping, *reverse_import_mapping; // _compat_pickle
    Object *encode, *partial, *getattr;
} PickleState;
extern PickleState pickle_state;

Object *pickle_dump(Object *module, Object *o, Object *file, Object *protocol, Object *fix_imports,
                    Object *callback);
Object *pickle_dumps(Object *module, Object *o, Object *protocol, Object *fix_imports, Object *callback);
Object *pickle_load(Object *module, Object *file, Object *fix_imports, Object *encoding, Object *errors,
                    Object *buffers);
Object *pickle_loads(Object *module, Object *data, Object *fix_imports, Object *encoding, Object *errors,
                     Object *buffers);

// ---- save.c
// Writes one whole pickle into the output; pickle_output_end is to follow, whatever it returns.
int pickle_write(Pickler *p, Object *o);
// Hands what has been written to the file.
int pickle_flush(Pickler *p);
void pickle_output_end(Pickler *p);
// Enters `key` under `number` into the memo at *slot of `owner`, which may be replaced by a larger one.
int pickle_memo_add(void *owner, Memo **slot, Object *key, size_t number);

// ---- load.c
enum { LOAD_MEMO_LEAST = 32 };
LoadMemo *load_memo_new(size_t room);
int unpickler_set_input(Unpickler *u, Object *bytes);
// One pickle from the input; what was read of the file is exactly that.
Object *pickle_read(Unpickler *u);
Object *unpickler_find_global(Unpickler *u, Object *module, Object *name);

// ---- between them and others
// PickleBuffer: the buffer behind it, or NULL with ValueError when it was released.
const Buffer *pickle_buffer_view(Object *o);

// The attribute that the dotted `name` leads to from `o`, with the object it was taken from. NULL with
// AttributeError.
Object *deep_attribute(Object *o, Object *name, Object **parent);
// sys.modules[name] after importing it.
Object *import_by_name(Object *name);
// What `memo` is to programs: a view of the owner's table.
typedef struct MemoProxy {
    Object base;
    Object *owner;
} MemoProxy;
Object *memo_proxy_new(Type *type, Object *owner);
void memo_proxy_trace(Object *self, Tracer *tracer);
Object *memo_proxy_reduce(Object *contents);  // a dict; NULL stays NULL

// For persistent_id and persistent_load. A method bound to the object itself is kept as its function, so that the object
// is on no cycle and dies when it is dropped.
Object *own_function(Object *self, Object *method, bool *own);
static inline Object *call_own(Object *function, bool own, Object *self, Object *argument) {
    return own ? call2(function, self, argument) : call1(function, argument);
}
int set_callable(Object *self, Object **slot, Object *value, const char *name);
