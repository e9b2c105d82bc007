// Specialised globals, attributes and methods.
//
// Globals are read by their position in the dict's table: a table's keys never change, so the table's
// address is the guard. Attributes of instances are read by shape, with the type's version as the
// promise that no descriptor of the class comes first. Methods are found by version and shape and
// pushed with their instance, without a bound method.
#include "vm/fast.h"

#include "objects/module.h"
#include "objects/type.h"

void specialize_site(const Frame *fp, const Instruction *ip, const Record *record, Handler handler) {
    const Record *old = ip->record;
    if (!site_may_change(fp, ip)) {
        return;
    }
    Record *fresh = heap_alloc(sizeof(Record), CELL_BYTES);
    if (!fresh) {
        error_clear();
        return;
    }
    *fresh = *record;
    fresh->name = old->name;
    fresh->argument = old->argument;
    fresh->index = old->index;
    fresh->changes = old->changes + 1;
    __atomic_store_n(&((Instruction *)ip)->record, fresh, __ATOMIC_RELEASE);
    gc_dirty(fp->twin);
    specialize(fp, ip, handler);
}

// ---- globals

static inline Object *value_in(Object *dict, uintptr_t table, uint32_t position) {
    DictTable *now = dict_table_of(dict);
    return LIKELY((uintptr_t)now == table) ? __atomic_load_n(&now->entries[position].value, __ATOMIC_ACQUIRE)
                                           : NULL;
}

static HANDLER(global_of_module) {
    const Record *r = ip->record;
    Object *value = value_in(fp->globals, r->guard, r->slot);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_GLOBAL);
    }
    *sp++ = value;
    NEXT();
}
static HANDLER(null_global_of_module) {
    const Record *r = ip->record;
    Object *value = value_in(fp->globals, r->guard, r->slot);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_GLOBAL);
    }
    sp[0] = NULL;
    sp[1] = value;
    sp += 2;
    NEXT();
}

// The name is absent in the globals (guard2, as long as nothing is added) and found in the builtins,
// whose table is `value`. `guard` stays zero, so that the handlers above reject such a record.
static inline Object *builtin_value(const Frame *fp, const Record *r) {
    const DictTable *table = dict_table_of(fp->globals);
    if (UNLIKELY((uintptr_t)table != r->guard2 || dict_table_count(table) != r->version)) {
        return NULL;
    }
    return value_in(fp->builtins, (uintptr_t)r->value, r->slot);
}
static HANDLER(global_of_builtins) {
    Object *value = builtin_value(fp, ip->record);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_GLOBAL);
    }
    *sp++ = value;
    NEXT();
}
static HANDLER(null_global_of_builtins) {
    Object *value = builtin_value(fp, ip->record);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_GLOBAL);
    }
    sp[0] = NULL;
    sp[1] = value;
    sp += 2;
    NEXT();
}

void specialize_global(const Frame *fp, const Instruction *ip) {
    if (!site_may_change(fp, ip) || fp->globals->type != &dict_type || fp->builtins->type != &dict_type) {
        return;
    }
    Object *name = ip->record->name;
    bool with_null = ip->record->argument & 1;
    Record r = { 0 };
    DictTable *table = dict_table_of(fp->globals);
    size_t count = dict_table_count(table);
    if (!count || count > UINT32_MAX) {
        return;
    }
    ssize_t position = dict_find_position(fp->globals, name);
    if (position >= 0) {
        r.guard = (uintptr_t)table;
        r.slot = (uint32_t)position;
        if (dict_table_of(fp->globals) == table) {
            specialize_site(fp, ip, &r, with_null ? null_global_of_module : global_of_module);
        }
        return;
    }
    DictTable *outer = dict_table_of(fp->builtins);
    position = dict_find_position(fp->builtins, name);
    if (position < 0 || dict_table_of(fp->builtins) != outer) {
        return;
    }
    r.version = (uint32_t)count;
    r.guard2 = (uintptr_t)table;
    r.value = (Object *)outer;
    r.slot = (uint32_t)position;
    specialize_site(fp, ip, &r, with_null ? null_global_of_builtins : global_of_builtins);
}

// ---- attributes

static inline uint32_t version_of(const Type *type) {
    return __atomic_load_n(&type->info->version, __ATOMIC_ACQUIRE);
}
// True when `o` has the shape and the type version of the record. `offset` is that of its shape word.
static inline bool has_shape(const Object *o, const Record *r) {
    return version_of(o->type) == r->version &&
           __atomic_load_n((uintptr_t *)((char *)(uintptr_t)o + r->offset), __ATOMIC_ACQUIRE) == r->guard + 1;
}

static HANDLER(attribute_of_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r))) {
        TAIL(op_LOAD_ATTR);
    }
    Object *value = __atomic_load_n((Object **)((char *)o + r->slot), __ATOMIC_ACQUIRE);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = value;
    NEXT();
}
static HANDLER(attribute_of_module) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    Object *value = o->type == &module_type ? value_in(((Module *)o)->dict, r->guard, r->slot) : NULL;
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = value;
    NEXT();
}
// `guard` is the class itself.
static HANDLER(attribute_of_class) {
    const Record *r = ip->record;
    Object *o = sp[-1];
    if (UNLIKELY((uintptr_t)o != r->guard2 || version_of((Type *)o) != r->version)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = r->value;
    NEXT();
}
// A class's attribute seen through an instance that cannot hide it.
static HANDLER(attribute_by_version) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r))) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = r->value;
    NEXT();
}

static bool is_shaped(Object *o, Shape **shape) {
    *shape = shape_of(o);
    return *shape != NULL;
}
static bool is_plain_value(const Object *value) {
    return !value->type->info->slots.descr_get;
}

