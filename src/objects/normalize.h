// Unicode normalization (Unicode Standard Annex 15) of both databases.
#pragma once

#include "objects/object.h"

enum { NORMALIZE_COMPOSE = 1, NORMALIZE_COMPATIBLE = 2, NORMALIZE_OLD = 4 };  // old: Unicode 3.2
Object *str_normalize(Object *str, int form);
