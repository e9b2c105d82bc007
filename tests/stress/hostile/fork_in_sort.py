import os

def k(x):
    if x % 10 == 0:
        p = os.fork()
        if p == 0:
            os._exit(0)
        os.waitpid(p, 0)
    return -x
print(sorted(range(50), key=k)[0])
