// What every object can do: text, hash, truth, attributes; the `object` type and the singletons.
#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/format_spec.h"
#include "objects/exception.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/str_private.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/frame.h"
#include "vm/runtime.h"

Object none_object = { REFCOUNT_INITIAL, &none_type };
Object ellipsis_object = { REFCOUNT_INITIAL, &ellipsis_type };
Object not_implemented_object = { REFCOUNT_INITIAL, &not_implemented_type };

hash_t pointer_hash(const void *p) {
    uintptr_t y = (uintptr_t)p;
    y = y >> 4 | y << 60;
    return y == (uintptr_t)-1 ? -2 : (hash_t)y;
}

hash_t object_hash_not_implemented(Object *self) {
    raise_error(&exc_TypeError, "unhashable type: '%s'", self->type->name);
    return -1;
}

// ---- text

Object *object_repr(Object *o) {
    if (!o) {
        return str_from_cstring("<NULL>");
    }
    UnaryFn function = slots_of(o)->repr;
    if (!function) {
        return str_format("<%s object at %p>", o->type->name, o);
    }
    if (recursion_enter(" while getting the repr of an object") < 0) {
        return NULL;
    }
    Object *result = function(o);
    recursion_leave();
    if (result && !str_check(result)) {
        return raise_error(&exc_TypeError, "__repr__ returned non-string (type %s)", result->type->name);
    }
    return result;
}

Object *object_str(Object *o) {
    if (!o) {
        return str_from_cstring("<NULL>");
    }
    if (str_check_exact(o)) {
        return o;
    }
    UnaryFn function = slots_of(o)->str;
    if (!function) {
        return object_repr(o);
    }
    if (recursion_enter(" while getting the str of an object") < 0) {
        return NULL;
    }
    Object *result = function(o);
    recursion_leave();
    if (result && !str_check(result)) {
        return raise_error(&exc_TypeError, "__str__ returned non-string (type %s)", result->type->name);
    }
    return result;
}

__attribute__((always_inline)) static inline size_t escaped_length(int kind, const void *text, ssize_t n) {
    size_t length = 0;
    for (ssize_t i = 0; i < n;) {
        uint32_t sum = 0;
        for (ssize_t end = n - i > 1 << 20 ? i + (1 << 20) : n; i < end; i++) {
            uint32_t c = text_read(kind, text, i);
            sum += 1u + 3u * (c >= 0x80) + (kind > 1 ? 2u * (c >= 0x100) : 0) +
                   (kind > 2 ? 4u * (c >= 0x10000) : 0);
        }
        length += sum;
    }
    return length;
}

__attribute__((always_inline)) static inline void escape_text(int kind, const void *text, ssize_t n,
                                                              char *out) {
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = text_read(kind, text, i);
        if (c < 0x80) {
            *out++ = (char)c;
        } else if (c < 0x100) {
            static const char digits[] = "0123456789abcdef";
            char form[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };
            memcpy(out, form, 4);
            out += 4;
        } else {
            out += char_escape(out, c);
        }
    }
}

Object *object_ascii(Object *o) {
    Object *repr = object_repr(o);
    if (!repr || str_is_ascii(repr)) {
        return repr;
    }
    ssize_t n = str_length(repr);
    int kind = str_kind(repr);
    const void *text = str_data(repr);
    size_t length = kind == 1   ? escaped_length(1, text, n)
                    : kind == 2 ? escaped_length(2, text, n)
                                : escaped_length(4, text, n);
    Object *result = length <= SSIZE_LIMIT ? str_new((ssize_t)length, 127) : raise_memory_error();
    if (result && kind == 1) {
        escape_text(1, text, n, str_data(result));
    } else if (result && kind == 2) {
        escape_text(2, text, n, str_data(result));
    } else if (result) {
        escape_text(4, text, n, str_data(result));
    }
    return result;
}

