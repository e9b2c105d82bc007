# dict(zip(...)) and dict.update(zip(...)): what is consumed, what fails, and how.
def t(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__, e)
t(lambda: dict(zip('abc', range(3))))
t(lambda: dict(zip('abcd', range(3), strict=True)))
t(lambda: dict(zip('abc', range(4), strict=True)))
t(lambda: dict(zip('abc')))
t(lambda: dict(zip('abc','de','fg')))
t(lambda: dict(zip()))
t(lambda: dict(zip([[]], [1])))
d = {1: 2}; d.update(zip([1, 3], 'xy')); print(d)
d |= zip((5, 5), (6, 7)); print(d)
def g():
    yield 1
    raise KeyError(3)
t(lambda: dict(zip(g(), 'ab')))
def h():
    yield 1
    raise StopIteration
t(lambda: dict(zip(h(), 'ab')))
class I:
    def __init__(s): s.n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 3: raise StopIteration(9)
        return s.n
t(lambda: dict(zip(I(), 'abcdef')))
t(lambda: dict(zip('abcdef', I())))
class Z(zip): pass
t(lambda: dict(Z('ab', 'cd')))
z = zip([1, 2, 3], [4, 5, 6]); next(z); print(dict(z), list(z))
