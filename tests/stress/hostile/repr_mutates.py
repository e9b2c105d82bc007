class R:

    def __repr__(s):
        L.clear()
        D.clear()
        S.clear()
        Q.clear()
        return 'r'
import collections, array
L = [R() for i in range(5)]
D = {i: R() for i in range(5)}
S = {R() for i in range(5)}
Q = collections.deque([R() for i in range(5)])
for x in (L, D, S, Q):
    try:
        print(len(repr(x)) > 0)
    except RuntimeError as e:
        print(e)
