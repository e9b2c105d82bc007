// Specialised globals, attributes and methods.
//
// Globals are read by their position in the dict's table: a table's keys never change, so the table's
// address is the guard. Attributes of instances are read by shape, with the type's version as the
// promise that no descriptor of the class comes first; what lies at a fixed place in instances (__slots__),
// properties and other data descriptors need the version alone. Methods are found by version and shape and
// pushed with their instance, without a bound method. A site that sees several types chains their records.
#include "vm/adaptive.h"
#include "vm/fast.h"

#include "objects/module.h"
#include "objects/type.h"
#include "objects/type_internal.h"

READS_RECORDS void specialize_site(const Frame *fp, const Instruction *ip, const Record *record,
                                   Handler handler) {
    const Record *old = site_record(ip);
    if (!site_may_change(fp, ip)) {
        return;
    }
    Record *fresh = heap_alloc(sizeof(Record), CELL_BYTES);
    if (!fresh) {
        error_clear();
        return;
    }
    // A collection may have come, or another thread: a record that the site let go of keeps what it is chained to no longer.
    if (site_record(ip) != old || (record->depth && record->next != old)) {
        return;
    }
    *fresh = *record;
    fresh->name = old->name;
    if (!twin_chains_records(twin_opcode(fp->twin, twin_index(fp->twin, ip)))) {
        fresh->argument = old->argument;
    }
    fresh->changes = (uint8_t)(old->changes + 1);
    fresh->failures = 0;
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
READS_RECORDS static inline Object *builtin_value(const Frame *fp, const Record *r) {
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
    if (!site_may_try(fp, ip) || fp->globals->type != &dict_type || fp->builtins->type != &dict_type) {
        return;
    }
    Object *name = site_name(ip);
    bool with_null = site_argument(ip) & 1;
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

// What a record describes. The kind stands in the low bits of a guard that is the address of a shape, or above
// a guard that is a version, so that no handler takes a record that was made for another one.
typedef enum AttributeKind {
    SLOT = 1, // an attribute slot in line
    OUTER_SLOT, // one in the first overflow segment
    CLASS_VALUE, // the class's, and the instance cannot hide it
    MEMBER, // at a fixed offset: __slots__
    PROPERTY, // with a getter, or setter, written in Python
    GETSET, // computed in C
    ADDED, // store: a new slot in line
    METHOD, // a method of instances that can have attributes
    TYPED_METHOD, // of instances that cannot
    OWN_CALLABLE, // an attribute that is called
    STATIC, // a static method
    CLASS_METHOD,
    OF_CLASS, // looked up in a class
    CLASS_METHOD_OF_CLASS,
    SUPER_METHOD, // through super()
    // An address has four bits for its kind: what follows is guarded by a version.
    DICT_METHOD, // of instances whose attributes lie in a dict: built-in types, and instances that lost their shape
    IN_DICT, // an attribute of an instance that lost its shape
} AttributeKind;
enum { SEVERAL_MOST = 4 }; // records that a site chains

static inline uint32_t version_of(const Type *type) {
    return __atomic_load_n(&type->version_tag, __ATOMIC_ACQUIRE);
}
// True when `o` has the shape and the type version of the record. `offset` is that of its shape word.
READS_RECORDS static inline bool has_shape(const Object *o, const Record *r, AttributeKind kind) {
    return version_of(o->type) == r->version &&
           __atomic_load_n((uintptr_t *)((char *)(uintptr_t)o + r->offset), __ATOMIC_ACQUIRE) ==
               r->guard + (1 - (uintptr_t)kind);
}
// The record of that kind in a chain that fits `o`, or NULL.
READS_RECORDS static inline const Record *find_shape(const Object *o, const Record *r, AttributeKind kind) {
    uint32_t version = version_of(o->type);
    for (; r; r = r->next) {
        if (r->version == version && r->kind == kind && has_shape(o, r, kind)) {
            break;
        }
    }
    return r;
}
static inline uint64_t version_guard(uint32_t version, AttributeKind kind) {
    return (uint64_t)kind << 32 | version;
}
READS_RECORDS static inline bool has_version(const Object *o, const Record *r, AttributeKind kind) {
    return version_guard(version_of(o->type), kind) == r->guard2;
}
// A class, of a certain version, whose metaclass has a certain version.
READS_RECORDS static inline bool is_class(const Object *o, const Record *r, AttributeKind kind) {
    return (uintptr_t)o == r->guard2 - (uintptr_t)kind && version_of((const Type *)o) == r->version &&
           version_of(o->type) == r->slot;
}
static inline void guard_by_shape(Record *r, const Shape *shape, const Type *type, AttributeKind kind) {
    r->kind = (uint8_t)kind;
    r->guard = (uintptr_t)shape + kind;
    r->offset = (uint32_t)type->info->inline_offset;
}
static inline void guard_by_version(Record *r, uint32_t version, AttributeKind kind) {
    r->kind = (uint8_t)kind;
    r->guard2 = version_guard(version, kind);
}
static inline void guard_by_class(Record *r, const Object *type, AttributeKind kind) { // and find_in_class
    r->kind = (uint8_t)kind;
    r->guard2 = (uintptr_t)type + kind;
}

READS_RECORDS static bool says_the_same(const Record *a, const Record *b) {
    return a->kind == b->kind && a->guard == b->guard && a->guard2 == b->guard2 && a->version == b->version;
}
// Like specialize_site, for records with a kind: when the site knows something already, the new record is
// chained to it and the site gets the handler `several`.
READS_RECORDS static void learn(const Frame *fp, const Instruction *ip, Record *fresh, Handler alone,
                                Handler several) {
    const Record *old = site_record(ip);
    bool chained = old->kind && old->depth + 1 < SEVERAL_MOST;
    for (const Record *r = old; r && chained; r = r->next) {
        chained = !says_the_same(r, fresh);
    }
    if (chained) {
        fresh->next = old;
        fresh->depth = (uint8_t)(old->depth + 1);
    }
    specialize_site(fp, ip, fresh, chained ? several : alone);
}

static inline Object *load_at(const Object *o, size_t offset) {
    return __atomic_load_n((Object **)((char *)(uintptr_t)o + offset), __ATOMIC_ACQUIRE);
}

static HANDLER(attribute_of_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r, SLOT))) {
        TAIL(op_LOAD_ATTR);
    }
    Object *value = load_at(o, r->slot);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = value;
    NEXT();
}
// Where the attribute lies that the record places in the first overflow segment.
READS_RECORDS static inline Object **outer_slot(const Object *o, const Record *r) {
    return (Object **)((char *)load_at(o, r->offset + sizeof(Object *)) + r->slot);
}
static HANDLER(attribute_of_segment) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r, OUTER_SLOT))) {
        TAIL(op_LOAD_ATTR);
    }
    Object *value = __atomic_load_n(outer_slot(o, r), __ATOMIC_ACQUIRE);
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = value;
    NEXT();
}
static HANDLER(attribute_of_member) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_version(o, r, MEMBER))) {
        TAIL(op_LOAD_ATTR);
    }
    Object *value = load_at(o, r->offset);
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
static HANDLER(attribute_of_class) {
    const Record *r = ip->record;
    if (UNLIKELY(!is_class(sp[-1], r, OF_CLASS))) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = r->value;
    NEXT();
}
// A class's attribute seen through an instance that cannot hide it.
static HANDLER(attribute_by_version) {
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(sp[-1], r, CLASS_VALUE))) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = r->value;
    NEXT();
}

