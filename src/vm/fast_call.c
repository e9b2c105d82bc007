// Specialised calls.
#include "vm/adaptive.h"
#include "vm/fast.h"

#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/generator.h"

enum { APPENDS = 1 }; // kind of a record that any handler of methods can take
enum : uint32_t { NO_ARITY = UINT32_MAX };

static HANDLER(call_function) {
    const Record *r = ip->record;
    size_t count = r->argument;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(args[-2] || callable->type != &function_type)) {
        TAIL(op_CALL);
    }
    Frame *frame = push_known(ts, fp, r, callable, count, CALLS_FUNCTION);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    fill_locals(frame, args, count);
    ENTER(frame, args - 2);
}
static HANDLER(call_method_function) {
    const Record *r = ip->record;
    size_t count = r->argument + 1;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(!callable || callable->type != &function_type)) {
        TAIL(op_CALL);
    }
    Frame *frame = push_known(ts, fp, r, callable, count, CALLS_METHOD);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    fill_locals(frame, args, count);
    ENTER(frame, args - 1);
}

// A bound method in front of its arguments: the `__exit__` of a `with` that ends. The manager takes its place.
static HANDLER(call_exit) {
    const Record *r = ip->record;
    size_t count = r->argument + 2;
    Object **args = sp - count;
    const Method *method = (const Method *)args[0];
    if (UNLIKELY(!method || !is_bound_function(args[0]))) {
        TAIL(op_CALL);
    }
    Frame *frame = push_known(ts, fp, r, method->function, count, CALLS_EXIT);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    args[0] = method->self;
    fill_locals(frame, args, count);
    ENTER(frame, args);
}

// The same with fewer arguments than parameters: the last ones have defaults.
READS_RECORDS static inline Frame *push_with_defaults(Thread *ts, Frame *fp, const Record *r,
                                                      Object *callable, size_t count, Object *const *args,
                                                      CallKind kind) {
    Function *function = (Function *)callable;
    Twin *twin = r->pointer;
    Object *defaults = __atomic_load_n(&function->defaults, __ATOMIC_ACQUIRE);
    if (UNLIKELY((uintptr_t)function->code + kind != r->guard || !defaults)) {
        return NULL;
    }
    ssize_t missing = twin->exact_args - (ssize_t)count, first = tuple_size(defaults) - missing;
    Frame *frame = LIKELY(first >= 0) ? push_twin(ts, fp, function, twin) : NULL;
    if (LIKELY(frame != NULL)) {
        fill_locals(frame, args, count);
        for (ssize_t i = 0; i < missing; i++) {
            frame->locals[(ssize_t)count + i] = tuple_get(defaults, first + i);
        }
    }
    return frame;
}
static HANDLER(call_function_defaults) {
    const Record *r = ip->record;
    size_t count = r->argument;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(args[-2] || callable->type != &function_type)) {
        TAIL(op_CALL);
    }
    Frame *frame = push_with_defaults(ts, fp, r, callable, count, args, CALLS_WITH_DEFAULTS);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    ENTER(frame, args - 2);
}
static HANDLER(call_method_defaults) {
    const Record *r = ip->record;
    size_t count = r->argument + 1;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(!callable || callable->type != &function_type)) {
        TAIL(op_CALL);
    }
    Frame *frame = push_with_defaults(ts, fp, r, callable, count, args, CALLS_METHOD_WITH_DEFAULTS);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    ENTER(frame, args - 1);
}

// A built-in function or method: its slot, without looking at what else it could be.
static HANDLER(call_builtin) {
    size_t count = ip->record->argument;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(args[-2] || callable->type != &builtin_function_type || ts->use_tracing)) {
        TAIL(op_CALL);
    }
    const BuiltinFunction *f = (const BuiltinFunction *)callable;
    if (UNLIKELY(f->def != ip->record->pointer)) {
        TAIL(op_CALL);
    }
    SAVE();
    Object *value = slots_of(callable)->call(callable, args, count, NULL);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp = args - 2;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}
static HANDLER(call_descriptor) {
    size_t count = ip->record->argument + 1;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(!callable || callable->type != &method_descriptor_type || ts->use_tracing)) {
        TAIL(op_CALL);
    }
    SAVE();
    Object *value = slots_of(callable)->call(callable, args, count, NULL);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp = args - 1;
    *sp++ = value;
    NEXT_CALLED_POLLED();
}
// The C function itself, when the arguments are exactly its parameters. `pointer` is the declaration,
// `offset` tells whether it takes its object's lock, which it need not while one thread runs.
typedef Object *(*Fn0)(Object *self);
typedef Object *(*Fn1)(Object *self, Object *a);
typedef Object *(*Fn2)(Object *self, Object *a, Object *b);
typedef Object *(*Fn3)(Object *self, Object *a, Object *b, Object *c);

