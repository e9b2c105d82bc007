# Locks, timeouts, RLock, thread-local data, errors.
import _thread, threading, time
lock = _thread.allocate_lock()
print(lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(timeout=0.01))
lock.release()
for f in (lock.release, lambda: lock.acquire(False, 1), lambda: lock.acquire(timeout=-2),
          lambda: lock.acquire(timeout=1e100), lambda: _thread.start_new_thread(1, ()),
          lambda: _thread.start_new_thread(print, [])):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
r = threading.RLock()
with r:
    with r:
        print("nested")
try:
    r.release()
except RuntimeError as e:
    print(e)
local = threading.local()
local.x = 1
seen = []
def run():
    seen.append(hasattr(local, "x"))
    local.x = 2
    seen.append(local.x)
t = threading.Thread(target=run)
t.start()
t.join()
print(seen, local.x, local.__dict__)
class L(threading.local):
    def __init__(self, v): self.v = v
l = L(5)
out = []
t = threading.Thread(target=lambda: out.append(l.v)); t.start(); t.join()
print(l.v, out)
n = 0
guard = threading.Lock()
def count():
    global n
    for _ in range(2000):
        with guard:
            n += 1
ts = [threading.Thread(target=count) for _ in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(n)
e = threading.Event()
threading.Timer(0.02, e.set).start()
print(e.wait(5))
