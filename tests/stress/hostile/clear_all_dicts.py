import gc, sys
ds = [o for o in gc.get_objects() if type(o) is dict]
for d in ds:
    if d is not globals():
        try:
            d.clear()
        except BaseException:
            pass

def f():
    return [x for x in range(3)]
f()
