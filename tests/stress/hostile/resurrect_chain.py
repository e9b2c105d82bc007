import gc, weakref
L = []

class A:

    def __del__(s):
        L.append(s)
        s.me = s
        s.__class__ = B

class B:

    def __del__(s):
        L.append(s)
        s.__class__ = A
for i in range(1000):
    A().x = A()
for i in range(10):
    gc.collect()
    L.clear()
print('ok')