// The frame of the getter of the property in the record, or NULL.
READS_RECORDS static inline Frame *getter_frame(Thread *ts, Frame *fp, const Record *r, Object *const *o) {
    Object *getter = load_at(r->value, offsetof(Property, get));
    if (UNLIKELY(!getter || getter->type != &function_type)) {
        return NULL;
    }
    Frame *frame = push_exact(ts, fp, getter, 1);
    if (LIKELY(frame)) {
        fill_locals(frame, o, 1);
    }
    return frame;
}
static HANDLER(attribute_of_property) {
    const Record *r = ip->record;
    Frame *frame = LIKELY(has_version(sp[-1], r, PROPERTY)) ? getter_frame(ts, fp, r, sp - 1) : NULL;
    if (UNLIKELY(!frame)) {
        TAIL(op_LOAD_ATTR);
    }
    ENTER(frame, sp - 1);
}
static HANDLER(attribute_of_getset) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_version(o, r, GETSET))) {
        TAIL(op_LOAD_ATTR);
    }
    SAVE();
    const GetSetDef *def = r->pointer;
    Object *value = def->get(o, def->closure);
    if (UNLIKELY(!value)) {
        attribute_error_context(o, ip->record->name);
        ERROR();
    }
    sp[-1] = value;
    NEXT_CALLED();
}
// The entry of an attribute in the dict that an instance has in the place of a shape: where `slot` says, as long as that
// entry has the name. Or NULL.
READS_RECORDS static inline DictEntry *own_dict_entry(const Object *o, const Record *r) {
    if (!has_version(o, r, IN_DICT)) {
        return NULL;
    }
    uintptr_t word = (uintptr_t)load_at(o, r->offset);
    if (!word || word & 1) {
        return NULL;
    }
    const DictTable *table = dict_table_of((Object *)word);
    DictEntry *entry = &table->entries[r->slot];
    return r->slot < dict_table_count(table) && __atomic_load_n(&entry->key, __ATOMIC_RELAXED) == r->name
               ? entry
               : NULL;
}
static inline Object *value_of_entry(const DictEntry *entry) {
    return entry ? __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE) : NULL;
}
static HANDLER(attribute_in_dict) {
    Object *value = value_of_entry(own_dict_entry(sp[-1], ip->record));
    if (UNLIKELY(!value)) {
        TAIL(op_LOAD_ATTR);
    }
    sp[-1] = value;
    NEXT();
}
static HANDLER(attribute_of_several) {
    Object *o = sp[-1], *value;
    const Record *own = find_shape(o, ip->record, SLOT);
    if (LIKELY(own != NULL) && LIKELY((value = load_at(o, own->slot)) != NULL)) {
        sp[-1] = value;
        NEXT();
    }
    for (const Record *r = ip->record; r; r = r->next) {
        switch (r->kind) {
        case SLOT: value = has_shape(o, r, SLOT) ? load_at(o, r->slot) : NULL; break;
        case OUTER_SLOT:
            value = has_shape(o, r, OUTER_SLOT) ? __atomic_load_n(outer_slot(o, r), __ATOMIC_ACQUIRE) : NULL;
            break;
        case CLASS_VALUE: value = has_shape(o, r, CLASS_VALUE) ? r->value : NULL; break;
        case MEMBER: value = has_version(o, r, MEMBER) ? load_at(o, r->offset) : NULL; break;
        case OF_CLASS: value = is_class(o, r, OF_CLASS) ? r->value : NULL; break;
        case IN_DICT: value = value_of_entry(own_dict_entry(o, r)); break;
        case PROPERTY:
            if (has_version(o, r, PROPERTY)) {
                Frame *frame = getter_frame(ts, fp, r, sp - 1);
                if (LIKELY(frame)) {
                    ENTER(frame, sp - 1);
                }
                TAIL(op_LOAD_ATTR); // a collection may have taken the records that follow
            }
            continue;
        default: continue;
        }
        if (value) {
            sp[-1] = value;
            NEXT();
        }
    }
    TAIL(op_LOAD_ATTR);
}

