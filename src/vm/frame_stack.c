// The segmented VM stack, entering and leaving frames, and unwinding.
#include "vm/fast.h"
#include "vm/generator.h"
#include "vm/interpreter.h"
#include "vm/trace.h"

// sys.setrecursionlimit can allow any depth; frames of 256 MB, some two million, are where it ends. Many threads
// that recurse at once share 512 MB, of which each is sure of 32.
enum : size_t {
    CHUNK_WORDS = 16 * 1024 - 16,
    MOST_WORDS = (size_t)32 << 20,
    SURE_WORDS = (size_t)4 << 20,
    SHARED_BYTES = (size_t)512 << 20,
};

static FrameChunk *chunk_new(FrameChunk *previous, size_t words) {
    words = size_max(words, CHUNK_WORDS);
    size_t depth = (previous ? previous->depth : 0) + words;
    bool crowded = __atomic_load_n(&heap_frame_bytes, __ATOMIC_RELAXED) > SHARED_BYTES;
    if (depth > (crowded ? SURE_WORDS : MOST_WORDS)) {
        stack_exhausted();
        return NULL;
    }
    // Frames write what is read of them: a short thread touches two pages of its chunk, not all.
    FrameChunk *chunk = malloc(sizeof(FrameChunk) + words * sizeof(Object *));
    if (!chunk) {
        raise_memory_error();
        return NULL;
    }
    memset(chunk, 0, sizeof(FrameChunk));
    chunk->previous = previous;
    chunk->words = words;
    chunk->depth = depth;
    __atomic_fetch_add(&heap_frame_bytes, words * sizeof(Object *), __ATOMIC_RELAXED);
    return chunk;
}

static void chunk_free(FrameChunk *chunk) {
    if (chunk) {
        __atomic_fetch_sub(&heap_frame_bytes, chunk->words * sizeof(Object *), __ATOMIC_RELAXED);
        free(chunk);
    }
}

static void chunk_enter(Thread *ts, FrameChunk *chunk) {
    ts->frame_chunk = chunk;
    ts->stack_top = chunk->slots;
    ts->stack_end = chunk->slots + chunk->words;
}

static int first_chunk(Thread *ts) {
    if (!ts->frame_chunk) {
        FrameChunk *chunk = chunk_new(NULL, 0);
        if (!chunk) {
            return -1;
        }
        chunk_enter(ts, chunk);
        if (!ts->handled) {
            ts->handled = &chunk->handled;
        }
    }
    return 0;
}

ExceptionState *thread_handled(Thread *ts) {
    if (UNLIKELY(!ts->handled)) {
        if (first_chunk(ts) < 0) {
            return NULL;
        }
        FrameChunk *chunk = ts->frame_chunk;
        while (chunk->previous) {
            chunk = chunk->previous;
        }
        ts->handled = &chunk->handled;
    }
    return ts->handled;
}

Object *handled_exception(Thread *ts) {
    for (ExceptionState *state = ts->handled; state; state = state->previous) {
        if (state->exception && state->exception != NONE) {
            return state->exception;
        }
    }
    return NULL;
}

READS_RECORDS Frame *frame_allocate_slow(Thread *ts, const Twin *twin) {
    size_t words = twin->frame_words;
    if (first_chunk(ts) < 0) {
        return NULL;
    }
    FrameChunk *chunk = ts->frame_chunk;
    uint16_t flags = 0;
    if ((size_t)(ts->stack_end - ts->stack_top) < words) {
        chunk->top = ts->stack_top;
        FrameChunk *next = chunk->next;
        if (next && next->words < words) {
            chunk_free(next);
            next = chunk->next = NULL;
        }
        if (!next) {
            next = chunk->next = chunk_new(chunk, words);
            if (!next) {
                return NULL;
            }
        }
        chunk_enter(ts, next);
        flags = FRAME_CHUNK;
    }
    Frame *frame = (Frame *)ts->stack_top;
    ts->stack_top += words;
    frame->flags = flags;
    return frame;
}

