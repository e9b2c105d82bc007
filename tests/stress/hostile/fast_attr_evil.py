class A:
    pass

class B(A):
    pass

def get(o):
    return o.x

def call(o):
    return o.m()

def put(o, v):
    o.x = v
import random
rng = random.Random(1)
objs = [A() for i in range(5)] + [B() for i in range(5)]
for i in range(40000):
    o = rng.choice(objs)
    w = rng.randrange(26)
    try:
        if w < 6:
            get(o)
        elif w < 10:
            call(o)
        elif w < 14:
            put(o, i)
        elif w == 14:
            A.x = property(lambda s: 5)
        elif w == 15:
            del A.x
        elif w == 16:
            A.m = lambda s: s
        elif w == 17:
            A.m = staticmethod(int)
        elif w == 18:
            del A.m
        elif w == 19:
            o.__class__ = rng.choice((A, B))
        elif w == 20:
            o.__dict__ = {'x': i}
        elif w == 21:
            o.__dict__.clear()
        elif w == 22:
            B.__bases__ = (A,)
        elif w == 23:
            o.m = len
        elif w == 24:
            A.__getattr__ = lambda s, n: n
            B.x = i
        else:
            del A.__getattr__
    except (AttributeError, TypeError):
        pass
print('ok')
