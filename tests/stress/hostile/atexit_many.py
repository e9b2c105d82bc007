import atexit

def f():
    atexit.register(f)
    n[0] += 1
    if n[0] > 100:
        atexit._clear()
    1 / 0
n = [0]
import sys
sys.stderr = None
atexit.register(f)
