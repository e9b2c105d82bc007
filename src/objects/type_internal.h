// What the files type*.c, descr.c, builtin.c, object.c and call.c share, and nobody else needs.
#pragma once

#include "objects/builtin.h"
#include "objects/object.h"
#include "objects/shape.h"

// ---- slots (type_slots.c): slots.def in memory

typedef struct WrapperBase WrapperBase;
typedef Object *(*WrapFn)(Object *self, Object *const *args, size_t nargs, Object *kwnames, void *wrapped,
                          const WrapperBase *base);
// Begins with CPython's wrapperbase.
struct WrapperBase {
    const char *name;
    int offset;           // of the slot in Slots
    void *dispatcher;     // the slot function for a method written in Python, or NULL
    WrapFn wrapper;
    const char *doc;
    int flags;
    Object *name_object;  // interned
    const char *signature;
};
extern WrapperBase slot_table[];
extern const size_t slot_table_size;
int slots_init(void);
// Adds wrappers for the slots that `type`'s spec defines to its dict.
int type_add_wrappers(Type *type, const Slots *own);
// Brings the slots of `type` up to date: all, or those that serve `name`.
void type_update_slots(Type *type, Object *name);
void type_inherit_slots(Type *type, const Type *base);
Object *type_new_slot(Type *metaclass, Object *const *args, size_t nargs, Object *kwnames);
Object *object_new_slot(Type *type, Object *const *args, size_t nargs, Object *kwnames);
int object_init_slot(Object *self, Object *const *args, size_t nargs, Object *kwnames);
Object *dispatch_new(Type *type, Object *const *args, size_t nargs, Object *kwnames);
Object *dispatch_call(Object *callable, Object *const *args, size_t nargs, Object *kwnames);
BuiltinDef *new_wrapper_def(void);

// ---- type.c
Object *type_getattr(Object *self, Object *name);
int type_setattr(Object *self, Object *name, Object *value);
uint32_t type_version(Type *type);  // assigns one when there is none; 0 when versions ran out
// To be called after each store to a type's dict, bases, MRO, subclasses, shape or private slots, before anything is
// allocated: the type may be a static one.
void type_stored(const Type *type);
Object *type_lookup_uncached(Type *type, Object *name);
int type_add_subclass(Type *base, Type *type);
void type_remove_subclass(Type *base, Type *type);
Object *type_subclasses_list(Type *type);
// Replaces the whole MRO, bases etc. have changed: like type_modified for all names.
void type_changed_entirely(Type *type);
void class_instance_trace(Object *o, Tracer *tracer);

// ---- type_mro.c
Object *mro_compute(Type *type); // C3 over type->bases; a tuple
int mro_update(Type *type); // through a custom mro() when the metaclass has one
void type_store_mro(Type *type, Object *mro); // may stop the world: bases and MROs are read without a lock

// ---- type_new.c
Type *type_best_base(Object *bases);
bool type_same_layout(Type *from, Type *to, const char *attribute);
int type_check_assign_class(Object *o, Object *value);

// ---- type_ready.c
int type_prepare(Type *type, const TypeSpec *spec); // allocates nothing in the heap
int type_finish(Type *type);
TypeInfo *type_info_new(Type *owner); // a cell for heap types

// ---- descr.c
typedef struct Descr {
    Object base;
    Type *type;
    Object *name, *qualname;
} Descr;
typedef struct MethodDescr {
    Descr head;
    BuiltinDef *def;
    void *vectorcall;
} MethodDescr;
typedef struct WrapperDescr {
    Descr head;
    WrapperBase *slot;
    void *wrapped;
} WrapperDescr;
typedef struct GetSetDescr {
    Descr head;
    GetSetDef *def;
} GetSetDescr;
typedef struct MemberDescr {
    Descr head;
    MemberDef *def;
} MemberDescr;
typedef struct Property {
    Object base;
    Object *get, *set, *delete, *doc, *name;
    int getter_doc;
} Property;
typedef struct Super {
    Object base;
    Type *type;
    Object *object;
    Type *object_type;
} Super;
// What super(type, o) makes for an instance (no class) of `type`. NULL with MemoryError.
Object *super_of_instance(Type *type, Object *o);
// What follows `type` in the MRO of `start` and has `name`, as it stands in its class; NULL when none has.
Object *super_lookup(Type *type, Type *start, Object *name);
typedef struct MethodWrapping { // staticmethod and classmethod
    Object base;
    Object *callable, *dict;
} MethodWrapping;
Object *method_descr_new(Type *type, BuiltinDef *def); // or a classmethod's, or a static function
Object *getset_descr_new(Type *type, GetSetDef *def);
Object *member_descr_new(Type *type, MemberDef *def);
Object *wrapper_descr_new(Type *type, WrapperBase *slot, void *wrapped);
Object *member_get(Object *o, const MemberDef *def);
int member_set(Object *o, const MemberDef *def, Object *value);
bool descr_is_data(const Object *o);
// The text of a doc string without its signature line, as an object (None for NULL).
Object *doc_object(const char *name, const char *doc);
// "name(sig)\n--\n\n": the "(sig)" of a doc string, or None.
Object *doc_signature(const char *name, const char *doc);
// `doc`: its own doc string or what doc_lookup has of it; where that is from python3.11, it decides.
Object *builtin_text_signature(const BuiltinDef *def, const char *doc);
const char *descr_doc_owner(Type *type, const char *name);
Object *import_getattr_builtin(void); // builtins.getattr, for __reduce__
// __isabstractmethod__ of `o`: 1, 0, -1.
int object_is_abstract(Object *o);

// ---- object.c, call.c
int object_get_method(Object *o, Object *name, Object **method); // 1: unbound, 0: bound, -1
int check_attribute_name(Object *name);
Object *object_dir_default(Object *self); // object.__dir__
int types_init(void); // types.c: makes the types of types.def ready
// The reflected method of `right`, a Python class, for the operator in `slot`; NotImplemented when it has none.
Object *type_call_reflected(Object *left, Object *right, size_t slot);