HANDLER(load_fast_load_attr) {
    Object *o = *frame_slot(fp, ip->value);
    if (UNLIKELY(!o)) {
        TAIL(op_LOAD_FAST);
    }
    const Record *r = ip[1].record;
    ip++;
    if (LIKELY(r->kind == SLOT && (has_shape(o, r, SLOT) || (r = find_shape(o, r->next, SLOT))))) {
        Object *value = load_at(o, r->slot);
        if (LIKELY(value != NULL)) {
            *sp++ = value;
            NEXT();
        }
    }
    *sp++ = o;
    DISPATCH();
}

// The dict that `o` has in the place of a shape, or NULL.
static Object *dict_of_shapeless(const Object *o) {
    size_t offset = o->type->info->inline_offset;
    uintptr_t word = offset ? (uintptr_t)load_at(o, offset) : 0;
    return word & 1 ? NULL : (Object *)word;
}
static bool is_shaped(Object *o, Shape **shape) {
    *shape = shape_of(o);
    return *shape != NULL;
}
static bool is_plain_value(const Object *value) {
    return !value->type->info->slots.descr_get;
}

// A class's own attribute, through a metaclass that has none of that name.
static bool find_in_class(Object *o, Object *name, Record *r, Object **value) {
    if (type_lookup_version(o->type, name, &r->slot) || !r->slot) {
        return false;
    }
    *value = type_lookup_version((Type *)o, name, &r->version);
    return *value && r->version;
}

