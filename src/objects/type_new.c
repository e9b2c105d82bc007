// Creating classes: type.__new__ with __slots__, instance layout, __set_name__ and
// __init_subclass__.
#include "objects/abstract.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/function.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/type_internal.h"
#include "vm/frame.h"

static size_t physical_size(const Type *t) {
    return t->flags & TF_HEAP ? (size_t)t->basic_size
                              : size_max((size_t)t->basic_size, t->info->instance_size);
}

static bool extra_fields(const Type *type, const Type *base) {
    size_t mine = physical_size(type), theirs = physical_size(base);
    if (type->item_size || base->item_size) {
        return mine != theirs || type->item_size != base->item_size;
    }
    if (type->weaklist_offset && !base->weaklist_offset && (size_t)type->weaklist_offset + 8 == mine &&
        (type->flags & TF_HEAP)) {
        mine -= 8;
    }
    if (type->dict_offset && !base->dict_offset && (size_t)type->dict_offset + 8 == mine &&
        (type->flags & TF_HEAP)) {
        mine -= 8;
    }
    return mine != theirs;
}

static Type *solid_base(Type *type) {
    Type *base = type->base ? solid_base(type->base) : &object_type;
    return extra_fields(type, base) ? type : base;
}

Type *type_best_base(Object *bases) {
    Type *base = NULL, *winner = NULL;
    for (ssize_t i = 0; i < tuple_size(bases); i++) {
        Object *o = tuple_get(bases, i);
        if (!type_check(o)) {
            raise_error(&exc_TypeError, "bases must be types");
            return NULL;
        }
        Type *candidate_base = (Type *)o;
        if (!(candidate_base->flags & TF_BASE)) {
            raise_error(&exc_TypeError, "type '%s' is not an acceptable base type", candidate_base->name);
            return NULL;
        }
        Type *candidate = solid_base(candidate_base);
        if (!winner || (candidate != winner && type_is_subtype(candidate, winner))) {
            if (winner && type_is_subtype(winner, candidate)) {
                continue;
            }
            winner = candidate;
            base = candidate_base;
        } else if (!type_is_subtype(winner, candidate)) {
            raise_error(&exc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return base;
}

Type *type_calculate_metaclass(Type *metaclass, Object *bases) {
    Type *winner = metaclass;
    for (ssize_t i = 0; i < tuple_size(bases); i++) {
        Type *candidate = tuple_get(bases, i)->type;
        if (type_is_subtype(winner, candidate)) {
            continue;
        }
        if (type_is_subtype(candidate, winner)) {
            winner = candidate;
            continue;
        }
        raise_error(&exc_TypeError,
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass "
                    "of the metaclasses of all its bases");
        return NULL;
    }
    return winner;
}

// `__x` in class `_C` becomes `_C__x`.
static Object *mangle(Object *class_name, Object *name) {
    ssize_t n = str_length(name), skip = 0, c = str_length(class_name);
    if (n < 3 || str_read(name, 0) != '_' || str_read(name, 1) != '_' ||
        (str_read(name, n - 1) == '_' && str_read(name, n - 2) == '_') ||
        str_contains(name, str_from_char('.')) == 1) {
        return name;
    }
    while (skip < c && str_read(class_name, skip) == '_') {
        skip++;
    }
    if (skip == c) {
        return name;
    }
    Object *rest = str_substring(class_name, skip, c);
    return rest ? str_format("_%U%U", rest, name) : NULL;
}

// The `__dict__` descriptor of a built-in base that has a dict (type, module, BaseException) goes before
// the one that classes get.
static Object *native_dict_descriptor(Type *type) {
    for (; type->base; type = type->base) {
        if (type->dict_offset && !(type->flags & TF_HEAP)) {
            return type_lookup(type, names.__dict__);
        }
    }
    return NULL;
}
static Object *get_dict_attribute(Object *o, void *closure) {
    Object *native = native_dict_descriptor(o->type);
    if (native && slots_of(native)->descr_get) {
        return slots_of(native)->descr_get(native, o, (Object *)o->type);
    }
    return error_occurred() ? NULL : instance_dict(o);
}
static int set_dict_attribute(Object *o, Object *value, void *closure) {
    Object *native = native_dict_descriptor(o->type);
    if (native) {
        if (slots_of(native)->descr_set) {
            return slots_of(native)->descr_set(native, o, value);
        }
        raise_error(&exc_TypeError, "this __dict__ descriptor does not support '%.200s' objects",
                    o->type->name);
    }
    return error_occurred() ? -1 : instance_set_dict(o, value);
}
static Object *get_weakref_attribute(Object *o, void *closure) {
    ssize_t offset = o->type->weaklist_offset;
    if (!offset) {
        return raise_error(&exc_AttributeError, "This object has no __weakref__");
    }
    Object *head = *(Object **)((char *)o + offset);
    return head ? head : NONE;
}
static GetSetDef dict_getset = { "__dict__", get_dict_attribute, set_dict_attribute,
                                 "dictionary for instance variables (if defined)", NULL };
static GetSetDef weakref_getset = { "__weakref__", get_weakref_attribute, NULL,
                                    "list of weak references to the object (if defined)", NULL };

void class_instance_trace(Object *o, Tracer *tracer) {
    TypeInfo *info = o->type->info;
    if (info->native_trace) {
        info->native_trace(o, tracer);
    }
    ssize_t weak = o->type->weaklist_offset;
    for (size_t at = info->members_start; at + 8 <= info->members_end; at += 8) {
        if ((ssize_t)at != weak) {
            trace_cell(tracer, *(void **)((char *)o + at));
        }
    }
    if (info->inline_offset) {
        shape_trace_instance(o, tracer);
    } else {
        Object **slot = instance_dict_slot(o);
        if (slot) {
            trace_cell(tracer, *slot);
        }
    }
}

enum { CODE_STORE_ATTR = 95, CODE_LOAD_FAST = 124, CODE_EXTENDED_ARG = 144 };

// Adds to `seen` (of `*count` names) the attributes that a method stores in its first parameter.
static void collect_stored(const Code *code, Object **seen, uint32_t *count, uint32_t most) {
    uint32_t argument = 0;
    uint32_t before = 0;  // the instruction in front, with its argument above eight bits
    for (ssize_t i = 0; i < code->var.size; i++) {
        uint8_t op = code->units[i] & 0xFF;
        argument = argument << 8 | code->units[i] >> 8;
        if (op == CODE_EXTENDED_ARG) {
            continue;
        }
        if (op == CODE_STORE_ATTR && before == CODE_LOAD_FAST && argument < (size_t)tuple_size(code->names)) {
            Object *name = tuple_get(code->names, argument);
            uint32_t k = 0;
            while (k < *count && seen[k] != name) {
                k++;
            }
            if (k == *count && *count < most) {
                seen[(*count)++] = name;
            }
        }
        before = argument << 8 | op;
        argument = 0;
    }
}

enum { INLINE_MOST = 30, BEYOND_INIT_MOST = 4 };

// How many attributes an instance probably gets: what __init__ stores, some of what other methods store, what
// is annotated, and what the base's instances have.
static uint32_t guess_inline_count(Type *base, Object *dict) {
    uint32_t count = base->info->inline_offset ? base->info->inline_count : 0;
    Object *init = dict_get_str(dict, names.__init__);
    Object *annotations = dict_get_str(dict, names.__annotations__);
    Object *seen[INLINE_MOST];
    uint32_t own = 0;
    if (init && init->type == &function_type) {
        collect_stored((Code *)((Function *)init)->code, seen, &own, INLINE_MOST);
    }
    uint32_t most = (uint32_t)size_min(own + BEYOND_INIT_MOST, INLINE_MOST);
    Object *key, *value;
    hash_t hash;
    for (ssize_t at = 0; own < most && dict_next(dict, &at, &key, &value, &hash);) {
        if (value->type == &function_type) {
            collect_stored((Code *)((Function *)value)->code, seen, &own, most);
        }
    }
    if (annotations && dict_check(annotations)) {
        own = (uint32_t)size_max(own, (size_t)dict_size(annotations));
    }
    count += own;
    return count < 3 ? 3 : count > INLINE_MOST ? INLINE_MOST : count;
}

typedef struct ClassLayout {
    Type *base;
    Object *slots; // sorted, mangled names, or NULL
    bool add_dict, add_weak, may_add_dict, may_add_weak;
} ClassLayout;

static int read_slots(ClassLayout *layout, Object *name, Object *dict, Object *given) {
    Type *base = layout->base;
    Object *slots = str_check(given) ? tuple_pack(1, given) : sequence_tuple(given);
    if (!slots) {
        return -1;
    }
    if (tuple_size(slots) && base->item_size) {
        raise_error(&exc_TypeError, "nonempty __slots__ not supported for subtype of '%s'", base->name);
        return -1;
    }
    Object *list = list_new(tuple_size(slots));
    for (ssize_t i = 0; list && i < tuple_size(slots); i++) {
        Object *slot = tuple_get(slots, i);
        if (!str_check(slot)) {
            raise_error(&exc_TypeError, "__slots__ items must be strings, not '%s'", slot->type->name);
            return -1;
        }
        if (!str_is_identifier(slot)) {
            if (error_occurred()) {
                return -1;
            }
            raise_error(&exc_TypeError, "__slots__ must be identifiers");
            return -1;
        }
        if (str_equal(slot, names.__dict__)) {
            if (!layout->may_add_dict || layout->add_dict) {
                raise_error(&exc_TypeError, "__dict__ slot disallowed: we already got one");
                return -1;
            }
            layout->add_dict = true;
        } else if (str_equal(slot, names.__weakref__)) {
            if (!layout->may_add_weak || layout->add_weak) {
                raise_error(&exc_TypeError, "__weakref__ slot disallowed: we already got one");
                return -1;
            }
            layout->add_weak = true;
        } else {
            slot = mangle(name, slot);
            if (!slot || !(slot = str_intern(slot))) {
                return -1;
            }
            int present = dict_contains(dict, slot);
            if (present && !str_equal(slot, names.__qualname__) && !str_equal(slot, names.__classcell__)) {
                if (present > 0) {
                    raise_error(&exc_ValueError, "%R in __slots__ conflicts with class variable", slot);
                }
                return -1;
            }
            if (list_append(list, slot) < 0) {
                return -1;
            }
        }
    }
    if (!list || list_sort(list, NULL, false) < 0) {
        return -1;
    }
    layout->slots = list_to_tuple(list);
    return layout->slots ? 0 : -1;
}

static int call_set_names(Type *type) {
    Object *snapshot = dict_copy(type->dict), *key, *value;
    ssize_t position = 0;
    if (!snapshot) {
        return -1;
    }
    while (dict_next(snapshot, &position, &key, &value, NULL)) {
        Object *method;
        int found = object_lookup_special(value, names.__set_name__, &method);
        if (found < 0) {
            return -1;
        }
        if (found && !call2(method, (Object *)type, key)) {
            raise_from_cause(&exc_RuntimeError, "Error calling __set_name__ on '%s' instance %R in '%s'",
                             value->type->name, key, type->name);
            return -1;
        }
    }
    return 0;
}

static int call_init_subclass(Type *type, Object *const *kwargs, Object *kwnames) {
    bool listed = false;
    for (ssize_t i = 0; i < tuple_size(type->mro) && !listed; i++) {
        listed = tuple_get(type->mro, i) == (Object *)type;
    }
    if (!listed) { // by the class's own mro()
        raise_error(&exc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
        return -1;
    }
    Object *super = call2((Object *)&super_type, (Object *)type, (Object *)type);
    Object *method = super ? object_getattr(super, names.__init_subclass__) : NULL;
    return method && call(method, kwargs, 0, kwnames) ? 0 : -1;
}

Object *type_new(Type *metaclass, Object *name, Object *bases, Object *given, Object *const *kwargs,
                 size_t nkwargs, Object *kwnames) {
    if (!tuple_size(bases)) {
        bases = tuple_pack(1, (Object *)&object_type);
        if (!bases) {
            return NULL;
        }
    } else {
        for (ssize_t i = 0; i < tuple_size(bases); i++) {
            Object *base = tuple_get(bases, i), *found;
            if (!type_check(base)) {
                int has = object_getattr_optional(base, names.__mro_entries__, &found);
                if (has < 0) {
                    return NULL;
                }
                return has ? raise_error(&exc_TypeError,
                                         "type() doesn't support MRO entry resolution; use types.new_class()")
                           : raise_error(&exc_TypeError, "bases must be types");
            }
        }
    }
    Type *winner = type_calculate_metaclass(metaclass, bases);
    if (!winner) {
        return NULL;
    }
    if (winner != metaclass) {
        if (winner->info->slots.new != type_new_slot) {
            Object *all[64] = { name, bases, given };
            if (nkwargs > 60) {
                return raise_error(&exc_TypeError, "too many class keyword arguments");
            }
            memcpy(all + 3, kwargs, nkwargs * sizeof(Object *));
            return winner->info->slots.new(winner, all, 3, kwnames);
        }
        metaclass = winner;
    }
    ClassLayout layout = { .base = type_best_base(bases) };
    Type *base = layout.base;
    if (!base) {
        return NULL;
    }
    // A subclass of dict may have an order of its own.
    Object *dict = dict_check_exact(given) ? dict_copy(given) : dict_new();
    if (!dict || (!dict_check_exact(given) && dict_merge(dict, given, 1) < 0)) {
        return NULL;
    }
    layout.may_add_dict = !base->dict_offset;
    layout.may_add_weak = !base->weaklist_offset && !base->item_size;
    Object *slots = dict_get(dict, names.__slots__);
    if (!slots) {
        if (error_occurred()) {
            return NULL;
        }
        layout.add_dict = layout.may_add_dict;
        layout.add_weak = layout.may_add_weak;
    } else {
        if (read_slots(&layout, name, dict, slots) < 0) {
            return NULL;
        }
        for (ssize_t i = 0; i < tuple_size(bases); i++) {
            Type *other = (Type *)tuple_get(bases, i);
            if (other != base) {
                layout.add_dict |= layout.may_add_dict && other->dict_offset;
                layout.add_weak |= layout.may_add_weak && other->weaklist_offset;
            }
        }
    }

    // The type object.
    HeapType *heap_type = (HeapType *)object_alloc_var(metaclass, 0);
    if (!heap_type) {
        return NULL;
    }
    Type *type = &heap_type->type;
    TypeInfo *info = type_info_new(type);
    const char *utf8 = info ? str_utf8(name, NULL) : NULL;
    if (!utf8) {
        return NULL;
    }
    if (strlen(utf8) != (size_t)str_length(name) && str_is_ascii(name)) {
        return raise_error(&exc_ValueError, "type name must not contain null characters");
    }
    gc_store(type, &heap_type->name, name);
    gc_store(type, &heap_type->qualname, name);
    type->name = utf8;
    gc_store(type, &type->base, base);
    gc_store(type, &type->bases, bases);
    gc_store(type, &type->dict, dict);
    type->flags = TF_HEAP | TF_BASE | TF_GC |
                  (base->flags & (TF_INT | TF_LIST | TF_TUPLE | TF_BYTES | TF_STR | TF_DICT | TF_EXCEPTION |
                                  TF_TYPE | TF_MATCH_SELF | TF_MANAGED_DICT));
    // `match` takes it for what its first base that is a collection is, never for both.
    for (ssize_t i = 0; i < tuple_size(bases) && !(type->flags & (TF_SEQUENCE | TF_MAPPING)); i++) {
        type->flags |= ((Type *)tuple_get(bases, i))->flags & (TF_SEQUENCE | TF_MAPPING);
    }
    type->item_size = base->item_size;
    type->dict_offset = base->dict_offset;
    type->weaklist_offset = base->weaklist_offset;
    type->tp_vectorcall_offset = base->tp_vectorcall_offset;

    // The layout of instances.
    TypeInfo *base_info = base->info;
    size_t offset = physical_size(base);
    info->hidden_size = base_info->hidden_size;
    info->members_start = base->flags & TF_HEAP ? base_info->members_start : round_up(offset, 8);
    if (info->hidden_size && !(base->flags & TF_HEAP)) {
        offset = round_up(offset, 8);
    }
    size_t first_member = offset;
    ssize_t member_count = layout.slots ? tuple_size(layout.slots) : 0;
    info->member_count = (uint32_t)member_count;
    offset += (size_t)member_count * 8;
    if (layout.add_dict && base->item_size) {
        type->dict_offset = -8;
        offset += 8;
    }
    if (layout.add_weak) {
        type->weaklist_offset = (ssize_t)offset;
        offset += 8;
    }
    type->basic_size = (ssize_t)offset;
    info->members_end = offset;
    if (base->item_size) {
        info->members_start = info->members_end = 0;
    }
    info->instance_size = offset;
    if ((layout.add_dict && !base->item_size) || base_info->inline_offset) {
        if (layout.add_dict) {
            type->flags |= TF_MANAGED_DICT;
            type->dict_offset = -(ssize_t)offset - 24;
        }
        info->inline_offset = round_up(offset, 8);
        info->inline_count = guess_inline_count(base, dict);
        Shape *root = shape_root_new(info->inline_offset, info->inline_count);
        if (!root) {
            return NULL;
        }
        gc_store(type, &info->root_shape, root);
        gc_dirty(type); // the slot lies in a cell that only the type traces
        info->instance_size = info->inline_offset + 16 + info->inline_count * 8;
    }
    info->lock_offset = base_info->lock_offset;
    info->native_trace = base_info->native_trace;
    info->trace = class_instance_trace;
    info->spec = base_info->spec;
    info->is_sequence = base_info->is_sequence;

    // What belongs into the dict.
    Object *qualname = dict_get(dict, names.__qualname__);
    if (qualname) {
        if (!str_check(qualname)) {
            return raise_error(&exc_TypeError, "type __qualname__ must be a str, not %s",
                               qualname->type->name);
        }
        gc_store(type, &heap_type->qualname, qualname);
        if (dict_delete(dict, names.__qualname__) < 0) {
            return NULL;
        }
    } else if (error_occurred()) {
        return NULL;
    }
    if (!dict_get(dict, names.__module__)) {
        Frame *frame = thread_python_frame(thread_current);
        Object *module = frame ? dict_get(frame->globals, names.__name__) : NULL;
        if (error_occurred() || (module && dict_set(dict, names.__module__, module) < 0)) {
            return NULL;
        }
    }
    Object *doc = dict_get(dict, names.__doc__);
    if (doc && str_check(doc)) {
        const char *text = str_utf8(doc, NULL);
        if (!text) {
            return NULL;
        }
        type->doc = text;
        gc_store(type, &info->private_slots[1], doc);
        gc_dirty(type); // the slot lies in a cell that only the type traces
    }
    Object *function = dict_get(dict, names.__new__);
    if (function && function->type == &function_type) {
        function = call1((Object *)&staticmethod_type, function);
        if (!function || dict_set(dict, names.__new__, function) < 0) {
            return NULL;
        }
    }
    Object *const class_methods[] = { names.__init_subclass__, names.__class_getitem__ };
    for (size_t i = 0; i < COUNT_OF(class_methods); i++) {
        function = dict_get(dict, class_methods[i]);
        if (function && function->type == &function_type) {
            function = call1((Object *)&classmethod_type, function);
            if (!function || dict_set(dict, class_methods[i], function) < 0) {
                return NULL;
            }
        }
    }
    Object *cell = dict_get(dict, names.__classcell__);
    if (cell) {
        if (cell->type != &cell_type) {
            return raise_error(&exc_TypeError, "__classcell__ must be a nonlocal cell, not %R",
                               (Object *)cell->type);
        }
        gc_store(cell, &((Cell *)cell)->value, type);
        if (dict_delete(dict, names.__classcell__) < 0) {
            return NULL;
        }
    }
    if (layout.slots) {
        gc_store(type, &heap_type->slots, layout.slots);
        MemberDef *members = calloc((size_t)member_count + 1, sizeof(MemberDef));
        if (!members) {
            return raise_memory_error();
        }
        for (ssize_t i = 0; i < member_count; i++) {
            Object *slot = tuple_get(layout.slots, i);
            const char *text = str_utf8(slot, NULL);
            members[i] = (MemberDef){ strdup(text ? text : ""), MEMBER_OBJECT_EX,
                                      (ssize_t)(first_member + (size_t)i * 8), 0, NULL };
            Object *descr = member_descr_new(type, &members[i]);
            // A slot may be called __doc__: it goes before the None that was put there.
            bool is_doc = !doc && str_equal(slot, names.__doc__);
            if (!descr || (is_doc ? dict_set(dict, slot, descr) < 0 : !dict_set_default(dict, slot, descr))) {
                return NULL;
            }
        }
    }
    if (layout.add_dict) {
        Object *descr = getset_descr_new(type, &dict_getset);
        if (!descr || !dict_set_default(dict, names.__dict__, descr)) {
            return NULL;
        }
    }
    if (layout.add_weak) {
        Object *descr = getset_descr_new(type, &weakref_getset);
        if (!descr || !dict_set_default(dict, names.__weakref__, descr)) {
            return NULL;
        }
    }
    if (!dict_set_default(dict, names.__doc__, NONE)) { // unless it is a slot
        return NULL;
    }
    if (dict_contains(dict, names.__eq__) > 0 && !dict_contains(dict, names.__hash__) &&
        dict_set(dict, names.__hash__, NONE) < 0) {
        return NULL;
    }

    // MRO and slots.
    if (mro_update(type) < 0) {
        return NULL;
    }
    for (ssize_t i = 0; i < tuple_size(type->mro); i++) {
        if (tuple_get(type->mro, i) != (Object *)type) {
            type_inherit_slots(type, (Type *)tuple_get(type->mro, i));
        }
    }
    info->slots.new = base_info->slots.new;
    // Its bases know it before the slots are found: what another thread stores into a base reaches it.
    for (ssize_t i = 0; i < tuple_size(bases); i++) {
        if (type_add_subclass((Type *)tuple_get(bases, i), type) < 0) {
            return NULL;
        }
    }
    type_update_slots(type, NULL);
    if (base->flags & TF_DISALLOW_INSTANTIATION && !info->slots.new) {
        type->flags |= TF_DISALLOW_INSTANTIATION;
    }
    type->flags |= TF_READY;
    if (call_set_names(type) < 0 || call_init_subclass(type, kwargs, kwnames) < 0) {
        return NULL;
    }
    return (Object *)type;
}

Object *type_new_slot(Type *metaclass, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs != 3) {
        return raise_error(&exc_TypeError, "type.__new__() takes exactly 3 arguments (%zu given)", nargs);
    }
    if (!str_check(args[0])) {
        return raise_error(&exc_TypeError, "type.__new__() argument 1 must be str, not %s",
                           args[0]->type->name);
    }
    if (!tuple_check(args[1])) {
        return raise_error(&exc_TypeError, "type.__new__() argument 2 must be tuple, not %s",
                           args[1]->type->name);
    }
    if (!dict_check(args[2])) {
        return raise_error(&exc_TypeError, "type.__new__() argument 3 must be dict, not %s",
                           args[2]->type->name);
    }
    return type_new(metaclass, args[0], args[1], args[2], args + 3, kwnames ? (size_t)tuple_size(kwnames) : 0,
                    kwnames);
}

// ---- assigning __class__ and __bases__

static bool same_slots(const Type *a, const Type *b) {
    const HeapType *x = (const HeapType *)a, *y = (const HeapType *)b;
    if (!(a->flags & TF_HEAP) || !(b->flags & TF_HEAP)) {
        return a == b;
    }
    if (!x->slots || !y->slots) {
        return (!x->slots || !tuple_size(x->slots)) && (!y->slots || !tuple_size(y->slots));
    }
    return object_compare_bool(x->slots, y->slots, CMP_EQ) == 1;
}

bool type_same_layout(Type *from, Type *to, const char *attribute) {
    // What is compared is symmetric; the walk goes up from a class.
    bool swapped = !(to->flags & TF_HEAP);
    Type *a = swapped ? from : to, *b = swapped ? to : from;
    bool fits = a->basic_size == b->basic_size && a->item_size == b->item_size &&
                a->info->inline_offset == b->info->inline_offset &&
                a->weaklist_offset == b->weaklist_offset && !a->dict_offset == !b->dict_offset;
    while (fits && a != b) {
        // Walk up through classes that add nothing but a dict, weak references or equal slots.
        if (physical_size(a) == physical_size(b) && a->base == b->base && same_slots(a, b)) {
            break;
        }
        if ((a->flags & TF_HEAP) && a->info->member_count == 0 && a->base != b->base && a->base) {
            if (type_is_subtype(b, a)) {
                Type *t = a;
                a = b;
                b = t;
            }
            a = a->base;
            if (!(a->flags & TF_HEAP) && !(b->flags & TF_HEAP)) {
                fits = solid_base(a) == solid_base(b);
                break;
            }
            if (!(a->flags & TF_HEAP)) {
                fits = b->info->member_count == 0 && solid_base(b) == solid_base(a);
                break;
            }
            continue;
        }
        fits = false;
    }
    if (!fits) {
        raise_error(&exc_TypeError, "%s assignment: '%s' object layout differs from '%s'", attribute,
                    to->name, from->name);
    }
    return fits;
}

int type_check_assign_class(Object *o, Object *value) {
    if (!value) {
        raise_error(&exc_TypeError, "can't delete __class__ attribute");
        return -1;
    }
    if (!type_check(value)) {
        raise_error(&exc_TypeError, "__class__ must be set to a class, not '%s' object", value->type->name);
        return -1;
    }
    Type *from = o->type, *to = (Type *)value;
    if (!(type_is_subtype(to, &module_type) && type_is_subtype(from, &module_type)) &&
        ((to->flags & TF_IMMUTABLE) || (from->flags & TF_IMMUTABLE) ||
         !(to->flags & from->flags & TF_HEAP))) {
        raise_error(&exc_TypeError,
                    "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return -1;
    }
    return type_same_layout(from, to, "__class__") ? 0 : -1;
}
