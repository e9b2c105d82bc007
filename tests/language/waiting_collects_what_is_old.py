# A wait for what nobody refers to any more ends, however old it is.
import gc, threading, weakref
class Old:
    pass
class Node:
    pass
old = Old()
gc.collect(); gc.collect()
gone = threading.Event()
reference = weakref.ref(old, lambda _: gone.set())
gc.collect(); gc.collect()
del old
print(gone.wait(20))
