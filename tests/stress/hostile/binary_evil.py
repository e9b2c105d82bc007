class E:

    def __add__(s, o):
        return x.pop() if x else NotImplemented
    __radd__ = __mul__ = __lt__ = __eq__ = __getitem__ = __add__
x = [E() for i in range(50)]
import operator

def f(a, b):
    return (a + b, a < b, a == b, a * 2)
for i in range(200):
    for a, b in ((1, 2), (1.5, 2), ('a', 'b'), (E(), 1), (1, E()), (2 ** 70, 1), ([1], [2]), ((1,), (2,)), (True, 1), (1, 'a'),
            (None, 1), (b'a', b'b')):
        try:
            f(a, b)
        except TypeError:
            pass
print('ok')
