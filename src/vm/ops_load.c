// Moving values: the stack, local variables, cells, globals, names, attributes and items.
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "vm/fast.h"
#include "vm/interpreter.h"
#include "vm/runtime.h"

HANDLER(op_CACHE) {
    raise_error(&exc_SystemError, "unknown opcode");
    ERROR();
}
HANDLER(op_EXTENDED_ARG) {
    TAIL(op_CACHE);
}
HANDLER(op_KW_NAMES) {
    TAIL(op_CACHE);
}
HANDLER(op_PRECALL) {
    TAIL(op_CACHE);
}

HANDLER(op_NOP) {
    NEXT();
}
HANDLER(op_POP_TOP) {
    sp--;
    NEXT();
}
HANDLER(op_PUSH_NULL) {
    *sp++ = NULL;
    NEXT();
}
HANDLER(op_SWAP) {
    Object *top = sp[-1];
    sp[-1] = sp[-(ssize_t)ip->value];
    sp[-(ssize_t)ip->value] = top;
    NEXT();
}
HANDLER(op_COPY) {
    *sp = sp[-(ssize_t)ip->value];
    sp++;
    NEXT();
}
HANDLER(op_LOAD_CONST) {
    *sp++ = ip->object;
    NEXT();
}

// ---- local variables

void raise_unbound_local(const Code *code, int index) {
    raise_name_error(&exc_UnboundLocalError,
                     "cannot access local variable '%U' where it is not associated with a value",
                     tuple_get(code->localsplusnames, index));
}

COLD static PRESERVE_NONE Object *unbound_local(HANDLER_ARGUMENTS) {
    raise_unbound_local(fp->code, slot_index(ip->value));
    ERROR();
}
HANDLER(op_LOAD_FAST) {
    Object *value = *frame_slot(fp, ip->value);
    if (UNLIKELY(!value)) {
        TAIL(unbound_local);
    }
    *sp++ = value;
    NEXT();
}
HANDLER(op_STORE_FAST) {
    *frame_slot(fp, ip->value) = *--sp;
    NEXT();
}
HANDLER(op_DELETE_FAST) {
    Object **slot = frame_slot(fp, ip->value);
    Object *old = *slot;
    if (!old) {
        TAIL(unbound_local);
    }
    *slot = NULL;
    NEXT_DROPPED(old);
}
HANDLER(store_none_fast) {
    Object **slot = frame_slot(fp, ip->value), *old = *slot;
    *slot = *--sp;
    NEXT_DROPPED(old);
}
HANDLER(load_none_store_fast) {
    Object **slot = frame_slot(fp, ip[1].value), *old = *slot;
    *slot = NONE;
    ip++;
    NEXT_DROPPED(old);
}

// ---- cells and free variables

void raise_unbound_deref(const Code *code, int index) {
    Object *name = tuple_get(code->localsplusnames, index);
    if ((uint8_t)((const char *)bytes_data(code->localspluskinds))[index] & CO_FAST_FREE) {
        raise_name_error(&exc_NameError,
                         "cannot access free variable '%U' where it is not associated with a value in "
                         "enclosing scope",
                         name);
    } else {
        raise_unbound_local(code, index);
    }
}

static inline Cell *cell_at(Frame *fp, uint64_t offset) {
    Object *cell = *frame_slot(fp, offset);
    return LIKELY(cell && cell->type == &cell_type) ? (Cell *)cell : NULL;
}
COLD static PRESERVE_NONE Object *no_cell(HANDLER_ARGUMENTS) {
    raise_error(&exc_SystemError, "bytecode is damaged: a variable without its cell");
    ERROR();
}

