import sys, atexit, threading

class E(SystemExit):

    @property
    def code(s):
        raise ValueError
sys.exitfunc = 5

def f():
    raise E(5)
atexit.register(f)
sys.excepthook = lambda *a: sys.exit(4)
raise E
