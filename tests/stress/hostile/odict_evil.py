from collections import OrderedDict
import threading

class K:

    def __init__(s, v):
        s.v = v

    def __hash__(s):
        return s.v % 3

    def __eq__(s, o):
        if s.v % 5 == 0:
            d.clear()
        if s.v % 7 == 0:
            d[1] = 2
        return s.v == o.v
d = OrderedDict()

def w():
    for i in range(2000):
        for op in (lambda: d.__setitem__(K(i % 20), 1), lambda: d.pop(K(i % 20)), lambda: d.popitem(i % 2),
                lambda: d.move_to_end(K(i % 20), i % 2), lambda: list(d), lambda: list(reversed(d)), lambda: d.copy(),
                lambda: d == d.copy(), lambda: dict.__delitem__(d, K(i % 20)), lambda: dict.__setitem__(d, K(i % 20), 1),
                lambda: dict.clear(d) if i % 50 == 0 else 0, lambda: repr(d), lambda: d.setdefault(K(i % 20), 5),
                lambda: d.update({K(3): 1}), lambda: d | {1: 2}, lambda: [d.clear() for x in d], lambda: d.__reduce__()):
            try:
                op()
            except (KeyError, RuntimeError, AttributeError, RecursionError):
                pass
w()
ts = [threading.Thread(target=w) for i in range(3)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
