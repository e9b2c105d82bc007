class V:
    def __init__(s, n): s.n = n
    def __repr__(s): return f"V({s.n})"
    def __sub__(s, o): return ('V.sub', s.n, o)
    def __rsub__(s, o): return ('V.rsub', s.n, o)
class W(V):
    def __rsub__(s, o): return ('W.rsub', s.n)
    def __isub__(s, o): return ('W.isub', s.n, o)
print(V(1)-W(2), W(2)-V(1), 5-V(1), V(1)-5)
w = W(1); w -= 3; print(w)
class P:
    def __pow__(s, o, m=None): return ('pow', o, m)
    def __rpow__(s, o): return ('rpow', o)
print(P()**2, 2**P(), pow(P(), 2, 3))
class NE:
    def __eq__(s, o): return NotImplemented
print(NE()==NE(), NE()!=NE(), NE()==1)
class LT:
    def __lt__(s, o): return NotImplemented
try: LT() < LT()
except TypeError as e: print(e)
try: LT() + 1
except TypeError as e: print(e)
try: -LT()
except TypeError as e: print(e)
try: LT()[0]
except TypeError as e: print(e)
try: LT()[0] = 1
except TypeError as e: print(e)
try: len(LT())
except TypeError as e: print(e)
try: iter(LT())
except TypeError as e: print(e)
try: LT()()
except TypeError as e: print(e)
class BL:
    def __len__(s): return -1
try: len(BL())
except ValueError as e: print(e)
class BB:
    def __bool__(s): return 3
try: bool(BB())
except TypeError as e: print(e)
class BH:
    def __hash__(s): return 'a'
try: hash(BH())
except TypeError as e: print(e)
class BR:
    def __repr__(s): return 3
try: repr(BR())
except TypeError as e: print(e)
class BI:
    def __init__(s): return 3
try: BI()
except TypeError as e: print(e)
class NI:
    __iter__ = None
    __contains__ = None
    __hash__ = None
try: iter(NI())
except TypeError as e: print(e)
try: 1 in NI()
except TypeError as e: print(e)
try: hash(NI())
except TypeError as e: print(e)
class MyL(list):
    def append(self, x): super().append(x * 2)
    def __getitem__(self, i): return ('item', super().__getitem__(i))
l = MyL([1]); l.append(4); print(l, l[1], l + [1], l * 2, type(l + []), len(l)); l.foo = 3; print(l.foo, l.__dict__)
class MyD(dict):
    def __missing__(self, k): return 'missing ' + k
d = MyD(a=1); print(d['a'], d['b'], d, d.get('z')); d.x = 1
class MyS(str):
    def __add__(self, o): return MyS('<' + str(self) + o + '>')
