// sys.settrace and sys.setprofile.
//
// A thread that traces runs its frames in the second array of each twin, all of whose cells have the
// handler `op_traced`: it reports what there is to report and then runs the plain handler of the
// instruction, with an operand that leads back into the same array.
#include "vm/trace.h"

#include "objects/code_table.h"

#include "vm/fast.h"
#include "vm/generator.h"
#include "vm/interpreter.h"

typedef enum Event {
    EVENT_CALL,
    EVENT_EXCEPTION,
    EVENT_LINE,
    EVENT_RETURN,
    EVENT_C_CALL,
    EVENT_C_EXCEPTION,
    EVENT_C_RETURN,
    EVENT_OPCODE
} Event;

static const char *const event_names[] = { "call",   "exception",   "line",     "return",
                                           "c_call", "c_exception", "c_return", "opcode" };

static bool positions_wanted;
_Thread_local bool trace_own_allocation;

static void update_use(Thread *ts) {
    ts->use_tracing = ts->trace_object || ts->profile_object || positions_wanted;
}

// Calls `callback(frame, event, argument)`; the tracer sees and may change the local variables.
static Object *call_tracer(Object *callback, Frame *frame, FrameObject *object, Event event,
                           Object *argument) {
    Object *name = str_intern_cstring(event_names[event]);
    if (!name || !frame_update_locals(frame)) {
        return NULL;
    }
    Object *result = call3(callback, (Object *)object, name, argument ? argument : NONE);
    frame_locals_to_fast(frame, true);
    if (!result) {
        traceback_add(frame, frame->ip);
    }
    return result;
}

static uint8_t frame_opcode(const Frame *frame) {
    return twin_opcode(frame->twin, twin_index(frame->twin, frame->ip));
}

// One that is due comes before the object is made, as in CPython, and its callbacks may make it.
static FrameObject *frame_for_tracer(Frame *frame) {
    if (!frame->object) {
        heap_watch();
    }
    return frame_object(frame);
}

// Reports one event to the trace function; -1 when it raised (tracing is off then).
static int report_trace(Thread *ts, Frame *frame, Event event, Object *argument) {
    FrameObject *object = frame_for_tracer(frame);
    if (!object) {
        return -1;
    }
    Object *callback = event == EVENT_CALL ? ts->trace_object : object->trace;
    if (!callback || ts->tracing) {
        return 0;
    }
    ts->tracing++;
    bool yields = event == EVENT_RETURN && argument && frame_opcode(frame) == YIELD_VALUE;
    object->jumps_from = event == EVENT_LINE ? JUMP_FROM_LINE : yields ? JUMP_FROM_YIELD : JUMP_FROM_NOTHING;
    Object *result = call_tracer(callback, frame, object, event, argument);
    object->jumps_from = JUMP_FROM_NOTHING;
    ts->tracing--;
    if (!result) {
        ts->trace_object = NULL;
        update_use(ts);
        gc_store(object, &object->trace, NULL);
        return -1;
    }
    if (result != NONE) {
        gc_store(object, &object->trace, result);
    }
    return 0;
}

static int report_native(Thread *ts, Frame *frame, Event event, Object *argument) {
    ProfileFn function = (ProfileFn)(void *)ts->profile_function;
    ProfileEvent kind = event == EVENT_CALL     ? PROFILE_CALL
                        : event == EVENT_RETURN ? PROFILE_RETURN
                        : event == EVENT_C_CALL ? PROFILE_C_CALL
                                                : PROFILE_C_RETURN;
    ts->tracing++;
    int status = function(ts->profile_object, frame, kind, kind >= PROFILE_C_CALL ? argument : NULL);
    ts->tracing--;
    if (status < 0) {
        ts->profile_object = ts->profile_function = NULL;
        update_use(ts);
    }
    return status;
}

static int report_profile(Thread *ts, Frame *frame, Event event, Object *argument) {
    if (ts->profile_function) {
        return ts->tracing ? 0 : report_native(ts, frame, event, argument);
    }
    FrameObject *object = frame_for_tracer(frame);
    if (!object) {
        return -1;
    }
    if (ts->tracing) {
        return 0;
    }
    ts->tracing++;
    Object *result = call_tracer(ts->profile_object, frame, object, event, argument);
    ts->tracing--;
    if (!result) {
        ts->profile_object = NULL;
        update_use(ts);
        return -1;
    }
    return 0;
}

