import gc, weakref, sys
sys.unraisablehook = None

class A:
    pass
r = []

def cb(x):
    raise ValueError
for i in range(10):
    r.append(weakref.ref(A(), cb))
gc.collect()
