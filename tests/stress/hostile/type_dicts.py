import gc, sys
for t in [o for o in gc.get_objects() if isinstance(o, type)]:
    for k in list(vars(t)):
        try:
            type.__delattr__(t, k)
        except BaseException:
            pass

def f():
    return 1
f()

class A:
    pass
A()
