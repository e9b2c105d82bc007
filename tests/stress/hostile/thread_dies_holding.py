import threading, time, gc
l = threading.Lock()
r = threading.RLock()

def w():
    l.acquire()
    r.acquire()
    raise SystemExit
t = threading.Thread(target=w)
t.start()
t.join()
print(l.acquire(timeout=0.05), r.acquire(timeout=0.05))
del l, r
gc.collect()