// Data descriptors whose effect is known: 1 when the record describes one.
static bool describe_descriptor(const Object *o, Object *descriptor, uint32_t version, Record *r) {
    if (descriptor->type == &property_type) {
        const Object *getter = ((Property *)descriptor)->get;
        r->value = descriptor;
        guard_by_version(r, version, PROPERTY);
        return getter && getter->type == &function_type;
    }
    if (descriptor->type != &member_descriptor_type && descriptor->type != &getset_descriptor_type) {
        return false;
    }
    if (!object_is_instance(o, ((Descr *)descriptor)->type)) {
        return false;
    }
    if (descriptor->type == &member_descriptor_type) {
        const MemberDef *def = ((MemberDescr *)descriptor)->def;
        r->offset = (uint32_t)def->offset;
        guard_by_version(r, version, MEMBER);
        return def->kind == MEMBER_OBJECT_EX;
    }
    if (((Descr *)descriptor)->type == &object_type &&
        str_equal_cstring(((Descr *)descriptor)->name, "__class__")) {
        r->offset = offsetof(Object, type);
        guard_by_version(r, version, MEMBER);
        return true;
    }
    r->pointer = ((GetSetDescr *)descriptor)->def;
    guard_by_version(r, version, GETSET);
    return ((GetSetDescr *)descriptor)->def->get != NULL;
}

// The record for slot `number`; false when that lies too far out.
static bool place_in(Record *r, const Shape *shape, const Type *type, uint32_t number) {
    if (number < shape->inline_count) {
        r->slot = shape->start + number * (uint32_t)sizeof(Object *);
        guard_by_shape(r, shape, type, SLOT);
        return true;
    }
    number -= shape->inline_count;
    r->slot = (1 + number) * (uint32_t)sizeof(Object *);
    guard_by_shape(r, shape, type, OUTER_SLOT);
    return number < SHAPE_SEGMENT_FIRST;
}

void specialize_attribute(const Frame *fp, const Instruction *ip, Object *o) {
    if (!site_may_try(fp, ip)) {
        return;
    }
    Object *name = site_name(ip);
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
    if (slots_of(o)->getattr == type_getattr) {
        Object *value;
        if (find_in_class(o, name, &r, &value) && (is_plain_value(value) || value->type == &function_type)) {
            r.value = value;
            guard_by_class(&r, o, OF_CLASS);
            learn(fp, ip, &r, attribute_of_class, attribute_of_several);
        }
        return;
    }
    if (slots_of(o)->getattr != object_generic_getattr) {
        return;
    }
    uint32_t version;
    Object *descriptor = type_lookup_version(type, name, &version);
    if (!version) {
        return;
    }
    if (descriptor && descriptor->type->info->slots.descr_set) {
        if (describe_descriptor(o, descriptor, version, &r)) {
            // what is computed in C gains little, and nothing in a chain
            learn(fp, ip, &r,
                  r.kind == MEMBER     ? attribute_of_member
                  : r.kind == PROPERTY ? attribute_of_property
                                       : attribute_of_getset,
                  attribute_of_several);
        }
        return;
    }
    Shape *shape;
    if (!is_shaped(o, &shape)) {
        Object *dict = dict_of_shapeless(o);
        ssize_t position = dict ? dict_find_position(dict, name) : -1;
        if (position >= 0 && position <= INT32_MAX) {
            r.offset = (uint32_t)type->info->inline_offset;
            r.slot = (uint32_t)position;
            guard_by_version(&r, version, IN_DICT);
            learn(fp, ip, &r, attribute_in_dict, attribute_of_several);
        }
        return;
    }
    r.version = version;
    int number = shape_find(shape, name);
    if (number < 0) {
        if (descriptor && is_plain_value(descriptor)) {
            r.value = descriptor;
            guard_by_shape(&r, shape, type, CLASS_VALUE);
            learn(fp, ip, &r, attribute_by_version, attribute_of_several);
        }
        return;
    }
    if (place_in(&r, shape, type, (uint32_t)number)) {
        learn(fp, ip, &r, r.kind == SLOT ? attribute_of_shape : attribute_of_segment, attribute_of_several);
    }
}

