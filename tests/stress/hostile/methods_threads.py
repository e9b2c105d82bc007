"""Methods, properties and bases that change while they are called."""
import gc

from support.together import together


class B:
    def m(self): return 1
    @property
    def p(self): return 2
class C(B):
    def m(self): return super().m()
    @property
    def p(self): return super().p
    @classmethod
    def c(cls): return cls
    @staticmethod
    def s(): return 1
class D: 
    def m(self): return 5
o = C()
def call(): o.m(); o.p; o.c(); o.s(); C.m(o); C.c()
def mut():
    C.m = lambda self: 3
    del C.m
    C.p = property(lambda self: [1])
    B.m = lambda self: super(C, self).__init__()
    C.c = classmethod(lambda cls: 1); C.s = staticmethod(len)
def mut2():
    try: del C.c
    except AttributeError: pass
    C.__bases__ = (D,); C.__bases__ = (B, D); o.__class__ = D; o.__class__ = C; C.new = 1; del C.new; C.__getattr__ = lambda s, n: n; o.nothing; del C.__getattr__
def col(): gc.collect(); type('T', (C,), {'m': lambda self: 1})().m(); [type('T%d' % i, (C,), {})().m() for i in range(10)]
together(call, mut, mut2, col)
