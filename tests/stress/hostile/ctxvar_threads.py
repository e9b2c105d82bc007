import contextvars, threading
c = contextvars.copy_context()
v = contextvars.ContextVar('v')

def w():
    for i in range(2000):
        try:
            c.run(lambda: (v.set(i), c.run(lambda: 0)))
        except RuntimeError:
            pass
        c.get(v)
        len(c)
        list(c.items())
        c.copy().run(v.set, 1)
        c == c.copy()
ts = [threading.Thread(target=w) for i in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
