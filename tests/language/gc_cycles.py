# gc.collect() frees cycles and counts what lies on them.
import gc
gc.collect()
l = []
l.append(l)
del l
print(gc.collect())
d = {}
d[1] = d
del d
print(gc.collect())
l = []
t = (l,)
l.append(t)
del l, t
print(gc.collect())
print(gc.collect())

class A:
    pass
a = A()
a.self = a
del a
print(gc.collect() > 0)
print(gc.isenabled(), gc.get_threshold())
gc.disable()
print(gc.isenabled())
gc.enable()
for bad in (-1, 3):
    try:
        gc.collect(bad)
    except ValueError as e:
        print(e)
print(gc.is_tracked([]), gc.is_tracked({}), gc.is_tracked(1), gc.is_tracked("a"), gc.is_tracked({1: []}))
