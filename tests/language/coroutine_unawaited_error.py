# A coroutine that was never awaited complains once, also where warnings are errors.
import gc
import sys
import warnings

warnings.simplefilter("error")
sys.unraisablehook = lambda args: print(type(args.exc_value).__name__, args.exc_value)


async def forgotten():
    pass


def drop():
    forgotten()


drop()
gc.collect()
print("end")
