import atexit, sys

@atexit.register
def f():
    sys.exit(3)

@atexit.register
def g():
    import os
    raise KeyboardInterrupt
