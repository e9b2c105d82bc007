import os, signal, threading, time
if os.fork() == 0:
    p = os.getppid()
    for i in range(40):
        os.kill(p, signal.SIGSTOP)
        time.sleep(0.005)
        os.kill(p, signal.SIGCONT)
        time.sleep(0.01)
    os._exit(0)

def w():
    for i in range(60):
        time.sleep(0.01)
        open('/etc/passwd').read()
        l.acquire(timeout=0.005)
l = threading.Lock()
l.acquire()
ts = [threading.Thread(target=w) for i in range(4)]
[t.start() for t in ts]
r, x = os.pipe()
import select
for i in range(20):
    select.select([r], [], [], 0.01)
[t.join() for t in ts]
os.wait()
print('ok')
