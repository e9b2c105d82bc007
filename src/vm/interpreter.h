// The interpreter's insides, for the files of opcode handlers.
//
// A handler is a function that ends in a tail call of the next one. Its four arguments stay in
// registers: `ip` the current cell, `sp` the first free slot of the evaluation stack, `fp` the frame,
// `ts` the thread. Only the macros here move ip. Values that have been popped stay in memory until
// they are overwritten, which keeps them alive while their handler works.
//
// Rules
//   - SAVE() before anything that may run Python code or look at frames: it brings fp->ip and fp->sp
//     up to date. An exception needs no SAVE: ERROR() passes ip along.
//   - Nothing that runs Python code is called between reading a guard and relying on it.
//   - A frame's stack area is traced conservatively while it runs, so an allocation needs no SAVE.
#pragma once

#include "compile/opcodes.h"
#include "objects/abstract.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/sequence_types.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/frame.h"
#include "vm/twin.h"

// Sanitizers keep values across their checks in ways that Clang cannot bring together with guaranteed tail
// calls and this calling convention, whose functions keep no register, not even the one that an instrumented
// caller finds its frame by. The handlers and who enters them go without; everything that they call does not.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
#define NOT_SANITIZED __attribute__((no_sanitize("address", "thread", "undefined", "coverage")))
#else
#define NOT_SANITIZED
#endif
#define PRESERVE_NONE NOT_SANITIZED __attribute__((preserve_none))
#define HANDLER_ARGUMENTS const Instruction *ip, Object **sp, Frame *fp, Thread *ts
// Each begins a cache line: where a change anywhere else moved them, programs ran by up to a fifth slower or faster.
#define HANDLER(name) PRESERVE_NONE __attribute__((aligned(CACHE_LINE))) Object *name(HANDLER_ARGUMENTS)
#define TAIL(function) [[clang::musttail]] return (function)(ip, sp, fp, ts)
#define DISPATCH() TAIL(ip->handler)
#define NEXT() \
    do { \
        ip++; \
        DISPATCH(); \
    } while (0)
#define JUMP(cell) \
    do { \
        ip = (cell); \
        DISPATCH(); \
    } while (0)
#define ERROR() TAIL(unwind)
#define SAVE() (fp->ip = ip, fp->sp = sp)
// After a call to C: a signal, tracing switched on, a stop request.
#define NEXT_POLLED() \
    do { \
        if (UNLIKELY(__atomic_load_n(&ts->poll, __ATOMIC_RELAXED))) { \
            TAIL(poll_and_next); \
        } \
        NEXT(); \
    } while (0)

// After a call to C that may have run Python code, SAVE() before it: where that switched tracing on, this frame goes on in
// other cells, and only fp->ip says so.
#define NEXT_CALLED() \
    do { \
        ip = fp->ip; \
        NEXT(); \
    } while (0)
// (Behind a call, asking is faster than waiting for the load.)
#define NEXT_CALLED_POLLED() \
    do { \
        if (UNLIKELY(ts->use_tracing)) { \
            ip = fp->ip; \
        } \
        NEXT_POLLED(); \
    } while (0)

// After a name was deleted or set to None that referred to `old` (or NULL).
#define NEXT_DROPPED(old) \
    do { \
        if (UNLIKELY((old) && (old)->type->flags & TF_GC)) { \
            SAVE(); \
            heap_after_drop(old, ip, ts->interpreter_sp); \
            NEXT_POLLED(); \
        } \
        NEXT(); \
    } while (0)

#define OP(name, number, caches) HANDLER(op_##name);
#include "compile/opcodes.def"
#undef OP

// The exception in flight was raised at ip: adds a traceback entry and finds the handler.
HANDLER(unwind);
HANDLER(unwind_without_traceback);
HANDLER(unwind_past); // what a tracer raises as the frame ends: the frame has no handler for it
// Runs what the thread is asked to do, then goes on behind ip, or at ip.
HANDLER(poll_and_next);
HANDLER(poll_and_dispatch);
// Leaves the frame with the value in sp[-1], whatever kind of frame it is.
HANDLER(return_slow);
// Calls: sp[-n-2] is NULL or the callable, then self or the callable, then n arguments.
HANDLER(dispatch_frame);

static inline Object **frame_stack(const Frame *fp) {
    return (Object **)fp->locals + fp->twin->stack_offset;
}
static inline Object **frame_slot(Frame *fp, uint64_t offset) {
    return (Object **)((char *)fp + offset);
}
static inline int slot_index(uint64_t offset) {
    return (int)((offset - offsetof(Frame, locals)) / sizeof(Object *));
}

// ---- the VM stack and frames (frame_stack.c)

typedef struct FrameChunk {
    struct FrameChunk *previous, *next;
    Object **top; // free part when a later chunk is in use
    size_t words, depth; // of itself, and of all chunks up to it
    ExceptionState handled; // the thread's own, in its first chunk
    Object *slots[];
} FrameChunk;

