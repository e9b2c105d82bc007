import threading, itertools, collections

def make():
    d = {i: i for i in range(2000)}
    yield iter(list(range(2000)))
    yield iter(d)
    yield iter(d.items())
    yield reversed(list(d))
    yield iter(set(d))
    yield zip(d, d)
    yield map(str, d)
    yield filter(None, d)
    yield enumerate(d)
    yield itertools.chain(d, d)
    yield itertools.islice(d, 1000)
    yield itertools.groupby(d)
    yield itertools.tee(d)[0]
    yield itertools.accumulate(d)
    yield itertools.product(range(20), range(20))
    yield itertools.permutations(range(6), 3)
    yield itertools.combinations(range(10), 3)
    yield itertools.zip_longest(d, d)
    yield itertools.starmap(pow, ((2, 3) for i in d))
    yield itertools.cycle(range(3))
    yield itertools.pairwise(d)
    yield (itertools.batched(d, 2) if hasattr(itertools, 'batched') else iter([]))
    yield iter('abc' * 500)
    yield iter(b'abc' * 500)
    yield iter(bytearray(b'abc' * 500))
    yield iter(memoryview(b'abc' * 500))
    yield iter(range(2000))
    yield iter(range(2 ** 70, 2 ** 70 + 2000))
    yield iter(collections.deque(d))
    yield reversed(collections.deque(d))
    yield iter(collections.OrderedDict(d))
    yield (x for x in d)
    yield iter(int, 1)
    import io, csv, re, struct, json
    yield io.StringIO('a\n' * 2000)
    yield io.BytesIO(b'a\n' * 2000)
    yield csv.reader(['a,b'] * 2000)
    yield re.finditer('a', 'a' * 2000)
    yield struct.iter_unpack('b', b'a' * 2000)
    import array
    yield iter(array.array('i', range(2000)))
    yield itertools.compress(d, d)
    yield itertools.takewhile(lambda x: 1, d)
    yield itertools.dropwhile(lambda x: 0, d)
    yield itertools.combinations_with_replacement(range(10), 3)
    import os
    yield os.scandir('/usr/lib/python3.11')
    yield open('/usr/lib/python3.11/os.py')
    yield open('/usr/lib/python3.11/os.py', 'rb')
    from xml.etree import ElementTree as ET
    yield ET.fromstring('<a>' + '<b/>' * 2000 + '</a>').iter()
for it in make():

    def w():
        for i in range(3000):
            try:
                next(it)
            except StopIteration:
                break
            except (ValueError, RuntimeError):
                pass
            if i % 500 == 0 and hasattr(it, '__reduce__'):
                try:
                    it.__reduce__()
                    it.__length_hint__()
                except Exception:
                    pass
    ts = [threading.Thread(target=w) for i in range(4)]
    [t.start() for t in ts]
    [t.join() for t in ts]
print('ok')
