"""sys.getrefcount looks through the heap while other threads derive from built-in types, whose tables of subclasses only their static
type refers to, and collect."""
import builtins
import gc
import sys
import threading
import time

end = time.monotonic() + 2
bases = [t for t in vars(builtins).values() if isinstance(t, type)]


def derive():
    while bases and time.monotonic() < end:
        base = bases.pop()
        try:
            derived = type("Derived", (base,), {})
        except TypeError:
            continue
        for _ in range(5):
            [[] for _ in range(300)]
            assert derived in type.__subclasses__(base)
        time.sleep(0.003)


def count():
    while time.monotonic() < end:
        sys.getrefcount(end)


def collect():
    while time.monotonic() < end:
        gc.collect(0)


threads = [threading.Thread(target=f) for f in (derive, derive, count, count, collect)]
for t in threads:
    t.start()
for t in threads:
    t.join()
