import threading

class K:

    def __init__(s, n):
        s.n = n

    def __hash__(s):
        return s.n % 4

    def __eq__(s, o):
        d.pop(next(iter(d), None), None) if s.n % 3 == 0 else d.setdefault(K(s.n + 100), 1) if len(d) < 50 else d.clear()
        return isinstance(o, K) and s.n == o.n

    def __repr__(s):
        d.popitem() if d else 0
        return 'k'

    def __lt__(s, o):
        d.clear()
        return 1
d = {}
for r in range(100):
    for i in range(10):
        for op in (lambda: d.__setitem__(K(i), i), lambda: d.pop(K(i)), lambda: d.setdefault(K(i), 1), lambda: d.get(K(i)),
                lambda: d.update({K(i): 1, K(i + 4): 2}), lambda: d.update([(K(i), 1)] * 3), lambda: d | d, lambda: d.copy(),
                lambda: d == dict(d), lambda: repr(d), lambda: d.items() == dict(d).items(), lambda: (K(i), i) in d.items(),
                lambda: i in d.values(), lambda: d.keys() & [K(i)], lambda: d.keys() | {K(i)}, lambda: d.keys() ^ {K(i)},
                lambda: d.keys().isdisjoint([K(i)]), lambda: set(d) - {K(i)}, lambda: frozenset(d) == {K(i)}, lambda: {*d, K(i)},
                lambda: {**d, K(i): 1}, lambda: sorted(d), lambda: max(d), lambda: list(reversed(d.items())), lambda: [d.pop(k) for k in d],
                lambda: {k: v for k, v in d.items() if d.pop(k)}, lambda: dict(d, **{'a': 1}), lambda: type('T', (), d),
                lambda: eval('K(i)', {'K': K, 'i': i}, d), lambda: d.__ior__(d), lambda: dict.fromkeys(d, 1), lambda: dict(zip(d, d)),
                lambda: list(map(d.get, d)), lambda: d.__eq__(d.copy()), lambda: [*d.items()], lambda: len(set(d.values()))):
            try:
                op()
            except (KeyError, RuntimeError, TypeError, RecursionError, StopIteration):
                pass
        if len(d) > 100:
            d.clear()
print('ok')