void specialize_attribute(const Frame *fp, const Instruction *ip, Object *o) {
    if (!site_may_change(fp, ip)) {
        return;
    }
    Object *name = ip->record->name;
    Type *type = o->type;
    Record r = { 0 };
    if (type == &module_type) {
        Object *dict = ((Module *)o)->dict;
        DictTable *table = dict_table_of(dict);
        ssize_t position = dict_find_position(dict, name);
        if (position >= 0 && dict_table_of(dict) == table && !type_lookup(type, name)) {
            r.guard = (uintptr_t)table;
            r.slot = (uint32_t)position;
            specialize_site(fp, ip, &r, attribute_of_module);
        }
        return;
    }
    if (type == &type_type) {
        Object *value = type_lookup_version((Type *)o, name, &r.version);
        if (value && r.version && !type_lookup(&type_type, name) &&
            (is_plain_value(value) || value->type == &function_type)) {
            r.guard2 = (uintptr_t)o;
            r.value = value;
            specialize_site(fp, ip, &r, attribute_of_class);
        }
        return;
    }
    Shape *shape;
    if (slots_of(o)->getattr != object_generic_getattr || !is_shaped(o, &shape)) {
        return;
    }
    Object *descriptor = type_lookup_version(type, name, &r.version);
    if (!r.version || (descriptor && descriptor->type->info->slots.descr_set)) {
        return;
    }
    r.guard = (uintptr_t)shape;
    r.offset = (uint32_t)type->info->inline_offset;
    int number = shape_find(shape, name);
    if (number < 0) {
        if (descriptor && is_plain_value(descriptor)) {
            r.value = descriptor;
            specialize_site(fp, ip, &r, attribute_by_version);
        }
        return;
    }
    if ((uint32_t)number < shape->inline_count) {
        r.slot = shape->start + (uint32_t)number * (uint32_t)sizeof(Object *);
        specialize_site(fp, ip, &r, attribute_of_shape);
    }
}

static HANDLER(store_to_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r))) {
        TAIL(op_STORE_ATTR);
    }
    gc_store(o, (char *)o + r->slot, sp[-2]);
    sp -= 2;
    NEXT();
}
// guard: the shape before, guard2: the shape after.
static HANDLER(store_adds) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r) || !instance_add(o, (Shape *)r->guard, (Shape *)r->guard2,
                                                   (Object **)((char *)o + r->slot), sp[-2]))) {
        TAIL(op_STORE_ATTR);
    }
    sp -= 2;
    NEXT();
}

void specialize_store_attribute(const Frame *fp, const Instruction *ip, Object *o) {
    Shape *shape;
    if (!site_may_change(fp, ip) || slots_of(o)->setattr != object_generic_setattr || !is_shaped(o, &shape)) {
        return;
    }
    Object *name = ip->record->name;
    Record r = { 0 };
    Object *descriptor = type_lookup_version(o->type, name, &r.version);
    if (!r.version || (descriptor && descriptor->type->info->slots.descr_set)) {
        return;
    }
    r.guard = (uintptr_t)shape;
    r.offset = (uint32_t)o->type->info->inline_offset;
    int number = shape_find(shape, name);
    if (number >= 0) {
        if ((uint32_t)number < shape->inline_count) {
            r.slot = shape->start + (uint32_t)number * (uint32_t)sizeof(Object *);
            specialize_site(fp, ip, &r, store_to_shape);
        }
        return;
    }
    if (shape->count >= shape->inline_count) {
        return;
    }
    Shape *after = shape_transition(shape, name);
    if (!after) {
        error_clear();
        return;
    }
    r.guard2 = (uintptr_t)after;
    r.slot = shape->start + shape->count * (uint32_t)sizeof(Object *);
    specialize_site(fp, ip, &r, store_adds);
}

// ---- methods

static HANDLER(method_of_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r))) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = r->value;
    *sp++ = o;
    NEXT();
}
// Instances of the type have no attributes of their own.
static HANDLER(method_by_version) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(((uint64_t)1 << 32 | version_of(o->type)) != r->guard2)) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = r->value;
    *sp++ = o;
    NEXT();
}
static HANDLER(function_of_module) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    Object *value = o->type == &module_type ? value_in(((Module *)o)->dict, r->guard, r->slot) : NULL;
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = NULL;
    *sp++ = value;
    NEXT();
}

void specialize_method(const Frame *fp, const Instruction *ip, Object *o) {
    if (!site_may_change(fp, ip)) {
        return;
    }
    Object *name = ip->record->name;
    Type *type = o->type;
    Record r = { 0 };
    if (type == &module_type) {
        Object *dict = ((Module *)o)->dict;
        DictTable *table = dict_table_of(dict);
        ssize_t position = dict_find_position(dict, name);
        if (position >= 0 && dict_table_of(dict) == table && !type_lookup(type, name)) {
            r.guard = (uintptr_t)table;
            r.slot = (uint32_t)position;
            specialize_site(fp, ip, &r, function_of_module);
        }
        return;
    }
    if (slots_of(o)->getattr != object_generic_getattr) {
        return;
    }
    Object *found = type_lookup_version(type, name, &r.version);
    if (!found || !r.version || !(found->type->flags & TF_METHOD_DESCRIPTOR)) {
        return;
    }
    r.value = found;
    Shape *shape;
    if (!type_has_instance_dict(type)) {
        r.guard2 = (uint64_t)1 << 32 | r.version;
        r.version = 0;
        specialize_site(fp, ip, &r, method_by_version);
    } else if (is_shaped(o, &shape) && shape_find(shape, name) < 0) {
        r.guard = (uintptr_t)shape;
        r.offset = (uint32_t)type->info->inline_offset;
        specialize_site(fp, ip, &r, method_of_shape);
    }
}