// Optional parameters that were not given are NULL: `arity`, kept in the record's slot, may be more than
// the count of arguments.
#define CALL_BUILTIN(name, count, arity, invocation) \
    static HANDLER(name) { \
        const Record *r = ip->record; \
        Object **args = sp - (count), *callable = args[-1]; \
        if (UNLIKELY(args[-2] || callable->type != &builtin_function_type || r->argument != (count) || \
                     r->slot != (arity) || ((BuiltinFunction *)callable)->def != r->pointer || \
                     ts->use_tracing || (r->offset && runtime_multithreaded))) { \
            TAIL(op_CALL); \
        } \
        SAVE(); \
        BuiltinDef *def = r->pointer; \
        Object *self = def->flags & BUILTIN_STATIC ? NULL : ((BuiltinFunction *)callable)->self; \
        Object *value = invocation; \
        if (UNLIKELY(!value)) { \
            ERROR(); \
        } \
        sp = args - 2; \
        *sp++ = value; \
        NEXT_CALLED_POLLED(); \
    }
CALL_BUILTIN(call_builtin_0, 0, 0, ((Fn0)def->function)(self))
CALL_BUILTIN(call_builtin_0_of_1, 0, 1, ((Fn1)def->function)(self, NULL))
CALL_BUILTIN(call_builtin_1, 1, 1, ((Fn1)def->function)(self, args[0]))
CALL_BUILTIN(call_builtin_0_of_2, 0, 2, ((Fn2)def->function)(self, NULL, NULL))
CALL_BUILTIN(call_builtin_1_of_2, 1, 2, ((Fn2)def->function)(self, args[0], NULL))
CALL_BUILTIN(call_builtin_2, 2, 2, ((Fn2)def->function)(self, args[0], args[1]))
CALL_BUILTIN(call_builtin_0_of_3, 0, 3, ((Fn3)def->function)(self, NULL, NULL, NULL))
CALL_BUILTIN(call_builtin_1_of_3, 1, 3, ((Fn3)def->function)(self, args[0], NULL, NULL))
CALL_BUILTIN(call_builtin_2_of_3, 2, 3, ((Fn3)def->function)(self, args[0], args[1], NULL))
CALL_BUILTIN(call_builtin_3, 3, 3, ((Fn3)def->function)(self, args[0], args[1], args[2]))

// Methods: `guard2` is the exact type of the object that they were found fit for, `value` the
// descriptor.
#define CALL_METHOD(name, count, arity, invocation) \
    static HANDLER(name) { \
        const Record *r = ip->record; \
        Object **args = sp - (count), *self = args[-1]; \
        if (UNLIKELY(!args[-2] || args[-2] != r->value || (uintptr_t)self->type != r->guard2 || \
                     r->argument != (count) || r->slot != (arity) || ts->use_tracing || \
                     (r->offset && runtime_multithreaded))) { \
            TAIL(op_CALL); \
        } \
        SAVE(); \
        BuiltinDef *def = r->pointer; \
        Object *value = invocation; \
        if (UNLIKELY(!value)) { \
            ERROR(); \
        } \
        sp = args - 2; \
        *sp++ = value; \
        NEXT_CALLED_POLLED(); \
    }
CALL_METHOD(call_method_0, 0, 0, ((Fn0)def->function)(self))
CALL_METHOD(call_method_0_of_1, 0, 1, ((Fn1)def->function)(self, NULL))
CALL_METHOD(call_method_1, 1, 1, ((Fn1)def->function)(self, args[0]))
CALL_METHOD(call_method_0_of_2, 0, 2, ((Fn2)def->function)(self, NULL, NULL))
CALL_METHOD(call_method_1_of_2, 1, 2, ((Fn2)def->function)(self, args[0], NULL))
CALL_METHOD(call_method_2, 2, 2, ((Fn2)def->function)(self, args[0], args[1]))
CALL_METHOD(call_method_0_of_3, 0, 3, ((Fn3)def->function)(self, NULL, NULL, NULL))
CALL_METHOD(call_method_1_of_3, 1, 3, ((Fn3)def->function)(self, args[0], NULL, NULL))
CALL_METHOD(call_method_2_of_3, 2, 3, ((Fn3)def->function)(self, args[0], args[1], NULL))
CALL_METHOD(call_method_3, 3, 3, ((Fn3)def->function)(self, args[0], args[1], args[2]))

