"""The recursion limit changes all the time, while threads begin, end and come to it."""
import sys
import threading
import time

end = time.monotonic() + 2


def deep(n):
    return deep(n + 1)


def come_to_it():
    try:
        deep(0)
    except RecursionError:
        pass


def begin():
    while time.monotonic() < end:
        threads = [threading.Thread(target=come_to_it) for _ in range(5)]
        try:
            for t in threads:
                t.start()
        except RecursionError:
            continue
        for t in threads:
            t.join()


def change():
    limits = 300, 500, 1000, 3000
    n = 0
    while time.monotonic() < end:
        n += 1
        sys.setrecursionlimit(limits[n % 4])


threads = [threading.Thread(target=begin) for _ in range(3)] + [threading.Thread(target=change) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
sys.setrecursionlimit(1000)


def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


assert 900 < depth() < 1000, depth()
