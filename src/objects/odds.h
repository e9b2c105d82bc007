// Small types: mappingproxy, generic aliases, unions, namespaces, capsules.
#pragma once

#include "objects/object.h"

Object *mappingproxy_new(Object *mapping);
Object *mappingproxy_mapping(Object *proxy);
Object *generic_alias_new(Object *origin, Object *arguments);
Object *union_or(Object *left, Object *right);  // X | Y for types
Object *simple_namespace_new(Object *dict);     // dict NULL: empty
Object *capsule_new(void *pointer, const char *name, void (*destroy)(Object *capsule));
void *capsule_pointer(Object *capsule, const char *name);