Object *object_format(Object *o, Object *spec) {
    if (spec && !str_check(spec)) {
        return raise_error(&exc_SystemError, "Format specifier must be a string, not %s", spec->type->name);
    }
    if (!spec || !str_length(spec)) {
        if (str_check_exact(o)) {
            return o;
        }
        if (int_check_exact(o)) {
            return object_str(o);
        }
        spec = str_empty();
    }
    if (str_check_exact(o)) {
        return str_format_spec(o, spec);
    }
    if (int_check_exact(o)) {
        return int_format(o, spec);
    }
    if (o->type == &float_type) {
        return float_format(o, spec);
    }
    Object *method;
    int found = object_lookup_special(o, names.__format__, &method);
    if (found <= 0) {
        return found ? NULL : raise_error(&exc_TypeError, "Type %s doesn't define __format__", o->type->name);
    }
    Object *result = call1(method, spec);
    if (result && !str_check(result)) {
        return raise_error(&exc_TypeError, "__format__ must return a str, not %s", result->type->name);
    }
    return result;
}

hash_t object_hash(Object *o) {
    if (!c_stack_suffices()) {
        return -1;
    }
    HashFn function = slots_of(o)->hash;
    return function ? function(o) : object_hash_not_implemented(o);
}

int object_is_true(Object *o) {
    if (o == TRUE_OBJECT) {
        return 1;
    }
    if (o == FALSE_OBJECT || o == NONE) {
        return 0;
    }
    const Slots *slots = slots_of(o);
    if (slots->to_bool) {
        return slots->to_bool(o);
    }
    if (slots->length) {
        ssize_t length = slots->length(o);
        return length < 0 ? -1 : length > 0;
    }
    return 1;
}

// ---- attributes

int check_attribute_name(Object *name) {
    if (!str_check(name)) {
        raise_error(&exc_TypeError, "attribute name must be string, not '%s'", name->type->name);
        return -1;
    }
    return 0;
}

bool descr_is_data(const Object *o) {
    return o->type->info->slots.descr_set != NULL;
}

static NOINLINE Object *exact_name(Object *name) {
    return str_intern(str_from_kind(str_kind(name), str_data(name), str_length(name)));
}

// What is found under `name`, or NULL without an exception when nothing is.
static Object *generic_find(Object *o, Object *name) {
    Type *type = o->type;
    Object *descr = type_lookup(type, name);
    DescrGetFn get = NULL;
    if (descr) {
        get = descr->type->info->slots.descr_get;
        if (get && descr_is_data(descr)) {
            return get(descr, o, (Object *)type);
        }
    }
    if (type_has_instance_dict(type)) {
        Object *value = instance_get(o, name);
        if (value || error_occurred()) {
            return value;
        }
    }
    if (get) {
        return get(descr, o, (Object *)type);
    }
    return descr;
}

Object *object_generic_getattr(Object *o, Object *name) {
    if (UNLIKELY(!str_check_exact(name))) {
        if (check_attribute_name(name) < 0 || !(name = exact_name(name))) {
            return NULL;
        }
    }
    Object *value = generic_find(o, name);
    return LIKELY(value != NULL) || error_occurred() ? value : raise_attribute_error(o, name);
}

int object_generic_setattr(Object *o, Object *name, Object *value) {
    if (UNLIKELY(!str_check_exact(name))) {
        if (check_attribute_name(name) < 0 || !(name = exact_name(name))) {
            return -1;
        }
    }
    Type *type = o->type;
    Object *descr = type_lookup(type, name);
    if (descr) {
        DescrSetFn set = descr->type->info->slots.descr_set;
        if (set) {
            return set(descr, o, value);
        }
    }
    if (!type_has_instance_dict(type)) {
        if (descr) {
            raise_error(&exc_AttributeError, "'%s' object attribute '%U' is read-only", type->name, name);
        } else {
            raise_attribute_error(o, name);
        }
        return -1;
    }
    int result = instance_set(o, name, value);
    if (result > 0) {
        raise_attribute_error(o, name);
        return -1;
    }
    return result;
}

