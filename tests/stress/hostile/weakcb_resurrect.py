import gc, weakref
L = []

class A:
    pass

def cb(r):
    L.append(weakref.ref(K, cb))
    gc.collect(0)
    K.a = weakref.proxy(K, cb)
K = A()
rs = []
for i in range(2000):
    a = A()
    a.s = a
    rs.append(weakref.ref(a, cb))
del a
gc.collect()
print(len(L) > 0)
