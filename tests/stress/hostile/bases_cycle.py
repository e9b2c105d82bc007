class A:
    pass

class B(A):
    pass
for b in ((B,), (object, B), (int,), (), 5, (A,), (type,)):
    try:
        A.__bases__ = b
    except TypeError as e:
        print(e)
    try:
        B.__bases__ = b
    except TypeError as e:
        print(e)