void attribute_error_context(Object *o, Object *name) {
    AttributeError *e = (AttributeError *)thread_current->exception;
    if (e && e->head.base.type == &exc_AttributeError && !e->name && !e->object) {
        gc_store(e, &e->name, name);
        gc_store(e, &e->object, o);
    }
}

Object *object_getattr(Object *o, Object *name) {
    if (!c_stack_suffices()) {
        return NULL;
    }
    BinaryFn function = slots_of(o)->getattr;
    if (UNLIKELY(!str_check(name))) {
        check_attribute_name(name);
        return NULL;
    }
    Object *value = function ? function(o, name) : raise_attribute_error(o, name);
    if (UNLIKELY(!value)) {
        attribute_error_context(o, name);
    }
    return value;
}

Object *object_getattr_cstring(Object *o, const char *name) {
    Object *interned = str_intern_cstring(name);
    return interned ? object_getattr(o, interned) : NULL;
}

int object_getattr_optional(Object *o, Object *name, Object **result) {
    BinaryFn function = slots_of(o)->getattr;
    if (function == object_generic_getattr && str_check_exact(name)) {
        *result = generic_find(o, name);
        if (!*result && !error_occurred()) {
            return 0;
        }
    } else {
        int found = o->type == &module_type && str_check_exact(name) ? module_find(o, name, result) : -1;
        if (found >= 0) {
            return found;
        }
        *result = object_getattr(o, name);
    }
    if (*result) {
        return 1;
    }
    return error_clear_if(&exc_AttributeError) ? 0 : -1;
}

int object_setattr(Object *o, Object *name, Object *value) {
    if (check_attribute_name(name) < 0) {
        return -1;
    }
    if (!str_is_interned(name) && str_check_exact(name) && !(name = str_intern(name))) {
        return -1;
    }
    SetItemFn function = slots_of(o)->setattr;
    if (!function) {
        raise_error(&exc_TypeError,
                    slots_of(o)->getattr ? "'%s' object has only read-only attributes (%s .%U)"
                                         : "'%s' object has no attributes (%s .%U)",
                    o->type->name, value ? "assign to" : "del", name);
        return -1;
    }
    return function(o, name, value);
}

int object_lookup_special(Object *o, Object *name, Object **method) {
    Object *descr = type_lookup(o->type, name);
    if (!descr) {
        *method = NULL;
        return 0;
    }
    DescrGetFn get = descr->type->info->slots.descr_get;
    *method = get ? get(descr, o, (Object *)o->type) : descr;
    return *method ? 1 : -1;
}

Object *object_dir(Object *o) {
    Object *result;
    if (!o) {
        Frame *frame = thread_python_frame(thread_current);
        if (!frame) {
            return raise_error(&exc_SystemError, "frame does not exist");
        }
        Object *locals = frame_locals(frame);
        Object *keys = locals ? call_method0(locals, names.keys) : NULL;
        result = keys ? sequence_list(keys) : NULL;
    } else {
        Object *method;
        int found = object_lookup_special(o, names.__dir__, &method);
        if (found <= 0) {
            return found ? NULL : raise_error(&exc_TypeError, "object does not provide __dir__");
        }
        Object *names_found = call0(method);
        result = names_found ? sequence_list(names_found) : NULL;
    }
    return result && list_sort(result, NULL, false) == 0 ? result : NULL;
}

// ---- the type

static bool excess_arguments(size_t nargs, Object *kwnames) {
    return nargs || (kwnames && tuple_size(kwnames));
}

static COLD Object *raise_abstract(Type *type) {
    Object *methods = object_getattr((Object *)type, names.__abstractmethods__);
    Object *sorted = methods ? sequence_list(methods) : NULL;
    if (!sorted || list_sort(sorted, NULL, false) < 0) {
        return NULL;
    }
    Object *separator = str_from_cstring(", ");
    Object *joined = separator ? str_join(separator, sorted) : NULL;
    return joined
               ? raise_error(&exc_TypeError, "Can't instantiate abstract class %s with abstract method%s %U",
                             type->name, list_size(sorted) > 1 ? "s" : "", joined)
               : NULL;
}

