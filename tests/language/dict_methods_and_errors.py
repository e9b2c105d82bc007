# What dict's operations return, in which order, and the exact text of what they raise.
def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


d = {"a": 1, "b": 2, 3: "c", None: 4, (1, 2): 5, 2.0: 6}
print(d, len(d), d["a"], d[2], d.get("z"), d.get("z", 9), "a" in d, 7 in d)
show(lambda: d["z"])
show(lambda: d[[]])
show(lambda: [] in d)
show(lambda: {[]: 1})
show(d.pop, "z")
show(d.pop, "z", 0)
show(d.pop, "a")
show({}.popitem)
show(d.popitem)
show(d.setdefault, "n")
show(d.setdefault, "n", 5)
show(d.update, [(1, 2), (3, 4, 5)])
show(d.update, [1])
show(d.update, 5)
show(d.update, {1: 2}, x=3)
print(d)
show(dict, 1)
show(dict, [(1, 2)], a=3)
show(dict, (), ())
show(dict.fromkeys, "abc", 0)
show(dict.fromkeys, 5)
show(lambda: {1: 2} | {3: 4})
show(lambda: {1: 2} | [(3, 4)])
e = {1: 2}
e |= [(3, 4)]
print(e)
show(lambda: {1: 2} < {1: 3})
show(lambda: {1: 2, 3: 4} == {3: 4, 1: 2})
show(lambda: hash({}))
k = {i: i * i for i in range(6)}
del k[2]
k[2] = "again"
print(list(k), list(reversed(k)), list(reversed(k.values())), list(reversed(k.items())))
print(k.keys(), k.values(), k.items())
print(k.keys() & {1, 2, 99}, k.keys() - {0, 1, 2, 3}, sorted(k.keys() | {77}), sorted(k.keys() ^ {0, 77}))
print(k.items() & {(1, 1), (3, 4)}, k.keys() == {0, 1, 2, 3, 4, 5}, k.keys() < set(range(9)), k.keys().isdisjoint([9]))
print((1, 1) in k.items(), (1, 2) in k.items(), 1 in k.values(), k.keys().mapping)


def change(size):
    x = {1: 1, 2: 2}
    for key in x:
        if size:
            x[key + 10] = 0
        else:
            del x[key]
            x[key + 10] = 0


show(change, True)
show(change, False)
it = iter(k)
next(it)
print(it.__length_hint__(), it.__reduce__()[1])


class M(dict):
    def __missing__(self, key):
        return f"no {key}"


m = M(a=1)
print(m["a"], m["b"], m.get("b"), m, type(m.copy()), type(m | {}))


class K:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return 1

    def __eq__(self, other):
        if self.v == "raise":
            raise ValueError("compared")
        return isinstance(other, K) and self.v == other.v

    def __repr__(self):
        return f"K({self.v})"


c = {K(i): i for i in range(5)}
print(c, c[K(3)], K(9) in c, c.pop(K(0)), c)
show(lambda: c[K("raise")])
big = {}
for i in range(2000):
    big[i] = i
for i in range(0, 2000, 2):
    del big[i]
for i in range(0, 100, 2):
    big[str(i)] = i
print(len(big), list(big)[:5], list(big)[-5:], sum(v for v in big.values()))
big.clear()
print(big, dict[str, int], {}.__class__)
a = {}
a["self"] = a
print(a)
