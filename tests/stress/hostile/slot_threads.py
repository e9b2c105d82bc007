# Special methods of a class and of its base come and go while other threads use them.
import operator
import random
import threading
import time

def item(self, i):
    if type(i) is int and i > 50: raise IndexError  # what is left when the changes end may be iterated over
    return i


NAMES = {"__len__": lambda s: 3, "__getitem__": item, "__setitem__": lambda s, i, v: None, "__delitem__": lambda s, i: None,
         "__iter__": lambda s: iter("ab"), "__next__": lambda s: 1, "__add__": lambda s, o: 1, "__radd__": lambda s, o: 1,
         "__iadd__": lambda s, o: s, "__mul__": lambda s, o: 1, "__eq__": lambda s, o: True, "__lt__": lambda s, o: True,
         "__hash__": lambda s: 1, "__call__": lambda s, *a: 1, "__repr__": lambda s: "r", "__str__": lambda s: "s", "__bool__": lambda s: True,
         "__index__": lambda s: 1, "__int__": lambda s: 1, "__float__": lambda s: 1.0, "__contains__": lambda s, o: True,
         "__getattr__": lambda s, n: 1, "__getattribute__": lambda s, n: 1, "__setattr__": lambda s, n, v: None, "__delattr__": lambda s, n: None,
         "__get__": lambda s, o, t: 1, "__set__": lambda s, o, v: None, "__del__": lambda s: None, "__neg__": lambda s: 1, "__pow__": lambda s, o, m=0: 1,
         "__enter__": lambda s: s, "__exit__": lambda s, *a: True, "__await__": lambda s: iter(()), "__aiter__": lambda s: s,
         "__anext__": lambda s: s, "__format__": lambda s, f: "f", "__reversed__": lambda s: iter("a"), "__missing__": lambda s, k: 1,
         "__new__": staticmethod(lambda c, *a: object.__new__(c)), "__init__": lambda s, *a: None, "__matmul__": lambda s, o: 1}


class Base: pass
class A(Base): pass
class Holder: x = A()


async def wait(a):
    async for _ in a: break
    async with a: pass
    await a


def run(coroutine):
    try:
        coroutine.send(None)
    finally:
        coroutine.close()


def with_(a):
    with a: pass


USES = [len, lambda a: a[1], lambda a: operator.setitem(a, 1, 2), lambda a: operator.delitem(a, 1), lambda a: a[1:2], iter, next, lambda a: a + 1,
        lambda a: 1 + a, lambda a: operator.iadd(a, 1), lambda a: a * 2, lambda a: 2 * a, lambda a: [1] * a, lambda a: a == 1, lambda a: a < 1,
        lambda a: a > a, hash, lambda a: {a: 1}, lambda a: a(), repr, str, bool, lambda a: 1 if a else 2, int, float, lambda a: range(a),
        lambda a: 1 in a, lambda a: a.zzz, lambda a: setattr(a, "q", 1), lambda a: delattr(a, "q"), lambda a: Holder().x, lambda a: A(), lambda a: -a,
        lambda a: a ** 2, lambda a: pow(a, 2, 3), with_, lambda a: run(wait(a)), lambda a: f"{a:>3}", reversed, list, tuple, lambda a: [*a], lambda a: {**a},
        lambda a: dict(a), lambda a: sorted([a, a]), lambda a: min(a, a), lambda a: [x for x in a], lambda a: (lambda *b: b)(*a), lambda a: a @ a,
        lambda a: isinstance(a, Base), lambda a: "%s %d" % (a, a), lambda a: [1, 2, 3][a], lambda a: sum([a, a], a), lambda a: "abc".find("c", a)]
end = time.monotonic() + 6


def change():
    kinds = random.Random(1)
    while time.monotonic() < end:
        name = kinds.choice(list(NAMES))
        cls = kinds.choice((A, Base))
        try:
            if name in cls.__dict__:
                delattr(cls, name)
            else:
                setattr(cls, name, kinds.choice((NAMES[name], NAMES[name], None)))
            if kinds.random() < .05:
                A.__bases__ = kinds.choice(((Base,), (type("B", (Base,), {}),)))
        except TypeError:
            pass


def use(seed):
    kinds = random.Random(seed)
    a = object.__new__(A)
    while time.monotonic() < end:
        call = kinds.choice(USES)
        for _ in range(50):
            try:
                call(a)
            except Exception:
                pass


threads = [threading.Thread(target=change) for _ in range(2)] + [threading.Thread(target=use, args=(i,)) for i in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for cls in (A, Base):
    for name in NAMES:
        if name in cls.__dict__: delattr(cls, name)
print("done")
