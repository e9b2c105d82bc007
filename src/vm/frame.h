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

struct Cell16;  // one instruction of an executable twin (vm/twin.h)

typedef enum FrameOwner { FRAME_ON_STACK, FRAME_IN_GENERATOR, FRAME_ENTRY } FrameOwner;

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
    uint8_t owner;                        // FrameOwner
    uint8_t tier;                         // 0: interpreter
    uint8_t is_entry;                     // returning from it leaves the interpreter loop
    uint8_t flags;
    int32_t lasti;                        // set by frame_sync, in bytes
    Object *locals[];
} Frame;

// The `frame` type: CPython's f_back and f_lineno at their places.
typedef struct FrameObject {
    Object base;
    struct FrameObject *back;
    Frame *frame;       // the live frame, or the copy that this object owns
    Object *trace;      // f_trace
    int line;           // f_lineno set by a tracer, 0: computed
    char trace_lines, trace_opcodes, fast_as_locals, owns;
    Object *owned;      // cell that holds the copied frame after it ended
} FrameObject;

// Brings `frame` up to date for an observer (lasti, and whatever a compiler keeps elsewhere).
void frame_sync(Frame *frame);
int frame_line(Frame *frame);
FrameObject *frame_object(Frame *frame);  // NULL with MemoryError
Object *frame_locals(Frame *frame);       // f_locals: the namespace, or a fresh snapshot's dict
Frame *thread_python_frame(Thread *thread);  // innermost frame of Python code, or NULL

// Stack of exceptions being handled (sys.exc_info); one a generator, one a thread.
typedef struct ExceptionState {
    Object *exception;  // NULL or None: none
    struct ExceptionState *previous;
} ExceptionState;

// ---- entering the interpreter (vm/interpreter.c)

// Runs code with the given namespaces (locals NULL: globals): module bodies, exec, eval.
Object *eval_code(Object *code, Object *globals, Object *locals, Object *closure);
// Resumes a generator's frame.
SendResult generator_resume(Object *generator, Object *value, bool throwing, Object **result);
