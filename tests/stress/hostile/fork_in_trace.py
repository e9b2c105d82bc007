import os, sys

def t(f, e, a):
    p = os.fork()
    if p == 0:
        gc.collect()
        os._exit(0)
    os.waitpid(p, 0)
    return t
import gc

def f():
    a = 1
    return a
sys.settrace(t)
f()
sys.settrace(None)
