import gc

def cb(p, i):
    gc.callbacks.append(cb) if len(gc.callbacks) < 5 else gc.callbacks.clear()
    gc.collect() if n.append(1) or len(n) < 20 else 0
    1 / 0
n = []
gc.callbacks.append(cb)
gc.callbacks.append(5)
import sys
sys.unraisablehook = lambda *a: None
gc.collect()
gc.collect()
print('ok')
