// Python functions, bound methods, cells.
#include "objects/function.h"

#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/frame.h"
#include "vm/runtime.h"

// What a function with these globals finds its built-ins in.
static Object *builtins_of(Object *globals) {
    Object *builtins = dict_get_str(globals, names.__builtins__);
    if (LIKELY(builtins && builtins->type == &dict_type)) {
        return builtins;
    }
    if (builtins) {
        return object_is_instance(builtins, &module_type) ? module_dict(builtins) : builtins;
    }
    Frame *frame = thread_python_frame(thread_current);
    return frame ? frame->builtins : builtins_module ? module_dict(builtins_module) : NULL;
}

Object *function_new(Object *code, Object *globals, Object *qualname) {
    Code *c = (Code *)code;
    bool has_doc = tuple_size(c->consts) > 0 && str_check(tuple_get(c->consts, 0));
    Object *module = dict_get_str(globals, names.__name__), *builtins = builtins_of(globals);
    Function *f = (Function *)object_alloc(&function_type);
    if (!f) {
        return NULL;
    }
    gc_init(&f->code, code);
    gc_init(&f->globals, globals);
    gc_init(&f->name, c->name);
    gc_init(&f->qualname, qualname ? qualname : c->qualname);
    gc_init(&f->doc, has_doc ? tuple_get(c->consts, 0) : NONE);
    gc_init(&f->module, module);
    gc_init(&f->builtins, builtins);
    return &f->base;
}

static void function_trace(Object *o, Tracer *tracer) {
    Function *f = (Function *)o;
    trace_range(tracer, (void *const *)&f->globals, 8);
    trace_cell(tracer, f->doc);
    trace_cell(tracer, f->dict);
    trace_cell(tracer, f->module);
    trace_cell(tracer, f->annotations);
}

static Object *function_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *cache;
    Object *b[5];
    if (signature_bind(&cache, "function", "(code, globals, name=None, argdefs=None, closure=None)", args,
                       nargs, kwnames, b) < 0) {
        return NULL;
    }
    if (b[0]->type != &code_type) {
        return raise_error(&exc_TypeError, "function() argument 'code' must be code, not %s",
                           b[0]->type->name);
    }
    if (!dict_check(b[1])) {
        return raise_error(&exc_TypeError, "function() argument 'globals' must be dict, not %s",
                           b[1]->type->name);
    }
    for (int i = 2; i < 5; i++) {
        b[i] = b[i] == NONE ? NULL : b[i];
    }
    if (b[2] && !str_check(b[2])) {
        return raise_error(&exc_TypeError, "arg 3 (name) must be None or string");
    }
    if (b[3] && !tuple_check(b[3])) {
        return raise_error(&exc_TypeError, "arg 4 (defaults) must be None or tuple");
    }
    Code *code = (Code *)b[0];
    if (b[4] && !tuple_check(b[4])) {
        return raise_error(&exc_TypeError, code->nfreevars ? "arg 5 (closure) must be tuple"
                                                           : "arg 5 (closure) must be None or tuple");
    }
    if (!b[4] && code->nfreevars) {
        return raise_error(&exc_TypeError, "arg 5 (closure) must be tuple");
    }
    ssize_t cells = b[4] ? tuple_size(b[4]) : 0;
    if (cells != code->nfreevars) {
        return raise_error(&exc_ValueError, "%U requires closure of length %d, not %zd", code->name,
                           code->nfreevars, cells);
    }
    for (ssize_t i = 0; i < cells; i++) {
        if (tuple_get(b[4], i)->type != &cell_type) {
            return raise_error(&exc_TypeError, "arg 5 (closure) expected cell, found %s",
                               tuple_get(b[4], i)->type->name);
        }
    }
    if (audit("function.__new__", "O", b[0]) < 0) {
        return NULL;
    }
    Function *f = (Function *)function_new(b[0], b[1], NULL);
    if (f) {
        if (b[2]) {
            gc_store(f, &f->name, b[2]);
        }
        gc_store(f, &f->defaults, b[3]);
        gc_store(f, &f->closure, b[4]);
    }
    return (Object *)f;
}

static Object *function_repr(Object *o) {
    return str_format("<function %U at %p>", ((Function *)o)->qualname, o);
}
static Object *function_get(Object *self, Object *instance, Object *owner) {
    return instance ? method_new(self, instance) : self;
}