HANDLER(op_MAKE_CELL) {
    Object **slot = frame_slot(fp, ip->value);
    Object *cell = cell_new(*slot);
    if (!cell) {
        ERROR();
    }
    *slot = cell;
    NEXT();
}
HANDLER(op_COPY_FREE_VARS) {
    Object *closure = fp->function->closure;
    uint64_t count = ip->value;
    if (!closure || !tuple_check(closure) || (uint64_t)tuple_size(closure) != count) {
        TAIL(no_cell);
    }
    Object **slots = (Object **)fp->locals + fp->code->nlocalsplus - count;
    for (uint64_t i = 0; i < count; i++) {
        slots[i] = tuple_get(closure, (ssize_t)i);
    }
    NEXT();
}
HANDLER(op_LOAD_CLOSURE) {
    TAIL(op_LOAD_FAST);
}
HANDLER(op_LOAD_DEREF) {
    Cell *cell = cell_at(fp, ip->value);
    if (UNLIKELY(!cell)) {
        TAIL(no_cell);
    }
    Object *value = __atomic_load_n(&cell->value, __ATOMIC_ACQUIRE);
    if (UNLIKELY(!value)) {
        raise_unbound_deref(fp->code, slot_index(ip->value));
        ERROR();
    }
    *sp++ = value;
    NEXT();
}
HANDLER(op_STORE_DEREF) {
    Cell *cell = cell_at(fp, ip->value);
    if (UNLIKELY(!cell)) {
        TAIL(no_cell);
    }
    Object *old = cell->value, *value = *--sp;
    gc_store(cell, &cell->value, value);
    if (value != NONE) {
        NEXT();
    }
    NEXT_DROPPED(old);
}
HANDLER(op_DELETE_DEREF) {
    Cell *cell = cell_at(fp, ip->value);
    if (!cell) {
        TAIL(no_cell);
    }
    if (!cell->value) {
        raise_unbound_deref(fp->code, slot_index(ip->value));
        ERROR();
    }
    Object *old = cell->value;
    gc_store(cell, &cell->value, NULL);
    NEXT_DROPPED(old);
}
HANDLER(op_LOAD_CLASSDEREF) {
    SAVE();
    Object *name = tuple_get(fp->code->localsplusnames, slot_index(ip->value));
    Object *value = NULL;
    if (!fp->names) {
        raise_error(&exc_SystemError, "no locals when loading %R", name);
        ERROR();
    }
    if (dict_check_exact(fp->names)) {
        value = dict_get(fp->names, name);
        if (!value && error_occurred()) {
            ERROR();
        }
    } else {
        value = object_getitem(fp->names, name);
        if (!value && !error_clear_if(&exc_KeyError)) {
            ERROR();
        }
    }
    if (!value) {
        TAIL(op_LOAD_DEREF);
    }
    *sp++ = value;
    NEXT_CALLED();
}

// ---- names

void raise_name_error(Type *type, const char *format, Object *name) {
    raise_error(type, format, name);
    Object *exception = thread_current->exception;
    if (exception && object_is_instance(exception, &exc_NameError)) {
        gc_store(exception, &((NameError *)exception)->name, name);
    }
}

static void name_not_defined(Object *name) {
    raise_name_error(&exc_NameError, "name '%U' is not defined", name);
}

Object *load_from_builtins(Frame *fp, Object *name) {
    Object *builtins = fp->builtins, *value;
    if (LIKELY(dict_check_exact(builtins))) {
        value = dict_get_str(builtins, name);
        if (!value && !error_occurred()) {
            name_not_defined(name);
        }
        return value;
    }
    value = object_getitem(builtins, name);
    if (!value && error_clear_if(&exc_KeyError)) {
        name_not_defined(name);
    }
    return value;
}

Object *load_global(Frame *fp, Object *name) {
    Object *value;
    if (LIKELY(dict_check_exact(fp->globals))) {
        value = dict_get_str(fp->globals, name);
        if (value || error_occurred()) {
            return value;
        }
    } else {
        value = object_getitem(fp->globals, name);
        if (value || !error_clear_if(&exc_KeyError)) {
            return value;
        }
    }
    return load_from_builtins(fp, name);
}

