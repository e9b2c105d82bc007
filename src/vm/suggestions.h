// "Did you mean": the name that a NameError or AttributeError probably meant.
#pragma once

#include "objects/object.h"

// A str, or NULL without an exception when nothing is near enough. Runs Python code (`__dir__`).
Object *exception_suggestion(Object *exception);
