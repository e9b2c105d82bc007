"""Special methods that come and go while they are used, with tracing, and frames of running threads that are looked at."""
import gc
import random
import sys

from support.together import together


class A:
    def m(self, *a, k=1, **q): return a
    def __call__(self, x): return x
    def __getitem__(self, i): return [1, 2][i]
    def __add__(self, o): return 1
    def __eq__(self, o): return True
    def __hash__(self): return 1
    def __len__(self): return 1
    def __iter__(self): return iter((1, 2))
    def __enter__(self): return self
    def __exit__(self, *a): pass
    def __contains__(self, x): return True
    def __bool__(self): return True
    __slots__ = ('s', '__dict__')
names = [n for n in vars(A) if n.startswith('__') and callable(vars(A)[n])]
o = A()
def use():
    o.m(1, k=2, z=3); o(1); o[1]; o + 1; o == o; hash(o); len(o); list(o); 1 in o
    if o: pass
    with o: pass
    o.s = 1; o.s; del o.s
    for x in o: pass
    A()
def mut():
    n = random.choice(names)
    try: f = vars(A)[n]
    except KeyError: return
    try: delattr(A, n)
    except AttributeError: pass
    gc.collect(0) if random.random() < .1 else 0
    setattr(A, n, f)
def mut2():
    n = random.choice(names); f = vars(A).get(n)
    if f:
        setattr(A, n, lambda *a, f=f: f(*a)); setattr(A, n, f)
def tr():
    sys.settrace(lambda *a: None); sys.settrace(None); sys.setprofile(lambda *a: None); sys.setprofile(None); [f.f_locals for f in sys._current_frames().values()]
together(use, use, mut, mut2, tr)