// The first frame of a later chunk is left: one empty chunk is kept for the next time.
void frame_chunk_leave(Thread *ts) {
    FrameChunk *chunk = ts->frame_chunk, *previous = chunk->previous;
    if (chunk->next) {
        chunk_free(chunk->next);
        chunk->next = NULL;
    }
    ts->frame_chunk = previous;
    ts->stack_top = previous->top;
    ts->stack_end = previous->slots + previous->words;
}

void thread_free_frames(Thread *ts) {
    FrameChunk *chunk = ts->frame_chunk;
    if (!chunk) {
        return;
    }
    chunk_free(chunk->next);
    while (chunk) {
        FrameChunk *previous = chunk->previous;
        chunk_free(chunk);
        chunk = previous;
    }
    ts->frame_chunk = NULL;
    ts->stack_top = ts->stack_end = NULL;
    ts->handled = NULL;
}

// ---- the collector's view

void frame_trace(const Frame *frame, Tracer *tracer, bool running) {
    trace_cell(tracer, frame->code);
    trace_cell(tracer, frame->function);
    trace_cell(tracer, frame->globals);
    trace_cell(tracer, frame->builtins);
    trace_cell(tracer, frame->names);
    trace_cell(tracer, frame->object);
    trace_cell(tracer, frame->twin);
    uint32_t locals = frame->twin->stack_offset;
    Object *const *stack = frame->locals + locals;
    if (running) {
        trace_locals(tracer, (void *const *)frame->locals, locals);
        trace_slots(tracer, (void *const *)stack, (size_t)frame->code->stacksize);
    } else {
        trace_range(tracer, (void *const *)frame->locals, locals);
        trace_range(tracer, (void *const *)stack, (size_t)(frame->sp - stack));
    }
}

void thread_trace_frames(Thread *ts, Tracer *tracer) {
    for (Frame *frame = ts->frame; frame; frame = frame->back) {
        if (frame->flags & FRAME_GENERATOR) {
            trace_cell(tracer, generator_of(frame));
        }
        frame_trace(frame, tracer, true);
    }
    for (ExceptionState *state = ts->handled; state; state = state->previous) {
        trace_cell(tracer, state->exception);
    }
}

void thread_clear_dead_slots(Thread *ts) {
    for (Frame *frame = ts->frame; frame; frame = frame->back) {
        Object **end = frame->locals + frame->twin->stack_offset + frame->code->stacksize;
        for (Object **slot = (Object **)frame->sp; slot < end; slot++) {
            *slot = NULL;
        }
    }
}

// ---- running

// Every handler of a run works at the same height of the C stack: below `bottom`, above which lie the
// registers of the C code that called.
NOT_SANITIZED NOINLINE static Object *enter(Frame *frame, Thread *ts, const Instruction *ip,
                                            Handler handler) {
    char *outer = ts->interpreter_sp;
    volatile uintptr_t bottom = 0;
    if (UNLIKELY(ts->sections != NULL)) {
        critical_sections_suspend(ts);
    }
    ts->interpreter_sp = (char *)&bottom;
    Object *value = handler(ip, frame->sp, frame, ts);
    ts->interpreter_sp = outer;
    if (UNLIKELY(ts->sections != NULL)) { // maybe only now: owned_section_begin_shared
        critical_sections_resume(ts);
    }
    return value;
}

Object *interpreter_run(Frame *frame, Thread *ts) {
    return enter(frame, ts, frame->ip, frame->ip->handler);
}

Object *interpreter_unwind(Frame *frame, Thread *ts) {
    return enter(frame, ts, frame->ip, unwind);
}

Object *interpreter_unwind_past(Frame *frame, Thread *ts) {
    return enter(frame, ts, frame->ip, unwind_past);
}

HANDLER(dispatch_frame) {
    fp = ts->frame;
    ip = fp->ip;
    sp = fp->sp;
    DISPATCH();
}

bool prefer_traced(Thread *ts) {
    return ts->use_tracing && !ts->tracing;
}

