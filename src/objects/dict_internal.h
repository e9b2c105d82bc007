// Between the files of dict.
#pragma once

#include "objects/dict.h"

Object *dict_alloc(Type *type);  // an empty instance of dict or a subclass
// Removes the last entry; false when there is none.
bool dict_take_last(Object *dict, Object **key, Object **value);
Object *dict_iter(Object *dict);
Object *dict_reversed_method(Object *dict);
Object *dict_keys_method(Object *dict);
Object *dict_values_method(Object *dict);
Object *dict_items_method(Object *dict);
