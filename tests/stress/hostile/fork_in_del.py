import os, gc

class A:

    def __del__(s):
        p = os.fork()
        if p == 0:
            gc.collect()
            os._exit(0)
        os.waitpid(p, 0)
for i in range(10):
    A()
gc.collect()
