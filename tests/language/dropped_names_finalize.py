# `del name` and `name = None` finalize what only the name held, as long as looking for that is cheap.
import weakref
class C:
    def __del__(self): print('del')
c=C()
del c
print('a')
def f():
    c=C()
    c=None
    print('b')
    x=C()
    l=[x]
    del x
    print('c')
    del l
    print('d')
    class D: pass
    d=D(); d.d=d
    w=weakref.ref(d)
    del d
    print(w() is not None)
    d=D()
    w=weakref.ref(d)
    print(w() is d)
    del d
    print(w())
    f=open('/dev/null','w'); f.write('x'); f=None
    def g():
        try: yield 1
        finally: print('closed')
    x=g(); next(x); del x
    print('e')
f()
def callbacks():
    class D: pass
    d = D()
    refs = [weakref.ref(d, lambda r, i=i: print("callback", i)) for i in range(3)]
    d = None
    print("end")
callbacks()
