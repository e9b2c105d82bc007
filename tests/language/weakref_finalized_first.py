# An object that dies on no cycle is finalized before its weak references are cleared; who comes back keeps them.
import gc, weakref
log = []
survivors = []
class Back:
    def __init__(self, name): self.name = name
    def __del__(self):
        log.append(("del", self.name, self.wr() is self))
        survivors.append(self)
def called(name): return lambda ref: log.append(("callback", name, ref()))
def single():
    o = Back("single")
    o.wr = weakref.ref(o)
    refs = [weakref.ref(o), weakref.ref(o, called("first")), weakref.ref(o, called("second")), weakref.WeakMethod(o.__del__)]
    return refs
refs = single()
gc.collect()
print(log, [r() is not None for r in refs], len(survivors), weakref.getweakrefcount(survivors[0]))
log.clear(); survivors.clear()
gc.collect()
print(log, [r() is not None for r in refs])
log.clear()

class Gone:
    def __init__(self, name): self.name = name
    def __del__(self): log.append(("del", self.name, [r() is self for r in weakrefs[self.name]]))
weakrefs = {}
def gone(name, cycle=False):
    o = Gone(name)
    if cycle: o.o = o
    weakrefs[name] = [weakref.ref(o), weakref.ref(o, called(name))]
    return o
gone("gone"); gc.collect()
print(log, [r() for r in weakrefs["gone"]]); log.clear()
gone("cycle", True); gc.collect()
print(log, [r() for r in weakrefs["cycle"]]); log.clear()
# What hangs from another, and from a cycle.
gone("parent").child = gone("child"); gc.collect()
print([entry for entry in log if entry[0] == "del"], len(log)); log.clear()
gone("self", True).child = gone("hanging"); gc.collect()
print(sorted(log, key=str)); log.clear()
[[gone("in a list")]]; gc.collect()
print(log); log.clear()
x = gone("deleted")
del x; gc.collect()
print(log); log.clear()
# Who comes back from a cycle has lost its references.
class Cycle(Back):
    pass
def cycle():
    o = Cycle("cycle"); o.me = o; o.wr = lambda: o
    return weakref.ref(o), weakref.ref(o, called("cycle"))
refs = cycle()
gc.collect()
print(log, [r() for r in refs]); log.clear(); survivors.clear(); gc.collect()
# A dictionary of weak values gives it out again.
cache = weakref.WeakValueDictionary()
def cached():
    o = Back("cached"); o.wr = weakref.ref(o); cache["it"] = o
cached()
gc.collect()
print("it" in cache, cache.get("it") is survivors[0])
survivors.clear(); gc.collect()
print("it" in cache, len(cache))
# Other finalizers of the same batch, references made by them.
late = []
class Maker:
    def __init__(self, other): self.other = other
    def __del__(self): late.append(weakref.ref(self.other)); late.append(late[0]() is self.other)
Maker(gone("made")); gc.collect()
print(late[1], late[0](), log); log.clear()
# The number that gc.collect() gives: without what came back.
class Loop:
    def __init__(self): self.me = self
class LoopBack(Loop):
    def __del__(self): survivors.append(self)
gc.collect(); gc.disable()
def loops():
    all = [Loop() for i in range(10)] + [LoopBack()]
def counted():
    survivors.clear(); gc.collect()
    loops()
    result = [gc.collect(), len(survivors)]
    survivors.clear()
    return result + [gc.collect()]
# A collection that nobody asked for may come in between and take them: once more, then.
print(any(counted() == [10, 1, 1] for attempt in range(20)))
gc.enable()
# Collections come while it is being finalized.
class Busy(Back):
    def __del__(self):
        garbage = [[i] for i in range(30000)]
        log.append(("del", self.name, self.wr() is self))
        if self.name == "back": survivors.append(self)
def busy(name):
    o = Busy(name)
    o.wr = weakref.ref(o)
    return [weakref.ref(o), weakref.ref(o, called("first")), weakref.ref(o, called("second"))]
log.clear()
for name in "back", "gone":
    refs = busy(name)
    gc.collect()
    print(log, [r() is not None for r in refs], len(survivors)); log.clear()
    survivors.clear(); gc.collect()
    print(log, [r() is not None for r in refs]); log.clear()
