// The table of built-in modules: what `sys.builtin_module_names` lists and `_imp` creates.
#pragma once

#include "objects/builtin.h"

#define MODULE(c_name, name) extern const ModuleSpec module_##c_name;
#include "modules/modules.def"
#undef MODULE

// NULL without an exception when there is none of that name. Finds modules that only tests import, too.
const ModuleSpec *builtin_module_find(Object *name);
// A tuple of all names, sorted.
Object *builtin_module_names(void);
