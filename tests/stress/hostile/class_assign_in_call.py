class A:

    def f(self):
        self.__class__ = B
        A.f = None
        del self.x
        return self.g()

class B:
    __slots__ = ('__dict__', '__weakref__')

    def g(self):
        self.__dict__ = {}
        return self.__class__
a = A()
a.x = 1
try:
    print(a.f())
except TypeError as e:
    print(e)
