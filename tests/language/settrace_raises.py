# A trace function that raises, at each event of functions, generators and what they are called by.
import sys, traceback
def run(event, f):
    def tracer(frame, e, arg):
        if frame.f_code is f.__code__ and e == event:
            sys.settrace(None)
            raise KeyError(e)
        return tracer
    sys.settrace(tracer)
    try:
        f()
    except BaseException:
        sys.settrace(None)
        print(traceback.format_exc())
    else: sys.settrace(None); print('nothing')
def f():
    x = 1
    return x
def g():
    x = 1/0
def h():
    try: raise ValueError
    finally: x=2
def k():
    try: int('x')
    except ValueError as e: return 5
for fn in (f,g,h,k):
    for e in ('call','line','return','exception'):
        print('--',fn.__name__,e); run(e,fn)
class D:
    def __set_name__(self,o,n):
        self.x=n
def m():
    class X:
        d=D()
def run2(event,code,fn):
    def tracer(frame, e, arg):
        if frame.f_code is code and e == event: raise KeyError(e)
        return tracer
    sys.settrace(tracer)
    try: fn()
    except BaseException: sys.settrace(None); print(traceback.format_exc())
    sys.settrace(None)
for e in ('call','line','return'):
    run2(e,D.__set_name__.__code__,m)
    run2(e,f.__code__,lambda: sorted([1],key=lambda i:f()))
def gen():
    yield 1
    return 2
for e in ('call','line','return','exception'):
    run2(e,gen.__code__,lambda: list(gen()))
    run2(e,gen.__code__,lambda: gen().throw(ValueError))
def fi():
    for i in gen(): pass
for e in ('call','line','return','exception'):
    run2(e,gen.__code__,fi)
def q():
    try:
        return 1
    except KeyError:
        return "caught"
    finally:
        print("finally")
def w():
    with open("/dev/null") as f:
        return f.name
def gy():
    try:
        yield 1
    except (KeyError, ValueError):
        yield "caught"
for e in ('call','line','return','exception'):
    run(e,q); run(e,w)
    run2(e,gy.__code__,lambda: print(list(gy())))
    run2(e,gy.__code__,lambda: print(gy().throw(ValueError)))
    g=gy(); next(g)
    run2(e,gy.__code__,lambda: print(g.throw(ValueError)))
    print(g.gi_frame is None, list(g))
    def prof(frame, ev, arg, e=e):
        if ev==e and frame.f_code is q.__code__: sys.setprofile(None); raise KeyError(ev)
    sys.setprofile(prof)
    try: q()
    except KeyError: sys.setprofile(None); print(traceback.format_exc())
    sys.setprofile(None)
