// How the parts of list.sort work together.
#pragma once

#include "objects/object.h"

// Sorts keys (and values with them, unless NULL) by machine words, when these are numbers or texts, or tuples of
// such. Returns 1 when it did, 0 when they have to be compared, -1 with the exception of a signal's handler. Stores plainly:
// the caller declares the arrays dirty. May reach safepoints; the arrays are whole at each of them.
int list_sort_words(Object **keys, Object **values, ssize_t count, bool descending);