Object *object_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    if (UNLIKELY(excess_arguments(nargs, kwnames))) {
        if (type->info->slots.new != object_new_slot) {
            return raise_error(&exc_TypeError,
                               "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if (type->info->slots.init == object_init_slot) {
            return raise_error(&exc_TypeError, "%s() takes no arguments", type->name);
        }
    }
    if (UNLIKELY(type->flags & TF_ABSTRACT)) {
        return raise_abstract(type);
    }
    return object_alloc(type);
}

int object_init_slot(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (excess_arguments(nargs, kwnames)) {
        Type *type = self->type;
        if (type->info->slots.init != object_init_slot) {
            raise_error(&exc_TypeError,
                        "object.__init__() takes exactly one argument (the instance to initialize)");
            return -1;
        }
        if (type->info->slots.new == object_new_slot) {
            raise_error(&exc_TypeError,
                        "%s.__init__() takes exactly one argument (the instance to initialize)", type->name);
            return -1;
        }
    }
    return 0;
}

static Object *object_default_repr(Object *self) {
    Object *module = type_module(self->type), *name = type_qualname(self->type);
    if (!module) {
        error_clear();
    }
    if (module && str_check(module) && !str_equal(module, names.builtins)) {
        return str_format("<%U.%U object at %p>", module, name, self);
    }
    return str_format("<%s object at %p>", self->type->name, self);
}

static Object *object_default_str(Object *self) {
    UnaryFn repr = slots_of(self)->repr;
    return repr && repr != object_default_str ? repr(self) : object_default_repr(self);
}

static hash_t object_default_hash(Object *self) {
    return pointer_hash(self);
}

hash_t object_plain_hash(Object *o) {
    HashFn function = slots_of(o)->hash;
    if (function == object_default_hash) {
        return pointer_hash(o);
    }
    const TypeSpec *spec = o->type->info->spec;
    return spec && spec->plain_hash && spec->slots.hash == function ? spec->plain_hash(o) : -1;
}

static Object *object_default_compare(Object *self, Object *other, CompareOp op) {
    if (op == CMP_EQ) {
        return self == other ? TRUE_OBJECT : NOT_IMPLEMENTED;
    }
    if (op == CMP_NE) {
        CompareFn compare = slots_of(self)->compare;
        Object *equal = compare ? compare(self, other, CMP_EQ) : NOT_IMPLEMENTED;
        if (!equal || equal == NOT_IMPLEMENTED) {
            return equal;
        }
        int truth = object_is_true(equal);
        return truth < 0 ? NULL : bool_from(!truth);
    }
    return NOT_IMPLEMENTED;
}

static Object *get_class(Object *o, void *closure) {
    return (Object *)o->type;
}
static int set_class(Object *o, Object *value, void *closure) {
    if (type_check_assign_class(o, value) < 0 ||
        audit("object.__setattr__", "OsO", o, "__class__", value) < 0) {
        return -1;
    }
    world_stop();
    size_t offset = o->type->info->inline_offset;
    if (offset && !*(uintptr_t *)((char *)o + offset)) {
        *(uintptr_t *)((char *)o + offset) = (uintptr_t)o->type->info->root_shape | 1;
    }
    gc_store(o, &o->type, value);
    world_start();
    if (((Type *)value)->info->has_finalizer) {
        return heap_register_finalizer(o);
    }
    return 0;
}

static Object *import_copyreg(Object *name) {
    Object *module = dict_get_str(sys_modules, names.copyreg);
    if (!module || module == NONE) {
        module = error_occurred() ? NULL : import_module("copyreg");
    }
    return module ? object_getattr(module, name) : NULL;
}

