# What sys.unraisablehook prints: one exception alone, its message after a colon even when it is empty; and how
# places of syntax errors are shown.
import gc
import io
import sys


def drop(raises):
    class Dropped:
        def __del__(self):
            raise raises

        def __repr__(self):
            return "<dropped>"
    Dropped()


sys.stderr = io.StringIO()
for exception in (ValueError(), ValueError("text"), KeyboardInterrupt(), ExceptionGroup("group", [ValueError(1)]),
                  SyntaxError("message", ("file.py", 1, 3, "text"))):
    drop(exception)
    gc.collect()
try:
    sys.unraisablehook(ValueError(42))
except TypeError as error:
    print(error)
for place in ((b"bytes", 123, 0, "text"), (12, 1, 7, "text"), ("a", 1, 12, "text", 1, 15), ("a", 1, 4, "x\ny z\n"),
              ("a", 1, 2, "abc def", 2, 3), ("a", 1, "x", "abc"), ("a", 1, 6, "text   ", 1, 8)):
    sys.excepthook(SyntaxError, SyntaxError("message", place), None)
lines = sys.stderr.getvalue().splitlines()
print("\n".join(line for line in lines if "0x" not in line))

# A coroutine that nobody awaited is reported even when the function for that fails.
import warnings


async def coroutine():
    pass


def forget():
    coroutine()


warnings._warn_unawaited_coroutine = lambda coroutine: 1 / 0
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    reports = []
    sys.unraisablehook = lambda report: reports.append(report.exc_type)
    forget()
    gc.collect()
    sys.unraisablehook = sys.__unraisablehook__
    print([str(warning.message) for warning in caught], reports)
