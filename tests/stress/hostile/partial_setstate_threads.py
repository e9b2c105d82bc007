import os, sys, threading, time, functools
sys.stdout = open(os.devnull, "w")
end = time.time() + 2
p = functools.partial(print, *range(200))
class R:
    def __repr__(s):
        return '.'
def ch():
    while time.time() < end:
        p.__setstate__((len, (), {}, None)); p.__setstate__((len, (R(),) * 300, {'a': 1}, {})); p.__setstate__((print, (1,), {str(i): i for i in range(50)}, None))
def sh():
    while time.time() < end:
        repr(p); p.__reduce__()
        try: p()
        except TypeError: pass
        try: functools.partial(p, 1)
        except TypeError: pass
        p.args, p.func, p.keywords


ts = [threading.Thread(target=f) for f in (ch, sh, sh, ch)]
[t.start() for t in ts]; [t.join() for t in ts]
