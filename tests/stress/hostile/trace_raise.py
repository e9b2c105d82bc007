import sys

def t(f, e, a):
    raise ValueError
sys.settrace(t)

def f():
    pass
try:
    f()
except ValueError:
    print('ok', sys.gettrace())
