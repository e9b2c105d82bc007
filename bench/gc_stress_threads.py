# Sixteen threads on a shared list, dict, set and instances, with collections all the time. Prints "ok".
import gc, random, sys, threading
threads, rounds = 16, int(sys.argv[1]) if len(sys.argv) > 1 else 20000
items, table, chosen, shared = [], {}, set(), type("Shared", (), {})()
failures = []
def work(seed):
    r = random.Random(seed)
    try:
        for i in range(rounds):
            op, k = r.randrange(12), r.randrange(200)
            if op == 0: items.append((seed, i))
            elif op == 1 and items:
                try: items.pop()
                except IndexError: pass
            elif op == 2: table[k] = [k, seed]
            elif op == 3: table.pop(k, None)
            elif op == 4:
                v = table.get(k)
                assert v is None or v[0] == k
            elif op == 5: chosen.add(str(k))
            elif op == 6: chosen.discard(str(k))
            elif op == 7: assert (str(k) in chosen) in (True, False)
            elif op == 8: setattr(shared, "a%d" % k, (k, seed))
            elif op == 9:
                v = getattr(shared, "a%d" % k, None)
                assert v is None or v[0] == k
            elif op == 10: assert all(len(x) == 2 for x in items[:20])
            elif op == 11 and i % 50 == 0: gc.collect()
            if len(items) > 5000: del items[1000:]
    except BaseException as e:
        failures.append((seed, type(e).__name__, str(e)))
        raise
ts = [threading.Thread(target=work, args=(k,)) for k in range(threads)]
for t in ts: t.start()
for t in ts: t.join()
for k, v in table.items(): assert v[0] == k
print("ok" if not failures else failures)
