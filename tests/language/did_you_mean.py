# Uncaught NameErrors and AttributeErrors name what was probably meant.
import sys
sys.stderr = sys.stdout
class A:
    blech = 1
    BLAH = 2
    other = 3
counter = 1
def local():
    some_value = 1
    return some_valu
def glob(): return countr
def buil(): return pritn
def none(): return zzzzqq
def long(): return a_very_long_name_that_is_longer_than_forty_characters_x
a_very_long_name_that_is_longer_than_forty_characters_y = 1
def unbound():
    if 0: q = 1
    return q
class B:
    def __dir__(self): return [1, 2]
class C:
    def __dir__(self): raise KeyError
class D(AttributeError): pass
def sub():
    e = D("x"); e.name = "blec"; e.obj = A(); raise e
def kw(): raise AttributeError("text", name="blec", obj=A())
for f in (local, glob, buil, none, long, unbound, sub, kw, lambda: A().blec, lambda: A().blah, lambda: A().oter,
          lambda: A.bleech, lambda: sys.exitt, lambda: B().a, lambda: C().a, lambda: [].appendd, lambda: [].Append):
    try:
        f()
    except Exception as e:
        sys.__excepthook__(type(e), e.with_traceback(e.__traceback__), e.__traceback__)
