from collections import deque

class K:

    def __init__(s, n):
        s.n = n

    def __eq__(s, o):
        (D.clear, D.pop, lambda: D.append(1), lambda: D.rotate(3), lambda: D.insert(0, 5))[s.n % 5]() if D or s.n % 5 in (0, 2) else 0
        return False
    __hash__ = None

    def __lt__(s, o):
        D.clear()
        return True

    def __repr__(s):
        D.clear()
        return ''

    def __index__(s):
        D.clear()
        return 1
D = deque()
for r in range(100):
    for i in range(5):
        for op in ('D.append(K(i))', 'D.extend([K(i)]*3)', 'D.remove(K(i+1))', 'D.index(K(i))', 'D.count(K(i))', 'K(i) in D',
                'D==deque([K(i)]*3)', 'D<deque([K(i)]*3)', 'repr(D)', 'D.insert(K(i),1)', 'D[K(i)]', 'D.__setitem__(K(i),1)',
                'D.__delitem__(K(i))', 'D*K(i)', 'D.rotate(K(i))', '[D.append(1) for x in D]', 'D.extend(D)', 'D.extendleft(D)', 'D+D',
                'D.copy()', 'D.reverse()', 'D.__init__(D)', 'D.__init__(D,5)', 'deque(D,maxlen=2)', 'D.index(1,K(i),K(i))',
                'D.__imul__(2) if len(D)<100 else D.clear()', 'iter(D).__reduce__()', 'sorted(D)', 'D.popleft()', 'list(reversed(D))'):
            try:
                eval(op)
            except (IndexError, RuntimeError, TypeError, ValueError, RecursionError):
                pass
print('ok')
