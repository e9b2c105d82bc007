// Modules. CPython's layout: dict at offset 16.
#pragma once

#include "objects/builtin.h"
#include "objects/object.h"

typedef struct Module {
    Object base;
    Object *dict;
    void *def, *state;
    Object *weaklist, *name;
} Module;

static inline bool module_check(const Object *o) {
    return object_is_instance(o, &module_type);
}
Object *module_new(Object *name);
Object *module_from_spec(const ModuleSpec *spec);  // functions added, exec not run
static inline Object *module_dict(Object *module) {
    return ((Module *)module)->dict;
}
// What the plain module's dict says of an attribute, without making an error: 1 and *value, 0 there is none, -1 when
// that takes the general way (nothing is raised).
int module_find(Object *module, Object *name, Object **value);
int module_add(Object *module, const char *name, Object *value); // -1 also when value is NULL
int module_add_int(Object *module, const char *name, int64_t value);
int module_add_string(Object *module, const char *name, const char *utf8);