static int poll(Thread *ts) {
    if (safepoint_slow() < 0) {
        return -1;
    }
    if (UNLIKELY(ts->async_exception != NULL)) {
        Object *exception = ts->async_exception;
        ts->async_exception = NULL;
        if (exception_class_check(exception)) {
            raise_with((Type *)exception, NULL);
        } else {
            raise_exception(exception);
        }
        return -1;
    }
    return 0;
}

HANDLER(poll_and_next) {
    SAVE();
    if (poll(ts) < 0) {
        ERROR();
    }
    uint32_t index = twin_index(fp->twin, ip);
    bool traced = prefer_traced(ts) && twin_traced(fp->twin);
    ip = (traced ? twin_traced(fp->twin) : fp->twin->cells) + index;
    NEXT();
}

// A traced instruction runs its plain handler at the same place: the choice of array is made by the
// next call or back-edge.
HANDLER(poll_and_dispatch) {
    const Instruction *jumped = fp->ip, *cells = twin_traced(fp->twin);
    bool was_traced = cells && ip >= cells && ip <= cells + fp->twin->count;
    SAVE();
    if (poll(ts) < 0) {
        ERROR();
    }
    uint32_t index = twin_index(fp->twin, ip);
    bool traced = prefer_traced(ts) && twin_traced(fp->twin);
    ip = (traced ? twin_traced(fp->twin) : fp->twin->cells) + index;
    if (traced && was_traced) {
        fp->ip = jumped; // by which the tracing cell sees that control went back
    }
    DISPATCH();
}

void frame_leave(Frame *frame, Thread *ts) {
    uint16_t flags = frame->flags;
    if (flags & FRAME_OBJECT) {
        FrameObject *object = frame->object;
        Frame *back = flags & FRAME_GENERATOR ? NULL : frame->back;
        while (back && back->flags & FRAME_INCOMPLETE) {
            back = back->back;
        }
        if (back) {
            Object *raised = ts->exception;
            FrameObject *outer = frame_object(back);
            if (outer) {
                gc_store(object, &object->back, outer);
            } else {
                error_restore(raised); // an f_back is missing; an exception must not be
            }
        }
        Frame *copy = object->owned;
        memcpy(copy, frame, sizeof(Frame) + frame->twin->stack_offset * sizeof(Object *));
        copy->sp = copy->locals + frame->twin->stack_offset;
        copy->back = NULL;
        copy->flags = 0;
        __atomic_store_n(&object->frame, copy, __ATOMIC_RELAXED);
        __atomic_store_n(&object->owns, 1, __ATOMIC_RELEASE);
        object->generator = NULL;
        gc_dirty(object);
        frame->object = NULL;
        frame->flags = flags & (uint8_t)~FRAME_OBJECT;
    }
    ts->recursion_left++;
    ts->frame = frame->back;
    if (flags & FRAME_GENERATOR) {
        generator_finish(frame, ts);
    } else {
        frame_free(frame, ts);
    }
}

READS_RECORDS static const Handled *find_handler(const Twin *twin, uint32_t index) {
    for (uint32_t i = 0; i < twin->handled_count; i++) {
        if (index >= twin->handled[i].start && index < twin->handled[i].end) {
            return &twin->handled[i];
        }
    }
    return NULL;
}

// A generator that FOR_ITER or SEND resumed, and whose frame nobody has looked at, ends by returning.
static HANDLER(return_in_loop) {
    Object *value = sp[-1];
    Generator *gen = generator_of(fp);
    uint16_t flags = fp->flags;
    Frame *back = fp->back;
    ts->handled = gen->handled.previous;
    gen->handled = (ExceptionState){ NULL, NULL };
    Object **bottom = frame_stack(fp);
    for (Object *volatile *local = fp->locals; local < bottom; local++) {
        *local = NULL; // volatile: mostly too few for a call of memset
    }
    fp->ip = ip;
    fp->sp = bottom;
    fp->back = NULL;
    fp->names = NULL;
    ts->recursion_left++;
    ts->frame = back;
    __atomic_store_n(&gen->state, GEN_COMPLETED, __ATOMIC_RELEASE);
    if (flags & FRAME_TRANSIENT) {
        generator_recycle(gen);
    }
    fp = back;
    ip = fp->ip->target;
    sp = (Object **)fp->sp - 1;
    if (flags & FRAME_SEND) {
        sp[-1] = value;
    }
    DISPATCH();
}

