# The stops of all threads while two of them build 1 GB of dicts, lists, tuples and instances and then exchange them at
# random for ten seconds: objects that belong together lie far apart in the end. -X trace-gc shows each collection.
import random, resource, threading, time
class Node:
    __slots__ = ("left", "number")
    def __init__(self, left, number): self.left = left; self.number = number
class Plain:
    def __init__(self, n): self.a = n; self.b = str(n)
def make(i):
    kind = i % 4
    if kind == 0: return {"i": i, "f": float(i)}
    if kind == 1: return [i, float(i), (i, i + 1)]
    if kind == 2: return Plain(i)
    return Node((i, str(i)), float(i))
def work(steps, seed):
    kept, i, end = [], 0, None
    draw = random.Random(seed).randrange
    last = time.perf_counter()
    while end is None or last < end:
        for i in range(i, i + 500):
            if end is None: kept.append(make(i))
            else: kept[draw(len(kept))] = make(i)
        now = time.perf_counter()
        steps.append(now - last)
        last = now
        if end is None and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1 << 20: end = now + 10
steps = []
threads = [threading.Thread(target=work, args=(steps, seed)) for seed in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
steps.sort()
print("%d steps of 500 objects: median %.2f ms, 99 %% %.1f ms, 99.9 %% %.1f ms, longest %.0f ms" % (
    len(steps), *(steps[int(len(steps) * part)] * 1e3 for part in (.5, .99, .999)), steps[-1] * 1e3))
