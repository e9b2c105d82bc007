"""warn_explicit: what makes the warning, the registry of the action "module", and the line of a filter."""
import warnings


def attempt(*arguments):
    try:
        print(warnings.warn_explicit(*arguments))
    except Exception as error:
        print(type(error).__name__, error)


def show(message, category, filename, line, file=None, source=None):
    print("shown", repr(message), category.__name__, filename, line)


warnings.showwarning = show
warnings.simplefilter("always")
for message in "m", "5":
    for category in 5, None, int, str, Exception, UserWarning, lambda message: UserWarning(message):
        attempt(message, category, "f", 1)
attempt(UserWarning("w"), None, "f", 1)
attempt(UserWarning("w"), 5, "f", 1)

for first in 0, 1, 2:
    warnings.resetwarnings()
    warnings.simplefilter("module")
    registry = {}
    for line in first, first, first + 1:
        attempt("m", UserWarning, "f", line, "module", registry)
    print([key for key in registry if key != "version"])

for line in "x", None, 1.0, 10**20, -(10**20), True, 3:
    warnings.filters[:] = [("error", None, Warning, None, line)]
    warnings._filters_mutated()
    attempt("m", UserWarning, "f", 3, "module", {})
