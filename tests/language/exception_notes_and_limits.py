# Notes of any kind, chains that are cycles, names of classes, sys.tracebacklimit.
import sys
sys.stderr = sys.stdout
def show(e): sys.__excepthook__(type(e), e, e.__traceback__)
class Bad:
    def __str__(self): raise KeyError
    __repr__ = __str__
for n in (["a", "b\n", "\nc", "", 5, Bad()], ("t", "u"), 5, "text", Bad(), {"a": 1}, None, []):
    e = ValueError("v"); e.__notes__ = n; show(e)
a = ValueError("a"); b = ValueError("b"); a.__context__ = b; b.__context__ = a
show(a)
a.__cause__ = a; show(a)
class N(Exception):
    def __str__(self): raise KeyError
show(N())
class M(Exception): __module__ = 5
show(M("x"))
class O(Exception): __module__ = None
show(O("x"))
class Q:
    class R(Exception): pass
show(Q.R("nested"))
g = ExceptionGroup("g", [SyntaxError("bad", ("f.py", 3, 5, "  x = = 1\n", 3, 6)), SyntaxError("two", ("nofile", 1, None, None))])
show(g)
sys.tracebacklimit = 1
def f(n):
    if n: f(n - 1)
    else: raise ExceptionGroup("g", [ValueError(1)])
try: f(5)
except Exception as e: show(e)
sys.tracebacklimit = 0
try: f(2)
except Exception as e: show(e)
del sys.tracebacklimit
try: f(9)
except Exception as e: show(e)
import sys
sys.stderr = sys.stdout
def show(e): sys.__excepthook__(type(e), e, e.__traceback__)
for n in (["", "a\n\nb", "c\n", "\nd", "x\ry\x0bz\u2028w", "\n"], 5, "te"):
    e = ValueError("v"); e.__notes__ = n; show(ExceptionGroup("g", [e])); show(e)
sys.tracebacklimit = 0
try: int("x")
except Exception as e: show(e); show(ExceptionGroup("g", [e]))
sys.tracebacklimit = -5
try: int("x")
except Exception as e: show(e)
sys.tracebacklimit = 2**70
try: int("x")
except Exception as e: show(e)
sys.tracebacklimit = -2**70
try: int("x")
except Exception as e: show(e)
sys.tracebacklimit = "x"
try: int("x")
except Exception as e: show(e)
