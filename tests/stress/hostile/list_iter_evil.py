class K:

    def __iter__(s):
        L.clear()
        return iter([1, 2])

    def __len__(s):
        L.clear()
        return 5

    def __length_hint__(s):
        L.clear()
        return 10 ** 6

    def __getitem__(s, i):
        L.append(1) if i < 5 else 1 / 0

    def __next__(s):
        L.clear()
        raise StopIteration
for op in ('L.extend(K())', 'L.__setitem__(slice(0,5),K())', 'L.__iadd__(K())', 'L.__init__(K())', 'L+K()', 'list(K())',
        'tuple(K())', 'L.extend(x for x in [L.clear()])', 'L.__setitem__(slice(None,None,2),(L.append(x) for x in range(5)))',
        'L.extend(map(lambda x:L.clear(),range(5)))', 'L.sort(key=L.append)', 'L.sort(key=lambda x:L.clear())', '[*L,*K()]',
        'L.__imul__(K())', 'L.extend(L)', 'L.__setitem__(slice(0,0),L)', 'L.extend(iter(L)) if 0 else 0', 'zip(L,K()).__next__()',
        'list(zip(*[iter(L)]*3))', 'sum(L,K())', 'max(L,key=lambda x:L.clear())', 'any(L.clear() for x in L)',
        'sorted(L,key=lambda x:L.clear())', 'min(*L,key=lambda x:L.clear())', '"".join(L)', '"".join(str(L.clear()) for x in L)',
        'b"".join(L)', 'print(*L,sep=K())', 'L.__eq__(L)', 'map(L.remove,L).__next__()', 'list(filter(L.remove,L))',
        '__import__("functools").reduce(lambda a,b:L.clear(),L)', '__import__("heapq").heapify(L)',
        '__import__("heapq").nlargest(2,L,key=lambda x:L.clear())', '__import__("bisect").insort(L,3,key=lambda x:L.clear() or 1)',
        '__import__("itertools").accumulate(L,lambda a,b:L.clear()).__next__()', '__import__("random").shuffle(L)',
        '__import__("struct").pack("5i",*L)', 'bytes(L)', 'bytearray(L)', 'set(L)', '__import__("array").array("i",L)',
        'int.from_bytes(L,"big")', 'L[K()]', 'del_(L)', '__import__("operator").indexOf(L,K())', '__import__("operator").countOf(L,K())'):
    L = [3, 1, 2] * 5
    try:
        eval(op)
    except Exception as e:
        pass
print('ok')
