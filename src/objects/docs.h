// Doc strings of built-ins. They are read from the installed python3.11 at build time
// (tools/gen_docs.py), so that help() says what it says there.
#pragma once

#include "base/base.h"

// The doc string of `name` in `owner` (a type's full name such as "list" or "collections.deque", or a
// module's); name NULL: of the owner itself. NULL when there is none.
const char *doc_lookup(const char *owner, const char *name);
// Whether python3.11 has that attribute there, if only without a doc string.
bool doc_is_known(const char *owner, const char *name);
