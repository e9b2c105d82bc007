"""library: itertools, functools, collections, heapq, bisect."""
import bisect
import collections
import functools
import heapq
import itertools

@functools.lru_cache(None)
def ways(n):
    return 1 if n < 2 else ways(n - 1) + ways(n - 2)

def run():
    heap, deque, counter = [], collections.deque(maxlen=100), collections.Counter()
    for i in range(20_000):
        heapq.heappush(heap, i * 7919 % 10_007)
        deque.append(i)
        counter[i % 13] += 1
    drained = [heapq.heappop(heap) for _ in range(5000)]
    keys = sorted(drained)
    product = sum(a * b for a, b in itertools.product(range(150), repeat=2))
    groups = [len(list(g)) for _, g in itertools.groupby(range(20_000), key=lambda x: x // 100)]
    return drained[-1], sum(deque), counter.most_common(2), bisect.bisect(keys, 777), product, len(groups), ways(80), \
        functools.reduce(lambda a, b: a ^ b, itertools.accumulate(range(20_000)))