// list.append, and the POP_TOP that nearly always follows. `value` is the descriptor.
static HANDLER(call_list_append) {
    const Record *r = ip->record;
    Object *list = sp[-2];
    if (UNLIKELY(!sp[-3] || sp[-3] != r->value || list->type != &list_type || r->kind != APPENDS ||
                 ts->use_tracing)) {
        TAIL(op_CALL);
    }
    if (UNLIKELY(!list_append_in_place(list, sp[-1]) && list_append(list, sp[-1]) < 0)) {
        ERROR();
    }
    sp -= 2;
    sp[-1] = NONE;
    NEXT_POLLED();
}
static HANDLER(call_list_append_pop) {
    const Record *r = ip->record;
    Object *list = sp[-2];
    if (UNLIKELY(!sp[-3] || sp[-3] != r->value || list->type != &list_type || r->kind != APPENDS ||
                 ts->use_tracing)) {
        TAIL(op_CALL);
    }
    if (UNLIKELY(!list_append_in_place(list, sp[-1]) && list_append(list, sp[-1]) < 0)) {
        ERROR();
    }
    sp -= 3;
    ip++;
    NEXT_POLLED();
}

// type(x)
static HANDLER(call_type_of) {
    if (UNLIKELY(sp[-3] || sp[-2] != (Object *)&type_type)) {
        TAIL(op_CALL);
    }
    sp[-3] = (Object *)sp[-1]->type;
    sp -= 2;
    NEXT();
}

static HANDLER(call_str_of) {
    if (UNLIKELY(sp[-3] || sp[-2] != (Object *)&str_type || ip->record->argument != 1)) {
        TAIL(op_CALL);
    }
    SAVE();
    Object *text = object_str(sp[-1]);
    if (UNLIKELY(!text)) {
        ERROR();
    }
    sp[-3] = text;
    sp -= 2;
    NEXT_CALLED_POLLED();
}

// A class whose instances object.__new__ makes and a Python `__init__` fills: that runs as a frame of
// its own (FRAME_INIT), with the instance already lying where the result goes.
static HANDLER(call_class) {
    const Record *r = ip->record;
    size_t count = r->argument;
    Object **args = sp - count, *callable = args[-1];
    if (UNLIKELY(args[-2] || (uintptr_t)callable + CALLS_CLASS != r->guard2)) {
        TAIL(op_CALL);
    }
    Type *type = (Type *)callable;
    if (UNLIKELY(__atomic_load_n(&type->version_tag, __ATOMIC_ACQUIRE) != r->version ||
                 type->flags & TF_ABSTRACT || slots_of(callable)->call != type_type.info->slots.call)) {
        TAIL(op_CALL);
    }
    Object *init = r->value; // records do not keep it alive
    Object *instance = object_alloc(type);
    if (UNLIKELY(!instance)) {
        ERROR();
    }
    Frame *frame = push_exact(ts, fp, init, count + 1);
    if (UNLIKELY(!frame)) {
        TAIL(op_CALL);
    }
    frame->flags = FRAME_INIT;
    args[-2] = args[-1] = instance;
    fill_locals(frame, args - 1, count + 1);
    ENTER(frame, args - 1);
}

static bool has_simple_constructor(const Type *type, size_t count, Object **init, uint32_t *version) {
    if (!type_constructs_simply(type)) {
        return false;
    }
    *init = type_lookup_version((Type *)type, names.__init__, version);
    if (!*init || !*version || (*init)->type != &function_type) {
        return false;
    }
    const Code *code = (const Code *)((Function *)*init)->code;
    const Twin *twin = code->extra;
    return twin && twin->exact_args == (int64_t)count + 1 && !code_is_generator(code);
}

