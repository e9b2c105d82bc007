import sys, threading

def t(f, e, a):
    f.f_lineno
    return t

def w():
    for i in range(200):
        threading.settrace(t)
        sys.settrace(t)
        sys.setprofile(t)
        (lambda: i)()
        sys.settrace(None)
        sys.setprofile(None)
ts = [threading.Thread(target=w) for i in range(4)]
[x.start() for x in ts]
[x.join() for x in ts]
print('ok')
