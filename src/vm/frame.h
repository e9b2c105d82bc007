// Frames: plain memory at known offsets, which observers (tracebacks, f_locals, the collector) and a
// compiler can read, and which compiled code can leave at any bytecode.
//
// A frame lies on the thread's segmented VM stack, or inside a generator. Its `locals` array holds
// first the code's fast locals, cells and free variables (nlocalsplus), then the evaluation stack.
// Between two instructions no interpreter state lives anywhere but here and in ip and sp.
#pragma once

#include "objects/code.h"
#include "objects/function.h"
#include "objects/object.h"

struct Instruction;  // one cell of an executable twin (vm/twin.h)
struct Twin;

// What a frame needs when it is left, beyond going on in its caller: 0 is the fast path.
enum {
    FRAME_ENTRY = 1,        // C called it: leaving it leaves the interpreter loop
    FRAME_CHUNK = 2,        // first in its chunk of the VM stack
    FRAME_GENERATOR = 4,    // lies in a generator
    FRAME_OBJECT = 8,       // has a frame object
    FRAME_INCOMPLETE = 16,  // arguments are still being bound: observers do not see it
    FRAME_FOR_ITER = 32,    // a generator that FOR_ITER resumed
    FRAME_SEND = 64,        // a generator or coroutine that SEND resumed
    FRAME_INIT = 128,       // an __init__ that CALL of a class started: returns its instance
    FRAME_ASEND = 256,      // with FRAME_SEND: what SEND resumed is an asynchronous generator's awaitable
    FRAME_DISCARD = 1024,   // nobody wants its value: __setitem__ and property setters
    FRAME_OPERATOR =
        2048,  // an operator's or comparison's method: the operands still lie on the caller's stack
    FRAME_CONTAINS = 4096,  // __contains__: the same, and its value's truth counts
    FRAME_NEXT = 8192,      // __next__ that FOR_ITER called: StopIteration ends the loop
    FRAME_LENGTH = 16384,   // __len__ that len() called: its value must be a length
    FRAME_TRANSIENT = 512,  // a generator that only its caller's evaluation stack refers to
};

typedef struct Frame {
    const struct Instruction *ip;         // where it stands while it is not running
    const struct Instruction *return_to;  // the caller's cell at which it goes on
    Object **sp;                          // top of the evaluation stack while it is not running
    struct Frame *back;                   // the caller, or NULL
    Code *code;
    Function *function;                   // or NULL
    Object *globals, *builtins;           // dicts (builtins: any mapping)
    Object *names;                        // namespace of class bodies and modules, NULL in functions
    struct FrameObject *object;           // its frame object once somebody asked for it
    struct Twin *twin;
    uint16_t flags;                       // FRAME_…
    uint8_t tier;                         // 0: interpreter
    uint32_t reraised;                    // RERAISE: the cell that raised at first, and 1
    Object *locals[];
} Frame;

typedef enum JumpOrigin { JUMP_FROM_NOTHING, JUMP_FROM_LINE, JUMP_FROM_YIELD } JumpOrigin;

// The `frame` type: CPython's f_back and f_lineno at their places.
typedef struct FrameObject {
    Object base;
    struct FrameObject *back;
    Frame *frame;       // the live frame, or the copy that this object owns
    Object *trace;      // f_trace
    int line;           // f_lineno set by a tracer, 0: computed
    char trace_lines, trace_opcodes, fast_as_locals, owns;
    Frame *
        owned; // cell for the copy of the frame that is made when it ends; its code, globals and builtins hold from the start
    Object *generator; // the generator that the frame lies in, or NULL
    uint8_t jumps_from; // from what the tracer may jump by assigning f_lineno: a JumpOrigin
} FrameObject;

// What of a frame never changes may be read at any time, whoever runs it.
static inline Code *frame_object_code(const FrameObject *object) {
    return object->owned->code;
}
// True when no other thread can run or leave the frame meanwhile.
bool frame_is_mine(const FrameObject *object);
// Adds an entry for that instruction of `frame` to the traceback of the exception in flight.
int traceback_add(Frame *frame, const struct Instruction *ip);
// Adds an entry for a C function, in a frame of its own that never ran.
void traceback_add_native(const char *file, const char *function, int line);
int frame_line(Frame *frame);
int frame_set_line(FrameObject *object, Object *value); // f_lineno = value: vm/frame_jump.c
FrameObject *frame_object(Frame *frame); // NULL with MemoryError; of this thread, or with the world stopped
FrameObject *frame_object_of_generator(Frame *frame); // the same, whoever runs the generator
Object *frame_locals(Frame *frame); // f_locals, for the program: the namespace, or the dict of a snapshot
Object *frame_update_locals(Frame *frame); // the same, not to be shown yet
void frame_locals_to_fast(Frame *frame, bool clear); // writes that dict back to the fast locals
// The frame that called `frame` as observers see it, or NULL.
static inline Frame *frame_back(Frame *frame) {
    do {
        frame = frame->back;
    } while (frame && (frame->flags & FRAME_INCOMPLETE));
    return frame;
}
Frame *thread_python_frame(Thread *thread); // innermost frame of Python code, or NULL

// Stack of exceptions being handled (sys.exc_info); one a generator, one a thread.
typedef struct ExceptionState {
    Object *exception; // NULL or None: none
    struct ExceptionState *previous;
} ExceptionState;

// ---- entering the interpreter (vm/interpreter.c)

// Runs code with the given namespaces (locals NULL: globals): module bodies, exec, eval.
Object *eval_code(Object *code, Object *globals, Object *locals, Object *closure);
// Resumes a generator's frame.
SendResult generator_resume(Object *generator, Object *value, bool throwing, Object **result);
