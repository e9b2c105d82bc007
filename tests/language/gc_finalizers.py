# __del__ runs once, before gc.collect() returns; a resurrected object keeps its world.
import gc
log = []
class A:
    def __init__(self, name): self.name = name
    def __del__(self): log.append(self.name)
def cycle():
    a, b = A("a"), A("b")
    a.other, b.other = b, a
cycle()
gc.collect()
print(sorted(log))
log.clear()
saved = []
class R:
    def __init__(self): self.self = self; self.data = [1, 2, 3]
    def __del__(self): log.append("R"); saved.append(self)
R()
gc.collect()
print(log, saved[0].data)
saved.clear()
gc.collect()
print(log)
class Bad:
    def __init__(self): self.self = self
    def __del__(self): raise ValueError("in del")
import sys
hook = sys.unraisablehook
sys.unraisablehook = lambda args: print("unraisable", args.exc_type.__name__, args.exc_value)
Bad()
gc.collect()
sys.unraisablehook = hook
