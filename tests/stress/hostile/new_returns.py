class A:

    def __new__(c, *a):
        return 5

    def __init__(s):
        1 / 0
A()

class B(A):

    def __new__(c):
        c.__new__ = object.__new__
        c.__init__ = lambda s: 5
        return object.__new__(c)
try:
    B()
except TypeError as e:
    print(e)

class C:
    __init__ = 5
try:
    C()
except TypeError as e:
    print(e)

class D:
    __new__ = lambda *a: D
print(D())

class E:
    __call__ = None
E.__call__ = E()
try:
    E()()
except (TypeError, RecursionError) as e:
    print(type(e))

class F:
    pass
F.__call__ = F()
try:
    F()()
except RecursionError:
    print('r')

class G:
    pass
G.__len__ = G.__iter__ = G.__getattr__ = G.__hash__ = G.__eq__ = G.__bool__ = F()
for f in (len, iter, hash, bool, lambda x: x.a, lambda x: x == 1, list, repr, lambda x: {x}):
    try:
        f(G())
    except (TypeError, RecursionError) as e:
        print(type(e).__name__, end=' ')

class H:

    def __get__(s, o, t):
        return s
    __getattr__ = __get__

class J:
    __call__ = H()
    __len__ = H()
    __add__ = H()
    __getattribute__ = H()
for f in (lambda x: x(), len, lambda x: x + 1, lambda x: x.a):
    try:
        f(J())
    except (TypeError, RecursionError) as e:
        print(type(e).__name__, end=' ')
