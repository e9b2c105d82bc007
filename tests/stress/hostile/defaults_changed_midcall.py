def f(a=1, b=2, c=3):
    return a

class D(dict):

    def __getitem__(s, k):
        f.__defaults__ = None
        return 1

    def keys(s):
        f.__defaults__ = ()
        return ['a']
try:
    print(f(**D()))
except TypeError as e:
    print(e)
