# Subscripts and slices at one place of many containers.
import array, collections, sys
class Seq:
    def __init__(self, data): self.data = data
    def __getitem__(self, key): return "Seq", key
    def __setitem__(self, key, value): self.data = ("set", key, value); return "ignored"
class Gen:
    def __getitem__(self, key): yield key
    def __setitem__(self, key, value): yield key
class Derived(list): pass
class Failing:
    def __getitem__(self, key): raise KeyError(key)
    def __setitem__(self, key, value): raise IndexError(key)
class Missing(dict):
    def __missing__(self, key): return "missing", key
class Meta(type):
    def __getitem__(cls, key): return cls.__name__, key
class WithMeta(metaclass=Meta): pass
class Alias:
    def __class_getitem__(cls, key): return "alias", key
class Frames:
    def __getitem__(self, key): return sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno - sys._getframe(1).f_code.co_firstlineno
    def __setitem__(self, key, value): self.seen = sys._getframe(1).f_code.co_name
def get(o, i):
    try:
        v = o[i]
    except (IndexError, KeyError, TypeError) as e:
        return f"{type(e).__name__}: {e}"
    return list(v) if type(v).__name__ == "generator" else v
def put(o, i, v):
    try:
        o[i] = v
    except (IndexError, KeyError, TypeError, ValueError) as e:
        return f"{type(e).__name__}: {e}"
    return o
def cut(o, a, b):
    try:
        return o[a:b]
    except (TypeError, KeyError) as e:
        return f"{type(e).__name__}: {e}"
def head(o): return o[:2]
def tail(o): return o[-2:]
def step(o): return o[::-1]
def replace(o, a, b, v):
    try:
        o[a:b] = v
    except (TypeError, ValueError) as e:
        return f"{type(e).__name__}: {e}"
    return o
def containers():
    return [[1, 2, 3], (1, 2, 3), "abc", "äbć", b"abc", bytearray(b"abc"), {0: "zero", 1: "one"}, range(5, 9), Derived([7, 8]),
            array.array("i", [1, 2]), collections.deque([1, 2, 3]), Gen(), Failing(), Missing(a=1), WithMeta, 5, memoryview(b"xy")]
for _ in range(3):
    for o in containers():
        for i in (0, 1, -1, 3, -4, True, 10**20, "a", None):
            if isinstance(o, memoryview) and i == "a": continue
            print(get(o, i))
    print(get(Seq(1), 5), get(Frames(), 0), get(Alias, 1), get(list, int))
for _ in range(3):
    for o in containers():
        for i in (0, -1, 7):
            if isinstance(o, (Gen, WithMeta.__class__)): continue
            r = put(o, i, 65)
            print(type(r).__name__ if isinstance(r, Failing) else r if not isinstance(r, memoryview) else "m")
    seq = Seq(0); put(seq, "k", "v"); print(seq.data)
    frames = Frames(); put(frames, 1, 2); print(frames.seen)
    put(Gen(), 1, 2)
class Index:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i
for o in containers():
    if isinstance(o, (Gen, Failing, WithMeta.__class__, memoryview, dict)): continue
    for a, b in ((0, 2), (-2, None), (None, None), (5, 1), (None, -1), (-9, 9), (10**30, None), (Index(1), Index(2)), (True, 3), ("x", 1)):
        r = cut(o, a, b)
        print(r, r is o)
print(cut(Seq(1), 1, 2), cut(WithMeta, None, 2), cut({}, 1, 2) if 0 else "")
for o in ([1, 2, 3, 4], (1, 2, 3, 4), "abcd", b"abcd"):
    print(head(o), tail(o), step(o), head(o[:1]), tail(o[:0]))
for values in ([], [9], [9, 8, 7], (6,), "xy", iter([5]), 3, range(2)):
    for a, b in ((0, 2), (1, 1), (-1, None), (None, None), (3, 1), (9, 9)):
        print(replace([1, 2, 3], a, b, list(values) if hasattr(values, "__next__") else values))
same = [1, 2, 3]
print(replace(same, 1, 2, same), replace(bytearray(b"abc"), 0, 2, b"x"), replace((1,), 0, 1, []))
def mutate(l):
    class Sneaky:
        def __iter__(self):
            l.clear()
            return iter([1, 2])
    l[1:2] = Sneaky()
    return l
print(mutate([1, 2, 3]))