static HANDLER(store_to_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r, SLOT))) {
        TAIL(op_STORE_ATTR);
    }
    gc_store(o, (char *)o + r->slot, sp[-2]);
    sp -= 2;
    NEXT();
}
static HANDLER(store_to_segment) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r, OUTER_SLOT))) {
        TAIL(op_STORE_ATTR);
    }
    gc_store(o, outer_slot(o, r), sp[-2]);
    sp -= 2;
    NEXT();
}
static HANDLER(store_to_member) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_version(o, r, MEMBER))) {
        TAIL(op_STORE_ATTR);
    }
    gc_store(o, (char *)o + r->offset, sp[-2]);
    sp -= 2;
    NEXT();
}
// guard: the shape before, guard2: the shape after.
READS_RECORDS static inline bool add_attribute(Object *o, const Record *r, Object *value) {
    return has_shape(o, r, ADDED) && instance_add(o, (Shape *)(r->guard - ADDED), (Shape *)r->guard2,
                                                  (Object **)((char *)o + r->slot), value);
}
static HANDLER(store_adds) {
    if (UNLIKELY(!add_attribute(sp[-1], ip->record, sp[-2]))) {
        TAIL(op_STORE_ATTR);
    }
    sp -= 2;
    NEXT();
}
// The frame of the setter of the property in the record, whose value nobody wants; or NULL.
READS_RECORDS static inline Frame *setter_frame(Thread *ts, Frame *fp, const Record *r, Object *o,
                                                Object *value) {
    Object *setter = load_at(r->value, offsetof(Property, set));
    if (UNLIKELY(!setter || setter->type != &function_type ||
                 code_is_generator((Code *)((Function *)setter)->code))) {
        return NULL;
    }
    Frame *frame = push_exact(ts, fp, setter, 2);
    if (LIKELY(frame)) {
        fill_locals(frame, (Object *[]){ o, value }, 2);
        frame->flags = FRAME_DISCARD;
    }
    return frame;
}
static HANDLER(store_to_property) {
    const Record *r = ip->record;
    Frame *frame = LIKELY(has_version(sp[-1], r, PROPERTY)) ? setter_frame(ts, fp, r, sp[-1], sp[-2]) : NULL;
    if (UNLIKELY(!frame)) {
        TAIL(op_STORE_ATTR);
    }
    ENTER(frame, sp - 2);
}
static HANDLER(store_to_several) {
    Object *o = sp[-1], *value = sp[-2];
    const Record *own = find_shape(o, ip->record, SLOT);
    if (LIKELY(own != NULL)) {
        gc_store(o, (char *)o + own->slot, value);
        sp -= 2;
        NEXT();
    }
    for (const Record *r = ip->record; r; r = r->next) {
        bool stored = false;
        if (r->kind == SLOT && has_shape(o, r, SLOT)) {
            gc_store(o, (char *)o + r->slot, value);
            stored = true;
        } else if (r->kind == OUTER_SLOT && has_shape(o, r, OUTER_SLOT)) {
            gc_store(o, outer_slot(o, r), value);
            stored = true;
        } else if (r->kind == MEMBER && has_version(o, r, MEMBER)) {
            gc_store(o, (char *)o + r->offset, value);
            stored = true;
        } else if (r->kind == ADDED) {
            stored = add_attribute(o, r, value);
        } else if (r->kind == PROPERTY && has_version(o, r, PROPERTY)) {
            Frame *frame = setter_frame(ts, fp, r, o, value);
            if (LIKELY(frame)) {
                ENTER(frame, sp - 2);
            }
            TAIL(op_STORE_ATTR);
        }
        if (stored) {
            sp -= 2;
            NEXT();
        }
    }
    TAIL(op_STORE_ATTR);
}