static Object *slot_names(Type *type) {
    Object *found = dict_get(type->dict, names.__slotnames__);
    if (found || error_occurred()) {
        return found;
    }
    Object *function = import_copyreg(names._slotnames);
    Object *result = function ? call1(function, (Object *)type) : NULL;
    if (result && result != NONE && !list_check(result)) {
        return raise_error(&exc_TypeError, "copyreg._slotnames didn't return a list or None");
    }
    return result;
}

// The default state: the attributes, and with __slots__ a pair of dicts. `required`: objects that
// cannot be rebuilt from it are refused.
static Object *default_state(Object *o, bool required) {
    Type *type = o->type;
    if (required && type->item_size) {
        return raise_error(&exc_TypeError, "cannot pickle %s objects", type->name);
    }
    Object *state = NULL;
    if (shape_of(o)) {
        state = instance_dict_copy(o);
    } else {
        int found = object_getattr_optional(o, names.__dict__, &state);
        if (found < 0) {
            return NULL;
        }
        if (!found) {
            state = NONE;
        }
    }
    if (state && dict_check(state) && !dict_size(state)) {
        state = NONE;  // as CPython says it of an empty instance dict
    }
    Object *slots = state ? slot_names(type) : NULL;
    if (!slots) {
        return NULL;
    }
    if (required) {
        ssize_t size = type_reported_size(type);
        ssize_t base = 16;
        if (type->dict_offset && !type->info->inline_offset) {
            base += 8;
        }
        if (type->weaklist_offset) {
            base += 8;
        }
        if (slots != NONE) {
            base += 8 * list_size(slots);
        }
        if (size > base) {
            return raise_error(&exc_TypeError, "cannot pickle '%s' object", type->name);
        }
    }
    if (slots != NONE && list_size(slots)) {
        Object *values = dict_new();
        for (ssize_t i = 0; values && i < list_size(slots); i++) {
            Object *name = list_get(slots, i), *value;
            int found = name ? object_getattr_optional(o, name, &value) : -1;
            if (found < 0 || (found && dict_set(values, name, value) < 0)) {
                return NULL;
            }
        }
        if (!values) {
            return NULL;
        }
        if (dict_size(values)) {
            return tuple_pack(2, state, values);
        }
    }
    return state;
}

static Object *object_getstate_method(Object *self) {
    return default_state(self, false);
}

static Object *get_state(Object *o, bool required) {
    Object *method;
    int unbound = object_get_method(o, names.__getstate__, &method);
    if (unbound < 0) {
        return NULL;
    }
    if (unbound ? method == dict_get_str(object_type.dict, names.__getstate__)
                : method->type == &builtin_function_type && ((BuiltinFunction *)method)->self == o &&
                      ((BuiltinFunction *)method)->def->function == (void *)object_getstate_method) {
        return default_state(o, required);
    }
    return unbound ? call1(method, o) : call0(method);
}

