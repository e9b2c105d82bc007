# Eight threads on shared containers while collections go on.
import gc, threading
items, table, chosen = [], {}, set()
class Node: pass
shared = Node()
def work(k):
    for i in range(1500):
        items.append((k, i))
        table[k, i % 50] = [i]
        chosen.add((k, i % 20))
        setattr(shared, "a%d" % (i % 30), Node())
        if i % 500 == 0:
            gc.collect()
        if i % 7 == 0:
            chosen.discard((k, i % 20))
        table.get((k - 1, i % 50))
        items[i % len(items)]
threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(len(items), len(set(items)), len(table), sorted(v[0] for v in table.values())[:5], len(vars(shared)))
print(all(isinstance(getattr(shared, "a%d" % i), Node) for i in range(30)))