void specialize_store_attribute(const Frame *fp, const Instruction *ip, Object *o) {
    if (!site_may_try(fp, ip) || slots_of(o)->setattr != object_generic_setattr) {
        return;
    }
    Object *name = site_name(ip);
    Record r = { 0 };
    uint32_t version;
    Object *descriptor = type_lookup_version(o->type, name, &version);
    if (!version) {
        return;
    }
    if (descriptor && descriptor->type->info->slots.descr_set) {
        if (descriptor->type == &member_descriptor_type && describe_descriptor(o, descriptor, version, &r) &&
            !(((MemberDescr *)descriptor)->def->flags & MEMBER_READONLY)) {
            learn(fp, ip, &r, store_to_member, store_to_several);
        } else if (descriptor->type == &property_type) {
            const Object *setter = ((Property *)descriptor)->set;
            r.value = descriptor;
            guard_by_version(&r, version, PROPERTY);
            if (setter && setter->type == &function_type) {
                learn(fp, ip, &r, store_to_property, store_to_several);
            }
        }
        return;
    }
    Shape *shape;
    if (!is_shaped(o, &shape)) {
        return;
    }
    r.version = version;
    int number = shape_find(shape, name);
    if (number >= 0) {
        if (place_in(&r, shape, o->type, (uint32_t)number)) {
            learn(fp, ip, &r, r.kind == SLOT ? store_to_shape : store_to_segment, store_to_several);
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
    guard_by_shape(&r, shape, o->type, ADDED);
    r.guard2 = (uintptr_t)after;
    r.slot = shape->start + shape->count * (uint32_t)sizeof(Object *);
    learn(fp, ip, &r, store_adds, store_to_several);
}

// ---- methods: what is called and its first argument, or NULL and what is called

static HANDLER(method_of_shape) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_shape(o, r, METHOD))) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = r->value;
    *sp++ = o;
    NEXT();
}
HANDLER(load_fast_load_method) {
    Object *o = *frame_slot(fp, ip->value);
    if (UNLIKELY(!o)) {
        TAIL(op_LOAD_FAST);
    }
    const Record *r = ip[1].record;
    ip++;
    if (LIKELY(r->kind == METHOD && (has_shape(o, r, METHOD) || (r = find_shape(o, r->next, METHOD))))) {
        sp[0] = r->value;
        sp[1] = o;
        sp += 2;
        NEXT();
    }
    *sp++ = o;
    DISPATCH();
}
// Instances of the type have no attributes of their own.
static HANDLER(method_by_version) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!has_version(o, r, TYPED_METHOD))) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = r->value;
    *sp++ = o;
    NEXT();
}
// The instance has no dict, or one that lacks the name.
READS_RECORDS static inline bool is_beside_dict(const Object *o, const Record *r) {
    if (!has_version(o, r, DICT_METHOD)) {
        return false;
    }
    uintptr_t dict = (uintptr_t)load_at(o, r->offset); // odd: a shape
    return !dict || (!(dict & 1) && dict_lacks_without_asking((Object *)dict, r->name));
}
static HANDLER(method_beside_dict) {
    Object *o = sp[-1];
    const Record *r = ip->record;
    if (UNLIKELY(!is_beside_dict(o, r))) {
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
static HANDLER(function_of_class) {
    const Record *r = ip->record;
    if (UNLIKELY(!is_class(sp[-1], r, OF_CLASS))) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = NULL;
    *sp++ = r->value;
    NEXT();
}
// The instance behind a super object that the record fits, or NULL. guard2: the class that super() goes on after; version:
// that of the instance's class. Another thread may initialize the object again: each field is read once.
READS_RECORDS static inline Object *super_instance(const Object *o, const Record *r) {
    const Super *s = (const Super *)o;
    if (UNLIKELY(o->type != &super_type || (uintptr_t)s->type != r->guard2 - SUPER_METHOD)) {
        return NULL;
    }
    Type *type = (Type *)load_at(o, offsetof(Super, object_type));
    Object *instance = load_at(o, offsetof(Super, object));
    return LIKELY(type && version_of(type) == r->version && instance != (Object *)type) ? instance : NULL;
}
static HANDLER(method_of_super) {
    const Record *r = ip->record;
    Object *self = super_instance(sp[-1], r);
    if (UNLIKELY(!self)) {
        TAIL(op_LOAD_METHOD);
    }
    sp[-1] = r->value;
    *sp++ = self;
    NEXT();
}
static HANDLER(method_of_several) {
    Object *o = sp[-1], *first, *second;
    const Record *own = find_shape(o, ip->record, METHOD);
    if (LIKELY(own != NULL)) {
        sp[-1] = own->value;
        *sp++ = o;
        NEXT();
    }
    for (const Record *r = ip->record; r; r = r->next) {
        first = NULL;
        second = r->value;
        bool known;
        switch (r->kind) {
        case METHOD:
            known = has_shape(o, r, METHOD);
            first = r->value;
            second = o;
            break;
        case TYPED_METHOD:
            known = has_version(o, r, TYPED_METHOD);
            first = r->value;
            second = o;
            break;
        case DICT_METHOD:
            known = is_beside_dict(o, r);
            first = r->value;
            second = o;
            break;
        case OWN_CALLABLE:
            known = has_shape(o, r, OWN_CALLABLE) && (second = load_at(o, r->slot)) != NULL;
            break;
        case SUPER_METHOD:
            first = r->value;
            second = super_instance(o, r);
            known = second;
            break;
        case STATIC: known = has_shape(o, r, STATIC); break;
        case CLASS_METHOD:
            known = has_shape(o, r, CLASS_METHOD);
            first = r->value;
            second = (Object *)o->type;
            break;
        case OF_CLASS: known = is_class(o, r, OF_CLASS); break;
        case CLASS_METHOD_OF_CLASS:
            known = is_class(o, r, CLASS_METHOD_OF_CLASS);
            first = r->value;
            second = o;
            break;
        default: known = false;
        }
        if (known) {
            sp[-1] = first;
            *sp++ = second;
            NEXT();
        }
    }
    TAIL(op_LOAD_METHOD);
}

// The function inside of a static or class method: NULL when there is none, or it is no plain function.
static Object *wrapped_function(const Object *o) {
    Object *function = ((const MethodWrapping *)o)->callable;
    return function && function->type == &function_type ? function : NULL;
}

static void specialize_method_of_class(const Frame *fp, const Instruction *ip, Object *o) {
    Record r = { 0 };
    Object *found;
    if (!find_in_class(o, site_name(ip), &r, &found)) {
        return;
    }
    AttributeKind kind = OF_CLASS;
    if (found->type == &staticmethod_type || found->type == &classmethod_type) {
        kind = found->type == &classmethod_type ? CLASS_METHOD_OF_CLASS : OF_CLASS;
        found = wrapped_function(found);
    } else if (found->type != &function_type && !is_plain_value(found)) {
        return;
    }
    if (found) {
        r.value = found;
        guard_by_class(&r, o, kind);
        learn(fp, ip, &r, kind == OF_CLASS ? function_of_class : method_of_several, method_of_several);
    }
}

void specialize_method(const Frame *fp, const Instruction *ip, Object *o) {
    if (!site_may_try(fp, ip)) {
        return;
    }
    Object *name = site_name(ip);
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
    if (slots_of(o)->getattr == type_getattr) {
        specialize_method_of_class(fp, ip, o);
        return;
    }
    if (type == &super_type) {
        const Super *s = (const Super *)o;
        Type *after = (Type *)load_at(o, offsetof(Super, type));
        Type *start = (Type *)load_at(o, offsetof(Super, object_type));
        r.version = start ? version_of(start) : 0;
        r.value = after && r.version ? super_lookup(after, start, name) : NULL;
        if (r.value && s->object != (Object *)start && r.value->type->flags & TF_METHOD_DESCRIPTOR) {
            r.kind = SUPER_METHOD;
            r.guard2 = (uintptr_t)after + SUPER_METHOD;
            learn(fp, ip, &r, method_of_super, method_of_several);
        }
        return;
    }
    if (slots_of(o)->getattr != object_generic_getattr) {
        return;
    }
    uint32_t version;
    Object *found = type_lookup_version(type, name, &version);
    if (!version) {
        return;
    }
    bool is_method = found && found->type->flags & TF_METHOD_DESCRIPTOR;
    r.value = found;
    if (is_method && !type_has_instance_dict(type)) {
        guard_by_version(&r, version, TYPED_METHOD);
        learn(fp, ip, &r, method_by_version, method_of_several);
        return;
    }
    if (is_method && !type->info->inline_offset && type->dict_offset > 0) {
        guard_by_version(&r, version, DICT_METHOD);
        r.offset = (uint32_t)type->dict_offset;
        learn(fp, ip, &r, method_beside_dict, method_of_several);
        return;
    }
    Shape *shape;
    if (!is_shaped(o, &shape)) {
        if (is_method && dict_of_shapeless(o)) {
            guard_by_version(&r, version, DICT_METHOD);
            r.offset = (uint32_t)type->info->inline_offset;
            learn(fp, ip, &r, method_beside_dict, method_of_several);
        }
        return;
    }
    r.version = version;
    int number = shape_find(shape, name);
    if (number >= 0) {
        if ((uint32_t)number < shape->inline_count && !(found && found->type->info->slots.descr_set)) {
            r.slot = shape->start + (uint32_t)number * (uint32_t)sizeof(Object *);
            r.value = NULL;
            guard_by_shape(&r, shape, type, OWN_CALLABLE);
            learn(fp, ip, &r, method_of_several, method_of_several);
        }
    } else if (is_method) {
        guard_by_shape(&r, shape, type, METHOD);
        learn(fp, ip, &r, method_of_shape, method_of_several);
    } else if (found && (found->type == &staticmethod_type || found->type == &classmethod_type)) {
        r.value = wrapped_function(found);
        if (r.value) {
            guard_by_shape(&r, shape, type, found->type == &staticmethod_type ? STATIC : CLASS_METHOD);
            learn(fp, ip, &r, method_of_several, method_of_several);
        }
    }
}

const SpecializedForm fast_attr_forms[] = {
    { global_of_module, LOAD_GLOBAL_MODULE },
    { null_global_of_module, LOAD_GLOBAL_MODULE },
    { global_of_builtins, LOAD_GLOBAL_BUILTIN },
    { null_global_of_builtins, LOAD_GLOBAL_BUILTIN },
    { attribute_of_shape, LOAD_ATTR_INSTANCE_VALUE },
    { attribute_of_member, LOAD_ATTR_SLOT },
    { attribute_of_module, LOAD_ATTR_MODULE },
    { store_to_shape, STORE_ATTR_INSTANCE_VALUE },
    { store_to_member, STORE_ATTR_SLOT },
    { method_of_shape, LOAD_METHOD_WITH_VALUES },
    { method_by_version, LOAD_METHOD_NO_DICT },
    { method_beside_dict, LOAD_METHOD_WITH_DICT },
    { function_of_module, LOAD_METHOD_MODULE },
    { function_of_class, LOAD_METHOD_CLASS },
    { NULL, 0 },
};
