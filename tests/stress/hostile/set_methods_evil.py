class K:

    def __init__(s, n):
        s.n = n

    def __hash__(s):
        return s.n % 4

    def __eq__(s, o):
        if s.n % 3 == 0 and S:
            S.pop()
        elif s.n % 3 == 1:
            S.clear()
        elif len(S) < 60:
            S.add(K(s.n + 1)) if s.n < 20 else 0
        return isinstance(o, K) and s.n == o.n
S = set()
for r in range(60):
    for i in range(10):
        for op in ('S.add(K(i))', 'S.remove(K(i))', 'S.discard(K(i))', 'S.pop()', 'S|{K(i)}', 'S&{K(i),K(i+4)}', 'S-{K(i)}',
                'S^{K(i)}', 'S.update([K(i),K(i+1)])', 'S.intersection_update([K(i)])', 'S.difference_update([K(i)])',
                'S.symmetric_difference_update([K(i)])', 'S.issubset([K(i)])', 'S.issuperset([K(i)])', 'S.isdisjoint([K(i)])', 'S=={K(i)}',
                'S<{K(i)}', 'S>={K(i)}', 'K(i) in S', 'S.copy()', 'frozenset(S)', 'hash(frozenset(S))', '{*S}',
                '[S.add(K(i+20)) for x in S]', 'S.__ior__(S)', 'S.__iand__(S)', 'S.__isub__(S)', 'S.__ixor__(S)',
                '{S:1} if 0 else S in {frozenset():1}', 'sorted(S,key=lambda k:S.clear())', 'S.union(S,S)', 'S.intersection(S,S)',
                'S.difference(S)', 'repr(S)', 'set(S)==S', 'dict.fromkeys(S)', 'S.__reduce__()', 'S.__init__(S)', 'S.__init__([K(i)])',
                'S.__contains__(S)'):
            try:
                eval(op)
            except (KeyError, RuntimeError, TypeError, RecursionError):
                pass
print('ok')