static Object *reduce_two(Object *o) {
    if (!slots_of(o) || !o->type->info->slots.new) {
        return raise_error(&exc_TypeError, "cannot pickle '%s' object", o->type->name);
    }
    Object *args = NULL, *kwargs = NULL, *method;
    int found = object_lookup_special(o, names.__getnewargs_ex__, &method);
    if (found < 0) {
        return NULL;
    }
    if (found) {
        Object *pair = call0(method);
        if (!pair) {
            return NULL;
        }
        if (!tuple_check(pair)) {
            return raise_error(&exc_TypeError, "__getnewargs_ex__ should return a tuple, not '%s'",
                               pair->type->name);
        }
        if (tuple_size(pair) != 2) {
            return raise_error(&exc_ValueError,
                               "__getnewargs_ex__ should return a tuple of length 2, not %zd",
                               tuple_size(pair));
        }
        args = tuple_get(pair, 0);
        kwargs = tuple_get(pair, 1);
        if (!tuple_check(args)) {
            return raise_error(
                &exc_TypeError,
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%s'",
                args->type->name);
        }
        if (!dict_check(kwargs)) {
            return raise_error(
                &exc_TypeError,
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%s'",
                kwargs->type->name);
        }
    } else {
        found = object_lookup_special(o, names.__getnewargs__, &method);
        if (found < 0) {
            return NULL;
        }
        if (found) {
            args = call0(method);
            if (!args) {
                return NULL;
            }
            if (!tuple_check(args)) {
                return raise_error(&exc_TypeError, "__getnewargs__ should return a tuple, not '%s'",
                                   args->type->name);
            }
        }
    }
    bool has_args = args != NULL;
    Object *cls = object_getattr(o, names.__class__);
    Object *constructor, *new_args;
    if (!cls) {
        return NULL;
    }
    if (!kwargs || !dict_size(kwargs)) {
        constructor = import_copyreg(names.__newobj__);
        ssize_t n = args ? tuple_size(args) : 0;
        new_args = tuple_new(n + 1);
        if (!constructor || !new_args) {
            return NULL;
        }
        tuple_init(new_args, 0, cls);
        for (ssize_t i = 0; i < n; i++) {
            tuple_init(new_args, i + 1, tuple_get(args, i));
        }
    } else {
        constructor = import_copyreg(names.__newobj_ex__);
        new_args = tuple_pack(3, cls, args, kwargs);
        if (!constructor || !new_args) {
            return NULL;
        }
    }
    Object *state = get_state(o, !(has_args || list_check(o) || dict_check(o)));
    if (!state) {
        return NULL;
    }
    Object *list_items = NONE, *dict_items = NONE;
    if (list_check(o)) {
        list_items = object_iter(o);
    }
    if (list_items && dict_check(o)) {
        Object *items = call_method0(o, names.items);
        dict_items = items ? object_iter(items) : NULL;
    }
    return list_items && dict_items ? tuple_pack(5, constructor, new_args, state, list_items, dict_items)
                                    : NULL;
}

static Object *common_reduce(Object *o, int protocol) {
    if (protocol >= 2) {
        return reduce_two(o);
    }
    Object *function = import_copyreg(names._reduce_ex), *number = int_from_i64(protocol);
    return function && number ? call2(function, o, number) : NULL;
}

static Object *object_reduce(Object *self) {
    return common_reduce(self, 0);
}

static Object *object_reduce_ex(Object *self, Object *protocol) {
    Object *index = number_index(protocol);
    int number = index ? int_to_c_int(index) : -1;
    if (number == -1 && error_occurred()) {
        return NULL;
    }
    Object *method, *standard = dict_get_str(object_type.dict, names.__reduce__);
    if (slots_of(self)->getattr != object_generic_getattr ||
        type_lookup(self->type, names.__reduce__) != standard) {
        int found = object_getattr_optional(self, names.__reduce__, &method);
        if (found < 0) {
            return NULL;
        }
        if (found && type_lookup(self->type, names.__reduce__) != standard) {
            return call0(method);
        }
    }
    return common_reduce(self, number);
}

static Object *object_format_method(Object *self, Object *spec) {
    if (!str_check(spec)) {
        return raise_error(&exc_TypeError, "__format__() argument must be str, not %s",
                           spec == NONE ? "None" : spec->type->name);
    }
    if (str_length(spec)) {
        return raise_error(&exc_TypeError, "unsupported format string passed to %s.__format__",
                           self->type->name);
    }
    return object_str(self);
}

static Object *object_sizeof(Object *self) {
    Type *type = self->type;
    ssize_t size = type_reported_size(type);
    if (type->item_size) {
        ssize_t count = ((VarObject *)self)->size;
        size += (count < 0 ? -count : count) * type->item_size;
    }
    return int_from_ssize(size);
}

static Object *object_subclasshook(Object *cls, Object *const *args, size_t nargs, Object *kwnames) {
    return NOT_IMPLEMENTED;
}
static Object *object_init_subclass(Object *cls, Object *const *args, size_t nargs, Object *kwnames) {
    if (kwnames && tuple_size(kwnames)) {
        return raise_error(&exc_TypeError, "%s.__init_subclass__() takes no keyword arguments",
                           ((Type *)cls)->name);
    }
    if (nargs) {
        return raise_error(&exc_TypeError, "%s.__init_subclass__() takes no arguments (%zu given)",
                           ((Type *)cls)->name, nargs);
    }
    return NONE;
}

