# The longest time between two steps of a loop while 1 GB of small objects is alive, and peak memory.
import resource, time
class Node:
    __slots__ = ("left", "number")
    def __init__(self, left, number): self.left = left; self.number = number
kept = [None] * 1000
i = longest = 0
last = start = time.perf_counter()
while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1 << 20:
    for _ in range(1000):
        kept[i % 1000] = Node(kept[i % 1000], float(i))
        i += 1
    now = time.perf_counter()
    longest = max(longest, now - last)
    last = now
print("%d nodes, %.2f s, longest step %.1f ms" % (i, now - start, longest * 1e3))
