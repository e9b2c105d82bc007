# A program may put anything into the place of its own module; what is left of it still ends well.
import signal
import sys

for seconds in (2**62, float("nan"), float("inf"), "x", None):
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    except (OverflowError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
for name in list(sys.modules):
    sys.modules[name] = None
try:
    import os
except ImportError as error:
    print(error)
