import functools, threading

class K:

    def __init__(s, v):
        s.v = v

    def __hash__(s):
        f.cache_clear() if s.v % 3 == 0 else 0
        return s.v % 5

    def __eq__(s, o):
        if s.v % 7 == 0:
            f(K(s.v + 1))
            f.cache_clear()
        if s.v % 11 == 0:
            raise ValueError
        return s.v == o.v

@functools.lru_cache(3)
def f(k):
    if k.v % 2 == 0 and k.v < 100:
        f(K(k.v + 50))
        f.cache_clear() if k.v % 4 == 0 else 0
    return k

def w():
    for i in range(3000):
        try:
            f(K(i % 60))
        except (ValueError, RecursionError):
            pass
        f.cache_info()
ts = [threading.Thread(target=w) for i in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
