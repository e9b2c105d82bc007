"""threads: objects, dicts and lists in each of two threads."""
import threading

class Counter:
    def __init__(self):
        self.counts, self.items = {}, []

    def add(self, key):
        self.counts[key] = self.counts.get(key, 0) + 1
        self.items.append((key, len(self.counts)))

def work(counter):
    for i in range(60_000):
        counter.add(i % 1000)

def run():
    counters = [Counter() for _ in range(2)]
    threads = [threading.Thread(target=work, args=(c,)) for c in counters]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return [(len(c.counts), len(c.items), sum(c.counts.values())) for c in counters]
