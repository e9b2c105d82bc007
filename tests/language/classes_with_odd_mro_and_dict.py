# Classes whose mro() is odd, native __dict__ descriptors, slots called __classcell__, modules that change class.
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
class A(object):
    def f(self): return "A"
class C(A): 
    def f(self): return "C"
class PerverseMetaType(type):
    def mro(cls):
        L = type.mro(cls); L.reverse(); return L
class X(A, metaclass=PerverseMetaType): pass
print(X.__mro__)
t(lambda: X().f())
class Meta1(type): pass
class D(type): pass
def cant(x,d):
    try: x.__dict__ = d; print("allowed", x)
    except (AttributeError, TypeError) as e: print(type(e).__name__, e)
class Base: pass
class M(type): pass
class Meta2(Base,type): pass
class DD(object, metaclass=Meta2): pass
dd = Base.__dict__['__dict__']
for cls in (DD, Base):
    try: dd.__set__(DD,{}); print("set")
    except Exception as e: print(type(e).__name__, e)
    try: print(dd.__get__(DD))
    except Exception as e: print(type(e).__name__, e)
    try: dd.__delete__(DD)
    except Exception as e: print(type(e).__name__, e)
try:
    class C2:
        __slots__=['__classcell__']
        def f(self): return __class__
    print(C2.__dict__['__classcell__'])
except Exception as e: print(type(e).__name__, e)
class C2(object):
    __slots__ = ["__classcell__"]
    def __new__(cls, *a): return super().__new__(cls)
t(lambda: C2.__dict__['__classcell__'])
import types
class SubType(types.ModuleType): a=1
m=types.ModuleType("m")
def g(): m.__class__=SubType; r=m.a; m.__class__=types.ModuleType; return r, hasattr(m,'a')
t(g)
class MM(type):
    def mro(cls):
        if hasattr(cls,'lala'): return [cls, AA, BB, object] if False else (cls,)
        return type.mro(cls)
class Picky(object):
    def __getattr__(self, attr):
        if attr in ("__getnewargs_ex__","__getnewargs__","__getstate__"): raise AssertionError(attr)
        return None
t(lambda: Picky().__reduce_ex__(2)[1:])
class B_(type):
    def mro(cls):
        if not hasattr(cls,'lala'): return type.mro(cls)
        return (cls, object)
class Base2(metaclass=B_): pass

class OddMeta(type):
    def mro(cls):
        return returned
for returned in [], (), [int], [type]:
    try:
        class Odd(metaclass=OddMeta): pass
    except TypeError as e:
        print(returned, e)
