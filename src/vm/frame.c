// Frame objects and tracebacks: what programs see of a frame.
#include "vm/frame.h"

#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/module.h"
#include "vm/generator.h"
#include "vm/interpreter.h"
#include "vm/runtime.h"
#include "vm/trace.h"

int frame_lasti(const Frame *frame) {
    uint32_t index = twin_index(frame->twin, frame->ip);
    if (index == 0) {
        return frame->flags & FRAME_GENERATOR ? 0 : -1;
    }
    // a suspended generator stands behind the instruction that suspended it
    if (frame->flags & FRAME_GENERATOR && generator_of((Frame *)frame)->state < GEN_EXECUTING) {
        index--;
    }
    return (int)frame->twin->offsets[index];
}

int frame_line(Frame *frame) {
    int lasti = frame_lasti(frame);
    return lasti < 0 ? frame->code->firstlineno : code_line_at(frame->code, lasti);
}

FrameObject *frame_object(Frame *frame) {
    if (frame->object) {
        return frame->object;
    }
    size_t size = sizeof(Frame) + frame->twin->stack_offset * sizeof(Object *);
    Frame *copy = heap_alloc(size, CELL_BYTES);
    if (!copy) {
        return NULL;
    }
    FrameObject *object = (FrameObject *)object_alloc(&frame_type);
    if (!object) {
        return NULL;
    }
    if (frame->object) { // of another thread, which looked at the frame during an allocation
        return frame->object;
    }
    memcpy(copy, frame, sizeof(Frame));
    object->frame = frame;
    object->trace_lines = 1;
    gc_store(object, &object->owned, copy);
    if (frame->flags & FRAME_GENERATOR) {
        gc_store(object, &object->generator, generator_of(frame));
        gc_dirty(generator_of(frame));
    }
    frame->object = object;
    frame->flags |= FRAME_OBJECT;
    return object;
}

// ---- frames of other threads

// A frame on a VM stack belongs to the thread of that stack, and a generator's to who runs it; copies belong to nobody.
bool frame_is_mine(const FrameObject *object) {
    if (LIKELY(!runtime_multithreaded) || __atomic_load_n(&object->owns, __ATOMIC_ACQUIRE)) {
        return true;
    }
    const Frame *frame = __atomic_load_n(&object->frame, __ATOMIC_RELAXED);
    if (!object->generator) {
        const FrameChunk *chunk = thread_current->frame_chunk;
        while (chunk && ((Object *const *)frame < chunk->slots ||
                         (Object *const *)frame >= chunk->slots + chunk->words)) {
            chunk = chunk->previous;
        }
        return chunk;
    }
    const Frame *mine = thread_current->frame;
    while (mine && mine != frame) {
        mine = mine->back;
    }
    return mine;
}

// Whoever runs the frame stands still between the two.
static bool frame_hold(const FrameObject *object) {
    bool stop = !frame_is_mine(object);
    if (stop) {
        world_stop();
    }
    return stop;
}
static void frame_let_go(bool stopped) {
    if (stopped) {
        world_start();
    }
}

FrameObject *frame_object_of_generator(Frame *frame) {
    FrameObject *object = __atomic_load_n(&frame->object, __ATOMIC_ACQUIRE);
    if (!object) {
        bool stop = runtime_multithreaded;
        if (stop) {
            world_stop();
        }
        object = frame_object(frame);
        frame_let_go(stop);
    }
    return object;
}

Frame *thread_python_frame(Thread *thread) {
    Frame *frame = thread->frame;
    while (frame && frame->flags & FRAME_INCOMPLETE) {
        frame = frame->back;
    }
    return frame;
}

// ---- local variables as a dict

// The value of a fast local as a program sees it: cells are looked into.
static Object *local_value(Frame *frame, int i) {
    uint8_t kind = (uint8_t)bytes_data(frame->code->localspluskinds)[i];
    Object *value = __atomic_load_n(&frame->locals[i], __ATOMIC_RELAXED);
    // COPY_FREE_VARS, the first instruction, has not run yet
    if (kind & CO_FAST_FREE && !value && twin_index(frame->twin, frame->ip) == 0) {
        Object *closure = frame->function->closure;
        int first = frame->code->nlocalsplus - frame->code->nfreevars;
        if (closure && i - first < tuple_size(closure)) {
            value = tuple_get(closure, i - first);
        }
    }
    if (kind & (CO_FAST_CELL | CO_FAST_FREE) && value && value->type == &cell_type) {
        value = ((Cell *)value)->value;
    }
    return value;
}

