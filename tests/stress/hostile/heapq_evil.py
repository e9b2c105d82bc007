import heapq

class C:

    def __init__(s, n):
        s.n = n

    def __lt__(s, o):
        (H.clear if s.n % 3 == 0 else lambda: H.append(C(1)) if len(H) < 200 else H.clear())()
        return s.n < o.n
for f in (heapq.heapify, heapq.heappop, lambda h: heapq.heappush(h, C(0)), lambda h: heapq.heapreplace(h, C(5)),
        lambda h: heapq.heappushpop(h, C(5)), heapq._heapify_max, heapq._heappop_max, lambda h: heapq._heapreplace_max(h, C(3))):
    for k in range(3):
        H = [C(i * 7 % 10 + k) for i in range(20)]
        try:
            f(H)
        except (IndexError, RuntimeError):
            pass
import bisect

class S:

    def __len__(s):
        return 2 ** 62

    def __getitem__(s, i):
        return i

    def insert(s, i, x):
        1 / 0
for f in (lambda: bisect.bisect(S(), 5), lambda: bisect.bisect(S(), 5, -1), lambda: bisect.bisect(S(), 5, 0, 2 ** 63 - 1),
        lambda: bisect.insort(S(), 5), lambda: bisect.bisect(S(), 5, key=5)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__)
