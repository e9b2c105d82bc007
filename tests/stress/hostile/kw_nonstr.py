def f(**k):
    return k
for d in ({1: 2}, {None: 1}, {(1,): 1}, {b'a': 1}):
    for g in (f, dict, print, lambda **k: k, type, int, sorted, max, str.format):
        try:
            g(**d)
        except TypeError:
            pass

class M:

    def keys(s):
        return [1, 2]

    def __getitem__(s, k):
        return k
try:
    f(**M())
except TypeError as e:
    print(e)

class M2:

    def keys(s):
        return 5
try:
    f(**M2())
except TypeError as e:
    print(e)
