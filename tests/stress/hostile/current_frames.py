import sys, threading, time
stop = False

def w():

    def g(n):
        return sum(range(20)) if n == 0 else g(n - 1)
    while not stop:
        g(20)
        [x for x in (y for y in range(5))]
ts = [threading.Thread(target=w) for i in range(4)]
[x.start() for x in ts]
import traceback
for i in range(200):
    for f in sys._current_frames().values():
        while f:
            (f.f_locals, f.f_lineno, f.f_lasti, f.f_code, f.f_trace)
            f = f.f_back
    for e in sys._current_exceptions().values():
        pass
stop = True
[x.join() for x in ts]
print('ok')
