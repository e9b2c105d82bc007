# What a generator delegates to is looked at, closed and thrown into while other threads resume it.
import threading
import time

end = time.monotonic() + 3


def inner():
    yield from range(3)


class Iterator:
    def __init__(self):
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left

    def throw(self, *args):
        raise [StopIteration, ValueError, KeyError][self.left]


def outer():
    while True:
        try:
            print(*[1, 2], end="", file=sink)
            yield from inner()
            yield from Iterator()
            yield 1
            [str(y) for y in (yield from inner()) or [1]]
        except ValueError:
            pass


class Sink:
    def write(self, text):
        pass


sink = Sink()
shared = [outer()]


def close(g):
    g.close()
    shared[0] = outer()


def run(action):
    while time.monotonic() < end:
        g = shared[0]
        try:
            action(g)
        except (ValueError, KeyError, StopIteration, RuntimeError, TypeError, AttributeError):
            pass
        if g.gi_frame is None:
            shared[0] = outer()


actions = [
    next,
    next,
    lambda g: g.gi_yieldfrom,
    lambda g: g.throw(ValueError),
    lambda g: g.send(4),
    close,
    lambda g: g.gi_frame.f_lineno,
]
threads = [threading.Thread(target=run, args=(a,)) for a in actions]
for t in threads:
    t.start()
for t in threads:
    t.join()
