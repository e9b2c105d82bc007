"""Threads raise the same exceptions within each other's handlers, so that each becomes the context of another, while others cut the
chains and tie them anew."""
import random
import threading
import time

end = time.monotonic() + 2
exceptions = [ValueError(i) for i in range(40)]


def run(k):
    r = random.Random(k)
    while time.monotonic() < end:
        for _ in range(100):
            if k < 3:
                try:
                    try:
                        raise r.choice(exceptions)
                    except ValueError:
                        raise r.choice(exceptions)
                except ValueError:
                    pass
            else:
                r.choice(exceptions).__context__ = r.choice(exceptions)
                for e in exceptions[::3]:
                    e.__context__ = None
        for e in exceptions:
            e.__traceback__ = None


threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
