import os, threading, sys

def w():
    p = os.fork()
    if p == 0:
        t = threading.Thread(target=lambda: None)
        t.start()
        t.join()
        sys.exit(0)
    print(os.waitpid(p, 0)[1])
t = threading.Thread(target=w)
t.start()
t.join()
