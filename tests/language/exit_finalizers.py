# At exit the finalizers of what modules still hold run, with the modules' names intact.
import sys
class C:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n, sys is not None, __name__, sys.is_finalizing())
a = C(1)
a.self = a
def g():
    try: yield 1
    finally: print("closing")
def imports():
    try:
        yield
    finally:
        try: import json.tool
        except ImportError as e: print(e)
print("end")
if len(sys.argv) == 1:
    import os, subprocess
    for what in "a", "b", "c":
        out = subprocess.run([sys.executable, "-Wd", __file__, what], stdout=-1, stderr=subprocess.STDOUT, text=True).stdout
        print(out.replace(__file__, "FILE"))
elif sys.argv[1] == "a":
    x = g(); next(x)
    del a
elif sys.argv[1] == "b":
    x = imports(); next(x)
    del a
else:
    del C.__del__
    f = open(__file__)