// super() in a method: `slot` is where the cell of __class__ lies in the frame, `guard` the type of super objects.
static HANDLER(call_super) {
    const Record *r = ip->record;
    if (UNLIKELY(sp[-2] || sp[-1] != (Object *)&super_type || r->guard != (uintptr_t)&super_type)) {
        TAIL(op_CALL);
    }
    const Object *cell = *frame_slot(fp, r->slot), *class = cell ? ((const Cell *)cell)->value : NULL;
    Object *self = fp->locals[0];
    if (UNLIKELY(!class || !self || self->type->flags & TF_TYPE || !type_check(class) ||
                 !object_is_instance(self, (const Type *)class))) {
        TAIL(op_CALL);
    }
    Object *value = super_of_instance((Type *)class, self);
    if (UNLIKELY(!value)) {
        ERROR();
    }
    sp--;
    sp[-1] = value;
    NEXT();
}
// The offset of the cell of __class__ in a frame whose first local variable is a plain one; 0 when there is none.
static uint32_t class_cell_slot(const Frame *fp) {
    const Code *code = fp->code;
    const uint8_t *kinds = (const uint8_t *)bytes_data(code->localspluskinds);
    if (!code->argcount || kinds[0] & CO_FAST_CELL) {
        return 0;
    }
    for (int i = code->nlocalsplus - code->nfreevars; i < code->nlocalsplus; i++) {
        const Object *cell = fp->locals[i];
        if (str_equal(tuple_get(code->localsplusnames, i), names.__class__)) {
            return cell && cell->type == &cell_type
                       ? (uint32_t)(offsetof(Frame, locals) + (size_t)i * sizeof(Object *))
                       : 0;
        }
    }
    return 0;
}

void specialize_call(const Frame *fp, const Instruction *ip, Object *callable, size_t count) {
    if (!site_may_try(fp, ip)) {
        return;
    }
    Record r = { 0 };
    uint32_t argument = site_argument(ip);
    Object **args = (Object **)fp->sp - argument;
    bool was_method = args[-2] != NULL && count == argument + 1u;
    bool unpacked = was_method && args[-2] == callable && args[-1] != callable;
    if (callable->type == &function_type) {
        Object *code = ((Function *)callable)->code;
        Twin *twin = __atomic_load_n((Twin **)&((Code *)code)->extra, __ATOMIC_ACQUIRE);
        if (!twin) {
            return; // it will be made by the call
        }
        Object *defaults = __atomic_load_n(&((Function *)callable)->defaults, __ATOMIC_ACQUIRE);
        if (count <= argument + 1u && twin->exact_args > (int64_t)count && !site_name(ip) && defaults &&
            tuple_size(defaults) >= twin->exact_args - (int64_t)count && !code_is_generator((Code *)code)) {
            r.guard = (uintptr_t)code + (was_method ? CALLS_METHOD_WITH_DEFAULTS : CALLS_WITH_DEFAULTS);
            r.pointer = twin;
            specialize_site(fp, ip, &r, was_method ? call_method_defaults : call_function_defaults);
            return;
        }
        bool exits = count == argument + 2u;
        if (twin->exact_args == (int64_t)count) {
            r.guard = (uintptr_t)code + (exits ? CALLS_EXIT : was_method ? CALLS_METHOD : CALLS_FUNCTION);
            r.pointer = twin;
        }
        if (exits) {
            specialize_site(fp, ip, &r, call_exit);
            return;
        }
        // a bound method on the stack was taken apart by the caller: the plain handler does that
        if (generator_call_twin((Function *)callable, count, thread_current)) {
            specialize_site(fp, ip, &r, was_method ? call_method_generator : call_generator);
        } else {
            specialize_site(fp, ip, &r, was_method ? call_method_function : call_function);
        }
    } else if (callable->type == &builtin_function_type && !was_method) {
        static const Handler direct[4][4] = {
            { call_builtin_0, call_builtin_0_of_1, call_builtin_0_of_2, call_builtin_0_of_3 },
            { NULL, call_builtin_1, call_builtin_1_of_2, call_builtin_1_of_3 },
            { NULL, NULL, call_builtin_2, call_builtin_2_of_3 },
            { NULL, NULL, NULL, call_builtin_3 },
        };
        BuiltinDef *def = ((BuiltinFunction *)callable)->def;
        if (def->flags & (INLINE_LEN | INLINE_ISINSTANCE)) {
            bool len = def->flags & INLINE_LEN;
            r.guard = (uintptr_t)def + (len ? CALLS_LEN : CALLS_ISINSTANCE);
            if (count == (len ? 1 : 2)) {
                specialize_site(fp, ip, &r, len ? call_len : call_isinstance);
            }
            return;
        }
        if (def->flags & EFFECT_COLLECTS) {
            return;
        }
        r.pointer = def;
        r.offset = (def->flags & EFFECT_LOCKS) != 0;
        int arity = builtin_direct_arity(def, count);
        bool fits = arity >= 0 && arity < (int)COUNT_OF(direct);
        r.slot = fits ? (uint32_t)arity : NO_ARITY;
        specialize_site(fp, ip, &r, fits ? direct[count][arity] : call_builtin);
    } else if (callable->type == &method_descriptor_type && unpacked) {
        static const Handler direct[4][4] = {
            { call_method_0, call_method_0_of_1, call_method_0_of_2, call_method_0_of_3 },
            { NULL, call_method_1, call_method_1_of_2, call_method_1_of_3 },
            { NULL, NULL, call_method_2, call_method_2_of_3 },
            { NULL, NULL, NULL, call_method_3 },
        };
        const MethodDescr *descriptor = (const MethodDescr *)callable;
        BuiltinDef *def = descriptor->def;
        int arity = count >= 1 && object_is_instance(args[-1], descriptor->head.type)
                        ? builtin_direct_arity(def, count - 1)
                        : -1;
        bool fits = arity >= 0 && arity < (int)COUNT_OF(direct);
        r.pointer = def;
        r.offset = (def->flags & EFFECT_LOCKS) != 0;
        if (fits) {
            r.slot = (uint32_t)arity;
            r.value = callable;
            r.guard2 = (uintptr_t)args[-1]->type;
        }
        Handler handler = fits ? direct[count - 1][arity] : call_descriptor;
        if (fits && arity == 1 && count == 2 && args[-1]->type == &list_type &&
            callable == type_lookup(&list_type, names.append)) {
            r.kind = APPENDS;
            handler = next_opcode(fp, ip) == POP_TOP ? call_list_append_pop : call_list_append;
        }
        specialize_site(fp, ip, &r, handler);
    } else if (callable == (Object *)&super_type && count == 0 && !was_method) {
        r.slot = class_cell_slot(fp);
        r.guard = (uintptr_t)&super_type;
        if (r.slot) {
            specialize_site(fp, ip, &r, call_super);
        }
    } else if (callable == (Object *)&type_type && count == 1 && !was_method) {
        specialize_site(fp, ip, &r, call_type_of);
    } else if (callable == (Object *)&str_type && count == 1 && !was_method && !site_name(ip)) {
        specialize_site(fp, ip, &r, call_str_of);
    } else if (callable->type->flags & TF_HEAP && !(callable->type->flags & TF_TYPE) && !args[-2] &&
               args[-1] == callable && type_lookup(callable->type, names.__call__)) {
        specialize_site(fp, ip, &r, call_instance);
    } else if (type_check(callable) && !was_method &&
               has_simple_constructor((Type *)callable, count, &r.value, &r.version)) {
        r.guard2 = (uintptr_t)callable + CALLS_CLASS;
        specialize_site(fp, ip, &r, call_class);
    }
}

