// The heap's checks of debug builds; see verify.c.
#pragma once

#include "heap/heap.h"

// What is wrong with an object's shape or table, or NULL; the rooms above set it.
extern const char *(*heap_damage_of)(const Object *object);
// Aborts when something is wrong with these blocks, or with all of them when `blocks` is NULL. World stopped.
void heap_verify(const char *when, const uint32_t *blocks, uint32_t count);
