"""An instance that loses attributes: what is left, in which order, and what other instances and cached sites see."""
import copy
import pickle


class Plain:
    kind = "of the class"

    def method(self):
        return "method"


class Many:
    pass


def state(o):
    return o.__class__.__name__, vars(copy.copy(o)), sorted(n for n in dir(o) if not n.startswith("__"))


def make():
    o = Plain()
    o.a, o.b, o.c = 1, 2, 3
    return o


o = make()
del o.b
print(o.a, o.c, hasattr(o, "b"), state(o))
o.b = 4  # goes to the end
print(state(o), list(o.__dict__.items()))
o = make()
del o.a, o.b, o.c
print(state(o), o.__dict__)
for name in "a", "missing", "kind", "method":
    try:
        delattr(o, name)
    except AttributeError as error:
        print(error)
o = make()
del o.b
try:
    del o.b
except AttributeError as error:
    print(error)
try:
    o.b
except AttributeError as error:
    print(error, error.name, error.obj is o)
o.kind = "own"
o.method = lambda: "own method"
print(o.kind, o.method())
del o.kind, o.method
print(o.kind, o.method(), vars(o))


def read(o):
    try:
        return o.b
    except AttributeError:
        return None


def call(o):
    return o.method(), o.kind


def write(o, value):
    o.b = value


def lose(o):
    del o.b


# One site, instances before and after.
seen = []
for i in range(200):
    o = make()
    if i % 3:
        lose(o)
        if i % 2:
            write(o, i)
    if i % 5 == 0:
        o.method = lambda: "own"
        o.kind = i
        if i % 10 == 0:
            del o.method, o.kind
    seen.append((read(o), call(o), list(vars(copy.copy(o)))))
print(len(set(map(str, seen))), seen[:20])

# Time and again; many; more than fit into the object.
o = make()
for i in range(40):
    del o.a
    o.a = i
    print(list(vars(copy.copy(o)).items()) if i < 12 else o.a, end=" ")
print()
for count in 5, 20, 60, 127, 128, 129, 200:
    o = Many()
    for i in range(count):
        setattr(o, f"n{i}", i)
    for i in range(0, count, 3):
        delattr(o, f"n{i}")
    for i in range(0, count, 9):
        setattr(o, f"n{i}", -i)
    found = {f"n{i}": getattr(o, f"n{i}", "none") for i in range(count)}
    print(count, list(vars(copy.copy(o)).items()) == list(vars(o).items()), len(vars(o)), str(found)[:60], list(vars(o))[-3:])

# Two ways to the same names.
x, y = make(), make()
del x.b
del y.a
del x.a
del y.b
x.z = y.z = 1
print(vars(x) == vars(y) == {"c": 3, "z": 1})

# Copies, pickles, states, and a dict that is set or taken.
o = make()
del o.a
for other in copy.copy(o), copy.deepcopy(o), pickle.loads(pickle.dumps(o)):
    other.a = 5
    print(vars(other), list(vars(other)))
print(o.__getstate__(), o.__reduce_ex__(2)[2])
o = make()
del o.c
d = o.__dict__
o.c = 7
del o.a
print(d, vars(o) is d)
o.__dict__ = {"new": 1}
print(vars(o))


class Slots:
    __slots__ = "s", "__dict__"


o = Slots()
o.s, o.t, o.u = 1, 2, 3
del o.t, o.s
print(vars(copy.copy(o)), hasattr(o, "s"), o.u)
o.s = o.t = 9
print(o.__dict__, o.s)


class Error(Exception):
    pass


e = Error("x")
e.a, e.b = 1, 2
del e.a
print(vars(e), e.b)


class Guarded:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        print("deleting", name, end="; ")
        object.__delattr__(self, name)

    def __getattr__(self, name):
        return f"no {name}"


o = Guarded()
o.a = o.b = 1
del o.a
print(o.a, o.b, vars(o))