// An event of both kinds, with the exception in flight kept unless the tracer raises one.
static int report_both(Thread *ts, Frame *frame, Event event, Object *argument) {
    Object *saved = error_take();
    if (ts->trace_object && report_trace(ts, frame, event, argument) < 0) {
        return -1;
    }
    if (ts->profile_object && report_profile(ts, frame, event, argument) < 0) {
        return -1;
    }
    error_restore(saved);
    return 0;
}

void trace_exception(Thread *ts, Frame *frame) {
    if (ts->tracing || !ts->trace_object) {
        return;
    }
    Object *exception = error_take();
    Object *traceback = ((BaseException *)exception)->traceback;
    Object *argument = tuple_pack(3, (Object *)exception->type, exception, traceback ? traceback : NONE);
    if (argument && report_trace(ts, frame, EVENT_EXCEPTION, argument) == 0) {
        error_restore(exception);
    }
}

void trace_unwind(Thread *ts, Frame *frame) {
    if (!ts->tracing) {
        report_both(ts, frame, EVENT_RETURN, NULL);
    }
}

int trace_throw(Thread *ts, Frame *frame) {
    return ts->tracing ? 0 : report_both(ts, frame, EVENT_CALL, NULL);
}

int trace_c_event(Thread *ts, Frame *frame, int phase, Object *callable) {
    static const Event events[] = { EVENT_C_CALL, EVENT_C_RETURN, EVENT_C_EXCEPTION };
    if (!ts->profile_object || ts->tracing) {
        return 0;
    }
    Object *saved = error_take();
    if (report_profile(ts, frame, events[phase], callable) < 0) {
        return -1;
    }
    error_restore(saved);
    return 0;
}

// ---- the tracing cells

// A line event when a new line begins, when control went back, and after a jump by the debugger.
static int report_line(Thread *ts, Frame *fp, const Instruction *ip, const Instruction *previous) {
    const Twin *twin = fp->twin;
    uint32_t index = twin_index(twin, ip), before = twin_index(twin, previous);
    uint32_t entry = 0;
    while (entry < twin->count && twin_opcode(twin, entry) != RESUME) {
        entry++;
    }
    int last = before <= entry ? -1 : twin_lines(twin)[before], line = twin_lines(twin)[index];
    FrameObject *object = frame_object(fp);
    if (!object) {
        return -1;
    }
    if (line != -1 && object->trace_lines &&
        (line != last || (index < before && twin_opcode(twin, index) != SEND))) {
        if (report_trace(ts, fp, EVENT_LINE, NULL) < 0) {
            return -1;
        }
    }
    if (object->trace_opcodes) {
        return report_trace(ts, fp, EVENT_OPCODE, NULL);
    }
    return 0;
}

static HANDLER(op_traced) {
    Twin *twin = fp->twin;
    uint32_t index = twin_index(twin, ip);
    uint8_t opcode = twin_opcode(twin, index);
    if (UNLIKELY(!ts->use_tracing)) {
        JUMP(twin->cells + index);
    }
    const Instruction *previous = fp->ip;
    fp->ip = ip;
    fp->sp = sp;
    if (!ts->tracing) {
        if (opcode == RESUME) {
            if (report_both(ts, fp, EVENT_CALL, NULL) < 0) {
                ERROR();
            }
        } else {
            if (ts->trace_object) {
                if (report_line(ts, fp, ip, previous) < 0) {
                    ERROR();
                }
                // the tracer may have moved on by assigning f_lineno
                if (fp->ip != ip) {
                    ip = fp->ip;
                    opcode = twin_opcode(twin, twin_index(twin, ip));
                }
                sp = (Object **)fp->sp;
            }
            if (opcode == RETURN_VALUE || opcode == YIELD_VALUE) {
                if (report_both(ts, fp, EVENT_RETURN, sp[-1]) < 0) {
                    TAIL(unwind_past);
                }
                // a generator goes on behind the instruction that it yields at, with the value sent on its stack
                ip = fp->ip;
                sp = (Object **)fp->sp;
            }
        }
    }
    if (opcode == POP_TOP && twin->cells[twin_index(twin, ip)].handler == pop_iterator) {
        TAIL(pop_iterator);
    }
    // The pair of instructions has a handler of its own, but is not run as one here.
    TAIL(opcode == STORE_FAST && sp[-1] == NONE ? store_none_fast : opcode_handlers[opcode]);
}

