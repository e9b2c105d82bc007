# Unpacking a container and copying an OrderedDict are one step when other threads write.
import threading, collections, sys
stop = False
od = collections.OrderedDict((i, i) for i in range(20))
pair, flip = {1, 2}, [1, 2]
errors = []
def write():
    n = 100
    while not stop:
        n += 1
        od[n] = n
        del od[n]
def swap():
    while not stop:
        flip[:] = [2, 1]
        flip[:] = [1, 2]
        pair.update((1, 2))
def read():
    for i in range(400):
        try:
            d = dict(od)
            if len(d) not in (20, 21):
                errors.append(len(d))
            a, b = flip
            if a == b:
                errors.append((a, b))
            a, b = pair
            a, *rest = pair
        except Exception as e:
            errors.append(repr(e))
old = sys.getswitchinterval()
sys.setswitchinterval(1e-5)
ts = [threading.Thread(target=t) for t in (write, swap)]
rs = [threading.Thread(target=read) for i in range(2)]
for t in ts + rs: t.start()
for t in rs: t.join()
stop = True
for t in ts: t.join()
sys.setswitchinterval(old)
print(errors[:3])