Object *load_name(Frame *fp, Object *name) {
    Object *space = fp->names, *value;
    if (!space) {
        return raise_error(&exc_SystemError, "no locals when loading %R", name);
    }
    if (dict_check_exact(space)) {
        value = dict_get(space, name);
        if (value || error_occurred()) {
            return value;
        }
    } else {
        value = object_getitem(space, name);
        if (value || !error_clear_if(&exc_KeyError)) {
            return value;
        }
    }
    value = dict_get(fp->globals, name);
    return value || error_occurred() ? value : load_from_builtins(fp, name);
}

HANDLER(op_LOAD_NAME) {
    SAVE();
    Object *value = load_name(fp, ip->object);
    if (!value) {
        ERROR();
    }
    *sp++ = value;
    NEXT_CALLED();
}
// What a name of a module or class refers to before it is let go; NULL: nothing, or not to be known.
static Object *name_in_dict(Object *dict, Object *name) {
    Object *old = dict_check_exact(dict) ? dict_get(dict, name) : NULL;
    if (!old) {
        error_clear();
    }
    return old;
}

HANDLER(op_STORE_NAME) {
    SAVE();
    if (!fp->names) {
        raise_error(&exc_SystemError, "no locals found when storing %R", ip->object);
        ERROR();
    }
    Object *old = sp[-1] == NONE ? name_in_dict(fp->names, ip->object) : NULL;
    int failed = dict_check_exact(fp->names) ? dict_set(fp->names, ip->object, sp[-1])
                                             : object_setitem(fp->names, ip->object, sp[-1]);
    if (failed < 0) {
        ERROR();
    }
    sp--;
    NEXT_DROPPED(old);
}
HANDLER(op_DELETE_NAME) {
    SAVE();
    if (!fp->names) {
        raise_error(&exc_SystemError, "no locals when deleting %R", ip->object);
        ERROR();
    }
    Object *old = name_in_dict(fp->names, ip->object);
    if (object_setitem(fp->names, ip->object, NULL) < 0) {
        if (error_clear_if(&exc_KeyError)) {
            name_not_defined(ip->object);
        }
        ERROR();
    }
    NEXT_DROPPED(old);
}
HANDLER(op_LOAD_GLOBAL) {
    SAVE();
    Object *value = load_global(fp, ip->record->name);
    if (!value) {
        ERROR();
    }
    specialize_global(fp, ip);
    if (ip->record->argument & 1) {
        *sp++ = NULL;
    }
    *sp++ = value;
    NEXT_CALLED();
}
HANDLER(op_STORE_GLOBAL) {
    SAVE();
    Object *old = sp[-1] == NONE ? name_in_dict(fp->globals, ip->object) : NULL;
    if (dict_set(fp->globals, ip->object, sp[-1]) < 0) {
        ERROR();
    }
    sp--;
    NEXT_DROPPED(old);
}
HANDLER(op_DELETE_GLOBAL) {
    SAVE();
    Object *old = name_in_dict(fp->globals, ip->object);
    int found = dict_delete_optional(fp->globals, ip->object);
    if (found <= 0) {
        if (!found) {
            name_not_defined(ip->object);
        }
        ERROR();
    }
    NEXT_DROPPED(old);
}

// ---- attributes and items