// An asynchronous generator returned while SEND, at which fp stands, ran it through its awaitable:
// StopAsyncIteration. When END_ASYNC_FOR is what would take that, nobody sees it.
static HANDLER(async_generator_ended) {
    asend_end(fp->sp[-2], true);
    ip = fp->ip;
    const Handled *handled = find_handler(fp->twin, twin_index(fp->twin, ip));
    if (LIKELY(handled && !handled->lasti && !ts->use_tracing &&
               fp->twin->cells[handled->target].handler == op_END_ASYNC_FOR)) {
        sp = frame_stack(fp) + handled->depth - 1;
        ip = fp->twin->cells + handled->target;
        NEXT();
    }
    raise_with(&exc_StopAsyncIteration, NULL);
    ERROR();
}

static HANDLER(next_returned) {
    sp++;
    NEXT();
}
static inline Handler special_returned(uint16_t flags) {
    return flags & FRAME_OPERATOR   ? operator_returned
           : flags & FRAME_NEXT     ? next_returned
           : flags & FRAME_CONTAINS ? contains_returned
                                    : length_returned;
}

// Leaving a frame that is anything but a plain call of a Python function.
HANDLER(return_slow) {
    uint16_t flags = fp->flags, way = flags & (uint16_t)~FRAME_TRANSIENT;
    if (flags == FRAME_ENTRY || flags == FRAME_DISCARD || (flags == FRAME_INIT && sp[-1] == NONE)) {
        Object *result = sp[-1];
        ts->stack_top = (Object **)fp;
        ts->frame = fp->back;
        ts->recursion_left++;
        if (flags == FRAME_ENTRY) {
            return result;
        }
        // an instance already lies on the caller's stack
        ip = fp->return_to;
        fp = fp->back;
        sp = (Object **)fp->sp;
        DISPATCH();
    }
    if (flags == FRAME_OPERATOR || flags == FRAME_CONTAINS || flags == FRAME_LENGTH || flags == FRAME_NEXT) {
        Object *result = sp[-1];
        ts->stack_top = (Object **)fp;
        fp = ts->frame = fp->back;
        ts->recursion_left++;
        ip = fp->ip;
        sp = (Object **)fp->sp;
        *sp = result;
        TAIL(special_returned(flags));
    }
    if (LIKELY((way == (FRAME_GENERATOR | FRAME_SEND) || way == (FRAME_GENERATOR | FRAME_FOR_ITER)) &&
               !ts->use_tracing)) {
        TAIL(return_in_loop);
    }
    Object *value = sp[-1];
    fp->ip = ip;
    fp->sp = sp - 1;
    Frame *back = fp->back;
    const Instruction *next = fp->return_to;
    if (flags & FRAME_INIT && value != NONE) {
        raise_error(&exc_TypeError, "__init__() should return None, not '%T'", value);
        ERROR();
    }
    frame_leave(fp, ts);
    if (flags & FRAME_ENTRY) {
        return value;
    }
    fp = back;
    if (flags & FRAME_ASEND) {
        TAIL(async_generator_ended);
    }
    sp = (Object **)back->sp;
    if (flags & (FRAME_OPERATOR | FRAME_CONTAINS | FRAME_LENGTH | FRAME_NEXT)) {
        ip = fp->ip;
        *sp = value;
        TAIL(special_returned(flags));
    }
    ip = next;
    if (flags & (FRAME_INIT | FRAME_DISCARD)) {
        // the instance already lies on the stack
        DISPATCH();
    }
    if (flags & FRAME_FOR_ITER) {
        // exhausted: `next` is FOR_ITER's successor; the loop ends
        ip = twin_sibling(fp->twin, fp->ip, twin_index(fp->twin, fp->ip->target));
        sp--;
        DISPATCH();
    }
    if (flags & FRAME_SEND) {
        ip = twin_sibling(fp->twin, fp->ip, twin_index(fp->twin, fp->ip->target));
        sp--;
        sp[-1] = value;
        DISPATCH();
    }
    *sp++ = value;
    DISPATCH();
}