s = MyS('abc'); print(s + 'd', s.upper(), s[0], s == 'abc', hash(s) == hash('abc')); s.q = 1; print(s.q)
class MyT(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
t = MyT(1, 2); print(t, t[0], len(t)); t.z = 5; print(t.z, t.__dict__)
class MyB(bytes): pass
b = MyB(b'xyz'); b.k = 1; print(b, b.k)
class MyBA(bytearray): pass
b = MyBA(b'xyz'); b.k = 1; b.append(65); print(b, b.k, MyBA.__basicsize__, MyBA.__weakrefoffset__)
class MyF(float): pass
f = MyF(1.5); f.a = 1; print(f, f.a, f + 1)
class MySet(set): pass
x = MySet([1]); x.add(2); x.a = 1; print(x, x.a)
class MyE(ValueError):
    def __init__(self, a, b): super().__init__(a); self.b = b
try: raise MyE(1, 2)
except ValueError as e: print(repr(e), e.b, e.args)
class It:
    def __init__(s): s.i = 0
    def __iter__(s): return s
    def __next__(s):
        s.i += 1
        if s.i > 3: raise StopIteration(9)
        return s.i
print(list(It()))
def g(): return (yield from It())
gg = g(); print([next(gg) for _ in range(3)])
try: next(gg)
except StopIteration as e: print(e.value)
class Ctx:
    def __enter__(s): print('enter'); return s
    def __exit__(s, *a): print('exit', a[0]); return True
with Ctx(): raise KeyError
class A:
    def f(self): return 'A.f'
class B(A):
    def f(self): return 'B.f' + super().f()
class C(A):
    def f(self): return 'C.f' + super().f()
class D(B, C):
    def f(self): return 'D.f' + super().f()
print(D().f(), [c.__name__ for c in D.__mro__], D.mro() == list(D.__mro__), A.__subclasses__())
print(super(B, D()).f(), type(super(B, D())))
class Pr:
    def __init__(self): self._x = None
    x = property(lambda s: s._x, lambda s, v: setattr(s, '_x', v), lambda s: delattr(s, '_x'), 'doc x')
p = Pr(); p.x = 4; print(p.x, Pr.x.__doc__); del p.x
try: p.x
except AttributeError as e: print(e)
class RO:
    @property
    def y(self): "ydoc"; return 1
try: RO().y = 3
except AttributeError as e: print(e)
try: del RO().y
except AttributeError as e: print(e)
print(RO.y.__doc__, RO.y.fget.__name__)
class GI:
    def __class_getitem__(cls, i): return (cls.__name__, i)
print(GI[int, str])
class Meta(type):
    def __instancecheck__(c, o): return o == 3
    def __subclasscheck__(c, o): return o is int
    def __iter__(c): return iter('abc')
    def __len__(c): return 7
    def __contains__(c, x): return x == 1
    def mro(c): return [c, object]
class MM(metaclass=Meta): pass
print(isinstance(3, MM), isinstance(4, MM), issubclass(int, MM), list(MM), len(MM), 1 in MM, MM.__mro__)
o = object()
try: o.x = 1
except AttributeError as e: print(e)
try: o.__class__ = int
except TypeError as e: print(e)
class Z: pass
z = Z()
for i in range(200): setattr(z, f'a{i}', i)
print(len(z.__dict__), z.a199, z.a0); del z.a5; print(hasattr(z, 'a5'), len(vars(z)))
z = Z(); z.a = 1; z.b = 2; del z.a; z.c = 3; print(z.__dict__)
z = Z(); z.__dict__['q'] = 1; print(z.q); z.__dict__ = {'n': 1}; print(z.n, vars(z)); del z.__dict__; print(z.__dict__)
def fn(a, /, b, *c, d, **e): pass
print(fn.__code__.co_argcount, fn.__name__)
print(type(fn).__name__, type(print).__name__, type(A().f), type(int.__add__), type((1).__add__), type(str.join), type(dict.__dict__['fromkeys']))
print(int.__doc__[:20], list.append.__doc__, dict.get.__text_signature__, len.__doc__, type.__doc__, object.__doc__[:10], property.__doc__[:8])
print([x for x in dir(Z()) if x[0] != '_'], dir(type)[:3], sorted(Z.__dict__))
print(Z.__doc__, Z.__module__, Z.__qualname__, Z.__name__, Z.__bases__, Z.__base__, Z.__dictoffset__, Z.__flags__ & ~(1<<19))
class Del:
    def __del__(self): print('del')
print(Z().__sizeof__(), (5).__sizeof__(), [].__sizeof__())
print(A.f.__qualname__)
print(list[int].__origin__, list[int].__args__, list[int]() , list[int] == list[int], hash(list[int]) == hash(list[int]))
class Sub(list[int]): pass
print(Sub.__bases__, Sub.__orig_bases__)
try: isinstance([], list[int])
except TypeError as e: print(e)
print((int | None).__args__, int | str | int, isinstance(None, int | None), issubclass(int, int | str))
for f in (lambda: int('a', 1, 2), lambda: sum(), lambda: [].pop(1, 2), lambda: {}.get(), lambda: ''.join(), lambda: int.__new__(str), lambda: object.__new__(int), lambda: object.__new__(1), lambda: object().__format__('x'), lambda: object().__init__(1), lambda: Z(1), lambda: type.__new__(type, 1), lambda: type('a', (), {}, x=1), lambda: super(1), lambda: property(x=1), lambda: staticmethod(), lambda: str.join(1, 2), lambda: dict.fromkeys(), lambda: 'a'.split(1, 2, 3), lambda: (1).__add__(x=1), lambda: [].__getitem__(), lambda: setattr(1, 2, 3), lambda: getattr(1, 'x'), lambda: getattr(1, 2), lambda: int.from_bytes(b'a', 'big', signed=1, x=1), lambda: round(1, number=2), lambda: list.append(1, 2), lambda: list.append()):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