const SpecializedForm fast_call_forms[] = {
    { call_function, PRECALL_PYFUNC },
    { call_function, CALL_PY_EXACT_ARGS },
    { call_method_function, PRECALL_PYFUNC },
    { call_method_function, CALL_PY_EXACT_ARGS },
    { call_generator, PRECALL_PYFUNC },
    { call_generator, CALL_PY_EXACT_ARGS },
    { call_method_generator, PRECALL_PYFUNC },
    { call_method_generator, CALL_PY_EXACT_ARGS },
    { call_function_defaults, PRECALL_PYFUNC },
    { call_function_defaults, CALL_PY_WITH_DEFAULTS },
    { call_method_defaults, PRECALL_PYFUNC },
    { call_method_defaults, CALL_PY_WITH_DEFAULTS },
    { call_builtin, PRECALL_BUILTIN_FAST_WITH_KEYWORDS },
    { call_builtin_1, PRECALL_NO_KW_BUILTIN_O },
    { call_builtin_0, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_0_of_1, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_0_of_2, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_1_of_2, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_2, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_0_of_3, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_1_of_3, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_2_of_3, PRECALL_NO_KW_BUILTIN_FAST },
    { call_builtin_3, PRECALL_NO_KW_BUILTIN_FAST },
    { call_descriptor, PRECALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS },
    { call_method_0, PRECALL_NO_KW_METHOD_DESCRIPTOR_NOARGS },
    { call_method_1, PRECALL_NO_KW_METHOD_DESCRIPTOR_O },
    { call_method_0_of_1, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_0_of_2, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_1_of_2, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_2, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_0_of_3, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_1_of_3, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_2_of_3, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_method_3, PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST },
    { call_list_append, PRECALL_NO_KW_LIST_APPEND },
    { call_list_append_pop, PRECALL_NO_KW_LIST_APPEND },
    { call_type_of, PRECALL_NO_KW_TYPE_1 },
    { call_str_of, PRECALL_NO_KW_STR_1 },
    { NULL, 0 },
};
