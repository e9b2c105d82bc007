import os, threading

class A:

    def __del__(s):
        try:
            p = os.fork()
            if p == 0:
                os._exit(0)
            os.waitpid(p, 0)
        except Exception:
            pass
a = A()
b = [A() for i in range(5)]
b.append(b)
