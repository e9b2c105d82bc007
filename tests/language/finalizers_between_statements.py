# Finalizers of cycles run where objects are made, not between making a number and handing it on.
import itertools
import queue


def numbers_in_order(n):
    numbers, q, results = itertools.count(), queue.SimpleQueue(), []

    class Circular:
        def __init__(self):
            self.circular = self

        def __del__(self):
            q.put(next(numbers))

    while not results or results[-1] < n:
        o = Circular()
        q.put(next(numbers))
        del o
        results.append(q.get())
    return results == list(range(n + 1))


print([numbers_in_order(10000) for _ in range(5)])
