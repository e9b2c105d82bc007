class A:
    __slots__ = ('a', 'b')

class B:
    __slots__ = ('a', 'b')

class C:
    __slots__ = ('a', 'c')

class D(A):
    pass
x = A()
x.a = 1
for k in (B, C, D, int, object, type, list, 5):
    try:
        x.__class__ = k
        print(k)
    except TypeError as e:
        print(e)
