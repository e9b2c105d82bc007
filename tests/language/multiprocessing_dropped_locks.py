# Locks of multiprocessing that were dropped do not pile up: each is a mapping that every fork copies, and the child of a
# fork visits each that is alive. Those of a pool survive a young collection or two before they are dropped.
import gc
import multiprocessing
from multiprocessing import util



def use():
    locks = [multiprocessing.Lock() for i in range(50)]
    gc.collect(0)
    return len(util._afterfork_registry)


print(max(use() for i in range(30)) < 1400)

# Those in use stay.
locks = [multiprocessing.RLock() for i in range(200)]
for lock in locks:
    lock.acquire(block=False)
for i in range(200):
    multiprocessing.Semaphore(3)
print(all(lock.acquire(block=False) for lock in locks), len(locks))
for lock in locks:
    lock.release()
    lock.release()
print(sum(util._afterfork_registry.get(key) in locks for key in list(util._afterfork_registry)) >= 200)
