# Threads specialise one call for callables of different kinds at the same time.
import threading

SOURCE = """
def call0(f):
    return f()
def call1(f):
    return f(1)
def call2(f):
    return f(int, int)
class K:
    def call(self, f):
        return __class__, f()
"""


def one(a):
    return a


def two(a, b=2):
    return a + b


class C:
    def __init__(self, a=1, b=2):
        self.a = a


class L(list):
    pass


def run(space, barrier):
    barrier.wait()
    for i in range(30):
        assert space["call1"](one) == 1
        assert space["call1"](two) == 3
        assert space["call1"](C).a == 1
        assert space["call1"](abs) == 1
        assert space["call1"](str) == "1"
        assert space["call1"](type) is int
        for f in (C, locals, globals, dict, L, dir, object):
            space["call0"](f)
            space["K"]().call(f)
        assert space["call2"](isinstance) is False
        assert space["call2"](issubclass) is True
        assert space["call2"](C).a is int
        try:
            space["call1"](len)
        except TypeError:
            pass


for round in range(40):
    space = {}
    exec(SOURCE, space)
    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=run, args=(space, barrier)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