Object *frame_update_locals(Frame *frame) {
    const Code *code = frame->code;
    if (!frame->names) {
        frame->names = dict_new();
        if (!frame->names) {
            return NULL;
        }
        if (frame->flags & FRAME_GENERATOR) {
            gc_dirty(generator_of(frame));
        } else if (frame->object) {
            gc_dirty(frame->object);
        }
    }
    Object *space = frame->names;
    for (int i = 0; i < code->nlocalsplus; i++) {
        uint8_t kind = (uint8_t)bytes_data(code->localspluskinds)[i];
        if (kind & CO_FAST_FREE && !(code->flags & CO_OPTIMIZED)) {
            continue;
        }
        Object *name = tuple_get(code->localsplusnames, i), *value = local_value(frame, i);
        if (value) {
            if (object_setitem(space, name, value) < 0) {
                return NULL;
            }
        } else if (object_setitem(space, name, NULL) < 0 && !error_clear_if(&exc_KeyError)) {
            return NULL;
        }
    }
    return space;
}

Object *frame_locals(Frame *frame) {
    Object *iterator = frame->code->nlocalsplus ? local_value(frame, 0) : NULL;
    if (iterator) {
        generator_expose(iterator); // a generator expression's
    }
    return frame_update_locals(frame);
}

void frame_locals_to_fast(Frame *frame, bool clear) {
    const Code *code = frame->code;
    Object *space = frame->names, *saved = error_take();
    if (!space) {
        error_restore(saved);
        return;
    }
    for (int i = 0; i < code->nlocalsplus; i++) {
        uint8_t kind = (uint8_t)bytes_data(code->localspluskinds)[i];
        if (kind & CO_FAST_FREE && !(code->flags & CO_OPTIMIZED)) {
            continue;
        }
        Object *value = object_getitem(space, tuple_get(code->localsplusnames, i));
        if (!value) {
            error_clear();
            if (!clear) {
                continue;
            }
        }
        Object *present = frame->locals[i];
        if (kind & (CO_FAST_CELL | CO_FAST_FREE) && present && present->type == &cell_type) {
            gc_store(present, &((Cell *)present)->value, value);
        } else {
            frame->locals[i] = value;
        }
    }
    if (frame->flags & FRAME_GENERATOR) {
        gc_dirty(generator_of(frame));
    }
    error_restore(saved);
}

// ---- the frame type

static void frame_object_trace(Object *self, Tracer *tracer) {
    FrameObject *object = (FrameObject *)self;
    trace_cell(tracer, object->back);
    trace_cell(tracer, object->trace);
    trace_cell(tracer, object->owned);
    trace_cell(tracer, object->generator);
    if (object->owns) {
        frame_trace(object->frame, tracer, false);
    }
}

