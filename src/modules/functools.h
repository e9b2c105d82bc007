// Between the files of _functools.
#pragma once

#include "objects/object.h"

int functools_add_lru_cache(Object *module);
