"""Instances that have a dict in the place of a shape: threads read attributes and call methods while others add, delete and
clear, exchange the dict, the class and what the class has of that name."""
import threading
import time


class A:
    kind = 1

    def method(self):
        return 2


class B(A):
    def other(self):
        return 3


objects = [A() for _ in range(4)]
for o in objects:
    o.x = o.y = o.z = 1
    o.__dict__
end = time.monotonic() + 1.5


def read():
    while time.monotonic() < end:
        for o in objects:
            try:
                for _ in range(20):
                    o.x, o.y, o.method(), o.kind, o.z
            except (AttributeError, TypeError):
                pass


def change(step):
    n = step
    while time.monotonic() < end:
        n += 1
        o = objects[n % 4]
        match n % 9:
            case 0: o.__dict__.clear()
            case 1: o.__dict__ = {"z": 1, "y": 2, "x": 3}
            case 2: o.__class__ = B if o.__class__ is A else A
            case 3: o.__dict__.update({f"a{i}": i for i in range(n % 40)})
            case 4: o.__dict__.pop("x", None)
            case 5: A.x = property(lambda self: 4)
            case 6: type.__delattr__(A, "x") if "x" in vars(A) else None
            case 7: o.__dict__["method"] = len
            case 8: o.__dict__.pop("method", None)
        try:
            o.x = o.y = n
        except AttributeError:
            pass


def guarded(step):
    while time.monotonic() < end:
        try:
            change(step)
        except (AttributeError, KeyError):
            pass


threads = [threading.Thread(target=read) for _ in range(3)] + [threading.Thread(target=guarded, args=(i,)) for i in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