int twin_make_traced(Twin *twin) {
    uint32_t count = twin->count;
    trace_own_allocation = true;
    Instruction *traced = heap_alloc((count + 1) * sizeof(Instruction), CELL_BYTES);
    int32_t *lines = heap_alloc((count + 4) * sizeof(int32_t), CELL_BYTES);
    trace_own_allocation = false;
    if (!traced || !lines) {
        return -1;
    }
    uint32_t site = 0;
    CodeTable table;
    code_table_start(&table, twin->code);
    for (uint32_t i = 0; i < count; i++) {
        traced[i] = twin->cells[i];
        traced[i].handler = op_traced;
        // Offsets ascend: one walk through the location table serves all.
        bool inside = true;
        while ((int)twin->offsets[i] >= table.end_offset && (inside = code_table_next(&table))) {
        }
        lines[i] = inside ? table.line : -1;
        if (site < twin->site_count && twin->sites[site] == i) {
            traced[i].record = &twin->records[site++];
        } else if (twin_is_jump(twin_opcode(twin, i))) {
            traced[i].target = traced + (traced[i].target - twin->cells);
        }
    }
    traced[count] = twin->cells[count];
    // Frames of two threads may come here at once, and where one of them stands is told by the array that stays.
    gc_publish(twin, &twin->lines, lines);
    gc_publish(twin, &twin->traced, traced);
    return 0;
}

// ---- switching

// All frames of the thread go on in the array that is right now.
static int switch_frames(Thread *ts) {
    for (Frame *frame = ts->frame; frame; frame = frame->back) {
        Twin *twin = frame->twin;
        if (!twin_traced(twin) && twin_make_traced(twin) < 0) {
            return -1;
        }
        if (frame->back && !(frame->flags & FRAME_ENTRY)) {
            Twin *caller = frame->back->twin;
            if (!twin_traced(caller) && twin_make_traced(caller) < 0) {
                return -1;
            }
            frame->return_to = twin_traced(caller) + twin_index(caller, frame->return_to);
        }
        frame->ip = twin_traced(twin) + twin_index(twin, frame->ip);
    }
    safepoint_request(ts);
    return 0;
}

// Whether this thread's frames are where switch_frames puts them: those that began since are, too, but for what a tracer called,
// which ends before anything is reported again. So a tracer that sets itself again costs no walk over a deep stack.
static bool is_watched(const Thread *ts) {
    return ts->trace_object || ts->profile_object;
}

static void update_thread(Thread *ts, void *context) {
    (void)context;
    update_use(ts);
}

int trace_positions(bool on) {
    world_stop();
    positions_wanted = on;
    thread_each(update_thread, NULL);
    world_start();
    return on ? switch_frames(thread_current) : 0;
}

void trace_thread_begin(void) {
    update_use(thread_current);
}

// While the function that was set before goes: its finalizer may not set another one.
static _Thread_local const char *being_set;

static int check_nested(const char *what) {
    if (being_set == what) {
        raise_error(&exc_RuntimeError,
                    "Cannot install a %s function while another %s function is being installed", what, what);
        return -1;
    }
    return 0;
}

static void let_go(Object **slot, const char *what) {
    Object *old = *slot;
    *slot = NULL;
    if (heap_would_notice(old)) {
        update_use(thread_current);
        being_set = what;
        heap_after_drop(old, what, thread_current->interpreter_sp);
        being_set = NULL;
    }
}

int trace_set(Object *function) {
    static const char what[] = "trace";
    Thread *ts = thread_current;
    if (check_nested(what) < 0) {
        return -1;
    }
    bool watched = is_watched(ts);
    let_go(&ts->trace_object, what);
    ts->trace_object = function;
    update_use(ts);
    return function && !watched ? switch_frames(ts) : 0;
}

int profile_set(Object *function) {
    static const char what[] = "profile";
    Thread *ts = thread_current;
    if (check_nested(what) < 0) {
        return -1;
    }
    bool watched = is_watched(ts);
    ts->profile_function = NULL;
    let_go(&ts->profile_object, what);
    ts->profile_object = function;
    update_use(ts);
    return function && !watched ? switch_frames(ts) : 0;
}

int profile_set_native(ProfileFn function, Object *profiler) {
    Thread *ts = thread_current;
    ts->profile_object = profiler;
    ts->profile_function = (Object *)(void *)function; // no cell: the collector ignores it
    update_use(ts);
    return switch_frames(ts);
}

Object *call_tracing(Object *function, Object *args) {
    Thread *ts = thread_current;
    int tracing = ts->tracing;
    ts->tracing = 0;
    Object *result = call_tuple_dict(function, args, NULL);
    ts->tracing = tracing;
    return result;
}
