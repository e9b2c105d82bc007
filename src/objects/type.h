// Making classes, and what the rest of the runtime needs to know of them.
#pragma once

#include "objects/builtin.h"
#include "objects/object.h"
#include "objects/shape.h"

static inline bool type_check(const Object *o) {
    return (o->type->flags & TF_TYPE) != 0;
}

// type(name, bases, namespace): the default metaclass's construction.
Object *type_new(Type *metaclass, Object *name, Object *bases, Object *dict, Object *const *kwargs,
                 size_t nkwargs, Object *kwnames);
Object *type_name_object(Type *type);     // __name__
Object *type_qualname(Type *type);
Object *type_module(Type *type);          // __module__, or NULL with an exception
const char *type_short_name(const Type *type);  // "deque" of "collections.deque"
// Must be called after any change to the dict, bases or slots of `type`: updates slots of it and its
// subclasses and gives them new versions.
void type_modified(Type *type, Object *name);
// The most derived metaclass of `metaclass` and those of `bases` (a tuple). NULL with TypeError.
Type *type_calculate_metaclass(Type *metaclass, Object *bases);
// The value (and who provides it) as type_lookup, for inline caches.
Object *type_lookup_version(Type *type, Object *name, uint32_t *version);
// Makes a static type of a module ready and adds it to the module under its short name.
int module_add_type(Object *module, Type *type, const TypeSpec *spec);

// Struct sequences (os.stat_result, time.struct_time, sys.flags ...).
typedef struct StructField {
    const char *name, *doc;
} StructField;  // name NULL ends the table
typedef struct StructSpec {
    const char *name, *doc;
    const StructField *fields;
    int visible;  // fields that are items of the tuple; "unnamed" ones are called NULL-free "-"
} StructSpec;
Type *struct_sequence_type_new(const StructSpec *spec);
Object *struct_sequence_new(Type *type);
void struct_sequence_set(Object *sequence, ssize_t i, Object *value);
