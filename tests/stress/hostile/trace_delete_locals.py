import sys

def t(f, e, a):
    f.f_locals.clear()
    f.f_globals.pop('y', None)
    f.clear if e == 'return' else 0
    return t
y = 1

def g(a, b=2, *c, d=3):
    e = [q for q in range(3)]
    return (a, b, c, d, e)
sys.settrace(t)
try:
    g(1)
finally:
    sys.settrace(None)