static Object *get_code(Object *o, void *closure) {
    return ((Function *)o)->code;
}
static int set_code(Object *o, Object *value, void *closure) {
    Function *f = (Function *)o;
    if (!value || value->type != &code_type) {
        raise_error(&exc_TypeError, "__code__ must be set to a code object");
        return -1;
    }
    int free = ((Code *)value)->nfreevars;
    ssize_t closure_size = f->closure ? tuple_size(f->closure) : 0;
    if (free != closure_size) {
        raise_error(&exc_ValueError, "%U() requires a code object with %zd free vars, not %d", f->name,
                    closure_size, free);
        return -1;
    }
    f->version = 0;
    gc_store(f, &f->code, value);
    return 0;
}
static Object *get_defaults(Object *o, void *closure) {
    Object *value = ((Function *)o)->defaults;
    return value ? value : NONE;
}
static int set_defaults(Object *o, Object *value, void *closure) {
    if (value == NONE) {
        value = NULL;
    }
    if (value && !tuple_check(value)) {
        raise_error(&exc_TypeError, "__defaults__ must be set to a tuple object");
        return -1;
    }
    ((Function *)o)->version = 0;
    gc_store(o, &((Function *)o)->defaults, value);
    return 0;
}
static Object *get_kwdefaults(Object *o, void *closure) {
    Object *value = ((Function *)o)->kwdefaults;
    return value ? value : NONE;
}
static int set_kwdefaults(Object *o, Object *value, void *closure) {
    if (value == NONE) {
        value = NULL;
    }
    if (value && !dict_check(value)) {
        raise_error(&exc_TypeError, "__kwdefaults__ must be set to a dict object");
        return -1;
    }
    ((Function *)o)->version = 0;
    gc_store(o, &((Function *)o)->kwdefaults, value);
    return 0;
}
static Object *get_annotations(Object *o, void *closure) {
    Function *f = (Function *)o;
    Object *value = f->annotations;
    if (!value) {
        value = dict_new();
    } else if (tuple_check(value)) {  // pairs as MAKE_FUNCTION leaves them
        Object *dict = dict_new();
        for (ssize_t i = 0; dict && i + 1 < tuple_size(value); i += 2) {
            if (dict_set(dict, tuple_get(value, i), tuple_get(value, i + 1)) < 0) {
                return NULL;
            }
        }
        value = dict;
    }
    if (value && value != f->annotations) {
        gc_store(f, &f->annotations, value);
    }
    return value;
}
static int set_annotations(Object *o, Object *value, void *closure) {
    if (value == NONE) {
        value = NULL;
    }
    if (value && !dict_check(value)) {
        raise_error(&exc_TypeError, "__annotations__ must be set to a dict object");
        return -1;
    }
    gc_store(o, &((Function *)o)->annotations, value);
    return 0;
}
static Object *get_name(Object *o, void *closure) {
    return closure ? ((Function *)o)->qualname : ((Function *)o)->name;
}
static int set_name(Object *o, Object *value, void *closure) {
    if (!value || !str_check(value)) {
        raise_error(&exc_TypeError, "%s must be set to a string object",
                    closure ? "__qualname__" : "__name__");
        return -1;
    }
    gc_store(o, closure ? &((Function *)o)->qualname : &((Function *)o)->name, value);
    return 0;
}
static Object *get_dict(Object *o, void *closure) {
    return instance_dict(o);
}
static int set_dict(Object *o, Object *value, void *closure) {
    if (!value) {
        raise_error(&exc_TypeError, "cannot delete __dict__");
        return -1;
    }
    return instance_set_dict(o, value);
}
static GetSetDef function_getsets[] = {
    { "__code__", get_code, set_code, NULL, NULL },
    { "__defaults__", get_defaults, set_defaults, NULL, NULL },
    { "__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL, NULL },
    { "__annotations__", get_annotations, set_annotations, NULL, NULL },
    { "__dict__", get_dict, set_dict, NULL, NULL },
    { "__name__", get_name, set_name, NULL, NULL },
    { "__qualname__", get_name, set_name, NULL, (void *)1 },
    {},
};
static MemberDef function_members[] = {
    { "__closure__", MEMBER_OBJECT, offsetof(Function, closure), MEMBER_READONLY, NULL },
    { "__doc__", MEMBER_OBJECT, offsetof(Function, doc), 0, NULL },
    { "__globals__", MEMBER_OBJECT, offsetof(Function, globals), MEMBER_READONLY, NULL },
    { "__module__", MEMBER_OBJECT, offsetof(Function, module), 0, NULL },
    { "__builtins__", MEMBER_OBJECT, offsetof(Function, builtins), MEMBER_READONLY, NULL },
    {},
};
Type function_type;
const TypeSpec function_spec = {
    .name = "function",
    .basic_size = 136,
    .instance_size = sizeof(Function),
    .dict_offset = offsetof(Function, dict),
    .weaklist_offset = offsetof(Function, weaklist),
    .vectorcall_offset = offsetof(Function, vectorcall),
    .flags = TF_GC | TF_METHOD_DESCRIPTOR | TF_HAVE_VECTORCALL,
    .doc = "function(code, globals, name=None, argdefs=None, closure=None)\n--\n\n",
    .getsets = function_getsets,
    .members = function_members,
    .trace = function_trace,
    .slots = { .repr = function_repr,
               .call = function_call,
               .descr_get = function_get,
               .new = function_new_slot },
};

// ---- bound methods

Object *method_new(Object *function, Object *self) {
    Method *m = (Method *)object_alloc(&method_type);
    if (m) {
        gc_init(&m->function, function);
        gc_init(&m->self, self);
    }
    return (Object *)m;
}
static void method_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((Method *)o)->function);
    trace_cell(tracer, ((Method *)o)->self);
}
static Object *method_call(Object *o, Object *const *args, size_t nargs, Object *kwnames) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    Method *m = (Method *)o;
    size_t total = nargs + (kwnames ? (size_t)tuple_size(kwnames) : 0);
    Object *near[vector_room(total + 1)], **all = near;
    near[COUNT_OF(near) - 1] = NULL;
    if (total + 1 > COUNT_OF(near)) {
        all = heap_alloc((total + 1) * sizeof(Object *), CELL_POINTERS);
        if (!all) {
            return NULL;
        }
        gc_dirty(all);
    }
    all[0] = m->self;
    if (total) {
        memcpy(all + 1, args, total * sizeof(Object *));
    }
    return call(m->function, all, nargs + 1, kwnames);
}
static Object *method_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("method", kwnames) < 0 || arguments_check_count("method", nargs, 2, 2) < 0) {
        return NULL;
    }
    if (!object_callable(args[0])) {
        return raise_error(&exc_TypeError, "first argument must be callable");
    }
    if (args[1] == NONE) {
        return raise_error(&exc_TypeError, "instance must not be None");
    }
    return method_new(args[0], args[1]);
}
static Object *method_repr(Object *o) {
    Method *m = (Method *)o;
    Object *name;
    int found = object_getattr_optional(m->function, names.__qualname__, &name);
    if (!found) {
        found = object_getattr_optional(m->function, names.__name__, &name);
    }
    if (found < 0) {
        return NULL;
    }
    return str_format("<bound method %V of %R>", found && str_check(name) ? name : NULL, "?", m->self);
}
static hash_t method_hash(Object *o) {
    hash_t hash = object_hash(((Method *)o)->function);
    if (hash == -1) {
        return -1;
    }
    hash ^= pointer_hash(((Method *)o)->self);
    return hash == -1 ? -2 : hash;
}
static Object *method_compare(Object *a, Object *b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || a->type != &method_type || b->type != &method_type) {
        return NOT_IMPLEMENTED;
    }
    int equal = object_compare_bool(((Method *)a)->function, ((Method *)b)->function, CMP_EQ);
    if (equal < 0) {
        return NULL;
    }
    return bool_from((equal && ((Method *)a)->self == ((Method *)b)->self) == (op == CMP_EQ));
}
// Attributes of the function are those of the method.
static Object *method_getattr(Object *o, Object *name) {
    if (check_attribute_name(name) < 0) {
        return NULL;
    }
    Object *descr = type_lookup(o->type, name);
    if (descr) {
        DescrGetFn get = descr->type->info->slots.descr_get;
        return get ? get(descr, o, (Object *)o->type) : descr;
    }
    return object_getattr(((Method *)o)->function, name);
}
static Object *method_doc(Object *o, void *closure) {
    return object_getattr(((Method *)o)->function, names.__doc__);
}
static Object *method_reduce(Object *o) {
    Method *m = (Method *)o;
    Object *name = object_getattr(m->function, names.__name__), *function = import_getattr_builtin();
    Object *pair = name && function ? tuple_pack(2, m->self, name) : NULL;
    return pair ? tuple_pack(2, function, pair) : NULL;
}
static BuiltinDef method_methods[] = { BUILTIN("__reduce__", method_reduce, "($self, /)", 0, NULL),
                                       BUILTIN_END };
