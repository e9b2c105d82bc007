import signal, os, threading, time
n = [0]

def h(s, f):
    n[0] += 1
    sorted(range(10))
    [x for x in f.f_locals]
signal.signal(signal.SIGUSR1, h)
stop = False

def storm():
    while not stop:
        os.kill(os.getpid(), signal.SIGUSR1)
t = threading.Thread(target=storm)
t.start()
end = time.time() + 2
while time.time() < end:
    import re, json
    json.dumps(list(range(100)))
    re.sub('a+', 'b', 'aaab' * 100)
    sorted(map(str, range(100)))
    open('/dev/null').read()
stop = True
t.join()
print(n[0] > 10)
