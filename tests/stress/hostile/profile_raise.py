import sys
n = [0]

def t(f, e, a):
    n[0] += 1
    if n[0] % 3 == 0:
        raise KeyError(e)
sys.setprofile(t)

def f():
    return len([1])
for i in range(20):
    try:
        f()
    except KeyError:
        sys.setprofile(t)
