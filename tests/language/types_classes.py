class A:
    """doc"""
    x = 1
    def __init__(self, v): self.v = v; self.w = v+1
    def m(self, y=2): return self.v + y
    @property
    def p(self): return self.v*2
    @p.setter
    def p(self, val): self.v = val
    @classmethod
    def c(cls): return cls.__name__
    @staticmethod
    def s(a): return a
    def __repr__(self): return f"A({self.v})"
    def __eq__(self, o): return isinstance(o, A) and self.v == o.v
    def __add__(self, o): return A(self.v + (o.v if isinstance(o, A) else o))
    def __radd__(self, o): return A(self.v + o)
    def __len__(self): return 3
    def __getitem__(self, i):
        if i > 2: raise IndexError(i)
        return i*self.v
    def __contains__(self, x): return x == 7
    def __call__(self, *a, **k): return (a, k)
    def __iter__(self): return iter([1,2])
    def __lt__(self, o): return self.v < o.v
    def __bool__(self): return self.v != 0
    def __index__(self): return self.v
a = A(3)
print(a, a.m(), a.p, a.c(), a.s(4), A.s(5), A.c(), a+1, 1+a, a+a, len(a), a[2], 7 in a, a(1,b=2), list(a), a<A(4), bool(a), bool(A(0)), [0,1,2,3,4][a])
a.p = 10; print(a.v, vars(a), a.__dict__)
try: hash(a)
except TypeError as e: print(e)
class B(A):
    def __init__(self, v): super().__init__(v); self.z = 1
    def m(self): return super().m(100)
b = B(1); print(b.m(), B.__mro__, b.__class__, isinstance(b, A), issubclass(B, A), b.x, B.x)
B.x = 5; print(A.x, b.x); del B.x; print(b.x)
try: b.nope
except AttributeError as e: print(e, e.name, e.obj is b)
try: del b.nope
except AttributeError as e: print(e)
class M(type):
    def __new__(m, n, bs, d, **k): print('new', n, k); return super().__new__(m, n, bs, d)
    def __init__(c, n, bs, d, **k): print('init', n); super().__init__(n, bs, d)
    def __call__(c, *a): print('call'); return super().__call__(*a)
    @classmethod
    def __prepare__(m, n, b, **k): return {'prepared': 1}
    def __getattr__(c, n): return 'meta ' + n
class C(metaclass=M, kw=3):
    def __init_subclass__(cls, **k): print('sub', cls, k)
class D(C, foo=1): pass
print(D().prepared, D.foo, C.__class__)
class Desc:
    def __set_name__(self, o, n): print('set_name', o, n); self.n = n
    def __get__(self, i, o): return (self.n, i is None, o)
    def __set__(self, i, v): i.__dict__[self.n] = v
class E: d = Desc()
print(E.d, E().d); e = E(); e.d = 5; print(e.__dict__)
class G:
    def __getattr__(self, n): return n.upper()
    def __setattr__(self, n, v): object.__setattr__(self, n, ('set', v))
    def __delattr__(self, n): print('del', n)
g = G(); g.q = 1; print(g.q, g.zzz); del g.q
class S:
    __slots__ = ('a', '__b')
    def __init__(self): self.__b = 2
s = S(); s.a = 1; print(s.a, s._S__b)
try: s.c = 1
except AttributeError as e: print(e)
try: s.__dict__
except AttributeError as e: print(e)
class T(int):
    def __add__(self, o): return T(int(self) + o)
t = T(5); print(t + 1, type(t+1), t*2, 1+t, t.real); t.foo = 1; print(t.__dict__)
try:
    class X(int, str): pass
except Exception as e: print('class X(int, str): pass', "->", type(e).__name__, e)
try:
    class X(bool): pass
except Exception as e: print('class X(bool): pass', "->", type(e).__name__, e)
try:
    class X(object, A): pass
except Exception as e: print('class X(object, A): pass', "->", type(e).__name__, e)
try:
    class X(A, A): pass
except Exception as e: print('class X(A, A): pass', "->", type(e).__name__, e)
try:
    class X: __slots__=('a','a b')
except Exception as e: print("class X: __slots__=('a','a b')", "->", type(e).__name__, e)
try:
    class X: __slots__=3
except Exception as e: print('class X: __slots__=3', "->", type(e).__name__, e)
try:
    class X(int): __slots__=('a',)
except Exception as e: print("class X(int): __slots__=('a',)", "->", type(e).__name__, e)
try:
    class X:
     x=1
     __slots__=('x',)
except Exception as e: print("class X:\n x=1\n __slots__=('x',)", "->", type(e).__name__, e)
try:
    type('X',(),{},1)
except Exception as e: print("type('X',(),{},1)", "->", type(e).__name__, e)
try:
    type(1,2,3)
except Exception as e: print('type(1,2,3)', "->", type(e).__name__, e)
try:
    A()
except Exception as e: print('A()', "->", type(e).__name__, e)
try:
    A(1,2)
except Exception as e: print('A(1,2)', "->", type(e).__name__, e)
try:
    object(1)
except Exception as e: print('object(1)', "->", type(e).__name__, e)
try:
    int.__add__('a',1)
except Exception as e: print("int.__add__('a',1)", "->", type(e).__name__, e)
try:
    [].append()
except Exception as e: print('[].append()', "->", type(e).__name__, e)
try:
    a.m(1,2,3)
except Exception as e: print('a.m(1,2,3)', "->", type(e).__name__, e)
try:
    class X(metaclass=lambda *a:3): pass
    print(X)
except Exception as e: print('class X(metaclass=lambda *a:3): pass\nprint(X)', "->", type(e).__name__, e)
try:
    class X(1): pass
except Exception as e: print('class X(1): pass', "->", type(e).__name__, e)
try:
    super().x
except Exception as e: print('super().x', "->", type(e).__name__, e)
try:
    A.__name__=3
except Exception as e: print('A.__name__=3', "->", type(e).__name__, e)
try:
    A.__bases__=(int,)
except Exception as e: print('A.__bases__=(int,)', "->", type(e).__name__, e)
try:
    int.x=1
except Exception as e: print('int.x=1', "->", type(e).__name__, e)
try:
    del A.__name__
except Exception as e: print('del A.__name__', "->", type(e).__name__, e)
try:
    A.m.__code__=3
except Exception as e: print('A.m.__code__=3', "->", type(e).__name__, e)
try:
    A.__dict__['x']=1
except Exception as e: print("A.__dict__['x']=1", "->", type(e).__name__, e)
try:
    isinstance(1,2)
except Exception as e: print('isinstance(1,2)', "->", type(e).__name__, e)
try:
    issubclass(1,int)
except Exception as e: print('issubclass(1,int)', "->", type(e).__name__, e)
try:
    isinstance(1,(int,3))
except Exception as e: print('isinstance(1,(int,3))', "->", type(e).__name__, e)
try:
    isinstance(1.0,(int,3))
except Exception as e: print('isinstance(1.0,(int,3))', "->", type(e).__name__, e)
types=None
print(list[int], dict[str, int], int | str, int | None, (int|str) == (str|int), isinstance(1, int|str))


def f(a, b=1, *, c=2) -> int: "fdoc"
print(f.__defaults__, f.__kwdefaults__, f.__annotations__, f.__doc__, f.__name__, f.__qualname__, f.__module__)
f.attr = 3; print(f.__dict__)
m = a.m; print(m.__self__, m.__func__ is A.m, m == a.m)
print(int.__add__, [].append.__name__, str.join, type.__dict__['__mro__'], int.__dict__['real'] )