static Object *frame_get_back(Object *self, void *closure) {
    FrameObject *object = (FrameObject *)self;
    bool stopped = frame_hold(object);
    Object *result = NONE;
    if (object->back) {
        result = (Object *)object->back;
    } else if (!object->owns) {
        Frame *back = frame_back(object->frame);
        result = back ? (Object *)frame_object(back) : NONE;
    }
    frame_let_go(stopped);
    return result;
}
static Object *frame_get_code(Object *self, void *closure) {
    return (Object *)frame_object_code((FrameObject *)self);
}
static Object *frame_get_globals(Object *self, void *closure) {
    return ((FrameObject *)self)->owned->globals;
}
static Object *frame_get_builtins(Object *self, void *closure) {
    return ((FrameObject *)self)->owned->builtins;
}
static Object *frame_get_locals(Object *self, void *closure) {
    FrameObject *object = (FrameObject *)self;
    bool stopped = frame_hold(object);
    Object *space = object->frame->names;
    // Python code cannot run while other threads stand still: a namespace of a program's own is shown as it is.
    Object *result = stopped && space && space->type != &dict_type ? space : frame_locals(object->frame);
    frame_let_go(stopped);
    return result;
}
static int object_lasti(FrameObject *object) {
    bool stopped = frame_hold(object);
    int lasti = frame_lasti(object->frame);
    frame_let_go(stopped);
    return lasti;
}
static Object *frame_get_lasti(Object *self, void *closure) {
    int lasti = object_lasti((FrameObject *)self);
    return int_from_i64(lasti < 0 ? 0 : lasti); // at its first instruction, as soon as anyone can see it
}
static int object_line(FrameObject *object) {
    int lasti = object->line ? 0 : object_lasti(object);
    const Code *code = frame_object_code(object);
    return object->line ? object->line : lasti < 0 ? code->firstlineno : code_line_at(code, lasti);
}
static Object *frame_get_lineno(Object *self, void *closure) {
    int line = object_line((FrameObject *)self);
    return line < 0 ? NONE : int_from_i64(line);
}

static int frame_set_lineno(Object *self, Object *value, void *closure) {
    return frame_set_line((FrameObject *)self, value);
}
static Object *frame_get_trace(Object *self, void *closure) {
    Object *trace = ((FrameObject *)self)->trace;
    return trace ? trace : NONE;
}
static int frame_set_trace(Object *self, Object *value, void *closure) {
    FrameObject *object = (FrameObject *)self;
    gc_store(object, &object->trace, value == NONE ? NULL : value);
    if (value && value != NONE && !object->owns && thread_current->use_tracing) {
        safepoint_request(thread_current);
    }
    return 0;
}

static Object *frame_repr(Object *self) {
    FrameObject *object = (FrameObject *)self;
    const Code *code = frame_object_code(object);
    return str_format("<frame at %p, file %R, line %d, code %S>", self, code->filename, object_line(object),
                      code->name);
}

static Object *frame_clear_method(Object *self) {
    FrameObject *object = (FrameObject *)self;
    Generator *generator = (Generator *)__atomic_load_n(&object->generator, __ATOMIC_RELAXED);
    if (generator) {
        if (generator->state == GEN_EXECUTING) {
            return raise_error(&exc_RuntimeError, "cannot clear an executing frame");
        }
        generator_finalize(&generator->base);
        return NONE;
    }
    if (!__atomic_load_n(&object->owns, __ATOMIC_ACQUIRE)) {
        return raise_error(&exc_RuntimeError, "cannot clear an executing frame");
    }
    Frame *frame =
        object->frame; // the copy now: before, it may have been the frame of a thread that left it since
    enum { DROPPED_MOST = 8 };
    Object *dropped[DROPPED_MOST];
    size_t count = frame->twin->stack_offset, dropped_count = 0;
    for (size_t i = 0; i < count && dropped_count < DROPPED_MOST; i++) {
        Object *local = frame->locals[i];
        if (local && local->type->flags & TF_GC) {
            dropped[dropped_count++] = local;
        }
    }
    memset(frame->locals, 0, count * sizeof(Object *));
    frame->sp = frame_stack(frame);
    gc_store(object, &object->trace, NULL);
    // The first collection finds what the others held as well, and may free them.
    for (size_t i = 0;
         i < dropped_count && !heap_after_drop(dropped[i], frame->code, thread_current->interpreter_sp);
         i++) {
    }
    return NONE;
}
static Object *frame_sizeof(Object *self) {
    const Code *code = frame_object_code((FrameObject *)self);
    return int_from_i64(frame_type.basic_size + (code->nlocalsplus + code->stacksize) * 8);
}

