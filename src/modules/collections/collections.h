// Between the files of _collections.
#pragma once

#include "objects/object.h"

int collections_add_deque(Object *module);
int collections_add_ordered_dict(Object *module);
