import sys, threading
fs = []

def w():
    x = [1] * 5
    fs.append(sys._getframe())
    yield x
    for i in range(300):
        x.append(i)
        fs.append(sys._getframe())
        yield i

def run():
    list(w())
ts = [threading.Thread(target=run) for i in range(4)]

def look():
    for i in range(300):
        for f in fs[:5]:
            try:
                f.f_locals
                f.clear()
            except RuntimeError:
                pass
            f.f_back
            f.f_lineno
            f.f_trace = None
ts += [threading.Thread(target=look)]
[x.start() for x in ts]
[x.join() for x in ts]
print('ok')
