// What the parts of the `sys` module share.
#pragma once

#include <unistd.h>

#include "objects/builtin.h"
#include "objects/object.h"

extern bool runtime_finalizing;
extern const char sys_version_text[];  // sys.version

// sys_hooks.c
Object *sys_breakpointhook(Object *module, Object *const *args, size_t nargs, Object *kwnames);
Object *sys_displayhook(Object *module, Object *value);
// If `hook` is the above: makes `builtins._` None, as that will do first, and returns what it was. NULL: nothing done,
// perhaps with an exception.
Object *sys_forget_displayed(Object *hook);
Object *sys_excepthook(Object *module, Object *type, Object *value, Object *traceback);
Object *sys_unraisablehook(Object *module, Object *arguments);
Object *sys_audit(Object *module, Object *const *args, size_t nargs, Object *kwnames);
Object *sys_addaudithook(Object *module, Object *hook);
// At start-up, when sys has what does not depend on the configuration; then what makes it anew. -1, NULL.
int sys_keep_contents(void);
Object *sys_import_again(void);