static BuiltinDef frame_methods[] = {
    BUILTIN("clear", frame_clear_method, "-($self, /)", 0, NULL),
    BUILTIN("__sizeof__", frame_sizeof, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef frame_members[] = {
    { "f_trace_lines", MEMBER_BOOL, offsetof(FrameObject, trace_lines), 0, NULL },
    { "f_trace_opcodes", MEMBER_BOOL, offsetof(FrameObject, trace_opcodes), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};
static GetSetDef frame_getsets[] = {
    { "f_back", frame_get_back, NULL, NULL, NULL },
    { "f_locals", frame_get_locals, NULL, NULL, NULL },
    { "f_lineno", frame_get_lineno, frame_set_lineno, NULL, NULL },
    { "f_trace", frame_get_trace, frame_set_trace, NULL, NULL },
    { "f_lasti", frame_get_lasti, NULL, NULL, NULL },
    { "f_globals", frame_get_globals, NULL, NULL, NULL },
    { "f_builtins", frame_get_builtins, NULL, NULL, NULL },
    { "f_code", frame_get_code, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

Type frame_type;
const TypeSpec frame_spec = {
    .name = "frame",
    .basic_size = 120,
    .item_size = 8,
    .instance_size = sizeof(FrameObject) > 120 ? sizeof(FrameObject) : 120,
    .flags = TF_GC | TF_DISALLOW_INSTANTIATION,
    .methods = frame_methods,
    .members = frame_members,
    .getsets = frame_getsets,
    .trace = frame_object_trace,
    .slots = { .repr = frame_repr, .getattr = object_generic_getattr, .setattr = object_generic_setattr },
};

// ---- tracebacks

static Traceback *traceback_new(Object *next, FrameObject *frame, int lasti, int line) {
    Traceback *traceback = (Traceback *)object_alloc(&traceback_type);
    if (!traceback) {
        return NULL;
    }
    gc_store(traceback, &traceback->next, next);
    gc_store(traceback, &traceback->frame, frame);
    traceback->last_instruction = lasti;
    traceback->line = line;
    return traceback;
}

int traceback_add(Frame *frame, const Instruction *ip) {
    Thread *ts = thread_current;
    Object *exception = ts->exception;
    FrameObject *object = frame_object(frame);
    Traceback *traceback = NULL;
    if (object) {
        // the line is looked up when somebody asks for it
        traceback = traceback_new(((BaseException *)exception)->traceback, object,
                                  twin_offset(frame->twin, ip), -1);
    }
    if (!traceback) {
        error_restore(exception); // rather without this line than without the exception
        return -1;
    }
    error_restore(exception);
    gc_store(exception, &((BaseException *)exception)->traceback, traceback);
    return 0;
}

// The frame of a function without arguments that only raises.
static FrameObject *native_frame(const char *file, const char *function, int line) {
    CodeParts parts = {
        .stacksize = 1,
        .firstlineno = line,
        .code_data = "\x97\x00\x4a\x00\x82\x01", // RESUME, LOAD_ASSERTION_ERROR, RAISE_VARARGS
        .code_length = 6,
        .consts = tuple_empty(),
        .names = tuple_empty(),
        .localsplusnames = tuple_empty(),
        .localspluskinds = bytes_from("", 0),
        .filename = str_from_cstring(file),
        .name = str_from_cstring(function),
        .linetable = bytes_from("\xea\x00", 2),
        .exceptiontable = bytes_from("", 0),
    };
    parts.qualname = parts.name;
    if (!parts.localspluskinds || !parts.filename || !parts.name || !parts.linetable ||
        !parts.exceptiontable) {
        return NULL;
    }
    Code *code = (Code *)code_new(&parts);
    Twin *twin = code ? code_twin(code) : NULL;
    Object *globals = twin ? dict_new() : NULL;
    if (!globals) {
        return NULL;
    }
    Frame frame = {
        .ip = twin->cells,
        .code = code,
        .globals = globals,
        .builtins = ((Module *)builtins_module)->dict,
        .names = globals,
        .twin = twin,
    };
    FrameObject *object = frame_object(&frame);
    if (!object) {
        return NULL;
    }
    *object->owned = frame;
    object->owned->sp = object->owned->locals;
    object->owned->flags = 0;
    object->owned->object = NULL;
    object->frame = object->owned;
    object->owns = 1;
    object->line = line;
    gc_dirty(object);
    return object;
}

void traceback_add_native(const char *file, const char *function, int line) {
    Object *exception = error_take();
    FrameObject *frame = native_frame(file, function, line);
    Traceback *traceback = frame ? traceback_new(((BaseException *)exception)->traceback, frame, 0, line)
                                 : NULL;
    error_clear();
    if (traceback) {
        gc_store(exception, &((BaseException *)exception)->traceback, traceback);
    }
    error_restore(exception);
}

static void traceback_trace(Object *self, Tracer *tracer) {
    Traceback *traceback = (Traceback *)self;
    trace_cell(tracer, traceback->next);
    trace_cell(tracer, traceback->frame);
}
static Object *traceback_type_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *bound[4];
    if (signature_bind(&cache, "TracebackType", "(tb_next, tb_frame, tb_lasti, tb_lineno)", args, nargs,
                       kwnames, bound) < 0) {
        return NULL;
    }
    if (bound[1]->type != &frame_type) {
        return raise_error(&exc_TypeError, "TracebackType() argument 'tb_frame' must be frame, not %K",
                           bound[1]);
    }
    if (bound[0] != NONE && bound[0]->type != &traceback_type) {
        return raise_error(&exc_TypeError, "expected traceback object or None, got '%T'", bound[0]);
    }
    int lasti = int_to_c_int(bound[2]);
    if (lasti == -1 && error_occurred()) {
        return NULL;
    }
    int line = int_to_c_int(bound[3]);
    if (line == -1 && error_occurred()) {
        return NULL;
    }
    return (Object *)traceback_new(bound[0] == NONE ? NULL : bound[0], (FrameObject *)bound[1], lasti, line);
}
static Object *traceback_get_next(Object *self, void *closure) {
    Traceback *next = ((Traceback *)self)->next;
    return next ? (Object *)next : NONE;
}
static int traceback_set_next(Object *self, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "can't delete tb_next attribute");
        return -1;
    }
    if (value != NONE && value->type != &traceback_type) {
        raise_error(&exc_TypeError, "expected traceback object, got '%T'", value);
        return -1;
    }
    // Two threads that close a loop together have to look one after the other.
    static uintptr_t chains_lock;
    Object *next = value == NONE ? NULL : value, *t = next;
    object_lock(&chains_lock);
    while (t && t != self) {
        t = (Object *)((Traceback *)t)->next;
    }
    if (!t) {
        gc_store(self, &((Traceback *)self)->next, next);
    }
    object_unlock(&chains_lock);
    if (t) {
        raise_error(&exc_ValueError, "traceback loop detected");
        return -1;
    }
    return 0;
}
static Object *traceback_get_line(Object *self, void *closure) {
    Traceback *traceback = (Traceback *)self;
    int line = traceback->line;
    if (line < 0) {
        line = code_line_at(frame_object_code(traceback->frame), traceback->last_instruction);
    }
    return line < 0 ? NONE : int_from_i64(line);
}
static Object *traceback_dir(Object *self) {
    Object *items[4];
    const char *texts[] = { "tb_frame", "tb_next", "tb_lasti", "tb_lineno" };
    for (int i = 0; i < 4; i++) {
        items[i] = str_intern_cstring(texts[i]);
        if (!items[i]) {
            return NULL;
        }
    }
    return list_from_array(items, 4);
}
static BuiltinDef traceback_methods[] = {
    BUILTIN("__dir__", traceback_dir, "-($self, /)", 0, NULL),
    BUILTIN_END,
};
static MemberDef traceback_members[] = {
    { "tb_frame", MEMBER_OBJECT, offsetof(Traceback, frame), MEMBER_READONLY, NULL },
    { "tb_lasti", MEMBER_INT, offsetof(Traceback, last_instruction), MEMBER_READONLY, NULL },
    { NULL, 0, 0, 0, NULL },
};
static GetSetDef traceback_getsets[] = {
    { "tb_next", traceback_get_next, traceback_set_next, NULL, NULL },
    { "tb_lineno", traceback_get_line, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

Type traceback_type;
const TypeSpec traceback_spec = {
    .name = "traceback",
    .basic_size = sizeof(Traceback),
    .flags = TF_GC,
    .doc = "TracebackType(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    .methods = traceback_methods,
    .members = traceback_members,
    .getsets = traceback_getsets,
    .trace = traceback_trace,
    .slots = { .new = traceback_type_new, .getattr = object_generic_getattr },
};