Frame *frame_allocate_slow(Thread *ts, const Twin *twin);
void frame_chunk_leave(Thread *ts);

// Room for a frame; only its `flags` are set. NULL with MemoryError or RecursionError.
READS_RECORDS static inline Frame *frame_allocate(Thread *ts, const Twin *twin) {
    Object **top = ts->stack_top;
    if (UNLIKELY((size_t)(ts->stack_end - top) < twin->frame_words)) {
        return frame_allocate_slow(ts, twin);
    }
    ts->stack_top = top + twin->frame_words;
    Frame *frame = (Frame *)top;
    frame->flags = 0;
    return frame;
}

static inline void frame_free(Frame *frame, Thread *ts) {
    ts->stack_top = (Object **)frame;
    if (UNLIKELY(frame->flags & FRAME_CHUNK)) {
        frame_chunk_leave(ts);
    }
}

// Fills the header of a fresh frame; the locals are the caller's.
READS_RECORDS static inline void frame_init(Frame *frame, Twin *twin, Function *function, Frame *back) {
    frame->ip = twin->cells;
    frame->sp = frame->locals + twin->stack_offset;
    frame->back = back;
    frame->code = twin->code;
    frame->function = function;
    frame->globals = function->globals;
    frame->builtins = function->builtins;
    frame->names = NULL;
    frame->object = NULL;
    frame->twin = twin;
    frame->tier = 0;
    frame->reraised = 0;
}

static inline int thread_descend(Thread *ts) {
    if (UNLIKELY(--ts->recursion_left < 0)) {
        ts->recursion_left++;
        return recursion_enter("");
    }
    return 0;
}

// A new frame on the VM stack, linked as the innermost one, with its arguments bound; its return_to
// is the caller's to set. NULL with an exception.
Frame *frame_push_general(Thread *ts, Function *function, Object *const *args, size_t nargs, Object *kwnames);
// The same for calls that need a little more than copying: keywords and defaults of positional parameters.
Frame *frame_push_bound(Thread *ts, Function *function, Object *const *args, size_t nargs, Object *kwnames);
static inline Frame *frame_push(Thread *ts, Function *function, Object *const *args, size_t nargs,
                                Object *kwnames) {
    Code *code = (Code *)function->code;
    Twin *twin = __atomic_load_n((Twin **)&code->extra, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!twin || kwnames || (int64_t)nargs != twin->exact_args || ts->recursion_left <= 0 ||
                 ts->use_tracing)) {
        return frame_push_bound(ts, function, args, nargs, kwnames);
    }
    Frame *frame = frame_allocate(ts, twin);
    if (UNLIKELY(!frame)) {
        return NULL;
    }
    ts->recursion_left--;
    frame_init(frame, twin, function, ts->frame);
    size_t i = 0;
    for (; i < nargs; i++) {
        frame->locals[i] = args[i];
    }
    for (; i < twin->stack_offset; i++) {
        frame->locals[i] = NULL;
    }
    ts->frame = frame;
    return frame;
}

// Leaves the innermost frame: its object gets a copy, a generator is finished.
void frame_leave(Frame *frame, Thread *ts);
// Runs a linked frame until it is left. NULL with an exception; a generator that yielded returns its
// value with the low bit set.
Object *interpreter_run(Frame *frame, Thread *ts);
// The same, but that its current instruction raises the thread's exception first.
Object *interpreter_unwind(Frame *frame, Thread *ts);
Object *interpreter_unwind_past(Frame *frame, Thread *ts); // none of its handlers is to catch it
// The thread's own exception state exists from its first frame on.
ExceptionState *thread_handled(Thread *ts);
Object *handled_exception(Thread *ts); // NULL: none
void thread_trace_frames(Thread *ts, Tracer *tracer);
void thread_clear_dead_slots(Thread *ts); // what popped values left behind
void thread_free_frames(Thread *ts);
void frame_trace(const Frame *frame, Tracer *tracer, bool running);

// ---- helpers of handlers
Object *load_name(Frame *fp, Object *name);
Object *load_global(Frame *fp, Object *name);
Object *load_from_builtins(Frame *fp, Object *name);
void raise_name_error(Type *type, const char *format, Object *name);
void raise_unbound_local(const Code *code, int index);
void raise_unbound_deref(const Code *code, int index);
Object *callable_description(Object *callable); // "f()" for error texts; NULL with an exception
Object *function_call_with_names(Object *function, Object *names);
bool prefer_traced(Thread *ts);
int frame_lasti(const Frame *frame); // in bytes, -1 before the first instruction
Object *exception_prep_reraise_star(Object *original, Object *list);
Object *build_class(Object *self, Object *const *args, size_t nargs, Object *kwnames);
