import signal, time, random

class E(Exception):
    pass

def h(s, f):
    raise E
signal.signal(signal.SIGVTALRM, h)

def work():
    with open('/dev/null', 'w') as f:
        for i in range(50):
            f.write(str(i))

    def g():
        try:
            yield from range(50)
        finally:
            [x for x in range(20)]
    d = {}
    for x in g():
        d[x] = sum(g())

    class A:

        def __del__(s):
            sorted(range(30))
    A()
    A()
    exec('import json; json.dumps({1:[2]*10})')
    for i in range(3):
        try:
            with open('/dev/null') as q:
                q.read()
        except ValueError:
            pass
n = 0
end = time.time() + 3
while time.time() < end:
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, random.random() * 0.001)
        work()
        work()
    except E:
        n += 1
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except E:
        pass
signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
print(n > 10)