HANDLER(op_LOAD_ATTR) {
    SAVE();
    Object *value = object_getattr(sp[-1], ip->record->name);
    if (!value) {
        ERROR();
    }
    specialize_attribute(fp, ip, sp[-1]);
    sp[-1] = value;
    NEXT_CALLED();
}
HANDLER(op_STORE_ATTR) {
    SAVE();
    // before the store: an attribute that is added has its transition learned
    specialize_store_attribute(fp, ip, sp[-1]);
    if (object_setattr(sp[-1], ip->record->name, sp[-2]) < 0) {
        ERROR();
    }
    sp -= 2;
    NEXT_CALLED();
}
HANDLER(op_DELETE_ATTR) {
    SAVE();
    if (object_setattr(sp[-1], ip->object, NULL) < 0) {
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}
HANDLER(op_BINARY_SUBSCR) {
    SAVE();
    Object *value = object_getitem(sp[-2], sp[-1]);
    if (!value) {
        ERROR();
    }
    if (UNLIKELY(wants_specialization(ip))) {
        specialize_subscript(fp, ip, sp[-2], sp[-1]);
    }
    sp--;
    sp[-1] = value;
    NEXT_CALLED();
}
HANDLER(op_STORE_SUBSCR) {
    SAVE();
    if (object_setitem(sp[-2], sp[-1], sp[-3]) < 0) {
        ERROR();
    }
    if (UNLIKELY(wants_specialization(ip))) {
        specialize_store_subscript(fp, ip, sp[-2], sp[-1]);
    }
    sp -= 3;
    NEXT_CALLED();
}
HANDLER(op_DELETE_SUBSCR) {
    SAVE();
    if (object_setitem(sp[-2], sp[-1], NULL) < 0) {
        ERROR();
    }
    sp -= 2;
    NEXT_CALLED();
}

// ---- import and annotations

// __import__, which is the built-in one as a rule and wants no binding of arguments then.
static Object *call_importer(Object *importer, Object *const args[5]) {
    if (importer->type == &builtin_function_type) {
        const BuiltinFunction *f = (const BuiltinFunction *)importer;
        if (builtin_direct_arity(f->def, 5) == 5 && !(f->def->flags & (BUILTIN_STATIC | EFFECT_LOCKS))) {
            Object *(*function)(Object *self, Object *, Object *, Object *, Object *,
                                Object *) = f->def->function;
            return function(f->self, args[0], args[1], args[2], args[3], args[4]);
        }
    }
    return call(importer, args, 5, NULL);
}

HANDLER(op_IMPORT_NAME) {
    SAVE();
    int level = int_check(sp[-2]) ? int_to_c_int(sp[-2]) : -1;
    if (level == -1) {
        if (!error_occurred()) {
            raise_error(&exc_TypeError, "'%T' object cannot be interpreted as an integer", sp[-2]);
        }
        ERROR();
    }
    Object *importer = fp->builtins->type == &dict_type ? dict_get_str(fp->builtins, names.__import__)
                                                        : object_getitem(fp->builtins, names.__import__);
    if (!importer) {
        if (!error_occurred() || error_clear_if(&exc_KeyError)) {
            raise_error(&exc_ImportError, "__import__ not found");
        }
        ERROR();
    }
    Object *args[] = { ip->object, fp->globals, fp->names ? fp->names : NONE, sp[-1], sp[-2] };
    Object *module = call_importer(importer, args);
    if (!module) {
        ERROR();
    }
    sp--;
    sp[-1] = module;
    NEXT_CALLED_POLLED();
}

static Object *module_spec_is_initializing(Object *module) {
    Object *spec, *value;
    if (object_getattr_optional(module, names.__spec__, &spec) <= 0 ||
        object_getattr_optional(spec, names._initializing, &value) <= 0) {
        error_clear();
        return NULL;
    }
    int truth = object_is_true(value);
    if (truth < 0) {
        error_clear();
    }
    return truth > 0 ? module : NULL;
}

// from module import name: the attribute, or the submodule that sys.modules has.
static Object *load_from_module(Object *module, Object *name) {
    Object *value;
    int found = object_getattr_optional(module, name, &value);
    if (found) {
        return found > 0 ? value : NULL;
    }
    Object *module_name, *file = NULL;
    found = object_getattr_optional(module, names.__name__, &module_name);
    if (found < 0) {
        return NULL;
    }
    if (found && str_check(module_name)) {
        Object *full = str_format("%U.%U", module_name, name);
        value = full ? object_getitem(sys_modules, full) : NULL;
        if (value) {
            return value;
        }
        if (!error_clear_if(&exc_KeyError)) {
            return NULL;
        }
    } else {
        module_name = NULL;
    }
    Object *shown = module_name ? module_name : str_from_cstring("<unknown module name>");
    if (!shown) {
        return NULL;
    }
    if (object_getattr_optional(module, names.__file__, &file) <= 0 || !str_check(file)) {
        error_clear();
        file = NULL;
    }
    Object *message;
    if (!file) {
        message = str_format("cannot import name %R from %R (unknown location)", name, shown);
    } else if (module_spec_is_initializing(module)) {
        message = str_format("cannot import name %R from partially initialized module %R (most likely "
                             "due to a circular import) (%S)",
                             name, shown, file);
    } else {
        message = str_format("cannot import name %R from %R (%S)", name, shown, file);
    }
    return message ? raise_import_error(&exc_ImportError, message, shown, file ? file : NONE) : NULL;
}

HANDLER(op_IMPORT_FROM) {
    SAVE();
    Object *value = load_from_module(sp[-1], ip->object);
    if (!value) {
        ERROR();
    }
    *sp++ = value;
    NEXT_CALLED();
}

// Copies the public names of `module` (its __all__, or all without an underscore) into `space`.
static int import_star(Object *space, Object *module) {
    Object *all, *dict;
    bool skip_underscores = false;
    int found = object_getattr_optional(module, names.__all__, &all);
    if (found < 0) {
        return -1;
    }
    if (!found) {
        found = object_getattr_optional(module, names.__dict__, &dict);
        if (found <= 0) {
            if (!found) {
                raise_error(&exc_ImportError, "from-import-* object has no __dict__ and no __all__");
            }
            return -1;
        }
        Object *keys = call_method0(dict, names.keys);
        all = keys ? sequence_list(keys) : NULL;
        if (!all) {
            return -1;
        }
        skip_underscores = true;
    }
    for (ssize_t i = 0;; i++) {
        Object *name = sequence_getitem(all, i);
        if (!name) {
            return error_clear_if(&exc_IndexError) ? 0 : -1;
        }
        if (!str_check(name)) {
            Object *module_name = object_getattr(module, names.__name__);
            if (module_name && !str_check(module_name)) {
                raise_error(&exc_TypeError, "module __name__ must be a string, not %T", module_name);
            } else if (module_name) {
                raise_error(&exc_TypeError, "%s in %U.%s must be str, not %T",
                            skip_underscores ? "Key" : "Item", module_name,
                            skip_underscores ? "__dict__" : "__all__", name);
            }
            return -1;
        }
        if (skip_underscores && str_length(name) && str_read(name, 0) == '_') {
            continue;
        }
        Object *value = object_getattr(module, name);
        if (!value) {
            return -1;
        }
        if ((dict_check_exact(space) ? dict_set(space, name, value) : object_setitem(space, name, value)) <
            0) {
            return -1;
        }
    }
}

HANDLER(op_IMPORT_STAR) {
    SAVE();
    if (!fp->names) {
        raise_error(&exc_SystemError, "no locals found during 'import *'");
        ERROR();
    }
    if (import_star(fp->names, sp[-1]) < 0) {
        ERROR();
    }
    sp--;
    NEXT_CALLED();
}

HANDLER(op_SETUP_ANNOTATIONS) {
    SAVE();
    if (!fp->names) {
        raise_error(&exc_SystemError, "no locals found when setting up annotations");
        ERROR();
    }
    Object *present = object_getitem(fp->names, names.__annotations__);
    if (!present) {
        Object *dict = error_clear_if(&exc_KeyError) ? dict_new() : NULL;
        if (!dict || object_setitem(fp->names, names.__annotations__, dict) < 0) {
            ERROR();
        }
    }
    NEXT_CALLED();
}
HANDLER(op_LOAD_BUILD_CLASS) {
    SAVE();
    Object *function = object_getitem(fp->builtins, names.__build_class__);
    if (!function) {
        if (error_clear_if(&exc_KeyError)) {
            raise_error(&exc_NameError, "__build_class__ not found");
        }
        ERROR();
    }
    *sp++ = function;
    NEXT_CALLED();
}
HANDLER(op_LOAD_ASSERTION_ERROR) {
    *sp++ = (Object *)&exc_AssertionError;
    NEXT();
}
