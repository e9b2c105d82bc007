import sys

class A:

    def __del__(s):
        raise ValueError(s)

    def __repr__(s):
        raise KeyError(s)

def h(u):
    u.object
    raise TypeError(u)
sys.unraisablehook = h
A()
import gc
gc.collect()
sys.unraisablehook = None
A()
gc.collect()
del sys.unraisablehook
A()
gc.collect()
del sys.stderr
A()
gc.collect()