static MemberDef method_members[] = {
    { "__func__", MEMBER_OBJECT, offsetof(Method, function), MEMBER_READONLY, NULL },
    { "__self__", MEMBER_OBJECT, offsetof(Method, self), MEMBER_READONLY, NULL },
    {},
};
static GetSetDef method_getsets[] = { { "__doc__", method_doc, NULL, NULL, NULL }, {} };
Type method_type;
const TypeSpec method_spec = {
    .name = "method",
    .basic_size = sizeof(Method),
    .weaklist_offset = offsetof(Method, weaklist),
    .vectorcall_offset = offsetof(Method, vectorcall),
    .flags = TF_GC | TF_HAVE_VECTORCALL,
    .doc = "method(function, instance, /)\n--\n\n",
    .methods = method_methods,
    .members = method_members,
    .getsets = method_getsets,
    .trace = method_trace,
    .slots = { .repr = method_repr,
               .hash = method_hash,
               .call = method_call,
               .getattr = method_getattr,
               .setattr = object_generic_setattr,
               .compare = method_compare,
               .new = method_new_slot },
};

// ---- cells

Object *cell_new(Object *value) {
    Cell *cell = (Cell *)object_alloc(&cell_type);
    if (cell) {
        gc_init(&cell->value, value);
    }
    return (Object *)cell;
}
static void cell_trace(Object *o, Tracer *tracer) {
    trace_cell(tracer, ((Cell *)o)->value);
}
static Object *cell_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (arguments_no_keywords("cell", kwnames) < 0 || arguments_check_count("cell", nargs, 0, 1) < 0) {
        return NULL;
    }
    return cell_new(nargs ? args[0] : NULL);
}
static Object *cell_repr(Object *o) {
    Object *value = ((Cell *)o)->value;
    return value ? str_format("<cell at %p: %s object at %p>", o, value->type->name, value)
                 : str_format("<cell at %p: empty>", o);
}
static Object *cell_compare(Object *a, Object *b, CompareOp op) {
    if (a->type != &cell_type || b->type != &cell_type) {
        return NOT_IMPLEMENTED;
    }
    Object *x = ((Cell *)a)->value, *y = ((Cell *)b)->value;
    if (x && y) {
        return object_compare(x, y, op);
    }
    int left = x != NULL, right = y != NULL;
    bool result = op == CMP_LT   ? left < right
                  : op == CMP_LE ? left <= right
                  : op == CMP_EQ ? left == right
                  : op == CMP_NE ? left != right
                  : op == CMP_GT ? left > right
                                 : left >= right;
    return bool_from(result);
}
static Object *cell_get_contents(Object *o, void *closure) {
    Object *value = ((Cell *)o)->value;
    return value ? value : raise_error(&exc_ValueError, "Cell is empty");
}
static int cell_set_contents(Object *o, Object *value, void *closure) {
    gc_store(o, &((Cell *)o)->value, value);
    return 0;
}
static GetSetDef cell_getsets[] = { { "cell_contents", cell_get_contents, cell_set_contents, NULL, NULL },
                                    {} };
Type cell_type;
const TypeSpec cell_spec = {
    .name = "cell",
    .basic_size = sizeof(Cell),
    .flags = TF_GC,
    .doc = "cell([contents])\n--\n\n",
    .getsets = cell_getsets,
    .trace = cell_trace,
    .slots = { .repr = cell_repr,
               .compare = cell_compare,
               .getattr = object_generic_getattr,
               .new = cell_new_slot },
};
