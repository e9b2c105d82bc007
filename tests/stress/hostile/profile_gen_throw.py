import sys

def t(f, e, a):
    if e == 'c_call':
        (a.__name__, f.f_locals)
sys.setprofile(t)

def g():
    try:
        yield 1
    except GeneratorExit:
        yield 2
x = g()
next(x)
try:
    x.close()
except RuntimeError as e:
    print(e)
try:
    x.throw(5)
except TypeError as e:
    print(e)