// A handler at or before what raises, which the compiler never makes: damaged code can go round there for ever. False:
// what came instead of the exception is for the frame's caller, or that loop would take it, too.
static bool poll_in_handler_loop(Thread *ts, Frame *fp, const Instruction *ip, const Handled *handled) {
    Object *exception = error_take();
    fp->ip = ip;
    fp->sp = frame_stack(fp) + handled->depth;
    if (poll(ts) < 0) {
        traceback_add(fp, ip);
        return false;
    }
    error_restore(exception);
    return true;
}

HANDLER(unwind) {
    if (UNLIKELY(prefer_traced(ts)) && twin_traced(fp->twin)) {
        ip = twin_traced(fp->twin) + twin_index(fp->twin, ip); // tracing may have begun in what raised
    }
    fp->ip = ip;
    if (UNLIKELY(!ts->exception)) {
        raise_error(&exc_SystemError, "error return without exception set");
    }
    traceback_add(fp, ip);
    if (UNLIKELY(ts->use_tracing && ts->trace_object)) {
        trace_exception(ts, fp);
    }
    TAIL(unwind_without_traceback);
}

HANDLER(unwind_past) {
    sp = NULL;
    TAIL(unwind_without_traceback);
}

HANDLER(unwind_without_traceback) {
    for (bool past = !sp;; past = false) {
        Twin *twin = fp->twin;
        uint32_t index = twin_index(twin, ip);
        const Handled *handled = past ? NULL : find_handler(twin, index);
        if (fp->reraised) {
            index = fp->reraised - 1;
            fp->reraised = 0;
        }
        if (UNLIKELY(handled && handled->target <= twin_index(twin, ip) &&
                     __atomic_load_n(&ts->poll, __ATOMIC_RELAXED)) &&
            !poll_in_handler_loop(ts, fp, ip, handled)) {
            handled = NULL;
        }
        generators_unwound(fp, ip, handled ? handled->depth : 0);
        if (handled) {
            sp = frame_stack(fp) + handled->depth;
            if (handled->lasti) {
                Object *exception = error_take();
                Object *lasti = int_from_i64((int64_t)twin->offsets[index] / 2);
                if (!lasti) {
                    lasti = int_from_i64(0); // without memory: rather a wrong line than no handler
                }
                error_restore(exception);
                *sp++ = lasti;
            }
            *sp++ = error_take();
            ip = twin_sibling(twin, ip, handled->target);
            DISPATCH();
        }
        uint16_t flags = fp->flags;
        Frame *back = fp->back;
        fp->ip = twin_sibling(twin, ip, index);
        fp->sp = frame_stack(fp);
        if (UNLIKELY(ts->use_tracing && !past)) {
            trace_unwind(ts, fp);
        }
        frame_leave(fp, ts);
        if (flags & FRAME_ENTRY) {
            return NULL;
        }
        fp = back;
        ip = fp->ip;
        if (flags & FRAME_ASEND) {
            asend_end(fp->sp[-2], error_matches(&exc_GeneratorExit));
        }
        if (flags & (FRAME_FOR_ITER | FRAME_NEXT) && error_matches(&exc_StopIteration)) {
            error_clear();
            sp = (Object **)fp->sp - 1;
            ip = twin_sibling(fp->twin, ip, twin_index(fp->twin, ip->target));
            DISPATCH();
        }
        if (twin_opcode(fp->twin, twin_index(fp->twin, ip)) == LOAD_ATTR && fp->sp[0]) {
            // out of a property's getter; the object lies where the value would
            attribute_error_context(fp->sp[0], ip->record->name);
        }
        traceback_add(fp, ip);
        if (UNLIKELY(ts->use_tracing && ts->trace_object)) {
            trace_exception(ts, fp);
        }
    }
}
