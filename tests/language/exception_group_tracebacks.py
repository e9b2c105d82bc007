# Exception groups are printed in boxes, with their causes, contexts and notes, up to limits.
import sys
sys.stderr = sys.stdout
def show(e): sys.__excepthook__(type(e), e, e.__traceback__)
def r(f):
    try: f()
    except BaseException as e: show(e)
def f(): raise ValueError("x")
def get(f):
    try: f()
    except Exception as e: return e
r(lambda: (_ for _ in ()).throw(ExceptionGroup("g", [ValueError(1), TypeError(2)])))
show(ExceptionGroup("g", [ValueError(1), TypeError(2)]))
def g1(): raise ExceptionGroup("outer", [get(f), ExceptionGroup("inner", [get(f), KeyError("k")]), OSError("o")])
r(g1)
def g2():
    try: g1()
    except Exception as e: raise ExceptionGroup("second", [get(g1)]) from e
r(g2)
def g3():
    try: f()
    except Exception: raise ExceptionGroup("third", [get(g2), ValueError("a\nb")])
r(g3)
def g4():
    try: g3()
    except Exception: f()
r(g4)
show(ExceptionGroup("many", [ValueError(i) for i in range(20)]))
e = ValueError("deep")
for i in range(14): e = ExceptionGroup("l%d" % i, [e])
show(e)
show(ExceptionGroup("x", [ExceptionGroup("many", [ValueError(i) for i in range(16)]), ValueError("z")]))
e = ValueError("n"); e.add_note("note 1\nnote 2"); e.add_note("")
g = ExceptionGroup("notes", [e]); g.add_note("gn\ngm")
show(g)
