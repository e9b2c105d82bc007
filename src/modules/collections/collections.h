// Between the files of _collections.
#pragma once

#include "objects/object.h"

int collections_add_deque(Object *module);
