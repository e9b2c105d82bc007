import os, threading, time
stop = False

def w():
    d = {}
    while not stop:
        d[len(d) % 100] = [str(i) for i in range(20)]
ts = [threading.Thread(target=w) for i in range(3)]
[t.start() for t in ts]
t0 = time.time()
for i in range(5):
    p = os.fork()
    if p == 0:
        import gc
        gc.collect()
        x = [str(i) for i in range(10000)]
        t = threading.Thread(target=lambda: x.append(1))
        t.start()
        t.join()
        os._exit(len(x) != 10001)
    assert os.waitpid(p, 0)[1] == 0
    print(time.time() - t0)
stop = True
[t.join() for t in ts]
print('ok')
