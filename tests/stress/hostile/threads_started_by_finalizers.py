import threading, gc, time
n = [0]

class A:

    def __del__(s):
        t = threading.Thread(target=f)
        try:
            t.start()
        except RuntimeError:
            pass

def f():
    n[0] += 1
    if n[0] < 50:
        for i in range(5):
            A()
        gc.collect()
A()
gc.collect()
time.sleep(1)
print(n[0] > 5)
