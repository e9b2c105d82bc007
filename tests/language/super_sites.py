# super() at one place for many classes, and classes called at one place.
class A:
    def __init__(self, x=0, *rest, key=None): self.x = x, rest, key
    def m(self): return ["A"]
    @property
    def p(self): return "A.p"
    @classmethod
    def c(cls): return cls.__name__, "A.c"
    @staticmethod
    def s(): return "A.s"
class B(A):
    def m(self): return ["B"] + super().m()
    @property
    def p(self): return "B" + super().p
    @classmethod
    def c(cls): return ("B",) + super().c()
    def s(self): return "B" + super().s()
class C(A):
    def m(self): return ["C"] + super().m()
class D(B, C):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
    def m(self): return ["D"] + super().m()
class E(D): pass
class Plain: pass
class New:
    def __new__(cls, *args): 
        o = super().__new__(cls)
        o.args = args
        return o
class Bad:
    def __init__(self): return 5
class Generating:
    def __init__(self): yield 1
class Meta(type):
    def __call__(cls, *args): return cls.__name__, args
class Called(metaclass=Meta):
    def __init__(self, x): pass
class Quiet(type): pass
class Uncalled(metaclass=Quiet):
    def __init__(self, x): self.x = x
from abc import ABC, abstractmethod
class Abstract(ABC):
    def __init__(self, x): pass
    @abstractmethod
    def f(self): pass
class Concrete(Abstract):
    def __init__(self, x): self.x = x
    def f(self): pass

for _ in range(4):
    for cls in A, B, C, D, E:
        o = cls(1)
        print(o.m(), o.p, cls.c(), o.c(), o.s() if isinstance(o, B) else o.s(), o.x)
def make(cls, *args, **kwargs):
    try:
        return cls(*args, **kwargs)
    except TypeError as e:
        return e
def make1(cls):
    try:
        o = cls(1)
    except TypeError as e:
        return str(e)
    return o if isinstance(o, (int, tuple)) else sorted(vars(o).items())
def makek(cls):
    try:
        o = cls(x=1)
    except TypeError as e:
        return str(e)
    return o if isinstance(o, (int, tuple)) else sorted(vars(o).items())
for _ in range(4):
    for cls in A, D, Plain, New, Bad, Generating, Called, Uncalled, Abstract, Concrete, complex, int:
        if cls not in (complex,):
            print(cls.__name__, make1(cls), makek(cls))
    for cls in Plain, Bad, New, A, D, Uncalled:
        print(type(make(cls)).__name__, type(make(cls, 1, 2, key=3)).__name__)
Quiet.__call__ = lambda cls, *args: 77
print(make1(Uncalled))
def changing(o):
    class X(o):
        def m(self): return ["X"] + super().m()
    return X().m()
for _ in range(3):
    print(changing(A), changing(B), changing(D))
A.m = lambda self: ["changed"]
print(D().m(), E().m(), B().m())
class First:
    def f(self):
        del self
        try:
            super()
        except RuntimeError as e:
            return str(e)
    def g(self):
        keep = lambda: self
        return super().__repr__()[:30] == object.__repr__(self)[:30]
    def h(self, other):
        self = other
        try:
            return super().__str__()
        except TypeError as e:
            return str(e)
for _ in range(4):
    print(First().f(), First().g(), First().h(3))
def deep(n):
    class R:
        def __init__(self, n):
            if n: R(n - 1)
    try:
        R(n)
        return "done"
    except RecursionError as e:
        return str(e)[:32]
print(deep(100), deep(100000))
class Eq:
    def __eq__(self, other): return self == other
try:
    Eq() == Eq()
except RecursionError as e:
    print(type(e).__name__)