static BuiltinDef object_methods[] = {
    BUILTIN("__reduce_ex__", object_reduce_ex, "($self, protocol, /)", 0, NULL),
    BUILTIN("__reduce__", object_reduce, "($self, /)", 0, NULL),
    BUILTIN("__getstate__", object_getstate_method, "($self, /)", 0, NULL),
    BUILTIN("__subclasshook__", object_subclasshook, NULL, BUILTIN_CLASS, NULL),
    BUILTIN("__init_subclass__", object_init_subclass, NULL, BUILTIN_CLASS, NULL),
    BUILTIN("__format__", object_format_method, "($self, format_spec, /)", 0, NULL),
    BUILTIN("__sizeof__", object_sizeof, "($self, /)", 0, NULL),
    BUILTIN("__dir__", object_dir_default, "($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef object_getsets[] = { { "__class__", get_class, set_class, NULL, NULL }, {} };

Type object_type;
const TypeSpec object_spec = {
    .name = "object",
    .basic_size = sizeof(Object),
    .flags = TF_BASE,
    .doc = "object()\n--\n\n",
    .methods = object_methods,
    .getsets = object_getsets,
    .slots = { .repr = object_default_repr,
               .str = object_default_str,
               .hash = object_default_hash,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr,
               .compare = object_default_compare,
               .init = object_init_slot,
               .new = object_new_slot },
};

// ---- None, Ellipsis, NotImplemented

static Object *singleton_new(Type *type, Object *singleton, size_t nargs, Object *kwnames) {
    if (excess_arguments(nargs, kwnames)) {
        return raise_error(&exc_TypeError, "%s takes no arguments",
                           singleton == ELLIPSIS ? "EllipsisType" : type->name);
    }
    return singleton;
}
static Object *none_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return singleton_new(type, NONE, nargs, kwnames);
}
static Object *ellipsis_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return singleton_new(type, ELLIPSIS, nargs, kwnames);
}
static Object *not_implemented_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return singleton_new(type, NOT_IMPLEMENTED, nargs, kwnames);
}
static Object *none_repr(Object *o) {
    return str_intern_cstring("None");
}
static Object *ellipsis_repr(Object *o) {
    return str_intern_cstring("Ellipsis");
}
static Object *not_implemented_repr(Object *o) {
    return str_intern_cstring("NotImplemented");
}
static int none_bool(Object *o) {
    return 0;
}
static int not_implemented_bool(Object *o) {
    return warn(&exc_DeprecationWarning, 1, "NotImplemented should not be used in a boolean context") < 0 ? -1
                                                                                                          : 1;
}
static BuiltinDef ellipsis_methods[] = { BUILTIN("__reduce__", ellipsis_repr, "-($self, /)", 0, NULL),
                                         BUILTIN_END };
static BuiltinDef not_implemented_methods[] = {
    BUILTIN("__reduce__", not_implemented_repr, "-($self, /)", 0, NULL), BUILTIN_END
};

Type none_type, ellipsis_type, not_implemented_type;
const TypeSpec none_spec = { .name = "NoneType",
                             .slots = { .repr = none_repr, .to_bool = none_bool, .new = none_new } };
const TypeSpec ellipsis_spec = {
    .name = "ellipsis",
    .methods = ellipsis_methods,
    .slots = { .getattr = object_generic_getattr, .repr = ellipsis_repr, .new = ellipsis_new }
};
const TypeSpec not_implemented_spec = {
    .name = "NotImplementedType",
    .methods = not_implemented_methods,
    .slots = { .repr = not_implemented_repr, .to_bool = not_implemented_bool, .new = not_implemented_new }
};
