import gc, threading

def w():
    for i in range(50):
        gc.collect(i % 3)
        gc.get_objects()
        gc.get_referrers(w)
        gc.freeze()
        gc.unfreeze()
        gc.get_stats()
ts = [threading.Thread(target=w) for i in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
