// What the heap's checks of debug builds (heap/verify.c) ask about objects, with the world stopped: a sentence that
// says what is wrong, or NULL. They run no Python code and allocate nothing.
#pragma once

#include "objects/object.h"

const char *dict_damage(const Object *dict); // its table: entries, index, hashes, counts
const char *set_damage(const Object *set);
const char *instance_damage(const Object *object); // a shape, or an instance's shape and segments
