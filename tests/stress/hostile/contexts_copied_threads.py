import contextvars, threading, time
end = time.time() + 2
vs = [contextvars.ContextVar(str(i)) for i in range(40)]
c = contextvars.Context()
def setter():
    ts = [v.set(1) for v in vs]
    for v, t in zip(vs, ts): v.reset(t)
def run():
    while time.time() < end:
        try: c.run(setter)
        except RuntimeError: pass
bad = []
def copy():
    while time.time() < end:
        d = c.copy()
        if len(d) != len(list(d)): bad.append(1)
        d == c; c == d; list(c.items()); len(c); d.run(lambda: [v.set(2) for v in vs])
        if len(d) != 40: bad.append(2)
ts = [threading.Thread(target=f) for f in (run, copy, copy, run)]
[t.start() for t in ts]; [t.join() for t in ts]
assert not bad, bad
